/* Formulas: what they mean, checked on all assignments, and that equal ones are the same node. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formula.h"

#include <stdlib.h>

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

static struct solver_formulas formulas;

static int open_formulas(void **state)
{
    (void)state;
    solver_formulas_create(&formulas, (struct solver_memory){resize});
    return 0;
}

static int close_formulas(void **state)
{
    (void)state;
    solver_formulas_destroy(&formulas);
    return 0;
}

/* The value where bit i of `assignment` is the i-th variable made, its node being i + 1. */
static bool value(solver_formula formula, uint32_t assignment)
{
    const struct solver_node node = formulas.nodes[formula >> 1];
    bool holds = true;
    if (solver_is_variable(&formulas, formula >> 1))
        holds = (assignment >> ((formula >> 1) - 1) & 1) != 0;
    for (uint32_t i = 0; i < node.operand_count; i++)
        holds = holds && value(formulas.operands[node.first_operand + i], assignment);
    return holds != ((formula & 1) != 0);
}

static void make_variables(solver_formula *variables, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        variables[i] = solver_variable(&formulas);
        assert_int_equal(variables[i], (i + 1) << 1);
    }
}

static void conjunction_of_nothing_is_true_and_disjunction_false(void **state)
{
    (void)state;
    assert_int_equal(solver_and(&formulas, NULL, 0), SOLVER_TRUE);
    assert_int_equal(solver_or(&formulas, NULL, 0), SOLVER_FALSE);
}

static void constants_and_contradictions_vanish(void **state)
{
    solver_formula x[2];
    (void)state;
    make_variables(x, 2);
    assert_int_equal(solver_and2(&formulas, x[0], SOLVER_TRUE), x[0]);
    assert_int_equal(solver_and2(&formulas, x[0], SOLVER_FALSE), SOLVER_FALSE);
    assert_int_equal(solver_or2(&formulas, x[0], SOLVER_FALSE), x[0]);
    assert_int_equal(solver_or2(&formulas, x[0], SOLVER_TRUE), SOLVER_TRUE);
    assert_int_equal(solver_and2(&formulas, x[0], x[0]), x[0]);
    assert_int_equal(solver_and2(&formulas, x[0], solver_not(x[0])), SOLVER_FALSE);
    assert_int_equal(solver_or2(&formulas, x[1], solver_not(x[1])), SOLVER_TRUE);
    assert_int_equal(solver_not(solver_not(x[1])), x[1]);
}

static void equal_formulas_are_one_node(void **state)
{
    solver_formula x[3];
    (void)state;
    make_variables(x, 3);
    const solver_formula forwards[] = {x[0], x[1], x[2], x[1]};
    const solver_formula backwards[] = {x[2], SOLVER_TRUE, x[1], x[0]};
    const size_t nodes = formulas.node_count;
    const solver_formula made = solver_and(&formulas, forwards, 4);
    assert_int_equal(formulas.node_count, nodes + 1);
    assert_int_equal(solver_and(&formulas, backwards, 4), made);
    /* De Morgan: not (a or b) is (not a and not b). */
    assert_int_equal(solver_not(solver_or2(&formulas, x[0], x[1])),
                     solver_and2(&formulas, solver_not(x[0]), solver_not(x[1])));
    assert_int_equal(formulas.node_count, nodes + 2);
}

/* Beyond the first size of every table: each conjunction of two of 300 variables is found again. */
static void thousands_of_formulas_stay_shared(void **state)
{
    enum { COUNT = 300 };
    static solver_formula x[COUNT], made[COUNT][COUNT];
    (void)state;
    make_variables(x, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < i; j++)
            made[i][j] = solver_and2(&formulas, x[i], x[j]);
    const size_t nodes = formulas.node_count;
    assert_int_equal(nodes, 1 + COUNT + COUNT * (COUNT - 1) / 2);
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_equal(solver_and2(&formulas, x[j], x[i]), made[i][j]);
    assert_int_equal(formulas.node_count, nodes);
}

