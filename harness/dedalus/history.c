#include "history.h"

#include <string.h>

/* What the history may hold; the executions that were not used for the longest time make room. */
enum { BYTES_MAX = 64 << 20 };

/* ---- which execution to go on from ---- */

/* The last fault of a schedule: of equal times the crash. */
struct last_fault {
    bool is_crash;
    uint32_t time, node;
};

static struct last_fault last_fault(const struct lineage_schedule *schedule)
{
    struct last_fault last = {.time = 0};
    if (schedule->omissions.count > 0)
        last.time = schedule->omissions.items[schedule->omissions.count - 1].time;
    if (schedule->crashes.count > 0) {
        const struct lineage_crash *crash = &schedule->crashes.items[schedule->crashes.count - 1];
        if (crash->time >= last.time)
            last = (struct last_fault){true, crash->time, crash->node};
    }
    return last;
}

/* The schedule without its last fault. */
static void drop_last(const struct lineage_schedule *schedule, struct lineage_schedule *parent)
{
    lineage_schedule_copy(parent, schedule);
    if (last_fault(schedule).is_crash)
        parent->crashes.count--;
    else
        parent->omissions.count--;
}

uint32_t ded_first_difference(const struct ded_past *past, const struct lineage_schedule *schedule)
{
    const struct last_fault last = last_fault(schedule);
    if (!last.is_crash)
        return last.time;
    const uint32_t read_time = past->read_time[last.node * (past->execution.eot + 1) + last.time];
    return read_time < last.time ? read_time : last.time;
}

/* ---- the history ---- */

static size_t bytes_of(const struct ded_past *past)
{
    const struct lineage_execution *execution = &past->execution;
    return sizeof *past + execution->facts.count * sizeof *execution->facts.items +
           execution->messages.count * sizeof *execution->messages.items +
           (execution->eot + 2) *
               (sizeof *past->marks + execution->universe->nodes.count * sizeof *past->read_time);
}

static void free_past(struct ded_past *past)
{
    lineage_schedule_free(&past->schedule);
    lineage_execution_free(&past->execution);
    lineage_memory_free(past->marks);
    lineage_memory_free(past->read_time);
    lineage_memory_free(past);
}

void ded_history_free(struct ded_history *history)
{
    for (size_t i = 0; i < history->pasts.count; i++)
        free_past(history->pasts.items[i]);
    lineage_memory_free(history->pasts.items);
    ded_endings_free(&history->endings);
    *history = (struct ded_history){.uses = 0};
}

static const struct ded_past *find(struct ded_history *history,
                                   const struct lineage_schedule *schedule)
{
    for (size_t i = history->pasts.count; i > 0; i--) {
        struct ded_past *past = history->pasts.items[i - 1];
        if (lineage_schedule_equal(&past->schedule, schedule)) {
            past->last_use = ++history->uses;
            return past;
        }
    }
    return NULL;
}

static void make_room(struct ded_history *history, size_t bytes)
{
    while (history->pasts.count > 0 && history->bytes + bytes > BYTES_MAX) {
        size_t oldest = 0;
        for (size_t i = 1; i < history->pasts.count; i++)
            if (history->pasts.items[i]->last_use < history->pasts.items[oldest]->last_use)
                oldest = i;
        history->bytes -= bytes_of(history->pasts.items[oldest]);
        free_past(history->pasts.items[oldest]);
        history->pasts.items[oldest] = history->pasts.items[--history->pasts.count];
    }
}

/* ---- going on ---- */

/* Takes over the facts of the past before the step at `time`, the crashes aside: those of the
 * schedule are there already, and no fact of before has another number for it but by an offset. */
