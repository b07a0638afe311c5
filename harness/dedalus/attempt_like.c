/* A firing of one execution as an attempt in another, with the values that it had there. */
#include "attempt_internal.h"
#include "fired.h"

#include <assert.h>
#include <string.h>

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
    memset(binding.values, 0xff, (rule->slot_count + 1) * sizeof *binding.values);
    ded_bind_fired(&binding, other, firing);
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
