#include "program.h"

#include "../../lineage/path.h"
#include "parser.h"

#include <assert.h>
#include <string.h>

/* A file being read, and the one whose `include` led to it. */
struct file {
    const struct file *includer;
    const char *path, *identity;
};

struct reader {
    struct ded_program *program;
    struct lineage_diagnostics *diagnostics;
    const char *first_path;
    const struct file *file;
    LINEAGE_ARRAY(const char *) identities; /* the files reached */
};

/* Reports an include that leads back to a file still being read, with the way round. */
static bool is_loop(struct reader *reader, const char *identity, struct lineage_place place)
{
    const struct file *file = reader->file;
    const char *way = "";
    for (; file != NULL; file = file->includer) {
        way = lineage_arena_format(&reader->program->arena, "%s -> %s", file->path, way);
        if (strcmp(file->identity, identity) == 0)
            break;
    }
    if (file == NULL)
        return false;
    lineage_error(reader->diagnostics, place, "this include leads round in a circle: %s%s", way,
                  file->path);
    return true;
}

static void include(void *context, const char *name, struct lineage_place place);

static void read_file(struct reader *reader, const char *path, struct lineage_place place)
{
    const char *identity = lineage_path_identity(&reader->program->arena, path);
    const char *why = "it does not exist";
    for (size_t i = 0; identity != NULL && i < reader->identities.count; i++)
        if (strcmp(reader->identities.items[i], identity) == 0) {
            is_loop(reader, identity, place);
            return;
        }
    const struct lineage_source *source =
        lineage_source_read(&reader->program->arena, path, DED_SOURCE_BYTES_MAX, &why);
    if (source == NULL) {
        lineage_error(reader->diagnostics, place, "cannot read the model '%s': %s", path, why);
        return;
    }
    LINEAGE_PUSH(&reader->program->sources, source);
    const struct file file = {reader->file, path, identity != NULL ? identity : path};
    LINEAGE_PUSH(&reader->identities, file.identity);
    const struct ded_includer includer = {include, reader};
    reader->file = &file;
    ded_parse_source(reader->program, source, reader->diagnostics, &includer);
    reader->file = file.includer;
}

static int depth_of(const struct file *file)
{
    int depth = 0;
    for (; file != NULL; file = file->includer)
        depth++;
    return depth;
}

static void cannot_find(struct reader *reader, const char *name, const char *near, const char *far,
                        struct lineage_place place)
{
    assert(near != NULL && far != NULL);
    const bool is_one = strcmp(near, far) == 0;
    lineage_error(reader->diagnostics, place,
                  "cannot find the included file '%s': there is no %s%s%s", name, near,
                  is_one ? "" : " and no ", is_one ? "" : far);
}

static void include(void *context, const char *name, struct lineage_place place)
{
    struct reader *reader = context;
    const char *near = lineage_path_beside(&reader->program->arena, reader->file->path, name);
    const char *far = lineage_path_beside(&reader->program->arena, reader->first_path, name);
    const char *near_identity = lineage_path_identity(&reader->program->arena, near);
    const char *far_identity = lineage_path_identity(&reader->program->arena, far);
    const char *path = near_identity != NULL ? near : far_identity != NULL ? far : NULL;
    if (depth_of(reader->file) >= DED_INCLUDE_DEPTH_MAX)
        lineage_error(reader->diagnostics, place, "includes are nested more than %d deep",
                      DED_INCLUDE_DEPTH_MAX);
    else if (path != NULL && lineage_path_is_endless(path))
        lineage_error(reader->diagnostics, place, "%s is no ordinary file, and not included", path);
    else if (path != NULL)
        read_file(reader, path, place);
    else
        cannot_find(reader, name, near, far, place);
}

/* Reads a text that is no file of its own. */
static void read_text(struct reader *reader, const struct lineage_source *source)
{
    const struct file file = {NULL, source->path, source->path};
    const struct ded_includer includer = {include, reader};
    LINEAGE_PUSH(&reader->program->sources, source);
    reader->file = &file;
    ded_parse_source(reader->program, source, reader->diagnostics, &includer);
    reader->file = NULL;
}

void ded_program_read(struct ded_program *program, const char *const *paths, size_t path_count,
                      const struct lineage_source *more, struct lineage_diagnostics *diagnostics)
{
    *program = (struct ded_program){0};
    struct reader reader = {program, diagnostics, path_count > 0 ? paths[0] : ".", NULL, {0}};
    for (size_t i = 0; i < path_count; i++) {
        struct lineage_source *source =
            lineage_arena_allocate(&program->arena, sizeof(struct lineage_source));
        source->path = lineage_arena_text(&program->arena, paths[i], strlen(paths[i]));
        read_file(&reader, source->path, (struct lineage_place){source, 1, 1});
    }
    if (more != NULL)
        read_text(&reader, more);
    lineage_memory_free(reader.identities.items);
}

/* What is included is among the texts. */
static void skip_include(void *context, const char *name, struct lineage_place place)
{
    (void)context;
    (void)name;
    (void)place;
}

void ded_program_take(struct ded_program *program, const lineage_sources *texts,
                      struct lineage_diagnostics *diagnostics)
{
    static const struct ded_includer includer = {skip_include, NULL};
    *program = (struct ded_program){0};
    for (size_t i = 0; i < texts->count; i++) {
        LINEAGE_PUSH(&program->sources, texts->items[i]);
        ded_parse_source(program, texts->items[i], diagnostics, &includer);
    }
}

void ded_program_free(struct ded_program *program)
{
    lineage_memory_free(program->clauses.items);
    lineage_memory_free(program->sources.items);
    lineage_arena_free(&program->arena);
    *program = (struct ded_program){0};
}
