#include "report.h"

#include <sys/ioctl.h>
#include <unistd.h>

static const double SECONDS_BETWEEN = 0.1;

bool harness_progress_is_due(double start_seconds, double *drawn)
{
    const double now = harness_seconds();
    if (now - start_seconds < SECONDS_BETWEEN * 3 || now - *drawn < SECONDS_BETWEEN)
        return false;
    *drawn = now;
    return true;
}

void harness_progress_show(const char *line)
{
    struct winsize size;
    const bool has_size = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    /* A line that wraps could not be taken back. */
    fprintf(stderr, "\r\033[K%.*s", has_size ? size.ws_col - 1 : 79, line);
    fflush(stderr);
}

void harness_progress(struct harness_search *search)
{
    char line[256], work[64];
    if (!harness_progress_is_due(search->budget.start_seconds, &search->progress_drawn))
        return;
    /* How many hypotheses a formula still has, only counting its models could tell. */
    if (search->options.strategy == HARNESS_RANDOM)
        snprintf(work, sizeof work, "%zu schedules left",
                 (size_t)(search->options.random_runs - (search->runs - 1)));
    else if (search->options.strategy == HARNESS_EXHAUSTIVE)
        snprintf(work, sizeof work, "%zu states", (size_t)search->states);
    else
        snprintf(work, sizeof work, "%zu hypotheses", (size_t)search->hypotheses);
    snprintf(line, sizeof line, "%s: %zu runs, %s, smallest open size %zu, %.1f s",
             search->scenario->name, (size_t)search->runs, work, search->size,
             harness_seconds() - search->budget.start_seconds);
    harness_progress_show(line);
}

void harness_progress_end(double *drawn)
{
    if (*drawn > 0)
        fputs("\r\033[K", stderr);
    *drawn = 0;
}
