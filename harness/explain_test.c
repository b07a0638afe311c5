/* Explanations of small programs, worked out by hand: story, obstacles, advice and trials. */
#include "testing.h"

#include "try.h"

struct fixture {
    struct testing_folder folder;
    struct harness_session session;
    struct harness_evidence evidence;
    struct harness_explanation explanation;
    char text[4000];
};

static int open_fixture(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    testing_folder_make(&f->folder);
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;
    harness_explanation_free(&f->explanation);
    harness_evidence_free(&f->evidence);
    harness_session_free(&f->session);
    testing_folder_remove(&f->folder);
    free(f);
    return 0;
}

static void open_session(struct fixture *f, const struct testing_program *program)
{
    static const struct lineage_source given = {"test", NULL};
    struct harness_scenario *scenario = &f->session.scenario;
    char path[128];
    testing_path(&f->folder, "model.ded", path);
    testing_write(path, program->text, strlen(program->text));
    harness_scenario_create(scenario);
    scenario->name = "test";
    LINEAGE_PUSH(&scenario->model, lineage_arena_text(&scenario->arena, path, strlen(path)));
    harness_split(scenario, program->nodes, &scenario->nodes);
    scenario->eot = program->eot;
    scenario->eff = program->eff;
    scenario->crashes = program->crashes;
    scenario->given.nodes = scenario->given.eot = scenario->given.eff = scenario->given.crashes =
        (struct lineage_place){&given, 0, 0};
    if (!harness_session_open(&f->session))
        fail_msg("%s", f->session.diagnostics.items.items[0].message);
}

/* Explains the program under an omission of nodes by number, and a crash; time 0: there is none. */
static void explain(struct fixture *f, const struct testing_program *program,
                    struct lineage_omission omission, struct lineage_crash crash)
{
    struct lineage_schedule faults = {.omissions = {0}};
    open_session(f, program);
    if (omission.time > 0)
        lineage_schedule_add_omission(&faults, omission);
    if (crash.time > 0)
        lineage_schedule_add_crash(&faults, crash);
    assert_int_equal(harness_evidence_make(&f->evidence, &f->session, &faults), HARNESS_OK);
    assert_true(f->evidence.broken.count > 0);
    harness_explain(&f->explanation, &f->evidence);
}

/* `time text` a line. */
static const char *story(struct fixture *f)
{
    FILE *out = fmemopen(f->text, sizeof f->text, "w");
    for (size_t i = 0; i < f->explanation.story.count; i++)
        fprintf(out, "%u %s\n", f->explanation.story.items[i].time,
                f->explanation.story.items[i].text);
    fputc('.', out);
    fclose(out);
    return f->text;
}

/* Kind and lines of the rules of each advice. */
static const char *advice(struct fixture *f)
{
    static const char *const kinds[] = {"wait", "retry", "redundant", "held up", "only here"};
    const struct lineage_universe *universe = f->evidence.universe;
    FILE *out = fmemopen(f->text, sizeof f->text, "w");
    for (size_t i = 0; i < f->explanation.advice.count; i++) {
        const struct harness_advice *item = &f->explanation.advice.items[i];
        fputs(kinds[item->kind], out);
        if (item->rule != LINEAGE_NONE)
            fprintf(out, " %u", universe->rules.items[item->rule].line);
        if (item->other != LINEAGE_NONE)
            fprintf(out, " %u", universe->rules.items[item->other].line);
        for (size_t j = 0; j < item->rule_count; j++)
            fprintf(out, " %u", universe->rules.items[item->rules[j]].line);
        fputs(item->is_mechanical ? " (can be tried)\n" : "\n", out);
    }
    fputc('.', out);
    fclose(out);
    return f->text;
}

static const struct lineage_omission no_omission;
static const struct lineage_crash no_crash;

/* a answers the client c at once and copies to b once. */
#define ASYNCHRONOUS                                                                               \
    "write(\"a\", \"w\")@1; peer(\"a\", \"b\")@1; client(\"a\", \"c\")@1;\n"                       \
    "ack(C, W)@async :- write(P, W), client(P, C);\n"                                              \
    "copy(B, W)@async :- write(P, W), peer(P, B);\n"                                               \
    "log(B, W) :- copy(B, W); log(B, W)@next :- log(B, W);\n"                                      \
    "acked(C, W) :- ack(C, W); acked(C, W)@next :- acked(C, W);\n"                                 \
    "backup(\"b\")@1; backup(B)@next :- backup(B);\n"                                              \
    "lacks(W) :- acked(_, W), backup(B), notin log(B, W);\n"                                       \
    "pre(W) :- acked(_, W); post(W) :- acked(_, W), notin lacks(W);\n"

