/* Reading a search back from a database that may come from anywhere. Nothing is believed: numbers
 * must count from 0, what they point at must be there, values must be of their kinds. */
#include "store_internal.h"

#include <string.h>

/* What scenarios allow, so that nobody's database makes us ask for all memory there is. */
enum {
    TIME_MAX = 1000,
    NODES_MAX = 100,
    RELATIONS_MAX = 10000,
    COLUMNS_MAX = 64,
    SOURCES_MAX = 10000,
};

struct reader {
    struct lineage_store *store;
    struct lineage_restored *restored;
    struct lineage_execution *execution; /* under construction */
    /* The tuple under construction. */
    int64_t tuple_number;
    uint32_t tuple_relation, column_count;
    lineage_value columns[COLUMNS_MAX];
};

/* Says that the database cannot be what ldfi wrote, unless it could not be read. Always false. */
static bool corrupt(struct reader *reader, const char *what)
{
    if (sqlite3_errcode(reader->store->database) == SQLITE_NOMEM)
        return lineage_store_fail(reader->store);
    sqlite3_free(reader->store->error);
    reader->store->error = sqlite3_mprintf("the database is damaged: %s", what);
    return false;
}

/* Calls `read` for each row of a query about `id`. */
static bool each_row(struct reader *reader, const char *sql, sqlite3_int64 id,
                     bool (*read)(struct reader *reader, sqlite3_stmt *row))
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(reader->store->database, sql, -1, &statement, NULL) != SQLITE_OK)
        return lineage_store_fail(reader->store);
    sqlite3_bind_int64(statement, 1, id);
    int result;
    bool going = true;
    while (going && (result = sqlite3_step(statement)) == SQLITE_ROW)
        going = read(reader, statement);
    if (going && result != SQLITE_DONE)
        going = lineage_store_fail(reader->store);
    sqlite3_finalize(statement);
    return going;
}

static bool is_null(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL;
}

/* A text, copied; NULL if it is none. */
static const char *text_of(struct reader *reader, sqlite3_stmt *row, int column)
{
    const unsigned char *text = sqlite3_column_text(row, column);
    if (text == NULL)
        return NULL;
    return lineage_arena_text(&reader->restored->arena, (const char *)text,
                              strlen((const char *)text));
}

static bool read_search(struct reader *reader, sqlite3_stmt *row)
{
    struct lineage_bounds *bounds = &reader->restored->bounds;
    const char *oracle = text_of(reader, row, 1);
    reader->restored->search = sqlite3_column_int64(row, 0);
    reader->restored->scenario = text_of(reader, row, 6);
    reader->restored->strategy = text_of(reader, row, 7);
    if (reader->restored->scenario == NULL || reader->restored->strategy == NULL)
        return corrupt(reader, "the name or the kind of the search");
    if (oracle == NULL || (strcmp(oracle, "molly") != 0 && strcmp(oracle, "strict") != 0))
        return corrupt(reader, "the oracle of the search");
    reader->restored->oracle = oracle[0] == 'm' ? LINEAGE_MOLLY : LINEAGE_STRICT;
    bounds->eot = lineage_store_number(row, 2, TIME_MAX + 1);
    bounds->eff = lineage_store_number(row, 3, TIME_MAX + 1);
    bounds->crashes = lineage_store_number(row, 4, NODES_MAX + 1);
    bounds->omissions =
        lineage_store_number(row, 5, LINEAGE_NONE); /* none of either kind: LINEAGE_UNBOUNDED */
    if (bounds->eot == LINEAGE_NONE || bounds->eot < 1 || bounds->eff == LINEAGE_NONE ||
        bounds->eff > bounds->eot || bounds->crashes == LINEAGE_NONE ||
        (bounds->omissions == LINEAGE_NONE && !is_null(row, 5)))
        return corrupt(reader, "the bounds of the search make no sense");
    return true;
}

static bool read_node(struct reader *reader, sqlite3_stmt *row)
{
    struct lineage_universe *universe = &reader->restored->universe;
    const char *name = text_of(reader, row, 1);
    if (lineage_store_number(row, 0, NODES_MAX) != universe->nodes.count || name == NULL ||
        lineage_store_number(row, 2, 2) == LINEAGE_NONE ||
        lineage_node_of(universe, lineage_string(universe, name, strlen(name))) != LINEAGE_NONE)
        return corrupt(reader, "its nodes");
    const uint32_t node = lineage_node_add(universe, name);
    reader->restored->bounds.immune[node] = sqlite3_column_int(row, 2) != 0;
    return true;
}

