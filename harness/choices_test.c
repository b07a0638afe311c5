/* The inputs that a scenario leaves open: how many combinations there are, and which facts each of
 * them states. */
#include "testing.h"

#include "choices.h"

struct inputs {
    struct harness_scenario scenario;
    struct lineage_diagnostics diagnostics;
    struct lineage_source source;
};

/* A scenario with these values of "choose" and "given"; NULL: no such key. */
static void inputs_make(struct inputs *inputs, const char *choose, const char *given)
{
    *inputs = (struct inputs){.source = {"s.json", NULL}};
    harness_scenario_create(&inputs->scenario);
    inputs->scenario.source = &inputs->source;
    inputs->scenario.choose = choose == NULL ? NULL : cJSON_Parse(choose);
    inputs->scenario.facts = given == NULL ? NULL : cJSON_Parse(given);
    assert_true((choose == NULL || inputs->scenario.choose != NULL) &&
                (given == NULL || inputs->scenario.facts != NULL));
}

static void inputs_free(struct inputs *inputs)
{
    harness_scenario_destroy(&inputs->scenario);
    lineage_diagnostics_free(&inputs->diagnostics);
}

static void pin(struct inputs *inputs, const char *words)
{
    LINEAGE_PUSH(&inputs->scenario.chosen, words);
}

static size_t count(struct inputs *inputs)
{
    return harness_choices_count(&inputs->scenario, &inputs->diagnostics);
}

/* Combination `number` is this choice and states these facts. */
static void assert_combination(struct inputs *inputs, size_t number, const char *choice,
                               const char *facts)
{
    cJSON *json = harness_choices_json(&inputs->scenario, number);
    char *text = cJSON_PrintUnformatted(json);
    assert_string_equal(text, choice);
    cJSON_free(text);
    cJSON_Delete(json);
    assert_true(harness_choices_take(&inputs->scenario, number, &inputs->diagnostics));
    assert_string_equal(inputs->scenario.given_source->text, facts);
}

static void nothing_open_is_one_combination(void **state)
{
    struct inputs inputs;
    (void)state;
    inputs_make(&inputs, NULL, NULL);
    assert_int_equal(count(&inputs), 1);
    assert_null(harness_choices_json(&inputs.scenario, 0));
    assert_true(harness_choices_take(&inputs.scenario, 0, &inputs.diagnostics));
    assert_null(inputs.scenario.given_source);
    inputs_free(&inputs);
}

static void combinations_count_as_numbers_do(void **state)
{
    struct inputs inputs;
    (void)state;
    inputs_make(&inputs, "{\"who\": [\"a\", \"b\"], \"at\": {\"from\": -1, \"to\": 1}}",
                "[\"$who is at $at;\"]");
    assert_int_equal(count(&inputs), 6);
    /* The first changes slowest. */
    assert_combination(&inputs, 0, "{\"who\":\"a\",\"at\":-1}", "a is at -1;\n");
    assert_combination(&inputs, 1, "{\"who\":\"a\",\"at\":0}", "a is at 0;\n");
    assert_combination(&inputs, 2, "{\"who\":\"a\",\"at\":1}", "a is at 1;\n");
    assert_combination(&inputs, 3, "{\"who\":\"b\",\"at\":-1}", "b is at -1;\n");
    assert_combination(&inputs, 5, "{\"who\":\"b\",\"at\":1}", "b is at 1;\n");
    inputs_free(&inputs);
}

static void what_the_user_chooses_is_no_longer_open(void **state)
{
    struct inputs inputs;
    (void)state;
    inputs_make(&inputs, "{\"x\": [1, 2], \"y\": [\"p\", \"q\", \"r\"], \"z\": [5, 6]}",
                "[\"$x$y$z\"]");
    pin(&inputs, "y=q");
    assert_int_equal(count(&inputs), 4);
    assert_combination(&inputs, 0, "{\"x\":1,\"y\":\"q\",\"z\":5}", "1q5\n");
    assert_combination(&inputs, 1, "{\"x\":1,\"y\":\"q\",\"z\":6}", "1q6\n");
    assert_combination(&inputs, 2, "{\"x\":2,\"y\":\"q\",\"z\":5}", "2q5\n");
    pin(&inputs, "x=2");
    pin(&inputs, "z=5");
    assert_int_equal(count(&inputs), 1);
    assert_combination(&inputs, 0, "{\"x\":2,\"y\":\"q\",\"z\":5}", "2q5\n");
    inputs_free(&inputs);
}

