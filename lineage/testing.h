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
    size_t refuted;  /* how often one of them said that a schedule does not break the promise */
};

static void checked_open(struct checked *checked, const struct testing_program *program,
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

static void checked_close(struct checked *checked)
{
    free(checked->breaks);
    testing_schedules_free(&checked->all);
    lineage_execution_free(&checked->good);
    testing_close(&checked->world);
}

#endif
