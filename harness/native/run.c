/* Traces come from a process in which a protocol's code may have written anywhere: nothing in them
 * is believed. */
#include "run.h"

struct reader {
    struct native_run *run;
    const struct native_names *names;
    const struct lineage_schedule *schedule;
    char *why;
    struct native_run_call *call; /* at work, or NULL */
    bool is_state, is_garbled;
};

static bool is_garbled(struct reader *reader)
{
    reader->is_garbled = true;
    return false;
}

/* One name stands for one thing, or facts would be taken for others. */
static bool has_role(struct reader *reader, uint32_t relation, enum native_role role, uint32_t site)
{
    static const char *const words[] = {"", "a table", "a kind of message"};
    struct native_run *run = reader->run;
    while (run->roles.count <= relation)
        LINEAGE_PUSH(&run->roles, NATIVE_ROLE_UNKNOWN);
    uint8_t *known = &run->roles.items[relation];
    if (*known == NATIVE_ROLE_UNKNOWN)
        *known = (uint8_t)role;
    if (*known == role)
        return true;
    run->misuse_site = site;
    snprintf(reader->why, NATIVE_WHY_BYTES,
             "%s is %s here, and %s elsewhere: it needs another name",
             reader->names->universe->relations.items[relation].name, words[role], words[*known]);
    return false;
}

/* The relation of a table, a kind of message or of claim; it has as many columns as there were when
 * it was first met. */
static bool find_relation(struct reader *reader, const char *name, enum native_role role,
                          uint32_t site, uint32_t arity, uint32_t *relation)
{
    struct lineage_universe *universe = reader->names->universe;
    *relation = lineage_relation_find(universe, name);
    if (*relation == LINEAGE_NONE) {
        const struct lineage_relation made = {
            lineage_arena_text(&universe->arena, name, strlen(name)), arity, false};
        *relation = lineage_relation_add(universe, made);
    }
    struct lineage_relation *found = &universe->relations.items[*relation];
    if (found->arity == 0)
        found->arity = arity; /* pre and post, of which nobody has claimed anything yet */
    if (role != NATIVE_ROLE_UNKNOWN && !has_role(reader, *relation, role, site))
        return false;
    if (found->arity == arity)
        return true;
    const uint32_t nodes = role == NATIVE_ROLE_UNKNOWN ? 0 : role == NATIVE_ROLE_TABLE ? 1 : 2;
    reader->run->misuse_site = site;
    snprintf(reader->why, NATIVE_WHY_BYTES, "%s has %u column%s here, and %u elsewhere", name,
             arity - nodes, arity - nodes == 1 ? "" : "s",
             found->arity < nodes ? 0 : found->arity - nodes);
    return false;
}

static bool find_string(struct reader *reader, uint64_t number, const char **text)
{
    if (number >= reader->run->strings.count)
        return is_garbled(reader);
    *text = lineage_text_of(reader->names->universe, reader->run->strings.items[number]);
    return true;
}

static bool read_values(struct reader *reader, const struct native_record *record,
                        lineage_value *values)
{
    for (uint32_t i = 0; i < record->count; i++) {
        if ((record->texts >> i & 1) == 0)
            values[i] = lineage_integer(reader->names->universe, (int64_t)record->values[i]);
        else if (record->values[i] < reader->run->strings.count)
            values[i] = reader->run->strings.items[record->values[i]];
        else
            return is_garbled(reader);
    }
    return true;
}

static bool read_string(struct reader *reader, const struct native_record *record)
{
    const char *bytes = (const char *)record->values;
    if (record->x != reader->run->strings.count || memchr(bytes, '\0', record->y) != NULL)
        return is_garbled(reader);
    const lineage_value value = lineage_string(reader->names->universe, bytes, record->y);
    LINEAGE_PUSH(&reader->run->strings, value);
    return true;
}

static bool read_slot(struct reader *reader, const struct native_record *record)
{
    struct native_run *run = reader->run;
    lineage_value values[LDFI_COLUMNS_MAX];
    const char *table;
    if (record->x != run->slots.count || record->y >= reader->names->universe->nodes.count ||
        !find_string(reader, record->z, &table) || !read_values(reader, record, values))
        return is_garbled(reader);
    /* Whether it has a value, and of how many columns, is seen when it is put. */
    const struct native_run_slot slot = {record->y, LINEAGE_NONE, (uint32_t)run->values.count,
                                         record->count};
    LINEAGE_PUSH(&run->values, run->strings.items[record->z]);
    for (uint32_t i = 0; i < record->count; i++)
        LINEAGE_PUSH(&run->values, values[i]);
    LINEAGE_PUSH(&run->slots, slot);
    LINEAGE_PUSH(&run->rows, LINEAGE_NONE);
    return true;
}

