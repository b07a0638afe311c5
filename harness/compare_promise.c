/* Do two versions state their promise in the same words? */
#include "compare.h"

#include "json.h"

#include <ctype.h>
#include <string.h>

/* A rule as far as it tells what a promise is made of. Relations are the universe's. */
struct statement {
    uint32_t head;
    LINEAGE_ARRAY(uint32_t) body;
    bool is_deductive;
};

struct statements {
    struct lineage_arena arena;
    const struct lineage_universe *universe;
    LINEAGE_ARRAY(struct statement) list;
    bool *is_promise; /* by relation: pre, post, or read for these alone */
};

/* ---- reading rules ---- */

/* The end of a string that begins here. */
static const char *skip_string(const char *at)
{
    for (at++; *at != '\0' && *at != '"'; at++)
        at += *at == '\\' && at[1] != '\0';
    return *at == '"' ? at + 1 : at;
}

static bool is_name(char character)
{
    return isalnum((unsigned char)character) != 0 || character == '_';
}

/* The relation of the name that begins here; LINEAGE_NONE if it is none. */
static uint32_t relation_of(struct statements *statements, const char *name, size_t bytes)
{
    return name[bytes + strspn(name + bytes, " ")] != '('
               ? LINEAGE_NONE
               : lineage_relation_find(statements->universe,
                                       lineage_arena_text(&statements->arena, name, bytes));
}

/* The first relation of a rule is its head's. */
static struct statement read_rule(struct statements *statements, const char *text)
{
    struct statement statement = {.head = LINEAGE_NONE, .is_deductive = true};
    bool is_body = false;
    while (*text != '\0') {
        size_t bytes = 0;
        while (is_name(text[bytes]))
            bytes++;
        if (*text == '"') {
            text = skip_string(text);
        } else if (bytes > 0) {
            const uint32_t relation = relation_of(statements, text, bytes);
            if (relation != LINEAGE_NONE && is_body)
                LINEAGE_PUSH(&statement.body, relation);
            else if (relation != LINEAGE_NONE && statement.head == LINEAGE_NONE)
                statement.head = relation;
            text += bytes;
        } else {
            is_body = is_body || strncmp(text, ":-", 2) == 0;
            statement.is_deductive = statement.is_deductive && (is_body || *text != '@');
            text++;
        }
    }
    return statement;
}

/* ---- which belong to the promise ---- */

static bool reads(const struct statement *statement, uint32_t relation)
{
    for (size_t i = 0; i < statement->body.count; i++)
        if (statement->body.items[i] == relation)
            return true;
    return false;
}

/* Is the relation derived at once, and read for the promise alone? What takes time or messages is
 * the protocol's own. */
static bool serves_promise(const struct statements *statements, uint32_t relation)
{
    bool is_derived = false, is_read = false;
    for (size_t i = 0; i < statements->list.count; i++) {
        const struct statement *statement = &statements->list.items[i];
        const bool is_own = statement->head == relation;
        const bool is_reader = !is_own && reads(statement, relation);
        if ((is_own && !statement->is_deductive) ||
            (is_reader &&
             (statement->head == LINEAGE_NONE || !statements->is_promise[statement->head])))
            return false;
        is_derived = is_derived || is_own;
        is_read = is_read || is_reader;
    }
    return is_derived && is_read;
}

static void mark_promise(struct statements *statements)
{
    static const char *const names[] = {"pre", "post"};
    const uint32_t count = (uint32_t)statements->universe->relations.count;
    bool has_more = true;
    statements->is_promise = lineage_memory_clear(count + 1);
    for (int i = 0; i < 2; i++) {
        const uint32_t relation = lineage_relation_find(statements->universe, names[i]);
        if (relation != LINEAGE_NONE)
            statements->is_promise[relation] = true;
    }
    while (has_more) {
        has_more = false;
        for (uint32_t relation = 0; relation < count; relation++)
            if (!statements->is_promise[relation] && serves_promise(statements, relation))
                has_more = statements->is_promise[relation] = true;
    }
}

static void read_statements(struct statements *statements, const struct lineage_universe *universe)
{
    *statements = (struct statements){.universe = universe};
    for (size_t i = 0; i < universe->rules.count; i++) {
        const struct statement statement = read_rule(statements, universe->rules.items[i].text);
        LINEAGE_PUSH(&statements->list, statement);
    }
    mark_promise(statements);
}

static void free_statements(struct statements *statements)
{
    for (size_t i = 0; i < statements->list.count; i++)
        lineage_memory_free(statements->list.items[i].body.items);
    lineage_memory_free(statements->list.items);
    lineage_memory_free(statements->is_promise);
    lineage_arena_free(&statements->arena);
}

/* ---- what differs ---- */

static bool is_of_promise(const struct statements *statements, size_t rule)
{
    const uint32_t head = statements->list.items[rule].head;
    return head != LINEAGE_NONE && statements->is_promise[head];
}

static bool has_rule(const struct statements *statements, const char *text)
{
    for (size_t i = 0; i < statements->list.count; i++)
        if (is_of_promise(statements, i) &&
            strcmp(statements->universe->rules.items[i].text, text) == 0)
            return true;
    return false;
}

/* Is the rule one of pre or post? */
static bool is_statement(const struct statements *statements, size_t rule)
{
    const char *name =
        statements->universe->relations.items[statements->list.items[rule].head].name;
    return strcmp(name, "pre") == 0 || strcmp(name, "post") == 0;
}

/* Adds those of the first that the second lacks: of pre and post, or the others. */
static void add_lacking(cJSON *array, const struct statements *statements,
                        const struct statements *other, bool of_others)
{
    for (size_t i = 0; i < statements->list.count; i++) {
        const struct lineage_rule *rule = &statements->universe->rules.items[i];
        if (!is_of_promise(statements, i) || is_statement(statements, i) == of_others ||
            has_rule(other, rule->text))
            continue;
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "rule", rule->text);
        cJSON_AddStringToObject(item, "file", rule->file);
        cJSON_AddNumberToObject(item, "line", rule->line);
        cJSON_AddItemToArray(array, item);
    }
}

static cJSON *lacking_json(const struct statements *statements, const struct statements *other)
{
    cJSON *array = cJSON_CreateArray();
    add_lacking(array, statements, other, false);
    add_lacking(array, statements, other, true);
    return array;
}

cJSON *harness_compare_promise_rules(const struct lineage_universe *old,
                                     const struct lineage_universe *new)
{
    struct statements of_old, of_new;
    cJSON *object = cJSON_CreateObject();
    read_statements(&of_old, old);
    read_statements(&of_new, new);
    cJSON_AddItemToObject(object, "old", lacking_json(&of_old, &of_new));
    cJSON_AddItemToObject(object, "new", lacking_json(&of_new, &of_old));
    free_statements(&of_old);
    free_statements(&of_new);
    return object;
}
