/* What is reported of a schedule that breaks the promise: its smallest part that does, and the
 * times at which its crashes could happen just as well. */
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

enum trial { KEPT, BROKEN, STOPPED };

static enum trial try_schedule(struct harness_search *search,
                               const struct lineage_schedule *schedule)
{
    struct lineage_execution execution;
    lineage_tuples broken = {0};
    enum trial trial = STOPPED;
    if (harness_search_replay(search, schedule, true, &execution, &broken)) {
        trial = broken.count > 0 ? BROKEN : KEPT;
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
            const enum trial trial = try_schedule(search, &smaller);
            going = trial != STOPPED;
            if (trial == BROKEN) {
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
    enum trial trial = KEPT;
    for (size_t k = 1; k < size && size < 64 && trial == KEPT; k++)
        for (uint64_t bits = ((uint64_t)1 << k) - 1; bits < (uint64_t)1 << size && trial == KEPT;
             bits = next_of_same_size(bits)) {
            select_faults(schedule, bits, &part);
            trial = try_schedule(search, &part);
        }
    if (trial == BROKEN)
        lineage_schedule_copy(schedule, &part);
    lineage_schedule_free(&part);
    return trial != STOPPED;
}

/* ---- times without effect ---- */

/* A number that depends on the facts of an execution, `crash` aside, and not on their order. */
static void fingerprint(const struct lineage_execution *execution, uint64_t print[2])
{
    print[0] = print[1] = 0;
    for (size_t i = 0; i < execution->facts.count; i++) {
        const struct lineage_fact *fact = &execution->facts.items[i];
        if (lineage_tuple_relation(execution->universe, fact->tuple) == execution->crash)
            continue;
        uint64_t word = (uint64_t)fact->tuple << 32 | fact->time;
        for (int round = 0; round < 2; round++) {
            word = (word ^ word >> 31) * 0x7fb5d329728ea185;
            word = (word ^ word >> 27) * 0x81dadef4bc2dd44d;
            word ^= word >> 33;
            print[round] += word;
        }
    }
}

static int compare_times(const void *left, const void *right)
{
    const uint32_t l = *(const uint32_t *)left, r = *(const uint32_t *)right;
    return l < r ? -1 : l > r;
}

static void add_time(harness_times *times, uint32_t time)
{
    for (size_t i = 0; i < times->count; i++)
        if (times->items[i] == time)
            return;
    LINEAGE_PUSH(times, time);
    qsort(times->items, times->count, sizeof *times->items, compare_times);
}

/* The schedule with one crash at another time. */
static void move_crash(const struct lineage_schedule *schedule, size_t crash, uint32_t time,
                       struct lineage_schedule *moved)
{
    lineage_schedule_copy(moved, schedule);
    moved->crashes.count = 0;
    for (size_t i = 0; i < schedule->crashes.count; i++)
        lineage_schedule_add_crash(
            moved, (struct lineage_crash){i == crash ? time : schedule->crashes.items[i].time,
                                          schedule->crashes.items[i].node});
}

static size_t crash_of(const struct lineage_schedule *schedule, uint32_t node)
{
    size_t i = 0;
    while (schedule->crashes.items[i].node != node)
        i++;
    return i;
}

/* Does the schedule lead to the facts of the counterexample? */
static enum trial has_same_facts(struct harness_search *search,
                                 const struct harness_counterexample *found,
                                 const struct lineage_schedule *schedule)
{
    struct lineage_execution execution;
    lineage_tuples broken = {0};
    uint64_t print[2];
    enum trial trial = STOPPED;
    if (harness_search_replay(search, schedule, true, &execution, &broken)) {
        fingerprint(&execution, print);
        trial = memcmp(print, found->fingerprint, sizeof print) == 0 ? BROKEN : KEPT;
        lineage_execution_free(&execution);
    }
    lineage_memory_free(broken.items);
    return trial;
}

/* Finds the times at which a crash could happen with the same facts. */
static void find_times(struct harness_search *search, struct harness_counterexample *found,
                       size_t crash)
{
    struct lineage_schedule moved = {.omissions = {0}};
    enum trial trial = KEPT;
    found->times[crash].count = 0;
    add_time(&found->times[crash], found->schedule.crashes.items[crash].time);
    for (uint32_t time = 1; time <= search->bounds.eot && trial != STOPPED; time++) {
        if (time == found->schedule.crashes.items[crash].time)
            continue;
        move_crash(&found->schedule, crash, time, &moved);
        trial = has_same_facts(search, found, &moved);
        if (trial == BROKEN)
            add_time(&found->times[crash], time);
    }
    lineage_schedule_free(&moved);
}

/* The times of each crash, once each has been moved to the first that has no effect: so the same
 * counterexample always looks the same, whoever found it. */
static void normalise_times(struct harness_search *search, struct harness_counterexample *found)
{
    const size_t count = found->schedule.crashes.count;
    struct lineage_schedule moved = {.omissions = {0}};
    found->times = lineage_memory_clear((count + 1) * sizeof *found->times);
    for (uint32_t node = 0; node < search->executor->universe->nodes.count; node++) {
        if (lineage_schedule_crash_time(&found->schedule, node) == LINEAGE_NONE)
            continue;
        const size_t crash = crash_of(&found->schedule, node);
        find_times(search, found, crash);
        move_crash(&found->schedule, crash, found->times[crash].items[0], &moved);
        lineage_schedule_copy(&found->schedule, &moved);
    }
    for (size_t i = 0; count > 1 && i < count; i++)
        find_times(search, found, i);
    lineage_schedule_free(&moved);
}

/* Do two counterexamples differ in nothing but times of crashes without effect? */
static bool is_same(const struct harness_counterexample *left,
                    const struct harness_counterexample *right)
{
    const struct lineage_schedule *l = &left->schedule, *r = &right->schedule;
    if (memcmp(left->fingerprint, right->fingerprint, sizeof left->fingerprint) != 0 ||
        l->omissions.count != r->omissions.count || l->crashes.count != r->crashes.count ||
        (l->omissions.count > 0 && memcmp(l->omissions.items, r->omissions.items,
                                          l->omissions.count * sizeof *l->omissions.items) != 0))
        return false;
    for (size_t i = 0; i < l->crashes.count; i++)
        if (lineage_schedule_crash_time(r, l->crashes.items[i].node) == LINEAGE_NONE)
            return false;
    return true;
}

/* Joins a counterexample to one of the list, if it is the same but for times. */
static bool join(struct harness_search *search, const struct harness_counterexample *found)
{
    for (size_t i = 0; i < search->counterexamples.count; i++) {
        struct harness_counterexample *known = &search->counterexamples.items[i];
        if (!is_same(known, found))
            continue;
        for (size_t j = 0; j < found->schedule.crashes.count; j++) {
            const struct lineage_crash *crash = &found->schedule.crashes.items[j];
            add_time(&known->times[crash_of(&known->schedule, crash->node)], crash->time);
        }
        return true;
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

static void keep(struct harness_search *search, struct harness_counterexample *found)
{
    struct lineage_execution execution;
    if (search->store == NULL)
        return;
    if (execute_again(search, &found->schedule, true, &execution)) {
        const struct lineage_store_run run = {.kind = "counterexample",
                                              .schedule = &found->schedule,
                                              .broken = &found->broken,
                                              .execution = &execution};
        harness_search_keep(search, &run);
    }
    lineage_execution_free(&execution);
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
        fingerprint(&execution, found.fingerprint);
    }
    lineage_execution_free(&execution);
    if (found.broken.count == 0 || join(search, &found)) {
        lineage_memory_free(found.broken.items);
        lineage_schedule_free(&found.schedule);
        return;
    }
    normalise_times(search, &found);
    keep(search, &found);
    LINEAGE_PUSH(&search->counterexamples, found);
}