/* The operands may lie in memory that the formulas own: solver_and must not trip over itself. */
static void nested_formulas_mean_what_they_say(void **state)
{
    solver_formula x[4];
    (void)state;
    make_variables(x, 4);
    const solver_formula left = solver_or2(&formulas, solver_and2(&formulas, x[0], x[1]), x[2]);
    const solver_formula both = solver_and2(&formulas, left, solver_not(x[3]));
    for (uint32_t a = 0; a < 16; a++) {
        const bool x0 = a & 1, x1 = a >> 1 & 1, x2 = a >> 2 & 1, x3 = a >> 3 & 1;
        assert_int_equal(value(both, a), ((x0 && x1) || x2) && !x3);
    }
}

/* Of every number of variables up to 7, every threshold, on every assignment. */
static void at_least_counts(void **state)
{
    enum { COUNT = 7 };
    solver_formula x[COUNT];
    (void)state;
    make_variables(x, COUNT);
    for (size_t count = 0; count <= COUNT; count++)
        for (size_t threshold = 0; threshold <= count + 2; threshold++) {
            const solver_formula some = solver_at_least(&formulas, x, count, threshold);
            for (uint32_t a = 0; a < 1u << count; a++)
                assert_int_equal(value(some, a), (size_t)__builtin_popcount(a) >= threshold);
        }
}

/* An operand that comes twice counts twice, negated operands and constants count as they stand. */
static void at_least_counts_operands_and_not_variables(void **state)
{
    solver_formula x[2];
    (void)state;
    make_variables(x, 2);
    const solver_formula operands[] = {x[0], x[0], solver_not(x[1]), SOLVER_TRUE, SOLVER_FALSE};
    for (size_t threshold = 0; threshold <= 6; threshold++) {
        const solver_formula some = solver_at_least(&formulas, operands, 5, threshold);
        for (uint32_t a = 0; a < 4; a++)
            assert_int_equal(value(some, a), 2 * (a & 1) + !(a >> 1) + 1 >= threshold);
    }
}

/* "A ladder of count x threshold nodes": two gates a step and no more. */
static void at_least_grows_with_count_times_threshold(void **state)
{
    enum { COUNT = 60, THRESHOLD = 5 };
    solver_formula x[COUNT];
    (void)state;
    make_variables(x, COUNT);
    const size_t nodes = formulas.node_count;
    solver_at_least(&formulas, x, COUNT, THRESHOLD);
    assert_in_range(formulas.node_count - nodes, COUNT, 2 * COUNT * THRESHOLD);
}

static void only_variables_are_variables(void **state)
{
    solver_formula x[2];
    (void)state;
    make_variables(x, 2);
    assert_false(solver_is_variable(&formulas, 0));
    assert_true(solver_is_variable(&formulas, x[1] >> 1));
    assert_false(solver_is_variable(&formulas, solver_and2(&formulas, x[0], x[1]) >> 1));
}

/* Each bit of the lanes against the value under its own assignment; x[4] is unknown: what may hold
 * or fail must cover both of its values. */
static void simulation_knows_values_and_bounds_them(void **state)
{
    enum { COUNT = 5, KNOWN = 4 };
    solver_formula x[COUNT];
    struct solver_lanes lanes[64];
    (void)state;
    make_variables(x, COUNT);
    const solver_formula exactly_two =
        solver_and2(&formulas, solver_at_least(&formulas, x, KNOWN, 2),
                    solver_not(solver_at_least(&formulas, x, KNOWN, 3)));
    const solver_formula mixed = solver_or2(&formulas, solver_and2(&formulas, x[0], x[4]),
                                            solver_and2(&formulas, x[1], solver_not(x[2])));
    const solver_formula roots[] = {exactly_two, mixed, solver_not(mixed), SOLVER_TRUE};
    assert_in_range(formulas.node_count, COUNT, 64);
    for (size_t i = 0; i < KNOWN; i++) {
        uint64_t holds = 0;
        for (uint32_t assignment = 0; assignment < 1 << KNOWN; assignment++)
            holds |= (uint64_t)(assignment >> i & 1) << assignment;
        lanes[x[i] >> 1] = (struct solver_lanes){holds, ~holds};
    }
    lanes[x[4] >> 1] = (struct solver_lanes){UINT64_MAX, UINT64_MAX};
    solver_simulate(&formulas, lanes);
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        for (uint32_t assignment = 0; assignment < 1 << KNOWN; assignment++) {
            const struct solver_lanes found = solver_lanes_of(lanes, roots[i]);
            const bool without = value(roots[i], assignment);
            const bool with = value(roots[i], assignment | 1 << KNOWN);
            assert_int_equal(found.may_hold >> assignment & 1, without || with);
            assert_int_equal(found.may_fail >> assignment & 1, !without || !with);
        }
}

