#include "model.h"

#include <stdlib.h>
#include <string.h>

static const struct lineage_source built_in = {"the built-in crash(Observer, Node, Time)", NULL};

static int compare_inputs(const void *left, const void *right)
{
    const struct ded_input *l = left, *r = right;
    if (l->time != r->time)
        return l->time < r->time ? -1 : 1;
    return l->tuple < r->tuple ? -1 : l->tuple > r->tuple;
}

/* Is the relation derived, or stated at some time? */
static bool *find_defined(const struct ded_model *model)
{
    bool *defined = lineage_memory_clear(model->universe.relations.count + 1);
    for (size_t i = 0; i < model->rules.count; i++)
        defined[model->rules.items[i]->head] = true;
    for (size_t i = 0; i < model->groupings.count; i++)
        defined[model->groupings.items[i]->head] = true;
    for (size_t i = 0; i < model->inputs.count; i++)
        defined[lineage_tuple_relation(&model->universe, model->inputs.items[i].tuple)] = true;
    defined[model->crash] = true;
    return defined;
}

static void check_promise(struct ded_model *model, struct lineage_diagnostics *diagnostics)
{
    static const char *const names[] = {"pre", "post"};
    bool *defined = find_defined(model);
    uint32_t *relations[] = {&model->pre, &model->post};
    struct lineage_place place = {0};
    if (model->program.sources.count > 0)
        place = (struct lineage_place){model->program.sources.items[0], 1, 1};
    for (int i = 0; i < 2; i++) {
        *relations[i] = lineage_relation_find(&model->universe, names[i]);
        if (diagnostics->error_count == 0 &&
            (*relations[i] == LINEAGE_NONE || !defined[*relations[i]]))
            lineage_error(diagnostics, place,
                          "nothing derives %s: a model promises that at the end of time each pre "
                          "tuple is a post tuple too",
                          names[i]);
    }
    if (model->pre != LINEAGE_NONE && model->post != LINEAGE_NONE &&
        model->universe.relations.items[model->pre].arity !=
            model->universe.relations.items[model->post].arity)
        lineage_error(
            diagnostics, model->relation_places.items[model->post],
            "pre and post must have the same number of arguments; pre is at %s",
            lineage_place_text(&diagnostics->arena, model->relation_places.items[model->pre]));
    lineage_memory_free(defined);
}

bool ded_model_load(struct ded_model *model, const char *const *paths, size_t path_count,
                    struct ded_options options, struct lineage_diagnostics *diagnostics)
{
    *model = (struct ded_model){.integers_are_bounded = true, .more = options.more};
    lineage_universe_create(&model->universe);
    const struct lineage_relation crash = {"crash", 3, false};
    model->crash = lineage_relation_add(&model->universe, crash);
    const struct lineage_place nowhere = {&built_in, 0, 0};
    LINEAGE_PUSH(&model->relation_places, nowhere);

    if (options.texts != NULL)
        ded_program_take(&model->program, options.texts, diagnostics);
    else
        ded_program_read(&model->program, paths, path_count, options.more, diagnostics);
    ded_check_clauses(model, diagnostics);
    check_promise(model, diagnostics);
    ded_check_types(model, diagnostics);
    if (diagnostics->error_count > 0)
        return false;
    ded_check_locality(model, options.strict_locality, diagnostics);
    if (model->inputs.count > 1)
        qsort(model->inputs.items, model->inputs.count, sizeof(struct ded_input), compare_inputs);
    ded_stratify(model);
    ded_find_relevance(model);
    ded_plan_rules(model);
    return diagnostics->error_count == 0;
}

void ded_model_set_nodes(struct ded_model *model, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        lineage_node_add(&model->universe, names[i]);
}

/* Warns of relations that rules read, nothing derives, and whose names look mistyped. (Others may
 * be inputs that this scenario does without.) */
static void warn_undefined(const struct ded_model *model, struct lineage_diagnostics *diagnostics)
{
    enum { COMPARISONS_MAX = 20000 }; /* enough for the models of people */
    const struct lineage_universe *universe = &model->universe;
    bool *defined = find_defined(model);
    LINEAGE_ARRAY(const char *) names = {0};
    for (size_t i = 0; i < universe->relations.count; i++)
        if (defined[i] && !universe->relations.items[i].internal)
            LINEAGE_PUSH(&names, universe->relations.items[i].name);
    for (size_t i = 0, left = COMPARISONS_MAX; i < universe->relations.count; i++) {
        const char *name = universe->relations.items[i].name;
        if (defined[i] || universe->relations.items[i].internal || left < names.count)
            continue;
        left -= names.count;
        const char *nearest = lineage_nearest(name, names.items, names.count);
        if (nearest != NULL)
            lineage_warn(diagnostics, model->relation_places.items[i],
                         "nothing derives %s; did you mean %s?", name, nearest);
    }
    lineage_memory_free(names.items);
    lineage_memory_free(defined);
}

