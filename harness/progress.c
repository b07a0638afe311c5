#include "report.h"

#include <sys/ioctl.h>
#include <unistd.h>

static const double SECONDS_BETWEEN = 0.1;

void harness_progress(struct harness_search *search)
{
    const double now = harness_seconds();
    const double running = now - search->budget.start_seconds;
    if (running < SECONDS_BETWEEN * 3 || now - search->progress_drawn < SECONDS_BETWEEN)
        return;
    search->progress_drawn = now;
    char line[256], states[32] = "";
    struct winsize size;
    const bool has_size = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    if (search->states > 0)
        snprintf(states, sizeof states, ", %zu states", (size_t)search->states);
    snprintf(line, sizeof line, "%s: %zu runs%s, up to %zu fault%s open, %.1f s",
             search->scenario->name, (size_t)search->runs, states, search->size,
             search->size == 1 ? "" : "s", running);
    /* A line that wraps could not be taken back. */
    fprintf(stderr, "\r\033[K%.*s", has_size ? size.ws_col - 1 : 79, line);
    fflush(stderr);
}

void harness_progress_end(struct harness_search *search)
{
    if (search->progress_drawn > 0)
        fputs("\r\033[K", stderr);
    search->progress_drawn = 0;
}
