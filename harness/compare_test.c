/* How two versions are measured, and how their answers are judged, case by case. */
#include "testing.h"

#include "compare.h"

#include "json.h"

/* They allow more faults than the counterexamples here have, so that what breaks with these and
 * others is not known (status 3), unless NEW is worse anyway. */
#define NEAR "{\"eot\": 9, \"eff\": 5, \"crashes\": 2}"

/* An answer, as far as it is judged; `more` begins with a comma or is empty. */
#define ANSWER(verdict, complete, more)                                                            \
    "{\"verdict\": \"" verdict "\", \"complete\": " complete ", \"search\": \"lineage\", "         \
    "\"vacuous\": false, \"status\": 0, \"nodes\": [\"a\", \"b\", \"c\"], \"bounds\": " NEAR more  \
    "}"
#define CERTIFIED ANSWER("certified", "true", ", \"counterexamples\": []")
#define INCOMPLETE ANSWER("incomplete", "false", ", \"counterexamples\": []")
#define BROKEN(list) ANSWER("counterexample", "true", ", \"counterexamples\": [" list "]")

/* A crash of c at the times, the first its own, that breaks the promise for the cause. */
#define CRASH(time, times, promise, cause)                                                         \
    "{\"omissions\": [], \"crashes\": [{\"node\": \"c\", \"time\": " time ", \"times\": [" times   \
    "]}], \"text\": \"crash(c," time ")\", \"shape\": {\"promises\": [\"" promise                  \
    "\"], \"causes\": [\"" cause "\"]}}"

/* Judges two answers: the row's status, its certificate, and what was found, as "kind text". */
static void check(const char *old, const char *new, int status, const char *certificate,
                  const char *found)
{
    const cJSON *item;
    char printed[512] = "";
    struct harness_pair pair = {.paths = {"s.json", "s.json"}};
    pair.answers[HARNESS_OLD] = cJSON_Parse(old);
    pair.answers[HARNESS_NEW] = cJSON_Parse(new);
    pair.measures = cJSON_Parse("{\"promises\": []}");
    assert_non_null(pair.answers[HARNESS_OLD]);
    assert_non_null(pair.answers[HARNESS_NEW]);
    cJSON *row = harness_compare_judge(&pair);
    cJSON_ArrayForEach(item, harness_json_get(row, "counterexamples"))
    {
        const size_t length = strlen(printed);
        snprintf(printed + length, sizeof printed - length, "%s%s %s", length > 0 ? ", " : "",
                 harness_json_text(item, "kind"), harness_json_text(item, "text"));
    }
    assert_string_equal(printed, found);
    assert_string_equal(harness_json_text(row, "certificate"), certificate);
    assert_int_equal((int)harness_json_number(row, "status"), status);
    cJSON_Delete(pair.answers[HARNESS_OLD]);
    cJSON_Delete(pair.answers[HARNESS_NEW]);
    cJSON_Delete(pair.measures);
    cJSON_Delete(row);
}

static void what_only_the_new_version_breaks_is_a_new_bug(void **state)
{
    (void)state;
    check(CERTIFIED, BROKEN(CRASH("3", "3", "p", "m lost")), 1, "lost", "new bug crash(c,3)");
    check(BROKEN(CRASH("3", "3", "q", "m lost")), BROKEN(CRASH("3", "3", "p", "m lost")), 1, "none",
          "new bug crash(c,3)");
    check(BROKEN(CRASH("3", "3", "p", "m lost")), CERTIFIED, 0, "gained", "repaired crash(c,3)");
    check(CERTIFIED, CERTIFIED, 0, "kept", "");
}

static void the_same_promise_under_other_faults_is_the_old_bug(void **state)
{
    (void)state;
    check(BROKEN(CRASH("3", "3", "p", "m lost")), BROKEN(CRASH("4", "4", "p", "m lost")), 3, "none",
          "old bug crash(c,4), moved crash(c,3)");
    check(BROKEN(CRASH("3", "3", "p", "m lost")), BROKEN(CRASH("4", "4", "p", "n lost")), 3, "none",
          "old bug crash(c,4), moved crash(c,3)");
}

static void crash_times_that_make_no_difference_are_the_same_faults(void **state)
{
    (void)state;
    check(BROKEN(CRASH("3", "3, 4", "p", "m lost")), BROKEN(CRASH("4", "4, 5", "p", "m lost")), 3,
          "none", "both crash(c,4)");
}

static void faults_of_another_kind_or_number_are_others(void **state)
{
    (void)state;
    const char *omission =
        BROKEN("{\"omissions\": [{\"from\": \"a\", \"to\": \"b\", \"time\": 3}], "
               "\"crashes\": [], \"text\": \"omit(a,b,3)\", \"shape\": "
               "{\"promises\": [\"p\"], \"causes\": []}}");
    check(BROKEN(CRASH("3", "3", "p", "m lost")), omission, 3, "none",
          "old bug omit(a,b,3), moved crash(c,3)");
}

