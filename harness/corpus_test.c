/* The corpus: what is kept is found again from anywhere and never written twice; what is no
 * counterexample is an error. */
#include "testing.h"

#include "corpus.h"
#include "json.h"

static int make_folder(void **state)
{
    struct testing_folder *folder = calloc(1, sizeof *folder);
    testing_folder_make(folder);
    *state = folder;
    return chdir(folder->path);
}

static int remove_folder(void **state)
{
    assert_int_equal(chdir("/tmp"), 0);
    testing_folder_remove(*state);
    free(*state);
    return 0;
}

static void write_text(const char *path, const char *text)
{
    testing_write(path, text, strlen(text));
}

/* ---- keeping ---- */

/* Keeps the counterexamples of a report in `folder`; the names of the new files, a space behind
 * each. The caller frees them. */
static char *keep(const char *folder, const char *scenario, const char *report, const char *note)
{
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    cJSON *json = cJSON_Parse(report), *added = cJSON_CreateArray();
    const cJSON *path;
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(json);
    const bool is_kept =
        harness_corpus_keep(folder, scenario, "v", json, note, added, &diagnostics);
    cJSON_ArrayForEach(path, added)
    {
        fprintf(out, "%s ", path->valuestring);
    }
    if (!is_kept)
        fprintf(out, "error: %s", diagnostics.items.items[0].message);
    fclose(out);
    assert_int_equal(is_kept, diagnostics.error_count == 0);
    cJSON_Delete(json);
    cJSON_Delete(added);
    lineage_diagnostics_free(&diagnostics);
    return text;
}

static void assert_keeps(const char *folder, const char *scenario, const char *report,
                         const char *expected)
{
    char *added = keep(folder, scenario, report, "");
    const size_t bytes = strcspn(expected, "*"); /* a digest follows */
    if (expected[bytes] == '*' && strlen(added) > bytes)
        added[bytes] = '*', added[bytes + 1] = '\0';
    assert_string_equal(added, expected);
    free(added);
}

#define FOUND(text)                                                                                \
    "{\"counterexamples\": [{\"omissions\": [], \"crashes\": [{\"node\": \"c\", \"time\": 3}], "   \
    "\"text\": \"" text "\", \"broken\": [], \"shape\": {\"promises\": [\"p\"], \"causes\": []}}]"

static cJSON *read_json(const char *path)
{
    size_t count;
    char *bytes = testing_read(path, &count);
    bytes[count] = '\0';
    cJSON *json = cJSON_Parse(bytes);
    assert_non_null(json);
    free(bytes);
    return json;
}

static void a_counterexample_is_written_once_and_never_again(void **state)
{
    (void)state;
    write_text("s.json", "{}");
    char *added = keep("corpus", "s.json", FOUND("crash(c,3)") "}", "the first");
    assert_string_equal(added, "corpus/s-crash_c_3.json ");
    free(added);
    added = keep("corpus", "s.json", FOUND("crash(c,3)") "}", "the second");
    assert_string_equal(added, "");
    free(added);
    cJSON *json = read_json("corpus/s-crash_c_3.json");
    assert_string_equal(harness_json_text(json, "note"), "the first");
    assert_string_equal(harness_json_text(json, "scenario"), "../s.json");
    assert_string_equal(harness_json_text(json, "kind"), "counterexample");
    cJSON_Delete(json);
}

/* Of one name: in other folders, with other inputs, with nodes that file names cannot tell apart,
 * or where somebody has put a file of his own. */
static void another_counterexample_of_the_same_name_has_a_file_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(mkdir("x", 0777) | mkdir("y", 0777) | mkdir("k", 0777), 0);
    write_text("x/s.json", "{}");
    write_text("y/s.json", "{}");
    assert_keeps("k", "x/s.json", FOUND("crash(c,3)") "}", "k/s-crash_c_3.json ");
    for (int again = 0; again < 2; again++)
        assert_keeps("k", "y/s.json", FOUND("crash(c,3)") "}", again == 0 ? "k/s-crash_c_3-*" : "");
    assert_keeps("k", "x/s.json", FOUND("omit(a_b,c,1)") "}", "k/s-omit_a_b_c_1.json ");
    assert_keeps("k", "x/s.json", FOUND("omit(a,b_c,1)") "}", "k/s-omit_a_b_c_1-*");
    assert_keeps("k", "x/s.json", FOUND("crash(c,3)") ", \"choice\": {\"to\": \"a\"}}",
                 "k/s-crash_c_3_-_to_a.json ");
    assert_keeps("k", "x/s.json", FOUND("crash(c,3)") ", \"choice\": {\"to\": \"b\"}}",
                 "k/s-crash_c_3_-_to_b.json ");
    write_text("k/s-crash_c_4.json", "mine");
    assert_keeps("k", "x/s.json", FOUND("crash(c,4)") "}", "k/s-crash_c_4-*");
    size_t count;
    char *bytes = testing_read("k/s-crash_c_4.json", &count);
    assert_int_equal(count, 4);
    assert_memory_equal(bytes, "mine", 4);
    free(bytes);
}

