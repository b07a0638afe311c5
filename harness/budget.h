/* How much a search may spend, and why it stopped. */
#ifndef LDFI_HARNESS_BUDGET_H
#define LDFI_HARNESS_BUDGET_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum harness_stop {
    HARNESS_GOES_ON,
    HARNESS_OUT_OF_TIME,
    HARNESS_OUT_OF_RUNS,
    HARNESS_OUT_OF_MEMORY,
    HARNESS_STOPPED_BY_USER,
};

/* What was seen of the machine's memory; harness_budget_measure begins it. */
struct harness_machine_watch {
    size_t available_at_start; /* bytes; 0: the machine is not watched */
    size_t available, used;    /* when it was looked at last */
    double looked_seconds;
    /* Any thread may look, one at a time, and find that it is too much; what comes of that is the
     * business of the thread that polls. */
    atomic_flag is_looking;
    atomic_bool is_too_much;
};

struct harness_budget {
    double seconds_max;                       /* 0: no limit */
    uint64_t runs_max;                        /* 0: no limit */
    size_t memory_max;                        /* bytes the process may hold; 0: no limit */
    double start_seconds;                     /* harness_seconds() when the search began */
    const volatile sig_atomic_t *interrupted; /* set by SIGINT and SIGTERM; may be NULL */
    enum harness_stop stop;                   /* once set it stays */
    /* Called whenever it is polled, by the thread that polls; may be NULL. */
    void (*tick)(void *context);
    void *tick_context;
    uint32_t polls;
    struct harness_machine_watch machine;
};

/* Seconds of a clock that only goes forward. */
double harness_seconds(void);

/* Is it time to stop? Cheap enough to be asked thousands of times a second. `budget` is a
 * struct harness_budget *. */
bool harness_budget_poll(void *budget);

/* The same before a run: there have been `runs` so far. */
bool harness_budget_allows_run(struct harness_budget *budget, uint64_t runs);

/* How many runs it allows after so many. */
uint64_t harness_budget_runs_left(const struct harness_budget *budget, uint64_t runs);

/* Sets the default of `memory_max`, if that is 0: three quarters of what the machine has available.
 * From here on the search stops, too, when nine tenths of that are gone, whoever took them. */
void harness_budget_measure(struct harness_budget *budget);

/* For lineage_memory_watch: are so many more bytes to be had? The search is asked to stop where
 * they are more than its budget allows; the answer is no only where the machine has next to none
 * left, for between two polls much may be taken. `budget` is a struct harness_budget *. */
bool harness_budget_watch(void *budget, size_t bytes);

/* Why it stopped, in a word for programs: seconds, runs, memory, interrupt. */
const char *harness_stop_word(enum harness_stop stop);

/* Why it stopped, for people: "the time budget is used up". */
const char *harness_stop_reason(enum harness_stop stop);

#endif
