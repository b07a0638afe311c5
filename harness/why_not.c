/* Why a fact does not hold. Where the run without faults has it, the way in which it came about
 * there leads to what differs, and in the end to a message that was lost or a crash that was read
 * (lineage/difference.c says why). Else the attempts that lack the fewest are told.
 *
 * What carries a fact on from one time to the next is no explanation of why it never was there, so
 * both look back to where it could have begun. */
#include "why_internal.h"

#include <assert.h>

enum { LOOK_BACK_MAX = 200, INPUTS_TOLD_MAX = 3 };

static void explain_attempt(struct harness_explainer *explainer, struct harness_why *above,
                            const struct lineage_attempt *attempt, bool is_like_good, size_t depth);

static bool is_over(const struct harness_explainer *explainer, size_t depth)
{
    return depth >= explainer->limits.depth || explainer->node_count >= explainer->limits.nodes;
}

/* ---- below an attempt ---- */

/* A fact that is in the way. One of an executor's own stands for what it was made of. */
static void explain_in_the_way(struct harness_explainer *explainer, struct harness_why *above,
                               uint32_t fact, size_t depth)
{
    const struct lineage_execution *run = &explainer->evidence->bad;
    lineage_numbers needed = {0};
    while (harness_is_internal(explainer, run->facts.items[fact].tuple) &&
           !lineage_is_given(&explainer->proofs, fact)) {
        lineage_proof_needs(&explainer->proofs, explainer->proofs.firing_of[fact], &needed);
        if (needed.count != 1)
            break;
        fact = needed.items[0];
    }
    lineage_memory_free(needed.items);
    harness_why_fact(explainer, above, fact, depth)->is_in_the_way = true;
}

/* One more contribution to an aggregate: the attempts at it. */
static void explain_another(struct harness_explainer *explainer, struct harness_why *above,
                            const struct lineage_requirement *requirement, size_t depth)
{
    const struct harness_executor *executor = &explainer->evidence->session->executor;
    struct lineage_attempts attempts = {.left_out = 0};
    struct harness_why *why = harness_why_about(explainer, above, HARNESS_WHY_MISSING,
                                                requirement->pattern, requirement->time);
    why->text = "beside those that it has";
    why->is_cut = is_over(explainer, depth);
    if (why->is_cut)
        return;
    executor->attempts(executor, &explainer->evidence->bad, requirement->pattern, requirement->time,
                       &attempts);
    for (size_t i = 0; i < attempts.items.count && i < explainer->limits.ways; i++)
        explain_attempt(explainer, why, &attempts.items.items[i], false, depth);
    if (attempts.items.count == 0)
        harness_why_remark(explainer, why, "no rule could make one more");
    lineage_attempts_free(&attempts);
}

static void explain_met(struct harness_explainer *explainer, struct harness_why *above,
                        const struct lineage_requirement *requirement)
{
    if (requirement->need == LINEAGE_NEEDS_FACT)
        harness_why_about(explainer, above, HARNESS_WHY_HOLDS,
                          explainer->evidence->bad.facts.items[requirement->fact].tuple,
                          requirement->time)
            ->is_brief = true;
    else if (requirement->need == LINEAGE_NEEDS_NO_FACT)
        harness_why_about(explainer, above, HARNESS_WHY_ABSENT, requirement->pattern,
                          requirement->time);
}

static void explain_unmet(struct harness_explainer *explainer, struct harness_why *above,
                          const struct lineage_attempt *attempt,
                          const struct lineage_requirement *requirement, size_t depth)
{
    switch (requirement->need) {
    case LINEAGE_NEEDS_TRUTH:
        harness_why_add(explainer, above, HARNESS_WHY_FALSE)->text =
            lineage_arena_text(&explainer->arena, requirement->text, strlen(requirement->text));
        break;
    case LINEAGE_NEEDS_NO_FACT:
        explain_in_the_way(explainer, above, requirement->fact, depth);
        break;
    case LINEAGE_NEEDS_ANOTHER:
        explain_another(explainer, above, requirement, depth);
        break;
    case LINEAGE_NEEDS_FACT:
    default:
        if (requirement->time > attempt->time) {
            struct harness_why *why = harness_why_about(explainer, above, HARNESS_WHY_MISSING,
                                                        requirement->pattern, requirement->time);
            why->text = "a time that is still to come";
            why->is_brief = true;
            break;
        }
        harness_why_missing(explainer, above, requirement->pattern, requirement->time, depth)
            ->text = requirement->text == NULL
                         ? NULL
                         : lineage_arena_text(&explainer->arena, requirement->text,
                                              strlen(requirement->text));
    }
}

