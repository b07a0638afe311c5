#include "fired.h"

#include <string.h>

const struct ded_rule *ded_rule_find(const struct ded_model *model, uint32_t number)
{
    for (size_t i = 0; i < model->rules.count; i++)
        if (model->rules.items[i]->number == number)
            return model->rules.items[i];
    return NULL;
}

const struct ded_clause *ded_clause_of(const struct ded_model *model, const struct ded_rule *rule)
{
    for (size_t i = 0; i < model->program.clauses.count; i++) {
        const struct ded_clause *clause = &model->program.clauses.items[i];
        if (clause->head.place.source == rule->place.source &&
            clause->head.place.line == rule->place.line &&
            clause->head.place.column == rule->place.column)
            return clause;
    }
    return NULL;
}

/* The tuple that a firing derives: that of its fact, or of the message that never became one. */
static lineage_tuple head_of(const struct lineage_execution *execution,
                             const struct lineage_firing *firing)
{
    return firing->head != LINEAGE_NONE      ? execution->facts.items[firing->head].tuple
           : firing->message != LINEAGE_NONE ? execution->messages.items[firing->message].tuple
                                             : LINEAGE_NONE;
}

/* The premises stand in the order of the body's literals; what is not recorded leaves no gap that
 * another relation could not show. */
static void bind_literal(const struct ded_literal *literal,
                         const struct lineage_execution *execution, const uint32_t *premises,
                         size_t count, size_t *next, lineage_value *values)
{
    for (; *next < count; (*next)++) {
        if (lineage_premise_kind(premises[*next]) != LINEAGE_PRESENT)
            continue;
        const lineage_tuple tuple =
            execution->facts.items[lineage_premise_number(premises[*next])].tuple;
        const uint32_t relation = lineage_tuple_relation(execution->universe, tuple);
        if (relation != literal->relation)
            continue;
        const lineage_value *columns = lineage_tuple_values(execution->universe, tuple);
        for (uint32_t i = 0; i < execution->universe->relations.items[relation].arity; i++)
            if (literal->columns[i].kind == DED_COLUMN_SLOT)
                values[literal->columns[i].slot] = columns[i];
        (*next)++;
        return;
    }
}

lineage_value *ded_fired_values(const struct ded_rule *rule,
                                const struct lineage_execution *execution, uint32_t firing)
{
    lineage_value *values = lineage_memory_clear((rule->slot_count + 1) * sizeof *values);
    memset(values, 0xff, (rule->slot_count + 1) * sizeof *values);
    size_t count, next = 0;
    const uint32_t *premises = lineage_premises_of(execution, firing, &count);
    for (size_t i = 0; i < rule->literal_count; i++)
        if (!rule->literals[i].negated)
            bind_literal(&rule->literals[i], execution, premises, count, &next, values);
    const lineage_tuple head = head_of(execution, &execution->firings.items[firing]);
    if (head == LINEAGE_NONE || lineage_tuple_relation(execution->universe, head) != rule->head)
        return values;
    const lineage_value *columns = lineage_tuple_values(execution->universe, head);
    for (uint32_t i = 0; i < execution->universe->relations.items[rule->head].arity; i++)
        if (rule->columns[i]->kind == DED_OPERAND_SLOT)
            values[rule->columns[i]->slot] = columns[i];
    return values;
}

uint32_t ded_slot_find(const struct ded_rule *rule, const char *name)
{
    for (uint32_t slot = 0; slot < rule->slot_count; slot++)
        if (rule->slot_names[slot] != NULL && strcmp(rule->slot_names[slot], name) == 0)
            return slot;
    return LINEAGE_NONE;
}

char *ded_fired_text(const struct ded_model *model, const struct lineage_execution *execution,
                     uint32_t firing)
{
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    const struct ded_rule *rule = ded_rule_find(model, execution->firings.items[firing].rule);
    lineage_value *values = rule != NULL ? ded_fired_values(rule, execution, firing) : NULL;
    bool is_first = true;
    for (uint32_t slot = 0; rule != NULL && slot < rule->slot_count; slot++) {
        if (rule->slot_names[slot] == NULL || values[slot] == LINEAGE_NONE)
            continue;
        fprintf(out, "%s%s = ", is_first ? "" : ", ", rule->slot_names[slot]);
        lineage_value_print(execution->universe, values[slot], out);
        is_first = false;
    }
    lineage_memory_free(values);
    return lineage_text_close(&text);
}
