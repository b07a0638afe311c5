/* The solver against brute force: every assignment of small random formulas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "solver.h"

#include <stdlib.h>
#include <string.h>

enum { VARIABLES_MAX = 9, REQUIRED_MAX = 6 };

static void *resize(void *old, size_t bytes)
{
    if (bytes == 0) {
        free(old);
        return NULL;
    }
    void *block = realloc(old, bytes);
    assert_non_null(block);
    return block;
}

/* xorshift64* (Vigna 2016): tests draw the same everywhere. */
static uint32_t draw(uint64_t *state, uint32_t end)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * 0x2545f4914f6cdd1d) >> 33) % end;
}

/* Some formulas over a few variables, all of which are required; the first `counted` variables
 * count. Bit i of an assignment is variable i, whose node is i + 1. */
struct problem {
    struct solver_formulas formulas;
    struct solver *solver;
    solver_formula variables[VARIABLES_MAX], required[REQUIRED_MAX];
    size_t variable_count, counted, required_count;
};

static void problem_open(struct problem *problem, size_t variable_count, size_t counted)
{
    *problem = (struct problem){.variable_count = variable_count, .counted = counted};
    solver_formulas_create(&problem->formulas, (struct solver_memory){resize});
    for (size_t i = 0; i < variable_count; i++)
        problem->variables[i] = solver_variable(&problem->formulas);
    problem->solver =
        solver_create(&problem->formulas, (struct solver_options){.keep_clauses = true});
    for (size_t i = 0; i < counted; i++)
        solver_count(problem->solver, problem->variables[i]);
}

static void problem_close(struct problem *problem)
{
    solver_destroy(problem->solver);
    solver_formulas_destroy(&problem->formulas);
}

static void require(struct problem *problem, solver_formula formula)
{
    problem->required[problem->required_count++] = formula;
    solver_require(problem->solver, formula);
}

static bool value(const struct solver_formulas *formulas, solver_formula formula,
                  uint32_t assignment)
{
    const struct solver_node node = formulas->nodes[formula >> 1];
    bool holds = true;
    if (solver_is_variable(formulas, formula >> 1))
        holds = (assignment >> ((formula >> 1) - 1) & 1) != 0;
    for (uint32_t i = 0; i < node.operand_count; i++)
        holds = holds && value(formulas, formulas->operands[node.first_operand + i], assignment);
    return holds != ((formula & 1) != 0);
}

static bool satisfies(const struct problem *problem, uint32_t assignment)
{
    bool holds = true;
    for (size_t i = 0; i < problem->required_count; i++)
        holds = holds && value(&problem->formulas, problem->required[i], assignment);
    return holds;
}

static size_t size_of(const struct problem *problem, uint32_t assignment)
{
    return (size_t)__builtin_popcount(assignment & ((1u << problem->counted) - 1));
}

/* The least number of counted variables in any model; SIZE_MAX if there is none. */
static size_t least_size(const struct problem *problem)
{
    size_t least = SIZE_MAX;
    for (uint32_t a = 0; a < 1u << problem->variable_count; a++)
        if (satisfies(problem, a) && size_of(problem, a) < least)
            least = size_of(problem, a);
    return least;
}

/* The model as an assignment. */
static uint32_t model_of(const struct problem *problem)
{
    uint32_t assignment = 0;
    for (size_t i = 0; i < problem->variable_count; i++)
        if (solver_is_true(problem->solver, problem->variables[i]))
            assignment |= 1u << i;
    return assignment;
}

/* A random formula of some depth: ands, ors, ladders, negations. */
static solver_formula draw_formula(struct problem *problem, uint64_t *state, int depth)
{
    solver_formula operands[4];
    const size_t count = 2 + draw(state, 3);
    if (depth == 0)
        return problem->variables[draw(state, (uint32_t)problem->variable_count)] ^ draw(state, 2);
    for (size_t i = 0; i < count; i++)
        operands[i] = draw_formula(problem, state, depth - 1);
    switch (draw(state, 3)) {
    case 0:
        return solver_and(&problem->formulas, operands, count) ^ draw(state, 2);
    case 1:
        return solver_or(&problem->formulas, operands, count);
    default:
        return solver_at_least(&problem->formulas, operands, count, 1 + draw(state, 3)) ^
               draw(state, 2);
    }
}

