/* Trying repairs: each is made on a copy of the program, and the copy is searched as the scenario
 * asks. What certifies keeps the promise within these bounds; whether it is what its author wants
 * is for people to say. */
#ifndef LDFI_HARNESS_TRY_H
#define LDFI_HARNESS_TRY_H

#include "explain.h"

struct harness_tried {
    LINEAGE_ARRAY(size_t) advice; /* which of the explanation's, all together */
    enum harness_verdict verdict;
    bool is_vacuous;      /* the copy promises nothing any more */
    size_t lost_count;    /* pre tuples of the good run that the copy's good run has no more */
    uint64_t runs;        /* of its search */
    const char *smallest; /* faults that break the copy: `omit(a,b,1)`; NULL: none were found */
    const char *failure;  /* the copy is no program, or could not be searched; NULL: it could */
};

struct harness_trials {
    struct lineage_arena arena;
    LINEAGE_ARRAY(struct harness_tried) items;
    bool is_interrupted; /* the user wanted no more */
};

/* Tries each mechanical advice by itself and, if none is enough, all of different rules together.
 * Each search stops after `seconds_max` (0: no limit). Free it with harness_trials_free. */
void harness_try(const struct harness_explanation *explanation, double seconds_max,
                 struct harness_trials *trials);
void harness_trials_free(struct harness_trials *trials);

/* Does the copy keep its promise, and promise as much as the program does? */
static inline bool harness_tried_is_enough(const struct harness_tried *tried)
{
    return tried->failure == NULL && tried->verdict == HARNESS_CERTIFIED && !tried->is_vacuous &&
           tried->lost_count == 0;
}

void harness_trials_text(const struct harness_explanation *explanation,
                         const struct harness_trials *trials, const struct harness_style *style,
                         FILE *out);
cJSON *harness_trials_json(const struct harness_trials *trials);

#endif
