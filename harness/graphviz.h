/* Pictures drawn by Graphviz, which runs as a program of its own. */
#ifndef LDFI_HARNESS_GRAPHVIZ_H
#define LDFI_HARNESS_GRAPHVIZ_H

#include "../lineage/memory.h"

#include <signal.h>

/* Draws a graph in the DOT language as SVG, for so many seconds at most; `layout` is the program,
 * "dot" or "neato". `*svg` is to be freed with lineage_memory_free. NULL, or why there is no
 * picture, in the arena or constant. Ends early, too, where `*interrupted` becomes true. */
const char *harness_graphviz(const char *layout, const char *graph, double seconds,
                             const volatile sig_atomic_t *interrupted, struct lineage_arena *arena,
                             char **svg);

#endif
