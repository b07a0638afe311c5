#include "why_internal.h"

#include <assert.h>
#include <stdlib.h>

/* ---- the explainer ---- */

/* The facts that are inputs, or say which nodes crash. */
static bool *find_given(const struct lineage_execution *execution, const lineage_inputs *inputs)
{
    bool *given = lineage_memory_clear(execution->facts.count + 1);
    for (size_t i = 0; i < execution->facts.count; i++)
        given[i] = execution->facts.items[i].time == 0;
    for (size_t i = 0; i < inputs->count; i++) {
        const uint32_t fact =
            lineage_fact_find(execution, inputs->items[i].tuple, inputs->items[i].time);
        if (fact != LINEAGE_NONE)
            given[fact] = true;
    }
    return given;
}

void harness_prove(const struct lineage_execution *execution, const lineage_inputs *inputs,
                   struct lineage_proofs *proofs)
{
    bool *given = find_given(execution, inputs);
    lineage_proofs_find(execution, given, proofs);
    lineage_memory_free(given);
}

void harness_explainer_open(struct harness_explainer *explainer,
                            const struct harness_evidence *evidence,
                            struct harness_why_limits limits)
{
    *explainer = (struct harness_explainer){.evidence = evidence, .limits = limits};
    explainer->is_told = lineage_memory_clear(evidence->bad.facts.count + 1);
    if (evidence->is_capture) {
        lineage_proofs_find(&evidence->bad, NULL, &explainer->proofs);
        return;
    }
    const struct harness_executor *executor = &evidence->session->executor;
    executor->inputs(executor, &explainer->inputs);
    harness_prove(&evidence->bad, &explainer->inputs, &explainer->proofs);
    harness_prove(&evidence->good, &explainer->inputs, &explainer->good_proofs);
}

void harness_explainer_close(struct harness_explainer *explainer)
{
    for (size_t i = 0; i < explainer->all.count; i++)
        lineage_memory_free(explainer->all.items[i]->below.items);
    lineage_memory_free(explainer->all.items);
    lineage_memory_free(explainer->is_told);
    lineage_memory_free(explainer->inputs.items);
    lineage_proofs_free(&explainer->proofs);
    lineage_proofs_free(&explainer->good_proofs);
    lineage_arena_free(&explainer->arena);
    *explainer = (struct harness_explainer){.evidence = NULL};
}

/* ---- facts like a pattern ---- */

static bool is_lighter(const struct lineage_proofs *proofs, uint32_t left, uint32_t right)
{
    const struct lineage_weight l = proofs->weights[left], r = proofs->weights[right];
    return l.steps != r.steps ? l.steps < r.steps : l.firings < r.firings;
}

void harness_find_facts(const struct lineage_execution *execution,
                        const struct lineage_proofs *proofs, lineage_tuple pattern, uint32_t time,
                        lineage_numbers *facts)
{
    const struct lineage_universe *universe = execution->universe;
    size_t count;
    const uint32_t *at =
        lineage_facts_at(execution, lineage_tuple_relation(universe, pattern), time, &count);
    facts->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (lineage_tuple_match(universe, pattern, execution->facts.items[at[i]].tuple) !=
            LINEAGE_MATCH)
            continue;
        LINEAGE_PUSH(facts, at[i]);
        size_t place = facts->count - 1;
        for (; place > 0 && is_lighter(proofs, at[i], facts->items[place - 1]); place--)
            facts->items[place] = facts->items[place - 1];
        facts->items[place] = at[i];
    }
}

uint32_t harness_why_good(const struct harness_explainer *explainer, lineage_tuple pattern,
                          uint32_t time)
{
    lineage_numbers facts = {0};
    harness_find_facts(&explainer->evidence->good, &explainer->good_proofs, pattern, time, &facts);
    const uint32_t first = facts.count > 0 ? facts.items[0] : LINEAGE_NONE;
    lineage_memory_free(facts.items);
    return first;
}

/* ---- nodes ---- */

struct harness_why *harness_why_add(struct harness_explainer *explainer, struct harness_why *above,
                                    enum harness_why_kind kind)
{
    struct harness_why *why = lineage_arena_allocate(&explainer->arena, sizeof *why);
    why->kind = kind;
    why->tuple = why->instance = why->rule = why->carrier = LINEAGE_NONE;
    LINEAGE_PUSH(&explainer->all, why);
    explainer->node_count++;
    if (above != NULL)
        LINEAGE_PUSH(&above->below, why);
    return why;
}

struct harness_why *harness_why_about(struct harness_explainer *explainer,
                                      struct harness_why *above, enum harness_why_kind kind,
                                      lineage_tuple tuple, uint32_t time)
{
    struct harness_why *why = harness_why_add(explainer, above, kind);
    why->tuple = why->instance = tuple;
    why->time = why->since = time;
    return why;
}

void harness_why_remark(struct harness_explainer *explainer, struct harness_why *above,
                        const char *text)
{
    harness_why_add(explainer, above, HARNESS_WHY_REMARK)->text = text;
}

/* ---- why a fact holds ---- */

