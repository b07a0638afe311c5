#include "export.h"

/* One event in a line with its host and clock, and a line with what happens (ShiViz takes `^` and
 * `$` around what the file's first line says). */
static const char regular_expression[] =
    "(?<host>.*) (?<clock>\\{.*\\})\\n(?<time>\\d+) (?<event>.*)";

struct log {
    const struct harness_export *export;
    struct lineage_arena arena;
    uint32_t node_count;
    const char **names;
    uint32_t *clocks;        /* by node: its vector clock */
    uint32_t *sent;          /* by message: the clock with which it was sent, a row of node_count */
    size_t *arriving, *next; /* by time, by message: a list of messages received; count: its end */
    FILE *out;
};

/* Steps a node's clock and prints what happens there. */
static void print_event(struct log *log, uint32_t node, uint32_t time, const char *what)
{
    uint32_t *clock = log->clocks + (size_t)node * log->node_count;
    clock[node]++;
    cJSON *object = cJSON_CreateObject();
    for (uint32_t i = 0; i < log->node_count; i++)
        if (clock[i] > 0)
            cJSON_AddNumberToObject(object, log->names[i], clock[i]);
    char *text = cJSON_PrintUnformatted(object);
    fprintf(log->out, "%s %s\n%u %s\n", log->names[node], text, time, what);
    cJSON_free(text);
    cJSON_Delete(object);
}

static void print_crashes(struct log *log, uint32_t time)
{
    const struct lineage_schedule *faults = log->export->faults;
    for (size_t i = 0; i < faults->crashes.count; i++)
        if (faults->crashes.items[i].time == time)
            print_event(log, faults->crashes.items[i].node, time, "CRASHES");
}

static void receive(struct log *log, size_t number)
{
    const struct lineage_message *message = &log->export->execution->messages.items[number];
    uint32_t *clock = log->clocks + (size_t)message->to * log->node_count;
    const uint32_t *sent = log->sent + number * log->node_count;
    for (uint32_t i = 0; message->from != LINEAGE_NONE && i < log->node_count; i++)
        if (clock[i] < sent[i])
            clock[i] = sent[i];
    print_event(log, message->to, message->sent_time + 1,
                lineage_arena_format(&log->arena, "receives %s from %s",
                                     harness_export_tuple(log->export, message->tuple, &log->arena),
                                     harness_export_node(log->export, message->from, &log->arena)));
}

static void send(struct log *log, size_t number)
{
    const struct lineage_message *message = &log->export->execution->messages.items[number];
    const bool arrives = message->fate == LINEAGE_DELIVERED;
    if (message->from == LINEAGE_NONE)
        return;
    print_event(log, message->from, message->sent_time,
                lineage_arena_format(&log->arena, "sends %s to %s%s%s",
                                     harness_export_tuple(log->export, message->tuple, &log->arena),
                                     harness_export_node(log->export, message->to, &log->arena),
                                     arrives ? "" : ": ",
                                     arrives ? "" : harness_export_fate(message->fate)));
    memcpy(log->sent + number * log->node_count,
           log->clocks + (size_t)message->from * log->node_count,
           log->node_count * sizeof *log->sent);
}

/* Lists what is received at each time, in the order in which it was sent. */
static void list_arrivals(struct log *log)
{
    const struct lineage_execution *execution = log->export->execution;
    const size_t count = execution->messages.count;
    for (size_t time = 0; time <= (size_t)execution->eot + 1; time++)
        log->arriving[time] = count;
    for (size_t i = count; i-- > 0;) {
        const struct lineage_message *message = &execution->messages.items[i];
        if (message->fate != LINEAGE_DELIVERED)
            continue;
        log->next[i] = log->arriving[message->sent_time + 1];
        log->arriving[message->sent_time + 1] = i;
    }
}

static void print_all(struct log *log)
{
    const struct lineage_execution *execution = log->export->execution;
    fprintf(log->out, "%s\n\n", regular_expression);
    for (uint32_t time = 0; time <= execution->eot; time++) {
        for (size_t i = log->arriving[time]; i < execution->messages.count; i = log->next[i])
            receive(log, i);
        print_crashes(log, time);
        for (size_t i = 0; i < execution->messages.count; i++)
            if (execution->messages.items[i].sent_time == time)
                send(log, i);
    }
}

void harness_export_shiviz(const struct harness_export *export, FILE *out)
{
    const struct lineage_universe *universe = export->execution->universe;
    const size_t nodes = universe->nodes.count, messages = export->execution->messages.count;
    struct log log = {
        .export = export,
        .node_count = (uint32_t)nodes,
        .names = lineage_memory_clear((nodes + 1) * sizeof *log.names),
        .clocks = lineage_memory_clear((nodes * nodes + 1) * sizeof *log.clocks),
        .sent = lineage_memory_clear((messages * nodes + 1) * sizeof *log.sent),
        .arriving = lineage_memory_clear(((size_t) export->execution->eot + 2) * sizeof(size_t)),
        .next = lineage_memory_clear((messages + 1) * sizeof(size_t)),
        .out = out};
    for (uint32_t i = 0; i < nodes; i++)
        log.names[i] = harness_export_node(export, i, &log.arena);
    list_arrivals(&log);
    print_all(&log);
    lineage_memory_free((void *)log.names);
    lineage_memory_free(log.clocks);
    lineage_memory_free(log.sent);
    lineage_memory_free(log.arriving);
    lineage_memory_free(log.next);
    lineage_arena_free(&log.arena);
}