static void assert_smallest(struct problem *problem)
{
    const size_t least = least_size(problem);
    const enum solver_result result = solver_smallest(problem->solver);
    assert_int_equal(result, least == SIZE_MAX ? SOLVER_EXHAUSTED : SOLVER_MODEL);
    if (result != SOLVER_MODEL)
        return;
    const uint32_t model = model_of(problem);
    assert_true(satisfies(problem, model));
    assert_int_equal(size_of(problem, model), least);
    assert_int_equal(solver_size_reached(problem->solver), least);
}

static void smallest_model_agrees_with_brute_force_as_formulas_are_added(void **state)
{
    uint64_t seed = 42;
    size_t models = 0, exhausted = 0;
    (void)state;
    for (int round = 0; round < 400; round++) {
        struct problem problem;
        const size_t variables = 3 + draw(&seed, VARIABLES_MAX - 3);
        problem_open(&problem, variables, draw(&seed, (uint32_t)variables + 1));
        for (int i = 0; i < REQUIRED_MAX; i++) {
            require(&problem, draw_formula(&problem, &seed, 2));
            const size_t least = least_size(&problem);
            models += least != SIZE_MAX;
            exhausted += least == SIZE_MAX;
            assert_smallest(&problem);
        }
        problem_close(&problem);
    }
    assert_true(models > 100);
    assert_true(exhausted > 100);
}

/* Blocking each model found lists all of them, in ascending size. */
static void blocking_lists_every_model_smallest_first(void **state)
{
    uint64_t seed = 7;
    (void)state;
    for (int round = 0; round < 60; round++) {
        struct problem problem;
        size_t expected = 0, found = 0, last = 0;
        problem_open(&problem, 5, 5);
        require(&problem, draw_formula(&problem, &seed, 3));
        for (uint32_t a = 0; a < 32; a++)
            expected += satisfies(&problem, a);
        while (solver_smallest(problem.solver) == SOLVER_MODEL) {
            const uint32_t model = model_of(&problem);
            solver_formula literals[5];
            assert_true(satisfies(&problem, model));
            assert_true(size_of(&problem, model) >= last);
            last = size_of(&problem, model);
            for (size_t i = 0; i < 5; i++)
                literals[i] = problem.variables[i] ^ ((model >> i & 1) == 0);
            solver_require(problem.solver, solver_not(solver_and(&problem.formulas, literals, 5)));
            assert_true(++found <= expected);
        }
        assert_int_equal(found, expected);
        problem_close(&problem);
    }
}

/* Variables are counted as they turn up, as omissions are in a search. */
static void variables_counted_later_count_as_well(void **state)
{
    uint64_t seed = 99;
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct problem problem;
        problem_open(&problem, 7, 2);
        require(&problem, draw_formula(&problem, &seed, 2));
        while (problem.counted < 7) {
            assert_smallest(&problem);
            for (uint32_t more = 1 + draw(&seed, 2); more > 0 && problem.counted < 7; more--)
                solver_count(problem.solver, problem.variables[problem.counted++]);
            if (problem.required_count < REQUIRED_MAX)
                require(&problem, draw_formula(&problem, &seed, 2));
        }
        assert_smallest(&problem);
        problem_close(&problem);
    }
}

static void size_steps_up_only_when_a_size_is_exhausted(void **state)
{
    struct problem problem;
    (void)state;
    problem_open(&problem, 6, 6);
    for (size_t size = 0; size <= 6; size++) {
        if (size > 0)
            solver_require(problem.solver,
                           solver_at_least(&problem.formulas, problem.variables, 6, size));
        assert_int_equal(solver_smallest(problem.solver), SOLVER_MODEL);
        assert_int_equal(solver_size_reached(problem.solver), size);
        assert_int_equal(__builtin_popcount(model_of(&problem)), size);
        assert_int_equal(solver_smallest(problem.solver), SOLVER_MODEL);
        assert_int_equal(solver_size_reached(problem.solver), size);
    }
    problem_close(&problem);
}

static void false_is_exhausted_for_good(void **state)
{
    struct problem problem;
    (void)state;
    problem_open(&problem, 3, 3);
    solver_require(problem.solver, SOLVER_TRUE);
    assert_int_equal(solver_smallest(problem.solver), SOLVER_MODEL);
    solver_require(problem.solver, SOLVER_FALSE);
    assert_int_equal(solver_smallest(problem.solver), SOLVER_EXHAUSTED);
    solver_require(problem.solver, problem.variables[0]);
    assert_int_equal(solver_smallest(problem.solver), SOLVER_EXHAUSTED);
    problem_close(&problem);
}

