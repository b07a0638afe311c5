/* `ldfi why` and `ldfi why-not`. */
#include "command.h"

#include "fact_words.h"
#include "printable.h"
#include "why.h"

#include <string.h>

enum why_option { DEPTH = HARNESS_OWN_OPTIONS, WAYS };
enum { DEPTH_MAX = 200, WAYS_MAX = 1000, FACTS_TOLD_MAX = 3 };

static const struct harness_option why_options[] = {
    HARNESS_SCENARIO_OPTIONS,
    HARNESS_FAULT_OPTIONS,
    HARNESS_RUN_CHOICE,
    {DEPTH, "depth", 0, "N", "at most N facts above one another (20; up to 200)"},
    HARNESS_OUTPUT_OPTIONS,
    {0, NULL, 0, NULL, NULL}};

static const struct harness_option why_not_options[] = {
    HARNESS_SCENARIO_OPTIONS,
    HARNESS_FAULT_OPTIONS,
    HARNESS_RUN_CHOICE,
    {DEPTH, "depth", 0, "N", "at most N facts above one another (20; up to 200)"},
    {WAYS, "ways", 0, "N", "tell N ways in which it could have come (default 3)"},
    HARNESS_OUTPUT_OPTIONS,
    {0, NULL, 0, NULL, NULL}};

struct why {
    struct harness_why_limits limits;
    struct harness_evidence evidence;
    struct harness_fact_words fact;
    lineage_numbers facts; /* of the run that are like it */
    struct harness_explainer explainer;
};

static void handle(struct harness_request *request, int id, const char *value,
                   struct lineage_place place)
{
    struct why *why = request->own;
    const uint64_t number = harness_read_positive(value, id == DEPTH ? DEPTH_MAX : WAYS_MAX, place,
                                                  &request->session.diagnostics);
    *(id == DEPTH ? &why->limits.depth : &why->limits.ways) = (size_t)number;
}

/* ---- text ---- */

/* `rung3, crash(c,3)`: which run it is about. */
static void print_run(const struct harness_evidence *evidence, FILE *out)
{
    fprintf(out, "%s, ", evidence->name);
    if (evidence->run > 0)
        fprintf(out, "run %lld, ", (long long)evidence->run);
    if (evidence->is_capture)
        fputs("a capture", out);
    else
        lineage_schedule_print(evidence->universe, &evidence->faults, out);
}

static void print_asked(const struct why *why, FILE *out)
{
    lineage_tuple_print(why->evidence.universe, why->fact.pattern, out);
    if (why->fact.time > 0)
        fprintf(out, " at %u", why->fact.time);
}

static void print_text(const struct why *why, const char *question, FILE *out)
{
    print_run(&why->evidence, out);
    fprintf(out, ": %s ", question);
    print_asked(why, out);
    fputs("?\n\n", out);
}

/* ---- JSON ---- */

static char *text_of(const struct why *why, void (*print)(const struct why *why, FILE *out))
{
    struct lineage_text text;
    print(why, lineage_text_open(&text));
    return lineage_text_close(&text);
}

static void print_faults(const struct why *why, FILE *out)
{
    lineage_schedule_print(why->evidence.universe, &why->evidence.faults, out);
}

static cJSON *head_json(const struct why *why, const char *question)
{
    cJSON *object = cJSON_CreateObject();
    char *faults = text_of(why, print_faults), *asked = text_of(why, print_asked);
    cJSON_AddStringToObject(object, "scenario", why->evidence.name);
    if (why->evidence.run > 0)
        cJSON_AddNumberToObject(object, "run", (double)why->evidence.run);
    cJSON_AddStringToObject(object, "faults", faults);
    cJSON_AddStringToObject(object, "question", question);
    cJSON_AddStringToObject(object, "fact", asked);
    lineage_memory_free(faults);
    lineage_memory_free(asked);
    return object;
}

/* ---- both commands ---- */

