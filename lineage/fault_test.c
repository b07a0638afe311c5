/* Schedules of faults and the bounds on them, against the definitions in README.md. */
#include "../harness/testing.h"

static struct lineage_omission omission(uint32_t from, uint32_t to, uint32_t time)
{
    return (struct lineage_omission){time, from, to};
}

static struct lineage_crash crash(uint32_t node, uint32_t time)
{
    return (struct lineage_crash){time, node};
}

/* <EOT 5, EFF 3, 1 crash> over nodes a, b, c, of which c is immune. */
static struct lineage_bounds bounds_of(bool immune[3])
{
    immune[0] = immune[1] = false;
    immune[2] = true;
    return (struct lineage_bounds){5, 3, 1, LINEAGE_UNBOUNDED, immune};
}

static char *text_of(const struct lineage_schedule *schedule)
{
    struct lineage_universe universe;
    char *text = NULL;
    size_t bytes = 0;
    lineage_universe_create(&universe);
    lineage_node_add(&universe, "a");
    lineage_node_add(&universe, "b");
    lineage_node_add(&universe, "c");
    FILE *out = open_memstream(&text, &bytes);
    lineage_schedule_print(&universe, schedule, out);
    fclose(out);
    lineage_universe_destroy(&universe);
    return text;
}

static void schedule_is_a_set_in_order_of_time(void **state)
{
    struct lineage_schedule schedule = {.omissions = {0}};
    (void)state;
    lineage_schedule_add_omission(&schedule, omission(1, 0, 2));
    lineage_schedule_add_omission(&schedule, omission(0, 1, 2));
    lineage_schedule_add_omission(&schedule, omission(2, 1, 1));
    lineage_schedule_add_omission(&schedule, omission(1, 0, 2));
    lineage_schedule_add_omission(&schedule, omission(0, 2, 2));
    lineage_schedule_add_crash(&schedule, crash(2, 4));
    lineage_schedule_add_crash(&schedule, crash(0, 4));
    lineage_schedule_add_crash(&schedule, crash(1, 3));
    lineage_schedule_add_crash(&schedule, crash(0, 4));
    assert_int_equal(lineage_schedule_size(&schedule), 7);
    char *text = text_of(&schedule);
    assert_string_equal(text, "omit(c,b,1) omit(a,b,2) omit(a,c,2) omit(b,a,2) "
                              "crash(b,3) crash(a,4) crash(c,4)");
    lineage_memory_free(text);
    lineage_schedule_free(&schedule);
}

static void empty_schedule_prints_as_no_faults(void **state)
{
    const struct lineage_schedule none = {.omissions = {0}};
    (void)state;
    char *text = text_of(&none);
    assert_string_equal(text, "no faults");
    lineage_memory_free(text);
}

static void omission_loses_one_channel_at_one_time(void **state)
{
    struct lineage_schedule schedule = {.omissions = {0}};
    (void)state;
    lineage_schedule_add_omission(&schedule, omission(0, 1, 2));
    for (uint32_t from = 0; from < 3; from++)
        for (uint32_t to = 0; to < 3; to++)
            for (uint32_t time = 1; time <= 5; time++)
                assert_int_equal(lineage_schedule_loses(&schedule, from, to, time),
                                 from == 0 && to == 1 && time == 2);
    lineage_schedule_free(&schedule);
}

/* "node sends nothing from time on"; "what it sends to itself still arrives". */
static void crash_loses_all_that_a_node_sends_to_others_from_then_on(void **state)
{
    struct lineage_schedule schedule = {.omissions = {0}};
    (void)state;
    lineage_schedule_add_crash(&schedule, crash(1, 3));
    for (uint32_t from = 0; from < 3; from++)
        for (uint32_t to = 0; to < 3; to++)
            for (uint32_t time = 1; time <= 5; time++)
                assert_int_equal(lineage_schedule_loses(&schedule, from, to, time),
                                 from == 1 && to != 1 && time >= 3);
    assert_false(lineage_schedule_loses(&schedule, LINEAGE_NONE, 0, 4));
    assert_int_equal(lineage_schedule_crash_time(&schedule, 1), 3);
    assert_int_equal(lineage_schedule_crash_time(&schedule, 0), LINEAGE_NONE);
    lineage_schedule_free(&schedule);
}

/* "A message may be lost only when sent at time < EFF", never from a node to itself, never from an
 * immune node; to an immune node it may. */
