/* Scenario files: every mistake is an error with its place that says what was expected. */
#include "testing.h"

struct reading {
    struct testing_folder folder;
    struct harness_scenario scenario;
    struct lineage_diagnostics diagnostics;
    char path[128];
};

/* Reads and checks a scenario file of these bytes. */
static bool read_bytes(struct reading *reading, const void *bytes, size_t count)
{
    testing_folder_make(&reading->folder);
    reading->diagnostics = (struct lineage_diagnostics){.error_count = 0};
    testing_write(testing_path(&reading->folder, "s.json", reading->path), bytes, count);
    harness_scenario_create(&reading->scenario);
    return harness_scenario_read(&reading->scenario, reading->path, &reading->diagnostics) &&
           harness_scenario_check(&reading->scenario, &reading->diagnostics);
}

static void reading_close(struct reading *reading)
{
    harness_scenario_destroy(&reading->scenario);
    lineage_diagnostics_free(&reading->diagnostics);
    testing_folder_remove(&reading->folder);
}

/* The text has one error, at this place, that holds these words. */
static void assert_error(const char *text, uint32_t line, uint32_t column, const char *words)
{
    struct reading reading;
    assert_false(read_bytes(&reading, text, strlen(text)));
    assert_int_equal(reading.diagnostics.error_count, 1);
    const struct lineage_diagnostic *error = &reading.diagnostics.items.items[0];
    assert_int_equal(error->severity, LINEAGE_ERROR);
    if (strstr(error->message, words) == NULL)
        fail_msg("'%s' is not in '%s'", words, error->message);
    assert_string_equal(error->place.source->path, reading.path);
    if (error->place.line != line || error->place.column != column)
        fail_msg("%s: %u:%u and not %u:%u", error->message, error->place.line, error->place.column,
                 line, column);
    reading_close(&reading);
}

/* The same for an error in the value of a key of a text in one line. */
static void assert_error_at(const char *text, const char *key, const char *words)
{
    const char *at = strstr(text, key);
    assert_non_null(at);
    assert_error(text, 1, (uint32_t)(at - text) + 1, words);
}

#define GOOD                                                                                       \
    "\"model\": [\"m.ded\"],\n\"nodes\": [\"a\", \"b\"],\n\"eot\": 5,\n\"eff\": 3,\n\"crashes\": " \
    "1"

static void whole_scenario_is_read(void **state)
{
    static const char text[] =
        "{\"model\": [\"m.ded\", \"/abs.ded\"], \"inputs\": [\"sub/i.ded\"], \"nodes\": [\"a\", "
        "\"b\", \"C\"], \"eot\": 22, \"eff\": 7, \"crashes\": 2, \"omissions\": 4, "
        "\"immune\": [\"C\"], \"oracle\": \"molly\", \"expect\": \"counterexample\", "
        "\"description\": \"what for\"}";
    struct reading reading;
    char path[128];
    (void)state;
    assert_true(read_bytes(&reading, text, sizeof text - 1));
    const struct harness_scenario *s = &reading.scenario;
    assert_string_equal(s->name, "s");
    assert_int_equal(s->model.count, 3); /* relative to the scenario; inputs last */
    assert_string_equal(s->model.items[0], testing_path(&reading.folder, "m.ded", path));
    assert_string_equal(s->model.items[1], "/abs.ded");
    assert_string_equal(s->model.items[2], testing_path(&reading.folder, "sub/i.ded", path));
    assert_int_equal(s->nodes.count, 3);
    assert_string_equal(s->nodes.items[2], "C");
    assert_int_equal(s->eot, 22);
    assert_int_equal(s->eff, 7);
    assert_int_equal(s->crashes, 2);
    assert_int_equal(s->omissions, 4);
    assert_int_equal(s->oracle, LINEAGE_MOLLY);
    assert_int_equal(s->expect, HARNESS_COUNTEREXAMPLE);
    struct lineage_bounds bounds = harness_scenario_bounds(s);
    assert_int_equal(bounds.eot, 22);
    assert_false(bounds.immune[0] || bounds.immune[1]);
    assert_true(bounds.immune[2]);
    lineage_memory_free(bounds.immune);
    reading_close(&reading);
}