static void tell(struct harness_request *request, struct why *why, const char *question,
                 const struct harness_why *const *trees, size_t count)
{
    const struct harness_style style = {harness_wants_colour(stdout), "", ""};
    harness_request_warn(request);
    if (request->json) {
        cJSON *object = head_json(why, question);
        cJSON *list = cJSON_AddArrayToObject(object, "explanations");
        for (size_t i = 0; i < count; i++)
            cJSON_AddItemToArray(list, harness_why_json(&why->explainer, trees[i]));
        if (why->facts.count > count)
            cJSON_AddNumberToObject(object, "more", (double)(why->facts.count - count));
        harness_print_json(object, stdout);
        return;
    }
    if (request->quiet)
        return;
    print_text(why, question, stdout);
    for (size_t i = 0; i < count; i++) {
        fputs(i > 0 ? "\n" : "", stdout);
        harness_why_text(&why->explainer, trees[i], &style, stdout);
    }
    if (why->facts.count > count && count > 0)
        printf("\n%zu more facts are like this; give it fewer _\n", why->facts.count - count);
}

/* Nothing to tell: says so, and which command tells more. */
static int tell_nothing(struct harness_request *request, struct why *why, const char *question,
                        const char *instead)
{
    harness_request_warn(request);
    if (request->json) {
        cJSON *object = head_json(why, question);
        cJSON_AddArrayToObject(object, "explanations");
        cJSON_AddStringToObject(object, "ask", instead);
        harness_print_json(object, stdout);
    } else if (!request->quiet) {
        const bool holds = why->facts.count > 0;
        print_run(&why->evidence, stdout);
        fputs(": ", stdout);
        print_asked(why, stdout);
        printf(holds ? " holds; `ldfi %s` says why\n" : " does not hold; `ldfi %s` says why not\n",
               instead);
    }
    return HARNESS_STATUS_FOUND;
}

static int answer_why(struct harness_request *request, struct why *why)
{
    const struct harness_why *trees[FACTS_TOLD_MAX];
    size_t count = 0;
    if (why->facts.count == 0)
        return tell_nothing(request, why, "why", "why-not");
    for (; count < why->facts.count && count < FACTS_TOLD_MAX; count++)
        trees[count] = harness_why(&why->explainer, why->facts.items[count]);
    tell(request, why, "why", trees, count);
    return HARNESS_STATUS_OK;
}

/* The messages of a capture that are like the fact and did not arrive. */
static void find_lost(const struct why *why, lineage_numbers *lost)
{
    const struct lineage_execution *run = &why->evidence.bad;
    for (uint32_t i = 0; i < run->messages.count; i++) {
        const struct lineage_message *message = &run->messages.items[i];
        if (message->fate != LINEAGE_DELIVERED &&
            lineage_tuple_relation(run->universe, message->tuple) ==
                lineage_tuple_relation(run->universe, why->fact.pattern) &&
            lineage_tuple_match(run->universe, why->fact.pattern, message->tuple) == LINEAGE_MATCH)
            LINEAGE_PUSH(lost, i);
    }
}

static void tell_lost(const struct why *why, const lineage_numbers *lost, cJSON *list)
{
    const struct lineage_execution *run = &why->evidence.bad;
    for (size_t i = 0; i < lost->count; i++) {
        const struct lineage_message *message = &run->messages.items[lost->items[i]];
        char *text = lineage_tuple_text(run->universe, message->tuple);
        if (list == NULL) {
            printf("  %s, sent at %u\n", harness_make_printable(text), message->sent_time);
        } else {
            cJSON *item = cJSON_CreateObject();
            cJSON_AddStringToObject(item, "tuple", text);
            cJSON_AddNumberToObject(item, "time", message->sent_time);
            cJSON_AddItemToArray(list, item);
        }
        lineage_memory_free(text);
    }
}

/* A capture has messages and no rules. */
static int answer_of_capture(struct harness_request *request, struct why *why)
{
    lineage_numbers lost = {0};
    find_lost(why, &lost);
    harness_request_warn(request);
    if (request->json) {
        cJSON *object = head_json(why, "why not");
        cJSON_AddArrayToObject(object, "explanations");
        tell_lost(why, &lost, cJSON_AddArrayToObject(object, "lost"));
        harness_print_json(object, stdout);
    } else if (!request->quiet) {
        print_text(why, "why not", stdout);
        puts("A capture has no rules, so nobody can say what could have derived it.");
        puts(lost.count > 0 ? "Messages like it did not arrive:"
                            : "No message like it was lost, either.");
        tell_lost(why, &lost, NULL);
    }
    lineage_memory_free(lost.items);
    return HARNESS_STATUS_OK;
}

