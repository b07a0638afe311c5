/* Bounds that grow (Alvaro et al., SIGMOD 2015, section 2.1.1): with EFF 0, EOT grows until the run
 * without faults keeps a promise that is not empty; then EFF grows; where a violation is found EOT
 * grows, for the protocol may only need time to recover; at EFF = EOT - 1 both grow. What ends it
 * is a budget, or a violation from which no time recovers: one whose faults break the promise at
 * every end of time up to twice the one at which it was found, and PATIENCE more. */
#include "job.h"

#include "json.h"
#include "report.h"
#include "status.h"

#include <math.h>

enum { PATIENCE = 10 };

struct sweep {
    const struct harness_job *job;
    bool sweeps_eot, sweeps_eff;
    uint32_t eot, eff;
    bool is_open; /* a budget ended it with a violation of which it is not known if it recovers */
    uint64_t runs;
    double runs_before, seconds_before; /* of earlier sweeps */
    double start_seconds;
    cJSON *steps;
    cJSON *certified; /* the report of the largest bounds certified; NULL: none */
    bool is_cut;      /* the job's largest EOT has ended it; a later one might say otherwise */
};

/* The report of one search at these bounds; of the run without faults and under `faults` alone,
 * unless that is NULL. */
static cJSON *ask(struct sweep *sweep, uint32_t eot, const cJSON *faults)
{
    struct harness_session session = {.combination = 0};
    struct harness_job job = *sweep->job;
    cJSON *report;
    if (faults != NULL)
        job.faults = faults;
    if (harness_job_read(&job, &session)) {
        session.scenario.eot = eot;
        session.scenario.eff = sweep->eff;
        session.scenario.sweeps_eot = session.scenario.sweeps_eff = false;
        report = harness_job_search(&job, &session, harness_seconds() - sweep->start_seconds,
                                    sweep->runs);
    } else {
        report = harness_errors_json(&session.diagnostics);
        cJSON_AddNumberToObject(report, "status", HARNESS_STATUS_BAD_INPUT);
    }
    sweep->runs += (uint64_t)session.search.runs;
    harness_session_free(&session);
    return report;
}

static bool is(const cJSON *report, const char *verdict)
{
    return harness_json_is(report, "verdict", verdict);
}

static cJSON *bounds_json(uint32_t eot, uint32_t eff)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "eot", eot);
    cJSON_AddNumberToObject(object, "eff", eff);
    return object;
}

/* Why a search stopped: no verdict, but an error or a spent budget. */
static bool has_stopped(const cJSON *report)
{
    return !is(report, "certified") && !is(report, "counterexample") && !is(report, "kept");
}

/* The first end of time from `eot` on at which the promise holds under the faults, and is about
 * something; 0: none up to `last`, or the search has stopped: `*why` is the last report then. */
static uint32_t find_recovery(struct sweep *sweep, uint32_t eot, uint32_t last, const cJSON *faults,
                              cJSON **why)
{
    for (; eot <= last; eot++) {
        cJSON_Delete(*why);
        *why = ask(sweep, eot, faults);
        if (has_stopped(*why))
            return 0;
        if (is(*why, "kept") && !harness_json_is_true(*why, "vacuous")) {
            cJSON_Delete(*why);
            *why = NULL;
            return eot;
        }
    }
    return 0;
}

static uint32_t least(uint32_t left, uint32_t right)
{
    return left < right ? left : right;
}

/* The next bounds after those certified; false if there are none. */
static bool advance(struct sweep *sweep)
{
    const uint32_t eff = sweep->eff < 2 ? 2 : sweep->eff + 1; /* 0 and 1: nothing is lost */
    if (sweep->sweeps_eff && eff < sweep->eot) {
        sweep->eff = eff;
        return true;
    }
    if (!sweep->sweeps_eot || sweep->eot >= sweep->job->eot_max)
        return false;
    sweep->eot++;
    if (sweep->sweeps_eff)
        sweep->eff = sweep->eot - 1;
    return true;
}

