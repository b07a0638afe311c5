/* A firing of one execution as an attempt in another: the values of its variables are read off the
 * facts that it used. */
#include "attempt_internal.h"

#include <assert.h>
#include <string.h>

/* Gives the variables the values that the firing's facts have. Its premises are the literals in
 * order; an absence at a time that has not come was none. */
static void bind_premises(struct ded_binding *binding, const struct lineage_execution *other,
                          uint32_t firing)
{
    const struct ded_rule *rule = binding->rule;
    size_t count, next = 0;
    const uint32_t *premises = lineage_premises_of(other, firing, &count);
    for (size_t i = 0; i < rule->literal_count && next < count; i++) {
        const struct ded_literal *literal = &rule->literals[i];
        if (literal->negated && literal->at_time > binding->time)
            continue;
        const uint32_t premise = premises[next++];
        assert((lineage_premise_kind(premise) == LINEAGE_PRESENT) == !literal->negated);
        if (!literal->negated)
            ded_bind_literal(
                binding, literal,
                lineage_tuple_values(&binding->model->universe,
                                     other->facts.items[lineage_premise_number(premise)].tuple));
    }
}

/* Gives the rule's node, where nothing else does, the message's sender. */
static void bind_sender(struct ded_binding *binding, const struct lineage_execution *other,
                        uint32_t message)
{
    const uint32_t slot = binding->rule->node_slot;
    if (message == LINEAGE_NONE || slot == LINEAGE_NONE || binding->values[slot] != LINEAGE_NONE ||
        other->messages.items[message].from == LINEAGE_NONE)
        return;
    binding->values[slot] =
        binding->model->universe.nodes.items[other->messages.items[message].from];
}

static void attempt_rule_like(struct ded_model *model, const struct lineage_execution *execution,
                              const struct ded_rule *rule, const struct lineage_execution *other,
                              uint32_t firing, struct lineage_attempts *attempts)
{
    const struct lineage_firing *f = &other->firings.items[firing];
    const struct lineage_fact *head = &other->facts.items[f->head];
    struct ded_binding binding = {
        model, execution, rule, rule->suffix == DED_NOW ? head->time : head->time - 1,
        lineage_memory_resize(NULL, (rule->slot_count + 1) * sizeof(lineage_value))};
    struct lineage_attempt attempt = {
        .rule = rule->number, .time = binding.time, .message = LINEAGE_NONE};
    ded_requirements requirements = {0};
    lineage_value wanted[DED_COLUMNS_MAX + 2];
    memset(binding.values, 0xff, (rule->slot_count + 1) * sizeof *binding.values);
    memcpy(wanted, lineage_tuple_values(&model->universe, head->tuple),
           model->universe.relations.items[rule->head].arity * sizeof *wanted);
    bind_premises(&binding, other, firing);
    bind_sender(&binding, other, f->message);
    ded_bind_head(&binding, wanted);
    ded_require_body(&binding, &attempt, &requirements, &attempts->arena);
    attempt.bindings = ded_binding_text(&binding, &attempts->arena);
    ded_take_requirements(&attempt, &requirements, &attempts->arena);
    if (attempt.unmet_count == 0 && rule->suffix == DED_ASYNC)
        attempt.message =
            ded_find_message(execution, head->tuple, binding.time,
                             rule->has_sender ? binding.values[rule->node_slot] : LINEAGE_NONE);
    LINEAGE_PUSH(&attempts->items, attempt);
    lineage_memory_free(binding.values);
}

void ded_attempt_like(struct ded_model *model, const struct lineage_execution *execution,
                      const struct lineage_execution *other, uint32_t firing,
                      struct lineage_attempts *attempts)
{
    const struct lineage_firing *f = &other->firings.items[firing];
    const uint32_t relation =
        lineage_tuple_relation(&model->universe, other->facts.items[f->head].tuple);
    for (size_t i = 0; i < model->groupings.count; i++)
        if (model->groupings.items[i]->number == f->rule &&
            model->groupings.items[i]->head == relation) {
            ded_attempt_grouping_like(model, execution, model->groupings.items[i], other, firing,
                                      attempts);
            return;
        }
    for (size_t i = 0; i < model->rules.count; i++)
        if (model->rules.items[i]->number == f->rule && model->rules.items[i]->head == relation) {
            attempt_rule_like(model, execution, model->rules.items[i], other, firing, attempts);
            return;
        }
    assert(false);
}
