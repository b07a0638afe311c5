/* What a protocol's rules read and derive at other nodes than their own. Rules that only the
 * promise depends on may look at all nodes at once. */
#include "model.h"

bool *ded_protocol_relations(const struct ded_model *model)
{
    bool *is_protocol = lineage_memory_clear(model->universe.relations.count + 1);
    for (size_t i = 0; i < model->rules.count; i++)
        if (model->rules.items[i]->suffix == DED_ASYNC)
            is_protocol[model->rules.items[i]->head] = true;
    for (size_t i = 0; i < model->groupings.count; i++)
        if (model->groupings.items[i]->suffix == DED_ASYNC)
            is_protocol[model->groupings.items[i]->head] = true;
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < model->groupings.count; i++) {
            const struct ded_grouping *grouping = model->groupings.items[i];
            if (is_protocol[grouping->head] && !is_protocol[grouping->contributions])
                is_protocol[grouping->contributions] = changed = true;
        }
        for (size_t i = 0; i < model->rules.count; i++) {
            const struct ded_rule *rule = model->rules.items[i];
            for (size_t j = 0; is_protocol[rule->head] && j < rule->literal_count; j++)
                if (!is_protocol[rule->literals[j].relation])
                    is_protocol[rule->literals[j].relation] = changed = true;
        }
    }
    return is_protocol;
}

static bool same_column(const struct ded_column *left, const struct ded_column *right)
{
    if (left->kind != right->kind || left->kind == DED_COLUMN_ANY)
        return false;
    return left->kind == DED_COLUMN_SLOT ? left->slot == right->slot : left->value == right->value;
}

/* Does the rule derive a fact at another node without sending it a message? */
static bool teleports(const struct ded_rule *rule)
{
    return rule->suffix != DED_ASYNC && rule->node_slot != LINEAGE_NONE &&
           rule->columns[0]->kind == DED_OPERAND_SLOT && rule->columns[0]->slot != rule->node_slot;
}

static void check_reads(const struct ded_model *model, const struct ded_rule *rule,
                        struct lineage_diagnostics *diagnostics)
{
    for (size_t i = 1; i < rule->literal_count; i++) {
        const struct ded_literal *first = &rule->literals[0], *literal = &rule->literals[i];
        const struct lineage_relation *relation =
            &model->universe.relations.items[literal->relation];
        if (relation->arity > 0 && !same_column(&first->columns[0], &literal->columns[0]))
            lineage_error(diagnostics, literal->place,
                          "this rule reads %s of another node than its own; send it there with "
                          "@async (strict locality)",
                          relation->name);
    }
}

void ded_check_locality(const struct ded_model *model, bool strict,
                        struct lineage_diagnostics *diagnostics)
{
    bool *is_protocol = ded_protocol_relations(model);
    for (size_t i = 0; i < model->rules.count; i++) {
        const struct ded_rule *rule = model->rules.items[i];
        if (!is_protocol[rule->head])
            continue;
        if (strict)
            check_reads(model, rule, diagnostics);
        if (model->universe.relations.items[rule->head].arity == 0 || !teleports(rule))
            continue;
        if (strict)
            lineage_error(diagnostics, rule->place,
                          "this rule derives a fact at another node than its own; send it there "
                          "with @async (strict locality)");
        else
            lineage_warn(diagnostics, rule->place,
                         "this rule derives a fact at another node than its own without a message, "
                         "so no fault can prevent it; is @async missing?");
    }
    lineage_memory_free(is_protocol);
}