static bool read_call(struct reader *reader, const struct native_record *record)
{
    struct native_run *run = reader->run;
    const enum native_call call = (enum native_call)record->texts;
    const bool is_observer = call == NATIVE_PRE || call == NATIVE_POST;
    const uint32_t before = run->calls.count > 0 ? run->calls.items[run->calls.count - 1].time : 1;
    const size_t whys = call == NATIVE_MESSAGE                        ? run->messages.count
                        : call == NATIVE_TAKE                         ? reader->names->input_count
                        : call == NATIVE_TIMER || call == NATIVE_LOOK ? run->slots.count
                                                                      : 1;
    if (reader->is_state || call >= NATIVE_CALL_COUNT || record->x < run->first_time ||
        record->x < before || record->x > run->last_time || record->z >= whys ||
        (is_observer ? record->y != NATIVE_NOBODY || record->x != run->last_time
                     : record->y >= reader->names->universe->nodes.count ||
                           (reader->call != NULL && reader->call->node == NATIVE_NOBODY)))
        return is_garbled(reader);
    const struct native_run_part part = {(uint32_t)run->calls.count,
                                         (uint32_t)run->operations.count, 0};
    const struct native_run_call added = {
        call, record->x, record->y, record->z, (uint32_t)run->parts.count, 1};
    LINEAGE_PUSH(&run->parts, part);
    LINEAGE_PUSH(&run->calls, added);
    reader->call = &run->calls.items[run->calls.count - 1];
    return true;
}

static void add_operation(struct reader *reader, const struct native_run_operation *operation)
{
    struct native_run *run = reader->run;
    if (reader->call == NULL)
        return; /* of the state that the run goes on from */
    LINEAGE_PUSH(&run->operations, *operation);
    run->parts.items[run->parts.count - 1].operation_count++;
}

/* The row of a slot with these values. */
static bool find_row(struct reader *reader, uint32_t number, const struct native_record *record,
                     lineage_tuple *row)
{
    struct native_run *run = reader->run;
    struct native_run_slot *slot = &run->slots.items[number];
    lineage_value values[2 * LDFI_COLUMNS_MAX + 1];
    const lineage_value *key = run->values.items + slot->first_value;
    struct lineage_universe *universe = reader->names->universe;
    if (slot->relation == LINEAGE_NONE &&
        !find_relation(reader, lineage_text_of(universe, key[0]), NATIVE_ROLE_TABLE, record->y,
                       1 + slot->count + record->count, &slot->relation))
        return false;
    if (universe->relations.items[slot->relation].arity != 1 + slot->count + record->count)
        return is_garbled(reader);
    values[0] = universe->nodes.items[slot->node];
    memcpy(values + 1, key + 1, slot->count * sizeof *values);
    if (!read_values(reader, record, values + 1 + slot->count))
        return false;
    *row = lineage_tuple_intern(universe, slot->relation, values);
    return true;
}

static bool read_slot_operation(struct reader *reader, const struct native_record *record)
{
    struct native_run *run = reader->run;
    const bool only_reads = reader->call != NULL && reader->call->node == NATIVE_NOBODY;
    if (record->x >= run->slots.count ||
        (only_reads && record->operation != NATIVE_READ && !reader->is_state))
        return is_garbled(reader);
    struct native_run_operation operation = {.operation = record->operation,
                                             .number = record->x,
                                             .site = record->y,
                                             .tuple = run->rows.items[record->x]};
    if (record->operation == NATIVE_PUT && !find_row(reader, record->x, record, &operation.tuple))
        return false;
    if (reader->is_state) {
        if (record->operation != NATIVE_PUT || operation.tuple != run->rows.items[record->x])
            return is_garbled(reader);
        LINEAGE_PUSH(&run->state, record->x);
        return true;
    }
    if (record->operation != NATIVE_READ)
        run->rows.items[record->x] =
            record->operation == NATIVE_PUT ? operation.tuple : LINEAGE_NONE;
    add_operation(reader, &operation);
    return true;
}