static const struct testing_program asynchronous = {"asynchronous", "a,b,c",     6, 3, 0,
                                                    NULL,           ASYNCHRONOUS};

static void a_lost_message_is_told_in_the_order_of_time(void **state)
{
    explain(*state, &asynchronous, (struct lineage_omission){1, 0, 1}, no_crash);
    assert_string_equal(story(*state),
                        "1 a sends ack(\"c\", \"w\") to c\n"
                        "1 a sends copy(\"b\", \"w\") to b, and it is lost\n"
                        "6 log(\"b\", \"w\") never came to hold; without faults it does\n.");
}

static void what_announces_is_to_wait_and_what_is_sent_once_to_be_sent_again(void **state)
{
    explain(*state, &asynchronous, (struct lineage_omission){1, 0, 1}, no_crash);
    assert_string_equal(advice(*state), "wait 2 3 (can be tried)\n"
                                        "retry 3 (can be tried)\n"
                                        "redundant 3\n"
                                        "only here 7\n.");
}

static void both_repairs_are_tried_and_certify(void **state)
{
    struct fixture *f = *state;
    struct harness_trials trials;
    explain(f, &asynchronous, (struct lineage_omission){1, 0, 1}, no_crash);
    harness_try(&f->explanation, 0, &trials);
    assert_int_equal(trials.items.count, 2);
    for (size_t i = 0; i < 2; i++) {
        /* EFF 3: a message that is sent from 1 to 5 arrives. */
        assert_int_equal(trials.items.items[i].verdict, HARNESS_CERTIFIED);
        assert_true(harness_tried_is_enough(&trials.items.items[i]));
        assert_int_equal(trials.items.items[i].lost_count, 0);
    }
    harness_trials_free(&trials);
}

/* There is no time for an acknowledgement: told at 1, acknowledged at 2, answered at 3, known at 4.
 */
static void a_copy_that_promises_less_is_not_enough(void **state)
{
    static const struct testing_program soon = {"soon", "a,b,c", 3, 3, 0, NULL, ASYNCHRONOUS};
    struct fixture *f = *state;
    struct harness_trials trials;
    explain(f, &soon, (struct lineage_omission){1, 0, 1}, no_crash);
    harness_try(&f->explanation, 0, &trials);
    assert_int_equal(f->explanation.advice.items[0].kind, HARNESS_WAIT);
    assert_true(trials.items.items[0].is_vacuous);
    assert_int_equal(trials.items.items[0].lost_count, 1);
    assert_false(harness_tried_is_enough(&trials.items.items[0]));
    harness_trials_free(&trials);
}

/* The same with another promise, which stays: the copy is not vacuous, and promises less. */
static void one_promise_that_is_gone_is_enough_to_refuse(void **state)
{
    static const struct testing_program soon = {
        "soon",
        "a,b,c",
        3,
        3,
        0,
        NULL,
        ASYNCHRONOUS "pre(\"quiet\") :- backup(_); post(\"quiet\") :- backup(_);\n"};
    struct fixture *f = *state;
    struct harness_trials trials;
    explain(f, &soon, (struct lineage_omission){1, 0, 1}, no_crash);
    harness_try(&f->explanation, 0, &trials);
    assert_int_equal(trials.items.items[0].verdict, HARNESS_CERTIFIED);
    assert_false(trials.items.items[0].is_vacuous);
    assert_int_equal(trials.items.items[0].lost_count, 1);
    assert_false(harness_tried_is_enough(&trials.items.items[0]));
    harness_trials_free(&trials);
}

static void a_copy_that_is_no_program_is_no_certificate(void **state)
{
    struct fixture *f = *state;
    struct harness_trials trials;
    explain(f, &asynchronous, (struct lineage_omission){1, 0, 1}, no_crash);
    f->explanation.advice.items[0].repair.new_rules = "this is no rule";
    harness_try(&f->explanation, 0, &trials);
    assert_non_null(trials.items.items[0].failure);
    assert_int_equal(trials.items.items[0].verdict, HARNESS_INCOMPLETE);
    assert_false(harness_tried_is_enough(&trials.items.items[0]));
    harness_trials_free(&trials);
}

