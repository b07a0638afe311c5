/* What a protocol calls (ldfi/protocol.h). Each function says in the trace what the call reads and
 * does; where in the module it was called from goes with it. */
#include "simulator.h"

#include <stdlib.h>

#define SITE __builtin_return_address(0)

static uint32_t offset_of(const struct native_simulator *simulator, const void *site)
{
    return (uint32_t)((const char *)site - simulator->module->base);
}

/* Counts an operation of the call at work, and checks that it may be made at this node. */
static struct native_simulator *enter(struct ldfi_node *node, bool changes, const void *site,
                                      const char *function)
{
    struct native_simulator *simulator = node->simulator;
    const struct ldfi_node *caller = simulator->caller;
    if (caller == NULL)
        native_fail(simulator, site, "%s is called outside of a handler", function);
    simulator->site = site;
    if (++simulator->operations > NATIVE_OPERATIONS_MAX)
        native_end(simulator, NATIVE_LOOPS);
    if (changes && caller == &simulator->observer)
        native_fail(simulator, site, "%s: pre and post only read", function);
    if (node != caller && caller != &simulator->observer)
        native_fail(simulator, site, "%s: this is not the node that the handler was called for",
                    function);
    return simulator;
}

const char ldfi_no_text[] = "NULL";

static void check_tuple(struct native_simulator *simulator, const struct ldfi_tuple *tuple,
                        const void *site)
{
    if (tuple->count > LDFI_COLUMNS_MAX)
        native_fail(simulator, site, "a tuple of %zu columns is too long: %d are allowed",
                    tuple->count, LDFI_COLUMNS_MAX);
    for (size_t i = 0; i < tuple->count; i++)
        if (tuple->values[i].text == ldfi_no_text)
            native_fail(simulator, site, "column %zu is NULL, which is no string", i);
}

static void check_columns(struct native_simulator *simulator, const char *table, const char *what,
                          size_t *known, size_t count, const void *site)
{
    if (*known == SIZE_MAX)
        *known = count;
    if (*known != count)
        native_fail(simulator, site, "%ss of the table %s have %zu column%s, and this one has %zu",
                    what, table, *known, *known == 1 ? "" : "s", count);
}

static void check_name(struct native_simulator *simulator, const char *name, const char *what,
                       const void *site)
{
    if (name == NULL || native_is_taken(name))
        native_fail(simulator, site, "%s may not be named '%s'", what, name == NULL ? "" : name);
}

static void check_tables(const struct ldfi_node *node, const void *site)
{
    if (node == &node->simulator->observer)
        native_fail(node->simulator, site, "the observer has no tables: use ldfi_at");
}

/* The table of that name. */
static struct native_table *open_table(struct ldfi_node *node, const char *name,
                                       const struct ldfi_tuple *key, const void *site)
{
    struct native_simulator *simulator = node->simulator;
    check_tables(node, site);
    struct native_table *table = name == NULL ? NULL : native_table(node, name, false);
    if (table == NULL || strcmp(table->name, NATIVE_TIMERS) == 0)
        check_name(simulator, name, "a table", site);
    if (table == NULL)
        table = native_table(node, name, true);
    check_tuple(simulator, key, site);
    check_columns(simulator, table->name, "key", &table->key_count, key->count, site);
    return table;
}

void ldfi_put(struct ldfi_node *node, const char *table, struct ldfi_tuple key,
              struct ldfi_tuple value)
{
    struct native_simulator *simulator = enter(node, true, SITE, "ldfi_put");
    struct native_table *opened = open_table(node, table, &key, SITE);
    check_tuple(simulator, &value, SITE);
    check_columns(simulator, opened->name, "value", &opened->value_count, value.count, SITE);
    native_put(node, opened, native_slot(node, opened, &key), &value, offset_of(simulator, SITE));
}