/* What an assignment of all variables but x[0] and x[1] leaves of a formula is over two variables,
 * and true as often as the formula is; where it is constant, so is the formula. */
static void restriction_is_what_an_assignment_leaves(void **state)
{
    enum { COUNT = 5 };
    solver_formula x[COUNT];
    struct solver_lanes lanes[64];
    struct solver_formulas left;
    size_t constant = 0;
    (void)state;
    make_variables(x, COUNT);
    const solver_formula ladder = solver_at_least(&formulas, x, COUNT, 3);
    const solver_formula either = solver_or2(&formulas, solver_and2(&formulas, x[0], x[2]),
                                             solver_and2(&formulas, solver_not(x[0]), x[3]));
    const solver_formula roots[] = {ladder, solver_not(ladder),
                                    either, solver_and2(&formulas, ladder, solver_not(either)),
                                    x[1],   x[4]};
    assert_in_range(formulas.node_count, COUNT, 64);
    for (size_t i = 0; i < COUNT; i++) {
        uint64_t holds = 0;
        for (uint32_t assignment = 0; assignment < 1 << COUNT; assignment++)
            holds |= (uint64_t)(assignment >> i & 1) << assignment;
        lanes[x[i] >> 1] = i < 2 ? (struct solver_lanes){UINT64_MAX, UINT64_MAX}
                                 : (struct solver_lanes){holds, ~holds};
    }
    solver_simulate(&formulas, lanes);
    for (uint32_t assignment = 0; assignment < 1 << COUNT; assignment += 4)
        for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
            size_t holds[2] = {0, 0};
            solver_formulas_create(&left, (struct solver_memory){resize});
            const solver_formula rest =
                solver_restrict(&formulas, lanes, assignment, roots[i], &left);
            const struct solver_formulas whole = formulas;
            size_t variables = 0;
            for (uint32_t node = 1; node < left.node_count; node++)
                variables += solver_is_variable(&left, node);
            assert_true(variables <= 2);
            for (uint32_t free = 0; free < 4; free++)
                holds[0] += value(roots[i], assignment | free);
            formulas = left; /* `value` is about these */
            for (uint32_t free = 0; free < 4 && rest > SOLVER_FALSE && variables == 2; free++)
                holds[1] += value(rest, free);
            formulas = whole;
            if (rest <= SOLVER_FALSE)
                holds[1] = rest == SOLVER_TRUE ? 4 : 0;
            else if (variables == 1)
                holds[1] = 2; /* the variable or its negation */
            constant += rest <= SOLVER_FALSE;
            assert_int_equal(holds[0], holds[1]);
            solver_formulas_destroy(&left);
        }
    assert_in_range(constant, 5, 40);
}

#define UNIT(name) cmocka_unit_test_setup_teardown(name, open_formulas, close_formulas)

int main(void)
{
    const struct CMUnitTest tests[] = {UNIT(conjunction_of_nothing_is_true_and_disjunction_false),
                                       UNIT(constants_and_contradictions_vanish),
                                       UNIT(equal_formulas_are_one_node),
                                       UNIT(thousands_of_formulas_stay_shared),
                                       UNIT(nested_formulas_mean_what_they_say),
                                       UNIT(at_least_counts),
                                       UNIT(at_least_counts_operands_and_not_variables),
                                       UNIT(at_least_grows_with_count_times_threshold),
                                       UNIT(simulation_knows_values_and_bounds_them),
                                       UNIT(restriction_is_what_an_assignment_leaves),
                                       UNIT(only_variables_are_variables)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