static void what_is_sent_at_any_time_is_not_sent_once(void **state)
{
    static const struct testing_program again = {
        "again",
        "a,b",
        4,
        4,
        1,
        NULL,
        "write(\"a\", \"w\")@1; write(P, W)@next :- write(P, W);\n"
        "peer(\"a\", \"b\")@1; peer(\"a\", \"b\")@4;\n"
        "log(B, W)@async :- write(P, W), peer(P, B);\n"
        "log(B, W)@next :- log(B, W);\n"
        "pre(W) :- write(_, W); post(W) :- log(_, W);\n"};
    /* Sent at 1 and at 4; what is sent at 4 does not arrive in time, but it is sent. */
    explain(*state, &again, (struct lineage_omission){1, 0, 1}, no_crash);
    assert_string_equal(advice(*state), "redundant 3\n.");
}

static void what_is_lost_with_others_is_said_to_be(void **state)
{
    static const struct testing_program together = {
        "together",
        "a,b",
        3,
        3,
        0,
        NULL,
        "write(\"a\", \"w\")@1; peer(\"a\", \"b\")@1; all(\"b\", \"w\")@3;\n"
        "log(B, W)@async :- write(P, W), peer(P, B);\n"
        "log(B, W)@next :- log(B, W);\n"
        "mark(B)@async :- peer(P, B);\n"
        "pre(W) :- all(_, W); post(W) :- log(_, W);\n"};
    struct fixture *f = *state;
    explain(f, &together, (struct lineage_omission){1, 0, 1}, no_crash);
    assert_int_equal(f->explanation.advice.items[0].kind, HARNESS_RETRY);
    assert_string_equal(f->explanation.advice.items[0].text,
                        "Send it again: log(\"b\", \"w\") is sent once, at 1, and the loss of all "
                        "that a sends b then breaks the promise");
}

/* a answers when b has acknowledged: it does not announce before it knows. */
static void who_knows_need_not_wait(void **state)
{
    static const struct testing_program careful = {
        "careful",
        "a,b,c",
        6,
        2,
        0,
        NULL,
        "write(\"a\", \"w\")@1; peer(\"a\", \"b\")@1; client(\"a\", \"c\")@1;\n"
        "client(P, C)@next :- client(P, C);\n"
        "copy(B, W, P)@async :- write(P, W), peer(P, B);\n"
        "told(P, W)@async :- copy(B, W, P);\n"
        "ack(C, W)@async :- told(P, W), client(P, C);\n"
        "ack(C, W)@next :- ack(C, W);\n"
        "late(\"c\")@6;\n"
        "pre(C) :- late(C); post(C) :- ack(C, \"w\");\n"};
    explain(*state, &careful, (struct lineage_omission){1, 0, 1}, no_crash);
    assert_string_equal(advice(*state), "retry 3 (can be tried)\nredundant 5\n.");
}

/* The copy is dropped at b, which has something in its place. */
static void what_is_in_the_way_is_told(void **state)
{
    static const struct testing_program taken = {
        "taken",
        "a,b",
        4,
        3,
        0,
        NULL,
        "free(\"a\", \"b\")@1; say(\"a\", \"b\", \"w\")@2; wait(\"b\")@1;\n"
        "clear(B)@async :- free(A, B); clear(B)@next :- clear(B);\n"
        "wait(B)@next :- wait(B);\n"
        "full(B) :- wait(B), notin clear(B);\n"
        "hear(B, W)@async :- say(A, B, W);\n"
        "log(B, W) :- hear(B, W), notin full(B);\n"
        "log(B, W)@next :- log(B, W);\n"
        "all(\"b\", \"w\")@4;\n"
        "pre(W) :- all(_, W); post(W) :- log(_, W);\n"};
    struct fixture *f = *state;
    explain(f, &taken, (struct lineage_omission){1, 0, 1}, no_crash);
    assert_int_equal(f->explanation.obstacles.count, 1);
    const struct harness_obstacle *obstacle = &f->explanation.obstacles.items[0];
    assert_int_equal(obstacle->time, 3);
    assert_int_equal(f->evidence.universe->rules.items[obstacle->rule].line, 6);
    assert_string_equal(harness_explain_tuple(&f->explanation,
                                              f->evidence.bad.facts.items[obstacle->blocker].tuple),
                        "full(\"b\")");
    /* All ways to post are closed by full(b), which is there for lack of clear(b). */
    assert_int_equal(f->explanation.supports.items[0].sets.count, 0);
    assert_int_equal(f->explanation.lacks.missing.count, 2);
    assert_non_null(strstr(story(f), "1 a sends clear(\"b\") to b, and it is lost\n"));
    assert_non_null(strstr(f->text, "full(\"b\")"));
}

