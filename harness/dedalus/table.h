/* The facts of one relation at one time, with hash indexes on the columns that joins ask by. */
#ifndef LDFI_DEDALUS_TABLE_H
#define LDFI_DEDALUS_TABLE_H

#include "../../lineage/execution.h"

/* An index on some columns: chains of positions in the table, newest first. */
struct ded_index {
    uint64_t key; /* the columns, as a bit mask */
    uint32_t *buckets, *next;
    size_t bucket_count, next_capacity;
    uint32_t built;   /* positions below this one are in */
    uint32_t unknown; /* first of the chain of facts that hold LINEAGE_UNKNOWN in a key column */
};

enum { DED_NO_ROUND = 0x7fffffff };

struct ded_table {
    LINEAGE_ARRAY(uint32_t) facts;       /* fact numbers, by position */
    LINEAGE_ARRAY(lineage_tuple) tuples; /* the same facts' tuples */
    LINEAGE_ARRAY(struct ded_index) indexes;
    uint32_t unknown_count; /* facts with LINEAGE_UNKNOWN in some column */
    uint64_t widened;       /* columns not told apart any more, as a bit mask (derive.c) */
    uint32_t novel_count;   /* facts that the run in view does not have (derive.c) */
    /* Positions at which the last two rounds of semi-naive evaluation began; DED_NO_ROUND when none
     * is under way. */
    uint32_t round_start, last_round_start;
};

/* Forgets the facts; keeps the memory. */
void ded_table_clear(struct ded_table *table);
void ded_table_free(struct ded_table *table);

void ded_table_add(struct ded_table *table, uint32_t fact, lineage_tuple tuple, bool abstract);

/* Drops the facts from position `count` on. */
void ded_table_truncate(struct ded_table *table, uint32_t count);

/* The index on these columns, with every fact in it; made when there is none. Valid until the next
 * call for this table. Call it before a scan that may add facts: a scan does not see them. */
struct ded_index *ded_table_index(struct ded_table *table, const struct lineage_universe *universe,
                                  uint64_t key);

/* The first position of the chain with the hash, from which `next` leads on; LINEAGE_NONE ends. */
static inline uint32_t ded_index_first(const struct ded_index *index, uint32_t hash)
{
    return index->buckets[hash & (index->bucket_count - 1)];
}

#endif
