/* Models from anywhere, run: a search by lineage and an exhaustive one within small bounds and
 * budgets, and their reports. Beyond not crashing and ending in time, both must come to the same
 * verdict where both come to one. */
#include "fuzz.h"

#include "../../../harness/report.h"

#include <stdlib.h>
#include <string.h>

static const struct harness_style plain = {false, "ldfi", "model.ded"};

/* Runs one search over the loaded scenario. HARNESS_NO_EXPECTATION: the model failed. */
static enum harness_verdict search(struct harness_scenario *scenario,
                                   struct harness_executor *executor,
                                   enum harness_strategy strategy, size_t *size)
{
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    struct harness_search search = {.scenario = scenario,
                                    .executor = executor,
                                    .bounds = harness_scenario_bounds(scenario),
                                    .diagnostics = &diagnostics,
                                    .options = {.strategy = strategy},
                                    .budget = {.seconds_max = 0.15, .runs_max = 200}};
    harness_search_run(&search);
    if (search.failure == HARNESS_NO_FAILURE) {
        harness_report_text(&search, &plain, fuzz_nowhere());
        harness_print_json(harness_report_json(&search), fuzz_nowhere());
    } else {
        harness_print_json(harness_errors_json(&diagnostics), fuzz_nowhere());
    }
    const enum harness_verdict verdict =
        search.failure == HARNESS_NO_FAILURE ? search.verdict : HARNESS_NO_EXPECTATION;
    *size = search.counterexamples.count > 0
                ? lineage_schedule_size(&search.counterexamples.items[0].schedule)
                : 0;
    lineage_memory_free(search.bounds.immune);
    harness_search_free(&search);
    lineage_diagnostics_free(&diagnostics);
    return verdict;
}

static void compare(struct harness_scenario *scenario, struct harness_executor *executor)
{
    size_t sizes[2];
    const enum harness_verdict lineage = search(scenario, executor, HARNESS_LINEAGE, &sizes[0]);
    const enum harness_verdict judge = search(scenario, executor, HARNESS_EXHAUSTIVE, &sizes[1]);
    if (lineage > HARNESS_COUNTEREXAMPLE || judge > HARNESS_COUNTEREXAMPLE)
        return; /* one of them has no answer */
    if (lineage != judge || sizes[0] != sizes[1]) {
        fprintf(stderr, "lineage search: %s of size %zu; exhaustive search: %s of size %zu\n",
                harness_verdict_name(lineage), sizes[0], harness_verdict_name(judge), sizes[1]);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct harness_scenario scenario;
    struct harness_executor executor = {.close = NULL};
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    harness_scenario_create(&scenario);
    LINEAGE_PUSH(&scenario.model, fuzz_files_open(data, size));
    scenario.name = "main";
    harness_split(&scenario, "a,b,c", &scenario.nodes);
    scenario.eot = 4;
    scenario.eff = 3;
    scenario.crashes = 1;
    const bool opened = harness_executor_open(&executor, &scenario, &diagnostics);
    fuzz_files_close();
    if (opened)
        compare(&scenario, &executor);
    if (executor.close != NULL)
        executor.close(&executor);
    harness_scenario_destroy(&scenario);
    lineage_diagnostics_free(&diagnostics);
    return 0;
}
