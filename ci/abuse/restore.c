/* Reads the newest search of a database back, as far as its good run goes, and says what it found;
 * status 1 and why, if that is impossible. For the tests of what abuse leaves behind. */
#include "../../lineage/store.h"

int main(int argc, char **argv)
{
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    struct lineage_store *store;
    struct lineage_restored restored;
    if (argc != 2) {
        fputs("usage: restore DATABASE\n", stderr);
        return 2;
    }
    if (lineage_store_open(argv[1], &store, &diagnostics) != LINEAGE_STORE_OK) {
        for (size_t i = 0; i < diagnostics.items.count; i++)
            lineage_diagnostic_print(&diagnostics.items.items[i], stderr);
        lineage_diagnostics_free(&diagnostics);
        return 1;
    }
    const bool is_restored = lineage_store_restore(store, &restored);
    if (!is_restored)
        fprintf(stderr, "%s\n", lineage_store_error(store));
    else
        printf("%zu facts, %zu messages, %zu firings; envelope: %zu firings\n",
               restored.good.facts.count, restored.good.messages.count,
               restored.good.firings.count, restored.envelope.firings.count);
    const bool has_good_run = is_restored && restored.good.facts.count > 0;
    lineage_restored_free(&restored);
    lineage_store_close(store);
    lineage_diagnostics_free(&diagnostics);
    return has_good_run ? 0 : 1;
}
