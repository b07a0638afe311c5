#include "try.h"

#include <string.h>

/* The scenario of the evidence, over another program. What it points to is the evidence's. */
static void take_scenario(struct harness_scenario *copy, const struct harness_scenario *scenario,
                          const lineage_sources *sources)
{
    harness_scenario_create(copy);
    copy->source = scenario->source;
    copy->name = scenario->name;
    copy->texts = sources;
    for (size_t i = 0; i < sources->count; i++)
        LINEAGE_PUSH(&copy->model, sources->items[i]->path);
    for (size_t i = 0; i < scenario->nodes.count; i++)
        LINEAGE_PUSH(&copy->nodes, scenario->nodes.items[i]);
    for (size_t i = 0; i < scenario->immune.count; i++)
        LINEAGE_PUSH(&copy->immune, scenario->immune.items[i]);
    copy->eot = scenario->eot;
    copy->eff = scenario->eff;
    copy->crashes = scenario->crashes;
    copy->omissions = scenario->omissions;
    copy->oracle = scenario->oracle;
    copy->strict_locality = scenario->strict_locality;
    copy->given.nodes = scenario->given.nodes;
    copy->given.immune = scenario->given.immune;
    copy->given.eot = scenario->given.eot;
    copy->given.eff = scenario->given.eff;
    copy->given.crashes = scenario->given.crashes;
}

static const char *keep(struct harness_trials *trials, const char *text)
{
    return lineage_arena_text(&trials->arena, text, strlen(text));
}

/* The first error, for a copy that cannot be run. */
static const char *first_error(struct harness_trials *trials,
                               const struct lineage_diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->items.count; i++)
        if (diagnostics->items.items[i].severity == LINEAGE_ERROR)
            return keep(trials, diagnostics->items.items[i].message);
    return "it cannot be run";
}

/* Is there a fact of this text among those of the relation at the end of time? */
static bool promises(const struct lineage_execution *good, const char *wanted)
{
    size_t count;
    bool is_there = false;
    const uint32_t *facts = lineage_facts_at(good, good->pre, good->eot, &count);
    for (size_t i = 0; i < count && !is_there; i++) {
        char *text = lineage_tuple_text(good->universe, good->facts.items[facts[i]].tuple);
        is_there = strcmp(text, wanted) == 0;
        lineage_memory_free(text);
    }
    return is_there;
}

/* A program can keep its promise by promising less. So much of what was promised without faults is
 * not promised by the copy; they have no universe in common, and are compared as text. */
static size_t count_lost(const struct lineage_execution *good, const struct lineage_execution *copy)
{
    size_t count, lost = 0;
    const uint32_t *facts = lineage_facts_at(good, good->pre, good->eot, &count);
    for (size_t i = 0; i < count; i++) {
        char *text = lineage_tuple_text(good->universe, good->facts.items[facts[i]].tuple);
        lost += !promises(copy, text);
        lineage_memory_free(text);
    }
    return lost;
}

static void note(const struct harness_explanation *explanation, struct harness_trials *trials,
                 const struct harness_search *search, struct harness_tried *tried)
{
    tried->runs = search->runs;
    trials->is_interrupted = search->budget.stop == HARNESS_STOPPED_BY_USER;
    if (search->failure != HARNESS_NO_FAILURE) {
        tried->failure = first_error(trials, search->diagnostics);
        return;
    }
    tried->verdict = search->verdict;
    tried->is_vacuous = search->vacuous;
    if (search->has_good)
        tried->lost_count = count_lost(&explanation->evidence->good, &search->good);
    if (search->counterexamples.count == 0)
        return;
    struct lineage_text text;
    lineage_schedule_print(search->executor->universe, &search->counterexamples.items[0].schedule,
                           lineage_text_open(&text));
    char *faults = lineage_text_close(&text);
    tried->smallest = keep(trials, faults);
    lineage_memory_free(faults);
}

