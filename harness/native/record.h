/* A run as an execution (lineage/execution.h), and what could happen beside it. */
#ifndef LDFI_NATIVE_RECORD_H
#define LDFI_NATIVE_RECORD_H

#include "run.h"

/* What an opaque protocol's node keeps to itself: a fact for each call, which rests on it and on
 * the one before. No table can be named so. */
#define NATIVE_KEPT "kept so far"

/* How much of an execution is wanted. */
enum native_extent {
    NATIVE_OUTCOME, /* messages, pre and post */
    NATIVE_FACTS,   /* all facts, too */
    NATIVE_FIRINGS, /* and all firings */
};

/* The rule that a place in the module, which derives facts, is. */
typedef uint32_t native_rule_of(void *context, uint32_t site, enum native_operation operation);

struct native_rules {
    native_rule_of *rule_of;
    void *context;
    uint32_t runs_out; /* the rule by which a timer is not set any more */
    uint32_t keeps;    /* by which a node keeps to itself what it has been called with */
    uint32_t stays;    /* the rule by which a row stays what it is */
    uint32_t fails;    /* the rule by which the last call of a run ends it */
};

/* Fills in an execution, which has been created. `is_opaque`: calls depend on earlier ones at their
 * node, through facts of the relation NATIVE_KEPT. `failed`: the tuple that says that the last call
 * of the run did not end well, which holds at the end of time; or LINEAGE_NONE. */
void native_record(const struct native_run *run, const struct native_names *names,
                   const struct native_rules *rules, const struct lineage_schedule *schedule,
                   enum native_extent extent, bool is_opaque, lineage_tuple failed,
                   struct lineage_execution *execution);

/* Fills in an envelope (envelope.c), which has been created, of a run under a schedule. False: it
 * has more than `firings_max` firings. */
bool native_envelope(const struct native_run *run, const struct lineage_schedule *schedule,
                     const struct lineage_bounds *bounds, bool is_opaque, size_t firings_max,
                     struct lineage_execution *envelope);

#endif
