/* Values, tuples, nodes and relations: equal things have equal ids, and ids stay what they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "universe.h"

#include <stdlib.h>
#include <string.h>

static struct lineage_universe universe;

static int open_universe(void **state)
{
    (void)state;
    lineage_universe_create(&universe);
    return 0;
}

static int close_universe(void **state)
{
    (void)state;
    lineage_universe_destroy(&universe);
    return 0;
}

static lineage_value string(const char *text)
{
    return lineage_string(&universe, text, strlen(text));
}

static lineage_value integer(int64_t number)
{
    return lineage_integer(&universe, number);
}

static void integers_of_all_sizes_come_back(void **state)
{
    static const int64_t numbers[] = {0,
                                      1,
                                      -1,
                                      42,
                                      -42,
                                      (1 << 30) - 1,
                                      1 << 30,
                                      (1 << 30) + 1,
                                      -(1 << 30) - 1,
                                      -(1 << 30),
                                      -(1 << 30) + 1,
                                      INT32_MAX,
                                      INT32_MIN,
                                      UINT32_MAX,
                                      INT64_MAX,
                                      INT64_MIN,
                                      INT64_MAX - 1};
    enum { COUNT = sizeof numbers / sizeof *numbers };
    lineage_value values[COUNT];
    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        values[i] = integer(numbers[i]);
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(lineage_is_integer(&universe, values[i]));
        assert_true(lineage_integer_of(&universe, values[i]) == numbers[i]);
        for (size_t j = 0; j < COUNT; j++) {
            const int order = lineage_value_compare(&universe, values[i], values[j]);
            assert_int_equal(values[i] == values[j], i == j);
            assert_int_equal((order > 0) - (order < 0),
                             (numbers[i] > numbers[j]) - (numbers[i] < numbers[j]));
        }
    }
}

static void equal_strings_have_equal_ids(void **state)
{
    (void)state;
    const lineage_value a = string("a"), empty = string("");
    char text[] = "a";
    assert_int_equal(lineage_string(&universe, text, 1), a);
    text[0] = 'b'; /* the universe has its own copy */
    assert_string_equal(lineage_text_of(&universe, a), "a");
    assert_int_equal(lineage_string(&universe, "abc", 1), a);
    assert_int_not_equal(string("abc"), a);
    assert_string_equal(lineage_text_of(&universe, empty), "");
    assert_false(lineage_is_integer(&universe, a));
}

static void string_of_digits_is_no_integer(void **state)
{
    (void)state;
    assert_int_not_equal(string("7"), integer(7));
    assert_false(lineage_is_integer(&universe, string("7")));
    assert_false(lineage_is_integer(&universe, string("8589934592")));
    assert_true(lineage_is_integer(&universe, integer(8589934592)));
    assert_int_not_equal(string("8589934592"), integer(8589934592));
}

/* "_" is a string like any other and not the value that is not known. */
static void special_values_are_no_values_of_models(void **state)
{
    (void)state;
    const lineage_value strings[] = {string("_"), string(""), integer(0), integer(1), integer(-1)};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        assert_int_not_equal(strings[i], LINEAGE_UNKNOWN);
        assert_int_not_equal(strings[i], LINEAGE_ANY);
        assert_int_not_equal(strings[i], LINEAGE_NONE);
    }
}

/* "Strings compare bytewise": upper case before lower, a prefix first, bytes above 127 last. */
static void strings_compare_bytewise_and_after_integers(void **state)
{
    static const char *const ascending[] = {"", "B", "a", "aa", "ab", "b", "\xc3\xa4"};
    enum { COUNT = sizeof ascending / sizeof *ascending };
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(lineage_value_compare(&universe, integer(INT64_MAX), string(ascending[i])) < 0);
        assert_true(lineage_value_compare(&universe, string(ascending[i]), integer(3)) > 0);
        for (size_t j = 0; j < COUNT; j++) {
            const int order =
                lineage_value_compare(&universe, string(ascending[i]), string(ascending[j]));
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}

static void thousands_of_symbols_and_tuples_keep_their_ids(void **state)
{
    enum { COUNT = 5000 };
    static lineage_value strings[COUNT], numbers[COUNT];
    static lineage_tuple tuples[COUNT];
    char text[32];
    (void)state;
    const uint32_t p = lineage_relation_add(&universe, (struct lineage_relation){"p", 2, false});
    for (int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "s%d", i);
        strings[i] = string(text);
        numbers[i] = integer((int64_t)i << 33);
        tuples[i] = lineage_tuple_intern(&universe, p, (lineage_value[]){strings[i], numbers[i]});
    }
    for (int i = 0; i < COUNT; i++) {
        const lineage_value values[] = {strings[i], numbers[i]};
        snprintf(text, sizeof text, "s%d", i);
        assert_int_equal(string(text), strings[i]);
        assert_string_equal(lineage_text_of(&universe, strings[i]), text);
        assert_true(lineage_integer_of(&universe, numbers[i]) == (int64_t)i << 33);
        assert_int_equal(lineage_tuple_intern(&universe, p, values), tuples[i]);
        assert_int_equal(lineage_tuple_find(&universe, p, values), tuples[i]);
        assert_memory_equal(lineage_tuple_values(&universe, tuples[i]), values, sizeof values);
    }
}

