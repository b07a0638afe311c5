/* What the variables of a rule stood for when it fired, worked out by hand. */
#include "testing.h"

#include "fired.h"

/* All firings of the rule in this line of the model, in the order recorded, with `; ` between. */
static const char *bindings(struct bench *bench, uint32_t line)
{
    const struct lineage_universe *universe = &bench->model.universe;
    const char *all = "";
    bool is_first = true;
    for (uint32_t i = 0; i < bench->execution.firings.count; i++) {
        if (universe->rules.items[bench->execution.firings.items[i].rule].line != line)
            continue;
        char *text = ded_fired_text(&bench->model, &bench->execution, i);
        all = lineage_arena_format(&bench->arena, "%s%s%s", all, is_first ? "" : "; ", text);
        is_first = false;
        lineage_memory_free(text);
    }
    return all;
}

static void variables_are_those_of_the_facts(void **state)
{
    bench_run(*state, "a,b", 2, "",
              "p(\"a\", \"b\", 7)@1;\n"
              "q(R, X)@async :- p(N, R, X);\n");
    assert_string_equal(bindings(*state, 2), "N = \"a\", R = \"b\", X = 7");
}

static void computed_columns_and_wildcards_name_nothing(void **state)
{
    bench_run(*state, "a", 1, "",
              "p(\"a\", 7, 8)@1;\n"
              "q(N, X + 1) :- p(N, X, _);\n");
    assert_string_equal(bindings(*state, 2), "N = \"a\", X = 7");
}

static void one_relation_twice_is_told_apart(void **state)
{
    bench_run(*state, "a", 1, "",
              "p(\"a\", 1, 2)@1; p(\"a\", 2, 3)@1;\n"
              "way(N, X, Z) :- p(N, X, Y), p(N, Y, Z);\n");
    assert_string_equal(bindings(*state, 2), "N = \"a\", X = 1, Y = 2, Z = 3");
}

static void what_an_absence_asks_for_is_bound_by_the_rest(void **state)
{
    bench_run(*state, "a", 1, "",
              "p(\"a\", 1)@1; r(\"a\", 2)@1;\n"
              "q(N, X) :- p(N, X), notin r(N, X), notin r(N, Y), X < 0;\n"
              "s(N, X) :- p(N, X), notin r(N, X);\n");
    assert_string_equal(bindings(*state, 2), ""); /* it has not fired */
    assert_string_equal(bindings(*state, 3), "N = \"a\", X = 1");
}

static void the_receiver_of_a_broadcast_is_in_the_head_alone(void **state)
{
    bench_run(*state, "a,b", 2, "",
              "go(\"a\")@1;\n"
              "hear(R, N)@async :- go(N);\n");
    bench_assert_contains(bindings(*state, 2), "R = \"a\"");
    bench_assert_contains(bindings(*state, 2), "R = \"b\"");
    bench_assert_contains(bindings(*state, 2), "N = \"a\"");
}

static void a_message_that_is_lost_has_bindings_all_the_same(void **state)
{
    bench_run(*state, "a,b", 2, "omit(a,b,1)",
              "p(\"a\", \"b\")@1;\n"
              "q(R)@async :- p(N, R);\n");
    assert_string_equal(bindings(*state, 2), "N = \"a\", R = \"b\"");
}

/* The rule that collects has fired twice; the step that adds up binds nothing. */
static void an_aggregate_collects_and_its_sum_binds_nothing(void **state)
{
    struct bench *bench = *state;
    bench_run(bench, "a", 1, "",
              "p(\"a\", 1)@1; p(\"a\", 2)@1;\n"
              "total(N, sum<X>) :- p(N, X);\n");
    const char *all = bindings(bench, 2);
    bench_assert_contains(all, "N = \"a\", X = 1");
    bench_assert_contains(all, "N = \"a\", X = 2");
}

static void rules_and_their_clauses_are_found(void **state)
{
    struct bench *bench = *state;
    bench_run(bench, "a", 1, "",
              "p(\"a\", 1)@1;\n"
              "q(N) :- p(N, _); r(N, X) :- p(N, X);\n");
    const struct lineage_universe *universe = &bench->model.universe;
    for (uint32_t i = 0; i < universe->rules.count; i++) {
        const struct ded_rule *rule = ded_rule_find(&bench->model, i);
        assert_non_null(rule);
        assert_string_equal(ded_clause_of(&bench->model, rule)->text,
                            universe->rules.items[i].text);
    }
    assert_null(ded_rule_find(&bench->model, (uint32_t)universe->rules.count));
    const struct ded_rule *second = bench->model.rules.items[1];
    assert_int_not_equal(ded_slot_find(second, "X"), LINEAGE_NONE);
    assert_int_equal(ded_slot_find(second, "Z"), LINEAGE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(variables_are_those_of_the_facts),
        BENCH_TEST(computed_columns_and_wildcards_name_nothing),
        BENCH_TEST(one_relation_twice_is_told_apart),
        BENCH_TEST(what_an_absence_asks_for_is_bound_by_the_rest),
        BENCH_TEST(the_receiver_of_a_broadcast_is_in_the_head_alone),
        BENCH_TEST(a_message_that_is_lost_has_bindings_all_the_same),
        BENCH_TEST(an_aggregate_collects_and_its_sum_binds_nothing),
        BENCH_TEST(rules_and_their_clauses_are_found),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
