/* A search on the page: its program runs again, the good run first, then counterexamples, then the
 * others as far as the page has room. */
#include "report_page.h"

#include "budget.h"
#include "evidence.h"

#include <inttypes.h>
#include <sqlite3.h>

/* One run to write. */
struct entry {
    int64_t id;
    bool is_leading; /* the good run or a counterexample */
};
typedef LINEAGE_ARRAY(struct entry) entries;

/* ---- names and tuples ---- */

static cJSON *describe_names(const struct lineage_universe *universe, cJSON *object)
{
    cJSON *nodes = cJSON_AddArrayToObject(object, "nodes");
    for (uint32_t i = 0; i < universe->nodes.count; i++)
        cJSON_AddItemToArray(nodes, cJSON_CreateString(lineage_node_name(universe, i)));
    cJSON *relations = cJSON_AddArrayToObject(object, "relations");
    cJSON *internal = cJSON_AddArrayToObject(object, "internal");
    for (size_t i = 0; i < universe->relations.count; i++) {
        const struct lineage_relation *relation = &universe->relations.items[i];
        cJSON_AddItemToArray(relations, cJSON_CreateString(relation->name));
        if (relation->internal)
            cJSON_AddItemToArray(internal, cJSON_CreateNumber((double)i));
    }
    cJSON *rules = cJSON_AddArrayToObject(object, "rules");
    for (size_t i = 0; i < universe->rules.count; i++) {
        const struct lineage_rule *rule = &universe->rules.items[i];
        cJSON *item = cJSON_CreateArray();
        cJSON_AddItemToArray(item, cJSON_CreateString(rule->file));
        cJSON_AddItemToArray(item, cJSON_CreateNumber(rule->line));
        cJSON_AddItemToArray(item, cJSON_CreateString(rule->text));
        cJSON_AddItemToArray(rules, item);
    }
    return object;
}

/* A string is a string, an integer a number, or in brackets where JavaScript's are not wide enough;
 * null is a value that is not known, true stands for every value. */
static cJSON *describe_value(const struct lineage_universe *universe, lineage_value value)
{
    if (value == LINEAGE_UNKNOWN)
        return cJSON_CreateNull();
    if (value == LINEAGE_ANY)
        return cJSON_CreateTrue();
    if (!lineage_is_integer(universe, value))
        return cJSON_CreateString(lineage_text_of(universe, value));
    const int64_t integer = lineage_integer_of(universe, value);
    if (integer > -(INT64_C(1) << 53) && integer < INT64_C(1) << 53)
        return cJSON_CreateNumber((double)integer);
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, integer);
    cJSON *wide = cJSON_CreateArray();
    cJSON_AddItemToArray(wide, cJSON_CreateString(digits));
    return wide;
}

/* [relation, value, value...] */
static cJSON *describe_tuple(const struct lineage_universe *universe, lineage_tuple tuple)
{
    const uint32_t relation = lineage_tuple_relation(universe, tuple);
    const lineage_value *values = lineage_tuple_values(universe, tuple);
    cJSON *item = cJSON_CreateArray();
    cJSON_AddItemToArray(item, cJSON_CreateNumber(relation));
    for (uint32_t i = 0; i < universe->relations.items[relation].arity; i++)
        cJSON_AddItemToArray(item, describe_value(universe, values[i]));
    return item;
}

static void write_names(const struct harness_page_search *search)
{
    cJSON *object = describe_names(search->universe, cJSON_CreateObject());
    cJSON *tuples = cJSON_AddArrayToObject(object, "tuples");
    for (size_t i = 0; i < search->tuples.count; i++)
        cJSON_AddItemToArray(tuples, describe_tuple(search->universe, search->tuples.items[i]));
    harness_page_begin(search->page->out, "search", search->id, NULL);
    harness_page_json(object, search->page->out);
    harness_page_end(search->page->out);
}

/* ---- which runs ---- */

