/* The searches against each other, against answers worked out by hand, and against replays. */
#include "testing.h"

static void prepare(struct harness_search *search, struct testing_world *world,
                    enum harness_strategy strategy, bool all)
{
    *search = (struct harness_search){.scenario = &world->scenario,
                                      .executor = &world->executor,
                                      .bounds = world->bounds,
                                      .diagnostics = &world->diagnostics,
                                      .options = {.strategy = strategy, .all = all}};
}

/* Counterexamples as testing_program.counterexamples has them; the caller frees the text. */
static char *list_of(const struct harness_search *search)
{
    const struct lineage_universe *universe = search->executor->universe;
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(out);
    for (size_t i = 0; i < search->counterexamples.count; i++) {
        const struct harness_counterexample *c = &search->counterexamples.items[i];
        lineage_schedule_print(universe, &c->schedule, out);
        fputc(':', out);
        for (size_t j = 0; j < c->broken.count; j++) {
            fputc(' ', out);
            lineage_tuple_print(universe, c->broken.items[j], out);
        }
        for (size_t j = 0; j < c->schedule.crashes.count; j++) {
            fputs(" |", out);
            for (size_t k = 0; k < c->times[j].count; k++)
                fprintf(out, " %u", c->times[j].items[k]);
        }
        fputc('\n', out);
    }
    fclose(out);
    return text;
}

/* Replays the counterexample and every proper subset of it: only the whole breaks the promise. */
static void assert_minimal(struct testing_world *world, const struct lineage_schedule *schedule,
                           const struct lineage_execution *good)
{
    const size_t omissions = schedule->omissions.count, size = lineage_schedule_size(schedule);
    assert_in_range(size, 1, 12);
    for (uint32_t bits = 0; bits < 1u << size; bits++) {
        struct lineage_schedule part = {.omissions = {0}};
        for (size_t i = 0; i < size; i++)
            if ((bits >> i & 1) != 0 && i < omissions)
                lineage_schedule_add_omission(&part, schedule->omissions.items[i]);
            else if ((bits >> i & 1) != 0)
                lineage_schedule_add_crash(&part, schedule->crashes.items[i - omissions]);
        assert_int_equal(testing_breaks(world, &part, good), bits + 1 == 1u << size);
        lineage_schedule_free(&part);
    }
}

/* Compares what a search says with the program's list, and replays. */
static void assert_finds(const struct testing_program *program, enum harness_strategy strategy,
                         bool all)
{
    struct testing_world world;
    struct harness_search search;
    testing_open(&world, program);
    prepare(&search, &world, strategy, all);
    harness_search_run(&search);
    assert_int_equal(search.failure, HARNESS_NO_FAILURE);
    assert_int_equal(search.verdict, program->counterexamples[0] == '\0' ? HARNESS_CERTIFIED
                                                                         : HARNESS_COUNTEREXAMPLE);
    assert_true(search.complete);
    char *list = list_of(&search);
    if (all) {
        assert_string_equal(list, program->counterexamples);
    } else { /* where rules read crashes, other times are not looked for */
        const size_t length = strlen(list);
        assert_int_equal(length == 0, program->counterexamples[0] == '\0');
        assert_memory_equal(list, program->counterexamples, length > 0 ? length - 1 : 0);
    }
    lineage_memory_free(list);
    for (size_t i = 0; i < search.counterexamples.count; i++)
        assert_minimal(&world, &search.counterexamples.items[i].schedule, &search.good);
    harness_search_free(&search);
    testing_close(&world);
}

static void lineage_finds_exactly_the_trap(void **state)
{
    assert_finds(*state, HARNESS_LINEAGE, true);
}

static void exhaustive_finds_exactly_the_trap(void **state)
{
    assert_finds(*state, HARNESS_EXHAUSTIVE, true);
}

/* Each trap has one counterexample, so the first is the whole list. */
static void first_counterexample_is_the_trap(void **state)
{
    assert_finds(*state, HARNESS_LINEAGE, false);
    assert_finds(*state, HARNESS_EXHAUSTIVE, false);
}

