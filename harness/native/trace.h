/* What the simulator and ldfi tell each other through shared memory: records of 64-bit words. A
 * request says what to run; a trace says, in order, what every handler call read and did. The
 * simulator runs in a process of its own, next to code that may write anywhere, so whoever reads a
 * trace trusts nothing in it (run.c).
 *
 * A record is
 *
 *     operation, 8 bits | count, 8 bits | texts, 16 bits | x, 32 bits
 *     y, 32 bits | z, 32 bits
 *     `count` values of 64 bits: an integer or, if the value's bit in `texts` is set, the number of
 *     a string
 *
 * but for strings, whose bytes take the place of values. */
#ifndef LDFI_NATIVE_TRACE_H
#define LDFI_NATIVE_TRACE_H

#include "ldfi/protocol.h"

enum native_operation {
    NATIVE_STRING = 1, /* x: its number, the next after the last; y: bytes; then the bytes */
    NATIVE_SLOT,       /* x: its number, the next; y: node; z: table, a string; values: the key */
    NATIVE_CALL,       /* texts: what is called (below); x: time; y: node or NATIVE_NOBODY; z: why:
                        * the number of the message, the input, or the slot of the timer */
    NATIVE_SCOPE,      /* another part of the call begins */
    NATIVE_READ,       /* x: slot; y: site */
    NATIVE_PUT,        /* x: slot; y: site; values: the value. In a state: the slot has it */
    NATIVE_DELETE,     /* x: slot; y: site */
    NATIVE_SEND,       /* x: receiver; y: site; z: kind, a string; values: the fields */
    NATIVE_ASK,        /* x: node: has it crashed? y: 1 if so */
    NATIVE_CLAIM,      /* y: site; values: the row */
    NATIVE_STATE,      /* the slots that have a value after this, all of them, are the state */
    NATIVE_END,

    /* Of requests, beside strings and, for a state, slots, puts and sends (`y`: the sender). */
    NATIVE_NODE,     /* z: its name, a string; in the order of their numbers */
    NATIVE_INPUT,    /* x: time; y: node; z: kind, a string; values: the fields */
    NATIVE_OMISSION, /* x: time; y: from; z: to */
    NATIVE_CRASH,    /* x: time; y: node */
    NATIVE_RUN,      /* x: first time; y: last; z: EOT */
};

enum native_call {
    NATIVE_START,
    NATIVE_MESSAGE,
    NATIVE_TAKE, /* an input */
    NATIVE_TIMER,
    NATIVE_LOOK, /* no handler: at this time a timer, now set otherwise, would have run out */
    NATIVE_PRE,
    NATIVE_POST,
    NATIVE_CALL_COUNT
};

enum {
    NATIVE_TIME_MAX = 100000,
    NATIVE_NODES_MAX = 1000,
    NATIVE_STRING_BYTES_MAX = LDFI_TEXT_BYTES_MAX,
};
#define NATIVE_NOBODY UINT32_MAX

/* The table of timers: names, and the times at which they run out. */
#define NATIVE_TIMERS "timer"

/* Names that mean something already, so that no table, message or input may have them. */
bool native_is_taken(const char *name);

struct native_record {
    enum native_operation operation;
    uint32_t count, texts, x, y, z;
    const uint64_t *values; /* or a string's bytes */
};

/* ---- writing ---- */

/* Room for words; `at` stays at `end` once there is too little. */
struct native_words {
    uint64_t *start, *at, *end;
};

static inline bool native_write(struct native_words *words, enum native_operation operation,
                                uint32_t count, uint32_t texts, uint32_t x, uint32_t y, uint32_t z)
{
    if ((size_t)(words->end - words->at) < 2 + (size_t)count) {
        words->at = words->end;
        return false;
    }
    *words->at++ =
        (uint64_t)operation | (uint64_t)count << 8 | (uint64_t)texts << 16 | (uint64_t)x << 32;
    *words->at++ = (uint64_t)y | (uint64_t)z << 32;
    return true;
}

static inline void native_write_value(struct native_words *words, uint64_t value)
{
    if (words->at < words->end)
        *words->at++ = value;
}

bool native_write_string(struct native_words *words, uint32_t number, const char *text,
                         size_t bytes);

/* ---- reading ---- */

/* The next record; false at the end, and where no record can be. `*words` moves behind it. */
bool native_read(const uint64_t **words, const uint64_t *end, struct native_record *record);

#endif