/* Makes the repairs of some advice on a copy, and searches that. */
static void try_advice(const struct harness_explanation *explanation, double seconds_max,
                       struct harness_tried *tried, struct harness_trials *trials)
{
    const struct harness_session *session = explanation->evidence->session;
    const struct harness_repair **repairs =
        lineage_memory_clear((tried->advice.count + 1) * sizeof(struct harness_repair *));
    for (size_t i = 0; i < tried->advice.count; i++)
        repairs[i] = &explanation->advice.items[tried->advice.items[i]].repair;
    const lineage_sources *sources = harness_repair_apply(&trials->arena, session->executor.sources,
                                                          repairs, tried->advice.count);
    struct harness_session copy = {.combination = 0};
    tried->verdict = HARNESS_INCOMPLETE;
    take_scenario(&copy.scenario, &session->scenario, sources);
    copy.search.budget.interrupted = session->search.budget.interrupted;
    copy.search.budget.seconds_max = seconds_max;
    copy.search.progress = session->search.progress;
    harness_budget_measure(&copy.search.budget);
    if (harness_session_open(&copy)) {
        harness_search_run(&copy.search);
        harness_progress_end(&copy.search.progress_drawn);
        note(explanation, trials, &copy.search, tried);
    } else {
        tried->failure = first_error(trials, &copy.diagnostics);
    }
    harness_session_free(&copy);
    lineage_memory_free(repairs);
}

/* Is there another advice in the list that changes the same rule? */
static bool changes_same(const struct harness_explanation *explanation,
                         const struct harness_tried *tried, size_t advice)
{
    const struct harness_repair *repair = &explanation->advice.items[advice].repair;
    for (size_t i = 0; i < tried->advice.count; i++) {
        const struct harness_repair *other =
            &explanation->advice.items[tried->advice.items[i]].repair;
        if (other->source == repair->source && other->start == repair->start)
            return true;
    }
    return false;
}

void harness_try(const struct harness_explanation *explanation, double seconds_max,
                 struct harness_trials *trials)
{
    bool is_enough = false;
    struct harness_tried all = {.advice = {0}};
    *trials = (struct harness_trials){.items = {0}};
    for (size_t i = 0; i < explanation->advice.count && !trials->is_interrupted; i++) {
        struct harness_tried tried = {.advice = {0}};
        if (!explanation->advice.items[i].is_mechanical)
            continue;
        if (!changes_same(explanation, &all, i))
            LINEAGE_PUSH(&all.advice, i);
        LINEAGE_PUSH(&tried.advice, i);
        try_advice(explanation, seconds_max, &tried, trials);
        is_enough = is_enough || harness_tried_is_enough(&tried);
        LINEAGE_PUSH(&trials->items, tried);
    }
    if (is_enough || all.advice.count < 2 || trials->is_interrupted) {
        lineage_memory_free(all.advice.items);
        return;
    }
    try_advice(explanation, seconds_max, &all, trials);
    LINEAGE_PUSH(&trials->items, all);
}

void harness_trials_free(struct harness_trials *trials)
{
    for (size_t i = 0; i < trials->items.count; i++)
        lineage_memory_free(trials->items.items[i].advice.items);
    lineage_memory_free(trials->items.items);
    lineage_arena_free(&trials->arena);
}

/* ---- what people and programs are told ---- */

static const char *outcome_of(const struct harness_tried *tried)
{
    if (tried->failure != NULL)
        return "cannot be tried";
    if (tried->verdict == HARNESS_CERTIFIED)
        return tried->is_vacuous       ? "promises nothing any more"
               : tried->lost_count > 0 ? "promises less"
                                       : "CERTIFIED";
    return tried->verdict == HARNESS_COUNTEREXAMPLE ? "still broken" : "not decided";
}

