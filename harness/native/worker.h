/* A worker: a process with a protocol's module in it, which runs schedules, one after the other.
 * Whatever the protocol does there - crash, loop, leak, write wild - ldfi goes on, and says what
 * it was. */
#ifndef LDFI_NATIVE_WORKER_H
#define LDFI_NATIVE_WORKER_H

#include "simulator.h"

enum {
    NATIVE_REQUEST_WORDS = 1 << 20,
    NATIVE_TRACE_WORDS = 1 << 24,
};
#define NATIVE_REGION_BYTES ((size_t)1 << 30)

/* What both processes see. */
struct native_shared {
    struct native_status status;
    uint32_t is_opaque;     /* the protocol keeps state elsewhere */
    uint32_t is_shaken;     /* wanted: what is no protocol's business is not what it was */
    uint32_t checks_memory; /* wanted: after each call, has memory been leaked? */
    uint64_t request_words;
    uint64_t request[NATIVE_REQUEST_WORDS];
    uint64_t trace[NATIVE_TRACE_WORDS];
};

struct native_worker {
    struct native_shared *shared;
    int process;              /* 0: none */
    int socket;               /* or -1 */
    struct native_here *here; /* the module runs in this process; NULL: it does not */
};

enum native_reply {
    NATIVE_REPLIED,     /* see the status */
    NATIVE_INTERRUPTED, /* the caller was told to stop; the worker is gone */
    NATIVE_BROKEN,      /* the machine has no more processes or memory; or the module cannot be
                         * loaded: the status says why */
};

/* Makes the memory; no process yet. False: there is no more memory. */
bool native_worker_open(struct native_worker *worker);
void native_worker_close(struct native_worker *worker);

/* Runs the request in `shared->request`; starts a process with the module first, if there is none.
 * `ask` is asked now and then, and stops it where it answers yes. */
enum native_reply native_worker_run(struct native_worker *worker, const char *path,
                                    bool (*ask)(void *context), void *context);

/* Ends the process; the next one is another. In one that is shaken time and addresses are not what
 * they would be. */
void native_worker_renew(struct native_worker *worker, bool is_shaken);

/* What time() says in this process, from now on. */
void native_clock_shift(int64_t seconds);

/* Has requests run in this process from now on, of which there is one such worker: for debuggers
 * and benchmarks. What a protocol does to the process it does to ldfi. False: the module cannot be
 * loaded; the status says why. */
bool native_worker_settle_here(struct native_worker *worker, const char *path);

/* A debugger stops here, before the handler that a node is called with at a time. */
void native_at_handler(uint32_t node, uint32_t time, const void *handler);

#endif