/* ---- agreement on wider bounds ---- */

/* The promise breaks when b or c lacks what the other has. b hears of it at 1 and 3; c at 1, at 3
 * and, if b knows by then, at 2. */
static const struct testing_program relay = {
    "relay",
    "a,b,c",
    5,
    4,
    0,
    "omit(a,b,1) omit(a,b,3): pre(7)\n"
    "omit(a,b,1) omit(a,c,1) omit(a,c,3): pre(7)\n"
    "omit(a,c,1) omit(b,c,2) omit(a,c,3): pre(7)\n",
    "log(N, P)@next :- log(N, P);\n"
    "log(O, P)@async :- log(N, P), member(N, O), turn(N);\n"
    "member(N, O)@next :- member(N, O);\n"
    "turn(\"a\")@1; turn(\"b\")@2; turn(\"a\")@3;\n"
    "log(\"a\", 7)@1;\n"
    "member(\"a\", \"b\")@1; member(\"a\", \"c\")@1; member(\"b\", \"c\")@1;\n"
    "missing(A, P) :- log(N, P), member(N, A), notin log(A, P);\n"
    "pre(P) :- log(N, P), notin log(N, P)@1, notin crash(N, N, _);\n"
    "post(P) :- log(N, P), notin missing(_, P);\n"};

static void compare_searches(const struct testing_program *program, enum lineage_oracle oracle,
                             uint32_t omissions, size_t *found)
{
    char *lists[2];
    enum harness_verdict verdicts[2];
    for (int i = 0; i < 2; i++) {
        struct testing_world world;
        struct harness_search search;
        testing_open(&world, program);
        world.scenario.oracle = oracle;
        world.bounds.omissions = omissions;
        prepare(&search, &world, i == 0 ? HARNESS_LINEAGE : HARNESS_EXHAUSTIVE, true);
        harness_search_run(&search);
        assert_true(search.complete);
        for (size_t j = 0; j < search.counterexamples.count; j++)
            assert_minimal(&world, &search.counterexamples.items[j].schedule, &search.good);
        *found += i == 0 ? search.counterexamples.count : 0;
        verdicts[i] = search.verdict;
        lists[i] = list_of(&search);
        harness_search_free(&search);
        testing_close(&world);
    }
    assert_int_equal(verdicts[0], verdicts[1]);
    assert_string_equal(lists[0], lists[1]);
    lineage_memory_free(lists[0]);
    lineage_memory_free(lists[1]);
}

static void searches_agree_on_a_relay_within_many_bounds(void **state)
{
    size_t found = 0, cases = 0;
    (void)state;
    for (uint32_t eff = 0; eff <= 4; eff++)
        for (uint32_t crashes = 0; crashes <= 2; crashes++)
            for (uint32_t omissions = 1; omissions <= 3; omissions++, cases++) {
                struct testing_program program = relay;
                program.eff = eff;
                program.crashes = crashes;
                compare_searches(&program, cases % 2 == 0 ? LINEAGE_STRICT : LINEAGE_MOLLY,
                                 omissions < 3 ? omissions : LINEAGE_UNBOUNDED, &found);
            }
    assert_true(found > 0);
}

static void relay_breaks_in_the_three_least_ways(void **state)
{
    (void)state;
    assert_finds(&relay, HARNESS_LINEAGE, true);
    assert_finds(&relay, HARNESS_EXHAUSTIVE, true);
}

/* The traps with one crash and one more time for losses than they were made for. */
static void searches_agree_on_the_traps_within_wider_bounds(void **state)
{
    size_t found = 0;
    (void)state;
    for (size_t i = 0; i < TESTING_TRAP_COUNT; i++) {
        struct testing_program program = *testing_trap(i);
        program.crashes = 1;
        program.eff = program.eff < program.eot ? program.eff + 1 : program.eff;
        compare_searches(&program, LINEAGE_STRICT, 2, &found);
    }
    assert_true(found >= TESTING_TRAP_COUNT);
}

