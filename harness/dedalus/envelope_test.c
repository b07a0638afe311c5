/* What lineage/hazard.c needs of an envelope, checked against the runs themselves: for each small
 * model, all schedules within its bounds are run, and each is compared with the envelopes of the
 * schedules that it includes. */
#include "testing.h"

enum { FIRINGS_MAX = 1 << 20, FIRST_FAULTS_MAX = 2 };

struct study {
    struct bench *bench;
    struct lineage_bounds bounds;
    /* Every schedule within the bounds, its run, and how that ended. */
    LINEAGE_ARRAY(struct lineage_schedule) schedules;
    LINEAGE_ARRAY(struct lineage_execution) runs;
    LINEAGE_ARRAY(enum ded_outcome) outcomes;
    /* How often something was there to be checked. */
    size_t uncertain_count, abstract_count, fired_count, failed_count;
};

/* The faults that the bounds allow one by one, as schedules of size 1. */
static void collect_faults(const struct study *study, struct lineage_schedule *all)
{
    const uint32_t node_count = (uint32_t)study->bench->model.universe.nodes.count;
    for (uint32_t time = 1; time <= study->bounds.eot; time++)
        for (uint32_t node = 0; node < node_count; node++) {
            if (lineage_bounds_allow_crash(&study->bounds, node, time))
                lineage_schedule_add_crash(all, (struct lineage_crash){time, node});
            for (uint32_t to = 0; to < node_count; to++)
                if (lineage_bounds_allow_omission(&study->bounds, node, to, time))
                    lineage_schedule_add_omission(all, (struct lineage_omission){time, node, to});
        }
}

/* Adds every schedule within the bounds that extends `chosen` by faults from number `next` on. */
static void collect_schedules(struct study *study, const struct lineage_schedule *all, size_t next,
                              const struct lineage_schedule *chosen)
{
    struct lineage_schedule copy = {0};
    lineage_schedule_copy(&copy, chosen);
    LINEAGE_PUSH(&study->schedules, copy);
    for (size_t i = next; i < lineage_schedule_size(all); i++) {
        struct lineage_schedule more = {0};
        lineage_schedule_copy(&more, chosen);
        if (i < all->omissions.count)
            lineage_schedule_add_omission(&more, all->omissions.items[i]);
        else
            lineage_schedule_add_crash(&more, all->crashes.items[i - all->omissions.count]);
        if (lineage_bounds_allow(&study->bounds, &more))
            collect_schedules(study, all, i + 1, &more);
        lineage_schedule_free(&more);
    }
}

static void run_all(struct study *study)
{
    struct lineage_schedule all = {0}, none = {0};
    collect_faults(study, &all);
    collect_schedules(study, &all, 0, &none);
    lineage_schedule_free(&all);
    for (size_t i = 0; i < study->schedules.count; i++) {
        struct lineage_execution run;
        const enum ded_outcome outcome = ded_execute(
            &study->bench->engine, &study->schedules.items[i], study->bounds.eot, true, &run);
        LINEAGE_PUSH(&study->runs, run);
        LINEAGE_PUSH(&study->outcomes, outcome);
        study->failed_count += outcome == DED_FAILED;
    }
}

static void free_study(struct study *study)
{
    for (size_t i = 0; i < study->schedules.count; i++) {
        lineage_schedule_free(&study->schedules.items[i]);
        lineage_execution_free(&study->runs.items[i]);
    }
    lineage_memory_free(study->schedules.items);
    lineage_memory_free(study->runs.items);
    lineage_memory_free(study->outcomes.items);
}

/* The strongest match of a pattern among the facts of an execution at a time. */
static enum lineage_match match_in(const struct lineage_execution *execution, lineage_tuple pattern,
                                   uint32_t time)
{
    size_t count;
    enum lineage_match strongest = LINEAGE_NO_MATCH;
    const uint32_t *facts = lineage_facts_at(
        execution, lineage_tuple_relation(execution->universe, pattern), time, &count);
    for (size_t i = 0; i < count; i++) {
        const enum lineage_match match = lineage_tuple_match(
            execution->universe, pattern, execution->facts.items[facts[i]].tuple);
        strongest = match > strongest ? match : strongest;
    }
    return strongest;
}

