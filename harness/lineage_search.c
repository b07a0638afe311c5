/* Lineage-driven fault injection: the forward/backward loop (Alvaro, Rosen, Hellerstein, SIGMOD
 * 2015, section 3), with absences.
 *
 * Each run that keeps the promise teaches a lesson (lineage/lesson.c), and the solver proposes a
 * smallest schedule that all lessons leave open. If that breaks the promise no proper part of it
 * does: every smaller schedule is excluded by a lesson. When no schedule is left, the promise is
 * certified.
 *
 * Where much could happen the envelope of a run grows far beyond the run itself: then it costs more
 * to reason about than the runs that it could save. So it is given up beyond a multiple of the
 * run's size, and not tried again until the runs since have cost as much. The lesson is then only
 * which faults touch the run. Costs are counted in firings and facts, not in seconds, so that the
 * search is the same on every machine. */
#include "search.h"

#include "../lineage/lesson.h"
#include "../solver/solver.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct loop {
    struct harness_search *search;
    struct solver_formulas formulas;
    struct lineage_fault_variables variables;
    struct solver *solver;
    lineage_labels labels;
    size_t counted_omissions;
    /* Facts of the runs so far; firings of the envelopes that were given up. */
    size_t spent, wasted;
    const struct solver_memory memory;
};

enum { FIRINGS_FACTOR = 8, FIRINGS_MIN = 2000, NODES_MAX = 1 << 14 };

/* Counts omissions that formulas have come to mention, and bounds their number. */
static void count_new_faults(struct loop *loop)
{
    const size_t count = loop->variables.omissions.count;
    if (loop->counted_omissions == count)
        return;
    for (; loop->counted_omissions < count; loop->counted_omissions++)
        solver_count(loop->solver,
                     loop->variables.omissions.items[loop->counted_omissions].variable);
    solver_require(loop->solver, lineage_faults_allowed(&loop->variables));
}

static void count_crashes(struct loop *loop)
{
    const struct harness_search *search = loop->search;
    for (uint32_t node = 0; node < search->executor->universe->nodes.count; node++)
        for (uint32_t time = 1; time <= search->bounds.eot; time++)
            if (lineage_bounds_allow_crash(&search->bounds, node, time))
                solver_count(loop->solver, lineage_crash_at(&loop->variables, node, time));
}

/* Stores a run; the good one, and with --record all every one, whole and with what could happen
 * beside it. */
static bool keep(struct loop *loop, const struct lineage_lesson *lesson,
                 const lineage_tuples *broken)
{
    struct harness_search *search = loop->search;
    const bool is_good = lineage_schedule_size(lesson->schedule) == 0;
    const bool whole = is_good || search->options.record_all;
    const struct lineage_store_run run = {.kind = is_good ? "good" : "hypothesis",
                                          .schedule = lesson->schedule,
                                          .broken = broken,
                                          .execution = whole ? lesson->run : NULL,
                                          .envelope = whole ? lesson->envelope : NULL};
    return harness_search_keep(search, &run);
}

/* May an envelope be tried after what has been wasted on those that were given up? */
static bool is_worth_trying(const struct loop *loop, const struct lineage_schedule *schedule)
{
    const struct lineage_bounds *bounds = &loop->search->bounds;
    const bool has_freedom = (bounds->eff > 1 && schedule->omissions.count < bounds->omissions) ||
                             schedule->crashes.count < bounds->crashes;
    return has_freedom && loop->wasted <= loop->spent && loop->formulas.node_count < NODES_MAX;
}

/* What could happen beside a run, unless that is too much; false if the search stops. */
static bool find_envelope(struct loop *loop, struct lineage_lesson *lesson,
                          struct lineage_execution *envelope)
{
    struct harness_search *search = loop->search;
    const size_t limit =
        FIRINGS_FACTOR * (search->good.firings.count + lesson->run->facts.count) + FIRINGS_MIN;
    loop->spent += lesson->run->facts.count;
    if (!is_worth_trying(loop, lesson->schedule))
        return true;
    const enum harness_outcome outcome = search->executor->envelope(
        search->executor, lesson->schedule, &search->bounds, lesson->run, limit, envelope);
    if (outcome == HARNESS_OK)
        lesson->envelope = envelope;
    else if (outcome == HARNESS_TOO_LARGE)
        loop->wasted += envelope->firings.count;
    else if (outcome == HARNESS_FAILED)
        harness_search_fail(search);
    return outcome == HARNESS_OK || outcome == HARNESS_TOO_LARGE;
}

