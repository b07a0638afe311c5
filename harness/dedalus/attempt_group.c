/* Attempts at an aggregate's fact: what its groups come to, and what would make them come to what
 * is wanted. */
#include "attempt_internal.h"

#include <assert.h>
#include <string.h>

struct grouper {
    struct ded_model *model;
    const struct lineage_execution *execution;
    const struct ded_grouping *grouping;
    const lineage_value *wanted; /* by column of the head */
    uint32_t time;
    uint32_t column_count; /* of the contributions */
    LINEAGE_ARRAY(uint32_t) members;
    struct lineage_attempt attempt;
    ded_requirements requirements;
    struct lineage_attempts *attempts;
};

static const lineage_value *columns_of(const struct grouper *grouper, uint32_t fact)
{
    return lineage_tuple_values(&grouper->model->universe,
                                grouper->execution->facts.items[fact].tuple);
}

static uint32_t head_arity(const struct grouper *grouper)
{
    return grouper->model->universe.relations.items[grouper->grouping->head].arity;
}

/* ---- what the members come to ---- */

/* The aggregate of a column over the members; false if it leaves 64 bits. */
static bool sum_up(const struct grouper *grouper, const struct ded_summary *summary,
                   lineage_value *result)
{
    struct lineage_universe *universe = &grouper->model->universe;
    const bool adds = summary->aggregate == DED_SUM || summary->aggregate == DED_AVG;
    const size_t count = grouper->members.count;
    __int128 sum = 0;
    assert(count > 0);
    *result = columns_of(grouper, grouper->members.items[0])[summary->source];
    for (size_t i = 0; i < count; i++) {
        const lineage_value value = columns_of(grouper, grouper->members.items[i])[summary->source];
        const int order = lineage_value_compare(universe, value, *result);
        if (adds)
            sum += lineage_integer_of(universe, value);
        else if ((summary->aggregate == DED_MIN && order < 0) ||
                 (summary->aggregate == DED_MAX && order > 0))
            *result = value;
    }
    if (summary->aggregate == DED_COUNT)
        *result = lineage_integer(universe, (int64_t)count);
    if (summary->aggregate == DED_AVG)
        sum /= (__int128)count;
    if (adds && sum >= INT64_MIN && sum <= INT64_MAX)
        *result = lineage_integer(universe, (int64_t)sum);
    return !adds || (sum >= INT64_MIN && sum <= INT64_MAX);
}

static bool head_of_members(const struct grouper *grouper, lineage_value *columns)
{
    for (uint32_t i = 0; i < head_arity(grouper); i++)
        if (!sum_up(grouper, &grouper->grouping->summaries[i], &columns[i]))
            return false;
    return true;
}

static void require(struct grouper *grouper, struct lineage_requirement requirement)
{
    ded_require(&grouper->attempt, &grouper->requirements, requirement);
}

static void require_value(struct grouper *grouper, const struct ded_summary *summary,
                          lineage_value value, lineage_value wanted)
{
    static const char *const names[] = {"", "count", "min", "max", "sum", "avg"};
    const struct lineage_universe *universe = &grouper->model->universe;
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    lineage_value_print(universe, value, out);
    fputs(" == ", out);
    lineage_value_print(universe, wanted, out);
    fprintf(out, " (%s)", names[summary->aggregate]);
    char *words = lineage_text_close(&text);
    require(grouper,
            (struct lineage_requirement){
                .need = LINEAGE_NEEDS_TRUTH,
                .standing = value == wanted ? LINEAGE_IS_MET : LINEAGE_IS_NOT_MET,
                .pattern = LINEAGE_NONE,
                .fact = LINEAGE_NONE,
                .text = lineage_arena_text(&grouper->attempts->arena, words, strlen(words))});
    lineage_memory_free(words);
}

/* ---- what they lack ---- */

/* The contributions to what is wanted, as a pattern; of the group of `member`, or of any. */
static lineage_tuple pattern_of(const struct grouper *grouper, uint32_t member)
{
    lineage_value columns[DED_COLUMNS_MAX + 2];
    for (uint32_t i = 0; i < grouper->column_count; i++)
        columns[i] = LINEAGE_ANY;
    for (uint32_t i = 0; i < head_arity(grouper); i++) {
        const struct ded_summary *summary = &grouper->grouping->summaries[i];
        const bool is_member_value = summary->aggregate == DED_PLAIN ||
                                     summary->aggregate == DED_MIN || summary->aggregate == DED_MAX;
        if (is_member_value && grouper->wanted[i] != LINEAGE_ANY)
            columns[summary->source] = grouper->wanted[i];
    }
    for (uint32_t i = 0; member != LINEAGE_NONE && i < grouper->grouping->group_columns; i++)
        columns[i] = columns_of(grouper, member)[i];
    return lineage_tuple_intern(&grouper->model->universe, grouper->grouping->contributions,
                                columns);
}

