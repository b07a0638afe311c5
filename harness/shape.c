#include "shape.h"

#include "lineage_json.h"

#include <string.h>

void harness_shape_of(const struct harness_search *search,
                      const struct harness_counterexample *found,
                      const struct lineage_execution *run, struct harness_shape *shape)
{
    *shape = (struct harness_shape){.arena = {.newest = NULL}};
    lineage_difference_find(&search->good, run, &found->broken, &shape->difference);
    lineage_shape_of(run, &found->broken, &shape->difference, &shape->arena, &shape->shape);
}

void harness_shape_free(struct harness_shape *shape)
{
    lineage_difference_free(&shape->difference);
    lineage_arena_free(&shape->arena);
}

static cJSON *names_json(const struct lineage_names *names)
{
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < names->count; i++)
        cJSON_AddItemToArray(array, cJSON_CreateString(names->items[i]));
    return array;
}

static cJSON *rules_json(const struct lineage_universe *universe,
                         const struct lineage_difference *difference)
{
    cJSON *array = cJSON_CreateArray();
    bool *is_listed = lineage_memory_clear(universe->rules.count + 1);
    for (size_t i = 0; i < difference->items.count; i++) {
        const struct lineage_difference_item *item = &difference->items.items[i];
        if (is_listed[item->rule] || !lineage_difference_leads(difference, item))
            continue;
        is_listed[item->rule] = true;
        cJSON_AddItemToArray(array, harness_rule_json(universe, item->rule));
    }
    lineage_memory_free(is_listed);
    return array;
}

cJSON *harness_shape_json(const struct harness_search *search,
                          const struct harness_counterexample *found)
{
    struct lineage_execution run;
    cJSON *object = NULL;
    search->executor->poll = NULL;
    if (search->executor->execute(search->executor, &found->schedule, true, &run) == HARNESS_OK) {
        struct harness_shape shape;
        harness_shape_of(search, found, &run, &shape);
        object = cJSON_CreateObject();
        cJSON_AddItemToObject(object, "promises", names_json(&shape.shape.promises));
        cJSON_AddItemToObject(object, "causes", names_json(&shape.shape.causes));
        cJSON_AddItemToObject(object, "rules",
                              rules_json(search->executor->universe, &shape.difference));
        harness_shape_free(&shape);
    }
    lineage_execution_free(&run);
    return object == NULL ? cJSON_CreateNull() : object;
}

void harness_shape_print_first(const struct harness_search *search,
                               const struct harness_shape *shape, FILE *out)
{
    const struct lineage_difference *difference = &shape->difference;
    size_t first = 0;
    while (first < difference->items.count &&
           !lineage_difference_leads(difference, &difference->items.items[first]))
        first++;
    if (first == difference->items.count)
        return;
    const struct lineage_difference_item *item = &difference->items.items[first];
    const struct lineage_rule *rule = &search->executor->universe->rules.items[item->rule];
    fprintf(out, "First %s: %.*s", item->is_new ? "new" : "missing", (int)strcspn(rule->text, ";"),
            rule->text);
    if (rule->line > 0)
        fprintf(out, " (%s:%u)", rule->file, rule->line);
    fputc('\n', out);
}
