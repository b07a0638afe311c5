/* Backwards from what is wanted: the head's columns give the rule's variables their first values,
 * then facts are looked for that fit the body, literal by literal, the most determined first. A
 * literal may also be left out; so may what contradicts the values: a comparison that is false, an
 * absence that some fact violates. Of that at most k, for k = 0, 1, 2, ... until something is
 * found: so the first that are found lack the fewest.
 *
 * A literal counts as missing only if no fact fits it under the values found in the end. So every
 * rule that could derive the fact has an attempt: take the literals in any order, each with a fact
 * that fits, if there is one; what had none has none under more values either. (But where a fact
 * must be there and absent at once, nothing could derive it so.) */
#include "attempt_internal.h"

#include <assert.h>
#include <string.h>

enum chosen { UNDECIDED, FOUND, LEFT_OUT };

struct attempt_search {
    struct ded_binding binding;
    const lineage_value *wanted;
    uint32_t head_time;
    enum chosen *chosen; /* by literal */
    size_t left_out;     /* literals */
    size_t unmet_max;
    size_t tries_left; /* facts to look at */
    bool first_only;   /* one is enough */
    bool is_over;
    size_t found_before; /* attempts of other rules */
    struct lineage_attempts *attempts;
};

/* ---- requirements ---- */

void ded_require(struct lineage_attempt *attempt, ded_requirements *requirements,
                 struct lineage_requirement requirement)
{
    attempt->unmet_count += requirement.standing == LINEAGE_IS_NOT_MET;
    attempt->open_count += requirement.standing == LINEAGE_IS_OPEN;
    LINEAGE_PUSH(requirements, requirement);
}

static struct lineage_requirement literal_requirement(struct ded_binding *binding,
                                                      const struct ded_literal *literal,
                                                      struct lineage_arena *arena)
{
    struct lineage_requirement requirement = {.need = LINEAGE_NEEDS_FACT,
                                              .pattern = ded_literal_pattern(binding, literal),
                                              .text = ded_literal_remark(binding, literal, arena)};
    size_t count;
    ded_literal_facts(binding, literal, &requirement.time, &count);
    if (literal->negated) {
        requirement.need = LINEAGE_NEEDS_NO_FACT;
        requirement.standing = ded_absence_stands(binding, literal, &requirement.fact);
    } else {
        requirement.fact = ded_find_fitting(binding, literal);
        requirement.standing =
            requirement.fact != LINEAGE_NONE ? LINEAGE_IS_MET : LINEAGE_IS_NOT_MET;
    }
    return requirement;
}

static struct lineage_requirement comparison(enum lineage_standing standing, const char *text)
{
    return (struct lineage_requirement){.need = LINEAGE_NEEDS_TRUTH,
                                        .standing = standing,
                                        .pattern = LINEAGE_NONE,
                                        .fact = LINEAGE_NONE,
                                        .text = text};
}

void ded_require_body(struct ded_binding *binding, struct lineage_attempt *attempt,
                      ded_requirements *requirements, struct lineage_arena *arena)
{
    const struct ded_rule *rule = binding->rule;
    for (size_t i = 0; i < rule->literal_count; i++)
        /* What is still to come is absent, and that is no absence of what will hold then. */
        if (!rule->literals[i].negated || rule->literals[i].at_time <= binding->time)
            ded_require(attempt, requirements,
                        literal_requirement(binding, &rule->literals[i], arena));
    for (size_t i = 0; i < rule->condition_count; i++) {
        const struct ded_condition *condition = &rule->conditions[i];
        const enum lineage_standing standing = ded_condition_stands(binding, condition);
        if (!condition->let || standing == LINEAGE_IS_NOT_MET)
            ded_require(attempt, requirements,
                        comparison(standing, ded_condition_text(binding, condition, arena)));
        if (!condition->let && standing == LINEAGE_IS_NOT_MET)
            ded_require_larger_counts(binding, condition, requirements);
    }
    if (ded_node_stands(binding) == LINEAGE_IS_NOT_MET)
        ded_require(attempt, requirements,
                    comparison(LINEAGE_IS_NOT_MET, ded_node_text(binding, arena)));
}

