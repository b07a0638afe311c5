/* What would help. For an error of omission, something that is missing (Nemo's terms): what `pre`
 * announces should wait until it is true, what is said once should be said again. For an error of
 * commission, something that should not be there: the rules that fired in the bad run alone. */
#include "explain.h"

#include <string.h>

enum { ONLY_HERE_MAX = 12 };

struct adviser {
    struct harness_explanation *explanation;
    const struct lineage_execution *good;
    struct harness_executor *executor;
    const bool *is_promise; /* by relation: it serves the promise alone, and is not to be changed */
    size_t wait_count, retry_count; /* repairs so far; both make different names */
};

static struct harness_advice *add_advice(struct harness_explanation *explanation,
                                         enum harness_advice_kind kind)
{
    const struct harness_advice advice = {
        .kind = kind, .rule = LINEAGE_NONE, .other = LINEAGE_NONE};
    LINEAGE_PUSH(&explanation->advice, advice);
    return &explanation->advice.items[explanation->advice.count - 1];
}

/* ---- firings of the good run ---- */

static bool carries(const struct lineage_execution *good, uint32_t firing,
                    const struct lineage_delivery *delivery)
{
    const uint32_t number = good->firings.items[firing].message;
    if (number == LINEAGE_NONE)
        return false;
    const struct lineage_message *message = &good->messages.items[number];
    return message->tuple == delivery->tuple && message->from == delivery->from &&
           message->to == delivery->to;
}

/* A firing whose message is this delivery, the first time that it is sent; LINEAGE_NONE: there is
 * none. */
static uint32_t firing_of(const struct lineage_execution *good,
                          const struct lineage_delivery *delivery)
{
    for (uint32_t i = 0; i < good->firings.count; i++)
        if (carries(good, i, delivery) &&
            good->messages.items[good->firings.items[i].message].sent_time == delivery->first_time)
            return i;
    return LINEAGE_NONE;
}

/* The node at which a firing happened; LINEAGE_NONE: none in particular. */
static uint32_t node_of(const struct lineage_execution *execution, uint32_t firing)
{
    const struct lineage_firing *found = &execution->firings.items[firing];
    if (found->message != LINEAGE_NONE)
        return execution->messages.items[found->message].from;
    const lineage_tuple tuple = execution->facts.items[found->head].tuple;
    const uint32_t relation = lineage_tuple_relation(execution->universe, tuple);
    return execution->universe->relations.items[relation].arity == 0
               ? LINEAGE_NONE
               : lineage_node_of(execution->universe,
                                 lineage_tuple_values(execution->universe, tuple)[0]);
}

/* When it happened: when the head holds, or its message was sent. */
static uint32_t time_of(const struct lineage_execution *execution, uint32_t firing)
{
    const struct lineage_firing *found = &execution->firings.items[firing];
    return found->message != LINEAGE_NONE ? execution->messages.items[found->message].sent_time
                                          : execution->facts.items[found->head].time;
}

/* The relation that a firing in a proof derives. */
static uint32_t relation_of(const struct lineage_execution *execution, uint32_t firing)
{
    const uint32_t head = execution->firings.items[firing].head;
    return lineage_tuple_relation(execution->universe, execution->facts.items[head].tuple);
}

/* ---- waiting ---- */

/* Does the fact that the firing derives rest on the delivery? Then its node knows of it. */
static bool knows(const struct adviser *adviser, uint32_t firing,
                  const struct lineage_delivery *delivery)
{
    lineage_numbers proof = {0};
    bool is_known = false;
    lineage_proof_firings(&adviser->explanation->good_proofs,
                          adviser->good->firings.items[firing].head, &proof);
    for (size_t i = 0; i < proof.count; i++)
        is_known = is_known || carries(adviser->good, proof.items[i], delivery);
    lineage_memory_free(proof.items);
    return is_known;
}

/* Could the firing be where the sender of the delivery announces the promise? It does more than
 * carry on, not before it sends that, and without knowing of it. What is promised itself is not to
 * be changed. */
static bool announces(const struct adviser *adviser, uint32_t firing,
                      const struct lineage_delivery *delivery)
{
    const struct lineage_execution *good = adviser->good;
    return node_of(good, firing) == delivery->from &&
           time_of(good, firing) >= delivery->first_time &&
           !adviser->is_promise[relation_of(good, firing)] &&
           lineage_carried(good, firing) == LINEAGE_NONE && !knows(adviser, firing, delivery);
}

