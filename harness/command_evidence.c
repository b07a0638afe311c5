/* What commands share that speak of one run: which faults it has, and where it comes from. */
#include "command.h"

#include "evidence.h"
#include "faults_file.h"

#include <string.h>

static uint32_t find_node(struct harness_request *request, const char *name,
                          struct lineage_place place)
{
    const struct lineage_universe *universe = request->session.executor.universe;
    for (uint32_t node = 0; node < universe->nodes.count; node++)
        if (strcmp(lineage_node_name(universe, node), name) == 0)
            return node;
    lineage_error(&request->session.diagnostics, place,
                  "'%s' is no node of the scenario; the nodes are %s", name,
                  harness_join(&request->line.arena, &request->session.scenario.nodes, ", "));
    return LINEAGE_NONE;
}

static void read_fault(struct harness_request *request, const struct harness_fault_words *fault,
                       struct lineage_schedule *schedule)
{
    const bool is_crash = fault->option == HARNESS_CRASH_OPTION;
    const size_t wanted = is_crash ? 2 : 3;
    harness_texts parts = {0};
    uint64_t time;
    harness_split(&request->session.scenario, fault->words, &parts);
    if (parts.count != wanted) {
        lineage_error(&request->session.diagnostics, fault->place, "write %s, as in %s",
                      is_crash ? "--crash NODE,TIME" : "--omit FROM,TO,TIME",
                      is_crash ? "--crash c,4" : "--omit a,b,1");
    } else if (harness_read_number(parts.items[wanted - 1], request->session.scenario.eot, &time,
                                   fault->place, &request->session.diagnostics)) {
        const uint32_t from = find_node(request, parts.items[0], fault->place);
        const uint32_t to =
            is_crash ? from : find_node(request, parts.items[wanted - 2], fault->place);
        if (time == 0)
            lineage_error(&request->session.diagnostics, fault->place,
                          "time runs from 1 to %u (EOT)", request->session.scenario.eot);
        else if (is_crash && lineage_schedule_crash_time(schedule, from) != LINEAGE_NONE)
            lineage_error(&request->session.diagnostics, fault->place, "%s crashes twice",
                          parts.items[0]);
        else if (is_crash)
            lineage_schedule_add_crash(schedule, (struct lineage_crash){(uint32_t)time, from});
        else if (from == to && from != LINEAGE_NONE)
            lineage_error(&request->session.diagnostics, fault->place,
                          "a message of a node to itself cannot be lost");
        else
            lineage_schedule_add_omission(schedule,
                                          (struct lineage_omission){(uint32_t)time, from, to});
    }
    lineage_memory_free(parts.items);
}

bool harness_request_faults(struct harness_request *request, struct lineage_schedule *schedule)
{
    const size_t errors = request->session.diagnostics.error_count;
    if (request->faults.count == 0) /* then those of the scenario, if it has some */
        lineage_schedule_copy(schedule, &request->session.search.replayed);
    for (size_t i = 0; i < request->faults.count; i++) {
        const struct harness_fault_words *fault = &request->faults.items[i];
        if (fault->option == HARNESS_FAULTS_OPTION)
            harness_faults_read(fault->words, fault->place, request->session.executor.universe,
                                request->session.scenario.eot, schedule,
                                &request->session.diagnostics, &request->line.arena);
        else
            read_fault(request, fault, schedule);
    }
    return request->session.diagnostics.error_count == errors;
}

int harness_request_outcome(struct harness_request *request, enum harness_outcome outcome)
{
    const struct harness_executor *executor = &request->session.executor;
    if (outcome == HARNESS_INTERRUPTED &&
        request->session.search.budget.stop != HARNESS_OUT_OF_MEMORY)
        return HARNESS_STATUS_INTERRUPTED;
    if (outcome == HARNESS_FAILED) {
        lineage_error(&request->session.diagnostics, executor->failure_place, "%s",
                      executor->failure);
        return HARNESS_STATUS_BAD_INPUT;
    }
    lineage_error(&request->session.diagnostics, (struct lineage_place){0}, "%s",
                  harness_stop_reason(HARNESS_OUT_OF_MEMORY));
    return HARNESS_STATUS_NO_ANSWER;
}

/* Reads back a capture. */
static int open_capture(struct harness_request *request, struct lineage_store *store,
                        const struct lineage_stored_run *run, struct harness_evidence *evidence)
{
    if (harness_evidence_restore(evidence, store, run))
        return -1;
    lineage_error(&request->session.diagnostics, request->source_place, "%s: %s", request->database,
                  lineage_store_error(store));
    return HARNESS_STATUS_BAD_INPUT;
}

/* Reads from an open database. */
static int read_run(struct harness_request *request, struct lineage_store *store,
                    struct harness_evidence *evidence)
{
    struct harness_session *session = &request->session;
    struct lineage_stored_run run;
    struct lineage_schedule faults = {.omissions = {0}};
    if (!lineage_store_find_run(store, request->run, &run)) {
        lineage_error(&session->diagnostics, request->source_place, "%s: %s", request->database,
                      lineage_store_error(store));
        return HARNESS_STATUS_BAD_INPUT;
    }
    if (run.is_capture)
        return open_capture(request, store, &run, evidence);
    const bool is_read =
        harness_evidence_open_search(store, run.search, session) &&
        (request->faults.count > 0 ? harness_request_faults(request, &faults)
                                   : harness_evidence_read_faults(store, run.id, session, &faults));
    if (!is_read) {
        lineage_schedule_free(&faults);
        return HARNESS_STATUS_BAD_INPUT;
    }
    const enum harness_outcome outcome = harness_evidence_make(evidence, session, &faults);
    evidence->run = request->faults.count > 0 ? 0 : run.id;
    return outcome == HARNESS_OK ? -1 : harness_request_outcome(request, outcome);
}

static int open_database(struct harness_request *request, struct harness_evidence *evidence)
{
    struct lineage_store *store;
    const enum lineage_store_failure failure =
        lineage_store_open_existing(request->database, &store, &request->session.diagnostics);
    if (failure != LINEAGE_STORE_OK)
        return failure == LINEAGE_STORE_UNFIT ? HARNESS_STATUS_BAD_INPUT : HARNESS_STATUS_MACHINE;
    const int status = read_run(request, store, evidence);
    lineage_store_close(store);
    return status;
}

int harness_request_evidence(struct harness_request *request, struct harness_evidence *evidence)
{
    struct lineage_schedule faults = {.omissions = {0}};
    *evidence = (struct harness_evidence){.session = &request->session};
    if (request->database != NULL)
        return open_database(request, evidence);
    if (request->run > 0) {
        lineage_error(&request->session.diagnostics, request->source_place,
                      "--run names a run of a database; of a scenario, name faults: --omit, "
                      "--crash or --faults");
        return HARNESS_STATUS_BAD_INPUT;
    }
    if (!harness_request_faults(request, &faults)) {
        lineage_schedule_free(&faults);
        return HARNESS_STATUS_BAD_INPUT;
    }
    const enum harness_outcome outcome =
        harness_evidence_make(evidence, &request->session, &faults);
    return outcome == HARNESS_OK ? -1 : harness_request_outcome(request, outcome);
}
