#include "simulator.h"

#include <stdarg.h>
#include <stdio.h>

void native_end(struct native_simulator *simulator, enum native_outcome outcome)
{
    simulator->status->outcome = outcome;
    longjmp(simulator->out, 1);
}

void native_fail(struct native_simulator *simulator, const void *site, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(simulator->status->text, sizeof simulator->status->text, format, arguments);
    va_end(arguments);
    if (site == NULL && simulator->caller != NULL)
        site = simulator->site;
    simulator->status->site =
        site == NULL ? 0 : (uint32_t)((const char *)site - simulator->module->base);
    native_end(simulator, NATIVE_WRONG);
}

/* ---- the request ---- */

/* Texts of a request, by number. */
struct request {
    struct native_simulator *simulator;
    const char **texts;
    size_t text_count;
};

static const char *text_of(const struct request *request, uint32_t number)
{
    return number < request->text_count ? request->texts[number] : "";
}

static struct ldfi_tuple tuple_of(const struct request *request, const struct native_record *record)
{
    struct ldfi_tuple tuple = {.count = record->count};
    for (size_t i = 0; i < record->count; i++) {
        if ((record->texts >> i & 1) != 0)
            tuple.values[i].text = text_of(request, (uint32_t)record->values[i]);
        else
            tuple.values[i].integer = (int64_t)record->values[i];
    }
    return tuple;
}

static void add_event(struct native_simulator *simulator, struct native_event ***end,
                      const struct native_event *event)
{
    struct native_event *added = native_take(simulator, sizeof *added);
    *added = *event;
    native_intern_tuple(simulator, &added->message.fields);
    **end = added;
    *end = &added->next;
}

static void add_node(struct native_simulator *simulator, const char *name)
{
    struct ldfi_node *node = &simulator->nodes[simulator->node_count];
    *node = (struct ldfi_node){.simulator = simulator,
                               .number = (uint32_t)simulator->node_count++,
                               .name = name,
                               .crash_time = UINT32_MAX};
    node->last_table = &node->tables;
    node->inbox_end = &node->inbox;
    node->outbox_end = &node->outbox;
}

/* A row or a message of the state that the run goes on from. */
static void take_state(struct request *request, const struct native_record *record,
                       struct native_slot ***slots, struct ldfi_node ***owners,
                       struct native_table ***tables)
{
    struct native_simulator *simulator = request->simulator;
    const struct ldfi_tuple tuple = tuple_of(request, record);
    if (record->operation == NATIVE_SLOT) {
        struct ldfi_node *node = &simulator->nodes[record->y];
        struct native_table *table = native_table(node, text_of(request, record->z), true);
        table->key_count = tuple.count;
        *(*slots)++ = native_slot(node, table, &tuple);
        *(*owners)++ = node;
        *(*tables)++ = table;
    } else if (record->operation == NATIVE_PUT) {
        (*tables)[-1]->value_count = tuple.count;
        native_put((*owners)[-1], (*tables)[-1], (*slots)[-1], &tuple, 0);
    } else {
        struct ldfi_node *from = &simulator->nodes[record->y];
        struct ldfi_node *to = &simulator->nodes[record->x];
        const struct native_event event = {
            {native_intern(simulator, text_of(request, record->z)), from->name, tuple},
            NATIVE_MESSAGE,
            from->number,
            simulator->sent,
            NULL};
        native_trace_tuple(simulator, NATIVE_SEND, &event.message.fields, to->number, 0,
                           native_number_of(event.message.kind));
        simulator->sent++;
        add_event(simulator, &to->inbox_end, &event);
    }
}

static void take(struct request *request, const struct native_record *record)
{
    struct native_simulator *simulator = request->simulator;
    switch (record->operation) {
    case NATIVE_STRING: {
        char *text = native_take(simulator, (size_t)record->y + 1);
        memcpy(text, record->values, record->y);
        request->texts[request->text_count++] = native_intern(simulator, text);
        break;
    }
    case NATIVE_NODE:
        add_node(simulator, text_of(request, record->z));
        break;
    case NATIVE_OMISSION:
        simulator->omissions[simulator->omission_count++] =
            (struct native_omission){record->x, record->y, record->z};
        break;
    case NATIVE_CRASH:
        simulator->nodes[record->y].crash_time = record->x;
        break;
    case NATIVE_INPUT:
        simulator->inputs[simulator->input_count++] = *record;
        break;
    case NATIVE_RUN:
        simulator->first = record->x;
        simulator->last = record->y;
        simulator->eot = record->z;
        break;
    case NATIVE_STATE:
        simulator->traces_state = true;
        break;
    default:
        break;
    }
}

