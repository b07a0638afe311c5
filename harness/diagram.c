#include "diagram.h"

#include "printable.h"

#include <string.h>

static const char *const RED = "\033[31m", *const PLAIN = "\033[0m";

enum { TIME_COLUMNS = 6, COLUMN_MIN = 7, NAME_MAX = 24 };

struct diagram {
    const struct lineage_execution *execution;
    const struct lineage_schedule *schedule;
    uint32_t node_count;
    size_t width; /* of a node's column */
    char *line;   /* the lanes under construction, NUL-terminated */
    bool colour;
    FILE *out;
};

/* Where a node's lane is in the line. */
static size_t lane(const struct diagram *diagram, uint32_t node)
{
    return node * diagram->width + diagram->width / 2;
}

static bool has_crashed(const struct diagram *diagram, uint32_t node, uint32_t time)
{
    return lineage_schedule_crash_time(diagram->schedule, node) <= time;
}

/* Lanes: a bar, or a dot once the node has crashed. */
static void start_line(struct diagram *diagram, uint32_t time)
{
    memset(diagram->line, ' ', diagram->node_count * diagram->width);
    diagram->line[diagram->node_count * diagram->width] = '\0';
    for (uint32_t node = 0; node < diagram->node_count; node++)
        diagram->line[lane(diagram, node)] = has_crashed(diagram, node, time) ? '.' : '|';
}

static void print_line(const struct diagram *diagram, const char *left, const char *label,
                       bool is_bad)
{
    size_t length = strlen(diagram->line);
    while (label[0] == '\0' && length > 0 && diagram->line[length - 1] == ' ')
        length--;
    const bool red = is_bad && diagram->colour;
    fprintf(diagram->out, "%*s %s%.*s%s%s%s\n", TIME_COLUMNS - 1, left, red ? RED : "", (int)length,
            diagram->line, label[0] != '\0' ? "  " : "", label, red ? PLAIN : "");
}

static void print_names(struct diagram *diagram)
{
    memset(diagram->line, ' ', diagram->node_count * diagram->width);
    for (uint32_t node = 0; node < diagram->node_count; node++) {
        const char *name = lineage_node_name(diagram->execution->universe, node);
        size_t bytes = strlen(name);
        if (bytes > diagram->width - 1)
            bytes = diagram->width - 1;
        const size_t middle = lane(diagram, node);
        const size_t first = middle >= bytes / 2 ? middle - bytes / 2 : 0;
        memcpy(diagram->line + first, name, bytes);
    }
    harness_make_printable(diagram->line);
    print_line(diagram, "time", "", false);
}

static bool is_lost(const struct lineage_message *message)
{
    return message->fate == LINEAGE_LOST_BY_OMISSION || message->fate == LINEAGE_LOST_BY_CRASH;
}

static void draw_arrow(struct diagram *diagram, const struct lineage_message *message)
{
    const size_t to = lane(diagram, message->to);
    const size_t from = message->from == LINEAGE_NONE ? to : lane(diagram, message->from);
    const size_t low = from < to ? from : to, high = from < to ? to : from;
    /* What is lost stops half way. */
    const size_t middle = (low + high) / 2;
    for (size_t i = low + 1; i < high; i++)
        if (!is_lost(message) || (from < to ? i < middle : i > middle))
            diagram->line[i] = is_lost(message) && (i & 1) != 0 ? ' ' : '-';
    diagram->line[from] = message->from == LINEAGE_NONE ? '*' : 'o';
    if (is_lost(message))
        diagram->line[middle] = 'x';
    else if (from < to)
        diagram->line[to - 1] = '>';
    else if (from > to)
        diagram->line[to + 1] = '<';
}

static const char *fate_text(enum lineage_fate fate)
{
    switch (fate) {
    case LINEAGE_LOST_BY_OMISSION:
        return "   LOST";
    case LINEAGE_LOST_BY_CRASH:
        return "   LOST: the sender has crashed";
    case LINEAGE_IN_FLIGHT:
        return "   still in flight";
    case LINEAGE_DELIVERED:
    case LINEAGE_TO_NOBODY:
    default:
        return "";
    }
}

static void print_message(struct diagram *diagram, const struct lineage_message *message)
{
    char *text = lineage_tuple_text(diagram->execution->universe, message->tuple);
    harness_make_printable(text);
    const size_t bytes = strlen(text) + 64;
    char *label = lineage_memory_clear(bytes);
    snprintf(label, bytes, "%s%s", text, fate_text(message->fate));
    start_line(diagram, message->sent_time);
    draw_arrow(diagram, message);
    print_line(diagram, "", label, is_lost(message));
    lineage_memory_free(label);
    lineage_memory_free(text);
}

