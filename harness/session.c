#include "session.h"

#include "choices.h"
#include "faults_file.h"
#include "status.h"
#include "symmetry.h"

/* A scenario that names its faults is replayed, not searched. */
static bool read_faults(struct harness_session *session)
{
    const struct harness_scenario *scenario = &session->scenario;
    if (scenario->faults == NULL)
        return true;
    const size_t errors = session->diagnostics.error_count;
    session->search.options.strategy = HARNESS_REPLAY;
    harness_faults_take(scenario->faults, scenario->given.faults, session->executor.universe,
                        scenario->eot, &session->search.replayed, &session->diagnostics);
    return session->diagnostics.error_count == errors;
}

static bool is_interrupted(void *context)
{
    const struct harness_budget *budget = context;
    return budget->interrupted != NULL && *budget->interrupted;
}

bool harness_session_open(struct harness_session *session)
{
    struct harness_scenario *scenario = &session->scenario;
    struct harness_search *search = &session->search;
    session->executor.poll = is_interrupted; /* opening may run the protocol */
    session->executor.poll_context = &search->budget;
    if (!harness_scenario_check(scenario, &session->diagnostics) ||
        (!session->keeps_given &&
         !harness_choices_take(scenario, session->combination, &session->diagnostics)) ||
        !harness_executor_open(&session->executor, scenario, &session->diagnostics) ||
        !harness_symmetry_check(scenario, &session->executor, &session->diagnostics) ||
        !read_faults(session))
        return false;
    session->executor.poll = NULL;
    search->scenario = scenario;
    search->executor = &session->executor;
    search->bounds = harness_scenario_bounds(scenario);
    search->diagnostics = &session->diagnostics;
    return true;
}

void harness_session_free(struct harness_session *session)
{
    harness_search_free(&session->search);
    lineage_memory_free(session->search.bounds.immune);
    lineage_schedule_free(&session->search.replayed);
    if (session->executor.close != NULL)
        session->executor.close(&session->executor);
    harness_scenario_destroy(&session->scenario);
    lineage_diagnostics_free(&session->diagnostics);
}

int harness_session_status(const struct harness_session *session)
{
    const struct harness_search *search = &session->search;
    if (search->failure == HARNESS_MODEL_FAILURE)
        return HARNESS_STATUS_BAD_INPUT;
    if (search->failure != HARNESS_NO_FAILURE)
        return HARNESS_STATUS_MACHINE;
    if (search->budget.stop == HARNESS_STOPPED_BY_USER)
        return HARNESS_STATUS_INTERRUPTED;
    if (harness_is_as_expected(search))
        return HARNESS_STATUS_OK;
    if (search->verdict == HARNESS_INCOMPLETE)
        return HARNESS_STATUS_NO_ANSWER;
    if (session->scenario.expect != HARNESS_NO_EXPECTATION)
        return HARNESS_STATUS_FOUND;
    return search->verdict == HARNESS_COUNTEREXAMPLE ? HARNESS_STATUS_FOUND : HARNESS_STATUS_OK;
}
