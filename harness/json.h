/* Reading reports: what a key of a JSON object holds, if it holds that. */
#ifndef LDFI_HARNESS_JSON_H
#define LDFI_HARNESS_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <string.h>

static inline const cJSON *harness_json_get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* The text of a key; "" if it has none. */
static inline const char *harness_json_text(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

/* The number of a key; 0 if it has none. */
static inline double harness_json_number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static inline bool harness_json_is_true(const cJSON *object, const char *key)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, key));
}

/* Is the text of a key this one? */
static inline bool harness_json_is(const cJSON *object, const char *key, const char *text)
{
    return strcmp(harness_json_text(object, key), text) == 0;
}

/* Copies what a key holds, if it holds anything. */
static inline void harness_json_copy(cJSON *target, const cJSON *source, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(source, key);
    if (item != NULL)
        cJSON_AddItemToObject(target, key, cJSON_Duplicate(item, true));
}

/* The first element of the list of a key; NULL if there is none. */
static inline const cJSON *harness_json_first(const cJSON *object, const char *key)
{
    return cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(object, key), 0);
}

#endif
