/* Facts as people name them on a command line. */
#ifndef LDFI_HARNESS_FACT_WORDS_H
#define LDFI_HARNESS_FACT_WORDS_H

#include "../lineage/diagnostic.h"
#include "../lineage/execution.h"

typedef LINEAGE_ARRAY(uint32_t) harness_facts;

/* Adds the fact that the words name to `facts`: `rep("a", "c", 1, "w1")@3` as ldfi prints it,
 * blanks where one likes; without a time, the last at which it holds. A relation's name alone,
 * `rep` or `rep@3`, stands for all its facts at that time, or at the last at which it has some.
 * `execution` is indexed. False, with an error reported at the place, if there is none. */
bool harness_facts_find(const struct lineage_execution *execution, const char *words,
                        struct lineage_place place, struct lineage_diagnostics *diagnostics,
                        harness_facts *facts);

#endif