void ded_take_requirements(struct lineage_attempt *attempt, ded_requirements *requirements,
                           struct lineage_arena *arena)
{
    struct lineage_requirement *kept =
        lineage_arena_allocate(arena, (requirements->count + 1) * sizeof *kept);
    for (size_t i = 0; i < requirements->count; i++)
        kept[i] = requirements->items[i];
    attempt->requirements = kept;
    attempt->requirement_count = requirements->count;
    lineage_memory_free(requirements->items);
    *requirements = (ded_requirements){.count = 0};
}

uint32_t ded_find_message(const struct lineage_execution *execution, lineage_tuple tuple,
                          uint32_t time, lineage_value sender)
{
    const uint32_t from =
        sender == LINEAGE_NONE ? LINEAGE_NONE : lineage_node_of(execution->universe, sender);
    for (uint32_t i = 0; i < execution->messages.count; i++) {
        const struct lineage_message *message = &execution->messages.items[i];
        if (message->tuple == tuple && message->sent_time == time &&
            (sender == LINEAGE_NONE || message->from == from))
            return i;
    }
    return LINEAGE_NONE;
}

/* ---- one attempt ---- */

static bool is_same_requirement(const struct lineage_requirement *left,
                                const struct lineage_requirement *right)
{
    return left->need == right->need && left->pattern == right->pattern &&
           left->time == right->time && left->fact == right->fact &&
           (left->text == NULL) == (right->text == NULL) &&
           (left->text == NULL || strcmp(left->text, right->text) == 0);
}

/* Is each that is unmet on the left also so on the right? */
static bool lacks_the_same(const struct lineage_attempt *left, const struct lineage_attempt *right)
{
    for (size_t i = 0; i < left->requirement_count; i++) {
        bool is_there = left->requirements[i].standing != LINEAGE_IS_NOT_MET;
        for (size_t j = 0; !is_there && j < right->requirement_count; j++)
            is_there = right->requirements[j].standing == LINEAGE_IS_NOT_MET &&
                       is_same_requirement(&left->requirements[i], &right->requirements[j]);
        if (!is_there)
            return false;
    }
    return true;
}

static void keep_attempt(struct attempt_search *search, const struct lineage_attempt *attempt)
{
    struct lineage_attempts *attempts = search->attempts;
    for (size_t i = search->found_before; i < attempts->items.count; i++)
        if (attempts->items.items[i].unmet_count == attempt->unmet_count &&
            attempts->items.items[i].message == attempt->message &&
            lacks_the_same(attempt, &attempts->items.items[i]))
            return;
    if (attempts->items.count - search->found_before >= DED_ATTEMPTS_OF_RULE_MAX)
        attempts->left_out++;
    else
        LINEAGE_PUSH(&attempts->items, *attempt);
}

/* The tuple that the head would be; LINEAGE_NONE: some column is open. */
static lineage_tuple head_tuple(const struct ded_binding *binding)
{
    lineage_value columns[DED_COLUMNS_MAX + 1];
    if (!ded_head_values(binding, columns))
        return LINEAGE_NONE;
    return lineage_tuple_intern(&binding->model->universe, binding->rule->head, columns);
}

/* Is everything like the one pattern like the other, too? */
static bool covers(const struct ded_binding *binding, lineage_tuple wide, lineage_tuple narrow)
{
    const struct lineage_universe *universe = &binding->model->universe;
    const uint32_t relation = lineage_tuple_relation(universe, wide);
    if (relation != lineage_tuple_relation(universe, narrow))
        return false;
    const lineage_value *any = lineage_tuple_values(universe, wide);
    const lineage_value *one = lineage_tuple_values(universe, narrow);
    for (uint32_t i = 0; i < universe->relations.items[relation].arity; i++)
        if (any[i] != LINEAGE_ANY && any[i] != one[i])
            return false;
    return true;
}

