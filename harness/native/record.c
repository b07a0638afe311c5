/* A run as facts, firings and messages. A row is a fact at the end of each step at which it is
 * there, and at one in which it comes and goes; a firing of the rule "it stays" carries it from one
 * step to the next, unless a fact says that it goes. What a call reads it reads as it was at the
 * end of the step before, unless the step has changed it by then. */
#include "record.h"

/* What a slot has been in this step. */
struct passing {
    uint32_t slot, before; /* before: what it was before that, in this step, or LINEAGE_NONE */
    lineage_tuple tuple;
    uint32_t fact;
};

struct recorder {
    const struct native_run *run;
    const struct native_names *names;
    const struct native_rules *rules;
    const struct lineage_schedule *schedule;
    struct lineage_execution *execution;
    enum native_extent extent;
    lineage_tuple failed;
    uint32_t time;
    lineage_tuple *rows; /* by slot, by now */
    uint32_t *before;    /* by slot: its fact at the end of the step before, or LINEAGE_NONE */
    uint32_t *went;      /* by slot: the last time at which it had a row, and none at the end */
    LINEAGE_ARRAY(struct passing) passing;
    uint32_t *newest;    /* by slot: the last that it has been in this step, or LINEAGE_NONE */
    lineage_tuple *goes; /* by slot: what says that its row goes, or LINEAGE_NONE: not known */
    uint32_t *left;      /* by slot: the last time at which it went */
    uint32_t *leaving;   /* by slot: the fact that said so */
    uint32_t *kept;      /* by node, of an opaque protocol: the last fact of NATIVE_KEPT */
    bool is_opaque;
    uint32_t *input_facts;            /* by input: its fact */
    uint32_t *message_facts;          /* by message: its fact, once it arrives */
    uint32_t *message_numbers;        /* by message: in the execution */
    LINEAGE_ARRAY(uint32_t) waiting;  /* firings of messages that have not arrived yet */
    LINEAGE_ARRAY(uint32_t) premises; /* of the part at work, by now */
};

static uint32_t present(const struct recorder *recorder, uint32_t slot, lineage_tuple tuple)
{
    uint32_t number = recorder->newest[slot];
    while (number != LINEAGE_NONE && recorder->passing.items[number].tuple != tuple)
        number = recorder->passing.items[number].before;
    return number == LINEAGE_NONE ? LINEAGE_NONE : recorder->passing.items[number].fact;
}

/* The fact that the slot's row is, now. */
static uint32_t make_present(struct recorder *recorder, uint32_t slot, lineage_tuple tuple)
{
    uint32_t fact = present(recorder, slot, tuple);
    if (fact == LINEAGE_NONE) {
        fact = lineage_fact_add(recorder->execution, tuple, recorder->time, true);
        const struct passing passing = {slot, recorder->newest[slot], tuple, fact};
        recorder->newest[slot] = (uint32_t)recorder->passing.count;
        LINEAGE_PUSH(&recorder->passing, passing);
    }
    return fact;
}

static void fire(struct recorder *recorder, uint32_t rule, uint32_t head, uint32_t message)
{
    struct lineage_execution *execution = recorder->execution;
    if (recorder->extent != NATIVE_FIRINGS)
        return;
    const struct lineage_firing firing = {rule, head, message, (uint32_t)execution->premises.count,
                                          LINEAGE_NONE};
    LINEAGE_PUSH(&execution->firings, firing);
    for (size_t i = 0; i < recorder->premises.count; i++)
        LINEAGE_PUSH(&execution->premises, recorder->premises.items[i]);
}

static uint32_t rule_of(const struct recorder *recorder,
                        const struct native_run_operation *operation)
{
    return recorder->extent == NATIVE_FIRINGS
               ? recorder->rules->rule_of(recorder->rules->context, operation->site,
                                          operation->operation)
               : 0;
}

static void need(struct recorder *recorder, uint32_t premise)
{
    for (size_t i = 0; i < recorder->premises.count; i++)
        if (recorder->premises.items[i] == premise)
            return;
    LINEAGE_PUSH(&recorder->premises, premise);
}

static void need_absence(struct recorder *recorder, lineage_tuple pattern, uint32_t time)
{
    struct lineage_execution *execution = recorder->execution;
    const struct lineage_absence absence = {pattern, time};
    for (size_t i = 0; i < recorder->premises.count; i++) {
        const uint32_t premise = recorder->premises.items[i];
        const uint32_t number = lineage_premise_number(premise);
        if (lineage_premise_kind(premise) == LINEAGE_ABSENT &&
            execution->absences.items[number].pattern == pattern &&
            execution->absences.items[number].time == time)
            return;
    }
    LINEAGE_PUSH(&execution->absences, absence);
    LINEAGE_PUSH(&recorder->premises,
                 lineage_premise(LINEAGE_ABSENT, (uint32_t)execution->absences.count - 1));
}

