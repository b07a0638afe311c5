/* The clock of seconds hardly ever moves between two runs, so that a protocol that asks it would
 * pass for deterministic. A module finds this function before the C library's. */
#include "worker.h"

#include <time.h>

static time_t shift;

void native_clock_shift(int64_t seconds)
{
    shift = (time_t)seconds;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): a reserved name there */
time_t time(time_t *seconds)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec += shift;
    if (seconds != NULL)
        *seconds = now.tv_sec;
    return now.tv_sec;
}
