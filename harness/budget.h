/* How much a search may spend, and why it stopped. */
#ifndef LDFI_HARNESS_BUDGET_H
#define LDFI_HARNESS_BUDGET_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum harness_stop {
    HARNESS_GOES_ON,
    HARNESS_OUT_OF_TIME,
    HARNESS_OUT_OF_RUNS,
    HARNESS_OUT_OF_MEMORY, /* of --max-memory, not of the machine's */
    HARNESS_STOPPED_BY_USER,
};

struct harness_budget {
    double seconds_max;                       /* 0: no limit */
    uint64_t runs_max;                        /* 0: no limit */
    size_t memory_max;                        /* bytes the process may hold; 0: no limit */
    double start_seconds;                     /* harness_seconds() when the search began */
    const volatile sig_atomic_t *interrupted; /* set by SIGINT and SIGTERM; may be NULL */
    enum harness_stop stop;                   /* once set it stays */
    uint32_t polls;
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

/* Bytes of memory that the process holds now. */
size_t harness_memory_in_use(void);

/* Why it stopped, in a word for programs: seconds, runs, memory, interrupt. */
const char *harness_stop_word(enum harness_stop stop);

/* Why it stopped, for people: "the time budget is used up". */
const char *harness_stop_reason(enum harness_stop stop);

#endif
