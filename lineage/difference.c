/* From a broken promise back to the firings with which the executions part.
 *
 * A fact is *odd* if one execution has it and the other has not: missing, if the good one has it,
 * else new. Why is it odd? The other execution lacks every firing that derives it, so each of them
 * needs something that the other execution does not have:
 *
 *   - a fact, which is odd in the same way;
 *   - an absence, which the other execution violates by facts that are odd in the other way (they
 *     are not here, or the firing would not be);
 *   - that its message arrives. Where all premises agree, the message was sent in the other
 *     execution, too, and lost there: the walk ends here;
 *   - that the group of an aggregate holds no more than it does. In plain executions an aggregate's
 *     premises are its whole group, so where all agree the other execution has a firing of the same
 *     rule with more of them, which are odd in the other way;
 *   - a `crash` fact or its absence: the walk ends here, at the fault.
 *
 * Missing and new are mirror images, so that one walk does for both. It starts from what the
 * promise says itself: its post, if that is missing, and its pre, if that is new. (Had either been
 * as in the good execution, the promise would not be broken. If neither is odd, the good execution
 * breaks it too.) Each odd fact is visited once, and every firing is one of its head alone. As the
 * facts of an execution have derivations without circles, the walk from an odd fact always reaches
 * an end. */
#include "difference.h"

#include <assert.h>
#include <stdlib.h>

enum side { GOOD, BAD };

enum absence_state { NOT_LOOKED_AT, AGREES, VIOLATED };

struct one_side {
    const struct lineage_execution *execution;
    uint32_t *twin;         /* by fact: the same in the other execution, or LINEAGE_NONE */
    bool *is_visited;       /* by fact */
    unsigned char *absence; /* by absence: its state */
    /* Messages of a tuple: the newest, by tuple; the one before, by message. */
    uint32_t *newest_message, *earlier_message;
    /* Firings by rule and time of their first fact; NULL: nobody has asked yet. */
    uint32_t *firings_by_step, *step_starts;
};

struct odd {
    enum side side;
    uint32_t fact;
};

struct walk {
    struct one_side sides[2];
    LINEAGE_ARRAY(struct odd) open;
    struct lineage_difference *difference;
};

static enum side other(enum side side)
{
    return side == GOOD ? BAD : GOOD;
}

static const struct lineage_fact *fact_of(const struct walk *walk, enum side side, uint32_t fact)
{
    return &walk->sides[side].execution->facts.items[fact];
}

/* ---- what lies where ---- */

static uint32_t *no_numbers(size_t count)
{
    uint32_t *numbers = lineage_memory_clear((count + 1) * sizeof *numbers);
    memset(numbers, 0xff, (count + 1) * sizeof *numbers);
    return numbers;
}

static void open_side(struct one_side *side, const struct lineage_execution *execution)
{
    *side = (struct one_side){.execution = execution};
    side->twin = no_numbers(execution->facts.count);
    side->is_visited = lineage_memory_clear(execution->facts.count + 1);
    side->absence = lineage_memory_clear(execution->absences.count + 1);
    side->newest_message = no_numbers(execution->universe->tuples.count);
    side->earlier_message = no_numbers(execution->messages.count);
    for (uint32_t i = 0; i < execution->messages.count; i++) {
        uint32_t *newest = &side->newest_message[execution->messages.items[i].tuple];
        side->earlier_message[i] = *newest;
        *newest = i;
    }
}

static void close_side(struct one_side *side)
{
    lineage_memory_free(side->twin);
    lineage_memory_free(side->is_visited);
    lineage_memory_free(side->absence);
    lineage_memory_free(side->newest_message);
    lineage_memory_free(side->earlier_message);
    lineage_memory_free(side->firings_by_step);
    lineage_memory_free(side->step_starts);
}

/* Joins the facts of a relation at a time that both executions have. `fact_of_tuple` is by tuple,
 * with whatever earlier calls have left. */
