#include "universe.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* Index of a symbol in its table; even ids 0 and 2 are LINEAGE_UNKNOWN and LINEAGE_ANY. */
static const struct lineage_symbol *symbol(const struct lineage_universe *universe,
                                           lineage_value value)
{
    assert(!lineage_is_small(value));
    return &universe->symbols.items[value >> 1];
}

static uint32_t *empty_slots(size_t count)
{
    uint32_t *slots = lineage_memory_resize(NULL, count * sizeof *slots);
    memset(slots, 0xff, count * sizeof *slots);
    return slots;
}

static struct lineage_tuple_slot *empty_tuple_slots(size_t count)
{
    struct lineage_tuple_slot *slots = lineage_memory_resize(NULL, count * sizeof *slots);
    memset(slots, 0xff, count * sizeof *slots);
    return slots;
}

void lineage_universe_create(struct lineage_universe *universe)
{
    *universe = (struct lineage_universe){.symbol_slot_count = 64, .tuple_slot_count = 256};
    universe->symbol_slots = empty_slots(universe->symbol_slot_count);
    universe->tuple_slots = empty_tuple_slots(universe->tuple_slot_count);
    const struct lineage_symbol special = {
        .text = "_", .node = LINEAGE_NONE, .relation = LINEAGE_NONE};
    LINEAGE_PUSH(&universe->symbols, special);
    LINEAGE_PUSH(&universe->symbols, special);
}

void lineage_universe_destroy(struct lineage_universe *universe)
{
    lineage_memory_free(universe->relations.items);
    lineage_memory_free(universe->rules.items);
    lineage_memory_free(universe->nodes.items);
    lineage_memory_free(universe->symbols.items);
    lineage_memory_free(universe->tuples.items);
    lineage_memory_free(universe->tuple_values.items);
    lineage_memory_free(universe->symbol_slots);
    lineage_memory_free(universe->tuple_slots);
    lineage_arena_free(&universe->arena);
    *universe = (struct lineage_universe){0};
}

void lineage_universe_copy(struct lineage_universe *universe, const struct lineage_universe *source)
{
    *universe = (struct lineage_universe){.symbol_slot_count = source->symbol_slot_count,
                                          .tuple_slot_count = source->tuple_slot_count};
    LINEAGE_COPY(&universe->relations, &source->relations);
    LINEAGE_COPY(&universe->rules, &source->rules);
    LINEAGE_COPY(&universe->nodes, &source->nodes);
    LINEAGE_COPY(&universe->symbols, &source->symbols);
    LINEAGE_COPY(&universe->tuples, &source->tuples);
    LINEAGE_COPY(&universe->tuple_values, &source->tuple_values);
    universe->symbol_slots = empty_slots(source->symbol_slot_count);
    universe->tuple_slots = empty_tuple_slots(source->tuple_slot_count);
    memcpy(universe->symbol_slots, source->symbol_slots,
           source->symbol_slot_count * sizeof *source->symbol_slots);
    memcpy(universe->tuple_slots, source->tuple_slots,
           source->tuple_slot_count * sizeof *source->tuple_slots);
}

static uint32_t symbol_hash(const char *text, size_t bytes, int64_t integer)
{
    if (text == NULL)
        return lineage_hash(lineage_hash(1, (uint32_t)integer), (uint32_t)(integer >> 32));
    uint32_t hash = 2;
    for (size_t i = 0; i < bytes; i++)
        hash = lineage_hash(hash, (unsigned char)text[i]);
    return hash;
}

static void rehash_symbols(struct lineage_universe *universe)
{
    lineage_memory_free(universe->symbol_slots);
    universe->symbol_slot_count *= 2;
    universe->symbol_slots = empty_slots(universe->symbol_slot_count);
    const size_t mask = universe->symbol_slot_count - 1;
    for (uint32_t i = 2; i < universe->symbols.count; i++) {
        const struct lineage_symbol *s = &universe->symbols.items[i];
        size_t slot = symbol_hash(s->text, s->text_bytes, s->integer) & mask;
        while (universe->symbol_slots[slot] != LINEAGE_NONE)
            slot = (slot + 1) & mask;
        universe->symbol_slots[slot] = i;
    }
}

static bool symbol_equals(const struct lineage_symbol *s, const char *text, size_t bytes,
                          int64_t integer)
{
    if (text == NULL || s->text == NULL)
        return text == s->text && s->integer == integer;
    return s->text_bytes == bytes && memcmp(s->text, text, bytes) == 0;
}

/* The slot that holds the symbol, or the empty one where it belongs. */
static size_t symbol_slot(const struct lineage_universe *universe, const char *text, size_t bytes,
                          int64_t integer)
{
    const size_t mask = universe->symbol_slot_count - 1;
    size_t slot = symbol_hash(text, bytes, integer) & mask;
    for (; universe->symbol_slots[slot] != LINEAGE_NONE; slot = (slot + 1) & mask)
        if (symbol_equals(&universe->symbols.items[universe->symbol_slots[slot]], text, bytes,
                          integer))
            break;
    return slot;
}

