/* Files about the formula that a lineage search ends with: the formula itself, for other solvers,
 * and the proof that it is unsatisfiable, for a checker that trusts none (ci/proof/check.c). */
#ifndef LDFI_HARNESS_FORMULA_FILE_H
#define LDFI_HARNESS_FORMULA_FILE_H

#include "../lineage/hazard.h"
#include "../solver/solver.h"
#include "search.h"

/* What the search knows; nothing of it is owned. */
struct harness_formula {
    struct harness_search *search;
    struct solver *solver; /* keeps its clauses */
    const struct lineage_fault_variables *variables;
    const lineage_labels *labels;
};

/* Prints what a variable of the solver means. `formula` is a struct harness_formula *. */
void harness_formula_describe(void *formula, solver_formula meaning, FILE *out);

/* Writes the formula to options.dimacs_path. If that fails the search has failed, and no half of
 * the file is left. */
void harness_formula_write(struct harness_formula *formula);

/* Where the search has found its formula unsatisfiable (the verdict is HARNESS_CERTIFIED), solves
 * the formula once more in a new solver, and writes the proof to options.proof_path; then `proved`
 * is set. Otherwise the file is not there: it could not be written, or the formula has a model
 * after all, and the search has failed; or the budget is used up, and the verdict is incomplete. */
void harness_formula_prove(const struct harness_formula *formula);

/* The file that is being written, of which no half must be left if the program ends; or NULL. */
extern const char *harness_file_in_use;

/* Removes an old regular file, or empties it where it cannot be removed (a link to a file), so that
 * nobody takes it for what a search writes. The path may be NULL. */
void harness_remove_old(const char *path);

#endif
