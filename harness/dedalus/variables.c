#include "variables.h"

#include "../../lineage/universe.h"

#include <string.h>

/* The slot that holds the name, or the empty one where it belongs. */
static size_t slot_of(const struct ded_variables *variables, const char *name)
{
    uint32_t hash = 0;
    for (const char *at = name; *at != '\0'; at++)
        hash = lineage_hash(hash, (unsigned char)*at);
    size_t slot = hash & (variables->slot_count - 1);
    while (variables->slots[slot] != UINT32_MAX &&
           strcmp(variables->items.items[variables->slots[slot]].name, name) != 0)
        slot = (slot + 1) & (variables->slot_count - 1);
    return slot;
}

static void make_room(struct ded_variables *variables)
{
    if (variables->items.count * 2 < variables->slot_count)
        return;
    variables->slot_count = variables->slot_count == 0 ? 16 : variables->slot_count * 2;
    const size_t bytes = variables->slot_count * sizeof *variables->slots;
    variables->slots = lineage_memory_resize(variables->slots, bytes);
    memset(variables->slots, 0xff, bytes);
    for (uint32_t i = 0; i < variables->items.count; i++)
        variables->slots[slot_of(variables, variables->items.items[i].name)] = i;
}

uint32_t ded_variables_find(const struct ded_variables *variables, const char *name)
{
    return variables->slot_count == 0 ? UINT32_MAX : variables->slots[slot_of(variables, name)];
}

static struct ded_variable *mention(struct ded_variables *variables,
                                    const struct ded_expression *expression)
{
    make_room(variables);
    const size_t slot = slot_of(variables, expression->text);
    if (variables->slots[slot] == UINT32_MAX) {
        const struct ded_variable added = {
            .name = expression->text, .place = expression->place, .negated_term = SIZE_MAX};
        variables->slots[slot] = (uint32_t)variables->items.count;
        LINEAGE_PUSH(&variables->items, added);
    }
    return &variables->items.items[variables->slots[slot]];
}

/* Something is computed from the expression, so its variables must be bound. */
static void use(struct ded_variables *variables, const struct ded_expression *expression)
{
    if (expression->kind == DED_ARITHMETIC) {
        use(variables, expression->left);
        use(variables, expression->right);
    }
    if (expression->kind != DED_VARIABLE)
        return;
    struct ded_variable *variable = mention(variables, expression);
    variable->other_count++;
    variable->use = expression->place;
    variable->is_used = true;
}

static void collect_atom(struct ded_variables *variables, const struct ded_atom *atom, size_t term)
{
    for (size_t i = 0; i < atom->argument_count; i++) {
        const struct ded_expression *expression = atom->arguments[i].expression;
        if (expression->kind != DED_VARIABLE) {
            use(variables, expression);
            continue;
        }
        struct ded_variable *variable = mention(variables, expression);
        if (!atom->negated) {
            variable->bound = true;
            variable->other_count++;
        } else if (variable->negated_term != term) {
            variable->negated_term = term;
            variable->negated_term_count++;
            if (!variable->is_used)
                variable->use = expression->place;
        }
    }
}

/* A rule's node, and the receiver of a message, range over the nodes when nothing binds them. */
static void range_over_nodes(struct ded_variables *variables, const struct ded_atom *atom)
{
    if (atom->argument_count == 0 || atom->arguments[0].aggregate != DED_PLAIN ||
        atom->arguments[0].expression->kind != DED_VARIABLE)
        return;
    struct ded_variable *variable = mention(variables, atom->arguments[0].expression);
    variable->ranging = variable->ranging || !variable->bound;
    variable->bound = true;
}

void ded_variables_collect(struct ded_variables *variables, const struct ded_clause *clause,
                           size_t node_term)
{
    *variables = (struct ded_variables){0};
    for (size_t i = 0; i < clause->term_count; i++) {
        const struct ded_term *term = &clause->terms[i];
        if (term->comparison != NULL) {
            use(variables, term->comparison->left);
            use(variables, term->comparison->right);
        } else {
            collect_atom(variables, &term->atom, i);
        }
    }
    for (size_t i = 0; i < clause->head.argument_count; i++)
        use(variables, clause->head.arguments[i].expression);
    if (node_term < clause->term_count)
        range_over_nodes(variables, &clause->terms[node_term].atom);
    if (clause->head.suffix == DED_ASYNC)
        range_over_nodes(variables, &clause->head);
    for (size_t i = 0; i < variables->items.count; i++) {
        struct ded_variable *variable = &variables->items.items[i];
        variable->existential =
            !variable->bound && variable->other_count == 0 && variable->negated_term_count == 1;
    }
}

void ded_variables_free(struct ded_variables *variables)
{
    lineage_memory_free(variables->items.items);
    lineage_memory_free(variables->slots);
    *variables = (struct ded_variables){0};
}