/* No row has the slot's key: at the end of the step before. */
static void need_no_row(struct recorder *recorder, uint32_t number)
{
    const struct native_run_slot *slot = &recorder->run->slots.items[number];
    struct lineage_universe *universe = recorder->execution->universe;
    const lineage_value *key = recorder->run->values.items + slot->first_value;
    lineage_value values[2 * LDFI_COLUMNS_MAX + 1];
    if (recorder->time == 1)
        return; /* there cannot have been one */
    const uint32_t relation =
        slot->relation != LINEAGE_NONE
            ? slot->relation
            : lineage_relation_find(universe, lineage_text_of(universe, key[0]));
    if (relation == LINEAGE_NONE) /* the table never had a row */
        return;
    const uint32_t arity = universe->relations.items[relation].arity;
    if (arity < 1 + slot->count || arity > 2 * LDFI_COLUMNS_MAX + 1)
        return;
    for (uint32_t i = 0; i < arity; i++)
        values[i] = i == 0             ? universe->nodes.items[slot->node]
                    : i <= slot->count ? key[i]
                                       : LINEAGE_ANY;
    need_absence(recorder, lineage_tuple_intern(universe, relation, values), recorder->time - 1);
}

static lineage_tuple crash_tuple(const struct recorder *recorder, uint32_t node, lineage_value time)
{
    struct lineage_universe *universe = recorder->execution->universe;
    const lineage_value values[] = {universe->nodes.items[node], universe->nodes.items[node], time};
    return lineage_tuple_intern(universe, recorder->execution->crash, values);
}

static void ask(struct recorder *recorder, const struct native_run_operation *operation)
{
    const uint32_t time = lineage_schedule_crash_time(recorder->schedule, operation->number);
    if (!operation->has_crashed) {
        if (time == LINEAGE_NONE)
            need_absence(recorder, crash_tuple(recorder, operation->number, LINEAGE_ANY), 0);
        return;
    }
    if (time == LINEAGE_NONE)
        return; /* what the trace says is not so */
    const lineage_tuple tuple = crash_tuple(recorder, operation->number,
                                            lineage_integer(recorder->execution->universe, time));
    for (uint32_t i = 0; i < recorder->execution->facts.count; i++)
        if (recorder->execution->facts.items[i].tuple == tuple) {
            need(recorder, lineage_premise(LINEAGE_PRESENT, i));
            return;
        }
}

static void read_slot(struct recorder *recorder, const struct native_run_operation *operation)
{
    const uint32_t slot = operation->number;
    const lineage_tuple row = recorder->rows[slot];
    const uint32_t before = recorder->before[slot];
    if (row == LINEAGE_NONE &&
        (recorder->left[slot] == recorder->time || recorder->went[slot] == recorder->time - 1))
        need(recorder, lineage_premise(LINEAGE_PRESENT, recorder->leaving[slot]));
    else if (row == LINEAGE_NONE)
        need_no_row(recorder, slot);
    else if (before != LINEAGE_NONE && recorder->execution->facts.items[before].tuple == row)
        need(recorder, lineage_premise(LINEAGE_PRESENT, before));
    else if (present(recorder, slot, row) != LINEAGE_NONE)
        need(recorder, lineage_premise(LINEAGE_PRESENT, present(recorder, slot, row)));
}

/* The number in the execution of a message, which is there once, however often it is sent. */
static uint32_t add_message(struct recorder *recorder, uint32_t number)
{
    const struct native_run_message *message = &recorder->run->messages.items[number];
    struct lineage_execution *execution = recorder->execution;
    for (size_t i = execution->messages.count; i-- > 0;) {
        const struct lineage_message *other = &execution->messages.items[i];
        if (other->sent_time != message->sent_time || other->from != message->from)
            break;
        if (other->tuple == message->tuple)
            return (uint32_t)i;
    }
    const struct lineage_message added = {message->tuple, message->from, message->to,
                                          message->sent_time,
                                          message->sent_time == execution->eot ? LINEAGE_IN_FLIGHT
                                          : message->is_lost ? LINEAGE_LOST_BY_OMISSION
                                                             : LINEAGE_DELIVERED};
    LINEAGE_PUSH(&execution->messages, added);
    return (uint32_t)execution->messages.count - 1;
}

