/* The tables of nodes: slots in the order of their keys, found by halving. A key that has been
 * looked at and was not there has a slot, too: its absence is what the call has read. */
#include "simulator.h"

struct native_table *native_table(struct ldfi_node *node, const char *name, bool make)
{
    /* Most names are literals: one that is asked for again stands where it stood. */
    for (struct native_table *table = node->tables; table != NULL; table = table->next)
        if (table->asked == name && strcmp(table->name, name) == 0)
            return table;
    for (struct native_table *table = node->tables; table != NULL; table = table->next)
        if (strcmp(table->name, name) == 0) {
            table->asked = name;
            return table;
        }
    if (!make)
        return NULL;
    struct native_table *table = native_take(node->simulator, sizeof *table);
    *table = (struct native_table){.name = native_intern(node->simulator, name),
                                   .key_count = SIZE_MAX,
                                   .value_count = SIZE_MAX};
    *node->last_table = table;
    node->last_table = &table->next;
    return table;
}

/* The first slot that does not come before the key's first `count` columns. */
static size_t place_of(const struct native_table *table, const struct ldfi_tuple *key, size_t count)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (native_compare(&table->slots[middle]->key, key, count) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert(struct native_simulator *simulator, struct native_table *table, size_t place,
                   struct native_slot *slot)
{
    if (table->count == table->capacity) {
        const size_t capacity = table->capacity == 0 ? 8 : table->capacity * 2;
        struct native_slot **slots =
            native_take(simulator, capacity * sizeof(struct native_slot *));
        if (table->count > 0)
            memcpy(slots, table->slots, table->count * sizeof(struct native_slot *));
        table->slots = slots;
        table->capacity = capacity;
    }
    memmove(table->slots + place + 1, table->slots + place,
            (table->count - place) * sizeof(struct native_slot *));
    table->slots[place] = slot;
    table->count++;
}

struct native_slot *native_slot(struct ldfi_node *node, struct native_table *table,
                                const struct ldfi_tuple *key)
{
    struct native_simulator *simulator = node->simulator;
    const size_t place = place_of(table, key, key->count);
    if (place < table->count && native_compare(&table->slots[place]->key, key, key->count) == 0)
        return table->slots[place];
    struct native_slot *slot = native_take(simulator, sizeof *slot);
    slot->key = *key;
    native_intern_tuple(simulator, &slot->key);
    slot->number = simulator->slots++;
    native_trace_tuple(simulator, NATIVE_SLOT, &slot->key, slot->number, node->number,
                       native_number_of(table->name));
    insert(simulator, table, place, slot);
    return slot;
}

static bool is_same(const struct ldfi_tuple *left, const struct ldfi_tuple *right)
{
    return left->count == right->count && native_compare(left, right, left->count) == 0;
}

/* A timer that is set to something else than before is looked at when it would have run out. */
static void note_timer(struct ldfi_node *node, struct native_table *table, struct native_slot *slot)
{
    struct native_simulator *simulator = node->simulator;
    if (slot->row == NULL || strcmp(table->name, NATIVE_TIMERS) != 0)
        return;
    const int64_t due = slot->row->value.values[0].integer;
    if (due < simulator->time)
        return;
    struct native_look *look = native_take(simulator, sizeof *look);
    *look = (struct native_look){slot, node->number, (uint32_t)due, simulator->looks};
    simulator->looks = look;
}

void native_put(struct ldfi_node *node, struct native_table *table, struct native_slot *slot,
                const struct ldfi_tuple *value, uint32_t site)
{
    struct native_simulator *simulator = node->simulator;
    if (slot->row == NULL || !is_same(&slot->row->value, value)) {
        note_timer(node, table, slot);
        struct ldfi_row *row = native_take(simulator, sizeof *row);
        *row = (struct ldfi_row){slot->key, *value};
        native_intern_tuple(simulator, &row->value);
        slot->row = row;
    }
    native_trace_tuple(simulator, NATIVE_PUT, &slot->row->value, slot->number, site, 0);
}

void native_delete(struct ldfi_node *node, struct native_table *table, struct native_slot *slot,
                   uint32_t site)
{
    note_timer(node, table, slot);
    slot->row = NULL;
    native_trace(node->simulator, NATIVE_DELETE, slot->number, site, 0);
}

const struct ldfi_row *native_next(struct ldfi_node *node, struct native_table *table,
                                   const struct ldfi_tuple *prefix, const struct ldfi_row *previous,
                                   uint32_t site)
{
    struct native_simulator *simulator = node->simulator;
    size_t place = previous == NULL ? place_of(table, prefix, prefix->count)
                                    : place_of(table, &previous->key, previous->key.count);
    if (previous != NULL && place < table->count &&
        native_compare(&table->slots[place]->key, &previous->key, previous->key.count) == 0)
        place++;
    for (; place < table->count &&
           native_compare(&table->slots[place]->key, prefix, prefix->count) == 0;
         place++) {
        native_trace(simulator, NATIVE_READ, table->slots[place]->number, site, 0);
        if (table->slots[place]->row != NULL)
            return table->slots[place]->row;
    }
    return NULL;
}
