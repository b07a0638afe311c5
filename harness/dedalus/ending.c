/* Two executions, the faults of both all before time t, that enter the step at t with the same
 * facts, and in which the same nodes have crashed, go on alike if no rule tells the times of their
 * crashes apart from t on. Then they end with the same pre and post.
 *
 * Proof. What they send is lost or not alike, since a node that has crashed has. By induction over
 * the steps s >= t let both begin with the same facts. Their `crash` facts differ at most in times.
 * Body literals on `crash` whose time is `_` are met by the one where they are by the other. For a
 * literal with another time, the first execution was probed at s (probe.c): no body with it had all
 * its other positive literals there and a crash of either time fitting. So no such body is enabled
 * in either, and no absence fails that would hold in the other: both derive the same. An error
 * would end both. */
#include "ending.h"

#include <string.h>

/* What is noted; beyond, nothing is added. */
enum { TUPLES_MAX = 12 << 20 };

static size_t place_count(const struct ded_engine *engine)
{
    return engine->model->universe.nodes.count * (engine->eot + 1);
}

void ded_endings_free(struct ded_endings *endings)
{
    for (size_t i = 0; i < endings->tails.count; i++) {
        lineage_schedule_free(&endings->tails.items[i].schedule);
        lineage_memory_free(endings->tails.items[i].last_read);
        lineage_memory_free(endings->tails.items[i].tuples.items);
    }
    lineage_memory_free(endings->items.items);
    lineage_memory_free(endings->tails.items);
    lineage_memory_free(endings->tuples.items);
    lineage_memory_free(endings->absolutes.items);
    lineage_memory_free(endings->slots);
    lineage_memory_free(endings->last_read);
    *endings = (struct ded_endings){.slots = NULL};
}

void ded_endings_begin(struct ded_endings *endings, const struct ded_engine *engine)
{
    const size_t bytes = (place_count(engine) + 1) * sizeof *endings->last_read;
    endings->last_read = lineage_memory_resize(endings->last_read, bytes);
    memset(endings->last_read, 0, bytes);
    endings->first_open = endings->items.count;
}

/* ---- states ---- */

static uint64_t mix(uint64_t word)
{
    word = (word ^ word >> 31) * 0x7fb5d329728ea185;
    word = (word ^ word >> 27) * 0x81dadef4bc2dd44d;
    return word ^ word >> 33;
}

/* What rules will read of the present and the past by absolute time. */
static void list_absolutes(struct ded_endings *endings, const struct ded_engine *engine)
{
    const struct ded_model *model = engine->model;
    endings->absolutes.count = 0;
    for (size_t i = 0; i < model->absolutes.count; i++) {
        const struct ded_absolute *absolute = &model->absolutes.items[i];
        if (absolute->time > engine->time)
            continue;
        const struct ded_table *table = absolute->time == engine->time
                                            ? &engine->tables[absolute->relation]
                                            : &engine->absolute_tables[i];
        LINEAGE_PUSH(&endings->absolutes, (lineage_tuple)table->tuples.count);
        for (size_t j = 0; j < table->tuples.count; j++)
            LINEAGE_PUSH(&endings->absolutes, table->tuples.items[j]);
    }
}

/* Depends on the facts that come and not on their order. */
static uint64_t hash_state(const struct ded_endings *endings, const struct ded_engine *engine)
{
    uint64_t hash = mix(engine->time);
    for (size_t i = 0; i < endings->absolutes.count; i++)
        hash = mix(hash + endings->absolutes.items[i]);
    for (size_t i = 0; i < engine->coming.count; i++)
        hash += mix((uint64_t)engine->execution->facts.items[engine->coming.items[i]].tuple + 1);
    for (size_t i = 0; i < engine->schedule->crashes.count; i++)
        hash += mix(~(uint64_t)engine->schedule->crashes.items[i].node);
    return hash;
}

/* Has the execution at work the same facts before the same step? */
static bool is_same_state(const struct ded_endings *endings, const struct ded_engine *engine,
                          const struct ded_ending *ending)
{
    const uint32_t time = engine->time + 1;
    const lineage_tuple *absolutes =
        endings->tuples.items + ending->first_tuple + ending->tuple_count;
    const size_t count = endings->absolutes.count;
    bool is_same =
        ending->time == time && ending->tuple_count == engine->coming.count &&
        ending->absolute_count == count &&
        (count == 0 || memcmp(absolutes, endings->absolutes.items, count * sizeof *absolutes) == 0);
    for (size_t i = 0; is_same && i < ending->tuple_count; i++)
        is_same = ded_find_fact(engine, endings->tuples.items[ending->first_tuple + i], time) !=
                  LINEAGE_NONE;
    return is_same;
}

/* Have the same nodes crashed, and does no rule from the next step on tell when? */
static bool has_alike_crashes(const struct ded_engine *engine, const struct ded_tail *tail)
{
    const struct lineage_schedule *schedule = engine->schedule;
    if (schedule->crashes.count != tail->schedule.crashes.count)
        return false;
    for (size_t i = 0; i < schedule->crashes.count; i++) {
        const struct lineage_crash *crash = &schedule->crashes.items[i];
        const uint32_t other = lineage_schedule_crash_time(&tail->schedule, crash->node);
        const uint32_t *last_read = tail->last_read + (size_t)crash->node * (engine->eot + 1);
        if (other == LINEAGE_NONE ||
            (other != crash->time &&
             (last_read[other] > engine->time || last_read[crash->time] > engine->time)))
            return false;
    }
    return true;
}

