#include "why.h"

#include "lineage_json.h"

#include <string.h>

static const char *kind_name(enum harness_why_kind kind)
{
    static const char *const names[HARNESS_WHY_KIND_COUNT] = {
        [HARNESS_WHY_HOLDS] = "holds",     [HARNESS_WHY_ABSENT] = "absent",
        [HARNESS_WHY_MISSING] = "missing", [HARNESS_WHY_ATTEMPT] = "attempt",
        [HARNESS_WHY_FALSE] = "false",     [HARNESS_WHY_OPEN] = "open",
        [HARNESS_WHY_LOST] = "lost",       [HARNESS_WHY_REMARK] = "remark"};
    return names[kind];
}

static void add_rule(cJSON *object, const char *key, const struct lineage_universe *universe,
                     uint32_t rule)
{
    if (rule == LINEAGE_NONE)
        return;
    cJSON_AddItemToObject(object, key, harness_rule_json(universe, rule));
}

static void add_tuple(cJSON *object, const struct lineage_universe *universe,
                      const struct harness_why *why)
{
    if (why->tuple == LINEAGE_NONE)
        return;
    char *text = lineage_tuple_text(universe, why->tuple);
    cJSON_AddStringToObject(object, "tuple", text);
    cJSON_AddNumberToObject(object, "time", why->time);
    if (why->instance != why->tuple) {
        char *instance = lineage_tuple_text(universe, why->instance);
        cJSON_AddStringToObject(object, "without_faults", instance);
        lineage_memory_free(instance);
    }
    if (why->since != why->time)
        cJSON_AddNumberToObject(object, "since", why->since);
    lineage_memory_free(text);
}

static void add_message(cJSON *object, const struct lineage_universe *universe,
                        const struct lineage_message *message)
{
    static const char *const fates[] = {"delivered", "omission", "crash",
                                        "in flight", "nobody",   "given"};
    if (message == NULL)
        return;
    cJSON *json = cJSON_AddObjectToObject(object, "message");
    harness_add_node(json, "from", universe, message->from);
    harness_add_node(json, "to", universe, message->to);
    cJSON_AddNumberToObject(json, "time", message->sent_time);
    cJSON_AddStringToObject(json, "fate", fates[message->fate]);
}

static void add_flags(cJSON *object, const struct harness_why *why)
{
    const struct {
        const char *key;
        bool is_set;
    } flags[] = {{"in_the_way", why->is_in_the_way},
                 {"as_without_faults", why->is_like_good},
                 {"there_without_faults", why->differs},
                 {"told_above", why->is_again},
                 {"brief", why->is_brief},
                 {"goes_on", why->is_cut}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (flags[i].is_set)
            cJSON_AddTrueToObject(object, flags[i].key);
}

cJSON *harness_why_json(const struct harness_explainer *explainer, const struct harness_why *why)
{
    const struct lineage_universe *universe = explainer->evidence->universe;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "kind", kind_name(why->kind));
    add_tuple(object, universe, why);
    add_rule(object, "rule", universe, why->rule);
    add_rule(object, "carried_by", universe, why->carrier);
    add_message(object, universe, why->message);
    if (why->input != NULL) {
        cJSON *input = cJSON_AddObjectToObject(object, "input");
        cJSON_AddStringToObject(input, "file", why->input->file);
        cJSON_AddNumberToObject(input, "line", why->input->line);
    }
    if (why->text != NULL)
        cJSON_AddStringToObject(object, "text", why->text);
    if (why->bindings != NULL)
        cJSON_AddStringToObject(object, "bindings", why->bindings);
    add_flags(object, why);
    if (why->below.count > 0) {
        cJSON *below = cJSON_AddArrayToObject(object, "because");
        for (size_t i = 0; i < why->below.count; i++)
            cJSON_AddItemToArray(below, harness_why_json(explainer, why->below.items[i]));
    }
    return object;
}
