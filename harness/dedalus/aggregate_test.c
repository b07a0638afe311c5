#include "testing.h"

/* Four numbers in two groups at node a, two of them equal. */
#define NUMBERS                                                                                    \
    "p(\"a\", \"g\", \"k\", 7)@1; p(\"a\", \"g\", \"l\", 7)@1; p(\"a\", \"g\", \"m\", 2)@1;"       \
    "p(\"a\", \"h\", \"k\", 4)@1;"

static void assert_facts(struct bench *bench, const char *relation, uint32_t time,
                         const char *expected)
{
    assert_string_equal(bench_facts(bench, relation, time), expected);
}

static void each_group_is_counted_apart(void **state)
{
    bench_run(*state, "a", 1, "",
              NUMBERS "q(N, G, count<K>) :- p(N, G, K, X); all(N, count<K>) :- p(N, G, K, X);");
    assert_facts(*state, "q", 1, "a,g,3 a,h,1");
    assert_facts(*state, "all", 1, "a,3"); /* k, l and m */
}

static void a_value_reached_by_two_bindings_counts_once(void **state)
{
    bench_run(*state, "a", 1, "",
              NUMBERS "c(N, G, count<X>) :- p(N, G, _, X); s(N, G, sum<X>) :- p(N, G, K, X);"
                      "v(N, G, avg<X>) :- p(N, G, K, X);");
    assert_facts(*state, "c", 1, "a,g,2 a,h,1");
    assert_facts(*state, "s", 1, "a,g,9 a,h,4");
    assert_facts(*state, "v", 1, "a,g,4 a,h,4"); /* (7 + 2) / 2 */
}

static void min_and_max_take_the_ends_of_integers_and_of_strings(void **state)
{
    bench_run(*state, "a", 1, "",
              NUMBERS "i(N, min<X>, max<X>) :- p(N, G, K, X); s(N, min<K>) :- p(N, G, K, X);"
                      "t(N, max<K>) :- p(N, G, K, X); d(\"a\", 9)@1; d(\"a\", 10)@1;"
                      "d(\"a\", 0-1)@1; e(N, max<X>) :- d(N, X); f(N, min<X>) :- d(N, X);");
    assert_facts(*state, "i", 1, "a,2,7");
    assert_facts(*state, "s", 1, "a,k");
    assert_facts(*state, "t", 1, "a,m");
    assert_facts(*state, "e", 1, "a,10");
    assert_facts(*state, "f", 1, "a,-1");
}

static void several_aggregates_range_over_distinct_combinations(void **state)
{
    /* The combinations (K, X) of g: (k,7), (l,7), (m,2). */
    bench_run(*state, "a", 1, "",
              NUMBERS "q(N, G, count<K>, sum<X>, avg<X>) :- p(N, G, K, X);"
                      "r(N, sum<X>, count<G>) :- p(N, G, K, X);");
    assert_facts(*state, "q", 1, "a,g,3,16,5 a,h,1,4,4");
    assert_facts(*state, "r", 1, "a,13,3"); /* (7,g), (2,g), (4,h) */
}

static void an_empty_group_yields_no_fact(void **state)
{
    bench_run(*state, "a", 2, "",
              NUMBERS
              "none(N, count<X>) :- p(N, G, K, X), X > 7; later(N, count<X>) :- p(N, G, K, X);"
              "sum(N, sum<X>) :- none(N, X);");
    assert_facts(*state, "none", 1, "");
    assert_facts(*state, "sum", 1, "");
    assert_facts(*state, "later", 2, "");
}

static void avg_truncates_towards_zero(void **state)
{
    bench_run(*state, "a", 1, "",
              "p(\"a\", 1)@1; p(\"a\", 2)@1; q(N, avg<X>) :- p(N, X);"
              "m(N, 0-X) :- p(N, X); r(N, avg<X>) :- m(N, X);");
    assert_facts(*state, "q", 1, "a,1");
    assert_facts(*state, "r", 1, "a,-1");
}

static void a_variable_may_group_and_be_aggregated(void **state)
{
    bench_run(*state, "a", 1, "", NUMBERS "q(N, X, count<X>) :- p(N, G, K, X);");
    assert_facts(*state, "q", 1, "a,2,1 a,4,1 a,7,1");
}

static void aggregates_stand_in_any_column_and_beside_computed_groups(void **state)
{
    bench_run(*state, "a", 1, "",
              NUMBERS
              "q(N, count<K>, X/4, \"c\") :- p(N, G, K, X); w(max<G>, N) :- p(N, G, K, X);");
    assert_facts(*state, "q", 1, "a,1,0,c a,2,1,c"); /* 2/4: m; 7/4 and 4/4: k, l */
    assert_facts(*state, "w", 1, "h,a");
}

