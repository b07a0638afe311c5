#include "binding.h"

#include <assert.h>
#include <string.h>

/* ---- terms ---- */

/* The value of a term; false: it has none, or leaves 64 bits. */
static bool evaluate(const struct ded_binding *binding, const struct ded_operand *operand,
                     lineage_value *value)
{
    struct lineage_universe *universe = &binding->model->universe;
    if (operand->kind != DED_OPERAND_ARITHMETIC) {
        *value =
            operand->kind == DED_OPERAND_VALUE ? operand->value : binding->values[operand->slot];
        return *value != LINEAGE_NONE;
    }
    lineage_value left, right;
    int64_t result;
    if (!evaluate(binding, operand->left, &left) || !evaluate(binding, operand->right, &right) ||
        !ded_arithmetic(operand->operator, lineage_integer_of(universe, left),
                        lineage_integer_of(universe, right), &result))
        return false;
    *value = lineage_integer(universe, result);
    return true;
}

static bool has_values(const struct ded_binding *binding, const struct ded_operand *operand)
{
    if (operand->kind == DED_OPERAND_ARITHMETIC)
        return has_values(binding, operand->left) && has_values(binding, operand->right);
    return operand->kind == DED_OPERAND_VALUE || binding->values[operand->slot] != LINEAGE_NONE;
}

/* Gives the slot of X, X + c, c + X or X - c the value with which the term is `wanted`. True: there
 * was a value to give. */
static bool solve(struct ded_binding *binding, const struct ded_operand *operand,
                  lineage_value wanted)
{
    struct lineage_universe *universe = &binding->model->universe;
    if (operand->kind == DED_OPERAND_SLOT && binding->values[operand->slot] == LINEAGE_NONE) {
        binding->values[operand->slot] = wanted;
        return true;
    }
    if (operand->kind != DED_OPERAND_ARITHMETIC || !lineage_is_integer(universe, wanted))
        return false;
    const bool is_sum = operand->operator== '+';
    const bool is_left = operand->left->kind == DED_OPERAND_SLOT;
    const struct ded_operand *open = is_left ? operand->left : operand->right;
    const struct ded_operand *other = is_left ? operand->right : operand->left;
    lineage_value known;
    int64_t result;
    if (open->kind != DED_OPERAND_SLOT || binding->values[open->slot] != LINEAGE_NONE ||
        (!is_sum && !(is_left && operand->operator== '-')) || !evaluate(binding, other, &known) ||
        !ded_arithmetic(is_sum ? '-' : '+', lineage_integer_of(universe, wanted),
                        lineage_integer_of(universe, known), &result))
        return false;
    binding->values[open->slot] = lineage_integer(universe, result);
    return true;
}

/* ---- the head ---- */

static uint32_t arity_of(const struct ded_binding *binding, uint32_t relation)
{
    return binding->model->universe.relations.items[relation].arity;
}

static bool ranges_over_nodes(const struct ded_binding *binding)
{
    const struct ded_rule *rule = binding->rule;
    for (size_t i = 0; i < rule->ranging_count; i++) {
        const lineage_value value = binding->values[rule->ranging[i]];
        if (value != LINEAGE_NONE &&
            lineage_node_of(&binding->model->universe, value) == LINEAGE_NONE)
            return false;
    }
    return true;
}

bool ded_bind_head(struct ded_binding *binding, const lineage_value *wanted)
{
    for (uint32_t i = 0; i < arity_of(binding, binding->rule->head); i++)
        if (wanted[i] != LINEAGE_ANY && binding->rule->columns[i]->kind == DED_OPERAND_SLOT)
            solve(binding, binding->rule->columns[i], wanted[i]);
    return ded_refine(binding, wanted) && ranges_over_nodes(binding);
}

/* One round over all equations; true: it found something. */
static bool refine_once(struct ded_binding *binding, const lineage_value *wanted, bool *fits)
{
    const struct ded_rule *rule = binding->rule;
    bool found = false;
    lineage_value value;
    for (size_t i = 0; i < rule->condition_count; i++) {
        const struct ded_condition *condition = &rule->conditions[i];
        if (condition->let) {
            if (binding->values[condition->slot] == LINEAGE_NONE &&
                evaluate(binding, condition->right, &value)) {
                binding->values[condition->slot] = value;
                found = true;
            }
        } else if (condition->comparator == DED_EQ) {
            found = (evaluate(binding, condition->right, &value) &&
                     solve(binding, condition->left, value)) ||
                    (evaluate(binding, condition->left, &value) &&
                     solve(binding, condition->right, value)) ||
                    found;
        }
    }
    for (uint32_t i = 0; i < arity_of(binding, rule->head); i++) {
        if (wanted[i] == LINEAGE_ANY)
            continue;
        found = solve(binding, rule->columns[i], wanted[i]) || found;
        if (evaluate(binding, rule->columns[i], &value) && value != wanted[i])
            *fits = false;
    }
    return found;
}

bool ded_refine(struct ded_binding *binding, const lineage_value *wanted)
{
    bool fits = true;
    while (fits && refine_once(binding, wanted, &fits))
        ;
    return fits;
}

