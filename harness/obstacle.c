/* Rules that had all they needed and did not fire, for something was in the way: what could have
 * made good what the promise lacks. They are looked for backwards from the fact that is missing,
 * through what was missing for that, and so on (lineage/attempt.h); the nearest are taken. How near
 * a rule is says the number of relations on the way to it, so that a fact's way through time, where
 * it is carried on from step to step, is no distance. */
#include "explain.h"

#include <string.h>

enum {
    DISTANCE_MAX = 3,
    ASKED_MAX = 600,   /* patterns at a time */
    OBSTACLES_MAX = 3, /* that are told of one fact */
};

/* Something that is missing. */
struct wanted {
    lineage_tuple pattern;
    uint32_t time;
    size_t distance;
    size_t parent; /* what it is missing for; SIZE_MAX: it is where the search begins */
};

struct hunt {
    struct harness_explanation *explanation;
    LINEAGE_ARRAY(struct wanted) asked; /* in the order in which they came up */
    size_t found_distance;              /* of the nearest rule so far; DISTANCE_MAX + 1: none */
    size_t found_count;
};

static uint32_t relation_of(const struct hunt *hunt, lineage_tuple tuple)
{
    return lineage_tuple_relation(hunt->explanation->evidence->universe, tuple);
}

/* Does the relation stand on the way from the beginning to what is wanted? */
static bool is_on_the_way(const struct hunt *hunt, size_t number, uint32_t relation)
{
    for (; number != SIZE_MAX; number = hunt->asked.items[number].parent)
        if (relation_of(hunt, hunt->asked.items[number].pattern) == relation)
            return true;
    return false;
}

static void want(struct hunt *hunt, size_t parent, lineage_tuple pattern, uint32_t time)
{
    const bool is_near = is_on_the_way(hunt, parent, relation_of(hunt, pattern));
    const struct wanted wanted = {pattern, time,
                                  hunt->asked.items[parent].distance + (is_near ? 0 : 1), parent};
    if (time == 0 || wanted.distance > DISTANCE_MAX || hunt->asked.count >= ASKED_MAX)
        return;
    for (size_t i = 0; i < hunt->asked.count; i++)
        if (hunt->asked.items[i].pattern == pattern && hunt->asked.items[i].time == time)
            return;
    LINEAGE_PUSH(&hunt->asked, wanted);
}

/* Is nothing in the way of the attempt but facts that must not be? */
static bool is_blocked(const struct lineage_attempt *attempt)
{
    bool has_blocker = false;
    for (size_t i = 0; i < attempt->requirement_count; i++) {
        const struct lineage_requirement *requirement = &attempt->requirements[i];
        if (requirement->standing == LINEAGE_IS_MET)
            continue;
        if (requirement->standing == LINEAGE_IS_OPEN ||
            requirement->need != LINEAGE_NEEDS_NO_FACT || requirement->fact == LINEAGE_NONE)
            return false;
        has_blocker = true;
    }
    return has_blocker;
}

static void take(struct hunt *hunt, size_t number, const struct lineage_attempt *attempt)
{
    struct harness_explanation *explanation = hunt->explanation;
    const size_t distance = hunt->asked.items[number].distance;
    for (size_t i = 0; i < explanation->obstacles.count; i++)
        if (explanation->obstacles.items[i].rule == attempt->rule)
            return;
    if (distance > hunt->found_distance || hunt->found_count == OBSTACLES_MAX)
        return;
    hunt->found_distance = distance;
    hunt->found_count++;
    struct harness_obstacle obstacle = {.rule = attempt->rule, .time = attempt->time};
    obstacle.bindings =
        lineage_arena_text(&explanation->arena, attempt->bindings, strlen(attempt->bindings));
    for (size_t i = 0; i < attempt->requirement_count; i++)
        if (attempt->requirements[i].standing == LINEAGE_IS_NOT_MET)
            obstacle.blocker = attempt->requirements[i].fact;
    obstacle.met = lineage_arena_allocate(&explanation->arena,
                                          (attempt->requirement_count + 1) * sizeof *obstacle.met);
    for (size_t i = 0; i < attempt->requirement_count; i++)
        if (attempt->requirements[i].need == LINEAGE_NEEDS_FACT)
            obstacle.met[obstacle.met_count++] = attempt->requirements[i].fact;
    obstacle.wanted = hunt->asked.items[number].pattern;
    LINEAGE_PUSH(&explanation->obstacles, obstacle);
}

/* Looks at one thing that is missing, and notes what it is missing for lack of. */
static void ask(struct hunt *hunt, size_t number)
{
    const struct harness_evidence *evidence = hunt->explanation->evidence;
    const struct harness_executor *executor = &evidence->session->executor;
    const struct wanted wanted = hunt->asked.items[number];
    struct lineage_attempts attempts = {.left_out = 0};
    executor->attempts(executor, &evidence->bad, wanted.pattern, wanted.time, &attempts);
    for (size_t i = 0; i < attempts.items.count; i++) {
        const struct lineage_attempt *attempt = &attempts.items.items[i];
        if (is_blocked(attempt))
            take(hunt, number, attempt);
        for (size_t j = 0; j < attempt->requirement_count; j++) {
            const struct lineage_requirement *requirement = &attempt->requirements[j];
            if (requirement->need == LINEAGE_NEEDS_FACT &&
                requirement->standing == LINEAGE_IS_NOT_MET)
                want(hunt, number, requirement->pattern, requirement->time);
        }
    }
    lineage_attempts_free(&attempts);
}

static void hunt_from(struct harness_explanation *explanation, const struct lineage_fact *lack)
{
    struct hunt hunt = {.explanation = explanation, .found_distance = DISTANCE_MAX + 1};
    const struct wanted first = {lack->tuple, lack->time, 0, SIZE_MAX};
    LINEAGE_PUSH(&hunt.asked, first);
    for (size_t distance = 0; distance <= DISTANCE_MAX && distance <= hunt.found_distance;
         distance++)
        for (size_t i = 0; i < hunt.asked.count; i++)
            if (hunt.asked.items[i].distance == distance)
                ask(&hunt, i);
    lineage_memory_free(hunt.asked.items);
}

void harness_find_obstacles(struct harness_explanation *explanation)
{
    const struct harness_evidence *evidence = explanation->evidence;
    for (size_t i = 0; i < explanation->lacks.missing.count; i++)
        if (explanation->lacks.missing.items[i].broken == explanation->told)
            hunt_from(explanation,
                      &evidence->good.facts.items[explanation->lacks.missing.items[i].fact]);
}
