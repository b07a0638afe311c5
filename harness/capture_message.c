/* From JSON objects to messages: by a map, or as ldfi itself wrote them. */
#include "capture.h"

#include "json.h"
#include "payload.h"
#include "scenario.h"
#include "utf8.h"

#include <math.h>

enum {
    MESSAGES_MAX = 1 << 20,
    KINDS_MAX = 1000, /* of messages */
    NODES_MAX = 100,  /* as many as scenarios may have */
    COLUMNS_MAX = 63, /* as many as a database takes */
    NAME_BYTES_MAX = 100,
    ROUTE_COLUMNS = 2, /* receiver and sender, before the arguments of a map */
};

struct object {
    struct harness_capture *capture;
    const struct harness_endpoint *ends;
    struct harness_moment moment;
    const cJSON *json;
};

static void note(const struct object *object, enum harness_oddity oddity, const char *what)
{
    harness_capture_note(object->capture, oddity, object->moment.frame, "%.60s", what);
}

/* A name as a relation of a model could have it: letters, digits and underscores. What has another
 * meaning in an execution gets a word behind it. */
static const char *relation_name(struct lineage_arena *arena, const char *name)
{
    static const char *const taken[] = {"pre", "post", "crash"};
    char *clean = lineage_arena_text(arena, name, strnlen(name, NAME_BYTES_MAX));
    for (char *at = clean; *at != '\0'; at++)
        if (!((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
              (*at >= '0' && *at <= '9')))
            *at = '_';
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strcmp(clean, taken[i]) == 0)
            return lineage_arena_format(arena, "%s_message", clean);
    return clean;
}

/* The relation of a message's name with so many columns, added if it is new; LINEAGE_NONE, with a
 * note, if there can be none. */
static uint32_t take_relation(const struct object *object, const char *name, uint32_t arity)
{
    struct lineage_universe *universe = &object->capture->universe;
    struct lineage_arena scratch = {.newest = NULL};
    const char *clean = relation_name(&scratch, name);
    uint32_t relation = lineage_relation_find(universe, clean);
    if (relation == LINEAGE_NONE && universe->relations.count >= KINDS_MAX) {
        note(object, HARNESS_ODD_LIMIT, "too many names of messages");
    } else if (relation == LINEAGE_NONE) {
        clean = lineage_arena_text(&object->capture->arena, clean, strlen(clean));
        relation = lineage_relation_add(universe, (struct lineage_relation){clean, arity, false});
    } else if (universe->relations.items[relation].arity != arity) {
        note(object, HARNESS_ODD_SHAPE, name);
        relation = LINEAGE_NONE;
    }
    lineage_arena_free(&scratch);
    return relation;
}

static void push(const struct object *object, struct harness_captured message)
{
    struct harness_capture *capture = object->capture;
    if (capture->messages.count == MESSAGES_MAX) {
        note(object, HARNESS_ODD_LIMIT, "too many messages");
        return;
    }
    message.frame = object->moment.frame;
    message.order = (uint32_t)capture->messages.count;
    LINEAGE_PUSH(&capture->messages, message);
}

/* A field, `a.b` standing for the field b of a; NULL if there is none. */
static const cJSON *find_field(const cJSON *json, const char *path)
{
    char key[NAME_BYTES_MAX + 1];
    const cJSON *whole = harness_json_get(json, path);
    const char *dot = strchr(path, '.');
    if (whole != NULL || dot == NULL || (size_t)(dot - path) > NAME_BYTES_MAX)
        return whole;
    memcpy(key, path, (size_t)(dot - path));
    key[dot - path] = '\0';
    return find_field(harness_json_get(json, key), dot + 1);
}

/* A text, as valid UTF-8. */
static lineage_value text_value(struct lineage_universe *universe, const char *text)
{
    char *copy = lineage_memory_resize(NULL, strlen(text) + 1);
    memcpy(copy, text, strlen(text) + 1);
    harness_make_valid(copy);
    const lineage_value value = lineage_string(universe, copy, strlen(copy));
    lineage_memory_free(copy);
    return value;
}

/* Texts and whole numbers as they are, all else as the text of its JSON; what is not there is null.
 */
static lineage_value any_value(struct lineage_universe *universe, const cJSON *json)
{
    if (cJSON_IsString(json))
        return text_value(universe, json->valuestring);
    if (cJSON_IsNumber(json) && rint(json->valuedouble) == json->valuedouble)
        return harness_payload_read_value(universe, json) != LINEAGE_NONE
                   ? harness_payload_read_value(universe, json)
                   : LINEAGE_UNKNOWN;
    char *text = json == NULL ? NULL : cJSON_PrintUnformatted(json);
    const lineage_value value = text_value(universe, text == NULL ? "null" : text);
    cJSON_free(text);
    return value;
}

