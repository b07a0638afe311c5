#include "store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char schema[] =
#include "schema.inc"
    ;

enum { APPLICATION_ID = 0x6c646669, BUSY_MILLISECONDS = 5000, RETRY_MILLISECONDS = 20 };

const char *lineage_store_error(const struct lineage_store *store)
{
    return store->error != NULL ? store->error : "the database failed: out of memory";
}

struct sqlite3 *lineage_store_database(struct lineage_store *store)
{
    return store->database;
}

/* What the user can do about a failure. */
static const char *advice(int result)
{
    switch (result & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
        return "; make room on its disk, or name a file on another one";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "; wait until the other program is done, or name a new file";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return "; name a new file or one that ldfi made";
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return "; name a file in a folder that is there and that you may write to";
    default:
        return "";
    }
}

bool lineage_store_fail(struct lineage_store *store)
{
    const char *path = sqlite3_db_filename(store->database, NULL);
    const char *text = sqlite3_errmsg(store->database);
    sqlite3_free(store->error);
    store->error = sqlite3_mprintf("the database %s cannot be used: %s%s", path != NULL ? path : "",
                                   text, advice(sqlite3_errcode(store->database)));
    return false;
}

uint32_t lineage_store_number(sqlite3_stmt *row, int column, uint64_t end)
{
    if (sqlite3_column_type(row, column) != SQLITE_INTEGER)
        return LINEAGE_NONE;
    const sqlite3_int64 value = sqlite3_column_int64(row, column);
    return value >= 0 && (uint64_t)value < end ? (uint32_t)value : LINEAGE_NONE;
}

static int read_number(sqlite3 *database, const char *sql, int *number)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);
    if (result == SQLITE_OK) {
        result = sqlite3_step(statement);
        if (result == SQLITE_ROW)
            *number = sqlite3_column_int(statement, 0);
    }
    sqlite3_finalize(statement);
    return result == SQLITE_ROW ? SQLITE_OK : result;
}

static enum lineage_store_failure failure_of(int result)
{
    switch (result & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_CORRUPT:
        return LINEAGE_STORE_UNFIT;
    default:
        return LINEAGE_STORE_BROKEN;
    }
}

/* What a database says of itself. */
struct nature {
    int application, version, tables;
};

static int read_nature(sqlite3 *database, struct nature *nature)
{
    int result = read_number(database, "PRAGMA application_id", &nature->application);
    if (result == SQLITE_OK)
        result = read_number(database, "PRAGMA user_version", &nature->version);
    if (result == SQLITE_OK)
        result = read_number(database, "SELECT count(*) FROM sqlite_master", &nature->tables);
    return result;
}