/* Lists the runs of a search, those that lead first. */
static bool list_runs(struct harness_page *page, int64_t search, entries *list)
{
    cJSON *rows = harness_page_rows(
        page,
        "SELECT id, kind IN ('good', 'counterexample') FROM execution WHERE search = ?1 AND kind "
        "NOT IN ('envelope', 'partial envelope') "
        "ORDER BY kind = 'good' DESC, kind = 'counterexample' DESC, id LIMIT ?2",
        search, HARNESS_PAGE_RUNS_LISTED);
    const cJSON *row;
    cJSON_ArrayForEach(row, rows)
    {
        const struct entry entry = {(int64_t)cJSON_GetArrayItem(row, 0)->valuedouble,
                                    cJSON_GetArrayItem(row, 1)->valuedouble > 0};
        LINEAGE_PUSH(list, entry);
    }
    cJSON_Delete(rows);
    return rows != NULL;
}

/* ---- running again ---- */

/* Is any room left? With all firings, or messages alone? (Whether a run fits is known once it is
 * made: harness_page_run.) */
static bool is_room(const struct harness_page *page, bool is_whole)
{
    return is_whole ? page->firings < HARNESS_PAGE_FIRINGS && page->facts < HARNESS_PAGE_FIRINGS
                    : page->messages < HARNESS_PAGE_MESSAGES;
}

/* Makes a run again, and writes it if it fits. */
static enum harness_outcome run_again(struct harness_page_search *search,
                                      struct harness_session *session, const struct entry *entry,
                                      bool is_whole, const struct lineage_schedule *faults,
                                      bool *fits)
{
    struct harness_executor *executor = &session->executor;
    struct lineage_execution execution;
    lineage_tuples broken = {.count = 0};
    const bool is_good = lineage_schedule_size(faults) == 0;
    if (is_good && search->has_good) {
        *fits = harness_page_run(search, entry->id, &search->good, faults, NULL, is_whole);
        return HARNESS_OK;
    }
    const enum harness_outcome outcome = executor->execute(executor, faults, is_whole, &execution);
    if (outcome == HARNESS_OK) {
        lineage_broken_promises(&execution, session->scenario.oracle, &search->good, &broken);
        *fits = harness_page_run(search, entry->id, &execution, faults, &broken, is_whole);
    }
    lineage_memory_free(broken.items);
    lineage_execution_free(&execution);
    return outcome;
}

/* Says why runs are missing from the page. */
static void explain(const struct harness_page *page, const struct harness_session *session,
                    enum harness_outcome outcome, cJSON *told)
{
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    if (*page->interrupted)
        fputs("interrupted", out);
    else if (outcome == HARNESS_FAILED)
        fprintf(out, "a run ends with an error of the model: %s", session->executor.failure);
    else if (session->search.budget.stop == HARNESS_OUT_OF_MEMORY)
        fputs("memory ended before all runs were made again", out);
    else
        fprintf(out, "%d seconds ended before all runs were made again", HARNESS_PAGE_SECONDS);
    char *note = lineage_text_close(&text);
    cJSON_AddStringToObject(told, "note", note);
    lineage_memory_free(note);
}

/* Says what an execution promises, and what of that it keeps. */
static void count_promises(const struct lineage_execution *execution, cJSON *told)
{
    size_t pre = 0, post = 0;
    if (execution->pre != LINEAGE_NONE)
        lineage_facts_at(execution, execution->pre, execution->eot, &pre);
    if (execution->post != LINEAGE_NONE)
        lineage_facts_at(execution, execution->post, execution->eot, &post);
    cJSON_AddNumberToObject(told, "pre", (double)pre);
    cJSON_AddNumberToObject(told, "post", (double)post);
}

/* Writes the runs of an opened search, up to the first that does not fit and is none of those that
 * lead: of that many others there is no end. False if the database cannot be read. */
static bool write_runs(struct harness_page_search *search, struct harness_session *session,
                       const entries *list, cJSON *told)
{
    struct harness_page *page = search->page;
    enum harness_outcome outcome = HARNESS_OK;
    size_t others = 0;
    bool is_right = true, goes_on = true;
    for (size_t i = 0; is_right && goes_on && outcome == HARNESS_OK && i < list->count; i++) {
        const struct entry *entry = &list->items[i];
        struct lineage_schedule faults = {.omissions = {0}};
        const bool is_whole =
            (entry->is_leading || others < HARNESS_PAGE_OTHERS_WHOLE) && is_room(page, true);
        bool fits = true;
        if (!is_whole && !is_room(page, false))
            break;
        is_right = harness_evidence_read_faults(page->store, entry->id, session, &faults);
        if (is_right)
            outcome = run_again(search, session, entry, is_whole, &faults, &fits);
        others += is_whole && !entry->is_leading;
        page->runs_done++;
        goes_on = fits || entry->is_leading;
        lineage_schedule_free(&faults);
    }
    if (outcome != HARNESS_OK)
        explain(page, session, outcome, told);
    return is_right;
}