static bool read_relation(struct reader *reader, sqlite3_stmt *row)
{
    struct lineage_universe *universe = &reader->restored->universe;
    const struct lineage_relation relation = {text_of(reader, row, 1),
                                              lineage_store_number(row, 2, COLUMNS_MAX),
                                              sqlite3_column_int(row, 3) != 0};
    if (lineage_store_number(row, 0, RELATIONS_MAX) != universe->relations.count ||
        relation.name == NULL || relation.arity == LINEAGE_NONE ||
        lineage_store_number(row, 3, 2) == LINEAGE_NONE ||
        (!relation.internal && lineage_relation_find(universe, relation.name) != LINEAGE_NONE))
        return corrupt(reader, "its relations");
    lineage_relation_add(universe, relation);
    return true;
}

static bool read_rule(struct reader *reader, sqlite3_stmt *row)
{
    struct lineage_universe *universe = &reader->restored->universe;
    const struct lineage_rule rule = {.text = text_of(reader, row, 3),
                                      .file = text_of(reader, row, 1),
                                      .line = lineage_store_number(row, 2, LINEAGE_NONE)};
    if (lineage_store_number(row, 0, LINEAGE_NONE) != universe->rules.count || rule.text == NULL ||
        rule.line == LINEAGE_NONE || rule.file == NULL)
        return corrupt(reader, "its rules");
    lineage_rule_add(universe, rule);
    return true;
}

/* Makes the tuple whose columns have been read. */
static bool finish_tuple(struct reader *reader)
{
    struct lineage_universe *universe = &reader->restored->universe;
    if (reader->tuple_number < 0)
        return true;
    if (reader->column_count != universe->relations.items[reader->tuple_relation].arity ||
        lineage_tuple_intern(universe, reader->tuple_relation, reader->columns) !=
            reader->tuple_number)
        return corrupt(reader, "its tuples");
    return true;
}

static lineage_value column_value(struct lineage_universe *universe, sqlite3_stmt *row)
{
    const char *type = (const char *)sqlite3_column_text(row, 3);
    if (type == NULL)
        return LINEAGE_NONE;
    if (strcmp(type, "text") == 0) {
        const char *text = (const char *)sqlite3_column_text(row, 4);
        return text == NULL ? LINEAGE_NONE : lineage_string(universe, text, strlen(text));
    }
    if (strcmp(type, "integer") == 0)
        return lineage_integer(universe, sqlite3_column_int64(row, 4));
    if (strcmp(type, "null") == 0)
        return LINEAGE_UNKNOWN;
    return strcmp(type, "true") == 0 ? LINEAGE_ANY : LINEAGE_NONE;
}

/* One column of one tuple; the rows of a tuple follow one another. */
static bool read_column(struct reader *reader, sqlite3_stmt *row)
{
    struct lineage_universe *universe = &reader->restored->universe;
    const uint32_t number = lineage_store_number(row, 0, LINEAGE_NONE);
    if (number != reader->tuple_number) {
        if (!finish_tuple(reader))
            return false;
        reader->tuple_number = number;
        reader->tuple_relation = lineage_store_number(row, 1, universe->relations.count);
        reader->column_count = 0;
        if (number != universe->tuples.count || reader->tuple_relation == LINEAGE_NONE)
            return corrupt(reader, "its tuples");
    }
    if (is_null(row, 2))
        return true; /* a tuple without columns */
    if (reader->column_count == COLUMNS_MAX)
        return corrupt(reader, "its tuples");
    const lineage_value value = column_value(universe, row);
    if (value == LINEAGE_NONE)
        return corrupt(reader, "the values of its tuples");
    reader->columns[reader->column_count++] = value;
    return true;
}

/* The hazard formula reads faults off the tuples of `crash`. */
static bool is_sound_crash(const struct reader *reader, lineage_tuple tuple)
{
    const struct lineage_universe *universe = &reader->restored->universe;
    const lineage_value *values = lineage_tuple_values(universe, tuple);
    return lineage_node_of(universe, values[1]) != LINEAGE_NONE &&
           lineage_is_integer(universe, values[2]) &&
           lineage_integer_of(universe, values[2]) >= 1 &&
           lineage_integer_of(universe, values[2]) <= reader->restored->bounds.eot;
}

