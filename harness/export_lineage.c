#include "export.h"

#include <stdlib.h>

/* A tuple over the times in a row at which it holds; or a pattern over those at which nothing
 * matches it. */
struct group {
    lineage_tuple tuple;
    uint32_t first, last;
    bool is_absence, is_asked;
};

/* Applications of one rule for one group that rest on the same groups: drawn once. */
struct step {
    const char *key;                /* rule, head, receiver and premises, as text; in the arena */
    uint32_t firing;                /* one of them */
    uint32_t head;                  /* a group */
    uint32_t first_sent, last_sent; /* of the messages that they rode on */
};

/* A fact or an absence, to be sorted into groups. */
struct item {
    lineage_tuple tuple;
    uint32_t time, number;
};

typedef LINEAGE_ARRAY(struct item) items;

struct drawing {
    const struct harness_export *export;
    const struct lineage_execution *execution;
    struct lineage_arena arena;
    LINEAGE_ARRAY(struct group) groups;
    LINEAGE_ARRAY(struct step) steps;
    LINEAGE_ARRAY(uint32_t) waiting; /* facts whose firings have not been looked at */
    items facts, absences;
    uint32_t *group_of_fact, *group_of_absence; /* LINEAGE_NONE: not seen */
    FILE *out;
};

static void reach_fact(struct drawing *drawing, uint32_t fact)
{
    if (drawing->group_of_fact[fact] != LINEAGE_NONE)
        return;
    const struct lineage_fact *reached = &drawing->execution->facts.items[fact];
    const struct item item = {reached->tuple, reached->time, fact};
    drawing->group_of_fact[fact] = 0;
    LINEAGE_PUSH(&drawing->facts, item);
    LINEAGE_PUSH(&drawing->waiting, fact);
}

static void reach_absence(struct drawing *drawing, uint32_t absence)
{
    if (drawing->group_of_absence[absence] != LINEAGE_NONE)
        return;
    const struct lineage_absence *reached = &drawing->execution->absences.items[absence];
    const struct item item = {reached->pattern, reached->time, absence};
    drawing->group_of_absence[absence] = 0;
    LINEAGE_PUSH(&drawing->absences, item);
}

/* Finds everything on which the facts rest. */
static void reach_all(struct drawing *drawing)
{
    while (drawing->waiting.count > 0) {
        const uint32_t fact = drawing->waiting.items[--drawing->waiting.count];
        size_t firing_count, premise_count;
        const uint32_t *firings = lineage_firings_of(drawing->execution, fact, &firing_count);
        for (size_t i = 0; i < firing_count; i++) {
            const uint32_t *premises =
                lineage_premises_of(drawing->execution, firings[i], &premise_count);
            for (size_t j = 0; j < premise_count; j++)
                if (lineage_premise_kind(premises[j]) == LINEAGE_ABSENT)
                    reach_absence(drawing, lineage_premise_number(premises[j]));
                else if (lineage_premise_kind(premises[j]) == LINEAGE_PRESENT)
                    reach_fact(drawing, lineage_premise_number(premises[j]));
        }
    }
}

static int compare_items(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    if (a->tuple != b->tuple)
        return a->tuple < b->tuple ? -1 : 1;
    return a->time < b->time ? -1 : a->time > b->time ? 1 : 0;
}

static void make_groups(struct drawing *drawing, items *all, bool is_absence, uint32_t *group_of)
{
    if (all->count > 0)
        qsort(all->items, all->count, sizeof *all->items, compare_items);
    for (size_t i = 0; i < all->count; i++) {
        const struct item *item = &all->items[i];
        struct group *last = i == 0 ? NULL : &drawing->groups.items[drawing->groups.count - 1];
        if (last != NULL && last->tuple == item->tuple && item->time <= last->last + 1) {
            last->last = item->time;
        } else {
            const struct group group = {item->tuple, item->time, item->time, is_absence, false};
            LINEAGE_PUSH(&drawing->groups, group);
        }
        group_of[item->number] = (uint32_t)drawing->groups.count - 1;
    }
}

static uint32_t group_of(const struct drawing *drawing, uint32_t premise)
{
    const uint32_t number = lineage_premise_number(premise);
    return lineage_premise_kind(premise) == LINEAGE_ABSENT    ? drawing->group_of_absence[number]
           : lineage_premise_kind(premise) == LINEAGE_PRESENT ? drawing->group_of_fact[number]
                                                              : LINEAGE_NONE;
}

