/* Minimal proofs: of executions made by hand, of random ones, and of small programs under all their
 * schedules, against the least weight that proofs of ever greater height come to. */
#include "testing.h"

#include "proof.h"

#include <stdarg.h>

/* Relation p of one column, over small integers; facts are told apart by value and time. */
struct fixture {
    struct lineage_universe universe;
    struct lineage_execution run;
    uint32_t p;
    struct lineage_proofs proofs;
    lineage_numbers numbers;
};

static int open_fixture(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    lineage_universe_create(&f->universe);
    f->p = lineage_relation_add(&f->universe, (struct lineage_relation){"p", 1, false});
    lineage_rule_add(&f->universe, (struct lineage_rule){"rule", "file", 1, false});
    lineage_execution_create(&f->run, &f->universe, 9);
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;
    lineage_proofs_free(&f->proofs);
    lineage_memory_free(f->numbers.items);
    lineage_execution_free(&f->run);
    lineage_universe_destroy(&f->universe);
    free(f);
    return 0;
}

static uint32_t fact(struct fixture *f, int64_t value, uint32_t time)
{
    const lineage_value values[] = {lineage_integer(&f->universe, value)};
    return lineage_fact_add(&f->run, lineage_tuple_intern(&f->universe, f->p, values), time, true);
}

static uint32_t holds(uint32_t number)
{
    return lineage_premise(LINEAGE_PRESENT, number);
}

/* A firing for a head that needs `count` premises, and perhaps exactly so many of them. */
static uint32_t fire(struct fixture *f, uint32_t head, uint32_t exactly, size_t count, ...)
{
    const struct lineage_firing firing = {0, head, LINEAGE_NONE, (uint32_t)f->run.premises.count,
                                          exactly};
    va_list premises;
    va_start(premises, count);
    LINEAGE_PUSH(&f->run.firings, firing);
    for (size_t i = 0; i < count; i++)
        LINEAGE_PUSH(&f->run.premises, va_arg(premises, uint32_t));
    va_end(premises);
    return (uint32_t)f->run.firings.count - 1;
}

static void prove(struct fixture *f, const bool *given)
{
    lineage_execution_index(&f->run);
    lineage_proofs_find(&f->run, given, &f->proofs);
}

static void assert_weight(const struct fixture *f, uint32_t number, uint64_t steps,
                          uint64_t firings)
{
    assert_int_equal(f->proofs.weights[number].steps, steps);
    assert_int_equal(f->proofs.weights[number].firings, firings);
}

static void assert_since(const struct fixture *f, uint32_t number, uint32_t since, uint32_t rule)
{
    uint32_t carrier;
    assert_int_equal(lineage_proof_since(&f->proofs, number, &carrier), since);
    assert_int_equal(carrier, rule);
}

/* d from b and c, which are from a: 3 steps; or from e, which takes 4. */
static void the_proof_with_fewer_steps_wins(void **state)
{
    struct fixture *f = *state;
    const uint32_t a = fact(f, 1, 1), b = fact(f, 2, 1), c = fact(f, 3, 1), d = fact(f, 4, 1);
    const uint32_t e1 = fact(f, 5, 1), e2 = fact(f, 6, 1), e3 = fact(f, 7, 1);
    fire(f, d, LINEAGE_NONE, 1, holds(e3));
    fire(f, e3, LINEAGE_NONE, 1, holds(e2));
    fire(f, e2, LINEAGE_NONE, 1, holds(e1));
    fire(f, e1, LINEAGE_NONE, 1, holds(a));
    const uint32_t last = fire(f, d, LINEAGE_NONE, 2, holds(b), holds(c));
    const uint32_t to_b = fire(f, b, LINEAGE_NONE, 1, holds(a));
    const uint32_t to_c = fire(f, c, LINEAGE_NONE, 1, holds(a));
    prove(f, NULL);
    assert_true(lineage_is_given(&f->proofs, a));
    assert_weight(f, a, 0, 0);
    assert_weight(f, d, 3, 3);
    assert_int_equal(f->proofs.firing_of[d], last);
    lineage_proof_firings(&f->proofs, d, &f->numbers);
    assert_int_equal(f->numbers.count, 3);
    assert_int_equal(f->numbers.items[2], last);
    assert_int_equal(f->numbers.items[0] + f->numbers.items[1], to_b + to_c);
}

