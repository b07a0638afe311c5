/* Orders the same-time rules into strata: the strongly connected components of the graph of
 * relations, each behind those it depends on. A component that depends on its own absences, or on
 * an aggregate of its own, is marked for the alternating fixpoint (dialect.md, "Within a time
 * step"). */
#include "model.h"

#include <stdlib.h>
#include <string.h>

/* An edge of the graph: `head` depends on `body`. */
struct edge {
    uint32_t head, body;
    bool negative;
};

struct graph {
    LINEAGE_ARRAY(struct edge) edges;
    uint32_t *first_edge; /* by head; edges are sorted by it */
};

static void add_edge(struct graph *graph, uint32_t head, uint32_t body, bool negative)
{
    const struct edge edge = {head, body, negative};
    LINEAGE_PUSH(&graph->edges, edge);
}

static int compare_edges(const void *left, const void *right)
{
    const struct edge *l = left, *r = right;
    return l->head < r->head ? -1 : l->head > r->head;
}

static void build_graph(const struct ded_model *model, struct graph *graph)
{
    for (size_t i = 0; i < model->rules.count; i++) {
        const struct ded_rule *rule = model->rules.items[i];
        for (size_t j = 0; rule->suffix == DED_NOW && j < rule->literal_count; j++)
            add_edge(graph, rule->head, rule->literals[j].relation, rule->literals[j].negated);
    }
    for (size_t i = 0; i < model->groupings.count; i++) {
        const struct ded_grouping *grouping = model->groupings.items[i];
        if (grouping->suffix == DED_NOW)
            add_edge(graph, grouping->head, grouping->contributions, true);
    }
    const size_t relation_count = model->universe.relations.count;
    if (graph->edges.count > 0)
        qsort(graph->edges.items, graph->edges.count, sizeof(struct edge), compare_edges);
    graph->first_edge = lineage_memory_clear((relation_count + 2) * sizeof *graph->first_edge);
    for (size_t i = 0; i < graph->edges.count; i++)
        graph->first_edge[graph->edges.items[i].head + 1]++;
    for (size_t i = 1; i <= relation_count; i++)
        graph->first_edge[i] += graph->first_edge[i - 1];
}

/* Tarjan's algorithm with an explicit stack; components come out behind those they depend on. */
struct tarjan {
    const struct graph *graph;
    uint32_t *index, *low, *component, *next_edge;
    LINEAGE_ARRAY(uint32_t) path, stack;
    uint32_t counter, component_count;
};

static void enter(struct tarjan *tarjan, uint32_t relation)
{
    tarjan->index[relation] = tarjan->low[relation] = ++tarjan->counter;
    tarjan->next_edge[relation] = tarjan->graph->first_edge[relation];
    LINEAGE_PUSH(&tarjan->path, relation);
    LINEAGE_PUSH(&tarjan->stack, relation);
}

static void leave(struct tarjan *tarjan, uint32_t relation)
{
    tarjan->path.count--;
    if (tarjan->path.count > 0) {
        const uint32_t caller = tarjan->path.items[tarjan->path.count - 1];
        if (tarjan->low[relation] < tarjan->low[caller])
            tarjan->low[caller] = tarjan->low[relation];
    }
    if (tarjan->low[relation] != tarjan->index[relation])
        return;
    uint32_t member;
    do {
        member = tarjan->stack.items[--tarjan->stack.count];
        tarjan->component[member] = tarjan->component_count;
    } while (member != relation);
    tarjan->component_count++;
}

static void visit(struct tarjan *tarjan, uint32_t root)
{
    const struct graph *graph = tarjan->graph;
    enter(tarjan, root);
    while (tarjan->path.count > 0) {
        const uint32_t relation = tarjan->path.items[tarjan->path.count - 1];
        if (tarjan->next_edge[relation] == graph->first_edge[relation + 1]) {
            leave(tarjan, relation);
            continue;
        }
        const uint32_t body = graph->edges.items[tarjan->next_edge[relation]++].body;
        if (tarjan->index[body] == 0)
            enter(tarjan, body);
        else if (tarjan->component[body] == LINEAGE_NONE &&
                 tarjan->index[body] < tarjan->low[relation])
            tarjan->low[relation] = tarjan->index[body];
    }
}

