/* From clauses to rules: relations, safety, the rule's node, its head (dialect.md, "Place and
 * time", "Negation", "Aggregates"). */
#include "check.h"

#include <string.h>

uint32_t ded_check_relation(struct ded_checker *checker, const struct ded_atom *atom)
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
        lineage_error(checker->diagnostics, atom->place, "%s has %zu argument%s here and %u at %s",
                      atom->name, atom->argument_count, atom->argument_count == 1 ? "" : "s", arity,
                      lineage_place_text(&checker->diagnostics->arena, first));
    return number;
}

uint32_t ded_new_slot(struct ded_checker *checker)
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

const struct ded_operand *ded_compile(struct ded_checker *checker,
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
        operand->left = ded_compile(checker, expression->left);
        operand->right = ded_compile(checker, expression->right);
        break;
    }
    return operand;
}

const struct ded_operand *ded_slot_operand(struct ded_checker *checker, uint32_t slot)
{
    struct ded_operand *operand = lineage_arena_allocate(&checker->model->arena, sizeof *operand);
    operand->kind = DED_OPERAND_SLOT;
    operand->slot = slot;
    return operand;
}

void ded_register_rule(struct ded_checker *checker, struct ded_rule *rule)
{
    const struct lineage_place place = checker->clause->head.place;
    const struct lineage_rule description = {
        .text = checker->clause->text, .file = place.source->path, .line = place.line};
    rule->place = place;
    rule->number = lineage_rule_add(&checker->model->universe, description);
}

uint32_t ded_internal_relation(struct ded_checker *checker, const char *name, size_t arity)
{
    struct ded_model *model = checker->model;
    const struct lineage_relation relation = {
        lineage_arena_format(&model->arena, "%s#%zu", name, model->universe.rules.count),
        (uint32_t)arity, true};
    LINEAGE_PUSH(&model->relation_places, checker->clause->head.place);
    return lineage_relation_add(&model->universe, relation);
}

/* Every variable of a head, a comparison or a notin must be bound. */
static void check_safety(struct ded_checker *checker)
{
    for (size_t i = 0; i < checker->variables.items.count; i++) {
        const struct ded_variable *variable = &checker->variables.items.items[i];
        if (variable->bound || variable->existential)
            continue;
        lineage_error(
            checker->diagnostics, variable->is_used ? variable->use : variable->place,
            "nothing gives the variable %s a value: in the body it must be an argument of "
            "an atom without notin",
            variable->name);
    }
}

/* The rule runs at the node that the first argument of its first atom names. */
static void choose_node(struct ded_checker *checker, const struct ded_atom *atom)
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
        rule->node_slot = ded_new_slot(checker);
        rule->has_sender = true;
        const struct ded_condition is_constant = {true, rule->node_slot, DED_EQ, NULL,
                                                  ded_compile(checker, node)};
        LINEAGE_PUSH(&checker->conditions, is_constant);
    } else if (node->kind == DED_WILDCARD && !atom->negated && checker->literals.count > 0) {
        /* Any node, but a node: the column gets a slot so that it can be asked. */
        rule->node_slot = ded_new_slot(checker);
        struct ded_column *column = &checker->literals.items[0].columns[0];
        *column = (struct ded_column){.kind = DED_COLUMN_SLOT, .slot = rule->node_slot};
    }
    if (rule->suffix == DED_ASYNC && !rule->has_sender)
        lineage_warn(checker->diagnostics, checker->clause->head.place,
                     "this rule sends messages from no node in particular ('_'), so no fault can "
                     "lose them; name the node in the first atom");
}

static void check_head_suffix(struct ded_checker *checker, const struct ded_atom *head)
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
static void split_aggregate(struct ded_checker *checker, const struct ded_atom *head)
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
        columns[count++] = ded_slot_operand(checker, rule->node_slot);
    for (int plain = 1; plain >= 0; plain--) {
        for (size_t i = 0; i < head->argument_count; i++) {
            const enum ded_aggregate aggregate = head->arguments[i].aggregate;
            if ((aggregate == DED_PLAIN) != plain)
                continue;
            if (aggregate == DED_SUM)
                checker->model->integers_are_bounded = false;
            if (aggregate == DED_MIN || aggregate == DED_MAX)
                checker->model->universe.rules.items[grouping->number].selects = true;
            grouping->summaries[i] = (struct ded_summary){aggregate, count};
            columns[count++] = rule->columns[i];
        }
        if (plain)
            grouping->group_columns = count;
    }
    grouping->contributions = ded_internal_relation(checker, head->name, count);
    rule->columns = columns;
    rule->head = grouping->contributions;
    rule->suffix = DED_NOW;
    LINEAGE_PUSH(&checker->model->groupings, grouping);
}

static void check_head(struct ded_checker *checker, const struct ded_atom *head)
{
    struct ded_rule *rule = checker->rule;
    bool has_aggregate = false;
    rule->head = ded_check_relation(checker, head);
    check_head_suffix(checker, head);
    rule->columns = lineage_arena_allocate(&checker->model->arena,
                                           (head->argument_count + 1) * sizeof *rule->columns);
    for (size_t i = 0; i < head->argument_count; i++) {
        has_aggregate = has_aggregate || head->arguments[i].aggregate != DED_PLAIN;
        rule->columns[i] = ded_compile(checker, head->arguments[i].expression);
        rule->computes_head =
            rule->computes_head || rule->columns[i]->kind == DED_OPERAND_ARITHMETIC;
    }
    if (head->suffix == DED_ASYNC && head->argument_count > 0 &&
        head->arguments[0].aggregate != DED_PLAIN)
        lineage_error(checker->diagnostics, head->place, "the receiver cannot be an aggregate");
    if (has_aggregate && checker->diagnostics->error_count == checker->errors_before)
        split_aggregate(checker, head);
}

static void finish_rule(struct ded_checker *checker)
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

static void check_rule(struct ded_checker *checker)
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
    ded_register_rule(checker, checker->rule);
    check_safety(checker);
    for (size_t i = 0; i < clause->term_count; i++)
        if (clause->terms[i].comparison != NULL)
            ded_check_comparison(checker, clause->terms[i].comparison);
        else
            ded_check_atom(checker, &clause->terms[i].atom);
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
static lineage_value fold(struct ded_checker *checker, const struct ded_expression *expression)
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
        return ded_compile(checker, expression)->value;
    }
    return LINEAGE_UNKNOWN;
}

static void check_fact(struct ded_checker *checker)
{
    const struct ded_atom *atom = &checker->clause->head;
    lineage_value values[DED_COLUMNS_MAX];
    const uint32_t relation = ded_check_relation(checker, atom);
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
        atom->place,
        checker->model->more != NULL && atom->place.source == checker->model->more
            ? atom->place.line - 1
            : LINEAGE_NONE};
    LINEAGE_PUSH(&checker->model->inputs, input);
}

void ded_check_clauses(struct ded_model *model, struct lineage_diagnostics *diagnostics)
{
    for (size_t i = 0; i < model->program.clauses.count; i++) {
        struct ded_checker checker = {.model = model,
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
