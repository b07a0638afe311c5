/* Growing bounds, on protocols small enough to say by hand where each step leads. */
#include "testing_job.h"

#include "job.h"

/* Answers the scenario; the answer's steps as "EOT,EFF,verdict" with a space behind each. */
struct swept {
    struct testing_job job;
    cJSON *answer;
    char steps[4096];
};

static const struct harness_job plain = {.eot_max = 22};

static void answer_again(struct swept *swept, struct harness_job job)
{
    const cJSON *step;
    cJSON_Delete(swept->answer);
    job.path = swept->job.scenario;
    swept->answer = harness_job_answer(&job);
    assert_non_null(swept->answer);
    swept->steps[0] = '\0';
    cJSON_ArrayForEach(step, harness_json_get(harness_json_get(swept->answer, "sweep"), "steps"))
    {
        const size_t bytes = strlen(swept->steps);
        snprintf(swept->steps + bytes, sizeof swept->steps - bytes, "%.0f,%.0f,%s ",
                 harness_json_number(step, "eot"), harness_json_number(step, "eff"),
                 harness_json_text(step, "verdict"));
    }
}

static void answer(struct swept *swept, const char *model, const char *keys, struct harness_job job)
{
    swept->answer = NULL;
    testing_job_make(&swept->job, model, keys);
    answer_again(swept, job);
}

static void done(struct swept *swept)
{
    cJSON_Delete(swept->answer);
    testing_folder_remove(&swept->job.folder);
}

/* The answer's verdict, why the sweep ended, and up to which bounds it has certified (0,0: none).
 */
static void assert_came_to(const struct swept *swept, const char *verdict, const char *ended,
                           double eot, double eff)
{
    const cJSON *sweep = harness_json_get(swept->answer, "sweep");
    const cJSON *certified = harness_json_get(sweep, "certified");
    assert_string_equal(harness_json_text(swept->answer, "verdict"), verdict);
    assert_string_equal(harness_json_text(sweep, "ended"), ended);
    assert_true(harness_json_number(certified, "eot") == eot);
    assert_true(harness_json_number(certified, "eff") == eff);
    assert_int_equal(cJSON_IsNull(certified), eot == 0);
}

#define BOTH "\"eot\": \"sweep\", \"eff\": \"sweep\""

/* Without faults EOT 1 breaks and EOT 2 keeps. At <3, 2> the first message may be lost, and by 5
 * that has mended itself. At <6, 5> both may be lost. */
static const char both_steps[] = "2,0,certified 3,2,counterexample 5,2,certified 5,3,certified "
                                 "5,4,certified 6,5,counterexample ";

static void bounds_grow_as_the_paper_has_it(void **state)
{
    struct swept swept;
    (void)state;
    answer(&swept, testing_twice, BOTH, plain);
    assert_string_equal(swept.steps, both_steps);
    assert_came_to(&swept, "counterexample", "counterexample", 5, 4);
    const cJSON *found = harness_json_first(swept.answer, "counterexamples");
    assert_string_equal(harness_json_text(found, "text"), "omit(a,b,1) omit(a,b,4)");
    assert_true(harness_json_number(harness_json_get(swept.answer, "bounds"), "eot") == 6);
    assert_true(harness_json_number(swept.answer, "status") == 1);
    done(&swept);
}

static void a_violation_is_final_only_if_all_of_its_time_was_given(void **state)
{
    struct swept swept;
    struct harness_job job = plain;
    (void)state;
    job.eot_max = 21; /* it is found at 6 and waited for until 2 * 6 + 10 */
    answer(&swept, testing_twice, BOTH, job);
    assert_string_equal(swept.steps, both_steps);
    assert_came_to(&swept, "counterexample", "bounds", 5, 4);
    done(&swept);
}

static void with_EFF_fixed_EOT_grows_to_its_end(void **state)
{
    struct swept swept;
    struct harness_job job = plain;
    (void)state;
    job.eot_max = 7;
    answer(&swept, testing_twice, "\"eot\": \"sweep\", \"eff\": 2", job);
    assert_string_equal(swept.steps,
                        "2,2,counterexample 5,2,certified 6,2,certified 7,2,certified ");
    assert_came_to(&swept, "certified", "bounds", 7, 2);
    done(&swept);
}

