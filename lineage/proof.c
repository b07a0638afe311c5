/* Facts are settled in ascending order of weight, out of a heap. A firing is ready once the last
 * fact that it needs is settled; it then offers its head a proof. As a firing weighs more than any
 * proof that it needs, a fact's best offer has been made by the time it is the lightest of those
 * that wait. The order of settling is the rank: a proof is offered when all that it rests on has
 * been settled, so nothing can rest on itself (even where weights have reached their end). */
#include "proof.h"

#include <assert.h>
#include <stdlib.h>

struct knuth {
    struct lineage_proofs *proofs;
    const struct lineage_execution *execution;
    /* Firings by a fact that they need: from starts[fact] to starts[fact + 1]. */
    uint32_t *uses, *starts;
    uint32_t *waiting;             /* by firing: so many of its facts are not settled */
    struct lineage_weight *so_far; /* by firing: of those that are, and itself */
    lineage_numbers heap;          /* facts that have an offer, the lightest first */
    uint32_t *place;               /* by fact: in the heap, or LINEAGE_NONE */
    uint32_t settled_count;
};

static uint64_t add(uint64_t left, uint64_t right)
{
    uint64_t sum;
    return __builtin_add_overflow(left, right, &sum) ? UINT64_MAX : sum;
}

static struct lineage_weight add_weights(struct lineage_weight left, struct lineage_weight right)
{
    return (struct lineage_weight){add(left.steps, right.steps), add(left.firings, right.firings)};
}

static int compare_weights(struct lineage_weight left, struct lineage_weight right)
{
    if (left.steps != right.steps)
        return left.steps < right.steps ? -1 : 1;
    return left.firings < right.firings ? -1 : left.firings > right.firings;
}

uint32_t lineage_carried(const struct lineage_execution *execution, uint32_t firing)
{
    const struct lineage_firing *f = &execution->firings.items[firing];
    if (f->head == LINEAGE_NONE || f->message != LINEAGE_NONE || f->exactly != LINEAGE_NONE)
        return LINEAGE_NONE;
    const struct lineage_fact *head = &execution->facts.items[f->head];
    size_t count;
    const uint32_t *premises = lineage_premises_of(execution, firing, &count);
    for (size_t i = 0; i < count; i++) {
        const uint32_t number = lineage_premise_number(premises[i]);
        if (lineage_premise_kind(premises[i]) == LINEAGE_PRESENT &&
            execution->facts.items[number].tuple == head->tuple &&
            execution->facts.items[number].time + 1 == head->time)
            return number;
    }
    return LINEAGE_NONE;
}

/* ---- what a firing needs ---- */

/* Calls for each fact that each firing needs, once, and returns how many calls that were.
 * `last_firing` is by fact, and cleared. */
static size_t count_needs(const struct knuth *knuth, uint32_t firing, uint32_t *last_firing,
                          uint32_t *facts)
{
    size_t count, needed = 0;
    const uint32_t *premises = lineage_premises_of(knuth->execution, firing, &count);
    for (size_t i = 0; i < count; i++) {
        const uint32_t number = lineage_premise_number(premises[i]);
        if (lineage_premise_kind(premises[i]) != LINEAGE_PRESENT ||
            last_firing[number] == firing + 1)
            continue;
        last_firing[number] = firing + 1;
        facts[needed++] = number;
    }
    return needed;
}

static size_t most_premises(const struct lineage_execution *execution)
{
    size_t most = 0;
    for (uint32_t i = 0; i < execution->firings.count; i++) {
        size_t count;
        lineage_premises_of(execution, i, &count);
        most = count > most ? count : most;
    }
    return most;
}

