/* A change of a program that may keep a promise that faults broke: Nemo's corrections (Oldenburg,
 * Zhu, Ramasubramanian, Alvaro, Fixed It For You: Protocol Repair Using Lineage Graphs, CIDR 2019),
 * made so that they can be tried. An executor makes them, since only it knows the program's
 * language; a search says what they are worth. */
#ifndef LDFI_HARNESS_REPAIR_H
#define LDFI_HARNESS_REPAIR_H

#include "../lineage/diagnostic.h"

/* One rule becomes others. Texts live in the repair's arena or in the program. */
struct harness_repair {
    struct lineage_arena arena;
    size_t number; /* given: repairs of different numbers make relations of different names */
    const struct lineage_source *source;
    size_t start, end; /* of the rule in the source's text, bytes; `end` is behind it */
    uint32_t line;
    const char *old_rule;  /* in one line */
    const char *new_rules; /* a line each */
    const char *obstacle;  /* why no such change can be made; NULL: it has been */
};

void harness_repair_free(struct harness_repair *repair);

/* The program with the repairs made, none of them of a rule that another changes; it lives in the
 * arena. */
lineage_sources *harness_repair_apply(struct lineage_arena *arena, const lineage_sources *sources,
                                      const struct harness_repair *const *repairs, size_t count);

#endif
