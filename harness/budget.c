#include "budget.h"

#include "machine.h"

#include <time.h>

double harness_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Looking at the machine takes some tenths of a millisecond, so it is done once a second and when
 * what was left has shrunk by a part. */
static size_t available_now(struct harness_budget *budget, size_t used)
{
    enum { PARTS = 32 };
    struct harness_machine_watch *machine = &budget->machine;
    const size_t grown = used > machine->used ? used - machine->used : 0;
    const double now = harness_seconds();
    if (grown <= machine->available / PARTS && now - machine->looked_seconds < 1)
        return machine->available - grown;
    machine->available = harness_memory_available("");
    machine->used = used;
    machine->looked_seconds = now;
    return machine->available;
}

void harness_budget_measure(struct harness_budget *budget)
{
    const size_t used = harness_memory_in_use();
    const size_t available = harness_memory_available("");
    if (available == SIZE_MAX)
        return;
    struct harness_machine_watch *machine = &budget->machine;
    machine->available_at_start = machine->available = available;
    machine->used = used;
    machine->looked_seconds = harness_seconds();
    if (budget->memory_max == 0)
        budget->memory_max = used + available / 4 * 3;
}

bool harness_budget_watch(void *context, size_t bytes)
{
    struct harness_budget *budget = context;
    struct harness_machine_watch *machine = &budget->machine;
    if (atomic_flag_test_and_set(&machine->is_looking))
        return true; /* another thread does */
    const size_t used = harness_memory_in_use();
    const size_t start = machine->available_at_start;
    const size_t left = start == 0 ? SIZE_MAX : available_now(budget, used);
    const size_t max = budget->memory_max > 0 ? budget->memory_max : SIZE_MAX;
    if (bytes > max || used > max - bytes || left < bytes || left - bytes < start / 10)
        atomic_store(&machine->is_too_much, true);
    atomic_flag_clear(&machine->is_looking);
    return left >= bytes && left - bytes >= start / 20;
}

bool harness_budget_poll(void *context)
{
    enum { POLLS_BETWEEN_MEMORY_CHECKS = 64 };
    struct harness_budget *budget = context;
    if (budget->stop != HARNESS_GOES_ON)
        return true;
    if (budget->tick != NULL)
        budget->tick(budget->tick_context);
    if (budget->interrupted != NULL && *budget->interrupted)
        budget->stop = HARNESS_STOPPED_BY_USER;
    else if (budget->seconds_max > 0 &&
             harness_seconds() - budget->start_seconds > budget->seconds_max)
        budget->stop = HARNESS_OUT_OF_TIME;
    else if (budget->memory_max > 0 && budget->polls++ % POLLS_BETWEEN_MEMORY_CHECKS == 0)
        harness_budget_watch(budget, 0);
    if (budget->stop == HARNESS_GOES_ON && atomic_load(&budget->machine.is_too_much))
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
        "the budget of runs is used up (--max-runs)",
        "the memory budget is used up (--max-memory; by default 75 % of what is free)",
        "it was interrupted"};
    return reasons[stop];
}