static void what_is_left_out_has_its_default(void **state)
{
    static const char text[] = "{" GOOD ", \"omissions\": null, \"expect\": null}";
    struct reading reading;
    (void)state;
    assert_true(read_bytes(&reading, text, sizeof text - 1));
    assert_int_equal(reading.scenario.omissions, LINEAGE_UNBOUNDED);
    assert_int_equal(reading.scenario.oracle, LINEAGE_STRICT);
    assert_int_equal(reading.scenario.expect, HARNESS_NO_EXPECTATION);
    assert_int_equal(reading.scenario.immune.count, 0);
    reading_close(&reading);
}

static void unknown_key_names_the_nearest(void **state)
{
    (void)state;
    assert_error("{" GOOD ",\n  \"crashs\": 1}", 6, 3,
                 "unknown key \"crashs\"; did you mean "
                 "\"crashes\"?");
    assert_error("{" GOOD ",\n\"orcale\": \"strict\"}", 6, 1, "did you mean \"oracle\"?");
    assert_error("{" GOOD ",\n\"frobnicate\": 0}", 6, 1, "schema.json");
    assert_error("{" GOOD ",\n\"EOT\": 5}", 6, 1, "unknown key \"EOT\"");
    assert_error("{" GOOD ",\n\"\": 5}", 6, 1, "unknown key \"\"");
}

static void key_that_comes_twice_is_an_error(void **state)
{
    (void)state;
    assert_error("{" GOOD ",\n \"eot\": 5}", 6, 2, "\"eot\" is there twice");
}

/* Keys are found behind braces, quotes and commas in what comes before them. */
static void place_of_a_key_is_not_confused_by_strings(void **state)
{
    (void)state;
    assert_error("{\"description\": \"a \\\" {[, \\\\\",\n" GOOD ",\n   \"crashs\": 1}", 7, 4,
                 "crashs");
}

static void wrong_type_says_what_was_expected(void **state)
{
    (void)state;
    assert_error("{" GOOD ",\n\"omissions\": \"3\"}", 6, 1,
                 "\"omissions\" must be a whole number, 0 or more");
    assert_error("{" GOOD ",\n\"omissions\": true}", 6, 1, "a whole number");
    assert_error("{" GOOD ",\n\"omissions\": [1]}", 6, 1, "a whole number");
    assert_error("{" GOOD ",\n\"immune\": \"a\"}", 6, 1, "\"immune\" must be a list of strings");
    assert_error("{" GOOD ",\n\"immune\": [\"a\", 1]}", 6, 1, "a list of strings");
    assert_error("{" GOOD ",\n\"immune\": {\"a\": \"b\"}}", 6, 1, "a list of strings");
    assert_error("{" GOOD ",\n\"oracle\": \"Strict\"}", 6, 1,
                 "\"oracle\" must be \"strict\" or \"molly\"");
    assert_error("{" GOOD ",\n\"oracle\": null}", 6, 1, "\"strict\" or \"molly\"");
    assert_error("{" GOOD ",\n\"expect\": \"certifed\"}", 6, 1, "\"certified\"");
    assert_error("{" GOOD ",\n\"expect\": 1}", 6, 1, "\"counterexample\"");
}

static void number_that_is_not_whole_or_huge_is_an_error(void **state)
{
    static const char *const wrong[] = {
        "1.5", "-1", "1e300", "1e-3", "4294967296", "1e10", "18446744073709551617", "-0.5"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[256];
        snprintf(text, sizeof text, "{" GOOD ",\n\"omissions\": %s}", wrong[i]);
        assert_error(text, 6, 1, "\"omissions\" must be a whole number, 0 or more");
    }
}

/* The place of what is missing is the start of the file. */
static void bounds_that_make_no_sense_are_errors(void **state)
{
#define HEAD "{\"model\": [\"m.ded\"], \"nodes\": [\"a\", \"b\"], "
    (void)state;
    assert_error_at(HEAD "\"eot\": 5, \"eff\": 6, \"crashes\": 0}", "\"eff\"",
                    "EFF may not exceed EOT");
    assert_error_at(HEAD "\"eot\": 5, \"eff\": 5, \"crashes\": 3}", "\"crashes\"",
                    "3 nodes are to crash and there are 2");
    assert_error_at(HEAD "\"eot\": 0, \"eff\": 0, \"crashes\": 0}", "\"eot\"", "EOT is 0");
    assert_error_at(HEAD "\"eot\": 1001, \"eff\": 0, \"crashes\": 0}", "\"eot\"", "at most 1000");
    assert_error(HEAD "\"eff\": 0, \"crashes\": 0}", 1, 1, "no end of time");
    assert_error(HEAD "\"eot\": 5, \"crashes\": 0}", 1, 1, "no end of finite failures");
    assert_error(HEAD "\"eot\": 5, \"eff\": 0}", 1, 1, "no bound on crashes");
#undef HEAD
}

