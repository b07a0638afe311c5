/* ldfi/protocol.h: what a replication protocol in C includes to be tested by ldfi.
 *
 * A protocol is a table of functions named `ldfi_protocol`. ldfi calls them in a deterministic
 * simulator: time goes in steps from 1 to the scenario's end of time; what is sent at a step is
 * handled in the next one, unless a fault loses it; a node that has crashed handles nothing any
 * more. All that a node knows is in its tables, and all that it does goes through its `struct
 * ldfi_node`, so that ldfi sees why things happened. Nothing has to be annotated.
 *
 *     #include <ldfi/protocol.h>
 *
 *     static void on_message(struct ldfi_node *node, const struct ldfi_message *message)
 *     {
 *         if (ldfi_is(message, "hello"))
 *             ldfi_put(node, "heard", ldfi(ldfi_text(message, 0)), ldfi());
 *     }
 *
 *     const struct ldfi_protocol ldfi_protocol = {.message = on_message, ...};
 *
 * Handlers keep nothing in static variables or on the heap from one call to the next: ldfi would
 * neither see it nor bring it back. It compares the module's writable memory around every call and
 * refuses what changed, unless the protocol says `opaque_state`.
 *
 * Mistakes in calling what is declared here end the run with an error that names the line. */
#ifndef LDFI_PROTOCOL_H
#define LDFI_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- values and tuples ---- */

enum {
    LDFI_COLUMNS_MAX = 12, /* values of a tuple */
    LDFI_TEXT_BYTES_MAX = 1 << 16
};

/* An integer, or a string. Strings that ldfi hands out stay what they are as long as the run. */
struct ldfi_value {
    const char *text; /* NULL: it is the integer */
    int64_t integer;
};

struct ldfi_tuple {
    size_t count;
    struct ldfi_value values[LDFI_COLUMNS_MAX];
};

static inline struct ldfi_value ldfi_value_of_integer(int64_t integer)
{
    return (struct ldfi_value){NULL, integer};
}

extern const char ldfi_no_text[]; /* NULL where a string should be, which no tuple may hold */

static inline struct ldfi_value ldfi_value_of_text(const char *text)
{
    return (struct ldfi_value){text != NULL ? text : ldfi_no_text, 0};
}

static inline struct ldfi_value ldfi_value_itself(struct ldfi_value value)
{
    return value;
}

/* A tuple of up to LDFI_COLUMNS_MAX integers, strings and values: ldfi(slot, "w1"), ldfi(). */
#ifdef __cppcheck__ /* it does not know __VA_OPT__ */
struct ldfi_tuple ldfi_some_tuple(int nothing, ...);
#define ldfi(...) ldfi_some_tuple(0, ##__VA_ARGS__)
#else
#define ldfi(...) LDFI_CAT_(LDFI_TUPLE_, LDFI_COUNT_(_ __VA_OPT__(, ) __VA_ARGS__))(__VA_ARGS__)
#endif

/* ---- what a handler is called with ---- */

/* The node at which a handler runs. In `pre` and `post`: the observer, who has no tables. */
struct ldfi_node;

struct ldfi_message {
    const char *kind;
    const char *from; /* the sender; NULL: an input of the scenario */
    struct ldfi_tuple fields;
};

static inline bool ldfi_is(const struct ldfi_message *message, const char *kind)
{
    return strcmp(message->kind, kind) == 0;
}

/* A field of the message that must be an integer; a string. */
int64_t ldfi_integer(const struct ldfi_message *message, size_t field);
const char *ldfi_text(const struct ldfi_message *message, size_t field);

/* ---- the protocol ---- */

struct ldfi_protocol {
    /* At every node, in time step 1, before anything else. May be NULL, as all may but `pre` and
     * `post`. */
    void (*start)(struct ldfi_node *node);

    /* For every message and every input that arrives. */
    void (*message)(struct ldfi_node *node, const struct ldfi_message *message);

    /* For every timer that has run out, after the messages of the step. */
    void (*timer)(struct ldfi_node *node, const char *name);

    /* Kept for later: crashed nodes do not come back yet. */
    void (*recover)(struct ldfi_node *node);

    /* The promise, about the state at the end of time: every row that `pre` claims must be one that
     * `post` claims (ldfi_claim). Both read the tables of nodes through ldfi_at. */
    void (*pre)(struct ldfi_node *observer);
    void (*post)(struct ldfi_node *observer);

    /* Which of two messages that arrive at a node in the same step is handled first: less than 0:
     * the left one; greater: the right one; 0, and where this is NULL: inputs, then by sender in
     * the scenario's order of nodes, then in the order of sending. It must be an order, and depend
     * on its arguments alone. */
    int (*order)(const struct ldfi_message *left, const struct ldfi_message *right);