/* Warns of nodes that no input mentions. */
static void warn_unnamed(const struct ded_model *model, struct lineage_diagnostics *diagnostics)
{
    const struct lineage_universe *universe = &model->universe;
    bool *named = lineage_memory_clear(universe->nodes.count + 1);
    for (size_t i = 0; i < model->inputs.count; i++) {
        const lineage_tuple tuple = model->inputs.items[i].tuple;
        const uint32_t arity =
            universe->relations.items[lineage_tuple_relation(universe, tuple)].arity;
        for (uint32_t j = 0; j < arity; j++) {
            const uint32_t node =
                lineage_node_of(universe, lineage_tuple_values(universe, tuple)[j]);
            if (node != LINEAGE_NONE)
                named[node] = true;
        }
    }
    const struct lineage_place place = {model->program.sources.items[0], 0, 0};
    for (uint32_t node = 0; node < universe->nodes.count; node++)
        if (!named[node])
            lineage_warn(diagnostics, place, "no fact of the model names the node %s",
                         lineage_node_name(universe, node));
    lineage_memory_free(named);
}

/* Warns of inputs that live nowhere, one of a relation. */
static void warn_homeless(const struct ded_model *model, struct lineage_diagnostics *diagnostics)
{
    const struct lineage_universe *universe = &model->universe;
    bool *is_told = lineage_memory_clear(universe->relations.count + 1);
    LINEAGE_ARRAY(const char *) names = {0};
    for (uint32_t node = 0; node < universe->nodes.count; node++)
        LINEAGE_PUSH(&names, lineage_node_name(universe, node));
    for (size_t i = 0; i < model->inputs.count && diagnostics->warning_count < LINEAGE_WARNINGS_MAX;
         i++) {
        const lineage_tuple tuple = model->inputs.items[i].tuple;
        const uint32_t relation = lineage_tuple_relation(universe, tuple);
        if (universe->relations.items[relation].arity == 0 || is_told[relation] ||
            relation == model->pre || relation == model->post)
            continue;
        const lineage_value place = lineage_tuple_values(universe, tuple)[0];
        if (lineage_node_of(universe, place) != LINEAGE_NONE)
            continue;
        is_told[relation] = true;
        const char *name =
            lineage_is_integer(universe, place) ? NULL : lineage_text_of(universe, place);
        const char *nearest = name == NULL ? NULL : lineage_nearest(name, names.items, names.count);
        lineage_warn(
            diagnostics, model->inputs.items[i].place,
            "this fact lives on no node: the first argument of a fact names its node%s%s%s",
            nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
            nearest != NULL ? "\"?" : "");
    }
    lineage_memory_free(names.items);
    lineage_memory_free(is_told);
}

/* Does an atom of the body give the slot its value? */
static bool is_bound(const struct ded_model *model, const struct ded_rule *rule, uint32_t slot)
{
    for (size_t i = 0; i < rule->literal_count; i++) {
        const struct ded_literal *literal = &rule->literals[i];
        const uint32_t arity = model->universe.relations.items[literal->relation].arity;
        for (uint32_t j = 0; !literal->negated && j < arity; j++)
            if (literal->columns[j].kind == DED_COLUMN_SLOT && literal->columns[j].slot == slot)
                return true;
    }
    return false;
}

/* Warns of variables that are called like a node and range over all of them, or over anything:
 * quotes are easily forgotten. */
static void warn_unquoted(const struct ded_model *model, struct lineage_diagnostics *diagnostics)
{
    const struct lineage_universe *universe = &model->universe;
    for (size_t i = 0; i < model->rules.count; i++) {
        const struct ded_rule *rule = model->rules.items[i];
        for (uint32_t slot = 0; slot < rule->slot_count; slot++)
            for (uint32_t node = 0; node < universe->nodes.count; node++)
                if (rule->slot_names[slot] != NULL &&
                    strcmp(rule->slot_names[slot], lineage_node_name(universe, node)) == 0 &&
                    !is_bound(model, rule, slot))
                    lineage_warn(diagnostics, rule->place,
                                 "%s is a variable here, for any value; the node is written "
                                 "\"%s\"",
                                 rule->slot_names[slot], rule->slot_names[slot]);
    }
}

void ded_model_lint(const struct ded_model *model, uint32_t eot,
                    struct lineage_diagnostics *diagnostics)
{
    warn_undefined(model, diagnostics);
    warn_unnamed(model, diagnostics);
    warn_homeless(model, diagnostics);
    warn_unquoted(model, diagnostics);
    for (size_t i = 0; i < model->inputs.count; i++)
        if (model->inputs.items[i].time > eot)
            lineage_warn(diagnostics, model->inputs.items[i].place,
                         "this fact never holds: its time is %u and the end of time is %u",
                         model->inputs.items[i].time, eot);
}

static void free_agenda(struct ded_agenda *agenda)
{
    lineage_memory_free(agenda->strata.items);
    lineage_memory_free(agenda->later_rules.items);
    lineage_memory_free(agenda->later_groupings.items);
    lineage_memory_free(agenda->probes.items);
}

void ded_model_destroy(struct ded_model *model)
{
    lineage_memory_free(model->rules.items);
    lineage_memory_free(model->groupings.items);
    lineage_memory_free(model->inputs.items);
    lineage_memory_free(model->absolutes.items);
    free_agenda(&model->all);
    free_agenda(&model->between);
    free_agenda(&model->last);
    lineage_memory_free(model->relation_places.items);
    lineage_universe_destroy(&model->universe);
    lineage_arena_free(&model->arena);
    ded_program_free(&model->program);
    *model = (struct ded_model){0};
}