/* Must something that is missing be absent, too? Then no facts can help. */
static bool contradicts_itself(const struct ded_binding *binding,
                               const struct lineage_attempt *attempt)
{
    for (size_t i = 0; i < attempt->requirement_count; i++)
        for (size_t j = 0; j < attempt->requirement_count; j++) {
            const struct lineage_requirement *missing = &attempt->requirements[i];
            const struct lineage_requirement *absent = &attempt->requirements[j];
            if (missing->need == LINEAGE_NEEDS_FACT && missing->standing == LINEAGE_IS_NOT_MET &&
                absent->need == LINEAGE_NEEDS_NO_FACT && absent->standing != LINEAGE_IS_OPEN &&
                missing->time == absent->time && covers(binding, absent->pattern, missing->pattern))
                return true;
        }
    return false;
}

/* That what the head computes comes to what is wanted, where nobody can say. */
static void require_head(struct attempt_search *search, struct lineage_attempt *attempt,
                         ded_requirements *requirements)
{
    const struct ded_binding *binding = &search->binding;
    const uint32_t arity = binding->model->universe.relations.items[binding->rule->head].arity;
    for (uint32_t i = 0; i < arity; i++) {
        const char *text = ded_column_text(binding, i, search->wanted[i], &search->attempts->arena);
        if (text != NULL)
            ded_require(attempt, requirements, comparison(LINEAGE_IS_OPEN, text));
    }
}

/* Of a literal that is left out although facts fit it: one more of them. */
static void require_more(const struct attempt_search *search, struct lineage_attempt *attempt,
                         ded_requirements *requirements)
{
    const struct ded_rule *rule = search->binding.rule;
    size_t next = 0;
    for (size_t i = 0; i < rule->literal_count; i++) {
        if (rule->literals[i].negated && rule->literals[i].at_time > search->binding.time)
            continue;
        struct lineage_requirement *requirement = &requirements->items[next++];
        if (search->chosen[i] != LEFT_OUT || requirement->standing != LINEAGE_IS_MET)
            continue;
        requirement->need = LINEAGE_NEEDS_ANOTHER;
        requirement->standing = LINEAGE_IS_NOT_MET;
        requirement->fact = LINEAGE_NONE;
        attempt->unmet_count++;
    }
}

/* Everything is chosen: that is an attempt, unless a literal left out has a fact after all, or the
 * fact wanted is there. */
static void conclude(struct attempt_search *search)
{
    struct ded_binding *binding = &search->binding;
    const struct ded_rule *rule = binding->rule;
    const lineage_tuple head = head_tuple(binding);
    for (size_t i = 0; i < rule->literal_count; i++)
        if (search->chosen[i] == LEFT_OUT && !search->attempts->wants_another &&
            ded_find_fitting(binding, &rule->literals[i]) != LINEAGE_NONE)
            return;
    if (head != LINEAGE_NONE &&
        lineage_fact_find(binding->execution, head, search->head_time) != LINEAGE_NONE)
        return;
    struct lineage_attempt attempt = {
        .rule = rule->number, .time = binding->time, .message = LINEAGE_NONE};
    ded_requirements requirements = {0};
    ded_require_body(binding, &attempt, &requirements, &search->attempts->arena);
    require_more(search, &attempt, &requirements);
    require_head(search, &attempt, &requirements);
    attempt.bindings = ded_binding_text(binding, &search->attempts->arena);
    ded_take_requirements(&attempt, &requirements, &search->attempts->arena);
    if (attempt.unmet_count == 0 && attempt.open_count == 0 && rule->suffix == DED_ASYNC)
        attempt.message =
            ded_find_message(binding->execution, head, binding->time,
                             rule->has_sender ? binding->values[rule->node_slot] : LINEAGE_NONE);
    if (contradicts_itself(binding, &attempt))
        return;
    keep_attempt(search, &attempt);
    search->is_over = search->first_only;
}

/* ---- the search ---- */

