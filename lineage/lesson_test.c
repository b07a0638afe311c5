/* What a passing run teaches: it never excludes a schedule that breaks the promise, and it always
 * excludes the run's own. Checked on small programs under all their schedules. */
#include "testing.h"

#include "lesson.h"

/* How a lesson is learned: without an envelope, from one that reckons with all further faults, from
 * one that reckons with no further crashes; from the second, without asking a solver. */
enum source { FROM_RUN, FROM_ENVELOPE, FROM_NARROW_ENVELOPE, TO_BE_PROVED };

static void learn(struct checked *checked, const struct lineage_schedule *schedule,
                  enum source source, struct lineage_fault_variables *variables,
                  solver_formula *learned)
{
    struct harness_executor *executor = &checked->world.executor;
    struct lineage_execution run, envelope;
    struct lineage_bounds bounds = checked->world.bounds;
    if (source == FROM_NARROW_ENVELOPE)
        bounds.crashes = (uint32_t)schedule->crashes.count;
    assert_int_equal(executor->execute(executor, schedule, false, &run), HARNESS_OK);
    assert_int_equal(executor->envelope(executor, schedule, &bounds, &run, SIZE_MAX, &envelope),
                     HARNESS_OK);
    const struct lineage_study study = {.schedule = schedule,
                                        .run = &run,
                                        .envelope = source == FROM_RUN ? NULL : &envelope,
                                        .good = &checked->good,
                                        .bounds = &checked->world.bounds,
                                        .no_more_crashes = source == FROM_NARROW_ENVELOPE,
                                        .to_be_proved = source == TO_BE_PROVED,
                                        .oracle = checked->world.scenario.oracle,
                                        .reads_crash = executor->reads_crash,
                                        .memory = {lineage_memory_resize}};
    const struct lineage_hazard_input input = {
        &envelope, schedule, &bounds, checked->world.scenario.oracle, &checked->good, NULL};
    struct lineage_lesson lesson;
    lineage_lesson_learn(&lesson, &study);
    *learned = lineage_lesson_formula(variables, &lesson,
                                      lesson.kind_of_rest == LINEAGE_REST_OPEN
                                          ? lineage_hazard(variables, &input, NULL)
                                          : SOLVER_TRUE);
    for (size_t i = 0; i < checked->all.count; i++)
        if (lineage_lesson_covers(&lesson, &checked->all.items[i])) {
            assert_false(checked->breaks[i]);
            assert_false(testing_holds_under(variables, *learned, &checked->all.items[i]));
            checked->covered++;
        }
    lineage_lesson_free(&lesson);
    lineage_execution_free(&envelope);
    lineage_execution_free(&run);
}

