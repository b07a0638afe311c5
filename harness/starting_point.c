#include "starting_point.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static const char c_model[] =
#include "new/c/NAME.c.inc"
    ;
static const char c_inputs[] =
#include "new/c/NAME_inputs.ded.inc"
    ;
static const char c_scenario[] =
#include "new/c/NAME.json.inc"
    ;
static const char dedalus_model[] =
#include "new/dedalus/NAME.ded.inc"
    ;
static const char dedalus_inputs[] =
#include "new/dedalus/NAME_inputs.ded.inc"
    ;
static const char dedalus_scenario[] =
#include "new/dedalus/NAME.json.inc"
    ;

static const char about_model[] = "a protocol with a bug, and what it promises";
static const char about_inputs[] = "what happens to it from outside";
static const char about_scenario[] = "its nodes, and which faults there may be";

/* The first is what users get who name no language. */
const struct harness_starting_point harness_starting_points[] = {
    {"c",
     "C",
     {{".c", c_model, about_model},
      {"_inputs.ded", c_inputs, about_inputs},
      {".json", c_scenario, about_scenario}}},
    {"dedalus",
     "Dedalus",
     {{".ded", dedalus_model, about_model},
      {"_inputs.ded", dedalus_inputs, about_inputs},
      {".json", dedalus_scenario, about_scenario}}},
    {NULL, NULL, {{NULL, NULL, NULL}}}};

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

const char *harness_starting_name_flaw(const char *name)
{
    const size_t first = strspn(name, letters);
    const size_t allowed = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                        "0123456789-_");
    if (first > 0 && name[allowed] == '.' && strspn(name + allowed + 1, letters) > 0)
        return "leave the ending away, --language chooses it";
    if (first == 0 || name[allowed] != '\0')
        return "it begins with a letter; letters, digits, - and _ may follow";
    if (allowed > HARNESS_STARTING_NAME_MAX)
        return "it has more than 64 letters";
    return NULL;
}

/* Does the folder hold anything, be it hidden? -1: errno says why that is unknown. */
static int holds_something(const char *folder)
{
    DIR *opened = opendir(folder);
    if (opened == NULL)
        return -1;
    int holds = 0;
    for (const struct dirent *entry; holds == 0 && (entry = readdir(opened)) != NULL;)
        holds = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(opened);
    return holds;
}

/* The folder in which the path is. */
static const char *parent_of(const char *path, struct lineage_arena *arena)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? "." : lineage_arena_text(arena, path, (size_t)(slash - path) + 1);
}

const char *harness_starting_folder_flaw(const char *folder, struct lineage_arena *arena)
{
    const char *parent = parent_of(folder, arena);
    struct stat status;
    if (lstat(folder, &status) != 0) {
        if (errno == ENOENT && access(parent, W_OK | X_OK) == 0)
            return NULL;
        return lineage_arena_format(arena, "cannot make %s: %s", folder, strerror(errno));
    }
    if (stat(folder, &status) != 0 || !S_ISDIR(status.st_mode))
        return lineage_arena_format(
            arena, "%s is there already, and nothing is written over; choose another name", folder);
    const int holds = holds_something(folder);
    if (holds > 0)
        return lineage_arena_format(
            arena, "%s is there already, and holds something; choose another name", folder);
    if (holds < 0 || access(folder, W_OK | X_OK) != 0)
        return lineage_arena_format(arena, "cannot write to %s: %s", folder, strerror(errno));
    return NULL;
}

const char *harness_starting_path(const struct harness_starting_file *file, const char *folder,
                                  const char *name, struct lineage_arena *arena)
{
    return lineage_arena_format(arena, "%s/%s%s", folder, name, file->behind);
}

/* The text with the user's name in it. */
static const char *fill_in(const char *text, const char *name, struct lineage_arena *arena)
{
    struct lineage_text filled;
    FILE *out = lineage_text_open(&filled);
    for (const char *mark; (mark = strstr(text, "NAME")) != NULL; text = mark + strlen("NAME"))
        fprintf(out, "%.*s%s", (int)(mark - text), text, name);
    fputs(text, out);
    char *bytes = lineage_text_close(&filled);
    text = lineage_arena_text(arena, bytes, filled.count);
    lineage_memory_free(bytes);
    return text;
}

/* Writes one new file, or none; false: errno says why. */
static bool write_new(const char *path, const char *text)
{
    FILE *file = fopen(path, "wxe");
    if (file == NULL)
        return false;
    bool is_written = fputs(text, file) >= 0;
    int why = errno;
    if (fclose(file) != 0 && is_written) {
        is_written = false;
        why = errno;
    }
    if (!is_written)
        unlink(path);
    errno = why;
    return is_written;
}

const char *harness_starting_write(const struct harness_starting_point *point, const char *folder,
                                   const char *name, struct lineage_arena *arena)
{
    const char *paths[HARNESS_STARTING_FILES], *texts[HARNESS_STARTING_FILES];
    for (size_t i = 0; i < HARNESS_STARTING_FILES; i++) {
        paths[i] = harness_starting_path(&point->files[i], folder, name, arena);
        texts[i] = fill_in(point->files[i].text, name, arena);
    }
    /* From here on nothing asks for memory and fails: that would end the program half-way. */
    const bool is_made = mkdir(folder, 0777) == 0;
    if (!is_made && errno != EEXIST)
        return folder;
    size_t written = 0;
    while (written < HARNESS_STARTING_FILES && write_new(paths[written], texts[written]))
        written++;
    if (written == HARNESS_STARTING_FILES)
        return NULL;
    const int why = errno;
    const char *failed = paths[written];
    while (written > 0)
        unlink(paths[--written]);
    if (is_made)
        rmdir(folder);
    errno = why;
    return failed;
}
