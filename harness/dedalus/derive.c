/* What a firing derives: facts now or at the next time, messages and their fates, and in envelopes
 * the widening that keeps what could exist small. */
#include "engine.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

enum {
    FACTS_PER_TIME_MAX = 1 << 20,
    /* In an envelope: facts of one relation at one time that the run in view does not have. Beyond
     * these, columns are no longer told apart. */
    NOVEL_MAX = 48,
};

void ded_fail(struct ded_engine *engine, struct lineage_place place, const char *format, ...)
{
    if (engine->outcome != DED_OK)
        return;
    /* An envelope is of a run that did not fail: it has only grown too large. */
    engine->outcome = engine->freedom != NULL ? DED_TOO_LARGE : DED_FAILED;
    engine->failure_place = place;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    lineage_memory_free(engine->failure);
    engine->failure = lineage_memory_clear((size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(engine->failure, (size_t)length + 1, format, arguments);
    va_end(arguments);
}

void ded_follow_tuples(struct ded_engine *engine)
{
    const size_t count = engine->model->universe.tuples.count;
    if (count <= engine->tuple_capacity)
        return;
    const size_t wanted = count * 2;
    uint32_t **arrays[] = {&engine->fact_of[0], &engine->fact_of[1],     &engine->absence_of,
                           &engine->message_of, &engine->run_time_of[0], &engine->run_time_of[1]};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        *arrays[i] = lineage_memory_resize(*arrays[i], wanted * sizeof(uint32_t));
        memset(*arrays[i] + engine->tuple_capacity, 0xff,
               (wanted - engine->tuple_capacity) * sizeof(uint32_t));
    }
    engine->tuple_capacity = wanted;
}

uint32_t ded_find_fact(const struct ded_engine *engine, lineage_tuple tuple, uint32_t time)
{
    if (tuple >= engine->tuple_capacity)
        return LINEAGE_NONE;
    const uint32_t fact = engine->fact_of[time & 1][tuple];
    if (fact >= engine->execution->facts.count)
        return LINEAGE_NONE;
    const struct lineage_fact *found = &engine->execution->facts.items[fact];
    return found->tuple == tuple && found->time == time ? fact : LINEAGE_NONE;
}

uint32_t ded_absence(struct ded_engine *engine, lineage_tuple pattern, uint32_t time)
{
    struct lineage_execution *execution = engine->execution;
    ded_follow_tuples(engine);
    const uint32_t known = engine->absence_of[pattern];
    if (known < execution->absences.count && execution->absences.items[known].pattern == pattern &&
        execution->absences.items[known].time == time)
        return known;
    const struct lineage_absence absence = {pattern, time};
    LINEAGE_PUSH(&execution->absences, absence);
    engine->absence_of[pattern] = (uint32_t)execution->absences.count - 1;
    return engine->absence_of[pattern];
}

bool ded_happened(const struct ded_engine *engine, lineage_tuple tuple, uint32_t time)
{
    return engine->run != NULL && tuple < engine->tuple_capacity &&
           engine->run_time_of[time & 1][tuple] == time;
}

/* How many values a column takes in the facts of a relation that the run in view does not have. */
static uint32_t count_values(const struct ded_engine *engine, uint32_t relation, uint32_t time,
                             uint32_t column)
{
    const struct lineage_universe *universe = &engine->model->universe;
    const bool now = time == engine->time;
    const uint32_t *facts = now ? engine->tables[relation].facts.items : engine->coming.items;
    const size_t count = now ? engine->tables[relation].facts.count : engine->coming.count;
    LINEAGE_ARRAY(lineage_value) values = {0};
    for (size_t i = 0; i < count; i++) {
        const lineage_tuple tuple = engine->execution->facts.items[facts[i]].tuple;
        if (lineage_tuple_relation(universe, tuple) != relation ||
            ded_happened(engine, tuple, time))
            continue;
        const lineage_value value = lineage_tuple_values(universe, tuple)[column];
        size_t j = 0;
        while (j < values.count && values.items[j] != value)
            j++;
        if (j == values.count)
            LINEAGE_PUSH(&values, value);
    }
    lineage_memory_free(values.items);
    return (uint32_t)values.count;
}

/* Gives up one more column: of those left the one with the most values, the node last. */
static void widen(struct ded_engine *engine, struct ded_table *width, uint32_t relation,
                  uint32_t time)
{
    const uint32_t arity = engine->model->universe.relations.items[relation].arity;
    uint32_t widest = LINEAGE_NONE, most = 0;
    for (uint32_t i = 0; i < arity; i++) {
        if ((width->widened >> i & 1) != 0)
            continue;
        const uint32_t count = i == 0 ? 0 : count_values(engine, relation, time, i);
        if (widest == LINEAGE_NONE || count > most) {
            widest = i;
            most = count;
        }
    }
    if (widest != LINEAGE_NONE) {
        width->widened |= (uint64_t)1 << widest;
        engine->changed = true; /* what is derived from now on goes to other facts */
    }
    width->novel_count = 0;
}

/* A tuple that the run in view does not have and that is not certain, with the columns that are
 * given up unknown. */
static lineage_tuple abstract(struct ded_engine *engine, uint32_t relation,
                              const lineage_value *values, uint32_t time)
{
    lineage_value widened[DED_COLUMNS_MAX + 1];
    memcpy(widened, values,
           engine->model->universe.relations.items[relation].arity * sizeof *values);
    struct ded_table *width =
        time == engine->time ? &engine->tables[relation] : &engine->coming_widths[relation];
    if (!engine->keeps_widths && ++width->novel_count > NOVEL_MAX)
        widen(engine, width, relation, time);
    for (uint64_t columns = width->widened; columns != 0; columns &= columns - 1)
        widened[__builtin_ctzll(columns)] = LINEAGE_UNKNOWN;
    engine->widened = width->widened != 0;
    return lineage_tuple_intern(&engine->model->universe, relation, widened);
}

static uint32_t add_fact(struct ded_engine *engine, lineage_tuple tuple, uint32_t time,
                         bool certain)
{
    ded_follow_tuples(engine);
    const uint32_t relation = lineage_tuple_relation(&engine->model->universe, tuple);
    const uint32_t fact = lineage_fact_add(engine->execution, tuple, time, certain);
    engine->fact_of[time & 1][tuple] = fact;
    engine->changed = true;
    engine->has_uncertain = engine->has_uncertain || !certain;
    if (time != engine->time)
        LINEAGE_PUSH(&engine->coming, fact);
    else
        ded_table_add(&engine->tables[relation], fact, tuple,
                      !certain && lineage_tuple_is_abstract(&engine->model->universe, tuple));
    return fact;
}

/* A fact that was there before is certain from now on. */
static uint32_t confirm(struct ded_engine *engine, uint32_t fact)
{
    if (!engine->execution->facts.items[fact].certain)
        engine->execution->facts.items[fact].certain = engine->changed = true;
    return fact;
}

uint32_t ded_add_certain(struct ded_engine *engine, lineage_tuple tuple, uint32_t time)
{
    const uint32_t fact = ded_find_fact(engine, tuple, time);
    return fact == LINEAGE_NONE ? add_fact(engine, tuple, time, true) : confirm(engine, fact);
}

uint32_t ded_add_possible(struct ded_engine *engine, lineage_tuple tuple)
{
    const uint32_t fact = ded_find_fact(engine, tuple, engine->time);
    return fact == LINEAGE_NONE ? add_fact(engine, tuple, engine->time, false) : fact;
}

uint32_t ded_derive_fact(struct ded_engine *engine, uint32_t relation, const lineage_value *values,
                         uint32_t time, bool certain)
{
    certain = certain && engine->marks_certain;
    lineage_tuple tuple = lineage_tuple_intern(&engine->model->universe, relation, values);
    uint32_t fact = ded_find_fact(engine, tuple, time);
    if (fact == LINEAGE_NONE && !certain && engine->freedom != NULL &&
        !ded_happened(engine, tuple, time)) {
        tuple = abstract(engine, relation, values, time);
        fact = ded_find_fact(engine, tuple, time);
    }
    if (fact == LINEAGE_NONE)
        return add_fact(engine, tuple, time, certain);
    return certain ? confirm(engine, fact) : fact;
}

static void record_firing(struct ded_engine *engine, const struct lineage_firing *firing,
                          const uint32_t *premises, size_t premise_count)
{
    struct lineage_execution *execution = engine->execution;
    LINEAGE_PUSH(&execution->firings, *firing);
    LINEAGE_RESERVE(&execution->premises, premise_count);
    for (size_t i = 0; i < premise_count; i++)
        if (premises[i] != LINEAGE_NONE)
            execution->premises.items[execution->premises.count++] = premises[i];
}

static void record(struct ded_engine *engine, const struct ded_head *head, uint32_t fact,
                   uint32_t message)
{
    struct lineage_execution *execution = engine->execution;
    if (!engine->recording)
        return;
    /* What is certain in an envelope needs no explanation there. */
    if (engine->freedom != NULL && fact != LINEAGE_NONE && execution->facts.items[fact].certain)
        return;
    if (engine->freedom != NULL && execution->firings.count >= engine->firings_max &&
        engine->outcome == DED_OK)
        engine->outcome = DED_TOO_LARGE;
    const struct lineage_firing firing = {head->rule, fact, message,
                                          (uint32_t)execution->premises.count, head->exactly};
    record_firing(engine, &firing, head->premises, head->premise_count);
}

/* A firing at which a run would end with an error, perhaps. */
static void record_error(struct ded_engine *engine, const struct ded_head *head)
{
    if (!engine->recording)
        return;
    record(engine, head, LINEAGE_NONE, LINEAGE_NONE);
    LINEAGE_PUSH(&engine->execution->errors, (uint32_t)engine->execution->firings.count - 1);
}

/* The message of the current time with this tuple and sender; found or made. */
static uint32_t add_message(struct ded_engine *engine, struct lineage_message message)
{
    struct lineage_execution *execution = engine->execution;
    ded_follow_tuples(engine);
    uint32_t newest = engine->message_of[message.tuple];
    if (newest >= execution->messages.count ||
        execution->messages.items[newest].tuple != message.tuple ||
        execution->messages.items[newest].sent_time != message.sent_time)
        newest = LINEAGE_NONE; /* left from another time or execution */
    for (uint32_t known = newest; known != LINEAGE_NONE;
         known = engine->earlier_message.items[known])
        if (execution->messages.items[known].from == message.from)
            return known;
    LINEAGE_PUSH(&execution->messages, message);
    LINEAGE_PUSH(&engine->earlier_message, newest);
    engine->message_of[message.tuple] = (uint32_t)execution->messages.count - 1;
    return engine->message_of[message.tuple];
}

/* What the schedule does with a message. */
static enum lineage_fate fate_of(const struct ded_engine *engine, uint32_t from, uint32_t to)
{
    if (to == LINEAGE_NONE)
        return LINEAGE_TO_NOBODY;
    if (lineage_schedule_loses(engine->schedule, from, to, engine->time))
        return lineage_schedule_crash_time(engine->schedule, from) <= engine->time
                   ? LINEAGE_LOST_BY_CRASH
                   : LINEAGE_LOST_BY_OMISSION;
    return engine->time == engine->eot ? LINEAGE_IN_FLIGHT : LINEAGE_DELIVERED;
}

/* Could a further fault lose a message that the schedule delivers? */
static bool can_be_lost(const struct ded_engine *engine, uint32_t from, uint32_t to)
{
    return engine->freedom != NULL && from != LINEAGE_NONE && from != to &&
           (lineage_bounds_may_omit(engine->freedom, engine->schedule, from, to, engine->time) ||
            lineage_bounds_may_crash(engine->freedom, engine->schedule, from, 1));
}

static void send(struct ded_engine *engine, const struct ded_head *head)
{
    struct lineage_universe *universe = &engine->model->universe;
    const uint32_t from = lineage_node_of(universe, head->sender);
    const uint32_t to = lineage_node_of(universe, head->values[0]);
    uint32_t message = LINEAGE_NONE, fact = LINEAGE_NONE;
    enum lineage_fate fate = fate_of(engine, from, to);
    const bool receiver_is_unknown = head->values[0] == LINEAGE_UNKNOWN;
    if (receiver_is_unknown) /* in an envelope: to somebody, perhaps */
        fate = engine->time == engine->eot ? LINEAGE_IN_FLIGHT : LINEAGE_DELIVERED;
    if (engine->freedom != NULL && fate != LINEAGE_DELIVERED)
        return;
    if (!receiver_is_unknown)
        message = add_message(
            engine,
            (struct lineage_message){lineage_tuple_intern(universe, head->relation, head->values),
                                     from, to, engine->time, fate});
    if (fate == LINEAGE_DELIVERED && !engine->holds_messages)
        fact = ded_derive_fact(engine, head->relation, head->values, engine->time + 1,
                               head->certain && !can_be_lost(engine, from, to));
    record(engine, head, fact, message);
}

static bool has_room(struct ded_engine *engine, struct lineage_place place)
{
    if (engine->execution->facts.count - engine->facts_before < FACTS_PER_TIME_MAX)
        return true;
    ded_fail(engine, place, "more than %d facts at time %u: does a rule count without end?",
             FACTS_PER_TIME_MAX, engine->time);
    return false;
}

void ded_derive(struct ded_engine *engine, const struct ded_head *head)
{
    if (!has_room(engine, head->place))
        return;
    if (head->suffix == DED_ASYNC) {
        send(engine, head);
    } else if (head->suffix == DED_NOW || engine->time < engine->eot) {
        const uint32_t time = head->suffix == DED_NOW ? engine->time : engine->time + 1;
        engine->widened = false;
        const uint32_t fact =
            ded_derive_fact(engine, head->relation, head->values, time, head->certain);
        record(engine, head, fact, LINEAGE_NONE);
        /* What grows so wide by counting may never end. */
        if (engine->widened && head->suffix == DED_NOW && head->may_count)
            record_error(engine, head);
    }
}

/* The head repeats a fact of the body at the next time: what ded_derive comes to in an execution,
 * without looking for the tuple. */
static void copy(struct ded_engine *engine, const struct ded_rule *rule)
{
    struct lineage_execution *execution = engine->execution;
    const uint32_t copied = lineage_premise_number(engine->premises[rule->copied]);
    if (engine->time >= engine->eot || !has_room(engine, rule->place))
        return;
    const uint32_t fact =
        ded_add_certain(engine, execution->facts.items[copied].tuple, engine->time + 1);
    if (!engine->recording)
        return;
    const struct lineage_firing firing = {rule->number, fact, LINEAGE_NONE,
                                          (uint32_t)execution->premises.count, LINEAGE_NONE};
    record_firing(engine, &firing, engine->premises, rule->literal_count);
}

void ded_emit(struct ded_engine *engine)
{
    const struct ded_rule *rule = engine->rule;
    if (engine->probed != NULL) {
        ded_note_probe(engine);
        return;
    }
    if (rule->copied != LINEAGE_NONE && engine->freedom == NULL) {
        copy(engine, rule);
        return;
    }
    const uint32_t arity = engine->model->universe.relations.items[rule->head].arity;
    assert(arity > 0 || rule->suffix != DED_ASYNC);
    lineage_value values[DED_COLUMNS_MAX + 1];
    for (uint32_t i = 0; i < arity; i++)
        if (!ded_evaluate(engine, rule->columns[i], &values[i])) {
            ded_arithmetic_failure(engine);
            return;
        }
    const struct ded_head head = {.rule = rule->number,
                                  .relation = rule->head,
                                  .place = rule->place,
                                  .may_count = rule->may_count,
                                  .suffix = rule->suffix,
                                  .values = values,
                                  .sender = rule->has_sender ? engine->slots[rule->node_slot]
                                                             : LINEAGE_UNKNOWN,
                                  .certain = engine->certain,
                                  .exactly = LINEAGE_NONE,
                                  .premises = engine->premises,
                                  .premise_count = rule->literal_count};
    ded_derive(engine, &head);
}

/* The node that the current rule runs at, for messages to people. */
static const char *node_name(const struct ded_engine *engine)
{
    const struct lineage_universe *universe = &engine->model->universe;
    const uint32_t slot = engine->rule->node_slot;
    const uint32_t node =
        slot == LINEAGE_NONE ? LINEAGE_NONE : lineage_node_of(universe, engine->slots[slot]);
    return node == LINEAGE_NONE ? "any node" : lineage_node_name(universe, node);
}

void ded_arithmetic_failure(struct ded_engine *engine)
{
    if (engine->probed != NULL) {
        ded_note_all_probes(engine);
        return;
    }
    if (engine->certain && engine->marks_certain) {
        ded_fail(engine, engine->rule->place,
                 "arithmetic leaves 64 bits or divides by zero at %s, time %u, in: %s",
                 node_name(engine), engine->time,
                 engine->model->universe.rules.items[engine->rule->number].text);
        return;
    }
    const struct ded_head head = {.rule = engine->rule->number,
                                  .exactly = LINEAGE_NONE,
                                  .premises = engine->premises,
                                  .premise_count = engine->rule->literal_count};
    record_error(engine, &head);
}