/* b holds the flag while it hears from a; it heard at 2 and not at 3. */
static void what_held_before_holds_no_more(void **state)
{
    static const struct testing_program beat = {
        "beat",
        "a,b",
        4,
        4,
        0,
        NULL,
        "beat(\"a\", \"b\")@1; beat(A, B)@next :- beat(A, B);\n"
        "up(B)@async :- beat(A, B);\n"
        "all(\"b\")@4;\n"
        "pre(B) :- all(B); post(B) :- all(B), up(B);\n"};
    explain(*state, &beat, (struct lineage_omission){3, 0, 1}, no_crash);
    assert_non_null(strstr(story(*state), "4 post(\"b\") never came to hold"));
    assert_non_null(strstr(story(*state), "3 a sends up(\"b\") to b, and it is lost\n"));
}

/* The photo is taken at 3; what a says comes at 2 without faults, and at 4 with them. */
static void what_comes_too_late_does_not_hold_yet(void **state)
{
    static const struct testing_program photo = {
        "photo",
        "a,b",
        5,
        3,
        0,
        NULL,
        "say(\"a\", \"b\")@1; say(A, B)@next :- say(A, B);\n"
        "log(B)@async :- say(A, B); log(B)@next :- log(B);\n"
        "photo(\"b\")@2; blank(B) :- photo(B), notin log(B); blank(B)@next :- blank(B);\n"
        "pre(B) :- log(B); post(B) :- log(B), notin blank(B);\n"};
    struct fixture *f = *state;
    explain(f, &photo, (struct lineage_omission){1, 0, 1}, no_crash);
    assert_non_null(strstr(story(f), "2 log(\"b\") does not hold yet; without faults it does\n"));
    assert_null(strstr(story(f), "never came to hold"));
}

/* b relays to c, and crashes before it can. */
static void a_crash_is_told_and_what_it_keeps_from_being_sent(void **state)
{
    static const struct testing_program relay = {
        "relay",
        "a,b,c",
        4,
        0,
        1,
        NULL,
        "say(\"a\", \"b\")@1; link(\"b\", \"c\")@2;\n"
        "hear(B)@async :- say(A, B); log(C)@async :- hear(B), link(B, C);\n"
        "log(C)@next :- log(C); all(\"c\")@4;\n"
        "pre(N) :- all(N); post(N) :- all(N), log(N);\n"};
    explain(*state, &relay, no_omission, (struct lineage_crash){2, 1});
    assert_string_equal(story(*state),
                        "1 a sends hear(\"b\") to b\n"
                        "2 b crashes\n"
                        "2 b does not send log(\"c\") to c: it has crashed\n"
                        "4 post(\"c\") never came to hold; without faults it does\n.");
    assert_string_equal(advice(*state), "redundant 2\n.");
}

/* The alarm is on until b has been told; a tells it at 1 and at 3. */
static void what_goes_on_holding_is_told_from_where_the_runs_part(void **state)
{
    static const struct testing_program alarm = {
        "alarm",
        "a,b",
        4,
        4,
        0,
        NULL,
        "say(\"a\", \"b\")@1; calm(B)@async :- say(A, B); calm(B)@next :- calm(B);\n"
        "on(\"b\")@1; on(B)@next :- on(B), notin calm(B);\n"
        "loud(B) :- on(B); all(\"b\")@4;\n"
        "pre(B) :- all(B); post(B) :- all(B), notin loud(B);\n"};
    struct fixture *f = *state;
    explain(f, &alarm, (struct lineage_omission){1, 0, 1}, no_crash);
    /* Without faults calm(b) holds from 2 on, and so on(b) at 1 and 2. */
    assert_non_null(
        strstr(story(f), "3 on(\"b\") goes on holding, as it does not without faults\n"));
    assert_non_null(strstr(f->text, "1 a sends calm(\"b\") to b, and it is lost\n"));
}