/* EFF may equal EOT, and all nodes may crash. */
static void bounds_at_their_limits_are_allowed(void **state)
{
    static const char *const good[] = {"\"eot\": 5, \"eff\": 5, \"crashes\": 2",
                                       "\"eot\": 1, \"eff\": 0, \"crashes\": 0",
                                       "\"eot\": 1000, \"eff\": 1, \"crashes\": 0"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct reading reading;
        char text[256];
        snprintf(text, sizeof text, "{\"model\": [\"m\"], \"nodes\": [\"a\", \"b\"], %s}", good[i]);
        assert_true(read_bytes(&reading, text, strlen(text)));
        reading_close(&reading);
    }
}

static void names_that_make_no_sense_are_errors(void **state)
{
#define TAIL ", \"model\": [\"m.ded\"], \"eot\": 5, \"eff\": 0, \"crashes\": 0}"
    (void)state;
    assert_error_at("{\"nodes\": [\"a\", \"b\", \"a\"]" TAIL, "\"nodes\"",
                    "the node a is named twice");
    assert_error_at("{\"nodes\": [\"a\", \"\"]" TAIL, "\"nodes\"", "a node's name is empty");
    assert_error_at("{\"nodes\": []" TAIL, "\"nodes\"", "no nodes");
    assert_error_at("{\"nodes\": [\"alpha\", \"b\"], \"immune\": [\"alhpa\"]" TAIL, "\"immune\"",
                    "alhpa is to be immune but is no node; the nodes are alpha, b");
    assert_error("{\"nodes\": [\"a\"], \"eot\": 5, \"eff\": 0, \"crashes\": 0}", 1, 1, "no model");
    assert_error("{\"model\": [], \"nodes\": [\"a\"], \"eot\": 5, \"eff\": 0, \"crashes\": 0}", 1,
                 1, "no model");
#undef TAIL
}

static void unreadable_json_says_where(void **state)
{
    (void)state;
    assert_error("", 1, 1, "not JSON");
    assert_error("{", 1, 2, "not JSON");
    assert_error("{\n\"model\": nonsense}", 2, 10, "not JSON");
    assert_error("{" GOOD "}\nmore", 6, 1, "not JSON");
    assert_error("[1, 2]", 1, 1, "a scenario is a JSON object");
    assert_error("\"text\"", 1, 1, "a scenario is a JSON object");
    assert_error("null", 1, 1, "a scenario is a JSON object");
}

static void missing_file_and_folder_say_why(void **state)
{
    struct testing_folder folder;
    char path[128];
    (void)state;
    testing_folder_make(&folder);
    const char *const paths[] = {testing_path(&folder, "none.json", path), folder.path, ""};
    static const char *const why[] = {"No such file", "directory", "No such file"};
    for (size_t i = 0; i < 3; i++) {
        struct harness_scenario scenario;
        struct lineage_diagnostics diagnostics = {.error_count = 0};
        harness_scenario_create(&scenario);
        assert_false(harness_scenario_read(&scenario, paths[i], &diagnostics));
        assert_int_equal(diagnostics.error_count, 1);
        assert_non_null(strstr(diagnostics.items.items[0].message, why[i]));
        assert_string_equal(diagnostics.items.items[0].place.source->path, paths[i]);
        harness_scenario_destroy(&scenario);
        lineage_diagnostics_free(&diagnostics);
    }
    testing_folder_remove(&folder);
}

static void deep_nesting_is_an_error_and_no_overflow(void **state)
{
    enum { DEPTH = 200000 };
    struct reading reading;
    char *text = malloc(DEPTH * 2 + 32);
    (void)state;
    strcpy(text, "{\"nodes\": ");
    const size_t first = strlen(text);
    memset(text + first, '[', DEPTH);
    memset(text + first + DEPTH, ']', DEPTH);
    strcpy(text + first + DEPTH + DEPTH, "}");
    assert_false(read_bytes(&reading, text, strlen(text)));
    assert_int_equal(reading.diagnostics.error_count, 1);
    reading_close(&reading);
    free(text);
}