/* What contradicts the values so far. */
static size_t count_unmet(struct attempt_search *search)
{
    const struct ded_rule *rule = search->binding.rule;
    size_t unmet = search->left_out;
    uint32_t fact;
    for (size_t i = 0; i < rule->condition_count; i++)
        unmet += ded_condition_stands(&search->binding, &rule->conditions[i]) == LINEAGE_IS_NOT_MET;
    unmet += ded_node_stands(&search->binding) == LINEAGE_IS_NOT_MET;
    for (size_t i = 0; i < rule->literal_count && unmet <= search->unmet_max; i++)
        unmet +=
            rule->literals[i].negated &&
            ded_absence_stands(&search->binding, &rule->literals[i], &fact) == LINEAGE_IS_NOT_MET;
    return unmet;
}

/* The positive literal to decide next: that with the fewest columns open. */
static uint32_t choose_literal(const struct attempt_search *search)
{
    const struct ded_rule *rule = search->binding.rule;
    uint32_t best = LINEAGE_NONE, best_open = 0;
    for (uint32_t i = 0; i < rule->literal_count; i++) {
        const struct ded_literal *literal = &rule->literals[i];
        uint32_t open = 0;
        if (literal->negated || search->chosen[i] != UNDECIDED)
            continue;
        const uint32_t arity =
            search->binding.model->universe.relations.items[literal->relation].arity;
        for (uint32_t j = 0; j < arity; j++)
            open += literal->columns[j].kind == DED_COLUMN_SLOT &&
                    search->binding.values[literal->columns[j].slot] == LINEAGE_NONE;
        if (best == LINEAGE_NONE || open < best_open) {
            best = i;
            best_open = open;
        }
    }
    return best;
}

static uint32_t open_range(const struct attempt_search *search)
{
    const struct ded_rule *rule = search->binding.rule;
    for (size_t i = 0; i < rule->ranging_count; i++)
        if (search->binding.values[rule->ranging[i]] == LINEAGE_NONE)
            return rule->ranging[i];
    return LINEAGE_NONE;
}

static void extend(struct attempt_search *search);

static void restore(struct attempt_search *search, const lineage_value *values)
{
    memcpy(search->binding.values, values,
           search->binding.rule->slot_count * sizeof *search->binding.values);
}

static void extend_by_nodes(struct attempt_search *search, uint32_t slot,
                            const lineage_value *values)
{
    const struct lineage_universe *universe = &search->binding.model->universe;
    for (uint32_t node = 0; node < universe->nodes.count && !search->is_over; node++) {
        search->binding.values[slot] = universe->nodes.items[node];
        extend(search);
        restore(search, values);
    }
}

static void extend_by_literal(struct attempt_search *search, uint32_t number,
                              const lineage_value *values)
{
    struct ded_binding *binding = &search->binding;
    const struct ded_literal *literal = &binding->rule->literals[number];
    uint32_t time;
    size_t count;
    const uint32_t *facts = ded_literal_facts(binding, literal, &time, &count);
    search->chosen[number] = FOUND;
    for (size_t i = 0; i < count && !search->is_over; i++) {
        search->attempts->tries++;
        if (search->tries_left-- == 0) {
            search->is_over = search->attempts->is_cut = true;
            break;
        }
        const lineage_tuple tuple = binding->execution->facts.items[facts[i]].tuple;
        if (ded_bind_literal(binding, literal,
                             lineage_tuple_values(&binding->model->universe, tuple)))
            extend(search);
        restore(search, values);
    }
    search->chosen[number] = LEFT_OUT;
    search->left_out++;
    if (!search->is_over && search->left_out <= search->unmet_max)
        extend(search);
    search->left_out--;
    search->chosen[number] = UNDECIDED;
}

static void extend(struct attempt_search *search)
{
    const size_t bytes = search->binding.rule->slot_count * sizeof(lineage_value);
    if (!ded_refine(&search->binding, search->wanted) || count_unmet(search) > search->unmet_max)
        return;
    lineage_value *values = lineage_memory_resize(NULL, bytes + 1);
    memcpy(values, search->binding.values, bytes);
    const uint32_t slot = open_range(search), literal = choose_literal(search);
    if (slot != LINEAGE_NONE)
        extend_by_nodes(search, slot, values);
    else if (literal != LINEAGE_NONE)
        extend_by_literal(search, literal, values);
    else
        conclude(search);
    restore(search, values);
    lineage_memory_free(values);
}

