/* Executions: what lies where, what matches what, and which promises are broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "execution.h"

#include <stdlib.h>
#include <string.h>

/* Relations p(X, Y), pre(X), post(X), crash(O, N, T) and the strings a, b, c. */
struct fixture {
    struct lineage_universe universe;
    struct lineage_execution run;
    uint32_t p, pre, post, crash;
    lineage_value a, b, c;
};

static int open_fixture(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    lineage_universe_create(&f->universe);
    f->p = lineage_relation_add(&f->universe, (struct lineage_relation){"p", 2, false});
    f->pre = lineage_relation_add(&f->universe, (struct lineage_relation){"pre", 1, false});
    f->post = lineage_relation_add(&f->universe, (struct lineage_relation){"post", 1, false});
    f->crash = lineage_relation_add(&f->universe, (struct lineage_relation){"crash", 3, false});
    f->a = lineage_string(&f->universe, "a", 1);
    f->b = lineage_string(&f->universe, "b", 1);
    f->c = lineage_string(&f->universe, "c", 1);
    lineage_execution_create(&f->run, &f->universe, 3);
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;
    lineage_execution_free(&f->run);
    lineage_universe_destroy(&f->universe);
    free(f);
    return 0;
}

static lineage_tuple p(struct fixture *f, lineage_value x, lineage_value y)
{
    return lineage_tuple_intern(&f->universe, f->p, (lineage_value[]){x, y});
}

static lineage_tuple unary(struct fixture *f, uint32_t relation, lineage_value x)
{
    return lineage_tuple_intern(&f->universe, relation, &x);
}

static void add_firing(struct fixture *f, uint32_t head, const uint32_t *premises, size_t count)
{
    const struct lineage_firing firing = {0, head, LINEAGE_NONE, (uint32_t)f->run.premises.count,
                                          LINEAGE_NONE};
    LINEAGE_PUSH(&f->run.firings, firing);
    for (size_t i = 0; i < count; i++)
        LINEAGE_PUSH(&f->run.premises, premises[i]);
}

static void the_relations_of_the_promise_are_known_by_name(void **state)
{
    const struct fixture *f = *state;
    assert_int_equal(f->run.pre, f->pre);
    assert_int_equal(f->run.post, f->post);
    assert_int_equal(f->run.crash, f->crash);
}

static void facts_are_found_by_relation_and_time_in_order(void **state)
{
    struct fixture *f = *state;
    size_t count;
    lineage_fact_add(&f->run, p(f, f->b, f->b), 2, true);
    lineage_fact_add(&f->run, p(f, f->a, f->a), 1, true);
    lineage_fact_add(&f->run, unary(f, f->pre, f->a), 2, true);
    lineage_fact_add(&f->run, p(f, f->a, f->b), 2, true);
    lineage_execution_index(&f->run);
    const uint32_t *facts = lineage_facts_at(&f->run, f->p, 2, &count);
    assert_int_equal(count, 2);
    assert_int_equal(facts[0], 0);
    assert_int_equal(facts[1], 3);
    lineage_facts_at(&f->run, f->p, 3, &count);
    assert_int_equal(count, 0);
    lineage_facts_at(&f->run, f->p, 4, &count); /* beyond the end of time */
    assert_int_equal(count, 0);
    lineage_facts_at(&f->run, LINEAGE_NONE, 1, &count);
    assert_int_equal(count, 0);
    assert_int_equal(lineage_fact_find(&f->run, p(f, f->a, f->b), 2), 3);
    assert_int_equal(lineage_fact_find(&f->run, p(f, f->a, f->b), 1), LINEAGE_NONE);
    assert_int_equal(lineage_fact_find(&f->run, p(f, f->c, f->c), 2), LINEAGE_NONE);
    assert_int_equal(lineage_fact_find(&f->run, LINEAGE_NONE, 2), LINEAGE_NONE);
}

static void facts_of_crash_lie_at_time_zero(void **state)
{
    struct fixture *f = *state;
    const lineage_value values[] = {f->a, f->b, lineage_integer(&f->universe, 2)};
    const lineage_tuple tuple = lineage_tuple_intern(&f->universe, f->crash, values);
    size_t count;
    const uint32_t fact = lineage_fact_add(&f->run, tuple, 0, true);
    lineage_execution_index(&f->run);
    lineage_facts_at(&f->run, f->crash, 0, &count);
    assert_int_equal(count, 1);
    assert_int_equal(lineage_fact_find(&f->run, tuple, 0), fact);
}

static void firings_are_found_by_what_they_derive(void **state)
{
    struct fixture *f = *state;
    size_t count;
    const uint32_t x = lineage_fact_add(&f->run, p(f, f->a, f->a), 1, true);
    const uint32_t y = lineage_fact_add(&f->run, p(f, f->a, f->b), 1, true);
    const uint32_t premises[] = {lineage_premise(LINEAGE_PRESENT, x),
                                 lineage_premise(LINEAGE_ABSENT, 5),
                                 lineage_premise(LINEAGE_ABSENT_FACT, 0x3ffffffe)};
    add_firing(f, y, premises, 1);
    add_firing(f, LINEAGE_NONE, premises, 2); /* its message was lost */
    add_firing(f, x, premises, 0);
    add_firing(f, y, premises, 3);
    lineage_execution_index(&f->run);
    const uint32_t *firings = lineage_firings_of(&f->run, y, &count);
    assert_int_equal(count, 2);
    assert_int_equal(firings[0], 0);
    assert_int_equal(firings[1], 3);
    assert_int_equal(*lineage_firings_of(&f->run, x, &count), 2);
    assert_int_equal(count, 1);
    lineage_premises_of(&f->run, 2, &count);
    assert_int_equal(count, 0);
    const uint32_t *last = lineage_premises_of(&f->run, 3, &count);
    assert_int_equal(count, 3);
    assert_memory_equal(last, premises, sizeof premises);
    assert_int_equal(lineage_premise_kind(last[1]), LINEAGE_ABSENT);
    assert_int_equal(lineage_premise_number(last[1]), 5);
    assert_int_equal(lineage_premise_kind(last[2]), LINEAGE_ABSENT_FACT);
    assert_int_equal(lineage_premise_number(last[2]), 0x3ffffffe);
}