static void unmentioned_variables_are_not_true(void **state)
{
    struct problem problem;
    (void)state;
    problem_open(&problem, 3, 0);
    require(&problem, problem.variables[0]);
    assert_int_equal(solver_smallest(problem.solver), SOLVER_MODEL);
    assert_true(solver_is_true(problem.solver, problem.variables[0]));
    assert_false(solver_is_true(problem.solver, problem.variables[2]));
    problem_close(&problem);
}

static bool always(void *context)
{
    ++*(int *)context;
    return true;
}

/* Eight pigeons and seven holes: too hard to end before the first question. */
static void interrupted_solver_says_so(void **state)
{
    enum { HOLES = 7 };
    struct solver_formulas formulas;
    solver_formula in[HOLES + 1][HOLES];
    int asked = 0;
    (void)state;
    solver_formulas_create(&formulas, (struct solver_memory){resize});
    struct solver *solver =
        solver_create(&formulas, (struct solver_options){.interrupted = always, .context = &asked});
    for (int p = 0; p <= HOLES; p++) {
        for (int h = 0; h < HOLES; h++)
            in[p][h] = solver_variable(&formulas);
        solver_require(solver, solver_or(&formulas, in[p], HOLES));
    }
    for (int h = 0; h < HOLES; h++)
        for (int p = 0; p <= HOLES; p++)
            for (int q = 0; q < p; q++)
                solver_require(solver, solver_not(solver_and2(&formulas, in[p][h], in[q][h])));
    assert_int_equal(solver_smallest(solver), SOLVER_INTERRUPTED);
    assert_true(asked > 0);
    solver_destroy(solver);
    solver_formulas_destroy(&formulas);
}

/* ---- clauses ---- */

static void describe(void *context, solver_formula meaning, FILE *out)
{
    (void)context;
    fprintf(out, "means\n%u", meaning);
}

/* Reads DIMACS text strictly: comments for each variable in order, the header, clauses. Returns the
 * literals, a zero behind each clause. */
static int *parse_dimacs(char *text, const struct solver *solver, size_t *count)
{
    int *literals = calloc(strlen(text), sizeof *literals);
    char *line = strtok(text, "\n");
    for (int variable = 1; variable <= solver_variable_count(solver); variable++) {
        char expected[64];
        snprintf(expected, sizeof expected, "c %d means %u", variable,
                 solver_meaning(solver, variable));
        assert_string_equal(line, expected);
        line = strtok(NULL, "\n");
    }
    int variables, clauses, seen = 0;
    assert_int_equal(sscanf(line, "p cnf %d %d", &variables, &clauses), 2);
    assert_int_equal(variables, solver_variable_count(solver));
    *count = 0;
    while ((line = strtok(NULL, "\n")) != NULL) {
        for (char *end = line; *line != '\0'; line = end) {
            const long literal = strtol(line, &end, 10);
            assert_true(end != line && labs(literal) <= variables);
            literals[(*count)++] = (int)literal;
            end += strspn(end, " ");
        }
        assert_int_equal(literals[*count - 1], 0);
        seen++;
    }
    assert_int_equal(seen, clauses);
    return literals;
}

/* Is there an assignment of all DIMACS variables that satisfies the clauses and says `assignment`
 * of the problem's variables? By trying them all. */
static bool clauses_allow(const struct problem *problem, const int *literals, size_t count,
                          uint32_t assignment)
{
    const int variables = solver_variable_count(problem->solver);
    for (uint32_t all = 0; all < 1u << variables; all++) {
        bool holds = true, clause = false;
        for (int v = 1; v <= variables && holds; v++) {
            const uint32_t node = solver_meaning(problem->solver, v) >> 1;
            if (node > 0 && node <= problem->variable_count)
                holds = (all >> (v - 1) & 1) == (assignment >> (node - 1) & 1);
        }
        for (size_t i = 0; i < count && holds; i++) {
            if (literals[i] != 0)
                clause = clause || (all >> (abs(literals[i]) - 1) & 1) == (literals[i] > 0);
            holds = literals[i] != 0 || clause;
            clause = clause && literals[i] != 0;
        }
        if (holds)
            return true;
    }
    return false;
}

