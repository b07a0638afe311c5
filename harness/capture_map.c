#include "capture_map.h"

#include "json.h"
#include "utf8.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

enum {
    MAP_BYTES_MAX = 1 << 20,
    NODES_MAX = 100, /* as many as scenarios may have */
    FIELDS_MAX = 60, /* with both nodes, what a database takes */
    MESSAGES_MAX = 1000,
};

struct reader {
    struct harness_capture_map *map;
    struct lineage_diagnostics *diagnostics;
    struct lineage_place place;
};

static const char *copy(struct reader *reader, const char *text)
{
    char *made = lineage_arena_text(&reader->map->arena, text, strlen(text));
    harness_make_valid(made);
    return made;
}

/* The number of a node, added if it is new. */
static uint32_t take_node(struct reader *reader, const char *name)
{
    for (uint32_t i = 0; i < reader->map->nodes.count; i++)
        if (strcmp(reader->map->nodes.items[i], name) == 0)
            return i;
    if (reader->map->nodes.count == NODES_MAX)
        lineage_error(reader->diagnostics, reader->place, "a map has at most %d nodes", NODES_MAX);
    else if (name[0] == '\0')
        lineage_error(reader->diagnostics, reader->place, "a node needs a name");
    else
        LINEAGE_PUSH(&reader->map->nodes, copy(reader, name));
    return (uint32_t)reader->map->nodes.count - 1;
}

/* Reads a number up to 65535 at the end of a text. */
static bool read_port(const char *text, struct harness_mapped_address *address)
{
    char *end;
    errno = 0;
    const unsigned long port = strtoul(text, &end, 10);
    address->has_port = true;
    address->port = (uint16_t)port;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && port <= UINT16_MAX;
}

/* Reads "10.0.0.1", "10.0.0.1:7000", "::1" or "[::1]:7000". */
static bool read_address(const char *text, struct harness_mapped_address *address)
{
    char host[INET6_ADDRSTRLEN + 1] = "";
    const bool is_bracketed = text[0] == '[';
    const char *start = text + is_bracketed;
    const char *end = is_bracketed ? strchr(start, ']') : strrchr(start, ':');
    if (!is_bracketed && (end == NULL || strchr(start, ':') != end)) /* no port, or IPv6 */
        end = start + strlen(start);
    if (end == NULL || (size_t)(end - start) >= sizeof host)
        return false;
    memcpy(host, start, (size_t)(end - start));
    const char *rest = end + is_bracketed;
    address->version = strchr(host, ':') != NULL ? 6 : 4;
    return inet_pton(address->version == 6 ? AF_INET6 : AF_INET, host, address->bytes) == 1 &&
           (*rest == '\0' || (*rest == ':' && read_port(rest + 1, address)));
}

static void read_nodes(struct reader *reader, const cJSON *nodes)
{
    for (const cJSON *item = nodes != NULL ? nodes->child : NULL; item != NULL; item = item->next) {
        struct harness_mapped_address address = {.version = 0};
        if (!cJSON_IsString(item)) {
            lineage_error(reader->diagnostics, reader->place,
                          "\"nodes\": %s must name a node, as in \"10.0.0.1\": \"a\"",
                          item->string);
            return;
        }
        if (!read_address(item->string, &address))
            lineage_error(reader->diagnostics, reader->place,
                          "\"nodes\": '%s' is no address; write 10.0.0.1, 10.0.0.1:7000, ::1 or "
                          "[::1]:7000",
                          item->string);
        address.node = take_node(reader, item->valuestring);
        LINEAGE_PUSH(&reader->map->addresses, address);
    }
}

static void read_fields(struct reader *reader, const char *name, const cJSON *fields)
{
    struct harness_mapped_message message = {.name = name == NULL ? NULL : copy(reader, name)};
    if (!cJSON_IsArray(fields) || cJSON_GetArraySize(fields) > FIELDS_MAX) {
        lineage_error(
            reader->diagnostics, reader->place,
            "\"arguments\" are lists of at most %d fields, or an object with one for each "
            "message name",
            FIELDS_MAX);
        return;
    }
    for (const cJSON *item = fields->child; item != NULL; item = item->next)
        if (cJSON_IsString(item))
            LINEAGE_PUSH(&message.fields, copy(reader, item->valuestring));
        else
            lineage_error(reader->diagnostics, reader->place, "\"arguments\" are names of fields");
    LINEAGE_PUSH(&reader->map->messages, message);
}

static void read_arguments(struct reader *reader, const cJSON *arguments)
{
    if (!cJSON_IsObject(arguments)) {
        read_fields(reader, NULL, arguments);
        return;
    }
    if (cJSON_GetArraySize(arguments) > MESSAGES_MAX)
        lineage_error(reader->diagnostics, reader->place, "at most %d message names", MESSAGES_MAX);
    for (const cJSON *item = arguments->child; item != NULL; item = item->next)
        read_fields(reader, item->string, item);
}

