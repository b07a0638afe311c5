/* What the tests of joining databases share: databases with a result, a shard, a search. */
#ifndef LDFI_LINEAGE_MERGE_TESTING_H
#define LDFI_LINEAGE_MERGE_TESTING_H

#include "store_testing.h"

#include "results.h"

struct databases {
    struct testing_folder folder;
    char ours[128], theirs[128], third[128], dimacs[128];
};

static inline int make_folder(void **state)
{
    struct databases *databases = calloc(1, sizeof *databases);
    testing_folder_make(&databases->folder);
    testing_path(&databases->folder, "ours.db", databases->ours);
    testing_path(&databases->folder, "theirs.db", databases->theirs);
    testing_path(&databases->folder, "third.db", databases->third);
    testing_path(&databases->folder, "f.cnf", databases->dimacs);
    *state = databases;
    return 0;
}

static inline int remove_folder(void **state)
{
    struct databases *databases = *state;
    testing_folder_remove(&databases->folder);
    free(databases);
    return 0;
}

static inline int64_t count_rows(struct lineage_store *store, const char *table)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM \"%s\"", table);
    sqlite3_stmt *row = testing_query(store, sql, 0);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    const int64_t count = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return count;
}

/* Notes conflicts as `scenario choice: ours / theirs`, one a line. */
static inline void note(void *context, const char *scenario, const char *choice, const char *ours,
                        const char *theirs)
{
    fprintf(context, "%s %s: %s / %s\n", scenario, choice, ours, theirs);
}

/* Merges and returns what came of it; `failure` (NULL: there must be none) must be in the error,
 * `conflicts` (NULL: none) are those noted. */
static inline struct lineage_merged merge(struct lineage_store *store, const char *path,
                                          const char *failure, const char *conflicts)
{
    struct lineage_merged merged;
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    const bool is_merged = lineage_store_merge(store, path, note, out, &merged);
    fclose(out);
    if (is_merged != (failure == NULL))
        fail_msg("%s: %s", path, is_merged ? "was merged" : lineage_store_error(store));
    if (failure != NULL && strstr(lineage_store_error(store), failure) == NULL)
        fail_msg("not `%s` but: %s", failure, lineage_store_error(store));
    assert_string_equal(text, conflicts != NULL ? conflicts : "");
    free(text);
    return merged;
}

static const struct lineage_result certified = {.key = "k",
                                                .scenario = "s.json",
                                                .choice = "",
                                                .version = "v",
                                                .verdict = "certified",
                                                .report = "{}",
                                                .eot = 5,
                                                .eff = 3,
                                                .crashes = 1,
                                                .runs = 10,
                                                .seconds = 1,
                                                .done = true};

static inline void put(const char *path, const struct lineage_result *result)
{
    struct lineage_store *store = testing_open_store(path);
    assert_non_null(store);
    assert_true(lineage_store_put_result(store, result));
    lineage_store_close(store);
}

static inline void put_shard(const char *path, uint32_t number, bool finished)
{
    struct lineage_store *store = testing_open_store(path);
    const struct lineage_shard shard = {"plan", number, 3, 1, finished};
    assert_true(lineage_store_put_shard(store, &shard));
    lineage_store_close(store);
}

static inline void record(const struct databases *databases, const struct testing_program *program,
                          const char *path)
{
    testing_record(program, LINEAGE_STRICT, path, databases->dimacs);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

#endif