static void bounds_allow_omissions_before_eff_between_two_nodes(void **state)
{
    bool immune[3];
    struct lineage_bounds bounds = bounds_of(immune);
    (void)state;
    for (uint32_t from = 0; from < 3; from++)
        for (uint32_t to = 0; to < 3; to++)
            for (uint32_t time = 0; time <= 6; time++)
                assert_int_equal(lineage_bounds_allow_omission(&bounds, from, to, time),
                                 from != to && from != 2 && (time == 1 || time == 2));
    assert_false(lineage_bounds_allow_omission(&bounds, LINEAGE_NONE, 0, 1));
    bounds.omissions = 0;
    assert_false(lineage_bounds_allow_omission(&bounds, 0, 1, 1));
    bounds.omissions = 1;
    for (bounds.eff = 0; bounds.eff <= 1; bounds.eff++)
        for (uint32_t time = 0; time <= 6; time++)
            assert_false(lineage_bounds_allow_omission(&bounds, 0, 1, time));
}

/* "t from 1 to EOT inclusive", never an immune node. */
static void bounds_allow_crashes_up_to_the_end_of_time(void **state)
{
    bool immune[3];
    struct lineage_bounds bounds = bounds_of(immune);
    (void)state;
    for (uint32_t node = 0; node < 3; node++)
        for (uint32_t time = 0; time <= 6; time++)
            assert_int_equal(lineage_bounds_allow_crash(&bounds, node, time),
                             node != 2 && time >= 1 && time <= 5);
    bounds.crashes = 0;
    assert_false(lineage_bounds_allow_crash(&bounds, 0, 1));
}

static void bounds_allow_a_schedule_only_as_a_whole(void **state)
{
    bool immune[3];
    struct lineage_bounds bounds = bounds_of(immune);
    struct lineage_schedule schedule = {.omissions = {0}};
    (void)state;
    assert_true(lineage_bounds_allow(&bounds, &schedule));
    lineage_schedule_add_omission(&schedule, omission(0, 1, 1));
    lineage_schedule_add_omission(&schedule, omission(0, 2, 2));
    lineage_schedule_add_crash(&schedule, crash(0, 5));
    assert_true(lineage_bounds_allow(&bounds, &schedule));
    bounds.omissions = 1;
    assert_false(lineage_bounds_allow(&bounds, &schedule));
    bounds.omissions = 2;
    assert_true(lineage_bounds_allow(&bounds, &schedule));
    lineage_schedule_add_crash(&schedule, crash(1, 1));
    assert_false(lineage_bounds_allow(&bounds, &schedule)); /* two nodes crash, one may */
    bounds.crashes = 2;
    assert_true(lineage_bounds_allow(&bounds, &schedule));
    lineage_schedule_add_crash(&schedule, crash(1, 4));
    bounds.crashes = 3;
    assert_false(lineage_bounds_allow(&bounds, &schedule)); /* one node crashes twice */
    lineage_schedule_free(&schedule);
}

static void one_fault_more_must_fit_beside_the_schedule(void **state)
{
    bool immune[3];
    struct lineage_bounds bounds = bounds_of(immune);
    struct lineage_schedule schedule = {.omissions = {0}};
    (void)state;
    bounds.omissions = 1;
    assert_true(lineage_bounds_may_omit(&bounds, &schedule, 0, 1, 1));
    assert_true(lineage_bounds_may_crash(&bounds, &schedule, 0, 1));
    lineage_schedule_add_omission(&schedule, omission(1, 0, 1));
    assert_false(lineage_bounds_may_omit(&bounds, &schedule, 0, 1, 1)); /* the cap is reached */
    bounds.crashes = 2;
    lineage_schedule_add_crash(&schedule, crash(0, 2));
    assert_false(lineage_bounds_may_crash(&bounds, &schedule, 0, 4)); /* it crashes already */
    assert_true(lineage_bounds_may_crash(&bounds, &schedule, 1, 4));
    bounds.crashes = 1;
    assert_false(lineage_bounds_may_crash(&bounds, &schedule, 1, 4));
    lineage_schedule_free(&schedule);
}

/* ---- order and inclusion, on all schedules of two nodes within <3, 3, 2> ---- */

static bool immune_none[2];
static const struct lineage_bounds two_nodes = {3, 3, 2, LINEAGE_UNBOUNDED, immune_none};

/* Omissions of two channels at two times; two nodes that each crash at one of three times or not:
 * 2^4 * 4^2 = 256 schedules. Each is within the bounds and no two are equal. */