/* A bound in a report that may come from anywhere: one that the sweep can have come to. */
static bool read_bound(const cJSON *bounds, const char *key, bool sweeps, uint32_t *bound)
{
    const double number = harness_json_number(bounds, key);
    const bool is_right =
        sweeps ? number >= *bound && number <= HARNESS_TIME_MAX && floor(number) >= number
               : number >= *bound && number <= *bound;
    if (is_right)
        *bound = (uint32_t)number;
    return is_right;
}

/* Goes on where an earlier sweep stands; false if there is nothing beyond. */
static bool resume(struct sweep *sweep)
{
    const cJSON *resumed = sweep->job->resumed, *old = harness_json_get(resumed, "sweep");
    const cJSON *bounds = harness_json_get(old, "certified");
    const cJSON *steps = harness_json_get(old, "steps");
    uint32_t eot = sweep->eot, eff = sweep->eff;
    if (!read_bound(bounds, "eot", sweep->sweeps_eot, &eot) ||
        !read_bound(bounds, "eff", sweep->sweeps_eff, &eff) || eff > eot || !cJSON_IsArray(steps) ||
        !is(resumed, "certified"))
        return true;
    sweep->eot = eot;
    sweep->eff = eff;
    sweep->runs_before = harness_json_number(resumed, "runs");
    sweep->seconds_before = harness_json_number(harness_json_get(resumed, "seconds"), "total");
    cJSON_Delete(sweep->steps);
    sweep->steps = cJSON_Duplicate(steps, true);
    sweep->certified = cJSON_Duplicate(resumed, true);
    cJSON_DeleteItemFromObjectCaseSensitive(sweep->certified, "sweep");
    cJSON_DeleteItemFromObjectCaseSensitive(sweep->certified, "choice");
    return advance(sweep);
}

static void add_step(struct sweep *sweep, const cJSON *report)
{
    cJSON *step = bounds_json(sweep->eot, sweep->eff);
    const cJSON *verdict = harness_json_get(report, "verdict");
    if (cJSON_IsString(verdict))
        cJSON_AddStringToObject(step, "verdict", verdict->valuestring);
    cJSON_AddItemToObject(step, "runs", cJSON_Duplicate(harness_json_get(report, "runs"), true));
    cJSON_AddItemToArray(sweep->steps, step);
}

/* Takes the report of a violation; true if EOT has grown to where it is none, and the sweep goes
 * on. If not, `*report` may have become one of a search that stopped. */
static bool recovers(struct sweep *sweep, cJSON **report)
{
    cJSON *why = NULL;
    const cJSON *found = harness_json_first(*report, "counterexamples");
    if (!sweep->sweeps_eot || found == NULL)
        return false;
    const uint32_t last = sweep->eot * 2 + PATIENCE, eot_max = sweep->job->eot_max;
    const uint32_t eot = find_recovery(sweep, sweep->eot + 1, least(last, eot_max), found, &why);
    sweep->is_cut = last > eot_max;
    if (eot > 0)
        sweep->eot = eot;
    sweep->is_open = eot == 0 && why != NULL && has_stopped(why);
    if (eot > 0 || sweep->is_open) {
        cJSON_Delete(*report);
        *report = why;
    } else {
        cJSON_Delete(why);
    }
    return eot > 0;
}

/* Grows EOT to where the run without faults keeps a promise. */
static bool find_good(struct sweep *sweep, cJSON **report)
{
    if (!sweep->sweeps_eot)
        return true;
    cJSON *none = cJSON_Parse("{\"omissions\": [], \"crashes\": []}");
    const uint32_t eot = find_recovery(sweep, sweep->eot, sweep->job->eot_max, none, report);
    cJSON_Delete(none);
    sweep->eot = eot > 0 ? eot : sweep->eot;
    sweep->is_cut = eot == 0;
    return eot > 0;
}

/* Searches at one pair of bounds and moves on to the next; false at the end, where `*report` is
 * what the sweep has come to, unless that is what it certified last. */
