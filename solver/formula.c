#include "formula.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t EMPTY = UINT32_MAX;

static void *reserve(struct solver_memory memory, void *items, size_t *capacity, size_t needed,
                     size_t item_bytes)
{
    if (needed <= *capacity)
        return items;
    *capacity = *capacity * 2 > needed ? *capacity * 2 : needed + 16;
    return memory.resize(items, *capacity * item_bytes);
}

static uint32_t *empty_slots(struct solver_memory memory, size_t count)
{
    uint32_t *slots = memory.resize(NULL, count * sizeof *slots);
    memset(slots, 0xff, count * sizeof *slots);
    return slots;
}

static uint32_t add_node(struct solver_formulas *formulas, struct solver_node node)
{
    formulas->nodes = reserve(formulas->memory, formulas->nodes, &formulas->node_capacity,
                              formulas->node_count + 1, sizeof *formulas->nodes);
    formulas->nodes[formulas->node_count] = node;
    return (uint32_t)formulas->node_count++;
}

void solver_formulas_create(struct solver_formulas *formulas, struct solver_memory memory)
{
    *formulas = (struct solver_formulas){.memory = memory, .slot_count = 1024};
    formulas->slots = empty_slots(memory, formulas->slot_count);
    add_node(formulas, (struct solver_node){0, 0}); /* true */
}

void solver_formulas_destroy(struct solver_formulas *formulas)
{
    if (formulas->memory.resize == NULL)
        return;
    formulas->memory.resize(formulas->nodes, 0);
    formulas->memory.resize(formulas->operands, 0);
    formulas->memory.resize(formulas->slots, 0);
    formulas->memory.resize(formulas->scratch, 0);
    *formulas = (struct solver_formulas){.nodes = NULL};
}

solver_formula solver_variable(struct solver_formulas *formulas)
{
    return add_node(formulas, (struct solver_node){0, 0}) << 1;
}

static uint32_t hash_operands(const solver_formula *operands, size_t count)
{
    uint32_t hash = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ operands[i]) * 0x9e3779b1u;
        hash ^= hash >> 15;
    }
    return hash;
}

static void rehash(struct solver_formulas *formulas)
{
    formulas->memory.resize(formulas->slots, 0);
    formulas->slot_count *= 2;
    formulas->slots = empty_slots(formulas->memory, formulas->slot_count);
    for (uint32_t i = 1; i < formulas->node_count; i++) {
        const struct solver_node *node = &formulas->nodes[i];
        if (node->operand_count == 0)
            continue;
        size_t slot = hash_operands(formulas->operands + node->first_operand, node->operand_count) &
                      (formulas->slot_count - 1);
        while (formulas->slots[slot] != EMPTY)
            slot = (slot + 1) & (formulas->slot_count - 1);
        formulas->slots[slot] = i;
    }
}

static int compare_operands(const void *left, const void *right)
{
    const solver_formula l = *(const solver_formula *)left, r = *(const solver_formula *)right;
    return l < r ? -1 : l > r;
}

/* Sorts the operands in the scratch, drops what is true or repeated, and says whether they
 * contradict one another. */
static bool simplify(solver_formula *operands, size_t *count)
{
    if (*count > 1)
        qsort(operands, *count, sizeof *operands, compare_operands);
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (operands[i] == SOLVER_FALSE)
            return false;
        if (operands[i] == SOLVER_TRUE || (kept > 0 && operands[kept - 1] == operands[i]))
            continue;
        if (kept > 0 && operands[kept - 1] == solver_not(operands[i]))
            return false;
        operands[kept++] = operands[i];
    }
    *count = kept;
    return true;
}

static solver_formula intern(struct solver_formulas *formulas, const solver_formula *operands,
                             size_t count)
{
    if (formulas->node_count * 2 >= formulas->slot_count)
        rehash(formulas);
    const size_t mask = formulas->slot_count - 1;
    size_t slot = hash_operands(operands, count) & mask;
    for (; formulas->slots[slot] != EMPTY; slot = (slot + 1) & mask) {
        const struct solver_node *node = &formulas->nodes[formulas->slots[slot]];
        if (node->operand_count == count && memcmp(formulas->operands + node->first_operand,
                                                   operands, count * sizeof *operands) == 0)
            return formulas->slots[slot] << 1;
    }
    const struct solver_node added = {(uint32_t)formulas->operand_count, (uint32_t)count};
    formulas->operands = reserve(formulas->memory, formulas->operands, &formulas->operand_capacity,
                                 formulas->operand_count + count, sizeof *formulas->operands);
    memcpy(formulas->operands + formulas->operand_count, operands, count * sizeof *operands);
    formulas->operand_count += count;
    formulas->slots[slot] = add_node(formulas, added);
    return formulas->slots[slot] << 1;
}

/* The conjunction of the operands, each negated if `flip` is 1. */
static solver_formula conjunction(struct solver_formulas *formulas, const solver_formula *operands,
                                  size_t count, uint32_t flip)
{
    formulas->scratch = reserve(formulas->memory, formulas->scratch, &formulas->scratch_capacity,
                                count, sizeof *formulas->scratch);
    for (size_t i = 0; i < count; i++)
        formulas->scratch[i] = operands[i] ^ flip;
    if (!simplify(formulas->scratch, &count))
        return SOLVER_FALSE;
    if (count == 0)
        return SOLVER_TRUE;
    return count == 1 ? formulas->scratch[0] : intern(formulas, formulas->scratch, count);
}