/* Hands the first error of a session on. Always false. */
static bool hand_on(struct harness_page *page, const struct harness_session *session)
{
    const struct lineage_diagnostics *errors = &session->diagnostics;
    for (size_t i = 0; i < errors->items.count; i++)
        if (errors->items.items[i].severity == LINEAGE_ERROR)
            return harness_page_fail(page, errors->items.items[i].message);
    return harness_page_fail(page, "the database is damaged");
}

static void forget(struct harness_page_search *search)
{
    lineage_execution_free(&search->good);
    lineage_memory_free(search->tuple_numbers);
    lineage_memory_free(search->tuples.items);
}

static void show(void *context)
{
    const struct harness_page_search *search = context;
    harness_page_show_runs(search->page, search->executor);
}

/* What runs is stopped when the page has had its time, or the machine's memory, or by the user. */
static void limit(struct harness_session *session, struct harness_page_search *search)
{
    const struct harness_page *page = search->page;
    search->executor = &session->executor;
    session->search.budget.tick = show;
    session->search.budget.tick_context = search;
    session->search.budget.start_seconds = page->start_seconds;
    session->search.budget.seconds_max = HARNESS_PAGE_SECONDS;
    session->search.budget.interrupted = page->interrupted;
    harness_budget_measure(&session->search.budget);
    lineage_memory_watch(harness_budget_watch, &session->search.budget);
    session->executor.poll = harness_budget_poll;
    session->executor.poll_context = &session->search.budget;
}

static bool write_program(struct harness_page *page, int64_t id, const entries *list, cJSON *told)
{
    struct harness_page_search search = {.page = page, .id = id};
    struct harness_session session = {.combination = 0};
    const struct lineage_schedule none = {.omissions = {0}};
    harness_scenario_create(&session.scenario);
    bool is_right = harness_evidence_open_search(page->store, search.id, &session);
    if (is_right) {
        limit(&session, &search);
        search.universe = session.executor.universe;
        const enum harness_outcome outcome =
            session.executor.execute(&session.executor, &none, true, &search.good);
        search.has_good = outcome == HARNESS_OK;
        if (search.has_good)
            is_right = write_runs(&search, &session, list, told);
        else
            explain(page, &session, outcome, told);
        if (search.has_good)
            count_promises(&search.good, told);
        if (is_right)
            write_names(&search);
    }
    lineage_memory_watch(NULL, NULL);
    forget(&search);
    if (!is_right)
        hand_on(page, &session);
    harness_session_free(&session);
    return is_right;
}

/* A capture has no program: it is read back. */
static bool write_capture(struct harness_page *page, int64_t id, const entries *list, cJSON *told)
{
    struct lineage_restored restored;
    struct harness_page_search search = {.page = page, .id = id, .universe = &restored.universe};
    struct lineage_schedule faults = {.omissions = {0}};
    bool is_right = lineage_store_restore(page->store, id, &restored);
    if (is_right && list->count > 0) {
        const int64_t run = list->items[0].id;
        is_right = lineage_store_read_schedule(page->store, run, restored.universe.nodes.count,
                                               restored.bounds.eot, &faults);
        if (is_right)
            harness_page_run(&search, run, &restored.good, &faults, NULL, true);
    }
    if (is_right) {
        count_promises(&restored.good, told);
        write_names(&search);
    } else {
        harness_page_fail(page, lineage_store_error(page->store));
    }
    lineage_schedule_free(&faults);
    forget(&search);
    lineage_restored_free(&restored);
    return is_right;
}

bool harness_page_search(struct harness_page *page, int64_t id, bool is_capture, cJSON *told)
{
    entries list = {.count = 0};
    const size_t done = page->runs_done;
    const bool is_right =
        list_runs(page, id, &list) &&
        (is_capture ? write_capture(page, id, &list, told) : write_program(page, id, &list, told));
    page->runs_done = done + list.count; /* those left out are done, too */
    lineage_memory_free(list.items);
    return is_right;
}
