/* A run under schedule F that keeps the promise teaches two things about all schedules G within the
 * bounds that include F.
 *
 *   (1) If G breaks the promise, some other fault of G *touches* the run.
 *
 * A fault touches the run if it is an omission where the run sent something that arrived; or the
 * crash of a node by a time at which it sent such a thing; or, where something reads crashes, the
 * crash of any node. If no fault of G beside F's touches the run, the run under G is the same, step
 * by step: the same is sent, the same arrives, and what rules read of crashes is the same. But that
 * run keeps the promise.
 *
 * Where nothing reads crashes, (1) holds as well of the schedules that include F with other times
 * of its crashes, as long as the run is the same: a crashed node may crash at any time after the
 * last at which something of it arrived at another node, and not after the first at which such a
 * thing was lost.
 *
 *   (2) If G breaks the promise, the hazard formula of F's envelope holds (hazard.c).
 *
 * An envelope may reckon with fewer further faults than the bounds allow (without further crashes,
 * it is much smaller where rules read them). Then (2) holds unless G has one of the others.
 *
 * What (2) leaves to try is found out apart (rest.c). Often it is nothing, and the lesson is short:
 * F does not happen, or not without a further crash. Where only one more fault may happen, those
 * that are left are listed, and the lesson is a clause over faults. That keeps all that a hazard
 * formula needs beside faults out of the solver of the search. But where a solver has found it out,
 * its word goes into the lesson, and no proof about the formula of the search says anything of it;
 * a search that is to be proved does without.
 *
 * Nothing here needs F's own faults to be needed, or more faults to do more harm: the premise is
 * all of F, and the conclusion is about exactly the schedules that include it. So no schedule but
 * those that keep the promise is ever excluded, and when nothing satisfies all lessons and the
 * bounds, the promise is certified. Each lesson excludes at least F itself, so the search ends. */
#include "lesson.h"

#include "rest.h"

static bool is_exposed(const struct lineage_message *message)
{
    return message->from != LINEAGE_NONE && message->from != message->to;
}

static void note_messages(struct lineage_lesson *lesson, const struct lineage_study *study)
{
    const struct lineage_execution *run = study->run;
    for (size_t i = 0; i < run->messages.count; i++) {
        const struct lineage_message *message = &run->messages.items[i];
        const struct lineage_omission loss = {message->sent_time, message->from, message->to};
        if (!is_exposed(message))
            continue;
        if (message->fate == LINEAGE_LOST_BY_CRASH && loss.time < lesson->first_lost[loss.from])
            lesson->first_lost[loss.from] = loss.time;
        if (message->fate != LINEAGE_DELIVERED)
            continue;
        if (loss.time > lesson->last_sent[loss.from])
            lesson->last_sent[loss.from] = loss.time;
        if (lineage_bounds_may_omit(study->bounds, study->schedule, loss.from, loss.to, loss.time))
            lineage_schedule_add_omission(&lesson->exposed, loss);
    }
}

void lineage_lesson_learn(struct lineage_lesson *lesson, const struct lineage_study *study)
{
    const size_t nodes = study->run->universe->nodes.count;
    *lesson = (struct lineage_lesson){.reads_crash = study->reads_crash,
                                      .no_more_crashes = study->no_more_crashes};
    lineage_schedule_copy(&lesson->schedule, study->schedule);
    lesson->last_sent = lineage_memory_clear((nodes + 1) * sizeof *lesson->last_sent);
    lesson->first_lost = lineage_memory_clear((nodes + 1) * sizeof *lesson->first_lost);
    for (size_t node = 0; node < nodes; node++)
        lesson->first_lost[node] = study->run->eot;
    note_messages(lesson, study);
    if (study->envelope != NULL && study->leaves_open)
        lesson->kind_of_rest = LINEAGE_REST_OPEN;
    else if (study->envelope != NULL)
        lineage_find_rest(lesson, study);
}

