#include "progress.h"

#include "printable.h"
#include "search.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const double SECONDS_BETWEEN = 0.1;

enum { LINE_BYTES = 512, PART_BYTES = 160, LEFT_BYTES = 64 };

bool harness_progress_is_due(double start_seconds, double *drawn)
{
    const double now = harness_seconds();
    if (now - start_seconds < SECONDS_BETWEEN * 3 || now - *drawn < SECONDS_BETWEEN)
        return false;
    *drawn = now;
    return true;
}

/* How many bytes of the line fit so many columns; a character of UTF-8 takes one. */
static int fitting_bytes(const char *line, size_t columns)
{
    size_t bytes = 0;
    while (line[bytes] != '\0' && (columns > 0 || ((unsigned char)line[bytes] & 0xc0) == 0x80)) {
        columns -= ((unsigned char)line[bytes] & 0xc0) != 0x80;
        bytes++;
    }
    return (int)bytes;
}

void harness_progress_show(const char *line)
{
    struct winsize size;
    const bool has_size = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    /* A line that wraps could not be taken back. */
    char text[LINE_BYTES];
    snprintf(text, sizeof text, "%s", line);
    harness_make_printable(text);
    fprintf(stderr, "\r\033[K%.*s", fitting_bytes(text, has_size ? size.ws_col - 1U : 79), text);
    fflush(stderr);
}

void harness_progress_end(double *drawn)
{
    if (*drawn > 0)
        fputs("\r\033[K", stderr);
    *drawn = 0;
}

/* ---- many tasks ---- */

/* How long tasks will still take, in seconds, if they take as long as those before: of `total`, so
 * many side by side. Negative: there is nothing to go by. */
static double estimate(const struct harness_tally *tally, size_t total, size_t jobs)
{
    if (tally->answered == 0)
        return -1;
    const double mean = tally->worked_seconds / (double)tally->answered;
    const double waiting = (double)(total - tally->answered - tally->running);
    /* One that has run for longer than the others says that the mean is too small for it. */
    const double oldest = mean > tally->oldest_seconds ? mean - tally->oldest_seconds : 0;
    if (waiting == 0 && oldest == 0)
        return -1;
    const double shared = mean * waiting / (double)(jobs > 0 ? jobs : 1);
    return shared > oldest ? shared : oldest;
}

/* ", about 12 s left" */
static void print_left(double seconds, const char *how, char *part)
{
    if (seconds >= 0 && seconds < 1e7)
        snprintf(part, LEFT_BYTES, ", %s %.0f s left", how, seconds < 1 ? 1 : seconds);
}

void harness_progress_tasks(const struct harness_tasks *tasks, const struct harness_tally *tally,
                            double *drawn)
{
    char line[LINE_BYTES], running[PART_BYTES] = "", left[PART_BYTES] = "", most[PART_BYTES] = "";
    if (!harness_progress_is_due(tasks->start_seconds, drawn))
        return;
    const size_t unanswered = tasks->total - tally->answered;
    if (tally->running > 0)
        snprintf(running, sizeof running, "; %s for %.0f s", tasks->oldest, tally->oldest_seconds);
    print_left(estimate(tally, tasks->total, tasks->jobs), tasks->goes_on ? "at least" : "about",
               left);
    if (tasks->seconds_max > 0 && !tasks->goes_on) {
        const size_t jobs = tasks->jobs > 0 ? tasks->jobs : 1;
        const size_t rounds = (unanswered + jobs - 1) / jobs;
        snprintf(most, sizeof most, ", at most %.0f s", (double)rounds * tasks->seconds_max);
    }
    snprintf(line, sizeof line, "%s: %zu of %zu %s, %.0f s%s%s%s", tasks->command,
             tasks->known + tally->answered, tasks->known + tasks->total, tasks->what,
             harness_seconds() - tasks->start_seconds, left, most, running);
    harness_progress_show(line);
}

/* ---- one search ---- */

/* The size of the largest schedule that the bounds allow. */
static size_t largest_size(const struct harness_search *search)
{
    const struct harness_scenario *scenario = search->scenario;
    const size_t nodes = scenario->nodes.count, immune = scenario->immune.count;
    const size_t mortal = nodes > immune ? nodes - immune : 0;
    const size_t channels = nodes > 0 ? mortal * (nodes - 1) : 0;
    size_t omissions = search->bounds.eff > 1 ? channels * (search->bounds.eff - 1) : 0;
    if (search->bounds.omissions < omissions)
        omissions = search->bounds.omissions;
    return omissions + (search->bounds.crashes < mortal ? search->bounds.crashes : mortal);
}

/* How far one run is. */
static void print_run(const struct harness_search *search, double seconds, char *part)
{
    const struct harness_executor *executor = search->executor;
    const uint32_t now = executor->now != NULL ? executor->now(executor) : 0;
    const int bytes = snprintf(part, PART_BYTES, "one run, time %u of %u", now, executor->eot);
    if (now > 0 && now < executor->eot)
        print_left(seconds / now * (executor->eot - now), "about", part + bytes);
}

/* How far it is. */
static void print_work(const struct harness_search *search, double seconds, char *part)
{
    const struct harness_options *options = &search->options;
    const size_t runs = (size_t)search->runs;
    if (search->doing != NULL)
        snprintf(part, PART_BYTES, "%s", search->doing);
    else if (runs == 0 || options->strategy == HARNESS_REPLAY)
        print_run(search, seconds, part);
    else if (options->strategy == HARNESS_RANDOM)
        snprintf(part, PART_BYTES, "%zu of %zu random schedules", runs - 1,
                 (size_t)options->random_runs);
    else if (options->strategy == HARNESS_EXHAUSTIVE)
        snprintf(part, PART_BYTES, "size %zu of at most %zu, %zu states, %.0f a second",
                 search->size, largest_size(search), (size_t)search->states,
                 (double)search->states / seconds);
    else /* how many hypotheses a formula still has, only counting its models could tell */
        snprintf(part, PART_BYTES, "size %zu of at most %zu, %zu runs, %.0f a second", search->size,
                 largest_size(search), runs, (double)runs / seconds);
}

/* What is left, where the total is known or a budget bounds it. */
static void print_rest(const struct harness_search *search, double seconds, char *part)
{
    const struct harness_budget *budget = &search->budget;
    const struct harness_options *options = &search->options;
    const double runs = (double)search->runs, allowed = budget->seconds_max - seconds;
    const bool is_counted = options->strategy == HARNESS_RANDOM && search->runs > 1;
    const double counted =
        is_counted ? seconds / runs * ((double)options->random_runs - (runs - 1)) : 0;
    if (is_counted && (allowed <= 0 || counted < allowed))
        print_left(counted, options->all ? "about" : "at most about", part);
    else if (allowed > 0)
        print_left(allowed, "at most", part);
    else if (budget->runs_max > 0)
        snprintf(part, PART_BYTES, ", at most %zu runs left",
                 (size_t)harness_budget_runs_left(budget, search->runs));
}

void harness_progress(struct harness_search *search)
{
    char line[LINE_BYTES], work[PART_BYTES] = "", left[PART_BYTES] = "";
    if (!harness_progress_is_due(search->budget.start_seconds, &search->progress_drawn))
        return;
    const double seconds = harness_seconds() - search->budget.start_seconds;
    print_work(search, seconds, work);
    print_rest(search, seconds, left);
    snprintf(line, sizeof line, "%s: %.0f s%s; %s", search->scenario->name, seconds, left, work);
    harness_progress_show(line);
}
