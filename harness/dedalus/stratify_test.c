#include "testing.h"

/* A game: the one to move loses if there is no move left (Van Gelder's example). */
#define GAME "win(N, X) :- move(N, X, Y), notin win(N, Y);"

static void assert_facts(struct bench *bench, const char *relation, uint32_t time,
                         const char *expected)
{
    assert_string_equal(bench_facts(bench, relation, time), expected);
}

static void absences_are_asked_when_what_they_ask_for_is_settled(void **state)
{
    /* The rules stand in the reverse of the order in which they settle. */
    bench_run(*state, "a", 1, "",
              "d(N, X) :- c(N, X), notin b(N, X); c(N, X) :- p(N, X), notin a(N, X);"
              "b(N, 3) :- a(N, 2); a(N, X+1) :- p(N, X), X < 3;"
              "p(\"a\", 1)@1; p(\"a\", 2)@1; p(\"a\", 3)@1; p(\"a\", 4)@1;");
    assert_facts(*state, "a", 1, "a,2 a,3");
    assert_facts(*state, "b", 1, "a,3");
    assert_facts(*state, "c", 1, "a,1 a,4");
    assert_facts(*state, "d", 1, "a,1 a,4");
}

static void recursion_is_complete_before_its_absence_is_asked(void **state)
{
    bench_run(
        *state, "a", 1, "",
        "cut(N, X) :- v(N, X), notin r(N, X); r(N, Y) :- r(N, X), e(N, X, Y); r(N, 1) :- v(N, 1);"
        "v(\"a\", 1)@1; v(\"a\", 2)@1; v(\"a\", 3)@1; v(\"a\", 4)@1; v(\"a\", 5)@1;"
        "e(\"a\", 1, 2)@1; e(\"a\", 2, 3)@1; e(\"a\", 5, 4)@1;");
    assert_facts(*state, "cut", 1, "a,4 a,5");
}

static void cycles_through_time_are_none(void **state)
{
    bench_run(*state, "a", 4, "",
              "t(\"a\")@1; t(N)@next :- t(N); p(N)@next :- t(N), notin p(N);"
              "q(N)@async :- t(N), notin q(N); n(N, count<X>)@next :- n(N, X); n(N, 5) :- t(N);");
    assert_facts(*state, "p", 1, "");
    assert_facts(*state, "p", 2, "a");
    assert_facts(*state, "p", 3, "");
    assert_facts(*state, "p", 4, "a");
    assert_facts(*state, "q", 4, "a");
    assert_facts(*state, "n", 2, "a,1 a,5");
    assert_facts(*state, "n", 3, "a,2 a,5");
}

static void a_cycle_through_notin_that_no_facts_close_is_fine(void **state)
{
    /* 4 has no move; 3 moves there and wins; 2 moves to 3 only and loses; 1 moves to 2 and wins. */
    bench_run(*state, "a", 1, "",
              GAME "move(\"a\", 1, 2)@1; move(\"a\", 2, 3)@1; move(\"a\", 3, 4)@1;"
                   "lost(N, X) :- move(N, X, _), notin win(N, X);");
    assert_facts(*state, "win", 1, "a,1 a,3");
    assert_facts(*state, "lost", 1, "a,2");
}

static void a_cycle_of_facts_whose_model_is_total_is_fine(void **state)
{
    /* 1 and 2 move to each other, but 2 may also move to 3, which has no move: 2 wins, 1 loses. */
    bench_run(*state, "a", 1, "",
              GAME "move(\"a\", 1, 2)@1; move(\"a\", 2, 1)@1; move(\"a\", 2, 3)@1;");
    assert_facts(*state, "win", 1, "a,2");
}

static void the_alternating_fixpoint_takes_as_many_turns_as_it_needs(void **state)
{
    const char *text = GAME;
    struct bench *bench = *state;
    for (int i = 1; i < 30; i++)
        text =
            lineage_arena_format(&bench->arena, "%s move(\"a\", %d, %d)@1;", text, i + 10, i + 11);
    bench_run(bench, "a", 1, "", text);
    /* 40 is stuck, so 39, 37, ... win. */
    assert_facts(bench, "win", 1,
                 "a,11 a,13 a,15 a,17 a,19 a,21 a,23 a,25 a,27 a,29 a,31 a,33 a,35 a,37 a,39");
}

static void positive_circles_in_an_alternating_stratum_support_nothing(void **state)
{
    /* on(1) and on(2) support each other alone, so both are off. */
    bench_run(*state, "a", 1, "",
              "on(N, X) :- link(N, X, Y), on(N, Y); on(N, X) :- v(N, X), notin off(N, X);"
              "off(N, X) :- v(N, X), notin on(N, X), forced(N, X);"
              "off(N, X) :- link(N, X, Y), notin on(N, X);"
              "link(\"a\", 1, 2)@1; link(\"a\", 2, 1)@1; v(\"a\", 3)@1;");
    assert_facts(*state, "on", 1, "a,3");
    assert_facts(*state, "off", 1, "a,1 a,2");
}

