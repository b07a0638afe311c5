/* How two versions' answers are judged, case by case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compare.h"

#include "json.h"

/* An answer, as far as it is judged; `more` begins with a comma or is empty. */
#define ANSWER(verdict, complete, more)                                                            \
    "{\"verdict\": \"" verdict "\", \"complete\": " complete ", \"search\": \"lineage\", "         \
    "\"vacuous\": false, \"status\": 0, \"bounds\": {\"eot\": 9, \"eff\": 5}" more "}"
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
    check(BROKEN(CRASH("3", "3", "p", "m lost")), BROKEN(CRASH("4", "4", "p", "m lost")), 0, "none",
          "old bug crash(c,4), moved crash(c,3)");
    check(BROKEN(CRASH("3", "3", "p", "m lost")), BROKEN(CRASH("4", "4", "p", "n lost")), 0, "none",
          "old bug crash(c,4), moved crash(c,3)");
}

static void crash_times_that_make_no_difference_are_the_same_faults(void **state)
{
    (void)state;
    check(BROKEN(CRASH("3", "3, 4", "p", "m lost")), BROKEN(CRASH("4", "4, 5", "p", "m lost")), 0,
          "none", "both crash(c,4)");
}

static void faults_of_another_kind_or_number_are_others(void **state)
{
    (void)state;
    const char *omission =
        BROKEN("{\"omissions\": [{\"from\": \"a\", \"to\": \"b\", \"time\": 3}], "
               "\"crashes\": [], \"text\": \"omit(a,b,3)\", \"shape\": "
               "{\"promises\": [\"p\"], \"causes\": []}}");
    check(BROKEN(CRASH("3", "3", "p", "m lost")), omission, 0, "none",
          "old bug omit(a,b,3), moved crash(c,3)");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_only_the_new_version_breaks_is_a_new_bug),
        cmocka_unit_test(the_same_promise_under_other_faults_is_the_old_bug),
        cmocka_unit_test(crash_times_that_make_no_difference_are_the_same_faults),
        cmocka_unit_test(faults_of_another_kind_or_number_are_others),
        cmocka_unit_test(a_counterexample_without_a_shape_is_like_no_other),
        cmocka_unit_test(what_a_search_left_out_is_open_not_new_and_not_repaired),
        cmocka_unit_test(a_new_bug_is_one_whatever_else_is_open),
        cmocka_unit_test(bounds_that_grew_are_compared_as_far_as_both_were_searched),
        cmocka_unit_test(a_version_that_fails_is_an_error_and_no_answer_an_interruption),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