/* The lesson of one passing run against every schedule within the bounds. */
static void check_lesson(struct checked *checked, const struct lineage_schedule *schedule,
                         enum source source)
{
    struct solver_formulas formulas;
    struct lineage_fault_variables variables;
    solver_formula learned;
    solver_formulas_create(&formulas, (struct solver_memory){lineage_memory_resize});
    lineage_fault_variables_create(&variables, &formulas, checked->world.executor.universe,
                                   &checked->world.bounds);
    learn(checked, schedule, source, &variables, &learned);
    for (size_t i = 0; i < checked->all.count; i++) {
        const struct lineage_schedule *other = &checked->all.items[i];
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
}

/* Lessons of every passing run of at most `size` faults; of every fourth, where there are many. */
static void check_program(const struct testing_program *program, enum lineage_oracle oracle,
                          uint32_t omissions, size_t size, enum source source)
{
    struct checked checked;
    checked_open(&checked, program, oracle, omissions);
    size_t passing = 0;
    for (size_t i = 0; i < checked.all.count; i++)
        if (lineage_schedule_size(&checked.all.items[i]) <= size && !checked.breaks[i] &&
            (checked.all.count < 300 || passing++ % 4 == 0))
            check_lesson(&checked, &checked.all.items[i], source);
    assert_true(checked.formulas > 0);
    assert_true(checked.covered >= checked.formulas);
    checked_close(&checked);
}

static void no_lesson_of_a_trap_excludes_what_breaks(void **state)
{
    const struct testing_program *trap = *state;
    struct testing_program wider = *trap;
    check_program(trap, LINEAGE_STRICT, 2, 1, FROM_ENVELOPE);
    check_program(trap, LINEAGE_STRICT, 2, 1, FROM_RUN);
    check_program(trap, LINEAGE_STRICT, 2, 1, TO_BE_PROVED);
    wider.crashes = 1;
    check_program(&wider, LINEAGE_STRICT, 1, 1, FROM_ENVELOPE);
    check_program(&wider, LINEAGE_MOLLY, 1, 1, FROM_ENVELOPE);
    check_program(&wider, LINEAGE_STRICT, 1, 1, FROM_NARROW_ENVELOPE);
    check_program(&wider, LINEAGE_STRICT, 1, 0, TO_BE_PROVED);
    check_program(&wider, LINEAGE_STRICT, 1, 1, FROM_RUN);
}

/* Two nodes: every passing run, whatever its size. */
static void no_lesson_of_a_run_with_many_faults_excludes_what_breaks(void **state)
{
    struct testing_program retry = *testing_retry();
    (void)state;
    retry.eff = 4;
    retry.crashes = 2;
    for (enum source source = FROM_RUN; source <= FROM_NARROW_ENVELOPE; source++) {
        check_program(&retry, LINEAGE_STRICT, 3, SIZE_MAX, source);
        check_program(testing_trap(2), LINEAGE_STRICT, LINEAGE_UNBOUNDED, SIZE_MAX, source);
        check_program(testing_trap(3), LINEAGE_STRICT, LINEAGE_UNBOUNDED, SIZE_MAX, source);
    }
}

/* Where the promise is certified, the good run's lesson leaves nothing: no schedule of all that the
 * bounds allow satisfies it. */
static void lesson_of_a_certified_program_leaves_nothing(void **state)
{
    struct checked checked;
    (void)state;
    checked_open(&checked, testing_retry(), LINEAGE_STRICT, LINEAGE_UNBOUNDED);
    check_lesson(&checked, &checked.all.items[0], FROM_ENVELOPE);
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
    check_lesson(&checked, &checked.all.items[0], FROM_RUN);
    assert_int_equal(checked.refuted, 8);
    checked_close(&checked);
}

/* One loss has happened; it takes four further ones to break the promise, and the bounds allow two.
 * A solver finds that out, and the lesson is short. Without it the lesson is the hazard formula,
 * which holds as it stands and leads to the same. */
static void lesson_to_be_proved_holds_no_word_of_a_solver(void **state)
{
    struct testing_program retry = *testing_retry();
    struct checked checked;
    struct solver_formulas formulas;
    struct lineage_fault_variables variables;
    solver_formula asked, proved;
    (void)state;
    retry.eot = retry.eff = 6;
    checked_open(&checked, &retry, LINEAGE_STRICT, 3);
    assert_int_equal(checked.breaking, 0);
    solver_formulas_create(&formulas, (struct solver_memory){lineage_memory_resize});
    lineage_fault_variables_create(&variables, &formulas, checked.world.executor.universe,
                                   &checked.world.bounds);
    for (size_t i = 0; i < checked.all.count; i++) {
        const struct lineage_schedule *schedule = &checked.all.items[i];
        if (lineage_schedule_size(schedule) != 1 || schedule->omissions.items[0].from != 1)
            continue; /* b sends, a does not */
        learn(&checked, schedule, FROM_ENVELOPE, &variables, &asked);
        learn(&checked, schedule, TO_BE_PROVED, &variables, &proved);
        assert_int_equal(asked, solver_not(lineage_schedule_happens(&variables, schedule)));
        assert_int_not_equal(proved, asked);
        for (size_t j = 0; j < checked.all.count; j++)
            if (lineage_schedule_is_subset(schedule, &checked.all.items[j]))
                assert_false(testing_holds_under(&variables, proved, &checked.all.items[j]));
        checked.formulas++;
    }
    assert_int_equal(checked.formulas, 5);
    lineage_fault_variables_destroy(&variables);
    solver_formulas_destroy(&formulas);
    checked_close(&checked);
}

int main(void)
{
    struct CMUnitTest tests[TESTING_TRAP_COUNT + 4] = {
        cmocka_unit_test(no_lesson_of_a_run_with_many_faults_excludes_what_breaks),
        cmocka_unit_test(lesson_of_a_certified_program_leaves_nothing),
        cmocka_unit_test(lesson_to_be_proved_holds_no_word_of_a_solver),
        cmocka_unit_test(lesson_without_an_envelope_is_about_what_was_sent)};
    for (size_t i = 0; i < TESTING_TRAP_COUNT; i++)
        tests[4 + i] =
            (struct CMUnitTest){testing_trap(i)->name, no_lesson_of_a_trap_excludes_what_breaks,
                                NULL, NULL, (void *)(uintptr_t)testing_trap(i)};
    return _cmocka_run_group_tests("lessons", tests, TESTING_TRAP_COUNT + 4, NULL, NULL);
}
