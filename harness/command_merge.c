#include "command.h"

#include "printable.h"
#include "version.h"

#include "../lineage/results.h"

#include <sqlite3.h>
#include <sys/stat.h>

enum { STEPS_TO_POLL = 10000 }; /* of SQLite's machine */

#include <unistd.h>

static const struct harness_option options[] = {HARNESS_OUTPUT_OPTIONS, {0, NULL, 0, NULL, NULL}};

/* What is said of the whole, in JSON and for people. */
struct merge {
    struct harness_request *request;
    cJSON *inputs, *conflicts, *lacking;
    const char *path; /* of the database being joined */
    bool machine_failed;
    /* What progress goes by: how many bytes the databases have, and those that are joined. */
    double bytes, bytes_joined, start_seconds, drawn;
    size_t operand; /* being joined */
};

static double file_bytes(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? (double)status.st_size : 0;
}

static void show_progress(struct merge *merge)
{
    char line[512], left[64] = "";
    if (merge->request->quiet || !isatty(STDERR_FILENO) ||
        !harness_progress_is_due(merge->start_seconds, &merge->drawn))
        return;
    const double seconds = harness_seconds() - merge->start_seconds;
    if (merge->bytes_joined > 0)
        snprintf(left, sizeof left, ", about %.0f s left",
                 1 + seconds * (merge->bytes - merge->bytes_joined) / merge->bytes_joined);
    snprintf(line, sizeof line, "merge: %zu of %zu databases, %.0f s%s, reading %s",
             merge->operand - 1, merge->request->line.operands.count - 1, seconds, left,
             merge->path);
    harness_progress_show(line);
}

/* A text of a database, for a terminal. */
static const char *printable(struct merge *merge, const char *text)
{
    return harness_make_printable(
        lineage_arena_text(&merge->request->line.arena, text, strlen(text)));
}

static void note_conflict(void *context, const char *scenario, const char *choice, const char *ours,
                          const char *theirs)
{
    struct merge *merge = context;
    cJSON *conflict = cJSON_CreateObject();
    cJSON_AddStringToObject(conflict, "database", merge->path);
    cJSON_AddStringToObject(conflict, "scenario", scenario);
    cJSON_AddStringToObject(conflict, "choice", choice);
    cJSON_AddStringToObject(conflict, "ours", ours);
    cJSON_AddStringToObject(conflict, "theirs", theirs);
    cJSON_AddItemToArray(merge->conflicts, conflict);
    harness_progress_end(&merge->drawn);
    if (!merge->request->json && !merge->request->quiet)
        printf("conflict: %s%s%s is %s here and %s in %s\n", printable(merge, scenario),
               choice[0] != '\0' ? " with " : "", printable(merge, choice), printable(merge, ours),
               printable(merge, theirs), merge->path);
}

static void note_lack(void *context, const char *plan, uint32_t number, uint32_t count,
                      bool is_there)
{
    struct merge *merge = context;
    cJSON *lack = cJSON_CreateObject();
    cJSON_AddStringToObject(lack, "plan", plan);
    cJSON_AddNumberToObject(lack, "shard", number);
    cJSON_AddNumberToObject(lack, "count", count);
    cJSON_AddStringToObject(lack, "state", is_there ? "unfinished" : "missing");
    cJSON_AddItemToArray(merge->lacking, lack);
    if (!merge->request->json && !merge->request->quiet)
        printf("shard %u of %u is %s (sweep %.8s)\n", number, count,
               is_there ? "not finished" : "missing", printable(merge, plan));
}

/* Asked by SQLite now and then; it ends what it does when this is not 0. */
static int is_interrupted(void *context)
{
    show_progress(context);
    return harness_interrupted;
}

/* Joins one database; false, with an error, if it cannot be. */
static bool join(struct merge *merge, struct lineage_store *store, size_t operand)
{
    struct harness_request *request = merge->request;
    struct lineage_merged merged;
    merge->path = request->line.operands.items[operand];
    merge->operand = operand;
    if (harness_interrupted)
        return false;
    if (!lineage_store_merge(store, merge->path, note_conflict, merge, &merged)) {
        if (harness_interrupted)
            return false; /* what was joined before stays */
        lineage_error(&request->session.diagnostics, request->line.operand_places.items[operand],
                      "cannot merge %s: %s", merge->path, lineage_store_error(store));
        merge->machine_failed = merge->machine_failed || merged.machine_failed;
        return false;
    }
    cJSON *input = cJSON_CreateObject();
    cJSON_AddStringToObject(input, "database", merge->path);
    cJSON_AddNumberToObject(input, "results", (double)merged.results);
    cJSON_AddNumberToObject(input, "searches", (double)merged.searches);
    cJSON_AddItemToArray(merge->inputs, input);
    merge->bytes_joined += file_bytes(merge->path);
    harness_progress_end(&merge->drawn);
    if (!request->json && !request->quiet)
        printf("%s: %zu new result%s, %zu new search%s\n", merge->path, (size_t)merged.results,
               merged.results == 1 ? "" : "s", (size_t)merged.searches,
               merged.searches == 1 ? "" : "es");
    return true;
}