/* ldfi wrote the request itself, so that it is right. */
static void read_request(struct request *request, const uint64_t *at, const uint64_t *end)
{
    struct native_simulator *simulator = request->simulator;
    struct native_record record;
    size_t counts[NATIVE_RUN + 1] = {0};
    for (const uint64_t *next = at; native_read(&next, end, &record);)
        counts[record.operation <= NATIVE_RUN ? record.operation : 0]++;
    request->texts = native_take(simulator, (counts[NATIVE_STRING] + 1) * sizeof(char *));
    simulator->nodes = native_take(simulator, (counts[NATIVE_NODE] + 1) * sizeof(struct ldfi_node));
    simulator->inputs =
        native_take(simulator, (counts[NATIVE_INPUT] + 1) * sizeof(struct native_record));
    simulator->omissions =
        native_take(simulator, (counts[NATIVE_OMISSION] + 1) * sizeof(struct native_omission));
    struct native_slot **slots =
        native_take(simulator, (counts[NATIVE_SLOT] + 1) * sizeof(struct native_slot *));
    struct ldfi_node **owners =
        native_take(simulator, (counts[NATIVE_SLOT] + 1) * sizeof(struct ldfi_node *));
    struct native_table **tables =
        native_take(simulator, (counts[NATIVE_SLOT] + 1) * sizeof(struct native_table *));
    while (native_read(&at, end, &record)) {
        if (record.operation == NATIVE_SLOT || record.operation == NATIVE_PUT ||
            record.operation == NATIVE_SEND)
            take_state(request, &record, &slots, &owners, &tables);
        else
            take(request, &record);
    }
}

/* ---- a step at a node ---- */

/* Does the left event come first? -1: yes; 1: no. No two are equal. */
static int compare_events(const struct native_simulator *simulator, const struct native_event *left,
                          const struct native_event *right)
{
    int (*const order)(const struct ldfi_message *, const struct ldfi_message *) =
        simulator->module->protocol->order;
    const int by_protocol = order == NULL ? 0 : order(&left->message, &right->message);
    if (by_protocol != 0)
        return by_protocol < 0 ? -1 : 1;
    if (left->call != right->call)
        return left->call == NATIVE_TAKE ? -1 : 1;
    if (left->from != right->from)
        return left->from < right->from ? -1 : 1;
    return left->number < right->number ? -1 : 1;
}

/* Sorts what has arrived. Every pair is compared: the order of those that a fault leaves over must
 * be their order here (envelope.c). */
