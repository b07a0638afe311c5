/* What becomes of the file of a proof, and of the search, in every case; and of old files. */
#include "testing.h"

#include "formula_file.h"

/* A search that has just ended, with a formula over two variables. */
struct ended {
    struct testing_folder folder;
    char path[128];
    struct solver_formulas formulas;
    solver_formula either, neither;
    struct lineage_diagnostics diagnostics;
    struct harness_search search;
    struct harness_formula formula;
};

static void ended_open(struct ended *ended, enum harness_verdict verdict)
{
    *ended = (struct ended){.diagnostics = {.error_count = 0}};
    testing_folder_make(&ended->folder);
    testing_path(&ended->folder, "proof.rup", ended->path);
    solver_formulas_create(&ended->formulas, (struct solver_memory){lineage_memory_resize});
    const solver_formula left = solver_variable(&ended->formulas);
    ended->either = solver_or2(&ended->formulas, left, solver_variable(&ended->formulas));
    ended->neither = solver_not(ended->either);
    ended->search = (struct harness_search){.diagnostics = &ended->diagnostics,
                                            .options = {.proof_path = ended->path},
                                            .verdict = verdict,
                                            .complete = true};
    const struct solver_options options = {harness_budget_poll, &ended->search.budget, true};
    ended->formula.search = &ended->search;
    ended->formula.solver = solver_create(&ended->formulas, options);
    solver_require(ended->formula.solver, ended->either);
}

static void ended_close(struct ended *ended)
{
    solver_destroy(ended->formula.solver);
    solver_formulas_destroy(&ended->formulas);
    lineage_diagnostics_free(&ended->diagnostics);
    testing_folder_remove(&ended->folder);
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static void assert_not_certified(const struct ended *ended, enum harness_failure failure)
{
    assert_int_equal(ended->search.failure, failure);
    assert_int_equal(ended->search.verdict, HARNESS_INCOMPLETE);
    assert_false(ended->search.complete);
    assert_false(ended->search.proved);
    assert_false(exists(ended->path));
}

static void proof_of_an_unsatisfiable_formula_is_written(void **state)
{
    struct ended ended;
    size_t bytes;
    (void)state;
    ended_open(&ended, HARNESS_CERTIFIED);
    solver_require(ended.formula.solver, ended.neither);
    harness_formula_prove(&ended.formula);
    assert_int_equal(ended.search.failure, HARNESS_NO_FAILURE);
    assert_int_equal(ended.search.verdict, HARNESS_CERTIFIED);
    assert_true(ended.search.complete && ended.search.proved);
    char *proof = testing_read(ended.path, &bytes);
    char header[64];
    snprintf(header, sizeof header, "%%RUPD32 %d %zu ", solver_variable_count(ended.formula.solver),
             solver_clause_count(ended.formula.solver));
    assert_memory_equal(proof, header, strlen(header));
    assert_memory_equal(proof + bytes - 3, "\n0\n", 3);
    free(proof);
    ended_close(&ended);
}

/* The search says that nothing is left, and the second solving finds a model: one of them is wrong.
 */
static void contradiction_certifies_nothing(void **state)
{
    struct ended ended;
    (void)state;
    ended_open(&ended, HARNESS_CERTIFIED);
    harness_formula_prove(&ended.formula);
    assert_not_certified(&ended, HARNESS_SOLVER_FAILURE);
    assert_int_equal(ended.diagnostics.error_count, 1);
    assert_non_null(strstr(ended.diagnostics.items.items[0].message, "contradicts itself"));
    ended_close(&ended);
}

static void budget_that_is_used_up_certifies_nothing(void **state)
{
    struct ended ended;
    (void)state;
    ended_open(&ended, HARNESS_CERTIFIED);
    solver_require(ended.formula.solver, ended.neither);
    ended.search.budget.stop = HARNESS_OUT_OF_TIME;
    harness_formula_prove(&ended.formula);
    assert_not_certified(&ended, HARNESS_NO_FAILURE);
    assert_int_equal(ended.diagnostics.error_count, 0);
    ended_close(&ended);
}

static void file_that_cannot_be_written_certifies_nothing(void **state)
{
    static const char *const paths[] = {"/dev/full", "/nowhere/proof.rup"};
    static const char *const reasons[] = {"No space left on device", "No such file or directory"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ended ended;
        ended_open(&ended, HARNESS_CERTIFIED);
        solver_require(ended.formula.solver, ended.neither);
        ended.search.options.proof_path = paths[i];
        harness_formula_prove(&ended.formula);
        assert_not_certified(&ended, HARNESS_OUTPUT_FAILURE);
        assert_non_null(strstr(ended.diagnostics.items.items[0].message, paths[i]));
        assert_non_null(strstr(ended.diagnostics.items.items[0].message, reasons[i]));
        ended_close(&ended);
    }
}

static void nothing_is_proved_where_nothing_is_certified(void **state)
{
    struct ended ended;
    (void)state;
    ended_open(&ended, HARNESS_INCOMPLETE);
    harness_formula_prove(&ended.formula);
    assert_false(ended.search.proved);
    assert_int_equal(ended.search.failure, HARNESS_NO_FAILURE);
    assert_false(exists(ended.path));
    ended_close(&ended);
}

/* A regular file goes; a link stays, and what it leads to is emptied; the rest is left alone. */
static void old_files_are_removed(void **state)
{
    struct testing_folder folder;
    char path[128], link[128];
    struct stat status;
    (void)state;
    testing_folder_make(&folder);
    testing_path(&folder, "old", path);
    testing_path(&folder, "link", link);
    testing_write(path, "old", 3);
    harness_remove_old(path);
    assert_false(exists(path));
    harness_remove_old(path);
    harness_remove_old(NULL);
    testing_write(path, "old", 3);
    assert_int_equal(symlink(path, link), 0);
    harness_remove_old(link);
    assert_int_equal(lstat(link, &status), 0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 0);
    harness_remove_old(folder.path);
    assert_true(exists(folder.path));
    assert_int_equal(unlink(link), 0);
    assert_int_equal(mkfifo(link, 0600), 0);
    harness_remove_old(link);
    assert_true(exists(link));
    testing_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proof_of_an_unsatisfiable_formula_is_written),
        cmocka_unit_test(contradiction_certifies_nothing),
        cmocka_unit_test(budget_that_is_used_up_certifies_nothing),
        cmocka_unit_test(file_that_cannot_be_written_certifies_nothing),
        cmocka_unit_test(nothing_is_proved_where_nothing_is_certified),
        cmocka_unit_test(old_files_are_removed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