/* Two steps that need the same fact: its one step counts twice in the weight, once in the proof. */
static void what_is_needed_twice_weighs_twice_and_is_told_once(void **state)
{
    struct fixture *f = *state;
    const uint32_t a = fact(f, 1, 1), b = fact(f, 2, 1), c = fact(f, 3, 1), d = fact(f, 4, 1);
    const uint32_t e = fact(f, 5, 1);
    fire(f, b, LINEAGE_NONE, 2, holds(a), holds(a));
    fire(f, c, LINEAGE_NONE, 1, holds(b));
    fire(f, d, LINEAGE_NONE, 1, holds(b));
    fire(f, e, LINEAGE_NONE, 3, holds(c), holds(d), holds(c));
    prove(f, NULL);
    assert_weight(f, e, 5, 5);
    lineage_proof_firings(&f->proofs, e, &f->numbers);
    assert_int_equal(f->numbers.count, 4);
}

/* p(1) from 1 on, carried to 4; at 4 also by a step from p(2). */
static void carrying_on_is_no_step(void **state)
{
    struct fixture *f = *state;
    const uint32_t start = fact(f, 2, 1), first = fact(f, 1, 1), second = fact(f, 1, 2);
    const uint32_t third = fact(f, 1, 3), fourth = fact(f, 1, 4), other = fact(f, 2, 3);
    fire(f, fourth, LINEAGE_NONE, 1, holds(other));
    fire(f, first, LINEAGE_NONE, 1, holds(start));
    const uint32_t carry = fire(f, second, LINEAGE_NONE, 2, holds(first), holds(start));
    fire(f, third, LINEAGE_NONE, 1, holds(second));
    fire(f, fourth, LINEAGE_NONE, 1, holds(third));
    prove(f, NULL);
    assert_int_equal(lineage_carried(&f->run, carry), first);
    assert_int_equal(lineage_carried(&f->run, 1), LINEAGE_NONE);
    assert_weight(f, third, 1, 3);
    assert_weight(f, fourth, 1, 1); /* one step either way, but no carrying */
    assert_since(f, fourth, fourth, LINEAGE_NONE);
    assert_since(f, third, first, 0);
    assert_since(f, other, other, LINEAGE_NONE);
}

/* p(1) goes from 1 to 3 by way of p(2), which two rules make of it and it of. */
static void a_tuple_may_be_carried_on_by_way_of_others(void **state)
{
    struct fixture *f = *state;
    const uint32_t start = fact(f, 9, 1), first = fact(f, 1, 1);
    uint32_t last = first, middle;
    lineage_rule_add(&f->universe, (struct lineage_rule){"next", "file", 2, false});
    fire(f, first, LINEAGE_NONE, 1, holds(start));
    for (uint32_t time = 2; time <= 3; time++) {
        middle = fact(f, 2, time);
        const uint32_t next = fire(f, middle, LINEAGE_NONE, 1, holds(last));
        f->run.firings.items[next].rule = 1;
        last = fact(f, 1, time);
        fire(f, last, LINEAGE_NONE, 1, holds(middle));
    }
    prove(f, NULL);
    assert_since(f, last, first, 1);
    assert_since(f, middle, middle - 2, 1);
    assert_since(f, first, first, LINEAGE_NONE);
}

