/* Which runs a database holds, and under which faults. */
#include "store_internal.h"

static sqlite3_stmt *prepare(struct lineage_store *store, const char *sql, int64_t id)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) == SQLITE_OK)
        sqlite3_bind_int64(statement, 1, id);
    else
        lineage_store_fail(store);
    return statement;
}

bool lineage_store_find_run(struct lineage_store *store, int64_t id,
                            struct lineage_stored_run *found)
{
    static const char sql[] =
        "SELECT id, search, kind = 'capture' FROM execution WHERE kind NOT IN ('envelope', "
        "'partial envelope') AND iif(?1 > 0, id = ?1, search = (SELECT max(id) FROM search)) "
        "ORDER BY kind = 'counterexample' DESC, kind = 'good' DESC, id LIMIT 1";
    sqlite3_stmt *statement = prepare(store, sql, id);
    const int result = statement == NULL ? SQLITE_ERROR : sqlite3_step(statement);
    if (result == SQLITE_ROW) {
        *found = (struct lineage_stored_run){sqlite3_column_int64(statement, 0),
                                             sqlite3_column_int64(statement, 1),
                                             sqlite3_column_int(statement, 2) != 0};
    } else if (result == SQLITE_DONE) {
        sqlite3_free(store->error);
        store->error = id > 0 ? sqlite3_mprintf("the database has no run %lld; its view `runs` "
                                                "lists those that it has",
                                                (long long)id)
                              : sqlite3_mprintf("the database holds no run: nothing was searched "
                                                "with --db into it");
    } else if (statement != NULL) {
        lineage_store_fail(store);
    }
    sqlite3_finalize(statement);
    return result == SQLITE_ROW;
}

/* Adds an omission, or (its receiver is null) a crash; false if it can be neither. */
static bool add_fault(sqlite3_stmt *row, size_t node_count, uint32_t eot,
                      struct lineage_schedule *schedule)
{
    const uint32_t time = lineage_store_number(row, 0, (size_t)eot + 1),
                   from = lineage_store_number(row, 1, node_count),
                   to = lineage_store_number(row, 2, node_count);
    const bool is_crash = sqlite3_column_type(row, 2) == SQLITE_NULL;
    if (time == LINEAGE_NONE || time == 0 || from == LINEAGE_NONE || from == to ||
        (to == LINEAGE_NONE && !is_crash) ||
        (is_crash && lineage_schedule_crash_time(schedule, from) != LINEAGE_NONE))
        return false;
    if (is_crash)
        lineage_schedule_add_crash(schedule, (struct lineage_crash){time, from});
    else
        lineage_schedule_add_omission(schedule, (struct lineage_omission){time, from, to});
    return true;
}

bool lineage_store_read_schedule(struct lineage_store *store, int64_t run, size_t node_count,
                                 uint32_t eot, struct lineage_schedule *schedule)
{
    static const char sql[] =
        "SELECT time, sender, receiver FROM omission WHERE execution = ?1 UNION ALL "
        "SELECT time, node, NULL FROM crash WHERE execution = ?1";
    sqlite3_stmt *statement = prepare(store, sql, run);
    int result = statement == NULL ? SQLITE_ERROR : SQLITE_ROW;
    bool is_right = true;
    while (is_right && result == SQLITE_ROW)
        if ((result = sqlite3_step(statement)) == SQLITE_ROW)
            is_right = add_fault(statement, node_count, eot, schedule);
    if (!is_right) {
        sqlite3_free(store->error);
        store->error =
            sqlite3_mprintf("the database is damaged: the faults of run %lld", (long long)run);
    } else if (result != SQLITE_DONE && statement != NULL) {
        lineage_store_fail(store);
    }
    sqlite3_finalize(statement);
    return is_right && result == SQLITE_DONE;
}