static bool read_send(struct reader *reader, const struct native_record *record)
{
    struct native_run *run = reader->run;
    struct lineage_universe *universe = reader->names->universe;
    lineage_value values[LDFI_COLUMNS_MAX + 2];
    const char *kind;
    uint32_t relation;
    struct native_run_message message = {.to = record->x, .site = record->y, .part = LINEAGE_NONE};
    if (record->x >= universe->nodes.count || !find_string(reader, record->z, &kind) ||
        !read_values(reader, record, values + 2))
        return is_garbled(reader);
    if (reader->call == NULL ? run->first_time == 1 : reader->call->node == NATIVE_NOBODY)
        return is_garbled(reader);
    if (!find_relation(reader, kind, NATIVE_ROLE_MESSAGE, record->y, record->count + 2, &relation))
        return false;
    /* A state that the run goes on from has lost its senders: they do not matter any more. */
    message.from = reader->call == NULL ? record->x : reader->call->node;
    message.sent_time = reader->call == NULL ? 0 : reader->call->time;
    if (reader->call != NULL)
        message.part = (uint32_t)run->parts.count - 1;
    values[0] = universe->nodes.items[message.to];
    values[1] = universe->nodes.items[message.from];
    message.tuple = lineage_tuple_intern(universe, relation, values);
    message.is_lost =
        message.sent_time > 0 &&
        lineage_schedule_loses(reader->schedule, message.from, message.to, message.sent_time);
    const struct native_run_operation operation = {.operation = NATIVE_SEND,
                                                   .number = (uint32_t)run->messages.count,
                                                   .site = record->y,
                                                   .tuple = message.tuple};
    LINEAGE_PUSH(&run->messages, message);
    add_operation(reader, &operation);
    return true;
}

static bool read_claim(struct reader *reader, const struct native_record *record)
{
    lineage_value values[LDFI_COLUMNS_MAX];
    uint32_t relation;
    if (reader->call == NULL || reader->call->node != NATIVE_NOBODY || record->count == 0 ||
        !read_values(reader, record, values))
        return is_garbled(reader);
    const char *name = reader->call->call == NATIVE_PRE ? "pre" : "post";
    if (!find_relation(reader, "pre", NATIVE_ROLE_UNKNOWN, record->y, record->count, &relation) ||
        !find_relation(reader, name, NATIVE_ROLE_UNKNOWN, record->y, record->count, &relation))
        return false;
    const struct native_run_operation operation = {
        .operation = NATIVE_CLAIM,
        .site = record->y,
        .tuple = lineage_tuple_intern(reader->names->universe, relation, values)};
    add_operation(reader, &operation);
    return true;
}

static bool read_other(struct reader *reader, const struct native_record *record)
{
    struct native_run *run = reader->run;
    if (record->operation == NATIVE_ASK && reader->call != NULL &&
        record->x < reader->names->universe->nodes.count) {
        const struct native_run_operation operation = {.operation = NATIVE_ASK,
                                                       .number = record->x,
                                                       .site = record->z,
                                                       .has_crashed = record->y != 0,
                                                       .tuple = LINEAGE_NONE};
        add_operation(reader, &operation);
        return true;
    }
    if (record->operation == NATIVE_SCOPE && reader->call != NULL) {
        const struct native_run_part part = {(uint32_t)run->calls.count - 1,
                                             (uint32_t)run->operations.count, 0};
        LINEAGE_PUSH(&run->parts, part);
        reader->call->part_count++;
        return true;
    }
    return is_garbled(reader);
}

static bool read_record(struct reader *reader, const struct native_record *record)
{
    switch (record->operation) {
    case NATIVE_STRING:
        return read_string(reader, record);
    case NATIVE_SLOT:
        return read_slot(reader, record);
    case NATIVE_CALL:
        return read_call(reader, record);
    case NATIVE_READ:
    case NATIVE_PUT:
    case NATIVE_DELETE:
        return read_slot_operation(reader, record);
    case NATIVE_SEND:
        return read_send(reader, record);
    case NATIVE_CLAIM:
        return read_claim(reader, record);
    case NATIVE_STATE:
        reader->is_state = true;
        return true;
    default:
        return read_other(reader, record);
    }
}

static void clear(struct native_run *run)
{
    run->slots.count = run->values.count = run->messages.count = run->calls.count = 0;
    run->parts.count = run->operations.count = run->rows.count = run->state.count = 0;
    run->strings.count = 0;
    run->misuse_site = 0;
}

enum native_reading native_run_read(struct native_run *run, const struct native_names *names,
                                    const uint64_t *trace, size_t words,
                                    const struct lineage_schedule *schedule, char *why)
{
    struct reader reader = {.run = run, .names = names, .schedule = schedule};
    struct native_record record;
    const uint64_t *end = trace + words;
    reader.why = why;
    clear(run);
    while (native_read(&trace, end, &record) && record.operation != NATIVE_END)
        if (!read_record(&reader, &record))
            return reader.is_garbled ? NATIVE_READ_GARBLED : NATIVE_READ_MISUSE;
    return NATIVE_READ_WHOLE;
}

void native_run_free(struct native_run *run)
{
    lineage_memory_free(run->slots.items);
    lineage_memory_free(run->values.items);
    lineage_memory_free(run->messages.items);
    lineage_memory_free(run->calls.items);
    lineage_memory_free(run->parts.items);
    lineage_memory_free(run->operations.items);
    lineage_memory_free(run->rows.items);
    lineage_memory_free(run->state.items);
    lineage_memory_free(run->strings.items);
    lineage_memory_free(run->roles.items);
    *run = (struct native_run){.first_time = 0};
}
