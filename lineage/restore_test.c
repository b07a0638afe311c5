/* Reading back a damaged database does no damage. */
#include "testing.h"

#include "hazard.h"
#include "store.h"

/* Restores what is there; where that works, what it gives must be fit to build a formula of. */
static bool restore_and_use(struct lineage_store *store)
{
    struct lineage_restored restored;
    const bool done = lineage_store_restore(store, 0, &restored);
    if (!done)
        assert_non_null(strstr(lineage_store_error(store), "database"));
    if (done && restored.has_envelope && restored.good.facts_by_place != NULL) {
        struct solver_formulas formulas;
        struct lineage_fault_variables variables;
        const struct lineage_schedule none = {.omissions = {0}};
        const struct lineage_hazard_input input = {
            &restored.envelope, &none, &restored.bounds, restored.oracle, &restored.good, NULL};
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
    char tables[] = "search source node relation rule tuple execution message fact absence firing "
                    "premise peril";
    char text[256], path[128];
    testing_folder_make(&damage->folder);
    testing_path(&damage->folder, "runs.db", damage->path);
    testing_path(&damage->folder, "copy.db", damage->copy);
    testing_record(testing_awkward_values(), LINEAGE_STRICT, damage->path,
                   testing_path(&damage->folder, "f", path));
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
    "text search scenario|text search strategy|text search oracle|number search eot|number search "
    "eff|number search crashes|"
    "null search omissions|number node number|text node name|number node immune|"
    "number relation number|text relation name|number relation arity|"
    "number relation internal|number rule number|text rule file|number rule line|"
    "text rule text|number tuple number|number tuple relation|number fact number|"
    "number fact tuple|number fact time|number fact certain|number message number|"
    "number message tuple|null message sender|null message receiver|number message sent|"
    "number message fate|number absence number|number absence pattern|"
    "number absence time|number firing number|number firing rule|null firing head|"
    "null firing message|null firing exactly|number premise firing|"
    "number premise position|number premise kind|number premise item|number source number|"
    "text source path|text source text|";
enum { COLUMN_COUNT = 45 };

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
    assert_false(lineage_store_restore(store, 0, &restored));
    assert_string_equal(lineage_store_error(store), "the database is damaged: no search is in it");
    lineage_restored_free(&restored);
    lineage_store_close(store);
    testing_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nulls_and_numbers_that_point_nowhere_are_errors),
        cmocka_unit_test(rows_that_are_missing_in_the_middle_are_errors),
        cmocka_unit_test(flipped_bytes_never_crash_restoring),
        cmocka_unit_test(changed_rows_never_crash_restoring),
        cmocka_unit_test(empty_database_has_no_search)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