/* Reads a length of time: "10ms". */
static void read_step(struct reader *reader, const char *text)
{
    static const struct {
        const char *name;
        double nanoseconds;
    } units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
    char *end;
    const double number = strtod(text, &end);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].name) == 0 && number * units[i].nanoseconds >= 1 &&
            number * units[i].nanoseconds < 1e18)
            reader->map->step_nanoseconds = (uint64_t)(number * units[i].nanoseconds);
    if (reader->map->step_nanoseconds == 0)
        lineage_error(reader->diagnostics, reader->place,
                      "\"step\" is a length of time such as \"10ms\", not '%s'", text);
}

/* Reads a key whose value is a text. */
static void read_text(struct reader *reader, const char *key, const char *text)
{
    struct harness_capture_map *map = reader->map;
    if (strcmp(key, "name") == 0)
        map->name = copy(reader, text);
    else if (strcmp(key, "from") == 0)
        map->from = copy(reader, text);
    else if (strcmp(key, "to") == 0)
        map->to = copy(reader, text);
    else if (strcmp(key, "others") == 0)
        map->others = take_node(reader, text);
    else if (strcmp(key, "step") == 0)
        read_step(reader, text);
    else if (strcmp(text, "json") != 0) /* of "payload" */
        lineage_error(reader->diagnostics, reader->place, "\"payload\" can be \"json\" alone");
}

static void read_key(struct reader *reader, const cJSON *item)
{
    static const char *const texts[] = {"name", "from", "to", "others", "step", "payload"};
    static const char *const keys[] = {"nodes", "arguments", "name", "from",
                                       "to",    "others",    "step", "payload"};
    enum { TEXTS = sizeof texts / sizeof *texts, KEYS = sizeof keys / sizeof *keys };
    if (strcmp(item->string, "nodes") == 0 && cJSON_IsObject(item)) {
        read_nodes(reader, item);
        return;
    }
    if (strcmp(item->string, "arguments") == 0) {
        read_arguments(reader, item);
        return;
    }
    for (size_t i = 0; i < TEXTS; i++)
        if (strcmp(item->string, texts[i]) == 0 && cJSON_IsString(item)) {
            read_text(reader, item->string, item->valuestring);
            return;
        }
    const char *nearest = lineage_nearest(item->string, keys, KEYS);
    if (nearest != NULL && strcmp(nearest, item->string) == 0)
        lineage_error(reader->diagnostics, reader->place, "\"%s\" must be %s", item->string,
                      strcmp(item->string, "nodes") == 0 ? "an object: {\"10.0.0.1\": \"a\"}"
                                                         : "a text");
    else
        lineage_error(reader->diagnostics, reader->place, "a map has no key \"%s\"%s%s%s",
                      item->string, nearest != NULL ? "; did you mean " : "",
                      nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
}

bool harness_capture_map_take(struct harness_capture_map *map, const struct lineage_source *source,
                              struct lineage_diagnostics *diagnostics)
{
    struct reader reader = {map, diagnostics, {source, 1, 1}};
    const size_t errors = diagnostics->error_count;
    const char *end = source->text;
    cJSON *object = cJSON_ParseWithOpts(source->text, &end, true);
    map->others = LINEAGE_NONE;
    map->name = "type";
    if (object == NULL)
        lineage_error(diagnostics, lineage_place_of(source, (size_t)(end - source->text)),
                      "this is no JSON");
    else if (!cJSON_IsObject(object))
        lineage_error(diagnostics, reader.place, "a map is an object: {\"nodes\": {...}, ...}");
    else
        for (const cJSON *item = object->child; item != NULL; item = item->next)
            read_key(&reader, item);
    cJSON_Delete(object);
    if (map->nodes.count == 0 && diagnostics->error_count == errors)
        lineage_error(diagnostics, reader.place,
                      "the map names no node: {\"nodes\": {\"10.0.0.1\": \"a\"}}");
    return diagnostics->error_count == errors;
}

bool harness_capture_map_read(struct harness_capture_map *map, const char *path,
                              struct lineage_place option, struct lineage_diagnostics *diagnostics)
{
    const char *why;
    const struct lineage_source *source =
        lineage_source_read(&map->arena, path, MAP_BYTES_MAX, &why);
    if (source != NULL)
        return harness_capture_map_take(map, source, diagnostics);
    lineage_error(diagnostics, option, "cannot read %s: %s", path, why);
    return false;
}

void harness_capture_map_free(struct harness_capture_map *map)
{
    for (size_t i = 0; i < map->messages.count; i++)
        lineage_memory_free((void *)map->messages.items[i].fields.items);
    lineage_memory_free(map->messages.items);
    lineage_memory_free((void *)map->nodes.items);
    lineage_memory_free(map->addresses.items);
    lineage_arena_free(&map->arena);
}
