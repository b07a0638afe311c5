/* An explanation as JSON. */
#include "explain.h"
#include "lineage_json.h"

static cJSON *story_json(const struct harness_explanation *explanation)
{
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < explanation->story.count; i++) {
        cJSON *event = cJSON_CreateObject();
        cJSON_AddNumberToObject(event, "time", explanation->story.items[i].time);
        cJSON_AddStringToObject(event, "text", explanation->story.items[i].text);
        cJSON_AddItemToArray(array, event);
    }
    return array;
}

static cJSON *delivery_json(const struct harness_evidence *evidence,
                            const struct lineage_delivery *delivery)
{
    const struct lineage_universe *universe = evidence->universe;
    static const char *const cuts[] = {
        [LINEAGE_ARRIVES] = "arrives",          [LINEAGE_ARRIVES_LATE] = "arrives late",
        [LINEAGE_CUT_BY_OMISSION] = "omission", [LINEAGE_CUT_BY_CRASH] = "crash",
        [LINEAGE_TOO_LATE] = "too late",        [LINEAGE_NOT_SENT] = "not sent"};
    cJSON *object = cJSON_CreateObject();
    harness_add_tuple(object, "message", universe, delivery->tuple);
    harness_add_node(object, "from", universe, delivery->from);
    harness_add_node(object, "to", universe, delivery->to);
    cJSON_AddNumberToObject(object, "first_sent", delivery->first_time);
    cJSON_AddNumberToObject(object, "last_sent", delivery->last_time);
    cJSON_AddNumberToObject(object, "times_sent", delivery->count);
    cJSON_AddStringToObject(object, "fate", cuts[delivery->cut]);
    if (delivery->cut == LINEAGE_ARRIVES_LATE)
        cJSON_AddNumberToObject(object, "arrives", delivery->cut_time);
    if (delivery->cut == LINEAGE_CUT_BY_OMISSION || delivery->cut == LINEAGE_CUT_BY_CRASH) {
        char *faults = harness_explain_cut(evidence, delivery);
        cJSON_AddStringToObject(object, "cut_by", faults);
        lineage_memory_free(faults);
    }
    return object;
}

static cJSON *supports_json(const struct harness_evidence *evidence,
                            const struct lineage_supports *supports)
{
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < supports->sets.count; i++) {
        cJSON *set = cJSON_CreateArray();
        for (size_t j = 0; j < supports->sets.items[i].count; j++)
            cJSON_AddItemToArray(
                set, delivery_json(evidence,
                                   &supports->deliveries.items[supports->sets.items[i].items[j]]));
        cJSON_AddItemToArray(array, set);
    }
    return array;
}

/* What there is under the faults that ways to an outcome need absent. */
static cJSON *closers_json(const struct lineage_execution *bad,
                           const struct lineage_supports *supports)
{
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < supports->closers.count; i++) {
        const struct lineage_fact *closer = &bad->facts.items[supports->closers.items[i]];
        cJSON *object = cJSON_CreateObject();
        harness_add_tuple(object, "fact", bad->universe, closer->tuple);
        cJSON_AddNumberToObject(object, "time", closer->time);
        cJSON_AddItemToArray(array, object);
    }
    return array;
}

static cJSON *lacks_json(const struct harness_explanation *explanation)
{
    const struct harness_evidence *evidence = explanation->evidence;
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < explanation->lacks.missing.count; i++) {
        const struct lineage_lack *lack = &explanation->lacks.missing.items[i];
        cJSON *object = cJSON_CreateObject();
        harness_add_tuple(object, "fact", evidence->universe,
                          evidence->good.facts.items[lack->fact].tuple);
        cJSON_AddNumberToObject(object, "time", evidence->good.facts.items[lack->fact].time);
        harness_add_tuple(object, "promise", evidence->universe, lack->broken);
        if (lack->because != LINEAGE_NONE)
            harness_add_tuple(object, "instead", evidence->universe,
                              evidence->bad.facts.items[lack->because].tuple);
        cJSON_AddItemToObject(object, "supports",
                              supports_json(evidence, &explanation->supports.items[i]));
        cJSON_AddBoolToObject(object, "all_supports", explanation->supports.items[i].is_complete);
        cJSON_AddItemToObject(object, "closed_by",
                              closers_json(&evidence->bad, &explanation->supports.items[i]));
        cJSON_AddItemToArray(array, object);
    }
    return array;
}

static cJSON *frontier_json(const struct harness_explanation *explanation, bool is_new)
{
    static const char *const kinds[] = {[LINEAGE_LOST] = "lost",
                                        [LINEAGE_READS_CRASH] = "reads crash",
                                        [LINEAGE_UNEXPLAINED] = "unexplained"};
    const struct harness_evidence *evidence = explanation->evidence;
    const struct harness_executor *executor = &evidence->session->executor;
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < explanation->difference.items.count; i++) {
        const struct lineage_difference_item *item = &explanation->difference.items.items[i];
        if (item->is_new != is_new)
            continue;
        char *bindings =
            executor->bindings(executor, is_new ? &evidence->bad : &evidence->good, item->firing);
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToObject(object, "rule", harness_rule_json(evidence->universe, item->rule));
        cJSON_AddNumberToObject(object, "time", item->time);
        cJSON_AddStringToObject(object, "bindings", bindings);
        cJSON_AddStringToObject(object, "kind", kinds[item->kind]);
        harness_add_tuple(object, "tuple", evidence->universe, item->tuple);
        cJSON_AddItemToArray(array, object);
        lineage_memory_free(bindings);
    }
    return array;
}

