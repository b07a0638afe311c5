/* What unit tests share: a scenario over a model that is a text, all schedules within its bounds,
 * and eight small programs on which plausible shortcuts certify wrongly. */
#ifndef LDFI_HARNESS_TESTING_H
#define LDFI_HARNESS_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../solver/solver.h"
#include "search.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- files ---- */

/* A fresh folder below /tmp, with room for the names of files in it. */
struct testing_folder {
    char path[64];
};

static inline void testing_folder_make(struct testing_folder *folder)
{
    strcpy(folder->path, "/tmp/ldfi-test-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
}

static inline const char *testing_path(const struct testing_folder *folder, const char *name,
                                       char path[128])
{
    snprintf(path, 128, "%s/%s", folder->path, name);
    return path;
}

static inline void testing_folder_remove(const struct testing_folder *folder)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder->path);
    assert_int_equal(system(command), 0);
}

static inline void testing_write(const char *path, const void *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

/* All bytes of a file; the caller frees them. */
static inline char *testing_read(const char *path, size_t *count)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *count = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*count + 1);
    assert_int_equal(fread(bytes, 1, *count, file), *count);
    fclose(file);
    return bytes;
}

/* ---- chance ---- */

/* xorshift64* (Vigna 2016): tests draw the same everywhere. */
static inline uint32_t testing_draw(uint64_t *state, uint32_t end)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * 0x2545f4914f6cdd1d) >> 33) % end;
}

/* ---- scenarios ---- */

struct testing_program {
    const char *name, *nodes;
    uint32_t eot, eff, crashes;
    /* Every minimal counterexample, as lineage_schedule_print has it, then `: ` and what it breaks;
     * one a line. Worked out by hand. */
    const char *counterexamples;
    const char *text;
};

struct testing_world {
    struct testing_folder folder;
    struct harness_scenario scenario;
    struct harness_executor executor;
    struct lineage_diagnostics diagnostics;
    struct lineage_bounds bounds;
};

static inline void testing_open(struct testing_world *world, const struct testing_program *program)
{
    char path[128];
    testing_folder_make(&world->folder);
    testing_path(&world->folder, "model.ded", path);
    testing_write(path, program->text, strlen(program->text));
    harness_scenario_create(&world->scenario);
    world->diagnostics = (struct lineage_diagnostics){.error_count = 0};
    struct harness_scenario *scenario = &world->scenario;
    LINEAGE_PUSH(&scenario->model, lineage_arena_text(&scenario->arena, path, strlen(path)));
    harness_split(scenario, program->nodes, &scenario->nodes);
    scenario->eot = program->eot;
    scenario->eff = program->eff;
    scenario->crashes = program->crashes;
    static const struct lineage_source given = {"test", NULL};
    scenario->given.eot = scenario->given.eff = scenario->given.crashes =
        (struct lineage_place){&given, 0, 0};
    assert_true(harness_scenario_check(scenario, &world->diagnostics));
    const bool opened = harness_executor_open(&world->executor, scenario, &world->diagnostics);
    for (size_t i = 0; !opened && i < world->diagnostics.items.count; i++)
        lineage_diagnostic_print(&world->diagnostics.items.items[i], stderr);
    assert_true(opened);
    world->bounds = harness_scenario_bounds(scenario);
}

static inline void testing_close(struct testing_world *world)
{
    lineage_memory_free(world->bounds.immune);
    world->executor.close(&world->executor);
    harness_scenario_destroy(&world->scenario);
    lineage_diagnostics_free(&world->diagnostics);
    testing_folder_remove(&world->folder);
}

/* A lineage search that keeps all its runs whole in a database, and its formula in a DIMACS file.
 */
