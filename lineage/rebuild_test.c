/* Reading back: the database alone gives the formula again. */
#include "testing.h"

#include "lesson.h"
#include "store.h"

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
             "UPDATE execution SET kind = 'check' WHERE kind LIKE '%%envelope' AND id <> %lld;"
             "UPDATE execution SET kind = 'check' WHERE kind = 'good';"
             "UPDATE execution SET kind = 'good' WHERE id = %lld",
             id + 1, id);
    testing_sql(rebuilt->store, text);
    assert_true(lineage_store_restore(rebuilt->store, 0, run));
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
    const struct lineage_study study = {.schedule = schedule,
                                        .run = &run.good,
                                        .envelope = run.has_envelope ? &run.envelope : NULL,
                                        .good = &rebuilt->good.good,
                                        .bounds = &rebuilt->good.bounds,
                                        .no_more_crashes = run.no_more_crashes,
                                        .oracle = run.oracle,
                                        .reads_crash = rebuilt->reads_crash,
                                        .leaves_open = lineage_schedule_size(schedule) == 0 &&
                                                       !run.no_more_crashes,
                                        .memory = {lineage_memory_resize}};
    struct lineage_bounds bounds = rebuilt->good.bounds;
    if (run.no_more_crashes)
        bounds.crashes = (uint32_t)schedule->crashes.count;
    const struct lineage_hazard_input input = {&run.envelope,       schedule, &bounds, run.oracle,
                                               &rebuilt->good.good, NULL};
    struct lineage_lesson lesson;
    lineage_lesson_learn(&lesson, &study);
    const solver_formula hazard = lesson.kind_of_rest == LINEAGE_REST_OPEN
                                      ? lineage_hazard(&rebuilt->variables, &input, NULL)
                                      : SOLVER_TRUE;
    solver_require(rebuilt->solver, lineage_lesson_formula(&rebuilt->variables, &lesson, hazard));
    count_new_faults(rebuilt);
    lineage_lesson_free(&lesson);
    lineage_restored_free(&run);
    rebuilt->lessons++;
}

static void rebuilt_open(struct rebuilt *rebuilt, const char *path)
{
    *rebuilt = (struct rebuilt){.store = testing_open_store(path)};
    assert_true(lineage_store_restore(rebuilt->store, 0, &rebuilt->good));
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
        for (uint32_t time = rebuilt->good.bounds.eot; time >= 1; time--)
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

/* What the solver found last; its faults are set aside. */
static void read_proposed(struct rebuilt *rebuilt, struct lineage_schedule *proposed)
{
    LINEAGE_ARRAY(solver_formula) faults = {0};
    proposed->omissions.count = proposed->crashes.count = 0;
    for (size_t i = 0; i < rebuilt->variables.omissions.count; i++)
        if (solver_is_true(rebuilt->solver, rebuilt->variables.omissions.items[i].variable)) {
            lineage_schedule_add_omission(proposed, rebuilt->variables.omissions.items[i].omission);
            LINEAGE_PUSH(&faults, rebuilt->variables.omissions.items[i].variable);
        }
    for (uint32_t node = 0; node < rebuilt->good.universe.nodes.count; node++)
        for (uint32_t time = 1; time <= rebuilt->good.bounds.eot; time++) {
            const solver_formula crash = lineage_crash_at(&rebuilt->variables, node, time);
            if (!lineage_bounds_allow_crash(&rebuilt->good.bounds, node, time) ||
                !solver_is_true(rebuilt->solver, crash))
                continue;
            lineage_schedule_add_crash(proposed, (struct lineage_crash){time, node});
            LINEAGE_PUSH(&faults, crash);
        }
    solver_set_aside(rebuilt->solver, faults.items, faults.count);
    lineage_memory_free(faults.items);
}

/* What the search ran must be among the smallest schedules that the rebuilt solver has left. */
static void assert_proposed(struct rebuilt *rebuilt, const struct lineage_schedule *schedule)
{
    struct lineage_schedule proposed = {.omissions = {0}};
    assert_int_equal(solver_smallest(rebuilt->solver), SOLVER_MODEL);
    read_proposed(rebuilt, &proposed);
    while (!lineage_schedule_equal(&proposed, schedule)) {
        assert_int_equal(solver_another(rebuilt->solver), SOLVER_MODEL);
        read_proposed(rebuilt, &proposed);
    }
    solver_take_back(rebuilt->solver);
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

/* Numbers variables as they come: those that told models of a batch apart leave gaps. */
static void renumber(testing_numbers *literals)
{
    int most = 0, next = 1;
    for (size_t i = 0; i < literals->count; i++)
        most = abs(literals->items[i]) > most ? abs(literals->items[i]) : most;
    int *number = calloc((size_t)most + 1, sizeof *number);
    for (size_t i = 0; i < literals->count; i++) {
        const int literal = literals->items[i], variable = abs(literal);
        if (literal != 0 && number[variable] == 0)
            number[variable] = next++;
        literals->items[i] = literal < 0 ? -number[variable] : number[variable];
    }
    free(number);
}

/* Records a search and compares three formulas, clause by clause: rebuilt from the runs in the
 * database, in the database's own table, and in memory when the search ended. Returns how many
 * lessons the rebuilt one took. */
static size_t assert_rebuilds(const struct testing_program *program, enum lineage_oracle oracle)
{
    struct testing_folder folder;
    struct rebuilt rebuilt;
    char database[128], dimacs[128];
    testing_numbers in_memory = {0}, in_table = {0}, again = {0};
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
    for (size_t i = 0; i < count; i++)
        LINEAGE_PUSH(&again, clauses[i]);
    renumber(&again);
    renumber(&in_memory);
    renumber(&in_table);
    assert_int_equal(count, in_memory.count);
    assert_memory_equal(again.items, in_memory.items, count * sizeof *clauses);
    assert_int_equal(count, in_table.count);
    assert_memory_equal(again.items, in_table.items, count * sizeof *clauses);
    lineage_memory_free(again.items);
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

static void formula_over_awkward_values_is_rebuilt(void **state)
{
    (void)state;
    assert_true(assert_rebuilds(testing_awkward_values(), LINEAGE_STRICT) > 0);
    assert_true(assert_rebuilds(testing_awkward_values(), LINEAGE_MOLLY) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formula_of_each_trap_is_rebuilt_from_the_database_alone),
        cmocka_unit_test(formula_with_lessons_of_passing_runs_is_rebuilt),
        cmocka_unit_test(formula_of_a_certified_search_is_rebuilt),
        cmocka_unit_test(formula_over_awkward_values_is_rebuilt)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
