/* Orders the terms of each rule: first what is most bound, conditions and absences as early as
 * their variables allow. */
#include "plan.h"

#include "model.h"

#include <assert.h>

struct planner {
    const struct ded_rule *rule;
    struct lineage_arena *arena;
    bool bound[DED_SLOTS_MAX];
    bool literal_done[DED_TERMS_MAX];
    bool *condition_done;
    bool node_done, ranging_done[2];
    LINEAGE_ARRAY(struct ded_operation) operations;
    /* The literal that sees only what is new, or LINEAGE_NONE. */
    uint32_t delta;
    /* In a probe: the literal asked about, which counts as positive and comes last while the other
     * negated ones are left out. LINEAGE_NONE elsewhere. */
    uint32_t probe;
    const bool *is_own; /* by literal: its relation is of the rule's own stratum */
};

static void add(struct planner *planner, struct ded_operation operation)
{
    LINEAGE_PUSH(&planner->operations, operation);
}

static bool operand_is_bound(const struct planner *planner, const struct ded_operand *operand)
{
    if (operand == NULL || operand->kind == DED_OPERAND_VALUE)
        return true;
    if (operand->kind == DED_OPERAND_SLOT)
        return planner->bound[operand->slot];
    return operand_is_bound(planner, operand->left) && operand_is_bound(planner, operand->right);
}

static bool condition_is_ready(const struct planner *planner, const struct ded_condition *condition)
{
    return operand_is_bound(planner, condition->right) &&
           (condition->let || operand_is_bound(planner, condition->left));
}

/* Every slot of a negated literal is bound. */
static bool absence_is_ready(const struct planner *planner, const struct ded_literal *literal,
                             uint32_t arity)
{
    for (uint32_t i = 0; i < arity; i++)
        if (literal->columns[i].kind == DED_COLUMN_SLOT &&
            !planner->bound[literal->columns[i].slot])
            return false;
    return true;
}

static enum ded_window window_of(const struct planner *planner, uint32_t literal)
{
    if (planner->delta == LINEAGE_NONE || !planner->is_own[literal] || literal > planner->delta)
        return DED_WINDOW_ALL;
    return literal == planner->delta ? DED_WINDOW_DELTA : DED_WINDOW_OLD;
}

static void add_literal(struct planner *planner, uint32_t number, uint32_t arity)
{
    const struct ded_literal *literal = &planner->rule->literals[number];
    struct ded_column_action *columns =
        lineage_arena_allocate(planner->arena, (arity + 1) * sizeof *columns);
    const bool is_absence = literal->negated && number != planner->probe;
    struct ded_operation operation = {.kind = is_absence ? DED_ABSENT : DED_MATCH,
                                      .literal = number,
                                      .relation = literal->relation,
                                      .at_time = literal->at_time,
                                      .absolute = literal->absolute,
                                      .window = window_of(planner, number),
                                      .columns = columns,
                                      .column_count = arity};
    for (uint32_t i = 0; i < arity; i++) {
        const struct ded_column *column = &literal->columns[i];
        columns[i] = (struct ded_column_action){DED_SKIP, column->value, column->slot};
        if (column->kind == DED_COLUMN_VALUE)
            columns[i].action = DED_EQUAL_VALUE;
        else if (column->kind == DED_COLUMN_SLOT)
            columns[i].action = planner->bound[column->slot] ? DED_EQUAL_SLOT : DED_BIND;
        if (columns[i].action == DED_EQUAL_VALUE || columns[i].action == DED_EQUAL_SLOT)
            operation.key |= (uint64_t)1 << i;
    }
    /* A variable twice in one literal: bound by the first column, asked of the second. */
    for (uint32_t i = 0; i < arity; i++) {
        if (columns[i].action == DED_BIND && planner->bound[columns[i].slot])
            columns[i].action = DED_EQUAL_SLOT;
        else if (columns[i].action == DED_BIND)
            planner->bound[columns[i].slot] = true;
    }
    planner->literal_done[number] = true;
    add(planner, operation);
}

static uint32_t arity_of(const struct ded_model *model, const struct ded_literal *literal)
{
    return model->universe.relations.items[literal->relation].arity;
}

