#include "report_page.h"

#include "budget.h"
#include "json.h"
#include "progress.h"
#include "status.h"
#include "utf8.h"
#include "version.h"

#include <sqlite3.h>
#include <string.h>
#include <time.h>

enum { STEPS_TO_POLL = 10000 }; /* of SQLite's machine */

static const char head[] =
#include "page_head.inc"
    ;
static const char style[] =
#include "page_css.inc"
    ;
static const char body[] =
#include "page_body.inc"
    ;
static const char script[] =
#include "page_js.inc"
    ;
/* What may run and how it may look: the digests of both, and nothing else. */
static const char policy[] =
#include "page_policy.inc"
    ;

void harness_page_begin(FILE *out, const char *name, int64_t id, const char *detail)
{
    fprintf(out, "<script type=\"application/json\" id=\"%s", name);
    if (id > 0)
        fprintf(out, "-%lld", (long long)id);
    if (detail != NULL)
        fprintf(out, "\" data-detail=\"%s", detail);
    fputs("\">", out);
}

void harness_page_end(FILE *out)
{
    fputs("</script>\n", out);
}

/* Characters that mean something to HTML, and line ends that only JavaScript knows, occur in JSON
 * within strings alone. */
static void print_escaped(const char *json, FILE *out)
{
    for (const char *at = json; *at != '\0'; at++) {
        if (*at == '<' || *at == '>' || *at == '&')
            fprintf(out, "\\u%04x", (unsigned)*at);
        else if (strncmp(at, "\u2028", 3) == 0 || strncmp(at, "\u2029", 3) == 0) {
            fputs(at[2] == '\xa8' ? "\\u2028" : "\\u2029", out);
            at += 2;
        } else {
            fputc(*at, out);
        }
    }
}

void harness_page_json(cJSON *json, FILE *out)
{
    char *text = cJSON_PrintUnformatted(json);
    harness_make_valid(text);
    print_escaped(text, out);
    cJSON_free(text);
    cJSON_Delete(json);
}

bool harness_page_fail(struct harness_page *page, const char *why)
{
    lineage_error(page->diagnostics, (struct lineage_place){0}, "%s: %s", page->database, why);
    return false;
}

static cJSON *value_of(sqlite3_stmt *row, int column)
{
    switch (sqlite3_column_type(row, column)) {
    case SQLITE_NULL:
        return cJSON_CreateNull();
    case SQLITE_INTEGER:
    case SQLITE_FLOAT:
        return cJSON_CreateNumber(sqlite3_column_double(row, column));
    default: {
        const char *text = (const char *)sqlite3_column_text(row, column);
        return cJSON_CreateString(text != NULL ? text : "");
    }
    }
}

cJSON *harness_page_rows(struct harness_page *page, const char *sql, int64_t first, int64_t second)
{
    sqlite3 *database = lineage_store_database(page->store);
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);
    cJSON *rows = cJSON_CreateArray();
    if (result == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, first);
        sqlite3_bind_int64(statement, 2, second);
        while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
            cJSON *row = cJSON_CreateArray();
            for (int i = 0; i < sqlite3_column_count(statement); i++)
                cJSON_AddItemToArray(row, value_of(statement, i));
            cJSON_AddItemToArray(rows, row);
        }
    }
    if (result != SQLITE_DONE) {
        harness_page_fail(page, sqlite3_errmsg(database));
        cJSON_Delete(rows);
        rows = NULL;
    }
    sqlite3_finalize(statement);
    return rows;
}

/* Adds the rows of a query under a key; false if the database cannot be read. */
static bool add_rows(struct harness_page *page, cJSON *object, const char *key, const char *sql,
                     int64_t first, int64_t second)
{
    cJSON *rows = harness_page_rows(page, sql, first, second);
    if (rows != NULL)
        cJSON_AddItemToObject(object, key, rows);
    return rows != NULL;
}

/* What was asked of a search, by the row that it has. */
static cJSON *describe_search(const cJSON *row)
{
    static const char *const keys[] = {"id",        "started", "version",  "scenario",  "model",
                                       "strategy",  "oracle",  "eot",      "eff",       "crashes",
                                       "omissions", "verdict", "complete", "run_count", "seconds"};
    cJSON *search = cJSON_CreateObject();
    for (int i = 0; i < (int)(sizeof keys / sizeof *keys); i++)
        cJSON_AddItemToObject(search, keys[i], cJSON_Duplicate(cJSON_GetArrayItem(row, i), true));
    return search;
}