static void join_facts(struct walk *walk, uint32_t relation, uint32_t time, uint32_t *fact_of_tuple)
{
    const struct lineage_execution *good = walk->sides[GOOD].execution;
    const struct lineage_execution *bad = walk->sides[BAD].execution;
    size_t count;
    const uint32_t *facts = lineage_facts_at(good, relation, time, &count);
    for (size_t i = 0; i < count; i++)
        fact_of_tuple[good->facts.items[facts[i]].tuple] = facts[i];
    facts = lineage_facts_at(bad, relation, time, &count);
    for (size_t i = 0; i < count; i++) {
        const uint32_t twin = fact_of_tuple[bad->facts.items[facts[i]].tuple];
        if (twin == LINEAGE_NONE || good->facts.items[twin].time != time)
            continue;
        walk->sides[GOOD].twin[twin] = facts[i];
        walk->sides[BAD].twin[facts[i]] = twin;
    }
}

static void join_executions(struct walk *walk)
{
    const struct lineage_execution *good = walk->sides[GOOD].execution;
    uint32_t *fact_of_tuple = no_numbers(good->universe->tuples.count);
    for (uint32_t time = 0; time <= good->eot; time++)
        for (uint32_t relation = 0; relation < good->universe->relations.count; relation++)
            join_facts(walk, relation, time, fact_of_tuple);
    lineage_memory_free(fact_of_tuple);
}

/* The message in the execution of `side` that is like this one, which the other execution sent. */
static bool was_sent(const struct walk *walk, enum side side, const struct lineage_message *message)
{
    const struct one_side *here = &walk->sides[side];
    for (uint32_t i = here->newest_message[message->tuple]; i != LINEAGE_NONE;
         i = here->earlier_message[i]) {
        const struct lineage_message *found = &here->execution->messages.items[i];
        if (found->sent_time == message->sent_time && found->from == message->from)
            return true;
    }
    return false;
}

/* The first fact that the firing needs, or LINEAGE_NONE. */
static uint32_t first_fact(const struct lineage_execution *execution, uint32_t firing)
{
    size_t count;
    const uint32_t *premises = lineage_premises_of(execution, firing, &count);
    for (size_t i = 0; i < count; i++)
        if (lineage_premise_kind(premises[i]) == LINEAGE_PRESENT)
            return lineage_premise_number(premises[i]);
    return LINEAGE_NONE;
}

static uint32_t step_of(const struct lineage_execution *execution, uint32_t rule, uint32_t fact)
{
    return rule * (execution->eot + 1) + execution->facts.items[fact].time;
}

/* Groups the firings that need a fact by step, as step_of has it. */
static void index_steps(struct one_side *side)
{
    const struct lineage_execution *execution = side->execution;
    const size_t count = execution->firings.count;
    const size_t steps = execution->universe->rules.count * (execution->eot + 1);
    uint32_t *ends = lineage_memory_clear((steps + 2) * sizeof *ends);
    side->firings_by_step = lineage_memory_clear((count + 1) * sizeof *side->firings_by_step);
    side->step_starts = ends;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < count; i++) {
            const uint32_t fact = first_fact(execution, i);
            if (fact == LINEAGE_NONE)
                continue;
            const uint32_t step = step_of(execution, execution->firings.items[i].rule, fact);
            if (pass == 0)
                ends[step + 2]++;
            else
                side->firings_by_step[ends[step + 1]++] = i;
        }
        for (size_t step = 2; pass == 0 && step < steps + 2; step++)
            ends[step] += ends[step - 1];
    }
}

/* ---- the walk ---- */

static void visit(struct walk *walk, enum side side, uint32_t fact)
{
    const struct odd odd = {side, fact};
    if (walk->sides[side].is_visited[fact])
        return;
    walk->sides[side].is_visited[fact] = true;
    LINEAGE_PUSH(&walk->open, odd);
}

/* The walk ends at a firing. */
static void end(struct walk *walk, enum side side, uint32_t firing,
                enum lineage_difference_kind kind, lineage_tuple tuple)
{
    const struct lineage_execution *execution = walk->sides[side].execution;
    const struct lineage_firing *f = &execution->firings.items[firing];
    const struct lineage_fact *head = &execution->facts.items[f->head];
    const struct lineage_difference_item item = {
        .kind = kind,
        .is_new = side == BAD,
        .firing = firing,
        .rule = f->rule,
        .relation = lineage_tuple_relation(execution->universe, head->tuple),
        .tuple = tuple,
        .time =
            kind == LINEAGE_LOST ? execution->messages.items[f->message].sent_time : head->time};
    LINEAGE_PUSH(&walk->difference->items, item);
    walk->difference->lost_count += kind == LINEAGE_LOST;
}

