/* A run: the trace of one, read and checked, in the words of the scenario's universe. */
#ifndef LDFI_NATIVE_RUN_H
#define LDFI_NATIVE_RUN_H

#include "../../lineage/diagnostic.h"
#include "../../lineage/execution.h"
#include "trace.h"

/* A key of a node's table, ever looked at. */
struct native_run_slot {
    uint32_t node, relation;
    uint32_t first_value, count; /* the key, in `values` */
};

/* A message. */
struct native_run_message {
    uint32_t from, to, sent_time;
    uint32_t part; /* that sent it; LINEAGE_NONE: of a state that the run went on from */
    uint32_t site;
    lineage_tuple tuple;
    bool is_lost;
};

/* A call of a handler. */
struct native_run_call {
    enum native_call call;
    uint32_t time, node, why;
    uint32_t first_part, part_count;
};

/* A part of a call: what it did from one ldfi_scope to the next. */
struct native_run_part {
    uint32_t call, first_operation, operation_count;
};

/* What a part read or did. */
struct native_run_operation {
    enum native_operation operation;
    uint32_t number; /* of the slot; the message; for NATIVE_ASK: the node */
    uint32_t site;
    bool has_crashed;
    /* Of a put: the row; of a claim: the row of `pre` or `post`. Of a read: what was there, or
     * LINEAGE_NONE. */
    lineage_tuple tuple;
};

/* What a name stands for; an input may be of any. */
enum native_role { NATIVE_ROLE_UNKNOWN, NATIVE_ROLE_TABLE, NATIVE_ROLE_MESSAGE };

struct native_run {
    uint32_t first_time, last_time, eot; /* filled in by whoever reads it */
    LINEAGE_ARRAY(struct native_run_slot) slots;
    LINEAGE_ARRAY(lineage_value) values;
    LINEAGE_ARRAY(struct native_run_message) messages;
    LINEAGE_ARRAY(struct native_run_call) calls;
    LINEAGE_ARRAY(struct native_run_part) parts;
    LINEAGE_ARRAY(struct native_run_operation) operations;
    /* By slot: the row at the end, or LINEAGE_NONE. While reading: the row by then. */
    lineage_tuples rows;
    /* In the order in which the state lists them: slots with rows. */
    LINEAGE_ARRAY(uint32_t) state;

    uint32_t misuse_site; /* after NATIVE_READ_MISUSE: where, or 0 */

    /* Private. */
    LINEAGE_ARRAY(lineage_value) strings;
    LINEAGE_ARRAY(uint8_t) roles; /* by relation: enum native_role, in this run or one before */
};

/* An input: a message from outside. */
struct native_input {
    lineage_tuple tuple; /* node, fields */
    uint32_t node, time;
    struct lineage_place place;
};

/* What a run's numbers mean. */
struct native_names {
    struct lineage_universe *universe;
    const struct native_input *inputs; /* by number */
    size_t input_count;
};

/* Reads a trace of the run's times, up to where it ends, in whatever way. `schedule` says which
 * messages are lost.
 * If it cannot be, `why`, of NATIVE_WHY_BYTES, says what is wrong; what was read stays.
 * `run` is zeroed or has been read; free it with native_run_free. */
enum { NATIVE_WHY_BYTES = 300 };
enum native_reading {
    NATIVE_READ_WHOLE,
    NATIVE_READ_MISUSE, /* one name for two things */
    NATIVE_READ_GARBLED,
};
enum native_reading native_run_read(struct native_run *run, const struct native_names *names,
                                    const uint64_t *trace, size_t words,
                                    const struct lineage_schedule *schedule, char *why);
void native_run_free(struct native_run *run);

#endif