/* The last such firing in the smallest proof of the promise's pre in the run without faults on
 * which the fact that is missing does not rest. LINEAGE_NONE: there is none. */
static uint32_t find_announcement(const struct adviser *adviser, uint32_t lacking,
                                  const struct lineage_delivery *delivery)
{
    const struct harness_explanation *explanation = adviser->explanation;
    const struct lineage_execution *good = adviser->good;
    const uint32_t pre = lineage_fact_find(good, explanation->told, good->eot);
    lineage_numbers proof = {0}, shared = {0};
    uint32_t found = LINEAGE_NONE;
    if (pre == LINEAGE_NONE)
        return found;
    bool *is_shared = lineage_memory_clear(good->firings.count + 1);
    lineage_proof_firings(&explanation->good_proofs, lacking, &shared);
    for (size_t i = 0; i < shared.count; i++)
        is_shared[shared.items[i]] = true;
    lineage_proof_firings(&explanation->good_proofs, pre, &proof);
    for (size_t i = 0; i < proof.count; i++)
        if (!is_shared[proof.items[i]] && announces(adviser, proof.items[i], delivery))
            found = proof.items[i];
    lineage_memory_free(is_shared);
    lineage_memory_free(proof.items);
    lineage_memory_free(shared.items);
    return found;
}

static bool is_advised(const struct harness_explanation *explanation, enum harness_advice_kind kind,
                       uint32_t rule, uint32_t other)
{
    for (size_t i = 0; i < explanation->advice.count; i++)
        if (explanation->advice.items[i].kind == kind &&
            explanation->advice.items[i].rule == rule &&
            explanation->advice.items[i].other == other)
            return true;
    return false;
}

static void advise_waiting(struct adviser *adviser, uint32_t lacking,
                           const struct lineage_delivery *delivery)
{
    struct harness_explanation *explanation = adviser->explanation;
    const struct lineage_execution *good = adviser->good;
    const uint32_t late = firing_of(good, delivery);
    const uint32_t early =
        late == LINEAGE_NONE ? LINEAGE_NONE : find_announcement(adviser, lacking, delivery);
    if (early == LINEAGE_NONE)
        return;
    const uint32_t rule = good->firings.items[early].rule, other = good->firings.items[late].rule;
    if (rule == other || is_advised(explanation, HARNESS_WAIT, rule, other))
        return;
    struct harness_advice *advice = add_advice(explanation, HARNESS_WAIT);
    advice->rule = rule;
    advice->other = other;
    advice->repair.number = adviser->wait_count++;
    adviser->executor->repair_wait(adviser->executor, good, early, late, &advice->repair);
    advice->is_mechanical = advice->repair.obstacle == NULL;
    const char *node = lineage_node_name(explanation->evidence->universe, delivery->from);
    advice->text = lineage_arena_format(
        &explanation->arena, "Wait: %s announces it before it knows that %s has %s. Hold this back",
        node, lineage_node_name(explanation->evidence->universe, delivery->to),
        harness_explain_tuple(explanation, delivery->tuple));
}

/* ---- sending again ---- */

/* Does losing this one message, and what else its sender sends the receiver at that time, break the
 * promise told of? */
static bool breaks_alone(const struct adviser *adviser, const struct lineage_delivery *delivery)
{
    const struct harness_evidence *evidence = adviser->explanation->evidence;
    struct lineage_schedule single = {.omissions = {0}};
    struct lineage_execution run;
    lineage_tuples broken = {0};
    bool breaks = false;
    if (!lineage_bounds_allow_omission(&evidence->bounds, delivery->from, delivery->to,
                                       delivery->first_time))
        return false;
    lineage_schedule_add_omission(
        &single, (struct lineage_omission){delivery->first_time, delivery->from, delivery->to});
    if (adviser->executor->execute(adviser->executor, &single, false, &run) == HARNESS_OK)
        lineage_broken_promises(&run, evidence->oracle, &evidence->good, &broken);
    for (size_t i = 0; i < broken.count; i++)
        breaks = breaks || broken.items[i] == adviser->explanation->told;
    lineage_execution_free(&run);
    lineage_memory_free(broken.items);
    lineage_schedule_free(&single);
    return breaks;
}

