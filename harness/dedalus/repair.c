#include "repair.h"

#include "fired.h"
#include "lexer.h"

#include <string.h>

/* A rule, with what is said of it: its clause, its body as text, its values in a firing. */
struct part {
    const struct ded_rule *rule;
    const struct ded_clause *clause;
    const char *body;      /* behind ":-", in one line, without the final ';' */
    const char *node;      /* the variable of the node where it runs */
    lineage_value *values; /* by slot */
};

/* Lists of variables, each once. */
typedef LINEAGE_ARRAY(const char *) names;

static void add_name(names *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], name) == 0)
            return;
    LINEAGE_PUSH(list, name);
}

static const char *join_names(struct lineage_arena *arena, const names *list)
{
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    for (size_t i = 0; i < list->count; i++)
        fprintf(out, "%s%s", i > 0 ? ", " : "", list->items[i]);
    char *joined = lineage_text_close(&text);
    const char *kept = lineage_arena_text(arena, joined, strlen(joined));
    lineage_memory_free(joined);
    return kept;
}

/* ---- reading a rule ---- */

/* Where a place stands in its text. */
static size_t offset_of(struct lineage_place place)
{
    const char *at = place.source->text;
    for (uint32_t line = 1; line < place.line; line++)
        at = strchr(at, '\n') + 1;
    return (size_t)(at - place.source->text) + place.column - 1;
}

/* The tokens from the clause's beginning on: where its ":-" and its ';' end, and where the ';'
 * begins. */
static void find_ends(struct lineage_place place, size_t *neck, size_t *semicolon)
{
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    struct ded_lexer lexer;
    ded_lexer_start(&lexer, place.source, &diagnostics);
    lexer.at = place.source->text + offset_of(place);
    struct ded_token token;
    *neck = *semicolon = offset_of(place);
    do {
        token = ded_lexer_next(&lexer);
        if (ded_token_is(&token, ":-") && token.kind == DED_TOKEN_SYMBOL)
            *neck = (size_t)(lexer.at - place.source->text);
        *semicolon = (size_t)(lexer.at - place.source->text) - 1;
    } while (token.kind != DED_TOKEN_END &&
             !(token.kind == DED_TOKEN_SYMBOL && ded_token_is(&token, ";")));
    lineage_diagnostics_free(&diagnostics);
}

/* The text between, with each run of white space and comments made one space. */
static const char *one_line(struct lineage_arena *arena, const struct lineage_source *source,
                            size_t start, size_t end)
{
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    struct ded_lexer lexer;
    ded_lexer_start(&lexer, source, &diagnostics);
    lexer.at = source->text + start;
    size_t last = start;
    bool is_first = true;
    while (lexer.at < source->text + end) {
        const struct ded_token token = ded_lexer_next(&lexer);
        const size_t after = (size_t)(lexer.at - source->text);
        if (token.kind == DED_TOKEN_END || token.offset >= end)
            break;
        if (!is_first && token.offset > last)
            fputc(' ', out);
        fwrite(source->text + token.offset, 1, after - token.offset, out);
        last = after;
        is_first = false;
    }
    lineage_diagnostics_free(&diagnostics);
    char *line = lineage_text_close(&text);
    const char *kept = lineage_arena_text(arena, line, strlen(line));
    lineage_memory_free(line);
    return kept;
}

/* The first atom of the body, whose first argument is the node. */
static const struct ded_atom *first_atom(const struct ded_clause *clause)
{
    for (size_t i = 0; i < clause->term_count; i++)
        if (clause->terms[i].comparison == NULL)
            return &clause->terms[i].atom;
    return NULL;
}

/* Can the head be written again with the same variables? */
static bool has_plain_head(const struct ded_clause *clause)
{
    for (size_t i = 0; i < clause->head.argument_count; i++) {
        const struct ded_argument *argument = &clause->head.arguments[i];
        if (argument->aggregate != DED_PLAIN || argument->expression->kind == DED_ARITHMETIC ||
            argument->expression->kind == DED_WILDCARD)
            return false;
    }
    return clause->head.argument_count > 0;
}

/* Reads what is needed of the rule of a firing; on false the repair has its obstacle. */
static bool read_part(struct ded_model *model, const struct lineage_execution *good,
                      uint32_t firing, struct part *part, struct harness_repair *repair)
{
    *part = (struct part){.rule = ded_rule_find(model, good->firings.items[firing].rule)};
    part->clause = part->rule != NULL ? ded_clause_of(model, part->rule) : NULL;
    if (part->clause == NULL || !has_plain_head(part->clause)) {
        repair->obstacle = "the head of the rule computes or sums up";
        return false;
    }
    const struct ded_atom *first = first_atom(part->clause);
    if (first == NULL || first->argument_count == 0 || first->suffix == DED_AT ||
        first->arguments[0].expression->kind != DED_VARIABLE) {
        repair->obstacle = "the rule does not run at a node that a variable names";
        return false;
    }
    size_t neck, semicolon;
    find_ends(part->clause->head.place, &neck, &semicolon);
    part->body = one_line(&repair->arena, part->rule->place.source, neck, semicolon);
    part->node = first->arguments[0].expression->text;
    part->values = ded_fired_values(model, part->rule, good, firing);
    return true;
}

