/* The bounds of a model, and the schedules of faults that it prints when -DHISTORY is given. */

#ifndef EOT
#error "say -DEOT=, -DEFF= and -DCRASHES="
#endif

#ifdef HISTORY

/* The faults so far, as four bytes each. They are part of the state, so that no two schedules are one
 * to SPIN, and every schedule reaches the end. */
#define CRASH 1
#define OMISSION 2
#ifndef HISTORY_BYTES
#define HISTORY_BYTES 240
#endif
byte history[HISTORY_BYTES];
byte history_end;

#define REMEMBER(kind, from, to, time)                                                             \
    assert(history_end + 4 <= HISTORY_BYTES);                                                      \
    history[history_end] = kind;                                                                   \
    history[history_end + 1] = from;                                                               \
    history[history_end + 2] = to;                                                                 \
    history[history_end + 3] = time;                                                               \
    history_end = history_end + 4;

/* One line a schedule: kept or broken, then its faults, with nodes by number. */
#define REPORT(broken) c_code { report_history(now.broken); }

c_code {
    static void report_history(int is_broken)
    {
        int at;
        printf("schedule %s", is_broken ? "broken" : "kept");
        for (at = 0; at < now.history_end; at += 4) {
            if (now.history[at] == 1)
                printf(" crash(%d,%d)", now.history[at + 1], now.history[at + 3]);
            else
                printf(" omit(%d,%d,%d)", now.history[at + 1], now.history[at + 2],
                       now.history[at + 3]);
        }
        printf("\n");
    }
};

#else
#define REMEMBER(kind, from, to, time) skip;
#define REPORT(broken) skip;
#endif
