/* An explanation for people. */
#include "explain.h"

enum { CLOSERS_MAX = 3 }; /* that are shown of one outcome */

struct printer {
    const struct harness_explanation *explanation;
    const struct lineage_universe *universe;
    const struct harness_style *style;
    FILE *out;
};

static void print_tuple(const struct printer *printer, lineage_tuple tuple)
{
    lineage_tuple_print(printer->universe, tuple, printer->out);
}

static void heading(const struct printer *printer, const char *text)
{
    fprintf(printer->out, "\n%s%s%s\n", harness_paint(printer->style, "\033[1m"), text,
            harness_paint(printer->style, "\033[0m"));
}

/* "  rule   (file:line)" */
static void print_rule(const struct printer *printer, const char *margin, uint32_t number)
{
    const struct lineage_rule *rule = &printer->universe->rules.items[number];
    fprintf(printer->out, "%s%s", margin, rule->text);
    if (rule->line > 0)
        fprintf(printer->out, "\n%s    %s%s:%u%s", margin, harness_paint(printer->style, "\033[2m"),
                rule->file, rule->line, harness_paint(printer->style, "\033[0m"));
}

static void print_story(const struct printer *printer)
{
    const struct harness_explanation *explanation = printer->explanation;
    heading(printer, "What happens");
    for (size_t i = 0; i < explanation->story.count; i++)
        fprintf(printer->out, "  at %2u  %s\n", explanation->story.items[i].time,
                explanation->story.items[i].text);
    fprintf(printer->out, "  at %2u  ", explanation->evidence->bad.eot);
    print_tuple(printer, explanation->told);
    fputs(lineage_is_failure(printer->universe, explanation->told) ? ": the run ends with it\n"
                                                                   : " is promised, and not kept\n",
          printer->out);
}

static void print_cut(const struct printer *printer, const struct lineage_delivery *delivery)
{
    static const char *const words[] = {
        [LINEAGE_ARRIVES] = "arrives",        [LINEAGE_ARRIVES_LATE] = "arrives late, at ",
        [LINEAGE_CUT_BY_OMISSION] = "LOST: ", [LINEAGE_CUT_BY_CRASH] = "LOST: ",
        [LINEAGE_TOO_LATE] = "sent too late", [LINEAGE_NOT_SENT] = "not sent"};
    const bool is_cut = delivery->cut != LINEAGE_ARRIVES;
    fprintf(printer->out, "      %s -> %s at %u",
            lineage_node_name(printer->universe, delivery->from),
            lineage_node_name(printer->universe, delivery->to), delivery->first_time);
    if (delivery->count > 1)
        fprintf(printer->out, " to %u", delivery->last_time);
    fputs("  ", printer->out);
    print_tuple(printer, delivery->tuple);
    fprintf(printer->out, "  %s%s", is_cut ? harness_paint(printer->style, "\033[31m") : "",
            words[delivery->cut]);
    if (delivery->cut == LINEAGE_ARRIVES_LATE)
        fprintf(printer->out, "%u", delivery->cut_time);
    if (delivery->cut == LINEAGE_CUT_BY_OMISSION || delivery->cut == LINEAGE_CUT_BY_CRASH) {
        char *faults = harness_explain_cut(printer->explanation->evidence, delivery);
        fputs(faults, printer->out);
        lineage_memory_free(faults);
    }
    fprintf(printer->out, "%s\n", is_cut ? harness_paint(printer->style, "\033[0m") : "");
}

/* What there is under the faults that each way to an outcome needs absent. */
static void print_closers(const struct printer *printer, const struct lineage_supports *supports)
{
    const struct lineage_execution *bad = &printer->explanation->evidence->bad;
    fputs("    Every way in which it came about needs something absent that there is now:\n",
          printer->out);
    for (size_t i = 0; i < supports->closers.count && i < CLOSERS_MAX; i++) {
        const struct lineage_fact *closer = &bad->facts.items[supports->closers.items[i]];
        fputs("      ", printer->out);
        print_tuple(printer, closer->tuple);
        if (closer->time > 0)
            fprintf(printer->out, " at %u", closer->time);
        fputc('\n', printer->out);
    }
    if (supports->closers.count > CLOSERS_MAX)
        fprintf(printer->out, "      and %zu more\n", supports->closers.count - CLOSERS_MAX);
}

