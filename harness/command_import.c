#include "command.h"

#include "budget.h"
#include "capture.h"
#include "printable.h"
#include "progress.h"
#include "version.h"

#include "../lineage/path.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MESSAGES_SHOWN = 50000 }; /* so many take a time that is noticed */

enum import_option { PCAP = HARNESS_OWN_OPTIONS, MAP, DB, FRAMES };

static const struct harness_option options[] = {
    {PCAP, "pcap", 0, "FILE", "the capture: pcap or pcapng, of any link type"},
    {MAP, "map", 0, "FILE.json", "which address is which node, which field is what"},
    {DB, "db", 0, "FILE.db", "the database to write to; made if it is not there"},
    {FRAMES, "frames", 0, "FROM-TO", "look at these frames only"},
    HARNESS_OUTPUT_OPTIONS,
    {0, NULL, 0, NULL, NULL}};

struct import {
    const char *path, *map_path;
    struct lineage_place path_place, map_place;
    struct harness_capture_map map;
    struct harness_capture capture;
    struct lineage_execution execution;
    int64_t run;
    double bytes;                /* of the capture; 0: nobody knows */
    double start_seconds, drawn; /* of progress */
};

/* Reads "10-20", "10-" or "10". */
static void read_frames(struct harness_request *request, struct import *import, const char *value,
                        struct lineage_place place)
{
    struct lineage_diagnostics *diagnostics = &request->session.diagnostics;
    const char *dash = strchr(value, '-');
    const char *first = lineage_arena_text(&request->line.arena, value,
                                           dash == NULL ? strlen(value) : (size_t)(dash - value));
    uint32_t *last_frame = &import->capture.last_frame;
    import->capture.first_frame =
        (uint32_t)harness_read_positive(first, UINT32_MAX, place, diagnostics);
    *last_frame = dash == NULL ? import->capture.first_frame : 0;
    if (dash != NULL && dash[1] != '\0')
        *last_frame = (uint32_t)harness_read_positive(dash + 1, UINT32_MAX, place, diagnostics);
    if (*last_frame != 0 && *last_frame < import->capture.first_frame)
        lineage_error(diagnostics, place, "these are no frames; write FROM-TO");
}

static void handle(struct harness_request *request, int id, const char *value,
                   struct lineage_place place)
{
    struct import *import = request->own;
    if (id == PCAP) {
        import->path = value;
        import->path_place = place;
    } else if (id == MAP) {
        import->map_path = value;
        import->map_place = place;
    } else if (id == DB) {
        harness_request_name_store(request, value, place);
    } else {
        read_frames(request, import, value, place);
    }
}

/* How much of the capture is read. */
static void show_reading(void *context, uint32_t frames, long bytes)
{
    struct import *import = context;
    char line[512], share[64] = "";
    if (!harness_progress_is_due(import->start_seconds, &import->drawn))
        return;
    const double seconds = harness_seconds() - import->start_seconds;
    if (bytes > 0 && (double)bytes <= import->bytes)
        snprintf(share, sizeof share, ", %.0f %% of the file, about %.0f s left",
                 100 * (double)bytes / import->bytes,
                 1 + seconds * (import->bytes - (double)bytes) / (double)bytes);
    snprintf(line, sizeof line, "import: %u frames, %.0f s%s, reading %s", frames, seconds, share,
             import->path);
    harness_progress_show(line);
}

/* What is done with what was read; no part of it tells how far it is. */
static void show_work(struct import *import, const char *what, const char *path)
{
    char line[512];
    if (import->capture.progress == NULL || import->capture.messages.count < MESSAGES_SHOWN)
        return;
    import->drawn = harness_seconds();
    snprintf(line, sizeof line, "import: %zu messages, %.0f s, %s%s",
             import->capture.messages.count, import->drawn - import->start_seconds, what, path);
    harness_progress_show(line);
}

static const char *read_capture(const struct harness_request *request, struct import *import)
{
    struct stat status;
    FILE *file = fopen(import->path, "rb");
    if (file == NULL)
        return strerror(errno);
    if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode))
        import->bytes = (double)status.st_size;
    import->start_seconds = harness_seconds();
    if (isatty(STDERR_FILENO) && !request->quiet) {
        import->capture.progress = show_reading;
        import->capture.progress_context = import;
    }
    const char *why = harness_capture_read(&import->capture, file, &import->map);
    harness_progress_end(&import->drawn);
    return why;
}

