#include "fired.h"

#include <assert.h>
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
    return firing->head != LINEAGE_NONE ? execution->facts.items[firing->head].tuple
                                        : execution->messages.items[firing->message].tuple;
}

/* When the rule ran. */
static uint32_t time_of(const struct ded_rule *rule, const struct lineage_execution *execution,
                        uint32_t firing)
{
    const struct lineage_firing *found = &execution->firings.items[firing];
    if (found->message != LINEAGE_NONE)
        return execution->messages.items[found->message].sent_time;
    const uint32_t time = execution->facts.items[found->head].time;
    return rule->suffix == DED_NOW ? time : time - 1;
}

/* Gives the variables the values that the firing's facts have. Its premises are the literals in
 * order; an absence at a time that has not come was none. */
static void bind_premises(struct ded_binding *binding, const struct lineage_execution *execution,
                          uint32_t firing)
{
    const struct ded_rule *rule = binding->rule;
    size_t count, next = 0;
    const uint32_t *premises = lineage_premises_of(execution, firing, &count);
    for (size_t i = 0; i < rule->literal_count && next < count; i++) {
        const struct ded_literal *literal = &rule->literals[i];
        if (literal->negated && literal->at_time > binding->time)
            continue;
        const uint32_t premise = premises[next++];
        assert((lineage_premise_kind(premise) == LINEAGE_PRESENT) == !literal->negated);
        if (!literal->negated)
            ded_bind_literal(binding, literal,
                             lineage_tuple_values(
                                 &binding->model->universe,
                                 execution->facts.items[lineage_premise_number(premise)].tuple));
    }
}

/* Gives the rule's node, where nothing else does, the message's sender. */
static void bind_sender(struct ded_binding *binding, const struct lineage_execution *execution,
                        uint32_t message)
{
    const uint32_t slot = binding->rule->node_slot;
    if (message == LINEAGE_NONE || slot == LINEAGE_NONE || binding->values[slot] != LINEAGE_NONE ||
        execution->messages.items[message].from == LINEAGE_NONE)
        return;
    binding->values[slot] =
        binding->model->universe.nodes.items[execution->messages.items[message].from];
}

void ded_bind_fired(struct ded_binding *binding, const struct lineage_execution *execution,
                    uint32_t firing)
{
    const struct lineage_firing *found = &execution->firings.items[firing];
    const lineage_tuple head = head_of(execution, found);
    lineage_value wanted[DED_COLUMNS_MAX + 2];
    bind_premises(binding, execution, firing);
    bind_sender(binding, execution, found->message);
    memcpy(wanted, lineage_tuple_values(execution->universe, head),
           execution->universe->relations.items[binding->rule->head].arity * sizeof *wanted);
    ded_bind_head(binding, wanted);
}

/* A firing's rule with the values that it had. The caller frees these. */
static struct ded_binding bind(struct ded_model *model, const struct ded_rule *rule,
                               const struct lineage_execution *execution, uint32_t firing)
{
    const size_t bytes = (rule->slot_count + 1) * sizeof(lineage_value);
    struct ded_binding binding = {.model = model,
                                  .execution = execution,
                                  .rule = rule,
                                  .time = time_of(rule, execution, firing),
                                  .values = lineage_memory_resize(NULL, bytes)};
    memset(binding.values, 0xff, bytes);
    ded_bind_fired(&binding, execution, firing);
    return binding;
}

lineage_value *ded_fired_values(struct ded_model *model, const struct ded_rule *rule,
                                const struct lineage_execution *execution, uint32_t firing)
{
    return bind(model, rule, execution, firing).values;
}

uint32_t ded_slot_find(const struct ded_rule *rule, const char *name)
{
    for (uint32_t slot = 0; slot < rule->slot_count; slot++)
        if (rule->slot_names[slot] != NULL && strcmp(rule->slot_names[slot], name) == 0)
            return slot;
    return LINEAGE_NONE;
}

char *ded_fired_text(struct ded_model *model, const struct lineage_execution *execution,
                     uint32_t firing)
{
    struct lineage_text text;
    struct lineage_arena arena = {.newest = NULL};
    FILE *out = lineage_text_open(&text);
    const struct ded_rule *rule = ded_rule_find(model, execution->firings.items[firing].rule);
    if (rule != NULL) {
        struct ded_binding binding = bind(model, rule, execution, firing);
        fputs(ded_binding_text(&binding, &arena), out);
        lineage_memory_free(binding.values);
    }
    lineage_arena_free(&arena);
    return lineage_text_close(&text);
}
