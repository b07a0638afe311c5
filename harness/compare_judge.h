/* What the parts of a judgement share: compare_judge.c, compare_bugs.c. */
#ifndef LDFI_HARNESS_COMPARE_JUDGE_H
#define LDFI_HARNESS_COMPARE_JUDGE_H

#include "compare.h"

/* A pair on its way to a row. Texts live in the arena. */
struct harness_judgement {
    struct lineage_arena arena;
    const cJSON *old, *new;
    cJSON *losses, *open, *notes, *found; /* the row's lists (compare.h) */
    bool is_outside;                      /* NEW was not asked about some counterexample of OLD */
};

/* Adds a loss; adds a text to one of the other lists. Texts are copied. */
void harness_judgement_lose(struct harness_judgement *judgement, const char *kind,
                            const char *text);
void harness_judgement_say(cJSON *list, const char *text);

/* ---- compare_bugs.c ---- */

/* Compares the counterexamples of both. */
void harness_judgement_find(struct harness_judgement *judgement);

/* Does the answer's scenario name its faults, and ask for no more? */
bool harness_judgement_is_replay(const cJSON *answer);

/* Is its list of counterexamples the whole list? */
bool harness_judgement_is_whole(const cJSON *answer);

#endif