static void send(struct recorder *recorder, const struct native_run_operation *operation)
{
    const uint32_t number = add_message(recorder, operation->number);
    recorder->message_numbers[operation->number] = number;
    if (recorder->extent != NATIVE_FIRINGS)
        return;
    if (recorder->execution->messages.items[number].fate == LINEAGE_DELIVERED)
        LINEAGE_PUSH(&recorder->waiting, (uint32_t)recorder->execution->firings.count);
    fire(recorder, rule_of(recorder, operation), LINEAGE_NONE, number);
}

static void claim(struct recorder *recorder, const struct native_run_operation *operation)
{
    struct lineage_execution *execution = recorder->execution;
    uint32_t fact = LINEAGE_NONE;
    for (size_t i = execution->facts.count; i-- > 0 && fact == LINEAGE_NONE;) {
        const uint32_t relation =
            lineage_tuple_relation(execution->universe, execution->facts.items[i].tuple);
        if (relation != execution->pre && relation != execution->post)
            break;
        if (execution->facts.items[i].tuple == operation->tuple)
            fact = (uint32_t)i;
    }
    if (fact == LINEAGE_NONE)
        fact = lineage_fact_add(execution, operation->tuple, execution->eot, true);
    fire(recorder, rule_of(recorder, operation), fact, LINEAGE_NONE);
}

/* The tuple that says that a slot's row goes, as in `log gone("a", 1)`. */
static lineage_tuple goes(struct recorder *recorder, uint32_t number)
{
    const struct native_run_slot *slot = &recorder->run->slots.items[number];
    struct lineage_universe *universe = recorder->execution->universe;
    if (recorder->goes[number] != LINEAGE_NONE)
        return recorder->goes[number];
    const lineage_value *key = recorder->run->values.items + slot->first_value;
    lineage_value values[LDFI_COLUMNS_MAX + 1] = {universe->nodes.items[slot->node]};
    const char *name =
        lineage_arena_format(&universe->arena, "%s gone", lineage_text_of(universe, key[0]));
    uint32_t relation = lineage_relation_find(universe, name);
    if (relation == LINEAGE_NONE)
        relation =
            lineage_relation_add(universe, (struct lineage_relation){name, 1 + slot->count, false});
    memcpy(values + 1, key + 1, slot->count * sizeof *values);
    return recorder->goes[number] = lineage_tuple_intern(universe, relation, values);
}

/* A row that is there is put otherwise, or deleted: once a step that is a fact. */
static void go(struct recorder *recorder, const struct native_run_operation *operation)
{
    const uint32_t slot = operation->number;
    if (recorder->extent == NATIVE_OUTCOME || recorder->rows[slot] == LINEAGE_NONE ||
        recorder->left[slot] == recorder->time ||
        (operation->operation == NATIVE_PUT && recorder->rows[slot] == operation->tuple))
        return;
    recorder->left[slot] = recorder->time;
    const uint32_t rule =
        operation->site == 0 ? recorder->rules->runs_out : rule_of(recorder, operation);
    recorder->leaving[slot] =
        lineage_fact_add(recorder->execution, goes(recorder, slot), recorder->time, true);
    fire(recorder, rule, recorder->leaving[slot], LINEAGE_NONE);
}

static void operate(struct recorder *recorder, const struct native_run_operation *operation)
{
    const uint32_t slot = operation->number;
    switch (operation->operation) {
    case NATIVE_READ:
        if (recorder->extent == NATIVE_FIRINGS)
            read_slot(recorder, operation);
        break;
    case NATIVE_PUT:
        go(recorder, operation);
        recorder->rows[slot] = operation->tuple;
        if (recorder->extent != NATIVE_OUTCOME)
            fire(recorder, rule_of(recorder, operation),
                 make_present(recorder, slot, operation->tuple), LINEAGE_NONE);
        break;
    case NATIVE_DELETE:
        go(recorder, operation);
        recorder->rows[slot] = LINEAGE_NONE;
        break;
    case NATIVE_ASK:
        if (recorder->extent == NATIVE_FIRINGS)
            ask(recorder, operation);
        break;
    case NATIVE_SEND:
        send(recorder, operation);
        break;
    case NATIVE_CLAIM:
        claim(recorder, operation);
        break;
    default:
        break;
    }
}

/* What the last call had at hand is why it failed. */
static void fail(struct recorder *recorder)
{
    const uint32_t fact =
        lineage_fact_add(recorder->execution, recorder->failed, recorder->execution->eot, true);
    fire(recorder, recorder->rules->fails, fact, LINEAGE_NONE);
}

/* What an opaque protocol's call finds is what all calls at its node before it have left; a hash
 * stands for it. */
