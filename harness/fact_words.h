/* A fact as people write it on a command line: acked("C", "w1")@5, log(_, w1). */
#ifndef LDFI_HARNESS_FACT_WORDS_H
#define LDFI_HARNESS_FACT_WORDS_H

#include "../lineage/diagnostic.h"
#include "../lineage/universe.h"

/* The relation of that name, with an error reported if there is none. */
uint32_t harness_find_relation(const struct lineage_universe *universe, const char *name,
                               struct lineage_place place, struct lineage_diagnostics *diagnostics);

struct harness_fact_words {
    lineage_tuple pattern; /* `_` is LINEAGE_ANY */
    uint32_t time;         /* of `crash` 0, since it holds at every time */
};

/* Reads RELATION(ARGUMENT, ...) or RELATION(ARGUMENT, ...)@TIME. Arguments are strings, in quotes
 * or without them where they are made of letters, digits and ._? alone; integers; and `_`, which
 * may be anything. Without a time it is `eot`. `place` says where the words begin, in a source of
 * one line. Errors live as long as the arena. False with errors reported. */
bool harness_read_fact(const char *words, struct lineage_place place,
                       struct lineage_universe *universe, uint32_t eot,
                       struct lineage_diagnostics *diagnostics, struct lineage_arena *arena,
                       struct harness_fact_words *fact);

#endif
