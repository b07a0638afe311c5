/* Which numbers a database gives the messages of a run. A run that is made again has the same
 * messages, but where the recorded one went on from an earlier run it derived them in another
 * order.
 */
#include "export.h"

#include <sqlite3.h>
#include <stdlib.h>

struct key {
    const char *tuple;
    uint32_t sent, from, to, number;
};

static int compare(const void *left, const void *right)
{
    const struct key *a = left, *b = right;
    if (a->sent != b->sent)
        return a->sent < b->sent ? -1 : 1;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    if (a->to != b->to)
        return a->to < b->to ? -1 : 1;
    const int order = strcmp(a->tuple, b->tuple);
    return order != 0 ? order : a->number < b->number ? -1 : a->number > b->number;
}

static uint32_t read_node(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL
               ? (uint32_t)LINEAGE_NONE
               : (uint32_t)sqlite3_column_int64(row, column);
}

/* Reads at most `count` messages; how many there are. */
static size_t read_keys(struct lineage_store *store, int64_t run, struct lineage_arena *arena,
                        struct key *keys, size_t count)
{
    static const char sql[] =
        "SELECT m.number, m.sent, m.sender, m.receiver, t.text FROM message m "
        "JOIN execution e ON e.id = m.execution "
        "JOIN tuple t ON t.search = e.search AND t.number = m.tuple WHERE m.execution = ?";
    sqlite3_stmt *row = NULL;
    size_t found = 0;
    if (sqlite3_prepare_v2(lineage_store_database(store), sql, -1, &row, NULL) != SQLITE_OK)
        return 0;
    sqlite3_bind_int64(row, 1, run);
    while (found <= count && sqlite3_step(row) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(row, 4);
        if (found < count && text != NULL)
            keys[found] = (struct key){.tuple = lineage_arena_text(arena, text, strlen(text)),
                                       .number = (uint32_t)sqlite3_column_int64(row, 0),
                                       .sent = (uint32_t)sqlite3_column_int64(row, 1),
                                       .from = read_node(row, 2),
                                       .to = read_node(row, 3)};
        found += text != NULL;
    }
    sqlite3_finalize(row);
    return found;
}

static void make_keys(const struct lineage_execution *execution, struct lineage_arena *arena,
                      struct key *keys)
{
    for (uint32_t i = 0; i < execution->messages.count; i++) {
        const struct lineage_message *message = &execution->messages.items[i];
        char *text = lineage_tuple_text(execution->universe, message->tuple);
        keys[i] = (struct key){lineage_arena_text(arena, text, strlen(text)), message->sent_time,
                               message->from, message->to, i};
        lineage_memory_free(text);
    }
}

uint32_t *harness_export_numbers(const struct lineage_execution *execution,
                                 struct lineage_store *store, int64_t run)
{
    const size_t count = execution->messages.count;
    struct lineage_arena arena = {.newest = NULL};
    struct key *ours = lineage_memory_clear((count + 1) * sizeof *ours);
    struct key *theirs = lineage_memory_clear((count + 1) * sizeof *theirs);
    uint32_t *numbers = lineage_memory_clear((count + 1) * sizeof *numbers);
    bool is_equal = read_keys(store, run, &arena, theirs, count) == count;
    make_keys(execution, &arena, ours);
    if (is_equal) {
        qsort(ours, count, sizeof *ours, compare);
        qsort(theirs, count, sizeof *theirs, compare);
    }
    for (size_t i = 0; i < count && is_equal; i++) {
        const uint32_t number = ours[i].number;
        ours[i].number = theirs[i].number;
        is_equal = compare(&ours[i], &theirs[i]) == 0 && theirs[i].number < count;
        numbers[number] = theirs[i].number;
    }
    lineage_memory_free(ours);
    lineage_memory_free(theirs);
    lineage_arena_free(&arena);
    if (is_equal)
        return numbers;
    lineage_memory_free(numbers);
    return NULL;
}
