/* A database says enough to run again what it holds: the runs made again are those recorded. */
#include "testing.h"

#include "evidence.h"

/* a tells b at 1 and 2, and includes nothing; b needs one of both. */
static const struct testing_program twice = {"twice",
                                             "a,b",
                                             3,
                                             3,
                                             0,
                                             NULL,
                                             "word(\"a\", \"b\")@1; word(\"a\", \"b\")@2;\n"
                                             "want(\"b\")@3;\n"
                                             "heard(B)@async :- word(A, B);\n"
                                             "heard(B)@next :- heard(B);\n"
                                             "pre(B) :- want(B), notin word(B, B);\n"
                                             "post(B) :- heard(B);\n"};

struct recorded {
    struct testing_folder folder;
    char path[128];
    struct lineage_store *store;
    struct lineage_diagnostics diagnostics;
};

static int record(void **state)
{
    struct recorded *recorded = calloc(1, sizeof *recorded);
    char dimacs[128];
    testing_folder_make(&recorded->folder);
    testing_path(&recorded->folder, "twice.db", recorded->path);
    assert_int_equal(testing_record(&twice, LINEAGE_STRICT, recorded->path,
                                    testing_path(&recorded->folder, "f.cnf", dimacs)),
                     HARNESS_COUNTEREXAMPLE);
    assert_int_equal(
        lineage_store_open_existing(recorded->path, &recorded->store, &recorded->diagnostics),
        LINEAGE_STORE_OK);
    *state = recorded;
    return 0;
}

static int forget(void **state)
{
    struct recorded *recorded = *state;
    lineage_store_close(recorded->store);
    lineage_diagnostics_free(&recorded->diagnostics);
    testing_folder_remove(&recorded->folder);
    free(recorded);
    return 0;
}

static int64_t count(struct recorded *recorded, const char *table, int64_t run)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE execution = ?", table);
    sqlite3_stmt *row = testing_query(recorded->store, sql, run);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    const int64_t number = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return number;
}

static void assert_recorded(struct recorded *recorded, int64_t run,
                            const struct lineage_execution *execution)
{
    assert_int_equal(execution->facts.count, count(recorded, "fact", run));
    assert_int_equal(execution->firings.count, count(recorded, "firing", run));
    assert_int_equal(execution->premises.count, count(recorded, "premise", run));
    assert_int_equal(execution->messages.count, count(recorded, "message", run));
}

static void the_first_counterexample_and_the_good_run_are_made_again(void **state)
{
    struct recorded *recorded = *state;
    struct lineage_stored_run run;
    struct harness_session session = {.combination = 0};
    struct harness_evidence evidence;
    struct lineage_schedule faults = {.omissions = {0}};
    harness_scenario_create(&session.scenario);
    assert_true(lineage_store_find_run(recorded->store, 0, &run));
    if (!harness_evidence_open_search(recorded->store, run.search, &session))
        fail_msg("%s", session.diagnostics.items.items[0].message);
    assert_true(harness_evidence_read_faults(recorded->store, run.id, &session, &faults));
    assert_int_equal(harness_evidence_make(&evidence, &session, &faults), HARNESS_OK);
    assert_int_equal(lineage_schedule_size(&evidence.faults), 2); /* both words are lost */
    assert_int_equal(evidence.broken.count, 1);
    assert_recorded(recorded, 1, &evidence.good);
    assert_recorded(recorded, run.id, &evidence.bad);
    assert_string_equal(evidence.name, "twice");
    assert_int_equal(evidence.bounds.eff, 3);
    harness_evidence_free(&evidence);
    harness_session_free(&session);
}

static void runs_that_are_not_there_are_refused(void **state)
{
    struct recorded *recorded = *state;
    struct lineage_stored_run run;
    assert_true(lineage_store_find_run(recorded->store, 1, &run));
    assert_int_equal(run.search, 1);
    assert_false(lineage_store_find_run(recorded->store, 999, &run));
    assert_non_null(strstr(lineage_store_error(recorded->store), "no run 999"));
}

static void faults_of_no_node_or_time_are_refused(void **state)
{
    struct recorded *recorded = *state;
    struct lineage_schedule faults = {.omissions = {0}};
    static const char *const wrong[] = {
        "INSERT INTO crash VALUES (1, 2, 1)",       "INSERT INTO crash VALUES (1, 0, 4)",
        "INSERT INTO crash VALUES (1, 0, 0)",       "INSERT INTO crash VALUES (1, 'a', 1)",
        "INSERT INTO omission VALUES (1, 1, 0, 0)", "INSERT INTO omission VALUES (1, 1, -1, 0)"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        testing_sql(recorded->store, "BEGIN");
        testing_sql(recorded->store, wrong[i]);
        if (lineage_store_read_schedule(recorded->store, 1, 2, 3, &faults))
            fail_msg("%s was believed", wrong[i]);
        testing_sql(recorded->store, "ROLLBACK");
        lineage_schedule_free(&faults);
    }
    assert_true(lineage_store_read_schedule(recorded->store, 1, 2, 3, &faults));
}

static void a_database_without_its_program_says_so(void **state)
{
    struct recorded *recorded = *state;
    struct harness_session session = {.combination = 0};
    harness_scenario_create(&session.scenario);
    testing_sql(recorded->store, "DELETE FROM source");
    assert_false(harness_evidence_open_search(recorded->store, 0, &session));
    assert_non_null(strstr(session.diagnostics.items.items[0].message, "has no program"));
    harness_session_free(&session);
}

static void a_file_that_is_not_there_is_not_made(void **state)
{
    struct recorded *recorded = *state;
    struct lineage_store *store;
    char path[128];
    testing_path(&recorded->folder, "none.db", path);
    assert_int_equal(lineage_store_open_existing(path, &store, &recorded->diagnostics),
                     LINEAGE_STORE_UNFIT);
    assert_null(store);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_true(lineage_store_is_database(recorded->path));
    assert_false(lineage_store_is_database(path));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, record, forget)
    const struct CMUnitTest tests[] = {
        TEST(the_first_counterexample_and_the_good_run_are_made_again),
        TEST(runs_that_are_not_there_are_refused),
        TEST(faults_of_no_node_or_time_are_refused),
        TEST(a_database_without_its_program_says_so),
        TEST(a_file_that_is_not_there_is_not_made),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
