/* Joining databases. Results are the same question if their keys are; searches are the same search
 * if their identities are, and what belongs to them moves behind what is there: every number of a
 * search or an execution grows by the largest that is here. The other database may come from
 * anywhere: our tables' constraints say what is let in. */
#include "results.h"

#include "store_internal.h"

#include <sys/stat.h>

/* The tables of a search, parents first: where their columns go, what goes there (?1: by how much
 * searches move, ?2: executions), and the column that says to whom a row belongs. */
static const struct {
    const char *table, *columns, *values, *owner;
} tables[] = {
    {"source", "search, number, path, text", "search + ?1, number, path, text", "search"},
    {"node", "search, number, name, immune", "search + ?1, number, name, immune", "search"},
    {"relation", "search, number, name, arity, internal",
     "search + ?1, number, name, arity, internal", "search"},
    {"rule", "search, number, file, line, text", "search + ?1, number, file, line, text", "search"},
    {"tuple", "search, number, relation, columns, text",
     "search + ?1, number, relation, columns, text", "search"},
    {"execution", "id, search, kind, promise, faults, recorded",
     "id + ?2, search + ?1, kind, promise, faults, recorded", "search"},
    {"omission", "execution, time, sender, receiver", "execution + ?2, time, sender, receiver",
     "execution"},
    {"crash", "execution, node, time", "execution + ?2, node, time", "execution"},
    {"broken", "execution, tuple", "execution + ?2, tuple", "execution"},
    {"message", "execution, number, tuple, sender, receiver, sent, fate",
     "execution + ?2, number, tuple, sender, receiver, sent, fate", "execution"},
    {"fact", "execution, number, tuple, time, certain",
     "execution + ?2, number, tuple, time, certain", "execution"},
    {"absence", "execution, number, pattern, time", "execution + ?2, number, pattern, time",
     "execution"},
    {"firing", "execution, number, rule, head, message, exactly",
     "execution + ?2, number, rule, head, message, exactly", "execution"},
    {"premise", "execution, firing, position, kind, item",
     "execution + ?2, firing, position, kind, item", "execution"},
    {"peril", "execution, position, kind, item", "execution + ?2, position, kind, item",
     "execution"},
    {"counterexample", "execution, search, size", "execution + ?2, search + ?1, size", "search"},
    {"variable", "search, number, meaning", "search + ?1, number, meaning", "search"},
    {"clause", "search, number, literals", "search + ?1, number, literals", "search"},
};

enum { IDS_MAX = 1 << 30 }; /* of the searches and of the executions of one database */

/* Remembers what SQLite says: it may be about either database, and the caller names the other.
 * Always false. */
static bool fail(struct lineage_store *store)
{
    const int code = sqlite3_errcode(store->database) & 0xff;
    const bool wants_to_write = code == SQLITE_READONLY || code == SQLITE_CANTOPEN;
    sqlite3_free(store->error);
    store->error = sqlite3_mprintf(
        "%s%s", sqlite3_errmsg(store->database),
        wants_to_write
            ? "; SQLite has to write beside it: copy it to a folder where that is allowed"
            : "");
    return false;
}

static bool run(struct lineage_store *store, const char *sql)
{
    return sqlite3_exec(store->database, sql, NULL, NULL, NULL) == SQLITE_OK || fail(store);
}

static bool ask_number(struct lineage_store *store, const char *sql, sqlite3_int64 *number)
{
    sqlite3_stmt *statement = NULL;
    const bool is_there =
        sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW;
    if (is_there)
        *number = sqlite3_column_int64(statement, 0);
    else
        fail(store);
    sqlite3_finalize(statement);
    return is_there;
}

/* Goes to the next row of a statement that was prepared with `ended`; false behind the last one,
 * and `ended` says how that came. */
static bool step(sqlite3_stmt *statement, int *ended)
{
    if (*ended != SQLITE_OK && *ended != SQLITE_ROW)
        return false;
    *ended = sqlite3_step(statement);
    return *ended == SQLITE_ROW;
}

static const char *read_text(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text == NULL ? "" : text;
}

/* Says in our words what keeps the other database out. Always false. */
static bool refuse(struct lineage_store *store, const char *why)
{
    sqlite3_free(store->error);
    store->error = sqlite3_mprintf("%s", why);
    return false;
}

