#include "attempts.h"

enum { ATTEMPTS_MAX = 8 };

static uint32_t find_like(const struct lineage_execution *execution, lineage_tuple pattern,
                          uint32_t time)
{
    size_t count;
    const uint32_t *facts = lineage_facts_at(
        execution, lineage_tuple_relation(execution->universe, pattern), time, &count);
    for (size_t i = 0; i < count; i++)
        if (lineage_tuple_match(execution->universe, pattern,
                                execution->facts.items[facts[i]].tuple) == LINEAGE_MATCH)
            return facts[i];
    return LINEAGE_NONE;
}

static struct lineage_requirement requirement(const struct lineage_execution *execution,
                                              const struct lineage_execution *other,
                                              uint32_t premise)
{
    const uint32_t number = lineage_premise_number(premise);
    struct lineage_requirement made = {.need = LINEAGE_NEEDS_FACT};
    if (lineage_premise_kind(premise) == LINEAGE_ABSENT) {
        made.need = LINEAGE_NEEDS_NO_FACT;
        made.pattern = other->absences.items[number].pattern;
        made.time = other->absences.items[number].time;
    } else {
        made.pattern = other->facts.items[number].tuple;
        made.time = other->facts.items[number].time;
    }
    made.fact = find_like(execution, made.pattern, made.time);
    made.standing = (made.fact != LINEAGE_NONE) == (made.need == LINEAGE_NEEDS_FACT)
                        ? LINEAGE_IS_MET
                        : LINEAGE_IS_NOT_MET;
    return made;
}

/* The message like that of another execution which did not arrive here. */
static uint32_t find_lost(const struct lineage_execution *execution,
                          const struct lineage_message *like)
{
    for (size_t i = 0; i < execution->messages.count; i++) {
        const struct lineage_message *message = &execution->messages.items[i];
        if (message->tuple == like->tuple && message->sent_time == like->sent_time &&
            message->from == like->from && message->fate != LINEAGE_DELIVERED)
            return (uint32_t)i;
    }
    return LINEAGE_NONE;
}

void native_attempt_like(const struct lineage_execution *execution,
                         const struct lineage_execution *other, uint32_t firing,
                         struct lineage_attempts *attempts)
{
    const struct lineage_firing *like = &other->firings.items[firing];
    size_t count;
    const uint32_t *premises = lineage_premises_of(other, firing, &count);
    struct lineage_requirement *requirements =
        lineage_arena_allocate(&attempts->arena, (count + 1) * sizeof *requirements);
    struct lineage_attempt attempt = {.rule = like->rule,
                                      .time = like->message != LINEAGE_NONE
                                                  ? other->messages.items[like->message].sent_time
                                                  : other->facts.items[like->head].time,
                                      .requirements = requirements,
                                      .requirement_count = count,
                                      .bindings = "",
                                      .message = LINEAGE_NONE};
    for (size_t i = 0; i < count; i++) {
        requirements[i] = requirement(execution, other, premises[i]);
        attempt.unmet_count += requirements[i].standing == LINEAGE_IS_NOT_MET;
    }
    if (attempt.unmet_count == 0 && like->message != LINEAGE_NONE)
        attempt.message = find_lost(execution, &other->messages.items[like->message]);
    attempts->tries += count;
    LINEAGE_PUSH(&attempts->items, attempt);
}

void native_find_attempts(const struct lineage_execution *execution,
                          const struct lineage_execution *good, uint32_t stays,
                          lineage_tuple pattern, uint32_t time, struct lineage_attempts *attempts)
{
    for (uint32_t i = 0; i < good->firings.count; i++) {
        const struct lineage_firing *firing = &good->firings.items[i];
        if (firing->head == LINEAGE_NONE || firing->rule == stays)
            continue;
        const struct lineage_fact *head = &good->facts.items[firing->head];
        const bool is_in_time =
            firing->message != LINEAGE_NONE ? head->time == time : head->time <= time;
        if (!is_in_time ||
            lineage_tuple_relation(good->universe, head->tuple) !=
                lineage_tuple_relation(good->universe, pattern) ||
            lineage_tuple_match(good->universe, pattern, head->tuple) != LINEAGE_MATCH)
            continue;
        if (attempts->items.count == ATTEMPTS_MAX) {
            attempts->left_out++;
            continue;
        }
        native_attempt_like(execution, good, i, attempts);
    }
    for (size_t i = 1; i < attempts->items.count; i++) { /* the closest first */
        const struct lineage_attempt moved = attempts->items.items[i];
        size_t place = i;
        for (; place > 0 && lineage_attempt_is_closer(&moved, &attempts->items.items[place - 1]);
             place--)
            attempts->items.items[place] = attempts->items.items[place - 1];
        attempts->items.items[place] = moved;
    }
}
