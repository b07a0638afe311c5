/* From clauses to rules: relations and their columns, safety, the rule's node (dialect.md,
 * "Variables" and "Meaning"). */
#include "model.h"
#include "variables.h"

#include <string.h>

/* One clause on its way to a rule. */
struct checker {
    struct ded_model *model;
    struct lineage_diagnostics *diagnostics;
    const struct ded_clause *clause;
    struct ded_variables variables;
    struct ded_rule *rule;
    LINEAGE_ARRAY(struct ded_literal) literals;
    LINEAGE_ARRAY(struct ded_condition) conditions;
    size_t errors_before;
};

static uint32_t find_relation(struct checker *checker, const struct ded_atom *atom)
{
    struct ded_model *model = checker->model;
    uint32_t number = lineage_relation_find(&model->universe, atom->name);
    if (number == LINEAGE_NONE) {
        const struct lineage_relation added = {atom->name, (uint32_t)atom->argument_count, false};
        number = lineage_relation_add(&model->universe, added);
        LINEAGE_PUSH(&model->relation_places, atom->place);
    }
    const uint32_t arity = model->universe.relations.items[number].arity;
    const struct lineage_place first = model->relation_places.items[number];
    if (arity != atom->argument_count && number == model->crash)
        lineage_error(checker->diagnostics, atom->place,
                      "crash(Observer, Node, Time) has 3 arguments, not %zu", atom->argument_count);
    else if (arity != atom->argument_count)
        lineage_error(checker->diagnostics, atom->place, "%s has %zu arguments here and %u at %s",
                      atom->name, atom->argument_count, arity,
                      lineage_place_text(&checker->diagnostics->arena, first));
    return number;
}

static uint32_t new_slot(struct checker *checker)
{
    return checker->rule->slot_count++;
}

/* Is it X + c, X - c, c + X or a quotient? See integers_are_bounded. */
static bool grows_slowly(const struct ded_expression *expression)
{
    const struct ded_expression *left = expression->left, *right = expression->right;
    const bool is_sum = expression->operator== '+' || expression->operator== '-';
    return expression->operator==
        '/' ||(is_sum && ((left->kind == DED_INTEGER && left->integer <= INT32_MAX) ||
                          (right->kind == DED_INTEGER && right->integer <= INT32_MAX)));
}

static const struct ded_operand *compile(struct checker *checker,
                                         const struct ded_expression *expression)
{
    struct lineage_universe *universe = &checker->model->universe;
    struct ded_operand *operand = lineage_arena_allocate(&checker->model->arena, sizeof *operand);
    operand->kind = DED_OPERAND_VALUE;
    switch (expression->kind) {
    case DED_STRING:
        operand->value = lineage_string(universe, expression->text, strlen(expression->text));
        break;
    case DED_INTEGER:
        operand->value = lineage_integer(universe, expression->integer);
        if (expression->integer > INT64_MAX / 2)
            checker->model->integers_are_bounded = false;
        break;
    case DED_VARIABLE:
        operand->kind = DED_OPERAND_SLOT;
        operand->slot = ded_variables_find(&checker->variables, expression->text);
        break;
    case DED_WILDCARD:
        lineage_error(checker->diagnostics, expression->place,
                      "'_' stands for any value and has none of its own; name a variable");
        break;
    case DED_ARITHMETIC:
    default:
        operand->kind = DED_OPERAND_ARITHMETIC;
        if (!grows_slowly(expression))
            checker->model->integers_are_bounded = false;
        operand->operator= expression->operator;
        operand->left = compile(checker, expression->left);
        operand->right = compile(checker, expression->right);
        break;
    }
    return operand;
}

static const struct ded_operand *slot_operand(struct checker *checker, uint32_t slot)
{
    struct ded_operand *operand = lineage_arena_allocate(&checker->model->arena, sizeof *operand);
    operand->kind = DED_OPERAND_SLOT;
    operand->slot = slot;
    return operand;
}

/* The column of an atom in a body. Arithmetic becomes a slot of its own: compared behind a positive
 * atom that binds it, computed ahead of a negated one. */
static struct ded_column body_column(struct checker *checker, const struct ded_atom *atom,
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
        column.slot = new_slot(checker);
        const struct ded_condition condition = {atom->negated, column.slot, DED_EQ,
                                                slot_operand(checker, column.slot),
                                                compile(checker, expression)};
        LINEAGE_PUSH(&checker->conditions, condition);
    } else {
        column.kind = DED_COLUMN_VALUE;
        column.value = compile(checker, expression)->value;
    }
    return column;
}

