#include "choices.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES_MAX = 1 << 22, EACH_MAX = 10000, VARIABLES_MAX = 64 };

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

static const int64_t NUMBER_MAX = 1000000000000000; /* a double holds it, and the sum of two */

static bool is_name(const char *text)
{
    return text[0] != '\0' && text[strspn(text, letters)] == '\0';
}

/* Has an object these keys alone? */
static bool has_only(const cJSON *object, const char *const *keys, size_t count)
{
    const cJSON *item;
    bool is_right = true;
    if (!cJSON_IsObject(object))
        return false; /* the elements of a list have no names */
    cJSON_ArrayForEach(item, object)
    {
        size_t i = 0;
        while (i < count && strcmp(item->string, keys[i]) != 0)
            i++;
        is_right = is_right && i < count;
    }
    return is_right;
}

/* The values of one variable of "choose". */
struct alternatives {
    const cJSON *list; /* NULL: numbers */
    int64_t first;
    size_t count;
};

static bool read_whole(const cJSON *item, int64_t *number)
{
    if (!cJSON_IsNumber(item) || fabs(item->valuedouble) > (double)NUMBER_MAX ||
        floor(item->valuedouble) < item->valuedouble)
        return false;
    *number = (int64_t)item->valuedouble;
    return true;
}

static bool is_value(const cJSON *item)
{
    int64_t number;
    return cJSON_IsString(item) || read_whole(item, &number);
}

/* Reads a list of values, or {"from": 1, "to": 5}. */
static bool read_alternatives(const cJSON *item, struct alternatives *alternatives)
{
    static const char *const keys[] = {"from", "to"};
    const cJSON *value;
    int64_t to;
    *alternatives = (struct alternatives){.list = item};
    if (cJSON_IsArray(item)) {
        cJSON_ArrayForEach(value, item)
        {
            if (!is_value(value))
                return false;
            alternatives->count++;
        }
        return alternatives->count > 0;
    }
    alternatives->list = NULL;
    if (!has_only(item, keys, 2) ||
        !read_whole(cJSON_GetObjectItemCaseSensitive(item, "from"), &alternatives->first) ||
        !read_whole(cJSON_GetObjectItemCaseSensitive(item, "to"), &to) ||
        to < alternatives->first || to - alternatives->first >= HARNESS_COMBINATIONS_MAX)
        return false;
    alternatives->count = (size_t)(to - alternatives->first) + 1;
    return true;
}

/* The text that the user chose for the variable (`--choose NAME=VALUE`), or NULL. */
static const char *chosen_text(const struct harness_scenario *scenario, const char *name)
{
    const size_t bytes = strlen(name);
    for (size_t i = 0; i < scenario->chosen.count; i++)
        if (strncmp(scenario->chosen.items[i], name, bytes) == 0 &&
            scenario->chosen.items[i][bytes] == '=')
            return scenario->chosen.items[i] + bytes + 1;
    return NULL;
}

/* The value of a variable by number, as text. */
static const char *value_text(struct lineage_arena *arena, const struct alternatives *alternatives,
                              size_t number)
{
    const cJSON *item =
        alternatives->list == NULL ? NULL : cJSON_GetArrayItem(alternatives->list, (int)number);
    if (item == NULL)
        return lineage_arena_format(arena, "%" PRId64, alternatives->first + (int64_t)number);
    if (cJSON_IsString(item))
        return item->valuestring;
    return lineage_arena_format(arena, "%lld", (long long)item->valuedouble);
}

/* Which value the user has chosen; `count` of the alternatives if it is none of them. */
static size_t find_value(const struct alternatives *alternatives, const char *text)
{
    struct lineage_arena arena = {.newest = NULL};
    size_t number = 0;
    while (number < alternatives->count &&
           strcmp(value_text(&arena, alternatives, number), text) != 0)
        number++;
    lineage_arena_free(&arena);
    return number;
}

