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
    void (*progress)(struct harness_comparison *comparison); /* may be NULL */

    /* State and results. */
    struct lineage_arena arena;
    LINEAGE_ARRAY(struct harness_pair) pairs;
    size_t left_out; /* scenarios of folders that name neither version */
    size_t answered, task_count;
    struct harness_options options; /* of each search */
    size_t memory_max;              /* of each */
    double start_seconds;
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
 *   losses               what NEW lacks, each with its kind: "new bug", "certificate", "bounds",
 *                        "vacuous", "promise"
 *   open                 what a budget left open
 *   certificate          kept, gained, lost, open or none
 *   counterexamples      of both, each with its kind: "both", "new bug", "old bug", "repaired",
 *                        "moved" (its bug is there under other faults), "open"
 *   promises, saved, support     harness_compare_measure, or null
 *   notes
 * Returns the exit status of the whole. */
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
 * Empty if a version cannot be read, leaves bounds to be swept, or fails. The caller deletes it. */
cJSON *harness_compare_measure(const struct harness_job jobs[2]);

/* ---- compare_judge.c ---- */

/* What the answers of a pair and its measures come to; the caller deletes it. */
cJSON *harness_compare_judge(const struct harness_pair *pair);

/* What all rows come to: how many are worse and so on, and the sum of what they saved. */
cJSON *harness_compare_sum(const struct harness_comparison *comparison);

#endif
