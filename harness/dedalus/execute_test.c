#include "testing.h"

static void assert_facts(struct bench *bench, const char *relation, uint32_t time,
                         const char *expected)
{
    assert_string_equal(bench_facts(bench, relation, time), expected);
}

static void a_fact_holds_at_its_time_only(void **state)
{
    bench_run(*state, "a", 3, "", "p(\"a\", 7)@2;");
    assert_facts(*state, "p", 1, "");
    assert_facts(*state, "p", 2, "a,7");
    assert_facts(*state, "p", 3, "");
}

static void a_rule_without_suffix_derives_at_the_same_time(void **state)
{
    bench_run(*state, "a", 2, "", "p(\"a\", 7)@1; q(N, X+1) :- p(N, X);");
    assert_facts(*state, "q", 1, "a,8");
    assert_facts(*state, "q", 2, "");
}

static void next_derives_one_step_later_and_carries_on_to_the_end(void **state)
{
    bench_run(*state, "a", 4, "", "p(\"a\")@2; p(N)@next :- p(N);");
    assert_facts(*state, "p", 1, "");
    assert_facts(*state, "p", 2, "a");
    assert_facts(*state, "p", 3, "a");
    assert_facts(*state, "p", 4, "a");
}

static void next_stays_where_it_is_and_no_fault_loses_it(void **state)
{
    bench_run(*state, "a,b", 3, "crash(a,1)", "p(\"a\", \"b\")@1; q(R)@next :- p(N, R);");
    assert_facts(*state, "q", 2, "b");
    assert_string_equal(bench_messages(*state), "");
}

static void a_model_counts_time_with_a_rule_of_its_own(void **state)
{
    bench_run(*state, "a", 4, "", "now(\"a\", 1)@1; now(N, T+1)@next :- now(N, T);");
    assert_facts(*state, "now", 4, "a,4");
}

static void a_message_holds_at_the_receiver_one_step_later(void **state)
{
    bench_run(*state, "a,b", 3, "", "p(\"a\", \"b\", 5)@1; q(R, X)@async :- p(N, R, X);");
    assert_facts(*state, "q", 1, "");
    assert_facts(*state, "q", 2, "b,5");
    assert_facts(*state, "q", 3, "");
    assert_string_equal(bench_messages(*state), "1:a>b:delivered");
}

static void a_message_of_the_last_step_is_in_flight(void **state)
{
    bench_run(*state, "a,b", 2, "", "p(\"a\", \"b\")@2; q(R)@async :- p(N, R);");
    assert_string_equal(bench_messages(*state), "2:a>b:in-flight");
}

static void an_unbound_receiver_is_every_node(void **state)
{
    bench_run(*state, "a,b,c", 2, "", "p(\"a\")@1; q(R, N)@async :- p(N);");
    assert_facts(*state, "q", 2, "a,a b,a c,a");
}

static void an_omission_loses_all_that_one_sends_the_other_at_that_time(void **state)
{
    bench_run(*state, "a,b,c", 3, "omit(a,b,1)",
              "p(\"a\", 1)@1; p(\"a\", 2)@1; p(\"a\", 3)@2;"
              "q(R, X)@async :- p(N, X); r(R)@async :- p(N, _);");
    assert_facts(*state, "q", 2, "a,1 a,2 c,1 c,2");
    assert_facts(*state, "r", 2, "a c");
    assert_facts(*state, "q", 3, "a,3 b,3 c,3");
}

static void an_omission_goes_one_way(void **state)
{
    bench_run(*state, "a,b", 2, "omit(a,b,1)",
              "p(\"a\", \"b\")@1; p(\"b\", \"a\")@1; q(R)@async :- p(N, R);");
    assert_string_equal(bench_messages(*state), "1:a>b:omitted 1:b>a:delivered");
}

static void a_crash_loses_what_is_sent_then_or_later_and_nothing_before(void **state)
{
    bench_run(*state, "a,b", 4, "crash(a,2)",
              "p(\"a\", \"b\")@1; p(N, R)@next :- p(N, R); q(R)@async :- p(N, R);");
    assert_string_equal(bench_messages(*state),
                        "1:a>b:delivered 2:a>b:crashed 3:a>b:crashed 4:a>b:crashed");
    assert_facts(*state, "q", 2, "b");
    assert_facts(*state, "q", 3, "");
}

