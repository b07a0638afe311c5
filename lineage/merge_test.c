/* Joining databases: what arrives, and what stays. */
#include "merge_testing.h"

#include "hazard.h"

static const char *const base_tables[] = {
    "search",   "node",           "relation", "rule",      "tuple",  "execution",
    "omission", "crash",          "broken",   "message",   "fact",   "absence",
    "firing",   "premise",        "peril",    "variable",  "clause", "result",
    "shard",    "counterexample", "source",   "comparison"};
enum { TABLES = sizeof base_tables / sizeof *base_tables };

/* ---- results ---- */

static struct lineage_result unfinished(uint32_t eot, uint32_t eff, uint64_t runs)
{
    struct lineage_result result = certified;
    result.verdict = "incomplete";
    result.done = false;
    result.eot = eot;
    result.eff = eff;
    result.runs = runs;
    return result;
}

static const char rows_of_results[] =
    "SELECT key, scenario, choice, verdict, eot, eff, runs, done FROM result ORDER BY 1, 2, 3";

static void new_results_arrive_and_the_second_time_nothing_does(void **state)
{
    struct databases *databases = *state;
    struct lineage_result other = certified, chosen = certified;
    other.key = "l";
    chosen.choice = "{\"to\":\"a\"}";
    put(databases->ours, &certified);
    put(databases->theirs, &other);
    put(databases->theirs, &chosen);
    struct lineage_store *store = testing_open_store(databases->ours);
    assert_int_equal(merge(store, databases->theirs, NULL, NULL).results, 2);
    char *once = read_rows(store, "SELECT * FROM result ORDER BY 1, 2, 3");
    assert_rows(store, rows_of_results,
                "k|s.json||certified|5|3|10|1\n"
                "k|s.json|{\"to\":\"a\"}|certified|5|3|10|1\n"
                "l|s.json||certified|5|3|10|1\n");
    assert_int_equal(merge(store, databases->theirs, NULL, NULL).results, 0);
    assert_rows(store, "SELECT * FROM result ORDER BY 1, 2, 3", once);
    free(once);
    lineage_store_close(store);
}

/* Of each pair the second has got further. */
static void what_has_got_further_stays_in_either_order(void **state)
{
    struct databases *databases = *state;
    const struct lineage_result pairs[][2] = {{unfinished(9, 8, 99), certified},
                                              {unfinished(5, 3, 10), unfinished(6, 0, 1)},
                                              {unfinished(5, 2, 10), unfinished(5, 3, 1)},
                                              {unfinished(5, 3, 9), unfinished(5, 3, 10)},
                                              {unfinished(5, 3, 9), unfinished(10, 3, 9)}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct lineage_result less = pairs[i][0], more = pairs[i][1];
        char key[2] = {(char)('a' + i), '\0'};
        less.key = more.key = key;
        less.choice = more.choice = "";
        put(databases->ours, &less);
        put(databases->theirs, &more);
        less.choice = more.choice = "turned";
        put(databases->ours, &more);
        put(databases->theirs, &less);
    }
    struct lineage_store *store = testing_open_store(databases->ours);
    assert_int_equal(merge(store, databases->theirs, NULL, NULL).results, 5);
    assert_rows(store, "SELECT choice, key, done, eot, eff, runs FROM result ORDER BY 1, 2",
                "|a|1|5|3|10\n|b|0|6|0|1\n|c|0|5|3|1\n|d|0|5|3|10\n|e|0|10|3|9\n"
                "turned|a|1|5|3|10\nturned|b|0|6|0|1\nturned|c|0|5|3|1\nturned|d|0|5|3|10\n"
                "turned|e|0|10|3|9\n");
    lineage_store_close(store);
}