/* p(1) at 2: a step from p(3) at 2, which is carried there from 1; or carried on from 1 itself. */
static void of_equals_the_one_that_carries_on_wins(void **state)
{
    struct fixture *f = *state;
    const uint32_t root = fact(f, 3, 1), first = fact(f, 1, 1), root_later = fact(f, 3, 2);
    const uint32_t later = fact(f, 1, 2);
    fire(f, first, LINEAGE_NONE, 1, holds(root));
    fire(f, root_later, LINEAGE_NONE, 1, holds(root));
    fire(f, later, LINEAGE_NONE, 1, holds(root_later));
    const uint32_t carry = fire(f, later, LINEAGE_NONE, 1, holds(first));
    prove(f, NULL);
    assert_weight(f, later, 1, 2);
    assert_int_equal(f->proofs.firing_of[later], carry);
}

/* b and c need each other; only c can also be had from a. */
static void nothing_rests_on_itself(void **state)
{
    struct fixture *f = *state;
    const uint32_t a = fact(f, 1, 1), b = fact(f, 2, 1), c = fact(f, 3, 1);
    fire(f, b, LINEAGE_NONE, 1, holds(c));
    fire(f, c, LINEAGE_NONE, 1, holds(b));
    const uint32_t way_out = fire(f, c, LINEAGE_NONE, 1, holds(a));
    prove(f, NULL);
    assert_weight(f, b, 2, 2);
    assert_int_equal(f->proofs.firing_of[c], way_out);
}

static void an_input_in_a_circle_is_given(void **state)
{
    struct fixture *f = *state;
    const uint32_t a = fact(f, 1, 1), b = fact(f, 2, 1);
    const bool given[] = {false, true};
    fire(f, a, LINEAGE_NONE, 1, holds(b));
    fire(f, b, LINEAGE_NONE, 1, holds(a));
    prove(f, given);
    assert_true(lineage_is_given(&f->proofs, b));
    assert_weight(f, a, 1, 1);
    lineage_proofs_free(&f->proofs);
    lineage_proofs_find(&f->run, NULL, &f->proofs); /* nobody knows: the first */
    assert_true(lineage_is_given(&f->proofs, a));
    assert_weight(f, b, 1, 1);
}

static void of_exactly_so_many_the_lightest_are_needed(void **state)
{
    struct fixture *f = *state;
    const uint32_t a = fact(f, 1, 1), b = fact(f, 2, 1), c = fact(f, 3, 1), d = fact(f, 4, 1);
    fire(f, b, LINEAGE_NONE, 1, holds(a));
    fire(f, c, LINEAGE_NONE, 1, holds(b));
    const uint32_t two = fire(f, d, 2, 3, holds(c), holds(a), holds(b));
    prove(f, NULL);
    assert_weight(f, d, 2, 2);
    lineage_proof_needs(&f->proofs, two, &f->numbers);
    assert_int_equal(f->numbers.count, 2);
    assert_int_equal(f->numbers.items[0], a);
    assert_int_equal(f->numbers.items[1], b);
}

static void an_absence_weighs_nothing(void **state)
{
    struct fixture *f = *state;
    const uint32_t a = fact(f, 1, 1);
    const lineage_value any[] = {LINEAGE_ANY};
    const struct lineage_absence absence = {lineage_tuple_intern(&f->universe, f->p, any), 2};
    LINEAGE_PUSH(&f->run.absences, absence);
    fire(f, a, LINEAGE_NONE, 1, lineage_premise(LINEAGE_ABSENT, 0));
    prove(f, NULL);
    assert_false(lineage_is_given(&f->proofs, a));
    assert_weight(f, a, 1, 1);
}

