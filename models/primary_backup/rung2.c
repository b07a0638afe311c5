/* Rung 2: concurrent writes ("Growing a protocol", section 4.1, figure 1).
 *
 * Writes may come to any replica, which passes them on to the primary, and several may be under way
 * at once. The rest is rung 1, and so is the bug; only the faults that show it are others. */
#define FORWARDS_WRITES true
#include "rung1.c"
