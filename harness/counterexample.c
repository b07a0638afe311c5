/* What is reported of a schedule that breaks the promise: its smallest part that does. */
#include "search.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- minimality ---- */

/* The faults of a schedule whose bit is set: omissions first, then crashes. */
static void select_faults(const struct lineage_schedule *schedule, uint64_t bits,
                          struct lineage_schedule *selected)
{
    selected->omissions.count = selected->crashes.count = 0;
    for (size_t i = 0; i < schedule->omissions.count; i++)
        if ((bits >> i & 1) != 0)
            lineage_schedule_add_omission(selected, schedule->omissions.items[i]);
    for (size_t i = 0; i < schedule->crashes.count; i++)
        if ((bits >> (schedule->omissions.count + i) & 1) != 0)
            lineage_schedule_add_crash(selected, schedule->crashes.items[i]);
}

/* Does it break the promise? */
static enum harness_trial try_schedule(struct harness_search *search,
                                       const struct lineage_schedule *schedule)
{
    struct lineage_execution execution;
    lineage_tuples broken = {0};
    enum harness_trial trial = HARNESS_TRIAL_STOPPED;
    if (harness_search_replay(search, schedule, true, &execution, &broken)) {
        trial = broken.count > 0 ? HARNESS_TRIAL_YES : HARNESS_TRIAL_NO;
        lineage_execution_free(&execution);
    }
    lineage_memory_free(broken.items);
    return trial;
}

/* Leaves out one fault after the other as long as the rest breaks the promise. That finds a small
 * schedule fast, not a minimal one: a smaller part may break it though a larger does not. */
static bool shrink(struct harness_search *search, struct lineage_schedule *schedule)
{
    struct lineage_schedule smaller = {.omissions = {0}};
    bool going = true, shrunk = true;
    while (going && shrunk) {
        const size_t size = lineage_schedule_size(schedule);
        shrunk = false;
        for (size_t i = 0; i < size && going && !shrunk && size <= 64; i++) {
            const uint64_t all = size == 64 ? UINT64_MAX : ((uint64_t)1 << size) - 1;
            select_faults(schedule, all & ~((uint64_t)1 << i), &smaller);
            const enum harness_trial trial = try_schedule(search, &smaller);
            going = trial != HARNESS_TRIAL_STOPPED;
            if (trial == HARNESS_TRIAL_YES) {
                lineage_schedule_copy(schedule, &smaller);
                shrunk = true;
            }
        }
    }
    lineage_schedule_free(&smaller);
    return going;
}

/* The next larger number with as many bits. */
static uint64_t next_of_same_size(uint64_t bits)
{
    const uint64_t lowest = bits & (~bits + 1), ripple = bits + lowest;
    return ripple | ((bits ^ ripple) >> 2) / lowest;
}

/* Replays every part of the schedule, smallest first, until one breaks the promise: all its own
 * parts have been replayed by then. (The empty schedule is the good run.) */
static bool minimise(struct harness_search *search, struct lineage_schedule *schedule)
{
    if (!shrink(search, schedule))
        return false;
    struct lineage_schedule part = {.omissions = {0}};
    const size_t size = lineage_schedule_size(schedule);
    enum harness_trial trial = HARNESS_TRIAL_NO;
    for (size_t k = 1; k < size && size < 64 && trial == HARNESS_TRIAL_NO; k++)
        for (uint64_t bits = ((uint64_t)1 << k) - 1;
             bits < (uint64_t)1 << size && trial == HARNESS_TRIAL_NO;
             bits = next_of_same_size(bits)) {
            select_faults(schedule, bits, &part);
            trial = try_schedule(search, &part);
        }
    if (trial == HARNESS_TRIAL_YES)
        lineage_schedule_copy(schedule, &part);
    lineage_schedule_free(&part);
    return trial != HARNESS_TRIAL_STOPPED;
}

