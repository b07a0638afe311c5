/* Runs a plan: nested loops over what fits each literal, through indexes on the bound columns.
 *
 * Values that an abstraction lost (LINEAGE_UNKNOWN, in envelopes alone) fit everything, and what is
 * derived through them is not certain. */
#include "engine.h"

#include <string.h>

enum { SCAN_INSTEAD = 6, STEPS_BETWEEN_POLLS = 1 << 14 };

static void run(struct ded_engine *engine, const struct ded_operation *operation,
                const struct ded_view *view);

/* What a literal reads at the current time: NULL where nothing is. */
static struct ded_table *table_of(struct ded_engine *engine, const struct ded_operation *operation)
{
    if (operation->at_time > engine->time)
        return NULL;
    if (operation->at_time == 0 || operation->at_time == engine->time ||
        operation->relation == engine->model->crash)
        return &engine->tables[operation->relation];
    return &engine->absolute_tables[operation->absolute];
}

static void resolve(struct ded_engine *engine, const struct ded_operation *operation,
                    struct ded_view *view)
{
    struct ded_table *table = table_of(engine, operation);
    *view = (struct ded_view){.table = table};
    if (table == NULL)
        return;
    view->is_current = table == &engine->tables[operation->relation];
    view->end = (uint32_t)table->facts.count;
    if (view->end > table->round_start)
        view->end = table->round_start;
    if (operation->window != DED_WINDOW_ALL && view->is_current) {
        view->begin = operation->window == DED_WINDOW_DELTA ? table->last_round_start : 0;
        view->end =
            operation->window == DED_WINDOW_DELTA ? table->round_start : table->last_round_start;
    } else if (operation->window == DED_WINDOW_DELTA) {
        view->end = 0;
    }
    if (operation->key != 0 && view->end > SCAN_INSTEAD)
        view->index = ded_table_index(table, &engine->model->universe, operation->key);
}

void ded_run_plan(struct ded_engine *engine, const struct ded_rule *rule,
                  const struct ded_plan *plan)
{
    size_t count = 0;
    const struct ded_operation *operation = plan->operations;
    for (;; operation++, count++) {
        if (operation->kind == DED_EMIT)
            break;
        if (operation->kind != DED_MATCH && operation->kind != DED_ABSENT)
            continue;
        resolve(engine, operation, &engine->views[count]);
        if (operation->kind == DED_MATCH && engine->views[count].begin >= engine->views[count].end)
            return;
    }
    /* Making an index may move those made before. */
    for (operation = plan->operations, count = 0; operation->kind != DED_EMIT; operation++, count++)
        if ((operation->kind == DED_MATCH || operation->kind == DED_ABSENT) &&
            engine->views[count].index != NULL)
            engine->views[count].index = ded_table_index(table_of(engine, operation),
                                                         &engine->model->universe, operation->key);
    engine->rule = rule;
    engine->certain = true;
    memset(engine->premises, 0xff, rule->literal_count * sizeof *engine->premises);
    run(engine, plan->operations, engine->views);
}

bool ded_arithmetic(char operator, int64_t left, int64_t right, int64_t *result)
{
    switch (operator) {
    case '+':
        return !__builtin_add_overflow(left, right, result);
    case '-':
        return !__builtin_sub_overflow(left, right, result);
    case '*':
        return !__builtin_mul_overflow(left, right, result);
    default:
        if (right == 0 || (left == INT64_MIN && right == -1))
            return false;
        *result = left / right;
        return true;
    }
}

bool ded_evaluate(struct ded_engine *engine, const struct ded_operand *operand,
                  lineage_value *value)
{
    struct lineage_universe *universe = &engine->model->universe;
    if (operand->kind != DED_OPERAND_ARITHMETIC) {
        *value = operand->kind == DED_OPERAND_VALUE ? operand->value : engine->slots[operand->slot];
        return true;
    }
    lineage_value left, right;
    int64_t result;
    if (!ded_evaluate(engine, operand->left, &left) ||
        !ded_evaluate(engine, operand->right, &right))
        return false;
    if (left == LINEAGE_UNKNOWN || right == LINEAGE_UNKNOWN) {
        *value = LINEAGE_UNKNOWN;
        if (!engine->model->integers_are_bounded || operand->operator== '/')
            ded_arithmetic_failure(engine);
        return true;
    }
    if (!ded_arithmetic(operand->operator, lineage_integer_of(universe, left),
                        lineage_integer_of(universe, right), &result))
        return false;
    *value = lineage_integer(universe, result);
    return true;
}

/* Binds slots to what the columns hold; false if they do not fit. A slot whose value is unknown
 * takes the column's: `*known` then says which slot to make unknown again. */