static bool has_address(const struct harness_mapped_address *mapped,
                        const struct harness_endpoint *end)
{
    return mapped->version == end->version && (!mapped->has_port || mapped->port == end->port) &&
           memcmp(mapped->bytes, end->address, end->version == 6 ? 16 : 4) == 0;
}

/* The node at an end of the conversation: an address with a port comes before one without. */
static uint32_t node_at(const struct harness_capture_map *map, const struct harness_endpoint *end)
{
    uint32_t found = map->others;
    bool has_port = false;
    for (size_t i = 0; i < map->addresses.count; i++) {
        const struct harness_mapped_address *mapped = &map->addresses.items[i];
        if (has_address(mapped, end) && (mapped->has_port || !has_port)) {
            found = mapped->node;
            has_port = mapped->has_port;
        }
    }
    return found;
}

/* The node that sends (0) or receives (1); LINEAGE_NONE, with a note, if it is none. */
static uint32_t find_node(const struct object *object, int end)
{
    const struct harness_capture_map *map = object->capture->map;
    const char *field = end == 0 ? map->from : map->to;
    uint32_t node;
    if (field != NULL) {
        const cJSON *json = find_field(object->json, field);
        const char *name = cJSON_IsString(json) ? json->valuestring : "";
        for (node = 0; node < map->nodes.count; node++)
            if (strcmp(map->nodes.items[node], name) == 0)
                return node;
        note(object, HARNESS_ODD_NODE, name[0] != '\0' ? name : field);
        return LINEAGE_NONE;
    }
    node = node_at(map, &object->ends[end]);
    if (node == LINEAGE_NONE) {
        char text[HARNESS_ENDPOINT_BYTES];
        note(object, HARNESS_ODD_ADDRESS, harness_endpoint_text(&object->ends[end], text));
    }
    return node;
}

/* The fields of a message of this name; NULL: the map does not have it. */
static const struct harness_mapped_message *find_message(const struct harness_capture_map *map,
                                                         const char *name)
{
    static const struct harness_mapped_message bare = {.name = NULL};
    for (size_t i = 0; i < map->messages.count; i++)
        if (map->messages.items[i].name == NULL || strcmp(map->messages.items[i].name, name) == 0)
            return &map->messages.items[i];
    return map->messages.count == 0 ? &bare : NULL;
}

static void take_mapped(const struct object *object)
{
    const struct harness_capture_map *map = object->capture->map;
    struct lineage_universe *universe = &object->capture->universe;
    const cJSON *name = find_field(object->json, map->name);
    lineage_value values[COLUMNS_MAX];
    if (!cJSON_IsString(name) || name->valuestring[0] == '\0') {
        note(object, HARNESS_ODD_NO_NAME, map->name);
        return;
    }
    const uint32_t from = find_node(object, 0);
    const uint32_t to = from == LINEAGE_NONE ? LINEAGE_NONE : find_node(object, 1);
    const struct harness_mapped_message *message = find_message(map, name->valuestring);
    if (to == LINEAGE_NONE)
        return;
    if (message == NULL) {
        note(object, HARNESS_ODD_UNKNOWN, name->valuestring);
        return;
    }
    const uint32_t arity = (uint32_t)message->fields.count + ROUTE_COLUMNS;
    const uint32_t relation = take_relation(object, name->valuestring, arity);
    if (relation == LINEAGE_NONE)
        return;
    values[0] = universe->nodes.items[to];
    values[1] = universe->nodes.items[from];
    for (size_t i = 0; i < message->fields.count; i++)
        values[ROUTE_COLUMNS + i] =
            any_value(universe, find_field(object->json, message->fields.items[i]));
    push(object,
         (struct harness_captured){.tuple = lineage_tuple_intern(universe, relation, values),
                                   .from = from,
                                   .to = to,
                                   .time = object->moment.time,
                                   .fate = LINEAGE_DELIVERED});
}

/* ---- captures that ldfi exported (payload.h) ---- */

/* The number of a node, added if it is new; LINEAGE_NONE if it can be none. */
static uint32_t own_node(const struct object *object, const char *name)
{
    struct lineage_universe *universe = &object->capture->universe;
    if (name[0] == '\0')
        return LINEAGE_NONE;
    const uint32_t node = lineage_node_of(universe, text_value(universe, name));
    if (node != LINEAGE_NONE || universe->nodes.count == NODES_MAX)
        return node;
    return lineage_node_add(universe,
                            lineage_arena_text(&object->capture->arena, name, strlen(name)));
}