static void a_crashed_node_computes_on_unseen_and_still_receives(void **state)
{
    bench_run(*state, "a,b", 3, "crash(b,1)",
              "p(\"a\", \"b\")@1; q(R)@async :- p(N, R); r(N)@next :- q(N);");
    assert_facts(*state, "q", 2, "b");
    assert_facts(*state, "r", 3, "b");
}

static void a_message_to_oneself_is_never_lost(void **state)
{
    bench_run(*state, "a,b", 3, "omit(a,a,1) crash(a,1)",
              "p(\"a\")@1; p(\"a\")@2; q(R)@async :- p(N);");
    assert_facts(*state, "q", 2, "a");
    assert_facts(*state, "q", 3, "a");
}

static void a_message_to_what_is_no_node_is_dropped(void **state)
{
    bench_run(*state, "a,b", 2, "", "p(\"a\", \"x\")@1; q(R)@async :- p(N, R);");
    assert_facts(*state, "q", 2, "");
    assert_string_equal(bench_messages(*state), "1:a>-:nobody");
}

static void a_rule_at_any_node_sends_what_no_fault_loses(void **state)
{
    bench_run(*state, "a,b", 2, "crash(a,1) omit(a,b,1)",
              "p(\"a\", \"b\")@1; q(R)@async :- p(_, R);");
    assert_facts(*state, "q", 2, "b");
}

static void the_node_of_the_first_atom_sends_even_if_it_is_negated(void **state)
{
    bench_run(*state, "a,b", 2, "",
              "p(\"a\")@1; p(\"a\")@2; p(\"b\")@2; q(\"a\")@async :- notin p(N);");
    assert_string_equal(bench_messages(*state), "1:b>a:delivered");
}

static void the_node_of_the_first_atom_may_be_a_constant(void **state)
{
    const char *text = "p(\"a\")@1; p(\"x\")@1; q(\"b\", 1)@async :- p(\"a\");"
                       "q(\"b\", 2)@async :- p(\"x\");";
    bench_run(*state, "a,b", 2, "", text);
    assert_facts(*state, "q", 2, "b,1"); /* x is no node: nothing runs there */
    assert_string_equal(bench_messages(*state), "1:a>b:delivered");
}

static void a_rule_runs_at_nodes_only(void **state)
{
    bench_run(*state, "a", 1, "",
              "p(\"a\")@1; p(\"x\")@1; q(N) :- p(N); r(X) :- q(_), p(X); s(\"any\") :- p(_);"
              "o(\"x\", \"y\")@1; t(Y) :- o(_, Y); u(X) :- o(X, _);");
    assert_facts(*state, "q", 1, "a");
    assert_facts(*state, "r", 1, "a x"); /* the second atom reads any place */
    assert_facts(*state, "s", 1, "any");
    assert_facts(*state, "t", 1, ""); /* `_` is any node, but a node */
    assert_facts(*state, "u", 1, "");
}

static void a_node_variable_that_nothing_binds_ranges_over_the_nodes(void **state)
{
    bench_run(*state, "a,b,c", 1, "", "p(\"b\")@1; q(N) :- notin p(N); r(N) :- notin s(N, _);");
    assert_facts(*state, "q", 1, "a c");
    assert_facts(*state, "r", 1, "a b c");
}

static void each_wildcard_is_a_variable_of_its_own(void **state)
{
    bench_run(*state, "a", 1, "", "p(\"a\", 1, 2)@1; q(N) :- p(N, _, _); r(N) :- p(N, X, X);");
    assert_facts(*state, "q", 1, "a");
    assert_facts(*state, "r", 1, "");
}

static void a_variable_of_one_absence_alone_asks_for_any_value(void **state)
{
    bench_run(*state, "a,b", 1, "",
              "n(\"a\")@1; n(\"b\")@1; p(\"a\", 1, 2)@1; p(\"b\", 3, 3)@1;"
              "none(N) :- n(N), notin p(N, X, Y); agree(N) :- n(N), notin p(N, X, X);"
              "other(N) :- n(N), notin p(N, X, 3);");
    assert_facts(*state, "none", 1, "");
    assert_facts(*state, "agree", 1, "a"); /* no (X, X) at a */
    assert_facts(*state, "other", 1, "a");
}

