#include "fault_variables.h"

#include <string.h>

static size_t place_of(const struct lineage_fault_variables *variables, uint32_t node,
                       uint32_t time)
{
    return (size_t)node * (variables->bounds->eot + 1) + time;
}

void lineage_fault_variables_create(struct lineage_fault_variables *variables,
                                    struct solver_formulas *formulas,
                                    const struct lineage_universe *universe,
                                    const struct lineage_bounds *bounds)
{
    *variables = (struct lineage_fault_variables){
        .formulas = formulas, .universe = universe, .bounds = bounds, .omission_slot_count = 64};
    const size_t places = (universe->nodes.count + 1) * ((size_t)bounds->eot + 1);
    variables->crash_at = lineage_memory_clear(places * sizeof *variables->crash_at);
    variables->crashed_by = lineage_memory_clear(places * sizeof *variables->crashed_by);
    variables->omission_slots =
        lineage_memory_resize(NULL, variables->omission_slot_count * sizeof(uint32_t));
    memset(variables->omission_slots, 0xff, variables->omission_slot_count * sizeof(uint32_t));
    for (uint32_t node = 0; node < universe->nodes.count; node++) {
        variables->crash_at[place_of(variables, node, 0)] = SOLVER_FALSE;
        variables->crashed_by[place_of(variables, node, 0)] = SOLVER_FALSE;
        for (uint32_t time = 1; time <= bounds->eot; time++) {
            const size_t place = place_of(variables, node, time);
            variables->crash_at[place] = lineage_bounds_allow_crash(bounds, node, time)
                                             ? solver_variable(formulas)
                                             : SOLVER_FALSE;
            variables->crashed_by[place] =
                solver_or2(formulas, variables->crashed_by[place - 1], variables->crash_at[place]);
        }
    }
}

void lineage_fault_variables_destroy(struct lineage_fault_variables *variables)
{
    lineage_memory_free(variables->omissions.items);
    lineage_memory_free(variables->omission_slots);
    lineage_memory_free(variables->crash_at);
    lineage_memory_free(variables->crashed_by);
    *variables = (struct lineage_fault_variables){0};
}

static uint32_t hash_omission(const struct lineage_omission *omission)
{
    return lineage_hash(lineage_hash(lineage_hash(0, omission->time), omission->from),
                        omission->to);
}

static void rehash(struct lineage_fault_variables *variables)
{
    variables->omission_slot_count *= 2;
    const size_t bytes = variables->omission_slot_count * sizeof(uint32_t);
    const size_t mask = variables->omission_slot_count - 1;
    variables->omission_slots = lineage_memory_resize(variables->omission_slots, bytes);
    memset(variables->omission_slots, 0xff, bytes);
    for (uint32_t i = 0; i < variables->omissions.count; i++) {
        size_t slot = hash_omission(&variables->omissions.items[i].omission) & mask;
        while (variables->omission_slots[slot] != LINEAGE_NONE)
            slot = (slot + 1) & mask;
        variables->omission_slots[slot] = i;
    }
}

solver_formula lineage_omission_variable(struct lineage_fault_variables *variables,
                                         struct lineage_omission omission)
{
    if (variables->omissions.count * 2 >= variables->omission_slot_count)
        rehash(variables);
    const size_t mask = variables->omission_slot_count - 1;
    size_t slot = hash_omission(&omission) & mask;
    for (; variables->omission_slots[slot] != LINEAGE_NONE; slot = (slot + 1) & mask) {
        const struct lineage_omission_variable *known =
            &variables->omissions.items[variables->omission_slots[slot]];
        if (known->omission.time == omission.time && known->omission.from == omission.from &&
            known->omission.to == omission.to)
            return known->variable;
    }
    const struct lineage_omission_variable added = {omission, solver_variable(variables->formulas)};
    variables->omission_slots[slot] = (uint32_t)variables->omissions.count;
    LINEAGE_PUSH(&variables->omissions, added);
    return added.variable;
}

solver_formula lineage_crash_at(const struct lineage_fault_variables *variables, uint32_t node,
                                uint32_t time)
{
    return variables->crash_at[place_of(variables, node, time)];
}

solver_formula lineage_crashed_by(const struct lineage_fault_variables *variables, uint32_t node,
                                  uint32_t time)
{
    return variables->crashed_by[place_of(variables, node, time)];
}

solver_formula lineage_faults_allowed(struct lineage_fault_variables *variables)
{
    struct solver_formulas *formulas = variables->formulas;
    const struct lineage_bounds *bounds = variables->bounds;
    const size_t node_count = variables->universe->nodes.count;
    LINEAGE_ARRAY(solver_formula) rules = {0};
    LINEAGE_ARRAY(solver_formula) faults = {0};
    for (uint32_t node = 0; node < node_count; node++) {
        for (uint32_t time = 2; time <= bounds->eot; time++)
            LINEAGE_PUSH(&rules, solver_not(solver_and2(
                                     formulas, lineage_crashed_by(variables, node, time - 1),
                                     lineage_crash_at(variables, node, time))));
        LINEAGE_PUSH(&faults, lineage_crashed_by(variables, node, bounds->eot));
    }
    LINEAGE_PUSH(&rules, solver_not(solver_at_least(formulas, faults.items, faults.count,
                                                    (size_t)bounds->crashes + 1)));
    if (bounds->omissions < variables->omissions.count) {
        faults.count = 0;
        for (size_t i = 0; i < variables->omissions.count; i++)
            LINEAGE_PUSH(&faults, variables->omissions.items[i].variable);
        LINEAGE_PUSH(&rules, solver_not(solver_at_least(formulas, faults.items, faults.count,
                                                        (size_t)bounds->omissions + 1)));
    }
    const solver_formula allowed = solver_and(formulas, rules.items, rules.count);
    lineage_memory_free(rules.items);
    lineage_memory_free(faults.items);
    return allowed;
}

solver_formula lineage_schedule_happens(struct lineage_fault_variables *variables,
                                        const struct lineage_schedule *schedule)
{
    solver_formula happens = SOLVER_TRUE;
    for (size_t i = 0; i < schedule->omissions.count; i++)
        happens = solver_and2(variables->formulas, happens,
                              lineage_omission_variable(variables, schedule->omissions.items[i]));
    for (size_t i = 0; i < schedule->crashes.count; i++)
        happens = solver_and2(variables->formulas, happens,
                              lineage_crash_at(variables, schedule->crashes.items[i].node,
                                               schedule->crashes.items[i].time));
    return happens;
}

bool lineage_fault_variable_print(const struct lineage_fault_variables *variables,
                                  solver_formula variable, FILE *out)
{
    const struct lineage_universe *universe = variables->universe;
    for (size_t i = 0; i < variables->omissions.count; i++) {
        const struct lineage_omission *o = &variables->omissions.items[i].omission;
        if (variables->omissions.items[i].variable != variable)
            continue;
        fprintf(out, "omit(%s,%s,%u)", lineage_node_name(universe, o->from),
                lineage_node_name(universe, o->to), o->time);
        return true;
    }
    for (uint32_t node = 0; node < universe->nodes.count; node++)
        for (uint32_t time = 1; time <= variables->bounds->eot; time++) {
            const bool at = lineage_crash_at(variables, node, time) == variable;
            if (!at && lineage_crashed_by(variables, node, time) != variable)
                continue;
            fprintf(out, at ? "crash(%s,%u)" : "crashed by(%s,%u)",
                    lineage_node_name(universe, node), time);
            return true;
        }
    return false;
}
