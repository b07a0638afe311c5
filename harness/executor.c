/* Which executor a scenario's model asks for. */
#include "executor.h"

#include "native/sources.h"
#include "scenario.h"

bool harness_is_native(const struct harness_scenario *scenario)
{
    if (scenario->texts != NULL && scenario->texts->count > 0)
        return native_is_module(scenario->texts->items[0]->path);
    for (size_t i = 0; i < scenario->model.count; i++)
        if (native_is_module(scenario->model.items[i]))
            return true;
    return false;
}

bool harness_executor_open(struct harness_executor *executor,
                           const struct harness_scenario *scenario,
                           struct lineage_diagnostics *diagnostics)
{
    return harness_is_native(scenario) ? harness_native_open(executor, scenario, diagnostics)
                                       : harness_dedalus_open(executor, scenario, diagnostics);
}
