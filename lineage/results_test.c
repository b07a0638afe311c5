/* Results of sweeps in the store: what is put there is found, and what is newer takes its place. */
#include "results.h"

#include "../harness/testing.h"

struct world {
    struct testing_folder folder;
    struct lineage_store *store;
    struct lineage_arena arena;
};

static void world_make(struct world *world)
{
    char path[128];
    *world = (struct world){.store = NULL};
    testing_folder_make(&world->folder);
    world->store = testing_open_store(testing_path(&world->folder, "r.db", path));
    assert_non_null(world->store);
}

static void world_free(struct world *world)
{
    lineage_store_close(world->store);
    lineage_arena_free(&world->arena);
    testing_folder_remove(&world->folder);
}

static const struct lineage_result whole = {.key = "k",
                                            .scenario = "d/s.json",
                                            .choice = "{\"x\":1}",
                                            .version = "m",
                                            .verdict = "counterexample",
                                            .report = "{}",
                                            .smallest = "crash(a,1)",
                                            .eot = 1000,
                                            .eff = 7,
                                            .crashes = 3,
                                            .runs = (uint64_t)1 << 40,
                                            .seconds = 0.5,
                                            .vacuous = true,
                                            .done = true};

/* The report found by a key; NULL: there is none. */
static const char *found(struct world *world, const char *key)
{
    struct lineage_result result;
    const enum lineage_found is =
        lineage_store_find_result(world->store, key, &world->arena, &result);
    assert_int_not_equal(is, LINEAGE_FIND_FAILED);
    return is == LINEAGE_FOUND ? result.report : NULL;
}

static int count(struct world *world, const char *table)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
    sqlite3_stmt *row = testing_query(world->store, sql, 0);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    const int rows = sqlite3_column_int(row, 0);
    sqlite3_finalize(row);
    return rows;
}

static void a_result_comes_back_as_it_was_put(void **state)
{
    struct world world;
    struct lineage_result result;
    (void)state;
    world_make(&world);
    assert_true(lineage_store_put_result(world.store, &whole));
    assert_int_equal(lineage_store_find_result(world.store, "k", &world.arena, &result),
                     LINEAGE_FOUND);
    assert_string_equal(result.key, whole.key);
    assert_string_equal(result.scenario, whole.scenario);
    assert_string_equal(result.choice, whole.choice);
    assert_string_equal(result.version, whole.version);
    assert_string_equal(result.verdict, whole.verdict);
    assert_string_equal(result.report, whole.report);
    assert_string_equal(result.smallest, whole.smallest);
    assert_int_equal(result.eot, whole.eot);
    assert_int_equal(result.eff, whole.eff);
    assert_int_equal(result.crashes, whole.crashes);
    assert_true(result.runs == whole.runs && result.seconds == whole.seconds);
    assert_true(result.vacuous && result.done);
    assert_null(found(&world, "K"));
    assert_null(found(&world, ""));
    world_free(&world);
}

static void of_two_results_of_a_question_the_one_that_got_further_stays(void **state)
{
    struct world world;
    struct lineage_result result = whole;
    (void)state;
    world_make(&world);
    result.smallest = NULL;
    result.done = false;
    assert_true(lineage_store_put_result(world.store, &result));
    assert_int_equal(lineage_store_find_result(world.store, "k", &world.arena, &result),
                     LINEAGE_FOUND);
    assert_true(result.smallest == NULL && !result.done);
    result.report = "{\"further\":1}";
    result.runs++;
    assert_true(lineage_store_put_result(world.store, &result));
    assert_string_equal(found(&world, "k"), "{\"further\":1}");
    result.report = "{\"less\":1}";
    result.runs -= 2;
    assert_true(lineage_store_put_result(world.store, &result));
    assert_string_equal(found(&world, "k"), "{\"further\":1}");
    result.report = "{\"done\":1}";
    result.done = true;
    assert_true(lineage_store_put_result(world.store, &result));
    assert_string_equal(found(&world, "k"), "{\"done\":1}");
    assert_int_equal(count(&world, "result"), 1);
    world_free(&world);
}

static void of_scenarios_with_the_same_question_the_one_that_is_done_answers(void **state)
{
    struct world world;
    struct lineage_result result = whole;
    (void)state;
    world_make(&world);
    result.done = false;
    result.scenario = "a.json";
    result.report = "{\"half\":1}";
    assert_true(lineage_store_put_result(world.store, &result));
    assert_true(lineage_store_put_result(world.store, &whole));
    result.scenario = "z.json";
    assert_true(lineage_store_put_result(world.store, &result));
    assert_int_equal(count(&world, "result"), 3);
    assert_string_equal(found(&world, "k"), "{}");
    world_free(&world);
}

static void a_shard_is_there_once_and_as_it_was_last(void **state)
{
    struct world world;
    struct lineage_shard shard = {.plan = "p", .number = 2, .count = 3, .planned = 7};
    (void)state;
    world_make(&world);
    assert_true(lineage_store_put_shard(world.store, &shard));
    shard.finished = true;
    assert_true(lineage_store_put_shard(world.store, &shard));
    assert_int_equal(count(&world, "shard"), 1);
    assert_int_equal(count(&world, "shard WHERE finished AND plan = 'p' AND number = 2 "
                                   "AND count = 3 AND planned = 7"),
                     1);
    shard.count = 4;
    assert_true(lineage_store_put_shard(world.store, &shard));
    assert_int_equal(count(&world, "shard"), 2);
    world_free(&world);
}

static void a_store_that_cannot_be_used_says_so(void **state)
{
    struct world world;
    struct lineage_result result = whole;
    (void)state;
    world_make(&world);
    result.verdict = "perhaps";
    assert_false(lineage_store_put_result(world.store, &result));
    assert_non_null(strstr(lineage_store_error(world.store), "CHECK"));
    testing_sql(world.store, "DROP TABLE result; DROP TABLE shard");
    assert_int_equal(lineage_store_find_result(world.store, "k", &world.arena, &result),
                     LINEAGE_FIND_FAILED);
    assert_non_null(strstr(lineage_store_error(world.store), "no such table"));
    assert_false(lineage_store_put_shard(world.store, &(struct lineage_shard){.plan = "p"}));
    world_free(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_result_comes_back_as_it_was_put),
        cmocka_unit_test(of_two_results_of_a_question_the_one_that_got_further_stays),
        cmocka_unit_test(of_scenarios_with_the_same_question_the_one_that_is_done_answers),
        cmocka_unit_test(a_shard_is_there_once_and_as_it_was_last),
        cmocka_unit_test(a_store_that_cannot_be_used_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