/* ---- certifying ---- */

/* Sent at 1, 2 and 3, and lost only at 1 and 2. */
static void retry_is_certified_by_both(void **state)
{
    (void)state;
    assert_finds(testing_retry(), HARNESS_LINEAGE, false);
    assert_finds(testing_retry(), HARNESS_EXHAUSTIVE, false);
    assert_finds(testing_retry(), HARNESS_LINEAGE, true);
    assert_finds(testing_retry(), HARNESS_EXHAUSTIVE, true);
}

/* With one time more for losses, all three sendings can be lost, and nothing less will do. */
static void retry_breaks_when_every_sending_can_be_lost(void **state)
{
    struct testing_program program = *testing_retry();
    (void)state;
    program.eff = 4;
    program.counterexamples = "omit(b,a,1) omit(b,a,2) omit(b,a,3): pre(\"a\")\n";
    assert_finds(&program, HARNESS_LINEAGE, true);
    assert_finds(&program, HARNESS_EXHAUSTIVE, true);
}

/* b is immune, so nothing that it sends is lost: certified within the same bounds. */
static void what_an_immune_node_sends_is_never_lost(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct testing_program program = *testing_retry();
        struct testing_world world;
        struct harness_search search;
        program.eff = 4;
        program.crashes = 1;
        testing_open(&world, &program);
        world.bounds.immune[1] = true;
        prepare(&search, &world, i == 0 ? HARNESS_LINEAGE : HARNESS_EXHAUSTIVE, true);
        harness_search_run(&search);
        assert_int_equal(search.verdict, HARNESS_CERTIFIED);
        assert_true(search.complete);
        harness_search_free(&search);
        testing_close(&world);
    }
}

static void good_run_that_breaks_the_promise_is_a_counterexample_without_faults(void **state)
{
    static const struct testing_program program = {
        "broken",
        "a",
        2,
        0,
        0,
        "no faults: pre(\"a\")\n",
        "is(\"a\")@1;\nis(A)@next :- is(A);\npre(A) :- is(A);\npost(A) :- is(A), notin is(A)@1;\n"};
    (void)state;
    for (int strategy = HARNESS_LINEAGE; strategy <= HARNESS_RANDOM; strategy++) {
        struct testing_world world;
        struct harness_search search;
        testing_open(&world, &program);
        prepare(&search, &world, (enum harness_strategy)strategy, false);
        harness_search_run(&search);
        assert_int_equal(search.verdict, HARNESS_COUNTEREXAMPLE);
        assert_int_equal(search.runs, 1);
        char *list = list_of(&search);
        assert_string_equal(list, program.counterexamples);
        lineage_memory_free(list);
        harness_search_free(&search);
        testing_close(&world);
    }
}

static void good_run_without_pre_is_vacuous(void **state)
{
    static const struct testing_program program = {
        "vacuous", "a", 2, 0, 0, "", "is(\"a\")@1;\npre(A) :- is(A);\npost(A) :- is(A);\n"};
    struct testing_world world;
    struct harness_search search;
    (void)state;
    testing_open(&world, &program);
    prepare(&search, &world, HARNESS_LINEAGE, false);
    harness_search_run(&search);
    assert_true(search.vacuous);
    assert_int_equal(search.verdict, HARNESS_CERTIFIED);
    assert_true(world.diagnostics.warning_count > 0);
    harness_search_free(&search);
    testing_close(&world);
}

