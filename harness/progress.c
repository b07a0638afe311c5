#include "report.h"

static const double SECONDS_BETWEEN = 0.1;

void harness_progress(struct harness_search *search)
{
    const double now = harness_seconds();
    const double running = now - search->budget.start_seconds;
    if (running < SECONDS_BETWEEN * 3 || now - search->progress_drawn < SECONDS_BETWEEN)
        return;
    search->progress_drawn = now;
    fprintf(stderr, "\r\033[K%s: %zu runs, %zu hypotheses", search->scenario->name,
            (size_t)search->runs, (size_t)search->hypotheses);
    if (search->states > 0)
        fprintf(stderr, ", %zu states", (size_t)search->states);
    fprintf(stderr, ", schedules of %zu fault%s open, %.1f s", search->size,
            search->size == 1 ? "" : "s", running);
    fflush(stderr);
}

void harness_progress_end(struct harness_search *search)
{
    if (search->progress_drawn > 0)
        fputs("\r\033[K", stderr);
    search->progress_drawn = 0;
}
