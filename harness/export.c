#include "export.h"

#include "diagram.h"
#include "printable.h"
#include "utf8.h"

const char *harness_export_fate(enum lineage_fate fate)
{
    static const char *const names[] = {"delivered", "lost by omission", "lost by crash",
                                        "in flight", "to no node"};
    return fate <= LINEAGE_TO_NOBODY ? names[fate] : "given";
}

static bool has_line(const struct lineage_message *message)
{
    return message->from != message->to && message->to != LINEAGE_NONE;
}

bool harness_export_draws(const struct harness_export *export,
                          const struct lineage_message *message)
{
    return has_line(message) &&
           (export->repeats || !harness_diagram_repeats(export->execution, message));
}

size_t harness_export_left_out(const struct harness_export *export)
{
    const struct lineage_execution *execution = export->execution;
    size_t count = 0;
    for (size_t i = 0; i < execution->messages.count; i++)
        count += has_line(&execution->messages.items[i]) &&
                 !harness_export_draws(export, &execution->messages.items[i]);
    return count;
}

static const char *clean(char *text)
{
    harness_make_valid(text);
    return harness_make_printable(text);
}

const char *harness_export_tuple(const struct harness_export *export, lineage_tuple tuple,
                                 struct lineage_arena *arena)
{
    char *text = lineage_tuple_text(export->execution->universe, tuple);
    char *copy = lineage_arena_text(arena, text, strlen(text));
    lineage_memory_free(text);
    return clean(copy);
}

const char *harness_export_node(const struct harness_export *export, uint32_t node,
                                struct lineage_arena *arena)
{
    const char *name =
        node == LINEAGE_NONE ? "no node" : lineage_node_name(export->execution->universe, node);
    return clean(lineage_arena_text(arena, name, strlen(name)));
}

void harness_export_dot_text(const char *text, FILE *out)
{
    struct lineage_arena arena = {.newest = NULL};
    char *valid = lineage_arena_text(&arena, text, strlen(text));
    harness_make_valid(valid);
    fputc('"', out);
    for (; *valid != '\0'; valid++) {
        if (*valid == '\n')
            fputs("\\n", out);
        else if (*valid == '"' || *valid == '\\')
            fprintf(out, "\\%c", *valid);
        else if (*valid == '&') /* Graphviz decodes the entities of HTML in every text */
            fputs("&amp;", out);
        else
            fputc((unsigned char)*valid < ' ' || *valid == 0x7f ? '?' : *valid, out);
    }
    fputc('"', out);
    lineage_arena_free(&arena);
}
