/* Nodes that are alike, and what that saves: schedules that come to the same by another name for a
 * node behave the same. */
#ifndef LDFI_HARNESS_SYMMETRY_H
#define LDFI_HARNESS_SYMMETRY_H

#include "executor.h"
#include "scenario.h"

struct harness_symmetry {
    size_t node_count;
    uint32_t *class_of; /* by node: the first node that it is like */
    /* Ways to exchange nodes within the classes, the identity aside: `count` arrays of node_count
     * nodes, one behind the other. All ways if they are few; else only those that exchange two. */
    uint32_t *permutations;
    size_t count;
};

/* Nodes are alike when the executor says so and both are immune or neither is. Free the result with
 * harness_symmetry_free. */
void harness_symmetry_find(struct harness_symmetry *symmetry,
                           const struct harness_executor *executor,
                           const struct lineage_bounds *bounds);
void harness_symmetry_free(struct harness_symmetry *symmetry);

static inline const uint32_t *harness_permutation(const struct harness_symmetry *symmetry,
                                                  size_t number)
{
    return symmetry->permutations + number * symmetry->node_count;
}

/* Checks that nodes that the scenario declares alike are. False with errors reported. */
bool harness_symmetry_check(const struct harness_scenario *scenario,
                            const struct harness_executor *executor,
                            struct lineage_diagnostics *diagnostics);

#endif
