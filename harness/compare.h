/* Two versions of a protocol, asked the same questions. "The initial design of a protocol is
 * followed by a long series of optimizations" (Growing a protocol, section 1): does the new version
 * still keep every promise that the old one kept, and what did it save? */
#ifndef LDFI_HARNESS_COMPARE_H
#define LDFI_HARNESS_COMPARE_H

#include "job.h"

enum harness_side { HARNESS_OLD, HARNESS_NEW };

/* One question to both. */
struct harness_pair {
    const char *paths[2];  /* the scenario, by version; in the arena */
    const char *models[2]; /* take the place of one of its models; NULL: none (job.h) */
    size_t replaced;
    size_t combination; /* of its inputs */
    cJSON *answers[2];  /* owned: what the searches came to */
    cJSON *measures;    /* owned: harness_compare_measure */
    cJSON *row;         /* owned, see harness_comparison_run */
};

struct harness_comparison {
    /* Inputs. */
    const char *versions[2]; /* the files that are compared, as the user called them */
    double seconds_max;      /* of each search; 0: no limit */
    uint64_t runs_max;       /* likewise */
    uint32_t eot_max;        /* where growing bounds end */
    size_t jobs;             /* processes at once; 0 counts as 1 */
    struct lineage_diagnostics *diagnostics;
    const volatile sig_atomic_t *interrupted;
    bool shows_progress;

    /* State and results. */
    struct lineage_arena arena;
    LINEAGE_ARRAY(struct harness_pair) pairs;
    size_t left_out;                /* scenarios of folders that name neither version */
    struct harness_options options; /* of each search */
    size_t memory_max;              /* of each */
    double start_seconds, progress_drawn;
    bool is_interrupted;
    cJSON *sum; /* owned, see harness_comparison_run */
};

/* What the versions are to be asked: the scenarios at a path, a file or a folder, with each model
 * in the place of that model of the scenario which is one of the two, or else of its first. Of a
 * folder only those that name one. False with errors reported at `place`. */
bool harness_comparison_add(struct harness_comparison *comparison, const char *path,
                            struct lineage_place place);

/* Both versions are scenarios: they are compared as they are. */
bool harness_comparison_add_scenarios(struct harness_comparison *comparison,
                                      struct lineage_place place);

/* Searches all pairs for every minimal counterexample, and measures. Each has a row then:
 *   scenario, choice     its path (two, if both versions are scenarios), the inputs chosen or null
 *   old, new             what came of each: verdict, bounds, ..., or an error
 *   status, outcome      1 worse, 0 no worse, 3 not known, ...; in words
 *   losses               what NEW lacks, each with its kind: "new bug", "fewer faults",
 * "certificate", "bounds", "vacuous", "promise" open                 what a budget, or narrower
 * bounds, left open certificate          kept, gained, lost, open or none counterexamples      of
 * both, each with its kind: "both", "new bug", "fewer faults" (OLD's bug, and OLD needs more), "old
 * bug", "repaired", "moved" (its bug is there under other faults), "open" promises, saved, support
 * harness_compare_measure, or null notes Returns the exit status of the whole. */
int harness_comparison_run(struct harness_comparison *comparison);
void harness_comparison_free(struct harness_comparison *comparison);

/* Everything, and for people; the caller deletes the JSON. */
struct harness_style;
cJSON *harness_comparison_json(const struct harness_comparison *comparison, int status);
void harness_comparison_text(const struct harness_comparison *comparison,
                             const struct harness_style *style, FILE *out);

/* ---- compare_measure.c ---- */

/* Runs both versions without faults and, if the bounds allow a crash, under every schedule of one
 * crash. Numbers are {"old", "new"} each; null: that version has no such relation.
 *   promises   by name: how many pre tuples the good run has at its end; "lacking": those of OLD
 *              that NEW has not
 *   saved      "eot"; "outcome_from": since when the outcome stands (lineage_outcome_time);
 * "facts"; "one_crash": null, or how many "schedules"; "messages" by relation, and "all": those of
 * the good run, and of all schedules of one crash together ("one_crash"). What a node sends after
 * its crash was not sent. support    the post tuples of each good run ("posts", and how many are of
 * "both"); of these the "rules" whose messages the outcome rests on (lineage_support_find), with
 *              {"file", "line", "messages"} in each version or null. Rules are the same that
 *              have the same text.
 *   promise_rules   harness_compare_promise_rules
 * Empty if a version cannot be read, leaves bounds to be swept, or fails. The caller deletes it. */
cJSON *harness_compare_measure(const struct harness_job jobs[2]);

/* ---- compare_promise.c ---- */

/* The rules that state a promise: those of `pre` and `post`, and of relations that are derived at
 * once and read for these alone. {"old", "new"}: what that version alone has, each with "rule" (its
 * text), "file" and "line", those of pre and post first. The caller deletes it. */
cJSON *harness_compare_promise_rules(const struct lineage_universe *old,
                                     const struct lineage_universe *new);

/* ---- compare_faults.c ---- */

/* The counterexample of the answer with the faults of `wanted`, but for crash times that make no
 * difference; NULL: none. */
const cJSON *harness_compare_find_faults(const cJSON *answer, const cJSON *wanted);

/* What OLD needs to break what a counterexample of NEW breaks. */
struct harness_fewer {
    size_t needed;       /* faults, of OLD's smallest counterexample that breaks all of its
                            promises; SIZE_MAX: OLD has none */
    bool is_smaller;     /* NEW needs fewer than that */
    const cJSON *larger; /* one of OLD's that has these faults and more; NULL: none */
    bool is_stood;       /* no counterexample of OLD lies within these faults */
};

/* Does NEW's counterexample need fewer faults than OLD's, either way? */
bool harness_compare_fewer(const cJSON *old, const cJSON *found, struct harness_fewer *fewer);

/* Are the counterexample's faults among the answer's nodes and within its bounds, the crashes at
 * one of their times? */
bool harness_compare_allows(const cJSON *answer, const cJSON *counterexample);

/* Do the bounds `wide` hold all of the others: EOT and EFF; and crashes, omissions and nodes that
 * are not immune? */
bool harness_compare_covers(const cJSON *wide, const cJSON *narrow);
bool harness_compare_includes(const cJSON *wide, const cJSON *narrow);

bool harness_compare_is_immune_same(const cJSON *left, const cJSON *right);

/* "EOT 5, EFF 3, crashes 1", and the immune nodes if they are to be named; the arena's. */
const char *harness_compare_bounds_text(struct lineage_arena *arena, const cJSON *bounds,
                                        bool with_immune);

/* ---- compare_judge.c ---- */

/* What the answers of a pair and its measures come to; the caller deletes it. */
cJSON *harness_compare_judge(const struct harness_pair *pair);

/* What all rows come to: how many are worse and so on, and the sum of what they saved. */
cJSON *harness_compare_sum(const struct harness_comparison *comparison);

#endif