static void all_schedules_are_within_the_bounds_and_differ(void **state)
{
    testing_schedules all = {0};
    (void)state;
    testing_all_schedules(&two_nodes, 2, &all);
    assert_int_equal(all.count, 256);
    for (size_t i = 0; i < all.count; i++) {
        assert_true(lineage_bounds_allow(&two_nodes, &all.items[i]));
        for (size_t j = 0; j < all.count; j++)
            assert_int_equal(lineage_schedule_equal(&all.items[i], &all.items[j]), i == j);
    }
    testing_schedules_free(&all);
}

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

static void order_is_total_and_smaller_schedules_come_first(void **state)
{
    testing_schedules all = {0};
    (void)state;
    testing_all_schedules(&two_nodes, 2, &all);
    for (size_t i = 0; i < all.count; i++)
        for (size_t j = 0; j < all.count; j++) {
            const struct lineage_schedule *l = &all.items[i], *r = &all.items[j];
            const int order = lineage_schedule_compare(l, r);
            assert_int_equal(sign(order), -sign(lineage_schedule_compare(r, l)));
            if (lineage_schedule_size(l) < lineage_schedule_size(r))
                assert_true(order < 0);
            for (size_t k = 0; k < all.count && order < 0; k += 7)
                if (lineage_schedule_compare(r, &all.items[k]) < 0)
                    assert_true(lineage_schedule_compare(l, &all.items[k]) < 0);
        }
    testing_schedules_free(&all);
}

static bool has_crash(const struct lineage_schedule *schedule, struct lineage_crash wanted)
{
    for (size_t i = 0; i < schedule->crashes.count; i++)
        if (schedule->crashes.items[i].node == wanted.node &&
            schedule->crashes.items[i].time == wanted.time)
            return true;
    return false;
}

static bool has_omission(const struct lineage_schedule *schedule, struct lineage_omission wanted)
{
    for (size_t i = 0; i < schedule->omissions.count; i++)
        if (schedule->omissions.items[i].from == wanted.from &&
            schedule->omissions.items[i].to == wanted.to &&
            schedule->omissions.items[i].time == wanted.time)
            return true;
    return false;
}

static void subset_means_that_every_fault_is_in_the_other(void **state)
{
    testing_schedules all = {0};
    (void)state;
    testing_all_schedules(&two_nodes, 2, &all);
    for (size_t i = 0; i < all.count; i++)
        for (size_t j = 0; j < all.count; j++) {
            const struct lineage_schedule *small = &all.items[i], *large = &all.items[j];
            bool is_subset = true;
            for (size_t k = 0; k < small->omissions.count; k++)
                is_subset = is_subset && has_omission(large, small->omissions.items[k]);
            for (size_t k = 0; k < small->crashes.count; k++)
                is_subset = is_subset && has_crash(large, small->crashes.items[k]);
            assert_int_equal(lineage_schedule_is_subset(small, large), is_subset);
        }
    testing_schedules_free(&all);
}

static void copy_is_equal_and_independent(void **state)
{
    struct lineage_schedule schedule = {.omissions = {0}}, copy = {.omissions = {0}};
    (void)state;
    lineage_schedule_add_omission(&schedule, omission(0, 1, 1));
    lineage_schedule_add_crash(&schedule, crash(1, 2));
    lineage_schedule_add_crash(&copy, crash(0, 1)); /* what it held before goes */
    lineage_schedule_copy(&copy, &schedule);
    assert_true(lineage_schedule_equal(&copy, &schedule));
    lineage_schedule_add_omission(&copy, omission(0, 1, 2));
    assert_int_equal(lineage_schedule_size(&schedule), 2);
    assert_int_equal(lineage_schedule_size(&copy), 3);
    lineage_schedule_free(&schedule);
    lineage_schedule_free(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedule_is_a_set_in_order_of_time),
        cmocka_unit_test(empty_schedule_prints_as_no_faults),
        cmocka_unit_test(omission_loses_one_channel_at_one_time),
        cmocka_unit_test(crash_loses_all_that_a_node_sends_to_others_from_then_on),
        cmocka_unit_test(bounds_allow_omissions_before_eff_between_two_nodes),
        cmocka_unit_test(bounds_allow_crashes_up_to_the_end_of_time),
        cmocka_unit_test(bounds_allow_a_schedule_only_as_a_whole),
        cmocka_unit_test(one_fault_more_must_fit_beside_the_schedule),
        cmocka_unit_test(all_schedules_are_within_the_bounds_and_differ),
        cmocka_unit_test(order_is_total_and_smaller_schedules_come_first),
        cmocka_unit_test(subset_means_that_every_fault_is_in_the_other),
        cmocka_unit_test(copy_is_equal_and_independent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
