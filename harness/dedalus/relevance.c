/* What the outcome of an execution depends on, and when.
 *
 * The outcome is what pre and post hold at the end of time, and whether the execution ends with an
 * error. A relation *matters* if it leads, through whatever rules, to pre or post or to a rule that
 * may fail. It *lasts* if what it holds at one time leads to something that matters at a later one:
 * through a rule with @next or @async, because a rule reads it by absolute time, or because it
 * leads to a rule that may fail at its own time. Of what matters and does not last (most of a
 * promise is of that kind) only the end of time counts.
 *
 * So the rules of the agenda `all` derive everything, and those of `between`, then at the end of
 * time `last`, the same outcome with less. */
#include "model.h"

static bool may_fail_operand(const struct ded_model *model, const struct ded_operand *operand)
{
    return operand != NULL && operand->kind == DED_OPERAND_ARITHMETIC &&
           (!model->integers_are_bounded ||
            operand->operator== '/' || may_fail_operand(model, operand->left) ||
            may_fail_operand(model, operand->right));
}

/* Could the rule end an execution with an error? */
static bool rule_may_fail(const struct ded_model *model, const struct ded_rule *rule)
{
    bool may_fail = rule->may_count;
    for (size_t i = 0; i < rule->condition_count; i++)
        may_fail = may_fail || may_fail_operand(model, rule->conditions[i].left) ||
                   may_fail_operand(model, rule->conditions[i].right);
    for (uint32_t i = 0; i < model->universe.relations.items[rule->head].arity; i++)
        may_fail = may_fail || may_fail_operand(model, rule->columns[i]);
    return may_fail;
}

static bool grouping_may_fail(const struct ded_model *model, const struct ded_grouping *grouping)
{
    bool sums = false;
    for (uint32_t i = 0; i < model->universe.relations.items[grouping->head].arity; i++)
        sums = sums || grouping->summaries[i].aggregate == DED_SUM ||
               grouping->summaries[i].aggregate == DED_AVG;
    return sums && !model->integers_are_bounded;
}

/* By relation. */
struct relevance {
    const struct ded_model *model;
    bool *matters, *lasts;
    bool changed;
};

static void mark(struct relevance *relevance, bool *marks, uint32_t relation)
{
    relevance->changed = relevance->changed || !marks[relation];
    marks[relation] = true;
}

static bool rule_matters(const struct relevance *relevance, const struct ded_rule *rule)
{
    return relevance->matters[rule->head] || rule_may_fail(relevance->model, rule);
}

static bool grouping_matters(const struct relevance *relevance, const struct ded_grouping *grouping)
{
    return relevance->matters[grouping->head] || grouping_may_fail(relevance->model, grouping);
}

/* Is the rule's work at a time before the end needed? */
static bool rule_lasts(const struct relevance *relevance, const struct ded_rule *rule)
{
    if (rule->suffix != DED_NOW)
        return rule_matters(relevance, rule);
    return relevance->lasts[rule->head] || rule_may_fail(relevance->model, rule);
}

static bool grouping_lasts(const struct relevance *relevance, const struct ded_grouping *grouping)
{
    if (grouping->suffix != DED_NOW)
        return grouping_matters(relevance, grouping);
    return relevance->lasts[grouping->head] || grouping_may_fail(relevance->model, grouping);
}

/* Marks what one more step back leads to what is marked. */
static void step_back(struct relevance *relevance)
{
    const struct ded_model *model = relevance->model;
    for (size_t i = 0; i < model->rules.count; i++) {
        const struct ded_rule *rule = model->rules.items[i];
        const bool matters = rule_matters(relevance, rule), lasts = rule_lasts(relevance, rule);
        for (size_t j = 0; j < rule->literal_count; j++) {
            if (matters)
                mark(relevance, relevance->matters, rule->literals[j].relation);
            if (lasts || (matters && rule->literals[j].at_time > 0))
                mark(relevance, relevance->lasts, rule->literals[j].relation);
        }
    }
    for (size_t i = 0; i < model->groupings.count; i++) {
        const struct ded_grouping *grouping = model->groupings.items[i];
        if (grouping_matters(relevance, grouping))
            mark(relevance, relevance->matters, grouping->contributions);
        if (grouping_lasts(relevance, grouping))
            mark(relevance, relevance->lasts, grouping->contributions);
    }
}

