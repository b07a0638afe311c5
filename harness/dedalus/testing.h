/* What the tests of this folder share: a model is written to a folder of its own, loaded, run under
 * faults that are written as people write them, and asked for facts and errors by their text. */
#ifndef LDFI_DEDALUS_TESTING_H
#define LDFI_DEDALUS_TESTING_H

#include "execute.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A test that gets a bench as its state. */
#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

/* A promise that is always kept, for models about something else. */
#define KEPT "pre(\"kept\")@1; post(\"kept\")@1;\n"

struct bench {
    char folder[32];
    char *home;
    struct lineage_arena arena;
    struct lineage_diagnostics diagnostics;
    struct ded_model model;
    struct ded_engine engine;
    struct lineage_schedule schedule;
    struct lineage_execution execution;
    bool loaded, executed;
};

/* Makes the bench's folder and works there, so that paths in messages are short. */
static inline int bench_open(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    *state = bench;
    strcpy(bench->folder, "/tmp/ldfi-test-XXXXXX");
    bench->home = getcwd(NULL, 0);
    return mkdtemp(bench->folder) != NULL && chdir(bench->folder) == 0 ? 0 : -1;
}

static inline void bench_forget_run(struct bench *bench)
{
    if (bench->executed)
        lineage_execution_free(&bench->execution);
    lineage_schedule_free(&bench->schedule);
    bench->schedule = (struct lineage_schedule){0};
    bench->executed = false;
}

static inline void bench_unload(struct bench *bench)
{
    bench_forget_run(bench);
    if (bench->loaded) {
        ded_engine_destroy(&bench->engine);
        ded_model_destroy(&bench->model);
    }
    lineage_diagnostics_free(&bench->diagnostics);
    bench->loaded = false;
}

static inline int bench_remove(const char *path, const struct stat *status, int kind,
                               struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static inline int bench_close(void **state)
{
    struct bench *bench = *state;
    bench_unload(bench);
    lineage_arena_free(&bench->arena);
    const int left = chdir(bench->home);
    free(bench->home);
    nftw(bench->folder, bench_remove, 8, FTW_DEPTH | FTW_PHYS);
    free(bench);
    return left;
}

static inline void bench_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

/* Loads the files; what was loaded before is gone. */
static inline bool bench_load_files(struct bench *bench, const char *const *paths, size_t count,
                                    struct ded_options options)
{
    bench_unload(bench);
    const bool is_model = ded_model_load(&bench->model, paths, count, options, &bench->diagnostics);
    bench->loaded = true;
    return is_model;
}

/* Loads one model text, as model.ded. */
static inline bool bench_load(struct bench *bench, const char *text)
{
    const char *const paths[] = {"model.ded"};
    bench_write(paths[0], text);
    return bench_load_files(bench, paths, 1, (struct ded_options){false});
}

/* Splits "a,b,c" into names in the bench's arena. */
static inline size_t bench_split(struct bench *bench, const char *list, const char *names[8])
{
    size_t count = 0;
    while (*list != '\0') {
        const size_t bytes = strcspn(list, ",");
        assert_true(count < 8);
        names[count++] = lineage_arena_text(&bench->arena, list, bytes);
        list += bytes + (list[bytes] == ',');
    }
    return count;
}

static inline uint32_t bench_node(struct bench *bench, const char *name)
{
    struct lineage_universe *universe = &bench->model.universe;
    const uint32_t node = lineage_node_of(universe, lineage_string(universe, name, strlen(name)));
    assert_int_not_equal(node, LINEAGE_NONE);
    return node;
}

/* Adds faults such as "omit(a,b,1) crash(c,4)" to a schedule. */
static inline void bench_add_faults(struct bench *bench, const char *text,
                                    struct lineage_schedule *schedule)
{
    char from[16], to[16];
    unsigned time;
    int bytes;
    while (*text != '\0') {
        if (sscanf(text, "omit(%15[^,],%15[^,],%u)%n", from, to, &time, &bytes) == 3) {
            const struct lineage_omission omission = {time, bench_node(bench, from),
                                                      bench_node(bench, to)};
            lineage_schedule_add_omission(schedule, omission);
        } else {
            assert_int_equal(sscanf(text, "crash(%15[^,],%u)%n", from, &time, &bytes), 2);
            lineage_schedule_add_crash(schedule,
                                       (struct lineage_crash){time, bench_node(bench, from)});
        }
        text += bytes;
        text += strspn(text, " ");
    }
}

/* All diagnostics, as they are printed. */
static inline const char *bench_diagnosed(struct bench *bench)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(out);
    for (size_t i = 0; i < bench->diagnostics.items.count; i++)
        lineage_diagnostic_print(&bench->diagnostics.items.items[i], out);
    fclose(out);
    const char *copy = lineage_arena_text(&bench->arena, text, bytes);
    free(text);
    return copy;
}

