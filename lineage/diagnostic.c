#include "diagnostic.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

static void report(struct lineage_diagnostics *diagnostics, enum lineage_severity severity,
                   struct lineage_place place, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    char *message = lineage_arena_allocate(&diagnostics->arena, (size_t)length + 1);
    vsnprintf(message, (size_t)length + 1, format, again);
    va_end(again);
    const struct lineage_diagnostic diagnostic = {severity, place, message};
    LINEAGE_PUSH(&diagnostics->items, diagnostic);
}

void lineage_error(struct lineage_diagnostics *diagnostics, struct lineage_place place,
                   const char *format, ...)
{
    if (++diagnostics->error_count > LINEAGE_ERRORS_MAX)
        return;
    va_list arguments;
    va_start(arguments, format);
    report(diagnostics, LINEAGE_ERROR, place, format, arguments);
    va_end(arguments);
}

/* Is the newest diagnostic there twice? */
static bool is_repeated(const struct lineage_diagnostics *diagnostics)
{
    const struct lineage_diagnostic *newest =
        &diagnostics->items.items[diagnostics->items.count - 1];
    for (const struct lineage_diagnostic *d = diagnostics->items.items; d < newest; d++)
        if (d->severity == newest->severity && d->place.source == newest->place.source &&
            d->place.line == newest->place.line && d->place.column == newest->place.column &&
            strcmp(d->message, newest->message) == 0)
            return true;
    return false;
}

void lineage_warn(struct lineage_diagnostics *diagnostics, struct lineage_place place,
                  const char *format, ...)
{
    if (diagnostics->warning_count >= LINEAGE_WARNINGS_MAX)
        return;
    va_list arguments;
    va_start(arguments, format);
    report(diagnostics, LINEAGE_WARNING, place, format, arguments);
    va_end(arguments);
    if (is_repeated(diagnostics))
        diagnostics->items.count--;
    else
        diagnostics->warning_count++;
}

void lineage_diagnostics_free(struct lineage_diagnostics *diagnostics)
{
    lineage_memory_free(diagnostics->items.items);
    lineage_arena_free(&diagnostics->arena);
    *diagnostics = (struct lineage_diagnostics){0};
}

static const char *line_start(const char *text, uint32_t line)
{
    while (line > 1) {
        text = strchr(text, '\n');
        if (text == NULL)
            return NULL;
        text++;
        line--;
    }
    return text;
}

/* The line, or as much of it around the place as fits a screen, and a caret below the place. */
static void print_excerpt(struct lineage_place place, FILE *out)
{
    enum { BEFORE_MAX = 120, BYTES_MAX = 200 };
    const char *line = line_start(place.source->text, place.line);
    if (line == NULL)
        return;
    const size_t bytes = strcspn(line, "\r\n");
    const size_t column = place.column - 1 < bytes ? place.column - 1 : bytes;
    const size_t first = column > BEFORE_MAX ? column - BEFORE_MAX : 0;
    const size_t shown = bytes - first < BYTES_MAX ? bytes - first : BYTES_MAX;
    fprintf(out, "%6u | %s%.*s%s\n       | %s", place.line, first > 0 ? "..." : "", (int)shown,
            line + first, first + shown < bytes ? "..." : "", first > 0 ? "   " : "");
    for (size_t i = first; i < column; i++)
        fputc(line[i] == '\t' ? '\t' : ' ', out);
    fputs("^\n", out);
}

void lineage_diagnostic_print(const struct lineage_diagnostic *diagnostic, FILE *out)
{
    const struct lineage_place place = diagnostic->place;
    if (place.source != NULL)
        fprintf(out, "%s:", place.source->path);
    else
        fputs("ldfi:", out);
    if (place.line > 0)
        fprintf(out, "%u:%u:", place.line, place.column);
    fprintf(out, " %s: %s\n", diagnostic->severity == LINEAGE_ERROR ? "error" : "warning",
            diagnostic->message);
    if (place.source != NULL && place.source->text != NULL && place.line > 0)
        print_excerpt(place, out);
}