/* Each fact needs the two before it twice over: 100 of them weigh more than 64 bits hold. */
static void weights_end_and_nothing_rests_on_itself_all_the_same(void **state)
{
    struct fixture *f = *state;
    uint32_t facts[200];
    for (int i = 0; i < 200; i++)
        facts[i] = fact(f, i, 1);
    for (int i = 0; i < 198; i += 2)
        for (int j = 0; j < 2; j++) {
            fire(f, facts[i + 2 + j], LINEAGE_NONE, 2, holds(facts[i]), holds(facts[i + 1]));
            fire(f, facts[i + j], LINEAGE_NONE, 1, holds(facts[i + 2 + j]));
        }
    prove(f, NULL);
    assert_weight(f, facts[199], UINT64_MAX, UINT64_MAX);
    lineage_proof_firings(&f->proofs, facts[199], &f->numbers);
    assert_true(f->numbers.count > 100 && f->numbers.count < 200);
}

/* ---- against the least weight by height ---- */

static int compare(struct lineage_weight left, struct lineage_weight right)
{
    if (left.steps != right.steps)
        return left.steps < right.steps ? -1 : 1;
    return left.firings < right.firings ? -1 : left.firings > right.firings;
}

/* The least weight of a firing whose facts have these; false if one has none. */
static bool weigh(const struct lineage_execution *run, uint32_t firing, const bool *has,
                  const struct lineage_weight *weights, struct lineage_weight *weight)
{
    size_t count;
    const uint32_t *premises = lineage_premises_of(run, firing, &count);
    *weight = (struct lineage_weight){lineage_carried(run, firing) == LINEAGE_NONE, 1};
    assert_int_equal(run->firings.items[firing].exactly, LINEAGE_NONE);
    for (size_t i = 0; i < count; i++) {
        const uint32_t number = lineage_premise_number(premises[i]);
        bool is_new = lineage_premise_kind(premises[i]) == LINEAGE_PRESENT;
        for (size_t j = 0; j < i; j++)
            is_new = is_new && premises[j] != premises[i];
        if (!is_new)
            continue;
        if (!has[number])
            return false;
        weight->steps += weights[number].steps;
        weight->firings += weights[number].firings;
    }
    return true;
}

/* Proofs of height 0, 1, 2, ... until no higher one is lighter than those before. */
static struct lineage_weight *weigh_by_height(const struct lineage_execution *run,
                                              const bool *given, bool *has)
{
    struct lineage_weight *weights = calloc(run->facts.count + 1, sizeof *weights);
    bool changed = true;
    for (size_t i = 0; i < run->facts.count; i++)
        has[i] = given[i];
    while (changed) {
        changed = false;
        for (uint32_t i = 0; i < run->firings.count; i++) {
            const uint32_t head = run->firings.items[i].head;
            struct lineage_weight weight;
            if (head == LINEAGE_NONE || !weigh(run, i, has, weights, &weight) ||
                (has[head] && compare(weights[head], weight) <= 0))
                continue;
            weights[head] = weight;
            has[head] = changed = true;
        }
    }
    return weights;
}

/* Every proof is one, of the weight that it says, and that weight is the least. */
static void check_proofs(const struct lineage_execution *run, const bool *given)
{
    struct lineage_proofs proofs;
    lineage_numbers needed = {0};
    bool *has = calloc(run->facts.count + 1, sizeof *has);
    struct lineage_weight *least = weigh_by_height(run, given, has);
    lineage_proofs_find(run, given, &proofs);
    for (uint32_t fact = 0; fact < run->facts.count; fact++) {
        const uint32_t firing = proofs.firing_of[fact];
        if (!has[fact]) /* random executions may hold what nothing proves: it counts as given */
            continue;
        if (firing == LINEAGE_NONE) {
            assert_true(given[fact]);
            assert_int_equal(proofs.weights[fact].firings, 0);
            continue;
        }
        assert_int_equal(run->firings.items[firing].head, fact);
        assert_int_equal(compare(proofs.weights[fact], least[fact]), 0);
        lineage_proof_needs(&proofs, firing, &needed);
        struct lineage_weight sum = {lineage_carried(run, firing) == LINEAGE_NONE, 1};
        for (size_t i = 0; i < needed.count; i++) {
            assert_true(proofs.ranks[needed.items[i]] < proofs.ranks[fact]);
            sum.steps += proofs.weights[needed.items[i]].steps;
            sum.firings += proofs.weights[needed.items[i]].firings;
        }
        assert_int_equal(compare(proofs.weights[fact], sum), 0);
    }
    lineage_memory_free(needed.items);
    lineage_proofs_free(&proofs);
    free(least);
    free(has);
}