static void what_is_derived_is_aggregated_when_it_is_complete(void **state)
{
    bench_run(*state, "a", 1, "",
              "total(N, count<X>) :- r(N, X); r(N, Y) :- r(N, X), e(N, X, Y); r(N, X) :- s(N, X);"
              "s(\"a\", 1)@1; e(\"a\", 1, 2)@1; e(\"a\", 2, 3)@1; e(\"a\", 3, 1)@1;"
              "more(N, T*2) :- total(N, T);");
    assert_facts(*state, "total", 1, "a,3");
    assert_facts(*state, "more", 1, "a,6");
}

static void each_rule_aggregates_for_itself(void **state)
{
    bench_run(*state, "a", 1, "",
              NUMBERS "q(N, count<K>) :- p(N, \"g\", K, _); q(N, count<K>) :- p(N, \"h\", K, _);");
    assert_facts(*state, "q", 1, "a,1 a,3");
}

static void an_aggregate_may_lead_to_the_next_time(void **state)
{
    bench_run(*state, "a", 3, "", NUMBERS "q(N, sum<X>)@next :- p(N, G, K, X);");
    assert_facts(*state, "q", 1, "");
    assert_facts(*state, "q", 2, "a,13"); /* 7 + 2 + 4 */
    assert_facts(*state, "q", 3, "");
}

static void an_aggregate_may_be_sent_and_is_taken_at_each_sender(void **state)
{
    bench_run(*state, "a,b,c", 2, "omit(b,c,1)",
              "p(\"a\", 1)@1; p(\"a\", 2)@1; p(\"b\", 2)@1; p(\"b\", 3)@1; p(\"b\", 4)@1;"
              "q(\"c\", count<X>)@async :- p(N, X); r(\"a\", max<X>)@async :- p(N, X);");
    assert_facts(*state, "q", 2, "c,2");
    assert_facts(*state, "r", 2, "a,2 a,4");
    assert_string_equal(bench_messages(*state),
                        "1:a>a:delivered 1:a>c:delivered 1:b>a:delivered 1:b>c:omitted");
}

static void what_a_fault_loses_is_not_counted(void **state)
{
    const char *text = "p(\"a\")@1; p(\"b\")@1; p(\"c\")@1; v(\"c\", N)@async :- p(N);"
                       "n(N, count<V>) :- v(N, V);";
    bench_run(*state, "a,b,c", 2, "", text);
    assert_facts(*state, "n", 2, "c,3");
    assert_int_equal(bench_execute(*state, 2, "omit(a,c,1)"), DED_OK);
    assert_facts(*state, "n", 2, "c,2");
}

static void a_sum_that_leaves_64_bits_ends_the_run_with_rule_node_and_time(void **state)
{
    struct bench *bench = *state;
    bench_prepare(bench, "a,b",
                  "p(\"b\", 9223372036854775807)@2; p(\"b\", 1)@2;\nq(N, sum<X>) :- p(N, X);");
    assert_int_equal(bench_execute(bench, 3, ""), DED_FAILED);
    assert_int_equal(bench->engine.failure_place.line, 2);
    bench_assert_contains(bench->engine.failure, "q(N, sum<X>) :- p(N, X);");
    bench_assert_contains(bench->engine.failure, " b,");
    bench_assert_contains(bench->engine.failure, "time 2");
}

static void only_the_result_of_a_sum_must_fit(void **state)
{
    bench_run(*state, "a", 1, "",
              "p(\"a\", 9223372036854775807)@1; p(\"a\", 1)@1; p(\"a\", 0-1)@1;"
              "q(N, sum<X>) :- p(N, X); r(N, avg<X>) :- p(N, X), X > 0;");
    assert_facts(*state, "q", 1, "a,9223372036854775807");
    assert_facts(*state, "r", 1, "a,4611686018427387904"); /* 2^63 / 2 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(each_group_is_counted_apart),
        BENCH_TEST(a_value_reached_by_two_bindings_counts_once),
        BENCH_TEST(min_and_max_take_the_ends_of_integers_and_of_strings),
        BENCH_TEST(several_aggregates_range_over_distinct_combinations),
        BENCH_TEST(an_empty_group_yields_no_fact),
        BENCH_TEST(avg_truncates_towards_zero),
        BENCH_TEST(a_variable_may_group_and_be_aggregated),
        BENCH_TEST(aggregates_stand_in_any_column_and_beside_computed_groups),
        BENCH_TEST(what_is_derived_is_aggregated_when_it_is_complete),
        BENCH_TEST(each_rule_aggregates_for_itself),
        BENCH_TEST(an_aggregate_may_lead_to_the_next_time),
        BENCH_TEST(an_aggregate_may_be_sent_and_is_taken_at_each_sender),
        BENCH_TEST(what_a_fault_loses_is_not_counted),
        BENCH_TEST(a_sum_that_leaves_64_bits_ends_the_run_with_rule_node_and_time),
        BENCH_TEST(only_the_result_of_a_sum_must_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