enum harness_trial harness_search_is_minimal(struct harness_search *search,
                                             const struct lineage_schedule *schedule, size_t fault)
{
    const size_t size = lineage_schedule_size(schedule);
    struct lineage_schedule part = {.omissions = {0}};
    enum harness_trial is_broken = HARNESS_TRIAL_NO;
    /* A search for the smallest schedule knows that no smaller one breaks the promise. */
    const bool is_known = !search->options.all && search->options.strategy != HARNESS_RANDOM;
    for (uint64_t bits = 1;
         !is_known && size < 64 && bits + 1 < (uint64_t)1 << size && is_broken == HARNESS_TRIAL_NO;
         bits++)
        if ((bits >> fault & 1) != 0) {
            select_faults(schedule, bits, &part);
            is_broken = try_schedule(search, &part);
        }
    lineage_schedule_free(&part);
    return is_broken == HARNESS_TRIAL_STOPPED ? HARNESS_TRIAL_STOPPED
           : is_broken == HARNESS_TRIAL_YES   ? HARNESS_TRIAL_NO
                                              : HARNESS_TRIAL_YES;
}

/* ---- the list ---- */

/* Joins a counterexample to one of the list, if it is the same but for times. */
static bool join(struct harness_search *search, const struct harness_counterexample *found)
{
    for (size_t i = 0; i < search->counterexamples.count; i++) {
        struct harness_counterexample *known = &search->counterexamples.items[i];
        if (harness_differ_in_times_only(known, found)) {
            harness_add_member(search, known, &found->schedule);
            return true;
        }
    }
    return false;
}

/* Executes a schedule that has run before to the end, whatever the budget says. */
static bool execute_again(struct harness_search *search, const struct lineage_schedule *schedule,
                          bool recording, struct lineage_execution *execution)
{
    double since = harness_seconds();
    search->executor->poll = NULL;
    const enum harness_outcome outcome =
        search->executor->execute(search->executor, schedule, recording, execution);
    search->executor->poll = harness_budget_poll;
    harness_lap(&since, &search->timing.execute);
    return outcome == HARNESS_OK;
}

void harness_search_keep_counterexamples(struct harness_search *search)
{
    for (size_t i = 0; search->store != NULL && i < search->counterexamples.count; i++) {
        const struct harness_counterexample *found = &search->counterexamples.items[i];
        struct lineage_execution execution;
        const struct lineage_store_run run = {.kind = "counterexample",
                                              .schedule = &found->schedule,
                                              .broken = &found->broken,
                                              .execution = &execution};
        if (execute_again(search, &found->schedule, true, &execution))
            harness_search_keep(search, &run);
        lineage_execution_free(&execution);
    }
}

/* The times of the crashes of a counterexample that is new, and what is the same but for them. */
static void complete_times(struct harness_search *search, struct harness_counterexample *found,
                           const struct lineage_execution *run)
{
    struct lineage_schedule member = {.omissions = {0}};
    found->times = lineage_memory_clear((found->schedule.crashes.count + 1) * sizeof *found->times);
    if (!search->options.all) {
        harness_find_times(search, found, run);
        return;
    }
    lineage_schedule_copy(&member, &found->schedule);
    harness_add_member(search, found, &member);
    lineage_schedule_free(&member);
}

void harness_search_accept(struct harness_search *search, const struct lineage_schedule *schedule,
                           bool minimal)
{
    struct harness_counterexample found = {.schedule = {.omissions = {0}}};
    struct lineage_execution execution;
    lineage_schedule_copy(&found.schedule, schedule);
    if (!minimal && !minimise(search, &found.schedule))
        search->complete = false;
    if (execute_again(search, &found.schedule, false, &execution)) {
        lineage_broken_promises(&execution, search->scenario->oracle, &search->good, &found.broken);
        harness_fingerprint(search, &found.schedule, found.fingerprint);
    }
    if (found.broken.count == 0 || join(search, &found)) {
        lineage_memory_free(found.broken.items);
        lineage_schedule_free(&found.schedule);
    } else {
        complete_times(search, &found, &execution);
        LINEAGE_PUSH(&search->counterexamples, found);
    }
    lineage_execution_free(&execution);
}
