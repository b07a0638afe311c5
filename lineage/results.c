#include "results.h"

#include "store_internal.h"

static void bind_text(sqlite3_stmt *statement, int column, const char *text)
{
    sqlite3_bind_text(statement, column, text, -1, SQLITE_TRANSIENT);
}

/* Runs a statement that returns nothing, once. */
static bool run_once(struct lineage_store *store, sqlite3_stmt *statement)
{
    const bool is_done = sqlite3_step(statement) == SQLITE_DONE;
    if (!is_done)
        lineage_store_fail(store);
    sqlite3_finalize(statement);
    return is_done;
}

bool lineage_store_put_result(struct lineage_store *store, const struct lineage_result *result)
{
    static const char sql[] =
        "INSERT INTO result (key, scenario, choice, version, verdict, vacuous, eot, eff, crashes, "
        "runs, smallest, done, report, seconds) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) "
        "ON CONFLICT DO UPDATE SET version = ?4, verdict = ?5, vacuous = ?6, eot = ?7, eff = ?8, "
        "crashes = ?9, runs = ?10, smallest = ?11, done = ?12, report = ?13, seconds = ?14, "
        "recorded = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') "
        "WHERE NOT ?15 AND (?12 OR (?12, ?7, ?8, ?10) > (done, eot, eff, runs))";
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) != SQLITE_OK)
        return lineage_store_fail(store);
    bind_text(statement, 1, result->key);
    bind_text(statement, 2, result->scenario);
    bind_text(statement, 3, result->choice);
    bind_text(statement, 4, result->version);
    bind_text(statement, 5, result->verdict);
    sqlite3_bind_int(statement, 6, result->vacuous);
    sqlite3_bind_int64(statement, 7, result->eot);
    sqlite3_bind_int64(statement, 8, result->eff);
    sqlite3_bind_int64(statement, 9, result->crashes);
    sqlite3_bind_int64(statement, 10, (sqlite3_int64)result->runs);
    bind_text(statement, 11, result->smallest);
    sqlite3_bind_int(statement, 12, result->done);
    bind_text(statement, 13, result->report);
    sqlite3_bind_double(statement, 14, result->seconds);
    sqlite3_bind_int(statement, 15, result->is_copy);
    return run_once(store, statement);
}

static const char *column_text(sqlite3_stmt *statement, int column, struct lineage_arena *arena)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text == NULL ? NULL : lineage_arena_text(arena, text, strlen(text));
}

enum lineage_found lineage_store_find_result(struct lineage_store *store, const char *key,
                                             struct lineage_arena *arena,
                                             struct lineage_result *result)
{
    static const char sql[] =
        "SELECT key, scenario, choice, version, verdict, report, smallest, eot, eff, crashes, "
        "runs, seconds, vacuous, done FROM result WHERE key = ?1 AND done >= ?2 LIMIT 1";
    sqlite3_stmt *statement = NULL;
    int ended = sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL);
    if (ended == SQLITE_OK)
        ended = SQLITE_DONE;
    for (int done = 1; done >= 0 && ended == SQLITE_DONE; done--) { /* one that is done, or any */
        sqlite3_reset(statement);
        bind_text(statement, 1, key);
        sqlite3_bind_int(statement, 2, done);
        ended = sqlite3_step(statement);
    }
    if (ended == SQLITE_ROW)
        *result = (struct lineage_result){.key = column_text(statement, 0, arena),
                                          .scenario = column_text(statement, 1, arena),
                                          .choice = column_text(statement, 2, arena),
                                          .version = column_text(statement, 3, arena),
                                          .verdict = column_text(statement, 4, arena),
                                          .report = column_text(statement, 5, arena),
                                          .smallest = column_text(statement, 6, arena),
                                          .eot = (uint32_t)sqlite3_column_int64(statement, 7),
                                          .eff = (uint32_t)sqlite3_column_int64(statement, 8),
                                          .crashes = (uint32_t)sqlite3_column_int64(statement, 9),
                                          .runs = (uint64_t)sqlite3_column_int64(statement, 10),
                                          .seconds = sqlite3_column_double(statement, 11),
                                          .vacuous = sqlite3_column_int(statement, 12) != 0,
                                          .done = sqlite3_column_int(statement, 13) != 0};
    else if (ended != SQLITE_DONE)
        lineage_store_fail(store);
    sqlite3_finalize(statement);
    return ended == SQLITE_ROW    ? LINEAGE_FOUND
           : ended == SQLITE_DONE ? LINEAGE_NOT_FOUND
                                  : LINEAGE_FIND_FAILED;
}

bool lineage_store_put_shard(struct lineage_store *store, const struct lineage_shard *shard)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO shard (plan, number, count, planned, finished) "
        "VALUES (?1, ?2, ?3, ?4, ?5)";
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) != SQLITE_OK)
        return lineage_store_fail(store);
    bind_text(statement, 1, shard->plan);
    sqlite3_bind_int64(statement, 2, shard->number);
    sqlite3_bind_int64(statement, 3, shard->count);
    sqlite3_bind_int64(statement, 4, shard->planned);
    sqlite3_bind_int(statement, 5, shard->finished);
    return run_once(store, statement);
}

bool lineage_store_put_comparison(struct lineage_store *store, const char *kind, const char *report)
{
    static const char sql[] = "INSERT INTO comparison (kind, report) VALUES (?1, ?2)";
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) != SQLITE_OK)
        return lineage_store_fail(store);
    bind_text(statement, 1, kind);
    bind_text(statement, 2, report);
    return run_once(store, statement);
}