static uint32_t find_matching(const struct grouper *grouper, lineage_tuple pattern)
{
    size_t count;
    const uint32_t *facts = lineage_facts_at(grouper->execution, grouper->grouping->contributions,
                                             grouper->time, &count);
    for (size_t i = 0; i < count; i++)
        if (lineage_tuple_match(&grouper->model->universe, pattern,
                                grouper->execution->facts.items[facts[i]].tuple) == LINEAGE_MATCH)
            return facts[i];
    return LINEAGE_NONE;
}

static struct lineage_requirement of_fact(const struct grouper *grouper, enum lineage_need need,
                                          enum lineage_standing standing, lineage_tuple pattern,
                                          uint32_t fact)
{
    return (struct lineage_requirement){need, standing, pattern, grouper->time, fact, NULL};
}

/* For a lone min or max: that what is wanted contributes, and nothing better does. */
static void require_extreme(struct grouper *grouper, const struct ded_summary *summary,
                            lineage_value wanted)
{
    const lineage_tuple pattern = pattern_of(grouper, grouper->members.items[0]);
    if (find_matching(grouper, pattern) == LINEAGE_NONE)
        require(grouper,
                of_fact(grouper, LINEAGE_NEEDS_FACT, LINEAGE_IS_NOT_MET, pattern, LINEAGE_NONE));
    for (size_t i = 0; i < grouper->members.count; i++) {
        const uint32_t member = grouper->members.items[i];
        const int order = lineage_value_compare(
            &grouper->model->universe, columns_of(grouper, member)[summary->source], wanted);
        if (summary->aggregate == DED_MIN ? order < 0 : order > 0)
            require(grouper, of_fact(grouper, LINEAGE_NEEDS_NO_FACT, LINEAGE_IS_NOT_MET,
                                     grouper->execution->facts.items[member].tuple, member));
    }
}

/* What would change the value of one aggregated column. */
static void require_change(struct grouper *grouper, const struct ded_summary *summary,
                           lineage_value value, lineage_value wanted, bool is_lone)
{
    const lineage_tuple pattern = pattern_of(grouper, grouper->members.items[0]);
    const bool is_extreme = summary->aggregate == DED_MIN || summary->aggregate == DED_MAX;
    const bool is_count = summary->aggregate == DED_COUNT;
    if (is_lone && is_extreme)
        require_extreme(grouper, summary, wanted);
    else if (is_lone && is_count &&
             lineage_value_compare(&grouper->model->universe, value, wanted) < 0)
        require(grouper,
                of_fact(grouper, LINEAGE_NEEDS_ANOTHER, LINEAGE_IS_NOT_MET, pattern, LINEAGE_NONE));
    else if (!(is_lone && is_count)) /* more or fewer, nobody can say */
        require(grouper,
                of_fact(grouper, LINEAGE_NEEDS_ANOTHER, LINEAGE_IS_OPEN, pattern, LINEAGE_NONE));
}

/* ---- attempts ---- */

static void start(struct grouper *grouper)
{
    grouper->attempt = (struct lineage_attempt){.rule = grouper->grouping->number,
                                                .time = grouper->time,
                                                .bindings = "",
                                                .message = LINEAGE_NONE};
}

static void conclude(struct grouper *grouper)
{
    ded_take_requirements(&grouper->attempt, &grouper->requirements, &grouper->attempts->arena);
    LINEAGE_PUSH(&grouper->attempts->items, grouper->attempt);
}

