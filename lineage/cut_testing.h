/* What the tests of supports share: a program, run without faults, and its facts by their text. */
#ifndef LDFI_LINEAGE_CUT_TESTING_H
#define LDFI_LINEAGE_CUT_TESTING_H

#include "testing.h"

#include "cut.h"

struct fixture {
    struct testing_world world;
    struct lineage_execution good, bad;
    bool has_bad;
    struct lineage_supports supports;
    char text[8000];
};

static inline int open_fixture(void **state)
{
    *state = calloc(1, sizeof(struct fixture));
    return 0;
}

/* Opens the program and runs it without faults. */
static inline void run_good(struct fixture *f, const struct testing_program *program)
{
    const struct lineage_schedule none = {.omissions = {0}};
    testing_open(&f->world, program);
    assert_int_equal(f->world.executor.execute(&f->world.executor, &none, true, &f->good),
                     HARNESS_OK);
}

static inline int close_fixture(void **state)
{
    struct fixture *f = *state;
    lineage_supports_free(&f->supports);
    lineage_execution_free(&f->good);
    if (f->has_bad)
        lineage_execution_free(&f->bad);
    testing_close(&f->world);
    free(f);
    return 0;
}

/* The fact of the good run that is printed so. */
static inline uint32_t fact(const struct fixture *f, const char *wanted, uint32_t time)
{
    for (uint32_t i = 0; i < f->good.facts.count; i++) {
        char *text = lineage_tuple_text(f->good.universe, f->good.facts.items[i].tuple);
        const bool is_it = f->good.facts.items[i].time == time && strcmp(text, wanted) == 0;
        lineage_memory_free(text);
        if (is_it)
            return i;
    }
    fail_msg("no %s at %u", wanted, time);
    return LINEAGE_NONE;
}

#define CUT_TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

/* A promise that is kept, for programs about something else. */
#define PROMISE "pre(N) :- all(N); post(N) :- all(N); all(\"a\")@1; all(N)@next :- all(N);\n"

#endif