static void keep(struct recorder *recorder, const struct native_run_call *called)
{
    struct lineage_execution *execution = recorder->execution;
    struct lineage_universe *universe = execution->universe;
    const uint32_t before = recorder->kept[called->node];
    const uint32_t event = recorder->premises.count == 0
                               ? LINEAGE_NONE
                               : lineage_premise_number(recorder->premises.items[0]);
    uint32_t relation = lineage_relation_find(universe, NATIVE_KEPT), hash = called->time;
    if (relation == LINEAGE_NONE)
        relation = lineage_relation_add(universe, (struct lineage_relation){NATIVE_KEPT, 2, false});
    if (before != LINEAGE_NONE) {
        need(recorder, lineage_premise(LINEAGE_PRESENT, before));
        hash = lineage_hash(hash, execution->facts.items[before].tuple);
    }
    hash = lineage_hash(lineage_hash(hash, called->call),
                        event == LINEAGE_NONE ? called->why : execution->facts.items[event].tuple);
    const lineage_value values[] = {universe->nodes.items[called->node],
                                    lineage_integer(universe, hash >> 3)};
    recorder->kept[called->node] = lineage_fact_add(
        execution, lineage_tuple_intern(universe, relation, values), recorder->time, true);
    fire(recorder, recorder->rules->keeps, recorder->kept[called->node], LINEAGE_NONE);
}

/* The fact that a call is about, or LINEAGE_NONE. */
static uint32_t event_of(const struct recorder *recorder, const struct native_run_call *called)
{
    if (called->call == NATIVE_TAKE)
        return recorder->input_facts[called->why];
    if (called->call == NATIVE_MESSAGE)
        return recorder->message_facts[called->why];
    if (called->call != NATIVE_TIMER || recorder->rows[called->why] == LINEAGE_NONE)
        return LINEAGE_NONE;
    const uint32_t before = recorder->before[called->why];
    return before != LINEAGE_NONE &&
                   recorder->execution->facts.items[before].tuple == recorder->rows[called->why]
               ? before
               : present(recorder, called->why, recorder->rows[called->why]);
}

static void call(struct recorder *recorder, const struct native_run_call *called)
{
    const struct native_run *run = recorder->run;
    const uint32_t event = event_of(recorder, called);
    for (uint32_t i = 0; i < called->part_count; i++) {
        const struct native_run_part *part = &run->parts.items[called->first_part + i];
        recorder->premises.count = 0;
        if (event != LINEAGE_NONE)
            need(recorder, lineage_premise(LINEAGE_PRESENT, event));
        if (recorder->is_opaque && i == 0 && called->node != NATIVE_NOBODY)
            keep(recorder, called);
        for (uint32_t j = 0; j < part->operation_count; j++)
            operate(recorder, &run->operations.items[part->first_operation + j]);
    }
    if (recorder->failed != LINEAGE_NONE && called == &run->calls.items[run->calls.count - 1])
        fail(recorder);
}

/* ---- steps ---- */

/* What was sent in the step before arrives. */
static void begin_step(struct recorder *recorder, uint32_t first_message)
{
    struct lineage_execution *execution = recorder->execution;
    for (uint32_t i = first_message; i < recorder->run->messages.count; i++) {
        const uint32_t number = recorder->message_numbers[i];
        if (recorder->run->messages.items[i].sent_time + 1 != recorder->time)
            break;
        if (number == LINEAGE_NONE || execution->messages.items[number].fate != LINEAGE_DELIVERED)
            continue;
        for (uint32_t j = first_message; j < i; j++) /* sent twice */
            if (recorder->message_numbers[j] == number)
                recorder->message_facts[i] = recorder->message_facts[j];
        if (recorder->message_facts[i] == LINEAGE_NONE)
            recorder->message_facts[i] = lineage_fact_add(
                execution, execution->messages.items[number].tuple, recorder->time, true);
    }
    for (size_t i = 0; i < recorder->waiting.count; i++) {
        struct lineage_firing *firing = &execution->firings.items[recorder->waiting.items[i]];
        for (uint32_t j = first_message; j < recorder->run->messages.count; j++)
            if (recorder->message_numbers[j] == firing->message) {
                firing->head = recorder->message_facts[j];
                break;
            }
    }
    recorder->waiting.count = 0;
}