/* Is it a database of ours, of this version, and nothing in it that only looks like a table? */
static bool check_nature(struct lineage_store *store)
{
    sqlite3_int64 application = 0, version = 0, own = 0, traps = 0;
    if (!ask_number(store, "PRAGMA other.application_id", &application) ||
        !ask_number(store, "PRAGMA other.user_version", &version) ||
        !ask_number(store, "PRAGMA main.application_id", &own) ||
        !ask_number(store,
                    "SELECT count(*) FROM other.sqlite_master o JOIN main.sqlite_master m ON "
                    "lower(m.name) = lower(o.name) WHERE m.type = 'table' AND (o.type <> 'table' "
                    "OR o.sql LIKE 'CREATE VIRTUAL%')",
                    &traps))
        return false;
    if (application != own)
        return refuse(store, "it is no database that ldfi made");
    if (version != LINEAGE_STORE_VERSION)
        return refuse(store, "it has the schema of another version of ldfi");
    return traps == 0 || refuse(store, "somebody has put views into it in place of tables");
}

/* Are the numbers of its searches and executions such as ldfi gives? They move behind ours; one
 * that is negative would meet ours, and one that is huge leave no room behind it. */
static bool check_numbers(struct lineage_store *store)
{
    sqlite3_int64 wrong = 0;
    char *sql = sqlite3_mprintf(
        "SELECT (SELECT count(*) FROM other.search WHERE typeof(id) <> 'integer' OR id NOT BETWEEN "
        "1 AND %d) + (SELECT count(*) FROM other.execution WHERE typeof(id) <> 'integer' OR id NOT "
        "BETWEEN 1 AND %d) + (SELECT count(*) FROM other.counterexample WHERE execution NOT IN "
        "(SELECT id FROM other.execution))",
        IDS_MAX, IDS_MAX);
    const bool is_asked = sql != NULL && ask_number(store, sql, &wrong);
    sqlite3_free(sql);
    return is_asked && (wrong == 0 || refuse(store, "its searches have impossible numbers"));
}

/* Do all columns of one of our tables hold what they are declared to hold? SQLite itself does not
 * look. */
