#include "export.h"

#include "version.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Kinds of spans and codes of status, as opentelemetry-proto numbers them (trace.proto). */
enum { INTERNAL = 1, PRODUCER = 4, STATUS_ERROR = 2 };

/* The first byte of a span's id tells what it is of. */
enum { OF_RUN = 1, OF_STEP, OF_MESSAGE };

enum { TRACE_ID_BYTES = 33, SPAN_ID_BYTES = 17 };

struct trace {
    const struct harness_export *export;
    const struct lineage_execution *execution;
    struct lineage_arena arena;
    char id[TRACE_ID_BYTES];
    uint32_t *first_received; /* by node and time: a message that arrives there, or LINEAGE_NONE */
    bool *has_step;           /* by node and time */
    cJSON **spans;            /* by node; the last are those of no node */
};

static size_t place(const struct trace *trace, uint32_t node, uint32_t time)
{
    return (size_t)node * (trace->execution->eot + 2) + time;
}

/* The same run has the same trace, wherever it is exported. */
static void make_trace_id(struct trace *trace)
{
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    fprintf(out, "%s %lld %u ", trace->export->name, (long long)trace->export->run,
            trace->execution->eot);
    lineage_schedule_print(trace->execution->universe, trace->export->faults, out);
    char *words = lineage_text_close(&text);
    const XXH128_hash_t hash = XXH3_128bits(words, strlen(words));
    snprintf(trace->id, sizeof trace->id, "%016llx%016llx", (unsigned long long)hash.high64,
             (unsigned long long)hash.low64 | 1); /* all zeros would be no id */
    lineage_memory_free(words);
}

static void add_span_id(cJSON *object, const char *key, int of, uint32_t node, uint32_t number)
{
    char id[SPAN_ID_BYTES];
    snprintf(id, sizeof id, "%02x%06x%08x", (unsigned)of, node & 0xffffff, number);
    cJSON_AddStringToObject(object, key, id);
}

static void add_time(cJSON *object, const char *key, uint32_t time)
{
    char nanoseconds[32];
    snprintf(nanoseconds, sizeof nanoseconds, "%llu",
             (unsigned long long)time * HARNESS_STEP_SECONDS * 1000000000);
    cJSON_AddStringToObject(object, key, nanoseconds);
}

static void add_text(cJSON *attributes, const char *key, const char *text)
{
    cJSON *attribute = cJSON_CreateObject();
    cJSON_AddStringToObject(attribute, "key", key);
    cJSON_AddStringToObject(cJSON_AddObjectToObject(attribute, "value"), "stringValue", text);
    cJSON_AddItemToArray(attributes, attribute);
}

static void add_integer(cJSON *attributes, const char *key, uint32_t integer)
{
    char digits[16]; /* 64-bit integers are strings in OTLP's JSON */
    cJSON *attribute = cJSON_CreateObject();
    snprintf(digits, sizeof digits, "%u", integer);
    cJSON_AddStringToObject(attribute, "key", key);
    cJSON_AddStringToObject(cJSON_AddObjectToObject(attribute, "value"), "intValue", digits);
    cJSON_AddItemToArray(attributes, attribute);
}

static void add_error(cJSON *span, const char *message)
{
    cJSON *status = cJSON_AddObjectToObject(span, "status");
    cJSON_AddNumberToObject(status, "code", STATUS_ERROR);
    cJSON_AddStringToObject(status, "message", message);
}

static cJSON *start_span(const struct trace *trace, int of, uint32_t node, uint32_t number)
{
    cJSON *span = cJSON_CreateObject();
    cJSON_AddStringToObject(span, "traceId", trace->id);
    add_span_id(span, "spanId", of, node, number);
    return span;
}

static void add_link(const struct trace *trace, cJSON *links, int of, uint32_t node,
                     uint32_t number)
{
    cJSON_AddItemToArray(links, start_span(trace, of, node, number));
}

