#include "command.h"

#include "symmetry.h"

static const struct harness_option options[] = {
    HARNESS_SCENARIO_OPTIONS, HARNESS_OUTPUT_OPTIONS, {0, NULL, 0, NULL, NULL}};

/* Lists of two or more nodes that are alike. */
static cJSON *alike_json(const struct harness_symmetry *symmetry,
                         const struct lineage_universe *universe)
{
    cJSON *classes = cJSON_CreateArray();
    for (uint32_t first = 0; first < symmetry->node_count; first++) {
        cJSON *names = cJSON_CreateArray();
        for (uint32_t node = first; node < symmetry->node_count; node++)
            if (symmetry->class_of[node] == first)
                cJSON_AddItemToArray(names, cJSON_CreateString(lineage_node_name(universe, node)));
        if (cJSON_GetArraySize(names) > 1)
            cJSON_AddItemToArray(classes, names);
        else
            cJSON_Delete(names);
    }
    return classes;
}

static void print_alike(const cJSON *classes)
{
    const cJSON *names, *name;
    cJSON_ArrayForEach(names, classes)
    {
        fputs("  alike:", stdout);
        cJSON_ArrayForEach(name, names)
        {
            printf(" %s", name->valuestring);
        }
        putchar('\n');
    }
}

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    struct harness_request request = {.command = command};
    const int status = harness_request_open(&request, command, argc, argv);
    if (status >= 0)
        return status;
    harness_request_warn(&request);
    const struct lineage_universe *universe = request.session.executor.universe;
    size_t relations = 0;
    for (size_t i = 0; i < universe->relations.count; i++)
        relations += !universe->relations.items[i].internal;
    struct harness_symmetry symmetry;
    harness_symmetry_find(&symmetry, &request.session.executor, &request.session.search.bounds);
    cJSON *alike = alike_json(&symmetry, universe);
    harness_symmetry_free(&symmetry);
    if (request.json) {
        cJSON *object = harness_head_json(&request.session.search);
        cJSON_AddNumberToObject(object, "relations", (double)relations);
        cJSON_AddNumberToObject(object, "rules", (double)universe->rules.count);
        cJSON_AddItemToObject(object, "alike", alike);
        cJSON_AddNumberToObject(object, "inputs", (double)request.combinations);
        cJSON *swept = cJSON_AddArrayToObject(object, "swept");
        if (request.leaves_eot)
            cJSON_AddItemToArray(swept, cJSON_CreateString("eot"));
        if (request.leaves_eff)
            cJSON_AddItemToArray(swept, cJSON_CreateString("eff"));
        cJSON_AddItemToObject(object, "warnings",
                              harness_warnings_json(&request.session.diagnostics));
        harness_print_json(object, stdout);
    } else if (!request.quiet) {
        printf("%s: well formed: %zu nodes, %zu relations, %zu rules\n",
               request.session.scenario.name, universe->nodes.count, relations,
               universe->rules.count);
        print_alike(alike);
        if (request.combinations > 1)
            printf("  inputs: %zu combinations, of which the first was read\n",
                   request.combinations);
        if (request.leaves_eot || request.leaves_eff)
            printf("  bounds: `ldfi sweep` finds %s\n", !request.leaves_eff   ? "EOT"
                                                        : !request.leaves_eot ? "EFF"
                                                                              : "EOT and EFF");
    }
    if (!request.json)
        cJSON_Delete(alike);
    return harness_request_finish(&request, HARNESS_STATUS_OK);
}

const struct harness_command harness_command_check = {
    .name = "check",
    .summary = "read a scenario and its model, and run nothing",
    .purpose = HARNESS_FINDS,
    .synopsis = "SCENARIO.json [OPTION...]\n"
                "MODEL... -N A,B,C -t N -f N -c N [OPTION...]\n",
    .about = "Reads a scenario and its model, and says what is wrong with them and which nodes\n"
             "are alike, without running anything.\n",
    .examples = "ldfi check scenarios/primary_backup/rung3.json\n",
    .options = options,
    .run = run_command};
