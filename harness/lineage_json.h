/* What lineage is made of, as JSON. */
#ifndef LDFI_HARNESS_LINEAGE_JSON_H
#define LDFI_HARNESS_LINEAGE_JSON_H

#include "../lineage/universe.h"

#include <cjson/cJSON.h>

/* A node's name; null for none. */
static inline void harness_add_node(cJSON *object, const char *key,
                                    const struct lineage_universe *universe, uint32_t node)
{
    cJSON_AddItemToObject(object, key,
                          node == LINEAGE_NONE
                              ? cJSON_CreateNull()
                              : cJSON_CreateString(lineage_node_name(universe, node)));
}

/* A tuple as a model writes it. */
static inline void harness_add_tuple(cJSON *object, const char *key,
                                     const struct lineage_universe *universe, lineage_tuple tuple)
{
    char *text = lineage_tuple_text(universe, tuple);
    cJSON_AddStringToObject(object, key, text);
    lineage_memory_free(text);
}

/* {"file", "line", "text"}; the caller deletes it. */
static inline cJSON *harness_rule_json(const struct lineage_universe *universe, uint32_t number)
{
    const struct lineage_rule *rule = &universe->rules.items[number];
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "file", rule->file);
    cJSON_AddNumberToObject(object, "line", rule->line);
    cJSON_AddStringToObject(object, "text", rule->text);
    return object;
}

#endif