static void the_promise_told_is_one_that_faults_have_broken(void **state)
{
    static const struct testing_program two = {
        "two",
        "a,b",
        3,
        3,
        0,
        NULL,
        "say(\"a\", \"b\")@1; all(\"b\", \"never\")@3; all(\"b\", \"w\")@3;\n"
        "log(B)@async :- say(A, B); log(B)@next :- log(B);\n"
        "pre(W) :- all(_, W); post(\"w\") :- log(_);\n"};
    struct fixture *f = *state;
    explain(f, &two, (struct lineage_omission){1, 0, 1}, no_crash);
    assert_int_equal(f->evidence.broken.count, 2);
    assert_string_equal(harness_explain_tuple(&f->explanation, f->explanation.told), "pre(\"w\")");
    assert_false(f->explanation.is_without);
}

static void what_breaks_without_faults_is_said_to(void **state)
{
    static const struct testing_program never = {
        "never",
        "a,b",
        3,
        3,
        0,
        NULL,
        "all(\"b\")@3; never(\"b\")@1; pre(N) :- all(N); post(N) :- never(N), all(N);\n"};
    struct fixture *f = *state;
    explain(f, &never, no_omission, no_crash);
    assert_true(f->explanation.is_without);
    assert_int_equal(f->explanation.lacks.missing.count, 0);
    assert_int_equal(f->explanation.advice.count, 0);
}

/* The announcement is made by a rule that serves the promise alone: that is not to be changed. */
static void the_promise_itself_is_not_repaired(void **state)
{
    static const struct testing_program local = {
        "local",
        "a,b",
        4,
        3,
        0,
        NULL,
        "write(\"a\", \"w\")@1; peer(\"a\", \"b\")@1;\n"
        "done(P, W)@next :- write(P, W); done(P, W)@next :- done(P, W);\n"
        "copy(B, W)@async :- write(P, W), peer(P, B);\n"
        "log(B, W) :- copy(B, W); log(B, W)@next :- log(B, W);\n"
        "pre(W) :- done(_, W); post(W) :- log(_, W);\n"};
    explain(*state, &local, (struct lineage_omission){1, 0, 1}, no_crash);
    assert_string_equal(advice(*state), "retry 3 (can be tried)\nredundant 3\n.");
}

/* The protocol reads pre: it is the promise all the same. */
static void a_promise_that_the_protocol_reads_is_not_repaired(void **state)
{
    static const struct testing_program read = {
        "read",
        "a,b",
        4,
        3,
        0,
        NULL,
        "write(\"a\", \"w\")@1; peer(\"a\", \"b\")@1; peer(P, B)@next :- peer(P, B);\n"
        "pre(P, W)@next :- write(P, W); pre(P, W)@next :- pre(P, W);\n"
        "copy(B, W)@async :- write(P, W), peer(P, B);\n"
        "log(B, W) :- copy(B, W); log(B, W)@next :- log(B, W);\n"
        "shout(B, W)@async :- pre(P, W), peer(P, B);\n"
        "post(P, W) :- pre(P, W), log(_, W);\n"};
    explain(*state, &read, (struct lineage_omission){1, 0, 1}, no_crash);
    assert_string_equal(advice(*state), "retry 3 (can be tried)\nredundant 3\n.");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_lost_message_is_told_in_the_order_of_time),
        TEST(what_announces_is_to_wait_and_what_is_sent_once_to_be_sent_again),
        TEST(both_repairs_are_tried_and_certify),
        TEST(a_copy_that_promises_less_is_not_enough),
        TEST(one_promise_that_is_gone_is_enough_to_refuse),
        TEST(a_copy_that_is_no_program_is_no_certificate),
        TEST(what_is_sent_at_any_time_is_not_sent_once),
        TEST(what_is_lost_with_others_is_said_to_be),
        TEST(who_knows_need_not_wait),
        TEST(what_is_in_the_way_is_told),
        TEST(what_held_before_holds_no_more),
        TEST(what_comes_too_late_does_not_hold_yet),
        TEST(a_crash_is_told_and_what_it_keeps_from_being_sent),
        TEST(what_goes_on_holding_is_told_from_where_the_runs_part),
        TEST(the_promise_told_is_one_that_faults_have_broken),
        TEST(what_breaks_without_faults_is_said_to),
        TEST(the_promise_itself_is_not_repaired),
        TEST(a_promise_that_the_protocol_reads_is_not_repaired),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
