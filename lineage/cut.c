/* For each fact below the outcome the smallest sets of deliveries that derive it, in rounds until
 * nothing changes: the sets of a firing are the unions of one set of each premise, and the message
 * that carries it. Only minimal sets are kept, and no more than LINEAGE_SUPPORTS_MAX of them. */
#include "cut.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 100 };

typedef LINEAGE_ARRAY(struct lineage_support_set) sets;

struct walk {
    const struct lineage_execution *execution, *bad;
    const bool *immune;
    struct lineage_supports *supports;
    bool *is_closed;               /* by firing */
    uint32_t *delivery_of;         /* by message; LINEAGE_NONE: it belongs to no support */
    sets *sets_of;                 /* by fact */
    bool *is_reached;              /* by fact */
    LINEAGE_ARRAY(uint32_t) facts; /* that were reached */
};

/* ---- deliveries ---- */

static bool can_be_lost(const struct walk *walk, const struct lineage_message *message)
{
    return message->from != LINEAGE_NONE && message->to != LINEAGE_NONE &&
           message->from != message->to && message->fate == LINEAGE_DELIVERED &&
           !(walk->immune != NULL && walk->immune[message->from]);
}

static uint32_t find_delivery(struct walk *walk, const struct lineage_message *message)
{
    struct lineage_supports *supports = walk->supports;
    for (uint32_t i = 0; i < supports->deliveries.count; i++) {
        const struct lineage_delivery *delivery = &supports->deliveries.items[i];
        if (delivery->tuple == message->tuple && delivery->from == message->from &&
            delivery->to == message->to)
            return i;
    }
    const struct lineage_delivery delivery = {.tuple = message->tuple,
                                              .from = message->from,
                                              .to = message->to,
                                              .rule = LINEAGE_NONE,
                                              .first_time = message->sent_time};
    LINEAGE_PUSH(&supports->deliveries, delivery);
    return (uint32_t)supports->deliveries.count - 1;
}

/* Messages are recorded in the order of their times. */
static void number_deliveries(struct walk *walk, const bool *is_used)
{
    const struct lineage_execution *execution = walk->execution;
    for (uint32_t i = 0; i < execution->messages.count; i++) {
        const struct lineage_message *message = &execution->messages.items[i];
        walk->delivery_of[i] = LINEAGE_NONE;
        if (!is_used[i] || !can_be_lost(walk, message))
            continue;
        walk->delivery_of[i] = find_delivery(walk, message);
        struct lineage_delivery *delivery = &walk->supports->deliveries.items[walk->delivery_of[i]];
        delivery->last_time = message->sent_time;
        delivery->count++;
    }
}

/* ---- what lies below the outcome ---- */

static void reach(struct walk *walk, uint32_t fact)
{
    if (walk->is_reached[fact])
        return;
    walk->is_reached[fact] = true;
    LINEAGE_PUSH(&walk->facts, fact);
}

static void note_closer(struct lineage_supports *supports, uint32_t closer)
{
    for (size_t i = 0; i < supports->closers.count; i++)
        if (supports->closers.items[i] == closer)
            return;
    LINEAGE_PUSH(&supports->closers, closer);
}

/* Does the bad run have what the firing wants absent? */
static bool close_way(struct walk *walk, uint32_t firing)
{
    size_t count;
    const uint32_t *premises = lineage_premises_of(walk->execution, firing, &count);
    for (size_t i = 0; walk->bad != NULL && i < count; i++) {
        size_t next = 0;
        if (lineage_premise_kind(premises[i]) == LINEAGE_PRESENT)
            continue;
        const uint32_t closer =
            lineage_next_violation(walk->execution, premises[i], walk->bad, &next);
        if (closer == LINEAGE_NONE)
            continue;
        walk->is_closed[firing] = true;
        walk->supports->closed_count++;
        note_closer(walk->supports, closer);
        return true;
    }
    return false;
}

static void reach_all(struct walk *walk, uint32_t root)
{
    const struct lineage_execution *execution = walk->execution;
    bool *is_used = lineage_memory_clear(execution->messages.count + 1);
    reach(walk, root);
    for (size_t next = 0; next < walk->facts.count; next++) {
        size_t count, premise_count;
        const uint32_t *firings = lineage_firings_of(execution, walk->facts.items[next], &count);
        for (size_t i = 0; i < count; i++) {
            const uint32_t message = execution->firings.items[firings[i]].message;
            const uint32_t *premises = lineage_premises_of(execution, firings[i], &premise_count);
            if (close_way(walk, firings[i]))
                continue;
            if (message != LINEAGE_NONE)
                is_used[message] = true;
            for (size_t j = 0; j < premise_count; j++)
                if (lineage_premise_kind(premises[j]) == LINEAGE_PRESENT)
                    reach(walk, lineage_premise_number(premises[j]));
                else
                    walk->supports->wants_absences = true;
        }
    }
    number_deliveries(walk, is_used);
    lineage_memory_free(is_used);
}

