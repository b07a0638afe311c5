/* A sweep: many scenarios, each with all its inputs, and what came of them (Growing a protocol,
 * section 2: the search "has to be run on every commit"). */
#ifndef LDFI_HARNESS_SWEEP_H
#define LDFI_HARNESS_SWEEP_H

#include "digest.h"
#include "job.h"

#include "../lineage/results.h"

/* One question of a sweep: a scenario whose inputs are chosen. */
struct harness_unit {
    size_t entry, combination;
    double cost;                    /* a guess, to compare with others */
    char key[HARNESS_DIGEST_BYTES]; /* "": the scenario cannot be read */
    cJSON *choice;                  /* owned; its inputs; NULL: there is nothing to choose */
    cJSON *answer;                  /* owned; NULL: there is none yet */
    cJSON *resumed;                 /* owned; what an earlier sweep of its bounds came to */
    bool is_old;                    /* the answer is that of an earlier sweep */
    bool is_excluded;               /* one formula for all inputs has certified it (inputs.h) */
};

/* One scenario of a sweep. Texts live in the sweep's arena; JSON is the caller's, but for the row.
 */
struct harness_entry {
    const char *path;
    const char *label;          /* what it is called: the path, where it is the user's */
    const char *name, *version; /* the file's name; the first model's */
    enum harness_verdict expect;
    bool sweeps_bounds, sweeps_eot;
    bool in_folder; /* found in one, not named by the user */
    size_t first_unit, unit_count;
    /* What is asked otherwise than the file has it (job.h); zeroed: nothing. */
    const char *model;
    size_t replaced;
    const cJSON *faults, *choice;
    uint32_t eot, eff;
    cJSON *row; /* owned; once the sweep is over, see harness_sweep_run */
};

struct harness_sweep {
    /* Inputs. */
    struct harness_options options; /* of each search */
    double seconds_max;             /* of each scenario's combination; 0: no limit */
    uint64_t runs_max;              /* likewise */
    size_t memory_max;              /* of each; 0: what the machine has, divided */
    uint32_t eot_max;               /* where growing bounds end */
    size_t jobs;                    /* processes at once; 0 counts as 1 */
    size_t shard, shard_count;      /* from 1 to shard_count; 0: all */
    bool marks_shard;               /* notes in the store that the shard began and ended */
    bool cheapest_first;            /* begins with small questions */
    bool resumes;                   /* takes the store's results for answers */
    bool reports_only; /* runs nothing and writes nothing into the store: the answers are those of
                          the store, even if a budget has ended them */
    struct lineage_store *store; /* keeps results; NULL: nothing does */
    struct lineage_diagnostics *diagnostics;
    const volatile sig_atomic_t *interrupted;
    const char *command; /* what progress calls it; NULL: none is shown */
    bool goes_on;        /* of progress: other sweeps may follow */

    /* State and results. */
    struct lineage_arena arena;
    LINEAGE_ARRAY(struct harness_entry) entries;
    LINEAGE_ARRAY(struct harness_unit) units;
    LINEAGE_ARRAY(size_t) several;   /* entries whose inputs are asked for together */
    LINEAGE_ARRAY(size_t) open;      /* the units to be asked: tasks of the farm */
    char plan[HARNESS_DIGEST_BYTES]; /* of the scenarios of all shards */
    size_t answered;                 /* units that are */
    double start_seconds, progress_drawn;
    size_t operand_start; /* the first entry of what the user named last */
    bool is_interrupted, store_failed;
};

/* Adds the scenarios at a path: a file, or a folder with all .json files below it, in the order of
 * their names, but for those that say they are something else ("$schema", "kind"). False with
 * errors reported at `place`. */
bool harness_sweep_add(struct harness_sweep *sweep, const char *path, struct lineage_place place);

/* Does a JSON file say that it is no scenario ("$schema", "kind")? */
bool harness_is_something_else(const char *path);

/* Adds one scenario, even if it is there already. Returns its number. */
size_t harness_sweep_add_entry(struct harness_sweep *sweep, const char *path);

/* Searches all entries, or with `reports_only` takes what the store knows; what it does not know
 * has status HARNESS_STATUS_NO_ANSWER.
 *
 * Each entry has a row then:
 *   scenario, name, version    its label, its name, the protocol's
 *   verdict                    of all its inputs; absent where there is none, but an error
 *   vacuous, expect, as_expected, status (the exit status it has earned)
 *   bounds, sweep              those searched; those grown through, if they were to be swept
 *   runs, seconds              of all its inputs
 *   counterexample, choice     a smallest one, with the inputs that it needs
 *   inputs                     where there are several: combinations, broken, certified, and how
 *                              many of them by one formula
 *   error                      the first
 *   resumed                    nothing was run again
 * Returns the exit status of the whole. */
int harness_sweep_run(struct harness_sweep *sweep);
void harness_sweep_free(struct harness_sweep *sweep);

/* The row of an entry whose questions are answered (sweep_rows.c). */
cJSON *harness_sweep_row(const struct harness_sweep *sweep, const struct harness_entry *entry);

/* ---- what is told of a sweep (sweep_report.c, junit.c) ---- */

struct harness_style;

/* The table, for people: first what was not expected. */
void harness_sweep_text(const struct harness_sweep *sweep, const struct harness_style *style,
                        FILE *out);
/* The summary of a CI job, in Markdown. */
void harness_sweep_markdown(const struct harness_sweep *sweep, FILE *out);
/* GitHub's workflow commands: an annotation for each scenario that did not end as expected. */
void harness_sweep_annotate(const struct harness_sweep *sweep, FILE *out);
/* JUnit XML, a test case for each scenario; false if the file cannot be written. */
bool harness_sweep_junit(const struct harness_sweep *sweep, const char *path);
/* Everything; the caller deletes it. */
cJSON *harness_sweep_json(const struct harness_sweep *sweep, int status);

/* What is wrong with a row, in one line: "certified, but counterexample was expected"; "" if
 * nothing is. In the arena. */
const char *harness_row_complaint(struct lineage_arena *arena, const cJSON *row);

/* The exit status of several (README.md, "Exit status"). */
int harness_worst_status(int left, int right);

#endif
