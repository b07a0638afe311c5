/* The times at which the crashes of a counterexample could happen just as well.
 *
 * Schedules that differ in nothing but times of crashes, and lead to the same facts (`crash` itself
 * aside, and what the outcome does not depend on), are one counterexample, as long as each is
 * minimal. Which of them a search meets first
 * is chance; the least is shown.
 *
 * A search for the first counterexample knows without a further run those that lead to the same
 * run, message by message; they are minimal, since nothing smaller breaks the promise. A lineage
 * search for all meets each of them by itself. An exhaustive one for all does not, since it chooses
 * one time where several come to the same; and the times of several crashes may hang together. So
 * from one that is known all that differ in one time are tried, and so on from those. */
#include "../lineage/lesson.h"
#include "search.h"

#include <stdlib.h>
#include <string.h>

/* Beyond so many schedules tried, those not yet tried are left alone. */
enum { TRIED_MAX = 1024 };

/* What the facts of an execution add up to, `crash` aside and whatever their order. */
static void add_up(const struct lineage_execution *execution, uint64_t print[2])
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

bool harness_fingerprint(struct harness_search *search, const struct lineage_schedule *schedule,
                         uint64_t print[2])
{
    struct lineage_execution execution;
    double since = harness_seconds();
    search->executor->poll = NULL; /* it has run before */
    const enum harness_outcome outcome =
        search->executor->outcome(search->executor, schedule, false, &execution);
    search->executor->poll = harness_budget_poll;
    add_up(&execution, print);
    lineage_execution_free(&execution);
    harness_lap(&since, &search->timing.execute);
    return outcome == HARNESS_OK;
}

/* The schedule with one crash at another time; returns the crash's number there. */
static size_t move_crash(const struct lineage_schedule *schedule, size_t crash, uint32_t time,
                         struct lineage_schedule *moved)
{
    const uint32_t node = schedule->crashes.items[crash].node;
    size_t number = 0;
    lineage_schedule_copy(moved, schedule);
    moved->crashes.count = 0;
    for (size_t i = 0; i < schedule->crashes.count; i++)
        lineage_schedule_add_crash(
            moved, (struct lineage_crash){i == crash ? time : schedule->crashes.items[i].time,
                                          schedule->crashes.items[i].node});
    while (moved->crashes.items[number].node != node)
        number++;
    return number;
}

static bool is_among(const harness_schedules *schedules, const struct lineage_schedule *schedule)
{
    for (size_t i = 0; i < schedules->count; i++)
        if (lineage_schedule_equal(&schedules->items[i], schedule))
            return true;
    return false;
}

static void add(harness_schedules *schedules, const struct lineage_schedule *schedule)
{
    struct lineage_schedule copy = {.omissions = {0}};
    lineage_schedule_copy(&copy, schedule);
    LINEAGE_PUSH(schedules, copy);
}

/* Is the schedule, one of whose crashes has been moved, still the same counterexample? */
static enum harness_trial try_member(struct harness_search *search,
                                     const struct harness_counterexample *found,
                                     const struct lineage_schedule *moved, size_t crash)
{
    struct lineage_execution execution;
    lineage_tuples broken = {0};
    uint64_t print[2];
    enum harness_trial trial = HARNESS_TRIAL_STOPPED;
    if (harness_search_replay(search, moved, true, &execution, &broken)) {
        trial = harness_fingerprint(search, moved, print) &&
                        memcmp(print, found->fingerprint, sizeof print) == 0
                    ? HARNESS_TRIAL_YES
                    : HARNESS_TRIAL_NO;
        lineage_execution_free(&execution);
    }
    lineage_memory_free(broken.items);
    if (trial == HARNESS_TRIAL_YES)
        trial = harness_search_is_minimal(search, moved, moved->omissions.count + crash);
    return trial;
}

