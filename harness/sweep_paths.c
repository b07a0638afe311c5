/* Which scenarios a sweep is about: files, and folders with what is below them. */
#include "folder.h"
#include "json.h"
#include "sweep.h"

#include "../lineage/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FOLDERS_DEEP_MAX = 32, FILE_BYTES_MAX = 1 << 22 };

/* Does a JSON file in a folder say that it is no scenario? */
bool harness_is_something_else(const char *path)
{
    struct lineage_arena arena = {.newest = NULL};
    const char *why = NULL;
    const struct lineage_source *source = lineage_source_read(&arena, path, FILE_BYTES_MAX, &why);
    cJSON *object = source == NULL ? NULL : cJSON_Parse(source->text);
    const bool is =
        harness_json_get(object, "$schema") != NULL || harness_json_get(object, "kind") != NULL;
    cJSON_Delete(object);
    lineage_arena_free(&arena);
    return is;
}

size_t harness_sweep_add_entry(struct harness_sweep *sweep, const char *path)
{
    const char *kept = lineage_arena_text(&sweep->arena, path, strlen(path));
    const struct harness_entry entry = {.path = kept,
                                        .label = kept,
                                        .name = harness_base_name(&sweep->arena, path),
                                        .version = "",
                                        .expect = HARNESS_NO_EXPECTATION};
    LINEAGE_PUSH(&sweep->entries, entry);
    return sweep->entries.count - 1;
}

/* Adds what the user has named, once. */
static void add_named(struct harness_sweep *sweep, const char *path, bool in_folder)
{
    while (strncmp(path, "./", 2) == 0) /* the same name on every machine, however it was typed */
        path += 2 + strspn(path + 2, "/");
    for (size_t i = 0; i < sweep->operand_start; i++)
        if (strcmp(sweep->entries.items[i].path, path) == 0)
            return;
    const size_t number = harness_sweep_add_entry(sweep, path);
    sweep->entries.items[number].in_folder = in_folder;
}

/* The folders on the way to a file, so that links do not lead round and round. */
struct folder {
    const struct folder *parent;
    dev_t device;
    ino_t number;
    int depth;
};

static bool is_within(const struct stat *status, const struct folder *folder)
{
    for (; folder != NULL; folder = folder->parent)
        if (status->st_dev == folder->device && status->st_ino == folder->number)
            return true;
    return false;
}

/* Counts the scenarios in `*found`, old ones too. */
static bool add_folder(struct harness_sweep *sweep, const char *path, struct lineage_place place,
                       const struct folder *folder, size_t *found)
{
    struct dirent **names = NULL;
    const int count =
        folder->depth < FOLDERS_DEEP_MAX ? harness_folder_list(path, &names) : (errno = ELOOP, -1);
    bool is_right = count >= 0;
    if (!is_right)
        lineage_error(sweep->diagnostics, place, "cannot read the folder %s: %s", path,
                      strerror(errno));
    for (int i = 0; i < count; i++) {
        const size_t bytes = strlen(path);
        const char *between = bytes > 0 && path[bytes - 1] == '/' ? "" : "/";
        const char *below =
            lineage_arena_format(&sweep->arena, "%s%s%s", path, between, names[i]->d_name);
        struct stat status;
        /* A file needs no more than its name: there may be a million, on a server far away. */
        if (names[i]->d_type != DT_REG && stat(below, &status) == 0 && S_ISDIR(status.st_mode)) {
            const struct folder inner = {folder, status.st_dev, status.st_ino, folder->depth + 1};
            if (!is_within(&status, folder))
                is_right = add_folder(sweep, below, place, &inner, found) && is_right;
        } else if (lineage_path_has_ending(below, ".json") &&
                   (sweep->shard_count > 0 || !harness_is_something_else(below))) {
            add_named(sweep, below, true);
            ++*found;
        }
        free(names[i]);
    }
    free(names);
    return is_right;
}

bool harness_sweep_add(struct harness_sweep *sweep, const char *path, struct lineage_place place)
{
    struct stat status;
    size_t found = 0;
    sweep->operand_start = sweep->entries.count;
    if (stat(path, &status) != 0) {
        lineage_error(sweep->diagnostics, place, "cannot read %s: %s", path, strerror(errno));
        return false;
    }
    if (!S_ISDIR(status.st_mode)) {
        add_named(sweep, path, false);
        return true;
    }
    const struct folder folder = {NULL, status.st_dev, status.st_ino, 0};
    if (!add_folder(sweep, path, place, &folder, &found))
        return false;
    if (found == 0)
        lineage_error(sweep->diagnostics, place, "there is no scenario (.json) in %s", path);
    return found > 0;
}
