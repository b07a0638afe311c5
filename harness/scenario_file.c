/* Scenarios in files (scenarios/schema.json). */
#include "scenario.h"

#include "../lineage/path.h"

#include <math.h>
#include <string.h>

enum {
    SCENARIO_BYTES_MAX = 1 << 22,
    KEYS_MAX = 64,
};

struct reader {
    struct harness_scenario *scenario;
    struct lineage_diagnostics *diagnostics;
};

/* Skips a string literal; `text` is at its opening quote. */
static const char *skip_string(const char *text)
{
    for (text++; *text != '\0' && *text != '"'; text++)
        if (*text == '\\' && text[1] != '\0')
            text++;
    return *text == '"' ? text + 1 : text;
}

/* The first escape of the character zero, or NULL. cJSON would end the string there, and a name
 * would become another. */
static const char *find_escaped_zero(const char *text)
{
    for (; *text != '\0'; text++) {
        if (strncmp(text, "\\u0000", 6) == 0)
            return text;
        if (*text == '\\' && text[1] != '\0')
            text++;
    }
    return NULL;
}

/* The place of the `number`-th key of the outermost object, counted from 0. cJSON has read the text
 * without a complaint but keeps no places. */
static struct lineage_place key_place(const struct lineage_source *source, int number)
{
    int depth = 0;
    bool is_key = false;
    for (const char *at = source->text; *at != '\0';) {
        if (*at == '"') {
            if (depth == 1 && is_key && number-- == 0)
                return lineage_place_of(source, (size_t)(at - source->text));
            is_key = false;
            at = skip_string(at);
            continue;
        }
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
        is_key = is_key || (depth == 1 && (*at == '{' || *at == ','));
        at++;
    }
    return (struct lineage_place){source, 1, 1};
}

static struct lineage_place place_of(const struct reader *reader, const cJSON *item)
{
    int number = 0;
    for (const cJSON *other = item; other->prev != NULL && other->prev->next != NULL;
         other = other->prev)
        number++;
    return key_place(reader->scenario->source, number);
}

static void wrong(struct reader *reader, const cJSON *item, const char *expected)
{
    lineage_error(reader->diagnostics, place_of(reader, item), "\"%s\" must be %s", item->string,
                  expected);
}

static const char *keep(struct reader *reader, const char *text)
{
    return lineage_arena_text(&reader->scenario->arena, text, strlen(text));
}

static void read_integer(struct reader *reader, const cJSON *item, uint32_t *value)
{
    if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > 1e9 ||
        floor(item->valuedouble) < item->valuedouble)
        wrong(reader, item, "a whole number, 0 or more");
    else
        *value = (uint32_t)item->valuedouble;
}

/* Adds the strings of a list; false if it is none. */
static bool take_texts(struct reader *reader, const cJSON *list, harness_texts *texts)
{
    const cJSON *element;
    bool is_right = cJSON_IsArray(list);
    cJSON_ArrayForEach(element, list)
    {
        is_right = is_right && cJSON_IsString(element);
        if (is_right)
            LINEAGE_PUSH(texts, keep(reader, element->valuestring));
    }
    return is_right;
}

static void read_texts(struct reader *reader, const cJSON *item, harness_texts *texts)
{
    if (!take_texts(reader, item, texts))
        wrong(reader, item, "a list of strings");
}

static void read_lists(struct reader *reader, const cJSON *item)
{
    const cJSON *element;
    bool is_right = cJSON_IsArray(item);
    cJSON_ArrayForEach(element, item)
    {
        harness_texts texts = {0};
        is_right = take_texts(reader, element, &texts) && is_right;
        LINEAGE_PUSH(&reader->scenario->alike, texts);
    }
    if (!is_right)
        wrong(reader, item, "a list of lists of nodes");
}

