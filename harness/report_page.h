/* The page of a database (`ldfi report`): one HTML file that holds everything, and is read without
 * a server and without this program.
 *
 * The page is harness/page/ (HTML, CSS, JavaScript), with data behind it in elements of their own,
 * <script type="application/json" id=...>, which the page reads when they are asked for:
 *
 *     overview      searches and their runs as lists, results of sweeps, comparisons, the limits
 *     search-ID     names, rules and tuples of a search, which its runs name by number
 *     run-ID        a run: messages, and (data-detail="whole") facts, firings, absences
 *     graphs-ID     of a whole run: lineage as graphs, laid out
 *
 * Texts come from anywhere. They are in JSON alone, where every character that HTML knows is
 * escaped; Graphviz is given none of them. */
#ifndef LDFI_HARNESS_REPORT_PAGE_H
#define LDFI_HARNESS_REPORT_PAGE_H

#include "session.h"

#include <cjson/cJSON.h>

/* What a page holds at most. The page says what was left out. */
enum {
    HARNESS_PAGE_SEARCHES = 50,       /* with their runs, the newest first */
    HARNESS_PAGE_RUNS_LISTED = 20000, /* of all searches together */
    HARNESS_PAGE_FIRINGS = 400000,    /* of whole runs together; and as many facts */
    HARNESS_PAGE_OTHERS_WHOLE = 20,   /* of each search, beside the good run and
                                         counterexamples */
    HARNESS_PAGE_MESSAGES = 100000,   /* of runs that are not whole, together */
    HARNESS_PAGE_SECONDS = 30,        /* for running again what was run */
    HARNESS_PAGE_GRAPHS = 120,
    HARNESS_PAGE_RUN_GRAPHS = 40, /* of one run, so that others get theirs */
    HARNESS_PAGE_GRAPH_NODES = 150,
    HARNESS_PAGE_GRAPH_SECONDS = 20, /* for laying out all graphs */
    HARNESS_PAGE_ROWS = 20000,       /* of results of sweeps */
};

struct harness_page {
    struct lineage_store *store;
    const char *database; /* how the user calls it */
    const volatile sig_atomic_t *interrupted;
    struct lineage_diagnostics *diagnostics; /* gets the errors */
    bool shows_progress;                     /* on standard error */

    /* What was written. */
    size_t searches, runs;

    /* Private. */
    FILE *out;
    double start_seconds;
    size_t firings, facts, messages; /* written so far */
    struct harness_graphs *graphs;
    size_t runs_done, runs_total; /* of those to make again, of all searches */
    double drawn;                 /* when progress was shown last; 0: none is to be seen */
};

/* Writes the whole page. Returns HARNESS_STATUS_OK, or that with which to end, errors reported:
 * then what was written is nothing to keep. */
int harness_page_write(struct harness_page *page, FILE *out);

/* ---- what the files of the page share ---- */

/* Begins and ends an element of data; `detail` may be NULL. */
void harness_page_begin(FILE *out, const char *name, int64_t id, const char *detail);
void harness_page_end(FILE *out);

/* Prints JSON so that HTML does not see anything in it; deletes it. */
void harness_page_json(cJSON *json, FILE *out);

/* The rows of a query with two parameters as a list of lists. NULL, with an error reported, if the
 * database cannot be read. */
cJSON *harness_page_rows(struct harness_page *page, const char *sql, int64_t first, int64_t second);

/* The database is not what ldfi writes, or cannot be read. Always false. */
bool harness_page_fail(struct harness_page *page, const char *why);

/* One search, opened; its executions share a universe. */
struct harness_page_search {
    struct harness_page *page;
    int64_t id;
    const struct lineage_universe *universe;
    const struct harness_executor *executor; /* what makes runs again, where something does */
    struct lineage_execution good; /* recorded with its firings; empty: it could not be made */
    bool has_good;
    uint32_t *tuple_numbers; /* by tuple: its number on the page, or LINEAGE_NONE */
    size_t tuple_capacity;
    LINEAGE_ARRAY(lineage_tuple) tuples; /* those on the page, by number */
};

/* Writes the runs and names of a search, and adds to what is told of it: `pre` and `post`, so many
 * facts at the end of its good run; `note`, what could not be done. False with errors reported. */
bool harness_page_search(struct harness_page *page, int64_t id, bool is_capture, cJSON *told);

/* Writes a run under these faults, and takes note of its graphs. With `broken` (its broken
 * promises; NULL: it is the good run, or a capture) what the differences from the good run begin
 * with is told, too. A run that is not to be whole, or is too large for what is left of the page's
 * room, is written with its messages alone. False if not even these fit: nothing is written. */
bool harness_page_run(struct harness_page_search *search, int64_t run,
                      const struct lineage_execution *execution,
                      const struct lineage_schedule *faults, const lineage_tuples *broken,
                      bool is_whole);

/* ---- progress (report_page_progress.c) ---- */

/* Draws the line of runs that are made again, if it is time; `executor` is what makes one now, or
 * NULL. */
void harness_page_show_runs(struct harness_page *page, const struct harness_executor *executor);

/* Draws the line of so many graphs that are laid out, if it is time. */
void harness_page_show_graphs(struct harness_page *page, size_t graphs);

/* ---- lineage as graphs (report_graph.c) ---- */

struct harness_graphs *harness_graphs_create(void);
void harness_graphs_free(struct harness_graphs *graphs);

/* How many there are to be laid out. */
size_t harness_graphs_count(const struct harness_graphs *graphs);

/* Adds a graph of the lineage of each pre and post fact at the end of an execution, those of
 * `first` (tuples of `pre`; may be NULL) first, as far as the page's limits allow. */
void harness_graphs_add(struct harness_graphs *graphs, int64_t run,
                        const struct lineage_execution *execution, const lineage_tuples *first);

/* Lays them all out and writes them. Returns what to tell of it: {"graphs", "left_out", "error"};
 * the caller deletes it. */
cJSON *harness_graphs_write(struct harness_graphs *graphs, const volatile sig_atomic_t *interrupted,
                            FILE *out);

#endif
