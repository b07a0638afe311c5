/* What the files of the store share. Private to this folder. */
#ifndef LDFI_LINEAGE_STORE_INTERNAL_H
#define LDFI_LINEAGE_STORE_INTERNAL_H

#include "store.h"

#include <sqlite3.h>

enum { LINEAGE_STORE_STATEMENTS_MAX = 32 };

struct lineage_store {
    sqlite3 *database;
    sqlite3_stmt *statements[LINEAGE_STORE_STATEMENTS_MAX]; /* store_write.c */
    const struct lineage_universe *universe;                /* of the search being written */
    sqlite3_int64 search;
    size_t stored_relations, stored_rules, stored_tuples;
    double begin_seconds;  /* when the search began */
    double commit_seconds; /* when runs were last committed */
    char *error;
    bool is_new;     /* lineage_store_open made the file */
    bool is_checked; /* its pages have been, before it was read back from */
};

/* Remembers what SQLite says of the last call. Always false. */
bool lineage_store_fail(struct lineage_store *store);

/* A column that must hold an integer from 0 to end - 1; LINEAGE_NONE stands for anything else. */
uint32_t lineage_store_number(sqlite3_stmt *row, int column, uint64_t end);

#endif