static uint32_t find_symbol(const struct lineage_universe *universe, const char *text, size_t bytes,
                            int64_t integer)
{
    return universe->symbol_slots[symbol_slot(universe, text, bytes, integer)];
}

static lineage_value intern_symbol(struct lineage_universe *universe, const char *text,
                                   size_t bytes, int64_t integer)
{
    if (universe->symbols.count * 2 >= universe->symbol_slot_count)
        rehash_symbols(universe);
    const size_t slot = symbol_slot(universe, text, bytes, integer);
    if (universe->symbol_slots[slot] != LINEAGE_NONE)
        return universe->symbol_slots[slot] << 1;
    struct lineage_symbol added = {
        .integer = integer, .node = LINEAGE_NONE, .relation = LINEAGE_NONE};
    if (text != NULL) {
        added.text = lineage_arena_text(&universe->arena, text, bytes);
        added.text_bytes = (uint32_t)bytes;
    }
    universe->symbol_slots[slot] = (uint32_t)universe->symbols.count;
    LINEAGE_PUSH(&universe->symbols, added);
    return (uint32_t)(universe->symbols.count - 1) << 1;
}

lineage_value lineage_string(struct lineage_universe *universe, const char *text, size_t bytes)
{
    return intern_symbol(universe, text, bytes, 0);
}

lineage_value lineage_integer_wide(struct lineage_universe *universe, int64_t integer)
{
    return intern_symbol(universe, NULL, 0, integer);
}

bool lineage_is_integer(const struct lineage_universe *universe, lineage_value value)
{
    return lineage_is_small(value) || symbol(universe, value)->text == NULL;
}

int64_t lineage_integer_of_wide(const struct lineage_universe *universe, lineage_value value)
{
    assert(symbol(universe, value)->text == NULL);
    return symbol(universe, value)->integer;
}

const char *lineage_text_of(const struct lineage_universe *universe, lineage_value value)
{
    assert(symbol(universe, value)->text != NULL);
    return symbol(universe, value)->text;
}

int lineage_value_compare(const struct lineage_universe *universe, lineage_value left,
                          lineage_value right)
{
    if (left == right)
        return 0;
    const bool left_is_integer = lineage_is_integer(universe, left);
    if (left_is_integer != lineage_is_integer(universe, right))
        return left_is_integer ? -1 : 1;
    if (left_is_integer)
        return lineage_integer_of(universe, left) < lineage_integer_of(universe, right) ? -1 : 1;
    const struct lineage_symbol *l = symbol(universe, left), *r = symbol(universe, right);
    const uint32_t shorter = l->text_bytes < r->text_bytes ? l->text_bytes : r->text_bytes;
    const int order = memcmp(l->text, r->text, shorter);
    return order != 0 ? order : l->text_bytes < r->text_bytes ? -1 : 1;
}

uint32_t lineage_node_add(struct lineage_universe *universe, const char *name)
{
    const lineage_value value = lineage_string(universe, name, strlen(name));
    struct lineage_symbol *s = &universe->symbols.items[value >> 1];
    assert(s->node == LINEAGE_NONE);
    s->node = (uint32_t)universe->nodes.count;
    LINEAGE_PUSH(&universe->nodes, value);
    return s->node;
}

uint32_t lineage_node_of(const struct lineage_universe *universe, lineage_value value)
{
    return lineage_is_small(value) ? LINEAGE_NONE : symbol(universe, value)->node;
}

const char *lineage_node_name(const struct lineage_universe *universe, uint32_t node)
{
    return lineage_text_of(universe, universe->nodes.items[node]);
}

uint32_t lineage_relation_add(struct lineage_universe *universe, struct lineage_relation relation)
{
    const uint32_t number = (uint32_t)universe->relations.count;
    LINEAGE_PUSH(&universe->relations, relation);
    if (!relation.internal) {
        const lineage_value name = lineage_string(universe, relation.name, strlen(relation.name));
        assert(universe->symbols.items[name >> 1].relation == LINEAGE_NONE);
        universe->symbols.items[name >> 1].relation = number;
    }
    return number;
}

uint32_t lineage_rule_add(struct lineage_universe *universe, struct lineage_rule rule)
{
    LINEAGE_PUSH(&universe->rules, rule);
    return (uint32_t)universe->rules.count - 1;
}

uint32_t lineage_relation_find(const struct lineage_universe *universe, const char *name)
{
    const uint32_t number = find_symbol(universe, name, strlen(name), 0);
    return number == LINEAGE_NONE ? LINEAGE_NONE : universe->symbols.items[number].relation;
}

static uint32_t values_hash(uint32_t relation, const lineage_value *values, uint32_t count)
{
    uint32_t hash = lineage_hash(0x2545f491, relation);
    for (uint32_t i = 0; i < count; i++)
        hash = lineage_hash(hash, values[i]);
    return hash;
}

