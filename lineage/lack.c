#include "lack.h"

#include <assert.h>

struct walk {
    const struct lineage_execution *good, *bad;
    struct lineage_lacks *lacks;
    lineage_tuple broken;
};

static void lack(struct walk *walk, uint32_t fact, uint32_t because);

/* The same fact in the other execution, or LINEAGE_NONE. */
static uint32_t twin(const struct lineage_execution *here, uint32_t fact,
                     const struct lineage_execution *there)
{
    const struct lineage_fact *odd = &here->facts.items[fact];
    return lineage_fact_find(there, odd->tuple, odd->time);
}

/* What the good run has that would have kept a firing of the bad one away. Is there anything? */
static bool follow_absences(struct walk *walk, uint32_t firing, uint32_t because)
{
    size_t count;
    const uint32_t *premises = lineage_premises_of(walk->bad, firing, &count);
    bool is_there = false;
    for (size_t i = 0; i < count; i++) {
        size_t next = 0;
        uint32_t found;
        if (lineage_premise_kind(premises[i]) == LINEAGE_PRESENT)
            continue;
        while ((found = lineage_next_violation(walk->bad, premises[i], walk->good, &next)) !=
               LINEAGE_NONE) {
            is_there = true;
            lack(walk, found, because);
        }
    }
    return is_there;
}

/* What would have kept a fact of the bad run away; if nothing by itself, then one of the new facts
 * of its own node's doing that it is derived from, as where what is bad is carried on. */
static void follow_fact(struct walk *walk, uint32_t fact, uint32_t because)
{
    size_t firing_count, count;
    if (walk->bad->facts.items[fact].time == 0 || walk->lacks->is_followed[fact] ||
        twin(walk->bad, fact, walk->good) != LINEAGE_NONE)
        return;
    walk->lacks->is_followed[fact] = true;
    const uint32_t *firings = lineage_firings_of(walk->bad, fact, &firing_count);
    for (size_t i = 0; i < firing_count; i++) {
        if (follow_absences(walk, firings[i], because) ||
            walk->bad->firings.items[firings[i]].message != LINEAGE_NONE)
            continue;
        const uint32_t *premises = lineage_premises_of(walk->bad, firings[i], &count);
        for (size_t j = 0; j < count; j++)
            if (lineage_premise_kind(premises[j]) == LINEAGE_PRESENT)
                follow_fact(walk, lineage_premise_number(premises[j]), because);
    }
}

/* A fact of the bad run that stands against the promise. */
static void intrude(struct walk *walk, uint32_t fact)
{
    if (walk->bad->facts.items[fact].time == 0 || /* a crash is nobody's doing */
        walk->lacks->is_intruder[fact] || twin(walk->bad, fact, walk->good) != LINEAGE_NONE)
        return;
    walk->lacks->is_intruder[fact] = true;
    LINEAGE_PUSH(&walk->lacks->intruders, ((struct lineage_intruder){fact, walk->broken}));
    follow_fact(walk, fact, fact);
}

/* Follows what the bad run has against a firing of the good one. Does the firing lack anything
 * else? */
static bool follow_firing(struct walk *walk, uint32_t firing)
{
    size_t count;
    const uint32_t *premises = lineage_premises_of(walk->good, firing, &count);
    bool is_kept_away = false;
    for (size_t i = 0; i < count; i++) {
        size_t next = 0;
        uint32_t found;
        if (lineage_premise_kind(premises[i]) == LINEAGE_PRESENT)
            continue;
        while ((found = lineage_next_violation(walk->good, premises[i], walk->bad, &next)) !=
               LINEAGE_NONE) {
            is_kept_away = true;
            intrude(walk, found);
        }
    }
    return !is_kept_away;
}

/* Is the same lacking at another time, for the same reason? */
static bool is_listed(const struct walk *walk, uint32_t fact, uint32_t because)
{
    for (size_t i = 0; i < walk->lacks->missing.count; i++) {
        const struct lineage_lack *listed = &walk->lacks->missing.items[i];
        if (listed->because == because &&
            walk->good->facts.items[listed->fact].tuple == walk->good->facts.items[fact].tuple)
            return true;
    }
    return false;
}

/* A fact of the good run that the promise needs. */
static void lack(struct walk *walk, uint32_t fact, uint32_t because)
{
    if (walk->lacks->is_missing[fact] || twin(walk->good, fact, walk->bad) != LINEAGE_NONE)
        return;
    walk->lacks->is_missing[fact] = true;
    size_t count;
    bool is_direct = false;
    const uint32_t *firings = lineage_firings_of(walk->good, fact, &count);
    for (size_t i = 0; i < count; i++)
        is_direct |= follow_firing(walk, firings[i]);
    if ((is_direct || count == 0) && !is_listed(walk, fact, because))
        LINEAGE_PUSH(&walk->lacks->missing, ((struct lineage_lack){fact, because, walk->broken}));
}

void lineage_lacks_find(const struct lineage_execution *good, const struct lineage_execution *bad,
                        const lineage_tuples *broken, struct lineage_lacks *lacks)
{
    assert(good->universe == bad->universe);
    *lacks = (struct lineage_lacks){.missing = {0}};
    struct walk walk = {.good = good, .bad = bad, .lacks = lacks};
    lacks->is_missing = lineage_memory_clear(good->facts.count + 1);
    lacks->is_intruder = lineage_memory_clear(bad->facts.count + 1);
    lacks->is_followed = lineage_memory_clear(bad->facts.count + 1);
    for (size_t i = 0; i < broken->count; i++) {
        walk.broken = broken->items[i];
        const uint32_t pre = lineage_fact_find(bad, walk.broken, bad->eot);
        const lineage_tuple promised = lineage_promised(good, walk.broken);
        const uint32_t post =
            promised == LINEAGE_NONE ? LINEAGE_NONE : lineage_fact_find(good, promised, good->eot);
        if (pre != LINEAGE_NONE)
            intrude(&walk, pre);
        if (post != LINEAGE_NONE)
            lack(&walk, post, LINEAGE_NONE);
    }
}

void lineage_lacks_follow(const struct lineage_execution *good, const struct lineage_execution *bad,
                          uint32_t fact, lineage_tuple broken, struct lineage_lacks *lacks)
{
    struct walk walk = {.good = good, .bad = bad, .lacks = lacks, .broken = broken};
    intrude(&walk, fact);
}

void lineage_lacks_free(struct lineage_lacks *lacks)
{
    lineage_memory_free(lacks->missing.items);
    lineage_memory_free(lacks->intruders.items);
    lineage_memory_free(lacks->is_missing);
    lineage_memory_free(lacks->is_intruder);
    lineage_memory_free(lacks->is_followed);
    *lacks = (struct lineage_lacks){.missing = {0}};
}
