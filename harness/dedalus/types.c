/* Type inference: every column of every relation is of integers or of strings. Columns and the
 * variables of each clause are the elements of a union-find structure; what must be of one type is
 * united, and a class remembers the place that decided its type. */
#include "model.h"
#include "variables.h"

#include <assert.h>
#include <string.h>

enum type { UNDECIDED, INTEGER, STRING };

struct element {
    uint32_t parent;
    enum type type;
    struct lineage_place place; /* what decided the type */
};

/* Something in whose order the program is interested. */
struct ordered {
    uint32_t element;
    struct lineage_place place;
};

struct typer {
    const struct ded_model *model;
    LINEAGE_ARRAY(struct ordered) ordered;
    struct lineage_diagnostics *diagnostics;
    LINEAGE_ARRAY(struct element) elements;
    uint32_t *first_column; /* element of each relation's first column */
    const struct ded_variables *variables;
    uint32_t first_variable;
};

static uint32_t find(struct typer *typer, uint32_t element)
{
    struct element *elements = typer->elements.items;
    while (elements[element].parent != element) {
        elements[element].parent = elements[elements[element].parent].parent;
        element = elements[element].parent;
    }
    return element;
}

static uint32_t add_element(struct typer *typer)
{
    const struct element added = {.parent = (uint32_t)typer->elements.count};
    LINEAGE_PUSH(&typer->elements, added);
    return added.parent;
}

static const char *type_name(enum type type)
{
    return type == INTEGER ? "an integer" : "a string";
}

static void conflict(struct typer *typer, struct lineage_place place, enum type here,
                     struct lineage_place other)
{
    lineage_error(typer->diagnostics, place, "this is %s, but %s is expected because of %s",
                  type_name(here), type_name(here == INTEGER ? STRING : INTEGER),
                  lineage_place_text(&typer->diagnostics->arena, other));
}

static void decide(struct typer *typer, uint32_t element, enum type type,
                   struct lineage_place place)
{
    assert(element < typer->elements.count);
    struct element *class = &typer->elements.items[find(typer, element)];
    if (class->type == UNDECIDED) {
        class->type = type;
        class->place = place;
    } else if (class->type != type) {
        conflict(typer, place, type, class->place);
    }
}

static void unite(struct typer *typer, uint32_t left, uint32_t right, struct lineage_place place)
{
    left = find(typer, left);
    right = find(typer, right);
    if (left == right)
        return;
    struct element *kept = &typer->elements.items[left];
    struct element *merged = &typer->elements.items[right];
    if (kept->type != UNDECIDED && merged->type != UNDECIDED && kept->type != merged->type) {
        struct lineage_arena *arena = &typer->diagnostics->arena;
        lineage_error(typer->diagnostics, place,
                      "this must be %s because of %s, and %s because of %s", type_name(kept->type),
                      lineage_place_text(arena, kept->place), type_name(merged->type),
                      lineage_place_text(arena, merged->place));
        return;
    }
    if (kept->type == UNDECIDED) {
        kept->type = merged->type;
        kept->place = merged->place;
    }
    merged->parent = left;
}

static uint32_t variable_element(struct typer *typer, const struct ded_expression *expression)
{
    return typer->first_variable + ded_variables_find(typer->variables, expression->text);
}

/* The expression is of the element's type. */
static void type_expression(struct typer *typer, const struct ded_expression *expression,
                            uint32_t element)
{
    switch (expression->kind) {
    case DED_STRING:
        decide(typer, element, STRING, expression->place);
        break;
    case DED_INTEGER:
        decide(typer, element, INTEGER, expression->place);
        break;
    case DED_VARIABLE:
        unite(typer, element, variable_element(typer, expression), expression->place);
        break;
    case DED_ARITHMETIC:
        decide(typer, element, INTEGER, expression->place);
        type_expression(typer, expression->left, element);
        type_expression(typer, expression->right, element);
        break;
    case DED_WILDCARD:
    default:
        break;
    }
}

static void note_order(struct typer *typer, uint32_t element, struct lineage_place place)
{
    const struct ordered ordered = {element, place};
    LINEAGE_PUSH(&typer->ordered, ordered);
}

static void type_argument(struct typer *typer, const struct ded_argument *argument,
                          uint32_t element)
{
    const struct ded_expression *expression = argument->expression;
    switch (argument->aggregate) {
    case DED_SUM:
    case DED_AVG:
        decide(typer, variable_element(typer, expression), INTEGER, expression->place);
        decide(typer, element, INTEGER, expression->place);
        break;
    case DED_COUNT:
        decide(typer, element, INTEGER, expression->place);
        break;
    case DED_MIN:
    case DED_MAX:
        note_order(typer, element, expression->place);
        type_expression(typer, expression, element);
        break;
    case DED_PLAIN:
    default:
        type_expression(typer, expression, element);
        break;
    }
}