static inline void bench_assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("expected to find\n%s\nin\n%s", part, text);
}

/* Loads a model that must be right, with a promise that is kept added, at the nodes. */
static inline void bench_prepare(struct bench *bench, const char *nodes, const char *text)
{
    const char *const paths[] = {"model.ded", "promise.ded"};
    const char *names[8];
    bench_write(paths[0], text);
    bench_write(paths[1], KEPT);
    if (!bench_load_files(bench, paths, 2, (struct ded_options){false}))
        fail_msg("%s", bench_diagnosed(bench));
    const size_t count = bench_split(bench, nodes, names);
    ded_model_set_nodes(&bench->model, names, count);
    ded_engine_create(&bench->engine, &bench->model);
}

/* Runs the prepared model under the faults. */
static inline enum ded_outcome bench_execute(struct bench *bench, uint32_t eot, const char *faults)
{
    bench_forget_run(bench);
    bench_add_faults(bench, faults, &bench->schedule);
    bench->executed = true;
    return ded_execute(&bench->engine, &bench->schedule, eot, true, &bench->execution);
}

/* Both, of a model whose run must end well. */
static inline void bench_run(struct bench *bench, const char *nodes, uint32_t eot,
                             const char *faults, const char *text)
{
    bench_prepare(bench, nodes, text);
    if (bench_execute(bench, eot, faults) != DED_OK)
        fail_msg("%s", bench->engine.failure);
}

static inline int bench_compare_texts(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Texts in order, with a blank between them. */
static inline const char *bench_join(struct bench *bench, const char **texts, size_t count)
{
    const char *joined = "";
    if (count > 0)
        qsort(texts, count, sizeof *texts, bench_compare_texts);
    for (size_t i = 0; i < count; i++)
        joined = lineage_arena_format(&bench->arena, "%s%s%s", joined, i > 0 ? " " : "", texts[i]);
    return joined;
}

/* A tuple's values: "a,1". */
static inline const char *bench_values(struct bench *bench, lineage_tuple tuple)
{
    const struct lineage_universe *universe = &bench->model.universe;
    const uint32_t relation = lineage_tuple_relation(universe, tuple);
    const char *text = "";
    for (uint32_t i = 0; i < universe->relations.items[relation].arity; i++) {
        const lineage_value value = lineage_tuple_values(universe, tuple)[i];
        const char *comma = i > 0 ? "," : "";
        if (lineage_is_integer(universe, value))
            text = lineage_arena_format(&bench->arena, "%s%s%lld", text, comma,
                                        (long long)lineage_integer_of(universe, value));
        else
            text = lineage_arena_format(&bench->arena, "%s%s%s", text, comma,
                                        lineage_text_of(universe, value));
    }
    return text;
}

/* The facts of a relation at a time (0 for crash), sorted: "a,1 b,2". */
static inline const char *bench_facts(struct bench *bench, const char *relation, uint32_t time)
{
    const char *texts[64];
    size_t count;
    const uint32_t number = lineage_relation_find(&bench->model.universe, relation);
    assert_int_not_equal(number, LINEAGE_NONE);
    const uint32_t *facts = lineage_facts_at(&bench->execution, number, time, &count);
    assert_true(count <= 64);
    for (size_t i = 0; i < count; i++)
        texts[i] = bench_values(bench, bench->execution.facts.items[facts[i]].tuple);
    return bench_join(bench, texts, count);
}

/* All messages, sorted: "1:a>b:delivered", with `-` for a sender or a receiver that is no node. */
static inline const char *bench_messages(struct bench *bench)
{
    static const char *const fates[] = {"delivered", "omitted", "crashed", "in-flight", "nobody"};
    const struct lineage_universe *universe = &bench->model.universe;
    const char *texts[64];
    const size_t count = bench->execution.messages.count;
    assert_true(count <= 64);
    for (size_t i = 0; i < count; i++) {
        const struct lineage_message *m = &bench->execution.messages.items[i];
        texts[i] = lineage_arena_format(
            &bench->arena, "%u:%s>%s:%s", m->sent_time,
            m->from == LINEAGE_NONE ? "-" : lineage_node_name(universe, m->from),
            m->to == LINEAGE_NONE ? "-" : lineage_node_name(universe, m->to), fates[m->fate]);
    }
    return bench_join(bench, texts, count);
}

/* A model with a mistake: it is refused, and what is printed holds the part. */
static inline void bench_assert_refused(struct bench *bench, const char *text, const char *part)
{
    assert_false(bench_load(bench, text));
    bench_assert_contains(bench_diagnosed(bench), part);
}

#endif