static void explain_open(struct harness_explainer *explainer, struct harness_why *above,
                         const struct lineage_requirement *requirement, size_t depth)
{
    if (requirement->need == LINEAGE_NEEDS_ANOTHER) {
        explain_another(explainer, above, requirement, depth);
        return;
    }
    struct harness_why *why = harness_why_about(explainer, above, HARNESS_WHY_OPEN,
                                                requirement->pattern, requirement->time);
    if (requirement->text != NULL)
        why->text =
            lineage_arena_text(&explainer->arena, requirement->text, strlen(requirement->text));
}

/* What is met first, then what is not and why, then what cannot be asked for. */
static void explain_attempt(struct harness_explainer *explainer, struct harness_why *above,
                            const struct lineage_attempt *attempt, bool is_like_good, size_t depth)
{
    struct harness_why *why = harness_why_add(explainer, above, HARNESS_WHY_ATTEMPT);
    why->rule = attempt->rule;
    why->time = why->since = attempt->time;
    why->is_like_good = is_like_good;
    why->bindings =
        lineage_arena_text(&explainer->arena, attempt->bindings, strlen(attempt->bindings));
    for (size_t i = 0; i < attempt->requirement_count; i++)
        if (attempt->requirements[i].standing == LINEAGE_IS_MET)
            explain_met(explainer, why, &attempt->requirements[i]);
    for (size_t i = 0; i < attempt->requirement_count; i++)
        if (attempt->requirements[i].standing == LINEAGE_IS_NOT_MET)
            explain_unmet(explainer, why, attempt, &attempt->requirements[i], depth + 1);
    for (size_t i = 0; i < attempt->requirement_count; i++)
        if (attempt->requirements[i].standing == LINEAGE_IS_OPEN)
            explain_open(explainer, why, &attempt->requirements[i], depth + 1);
    if (attempt->message == LINEAGE_NONE)
        return;
    const struct lineage_message *message =
        &explainer->evidence->bad.messages.items[attempt->message];
    struct harness_why *lost =
        harness_why_about(explainer, why, HARNESS_WHY_LOST, message->tuple, message->sent_time);
    lost->message = message;
}

/* ---- as in the run without faults ---- */

/* The node that has told of this already. */
static bool is_told(const struct harness_explainer *explainer, const struct harness_why *why)
{
    for (size_t i = 0; i < explainer->all.count; i++) {
        const struct harness_why *other = explainer->all.items[i];
        if (other != why && other->kind == HARNESS_WHY_MISSING && other->tuple == why->tuple &&
            other->since == why->since && !other->is_again && !other->is_cut && !other->is_brief)
            return true;
    }
    return false;
}

/* The earliest fact that the run without faults carries on to this one and that the run lacks. */
static uint32_t look_back_in_good(const struct harness_explainer *explainer, uint32_t fact,
                                  uint32_t *carrier)
{
    const struct lineage_execution *good = &explainer->evidence->good;
    for (;;) {
        const uint32_t firing = explainer->good_proofs.firing_of[fact];
        const uint32_t before =
            firing == LINEAGE_NONE ? LINEAGE_NONE : lineage_carried(good, firing);
        if (before == LINEAGE_NONE ||
            lineage_fact_find(&explainer->evidence->bad, good->facts.items[before].tuple,
                              good->facts.items[before].time) != LINEAGE_NONE)
            return fact;
        if (*carrier == LINEAGE_NONE)
            *carrier = good->firings.items[firing].rule;
        fact = before;
    }
}

