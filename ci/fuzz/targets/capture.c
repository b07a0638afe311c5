/* Packet captures from anywhere, or (an input that begins with a brace) a map for one: read by a
 * map and as if ldfi had exported it, turned into a run, and that exported in every way. */
#include "fuzz.h"

#include "../../../harness/capture.h"
#include "../../../harness/export.h"

#include <stdlib.h>
#include <string.h>

static const char usual_map[] =
    "{\"nodes\": {\"10.0.0.1\": \"a\", \"10.0.0.2:7000\": \"b\", \"fd00::3\": \"c\"}, \"others\": "
    "\"d\","
    " \"arguments\": {\"token\": [\"round\", \"deep.er\"], \"x\": []}, \"step\": \"1s\"}";

static void print_odd(const struct harness_capture *capture)
{
    for (int i = 0; i < HARNESS_ODDITIES; i++)
        fprintf(fuzz_nowhere(), "%s %s", harness_odd_name((enum harness_oddity)i),
                capture->odd[i].example);
}

static void export_all(const struct harness_capture *capture,
                       const struct lineage_execution *execution)
{
    struct lineage_arena arena = {.newest = NULL};
    const lineage_tuples broken = {.count = 0};
    const struct harness_export export = {
        .name = "fuzz", .execution = execution, .faults = &capture->faults, .broken = &broken};
    uint32_t facts[1] = {0};
    harness_export_pcap(&export, &arena, fuzz_nowhere());
    harness_export_lineage(&export, facts, execution->facts.count > 0, fuzz_nowhere());
    harness_export_space_time(&export, fuzz_nowhere());
    harness_export_mermaid(&export, fuzz_nowhere());
    harness_export_shiviz(&export, fuzz_nowhere());
    cJSON_Delete(harness_export_otlp(&export));
    lineage_arena_free(&arena);
}

static void import(const uint8_t *data, size_t size, const struct harness_capture_map *map)
{
    struct harness_capture capture = {.frames = 0};
    struct lineage_execution execution;
    FILE *file = size > 0 ? fmemopen((void *)(uintptr_t)data, size, "rb") : NULL;
    if (file == NULL)
        return;
    if (harness_capture_read(&capture, file, map) == NULL) {
        harness_capture_execution(&capture, "capture", &execution);
        if (execution.messages.count > 0)
            export_all(&capture, &execution);
        lineage_execution_free(&execution);
    }
    print_odd(&capture);
    harness_capture_free(&capture);
}

/* Reads a map; false if it is none. */
static bool read_map(struct harness_capture_map *map, const char *text)
{
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    const struct lineage_source source = {"map", text};
    const bool is_read = harness_capture_map_take(map, &source, &diagnostics);
    for (size_t i = 0; i < diagnostics.items.count; i++)
        lineage_diagnostic_print(&diagnostics.items.items[i], fuzz_nowhere());
    lineage_diagnostics_free(&diagnostics);
    return is_read;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct harness_capture_map map = {.is_own = false}, own = {.is_own = true};
    if (size > 0 && data[0] == '{') {
        char *text = lineage_memory_resize(NULL, size + 1);
        memcpy(text, data, size);
        text[size] = '\0';
        read_map(&map, text);
        lineage_memory_free(text);
    } else {
        if (!read_map(&map, usual_map))
            abort(); /* else nothing would be tried */
        import(data, size, &map);
        import(data, size, &own);
    }
    harness_capture_map_free(&map);
    return 0;
}
