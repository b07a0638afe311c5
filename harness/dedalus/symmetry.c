/* Are two nodes alike? They are if exchanging their names everywhere leaves the program and its
 * inputs what they are. Then it turns the execution under a schedule into that under the schedule
 * with the names exchanged, fact by fact: rules match by equality alone, and so do not notice. What
 * would notice is a rule that names one of the nodes, an input that only one of them has, and an
 * order among strings, by a comparison, min or max. All of these are looked for, and wherever there
 * is any the nodes are not alike; it is not asked whether it matters. */
#include "symmetry.h"

#include <string.h>

struct asked {
    const struct ded_model *model;
    lineage_value left, right;
    struct ded_difference *difference;
};

static bool differ(const struct asked *asked, struct lineage_place place, const char *why)
{
    *asked->difference = (struct ded_difference){place, why};
    return true;
}

static bool is_named(const struct asked *asked, lineage_value value)
{
    return value == asked->left || value == asked->right;
}

static bool operand_names(const struct asked *asked, const struct ded_operand *operand)
{
    if (operand == NULL || operand->kind == DED_OPERAND_SLOT)
        return false;
    if (operand->kind == DED_OPERAND_VALUE)
        return is_named(asked, operand->value);
    return operand_names(asked, operand->left) || operand_names(asked, operand->right);
}

static bool rule_names(const struct asked *asked, const struct ded_rule *rule)
{
    const struct lineage_relation *relations = asked->model->universe.relations.items;
    for (uint32_t i = 0; i < relations[rule->head].arity; i++)
        if (operand_names(asked, rule->columns[i]))
            return true;
    for (size_t i = 0; i < rule->condition_count; i++)
        if (operand_names(asked, rule->conditions[i].left) ||
            operand_names(asked, rule->conditions[i].right))
            return true;
    for (size_t i = 0; i < rule->literal_count; i++) {
        const struct ded_literal *literal = &rule->literals[i];
        for (uint32_t j = 0; j < relations[literal->relation].arity; j++)
            if (literal->columns[j].kind == DED_COLUMN_VALUE &&
                is_named(asked, literal->columns[j].value))
                return true;
    }
    return false;
}

/* Is the tuple with the names exchanged an input of the same time? */
static bool is_answered(const struct asked *asked, const struct ded_input *input)
{
    const struct ded_model *model = asked->model;
    const uint32_t relation = lineage_tuple_relation(&model->universe, input->tuple);
    const uint32_t arity = model->universe.relations.items[relation].arity;
    lineage_value values[DED_COLUMNS_MAX + 1] = {LINEAGE_UNKNOWN};
    bool is_other = false;
    for (uint32_t i = 0; i < arity; i++) {
        const lineage_value value = lineage_tuple_values(&model->universe, input->tuple)[i];
        values[i] = value == asked->left    ? asked->right
                    : value == asked->right ? asked->left
                                            : value;
        is_other = is_other || values[i] != value;
    }
    const lineage_tuple wanted = lineage_tuple_find(&model->universe, relation, values);
    bool is_there = !is_other;
    for (size_t i = 0; wanted != LINEAGE_NONE && !is_there && i < model->inputs.count; i++)
        is_there =
            model->inputs.items[i].tuple == wanted && model->inputs.items[i].time == input->time;
    return is_there;
}

bool ded_are_alike(const struct ded_model *model, uint32_t left, uint32_t right,
                   struct ded_difference *difference)
{
    const struct asked asked = {model, model->universe.nodes.items[left],
                                model->universe.nodes.items[right], difference};
    if (model->string_order.source != NULL)
        return !differ(&asked, model->string_order, "this puts strings in an order");
    for (size_t i = 0; i < model->rules.count; i++)
        if (rule_names(&asked, model->rules.items[i]))
            return !differ(&asked, model->rules.items[i]->place, "this rule names one of them");
    for (size_t i = 0; i < model->inputs.count; i++)
        if (!is_answered(&asked, &model->inputs.items[i]))
            return !differ(&asked, model->inputs.items[i].place,
                           "the program does not state this fact with the names exchanged");
    return true;
}