static void different_ends_are_conflicts_and_ours_stays(void **state)
{
    struct databases *databases = *state;
    struct lineage_result broken = certified, more_runs = certified;
    broken.verdict = "counterexample";
    broken.smallest = "crash(a,1)";
    more_runs.choice = "x";
    put(databases->ours, &certified);
    put(databases->ours, &more_runs);
    put(databases->theirs, &broken);
    more_runs.runs = 11;
    put(databases->theirs, &more_runs);
    struct lineage_store *store = testing_open_store(databases->ours);
    assert_int_equal(merge(store, databases->theirs, NULL,
                           "s.json : certified (EOT 5, EFF 3, 10 runs) / "
                           "counterexample crash(a,1) (EOT 5, EFF 3, 10 runs)\n"
                           "s.json x: certified (EOT 5, EFF 3, 10 runs) / "
                           "certified (EOT 5, EFF 3, 11 runs)\n")
                         .conflicts,
                     2);
    assert_rows(store, rows_of_results,
                "k|s.json||certified|5|3|10|1\nk|s.json|x|certified|5|3|10|1\n");
    lineage_store_close(store);
}

/* How long it took does not make an answer another one. */
static void seconds_are_no_conflict(void **state)
{
    struct databases *databases = *state;
    struct lineage_result slow = certified;
    slow.seconds = 100;
    put(databases->ours, &certified);
    put(databases->theirs, &slow);
    struct lineage_store *store = testing_open_store(databases->ours);
    assert_int_equal(merge(store, databases->theirs, NULL, NULL).conflicts, 0);
    lineage_store_close(store);
}

/* Random results of few questions, without conflicts among those that are done. */
static void order_of_merging_does_not_matter(void **state)
{
    struct databases *databases = *state;
    uint64_t chance = 7;
    for (int round = 0; round < 30; round++) {
        char *texts[2];
        for (int i = 0; i < 20; i++) {
            char key[2] = {(char)('a' + testing_draw(&chance, 4)), '\0'};
            struct lineage_result result =
                testing_draw(&chance, 3) == 0
                    ? certified
                    : unfinished(testing_draw(&chance, 3), testing_draw(&chance, 3),
                                 testing_draw(&chance, 3));
            result.key = key;
            put(i % 2 == 0 ? databases->ours : databases->theirs, &result);
        }
        for (int turned = 0; turned < 2; turned++) {
            unlink(databases->third);
            struct lineage_store *store = testing_open_store(databases->third);
            merge(store, turned ? databases->theirs : databases->ours, NULL, NULL);
            merge(store, turned ? databases->ours : databases->theirs, NULL, NULL);
            texts[turned] = read_rows(store, rows_of_results);
            lineage_store_close(store);
        }
        assert_string_equal(texts[0], texts[1]);
        free(texts[0]);
        free(texts[1]);
        unlink(databases->ours);
        unlink(databases->theirs);
    }
}

/* ---- shards ---- */

static void note_lack(void *context, const char *plan, uint32_t number, uint32_t count,
                      bool is_there)
{
    fprintf(context, "%s %u/%u %s\n", plan, number, count, is_there ? "begun" : "missing");
}

static void assert_lacks(struct lineage_store *store, const char *expected)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    assert_true(lineage_store_lacks(store, note_lack, out));
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void shards_that_are_missing_or_unfinished_are_told(void **state)
{
    struct databases *databases = *state;
    put_shard(databases->ours, 1, true);
    put_shard(databases->theirs, 1, false); /* an older copy */
    put_shard(databases->theirs, 3, false);
    struct lineage_store *store = testing_open_store(databases->ours);
    assert_lacks(store, "plan 2/3 missing\nplan 3/3 missing\n");
    merge(store, databases->theirs, NULL, NULL);
    assert_lacks(store, "plan 2/3 missing\nplan 3/3 begun\n");
    put_shard(databases->theirs, 2, true);
    put_shard(databases->theirs, 3, true);
    merge(store, databases->theirs, NULL, NULL);
    assert_lacks(store, "");
    lineage_store_close(store);
}

