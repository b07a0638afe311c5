/* Why a fact does not hold. Where the run without faults has it, the way in which it came about
 * there leads to what differs, and in the end to a message that was lost or a crash that was read
 * (lineage/difference.c says why). Else the attempts that lack the fewest are told.
 *
 * What carries a fact on from one time to the next is no explanation of why it never was there, so
 * both look back to where it could have begun. */
#include "why_internal.h"

#include <assert.h>

enum { LOOK_BACK_MAX = 200, INPUTS_TOLD_MAX = 3, TRIES_MAX = 1 << 19 };

static void explain_attempt(struct harness_explainer *explainer, struct harness_why *above,
                            const struct lineage_attempt *attempt, bool is_like_good, size_t depth);

static bool is_told(const struct harness_explainer *explainer, const struct harness_why *why);

static void tell_left_out(struct harness_explainer *explainer, struct harness_why *why,
                          const struct lineage_attempts *attempts, size_t left_out, bool is_top);

static bool is_over(const struct harness_explainer *explainer, size_t depth)
{
    return depth >= explainer->limits.depth || explainer->node_count >= explainer->limits.nodes ||
           explainer->tries_left == 0;
}

/* The attempts at a pattern at a time; they use up what the tree may try. */
static void find_attempts(struct harness_explainer *explainer, lineage_tuple pattern, uint32_t time,
                          struct lineage_attempts *attempts)
{
    const struct harness_executor *executor = &explainer->evidence->session->executor;
    attempts->tries_max = explainer->tries_left < TRIES_MAX / 16 ? explainer->tries_left + 1 : 0;
    executor->attempts(executor, &explainer->evidence->bad, pattern, time, attempts);
    explainer->tries_left -=
        attempts->tries < explainer->tries_left ? attempts->tries : explainer->tries_left;
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
    harness_why_proof(explainer, above, fact, depth)->is_in_the_way = true;
}

/* One more contribution to an aggregate: the attempts at it. */
static void explain_another(struct harness_explainer *explainer, struct harness_why *above,
                            const struct lineage_requirement *requirement, size_t depth)
{
    struct lineage_attempts attempts = {.wants_another = true};
    struct harness_why *why = harness_why_about(explainer, above, HARNESS_WHY_MISSING,
                                                requirement->pattern, requirement->time);
    why->text = "beside those that are there";
    why->is_again = is_told(explainer, why);
    why->is_cut = !why->is_again && is_over(explainer, depth);
    if (why->is_cut || why->is_again)
        return;
    find_attempts(explainer, requirement->pattern, requirement->time, &attempts);
    const size_t ways = explainer->limits.ways;
    for (size_t i = 0; i < attempts.items.count && i < ways; i++)
        explain_attempt(explainer, why, &attempts.items.items[i], false, depth);
    if (attempts.items.count == 0)
        harness_why_remark(explainer, why, "no input is one more, and no rule could make one");
    tell_left_out(explainer, why, &attempts,
                  attempts.items.count > ways ? attempts.items.count - ways : 0, false);
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

/* A fact that is missing. Of one of which the pattern does not say everything, that is said. */
static void explain_lack(struct harness_explainer *explainer, struct harness_why *above,
                         const struct lineage_requirement *requirement, size_t depth)
{
    if (requirement->text == NULL) {
        harness_why_missing(explainer, above, requirement->pattern, requirement->time, depth);
        return;
    }
    struct harness_why *why = harness_why_about(explainer, above, HARNESS_WHY_MISSING,
                                                requirement->pattern, requirement->time);
    why->text = lineage_arena_text(&explainer->arena, requirement->text, strlen(requirement->text));
    why->is_brief = true;
}

static void explain_unmet(struct harness_explainer *explainer, struct harness_why *above,
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
        explain_lack(explainer, above, requirement, depth);
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
            explain_unmet(explainer, why, &attempt->requirements[i], depth + 1);
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
        if (other != why && other->kind == HARNESS_WHY_MISSING &&
            other->instance == why->instance && other->since == why->since &&
            (other->text == NULL) == (why->text == NULL) && !other->is_again && !other->is_cut &&
            !other->is_brief)
            return true;
    }
    return false;
}

