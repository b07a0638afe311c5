/* Finds the smallest models of a growing set of formulas with PicoSAT.
 *
 * Formulas become clauses by Tseitin's encoding, for the polarity in which they are used (Plaisted
 * and Greenbaum 1986). Some variables are *counted*; a model is smaller if fewer of them are true.
 */
#ifndef LDFI_SOLVER_SOLVER_H
#define LDFI_SOLVER_SOLVER_H

#include "formula.h"

#include <stdio.h>

struct solver;

/* A solver over these formulas (shared, not owned). `interrupted` is asked while it solves; NULL:
 * never. With `keep_clauses`, the clauses can be read back (solver_clauses, solver_write_dimacs)
 * and proved to have no model (solver_prove). */
struct solver_options {
    bool (*interrupted)(void *context);
    void *context;
    bool keep_clauses;
};
struct solver *solver_create(struct solver_formulas *formulas, struct solver_options options);
void solver_destroy(struct solver *solver);

/* Requires the formula from now on. */
void solver_require(struct solver *solver, solver_formula formula);

/* Counts a variable from now on; once each. */
void solver_count(struct solver *solver, solver_formula variable);

enum solver_result { SOLVER_MODEL, SOLVER_EXHAUSTED, SOLVER_INTERRUPTED };

/* Finds a model of everything required with as few counted variables true as possible. */
enum solver_result solver_smallest(struct solver *solver);

/* Solves the clauses so far once more, in a new PicoSAT that is given nothing else. If there is no
 * model (SOLVER_EXHAUSTED), the proof of that has been written unless `out` is in error: a line
 * "%RUPD32 VARIABLES CLAUSES", then clauses as in DIMACS, each of which follows from those of the
 * solver and the ones before by reverse unit propagation (Van Gelder 2008), among them the empty
 * one. An error of `out` also ends it (SOLVER_INTERRUPTED). Needs keep_clauses. */
enum solver_result solver_prove(struct solver *solver, FILE *out);

/* For batches. Sets aside: solver_another does without models in which all these variables are
 * true, until solver_take_back. Nothing of that stays among the clauses. */
void solver_set_aside(struct solver *solver, const solver_formula *variables, size_t count);
void solver_take_back(struct solver *solver);

/* After solver_smallest found a model: finds another of the same size that is not set aside. */
enum solver_result solver_another(struct solver *solver);

/* Is the variable true in the model that was found last? Variables that no clause
 * mentions are not. */
bool solver_is_true(const struct solver *solver, solver_formula variable);

/* The number of counted variables below which there is no model. */
size_t solver_size_reached(const struct solver *solver);

/* The clauses so far: literals as in DIMACS, a zero behind each clause; owned by the solver. */
const int *solver_clauses(const struct solver *solver, size_t *literal_count);
size_t solver_clause_count(const struct solver *solver);
int solver_variable_count(const struct solver *solver);

/* What a DIMACS variable stands for: a formula, or (SOLVER_TRUE) a rung of the counter, or
 * (SOLVER_FALSE) nothing: it was used to set models aside and is in no clause. */
solver_formula solver_meaning(const struct solver *solver, int dimacs_variable);

/* Writes the clauses as DIMACS CNF. `describe` prints what a variable means; line breaks in it
 * become spaces. Returns false if writing failed. */
bool solver_write_dimacs(const struct solver *solver, FILE *out,
                         void (*describe)(void *context, solver_formula meaning, FILE *out),
                         void *context);

#endif
