#include "fault.h"

#include <string.h>

static int omission_compare(const struct lineage_omission *left,
                            const struct lineage_omission *right)
{
    if (left->time != right->time)
        return left->time < right->time ? -1 : 1;
    if (left->from != right->from)
        return left->from < right->from ? -1 : 1;
    return left->to == right->to ? 0 : left->to < right->to ? -1 : 1;
}

static int crash_compare(const struct lineage_crash *left, const struct lineage_crash *right)
{
    if (left->time != right->time)
        return left->time < right->time ? -1 : 1;
    return left->node == right->node ? 0 : left->node < right->node ? -1 : 1;
}

void lineage_schedule_add_omission(struct lineage_schedule *schedule,
                                   struct lineage_omission omission)
{
    size_t at = schedule->omissions.count;
    while (at > 0 && omission_compare(&omission, &schedule->omissions.items[at - 1]) < 0)
        at--;
    if (at > 0 && omission_compare(&omission, &schedule->omissions.items[at - 1]) == 0)
        return;
    LINEAGE_PUSH(&schedule->omissions, omission);
    struct lineage_omission *items = schedule->omissions.items;
    memmove(items + at + 1, items + at, (schedule->omissions.count - 1 - at) * sizeof *items);
    items[at] = omission;
}

void lineage_schedule_add_crash(struct lineage_schedule *schedule, struct lineage_crash crash)
{
    size_t at = schedule->crashes.count;
    while (at > 0 && crash_compare(&crash, &schedule->crashes.items[at - 1]) < 0)
        at--;
    if (at > 0 && crash_compare(&crash, &schedule->crashes.items[at - 1]) == 0)
        return;
    LINEAGE_PUSH(&schedule->crashes, crash);
    struct lineage_crash *items = schedule->crashes.items;
    memmove(items + at + 1, items + at, (schedule->crashes.count - 1 - at) * sizeof *items);
    items[at] = crash;
}

void lineage_schedule_copy(struct lineage_schedule *target, const struct lineage_schedule *source)
{
    target->omissions.count = target->crashes.count = 0;
    for (size_t i = 0; i < source->omissions.count; i++)
        LINEAGE_PUSH(&target->omissions, source->omissions.items[i]);
    for (size_t i = 0; i < source->crashes.count; i++)
        LINEAGE_PUSH(&target->crashes, source->crashes.items[i]);
}

void lineage_schedule_free(struct lineage_schedule *schedule)
{
    lineage_memory_free(schedule->omissions.items);
    lineage_memory_free(schedule->crashes.items);
    *schedule = (struct lineage_schedule){0};
}

int lineage_schedule_compare(const struct lineage_schedule *left,
                             const struct lineage_schedule *right)
{
    const size_t left_size = lineage_schedule_size(left);
    const size_t right_size = lineage_schedule_size(right);
    if (left_size != right_size)
        return left_size < right_size ? -1 : 1;
    if (left->omissions.count != right->omissions.count)
        return left->omissions.count < right->omissions.count ? -1 : 1;
    for (size_t i = 0; i < left->omissions.count; i++) {
        const int order = omission_compare(&left->omissions.items[i], &right->omissions.items[i]);
        if (order != 0)
            return order;
    }
    for (size_t i = 0; i < left->crashes.count; i++) {
        const int order = crash_compare(&left->crashes.items[i], &right->crashes.items[i]);
        if (order != 0)
            return order;
    }
    return 0;
}

bool lineage_schedule_equal(const struct lineage_schedule *left,
                            const struct lineage_schedule *right)
{
    return lineage_schedule_compare(left, right) == 0;
}

bool lineage_schedule_is_subset(const struct lineage_schedule *small,
                                const struct lineage_schedule *large)
{
    size_t at = 0;
    for (size_t i = 0; i < small->omissions.count; i++, at++) {
        while (at < large->omissions.count &&
               omission_compare(&large->omissions.items[at], &small->omissions.items[i]) < 0)
            at++;
        if (at == large->omissions.count ||
            omission_compare(&large->omissions.items[at], &small->omissions.items[i]) != 0)
            return false;
    }
    for (size_t i = 0; i < small->crashes.count; i++)
        if (lineage_schedule_crash_time(large, small->crashes.items[i].node) !=
            small->crashes.items[i].time)
            return false;
    return true;
}