/* A cycle through absences may be left undefined, which is an error. */
static void mark_alternating(struct relevance *relevance)
{
    for (size_t i = 0; i < relevance->model->all.strata.count; i++) {
        const struct ded_stratum *stratum = &relevance->model->all.strata.items[i];
        for (size_t j = 0; stratum->alternating && j < stratum->relation_count; j++) {
            mark(relevance, relevance->matters, stratum->relations[j]);
            mark(relevance, relevance->lasts, stratum->relations[j]);
        }
    }
}

/* The stratum with those of its rules and groupings that are needed. */
static struct ded_stratum select_stratum(struct ded_model *model, const struct relevance *relevance,
                                         const struct ded_stratum *stratum, bool at_end)
{
    struct ded_stratum selected = *stratum;
    selected.rules =
        lineage_arena_allocate(&model->arena, (stratum->rule_count + 1) * sizeof *selected.rules);
    selected.groupings = lineage_arena_allocate(&model->arena, (stratum->grouping_count + 1) *
                                                                   sizeof *selected.groupings);
    selected.rule_count = selected.grouping_count = 0;
    for (size_t i = 0; i < stratum->rule_count; i++)
        if (at_end ? rule_matters(relevance, stratum->rules[i])
                   : rule_lasts(relevance, stratum->rules[i]))
            selected.rules[selected.rule_count++] = stratum->rules[i];
    for (size_t i = 0; i < stratum->grouping_count; i++)
        if (at_end ? grouping_matters(relevance, stratum->groupings[i])
                   : grouping_lasts(relevance, stratum->groupings[i]))
            selected.groupings[selected.grouping_count++] = stratum->groupings[i];
    return selected;
}

static void select_agenda(struct ded_model *model, const struct relevance *relevance, bool at_end,
                          struct ded_agenda *agenda)
{
    for (size_t i = 0; i < model->all.strata.count; i++) {
        const struct ded_stratum selected =
            select_stratum(model, relevance, &model->all.strata.items[i], at_end);
        if (selected.rule_count + selected.grouping_count > 0)
            LINEAGE_PUSH(&agenda->strata, selected);
    }
    for (size_t i = 0; i < model->all.later_rules.count; i++) {
        struct ded_rule *rule = model->all.later_rules.items[i];
        if (at_end ? rule_may_fail(model, rule) : rule_matters(relevance, rule))
            LINEAGE_PUSH(&agenda->later_rules, rule);
    }
    for (size_t i = 0; i < model->all.later_groupings.count; i++) {
        struct ded_grouping *grouping = model->all.later_groupings.items[i];
        if (at_end ? grouping_may_fail(model, grouping) : grouping_matters(relevance, grouping))
            LINEAGE_PUSH(&agenda->later_groupings, grouping);
    }
}

void ded_find_relevance(struct ded_model *model)
{
    struct relevance relevance = {.model = model};
    const size_t count = model->universe.relations.count + 1;
    relevance.matters = lineage_memory_clear(count * sizeof *relevance.matters);
    relevance.lasts = lineage_memory_clear(count * sizeof *relevance.lasts);
    relevance.matters[model->pre] = relevance.matters[model->post] = true;
    mark_alternating(&relevance);
    do {
        relevance.changed = false;
        step_back(&relevance);
    } while (relevance.changed);
    select_agenda(model, &relevance, false, &model->between);
    select_agenda(model, &relevance, true, &model->last);
    model->reads_crash = relevance.matters[model->crash];
    lineage_memory_free(relevance.matters);
    lineage_memory_free(relevance.lasts);
}
