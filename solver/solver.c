#include "solver.h"

#include <assert.h>
#include <picosat/picosat.h>
#include <stdlib.h>
#include <string.h>

/* A growing array of numbers. */
struct numbers {
    int *items;
    size_t count, capacity;
};

enum { MEANS_COUNTER = 0, MEANS_NOTHING = -1 };

struct solver {
    struct solver_formulas *formulas;
    struct solver_options options;
    PicoSAT *picosat;

    int *literal_of;              /* by node: its DIMACS variable, 0: none yet */
    unsigned char *polarity_done; /* by node: clauses added for it true (1), false (2) */
    size_t node_capacity;
    struct numbers meanings; /* by DIMACS variable: the node, or one of the following */
    struct numbers pending;  /* literals whose nodes need clauses */

    /* A sequential counter (Sinz 2005): rows[j] holds, by counted variable i, the literal of "more
     * than j of the first i + 1 are true". */
    struct numbers counted;
    struct numbers *rows;
    size_t row_count, row_capacity;
    size_t size; /* no model has fewer counted variables */
    int aside;   /* while it holds, models are set aside; 0: none are */

    struct numbers clauses;
    size_t clause_count;
};

static void *resize(const struct solver *solver, void *old, size_t bytes)
{
    return solver->formulas->memory.resize(old, bytes);
}

static void push(const struct solver *solver, struct numbers *numbers, int number)
{
    if (numbers->count == numbers->capacity) {
        numbers->capacity = numbers->capacity == 0 ? 64 : numbers->capacity * 2;
        numbers->items = resize(solver, numbers->items, numbers->capacity * sizeof *numbers->items);
    }
    numbers->items[numbers->count++] = number;
}

/* PicoSAT's memory comes from where ours does: it aborts the program if it gets none. */
static void *picosat_new(void *context, size_t bytes)
{
    return resize(context, NULL, bytes > 0 ? bytes : 1);
}

static void *picosat_resize(void *context, void *block, size_t old_bytes, size_t bytes)
{
    (void)old_bytes;
    return resize(context, block, bytes > 0 ? bytes : 1);
}

static void picosat_delete(void *context, void *block, size_t bytes)
{
    (void)bytes;
    resize(context, block, 0);
}

static int picosat_asks(void *context)
{
    const struct solver *solver = context;
    return solver->options.interrupted(solver->options.context);
}

struct solver *solver_create(struct solver_formulas *formulas, struct solver_options options)
{
    struct solver *solver = formulas->memory.resize(NULL, sizeof *solver);
    *solver = (struct solver){.formulas = formulas, .options = options};
    solver->picosat = picosat_minit(solver, picosat_new, picosat_resize, picosat_delete);
    picosat_set_global_default_phase(solver->picosat, 0);
    if (options.interrupted != NULL)
        picosat_set_interrupt(solver->picosat, solver, picosat_asks);
    push(solver, &solver->meanings, 0); /* DIMACS variables count from 1 */
    return solver;
}

void solver_destroy(struct solver *solver)
{
    if (solver == NULL)
        return;
    picosat_reset(solver->picosat);
    for (size_t i = 0; i < solver->row_count; i++)
        resize(solver, solver->rows[i].items, 0);
    resize(solver, solver->rows, 0);
    resize(solver, solver->counted.items, 0);
    resize(solver, solver->literal_of, 0);
    resize(solver, solver->polarity_done, 0);
    resize(solver, solver->meanings.items, 0);
    resize(solver, solver->pending.items, 0);
    resize(solver, solver->clauses.items, 0);
    solver->formulas->memory.resize(solver, 0);
}

static void add_literal(struct solver *solver, int literal)
{
    picosat_add(solver->picosat, literal);
    if (solver->options.keep_clauses)
        push(solver, &solver->clauses, literal);
    solver->clause_count += literal == 0;
}

static int new_variable(struct solver *solver, int meaning)
{
    push(solver, &solver->meanings, meaning);
    const int variable = picosat_inc_max_var(solver->picosat);
    assert(variable == (int)solver->meanings.count - 1);
    return variable;
}

static void follow_nodes(struct solver *solver)
{
    const size_t count = solver->formulas->node_count;
    if (count <= solver->node_capacity)
        return;
    const size_t capacity = count * 2;
    solver->literal_of = resize(solver, solver->literal_of, capacity * sizeof *solver->literal_of);
    solver->polarity_done = resize(solver, solver->polarity_done, capacity);
    memset(solver->literal_of + solver->node_capacity, 0,
           (capacity - solver->node_capacity) * sizeof *solver->literal_of);
    memset(solver->polarity_done + solver->node_capacity, 0, capacity - solver->node_capacity);
    solver->node_capacity = capacity;
}

