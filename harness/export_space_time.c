#include "export.h"

/* In points, as neato takes them. */
enum { COLUMN_POINTS = 190, ROW_POINTS = 54, LINE_POINTS = 11, LINES_MAX = 60 };

struct drawing {
    const struct harness_export *export;
    struct lineage_arena arena;
    uint32_t node_count;
    uint32_t *rows;           /* by time: its row; times at which nothing happens share one */
    int *heights;             /* by row: how far its top lies below that of the first */
    uint32_t row_count, ends; /* points where what does not arrive ends */
    FILE *out;
};

static bool is_lost_or_late(const struct lineage_message *message)
{
    return message->fate != LINEAGE_DELIVERED;
}

/* Marks the times at which something happens, and gives each a row. */
static void make_rows(struct drawing *drawing)
{
    const struct lineage_execution *execution = drawing->export->execution;
    const struct lineage_schedule *faults = drawing->export->faults;
    bool *happens = lineage_memory_clear((size_t)execution->eot + 3);
    for (size_t i = 0; i < execution->messages.count; i++) {
        const struct lineage_message *message = &execution->messages.items[i];
        if (harness_export_draws(drawing->export, message))
            happens[message->sent_time] = happens[message->sent_time + 1] = true;
    }
    for (size_t i = 0; i < faults->crashes.count; i++)
        if (faults->crashes.items[i].time <= execution->eot)
            happens[faults->crashes.items[i].time] = true;
    for (uint32_t time = 0; time <= execution->eot + 1; time++) {
        const bool shares = time > 1 && !happens[time] && !happens[time - 1];
        drawing->row_count += time > 0 && !shares;
        drawing->rows[time] = drawing->row_count;
    }
    lineage_memory_free(happens);
}

/* A row is so high that the texts of what is sent at it have room. */
static void make_heights(struct drawing *drawing)
{
    const struct lineage_execution *execution = drawing->export->execution;
    uint32_t *lines = lineage_memory_clear((drawing->row_count + 2) * sizeof *lines);
    drawing->heights = lineage_memory_clear((drawing->row_count + 2) * sizeof *drawing->heights);
    for (size_t i = 0; i < execution->messages.count; i++) {
        const struct lineage_message *message = &execution->messages.items[i];
        uint32_t *count = &lines[drawing->rows[message->sent_time]];
        if (harness_export_draws(drawing->export, message) && *count < LINES_MAX)
            *count += harness_is_lost(message) ? 2 : 1;
    }
    for (uint32_t row = 1; row <= drawing->row_count; row++) {
        const int needed = (int)lines[row - 1] * LINE_POINTS;
        drawing->heights[row] =
            drawing->heights[row - 1] + (needed > ROW_POINTS ? needed : ROW_POINTS);
    }
    lineage_memory_free(lines);
}

static int x_of(uint32_t node)
{
    return ((int)node + 1) * COLUMN_POINTS;
}

static int y_of(const struct drawing *drawing, uint32_t row)
{
    return drawing->heights[drawing->row_count] - drawing->heights[row] + ROW_POINTS;
}

static void print_position(const struct drawing *drawing, int x, int y)
{
    fprintf(drawing->out, "pos=\"%d,%d!\"", x, y);
}

/* The times of a row, at the left. */
static void print_times(struct drawing *drawing)
{
    const uint32_t eot = drawing->export->execution->eot;
    for (uint32_t time = 1; time <= eot; time++) {
        uint32_t last = time;
        while (last < eot && drawing->rows[last + 1] == drawing->rows[time])
            last++;
        fprintf(drawing->out, "  time%u [shape=plaintext, label=\"", time);
        fprintf(drawing->out, last > time ? "%u-%u\", " : "%u\", ", time, last);
        print_position(drawing, COLUMN_POINTS / 3, y_of(drawing, drawing->rows[time]));
        fputs("];\n", drawing->out);
        time = last;
    }
}

/* A node's column: its name, a point a row, lines between them; dotted once it has crashed. */
static void print_column(struct drawing *drawing, uint32_t node)
{
    const uint32_t crash = lineage_schedule_crash_time(drawing->export->faults, node);
    const uint32_t crash_row =
        crash > drawing->export->execution->eot ? LINEAGE_NONE : drawing->rows[crash];
    fprintf(drawing->out, "  node%u [shape=box, label=", node);
    harness_export_dot_text(harness_export_node(drawing->export, node, &drawing->arena),
                            drawing->out);
    fputs(", ", drawing->out);
    print_position(drawing, x_of(node), y_of(drawing, 0));
    fputs("];\n", drawing->out);
    for (uint32_t row = 1; row <= drawing->row_count; row++) {
        const bool crashes = row == crash_row;
        fprintf(drawing->out, "  at%u_%u [%s, ", node, row,
                crashes
                    ? "shape=plaintext, fontcolor=red, fontsize=18, width=0, height=0, margin=0, "
                      "label=\"X\", tooltip=\"crashes\""
                    : "shape=point, width=0.05, label=\"\"");
        print_position(drawing, x_of(node), y_of(drawing, row));
        fputs("];\n", drawing->out);
        if (row == 1)
            fprintf(drawing->out, "  node%u", node);
        else
            fprintf(drawing->out, "  at%u_%u", node, row - 1);
        fprintf(drawing->out, " -> at%u_%u [arrowhead=none, color=gray%s];\n", node, row,
                crash_row != LINEAGE_NONE && row > crash_row ? ", style=dotted" : "");
    }
}

