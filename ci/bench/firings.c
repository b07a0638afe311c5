/* How fast does the executor run a scenario? Repeats the run without faults in this process, with
 * and without recording its lineage, and finds the outcomes of all schedules of one crash, as a
 * search does (resuming earlier runs), in turns; prints the medians as JSON.
 *
 *     build/bench/firings scenarios/primary_backup/rung5.json [ROUNDS [SECONDS]]
 *
 * A round takes SECONDS (0.3) for each of the three; there are ROUNDS (9). Seconds are those of the
 * processor, so that other programs matter little. A firing is one application of a rule; with
 * recording it is stored with its premises. */
#include "../../harness/executor.h"
#include "../../harness/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS_MAX = 1000 };

enum way { RECORDED, UNRECORDED, OUTCOMES, WAY_COUNT };
static const char *const way_names[] = {"recorded", "unrecorded", "outcomes"};

struct size {
    size_t firings, facts, messages;
};

struct bench {
    struct harness_executor executor;
    struct lineage_bounds bounds;
    struct lineage_crash crash; /* that of the last schedule of the third way */
    struct lineage_schedule schedule;
};

/* The next schedule of one crash, by node and then by time; after the last comes the first. */
static void next_schedule(struct bench *bench)
{
    struct lineage_crash *crash = &bench->crash;
    do {
        if (++crash->time > bench->bounds.eot) {
            crash->time = 1;
            crash->node = (crash->node + 1) % (uint32_t)bench->executor.universe->nodes.count;
        }
    } while (bench->bounds.immune[crash->node]);
    bench->schedule.crashes.count = 0;
    lineage_schedule_add_crash(&bench->schedule, *crash);
}

/* The one place that knows how an executor is called. */
static bool run_once(struct bench *bench, enum way way, struct size *size)
{
    const struct lineage_schedule no_faults = {.omissions = {0}};
    struct harness_executor *executor = &bench->executor;
    struct lineage_execution execution;
    if (way == OUTCOMES)
        next_schedule(bench);
    const enum harness_outcome outcome =
        way == OUTCOMES ? executor->outcome(executor, &bench->schedule, &execution)
                        : executor->execute(executor, &no_faults, way == RECORDED, &execution);
    *size = (struct size){execution.firings.count, execution.facts.count, execution.messages.count};
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
static double runs_per_second(struct bench *bench, enum way way, double seconds)
{
    const double began = processor_seconds();
    double now = began;
    unsigned runs = 0;
    struct size size;
    for (; now - began < seconds; now = processor_seconds(), runs++)
        if (!run_once(bench, way, &size))
            return 0;
    return runs / (now - began);
}

static int compare(const void *left, const void *right)
{
    const double l = *(const double *)left, r = *(const double *)right;
    return (l > r) - (l < r);
}

/* Prints a member of the report; sorts the rates. `size`: of each run, NULL if they differ. */
static void print_rates(const char *name, double *rates, size_t count, const struct size *size)
{
    qsort(rates, count, sizeof *rates, compare);
    const double median = (rates[(count - 1) / 2] + rates[count / 2]) / 2;
    printf(", \"%s\": {\"runs_per_second\": %.1f, \"slowest\": %.1f, \"fastest\": %.1f", name,
           median, rates[0], rates[count - 1]);
    if (size != NULL)
        printf(", \"firings_per_second\": %.0f, \"facts_per_second\": %.0f",
               median * (double)size->firings, median * (double)size->facts);
    putchar('}');
}

static bool measure(struct bench *bench, size_t rounds, double seconds)
{
    double rates[WAY_COUNT][ROUNDS_MAX];
    struct size size;
    if (!run_once(bench, RECORDED, &size)) /* this also warms up */
        return false;
    for (size_t i = 0; i < rounds; i++)
        for (enum way way = 0; way < WAY_COUNT; way++) {
            rates[way][i] = runs_per_second(bench, way, seconds);
            if (rates[way][i] <= 0)
                return false;
        }
    printf("{\"rounds\": %zu, \"firings\": %zu, \"facts\": %zu, \"messages\": %zu", rounds,
           size.firings, size.facts, size.messages);
    for (enum way way = 0; way < WAY_COUNT; way++)
        print_rates(way_names[way], rates[way], rounds, way == OUTCOMES ? NULL : &size);
    printf("}\n");
    return true;
}

/* Is there a node that may crash? */
static bool has_crashes(const struct bench *bench)
{
    for (size_t node = 0; node < bench->executor.universe->nodes.count; node++)
        if (!bench->bounds.immune[node])
            return true;
    fprintf(stderr, "firings: every node is immune\n");
    return false;
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
    struct bench bench = {.executor = {.self = NULL}};
    harness_scenario_create(&scenario);
    const bool opened = harness_scenario_read(&scenario, argv[1], &diagnostics) &&
                        harness_scenario_check(&scenario, &diagnostics) &&
                        harness_executor_open(&bench.executor, &scenario, &diagnostics);
    for (size_t i = 0; i < diagnostics.items.count; i++)
        lineage_diagnostic_print(&diagnostics.items.items[i], stderr);
    bench.bounds = harness_scenario_bounds(&scenario);
    const bool measured = opened && has_crashes(&bench) && measure(&bench, (size_t)rounds, seconds);
    if (bench.executor.close != NULL)
        bench.executor.close(&bench.executor);
    lineage_schedule_free(&bench.schedule);
    lineage_memory_free(bench.bounds.immune);
    lineage_diagnostics_free(&diagnostics);
    harness_scenario_destroy(&scenario);
    return measured ? 0 : opened ? 1 : 2;
}