/* So many times the good run sends it, whether or not anything rests on that. */
static size_t count_sent(const struct lineage_execution *good,
                         const struct lineage_delivery *delivery)
{
    size_t count = 0;
    for (size_t i = 0; i < good->messages.count; i++)
        count += good->messages.items[i].tuple == delivery->tuple &&
                 good->messages.items[i].from == delivery->from &&
                 good->messages.items[i].to == delivery->to;
    return count;
}

/* Does the sender send the receiver nothing else at that time? */
static bool is_alone(const struct lineage_execution *good, const struct lineage_delivery *delivery)
{
    size_t count = 0;
    for (size_t i = 0; i < good->messages.count; i++)
        count += good->messages.items[i].sent_time == delivery->first_time &&
                 good->messages.items[i].from == delivery->from &&
                 good->messages.items[i].to == delivery->to;
    return count == 1;
}

static const char *loss_text(struct harness_explanation *explanation,
                             const struct lineage_delivery *delivery)
{
    const struct lineage_universe *universe = explanation->evidence->universe;
    return is_alone(&explanation->evidence->good, delivery)
               ? "its loss alone"
               : lineage_arena_format(&explanation->arena, "the loss of all that %s sends %s then",
                                      lineage_node_name(universe, delivery->from),
                                      lineage_node_name(universe, delivery->to));
}

static void advise_retrying(struct adviser *adviser, const struct lineage_delivery *delivery)
{
    struct harness_explanation *explanation = adviser->explanation;
    const uint32_t firing = firing_of(adviser->good, delivery);
    if (firing == LINEAGE_NONE || count_sent(adviser->good, delivery) != 1)
        return;
    const uint32_t rule = adviser->good->firings.items[firing].rule;
    if (is_advised(explanation, HARNESS_RETRY, rule, LINEAGE_NONE) ||
        !breaks_alone(adviser, delivery))
        return;
    struct harness_advice *advice = add_advice(explanation, HARNESS_RETRY);
    advice->rule = rule;
    advice->repair.number = adviser->retry_count++;
    adviser->executor->repair_retry(adviser->executor, adviser->good, firing, &advice->repair);
    advice->is_mechanical = advice->repair.obstacle == NULL;
    advice->text = lineage_arena_format(
        &explanation->arena, "Send it again: %s is sent once, at %u, and %s breaks the promise",
        harness_explain_tuple(explanation, delivery->tuple), delivery->first_time,
        loss_text(explanation, delivery));
}

/* ---- what there is one of, and what fired in the bad run alone ---- */

static void advise_redundancy(const struct adviser *adviser, size_t lack)
{
    struct harness_explanation *explanation = adviser->explanation;
    const struct lineage_supports *supports = &explanation->supports.items[lack];
    if (!supports->is_complete || supports->closed_count > 0 || supports->sets.count != 1 ||
        supports->sets.items[0].count == 0)
        return;
    const uint32_t fact = explanation->lacks.missing.items[lack].fact;
    const uint32_t last = supports->sets.items[0].items[supports->sets.items[0].count - 1];
    struct harness_advice *advice = add_advice(explanation, HARNESS_REDUNDANT);
    advice->rule = supports->deliveries.items[last].rule;
    advice->text = lineage_arena_format(
        &explanation->arena, "Add a second way: %s has one support and no other, which needs this",
        harness_explain_tuple(explanation, adviser->good->facts.items[fact].tuple));
}

static void mark_rules(const struct lineage_execution *execution, uint32_t root, bool *is_marked,
                       bool *is_visited)
{
    LINEAGE_ARRAY(uint32_t) open = {0};
    LINEAGE_PUSH(&open, root);
    while (open.count > 0) {
        const uint32_t fact = open.items[--open.count];
        size_t count, premise_count;
        if (is_visited[fact])
            continue;
        is_visited[fact] = true;
        const uint32_t *firings = lineage_firings_of(execution, fact, &count);
        for (size_t i = 0; i < count; i++) {
            const uint32_t *premises = lineage_premises_of(execution, firings[i], &premise_count);
            is_marked[execution->firings.items[firings[i]].rule] = true;
            for (size_t j = 0; j < premise_count; j++)
                if (lineage_premise_kind(premises[j]) == LINEAGE_PRESENT)
                    LINEAGE_PUSH(&open, lineage_premise_number(premises[j]));
        }
    }
    lineage_memory_free(open.items);
}

