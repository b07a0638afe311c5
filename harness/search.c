#include "search.h"

#include <stdlib.h>

void harness_lap(double *since, double *total)
{
    const double now = harness_seconds();
    *total += now - *since;
    *since = now;
}

void harness_search_fail(struct harness_search *search)
{
    search->failure = HARNESS_MODEL_FAILURE;
    lineage_error(search->diagnostics, search->executor->failure_place, "%s",
                  search->executor->failure);
}

/* Executes a schedule; false if it did not end well. The execution is to be freed in both cases. */
static bool execute(struct harness_search *search, const struct lineage_schedule *schedule,
                    bool recording, struct lineage_execution *execution)
{
    double since = harness_seconds();
    const enum harness_outcome outcome =
        search->executor->execute(search->executor, schedule, recording, execution);
    harness_lap(&since, &search->timing.execute);
    if (outcome == HARNESS_FAILED) {
        harness_search_fail(search);
        const struct lineage_place nowhere = {0};
        struct lineage_text text;
        lineage_schedule_print(search->executor->universe, schedule, lineage_text_open(&text));
        char *faults = lineage_text_close(&text);
        if (lineage_schedule_size(schedule) > 0)
            lineage_warn(search->diagnostics, nowhere, "the error above comes up under %s", faults);
        lineage_memory_free(faults);
    }
    return outcome == HARNESS_OK;
}

void harness_search_fail_store(struct harness_search *search)
{
    search->failure = HARNESS_STORE_FAILURE;
    lineage_error(search->diagnostics, (struct lineage_place){0}, "%s",
                  lineage_store_error(search->store));
}

bool harness_search_keep(struct harness_search *search, const struct lineage_store_run *run)
{
    if (search->store == NULL)
        return true;
    if (search->failure != HARNESS_NO_FAILURE)
        return false; /* no run goes into the store behind one that did not */
    double since = harness_seconds();
    const bool kept = lineage_store_run(search->store, run);
    harness_lap(&since, &search->timing.store);
    if (!kept)
        harness_search_fail_store(search);
    return kept;
}

bool harness_search_commit(struct harness_search *search)
{
    if (search->store == NULL || lineage_store_commit(search->store))
        return true;
    harness_search_fail_store(search);
    return false;
}

bool harness_search_replay(struct harness_search *search, const struct lineage_schedule *schedule,
                           bool is_check, struct lineage_execution *execution,
                           lineage_tuples *broken)
{
    broken->count = 0;
    if (is_check ? harness_budget_poll(&search->budget)
                 : !harness_budget_allows_run(&search->budget, search->runs))
        return false;
    if (!execute(search, schedule, search->options.record_all, execution)) {
        lineage_execution_free(execution);
        return false;
    }
    search->runs += !is_check;
    search->checks += is_check;
    lineage_broken_promises(execution, search->scenario->oracle, &search->good, broken);
    if (search->progress != NULL)
        search->progress(search);
    /* The lineage search stores its runs itself, with what could happen beside them. */
    const bool whole = search->options.record_all;
    const struct lineage_store_run run = {.kind = is_check ? "check" : "hypothesis",
                                          .schedule = schedule,
                                          .broken = broken,
                                          .execution = whole ? execution : NULL};
    const bool stores = is_check ? whole : search->options.strategy != HARNESS_LINEAGE;
    if (stores && !harness_search_keep(search, &run)) {
        lineage_execution_free(execution);
        return false;
    }
    return true;
}

/* Counts facts as people do: without helpers of rules and without `crash`. */
static void count_good(struct harness_search *search)
{
    const struct lineage_execution *good = &search->good;
    const struct lineage_relation *relations = good->universe->relations.items;
    struct harness_statistics *statistics = &search->statistics;
    size_t pre, post;
    for (size_t i = 0; i < good->facts.count; i++) {
        const uint32_t relation =
            lineage_tuple_relation(good->universe, good->facts.items[i].tuple);
        statistics->facts += !relations[relation].internal && relation != good->crash;
    }
    statistics->messages = good->messages.count;
    statistics->firings = good->firings.count;
    lineage_facts_at(good, good->pre, good->eot, &pre);
    lineage_facts_at(good, good->post, good->eot, &post);
    statistics->pre = pre;
    statistics->post = post;
    search->vacuous = pre == 0 || (search->scenario->oracle == LINEAGE_MOLLY && post == 0);
}

static void warn_of_good(struct harness_search *search)
{
    const struct lineage_execution *good = &search->good;
    const struct lineage_place place = {search->scenario->source, search->scenario->source != NULL,
                                        1};
    bool *is_told = lineage_memory_clear((good->universe->relations.count + 1) * sizeof *is_told);
    for (size_t i = 0; i < good->messages.count; i++) {
        const struct lineage_message *message = &good->messages.items[i];
        const uint32_t relation = lineage_tuple_relation(good->universe, message->tuple);
        if (message->fate != LINEAGE_TO_NOBODY || is_told[relation])
            continue;
        is_told[relation] = true; /* one of a kind will do */
        char *text = lineage_tuple_text(good->universe, message->tuple);
        lineage_warn(search->diagnostics, place, "a message goes to no node and is dropped: %s",
                     text);
        lineage_memory_free(text);
    }
    lineage_memory_free(is_told);
}

