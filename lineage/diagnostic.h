/* Errors and warnings about a user's files, each with the place it is about. They are collected,
 * not printed: the caller decides when and how. */
#ifndef LDFI_LINEAGE_DIAGNOSTIC_H
#define LDFI_LINEAGE_DIAGNOSTIC_H

#include "memory.h"

#include <stdbool.h>
#include <stdio.h>

/* A text that came from outside. `text` is NUL-terminated, or NULL when there is none to show. */
struct lineage_source {
    const char *path, *text;
};

typedef LINEAGE_ARRAY(const struct lineage_source *) lineage_sources;

/* A place in a source; line and column count from 1, columns in bytes; 0: no such place. */
struct lineage_place {
    const struct lineage_source *source;
    uint32_t line, column;
};

enum lineage_severity { LINEAGE_ERROR, LINEAGE_WARNING };

struct lineage_diagnostic {
    enum lineage_severity severity;
    struct lineage_place place;
    const char *message;
};

enum { LINEAGE_ERRORS_MAX = 20, LINEAGE_WARNINGS_MAX = 50 };

/* Zeroed is empty. The first LINEAGE_ERRORS_MAX errors and LINEAGE_WARNINGS_MAX warnings are kept
 * and the rest counted. Sources that places refer to must outlive it. */
struct lineage_diagnostics {
    LINEAGE_ARRAY(struct lineage_diagnostic) items;
    size_t error_count, warning_count;
    struct lineage_arena arena;
};

__attribute__((format(printf, 3, 4))) void lineage_error(struct lineage_diagnostics *diagnostics,
                                                         struct lineage_place place,
                                                         const char *format, ...);

/* A warning; the same message at the same place is kept once. */
__attribute__((format(printf, 3, 4))) void lineage_warn(struct lineage_diagnostics *diagnostics,
                                                        struct lineage_place place,
                                                        const char *format, ...);

void lineage_diagnostics_free(struct lineage_diagnostics *diagnostics);

/* Prints one as a compiler would: `file:line:column: error: message`, the source line, a caret. */
void lineage_diagnostic_print(const struct lineage_diagnostic *diagnostic, FILE *out);

/* The place of a byte in a source's text. */
struct lineage_place lineage_place_of(const struct lineage_source *source, size_t offset);

/* `path:line:column`, or the path alone for a source without lines. */
const char *lineage_place_text(struct lineage_arena *arena, struct lineage_place place);

/* Reads a whole file of at most `bytes_max` bytes into the arena as a source. On failure returns
 * NULL and points `*why` at a short reason ("No such file or directory"). */
const struct lineage_source *lineage_source_read(struct lineage_arena *arena, const char *path,
                                                 size_t bytes_max, const char **why);

/* The closest of `count` names to one that was mistyped, or NULL if none is close. */
const char *lineage_nearest(const char *name, const char *const *names, size_t count);

#endif