/* An error of the model under some faults is no verdict: the search ends with it. */
static void run_that_divides_by_zero_fails_the_search(void **state)
{
    static const struct testing_program program = {
        "zero",
        "a,b",
        3,
        2,
        0,
        "",
        "is(\"a\", 6)@1;\nis(A, N)@next :- is(A, N);\n"
        "tell(\"b\", \"a\")@1;\nheard(A, 1)@async :- tell(B, A);\nheard(A, N)@next :- heard(A, "
        "N);\n"
        "sure(A, 1) :- heard(A, _);\nsure(A, 0) :- is(A, _), notin heard(A, _), late(A);\n"
        "late(\"a\")@3;\n"
        "part(A, N / D) :- is(A, N), sure(A, D);\n"
        "pre(A) :- is(A, _);\npost(A) :- is(A, _);\n"};
    (void)state;
    for (int strategy = HARNESS_LINEAGE; strategy <= HARNESS_EXHAUSTIVE; strategy++) {
        struct testing_world world;
        struct harness_search search;
        testing_open(&world, &program);
        prepare(&search, &world, (enum harness_strategy)strategy, false);
        harness_search_run(&search);
        assert_int_equal(search.failure, HARNESS_MODEL_FAILURE);
        assert_false(search.complete);
        assert_int_not_equal(search.verdict, HARNESS_CERTIFIED);
        assert_int_equal(world.diagnostics.error_count, 1);
        harness_search_free(&search);
        testing_close(&world);
    }
}

/* ---- chance ---- */

/* Losing 3 alone breaks it; from all three lost, no single one can be taken away. */
static void random_search_finds_a_known_bug_and_its_least_part(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct testing_world world;
        struct harness_search search;
        const struct testing_program *program = testing_trap(4);
        testing_open(&world, program);
        prepare(&search, &world, HARNESS_RANDOM, false);
        search.options.seed = seed;
        search.options.random_runs = 1000;
        harness_search_run(&search);
        assert_int_equal(search.verdict, HARNESS_COUNTEREXAMPLE);
        assert_false(search.complete);
        char *list = list_of(&search);
        assert_string_equal(list, program->counterexamples);
        lineage_memory_free(list);
        assert_minimal(&world, &search.counterexamples.items[0].schedule, &search.good);
        harness_search_free(&search);
        testing_close(&world);
    }
}

/* Of three omissions no two break the promise and one does: leaving out one after the other does
 * not get there. */
static void accepted_schedule_is_cut_down_to_its_least_part(void **state)
{
    struct testing_world world;
    struct harness_search search;
    struct lineage_schedule schedule = {.omissions = {0}};
    const struct testing_program *program = testing_trap(4);
    (void)state;
    testing_open(&world, program);
    prepare(&search, &world, HARNESS_RANDOM, false); /* of no runs but the good one */
    harness_search_run(&search);
    for (uint32_t to = 1; to <= 3; to++)
        lineage_schedule_add_omission(&schedule, (struct lineage_omission){1, 0, to});
    assert_true(testing_breaks(&world, &schedule, &search.good));
    harness_search_accept(&search, &schedule, false);
    char *list = list_of(&search);
    assert_string_equal(list, program->counterexamples);
    lineage_memory_free(list);
    lineage_schedule_free(&schedule);
    harness_search_free(&search);
    testing_close(&world);
}

static void random_search_that_finds_nothing_is_incomplete(void **state)
{
    struct testing_world world;
    struct harness_search search;
    (void)state;
    testing_open(&world, testing_retry());
    prepare(&search, &world, HARNESS_RANDOM, true);
    search.options.seed = 7;
    search.options.random_runs = 50;
    harness_search_run(&search);
    assert_int_equal(search.verdict, HARNESS_INCOMPLETE);
    assert_false(search.complete);
    assert_int_equal(search.runs, 51);
    harness_search_free(&search);
    testing_close(&world);
}

/* The same seed draws the same schedules. */
static void random_search_repeats_itself(void **state)
{
    char *lists[2];
    uint64_t runs[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct testing_world world;
        struct harness_search search;
        testing_open(&world, &relay);
        prepare(&search, &world, HARNESS_RANDOM, false);
        search.options.seed = 11;
        search.options.random_runs = 1000;
        harness_search_run(&search);
        assert_int_equal(search.verdict, HARNESS_COUNTEREXAMPLE);
        lists[i] = list_of(&search);
        runs[i] = search.runs;
        harness_search_free(&search);
        testing_close(&world);
    }
    assert_string_equal(lists[0], lists[1]);
    assert_int_equal(runs[0], runs[1]);
    lineage_memory_free(lists[0]);
    lineage_memory_free(lists[1]);
}

