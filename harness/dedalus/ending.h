/* What states have come to: executions whose faults are all behind them and that reach a state in
 * which an earlier one was, end as that did. */
#ifndef LDFI_DEDALUS_ENDING_H
#define LDFI_DEDALUS_ENDING_H

#include "engine.h"

/* How one execution ended. */
struct ded_tail {
    struct lineage_schedule schedule;
    /* By node * (eot + 1) + time: the last time at which some rule read that this node crashes at
     * this time and not just that it crashes, or would have; 0: none did while it was noted. */
    uint32_t *last_read;
    LINEAGE_ARRAY(lineage_tuple) tuples; /* of pre and post at the end of time */
};

/* The state before the step at `time`: the facts that go into it, those that rules will read by
 * absolute time, and which nodes have crashed. */
struct ded_ending {
    uint32_t time;
    uint64_t hash;
    /* In the endings' tuples; behind them, for each absolute whose time has come, how many tuples
     * it has, and these. */
    size_t first_tuple, tuple_count, absolute_count;
    uint32_t tail; /* LINEAGE_NONE: not yet known */
};

/* Zeroed is empty. */
struct ded_endings {
    LINEAGE_ARRAY(struct ded_ending) items;
    LINEAGE_ARRAY(struct ded_tail) tails;
    LINEAGE_ARRAY(lineage_tuple) tuples;
    LINEAGE_ARRAY(lineage_tuple) absolutes; /* of the state at hand */
    uint32_t *slots;                        /* hash table of the items */
    size_t slot_count;
    size_t first_open; /* items from here on are states of the execution at work */
    uint32_t *last_read;
};

void ded_endings_free(struct ded_endings *endings);

/* Begins to note the states of an execution all of whose faults are behind it. */
void ded_endings_begin(struct ded_endings *endings, const struct ded_engine *engine);

/* Before a step: the tail that the state leads to, or LINEAGE_NONE; the state is noted then. */
uint32_t ded_endings_meet(struct ded_endings *endings, const struct ded_engine *engine);

/* After a step that was not the last of an execution that ends otherwise. */
void ded_endings_watch(struct ded_endings *endings, struct ded_engine *engine);

/* The execution has ended well, by itself (`tail` LINEAGE_NONE: pre and post are in its tables) or
 * by that tail, whose pre and post it then takes over. */
void ded_endings_end(struct ded_endings *endings, struct ded_engine *engine, uint32_t tail);

/* It has ended otherwise: its states are forgotten. */
void ded_endings_abandon(struct ded_endings *endings);

#endif