/* The number of each relation's component, in the order in which they settle. */
static uint32_t *find_components(const struct graph *graph, size_t relation_count,
                                 uint32_t *component_count)
{
    const size_t bytes = (relation_count + 1) * sizeof(uint32_t);
    struct tarjan tarjan = {.graph = graph,
                            .index = lineage_memory_clear(bytes),
                            .low = lineage_memory_clear(bytes),
                            .component = lineage_memory_clear(bytes),
                            .next_edge = lineage_memory_clear(bytes)};
    memset(tarjan.component, 0xff, bytes);
    for (uint32_t i = 0; i < relation_count; i++)
        if (tarjan.index[i] == 0)
            visit(&tarjan, i);
    lineage_memory_free(tarjan.index);
    lineage_memory_free(tarjan.low);
    lineage_memory_free(tarjan.next_edge);
    lineage_memory_free(tarjan.path.items);
    lineage_memory_free(tarjan.stack.items);
    *component_count = tarjan.component_count;
    return tarjan.component;
}

/* An empty stratum a component. */
static void create_strata(struct ded_model *model, const uint32_t *component, uint32_t count)
{
    struct lineage_arena *arena = &model->arena;
    for (uint32_t i = 0; i < count; i++) {
        const struct ded_stratum empty = {0};
        LINEAGE_PUSH(&model->all.strata, empty);
    }
    struct ded_stratum *strata = model->all.strata.items;
    for (size_t i = 0; i < model->universe.relations.count; i++)
        strata[component[i]].relation_count++;
    for (size_t i = 0; i < model->rules.count; i++)
        strata[component[model->rules.items[i]->head]].rule_count++;
    for (size_t i = 0; i < model->groupings.count; i++)
        strata[component[model->groupings.items[i]->head]].grouping_count++;
    for (uint32_t i = 0; i < count; i++) {
        struct ded_stratum *s = &strata[i];
        s->relations =
            lineage_arena_allocate(arena, (s->relation_count + 1) * sizeof *s->relations);
        s->rules = lineage_arena_allocate(arena, (s->rule_count + 1) * sizeof(struct ded_rule *));
        s->groupings =
            lineage_arena_allocate(arena, (s->grouping_count + 1) * sizeof(struct ded_grouping *));
        s->relation_count = s->rule_count = s->grouping_count = 0;
    }
}

/* Puts every rule where its head settles; rules to later times come behind all strata. */
static void fill_strata(struct ded_model *model, const uint32_t *component)
{
    struct ded_stratum *strata = model->all.strata.items;
    for (uint32_t i = 0; i < model->universe.relations.count; i++) {
        struct ded_stratum *s = &strata[component[i]];
        s->relations[s->relation_count++] = i;
    }
    for (size_t i = 0; i < model->rules.count; i++) {
        struct ded_rule *rule = model->rules.items[i];
        struct ded_stratum *s = &strata[component[rule->head]];
        if (rule->suffix == DED_NOW)
            s->rules[s->rule_count++] = rule;
        else
            LINEAGE_PUSH(&model->all.later_rules, rule);
    }
    for (size_t i = 0; i < model->groupings.count; i++) {
        struct ded_grouping *grouping = model->groupings.items[i];
        struct ded_stratum *s = &strata[component[grouping->head]];
        if (grouping->suffix == DED_NOW)
            s->groupings[s->grouping_count++] = grouping;
        else
            LINEAGE_PUSH(&model->all.later_groupings, grouping);
    }
}

/* In a recursive stratum with arithmetic in a head, every rule may count without end. */
static void mark_counting(struct ded_stratum *stratum)
{
    bool computes = false;
    for (size_t i = 0; i < stratum->rule_count; i++)
        computes = computes || stratum->rules[i]->computes_head;
    for (size_t i = 0; i < stratum->rule_count; i++)
        stratum->rules[i]->may_count = stratum->recursive && computes;
}

void ded_stratify(struct ded_model *model)
{
    struct graph graph = {0};
    uint32_t count;
    build_graph(model, &graph);
    uint32_t *component = find_components(&graph, model->universe.relations.count, &count);
    create_strata(model, component, count);
    fill_strata(model, component);
    for (size_t i = 0; i < graph.edges.count; i++) {
        const struct edge *edge = &graph.edges.items[i];
        struct ded_stratum *s = &model->all.strata.items[component[edge->head]];
        if (component[edge->head] != component[edge->body])
            continue;
        s->recursive = true;
        s->alternating = s->alternating || edge->negative;
    }
    for (size_t i = 0; i < model->all.strata.count; i++)
        mark_counting(&model->all.strata.items[i]);
    lineage_memory_free(component);
    lineage_memory_free(graph.edges.items);
    lineage_memory_free(graph.first_edge);
}
