/* Lineage-driven fault injection: the forward/backward loop (Alvaro, Rosen, Hellerstein, SIGMOD
 * 2015, section 3), with absences.
 *
 * Each run that keeps the promise teaches a lesson (lineage/lesson.c), and the solver proposes the
 * smallest schedules that all lessons leave open, a batch of the same size at once. If one breaks
 * the promise no proper part of it does: every smaller schedule is excluded by a lesson. When no
 * schedule is left, the promise is certified.
 *
 * A batch is tested side by side (pool.h) and then gone through in order, as if each had been
 * tested when its turn came: what lessons of the batch exclude does not count. So runs, order and
 * results do not depend on the number of threads. Batches grow while nothing is found.
 *
 * Where much could happen the envelope of a run grows far beyond the run itself: then it costs more
 * to reason about than the runs that it could save. So it is given up beyond a multiple of the
 * run's size (hypothesis.c), and what envelopes have cost beyond what they saved is remembered: no
 * further one is tried until the runs have cost as much. Costs are counted in firings, facts
 * and nodes of formulas, not in seconds, so that the search is the same on every machine. */
#include "formula_file.h"
#include "pool.h"
#include "symmetry.h"

enum {
    BATCH_MAX = 64,
    POOL_BATCH_MIN = 8, /* threads are started for batches from this size on */
    NODES_MAX = 1 << 14 /* of all formulas; lessons do without hazard formulas that go beyond */
};

struct loop {
    struct harness_search *search;
    struct solver_formulas formulas;
    struct lineage_fault_variables variables;
    struct solver *solver;
    lineage_labels labels;
    size_t counted_omissions;
    size_t spent; /* facts of the runs so far */
    struct {
        size_t tried;       /* envelopes */
        size_t cost, saved; /* what they took, and the runs that they saved */
        size_t in_batch;    /* hypotheses so far */
    } scopes[HARNESS_SCOPE_COUNT];
    struct harness_tester tester;
    struct harness_pool *pool; /* NULL: not yet, or without */
    size_t batch_max;          /* of the batch to come */
    struct harness_hypothesis batch[BATCH_MAX];
    size_t batch_count;
    struct harness_symmetry symmetry;
    const struct solver_memory memory;
};

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

/* The latest first: the solver proposes what it was told of last. */
static void count_crashes(struct loop *loop)
{
    const struct harness_search *search = loop->search;
    for (uint32_t node = 0; node < search->executor->universe->nodes.count; node++)
        for (uint32_t time = search->bounds.eot; time >= 1; time--)
            if (lineage_bounds_allow_crash(&search->bounds, node, time))
                solver_count(loop->solver, lineage_crash_at(&loop->variables, node, time));
}

/* ---- learning ---- */

/* Which envelopes are worth trying by now. What further ones of the batch will waste is expected to
 * be what those before it did; the very first of a scope is a trial. */
static void choose_scopes(struct loop *loop, struct harness_hypothesis *hypothesis)
{
    for (enum harness_scope i = 0; i < HARNESS_SCOPE_COUNT; i++) {
        const size_t earned = loop->spent + loop->scopes[i].saved, cost = loop->scopes[i].cost;
        const size_t tried = loop->scopes[i].tried, before = loop->scopes[i].in_batch++;
        const bool wastes = tried > 0 && cost > loop->scopes[i].saved;
        const size_t expected = wastes ? cost / tried * before : 0;
        hypothesis->tries[i] = cost + expected <= earned && (tried > 0 || before == 0);
    }
    hypothesis->good_firings = loop->search->good.firings.count;
}

/* What a run has cost, and what its envelopes cost and saved: of the runs excluded, those with one
 * more fault, each at the cost of a run so far. */
static void account(struct loop *loop, const struct harness_hypothesis *hypothesis)
{
    const struct lineage_lesson *lesson = &hypothesis->lesson;
    loop->spent += hypothesis->facts;
    for (enum harness_scope i = 0; i < HARNESS_SCOPE_COUNT; i++) {
        loop->scopes[i].tried += hypothesis->firings[i] > 0;
        loop->scopes[i].cost += hypothesis->firings[i];
    }
    loop->scopes[hypothesis->scope].cost += lesson->effort;
    loop->scopes[hypothesis->scope].saved += lesson->excluded * (loop->spent / loop->search->runs);
}