/* One comparison: the envelope of a schedule with the run under one that includes it. */
struct comparison {
    struct study *study;
    const struct lineage_execution *envelope, *run;
    const struct lineage_schedule *schedule; /* of the run */
};

static void complain(const struct comparison *comparison, const char *what, lineage_tuple tuple,
                     uint32_t time)
{
    const struct lineage_universe *universe = comparison->run->universe;
    fprintf(stderr, "%s: ", what);
    lineage_tuple_print(universe, tuple, stderr);
    fprintf(stderr, " at %u, under ", time);
    lineage_schedule_print(universe, comparison->schedule, stderr);
    fputs("\n", stderr);
    fail();
}

/* Is a premise of the envelope there in the run? With `at_most`, unless it surely is not; without,
 * only if it surely is. */
static bool premise_holds(const struct comparison *comparison, uint32_t premise, bool at_most)
{
    const uint32_t number = lineage_premise_number(premise);
    const struct lineage_execution *envelope = comparison->envelope;
    const struct lineage_fact *fact = NULL;
    if (lineage_premise_kind(premise) != LINEAGE_ABSENT)
        fact = &envelope->facts.items[number];
    const lineage_tuple tuple =
        fact != NULL ? fact->tuple : envelope->absences.items[number].pattern;
    const uint32_t time = fact != NULL ? fact->time : envelope->absences.items[number].time;
    const enum lineage_match match = match_in(comparison->run, tuple, time);
    if (lineage_premise_kind(premise) == LINEAGE_PRESENT)
        return at_most ? match != LINEAGE_NO_MATCH : match == LINEAGE_MATCH;
    return at_most ? match != LINEAGE_MATCH : match == LINEAGE_NO_MATCH;
}

/* Do the premises of a recorded firing hold in the run, and does its message arrive? */
static bool firing_holds(const struct comparison *comparison, uint32_t number, bool at_most)
{
    const struct lineage_execution *envelope = comparison->envelope;
    const struct lineage_firing *firing = &envelope->firings.items[number];
    size_t count;
    uint32_t present = 0;
    const uint32_t *premises = lineage_premises_of(envelope, number, &count);
    for (size_t i = 0; i < count; i++) {
        const bool holds = premise_holds(comparison, premises[i], at_most);
        if (firing->exactly != LINEAGE_NONE && lineage_premise_kind(premises[i]) == LINEAGE_PRESENT)
            present += holds;
        else if (!holds)
            return false;
    }
    if (firing->exactly != LINEAGE_NONE && present != firing->exactly)
        return false;
    if (firing->message == LINEAGE_NONE)
        return true;
    const struct lineage_message *m = &envelope->messages.items[firing->message];
    return !lineage_schedule_loses(comparison->schedule, m->from, m->to, m->sent_time);
}

/* Every fact of the run is certain, or possible through a firing whose premises are there. */
static void check_facts_of_run(const struct comparison *comparison)
{
    const struct lineage_execution *envelope = comparison->envelope, *run = comparison->run;
    for (size_t i = 0; i < run->facts.count; i++) {
        const struct lineage_fact *fact = &run->facts.items[i];
        bool explained = fact->time == 0;
        if (fact->time == 0 && !comparison->study->bench->model.reads_crash)
            continue;
        if (match_in(envelope, fact->tuple, fact->time) == LINEAGE_NO_MATCH)
            complain(comparison, "not possible in the envelope", fact->tuple, fact->time);
        size_t count, firing_count;
        const uint32_t *candidates = lineage_facts_at(
            envelope, lineage_tuple_relation(run->universe, fact->tuple), fact->time, &count);
        for (size_t j = 0; j < count && !explained; j++) {
            const struct lineage_fact *candidate = &envelope->facts.items[candidates[j]];
            if (lineage_tuple_match(run->universe, candidate->tuple, fact->tuple) ==
                LINEAGE_NO_MATCH)
                continue;
            explained = candidate->certain;
            const uint32_t *firings = lineage_firings_of(envelope, candidates[j], &firing_count);
            for (size_t k = 0; k < firing_count && !explained; k++)
                explained = firing_holds(comparison, firings[k], true);
        }
        if (!explained)
            complain(comparison, "no firing explains it", fact->tuple, fact->time);
    }
}