static void take_facts(struct ded_engine *engine, const struct ded_past *past, uint32_t time)
{
    const struct lineage_universe *universe = &engine->model->universe;
    struct lineage_execution *execution = engine->execution;
    const size_t crashes = past->schedule.crashes.count * universe->nodes.count;
    const size_t first = execution->facts.count, count = past->marks[time].facts - crashes;
    LINEAGE_RESERVE(&execution->facts, count);
    memcpy(execution->facts.items + first, past->execution.facts.items + crashes,
           count * sizeof *execution->facts.items);
    execution->facts.count += count;
    execution->facts_taken = count;
    for (size_t i = past->marks[time - 1].facts - crashes; i < count; i++) {
        const uint32_t fact = (uint32_t)(first + i);
        if (execution->facts.items[fact].time != time)
            continue;
        engine->fact_of[time & 1][execution->facts.items[fact].tuple] = fact;
        LINEAGE_PUSH(&engine->coming, fact);
    }
    for (size_t i = 0; i < engine->model->absolutes.count; i++) {
        const struct ded_absolute *absolute = &engine->model->absolutes.items[i];
        for (size_t j = 0; absolute->time < time && j < count; j++) {
            const uint32_t fact = (uint32_t)(first + j);
            const struct lineage_fact *known = &execution->facts.items[fact];
            if (known->time == absolute->time &&
                lineage_tuple_relation(universe, known->tuple) == absolute->relation)
                ded_table_add(&engine->absolute_tables[i], fact, known->tuple, false);
        }
    }
}

static void take_messages(struct ded_engine *engine, const struct ded_past *past, uint32_t time)
{
    struct lineage_execution *execution = engine->execution;
    for (size_t i = 0; i < past->marks[time].messages; i++) {
        LINEAGE_PUSH(&execution->messages, past->execution.messages.items[i]);
        LINEAGE_PUSH(&engine->earlier_message, LINEAGE_NONE);
    }
}

/* Before the step at `time`, after the past before that. */
static void start_at(struct ded_engine *engine, const struct ded_past *past, uint32_t time)
{
    ded_start(engine);
    if (past == NULL || time == 1)
        return;
    take_facts(engine, past, time);
    take_messages(engine, past, time);
    engine->time = time - 1;
}

static bool goes_on(const struct ded_engine *engine)
{
    return engine->time < engine->eot && engine->outcome == DED_OK;
}

static void step(struct ded_engine *engine)
{
    ded_advance(engine);
    ded_settle(engine);
}

/* Runs from the step at `time` to the end, after the past before that. With `records` what later
 * executions need to go on from this one is noted in it. */
static enum ded_outcome go_on(struct ded_engine *engine, const struct ded_past *past, uint32_t time,
                              struct ded_past *records)
{
    start_at(engine, past, time);
    while (goes_on(engine)) {
        if (records != NULL)
            records->marks[engine->time + 1] = (struct ded_mark){engine->execution->facts.count,
                                                                 engine->execution->messages.count};
        step(engine);
        if (records != NULL)
            ded_probe_crashes(engine, DED_FIRST_READ, records->read_time);
    }
    lineage_execution_index_end(engine->execution);
    return engine->outcome;
}

/* The same, to the end or to a state that has been met. */
static enum ded_outcome go_to_end(struct ded_engine *engine, struct ded_endings *endings,
                                  const struct ded_past *past, uint32_t time)
{
    const uint32_t last = last_fault(engine->schedule).time;
    uint32_t tail = LINEAGE_NONE;
    start_at(engine, past, time);
    while (goes_on(engine) && engine->time < last)
        step(engine);
    ded_endings_begin(endings, engine);
    while (goes_on(engine) && tail == LINEAGE_NONE) {
        tail = ded_endings_meet(endings, engine);
        if (tail != LINEAGE_NONE)
            break;
        step(engine);
        ded_endings_watch(endings, engine);
    }
    if (engine->outcome == DED_OK)
        ded_endings_end(endings, engine, tail);
    else
        ded_endings_abandon(endings);
    lineage_execution_index_end(engine->execution);
    return engine->outcome;
}