/* The rule that the repair replaces. */
static void replace(struct harness_repair *repair, const struct part *part)
{
    size_t neck, semicolon;
    const struct lineage_place place = part->clause->head.place;
    find_ends(place, &neck, &semicolon);
    repair->source = place.source;
    repair->start = offset_of(place);
    repair->end = semicolon + 1;
    repair->line = place.line;
    repair->old_rule = lineage_arena_format(
        &repair->arena, "%s;", one_line(&repair->arena, place.source, repair->start, semicolon));
}

static const char *head_text(struct harness_repair *repair, const struct part *part)
{
    size_t neck, semicolon;
    const struct lineage_place place = part->clause->head.place;
    find_ends(place, &neck, &semicolon);
    return one_line(&repair->arena, place.source, offset_of(place), neck - 2);
}

/* A name that no relation of the program has, nor one that another repair makes. */
static const char *fresh(const struct ded_model *model, struct harness_repair *repair,
                         const char *relation, const char *ending)
{
    const char *name = repair->number == 0
                           ? lineage_arena_format(&repair->arena, "%s_%s", relation, ending)
                           : lineage_arena_format(&repair->arena, "%s_%s%zu", relation, ending,
                                                  repair->number + 1);
    while (lineage_relation_find(&model->universe, name) != LINEAGE_NONE)
        name = lineage_arena_format(&repair->arena, "%s_", name);
    return name;
}

/* Does nothing in the body bind the variable, so that it stands for every node? */
static bool is_ranging(const struct ded_rule *rule, const char *name)
{
    const uint32_t slot = ded_slot_find(rule, name);
    for (size_t i = 0; i < rule->ranging_count; i++)
        if (rule->ranging[i] == slot)
            return true;
    return false;
}

/* The variables of the head, behind those that are in the list already; not the receiver of a
 * broadcast, which is everybody there, too. */
static void add_head(names *list, const struct part *part, size_t from)
{
    for (size_t i = from; i < part->clause->head.argument_count; i++) {
        const struct ded_expression *expression = part->clause->head.arguments[i].expression;
        if (expression->kind == DED_VARIABLE && !is_ranging(part->rule, expression->text))
            add_name(list, expression->text);
    }
}

static lineage_value value_of(const struct part *part, const char *name)
{
    const uint32_t slot = ded_slot_find(part->rule, name);
    return slot == LINEAGE_NONE ? LINEAGE_NONE : part->values[slot];
}

/* ---- sending again ---- */

void ded_repair_retry(struct ded_model *model, const struct lineage_execution *good, uint32_t once,
                      struct harness_repair *repair)
{
    *repair = (struct harness_repair){.number = repair->number};
    struct part part;
    if (!read_part(model, good, once, &part, repair))
        return;
    names variables = {0};
    add_name(&variables, part.node);
    add_head(&variables, &part, 0);
    const char *held = fresh(model, repair, part.clause->head.name, "again");
    const char *list = join_names(&repair->arena, &variables);
    replace(repair, &part);
    repair->new_rules = lineage_arena_format(&repair->arena,
                                             "%s(%s) :- %s;\n"
                                             "%s(%s)@next :- %s(%s);\n"
                                             "%s :- %s(%s);",
                                             held, list, part.body, held, list, held, list,
                                             head_text(repair, &part), held, list);
    lineage_memory_free(variables.items);
    lineage_memory_free(part.values);
}

/* ---- waiting ---- */

/* The names that are needed for waiting. */
struct waiting {
    const char *held, *sent, *told, *ack, *acked, *owed;
    names held_list, sent_list, late_key, early_key;
};

/* The variables of the late rule's head whose value a variable of the early one has, too: what both
 * are about. `names` of nodes say nothing. */
static void find_key(const struct ded_model *model, const struct part *early,
                     const struct part *late, struct waiting *waiting)
{
    const struct ded_atom *head = &late->clause->head;
    for (size_t i = 1; i < head->argument_count; i++) {
        const struct ded_expression *expression = head->arguments[i].expression;
        if (expression->kind != DED_VARIABLE || strcmp(expression->text, late->node) == 0)
            continue;
        const lineage_value value = value_of(late, expression->text);
        if (value == LINEAGE_NONE || lineage_node_of(&model->universe, value) != LINEAGE_NONE)
            continue;
        for (uint32_t slot = 0; slot < early->rule->slot_count; slot++) {
            const char *name = early->rule->slot_names[slot];
            if (name == NULL || early->values[slot] != value)
                continue;
            add_name(&waiting->late_key, expression->text);
            add_name(&waiting->early_key, name);
            break;
        }
    }
    if (waiting->late_key.count != waiting->early_key.count) /* one stands for two: take none */
        waiting->late_key.count = waiting->early_key.count = 0;
}

