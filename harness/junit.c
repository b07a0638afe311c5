/* A sweep as JUnit XML, in the form that CI servers read: one suite, one case for each scenario. */
#include "formula_file.h"
#include "json.h"
#include "status.h"
#include "sweep.h"
#include "utf8.h"

#include <mxml.h>

/* A copy of a text as XML may hold it: characters of XML 1.0, and none that control anything. */
static const char *clean(struct lineage_arena *arena, const char *text)
{
    char *copy = lineage_arena_text(arena, text, strlen(text));
    harness_make_valid(copy);
    for (char *at = copy; *at != '\0'; at++)
        if (strncmp(at, "\xef\xbf\xbe", 3) == 0 || strncmp(at, "\xef\xbf\xbf", 3) == 0)
            memset(at, '?', 3); /* U+FFFE and U+FFFF are none */
        else if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = *at == '\n' || *at == '\t' ? ' ' : '?';
    return copy;
}

/* An unexpected verdict is a failure; what kept it from being known is an error. */
static bool is_failure(const cJSON *row)
{
    return (int)harness_json_number(row, "status") == HARNESS_STATUS_FOUND;
}

static bool is_error(const cJSON *row)
{
    return !is_failure(row) && (int)harness_json_number(row, "status") != HARNESS_STATUS_OK;
}

/* The faults, and the promises that they break. */
static const char *details(struct lineage_arena *arena, const cJSON *row)
{
    const cJSON *found = harness_json_get(row, "counterexample"), *broken;
    const char *text = harness_json_text(found, "text");
    cJSON_ArrayForEach(broken, harness_json_get(found, "broken"))
    {
        if (cJSON_IsString(broken))
            text = lineage_arena_format(arena, "%s; broken: %s", text, broken->valuestring);
    }
    return clean(arena, text);
}

/* What Mini-XML finds no memory for it leaves out. */
static void need(const void *made)
{
    if (made == NULL)
        lineage_memory_exhausted();
}

static mxml_node_t *add_element(mxml_node_t *parent, const char *name)
{
    mxml_node_t *element = mxmlNewElement(parent, name);
    need(element);
    need(mxmlGetElement(element));
    return element;
}

static void set(mxml_node_t *element, const char *name, const char *value)
{
    mxmlElementSetAttr(element, name, value);
    need(mxmlElementGetAttr(element, name));
}

static void set_seconds(mxml_node_t *element, double seconds)
{
    char text[64];
    snprintf(text, sizeof text, "%.3f", seconds);
    set(element, "time", text);
}

static void set_count(mxml_node_t *element, const char *name, size_t count)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", count);
    set(element, name, text);
}

static void add_case(mxml_node_t *suite, const cJSON *row, struct lineage_arena *arena)
{
    const char *path = clean(arena, harness_json_text(row, "scenario"));
    const char *slash = strrchr(path, '/');
    mxml_node_t *element = add_element(suite, "testcase");
    set(element, "name", clean(arena, harness_json_text(row, "name")));
    set(element, "classname",
        slash == NULL ? "." : lineage_arena_text(arena, path, (size_t)(slash - path)));
    set(element, "file", path);
    set_seconds(element, harness_json_number(row, "seconds"));
    if (!is_failure(row) && !is_error(row))
        return;
    mxml_node_t *problem = add_element(element, is_failure(row) ? "failure" : "error");
    set(problem, "message", clean(arena, harness_row_complaint(arena, row)));
    set(problem, "type", is_failure(row) ? "verdict" : "no answer");
    mxml_node_t *text = mxmlNewOpaque(problem, details(arena, row));
    need(text);
    need(mxmlGetOpaque(text));
}

static void add_suite(mxml_node_t *document, const struct harness_sweep *sweep)
{
    struct lineage_arena arena = {.newest = NULL};
    size_t failures = 0, errors = 0;
    mxml_node_t *suite = add_element(add_element(document, "testsuites"), "testsuite");
    for (size_t i = 0; i < sweep->entries.count; i++) {
        failures += is_failure(sweep->entries.items[i].row);
        errors += is_error(sweep->entries.items[i].row);
        add_case(suite, sweep->entries.items[i].row, &arena);
    }
    set(suite, "name", "ldfi sweep");
    set_count(suite, "tests", sweep->entries.count);
    set_count(suite, "failures", failures);
    set_count(suite, "errors", errors);
    set_seconds(suite, harness_seconds() - sweep->start_seconds);
    lineage_arena_free(&arena);
}

/* Writes a file whole or not at all. */
static bool save(mxml_node_t *document, const char *path)
{
    FILE *file = fopen(path, "w");
    harness_file_in_use = path;
    bool is_whole =
        file != NULL && mxmlSaveFile(document, file, MXML_NO_CALLBACK) == 0 && !ferror(file);
    if (file != NULL)
        is_whole = fclose(file) == 0 && is_whole;
    harness_file_in_use = NULL;
    if (!is_whole)
        harness_remove_old(path);
    return is_whole;
}

static void ignore(const char *message)
{
    (void)message; /* `need` sees it */
}

/* Mini-XML takes memory for its settings where it is first used, and does not look whether there is
 * any. */
static void begin(void)
{
    enum { SETTINGS_BYTES = 1 << 13 };
    lineage_memory_free(lineage_memory_clear(SETTINGS_BYTES));
    mxmlSetWrapMargin(0);
    mxmlSetErrorCallback(ignore);
}

bool harness_sweep_junit(const struct harness_sweep *sweep, const char *path)
{
    begin();
    mxml_node_t *document = mxmlNewXML("1.0");
    need(document);
    need(mxmlGetElement(document));
    add_suite(document, sweep);
    const bool is_saved = save(document, path);
    mxmlDelete(document);
    return is_saved;
}
