/* What `ldfi report` says on a terminal while it works. */
#include "budget.h"
#include "progress.h"
#include "report_page.h"

#include <stdio.h>

enum { LINE_BYTES = 200 };

/* The seconds that the runs not yet made may take; others of the page's time are over. */
static double seconds_left(const struct harness_page *page, double seconds, bool *is_most)
{
    const double allowed = HARNESS_PAGE_SECONDS > seconds ? HARNESS_PAGE_SECONDS - seconds : 0;
    const size_t done = page->runs_done, total = page->runs_total;
    const double left = done > 0 ? seconds / (double)done * (double)(total - done) : allowed;
    *is_most = done == 0 || left >= allowed;
    return *is_most ? allowed : left;
}

/* How far the run is that is made now: ", time 3 of 22". */
static void print_time(const struct harness_executor *executor, char *part, size_t bytes)
{
    part[0] = '\0';
    if (executor != NULL && executor->now != NULL)
        snprintf(part, bytes, ", time %u of %u", executor->now(executor), executor->eot);
}

void harness_page_show_runs(struct harness_page *page, const struct harness_executor *executor)
{
    char line[LINE_BYTES], time[LINE_BYTES / 2];
    if (!page->shows_progress || !harness_progress_is_due(page->start_seconds, &page->drawn))
        return;
    bool is_most;
    const double seconds = harness_seconds() - page->start_seconds;
    const double left = seconds_left(page, seconds, &is_most);
    const size_t run = page->runs_done + (page->runs_done < page->runs_total);
    print_time(executor, time, sizeof time);
    snprintf(line, sizeof line, "report: %.0f s, %s %.0f s left; run %zu of %zu%s", seconds,
             is_most ? "at most" : "about", left < 1 ? 1 : left, run, page->runs_total, time);
    harness_progress_show(line);
}

void harness_page_show_graphs(struct harness_page *page, size_t graphs)
{
    char line[LINE_BYTES];
    if (!page->shows_progress || graphs == 0 ||
        !harness_progress_is_due(page->start_seconds, &page->drawn))
        return;
    snprintf(line, sizeof line, "report: %.0f s, at most %d s left; lays out %zu graph%s",
             harness_seconds() - page->start_seconds, HARNESS_PAGE_GRAPH_SECONDS, graphs,
             graphs == 1 ? "" : "s");
    harness_progress_show(line);
}
