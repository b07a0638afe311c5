/* What a run that kept the promise teaches about all schedules that include its own; lesson.c says
 * what and why. A lesson is data: it mentions nodes and times and no tuples, so it means the same
 * in every universe of a scenario, whoever ran the run. */
#ifndef LDFI_LINEAGE_LESSON_H
#define LDFI_LINEAGE_LESSON_H

#include "hazard.h"

#include "../solver/solver.h"

/* Of the schedules that include the run's, what the hazard formula of an envelope leaves to try. */
enum lineage_rest {
    LINEAGE_REST_UNKNOWN, /* there is no envelope */
    LINEAGE_REST_LISTED,  /* those with one of the single faults in `rest`; perhaps none */
    LINEAGE_REST_OPEN,    /* some; only the hazard formula itself says which */
};

struct lineage_lesson {
    struct lineage_schedule schedule;
    /* Omissions where the run sent something that arrived, among those that may still happen. */
    struct lineage_schedule exposed;
    /* By node: the last time at which it sent another node something that arrived (0: never); the
     * first at which it had crashed and such a thing was lost (EOT: never). */
    uint32_t *last_sent, *first_lost;
    bool reads_crash; /* something in the model reads which nodes crash */

    enum lineage_rest kind_of_rest;
    struct lineage_schedule rest; /* a set of single faults */
    /* The envelope does not reckon with further crashes: what it leaves says nothing of schedules
     * that have one. */
    bool no_more_crashes;
    /* How many single faults that touch the run it excludes, as far as that is known; the nodes of
     * its hazard formula; and what it took to find out, in nodes of formulas looked at. */
    size_t excluded, nodes, effort;
};

/* What a lesson is learned from. */
struct lineage_study {
    const struct lineage_schedule *schedule;
    const struct lineage_execution *run;      /* under exactly the schedule; kept the promise */
    const struct lineage_execution *envelope; /* of the schedule, or NULL: not known */
    const struct lineage_execution *good;     /* the failure-free run */
    const struct lineage_bounds *bounds;      /* of the search */
    bool no_more_crashes;                     /* the envelope reckons with none */
    bool leaves_open;                         /* do not ask what is left */
    bool to_be_proved;                        /* no solver's word may go into the lesson */
    enum lineage_oracle oracle;
    bool reads_crash;
    struct solver_memory memory;
    struct solver_options solver; /* for the question what is left; it may interrupt that. No
                                   * clauses are kept. */
};

/* Learns what there is to learn; free it with lineage_lesson_free. */
void lineage_lesson_learn(struct lineage_lesson *lesson, const struct lineage_study *study);
void lineage_lesson_free(struct lineage_lesson *lesson);

/* The times between which a node that crashes in the run may crash just as well, if nothing reads
 * crashes: the run is the same. */
void lineage_crash_times(const struct lineage_execution *run, uint32_t node, uint32_t *first,
                         uint32_t *last);

/* The same lesson for other nodes: what it says of node n the image says of permutation[n], in a
 * scenario where exchanging them changes nothing. What only a hazard formula says is left out. Free
 * the image with lineage_lesson_free. */
void lineage_lesson_permute(const struct lineage_lesson *lesson, const uint32_t *permutation,
                            size_t node_count, struct lineage_lesson *image);

/* Does the lesson exclude this schedule, which has as many faults as its own, by itself: as the
 * same, or as one that leads to the same run? */
bool lineage_lesson_covers(const struct lineage_lesson *lesson,
                           const struct lineage_schedule *schedule);

/* A formula that holds of every schedule within the bounds that breaks the promise. It takes
 * omissions into `variables` as it meets them. `hazard` is the hazard formula over `variables`, for
 * LINEAGE_REST_OPEN; SOLVER_TRUE does without. */
solver_formula lineage_lesson_formula(struct lineage_fault_variables *variables,
                                      const struct lineage_lesson *lesson, solver_formula hazard);

#endif