/* The members of one group, and why they do not come to what is wanted. */
static void attempt_members(struct grouper *grouper)
{
    const struct ded_grouping *grouping = grouper->grouping;
    lineage_value columns[DED_COLUMNS_MAX + 1] = {0};
    const bool is_lone = grouper->column_count == grouping->group_columns + 1;
    const bool is_head = head_of_members(grouper, columns);
    start(grouper);
    for (uint32_t i = 0; is_head && i < head_arity(grouper); i++) {
        const struct ded_summary *summary = &grouping->summaries[i];
        if (summary->aggregate == DED_PLAIN || grouper->wanted[i] == LINEAGE_ANY ||
            grouper->wanted[i] == columns[i])
            continue;
        require_value(grouper, summary, columns[i], grouper->wanted[i]);
        require_change(grouper, summary, columns[i], grouper->wanted[i], is_lone);
    }
    const bool is_complete = is_head && grouper->attempt.unmet_count == 0;
    for (size_t i = 0; i < grouper->members.count; i++)
        require(grouper, of_fact(grouper, LINEAGE_NEEDS_FACT, LINEAGE_IS_MET,
                                 grouper->execution->facts.items[grouper->members.items[i]].tuple,
                                 grouper->members.items[i]));
    if (is_complete && grouping->suffix == DED_ASYNC)
        grouper->attempt.message = ded_find_message(
            grouper->execution,
            lineage_tuple_intern(&grouper->model->universe, grouping->head, columns), grouper->time,
            grouping->has_sender ? columns_of(grouper, grouper->members.items[0])[0]
                                 : LINEAGE_NONE);
    const uint32_t head_time = grouping->suffix == DED_NOW ? grouper->time : grouper->time + 1;
    if (is_complete &&
        lineage_fact_find(grouper->execution,
                          lineage_tuple_intern(&grouper->model->universe, grouping->head, columns),
                          head_time) != LINEAGE_NONE)
        lineage_memory_free(grouper->requirements.items); /* there is such a fact */
    else
        conclude(grouper);
    grouper->requirements = (ded_requirements){.count = 0};
}

static bool is_of_group(const struct grouper *grouper, uint32_t left, uint32_t right)
{
    return memcmp(columns_of(grouper, left), columns_of(grouper, right),
                  grouper->grouping->group_columns * sizeof(lineage_value)) == 0;
}

/* Only the columns by which groups are told apart. */
static bool is_wanted(const struct grouper *grouper, uint32_t fact)
{
    for (uint32_t i = 0; i < head_arity(grouper); i++) {
        const struct ded_summary *summary = &grouper->grouping->summaries[i];
        if (summary->aggregate == DED_PLAIN && grouper->wanted[i] != LINEAGE_ANY &&
            grouper->wanted[i] != columns_of(grouper, fact)[summary->source])
            return false;
    }
    return true;
}

static void open_grouper(struct grouper *grouper, struct ded_model *model,
                         const struct lineage_execution *execution,
                         const struct ded_grouping *grouping, uint32_t time,
                         struct lineage_attempts *attempts)
{
    *grouper = (struct grouper){.model = model,
                                .execution = execution,
                                .grouping = grouping,
                                .time = time,
                                .column_count =
                                    model->universe.relations.items[grouping->contributions].arity,
                                .attempts = attempts};
}

void ded_attempt_grouping(struct ded_model *model, const struct lineage_execution *execution,
                          const struct ded_grouping *grouping, const lineage_value *wanted,
                          uint32_t time, struct lineage_attempts *attempts)
{
    struct grouper grouper;
    size_t count, groups = 0;
    open_grouper(&grouper, model, execution, grouping, time, attempts);
    grouper.wanted = wanted;
    const uint32_t *facts = lineage_facts_at(execution, grouping->contributions, time, &count);
    for (size_t i = 0; i < count; i++) {
        bool is_first = is_wanted(&grouper, facts[i]);
        for (size_t j = 0; is_first && j < i; j++)
            is_first = !is_of_group(&grouper, facts[i], facts[j]);
        if (!is_first)
            continue;
        grouper.members.count = 0;
        for (size_t j = i; j < count; j++)
            if (is_of_group(&grouper, facts[i], facts[j]))
                LINEAGE_PUSH(&grouper.members, facts[j]);
        if (groups++ < DED_ATTEMPTS_OF_RULE_MAX)
            attempt_members(&grouper);
        else
            attempts->left_out++;
    }
    if (groups == 0) {
        start(&grouper);
        require(&grouper, of_fact(&grouper, LINEAGE_NEEDS_FACT, LINEAGE_IS_NOT_MET,
                                  pattern_of(&grouper, LINEAGE_NONE), LINEAGE_NONE));
        conclude(&grouper);
    }
    lineage_memory_free(grouper.members.items);
}