/* Joins them all; `*is_any`: at least one. Returns the exit status. */
static int merge_all(struct harness_request *request, struct lineage_store *store, bool *is_any)
{
    struct merge merge = {.request = request,
                          .inputs = cJSON_CreateArray(),
                          .conflicts = cJSON_CreateArray(),
                          .lacking = cJSON_CreateArray()};
    bool is_right = true;
    merge.start_seconds = harness_seconds();
    for (size_t i = 1; i < request->line.operands.count; i++)
        merge.bytes += file_bytes(request->line.operands.items[i]);
    sqlite3_progress_handler(lineage_store_database(store), STEPS_TO_POLL, is_interrupted, &merge);
    for (size_t i = 1; i < request->line.operands.count; i++)
        is_right = join(&merge, store, i) && is_right;
    if (is_right && !lineage_store_lacks(store, note_lack, &merge)) {
        lineage_error(&request->session.diagnostics, (struct lineage_place){0}, "%s",
                      lineage_store_error(store));
        merge.machine_failed = true;
        is_right = false;
    }
    harness_progress_end(&merge.drawn);
    *is_any = cJSON_GetArraySize(merge.inputs) > 0;
    const int status = harness_interrupted                       ? HARNESS_STATUS_INTERRUPTED
                       : merge.machine_failed                    ? HARNESS_STATUS_MACHINE
                       : !is_right                               ? HARNESS_STATUS_BAD_INPUT
                       : cJSON_GetArraySize(merge.conflicts) > 0 ? HARNESS_STATUS_FOUND
                       : cJSON_GetArraySize(merge.lacking) > 0   ? HARNESS_STATUS_NO_ANSWER
                                                                 : HARNESS_STATUS_OK;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "tool", "ldfi");
    cJSON_AddStringToObject(object, "version", HARNESS_VERSION);
    cJSON_AddStringToObject(object, "command", "merge");
    cJSON_AddNumberToObject(object, "status", status);
    cJSON_AddItemToObject(object, "merged", merge.inputs);
    cJSON_AddItemToObject(object, "conflicts", merge.conflicts);
    cJSON_AddItemToObject(object, "lacking", merge.lacking);
    if (request->json && is_right)
        harness_print_json(object, stdout);
    else
        cJSON_Delete(object);
    return status;
}

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    struct harness_request request = {.command = command};
    struct lineage_store *store = NULL;
    int status = harness_request_parse(&request, command, argc, argv);
    if (status >= 0)
        return status;
    if (request.line.operands.count < 2) {
        lineage_error(&request.session.diagnostics,
                      (struct lineage_place){request.line.source, 1, 1},
                      "name the database to write and at least one to read; see --help");
        return harness_request_fail(&request, HARNESS_STATUS_BAD_INPUT);
    }
    const bool is_new = access(request.line.operands.items[0], F_OK) != 0;
    const enum lineage_store_failure failure =
        lineage_store_open(request.line.operands.items[0], &store, &request.session.diagnostics);
    if (failure != LINEAGE_STORE_OK)
        return harness_request_fail(&request, failure == LINEAGE_STORE_UNFIT
                                                  ? HARNESS_STATUS_BAD_INPUT
                                                  : HARNESS_STATUS_MACHINE);
    bool is_any = false;
    status = merge_all(&request, store, &is_any);
    if (is_any || !is_new)
        lineage_store_close(store);
    else
        lineage_store_discard(store); /* a file that was made for nothing */
    return request.session.diagnostics.error_count > 0 ? harness_request_fail(&request, status)
                                                       : harness_request_finish(&request, status);
}

const struct harness_command harness_command_merge = {
    .name = "merge",
    .summary = "join the databases of sweeps and searches",
    .purpose = HARNESS_EXCHANGES,
    .synopsis = "OUT.db IN.db...\n",
    .about = "Joins databases of sweeps and searches into OUT.db, which is made if it is not\n"
             "there. Doing it twice changes nothing, and the order does not matter. Each IN.db\n"
             "is taken whole or not at all; one that cannot be taken does not keep out the\n"
             "others (exit status 2). Says which questions the databases answer differently\n"
             "(exit status 1; the answer that is there stays), and which shards of a sweep are\n"
             "missing or did not come to their end (exit status 3).\n",
    .examples = "ldfi sweep scenarios/paxos --db a.db --quiet && ldfi merge all.db a.db\n",
    .options = options,
    .run = run_command};