static const struct ldfi_row *get(struct ldfi_node *node, const char *name,
                                  const struct ldfi_tuple *key, const void *site)
{
    struct native_table *table = open_table(node, name, key, site);
    const struct native_slot *slot = native_slot(node, table, key);
    native_trace(node->simulator, NATIVE_READ, slot->number, offset_of(node->simulator, site), 0);
    return slot->row;
}

const struct ldfi_row *ldfi_get(struct ldfi_node *node, const char *table, struct ldfi_tuple key)
{
    enter(node, false, SITE, "ldfi_get");
    return get(node, table, &key, SITE);
}

static int64_t integer_in(struct native_simulator *simulator, const struct ldfi_tuple *tuple,
                          size_t column, const char *what, const void *site)
{
    if (column >= tuple->count)
        native_fail(simulator, site, "there is no column %zu in a %s of %zu", column, what,
                    tuple->count);
    if (tuple->values[column].text != NULL)
        native_fail(simulator, site, "column %zu of the %s is no integer: \"%.100s\"", column, what,
                    tuple->values[column].text);
    return tuple->values[column].integer;
}

static const char *text_in(struct native_simulator *simulator, const struct ldfi_tuple *tuple,
                           size_t column, const char *what, const void *site)
{
    if (column >= tuple->count)
        native_fail(simulator, site, "there is no column %zu in a %s of %zu", column, what,
                    tuple->count);
    if (tuple->values[column].text == NULL)
        native_fail(simulator, site, "column %zu of the %s is no string: %lld", column, what,
                    (long long)tuple->values[column].integer);
    return tuple->values[column].text;
}

int64_t ldfi_get_integer(struct ldfi_node *node, const char *table, struct ldfi_tuple key,
                         int64_t otherwise)
{
    struct native_simulator *simulator = enter(node, false, SITE, "ldfi_get_integer");
    const struct ldfi_row *row = get(node, table, &key, SITE);
    return row == NULL ? otherwise : integer_in(simulator, &row->value, 0, "value", SITE);
}

void ldfi_delete(struct ldfi_node *node, const char *table, struct ldfi_tuple key)
{
    struct native_simulator *simulator = enter(node, true, SITE, "ldfi_delete");
    struct native_table *opened = open_table(node, table, &key, SITE);
    native_delete(node, opened, native_slot(node, opened, &key), offset_of(simulator, SITE));
}

const struct ldfi_row *ldfi_each(struct ldfi_node *node, const char *table,
                                 struct ldfi_tuple prefix, const struct ldfi_row *previous)
{
    struct native_simulator *simulator = enter(node, false, SITE, "ldfi_each");
    check_tuple(simulator, &prefix, SITE);
    check_tables(node, SITE);
    check_name(simulator, table, "a table", SITE);
    struct native_table *opened = native_table(node, table, false);
    if (opened == NULL || opened->key_count == SIZE_MAX) /* nobody has put anything into it yet */
        return NULL;
    if (prefix.count > opened->key_count)
        native_fail(simulator, SITE,
                    "keys of the table %s have %zu columns, and the prefix has %zu", opened->name,
                    opened->key_count, prefix.count);
    return native_next(node, opened, &prefix, previous, offset_of(simulator, SITE));
}

/* ---- columns ---- */

/* Rows and messages do not say whose they are; there is one simulator in a process. */
static struct native_simulator *the_simulator;

void native_is_for(struct native_simulator *simulator)
{
    the_simulator = simulator;
}

int64_t ldfi_integer(const struct ldfi_message *message, size_t field)
{
    return integer_in(the_simulator, &message->fields, field, "message", SITE);
}

const char *ldfi_text(const struct ldfi_message *message, size_t field)
{
    return text_in(the_simulator, &message->fields, field, "message", SITE);
}

static void check_row(const struct ldfi_row *row, const void *site)
{
    if (row == NULL)
        native_fail(the_simulator, site, "there is no such row: it is NULL");
}