static void finish_span(struct trace *trace, cJSON *span, uint32_t node, const char *name, int kind,
                        uint32_t start, uint32_t end)
{
    cJSON_AddStringToObject(span, "name", name);
    cJSON_AddNumberToObject(span, "kind", kind);
    add_time(span, "startTimeUnixNano", start);
    add_time(span, "endTimeUnixNano", end);
    cJSON_AddItemToArray(trace->spans[node], span);
}

static void add_message(struct trace *trace, uint32_t number)
{
    const struct lineage_message *message = &trace->execution->messages.items[number];
    const struct lineage_universe *universe = trace->execution->universe;
    const uint32_t relation = lineage_tuple_relation(universe, message->tuple);
    const bool has_sender = message->from != LINEAGE_NONE;
    cJSON *span = start_span(trace, OF_MESSAGE, 0, number);
    if (has_sender)
        add_span_id(span, "parentSpanId", OF_STEP, message->from, message->sent_time);
    else
        add_span_id(span, "parentSpanId", OF_RUN, 0, 0);
    cJSON *attributes = cJSON_AddArrayToObject(span, "attributes");
    add_text(attributes, "ldfi.tuple",
             harness_export_tuple(trace->export, message->tuple, &trace->arena));
    if (has_sender)
        add_text(attributes, "ldfi.from", lineage_node_name(universe, message->from));
    if (message->to != LINEAGE_NONE)
        add_text(attributes, "ldfi.to", lineage_node_name(universe, message->to));
    add_integer(attributes, "ldfi.sent", message->sent_time);
    if (message->fate == LINEAGE_DELIVERED)
        add_integer(attributes, "ldfi.received", message->sent_time + 1);
    add_text(attributes, "ldfi.fate", harness_export_fate(message->fate));
    if (harness_is_lost(message))
        add_error(span, harness_export_fate(message->fate));
    finish_span(trace, span, has_sender ? message->from : (uint32_t)universe->nodes.count,
                universe->relations.items[relation].name, PRODUCER, message->sent_time,
                message->sent_time + 1);
}

static void add_crash_event(cJSON *span, uint32_t time)
{
    cJSON *event = cJSON_CreateObject();
    add_time(event, "timeUnixNano", time);
    cJSON_AddStringToObject(event, "name", "crash");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(span, "events"), event);
    add_error(span, "crash");
}

/* A step of a node comes from the first message that it receives; it is linked to the others and to
 * the node's step before. */
static void add_step(struct trace *trace, uint32_t node, uint32_t time)
{
    const struct lineage_execution *execution = trace->execution;
    const uint32_t first = trace->first_received[place(trace, node, time)];
    cJSON *span = start_span(trace, OF_STEP, node, time), *links = cJSON_CreateArray();
    if (first != LINEAGE_NONE)
        add_span_id(span, "parentSpanId", OF_MESSAGE, 0, first);
    else
        add_span_id(span, "parentSpanId", OF_RUN, 0, 0);
    uint32_t earlier = time;
    while (earlier > 0 && !trace->has_step[place(trace, node, earlier - 1)])
        earlier--;
    if (earlier > 0)
        add_link(trace, links, OF_STEP, node, earlier - 1);
    for (size_t i = first; first != LINEAGE_NONE && i < execution->messages.count; i++) {
        const struct lineage_message *message = &execution->messages.items[i];
        if (i != first && message->to == node && message->sent_time + 1 == time &&
            message->fate == LINEAGE_DELIVERED)
            add_link(trace, links, OF_MESSAGE, 0, (uint32_t)i);
    }
    cJSON_AddItemToObject(span, "links", links);
    if (lineage_schedule_crash_time(trace->export->faults, node) == time)
        add_crash_event(span, time);
    finish_span(trace, span, node, lineage_arena_format(&trace->arena, "step %u", time), INTERNAL,
                time, time + 1);
}