static void dollars_and_names_stand_where_they_are_written(void **state)
{
    struct inputs inputs;
    (void)state;
    inputs_make(&inputs, "{\"x\": [7], \"x_1\": [\"\"]}",
                "[\"$$x $$$x$$ $x-1 <$x_1>\", \"\", \"none\"]");
    assert_int_equal(count(&inputs), 1);
    assert_combination(&inputs, 0, "{\"x\":7,\"x_1\":\"\"}", "$x $7$ 7-1 <>\n\nnone\n");
    inputs_free(&inputs);
}

static void a_fact_is_stated_for_each_number(void **state)
{
    struct inputs inputs;
    (void)state;
    inputs_make(&inputs, "{\"writes\": {\"from\": 0, \"to\": 2}, \"i\": [9]}",
                "[{\"fact\": \"w$i of $writes;\", \"each\": \"i\", \"to\": \"$writes\"}, \"i $i\", "
                "{\"fact\": \"$k\", \"each\": \"k\", \"from\": \"$writes\", \"to\": 3}]");
    assert_int_equal(count(&inputs), 3);
    /* `each` hides a choice of the same name where it stands. */
    assert_combination(&inputs, 0, "{\"writes\":0,\"i\":9}", "i 9\n0\n1\n2\n3\n");
    assert_combination(&inputs, 2, "{\"writes\":2,\"i\":9}", "w1 of 2;\nw2 of 2;\ni 9\n2\n3\n");
    inputs_free(&inputs);
}

static void assert_message(struct inputs *inputs, const char *words)
{
    assert_true(inputs->diagnostics.error_count > 0);
    if (strstr(inputs->diagnostics.items.items[0].message, words) == NULL)
        fail_msg("'%s' is not in '%s'", words, inputs->diagnostics.items.items[0].message);
    inputs_free(inputs);
}

static void choices_that_make_no_sense_are_errors(void **state)
{
    static const struct {
        const char *choose, *words;
    } wrong[] = {
        {"3", "must be an object"},
        {"[1]", "must be an object"},
        {"{\"x\": []}", "alternatives for \"x\""},
        {"{\"x\": \"a\"}", "alternatives for \"x\""},
        {"{\"x\": [1.5]}", "alternatives for \"x\""},
        {"{\"x\": [[1]]}", "alternatives for \"x\""},
        {"{\"x\": [1e300]}", "alternatives for \"x\""},
        {"{\"x\": {\"from\": 2, \"to\": 1}}", "alternatives for \"x\""},
        {"{\"x\": {\"from\": 1}}", "alternatives for \"x\""},
        {"{\"x\": {\"from\": 1, \"to\": 2, \"by\": 2}}", "alternatives for \"x\""},
        {"{\"x\": {\"from\": 1, \"to\": 100001}}", "alternatives for \"x\""},
        {"{\"x\": {\"from\": -1e15, \"to\": 1e15}}", "alternatives for \"x\""},
        {"{\"x y\": [1]}", "letters, digits and _"},
        {"{\"\": [1]}", "letters, digits and _"},
        {"{\"x\": [1], \"x\": [2]}", "\"x\" is there twice"},
        {"{\"x\": {\"from\": 1, \"to\": 100000}, \"y\": [1, 2]}", "more than 100000"},
    };
    struct inputs inputs;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        inputs_make(&inputs, wrong[i].choose, NULL);
        assert_int_equal(count(&inputs), 0);
        assert_message(&inputs, wrong[i].words);
    }
    inputs_make(&inputs, "{\"x\": {\"from\": 1, \"to\": 100000}, \"y\": [1]}", NULL);
    assert_int_equal(count(&inputs), HARNESS_COMBINATIONS_MAX);
    inputs_free(&inputs);
}

static void combinations_beyond_any_number_are_an_error(void **state)
{
    struct inputs inputs;
    char text[4096] = "{";
    (void)state;
    for (int i = 0; i < 64; i++) /* 2 to the 64th is 0 where it overflows */
        snprintf(text + strlen(text), 32, "%s\"x%d\": [1, 2]", i > 0 ? ", " : "", i);
    strcat(text, "}");
    inputs_make(&inputs, text, NULL);
    assert_int_equal(count(&inputs), 0);
    assert_message(&inputs, "more than 100000");
}