/* What is there at the end of the step. */
static void end_step(struct recorder *recorder)
{
    struct lineage_execution *execution = recorder->execution;
    for (uint32_t slot = 0; slot < recorder->run->slots.count; slot++) {
        const uint32_t before = recorder->before[slot];
        const lineage_tuple row = recorder->rows[slot];
        recorder->before[slot] = LINEAGE_NONE;
        if (row == LINEAGE_NONE)
            continue;
        recorder->before[slot] = make_present(recorder, slot, row);
        if (before == LINEAGE_NONE || execution->facts.items[before].tuple != row ||
            recorder->left[slot] == recorder->time)
            continue;
        recorder->premises.count = 0;
        need(recorder, lineage_premise(LINEAGE_PRESENT, before));
        if (recorder->extent == NATIVE_FIRINGS)
            need_absence(recorder, goes(recorder, slot), recorder->time);
        fire(recorder, recorder->rules->stays, recorder->before[slot], LINEAGE_NONE);
    }
    for (size_t i = 0; i < recorder->passing.count; i++) {
        const uint32_t slot = recorder->passing.items[i].slot;
        recorder->newest[slot] = LINEAGE_NONE;
        if (recorder->rows[slot] == LINEAGE_NONE)
            recorder->went[slot] = recorder->time;
    }
    recorder->passing.count = 0;
}

static void add_given(struct recorder *recorder)
{
    struct lineage_execution *execution = recorder->execution;
    for (size_t i = 0; i < recorder->names->input_count; i++)
        if (recorder->names->inputs[i].time <= execution->eot)
            recorder->input_facts[i] = lineage_fact_add(execution, recorder->names->inputs[i].tuple,
                                                        recorder->names->inputs[i].time, true);
    for (size_t i = 0; i < recorder->schedule->crashes.count; i++) {
        const struct lineage_crash *crash = &recorder->schedule->crashes.items[i];
        lineage_fact_add(
            execution,
            crash_tuple(recorder, crash->node, lineage_integer(execution->universe, crash->time)),
            0, true);
    }
}

static uint32_t *numbers(size_t count)
{
    uint32_t *all = lineage_memory_resize(NULL, (count + 1) * sizeof *all);
    memset(all, 0xff, (count + 1) * sizeof *all);
    return all;
}

void native_record(const struct native_run *run, const struct native_names *names,
                   const struct native_rules *rules, const struct lineage_schedule *schedule,
                   enum native_extent extent, bool is_opaque, lineage_tuple failed,
                   struct lineage_execution *execution)
{
    struct recorder recorder = {.run = run,
                                .names = names,
                                .rules = rules,
                                .schedule = schedule,
                                .execution = execution,
                                .extent = extent,
                                .is_opaque = is_opaque && extent == NATIVE_FIRINGS,
                                .goes = numbers(run->slots.count),
                                .went = numbers(run->slots.count),
                                .kept = numbers(execution->universe->nodes.count),
                                .failed = failed,
                                .rows = numbers(run->slots.count),
                                .before = numbers(run->slots.count),
                                .left = numbers(run->slots.count),
                                .leaving = numbers(run->slots.count),
                                .newest = numbers(run->slots.count),
                                .input_facts = numbers(names->input_count),
                                .message_facts = numbers(run->messages.count),
                                .message_numbers = numbers(run->messages.count)};
    uint32_t message = 0;
    size_t next = 0;
    if (extent != NATIVE_OUTCOME)
        add_given(&recorder);
    for (recorder.time = run->first_time; recorder.time <= run->last_time; recorder.time++) {
        while (message < run->messages.count &&
               run->messages.items[message].sent_time + 1 < recorder.time)
            message++;
        if (extent != NATIVE_OUTCOME)
            begin_step(&recorder, message);
        for (; next < run->calls.count && run->calls.items[next].time == recorder.time &&
               run->calls.items[next].node != NATIVE_NOBODY;
             next++)
            call(&recorder, &run->calls.items[next]);
        if (extent != NATIVE_OUTCOME)
            end_step(&recorder);
    }
    recorder.time = run->last_time + 1; /* the promise looks at the end of the last step */
    for (; next < run->calls.count; next++)
        call(&recorder, &run->calls.items[next]);
    if (failed != LINEAGE_NONE && run->calls.count == 0)
        fail(&recorder);
    lineage_memory_free(recorder.rows);
    lineage_memory_free(recorder.before);
    lineage_memory_free(recorder.went);
    lineage_memory_free(recorder.newest);
    lineage_memory_free(recorder.goes);
    lineage_memory_free(recorder.left);
    lineage_memory_free(recorder.leaving);
    lineage_memory_free(recorder.kept);
    lineage_memory_free(recorder.passing.items);
    lineage_memory_free(recorder.input_facts);
    lineage_memory_free(recorder.message_facts);
    lineage_memory_free(recorder.message_numbers);
    lineage_memory_free(recorder.waiting.items);
    lineage_memory_free(recorder.premises.items);
}
