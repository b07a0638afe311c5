/* The shape of a counterexample (lineage/shape.h), for reports. */
#ifndef LDFI_HARNESS_SHAPE_H
#define LDFI_HARNESS_SHAPE_H

#include "../lineage/shape.h"
#include "search.h"

#include <cjson/cJSON.h>

struct harness_shape {
    struct lineage_arena arena;
    struct lineage_shape shape;
    struct lineage_difference difference; /* from search->good */
};

/* The shape of what a counterexample of the search breaks. `run`: the execution under its schedule,
 * recorded. Free it with harness_shape_free. */
void harness_shape_of(const struct harness_search *search,
                      const struct harness_counterexample *found,
                      const struct lineage_execution *run, struct harness_shape *shape);
void harness_shape_free(struct harness_shape *shape);

/* {"promises": [...], "causes": [...], "rules": [{"file", "line", "text"}...]}: `rules`, in the
 * order of time, are those of the firings that the difference begins with. Runs the
 * counterexample's schedule; null should that fail. The caller deletes it. */
cJSON *harness_shape_json(const struct harness_search *search,
                          const struct harness_counterexample *found);

/* Prints the first of these rules on a line: `First missing: RULE (FILE:LINE)`, or `First new: `
 * where it reads a crash that the good run does not have. Nothing if there is no difference. */
void harness_shape_print_first(const struct harness_search *search,
                               const struct harness_shape *shape, FILE *out);

#endif