/* Does the lesson need the hazard formula, and is there room for it? There is for the good run's.
 */
static bool needs_formula(const struct loop *loop, const struct harness_hypothesis *hypothesis)
{
    return hypothesis->lesson.kind_of_rest == LINEAGE_REST_OPEN &&
           (lineage_schedule_size(&hypothesis->schedule) == 0 ||
            loop->formulas.node_count + hypothesis->lesson.nodes < NODES_MAX);
}

/* The hazard formula, for a lesson that needs it. */
static solver_formula hazard_of(struct loop *loop, const struct harness_hypothesis *hypothesis)
{
    const struct harness_search *search = loop->search;
    const bool is_shown = search->options.dimacs_path != NULL || search->store != NULL;
    struct lineage_bounds bounds = search->bounds;
    if (!needs_formula(loop, hypothesis))
        return SOLVER_TRUE;
    if (hypothesis->lesson.no_more_crashes)
        bounds.crashes = (uint32_t)hypothesis->schedule.crashes.count;
    const struct lineage_hazard_input input = {
        &hypothesis->envelope,    &hypothesis->schedule, &bounds,
        search->scenario->oracle, &search->good,         NULL};
    return lineage_hazard(&loop->variables, &input, is_shown ? &loop->labels : NULL);
}

/* Stores a run; the good one, and with --record all every one, whole and with what could happen
 * beside it. */
static bool keep(struct loop *loop, const struct harness_hypothesis *hypothesis,
                 const struct lineage_execution *run, const lineage_tuples *broken)
{
    struct harness_search *search = loop->search;
    const bool is_good = lineage_schedule_size(&hypothesis->schedule) == 0;
    const bool whole = is_good || search->options.record_all;
    const struct lineage_store_run stored = {
        .kind = is_good ? "good" : "hypothesis",
        .schedule = &hypothesis->schedule,
        .broken = broken,
        .execution = whole ? run : NULL,
        .envelope = whole && hypothesis->has_envelope ? &hypothesis->envelope : NULL,
        .no_more_crashes = hypothesis->lesson.no_more_crashes};
    return harness_search_keep(search, &stored);
}

/* What nodes that are alike make of a lesson: the same for each of them in the place of another. */
static void learn_images(struct loop *loop, const struct lineage_lesson *lesson)
{
    for (size_t i = 0; i < loop->symmetry.count; i++) {
        struct lineage_lesson image;
        lineage_lesson_permute(lesson, harness_permutation(&loop->symmetry, i),
                               loop->symmetry.node_count, &image);
        if (!lineage_schedule_equal(&image.schedule, &lesson->schedule))
            solver_require(loop->solver,
                           lineage_lesson_formula(&loop->variables, &image, SOLVER_TRUE));
        lineage_lesson_free(&image);
    }
}

/* Adds what a run that kept the promise teaches. */
static bool learn(struct loop *loop, const struct harness_hypothesis *hypothesis,
                  const struct lineage_execution *run)
{
    struct harness_search *search = loop->search;
    const lineage_tuples none = {0};
    double since = harness_seconds();
    account(loop, hypothesis);
    const solver_formula formula =
        lineage_lesson_formula(&loop->variables, &hypothesis->lesson, hazard_of(loop, hypothesis));
    harness_lap(&since, &search->timing.lineage);
    solver_require(loop->solver, formula);
    learn_images(loop, &hypothesis->lesson);
    count_new_faults(loop);
    harness_lap(&since, &search->timing.solve);
    return keep(loop, hypothesis, run, &none);
}

