/* The tree as text: a line a node, and below it dim lines that say by which rule. */
#include "why.h"

#include "printable.h"

#include <string.h>

enum { PREFIX_BYTES_MAX = 2048 };

static const char *const RED = "\033[31m", *const DIM = "\033[2m", *const PLAIN = "\033[0m";

struct drawing {
    const struct lineage_universe *universe;
    const struct harness_style *style;
    FILE *out;
    char prefix[PREFIX_BYTES_MAX]; /* the branches to the left */
    size_t prefix_bytes;
};

/* ---- parts of a line ---- */

static bool is_internal(const struct drawing *drawing, lineage_tuple tuple)
{
    return drawing->universe->relations.items[lineage_tuple_relation(drawing->universe, tuple)]
        .internal;
}

/* A tuple or pattern. A relation of the executor's own is told by what stands before the #. */
static void print_tuple(const struct drawing *drawing, lineage_tuple tuple, FILE *out)
{
    char *text = lineage_tuple_text(drawing->universe, tuple);
    char *hash = is_internal(drawing, tuple) ? strchr(text, '#') : NULL;
    if (hash != NULL)
        memmove(hash, hash + strcspn(hash, "("), strlen(hash + strcspn(hash, "(")) + 1);
    fputs(text, out);
    lineage_memory_free(text);
}

static void print_fact(const struct drawing *drawing, const struct harness_why *why, FILE *out)
{
    if (is_internal(drawing, why->tuple))
        fputs(why->kind == HARNESS_WHY_ABSENT ? "one as the rule asks of " : "one that counts in ",
              out);
    print_tuple(drawing, why->tuple, out);
    if (why->time > 0)
        fprintf(out, " at %u", why->time);
    if (why->instance != why->tuple) {
        fputs(", without faults ", out);
        print_tuple(drawing, why->instance, out);
    }
    if (why->since != why->time)
        fprintf(out, ", since %u", why->since);
}

static const char *node_name(const struct drawing *drawing, uint32_t node)
{
    return node == LINEAGE_NONE ? "nobody" : lineage_node_name(drawing->universe, node);
}

static void print_fate(const struct drawing *drawing, const struct lineage_message *message,
                       FILE *out)
{
    const char *from = node_name(drawing, message->from);
    switch (message->fate) {
    case LINEAGE_LOST_BY_CRASH:
        fprintf(out, ": %s has crashed", from);
        break;
    case LINEAGE_LOST_BY_OMISSION:
        fprintf(out, ": omit(%s,%s,%u)", from, node_name(drawing, message->to), message->sent_time);
        break;
    case LINEAGE_IN_FLIGHT:
        fputs(": still under way at the end of time", out);
        break;
    case LINEAGE_TO_NOBODY:
        fputs(": its receiver is no node", out);
        break;
    case LINEAGE_DELIVERED:
    case LINEAGE_GIVEN:
    default:
        break;
    }
}

static void print_rule(const struct drawing *drawing, uint32_t rule, FILE *out)
{
    const struct lineage_rule *r = &drawing->universe->rules.items[rule];
    fputs(r->text, out);
    if (r->line > 0)
        fprintf(out, " (%s:%u)", r->file, r->line);
}

/* ---- lines ---- */

/* What was printed, made fit for a terminal, behind the branches. */
static void print_line(const struct drawing *drawing, const char *branch, const char *paint,
                       struct lineage_text *text)
{
    char *line = harness_make_printable(lineage_text_close(text));
    const char *plain = paint[0] == '\0' ? "" : PLAIN;
    fprintf(drawing->out, "%s%s%s%s%s\n", drawing->prefix, branch,
            harness_paint(drawing->style, paint), line, harness_paint(drawing->style, plain));
    lineage_memory_free(line);
}

static void print_attempt(const struct drawing *drawing, const struct harness_why *why, FILE *out)
{
    fputs(why->is_like_good ? "as without faults, by " : "by ", out);
    print_rule(drawing, why->rule, out);
    if (!why->is_like_good && why->bindings[0] != '\0')
        fprintf(out, " with %s", why->bindings);
}

static void print_head(const struct drawing *drawing, const struct harness_why *why, FILE *out)
{
    static const char *const words[HARNESS_WHY_KIND_COUNT] = {
        [HARNESS_WHY_HOLDS] = "",           [HARNESS_WHY_ABSENT] = "no ",
        [HARNESS_WHY_MISSING] = "MISSING ", [HARNESS_WHY_FALSE] = "FALSE ",
        [HARNESS_WHY_LOST] = "LOST ",       [HARNESS_WHY_OPEN] = "cannot be asked: "};
    if (why->kind == HARNESS_WHY_ATTEMPT) {
        print_attempt(drawing, why, out);
        return;
    }
    fputs(why->is_in_the_way         ? "IN THE WAY "
          : words[why->kind] == NULL ? ""
                                     : words[why->kind],
          out);
    if (why->kind == HARNESS_WHY_LOST) {
        print_tuple(drawing, why->tuple, out);
        fprintf(out, " from %s to %s at %u", node_name(drawing, why->message->from),
                node_name(drawing, why->message->to), why->time);
        print_fate(drawing, why->message, out);
    } else if (why->tuple != LINEAGE_NONE) {
        print_fact(drawing, why, out);
    }
    if (why->text != NULL)
        fprintf(out, "%s%s", why->tuple != LINEAGE_NONE ? ", " : "", why->text);
    if (why->differs)
        fputs(" (without faults there is one)", out);
    if (why->is_again)
        fputs(" (told above)", out);
    if (why->is_cut)
        fputs(" (goes on: --depth)", out);
}