static bool fits(struct ded_engine *engine, const struct ded_operation *operation,
                 const lineage_value *values, uint64_t *known)
{
    for (uint32_t i = 0; i < operation->column_count; i++) {
        const struct ded_column_action *column = &operation->columns[i];
        const lineage_value value = values[i];
        lineage_value wanted = column->value;
        if (column->action == DED_SKIP)
            continue;
        if (column->action == DED_BIND) {
            engine->slots[column->slot] = value;
            continue;
        }
        if (column->action == DED_EQUAL_SLOT)
            wanted = engine->slots[column->slot];
        if (value == wanted && value != LINEAGE_UNKNOWN)
            continue;
        if (value != LINEAGE_UNKNOWN && wanted != LINEAGE_UNKNOWN)
            return false;
        engine->certain = false;
        if (wanted == LINEAGE_UNKNOWN && column->action == DED_EQUAL_SLOT &&
            value != LINEAGE_UNKNOWN) {
            engine->slots[column->slot] = value;
            *known |= (uint64_t)1 << i;
        }
    }
    return true;
}

/* Makes the slots that `fits` learned unknown again. */
static void forget(struct ded_engine *engine, const struct ded_operation *operation, uint64_t known)
{
    for (; known != 0; known &= known - 1)
        engine->slots[operation->columns[__builtin_ctzll(known)].slot] = LINEAGE_UNKNOWN;
}

static bool should_stop(struct ded_engine *engine)
{
    if (engine->outcome == DED_OK && engine->steps_to_poll-- == 0) {
        engine->steps_to_poll = STEPS_BETWEEN_POLLS;
        if (engine->poll != NULL && engine->poll(engine->poll_context))
            engine->outcome = DED_INTERRUPTED;
    }
    return engine->outcome != DED_OK;
}

static void try_fact(struct ded_engine *engine, const struct ded_operation *operation,
                     const struct ded_view *view, uint32_t position)
{
    const uint32_t fact = view->table->facts.items[position];
    const bool fact_is_certain = engine->execution->facts.items[fact].certain;
    if (should_stop(engine) || (engine->only_certain && !fact_is_certain))
        return;
    const bool certain = engine->certain;
    uint64_t known = 0;
    const lineage_value *values =
        lineage_tuple_values(&engine->model->universe, view->table->tuples.items[position]);
    if (fits(engine, operation, values, &known)) {
        engine->certain = engine->certain && fact_is_certain;
        engine->premises[operation->literal] = lineage_premise(LINEAGE_PRESENT, fact);
        run(engine, operation + 1, view + 1);
        engine->premises[operation->literal] = LINEAGE_NONE;
    }
    forget(engine, operation, known);
    engine->certain = certain;
}

/* The hash of the key columns as they are known; false if one of them is unknown. */
static bool hash_key(const struct ded_engine *engine, const struct ded_operation *operation,
                     uint32_t *hash)
{
    *hash = 0;
    for (uint64_t key = operation->key; key != 0; key &= key - 1) {
        const struct ded_column_action *column = &operation->columns[__builtin_ctzll(key)];
        const lineage_value value =
            column->action == DED_EQUAL_VALUE ? column->value : engine->slots[column->slot];
        if (value == LINEAGE_UNKNOWN)
            return false;
        *hash = lineage_hash(*hash, value);
    }
    return true;
}

static void match_chain(struct ded_engine *engine, const struct ded_operation *operation,
                        const struct ded_view *view, uint32_t position)
{
    while (position != LINEAGE_NONE) {
        const uint32_t next = view->index->next[position];
        if (position >= view->begin && position < view->end)
            try_fact(engine, operation, view, position);
        position = next;
    }
}

static void match(struct ded_engine *engine, const struct ded_operation *operation,
                  const struct ded_view *view)
{
    uint32_t hash;
    if (view->index != NULL && hash_key(engine, operation, &hash)) {
        match_chain(engine, operation, view, ded_index_first(view->index, hash));
        match_chain(engine, operation, view, view->index->unknown);
        return;
    }
    for (uint32_t position = view->begin; position < view->end; position++)
        try_fact(engine, operation, view, position);
}

enum presence { IS_ABSENT, IS_POSSIBLE, IS_CERTAIN };

static enum presence presence_of(const struct ded_engine *engine, const struct ded_view *view,
                                 uint32_t position, const struct ded_operation *operation,
                                 const lineage_value *pattern)
{
    const lineage_value *values =
        lineage_tuple_values(&engine->model->universe, view->table->tuples.items[position]);
    enum presence presence =
        engine->execution->facts.items[view->table->facts.items[position]].certain ? IS_CERTAIN
                                                                                   : IS_POSSIBLE;
    for (uint32_t i = 0; i < operation->column_count; i++) {
        if (pattern[i] == LINEAGE_ANY || (pattern[i] == values[i] && values[i] != LINEAGE_UNKNOWN))
            continue;
        if (pattern[i] != LINEAGE_UNKNOWN && values[i] != LINEAGE_UNKNOWN)
            return IS_ABSENT;
        presence = IS_POSSIBLE;
    }
    return presence;
}

