/* B11 (of rung 5b): M promotes the living replica with the highest name, also one that it has taken
 * out of the in-sync set; that puts it back in. */
#define REPLACES_CHOOSE_PRIMARY
#define REPORTS_SILENT
#include "../c/fail_slow.h"
#include "../rung5.c"

static const char *choose_primary(struct ldfi_node *master)
{
    for (size_t i = REPLICA_COUNT; i > 0; i--) {
        if (!seems_dead(master, REPLICAS[i - 1])) {
            ldfi_put(master, "in_sync", ldfi(REPLICAS[i - 1]), ldfi());
            return REPLICAS[i - 1];
        }
    }
    return NULL;
}
