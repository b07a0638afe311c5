/* JSON from anywhere: the same input as a scenario with all its inputs, and as the faults of
 * `replay
 * --faults`. */
#include "fuzz.h"

#include "../../../harness/choices.h"
#include "../../../harness/faults_file.h"
#include "../../../harness/scenario.h"

#include <stdlib.h>

static void print(struct lineage_diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->items.count; i++)
        lineage_diagnostic_print(&diagnostics->items.items[i], fuzz_nowhere());
    lineage_diagnostics_free(diagnostics);
}

/* Some of the combinations: the first and the last, and one that is pinned. */
static void take_choices(struct harness_scenario *scenario, struct lineage_diagnostics *diagnostics)
{
    const size_t count = harness_choices_count(scenario, diagnostics);
    for (size_t i = 0; i < count && i < 2; i++) {
        const size_t number = i == 0 ? 0 : count - 1;
        cJSON *choice = harness_choices_json(scenario, number);
        if (!cJSON_IsObject(choice) && scenario->choose != NULL)
            abort();
        cJSON_Delete(choice);
        harness_choices_take(scenario, number, diagnostics);
    }
    LINEAGE_PUSH(&scenario->chosen, "x=1");
    if (count > 0 && harness_choices_count(scenario, diagnostics) > count)
        abort(); /* what is pinned is no longer open */
}

static void read_scenario(const char *path)
{
    struct harness_scenario scenario;
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    harness_scenario_create(&scenario);
    const bool is_read = harness_scenario_read(&scenario, path, &diagnostics);
    if (is_read && harness_scenario_check(&scenario, &diagnostics)) {
        struct lineage_bounds bounds = harness_scenario_bounds(&scenario);
        lineage_memory_free(bounds.immune);
    }
    if (is_read)
        take_choices(&scenario, &diagnostics);
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
