/* The promise of hazard.h: the formula holds under every schedule that includes the given one,
 * stays within the bounds and breaks the promise. Checked on small programs under all their
 * schedules. */
#include "testing.h"

#include "hazard.h"

/* The formula of one schedule against all schedules that include it. */
static void check_formula(struct checked *checked, const struct lineage_schedule *schedule)
{
    struct harness_executor *executor = &checked->world.executor;
    struct lineage_execution run, envelope;
    struct solver_formulas formulas;
    struct lineage_fault_variables variables;
    assert_int_equal(executor->execute(executor, schedule, false, &run), HARNESS_OK);
    assert_int_equal(
        executor->envelope(executor, schedule, &checked->world.bounds, &run, SIZE_MAX, &envelope),
        HARNESS_OK);
    const struct lineage_hazard_input input = {
        &envelope,      schedule, &checked->world.bounds, checked->world.scenario.oracle,
        &checked->good, NULL};
    solver_formulas_create(&formulas, (struct solver_memory){lineage_memory_resize});
    lineage_fault_variables_create(&variables, &formulas, executor->universe,
                                   &checked->world.bounds);
    const solver_formula hazard = lineage_hazard(&variables, &input, NULL);
    checked->formulas++;
    for (size_t i = 0; i < checked->all.count; i++) {
        const struct lineage_schedule *other = &checked->all.items[i];
        if (!lineage_schedule_is_subset(schedule, other))
            continue;
        const bool holds = testing_holds_under(&variables, hazard, other);
        if (checked->breaks[i])
            assert_true(holds);
        checked->refuted += !holds;
    }
    lineage_fault_variables_destroy(&variables);
    solver_formulas_destroy(&formulas);
    lineage_execution_free(&envelope);
    lineage_execution_free(&run);
}

/* The formulas of the empty schedule and of every schedule with one fault. Returns how many
 * schedules they refute altogether: a formula that is always true keeps the promise, too. */
static size_t check_program(const struct testing_program *program, enum lineage_oracle oracle,
                            uint32_t omissions, bool breaks)
{
    struct checked checked;
    checked_open(&checked, program, oracle, omissions);
    assert_int_equal(checked.breaking > 0, breaks);
    for (size_t i = 0; i < checked.all.count; i++)
        if (lineage_schedule_size(&checked.all.items[i]) <= 1 && !checked.breaks[i])
            check_formula(&checked, &checked.all.items[i]);
    const size_t refuted = checked.refuted;
    checked_close(&checked);
    return refuted;
}

static void no_breaking_schedule_is_refuted_in_a_trap(void **state)
{
    struct testing_program program = *(const struct testing_program *)*state;
    assert_true(check_program(&program, LINEAGE_STRICT, 2, true) > 0);
    program.crashes = 1;
    assert_true(check_program(&program, LINEAGE_STRICT, 1, true) > 0);
    check_program(&program, LINEAGE_MOLLY, 1, true);
}

/* Sent at 1, 2 and 3: the formula says "1 and 2 and 3 are lost", which the bounds rule out. */
static void formula_of_a_certified_program_holds_under_no_schedule(void **state)
{
    struct checked checked;
    const struct lineage_schedule none = {.omissions = {0}};
    (void)state;
    checked_open(&checked, testing_retry(), LINEAGE_STRICT, LINEAGE_UNBOUNDED);
    assert_int_equal(checked.breaking, 0);
    assert_int_equal(checked.all.count, 16); /* two channels at two times */
    check_formula(&checked, &none);
    assert_int_equal(checked.refuted, 16);
    checked_close(&checked);
}

/* Where all is monotone the lineage is exact: of eight schedules over b's three sendings, and so of
 * all 64, exactly those with all three hold. */
static void formula_without_absences_is_exact(void **state)
{
    struct testing_program program = *testing_retry();
    struct checked checked;
    const struct lineage_schedule none = {.omissions = {0}};
    (void)state;
    program.eff = 4;
    checked_open(&checked, &program, LINEAGE_STRICT, LINEAGE_UNBOUNDED);
    assert_int_equal(checked.all.count, 64);
    assert_int_equal(checked.breaking, 8);
    check_formula(&checked, &none);
    assert_int_equal(checked.refuted, 56);
    checked_close(&checked);
}

/* ---- variables ---- */

static bool immune[3] = {false, false, true};

/* crash(node, t) and "crashed by t" under a schedule, for each node and time. */
static void crash_variables_say_when_a_node_crashes(void **state)
{
    const struct lineage_bounds bounds = {4, 0, 1, LINEAGE_UNBOUNDED, immune};
    struct lineage_universe universe;
    struct solver_formulas formulas;
    struct lineage_fault_variables variables;
    testing_schedules all = {0};
    (void)state;
    lineage_universe_create(&universe);
    for (const char *name = "abc"; *name != '\0'; name++)
        lineage_node_add(&universe, (char[]){*name, '\0'});
    solver_formulas_create(&formulas, (struct solver_memory){lineage_memory_resize});
    lineage_fault_variables_create(&variables, &formulas, &universe, &bounds);
    testing_all_schedules(&bounds, 3, &all);
    assert_int_equal(all.count, 1 + 2 * 4);
    for (size_t i = 0; i < all.count; i++)
        for (uint32_t node = 0; node < 3; node++)
            for (uint32_t time = 0; time <= 4; time++) {
                const uint32_t crash = lineage_schedule_crash_time(&all.items[i], node);
                assert_int_equal(testing_holds_under(&variables,
                                                     lineage_crashed_by(&variables, node, time),
                                                     &all.items[i]),
                                 crash != LINEAGE_NONE && crash <= time);
                assert_int_equal(testing_holds_under(&variables,
                                                     lineage_crash_at(&variables, node, time),
                                                     &all.items[i]),
                                 crash == time && time > 0);
            }
    testing_schedules_free(&all);
    lineage_fault_variables_destroy(&variables);
    solver_formulas_destroy(&formulas);
    lineage_universe_destroy(&universe);
}

