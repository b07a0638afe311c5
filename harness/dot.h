/* Graphviz, as a program beside this one: it lays graphs out, and where it is missing, slow or
 * killed, nothing else fails. */
#ifndef LDFI_HARNESS_DOT_H
#define LDFI_HARNESS_DOT_H

#include <stddef.h>

/* Lays out all graphs of a text in the DOT language, in one process. Returns what `dot -Tplain`
 * prints, a list of graphs in their order, which the caller frees with lineage_memory_free. After
 * `seconds_max` it is killed: the text ends early. `*why` is NULL, or why not all graphs may be
 * there. */
char *harness_dot(const char *graphs, double seconds_max, const char **why);

#endif
