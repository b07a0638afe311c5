/* Searching the fault schedules of a scenario for one that breaks its promise. What the
 * strategies share, and the strategies: three that search, and one that tries a single schedule. */
#ifndef LDFI_HARNESS_SEARCH_H
#define LDFI_HARNESS_SEARCH_H

#include "../lineage/store.h"
#include "budget.h"
#include "executor.h"
#include "scenario.h"

enum harness_strategy { HARNESS_LINEAGE, HARNESS_EXHAUSTIVE, HARNESS_RANDOM, HARNESS_REPLAY };
enum { HARNESS_STRATEGY_COUNT = 4 };

struct harness_options {
    enum harness_strategy strategy;
    bool all;                /* every minimal counterexample, not the first alone */
    bool is_certified;       /* by other means (inputs.h): only the run without faults is made */
    bool record_all;         /* keep every run whole, not the good one and counterexamples alone */
    uint64_t seed;           /* of a random search */
    size_t jobs;             /* threads of a lineage search; 0 counts as 1 */
    uint64_t random_runs;    /* how many schedules it tries */
    bool random_runs_given;  /* by the user */
    const char *dimacs_path; /* where to write the final CNF; NULL: nowhere */
    const char *proof_path;  /* where to write the proof that it is unsatisfiable; NULL: nowhere */
};

typedef LINEAGE_ARRAY(uint32_t) harness_times;
typedef LINEAGE_ARRAY(struct lineage_schedule) harness_schedules;

/* A minimal schedule that breaks the promise. */
struct harness_counterexample {
    struct lineage_schedule schedule; /* the least member */
    /* By crash: the times at which it may happen, the others as they are, with no effect on any
     * fact but `crash`. The first is the schedule's own. */
    harness_times *times;
    harness_schedules members; /* all known that differ in such times only */
    size_t blocked_count;      /* of these, in order: those that a solver has been told of */
    lineage_tuples broken;     /* the pre tuples without post */
    uint64_t fingerprint[2];
};

struct harness_statistics {
    uint64_t messages, facts, firings, pre, post; /* of the good run */
};

struct harness_timing {
    double execute, lineage, solve, store;
};

enum harness_failure {
    HARNESS_NO_FAILURE,
    HARNESS_MODEL_FAILURE,  /* a run ended with an error of the model */
    HARNESS_STORE_FAILURE,  /* the database could not be written */
    HARNESS_OUTPUT_FAILURE, /* a file asked for could not be written */
    HARNESS_SOLVER_FAILURE  /* the solver has contradicted itself */
};

struct harness_search {
    /* Inputs. */
    const struct harness_scenario *scenario;
    struct harness_executor *executor;
    struct lineage_bounds bounds;
    struct lineage_schedule replayed; /* of HARNESS_REPLAY: the one schedule to run */
    struct harness_options options;
    struct harness_budget budget;
    struct lineage_store *store; /* NULL: nothing is kept */
    struct lineage_diagnostics *diagnostics;
    /* Called now and then with the search as it stands; may be NULL. */
    void (*progress)(struct harness_search *search);
    double progress_drawn; /* when it last showed something */
    const char *doing;     /* what it does now, where that is no run; NULL: it runs schedules */

    /* State and results. */
    struct lineage_execution good;
    bool has_good, vacuous;
    enum harness_verdict verdict;
    bool complete; /* no smaller counterexample exists; with `all`, the list is complete */
    bool proved;   /* the proof that was asked for is written */
    uint64_t runs, checks, hypotheses;
    size_t size;     /* of the schedules under search */
    uint64_t states; /* of an exhaustive search */
    struct harness_statistics statistics;
    struct harness_timing timing;
    LINEAGE_ARRAY(struct harness_counterexample) counterexamples;
    enum harness_failure failure;
};

/* Runs the whole search. Inputs must be set; results are in the struct, errors in its diagnostics.
 * Free with harness_search_free, which leaves what the inputs own alone. */
void harness_search_run(struct harness_search *search);
void harness_search_free(struct harness_search *search);

/* lineage, exhaustive, random or replay. */
const char *harness_strategy_name(enum harness_strategy strategy);

/* Did the search end as its scenario expects? A promise of nothing is not the certificate that
 * `certified` expects. */
bool harness_is_as_expected(const struct harness_search *search);

/* ---- for the strategies ---- */

/* Executes a schedule, counted as a run (`is_check` false) or a check, and kept in the store as the
 * options say. On true, `*execution` is to be freed and `broken` holds what it breaks; on false the
 * search has stopped. */
bool harness_search_replay(struct harness_search *search, const struct lineage_schedule *schedule,
                           bool is_check, struct lineage_execution *execution,
                           lineage_tuples *broken);

/* Takes a schedule that breaks the promise into the list of counterexamples, or joins it to one
 * that differs only in the times of crashes without effect. `minimal` says that no proper subset
 * breaks the promise; otherwise the smallest subset that does is looked for. */
void harness_search_accept(struct harness_search *search, const struct lineage_schedule *schedule,
                           bool minimal);

/* What came of a question that takes a replay. */
enum harness_trial { HARNESS_TRIAL_NO, HARNESS_TRIAL_YES, HARNESS_TRIAL_STOPPED };

/* Does no part of the schedule that has this fault (omissions count first, then crashes) break the
 * promise? */
enum harness_trial harness_search_is_minimal(struct harness_search *search,
                                             const struct lineage_schedule *schedule, size_t fault);

/* A number that depends on the facts under a schedule, as far as the outcome depends on them,
 * `crash` aside. The schedule has run before. False if it ends with an error. */
bool harness_fingerprint(struct harness_search *search, const struct lineage_schedule *schedule,
                         uint64_t print[2]);

/* Of a search for the first counterexample: the times at which its crashes may happen just as well,
 * by the run under its schedule, which becomes that with the earliest (crash_times.c). */
void harness_find_times(const struct harness_search *search, struct harness_counterexample *found,
                        const struct lineage_execution *run);

/* Of a search for all: takes a schedule into the members of a counterexample, with those that
 * differ from it in times only as far as the search does not meet them itself, and shows the least.
 */
void harness_add_member(struct harness_search *search, struct harness_counterexample *found,
                        const struct lineage_schedule *schedule);
bool harness_differ_in_times_only(const struct harness_counterexample *left,
                                  const struct harness_counterexample *right);

void harness_schedules_free(harness_schedules *schedules);

/* Keeps every counterexample whole in the store, if there is one. */
void harness_search_keep_counterexamples(struct harness_search *search);

/* The strategies: each sets verdict and complete. The good run is there and keeps its promise. */
void harness_search_lineage(struct harness_search *search);
void harness_search_exhaustive(struct harness_search *search);
void harness_search_random(struct harness_search *search);
void harness_search_replayed(struct harness_search *search);

/* Keeps a run in the store, if there is one, and puts on disk what has been kept; false if the
 * search must stop. */
bool harness_search_keep(struct harness_search *search, const struct lineage_store_run *run);
bool harness_search_commit(struct harness_search *search);

/* The search must stop: because of the model, as the executor says; because of the store. */
void harness_search_fail(struct harness_search *search);
void harness_search_fail_store(struct harness_search *search);

/* Adds the time since `*since` to `*total`, and sets `*since` to now. */
void harness_lap(double *since, double *total);

#endif
