/* Faults and bounds of two answers, as their JSON has them: two versions share no universe. */
#include "compare.h"

#include "json.h"

#include <stdint.h>
#include <string.h>

/* ---- faults ---- */

static bool have_common(const cJSON *left, const cJSON *right)
{
    const cJSON *l, *r;
    cJSON_ArrayForEach(l, left)
    {
        cJSON_ArrayForEach(r, right)
        {
            if (cJSON_Compare(l, r, true))
                return true;
        }
    }
    return false;
}

/* Does the crash happen in the other schedule, at a time that makes no difference? */
static bool has_crash(const cJSON *crashes, const cJSON *crash)
{
    const cJSON *other;
    cJSON_ArrayForEach(other, crashes)
    {
        if (harness_json_is(other, "node", harness_json_text(crash, "node")))
            return have_common(harness_json_get(other, "times"), harness_json_get(crash, "times"));
    }
    return false;
}

/* Is that value among those of the list? */
static bool has_item(const cJSON *list, const cJSON *wanted)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_Compare(item, wanted, true))
            return true;
    }
    return false;
}

static bool has_all(const cJSON *list, const cJSON *wanted)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, wanted)
    {
        if (!has_item(list, item))
            return false;
    }
    return true;
}

static size_t count_faults(const cJSON *counterexample)
{
    return (size_t)cJSON_GetArraySize(harness_json_get(counterexample, "omissions")) +
           (size_t)cJSON_GetArraySize(harness_json_get(counterexample, "crashes"));
}

/* Is every fault of `small` in `large`, but for times that make no difference? */
static bool is_within_faults(const cJSON *small, const cJSON *large)
{
    const cJSON *crash;
    cJSON_ArrayForEach(crash, harness_json_get(small, "crashes"))
    {
        if (!has_crash(harness_json_get(large, "crashes"), crash))
            return false;
    }
    return has_all(harness_json_get(large, "omissions"), harness_json_get(small, "omissions"));
}

const cJSON *harness_compare_find_faults(const cJSON *answer, const cJSON *wanted)
{
    const cJSON *found;
    cJSON_ArrayForEach(found, harness_json_get(answer, "counterexamples"))
    {
        if (count_faults(found) == count_faults(wanted) && is_within_faults(wanted, found))
            return found;
    }
    return NULL;
}

static const cJSON *promises_of(const cJSON *counterexample)
{
    return harness_json_get(harness_json_get(counterexample, "shape"), "promises");
}

bool harness_compare_fewer(const cJSON *old, const cJSON *found, struct harness_fewer *fewer)
{
    const size_t count = count_faults(found);
    const cJSON *other;
    *fewer = (struct harness_fewer){.needed = SIZE_MAX, .is_stood = true};
    cJSON_ArrayForEach(other, harness_json_get(old, "counterexamples"))
    {
        const size_t size = count_faults(other);
        if (size < fewer->needed && has_all(promises_of(other), promises_of(found)))
            fewer->needed = size;
        if (fewer->larger == NULL && count < size && is_within_faults(found, other))
            fewer->larger = other;
        if (is_within_faults(other, found))
            fewer->is_stood = false;
    }
    fewer->is_smaller = fewer->needed != SIZE_MAX && count < fewer->needed;
    return fewer->is_smaller || fewer->larger != NULL;
}

/* ---- bounds ---- */

/* Null omissions are unbounded. */
static bool allows_omissions(const cJSON *bounds, double count)
{
    const cJSON *most = harness_json_get(bounds, "omissions");
    return !cJSON_IsNumber(most) || count <= most->valuedouble;
}

static bool allows_omission(const cJSON *answer, const cJSON *omission)
{
    const cJSON *bounds = harness_json_get(answer, "bounds");
    const cJSON *nodes = harness_json_get(answer, "nodes");
    const cJSON *from = harness_json_get(omission, "from");
    return harness_json_number(omission, "time") < harness_json_number(bounds, "eff") &&
           has_item(nodes, from) && has_item(nodes, harness_json_get(omission, "to")) &&
           !has_item(harness_json_get(bounds, "immune"), from);
}

static bool allows_crash(const cJSON *answer, const cJSON *crash)
{
    const cJSON *bounds = harness_json_get(answer, "bounds"), *time;
    const cJSON *node = harness_json_get(crash, "node");
    if (!has_item(harness_json_get(answer, "nodes"), node) ||
        has_item(harness_json_get(bounds, "immune"), node))
        return false;
    cJSON_ArrayForEach(time, harness_json_get(crash, "times"))
    {
        if (time->valuedouble <= harness_json_number(bounds, "eot"))
            return true;
    }
    return false;
}

bool harness_compare_allows(const cJSON *answer, const cJSON *counterexample)
{
    const cJSON *bounds = harness_json_get(answer, "bounds"), *fault;
    const cJSON *omissions = harness_json_get(counterexample, "omissions");
    const cJSON *crashes = harness_json_get(counterexample, "crashes");
    if (!allows_omissions(bounds, cJSON_GetArraySize(omissions)) ||
        cJSON_GetArraySize(crashes) > harness_json_number(bounds, "crashes"))
        return false;
    cJSON_ArrayForEach(fault, omissions)
    {
        if (!allows_omission(answer, fault))
            return false;
    }
    cJSON_ArrayForEach(fault, crashes)
    {
        if (!allows_crash(answer, fault))
            return false;
    }
    return true;
}

bool harness_compare_covers(const cJSON *wide, const cJSON *narrow)
{
    return harness_json_number(wide, "eot") >= harness_json_number(narrow, "eot") &&
           harness_json_number(wide, "eff") >= harness_json_number(narrow, "eff");
}

bool harness_compare_includes(const cJSON *wide, const cJSON *narrow)
{
    const cJSON *omissions = harness_json_get(narrow, "omissions");
    const bool has_omissions = cJSON_IsNumber(omissions)
                                   ? allows_omissions(wide, omissions->valuedouble)
                                   : !cJSON_IsNumber(harness_json_get(wide, "omissions"));
    return has_omissions &&
           harness_json_number(wide, "crashes") >= harness_json_number(narrow, "crashes") &&
           has_all(harness_json_get(narrow, "immune"), harness_json_get(wide, "immune"));
}

bool harness_compare_is_immune_same(const cJSON *left, const cJSON *right)
{
    const cJSON *l = harness_json_get(left, "immune"), *r = harness_json_get(right, "immune");
    return has_all(l, r) && has_all(r, l);
}

const char *harness_compare_bounds_text(struct lineage_arena *arena, const cJSON *bounds,
                                        bool with_immune)
{
    const cJSON *omissions = harness_json_get(bounds, "omissions");
    const cJSON *immune = harness_json_get(bounds, "immune"), *node;
    const char *text = lineage_arena_format(
        arena, "EOT %.0f, EFF %.0f, crashes %.0f", harness_json_number(bounds, "eot"),
        harness_json_number(bounds, "eff"), harness_json_number(bounds, "crashes"));
    if (cJSON_IsNumber(omissions))
        text = lineage_arena_format(arena, "%s, omissions %.0f", text, omissions->valuedouble);
    if (!with_immune)
        return text;
    text = lineage_arena_format(arena, "%s, %s", text,
                                cJSON_GetArraySize(immune) == 0 ? "none immune" : "immune");
    cJSON_ArrayForEach(node, immune)
    {
        text = lineage_arena_format(arena, "%s %s", text, node->valuestring);
    }
    return text;
}