static void an_absence_of_bound_values_asks_for_these(void **state)
{
    bench_run(*state, "a", 1, "",
              "p(\"a\", 1)@1; p(\"a\", 2)@1; d(\"a\", 2)@1; q(N, X) :- p(N, X), notin d(N, X);"
              "r(N, X) :- p(N, X), notin d(N, X+1);");
    assert_facts(*state, "q", 1, "a,1");
    assert_facts(*state, "r", 1, "a,2");
}

static void an_absolute_time_is_looked_at_from_it_on_and_empty_before(void **state)
{
    bench_run(*state, "a", 4, "",
              "p(\"a\", 3)@3; t(\"a\")@1; t(N)@next :- t(N);"
              "q(N, X) :- t(N), p(N, X)@3; r(N) :- t(N), notin p(N, _)@3;");
    assert_facts(*state, "q", 2, "");
    assert_facts(*state, "q", 3, "a,3");
    assert_facts(*state, "q", 4, "a,3");
    assert_facts(*state, "r", 2, "a");
    assert_facts(*state, "r", 3, "");
    assert_facts(*state, "r", 4, "");
}

static void an_absolute_time_sees_what_was_derived_then(void **state)
{
    bench_run(*state, "a,b", 3, "omit(a,b,1)",
              "p(\"a\")@1; q(R)@async :- p(N); r(N) :- q(N); s(N, M) :- p(N)@1, r(M)@2;");
    assert_facts(*state, "s", 1, "");
    assert_facts(*state, "s", 3, "a,a");
}

static void crash_facts_hold_at_every_time_and_observer(void **state)
{
    bench_run(*state, "a,b", 3, "crash(b,3)",
              "q(N, T) :- crash(N, \"b\", T); t(\"a\")@1; t(\"b\")@1; t(N)@next :- t(N);"
              "up(N) :- t(N), notin crash(N, N, _);");
    assert_facts(*state, "crash", 0, "a,b,3 b,b,3");
    assert_facts(*state, "q", 1, "a,3 b,3");
    assert_facts(*state, "q", 3, "a,3 b,3");
    assert_facts(*state, "up", 1, "a");
    assert_facts(*state, "up", 3, "a");
    assert_int_equal(bench_execute(*state, 3, ""), DED_OK);
    assert_facts(*state, "q", 1, "");
    assert_facts(*state, "up", 3, "a b");
}

static void bodies_may_join_facts_of_several_nodes(void **state)
{
    bench_run(*state, "a,b", 1, "", "p(\"a\", 1)@1; p(\"b\", 1)@1; q(N, M) :- p(N, X), p(M, X);");
    assert_facts(*state, "q", 1, "a,a a,b b,a b,b");
}

static void recursion_within_a_step_reaches_its_fixpoint(void **state)
{
    bench_run(*state, "a", 1, "",
              "e(\"a\", 1, 2)@1; e(\"a\", 2, 3)@1; e(\"a\", 3, 1)@1; e(\"a\", 4, 4)@1;"
              "r(N, X, Y) :- e(N, X, Y); r(N, X, Z) :- r(N, X, Y), r(N, Y, Z);");
    assert_facts(*state, "r", 1, "a,1,1 a,1,2 a,1,3 a,2,1 a,2,2 a,2,3 a,3,1 a,3,2 a,3,3 a,4,4");
}

static void arithmetic_has_the_usual_precedence_and_integer_division(void **state)
{
    bench_run(*state, "a", 1, "",
              "p(\"a\", 7, 2)@1; q(N, X+Y*3, X-Y-1, X/Y, X/Y*Y) :- p(N, X, Y); r(\"a\", 2-9)@1;");
    assert_facts(*state, "q", 1, "a,13,4,3,6");
    assert_facts(*state, "r", 1, "a,-7");
}

static void computed_arguments_of_a_body_are_compared(void **state)
{
    bench_run(*state, "a", 1, "",
              "p(\"a\", 1)@1; p(\"a\", 2)@1; p(\"a\", 4)@1; q(N, X) :- p(N, X), p(N, X+X);");
    assert_facts(*state, "q", 1, "a,1 a,2");
}