static void tuples_of_different_relations_differ(void **state)
{
    (void)state;
    const uint32_t p = lineage_relation_add(&universe, (struct lineage_relation){"p", 1, false});
    const uint32_t q = lineage_relation_add(&universe, (struct lineage_relation){"q", 1, false});
    const uint32_t none = lineage_relation_add(&universe, (struct lineage_relation){"n", 0, false});
    const lineage_value a = string("a");
    const lineage_tuple in_p = lineage_tuple_intern(&universe, p, &a);
    assert_int_equal(lineage_tuple_find(&universe, q, &a), LINEAGE_NONE);
    const lineage_tuple in_q = lineage_tuple_intern(&universe, q, &a);
    assert_int_not_equal(in_p, in_q);
    assert_int_equal(lineage_tuple_relation(&universe, in_p), p);
    assert_int_equal(lineage_tuple_relation(&universe, in_q), q);
    const lineage_tuple empty = lineage_tuple_intern(&universe, none, &a);
    assert_int_equal(lineage_tuple_intern(&universe, none, &a), empty);
}

static void nodes_are_numbered_in_order_and_found_by_name(void **state)
{
    (void)state;
    const lineage_value before = string("b"); /* a value may be known before it names a node */
    assert_int_equal(lineage_node_of(&universe, before), LINEAGE_NONE);
    assert_int_equal(lineage_node_add(&universe, "b"), 0);
    assert_int_equal(lineage_node_add(&universe, "a"), 1);
    assert_int_equal(lineage_node_of(&universe, before), 0);
    assert_int_equal(lineage_node_of(&universe, string("a")), 1);
    assert_int_equal(lineage_node_of(&universe, string("c")), LINEAGE_NONE);
    assert_int_equal(lineage_node_of(&universe, integer(0)), LINEAGE_NONE);
    assert_int_equal(lineage_node_of(&universe, integer(INT64_MAX)), LINEAGE_NONE);
    assert_string_equal(lineage_node_name(&universe, 0), "b");
    assert_string_equal(lineage_node_name(&universe, 1), "a");
}

static void internal_relations_are_not_found_by_name(void **state)
{
    (void)state;
    lineage_relation_add(&universe, (struct lineage_relation){"p", 1, true});
    assert_int_equal(lineage_relation_find(&universe, "p"), LINEAGE_NONE);
    const uint32_t p = lineage_relation_add(&universe, (struct lineage_relation){"p", 1, false});
    assert_int_equal(p, 1);
    assert_int_equal(lineage_relation_find(&universe, "p"), p);
    assert_int_equal(lineage_relation_find(&universe, "q"), LINEAGE_NONE);
    string("r"); /* known as a value, but no relation */
    assert_int_equal(lineage_relation_find(&universe, "r"), LINEAGE_NONE);
}

static void tuples_print_as_a_model_would_write_them(void **state)
{
    (void)state;
    const uint32_t p = lineage_relation_add(&universe, (struct lineage_relation){"p", 4, false});
    const lineage_value values[] = {string("a b"), integer(-7), LINEAGE_UNKNOWN, LINEAGE_ANY};
    const lineage_tuple tuple = lineage_tuple_intern(&universe, p, values);
    char *text = lineage_tuple_text(&universe, tuple);
    assert_string_equal(text, "p(\"a b\", -7, _, _)");
    lineage_memory_free(text);
}

/* What is not known makes a tuple abstract; "every value", in a pattern, does not. */
static void tuple_with_an_unknown_value_is_abstract(void **state)
{
    (void)state;
    const uint32_t p = lineage_relation_add(&universe, (struct lineage_relation){"p", 2, false});
    const lineage_value plain[] = {string("a"), integer(1)};
    const lineage_value unknown[] = {string("a"), LINEAGE_UNKNOWN};
    const lineage_value any[] = {LINEAGE_ANY, integer(1)};
    assert_false(lineage_tuple_is_abstract(&universe, lineage_tuple_intern(&universe, p, plain)));
    assert_true(lineage_tuple_is_abstract(&universe, lineage_tuple_intern(&universe, p, unknown)));
    assert_false(lineage_tuple_is_abstract(&universe, lineage_tuple_intern(&universe, p, any)));
}

static void rules_keep_their_places(void **state)
{
    (void)state;
    const struct lineage_rule rule = {"p(A) :- q(A);", "m.ded", 17, false};
    assert_int_equal(lineage_rule_add(&universe, rule), 0);
    assert_int_equal(lineage_rule_add(&universe, rule), 1);
    assert_int_equal(universe.rules.items[1].line, 17);
}

#define UNIT(name) cmocka_unit_test_setup_teardown(name, open_universe, close_universe)

int main(void)
{
    const struct CMUnitTest tests[] = {UNIT(integers_of_all_sizes_come_back),
                                       UNIT(equal_strings_have_equal_ids),
                                       UNIT(string_of_digits_is_no_integer),
                                       UNIT(special_values_are_no_values_of_models),
                                       UNIT(strings_compare_bytewise_and_after_integers),
                                       UNIT(thousands_of_symbols_and_tuples_keep_their_ids),
                                       UNIT(tuples_of_different_relations_differ),
                                       UNIT(nodes_are_numbered_in_order_and_found_by_name),
                                       UNIT(internal_relations_are_not_found_by_name),
                                       UNIT(tuples_print_as_a_model_would_write_them),
                                       UNIT(tuple_with_an_unknown_value_is_abstract),
                                       UNIT(rules_keep_their_places)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
