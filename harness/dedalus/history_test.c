/* Resuming: an execution that takes over the beginning of another is the execution from the start,
 * fact by fact; and what is left out of it is nothing that the outcome depends on. Under random
 * schedules, since which executions are at hand depends on those before. */
#include "testing.h"

#include "history.h"

enum { EOT = 8, SCHEDULES = 500 };

/* A failure detector that reads a crash at its time and another that reads it later; views that
 * count; a promise that reads crashes at the end. */
static const char VIEWS[] =
    "now(N, 1) :- is(N), first(N); is(\"a\")@1; is(\"b\")@1; is(\"c\")@1; first(\"a\")@1;"
    "first(\"b\")@1; first(\"c\")@1; is(N)@next :- is(N);"
    "clock(\"a\", 1)@1; clock(\"b\", 1)@1; clock(\"c\", 1)@1;"
    "clock(N, T+1)@next :- clock(N, T);"
    "in(\"a\", \"a\")@1; in(\"a\", \"b\")@1; in(\"a\", \"c\")@1;"
    "in(M, R)@next :- in(M, R), notin fails(M, R);"
    "fails(M, R) :- crash(M, R, K), clock(M, K), in(M, R);"
    "late(M, R) :- crash(M, R, K), clock(M, T), T > K + 2;"
    "view(M, count<R>) :- in(M, R);"
    "told(R, N)@async :- view(M, N), in(M, R);"
    "told(R, N)@next :- told(R, N);"
    "missed(R)@next :- late(M, R), told(M, 3);"
    "stays(R) :- in(\"a\", R), notin crash(\"a\", R, _);"
    "pre(R, N) :- told(R, N), stays(R);"
    "post(R, N) :- told(R, N), notin missed(R);";

/* Reads by absolute time, of a relation that messages fill; crashes through notin and beside each
 * other; an aggregate over what is lost. */
static const char ABSOLUTE[] =
    "peer(\"a\", \"b\")@1; peer(\"a\", \"c\")@1; peer(\"b\", \"c\")@1; peer(\"c\", \"a\")@1;"
    "peer(A, B)@next :- peer(A, B);"
    "got(B, A)@async :- peer(A, B);"
    "old(B, A)@next :- got(B, A)@3, peer(B, _), notin crash(B, A, 5);"
    "old(B, A)@next :- old(B, A);"
    "both(B) :- crash(B, X, _), crash(B, Y, _), X < Y, got(B, _)@4;"
    "few(B, count<A>) :- got(B, A);"
    "echo(A, B)@async :- got(B, A), few(B, 1), notin both(B);"
    "sum(A, max<B>) :- echo(A, B);"
    "pre(A, B) :- echo(A, B);"
    "post(A, B) :- sum(A, B), old(A, _);"
    "post(A, B) :- echo(A, B), notin both(A);";

/* Nothing reads crashes; an error under some schedules. */
static const char ERRORS[] =
    "n(\"a\", \"b\")@1; n(\"b\", \"c\")@1; n(\"c\", \"a\")@2; n(A, B)@next :- n(A, B);"
    "m(B, A)@async :- n(A, B);"
    "seen(B, count<A>)@next :- m(B, A);"
    "seen(B, 0)@next :- n(B, _), notin m(B, _), m(B, _)@2;"
    "part(B, 6 / X) :- seen(B, X), seen(B, X)@4;"
    "pre(B) :- m(B, _); post(B) :- m(B, _), part(B, _);"
    "post(B) :- m(B, _), notin unlikely(B); unlikely(B) :- part(B, 99);";

static void prepare(struct bench *bench, const char *text)
{
    const char *const names[] = {"a", "b", "c"};
    if (!bench_load(bench, text))
        fail_msg("%s", bench_diagnosed(bench));
    ded_model_set_nodes(&bench->model, names, 3);
    ded_engine_create(&bench->engine, &bench->model);
}

static uint32_t draw(uint64_t *state, uint32_t end)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * 0x2545f4914f6cdd1d) >> 33) % end;
}

static void draw_schedule(uint64_t *chance, struct lineage_schedule *schedule)
{
    schedule->omissions.count = schedule->crashes.count = 0;
    for (uint32_t count = draw(chance, 4); count > 0; count--) {
        const uint32_t from = draw(chance, 3);
        const struct lineage_omission omission = {1 + draw(chance, EOT - 1), from,
                                                  (from + 1 + draw(chance, 2)) % 3};
        lineage_schedule_add_omission(schedule, omission);
    }
    for (uint32_t count = draw(chance, 3); count > 0; count--) {
        const struct lineage_crash crash = {1 + draw(chance, EOT), draw(chance, 3)};
        if (lineage_schedule_crash_time(schedule, crash.node) == LINEAGE_NONE)
            lineage_schedule_add_crash(schedule, crash);
    }
}

static void assert_same_facts(const struct lineage_execution *left,
                              const struct lineage_execution *right, uint32_t relation)
{
    size_t counts[2];
    const uint32_t *facts = lineage_facts_at(left, relation, EOT, &counts[0]);
    lineage_facts_at(right, relation, EOT, &counts[1]);
    assert_int_equal(counts[0], counts[1]);
    for (size_t i = 0; i < counts[0]; i++)
        assert_int_not_equal(lineage_fact_find(right, left->facts.items[facts[i]].tuple, EOT),
                             LINEAGE_NONE);
}

/* The end alone: the same outcome, pre and post as of the execution with all that can be derived.
 */