static const struct ldfi_tuple *key_of(const struct ldfi_row *row, const void *site)
{
    check_row(row, site);
    return &row->key;
}

static const struct ldfi_tuple *value_of(const struct ldfi_row *row, const void *site)
{
    check_row(row, site);
    return &row->value;
}

int64_t ldfi_key_integer(const struct ldfi_row *row, size_t column)
{
    return integer_in(the_simulator, key_of(row, SITE), column, "key", SITE);
}

const char *ldfi_key_text(const struct ldfi_row *row, size_t column)
{
    return text_in(the_simulator, key_of(row, SITE), column, "key", SITE);
}

int64_t ldfi_value_integer(const struct ldfi_row *row, size_t column)
{
    return integer_in(the_simulator, value_of(row, SITE), column, "value", SITE);
}

const char *ldfi_value_text(const struct ldfi_row *row, size_t column)
{
    return text_in(the_simulator, value_of(row, SITE), column, "value", SITE);
}

/* ---- messages and timers ---- */

static struct ldfi_node *find_node(struct native_simulator *simulator, const char *name,
                                   const void *site)
{
    if (name == NULL)
        native_fail(
            simulator, site,
            "NULL is the name of no node; an input comes from nobody, so its `from` is NULL");
    for (size_t i = 0; i < simulator->node_count; i++)
        if (strcmp(simulator->nodes[i].name, name) == 0)
            return &simulator->nodes[i];
    native_fail(simulator, site, "the scenario has no node '%.100s'", name);
}

static bool is_lost(const struct native_simulator *simulator, uint32_t from, uint32_t to)
{
    for (size_t i = 0; i < simulator->omission_count; i++) {
        const struct native_omission *omission = &simulator->omissions[i];
        if (omission->time == simulator->time && omission->from == from && omission->to == to)
            return true;
    }
    return false;
}

void ldfi_send(struct ldfi_node *node, const char *to, const char *kind, struct ldfi_tuple fields)
{
    struct native_simulator *simulator = enter(node, true, SITE, "ldfi_send");
    struct ldfi_node *receiver = find_node(simulator, to, SITE);
    check_tuple(simulator, &fields, SITE);
    check_name(simulator, kind, "a message", SITE);
    native_intern_tuple(simulator, &fields);
    kind = native_intern(simulator, kind);
    native_trace_tuple(simulator, NATIVE_SEND, &fields, receiver->number,
                       offset_of(simulator, SITE), native_number_of(kind));
    const uint32_t number = simulator->sent++;
    if (node != receiver && is_lost(simulator, node->number, receiver->number))
        return;
    struct native_event *event = native_take(simulator, sizeof *event);
    *event = (struct native_event){
        {kind, node->name, fields}, NATIVE_MESSAGE, node->number, number, NULL};
    *receiver->outbox_end = event;
    receiver->outbox_end = &event->next;
}

static struct native_slot *timer_slot(struct ldfi_node *node, const char *name,
                                      struct native_table **table, const void *site)
{
    if (name == NULL)
        native_fail(node->simulator, site, "a timer needs a name");
    const struct ldfi_tuple key = {1, {{name, 0}}};
    *table = native_table(node, NATIVE_TIMERS, true);
    (*table)->key_count = (*table)->value_count = 1;
    return native_slot(node, *table, &key);
}

void ldfi_set_timer(struct ldfi_node *node, const char *name, uint32_t steps)
{
    struct native_simulator *simulator = enter(node, true, SITE, "ldfi_set_timer");
    struct native_table *table;
    if (steps == 0)
        native_fail(simulator, SITE, "a timer runs out after 1 step or more, not 0");
    struct native_slot *slot = timer_slot(node, name, &table, SITE);
    const struct ldfi_tuple due = {1, {{NULL, (int64_t)simulator->time + steps}}};
    native_put(node, table, slot, &due, offset_of(simulator, SITE));
}