/* Groups firings by the facts that they need. */
static void index_uses(struct knuth *knuth)
{
    const struct lineage_execution *execution = knuth->execution;
    const size_t fact_count = execution->facts.count;
    uint32_t *facts = lineage_memory_clear((most_premises(execution) + 1) * sizeof *facts);
    knuth->starts = lineage_memory_clear((fact_count + 2) * sizeof *knuth->starts);
    knuth->uses = lineage_memory_clear((execution->premises.count + 1) * sizeof *knuth->uses);
    for (int pass = 0; pass < 2; pass++) {
        uint32_t *last_firing = lineage_memory_clear((fact_count + 1) * sizeof *last_firing);
        for (uint32_t i = 0; i < execution->firings.count; i++) {
            const size_t needed = count_needs(knuth, i, last_firing, facts);
            const uint32_t exactly = execution->firings.items[i].exactly;
            knuth->waiting[i] = exactly < needed ? exactly : (uint32_t)needed;
            for (size_t j = 0; j < needed; j++)
                if (pass == 0)
                    knuth->starts[facts[j] + 2]++;
                else
                    knuth->uses[knuth->starts[facts[j] + 1]++] = i;
        }
        for (size_t fact = 2; pass == 0 && fact < fact_count + 2; fact++)
            knuth->starts[fact] += knuth->starts[fact - 1];
        lineage_memory_free(last_firing);
    }
    lineage_memory_free(facts);
}

/* ---- the heap ---- */

static bool is_lighter(const struct knuth *knuth, uint32_t left, uint32_t right)
{
    const int order = compare_weights(knuth->proofs->weights[left], knuth->proofs->weights[right]);
    return order != 0 ? order < 0 : left < right;
}

static void put(struct knuth *knuth, size_t place, uint32_t fact)
{
    knuth->heap.items[place] = fact;
    knuth->place[fact] = (uint32_t)place;
}