static void prepare(struct ded_engine *engine, const struct lineage_schedule *schedule,
                    uint32_t eot, struct lineage_execution *execution)
{
    lineage_execution_create(execution, &engine->model->universe, eot);
    engine->execution = execution;
    engine->schedule = schedule;
    engine->freedom = NULL;
    engine->run = NULL;
    engine->recording = engine->holds_messages = false;
    engine->outcome_only = true;
}

/* The execution under the schedule, from the history or run now; NULL if it did not end well. */
static const struct ded_past *remember(struct ded_engine *engine, struct ded_history *history,
                                       const struct lineage_schedule *schedule, uint32_t eot);

/* The past of the schedule without its last fault, and when the two begin to differ. Where that
 * ends with an error this one need not; it begins at the start. */
static const struct ded_past *find_parent(struct ded_engine *engine, struct ded_history *history,
                                          const struct lineage_schedule *schedule, uint32_t eot,
                                          uint32_t *time)
{
    struct lineage_schedule parent = {.omissions = {0}};
    *time = 1;
    if (lineage_schedule_size(schedule) == 0)
        return NULL;
    drop_last(schedule, &parent);
    const struct ded_past *past = remember(engine, history, &parent, eot);
    lineage_schedule_free(&parent);
    if (past != NULL)
        *time = ded_first_difference(past, schedule);
    return past;
}

static const struct ded_past *remember(struct ded_engine *engine, struct ded_history *history,
                                       const struct lineage_schedule *schedule, uint32_t eot)
{
    const struct ded_past *known = find(history, schedule);
    if (known != NULL)
        return known;
    uint32_t time;
    const struct ded_past *parent = find_parent(engine, history, schedule, eot, &time);
    if (parent == NULL && lineage_schedule_size(schedule) > 0)
        return NULL;
    struct ded_past *past = lineage_memory_clear(sizeof *past);
    const size_t places = engine->model->universe.nodes.count * (eot + 1);
    lineage_schedule_copy(&past->schedule, schedule);
    past->marks = lineage_memory_clear((eot + 2) * sizeof *past->marks);
    past->read_time = lineage_memory_clear((places + 1) * sizeof *past->read_time);
    for (size_t i = 0; i < places; i++) /* up to here nothing has read what the parent did not */
        past->read_time[i] =
            parent != NULL && parent->read_time[i] < time ? parent->read_time[i] : LINEAGE_NONE;
    for (uint32_t t = 1; parent != NULL && t <= time; t++) {
        past->marks[t] = parent->marks[t];
        past->marks[t].facts += (schedule->crashes.count - parent->schedule.crashes.count) *
                                engine->model->universe.nodes.count;
    }
    prepare(engine, &past->schedule, eot, &past->execution);
    if (go_on(engine, parent, time, past) != DED_OK) {
        free_past(past);
        return NULL;
    }
    make_room(history, bytes_of(past));
    past->last_use = ++history->uses;
    history->bytes += bytes_of(past);
    LINEAGE_PUSH(&history->pasts, past);
    return past;
}

enum ded_outcome ded_run_outcome(struct ded_engine *engine, const struct lineage_schedule *schedule,
                                 uint32_t eot, struct lineage_execution *execution)
{
    prepare(engine, schedule, eot, execution);
    return go_on(engine, NULL, 1, NULL);
}

enum ded_outcome ded_resume(struct ded_engine *engine, struct ded_history *history,
                            const struct lineage_schedule *schedule, uint32_t eot,
                            struct lineage_execution *execution)
{
    uint32_t time;
    const struct ded_past *parent = find_parent(engine, history, schedule, eot, &time);
    prepare(engine, schedule, eot, execution);
    return go_on(engine, parent, time, NULL);
}

enum ded_outcome ded_resume_to_end(struct ded_engine *engine, struct ded_history *history,
                                   const struct lineage_schedule *schedule, uint32_t eot,
                                   struct lineage_execution *execution)
{
    uint32_t time;
    const struct ded_past *parent = find_parent(engine, history, schedule, eot, &time);
    prepare(engine, schedule, eot, execution);
    return go_to_end(engine, &history->endings, parent, time);
}
