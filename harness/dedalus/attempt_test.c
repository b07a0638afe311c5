/* Why a fact does not hold: attempts at small models by hand; and, over programs with faults, that
 * everything an attempt says is so, and that what lacks one fact alone fires once it is added. */
#include "testing.h"

#include "attempt_internal.h"

#include "../testing.h"

/* The tuple of a relation with these values, as "a,1,_". */
static lineage_tuple bench_tuple(struct bench *bench, const char *relation, const char *list)
{
    struct lineage_universe *universe = &bench->model.universe;
    const char *names[8];
    lineage_value values[8];
    const size_t count = bench_split(bench, list, names);
    for (size_t i = 0; i < count; i++)
        values[i] = strcmp(names[i], "_") == 0 ? LINEAGE_ANY
                    : strspn(names[i], "0123456789") == strlen(names[i])
                        ? lineage_integer(universe, atoi(names[i]))
                        : lineage_string(universe, names[i], strlen(names[i]));
    return lineage_tuple_intern(universe, lineage_relation_find(universe, relation), values);
}

static void print_requirement(const struct lineage_universe *universe,
                              const struct lineage_requirement *requirement, FILE *out)
{
    static const char *const needs[] = {"needs", "needs another", "needs no", "needs that"};
    fprintf(out, " %s ", needs[requirement->need]);
    if (requirement->pattern != LINEAGE_NONE) {
        lineage_tuple_print(universe, requirement->pattern, out);
        fprintf(out, "@%u", requirement->time);
    }
    if (requirement->text != NULL)
        fprintf(out, "%s%s", requirement->pattern != LINEAGE_NONE ? " " : "", requirement->text);
    fputs(requirement->standing == LINEAGE_IS_OPEN ? "?;" : ";", out);
}

/* What the attempts lack, a line each: "LINE: needs q("a")@1; needs that 1 > 2 (X > Y);". */
static const char *bench_attempts(struct bench *bench, const struct lineage_attempts *attempts)
{
    static const char *const fates[] = {"delivered", "omitted", "crashed", "in flight", "nobody"};
    const struct lineage_universe *universe = &bench->model.universe;
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    for (size_t i = 0; i < attempts->items.count; i++) {
        const struct lineage_attempt *attempt = &attempts->items.items[i];
        fprintf(out, "%u:", universe->rules.items[attempt->rule].line);
        for (size_t j = 0; j < attempt->requirement_count; j++)
            if (attempt->requirements[j].standing != LINEAGE_IS_MET)
                print_requirement(universe, &attempt->requirements[j], out);
        if (attempt->message != LINEAGE_NONE)
            fprintf(out, " %s", fates[bench->execution.messages.items[attempt->message].fate]);
        fputc('\n', out);
    }
    char *printed = lineage_text_close(&text);
    const char *copy = lineage_arena_text(&bench->arena, printed, strlen(printed));
    lineage_memory_free(printed);
    return copy;
}

static void assert_attempts(struct bench *bench, const char *relation, const char *values,
                            uint32_t time, const char *wanted)
{
    struct lineage_attempts attempts = {.left_out = 0};
    ded_find_attempts(&bench->model, &bench->execution, bench_tuple(bench, relation, values), time,
                      &attempts);
    assert_string_equal(bench_attempts(bench, &attempts), wanted);
    assert_false(attempts.is_cut);
    lineage_attempts_free(&attempts);
}

/* ---- by hand ---- */

static void the_premise_that_is_missing_is_named(void **state)
{
    bench_run(*state, "a,b", 3, "",
              "p(\"a\", 1)@1; q(\"a\", \"x\")@1;\n"
              "r(N, V, W) :- p(N, V), q(N, W);\n");
    assert_attempts(*state, "r", "a,1,y", 1, "2: needs q(\"a\", \"y\")@1;\n");
    assert_attempts(*state, "r", "a,2,x", 1, "2: needs p(\"a\", 2)@1;\n");
    assert_attempts(*state, "r", "_,_,_", 2, "2: needs p(_, _)@2; needs q(_, _)@2;\n");
}