static void check_body_suffix(struct checker *checker, const struct ded_atom *atom)
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
static bool repeats_existential(const struct checker *checker, const struct ded_atom *atom)
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

static void register_rule(struct checker *checker, struct ded_rule *rule)
{
    const struct lineage_place place = checker->clause->head.place;
    const struct lineage_rule description = {checker->clause->text, place.source->path, place.line};
    rule->place = place;
    rule->number = lineage_rule_add(&checker->model->universe, description);
}

static uint32_t new_internal_relation(struct checker *checker, const char *name, size_t arity)
{
    struct ded_model *model = checker->model;
    const struct lineage_relation relation = {
        lineage_arena_format(&model->arena, "%s#%zu", name, model->universe.rules.count),
        (uint32_t)arity, true};
    LINEAGE_PUSH(&model->relation_places, checker->clause->head.place);
    return lineage_relation_add(&model->universe, relation);
}

/* For `notin p(X, X)`: an internal relation of the p tuples that agree so, which the literal then
 * reads with `_` in their place. */
static void select_agreeing(struct checker *checker, const struct ded_atom *atom,
                            struct ded_literal *literal)
{
    struct lineage_arena *arena = &checker->model->arena;
    const size_t arity = atom->argument_count;
    struct ded_rule *rule = lineage_arena_allocate(arena, sizeof *rule);
    register_rule(checker, rule);
    rule->head = new_internal_relation(checker, atom->name, arity);
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
        rule->columns[i] = slot_operand(checker, slot);
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

static void check_atom(struct checker *checker, const struct ded_atom *atom)
{
    struct ded_literal literal = {
        .relation = find_relation(checker, atom), .negated = atom->negated, .place = atom->place};
    check_body_suffix(checker, atom);
    if (literal.relation == checker->model->crash)
        checker->model->reads_crash = true;
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

static void check_comparison(struct checker *checker, const struct ded_comparison *comparison)
{
    const struct ded_condition condition = {.comparator = comparison->comparator,
                                            .left = compile(checker, comparison->left),
                                            .right = compile(checker, comparison->right)};
    LINEAGE_PUSH(&checker->conditions, condition);
}

/* Every variable of a head, a comparison or a notin must be bound. */
static void check_safety(struct checker *checker)
{
    for (size_t i = 0; i < checker->variables.items.count; i++) {
        const struct ded_variable *variable = &checker->variables.items.items[i];
        if (variable->bound || variable->existential)
            continue;
        lineage_error(checker->diagnostics, variable->is_used ? variable->use : variable->place,
                      "nothing gives the variable %s a value: it must occur as an argument of its "
                      "own in an atom of the body that is not negated",
                      variable->name);
    }
}

/* The rule runs at the node that the first argument of its first atom names. */
static void choose_node(struct checker *checker, const struct ded_atom *atom)
{
    struct ded_rule *rule = checker->rule;
    rule->node_slot = LINEAGE_NONE;
    if (atom->argument_count == 0) {
        lineage_error(
            checker->diagnostics, atom->place,
            "the first atom of a body names the rule's node in its first argument, and %s "
            "has none",
            atom->name);
        return;
    }
    const struct ded_expression *node = atom->arguments[0].expression;
    if (node->kind == DED_VARIABLE) {
        rule->node_slot = ded_variables_find(&checker->variables, node->text);
        rule->has_sender = true;
    } else if (node->kind == DED_STRING) {
        rule->node_slot = new_slot(checker);
        rule->has_sender = true;
        const struct ded_condition is_constant = {true, rule->node_slot, DED_EQ, NULL,
                                                  compile(checker, node)};
        LINEAGE_PUSH(&checker->conditions, is_constant);
    } else if (node->kind == DED_WILDCARD && !atom->negated && checker->literals.count > 0) {
        /* Any node, but a node: the column gets a slot so that it can be asked. */
        rule->node_slot = new_slot(checker);
        struct ded_column *column = &checker->literals.items[0].columns[0];
        *column = (struct ded_column){.kind = DED_COLUMN_SLOT, .slot = rule->node_slot};
    }
    if (rule->suffix == DED_ASYNC && !rule->has_sender)
        lineage_warn(checker->diagnostics, checker->clause->head.place,
                     "this rule sends messages from no node in particular ('_'), so no fault can "
                     "lose them; name the node in the first atom");
}

static void check_head_suffix(struct checker *checker, const struct ded_atom *head)
{
    checker->rule->suffix = head->suffix;
    if (head->suffix == DED_AT)
        lineage_error(checker->diagnostics, head->suffix_place,
                      "a rule cannot derive facts of an absolute time; use @next, @async or no "
                      "suffix, and read the time in the body");
    if (head->suffix == DED_ASYNC && head->argument_count == 0)
        lineage_error(checker->diagnostics, head->place,
                      "a message goes to the node in its first argument, and %s has none",
                      head->name);
    if (checker->rule->head == checker->model->crash)
        lineage_error(checker->diagnostics, head->place,
                      "crash is what the fault schedule says; a model cannot derive it");
}

/* Splits head(G, aggregate<V>) :- body into contributions(G, V) :- body and the grouping. */
static void split_aggregate(struct checker *checker, const struct ded_atom *head)
{
    struct ded_rule *rule = checker->rule;
    struct lineage_arena *arena = &checker->model->arena;
    struct ded_grouping *grouping = lineage_arena_allocate(arena, sizeof *grouping);
    grouping->number = rule->number;
    grouping->place = rule->place;
    grouping->head = rule->head;
    grouping->suffix = rule->suffix;
    grouping->has_sender = rule->suffix == DED_ASYNC && rule->has_sender;
    grouping->summaries =
        lineage_arena_allocate(arena, head->argument_count * sizeof *grouping->summaries);

    const struct ded_operand **columns =
        lineage_arena_allocate(arena, (head->argument_count + 1) * sizeof *columns);
    uint32_t count = 0;
    if (grouping->has_sender)
        columns[count++] = slot_operand(checker, rule->node_slot);
    for (int plain = 1; plain >= 0; plain--) {
        for (size_t i = 0; i < head->argument_count; i++) {
            const enum ded_aggregate aggregate = head->arguments[i].aggregate;
            if ((aggregate == DED_PLAIN) != plain)
                continue;
            if (aggregate == DED_SUM)
                checker->model->integers_are_bounded = false;
            grouping->summaries[i] = (struct ded_summary){aggregate, count};
            columns[count++] = rule->columns[i];
        }
        if (plain)
            grouping->group_columns = count;
    }
    grouping->contributions = new_internal_relation(checker, head->name, count);
    rule->columns = columns;
    rule->head = grouping->contributions;
    rule->suffix = DED_NOW;
    LINEAGE_PUSH(&checker->model->groupings, grouping);
}

static void check_head(struct checker *checker, const struct ded_atom *head)
{
    struct ded_rule *rule = checker->rule;
    bool has_aggregate = false;
    rule->head = find_relation(checker, head);
    check_head_suffix(checker, head);
    rule->columns = lineage_arena_allocate(&checker->model->arena,
                                           (head->argument_count + 1) * sizeof *rule->columns);
    for (size_t i = 0; i < head->argument_count; i++) {
        has_aggregate = has_aggregate || head->arguments[i].aggregate != DED_PLAIN;
        rule->columns[i] = compile(checker, head->arguments[i].expression);
        rule->computes_head =
            rule->computes_head || rule->columns[i]->kind == DED_OPERAND_ARITHMETIC;
    }
    if (head->suffix == DED_ASYNC && head->argument_count > 0 &&
        head->arguments[0].aggregate != DED_PLAIN)
        lineage_error(checker->diagnostics, head->place, "the receiver cannot be an aggregate");
    if (has_aggregate && checker->diagnostics->error_count == checker->errors_before)
        split_aggregate(checker, head);
}

static void finish_rule(struct checker *checker)
{
    struct ded_rule *rule = checker->rule;
    struct lineage_arena *arena = &checker->model->arena;
    rule->literal_count = checker->literals.count;
    rule->literals =
        lineage_arena_allocate(arena, (rule->literal_count + 1) * sizeof *rule->literals);
    memcpy(rule->literals, checker->literals.items, rule->literal_count * sizeof *rule->literals);
    rule->condition_count = checker->conditions.count;
    rule->conditions =
        lineage_arena_allocate(arena, (rule->condition_count + 1) * sizeof *rule->conditions);
    if (rule->condition_count > 0)
        memcpy(rule->conditions, checker->conditions.items,
               rule->condition_count * sizeof *rule->conditions);
    rule->slot_names =
        lineage_arena_allocate(arena, (rule->slot_count + 1) * sizeof *rule->slot_names);
    for (size_t i = 0; i < checker->variables.items.count; i++) {
        const struct ded_variable *variable = &checker->variables.items.items[i];
        rule->slot_names[i] = variable->name;
        if (variable->ranging)
            rule->ranging[rule->ranging_count++] = (uint32_t)i;
    }
    LINEAGE_PUSH(&checker->model->rules, rule);
}

static size_t first_atom(const struct ded_clause *clause)
{
    size_t term = 0;
    while (term < clause->term_count && clause->terms[term].comparison != NULL)
        term++;
    return term;
}

static void check_rule(struct checker *checker)
{
    const struct ded_clause *clause = checker->clause;
    const size_t node_term = first_atom(clause);
    if (node_term == clause->term_count) {
        lineage_error(checker->diagnostics, clause->head.place,
                      "the body needs an atom, whose first argument names the rule's node");
        return;
    }
    ded_variables_collect(&checker->variables, clause, node_term);
    checker->rule = lineage_arena_allocate(&checker->model->arena, sizeof *checker->rule);
    checker->rule->slot_count = (uint32_t)checker->variables.items.count;
    register_rule(checker, checker->rule);
    check_safety(checker);
    for (size_t i = 0; i < clause->term_count; i++)
        if (clause->terms[i].comparison != NULL)
            check_comparison(checker, clause->terms[i].comparison);
        else
            check_atom(checker, &clause->terms[i].atom);
    checker->rule->suffix = clause->head.suffix;
    choose_node(checker, &clause->terms[node_term].atom);
    check_head(checker, &clause->head);
    if (checker->rule->slot_count > DED_SLOTS_MAX)
        lineage_error(checker->diagnostics, clause->head.place,
                      "this rule has more than %d variables and computed columns", DED_SLOTS_MAX);
    if (checker->diagnostics->error_count == checker->errors_before)
        finish_rule(checker);
}

/* The value of an expression without variables; reports what has none. */
static lineage_value fold(struct checker *checker, const struct ded_expression *expression)
{
    struct lineage_universe *universe = &checker->model->universe;
    if (expression->kind == DED_VARIABLE || expression->kind == DED_WILDCARD) {
        lineage_error(checker->diagnostics, expression->place,
                      "a fact has constants only, and %s is a variable; put strings in quotes",
                      expression->text);
    } else if (expression->kind == DED_ARITHMETIC) {
        const size_t errors = checker->diagnostics->error_count;
        const lineage_value left = fold(checker, expression->left);
        const lineage_value right = fold(checker, expression->right);
        int64_t result = 0;
        if (checker->diagnostics->error_count > errors)
            return LINEAGE_UNKNOWN;
        if (!lineage_is_integer(universe, left) || !lineage_is_integer(universe, right))
            lineage_error(checker->diagnostics, expression->place,
                          "strings cannot be computed with");
        else if (!ded_arithmetic(expression->operator, lineage_integer_of(universe, left),
                                 lineage_integer_of(universe, right), &result))
            lineage_error(checker->diagnostics, expression->place,
                          "this does not fit in 64 bits, or divides by zero");
        else if (result > INT64_MAX / 2 || result < INT64_MIN / 2)
            checker->model->integers_are_bounded = false;
        return lineage_integer(universe, result);
    } else {
        return compile(checker, expression)->value;
    }
    return LINEAGE_UNKNOWN;
}

static void check_fact(struct checker *checker)
{
    const struct ded_atom *atom = &checker->clause->head;
    lineage_value values[DED_COLUMNS_MAX];
    const uint32_t relation = find_relation(checker, atom);
    if (relation == checker->model->crash)
        lineage_error(checker->diagnostics, atom->place,
                      "crash is what the fault schedule says; a model cannot state it");
    if (atom->suffix != DED_AT)
        lineage_error(checker->diagnostics, atom->place,
                      "a fact needs the time at which it holds, such as @1");
    else if (atom->at_time < 1 || atom->at_time > INT32_MAX)
        lineage_error(checker->diagnostics, atom->suffix_place, "time runs from 1");
    for (size_t i = 0; i < atom->argument_count; i++) {
        if (atom->arguments[i].aggregate != DED_PLAIN)
            lineage_error(checker->diagnostics, atom->place, "a fact has constants only");
        values[i] = fold(checker, atom->arguments[i].expression);
    }
    if (checker->diagnostics->error_count > checker->errors_before)
        return;
    const struct ded_input input = {
        lineage_tuple_intern(&checker->model->universe, relation, values), (uint32_t)atom->at_time,
        atom->place};
    LINEAGE_PUSH(&checker->model->inputs, input);
}

void ded_check_clauses(struct ded_model *model, struct lineage_diagnostics *diagnostics)
{
    for (size_t i = 0; i < model->program.clauses.count; i++) {
        struct checker checker = {.model = model,
                                  .diagnostics = diagnostics,
                                  .clause = &model->program.clauses.items[i],
                                  .errors_before = diagnostics->error_count};
        if (checker.clause->term_count == 0)
            check_fact(&checker);
        else
            check_rule(&checker);
        ded_variables_free(&checker.variables);
        lineage_memory_free(checker.literals.items);
        lineage_memory_free(checker.conditions.items);
    }
}
