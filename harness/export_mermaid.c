#include "export.h"

/* Mermaid's grammar takes words, quotes, colons, semicolons and much else in a text for its own;
 * what is no letter, digit or one of these is written by its number. */
static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _.,()";

/* The character at `*text` by its number in Unicode, `*text` moved behind it; the text is valid
 * UTF-8. */
static uint32_t take_character(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    const int more = at[0] >= 0xf0 ? 3 : at[0] >= 0xe0 ? 2 : at[0] >= 0xc0 ? 1 : 0;
    uint32_t number = more == 0 ? at[0] : at[0] & (0x3fu >> more);
    for (int i = 1; i <= more; i++)
        number = number << 6 | (at[i] & 0x3f);
    *text += 1 + more;
    return number;
}

/* `more`: what is plain there, too. */
static void print_text(const char *text, const char *more, FILE *out)
{
    while (*text != '\0')
        if (strchr(plain, *text) != NULL || strchr(more, *text) != NULL)
            fputc(*text++, out);
        else
            fprintf(out, "#%u;", take_character(&text));
}

static void print_participants(const struct harness_export *export, struct lineage_arena *arena,
                               FILE *out)
{
    const size_t count = export->execution->universe->nodes.count;
    for (uint32_t node = 0; node < count; node++) {
        fprintf(out, "  participant n%u as ", node);
        print_text(harness_export_node(export, node, arena), "", out);
        fputc('\n', out);
    }
}

static void print_message(const struct harness_export *export,
                          const struct lineage_message *message, struct lineage_arena *arena,
                          FILE *out)
{
    const char *arrow = harness_is_lost(message)             ? "-x"
                        : message->fate == LINEAGE_IN_FLIGHT ? "-)"
                                                             : "->>";
    const char *tuple = harness_export_tuple(export, message->tuple, arena);
    if (message->from == LINEAGE_NONE)
        fprintf(out, "  Note over n%u: ", message->to);
    else
        fprintf(out, "  n%u%sn%u: ", message->from, arrow, message->to);
    print_text(tuple, "\"", out);
    if (message->from == LINEAGE_NONE)
        fputs(" from no node in particular", out);
    if (message->fate != LINEAGE_DELIVERED)
        fprintf(out, " (%s)", harness_export_fate(message->fate));
    fputc('\n', out);
}

/* A line across, with the time; and who crashes at it. */
static void print_time(const struct harness_export *export, uint32_t time,
                       struct lineage_arena *arena, FILE *out)
{
    const struct lineage_schedule *faults = export->faults;
    const size_t nodes = export->execution->universe->nodes.count;
    if (nodes > 1)
        fprintf(out, "  Note over n0,n%zu: time %u\n", nodes - 1, time);
    else
        fprintf(out, "  Note over n0: time %u\n", time);
    for (size_t i = 0; i < faults->crashes.count; i++)
        if (faults->crashes.items[i].time == time) {
            fprintf(out, "  Note over n%u: ", faults->crashes.items[i].node);
            print_text(harness_export_node(export, faults->crashes.items[i].node, arena), "", out);
            fputs(" CRASHES\n", out);
        }
}

static bool has_events(const struct harness_export *export, uint32_t time)
{
    for (size_t i = 0; i < export->faults->crashes.count; i++)
        if (export->faults->crashes.items[i].time == time)
            return true;
    for (size_t i = 0; i < export->execution->messages.count; i++)
        if (export->execution->messages.items[i].sent_time == time &&
            harness_export_draws(export, &export->execution->messages.items[i]))
            return true;
    return false;
}

void harness_export_mermaid(const struct harness_export *export, FILE *out)
{
    const struct lineage_execution *execution = export->execution;
    struct lineage_arena arena = {.newest = NULL};
    const size_t left_out = harness_export_left_out(export);
    fputs("sequenceDiagram\n", out);
    print_participants(export, &arena, out);
    for (uint32_t time = 1; time <= execution->eot; time++) {
        if (!has_events(export, time))
            continue;
        print_time(export, time, &arena, out);
        for (size_t i = 0; i < execution->messages.count; i++)
            if (execution->messages.items[i].sent_time == time &&
                harness_export_draws(export, &execution->messages.items[i]))
                print_message(export, &execution->messages.items[i], &arena, out);
    }
    if (left_out > 0)
        fprintf(out,
                "  Note over n0: %zu messages that repeat those of the step before are not drawn\n",
                left_out);
    lineage_arena_free(&arena);
}