static inline enum harness_verdict testing_record(const struct testing_program *program,
                                                  enum lineage_oracle oracle, const char *database,
                                                  const char *dimacs)
{
    struct testing_world world;
    struct lineage_store *store;
    testing_open(&world, program);
    world.scenario.oracle = oracle;
    assert_int_equal(lineage_store_open(database, &store, &world.diagnostics), LINEAGE_STORE_OK);
    const struct lineage_store_search description = {.version = "test",
                                                     .scenario = program->name,
                                                     .strategy = "lineage",
                                                     .oracle = oracle == LINEAGE_STRICT ? "strict"
                                                                                        : "molly",
                                                     .model = world.scenario.model.items,
                                                     .model_count = world.scenario.model.count,
                                                     .universe = world.executor.universe,
                                                     .bounds = &world.bounds,
                                                     .sources = world.executor.sources->items,
                                                     .source_count = world.executor.sources->count};
    struct harness_search search = {.scenario = &world.scenario,
                                    .executor = &world.executor,
                                    .bounds = world.bounds,
                                    .diagnostics = &world.diagnostics,
                                    .store = store,
                                    .options = {.record_all = true, .dimacs_path = dimacs}};
    assert_true(lineage_store_begin(store, &description));
    harness_search_run(&search);
    assert_int_equal(search.failure, HARNESS_NO_FAILURE);
    assert_true(lineage_store_end(store, harness_verdict_name(search.verdict), search.complete,
                                  search.runs));
    lineage_store_close(store);
    const enum harness_verdict verdict = search.verdict;
    harness_search_free(&search);
    testing_close(&world);
    return verdict;
}

/* Runs one schedule; `good` may be NULL under the strict oracle. Is the promise broken? */
static inline bool testing_breaks(struct testing_world *world,
                                  const struct lineage_schedule *schedule,
                                  const struct lineage_execution *good)
{
    struct lineage_execution execution;
    lineage_tuples broken = {0};
    assert_int_equal(world->executor.execute(&world->executor, schedule, false, &execution),
                     HARNESS_OK);
    lineage_broken_promises(&execution, world->scenario.oracle, good, &broken);
    const bool is_broken = broken.count > 0;
    lineage_memory_free(broken.items);
    lineage_execution_free(&execution);
    return is_broken;
}

/* ---- stores ---- */

/* NULL if the file is no store. */
static inline struct lineage_store *testing_open_store(const char *path)
{
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    struct lineage_store *store;
    lineage_store_open(path, &store, &diagnostics);
    lineage_diagnostics_free(&diagnostics);
    return store;
}

static inline void testing_sql(struct lineage_store *store, const char *text)
{
    char *error = NULL;
    sqlite3_exec(lineage_store_database(store), text, NULL, NULL, &error);
    if (error != NULL)
        fail_msg("%s: %s", text, error);
}

static inline sqlite3_stmt *testing_query(struct lineage_store *store, const char *text,
                                          sqlite3_int64 id)
{
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(lineage_store_database(store), text, -1, &statement, NULL),
                     SQLITE_OK);
    sqlite3_bind_int64(statement, 1, id);
    return statement;
}

/* Adds the faults of a run in the database. */
static inline void testing_read_schedule(struct lineage_store *store, sqlite3_int64 id,
                                         struct lineage_schedule *schedule)
{
    sqlite3_stmt *row =
        testing_query(store, "SELECT time, sender, receiver FROM omission WHERE execution = ?", id);
    while (sqlite3_step(row) == SQLITE_ROW)
        lineage_schedule_add_omission(
            schedule, (struct lineage_omission){(uint32_t)sqlite3_column_int(row, 0),
                                                (uint32_t)sqlite3_column_int(row, 1),
                                                (uint32_t)sqlite3_column_int(row, 2)});
    sqlite3_finalize(row);
    row = testing_query(store, "SELECT time, node FROM crash WHERE execution = ?", id);
    while (sqlite3_step(row) == SQLITE_ROW)
        lineage_schedule_add_crash(schedule,
                                   (struct lineage_crash){(uint32_t)sqlite3_column_int(row, 0),
                                                          (uint32_t)sqlite3_column_int(row, 1)});
    sqlite3_finalize(row);
}

typedef LINEAGE_ARRAY(int) testing_numbers;

