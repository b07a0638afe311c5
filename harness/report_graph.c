/* Lineage as graphs: a fact, the firings that derive it, their premises, and so on (Alvaro et al.,
 * SIGMOD 2015, section 3.1). A fact that is only carried on from step to step is one node, from the
 * time at which it came about. */
#include "graphviz.h"
#include "report_page.h"

#include <stdlib.h>

enum node_kind { FACT, FIRING, ABSENCE, ABSENT_FACT };

enum {
    CARRY_STEPS = 4,
    LETTER_WIDTH = 7, /* in the page's points */
    MARGIN = 32,      /* the page puts a sign before what is cut */
    WIDTH_MIN = 64,
    WIDTH_MAX = 320,
    FACT_HEIGHT = 40,
    FIRING_HEIGHT = 24,
    NUMBERS_MAX = 400, /* of one line of dot's */
};

struct node {
    enum node_kind kind;
    uint32_t item;
    uint32_t origin; /* of a fact: the first of those it was carried on from, or itself */
    int width, height;
};

struct edge {
    size_t from, to;
};

struct graph {
    int64_t run;
    uint32_t root;
    bool is_cut; /* something was left out */
    LINEAGE_ARRAY(struct node) nodes;
    LINEAGE_ARRAY(struct edge) edges;
};

struct harness_graphs {
    LINEAGE_ARRAY(struct graph) graphs;
    size_t left_out;
};

struct harness_graphs *harness_graphs_create(void)
{
    return lineage_memory_clear(sizeof(struct harness_graphs));
}

void harness_graphs_free(struct harness_graphs *graphs)
{
    for (size_t i = 0; i < graphs->graphs.count; i++) {
        lineage_memory_free(graphs->graphs.items[i].nodes.items);
        lineage_memory_free(graphs->graphs.items[i].edges.items);
    }
    lineage_memory_free(graphs->graphs.items);
    lineage_memory_free(graphs);
}

size_t harness_graphs_count(const struct harness_graphs *graphs)
{
    return graphs->graphs.count;
}

/* ---- collecting ---- */

/* Of what a fact rests on by itself, by firings of which each is the only one: the fact of this
 * tuple and time, if it is reached within so many of them. */
static uint32_t find_below(const struct lineage_execution *execution, uint32_t fact,
                           lineage_tuple tuple, uint32_t time, int steps)
{
    size_t count;
    const uint32_t *firings = lineage_firings_of(execution, fact, &count);
    if (count != 1 || execution->firings.items[firings[0]].message != LINEAGE_NONE)
        return LINEAGE_NONE;
    const uint32_t *premises = lineage_premises_of(execution, firings[0], &count);
    uint32_t found = LINEAGE_NONE;
    for (size_t i = 0; i < count && found == LINEAGE_NONE; i++) {
        const uint32_t number = lineage_premise_number(premises[i]);
        if (lineage_premise_kind(premises[i]) != LINEAGE_PRESENT)
            continue;
        const struct lineage_fact *premise = &execution->facts.items[number];
        if (premise->tuple == tuple && premise->time == time)
            found = number;
        else if (steps > 1 && premise->time >= time)
            found = find_below(execution, number, tuple, time, steps - 1);
    }
    return found;
}

/* The same tuple one step before, if a fact has no reason but that: p@next :- p, or by way of some
 * others, kept@next :- p and p :- kept. (The page's Run.before is this.) */
static uint32_t carried_from(const struct lineage_execution *execution, uint32_t fact)
{
    const struct lineage_fact *head = &execution->facts.items[fact];
    return head->time < 2 ? LINEAGE_NONE
                          : find_below(execution, fact, head->tuple, head->time - 1, CARRY_STEPS);
}

static uint32_t origin_of(const struct lineage_execution *execution, uint32_t fact)
{
    for (uint32_t before; (before = carried_from(execution, fact)) != LINEAGE_NONE;)
        fact = before;
    return fact;
}