/* ---- sets ---- */

static bool is_subset(const struct lineage_support_set *small,
                      const struct lineage_support_set *large)
{
    size_t i = 0;
    for (size_t j = 0; i < small->count && j < large->count; j++)
        if (small->items[i] == large->items[j])
            i++;
    return i == small->count;
}

static int compare_sets(const struct lineage_support_set *left,
                        const struct lineage_support_set *right)
{
    if (left->count != right->count)
        return left->count < right->count ? -1 : 1;
    for (size_t i = 0; i < left->count; i++)
        if (left->items[i] != right->items[i])
            return left->items[i] < right->items[i] ? -1 : 1;
    return 0;
}

/* Keeps the set among the smallest, unless one of them is part of it. Did anything change? */
static bool add_set(struct walk *walk, sets *target, struct lineage_support_set set)
{
    for (size_t i = 0; i < target->count; i++)
        if (is_subset(&target->items[i], &set))
            return false;
    size_t kept = 0;
    for (size_t i = 0; i < target->count; i++)
        if (!is_subset(&set, &target->items[i]))
            target->items[kept++] = target->items[i];
    target->count = kept;
    size_t place = kept;
    while (place > 0 && compare_sets(&set, &target->items[place - 1]) < 0)
        place--;
    if (kept == LINEAGE_SUPPORTS_MAX) {
        walk->supports->is_complete = false;
        if (place == kept)
            return false;
        target->count--;
    }
    LINEAGE_PUSH(target, set);
    memmove(&target->items[place + 1], &target->items[place],
            (target->count - 1 - place) * sizeof *target->items);
    target->items[place] = set;
    return true;
}

static struct lineage_support_set join(struct walk *walk, const struct lineage_support_set *left,
                                       const struct lineage_support_set *right)
{
    uint32_t *items = lineage_arena_allocate(&walk->supports->arena,
                                             (left->count + right->count + 1) * sizeof *items);
    size_t i = 0, j = 0, count = 0;
    while (i < left->count || j < right->count) {
        const uint32_t l = i < left->count ? left->items[i] : LINEAGE_NONE;
        const uint32_t r = j < right->count ? right->items[j] : LINEAGE_NONE;
        items[count++] = l < r ? l : r;
        i += l <= r;
        j += r <= l;
    }
    return (struct lineage_support_set){items, count};
}

/* Replaces each set so far by its unions with the sets of one more premise. */
static void multiply(struct walk *walk, sets *product, const sets *factor)
{
    sets result = {0};
    for (size_t i = 0; i < product->count; i++)
        for (size_t j = 0; j < factor->count; j++)
            add_set(walk, &result, join(walk, &product->items[i], &factor->items[j]));
    lineage_memory_free(product->items);
    *product = result;
}

/* Does the firing pick one of several facts of a group: a minimum, a maximum? */
static bool is_selection(const struct lineage_execution *execution, uint32_t firing)
{
    const struct lineage_universe *universe = execution->universe;
    size_t count;
    const uint32_t *premises = lineage_premises_of(execution, firing, &count);
    if (count < 2 || !universe->rules.items[execution->firings.items[firing].rule].selects ||
        lineage_premise_kind(premises[0]) != LINEAGE_PRESENT)
        return false;
    const lineage_tuple member = execution->facts.items[lineage_premise_number(premises[0])].tuple;
    return universe->relations.items[lineage_tuple_relation(universe, member)].internal;
}

/* The sets of one firing, added to those of its head. Did anything change? */
static bool fire(struct walk *walk, uint32_t firing, uint32_t head)
{
    const struct lineage_execution *execution = walk->execution;
    const uint32_t message = execution->firings.items[firing].message;
    const uint32_t delivery = message == LINEAGE_NONE ? LINEAGE_NONE : walk->delivery_of[message];
    size_t count;
    const uint32_t *premises = lineage_premises_of(execution, firing, &count);
    sets product = {0};
    uint32_t *own = lineage_arena_allocate(&walk->supports->arena, sizeof *own);
    *own = delivery;
    LINEAGE_PUSH(&product, ((struct lineage_support_set){own, delivery != LINEAGE_NONE}));
    if (delivery != LINEAGE_NONE)
        walk->supports->deliveries.items[delivery].rule = execution->firings.items[firing].rule;
    if (is_selection(execution, firing))
        walk->supports->is_complete = false;
    for (size_t i = 0; i < count && product.count > 0; i++)
        if (lineage_premise_kind(premises[i]) == LINEAGE_PRESENT)
            multiply(walk, &product, &walk->sets_of[lineage_premise_number(premises[i])]);
    bool has_changed = false;
    for (size_t i = 0; i < product.count; i++)
        has_changed |= add_set(walk, &walk->sets_of[head], product.items[i]);
    lineage_memory_free(product.items);
    return has_changed;
}