/* ---- searches ---- */

static void searches_move_behind_ours_with_all_that_belongs_to_them(void **state)
{
    struct databases *databases = *state;
    int64_t counts[TABLES];
    record(databases, testing_trap(4), databases->ours);
    record(databases, testing_trap(0), databases->theirs);
    record(databases, &tale, databases->theirs);
    struct lineage_store *theirs = testing_open_store(databases->theirs);
    struct lineage_store *store = testing_open_store(databases->ours);
    for (int i = 0; i < TABLES; i++)
        counts[i] = count_rows(store, base_tables[i]) + count_rows(theirs, base_tables[i]);
    assert_int_equal(merge(store, databases->theirs, NULL, NULL).searches, 2);
    for (int again = 0; again < 2; again++) {
        for (int i = 0; i < TABLES; i++)
            if (count_rows(store, base_tables[i]) != counts[i])
                fail_msg("rows of %s are missing, or there are too many", base_tables[i]);
        assert_rows(store, "PRAGMA foreign_key_check", "");
        assert_rows(store, "SELECT id, scenario FROM search ORDER BY id",
                    "1|a_superset_of_what_breaks_may_pass\n"
                    "2|a_crash_fact_says_crashed_at_and_not_crashed_by\n3|tale\n");
        assert_int_equal(merge(store, databases->theirs, NULL, NULL).searches, 0);
    }
    lineage_store_close(theirs);
    lineage_store_close(store);
}

/* No table is forgotten that a later version of the schema adds. */
static void all_tables_of_the_schema_are_merged(void **state)
{
    struct databases *databases = *state;
    struct lineage_store *store = testing_open_store(databases->ours);
    sqlite3_stmt *row = testing_query(
        store, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        0);
    size_t known = 0;
    for (; sqlite3_step(row) == SQLITE_ROW; known++) {
        bool is_known = false;
        for (int i = 0; i < TABLES; i++)
            is_known =
                is_known || strcmp(base_tables[i], (const char *)sqlite3_column_text(row, 0)) == 0;
        assert_true(is_known);
    }
    assert_int_equal(known, TABLES);
    sqlite3_finalize(row);
    lineage_store_close(store);
}

/* The views answer of a moved search what they answered where it was. */
static void views_say_the_same_of_a_search_that_was_moved(void **state)
{
    struct databases *databases = *state;
    static const char *const views[] = {
        "SELECT time, fact, rule, premise_is, premise, premise_time, rode_on FROM why JOIN search "
        "s ON s.id = search WHERE s.scenario = 'tale' ORDER BY run, fact, time, firing, premise",
        "SELECT kind, faults, size, promise, broken FROM runs WHERE scenario = 'tale' ORDER BY run",
        "SELECT message, sent, received, sender, receiver, tuple, fate FROM messages JOIN search s "
        "ON s.id = search WHERE s.scenario = 'tale' ORDER BY run, message",
        "SELECT number, meaning FROM variable JOIN search s ON s.id = search WHERE s.scenario = "
        "'tale' ORDER BY number",
        "SELECT number, literals FROM clause JOIN search s ON s.id = search WHERE s.scenario = "
        "'tale' ORDER BY number"};
    record(databases, testing_trap(0), databases->ours);
    record(databases, &tale, databases->theirs);
    struct lineage_store *theirs = testing_open_store(databases->theirs);
    struct lineage_store *store = testing_open_store(databases->ours);
    merge(store, databases->theirs, NULL, NULL);
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        char *before = read_rows(theirs, views[i]);
        assert_true(strlen(before) > 10);
        assert_rows(store, views[i], before);
        free(before);
    }
    lineage_store_close(theirs);
    lineage_store_close(store);
}

/* Under which of all schedules the restored formula says that the promise may break: 0 or 1 each.
 */