static void what_is_left_open_is_kept_with_the_bounds_that_were_searched(void **state)
{
    (void)state;
    write_text("s.json", "{}");
    assert_keeps("k", "s.json",
                 FOUND("crash(c,3)") ", \"bounds\": {\"eot\": 7, \"eff\": 2}, \"sweep\": {}}",
                 "k/s-crash_c_3.json ");
    assert_keeps("k", "s.json", FOUND("crash(c,4)") ", \"bounds\": {\"eot\": 7, \"eff\": 2}}",
                 "k/s-crash_c_4.json ");
    cJSON *json = read_json("k/s-crash_c_3.json");
    assert_int_equal(harness_json_number(json, "eot"), 7);
    assert_int_equal(harness_json_number(json, "eff"), 2);
    cJSON_Delete(json);
    json = read_json("k/s-crash_c_4.json");
    assert_false(cJSON_HasObjectItem(json, "eot"));
    cJSON_Delete(json);
}

static void long_names_end_in_a_digest_and_strange_ones_stay_in_the_folder(void **state)
{
    (void)state;
    char report[600], text[301];
    write_text("s.json", "{}");
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    snprintf(report, sizeof report,
             "{\"counterexamples\": [{\"omissions\": [], \"crashes\": [], \"text\": \"%s\"}]}",
             text);
    char *added = keep("k", "s.json", report, "");
    assert_memory_equal(added, "k/s-xxxx", 8);
    assert_null(strchr(added + 2, '/'));
    assert_true(strlen(added) < 120);
    free(added);
    assert_keeps("k", "s.json", FOUND("../../../etc/x") "}", "k/s-_etc_x.json ");
}

static void no_counterexample_makes_no_folder(void **state)
{
    (void)state;
    assert_keeps("k", "s.json", "{\"counterexamples\": []}", "");
    assert_keeps("k", "s.json", "{\"error\": {}}", "");
    assert_int_not_equal(access("k", F_OK), 0);
}

static void a_folder_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    write_text("s.json", "{}");
    write_text("file", "");
    assert_keeps("no/such/folder", "s.json", FOUND("crash(c,3)") "}",
                 "error: cannot make the folder no/such/folder: No such file or directory");
    assert_keeps("file", "s.json", FOUND("crash(c,3)") "}", "error: cannot write file/*");
}

/* ---- reading ---- */

/* Reads the folder; the error must say this (NULL: there must be none). The number of items. */
static size_t read_folder(const char *folder, const char *wanted, const char *scenario)
{
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    struct harness_corpus corpus = {.items = {0}};
    const bool is_right = harness_corpus_read(&corpus, folder, &diagnostics);
    const size_t count = corpus.items.count;
    assert_int_equal(is_right, wanted == NULL);
    assert_int_equal(diagnostics.error_count, wanted == NULL ? 0 : 1);
    if (wanted != NULL && strstr(diagnostics.items.items[0].message, wanted) == NULL)
        fail_msg("not `%s` but: %s", wanted, diagnostics.items.items[0].message);
    if (scenario != NULL)
        assert_string_equal(corpus.items.items[0].scenario, scenario);
    harness_corpus_free(&corpus);
    lineage_diagnostics_free(&diagnostics);
    return count;
}

static void scenarios_are_found_from_every_working_folder(void **state)
{
    const struct testing_folder *folder = *state;
    char path[128];
    assert_int_equal(mkdir("x", 0777) | mkdir("x/deep", 0777) | mkdir("xy", 0777), 0);
    write_text("xy/s.json", "{}");
    assert_keeps("x/deep/k", "xy/s.json", FOUND("crash(c,3)") "}", "x/deep/k/s-crash_c_3.json ");
    cJSON *json = read_json("x/deep/k/s-crash_c_3.json");
    assert_string_equal(harness_json_text(json, "scenario"), "../../../xy/s.json");
    cJSON_Delete(json);
    assert_int_equal(read_folder("x/deep/k", NULL, "xy/s.json"), 1);
    assert_int_equal(chdir("x/deep"), 0);
    assert_int_equal(read_folder("k", NULL, "k/../../../xy/s.json"), 1);
    assert_int_equal(chdir("/"), 0);
    snprintf(path, sizeof path, "%s/x/deep/k", folder->path);
    assert_int_equal(read_folder(path, NULL, NULL), 1);
    assert_int_equal(chdir(folder->path), 0);
    /* A folder whose name begins like the scenario's; and the scenario's own. */
    assert_keeps("xy/k", "xy/s.json", FOUND("crash(c,3)") "}", "xy/k/s-crash_c_3.json ");
    assert_int_equal(read_folder("xy/k", NULL, "xy/s.json"), 1);
    assert_keeps("xy", "xy/s.json", FOUND("crash(c,3)") "}", "xy/s-crash_c_3.json ");
    json = read_json("xy/s-crash_c_3.json");
    assert_string_equal(harness_json_text(json, "scenario"), "s.json");
    cJSON_Delete(json);
}

