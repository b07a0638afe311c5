#include "table.h"

#include <string.h>

void ded_table_clear(struct ded_table *table)
{
    ded_table_truncate(table, 0);
    table->widened = table->novel_count = 0;
    table->round_start = DED_NO_ROUND;
}

void ded_table_free(struct ded_table *table)
{
    for (size_t i = 0; i < table->indexes.count; i++) {
        lineage_memory_free(table->indexes.items[i].buckets);
        lineage_memory_free(table->indexes.items[i].next);
    }
    lineage_memory_free(table->indexes.items);
    lineage_memory_free(table->facts.items);
    lineage_memory_free(table->tuples.items);
    *table = (struct ded_table){0};
}

void ded_table_add(struct ded_table *table, uint32_t fact, lineage_tuple tuple, bool abstract)
{
    LINEAGE_PUSH(&table->facts, fact);
    LINEAGE_PUSH(&table->tuples, tuple);
    table->unknown_count += abstract;
}

void ded_table_truncate(struct ded_table *table, uint32_t count)
{
    table->facts.count = table->tuples.count = count;
    if (count == 0)
        table->unknown_count = 0;
    for (size_t i = 0; i < table->indexes.count; i++)
        table->indexes.items[i].built = 0;
}

static uint32_t key_hash(const lineage_value *values, uint64_t key, bool *unknown)
{
    uint32_t hash = 0;
    for (; key != 0; key &= key - 1) {
        const lineage_value value = values[__builtin_ctzll(key)];
        *unknown = *unknown || value == LINEAGE_UNKNOWN;
        hash = lineage_hash(hash, value);
    }
    return hash;
}

static void start_index(struct ded_index *index, uint32_t count)
{
    size_t wanted = 16;
    while (wanted < count)
        wanted *= 2;
    if (wanted > index->bucket_count) {
        index->buckets = lineage_memory_resize(index->buckets, wanted * sizeof *index->buckets);
        index->bucket_count = wanted;
    }
    memset(index->buckets, 0xff, index->bucket_count * sizeof *index->buckets);
    index->unknown = LINEAGE_NONE;
    index->built = 0;
}

static void extend_index(struct ded_index *index, const struct ded_table *table,
                         const struct lineage_universe *universe)
{
    const uint32_t count = (uint32_t)table->facts.count;
    if (index->built == 0 || count > index->bucket_count * 2)
        start_index(index, count);
    index->next =
        lineage_memory_reserve(index->next, &index->next_capacity, count, sizeof *index->next);
    for (uint32_t position = index->built; position < count; position++) {
        bool unknown = false;
        const uint32_t hash = key_hash(
            lineage_tuple_values(universe, table->tuples.items[position]), index->key, &unknown);
        uint32_t *chain =
            unknown ? &index->unknown : &index->buckets[hash & (index->bucket_count - 1)];
        index->next[position] = *chain;
        *chain = position;
    }
    index->built = count;
}

struct ded_index *ded_table_index(struct ded_table *table, const struct lineage_universe *universe,
                                  uint64_t key)
{
    struct ded_index *index = table->indexes.items;
    struct ded_index *end = index + table->indexes.count;
    while (index < end && index->key != key)
        index++;
    if (index == end) {
        const struct ded_index added = {.key = key, .unknown = LINEAGE_NONE};
        LINEAGE_PUSH(&table->indexes, added);
        index = &table->indexes.items[table->indexes.count - 1];
    }
    if (index->built < table->facts.count || index->built == 0)
        extend_index(index, table, universe);
    return index;
}
