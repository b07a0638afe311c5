/* Jobs answered side by side, each in a process of its own: what one does to itself (memory, a
 * crash) is its own affair, and nothing is shared but the machine. */
#ifndef LDFI_HARNESS_FARM_H
#define LDFI_HARNESS_FARM_H

#include "progress.h"

#include <cjson/cJSON.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

struct harness_farm {
    size_t count; /* of the tasks, numbered from 0 */
    size_t jobs;  /* at most so many at once; at least 1 */
    void *context;
    /* Answers a task, in its process; what it returns is deleted. */
    cJSON *(*answer)(void *context, size_t task);
    /* Takes the answer, in this process, in the order in which tasks end; it owns it. A task whose
     * process did not answer has {"error", "errors", "status"}. False: take no more, end. */
    bool (*take)(void *context, size_t task, cJSON *answer);
    /* Called now and then while tasks run, with how far they are; may be NULL. */
    void (*tick)(void *context, const struct harness_tally *tally);
    const volatile sig_atomic_t *interrupted; /* ends it when set; may be NULL */
};

/* What stands for an answer that there is not: {"error", "errors", "status"}. */
cJSON *harness_error_json(const char *message, int status);

/* Has all tasks answered; false if it ended before. No process is left in either case. */
bool harness_farm_run(const struct harness_farm *farm);

#endif