/* Where a message comes from: what no node sent comes from beside its receiver. */
static int x_from(const struct lineage_message *message)
{
    return message->from == LINEAGE_NONE ? x_of(message->to) - COLUMN_POINTS / 3
                                         : x_of(message->from);
}

static void print_start(struct drawing *drawing, const struct lineage_message *message)
{
    const uint32_t row = drawing->rows[message->sent_time];
    if (message->from != LINEAGE_NONE) {
        fprintf(drawing->out, "  at%u_%u -> ", message->from, row);
        return;
    }
    fprintf(drawing->out, "  end%u [shape=point, width=0.05, label=\"\", ", drawing->ends);
    print_position(drawing, x_from(message), y_of(drawing, row));
    fprintf(drawing->out, "];\n  end%u -> ", drawing->ends++);
}

/* Where a message ends that does not arrive: half way. */
static uint32_t print_end(struct drawing *drawing, const struct lineage_message *message)
{
    const bool lost = harness_is_lost(message);
    const int from = x_from(message), to = x_of(message->to);
    const int y = y_of(drawing, drawing->rows[message->sent_time]);
    fprintf(drawing->out, "  end%u [%s, ", drawing->ends,
            lost ? "shape=plaintext, fontcolor=red, width=0, height=0, margin=0, label=\"x\""
                 : "shape=point, style=invis, width=0.01, label=\"\"");
    print_position(drawing, (from + to) / 2, y - ROW_POINTS / 2);
    fputs("];\n", drawing->out);
    return drawing->ends++;
}

/* Prints the text of all messages from one node to another at a time that end alike, one in a
 * line: they are one arrow. */
static void print_arrow(struct drawing *drawing, size_t first)
{
    const struct lineage_execution *execution = drawing->export->execution;
    const struct lineage_message *message = &execution->messages.items[first];
    const uint32_t end = is_lost_or_late(message) ? print_end(drawing, message) : 0;
    const char *label = "";
    for (size_t i = first; i < execution->messages.count; i++) {
        const struct lineage_message *other = &execution->messages.items[i];
        if (other->from == message->from && other->to == message->to &&
            other->sent_time == message->sent_time && other->fate == message->fate &&
            harness_export_draws(drawing->export, other))
            label = lineage_arena_format(
                &drawing->arena, "%s%s%s", label, label[0] != '\0' ? "\n" : "",
                harness_export_tuple(drawing->export, other->tuple, &drawing->arena));
    }
    print_start(drawing, message);
    if (is_lost_or_late(message))
        fprintf(drawing->out, "end%u", end);
    else
        fprintf(drawing->out, "at%u_%u", message->to, drawing->rows[message->sent_time + 1]);
    fputs(" [fontsize=9, label=", drawing->out);
    if (harness_is_lost(message))
        label = lineage_arena_format(&drawing->arena, "%s\n%s", label,
                                     harness_export_fate(message->fate));
    harness_export_dot_text(label, drawing->out);
    fprintf(drawing->out, "%s];\n",
            harness_is_lost(message) ? ", color=red, fontcolor=red, style=dashed, arrowhead=none"
                                     : "");
}

/* Is there an earlier message of the same arrow? Messages are in the order in which they are sent.
 */
static bool is_drawn(const struct drawing *drawing, size_t number)
{
    const struct lineage_message *all = drawing->export->execution->messages.items;
    for (size_t i = number; i-- > 0 && all[i].sent_time == all[number].sent_time;)
        if (all[i].from == all[number].from && all[i].to == all[number].to &&
            all[i].fate == all[number].fate && harness_export_draws(drawing->export, &all[i]))
            return true;
    return false;
}

static void print_all(struct drawing *drawing)
{
    const struct lineage_execution *execution = drawing->export->execution;
    const size_t left_out = harness_export_left_out(drawing->export);
    struct lineage_text text;
    FILE *title = lineage_text_open(&text);
    fprintf(title, "%s: ", drawing->export->name);
    lineage_schedule_print(execution->universe, drawing->export->faults, title);
    if (left_out > 0)
        fprintf(title, "\n%zu messages that repeat those of the step before are not drawn",
                left_out);
    char *label = lineage_text_close(&text);
    fputs("digraph space_time {\n  layout=neato;\n  node [fontname=\"Helvetica\"];\n"
          "  edge [fontname=\"Helvetica\"];\n  label=",
          drawing->out);
    harness_export_dot_text(label, drawing->out);
    lineage_memory_free(label);
    fputs(";\n", drawing->out);
    print_times(drawing);
    for (uint32_t node = 0; node < drawing->node_count; node++)
        print_column(drawing, node);
    for (size_t i = 0; i < execution->messages.count; i++)
        if (harness_export_draws(drawing->export, &execution->messages.items[i]) &&
            !is_drawn(drawing, i))
            print_arrow(drawing, i);
    fputs("}\n", drawing->out);
}

void harness_export_space_time(const struct harness_export *export, FILE *out)
{
    const struct lineage_execution *execution = export->execution;
    struct drawing drawing = {
        .export = export,
        .node_count = (uint32_t)execution->universe->nodes.count,
        .rows = lineage_memory_clear(((size_t)execution->eot + 3) * sizeof(uint32_t)),
        .out = out};
    make_rows(&drawing);
    make_heights(&drawing);
    print_all(&drawing);
    lineage_memory_free(drawing.rows);
    lineage_memory_free(drawing.heights);
    lineage_arena_free(&drawing.arena);
}