static void the_join_with_the_fewest_missing_wins(void **state)
{
    bench_run(*state, "a,b", 3, "",
              "p(\"a\", 1)@1; p(\"a\", 2)@1; q(\"a\", 2)@1;\n"
              "r(N) :- p(N, V), q(N, V), s(N, V);\n"
              "s(N, V) :- p(N, V), V > 5;\n");
    assert_attempts(*state, "r", "a", 1, "2: needs s(\"a\", 2)@1;\n");
    assert_attempts(*state, "s", "a,2", 1, "3: needs that 2 > 5 (V > 5);\n");
    assert_attempts(*state, "s", "a,7", 1, "3: needs p(\"a\", 7)@1;\n");
}

static void what_is_in_the_way_is_named(void **state)
{
    bench_run(*state, "a,b", 3, "",
              "p(\"a\", 1)@1; q(\"a\", 1, \"x\")@1;\n"
              "r(N, V)@next :- p(N, V), notin q(N, V, _);\n");
    assert_attempts(*state, "r", "a,1", 2, "2: needs no q(\"a\", 1, _)@1;\n");
    assert_attempts(*state, "r", "a,1", 3, "2: needs p(\"a\", 1)@2;\n");
    assert_attempts(*state, "r", "a,1", 1, "");
}

static void a_message_that_was_lost_lacks_nothing(void **state)
{
    static const char *const text = "p(\"a\", \"b\")@1;\n"
                                    "p(A, B)@next :- p(A, B);\n"
                                    "m(B, A)@async :- p(A, B);\n";
    bench_run(*state, "a,b", 3, "omit(a,b,1)", text);
    assert_attempts(*state, "m", "b,a", 2, "3: omitted\n");
    bench_run(*state, "a,b", 3, "crash(a,2)", text);
    assert_attempts(*state, "m", "b,a", 3, "3: crashed\n");
    assert_attempts(*state, "m", "a,b", 3, "3: needs p(\"b\", \"a\")@2;\n");
}

static void a_message_to_no_node_lacks_nothing(void **state)
{
    bench_run(*state, "a,b", 3, "",
              "p(\"a\", \"c\")@1;\n"
              "m(B, A)@async :- p(A, B);\n");
    assert_attempts(*state, "m", "c,a", 2, "2: nobody\n");
}

static void arithmetic_goes_backwards(void **state)
{
    bench_run(*state, "a", 4, "",
              "now(\"a\", 1)@1;\n"
              "now(N, T + 1)@next :- now(N, T), notin stop(N);\n"
              "stop(\"a\")@2;\n"
              "late(N, T) :- now(N, T), now(N, T + 2);\n"
              "square(N, T * T) :- more(N, T);\n"
              "more(N, T)@next :- now(N, T);\n");
    assert_attempts(*state, "square", "a,16", 1,
                    "5: needs more(\"a\", _)@1; needs that T * T == 16?;\n");
    assert_attempts(*state, "now", "a,3", 3, "2: needs no stop(\"a\")@2;\n");
    assert_attempts(*state, "now", "a,9", 2, "2: needs now(\"a\", 8)@1;\n");
    assert_attempts(*state, "late", "a,7", 1, "4: needs now(\"a\", 7)@1; needs now(\"a\", 9)@1;\n");
}

static void a_rule_that_derives_something_else_is_not_tried(void **state)
{
    bench_run(*state, "a", 3, "",
              "p(\"a\")@1;\n"
              "q(N, \"x\") :- p(N);\n"
              "q(N, \"y\")@next :- p(N);\n");
    assert_attempts(*state, "q", "a,y", 3, "3: needs p(\"a\")@2;\n");
    assert_attempts(*state, "q", "a,z", 3, "");
}

static void a_rule_runs_at_nodes_alone(void **state)
{
    bench_run(*state, "a", 3, "",
              "p(\"ghost\")@1;\n"
              "q(N) :- p(N);\n");
    assert_attempts(*state, "q", "ghost", 1, "2: needs that \"ghost\" is a node;\n");
}

static void a_time_that_has_not_come_is_empty(void **state)
{
    bench_run(*state, "a", 3, "",
              "p(\"a\")@1; p(\"a\")@2;\n"
              "q(N) :- p(N)@2;\n"
              "r(N) :- p(N), notin p(N)@2;\n");
    assert_attempts(*state, "q", "a", 1, "2: needs p(\"a\")@2 which is still to come at 1;\n");
    assert_attempts(*state, "r", "a", 2, "3: needs no p(\"a\")@2;\n");
}

