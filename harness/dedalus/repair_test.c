/* The rules that repairs make, word for word; and what cannot be repaired. */
#include "testing.h"

#include "repair.h"

/* The first firing of the rule in this line of the model. */
static uint32_t firing(const struct bench *bench, uint32_t line)
{
    const struct lineage_universe *universe = &bench->model.universe;
    for (uint32_t i = 0; i < bench->execution.firings.count; i++) {
        const uint32_t rule = bench->execution.firings.items[i].rule;
        if (universe->rules.items[rule].line == line &&
            strcmp(universe->rules.items[rule].file, "model.ded") == 0)
            return i;
    }
    fail_msg("the rule in line %u did not fire", line);
    return 0;
}

/* The repair of a rule, as the number-th of its kind, in the bench's arena. */
static const char *keep(struct bench *bench, struct harness_repair *repair)
{
    const char *text = repair->obstacle != NULL ? repair->obstacle : repair->new_rules;
    const char *kept = lineage_arena_text(&bench->arena, text, strlen(text));
    harness_repair_free(repair);
    return kept;
}

static const char *retry(struct bench *bench, uint32_t line, size_t number)
{
    struct harness_repair repair = {.number = number};
    ded_repair_retry(&bench->model, &bench->execution, firing(bench, line), &repair);
    return keep(bench, &repair);
}

static const char *hold(struct bench *bench, uint32_t early, uint32_t late, size_t number)
{
    struct harness_repair repair = {.number = number};
    ded_repair_wait(&bench->model, &bench->execution, firing(bench, early), firing(bench, late),
                    &repair);
    return keep(bench, &repair);
}

#define SAY "say(\"a\", \"b\", \"x\")@1;\n"

static void what_is_sent_once_is_kept_and_sent_again(void **state)
{
    bench_run(*state, "a,b", 3, "", SAY "log(R, W)@async :- say(N, R, W);\n");
    assert_string_equal(retry(*state, 2, 0), "log_again(N, R, W) :- say(N, R, W);\n"
                                             "log_again(N, R, W)@next :- log_again(N, R, W);\n"
                                             "log(R, W)@async :- log_again(N, R, W);");
}

static void names_are_new_to_the_program_and_to_other_repairs(void **state)
{
    bench_run(*state, "a,b", 3, "",
              SAY "log(R, W)@async :- say(N, R, W);\n"
                  "log_again(N) :- say(N, _, _);\n");
    bench_assert_contains(retry(*state, 2, 0), "log_again_(N, R, W) :-");
    bench_assert_contains(retry(*state, 2, 1), "log_again2(N, R, W) :-");
}

static void comments_and_strings_are_no_end_of_a_rule(void **state)
{
    bench_run(*state, "a,b", 3, "",
              "say(\"a\", \"b\", \"x; :- //\")@1;\n"
              "log(R, W)@async /* ; :- */ :- // ;\n"
              "    say(N,   R, W), W == \"x; :- //\"; mark(N) :- say(N, _, _);\n");
    struct bench *bench = *state;
    struct harness_repair repair = {.number = 0};
    ded_repair_retry(&bench->model, &bench->execution, firing(bench, 2), &repair);
    assert_string_equal(repair.old_rule, "log(R, W)@async :- say(N, R, W), W == \"x; :- //\";");
    assert_string_equal(repair.new_rules, "log_again(N, R, W) :- say(N, R, W), W == \"x; :- //\";\n"
                                          "log_again(N, R, W)@next :- log_again(N, R, W);\n"
                                          "log(R, W)@async :- log_again(N, R, W);");
    assert_int_equal(repair.line, 2);
    assert_int_equal(strncmp(repair.source->text + repair.start, "log(R", 5), 0);
    assert_string_equal(repair.source->text + repair.end, " mark(N) :- say(N, _, _);\n");
    harness_repair_free(&repair);
}

static void letters_of_more_than_a_byte_do_not_move_the_rule(void **state)
{
    bench_run(*state, "a,b", 3, "",
              "say(\"a\", \"b\", \"\xc3\xa4\")@1; log(R, W)@async :- say(N, R, W);\n");
    bench_assert_contains(retry(*state, 1, 0), "log_again(N, R, W) :- say(N, R, W);\n");
}

static void constants_stay_in_the_head(void **state)
{
    bench_run(*state, "a,b", 3, "", SAY "log(\"b\", 7, W)@async :- say(N, _, W);\n");
    assert_string_equal(retry(*state, 2, 0), "log_again(N, W) :- say(N, _, W);\n"
                                             "log_again(N, W)@next :- log_again(N, W);\n"
                                             "log(\"b\", 7, W)@async :- log_again(N, W);");
}

static void a_broadcast_stays_one(void **state)
{
    bench_run(*state, "a,b", 3, "", SAY "log(R, W)@async :- say(N, _, W);\n");
    assert_string_equal(retry(*state, 2, 0), "log_again(N, W) :- say(N, _, W);\n"
                                             "log_again(N, W)@next :- log_again(N, W);\n"
                                             "log(R, W)@async :- log_again(N, W);");
}