/* Certain facts are in every run. */
static void check_certain_facts(const struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->envelope->facts.count; i++) {
        const struct lineage_fact *fact = &comparison->envelope->facts.items[i];
        comparison->study->uncertain_count += !fact->certain;
        comparison->study->abstract_count +=
            lineage_tuple_is_abstract(comparison->run->universe, fact->tuple);
        if (fact->certain &&
            lineage_fact_find(comparison->run, fact->tuple, fact->time) == LINEAGE_NONE)
            complain(comparison, "certain, and not there", fact->tuple, fact->time);
    }
}

static bool is_error(const struct lineage_execution *envelope, uint32_t firing)
{
    for (size_t i = 0; i < envelope->errors.count; i++)
        if (envelope->errors.items[i] == firing)
            return true;
    return false;
}

/* A recorded firing whose premises are surely all there has its head there. */
static void check_firings_happen(const struct comparison *comparison)
{
    const struct lineage_execution *envelope = comparison->envelope;
    for (uint32_t i = 0; i < envelope->firings.count; i++) {
        const uint32_t head = envelope->firings.items[i].head;
        if (head == LINEAGE_NONE || is_error(envelope, i) || !firing_holds(comparison, i, false))
            continue;
        const struct lineage_fact *fact = &envelope->facts.items[head];
        comparison->study->fired_count++;
        if (match_in(comparison->run, fact->tuple, fact->time) == LINEAGE_NO_MATCH)
            complain(comparison, "its firing did not happen", fact->tuple, fact->time);
    }
}

/* Compares the envelope of one schedule with every run that includes it. */
static void compare_with_envelope(struct study *study, size_t first)
{
    struct lineage_execution envelope;
    assert_int_equal(ded_envelope(&study->bench->engine, &study->schedules.items[first],
                                  &study->bounds, &study->runs.items[first], false, FIRINGS_MAX,
                                  &envelope),
                     DED_OK);
    for (size_t i = 0; i < study->schedules.count; i++) {
        const struct comparison comparison = {study, &envelope, &study->runs.items[i],
                                              &study->schedules.items[i]};
        if (!lineage_schedule_is_subset(&study->schedules.items[first], comparison.schedule))
            continue;
        if (study->outcomes.items[i] == DED_FAILED) {
            assert_true(envelope.errors.count + envelope.undecided.count > 0);
            continue;
        }
        check_facts_of_run(&comparison);
        check_certain_facts(&comparison);
        check_firings_happen(&comparison);
    }
    lineage_execution_free(&envelope);
}

/* Prepares and runs all; then compares with the envelopes of the smallest schedules. */
static struct study study_of(struct bench *bench, const char *nodes, struct lineage_bounds bounds,
                             const char *text)
{
    struct study study = {.bench = bench, .bounds = bounds};
    bench_prepare(bench, nodes, text);
    bench->model.reads_crash = true; /* whatever the promise that was added depends on */
    bool immune[8] = {false};
    if (study.bounds.immune == NULL)
        study.bounds.immune = immune;
    run_all(&study);
    for (size_t i = 0; i < study.schedules.count; i++)
        if (lineage_schedule_size(&study.schedules.items[i]) <= FIRST_FAULTS_MAX &&
            study.outcomes.items[i] == DED_OK)
            compare_with_envelope(&study, i);
    study.bounds.immune = NULL;
    assert_true(study.schedules.count > 1);
    assert_true(study.uncertain_count > 0 && study.fired_count > 0);
    return study;
}

/* The same where nothing further is asked of the study. */
static void assert_sound(struct bench *bench, const char *nodes, struct lineage_bounds bounds,
                         const char *text)
{
    struct study study = study_of(bench, nodes, bounds, text);
    free_study(&study);
}