/* The strongest presence of a fact that fits the pattern. */
static enum presence find_match(const struct ded_engine *engine,
                                const struct ded_operation *operation, const struct ded_view *view,
                                const lineage_value *pattern)
{
    enum presence strongest = IS_ABSENT;
    uint32_t hash, chains[2] = {LINEAGE_NONE, LINEAGE_NONE};
    if (view->table == NULL)
        return IS_ABSENT;
    if (view->index != NULL && hash_key(engine, operation, &hash)) {
        chains[0] = ded_index_first(view->index, hash);
        chains[1] = view->index->unknown;
        for (int i = 0; i < 2; i++)
            for (uint32_t at = chains[i]; at != LINEAGE_NONE; at = view->index->next[at]) {
                const enum presence here = presence_of(engine, view, at, operation, pattern);
                strongest = here > strongest ? here : strongest;
            }
        return strongest;
    }
    for (uint32_t at = 0; at < view->end; at++) {
        const enum presence here = presence_of(engine, view, at, operation, pattern);
        strongest = here > strongest ? here : strongest;
    }
    return strongest;
}

/* If nothing fits a negated literal; the absence is a premise. */
static void ask_absent(struct ded_engine *engine, const struct ded_operation *operation,
                       const struct ded_view *view)
{
    lineage_value pattern[DED_COLUMNS_MAX];
    for (uint32_t i = 0; i < operation->column_count; i++) {
        const struct ded_column_action *column = &operation->columns[i];
        pattern[i] = column->action == DED_EQUAL_VALUE  ? column->value
                     : column->action == DED_EQUAL_SLOT ? engine->slots[column->slot]
                                                        : LINEAGE_ANY;
    }
    const enum presence presence = find_match(engine, operation, view, pattern);
    if (presence == IS_CERTAIN || (presence == IS_POSSIBLE && engine->only_certain))
        return;
    const bool certain = engine->certain;
    engine->certain = certain && presence == IS_ABSENT;
    engine->premises[operation->literal] = LINEAGE_NONE;
    if (engine->recording && view->table != NULL) {
        const uint32_t time = operation->relation == engine->model->crash ? 0
                              : operation->at_time > 0                    ? operation->at_time
                                                                          : engine->time;
        const lineage_tuple tuple =
            lineage_tuple_intern(&engine->model->universe, operation->relation, pattern);
        engine->premises[operation->literal] =
            lineage_premise(LINEAGE_ABSENT, ded_absence(engine, tuple, time));
    }
    run(engine, operation + 1, view + 1);
    engine->premises[operation->literal] = LINEAGE_NONE;
    engine->certain = certain;
}

static void ask_condition(struct ded_engine *engine, const struct ded_operation *operation,
                          const struct ded_view *view)
{
    const struct ded_condition *condition = operation->condition;
    lineage_value left, right;
    if (!ded_evaluate(engine, condition->left, &left) ||
        !ded_evaluate(engine, condition->right, &right)) {
        ded_arithmetic_failure(engine);
        return;
    }
    const bool certain = engine->certain;
    if (left == LINEAGE_UNKNOWN || right == LINEAGE_UNKNOWN)
        engine->certain = false;
    else if (!ded_compares(&engine->model->universe, condition->comparator, left, right))
        return;
    run(engine, operation + 1, view + 1);
    engine->certain = certain;
}

static void let(struct ded_engine *engine, const struct ded_operation *operation,
                const struct ded_view *view)
{
    lineage_value value;
    if (!ded_evaluate(engine, operation->condition->right, &value)) {
        ded_arithmetic_failure(engine);
        return;
    }
    engine->slots[operation->slot] = value;
    run(engine, operation + 1, view + 1);
}

static void range(struct ded_engine *engine, const struct ded_operation *operation,
                  const struct ded_view *view)
{
    for (size_t i = 0; i < engine->model->universe.nodes.count; i++) {
        engine->slots[operation->slot] = engine->model->universe.nodes.items[i];
        run(engine, operation + 1, view + 1);
    }
}

static void ask_node(struct ded_engine *engine, const struct ded_operation *operation,
                     const struct ded_view *view)
{
    const lineage_value value = engine->slots[operation->slot];
    if (value == LINEAGE_UNKNOWN ||
        lineage_node_of(&engine->model->universe, value) != LINEAGE_NONE)
        run(engine, operation + 1, view + 1);
}

static void run(struct ded_engine *engine, const struct ded_operation *operation,
                const struct ded_view *view)
{
    switch (operation->kind) {
    case DED_MATCH:
        match(engine, operation, view);
        break;
    case DED_ABSENT:
        ask_absent(engine, operation, view);
        break;
    case DED_CONDITION:
        ask_condition(engine, operation, view);
        break;
    case DED_LET:
        let(engine, operation, view);
        break;
    case DED_RANGE:
        range(engine, operation, view);
        break;
    case DED_NODE:
        ask_node(engine, operation, view);
        break;
    case DED_EMIT:
    default:
        ded_emit(engine);
        break;
    }
}
