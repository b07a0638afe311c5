/* Repairs are made in their places, and everything else stays. */
#include "testing.h"

#include "repair.h"

static const struct lineage_source first = {"first.ded", "// one\na; b;\nc;\n"};
static const struct lineage_source second = {"second.ded", "d; e;"};

static struct harness_repair repair_of(const struct lineage_source *source, const char *old,
                                       const char *new_rules)
{
    const char *at = strstr(source->text, old);
    assert_non_null(at);
    const size_t start = (size_t)(at - source->text);
    return (struct harness_repair){.source = source,
                                   .start = start,
                                   .end = start + strlen(old),
                                   .old_rule = old,
                                   .new_rules = new_rules};
}

/* Applies the repairs to both sources; their texts must become these. */
static void assert_applied(const struct harness_repair *const *repairs, size_t count,
                           const char *one, const char *two)
{
    const struct lineage_source *items[] = {&first, &second};
    const lineage_sources sources = {.items = items, .count = 2};
    struct lineage_arena arena = {0};
    const lineage_sources *changed = harness_repair_apply(&arena, &sources, repairs, count);
    assert_int_equal(changed->count, 2);
    assert_string_equal(changed->items[0]->text, one);
    assert_string_equal(changed->items[1]->text, two);
    assert_string_equal(changed->items[0]->path, "first.ded");
    assert_string_equal(changed->items[1]->path, "second.ded");
    lineage_arena_free(&arena);
    assert_string_equal(first.text, "// one\na; b;\nc;\n"); /* it was a copy */
}

static void without_repairs_nothing_changes(void **state)
{
    (void)state;
    assert_applied(NULL, 0, first.text, second.text);
}

static void a_repair_takes_the_place_of_its_rule(void **state)
{
    (void)state;
    const struct harness_repair repair = repair_of(&first, "b;", "x;\ny;");
    const struct harness_repair *const repairs[] = {&repair};
    assert_applied(repairs, 1, "// one\na; x;\ny;\nc;\n", second.text);
}

static void several_are_made_in_any_order_and_in_all_files(void **state)
{
    (void)state;
    const struct harness_repair c = repair_of(&first, "c;", "C;"),
                                a = repair_of(&first, "a;", "AA;"),
                                e = repair_of(&second, "e;", "");
    const struct harness_repair *const repairs[] = {&c, &e, &a};
    assert_applied(repairs, 3, "// one\nAA; b;\nC;\n", "d; ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_repairs_nothing_changes),
        cmocka_unit_test(a_repair_takes_the_place_of_its_rule),
        cmocka_unit_test(several_are_made_in_any_order_and_in_all_files),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