/* Explains a node by how the run without faults came to have the fact. */
static void explain_as_in_good(struct harness_explainer *explainer, struct harness_why *why,
                               uint32_t fact, size_t depth)
{
    const struct harness_executor *executor = &explainer->evidence->session->executor;
    const struct lineage_execution *good = &explainer->evidence->good;
    struct lineage_attempts attempts = {.left_out = 0};
    fact = look_back_in_good(explainer, fact, &why->carrier);
    why->tuple = good->facts.items[fact].tuple;
    why->since = good->facts.items[fact].time;
    why->is_again = is_told(explainer, why);
    why->is_cut = !why->is_again && is_over(explainer, depth);
    const uint32_t firing = explainer->good_proofs.firing_of[fact];
    if (why->is_again || why->is_cut || firing == LINEAGE_NONE)
        return;
    executor->attempt_like(executor, &explainer->evidence->bad, good, firing, &attempts);
    explain_attempt(explainer, why, &attempts.items.items[0], true, depth);
    lineage_attempts_free(&attempts);
}

/* ---- by attempts ---- */

/* Would the attempt only carry the fact on? */
static bool only_carries(const struct lineage_attempt *attempt, lineage_tuple pattern,
                         uint32_t time)
{
    for (size_t i = 0; i < attempt->requirement_count; i++)
        if (attempt->requirements[i].need == LINEAGE_NEEDS_FACT &&
            attempt->requirements[i].standing == LINEAGE_IS_NOT_MET &&
            attempt->requirements[i].pattern == pattern &&
            attempt->requirements[i].time + 1 == time)
            return true;
    return false;
}

/* The best attempt at a time that does more than carry on; NULL: none. */
static const struct lineage_attempt *best_of(const struct lineage_attempts *attempts,
                                             lineage_tuple pattern, uint32_t time,
                                             uint32_t *carrier)
{
    const struct lineage_attempt *best = NULL;
    for (size_t i = 0; i < attempts->items.count; i++) {
        if (only_carries(&attempts->items.items[i], pattern, time))
            *carrier = attempts->items.items[i].rule;
        else if (best == NULL)
            best = &attempts->items.items[i];
    }
    return best;
}

static bool is_better(const struct lineage_attempt *attempt, const struct lineage_attempt *best)
{
    return best == NULL || attempt->unmet_count < best->unmet_count ||
           (attempt->unmet_count == best->unmet_count && attempt->open_count < best->open_count);
}

static bool holds_at(const struct harness_explainer *explainer, lineage_tuple pattern,
                     uint32_t time)
{
    lineage_numbers facts = {0};
    harness_find_facts(&explainer->evidence->bad, &explainer->proofs, pattern, time, &facts);
    const bool holds = facts.count > 0;
    lineage_memory_free(facts.items);
    return holds;
}

/* The attempts at the time, up to this one, at which the fact came closest to being; that time, the
 * latest of several, in why->since. */
static void look_back(struct harness_explainer *explainer, struct harness_why *why,
                      struct lineage_attempts *closest)
{
    const struct harness_executor *executor = &explainer->evidence->session->executor;
    const struct lineage_attempt *best = NULL;
    for (uint32_t time = why->time; time > 0 && why->time - time < LOOK_BACK_MAX; time--) {
        struct lineage_attempts attempts = {.left_out = 0};
        uint32_t carrier = LINEAGE_NONE;
        if (time < why->time && holds_at(explainer, why->tuple, time))
            return;
        executor->attempts(executor, &explainer->evidence->bad, why->tuple, time, &attempts);
        const struct lineage_attempt *here = best_of(&attempts, why->tuple, time, &carrier);
        if (here != NULL && is_better(here, best)) {
            lineage_attempts_free(closest);
            *closest = attempts;
            best = here;
            why->since = time;
        } else {
            lineage_attempts_free(&attempts);
        }
        if (carrier == LINEAGE_NONE || (best != NULL && best->unmet_count == 0))
            return;
        why->carrier = carrier;
    }
}

/* Where nothing leads to the fact: the inputs like it, at whatever times. */
static void tell_inputs(struct harness_explainer *explainer, struct harness_why *why)
{
    const struct lineage_universe *universe = explainer->evidence->universe;
    size_t told = 0;
    for (size_t i = 0; i < explainer->inputs.count; i++) {
        const struct lineage_input *input = &explainer->inputs.items[i];
        if (lineage_tuple_relation(universe, input->tuple) !=
                lineage_tuple_relation(universe, why->tuple) ||
            lineage_tuple_match(universe, why->tuple, input->tuple) != LINEAGE_MATCH ||
            told++ >= INPUTS_TOLD_MAX)
            continue;
        harness_why_remark(explainer, why,
                           lineage_arena_format(&explainer->arena,
                                                "it is an input at time %u (%s:%u)", input->time,
                                                input->file, input->line));
    }
    if (told > INPUTS_TOLD_MAX)
        harness_why_remark(explainer, why,
                           lineage_arena_format(&explainer->arena, "and %zu more such inputs",
                                                told - INPUTS_TOLD_MAX));
    harness_why_remark(explainer, why,
                       why->time > 1
                           ? "no rule derives it from what was there before"
                           : "no rule derives it at time 1, before which there is nothing");
}