static void print_support_title(const struct printer *printer,
                                const struct lineage_supports *supports, size_t number)
{
    const bool is_last = number + 1 == supports->sets.count;
    const char *others = !is_last                 ? ""
                         : !supports->is_complete ? " (there may be others)"
                         : supports->closed_count > 0
                             ? " (others need something absent that there is now)"
                             : "";
    if (supports->sets.count == 1 && supports->is_complete && supports->closed_count == 0)
        fprintf(printer->out, "    Its only support%s:\n",
                supports->wants_absences ? ", beside what must be absent" : "");
    else
        fprintf(printer->out, "    Support %zu%s:\n", number + 1, others);
}

static void print_supports(const struct printer *printer, const struct lineage_supports *supports)
{
    if (supports->sets.count == 0) {
        if (supports->closers.count > 0)
            print_closers(printer, supports);
        return;
    }
    if (supports->sets.items[0].count == 0) {
        fputs("    It rests on no message that can be lost.\n", printer->out);
        return;
    }
    for (size_t i = 0; i < supports->sets.count; i++) {
        const struct lineage_support_set *set = &supports->sets.items[i];
        print_support_title(printer, supports, i);
        for (size_t j = 0; j < set->count; j++)
            print_cut(printer, &supports->deliveries.items[set->items[j]]);
    }
}

static void print_lacks(const struct printer *printer)
{
    const struct harness_explanation *explanation = printer->explanation;
    if (explanation->lacks.missing.count == 0)
        return;
    heading(printer, "What the promise lacks");
    for (size_t i = 0; i < explanation->lacks.missing.count; i++) {
        const struct lineage_lack *lack = &explanation->lacks.missing.items[i];
        const struct lineage_fact *fact = &explanation->evidence->good.facts.items[lack->fact];
        fputs("  ", printer->out);
        print_tuple(printer, fact->tuple);
        fprintf(printer->out, " at %u", fact->time);
        if (lack->because != LINEAGE_NONE) {
            fputs(", without which there is ", printer->out);
            print_tuple(printer, explanation->evidence->bad.facts.items[lack->because].tuple);
        }
        fputc('\n', printer->out);
        print_supports(printer, &explanation->supports.items[i]);
    }
}

/* Is it the node of the firing itself that has crashed? Handlers are not called any more. */
static bool is_of_crashed_node(const struct lineage_execution *execution,
                               const struct lineage_difference_item *item)
{
    const struct lineage_universe *universe = execution->universe;
    const struct lineage_firing *firing = &execution->firings.items[item->firing];
    if (item->kind != LINEAGE_READS_CRASH || firing->head == LINEAGE_NONE)
        return false;
    const lineage_tuple head = execution->facts.items[firing->head].tuple;
    const lineage_value node =
        firing->message == LINEAGE_NONE
            ? lineage_tuple_values(universe, head)[0]
            : universe->nodes.items[execution->messages.items[firing->message].from];
    return lineage_tuple_values(universe, item->tuple)[1] == node;
}

static void print_firing(const struct printer *printer, const struct lineage_difference_item *item)
{
    static const char *const kinds[] = {[LINEAGE_LOST] = "its message was lost",
                                        [LINEAGE_READS_CRASH] = "it reads who has crashed",
                                        [LINEAGE_UNEXPLAINED] = "nobody knows why"};
    const struct harness_evidence *evidence = printer->explanation->evidence;
    const struct harness_executor *executor = &evidence->session->executor;
    const struct lineage_execution *execution = item->is_new ? &evidence->bad : &evidence->good;
    char *bindings = executor->bindings(executor, execution, item->firing);
    print_rule(printer, "  ", item->rule);
    fprintf(printer->out, "\n      at %u", item->time);
    if (bindings[0] != '\0')
        fprintf(printer->out, " with %s", bindings);
    fprintf(printer->out, ": %s\n",
            is_of_crashed_node(execution, item) ? "its node has crashed" : kinds[item->kind]);
    lineage_memory_free(bindings);
}

/* The firings that are missing; or (`is_new`) those that are new. */
static void print_frontier(const struct printer *printer, bool is_new, const char *title)
{
    const struct lineage_difference *difference = &printer->explanation->difference;
    bool is_begun = false;
    for (size_t i = 0; i < difference->items.count; i++) {
        if (difference->items.items[i].is_new != is_new)
            continue;
        if (!is_begun)
            heading(printer, title);
        is_begun = true;
        print_firing(printer, &difference->items.items[i]);
    }
}

