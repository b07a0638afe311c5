/* Exit statuses (README.md, "Exit status"). */
#ifndef LDFI_HARNESS_STATUS_H
#define LDFI_HARNESS_STATUS_H

enum harness_status {
    HARNESS_STATUS_OK = 0,
    HARNESS_STATUS_FOUND = 1, /* a counterexample, a broken promise, an unexpected verdict */
    HARNESS_STATUS_BAD_INPUT = 2,
    HARNESS_STATUS_NO_ANSWER = 3, /* out of budget, or a random search that found nothing */
    HARNESS_STATUS_MACHINE = 4,   /* disk, memory */
    HARNESS_STATUS_INTERRUPTED = 130,
};

#endif