static void integers_compare_by_size_and_strings_bytewise(void **state)
{
    bench_run(
        *state, "a", 1, "",
        "i(\"a\", 2)@1; i(\"a\", 10)@1; i(\"a\", 0-3)@1; li(N, X, Y) :- i(N, X), i(N, Y), X < Y;"
        "s(\"a\", \"B\")@1; s(\"a\", \"a\")@1; s(\"a\", \"aa\")@1; s(\"a\", \"\xc3\xa9\")@1;"
        "least(N, X) :- s(N, X), notin ls(N, _, X); ls(N, X, Y) :- s(N, X), s(N, Y), X < Y;"
        "most(N, X) :- s(N, X), notin ls(N, X, _);"
        "second(N, Y) :- ls(N, \"B\", Y), Y <= \"a\";"
        "big(N, X) :- i(N, X), i(N, Y), X >= Y, Y > 2; not(N, X) :- i(N, X), X != 2;");
    assert_facts(*state, "li", 1, "a,-3,10 a,-3,2 a,2,10");
    assert_facts(*state, "least", 1, "a,B");
    assert_facts(*state, "most", 1, "a,\xc3\xa9");
    assert_facts(*state, "second", 1, "a,a");
    assert_facts(*state, "big", 1, "a,10");
    assert_facts(*state, "not", 1, "a,-3 a,10");
}

/* Runs a model at nodes a and b that must end with an error of the rule on its second line, at node
 * b and time 3. */
static void assert_run_fails(struct bench *bench, const char *rule)
{
    bench_prepare(bench, "a,b",
                  lineage_arena_format(&bench->arena,
                                       "t(\"b\", 9223372036854775807, 0)@3; ok(\"b\")@9; "
                                       "least(\"b\", 0-9223372036854775807-1, 0-1)@3;\n%s",
                                       rule));
    assert_int_equal(bench_execute(bench, 2, ""), DED_OK);
    assert_int_equal(bench_execute(bench, 5, ""), DED_FAILED);
    assert_int_equal(bench->engine.failure_place.line, 2);
    bench_assert_contains(bench->engine.failure, rule);
    bench_assert_contains(bench->engine.failure, "time 3");
    bench_assert_contains(bench->engine.failure, " b");
}

static void overflow_ends_the_run_with_rule_node_and_time(void **state)
{
    assert_run_fails(*state, "q(N, X+1) :- t(N, X, Y);");
    assert_run_fails(*state, "q(N, Y-X-2) :- t(N, X, Y);");
    assert_run_fails(*state, "q(N, X*2)@next :- t(N, X, Y);");
    assert_run_fails(*state, "q(N) :- t(N, X, Y), X+X > 0;");
    assert_run_fails(*state, "q(N) :- t(N, X, Y), notin ok(N), Y-X-1/X-X < 0;");
}

static void division_by_zero_ends_the_run_with_rule_node_and_time(void **state)
{
    assert_run_fails(*state, "q(N, X/Y) :- t(N, X, Y);");
    assert_run_fails(*state, "q(M, X/Y)@async :- t(N, X, Y);");
    assert_run_fails(*state, "q(N) :- t(N, X, Y), t(N, X, X/Y);");
}

static void the_least_integer_divided_by_minus_one_is_an_overflow(void **state)
{
    assert_run_fails(*state, "q(N, Z/W) :- least(N, Z, W);");
}

static void what_does_not_fire_computes_nothing(void **state)
{
    bench_run(*state, "a", 1, "",
              "p(\"a\", 6, 0)@1; p(\"a\", 6, 3)@1; no(\"a\", 1)@2;"
              "q(N, X/Y) :- p(N, X, Y), no(N, _); r(N, X/Y) :- p(N, X, Y), Y != 0;"
              "s(N, X) :- p(N, X, Y), Y != 0, X/Y == 2;");
    assert_facts(*state, "q", 1, "");
    assert_facts(*state, "r", 1, "a,2");
    assert_facts(*state, "s", 1, "a,6");
}

static void a_rule_that_counts_without_end_ends_the_run(void **state)
{
    bench_prepare(*state, "a", "p(\"a\", 1)@1; p(N, X+1) :- p(N, X);");
    assert_int_equal(bench_execute(*state, 1, ""), DED_FAILED);
}