bool lineage_schedule_loses(const struct lineage_schedule *schedule, uint32_t from, uint32_t to,
                            uint32_t time)
{
    if (from == to || from == LINEAGE_NONE)
        return false;
    for (size_t i = 0; i < schedule->crashes.count; i++)
        if (schedule->crashes.items[i].node == from && schedule->crashes.items[i].time <= time)
            return true;
    const struct lineage_omission wanted = {time, from, to};
    for (size_t i = 0; i < schedule->omissions.count; i++)
        if (omission_compare(&schedule->omissions.items[i], &wanted) == 0)
            return true;
    return false;
}

uint32_t lineage_schedule_crash_time(const struct lineage_schedule *schedule, uint32_t node)
{
    for (size_t i = 0; i < schedule->crashes.count; i++)
        if (schedule->crashes.items[i].node == node)
            return schedule->crashes.items[i].time;
    return LINEAGE_NONE;
}

bool lineage_bounds_allow_omission(const struct lineage_bounds *bounds, uint32_t from, uint32_t to,
                                   uint32_t time)
{
    return from != LINEAGE_NONE && from != to && time < bounds->eff && time >= 1 &&
           bounds->omissions > 0 && !bounds->immune[from];
}

bool lineage_bounds_allow_crash(const struct lineage_bounds *bounds, uint32_t node, uint32_t time)
{
    return time >= 1 && time <= bounds->eot && bounds->crashes > 0 && !bounds->immune[node];
}

bool lineage_bounds_allow(const struct lineage_bounds *bounds,
                          const struct lineage_schedule *schedule)
{
    if (schedule->crashes.count > bounds->crashes || schedule->omissions.count > bounds->omissions)
        return false;
    for (size_t i = 0; i < schedule->omissions.count; i++) {
        const struct lineage_omission *o = &schedule->omissions.items[i];
        if (!lineage_bounds_allow_omission(bounds, o->from, o->to, o->time))
            return false;
    }
    for (size_t i = 0; i < schedule->crashes.count; i++) {
        const struct lineage_crash *c = &schedule->crashes.items[i];
        if (!lineage_bounds_allow_crash(bounds, c->node, c->time) ||
            lineage_schedule_crash_time(schedule, c->node) != c->time)
            return false;
    }
    return true;
}

bool lineage_bounds_may_omit(const struct lineage_bounds *bounds,
                             const struct lineage_schedule *schedule, uint32_t from, uint32_t to,
                             uint32_t time)
{
    return schedule->omissions.count < bounds->omissions &&
           lineage_bounds_allow_omission(bounds, from, to, time);
}

bool lineage_bounds_may_crash(const struct lineage_bounds *bounds,
                              const struct lineage_schedule *schedule, uint32_t node, uint32_t time)
{
    return schedule->crashes.count < bounds->crashes &&
           lineage_schedule_crash_time(schedule, node) == LINEAGE_NONE &&
           lineage_bounds_allow_crash(bounds, node, time);
}

void lineage_schedule_print(const struct lineage_universe *universe,
                            const struct lineage_schedule *schedule, FILE *out)
{
    const char *separator = "";
    for (size_t i = 0; i < schedule->omissions.count; i++, separator = " ") {
        const struct lineage_omission *o = &schedule->omissions.items[i];
        fprintf(out, "%somit(%s,%s,%u)", separator, lineage_node_name(universe, o->from),
                lineage_node_name(universe, o->to), o->time);
    }
    for (size_t i = 0; i < schedule->crashes.count; i++, separator = " ") {
        const struct lineage_crash *c = &schedule->crashes.items[i];
        fprintf(out, "%scrash(%s,%u)", separator, lineage_node_name(universe, c->node), c->time);
    }
    if (lineage_schedule_size(schedule) == 0)
        fputs("no faults", out);
}