/* One round: every firing once, those of earlier facts first. Did anything change? */
static bool go_round(struct walk *walk)
{
    bool has_changed = false;
    for (size_t i = 0; i < walk->facts.count; i++) {
        const uint32_t fact = walk->facts.items[i];
        size_t count;
        const uint32_t *firings = lineage_firings_of(walk->execution, fact, &count);
        if (count == 0)
            has_changed |= add_set(walk, &walk->sets_of[fact], (struct lineage_support_set){0});
        for (size_t j = 0; j < count; j++)
            has_changed |= !walk->is_closed[firings[j]] && fire(walk, firings[j], fact);
    }
    return has_changed;
}

/* ---- what a set derives ---- */

static bool has_delivery(const struct lineage_support_set *set, uint32_t delivery)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i] == delivery)
            return true;
    return false;
}

/* Does the firing happen when these deliveries and facts are there? */
static bool happens(const struct walk *walk, uint32_t firing, const struct lineage_support_set *set,
                    const bool *is_derived)
{
    const uint32_t message = walk->execution->firings.items[firing].message;
    const uint32_t delivery = message == LINEAGE_NONE ? LINEAGE_NONE : walk->delivery_of[message];
    if (walk->is_closed[firing] || (delivery != LINEAGE_NONE && !has_delivery(set, delivery)))
        return false;
    size_t count;
    const uint32_t *premises = lineage_premises_of(walk->execution, firing, &count);
    for (size_t i = 0; i < count; i++)
        if (lineage_premise_kind(premises[i]) == LINEAGE_PRESENT &&
            !is_derived[lineage_premise_number(premises[i])])
            return false;
    return true;
}

/* Does the fact hold when nothing but these deliveries is made? */
static bool suffices(const struct walk *walk, const struct lineage_support_set *set, uint32_t root)
{
    bool *is_derived = lineage_memory_clear(walk->execution->facts.count + 1);
    bool has_changed = true;
    while (has_changed) {
        has_changed = false;
        for (size_t i = 0; i < walk->facts.count; i++) {
            const uint32_t fact = walk->facts.items[i];
            size_t count;
            const uint32_t *firings = lineage_firings_of(walk->execution, fact, &count);
            bool is_new = !is_derived[fact] && count == 0;
            for (size_t j = 0; j < count && !is_derived[fact] && !is_new; j++)
                is_new = happens(walk, firings[j], set, is_derived);
            is_derived[fact] |= is_new;
            has_changed |= is_new;
        }
    }
    const bool result = is_derived[root];
    lineage_memory_free(is_derived);
    return result;
}

/* Leaves out what the set can do without: where sets were dropped on the way, there may be such. */
static struct lineage_support_set shrink(struct walk *walk, const struct lineage_support_set *set,
                                         uint32_t root)
{
    struct lineage_support_set small = *set;
    for (size_t i = small.count; i-- > 0;) {
        uint32_t *items =
            lineage_arena_allocate(&walk->supports->arena, (small.count + 1) * sizeof *items);
        struct lineage_support_set smaller = {items, 0};
        for (size_t j = 0; j < small.count; j++)
            if (j != i)
                items[smaller.count++] = small.items[j];
        if (suffices(walk, &smaller, root))
            small = smaller;
    }
    return small;
}

/* The sets of the outcome are what was asked for. */
static void take_sets(struct walk *walk, uint32_t root)
{
    struct lineage_supports *supports = walk->supports;
    sets found = {0};
    for (size_t i = 0; i < walk->sets_of[root].count; i++) {
        const struct lineage_support_set *set = &walk->sets_of[root].items[i];
        add_set(walk, &found, supports->is_complete ? *set : shrink(walk, set, root));
    }
    for (size_t i = 0; i < found.count; i++)
        LINEAGE_PUSH(&supports->sets, found.items[i]);
    lineage_memory_free(found.items);
}

static int compare_numbers(const void *left, const void *right)
{
    const uint32_t l = *(const uint32_t *)left, r = *(const uint32_t *)right;
    return (l > r) - (l < r);
}

static enum lineage_cut cut_of(const struct lineage_message *message)
{
    return message->fate == LINEAGE_LOST_BY_OMISSION ? LINEAGE_CUT_BY_OMISSION
           : message->fate == LINEAGE_LOST_BY_CRASH  ? LINEAGE_CUT_BY_CRASH
                                                     : LINEAGE_TOO_LATE;
}

/* What becomes of the delivery: of what arrives the first, even if it is sent later than in the
 * good run; else the first loss. What was sent before the outcome wanted it is another matter. */
