/* What the answers for one scenario come to, and what each verdict has earned. */
#include "testing_job.h"

#include "status.h"
#include "sweep.h"

#include <math.h>

/* The row of a scenario with these answers; NULL: a question without one. */
static cJSON *row_of(enum harness_verdict expect, const char *const *answers, size_t count)
{
    struct harness_sweep sweep = {.jobs = 1};
    const struct harness_entry entry = {
        .path = "d/s.json", .name = "s", .version = "m", .expect = expect, .unit_count = count};
    LINEAGE_PUSH(&sweep.entries, entry);
    for (size_t i = 0; i < count; i++) {
        const struct harness_unit unit = {
            .answer = answers[i] == NULL ? NULL : cJSON_Parse(answers[i]), .is_old = i == 0};
        assert_true(answers[i] == NULL || unit.answer != NULL);
        LINEAGE_PUSH(&sweep.units, unit);
    }
    cJSON *row = harness_sweep_row(&sweep, &sweep.entries.items[0]);
    harness_sweep_free(&sweep);
    return row;
}

#define CERTIFIED "{\"verdict\": \"certified\", \"vacuous\": false, \"runs\": 1}"
#define VACUOUS "{\"verdict\": \"certified\", \"vacuous\": true, \"runs\": 1}"
#define KEPT "{\"verdict\": \"kept\", \"vacuous\": false, \"runs\": 1}"
#define INCOMPLETE "{\"verdict\": \"incomplete\", \"vacuous\": false, \"runs\": 1}"
#define FAILED "{\"error\": {\"message\": \"no\"}, \"status\": 4}"
#define BAD_INPUT "{\"error\": {\"message\": \"no\"}, \"status\": 2}"
#define BROKEN                                                                                     \
    "{\"verdict\": \"counterexample\", \"vacuous\": false, \"runs\": 1, \"choice\": {\"x\": 1}, "  \
    "\"counterexamples\": [{\"omissions\": [1, 2], \"crashes\": [3]}]}"
#define BROKEN_BY_TWO                                                                              \
    "{\"verdict\": \"counterexample\", \"vacuous\": false, \"runs\": 1, \"choice\": {\"x\": 2}, "  \
    "\"counterexamples\": [{\"omissions\": [1], \"crashes\": [3]}]}"

