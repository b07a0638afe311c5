#include "inputs.h"

#include "../dedalus/model.h"
#include "trace.h"

static bool fold(const struct ded_expression *expression, struct lineage_universe *universe,
                 lineage_value *value, int64_t *integer)
{
    if (expression->kind == DED_STRING) {
        *value = lineage_string(universe, expression->text, strlen(expression->text));
        return true;
    }
    if (expression->kind == DED_INTEGER) {
        *integer = expression->integer;
    } else if (expression->kind == DED_ARITHMETIC) {
        int64_t left, right;
        lineage_value ignored = LINEAGE_NONE;
        if (!fold(expression->left, universe, &ignored, &left) || ignored != LINEAGE_NONE ||
            !fold(expression->right, universe, &ignored, &right) || ignored != LINEAGE_NONE ||
            !ded_arithmetic(expression->operator, left, right, integer))
            return false;
    } else {
        return false;
    }
    return true;
}

static bool take(native_inputs *inputs, struct lineage_universe *universe,
                 const struct ded_clause *clause, struct lineage_diagnostics *diagnostics)
{
    const struct ded_atom *atom = &clause->head;
    lineage_value values[LDFI_COLUMNS_MAX + 1];
    if (clause->term_count > 0 || atom->suffix != DED_AT || atom->at_time < 1 ||
        atom->at_time > INT32_MAX) {
        lineage_error(diagnostics, atom->place,
                      "inputs of a protocol in C are facts with a time, such as "
                      "request(\"C\", \"w1\")@1;");
        return false;
    }
    if (native_is_taken(atom->name)) {
        lineage_error(diagnostics, atom->place, "an input may not be named '%s'", atom->name);
        return false;
    }
    if (atom->argument_count < 1 || atom->argument_count > LDFI_COLUMNS_MAX + 1) {
        lineage_error(diagnostics, atom->place, "an input has a node and up to %d fields",
                      LDFI_COLUMNS_MAX);
        return false;
    }
    for (size_t i = 0; i < atom->argument_count; i++) {
        int64_t integer = 0;
        values[i] = LINEAGE_NONE;
        if (atom->arguments[i].aggregate != DED_PLAIN ||
            !fold(atom->arguments[i].expression, universe, &values[i], &integer)) {
            lineage_error(diagnostics, atom->place, "an input has constants only");
            return false;
        }
        if (values[i] == LINEAGE_NONE)
            values[i] = lineage_integer(universe, integer);
    }
    const uint32_t node = lineage_node_of(universe, values[0]);
    if (node == LINEAGE_NONE) {
        lineage_error(diagnostics, atom->arguments[0].expression->place,
                      "the first column of an input is the node that it goes to, and this is none");
        return false;
    }
    uint32_t relation = lineage_relation_find(universe, atom->name);
    if (relation == LINEAGE_NONE)
        relation = lineage_relation_add(
            universe, (struct lineage_relation){
                          lineage_arena_text(&universe->arena, atom->name, strlen(atom->name)),
                          (uint32_t)atom->argument_count, false});
    if (universe->relations.items[relation].arity != atom->argument_count) {
        lineage_error(diagnostics, atom->place, "%s has %u columns elsewhere, and %zu here",
                      atom->name, universe->relations.items[relation].arity, atom->argument_count);
        return false;
    }
    const struct native_input input = {lineage_tuple_intern(universe, relation, values), node,
                                       (uint32_t)atom->at_time, atom->place};
    LINEAGE_PUSH(inputs, input);
    return true;
}

bool native_inputs_take(native_inputs *inputs, struct lineage_universe *universe,
                        const struct ded_program *program, struct lineage_diagnostics *diagnostics)
{
    bool is_right = true;
    for (size_t i = 0; i < program->clauses.count; i++)
        is_right = take(inputs, universe, &program->clauses.items[i], diagnostics) && is_right;
    return is_right;
}