/* Paths in a scenario are relative to its folder. */
static void read_paths(struct reader *reader, const cJSON *item, harness_texts *texts)
{
    const size_t first = texts->count;
    read_texts(reader, item, texts);
    for (size_t i = first; i < texts->count; i++)
        texts->items[i] = lineage_path_beside(&reader->scenario->arena,
                                              reader->scenario->source->path, texts->items[i]);
}

/* One of several words, by number. */
static void read_word(struct reader *reader, const cJSON *item, const char *const *words,
                      int word_count, const char *expected, int *number)
{
    for (int i = 0; cJSON_IsString(item) && i < word_count; i++)
        if (strcmp(item->valuestring, words[i]) == 0) {
            *number = i;
            return;
        }
    wrong(reader, item, expected);
}

/* A bound, or the word "sweep". */
static void read_bound(struct reader *reader, const cJSON *item, uint32_t *value, bool *sweeps)
{
    *sweeps = cJSON_IsString(item) && strcmp(item->valuestring, "sweep") == 0;
    if (!*sweeps && !cJSON_IsNumber(item))
        wrong(reader, item, "a whole number, 0 or more, or \"sweep\"");
    else if (!*sweeps)
        read_integer(reader, item, value);
}

/* Takes a value as it is written; one that is there twice has been reported. */
static void keep_json(struct reader *reader, const cJSON *item, cJSON **kept,
                      struct lineage_place *given)
{
    cJSON_Delete(*kept);
    *kept = cJSON_Duplicate(item, true);
    *given = place_of(reader, item);
}

static const char *const keys[] = {"model",     "nodes",  "eot",    "eff",    "crashes",
                                   "omissions", "immune", "alike",  "oracle", "inputs",
                                   "expect",    "faults", "choose", "given",  "description"};