static void print_change(const struct harness_repair *repair, const struct harness_style *style,
                         FILE *out)
{
    fprintf(out, "       %s%s:%u%s\n", harness_paint(style, "\033[2m"), repair->source->path,
            repair->line, harness_paint(style, "\033[0m"));
    fprintf(out, "       %s- %s%s\n", harness_paint(style, "\033[31m"), repair->old_rule,
            harness_paint(style, "\033[0m"));
    for (const char *line = repair->new_rules; *line != '\0';) {
        const size_t bytes = strcspn(line, "\n");
        fprintf(out, "       %s+ %.*s%s\n", harness_paint(style, "\033[32m"), (int)bytes, line,
                harness_paint(style, "\033[0m"));
        line += bytes + (line[bytes] == '\n');
    }
}

/* Within which bounds a copy keeps its promise, and what it does not promise any more. */
static void print_bounds(const struct lineage_bounds *bounds, const struct harness_tried *tried,
                         FILE *out)
{
    if (tried->lost_count > 0 && !tried->is_vacuous)
        fprintf(out, ": %zu promise%s of the run without faults %s not made any more",
                tried->lost_count, tried->lost_count == 1 ? "" : "s",
                tried->lost_count == 1 ? "is" : "are");
    fprintf(out, " (EOT %u, EFF %u, crashes %u", bounds->eot, bounds->eff, bounds->crashes);
    if (bounds->omissions != LINEAGE_UNBOUNDED)
        fprintf(out, ", omissions %u", bounds->omissions);
    fputs(")\n", out);
}

void harness_trials_text(const struct harness_explanation *explanation,
                         const struct harness_trials *trials, const struct harness_style *style,
                         FILE *out)
{
    fprintf(out, "\n%sTried on a copy%s\n", harness_paint(style, "\033[1m"),
            harness_paint(style, "\033[0m"));
    if (trials->items.count == 0)
        fputs("  Nothing: none of this advice is a change that ldfi can make by itself.\n", out);
    for (size_t i = 0; i < trials->items.count; i++) {
        const struct harness_tried *tried = &trials->items.items[i];
        fputs("  ", out);
        for (size_t j = 0; j < tried->advice.count; j++)
            fprintf(out, "%s%zu", j > 0 ? " and " : "", tried->advice.items[j] + 1);
        fprintf(out, ": %s", outcome_of(tried));
        if (tried->failure != NULL)
            fprintf(out, ": %s\n", tried->failure);
        else if (tried->smallest != NULL)
            fprintf(out, " by %s\n", tried->smallest);
        else
            print_bounds(&explanation->evidence->bounds, tried, out);
        for (size_t j = 0; j < tried->advice.count && tried->advice.count == 1; j++)
            print_change(&explanation->advice.items[tried->advice.items[j]].repair, style, out);
    }
}

cJSON *harness_trials_json(const struct harness_trials *trials)
{
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < trials->items.count; i++) {
        const struct harness_tried *tried = &trials->items.items[i];
        cJSON *object = cJSON_CreateObject(), *advice = cJSON_AddArrayToObject(object, "advice");
        for (size_t j = 0; j < tried->advice.count; j++)
            cJSON_AddItemToArray(advice, cJSON_CreateNumber((double)tried->advice.items[j]));
        cJSON_AddStringToObject(object, "verdict", harness_verdict_name(tried->verdict));
        cJSON_AddBoolToObject(object, "vacuous", tried->is_vacuous);
        cJSON_AddNumberToObject(object, "promises_lost", (double)tried->lost_count);
        cJSON_AddBoolToObject(object, "enough", harness_tried_is_enough(tried));
        cJSON_AddNumberToObject(object, "runs", (double)tried->runs);
        if (tried->smallest != NULL)
            cJSON_AddStringToObject(object, "smallest", tried->smallest);
        if (tried->failure != NULL)
            cJSON_AddStringToObject(object, "failure", tried->failure);
        cJSON_AddItemToArray(array, object);
    }
    return array;
}