static void each_verdict_has_the_status_that_it_has_earned(void **state)
{
    /* By README.md, "Exit status". */
    static const struct {
        const char *answer;
        enum harness_verdict expect;
        int status;
        bool as_expected;
        const char *complaint;
    } judged[] = {
        {CERTIFIED, HARNESS_CERTIFIED, 0, true, ""},
        {CERTIFIED, HARNESS_NO_EXPECTATION, 0, false, ""},
        {CERTIFIED, HARNESS_COUNTEREXAMPLE, 1, false, "certified, but counterexample was expected"},
        {CERTIFIED, HARNESS_KEPT, 1, false, "certified, but kept was expected"},
        {VACUOUS, HARNESS_CERTIFIED, 1, false, "certified, but VACUOUS: nothing is promised"},
        {"{\"verdict\": \"kept\", \"vacuous\": true, \"sweep\": {\"ended\": \"vacuous\"}}",
         HARNESS_CERTIFIED, 1, false, "kept, but VACUOUS: nothing is promised"},
        {VACUOUS, HARNESS_NO_EXPECTATION, 3, false, "certified, but VACUOUS: nothing is promised"},
        {KEPT, HARNESS_KEPT, 0, true, ""},
        {KEPT, HARNESS_NO_EXPECTATION, 0, false, ""},
        {BROKEN, HARNESS_COUNTEREXAMPLE, 0, true, ""},
        {BROKEN, HARNESS_NO_EXPECTATION, 1, false, "counterexample"},
        {BROKEN, HARNESS_CERTIFIED, 1, false, "counterexample, but certified was expected"},
        {INCOMPLETE, HARNESS_INCOMPLETE, 0, true, ""},
        {INCOMPLETE, HARNESS_NO_EXPECTATION, 3, false, "incomplete"},
        {INCOMPLETE, HARNESS_COUNTEREXAMPLE, 3, false,
         "incomplete, but counterexample was expected"},
        {BAD_INPUT, HARNESS_CERTIFIED, 2, false, "error: no"},
        {FAILED, HARNESS_COUNTEREXAMPLE, 4, false, "error: no"},
        {NULL, HARNESS_CERTIFIED, 130, false, "not searched"},
        /* Bounds that a budget kept from growing say nothing against a counterexample. */
        {"{\"verdict\": \"certified\", \"sweep\": {\"ended\": \"budget\"}}", HARNESS_COUNTEREXAMPLE,
         3, false, "certified, but counterexample was expected"},
        {"{\"verdict\": \"certified\", \"sweep\": {\"ended\": \"bounds\"}}", HARNESS_COUNTEREXAMPLE,
         1, false, "certified, but counterexample was expected"},
        {"{\"verdict\": \"certified\", \"sweep\": {\"ended\": \"budget\"}}", HARNESS_CERTIFIED, 0,
         true, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof judged / sizeof *judged; i++) {
        struct lineage_arena arena = {.newest = NULL};
        cJSON *row = row_of(judged[i].expect, &judged[i].answer, 1);
        assert_int_equal(lround(harness_json_number(row, "status")), judged[i].status);
        assert_int_equal(harness_json_is_true(row, "as_expected"), judged[i].as_expected);
        assert_string_equal(harness_row_complaint(&arena, row), judged[i].complaint);
        cJSON_Delete(row);
        lineage_arena_free(&arena);
    }
}

static void the_smallest_counterexample_speaks_for_all_inputs(void **state)
{
    static const char *const answers[] = {CERTIFIED, BROKEN, BROKEN_BY_TWO, INCOMPLETE, KEPT, NULL};
    (void)state;
    cJSON *row = row_of(HARNESS_CERTIFIED, answers, 6);
    assert_string_equal(harness_json_text(row, "verdict"), "counterexample");
    assert_true(harness_json_number(row, "runs") == 5);
    assert_false(harness_json_is_true(row, "resumed"));
    testing_assert_json(cJSON_Duplicate(harness_json_get(row, "counterexample"), true),
                        "{\"omissions\": [1], \"crashes\": [3]}");
    testing_assert_json(cJSON_Duplicate(harness_json_get(row, "choice"), true), "{\"x\": 2}");
    testing_assert_json(cJSON_Duplicate(harness_json_get(row, "inputs"), true),
                        "{\"combinations\": 6, \"broken\": 2, \"certified\": 2, "
                        "\"by_one_formula\": 0}");
    cJSON_Delete(row);
}

static void what_is_worse_speaks_before_what_is_better(void **state)
{
    static const char *const order[] = {FAILED, (BROKEN), INCOMPLETE, KEPT, VACUOUS, CERTIFIED};
    (void)state;
    for (size_t i = 0; i + 1 < sizeof order / sizeof *order; i++)
        for (int swapped = 0; swapped < 2; swapped++) {
            const char *const answers[] = {order[i + (size_t)swapped],
                                           order[i + 1 - (size_t)swapped]};
            cJSON *row = row_of(HARNESS_NO_EXPECTATION, answers, 2), *alone = cJSON_Parse(order[i]);
            assert_string_equal(harness_json_text(row, "verdict"),
                                harness_json_text(alone, "verdict"));
            assert_int_equal(harness_json_is_true(row, "vacuous"),
                             harness_json_is_true(alone, "vacuous"));
            cJSON_Delete(row);
            cJSON_Delete(alone);
        }
}

static void inputs_without_an_answer_are_not_certified(void **state)
{
    static const char *const answers[] = {CERTIFIED, NULL}, *const kept[] = {NULL, KEPT};
    (void)state;
    cJSON *row = row_of(HARNESS_CERTIFIED, answers, 2);
    assert_null(harness_json_get(row, "verdict"));
    assert_int_equal(lround(harness_json_number(row, "status")), 130);
    cJSON_Delete(row);
    row = row_of(HARNESS_KEPT, kept, 2);
    assert_null(harness_json_get(row, "verdict"));
    cJSON_Delete(row);
}

static void the_worst_of_several_statuses_is_that_of_all(void **state)
{
    static const int order[] = {130, 4, 2, 1, 3, 0};
    (void)state;
    for (size_t i = 0; i < 6; i++)
        for (size_t j = i; j < 6; j++) {
            assert_int_equal(harness_worst_status(order[i], order[j]), order[i]);
            assert_int_equal(harness_worst_status(order[j], order[i]), order[i]);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_verdict_has_the_status_that_it_has_earned),
        cmocka_unit_test(the_smallest_counterexample_speaks_for_all_inputs),
        cmocka_unit_test(what_is_worse_speaks_before_what_is_better),
        cmocka_unit_test(inputs_without_an_answer_are_not_certified),
        cmocka_unit_test(the_worst_of_several_statuses_is_that_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