bool harness_diagram_repeats(const struct lineage_execution *execution,
                             const struct lineage_message *message)
{
    if (message->fate == LINEAGE_LOST_BY_OMISSION)
        return false;
    /* Messages are in the order in which they are sent. */
    for (const struct lineage_message *other = message;
         other >= execution->messages.items && other->sent_time + 1 >= message->sent_time; other--)
        if (other->tuple == message->tuple && other->from == message->from &&
            other->sent_time + 1 == message->sent_time &&
            (other->fate == message->fate || message->fate == LINEAGE_IN_FLIGHT))
            return true;
    return false;
}

static bool is_shown(const struct lineage_execution *execution,
                     const struct lineage_message *message)
{
    return message->from != message->to && message->to != LINEAGE_NONE &&
           !harness_diagram_repeats(execution, message);
}

/* The row of a time, with the crashes that happen at it. */
static void print_time(struct diagram *diagram, uint32_t time)
{
    char left[16], label[NAME_MAX * 4];
    size_t used = 0;
    label[0] = '\0';
    start_line(diagram, time);
    for (size_t i = 0; i < diagram->schedule->crashes.count; i++) {
        const struct lineage_crash *crash = &diagram->schedule->crashes.items[i];
        if (crash->time != time)
            continue;
        diagram->line[lane(diagram, crash->node)] = 'X';
        used += (size_t)snprintf(label + used, sizeof label - used, "%s%.*s CRASHES",
                                 used > 0 ? ", " : "", NAME_MAX,
                                 lineage_node_name(diagram->execution->universe, crash->node));
        if (used >= sizeof label)
            used = sizeof label - 1;
    }
    harness_make_printable(label);
    snprintf(left, sizeof left, "%u", time);
    print_line(diagram, left, label, label[0] != '\0');
}

static bool has_events(const struct diagram *diagram, uint32_t time)
{
    for (size_t i = 0; i < diagram->schedule->crashes.count; i++)
        if (diagram->schedule->crashes.items[i].time == time)
            return true;
    for (size_t i = 0; i < diagram->execution->messages.count; i++)
        if (diagram->execution->messages.items[i].sent_time == time &&
            is_shown(diagram->execution, &diagram->execution->messages.items[i]))
            return true;
    return false;
}

/* One row for times at which nothing is sent. */
static void print_quiet(struct diagram *diagram, uint32_t first, uint32_t last)
{
    char left[32];
    if (first == last)
        snprintf(left, sizeof left, "%u", first);
    else
        snprintf(left, sizeof left, "%u-%u", first, last);
    start_line(diagram, last);
    print_line(diagram, left, "", false);
}

void harness_diagram(const struct lineage_execution *execution,
                     const struct lineage_schedule *schedule, bool colour, FILE *out)
{
    struct diagram diagram = {.execution = execution,
                              .schedule = schedule,
                              .node_count = (uint32_t)execution->universe->nodes.count,
                              .width = COLUMN_MIN,
                              .colour = colour,
                              .out = out};
    size_t repeated = 0;
    for (uint32_t node = 0; node < diagram.node_count; node++) {
        const size_t bytes = strlen(lineage_node_name(execution->universe, node)) + 2;
        if (bytes > diagram.width)
            diagram.width = bytes < NAME_MAX ? bytes : NAME_MAX;
    }
    diagram.line = lineage_memory_clear(diagram.node_count * diagram.width + 1);
    print_names(&diagram);
    for (uint32_t time = 1; time <= execution->eot; time++) {
        uint32_t last = time;
        while (last <= execution->eot && !has_events(&diagram, last))
            last++;
        if (last > time) {
            print_quiet(&diagram, time, last - 1);
            time = last - 1;
            continue;
        }
        print_time(&diagram, time);
        for (size_t i = 0; i < execution->messages.count; i++) {
            const struct lineage_message *message = &execution->messages.items[i];
            if (message->sent_time == time && is_shown(execution, message))
                print_message(&diagram, message);
        }
    }
    for (size_t i = 0; i < execution->messages.count; i++)
        repeated += execution->messages.items[i].from != execution->messages.items[i].to &&
                    execution->messages.items[i].to != LINEAGE_NONE &&
                    harness_diagram_repeats(execution, &execution->messages.items[i]);
    if (repeated > 0)
        fprintf(out, "%*s (%zu messages that repeat those of the step before are not drawn)\n",
                TIME_COLUMNS - 1, "", repeated);
    lineage_memory_free(diagram.line);
}