/* Tries a member's crashes at all other times, one at a time. */
static bool expand(struct harness_search *search, struct harness_counterexample *found,
                   const struct lineage_schedule *member, harness_schedules *others)
{
    struct lineage_schedule moved = {.omissions = {0}};
    enum harness_trial trial = HARNESS_TRIAL_NO;
    for (size_t i = 0; i < member->crashes.count; i++)
        for (uint32_t time = 1; time <= search->bounds.eot && trial != HARNESS_TRIAL_STOPPED;
             time++) {
            const size_t crash = move_crash(member, i, time, &moved);
            if (is_among(&found->members, &moved) || is_among(others, &moved))
                continue;
            trial = try_member(search, found, &moved, crash);
            add(trial == HARNESS_TRIAL_YES ? &found->members : others, &moved);
        }
    lineage_schedule_free(&moved);
    return trial != HARNESS_TRIAL_STOPPED;
}

/* The least member that is not among those done; NULL if there is none. */
static const struct lineage_schedule *least_member(const struct harness_counterexample *found,
                                                   const harness_schedules *done)
{
    const struct lineage_schedule *least = NULL;
    for (size_t i = 0; i < found->members.count; i++) {
        const struct lineage_schedule *member = &found->members.items[i];
        if (!is_among(done, member) &&
            (least == NULL || lineage_schedule_compare(member, least) < 0))
            least = member;
    }
    return least;
}

/* Shows the least member, with the times that each of its crashes could have. */
static void show_least(const struct harness_search *search, struct harness_counterexample *found)
{
    const harness_schedules none = {0};
    struct lineage_schedule moved = {.omissions = {0}};
    lineage_schedule_copy(&found->schedule, least_member(found, &none));
    for (size_t i = 0; i < found->schedule.crashes.count; i++) {
        found->times[i].count = 0;
        for (uint32_t time = 1; time <= search->bounds.eot; time++) {
            move_crash(&found->schedule, i, time, &moved);
            if (is_among(&found->members, &moved))
                LINEAGE_PUSH(&found->times[i], time);
        }
    }
    lineage_schedule_free(&moved);
}

/* The times at which a crash changes nothing, by what the run sent. */
void harness_find_times(const struct harness_search *search, struct harness_counterexample *found,
                        const struct lineage_execution *run)
{
    const struct lineage_schedule known = found->schedule;
    harness_times *times = lineage_memory_clear((run->universe->nodes.count + 1) * sizeof *times);
    found->schedule.crashes.items = NULL;
    found->schedule.crashes.count = found->schedule.crashes.capacity = 0;
    for (size_t i = 0; i < known.crashes.count; i++) {
        struct lineage_crash crash = known.crashes.items[i];
        uint32_t last = crash.time;
        if (!search->executor->reads_crash)
            lineage_crash_times(run, crash.node, &crash.time, &last);
        lineage_schedule_add_crash(&found->schedule, crash);
        for (uint32_t time = crash.time; time <= last; time++)
            LINEAGE_PUSH(&times[crash.node], time);
    }
    for (size_t i = 0; i < found->schedule.crashes.count; i++) /* now in another order, perhaps */
        found->times[i] = times[found->schedule.crashes.items[i].node];
    add(&found->members, &found->schedule);
    lineage_memory_free(known.crashes.items);
    lineage_memory_free(times);
}

void harness_add_member(struct harness_search *search, struct harness_counterexample *found,
                        const struct lineage_schedule *schedule)
{
    const harness_schedules none = {0};
    harness_schedules done = {0}, others = {0};
    struct lineage_schedule member = {.omissions = {0}};
    bool going = !is_among(&found->members, schedule);
    if (going)
        add(&found->members, schedule);
    going = going && search->options.strategy != HARNESS_LINEAGE;
    while (going) {
        const struct lineage_schedule *next = least_member(found, &done);
        if (next == NULL ||
            (found->members.count + others.count > TRIED_MAX && next != least_member(found, &none)))
            break;
        lineage_schedule_copy(&member, next); /* members grow and move */
        going = expand(search, found, &member, &others);
        add(&done, &member);
    }
    show_least(search, found);
    lineage_schedule_free(&member);
    harness_schedules_free(&done);
    harness_schedules_free(&others);
}

bool harness_differ_in_times_only(const struct harness_counterexample *left,
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
