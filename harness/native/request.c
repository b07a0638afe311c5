#include "request.h"

/* The number of a text in this request; it is told what the text is when it first meets it. */
static uint32_t string_of(struct native_request *request, lineage_value value)
{
    const struct lineage_universe *universe = request->names->universe;
    while (request->numbers.count <= value)
        LINEAGE_PUSH(&request->numbers, LINEAGE_NONE);
    if (request->numbers.items[value] == LINEAGE_NONE) {
        const char *text = lineage_text_of(universe, value);
        request->numbers.items[value] = (uint32_t)request->strings.count;
        LINEAGE_PUSH(&request->strings, value);
        native_write_string(&request->words, request->numbers.items[value], text, strlen(text));
    }
    return request->numbers.items[value];
}

static void write_values(struct native_request *request, enum native_operation operation,
                         const lineage_value *values, uint32_t count, uint32_t x, uint32_t y,
                         uint32_t z)
{
    const struct lineage_universe *universe = request->names->universe;
    uint64_t words[LDFI_COLUMNS_MAX];
    uint32_t texts = 0;
    for (uint32_t i = 0; i < count; i++) {
        const bool is_text = !lineage_is_integer(universe, values[i]);
        texts |= is_text ? 1u << i : 0;
        words[i] = is_text ? string_of(request, values[i])
                           : (uint64_t)lineage_integer_of(universe, values[i]);
    }
    native_write(&request->words, operation, count, texts, x, y, z);
    for (uint32_t i = 0; i < count; i++)
        native_write_value(&request->words, words[i]);
}

void native_request_begin(struct native_request *request, const struct native_names *names,
                          uint64_t *words, size_t count)
{
    struct lineage_universe *universe = names->universe;
    for (size_t i = 0; i < request->strings.count; i++)
        request->numbers.items[request->strings.items[i]] = LINEAGE_NONE;
    request->strings.count = 0;
    request->words.start = request->words.at = words;
    request->words.end = words + count;
    request->names = names;
    for (size_t i = 0; i < universe->nodes.count; i++) {
        const uint32_t name = string_of(request, universe->nodes.items[i]);
        native_write(&request->words, NATIVE_NODE, 0, 0, 0, 0, name);
    }
    for (size_t i = 0; i < names->input_count; i++) {
        const struct native_input *input = &names->inputs[i];
        const uint32_t relation = lineage_tuple_relation(universe, input->tuple);
        const char *kind = universe->relations.items[relation].name;
        const uint32_t name = string_of(request, lineage_string(universe, kind, strlen(kind)));
        write_values(request, NATIVE_INPUT, lineage_tuple_values(universe, input->tuple) + 1,
                     universe->relations.items[relation].arity - 1, input->time, input->node, name);
    }
}

void native_request_faults(struct native_request *request, const struct lineage_schedule *schedule)
{
    for (size_t i = 0; i < schedule->omissions.count; i++) {
        const struct lineage_omission *omission = &schedule->omissions.items[i];
        native_write(&request->words, NATIVE_OMISSION, 0, 0, omission->time, omission->from,
                     omission->to);
    }
    for (size_t i = 0; i < schedule->crashes.count; i++)
        native_write(&request->words, NATIVE_CRASH, 0, 0, schedule->crashes.items[i].time,
                     schedule->crashes.items[i].node, 0);
}

bool native_request_end(struct native_request *request, uint32_t first, uint32_t last, uint32_t eot,
                        bool wants_state, size_t *words)
{
    if (wants_state)
        native_write(&request->words, NATIVE_STATE, 0, 0, 0, 0, 0);
    native_write(&request->words, NATIVE_RUN, 0, 0, first, last, eot);
    *words = (size_t)(request->words.at - request->words.start);
    return request->words.at < request->words.end;
}

void native_request_free(struct native_request *request)
{
    lineage_memory_free(request->numbers.items);
    lineage_memory_free(request->strings.items);
    *request = (struct native_request){.names = NULL};
}

/* ---- states ---- */

/* Words of a state: of each row its node, table, the number of columns of its key and of its value,
 * and these; LINEAGE_NONE; of each message receiver, sender, kind, the number of its fields, and
 * these. */
void native_state_write(const struct native_run *run, const struct native_names *names,
                        const bool *is_lost, const struct lineage_schedule *schedule,
                        native_state *words)
{
    struct lineage_universe *universe = names->universe;
    for (size_t i = 0; i < run->state.count; i++) {
        const uint32_t number = run->state.items[i];
        const struct native_run_slot *slot = &run->slots.items[number];
        const uint32_t arity = universe->relations.items[slot->relation].arity;
        LINEAGE_PUSH(words, slot->node);
        LINEAGE_PUSH(words, run->values.items[slot->first_value]);
        LINEAGE_PUSH(words, slot->count);
        LINEAGE_PUSH(words, arity - 1 - slot->count);
        for (uint32_t j = 1; j < arity; j++)
            LINEAGE_PUSH(words, lineage_tuple_values(universe, run->rows.items[number])[j]);
    }
    LINEAGE_PUSH(words, LINEAGE_NONE);
    for (size_t i = 0; i < run->messages.count; i++) {
        const struct native_run_message *message = &run->messages.items[i];
        const uint32_t crash_time = lineage_schedule_crash_time(schedule, message->to);
        if (message->sent_time != run->last_time || (is_lost != NULL && is_lost[i]) ||
            crash_time <= run->last_time + 1)
            continue;
        const uint32_t relation = lineage_tuple_relation(universe, message->tuple);
        const uint32_t arity = universe->relations.items[relation].arity;
        const char *kind = universe->relations.items[relation].name;
        LINEAGE_PUSH(words, message->to);
        LINEAGE_PUSH(words, message->from);
        LINEAGE_PUSH(words, lineage_string(universe, kind, strlen(kind)));
        LINEAGE_PUSH(words, arity - 2);
        for (uint32_t j = 2; j < arity; j++)
            LINEAGE_PUSH(words, lineage_tuple_values(universe, message->tuple)[j]);
    }
}

void native_request_state(struct native_request *request, const uint32_t *state, size_t count)
{
    const uint32_t *end = state + count;
    uint32_t slot = 0;
    for (; state < end && *state != LINEAGE_NONE; slot++) {
        const uint32_t node = state[0], keys = state[2], values = state[3];
        const uint32_t table = string_of(request, state[1]);
        write_values(request, NATIVE_SLOT, state + 4, keys, slot, node, table);
        write_values(request, NATIVE_PUT, state + 4 + keys, values, slot, 0, 0);
        state += 4 + keys + values;
    }
    for (state++; state < end;) {
        const uint32_t to = state[0], from = state[1], fields = state[3];
        const uint32_t kind = string_of(request, state[2]);
        write_values(request, NATIVE_SEND, state + 4, fields, to, from, kind);
        state += 4 + fields;
    }
}