static int compare_numbers(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

/* The groups on which a firing rests, each once, without the head's own: that a fact holds because
 * it held a step before is told by its times. `groups` has room for all premises. */
static size_t groups_below(const struct drawing *drawing, uint32_t firing, uint32_t head,
                           uint32_t *groups)
{
    size_t premise_count, count = 0, kept = 0;
    const uint32_t *premises = lineage_premises_of(drawing->execution, firing, &premise_count);
    for (size_t i = 0; i < premise_count; i++) {
        const uint32_t group = group_of(drawing, premises[i]);
        if (group != head && group != LINEAGE_NONE)
            groups[count++] = group;
    }
    if (count > 0)
        qsort(groups, count, sizeof *groups, compare_numbers);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || groups[kept - 1] != groups[i])
            groups[kept++] = groups[i];
    return kept;
}

/* Does it only carry its head over from the step before? */
static bool only_carries(const struct drawing *drawing, uint32_t firing, uint32_t head,
                         size_t below_count)
{
    size_t count;
    const uint32_t *premises = lineage_premises_of(drawing->execution, firing, &count);
    bool carries = false;
    for (size_t i = 0; i < count; i++)
        carries = carries || group_of(drawing, premises[i]) == head;
    return carries && below_count == 0;
}

static void add_step(struct drawing *drawing, uint32_t firing, uint32_t head)
{
    const struct lineage_execution *execution = drawing->execution;
    const struct lineage_firing *fired = &execution->firings.items[firing];
    const struct lineage_message *rode_on =
        fired->message == LINEAGE_NONE ? NULL : &execution->messages.items[fired->message];
    size_t count;
    lineage_premises_of(execution, firing, &count);
    uint32_t *below = lineage_memory_clear((count + 1) * sizeof *below);
    count = groups_below(drawing, firing, head, below);
    if (!only_carries(drawing, firing, head, count)) {
        struct lineage_text key;
        FILE *out = lineage_text_open(&key);
        fprintf(out, "%u %u %u", head, fired->rule, rode_on == NULL ? 0 : rode_on->from);
        for (size_t i = 0; i < count; i++)
            fprintf(out, " %u", below[i]);
        char *text = lineage_text_close(&key);
        const uint32_t sent = rode_on == NULL ? 0 : rode_on->sent_time;
        const struct step step = {lineage_arena_text(&drawing->arena, text, strlen(text)), firing,
                                  head, sent, sent};
        LINEAGE_PUSH(&drawing->steps, step);
        lineage_memory_free(text);
    }
    lineage_memory_free(below);
}

static int compare_steps(const void *left, const void *right)
{
    const struct step *a = left, *b = right;
    const int order = strcmp(a->key, b->key);
    return order != 0 ? order : a->firing < b->firing ? -1 : a->firing > b->firing;
}

static void make_steps(struct drawing *drawing)
{
    size_t kept = 0, count;
    for (size_t i = 0; i < drawing->facts.count; i++) {
        const uint32_t fact = drawing->facts.items[i].number;
        const uint32_t *firings = lineage_firings_of(drawing->execution, fact, &count);
        for (size_t j = 0; j < count; j++)
            add_step(drawing, firings[j], drawing->group_of_fact[fact]);
    }
    if (drawing->steps.count > 0)
        qsort(drawing->steps.items, drawing->steps.count, sizeof *drawing->steps.items,
              compare_steps);
    for (size_t i = 0; i < drawing->steps.count; i++) {
        const struct step *step = &drawing->steps.items[i];
        struct step *last = kept == 0 ? NULL : &drawing->steps.items[kept - 1];
        if (last == NULL || strcmp(last->key, step->key) != 0)
            drawing->steps.items[kept++] = *step;
        else if (step->last_sent > last->last_sent)
            last->last_sent = step->last_sent;
        else if (step->first_sent < last->first_sent)
            last->first_sent = step->first_sent;
    }
    drawing->steps.count = kept;
}

static bool is_broken(const struct drawing *drawing, const struct group *group)
{
    for (size_t i = 0; i < drawing->export->broken->count; i++)
        if (drawing->export->broken->items[i] == group->tuple)
            return !group->is_absence && group->is_asked;
    return false;
}

/* "3", or "3-9". */
static const char *span(struct drawing *drawing, uint32_t first, uint32_t last)
{
    return first == last ? lineage_arena_format(&drawing->arena, "%u", first)
                         : lineage_arena_format(&drawing->arena, "%u-%u", first, last);
}

static void print_group(struct drawing *drawing, size_t number)
{
    const struct group *group = &drawing->groups.items[number];
    const char *text = harness_export_tuple(drawing->export, group->tuple, &drawing->arena);
    const char *times =
        group->first == 0 ? "at every time" : span(drawing, group->first, group->last);
    const char *label =
        lineage_arena_format(&drawing->arena, "%s%s\n%s%s", group->is_absence ? "no " : "", text,
                             group->first == 0 ? "" : "@ ", times);
    fprintf(drawing->out, "  fact%zu [shape=box, label=", number);
    harness_export_dot_text(label, drawing->out);
    if (group->is_absence)
        fputs(", style=dashed", drawing->out);
    else if (group->is_asked)
        fputs(", penwidth=2.5", drawing->out);
    if (is_broken(drawing, group))
        fputs(", color=red", drawing->out);
    fputs("];\n", drawing->out);
}