static void name_parts(const struct ded_model *model, const struct part *early,
                       const struct part *late, struct waiting *waiting,
                       struct harness_repair *repair)
{
    const char *e = early->clause->head.name, *l = late->clause->head.name;
    waiting->held = fresh(model, repair, e, "held");
    waiting->sent = fresh(model, repair, l, "sent");
    waiting->told = fresh(model, repair, l, "told");
    waiting->ack = fresh(model, repair, l, "ack");
    waiting->acked = fresh(model, repair, l, "acked");
    waiting->owed = fresh(model, repair, l, "owed");
    find_key(model, early, late, waiting);
    add_name(&waiting->held_list, early->node);
    add_head(&waiting->held_list, early, 0);
    for (size_t i = 0; i < waiting->early_key.count; i++)
        add_name(&waiting->held_list, waiting->early_key.items[i]);
    add_name(&waiting->sent_list, late->node);
    add_head(&waiting->sent_list, late, 0);
}

/* The same list with two variables exchanged: what the receiver has stands under its own name. */
static const char *from_receiver(struct harness_repair *repair, const struct waiting *waiting,
                                 const struct part *late, const char *receiver)
{
    names list = {0};
    add_name(&list, receiver);
    add_name(&list, late->node);
    for (size_t i = 0; i < waiting->sent_list.count; i++)
        add_name(&list, waiting->sent_list.items[i]);
    const char *text = join_names(&repair->arena, &list);
    lineage_memory_free(list.items);
    return text;
}

static const char *owed_list(struct harness_repair *repair, const char *node, const names *key)
{
    names list = {0};
    add_name(&list, node);
    for (size_t i = 0; i < key->count; i++)
        add_name(&list, key->items[i]);
    const char *text = join_names(&repair->arena, &list);
    lineage_memory_free(list.items);
    return text;
}

static void print_wait(FILE *out, struct harness_repair *repair, const struct part *early,
                       const struct part *late, const struct waiting *w)
{
    const char *held = join_names(&repair->arena, &w->held_list);
    const char *sent = join_names(&repair->arena, &w->sent_list);
    const char *receiver = late->clause->head.arguments[0].expression->text;
    const char *told = from_receiver(repair, w, late, receiver);
    fprintf(out, "%s(%s) :- %s;\n", w->held, held, early->body);
    fprintf(out, "%s(%s)@next :- %s(%s);\n", w->held, held, w->held, held);
    fprintf(out, "%s :- %s(%s), notin %s(%s);\n", head_text(repair, early), w->held, held, w->owed,
            owed_list(repair, early->node, &w->early_key));
    fprintf(out, "%s(%s) :- %s;\n", w->sent, sent, late->body);
    fprintf(out, "%s(%s)@next :- %s(%s);\n", w->sent, sent, w->sent, sent);
    fprintf(out, "%s(%s)@async :- %s;\n", w->told, told, late->body);
    fprintf(out, "%s(%s)@async :- %s(%s);\n", w->ack, sent, w->told, told);
    fprintf(out, "%s(%s) :- %s(%s);\n", w->acked, sent, w->ack, sent);
    fprintf(out, "%s(%s)@next :- %s(%s);\n", w->acked, sent, w->acked, sent);
    fprintf(out, "%s(%s) :- %s(%s), notin %s(%s);", w->owed,
            owed_list(repair, late->node, &w->late_key), w->sent, sent, w->acked, sent);
}

void ded_repair_wait(struct ded_model *model, const struct lineage_execution *good, uint32_t early,
                     uint32_t late, struct harness_repair *repair)
{
    *repair = (struct harness_repair){.number = repair->number};
    struct part e = {.values = NULL}, l = {.values = NULL};
    struct waiting waiting = {.held = NULL};
    if (read_part(model, good, early, &e, repair) && read_part(model, good, late, &l, repair)) {
        if (l.clause->head.suffix != DED_ASYNC ||
            l.clause->head.arguments[0].expression->kind != DED_VARIABLE)
            repair->obstacle =
                "what it should wait for is no message to a node that a variable names";
        else if (is_ranging(l.rule, l.clause->head.arguments[0].expression->text))
            repair->obstacle = "what it should wait for is sent to all nodes";
        else if (value_of(&e, e.node) != value_of(&l, l.node))
            repair->obstacle = "it runs at another node, which would have to be told";
    }
    if (repair->obstacle == NULL) {
        struct lineage_text text;
        name_parts(model, &e, &l, &waiting, repair);
        replace(repair, &e);
        print_wait(lineage_text_open(&text), repair, &e, &l, &waiting);
        char *rules = lineage_text_close(&text);
        repair->new_rules = lineage_arena_text(&repair->arena, rules, strlen(rules));
        lineage_memory_free(rules);
    }
    lineage_memory_free(waiting.held_list.items);
    lineage_memory_free(waiting.sent_list.items);
    lineage_memory_free(waiting.late_key.items);
    lineage_memory_free(waiting.early_key.items);
    lineage_memory_free(e.values);
    lineage_memory_free(l.values);
}