/* A crash of c at 3 and one of b, that break the promise. */
#define CRASHES(promises)                                                                          \
    "{\"omissions\": [], \"crashes\": [{\"node\": \"b\", \"time\": 2, \"times\": [2]}, "           \
    "{\"node\": \"c\", \"time\": 3, \"times\": [3]}], \"text\": \"crash(b,2) crash(c,3)\", "       \
    "\"shape\": {\"promises\": [" promises "], \"causes\": [\"m lost\"]}}"

static void the_same_promise_under_fewer_faults_is_worse(void **state)
{
    (void)state;
    const char *both = BROKEN(CRASHES("\"p\""));
    check(both, BROKEN(CRASH("3", "3", "p", "m lost")), 1, "none",
          "fewer faults crash(c,3), moved crash(b,2) crash(c,3)");
    check(both, BROKEN(CRASH("4", "4", "p", "m lost")), 1, "none",
          "fewer faults crash(c,4), moved crash(b,2) crash(c,3)");
    check(BROKEN(CRASH("4", "4", "p", "m lost")), both, 3, "none",
          "old bug crash(b,2) crash(c,3), moved crash(c,4)");
    /* OLD stands the crash at 3, though it breaks under one at 5. */
    check(BROKEN(CRASH("5", "5", "p", "m lost") ", " CRASHES("\"p\"")),
          BROKEN(CRASH("3", "3", "p", "m lost")), 1, "none",
          "fewer faults crash(c,3), moved crash(c,5), moved crash(b,2) crash(c,3)");
    /* OLD breaks that promise, and another, with one crash. */
    check(BROKEN(CRASH("5", "5", "p\", \"q", "m lost") ", " CRASHES("\"p\"")),
          BROKEN(CRASH("7", "7", "p", "m lost")), 3, "none",
          "old bug crash(c,7), repaired crash(c,5), moved crash(b,2) crash(c,3)");
    check(ANSWER("counterexample", "false", ", \"counterexamples\": [" CRASHES("\"p\"") "]"),
          BROKEN(CRASH("3", "3", "p", "m lost")), 3, "none",
          "open crash(c,3), moved crash(b,2) crash(c,3)");
}

static void a_counterexample_without_a_shape_is_like_no_other(void **state)
{
    (void)state;
    const char *unknown = BROKEN("{\"omissions\": [], \"crashes\": [{\"node\": \"c\", \"times\": "
                                 "[3]}], \"text\": \"crash(c,3)\", \"shape\": null}");
    check(BROKEN(CRASH("4", "4", "p", "m lost")), unknown, 1, "none",
          "new bug crash(c,3), repaired crash(c,4)");
    check(unknown, unknown, 1, "none", "new bug crash(c,3)");
}

static void what_a_search_left_out_is_open_not_new_and_not_repaired(void **state)
{
    (void)state;
    check(INCOMPLETE, BROKEN(CRASH("3", "3", "p", "m lost")), 3, "none", "open crash(c,3)");
    check(CERTIFIED, INCOMPLETE, 3, "open", "");
    check(BROKEN(CRASH("3", "3", "p", "m lost")), INCOMPLETE, 3, "open", "open crash(c,3)");
    /* Whatever the old version does, nothing breaks the new one. */
    check(INCOMPLETE, CERTIFIED, 0, "gained", "");
}

static void a_new_bug_is_one_whatever_else_is_open(void **state)
{
    (void)state;
    check(CERTIFIED,
          ANSWER("counterexample", "false",
                 ", \"counterexamples\": [" CRASH("3", "3", "p", "m lost") "]"),
          1, "lost", "new bug crash(c,3)");
}

static void what_needs_no_fault_is_new_if_the_old_version_ran_without_any(void **state)
{
    (void)state;
    const char *broken = BROKEN("{\"omissions\": [], \"crashes\": [], \"text\": \"no faults\", "
                                "\"shape\": {\"promises\": [\"p\"], \"causes\": []}}");
    check(ANSWER("incomplete", "false", ", \"runs\": 1, \"counterexamples\": []"), broken, 1,
          "none", "new bug no faults");
    check(ANSWER("incomplete", "false", ", \"runs\": 0, \"counterexamples\": []"), broken, 3,
          "none", "open no faults");
    check(BROKEN(CRASH("3", "3", "p", "m lost")), broken, 1, "none",
          "new bug no faults, moved crash(c,3)");
    check(broken, broken, 3, "none", "both no faults");
    check(broken, BROKEN(CRASH("3", "3", "p", "m lost")), 3, "none",
          "old bug crash(c,3), moved no faults");
}