static void type_atom(struct typer *typer, const struct ded_atom *atom)
{
    const struct lineage_universe *universe = &typer->model->universe;
    const uint32_t relation = lineage_relation_find(universe, atom->name);
    if (relation == LINEAGE_NONE ||
        universe->relations.items[relation].arity != atom->argument_count)
        return;
    for (uint32_t i = 0; i < atom->argument_count; i++)
        type_argument(typer, &atom->arguments[i], typer->first_column[relation] + i);
}

/* The first atom's first argument names the rule's node, and nodes are strings. */
static void type_node(struct typer *typer, const struct ded_atom *atom)
{
    if (atom->argument_count == 0)
        return;
    const struct ded_expression *node = atom->arguments[0].expression;
    if (node->kind == DED_INTEGER || node->kind == DED_ARITHMETIC)
        lineage_error(typer->diagnostics, node->place,
                      "the first atom's first argument names the node that the rule runs at, which "
                      "is a string, not an integer");
    else if (node->kind == DED_VARIABLE)
        decide(typer, variable_element(typer, node), STRING, node->place);
}

static void type_clause(struct typer *typer, const struct ded_clause *clause)
{
    bool node_typed = false;
    type_atom(typer, &clause->head);
    for (size_t i = 0; i < clause->term_count; i++) {
        const struct ded_comparison *comparison = clause->terms[i].comparison;
        if (comparison == NULL) {
            type_atom(typer, &clause->terms[i].atom);
            if (!node_typed)
                type_node(typer, &clause->terms[i].atom);
            node_typed = true;
        } else {
            const uint32_t side = add_element(typer);
            type_expression(typer, comparison->left, side);
            type_expression(typer, comparison->right, side);
            if (comparison->comparator != DED_EQ && comparison->comparator != DED_NE)
                note_order(typer, side, comparison->left->place);
        }
    }
}

/* A pre tuple is looked for among the post tuples, so their columns agree. */
static void type_promise(struct typer *typer)
{
    const struct ded_model *model = typer->model;
    const struct lineage_relation *relations = model->universe.relations.items;
    if (model->pre == LINEAGE_NONE || model->post == LINEAGE_NONE ||
        relations[model->pre].arity != relations[model->post].arity)
        return;
    for (uint32_t i = 0; i < relations[model->pre].arity; i++)
        unite(typer, typer->first_column[model->pre] + i, typer->first_column[model->post] + i,
              model->relation_places.items[model->post]);
}

void ded_check_types(struct ded_model *model, struct lineage_diagnostics *diagnostics)
{
    struct typer typer = {.model = model, .diagnostics = diagnostics};
    const size_t relation_count = model->universe.relations.count;
    typer.first_column = lineage_memory_clear((relation_count + 1) * sizeof *typer.first_column);
    for (size_t i = 0; i < relation_count; i++) {
        typer.first_column[i] = (uint32_t)typer.elements.count;
        for (uint32_t j = 0; j < model->universe.relations.items[i].arity; j++)
            add_element(&typer);
    }
    const uint32_t crash = typer.first_column[model->crash];
    const struct lineage_place by_definition = model->relation_places.items[model->crash];
    decide(&typer, crash, STRING, by_definition);
    decide(&typer, crash + 1, STRING, by_definition);
    decide(&typer, crash + 2, INTEGER, by_definition);
    type_promise(&typer);

    for (size_t i = 0; i < model->program.clauses.count; i++) {
        const struct ded_clause *clause = &model->program.clauses.items[i];
        struct ded_variables variables;
        ded_variables_collect(&variables, clause, 0);
        typer.variables = &variables;
        typer.first_variable = (uint32_t)typer.elements.count;
        for (size_t j = 0; j < variables.items.count; j++)
            add_element(&typer);
        type_clause(&typer, clause);
        ded_variables_free(&variables);
    }
    for (size_t i = 0; i < typer.ordered.count && model->string_order.source == NULL; i++)
        if (typer.elements.items[find(&typer, typer.ordered.items[i].element)].type != INTEGER)
            model->string_order = typer.ordered.items[i].place;
    lineage_memory_free(typer.ordered.items);
    lineage_memory_free(typer.elements.items);
    lineage_memory_free(typer.first_column);
}