static void read_key(struct reader *reader, const cJSON *item, harness_texts *inputs)
{
    static const char *const oracles[] = {"strict", "molly"};
    static const char *const verdicts[] = {"certified", "counterexample", "incomplete", "kept"};
    struct harness_scenario *scenario = reader->scenario;
    const char *key = item->string;
    int number;
    if (strcmp(key, "model") == 0) {
        read_paths(reader, item, &scenario->model);
    } else if (strcmp(key, "inputs") == 0) {
        read_paths(reader, item, inputs);
    } else if (strcmp(key, "nodes") == 0) {
        read_texts(reader, item, &scenario->nodes);
        scenario->given.nodes = place_of(reader, item);
    } else if (strcmp(key, "immune") == 0) {
        read_texts(reader, item, &scenario->immune);
        scenario->given.immune = place_of(reader, item);
    } else if (strcmp(key, "alike") == 0) {
        read_lists(reader, item);
        scenario->given.alike = place_of(reader, item);
    } else if (strcmp(key, "eot") == 0) {
        read_bound(reader, item, &scenario->eot, &scenario->sweeps_eot);
        scenario->given.eot = place_of(reader, item);
    } else if (strcmp(key, "eff") == 0) {
        read_bound(reader, item, &scenario->eff, &scenario->sweeps_eff);
        scenario->given.eff = place_of(reader, item);
    } else if (strcmp(key, "crashes") == 0) {
        read_integer(reader, item, &scenario->crashes);
        scenario->given.crashes = place_of(reader, item);
    } else if (strcmp(key, "omissions") == 0) {
        if (!cJSON_IsNull(item))
            read_integer(reader, item, &scenario->omissions);
    } else if (strcmp(key, "oracle") == 0) {
        number = LINEAGE_STRICT;
        read_word(reader, item, oracles, 2, "\"strict\" or \"molly\"", &number);
        scenario->oracle = (enum lineage_oracle)number;
    } else if (strcmp(key, "expect") == 0) {
        number = HARNESS_NO_EXPECTATION;
        if (!cJSON_IsNull(item))
            read_word(reader, item, verdicts, 4,
                      "\"certified\", \"counterexample\", \"incomplete\" or \"kept\"", &number);
        scenario->expect = (enum harness_verdict)number;
    } else if (strcmp(key, "faults") == 0) {
        keep_json(reader, item, &scenario->faults, &scenario->given.faults);
    } else if (strcmp(key, "choose") == 0) {
        keep_json(reader, item, &scenario->choose, &scenario->given.choose);
    } else if (strcmp(key, "given") == 0) {
        keep_json(reader, item, &scenario->facts, &scenario->given.facts);
    } else if (strcmp(key, "description") != 0) {
        const char *nearest = lineage_nearest(key, keys, sizeof keys / sizeof *keys);
        lineage_error(reader->diagnostics, place_of(reader, item), "unknown key \"%s\"%s%s%s", key,
                      nearest != NULL ? "; did you mean \""
                                      : "; the keys are in scenarios/schema.json",
                      nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
    }
}

static void read_object(struct reader *reader, const cJSON *object)
{
    const cJSON *item, *other;
    harness_texts inputs = {0};
    cJSON_ArrayForEach(item, object)
    {
        for (other = object->child; other != item; other = other->next)
            if (strcmp(other->string, item->string) == 0)
                lineage_error(reader->diagnostics, place_of(reader, item), "\"%s\" is there twice",
                              item->string);
        read_key(reader, item, &inputs);
    }
    for (size_t i = 0; i < inputs.count; i++)
        LINEAGE_PUSH(&reader->scenario->model, inputs.items[i]);
    if (reader->scenario->faults != NULL &&
        (reader->scenario->sweeps_eot || reader->scenario->sweeps_eff))
        lineage_error(reader->diagnostics, reader->scenario->given.faults,
                      "\"faults\" are replayed within bounds that are numbers, not \"sweep\"");
    if (reader->scenario->faults != NULL) { /* then there is no search to bound */
        if (reader->scenario->given.eff.source == NULL)
            reader->scenario->given.eff = reader->scenario->given.faults;
        if (reader->scenario->given.crashes.source == NULL)
            reader->scenario->given.crashes = reader->scenario->given.faults;
    }
    lineage_memory_free(inputs.items);
}

bool harness_scenario_read(struct harness_scenario *scenario, const char *path,
                           struct lineage_diagnostics *diagnostics)
{
    const size_t errors = diagnostics->error_count;
    const char *why = NULL, *end = NULL;
    struct lineage_source *missing = lineage_arena_allocate(&scenario->arena, sizeof *missing);
    missing->path = lineage_arena_text(&scenario->arena, path, strlen(path));
    scenario->source = lineage_source_read(&scenario->arena, path, SCENARIO_BYTES_MAX, &why);
    if (scenario->source == NULL) {
        lineage_error(diagnostics, (struct lineage_place){missing, 1, 1},
                      "cannot read the scenario: %s", why);
        return false;
    }
    scenario->name = harness_base_name(&scenario->arena, path);
    struct reader reader = {scenario, diagnostics};
    const char *text = scenario->source->text;
    const char *zero = find_escaped_zero(text);
    cJSON *object = cJSON_ParseWithOpts(text, &end, true);
    if (zero != NULL)
        lineage_error(diagnostics, lineage_place_of(scenario->source, (size_t)(zero - text)),
                      "no text in a scenario may hold the character zero");
    else if (object == NULL)
        lineage_error(
            diagnostics,
            lineage_place_of(scenario->source, end != NULL ? (size_t)(end - text) : strlen(text)),
            "this is not JSON: something is wrong here or just before");
    else if (!cJSON_IsObject(object))
        lineage_error(diagnostics, (struct lineage_place){scenario->source, 1, 1},
                      "a scenario is a JSON object: { \"model\": [...], \"nodes\": [...], ... }");
    else if (cJSON_GetArraySize(object) > KEYS_MAX)
        lineage_error(diagnostics, (struct lineage_place){scenario->source, 1, 1},
                      "too many keys for a scenario; they are in scenarios/schema.json");
    else
        read_object(&reader, object);
    cJSON_Delete(object);
    return diagnostics->error_count == errors;
}