/* Runs the scenario without faults; false if the search ends with that. */
static bool run_good(struct harness_search *search)
{
    const struct lineage_schedule none = {.omissions = {0}};
    lineage_tuples broken = {0};
    if (!harness_budget_allows_run(&search->budget, 0))
        return false;
    search->has_good = true;
    if (!execute(search, &none, true, &search->good))
        return false;
    search->runs = 1;
    count_good(search);
    warn_of_good(search);
    lineage_broken_promises(&search->good, search->scenario->oracle, &search->good, &broken);
    const bool is_broken = broken.count > 0;
    const struct lineage_store_run run = {
        .kind = "good", .schedule = &none, .broken = &broken, .execution = &search->good};
    /* The lineage search stores the good run itself, with its envelope. */
    const bool kept = (search->options.strategy == HARNESS_LINEAGE && !is_broken) ||
                      harness_search_keep(search, &run);
    lineage_memory_free(broken.items);
    if (is_broken && kept) {
        search->verdict = HARNESS_COUNTEREXAMPLE;
        search->complete = true;
        harness_search_accept(search, &none, true);
    }
    return kept && !is_broken;
}

void harness_search_replayed(struct harness_search *search)
{
    struct lineage_execution execution;
    lineage_tuples broken = {0};
    if (harness_search_replay(search, &search->replayed, false, &execution, &broken)) {
        lineage_execution_free(&execution);
        search->verdict = HARNESS_KEPT;
        search->hypotheses = 1;
        if (broken.count > 0)
            harness_search_accept(search, &search->replayed, true);
    }
    lineage_memory_free(broken.items);
}

static int compare_counterexamples(const void *left, const void *right)
{
    const struct harness_counterexample *l = left, *r = right;
    return lineage_schedule_compare(&l->schedule, &r->schedule);
}

static void warn_if_vacuous(struct harness_search *search)
{
    const struct lineage_place place = {search->scenario->source, search->scenario->source != NULL,
                                        1};
    if (search->vacuous && search->verdict != HARNESS_COUNTEREXAMPLE)
        lineage_warn(search->diagnostics, place,
                     "vacuous: without faults %s is empty at time %u, so nothing is promised; does "
                     "what it needs persist (@next), and is EOT late enough?",
                     search->statistics.pre == 0 ? "pre" : "post", search->good.eot);
}

void harness_search_run(struct harness_search *search)
{
    search->budget.start_seconds = harness_seconds();
    search->executor->poll = harness_budget_poll;
    search->executor->poll_context = &search->budget;
    search->verdict = HARNESS_INCOMPLETE;
    const bool is_kept = run_good(search);
    if (is_kept && search->options.is_certified) {
        search->verdict = HARNESS_CERTIFIED;
        search->complete = true;
    } else if (is_kept) {
        static void (*const strategies[])(struct harness_search *) = {
            harness_search_lineage, harness_search_exhaustive, harness_search_random,
            harness_search_replayed};
        strategies[search->options.strategy](search);
    }
    if (search->failure != HARNESS_NO_FAILURE)
        search->complete = false;
    if (search->counterexamples.count > 0)
        search->verdict = HARNESS_COUNTEREXAMPLE;
    if (search->counterexamples.count > 1)
        qsort(search->counterexamples.items, search->counterexamples.count,
              sizeof(struct harness_counterexample), compare_counterexamples);
    warn_if_vacuous(search);
    harness_search_keep_counterexamples(search);
}

const char *harness_strategy_name(enum harness_strategy strategy)
{
    static const char *const names[HARNESS_STRATEGY_COUNT] = {"lineage", "exhaustive", "random",
                                                              "replay"};
    return names[strategy];
}

bool harness_is_as_expected(const struct harness_search *search)
{
    return search->verdict == search->scenario->expect &&
           !((search->verdict == HARNESS_CERTIFIED || search->verdict == HARNESS_KEPT) &&
             search->vacuous);
}

void harness_schedules_free(harness_schedules *schedules)
{
    for (size_t i = 0; i < schedules->count; i++)
        lineage_schedule_free(&schedules->items[i]);
    lineage_memory_free(schedules->items);
}

void harness_search_free(struct harness_search *search)
{
    for (size_t i = 0; i < search->counterexamples.count; i++) {
        struct harness_counterexample *c = &search->counterexamples.items[i];
        for (size_t j = 0; j < c->schedule.crashes.count; j++)
            lineage_memory_free(c->times[j].items);
        lineage_memory_free(c->times);
        harness_schedules_free(&c->members);
        lineage_memory_free(c->broken.items);
        lineage_schedule_free(&c->schedule);
    }
    lineage_memory_free(search->counterexamples.items);
    if (search->has_good)
        lineage_execution_free(&search->good);
    search->has_good = false;
}