/* The earliest fact that the run without faults carries on to this one and that the run lacks. */
static uint32_t look_back_in_good(const struct harness_explainer *explainer, uint32_t fact,
                                  uint32_t *carrier)
{
    const struct lineage_execution *good = &explainer->evidence->good;
    uint32_t rule;
    for (;;) {
        const uint32_t before = lineage_proof_before(&explainer->good_proofs, fact, &rule);
        if (before == LINEAGE_NONE ||
            lineage_fact_find(&explainer->evidence->bad, good->facts.items[before].tuple,
                              good->facts.items[before].time) != LINEAGE_NONE)
            return fact;
        if (*carrier == LINEAGE_NONE)
            *carrier = rule;
        fact = before;
    }
}

/* Was the fact on its way in the run, if only for other reasons than in the run without faults?
 * Then that it was lost explains all. */
static bool explain_loss(struct harness_explainer *explainer, struct harness_why *why, size_t depth)
{
    const struct lineage_execution *run = &explainer->evidence->bad;
    struct lineage_attempts attempts = {.left_out = 0};
    bool is_sent = false;
    for (size_t i = 0; i < run->messages.count && !is_sent; i++)
        is_sent = run->messages.items[i].tuple == why->instance &&
                  run->messages.items[i].sent_time + 1 == why->since;
    if (!is_sent)
        return false;
    find_attempts(explainer, why->instance, why->since, &attempts);
    is_sent = attempts.items.count > 0 && attempts.items.items[0].message != LINEAGE_NONE;
    if (is_sent)
        explain_attempt(explainer, why, &attempts.items.items[0], false, depth);
    lineage_attempts_free(&attempts);
    return is_sent;
}

/* Explains a node by how the run without faults came to have the fact. */
static void explain_as_in_good(struct harness_explainer *explainer, struct harness_why *why,
                               uint32_t fact, size_t depth)
{
    const struct harness_executor *executor = &explainer->evidence->session->executor;
    const struct lineage_execution *good = &explainer->evidence->good;
    struct lineage_attempts attempts = {.left_out = 0};
    fact = look_back_in_good(explainer, fact, &why->carrier);
    why->instance = good->facts.items[fact].tuple;
    why->since = good->facts.items[fact].time;
    why->is_again = is_told(explainer, why);
    why->is_cut = !why->is_again && is_over(explainer, depth);
    const uint32_t firing = explainer->good_proofs.firing_of[fact];
    if (why->is_again || why->is_cut || firing == LINEAGE_NONE)
        return;
    executor->attempt_like(executor, &explainer->evidence->bad, good, firing, &attempts);
    if (attempts.items.items[0].unmet_count == 0 || !explain_loss(explainer, why, depth))
        explain_attempt(explainer, why, &attempts.items.items[0], true, depth);
    lineage_attempts_free(&attempts);
}

/* ---- by attempts ---- */

