/* What the simulator is asked to do, in the words of the trace (trace.h). */
#ifndef LDFI_NATIVE_REQUEST_H
#define LDFI_NATIVE_REQUEST_H

#include "run.h"

/* A request under construction. */
struct native_request {
    struct native_words words;
    const struct native_names *names;
    LINEAGE_ARRAY(uint32_t) numbers; /* by value: of its string, or LINEAGE_NONE */
    LINEAGE_ARRAY(lineage_value) strings;
};

/* Begins a request in `count` words: the nodes and the inputs. */
void native_request_begin(struct native_request *request, const struct native_names *names,
                          uint64_t *words, size_t count);
void native_request_free(struct native_request *request);

/* Faults; those before and at this time step are all that it is to know. */
void native_request_faults(struct native_request *request, const struct lineage_schedule *schedule);

/* A state to go on from, as native_state_write has it; the next word is moved behind it. */
void native_request_state(struct native_request *request, const uint32_t *state, size_t count);

/* Ends it: what is to be run. False: it is too long. */
bool native_request_end(struct native_request *request, uint32_t first, uint32_t last, uint32_t eot,
                        bool wants_state, size_t *words);

/* The state at the end of a run that wanted it, as words: rows, and the messages that are under
 * way, but for those marked in `is_lost` (by message; may be NULL) and those to nodes that have
 * crashed. Equal states have equal words. Adds to `words`. */
typedef LINEAGE_ARRAY(uint32_t) native_state;
void native_state_write(const struct native_run *run, const struct native_names *names,
                        const bool *is_lost, const struct lineage_schedule *schedule,
                        native_state *words);

#endif