bool ded_head_values(const struct ded_binding *binding, lineage_value *columns)
{
    for (uint32_t i = 0; i < arity_of(binding, binding->rule->head); i++)
        if (!evaluate(binding, binding->rule->columns[i], &columns[i]))
            return false;
    return true;
}

/* ---- literals ---- */

bool ded_bind_literal(struct ded_binding *binding, const struct ded_literal *literal,
                      const lineage_value *columns)
{
    for (uint32_t i = 0; i < arity_of(binding, literal->relation); i++) {
        const struct ded_column *column = &literal->columns[i];
        if (column->kind == DED_COLUMN_ANY)
            continue;
        if (column->kind == DED_COLUMN_SLOT && binding->values[column->slot] == LINEAGE_NONE)
            binding->values[column->slot] = columns[i];
        else if (columns[i] !=
                 (column->kind == DED_COLUMN_VALUE ? column->value : binding->values[column->slot]))
            return false;
    }
    return true;
}

const uint32_t *ded_literal_facts(const struct ded_binding *binding,
                                  const struct ded_literal *literal, uint32_t *time, size_t *count)
{
    const bool is_crash = literal->relation == binding->model->crash;
    *time = is_crash ? 0 : literal->at_time > 0 ? literal->at_time : binding->time;
    *count = 0;
    if (literal->at_time > binding->time)
        return NULL;
    return lineage_facts_at(binding->execution, literal->relation, *time, count);
}

/* Does a fact fit as the values are, with none taken? A slot without a value that the literal has
 * twice must be the same in both columns. */
static bool fits(const struct ded_binding *binding, const struct ded_literal *literal,
                 const lineage_value *columns)
{
    for (uint32_t i = 0; i < arity_of(binding, literal->relation); i++) {
        const struct ded_column *column = &literal->columns[i];
        if (column->kind == DED_COLUMN_ANY)
            continue;
        lineage_value wanted =
            column->kind == DED_COLUMN_VALUE ? column->value : binding->values[column->slot];
        for (uint32_t j = 0; wanted == LINEAGE_NONE && j < i; j++)
            if (literal->columns[j].kind == DED_COLUMN_SLOT &&
                literal->columns[j].slot == column->slot)
                wanted = columns[j];
        if (wanted != LINEAGE_NONE && wanted != columns[i])
            return false;
    }
    return true;
}

uint32_t ded_find_fitting(struct ded_binding *binding, const struct ded_literal *literal)
{
    uint32_t time;
    size_t count;
    const uint32_t *facts = ded_literal_facts(binding, literal, &time, &count);
    for (size_t i = 0; i < count; i++)
        if (fits(binding, literal,
                 lineage_tuple_values(&binding->model->universe,
                                      binding->execution->facts.items[facts[i]].tuple)))
            return facts[i];
    return LINEAGE_NONE;
}

lineage_tuple ded_literal_pattern(const struct ded_binding *binding,
                                  const struct ded_literal *literal)
{
    lineage_value columns[DED_COLUMNS_MAX + 1];
    for (uint32_t i = 0; i < arity_of(binding, literal->relation); i++) {
        const struct ded_column *column = &literal->columns[i];
        columns[i] = column->kind == DED_COLUMN_VALUE ? column->value : LINEAGE_ANY;
        if (column->kind == DED_COLUMN_SLOT && binding->values[column->slot] != LINEAGE_NONE)
            columns[i] = binding->values[column->slot];
    }
    return lineage_tuple_intern(&binding->model->universe, literal->relation, columns);
}

const char *ded_literal_remark(const struct ded_binding *binding, const struct ded_literal *literal,
                               struct lineage_arena *arena)
{
    if (literal->at_time > binding->time)
        return lineage_arena_format(arena, "which is still to come at %u", binding->time);
    for (uint32_t i = 0; i < arity_of(binding, literal->relation); i++)
        for (uint32_t j = 0; j < i; j++) {
            const struct ded_column *left = &literal->columns[j], *right = &literal->columns[i];
            if (left->kind == DED_COLUMN_SLOT && right->kind == DED_COLUMN_SLOT &&
                left->slot == right->slot && binding->values[left->slot] == LINEAGE_NONE)
                return lineage_arena_format(arena, "with columns %u and %u the same", j + 1, i + 1);
        }
    return NULL;
}

/* ---- how things stand ---- */

enum lineage_standing ded_absence_stands(struct ded_binding *binding,
                                         const struct ded_literal *literal, uint32_t *fact)
{
    *fact = LINEAGE_NONE;
    for (uint32_t i = 0; i < arity_of(binding, literal->relation); i++)
        if (literal->columns[i].kind == DED_COLUMN_SLOT &&
            binding->values[literal->columns[i].slot] == LINEAGE_NONE)
            return LINEAGE_IS_OPEN;
    *fact = ded_find_fitting(binding, literal);
    return *fact == LINEAGE_NONE ? LINEAGE_IS_MET : LINEAGE_IS_NOT_MET;
}