/* The clauses of a DIMACS file, a zero behind each: the formula that was in memory. */
static inline void testing_read_dimacs(const char *path, testing_numbers *literals)
{
    char line[1 << 16];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char *end = line;
        assert_non_null(strchr(line, '\n'));
        for (char *at = line; line[0] != 'c' && line[0] != 'p' && *at != '\n'; at = end) {
            const int literal = (int)strtol(at, &end, 10);
            assert_ptr_not_equal(at, end);
            LINEAGE_PUSH(literals, literal);
            end += *end == ' ';
        }
    }
    fclose(file);
}

/* ---- all schedules within bounds ---- */

typedef LINEAGE_ARRAY(struct lineage_schedule) testing_schedules;

/* Every schedule so far, once more with this fault, where the bounds have room for it. */
static inline void testing_double(testing_schedules *all, const struct lineage_bounds *bounds,
                                  bool is_crash, uint32_t time, uint32_t from, uint32_t to)
{
    const size_t count = all->count;
    for (size_t i = 0; i < count; i++) {
        const struct lineage_schedule *old = &all->items[i];
        bool has_room = is_crash ? old->crashes.count < bounds->crashes
                                 : old->omissions.count < bounds->omissions;
        for (size_t j = 0; is_crash && j < old->crashes.count; j++)
            has_room = has_room && old->crashes.items[j].node != from;
        if (!has_room)
            continue;
        struct lineage_schedule more = {.omissions = {0}};
        lineage_schedule_copy(&more, old);
        if (is_crash)
            lineage_schedule_add_crash(&more, (struct lineage_crash){time, from});
        else
            lineage_schedule_add_omission(&more, (struct lineage_omission){time, from, to});
        LINEAGE_PUSH(all, more);
    }
}

/* All schedules that the definitions of EOT, EFF, crashes, omissions and immune nodes allow. */
static inline void testing_all_schedules(const struct lineage_bounds *bounds, uint32_t node_count,
                                         testing_schedules *all)
{
    const struct lineage_schedule none = {.omissions = {0}};
    LINEAGE_PUSH(all, none);
    for (uint32_t from = 0; from < node_count; from++) {
        if (bounds->immune[from])
            continue;
        for (uint32_t to = 0; to < node_count; to++)
            for (uint32_t time = 1; time < bounds->eff && to != from; time++)
                testing_double(all, bounds, false, time, from, to);
        for (uint32_t time = 1; time <= bounds->eot; time++)
            testing_double(all, bounds, true, time, from, 0);
    }
}

static inline void testing_schedules_free(testing_schedules *all)
{
    for (size_t i = 0; i < all->count; i++)
        lineage_schedule_free(&all->items[i]);
    lineage_memory_free(all->items);
    *all = (testing_schedules){0};
}

/* Does the formula have a model in which the fault variables say exactly this schedule? */
static inline bool testing_holds_under(struct lineage_fault_variables *variables,
                                       solver_formula formula,
                                       const struct lineage_schedule *schedule)
{
    struct solver_formulas *formulas = variables->formulas;
    struct solver *solver = solver_create(formulas, (struct solver_options){.context = NULL});
    const solver_formula happens = lineage_schedule_happens(variables, schedule);
    solver_require(solver, formula);
    solver_require(solver, happens);
    for (size_t i = 0; i < variables->omissions.count; i++) {
        const struct lineage_omission_variable *o = &variables->omissions.items[i];
        bool is_in = false;
        for (size_t j = 0; j < schedule->omissions.count; j++)
            is_in = is_in ||
                    memcmp(&schedule->omissions.items[j], &o->omission, sizeof o->omission) == 0;
        solver_require(solver, is_in ? o->variable : solver_not(o->variable));
    }
    for (uint32_t node = 0; node < variables->universe->nodes.count; node++)
        for (uint32_t time = 1; time <= variables->bounds->eot; time++)
            if (lineage_schedule_crash_time(schedule, node) != time)
                solver_require(solver, solver_not(lineage_crash_at(variables, node, time)));
    const bool holds = solver_smallest(solver) == SOLVER_MODEL;
    solver_destroy(solver);
    return holds;
}

/* ---- programs ---- */

enum { TESTING_TRAP_COUNT = 8 };