/* Facts and firings drawn at random, circles and all; what no firing derives is given, and some
 * others. */
static void random_proofs_are_the_lightest(void **state)
{
    (void)state;
    uint64_t chance = 4711;
    for (int round = 0; round < 2000; round++) {
        void *opened;
        open_fixture(&opened);
        struct fixture *f = opened;
        bool given[32] = {false};
        const uint32_t fact_count = 2 + testing_draw(&chance, 24);
        for (uint32_t i = 0; i < fact_count; i++)
            fact(f, i % 5, 1 + i / 5);
        const uint32_t firing_count = testing_draw(&chance, 60);
        for (uint32_t i = 0; i < firing_count; i++) {
            const uint32_t head = testing_draw(&chance, fact_count);
            const uint32_t one = testing_draw(&chance, fact_count);
            const uint32_t two = testing_draw(&chance, 3) == 0 && head >= 5
                                     ? head - 5
                                     : testing_draw(&chance, fact_count);
            fire(f, head, LINEAGE_NONE, 1 + testing_draw(&chance, 2), holds(two), holds(one));
        }
        lineage_execution_index(&f->run);
        for (uint32_t i = 0; i < fact_count; i++) {
            size_t count;
            lineage_firings_of(&f->run, i, &count);
            given[i] = count == 0 || testing_draw(&chance, 8) == 0;
        }
        check_proofs(&f->run, given);
        close_fixture(&opened);
    }
}

static void proofs_in_small_programs_are_the_lightest(void **state)
{
    (void)state;
    size_t runs = 0;
    for (size_t trap = 0; testing_trap(trap) != NULL; trap++) {
        struct checked checked;
        checked_open(&checked, testing_trap(trap), LINEAGE_STRICT, 1);
        struct harness_executor *executor = &checked.world.executor;
        for (size_t i = 0; i < checked.all.count; i++, runs++) {
            struct lineage_execution run;
            assert_int_equal(executor->execute(executor, &checked.all.items[i], true, &run),
                             HARNESS_OK);
            bool *given = calloc(run.facts.count + 1, sizeof *given);
            for (uint32_t number = 0; number < run.facts.count; number++) {
                size_t count;
                lineage_firings_of(&run, number, &count);
                given[number] = count == 0;
            }
            check_proofs(&run, given);
            free(given);
            lineage_execution_free(&run);
        }
        checked_close(&checked);
    }
    assert_true(runs > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_proof_with_fewer_steps_wins, open_fixture,
                                        close_fixture),
        cmocka_unit_test_setup_teardown(what_is_needed_twice_weighs_twice_and_is_told_once,
                                        open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(carrying_on_is_no_step, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_tuple_may_be_carried_on_by_way_of_others, open_fixture,
                                        close_fixture),
        cmocka_unit_test_setup_teardown(of_equals_the_one_that_carries_on_wins, open_fixture,
                                        close_fixture),
        cmocka_unit_test_setup_teardown(nothing_rests_on_itself, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(an_input_in_a_circle_is_given, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(of_exactly_so_many_the_lightest_are_needed, open_fixture,
                                        close_fixture),
        cmocka_unit_test_setup_teardown(an_absence_weighs_nothing, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(weights_end_and_nothing_rests_on_itself_all_the_same,
                                        open_fixture, close_fixture),
        cmocka_unit_test(random_proofs_are_the_lightest),
        cmocka_unit_test(proofs_in_small_programs_are_the_lightest),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