void lineage_lesson_free(struct lineage_lesson *lesson)
{
    lineage_schedule_free(&lesson->schedule);
    lineage_schedule_free(&lesson->exposed);
    lineage_schedule_free(&lesson->rest);
    lineage_memory_free(lesson->last_sent);
    lineage_memory_free(lesson->first_lost);
    *lesson = (struct lineage_lesson){.last_sent = NULL};
}

bool lineage_lesson_covers(const struct lineage_lesson *lesson,
                           const struct lineage_schedule *schedule)
{
    const struct lineage_schedule *own = &lesson->schedule;
    const struct lineage_schedule known = {.omissions = own->omissions,
                                           .crashes = schedule->crashes};
    if (own->crashes.count != schedule->crashes.count || !lineage_schedule_equal(&known, schedule))
        return false;
    for (size_t i = 0; i < schedule->crashes.count; i++) {
        const struct lineage_crash *crash = &schedule->crashes.items[i];
        const uint32_t time = lineage_schedule_crash_time(own, crash->node);
        const bool is_alike = !lesson->reads_crash && time != LINEAGE_NONE &&
                              crash->time > lesson->last_sent[crash->node] &&
                              crash->time <= lesson->first_lost[crash->node];
        if (crash->time != time && !is_alike)
            return false;
    }
    return true;
}

static void permute(const struct lineage_schedule *schedule, const uint32_t *permutation,
                    struct lineage_schedule *image)
{
    for (size_t i = 0; i < schedule->omissions.count; i++) {
        const struct lineage_omission *omission = &schedule->omissions.items[i];
        lineage_schedule_add_omission(image, (struct lineage_omission){omission->time,
                                                                       permutation[omission->from],
                                                                       permutation[omission->to]});
    }
    for (size_t i = 0; i < schedule->crashes.count; i++)
        lineage_schedule_add_crash(
            image, (struct lineage_crash){schedule->crashes.items[i].time,
                                          permutation[schedule->crashes.items[i].node]});
}

void lineage_lesson_permute(const struct lineage_lesson *lesson, const uint32_t *permutation,
                            size_t node_count, struct lineage_lesson *image)
{
    *image = (struct lineage_lesson){.reads_crash = lesson->reads_crash,
                                     .no_more_crashes = lesson->no_more_crashes,
                                     .kind_of_rest = lesson->kind_of_rest == LINEAGE_REST_LISTED
                                                         ? LINEAGE_REST_LISTED
                                                         : LINEAGE_REST_UNKNOWN};
    permute(&lesson->schedule, permutation, &image->schedule);
    permute(&lesson->exposed, permutation, &image->exposed);
    permute(&lesson->rest, permutation, &image->rest);
    image->last_sent = lineage_memory_clear((node_count + 1) * sizeof *image->last_sent);
    image->first_lost = lineage_memory_clear((node_count + 1) * sizeof *image->first_lost);
    for (size_t node = 0; node < node_count; node++) {
        image->last_sent[permutation[node]] = lesson->last_sent[node];
        image->first_lost[permutation[node]] = lesson->first_lost[node];
    }
}

void lineage_crash_times(const struct lineage_execution *run, uint32_t node, uint32_t *first,
                         uint32_t *last)
{
    *first = 1;
    *last = run->eot;
    for (size_t i = 0; i < run->messages.count; i++) {
        const struct lineage_message *message = &run->messages.items[i];
        if (message->from != node || !is_exposed(message))
            continue;
        if (message->fate == LINEAGE_DELIVERED && message->sent_time >= *first)
            *first = message->sent_time + 1;
        if (message->fate == LINEAGE_LOST_BY_CRASH && message->sent_time < *last)
            *last = message->sent_time;
    }
}