void ldfi_cancel_timer(struct ldfi_node *node, const char *name)
{
    struct native_simulator *simulator = enter(node, true, SITE, "ldfi_cancel_timer");
    struct native_table *table;
    struct native_slot *slot = timer_slot(node, name, &table, SITE);
    native_delete(node, table, slot, offset_of(simulator, SITE));
}

/* ---- around the node ---- */

const char *ldfi_name(const struct ldfi_node *node)
{
    return node->name;
}

uint32_t ldfi_now(const struct ldfi_node *node)
{
    return node->simulator->time;
}

size_t ldfi_node_count(const struct ldfi_node *node)
{
    return node->simulator->node_count;
}

const char *ldfi_node_name(const struct ldfi_node *node, size_t number)
{
    struct native_simulator *simulator = node->simulator;
    if (number >= simulator->node_count)
        native_fail(simulator, SITE, "there is no node %zu: the scenario has %zu", number,
                    simulator->node_count);
    return simulator->nodes[number].name;
}

uint64_t ldfi_random(struct ldfi_node *node, uint64_t end)
{
    struct native_simulator *simulator = enter(node, false, SITE, "ldfi_random");
    if (end == 0)
        native_fail(simulator, SITE, "ldfi_random wants an end of 1 or more");
    uint64_t word = simulator->event_hash + 0x9e3779b97f4a7c15u * ++simulator->asked;
    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9u; /* splitmix64 */
    word = (word ^ word >> 27) * 0x94d049bb133111ebu;
    /* cppcheck-suppress zerodivcond ; native_fail does not return */
    return (word ^ word >> 31) % end;
}

bool ldfi_crashed(struct ldfi_node *node, const char *name)
{
    struct native_simulator *simulator = enter(node, false, SITE, "ldfi_crashed");
    const struct ldfi_node *asked = find_node(simulator, name, SITE);
    const bool has_crashed = asked->crash_time <= simulator->time;
    native_trace(simulator, NATIVE_ASK, asked->number, has_crashed, offset_of(simulator, SITE));
    return has_crashed;
}

void ldfi_scope(struct ldfi_node *node)
{
    struct native_simulator *simulator = enter(node, false, SITE, "ldfi_scope");
    /* Random numbers do not depend on how many the part before has asked for. */
    simulator->asked = ((simulator->asked >> 32) + 1) << 32;
    native_trace(simulator, NATIVE_SCOPE, 0, 0, 0);
}

void **ldfi_state(struct ldfi_node *node)
{
    struct native_simulator *simulator = enter(node, false, SITE, "ldfi_state");
    if (!simulator->module->protocol->opaque_state)
        native_fail(simulator, SITE, "ldfi_state is for protocols that say .opaque_state = true");
    if (simulator->caller == &simulator->observer)
        native_fail(simulator, SITE, "pre and post read tables alone, which ldfi sees");
    return &node->state;
}

/* ---- the promise ---- */

struct ldfi_node *ldfi_at(struct ldfi_node *observer, const char *name)
{
    struct native_simulator *simulator = enter(observer, false, SITE, "ldfi_at");
    if (observer != &simulator->observer)
        native_fail(simulator, SITE, "ldfi_at is for pre and post: a node knows its own tables");
    return find_node(simulator, name, SITE);
}

void ldfi_claim(struct ldfi_node *observer, struct ldfi_tuple row)
{
    struct native_simulator *simulator = enter(observer, false, SITE, "ldfi_claim");
    if (observer != &simulator->observer)
        native_fail(simulator, SITE, "ldfi_claim is for pre and post");
    check_tuple(simulator, &row, SITE);
    if (row.count == 0)
        native_fail(simulator, SITE, "a row that is claimed has a column at least");
    native_intern_tuple(simulator, &row);
    native_trace_tuple(simulator, NATIVE_CLAIM, &row, 0, offset_of(simulator, SITE), 0);
}