/* Adds what a run that kept the promise teaches. */
static bool learn(struct loop *loop, const struct lineage_schedule *schedule,
                  const struct lineage_execution *run)
{
    struct harness_search *search = loop->search;
    struct lineage_execution envelope = {.eot = 0};
    struct lineage_lesson lesson = {.schedule = schedule,
                                    .run = run,
                                    .good = &search->good,
                                    .oracle = search->scenario->oracle,
                                    .reads_crash = search->executor->reads_crash,
                                    .solver = {harness_budget_poll, &search->budget, false}};
    double since = harness_seconds();
    bool going = find_envelope(loop, &lesson, &envelope);
    if (going) {
        const solver_formula formula = lineage_lesson_formula(
            &loop->variables, &lesson,
            search->options.dimacs_path != NULL || search->store != NULL ? &loop->labels : NULL);
        harness_lap(&since, &search->timing.lineage);
        solver_require(loop->solver, formula);
        count_new_faults(loop);
        harness_lap(&since, &search->timing.solve);
        const lineage_tuples none = {0};
        going = keep(loop, &lesson, &none);
    }
    lineage_execution_free(&envelope);
    return going;
}

/* The faults of the model that the solver found. */
static void read_schedule(const struct loop *loop, struct lineage_schedule *schedule)
{
    schedule->omissions.count = schedule->crashes.count = 0;
    for (size_t i = 0; i < loop->variables.omissions.count; i++)
        if (solver_is_true(loop->solver, loop->variables.omissions.items[i].variable))
            lineage_schedule_add_omission(schedule, loop->variables.omissions.items[i].omission);
    for (uint32_t node = 0; node < loop->search->executor->universe->nodes.count; node++)
        for (uint32_t time = 1; time <= loop->search->bounds.eot; time++)
            if (lineage_bounds_allow_crash(&loop->search->bounds, node, time) &&
                solver_is_true(loop->solver, lineage_crash_at(&loop->variables, node, time)))
                lineage_schedule_add_crash(schedule, (struct lineage_crash){time, node});
}

/* No further schedule that includes this one: none of those would be minimal. */
static void block(struct loop *loop, const struct lineage_schedule *schedule)
{
    solver_require(loop->solver, solver_not(lineage_schedule_happens(&loop->variables, schedule)));
}

/* Blocks every schedule known to be a counterexample or the same but for times. */
static void block_counterexamples(struct loop *loop)
{
    for (size_t i = 0; i < loop->search->counterexamples.count; i++) {
        struct harness_counterexample *known = &loop->search->counterexamples.items[i];
        for (; known->blocked_count < known->members.count; known->blocked_count++)
            block(loop, &known->members.items[known->blocked_count]);
    }
}

/* Runs the solver's schedule; false when the search ends with it. */
static bool test(struct loop *loop, const struct lineage_schedule *schedule)
{
    struct harness_search *search = loop->search;
    struct lineage_execution execution;
    lineage_tuples broken = {0};
    bool going = harness_search_replay(search, schedule, false, &execution, &broken);
    if (going) {
        if (broken.count == 0) {
            going = learn(loop, schedule, &execution);
        } else {
            const struct lineage_lesson lesson = {.schedule = schedule, .run = &execution};
            const bool is_kept = keep(loop, &lesson, &broken);
            harness_search_accept(search, schedule, true);
            search->complete = !search->options.all;
            going = is_kept && search->options.all;
            if (going)
                block_counterexamples(loop);
        }
        lineage_execution_free(&execution);
    }
    lineage_memory_free(broken.items);
    return going;
}