static void files_that_are_no_counterexamples_are_errors(void **state)
{
    (void)state;
#define GOOD "\"kind\": \"counterexample\", \"scenario\": \"s.json\", \"faults\": {}, \"shape\": {}"
    static const struct {
        const char *text, *error; /* NULL: there is none */
    } cases[] = {
        {"{" GOOD "}", NULL},
        {"{" GOOD ", \"eot\": 0, \"eff\": 1000, \"choice\": {}, \"text\": 7, \"nodes\": 3}", NULL},
        {"", "not JSON"},
        {"{", "not JSON"},
        {"{" GOOD "} {", "not JSON"},
        {"\xff\xfe{", "not JSON"},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "not JSON"},
        {"null", "has \"kind\""},
        {"[]", "has \"kind\""},
        {"\"counterexample\"", "has \"kind\""},
        {"{\"kind\": \"scenario\"}", "has \"kind\""},
        {"{\"kind\": [], \"scenario\": 1, \"faults\": 1e999, \"shape\": true}", "has \"kind\""},
        {"{\"kind\": \"counterexample\", \"scenario\": \"\", \"faults\": {}, \"shape\": {}}",
         "has \"kind\""},
        {"{\"kind\": \"counterexample\", \"scenario\": \"s\", \"faults\": [], \"shape\": {}}",
         "has \"kind\""},
        {"{\"kind\": \"counterexample\", \"scenario\": \"\\u001b[31m\", \"faults\": {}, \"shape\": "
         "{}}",
         "on one line"},
        {"{" GOOD ", \"choice\": [1]}", "\"choice\" names"},
        {"{" GOOD ", \"choice\": null}", "\"choice\" names"},
        {"{" GOOD ", \"eot\": 1e300}", "numbers from 0 to 1000"},
        {"{" GOOD ", \"eot\": -1}", "numbers from 0 to 1000"},
        {"{" GOOD ", \"eot\": 5, \"eff\": \"x\"}", "numbers from 0 to 1000"},
    };
    assert_int_equal(mkdir("k", 0777), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_text("k/x.json", cases[i].text);
        read_folder("k", cases[i].error, NULL);
    }
}

static void only_files_that_end_in_json_are_read_and_in_order(void **state)
{
    (void)state;
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    struct harness_corpus corpus = {.items = {0}};
    assert_int_equal(read_folder("nowhere", NULL, NULL), 0);
    assert_int_equal(mkdir("k", 0777), 0);
    assert_int_equal(read_folder("k", NULL, NULL), 0);
    static const char *const ignored[] = {"k/.json", "k/.x.json", "k/x.json.new", "k/README"};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        write_text(ignored[i], "no JSON");
    write_text("k/b.json", "{" GOOD "}");
    write_text("k/B.json", "{" GOOD "}");
    write_text("k/a\033[31m.json", "{" GOOD "}");
    assert_true(harness_corpus_read(&corpus, "k", &diagnostics));
    assert_int_equal(corpus.items.count, 3);
    assert_string_equal(corpus.items.items[0].name, "B");
    assert_string_equal(corpus.items.items[1].name, "a?[31m"); /* fit for a terminal */
    assert_string_equal(corpus.items.items[2].name, "b");
    harness_corpus_free(&corpus);
    lineage_diagnostics_free(&diagnostics);
}

static void folders_pipes_and_huge_files_are_errors(void **state)
{
    (void)state;
    assert_int_equal(mkdir("k", 0777) | mkdir("k/x.json", 0777), 0);
    read_folder("k", "cannot read it", NULL);
    assert_int_equal(rmdir("k/x.json"), 0);
    assert_int_equal(mkfifo("k/x.json", 0666), 0);
    read_folder("k", "it is no file", NULL);
    assert_int_equal(unlink("k/x.json"), 0);
    FILE *file = fopen("k/x.json", "w");
    assert_int_equal(fseek(file, 1 << 23, SEEK_SET), 0);
    fputs("{}", file);
    fclose(file);
    read_folder("k", "too large", NULL);
    read_folder("k/x.json", "cannot read the folder", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_counterexample_is_written_once_and_never_again),
        TEST(another_counterexample_of_the_same_name_has_a_file_of_its_own),
        TEST(what_is_left_open_is_kept_with_the_bounds_that_were_searched),
        TEST(long_names_end_in_a_digest_and_strange_ones_stay_in_the_folder),
        TEST(no_counterexample_makes_no_folder),
        TEST(a_folder_that_cannot_be_written_is_an_error),
        TEST(scenarios_are_found_from_every_working_folder),
        TEST(files_that_are_no_counterexamples_are_errors),
        TEST(only_files_that_end_in_json_are_read_and_in_order),
        TEST(folders_pipes_and_huge_files_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