static void assert_undefined(struct bench *bench, const char *faults, const char *fact,
                             const char *rule, const char *time)
{
    assert_int_equal(bench_execute(bench, 3, faults), DED_FAILED);
    bench_assert_contains(bench->engine.failure, fact);
    bench_assert_contains(bench->engine.failure, rule);
    bench_assert_contains(bench->engine.failure, time);
    assert_non_null(bench->engine.failure_place.source);
    assert_string_equal(bench->engine.failure_place.source->path, "model.ded");
}

static void an_undefined_fact_ends_the_run_with_facts_rules_and_time(void **state)
{
    bench_prepare(*state, "a",
                  "move(\"a\", 1, 2)@2; move(\"a\", 2, 1)@2; move(\"a\", 5, 6)@2;\n" GAME);
    assert_undefined(*state, "", "win(\"a\", 1)", "model.ded:2", "time 2");
    bench_assert_contains(((struct bench *)*state)->engine.failure, "win(\"a\", 2)");
    assert_null(strstr(((struct bench *)*state)->engine.failure, "win(\"a\", 5)"));
}

static void two_facts_that_exclude_each_other_are_both_undefined(void **state)
{
    bench_prepare(*state, "a", "p(\"a\")@1;\nl(N) :- p(N), notin r(N);\nr(N) :- p(N), notin l(N);");
    assert_undefined(*state, "", "l(\"a\")", "model.ded:2", "time 1");
    assert_undefined(*state, "", "r(\"a\")", "model.ded:3", "time 1");
}

static void a_cycle_that_only_a_fault_closes_is_an_error_under_that_fault(void **state)
{
    bench_prepare(*state, "a,b",
                  "p(\"a\", \"b\")@1; q(R)@async :- p(N, R); t(\"b\")@2;"
                  "odd(N) :- t(N), notin odd(N), notin q(N);");
    assert_int_equal(bench_execute(*state, 3, ""), DED_OK);
    assert_facts(*state, "odd", 2, "");
    assert_undefined(*state, "omit(a,b,1)", "odd(\"b\")", "model.ded:1", "time 2");
    assert_int_equal(bench_execute(*state, 3, ""), DED_OK);
}

static void a_cycle_through_an_aggregate_that_no_facts_close_is_fine(void **state)
{
    bench_run(
        *state, "a", 1, "",
        "p(\"a\", 5)@1; p(\"a\", 6)@1; n(N, count<X>) :- p(N, X); p(N, X) :- n(N, X), open(N);");
    assert_facts(*state, "n", 1, "a,2");
    assert_facts(*state, "p", 1, "a,5 a,6");
}

static void a_count_that_adds_to_what_it_counts_is_undefined(void **state)
{
    bench_prepare(*state, "a",
                  "p(\"a\", 5)@1; p(\"a\", 6)@1; open(\"a\")@1;\n"
                  "n(N, count<X>) :- p(N, X);\np(N, X) :- n(N, X), open(N);");
    assert_undefined(*state, "", "n(\"a\"", "model.ded:3", "time 1");
}

static void a_cycle_through_an_absolute_time_is_one_at_that_time_alone(void **state)
{
    /* At time 1 there is no p at time 2 yet; at time 2 p would hold iff it did not. */
    bench_prepare(*state, "a", "t(\"a\")@1; t(\"a\")@3; p(N) :- t(N), notin p(N)@2;");
    assert_int_equal(bench_execute(*state, 3, ""), DED_OK);
    assert_facts(*state, "p", 1, "a");
    assert_facts(*state, "p", 3, "a");
    bench_prepare(*state, "a", "t(\"a\")@2; p(N) :- t(N), notin p(N)@2;");
    assert_undefined(*state, "", "p(\"a\")", "model.ded:1", "time 2");
}

static void every_firing_of_an_alternating_stratum_is_kept(void **state)
{
    /* win(1) by moving to 2 and by moving to 3; win(4) by moving to 3. */
    struct bench *bench = *state;
    bench_run(bench, "a", 1, "",
              GAME "move(\"a\", 1, 2)@1; move(\"a\", 1, 3)@1; move(\"a\", 4, 3)@1;"
                   "move(\"a\", 0, 1)@1;");
    assert_facts(bench, "win", 1, "a,1 a,4");
    assert_int_equal(bench->execution.firings.count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(absences_are_asked_when_what_they_ask_for_is_settled),
        BENCH_TEST(recursion_is_complete_before_its_absence_is_asked),
        BENCH_TEST(cycles_through_time_are_none),
        BENCH_TEST(a_cycle_through_notin_that_no_facts_close_is_fine),
        BENCH_TEST(a_cycle_of_facts_whose_model_is_total_is_fine),
        BENCH_TEST(the_alternating_fixpoint_takes_as_many_turns_as_it_needs),
        BENCH_TEST(positive_circles_in_an_alternating_stratum_support_nothing),
        BENCH_TEST(an_undefined_fact_ends_the_run_with_facts_rules_and_time),
        BENCH_TEST(two_facts_that_exclude_each_other_are_both_undefined),
        BENCH_TEST(a_cycle_that_only_a_fault_closes_is_an_error_under_that_fault),
        BENCH_TEST(a_cycle_through_an_aggregate_that_no_facts_close_is_fine),
        BENCH_TEST(a_count_that_adds_to_what_it_counts_is_undefined),
        BENCH_TEST(a_cycle_through_an_absolute_time_is_one_at_that_time_alone),
        BENCH_TEST(every_firing_of_an_alternating_stratum_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