/* A time from 1 on; 0 if there is none. */
static uint32_t own_time(const cJSON *json, const char *key)
{
    const double time = harness_json_number(json, key);
    return time >= 1 && time <= HARNESS_TIME_MAX && rint(time) == time ? (uint32_t)time : 0;
}

static bool take_own_run(const struct object *object)
{
    const cJSON *node;
    cJSON_ArrayForEach(
        node, harness_json_get(object->json,
                               "nodes")) if (own_node(object, harness_json_text(node, "name")) ==
                                             LINEAGE_NONE) return false;
    object->capture->eot = own_time(object->json, "eot");
    return object->capture->eot > 0;
}

static bool take_own_crash(const struct object *object)
{
    struct lineage_schedule *faults = &object->capture->faults;
    const uint32_t time = own_time(object->json, "time");
    const uint32_t node = own_node(object, harness_json_text(object->json, "node"));
    if (time == 0 || node == LINEAGE_NONE ||
        lineage_schedule_crash_time(faults, node) != LINEAGE_NONE)
        return false;
    lineage_schedule_add_crash(faults, (struct lineage_crash){time, node});
    return true;
}

/* Reads the arguments of a message; false if these cannot be. */
static bool own_values(const struct object *object, lineage_value *values, uint32_t *count)
{
    const cJSON *argument;
    *count = 0;
    cJSON_ArrayForEach(argument, harness_json_get(object->json, "arguments"))
    {
        if (*count == COLUMNS_MAX)
            return false;
        values[*count] = cJSON_IsNull(argument) ? LINEAGE_NONE
                         : cJSON_IsString(argument)
                             ? text_value(&object->capture->universe, argument->valuestring)
                             : harness_payload_read_value(&object->capture->universe, argument);
        if (values[(*count)++] == LINEAGE_NONE)
            return false;
    }
    return true;
}

/* Can a message have such ends and end so? */
static bool is_possible(const struct harness_captured *message)
{
    return (message->to == LINEAGE_NONE) == (message->fate == LINEAGE_TO_NOBODY) &&
           message->time > 0 && message->fate <= LINEAGE_TO_NOBODY;
}

static bool take_own_message(const struct object *object)
{
    lineage_value values[COLUMNS_MAX];
    uint32_t arity;
    const char *fate = harness_json_text(object->json, "fate");
    const char *from = harness_json_text(object->json, "from");
    const char *to = harness_json_text(object->json, "to");
    struct harness_captured message = {.from = own_node(object, from),
                                       .to = own_node(object, to),
                                       .time = own_time(object->json, "sent")};
    const char *name = harness_json_text(object->json, "name");
    while (message.fate <= LINEAGE_TO_NOBODY &&
           strcmp(harness_export_fate(message.fate), fate) != 0)
        message.fate++;
    if (!is_possible(&message) || (message.from == LINEAGE_NONE && from[0] != '\0') ||
        name[0] == '\0' || !own_values(object, values, &arity))
        return false;
    const uint32_t relation = take_relation(object, name, arity);
    if (relation == LINEAGE_NONE)
        return true; /* noted */
    message.tuple = lineage_tuple_intern(&object->capture->universe, relation, values);
    if (message.fate == LINEAGE_LOST_BY_OMISSION && message.from != LINEAGE_NONE &&
        message.from != message.to)
        lineage_schedule_add_omission(
            &object->capture->faults,
            (struct lineage_omission){(uint32_t)message.time, message.from, message.to});
    push(object, message);
    return true;
}

static void take_own(const struct object *object)
{
    const char *kind = harness_json_text(object->json, "kind");
    const bool is_own =
        harness_json_number(object->json, "ldfi") == (double)HARNESS_PAYLOAD_VERSION;
    bool is_right = true;
    if (is_own && strcmp(kind, "message") == 0)
        is_right = take_own_message(object);
    else if (is_own && strcmp(kind, "crash") == 0)
        is_right = take_own_crash(object);
    else if (is_own && strcmp(kind, "run") == 0)
        is_right = take_own_run(object);
    else
        note(object, HARNESS_ODD_NO_NAME, "ldfi");
    if (!is_right)
        note(object, HARNESS_ODD_SHAPE, kind);
}

void harness_capture_object(struct harness_capture *capture, const struct harness_endpoint ends[2],
                            struct harness_moment moment, const char *text, size_t bytes)
{
    cJSON *json = cJSON_ParseWithLength(text, bytes);
    const struct object object = {capture, ends, moment, json};
    if (json == NULL)
        note(&object, HARNESS_ODD_BAD_JSON, "");
    else if (capture->map->is_own)
        take_own(&object);
    else
        take_mapped(&object);
    cJSON_Delete(json);
}