/* Reports a variable that the user has chosen and that is not there, or chosen twice. */
static void check_chosen(const struct harness_scenario *scenario,
                         struct lineage_diagnostics *diagnostics)
{
    for (size_t i = 0; i < scenario->chosen.count; i++) {
        const char *words = scenario->chosen.items[i];
        char *name = lineage_arena_text(&diagnostics->arena, words, strcspn(words, "="));
        if (words[strlen(name)] != '=')
            lineage_error(diagnostics, scenario->given.choose,
                          "write --choose NAME=VALUE, not --choose %s", words);
        else if (cJSON_GetObjectItemCaseSensitive(scenario->choose, name) == NULL)
            lineage_error(diagnostics, scenario->given.choose,
                          "the scenario leaves no '%s' to --choose", name);
        else if (chosen_text(scenario, name) != words + strlen(name) + 1)
            lineage_error(diagnostics, scenario->given.choose, "'%s' is chosen twice", name);
    }
}

/* Is this the name of a variable, and of no other before it? */
static bool check_name(const struct harness_scenario *scenario, const cJSON *item,
                       struct lineage_diagnostics *diagnostics)
{
    const bool is_first = cJSON_GetObjectItemCaseSensitive(scenario->choose, item->string) == item;
    if (!is_name(item->string))
        lineage_error(diagnostics, scenario->given.choose,
                      "\"%s\" in \"choose\" must be a name: letters, digits and _", item->string);
    else if (!is_first)
        lineage_error(diagnostics, scenario->given.choose, "\"%s\" is there twice in \"choose\"",
                      item->string);
    return is_first && is_name(item->string);
}

size_t harness_choices_count(const struct harness_scenario *scenario,
                             struct lineage_diagnostics *diagnostics)
{
    const size_t errors = diagnostics->error_count;
    const cJSON *item;
    size_t combinations = 1;
    check_chosen(scenario, diagnostics);
    if (scenario->choose != NULL && !cJSON_IsObject(scenario->choose))
        lineage_error(
            diagnostics, scenario->given.choose,
            "\"choose\" must be an object: {\"to\": [\"a\", \"b\"], \"at\": {\"from\": 1, "
            "\"to\": 5}}");
    else if (cJSON_GetArraySize(scenario->choose) > VARIABLES_MAX)
        lineage_error(diagnostics, scenario->given.choose, "\"choose\" has more than %d names",
                      VARIABLES_MAX);
    else
        cJSON_ArrayForEach(item, scenario->choose)
        {
            struct alternatives alternatives;
            const char *text = chosen_text(scenario, item->string);
            if (!check_name(scenario, item, diagnostics))
                continue;
            if (!read_alternatives(item, &alternatives))
                lineage_error(diagnostics, scenario->given.choose,
                              "the alternatives for \"%s\" must be a list of strings and whole "
                              "numbers, or {\"from\": 1, \"to\": 5}",
                              item->string);
            else if (text != NULL && find_value(&alternatives, text) == alternatives.count)
                lineage_error(diagnostics, scenario->given.choose,
                              "'%s' is no alternative that the scenario has for '%s'", text,
                              item->string);
            else if (text == NULL && combinations <= HARNESS_COMBINATIONS_MAX)
                combinations *= alternatives.count;
        }
    if (combinations > HARNESS_COMBINATIONS_MAX)
        lineage_error(diagnostics, scenario->given.choose,
                      "there are more than %d ways to choose the inputs", HARNESS_COMBINATIONS_MAX);
    return diagnostics->error_count == errors ? combinations : 0;
}

/* The value of a variable in a combination: the first variable changes slowest. */
static size_t value_number(const struct harness_scenario *scenario, const cJSON *variable,
                           const struct alternatives *own, size_t combination)
{
    const char *text = chosen_text(scenario, variable->string);
    if (text != NULL)
        return find_value(own, text);
    for (const cJSON *item = variable->next; item != NULL; item = item->next) {
        struct alternatives alternatives;
        if (chosen_text(scenario, item->string) == NULL && read_alternatives(item, &alternatives))
            combination /= alternatives.count;
    }
    return combination % own->count;
}