static void what_nobody_can_say_is_open(void **state)
{
    bench_run(*state, "a", 3, "",
              "p(\"a\")@1;\n"
              "q(N) :- p(N), s(N, X), X > 3, notin t(N, X);\n"
              "s(N, X) :- u(N, X);\n"
              "t(N, X) :- u(N, X);\n");
    assert_attempts(*state, "q", "a", 1,
                    "2: needs s(\"a\", _)@1; needs no t(\"a\", _)@1?; needs that X > 3?;\n");
}

static void counts_say_what_they_are_instead(void **state)
{
    bench_run(*state, "a", 3, "",
              "vote(\"a\", 1)@1; vote(\"a\", 2)@1;\n"
              "votes(N, count<V>) :- vote(N, V);\n"
              "won(N) :- votes(N, C), C >= 3;\n");
    assert_attempts(*state, "won", "a", 1,
                    "3: needs that 2 >= 3 (C >= 3); needs another votes#1(\"a\", _)@1?;\n");
    assert_attempts(*state, "votes", "a,3", 1,
                    "2: needs that 2 == 3 (count); needs another votes#1(\"a\", _)@1;\n");
    assert_attempts(*state, "votes", "a,1", 1, "2: needs that 2 == 1 (count);\n");
    assert_attempts(*state, "votes", "a,1", 2, "2: needs votes#1(\"a\", _)@2;\n");
}

static void extremes_say_what_beats_them(void **state)
{
    bench_run(*state, "a", 3, "",
              "bid(\"a\", 5)@1; bid(\"a\", 2)@1;\n"
              "low(N, min<V>) :- bid(N, V);\n"
              "high(N, max<V>) :- bid(N, V);\n");
    assert_attempts(*state, "low", "a,5", 1,
                    "2: needs that 2 == 5 (min); needs no low#1(\"a\", 2)@1;\n");
    assert_attempts(*state, "high", "a,7", 1,
                    "3: needs that 5 == 7 (max); needs high#2(\"a\", 7)@1;\n");
}

static void an_aggregate_that_was_sent_and_lost_lacks_nothing(void **state)
{
    bench_run(*state, "a,b", 3, "omit(a,b,1)",
              "vote(\"a\", 1)@1; vote(\"a\", 2)@1; to(\"a\", \"b\")@1;\n"
              "total(B, count<V>)@async :- to(A, B), vote(A, V);\n");
    assert_attempts(*state, "total", "b,2", 2, "2: omitted\n");
    assert_attempts(*state, "total", "b,_", 2, "2: omitted\n");
}

/* ---- everything that is said is so ---- */

struct tally {
    size_t absent, explained, attempts, added, fired, disturbed;
};

static bool is_like_some(const struct lineage_execution *run,
                         const struct lineage_requirement *requirement)
{
    size_t count;
    const uint32_t *facts =
        lineage_facts_at(run, lineage_tuple_relation(run->universe, requirement->pattern),
                         requirement->time, &count);
    for (size_t i = 0; i < count; i++)
        if (lineage_tuple_match(run->universe, requirement->pattern,
                                run->facts.items[facts[i]].tuple) == LINEAGE_MATCH)
            return true;
    return false;
}

static void check_requirement(const struct lineage_execution *run,
                              const struct lineage_requirement *requirement)
{
    const bool is_met = requirement->standing == LINEAGE_IS_MET;
    if (requirement->standing == LINEAGE_IS_OPEN || requirement->need == LINEAGE_NEEDS_TRUTH ||
        requirement->need == LINEAGE_NEEDS_ANOTHER || requirement->text != NULL)
        return;
    const bool is_there = is_like_some(run, requirement);
    assert_int_equal(is_there, is_met == (requirement->need == LINEAGE_NEEDS_FACT));
    assert_int_equal(requirement->fact != LINEAGE_NONE, is_there);
    if (is_there) {
        assert_int_equal(run->facts.items[requirement->fact].time, requirement->time);
        assert_int_equal(lineage_tuple_match(run->universe, requirement->pattern,
                                             run->facts.items[requirement->fact].tuple),
                         LINEAGE_MATCH);
    }
}

