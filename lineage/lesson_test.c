/* What a passing run teaches: it never excludes a schedule that breaks the promise, and it always
 * excludes the run's own. Checked on small programs under all their schedules. */
#include "testing.h"

#include "lesson.h"

/* The lesson of one passing run against every schedule within the bounds. */
static void check_lesson(struct checked *checked, const struct lineage_schedule *schedule,
                         bool has_envelope)
{
    struct harness_executor *executor = &checked->world.executor;
    struct lineage_execution run, envelope;
    struct solver_formulas formulas;
    struct lineage_fault_variables variables;
    assert_int_equal(executor->execute(executor, schedule, false, &run), HARNESS_OK);
    assert_int_equal(
        executor->envelope(executor, schedule, &checked->world.bounds, &run, SIZE_MAX, &envelope),
        HARNESS_OK);
    const struct lineage_lesson lesson = {.schedule = schedule,
                                          .run = &run,
                                          .envelope = has_envelope ? &envelope : NULL,
                                          .good = &checked->good,
                                          .oracle = checked->world.scenario.oracle,
                                          .reads_crash = executor->reads_crash};
    solver_formulas_create(&formulas, (struct solver_memory){lineage_memory_resize});
    lineage_fault_variables_create(&variables, &formulas, executor->universe,
                                   &checked->world.bounds);
    const solver_formula learned = lineage_lesson_formula(&variables, &lesson, NULL);
    for (size_t i = 0; i < checked->all.count; i++) {
        const struct lineage_schedule *other = &checked->all.items[i];
        const bool includes = lineage_schedule_is_subset(schedule, other);
        if (!checked->breaks[i] && !includes)
            continue; /* nothing is promised of it */
        const bool holds = testing_holds_under(&variables, learned, other);
        if (checked->breaks[i])
            assert_true(holds);
        if (lineage_schedule_equal(schedule, other))
            assert_false(holds);
        checked->refuted += !holds;
    }
    checked->formulas++;
    lineage_fault_variables_destroy(&variables);
    solver_formulas_destroy(&formulas);
    lineage_execution_free(&envelope);
    lineage_execution_free(&run);
}

/* Lessons of every passing run of at most `size` faults; of every fourth, where there are many. */
static void check_program(const struct testing_program *program, enum lineage_oracle oracle,
                          uint32_t omissions, size_t size, bool has_envelope)
{
    struct checked checked;
    checked_open(&checked, program, oracle, omissions);
    size_t passing = 0;
    for (size_t i = 0; i < checked.all.count; i++)
        if (lineage_schedule_size(&checked.all.items[i]) <= size && !checked.breaks[i] &&
            (checked.all.count < 300 || passing++ % 4 == 0))
            check_lesson(&checked, &checked.all.items[i], has_envelope);
    assert_true(checked.formulas > 0);
    checked_close(&checked);
}

static void no_lesson_of_a_trap_excludes_what_breaks(void **state)
{
    const struct testing_program *trap = *state;
    struct testing_program wider = *trap;
    check_program(trap, LINEAGE_STRICT, 2, 1, true);
    check_program(trap, LINEAGE_STRICT, 2, 1, false);
    wider.crashes = 1;
    check_program(&wider, LINEAGE_STRICT, 1, 1, true);
    check_program(&wider, LINEAGE_MOLLY, 1, 1, true);
    check_program(&wider, LINEAGE_STRICT, 1, 1, false);
}

/* Two nodes: every passing run, whatever its size. */
static void no_lesson_of_a_run_with_many_faults_excludes_what_breaks(void **state)
{
    struct testing_program retry = *testing_retry();
    (void)state;
    retry.eff = 4;
    retry.crashes = 2;
    for (int has_envelope = 0; has_envelope < 2; has_envelope++) {
        check_program(&retry, LINEAGE_STRICT, 3, SIZE_MAX, has_envelope);
        check_program(testing_trap(2), LINEAGE_STRICT, LINEAGE_UNBOUNDED, SIZE_MAX, has_envelope);
        check_program(testing_trap(3), LINEAGE_STRICT, LINEAGE_UNBOUNDED, SIZE_MAX, has_envelope);
    }
}

/* Where the promise is certified, the good run's lesson leaves nothing: no schedule of all that the
 * bounds allow satisfies it. */
static void lesson_of_a_certified_program_leaves_nothing(void **state)
{
    struct checked checked;
    (void)state;
    checked_open(&checked, testing_retry(), LINEAGE_STRICT, LINEAGE_UNBOUNDED);
    check_lesson(&checked, &checked.all.items[0], true);
    assert_int_equal(checked.refuted, checked.all.count);
    checked_close(&checked);
}

/* Without an envelope only those schedules are known to pass that lose nothing which arrived. b
 * sends at 1, 2, 3 within the bounds; a sends nothing. Of 64 schedules those 8 touch nothing that
 * lose only what a does not send. */
static void lesson_without_an_envelope_is_about_what_was_sent(void **state)
{
    struct testing_program program = *testing_retry();
    struct checked checked;
    (void)state;
    program.eff = 4;
    checked_open(&checked, &program, LINEAGE_STRICT, LINEAGE_UNBOUNDED);
    assert_int_equal(checked.all.count, 64);
    check_lesson(&checked, &checked.all.items[0], false);
    assert_int_equal(checked.refuted, 8);
    checked_close(&checked);
}

int main(void)
{
    struct CMUnitTest tests[TESTING_TRAP_COUNT + 3] = {
        cmocka_unit_test(no_lesson_of_a_run_with_many_faults_excludes_what_breaks),
        cmocka_unit_test(lesson_of_a_certified_program_leaves_nothing),
        cmocka_unit_test(lesson_without_an_envelope_is_about_what_was_sent)};
    for (size_t i = 0; i < TESTING_TRAP_COUNT; i++)
        tests[3 + i] =
            (struct CMUnitTest){testing_trap(i)->name, no_lesson_of_a_trap_excludes_what_breaks,
                                NULL, NULL, (void *)(uintptr_t)testing_trap(i)};
    return _cmocka_run_group_tests("lessons", tests, TESTING_TRAP_COUNT + 3, NULL, NULL);
}