static int width_of_letters(size_t letters)
{
    const int width = letters < WIDTH_MAX ? (int)letters * LETTER_WIDTH + MARGIN : WIDTH_MAX;
    return width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width;
}

static size_t letters_of(const char *text)
{
    size_t letters = 0;
    for (; *text != '\0'; text++)
        letters += ((unsigned char)*text & 0xc0) != 0x80;
    return letters;
}

static int width_of_tuple(const struct lineage_execution *execution, lineage_tuple tuple,
                          size_t letters)
{
    char *text = lineage_tuple_text(execution->universe, tuple);
    const int width = width_of_letters(letters_of(text) + letters);
    lineage_memory_free(text);
    return width;
}

/* `rung3.ded:29` */
static int width_of_rule(const struct lineage_execution *execution, uint32_t firing)
{
    const uint32_t rule = execution->firings.items[firing].rule;
    const char *file = execution->universe->rules.items[rule].file;
    const char *name = strrchr(file, '/');
    return width_of_letters(letters_of(name == NULL ? file : name) + 5);
}

static struct node make_node(const struct lineage_execution *execution, enum node_kind kind,
                             uint32_t item)
{
    struct node node = {kind, item, item, 0, FACT_HEIGHT};
    if (kind == FACT)
        node.origin = origin_of(execution, item);
    if (kind == FIRING) {
        node.width = width_of_rule(execution, item);
        node.height = FIRING_HEIGHT;
    } else if (kind == ABSENCE) {
        node.width = width_of_tuple(execution, execution->absences.items[item].pattern, 3);
    } else {
        node.width = width_of_tuple(execution, execution->facts.items[item].tuple,
                                    kind == ABSENT_FACT ? 3 : 0);
    }
    return node;
}

/* Draws an edge to a node, which is made if it is not there and there is room. */
static void lead_to(struct graph *graph, const struct lineage_execution *execution, size_t from,
                    enum node_kind kind, uint32_t item)
{
    size_t to = 0;
    while (to < graph->nodes.count &&
           (graph->nodes.items[to].kind != kind || graph->nodes.items[to].item != item))
        to++;
    if (to == HARNESS_PAGE_GRAPH_NODES) {
        graph->is_cut = true;
        return;
    }
    if (to == graph->nodes.count)
        LINEAGE_PUSH(&graph->nodes, make_node(execution, kind, item));
    const struct edge edge = {from, to};
    for (size_t i = 0; i < graph->edges.count; i++)
        if (graph->edges.items[i].from == from && graph->edges.items[i].to == to)
            return;
    LINEAGE_PUSH(&graph->edges, edge);
}

/* From a fact to its firings, from a firing to its premises. */
static void lead_on(struct graph *graph, const struct lineage_execution *execution, size_t number)
{
    const struct node node = graph->nodes.items[number];
    size_t count;
    if (node.kind == FACT) {
        const uint32_t *firings = lineage_firings_of(execution, node.origin, &count);
        for (size_t i = 0; i < count; i++)
            lead_to(graph, execution, number, FIRING, firings[i]);
    } else if (node.kind == FIRING) {
        static const enum node_kind kinds[] = {[LINEAGE_PRESENT] = FACT,
                                               [LINEAGE_ABSENT] = ABSENCE,
                                               [LINEAGE_ABSENT_FACT] = ABSENT_FACT};
        const uint32_t *premises = lineage_premises_of(execution, node.item, &count);
        for (size_t i = 0; i < count; i++)
            lead_to(graph, execution, number, kinds[lineage_premise_kind(premises[i])],
                    lineage_premise_number(premises[i]));
    }
}

