/* What a scenario holds, and whether it makes sense. */
#include "scenario.h"

#include "../lineage/path.h"

#include <string.h>

enum { NODES_MAX = 100 };

void harness_scenario_create(struct harness_scenario *scenario)
{
    *scenario = (struct harness_scenario){
        .omissions = LINEAGE_UNBOUNDED, .oracle = LINEAGE_STRICT, .expect = HARNESS_NO_EXPECTATION};
}

void harness_scenario_destroy(struct harness_scenario *scenario)
{
    lineage_memory_free(scenario->model.items);
    lineage_memory_free(scenario->nodes.items);
    lineage_memory_free(scenario->immune.items);
    for (size_t i = 0; i < scenario->alike.count; i++)
        lineage_memory_free(scenario->alike.items[i].items);
    lineage_memory_free(scenario->alike.items);
    lineage_memory_free(scenario->chosen.items);
    cJSON_Delete(scenario->faults);
    cJSON_Delete(scenario->choose);
    cJSON_Delete(scenario->facts);
    lineage_arena_free(&scenario->arena);
    *scenario = (struct harness_scenario){.source = NULL};
}

const char *harness_verdict_name(enum harness_verdict verdict)
{
    static const char *const names[] = {"certified", "counterexample", "incomplete", "kept", ""};
    return names[verdict];
}

void harness_split(struct harness_scenario *scenario, const char *list, harness_texts *texts)
{
    while (*list != '\0') {
        const size_t bytes = strcspn(list, ",");
        LINEAGE_PUSH(texts, lineage_arena_text(&scenario->arena, list, bytes));
        list += bytes + (list[bytes] == ',');
    }
}

const char *harness_join(struct lineage_arena *arena, const harness_texts *texts,
                         const char *between)
{
    const char *joined = "";
    for (size_t i = 0; i < texts->count; i++)
        joined =
            lineage_arena_format(arena, "%s%s%s", joined, i > 0 ? between : "", texts->items[i]);
    return joined;
}

static size_t find_text(const harness_texts *texts, const char *text)
{
    size_t i = 0;
    while (i < texts->count && strcmp(texts->items[i], text) != 0)
        i++;
    return i;
}

/* Where a value was given; where it should have been, if it was not. */
static struct lineage_place given_at(const struct harness_scenario *scenario,
                                     struct lineage_place given)
{
    const struct lineage_place start = {scenario->source, scenario->source != NULL, 1};
    return given.source != NULL ? given : start;
}

static void check_names(const struct harness_scenario *scenario,
                        struct lineage_diagnostics *diagnostics)
{
    const harness_texts *nodes = &scenario->nodes;
    const struct lineage_place place = given_at(scenario, scenario->given.nodes);
    if (nodes->count == 0)
        lineage_error(diagnostics, place, "no nodes: name them in \"nodes\" or with --nodes a,b,c");
    if (nodes->count > NODES_MAX) {
        lineage_error(diagnostics, place, "%zu nodes are too many; at most %d are allowed",
                      nodes->count, NODES_MAX);
        return;
    }
    for (size_t i = 0; i < nodes->count; i++) {
        if (nodes->items[i][0] == '\0')
            lineage_error(diagnostics, place, "a node's name is empty");
        if (find_text(nodes, nodes->items[i]) < i)
            lineage_error(diagnostics, place, "the node %s is named twice", nodes->items[i]);
    }
    for (size_t i = 0; i < scenario->immune.count && diagnostics->error_count <= LINEAGE_ERRORS_MAX;
         i++)
        if (find_text(nodes, scenario->immune.items[i]) == nodes->count)
            lineage_error(diagnostics, given_at(scenario, scenario->given.immune),
                          "%s is to be immune but is no node; the nodes are %s",
                          scenario->immune.items[i],
                          harness_join(&diagnostics->arena, nodes, ", "));
}

