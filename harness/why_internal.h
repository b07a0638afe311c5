/* What the files why*.c share. */
#ifndef LDFI_HARNESS_WHY_INTERNAL_H
#define LDFI_HARNESS_WHY_INTERNAL_H

#include "why.h"

/* A new node below another (NULL: none). */
struct harness_why *harness_why_add(struct harness_explainer *explainer, struct harness_why *above,
                                    enum harness_why_kind kind);

/* A node about a tuple or pattern at a time. */
struct harness_why *harness_why_about(struct harness_explainer *explainer,
                                      struct harness_why *above, enum harness_why_kind kind,
                                      lineage_tuple tuple, uint32_t time);

/* A sentence below a node; in the arena, or constant. */
void harness_why_remark(struct harness_explainer *explainer, struct harness_why *above,
                        const char *text);

/* Tells the proof of a fact of the run below a node; `depth` facts are above it. */
struct harness_why *harness_why_proof(struct harness_explainer *explainer,
                                      struct harness_why *above, uint32_t fact, size_t depth);

/* The same, but where absences are followed a fact that the run without faults has, too, is only
 * named: it makes no difference. */
void harness_why_fact(struct harness_explainer *explainer, struct harness_why *above, uint32_t fact,
                      size_t depth);

/* Explains what is missing below a node. */
struct harness_why *harness_why_missing(struct harness_explainer *explainer,
                                        struct harness_why *above, lineage_tuple pattern,
                                        uint32_t time, size_t depth);

/* The fact of the run without faults that is like the pattern, with the lightest proof; or
 * LINEAGE_NONE. */
uint32_t harness_why_good(const struct harness_explainer *explainer, lineage_tuple pattern,
                          uint32_t time);

/* Does the tuple's relation hold an executor's intermediate results? */
static inline bool harness_is_internal(const struct harness_explainer *explainer,
                                       lineage_tuple tuple)
{
    const struct lineage_universe *universe = explainer->evidence->universe;
    return universe->relations.items[lineage_tuple_relation(universe, tuple)].internal;
}

#endif
