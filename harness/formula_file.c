#include "formula_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *harness_file_in_use;

void harness_formula_describe(void *formula, solver_formula meaning, FILE *out)
{
    const struct harness_formula *known = formula;
    const struct solver_formulas *formulas = known->variables->formulas;
    const uint32_t node = meaning >> 1;
    if (meaning == SOLVER_TRUE) {
        fputs("counter: so many faults among the first ones", out);
    } else if (meaning == SOLVER_FALSE) {
        fputs("in no clause: it told models of one batch apart", out);
    } else if (lineage_fault_variable_print(known->variables, meaning, out)) {
        return;
    } else if (node < known->labels->count && known->labels->items[node].time != LINEAGE_NONE) {
        const struct lineage_label *label = &known->labels->items[node];
        lineage_tuple_print(known->search->executor->universe, label->tuple, out);
        fprintf(out, "@%u", label->time);
    } else if (solver_is_variable(formulas, node)) {
        fputs("choice: the lineage knows only bounds here", out);
    } else {
        const struct solver_node *gate = &formulas->nodes[node];
        fputs("and(", out);
        for (uint32_t i = 0; i < gate->operand_count; i++)
            fprintf(out, "%s%s%u", i > 0 ? " " : "",
                    (formulas->operands[gate->first_operand + i] & 1) != 0 ? "-" : "",
                    formulas->operands[gate->first_operand + i] >> 1);
        fputc(')', out);
    }
}

void harness_remove_old(const char *path)
{
    struct stat status;
    if (path == NULL || stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return;
    const bool is_empty = truncate(path, 0) == 0; /* under all its names */
    if (lstat(path, &status) == 0 && (S_ISREG(status.st_mode) || !is_empty))
        unlink(path);
}

static FILE *open_file(const char *path)
{
    FILE *out = fopen(path, "w");
    harness_file_in_use = out != NULL ? path : NULL;
    return out;
}

/* Ends a file that has been written; one that is not whole is removed. */
static bool close_file(FILE *out, bool is_whole, const char *path)
{
    is_whole = fclose(out) == 0 && is_whole;
    harness_file_in_use = NULL;
    if (!is_whole) {
        const int why = errno;
        harness_remove_old(path);
        errno = why;
    }
    return is_whole;
}

static void fail_to_write(struct harness_search *search, const char *path)
{
    const char *why = errno != 0 ? strerror(errno) : "an error of the file system";
    search->failure = HARNESS_OUTPUT_FAILURE;
    lineage_error(search->diagnostics, (struct lineage_place){0}, "cannot write %s: %s", path, why);
}

void harness_formula_write(struct harness_formula *formula)
{
    const char *path = formula->search->options.dimacs_path;
    FILE *out = open_file(path);
    bool is_whole = out != NULL;
    if (is_whole) {
        is_whole = solver_write_dimacs(formula->solver, out, harness_formula_describe, formula);
        is_whole = close_file(out, is_whole, path);
    }
    if (!is_whole)
        fail_to_write(formula->search, path);
}

void harness_formula_prove(const struct harness_formula *formula)
{
    struct harness_search *search = formula->search;
    const char *path = search->options.proof_path;
    if (search->verdict != HARNESS_CERTIFIED)
        return;
    errno = 0;
    FILE *out = open_file(path);
    const enum solver_result result =
        out != NULL ? solver_prove(formula->solver, out) : SOLVER_INTERRUPTED;
    const bool has_error = out == NULL || ferror(out) != 0;
    search->proved = out != NULL && close_file(out, !has_error && result == SOLVER_EXHAUSTED, path);
    if (search->proved)
        return;
    search->verdict = HARNESS_INCOMPLETE; /* nothing is certified without the proof */
    search->complete = false;
    if (has_error || result == SOLVER_EXHAUSTED) {
        fail_to_write(search, path);
    } else if (result == SOLVER_MODEL) {
        search->failure = HARNESS_SOLVER_FAILURE;
        lineage_error(search->diagnostics, (struct lineage_place){0},
                      "the solver contradicts itself: it has found the search's last formula "
                      "unsatisfiable, and now that it solves it anew it finds a model");
    }
}
