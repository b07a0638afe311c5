/* What the hazard formula of F's envelope leaves to try, with variables of its own.
 *
 * Where only one more fault may happen, each candidate is tried on the formula itself, 64 at a time
 * (solver_simulate). The formula has variables that are no faults, choices between bounds
 * (hazard.c); they count as unknown. A candidate for which it is false whatever the choices are is
 * excluded. One for which it may be true is left, unless what it leaves of the formula (a small
 * rest, over choices) has no model.
 *
 * Where more faults may happen the solver alone is asked, and only whether anything is left.
 *
 * Where the search is to be proved, no solver is asked. */
#include "rest.h"

/* Up to so many nodes of formula for each fact of the run, the solver is asked about a candidate.
 */
enum { NODES_PER_FACT_MAX = 4 };

/* A node to solve costs as much as so many to look at. */
enum { EFFORT_OF_SOLVING = 16 };

struct candidate {
    bool is_crash;
    struct lineage_omission omission;
    struct lineage_crash crash;
    solver_formula variable;
    bool is_left;
};

struct rest {
    struct lineage_lesson *lesson;
    const struct lineage_study *study;
    struct lineage_bounds bounds; /* of the envelope */
    struct solver_formulas formulas;
    struct lineage_fault_variables variables;
    solver_formula hazard;
    LINEAGE_ARRAY(struct candidate) candidates;
};

static void rest_create(struct rest *rest, struct lineage_lesson *lesson,
                        const struct lineage_study *study)
{
    *rest = (struct rest){.lesson = lesson, .study = study, .bounds = *study->bounds};
    if (study->no_more_crashes)
        rest->bounds.crashes = (uint32_t)study->schedule->crashes.count;
    solver_formulas_create(&rest->formulas, study->memory);
    lineage_fault_variables_create(&rest->variables, &rest->formulas, study->run->universe,
                                   &rest->bounds);
    const struct lineage_hazard_input input = {study->envelope, study->schedule, &rest->bounds,
                                               study->oracle,   study->good,     NULL};
    rest->hazard = lineage_hazard(&rest->variables, &input, NULL);
}

static void rest_destroy(struct rest *rest)
{
    lineage_fault_variables_destroy(&rest->variables);
    solver_formulas_destroy(&rest->formulas);
    lineage_memory_free(rest->candidates.items);
}

/* How many faults the envelope reckons with beside the schedule's. */
static uint64_t further_faults(const struct rest *rest)
{
    const struct lineage_schedule *schedule = rest->study->schedule;
    const uint64_t crashes = rest->bounds.crashes - schedule->crashes.count;
    return crashes +
           (rest->bounds.eff > 1 ? rest->bounds.omissions - schedule->omissions.count : 0);
}

/* All single faults beside the schedule's that touch the run and that the envelope reckons with. */
static void list_candidates(struct rest *rest)
{
    const struct lineage_lesson *lesson = rest->lesson;
    for (size_t i = 0; i < lesson->exposed.omissions.count; i++) {
        struct candidate candidate = {
            .omission = lesson->exposed.omissions.items[i],
        };
        candidate.variable = lineage_omission_variable(&rest->variables, candidate.omission);
        LINEAGE_PUSH(&rest->candidates, candidate);
    }
    for (uint32_t node = 0; node < rest->study->run->universe->nodes.count; node++) {
        const uint32_t last = lesson->reads_crash ? rest->bounds.eot : lesson->last_sent[node];
        for (uint32_t time = 1; time <= last; time++) {
            const struct candidate candidate = {.is_crash = true,
                                                .crash = {time, node},
                                                .variable =
                                                    lineage_crash_at(&rest->variables, node, time),
                                                .is_left = true};
            if (lineage_bounds_may_crash(&rest->bounds, &lesson->schedule, node, time))
                LINEAGE_PUSH(&rest->candidates, candidate);
        }
    }
}

/* The schedule's faults happen in all 64 assignments, all others in none; the rest is unknown. */
static void set_faults(struct rest *rest, struct solver_lanes *lanes)
{
    const struct lineage_fault_variables *variables = &rest->variables;
    const struct lineage_schedule *schedule = rest->study->schedule;
    const struct solver_lanes always = {UINT64_MAX, 0}, never = {0, UINT64_MAX};
    const struct solver_lanes unknown = {UINT64_MAX, UINT64_MAX};
    for (size_t node = 0; node < rest->formulas.node_count; node++)
        lanes[node] = unknown;
    for (size_t i = 0; i < variables->omissions.count; i++)
        lanes[variables->omissions.items[i].variable >> 1] = never;
    for (uint32_t node = 0; node < variables->universe->nodes.count; node++)
        for (uint32_t time = 1; time <= rest->bounds.eot; time++)
            if (lineage_crash_at(variables, node, time) != SOLVER_FALSE)
                lanes[lineage_crash_at(variables, node, time) >> 1] = never;
    for (size_t i = 0; i < schedule->omissions.count; i++)
        lanes[lineage_omission_variable(&rest->variables, schedule->omissions.items[i]) >> 1] =
            always;
    for (size_t i = 0; i < schedule->crashes.count; i++)
        lanes[lineage_crash_at(variables, schedule->crashes.items[i].node,
                               schedule->crashes.items[i].time) >>
              1] = always;
}