static bool learn_good(struct loop *loop)
{
    struct harness_search *search = loop->search;
    struct harness_hypothesis good = {.outcome = HARNESS_OK};
    choose_scopes(loop, &good);
    harness_hypothesis_learn(&good, &loop->tester, &search->good);
    search->timing.lineage += good.lineage_seconds;
    if (good.outcome == HARNESS_FAILED)
        harness_search_fail(search);
    const lineage_tuples none = {0};
    if (good.outcome == HARNESS_INTERRUPTED)
        keep(loop, &good, &search->good, &none); /* it counts as a run */
    const bool going = good.outcome == HARNESS_OK && learn(loop, &good, &search->good);
    harness_hypothesis_free(&good);
    return going;
}

/* ---- hypotheses ---- */

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

static void set_aside(struct loop *loop, const struct lineage_schedule *schedule)
{
    LINEAGE_ARRAY(solver_formula) faults = {0};
    for (size_t i = 0; i < schedule->omissions.count; i++)
        LINEAGE_PUSH(&faults,
                     lineage_omission_variable(&loop->variables, schedule->omissions.items[i]));
    for (size_t i = 0; i < schedule->crashes.count; i++)
        LINEAGE_PUSH(&faults, lineage_crash_at(&loop->variables, schedule->crashes.items[i].node,
                                               schedule->crashes.items[i].time));
    solver_set_aside(loop->solver, faults.items, faults.count);
    lineage_memory_free(faults.items);
}