static cJSON *obstacles_json(const struct harness_explanation *explanation)
{
    const struct lineage_execution *bad = &explanation->evidence->bad;
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < explanation->obstacles.count; i++) {
        const struct harness_obstacle *obstacle = &explanation->obstacles.items[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToObject(object, "rule", harness_rule_json(bad->universe, obstacle->rule));
        cJSON_AddNumberToObject(object, "time", obstacle->time);
        cJSON_AddStringToObject(object, "bindings", obstacle->bindings);
        harness_add_tuple(object, "wanted", bad->universe, obstacle->wanted);
        harness_add_tuple(object, "blocker", bad->universe,
                          bad->facts.items[obstacle->blocker].tuple);
        cJSON_AddItemToArray(array, object);
    }
    return array;
}

static cJSON *instead_json(const struct harness_explanation *explanation)
{
    const struct lineage_execution *bad = &explanation->evidence->bad;
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < explanation->lacks.intruders.count; i++) {
        const uint32_t fact = explanation->lacks.intruders.items[i].fact;
        const uint32_t firing = explanation->bad_proofs.firing_of[fact];
        cJSON *object = cJSON_CreateObject();
        harness_add_tuple(object, "fact", bad->universe, bad->facts.items[fact].tuple);
        cJSON_AddNumberToObject(object, "time", bad->facts.items[fact].time);
        if (firing != LINEAGE_NONE)
            cJSON_AddItemToObject(
                object, "rule", harness_rule_json(bad->universe, bad->firings.items[firing].rule));
        cJSON_AddItemToArray(array, object);
    }
    return array;
}

static cJSON *repair_json(const struct harness_repair *repair)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "file", repair->source->path);
    cJSON_AddNumberToObject(object, "line", repair->line);
    cJSON_AddStringToObject(object, "old", repair->old_rule);
    cJSON_AddStringToObject(object, "new", repair->new_rules);
    return object;
}

static cJSON *advice_json(const struct harness_explanation *explanation)
{
    static const char *const kinds[] = {[HARNESS_WAIT] = "wait",
                                        [HARNESS_RETRY] = "retry",
                                        [HARNESS_REDUNDANT] = "redundancy",
                                        [HARNESS_HELD_UP] = "held up",
                                        [HARNESS_ONLY_HERE] = "fired only here"};
    const struct lineage_universe *universe = explanation->evidence->universe;
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < explanation->advice.count; i++) {
        const struct harness_advice *advice = &explanation->advice.items[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "kind", kinds[advice->kind]);
        cJSON_AddStringToObject(object, "text", advice->text);
        cJSON *rules = cJSON_AddArrayToObject(object, "rules");
        if (advice->rule != LINEAGE_NONE)
            cJSON_AddItemToArray(rules, harness_rule_json(universe, advice->rule));
        if (advice->other != LINEAGE_NONE)
            cJSON_AddItemToArray(rules, harness_rule_json(universe, advice->other));
        for (size_t j = 0; j < advice->rule_count; j++)
            cJSON_AddItemToArray(rules, harness_rule_json(universe, advice->rules[j]));
        if (advice->is_mechanical)
            cJSON_AddItemToObject(object, "repair", repair_json(&advice->repair));
        cJSON_AddItemToArray(array, object);
    }
    return array;
}

void harness_explain_head(const struct harness_evidence *evidence, cJSON *object)
{
    struct lineage_text text;
    lineage_schedule_print(evidence->universe, &evidence->faults, lineage_text_open(&text));
    char *faults = lineage_text_close(&text);
    cJSON_AddStringToObject(object, "faults", faults);
    lineage_memory_free(faults);
    cJSON_AddBoolToObject(object, "within_bounds",
                          lineage_bounds_allow(&evidence->bounds, &evidence->faults));
}

cJSON *harness_explanation_json(const struct harness_explanation *explanation)
{
    const struct harness_evidence *evidence = explanation->evidence;
    cJSON *object = harness_head_json(&evidence->session->search);
    harness_explain_head(evidence, object);
    cJSON *broken = cJSON_AddArrayToObject(object, "broken");
    for (size_t i = 0; i < evidence->broken.count; i++) {
        char *tuple = lineage_tuple_text(evidence->universe, evidence->broken.items[i]);
        cJSON_AddItemToArray(broken, cJSON_CreateString(tuple));
        lineage_memory_free(tuple);
    }
    harness_add_tuple(object, "told", evidence->universe, explanation->told);
    cJSON_AddBoolToObject(object, "broken_without_faults", explanation->is_without);
    cJSON_AddItemToObject(object, "story", story_json(explanation));
    cJSON_AddItemToObject(object, "lacks", lacks_json(explanation));
    cJSON_AddItemToObject(object, "missing", frontier_json(explanation, false));
    cJSON_AddItemToObject(object, "new", frontier_json(explanation, true));
    cJSON_AddItemToObject(object, "obstacles", obstacles_json(explanation));
    cJSON_AddItemToObject(object, "instead", instead_json(explanation));
    cJSON_AddItemToObject(object, "advice", advice_json(explanation));
    return object;
}