static bool grow(struct sweep *sweep, cJSON **report)
{
    if (!find_good(sweep, report))
        return false;
    *report = ask(sweep, sweep->eot, NULL);
    add_step(sweep, *report);
    if (is(*report, "counterexample"))
        return recovers(sweep, report);
    if (!is(*report, "certified"))
        return false;
    cJSON_Delete(sweep->certified);
    sweep->certified = *report;
    *report = NULL;
    return advance(sweep);
}

/* What ended it, in a word. */
static const char *ending(const struct sweep *sweep, const cJSON *report)
{
    if (report == NULL)
        return "bounds";
    if (harness_json_get(report, "error") != NULL)
        return "error";
    if (is(report, "counterexample"))
        return sweep->is_cut ? "bounds" : "counterexample";
    return has_stopped(report) ? "budget" : "vacuous";
}

/* What was swept, and how it ended. */
static cJSON *swept_json(const struct sweep *sweep, const cJSON *report)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToObject(
        object, "certified",
        sweep->certified == NULL
            ? cJSON_CreateNull()
            : cJSON_Duplicate(harness_json_get(sweep->certified, "bounds"), true));
    cJSON_AddStringToObject(object, "ended", ending(sweep, report));
    cJSON_AddItemToObject(object, "steps", sweep->steps);
    return object;
}

/* The answer: a violation and an error are what the sweep is about; else it is what was certified.
 */
static cJSON *choose_answer(struct sweep *sweep, cJSON *report)
{
    const bool is_certified = sweep->certified != NULL && !sweep->is_open &&
                              (report == NULL || (!is(report, "counterexample") &&
                                                  !cJSON_HasObjectItem(report, "error")));
    cJSON_Delete(is_certified ? report : sweep->certified);
    return is_certified ? sweep->certified : report;
}

static void put_number(cJSON *object, const char *key, double number)
{
    cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (item != NULL)
        cJSON_SetNumberValue(item, number);
}

/* Where the sweep begins; a report of what is wrong, if there is no such place. */
static cJSON *begin(struct sweep *sweep)
{
    struct harness_session session = {.combination = 0};
    cJSON *report = NULL;
    harness_job_read(sweep->job, &session);
    sweep->eff = sweep->sweeps_eff ? 0 : session.scenario.eff;
    sweep->eot = !sweep->sweeps_eot ? session.scenario.eot : sweep->eff > 1 ? sweep->eff : 1;
    if (sweep->sweeps_eot && sweep->eot > sweep->job->eot_max) {
        lineage_error(&session.diagnostics, session.scenario.given.eff,
                      "EFF is %u and EOT grows up to %u: EFF may not exceed EOT; see --max-eot",
                      sweep->eff, sweep->job->eot_max);
        report = harness_errors_json(&session.diagnostics);
        cJSON_AddNumberToObject(report, "status", HARNESS_STATUS_BAD_INPUT);
    }
    harness_session_free(&session);
    return report;
}

cJSON *harness_sweep_bounds(const struct harness_job *job, bool sweeps_eot, bool sweeps_eff)
{
    struct sweep sweep = {.job = job,
                          .sweeps_eot = sweeps_eot,
                          .sweeps_eff = sweeps_eff,
                          .start_seconds = harness_seconds(),
                          .steps = cJSON_CreateArray()};
    cJSON *report = begin(&sweep);
    bool goes_on = report == NULL && resume(&sweep);
    while (goes_on)
        goes_on = grow(&sweep, &report);
    cJSON *swept = swept_json(&sweep, report);
    report = choose_answer(&sweep, report);
    put_number(report, "runs", sweep.runs_before + (double)sweep.runs);
    put_number(cJSON_GetObjectItemCaseSensitive(report, "seconds"), "total",
               sweep.seconds_before + harness_seconds() - sweep.start_seconds);
    cJSON_AddItemToObject(report, "sweep", swept);
    return report;
}
