/* Paths of files that name each other. */
#ifndef LDFI_LINEAGE_PATH_H
#define LDFI_LINEAGE_PATH_H

#include "memory.h"

#include <stdbool.h>

/* The path of a file that the file `sibling` calls `name`: relative to the sibling's folder, and
 * as short as it can be said from the working directory. Lives in the arena, or is `name`. */
const char *lineage_path_beside(struct lineage_arena *arena, const char *sibling, const char *name);

/* The same text for every path that leads to one existing file; NULL if there is none. */
const char *lineage_path_identity(struct lineage_arena *arena, const char *path);

/* Is it a device, a pipe or a socket, of which reading may never end? */
bool lineage_path_is_endless(const char *path);

/* Do both paths lead to one file? Of files that are not there: are they the same text? */
bool lineage_path_is_same(const char *left, const char *right);

/* Does something stand before this ending? */
bool lineage_path_has_ending(const char *path, const char *ending);

#endif
