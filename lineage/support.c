#include "support.h"

#include <assert.h>
#include <stdlib.h>

struct walk {
    const struct lineage_execution *execution;
    const bool *immune;
    bool *is_reached; /* by fact */
    LINEAGE_ARRAY(uint32_t) open;
    LINEAGE_ARRAY(uint64_t) sent; /* the rule above the message */
};

static void reach(struct walk *walk, uint32_t fact)
{
    if (walk->is_reached[fact])
        return;
    walk->is_reached[fact] = true;
    LINEAGE_PUSH(&walk->open, fact);
}

static bool can_be_lost(const struct walk *walk, const struct lineage_message *message)
{
    return message->from != LINEAGE_NONE && message->from != message->to &&
           !(walk->immune != NULL && walk->immune[message->from]);
}

static void follow(struct walk *walk, uint32_t number)
{
    const struct lineage_firing *firing = &walk->execution->firings.items[number];
    size_t count;
    const uint32_t *premises = lineage_premises_of(walk->execution, number, &count);
    for (size_t i = 0; i < count; i++)
        if (lineage_premise_kind(premises[i]) == LINEAGE_PRESENT)
            reach(walk, lineage_premise_number(premises[i]));
    if (firing->message != LINEAGE_NONE &&
        can_be_lost(walk, &walk->execution->messages.items[firing->message]))
        LINEAGE_PUSH(&walk->sent, (uint64_t)firing->rule << 32 | firing->message);
}

static int compare_sent(const void *left, const void *right)
{
    const uint64_t l = *(const uint64_t *)left, r = *(const uint64_t *)right;
    return (l > r) - (l < r);
}

/* A rule may derive the same message in several ways. */
static void add_up(struct walk *walk, lineage_carriers *carriers)
{
    const uint64_t *sent = walk->sent.items;
    if (walk->sent.count > 1)
        qsort(walk->sent.items, walk->sent.count, sizeof *sent, compare_sent);
    for (size_t i = 0; i < walk->sent.count; i++) {
        const struct lineage_carrier next = {(uint32_t)(sent[i] >> 32), 0};
        if (i > 0 && sent[i] == sent[i - 1])
            continue;
        if (carriers->count == 0 || carriers->items[carriers->count - 1].rule != next.rule)
            LINEAGE_PUSH(carriers, next);
        carriers->items[carriers->count - 1].messages++;
    }
}

void lineage_support_find(const struct lineage_execution *execution, const uint32_t *roots,
                          size_t root_count, const bool *immune, lineage_carriers *carriers)
{
    struct walk walk = {.execution = execution, .immune = immune};
    assert(execution->firings_by_head != NULL);
    carriers->count = 0;
    walk.is_reached = lineage_memory_clear(execution->facts.count + 1);
    for (size_t i = 0; i < root_count; i++)
        reach(&walk, roots[i]);
    while (walk.open.count > 0) {
        size_t count;
        const uint32_t fact = walk.open.items[--walk.open.count];
        const uint32_t *firings = lineage_firings_of(execution, fact, &count);
        for (size_t i = 0; i < count; i++)
            follow(&walk, firings[i]);
    }
    add_up(&walk, carriers);
    lineage_memory_free(walk.is_reached);
    lineage_memory_free(walk.open.items);
    lineage_memory_free(walk.sent.items);
}

/* Is every pre tuple of the end a post tuple at this time? */
static bool stands(const struct lineage_execution *execution, uint32_t time)
{
    size_t count;
    const uint32_t *promised = lineage_facts_at(execution, execution->pre, execution->eot, &count);
    for (size_t i = 0; i < count; i++) {
        const lineage_tuple pre = execution->facts.items[promised[i]].tuple;
        const lineage_tuple post = lineage_tuple_find(
            execution->universe, execution->post, lineage_tuple_values(execution->universe, pre));
        if (lineage_fact_find(execution, post, time) == LINEAGE_NONE)
            return false;
    }
    return count > 0;
}

uint32_t lineage_outcome_time(const struct lineage_execution *execution)
{
    uint32_t first = LINEAGE_NONE;
    for (uint32_t time = execution->eot; time > 0 && stands(execution, time); time--)
        first = time;
    return first;
}