static bool read_fact(struct reader *reader, sqlite3_stmt *row)
{
    const struct lineage_universe *universe = &reader->restored->universe;
    const uint32_t tuple = lineage_store_number(row, 1, universe->tuples.count);
    const uint32_t time = lineage_store_number(row, 2, (uint64_t)reader->restored->bounds.eot + 1);
    if (lineage_store_number(row, 0, 1 << 30) != reader->execution->facts.count ||
        tuple == LINEAGE_NONE || time == LINEAGE_NONE ||
        lineage_store_number(row, 3, 2) == LINEAGE_NONE ||
        (lineage_tuple_relation(universe, tuple) == reader->execution->crash &&
         !is_sound_crash(reader, tuple)))
        return corrupt(reader, "the facts of a run");
    lineage_fact_add(reader->execution, tuple, time, sqlite3_column_int(row, 3) != 0);
    return true;
}

static bool read_message(struct reader *reader, sqlite3_stmt *row)
{
    const struct lineage_universe *universe = &reader->restored->universe;
    const struct lineage_message message = {
        lineage_store_number(row, 1, universe->tuples.count),
        lineage_store_number(row, 2, universe->nodes.count),
        lineage_store_number(row, 3, universe->nodes.count),
        lineage_store_number(row, 4, (uint64_t)reader->restored->bounds.eot + 1),
        (enum lineage_fate)lineage_store_number(row, 5, LINEAGE_TO_NOBODY + 1)};
    if (lineage_store_number(row, 0, LINEAGE_NONE) != reader->execution->messages.count ||
        message.tuple == LINEAGE_NONE || message.sent_time == LINEAGE_NONE ||
        (message.from == LINEAGE_NONE && !is_null(row, 2)) ||
        (message.to == LINEAGE_NONE && !is_null(row, 3)) ||
        (message.to == LINEAGE_NONE) != (message.fate == LINEAGE_TO_NOBODY) ||
        lineage_store_number(row, 5, LINEAGE_TO_NOBODY + 1) == LINEAGE_NONE)
        return corrupt(reader, "the messages of a run");
    LINEAGE_PUSH(&reader->execution->messages, message);
    return true;
}

static bool read_absence(struct reader *reader, sqlite3_stmt *row)
{
    const struct lineage_absence absence = {
        lineage_store_number(row, 1, reader->restored->universe.tuples.count),
        lineage_store_number(row, 2, (uint64_t)reader->restored->bounds.eot + 1)};
    if (lineage_store_number(row, 0, 1 << 30) != reader->execution->absences.count ||
        absence.pattern == LINEAGE_NONE || absence.time == LINEAGE_NONE)
        return corrupt(reader, "the absences of a run");
    LINEAGE_PUSH(&reader->execution->absences, absence);
    return true;
}

static bool read_firing(struct reader *reader, sqlite3_stmt *row)
{
    struct lineage_execution *execution = reader->execution;
    const struct lineage_firing firing = {
        .rule = lineage_store_number(row, 1, reader->restored->universe.rules.count),
        .head = lineage_store_number(row, 2, execution->facts.count),
        .message = lineage_store_number(row, 3, execution->messages.count),
        .exactly = lineage_store_number(row, 4, 1 << 30)};
    if (lineage_store_number(row, 0, 1 << 30) != execution->firings.count ||
        firing.rule == LINEAGE_NONE || (firing.head == LINEAGE_NONE && !is_null(row, 2)) ||
        (firing.message == LINEAGE_NONE && !is_null(row, 3)) ||
        (firing.exactly == LINEAGE_NONE && !is_null(row, 4)))
        return corrupt(reader, "the firings of a run");
    LINEAGE_PUSH(&execution->firings, firing);
    return true;
}

