/* A run as an execution (lineage/execution.h), and what could happen beside it. */
#ifndef LDFI_NATIVE_RECORD_H
#define LDFI_NATIVE_RECORD_H

#include "run.h"

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
    uint32_t stays; /* the rule by which a row stays what it is */
    uint32_t fails; /* the rule by which the last call of a run ends it */
};

/* Fills in an execution, which has been created. `failed`: the tuple that says that the last call
 * of the run did not end well, which holds at the end of time; or LINEAGE_NONE. */
void native_record(const struct native_run *run, const struct native_names *names,
                   const struct native_rules *rules, const struct lineage_schedule *schedule,
                   enum native_extent extent, lineage_tuple failed,
                   struct lineage_execution *execution);

/* Fills in an envelope (envelope.c), which has been created, of a run under a schedule. False: it
 * has more than `firings_max` firings. */
bool native_envelope(const struct native_run *run, const struct lineage_schedule *schedule,
                     const struct lineage_bounds *bounds, bool is_opaque, size_t firings_max,
                     struct lineage_execution *envelope);

#endif