void ded_attempt_grouping_like(struct ded_model *model, const struct lineage_execution *execution,
                               const struct ded_grouping *grouping,
                               const struct lineage_execution *other, uint32_t firing,
                               struct lineage_attempts *attempts)
{
    struct grouper grouper;
    size_t count, fact_count;
    const uint32_t *premises = lineage_premises_of(other, firing, &count);
    const struct lineage_fact *head = &other->facts.items[other->firings.items[firing].head];
    open_grouper(&grouper, model, execution, grouping,
                 head->time - (grouping->suffix == DED_NOW ? 0 : 1), attempts);
    const uint32_t *facts =
        lineage_facts_at(execution, grouping->contributions, grouper.time, &fact_count);
    start(&grouper);
    const lineage_value *group = NULL;
    for (size_t i = 0; i < count; i++) {
        const lineage_tuple tuple = other->facts.items[lineage_premise_number(premises[i])].tuple;
        const uint32_t fact = lineage_fact_find(execution, tuple, grouper.time);
        require(&grouper,
                of_fact(&grouper, LINEAGE_NEEDS_FACT,
                        fact == LINEAGE_NONE ? LINEAGE_IS_NOT_MET : LINEAGE_IS_MET, tuple, fact));
    }
    if (count > 0)
        group = lineage_tuple_values(&model->universe,
                                     other->facts.items[lineage_premise_number(premises[0])].tuple);
    for (size_t i = 0; i < fact_count && group != NULL; i++) {
        bool is_more = memcmp(group, columns_of(&grouper, facts[i]),
                              grouping->group_columns * sizeof *group) == 0;
        for (size_t j = 0; is_more && j < count; j++)
            is_more = other->facts.items[lineage_premise_number(premises[j])].tuple !=
                      execution->facts.items[facts[i]].tuple;
        if (is_more)
            require(&grouper, of_fact(&grouper, LINEAGE_NEEDS_NO_FACT, LINEAGE_IS_NOT_MET,
                                      execution->facts.items[facts[i]].tuple, facts[i]));
    }
    if (grouper.attempt.unmet_count == 0 && grouping->suffix == DED_ASYNC && group != NULL)
        grouper.attempt.message = ded_find_message(execution, head->tuple, grouper.time,
                                                   grouping->has_sender ? group[0] : LINEAGE_NONE);
    conclude(&grouper);
}

/* Is the condition false because the slot's value is too small? */
static bool wants_more(const struct ded_binding *binding, const struct ded_condition *condition,
                       uint32_t slot)
{
    const enum ded_comparator comparator = condition->comparator;
    const bool is_left = condition->left->kind == DED_OPERAND_SLOT && condition->left->slot == slot;
    const bool is_right =
        condition->right->kind == DED_OPERAND_SLOT && condition->right->slot == slot;
    const struct ded_operand *other = is_left ? condition->right : condition->left;
    if (is_left == is_right)
        return false;
    if (comparator == DED_EQ) {
        const lineage_value bound = other->kind == DED_OPERAND_VALUE  ? other->value
                                    : other->kind == DED_OPERAND_SLOT ? binding->values[other->slot]
                                                                      : LINEAGE_NONE;
        return bound != LINEAGE_NONE &&
               lineage_value_compare(&binding->model->universe, binding->values[slot], bound) < 0;
    }
    return is_left ? comparator == DED_GT || comparator == DED_GE
                   : comparator == DED_LT || comparator == DED_LE;
}

/* The contributions to a count that the literal reads, as a pattern. */
static lineage_tuple counted_pattern(const struct ded_binding *binding,
                                     const struct ded_literal *literal,
                                     const struct ded_grouping *grouping)
{
    struct lineage_universe *universe = &binding->model->universe;
    const lineage_value *head =
        lineage_tuple_values(universe, ded_literal_pattern(binding, literal));
    lineage_value columns[DED_COLUMNS_MAX + 2];
    for (uint32_t i = 0; i < universe->relations.items[grouping->contributions].arity; i++)
        columns[i] = LINEAGE_ANY;
    for (uint32_t i = 0; i < universe->relations.items[grouping->head].arity; i++)
        if (grouping->summaries[i].aggregate == DED_PLAIN)
            columns[grouping->summaries[i].source] = head[i];
    return lineage_tuple_intern(universe, grouping->contributions, columns);
}

void ded_require_larger_counts(const struct ded_binding *binding,
                               const struct ded_condition *condition,
                               ded_requirements *requirements)
{
    const struct ded_model *model = binding->model;
    for (size_t i = 0; i < binding->rule->literal_count; i++) {
        const struct ded_literal *literal = &binding->rule->literals[i];
        for (size_t j = 0; j < model->groupings.count && !literal->negated; j++) {
            const struct ded_grouping *grouping = model->groupings.items[j];
            const uint32_t arity = model->universe.relations.items[literal->relation].arity;
            for (uint32_t k = 0; k < arity && grouping->head == literal->relation &&
                                 grouping->suffix == DED_NOW && literal->at_time == 0;
                 k++) {
                if (grouping->summaries[k].aggregate != DED_COUNT ||
                    literal->columns[k].kind != DED_COLUMN_SLOT ||
                    !wants_more(binding, condition, literal->columns[k].slot))
                    continue;
                const struct lineage_requirement another = {
                    LINEAGE_NEEDS_ANOTHER,
                    LINEAGE_IS_OPEN,
                    counted_pattern(binding, literal, grouping),
                    binding->time,
                    LINEAGE_NONE,
                    NULL};
                LINEAGE_PUSH(requirements, another);
            }
        }
    }
}
