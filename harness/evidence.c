#include "evidence.h"

#include "budget.h"
#include "progress.h"

#include <string.h>

enum harness_outcome harness_evidence_make(struct harness_evidence *evidence,
                                           struct harness_session *session,
                                           struct lineage_schedule *faults)
{
    struct harness_executor *executor = &session->executor;
    const struct lineage_schedule none = {.omissions = {0}};
    *evidence = (struct harness_evidence){.session = session,
                                          .universe = executor->universe,
                                          .name = session->scenario.name,
                                          .bounds = session->search.bounds,
                                          .oracle = session->scenario.oracle,
                                          .faults = *faults};
    *faults = none;
    executor->poll = harness_budget_poll;
    executor->poll_context = &session->search.budget;
    if (session->search.budget.start_seconds <= 0)
        session->search.budget.start_seconds = harness_seconds();
    enum harness_outcome outcome = executor->execute(executor, &none, true, &evidence->good);
    if (outcome == HARNESS_OK)
        outcome = executor->execute(executor, &evidence->faults, true, &evidence->bad);
    if (outcome == HARNESS_OK)
        lineage_broken_promises(&evidence->bad, evidence->oracle, &evidence->good,
                                &evidence->broken);
    harness_progress_end(&session->search.progress_drawn);
    return outcome;
}

bool harness_evidence_restore(struct harness_evidence *evidence, struct lineage_store *store,
                              const struct lineage_stored_run *run)
{
    const bool is_restored = lineage_store_restore(store, run->search, &evidence->restored);
    evidence->universe = &evidence->restored.universe;
    evidence->name = evidence->restored.scenario;
    evidence->bounds = evidence->restored.bounds;
    evidence->oracle = evidence->restored.oracle;
    evidence->is_capture = true;
    evidence->run = run->id;
    if (!is_restored ||
        !lineage_store_read_schedule(store, run->id, evidence->universe->nodes.count,
                                     evidence->bounds.eot, &evidence->faults))
        return false;
    evidence->bad = evidence->restored.good;
    evidence->restored.good = (struct lineage_execution){.eot = 0};
    return true;
}

/* A text that stays as long as the scenario. */
static const char *keep(struct harness_scenario *scenario, const char *text)
{
    return lineage_arena_text(&scenario->arena, text, strlen(text));
}

static void take_program(struct harness_scenario *scenario, const lineage_sources *sources)
{
    lineage_sources *texts = lineage_arena_allocate(&scenario->arena, sizeof *texts);
    *texts = (lineage_sources){
        .items = lineage_arena_allocate(&scenario->arena, sources->count * sizeof *texts->items),
        .count = sources->count};
    for (size_t i = 0; i < sources->count; i++) {
        struct lineage_source *copy = lineage_arena_allocate(&scenario->arena, sizeof *copy);
        *copy = (struct lineage_source){keep(scenario, sources->items[i]->path),
                                        keep(scenario, sources->items[i]->text)};
        texts->items[i] = copy;
        LINEAGE_PUSH(&scenario->model, copy->path);
    }
    scenario->texts = texts;
}

static void take_scenario(struct harness_session *session, const struct lineage_restored *restored)
{
    struct harness_scenario *scenario = &session->scenario;
    static const struct lineage_source database = {"the database", NULL};
    harness_scenario_destroy(scenario);
    harness_scenario_create(scenario);
    scenario->name = keep(scenario, restored->scenario);
    scenario->eot = restored->bounds.eot;
    scenario->eff = restored->bounds.eff;
    scenario->crashes = restored->bounds.crashes;
    scenario->omissions = restored->bounds.omissions;
    scenario->oracle = restored->oracle;
    scenario->given.nodes = scenario->given.eot = scenario->given.eff = scenario->given.crashes =
        (struct lineage_place){&database, 0, 0};
    for (uint32_t node = 0; node < restored->universe.nodes.count; node++) {
        const char *name = keep(scenario, lineage_node_name(&restored->universe, node));
        LINEAGE_PUSH(&scenario->nodes, name);
        if (restored->bounds.immune[node])
            LINEAGE_PUSH(&scenario->immune, name);
    }
    take_program(scenario, &restored->sources);
}

bool harness_evidence_open_search(struct lineage_store *store, int64_t search,
                                  struct harness_session *session)
{
    struct lineage_restored restored;
    const bool is_read = lineage_store_restore_program(store, search, &restored);
    if (!is_read)
        lineage_error(&session->diagnostics, (struct lineage_place){0}, "%s",
                      lineage_store_error(store));
    else if (restored.sources.count == 0)
        lineage_error(&session->diagnostics, (struct lineage_place){0},
                      "search %lld of the database has no program", (long long)restored.search);
    else
        take_scenario(session, &restored);
    lineage_restored_free(&restored);
    return session->diagnostics.error_count == 0 && harness_session_open(session);
}

bool harness_evidence_read_faults(struct lineage_store *store, int64_t run,
                                  struct harness_session *session, struct lineage_schedule *faults)
{
    if (lineage_store_read_schedule(store, run, session->executor.universe->nodes.count,
                                    session->scenario.eot, faults))
        return true;
    lineage_error(&session->diagnostics, (struct lineage_place){0}, "%s",
                  lineage_store_error(store));
    return false;
}

void harness_evidence_free(struct harness_evidence *evidence)
{
    lineage_execution_free(&evidence->good);
    lineage_execution_free(&evidence->bad);
    lineage_memory_free(evidence->broken.items);
    lineage_schedule_free(&evidence->faults);
    if (evidence->is_capture)
        lineage_restored_free(&evidence->restored);
    *evidence = (struct harness_evidence){.run = 0};
}