static int answer_why_not(struct harness_request *request, struct why *why)
{
    if (why->facts.count > 0)
        return tell_nothing(request, why, "why-not", "why");
    if (why->evidence.is_capture)
        return answer_of_capture(request, why);
    const struct harness_why *tree =
        harness_why_not(&why->explainer, why->fact.pattern, why->fact.time);
    tell(request, why, "why not", &tree, 1);
    return HARNESS_STATUS_OK;
}

/* Makes the run, reads the fact and finds those like it. */
static int prepare(struct harness_request *request, struct why *why)
{
    const int status = harness_request_evidence(request, &why->evidence);
    if (status >= 0)
        return status;
    if (!harness_read_fact(request->own_operands.items[0], request->own_operand_places.items[0],
                           why->evidence.bad.universe, why->evidence.bad.eot,
                           &request->session.diagnostics, &request->line.arena, &why->fact))
        return HARNESS_STATUS_BAD_INPUT;
    harness_explainer_open(&why->explainer, &why->evidence, why->limits);
    harness_find_facts(&why->evidence.bad, &why->explainer.proofs, why->fact.pattern,
                       why->fact.time, &why->facts);
    return -1;
}

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    struct why why = {.limits = HARNESS_WHY_LIMITS};
    struct harness_request request = {
        .handle = handle, .own = &why, .takes_runs = true, .own_operand_count = 1};
    int status = harness_request_open(&request, command, argc, argv);
    if (status >= 0)
        return status;
    status = prepare(&request, &why);
    if (status < 0)
        status = (command == &harness_command_why ? answer_why : answer_why_not)(&request, &why);
    if (why.explainer.evidence != NULL)
        harness_explainer_close(&why.explainer);
    lineage_memory_free(why.facts.items);
    harness_evidence_free(&why.evidence);
    return request.session.diagnostics.error_count > 0 ? harness_request_fail(&request, status)
                                                       : harness_request_finish(&request, status);
}

const struct harness_command harness_command_why = {
    .name = "why",
    .summary = "say why a fact holds in a run: its smallest proof",
    .purpose = HARNESS_UNDERSTANDS,
    .synopsis = "SCENARIO.json FACT [--omit FROM,TO,TIME] [--crash NODE,TIME]\n"
                "ENTRY.json FACT\n"
                "FILE.db FACT [--run N]\n",
    .about = "Draws the smallest proof of a fact in one run, as a tree: each fact with the\n"
             "rule that derived it and the message that it came by, down to inputs and\n"
             "faults. FACT is written as in a model, with _ for anything; without @TIME it\n"
             "is about the end of time. Exit status 1: it does not hold.\n",
    .examples = "ldfi why scenarios/primary_backup/rung3.json --crash c,3 'holds(a, 1, w1)'\n",
    .options = why_options,
    .run = run_command};

const struct harness_command harness_command_why_not = {
    .name = "why-not",
    .summary = "say why a fact does not hold in a run: what was missing",
    .purpose = HARNESS_UNDERSTANDS,
    .synopsis = "SCENARIO.json FACT [--omit FROM,TO,TIME] [--crash NODE,TIME]\n"
                "ENTRY.json FACT\n"
                "FILE.db FACT [--run N]\n",
    .about = "Draws why no fact like FACT holds in one run, as a tree: which premise of which\n"
             "rule was missing, and why. Where the run without faults has the fact, it goes\n"
             "by how that came about, and ends at what the faults have done. Exit status 1:\n"
             "it holds.\n",
    .examples = "ldfi why-not scenarios/primary_backup/rung3.json --crash c,3 'acked(C, w1)'\n",
    .options = why_not_options,
    .run = run_command};
