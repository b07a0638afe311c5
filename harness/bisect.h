/* Since when has a bug been there? Replaying its faults on older versions is root cause analysis as
 * usual, and "similarly inadequate, because a set of faults triggering bugs in later versions may
 * fail to do so in an earlier version" (Growing a protocol, section 1). So each version is
 * searched, and what is found is told by its shape. */
#ifndef LDFI_HARNESS_BISECT_H
#define LDFI_HARNESS_BISECT_H

#include "regress.h"

/* One scenario that a version is searched with. Texts are the caller's; JSON is owned. */
struct harness_question {
    const char *scenario;
    const char *model; /* takes the place of one of its models; NULL: none (job.h) */
    size_t replaced;
    /* Today's inputs, asked only where the version's own scenarios do not show the bug: they may
     * have left out what it needs. */
    bool in_reserve;
    bool is_answered; /* searched to the end */
    cJSON *row;       /* of its search (sweep.h); NULL: it was not asked */
    cJSON *found;     /* all minimal counterexamples */
    cJSON *replay;    /* the row of its replay of today's faults */
};

/* A version of the protocol. */
struct harness_version {
    const char *label;
    const char *missing; /* why it cannot be searched; NULL: it can */
    LINEAGE_ARRAY(struct harness_question) questions;
};

struct harness_bisect {
    struct harness_sweep sweep;                     /* how to search: inputs alone */
    LINEAGE_ARRAY(struct harness_version) versions; /* the oldest first */
    const cJSON *faults;   /* of today's bug, as the user gave them; NULL: the smallest found */
    bool assumes_monotone; /* what has the bug hands it on to all later versions */

    /* Results. */
    cJSON *bug;   /* today's counterexample, with its shape; owned; NULL: there is none */
    size_t today; /* the newest version that has it */
    cJSON *json;  /* owned; see harness_bisect_run */
};

/* Adds a version, and a scenario to it; return their numbers. */
size_t harness_bisect_add(struct harness_bisect *bisect, const char *label);
void harness_bisect_add_question(struct harness_bisect *bisect, size_t version,
                                 struct harness_question question);

/* Searches, replays and judges; returns the exit status. `json` has then
 *   bug         today's counterexample: faults, text, broken, shape
 *   versions    for each: version, verdict ("counterexample", "certified", "kept", "incomplete",
 * "error", "missing", "not asked"), counterexample with its scenario (of today's bug, if the
 * version has it; else a smallest), replay ("broken", "another bug", "kept", "impossible", "not
 * asked"), bug ("same", "same promise", "another", "none", "unknown", "not asked"), runs, seconds
 *   introduced  the first version that has the bug; shown_from: the first from which on today's
 *               faults show it; sentence: the answer */
int harness_bisect_run(struct harness_bisect *bisect);
void harness_bisect_text(const struct harness_bisect *bisect, bool colour, FILE *out);
void harness_bisect_free(struct harness_bisect *bisect);

#endif
