/* Reading back: the database alone gives the formula again, and a damaged one does no damage. */
#include "../harness/testing.h"

#include "lesson.h"
#include "store.h"

/* ---- the formula again ---- */

/* A search as it must have gone, put together from the database alone. */
struct rebuilt {
    struct lineage_store *store;
    struct lineage_restored good;
    struct solver_formulas formulas;
    struct lineage_fault_variables variables;
    struct solver *solver;
    size_t counted;
    bool reads_crash;
    size_t lessons;
};

/* One run as if it were the good one, whose place in the database is where restoring looks. */
static void restore_run(struct rebuilt *rebuilt, sqlite3_int64 id, struct lineage_restored *run)
{
    char text[256];
    testing_sql(rebuilt->store, "BEGIN");
    snprintf(text, sizeof text,
             "UPDATE execution SET kind = 'check' WHERE kind = 'envelope' AND id <> %lld;"
             "UPDATE execution SET kind = 'check' WHERE kind = 'good';"
             "UPDATE execution SET kind = 'good' WHERE id = %lld",
             id + 1, id);
    testing_sql(rebuilt->store, text);
    assert_true(lineage_store_restore(rebuilt->store, run));
    testing_sql(rebuilt->store, "ROLLBACK");
}

static void count_new_faults(struct rebuilt *rebuilt)
{
    const size_t count = rebuilt->variables.omissions.count;
    if (rebuilt->counted == count)
        return;
    for (; rebuilt->counted < count; rebuilt->counted++)
        solver_count(rebuilt->solver,
                     rebuilt->variables.omissions.items[rebuilt->counted].variable);
    solver_require(rebuilt->solver, lineage_faults_allowed(&rebuilt->variables));
}

static void learn(struct rebuilt *rebuilt, sqlite3_int64 id,
                  const struct lineage_schedule *schedule)
{
    struct lineage_restored run;
    restore_run(rebuilt, id, &run);
    const struct lineage_lesson lesson = {.schedule = schedule,
                                          .run = &run.good,
                                          .envelope = run.has_envelope ? &run.envelope : NULL,
                                          .good = &rebuilt->good.good,
                                          .oracle = run.oracle,
                                          .reads_crash = rebuilt->reads_crash};
    solver_require(rebuilt->solver, lineage_lesson_formula(&rebuilt->variables, &lesson, NULL));
    count_new_faults(rebuilt);
    lineage_restored_free(&run);
    rebuilt->lessons++;
}

static void rebuilt_open(struct rebuilt *rebuilt, const char *path)
{
    *rebuilt = (struct rebuilt){.store = testing_open_store(path)};
    assert_true(lineage_store_restore(rebuilt->store, &rebuilt->good));
    solver_formulas_create(&rebuilt->formulas, (struct solver_memory){lineage_memory_resize});
    lineage_fault_variables_create(&rebuilt->variables, &rebuilt->formulas, &rebuilt->good.universe,
                                   &rebuilt->good.bounds);
    rebuilt->solver =
        solver_create(&rebuilt->formulas, (struct solver_options){.keep_clauses = true});
    sqlite3_stmt *row =
        testing_query(rebuilt->store, "SELECT count(*) FROM rule WHERE text LIKE '%crash(%'", 0);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    rebuilt->reads_crash = sqlite3_column_int(row, 0) > 0;
    sqlite3_finalize(row);
    for (uint32_t node = 0; node < rebuilt->good.universe.nodes.count; node++)
        for (uint32_t time = 1; time <= rebuilt->good.bounds.eot; time++)
            if (lineage_bounds_allow_crash(&rebuilt->good.bounds, node, time))
                solver_count(rebuilt->solver, lineage_crash_at(&rebuilt->variables, node, time));
    solver_require(rebuilt->solver, lineage_faults_allowed(&rebuilt->variables));
}

static void rebuilt_close(struct rebuilt *rebuilt)
{
    solver_destroy(rebuilt->solver);
    lineage_fault_variables_destroy(&rebuilt->variables);
    solver_formulas_destroy(&rebuilt->formulas);
    lineage_restored_free(&rebuilt->good);
    lineage_store_close(rebuilt->store);
}

