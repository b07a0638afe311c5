#include "fact_words.h"

#include <errno.h>
#include <stdlib.h>

/* Copies a text without the blanks between its words. */
static char *without_blanks(struct lineage_arena *arena, const char *text)
{
    char *copy = lineage_arena_text(arena, text, strlen(text)), *end = copy;
    bool in_quotes = false;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"')
            in_quotes = !in_quotes;
        if (in_quotes || (*at != ' ' && *at != '\t'))
            *end++ = *at;
    }
    *end = '\0';
    return copy;
}

/* Takes `@TIME` off the end of the words; 0: there is none. */
static uint32_t take_time(char *words, uint32_t eot)
{
    char *at = strrchr(words, '@'), *end;
    if (at == NULL || at[1] < '0' || at[1] > '9')
        return 0;
    errno = 0;
    const unsigned long time = strtoul(at + 1, &end, 10);
    if (*end != '\0')
        return 0;
    *at = '\0';
    return errno == 0 && time > 0 && time <= eot ? (uint32_t)time : LINEAGE_NONE;
}

static bool is_named(const struct lineage_execution *execution, const struct lineage_fact *fact,
                     const char *words, uint32_t relation, struct lineage_arena *arena)
{
    if (relation != LINEAGE_NONE)
        return lineage_tuple_relation(execution->universe, fact->tuple) == relation;
    char *text = lineage_tuple_text(execution->universe, fact->tuple);
    const bool is_equal = strcmp(without_blanks(arena, text), words) == 0;
    lineage_memory_free(text);
    return is_equal;
}

bool harness_facts_find(const struct lineage_execution *execution, const char *words,
                        struct lineage_place place, struct lineage_diagnostics *diagnostics,
                        harness_facts *facts)
{
    struct lineage_arena arena = {.newest = NULL};
    char *wanted = without_blanks(&arena, words);
    const uint32_t time = take_time(wanted, execution->eot);
    const uint32_t relation = lineage_relation_find(execution->universe, wanted);
    const size_t before = facts->count;
    uint32_t last = 0;
    for (uint32_t i = 0; i < execution->facts.count && time != LINEAGE_NONE; i++) {
        const struct lineage_fact *fact = &execution->facts.items[i];
        if ((time != 0 && fact->time != time) || fact->time < last ||
            !is_named(execution, fact, wanted, relation, &arena))
            continue;
        if (fact->time > last)
            facts->count = before;
        last = fact->time;
        LINEAGE_PUSH(facts, i);
    }
    lineage_arena_free(&arena);
    if (facts->count > before)
        return true;
    lineage_error(diagnostics, place,
                  "the run has no fact %s; write it as ldfi prints it, 'rep(\"a\", \"c\", 1)@3', "
                  "with a time from 1 to %u or without one",
                  words, execution->eot);
    return false;
}