static const struct lineage_input *find_input(const struct harness_explainer *explainer,
                                              const struct lineage_fact *fact)
{
    for (size_t i = 0; i < explainer->inputs.count; i++)
        if (explainer->inputs.items[i].tuple == fact->tuple &&
            explainer->inputs.items[i].time == fact->time)
            return &explainer->inputs.items[i];
    return NULL;
}

/* What must be absent: where the run without faults has it and absences are followed, why the run
 * has not. */
static void explain_absence(struct harness_explainer *explainer, struct harness_why *above,
                            lineage_tuple pattern, uint32_t time, size_t depth)
{
    const bool differs = !explainer->evidence->is_capture &&
                         harness_why_good(explainer, pattern, time) != LINEAGE_NONE;
    if (differs && explainer->follows_absences) {
        harness_why_missing(explainer, above, pattern, time, depth);
        return;
    }
    harness_why_about(explainer, above, HARNESS_WHY_ABSENT, pattern, time)->differs = differs;
}

static void explain_absences(struct harness_explainer *explainer, struct harness_why *above,
                             uint32_t firing, size_t depth)
{
    const struct lineage_execution *run = &explainer->evidence->bad;
    size_t count;
    const uint32_t *premises = lineage_premises_of(run, firing, &count);
    for (size_t i = 0; i < count; i++) {
        const uint32_t number = lineage_premise_number(premises[i]);
        if (lineage_premise_kind(premises[i]) == LINEAGE_ABSENT)
            explain_absence(explainer, above, run->absences.items[number].pattern,
                            run->absences.items[number].time, depth);
        else if (lineage_premise_kind(premises[i]) == LINEAGE_ABSENT_FACT)
            explain_absence(explainer, above, run->facts.items[number].tuple,
                            run->facts.items[number].time, depth);
    }
}

/* What a firing needs: facts, then absences. The only contribution to an aggregate is told as what
 * itself needs. */
static void explain_firing(struct harness_explainer *explainer, struct harness_why *above,
                           uint32_t firing, size_t depth)
{
    const struct lineage_proofs *proofs = &explainer->proofs;
    lineage_numbers needed = {0};
    lineage_proof_needs(proofs, firing, &needed);
    if (needed.count == 1 && !lineage_is_given(proofs, needed.items[0]) &&
        harness_is_internal(explainer, explainer->evidence->bad.facts.items[needed.items[0]].tuple))
        explain_firing(explainer, above, proofs->firing_of[needed.items[0]], depth);
    else
        for (size_t i = 0; i < needed.count; i++)
            harness_why_fact(explainer, above, needed.items[i], depth + 1);
    explain_absences(explainer, above, firing, depth + 1);
    lineage_memory_free(needed.items);
}

/* A node about a fact, from where it is carried on. */
static struct harness_why *add_fact(struct harness_explainer *explainer, struct harness_why *above,
                                    uint32_t fact, uint32_t *first)
{
    const struct lineage_execution *run = &explainer->evidence->bad;
    uint32_t carrier;
    *first = lineage_proof_since(&explainer->proofs, fact, &carrier);
    const struct lineage_fact *f = &run->facts.items[*first];
    struct harness_why *why = harness_why_about(explainer, above, HARNESS_WHY_HOLDS, f->tuple,
                                                run->facts.items[fact].time);
    why->since = f->time;
    why->carrier = carrier;
    why->input = find_input(explainer, f);
    return why;
}

struct harness_why *harness_why_proof(struct harness_explainer *explainer,
                                      struct harness_why *above, uint32_t fact, size_t depth)
{
    const struct lineage_execution *run = &explainer->evidence->bad;
    uint32_t first;
    struct harness_why *why = add_fact(explainer, above, fact, &first);
    const uint32_t firing = explainer->proofs.firing_of[first];
    if (firing == LINEAGE_NONE)
        return why;
    why->rule = run->firings.items[firing].rule;
    if (run->firings.items[firing].message != LINEAGE_NONE)
        why->message = &run->messages.items[run->firings.items[firing].message];
    why->is_again = explainer->is_told[first];
    why->is_cut = !why->is_again && (depth >= explainer->limits.depth ||
                                     explainer->node_count >= explainer->limits.nodes);
    if (why->is_again || why->is_cut)
        return why;
    explainer->is_told[first] = true;
    explain_firing(explainer, why, firing, depth);
    return why;
}

void harness_why_fact(struct harness_explainer *explainer, struct harness_why *above, uint32_t fact,
                      size_t depth)
{
    const struct lineage_fact *f = &explainer->evidence->bad.facts.items[fact];
    uint32_t first;
    if (explainer->follows_absences &&
        lineage_fact_find(&explainer->evidence->good, f->tuple, f->time) != LINEAGE_NONE)
        add_fact(explainer, above, fact, &first)->is_brief = true;
    else
        harness_why_proof(explainer, above, fact, depth);
}

const struct harness_why *harness_why(struct harness_explainer *explainer, uint32_t fact)
{
    explainer->node_count = 0;
    explainer->follows_absences = false;
    return harness_why_proof(explainer, NULL, fact, 0);
}