/* Prints a node for the step, an edge from each group below it and one to its head. */
static void print_step(struct drawing *drawing, size_t number)
{
    const struct step *step = &drawing->steps.items[number];
    const struct lineage_execution *execution = drawing->execution;
    const struct lineage_firing *fired = &execution->firings.items[step->firing];
    const struct lineage_rule *rule = &execution->universe->rules.items[fired->rule];
    const char *slash = strrchr(rule->file, '/');
    const char *label =
        rule->line == 0 ? rule->text
                        : lineage_arena_format(&drawing->arena, "%s:%u",
                                               slash != NULL ? slash + 1 : rule->file, rule->line);
    if (fired->message != LINEAGE_NONE) {
        const struct lineage_message *message = &execution->messages.items[fired->message];
        label = lineage_arena_format(
            &drawing->arena, "%s\n%s to %s, sent at %s", label,
            harness_export_node(drawing->export, message->from, &drawing->arena),
            harness_export_node(drawing->export, message->to, &drawing->arena),
            span(drawing, step->first_sent, step->last_sent));
    }
    fprintf(drawing->out, "  rule%zu [shape=%s, fontsize=9, tooltip=", number,
            fired->message != LINEAGE_NONE ? "cds, color=blue" : "plaintext");
    harness_export_dot_text(rule->text, drawing->out);
    fputs(", label=", drawing->out);
    harness_export_dot_text(label, drawing->out);
    fprintf(drawing->out, "];\n  rule%zu -> fact%u;\n", number, step->head);
    size_t count;
    lineage_premises_of(execution, step->firing, &count);
    uint32_t *below = lineage_memory_clear((count + 1) * sizeof *below);
    count = groups_below(drawing, step->firing, step->head, below);
    for (size_t i = 0; i < count; i++)
        fprintf(drawing->out, "  fact%u -> rule%zu [arrowhead=none%s];\n", below[i], number,
                drawing->groups.items[below[i]].is_absence ? ", style=dashed" : "");
    lineage_memory_free(below);
}

static void print_all(struct drawing *drawing)
{
    fputs("digraph lineage {\n  node [fontname=\"Helvetica\"];\n  label=", drawing->out);
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    fprintf(out, "%s: ", drawing->export->name);
    lineage_schedule_print(drawing->execution->universe, drawing->export->faults, out);
    char *label = lineage_text_close(&text);
    harness_export_dot_text(label, drawing->out);
    lineage_memory_free(label);
    fputs(";\n", drawing->out);
    for (size_t i = 0; i < drawing->groups.count; i++)
        print_group(drawing, i);
    for (size_t i = 0; i < drawing->steps.count; i++)
        print_step(drawing, i);
    fputs("}\n", drawing->out);
}

static uint32_t *none_seen(size_t count)
{
    uint32_t *groups = lineage_memory_resize(NULL, (count + 1) * sizeof *groups);
    memset(groups, 0xff, (count + 1) * sizeof *groups);
    return groups;
}

void harness_export_lineage(const struct harness_export *export, const uint32_t *facts,
                            size_t count, FILE *out)
{
    const struct lineage_execution *execution = export->execution;
    struct drawing drawing = {.export = export,
                              .execution = execution,
                              .group_of_fact = none_seen(execution->facts.count),
                              .group_of_absence = none_seen(execution->absences.count),
                              .out = out};
    for (size_t i = 0; i < count; i++)
        reach_fact(&drawing, facts[i]);
    reach_all(&drawing);
    make_groups(&drawing, &drawing.facts, false, drawing.group_of_fact);
    make_groups(&drawing, &drawing.absences, true, drawing.group_of_absence);
    for (size_t i = 0; i < count; i++)
        drawing.groups.items[drawing.group_of_fact[facts[i]]].is_asked = true;
    make_steps(&drawing);
    print_all(&drawing);
    lineage_memory_free(drawing.groups.items);
    lineage_memory_free(drawing.steps.items);
    lineage_memory_free(drawing.waiting.items);
    lineage_memory_free(drawing.facts.items);
    lineage_memory_free(drawing.absences.items);
    lineage_memory_free(drawing.group_of_fact);
    lineage_memory_free(drawing.group_of_absence);
    lineage_arena_free(&drawing.arena);
}
