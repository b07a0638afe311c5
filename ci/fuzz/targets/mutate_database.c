/* Mutations of databases for libFuzzer. Bytes changed at random mostly make a file that SQLite
 * itself refuses, so every other time one cell of one table changes instead, or a row goes: what is
 * left is a sound SQLite file, whose contents only ldfi can find wrong. */
#include "fuzz.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);

#define AT_RANDOM " ORDER BY random() LIMIT 1"

/* One change each; %w are the table, the column, the column and the table. */
static const char *const changes[] = {
    "UPDATE \"%w\" SET \"%w\" = \"%w\" + 1" AT_RANDOM,
    "UPDATE \"%w\" SET \"%w\" = (SELECT \"%w\" FROM \"%w\" ORDER BY random() LIMIT 1)" AT_RANDOM,
    "UPDATE \"%w\" SET \"%w\" = abs(random() %% 12)" AT_RANDOM,
    "UPDATE \"%w\" SET \"%w\" = random()" AT_RANDOM,
    "UPDATE \"%w\" SET \"%w\" = NULL" AT_RANDOM,
    "UPDATE \"%w\" SET \"%w\" = x'00ff'" AT_RANDOM,
    "UPDATE \"%w\" SET \"%w\" = '[1,\"b\",null,true,1.5,{\"k\":[]}]'" AT_RANDOM,
    "UPDATE \"%w\" SET \"%w\" = 'crash'" AT_RANDOM,
    "DELETE FROM \"%w\"" AT_RANDOM,
    "DELETE FROM \"%w\" WHERE \"%w\" > 2",
};

/* The change, of a table and one of its columns that are drawn at random; NULL: there is none. */
static char *draw_change(sqlite3 *database, unsigned seed)
{
    sqlite3_stmt *row = NULL;
    char *text = NULL;
    if (sqlite3_prepare_v2(
            database,
            "SELECT t.name, c.name FROM (SELECT name FROM sqlite_schema WHERE type = "
            "'table' ORDER BY random() LIMIT 1) t, pragma_table_info(t.name) c ORDER "
            "BY random() LIMIT 1",
            -1, &row, NULL) == SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW) {
        const unsigned char *table = sqlite3_column_text(row, 0);
        const unsigned char *column = sqlite3_column_text(row, 1);
        text = sqlite3_mprintf(changes[seed % (sizeof changes / sizeof *changes)], table, column,
                               column, table);
    }
    sqlite3_finalize(row);
    return text;
}

static bool change(sqlite3 *database, unsigned seed)
{
    char *text = draw_change(database, seed);
    const bool changed =
        text != NULL && sqlite3_exec(database, text, NULL, NULL, NULL) == SQLITE_OK;
    sqlite3_free(text);
    return changed;
}

/* The file with a change, in its place; 0: there is none. */
static size_t change_file(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    sqlite3 *database = NULL;
    size_t result = 0;
    unsigned char *copy = sqlite3_malloc64(size + 1);
    memcpy(copy, data, size);
    if (sqlite3_open(":memory:", &database) == SQLITE_OK &&
        sqlite3_deserialize(database, "main", copy, (sqlite3_int64)size, (sqlite3_int64)size + 1,
                            SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) ==
            SQLITE_OK &&
        sqlite3_exec(database, "PRAGMA ignore_check_constraints = ON", NULL, NULL, NULL) ==
            SQLITE_OK) {
        bool changed = change(database, seed);
        for (unsigned more = seed % 7; more > 4; more--)
            changed = change(database, seed * more) || changed;
        sqlite3_int64 bytes = 0;
        unsigned char *file = changed ? sqlite3_serialize(database, "main", &bytes, 0) : NULL;
        if (file != NULL && (size_t)bytes <= size_max) {
            memcpy(data, file, (size_t)bytes);
            result = (size_t)bytes;
        }
        sqlite3_free(file);
    }
    sqlite3_close(database);
    return result;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    const size_t changed =
        seed % 2 == 0 && size > 0 ? change_file(data, size, size_max, seed / 2) : 0;
    return changed > 0 ? changed : LLVMFuzzerMutate(data, size, size_max);
}
