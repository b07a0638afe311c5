/* Debugging a protocol in C: one schedule under gdb, stopped at the call of a handler. */
#ifndef LDFI_HARNESS_DEBUG_H
#define LDFI_HARNESS_DEBUG_H

#include "../lineage/execution.h"
#include "executor.h"

/* A call of a handler: the node, and the time step. */
struct harness_breakpoint {
    uint32_t node, time; /* node LINEAGE_NONE: there is none in particular */
    const char *file;    /* the line of it that matters; NULL: its begin */
    uint32_t line;
};

/* The call with which a run parts from the one without faults, as its explanation has it: that
 * whose message was lost, or that does what no call does there; of a handler that fails, that call.
 * Runs both. */
enum harness_outcome harness_find_stop(struct harness_executor *executor,
                                       const struct lineage_schedule *schedule,
                                       enum lineage_oracle oracle, struct harness_breakpoint *stop);

/* Runs gdb (or what the environment variable GDB names), which runs this program with the words of
 * `argv`, but for those marked in `left_out`, and its protocol in the same process, up to the call
 * `stop`: `function` is called before every handler, with its node, time and address. False: it
 * cannot be run. */
bool harness_debug(char **argv, const bool *left_out, const char *function,
                   struct harness_breakpoint stop);

#endif