/* The rebuilt solver must propose what the search ran. */
static void assert_proposed(struct rebuilt *rebuilt, const struct lineage_schedule *schedule)
{
    struct lineage_schedule proposed = {.omissions = {0}};
    assert_int_equal(solver_smallest(rebuilt->solver), SOLVER_MODEL);
    for (size_t i = 0; i < rebuilt->variables.omissions.count; i++)
        if (solver_is_true(rebuilt->solver, rebuilt->variables.omissions.items[i].variable))
            lineage_schedule_add_omission(&proposed,
                                          rebuilt->variables.omissions.items[i].omission);
    for (uint32_t node = 0; node < rebuilt->good.universe.nodes.count; node++)
        for (uint32_t time = 1; time <= rebuilt->good.bounds.eot; time++)
            if (lineage_bounds_allow_crash(&rebuilt->good.bounds, node, time) &&
                solver_is_true(rebuilt->solver, lineage_crash_at(&rebuilt->variables, node, time)))
                lineage_schedule_add_crash(&proposed, (struct lineage_crash){time, node});
    assert_true(lineage_schedule_equal(&proposed, schedule));
    lineage_schedule_free(&proposed);
}

/* Goes through the runs in the order in which the search made them. */
static void replay_lessons(struct rebuilt *rebuilt, enum harness_verdict verdict)
{
    sqlite3_stmt *row = testing_query(rebuilt->store,
                                      "SELECT id, kind, promise FROM execution WHERE kind IN "
                                      "('good', 'hypothesis') AND id > ? ORDER BY id",
                                      0);
    LINEAGE_ARRAY(sqlite3_int64) ids = {0};
    while (sqlite3_step(row) == SQLITE_ROW) {
        assert_int_equal(strcmp((const char *)sqlite3_column_text(row, 1), "good") == 0,
                         ids.count == 0);
        LINEAGE_PUSH(&ids, sqlite3_column_int64(row, 0));
    }
    sqlite3_finalize(row);
    for (size_t i = 0; i < ids.count; i++) {
        struct lineage_schedule schedule = {.omissions = {0}};
        testing_read_schedule(rebuilt->store, ids.items[i], &schedule);
        if (i > 0)
            assert_proposed(rebuilt, &schedule);
        if (i + 1 < ids.count || verdict == HARNESS_CERTIFIED)
            learn(rebuilt, ids.items[i], &schedule);
        lineage_schedule_free(&schedule);
    }
    if (verdict == HARNESS_CERTIFIED)
        assert_int_equal(solver_smallest(rebuilt->solver), SOLVER_EXHAUSTED);
    lineage_memory_free(ids.items);
}

/* The clauses of the table, a zero behind each. */
static void read_clauses(struct lineage_store *store, testing_numbers *literals)
{
    sqlite3_stmt *row = testing_query(store, "SELECT literals FROM clause ORDER BY number", 0);
    while (sqlite3_step(row) == SQLITE_ROW) {
        char *at = (char *)(uintptr_t)sqlite3_column_text(row, 0), *end;
        for (; *at != '\0'; at = end) {
            const int literal = (int)strtol(at, &end, 10);
            assert_ptr_not_equal(at, end);
            LINEAGE_PUSH(literals, literal);
        }
        LINEAGE_PUSH(literals, 0);
    }
    sqlite3_finalize(row);
}

/* Records a search and compares three formulas, clause by clause: rebuilt from the runs in the
 * database, in the database's own table, and in memory when the search ended. Returns how many
 * lessons the rebuilt one took. */
static size_t assert_rebuilds(const struct testing_program *program, enum lineage_oracle oracle)
{
    struct testing_folder folder;
    struct rebuilt rebuilt;
    char database[128], dimacs[128];
    testing_numbers in_memory = {0}, in_table = {0};
    size_t count;
    testing_folder_make(&folder);
    testing_path(&folder, "runs.db", database);
    testing_path(&folder, "formula.cnf", dimacs);
    const enum harness_verdict verdict = testing_record(program, oracle, database, dimacs);
    rebuilt_open(&rebuilt, database);
    assert_int_equal(rebuilt.good.oracle, oracle);
    replay_lessons(&rebuilt, verdict);
    testing_read_dimacs(dimacs, &in_memory);
    read_clauses(rebuilt.store, &in_table);
    const int *clauses = solver_clauses(rebuilt.solver, &count);
    assert_true(count > 0);
    assert_int_equal(count, in_memory.count);
    assert_memory_equal(clauses, in_memory.items, count * sizeof *clauses);
    assert_int_equal(count, in_table.count);
    assert_memory_equal(clauses, in_table.items, count * sizeof *clauses);
    const size_t lessons = rebuilt.lessons;
    rebuilt_close(&rebuilt);
    lineage_memory_free(in_memory.items);
    lineage_memory_free(in_table.items);
    testing_folder_remove(&folder);
    return lessons;
}

