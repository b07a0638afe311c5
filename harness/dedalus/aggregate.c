/* Sums up the groups of an aggregate (dialect.md, "Aggregates").
 *
 * A group all of whose contributions are certain has one result. Where some are only possible, a
 * group has several possible results, each under the condition that these contributions are present
 * and those are not. The conditions are exact for a lone min, max or count, and for any aggregate
 * over few uncertain contributions. Otherwise the result that the run in view has is kept, and
 * every other one becomes a single unknown result, which some deviation from that run must bring
 * about. */
#include "engine.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SUBSETS_OF_MAX = 6, COUNTED_MAX = 64 };

/* The contributions of one group: fact numbers. */
typedef LINEAGE_ARRAY(uint32_t) facts;

struct summariser {
    struct ded_engine *engine;
    const struct ded_grouping *grouping;
    uint32_t column_count; /* of the contributions */
    facts group;
    facts unknown; /* contributions with an unknown column, of whatever group */
    LINEAGE_ARRAY(uint32_t) premises;
};

static const lineage_value *values_of(const struct summariser *summariser, uint32_t fact)
{
    const struct ded_engine *engine = summariser->engine;
    return lineage_tuple_values(&engine->model->universe,
                                engine->execution->facts.items[fact].tuple);
}

static bool is_certain(const struct summariser *summariser, uint32_t fact)
{
    return summariser->engine->execution->facts.items[fact].certain;
}

static void need(struct summariser *summariser, enum lineage_premise_kind kind, uint32_t fact)
{
    LINEAGE_PUSH(&summariser->premises, lineage_premise(kind, fact));
}

/* Could a contribution with unknown columns belong to the group? */
static bool may_belong(const struct summariser *summariser, uint32_t fact)
{
    const lineage_value *theirs = values_of(summariser, fact);
    const lineage_value *ours = values_of(summariser, summariser->group.items[0]);
    for (uint32_t i = 0; i < summariser->grouping->group_columns; i++)
        if (theirs[i] != LINEAGE_UNKNOWN && theirs[i] != ours[i])
            return false;
    return true;
}

/* That no contribution with unknown columns is in the group. */
static void need_no_unknown(struct summariser *summariser)
{
    for (size_t i = 0; i < summariser->unknown.count; i++)
        if (may_belong(summariser, summariser->unknown.items[i]))
            need(summariser, LINEAGE_ABSENT_FACT, summariser->unknown.items[i]);
}

static bool is_settled(const struct summariser *summariser)
{
    for (size_t i = 0; i < summariser->group.count; i++)
        if (!is_certain(summariser, summariser->group.items[i]))
            return false;
    for (size_t i = 0; i < summariser->unknown.count; i++)
        if (may_belong(summariser, summariser->unknown.items[i]))
            return false;
    return true;
}

/* Derives the head with these values, under the premises collected. */
static void conclude(struct summariser *summariser, const lineage_value *values,
                     lineage_value sender, bool certain, uint32_t exactly)
{
    const struct ded_head head = {.rule = summariser->grouping->number,
                                  .relation = summariser->grouping->head,
                                  .place = summariser->grouping->place,
                                  .suffix = summariser->grouping->suffix,
                                  .values = values,
                                  .sender = sender,
                                  .certain = certain,
                                  .exactly = exactly,
                                  .premises = summariser->premises.items,
                                  .premise_count = summariser->premises.count};
    ded_derive(summariser->engine, &head);
    summariser->premises.count = 0;
}

static uint32_t head_arity(const struct summariser *summariser)
{
    return summariser->engine->model->universe.relations.items[summariser->grouping->head].arity;
}

static lineage_value sender_of(const struct summariser *summariser, const lineage_value *values)
{
    return summariser->grouping->has_sender ? values[0] : LINEAGE_UNKNOWN;
}

/* One aggregated column over some contributions; false if it leaves 64 bits. */
static bool aggregate(const struct summariser *summariser, const struct ded_summary *summary,
                      const uint32_t *members, size_t count, lineage_value *result)
{
    struct lineage_universe *universe = &summariser->engine->model->universe;
    __int128 sum = 0;
    lineage_value best = values_of(summariser, members[0])[summary->source];
    const bool adds = summary->aggregate == DED_SUM || summary->aggregate == DED_AVG;
    for (size_t i = 0; i < count; i++) {
        const lineage_value value = values_of(summariser, members[i])[summary->source];
        if (adds) {
            sum += lineage_integer_of(universe, value);
        } else {
            const int order = lineage_value_compare(universe, value, best);
            if (summary->aggregate == DED_MIN ? order < 0 : order > 0)
                best = value;
        }
    }
    *result = best;
    if (summary->aggregate == DED_COUNT)
        *result = lineage_integer(universe, (int64_t)count);
    assert(count > 0);
    if (summary->aggregate == DED_AVG)
        sum /= (__int128)count;
    if (adds && sum >= INT64_MIN && sum <= INT64_MAX)
        *result = lineage_integer(universe, (int64_t)sum);
    return !adds || (sum >= INT64_MIN && sum <= INT64_MAX);
}

