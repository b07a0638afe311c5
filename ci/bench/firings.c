/* How fast does an executor run a scenario? Repeats the run without faults in this process, with
 * and without recording its lineage, in turns, and prints the medians as JSON. Each run is a whole
 * one; a search takes what it can from earlier ones.
 *
 *     build/bench/firings scenarios/primary_backup/rung5.json [ROUNDS [SECONDS]]
 *
 * A round takes SECONDS (0.3) for each of the two; there are ROUNDS (9). Seconds are those of the
 * processor, so that other programs matter little. A firing is one application of a rule; with
 * recording it is stored with its premises. A protocol in C has handlers, whose calls are counted,
 * too; there a run is the simulation with its trace, and reading that. */
#include "../../harness/executor.h"
#include "../../harness/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS_MAX = 1000 };

enum way { RECORDED, UNRECORDED, WAY_COUNT };
static const char *const way_names[] = {"recorded", "unrecorded"};

struct size {
    size_t firings, facts, messages;
    uint64_t calls; /* of handlers */
};

/* The one place that knows how an executor is called. */
static bool run_once(struct harness_executor *executor, enum way way, struct size *size)
{
    const struct lineage_schedule no_faults = {.omissions = {0}};
    struct lineage_execution execution;
    const uint64_t calls = executor->calls;
    const enum harness_outcome outcome =
        executor->execute(executor, &no_faults, way == RECORDED, &execution);
    *size = (struct size){execution.firings.count, execution.facts.count, execution.messages.count,
                          executor->calls - calls};
    lineage_execution_free(&execution);
    if (outcome != HARNESS_OK)
        fprintf(stderr, "firings: the run failed: %s\n",
                outcome == HARNESS_FAILED ? executor->failure : "it was interrupted");
    return outcome == HARNESS_OK;
}

static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Runs a second, on average over at least `seconds`; 0 if one failed. */
static double runs_per_second(struct harness_executor *executor, enum way way, double seconds)
{
    const double began = processor_seconds();
    double now = began;
    unsigned runs = 0;
    struct size size;
    for (; now - began < seconds; now = processor_seconds(), runs++)
        if (!run_once(executor, way, &size))
            return 0;
    return runs / (now - began);
}

static int compare(const void *left, const void *right)
{
    const double l = *(const double *)left, r = *(const double *)right;
    return (l > r) - (l < r);
}

/* Prints a member of the report; sorts the rates. */
static void print_rates(const char *name, double *rates, size_t count, const struct size *size)
{
    qsort(rates, count, sizeof *rates, compare);
    const double median = (rates[(count - 1) / 2] + rates[count / 2]) / 2;
    printf(", \"%s\": {\"runs_per_second\": %.1f, \"firings_per_second\": %.0f, "
           "\"facts_per_second\": %.0f, \"calls_per_second\": %.0f, \"slowest\": %.1f, "
           "\"fastest\": %.1f}",
           name, median, median * (double)size->firings, median * (double)size->facts,
           median * (double)size->calls, rates[0], rates[count - 1]);
}

static bool measure(struct harness_executor *executor, size_t rounds, double seconds)
{
    double rates[WAY_COUNT][ROUNDS_MAX];
    struct size size;
    if (!run_once(executor, RECORDED, &size)) /* this also warms up */
        return false;
    for (size_t i = 0; i < rounds; i++)
        for (enum way way = 0; way < WAY_COUNT; way++) {
            rates[way][i] = runs_per_second(executor, way, seconds);
            if (rates[way][i] <= 0)
                return false;
        }
    printf("{\"rounds\": %zu, \"firings\": %zu, \"facts\": %zu, \"messages\": %zu, "
           "\"calls\": %llu",
           rounds, size.firings, size.facts, size.messages, (unsigned long long)size.calls);
    for (enum way way = 0; way < WAY_COUNT; way++)
        print_rates(way_names[way], rates[way], rounds, &size);
    printf("}\n");
    return true;
}

int main(int argc, char **argv)
{
    const int rounds = argc > 2 ? atoi(argv[2]) : 9;
    const double seconds = argc > 3 ? atof(argv[3]) : 0.3;
    if (argc < 2 || argc > 4 || rounds < 1 || rounds > ROUNDS_MAX || !(seconds > 0)) {
        fprintf(stderr, "usage: firings SCENARIO.json [ROUNDS (1 to %d) [SECONDS]]\n", ROUNDS_MAX);
        return 2;
    }
    struct harness_scenario scenario;
    struct lineage_diagnostics diagnostics = {.items = {0}};
    struct harness_executor executor = {.self = NULL};
    harness_scenario_create(&scenario);
    scenario.runs_here = true;
    const bool opened = harness_scenario_read(&scenario, argv[1], &diagnostics) &&
                        harness_scenario_check(&scenario, &diagnostics) &&
                        harness_executor_open(&executor, &scenario, &diagnostics);
    for (size_t i = 0; i < diagnostics.items.count; i++)
        lineage_diagnostic_print(&diagnostics.items.items[i], stderr);
    const bool measured = opened && measure(&executor, (size_t)rounds, seconds);
    if (executor.close != NULL)
        executor.close(&executor);
    lineage_diagnostics_free(&diagnostics);
    harness_scenario_destroy(&scenario);
    return measured ? 0 : opened ? 1 : 2;
}