cJSON *harness_choices_json(const struct harness_scenario *scenario, size_t number)
{
    struct lineage_arena arena = {.newest = NULL};
    const cJSON *item;
    if (scenario->choose == NULL)
        return NULL;
    cJSON *object = cJSON_CreateObject();
    cJSON_ArrayForEach(item, scenario->choose)
    {
        struct alternatives alternatives;
        if (!read_alternatives(item, &alternatives))
            continue;
        const size_t value = value_number(scenario, item, &alternatives, number);
        const cJSON *listed =
            alternatives.list == NULL ? NULL : cJSON_GetArrayItem(alternatives.list, (int)value);
        if (listed != NULL)
            cJSON_AddItemToObject(object, item->string, cJSON_Duplicate(listed, true));
        else
            cJSON_AddNumberToObject(object, item->string,
                                    (double)(alternatives.first + (int64_t)value));
    }
    lineage_arena_free(&arena);
    return object;
}

void harness_choices_pin(struct harness_scenario *scenario, const cJSON *choice)
{
    struct lineage_arena *arena = &scenario->arena;
    const cJSON *item;
    cJSON_ArrayForEach(item, choice)
    {
        if (cJSON_IsString(item))
            LINEAGE_PUSH(&scenario->chosen,
                         lineage_arena_format(arena, "%s=%s", item->string, item->valuestring));
        else if (cJSON_IsNumber(item))
            LINEAGE_PUSH(&scenario->chosen,
                         lineage_arena_format(arena, "%s=%.0f", item->string, item->valuedouble));
    }
}

/* ---- the facts ---- */

struct writer {
    struct harness_scenario *scenario;
    struct lineage_diagnostics *diagnostics;
    const char *names[VARIABLES_MAX], *values[VARIABLES_MAX]; /* what is chosen */
    size_t count;
    const char *each_name; /* of the fact being written; NULL: none */
    char each_text[24];
    FILE *out;
    size_t bytes;
};

/* Looks up what the combination chooses. */
static void choose(struct writer *writer, size_t combination)
{
    const struct harness_scenario *scenario = writer->scenario;
    const cJSON *item;
    cJSON_ArrayForEach(item, scenario->choose)
    {
        struct alternatives alternatives;
        if (writer->count == VARIABLES_MAX || !read_alternatives(item, &alternatives))
            continue;
        const size_t number = value_number(scenario, item, &alternatives, combination);
        writer->names[writer->count] = item->string;
        writer->values[writer->count++] =
            value_text(&writer->scenario->arena, &alternatives, number);
    }
}

static bool is_called(const char *name, const char *text, size_t bytes)
{
    return name != NULL && strlen(name) == bytes && memcmp(name, text, bytes) == 0;
}

/* The value of a name in the facts, of so many bytes; NULL, with an error, if it has none. */
static const char *lookup(struct writer *writer, const char *name, size_t bytes)
{
    if (is_called(writer->each_name, name, bytes))
        return writer->each_text;
    for (size_t i = 0; i < writer->count; i++)
        if (is_called(writer->names[i], name, bytes))
            return writer->values[i];
    lineage_error(writer->diagnostics, writer->scenario->given.facts,
                  "\"choose\" does not say what $%.*s is", (int)bytes, name);
    return NULL;
}

static void put(struct writer *writer, const char *text, size_t bytes)
{
    writer->bytes += bytes > 0 ? bytes : 1; /* nothing takes time, too */
    if (writer->bytes <= TEXT_BYTES_MAX)
        fwrite(text, 1, bytes, writer->out);
}

