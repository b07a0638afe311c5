#include "sources.h"

#include "../../lineage/path.h"

#include <errno.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { FILES_MAX = 1000, FILE_BYTES_MAX = 1 << 24 };

bool native_is_object(const char *path)
{
    return lineage_path_has_ending(path, ".so");
}

bool native_is_module(const char *path)
{
    return lineage_path_has_ending(path, ".c") || native_is_object(path);
}

/* The next `#include "name"` of a text, from `*at` on, which moves behind it; NULL: there is none.
 * (One in a comment is taken for one, which does no harm.) */
static const char *next_include(struct lineage_arena *arena, const char **at)
{
    while (**at != '\0') {
        const char *line = *at + strspn(*at, " \t");
        const size_t bytes = strcspn(*at, "\n");
        const char *end = *at + bytes;
        *at = end + (*end == '\n');
        if (*line != '#')
            continue;
        line += 1 + strspn(line + 1, " \t");
        if (strncmp(line, "include", 7) != 0)
            continue;
        line += 7 + strspn(line + 7, " \t");
        const size_t name_bytes = *line == '"' ? strcspn(line + 1, "\"\n") : 0;
        if (name_bytes > 0 && line[1 + name_bytes] == '"')
            return lineage_arena_text(arena, line + 1, name_bytes);
    }
    return NULL;
}

static const struct lineage_source *find(const lineage_sources *sources, const char *path)
{
    for (size_t i = 0; i < sources->count; i++)
        if (strcmp(sources->items[i]->path, path) == 0 ||
            lineage_path_is_same(sources->items[i]->path, path))
            return sources->items[i];
    return NULL;
}

/* The digest of a shared object, as a text. */
static const struct lineage_source *read_object(struct lineage_arena *arena, const char *path,
                                                const char **why)
{
    FILE *file = lineage_path_is_endless(path) ? NULL : fopen(path, "rb");
    char bytes[1 << 14];
    size_t count, all = 0;
    XXH3_state_t *state = XXH3_createState();
    if (file == NULL || state == NULL) {
        *why = strerror(errno);
        if (file != NULL)
            fclose(file);
        XXH3_freeState(state);
        return NULL;
    }
    XXH3_64bits_reset(state);
    for (; (count = fread(bytes, 1, sizeof bytes, file)) > 0; all += count)
        XXH3_64bits_update(state, bytes, count);
    struct lineage_source *source = lineage_arena_allocate(arena, sizeof *source);
    *source = (struct lineage_source){
        lineage_arena_text(arena, path, strlen(path)),
        lineage_arena_format(arena, "shared object, %zu bytes, %016llx\n", all,
                             (unsigned long long)XXH3_64bits_digest(state))};
    XXH3_freeState(state);
    if (fclose(file) == 0 && all > 0)
        return source;
    *why = all == 0 ? "it is empty" : strerror(errno);
    return NULL;
}

bool native_sources_read(lineage_sources *sources, struct lineage_arena *arena,
                         const char *const *paths, size_t count,
                         struct lineage_diagnostics *diagnostics)
{
    const size_t errors = diagnostics->error_count;
    for (size_t i = 0; i < count; i++) {
        const char *why = "it does not exist";
        const struct lineage_source *source =
            native_is_object(paths[i]) ? read_object(arena, paths[i], &why)
                                       : lineage_source_read(arena, paths[i], FILE_BYTES_MAX, &why);
        if (source == NULL) {
            const struct lineage_source named = {paths[i], NULL};
            struct lineage_source *kept = lineage_arena_allocate(&diagnostics->arena, sizeof *kept);
            *kept = named;
            kept->path = lineage_arena_text(&diagnostics->arena, paths[i], strlen(paths[i]));
            lineage_error(diagnostics, (struct lineage_place){kept, 0, 0},
                          "cannot read the model '%s': %s", paths[i], why);
        } else if (find(sources, paths[i]) == NULL) {
            LINEAGE_PUSH(sources, source);
        }
    }
    for (size_t i = 0; i < sources->count && sources->count < FILES_MAX; i++) {
        const char *at = sources->items[i]->text, *name, *why;
        while ((name = next_include(arena, &at)) != NULL) {
            const char *path = lineage_path_beside(arena, sources->items[i]->path, name);
            const struct lineage_source *source =
                find(sources, path) != NULL
                    ? NULL
                    : lineage_source_read(arena, path, FILE_BYTES_MAX, &why);
            if (source != NULL)
                LINEAGE_PUSH(sources, source);
        }
    }
    return diagnostics->error_count == errors;
}

bool native_is_included(const lineage_sources *sources, const struct lineage_source *source)
{
    struct lineage_arena arena = {.newest = NULL};
    bool is_included = false;
    for (size_t i = 0; i < sources->count && !is_included; i++) {
        const char *at = sources->items[i]->text, *name;
        while (!is_included && sources->items[i] != source &&
               (name = next_include(&arena, &at)) != NULL)
            is_included = strcmp(lineage_path_beside(&arena, sources->items[i]->path, name),
                                 source->path) == 0;
    }
    lineage_arena_free(&arena);
    return is_included;
}