static void check_alike(const struct harness_scenario *scenario,
                        struct lineage_diagnostics *diagnostics)
{
    for (size_t i = 0; i < scenario->alike.count; i++)
        for (size_t j = 0; j < scenario->alike.items[i].count; j++) {
            const char *name = scenario->alike.items[i].items[j];
            if (find_text(&scenario->nodes, name) == scenario->nodes.count)
                lineage_error(diagnostics, given_at(scenario, scenario->given.alike),
                              "%s is to be like others but is no node; the nodes are %s", name,
                              harness_join(&diagnostics->arena, &scenario->nodes, ", "));
        }
}

static void check_bounds(const struct harness_scenario *scenario,
                         struct lineage_diagnostics *diagnostics)
{
    const struct lineage_place start = given_at(scenario, (struct lineage_place){0});
    if (scenario->sweeps_eot || scenario->sweeps_eff)
        lineage_error(diagnostics, scenario->sweeps_eot ? scenario->given.eot : scenario->given.eff,
                      "this bound is left to `ldfi sweep`; for one search give %s N",
                      scenario->sweeps_eot ? "--eot" : "--eff");
    else if (scenario->given.eot.source == NULL)
        lineage_error(diagnostics, start,
                      "no end of time: give \"eot\" or --eot N, the last time step of a run");
    else if (scenario->eot < 1 || scenario->eot > HARNESS_TIME_MAX)
        lineage_error(diagnostics, scenario->given.eot,
                      "EOT is %u; time runs from 1 to EOT, at most %d", scenario->eot,
                      HARNESS_TIME_MAX);
    if (scenario->given.eff.source == NULL)
        lineage_error(diagnostics, start,
                      "no end of finite failures: give \"eff\" or --eff N; messages sent before "
                      "time N may be lost, 0 for none");
    if (scenario->given.crashes.source == NULL)
        lineage_error(diagnostics, start,
                      "no bound on crashes: give \"crashes\" or --crashes N, 0 for none");
    if (scenario->given.eot.source != NULL && !scenario->sweeps_eot &&
        scenario->eff > scenario->eot)
        lineage_error(diagnostics, given_at(scenario, scenario->given.eff),
                      "EFF is %u and EOT is %u: EFF may not exceed EOT", scenario->eff,
                      scenario->eot);
    if (scenario->nodes.count > 0 && scenario->crashes > scenario->nodes.count)
        lineage_error(diagnostics, given_at(scenario, scenario->given.crashes),
                      "%u nodes are to crash and there are %zu", scenario->crashes,
                      scenario->nodes.count);
}

const char *harness_base_name(struct lineage_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    return lineage_arena_text(arena, name,
                              dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name));
}

bool harness_scenario_check(struct harness_scenario *scenario,
                            struct lineage_diagnostics *diagnostics)
{
    const size_t errors = diagnostics->error_count;
    if (scenario->name == NULL && scenario->model.count > 0)
        scenario->name = harness_base_name(&scenario->arena, scenario->model.items[0]);
    if (scenario->model.count == 0)
        lineage_error(diagnostics, given_at(scenario, (struct lineage_place){0}),
                      "no model: name at least one .ded file");
    check_names(scenario, diagnostics);
    check_alike(scenario, diagnostics);
    check_bounds(scenario, diagnostics);
    return diagnostics->error_count == errors;
}

struct lineage_bounds harness_scenario_bounds(const struct harness_scenario *scenario)
{
    struct lineage_bounds bounds = {.eot = scenario->eot,
                                    .eff = scenario->eff,
                                    .crashes = scenario->crashes,
                                    .omissions = scenario->omissions};
    bounds.immune = lineage_memory_clear(scenario->nodes.count + 1);
    for (size_t i = 0; i < scenario->immune.count; i++)
        bounds.immune[find_text(&scenario->nodes, scenario->immune.items[i])] = true;
    return bounds;
}

size_t harness_scenario_find_model(const struct harness_scenario *scenario,
                                   const char *const *models, size_t model_count)
{
    for (size_t i = 0; i < scenario->model.count; i++)
        for (size_t j = 0; j < model_count; j++)
            if (lineage_path_is_same(scenario->model.items[i], models[j]))
                return i;
    return SIZE_MAX;
}
