/* The name of a question: the same for the same question, and another for another. */
#include "testing_job.h"

#include "digest.h"
#include "job.h"

#define KEYS "\"eot\": 5, \"eff\": 3, \"choose\": {\"x\": [1, 2]}, \"given\": [\"at($x)@1;\"]"

static const char model[] = "include \"part.ded\";\npre(X) :- at(X); post(X) :- at(X);\n";

struct asked {
    struct testing_job job;
    char key[HARNESS_DIGEST_BYTES];
};

static void digest(const struct asked *asked, const struct harness_job *wanted, char *key)
{
    struct harness_session session = {.combination = 0};
    struct harness_job job = *wanted;
    job.path = job.path == NULL ? asked->job.scenario : job.path;
    assert_true(harness_job_read(&job, &session));
    harness_digest(&session, key);
    harness_session_free(&session);
}

static void asked_make(struct asked *asked)
{
    char path[128];
    testing_job_make(&asked->job, model, KEYS);
    testing_put(testing_path(&asked->job.folder, "part.ded", path), "at(X)@next :- at(X);");
    digest(asked, &(struct harness_job){.path = NULL}, asked->key);
}

/* Is the digest of the job, the scenario as it is now, the first one? */
static bool is_same(const struct asked *asked, const struct harness_job *job)
{
    char key[HARNESS_DIGEST_BYTES];
    digest(asked, job, key);
    assert_int_equal(strlen(key), 32);
    assert_int_equal(strspn(key, "0123456789abcdef"), 32);
    return strcmp(key, asked->key) == 0;
}

static const struct harness_job plain = {.path = NULL};

static void what_is_asked_twice_is_the_same_question(void **state)
{
    struct asked asked;
    char path[128];
    (void)state;
    asked_make(&asked);
    assert_true(is_same(&asked, &plain));
    testing_job_ask(&asked.job, KEYS ", \"description\": \"d\", \"expect\": \"kept\"");
    assert_true(is_same(&asked, &plain));
    /* Nor does the place of files matter, nor a budget. */
    testing_path(&asked.job.folder, "other.ded", path);
    assert_int_equal(rename(asked.job.model, path), 0);
    testing_path(&asked.job.folder, "t.json", path);
    testing_put(
        path, "{\"crashes\": 0, \"model\": [\"other.ded\"], \"nodes\": [\"a\", \"b\"], " KEYS "}");
    assert_true(is_same(&asked, &(struct harness_job){.path = path, .runs_max = 3, .eot_max = 9}));
    testing_folder_remove(&asked.job.folder);
}

static void another_text_is_another_question(void **state)
{
    struct asked asked;
    char path[128];
    (void)state;
    asked_make(&asked);
    testing_put(asked.job.model, "include \"part.ded\";\npre(X) :- at(X); post(X) :- at(X); \n");
    assert_false(is_same(&asked, &plain));
    testing_put(asked.job.model, model);
    assert_true(is_same(&asked, &plain));
    testing_put(testing_path(&asked.job.folder, "part.ded", path), "at(X)@next :- at(X), at(X);");
    assert_false(is_same(&asked, &plain));
    testing_folder_remove(&asked.job.folder);
}