/* Adds its nodes, its runs, and how many there are. (The view `runs` says the same, but in a
 * stranger's database views are programs.) */
static bool add_runs(struct harness_page *page, int64_t id, cJSON *search)
{
    const int64_t room = (int64_t)HARNESS_PAGE_RUNS_LISTED - (int64_t)page->runs;
    const bool is_read =
        add_rows(page, search, "counts",
                 "SELECT kind, promise, count(*) FROM execution WHERE search = ? AND kind NOT IN "
                 "('envelope', 'partial envelope') GROUP BY kind, promise ORDER BY kind, promise",
                 id, 0) &&
        add_rows(page, search, "nodes",
                 "SELECT name, immune FROM node WHERE search = ? ORDER BY number", id, 0) &&
        add_rows(page, search, "runs",
                 "SELECT id, kind, promise, faults, "
                 "(SELECT count(*) FROM omission WHERE execution = e.id) + "
                 "(SELECT count(*) FROM crash WHERE execution = e.id), "
                 "(SELECT group_concat(tuple, ' ') FROM broken WHERE execution = e.id) "
                 "FROM execution e WHERE search = ?1 AND kind NOT IN ('envelope', 'partial "
                 "envelope') ORDER BY kind IN ('hypothesis', 'check'), id LIMIT ?2",
                 id, room > 0 ? room : 0);
    page->searches++;
    page->runs += (size_t)cJSON_GetArraySize(cJSON_GetObjectItem(search, "runs"));
    return is_read;
}

/* Counts the runs to make again, as far as they are listed (report_page_search.c). */
static bool count_runs(struct harness_page *page)
{
    cJSON *rows = harness_page_rows(
        page,
        "SELECT sum(min(?2, (SELECT count(*) FROM execution WHERE search = s.id AND kind NOT IN "
        "('envelope', 'partial envelope')))) FROM (SELECT id FROM search ORDER BY id DESC LIMIT "
        "?1) s",
        HARNESS_PAGE_SEARCHES, HARNESS_PAGE_RUNS_LISTED);
    const cJSON *sum = cJSON_GetArrayItem(cJSON_GetArrayItem(rows, 0), 0);
    page->runs_total = cJSON_IsNumber(sum) ? (size_t)sum->valuedouble : 0;
    const bool is_read = rows != NULL;
    cJSON_Delete(rows);
    return is_read;
}

/* Writes what belongs to each search, and lists them. */
static bool write_searches(struct harness_page *page, cJSON *overview)
{
    cJSON *rows = harness_page_rows(
        page,
        "SELECT id, started, version, scenario, model, strategy, oracle, eot, eff, crashes, "
        "omissions, verdict, complete, run_count, seconds FROM search ORDER BY id DESC LIMIT ?",
        HARNESS_PAGE_SEARCHES, 0);
    cJSON *list = cJSON_AddArrayToObject(overview, "searches"), *row;
    bool is_right = rows != NULL;
    cJSON_ArrayForEach(row, rows)
    {
        const int64_t id = (int64_t)cJSON_GetArrayItem(row, 0)->valuedouble;
        cJSON *search = describe_search(row);
        cJSON_AddItemToArray(list, search);
        is_right =
            is_right &&
            harness_page_search(page, id, harness_json_is(search, "strategy", "import"), search) &&
            add_runs(page, id, search);
    }
    cJSON_Delete(rows);
    return is_right;
}

/* What bisect and compare have said is JSON in a column. */
static bool add_comparisons(struct harness_page *page, cJSON *overview)
{
    cJSON *rows = harness_page_rows(
        page, "SELECT kind, made, report FROM comparison ORDER BY id DESC LIMIT ?",
        HARNESS_PAGE_SEARCHES, 0);
    cJSON *list = cJSON_AddArrayToObject(overview, "comparisons"), *row;
    bool is_right = rows != NULL;
    cJSON_ArrayForEach(row, rows)
    {
        cJSON *report = cJSON_Parse(cJSON_GetStringValue(cJSON_GetArrayItem(row, 2)));
        cJSON *comparison = cJSON_CreateObject();
        cJSON_AddItemToObject(comparison, "kind",
                              cJSON_Duplicate(cJSON_GetArrayItem(row, 0), true));
        cJSON_AddItemToObject(comparison, "made",
                              cJSON_Duplicate(cJSON_GetArrayItem(row, 1), true));
        is_right = is_right && cJSON_IsObject(report);
        cJSON_AddItemToObject(comparison, "report", report);
        cJSON_AddItemToArray(list, comparison);
    }
    if (rows != NULL && !is_right)
        harness_page_fail(page, "the database is damaged: what a comparison reported");
    cJSON_Delete(rows);
    return is_right;
}