static void rehash_tuples(struct lineage_universe *universe)
{
    const size_t old_count = universe->tuple_slot_count;
    struct lineage_tuple_slot *old = universe->tuple_slots;
    universe->tuple_slot_count *= 2;
    universe->tuple_slots = empty_tuple_slots(universe->tuple_slot_count);
    const size_t mask = universe->tuple_slot_count - 1;
    for (size_t i = 0; i < old_count; i++) {
        if (old[i].tuple == LINEAGE_NONE)
            continue;
        size_t slot = old[i].hash & mask;
        while (universe->tuple_slots[slot].tuple != LINEAGE_NONE)
            slot = (slot + 1) & mask;
        universe->tuple_slots[slot] = old[i];
    }
    lineage_memory_free(old);
}

static bool is_tuple(const struct lineage_universe *universe, lineage_tuple tuple,
                     uint32_t relation, const lineage_value *values, uint32_t arity)
{
    const lineage_value *own = lineage_tuple_values(universe, tuple);
    bool is_same = lineage_tuple_relation(universe, tuple) == relation;
    for (uint32_t i = 0; is_same && i < arity; i++)
        is_same = own[i] == values[i];
    return is_same;
}

/* The slot that holds the tuple, or the empty one where it belongs. */
static size_t tuple_slot(const struct lineage_universe *universe, uint32_t relation,
                         const lineage_value *values, uint32_t hash)
{
    const uint32_t arity = universe->relations.items[relation].arity;
    const size_t mask = universe->tuple_slot_count - 1;
    size_t slot = hash & mask;
    for (;; slot = (slot + 1) & mask) {
        const struct lineage_tuple_slot *held = &universe->tuple_slots[slot];
        if (held->tuple == LINEAGE_NONE ||
            (held->hash == hash && is_tuple(universe, held->tuple, relation, values, arity)))
            return slot;
    }
}

lineage_tuple lineage_tuple_find(const struct lineage_universe *universe, uint32_t relation,
                                 const lineage_value *values)
{
    const uint32_t hash = values_hash(relation, values, universe->relations.items[relation].arity);
    return universe->tuple_slots[tuple_slot(universe, relation, values, hash)].tuple;
}

lineage_tuple lineage_tuple_intern(struct lineage_universe *universe, uint32_t relation,
                                   const lineage_value *values)
{
    const uint32_t arity = universe->relations.items[relation].arity;
    const uint32_t hash = values_hash(relation, values, arity);
    if (universe->tuples.count * 2 >= universe->tuple_slot_count)
        rehash_tuples(universe);
    const size_t slot = tuple_slot(universe, relation, values, hash);
    if (universe->tuple_slots[slot].tuple != LINEAGE_NONE)
        return universe->tuple_slots[slot].tuple;
    const struct lineage_tuple_record record = {relation, (uint32_t)universe->tuple_values.count};
    LINEAGE_RESERVE(&universe->tuple_values, arity);
    for (uint32_t i = 0; i < arity; i++)
        LINEAGE_PUSH(&universe->tuple_values, values[i]);
    LINEAGE_PUSH(&universe->tuples, record);
    const lineage_tuple tuple = (uint32_t)universe->tuples.count - 1;
    universe->tuple_slots[slot] = (struct lineage_tuple_slot){hash, tuple};
    return tuple;
}

bool lineage_tuple_is_abstract(const struct lineage_universe *universe, lineage_tuple tuple)
{
    const uint32_t arity = universe->relations.items[lineage_tuple_relation(universe, tuple)].arity;
    const lineage_value *values = lineage_tuple_values(universe, tuple);
    for (uint32_t i = 0; i < arity; i++)
        if (values[i] == LINEAGE_UNKNOWN)
            return true;
    return false;
}

void lineage_value_print(const struct lineage_universe *universe, lineage_value value, FILE *out)
{
    if (value == LINEAGE_UNKNOWN || value == LINEAGE_ANY)
        fputc('_', out);
    else if (lineage_is_integer(universe, value))
        fprintf(out, "%" PRId64, lineage_integer_of(universe, value));
    else
        fprintf(out, "\"%s\"", lineage_text_of(universe, value));
}

void lineage_values_print(const struct lineage_universe *universe, uint32_t relation,
                          const lineage_value *values, FILE *out)
{
    fprintf(out, "%s(", universe->relations.items[relation].name);
    for (uint32_t i = 0; i < universe->relations.items[relation].arity; i++) {
        if (i > 0)
            fputs(", ", out);
        lineage_value_print(universe, values[i], out);
    }
    fputc(')', out);
}

void lineage_tuple_print(const struct lineage_universe *universe, lineage_tuple tuple, FILE *out)
{
    lineage_values_print(universe, lineage_tuple_relation(universe, tuple),
                         lineage_tuple_values(universe, tuple), out);
}

char *lineage_tuple_text(const struct lineage_universe *universe, lineage_tuple tuple)
{
    struct lineage_text text;
    lineage_tuple_print(universe, tuple, lineage_text_open(&text));
    return lineage_text_close(&text);
}