/* Premises come in the order of their firings. */
static bool read_premise(struct reader *reader, sqlite3_stmt *row)
{
    struct lineage_execution *execution = reader->execution;
    const uint32_t firing = lineage_store_number(row, 0, execution->firings.count);
    const uint32_t kind = lineage_store_number(row, 1, LINEAGE_ABSENT_FACT + 1);
    const uint32_t item = lineage_store_number(
        row, 2, kind == LINEAGE_ABSENT ? execution->absences.count : execution->facts.count);
    if (firing == LINEAGE_NONE || kind == LINEAGE_NONE || item == LINEAGE_NONE ||
        lineage_store_number(row, 3, LINEAGE_NONE) !=
            execution->firings.items[firing].first_premise)
        return corrupt(reader, "the premises of a run");
    LINEAGE_PUSH(&execution->premises, lineage_premise((enum lineage_premise_kind)kind, item));
    /* For now how many premises the firing has; see count_to_first. */
    execution->firings.items[firing].first_premise++;
    return true;
}

static void count_to_first(struct lineage_execution *execution)
{
    uint32_t first = 0;
    for (size_t i = 0; i < execution->firings.count; i++) {
        const uint32_t count = execution->firings.items[i].first_premise;
        execution->firings.items[i].first_premise = first;
        first += count;
    }
}

static bool read_peril(struct reader *reader, sqlite3_stmt *row)
{
    struct lineage_execution *execution = reader->execution;
    const bool is_error = sqlite3_column_int(row, 0) == 0;
    const uint32_t item =
        lineage_store_number(row, 1, is_error ? execution->firings.count : execution->facts.count);
    if (item == LINEAGE_NONE || lineage_store_number(row, 0, 2) == LINEAGE_NONE)
        return corrupt(reader, "the perils of an envelope");
    if (is_error)
        LINEAGE_PUSH(&execution->errors, item);
    else
        LINEAGE_PUSH(&execution->undecided, item);
    return true;
}

static bool read_execution(struct reader *reader, sqlite3_int64 id,
                           struct lineage_execution *execution)
{
    reader->execution = execution;
    lineage_execution_create(execution, &reader->restored->universe, reader->restored->bounds.eot);
    const bool read =
        each_row(reader,
                 "SELECT number, tuple, time, certain FROM fact WHERE execution = ? "
                 "ORDER BY number",
                 id, read_fact) &&
        each_row(reader,
                 "SELECT number, tuple, sender, receiver, sent, fate FROM message "
                 "WHERE execution = ? ORDER BY number",
                 id, read_message) &&
        each_row(reader,
                 "SELECT number, pattern, time FROM absence WHERE execution = ? "
                 "ORDER BY number",
                 id, read_absence) &&
        each_row(reader,
                 "SELECT number, rule, head, message, exactly FROM firing "
                 "WHERE execution = ? ORDER BY number",
                 id, read_firing) &&
        each_row(reader,
                 "SELECT firing, kind, item, position FROM premise WHERE execution = ? "
                 "ORDER BY firing, position",
                 id, read_premise) &&
        each_row(reader, "SELECT kind, item FROM peril WHERE execution = ? ORDER BY position", id,
                 read_peril);
    count_to_first(execution);
    lineage_execution_index(execution);
    return read;
}

static bool read_good(struct reader *reader, sqlite3_stmt *row)
{
    return read_execution(reader, sqlite3_column_int64(row, 0), &reader->restored->good);
}

static bool read_envelope(struct reader *reader, sqlite3_stmt *row)
{
    reader->restored->has_envelope = true;
    reader->restored->no_more_crashes = sqlite3_column_int(row, 1) != 0;
    return read_execution(reader, sqlite3_column_int64(row, 0), &reader->restored->envelope);
}

/* What SQLite says of the file's pages; a page that it could not get is not a damaged one. */
static bool read_check(struct reader *reader, sqlite3_stmt *row)
{
    const char *text = (const char *)sqlite3_column_text(row, 0);
    if (text == NULL || strstr(text, "error code=") == NULL)
        return text != NULL && strcmp(text, "ok") == 0 ? true : corrupt(reader, "its pages");
    sqlite3_free(reader->store->error);
    reader->store->error =
        sqlite3_mprintf("the database cannot be read, for lack of memory or of a disk: %s", text);
    return false;
}