static void tell_left_out(struct harness_explainer *explainer, struct harness_why *why,
                          const struct lineage_attempts *attempts, size_t left_out)
{
    if (left_out > 0)
        harness_why_remark(explainer, why,
                           lineage_arena_format(&explainer->arena,
                                                "%zu other way%s it could have come about (--ways)",
                                                left_out, left_out == 1 ? "" : "s"));
    if (attempts->is_cut)
        harness_why_remark(explainer, why,
                           "too many facts to try: another attempt may have come closer");
}

/* Tells the attempts that came closest, as many as the limits allow; `told` have been told. */
static void tell_attempts(struct harness_explainer *explainer, struct harness_why *why,
                          const struct lineage_attempts *attempts, size_t told, uint32_t told_rule,
                          size_t depth)
{
    const size_t most = depth == 0 ? explainer->limits.ways : 1;
    size_t left_out = attempts->left_out;
    for (size_t i = 0; i < attempts->items.count; i++) {
        const struct lineage_attempt *attempt = &attempts->items.items[i];
        if (attempt->rule == told_rule || only_carries(attempt, why->tuple, why->since))
            continue;
        if (told++ < most)
            explain_attempt(explainer, why, attempt, false, depth);
        else
            left_out++;
    }
    tell_left_out(explainer, why, attempts, left_out);
}

static void explain_by_attempts(struct harness_explainer *explainer, struct harness_why *why,
                                size_t depth)
{
    struct lineage_attempts attempts = {.left_out = 0};
    look_back(explainer, why, &attempts);
    why->is_again = is_told(explainer, why);
    why->is_cut = !why->is_again && is_over(explainer, depth);
    if (!why->is_again && !why->is_cut) {
        tell_attempts(explainer, why, &attempts, 0, LINEAGE_NONE, depth);
        if (why->below.count == 0)
            tell_inputs(explainer, why);
    }
    lineage_attempts_free(&attempts);
}

/* The other ways to what the run without faults came to: asked for at the top alone. */
static void explain_other_ways(struct harness_explainer *explainer, struct harness_why *why)
{
    const struct harness_executor *executor = &explainer->evidence->session->executor;
    struct lineage_attempts attempts = {.left_out = 0};
    const uint32_t told_rule = why->below.count > 0 ? why->below.items[0]->rule : LINEAGE_NONE;
    executor->attempts(executor, &explainer->evidence->bad, why->tuple, why->since, &attempts);
    tell_attempts(explainer, why, &attempts, 1, told_rule, 0);
    lineage_attempts_free(&attempts);
}

struct harness_why *harness_why_missing(struct harness_explainer *explainer,
                                        struct harness_why *above, lineage_tuple pattern,
                                        uint32_t time, size_t depth)
{
    const struct harness_evidence *evidence = explainer->evidence;
    struct harness_why *why =
        harness_why_about(explainer, above, HARNESS_WHY_MISSING, pattern, time);
    if (lineage_tuple_relation(evidence->universe, pattern) == evidence->bad.crash) {
        harness_why_remark(explainer, why, "no such crash is among the faults of this run");
        return why;
    }
    const uint32_t good = harness_why_good(explainer, pattern, time);
    if (good == LINEAGE_NONE) {
        explain_by_attempts(explainer, why, depth);
        return why;
    }
    explain_as_in_good(explainer, why, good, depth);
    if (depth == 0)
        explain_other_ways(explainer, why);
    return why;
}

const struct harness_why *harness_why_not(struct harness_explainer *explainer,
                                          lineage_tuple pattern, uint32_t time)
{
    assert(!explainer->evidence->is_capture);
    explainer->node_count = 0;
    explainer->follows_absences = true;
    return harness_why_missing(explainer, NULL, pattern, time, 0);
}