static void compare_end(struct bench *bench, struct ded_history *history,
                        const struct lineage_schedule *schedule,
                        const struct lineage_execution *whole, enum ded_outcome outcome)
{
    struct lineage_execution ended;
    assert_int_equal(ded_resume_to_end(&bench->engine, history, schedule, EOT, &ended), outcome);
    if (outcome == DED_OK) {
        assert_same_facts(&ended, whole, bench->model.pre);
        assert_same_facts(&ended, whole, bench->model.post);
    }
    lineage_execution_free(&ended);
}

/* The execution resumed, from the start, and with all that can be derived. */
static enum ded_outcome compare(struct bench *bench, struct ded_history *history,
                                const struct lineage_schedule *schedule)
{
    struct lineage_execution resumed, started, whole;
    struct ded_engine *engine = &bench->engine;
    const enum ded_outcome outcome = ded_resume(engine, history, schedule, EOT, &resumed);
    assert_int_equal(ded_run_outcome(engine, schedule, EOT, &started), outcome);
    assert_int_equal(ded_execute(engine, schedule, EOT, false, &whole), outcome);
    if (outcome == DED_OK) {
        assert_int_equal(resumed.facts.count, started.facts.count);
        for (size_t i = 0; i < resumed.facts.count; i++) {
            assert_int_equal(resumed.facts.items[i].tuple, started.facts.items[i].tuple);
            assert_int_equal(resumed.facts.items[i].time, started.facts.items[i].time);
        }
        assert_int_equal(resumed.messages.count, started.messages.count);
        if (resumed.messages.count > 0)
            assert_memory_equal(resumed.messages.items, started.messages.items,
                                resumed.messages.count * sizeof *resumed.messages.items);
        assert_true(whole.facts.count >= started.facts.count);
        assert_same_facts(&started, &whole, bench->model.pre);
        assert_same_facts(&started, &whole, bench->model.post);
    }
    compare_end(bench, history, schedule, &whole, outcome);
    lineage_execution_free(&resumed);
    lineage_execution_free(&started);
    lineage_execution_free(&whole);
    return outcome;
}

static void resumed_is_the_same_as_run(struct bench *bench, const char *text, uint64_t seed)
{
    struct ded_history history = {.uses = 0};
    struct lineage_schedule schedule = {.omissions = {0}};
    size_t good = 0;
    prepare(bench, text);
    for (int i = 0; i < SCHEDULES; i++) {
        draw_schedule(&seed, &schedule);
        good += compare(bench, &history, &schedule) == DED_OK;
    }
    assert_true(good > SCHEDULES / 10);
    assert_true(history.pasts.count > 50);
    /* Many have come to states of others. */
    assert_true(history.endings.tails.count > 20);
    assert_true(history.endings.tails.count < good * 9 / 10);
    lineage_schedule_free(&schedule);
    ded_history_free(&history);
}

static void resumed_with_views_is_the_same_as_run(void **state)
{
    resumed_is_the_same_as_run(*state, VIEWS, 1);
}

static void resumed_with_absolute_times_is_the_same_as_run(void **state)
{
    resumed_is_the_same_as_run(*state, ABSOLUTE, 2);
}

static void resumed_with_errors_is_the_same_as_run(void **state)
{
    resumed_is_the_same_as_run(*state, ERRORS, 3);
}

/* Where rules read a crash at its own time, the execution differs from then on and not before;
 * where `late` reads it, at no other; and what only the promise reads shows at the end. */
static void crashes_are_read_when_rules_read_them(void **state)
{
    struct bench *bench = *state;
    struct ded_history history = {.uses = 0};
    struct lineage_schedule schedule = {.omissions = {0}};
    struct lineage_execution execution;
    prepare(bench, VIEWS);
    lineage_schedule_add_crash(&schedule, (struct lineage_crash){4, 2});
    assert_int_equal(ded_resume(&bench->engine, &history, &schedule, EOT, &execution), DED_OK);
    assert_int_equal(history.pasts.count, 1);
    const struct ded_past *good = history.pasts.items[0];
    for (uint32_t time = 1; time <= EOT; time++)
        assert_int_equal(good->read_time[2 * (EOT + 1) + time], time);
    assert_int_equal(ded_first_difference(good, &schedule), 4);
    lineage_execution_free(&execution);
    lineage_schedule_free(&schedule);
    ded_history_free(&history);
}

/* Of a promise that nothing else reads only the end is derived. */
static void promise_is_derived_at_the_end_alone(void **state)
{
    struct bench *bench = *state;
    const struct lineage_schedule none = {.omissions = {0}};
    struct lineage_execution execution;
    size_t count;
    prepare(bench, VIEWS);
    assert_int_equal(ded_run_outcome(&bench->engine, &none, EOT, &execution), DED_OK);
    lineage_execution_index(&execution);
    for (uint32_t time = 1; time <= EOT; time++) {
        lineage_facts_at(&execution, bench->model.pre, time, &count);
        assert_int_equal(count > 0, time == EOT);
        lineage_facts_at(&execution, lineage_relation_find(&bench->model.universe, "told"), time,
                         &count);
        assert_int_equal(count > 0, time > 1);
    }
    lineage_execution_free(&execution);
}

int main(void)
{
    const struct CMUnitTest tests[] = {BENCH_TEST(resumed_with_views_is_the_same_as_run),
                                       BENCH_TEST(resumed_with_absolute_times_is_the_same_as_run),
                                       BENCH_TEST(resumed_with_errors_is_the_same_as_run),
                                       BENCH_TEST(crashes_are_read_when_rules_read_them),
                                       BENCH_TEST(promise_is_derived_at_the_end_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