/* A tuple like the pattern: for what may be anything, what another tuple of the relation has. */
static bool fill_in(struct bench *bench, lineage_tuple pattern, lineage_tuple *filled)
{
    struct lineage_universe *universe = &bench->model.universe;
    const uint32_t relation = lineage_tuple_relation(universe, pattern);
    lineage_value values[8];
    bool is_whole = true;
    for (uint32_t i = 0; i < universe->relations.items[relation].arity; i++) {
        values[i] = lineage_tuple_values(universe, pattern)[i];
        for (uint32_t j = 0; j < universe->tuples.count && values[i] == LINEAGE_ANY; j++)
            if (universe->tuples.items[j].relation == relation)
                values[i] = lineage_tuple_values(universe, j)[i];
        is_whole = is_whole && values[i] != LINEAGE_ANY;
    }
    if (is_whole)
        *filled = lineage_tuple_intern(universe, relation, values);
    return is_whole;
}

/* Runs the model with one more input. */
static void run_with(struct bench *bench, lineage_tuple tuple, uint32_t time,
                     struct lineage_execution *run)
{
    struct ded_model *model = &bench->model;
    const struct ded_input input = {.tuple = tuple, .time = time, .line = LINEAGE_NONE};
    size_t place = model->inputs.count;
    LINEAGE_PUSH(&model->inputs, input);
    for (; place > 0 && model->inputs.items[place - 1].time > time; place--)
        model->inputs.items[place] = model->inputs.items[place - 1];
    model->inputs.items[place] = input;
    assert_int_equal(ded_execute(&bench->engine, &bench->schedule, bench->execution.eot, true, run),
                     DED_OK);
    memmove(model->inputs.items + place, model->inputs.items + place + 1,
            (model->inputs.count - place - 1) * sizeof input);
    model->inputs.count--;
}

/* An attempt that lacks one fact alone: with it, it fires, unless that upset something else. */
static void check_by_adding(struct bench *bench, const struct lineage_attempt *attempt,
                            lineage_tuple wanted, uint32_t time, struct tally *tally)
{
    const struct lineage_requirement *missing = NULL;
    lineage_tuple added = LINEAGE_NONE;
    for (size_t i = 0; i < attempt->requirement_count; i++)
        if (attempt->requirements[i].standing == LINEAGE_IS_NOT_MET)
            missing = &attempt->requirements[i];
    if (missing == NULL || attempt->unmet_count != 1 || attempt->open_count > 0 ||
        missing->need != LINEAGE_NEEDS_FACT || missing->time == 0 || missing->text != NULL ||
        missing->time > attempt->time ||
        bench->model.universe.relations
            .items[lineage_tuple_relation(&bench->model.universe, missing->pattern)]
            .internal ||
        !fill_in(bench, missing->pattern, &added))
        return;
    struct lineage_execution run;
    bool is_upset = false, is_sent = false;
    run_with(bench, added, missing->time, &run);
    for (size_t i = 0; i < attempt->requirement_count; i++) {
        const struct lineage_requirement *other = &attempt->requirements[i];
        if (other != missing && other->pattern != LINEAGE_NONE)
            is_upset = is_upset || is_like_some(&run, other) != (other->need == LINEAGE_NEEDS_FACT);
    }
    for (size_t i = 0; i < run.messages.count; i++)
        is_sent = is_sent || (run.messages.items[i].tuple == wanted &&
                              run.messages.items[i].sent_time + 1 == time);
    const bool fires = is_sent || lineage_fact_find(&run, wanted, time) != LINEAGE_NONE;
    assert_true(fires || is_upset);
    tally->added++;
    tally->fired += fires;
    tally->disturbed += is_upset;
    lineage_execution_free(&run);
}