/* A pattern's column, a tuple's column, and whether they match: all combinations of two columns. */
static void patterns_match_column_by_column(void **state)
{
    struct fixture *f = *state;
    const struct {
        lineage_value pattern, value;
        enum lineage_match match;
    } columns[] = {{f->a, f->a, LINEAGE_MATCH},
                   {f->a, f->b, LINEAGE_NO_MATCH},
                   {f->a, LINEAGE_UNKNOWN, LINEAGE_MAY_MATCH},
                   {LINEAGE_ANY, f->a, LINEAGE_MATCH},
                   {LINEAGE_ANY, LINEAGE_UNKNOWN, LINEAGE_MATCH},
                   {LINEAGE_UNKNOWN, f->a, LINEAGE_MAY_MATCH},
                   {LINEAGE_UNKNOWN, LINEAGE_UNKNOWN, LINEAGE_MAY_MATCH}};
    enum { COUNT = sizeof columns / sizeof *columns };
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < COUNT; j++) {
            const enum lineage_match least =
                columns[i].match < columns[j].match ? columns[i].match : columns[j].match;
            assert_int_equal(lineage_tuple_match(&f->universe,
                                                 p(f, columns[i].pattern, columns[j].pattern),
                                                 p(f, columns[i].value, columns[j].value)),
                             least);
        }
}

static void assert_broken(const struct lineage_execution *run, enum lineage_oracle oracle,
                          const struct lineage_execution *good, const lineage_tuple *expected,
                          size_t count)
{
    lineage_tuples broken = {0};
    lineage_broken_promises(run, oracle, good, &broken);
    assert_int_equal(broken.count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(broken.items[i], expected[i]);
    lineage_memory_free(broken.items);
}

/* "At EOT every pre tuple must be a post tuple", and nothing before EOT matters. */
static void strict_promise_is_every_pre_has_its_post_at_the_end(void **state)
{
    struct fixture *f = *state;
    const lineage_tuple expected[] = {unary(f, f->pre, f->b)};
    lineage_fact_add(&f->run, unary(f, f->pre, f->a), 3, true);
    lineage_fact_add(&f->run, unary(f, f->post, f->a), 3, true);
    lineage_fact_add(&f->run, unary(f, f->pre, f->b), 3, true);
    lineage_fact_add(&f->run, unary(f, f->post, f->b), 2, true); /* too early */
    lineage_fact_add(&f->run, unary(f, f->pre, f->c), 2, true);  /* gone at the end */
    lineage_execution_index(&f->run);
    assert_broken(&f->run, LINEAGE_STRICT, NULL, expected, 1);
}

/* "Only post tuples of the good execution are watched: the run fails if one of them is missing and
 * the same pre tuple is there." a: kept in the good run, missing now. b: missing there, too. c:
 * missing, and its pre with it. */
static void molly_promise_watches_what_the_good_run_kept(void **state)
{
    struct fixture *f = *state;
    struct lineage_execution good;
    const lineage_tuple strict[] = {unary(f, f->pre, f->a), unary(f, f->pre, f->b)};
    lineage_execution_create(&good, &f->universe, 3);
    lineage_fact_add(&good, unary(f, f->post, f->a), 3, true);
    lineage_fact_add(&good, unary(f, f->pre, f->b), 3, true);
    lineage_fact_add(&good, unary(f, f->post, f->c), 3, true);
    lineage_execution_index(&good);
    lineage_fact_add(&f->run, unary(f, f->pre, f->a), 3, true);
    lineage_fact_add(&f->run, unary(f, f->pre, f->b), 3, true);
    lineage_execution_index(&f->run);
    assert_broken(&f->run, LINEAGE_STRICT, &good, strict, 2);
    assert_broken(&f->run, LINEAGE_MOLLY, &good, strict, 1);
    lineage_execution_free(&good);
}

static void empty_execution_breaks_nothing(void **state)
{
    struct fixture *f = *state;
    lineage_execution_index(&f->run);
    assert_broken(&f->run, LINEAGE_STRICT, NULL, NULL, 0);
}

#define UNIT(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {UNIT(the_relations_of_the_promise_are_known_by_name),
                                       UNIT(facts_are_found_by_relation_and_time_in_order),
                                       UNIT(facts_of_crash_lie_at_time_zero),
                                       UNIT(firings_are_found_by_what_they_derive),
                                       UNIT(patterns_match_column_by_column),
                                       UNIT(strict_promise_is_every_pre_has_its_post_at_the_end),
                                       UNIT(molly_promise_watches_what_the_good_run_kept),
                                       UNIT(empty_execution_breaks_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
