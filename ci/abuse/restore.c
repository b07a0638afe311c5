/* Reads the newest search of a database back, as far as its good run goes, and says what it found;
 * or why that cannot be done, with status 4 if the machine is at fault and 1 if the database is.
 * For the tests of what abuse leaves behind. */
#include "../../lineage/store.h"

#include <string.h>
#include <unistd.h>

enum { BAD = 1, MACHINE = 4 };

static _Noreturn void out_of_memory(void *context)
{
    (void)context;
    fputs("out of memory\n", stderr);
    _exit(MACHINE);
}

static int fail(int status, const char *text)
{
    fprintf(stderr, "%s\n", text);
    return status;
}

int main(int argc, char **argv)
{
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    struct lineage_store *store;
    struct lineage_restored restored;
    if (argc != 2)
        return fail(BAD, "usage: restore DATABASE");
    lineage_memory_on_exhaustion(out_of_memory, NULL);
    int status = 0;
    const enum lineage_store_failure failure = lineage_store_open(argv[1], &store, &diagnostics);
    if (failure != LINEAGE_STORE_OK) {
        status = fail(failure == LINEAGE_STORE_UNFIT ? BAD : MACHINE,
                      diagnostics.items.items[0].message);
        lineage_diagnostics_free(&diagnostics);
        return status;
    }
    if (!lineage_store_restore(store, 0, &restored))
        status = fail(strstr(lineage_store_error(store), "damaged") != NULL ? BAD : MACHINE,
                      lineage_store_error(store));
    else if (restored.good.facts.count == 0)
        status = fail(BAD, "it has no good run");
    else
        printf("%zu facts, %zu messages, %zu firings; envelope: %zu firings\n",
               restored.good.facts.count, restored.good.messages.count, restored.good.firings.count,
               restored.envelope.firings.count);
    lineage_restored_free(&restored);
    lineage_store_close(store);
    lineage_diagnostics_free(&diagnostics);
    return fflush(stdout) == 0 ? status : fail(MACHINE, "cannot write to standard output");
}