static void several_rules_for_one_fact_all_leave_their_firing(void **state)
{
    struct bench *bench = *state;
    bench_run(bench, "a", 1, "",
              "p(\"a\")@1; o(\"a\")@1; q(N) :- p(N); q(N) :- o(N); q(N) :- p(N), notin x(N);");
    size_t count, firing_count;
    const uint32_t relation = lineage_relation_find(&bench->model.universe, "q");
    const uint32_t *facts = lineage_facts_at(&bench->execution, relation, 1, &count);
    assert_int_equal(count, 1);
    lineage_firings_of(&bench->execution, facts[0], &firing_count);
    assert_int_equal(firing_count, 3);
}

static void a_lost_message_leaves_its_firing_without_a_head(void **state)
{
    struct bench *bench = *state;
    bench_run(bench, "a,b", 2, "omit(a,b,1)", "p(\"a\", \"b\")@1; q(R)@async :- p(N, R);");
    assert_int_equal(bench->execution.firings.count, 1);
    assert_int_equal(bench->execution.firings.items[0].head, LINEAGE_NONE);
    assert_int_equal(bench->execution.firings.items[0].message, 0);
}

static void messages_are_distinct_by_tuple_sender_and_time(void **state)
{
    bench_run(*state, "a,b,c", 3, "",
              "p(\"a\", 1)@1; p(\"a\", 2)@1; p(\"b\", 1)@1; p(\"a\", 1)@2;"
              "q(\"c\")@async :- p(N, X);");
    assert_string_equal(bench_messages(*state), "1:a>c:delivered 1:b>c:delivered 2:a>c:delivered");
}

/* Steps through the model from state to state under the bench's schedule; every time must have the
 * facts of `relation` that the run has. */
static void assert_steps_agree(struct bench *bench, uint32_t eot, const char *relation)
{
    const char *expected[8];
    ded_state state = {0};
    for (uint32_t time = 1; time <= eot; time++)
        expected[time] = bench_facts(bench, relation, time);
    LINEAGE_PUSH(&state, 0);
    for (uint32_t time = 1; time <= eot; time++) {
        bool lost[64] = {false};
        lineage_execution_free(&bench->execution);
        assert_int_equal(ded_state_step(&bench->engine, state.items, state.count, time, eot,
                                        &bench->schedule, &bench->execution),
                         DED_OK);
        assert_facts(bench, relation, time, expected[time]);
        for (size_t i = 0; i < bench->execution.messages.count; i++) {
            const struct lineage_message *m = &bench->execution.messages.items[i];
            lost[i] = lineage_schedule_loses(&bench->schedule, m->from, m->to, time);
        }
        ded_state_after(&bench->engine, lost, &state);
    }
    lineage_memory_free(state.items);
}

static void steps_from_state_to_state_make_the_run(void **state)
{
    static const char *const faults[] = {"",           "omit(a,b,1)",           "omit(b,a,2)",
                                         "crash(b,2)", "crash(a,1) crash(b,3)", "crash(a,5)"};
    bench_prepare(*state, "a,b",
                  "p(\"a\", \"b\", 1)@1; p(\"b\", \"a\", 5)@3; p(R, N, X+1)@async :- p(N, R, X);"
                  "q(N, X) :- p(N, _, X); q(N, X)@next :- q(N, X);"
                  "q(N, X+100) :- q(N, X)@2, notin p(N, _, 4)@4, X < 100;"
                  "q(N, 0-T) :- crash(N, _, T);");
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        assert_int_equal(bench_execute(*state, 5, faults[i]), DED_OK);
        assert_steps_agree(*state, 5, "q");
    }
}

static void equal_states_have_equal_words(void **state)
{
    struct bench *bench = *state;
    ded_state states[2] = {{0}, {0}};
    /* Which of the two messages arrives makes no difference: they say the same. */
    bench_prepare(bench, "a,b,c", "p(\"a\")@1; p(\"b\")@1; q(\"c\")@async :- p(N);");
    const uint32_t initial[] = {0};
    for (size_t i = 0; i < 2; i++) {
        const bool lost[] = {i == 0, i == 1};
        bench_forget_run(bench);
        assert_int_equal(
            ded_state_step(&bench->engine, initial, 1, 1, 3, &bench->schedule, &bench->execution),
            DED_OK);
        bench->executed = true;
        assert_int_equal(bench->execution.messages.count, 2);
        ded_state_after(&bench->engine, lost, &states[i]);
    }
    assert_int_equal(states[0].count, states[1].count);
    assert_memory_equal(states[0].items, states[1].items, states[0].count * sizeof(uint32_t));
    lineage_memory_free(states[0].items);
    lineage_memory_free(states[1].items);
}

