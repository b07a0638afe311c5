/* The simulator: runs a protocol's handlers under a schedule of faults, deterministically, and
 * writes a trace of what each call read and did. It lives in a worker's process (worker.h) and
 * takes memory from a region of its own, which each run starts anew: nothing that a handler leaks
 * or a run leaves can reach the next one. */
#ifndef LDFI_NATIVE_SIMULATOR_H
#define LDFI_NATIVE_SIMULATOR_H

#include "trace.h"

#include <setjmp.h>

enum {
    NATIVE_OPERATIONS_MAX = 1000000, /* of a handler call: it loops, if it goes on */
    NATIVE_TEXT_BYTES = 1024,
    NATIVE_SEGMENTS_MAX = 16,
};

/* Memory that is given out bit by bit and taken back as a whole. */
struct native_region {
    char *start, *at, *end;
};

struct native_string {
    uint32_t number, hash;
    struct native_string *next;
    char text[];
};

/* A key of a table: it has a value, or it has been looked at or had one. */
struct native_slot {
    uint32_t number;
    struct ldfi_tuple key;
    const struct ldfi_row *row; /* NULL: it has no value */
    bool is_looked_at;          /* of a timer: it would have run out now */
};

struct native_table {
    const char *name;              /* interned */
    const char *asked;             /* where the name stood when it was last asked for */
    size_t key_count, value_count; /* value_count SIZE_MAX: nothing was put yet */
    struct native_slot **slots;    /* in the order of their keys */
    size_t count, capacity;
    struct native_table *next;
};

/* What waits to be handled. */
struct native_event {
    struct ldfi_message message;
    enum native_call call; /* NATIVE_MESSAGE or NATIVE_TAKE */
    uint32_t from, number; /* of the message sent, or of the input */
    struct native_event *next;
};

struct ldfi_node {
    struct native_simulator *simulator;
    uint32_t number; /* NATIVE_NOBODY: the observer */
    const char *name;
    struct native_table *tables, **last_table;
    struct native_event *inbox, *outbox; /* outbox: what arrives in the next step */
    struct native_event **inbox_end, **outbox_end;
    uint32_t crash_time; /* UINT32_MAX: never */
    void *state;
    char *segments[NATIVE_SEGMENTS_MAX]; /* of an opaque protocol: this node's copies, or NULL */
};

/* An omission of the schedule. */
struct native_omission {
    uint32_t time, from, to;
};

/* A timer that was set to run out at `time`, and then otherwise. */
struct native_look {
    struct native_slot *slot;
    uint32_t node, time;
    struct native_look *next;
};

/* What is going on, for whoever finds the process dead. It lies in shared memory. */
struct native_status {
    uint32_t outcome; /* enum native_outcome */
    uint32_t call, node, time;
    uint32_t site;  /* of an error: where, as an offset in the module; 0: nowhere */
    uint32_t calls; /* so many handler calls so far */
    uint64_t words; /* of the trace: up to the call at work, or all of it */
    char event[64];
    char text[NATIVE_TEXT_BYTES]; /* of an error */
};

/* In a text of an error: the name of the variable at its site. */
#define NATIVE_VARIABLE "%variable"

enum native_outcome {
    NATIVE_RUNNING,
    NATIVE_DONE,
    NATIVE_WRONG,  /* the protocol misuses ldfi: `text` says how */
    NATIVE_LOOPS,  /* a handler call does not end */
    NATIVE_LEAKS,  /* memory is gone after a run */
    NATIVE_KILLED, /* by a signal: its number is `site` */
    NATIVE_LARGE,  /* the run is too long for the memory shared */
};

/* A piece of the module's memory that is writable, and what it is to be. */
struct native_segment {
    char *start;
    size_t bytes;
    char *copy;
};

struct native_module {
    const struct ldfi_protocol *protocol;
    const char *base;
    struct native_segment segments[NATIVE_SEGMENTS_MAX];
    size_t segment_count;
};