static void with_EOT_fixed_EFF_grows_to_one_less(void **state)
{
    struct swept swept;
    struct harness_job job = plain;
    (void)state;
    job.eot_max = 3; /* says nothing of an EOT that does not grow */
    answer(&swept, testing_twice, "\"eot\": 5, \"eff\": \"sweep\"", job);
    assert_string_equal(swept.steps, "5,0,certified 5,2,certified 5,3,certified 5,4,certified ");
    assert_came_to(&swept, "certified", "bounds", 5, 4);
    assert_true(harness_json_number(swept.answer, "status") == 0);
    testing_job_ask(&swept.job, "\"eot\": 6, \"eff\": \"sweep\"");
    answer_again(&swept, job);
    assert_string_equal(
        swept.steps, "6,0,certified 6,2,certified 6,3,certified 6,4,certified 6,5,counterexample ");
    assert_came_to(&swept, "counterexample", "counterexample", 6, 4);
    done(&swept);
}

static void a_run_without_faults_that_never_keeps_its_promise_is_the_violation(void **state)
{
    struct swept swept;
    struct harness_job job = plain;
    (void)state;
    job.eot_max = 4;
    answer(&swept, "told(\"a\")@1; told(A)@next :- told(A); pre(A) :- told(A); post(A) :- no(A);",
           BOTH, job);
    assert_string_equal(swept.steps, "");
    assert_came_to(&swept, "counterexample", "bounds", 0, 0);
    assert_string_equal(
        harness_json_text(harness_json_first(swept.answer, "counterexamples"), "text"),
        "no faults");
    done(&swept);
}

static void a_promise_about_nothing_is_vacuous(void **state)
{
    struct swept swept;
    struct harness_job job = plain;
    (void)state;
    job.eot_max = 4;
    answer(&swept, "told(\"a\")@1; pre(A) :- told(A); post(A) :- told(A);", BOTH, job);
    assert_came_to(&swept, "certified", "vacuous", 1, 0); /* at 1 it is about a */
    testing_put(swept.job.model, "told(\"a\")@1; pre(A) :- no(A); post(A) :- told(A);");
    answer_again(&swept, job);
    assert_came_to(&swept, "kept", "vacuous", 0, 0);
    assert_true(harness_json_is_true(swept.answer, "vacuous"));
    done(&swept);
}

static void an_EFF_beyond_every_EOT_is_an_error(void **state)
{
    struct swept swept;
    struct harness_job job = plain;
    (void)state;
    job.eot_max = 4;
    answer(&swept, testing_twice, "\"eot\": \"sweep\", \"eff\": 5", job);
    assert_true(harness_json_number(swept.answer, "status") == 2);
    assert_non_null(
        strstr(harness_json_text(harness_json_get(swept.answer, "error"), "message"), "--max-eot"));
    done(&swept);
}

static void an_error_of_the_scenario_ends_it_as_one(void **state)
{
    struct swept swept;
    (void)state;
    answer(&swept, "pre(X) :- post(Y);", BOTH, plain);
    assert_true(harness_json_number(swept.answer, "status") == 2);
    assert_came_to(&swept, "", "error", 0, 0);
    done(&swept);
}

/* However many runs there are, they are not exceeded, and what is certified is a part of the whole.
 */
static void a_budget_of_runs_is_kept(void **state)
{
    struct swept swept;
    struct harness_job job = plain;
    double reached = 0;
    bool is_open = false;
    (void)state;
    answer(&swept, testing_twice, BOTH, job);
    const uint64_t all = (uint64_t)harness_json_number(swept.answer, "runs");
    assert_true(all > 10);
    for (job.runs_max = 1; job.runs_max < all; job.runs_max++) {
        answer_again(&swept, job);
        const cJSON *sweep = harness_json_get(swept.answer, "sweep");
        const cJSON *certified = harness_json_get(sweep, "certified");
        const double area =
            100 * harness_json_number(certified, "eot") + harness_json_number(certified, "eff");
        assert_true(harness_json_number(swept.answer, "runs") <= (double)job.runs_max);
        assert_string_equal(harness_json_text(sweep, "ended"), "budget");
        /* While it is open whether a violation recovers, nothing is certified. */
        const cJSON *steps = harness_json_get(sweep, "steps");
        const cJSON *last = cJSON_GetArrayItem(steps, cJSON_GetArraySize(steps) - 1);
        const bool is_certified = harness_json_is(swept.answer, "verdict", "certified");
        assert_true(is_certified || harness_json_is(swept.answer, "verdict", "incomplete"));
        assert_true(is_certified == (area > 0) ||
                    harness_json_is(last, "verdict", "counterexample"));
        is_open = is_open || (area > 0 && !is_certified);
        assert_true(area == 0 || area == 200 || area == 502 || area == 503 || area == 504);
        assert_true(area >= reached);
        reached = area;
    }
    assert_true(reached == 504 && is_open);
    answer_again(&swept, job);
    assert_string_equal(swept.steps, both_steps);
    done(&swept);
}