/* Writes a fact with the values in place of their names. */
static void write_fact(struct writer *writer, const char *fact)
{
    while (*fact != '\0' && writer->bytes <= TEXT_BYTES_MAX) {
        const size_t plain = strcspn(fact, "$");
        put(writer, fact, plain);
        fact += plain;
        if (*fact != '$')
            break;
        fact++;
        const size_t bytes = strspn(fact, letters);
        if (*fact == '$') {
            put(writer, "$", 1);
            fact++;
            continue;
        }
        const char *value = lookup(writer, fact, bytes);
        if (value != NULL)
            put(writer, value, strlen(value));
        fact += bytes;
    }
    put(writer, "\n", 1);
}

/* A number, or the name of a variable that has one. */
static bool read_end(struct writer *writer, const cJSON *item, int64_t *number)
{
    if (!cJSON_IsString(item) || item->valuestring[0] != '$')
        return read_whole(item, number);
    const char *text = lookup(writer, item->valuestring + 1, strlen(item->valuestring + 1));
    char *end = NULL;
    if (text == NULL)
        return false;
    *number = strtoll(text, &end, 10);
    return *end == '\0' && end != text && llabs(*number) <= NUMBER_MAX;
}

/* Writes {"fact": ..., "each": NAME, "from": N, "to": N} once for each number. */
static void write_each(struct writer *writer, const cJSON *item)
{
    static const char *const keys[] = {"fact", "each", "from", "to"};
    const cJSON *fact = cJSON_GetObjectItemCaseSensitive(item, "fact");
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, "each");
    const cJSON *from = cJSON_GetObjectItemCaseSensitive(item, "from");
    int64_t first = 1, last = 0;
    if (!has_only(item, keys, 4) || !cJSON_IsString(fact) || !cJSON_IsString(name) ||
        !is_name(name->valuestring) || (from != NULL && !read_end(writer, from, &first)) ||
        !read_end(writer, cJSON_GetObjectItemCaseSensitive(item, "to"), &last) ||
        last - first >= EACH_MAX) {
        lineage_error(
            writer->diagnostics, writer->scenario->given.facts,
            "\"given\" holds facts, or objects such as {\"fact\": \"p(\\\"a\\\", $i)@1;\", "
            "\"each\": \"i\", \"from\": 1, \"to\": 3}");
        return;
    }
    writer->each_name = name->valuestring;
    for (int64_t each = first; each <= last && writer->bytes <= TEXT_BYTES_MAX; each++) {
        snprintf(writer->each_text, sizeof writer->each_text, "%lld", (long long)each);
        write_fact(writer, fact->valuestring);
    }
    writer->each_name = NULL;
}

bool harness_choices_take(struct harness_scenario *scenario, size_t number,
                          struct lineage_diagnostics *diagnostics)
{
    const size_t errors = diagnostics->error_count;
    struct lineage_text text;
    struct writer writer = {.scenario = scenario, .diagnostics = diagnostics};
    const cJSON *item;
    writer.out = lineage_text_open(&text);
    choose(&writer, number);
    if (scenario->facts == NULL) {
        lineage_memory_free(lineage_text_close(&text));
        return true;
    }
    if (!cJSON_IsArray(scenario->facts))
        lineage_error(diagnostics, scenario->given.facts, "\"given\" must be a list of facts");
    cJSON_ArrayForEach(item, scenario->facts)
    {
        if (cJSON_IsString(item))
            write_fact(&writer, item->valuestring);
        else
            write_each(&writer, item);
    }
    if (writer.bytes > TEXT_BYTES_MAX)
        lineage_error(diagnostics, scenario->given.facts, "too many facts are given");
    char *facts = lineage_text_close(&text);
    struct lineage_source *source = lineage_arena_allocate(&scenario->arena, sizeof *source);
    source->path = lineage_arena_format(&scenario->arena, "%s, \"given\"", scenario->source->path);
    source->text = lineage_arena_text(&scenario->arena, facts, strlen(facts));
    scenario->given_source = source;
    lineage_memory_free(facts);
    return diagnostics->error_count == errors;
}