struct native_simulator {
    const struct native_module *module;
    struct native_status *status;
    struct native_region region;
    struct native_words trace;
    jmp_buf out; /* of a run that cannot go on */

    struct native_string *strings[256];
    const char **texts; /* by number */
    size_t string_count, text_capacity;

    struct ldfi_node *nodes, observer;
    size_t node_count;
    struct native_record *inputs; /* in the order given */
    size_t input_count;
    struct native_omission *omissions;
    size_t omission_count;
    struct native_look *looks;
    uint32_t first, last, eot, time;
    uint32_t sent, slots; /* messages; numbers given out */

    /* The call at work. */
    struct ldfi_node *caller; /* NULL: none */
    const void *site;         /* of what it called last */
    uint64_t asked;           /* random numbers of this part; above 32 bits: the parts before */
    uint32_t operations;
    uint64_t event_hash;
    enum native_call call;
    bool traces_state;
    bool checks_memory; /* after each call: has anything been leaked? */
};

/* Runs a request from start to end; what it returns stands in the status, too. `region` and `trace`
 * have been filled in. */
enum native_outcome native_simulate(struct native_simulator *simulator, const uint64_t *request,
                                    const uint64_t *end);

/* Rows and messages, which do not say whose they are, are this simulator's: there is one in a
 * process. */
void native_is_for(struct native_simulator *simulator);

/* ---- for the parts of the simulator ---- */

/* `bytes` cleared bytes of the region. */
void *native_take(struct native_simulator *simulator, size_t bytes);

/* The one copy of a text, by which it may be compared; and its number in the trace. */
const char *native_intern(struct native_simulator *simulator, const char *text);
uint32_t native_number_of(const char *interned);

/* A tuple with its texts interned. */
void native_intern_tuple(struct native_simulator *simulator, struct ldfi_tuple *tuple);

/* <0, 0, >0: column by column, integers before texts; of the first `count` columns. */
int native_compare(const struct ldfi_tuple *left, const struct ldfi_tuple *right, size_t count);

/* Writes a record with a tuple, whose texts are interned, for values. */
void native_trace_tuple(struct native_simulator *simulator, enum native_operation operation,
                        const struct ldfi_tuple *tuple, uint32_t x, uint32_t y, uint32_t z);
void native_trace(struct native_simulator *simulator, enum native_operation operation, uint32_t x,
                  uint32_t y, uint32_t z);

/* The table of a node; with `make`, or NULL. */
struct native_table *native_table(struct ldfi_node *node, const char *name, bool make);

/* The slot of a key, whose texts need not be interned, in a table; made if there is none. */
struct native_slot *native_slot(struct ldfi_node *node, struct native_table *table,
                                const struct ldfi_tuple *key);

/* Puts and deletes without asking who calls. */
void native_put(struct ldfi_node *node, struct native_table *table, struct native_slot *slot,
                const struct ldfi_tuple *value, uint32_t site);
void native_delete(struct ldfi_node *node, struct native_table *table, struct native_slot *slot,
                   uint32_t site);

/* The next row whose key begins with the prefix; all slots on the way count as read. */
const struct ldfi_row *native_next(struct ldfi_node *node, struct native_table *table,
                                   const struct ldfi_tuple *prefix, const struct ldfi_row *previous,
                                   uint32_t site);

/* How much has been taken from malloc and not given back: exact, once it has been settled. */
size_t native_heap_bytes(void);
void native_heap_settle(void);

/* Runs one call: a trace of it, and what became of the module's memory. */
void native_call(struct ldfi_node *node, enum native_call call, uint32_t why,
                 const struct ldfi_message *message, const char *timer);

/* Ends the run. `site`: an address in the module; NULL: of what the call at work called last. */
__attribute__((format(printf, 3, 4))) _Noreturn void
native_fail(struct native_simulator *simulator, const void *site, const char *format, ...);
_Noreturn void native_end(struct native_simulator *simulator, enum native_outcome outcome);

#endif