enum lineage_standing ded_condition_stands(const struct ded_binding *binding,
                                           const struct ded_condition *condition)
{
    lineage_value left, right;
    if (!has_values(binding, condition->right) ||
        (!condition->let && !has_values(binding, condition->left)))
        return LINEAGE_IS_OPEN;
    if (!evaluate(binding, condition->right, &right))
        return LINEAGE_IS_NOT_MET;
    if (condition->let)
        return binding->values[condition->slot] == right ? LINEAGE_IS_MET : LINEAGE_IS_NOT_MET;
    return evaluate(binding, condition->left, &left) &&
                   ded_compares(&binding->model->universe, condition->comparator, left, right)
               ? LINEAGE_IS_MET
               : LINEAGE_IS_NOT_MET;
}

enum lineage_standing ded_node_stands(const struct ded_binding *binding)
{
    const uint32_t slot = binding->rule->node_slot;
    if (slot == LINEAGE_NONE)
        return LINEAGE_IS_MET;
    if (binding->values[slot] == LINEAGE_NONE)
        return LINEAGE_IS_OPEN;
    return lineage_node_of(&binding->model->universe, binding->values[slot]) != LINEAGE_NONE
               ? LINEAGE_IS_MET
               : LINEAGE_IS_NOT_MET;
}

/* ---- texts ---- */

static void print_operand(const struct ded_binding *binding, const struct ded_operand *operand,
                          bool with_values, FILE *out)
{
    const struct lineage_universe *universe = &binding->model->universe;
    if (operand->kind == DED_OPERAND_ARITHMETIC) {
        const bool in_brackets = operand->operator== '*' || operand->operator== '/';
        for (int side = 0; side < 2; side++) {
            const struct ded_operand *part = side == 0 ? operand->left : operand->right;
            const bool brackets =
                part->kind == DED_OPERAND_ARITHMETIC && (in_brackets || side == 1);
            fputs(brackets ? "(" : "", out);
            print_operand(binding, part, with_values, out);
            fputs(brackets ? ")" : "", out);
            if (side == 0)
                fprintf(out, " %c ", operand->operator);
        }
        return;
    }
    const char *name =
        operand->kind == DED_OPERAND_SLOT ? binding->rule->slot_names[operand->slot] : NULL;
    const lineage_value value =
        operand->kind == DED_OPERAND_VALUE ? operand->value : binding->values[operand->slot];
    if (name != NULL && (!with_values || value == LINEAGE_NONE))
        fputs(name, out);
    else if (value == LINEAGE_NONE)
        fputs("_", out);
    else
        lineage_value_print(universe, value, out);
}

static void print_condition(const struct ded_binding *binding,
                            const struct ded_condition *condition, bool with_values, FILE *out)
{
    static const char *const comparators[] = {"==", "!=", "<", ">", "<=", ">="};
    print_operand(binding, condition->left, with_values, out);
    fprintf(out, " %s ", comparators[condition->comparator]);
    print_operand(binding, condition->right, with_values, out);
}

/* A text as it is, in the arena. */
static const char *keep(char *text, struct lineage_arena *arena)
{
    const char *kept = lineage_arena_text(arena, text, strlen(text));
    lineage_memory_free(text);
    return kept;
}

const char *ded_condition_text(const struct ded_binding *binding,
                               const struct ded_condition *condition, struct lineage_arena *arena)
{
    struct lineage_text values, words;
    if (condition->let)
        return "arithmetic within 64 bits";
    print_condition(binding, condition, true, lineage_text_open(&values));
    print_condition(binding, condition, false, lineage_text_open(&words));
    const char *value = keep(lineage_text_close(&values), arena);
    const char *word = keep(lineage_text_close(&words), arena);
    return strcmp(value, word) == 0 ? value : lineage_arena_format(arena, "%s (%s)", value, word);
}

const char *ded_column_text(const struct ded_binding *binding, uint32_t column,
                            lineage_value wanted, struct lineage_arena *arena)
{
    const struct ded_operand *operand = binding->rule->columns[column];
    struct lineage_text text;
    if (operand->kind != DED_OPERAND_ARITHMETIC || has_values(binding, operand) ||
        wanted == LINEAGE_ANY)
        return NULL;
    FILE *out = lineage_text_open(&text);
    print_operand(binding, operand, true, out);
    fputs(" == ", out);
    lineage_value_print(&binding->model->universe, wanted, out);
    return keep(lineage_text_close(&text), arena);
}

const char *ded_node_text(const struct ded_binding *binding, struct lineage_arena *arena)
{
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    lineage_value_print(&binding->model->universe, binding->values[binding->rule->node_slot], out);
    fputs(" is a node", out);
    return keep(lineage_text_close(&text), arena);
}

const char *ded_binding_text(const struct ded_binding *binding, struct lineage_arena *arena)
{
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    const char *between = "";
    for (uint32_t slot = 0; slot < binding->rule->slot_count; slot++) {
        if (binding->rule->slot_names[slot] == NULL || binding->values[slot] == LINEAGE_NONE)
            continue;
        fprintf(out, "%s%s = ", between, binding->rule->slot_names[slot]);
        lineage_value_print(&binding->model->universe, binding->values[slot], out);
        between = ", ";
    }
    return keep(lineage_text_close(&text), arena);
}
