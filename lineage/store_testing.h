/* What the tests of the store and of joining databases share: a small recorded search, and rows as
 * text. */
#ifndef LDFI_LINEAGE_STORE_TESTING_H
#define LDFI_LINEAGE_STORE_TESTING_H

#include "../harness/testing.h"

/* a tells b at 1, so b has heard at 2. Losing that is the one way to break it. */
static const struct testing_program tale = {"tale",
                                            "a,b",
                                            2,
                                            2,
                                            0,
                                            NULL,
                                            "word(\"a\", \"b\")@1; want(\"b\")@2;\n"
                                            "heard(B)@async :- word(A, B);\n"
                                            "pre(B) :- want(B), notin word(B, B);\n"
                                            "post(B) :- heard(B);\n"};

/* All rows as text: columns with `|` between them, `-` for null, a newline behind each row. The
 * caller frees it. */
static inline char *read_rows(struct lineage_store *store, const char *sql)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    sqlite3_stmt *row = testing_query(store, sql, 0);
    while (sqlite3_step(row) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(row); i++) {
            const unsigned char *column = sqlite3_column_text(row, i);
            fprintf(out, "%s%c", column != NULL ? (const char *)column : "-",
                    i + 1 < sqlite3_column_count(row) ? '|' : '\n');
        }
    sqlite3_finalize(row);
    fclose(out);
    return text;
}

static inline void assert_rows(struct lineage_store *store, const char *sql, const char *expected)
{
    char *text = read_rows(store, sql);
    assert_string_equal(text, expected);
    free(text);
}

#endif
