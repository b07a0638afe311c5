#include "report.h"

#include "diagram.h"
#include "shape.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool harness_wants_colour(FILE *out)
{
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(fileno(out)) && (no_colour == NULL || no_colour[0] == '\0') &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

static void print_texts(const harness_texts *texts, FILE *out)
{
    for (size_t i = 0; i < texts->count; i++)
        fprintf(out, "%s%s", i > 0 ? " " : "", texts->items[i]);
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void print_bounds(const struct harness_search *search, FILE *out)
{
    const struct harness_scenario *scenario = search->scenario;
    fprintf(out, "  bounds   EOT %u, EFF %u, crashes %u", scenario->eot, scenario->eff,
            scenario->crashes);
    if (scenario->omissions != LINEAGE_UNBOUNDED)
        fprintf(out, ", omissions %u", scenario->omissions);
    fputs("; nodes ", out);
    print_texts(&scenario->nodes, out);
    if (scenario->immune.count > 0) {
        fputs(" (immune: ", out);
        print_texts(&scenario->immune, out);
        fputc(')', out);
    }
    fprintf(out, "; %s oracle\n", scenario->oracle == LINEAGE_STRICT ? "strict" : "molly");
    if (!search->has_good)
        return;
    const struct harness_statistics *good = &search->statistics;
    fprintf(out, "  good run %zu message%s, %zu fact%s, %zu promise%s\n", (size_t)good->messages,
            plural(good->messages), (size_t)good->facts, plural(good->facts), (size_t)good->pre,
            plural(good->pre));
}

static void print_work(const struct harness_search *search, FILE *out)
{
    fprintf(out, "  search   %s: %zu run%s", harness_strategy_name(search->options.strategy),
            (size_t)search->runs, plural(search->runs));
    if (search->checks > 0)
        fprintf(out, ", %zu check%s", (size_t)search->checks, plural(search->checks));
    if (search->states > 0)
        fprintf(out, ", %zu state%s", (size_t)search->states, plural(search->states));
    fprintf(out, ", %.2f s\n", harness_seconds() - search->budget.start_seconds);
}

static void print_headline(const struct harness_search *search, const struct harness_style *style,
                           FILE *out)
{
    const size_t count = search->counterexamples.count;
    const char *colour = search->verdict == HARNESS_CERTIFIED || search->verdict == HARNESS_KEPT
                             ? "\033[32m"
                         : search->verdict == HARNESS_COUNTEREXAMPLE ? "\033[31m"
                                                                     : "\033[33m";
    fprintf(out, "%s: %s%s%s", search->scenario->name, harness_paint(style, colour),
            harness_verdict_name(search->verdict), harness_paint(style, "\033[0m"));
    if (harness_is_as_expected(search))
        fputs(", as expected", out);
    else if (search->scenario->expect != HARNESS_NO_EXPECTATION &&
             search->scenario->expect != search->verdict)
        fprintf(out, ", but %s was expected", harness_verdict_name(search->scenario->expect));
    if (search->verdict == HARNESS_CERTIFIED) {
        fputs(search->vacuous ? ": VACUOUS, for nothing is promised"
                              : ": no schedule within the bounds breaks the promise",
              out);
    } else if (search->verdict == HARNESS_KEPT) {
        fputs(search->vacuous ? ": VACUOUS, for nothing is promised"
                              : ": the promise holds under the scenario's own faults",
              out);
    } else if (search->options.strategy == HARNESS_REPLAY && count > 0) {
        fputs(": the scenario's own faults break the promise", out);
    } else if (search->verdict == HARNESS_INCOMPLETE) {
        fprintf(out, ": %s",
                search->failure != HARNESS_NO_FAILURE ? "the search failed"
                : search->budget.stop == HARNESS_GOES_ON
                    ? "random schedules found nothing, which proves nothing"
                    : harness_stop_reason(search->budget.stop));
    } else if (search->options.all) {
        fprintf(out, ": %zu minimal schedule%s%s", count, plural(count),
                !search->complete ? ", and there may be more"
                : count == 1      ? ", and no other"
                                  : ", and these are all");
    } else if (count > 0) {
        const size_t size = lineage_schedule_size(&search->counterexamples.items[0].schedule);
        if (size == 0)
            fputs(": the promise is broken without any fault", out);
        else
            fprintf(out, ": %zu fault%s break%s the promise%s", size, plural(size),
                    size == 1 ? "s" : "", search->complete ? ", fewer do not" : "");
    }
    fputc('\n', out);
}

static void print_broken(const struct lineage_universe *universe, const lineage_tuples *broken,
                         uint32_t eot, FILE *out)
{
    for (size_t i = 0; i < broken->count; i++) {
        const bool is_failure = lineage_is_failure(universe, broken->items[i]);
        if (i == 0 && !is_failure)
            fprintf(out, "Promised and not kept at time %u (pre without post):\n", eot);
        else if (is_failure && (i == 0 || !lineage_is_failure(universe, broken->items[i - 1])))
            fputs("A handler failed, and the run ended with it:\n", out);
        fputs("  ", out);
        lineage_tuple_print(universe, broken->items[i], out);
        fputc('\n', out);
    }
}

void harness_print_word(const char *word, FILE *out)
{
    if (word[0] != '\0' &&
        word[strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                          "@%+=:,./-_")] == '\0') {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word != '\0'; word++)
        fputs(*word == '\'' ? "'\\''" : (char[]){*word, '\0'}, out);
    fputc('\'', out);
}

static void print_options(const struct lineage_universe *universe,
                          const struct lineage_schedule *schedule, FILE *out)
{
    for (size_t i = 0; i < schedule->omissions.count; i++) {
        const struct lineage_omission *o = &schedule->omissions.items[i];
        fputs(" --omit ", out);
        harness_print_word(lineage_node_name(universe, o->from), out);
        fputc(',', out);
        harness_print_word(lineage_node_name(universe, o->to), out);
        fprintf(out, ",%u", o->time);
    }
    for (size_t i = 0; i < schedule->crashes.count; i++) {
        fputs(" --crash ", out);
        harness_print_word(lineage_node_name(universe, schedule->crashes.items[i].node), out);
        fprintf(out, ",%u", schedule->crashes.items[i].time);
    }
}

/* A command about the scenario, under a schedule of faults (NULL: none) */
static void print_command(const char *command, const struct harness_search *search,
                          const struct lineage_schedule *schedule,
                          const struct harness_style *style, FILE *out)
{
    fprintf(out, " %s %s %s", style->program, command, style->scenario_words);
    if (schedule != NULL)
        print_options(search->executor->universe, schedule, out);
    fputc('\n', out);
}

static void print_times(const struct lineage_universe *universe,
                        const struct harness_counterexample *found, FILE *out)
{
    for (size_t i = 0; i < found->schedule.crashes.count; i++) {
        const harness_times *times = &found->times[i];
        if (times->count < 2)
            continue;
        fprintf(out, "The same happens when %s crashes at",
                lineage_node_name(universe, found->schedule.crashes.items[i].node));
        for (size_t j = 1; j < times->count; j++) /* the first is the schedule's own */
            fprintf(out, "%s %u",
                    j == 1                  ? ""
                    : j + 1 == times->count ? " or"
                                            : ",",
                    times->items[j]);
        fputs(".\n", out);
    }
}

static void print_counterexample(struct harness_search *search, size_t number,
                                 const struct harness_style *style, FILE *out)
{
    const struct harness_counterexample *found = &search->counterexamples.items[number];
    const struct lineage_universe *universe = search->executor->universe;
    struct lineage_execution execution;
    struct harness_shape shape;
    fprintf(out, "\nCounterexample %zu: %s", number + 1, harness_paint(style, "\033[1m"));
    lineage_schedule_print(universe, &found->schedule, out);
    fprintf(out, "%s\n\n", harness_paint(style, "\033[0m"));
    search->executor->poll = NULL;
    const bool ended = search->executor->execute(search->executor, &found->schedule, true,
                                                 &execution) == HARNESS_OK;
    if (ended)
        harness_diagram(&execution, &found->schedule, style->colour, out);
    fputc('\n', out);
    print_broken(universe, &found->broken, search->bounds.eot, out);
    if (ended) {
        harness_shape_of(search, found, &execution, &shape);
        harness_shape_print_first(search, &shape, out);
        harness_shape_free(&shape);
    }
    lineage_execution_free(&execution);
    print_times(universe, found, out);
    if (search->counterexamples.count > 1) { /* of one alone the last line has the faults */
        fputs("Replay it:\n ", out);
        print_command("replay", search, &found->schedule, style, out);
    }
}

/* Was the same tuple sent one step earlier, too? */
static bool was_sent_before(const struct lineage_execution *execution,
                            const struct lineage_message *message)
{
    for (size_t i = 0; i < execution->messages.count; i++) {
        const struct lineage_message *other = &execution->messages.items[i];
        if (other->tuple == message->tuple && other->from == message->from &&
            other->sent_time + 1 == message->sent_time)
            return true;
    }
    return false;
}

/* Counts messages that were under way when time ended, but for those sent again and again. */
static size_t count_in_flight(const struct lineage_execution *execution)
{
    size_t count = 0;
    for (size_t i = 0; i < execution->messages.count; i++)
        count += execution->messages.items[i].fate == LINEAGE_IN_FLIGHT &&
                 !was_sent_before(execution, &execution->messages.items[i]);
    return count;
}

/* The first counterexample, and the command that says why it is one. */
static void print_smallest(const struct harness_search *search, const struct harness_style *style,
                           FILE *out)
{
    const struct harness_counterexample *found = &search->counterexamples.items[0];
    const struct lineage_universe *universe = search->executor->universe;
    fputs("  faults   ", out);
    lineage_schedule_print(universe, &found->schedule, out);
    fputs("\n  broken   ", out);
    if (found->broken.count > 1)
        fprintf(out, "%zu promises at time %u, the first ", found->broken.count,
                search->bounds.eot);
    if (found->broken.count > 0)
        lineage_tuple_print(universe, found->broken.items[0], out);
    fputs("\n  explain ", out);
    print_command("explain", search, &found->schedule, style, out);
}

/* What a search that was cut short knows, and the command that goes on. */
static void print_incomplete(const struct harness_search *search, const struct harness_style *style,
                             FILE *out)
{
    const struct harness_options *options = &search->options;
    const struct harness_budget *budget = &search->budget;
    const bool is_lineage = options->strategy == HARNESS_LINEAGE;
    if (is_lineage && search->size > 1)
        fprintf(out, "  so far   no schedule of fewer than %zu faults breaks the promise\n",
                search->size);
    fprintf(out, "  go on    %s run %s", style->program, style->scenario_words);
    if (options->strategy == HARNESS_EXHAUSTIVE)
        fputs(" --search exhaustive", out);
    if (options->all)
        fputs(" --all", out);
    if (budget->stop == HARNESS_OUT_OF_RUNS)
        fprintf(out, " --max-runs %zu", (size_t)budget->runs_max * 10);
    else if (budget->stop == HARNESS_OUT_OF_TIME)
        fprintf(out, " --max-seconds %g", budget->seconds_max * 10);
    fputc('\n', out);
}

/* The end of the report is what a terminal shows of a long one: the verdict, what it rests on, and
 * the command that says more. */
void harness_report_text(struct harness_search *search, const struct harness_style *style,
                         FILE *out)
{
    const bool is_broken = search->counterexamples.count > 0;
    if (is_broken)
        fprintf(out, "%s\n", search->scenario->name);
    else
        print_headline(search, style, out);
    print_bounds(search, out);
    print_work(search, out);
    for (size_t i = 0; i < search->counterexamples.count; i++)
        print_counterexample(search, i, style, out);
    if (is_broken && count_in_flight(&search->good) > 0)
        fprintf(out,
                "Hint: without faults %zu message%s still in flight at time %u; if the protocol "
                "only needs time, raise --eot.\n",
                count_in_flight(&search->good),
                count_in_flight(&search->good) == 1 ? " is" : "s are", search->bounds.eot);
    if (is_broken) {
        fputc('\n', out);
        print_headline(search, style, out);
        print_smallest(search, style, out);
    } else if (search->verdict == HARNESS_INCOMPLETE) {
        print_incomplete(search, style, out);
    } else {
        fputs("  replay  ", out);
        print_command("replay", search, NULL, style, out);
    }
}

bool harness_replay_shows(const struct harness_replay *replay, const struct lineage_fact *fact)
{
    const uint32_t relation = lineage_tuple_relation(replay->execution->universe, fact->tuple);
    for (size_t i = 0; i < replay->shown_count; i++)
        if (replay->shown[i] == relation)
            return true;
    return false;
}

/* Each fact asked for, with the stretches of time over which it holds. */
static void print_facts(const struct harness_replay *replay, FILE *out)
{
    const struct lineage_execution *execution = replay->execution;
    for (size_t i = 0; i < execution->facts.count; i++) {
        const struct lineage_fact *fact = &execution->facts.items[i];
        uint32_t last = fact->time;
        if (!harness_replay_shows(replay, fact) ||
            (fact->time > 1 &&
             lineage_fact_find(execution, fact->tuple, fact->time - 1) != LINEAGE_NONE))
            continue;
        while (last < execution->eot &&
               lineage_fact_find(execution, fact->tuple, last + 1) != LINEAGE_NONE)
            last++;
        if (fact->time == 0)
            fputs("  always ", out);
        else if (last > fact->time)
            fprintf(out, "  %2u-%-2u  ", fact->time, last);
        else
            fprintf(out, "  %2u     ", fact->time);
        lineage_tuple_print(execution->universe, fact->tuple, out);
        fputc('\n', out);
    }
}

void harness_replay_text(const struct harness_replay *replay, const struct harness_style *style,
                         FILE *out)
{
    const struct harness_search *search = replay->search;
    const struct lineage_universe *universe = search->executor->universe;
    const bool is_broken = replay->broken->count > 0;
    size_t promised;
    lineage_facts_at(replay->execution, replay->execution->pre, replay->execution->eot, &promised);
    fprintf(out, "%s: promise %s%s%s under ", search->scenario->name,
            harness_paint(style, is_broken ? "\033[31m" : "\033[32m"),
            is_broken ? "broken" : "kept", harness_paint(style, "\033[0m"));
    lineage_schedule_print(universe, replay->schedule, out);
    fprintf(out, "%s\n\n",
            !is_broken && promised == 0 ? " (nothing is promised: pre is empty)" : "");
    harness_diagram(replay->execution, replay->schedule, style->colour, out);
    fputc('\n', out);
    if (replay->shown_count > 0) {
        fputs("Facts, and when they hold:\n", out);
        print_facts(replay, out);
        fputc('\n', out);
    }
    if (is_broken)
        print_broken(universe, replay->broken, search->bounds.eot, out);
    else if (promised == 0)
        fprintf(out, "Nothing is promised at time %u.\n", search->bounds.eot);
    else if (promised == 1)
        fprintf(out, "The promise is kept at time %u.\n", search->bounds.eot);
    else
        fprintf(out, "All %zu promises are kept at time %u.\n", promised, search->bounds.eot);
    if (!lineage_bounds_allow(&search->bounds, replay->schedule))
        fputs(
            "Note: these faults lie outside the scenario's bounds; a search would not try them.\n",
            out);
}
