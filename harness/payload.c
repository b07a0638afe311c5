#include "payload.h"

#include "lineage_json.h"

#include "json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Integers up to this size are exact as doubles. */
static const int64_t EXACT_MAX = (int64_t)1 << 53;

uint32_t harness_payload_address(uint32_t node)
{
    return node == LINEAGE_NONE ? 0x0afffffe : 0x0a000001 + node;
}

static cJSON *value_json(const struct lineage_universe *universe, lineage_value value)
{
    if (value == LINEAGE_UNKNOWN)
        return cJSON_CreateNull();
    if (!lineage_is_integer(universe, value))
        return cJSON_CreateString(lineage_text_of(universe, value));
    const int64_t integer = lineage_integer_of(universe, value);
    if (integer > -EXACT_MAX && integer < EXACT_MAX)
        return cJSON_CreateNumber((double)integer);
    char digits[32];
    snprintf(digits, sizeof digits, "%lld", (long long)integer);
    cJSON *wide = cJSON_CreateObject();
    cJSON_AddStringToObject(wide, "integer", digits);
    return wide;
}

lineage_value harness_payload_read_value(struct lineage_universe *universe, const cJSON *json)
{
    if (cJSON_IsString(json))
        return lineage_string(universe, json->valuestring, strlen(json->valuestring));
    if (cJSON_IsNull(json))
        return LINEAGE_UNKNOWN;
    const double number = json->valuedouble;
    if (cJSON_IsNumber(json) && fabs(number) < (double)EXACT_MAX && rint(number) == number)
        return lineage_integer(universe, (int64_t)number);
    const char *digits = cJSON_IsObject(json) ? harness_json_text(json, "integer") : "";
    char *end;
    errno = 0;
    const long long wide = strtoll(digits, &end, 10);
    return digits[0] != '\0' && *end == '\0' && errno == 0
               ? lineage_integer_wide(universe, (int64_t)wide)
               : LINEAGE_NONE;
}

static cJSON *start(const struct harness_export *export, const char *kind)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "ldfi", HARNESS_PAYLOAD_VERSION);
    cJSON_AddStringToObject(object, "kind", kind);
    cJSON_AddNumberToObject(object, "run", (double)export->run);
    return object;
}

cJSON *harness_payload_run(const struct harness_export *export)
{
    const struct lineage_universe *universe = export->execution->universe;
    cJSON *object = start(export, "run");
    cJSON_AddStringToObject(object, "scenario", export->name);
    cJSON_AddNumberToObject(object, "eot", export->execution->eot);
    cJSON *nodes = cJSON_AddArrayToObject(object, "nodes");
    for (uint32_t i = 0; i < universe->nodes.count; i++) {
        char address[16];
        const uint32_t bits = harness_payload_address(i);
        snprintf(address, sizeof address, "%u.%u.%u.%u", bits >> 24, bits >> 16 & 255,
                 bits >> 8 & 255, bits & 255);
        cJSON *node = cJSON_CreateObject();
        cJSON_AddStringToObject(node, "name", lineage_node_name(universe, i));
        cJSON_AddStringToObject(node, "address", address);
        cJSON_AddItemToArray(nodes, node);
    }
    return object;
}

cJSON *harness_payload_message(const struct harness_export *export, size_t number)
{
    const struct lineage_universe *universe = export->execution->universe;
    const struct lineage_message *message = &export->execution->messages.items[number];
    const uint32_t relation = lineage_tuple_relation(universe, message->tuple);
    const lineage_value *values = lineage_tuple_values(universe, message->tuple);
    char *text = lineage_tuple_text(universe, message->tuple);
    cJSON *object = start(export, "message");
    cJSON_AddNumberToObject(object, "message",
                            export->numbers != NULL ? export->numbers[number] : (double)number);
    cJSON_AddStringToObject(object, "name", universe->relations.items[relation].name);
    harness_add_node(object, "from", universe, message->from);
    harness_add_node(object, "to", universe, message->to);
    cJSON_AddNumberToObject(object, "sent", message->sent_time);
    cJSON_AddItemToObject(object, "received",
                          message->fate == LINEAGE_DELIVERED
                              ? cJSON_CreateNumber((double)message->sent_time + 1)
                              : cJSON_CreateNull());
    cJSON_AddStringToObject(object, "fate", harness_export_fate(message->fate));
    cJSON *arguments = cJSON_AddArrayToObject(object, "arguments");
    for (uint32_t i = 0; i < universe->relations.items[relation].arity; i++)
        cJSON_AddItemToArray(arguments, value_json(universe, values[i]));
    cJSON_AddStringToObject(object, "tuple", text);
    lineage_memory_free(text);
    return object;
}

cJSON *harness_payload_crash(const struct harness_export *export, const struct lineage_crash *crash)
{
    cJSON *object = start(export, "crash");
    harness_add_node(object, "node", export->execution->universe, crash->node);
    cJSON_AddNumberToObject(object, "time", crash->time);
    return object;
}