    /* State lives elsewhere, too: on the heap, behind ldfi_state, in static variables, of which each
     * node has its own. Then every call depends on all earlier ones at its node, and every run has
     * a process of its own. Nodes must not share memory, and a library's variables must not tell
     * them apart. */
    bool opaque_state;
};

/* What a module defines. */
extern const struct ldfi_protocol ldfi_protocol;

/* ---- tables ---- */

/* A row of a table; it stays what it is to the end of the run, though the table goes on. */
struct ldfi_row {
    struct ldfi_tuple key, value;
};

/* Sets the row with this key. All keys of a table have as many columns, and all values. A table is
 * there as soon as something is put into it; no message may be of its name. */
void ldfi_put(struct ldfi_node *node, const char *table, struct ldfi_tuple key,
              struct ldfi_tuple value);

/* The row with this key, or NULL. */
const struct ldfi_row *ldfi_get(struct ldfi_node *node, const char *table, struct ldfi_tuple key);

/* Removes the row with this key, if there is one. */
void ldfi_delete(struct ldfi_node *node, const char *table, struct ldfi_tuple key);

/* The rows whose keys begin with `prefix` (all: `ldfi()`), in the order of their keys, integers
 * before strings: the first after `previous`, or NULL. Rows may be put and deleted on the way.
 *
 *     for (const struct ldfi_row *row = NULL; (row = ldfi_each(node, "log", ldfi(), row)) != NULL;)
 */
const struct ldfi_row *ldfi_each(struct ldfi_node *node, const char *table,
                                 struct ldfi_tuple prefix, const struct ldfi_row *previous);

/* A column of a row's key or value that must be an integer; a string. */
int64_t ldfi_key_integer(const struct ldfi_row *row, size_t column);
const char *ldfi_key_text(const struct ldfi_row *row, size_t column);
int64_t ldfi_value_integer(const struct ldfi_row *row, size_t column);
const char *ldfi_value_text(const struct ldfi_row *row, size_t column);

/* The only column of the row with this key, an integer; `otherwise`, if there is no such row. */
int64_t ldfi_get_integer(struct ldfi_node *node, const char *table, struct ldfi_tuple key,
                         int64_t otherwise);

/* ---- messages and timers ---- */

/* Sends a message; to the node itself it cannot be lost. All messages of a kind have as many
 * fields. */
void ldfi_send(struct ldfi_node *node, const char *to, const char *kind, struct ldfi_tuple fields);

/* Has the timer of that name run out `steps` time steps from now, 1 or more, instead of whatever it
 * was set to before. */
void ldfi_set_timer(struct ldfi_node *node, const char *name, uint32_t steps);
void ldfi_cancel_timer(struct ldfi_node *node, const char *name);

/* ---- around the node ---- */

const char *ldfi_name(const struct ldfi_node *node);
uint32_t ldfi_now(const struct ldfi_node *node); /* the time step; at the end: EOT */

/* The nodes of the scenario, in its order. */
size_t ldfi_node_count(const struct ldfi_node *node);
const char *ldfi_node_name(const struct ldfi_node *node, size_t number);

/* A number from 0 to end - 1, the same in every run with the same seed in which this call of the
 * handler happens. */
uint64_t ldfi_random(struct ldfi_node *node, uint64_t end);

/* A perfect failure detector: has that node crashed, at this time or before? For the promise, and
 * for a node that stands for one. */
bool ldfi_crashed(struct ldfi_node *node, const char *name);

/* What the handler did and read before this call has nothing to do with what it does and reads
 * after it: no variable carries anything across but what the handler was called with. It makes
 * lineage finer; leaving it out is always safe. */
void ldfi_scope(struct ldfi_node *node);

/* Where a protocol with `opaque_state` keeps a pointer for this node; at first it is NULL. */
void **ldfi_state(struct ldfi_node *node);

/* ---- the promise ---- */

/* Another node's tables, to be read by the observer alone. */
struct ldfi_node *ldfi_at(struct ldfi_node *observer, const char *name);

/* Claims a row: in `pre` it is promised, in `post` it is kept. All rows have as many columns. */
void ldfi_claim(struct ldfi_node *observer, struct ldfi_tuple row);

/* ---- how ldfi(...) counts ---- */