/* Reads it at one moment. */
static int look(sqlite3 *database, struct nature *nature)
{
    int result = sqlite3_exec(database, "BEGIN", NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = read_nature(database, nature);
    const int ended = sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
    return result == SQLITE_OK ? ended : result;
}

static bool is_empty(const struct nature *nature)
{
    return nature->tables == 0 && nature->application == 0;
}

/* Makes the schema, unless another process has done so in the meantime. */
static int make_schema(sqlite3 *database, struct nature *nature)
{
    int result =
        sqlite3_exec(database, "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (result != SQLITE_OK)
        return result;
    result = read_nature(database, nature);
    if (result == SQLITE_OK && is_empty(nature)) {
        char *sql = sqlite3_mprintf("%s; PRAGMA application_id = %d; PRAGMA user_version = %d",
                                    schema, APPLICATION_ID, LINEAGE_STORE_VERSION);
        result = sql == NULL ? SQLITE_NOMEM : sqlite3_exec(database, sql, NULL, NULL, NULL);
        sqlite3_free(sql);
        *nature = (struct nature){APPLICATION_ID, LINEAGE_STORE_VERSION, 1};
    }
    if (result == SQLITE_OK)
        return sqlite3_exec(database, "COMMIT", NULL, NULL, NULL);
    sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
    return result;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Does the file hold what would run at our statements, and perhaps without end: a trigger, or a
 * view or virtual table by the name of one of our tables? */
static int find_traps(sqlite3 *database, int *count)
{
    return read_number(
        database,
        "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' OR ((type = 'view' OR sql LIKE "
        "'CREATE VIRTUAL%') AND lower(name) IN ('search', 'node', 'relation', 'rule', 'tuple', "
        "'execution', 'omission', 'crash', 'broken', 'message', 'fact', 'absence', 'firing', "
        "'premise', 'peril', 'counterexample', 'variable', 'clause', 'result', 'shard', 'source', "
        "'comparison'))",
        count);
}

/* Makes the schema in an empty file; leaves one of ours alone; refuses any other. */
static enum lineage_store_failure prepare(sqlite3 *database, struct lineage_place place,
                                          struct lineage_diagnostics *diagnostics, bool *is_in_use)
{
    struct nature nature = {0};
    int result = SQLITE_OK;
    /* While several processes start on one new file, SQLite does not always wait by itself. */
    for (int waited = 0; waited <= BUSY_MILLISECONDS; waited += RETRY_MILLISECONDS) {
        result = look(database, &nature);
        if (result == SQLITE_OK && is_empty(&nature))
            result = make_schema(database, &nature);
        if ((result & 0xff) != SQLITE_BUSY)
            break;
        sqlite3_sleep(RETRY_MILLISECONDS);
    }
    if (result == SQLITE_OK && nature.application != APPLICATION_ID) {
        lineage_error(diagnostics, place,
                      "this is a SQLite database of another program; name a new file or one that "
                      "ldfi made");
        return LINEAGE_STORE_UNFIT;
    }
    if (result == SQLITE_OK && nature.version != LINEAGE_STORE_VERSION) {
        lineage_error(diagnostics, place,
                      "this database has schema version %d and this ldfi writes version %d; keep "
                      "the old file for the ldfi that made it and name a new one",
                      nature.version, LINEAGE_STORE_VERSION);
        return LINEAGE_STORE_UNFIT;
    }
    int traps = 0;
    if (result == SQLITE_OK)
        result = find_traps(database, &traps);
    if (traps > 0) {
        lineage_error(diagnostics, place,
                      "somebody has put triggers into this database, or views in place of tables; "
                      "name a new file or one that only ldfi wrote to");
        return LINEAGE_STORE_UNFIT;
    }
    if (result == SQLITE_OK)
        result = sqlite3_exec(database,
                              "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; "
                              "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON",
                              NULL, NULL, NULL);
    if (result == SQLITE_OK)
        return LINEAGE_STORE_OK;
    const bool has_text = sqlite3_errcode(database) == result;
    lineage_error(diagnostics, place, "cannot use this as a database: %s%s",
                  has_text ? sqlite3_errmsg(database) : sqlite3_errstr(result), advice(result));
    *is_in_use = (result & 0xff) == SQLITE_BUSY;
    /* A file that is there and cannot be used lacks those that SQLite makes beside it. */
    return (result & 0xff) == SQLITE_CANTOPEN && !is_folder(place.source->path)
               ? LINEAGE_STORE_BROKEN
               : failure_of(result);
}

/* Removes a database that this call made and could not finish. */
static void remove_files(const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char name[PATH_MAX + 16]; /* this may be done because there is no memory */
        snprintf(name, sizeof name, "%s%s", path, endings[i]);
        unlink(name);
    }
}

/* Makes the file, if there is none; of several processes one alone does. If not, `*is_possible`
 * says whether the name is what is wrong and not the machine. */
static bool makes_file(const char *path, bool *is_possible)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    *is_possible = file >= 0 || errno == EEXIST || errno == ENOENT || errno == ENOTDIR ||
                   errno == EISDIR || errno == ENAMETOOLONG || errno == ELOOP;
    if (file >= 0)
        close(file);
    return file >= 0;
}

/* Opens a file that is there, or that may be made; `flags` as SQLite has them. */
static enum lineage_store_failure open_file(const char *name, int flags, struct lineage_place place,
                                            struct lineage_diagnostics *diagnostics,
                                            sqlite3 **database, bool *is_in_use)
{
    const int result = sqlite3_open_v2(name, database, flags, NULL);
    enum lineage_store_failure failure = failure_of(result);
    if (result == SQLITE_OK) {
        sqlite3_busy_timeout(*database, BUSY_MILLISECONDS);
        failure = prepare(*database, place, diagnostics, is_in_use);
    } else {
        lineage_error(diagnostics, place, "cannot open this as a database: %s%s",
                      *database != NULL ? sqlite3_errmsg(*database) : "out of memory",
                      advice(result));
    }
    if (failure != LINEAGE_STORE_OK)
        sqlite3_close(*database);
    return failure;
}

/* The place where errors of a database are reported. */
static struct lineage_place place_of(const char *path, struct lineage_diagnostics *diagnostics)
{
    struct lineage_source *source =
        lineage_arena_allocate(&diagnostics->arena, sizeof(struct lineage_source));
    *source =
        (struct lineage_source){lineage_arena_text(&diagnostics->arena, path, strlen(path)), NULL};
    return (struct lineage_place){source, 1, 1};
}

static struct lineage_store *make_store(sqlite3 *database, bool is_new)
{
    struct lineage_store *store = lineage_memory_clear(sizeof *store);
    store->database = database;
    store->is_new = is_new;
    return store;
}

enum lineage_store_failure lineage_store_open(const char *path, struct lineage_store **store,
                                              struct lineage_diagnostics *diagnostics)
{
    const struct lineage_place place = place_of(path, diagnostics);
    sqlite3 *database = NULL;
    *store = NULL;
    if (path[0] == '\0') { /* SQLite would take it for a database that vanishes at the end */
        lineage_error(diagnostics, place, "the database has no name; name a file");
        return LINEAGE_STORE_UNFIT;
    }
    bool is_possible, is_in_use = false;
    const bool is_new = makes_file(path, &is_possible);
    enum lineage_store_failure failure = open_file(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                                                   place, diagnostics, &database, &is_in_use);
    if (failure == LINEAGE_STORE_OK) {
        *store = make_store(database, is_new);
        return LINEAGE_STORE_OK;
    }
    if (is_new && !is_in_use)
        remove_files(path);
    return is_possible ? failure : LINEAGE_STORE_BROKEN;
}

bool lineage_store_is_database(const char *path)
{
    char beginning[16] = "";
    struct stat status;
    FILE *file = stat(path, &status) == 0 && S_ISREG(status.st_mode) ? fopen(path, "rb") : NULL;
    const size_t bytes = file != NULL ? fread(beginning, 1, sizeof beginning, file) : 0;
    if (file != NULL)
        fclose(file);
    return bytes == sizeof beginning && memcmp(beginning, "SQLite format 3", 16) == 0;
}

/* The URI of a file that nobody writes to, so that SQLite makes no files beside it. */
static char *name_frozen(const char *path)
{
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    fputs("file:", out);
    for (; *path != '\0'; path++)
        if (strchr("%?#", *path) != NULL)
            fprintf(out, "%%%02x", (unsigned)(unsigned char)*path);
        else
            fputc(*path, out);
    fputs("?immutable=1", out);
    return lineage_text_close(&text);
}

/* May SQLite make files beside this one? */
static bool is_folder_writable(const char *path)
{
    struct lineage_arena arena = {.newest = NULL};
    const bool is_writable =
        access(dirname(lineage_arena_text(&arena, path, strlen(path))), W_OK) == 0;
    lineage_arena_free(&arena);
    return is_writable;
}

enum lineage_store_failure lineage_store_open_existing(const char *path,
                                                       struct lineage_store **store,
                                                       struct lineage_diagnostics *diagnostics)
{
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) {
        *store = NULL;
        lineage_error(diagnostics, place_of(path, diagnostics),
                      "there is no database of this name: `ldfi run SCENARIO --db %s` makes one",
                      path);
        return LINEAGE_STORE_UNFIT;
    }
    if (access(path, W_OK) == 0 && is_folder_writable(path))
        return lineage_store_open(path, store, diagnostics);
    sqlite3 *database = NULL;
    bool is_in_use = false;
    char *name = name_frozen(path);
    const enum lineage_store_failure failure =
        open_file(name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, place_of(path, diagnostics),
                  diagnostics, &database, &is_in_use);
    lineage_memory_free(name);
    *store = failure == LINEAGE_STORE_OK ? make_store(database, false) : NULL;
    return failure;
}

void lineage_store_close(struct lineage_store *store)
{
    if (store == NULL)
        return;
    for (int i = 0; i < LINEAGE_STORE_STATEMENTS_MAX; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite3_close(store->database); /* rolls back what is open */
    sqlite3_free(store->error);
    lineage_memory_free(store);
}

void lineage_store_discard(struct lineage_store *store)
{
    char *path = NULL;
    int others = 0;
    char *sql = sqlite3_mprintf("DELETE FROM search WHERE id = %lld", store->search);
    if (sql != NULL) /* all that belongs to the search goes with it */
        sqlite3_exec(store->database, sql, NULL, NULL, NULL);
    sqlite3_free(sql);
    if (store->is_new &&
        read_number(store->database, "SELECT count(*) FROM search", &others) == SQLITE_OK &&
        others == 0)
        path = sqlite3_mprintf("%s", sqlite3_db_filename(store->database, NULL));
    lineage_store_close(store);
    if (path != NULL)
        remove_files(path);
    sqlite3_free(path);
}