/* The node that sums up the group of a contribution, as far as it is known, for messages to people:
 * the sender, or where the head's fact lives. */
static const char *node_name(const struct summariser *summariser, uint32_t member)
{
    const struct lineage_universe *universe = &summariser->engine->model->universe;
    const struct ded_grouping *grouping = summariser->grouping;
    uint32_t node = LINEAGE_NONE;
    if (grouping->has_sender)
        node = lineage_node_of(universe, values_of(summariser, member)[0]);
    else if (grouping->summaries[0].aggregate == DED_PLAIN)
        node =
            lineage_node_of(universe, values_of(summariser, member)[grouping->summaries[0].source]);
    return node == LINEAGE_NONE ? "any node" : lineage_node_name(universe, node);
}

/* An error under the premises collected, certain or possible, in the group of a contribution. */
static void fail(struct summariser *summariser, uint32_t member, bool certain)
{
    struct ded_engine *engine = summariser->engine;
    struct lineage_execution *execution = engine->execution;
    if (certain && engine->marks_certain) {
        ded_fail(engine, summariser->grouping->place, "a sum leaves 64 bits at %s, time %u, in: %s",
                 node_name(summariser, member), engine->time,
                 engine->model->universe.rules.items[summariser->grouping->number].text);
    } else if (engine->recording) {
        const struct lineage_firing firing = {summariser->grouping->number, LINEAGE_NONE,
                                              LINEAGE_NONE, (uint32_t)execution->premises.count,
                                              LINEAGE_NONE};
        LINEAGE_PUSH(&execution->firings, firing);
        LINEAGE_PUSH(&execution->errors, (uint32_t)execution->firings.count - 1);
        for (size_t i = 0; i < summariser->premises.count; i++)
            LINEAGE_PUSH(&execution->premises, summariser->premises.items[i]);
    }
    summariser->premises.count = 0;
}

/* Derives the result of exactly these contributions. */
static void conclude_from(struct summariser *summariser, const uint32_t *members, size_t count,
                          bool certain)
{
    lineage_value values[DED_COLUMNS_MAX + 1];
    for (uint32_t i = 0; i < head_arity(summariser); i++) {
        const struct ded_summary *summary = &summariser->grouping->summaries[i];
        if (summary->aggregate == DED_PLAIN) {
            values[i] = values_of(summariser, members[0])[summary->source];
        } else if (!aggregate(summariser, summary, members, count, &values[i])) {
            fail(summariser, members[0], certain);
            return;
        }
    }
    const lineage_value sender = sender_of(summariser, values_of(summariser, members[0]));
    conclude(summariser, values, sender, certain, LINEAGE_NONE);
}

/* Derives a result that is not known, of the group that a contribution belongs to. */
static void conclude_unknown(struct summariser *summariser, uint32_t member)
{
    lineage_value values[DED_COLUMNS_MAX + 1];
    const lineage_value *key = values_of(summariser, member);
    for (uint32_t i = 0; i < head_arity(summariser); i++) {
        const struct ded_summary *summary = &summariser->grouping->summaries[i];
        values[i] = summary->aggregate == DED_PLAIN ? key[summary->source] : LINEAGE_UNKNOWN;
    }
    const lineage_value sender = sender_of(summariser, key);
    if (!summariser->engine->model->integers_are_bounded) {
        const size_t count = summariser->premises.count;
        fail(summariser, member, false);
        summariser->premises.count = count;
    }
    conclude(summariser, values, sender, false, LINEAGE_NONE);
}

/* The one aggregated column of the head, or NULL if there are several. */
static const struct ded_summary *lone_aggregate(const struct summariser *summariser)
{
    if (summariser->column_count != summariser->grouping->group_columns + 1)
        return NULL;
    const struct ded_summary *summary = summariser->grouping->summaries;
    while (summary->aggregate == DED_PLAIN)
        summary++;
    return summary;
}

/* min and max: a contribution is the result if it is present and none that is better is. That is
 * certain if the contribution is and no better one is possible. */