struct lineage_place lineage_place_of(const struct lineage_source *source, size_t offset)
{
    struct lineage_place place = {source, 1, 1};
    for (size_t i = 0; i < offset && source->text[i] != '\0'; i++) {
        place.column++;
        if (source->text[i] == '\n') {
            place.line++;
            place.column = 1;
        }
    }
    return place;
}

const char *lineage_place_text(struct lineage_arena *arena, struct lineage_place place)
{
    if (place.line == 0)
        return place.source->path;
    return lineage_arena_format(arena, "%s:%u:%u", place.source->path, place.line, place.column);
}

static const char *read_text(struct lineage_arena *arena, FILE *file, size_t bytes_max,
                             const char **why)
{
    LINEAGE_ARRAY(char) text = {0};
    char block[1 << 14];
    size_t got;
    while ((got = fread(block, 1, sizeof block, file)) > 0 && text.count <= bytes_max) {
        LINEAGE_RESERVE(&text, got);
        memcpy(text.items + text.count, block, got);
        text.count += got;
    }
    const char *copy = NULL;
    if (ferror(file))
        *why = strerror(errno);
    else if (text.count > bytes_max)
        *why = "the file is too large";
    else if (text.count > 0 && memchr(text.items, '\0', text.count) != NULL)
        *why = "the file holds a zero byte: it is not a text";
    else
        copy = lineage_arena_text(arena, text.count > 0 ? text.items : "", text.count);
    lineage_memory_free(text.items);
    return copy;
}

const struct lineage_source *lineage_source_read(struct lineage_arena *arena, const char *path,
                                                 size_t bytes_max, const char **why)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (file == NULL && errno == ENOMEM)
        lineage_memory_exhausted();
    if (file == NULL) {
        *why = strerror(errno);
        return NULL;
    }
    const char *text = NULL;
    if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode))
        *why = strerror(EISDIR);
    else
        text = read_text(arena, file, bytes_max, why);
    fclose(file);
    if (text == NULL)
        return NULL;
    struct lineage_source *source = lineage_arena_allocate(arena, sizeof *source);
    source->path = lineage_arena_text(arena, path, strlen(path));
    source->text = text;
    return source;
}

/* Edit distance with insertions, deletions and replacements, whatever the case, for short names;
 * long ones are far from any. What comes to `end` or more may be said to be any such number. */
static size_t distance(const char *left, const char *right, size_t end)
{
    enum { LONGEST = 63 };
    size_t row[LONGEST + 1];
    const size_t left_bytes = strlen(left), right_bytes = strlen(right);
    if (left_bytes > LONGEST || right_bytes > LONGEST || left_bytes >= right_bytes + end ||
        right_bytes >= left_bytes + end)
        return SIZE_MAX;
    for (size_t j = 0; j <= right_bytes; j++)
        row[j] = j;
    for (size_t i = 1; i <= left_bytes; i++) {
        size_t diagonal = row[0], least = i;
        row[0] = i;
        for (size_t j = 1; j <= right_bytes; j++) {
            const size_t replaced = diagonal + (tolower((unsigned char)left[i - 1]) !=
                                                tolower((unsigned char)right[j - 1]));
            diagonal = row[j];
            row[j] = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            if (replaced < row[j])
                row[j] = replaced;
            if (row[j] < least)
                least = row[j];
        }
        if (least >= end) /* it never becomes less again */
            return SIZE_MAX;
    }
    return row[right_bytes];
}

const char *lineage_nearest(const char *name, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    size_t least = strlen(name) / 3 + 2;
    for (size_t i = 0; i < count; i++) {
        const size_t d = distance(name, names[i], least);
        if (d < least) {
            least = d;
            nearest = names[i];
        }
    }
    return nearest;
}