/* Some fault beside the schedule's touches the run. */
static solver_formula is_touched(struct lineage_fault_variables *variables,
                                 const struct lineage_lesson *lesson)
{
    const struct lineage_bounds *bounds = variables->bounds;
    LINEAGE_ARRAY(solver_formula) faults = {0};
    for (size_t i = 0; i < lesson->exposed.omissions.count; i++)
        LINEAGE_PUSH(&faults,
                     lineage_omission_variable(variables, lesson->exposed.omissions.items[i]));
    for (uint32_t node = 0; node < variables->universe->nodes.count; node++)
        if (lineage_bounds_may_crash(bounds, &lesson->schedule, node, 1))
            LINEAGE_PUSH(&faults, lineage_crashed_by(
                                      variables, node,
                                      lesson->reads_crash ? bounds->eot : lesson->last_sent[node]));
    const solver_formula touched = solver_or(variables->formulas, faults.items, faults.count);
    lineage_memory_free(faults.items);
    return touched;
}

/* The schedule happens, or one that differs from it only in times of crashes that the run does not
 * show. */
static solver_formula happens_alike(struct lineage_fault_variables *variables,
                                    const struct lineage_lesson *lesson)
{
    const struct lineage_schedule omissions = {
        .omissions = {lesson->schedule.omissions.items, lesson->schedule.omissions.count, 0}};
    if (lesson->reads_crash)
        return lineage_schedule_happens(variables, &lesson->schedule);
    solver_formula alike = lineage_schedule_happens(variables, &omissions);
    for (size_t i = 0; i < lesson->schedule.crashes.count; i++) {
        const uint32_t node = lesson->schedule.crashes.items[i].node;
        const solver_formula crashed =
            lineage_crashed_by(variables, node, lesson->first_lost[node]);
        const solver_formula before = lineage_crashed_by(variables, node, lesson->last_sent[node]);
        alike = solver_and2(variables->formulas, alike,
                            solver_and2(variables->formulas, crashed, solver_not(before)));
    }
    return alike;
}

static solver_formula crashes_further(const struct lineage_fault_variables *variables,
                                      const struct lineage_schedule *schedule)
{
    solver_formula further = SOLVER_FALSE;
    for (uint32_t node = 0; node < variables->universe->nodes.count; node++)
        if (lineage_bounds_may_crash(variables->bounds, schedule, node, 1))
            further = solver_or2(variables->formulas, further,
                                 lineage_crashed_by(variables, node, variables->bounds->eot));
    return further;
}

/* One of the faults that are left happens. */
static solver_formula rest_happens(struct lineage_fault_variables *variables,
                                   const struct lineage_schedule *rest)
{
    solver_formula some = SOLVER_FALSE;
    for (size_t i = 0; i < rest->omissions.count; i++)
        some = solver_or2(variables->formulas, some,
                          lineage_omission_variable(variables, rest->omissions.items[i]));
    for (size_t i = 0; i < rest->crashes.count; i++)
        some = solver_or2(
            variables->formulas, some,
            lineage_crash_at(variables, rest->crashes.items[i].node, rest->crashes.items[i].time));
    return some;
}

solver_formula lineage_lesson_formula(struct lineage_fault_variables *variables,
                                      const struct lineage_lesson *lesson, solver_formula hazard)
{
    struct solver_formulas *formulas = variables->formulas;
    const solver_formula happens = lineage_schedule_happens(variables, &lesson->schedule);
    const solver_formula alike = happens_alike(variables, lesson);
    solver_formula left = lesson->kind_of_rest == LINEAGE_REST_LISTED
                              ? rest_happens(variables, &lesson->rest)
                              : hazard;
    if (lesson->no_more_crashes)
        left = solver_or2(formulas, left, crashes_further(variables, &lesson->schedule));
    if (left == SOLVER_FALSE && alike == happens)
        return solver_not(happens);
    return solver_and2(formulas,
                       solver_or2(formulas, solver_not(alike), is_touched(variables, lesson)),
                       solver_or2(formulas, solver_not(happens), left));
}
