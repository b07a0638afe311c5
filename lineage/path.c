#include "path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *lineage_path_identity(struct lineage_arena *arena, const char *path)
{
    char *resolved = realpath(path, NULL);
    if (resolved == NULL && errno == ENOMEM)
        lineage_memory_exhausted();
    if (resolved == NULL)
        return NULL;
    const char *identity = lineage_arena_text(arena, resolved, strlen(resolved));
    free(resolved);
    return identity;
}

bool lineage_path_is_endless(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

/* What climbs up and down again, said from the working directory if the file lies below it. */
static const char *shorten(struct lineage_arena *arena, const char *path)
{
    const char *here = lineage_path_identity(arena, ".");
    const char *identity = lineage_path_identity(arena, path);
    if (strstr(path, "/../") == NULL || here == NULL || identity == NULL)
        return path;
    const size_t length = strlen(here);
    const bool is_below = strncmp(identity, here, length) == 0 && identity[length] == '/';
    return is_below ? identity + length + 1 : path;
}

const char *lineage_path_beside(struct lineage_arena *arena, const char *sibling, const char *name)
{
    const char *slash = strrchr(sibling, '/');
    if (slash == NULL || name[0] == '/')
        return name;
    return shorten(arena,
                   lineage_arena_format(arena, "%.*s/%s", (int)(slash - sibling), sibling, name));
}

bool lineage_path_is_same(const char *left, const char *right)
{
    struct lineage_arena arena = {.newest = NULL};
    const char *l = lineage_path_identity(&arena, left), *r = lineage_path_identity(&arena, right);
    const bool is_same = l != NULL && r != NULL ? strcmp(l, r) == 0 : strcmp(left, right) == 0;
    lineage_arena_free(&arena);
    return is_same;
}

bool lineage_path_has_ending(const char *path, const char *ending)
{
    const size_t bytes = strlen(path), ending_bytes = strlen(ending);
    return bytes > ending_bytes && strcmp(path + bytes - ending_bytes, ending) == 0;
}
