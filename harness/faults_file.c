#include "faults_file.h"

#include <math.h>
#include <string.h>

enum { FAULTS_BYTES_MAX = 1 << 22 };

struct reader {
    struct lineage_place place;
    const struct lineage_universe *universe;
    uint32_t eot;
    struct lineage_diagnostics *diagnostics;
};

static uint32_t read_node(const struct reader *reader, const cJSON *fault, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(fault, key);
    if (!cJSON_IsString(item)) {
        lineage_error(reader->diagnostics, reader->place, "a fault needs \"%s\", a node's name",
                      key);
        return LINEAGE_NONE;
    }
    for (uint32_t node = 0; node < reader->universe->nodes.count; node++)
        if (strcmp(lineage_node_name(reader->universe, node), item->valuestring) == 0)
            return node;
    lineage_error(reader->diagnostics, reader->place, "'%s' is no node of the scenario",
                  item->valuestring);
    return LINEAGE_NONE;
}

static uint32_t read_time(const struct reader *reader, const cJSON *fault)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(fault, "time");
    if (cJSON_IsNumber(item) && item->valuedouble >= 1 && item->valuedouble <= reader->eot &&
        floor(item->valuedouble) >= item->valuedouble)
        return (uint32_t)item->valuedouble;
    lineage_error(reader->diagnostics, reader->place,
                  "a fault needs \"time\", a whole number from 1 to EOT, which is %u", reader->eot);
    return LINEAGE_NONE;
}

static void read_faults(const struct reader *reader, const cJSON *object,
                        struct lineage_schedule *schedule)
{
    const cJSON *fault;
    cJSON_ArrayForEach(fault, cJSON_GetObjectItemCaseSensitive(object, "omissions"))
    {
        const struct lineage_omission omission = {read_time(reader, fault),
                                                  read_node(reader, fault, "from"),
                                                  read_node(reader, fault, "to")};
        if (omission.from == omission.to && omission.from != LINEAGE_NONE)
            lineage_error(reader->diagnostics, reader->place,
                          "a message of a node to itself cannot be lost");
        lineage_schedule_add_omission(schedule, omission);
    }
    cJSON_ArrayForEach(fault, cJSON_GetObjectItemCaseSensitive(object, "crashes"))
    {
        const struct lineage_crash crash = {read_time(reader, fault),
                                            read_node(reader, fault, "node")};
        if (lineage_schedule_crash_time(schedule, crash.node) != LINEAGE_NONE)
            lineage_error(reader->diagnostics, reader->place, "a node crashes twice");
        else
            lineage_schedule_add_crash(schedule, crash);
    }
}

void harness_faults_take(const cJSON *object, struct lineage_place place,
                         const struct lineage_universe *universe, uint32_t eot,
                         struct lineage_schedule *schedule, struct lineage_diagnostics *diagnostics)
{
    const struct reader reader = {place, universe, eot, diagnostics};
    const cJSON *omissions = cJSON_GetObjectItemCaseSensitive(object, "omissions");
    const cJSON *crashes = cJSON_GetObjectItemCaseSensitive(object, "crashes");
    if (cJSON_HasObjectItem(object, "counterexamples"))
        lineage_error(diagnostics, place,
                      "this is a whole report; take one element of its \"counterexamples\", for "
                      "instance with jq '.counterexamples[0]'");
    else if ((omissions == NULL && crashes == NULL) ||
             (omissions != NULL && !cJSON_IsArray(omissions)) ||
             (crashes != NULL && !cJSON_IsArray(crashes)))
        lineage_error(diagnostics, place,
                      "expected one element of \"counterexamples\": an object with lists "
                      "\"omissions\" and \"crashes\"");
    else
        read_faults(&reader, object, schedule);
}

/* A file of the corpus has them under a key of their own. */
static const cJSON *faults_of(const cJSON *object)
{
    const cJSON *faults = cJSON_GetObjectItemCaseSensitive(object, "faults");
    return cJSON_IsObject(faults) ? faults : object;
}

void harness_faults_read(const char *path, struct lineage_place option,
                         const struct lineage_universe *universe, uint32_t eot,
                         struct lineage_schedule *schedule, struct lineage_diagnostics *diagnostics,
                         struct lineage_arena *arena)
{
    const char *why = NULL, *end = NULL;
    const struct lineage_source *source = lineage_source_read(arena, path, FAULTS_BYTES_MAX, &why);
    if (source == NULL) {
        lineage_error(diagnostics, option, "cannot read the faults in %s: %s", path, why);
        return;
    }
    cJSON *object = cJSON_ParseWithOpts(source->text, &end, true);
    const struct lineage_place place = {source, 1, 1};
    if (object == NULL)
        lineage_error(diagnostics,
                      lineage_place_of(source, end != NULL ? (size_t)(end - source->text) : 0),
                      "this is not JSON: something is wrong here or just before");
    else
        harness_faults_take(faults_of(object), place, universe, eot, schedule, diagnostics);
    cJSON_Delete(object);
}