static bool check_types(struct lineage_store *store, const char *table)
{
    static const char conditions[] =
        "SELECT group_concat('typeof(\"' || name || '\") NOT IN (' || CASE type "
        "WHEN 'INTEGER' THEN '''integer''' WHEN 'REAL' THEN '''real'', ''integer''' "
        "ELSE '''text''' END || ', ''null'')', ' OR ') FROM pragma_table_info(?1, 'main')";
    sqlite3_stmt *statement = NULL;
    sqlite3_int64 wrong = 0;
    char *sql = NULL;
    if (sqlite3_prepare_v2(store->database, conditions, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        sql = sqlite3_mprintf("SELECT EXISTS (SELECT 1 FROM other.\"%w\" WHERE %s)", table,
                              sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    const bool is_asked = sql != NULL ? ask_number(store, sql, &wrong) : fail(store);
    sqlite3_free(sql);
    return is_asked && (wrong == 0 || refuse(store, "a column holds values of another type"));
}

static bool check_content(struct lineage_store *store)
{
    bool is_right = check_types(store, "search") && check_types(store, "result") &&
                    check_types(store, "shard") && check_types(store, "comparison") &&
                    check_numbers(store);
    for (size_t i = 0; is_right && i < sizeof tables / sizeof *tables; i++)
        is_right = check_types(store, tables[i].table);
    return is_right;
}

/* Calls `conflict` for each question that both have answered to the end, and differently. */
static bool find_conflicts(struct lineage_store *store,
                           void (*conflict)(void *context, const char *scenario, const char *choice,
                                            const char *ours, const char *theirs),
                           void *context, struct lineage_merged *merged)
{
    static const char sql[] =
        "SELECT m.scenario, m.choice, "
        "m.verdict || coalesce(' ' || m.smallest, '') || ' (EOT ' || m.eot || ', EFF ' || m.eff || "
        "', ' || m.runs || ' runs)', "
        "o.verdict || coalesce(' ' || o.smallest, '') || ' (EOT ' || o.eot || ', EFF ' || o.eff || "
        "', ' || o.runs || ' runs)' FROM main.result m JOIN other.result o "
        "ON o.key = m.key AND o.scenario = m.scenario AND o.choice = m.choice "
        "WHERE m.done AND o.done AND (m.verdict, m.vacuous, m.eot, m.eff, m.crashes, m.runs, "
        "coalesce(m.smallest, '')) <> (o.verdict, o.vacuous, o.eot, o.eff, o.crashes, o.runs, "
        "coalesce(o.smallest, ''))";
    sqlite3_stmt *statement = NULL;
    int ended = sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL);
    while (step(statement, &ended)) {
        conflict(context, read_text(statement, 0), read_text(statement, 1), read_text(statement, 2),
                 read_text(statement, 3));
        merged->conflicts++;
    }
    sqlite3_finalize(statement);
    return ended == SQLITE_DONE || fail(store);
}

static bool merge_results(struct lineage_store *store, struct lineage_merged *merged)
{
    /* Of two without an end the one that got further stays: whichever is joined first. */
    static const char sql[] =
        "INSERT INTO main.result (key, scenario, choice, version, verdict, vacuous, eot, eff, "
        "crashes, runs, smallest, done, report, seconds, recorded) "
        "SELECT key, scenario, choice, version, verdict, vacuous, eot, eff, crashes, runs, "
        "smallest, done, report, seconds, recorded FROM other.result WHERE true "
        "ON CONFLICT DO UPDATE SET version = excluded.version, verdict = excluded.verdict, "
        "vacuous = excluded.vacuous, eot = excluded.eot, eff = excluded.eff, "
        "crashes = excluded.crashes, runs = excluded.runs, smallest = excluded.smallest, "
        "done = excluded.done, report = excluded.report, seconds = excluded.seconds, "
        "recorded = excluded.recorded WHERE NOT result.done AND (excluded.done, excluded.eot, "
        "excluded.eff, excluded.runs) > (result.done, result.eot, result.eff, result.runs)";
    static const char shards[] =
        "INSERT INTO main.shard (plan, number, count, planned, finished) "
        "SELECT plan, number, count, planned, finished FROM other.shard WHERE true "
        "ON CONFLICT DO UPDATE SET finished = max(finished, excluded.finished)";
    if (!run(store, sql))
        return false;
    merged->results = (uint64_t)sqlite3_changes64(store->database);
    static const char comparisons[] =
        "INSERT INTO main.comparison (kind, made, report) SELECT kind, made, report FROM "
        "other.comparison WHERE (kind, made, report) NOT IN "
        "(SELECT kind, made, report FROM main.comparison)";
    return run(store, shards) && run(store, comparisons);
}

/* Copies the rows of one table that belong to new searches. */
static bool copy_table(struct lineage_store *store, size_t number, sqlite3_int64 searches,
                       sqlite3_int64 executions)
{
    const bool of_search = strcmp(tables[number].owner, "search") == 0;
    char *sql = sqlite3_mprintf(
        "INSERT INTO main.%s (%s) SELECT %s FROM other.%s WHERE %s IN (SELECT id FROM %s)",
        tables[number].table, tables[number].columns, tables[number].values, tables[number].table,
        tables[number].owner,
        of_search ? "temp.new_search"
                  : "other.execution WHERE search IN (SELECT id FROM temp.new_search)");
    sqlite3_stmt *statement = NULL;
    bool is_copied = false;
    if (sql != NULL &&
        sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, searches);
        sqlite3_bind_int64(statement, 2, executions);
        is_copied = sqlite3_step(statement) == SQLITE_DONE;
    }
    if (!is_copied)
        fail(store);
    sqlite3_finalize(statement);
    sqlite3_free(sql);
    return is_copied;
}

static bool merge_searches(struct lineage_store *store, struct lineage_merged *merged)
{
    /* One that was still going when it was copied makes room for what became of it. */
    static const char outdated[] =
        "DELETE FROM main.search WHERE verdict IS NULL AND EXISTS (SELECT 1 FROM other.search o "
        "WHERE o.identity = search.identity AND (o.verdict IS NOT NULL OR "
        "(SELECT count(*) FROM other.execution e WHERE e.search = o.id) > "
        "(SELECT count(*) FROM main.execution e WHERE e.search = search.id)))";
    sqlite3_int64 searches = 0, executions = 0, new_searches = 0;
    if (!run(store, outdated) ||
        !run(store, "DROP TABLE IF EXISTS temp.new_search; CREATE TEMP TABLE new_search AS "
                    "SELECT id FROM other.search WHERE identity IS NULL OR identity NOT IN "
                    "(SELECT identity FROM main.search)") ||
        !ask_number(store, "SELECT count(*) FROM temp.new_search", &new_searches) ||
        !ask_number(store, "SELECT coalesce(max(id), 0) FROM main.search", &searches) ||
        !ask_number(store, "SELECT coalesce(max(id), 0) FROM main.execution", &executions))
        return false;
    char *sql = sqlite3_mprintf(
        "INSERT INTO main.search (id, identity, started, version, scenario, model, strategy, "
        "oracle, eot, eff, crashes, omissions, verdict, complete, run_count, seconds) "
        "SELECT id + %lld, identity, started, version, scenario, model, strategy, oracle, eot, "
        "eff, crashes, omissions, verdict, complete, run_count, seconds FROM other.search "
        "WHERE id IN (SELECT id FROM temp.new_search)",
        searches);
    bool is_merged = sql != NULL && run(store, sql);
    sqlite3_free(sql);
    for (size_t i = 0; is_merged && i < sizeof tables / sizeof *tables; i++)
        is_merged = copy_table(store, i, searches, executions);
    merged->searches = (uint64_t)new_searches;
    return is_merged && run(store, "DROP TABLE temp.new_search");
}

/* Is it the machine that failed, and not the other database that is wrong? */
static bool has_machine_failed(struct lineage_store *store)
{
    switch (sqlite3_errcode(store->database) & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_READONLY:
    case SQLITE_NOMEM:
        return true;
    default:
        return false;
    }
}

bool lineage_store_merge(struct lineage_store *store, const char *path,
                         void (*conflict)(void *context, const char *scenario, const char *choice,
                                          const char *ours, const char *theirs),
                         void *context, struct lineage_merged *merged)
{
    struct stat ours, theirs;
    *merged = (struct lineage_merged){0};
    if (stat(path, &theirs) != 0 || !S_ISREG(theirs.st_mode))
        return refuse(store, "it is no file that is there"); /* SQLite would make one */
    if (stat(sqlite3_db_filename(store->database, "main"), &ours) == 0 &&
        ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev)
        return refuse(store, "a database cannot be merged into itself");
    char *sql = sqlite3_mprintf("ATTACH %Q AS other", path);
    bool is_merged = sql != NULL && run(store, sql);
    sqlite3_free(sql);
    if (!is_merged)
        return false;
    /* Rows come in the order of their keys, all over the file. */
    sqlite3_exec(store->database, "PRAGMA cache_size = -65536", NULL, NULL, NULL);
    is_merged = check_nature(store) && run(store, "BEGIN IMMEDIATE");
    merged->machine_failed = !is_merged && has_machine_failed(store);
    if (is_merged) {
        is_merged = check_content(store) && find_conflicts(store, conflict, context, merged) &&
                    merge_results(store, merged) && merge_searches(store, merged) &&
                    run(store, "COMMIT");
        merged->machine_failed = !is_merged && has_machine_failed(store);
        if (!is_merged)
            sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
    }
    sqlite3_exec(store->database, "DETACH other", NULL, NULL, NULL);
    return is_merged;
}

bool lineage_store_lacks(struct lineage_store *store,
                         void (*lacks)(void *context, const char *plan, uint32_t number,
                                       uint32_t count, bool is_there),
                         void *context)
{
    static const char sql[] =
        "WITH RECURSIVE "
        "sweep (plan, count) AS (SELECT DISTINCT plan, count FROM shard WHERE count <= 1000000), "
        "wanted (plan, count, number) AS (SELECT plan, count, 1 FROM sweep UNION ALL "
        "SELECT plan, count, number + 1 FROM wanted WHERE number < count) "
        "SELECT w.plan, w.number, w.count, s.plan IS NOT NULL FROM wanted w LEFT JOIN shard s "
        "ON s.plan = w.plan AND s.count = w.count AND s.number = w.number "
        "WHERE coalesce(s.finished, 0) = 0 ORDER BY w.plan, w.count, w.number";
    sqlite3_stmt *statement = NULL;
    int ended = sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL);
    while (step(statement, &ended))
        lacks(context, read_text(statement, 0), (uint32_t)sqlite3_column_int64(statement, 1),
              (uint32_t)sqlite3_column_int64(statement, 2), sqlite3_column_int(statement, 3) != 0);
    sqlite3_finalize(statement);
    return ended == SQLITE_DONE || lineage_store_fail(store);
}