static const struct lineage_bounds small = {4, 3, 1, 2, NULL};
static const struct lineage_bounds losses = {5, 4, 0, 3, NULL};

static void a_broadcast_with_its_invariant_is_covered(void **state)
{
    assert_sound(*state, "a,b,c", small,
                 "send(\"a\", \"m\")@1; peer(\"a\", \"b\")@1; peer(\"a\", \"c\")@1;"
                 "peer(\"b\", \"c\")@1; peer(N, M)@next :- peer(N, M);"
                 "log(N, P) :- send(N, P); log(N, P)@next :- log(N, P);"
                 "log(M, P)@async :- log(N, P), peer(N, M);"
                 "missing(M, P) :- log(N, P), peer(N, M), notin log(M, P), notin crash(N, N, _);"
                 "good(P) :- log(N, P), notin missing(_, P);");
}

static void acknowledgements_and_retries_are_covered(void **state)
{
    assert_sound(*state, "a,b", losses,
                 "send(\"a\", \"b\", 1)@1; todo(N, M, P) :- send(N, M, P);"
                 "todo(N, M, P)@next :- todo(N, M, P), notin acked(N, P);"
                 "data(M, N, P)@async :- todo(N, M, P), notin acked(N, P);"
                 "ack(N, P)@async :- data(M, N, P); acked(N, P) :- ack(N, P);"
                 "acked(N, P)@next :- acked(N, P); gone(N) :- notin todo(N, _, _);");
}

static void counts_extremes_and_sums_are_covered(void **state)
{
    assert_sound(*state, "a,b,c", small,
                 "v(\"a\", 3)@1; v(\"b\", 5)@1; v(\"c\", 5)@2; v(\"b\", 1)@2;"
                 "got(\"c\", N, X)@async :- v(N, X); got(N, M, X)@next :- got(N, M, X);"
                 "n(N, count<M>) :- got(N, M, X); hi(N, max<X>) :- got(N, M, X);"
                 "lo(N, min<X>) :- got(N, M, X); all(N, sum<X>, count<M>) :- got(N, M, X);"
                 "mean(N, avg<X>) :- got(N, M, X); quorum(N) :- n(N, C), C >= 2;"
                 "small(N) :- hi(N, X), X < 5; same(N) :- hi(N, X), lo(N, X);"
                 "tell(\"a\", C)@async :- n(N, C); none(N) :- v(N, _), notin n(N, 2);");
}

static void aggregates_that_are_sent_are_covered(void **state)
{
    assert_sound(*state, "a,b,c", small,
                 "v(\"a\", 3)@1; v(\"b\", 5)@1; w(M, X)@async :- v(N, X);"
                 "total(\"c\", sum<X>)@async :- w(N, X); best(N, max<X>)@next :- w(N, X);"
                 "final(N, count<X>)@next :- total(N, X);");
}

static void recursion_within_a_step_is_covered(void **state)
{
    assert_sound(*state, "a,b,c", small,
                 "e(\"a\", 1, 2)@1; e(\"b\", 2, 3)@1; e(\"b\", 3, 1)@1; e(\"a\", 3, 4)@2;"
                 "l(\"c\", X, Y)@async :- e(N, X, Y); l(N, X, Y)@next :- l(N, X, Y);"
                 "r(N, X, Y) :- l(N, X, Y); r(N, X, Z) :- r(N, X, Y), r(N, Y, Z);"
                 "cut(N, X) :- l(N, X, _), notin r(N, X, X); far(N, count<Y>) :- r(N, 1, Y);");
}

static void cycles_through_notin_are_covered(void **state)
{
    assert_sound(*state, "a,b,c", small,
                 "m(\"a\", 1, 2)@1; m(\"b\", 2, 3)@1; m(\"a\", 3, 4)@1; m(\"b\", 2, 4)@2;"
                 "move(\"c\", X, Y)@async :- m(N, X, Y); move(N, X, Y)@next :- move(N, X, Y);"
                 "win(N, X) :- move(N, X, Y), notin win(N, Y);"
                 "lost(N, X) :- move(N, X, _), notin win(N, X);");
}