static void search_on(struct loop *loop)
{
    struct harness_search *search = loop->search;
    struct lineage_schedule schedule = {.omissions = {0}};
    bool going = true;
    while (going) {
        double since = harness_seconds();
        const enum solver_result result = solver_smallest(loop->solver);
        harness_lap(&since, &search->timing.solve);
        search->size = solver_size_reached(loop->solver);
        if (result == SOLVER_MODEL) {
            search->hypotheses++;
            read_schedule(loop, &schedule);
            going = test(loop, &schedule);
        } else {
            going = false;
            if (result == SOLVER_EXHAUSTED) {
                search->verdict = HARNESS_CERTIFIED;
                search->complete = true;
            }
        }
    }
    lineage_schedule_free(&schedule);
}

static void describe(void *context, solver_formula meaning, FILE *out)
{
    const struct loop *loop = context;
    const uint32_t node = meaning >> 1;
    if (meaning == SOLVER_TRUE) {
        fputs("counter: so many faults among the first ones", out);
    } else if (lineage_fault_variable_print(&loop->variables, meaning, out)) {
        return;
    } else if (node < loop->labels.count && loop->labels.items[node].time != LINEAGE_NONE) {
        const struct lineage_label *label = &loop->labels.items[node];
        lineage_tuple_print(loop->search->executor->universe, label->tuple, out);
        fprintf(out, "@%u", label->time);
    } else if (solver_is_variable(&loop->formulas, node)) {
        fputs("choice: the lineage knows only bounds here", out);
    } else {
        const struct solver_node *gate = &loop->formulas.nodes[node];
        fputs("and(", out);
        for (uint32_t i = 0; i < gate->operand_count; i++)
            fprintf(out, "%s%s%u", i > 0 ? " " : "",
                    (loop->formulas.operands[gate->first_operand + i] & 1) != 0 ? "-" : "",
                    loop->formulas.operands[gate->first_operand + i] >> 1);
        fputc(')', out);
    }
}

static void write_dimacs(struct loop *loop)
{
    struct harness_search *search = loop->search;
    const char *path = search->options.dimacs_path;
    FILE *out = fopen(path, "w");
    bool written = out != NULL;
    if (written) {
        written = solver_write_dimacs(loop->solver, out, describe, loop);
        written = fclose(out) == 0 && written;
    }
    if (!written) {
        const int why = errno;
        struct stat status;
        if (out != NULL && lstat(path, &status) == 0 && S_ISREG(status.st_mode))
            unlink(path); /* half a formula is worse than none */
        search->failure = HARNESS_OUTPUT_FAILURE;
        lineage_error(search->diagnostics, (struct lineage_place){0}, "cannot write %s: %s", path,
                      strerror(why));
    }
}

static void keep_formula(struct loop *loop)
{
    struct harness_search *search = loop->search;
    double since = harness_seconds();
    if (!lineage_store_formula(search->store, loop->solver, describe, loop))
        harness_search_fail_store(search);
    harness_lap(&since, &search->timing.store);
}

void harness_search_lineage(struct harness_search *search)
{
    struct loop loop = {.search = search, .memory = {lineage_memory_resize}};
    const struct lineage_schedule none = {.omissions = {0}};
    solver_formulas_create(&loop.formulas, loop.memory);
    lineage_fault_variables_create(&loop.variables, &loop.formulas, search->executor->universe,
                                   &search->bounds);
    const struct solver_options options = {harness_budget_poll, &search->budget,
                                           search->options.dimacs_path != NULL ||
                                               search->store != NULL};
    loop.solver = solver_create(&loop.formulas, options);
    count_crashes(&loop);
    solver_require(loop.solver, lineage_faults_allowed(&loop.variables));
    if (learn(&loop, &none, &search->good))
        search_on(&loop);
    if (search->options.dimacs_path != NULL && search->failure == HARNESS_NO_FAILURE)
        write_dimacs(&loop);
    if (search->store != NULL && search->failure == HARNESS_NO_FAILURE)
        keep_formula(&loop);
    solver_destroy(loop.solver);
    lineage_fault_variables_destroy(&loop.variables);
    solver_formulas_destroy(&loop.formulas);
    lineage_memory_free(loop.labels.items);
}
