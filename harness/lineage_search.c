/* Lineage-driven fault injection: the forward/backward loop (Alvaro, Rosen, Hellerstein, SIGMOD
 * 2015, section 3), with absences.
 *
 * A run under schedule F that keeps the promise teaches
 *
 *     if all faults of F happen (crashes at exactly these times), then
 *         some fault that is not in F happens too, and
 *         the hazard formula of F's envelope holds.
 *
 * Any schedule G that breaks the promise satisfies this. If G does not include F there is nothing
 * to show. If it does, G is not F, which keeps the promise, so it has another fault; if none of its
 * other faults is mentioned in the formulas so far, none can lose a message, or read as a crash, in
 * the lineage of the promise, and G behaves as F; and lineage/hazard.c proves that the hazard
 * formula holds. So when nothing satisfies all that has been taught and the bounds, nothing breaks
 * the promise: it is certified.
 *
 * Smallest schedules come first. One of size k is proposed when no smaller one is left, so if it
 * breaks the promise no proper part of it does: those that satisfied the formula have been run. The
 * search ends since each schedule run is blocked by "another fault happens too". */
#include "search.h"

#include "../lineage/hazard.h"
#include "../solver/solver.h"

#include <errno.h>
#include <string.h>

struct loop {
    struct harness_search *search;
    struct solver_formulas formulas;
    struct lineage_fault_variables variables;
    struct solver *solver;
    lineage_labels labels;
    size_t counted_omissions;
    const struct solver_memory memory;
};

static void count_new_faults(struct loop *loop)
{
    for (; loop->counted_omissions < loop->variables.omissions.count; loop->counted_omissions++)
        solver_count(loop->solver,
                     loop->variables.omissions.items[loop->counted_omissions].variable);
}

static void count_crashes(struct loop *loop)
{
    const struct harness_search *search = loop->search;
    for (uint32_t node = 0; node < search->executor->universe->nodes.count; node++)
        for (uint32_t time = 1; time <= search->bounds.eot; time++)
            if (lineage_bounds_allow_crash(&search->bounds, node, time))
                solver_count(loop->solver, lineage_crash_at(&loop->variables, node, time));
}

/* Could any fault be added to the schedule within the bounds? */
static bool has_freedom(const struct harness_search *search,
                        const struct lineage_schedule *schedule)
{
    return (search->bounds.eff > 1 && schedule->omissions.count < search->bounds.omissions) ||
           schedule->crashes.count < search->bounds.crashes;
}

static bool keep_good(struct loop *loop, const struct lineage_schedule *schedule,
                      const struct lineage_execution *envelope)
{
    struct harness_search *search = loop->search;
    const lineage_tuples none = {0};
    if (search->store == NULL || lineage_schedule_size(schedule) > 0)
        return true;
    double since = harness_seconds();
    const struct lineage_store_run run = {.kind = "good",
                                          .schedule = schedule,
                                          .broken = &none,
                                          .execution = &search->good,
                                          .envelope = envelope};
    const bool kept = lineage_store_run(search->store, &run);
    harness_lap(&since, &search->timing.store);
    if (!kept) {
        search->failure = HARNESS_STORE_FAILURE;
        lineage_error(search->diagnostics, (struct lineage_place){0}, "%s",
                      lineage_store_error(search->store));
    }
    return kept;
}

/* The hazard formula of the schedule's envelope; false if the search stops. */
static bool hazard_of(struct loop *loop, const struct lineage_schedule *schedule,
                      const struct lineage_execution *run, solver_formula *hazard)
{
    struct harness_search *search = loop->search;
    struct lineage_execution envelope;
    double since = harness_seconds();
    const enum harness_outcome outcome =
        search->executor->envelope(search->executor, schedule, &search->bounds, run, &envelope);
    bool going = outcome == HARNESS_OK;
    if (outcome == HARNESS_FAILED) {
        search->failure = HARNESS_MODEL_FAILURE;
        lineage_error(search->diagnostics, search->executor->failure_place, "%s",
                      search->executor->failure);
    }
    if (going) {
        const struct lineage_hazard_input input = {&envelope, schedule, search->scenario->oracle,
                                                   &search->good};
        *hazard = lineage_hazard(&loop->variables, &input,
                                 search->options.dimacs_path != NULL ? &loop->labels : NULL);
        harness_lap(&since, &search->timing.lineage);
        going = keep_good(loop, schedule, &envelope);
    }
    lineage_execution_free(&envelope);
    return going;
}

/* Adds what a run that kept the promise teaches. */
static bool learn(struct loop *loop, const struct lineage_schedule *schedule,
                  const struct lineage_execution *run)
{
    struct harness_search *search = loop->search;
    solver_formula hazard = SOLVER_FALSE;
    if (has_freedom(search, schedule)) {
        if (!hazard_of(loop, schedule, run, &hazard))
            return false;
    } else if (!keep_good(loop, schedule, NULL)) {
        return false;
    }
    double since = harness_seconds();
    const solver_formula happens = lineage_schedule_happens(&loop->variables, schedule);
    const solver_formula other = lineage_some_other_fault(&loop->variables, schedule);
    solver_require(loop->solver, solver_or2(&loop->formulas, solver_not(happens), other));
    solver_require(loop->solver, solver_or2(&loop->formulas, solver_not(happens), hazard));
    count_new_faults(loop);
    solver_require(loop->solver, lineage_faults_allowed(&loop->variables));
    harness_lap(&since, &search->timing.solve);
    return true;
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

/* Blocks the counterexample found last with each time of each crash that has no effect. */
static void block_counterexample(struct loop *loop, const struct lineage_schedule *schedule)
{
    const struct harness_search *search = loop->search;
    block(loop, schedule);
    for (size_t i = 0; i < search->counterexamples.count; i++) {
        const struct harness_counterexample *known = &search->counterexamples.items[i];
        for (size_t j = 0; j < known->schedule.crashes.count; j++)
            for (size_t k = 0; k < known->times[j].count; k++) {
                struct lineage_schedule moved = {.omissions = {0}};
                lineage_schedule_copy(&moved, &known->schedule);
                moved.crashes.items[j].time = known->times[j].items[k];
                block(loop, &moved);
                lineage_schedule_free(&moved);
            }
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
            harness_search_accept(search, schedule, true);
            search->complete = !search->options.all;
            going = search->options.all;
            if (going)
                block_counterexample(loop, schedule);
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
        search->failure = HARNESS_OUTPUT_FAILURE;
        lineage_error(search->diagnostics, (struct lineage_place){0}, "cannot write %s: %s", path,
                      strerror(errno));
    }
}

static void keep_formula(struct loop *loop)
{
    struct harness_search *search = loop->search;
    double since = harness_seconds();
    if (!lineage_store_formula(search->store, loop->solver, describe, loop)) {
        search->failure = HARNESS_STORE_FAILURE;
        lineage_error(search->diagnostics, (struct lineage_place){0}, "%s",
                      lineage_store_error(search->store));
    }
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