/* The DIMACS text holds the clauses, and the clauses allow exactly the models of the formula. */
static void dimacs_text_means_the_formula(void **state)
{
    uint64_t seed = 5;
    int checked = 0;
    (void)state;
    while (checked < 40) {
        struct problem problem;
        char *text = NULL;
        size_t bytes = 0, count, kept_count;
        problem_open(&problem, 4, 0);
        require(&problem, draw_formula(&problem, &seed, 2));
        if (solver_variable_count(problem.solver) <= 14) {
            FILE *out = open_memstream(&text, &bytes);
            assert_true(solver_write_dimacs(problem.solver, out, describe, NULL));
            fclose(out);
            int *literals = parse_dimacs(text, problem.solver, &count);
            const int *kept = solver_clauses(problem.solver, &kept_count);
            assert_int_equal(count, kept_count);
            assert_memory_equal(literals, kept, count * sizeof *kept);
            for (uint32_t a = 0; a < 16; a++)
                assert_int_equal(clauses_allow(&problem, literals, count, a),
                                 satisfies(&problem, a));
            free(literals);
            free(text);
            checked++;
        }
        problem_close(&problem);
    }
}

/* Of random formulas: the smallest models, each set aside once found, are all models of that size,
 * each once; taken back, they are there again, and a larger size is not reached by that. */
static void another_lists_the_smallest_models_and_taking_back_forgets_it(void **state)
{
    uint64_t chance = 11;
    size_t several = 0;
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct problem problem;
        const size_t count = 3 + draw(&chance, 5);
        problem_open(&problem, count, count);
        for (int i = 0; i < 2; i++)
            require(&problem, draw_formula(&problem, &chance, 2));
        const size_t least = least_size(&problem);
        for (int again = 0; again < 2 && least != SIZE_MAX; again++) {
            bool seen[1 << VARIABLES_MAX] = {false};
            size_t models = 0, expected = 0;
            enum solver_result result = solver_smallest(problem.solver);
            for (; result == SOLVER_MODEL; result = solver_another(problem.solver)) {
                const uint32_t model = model_of(&problem);
                solver_formula true_ones[VARIABLES_MAX];
                size_t true_count = 0;
                assert_true(satisfies(&problem, model));
                assert_int_equal(size_of(&problem, model), least);
                assert_false(seen[model]);
                seen[model] = true;
                models++;
                for (size_t i = 0; i < count; i++)
                    if ((model >> i & 1) != 0)
                        true_ones[true_count++] = problem.variables[i];
                solver_set_aside(problem.solver, true_ones, true_count);
            }
            assert_int_equal(result, SOLVER_EXHAUSTED);
            for (uint32_t a = 0; a < 1u << count; a++)
                expected += satisfies(&problem, a) && size_of(&problem, a) == least;
            assert_int_equal(models, expected);
            solver_take_back(problem.solver);
            assert_int_equal(solver_size_reached(problem.solver), least);
            several += models > 1;
        }
        problem_close(&problem);
    }
    assert_true(several > 20);
}

static void dimacs_that_cannot_be_written_is_an_error(void **state)
{
    struct problem problem;
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL)
        skip();
    setvbuf(full, NULL, _IONBF, 0);
    problem_open(&problem, 2, 2);
    require(&problem, solver_or2(&problem.formulas, problem.variables[0], problem.variables[1]));
    assert_false(solver_write_dimacs(problem.solver, full, describe, NULL));
    fclose(full);
    problem_close(&problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smallest_model_agrees_with_brute_force_as_formulas_are_added),
        cmocka_unit_test(blocking_lists_every_model_smallest_first),
        cmocka_unit_test(another_lists_the_smallest_models_and_taking_back_forgets_it),
        cmocka_unit_test(variables_counted_later_count_as_well),
        cmocka_unit_test(size_steps_up_only_when_a_size_is_exhausted),
        cmocka_unit_test(false_is_exhausted_for_good),
        cmocka_unit_test(unmentioned_variables_are_not_true),
        cmocka_unit_test(interrupted_solver_says_so),
        cmocka_unit_test(dimacs_text_means_the_formula),
        cmocka_unit_test(dimacs_that_cannot_be_written_is_an_error)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
