#include "fact_words.h"

#include "dedalus/lexer.h"

#include <string.h>

enum { ARGUMENTS_MAX = 60 };

struct reader {
    struct lineage_universe *universe;
    struct lineage_diagnostics *diagnostics;
    struct lineage_arena *arena;
    struct ded_lexer lexer;
    struct ded_token token;
    lineage_value values[ARGUMENTS_MAX];
    uint32_t count;
};

uint32_t harness_find_relation(const struct lineage_universe *universe, const char *name,
                               struct lineage_place place, struct lineage_diagnostics *diagnostics)
{
    const uint32_t relation = lineage_relation_find(universe, name);
    if (relation != LINEAGE_NONE)
        return relation;
    LINEAGE_ARRAY(const char *) names = {0};
    for (size_t i = 0; i < universe->relations.count; i++)
        if (!universe->relations.items[i].internal)
            LINEAGE_PUSH(&names, universe->relations.items[i].name);
    const char *nearest = lineage_nearest(name, names.items, names.count);
    lineage_error(diagnostics, place, "the model has no relation %s%s%s%s", name,
                  nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                  nearest != NULL ? "?" : "");
    lineage_memory_free(names.items);
    return LINEAGE_NONE;
}

static void step(struct reader *reader)
{
    reader->token = ded_lexer_next(&reader->lexer);
}

static bool accept(struct reader *reader, const char *symbol)
{
    if (!ded_token_is(&reader->token, symbol))
        return false;
    step(reader);
    return true;
}

/* Always false. */
static bool expected(struct reader *reader, const char *what)
{
    if (reader->token.kind != DED_TOKEN_BAD)
        lineage_error(reader->diagnostics, reader->token.place,
                      "expected %s; write a fact as in acked(\"C\", \"w1\")@5", what);
    return false;
}

static const char *token_text(struct reader *reader)
{
    return lineage_arena_text(reader->arena, reader->token.text, reader->token.bytes);
}

static bool read_argument(struct reader *reader)
{
    lineage_value value;
    const bool is_negative = accept(reader, "-");
    const struct ded_token *token = &reader->token;
    if (token->kind == DED_TOKEN_INTEGER)
        value = lineage_integer(reader->universe, is_negative ? -token->integer : token->integer);
    else if (is_negative)
        return expected(reader, "an integer");
    else if (ded_token_is(token, "_"))
        value = LINEAGE_ANY;
    else if (token->kind == DED_TOKEN_STRING || token->kind == DED_TOKEN_NAME)
        value = lineage_string(reader->universe, token->text, token->bytes);
    else
        return expected(reader, "a string, an integer or _");
    if (reader->count == ARGUMENTS_MAX) {
        lineage_error(reader->diagnostics, token->place, "no relation has more than %d arguments",
                      ARGUMENTS_MAX);
        return false;
    }
    reader->values[reader->count++] = value;
    step(reader);
    return true;
}

static bool read_arguments(struct reader *reader)
{
    if (!accept(reader, "("))
        return true; /* the number of arguments will be wrong, or right */
    if (accept(reader, ")"))
        return true;
    do {
        if (!read_argument(reader))
            return false;
    } while (accept(reader, ","));
    return accept(reader, ")") || expected(reader, ", or )");
}

static bool read_time(struct reader *reader, uint32_t eot, uint32_t *time)
{
    const struct lineage_place place = reader->token.place;
    *time = eot;
    if (accept(reader, "@")) {
        if (reader->token.kind != DED_TOKEN_INTEGER)
            return expected(reader, "a time");
        const int64_t given = reader->token.integer;
        if (given < 1 || given > eot) {
            lineage_error(reader->diagnostics, place, "time runs from 1 to %u (EOT)", eot);
            return false;
        }
        *time = (uint32_t)given;
        step(reader);
    }
    return reader->token.kind == DED_TOKEN_END || expected(reader, "@TIME or nothing more");
}

/* The pattern, once all has been read. */
static bool conclude(struct reader *reader, const char *name, struct lineage_place place,
                     struct harness_fact_words *fact)
{
    const uint32_t relation =
        harness_find_relation(reader->universe, name, place, reader->diagnostics);
    if (relation == LINEAGE_NONE)
        return false;
    const uint32_t arity = reader->universe->relations.items[relation].arity;
    if (arity != reader->count) {
        lineage_error(reader->diagnostics, place, "%s has %u argument%s, not %u", name, arity,
                      arity == 1 ? "" : "s", reader->count);
        return false;
    }
    fact->pattern = lineage_tuple_intern(reader->universe, relation, reader->values);
    if (strcmp(name, "crash") == 0)
        fact->time = 0;
    return true;
}

bool harness_read_fact(const char *words, struct lineage_place place,
                       struct lineage_universe *universe, uint32_t eot,
                       struct lineage_diagnostics *diagnostics, struct lineage_arena *arena,
                       struct harness_fact_words *fact)
{
    struct reader reader = {.universe = universe, .diagnostics = diagnostics, .arena = arena};
    const size_t before = place.source == NULL ? 0 : place.column - 1;
    struct lineage_source *source = lineage_arena_allocate(arena, sizeof *source);
    /* The text ends where the words do, so that the lexer does, too. */
    source->text = lineage_arena_format(arena, "%.*s%s", (int)before,
                                        place.source == NULL ? "" : place.source->text, words);
    source->path = place.source == NULL ? "fact" : place.source->path;
    ded_lexer_start(&reader.lexer, source, diagnostics);
    reader.lexer.at += before;
    reader.lexer.place.column += (uint32_t)before;
    step(&reader);
    const struct lineage_place start = reader.token.place;
    if (reader.token.kind != DED_TOKEN_NAME)
        return expected(&reader, "a relation");
    const char *name = token_text(&reader);
    step(&reader);
    return read_arguments(&reader) && read_time(&reader, eot, &fact->time) &&
           conclude(&reader, name, start, fact);
}
