/* A sweep as JUnit XML, in the form that CI servers read: one suite, one case for each scenario. */
#include "formula_file.h"
#include "json.h"
#include "report.h"
#include "status.h"
#include "sweep.h"

#include <libxml/xmlwriter.h>
#include <stdarg.h>

/* A copy of a text as XML may hold it: characters (Char of XML 1.0), and no control characters. */
static const char *clean(struct lineage_arena *arena, const char *text)
{
    char *copy = lineage_arena_text(arena, text, strlen(text));
    for (char *at = copy; *at != '\0';) {
        const size_t bytes = harness_character_bytes(at);
        const bool is_none = bytes == 3 && memcmp(at, "\xef\xbf", 2) == 0 &&
                             ((unsigned char)at[2] & 0xfe) == 0xbe; /* U+FFFE, U+FFFF */
        if (*at == '\n' || *at == '\t')
            *at = ' ';
        else if (bytes == 0 || (bytes == 1 && ((unsigned char)*at < ' ' || *at == 0x7f)))
            *at = '?';
        else if (is_none)
            memset(at, '?', bytes);
        at += bytes == 0 ? 1 : bytes;
    }
    return copy;
}

struct writer {
    xmlTextWriterPtr xml;
    struct lineage_arena arena;
    bool failed;
};

static void check(struct writer *writer, int result)
{
    writer->failed = writer->failed || result < 0;
}

static void begin(struct writer *writer, const char *element)
{
    check(writer, xmlTextWriterStartElement(writer->xml, (const xmlChar *)element));
}

static void end(struct writer *writer)
{
    check(writer, xmlTextWriterEndElement(writer->xml));
}

static void attribute(struct writer *writer, const char *name, const char *value)
{
    check(writer, xmlTextWriterWriteAttribute(writer->xml, (const xmlChar *)name,
                                              (const xmlChar *)clean(&writer->arena, value)));
}

__attribute__((format(printf, 3, 4))) static void
attribute_format(struct writer *writer, const char *name, const char *format, ...)
{
    char text[64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    attribute(writer, name, text);
}

/* An unexpected verdict is a failure; what kept it from being known is an error. */
static bool is_failure(const cJSON *row)
{
    return harness_json_number(row, "status") == HARNESS_STATUS_FOUND;
}

static bool is_error(const cJSON *row)
{
    return !is_failure(row) && harness_json_number(row, "status") != HARNESS_STATUS_OK;
}

static void write_details(struct writer *writer, const cJSON *row)
{
    const cJSON *found = harness_json_get(row, "counterexample"), *broken;
    const char *text = harness_json_text(found, "text");
    cJSON_ArrayForEach(broken, harness_json_get(found, "broken"))
    {
        if (cJSON_IsString(broken))
            text =
                lineage_arena_format(&writer->arena, "%s; broken: %s", text, broken->valuestring);
    }
    check(writer,
          xmlTextWriterWriteString(writer->xml, (const xmlChar *)clean(&writer->arena, text)));
}

static void write_case(struct writer *writer, const cJSON *row)
{
    const char *path = harness_json_text(row, "scenario"), *slash = strrchr(path, '/');
    begin(writer, "testcase");
    attribute(writer, "name", harness_json_text(row, "name"));
    attribute(writer, "classname",
              slash == NULL ? "."
                            : lineage_arena_text(&writer->arena, path, (size_t)(slash - path)));
    attribute(writer, "file", path);
    attribute_format(writer, "time", "%.3f", harness_json_number(row, "seconds"));
    if (is_failure(row) || is_error(row)) {
        begin(writer, is_failure(row) ? "failure" : "error");
        attribute(writer, "message", harness_row_complaint(&writer->arena, row));
        attribute(writer, "type", is_failure(row) ? "verdict" : "no answer");
        write_details(writer, row);
        end(writer);
    }
    end(writer);
}

static void write_suite(struct writer *writer, const struct harness_sweep *sweep)
{
    size_t failures = 0, errors = 0;
    for (size_t i = 0; i < sweep->entries.count; i++) {
        failures += is_failure(sweep->entries.items[i].row);
        errors += is_error(sweep->entries.items[i].row);
    }
    check(writer, xmlTextWriterSetIndent(writer->xml, 1));
    check(writer, xmlTextWriterStartDocument(writer->xml, NULL, "UTF-8", NULL));
    begin(writer, "testsuites");
    begin(writer, "testsuite");
    attribute(writer, "name", "ldfi sweep");
    attribute_format(writer, "tests", "%zu", sweep->entries.count);
    attribute_format(writer, "failures", "%zu", failures);
    attribute_format(writer, "errors", "%zu", errors);
    attribute_format(writer, "time", "%.3f", harness_seconds() - sweep->start_seconds);
    for (size_t i = 0; i < sweep->entries.count; i++)
        write_case(writer, sweep->entries.items[i].row);
    check(writer, xmlTextWriterEndDocument(writer->xml));
}

/* Writes a file whole or not at all. */
static bool write_file(const char *path, const xmlBuffer *text)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return false;
    const size_t bytes = (size_t)xmlBufferLength(text);
    bool is_whole = fwrite(xmlBufferContent(text), 1, bytes, file) == bytes;
    is_whole = fclose(file) == 0 && is_whole;
    if (!is_whole)
        harness_remove_old(path);
    return is_whole;
}

bool harness_sweep_junit(const struct harness_sweep *sweep, const char *path)
{
    /* In memory first: what opens files for libxml2 takes a path for a URI. */
    xmlBuffer *text = xmlBufferCreate();
    struct writer writer = {.xml = text == NULL ? NULL : xmlNewTextWriterMemory(text, 0)};
    if (text == NULL || writer.xml == NULL)
        lineage_memory_exhausted();
    write_suite(&writer, sweep);
    xmlFreeTextWriter(writer.xml);
    if (writer.failed)
        lineage_memory_exhausted();
    const bool is_written = write_file(path, text);
    xmlBufferFree(text);
    lineage_arena_free(&writer.arena);
    return is_written;
}
