/* Random search: schedules drawn within the bounds. It finds, it never certifies. */
#include "search.h"

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014): small, and the same on every machine. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static uint32_t draw_below(uint64_t *state, uint32_t end)
{
    return (uint32_t)(draw(state) % end);
}

/* Some nodes crash at some times; each message that may be lost is, with a chance drawn once a
 * schedule. */
static void draw_schedule(const struct harness_search *search, uint64_t *state,
                          struct lineage_schedule *schedule)
{
    const struct lineage_bounds *bounds = &search->bounds;
    const uint32_t node_count = (uint32_t)search->executor->universe->nodes.count;
    schedule->omissions.count = schedule->crashes.count = 0;
    for (uint32_t left = draw_below(state, bounds->crashes + 1); left > 0; left--) {
        const struct lineage_crash crash = {1 + draw_below(state, bounds->eot),
                                            draw_below(state, node_count)};
        if (lineage_bounds_may_crash(bounds, schedule, crash.node, crash.time))
            lineage_schedule_add_crash(schedule, crash);
    }
    const uint32_t chance = 1 + draw_below(state, 64);
    for (uint32_t time = 1; time < bounds->eff; time++)
        for (uint32_t from = 0; from < node_count; from++)
            for (uint32_t to = 0; to < node_count; to++)
                if (draw_below(state, 128) < chance &&
                    lineage_bounds_may_omit(bounds, schedule, from, to, time))
                    lineage_schedule_add_omission(schedule,
                                                  (struct lineage_omission){time, from, to});
}

void harness_search_random(struct harness_search *search)
{
    uint64_t state = search->options.seed;
    struct lineage_schedule schedule = {.omissions = {0}};
    lineage_tuples broken = {0};
    bool going = true;
    for (uint64_t i = 0; i < search->options.random_runs && going; i++) {
        struct lineage_execution execution;
        draw_schedule(search, &state, &schedule);
        going = harness_search_replay(search, &schedule, false, &execution, &broken);
        if (!going)
            break;
        lineage_execution_free(&execution);
        search->hypotheses++;
        if (broken.count > 0) {
            harness_search_accept(search, &schedule, false);
            going = search->options.all;
        }
    }
    search->verdict =
        search->counterexamples.count > 0 ? HARNESS_COUNTEREXAMPLE : HARNESS_INCOMPLETE;
    search->complete = false;
    lineage_memory_free(broken.items);
    lineage_schedule_free(&schedule);
}
