/* The body of a rule: its atoms become literals, its comparisons conditions. */
#include "check.h"

#include <string.h>

/* The column of an atom in a body. Arithmetic becomes a slot of its own: compared behind a positive
 * atom that binds it, computed ahead of a negated one. */
static struct ded_column body_column(struct ded_checker *checker, const struct ded_atom *atom,
                                     const struct ded_argument *argument)
{
    const struct ded_expression *expression = argument->expression;
    struct ded_column column = {.kind = DED_COLUMN_SLOT};
    if (argument->aggregate != DED_PLAIN)
        lineage_error(checker->diagnostics, expression->place,
                      "aggregates stand in heads only; derive a relation with it and read that");
    if (expression->kind == DED_WILDCARD) {
        column.kind = DED_COLUMN_ANY;
    } else if (expression->kind == DED_VARIABLE) {
        column.slot = ded_variables_find(&checker->variables, expression->text);
        if (atom->negated && checker->variables.items.items[column.slot].existential)
            column.kind = DED_COLUMN_ANY;
    } else if (expression->kind == DED_ARITHMETIC) {
        column.slot = ded_new_slot(checker);
        const struct ded_condition condition = {atom->negated, column.slot, DED_EQ,
                                                ded_slot_operand(checker, column.slot),
                                                ded_compile(checker, expression)};
        LINEAGE_PUSH(&checker->conditions, condition);
    } else {
        column.kind = DED_COLUMN_VALUE;
        column.value = ded_compile(checker, expression)->value;
    }
    return column;
}

static void check_body_suffix(struct ded_checker *checker, const struct ded_atom *atom)
{
    if (atom->suffix == DED_NEXT || atom->suffix == DED_ASYNC)
        lineage_error(
            checker->diagnostics, atom->suffix_place,
            "only the head of a rule carries @next or @async; a body looks at the present, "
            "or at an absolute time such as @1");
    else if (atom->suffix == DED_AT && (atom->at_time < 1 || atom->at_time > INT32_MAX))
        lineage_error(checker->diagnostics, atom->suffix_place, "time runs from 1");
}

/* Does the negated atom mention one existential variable twice, as in `notin p(X, X)`? */
static bool repeats_existential(const struct ded_checker *checker, const struct ded_atom *atom)
{
    for (size_t i = 0; atom->negated && i < atom->argument_count; i++)
        for (size_t j = 0; j < i; j++) {
            const struct ded_expression *left = atom->arguments[i].expression;
            const struct ded_expression *right = atom->arguments[j].expression;
            if (left->kind != DED_VARIABLE || right->kind != DED_VARIABLE ||
                strcmp(left->text, right->text) != 0)
                continue;
            const uint32_t number = ded_variables_find(&checker->variables, left->text);
            if (checker->variables.items.items[number].existential)
                return true;
        }
    return false;
}

/* For `notin p(X, X)`: an internal relation of the p tuples that agree so, which the literal then
 * reads with `_` in their place. */
static void select_agreeing(struct ded_checker *checker, const struct ded_atom *atom,
                            struct ded_literal *literal)
{
    struct lineage_arena *arena = &checker->model->arena;
    const size_t arity = atom->argument_count;
    struct ded_rule *rule = lineage_arena_allocate(arena, sizeof *rule);
    ded_register_rule(checker, rule);
    rule->head = ded_internal_relation(checker, atom->name, arity);
    rule->node_slot = LINEAGE_NONE;
    rule->slot_count = (uint32_t)arity;
    rule->slot_names = lineage_arena_allocate(arena, (arity + 1) * sizeof *rule->slot_names);
    rule->columns = lineage_arena_allocate(arena, arity * sizeof *rule->columns);
    rule->literals = lineage_arena_allocate(arena, sizeof *rule->literals);
    rule->literal_count = 1;
    *rule->literals = *literal;
    rule->literals->negated = false;
    rule->literals->columns = lineage_arena_allocate(arena, arity * sizeof *literal->columns);
    for (uint32_t i = 0; i < arity; i++) {
        const struct ded_expression *expression = atom->arguments[i].expression;
        uint32_t slot = i;
        for (uint32_t j = 0; j < i && expression->kind == DED_VARIABLE; j++)
            if (atom->arguments[j].expression->kind == DED_VARIABLE &&
                strcmp(atom->arguments[j].expression->text, expression->text) == 0) {
                slot = j;
                break;
            }
        rule->literals->columns[i] = (struct ded_column){.kind = DED_COLUMN_SLOT, .slot = slot};
        rule->columns[i] = ded_slot_operand(checker, slot);
    }
    LINEAGE_PUSH(&checker->model->rules, rule);
    literal->relation = rule->head;
    literal->at_time = 0;
}

static uint32_t add_absolute(struct ded_model *model, uint32_t relation, uint32_t time)
{
    for (uint32_t i = 0; i < model->absolutes.count; i++)
        if (model->absolutes.items[i].relation == relation &&
            model->absolutes.items[i].time == time)
            return i;
    const struct ded_absolute absolute = {relation, time};
    LINEAGE_PUSH(&model->absolutes, absolute);
    return (uint32_t)model->absolutes.count - 1;
}

void ded_check_atom(struct ded_checker *checker, const struct ded_atom *atom)
{
    struct ded_literal literal = {.relation = ded_check_relation(checker, atom),
                                  .negated = atom->negated,
                                  .place = atom->place};
    check_body_suffix(checker, atom);
    if (atom->suffix == DED_AT)
        literal.at_time = (uint32_t)atom->at_time;
    literal.columns = lineage_arena_allocate(&checker->model->arena,
                                             (atom->argument_count + 1) * sizeof *literal.columns);
    for (size_t i = 0; i < atom->argument_count; i++)
        literal.columns[i] = body_column(checker, atom, &atom->arguments[i]);
    if (checker->diagnostics->error_count > checker->errors_before)
        return;
    if (literal.at_time > 0 && literal.relation != checker->model->crash)
        literal.absolute = add_absolute(checker->model, literal.relation, literal.at_time);
    if (repeats_existential(checker, atom))
        select_agreeing(checker, atom, &literal);
    LINEAGE_PUSH(&checker->literals, literal);
}

void ded_check_comparison(struct ded_checker *checker, const struct ded_comparison *comparison)
{
    const struct ded_condition condition = {.comparator = comparison->comparator,
                                            .left = ded_compile(checker, comparison->left),
                                            .right = ded_compile(checker, comparison->right)};
    LINEAGE_PUSH(&checker->conditions, condition);
}