/* Would it have been cheaper by now to run all candidates? */
static bool is_too_much(const struct rest *rest)
{
    return rest->lesson->effort > rest->candidates.count * rest->study->run->facts.count;
}

/* Can some choice make the formula true for the candidate? Most often what the candidate leaves of
 * the formula says so by itself. */
static bool may_hold(struct rest *rest, const struct solver_lanes *lanes, unsigned lane)
{
    const struct solver_lanes hazard = solver_lanes_of(lanes, rest->hazard);
    struct solver_formulas left;
    if ((hazard.may_hold >> lane & 1) == 0 || (hazard.may_fail >> lane & 1) == 0 ||
        is_too_much(rest))
        return (hazard.may_hold >> lane & 1) != 0;
    solver_formulas_create(&left, rest->study->memory);
    const solver_formula formula =
        solver_restrict(&rest->formulas, lanes, lane, rest->hazard, &left);
    bool holds = formula != SOLVER_FALSE;
    if (formula != SOLVER_FALSE && formula != SOLVER_TRUE && !rest->study->to_be_proved) {
        struct solver *solver = solver_create(&left, rest->study->solver);
        solver_require(solver, formula);
        holds = solver_smallest(solver) != SOLVER_EXHAUSTED;
        solver_destroy(solver);
    }
    rest->lesson->effort += EFFORT_OF_SOLVING * left.node_count + rest->formulas.node_count / 4;
    solver_formulas_destroy(&left);
    return holds;
}

static void try_candidates(struct rest *rest)
{
    for (size_t i = 0; i < rest->study->schedule->omissions.count; i++) /* known before lanes are */
        lineage_omission_variable(&rest->variables, rest->study->schedule->omissions.items[i]);
    struct solver_lanes *lanes = lineage_memory_clear(rest->formulas.node_count * sizeof *lanes);
    for (size_t first = 0; first < rest->candidates.count; first += 64) {
        const size_t left = rest->candidates.count - first, count = left < 64 ? left : 64;
        struct candidate *candidates = rest->candidates.items + first;
        set_faults(rest, lanes);
        for (size_t i = 0; i < count; i++)
            lanes[candidates[i].variable >> 1] =
                (struct solver_lanes){(uint64_t)1 << i, ~((uint64_t)1 << i)};
        solver_simulate(&rest->formulas, lanes);
        for (size_t i = 0; i < count; i++)
            candidates[i].is_left = may_hold(rest, lanes, (unsigned)i);
        rest->lesson->effort += rest->formulas.node_count;
    }
    lineage_memory_free(lanes);
}

static void list_single_faults(struct rest *rest)
{
    struct lineage_lesson *lesson = rest->lesson;
    lesson->kind_of_rest = LINEAGE_REST_LISTED;
    try_candidates(rest);
    for (size_t i = 0; i < rest->candidates.count; i++) {
        const struct candidate *candidate = &rest->candidates.items[i];
        if (!candidate->is_left)
            lesson->excluded++;
        else if (candidate->is_crash)
            lineage_schedule_add_crash(&lesson->rest, candidate->crash);
        else
            lineage_schedule_add_omission(&lesson->rest, candidate->omission);
    }
}

/* Is any schedule left that has some of the candidates? */
static void ask_for_any(struct rest *rest)
{
    LINEAGE_ARRAY(solver_formula) some = {0};
    for (size_t i = 0; i < rest->candidates.count; i++)
        LINEAGE_PUSH(&some, rest->candidates.items[i].variable);
    struct solver *solver = solver_create(&rest->formulas, rest->study->solver);
    solver_require(solver, rest->hazard);
    solver_require(solver, solver_or(&rest->formulas, some.items, some.count));
    solver_require(solver, lineage_schedule_happens(&rest->variables, rest->study->schedule));
    solver_require(solver, lineage_faults_allowed(&rest->variables));
    rest->lesson->effort += EFFORT_OF_SOLVING * rest->formulas.node_count;
    const bool nothing = solver_smallest(solver) == SOLVER_EXHAUSTED;
    rest->lesson->kind_of_rest = nothing ? LINEAGE_REST_LISTED : LINEAGE_REST_OPEN;
    rest->lesson->excluded = nothing ? rest->candidates.count : 0;
    lineage_memory_free(some.items);
    solver_destroy(solver);
}

void lineage_find_rest(struct lineage_lesson *lesson, const struct lineage_study *study)
{
    struct rest rest;
    rest_create(&rest, lesson, study);
    lesson->nodes = rest.formulas.node_count;
    list_candidates(&rest);
    if (further_faults(&rest) == 1)
        list_single_faults(&rest);
    else if (!study->to_be_proved)
        ask_for_any(&rest);
    else
        lesson->kind_of_rest = LINEAGE_REST_OPEN;
    rest_destroy(&rest);
}