static bool stop(void *context)
{
    (void)context;
    return true;
}

static void a_poll_that_says_stop_interrupts_the_run(void **state)
{
    struct bench *bench = *state;
    bench_prepare(bench, "a", "p(\"a\", 1)@1; p(N, X+1) :- p(N, X);");
    bench->engine.poll = stop;
    assert_int_equal(bench_execute(bench, 1, ""), DED_INTERRUPTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_fact_holds_at_its_time_only),
        BENCH_TEST(a_rule_without_suffix_derives_at_the_same_time),
        BENCH_TEST(next_derives_one_step_later_and_carries_on_to_the_end),
        BENCH_TEST(next_stays_where_it_is_and_no_fault_loses_it),
        BENCH_TEST(a_model_counts_time_with_a_rule_of_its_own),
        BENCH_TEST(a_message_holds_at_the_receiver_one_step_later),
        BENCH_TEST(a_message_of_the_last_step_is_in_flight),
        BENCH_TEST(an_unbound_receiver_is_every_node),
        BENCH_TEST(an_omission_loses_all_that_one_sends_the_other_at_that_time),
        BENCH_TEST(an_omission_goes_one_way),
        BENCH_TEST(a_crash_loses_what_is_sent_then_or_later_and_nothing_before),
        BENCH_TEST(a_crashed_node_computes_on_unseen_and_still_receives),
        BENCH_TEST(a_message_to_oneself_is_never_lost),
        BENCH_TEST(a_message_to_what_is_no_node_is_dropped),
        BENCH_TEST(a_rule_at_any_node_sends_what_no_fault_loses),
        BENCH_TEST(the_node_of_the_first_atom_sends_even_if_it_is_negated),
        BENCH_TEST(the_node_of_the_first_atom_may_be_a_constant),
        BENCH_TEST(a_rule_runs_at_nodes_only),
        BENCH_TEST(a_node_variable_that_nothing_binds_ranges_over_the_nodes),
        BENCH_TEST(each_wildcard_is_a_variable_of_its_own),
        BENCH_TEST(a_variable_of_one_absence_alone_asks_for_any_value),
        BENCH_TEST(an_absence_of_bound_values_asks_for_these),
        BENCH_TEST(an_absolute_time_is_looked_at_from_it_on_and_empty_before),
        BENCH_TEST(an_absolute_time_sees_what_was_derived_then),
        BENCH_TEST(crash_facts_hold_at_every_time_and_observer),
        BENCH_TEST(bodies_may_join_facts_of_several_nodes),
        BENCH_TEST(recursion_within_a_step_reaches_its_fixpoint),
        BENCH_TEST(arithmetic_has_the_usual_precedence_and_integer_division),
        BENCH_TEST(computed_arguments_of_a_body_are_compared),
        BENCH_TEST(integers_compare_by_size_and_strings_bytewise),
        BENCH_TEST(overflow_ends_the_run_with_rule_node_and_time),
        BENCH_TEST(division_by_zero_ends_the_run_with_rule_node_and_time),
        BENCH_TEST(the_least_integer_divided_by_minus_one_is_an_overflow),
        BENCH_TEST(what_does_not_fire_computes_nothing),
        BENCH_TEST(a_rule_that_counts_without_end_ends_the_run),
        BENCH_TEST(several_rules_for_one_fact_all_leave_their_firing),
        BENCH_TEST(a_lost_message_leaves_its_firing_without_a_head),
        BENCH_TEST(messages_are_distinct_by_tuple_sender_and_time),
        BENCH_TEST(steps_from_state_to_state_make_the_run),
        BENCH_TEST(equal_states_have_equal_words),
        BENCH_TEST(a_poll_that_says_stop_interrupts_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
