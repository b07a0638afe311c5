/* Writing: one search after the other, one transaction a run. */
#include "store_internal.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

/* For so long runs are kept back to be committed together. */
static const double BEHIND_SECONDS = 0.05;

enum statement {
    BEGIN_RUN,
    END_RUN,
    INSERT_SEARCH,
    END_SEARCH,
    ABANDON_SEARCH,
    INSERT_SOURCE,
    INSERT_NODE,
    INSERT_RELATION,
    INSERT_RULE,
    INSERT_TUPLE,
    INSERT_EXECUTION,
    INSERT_OMISSION,
    INSERT_CRASH,
    INSERT_BROKEN,
    INSERT_MESSAGE,
    INSERT_FACT,
    INSERT_ABSENCE,
    INSERT_FIRING,
    INSERT_PREMISE,
    INSERT_PERIL,
    INSERT_COUNTEREXAMPLE,
    INSERT_VARIABLE,
    INSERT_CLAUSE,
    STATEMENT_COUNT
};

static const char *const sources[] = {
    "SAVEPOINT run",
    "RELEASE run",
    ("INSERT INTO search (version, scenario, model, strategy, oracle, eot, eff, crashes, "
     "omissions) "
     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
    "UPDATE search SET verdict = ?, complete = ?, run_count = ?, seconds = ? / 1e3 WHERE id = ?",
    ("UPDATE search SET complete = 0, seconds = ?2 / 1e3, "
     "verdict = iif(EXISTS (SELECT 1 FROM execution WHERE search = ?1 AND promise = 'broken' AND "
     "kind <> 'check'), 'counterexample', 'incomplete'), "
     "run_count = (SELECT count(*) FROM execution WHERE search = ?1 AND kind IN "
     "('good', 'hypothesis')) WHERE id = ?1"),
    "INSERT INTO source VALUES (?, ?, ?, ?)",
    "INSERT INTO node VALUES (?, ?, ?, ?)",
    "INSERT INTO relation VALUES (?, ?, ?, ?, ?)",
    "INSERT INTO rule VALUES (?, ?, ?, ?, ?)",
    "INSERT INTO tuple VALUES (?, ?, ?, ?, ?)",
    "INSERT INTO execution (search, kind, promise, faults, recorded) VALUES (?, ?, ?, ?, ?)",
    "INSERT INTO omission VALUES (?, ?, ?, ?)",
    "INSERT INTO crash VALUES (?, ?, ?)",
    "INSERT INTO broken VALUES (?, ?)",
    "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?)",
    "INSERT INTO fact VALUES (?, ?, ?, ?, ?)",
    "INSERT INTO absence VALUES (?, ?, ?, ?)",
    "INSERT INTO firing VALUES (?, ?, ?, ?, ?, ?)",
    "INSERT INTO premise VALUES (?, ?, ?, ?, ?)",
    "INSERT INTO peril VALUES (?, ?, ?, ?)",
    "INSERT INTO counterexample VALUES (?, ?, ?)",
    "INSERT INTO variable VALUES (?, ?, ?)",
    "INSERT INTO clause VALUES (?, ?, ?)"};

_Static_assert((int)STATEMENT_COUNT <= (int)LINEAGE_STORE_STATEMENTS_MAX, "too few places");

static bool execute(struct lineage_store *store, const char *sql)
{
    return sqlite3_exec(store->database, sql, NULL, NULL, NULL) == SQLITE_OK ||
           lineage_store_fail(store);
}

/* Runs a statement with these values: 'i' a 64-bit integer, 's' a text (NULL: null), 'n' a number
 * whose LINEAGE_NONE is null. Texts must live until then. */
static bool run(struct lineage_store *store, enum statement number, const char *types, ...)
{
    sqlite3_stmt **statement = &store->statements[number];
    if (*statement == NULL &&
        sqlite3_prepare_v3(store->database, sources[number], -1, SQLITE_PREPARE_PERSISTENT,
                           statement, NULL) != SQLITE_OK)
        return lineage_store_fail(store);
    va_list values;
    va_start(values, types);
    int result = SQLITE_OK;
    for (int i = 1; types[i - 1] != '\0' && result == SQLITE_OK; i++) {
        if (types[i - 1] == 's') {
            result =
                sqlite3_bind_text(*statement, i, va_arg(values, const char *), -1, SQLITE_STATIC);
        } else {
            const int64_t value = va_arg(values, int64_t);
            if (types[i - 1] == 'n' && value == LINEAGE_NONE)
                result = sqlite3_bind_null(*statement, i);
            else
                result = sqlite3_bind_int64(*statement, i, value);
        }
    }
    va_end(values);
    if (result == SQLITE_OK)
        result = sqlite3_step(*statement);
    const bool done = result == SQLITE_DONE || lineage_store_fail(store);
    sqlite3_reset(*statement);
    return done;
}

#define INT(value) ((int64_t)(value))

/* Ends a transaction: what failed leaves nothing behind. */
static bool finish(struct lineage_store *store, bool done)
{
    if (done)
        done = execute(store, "COMMIT");
    if (!done && !sqlite3_get_autocommit(store->database))
        sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
    return done;
}

static void print_json_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        if ((unsigned char)*text < ' ')
            fprintf(out, "\\u%04x", (unsigned)(unsigned char)*text);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

static void print_columns(FILE *out, const struct lineage_universe *universe, lineage_tuple tuple)
{
    const uint32_t relation = lineage_tuple_relation(universe, tuple);
    const lineage_value *values = lineage_tuple_values(universe, tuple);
    fputc('[', out);
    for (uint32_t i = 0; i < universe->relations.items[relation].arity; i++) {
        fputs(i > 0 ? "," : "", out);
        if (values[i] == LINEAGE_UNKNOWN)
            fputs("null", out);
        else if (values[i] == LINEAGE_ANY)
            fputs("true", out);
        else if (lineage_is_integer(universe, values[i]))
            fprintf(out, "%lld", (long long)lineage_integer_of(universe, values[i]));
        else
            print_json_text(out, lineage_text_of(universe, values[i]));
    }
    fputc(']', out);
}

static bool store_tuple(struct lineage_store *store, lineage_tuple tuple)
{
    struct lineage_text printed;
    print_columns(lineage_text_open(&printed), store->universe, tuple);
    char *columns = lineage_text_close(&printed);
    char *text = lineage_tuple_text(store->universe, tuple);
    const bool done = run(store, INSERT_TUPLE, "iiiss", INT(store->search), INT(tuple),
                          INT(lineage_tuple_relation(store->universe, tuple)), columns, text);
    lineage_memory_free(text);
    lineage_memory_free(columns);
    return done;
}

/* Relations, rules and tuples that the universe has got since the last run. */
static bool store_new(struct lineage_store *store)
{
    const struct lineage_universe *universe = store->universe;
    for (; store->stored_relations < universe->relations.count; store->stored_relations++) {
        const struct lineage_relation *relation =
            &universe->relations.items[store->stored_relations];
        if (!run(store, INSERT_RELATION, "iisii", INT(store->search), INT(store->stored_relations),
                 relation->name, INT(relation->arity), INT(relation->internal)))
            return false;
    }
    for (; store->stored_rules < universe->rules.count; store->stored_rules++) {
        const struct lineage_rule *rule = &universe->rules.items[store->stored_rules];
        if (!run(store, INSERT_RULE, "iisis", INT(store->search), INT(store->stored_rules),
                 rule->file, INT(rule->line), rule->text))
            return false;
    }
    for (; store->stored_tuples < store->universe->tuples.count; store->stored_tuples++)
        if (!store_tuple(store, (lineage_tuple)store->stored_tuples))
            return false;
    return true;
}

static bool store_universe(struct lineage_store *store, const struct lineage_bounds *bounds)
{
    const struct lineage_universe *universe = store->universe;
    bool done = true;
    for (uint32_t i = 0; i < universe->nodes.count && done; i++)
        done = run(store, INSERT_NODE, "iisi", INT(store->search), INT(i),
                   lineage_node_name(universe, i), INT(bounds->immune[i]));
    return done && store_new(store);
}

static bool insert_search(struct lineage_store *store, const struct lineage_store_search *search)
{
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    fputc('[', out);
    for (size_t i = 0; i < search->model_count; i++) {
        fputs(i > 0 ? "," : "", out);
        print_json_text(out, search->model[i]);
    }
    fputc(']', out);
    char *model = lineage_text_close(&text);
    const struct lineage_bounds *bounds = search->bounds;
    const bool done = run(store, INSERT_SEARCH, "sssssiiin", search->version, search->scenario,
                          model, search->strategy, search->oracle, INT(bounds->eot),
                          INT(bounds->eff), INT(bounds->crashes), INT(bounds->omissions));
    lineage_memory_free(model);
    store->search = sqlite3_last_insert_rowid(store->database);
    return done;
}

static bool store_sources(struct lineage_store *store, const struct lineage_store_search *search)
{
    bool done = true;
    for (size_t i = 0; i < search->source_count && done; i++)
        done = run(store, INSERT_SOURCE, "iiss", INT(store->search), INT(i),
                   search->sources[i]->path, search->sources[i]->text);
    return done;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

bool lineage_store_begin(struct lineage_store *store, const struct lineage_store_search *search)
{
    store->universe = search->universe;
    store->stored_relations = store->stored_rules = store->stored_tuples = 0;
    store->begin_seconds = seconds();
    if (!execute(store, "BEGIN IMMEDIATE"))
        return false;
    return finish(store, insert_search(store, search) && store_sources(store, search) &&
                             store_universe(store, search->bounds));
}

static bool store_schedule(struct lineage_store *store, sqlite3_int64 execution,
                           const struct lineage_schedule *schedule)
{
    bool done = true;
    for (size_t i = 0; i < schedule->omissions.count && done; i++) {
        const struct lineage_omission *o = &schedule->omissions.items[i];
        done = run(store, INSERT_OMISSION, "iiii", INT(execution), INT(o->time), INT(o->from),
                   INT(o->to));
    }
    for (size_t i = 0; i < schedule->crashes.count && done; i++)
        done = run(store, INSERT_CRASH, "iii", INT(execution), INT(schedule->crashes.items[i].node),
                   INT(schedule->crashes.items[i].time));
    return done;
}

static bool store_broken(struct lineage_store *store, sqlite3_int64 execution,
                         const lineage_tuples *broken)
{
    bool done = true;
    for (size_t i = 0; broken != NULL && i < broken->count && done; i++) {
        char *text = lineage_tuple_text(store->universe, broken->items[i]);
        done = run(store, INSERT_BROKEN, "is", INT(execution), text);
        lineage_memory_free(text);
    }
    return done;
}

static bool store_firing(struct lineage_store *store, sqlite3_int64 id,
                         const struct lineage_execution *execution, uint32_t number)
{
    const struct lineage_firing *firing = &execution->firings.items[number];
    size_t count;
    const uint32_t *premises = lineage_premises_of(execution, number, &count);
    bool done = run(store, INSERT_FIRING, "iiinnn", INT(id), INT(number), INT(firing->rule),
                    INT(firing->head), INT(firing->message), INT(firing->exactly));
    for (size_t i = 0; i < count && done; i++)
        done =
            run(store, INSERT_PREMISE, "iiiii", INT(id), INT(number), INT(i),
                INT(lineage_premise_kind(premises[i])), INT(lineage_premise_number(premises[i])));
    return done;
}

static bool store_execution(struct lineage_store *store, sqlite3_int64 id,
                            const struct lineage_execution *execution)
{
    bool done = store_new(store);
    for (size_t i = 0; i < execution->messages.count && done; i++) {
        const struct lineage_message *m = &execution->messages.items[i];
        done = run(store, INSERT_MESSAGE, "iiinnii", INT(id), INT(i), INT(m->tuple), INT(m->from),
                   INT(m->to), INT(m->sent_time), INT(m->fate));
    }
    for (size_t i = 0; i < execution->facts.count && done; i++) {
        const struct lineage_fact *fact = &execution->facts.items[i];
        done = run(store, INSERT_FACT, "iiiii", INT(id), INT(i), INT(fact->tuple), INT(fact->time),
                   INT(fact->certain));
    }
    for (size_t i = 0; i < execution->absences.count && done; i++)
        done =
            run(store, INSERT_ABSENCE, "iiii", INT(id), INT(i),
                INT(execution->absences.items[i].pattern), INT(execution->absences.items[i].time));
    for (uint32_t i = 0; i < execution->firings.count && done; i++)
        done = store_firing(store, id, execution, i);
    for (size_t i = 0; i < execution->errors.count && done; i++)
        done = run(store, INSERT_PERIL, "iiii", INT(id), INT(i), INT(0),
                   INT(execution->errors.items[i]));
    for (size_t i = 0; i < execution->undecided.count && done; i++)
        done = run(store, INSERT_PERIL, "iiii", INT(id), INT(i), INT(1),
                   INT(execution->undecided.items[i]));
    return done;
}

static bool insert_execution(struct lineage_store *store, const char *kind,
                             const struct lineage_store_run *what,
                             const struct lineage_execution *execution)
{
    struct lineage_text text;
    lineage_schedule_print(store->universe, what->schedule, lineage_text_open(&text));
    char *faults = lineage_text_close(&text);
    const char *promise = strcmp(kind, "capture") == 0                      ? NULL
                          : what->broken != NULL && what->broken->count > 0 ? "broken"
                                                                            : "kept";
    const bool inserted = run(store, INSERT_EXECUTION, "isssi", INT(store->search), kind, promise,
                              faults, INT(execution != NULL));
    lineage_memory_free(faults);
    const sqlite3_int64 id = sqlite3_last_insert_rowid(store->database);
    if (!inserted || !store_schedule(store, id, what->schedule) ||
        !store_broken(store, id, what->broken))
        return false;
    if (strcmp(kind, "counterexample") == 0 &&
        !run(store, INSERT_COUNTEREXAMPLE, "iii", INT(id), INT(store->search),
             INT(lineage_schedule_size(what->schedule))))
        return false;
    return execution == NULL || store_execution(store, id, execution);
}

/* Ends the open transaction after a failure, if SQLite has not: what a run has written so far goes,
 * the runs before it stay. Half a run never does. */
static void save_whole_runs(struct lineage_store *store)
{
    const int result = sqlite3_exec(store->database, "ROLLBACK TO run", NULL, NULL, NULL);
    const bool has_half = result != SQLITE_OK && result != SQLITE_ERROR; /* no run is under way */
    if (sqlite3_get_autocommit(store->database))
        return;
    if (has_half || sqlite3_exec(store->database, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
}

/* A run is a savepoint in a transaction that takes up all runs of a short time. */
bool lineage_store_run(struct lineage_store *store, const struct lineage_store_run *what)
{
    if (sqlite3_get_autocommit(store->database) && !execute(store, "BEGIN IMMEDIATE"))
        return false;
    const size_t stored_relations = store->stored_relations, stored_rules = store->stored_rules,
                 stored_tuples = store->stored_tuples;
    bool done =
        run(store, BEGIN_RUN, "") && insert_execution(store, what->kind, what, what->execution);
    if (done && what->envelope != NULL)
        done = insert_execution(store, what->no_more_crashes ? "partial envelope" : "envelope",
                                what, what->envelope);
    if (done)
        done = run(store, END_RUN, "");
    if (!done) {
        store->stored_relations = stored_relations;
        store->stored_rules = stored_rules;
        store->stored_tuples = stored_tuples;
        save_whole_runs(store);
        return false;
    }
    return seconds() - store->commit_seconds < BEHIND_SECONDS || lineage_store_commit(store);
}

bool lineage_store_commit(struct lineage_store *store)
{
    store->commit_seconds = seconds();
    return sqlite3_get_autocommit(store->database) || finish(store, true);
}

static bool store_clauses(struct lineage_store *store, const struct solver *solver)
{
    size_t count, number = 0, start = 0;
    const int *literals = solver_clauses(solver, &count);
    bool done = true;
    for (size_t i = 0; i < count && done; i++) {
        if (literals[i] != 0)
            continue;
        struct lineage_text text;
        FILE *out = lineage_text_open(&text);
        for (size_t j = start; j < i; j++)
            fprintf(out, "%s%d", j > start ? " " : "", literals[j]);
        char *clause = lineage_text_close(&text);
        done = run(store, INSERT_CLAUSE, "iis", INT(store->search), INT(number++), clause);
        lineage_memory_free(clause);
        start = i + 1;
    }
    return done;
}

bool lineage_store_formula(struct lineage_store *store, const struct solver *solver,
                           void (*describe)(void *context, solver_formula meaning, FILE *out),
                           void *context)
{
    if (!lineage_store_commit(store) || !execute(store, "BEGIN IMMEDIATE"))
        return false;
    bool done = true;
    for (int variable = 1; variable <= solver_variable_count(solver) && done; variable++) {
        struct lineage_text text;
        describe(context, solver_meaning(solver, variable), lineage_text_open(&text));
        char *meaning = lineage_text_close(&text);
        done = run(store, INSERT_VARIABLE, "iis", INT(store->search), INT(variable), meaning);
        lineage_memory_free(meaning);
    }
    return finish(store, done && store_clauses(store, solver));
}

/* Since the search began. */
static int64_t milliseconds(const struct lineage_store *store)
{
    return (int64_t)((seconds() - store->begin_seconds) * 1e3);
}

bool lineage_store_end(struct lineage_store *store, const char *verdict, bool complete,
                       uint64_t runs)
{
    return lineage_store_commit(store) && run(store, END_SEARCH, "siiii", verdict, INT(complete),
                                              INT(runs), milliseconds(store), INT(store->search));
}

void lineage_store_abandon(struct lineage_store *store)
{
    sqlite3_busy_timeout(store->database, 0); /* it has waited once */
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_reset(store->statements[i]);
    save_whole_runs(store);
    if (store->search > 0)
        run(store, ABANDON_SEARCH, "ii", INT(store->search), milliseconds(store));
}
