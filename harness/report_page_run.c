/* A run on the page: lists of numbers. -1 stands for none; a premise is its number times four and
 * its kind. */
#include "report_page.h"

#include "../lineage/difference.h"

static long number_or_none(uint32_t number)
{
    return number == LINEAGE_NONE ? -1L : (long)number;
}

/* The number of a tuple on the page. */
static uint32_t page_tuple(struct harness_page_search *search, lineage_tuple tuple)
{
    const size_t count = search->universe->tuples.count;
    if (count > search->tuple_capacity) {
        const size_t known = search->tuple_capacity;
        search->tuple_numbers = lineage_memory_reserve(
            search->tuple_numbers, &search->tuple_capacity, count, sizeof *search->tuple_numbers);
        for (size_t i = known; i < search->tuple_capacity; i++)
            search->tuple_numbers[i] = LINEAGE_NONE;
    }
    if (search->tuple_numbers[tuple] == LINEAGE_NONE) {
        search->tuple_numbers[tuple] = (uint32_t)search->tuples.count;
        LINEAGE_PUSH(&search->tuples, tuple);
    }
    return search->tuple_numbers[tuple];
}

/* Begins a list; what follows is separated by the words that `separator` returns. */
static void begin_list(FILE *out, const char *before, const char *key)
{
    fprintf(out, "%s\"%s\":[", before, key);
}

static const char *separator(size_t index)
{
    return index == 0 ? "" : ",";
}

static void write_messages(struct harness_page_search *search,
                           const struct lineage_execution *execution)
{
    FILE *out = search->page->out;
    begin_list(out, "{", "messages");
    for (size_t i = 0; i < execution->messages.count; i++) {
        const struct lineage_message *message = &execution->messages.items[i];
        fprintf(out, "%s%u,%ld,%ld,%u,%d", separator(i), page_tuple(search, message->tuple),
                number_or_none(message->from), number_or_none(message->to), message->sent_time,
                (int)message->fate);
    }
    fputc(']', out);
}

static void write_facts(struct harness_page_search *search,
                        const struct lineage_execution *execution)
{
    FILE *out = search->page->out;
    begin_list(out, ",", "facts");
    for (size_t i = 0; i < execution->facts.count; i++)
        fprintf(out, "%s%u,%u", separator(i), page_tuple(search, execution->facts.items[i].tuple),
                execution->facts.items[i].time);
    fputc(']', out);
    begin_list(out, ",", "absences");
    for (size_t i = 0; i < execution->absences.count; i++)
        fprintf(out, "%s%u,%u", separator(i),
                page_tuple(search, execution->absences.items[i].pattern),
                execution->absences.items[i].time);
    fputc(']', out);
}

/* rule, head, message, exactly, how many premises, the premises */
static void write_firings(FILE *out, const struct lineage_execution *execution)
{
    begin_list(out, ",", "firings");
    for (size_t i = 0; i < execution->firings.count; i++) {
        const struct lineage_firing *firing = &execution->firings.items[i];
        size_t count;
        const uint32_t *premises = lineage_premises_of(execution, (uint32_t)i, &count);
        fprintf(out, "%s%u,%ld,%ld,%ld,%zu", separator(i), firing->rule,
                number_or_none(firing->head), number_or_none(firing->message),
                number_or_none(firing->exactly), count);
        for (size_t p = 0; p < count; p++)
            fprintf(out, ",%lu",
                    4UL * lineage_premise_number(premises[p]) + lineage_premise_kind(premises[p]));
    }
    fputc(']', out);
}

/* kind, is it a firing of this run (else of the good one, and missing), firing, does it lead */
static void write_differences(FILE *out, const struct lineage_difference *difference)
{
    begin_list(out, ",", "differences");
    for (size_t i = 0; i < difference->items.count; i++) {
        const struct lineage_difference_item *item = &difference->items.items[i];
        fprintf(out, "%s%d,%d,%u,%d", separator(i), (int)item->kind, item->is_new, item->firing,
                lineage_difference_leads(difference, item));
    }
    fputc(']', out);
}

static void write_crashes(FILE *out, const struct lineage_schedule *faults)
{
    begin_list(out, ",", "crashes");
    for (size_t i = 0; i < faults->crashes.count; i++)
        fprintf(out, "%s%u,%u", separator(i), faults->crashes.items[i].node,
                faults->crashes.items[i].time);
    fputc(']', out);
}

static void write_broken(struct harness_page_search *search, const lineage_tuples *broken)
{
    FILE *out = search->page->out;
    begin_list(out, ",", "broken");
    for (size_t i = 0; i < broken->count; i++)
        fprintf(out, "%s%u", separator(i), page_tuple(search, broken->items[i]));
    fputc(']', out);
}

/* Would the page hold no more than it may, with so many more? */
static bool is_room(size_t written, size_t more, size_t most)
{
    return written <= most && more <= most - written;
}

bool harness_page_run(struct harness_page_search *search, int64_t run,
                      const struct lineage_execution *execution,
                      const struct lineage_schedule *faults, const lineage_tuples *broken,
                      bool is_whole)
{
    struct harness_page *page = search->page;
    is_whole = is_whole && is_room(page->firings, execution->firings.count, HARNESS_PAGE_FIRINGS) &&
               is_room(page->facts, execution->facts.count, HARNESS_PAGE_FIRINGS);
    if (!is_whole && !is_room(page->messages, execution->messages.count, HARNESS_PAGE_MESSAGES))
        return false;
    harness_page_begin(page->out, "run", run, is_whole ? "whole" : "messages");
    write_messages(search, execution);
    write_crashes(page->out, faults);
    if (is_whole) {
        if (broken != NULL)
            write_broken(search, broken);
        write_facts(search, execution);
        write_firings(page->out, execution);
        page->firings += execution->firings.count;
        page->facts += execution->facts.count;
    } else {
        page->messages += execution->messages.count;
    }
    if (is_whole && broken != NULL && broken->count > 0) {
        struct lineage_difference difference;
        lineage_difference_find(&search->good, execution, broken, &difference);
        write_differences(page->out, &difference);
        lineage_difference_free(&difference);
    }
    fputc('}', page->out);
    harness_page_end(page->out);
    if (is_whole && (broken == NULL || broken->count > 0))
        harness_graphs_add(page->graphs, run, execution, broken);
    return true;
}
