/* Models from anywhere: lexer, parser, includes, checks, types, strata, plans, and what is printed
 * of their mistakes. Nothing runs. */
#include "fuzz.h"

#include "../../../harness/dedalus/execute.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const nodes[] = {"a", "b", "c"};
    const struct ded_options options = {.strict_locality = false};
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    struct ded_model model;
    struct ded_engine engine;
    const char *path = fuzz_files_open(data, size);
    const bool is_model = ded_model_load(&model, &path, 1, options, &diagnostics);
    fuzz_files_close();
    if (is_model) {
        ded_model_set_nodes(&model, nodes, sizeof nodes / sizeof *nodes);
        ded_model_lint(&model, 6, &diagnostics);
        ded_engine_create(&engine, &model);
        ded_engine_destroy(&engine);
    }
    for (size_t i = 0; i < diagnostics.items.count; i++)
        lineage_diagnostic_print(&diagnostics.items.items[i], fuzz_nowhere());
    ded_model_destroy(&model);
    lineage_diagnostics_free(&diagnostics);
    return 0;
}