/* Does the attempt lack the fact itself, one step earlier than `time`? */
static bool lacks_before(const struct lineage_attempt *attempt, lineage_tuple pattern,
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

/* The only thing that an attempt lacks, if that is a fact of its time. */
static const struct lineage_requirement *only_lack(const struct lineage_attempt *attempt)
{
    for (size_t i = 0; i < attempt->requirement_count && attempt->unmet_count == 1; i++)
        if (attempt->requirements[i].standing == LINEAGE_IS_NOT_MET)
            return attempt->requirements[i].need == LINEAGE_NEEDS_FACT &&
                           attempt->requirements[i].time == attempt->time
                       ? &attempt->requirements[i]
                       : NULL;
    return NULL;
}

/* Would the attempt only carry the fact on? The rule that leads from one time to the next; else
 * LINEAGE_NONE. It may also lack one fact alone that nothing but the fact itself, one step earlier,
 * could bring about: held(X) :- kept(X); kept(X)@next :- held(X). */
static uint32_t find_carrier(struct harness_explainer *explainer,
                             const struct lineage_attempt *attempt, lineage_tuple pattern,
                             uint32_t time)
{
    const struct lineage_requirement *lack = only_lack(attempt);
    struct lineage_attempts attempts = {.left_out = 0};
    uint32_t carrier = LINEAGE_NONE;
    if (lacks_before(attempt, pattern, time))
        return attempt->rule;
    if (lack == NULL || lack->time == 0)
        return LINEAGE_NONE;
    find_attempts(explainer, lack->pattern, lack->time, &attempts);
    for (size_t i = 0; i < attempts.items.count; i++) {
        const struct lineage_attempt *way = &attempts.items.items[i];
        carrier = lacks_before(way, pattern, time) ? way->rule : LINEAGE_NONE;
        if (carrier == LINEAGE_NONE)
            break;
    }
    lineage_attempts_free(&attempts);
    return carrier;
}

/* The closest attempt at a time that does more than carry on; NULL: none. */
static const struct lineage_attempt *closest_of(struct harness_explainer *explainer,
                                                const struct lineage_attempts *attempts,
                                                lineage_tuple pattern, uint32_t time,
                                                uint32_t *carrier)
{
    const struct lineage_attempt *closest = NULL;
    for (size_t i = 0; i < attempts->items.count; i++) {
        const uint32_t rule = find_carrier(explainer, &attempts->items.items[i], pattern, time);
        if (rule != LINEAGE_NONE)
            *carrier = rule;
        else if (closest == NULL)
            closest = &attempts->items.items[i];
    }
    return closest;
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
    const struct lineage_attempt *best = NULL;
    for (uint32_t time = why->time;
         time > 0 && why->time - time < LOOK_BACK_MAX && explainer->tries_left > 0; time--) {
        struct lineage_attempts attempts = {.left_out = 0};
        uint32_t carrier = LINEAGE_NONE;
        if (time < why->time && holds_at(explainer, why->tuple, time))
            return;
        find_attempts(explainer, why->tuple, time, &attempts);
        const struct lineage_attempt *here =
            closest_of(explainer, &attempts, why->tuple, time, &carrier);
        if (here != NULL && (best == NULL || lineage_attempt_is_closer(here, best))) {
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
                       why->time > 1 ? "no input then, and no rule derives it from what was there"
                                     : "no input then, and before time 1 there is nothing");
}

static void tell_left_out(struct harness_explainer *explainer, struct harness_why *why,
                          const struct lineage_attempts *attempts, size_t left_out, bool is_top)
{
    if (left_out > 0)
        harness_why_remark(
            explainer, why,
            lineage_arena_format(&explainer->arena, "%zu more way%s in which it could have come%s",
                                 left_out, left_out == 1 ? "" : "s", is_top ? " (--ways)" : ""));
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
        if (attempt->rule == told_rule ||
            find_carrier(explainer, attempt, why->instance, why->since) != LINEAGE_NONE)
            continue;
        if (told++ < most)
            explain_attempt(explainer, why, attempt, false, depth);
        else
            left_out++;
    }
    tell_left_out(explainer, why, attempts, left_out, depth == 0);
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
    struct lineage_attempts attempts = {.left_out = 0};
    const uint32_t told_rule = why->below.count > 0 ? why->below.items[0]->rule : LINEAGE_NONE;
    find_attempts(explainer, why->instance, why->since, &attempts);
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
    explainer->tries_left = TRIES_MAX;
    struct harness_why *why = harness_why_missing(explainer, NULL, pattern, time, 0);
    if (explainer->tries_left == 0)
        harness_why_remark(explainer, why, "there are too many facts to try all; the rest is open");
    return why;
}