static bool search_from_start(struct attempt_search *search, size_t unmet_max, bool first_only)
{
    const size_t allowed = search->attempts->tries_max;
    if (unmet_max == 0 || first_only)
        search->tries_left = allowed > 0 ? allowed : DED_TRIES_MAX;
    memset(search->binding.values, 0xff,
           (search->binding.rule->slot_count + 1) * sizeof *search->binding.values);
    memset(search->chosen, 0, (search->binding.rule->literal_count + 1) * sizeof *search->chosen);
    search->unmet_max = unmet_max;
    search->first_only = first_only;
    search->is_over = false;
    search->left_out = 0;
    if (!ded_bind_head(&search->binding, search->wanted))
        return false;
    extend(search);
    return true;
}

static void attempt_rule(struct ded_model *model, const struct lineage_execution *execution,
                         const struct ded_rule *rule, const lineage_value *wanted,
                         uint32_t head_time, struct lineage_attempts *attempts)
{
    struct attempt_search search = {
        .binding = {model, execution, rule, rule->suffix == DED_NOW ? head_time : head_time - 1,
                    lineage_memory_clear((rule->slot_count + 1) * sizeof(lineage_value))},
        .wanted = wanted,
        .head_time = head_time,
        .found_before = attempts->items.count,
        .chosen = lineage_memory_clear((rule->literal_count + 1) * sizeof *search.chosen),
        .attempts = attempts};
    const size_t most = rule->literal_count + rule->condition_count + 1;
    bool is_possible = true, is_exhausted = false;
    for (size_t k = 0;
         k <= most && is_possible && !is_exhausted && attempts->items.count == search.found_before;
         k++) {
        is_possible = search_from_start(&search, k, false);
        is_exhausted = search.is_over;
    }
    if (is_exhausted && attempts->items.count == search.found_before)
        search_from_start(&search, most, true);
    lineage_memory_free(search.binding.values);
    lineage_memory_free(search.chosen);
}

/* Those that came closest first, and equals as they were found. */
static void sort_attempts(struct lineage_attempts *attempts)
{
    for (size_t i = 1; i < attempts->items.count; i++) {
        const struct lineage_attempt moved = attempts->items.items[i];
        size_t place = i;
        for (; place > 0 && lineage_attempt_is_closer(&moved, &attempts->items.items[place - 1]);
             place--)
            attempts->items.items[place] = attempts->items.items[place - 1];
        attempts->items.items[place] = moved;
    }
}

void ded_find_attempts(struct ded_model *model, const struct lineage_execution *execution,
                       lineage_tuple pattern, uint32_t time, struct lineage_attempts *attempts)
{
    const uint32_t relation = lineage_tuple_relation(&model->universe, pattern);
    lineage_value wanted[DED_COLUMNS_MAX + 1];
    assert(time >= 1 && time <= execution->eot);
    memcpy(wanted, lineage_tuple_values(&model->universe, pattern),
           model->universe.relations.items[relation].arity * sizeof *wanted);
    for (size_t i = 0; i < model->rules.count; i++)
        if (model->rules.items[i]->head == relation &&
            (model->rules.items[i]->suffix == DED_NOW || time > 1))
            attempt_rule(model, execution, model->rules.items[i], wanted, time, attempts);
    for (size_t i = 0; i < model->groupings.count; i++) {
        const struct ded_grouping *grouping = model->groupings.items[i];
        if (grouping->head == relation && (grouping->suffix == DED_NOW || time > 1))
            ded_attempt_grouping(model, execution, grouping, wanted,
                                 grouping->suffix == DED_NOW ? time : time - 1, attempts);
    }
    sort_attempts(attempts);
}
