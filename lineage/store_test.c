/* The store: its schema, what its views say of runs worked out by hand, and files that are no
 * stores. */
#include "store_testing.h"

struct recorded {
    struct testing_folder folder;
    struct lineage_store *store;
    char path[128];
};

static int open_tale(void **state)
{
    struct recorded *recorded = calloc(1, sizeof *recorded);
    char dimacs[128];
    testing_folder_make(&recorded->folder);
    testing_path(&recorded->folder, "tale.db", recorded->path);
    assert_int_equal(testing_record(&tale, LINEAGE_STRICT, recorded->path,
                                    testing_path(&recorded->folder, "tale.cnf", dimacs)),
                     HARNESS_COUNTEREXAMPLE);
    recorded->store = testing_open_store(recorded->path);
    assert_non_null(recorded->store);
    *state = recorded;
    return 0;
}

static int close_tale(void **state)
{
    struct recorded *recorded = *state;
    lineage_store_close(recorded->store);
    testing_folder_remove(&recorded->folder);
    free(recorded);
    return 0;
}

/* ---- schema ---- */

static void database_is_marked_and_checked(void **state)
{
    struct recorded *recorded = *state;
    char version[16];
    snprintf(version, sizeof version, "%d\n", LINEAGE_STORE_VERSION);
    assert_rows(recorded->store, "PRAGMA foreign_keys", "1\n");
    assert_rows(recorded->store, "PRAGMA user_version", version);
    assert_rows(recorded->store, "PRAGMA journal_mode", "wal\n");
    assert_rows(recorded->store, "PRAGMA foreign_key_check", "");
    assert_rows(recorded->store, "PRAGMA integrity_check", "ok\n");
    assert_rows(recorded->store, "SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY 1",
                "messages\nruns\nwhy\n");
}

