/* Regression tests for bugs that hang on schedules: the corpus is replayed, and then each scenario
 * is searched again, for the same bug may be there under other faults (Growing a protocol, sections
 * 1 and 2). */
#ifndef LDFI_HARNESS_REGRESS_H
#define LDFI_HARNESS_REGRESS_H

#include "corpus.h"
#include "sweep.h"

#include "../lineage/shape.h"

/* What became of a bug of the corpus in a scenario. */
enum harness_fate {
    HARNESS_STILL_THERE,  /* its faults break the promise, and so they did */
    HARNESS_OTHER_FAULTS, /* its faults do not; a search finds the same bug */
    HARNESS_SAME_PROMISE, /* the same promises break for other causes: perhaps another bug */
    HARNESS_OTHER_BUG,    /* its faults break other promises */
    HARNESS_GONE,         /* its own scenario does not have it any more */
    HARNESS_NOT_THERE,    /* another scenario, which may not ask for it, does not have it */
    HARNESS_NOT_FOUND,    /* none of these, and the search is incomplete or promises nothing */
    HARNESS_NOT_ASKED,    /* its own scenario can no longer be given its inputs and faults */
};

const char *harness_fate_name(enum harness_fate fate);

/* The bugs that the corpus knows, in one scenario. */
struct harness_regression {
    size_t search;                /* the entry of the sweep that searches it */
    LINEAGE_ARRAY(size_t) known;  /* numbers in the corpus */
    LINEAGE_ARRAY(size_t) replay; /* their entries in the sweep */
};

struct harness_regress {
    struct harness_corpus corpus;
    struct harness_sweep sweep; /* searches and replays */
    LINEAGE_ARRAY(struct harness_regression) items;
};

/* Adds the scenario with the bugs that were found in it, or (`all`) with every one of the corpus.
 */
void harness_regress_add(struct harness_regress *regress, const char *scenario, bool all);

/* Replays and searches; returns the exit status. Then harness_regress_json tells what came of it:
 * for each scenario its row (sweep.h), "bugs" (those of the corpus, with "fate", "replay", and the
 * schedules by which the search found them) and "new" (counterexamples of no bug known). */
int harness_regress_run(struct harness_regress *regress);
cJSON *harness_regress_json(const struct harness_regress *regress);
void harness_regress_text(const cJSON *json, bool colour, FILE *out);
void harness_regress_free(struct harness_regress *regress);

/* May another bug hide behind a counterexample of the report? A list of minimal schedules says
 * nothing of those that include one of them, if the bounds allow more faults than it has. */
bool harness_may_hide(const cJSON *answer);

/* Have the searches of an entry come to their ends, so that what they did not find is not there, or
 * at least not without what they found? */
bool harness_is_searched(const struct harness_sweep *sweep, const struct harness_entry *entry);

/* Compares the "shape" of two counterexamples. */
enum lineage_likeness harness_compare_shapes(const cJSON *left, const cJSON *right);

/* Compares the "shape" of a bug, a counterexample or corpus file, with that of a counterexample
 * that was found. Alike is also what breaks more than the bug's promises. */
enum lineage_likeness harness_likeness(const cJSON *bug, const cJSON *found);

#endif