/* Reads the map and the capture; false with errors reported. */
static bool read_all(struct harness_request *request, struct import *import)
{
    struct lineage_diagnostics *diagnostics = &request->session.diagnostics;
    if (import->path == NULL || request->db_path == NULL || request->line.operands.count > 0)
        lineage_error(diagnostics, (struct lineage_place){request->line.source, 1, 1},
                      "name a capture (--pcap FILE) and a database (--db FILE), nothing else; see "
                      "--help");
    else if (import->map_path != NULL)
        harness_capture_map_read(&import->map, import->map_path, import->map_place, diagnostics);
    else
        import->map.is_own = true;
    if (diagnostics->error_count > 0)
        return false;
    const char *why = read_capture(request, import);
    if (why != NULL)
        lineage_error(diagnostics, import->path_place, "cannot read %s: %s", import->path, why);
    return why == NULL;
}

/* The name of the capture, without folders and ending. */
static const char *name_of(struct harness_request *request, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    return lineage_arena_text(&request->line.arena, name,
                              dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name));
}

/* Writes the execution; false if the store failed. */
static bool write_run(struct harness_request *request, struct import *import,
                      struct lineage_store *store)
{
    const struct lineage_universe *universe = &import->capture.universe;
    const struct lineage_bounds bounds = {
        .eot = import->execution.eot,
        .crashes = (uint32_t)import->capture.faults.crashes.count,
        .omissions = LINEAGE_UNBOUNDED,
        .immune = lineage_arena_allocate(&request->line.arena, universe->nodes.count)};
    const struct lineage_store_search search = {.version = HARNESS_VERSION,
                                                .scenario = name_of(request, import->path),
                                                .strategy = "import",
                                                .oracle = "strict",
                                                .model = &import->path,
                                                .model_count = 1,
                                                .universe = universe,
                                                .bounds = &bounds};
    const struct lineage_store_run run = {
        .kind = "capture", .schedule = &import->capture.faults, .execution = &import->execution};
    struct lineage_stored_run stored = {.id = 0};
    const bool is_written = lineage_store_begin(store, &search) && lineage_store_run(store, &run) &&
                            lineage_store_end(store, "imported", true, 1) &&
                            lineage_store_find_run(store, 0, &stored);
    import->run = stored.id;
    return is_written;
}

static cJSON *odd_json(const struct harness_odd *odd, enum harness_oddity oddity)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "what", harness_odd_name(oddity));
    cJSON_AddNumberToObject(object, "count", (double)odd->count);
    cJSON_AddNumberToObject(object, "first_frame", odd->frame);
    cJSON_AddStringToObject(object, "example", odd->example);
    return object;
}

static void print_json(const struct harness_request *request, const struct import *import)
{
    const struct harness_capture *capture = &import->capture;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "tool", "ldfi");
    cJSON_AddStringToObject(object, "version", HARNESS_VERSION);
    cJSON_AddStringToObject(object, "command", "import");
    cJSON_AddStringToObject(object, "capture", import->path);
    cJSON_AddStringToObject(object, "link_type", capture->link_type);
    cJSON_AddNumberToObject(object, "frames", capture->frames);
    cJSON_AddNumberToObject(object, "messages", (double)import->execution.messages.count);
    cJSON_AddNumberToObject(object, "nodes", (double)capture->universe.nodes.count);
    cJSON_AddNumberToObject(object, "eot", import->execution.eot);
    cJSON_AddStringToObject(object, "database", request->db_path);
    cJSON_AddNumberToObject(object, "run", (double)import->run);
    cJSON *not_taken = cJSON_AddArrayToObject(object, "not_taken");
    cJSON *put_right = cJSON_AddArrayToObject(object, "put_right");
    for (int i = 0; i < HARNESS_ODDITIES; i++)
        if (capture->odd[i].count > 0)
            cJSON_AddItemToArray(harness_odd_is_put_right((enum harness_oddity)i) ? put_right
                                                                                  : not_taken,
                                 odd_json(&capture->odd[i], (enum harness_oddity)i));
    harness_print_json(object, stdout);
}

/* What was not taken, and what was put right, a line a kind. */
static void print_odd(const struct harness_capture *capture, FILE *out)
{
    for (int i = 0; i < HARNESS_ODDITIES; i++) {
        const struct harness_odd *odd = &capture->odd[i];
        char example[sizeof odd->example];
        if (odd->count == 0)
            continue;
        memcpy(example, odd->example, sizeof example);
        harness_make_printable(example);
        fprintf(out, "  %s: %llu (first: frame %u%s%s)\n", harness_odd_name((enum harness_oddity)i),
                (unsigned long long)odd->count, odd->frame, example[0] != '\0' ? ", " : "",
                example);
    }
}

