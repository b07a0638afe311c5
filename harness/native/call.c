/* One call of a handler, and what is watched about it. */
#include "simulator.h"

#include "worker.h"

#include <stdio.h>

/* Has the module's own memory changed? */
static void check_segments(struct native_simulator *simulator)
{
    const struct native_module *module = simulator->module;
    if (module->protocol->opaque_state)
        return;
    for (size_t i = 0; i < module->segment_count; i++) {
        const struct native_segment *segment = &module->segments[i];
        if (memcmp(segment->start, segment->copy, segment->bytes) == 0)
            continue;
        size_t at = 0;
        while (segment->start[at] == segment->copy[at])
            at++;
        native_fail(simulator, segment->start + at,
                    "%s keeps something outside the tables, where ldfi does not see it: put it "
                    "into a table, or say .opaque_state = true",
                    NATIVE_VARIABLE);
    }
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = mix(hash, (unsigned char)*text);
    return mix(hash, 256);
}

/* What random numbers come from: the event, and not what else happens in the run. */
static uint64_t hash_event(const struct ldfi_node *node, enum native_call call,
                           const struct ldfi_message *message, const char *timer)
{
    uint64_t hash = mix(mix(mix(1, node->simulator->time), node->number), call);
    if (timer != NULL)
        hash = hash_text(hash, timer);
    if (message == NULL)
        return hash;
    hash = hash_text(hash_text(hash, message->kind), message->from == NULL ? "" : message->from);
    for (size_t i = 0; i < message->fields.count; i++) {
        const struct ldfi_value *value = &message->fields.values[i];
        hash = value->text != NULL ? hash_text(hash, value->text)
                                   : mix(hash, (uint64_t)value->integer);
    }
    return hash;
}

/* The event, as people are told of it. */
static void name_event(struct native_status *status, enum native_call call,
                       const struct ldfi_message *message, const char *timer)
{
    static const char *const names[NATIVE_CALL_COUNT] = {
        [NATIVE_START] = "start", [NATIVE_PRE] = "pre", [NATIVE_POST] = "post"};
    char *text = status->event;
    if (call == NATIVE_TIMER)
        snprintf(text, sizeof status->event, "timer %s", timer);
    else if (message != NULL)
        snprintf(text, sizeof status->event, "%s %s", call == NATIVE_TAKE ? "input" : "message",
                 message->kind);
    else
        snprintf(text, sizeof status->event, "%s", names[call]);
}

__attribute__((noinline)) void native_at_handler(uint32_t node, uint32_t time, const void *handler)
{
    __asm__ volatile("" : : "r"(node), "r"(time), "r"(handler) : "memory");
}

/* The address of a handler, for a debugger to stop at. */
static const void *handler_of(const struct ldfi_protocol *protocol, enum native_call call)
{
    const void *addresses[NATIVE_CALL_COUNT];
    memcpy(&addresses[NATIVE_START], &protocol->start, sizeof(void *));
    memcpy(&addresses[NATIVE_MESSAGE], &protocol->message, sizeof(void *));
    memcpy(&addresses[NATIVE_TAKE], &protocol->message, sizeof(void *));
    memcpy(&addresses[NATIVE_TIMER], &protocol->timer, sizeof(void *));
    addresses[NATIVE_LOOK] = NULL;
    memcpy(&addresses[NATIVE_PRE], &protocol->pre, sizeof(void *));
    memcpy(&addresses[NATIVE_POST], &protocol->post, sizeof(void *));
    return addresses[call];
}

static void call_handler(struct ldfi_node *node, enum native_call call,
                         const struct ldfi_message *message, const char *timer)
{
    const struct ldfi_protocol *protocol = node->simulator->module->protocol;
    if (call == NATIVE_START && protocol->start != NULL)
        protocol->start(node);
    else if (message != NULL && protocol->message != NULL)
        protocol->message(node, message);
    else if (call == NATIVE_TIMER && protocol->timer != NULL)
        protocol->timer(node, timer);
    else if (call == NATIVE_PRE)
        protocol->pre(node);
    else if (call == NATIVE_POST)
        protocol->post(node);
}

void native_call(struct ldfi_node *node, enum native_call call, uint32_t why,
                 const struct ldfi_message *message, const char *timer)
{
    struct native_simulator *simulator = node->simulator;
    struct native_status *status = simulator->status;
    if (!native_write(&simulator->trace, NATIVE_CALL, 0, call, simulator->time, node->number, why))
        native_end(simulator, NATIVE_LARGE);
    if (call == NATIVE_TIMER || call == NATIVE_LOOK) {
        const struct ldfi_tuple key = {1, {{timer, 0}}};
        struct native_table *timers = native_table(node, NATIVE_TIMERS, true);
        native_trace(simulator, NATIVE_READ, why, 0, 0);
        if (call == NATIVE_LOOK)
            return;
        native_delete(node, timers, native_slot(node, timers, &key), 0);
    }
    status->words = (uint64_t)(simulator->trace.at - simulator->trace.start);
    status->call = call;
    status->node = node->number;
    status->time = simulator->time;
    name_event(status, call, message, timer);
    simulator->caller = node;
    simulator->call = call;
    simulator->asked = simulator->operations = 0;
    simulator->event_hash = hash_event(node, call, message, timer);
    const size_t bytes = simulator->checks_memory ? native_heap_bytes() : 0;
    const void *handler = handler_of(simulator->module->protocol, call);
    if (handler != NULL)
        native_at_handler(node->number, simulator->time, handler);
    call_handler(node, call, message, timer);
    simulator->caller = NULL;
    status->calls++;
    check_segments(simulator);
    const size_t after = simulator->checks_memory ? native_heap_bytes() : 0;
    if (after > bytes) {
        snprintf(status->text, sizeof status->text, "%zu bytes", after - bytes);
        native_end(simulator, NATIVE_LEAKS);
    }
}