static void formula_of_each_trap_is_rebuilt_from_the_database_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < TESTING_TRAP_COUNT; i++) {
        struct testing_program wider = *testing_trap(i);
        assert_rebuilds(testing_trap(i), LINEAGE_STRICT);
        wider.crashes = 1;
        wider.eff = wider.eot;
        assert_rebuilds(&wider, i % 2 == 0 ? LINEAGE_STRICT : LINEAGE_MOLLY);
    }
}

/* What a sum of many comes to is not known before the run, so runs with faults pass and teach: of
 * 7, 24 and 224 that b, c and d send, 31 must arrive. */
static void formula_with_lessons_of_passing_runs_is_rebuilt(void **state)
{
    static const struct testing_program sums = {
        "sums",
        "a,b,c,d",
        3,
        2,
        1,
        NULL,
        "has(\"b\", \"a\", 1)@1; has(\"b\", \"a\", 2)@1; has(\"b\", \"a\", 4)@1;\n"
        "has(\"c\", \"a\", 8)@1; has(\"c\", \"a\", 16)@1;\n"
        "has(\"d\", \"a\", 32)@1; has(\"d\", \"a\", 64)@1; has(\"d\", \"a\", 128)@1;\n"
        "got(A, I)@async :- has(N, A, I);\n"
        "got(A, I)@next :- got(A, I);\n"
        "total(A, sum<I>) :- got(A, I);\n"
        "here(\"a\")@1; here(A)@next :- here(A);\n"
        "pre(A) :- here(A);\n"
        "post(A) :- total(A, T), T > 30;\n"};
    (void)state;
    assert_true(assert_rebuilds(&sums, LINEAGE_STRICT) > 1);
}

static void formula_of_a_certified_search_is_rebuilt(void **state)
{
    (void)state;
    assert_true(assert_rebuilds(testing_retry(), LINEAGE_STRICT) > 0);
    assert_true(assert_rebuilds(testing_retry(), LINEAGE_MOLLY) > 0);
}

/* Values that a text format may lose: -1, more than 32 bits, the ends of 64 bits, strings with
 * what JSON escapes, strings of digits; counts; a division that some faults would bring to zero. */
static const struct testing_program values = {
    "values",
    "a,b,c",
    4,
    3,
    1,
    NULL,
    "say(\"b\", \"a\", \"\\ tab\t line\n \xc3\xa4 7\", 0 - 1)@1;\n"
    "say(\"c\", \"a\", \"12\", 9223372036854775807)@1;\n"
    "say(N, A, S, I)@next :- say(N, A, S, I);\n"
    "less(N, A, S, 0 - I - 1) :- say(N, A, S, I);\n"
    "said(A, S, I)@async :- less(N, A, S, I);\n"
    "said(A, S, I)@async :- say(N, A, S, I);\n"
    "said(A, S, I)@next :- said(A, S, I);\n"
    "counted(A, count<I>) :- said(A, _, I);\n"
    "share(A, 12 / N) :- counted(A, N);\n"
    "pre(S) :- say(_, _, S, _), notin crash(\"b\", \"b\", 2);\n"
    "post(S) :- said(A, S, I), I < 0, counted(A, N), N > 3;\n"};

static void formula_over_awkward_values_is_rebuilt(void **state)
{
    (void)state;
    assert_true(assert_rebuilds(&values, LINEAGE_STRICT) > 0);
    assert_true(assert_rebuilds(&values, LINEAGE_MOLLY) > 0);
}

/* ---- damage ---- */

/* Restores what is there; where that works, what it gives must be fit to build a formula of. */
static bool restore_and_use(struct lineage_store *store)
{
    struct lineage_restored restored;
    const bool done = lineage_store_restore(store, &restored);
    if (!done)
        assert_non_null(strstr(lineage_store_error(store), "database"));
    if (done && restored.has_envelope && restored.good.facts_by_place != NULL) {
        struct solver_formulas formulas;
        struct lineage_fault_variables variables;
        const struct lineage_schedule none = {.omissions = {0}};
        const struct lineage_hazard_input input = {&restored.envelope, &none, restored.oracle,
                                                   &restored.good};
        solver_formulas_create(&formulas, (struct solver_memory){lineage_memory_resize});
        lineage_fault_variables_create(&variables, &formulas, &restored.universe, &restored.bounds);
        lineage_hazard(&variables, &input, NULL);
        FILE *out = fopen("/dev/null", "w");
        for (size_t i = 0; i < variables.omissions.count; i++)
            lineage_fault_variable_print(&variables, variables.omissions.items[i].variable, out);
        fclose(out);
        lineage_fault_variables_destroy(&variables);
        solver_formulas_destroy(&formulas);
    }
    lineage_restored_free(&restored);
    return done;
}

