/* Rung 5b: rung 5, and a primary that need not wait for ever. A member that stays silent is taken
 * out of the in-sync set; from then on writes are acknowledged without it, and it must not lead. */
#define REPORTS_SILENT
#include "c/checkpoint_promise.h"
#include "c/fail_slow.h"
#include "rung5.c"