/* Adds the lineage of a fact; false if there is no room for it. */
static bool add(struct harness_graphs *graphs, int64_t run,
                const struct lineage_execution *execution, uint32_t root)
{
    size_t of_run = 0;
    for (size_t i = 0; i < graphs->graphs.count; i++) {
        const struct graph *graph = &graphs->graphs.items[i];
        if (graph->run == run && graph->root == root)
            return true;
        of_run += graph->run == run;
    }
    if (of_run == HARNESS_PAGE_RUN_GRAPHS || graphs->graphs.count == HARNESS_PAGE_GRAPHS)
        return false;
    struct graph graph = {.run = run, .root = root};
    LINEAGE_PUSH(&graph.nodes, make_node(execution, FACT, root));
    for (size_t i = 0; i < graph.nodes.count; i++)
        lead_on(&graph, execution, i);
    LINEAGE_PUSH(&graphs->graphs, graph);
    return true;
}

static void add_all(struct harness_graphs *graphs, int64_t run,
                    const struct lineage_execution *execution, uint32_t relation)
{
    size_t count;
    const uint32_t *facts = lineage_facts_at(execution, relation, execution->eot, &count);
    for (size_t i = 0; i < count; i++)
        graphs->left_out += !add(graphs, run, execution, facts[i]);
}

void harness_graphs_add(struct harness_graphs *graphs, int64_t run,
                        const struct lineage_execution *execution, const lineage_tuples *first)
{
    /* Those of them that are left out are so again, and counted, among all of `pre`. */
    for (size_t i = 0; first != NULL && i < first->count; i++) {
        const uint32_t fact = lineage_fact_find(execution, first->items[i], execution->eot);
        if (fact != LINEAGE_NONE)
            add(graphs, run, execution, fact);
    }
    if (execution->post != LINEAGE_NONE)
        add_all(graphs, run, execution, execution->post);
    if (execution->pre != LINEAGE_NONE)
        add_all(graphs, run, execution, execution->pre);
}

/* ---- laying out ---- */

/* Sizes and edges are all that Graphviz is told. */
static void print_graph(const struct graph *graph, FILE *out)
{
    fputs("digraph{ranksep=0.3;nodesep=0.15;node[shape=box,fixedsize=true,label=\"\"];"
          "edge[arrowhead=none];\n",
          out);
    for (size_t i = 0; i < graph->nodes.count; i++)
        fprintf(out, "n%zu[width=%.3f,height=%.3f];\n", i, graph->nodes.items[i].width / 72.0,
                graph->nodes.items[i].height / 72.0);
    for (size_t i = 0; i < graph->edges.count; i++)
        fprintf(out, "n%zu->n%zu;\n", graph->edges.items[i].from, graph->edges.items[i].to);
    fputs("}\n", out);
}

/* A line of dot's, in words and numbers: `node n3 1.5 2.25 ...`. */
struct line {
    char word[8];
    size_t names[2]; /* n3: 3 */
    double numbers[NUMBERS_MAX];
    size_t name_count, number_count;
};

/* Reads a line up to the first word that is neither a name nor a number. */
static void read_line(const char *text, struct line *line)
{
    *line = (struct line){.name_count = 0};
    sscanf(text, "%7s", line->word);
    text += strlen(line->word);
    while (*text == ' ' && line->number_count < NUMBERS_MAX) {
        char *end;
        text++;
        if (*text == 'n' && line->name_count < 2) {
            line->names[line->name_count++] = strtoul(text + 1, &end, 10);
        } else {
            const double number = strtod(text, &end);
            if (end != text)
                line->numbers[line->number_count++] = number;
        }
        if (end == text)
            break;
        text = end;
    }
}

static int points(double inches)
{
    return (int)(inches * 72 + 0.5);
}

/* Graphviz counts upwards, the page downwards. */
static void write_node(const struct graph *graph, const struct line *line, double height,
                       const char *before, FILE *out)
{
    const struct node *node = &graph->nodes.items[line->names[0]];
    fprintf(out, "%s%d,%u,%u,%d,%d,%d,%d", before, (int)node->kind, node->item, node->origin,
            points(line->numbers[0]), points(height - line->numbers[1]), node->width, node->height);
}