solver_formula solver_and(struct solver_formulas *formulas, const solver_formula *operands,
                          size_t count)
{
    return conjunction(formulas, operands, count, 0);
}

solver_formula solver_or(struct solver_formulas *formulas, const solver_formula *operands,
                         size_t count)
{
    return solver_not(conjunction(formulas, operands, count, 1));
}

/* reached[j] after i operands: at least j of the first i hold. */
solver_formula solver_at_least(struct solver_formulas *formulas, const solver_formula *operands,
                               size_t count, size_t threshold)
{
    if (threshold == 0)
        return SOLVER_TRUE;
    if (threshold > count)
        return SOLVER_FALSE;
    solver_formula *reached = formulas->memory.resize(NULL, (threshold + 1) * sizeof *reached);
    reached[0] = SOLVER_TRUE;
    for (size_t j = 1; j <= threshold; j++)
        reached[j] = SOLVER_FALSE;
    for (size_t i = 0; i < count; i++)
        for (size_t j = threshold; j > 0; j--)
            reached[j] = solver_or2(formulas, reached[j],
                                    solver_and2(formulas, operands[i], reached[j - 1]));
    const solver_formula result = reached[threshold];
    formulas->memory.resize(reached, 0);
    return result;
}

void solver_simulate(const struct solver_formulas *formulas, struct solver_lanes *lanes)
{
    lanes[0] = (struct solver_lanes){UINT64_MAX, 0};
    for (uint32_t i = 1; i < formulas->node_count; i++) { /* operands come before their node */
        const struct solver_node node = formulas->nodes[i];
        if (node.operand_count == 0)
            continue;
        struct solver_lanes all = {UINT64_MAX, 0};
        for (uint32_t j = 0; j < node.operand_count; j++) {
            const struct solver_lanes operand =
                solver_lanes_of(lanes, formulas->operands[node.first_operand + j]);
            all.may_hold &= operand.may_hold;
            all.may_fail |= operand.may_fail;
        }
        lanes[i] = all;
    }
}

enum { NOT_YET = UINT32_MAX };

struct restriction {
    const struct solver_formulas *from;
    const struct solver_lanes *lanes;
    unsigned assignment;
    struct solver_formulas *to;
    solver_formula *made; /* by node of `from` */
};

/* What is known of a node under the assignment, or NOT_YET. */
static solver_formula known(const struct restriction *restriction, uint32_t node)
{
    const struct solver_lanes lanes = restriction->lanes[node];
    if ((lanes.may_fail >> restriction->assignment & 1) == 0)
        return SOLVER_TRUE;
    if ((lanes.may_hold >> restriction->assignment & 1) == 0)
        return SOLVER_FALSE;
    return restriction->made[node];
}

static void restrict_node(const struct restriction *restriction, uint32_t number)
{
    const struct solver_node node = restriction->from->nodes[number];
    solver_formula all = SOLVER_TRUE;
    if (node.operand_count == 0)
        all = solver_variable(restriction->to);
    for (uint32_t i = 0; i < node.operand_count && all != SOLVER_FALSE; i++) {
        const solver_formula operand = restriction->from->operands[node.first_operand + i];
        all = solver_and2(restriction->to, all, known(restriction, operand >> 1) ^ (operand & 1));
    }
    restriction->made[number] = all;
}

solver_formula solver_restrict(const struct solver_formulas *formulas,
                               const struct solver_lanes *lanes, unsigned assignment,
                               solver_formula formula, struct solver_formulas *restricted)
{
    const struct solver_memory memory = formulas->memory;
    const uint32_t count = (uint32_t)formulas->node_count;
    struct restriction restriction = {formulas, lanes, assignment, restricted,
                                      memory.resize(NULL, count * sizeof(solver_formula))};
    uint32_t *stack = memory.resize(NULL, count * sizeof *stack);
    size_t depth = 0;
    memset(restriction.made, 0xff, count * sizeof *restriction.made);
    if (known(&restriction, formula >> 1) == NOT_YET)
        stack[depth++] = formula >> 1;
    while (depth > 0) { /* operands come before their node, so each is on the stack once */
        const uint32_t number = stack[depth - 1];
        const struct solver_node node = formulas->nodes[number];
        uint32_t missing = 0;
        for (uint32_t i = 0; i < node.operand_count && missing == 0; i++) {
            const uint32_t operand = formulas->operands[node.first_operand + i] >> 1;
            if (known(&restriction, operand) == NOT_YET)
                missing = operand;
        }
        if (missing != 0) {
            stack[depth++] = missing;
        } else {
            restrict_node(&restriction, number);
            depth--;
        }
    }
    const solver_formula result = known(&restriction, formula >> 1) ^ (formula & 1);
    memory.resize(stack, 0);
    memory.resize(restriction.made, 0);
    return result;
}