/* "Allowed" holds of the schedules within the bounds and of no others with the same variables: the
 * schedules of wider bounds are told apart. */
static void allowed_means_within_the_bounds(void **state)
{
    static bool none_immune[2];
    const struct lineage_bounds bounds = {3, 3, 1, 2, none_immune};
    const struct lineage_bounds wider = {3, 3, 2, LINEAGE_UNBOUNDED, none_immune};
    struct lineage_universe universe;
    struct solver_formulas formulas;
    struct lineage_fault_variables variables;
    testing_schedules all = {0};
    size_t allowed_count = 0;
    (void)state;
    lineage_universe_create(&universe);
    lineage_node_add(&universe, "a");
    lineage_node_add(&universe, "b");
    solver_formulas_create(&formulas, (struct solver_memory){lineage_memory_resize});
    lineage_fault_variables_create(&variables, &formulas, &universe, &bounds);
    for (uint32_t time = 1; time <= 2; time++)
        for (uint32_t from = 0; from < 2; from++)
            lineage_omission_variable(&variables, (struct lineage_omission){time, from, 1 - from});
    const solver_formula allowed = lineage_faults_allowed(&variables);
    testing_all_schedules(&wider, 2, &all);
    for (size_t i = 0; i < all.count; i++) {
        const bool holds = testing_holds_under(&variables, allowed, &all.items[i]);
        assert_int_equal(holds,
                         all.items[i].omissions.count <= 2 && all.items[i].crashes.count <= 1);
        allowed_count += holds;
    }
    assert_int_equal(allowed_count, (1 + 4 + 6) * (1 + 2 * 3));
    testing_schedules_free(&all);
    lineage_fault_variables_destroy(&variables);
    solver_formulas_destroy(&formulas);
    lineage_universe_destroy(&universe);
}

static void omission_has_one_variable_and_a_name(void **state)
{
    const struct lineage_bounds bounds = {4, 3, 1, LINEAGE_UNBOUNDED, immune};
    struct lineage_universe universe;
    struct solver_formulas formulas;
    struct lineage_fault_variables variables;
    (void)state;
    lineage_universe_create(&universe);
    for (const char *name = "abc"; *name != '\0'; name++)
        lineage_node_add(&universe, (char[]){*name, '\0'});
    solver_formulas_create(&formulas, (struct solver_memory){lineage_memory_resize});
    lineage_fault_variables_create(&variables, &formulas, &universe, &bounds);
    solver_formula known[200];
    for (uint32_t i = 0; i < 200; i++)
        known[i] = lineage_omission_variable(&variables, (struct lineage_omission){i, 0, 1});
    for (uint32_t i = 0; i < 200; i++) {
        char expected[32], *text = NULL;
        size_t bytes = 0;
        assert_int_equal(lineage_omission_variable(&variables, (struct lineage_omission){i, 0, 1}),
                         known[i]);
        FILE *out = open_memstream(&text, &bytes);
        assert_true(lineage_fault_variable_print(&variables, known[i], out));
        fclose(out);
        snprintf(expected, sizeof expected, "omit(a,b,%u)", i);
        assert_string_equal(text, expected);
        free(text);
    }
    assert_int_equal(variables.omissions.count, 200);
    assert_false(lineage_fault_variable_print(&variables, solver_variable(&formulas), stderr));
    lineage_fault_variables_destroy(&variables);
    solver_formulas_destroy(&formulas);
    lineage_universe_destroy(&universe);
}

int main(void)
{
    struct CMUnitTest tests[TESTING_TRAP_COUNT + 5] = {
        cmocka_unit_test(formula_of_a_certified_program_holds_under_no_schedule),
        cmocka_unit_test(formula_without_absences_is_exact),
        cmocka_unit_test(crash_variables_say_when_a_node_crashes),
        cmocka_unit_test(allowed_means_within_the_bounds),
        cmocka_unit_test(omission_has_one_variable_and_a_name)};
    for (size_t i = 0; i < TESTING_TRAP_COUNT; i++)
        tests[5 + i] =
            (struct CMUnitTest){testing_trap(i)->name, no_breaking_schedule_is_refuted_in_a_trap,
                                NULL, NULL, (void *)(uintptr_t)testing_trap(i)};
    return _cmocka_run_group_tests("hazards", tests, TESTING_TRAP_COUNT + 5, NULL, NULL);
}