/* The relations that the hazard formula knows by name must be what it takes them for. */
static bool check_relations(struct reader *reader)
{
    const struct lineage_universe *universe = &reader->restored->universe;
    const uint32_t pre = lineage_relation_find(universe, "pre");
    const uint32_t post = lineage_relation_find(universe, "post");
    const uint32_t crash = lineage_relation_find(universe, "crash");
    if (pre == LINEAGE_NONE || post == LINEAGE_NONE || crash == LINEAGE_NONE ||
        universe->relations.items[pre].arity != universe->relations.items[post].arity ||
        universe->relations.items[crash].arity != 3)
        return corrupt(reader, "it has no pre, post or crash of the right size");
    return true;
}

static bool read_source(struct reader *reader, sqlite3_stmt *row)
{
    struct lineage_source *source =
        lineage_arena_allocate(&reader->restored->arena, sizeof *source);
    *source = (struct lineage_source){text_of(reader, row, 1), text_of(reader, row, 2)};
    if (lineage_store_number(row, 0, SOURCES_MAX) != reader->restored->sources.count ||
        source->path == NULL || source->text == NULL)
        return corrupt(reader, "its program");
    LINEAGE_PUSH(&reader->restored->sources, source);
    return true;
}

/* Finds the search, and reads its bounds, its nodes and its program. */
static bool read_program(struct reader *reader, int64_t search, struct lineage_store *store,
                         struct lineage_restored *restored)
{
    *restored = (struct lineage_restored){.oracle = LINEAGE_STRICT, .search = -1};
    *reader = (struct reader){.store = store, .restored = restored, .tuple_number = -1};
    lineage_universe_create(&restored->universe);
    restored->bounds.immune = lineage_arena_allocate(&restored->arena, NODES_MAX);
    /* Pages that are there twice could make a small file endless. */
    if (!store->is_checked && !each_row(reader, "PRAGMA quick_check(1)", 0, read_check))
        return false;
    store->is_checked = true;
    if (!each_row(reader,
                  "SELECT id, oracle, eot, eff, crashes, omissions, scenario, strategy FROM search "
                  "WHERE ?1 IN (0, id) ORDER BY id DESC LIMIT 1",
                  search, read_search))
        return false;
    if (restored->search < 0)
        return corrupt(reader, "no search is in it");
    return each_row(reader,
                    "SELECT number, name, immune FROM node WHERE search = ? "
                    "ORDER BY number",
                    restored->search, read_node) &&
           each_row(reader,
                    "SELECT number, path, text FROM source WHERE search = ? ORDER BY number",
                    restored->search, read_source);
}

bool lineage_store_restore_program(struct lineage_store *store, int64_t search,
                                   struct lineage_restored *restored)
{
    struct reader reader;
    return read_program(&reader, search, store, restored);
}

bool lineage_store_restore(struct lineage_store *store, int64_t search,
                           struct lineage_restored *restored)
{
    struct reader reader;
    return read_program(&reader, search, store, restored) &&
           each_row(&reader,
                    "SELECT number, name, arity, internal FROM relation "
                    "WHERE search = ? ORDER BY number",
                    restored->search, read_relation) &&
           check_relations(&reader) &&
           each_row(&reader,
                    "SELECT number, file, line, text FROM rule WHERE search = ? "
                    "ORDER BY number",
                    restored->search, read_rule) &&
           each_row(&reader,
                    "SELECT t.number, t.relation, c.key, c.type, c.atom FROM tuple t "
                    "LEFT JOIN json_each(t.columns) c WHERE t.search = ? "
                    "ORDER BY t.number, c.key",
                    restored->search, read_column) &&
           finish_tuple(&reader) &&
           each_row(&reader,
                    "SELECT id FROM execution WHERE search = ? AND kind IN ('good', 'capture') "
                    "AND recorded ORDER BY id LIMIT 1",
                    restored->search, read_good) &&
           each_row(&reader,
                    "SELECT id, kind = 'partial envelope' FROM execution WHERE search = ? AND kind "
                    "IN ('envelope', 'partial envelope') ORDER BY id LIMIT 1",
                    restored->search, read_envelope);
}

void lineage_restored_free(struct lineage_restored *restored)
{
    lineage_execution_free(&restored->good);
    lineage_execution_free(&restored->envelope);
    lineage_universe_destroy(&restored->universe);
    lineage_memory_free(restored->sources.items);
    lineage_arena_free(&restored->arena);
    *restored = (struct lineage_restored){.oracle = LINEAGE_STRICT};
}