static void cycles_that_a_fault_leaves_undefined_are_covered(void **state)
{
    struct study study =
        study_of(*state, "a,b,c", small,
                 "m(\"a\", 1, 2)@1; m(\"b\", 2, 1)@1; m(\"a\", 2, 3)@1;"
                 "q(\"c\")@async :- m(\"a\", 1, 2); move(\"c\", X, Y)@async :- m(N, X, Y);"
                 "move(\"c\", 1, 2) :- t(\"c\"), notin q(\"c\"); t(\"c\")@2;"
                 "win(N, X) :- move(N, X, Y), notin win(N, Y);");
    assert_true(study.failed_count > 0);
    free_study(&study);
}

static void errors_that_a_fault_brings_about_are_covered(void **state)
{
    /* At c there are 1 and 2; where one of them is lost the count is 1, and d has 0 for it. */
    struct study study = study_of(*state, "a,b,c", small,
                                  "v(\"a\", 1)@1; v(\"b\", 2)@1; got(\"c\", X)@async :- v(N, X);"
                                  "n(N, count<X>) :- got(N, X); q(N, 12/D) :- n(N, X), d(N, X, D);"
                                  "d(\"c\", 1, 0)@2; d(\"c\", 2, 5)@2;");
    assert_true(study.failed_count > 0);
    free_study(&study);
}

static void crash_facts_are_covered(void **state)
{
    assert_sound(
        *state, "a,b,c", small,
        "v(\"a\")@1; v(\"b\")@2; v(N)@next :- v(N); hb(M, N)@async :- v(N);"
        "dead(N, M) :- v(N), crash(N, M, T), T < 3; late(N, T) :- crash(N, N, T), v(N);"
        "up(N) :- v(N), notin crash(N, N, _); first(N, min<T>) :- crash(N, _, T);"
        "suspect(N, M) :- v(N), dead(N, M), notin hb(N, M); any(N) :- notin crash(N, _, 2);");
}

static void absolute_times_and_senders_of_one_tuple_are_covered(void **state)
{
    assert_sound(*state, "a,b,c", small,
                 "v(\"a\")@1; v(\"b\")@1; v(\"b\")@2; q(\"c\", 1)@async :- v(N);"
                 "t(\"c\")@1; t(N)@next :- t(N); was(N) :- t(N), q(N, X)@2;"
                 "not(N) :- t(N), notin q(N, _)@2; pair(N, X) :- q(N, X), notin q(N, X)@2;");
}

static void what_is_not_told_apart_any_more_is_covered(void **state)
{
    struct study study = study_of(
        *state, "a,b", losses,
        "v(\"a\")@1; v(\"a\")@2; q(\"b\")@async :- v(N); t(\"b\")@2; t(N)@next :- t(N);"
        "d(\"b\", 1)@2; d(\"b\", 2)@2; d(\"b\", 3)@2; d(\"b\", 4)@2; d(\"b\", 5)@2;"
        "d(\"b\", 6)@2; d(\"b\", 7)@2; d(\"b\", 8)@2; d(N, X)@next :- d(N, X);"
        "bad(N, X, Y) :- t(N), notin q(N), d(N, X), d(N, Y);"
        "bad(N, X, Y)@next :- bad(N, X, Y), X < Y; tell(\"a\", X)@async :- bad(N, X, 8);"
        "top(N, max<X>) :- bad(N, X, Y); sum(N, sum<X>) :- bad(N, X, Y);"
        "many(N, X, count<Y>) :- bad(N, X, Y); odd(N, X) :- d(N, X), notin bad(N, X, 3);"
        "w(N, X*10+Y) :- bad(N, X, Y); big(N, max<W>) :- w(N, W); least(N, min<W>) :- w(N, W);"
        "next(N, X+Y) :- bad(N, X, Y); same(N, X) :- bad(N, X, X);"
        "chain(N, X, Z) :- bad(N, X, Y), bad(N, Y, Z), X != Z;"
        "none(N) :- t(N), notin bad(N, X, X); told(N, X)@next :- tell(N, X);");
    assert_true(study.abstract_count > 0);
    free_study(&study);
}