#define LDFI_V_(x) _Generic((x), char *: ldfi_value_of_text, const char *: ldfi_value_of_text, struct ldfi_value: ldfi_value_itself, bool: ldfi_value_of_integer, char: ldfi_value_of_integer, signed char: ldfi_value_of_integer, unsigned char: ldfi_value_of_integer, short: ldfi_value_of_integer, unsigned short: ldfi_value_of_integer, int: ldfi_value_of_integer, unsigned: ldfi_value_of_integer, long: ldfi_value_of_integer, unsigned long: ldfi_value_of_integer, long long: ldfi_value_of_integer, unsigned long long: ldfi_value_of_integer)(x)
#define LDFI_CAT_(a, b) LDFI_CAT2_(a, b)
#define LDFI_CAT2_(a, b) a##b
#define LDFI_COUNT_(...) LDFI_COUNT2_(__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, _)
#define LDFI_COUNT2_(a, b, c, d, e, f, g, h, i, j, k, l, m, n, ...) n
#define LDFI_TUPLE_0() ((struct ldfi_tuple){0, {{NULL, 0}}})
#define LDFI_TUPLE_1(a) ((struct ldfi_tuple){1, {LDFI_V_(a)}})
#define LDFI_TUPLE_2(a, b) ((struct ldfi_tuple){2, {LDFI_V_(a), LDFI_V_(b)}})
#define LDFI_TUPLE_3(a, b, c) ((struct ldfi_tuple){3, {LDFI_V_(a), LDFI_V_(b), LDFI_V_(c)}})
#define LDFI_TUPLE_4(a, b, c, d)                                                                   \
    ((struct ldfi_tuple){4, {LDFI_V_(a), LDFI_V_(b), LDFI_V_(c), LDFI_V_(d)}})
#define LDFI_TUPLE_5(a, b, c, d, e)                                                                \
    ((struct ldfi_tuple){5, {LDFI_V_(a), LDFI_V_(b), LDFI_V_(c), LDFI_V_(d), LDFI_V_(e)}})
#define LDFI_TUPLE_6(a, b, c, d, e, f)                                                             \
    ((struct ldfi_tuple){                                                                          \
        6, {LDFI_V_(a), LDFI_V_(b), LDFI_V_(c), LDFI_V_(d), LDFI_V_(e), LDFI_V_(f)}})
#define LDFI_TUPLE_7(a, b, c, d, e, f, g)                                                          \
    ((struct ldfi_tuple){                                                                          \
        7, {LDFI_V_(a), LDFI_V_(b), LDFI_V_(c), LDFI_V_(d), LDFI_V_(e), LDFI_V_(f), LDFI_V_(g)}})
#define LDFI_TUPLE_8(a, b, c, d, e, f, g, h)                                                       \
    ((struct ldfi_tuple){8,                                                                        \
                         {LDFI_V_(a), LDFI_V_(b), LDFI_V_(c), LDFI_V_(d), LDFI_V_(e), LDFI_V_(f),  \
                          LDFI_V_(g), LDFI_V_(h)}})
#define LDFI_TUPLE_9(a, b, c, d, e, f, g, h, i)                                                    \
    ((struct ldfi_tuple){9,                                                                        \
                         {LDFI_V_(a), LDFI_V_(b), LDFI_V_(c), LDFI_V_(d), LDFI_V_(e), LDFI_V_(f),  \
                          LDFI_V_(g), LDFI_V_(h), LDFI_V_(i)}})
#define LDFI_TUPLE_10(a, b, c, d, e, f, g, h, i, j)                                                \
    ((struct ldfi_tuple){10,                                                                       \
                         {LDFI_V_(a), LDFI_V_(b), LDFI_V_(c), LDFI_V_(d), LDFI_V_(e), LDFI_V_(f),  \
                          LDFI_V_(g), LDFI_V_(h), LDFI_V_(i), LDFI_V_(j)}})
#define LDFI_TUPLE_11(a, b, c, d, e, f, g, h, i, j, k)                                             \
    ((struct ldfi_tuple){11,                                                                       \
                         {LDFI_V_(a), LDFI_V_(b), LDFI_V_(c), LDFI_V_(d), LDFI_V_(e), LDFI_V_(f),  \
                          LDFI_V_(g), LDFI_V_(h), LDFI_V_(i), LDFI_V_(j), LDFI_V_(k)}})
#define LDFI_TUPLE_12(a, b, c, d, e, f, g, h, i, j, k, l)                                          \
    ((struct ldfi_tuple){12,                                                                       \
                         {LDFI_V_(a), LDFI_V_(b), LDFI_V_(c), LDFI_V_(d), LDFI_V_(e), LDFI_V_(f),  \
                          LDFI_V_(g), LDFI_V_(h), LDFI_V_(i), LDFI_V_(j), LDFI_V_(k),              \
                          LDFI_V_(l)}})

#ifdef __cplusplus
}
#endif

#endif