/* Adds all that only drops bindings and can be asked by now. */
static void add_filters(struct planner *planner, const struct ded_model *model)
{
    const struct ded_rule *rule = planner->rule;
    bool progress = true;
    while (progress) {
        progress = false;
        for (size_t i = 0; i < rule->condition_count; i++) {
            const struct ded_condition *condition = &rule->conditions[i];
            if (planner->condition_done[i] || !condition_is_ready(planner, condition))
                continue;
            add(planner, (struct ded_operation){.kind = condition->let ? DED_LET : DED_CONDITION,
                                                .slot = condition->slot,
                                                .condition = condition});
            if (condition->let)
                planner->bound[condition->slot] = true;
            planner->condition_done[i] = progress = true;
        }
        if (!planner->node_done && rule->node_slot != LINEAGE_NONE &&
            planner->bound[rule->node_slot]) {
            add(planner, (struct ded_operation){.kind = DED_NODE, .slot = rule->node_slot});
            planner->node_done = true;
        }
        for (uint32_t i = 0; i < rule->literal_count; i++) {
            const struct ded_literal *literal = &rule->literals[i];
            if (planner->literal_done[i] || !literal->negated || planner->probe != LINEAGE_NONE ||
                !absence_is_ready(planner, literal, arity_of(model, literal)))
                continue;
            add_literal(planner, i, arity_of(model, literal));
            progress = true;
        }
    }
}

static void add_ranging(struct planner *planner, const struct ded_model *model, bool node_only)
{
    const struct ded_rule *rule = planner->rule;
    for (size_t i = 0; i < rule->ranging_count; i++) {
        if (planner->ranging_done[i] || (node_only && rule->ranging[i] != rule->node_slot))
            continue;
        add(planner, (struct ded_operation){.kind = DED_RANGE, .slot = rule->ranging[i]});
        planner->bound[rule->ranging[i]] = planner->ranging_done[i] = true;
        add_filters(planner, model);
    }
}

/* The positive literal to match next: the one with the fewest columns left open, if any of its
 * columns is known; in the order of the body otherwise. */
static uint32_t choose_literal(const struct planner *planner, const struct ded_model *model)
{
    const struct ded_rule *rule = planner->rule;
    uint32_t best = LINEAGE_NONE, best_open = 0;
    bool best_known = false;
    for (uint32_t i = 0; i < rule->literal_count; i++) {
        const struct ded_literal *literal = &rule->literals[i];
        uint32_t open = 0, known = 0;
        if (planner->literal_done[i] || literal->negated || i == planner->probe)
            continue;
        for (uint32_t j = 0; j < arity_of(model, literal); j++) {
            const struct ded_column *column = &literal->columns[j];
            const bool is_known = column->kind == DED_COLUMN_VALUE ||
                                  (column->kind == DED_COLUMN_SLOT && planner->bound[column->slot]);
            known += is_known;
            open += !is_known;
        }
        if (best == LINEAGE_NONE || (known > 0 && !best_known) ||
            ((known > 0) == best_known && best_known && open < best_open)) {
            best = i;
            best_open = open;
            best_known = known > 0;
        }
    }
    return best;
}

static const struct ded_plan *plan_rule(struct ded_model *model, const struct ded_rule *rule,
                                        uint32_t delta, const bool *is_own, uint32_t probe)
{
    struct planner planner = {
        .rule = rule, .arena = &model->arena, .delta = delta, .probe = probe, .is_own = is_own};
    planner.condition_done = lineage_memory_clear(rule->condition_count + 1);
    assert(rule->slot_count <= sizeof planner.bound);

    if (delta != LINEAGE_NONE)
        add_literal(&planner, delta, arity_of(model, &rule->literals[delta]));
    add_filters(&planner, model);
    add_ranging(&planner, model, true);
    for (;;) {
        const uint32_t next = choose_literal(&planner, model);
        if (next == LINEAGE_NONE)
            break;
        add_literal(&planner, next, arity_of(model, &rule->literals[next]));
        add_filters(&planner, model);
    }
    if (probe != LINEAGE_NONE) {
        add_literal(&planner, probe, arity_of(model, &rule->literals[probe]));
        add_filters(&planner, model);
    }
    add_ranging(&planner, model, false);
    add(&planner, (struct ded_operation){.kind = DED_EMIT});

    struct ded_plan *plan = lineage_arena_allocate(&model->arena, sizeof *plan);
    struct ded_operation *operations =
        lineage_arena_allocate(&model->arena, planner.operations.count * sizeof *operations);
    for (size_t i = 0; i < planner.operations.count; i++)
        operations[i] = planner.operations.items[i];
    plan->operations = operations;
    lineage_memory_free(planner.operations.items);
    lineage_memory_free(planner.condition_done);
    return plan;
}