/* Does the other execution lack the fact? */
static bool lacks_fact(struct walk *walk, enum side side, uint32_t firing, uint32_t fact)
{
    const struct lineage_execution *execution = walk->sides[side].execution;
    const lineage_tuple tuple = execution->facts.items[fact].tuple;
    if (walk->sides[side].twin[fact] != LINEAGE_NONE)
        return false;
    if (lineage_tuple_relation(execution->universe, tuple) == execution->crash)
        end(walk, side, firing, LINEAGE_READS_CRASH, tuple);
    else
        visit(walk, side, fact);
    return true;
}

/* Does the other execution violate the absence? */
static bool lacks_absence(struct walk *walk, enum side side, uint32_t firing, uint32_t number)
{
    struct one_side *here = &walk->sides[side];
    const struct lineage_execution *execution = here->execution;
    const struct lineage_absence *absence = &execution->absences.items[number];
    const uint32_t relation = lineage_tuple_relation(execution->universe, absence->pattern);
    const bool is_crash = relation == execution->crash;
    if (here->absence[number] != NOT_LOOKED_AT && !is_crash)
        return here->absence[number] == VIOLATED;
    size_t count;
    const uint32_t *facts =
        lineage_facts_at(walk->sides[other(side)].execution, relation, absence->time, &count);
    here->absence[number] = AGREES;
    for (size_t i = 0; i < count; i++) {
        const lineage_tuple tuple = fact_of(walk, other(side), facts[i])->tuple;
        if (lineage_tuple_match(execution->universe, absence->pattern, tuple) != LINEAGE_MATCH)
            continue;
        here->absence[number] = VIOLATED;
        if (is_crash)
            end(walk, side, firing, LINEAGE_READS_CRASH, tuple);
        else
            visit(walk, other(side), facts[i]);
    }
    return here->absence[number] == VIOLATED;
}

static bool needs_fact(const struct lineage_execution *execution, uint32_t firing, uint32_t fact)
{
    size_t count;
    const uint32_t *premises = lineage_premises_of(execution, firing, &count);
    for (size_t i = 0; i < count; i++)
        if (premises[i] == lineage_premise(LINEAGE_PRESENT, fact))
            return true;
    return false;
}

/* All premises of the firing agree. Is it an aggregate over more in the other execution? */
static bool is_outnumbered(struct walk *walk, enum side side, uint32_t firing)
{
    struct one_side *there = &walk->sides[other(side)];
    const uint32_t first = first_fact(walk->sides[side].execution, firing);
    if (first == LINEAGE_NONE)
        return false;
    if (there->step_starts == NULL)
        index_steps(there);
    const uint32_t fact = walk->sides[side].twin[first];
    const uint32_t step =
        step_of(there->execution, walk->sides[side].execution->firings.items[firing].rule, fact);
    bool is_so = false;
    for (uint32_t i = there->step_starts[step]; i < there->step_starts[step + 1]; i++) {
        const uint32_t candidate = there->firings_by_step[i];
        if (!needs_fact(there->execution, candidate, fact))
            continue;
        size_t count;
        const uint32_t *premises = lineage_premises_of(there->execution, candidate, &count);
        for (size_t j = 0; j < count; j++)
            if (lineage_premise_kind(premises[j]) == LINEAGE_PRESENT)
                is_so =
                    lacks_fact(walk, other(side), candidate, lineage_premise_number(premises[j])) ||
                    is_so;
    }
    return is_so;
}

/* The crash, in the other execution, of the node at which the firing happens, by then: it is not
 * called any more. LINEAGE_NONE: it has not crashed, or its rules go on. */
static lineage_tuple find_crash(const struct walk *walk, enum side side, uint32_t firing)
{
    const struct lineage_execution *here = walk->sides[side].execution;
    const struct lineage_execution *there = walk->sides[other(side)].execution;
    const struct lineage_universe *universe = here->universe;
    const struct lineage_firing *f = &here->firings.items[firing];
    const struct lineage_fact *head = fact_of(walk, side, f->head);
    const uint32_t time =
        f->message == LINEAGE_NONE ? head->time : here->messages.items[f->message].sent_time;
    const lineage_value node = f->message == LINEAGE_NONE
                                   ? lineage_tuple_values(universe, head->tuple)[0]
                                   : universe->nodes.items[here->messages.items[f->message].from];
    size_t count;
    const uint32_t *crashes = lineage_facts_at(there, there->crash, 0, &count);
    for (size_t i = 0; i < count; i++) {
        const lineage_tuple crash = fact_of(walk, other(side), crashes[i])->tuple;
        const lineage_value *values = lineage_tuple_values(universe, crash);
        if (values[1] == node && lineage_integer_of(universe, values[2]) <= (int64_t)time)
            return crash;
    }
    return LINEAGE_NONE;
}

