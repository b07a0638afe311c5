/* Faults, schedules of faults, and the bounds within which they may happen. Nodes are numbers in
 * the universe, times are logical steps from 1 to `eot`. */
#ifndef LDFI_LINEAGE_FAULT_H
#define LDFI_LINEAGE_FAULT_H

#include "universe.h"

/* All messages that `from` sends `to` at `time` are lost. */
struct lineage_omission {
    uint32_t time, from, to;
};

/* What `node` sends at `time` or later is lost. */
struct lineage_crash {
    uint32_t time, node;
};

/* A set of faults, each array in ascending order without repetition (keep it so through
 * lineage_schedule_add_*). Zeroed is the empty schedule. */
struct lineage_schedule {
    LINEAGE_ARRAY(struct lineage_omission) omissions;
    LINEAGE_ARRAY(struct lineage_crash) crashes;
};

enum { LINEAGE_UNBOUNDED = 0xffffffff };

/* <EOT, EFF, crashes> (Alvaro et al., SIGMOD 2015, section 2.1.1), and what a scenario may add. */
struct lineage_bounds {
    uint32_t eot;       /* the last time step */
    uint32_t eff;       /* a message may be lost only when sent at time < eff */
    uint32_t crashes;   /* at most so many nodes crash */
    uint32_t omissions; /* at most so many omissions; LINEAGE_UNBOUNDED: any number */
    bool *immune;       /* by node: never crashes, and what it sends is never lost */
};

/* Adds a fault; a second one that is equal changes nothing. */
void lineage_schedule_add_omission(struct lineage_schedule *schedule,
                                   struct lineage_omission omission);
void lineage_schedule_add_crash(struct lineage_schedule *schedule, struct lineage_crash crash);

void lineage_schedule_copy(struct lineage_schedule *target, const struct lineage_schedule *source);
void lineage_schedule_free(struct lineage_schedule *schedule);

/* Number of faults. */
static inline size_t lineage_schedule_size(const struct lineage_schedule *schedule)
{
    return schedule->omissions.count + schedule->crashes.count;
}

bool lineage_schedule_equal(const struct lineage_schedule *left,
                            const struct lineage_schedule *right);

/* <0, 0, >0: by size, then by omissions, then by crashes: the order in which schedules are shown.
 */
int lineage_schedule_compare(const struct lineage_schedule *left,
                             const struct lineage_schedule *right);

/* Is every fault of `small` in `large`, crashes at the same times? */
bool lineage_schedule_is_subset(const struct lineage_schedule *small,
                                const struct lineage_schedule *large);

/* Is what `from` sends `to` at `time` lost? Never, for a message of a node to itself. */
bool lineage_schedule_loses(const struct lineage_schedule *schedule, uint32_t from, uint32_t to,
                            uint32_t time);

/* The time at which `node` crashes, or LINEAGE_NONE. */
uint32_t lineage_schedule_crash_time(const struct lineage_schedule *schedule, uint32_t node);

/* Could the bounds allow this single fault? */
bool lineage_bounds_allow_omission(const struct lineage_bounds *bounds, uint32_t from, uint32_t to,
                                   uint32_t time);
bool lineage_bounds_allow_crash(const struct lineage_bounds *bounds, uint32_t node, uint32_t time);

/* Is the whole schedule within the bounds? */
bool lineage_bounds_allow(const struct lineage_bounds *bounds,
                          const struct lineage_schedule *schedule);

/* Beside the faults of `schedule`, could the bounds allow this one too: losing what `from` sends
 * `to` at `time`; a crash of `node` at `time`? */
bool lineage_bounds_may_omit(const struct lineage_bounds *bounds,
                             const struct lineage_schedule *schedule, uint32_t from, uint32_t to,
                             uint32_t time);
bool lineage_bounds_may_crash(const struct lineage_bounds *bounds,
                              const struct lineage_schedule *schedule, uint32_t node,
                              uint32_t time);

/* Prints `omit(a,b,1) crash(c,3)`, or `no faults`. */
void lineage_schedule_print(const struct lineage_universe *universe,
                            const struct lineage_schedule *schedule, FILE *out);

#endif