/* A fact that has become lighter, or is new, goes up from its place. */
static void rise(struct knuth *knuth, size_t place, uint32_t fact)
{
    while (place > 0 && is_lighter(knuth, fact, knuth->heap.items[(place - 1) / 2])) {
        put(knuth, place, knuth->heap.items[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(knuth, place, fact);
}

static uint32_t take_lightest(struct knuth *knuth)
{
    const uint32_t lightest = knuth->heap.items[0];
    const uint32_t last = knuth->heap.items[--knuth->heap.count];
    const size_t count = knuth->heap.count;
    size_t place = 0;
    knuth->place[lightest] = LINEAGE_NONE;
    if (count == 0)
        return lightest;
    for (size_t child = 1; child < count; child = 2 * place + 1) {
        child += child + 1 < count &&
                 is_lighter(knuth, knuth->heap.items[child + 1], knuth->heap.items[child]);
        if (!is_lighter(knuth, knuth->heap.items[child], last))
            break;
        put(knuth, place, knuth->heap.items[child]);
        place = child;
    }
    put(knuth, place, last);
    return lightest;
}

/* ---- the algorithm ---- */

/* Offers a fact a proof by this firing; LINEAGE_NONE: it is given. */
static void offer(struct knuth *knuth, uint32_t fact, uint32_t firing, struct lineage_weight weight)
{
    struct lineage_proofs *proofs = knuth->proofs;
    if (fact == LINEAGE_NONE || proofs->ranks[fact] != LINEAGE_NONE)
        return;
    const bool is_new = knuth->place[fact] == LINEAGE_NONE;
    if (!is_new) {
        const int order = compare_weights(weight, proofs->weights[fact]);
        const uint32_t best = proofs->firing_of[fact];
        const bool carries = lineage_carried(knuth->execution, firing) != LINEAGE_NONE;
        const bool best_carries =
            best == LINEAGE_NONE || lineage_carried(knuth->execution, best) != LINEAGE_NONE;
        const bool wins_tie = carries != best_carries ? carries : firing < best;
        if (order > 0 || (order == 0 && (best == LINEAGE_NONE || !wins_tie)))
            return;
    }
    proofs->weights[fact] = weight;
    proofs->firing_of[fact] = firing;
    if (is_new)
        LINEAGE_PUSH(&knuth->heap, fact);
    rise(knuth, is_new ? knuth->heap.count - 1 : knuth->place[fact], fact);
}

static void settle(struct knuth *knuth, uint32_t fact)
{
    const struct lineage_execution *execution = knuth->execution;
    knuth->proofs->ranks[fact] = knuth->settled_count++;
    for (uint32_t i = knuth->starts[fact]; i < knuth->starts[fact + 1]; i++) {
        const uint32_t firing = knuth->uses[i];
        if (knuth->waiting[firing] == 0) /* it needed some only, and has had them */
            continue;
        knuth->so_far[firing] = add_weights(knuth->so_far[firing], knuth->proofs->weights[fact]);
        if (--knuth->waiting[firing] == 0)
            offer(knuth, execution->firings.items[firing].head, firing, knuth->so_far[firing]);
    }
}

static void settle_all(struct knuth *knuth)
{
    while (knuth->heap.count > 0)
        settle(knuth, take_lightest(knuth));
}

/* What needs no fact, and what is known to be given. */
static void start(struct knuth *knuth, const bool *given)
{
    const struct lineage_execution *execution = knuth->execution;
    const struct lineage_weight nothing = {0, 0};
    for (uint32_t fact = 0; fact < execution->facts.count; fact++) {
        size_t count;
        lineage_firings_of(execution, fact, &count);
        if (given != NULL ? given[fact] : count == 0)
            offer(knuth, fact, LINEAGE_NONE, nothing);
    }
    for (uint32_t i = 0; i < execution->firings.count; i++) {
        const bool is_step = lineage_carried(execution, i) == LINEAGE_NONE;
        knuth->so_far[i] = (struct lineage_weight){is_step, 1};
        if (knuth->waiting[i] == 0)
            offer(knuth, execution->firings.items[i].head, i, knuth->so_far[i]);
    }
}

static uint32_t *no_numbers(size_t count)
{
    uint32_t *numbers = lineage_memory_clear((count + 1) * sizeof *numbers);
    memset(numbers, 0xff, (count + 1) * sizeof *numbers);
    return numbers;
}

void lineage_proofs_find(const struct lineage_execution *execution, const bool *given,
                         struct lineage_proofs *proofs)
{
    const size_t fact_count = execution->facts.count, firing_count = execution->firings.count;
    struct knuth knuth = {.proofs = proofs, .execution = execution};
    assert(execution->firings_by_head != NULL);
    *proofs = (struct lineage_proofs){.execution = execution,
                                      .firing_of = no_numbers(fact_count),
                                      .ranks = no_numbers(fact_count)};
    proofs->weights = lineage_memory_clear((fact_count + 1) * sizeof *proofs->weights);
    knuth.place = no_numbers(fact_count);
    knuth.waiting = lineage_memory_clear((firing_count + 1) * sizeof *knuth.waiting);
    knuth.so_far = lineage_memory_clear((firing_count + 1) * sizeof *knuth.so_far);
    index_uses(&knuth);
    start(&knuth, given);
    settle_all(&knuth);
    for (uint32_t fact = 0; fact < fact_count; fact++) {
        if (proofs->ranks[fact] != LINEAGE_NONE)
            continue;
        offer(&knuth, fact, LINEAGE_NONE, (struct lineage_weight){0, 0});
        settle_all(&knuth);
    }
    lineage_memory_free(knuth.starts);
    lineage_memory_free(knuth.uses);
    lineage_memory_free(knuth.waiting);
    lineage_memory_free(knuth.so_far);
    lineage_memory_free(knuth.heap.items);
    lineage_memory_free(knuth.place);
}

void lineage_proofs_free(struct lineage_proofs *proofs)
{
    lineage_memory_free(proofs->firing_of);
    lineage_memory_free(proofs->weights);
    lineage_memory_free(proofs->ranks);
    *proofs = (struct lineage_proofs){.execution = NULL};
}

/* ---- one proof ---- */

/* Of the facts needed, drops that which was settled last. */
static void drop_last_settled(const struct lineage_proofs *proofs, lineage_numbers *needed)
{
    size_t last = 0;
    for (size_t i = 1; i < needed->count; i++)
        if (proofs->ranks[needed->items[i]] > proofs->ranks[needed->items[last]])
            last = i;
    memmove(needed->items + last, needed->items + last + 1,
            (needed->count - last - 1) * sizeof *needed->items);
    needed->count--;
}

void lineage_proof_needs(const struct lineage_proofs *proofs, uint32_t firing,
                         lineage_numbers *needed)
{
    size_t count;
    const uint32_t *premises = lineage_premises_of(proofs->execution, firing, &count);
    const uint32_t exactly = proofs->execution->firings.items[firing].exactly;
    needed->count = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t number = lineage_premise_number(premises[i]);
        bool is_new = lineage_premise_kind(premises[i]) == LINEAGE_PRESENT;
        for (size_t j = 0; is_new && j < needed->count; j++)
            is_new = needed->items[j] != number;
        if (is_new)
            LINEAGE_PUSH(needed, number);
    }
    while (needed->count > exactly)
        drop_last_settled(proofs, needed);
}

static int compare_ranks(const void *left, const void *right)
{
    const uint64_t l = *(const uint64_t *)left, r = *(const uint64_t *)right;
    return (l > r) - (l < r);
}

void lineage_proof_firings(const struct lineage_proofs *proofs, uint32_t fact,
                           lineage_numbers *firings)
{
    const struct lineage_execution *execution = proofs->execution;
    bool *is_reached = lineage_memory_clear(execution->facts.count + 1);
    lineage_numbers open = {0}, needed = {0};
    LINEAGE_ARRAY(uint64_t) found = {0}; /* the head's rank above the firing */
    LINEAGE_PUSH(&open, fact);
    while (open.count > 0) {
        const uint32_t next = open.items[--open.count];
        const uint32_t firing = proofs->firing_of[next];
        if (is_reached[next] || firing == LINEAGE_NONE)
            continue;
        is_reached[next] = true;
        LINEAGE_PUSH(&found, (uint64_t)proofs->ranks[next] << 32 | firing);
        lineage_proof_needs(proofs, firing, &needed);
        for (size_t i = 0; i < needed.count; i++)
            LINEAGE_PUSH(&open, needed.items[i]);
    }
    if (found.count > 1)
        qsort(found.items, found.count, sizeof *found.items, compare_ranks);
    firings->count = 0;
    for (size_t i = 0; i < found.count; i++)
        LINEAGE_PUSH(firings, (uint32_t)found.items[i]);
    lineage_memory_free(is_reached);
    lineage_memory_free(open.items);
    lineage_memory_free(needed.items);
    lineage_memory_free(found.items);
}

/* A fact that a proof rests on, and the rule that led from its time to the later one. */
struct rest {
    uint32_t fact, rule;
};
typedef LINEAGE_ARRAY(struct rest) rests;

/* Adds what a fact's last firing needs, of its time and the one before `time`. */
static void reach_needs(const struct lineage_proofs *proofs, struct rest from, uint32_t time,
                        lineage_numbers *needed, rests *reached)
{
    const struct lineage_execution *execution = proofs->execution;
    const uint32_t firing = proofs->firing_of[from.fact];
    if (firing == LINEAGE_NONE)
        return;
    lineage_proof_needs(proofs, firing, needed);
    for (size_t i = 0; i < needed->count; i++) {
        const uint32_t next = needed->items[i], next_time = execution->facts.items[next].time;
        bool is_new = next_time + 1 >= time && next_time <= time;
        for (size_t j = 0; is_new && j < reached->count; j++)
            is_new = reached->items[j].fact != next;
        const struct rest rest = {next, next_time < execution->facts.items[from.fact].time
                                            ? execution->firings.items[firing].rule
                                            : from.rule};
        if (is_new)
            LINEAGE_PUSH(reached, rest);
    }
}

uint32_t lineage_proof_before(const struct lineage_proofs *proofs, uint32_t fact, uint32_t *rule)
{
    const struct lineage_fact *facts = proofs->execution->facts.items;
    const uint32_t time = facts[fact].time;
    const struct rest start = {fact, LINEAGE_NONE};
    uint32_t before = LINEAGE_NONE;
    lineage_numbers needed = {0};
    rests reached = {0};
    LINEAGE_PUSH(&reached, start);
    for (size_t i = 0;
         i < reached.count && i < LINEAGE_BEFORE_LOOKS_MAX && before == LINEAGE_NONE && time > 0;
         i++) {
        const struct rest next = reached.items[i];
        if (facts[next.fact].tuple == facts[fact].tuple && facts[next.fact].time + 1 == time) {
            before = next.fact;
            *rule = next.rule;
        } else {
            reach_needs(proofs, next, time, &needed, &reached);
        }
    }
    lineage_memory_free(needed.items);
    lineage_memory_free(reached.items);
    return before;
}

uint32_t lineage_proof_since(const struct lineage_proofs *proofs, uint32_t fact, uint32_t *rule)
{
    uint32_t before, here = LINEAGE_NONE, last = LINEAGE_NONE;
    while ((before = lineage_proof_before(proofs, fact, &here)) != LINEAGE_NONE) {
        if (last == LINEAGE_NONE)
            last = here;
        fact = before;
    }
    if (rule != NULL)
        *rule = last;
    return fact;
}