#define SWEPT(verdict, list, certified, ended)                                                     \
    ANSWER(verdict, "true",                                                                        \
           ", \"counterexamples\": [" list "], \"sweep\": {\"steps\": [], \"ended\": \"" ended     \
           "\", \"certified\": " certified "}")

static void bounds_that_grew_are_compared_as_far_as_both_were_searched(void **state)
{
    (void)state;
    const char *far = SWEPT("certified", "", "{\"eot\": 9, \"eff\": 8}", "bounds");
    const char *near = SWEPT("certified", "", "{\"eot\": 6, \"eff\": 5}", "budget");
    const char *ended = SWEPT("certified", "", "{\"eot\": 6, \"eff\": 5}", "vacuous");
    const char *broken = SWEPT("counterexample", CRASH("3", "3", "p", "m lost"),
                               "{\"eot\": 8, \"eff\": 5}", "counterexample");
    check(far, far, 0, "kept", "");
    check(near, far, 0, "kept", "");
    check(far, near, 3, "open", "");
    check(far, ended, 1, "lost", "");
    check(far, broken, 1, "lost", "new bug crash(c,3)");
    /* The counterexample is one at EOT 9, EFF 5, where the old version was not searched. */
    check(near, broken, 3, "kept", "open crash(c,3)");
}

static void promises_that_could_not_be_counted_are_open(void **state)
{
    (void)state;
    struct harness_pair pair = {.paths = {"s.json", "s.json"}};
    pair.answers[HARNESS_OLD] = cJSON_Parse(CERTIFIED);
    pair.answers[HARNESS_NEW] = cJSON_Parse(CERTIFIED);
    pair.measures = cJSON_Parse("{}");
    cJSON *row = harness_compare_judge(&pair);
    assert_int_equal((int)harness_json_number(row, "status"), 3);
    cJSON_Delete(row);
    cJSON_Delete(pair.measures);
    pair.measures = cJSON_Parse("{\"promises\": [{\"name\": \"p\", \"old\": 2, \"new\": 1, "
                                "\"lacking\": [\"pre(1)\"]}]}");
    row = harness_compare_judge(&pair);
    assert_int_equal((int)harness_json_number(row, "status"), 1);
    cJSON_Delete(row);
    cJSON_Delete(pair.measures);
    cJSON_Delete(pair.answers[HARNESS_OLD]);
    cJSON_Delete(pair.answers[HARNESS_NEW]);
}

static void a_version_that_fails_is_an_error_and_no_answer_an_interruption(void **state)
{
    (void)state;
    check(CERTIFIED, "{\"error\": {\"message\": \"x\"}, \"errors\": [], \"status\": 2}", 2, "open",
          "");
    struct harness_pair pair = {.paths = {"s.json", "s.json"}};
    cJSON *row = harness_compare_judge(&pair);
    assert_true(harness_json_is(row, "outcome", "interrupted"));
    cJSON_Delete(row);
}

/* ---- measuring ---- */

#define SAYING                                                                                     \
    "say(\"a\", \"b\")@1;  say(\"a\", \"c\")@1;\n"                                                 \
    "said(B)@async :- say(A, B);\n"                                                                \
    "said(B)@next :- said(B);\n"                                                                   \
    "post(\"told\", B) :- said(B);\n"

/* Measures an old version that says it at every time and promises something to b and c, and a new
 * one of this text; the caller deletes the result. */
static cJSON *measure(const char *text)
{
    static const char old[] = SAYING "say(A, B)@next :- say(A, B);\n"
                                     "pre(\"told\", B) :- said(B);\n";
    static const char scenario[] = "{\"model\": [\"x.ded\"], \"nodes\": [\"a\", \"b\", \"c\"], "
                                   "\"eot\": 3, \"eff\": 0, \"crashes\": 1}";
    struct testing_folder folder;
    char scenario_path[128], old_path[128], new_path[128];
    testing_folder_make(&folder);
    testing_write(testing_path(&folder, "s.json", scenario_path), scenario, strlen(scenario));
    testing_write(testing_path(&folder, "old.ded", old_path), old, strlen(old));
    testing_write(testing_path(&folder, "new.ded", new_path), text, strlen(text));
    const struct harness_job jobs[2] = {{.path = scenario_path, .model = old_path},
                                        {.path = scenario_path, .model = new_path}};
    cJSON *measures = harness_compare_measure(jobs);
    testing_folder_remove(&folder);
    return measures;
}