static void another_scenario_is_another_question(void **state)
{
#define INPUTS ", \"choose\": {\"x\": [1, 2]}, \"given\": [\"at($x)@1;\"]"
    static const char *const others[] = {
        "\"eot\": 6, \"eff\": 3" INPUTS,
        "\"eot\": 5, \"eff\": 2" INPUTS,
        "\"eot\": \"sweep\", \"eff\": 3" INPUTS,
        "\"eot\": 5, \"eff\": \"sweep\"" INPUTS,
        "\"eot\": 5, \"eff\": 3, \"choose\": {\"x\": [1, 2]}, \"given\": [\"at($x)@2;\"]",
        "\"eot\": 5, \"eff\": 3, \"choose\": {\"x\": [1, 2]}",
        "\"eot\": 5, \"eff\": 3, \"choose\": {\"x\": [7, 2]}, \"given\": [\"at($x)@1;\"]",
        KEYS ", \"inputs\": [\"part.ded\", \"more.ded\"]",
        KEYS ", \"omissions\": 2",
        KEYS ", \"immune\": [\"a\"]",
        KEYS ", \"alike\": [[\"a\", \"b\"]]",
        KEYS ", \"oracle\": \"molly\"",
        KEYS ", \"faults\": {\"crashes\": []}",
        KEYS ", \"faults\": {\"crashes\": [{\"node\": \"a\", \"time\": 1}]}",
    };
    enum { COUNT = sizeof others / sizeof *others };
    struct asked asked;
    char keys[COUNT][HARNESS_DIGEST_BYTES], path[128];
    (void)state;
    asked_make(&asked);
    testing_put(testing_path(&asked.job.folder, "more.ded", path), "more(1)@1;");
    for (size_t i = 0; i < COUNT; i++) {
        testing_job_ask(&asked.job, others[i]);
        digest(&asked, &plain, keys[i]);
        assert_string_not_equal(keys[i], asked.key);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(keys[i], keys[j]);
    }
    testing_put(asked.job.scenario,
                "{\"model\": [\"model.ded\"], \"nodes\": [\"a\", \"c\"], \"crashes\": 0, " KEYS
                "}");
    assert_false(is_same(&asked, &plain));
    testing_put(asked.job.scenario,
                "{\"model\": [\"model.ded\"], \"nodes\": [\"a\", \"b\"], \"crashes\": 1, " KEYS
                "}");
    assert_false(is_same(&asked, &plain));
    testing_folder_remove(&asked.job.folder);
}

static void another_job_is_another_question(void **state)
{
    struct asked asked;
    char path[128];
    (void)state;
    asked_make(&asked);
    cJSON *faults = cJSON_Parse("{\"omissions\": []}");
    assert_false(is_same(&asked, &(struct harness_job){.combination = 1}));
    assert_false(is_same(&asked, &(struct harness_job){.options.all = true}));
    assert_false(is_same(&asked, &(struct harness_job){.options.strategy = HARNESS_EXHAUSTIVE}));
    assert_false(is_same(&asked, &(struct harness_job){.faults = faults}));
    testing_put(testing_path(&asked.job.folder, "second.ded", path), "pre(X) :- at(X);");
    assert_false(is_same(&asked, &(struct harness_job){.model = path}));
    testing_put(path, model);
    assert_true(is_same(&asked, &(struct harness_job){.model = path}));
    /* The seed matters where there is chance. */
    assert_true(is_same(&asked, &(struct harness_job){.options.seed = 2}));
    char first[HARNESS_DIGEST_BYTES], second[HARNESS_DIGEST_BYTES];
    digest(&asked, &(struct harness_job){.options = {.strategy = HARNESS_RANDOM, .seed = 1}},
           first);
    digest(&asked, &(struct harness_job){.options = {.strategy = HARNESS_RANDOM, .seed = 2}},
           second);
    assert_string_not_equal(first, second);
    cJSON_Delete(faults);
    testing_folder_remove(&asked.job.folder);
}

static void names_fall_into_all_shards_and_stay_there(void **state)
{
    size_t in[3] = {0};
    char name[32];
    (void)state;
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "scenarios/s%d.json", i);
        const size_t shard = harness_shard_of(name, 3);
        assert_in_range(shard, 0, 2);
        assert_int_equal(harness_shard_of(name, 3), shard);
        assert_int_equal(harness_shard_of(name, 1), 0);
        in[shard]++;
    }
    for (int i = 0; i < 3; i++) /* by chance alone, 100 each, five deviations to either side */
        assert_in_range(in[i], 59, 141);
}

static void lists_of_names_do_not_run_together(void **state)
{
    static const char *const lists[][3] = {
        {"ab", "c", NULL}, {"a", "bc", NULL}, {"abc", NULL}, {NULL}};
    char digests[4][HARNESS_DIGEST_BYTES];
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        harness_texts names = {0};
        for (size_t j = 0; lists[i][j] != NULL; j++)
            LINEAGE_PUSH(&names, lists[i][j]);
        harness_digest_names(&names, digests[i]);
        lineage_memory_free(names.items);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(digests[i], digests[j]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_twice_is_the_same_question),
        cmocka_unit_test(another_text_is_another_question),
        cmocka_unit_test(another_scenario_is_another_question),
        cmocka_unit_test(another_job_is_another_question),
        cmocka_unit_test(names_fall_into_all_shards_and_stay_there),
        cmocka_unit_test(lists_of_names_do_not_run_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