static void what_computes_or_has_no_node_cannot_be_repaired(void **state)
{
    bench_run(*state, "a,b", 3, "",
              SAY "log(R, 1 + 2)@async :- say(N, R, _);\n"
                  "seen(R, count<W>)@async :- say(N, R, W);\n"
                  "known(R)@async :- say(\"a\", R, _);\n");
    assert_string_equal(retry(*state, 2, 0), "the head of the rule computes or sums up");
    assert_string_equal(retry(*state, 3, 0), "the head of the rule computes or sums up");
    assert_string_equal(retry(*state, 4, 0),
                        "the rule does not run at a node that a variable names");
}

#define BACKUP                                                                                     \
    "write(\"a\", \"x\")@1; backup(\"a\", \"b\")@1; client(\"a\", \"c\")@1;\n"                     \
    "backup(A, B)@next :- backup(A, B);\n"                                                         \
    "ack(C, W)@async :- write(P, W), client(P, C);\n"                                              \
    "copy(B, V)@async :- write(P, V), backup(P, B);\n"

/* Both are about x: W of the one, V of the other. */
static void what_announces_waits_for_who_has_been_told(void **state)
{
    bench_run(*state, "a,b,c", 3, "", BACKUP);
    assert_string_equal(hold(*state, 3, 4, 0),
                        "ack_held(P, C, W) :- write(P, W), client(P, C);\n"
                        "ack_held(P, C, W)@next :- ack_held(P, C, W);\n"
                        "ack(C, W)@async :- ack_held(P, C, W), notin copy_owed(P, W);\n"
                        "copy_sent(P, B, V) :- write(P, V), backup(P, B);\n"
                        "copy_sent(P, B, V)@next :- copy_sent(P, B, V);\n"
                        "copy_told(B, P, V)@async :- write(P, V), backup(P, B);\n"
                        "copy_ack(P, B, V)@async :- copy_told(B, P, V);\n"
                        "copy_acked(P, B, V) :- copy_ack(P, B, V);\n"
                        "copy_acked(P, B, V)@next :- copy_acked(P, B, V);\n"
                        "copy_owed(P, V) :- copy_sent(P, B, V), notin copy_acked(P, B, V);");
    bench_assert_contains(hold(*state, 3, 4, 2), "notin copy_owed3(P, W);");
}

/* The rules that are made are a model, with the old ones in their place gone. */
static void the_repaired_program_waits(void **state)
{
    struct bench *bench = *state;
    bench_run(bench, "a,b,c", 6, "", BACKUP);
    struct harness_repair repair = {.number = 0};
    ded_repair_wait(&bench->model, &bench->execution, firing(bench, 3), firing(bench, 4), &repair);
    const struct harness_repair *const repairs[] = {&repair};
    const lineage_sources *sources =
        harness_repair_apply(&bench->arena, &bench->model.program.sources, repairs, 1);
    const char *text = sources->items[0]->text;
    harness_repair_free(&repair);
    assert_null(strstr(text, "ack(C, W)@async :- write(P, W), client(P, C);"));
    bench_run(bench, "a,b,c", 6, "", text);
    assert_string_equal(bench_facts(bench, "ack", 2), ""); /* told at 2, acknowledged at 3 */
    assert_string_equal(bench_facts(bench, "ack", 3), "");
    assert_string_equal(bench_facts(bench, "ack", 4), "c,x");
    bench_execute(bench, 6, "omit(a,b,1)");
    assert_string_equal(bench_facts(bench, "ack", 6), "");
}

static void it_cannot_wait_for_what_is_no_message_to_a_node_by_name(void **state)
{
    bench_run(*state, "a,b,c", 3, "",
              BACKUP "note(P, V) :- write(P, V);\n"
                     "shout(B, V)@async :- write(P, V);\n"
                     "post_it(\"b\", V)@async :- write(P, V);\n");
    bench_assert_contains(hold(*state, 3, 5, 0), "no message to a node that a variable names");
    bench_assert_contains(hold(*state, 3, 7, 0), "no message to a node that a variable names");
    bench_assert_contains(hold(*state, 3, 6, 0), "sent to all nodes");
}

static void it_cannot_wait_at_another_node(void **state)
{
    bench_run(*state, "a,b,c", 3, "",
              BACKUP "next(\"b\", \"c\")@2;\n"
                     "far(C, V)@async :- copy(B, V), next(B, C);\n");
    bench_assert_contains(hold(*state, 3, 6, 0), "another node");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(what_is_sent_once_is_kept_and_sent_again),
        BENCH_TEST(names_are_new_to_the_program_and_to_other_repairs),
        BENCH_TEST(comments_and_strings_are_no_end_of_a_rule),
        BENCH_TEST(letters_of_more_than_a_byte_do_not_move_the_rule),
        BENCH_TEST(constants_stay_in_the_head),
        BENCH_TEST(a_broadcast_stays_one),
        BENCH_TEST(what_computes_or_has_no_node_cannot_be_repaired),
        BENCH_TEST(what_announces_waits_for_who_has_been_told),
        BENCH_TEST(the_repaired_program_waits),
        BENCH_TEST(it_cannot_wait_for_what_is_no_message_to_a_node_by_name),
        BENCH_TEST(it_cannot_wait_at_another_node),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