/* ---- budgets ---- */

static void search_out_of_runs_is_incomplete(void **state)
{
    (void)state;
    for (int strategy = HARNESS_LINEAGE; strategy <= HARNESS_RANDOM; strategy++) {
        struct testing_world world;
        struct harness_search search;
        testing_open(&world, &relay);
        prepare(&search, &world, (enum harness_strategy)strategy, true);
        search.options.random_runs = 1000;
        search.budget.runs_max = 1;
        harness_search_run(&search);
        assert_int_equal(search.budget.stop, HARNESS_OUT_OF_RUNS);
        assert_false(search.complete);
        assert_int_equal(search.verdict, HARNESS_INCOMPLETE);
        assert_int_equal(search.runs, 1);
        harness_search_free(&search);
        testing_close(&world);
    }
}

static void interrupted_search_is_incomplete(void **state)
{
    static const volatile sig_atomic_t interrupted = 1;
    (void)state;
    for (int strategy = HARNESS_LINEAGE; strategy <= HARNESS_RANDOM; strategy++) {
        struct testing_world world;
        struct harness_search search;
        testing_open(&world, testing_retry());
        prepare(&search, &world, (enum harness_strategy)strategy, false);
        search.budget.interrupted = &interrupted;
        harness_search_run(&search);
        assert_int_equal(search.budget.stop, HARNESS_STOPPED_BY_USER);
        assert_int_equal(search.verdict, HARNESS_INCOMPLETE);
        assert_false(search.complete);
        harness_search_free(&search);
        testing_close(&world);
    }
}

int main(void)
{
    struct CMUnitTest tests[3 * TESTING_TRAP_COUNT + 16];
    static char names[3 * TESTING_TRAP_COUNT][96];
    const struct CMUnitTest singles[] = {
        cmocka_unit_test(relay_breaks_in_the_three_least_ways),
        cmocka_unit_test(searches_agree_on_a_relay_within_many_bounds),
        cmocka_unit_test(searches_agree_on_the_traps_within_wider_bounds),
        cmocka_unit_test(retry_is_certified_by_both),
        cmocka_unit_test(retry_breaks_when_every_sending_can_be_lost),
        cmocka_unit_test(what_an_immune_node_sends_is_never_lost),
        cmocka_unit_test(good_run_that_breaks_the_promise_is_a_counterexample_without_faults),
        cmocka_unit_test(good_run_without_pre_is_vacuous),
        cmocka_unit_test(run_that_divides_by_zero_fails_the_search),
        cmocka_unit_test(random_search_finds_a_known_bug_and_its_least_part),
        cmocka_unit_test(accepted_schedule_is_cut_down_to_its_least_part),
        cmocka_unit_test(random_search_that_finds_nothing_is_incomplete),
        cmocka_unit_test(random_search_repeats_itself),
        cmocka_unit_test(search_out_of_runs_is_incomplete),
        cmocka_unit_test(interrupted_search_is_incomplete)};
    static const CMUnitTestFunction of_traps[] = {lineage_finds_exactly_the_trap,
                                                  exhaustive_finds_exactly_the_trap,
                                                  first_counterexample_is_the_trap};
    static const char *const ways[] = {"lineage", "exhaustive", "first"};
    size_t count = 0;
    for (size_t i = 0; i < TESTING_TRAP_COUNT; i++)
        for (size_t way = 0; way < 3; way++, count++) {
            const struct testing_program *trap = testing_trap(i);
            snprintf(names[count], sizeof names[count], "%s_%s", trap->name, ways[way]);
            tests[count] =
                (struct CMUnitTest){names[count], of_traps[way], NULL, NULL, (void *)trap};
        }
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++)
        tests[count++] = singles[i];
    return _cmocka_run_group_tests("searches", tests, count, NULL, NULL);
}