static void rehash(struct ded_endings *endings)
{
    endings->slot_count = endings->slot_count == 0 ? 1024 : endings->slot_count * 2;
    endings->slots = lineage_memory_resize(endings->slots, endings->slot_count * sizeof(uint32_t));
    memset(endings->slots, 0xff, endings->slot_count * sizeof(uint32_t));
    for (uint32_t i = 0; i < endings->first_open; i++) {
        size_t slot = endings->items.items[i].hash & (endings->slot_count - 1);
        while (endings->slots[slot] != LINEAGE_NONE)
            slot = (slot + 1) & (endings->slot_count - 1);
        endings->slots[slot] = i;
    }
}

static void note(struct ded_endings *endings, const struct ded_engine *engine, uint64_t hash)
{
    const struct ded_ending ending = {engine->time + 1,         hash,
                                      endings->tuples.count,    engine->coming.count,
                                      endings->absolutes.count, LINEAGE_NONE};
    if (endings->tuples.count > TUPLES_MAX)
        return;
    LINEAGE_PUSH(&endings->items, ending);
    for (size_t i = 0; i < engine->coming.count; i++)
        LINEAGE_PUSH(&endings->tuples,
                     engine->execution->facts.items[engine->coming.items[i]].tuple);
    for (size_t i = 0; i < endings->absolutes.count; i++)
        LINEAGE_PUSH(&endings->tuples, endings->absolutes.items[i]);
}

uint32_t ded_endings_meet(struct ded_endings *endings, const struct ded_engine *engine)
{
    list_absolutes(endings, engine);
    const uint64_t hash = hash_state(endings, engine);
    const size_t mask = endings->slot_count - 1;
    for (size_t slot = hash & mask; endings->slot_count > 0 && endings->slots[slot] != LINEAGE_NONE;
         slot = (slot + 1) & mask) {
        const struct ded_ending *ending = &endings->items.items[endings->slots[slot]];
        if (ending->hash == hash && is_same_state(endings, engine, ending) &&
            has_alike_crashes(engine, &endings->tails.items[ending->tail]))
            return ending->tail;
    }
    note(endings, engine, hash);
    return LINEAGE_NONE;
}

void ded_endings_watch(struct ded_endings *endings, struct ded_engine *engine)
{
    ded_probe_crashes(engine, DED_LAST_READ_OF_TIME, endings->last_read);
}

/* ---- tails ---- */

static void take_tuples(struct ded_engine *engine, const struct ded_tail *tail)
{
    for (size_t i = 0; i < tail->tuples.count; i++)
        lineage_fact_add(engine->execution, tail->tuples.items[i], engine->eot, true);
}

static void list_tuples(const struct ded_engine *engine, struct ded_tail *tail)
{
    const uint32_t relations[] = {engine->model->pre, engine->model->post};
    for (int i = 0; i < 2; i++) {
        const struct ded_table *table = &engine->tables[relations[i]];
        for (size_t j = 0; j < table->tuples.count; j++)
            LINEAGE_PUSH(&tail->tuples, table->tuples.items[j]);
    }
}

/* Takes the states noted into the table. */
static void close(struct ded_endings *endings, uint32_t tail)
{
    for (; endings->first_open < endings->items.count; endings->first_open++) {
        if (endings->first_open * 2 >= endings->slot_count)
            rehash(endings);
        struct ded_ending *ending = &endings->items.items[endings->first_open];
        ending->tail = tail;
        size_t slot = ending->hash & (endings->slot_count - 1);
        while (endings->slots[slot] != LINEAGE_NONE)
            slot = (slot + 1) & (endings->slot_count - 1);
        endings->slots[slot] = (uint32_t)endings->first_open;
    }
}

void ded_endings_end(struct ded_endings *endings, struct ded_engine *engine, uint32_t tail)
{
    const size_t places = place_count(engine);
    struct ded_tail own = {.last_read = NULL};
    if (tail != LINEAGE_NONE)
        take_tuples(engine, &endings->tails.items[tail]);
    if (endings->first_open == endings->items.count)
        return;
    lineage_schedule_copy(&own.schedule, engine->schedule);
    own.last_read = lineage_memory_clear((places + 1) * sizeof *own.last_read);
    memcpy(own.last_read, endings->last_read, places * sizeof *own.last_read);
    if (tail == LINEAGE_NONE) {
        list_tuples(engine, &own);
    } else {
        const struct ded_tail *known = &endings->tails.items[tail];
        for (size_t i = 0; i < places; i++)
            if (known->last_read[i] > engine->time)
                own.last_read[i] = known->last_read[i];
        LINEAGE_COPY(&own.tuples, &known->tuples);
    }
    LINEAGE_PUSH(&endings->tails, own);
    close(endings, (uint32_t)endings->tails.count - 1);
}

void ded_endings_abandon(struct ded_endings *endings)
{
    if (endings->first_open < endings->items.count)
        endings->tuples.count = endings->items.items[endings->first_open].first_tuple;
    endings->items.count = endings->first_open;
}