static void assert_json(const cJSON *json, const char *wanted)
{
    cJSON *parsed = cJSON_Parse(wanted);
    char *printed = cJSON_PrintUnformatted(json);
    assert_non_null(parsed);
    if (!cJSON_Compare(json, parsed, true))
        fail_msg("%s instead of %s", printed, wanted);
    cJSON_free(printed);
    cJSON_Delete(parsed);
}

/* By hand: two messages at 1, 2 and 3, or at 1. A crash of a at k leaves 2 (k - 1), or 2 from k = 2
 * on; the six crashes of b and c leave all. What is sent at 3 comes too late for anything. */
static void messages_are_counted_without_faults_and_with_every_crash(void **state)
{
    (void)state;
    cJSON *measures = measure(SAYING "pre(\"told\", B) :- said(B);\n");
    const cJSON *saved = harness_json_get(measures, "saved");
    assert_json(harness_json_get(saved, "all"), "{\"good_run\": {\"old\": 6, \"new\": 2}, "
                                                "\"one_crash\": {\"old\": 42, \"new\": 16}}");
    assert_json(harness_json_get(saved, "one_crash"), "{\"schedules\": {\"old\": 9, \"new\": 9}}");
    assert_json(harness_json_get(saved, "outcome_from"), "{\"old\": 2, \"new\": 2}");
    const cJSON *rule = harness_json_first(harness_json_get(measures, "support"), "rules");
    assert_int_equal((int)harness_json_number(harness_json_get(rule, "old"), "messages"), 4);
    assert_int_equal((int)harness_json_number(harness_json_get(rule, "new"), "messages"), 2);
    cJSON_Delete(measures);
}

/* b is told in both; the old version's messages to c support nothing that the new one has. */
static void only_the_common_outcome_is_compared(void **state)
{
    (void)state;
    cJSON *measures = measure("say(\"a\", \"b\")@1;\n"
                              "said(B)@async :- say(A, B);\n"
                              "said(B)@next :- said(B);\n"
                              "pre(\"told\", B) :- said(B);\n"
                              "post(\"told\", B) :- said(B);\n");
    const cJSON *support = harness_json_get(measures, "support");
    const cJSON *rule = harness_json_first(support, "rules");
    assert_json(harness_json_get(support, "posts"), "{\"old\": 2, \"new\": 1, \"both\": 1}");
    assert_int_equal((int)harness_json_number(harness_json_get(rule, "old"), "messages"), 2);
    assert_int_equal((int)harness_json_number(harness_json_get(rule, "new"), "messages"), 1);
    cJSON_Delete(measures);
}

static void promises_are_counted_by_name(void **state)
{
    (void)state;
    cJSON *measures = measure(SAYING "pre(\"told\", B) :- said(B), B != \"b\";\n"
                                     "pre(\"asked\", \"a\") :- said(\"b\");\n");
    assert_json(harness_json_get(measures, "promises"),
                "[{\"name\": \"told\", \"old\": 2, \"new\": 1, "
                "\"lacking\": [\"pre(\\\"told\\\", \\\"b\\\")\"]}, "
                "{\"name\": \"asked\", \"old\": 0, \"new\": 1, \"lacking\": []}]");
    cJSON_Delete(measures);
}

static void what_does_not_run_is_not_measured(void **state)
{
    (void)state;
    cJSON *unread = measure("said(");
    cJSON *failing = measure(SAYING "pre(\"told\", B) :- said(B), 1 / 0 > 0;\n");
    assert_json(unread, "{}");
    assert_json(failing, "{}");
    cJSON_Delete(unread);
    cJSON_Delete(failing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_only_the_new_version_breaks_is_a_new_bug),
        cmocka_unit_test(the_same_promise_under_other_faults_is_the_old_bug),
        cmocka_unit_test(crash_times_that_make_no_difference_are_the_same_faults),
        cmocka_unit_test(faults_of_another_kind_or_number_are_others),
        cmocka_unit_test(the_same_promise_under_fewer_faults_is_worse),
        cmocka_unit_test(a_counterexample_without_a_shape_is_like_no_other),
        cmocka_unit_test(what_a_search_left_out_is_open_not_new_and_not_repaired),
        cmocka_unit_test(a_new_bug_is_one_whatever_else_is_open),
        cmocka_unit_test(what_needs_no_fault_is_new_if_the_old_version_ran_without_any),
        cmocka_unit_test(bounds_that_grew_are_compared_as_far_as_both_were_searched),
        cmocka_unit_test(promises_that_could_not_be_counted_are_open),
        cmocka_unit_test(a_version_that_fails_is_an_error_and_no_answer_an_interruption),
        cmocka_unit_test(messages_are_counted_without_faults_and_with_every_crash),
        cmocka_unit_test(only_the_common_outcome_is_compared),
        cmocka_unit_test(promises_are_counted_by_name),
        cmocka_unit_test(what_does_not_run_is_not_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
