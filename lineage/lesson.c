/* A run under schedule F that keeps the promise teaches
 *
 *     if all faults of F happen, crashes at exactly these times, then
 *         some other fault happens that touches this run, and
 *         the hazard formula of F's envelope holds (hazard.c).
 *
 * A fault touches the run if it is an omission where the run sent something that arrived; or the
 * crash of a node by a time at which it sent such a thing; or, where something reads crashes, the
 * crash of any node.
 *
 * Let G be a schedule within the bounds that breaks the promise. If G does not include F there is
 * nothing to show. If it does and no fault of G beside F's touches the run, the run under G is the
 * same, step by step: the same is sent, the same arrives, and what rules read of crashes is the
 * same. But that run keeps the promise. So some other fault touches it. And hazard.c shows that the
 * hazard formula holds.
 *
 * If no schedule that includes F satisfies that, which a solver of its own finds out, the lesson is
 * that F does not happen. That keeps what the search knows small: in a protocol that holds, most
 * lessons of faulty runs are of this kind.
 *
 * Nothing here needs F's own faults to be needed, or more faults to do more harm: the premise is
 * all of F, and the conclusion is about exactly the schedules that include it. So no schedule but
 * those that keep the promise is ever excluded, and when nothing satisfies all lessons and the
 * bounds, the promise is certified. Each lesson excludes at least F itself, so the search ends. */
#include "lesson.h"

#include <string.h>

/* By node: the last time at which it sent another node something that arrived; 0: never. */
static uint32_t *last_sent(const struct lineage_execution *run)
{
    uint32_t *last = lineage_memory_clear((run->universe->nodes.count + 1) * sizeof *last);
    for (size_t i = 0; i < run->messages.count; i++) {
        const struct lineage_message *message = &run->messages.items[i];
        if (message->fate == LINEAGE_DELIVERED && message->from != LINEAGE_NONE &&
            message->from != message->to && message->sent_time > last[message->from])
            last[message->from] = message->sent_time;
    }
    return last;
}

/* Some fault beside the schedule's touches the run. */
static solver_formula is_touched(struct lineage_fault_variables *variables,
                                 const struct lineage_lesson *lesson)
{
    const struct lineage_execution *run = lesson->run;
    const struct lineage_bounds *bounds = variables->bounds;
    LINEAGE_ARRAY(solver_formula) faults = {0};
    for (size_t i = 0; i < run->messages.count; i++) {
        const struct lineage_message *message = &run->messages.items[i];
        const struct lineage_omission omission = {message->sent_time, message->from, message->to};
        if (message->fate == LINEAGE_DELIVERED &&
            lineage_bounds_may_omit(bounds, lesson->schedule, omission.from, omission.to,
                                    omission.time))
            LINEAGE_PUSH(&faults, lineage_omission_variable(variables, omission));
    }
    uint32_t *last = last_sent(run);
    for (uint32_t node = 0; node < run->universe->nodes.count; node++)
        if (lineage_bounds_may_crash(bounds, lesson->schedule, node, 1))
            LINEAGE_PUSH(&faults,
                         lineage_crashed_by(variables, node,
                                            lesson->reads_crash ? bounds->eot : last[node]));
    const solver_formula touched = solver_or(variables->formulas, faults.items, faults.count);
    lineage_memory_free(last);
    lineage_memory_free(faults.items);
    return touched;
}

static solver_formula hazard_of(struct lineage_fault_variables *variables,
                                const struct lineage_lesson *lesson, lineage_labels *labels)
{
    const struct lineage_hazard_input input = {lesson->envelope, lesson->schedule, lesson->oracle,
                                               lesson->good};
    return lineage_hazard(variables, &input, labels);
}

/* Could the hazard formula hold under some schedule that includes the lesson's? Asked apart, so
 * that a "no" leaves nothing behind. */
static bool leaves_anything(const struct lineage_fault_variables *variables,
                            const struct lineage_lesson *lesson)
{
    struct solver_formulas formulas;
    struct lineage_fault_variables own;
    solver_formulas_create(&formulas, variables->formulas->memory);
    lineage_fault_variables_create(&own, &formulas, variables->universe, variables->bounds);
    struct solver_options options = lesson->solver;
    options.keep_clauses = false;
    struct solver *solver = solver_create(&formulas, options);
    solver_require(solver, hazard_of(&own, lesson, NULL));
    solver_require(solver, lineage_schedule_happens(&own, lesson->schedule));
    solver_require(solver, lineage_faults_allowed(&own));
    const bool anything = solver_smallest(solver) != SOLVER_EXHAUSTED;
    solver_destroy(solver);
    lineage_fault_variables_destroy(&own);
    solver_formulas_destroy(&formulas);
    return anything;
}

solver_formula lineage_lesson_formula(struct lineage_fault_variables *variables,
                                      const struct lineage_lesson *lesson, lineage_labels *labels)
{
    struct solver_formulas *formulas = variables->formulas;
    const solver_formula happens = lineage_schedule_happens(variables, lesson->schedule);
    const bool is_good = lineage_schedule_size(lesson->schedule) == 0;
    if (lesson->envelope != NULL && !is_good && !leaves_anything(variables, lesson))
        return solver_not(happens);
    solver_formula learned = is_touched(variables, lesson);
    if (lesson->envelope != NULL && learned != SOLVER_FALSE)
        learned = solver_and2(formulas, learned, hazard_of(variables, lesson, labels));
    return solver_or2(formulas, solver_not(happens), learned);
}