/* The rules in the lineage of what stands against the promise that never fired without faults. */
static void advise_commission(const struct adviser *adviser)
{
    struct harness_explanation *explanation = adviser->explanation;
    const struct lineage_execution *bad = &explanation->evidence->bad;
    const struct lineage_universe *universe = explanation->evidence->universe;
    bool *is_marked = lineage_memory_clear(universe->rules.count + 1);
    bool *is_visited = lineage_memory_clear(bad->facts.count + 1);
    const uint32_t pre = lineage_fact_find(bad, explanation->told, bad->eot);
    if (pre != LINEAGE_NONE)
        mark_rules(bad, pre, is_marked, is_visited);
    for (size_t i = 0; i < explanation->lacks.intruders.count; i++)
        if (explanation->lacks.intruders.items[i].broken == explanation->told)
            mark_rules(bad, explanation->lacks.intruders.items[i].fact, is_marked, is_visited);
    for (size_t i = 0; i < adviser->good->firings.count; i++)
        is_marked[adviser->good->firings.items[i].rule] = false;
    uint32_t *rules = lineage_arena_allocate(&explanation->arena, ONLY_HERE_MAX * sizeof *rules);
    size_t count = 0, left_out = 0;
    for (size_t i = 0; i < bad->firings.count; i++) { /* in the order in which they first fired */
        const uint32_t rule = bad->firings.items[i].rule;
        if (is_marked[rule] && count < ONLY_HERE_MAX)
            rules[count++] = rule;
        else
            left_out += is_marked[rule];
        is_marked[rule] = false;
    }
    if (count > 0) {
        struct harness_advice *advice = add_advice(explanation, HARNESS_ONLY_HERE);
        advice->rules = rules;
        advice->rule_count = count;
        advice->text = left_out > 0
                           ? lineage_arena_format(&explanation->arena,
                                                  "Look at the rules that fired under these faults "
                                                  "alone (%zu more are not shown)",
                                                  left_out)
                           : "Look at the rules that fired under these faults alone";
    }
    lineage_memory_free(is_marked);
    lineage_memory_free(is_visited);
}

static void advise_omission(struct adviser *adviser, size_t lack)
{
    const struct harness_explanation *explanation = adviser->explanation;
    const struct lineage_supports *supports = &explanation->supports.items[lack];
    for (size_t i = 0; i < supports->deliveries.count; i++)
        if (supports->deliveries.items[i].cut != LINEAGE_ARRIVES &&
            supports->deliveries.items[i].cut != LINEAGE_NOT_SENT)
            advise_waiting(adviser, explanation->lacks.missing.items[lack].fact,
                           &supports->deliveries.items[i]);
    for (size_t i = 0; i < supports->deliveries.count; i++)
        advise_retrying(adviser, &supports->deliveries.items[i]);
}

/* Rules of the protocol that had all they needed, and were held up. */
static void advise_obstacles(const struct adviser *adviser)
{
    struct harness_explanation *explanation = adviser->explanation;
    const struct lineage_execution *bad = &explanation->evidence->bad;
    for (size_t i = 0; i < explanation->obstacles.count; i++) {
        const struct harness_obstacle *obstacle = &explanation->obstacles.items[i];
        if (adviser->is_promise[lineage_tuple_relation(bad->universe, obstacle->wanted)])
            continue;
        struct harness_advice *advice = add_advice(explanation, HARNESS_HELD_UP);
        advice->rule = obstacle->rule;
        advice->text = lineage_arena_format(
            &explanation->arena, "Look at what holds this up: %s is needed, and there is %s",
            harness_explain_tuple(explanation, obstacle->wanted),
            harness_explain_tuple(explanation, bad->facts.items[obstacle->blocker].tuple));
    }
}

void harness_advise(struct harness_explanation *explanation)
{
    struct harness_executor *executor = &explanation->evidence->session->executor;
    bool *is_promise = executor->promise_relations(executor);
    struct adviser adviser = {
        explanation, &explanation->evidence->good, executor, is_promise, 0, 0};
    for (size_t i = 0; i < explanation->lacks.missing.count; i++)
        if (explanation->lacks.missing.items[i].broken == explanation->told)
            advise_omission(&adviser, i);
    for (size_t i = 0; i < explanation->lacks.missing.count; i++)
        if (explanation->lacks.missing.items[i].broken == explanation->told)
            advise_redundancy(&adviser, i);
    advise_obstacles(&adviser);
    advise_commission(&adviser);
    lineage_memory_free(is_promise);
}