static void conclude_extremes(struct summariser *summariser, const struct ded_summary *summary)
{
    const struct lineage_universe *universe = &summariser->engine->model->universe;
    const facts *group = &summariser->group;
    for (size_t i = 0; i < group->count; i++) {
        const lineage_value value = values_of(summariser, group->items[i])[summary->source];
        bool beaten = false;
        summariser->premises.count = 0;
        need(summariser, LINEAGE_PRESENT, group->items[i]);
        for (size_t j = 0; j < group->count; j++) {
            const int order = lineage_value_compare(
                universe, values_of(summariser, group->items[j])[summary->source], value);
            if (summary->aggregate == DED_MIN ? order >= 0 : order <= 0)
                continue;
            beaten = beaten || is_certain(summariser, group->items[j]);
            need(summariser, LINEAGE_ABSENT_FACT, group->items[j]);
        }
        need_no_unknown(summariser);
        const bool certain =
            is_certain(summariser, group->items[i]) && summariser->premises.count == 1;
        if (!beaten && (certain || !summariser->engine->only_certain))
            conclude_from(summariser, &group->items[i], 1, certain);
    }
    summariser->premises.count = 0;
}

/* count: from as many as are certain to as many as are possible. */
static void conclude_counts(struct summariser *summariser, uint32_t certain_count)
{
    struct lineage_universe *universe = &summariser->engine->model->universe;
    const facts *group = &summariser->group;
    for (uint32_t k = certain_count > 0 ? certain_count : 1; k <= group->count; k++) {
        lineage_value values[DED_COLUMNS_MAX + 1];
        const lineage_value *key = values_of(summariser, group->items[0]);
        for (uint32_t i = 0; i < head_arity(summariser); i++) {
            const struct ded_summary *summary = &summariser->grouping->summaries[i];
            values[i] = summary->aggregate == DED_PLAIN ? key[summary->source]
                                                        : lineage_integer(universe, k);
        }
        for (size_t i = 0; i < group->count; i++)
            need(summariser, LINEAGE_PRESENT, group->items[i]);
        need_no_unknown(summariser);
        conclude(summariser, values, sender_of(summariser, key), false, k);
    }
}

/* Any aggregate: a result for each set of the uncertain contributions with all the certain ones. */
static void conclude_subsets(struct summariser *summariser, const facts *uncertain)
{
    facts members = {0};
    for (uint32_t subset = 0; subset < 1u << uncertain->count; subset++) {
        members.count = 0;
        for (size_t i = 0; i < summariser->group.count; i++)
            if (is_certain(summariser, summariser->group.items[i]))
                LINEAGE_PUSH(&members, summariser->group.items[i]);
        for (size_t i = 0; i < uncertain->count; i++) {
            if ((subset >> i & 1) != 0)
                LINEAGE_PUSH(&members, uncertain->items[i]);
            need(summariser, (subset >> i & 1) != 0 ? LINEAGE_PRESENT : LINEAGE_ABSENT_FACT,
                 uncertain->items[i]);
        }
        need_no_unknown(summariser);
        if (members.count > 0)
            conclude_from(summariser, members.items, members.count, false);
        summariser->premises.count = 0;
    }
    lineage_memory_free(members.items);
}

/* Any aggregate over many: the result of the run in view, and an unknown one if the contributions
 * differ from that run's. */
static void conclude_deviations(struct summariser *summariser, const facts *uncertain)
{
    const struct ded_engine *engine = summariser->engine;
    facts members = {0};
    for (size_t i = 0; i < summariser->group.count; i++) {
        const uint32_t fact = summariser->group.items[i];
        const bool happened =
            ded_happened(engine, engine->execution->facts.items[fact].tuple, engine->time);
        if (happened || is_certain(summariser, fact))
            LINEAGE_PUSH(&members, fact);
    }
    for (size_t i = 0; i < uncertain->count; i++) {
        bool is_member = false;
        for (size_t j = 0; j < members.count; j++)
            is_member = is_member || members.items[j] == uncertain->items[i];
        need(summariser, is_member ? LINEAGE_ABSENT_FACT : LINEAGE_PRESENT, uncertain->items[i]);
        conclude_unknown(summariser, uncertain->items[i]);
    }
    for (size_t i = 0; i < members.count; i++)
        need(summariser, LINEAGE_PRESENT, members.items[i]);
    for (size_t i = 0; i < uncertain->count; i++) {
        bool is_member = false;
        for (size_t j = 0; j < members.count; j++)
            is_member = is_member || members.items[j] == uncertain->items[i];
        if (!is_member)
            need(summariser, LINEAGE_ABSENT_FACT, uncertain->items[i]);
    }
    need_no_unknown(summariser);
    if (members.count > 0)
        conclude_from(summariser, members.items, members.count, false);
    summariser->premises.count = 0;
    lineage_memory_free(members.items);
}