static void nul_bytes_are_an_error(void **state)
{
    static const char text[] = "{" GOOD ", \"description\": \"a\0b\"}";
    struct reading reading;
    (void)state;
    assert_false(read_bytes(&reading, text, sizeof text - 1));
    assert_int_equal(reading.diagnostics.error_count, 1);
    assert_non_null(strstr(reading.diagnostics.items.items[0].message, "zero byte"));
    reading_close(&reading);
}

/* Written as an escape the NUL would cut the name short: it must not become another name. */
static void escaped_nul_in_a_name_is_an_error(void **state)
{
    static const char text[] = "{\"model\": [\"m.ded\"], \"nodes\": [\"a\", \"b\\u0000c\"], "
                               "\"eot\": 5, \"eff\": 3, \"crashes\": 1}";
    struct reading reading;
    (void)state;
    assert_false(read_bytes(&reading, text, sizeof text - 1));
    assert_int_equal(reading.diagnostics.error_count, 1);
    reading_close(&reading);
}

static void thousands_of_keys_are_one_error(void **state)
{
    struct reading reading;
    char *text = malloc(1 << 20), *at = text;
    (void)state;
    at += sprintf(at, "{\"k\": 0");
    for (int i = 0; i < 20000; i++)
        at += sprintf(at, ",\"k%d\": 0", i);
    at += sprintf(at, "}");
    assert_false(read_bytes(&reading, text, (size_t)(at - text)));
    assert_int_equal(reading.diagnostics.error_count, 1);
    reading_close(&reading);
    free(text);
}

static void random_damage_never_crashes_reading(void **state)
{
    static const char good[] = "{" GOOD ", \"immune\": [\"a\"], \"oracle\": \"strict\"}";
    uint64_t seed = 31;
    size_t refused = 0;
    (void)state;
    for (int i = 0; i < 300; i++) {
        struct reading reading;
        char text[sizeof good];
        memcpy(text, good, sizeof good);
        for (uint32_t flips = 1 + testing_draw(&seed, 4); flips > 0; flips--)
            text[testing_draw(&seed, sizeof good - 1)] = (char)testing_draw(&seed, 256);
        const bool accepted = read_bytes(&reading, text, sizeof good - 1);
        assert_int_equal(accepted, reading.diagnostics.error_count == 0);
        refused += !accepted;
        reading_close(&reading);
    }
    assert_true(refused > 100);
}

static void list_of_nodes_splits_at_commas(void **state)
{
    struct harness_scenario scenario;
    (void)state;
    harness_scenario_create(&scenario);
    harness_split(&scenario, "a,bc,,d", &scenario.nodes);
    assert_int_equal(scenario.nodes.count, 4);
    assert_string_equal(scenario.nodes.items[0], "a");
    assert_string_equal(scenario.nodes.items[1], "bc");
    assert_string_equal(scenario.nodes.items[2], ""); /* reported by the check */
    assert_string_equal(scenario.nodes.items[3], "d");
    harness_split(&scenario, "", &scenario.immune);
    assert_int_equal(scenario.immune.count, 0);
    harness_scenario_destroy(&scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_scenario_is_read),
        cmocka_unit_test(what_is_left_out_has_its_default),
        cmocka_unit_test(unknown_key_names_the_nearest),
        cmocka_unit_test(key_that_comes_twice_is_an_error),
        cmocka_unit_test(place_of_a_key_is_not_confused_by_strings),
        cmocka_unit_test(wrong_type_says_what_was_expected),
        cmocka_unit_test(number_that_is_not_whole_or_huge_is_an_error),
        cmocka_unit_test(bounds_that_make_no_sense_are_errors),
        cmocka_unit_test(bounds_at_their_limits_are_allowed),
        cmocka_unit_test(names_that_make_no_sense_are_errors),
        cmocka_unit_test(unreadable_json_says_where),
        cmocka_unit_test(missing_file_and_folder_say_why),
        cmocka_unit_test(deep_nesting_is_an_error_and_no_overflow),
        cmocka_unit_test(nul_bytes_are_an_error),
        cmocka_unit_test(escaped_nul_in_a_name_is_an_error),
        cmocka_unit_test(thousands_of_keys_are_one_error),
        cmocka_unit_test(random_damage_never_crashes_reading),
        cmocka_unit_test(list_of_nodes_splits_at_commas)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