/* Fills the batch with smallest schedules that are left; false if there is none, or no time. */
static bool propose(struct loop *loop)
{
    struct harness_search *search = loop->search;
    double since = harness_seconds();
    if (!harness_search_commit(search)) /* this may take long */
        return false;
    harness_lap(&since, &search->timing.store);
    enum solver_result result = solver_smallest(loop->solver);
    search->size = solver_size_reached(loop->solver);
    if (result == SOLVER_EXHAUSTED) {
        search->verdict = HARNESS_CERTIFIED;
        search->complete = true;
    }
    loop->batch_count = 0;
    for (enum harness_scope i = 0; i < HARNESS_SCOPE_COUNT; i++)
        loop->scopes[i].in_batch = 0;
    while (result == SOLVER_MODEL) {
        struct harness_hypothesis *hypothesis = &loop->batch[loop->batch_count++];
        harness_hypothesis_clear(hypothesis);
        read_schedule(loop, &hypothesis->schedule);
        choose_scopes(loop, hypothesis);
        if (loop->batch_count == loop->batch_max)
            break;
        set_aside(loop, &hypothesis->schedule);
        result = solver_another(loop->solver);
    }
    solver_take_back(loop->solver);
    harness_lap(&since, &search->timing.solve);
    return loop->batch_count > 0 && result != SOLVER_INTERRUPTED;
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

/* Takes a hypothesis that its test did not refute: runs it again, to be seen. */
static bool confirm(struct loop *loop, const struct harness_hypothesis *hypothesis)
{
    struct harness_search *search = loop->search;
    struct lineage_execution execution;
    lineage_tuples broken = {0};
    bool going = harness_search_replay(search, &hypothesis->schedule, false, &execution, &broken);
    if (going) {
        going = keep(loop, hypothesis, &execution, &broken);
        harness_search_accept(search, &hypothesis->schedule, true);
        search->complete = !search->options.all;
        going = going && search->options.all;
        if (going)
            block_counterexamples(loop);
        lineage_execution_free(&execution);
    }
    lineage_memory_free(broken.items);
    return going;
}

/* Does the lesson, or one of its images, exclude the schedule by itself? */
static bool covers(const struct loop *loop, const struct lineage_lesson *lesson,
                   const struct lineage_schedule *schedule)
{
    bool covered = lineage_lesson_covers(lesson, schedule);
    for (size_t i = 0; i < loop->symmetry.count && !covered; i++) {
        struct lineage_lesson image;
        lineage_lesson_permute(lesson, harness_permutation(&loop->symmetry, i),
                               loop->symmetry.node_count, &image);
        covered = lineage_lesson_covers(&image, schedule);
        lineage_lesson_free(&image);
    }
    return covered;
}

/* Has a lesson of the batch before the hypothesis, or a counterexample, excluded it? */
static bool is_settled(const struct loop *loop, const struct harness_hypothesis *hypothesis)
{
    for (const struct harness_hypothesis *before = loop->batch; before < hypothesis; before++)
        if (before->is_tested && before->outcome == HARNESS_OK && !before->breaks &&
            covers(loop, &before->lesson, &hypothesis->schedule))
            return true;
    for (size_t i = 0; i < loop->search->counterexamples.count; i++) {
        const struct harness_counterexample *known = &loop->search->counterexamples.items[i];
        for (size_t j = 0; j < known->members.count; j++)
            if (lineage_schedule_equal(&known->members.items[j], &hypothesis->schedule))
                return true;
    }
    return false;
}

/* The turn of a hypothesis has come; false when the search ends with it. */
static bool take(struct loop *loop, struct harness_hypothesis *hypothesis)
{
    struct harness_search *search = loop->search;
    if (is_settled(loop, hypothesis))
        return true;
    if (!harness_budget_allows_run(&search->budget, search->runs))
        return false;
    search->hypotheses++;
    if (!hypothesis->is_tested || needs_formula(loop, hypothesis))
        harness_hypothesis_test(hypothesis, &loop->tester);
    search->timing.execute += hypothesis->execute_seconds;
    search->timing.lineage += hypothesis->lineage_seconds;
    if (hypothesis->outcome == HARNESS_INTERRUPTED)
        return false;
    if (hypothesis->outcome != HARNESS_OK || hypothesis->breaks)
        return confirm(loop, hypothesis);
    search->runs++;
    if (search->progress != NULL)
        search->progress(search);
    const bool going = learn(loop, hypothesis, &hypothesis->run);
    lineage_execution_free(&hypothesis->run);
    lineage_execution_free(&hypothesis->envelope);
    return going;
}

/* Threads for a batch that is worth it. What is to be stored whole is run in the store's universe.
 */
static void start_pool(struct loop *loop)
{
    const struct harness_options *options = &loop->search->options;
    if (loop->pool == NULL && loop->batch_count >= POOL_BATCH_MIN && options->jobs > 1 &&
        !options->record_all)
        loop->pool = harness_pool_create(&loop->tester, options->jobs - 1);
}

/* Tests the batch; false when the search ends with it. */
static bool test(struct loop *loop)
{
    struct harness_search *search = loop->search;
    bool going = true;
    const uint64_t left = harness_budget_runs_left(&search->budget, search->runs);
    start_pool(loop);
    if (loop->pool != NULL && loop->batch_count > 1)
        harness_pool_test(loop->pool, loop->batch,
                          loop->batch_count < left ? loop->batch_count : (size_t)left,
                          search->options.all);
    for (size_t i = 0; i < loop->batch_count && going; i++)
        going = take(loop, &loop->batch[i]);
    loop->batch_max = loop->batch_max * 2 < BATCH_MAX ? loop->batch_max * 2 : BATCH_MAX;
    return going;
}

/* Writes the formula, and the proof about it, where the options say so. */
static void keep_formula(struct loop *loop)
{
    struct harness_search *search = loop->search;
    struct harness_formula formula = {search, loop->solver, &loop->variables, &loop->labels};
    if (search->options.dimacs_path != NULL && search->failure == HARNESS_NO_FAILURE)
        harness_formula_write(&formula);
    double since = harness_seconds();
    search->doing = "proving that nothing is left";
    if (search->options.proof_path != NULL && search->failure == HARNESS_NO_FAILURE)
        harness_formula_prove(&formula);
    search->doing = NULL;
    harness_lap(&since, &search->timing.solve);
    if (search->store == NULL || search->failure != HARNESS_NO_FAILURE)
        return;
    if (!lineage_store_formula(search->store, loop->solver, harness_formula_describe, &formula))
        harness_search_fail_store(search);
    harness_lap(&since, &search->timing.store);
}

static void say_hidden(struct harness_search *search, const struct lineage_omission *loss)
{
    const struct lineage_universe *universe = search->executor->universe;
    const struct lineage_place place = {search->executor->sources->items[0], 0, 0};
    search->failure = HARNESS_MODEL_FAILURE;
    lineage_error(
        search->diagnostics, place,
        "no certificate: omit(%s,%s,%u) breaks the promise, and nothing that a handler has "
        "read through ldfi can tell why. The protocol keeps something where ldfi does not "
        "see it: memory behind a pointer, a file, the environment, what a library keeps. "
        "Put it into tables, or say .opaque_state = true",
        lineage_node_name(universe, loss->from), lineage_node_name(universe, loss->to), loss->time);
}

/* Handlers in C are taken at their word that they keep nothing where ldfi does not see it. So
 * before a certificate is given, runs that the lineage has left out are made after all: those that
 * lose what one node sends another at one time of the run without faults. They must keep the
 * promise. */
static void check_certificate(struct harness_search *search)
{
    const struct lineage_schedule none = {.omissions = {0}};
    struct lineage_schedule tried = {.omissions = {0}};
    for (size_t i = 0; i < search->good.messages.count && search->verdict == HARNESS_CERTIFIED;
         i++) {
        const struct lineage_message *message = &search->good.messages.items[i];
        const struct lineage_omission loss = {message->sent_time, message->from, message->to};
        struct lineage_schedule one = {.omissions = {0}};
        struct lineage_execution run;
        lineage_tuples broken = {0};
        if (message->fate != LINEAGE_DELIVERED || message->from == message->to ||
            !lineage_bounds_may_omit(&search->bounds, &none, loss.from, loss.to, loss.time) ||
            lineage_schedule_loses(&tried, loss.from, loss.to, loss.time))
            continue;
        lineage_schedule_add_omission(&tried, loss);
        lineage_schedule_add_omission(&one, loss);
        const enum harness_outcome outcome =
            search->executor->outcome(search->executor, &one, true, &run);
        if (outcome == HARNESS_OK)
            lineage_broken_promises(&run, search->scenario->oracle, &search->good, &broken);
        if (broken.count > 0 || outcome == HARNESS_FAILED) {
            search->verdict = HARNESS_INCOMPLETE;
            search->complete = false;
        }
        if (broken.count > 0)
            say_hidden(search, &loss);
        else if (outcome == HARNESS_FAILED)
            harness_search_fail(search);
        lineage_execution_free(&run);
        lineage_memory_free(broken.items);
        lineage_schedule_free(&one);
    }
    lineage_schedule_free(&tried);
}

void harness_search_lineage(struct harness_search *search)
{
    struct loop loop = {.search = search,
                        .tester = {.executor = search->executor,
                                   .good = &search->good,
                                   .bounds = &search->bounds,
                                   .oracle = search->scenario->oracle,
                                   .keeps = true,
                                   .recording = search->options.record_all,
                                   .to_be_proved = search->options.proof_path != NULL},
                        .batch_max = 1,
                        .memory = {lineage_memory_resize}};
    solver_formulas_create(&loop.formulas, loop.memory);
    lineage_fault_variables_create(&loop.variables, &loop.formulas, search->executor->universe,
                                   &search->bounds);
    const struct solver_options options = {harness_budget_poll, &search->budget,
                                           search->options.dimacs_path != NULL ||
                                               search->options.proof_path != NULL ||
                                               search->store != NULL};
    loop.solver = solver_create(&loop.formulas, options);
    harness_symmetry_find(&loop.symmetry, search->executor, &search->bounds);
    count_crashes(&loop);
    solver_require(loop.solver, lineage_faults_allowed(&loop.variables));
    bool going = learn_good(&loop);
    while (going)
        going = propose(&loop) && test(&loop);
    harness_pool_destroy(loop.pool);
    if (search->verdict == HARNESS_CERTIFIED && search->counterexamples.count == 0 &&
        search->executor->calls > 0)
        check_certificate(search);
    keep_formula(&loop);
    for (size_t i = 0; i < BATCH_MAX; i++)
        harness_hypothesis_free(&loop.batch[i]);
    solver_destroy(loop.solver);
    lineage_fault_variables_destroy(&loop.variables);
    solver_formulas_destroy(&loop.formulas);
    lineage_memory_free(loop.labels.items);
    harness_symmetry_free(&loop.symmetry);
}
