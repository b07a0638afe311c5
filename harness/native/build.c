/* Builds a protocol's module out of its C files, with the compiler that the machine has. */
#include "../../lineage/path.h"
#include "command.h"
#include "module.h"
#include "sources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORDS_MAX = 1100, DEPTH = 12 };

/* The folder in which ldfi/protocol.h lies: beside the program, where it was built or installed. */
static const char *find_header(struct lineage_arena *arena)
{
    static const char *const beside[] = {"include", "../include"};
    char self[4096];
    const ssize_t bytes = readlink("/proc/self/exe", self, sizeof self - 1);
    if (bytes <= 0)
        return NULL;
    self[bytes] = '\0';
    char *slash = strrchr(self, '/');
    *slash = '\0';
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        const char *folder = lineage_arena_format(arena, "%s/%s", self, beside[i]);
        if (access(lineage_arena_format(arena, "%s/ldfi/protocol.h", folder), R_OK) == 0)
            return folder;
    }
    return NULL;
}

/* Makes the folders that a file is to lie in. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
}

/* Writes a text where its path says, below a folder so deep that ".." stays in it. */
static const char *unpack(struct lineage_arena *arena, const char *folder,
                          const struct lineage_source *source)
{
    char *path = lineage_arena_format(arena, "%s/t/t/t/t/t/t/t/t/t/t/t/t/%s", folder, source->path);
    int depth = DEPTH;
    for (const char *at = source->path; *at != '\0'; at += strcspn(at, "/"), at += *at == '/')
        depth += strncmp(at, "../", 3) == 0 ? -1 : strncmp(at, "./", 2) == 0 || *at == '/' ? 0 : 1;
    if (strstr(source->path, "../") != NULL && depth < 1) {
        errno = EINVAL;
        return NULL;
    }
    make_folders(path);
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return NULL;
    const bool is_written = fputs(source->text, file) >= 0;
    return fclose(file) == 0 && is_written ? path : NULL;
}

/* `file:line:column: error: message`, as a diagnostic; false if the line is none. */
static bool take_message(struct lineage_arena *arena, const lineage_sources *sources,
                         const char *line, size_t bytes, struct lineage_diagnostics *diagnostics)
{
    char *text = lineage_arena_text(arena, line, bytes);
    char *error = strstr(text, " error: "), *warning = strstr(text, " warning: ");
    char *fatal = strstr(text, " fatal error: ");
    error = fatal != NULL ? fatal : error;
    char *found = error != NULL ? error : warning;
    if (found == NULL)
        return false;
    const char *message = strchr(found, ':') + 2;
    struct lineage_place place = {0};
    char *colon = strchr(text, ':');
    if (colon != NULL && colon < found) {
        char *end;
        *colon = '\0';
        place.line = (uint32_t)strtoul(colon + 1, &end, 10);
        place.column = *end == ':' ? (uint32_t)strtoul(end + 1, NULL, 10) : 1;
        for (size_t i = 0; i < sources->count; i++)
            if (lineage_path_is_same(sources->items[i]->path, text) ||
                lineage_path_has_ending(text, sources->items[i]->path))
                place.source = sources->items[i];
        if (place.source == NULL || place.line == 0)
            place.line = place.column = 0;
    }
    if (error != NULL)
        lineage_error(diagnostics, place, "%s", message);
    else
        lineage_warn(diagnostics, place, "%s", message);
    return true;
}

static void take_output(struct lineage_arena *arena, const lineage_sources *sources,
                        const char *output, int status, struct lineage_diagnostics *diagnostics)
{
    const size_t errors = diagnostics->error_count;
    for (const char *line = output; *line != '\0';) {
        const size_t bytes = strcspn(line, "\n");
        take_message(arena, sources, line, bytes, diagnostics);
        line += bytes + (line[bytes] == '\n');
    }
    const struct lineage_place start = {sources->items[0], 0, 0};
    if (status == 0 || diagnostics->error_count > errors)
        return;
    const char *compiler = getenv("CC");
    if (status == 127)
        lineage_error(diagnostics, start,
                      "there is no compiler '%s' to build it with: install one, or name it in the "
                      "environment variable CC",
                      compiler == NULL || *compiler == '\0' ? "cc" : compiler);
    else
        lineage_error(diagnostics, start, "it cannot be built (the compiler's status is %d): %s",
                      status, output);
}

/* Adds the words of a text. */
static void add_words(struct lineage_arena *arena, const char *text, const char **words,
                      size_t *count)
{
    while (text != NULL && *(text += strspn(text, " \t")) != '\0' && *count < WORDS_MAX / 2) {
        const size_t bytes = strcspn(text, " \t");
        words[(*count)++] = lineage_arena_text(arena, text, bytes);
        text += bytes;
    }
}

static int compile(struct lineage_arena *arena, const char *folder, const char *object,
                   const lineage_sources *sources, bool are_texts, char **output)
{
    static const char *const fixed[] = {"-std=gnu11",
                                        "-g",
                                        "-O1",
                                        "-fPIC",
                                        "-shared",
                                        "-Wall",
                                        "-fno-omit-frame-pointer",
                                        "-fno-optimize-sibling-calls"};
    const char *words[WORDS_MAX], *compiler = getenv("CC"), *header = find_header(arena);
    size_t count = 0;
    add_words(arena, compiler == NULL || *compiler == '\0' ? "cc" : compiler, words, &count);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        words[count++] = fixed[i];
    if (header != NULL) {
        words[count++] = "-isystem";
        words[count++] = header;
    }
    add_words(arena, getenv("LDFI_CFLAGS"), words, &count);
    words[count++] = "-o";
    words[count++] = object;
    for (size_t i = 0; i < sources->count; i++) {
        const struct lineage_source *source = sources->items[i];
        const char *path = are_texts ? unpack(arena, folder, source) : source->path;
        if (path == NULL) {
            *output = lineage_memory_clear(1);
            return 126;
        }
        if (lineage_path_has_ending(source->path, ".c") && count < WORDS_MAX - 1 &&
            !native_is_included(sources, source))
            words[count++] = path[0] == '-' ? lineage_arena_format(arena, "./%s", path) : path;
    }
    words[count] = NULL;
    return native_command(words, output);
}

const char *native_module_build(struct lineage_arena *arena, const lineage_sources *sources,
                                bool are_texts, struct lineage_diagnostics *diagnostics)
{
    const char *folders = getenv("TMPDIR");
    char *folder = lineage_arena_format(arena, "%s/ldfi-XXXXXX",
                                        folders == NULL || *folders == '\0' ? "/tmp" : folders);
    const struct lineage_place start = {sources->items[0], 0, 0};
    char *output;
    if (mkdtemp(folder) == NULL) {
        lineage_error(diagnostics, start, "it cannot be built: no folder %s: %s", folder,
                      strerror(errno));
        return NULL;
    }
    const char *object = lineage_arena_format(arena, "%s/protocol.so", folder);
    const int status = compile(arena, folder, object, sources, are_texts, &output);
    take_output(arena, sources, output, status, diagnostics);
    lineage_memory_free(output);
    if (status == 0)
        return object;
    native_module_remove(object);
    return NULL;
}

void native_module_remove(const char *path)
{
    char *folder = lineage_memory_clear(strlen(path) + 1);
    char *output;
    memcpy(folder, path, (size_t)(strrchr(path, '/') - path));
    const char *const words[] = {"rm", "-rf", "--", folder, NULL};
    if (unlink(path) != 0 || rmdir(folder) != 0) { /* texts lie there, too */
        native_command(words, &output);
        lineage_memory_free(output);
    }
    lineage_memory_free(folder);
}
