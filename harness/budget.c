#include "budget.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

double harness_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

size_t harness_memory_in_use(void)
{
    unsigned long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%lu %lu", &total, &resident) != 2)
        resident = 0;
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

bool harness_budget_poll(void *context)
{
    enum { POLLS_BETWEEN_MEMORY_CHECKS = 64 };
    struct harness_budget *budget = context;
    if (budget->stop != HARNESS_GOES_ON)
        return true;
    if (budget->interrupted != NULL && *budget->interrupted)
        budget->stop = HARNESS_STOPPED_BY_USER;
    else if (budget->seconds_max > 0 &&
             harness_seconds() - budget->start_seconds > budget->seconds_max)
        budget->stop = HARNESS_OUT_OF_TIME;
    else if (budget->memory_max > 0 && budget->polls++ % POLLS_BETWEEN_MEMORY_CHECKS == 0 &&
             harness_memory_in_use() > budget->memory_max)
        budget->stop = HARNESS_OUT_OF_MEMORY;
    return budget->stop != HARNESS_GOES_ON;
}

bool harness_budget_allows_run(struct harness_budget *budget, uint64_t runs)
{
    if (!harness_budget_poll(budget) && budget->runs_max > 0 && runs >= budget->runs_max)
        budget->stop = HARNESS_OUT_OF_RUNS;
    return budget->stop == HARNESS_GOES_ON;
}

uint64_t harness_budget_runs_left(const struct harness_budget *budget, uint64_t runs)
{
    if (budget->runs_max == 0)
        return UINT64_MAX;
    return runs < budget->runs_max ? budget->runs_max - runs : 0;
}

const char *harness_stop_word(enum harness_stop stop)
{
    static const char *const words[] = {"", "seconds", "runs", "memory", "interrupt"};
    return words[stop];
}

const char *harness_stop_reason(enum harness_stop stop)
{
    static const char *const reasons[] = {
        "it ran to the end", "the time budget is used up (--max-seconds)",
        "the budget of runs is used up (--max-runs)", "the memory budget is used up (--max-memory)",
        "it was interrupted"};
    return reasons[stop];
}
