/* Bounds that grow (Alvaro et al., SIGMOD 2015, section 2.1.1): with EFF 0, EOT grows until the run
 * without faults keeps a promise that is not empty; then EFF grows; where a violation is found EOT
 * grows, for the protocol may only need time to recover; at EFF = EOT - 1 both grow. What ends it
 * is a budget, or a violation from which no time recovers: one whose faults break the promise at
 * every end of time up to twice the one at which it was found, and PATIENCE more. */
#include "job.h"

#include "json.h"
#include "report.h"
#include "status.h"

enum { PATIENCE = 10 };

struct sweep {
    const struct harness_job *job;
    bool sweeps_eot, sweeps_eff;
    uint32_t eot, eff;
    uint64_t runs;
    double start_seconds;
    cJSON *steps;
    cJSON *certified; /* the report of the largest bounds certified; NULL: none */
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
    /* EFF 0 and 1 are the same: nothing is lost. */
    const bool grows_eff = sweep->sweeps_eff && sweep->eff + 1 < sweep->eot;
    if (sweep->sweeps_eff && (grows_eff || sweep->sweeps_eot))
        sweep->eff = sweep->eff == 0 ? 2 : sweep->eff + 1;
    if (grows_eff)
        return true;
    sweep->eot++;
    return sweep->sweeps_eot && sweep->eot <= sweep->job->eot_max;
}

/* Where an earlier sweep stands. */
static void resume(struct sweep *sweep)
{
    const cJSON *old = harness_json_get(sweep->job->resumed, "sweep");
    const cJSON *bounds = harness_json_get(old, "certified");
    const cJSON *steps = harness_json_get(old, "steps");
    const cJSON *eot = harness_json_get(bounds, "eot");
    const cJSON *eff = harness_json_get(bounds, "eff");
    if (!cJSON_IsNumber(eot) || !cJSON_IsNumber(eff) || !cJSON_IsArray(steps))
        return;
    sweep->eot = (uint32_t)eot->valuedouble;
    sweep->eff = (uint32_t)eff->valuedouble;
    cJSON_Delete(sweep->steps);
    sweep->steps = cJSON_Duplicate(steps, true);
    sweep->certified = cJSON_Duplicate(sweep->job->resumed, true);
    cJSON_DeleteItemFromObjectCaseSensitive(sweep->certified, "sweep");
    cJSON_DeleteItemFromObjectCaseSensitive(sweep->certified, "choice");
    advance(sweep);
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
    const uint32_t eot = find_recovery(
        sweep, sweep->eot + 1, least(sweep->eot * 2 + PATIENCE, sweep->job->eot_max), found, &why);
    if (eot > 0)
        sweep->eot = eot;
    if (eot > 0 || (why != NULL && has_stopped(why))) {
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
static const char *ending(const cJSON *report)
{
    if (report == NULL)
        return "bounds";
    return is(report, "counterexample") ? "counterexample"
           : has_stopped(report)        ? "budget"
                                        : "vacuous";
}

static cJSON *certified_bounds(const struct sweep *sweep)
{
    return sweep->certified == NULL
               ? cJSON_CreateNull()
               : cJSON_Duplicate(harness_json_get(sweep->certified, "bounds"), true);
}

cJSON *harness_sweep_bounds(const struct harness_job *job, bool sweeps_eot, bool sweeps_eff)
{
    struct harness_session session = {.combination = 0};
    struct sweep sweep = {.job = job,
                          .sweeps_eot = sweeps_eot,
                          .sweeps_eff = sweeps_eff,
                          .start_seconds = harness_seconds(),
                          .steps = cJSON_CreateArray()};
    cJSON *report = NULL;
    harness_job_read(job, &session);
    sweep.eff = sweeps_eff ? 0 : session.scenario.eff;
    sweep.eot = sweeps_eot ? (sweep.eff > 1 ? sweep.eff : 1) : session.scenario.eot;
    harness_session_free(&session);
    resume(&sweep);
    while (sweep.eot <= job->eot_max && grow(&sweep, &report))
        ;
    cJSON *swept = cJSON_CreateObject();
    cJSON_AddItemToObject(swept, "certified", certified_bounds(&sweep));
    cJSON_AddStringToObject(swept, "ended", ending(report));
    /* A violation and an error are what the sweep is about; else it is what was certified. */
    if (sweep.certified != NULL && (report == NULL || (!is(report, "counterexample") &&
                                                       !cJSON_HasObjectItem(report, "error")))) {
        cJSON_Delete(report);
        report = sweep.certified;
    } else {
        cJSON_Delete(sweep.certified);
    }
    cJSON_AddItemToObject(swept, "steps", sweep.steps);
    cJSON_ReplaceItemInObjectCaseSensitive(report, "runs", cJSON_CreateNumber((double)sweep.runs));
    cJSON *seconds = cJSON_GetObjectItemCaseSensitive(report, "seconds");
    cJSON_ReplaceItemInObjectCaseSensitive(
        seconds, "total", cJSON_CreateNumber(harness_seconds() - sweep.start_seconds));
    cJSON_AddItemToObject(report, "sweep", swept);
    return report;
}