/* from, to, and the points of a curve */
static void write_edge(const struct line *line, double height, const char *before, FILE *out)
{
    const size_t count = (size_t)line->numbers[0];
    fprintf(out, "%s[%zu,%zu", before, line->names[0], line->names[1]);
    for (size_t i = 0; i < count && 2 * i + 2 < line->number_count; i++)
        fprintf(out, ",%d,%d", points(line->numbers[2 * i + 1]),
                points(height - line->numbers[2 * i + 2]));
    fputc(']', out);
}

static const char *next_line(const char *text)
{
    const char *end = strchr(text, '\n');
    return end == NULL ? text + strlen(text) : end + 1;
}

/* Writes one graph as dot has laid it out; nodes come first, in the order of their numbers. Returns
 * what follows; NULL if the graph is not whole. */
static const char *write_graph(const struct graph *graph, const char *plain, const char *before,
                               FILE *out)
{
    struct line line;
    size_t nodes = 0, edges = 0;
    const char *end = strstr(plain, "stop\n");
    read_line(plain, &line);
    if (end == NULL || strcmp(line.word, "graph") != 0 || line.number_count < 3)
        return NULL;
    const double height = line.numbers[2];
    fprintf(out, "%s{\"root\":%u,\"cut\":%s,\"w\":%d,\"h\":%d,\"nodes\":[", before, graph->root,
            graph->is_cut ? "true" : "false", points(line.numbers[1]), points(height));
    for (plain = next_line(plain); plain < end; plain = next_line(plain)) {
        read_line(plain, &line);
        const bool is_node = strcmp(line.word, "node") == 0;
        if (is_node && line.names[0] < graph->nodes.count && line.number_count >= 2)
            write_node(graph, &line, height, nodes++ == 0 ? "" : ",", out);
        else if (line.name_count == 2 && line.number_count > 2)
            write_edge(&line, height, edges++ == 0 ? "],\"edges\":[" : ",", out);
    }
    fputs(edges == 0 ? "],\"edges\":[]}" : "]}", out);
    return next_line(end);
}

/* Graphs of one run follow one another. Returns how many are written. */
static size_t write_all(const struct harness_graphs *graphs, const char *plain, FILE *out)
{
    size_t written = 0;
    for (size_t i = 0; i < graphs->graphs.count && plain != NULL; i++) {
        const struct graph *graph = &graphs->graphs.items[i];
        const bool is_first = i == 0 || graph->run != graph[-1].run;
        if (is_first) {
            harness_page_begin(out, "graphs", graph->run, NULL);
            fputc('[', out);
        }
        plain = write_graph(graph, plain, is_first ? "" : ",", out);
        written += plain != NULL;
        if (plain == NULL || i + 1 == graphs->graphs.count || graph[1].run != graph->run) {
            fputc(']', out);
            harness_page_end(out);
        }
    }
    return written;
}

cJSON *harness_graphs_write(struct harness_graphs *graphs, const volatile sig_atomic_t *interrupted,
                            FILE *out)
{
    struct lineage_arena arena = {.newest = NULL};
    struct lineage_text text;
    FILE *input = lineage_text_open(&text);
    for (size_t i = 0; i < graphs->graphs.count; i++)
        print_graph(&graphs->graphs.items[i], input);
    char *dot = lineage_text_close(&text);
    const char *why = NULL;
    size_t written = 0;
    if (graphs->graphs.count > 0) {
        static const char *const command[] = {"dot", "-Tplain", NULL};
        char *plain;
        why =
            harness_graphviz(command, dot, HARNESS_PAGE_GRAPH_SECONDS, interrupted, &arena, &plain);
        written = write_all(graphs, plain, out);
        lineage_memory_free(plain);
    }
    lineage_memory_free(dot);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "graphs", (double)written);
    cJSON_AddNumberToObject(object, "left_out",
                            (double)(graphs->left_out + graphs->graphs.count - written));
    if (why != NULL)
        cJSON_AddStringToObject(object, "error", why);
    lineage_arena_free(&arena);
    return object;
}