/* The literal of a formula; its node is queued for clauses in the polarity that makes it true. */
static int literal_of(struct solver *solver, solver_formula formula)
{
    const uint32_t node = formula >> 1;
    const bool negated = (formula & 1) != 0;
    assert(node > 0);
    if (solver->literal_of[node] == 0)
        solver->literal_of[node] = new_variable(solver, (int)node);
    const int literal = negated ? -solver->literal_of[node] : solver->literal_of[node];
    const unsigned char polarity = negated ? 2 : 1;
    if ((solver->polarity_done[node] & polarity) == 0) {
        solver->polarity_done[node] |= polarity;
        if (!solver_is_variable(solver->formulas, node))
            push(solver, &solver->pending, (int)formula);
    }
    return literal;
}

/* x -> a, x -> b, ... for a conjunction that must be true; a or b or ... <- not x for one that must
 * be false. */
static void define(struct solver *solver, solver_formula formula)
{
    const struct solver_node node = solver->formulas->nodes[formula >> 1];
    const bool negated = (formula & 1) != 0;
    const int literal = solver->literal_of[formula >> 1];
    for (uint32_t i = 0; i < node.operand_count; i++) {
        const solver_formula operand = solver->formulas->operands[node.first_operand + i];
        const int operand_literal = literal_of(solver, negated ? solver_not(operand) : operand);
        if (!negated)
            add_literal(solver, -literal);
        add_literal(solver, operand_literal);
        if (!negated)
            add_literal(solver, 0);
    }
    if (negated) {
        add_literal(solver, literal);
        add_literal(solver, 0);
    }
}

static void define_pending(struct solver *solver)
{
    while (solver->pending.count > 0) {
        const solver_formula formula =
            (solver_formula)solver->pending.items[--solver->pending.count];
        define(solver, formula);
    }
}

void solver_require(struct solver *solver, solver_formula formula)
{
    follow_nodes(solver);
    if (formula == SOLVER_TRUE)
        return;
    if (formula == SOLVER_FALSE) {
        add_literal(solver, 0);
        return;
    }
    const struct solver_node node = solver->formulas->nodes[formula >> 1];
    if ((formula & 1) == 0 || node.operand_count == 0) {
        add_literal(solver, literal_of(solver, formula));
        add_literal(solver, 0);
    } else {
        for (uint32_t i = 0; i < node.operand_count; i++)
            add_literal(
                solver,
                literal_of(solver, solver_not(solver->formulas->operands[node.first_operand + i])));
        add_literal(solver, 0);
    }
    define_pending(solver);
}

/* row[i] of a counter: one more variable, and what makes it true. */
static void extend_row(struct solver *solver, size_t row, size_t i)
{
    const int here = new_variable(solver, MEANS_COUNTER);
    const int counted = solver->counted.items[i];
    push(solver, &solver->rows[row], here);
    if (i > 0) {
        add_literal(solver, -solver->rows[row].items[i - 1]);
        add_literal(solver, here);
        add_literal(solver, 0);
    }
    if (row > 0 && i == 0)
        return;
    add_literal(solver, -counted);
    if (row > 0)
        add_literal(solver, -solver->rows[row - 1].items[i - 1]);
    add_literal(solver, here);
    add_literal(solver, 0);
}

void solver_count(struct solver *solver, solver_formula variable)
{
    assert((variable & 1) == 0 && solver_is_variable(solver->formulas, variable >> 1));
    follow_nodes(solver);
    const int literal = literal_of(solver, variable);
    picosat_set_default_phase_lit(solver->picosat, literal, -1);
    push(solver, &solver->counted, literal);
    for (size_t row = 0; row < solver->row_count; row++)
        extend_row(solver, row, solver->counted.count - 1);
}

static void add_row(struct solver *solver)
{
    if (solver->row_count == solver->row_capacity) {
        solver->row_capacity = solver->row_capacity * 2 + 4;
        solver->rows = resize(solver, solver->rows, solver->row_capacity * sizeof *solver->rows);
    }
    solver->rows[solver->row_count++] = (struct numbers){NULL, 0, 0};
    for (size_t i = 0; i < solver->counted.count; i++)
        extend_row(solver, solver->row_count - 1, i);
}

/* Assumes that no more than `size` counted variables are true; returns the literal assumed, 0 if
 * there is nothing to assume. */
static int assume_size(struct solver *solver)
{
    if (solver->size >= solver->counted.count)
        return 0;
    while (solver->row_count <= solver->size)
        add_row(solver);
    const int bound = -solver->rows[solver->size].items[solver->counted.count - 1];
    picosat_assume(solver->picosat, bound);
    return bound;
}

enum solver_result solver_smallest(struct solver *solver)
{
    for (;; solver->size++) {
        const int bound = assume_size(solver);
        const int result = picosat_sat(solver->picosat, -1);
        if (result == PICOSAT_SATISFIABLE)
            return SOLVER_MODEL;
        if (result != PICOSAT_UNSATISFIABLE)
            return SOLVER_INTERRUPTED;
        if (bound == 0 || !picosat_failed_assumption(solver->picosat, bound))
            return SOLVER_EXHAUSTED;
    }
}

