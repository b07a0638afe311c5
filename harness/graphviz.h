/* Graphviz, as a program beside this one: it lays graphs out and draws them, and where it is
 * missing, slow or killed, nothing else fails. */
#ifndef LDFI_HARNESS_GRAPHVIZ_H
#define LDFI_HARNESS_GRAPHVIZ_H

#include "../lineage/memory.h"

#include <signal.h>

/* Runs a program of Graphviz (its words, the last NULL: {"dot", "-Tsvg", NULL}) on graphs in the
 * DOT language, for so many seconds at most. `*drawn` is what it printed, to be freed with
 * lineage_memory_free; where something went wrong, what it printed before. Returns NULL, or why not
 * everything is there, in the arena or constant. Ends early, too, where `*interrupted` becomes
 * true.
 */
const char *harness_graphviz(const char *const *command, const char *graphs, double seconds,
                             const volatile sig_atomic_t *interrupted, struct lineage_arena *arena,
                             char **drawn);

#endif
