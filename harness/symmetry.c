#include "symmetry.h"

#include <string.h>

enum { PERMUTATIONS_MAX = 24 };

static void find_classes(struct harness_symmetry *symmetry, const struct harness_executor *executor,
                         const struct lineage_bounds *bounds)
{
    for (uint32_t node = 0; node < symmetry->node_count; node++) {
        symmetry->class_of[node] = node;
        for (uint32_t first = 0; first < node; first++) {
            struct lineage_place place;
            const char *why;
            if (symmetry->class_of[first] != first ||
                bounds->immune[first] != bounds->immune[node] ||
                !executor->alike(executor, first, node, &place, &why))
                continue;
            symmetry->class_of[node] = first;
            break;
        }
    }
}

/* How many ways there are to permute nodes within their classes; more than the most that count
 * come out as one more. */
static size_t count_ways(const struct harness_symmetry *symmetry)
{
    size_t ways = 1;
    for (uint32_t node = 0; node < symmetry->node_count; node++) {
        size_t rank = 1; /* in its class */
        for (uint32_t other = 0; other < node; other++)
            rank += symmetry->class_of[other] == symmetry->class_of[node];
        ways = ways * rank > PERMUTATIONS_MAX ? PERMUTATIONS_MAX + 1 : ways * rank;
    }
    return ways;
}

static void add(struct harness_symmetry *symmetry, const uint32_t *permutation)
{
    memcpy(symmetry->permutations + symmetry->count++ * symmetry->node_count, permutation,
           symmetry->node_count * sizeof *permutation);
}

static void exchange(uint32_t *permutation, uint32_t left, uint32_t right)
{
    const uint32_t between = permutation[left];
    permutation[left] = permutation[right];
    permutation[right] = between;
}

/* Every way that leaves the nodes before `node` where they are now. */
static void add_ways(struct harness_symmetry *symmetry, uint32_t *permutation, uint32_t node)
{
    if (node == symmetry->node_count) {
        bool is_identity = true;
        for (uint32_t i = 0; i < node; i++)
            is_identity = is_identity && permutation[i] == i;
        if (!is_identity)
            add(symmetry, permutation);
        return;
    }
    for (uint32_t other = node; other < symmetry->node_count; other++) {
        if (symmetry->class_of[other] != symmetry->class_of[node])
            continue;
        exchange(permutation, node, other);
        add_ways(symmetry, permutation, node + 1);
        exchange(permutation, node, other);
    }
}

static void add_exchanges(struct harness_symmetry *symmetry, uint32_t *permutation)
{
    for (uint32_t node = 0; node < symmetry->node_count; node++)
        for (uint32_t other = node + 1; other < symmetry->node_count; other++) {
            if (symmetry->class_of[other] != symmetry->class_of[node])
                continue;
            exchange(permutation, node, other);
            add(symmetry, permutation);
            exchange(permutation, node, other);
        }
}

void harness_symmetry_find(struct harness_symmetry *symmetry,
                           const struct harness_executor *executor,
                           const struct lineage_bounds *bounds)
{
    const size_t nodes = executor->universe->nodes.count;
    *symmetry = (struct harness_symmetry){.node_count = nodes};
    symmetry->class_of = lineage_memory_clear((nodes + 1) * sizeof *symmetry->class_of);
    find_classes(symmetry, executor, bounds);
    const size_t ways = count_ways(symmetry);
    const size_t most = ways <= PERMUTATIONS_MAX ? ways : nodes * nodes;
    symmetry->permutations =
        lineage_memory_clear((most * nodes + 1) * sizeof *symmetry->permutations);
    uint32_t *permutation = lineage_memory_clear((nodes + 1) * sizeof *permutation);
    for (uint32_t node = 0; node < nodes; node++)
        permutation[node] = node;
    if (ways <= PERMUTATIONS_MAX)
        add_ways(symmetry, permutation, 0);
    else
        add_exchanges(symmetry, permutation);
    lineage_memory_free(permutation);
}

void harness_symmetry_free(struct harness_symmetry *symmetry)
{
    lineage_memory_free(symmetry->class_of);
    lineage_memory_free(symmetry->permutations);
    *symmetry = (struct harness_symmetry){.node_count = 0};
}

static uint32_t node_of(const struct harness_executor *executor, const char *name)
{
    uint32_t node = 0;
    while (strcmp(lineage_node_name(executor->universe, node), name) != 0)
        node++;
    return node;
}

bool harness_symmetry_check(const struct harness_scenario *scenario,
                            const struct harness_executor *executor,
                            struct lineage_diagnostics *diagnostics)
{
    const size_t errors = diagnostics->error_count;
    const struct lineage_bounds bounds = harness_scenario_bounds(scenario);
    for (size_t i = 0; i < scenario->alike.count; i++)
        for (size_t j = 1; j < scenario->alike.items[i].count; j++) {
            const char *const *names = scenario->alike.items[i].items;
            const uint32_t first = node_of(executor, names[0]), other = node_of(executor, names[j]);
            struct lineage_place place = scenario->given.alike;
            const char *why = "one of them is immune";
            if (bounds.immune[first] != bounds.immune[other] ||
                !executor->alike(executor, first, other, &place, &why))
                lineage_error(diagnostics, scenario->given.alike,
                              "%s and %s are not alike: %s (%s)", names[0], names[j], why,
                              lineage_place_text(&diagnostics->arena, place));
        }
    lineage_memory_free(bounds.immune);
    return diagnostics->error_count == errors;
}