/* Where is a step, and what does it come from? */
static void find_steps(struct trace *trace)
{
    const struct lineage_execution *execution = trace->execution;
    for (size_t i = execution->messages.count; i-- > 0;) {
        const struct lineage_message *message = &execution->messages.items[i];
        if (message->from != LINEAGE_NONE)
            trace->has_step[place(trace, message->from, message->sent_time)] = true;
        if (message->fate != LINEAGE_DELIVERED)
            continue;
        trace->has_step[place(trace, message->to, message->sent_time + 1)] = true;
        trace->first_received[place(trace, message->to, message->sent_time + 1)] = (uint32_t)i;
    }
    for (size_t i = 0; i < trace->export->faults->crashes.count; i++) {
        const struct lineage_crash *crash = &trace->export->faults->crashes.items[i];
        if (crash->time <= execution->eot)
            trace->has_step[place(trace, crash->node, crash->time)] = true;
    }
}

static void add_resource(struct trace *trace, cJSON *resources, const char *name, cJSON *spans)
{
    cJSON *resource = cJSON_CreateObject();
    cJSON *attributes =
        cJSON_AddArrayToObject(cJSON_AddObjectToObject(resource, "resource"), "attributes");
    add_text(attributes, "service.name", name);
    add_text(attributes, "service.namespace", trace->export->name);
    cJSON *scope_spans = cJSON_CreateObject();
    cJSON *scope = cJSON_AddObjectToObject(scope_spans, "scope");
    cJSON_AddStringToObject(scope, "name", "ldfi");
    cJSON_AddStringToObject(scope, "version", HARNESS_VERSION);
    cJSON_AddItemToObject(scope_spans, "spans", spans);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(resource, "scopeSpans"), scope_spans);
    cJSON_AddItemToArray(resources, resource);
}

/* The span that all others are below. */
static void add_run(struct trace *trace)
{
    const struct lineage_execution *execution = trace->execution;
    const bool is_broken = trace->export->broken->count > 0;
    cJSON *span = start_span(trace, OF_RUN, 0, 0);
    cJSON *attributes = cJSON_AddArrayToObject(span, "attributes");
    add_integer(attributes, "ldfi.eot", execution->eot);
    struct lineage_text text;
    lineage_schedule_print(execution->universe, trace->export->faults, lineage_text_open(&text));
    char *faults = lineage_text_close(&text);
    add_text(attributes, "ldfi.faults", faults);
    lineage_memory_free(faults);
    add_text(attributes, "ldfi.promise", is_broken ? "broken" : "kept");
    if (is_broken)
        add_error(span, "promise broken");
    finish_span(trace, span, (uint32_t)execution->universe->nodes.count, trace->export->name,
                INTERNAL, 0, execution->eot + 1);
}

cJSON *harness_export_otlp(const struct harness_export *export)
{
    const struct lineage_execution *execution = export->execution;
    const uint32_t nodes = (uint32_t)execution->universe->nodes.count;
    const size_t places = (size_t)nodes * (execution->eot + 2) + 1;
    struct trace trace = {.export = export, .execution = execution};
    trace.has_step = lineage_memory_clear(places * sizeof *trace.has_step);
    trace.first_received = lineage_memory_resize(NULL, places * sizeof *trace.first_received);
    memset(trace.first_received, 0xff, places * sizeof *trace.first_received);
    trace.spans = lineage_memory_clear((nodes + 1) * sizeof *trace.spans);
    for (uint32_t i = 0; i <= nodes; i++)
        trace.spans[i] = cJSON_CreateArray();
    make_trace_id(&trace);
    find_steps(&trace);
    add_run(&trace);
    for (uint32_t node = 0; node < nodes; node++)
        for (uint32_t time = 0; time <= execution->eot + 1; time++)
            if (trace.has_step[place(&trace, node, time)])
                add_step(&trace, node, time);
    for (uint32_t i = 0; i < execution->messages.count; i++)
        add_message(&trace, i);
    cJSON *request = cJSON_CreateObject(),
          *resources = cJSON_AddArrayToObject(request, "resourceSpans");
    add_resource(&trace, resources, "ldfi", trace.spans[nodes]);
    for (uint32_t i = 0; i < nodes; i++)
        add_resource(&trace, resources, lineage_node_name(execution->universe, i), trace.spans[i]);
    lineage_memory_free(trace.has_step);
    lineage_memory_free(trace.first_received);
    lineage_memory_free((void *)trace.spans);
    lineage_arena_free(&trace.arena);
    return request;
}