static size_t sort_inbox(struct ldfi_node *node, struct native_event ***sorted)
{
    struct native_simulator *simulator = node->simulator;
    size_t count = 0, place = 0;
    for (struct native_event *event = node->inbox; event != NULL; event = event->next)
        count++;
    struct native_event **events = native_take(simulator, (count + 1) * sizeof *events);
    for (struct native_event *event = node->inbox; event != NULL; event = event->next) {
        size_t i = place++;
        for (; i > 0 && compare_events(simulator, event, events[i - 1]) < 0; i--)
            events[i] = events[i - 1];
        events[i] = event;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            if (compare_events(simulator, events[i], events[j]) > 0)
                native_fail(simulator, NULL,
                            "the protocol's order of messages is none: of \"%s\" and \"%s\", which "
                            "comes first depends on the others",
                            events[i]->message.kind, events[j]->message.kind);
    node->inbox = NULL;
    node->inbox_end = &node->inbox;
    *sorted = events;
    return count;
}

static void take_inputs(struct ldfi_node *node)
{
    struct native_simulator *simulator = node->simulator;
    for (size_t i = 0; i < simulator->input_count; i++) {
        const struct native_record *input = &simulator->inputs[i];
        if (input->x != simulator->time || input->y != node->number)
            continue;
        struct ldfi_tuple fields = {.count = input->count};
        for (size_t j = 0; j < input->count; j++) {
            if ((input->texts >> j & 1) != 0)
                fields.values[j].text = simulator->texts[input->values[j]];
            else
                fields.values[j].integer = (int64_t)input->values[j];
        }
        const struct native_event event = {
            {simulator->texts[input->z], NULL, fields}, NATIVE_TAKE, 0, (uint32_t)i, NULL};
        add_event(simulator, &node->inbox_end, &event);
    }
}

static bool is_due(const struct native_slot *timer, uint32_t time)
{
    return timer->row != NULL && timer->row->value.values[0].integer == time;
}

/* A timer that runs out is no longer set when its handler is called. One that would have, had it
 * not been set otherwise, is looked at, since that it is not set any more is what keeps its
 * handler from being called. So is one that was set otherwise and then back: it would run out, too,
 * if neither had happened. */
static void run_timers(struct ldfi_node *node)
{
    struct native_simulator *simulator = node->simulator;
    struct native_table *table = native_table(node, NATIVE_TIMERS, false);
    if (table == NULL)
        return;
    for (struct native_look *look = simulator->looks; look != NULL; look = look->next)
        if (look->node == node->number && look->time == simulator->time)
            look->slot->is_looked_at = true;
    struct native_slot **due =
        native_take(simulator, (table->count + 1) * sizeof(struct native_slot *));
    bool *is_looked_at = native_take(simulator, table->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        struct native_slot *slot = table->slots[i];
        is_looked_at[count] = slot->is_looked_at;
        if (slot->is_looked_at || is_due(slot, simulator->time))
            due[count++] = slot;
        slot->is_looked_at = false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = due[i]->key.values[0].text;
        const bool runs_out = is_due(due[i], simulator->time);
        if (is_looked_at[i] || !runs_out)
            native_call(node, NATIVE_LOOK, due[i]->number, NULL, name);
        if (runs_out)
            native_call(node, NATIVE_TIMER, due[i]->number, NULL, name);
    }
}

static void step_node(struct ldfi_node *node)
{
    struct native_simulator *simulator = node->simulator;
    if (node->crash_time <= simulator->time) {
        node->inbox = NULL;
        node->inbox_end = &node->inbox;
        return;
    }
    if (simulator->time == 1)
        native_call(node, NATIVE_START, 0, NULL, NULL);
    take_inputs(node);
    struct native_event **events;
    const size_t count = sort_inbox(node, &events);
    for (size_t i = 0; i < count; i++)
        native_call(node, events[i]->call, events[i]->number, &events[i]->message, NULL);
    run_timers(node);
}

static void deliver(struct native_simulator *simulator)
{
    for (size_t i = 0; i < simulator->node_count; i++) {
        struct ldfi_node *node = &simulator->nodes[i];
        node->inbox = node->outbox;
        node->inbox_end = node->outbox == NULL ? &node->inbox : node->outbox_end;
        node->outbox = NULL;
        node->outbox_end = &node->outbox;
    }
}

/* All rows, of nodes by number, of tables by name, by key. */
static void trace_state(struct native_simulator *simulator)
{
    native_trace(simulator, NATIVE_STATE, 0, 0, 0);
    for (size_t i = 0; i < simulator->node_count; i++) {
        const char *last = "";
        for (;;) {
            const struct native_table *next = NULL;
            for (const struct native_table *table = simulator->nodes[i].tables; table != NULL;
                 table = table->next)
                if (strcmp(table->name, last) > 0 &&
                    (next == NULL || strcmp(table->name, next->name) < 0))
                    next = table;
            if (next == NULL)
                break;
            for (size_t j = 0; j < next->count; j++)
                if (next->slots[j]->row != NULL)
                    native_trace_tuple(simulator, NATIVE_PUT, &next->slots[j]->row->value,
                                       next->slots[j]->number, 0, 0);
            last = next->name;
        }
    }
}

static void run(struct native_simulator *simulator)
{
    for (simulator->time = simulator->first; simulator->time <= simulator->last;
         simulator->time++) {
        for (size_t i = 0; i < simulator->node_count; i++)
            step_node(&simulator->nodes[i]);
        deliver(simulator);
    }
    simulator->time = simulator->last;
    if (simulator->last == simulator->eot) {
        native_call(&simulator->observer, NATIVE_PRE, 0, NULL, NULL);
        native_call(&simulator->observer, NATIVE_POST, 0, NULL, NULL);
    }
    if (simulator->traces_state)
        trace_state(simulator);
    native_trace(simulator, NATIVE_END, 0, 0, 0);
}

enum native_outcome native_simulate(struct native_simulator *simulator, const uint64_t *request,
                                    const uint64_t *end)
{
    const struct native_module *module = simulator->module;
    struct native_status *status = simulator->status;
    const struct native_simulator fresh = {.module = module,
                                           .status = status,
                                           .region = simulator->region,
                                           .trace = simulator->trace,
                                           .checks_memory = simulator->checks_memory};
    *simulator = fresh;
    simulator->region.at = simulator->region.start;
    simulator->trace.at = simulator->trace.start;
    simulator->observer = (struct ldfi_node){
        .simulator = simulator, .number = NATIVE_NOBODY, .name = "", .crash_time = UINT32_MAX};
    memset(status, 0, sizeof *status);
    for (size_t i = 0; i < module->segment_count; i++)
        memcpy(module->segments[i].start, module->segments[i].copy, module->segments[i].bytes);
    if (setjmp(simulator->out) == 0) {
        struct request taken = {.simulator = simulator};
        read_request(&taken, request, end);
        simulator->texts = taken.texts;
        run(simulator);
        status->outcome = NATIVE_DONE;
    }
    if (status->outcome != NATIVE_LOOPS) /* what a loop does without end tells nobody anything */
        status->words = (uint64_t)(simulator->trace.at - simulator->trace.start);
    return (enum native_outcome)status->outcome;
}