static void add_limits(cJSON *overview)
{
    cJSON *limits = cJSON_AddObjectToObject(overview, "limits");
    cJSON_AddNumberToObject(limits, "searches", HARNESS_PAGE_SEARCHES);
    cJSON_AddNumberToObject(limits, "runs", HARNESS_PAGE_RUNS_LISTED);
    cJSON_AddNumberToObject(limits, "firings", HARNESS_PAGE_FIRINGS);
    cJSON_AddNumberToObject(limits, "others", HARNESS_PAGE_OTHERS_WHOLE);
    cJSON_AddNumberToObject(limits, "messages", HARNESS_PAGE_MESSAGES);
    cJSON_AddNumberToObject(limits, "seconds", HARNESS_PAGE_SECONDS);
    cJSON_AddNumberToObject(limits, "graphs", HARNESS_PAGE_GRAPHS);
    cJSON_AddNumberToObject(limits, "run_graphs", HARNESS_PAGE_RUN_GRAPHS);
    cJSON_AddNumberToObject(limits, "graph_nodes", HARNESS_PAGE_GRAPH_NODES);
    cJSON_AddNumberToObject(limits, "rows", HARNESS_PAGE_ROWS);
}

/* Writes the data; false with errors reported. */
static bool write_data(struct harness_page *page)
{
    cJSON *overview = cJSON_CreateObject();
    char made[32];
    const time_t now = time(NULL);
    struct tm parts;
    strftime(made, sizeof made, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &parts));
    cJSON_AddStringToObject(overview, "version", HARNESS_VERSION);
    cJSON_AddStringToObject(overview, "database", page->database);
    cJSON_AddStringToObject(overview, "made", made);
    add_limits(overview);
    const bool is_written =
        count_runs(page) && write_searches(page, overview) && add_comparisons(page, overview) &&
        add_rows(page, overview, "counts",
                 "SELECT (SELECT count(*) FROM search), (SELECT count(*) FROM result), "
                 "(SELECT count(*) FROM comparison)",
                 0, 0) &&
        add_rows(
            page, overview, "results",
            "SELECT scenario, choice, version, verdict, vacuous, eot, eff, crashes, runs, "
            "smallest, done, seconds, recorded FROM result ORDER BY scenario, choice, recorded "
            "LIMIT ?",
            HARNESS_PAGE_ROWS, 0) &&
        add_rows(page, overview, "shards",
                 "SELECT plan, number, count, planned, finished FROM shard "
                 "ORDER BY plan, count, number LIMIT ?",
                 HARNESS_PAGE_ROWS, 0);
    if (!is_written) {
        cJSON_Delete(overview);
        return false;
    }
    harness_page_show_graphs(page, harness_graphs_count(page->graphs));
    cJSON_AddItemToObject(overview, "graphs",
                          harness_graphs_write(page->graphs, page->interrupted, page->out));
    harness_page_begin(page->out, "overview", 0, NULL);
    harness_page_json(overview, page->out);
    harness_page_end(page->out);
    return true;
}

/* Asked by SQLite now and then; it ends what it does when this is not 0. */
static int is_interrupted(void *context)
{
    const struct harness_page *page = context;
    return *page->interrupted;
}

int harness_page_write(struct harness_page *page, FILE *out)
{
    sqlite3_progress_handler(lineage_store_database(page->store), STEPS_TO_POLL, is_interrupted,
                             page);
    page->out = out;
    page->start_seconds = harness_seconds();
    page->graphs = harness_graphs_create();
    fprintf(out,
            "%s<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
            "base-uri 'none'; form-action 'none'; %s\">\n<style>%s</style>\n%s",
            head, policy, style, body);
    const bool is_written = write_data(page);
    fprintf(out, "<script>%s</script>\n", script);
    harness_graphs_free(page->graphs);
    sqlite3_progress_handler(lineage_store_database(page->store), 0, NULL, NULL);
    harness_progress_end(&page->drawn);
    if (*page->interrupted)
        return HARNESS_STATUS_INTERRUPTED;
    return is_written ? HARNESS_STATUS_OK : HARNESS_STATUS_BAD_INPUT;
}