static const char *paint_of(const struct harness_why *why)
{
    switch (why->kind) {
    case HARNESS_WHY_MISSING:
    case HARNESS_WHY_FALSE:
    case HARNESS_WHY_LOST:
        return RED;
    case HARNESS_WHY_HOLDS:
        return why->is_in_the_way ? RED : why->is_brief ? DIM : "";
    case HARNESS_WHY_ABSENT:
    case HARNESS_WHY_OPEN:
        return DIM;
    case HARNESS_WHY_ATTEMPT:
    case HARNESS_WHY_REMARK:
    default:
        return "";
    }
}

/* By which rule a fact came about, and what carried it on. */
static void print_details(const struct drawing *drawing, const struct harness_why *why)
{
    const char *branch = why->below.count > 0 ? "|  " : "   ";
    struct lineage_text text;
    if (why->kind != HARNESS_WHY_HOLDS || why->is_brief || why->is_again ||
        is_internal(drawing, why->tuple))
        return;
    if (why->carrier != LINEAGE_NONE) {
        FILE *out = lineage_text_open(&text);
        fputs("carried on by ", out);
        print_rule(drawing, why->carrier, out);
        print_line(drawing, branch, DIM, &text);
    }
    FILE *out = lineage_text_open(&text);
    if (why->rule != LINEAGE_NONE) {
        fputs("by ", out);
        print_rule(drawing, why->rule, out);
        if (why->message != NULL)
            fprintf(out, ", sent by %s at %u", node_name(drawing, why->message->from),
                    why->message->sent_time);
    } else if (why->input != NULL) {
        fprintf(out, "an input (%s:%u)", why->input->file, why->input->line);
    } else {
        fputs(why->time == 0 ? "a fault of this run" : "given", out);
    }
    print_line(drawing, branch, DIM, &text);
}

/* The one attempt at what is missing is told in a line below it, not as a branch of its own. Where
 * that is an aggregate without any contribution, it is the one attempt at that. */
static const struct harness_why *only_attempt(const struct drawing *drawing,
                                              const struct harness_why *why)
{
    if (why->kind != HARNESS_WHY_MISSING || why->below.count != 1 ||
        why->below.items[0]->kind != HARNESS_WHY_ATTEMPT)
        return NULL;
    const struct harness_why *attempt = why->below.items[0];
    const struct harness_why *only = attempt->below.count == 1 ? attempt->below.items[0] : NULL;
    if (only == NULL || only->kind != HARNESS_WHY_MISSING || !is_internal(drawing, only->tuple))
        return attempt;
    const struct harness_why *inner = only_attempt(drawing, only);
    return inner != NULL ? inner : attempt;
}

/* `branch` is what stands before the node's line, `next` before those below it. */
static void print_tree(struct drawing *drawing, const struct harness_why *why, const char *branch,
                       const char *next)
{
    struct lineage_text text;
    print_head(drawing, why, lineage_text_open(&text));
    print_line(drawing, branch, paint_of(why), &text);
    const size_t bytes = drawing->prefix_bytes;
    if (bytes + strlen(next) < sizeof drawing->prefix) {
        strcpy(drawing->prefix + bytes, next);
        drawing->prefix_bytes += strlen(next);
    }
    const struct harness_why *attempt = only_attempt(drawing, why);
    if (attempt != NULL) {
        print_attempt(drawing, attempt, lineage_text_open(&text));
        print_line(drawing, attempt->below.count > 0 ? "|  " : "   ", DIM, &text);
        why = attempt;
    }
    print_details(drawing, why);
    for (size_t i = 0; i < why->below.count; i++) {
        const bool is_last = i + 1 == why->below.count;
        print_tree(drawing, why->below.items[i], is_last ? "`- " : "|- ", is_last ? "   " : "|  ");
    }
    drawing->prefix_bytes = bytes;
    drawing->prefix[bytes] = '\0';
}

void harness_why_text(const struct harness_explainer *explainer, const struct harness_why *why,
                      const struct harness_style *style, FILE *out)
{
    struct drawing drawing = {
        .universe = explainer->evidence->universe, .style = style, .out = out};
    print_tree(&drawing, why, "", "");
}