static void read_formula(const char *path, char *answers, size_t answers_max)
{
    struct lineage_store *store = testing_open_store(path);
    struct lineage_restored restored;
    struct solver_formulas formulas;
    struct lineage_fault_variables variables;
    testing_schedules all = {0};
    const struct lineage_schedule none = {.omissions = {0}};
    assert_true(lineage_store_restore(store, 0, &restored));
    assert_true(restored.has_envelope);
    const struct lineage_hazard_input input = {&restored.envelope, &none,          &restored.bounds,
                                               restored.oracle,    &restored.good, NULL};
    solver_formulas_create(&formulas, (struct solver_memory){lineage_memory_resize});
    lineage_fault_variables_create(&variables, &formulas, &restored.universe, &restored.bounds);
    const solver_formula hazard = lineage_hazard(&variables, &input, NULL);
    testing_all_schedules(&restored.bounds, (uint32_t)restored.universe.nodes.count, &all);
    assert_true(all.count < answers_max);
    for (size_t i = 0; i < all.count; i++)
        answers[i] = testing_holds_under(&variables, hazard, &all.items[i]) ? '1' : '0';
    answers[all.count] = '\0';
    testing_schedules_free(&all);
    lineage_fault_variables_destroy(&variables);
    solver_formulas_destroy(&formulas);
    lineage_restored_free(&restored);
    lineage_store_close(store);
}

static void formula_of_a_search_that_was_moved_is_restored(void **state)
{
    struct databases *databases = *state;
    char before[512], after[512];
    record(databases, testing_trap(1), databases->ours);
    record(databases, testing_trap(0), databases->theirs);
    read_formula(databases->theirs, before, sizeof before);
    assert_non_null(strchr(before, '0')); /* some schedules cannot break it */
    assert_non_null(strchr(before, '1'));
    struct lineage_store *store = testing_open_store(databases->ours);
    merge(store, databases->theirs, NULL, NULL);
    lineage_store_close(store);
    read_formula(databases->ours, after, sizeof after);
    assert_string_equal(after, before);
}

/* A database may be copied while its search is still going on. */
static void a_search_that_has_ended_takes_the_place_of_its_copy(void **state)
{
    struct databases *databases = *state;
    char command[400];
    record(databases, &tale, databases->theirs);
    snprintf(command, sizeof command, "cp '%s' '%s'", databases->theirs, databases->ours);
    assert_int_equal(system(command), 0);
    struct lineage_store *store = testing_open_store(databases->ours);
    testing_sql(store, "UPDATE search SET verdict = NULL; DELETE FROM execution WHERE id > 2");
    struct lineage_store *theirs = testing_open_store(databases->theirs);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(merge(store, databases->theirs, NULL, NULL).searches, again == 0);
        assert_int_equal(count_rows(store, "search"), 1);
        for (int i = 0; i < TABLES; i++)
            assert_int_equal(count_rows(store, base_tables[i]), count_rows(theirs, base_tables[i]));
    }
    testing_sql(theirs, "UPDATE search SET verdict = NULL"); /* the old copy changes nothing */
    assert_int_equal(merge(store, databases->theirs, NULL, NULL).searches, 0);
    assert_rows(store, "SELECT verdict FROM search", "counterexample\n");
    lineage_store_close(theirs);
    lineage_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(new_results_arrive_and_the_second_time_nothing_does),
        TEST(what_has_got_further_stays_in_either_order),
        TEST(different_ends_are_conflicts_and_ours_stays),
        TEST(seconds_are_no_conflict),
        TEST(order_of_merging_does_not_matter),
        TEST(shards_that_are_missing_or_unfinished_are_told),
        TEST(searches_move_behind_ours_with_all_that_belongs_to_them),
        TEST(all_tables_of_the_schema_are_merged),
        TEST(views_say_the_same_of_a_search_that_was_moved),
        TEST(formula_of_a_search_that_was_moved_is_restored),
        TEST(a_search_that_has_ended_takes_the_place_of_its_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
