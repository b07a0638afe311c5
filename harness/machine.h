/* What the machine has left for this process. */
#ifndef LDFI_HARNESS_MACHINE_H
#define LDFI_HARNESS_MACHINE_H

#include <stddef.h>

/* Bytes that this process holds now. */
size_t harness_memory_in_use(void);

/* Bytes that it can still take before the kernel ends it or another: what the machine can free
 * (MemAvailable of /proc/meminfo), or less, where a control group above the process, of version 1
 * or 2, has a limit. SIZE_MAX: nobody says. `root` is the folder in which /proc and /sys lie; ""
 * for those of the machine. */
size_t harness_memory_available(const char *root);

/* Cores that this process may use. */
size_t harness_count_cores(void);

/* How the machine is divided among processes that run side by side. */
struct harness_share {
    size_t processes, threads; /* so many, of so many threads each */
    size_t memory_max;         /* bytes that each may hold; 0: nobody says */
};

/* Divides it for so many tasks, of which at most `jobs` may run at once. */
struct harness_share harness_share_machine(size_t jobs, size_t tasks);

#endif