static void rows_that_refer_to_nothing_are_refused(void **state)
{
    struct recorded *recorded = *state;
    static const char *const wrong[] = {"INSERT INTO node VALUES (99, 0, 'a', 0)",
                                        "INSERT INTO tuple VALUES (1, 999, 99, '[]', 'p()')",
                                        "INSERT INTO fact VALUES (99, 0, 0, 1, 1)"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(
            sqlite3_exec(lineage_store_database(recorded->store), wrong[i], NULL, NULL, NULL),
            SQLITE_CONSTRAINT);
}

static void deleting_a_search_deletes_all_that_belongs_to_it(void **state)
{
    struct recorded *recorded = *state;
    sqlite3_stmt *row =
        testing_query(recorded->store,
                      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE "
                      "'sqlite%'",
                      0);
    testing_sql(recorded->store, "DELETE FROM search");
    int tables = 0;
    for (; sqlite3_step(row) == SQLITE_ROW; tables++) {
        char text[128];
        snprintf(text, sizeof text, "SELECT count(*) FROM \"%s\"",
                 (const char *)sqlite3_column_text(row, 0));
        assert_rows(recorded->store, text, "0\n");
    }
    sqlite3_finalize(row);
    assert_true(tables > 10);
}

/* ---- views ---- */

static void runs_view_lists_every_schedule_and_its_end(void **state)
{
    struct recorded *recorded = *state;
    assert_rows(recorded->store,
                "SELECT scenario, kind, faults, size, promise, broken, recorded FROM runs "
                "WHERE kind <> 'check' ORDER BY run",
                "tale|good|no faults|0|kept|-|1\n"
                "tale|hypothesis|omit(a,b,1)|1|broken|pre(\"b\")|1\n"
                "tale|counterexample|omit(a,b,1)|1|broken|pre(\"b\")|1\n");
    assert_rows(recorded->store,
                "SELECT verdict, complete, run_count, eot, eff, crashes, omissions, oracle, "
                "strategy, seconds BETWEEN 0 AND 60 FROM search",
                "counterexample|1|2|2|2|0|-|strict|lineage|1\n");
    assert_rows(recorded->store,
                "SELECT c.size, o.time, o.sender, o.receiver FROM counterexample c "
                "JOIN omission o USING (execution)",
                "1|1|0|1\n");
}

static void messages_view_says_what_became_of_each(void **state)
{
    struct recorded *recorded = *state;
    assert_rows(recorded->store,
                "SELECT kind, message, sent, received, sender, receiver, tuple, fate "
                "FROM messages JOIN runs USING (run) WHERE kind <> 'check' ORDER BY run",
                "good|0|1|2|a|b|heard(\"b\")|delivered\n"
                "hypothesis|0|1|-|a|b|heard(\"b\")|lost by omission\n"
                "counterexample|0|1|-|a|b|heard(\"b\")|lost by omission\n");
}

/* Inputs have no rule; the message's head names what it rode on; an absence is a premise. */
static void why_view_gives_each_fact_its_rules_and_premises(void **state)
{
    struct recorded *recorded = *state;
    static const char columns[] =
        "SELECT fact, time, rule, line, premise_is, premise, premise_time, rode_on FROM why "
        "JOIN runs USING (run) WHERE kind = '%s' AND rule IS NOT NULL ORDER BY fact, premise";
    char text[256];
    snprintf(text, sizeof text, columns, "good");
    assert_rows(recorded->store, text,
                "heard(\"b\")|2|heard(B)@async :- word(A, B);|2|present|word(\"a\", \"b\")|1|"
                "message 0\n"
                "post(\"b\")|2|post(B) :- heard(B);|4|present|heard(\"b\")|2|-\n"
                "pre(\"b\")|2|pre(B) :- want(B), notin word(B, B);|3|present|want(\"b\")|2|-\n"
                "pre(\"b\")|2|pre(B) :- want(B), notin word(B, B);|3|absent|word(\"b\", \"b\")|2|-"
                "\n");
    snprintf(text, sizeof text, columns, "counterexample");
    assert_rows(recorded->store, text,
                "pre(\"b\")|2|pre(B) :- want(B), notin word(B, B);|3|present|want(\"b\")|2|-\n"
                "pre(\"b\")|2|pre(B) :- want(B), notin word(B, B);|3|absent|word(\"b\", \"b\")|2|-"
                "\n");
    assert_rows(recorded->store,
                "SELECT fact, time, premise FROM why JOIN runs USING (run) WHERE kind = 'good' "
                "AND rule IS NULL ORDER BY fact",
                "want(\"b\")|2|-\nword(\"a\", \"b\")|1|-\n");
}

/* ---- transactions ---- */

static int count_commit(void *context)
{
    ++*(int *)context;
    return 0;
}

/* Begins another search in the database and stores a run of it. */
static bool store_again(struct recorded *recorded, int *commits, bool fails)
{
    struct testing_world world;
    struct lineage_execution run;
    const struct lineage_schedule none = {.omissions = {0}};
    const lineage_tuples broken = {0};
    testing_open(&world, &tale);
    const struct lineage_store_search search = {.version = "test",
                                                .scenario = "again",
                                                .strategy = "lineage",
                                                .oracle = "strict",
                                                .universe = world.executor.universe,
                                                .bounds = &world.bounds};
    assert_int_equal(world.executor.execute(&world.executor, &none, true, &run), HARNESS_OK);
    assert_true(lineage_store_begin(recorded->store, &search));
    if (fails)
        testing_sql(recorded->store, "CREATE TEMP TRIGGER stop BEFORE INSERT ON premise BEGIN "
                                     "SELECT RAISE(ABORT, 'no more'); END");
    sqlite3_commit_hook(lineage_store_database(recorded->store), count_commit, commits);
    const struct lineage_store_run what = {"good", &none, &broken, &run, NULL, false};
    const bool stored = lineage_store_run(recorded->store, &what);
    sqlite3_commit_hook(lineage_store_database(recorded->store), NULL, NULL);
    if (!fails) {
        assert_true(lineage_store_end(recorded->store, "certified", true, 1));
    } else {
        assert_non_null(strstr(lineage_store_error(recorded->store), "no more"));
        testing_sql(recorded->store, "DROP TRIGGER stop");
        assert_true(lineage_store_run(recorded->store, &what)); /* and now it works */
    }
    lineage_execution_free(&run);
    testing_close(&world);
    return stored;
}

static void run_is_stored_in_one_transaction(void **state)
{
    struct recorded *recorded = *state;
    int commits = 0;
    assert_true(store_again(recorded, &commits, false));
    assert_int_equal(commits, 1);
    assert_rows(recorded->store, "SELECT id, scenario, verdict FROM search ORDER BY id",
                "1|tale|counterexample\n2|again|certified\n");
}

/* After the failure, the run comes whole: with all its tuples, which the failed try had taken. */
static void run_that_fails_leaves_nothing_behind(void **state)
{
    struct recorded *recorded = *state;
    int commits = 0;
    assert_false(store_again(recorded, &commits, true));
    assert_rows(recorded->store, "SELECT count(*), sum(recorded) FROM execution WHERE search = 2",
                "1|1\n");
    assert_rows(recorded->store,
                "SELECT count(*) FROM fact f JOIN execution e ON e.id = f.execution JOIN tuple t "
                "ON t.search = e.search AND t.number = f.tuple WHERE e.search = 2",
                "5\n"); /* word, want, heard, pre, post */
    assert_rows(recorded->store, "PRAGMA foreign_key_check", "");
}

/* ---- files that are no stores ---- */

/* The path is refused so, with one error that holds these words; the folder is as it was. */
static void assert_refused(const struct testing_folder *folder, const char *path,
                           enum lineage_store_failure failure, const char *words)
{
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    struct lineage_store *store = NULL;
    char list[128], before[4096] = "", after[4096] = "";
    snprintf(list, sizeof list, "cd '%s' && ls -a && cat * 2>/dev/null | cksum", folder->path);
    for (int i = 0; i < 2; i++) {
        FILE *listing = popen(list, "r");
        assert_non_null(listing);
        assert_true(fread(i == 0 ? before : after, 1, 4095, listing) > 0);
        pclose(listing);
        if (i == 0)
            assert_int_equal(lineage_store_open(path, &store, &diagnostics), failure);
    }
    assert_null(store);
    assert_string_equal(before, after);
    assert_int_equal(diagnostics.error_count, 1);
    const struct lineage_diagnostic *error = &diagnostics.items.items[0];
    assert_string_equal(error->place.source->path, path);
    if (strstr(error->message, words) == NULL)
        fail_msg("'%s' is not in '%s'", words, error->message);
    lineage_diagnostics_free(&diagnostics);
}

static void database_of_another_version_is_unfit(void **state)
{
    struct recorded *recorded = *state;
    char version[64];
    snprintf(version, sizeof version, "PRAGMA user_version = %d", LINEAGE_STORE_VERSION + 1);
    testing_sql(recorded->store, version);
    lineage_store_close(recorded->store);
    recorded->store = NULL;
    snprintf(version, sizeof version, "schema version %d", LINEAGE_STORE_VERSION + 1);
    assert_refused(&recorded->folder, recorded->path, LINEAGE_STORE_UNFIT, version);
}

static void database_of_another_program_is_unfit(void **state)
{
    struct recorded *recorded = *state;
    char path[128];
    sqlite3 *other;
    assert_int_equal(sqlite3_open(testing_path(&recorded->folder, "other.db", path), &other),
                     SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "CREATE TABLE mine (x)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    assert_refused(&recorded->folder, path, LINEAGE_STORE_UNFIT, "of another program");
}

static void what_is_no_database_is_unfit(void **state)
{
    static const char text[] = "This is a letter and no database, and it is long enough to tell.\n";
    struct recorded *recorded = *state;
    const struct testing_folder *folder = &recorded->folder;
    char path[128];
    testing_write(testing_path(folder, "letter", path), text, sizeof text - 1);
    assert_refused(folder, path, LINEAGE_STORE_UNFIT, "not a database");
    assert_refused(folder, folder->path, LINEAGE_STORE_UNFIT, "unable to open");
    assert_refused(folder, testing_path(folder, "none/runs.db", path), LINEAGE_STORE_UNFIT,
                   "unable to open");
    assert_refused(folder, "", LINEAGE_STORE_UNFIT, "name");
}

/* The folder is there and may not be written to: not the input is at fault but the machine. */
static void folder_that_cannot_be_written_is_broken(void **state)
{
    struct recorded *recorded = *state;
    struct testing_folder closed;
    char path[128];
    const bool is_root = geteuid() == 0;
    (void)recorded;
    testing_folder_make(&closed);
    assert_int_equal(chmod(closed.path, 0555), 0);
    if (is_root)
        assert_int_equal(seteuid(65534), 0);
    assert_refused(&closed, testing_path(&closed, "runs.db", path), LINEAGE_STORE_BROKEN,
                   "unable to open");
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    testing_folder_remove(&closed);
}

static void new_file_that_is_opened_stays_and_is_ours(void **state)
{
    struct recorded *recorded = *state;
    char path[128];
    struct lineage_store *store =
        testing_open_store(testing_path(&recorded->folder, "new.db", path));
    assert_non_null(store);
    lineage_store_close(store);
    store = testing_open_store(path);
    assert_non_null(store);
    assert_rows(store, "SELECT count(*) FROM search", "0\n");
    lineage_store_close(store);
}

/* Is the tale's database refused after the SQL? */
static bool is_unfit_after(struct recorded *recorded, const char *sql)
{
    testing_sql(recorded->store, sql);
    struct lineage_store *store = testing_open_store(recorded->path);
    lineage_store_close(store);
    return store == NULL;
}

static void what_would_run_at_our_statements_is_unfit(void **state)
{
    struct recorded *recorded = *state;
    assert_false(is_unfit_after(recorded, "CREATE VIEW mine AS SELECT count(*) FROM runs; "
                                          "CREATE INDEX sizes ON counterexample (size)"));
    assert_true(is_unfit_after(recorded, "CREATE TRIGGER t AFTER INSERT ON search BEGIN "
                                         "DELETE FROM rule; END"));
    assert_true(is_unfit_after(
        recorded, "DROP TRIGGER t; ALTER TABLE peril RENAME TO dull; CREATE VIEW Peril "
                  "AS WITH RECURSIVE more (x) AS (SELECT 1 UNION ALL SELECT x FROM "
                  "more) SELECT x AS execution, x AS position, 0 AS kind, 0 AS item "
                  "FROM more"));
}

static void abandoned_search_says_what_it_had(void **state)
{
    struct recorded *recorded = *state;
    struct lineage_store *store = recorded->store;
    struct testing_world world;
    testing_open(&world, &tale);
    const struct lineage_store_search search = {.version = "test",
                                                .scenario = "abandoned",
                                                .strategy = "lineage",
                                                .oracle = "strict",
                                                .universe = world.executor.universe,
                                                .bounds = &world.bounds};
    const struct lineage_schedule none = {.omissions = {0}};
    const lineage_tuples kept = {.items = NULL};
    const struct lineage_store_run run = {.kind = "good", .schedule = &none, .broken = &kept};
    assert_true(lineage_store_begin(store, &search));
    assert_true(lineage_store_run(store, &run));
    testing_sql(store,
                "BEGIN; SAVEPOINT run; DELETE FROM execution"); /* as far as a run had come */
    lineage_store_abandon(store);
    assert_rows(store, "SELECT scenario, verdict, complete, run_count FROM search ORDER BY id",
                "tale|counterexample|1|2\nabandoned|incomplete|0|1\n");
    testing_close(&world);
}

#define UNIT(name) cmocka_unit_test_setup_teardown(name, open_tale, close_tale)

int main(void)
{
    const struct CMUnitTest tests[] = {UNIT(database_is_marked_and_checked),
                                       UNIT(rows_that_refer_to_nothing_are_refused),
                                       UNIT(deleting_a_search_deletes_all_that_belongs_to_it),
                                       UNIT(runs_view_lists_every_schedule_and_its_end),
                                       UNIT(messages_view_says_what_became_of_each),
                                       UNIT(why_view_gives_each_fact_its_rules_and_premises),
                                       UNIT(run_is_stored_in_one_transaction),
                                       UNIT(run_that_fails_leaves_nothing_behind),
                                       UNIT(database_of_another_version_is_unfit),
                                       UNIT(database_of_another_program_is_unfit),
                                       UNIT(what_is_no_database_is_unfit),
                                       UNIT(folder_that_cannot_be_written_is_broken),
                                       UNIT(what_would_run_at_our_statements_is_unfit),
                                       UNIT(abandoned_search_says_what_it_had),
                                       UNIT(new_file_that_is_opened_stays_and_is_ours)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
