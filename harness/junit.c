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

static void add_case(mxml_node_t *suite, const cJSON *row, struct lineage_arena *arena)
{
    const char *path = clean(arena, harness_json_text(row, "scenario"));
    const char *slash = strrchr(path, '/');
    mxml_node_t *element = mxmlNewElement(suite, "testcase");
    mxmlElementSetAttr(element, "name", clean(arena, harness_json_text(row, "name")));
    mxmlElementSetAttr(element, "classname",
                       slash == NULL ? "."
                                     : lineage_arena_text(arena, path, (size_t)(slash - path)));
    mxmlElementSetAttr(element, "file", path);
    mxmlElementSetAttrf(element, "time", "%.3f", harness_json_number(row, "seconds"));
    if (!is_failure(row) && !is_error(row))
        return;
    mxml_node_t *problem = mxmlNewElement(element, is_failure(row) ? "failure" : "error");
    mxmlElementSetAttr(problem, "message", clean(arena, harness_row_complaint(arena, row)));
    mxmlElementSetAttr(problem, "type", is_failure(row) ? "verdict" : "no answer");
    mxmlNewOpaque(problem, details(arena, row));
}

bool harness_sweep_junit(const struct harness_sweep *sweep, const char *path)
{
    struct lineage_arena arena = {.newest = NULL};
    size_t failures = 0, errors = 0;
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    mxml_node_t *document = mxmlNewXML("1.0");
    mxml_node_t *suite = mxmlNewElement(mxmlNewElement(document, "testsuites"), "testsuite");
    for (size_t i = 0; i < sweep->entries.count; i++) {
        failures += is_failure(sweep->entries.items[i].row);
        errors += is_error(sweep->entries.items[i].row);
        add_case(suite, sweep->entries.items[i].row, &arena);
    }
    mxmlElementSetAttr(suite, "name", "ldfi sweep");
    mxmlElementSetAttrf(suite, "tests", "%zu", sweep->entries.count);
    mxmlElementSetAttrf(suite, "failures", "%zu", failures);
    mxmlElementSetAttrf(suite, "errors", "%zu", errors);
    mxmlElementSetAttrf(suite, "time", "%.3f", harness_seconds() - sweep->start_seconds);
    mxmlSetWrapMargin(0);
    const bool is_saved = mxmlSaveFile(document, file, MXML_NO_CALLBACK) == 0 && !ferror(file);
    mxmlDelete(document);
    lineage_arena_free(&arena);
    const bool is_whole = fclose(file) == 0 && is_saved;
    if (!is_whole)
        harness_remove_old(path); /* no half of it */
    return is_whole;
}
