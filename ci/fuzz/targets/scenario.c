/* JSON from anywhere: the same input as a scenario, and as the faults of `replay --faults`. */
#include "fuzz.h"

#include "../../../harness/faults_file.h"
#include "../../../harness/scenario.h"

static void print(struct lineage_diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->items.count; i++)
        lineage_diagnostic_print(&diagnostics->items.items[i], fuzz_nowhere());
    lineage_diagnostics_free(diagnostics);
}

static void read_scenario(const char *path)
{
    struct harness_scenario scenario;
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    harness_scenario_create(&scenario);
    if (harness_scenario_read(&scenario, path, &diagnostics) &&
        harness_scenario_check(&scenario, &diagnostics)) {
        struct lineage_bounds bounds = harness_scenario_bounds(&scenario);
        lineage_memory_free(bounds.immune);
    }
    print(&diagnostics);
    harness_scenario_destroy(&scenario);
}

static void read_faults(const char *path)
{
    struct lineage_universe universe;
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    struct lineage_schedule schedule = {.omissions = {0}};
    struct lineage_arena arena = {.newest = NULL};
    const struct lineage_source option = {"command line", NULL};
    lineage_universe_create(&universe);
    lineage_node_add(&universe, "a");
    lineage_node_add(&universe, "b");
    harness_faults_read(path, (struct lineage_place){&option, 1, 1}, &universe, 9, &schedule,
                        &diagnostics, &arena);
    if (diagnostics.error_count == 0)
        lineage_schedule_print(&universe, &schedule, fuzz_nowhere());
    print(&diagnostics);
    lineage_schedule_free(&schedule);
    lineage_arena_free(&arena);
    lineage_universe_destroy(&universe);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_files_open(data, size);
    read_scenario(path);
    read_faults(path);
    fuzz_files_close();
    return 0;
}