/* A tuple that does not hold at a time. */
static void check_absent(struct bench *bench, lineage_tuple tuple, uint32_t time,
                         struct tally *tally)
{
    struct lineage_attempts attempts = {.left_out = 0};
    ded_find_attempts(&bench->model, &bench->execution, tuple, time, &attempts);
    tally->absent++;
    tally->explained += attempts.items.count > 0;
    tally->attempts += attempts.items.count;
    for (size_t i = 0; i < attempts.items.count; i++) {
        const struct lineage_attempt *attempt = &attempts.items.items[i];
        for (size_t j = 0; j < attempt->requirement_count; j++)
            check_requirement(&bench->execution, &attempt->requirements[j]);
        if (attempt->unmet_count == 0) {
            assert_int_not_equal(attempt->message, LINEAGE_NONE);
            const struct lineage_message *message =
                &bench->execution.messages.items[attempt->message];
            assert_int_equal(message->tuple, tuple);
            assert_int_equal(message->sent_time + 1, time);
            assert_int_not_equal(message->fate, LINEAGE_DELIVERED);
        }
        check_by_adding(bench, attempt, tuple, time, tally);
    }
    lineage_attempts_free(&attempts);
}

/* Every tuple that anything has mentioned, at every time at which it does not hold. */
static void check_all_absent(struct bench *bench, struct tally *tally)
{
    const struct lineage_universe *universe = &bench->model.universe;
    const size_t tuple_count = universe->tuples.count;
    for (lineage_tuple tuple = 0; tuple < tuple_count; tuple++) {
        const uint32_t relation = lineage_tuple_relation(universe, tuple);
        bool is_ground = relation != bench->model.crash;
        for (uint32_t i = 0; is_ground && i < universe->relations.items[relation].arity; i++)
            is_ground = lineage_tuple_values(universe, tuple)[i] != LINEAGE_ANY;
        for (uint32_t time = 1; is_ground && time <= bench->execution.eot; time++)
            if (lineage_fact_find(&bench->execution, tuple, time) == LINEAGE_NONE)
                check_absent(bench, tuple, time, tally);
    }
}

/* Every fact that the run without faults has and this one has not. */
static void check_like(struct bench *bench, const struct lineage_execution *good)
{
    for (uint32_t fact = 0; fact < good->facts.count; fact++) {
        size_t count;
        const struct lineage_fact *f = &good->facts.items[fact];
        const uint32_t *firings = lineage_firings_of(good, fact, &count);
        if (lineage_fact_find(&bench->execution, f->tuple, f->time) != LINEAGE_NONE)
            continue;
        for (size_t i = 0; i < count; i++) {
            struct lineage_attempts attempts = {.left_out = 0};
            ded_attempt_like(&bench->model, &bench->execution, good, firings[i], &attempts);
            assert_int_equal(attempts.items.count, 1);
            const struct lineage_attempt *attempt = &attempts.items.items[0];
            assert_int_equal(attempt->open_count, 0);
            for (size_t j = 0; j < attempt->requirement_count; j++)
                check_requirement(&bench->execution, &attempt->requirements[j]);
            if (attempt->unmet_count == 0) {
                assert_int_not_equal(attempt->message, LINEAGE_NONE);
                const enum lineage_fate fate =
                    bench->execution.messages.items[attempt->message].fate;
                assert_true(fate == LINEAGE_LOST_BY_CRASH || fate == LINEAGE_LOST_BY_OMISSION);
            }
            lineage_attempts_free(&attempts);
        }
    }
}

static void check_program(struct bench *bench, const char *nodes, uint32_t eot,
                          const char *const *faults, const char *text, struct tally *tally)
{
    bench_prepare(bench, nodes, text);
    struct lineage_execution good;
    const struct lineage_schedule none = {.omissions = {0}};
    assert_int_equal(ded_execute(&bench->engine, &none, eot, true, &good), DED_OK);
    for (; *faults != NULL; faults++) {
        assert_int_equal(bench_execute(bench, eot, *faults), DED_OK);
        check_all_absent(bench, tally);
        check_like(bench, &good);
    }
    lineage_execution_free(&good);
}