static void what_immune_nodes_send_is_certain(void **state)
{
    bool immune[] = {true, false, false};
    struct lineage_bounds bounds = small;
    bounds.immune = immune;
    assert_sound(*state, "a,b,c", bounds,
                 "v(\"a\")@1; v(\"b\")@1; q(M, N)@async :- v(N); v(N)@next :- v(N);");
}

/* The envelope of no faults at nodes a and b. */
static void envelop(struct bench *bench, struct lineage_bounds bounds, size_t firings_max,
                    enum ded_outcome expected, struct lineage_execution *envelope)
{
    bool immune[8] = {false};
    bounds.immune = immune;
    assert_int_equal(bench_execute(bench, bounds.eot, ""), DED_OK);
    assert_int_equal(ded_envelope(&bench->engine, &bench->schedule, &bounds, &bench->execution,
                                  false, firings_max, envelope),
                     expected);
}

static size_t count_uncertain(struct bench *bench, struct lineage_bounds bounds)
{
    struct lineage_execution envelope;
    size_t count = 0;
    envelop(bench, bounds, FIRINGS_MAX, DED_OK, &envelope);
    for (size_t i = 0; i < envelope.facts.count; i++)
        count += !envelope.facts.items[i].certain;
    lineage_execution_free(&envelope);
    return count;
}

static void with_no_further_fault_allowed_all_is_certain(void **state)
{
    /* A message each at times 1, 2 and 3; it may be lost only when sent before EFF. */
    bench_prepare(*state, "a,b", "v(\"a\")@1; v(\"a\")@2; v(\"a\")@3; q(\"b\")@async :- v(N);");
    assert_int_equal(count_uncertain(*state, (struct lineage_bounds){4, 0, 0, 9, NULL}), 0);
    assert_int_equal(count_uncertain(*state, (struct lineage_bounds){4, 1, 0, 9, NULL}), 0);
    assert_int_equal(count_uncertain(*state, (struct lineage_bounds){4, 2, 0, 9, NULL}), 1);
    assert_int_equal(count_uncertain(*state, (struct lineage_bounds){4, 4, 0, 9, NULL}), 3);
    assert_int_equal(count_uncertain(*state, (struct lineage_bounds){4, 4, 0, 0, NULL}), 0);
    assert_int_equal(count_uncertain(*state, (struct lineage_bounds){4, 0, 1, 0, NULL}), 3);
}

static void an_envelope_gives_up_beyond_its_limit(void **state)
{
    struct lineage_execution envelope;
    bench_prepare(*state, "a,b", "v(\"a\")@1; q(M)@async :- v(N); r(N) :- q(N); s(N) :- r(N);");
    envelop(*state, small, 1, DED_TOO_LARGE, &envelope);
    lineage_execution_free(&envelope);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_broadcast_with_its_invariant_is_covered),
        BENCH_TEST(acknowledgements_and_retries_are_covered),
        BENCH_TEST(counts_extremes_and_sums_are_covered),
        BENCH_TEST(aggregates_that_are_sent_are_covered),
        BENCH_TEST(recursion_within_a_step_is_covered),
        BENCH_TEST(cycles_through_notin_are_covered),
        BENCH_TEST(cycles_that_a_fault_leaves_undefined_are_covered),
        BENCH_TEST(errors_that_a_fault_brings_about_are_covered),
        BENCH_TEST(crash_facts_are_covered),
        BENCH_TEST(absolute_times_and_senders_of_one_tuple_are_covered),
        BENCH_TEST(what_is_not_told_apart_any_more_is_covered),
        BENCH_TEST(what_immune_nodes_send_is_certain),
        BENCH_TEST(with_no_further_fault_allowed_all_is_certain),
        BENCH_TEST(an_envelope_gives_up_beyond_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
