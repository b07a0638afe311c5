/* The line by which long work says what it does, how far it is and how long it will take. It is on
 * a terminal only, is never wider than that, and is gone at the end. */
#ifndef LDFI_HARNESS_PROGRESS_H
#define LDFI_HARNESS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is it time to draw a line? `*drawn` is when that was done last, 0 at first. */
bool harness_progress_is_due(double start_seconds, double *drawn);

/* Draws the line, cut to the terminal's width, in the place of the one before. */
void harness_progress_show(const char *line);

/* Takes the line away, if there is one. */
void harness_progress_end(double *drawn);

/* How far tasks are that run side by side (farm.h). */
struct harness_tally {
    size_t answered, running;
    size_t oldest;         /* of those running, the task that began first */
    double oldest_seconds; /* for so long it has run */
    double worked_seconds; /* the answered took, all together */
};

struct harness_tasks {
    const char *command; /* "sweep" */
    const char *what;    /* "searches" */
    size_t known;        /* answered before any ran */
    size_t total, jobs;  /* of those to run */
    const char *oldest;  /* what the oldest task is called */
    double seconds_max;  /* none takes longer; 0: any may */
    bool goes_on;        /* others may follow */
    double start_seconds;
};

/* Draws the line of tasks, if it is time. */
void harness_progress_tasks(const struct harness_tasks *tasks, const struct harness_tally *tally,
                            double *drawn);

struct harness_search;

/* Draws the line of one search, or replay, if it is time. */
void harness_progress(struct harness_search *search);

#endif