void solver_set_aside(struct solver *solver, const solver_formula *variables, size_t count)
{
    follow_nodes(solver);
    if (solver->aside == 0)
        solver->aside = new_variable(solver, MEANS_NOTHING);
    picosat_add(solver->picosat, -solver->aside);
    for (size_t i = 0; i < count; i++)
        picosat_add(solver->picosat, -literal_of(solver, variables[i]));
    picosat_add(solver->picosat, 0);
}

void solver_take_back(struct solver *solver)
{
    if (solver->aside == 0)
        return;
    picosat_add(solver->picosat, -solver->aside);
    picosat_add(solver->picosat, 0);
    solver->aside = 0;
}

enum solver_result solver_another(struct solver *solver)
{
    assume_size(solver);
    if (solver->aside != 0)
        picosat_assume(solver->picosat, solver->aside);
    const int result = picosat_sat(solver->picosat, -1);
    return result == PICOSAT_SATISFIABLE     ? SOLVER_MODEL
           : result == PICOSAT_UNSATISFIABLE ? SOLVER_EXHAUSTED
                                             : SOLVER_INTERRUPTED;
}

bool solver_is_true(const struct solver *solver, solver_formula variable)
{
    const uint32_t node = variable >> 1;
    return node < solver->node_capacity && solver->literal_of[node] != 0 &&
           picosat_deref(solver->picosat, solver->literal_of[node]) == 1;
}

size_t solver_size_reached(const struct solver *solver)
{
    return solver->size;
}

const int *solver_clauses(const struct solver *solver, size_t *literal_count)
{
    *literal_count = solver->clauses.count;
    return solver->clauses.items;
}

size_t solver_clause_count(const struct solver *solver)
{
    return solver->clause_count;
}

int solver_variable_count(const struct solver *solver)
{
    return (int)solver->meanings.count - 1;
}

solver_formula solver_meaning(const struct solver *solver, int dimacs_variable)
{
    const int meaning = solver->meanings.items[dimacs_variable];
    return meaning == MEANS_NOTHING ? SOLVER_FALSE : (solver_formula)meaning << 1;
}

/* What a stream on one line prints: a line break would end the comment. */
static ssize_t print_on_line(void *cookie, const char *bytes, size_t count)
{
    FILE *out = cookie;
    for (size_t i = 0; i < count; i++)
        fputc(bytes[i] == '\n' || bytes[i] == '\r' ? ' ' : bytes[i], out);
    return ferror(out) == 0 ? (ssize_t)count : 0;
}

bool solver_write_dimacs(const struct solver *solver, FILE *out,
                         void (*describe)(void *context, solver_formula meaning, FILE *out),
                         void *context)
{
    assert(solver->options.keep_clauses);
    const cookie_io_functions_t functions = {.write = print_on_line};
    FILE *line = fopencookie(out, "w", functions);
    if (line == NULL)
        return false;
    for (int variable = 1; variable <= solver_variable_count(solver); variable++) {
        fprintf(out, "c %d ", variable);
        describe(context, solver_meaning(solver, variable), line);
        fflush(line);
        fputc('\n', out);
    }
    fclose(line);
    fprintf(out, "p cnf %d %zu\n", solver_variable_count(solver), solver->clause_count);
    for (size_t i = 0; i < solver->clauses.count; i++)
        fprintf(out, "%d%c", solver->clauses.items[i], solver->clauses.items[i] == 0 ? '\n' : ' ');
    return ferror(out) == 0;
}

/* ---- a proof ---- */

struct proof {
    struct solver *solver;
    FILE *out;
};

static int proof_is_interrupted(void *context)
{
    const struct proof *proof = context;
    const struct solver_options *options = &proof->solver->options;
    return ferror(proof->out) != 0 ||
           (options->interrupted != NULL && options->interrupted(options->context));
}

enum solver_result solver_prove(struct solver *solver, FILE *out)
{
    struct proof proof = {solver, out};
    int result = PICOSAT_UNKNOWN;
    assert(solver->options.keep_clauses);
    PicoSAT *picosat = picosat_minit(solver, picosat_new, picosat_resize, picosat_delete);
    picosat_set_interrupt(picosat, &proof, proof_is_interrupted);
    picosat_set_incremental_rup_file(picosat, out, solver_variable_count(solver),
                                     (int)solver->clause_count);
    picosat_adjust(picosat, solver_variable_count(solver));
    for (size_t i = 0; i < solver->clauses.count; i++)
        picosat_add(picosat, solver->clauses.items[i]);
    if (!proof_is_interrupted(&proof)) /* PicoSAT does not ask before it has solved for a while */
        result = picosat_sat(picosat, -1);
    picosat_reset(picosat);
    return result == PICOSAT_SATISFIABLE     ? SOLVER_MODEL
           : result == PICOSAT_UNSATISFIABLE ? SOLVER_EXHAUSTED
                                             : SOLVER_INTERRUPTED;
}