static void find_fate(const struct lineage_execution *bad, struct lineage_delivery *delivery)
{
    delivery->cut = LINEAGE_NOT_SENT;
    for (size_t i = 0; i < bad->messages.count; i++) {
        const struct lineage_message *message = &bad->messages.items[i];
        if (message->tuple != delivery->tuple || message->from != delivery->from ||
            message->to != delivery->to || message->sent_time < delivery->first_time)
            continue;
        if (message->fate == LINEAGE_DELIVERED && message->sent_time > delivery->last_time &&
            delivery->cut != LINEAGE_NOT_SENT)
            return; /* its loss says more */
        if (message->fate == LINEAGE_DELIVERED) {
            delivery->cut =
                message->sent_time == delivery->first_time ? LINEAGE_ARRIVES : LINEAGE_ARRIVES_LATE;
            delivery->cut_time = message->sent_time + 1;
            return;
        }
        if (delivery->cut == LINEAGE_NOT_SENT) {
            delivery->cut = cut_of(message);
            delivery->cut_time = message->sent_time;
        }
    }
}

/* Its first loss at the times at which it is sent for the outcome, if there is one. */
static void find_loss(const struct lineage_execution *bad, struct lineage_delivery *delivery)
{
    for (size_t i = 0; i < bad->messages.count; i++) {
        const struct lineage_message *message = &bad->messages.items[i];
        if (message->tuple != delivery->tuple || message->from != delivery->from ||
            message->to != delivery->to || message->sent_time < delivery->first_time ||
            message->sent_time > delivery->last_time || message->fate == LINEAGE_DELIVERED)
            continue;
        delivery->cut = cut_of(message);
        delivery->cut_time = message->sent_time;
        return;
    }
}

/* What becomes of each delivery. Where all of a support arrives and the bad run lacks the outcome
 * all the same, to arrive once was not enough. */
static void find_fates(const struct lineage_execution *bad, bool is_missing,
                       struct lineage_supports *supports)
{
    for (size_t i = 0; i < supports->deliveries.count; i++)
        find_fate(bad, &supports->deliveries.items[i]);
    for (size_t i = 0; i < supports->sets.count && is_missing; i++) {
        const struct lineage_support_set *set = &supports->sets.items[i];
        bool is_cut = false;
        for (size_t j = 0; j < set->count; j++)
            is_cut = is_cut || supports->deliveries.items[set->items[j]].cut != LINEAGE_ARRIVES;
        for (size_t j = 0; j < set->count && !is_cut; j++)
            find_loss(bad, &supports->deliveries.items[set->items[j]]);
    }
}

void lineage_supports_find(const struct lineage_execution *good, uint32_t fact, const bool *immune,
                           const struct lineage_execution *bad, struct lineage_supports *supports)
{
    assert(good->firings_by_head != NULL && fact < good->facts.count);
    *supports = (struct lineage_supports){.is_complete = true};
    struct walk walk = {.execution = good, .bad = bad, .immune = immune, .supports = supports};
    walk.is_closed = lineage_memory_clear(good->firings.count + 1);
    walk.delivery_of = lineage_memory_clear((good->messages.count + 1) * sizeof *walk.delivery_of);
    walk.sets_of = lineage_memory_clear((good->facts.count + 1) * sizeof *walk.sets_of);
    walk.is_reached = lineage_memory_clear(good->facts.count + 1);
    reach_all(&walk, fact);
    /* In the order in which facts were recorded premises mostly come before what they derive. */
    if (walk.facts.count > 1)
        qsort(walk.facts.items, walk.facts.count, sizeof *walk.facts.items, compare_numbers);
    size_t rounds = 0;
    while (rounds < ROUNDS_MAX && go_round(&walk))
        rounds++;
    if (rounds == ROUNDS_MAX)
        supports->is_complete = false;
    take_sets(&walk, fact);
    if (bad != NULL)
        find_fates(bad,
                   lineage_fact_find(bad, good->facts.items[fact].tuple,
                                     good->facts.items[fact].time) == LINEAGE_NONE,
                   supports);
    for (size_t i = 0; i < walk.facts.count; i++)
        lineage_memory_free(walk.sets_of[walk.facts.items[i]].items);
    lineage_memory_free(walk.is_closed);
    lineage_memory_free(walk.sets_of);
    lineage_memory_free(walk.delivery_of);
    lineage_memory_free(walk.is_reached);
    lineage_memory_free(walk.facts.items);
}

void lineage_supports_free(struct lineage_supports *supports)
{
    lineage_memory_free(supports->deliveries.items);
    lineage_memory_free(supports->sets.items);
    lineage_memory_free(supports->closers.items);
    lineage_arena_free(&supports->arena);
    *supports = (struct lineage_supports){.is_complete = false};
}