/* Eight programs, each the undoing of a shortcut; NULL beyond. */
static inline const struct testing_program *testing_trap(size_t number)
{
    static const struct testing_program traps[TESTING_TRAP_COUNT] = {
        /* The word leaves s at 4, so crashes up to 4 lose it; the keeper forgives exactly 3 and 4.
         */
        {"a_crash_fact_says_crashed_at_and_not_crashed_by", "w,s", 6, 0, 1,
         "crash(s,1): pre(\"w\") | 1 2\n",
         "due(\"s\")@4;\n"
         "link(\"s\", \"w\")@1;\n"
         "link(A, B)@next :- link(A, B);\n"
         "word(W)@async :- due(S), link(S, W);\n"
         "word(A)@next :- word(A);\n"
         "keeper(\"w\")@1;\n"
         "keeper(A)@next :- keeper(A);\n"
         "calm(W) :- word(W);\n"
         "calm(W) :- keeper(W), crash(W, \"s\", 4);\n"
         "calm(W) :- keeper(W), crash(W, \"s\", 3);\n"
         "pre(W) :- keeper(W);\n"
         "post(W) :- calm(W);\n"},
        /* Broken: no left, a mark, no extra. Losing start loses left and the mark with it. */
        {"a_fault_may_keep_another_derivation_from_being_sent", "r,p,q,k,m", 5, 3, 0,
         "omit(p,q,2) omit(m,k,2): pre(\"q\")\n",
         "start(\"r\", \"p\")@1;\n"
         "seed(P)@async :- start(R, P);\n"
         "fan(\"p\", \"q\", \"k\")@1;\n"
         "fan(A, B, C)@next :- fan(A, B, C);\n"
         "left(Q)@async :- seed(P), fan(P, Q, _);\n"
         "left(A)@next :- left(A);\n"
         "mark(K)@async :- seed(P), fan(P, _, K);\n"
         "mark(A)@next :- mark(A);\n"
         "side(\"m\", \"k\")@2;\n"
         "extra(K)@async :- side(M, K);\n"
         "extra(A)@next :- extra(A);\n"
         "mark(K) :- extra(K);\n"
         "pair(\"k\", \"q\")@1;\n"
         "pair(A, B)@next :- pair(A, B);\n"
         "pre(Q) :- pair(_, Q);\n"
         "post(Q) :- left(Q);\n"
         "post(Q) :- pair(K, Q), notin mark(K);\n"
         "post(Q) :- pair(K, Q), extra(K);\n"},
        /* The copy that is sent again comes after the photo: kept, but not early. */
        {"pre_may_come_back_without_post", "n,o", 6, 3, 0, "omit(o,n,1): pre(\"n\")\n",
         "origin(\"o\", \"n\")@1;\n"
         "origin(A, B)@next :- origin(A, B);\n"
         "first(\"o\")@1;\n"
         "copy(N, O)@async :- first(O), origin(O, N);\n"
         "thanks(O)@async :- copy(N, O);\n"
         "thanks(A)@next :- thanks(A);\n"
         "again(\"o\")@3;\n"
         "copy(N, O)@async :- again(O), origin(O, N), notin thanks(O);\n"
         "kept(N) :- copy(N, _);\n"
         "kept(A)@next :- kept(A);\n"
         "photo(\"n\")@2;\n"
         "early(N) :- photo(N), kept(N);\n"
         "early(A)@next :- early(A);\n"
         "pre(N) :- kept(N);\n"
         "post(N) :- early(N);\n"},
        /* Without the note a bid of 2 turns up, and 7 is the lowest no more. */
        {"an_aggregate_may_gain_a_contributor", "x,y", 5, 2, 0, "omit(y,x,1): pre(\"x\")\n",
         "push(\"y\", \"x\")@1;\n"
         "note(X)@async :- push(Y, X);\n"
         "note(A)@next :- note(A);\n"
         "own(\"x\", 7)@1;\n"
         "own(A, B)@next :- own(A, B);\n"
         "look(\"x\")@3;\n"
         "bid(X, V) :- own(X, V);\n"
         "bid(X, 2)@next :- look(X), notin note(X);\n"
         "bid(A, B)@next :- bid(A, B);\n"
         "low(X, min<V>) :- bid(X, V);\n"
         "pre(X) :- own(X, _);\n"
         "post(X) :- low(X, 7);\n"},
        /* Losing 3 alone breaks it, 3 and one more does not, all three do. */
        {"a_superset_of_what_breaks_may_pass", "s,t,u,v,j", 3, 2, 0, "omit(s,v,1): pre(\"j\")\n",
         "give(\"s\", \"t\", 1)@1;\n"
         "give(\"s\", \"u\", 2)@1;\n"
         "give(\"s\", \"v\", 3)@1;\n"
         "have(X, I)@async :- give(S, X, I);\n"
         "have(A, B)@next :- have(A, B);\n"
         "judge(\"j\", \"t\", \"u\", \"v\")@1;\n"
         "judge(A, B, C, D)@next :- judge(A, B, C, D);\n"
         "no1(J) :- judge(J, T, _, _), notin have(T, 1);\n"
         "no2(J) :- judge(J, _, U, _), notin have(U, 2);\n"
         "no3(J) :- judge(J, _, _, V), notin have(V, 3);\n"
         "wrong(J) :- no1(J), no2(J), no3(J);\n"
         "wrong(J) :- no3(J), notin no1(J), notin no2(J);\n"
         "pre(J) :- judge(J, _, _, _);\n"
         "post(J) :- judge(J, _, _, _), notin wrong(J);\n"},
        /* The silent node sends nothing; that it crashes breaks the promise all the same. */
        {"the_crash_of_a_silent_node_counts", "g,s", 3, 0, 1, "crash(s,1): pre(\"g\") | 1 2 3\n",
         "pal(\"g\", \"s\")@1;\n"
         "pal(A, B)@next :- pal(A, B);\n"
         "alive(G, S) :- pal(G, S), notin crash(S, S, _);\n"
         "pre(G) :- pal(G, _);\n"
         "post(G) :- alive(G, _);\n"},
        /* The hit arrives at 4, the end of time. A crash at 4 lets it through and shows. */
        {"a_crash_at_the_end_of_time_counts", "x,y", 4, 0, 1, "crash(y,4): pre(\"x\") | 4\n",
         "target(\"y\", \"x\")@1;\n"
         "target(A, B)@next :- target(A, B);\n"
         "fire(\"y\")@3;\n"
         "hit(X, Y)@async :- fire(Y), target(Y, X);\n"
         "pre(X) :- hit(X, _);\n"
         "post(X) :- hit(X, Y), notin crash(X, Y, _);\n"},
        /* Only r, the greater name, needs its wave. */
        {"an_order_comparison_tells_like_nodes_apart", "l,r", 2, 2, 0, "omit(l,r,1): pre(\"r\")\n",
         "peer(\"l\", \"r\")@1;\n"
         "peer(\"r\", \"l\")@1;\n"
         "peer(A, B)@next :- peer(A, B);\n"
         "wave(O)@async :- peer(N, O);\n"
         "wave(A)@next :- wave(A);\n"
         "first(N) :- peer(N, O), N > O;\n"
         "pre(N) :- peer(N, _);\n"
         "post(N) :- peer(N, _), wave(N);\n"
         "post(N) :- peer(N, _), notin first(N);\n"},
    };
    return number < TESTING_TRAP_COUNT ? &traps[number] : NULL;
}

/* b tells a again and again; a needs to hear it once. Sent at 1, 2 and 3, lost at most twice. */
static inline const struct testing_program *testing_retry(void)
{
    static const struct testing_program retry = {"retry",
                                                 "a,b",
                                                 4,
                                                 3,
                                                 0,
                                                 "",
                                                 "fact(\"b\", \"a\")@1;\n"
                                                 "fact(A, B)@next :- fact(A, B);\n"
                                                 "told(A)@async :- fact(B, A);\n"
                                                 "told(A)@next :- told(A);\n"
                                                 "pre(A) :- fact(_, A);\n"
                                                 "post(A) :- told(A);\n"};
    return &retry;
}

#endif