static void what_attempts_say_about_the_traps_is_so(void **state)
{
    static const char *const faults[TESTING_TRAP_COUNT][4] = {
        {"", "crash(s,3)", "crash(s,5)"},
        {"", "omit(p,q,2) omit(m,k,2)", "omit(r,p,1)"},
        {"", "omit(o,n,1)", "omit(o,n,1) omit(o,n,3)"},
        {"", "omit(y,x,1)"},
        {"", "omit(s,v,1)", "omit(s,t,1) omit(s,u,1) omit(s,v,1)"},
        {"", "crash(s,1)"},
        {"", "crash(y,4)", "crash(y,3)"},
        {"", "omit(l,r,1)"}};
    struct tally tally = {0};
    for (size_t i = 0; i < TESTING_TRAP_COUNT; i++)
        check_program(*state, testing_trap(i)->nodes, testing_trap(i)->eot, faults[i],
                      testing_trap(i)->text, &tally);
    print_message("%zu absent, %zu explained, %zu attempts, %zu added, %zu fired, %zu disturbed\n",
                  tally.absent, tally.explained, tally.attempts, tally.added, tally.fired,
                  tally.disturbed);
    assert_true(tally.absent > 600 && tally.fired > 200);
}

/* Aggregates, arithmetic, absolute times, existential variables, cycles and broadcasts. */
static void what_attempts_say_about_a_motley_program_is_so(void **state)
{
    static const char *const faults[] = {"", "omit(a,b,1)", "crash(b,2)",
                                         "omit(a,c,1) omit(a,c,2) crash(b,1)", NULL};
    struct tally tally = {0};
    check_program(*state, "a,b,c", 5, faults,
                  "peer(\"a\", \"b\")@1; peer(\"a\", \"c\")@1; peer(\"b\", \"c\")@1;\n"
                  "peer(\"c\", \"c\")@2;\n"
                  "peer(A, B)@next :- peer(A, B);\n"
                  "clock(\"a\", 1)@1;\n"
                  "clock(N, T + 1)@next :- clock(N, T), T < 4;\n"
                  "word(B, T)@async :- clock(A, T), peer(A, B), notin done(A);\n"
                  "word(N, T)@next :- word(N, T);\n"
                  "heard(N, count<T>) :- word(N, T);\n"
                  "first(N, min<T>) :- word(N, T);\n"
                  "sum(N, sum<T>, max<T>)@next :- word(N, T);\n"
                  "ack(A, N)@async :- heard(N, C), peer(A, N), C >= 2;\n"
                  "ack(A, N)@next :- ack(A, N);\n"
                  "done(A) :- ack(A, N), ack(A, M), N != M;\n"
                  "loop(N) :- peer(N, N);\n"
                  "free(N) :- peer(N, _), notin peer(X, X);\n"
                  "reach(A, B) :- peer(A, B);\n"
                  "reach(A, C) :- reach(A, B), reach(B, C);\n"
                  "early(N) :- word(N, _), notin word(N, 2)@3;\n"
                  "late(N, T) :- word(N, S)@2, clock(_, S + 1), clock(_, T), T >= S;\n"
                  "all(R, N)@async :- done(N), notin silent(N);\n"
                  "silent(N) :- peer(N, M), notin ack(N, M);\n",
                  &tally);
    print_message("%zu absent, %zu explained, %zu attempts, %zu added, %zu fired, %zu disturbed\n",
                  tally.absent, tally.explained, tally.attempts, tally.added, tally.fired,
                  tally.disturbed);
    assert_true(tally.absent > 500 && tally.fired > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(the_premise_that_is_missing_is_named),
        BENCH_TEST(the_join_with_the_fewest_missing_wins),
        BENCH_TEST(what_is_in_the_way_is_named),
        BENCH_TEST(a_message_that_was_lost_lacks_nothing),
        BENCH_TEST(a_message_to_no_node_lacks_nothing),
        BENCH_TEST(arithmetic_goes_backwards),
        BENCH_TEST(a_rule_that_derives_something_else_is_not_tried),
        BENCH_TEST(a_rule_runs_at_nodes_alone),
        BENCH_TEST(a_time_that_has_not_come_is_empty),
        BENCH_TEST(what_nobody_can_say_is_open),
        BENCH_TEST(counts_say_what_they_are_instead),
        BENCH_TEST(extremes_say_what_beats_them),
        BENCH_TEST(an_aggregate_that_was_sent_and_lost_lacks_nothing),
        BENCH_TEST(what_attempts_say_about_the_traps_is_so),
        BENCH_TEST(what_attempts_say_about_a_motley_program_is_so),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