/* A recorded search in one file, without the constraints that keep nonsense out. */
struct damage {
    struct testing_folder folder;
    char path[128], copy[128];
    char *bytes;
    size_t byte_count;
};

static void damage_open(struct damage *damage)
{
    char tables[] = "search node relation rule tuple execution message fact absence firing premise "
                    "peril";
    char text[256], path[128];
    testing_folder_make(&damage->folder);
    testing_path(&damage->folder, "runs.db", damage->path);
    testing_path(&damage->folder, "copy.db", damage->copy);
    testing_record(&values, LINEAGE_STRICT, damage->path, testing_path(&damage->folder, "f", path));
    struct lineage_store *store = testing_open_store(damage->path);
    testing_sql(
        store,
        "PRAGMA foreign_keys = OFF; PRAGMA journal_mode = DELETE; DROP VIEW runs; "
        "DROP VIEW messages; DROP VIEW why; DROP TABLE clause; DROP TABLE variable; "
        "DROP TABLE counterexample; DROP TABLE broken; DROP TABLE omission; DROP TABLE crash");
    for (const char *table = strtok(tables, " "); table != NULL; table = strtok(NULL, " ")) {
        snprintf(text, sizeof text,
                 "CREATE TABLE bare AS SELECT * FROM \"%s\"; DROP TABLE \"%s\"; "
                 "ALTER TABLE bare RENAME TO \"%s\"",
                 table, table, table);
        testing_sql(store, text);
    }
    testing_sql(store, "VACUUM");
    lineage_store_close(store);
    damage->bytes = testing_read(damage->path, &damage->byte_count);
}

static void damage_close(struct damage *damage)
{
    free(damage->bytes);
    testing_folder_remove(&damage->folder);
}

/* Runs SQL on a fresh copy and restores it. */
static bool restores_after(struct damage *damage, const char *text)
{
    testing_write(damage->copy, damage->bytes, damage->byte_count);
    struct lineage_store *store = testing_open_store(damage->copy);
    assert_non_null(store);
    testing_sql(store, text);
    const bool restores = restore_and_use(store);
    lineage_store_close(store);
    return restores;
}

/* Every column that restoring reads, with its kind; `null` is a number that may be null. */
static const char columns[] =
    "text search oracle|number search eot|number search eff|number search crashes|"
    "null search omissions|number node number|text node name|number node immune|"
    "number relation number|text relation name|number relation arity|"
    "number relation internal|number rule number|text rule file|number rule line|"
    "text rule text|number tuple number|number tuple relation|number fact number|"
    "number fact tuple|number fact time|number fact certain|number message number|"
    "number message tuple|null message sender|null message receiver|number message sent|"
    "number message fate|number absence number|number absence pattern|"
    "number absence time|number firing number|number firing rule|null firing head|"
    "null firing message|null firing exactly|number premise firing|"
    "number premise position|number premise kind|number premise item|";
enum { COLUMN_COUNT = 40 };

struct column {
    char kind[8], table[16], name[16];
};

static struct column column_of(size_t number)
{
    struct column column;
    const char *at = columns;
    for (; number > 0; number--)
        at = strchr(at, '|') + 1;
    assert_int_equal(sscanf(at, "%7s %15s %15[a-z]", column.kind, column.table, column.name), 3);
    return column;
}

static void nulls_and_numbers_that_point_nowhere_are_errors(void **state)
{
    static const char *const wrong[] = {"NULL", "-1", "1 << 40", "'word'", "x'00ff'", "0.5"};
    struct damage damage;
    (void)state;
    damage_open(&damage);
    assert_true(restores_after(&damage, "SELECT 1"));
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        for (size_t j = 0; j < sizeof wrong / sizeof *wrong; j++) {
            char text[256];
            const struct column column = column_of(i);
            if (column.kind[0] == 't' ? j > 0 : strcmp(column.kind, "null") == 0 && j == 0)
                continue;
            snprintf(text, sizeof text, "UPDATE \"%s\" SET \"%s\" = %s", column.table, column.name,
                     wrong[j]);
            if (restores_after(&damage, text))
                fail_msg("restored after %s", text);
        }
    damage_close(&damage);
}