static void pins_that_fit_nothing_are_errors(void **state)
{
    static const char *const wrong[][2] = {{"x=3", "'3' is no alternative"},
                                           {"x=", "'' is no alternative"},
                                           {"x=01", "'01' is no alternative"},
                                           {"z=1", "leaves no 'z'"},
                                           {"=1", "leaves no ''"},
                                           {"x", "NAME=VALUE"},
                                           {"", "NAME=VALUE"}};
    struct inputs inputs;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        inputs_make(&inputs, "{\"x\": [1, 2]}", NULL);
        pin(&inputs, wrong[i][0]);
        assert_int_equal(count(&inputs), 0);
        assert_message(&inputs, wrong[i][1]);
    }
    inputs_make(&inputs, "{\"x\": [1, 2]}", NULL);
    pin(&inputs, "x=1");
    pin(&inputs, "x=2");
    assert_int_equal(count(&inputs), 0);
    assert_message(&inputs, "'x' is chosen twice");
}

static void facts_that_make_no_sense_are_errors(void **state)
{
    static const char *const wrong[][2] = {
        {"3", "must be a list of facts"},
        {"[3]", "\"given\" holds facts"},
        {"[{\"fact\": \"p\"}]", "\"given\" holds facts"},
        {"[{\"fact\": \"p\", \"each\": \"i\"}]", "\"given\" holds facts"},
        {"[{\"fact\": \"p\", \"each\": \"\", \"to\": 1}]", "\"given\" holds facts"},
        {"[{\"fact\": \"p\", \"each\": \"i\", \"to\": 1, \"form\": 1}]", "\"given\" holds facts"},
        {"[{\"fact\": \"p\", \"each\": \"i\", \"to\": 10001}]", "\"given\" holds facts"},
        {"[{\"fact\": \"p\", \"each\": \"i\", \"from\": \"1\", \"to\": 2}]", "\"given\" holds"},
        {"[{\"fact\": \"p\", \"each\": \"i\", \"to\": \"$word\"}]", "\"given\" holds facts"},
        {"[{\"fact\": \"p\", \"each\": \"i\", \"from\": -1e15, \"to\": \"$large\"}]",
         "\"given\" holds facts"},
        {"[{\"fact\": \"p\", \"each\": \"i\", \"to\": \"$none\"}]", "what $none is"},
        {"[\"p($none)\"]", "what $none is"},
        {"[\"costs 3 $\"]", "what $ is"},
        {"[{\"fact\": \"$j\", \"each\": \"i\", \"to\": 1}]", "what $j is"},
    };
    struct inputs inputs;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        inputs_make(&inputs, "{\"word\": [\"x\"], \"large\": [\"9223372036854775807\"]}",
                    wrong[i][0]);
        assert_int_equal(count(&inputs), 1);
        assert_false(harness_choices_take(&inputs.scenario, 0, &inputs.diagnostics));
        assert_message(&inputs, wrong[i][1]);
    }
}

static void facts_without_end_are_an_error(void **state)
{
    struct inputs inputs;
    char text[2048];
    (void)state;
    snprintf(text, sizeof text, "[{\"fact\": \"%0999d\", \"each\": \"i\", \"to\": 9999}]", 0);
    inputs_make(&inputs, NULL, text);
    assert_false(harness_choices_take(&inputs.scenario, 0, &inputs.diagnostics));
    assert_message(&inputs, "too many facts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_open_is_one_combination),
        cmocka_unit_test(combinations_count_as_numbers_do),
        cmocka_unit_test(what_the_user_chooses_is_no_longer_open),
        cmocka_unit_test(dollars_and_names_stand_where_they_are_written),
        cmocka_unit_test(a_fact_is_stated_for_each_number),
        cmocka_unit_test(choices_that_make_no_sense_are_errors),
        cmocka_unit_test(combinations_beyond_any_number_are_an_error),
        cmocka_unit_test(pins_that_fit_nothing_are_errors),
        cmocka_unit_test(facts_that_make_no_sense_are_errors),
        cmocka_unit_test(facts_without_end_are_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