/* Plans for each literal through which the rule's stratum feeds back into the rule. */
static void plan_recursive(struct ded_model *model, struct ded_rule *rule,
                           const struct ded_stratum *stratum)
{
    bool is_own[DED_TERMS_MAX] = {false};
    rule->delta_plans =
        lineage_arena_allocate(&model->arena, rule->literal_count * sizeof *rule->delta_plans);
    for (size_t i = 0; i < rule->literal_count; i++)
        for (size_t j = 0; j < stratum->relation_count; j++)
            if (!rule->literals[i].negated && rule->literals[i].relation == stratum->relations[j])
                is_own[i] = true;
    for (uint32_t i = 0; i < rule->literal_count; i++)
        if (is_own[i])
            rule->delta_plans[rule->delta_plan_count++] =
                plan_rule(model, rule, i, is_own, LINEAGE_NONE);
}

static void plan_probes_of(struct ded_model *model, const struct ded_rule *rule,
                           struct ded_agenda *agenda)
{
    for (uint32_t i = 0; i < rule->literal_count; i++) {
        if (rule->literals[i].relation != model->crash)
            continue;
        const bool asks_time = rule->literals[i].columns[2].kind != DED_COLUMN_ANY;
        const struct ded_probe probe = {rule, i, asks_time,
                                        plan_rule(model, rule, LINEAGE_NONE, NULL, i)};
        LINEAGE_PUSH(&agenda->probes, probe);
    }
}

static void plan_probes(struct ded_model *model, struct ded_agenda *agenda)
{
    for (size_t i = 0; i < agenda->strata.count; i++)
        for (size_t j = 0; j < agenda->strata.items[i].rule_count; j++)
            plan_probes_of(model, agenda->strata.items[i].rules[j], agenda);
    for (size_t i = 0; i < agenda->later_rules.count; i++)
        plan_probes_of(model, agenda->later_rules.items[i], agenda);
}

static bool is_same_column(const struct ded_operand *head, const struct ded_column *column)
{
    if (head->kind == DED_OPERAND_VALUE)
        return column->kind == DED_COLUMN_VALUE && column->value == head->value;
    return head->kind == DED_OPERAND_SLOT && column->kind == DED_COLUMN_SLOT &&
           column->slot == head->slot;
}

static uint32_t find_copied(const struct ded_model *model, const struct ded_rule *rule)
{
    const uint32_t arity = model->universe.relations.items[rule->head].arity;
    for (uint32_t i = 0; i < rule->literal_count && rule->suffix == DED_NEXT; i++) {
        const struct ded_literal *literal = &rule->literals[i];
        bool is_same = !literal->negated && literal->relation == rule->head;
        for (uint32_t j = 0; is_same && j < arity; j++)
            is_same = is_same_column(rule->columns[j], &literal->columns[j]);
        if (is_same)
            return i;
    }
    return LINEAGE_NONE;
}

void ded_plan_rules(struct ded_model *model)
{
    for (size_t i = 0; i < model->rules.count; i++)
        model->rules.items[i]->copied = find_copied(model, model->rules.items[i]);
    for (size_t i = 0; i < model->rules.count; i++)
        model->rules.items[i]->plan =
            plan_rule(model, model->rules.items[i], LINEAGE_NONE, NULL, LINEAGE_NONE);
    for (size_t i = 0; i < model->all.strata.count; i++) {
        const struct ded_stratum *stratum = &model->all.strata.items[i];
        for (size_t j = 0; stratum->recursive && j < stratum->rule_count; j++)
            plan_recursive(model, stratum->rules[j], stratum);
    }
    plan_probes(model, &model->between);
    plan_probes(model, &model->last);
}