static void rows_that_are_missing_in_the_middle_are_errors(void **state)
{
    char tables[] = "node relation rule tuple fact message absence firing premise";
    struct damage damage;
    (void)state;
    damage_open(&damage);
    for (const char *table = strtok(tables, " "); table != NULL; table = strtok(NULL, " ")) {
        char text[256];
        snprintf(text, sizeof text, "DELETE FROM \"%s\" WHERE \"%s\" = 0", table,
                 strcmp(table, "premise") == 0 ? "position" : "number");
        if (restores_after(&damage, text))
            fail_msg("restored after %s", text);
    }
    assert_false(restores_after(&damage, "DELETE FROM search"));
    assert_false(restores_after(&damage, "UPDATE relation SET arity = 2 WHERE name = 'pre'"));
    assert_false(restores_after(&damage, "UPDATE relation SET name = 'x' WHERE name = 'post'"));
    assert_false(restores_after(&damage, "UPDATE node SET name = 'a'"));
    assert_false(restores_after(&damage, "UPDATE tuple SET columns = '[[1]]'"));
    assert_false(restores_after(&damage, "UPDATE tuple SET columns = '[1'"));
    assert_false(restores_after(&damage, "UPDATE tuple SET columns = '[]'"));
    assert_false(restores_after(&damage, "DROP TABLE fact"));
    damage_close(&damage);
}

static void flipped_bytes_never_crash_restoring(void **state)
{
    struct damage damage;
    uint64_t seed = 2024;
    size_t refused = 0;
    (void)state;
    damage_open(&damage);
    char *bytes = malloc(damage.byte_count);
    for (int i = 0; i < 400; i++) {
        memcpy(bytes, damage.bytes, damage.byte_count);
        for (uint32_t flips = 1 + testing_draw(&seed, 20); flips > 0; flips--)
            ((unsigned char *)bytes)[testing_draw(&seed, (uint32_t)damage.byte_count)] ^=
                (unsigned char)(1u << testing_draw(&seed, 8));
        testing_write(damage.copy, bytes, damage.byte_count);
        struct lineage_store *store = testing_open_store(damage.copy);
        refused += store == NULL || !restore_and_use(store);
        lineage_store_close(store);
    }
    assert_true(refused > 50);
    free(bytes);
    damage_close(&damage);
}

/* One cell of one row at random becomes another small number or null, or a row goes. */
static void changed_rows_never_crash_restoring(void **state)
{
    struct damage damage;
    uint64_t seed = 77;
    size_t refused = 0;
    (void)state;
    damage_open(&damage);
    for (int i = 0; i < 400; i++) {
        const struct column c = column_of(testing_draw(&seed, COLUMN_COUNT));
        char text[256], number[16];
        const uint32_t kind = testing_draw(&seed, 4), row = testing_draw(&seed, 400);
        snprintf(number, sizeof number, "%u", testing_draw(&seed, 30));
        if (kind == 3)
            snprintf(text, sizeof text,
                     "DELETE FROM \"%s\" WHERE rowid = 1 + %u %% (SELECT count(*) FROM \"%s\")",
                     c.table, row, c.table);
        else
            snprintf(text, sizeof text,
                     "UPDATE \"%s\" SET \"%s\" = %s WHERE rowid = 1 + %u %% "
                     "(SELECT count(*) FROM \"%s\")",
                     c.table, c.name, kind == 0 ? "NULL" : number, row, c.table);
        refused += !restores_after(&damage, text);
    }
    assert_true(refused > 50);
    damage_close(&damage);
}

static void empty_database_has_no_search(void **state)
{
    struct testing_folder folder;
    struct lineage_restored restored;
    char path[128];
    (void)state;
    testing_folder_make(&folder);
    struct lineage_store *store = testing_open_store(testing_path(&folder, "empty.db", path));
    assert_false(lineage_store_restore(store, &restored));
    assert_string_equal(lineage_store_error(store), "the database is damaged: no search is in it");
    lineage_restored_free(&restored);
    lineage_store_close(store);
    testing_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formula_of_each_trap_is_rebuilt_from_the_database_alone),
        cmocka_unit_test(formula_with_lessons_of_passing_runs_is_rebuilt),
        cmocka_unit_test(formula_of_a_certified_search_is_rebuilt),
        cmocka_unit_test(formula_over_awkward_values_is_rebuilt),
        cmocka_unit_test(nulls_and_numbers_that_point_nowhere_are_errors),
        cmocka_unit_test(rows_that_are_missing_in_the_middle_are_errors),
        cmocka_unit_test(flipped_bytes_never_crash_restoring),
        cmocka_unit_test(changed_rows_never_crash_restoring),
        cmocka_unit_test(empty_database_has_no_search)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