static void print_intruders(const struct printer *printer)
{
    const struct harness_explanation *explanation = printer->explanation;
    const struct lineage_execution *bad = &explanation->evidence->bad;
    for (size_t i = 0; i < explanation->lacks.intruders.count; i++) {
        const uint32_t fact = explanation->lacks.intruders.items[i].fact;
        const uint32_t firing = explanation->bad_proofs.firing_of[fact];
        if (i == 0)
            heading(printer, "What there is instead");
        fputs("  ", printer->out);
        print_tuple(printer, bad->facts.items[fact].tuple);
        if (bad->facts.items[fact].time > 0)
            fprintf(printer->out, " at %u", bad->facts.items[fact].time);
        fputc('\n', printer->out);
        if (firing != LINEAGE_NONE) {
            print_rule(printer, "    ", bad->firings.items[firing].rule);
            fputc('\n', printer->out);
        }
    }
}

static void print_obstacles(const struct printer *printer)
{
    const struct harness_explanation *explanation = printer->explanation;
    if (explanation->obstacles.count > 0)
        heading(printer, "What was in the way");
    for (size_t i = 0; i < explanation->obstacles.count; i++) {
        const struct harness_obstacle *obstacle = &explanation->obstacles.items[i];
        print_rule(printer, "  ", obstacle->rule);
        fprintf(printer->out, "\n      at %u with %s: there is ", obstacle->time,
                obstacle->bindings);
        print_tuple(printer, explanation->evidence->bad.facts.items[obstacle->blocker].tuple);
        fputc('\n', printer->out);
    }
}

static void print_advised_rule(const struct printer *printer, uint32_t rule)
{
    print_rule(printer, "       ", rule);
    fputc('\n', printer->out);
}

static void print_advice(const struct printer *printer)
{
    const struct harness_explanation *explanation = printer->explanation;
    heading(printer, "What would help");
    if (explanation->advice.count == 0)
        fputs("  None of the advice that ldfi knows fits here.\n", printer->out);
    for (size_t i = 0; i < explanation->advice.count; i++) {
        const struct harness_advice *advice = &explanation->advice.items[i];
        fprintf(printer->out, "  %zu. %s:\n", i + 1, advice->text);
        if (advice->rule != LINEAGE_NONE)
            print_advised_rule(printer, advice->rule);
        if (advice->other != LINEAGE_NONE) {
            fputs("     until everybody has acknowledged what this sends:\n", printer->out);
            print_advised_rule(printer, advice->other);
        }
        for (size_t j = 0; j < advice->rule_count; j++)
            print_advised_rule(printer, advice->rules[j]);
        if (advice->repair.obstacle != NULL)
            fprintf(printer->out, "     (Not to be tried: %s.)\n", advice->repair.obstacle);
    }
}

/* No fault is to blame. */
static void print_without(const struct printer *printer)
{
    const struct harness_evidence *evidence = printer->explanation->evidence;
    if (lineage_is_failure(printer->universe, printer->explanation->told)) {
        fputs("The run without faults fails so, too.\n", printer->out);
        return;
    }
    fputs("The run without faults breaks it, too. What it would need, ldfi why-not says, of\n  ",
          printer->out);
    lineage_values_print(printer->universe, evidence->good.post,
                         lineage_tuple_values(printer->universe, printer->explanation->told),
                         printer->out);
    fputc('\n', printer->out);
}

void harness_explanation_text(const struct harness_explanation *explanation,
                              const struct harness_style *style, FILE *out)
{
    const struct harness_evidence *evidence = explanation->evidence;
    const struct printer printer = {explanation, evidence->universe, style, out};
    fputs(evidence->name, out);
    if (evidence->run > 0)
        fprintf(out, ", run %lld,", (long long)evidence->run);
    fputs(" under ", out);
    lineage_schedule_print(evidence->universe, &evidence->faults, out);
    if (evidence->broken.count > 0 &&
        lineage_is_failure(evidence->universe, evidence->broken.items[0]))
        fputs(": a handler fails\n", out);
    else
        fprintf(out, ": %zu promise%s not kept\n", evidence->broken.count,
                evidence->broken.count == 1 ? " is" : "s are");
    for (size_t i = 0; i < evidence->broken.count; i++) {
        fputs("  ", out);
        print_tuple(&printer, evidence->broken.items[i]);
        fputs(evidence->broken.items[i] == explanation->told && evidence->broken.count > 1
                  ? "   (the one told of below)\n"
                  : "\n",
              out);
    }
    if (!lineage_bounds_allow(&evidence->bounds, &evidence->faults))
        fputs(
            "Note: these faults lie outside the scenario's bounds; a search would not try them.\n",
            out);
    if (explanation->is_without)
        print_without(&printer);
    print_story(&printer);
    print_lacks(&printer);
    print_frontier(&printer, false, "Where the run parts from the one without faults: missing");
    print_obstacles(&printer);
    print_intruders(&printer);
    print_frontier(&printer, true, "Where the run parts from the one without faults: new");
    print_advice(&printer);
}