/* How many nodes sent or got a message. */
static size_t talking_nodes(const struct import *import)
{
    const size_t nodes = import->capture.universe.nodes.count;
    bool *talks = lineage_memory_clear((nodes + 1) * sizeof *talks);
    size_t count = 0;
    for (size_t i = 0; i < import->execution.messages.count; i++) {
        const struct lineage_message *message = &import->execution.messages.items[i];
        talks[message->from == LINEAGE_NONE ? nodes : message->from] = true;
        talks[message->to == LINEAGE_NONE ? nodes : message->to] = true;
    }
    for (size_t i = 0; i < nodes; i++)
        count += talks[i];
    lineage_memory_free(talks);
    return count;
}

static void print_text(const struct harness_request *request, const struct import *import)
{
    const struct harness_capture *capture = &import->capture;
    const size_t messages = import->execution.messages.count;
    const size_t nodes = capture->universe.nodes.count;
    printf("%s: %u frame%s (%s), %zu message%s from or to %zu of %zu node%s, steps 1 to %u\n",
           import->path, capture->frames, capture->frames == 1 ? "" : "s", capture->link_type,
           messages, messages == 1 ? "" : "s", talking_nodes(import), nodes, nodes == 1 ? "" : "s",
           import->execution.eot);
    print_odd(capture, stdout);
    printf("%s: run %lld\n", request->db_path, (long long)import->run);
}

/* Writes what was read, and says what came of it. */
static int store_all(struct harness_request *request, struct import *import)
{
    struct lineage_store *store;
    int status = harness_request_open_store(request, &store);
    if (status != HARNESS_STATUS_OK)
        return status;
    show_work(import, "writing ", request->db_path);
    const bool is_written = write_run(request, import, store);
    harness_progress_end(&import->drawn);
    if (!is_written) {
        lineage_error(&request->session.diagnostics, (struct lineage_place){0}, "%s",
                      lineage_store_error(store));
        lineage_store_discard(store);
        return HARNESS_STATUS_MACHINE;
    }
    lineage_store_close(store);
    if (request->json)
        print_json(request, import);
    else if (!request->quiet)
        print_text(request, import);
    return HARNESS_STATUS_OK;
}

static int import_capture(struct harness_request *request, struct import *import)
{
    if (!read_all(request, import))
        return HARNESS_STATUS_BAD_INPUT;
    show_work(import, "making a run of them", "");
    harness_capture_execution(&import->capture, import->path, &import->execution);
    harness_progress_end(&import->drawn);
    if (import->execution.messages.count > 0)
        return store_all(request, import);
    if (!request->json && !request->quiet)
        print_odd(&import->capture, stderr);
    lineage_error(&request->session.diagnostics, import->path_place,
                  "%s has no message in its %u frames%s", import->path, import->capture.frames,
                  import->map.is_own ? "; captures that ldfi did not export need --map" : "");
    return HARNESS_STATUS_BAD_INPUT;
}

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    struct import import = {.path = NULL};
    struct harness_request request = {.handle = handle, .own = &import};
    int status = harness_request_parse(&request, command, argc, argv);
    if (status < 0) {
        status = import_capture(&request, &import);
        status = request.session.diagnostics.error_count > 0
                     ? harness_request_fail(&request, status)
                     : harness_request_finish(&request, status);
    }
    lineage_execution_free(&import.execution);
    harness_capture_free(&import.capture);
    harness_capture_map_free(&import.map);
    return status;
}

const struct harness_command harness_command_import = {
    .name = "import",
    .summary = "store a packet capture as a run",
    .purpose = HARNESS_EXCHANGES,
    .synopsis = "--pcap FILE --map FILE.json --db FILE.db [--frames FROM-TO]\n"
                "--pcap FILE --db FILE.db\n",
    .about = "Stores a capture as a run with messages only: each JSON object that UDP or TCP\n"
             "carries from one node of the map to another. Without a map: a capture that\n"
             "`ldfi export` wrote. What is no message is counted and named. Exit status 2:\n"
             "there was no message.\n",
    .more = "Times are logical, by happens-before; a message rests on what its sender had\n"
            "received. A map, of which \"nodes\" alone must be there (`ci/wireshark`):\n\n"
            "  {\"nodes\": {\"10.0.0.1\": \"a\", \"10.0.0.2:7000\": \"b\"},\n"
            "   \"others\": \"client\", \"name\": \"type\", \"step\": \"10ms\",\n"
            "   \"arguments\": {\"append\": [\"term\", \"entry.id\"], \"ack\": [\"term\"]}}\n\n"
            "\"from\" and \"to\" name fields that hold nodes, where addresses do not tell them.\n",
    .examples = "ldfi export scenarios/primary_backup/rung3.json --crash c,3 --pcap run.pcap\n"
                "ldfi import --pcap run.pcap --db run.db\n",
    .options = options,
    .run = run_command};