static void conclude_unsettled(struct summariser *summariser, const struct ded_summary *lone)
{
    facts uncertain = {0};
    for (size_t i = 0; i < summariser->group.count; i++)
        if (!is_certain(summariser, summariser->group.items[i]))
            LINEAGE_PUSH(&uncertain, summariser->group.items[i]);
    const uint32_t certain_count = (uint32_t)(summariser->group.count - uncertain.count);
    if (lone != NULL && lone->aggregate == DED_COUNT && uncertain.count <= COUNTED_MAX)
        conclude_counts(summariser, certain_count);
    else if (uncertain.count <= SUBSETS_OF_MAX)
        conclude_subsets(summariser, &uncertain);
    else
        conclude_deviations(summariser, &uncertain);
    lineage_memory_free(uncertain.items);
}

static void conclude_group(struct summariser *summariser)
{
    const facts *group = &summariser->group;
    const struct ded_summary *lone = lone_aggregate(summariser);
    if (is_settled(summariser)) {
        for (size_t i = 0; i < group->count; i++)
            need(summariser, LINEAGE_PRESENT, group->items[i]);
        conclude_from(summariser, group->items, group->count, true);
    } else if (lone != NULL && (lone->aggregate == DED_MIN || lone->aggregate == DED_MAX)) {
        conclude_extremes(summariser, lone);
    } else if (!summariser->engine->only_certain) {
        conclude_unsettled(summariser, lone);
    }
}

/* Facts in the order of their groups' values; within a group as they were derived. */
struct sorted {
    uint32_t fact, position;
    const lineage_value *values;
    uint32_t group_columns;
};

static int compare_groups(const struct sorted *left, const struct sorted *right)
{
    for (uint32_t i = 0; i < left->group_columns; i++)
        if (left->values[i] != right->values[i])
            return left->values[i] < right->values[i] ? -1 : 1;
    return 0;
}

static int compare_sorted(const void *left, const void *right)
{
    const struct sorted *l = left, *r = right;
    const int order = compare_groups(l, r);
    return order != 0 ? order : l->position < r->position ? -1 : 1;
}

/* The contributions without unknown columns, sorted by group; those with one go to `unknown`. */
static struct sorted *sort_contributions(struct summariser *summariser,
                                         const struct ded_table *table, size_t *count)
{
    struct sorted *sorted = lineage_memory_clear((table->facts.count + 1) * sizeof *sorted);
    *count = 0;
    for (uint32_t i = 0; i < table->facts.count; i++) {
        const uint32_t fact = table->facts.items[i];
        if (table->unknown_count > 0 &&
            lineage_tuple_is_abstract(&summariser->engine->model->universe, table->tuples.items[i]))
            LINEAGE_PUSH(&summariser->unknown, fact);
        else
            sorted[(*count)++] = (struct sorted){fact, i, values_of(summariser, fact),
                                                 summariser->grouping->group_columns};
    }
    if (*count > 1)
        qsort(sorted, *count, sizeof *sorted, compare_sorted);
    return sorted;
}

void ded_summarise(struct ded_engine *engine, const struct ded_grouping *grouping)
{
    const struct ded_table *table = &engine->tables[grouping->contributions];
    struct summariser summariser = {
        .engine = engine,
        .grouping = grouping,
        .column_count = engine->model->universe.relations.items[grouping->contributions].arity};
    size_t count;
    if (table->facts.count == 0)
        return;
    struct sorted *sorted = sort_contributions(&summariser, table, &count);
    uint32_t *ordered = lineage_memory_clear((count + 1) * sizeof *ordered);
    uint32_t *starts = lineage_memory_clear((count + 2) * sizeof *starts);
    size_t group_count = 0;
    for (size_t i = 0; i < count; i++) {
        ordered[i] = sorted[i].fact;
        if (i == 0 || compare_groups(&sorted[i - 1], &sorted[i]) != 0)
            starts[group_count++] = (uint32_t)i;
    }
    starts[group_count] = (uint32_t)count;
    /* The values in `sorted` move when a result makes a new tuple: not used any more. */
    for (size_t i = 0; i < group_count && engine->outcome == DED_OK; i++) {
        summariser.group.items = ordered + starts[i];
        summariser.group.count = starts[i + 1] - starts[i];
        conclude_group(&summariser);
    }
    for (size_t i = 0; i < summariser.unknown.count && !engine->only_certain; i++) {
        need(&summariser, LINEAGE_PRESENT, summariser.unknown.items[i]);
        conclude_unknown(&summariser, summariser.unknown.items[i]);
    }
    lineage_memory_free(sorted);
    lineage_memory_free(ordered);
    lineage_memory_free(starts);
    lineage_memory_free(summariser.unknown.items);
    lineage_memory_free(summariser.premises.items);
}