/* Why the other execution lacks the firing. */
static void explain(struct walk *walk, enum side side, uint32_t firing)
{
    const struct lineage_execution *execution = walk->sides[side].execution;
    const struct lineage_firing *f = &execution->firings.items[firing];
    size_t count;
    const uint32_t *premises = lineage_premises_of(execution, firing, &count);
    bool differs = false;
    for (size_t i = 0; i < count; i++) {
        const uint32_t number = lineage_premise_number(premises[i]);
        assert(lineage_premise_kind(premises[i]) != LINEAGE_ABSENT_FACT);
        differs = (lineage_premise_kind(premises[i]) == LINEAGE_PRESENT
                       ? lacks_fact(walk, side, firing, number)
                       : lacks_absence(walk, side, firing, number)) ||
                  differs;
    }
    if (differs)
        return;
    const struct lineage_message *message =
        f->message == LINEAGE_NONE ? NULL : &execution->messages.items[f->message];
    if (message != NULL && was_sent(walk, other(side), message)) {
        end(walk, side, firing, LINEAGE_LOST, message->tuple);
    } else if (!is_outnumbered(walk, side, firing)) {
        const lineage_tuple crash = find_crash(walk, side, firing);
        if (crash != LINEAGE_NONE)
            end(walk, side, firing, LINEAGE_READS_CRASH, crash);
        else
            end(walk, side, firing, LINEAGE_UNEXPLAINED, fact_of(walk, side, f->head)->tuple);
    }
}

/* ---- where it starts, and what comes of it ---- */

/* Visits the fact of a tuple at the end of time, if it is odd. */
static void start(struct walk *walk, enum side side, lineage_tuple tuple)
{
    const struct lineage_execution *execution = walk->sides[side].execution;
    const uint32_t fact = lineage_fact_find(execution, tuple, execution->eot);
    if (fact != LINEAGE_NONE && walk->sides[side].twin[fact] == LINEAGE_NONE)
        visit(walk, side, fact);
}

static int compare_numbers(uint32_t left, uint32_t right)
{
    return left < right ? -1 : left > right;
}

static int compare_items(const void *left, const void *right)
{
    const struct lineage_difference_item *l = left, *r = right;
    const int orders[] = {compare_numbers(l->time, r->time), compare_numbers(l->kind, r->kind),
                          compare_numbers(l->is_new, r->is_new),
                          compare_numbers(l->firing, r->firing),
                          compare_numbers(l->tuple, r->tuple)};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        if (orders[i] != 0)
            return orders[i];
    return 0;
}

void lineage_difference_find(const struct lineage_execution *good,
                             const struct lineage_execution *bad, const lineage_tuples *broken,
                             struct lineage_difference *difference)
{
    struct walk walk = {.difference = difference};
    assert(good->universe == bad->universe && good->eot == bad->eot);
    *difference = (struct lineage_difference){.lost_count = 0};
    open_side(&walk.sides[GOOD], good);
    open_side(&walk.sides[BAD], bad);
    join_executions(&walk);
    for (size_t i = 0; i < broken->count; i++) {
        start(&walk, GOOD, lineage_promised(good, broken->items[i]));
        start(&walk, BAD, broken->items[i]);
    }
    while (walk.open.count > 0) {
        const struct odd odd = walk.open.items[--walk.open.count];
        size_t count;
        const uint32_t *firings =
            lineage_firings_of(walk.sides[odd.side].execution, odd.fact, &count);
        for (size_t i = 0; i < count; i++)
            explain(&walk, odd.side, firings[i]);
    }
    if (difference->items.count > 1)
        qsort(difference->items.items, difference->items.count, sizeof *difference->items.items,
              compare_items);
    lineage_memory_free(walk.open.items);
    close_side(&walk.sides[GOOD]);
    close_side(&walk.sides[BAD]);
}

void lineage_difference_free(struct lineage_difference *difference)
{
    lineage_memory_free(difference->items.items);
    *difference = (struct lineage_difference){.lost_count = 0};
}
