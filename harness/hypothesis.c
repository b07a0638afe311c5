#include "hypothesis.h"

#include "budget.h"

/* An envelope is given up when it has so many times the firings of a run. */
enum { FIRINGS_FACTOR = 8, FIRINGS_MIN = 2000 };

/* The bounds of a scope; false if they allow no further faults of that scope, or only those of the
 * narrower one. */
static bool narrow(const struct lineage_bounds *all, const struct lineage_schedule *schedule,
                   enum harness_scope scope, struct lineage_bounds *bounds)
{
    *bounds = *all;
    if (scope == HARNESS_ALL_FAULTS)
        return schedule->crashes.count < all->crashes;
    bounds->crashes = (uint32_t)schedule->crashes.count;
    return all->eff > 1 && schedule->omissions.count < all->omissions;
}

/* What could happen beside the run, unless that is too much. */
static enum harness_outcome find_envelope(struct harness_hypothesis *hypothesis,
                                          const struct harness_tester *tester,
                                          struct lineage_execution *run)
{
    struct harness_executor *executor = tester->executor;
    const size_t limit =
        FIRINGS_FACTOR * (hypothesis->good_firings + run->facts.count) + FIRINGS_MIN;
    for (enum harness_scope scope = 0; scope < HARNESS_SCOPE_COUNT; scope++) {
        struct lineage_bounds bounds;
        if (!hypothesis->tries[scope] ||
            !narrow(tester->bounds, &hypothesis->schedule, scope, &bounds))
            continue;
        lineage_execution_free(&hypothesis->envelope);
        if (run->indexed_from > 0)
            lineage_execution_index(run);
        const enum harness_outcome outcome = executor->envelope(
            executor, &hypothesis->schedule, &bounds, run, limit, &hypothesis->envelope);
        hypothesis->firings[scope] = hypothesis->envelope.firings.count;
        hypothesis->is_too_large[scope] = outcome == HARNESS_TOO_LARGE;
        hypothesis->has_envelope = outcome == HARNESS_OK;
        hypothesis->scope = scope;
        if (outcome != HARNESS_TOO_LARGE)
            return outcome;
    }
    return HARNESS_OK;
}

void harness_hypothesis_learn(struct harness_hypothesis *hypothesis,
                              const struct harness_tester *tester, struct lineage_execution *run)
{
    struct harness_executor *executor = tester->executor;
    const double since = harness_seconds();
    hypothesis->facts = run->facts.count - run->facts_taken;
    hypothesis->outcome = find_envelope(hypothesis, tester, run);
    if (hypothesis->outcome == HARNESS_OK) {
        const bool no_more_crashes = hypothesis->has_envelope &&
                                     hypothesis->scope == HARNESS_NO_MORE_CRASHES &&
                                     hypothesis->schedule.crashes.count < tester->bounds->crashes;
        const struct lineage_study study = {
            .schedule = &hypothesis->schedule,
            .run = run,
            .envelope = hypothesis->has_envelope ? &hypothesis->envelope : NULL,
            .good = tester->good,
            .bounds = tester->bounds,
            .no_more_crashes = no_more_crashes,
            .to_be_proved = tester->to_be_proved,
            /* The formula of the good run is to be seen (--dimacs, --db). */
            .leaves_open = lineage_schedule_size(&hypothesis->schedule) == 0 && !no_more_crashes,
            .oracle = tester->oracle,
            .reads_crash = executor->reads_crash,
            .memory = {lineage_memory_resize},
            .solver = {executor->poll, executor->poll_context, false}};
        lineage_lesson_learn(&hypothesis->lesson, &study);
    }
    if (!tester->keeps)
        lineage_execution_free(&hypothesis->envelope);
    hypothesis->lineage_seconds = harness_seconds() - since;
}

/* If no further fault may happen, all there is to learn is that the schedule keeps the promise; and
 * where rules read crashes, other times of a crash are other schedules. */
static bool needs_end_only(const struct harness_hypothesis *hypothesis,
                           const struct harness_tester *tester)
{
    struct lineage_bounds bounds;
    return tester->executor->reads_crash &&
           !narrow(tester->bounds, &hypothesis->schedule, HARNESS_ALL_FAULTS, &bounds) &&
           !narrow(tester->bounds, &hypothesis->schedule, HARNESS_NO_MORE_CRASHES, &bounds);
}

void harness_hypothesis_test(struct harness_hypothesis *hypothesis,
                             const struct harness_tester *tester)
{
    struct harness_executor *executor = tester->executor;
    const double since = harness_seconds();
    lineage_tuples broken = {0};
    harness_hypothesis_clear(hypothesis);
    hypothesis->outcome =
        tester->recording
            ? executor->execute(executor, &hypothesis->schedule, true, &hypothesis->run)
            : executor->outcome(executor, &hypothesis->schedule, needs_end_only(hypothesis, tester),
                                &hypothesis->run);
    hypothesis->execute_seconds = harness_seconds() - since;
    if (hypothesis->outcome == HARNESS_OK) {
        lineage_broken_promises(&hypothesis->run, tester->oracle, tester->good, &broken);
        hypothesis->breaks = broken.count > 0;
        if (!hypothesis->breaks)
            harness_hypothesis_learn(hypothesis, tester, &hypothesis->run);
    }
    lineage_memory_free(broken.items);
    if (!tester->keeps)
        lineage_execution_free(&hypothesis->run);
    hypothesis->is_tested = true;
}

void harness_hypothesis_clear(struct harness_hypothesis *hypothesis)
{
    lineage_lesson_free(&hypothesis->lesson);
    lineage_execution_free(&hypothesis->run);
    lineage_execution_free(&hypothesis->envelope);
    const struct harness_hypothesis untested = {
        .schedule = hypothesis->schedule,
        .tries = {hypothesis->tries[0], hypothesis->tries[1]},
        .good_firings = hypothesis->good_firings};
    *hypothesis = untested;
}

void harness_hypothesis_free(struct harness_hypothesis *hypothesis)
{
    harness_hypothesis_clear(hypothesis);
    lineage_schedule_free(&hypothesis->schedule);
}
