#include "job.h"

#include "choices.h"
#include "report.h"
#include "status.h"

bool harness_job_read(const struct harness_job *job, struct harness_session *session)
{
    struct harness_scenario *scenario = &session->scenario;
    struct lineage_diagnostics *diagnostics = &session->diagnostics;
    harness_scenario_create(scenario);
    session->combination = job->combination;
    session->search.options = job->options;
    if (!harness_scenario_read(scenario, job->path, diagnostics))
        return false;
    if (job->model != NULL && job->replaced < scenario->model.count)
        scenario->model.items[job->replaced] = job->model;
    if (job->faults != NULL) {
        cJSON_Delete(scenario->faults);
        scenario->faults = cJSON_Duplicate(job->faults, true);
        scenario->given.faults = (struct lineage_place){scenario->source, 1, 1};
    }
    if (job->eot > 0) {
        scenario->eot = job->eot;
        scenario->eff = job->eff;
        scenario->sweeps_eot = scenario->sweeps_eff = false;
    }
    harness_choices_pin(scenario, job->choice);
    return harness_choices_count(scenario, diagnostics) > 0 &&
           harness_choices_take(scenario, job->combination, diagnostics);
}

static cJSON *failed(const struct harness_session *session, int status)
{
    cJSON *report = harness_errors_json(&session->diagnostics);
    cJSON_AddNumberToObject(report, "status", status);
    return report;
}

cJSON *harness_job_search(const struct harness_job *job, struct harness_session *session,
                          double seconds_spent, uint64_t runs_spent)
{
    struct harness_search *search = &session->search;
    if (!harness_session_open(session))
        return failed(session, HARNESS_STATUS_BAD_INPUT);
    search->budget.memory_max = job->memory_max;
    search->budget.interrupted = job->interrupted;
    /* Where nothing is left it stops before it begins: a budget of 0 would be no limit. */
    if (job->seconds_max > 0 && job->seconds_max <= seconds_spent)
        search->budget.stop = HARNESS_OUT_OF_TIME;
    else if (job->seconds_max > 0)
        search->budget.seconds_max = job->seconds_max - seconds_spent;
    if (job->runs_max > 0 && job->runs_max <= runs_spent)
        search->budget.stop = HARNESS_OUT_OF_RUNS;
    else if (job->runs_max > 0)
        search->budget.runs_max = job->runs_max - runs_spent;
    harness_budget_measure(&search->budget);
    lineage_memory_watch(harness_budget_watch, &search->budget);
    harness_search_run(search);
    const int status = harness_session_status(session);
    cJSON *report = search->failure == HARNESS_NO_FAILURE ? harness_report_json(search)
                                                          : failed(session, status);
    if (search->failure == HARNESS_NO_FAILURE)
        cJSON_AddNumberToObject(report, "status", status);
    lineage_memory_watch(NULL, NULL);
    return report;
}

/* Says which inputs were chosen. */
static void add_choice(const struct harness_job *job, const struct harness_session *session,
                       cJSON *report)
{
    cJSON *choice = harness_choices_json(&session->scenario, job->combination);
    if (choice != NULL)
        cJSON_AddItemToObject(report, "choice", choice);
}

cJSON *harness_job_answer(const struct harness_job *job)
{
    struct harness_session session = {.combination = 0};
    cJSON *report;
    if (!harness_job_read(job, &session)) {
        report = failed(&session, HARNESS_STATUS_BAD_INPUT);
    } else {
        const bool sweeps_eot = session.scenario.sweeps_eot,
                   sweeps_eff = session.scenario.sweeps_eff;
        report = sweeps_eot || sweeps_eff ? harness_sweep_bounds(job, sweeps_eot, sweeps_eff)
                                          : harness_job_search(job, &session, 0, 0);
        add_choice(job, &session, report);
    }
    harness_session_free(&session);
    return report;
}