static void a_budget_of_seconds_is_kept(void **state)
{
    struct swept swept;
    struct harness_job job = plain;
    (void)state;
    job.seconds_max = 1e-9;
    answer(&swept, testing_twice, BOTH, job);
    assert_came_to(&swept, "incomplete", "budget", 0, 0);
    assert_string_equal(harness_json_text(swept.answer, "stopped_by"), "seconds");
    assert_true(harness_json_number(swept.answer, "status") == 3);
    done(&swept);
}

static void a_resumed_sweep_goes_on_from_what_is_certified(void **state)
{
    struct swept swept;
    struct harness_job job = plain;
    (void)state;
    job.eot_max = 5;
    answer(&swept, testing_twice, BOTH, job);
    assert_came_to(&swept, "certified", "bounds", 5, 4);
    cJSON *old = swept.answer;
    const double runs = harness_json_number(old, "runs");
    swept.answer = NULL;
    job.resumed = old;
    answer_again(&swept, job); /* nothing is beyond */
    assert_came_to(&swept, "certified", "bounds", 5, 4);
    assert_true(harness_json_number(swept.answer, "runs") == runs);
    job.eot_max = plain.eot_max;
    answer_again(&swept, job);
    assert_string_equal(swept.steps, both_steps);
    assert_came_to(&swept, "counterexample", "counterexample", 5, 4);
    const double all = harness_json_number(swept.answer, "runs");
    answer_again(&swept, plain); /* in one go */
    assert_true(all > runs && all == harness_json_number(swept.answer, "runs"));
    cJSON_Delete(old);
    done(&swept);
}

static void a_resumed_sweep_stays_within_bounds_that_are_fixed(void **state)
{
    struct swept swept;
    struct harness_job job = plain;
    (void)state;
    answer(&swept, testing_twice, "\"eot\": 5, \"eff\": \"sweep\"", job);
    cJSON *old = swept.answer;
    swept.answer = NULL;
    job.resumed = old;
    answer_again(&swept, job);
    assert_came_to(&swept, "certified", "bounds", 5, 4);
    assert_string_equal(swept.steps, "5,0,certified 5,2,certified 5,3,certified 5,4,certified ");
    cJSON_Delete(old);
    done(&swept);
}

/* Results come from databases, and these from anywhere. */
static void what_is_no_earlier_sweep_is_not_resumed(void **state)
{
    static const char *const nonsense[] = {
        "[]",
        "{}",
        "{\"verdict\": \"certified\", \"sweep\": 3}",
        "{\"verdict\": \"certified\", \"sweep\": {\"certified\": {\"eot\": 1e300, \"eff\": 2}, "
        "\"steps\": []}}",
        "{\"verdict\": \"certified\", \"sweep\": {\"certified\": {\"eot\": 9, \"eff\": -2}, "
        "\"steps\": []}}",
        "{\"verdict\": \"certified\", \"sweep\": {\"certified\": {\"eot\": 5.5, \"eff\": 2}, "
        "\"steps\": []}}",
        "{\"verdict\": \"certified\", \"sweep\": {\"certified\": {\"eot\": 5, \"eff\": 8}, "
        "\"steps\": []}}",
        "{\"verdict\": \"certified\", \"sweep\": {\"certified\": {\"eot\": 5, \"eff\": 4}}}",
        "{\"verdict\": \"kept\", \"sweep\": {\"certified\": {\"eot\": 5, \"eff\": 4}, "
        "\"steps\": []}}"};
    struct swept swept;
    struct harness_job job = plain;
    (void)state;
    answer(&swept, testing_twice, BOTH, plain);
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        cJSON *old = cJSON_Parse(nonsense[i]);
        assert_non_null(old);
        job.resumed = old;
        answer_again(&swept, job);
        assert_string_equal(swept.steps, both_steps);
        cJSON_Delete(old);
    }
    done(&swept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_grow_as_the_paper_has_it),
        cmocka_unit_test(a_violation_is_final_only_if_all_of_its_time_was_given),
        cmocka_unit_test(with_EFF_fixed_EOT_grows_to_its_end),
        cmocka_unit_test(with_EOT_fixed_EFF_grows_to_one_less),
        cmocka_unit_test(a_run_without_faults_that_never_keeps_its_promise_is_the_violation),
        cmocka_unit_test(a_promise_about_nothing_is_vacuous),
        cmocka_unit_test(an_EFF_beyond_every_EOT_is_an_error),
        cmocka_unit_test(an_error_of_the_scenario_ends_it_as_one),
        cmocka_unit_test(a_budget_of_runs_is_kept),
        cmocka_unit_test(a_budget_of_seconds_is_kept),
        cmocka_unit_test(a_resumed_sweep_goes_on_from_what_is_certified),
        cmocka_unit_test(a_resumed_sweep_stays_within_bounds_that_are_fixed),
        cmocka_unit_test(what_is_no_earlier_sweep_is_not_resumed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
