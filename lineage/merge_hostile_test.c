/* Joining databases: what is not let in. */
#include "merge_testing.h"

/* Copies a good database of one search and one result, edits it, and merges it: it must be refused
 * for this reason, and nothing may have changed. */
static void assert_refused(struct databases *databases, struct lineage_store *store,
                           const char *edit, const char *failure)
{
    char command[400];
    sqlite3 *database;
    char *error = NULL, *before = read_rows(store, "SELECT count(*), total(id) FROM execution"),
         *results = read_rows(store, "SELECT * FROM result");
    snprintf(command, sizeof command, "cp '%s' '%s'", databases->theirs, databases->third);
    assert_int_equal(system(command), 0);
    assert_int_equal(sqlite3_open(databases->third, &database), SQLITE_OK);
    sqlite3_exec(database, edit, NULL, NULL, &error);
    if (error != NULL)
        fail_msg("%s: %s", edit, error);
    sqlite3_close(database);
    merge(store, databases->third, failure, NULL);
    assert_rows(store, "SELECT count(*), total(id) FROM execution", before);
    assert_rows(store, "SELECT * FROM result", results);
    assert_rows(store, "PRAGMA foreign_key_check", "");
    free(before);
    free(results);
    unlink(databases->third);
}

/* A table without its constraints, in which one value is another. */
#define BARE(table, set)                                                                           \
    "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; CREATE TABLE bare AS SELECT * "    \
    "FROM \"" table "\"; DROP TABLE \"" table "\"; ALTER TABLE bare RENAME TO \"" table            \
    "\"; UPDATE \"" table "\" SET " set

static void hostile_databases_change_nothing(void **state)
{
    struct databases *databases = *state;
    static const struct {
        const char *edit, *failure;
    } cases[] = {
        {"PRAGMA application_id = 1", "no database that ldfi made"},
        {"PRAGMA user_version = 2", "another version"},
        {"DROP TABLE result; CREATE VIEW result AS SELECT * FROM shard", "views"},
        {"DROP TABLE shard; CREATE VIEW Shard AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
         "i + 1 FROM n) SELECT i FROM n",
         "views"},
        {"DROP TABLE clause; CREATE VIRTUAL TABLE clause USING fts5(search, number, literals)",
         "views"},
        {"DROP TABLE result", "no such table"},
        {"DROP TABLE firing", "no such table"},
        {"DROP TABLE result; CREATE TABLE result (key TEXT)", "no such column"},
        {BARE("result", "verdict = 'perhaps'"), "CHECK"},
        {BARE("result", "key = NULL"), "NOT NULL"},
        {BARE("result", "runs = 'many'"), "another type"},
        {BARE("result", "eot = 1e300"), "another type"},
        {BARE("result", "report = x'00ff'"), "another type"},
        {BARE("result", "smallest = x'07'"), "another type"},
        {BARE("shard", "count = 'x'"), "another type"},
        {BARE("search", "eot = 'late'"), "another type"},
        {BARE("search", "verdict = x'00'"), "another type"},
        {BARE("search", "identity = NULL"), "NOT NULL"},
        {BARE("search", "strategy = 'magic'"), "CHECK"},
        {BARE("search", "id = 9223372036854775807"), "impossible numbers"},
        {BARE("search", "id = -1"), "impossible numbers"},
        {BARE("search", "id = 'x'"), "another type"},
        {BARE("execution", "id = 9223372036854775807 - id"), "impossible numbers"},
        {BARE("execution", "id = -id"), "impossible numbers"},
        {BARE("execution", "id = 1"), "impossible numbers"},
        {BARE("execution", "kind = 'other'"), "CHECK"},
        {BARE("execution", "id = 1.5"), "impossible numbers"},
        {BARE("counterexample", "execution = -1"), "impossible numbers"},
        {BARE("counterexample", "execution = 999"), "impossible numbers"},
        {BARE("fact", "number = 0"), "UNIQUE"},
        {BARE("fact", "time = 'noon'"), "another type"},
        {BARE("firing", "head = 999999"), "FOREIGN KEY"},
        {BARE("premise", "firing = firing + 999999"), "FOREIGN KEY"},
        {BARE("tuple", "relation = 999999"), "FOREIGN KEY"},
        {BARE("tuple", "columns = NULL"), "NOT NULL"},
        {BARE("clause", "literals = x'35'"), "another type"},
    };
    record(databases, &tale, databases->theirs);
    put(databases->theirs, &certified);
    put_shard(databases->theirs, 1, true);
    record(databases, testing_trap(0), databases->ours);
    struct lineage_store *store = testing_open_store(databases->ours);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(databases, store, cases[i].edit, cases[i].failure);
    assert_int_equal(merge(store, databases->theirs, NULL, NULL).searches, 1);
    lineage_store_close(store);
}

/* Its triggers are not ours, and do nothing here. */
static void triggers_of_the_other_database_do_not_run(void **state)
{
    struct databases *databases = *state;
    put(databases->theirs, &certified);
    sqlite3 *database;
    assert_int_equal(sqlite3_open(databases->theirs, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database,
                                  "CREATE TRIGGER trap AFTER INSERT ON result BEGIN DELETE FROM "
                                  "result; END",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(database);
    struct lineage_store *store = testing_open_store(databases->ours);
    assert_int_equal(merge(store, databases->theirs, NULL, NULL).results, 1);
    assert_int_equal(count_rows(store, "result"), 1);
    assert_rows(store, "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'", "0\n");
    lineage_store_close(store);
}

static void what_is_no_database_is_refused(void **state)
{
    struct databases *databases = *state;
    char link[128];
    put(databases->ours, &certified);
    struct lineage_store *store = testing_open_store(databases->ours);
    merge(store, databases->third, "no file that is there", NULL);
    assert_int_not_equal(access(databases->third, F_OK), 0); /* and none was made */
    merge(store, databases->folder.path, "no file that is there", NULL);
    merge(store, "", "no file that is there", NULL);
    testing_write(databases->third, "no database, but long enough to be one", 38);
    merge(store, databases->third, "not a database", NULL);
    testing_write(databases->third, "", 0);
    merge(store, databases->third, "no database that ldfi made", NULL);
    merge(store, databases->ours, "into itself", NULL);
    assert_int_equal(symlink(databases->ours, testing_path(&databases->folder, "l.db", link)), 0);
    merge(store, link, "into itself", NULL);
    assert_int_equal(count_rows(store, "result"), 1);
    lineage_store_close(store);
}

/* A name with everything that SQL, URIs and shells read otherwise. */
static void names_of_files_are_taken_as_they_are(void **state)
{
    struct databases *databases = *state;
    char odd[128];
    testing_path(&databases->folder, "it's \"50%20\"?mode=memory;.db", odd);
    put(odd, &certified);
    struct lineage_store *store = testing_open_store(databases->ours);
    assert_int_equal(merge(store, odd, NULL, NULL).results, 1);
    lineage_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(hostile_databases_change_nothing),
        TEST(triggers_of_the_other_database_do_not_run),
        TEST(what_is_no_database_is_refused),
        TEST(names_of_files_are_taken_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
