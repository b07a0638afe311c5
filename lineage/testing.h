/* For tests of formulas: a small program, all its schedules, and which of them break its promise.
 */
#ifndef LDFI_LINEAGE_TESTING_H
#define LDFI_LINEAGE_TESTING_H

#include "../harness/testing.h"

struct checked {
    struct testing_world world;
    struct lineage_execution good;
    testing_schedules all;
    bool *breaks;    /* by schedule */
    size_t breaking; /* how many do */
    size_t formulas; /* that have been checked */
    size_t covered;  /* by a lesson, its own schedule or one alike */
    size_t refuted;  /* how often one of them said that a schedule does not break the promise */
};

/* Values that a text format may lose: -1, more than 32 bits, the ends of 64 bits, strings with
 * what JSON escapes, strings of digits; counts; a division that some faults would bring to zero. */
static inline const struct testing_program *testing_awkward_values(void)
{
    static const struct testing_program values = {
        "values",
        "a,b,c",
        4,
        3,
        1,
        NULL,
        "say(\"b\", \"a\", \"\\ tab\t line\n \xc3\xa4 7\", 0 - 1)@1;\n"
        "say(\"c\", \"a\", \"12\", 9223372036854775807)@1;\n"
        "say(N, A, S, I)@next :- say(N, A, S, I);\n"
        "less(N, A, S, 0 - I - 1) :- say(N, A, S, I);\n"
        "said(A, S, I)@async :- less(N, A, S, I);\n"
        "said(A, S, I)@async :- say(N, A, S, I);\n"
        "said(A, S, I)@next :- said(A, S, I);\n"
        "counted(A, count<I>) :- said(A, _, I);\n"
        "share(A, 12 / N) :- counted(A, N);\n"
        "pre(S) :- say(_, _, S, _), notin crash(\"b\", \"b\", 2);\n"
        "post(S) :- said(A, S, I), I < 0, counted(A, N), N > 3;\n"};
    return &values;
}

static inline void checked_open(struct checked *checked, const struct testing_program *program,
                                enum lineage_oracle oracle, uint32_t omissions)
{
    const struct lineage_schedule none = {.omissions = {0}};
    *checked = (struct checked){.breaking = 0};
    testing_open(&checked->world, program);
    checked->world.bounds.omissions = omissions;
    checked->world.scenario.oracle = oracle;
    struct harness_executor *executor = &checked->world.executor;
    assert_int_equal(executor->execute(executor, &none, true, &checked->good), HARNESS_OK);
    testing_all_schedules(&checked->world.bounds, (uint32_t)executor->universe->nodes.count,
                          &checked->all);
    checked->breaks = calloc(checked->all.count + 1, sizeof *checked->breaks);
    for (size_t i = 0; i < checked->all.count; i++) {
        checked->breaks[i] =
            testing_breaks(&checked->world, &checked->all.items[i], &checked->good);
        checked->breaking += checked->breaks[i];
    }
}

static inline void checked_close(struct checked *checked)
{
    free(checked->breaks);
    testing_schedules_free(&checked->all);
    lineage_execution_free(&checked->good);
    testing_close(&checked->world);
}

#endif
