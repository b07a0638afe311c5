/* What people and programs are told of a search or a replay. */
#ifndef LDFI_HARNESS_REPORT_H
#define LDFI_HARNESS_REPORT_H

#include "progress.h"
#include "search.h"

#include <cjson/cJSON.h>

struct harness_style {
    bool colour;
    const char *program;        /* as the user called it */
    const char *scenario_words; /* how the user named the scenario, for the command that replays */
};

/* An escape code, where colours are wanted. */
static inline const char *harness_paint(const struct harness_style *style, const char *escape)
{
    return style->colour ? escape : "";
}

/* A search, for people: the verdict, what was searched, and each counterexample as a diagram with
 * what was promised and the command that replays it. */
void harness_report_text(struct harness_search *search, const struct harness_style *style,
                         FILE *out);

/* The same as JSON (README.md, "JSON"); the caller deletes it. */
cJSON *harness_report_json(const struct harness_search *search);

/* One run under a schedule given by hand. */
struct harness_replay {
    const struct harness_search *search; /* its scenario, bounds and executor */
    const struct lineage_schedule *schedule;
    const struct lineage_execution *execution;
    const lineage_tuples *broken;
    const uint32_t *shown; /* the relations whose facts are wanted */
    size_t shown_count;
};

/* Is the fact one of those wanted? */
bool harness_replay_shows(const struct harness_replay *replay, const struct lineage_fact *fact);

void harness_replay_text(const struct harness_replay *replay, const struct harness_style *style,
                         FILE *out);
cJSON *harness_replay_json(const struct harness_replay *replay);

/* What the JSON of all commands begins with, and the list of warnings; the caller deletes both. */
cJSON *harness_head_json(const struct harness_search *search);
cJSON *harness_warnings_json(const struct lineage_diagnostics *diagnostics);

/* Prints JSON and a newline; deletes it. `out` remembers if writing failed. */
void harness_print_json(cJSON *json, FILE *out);

/* Prints a word as a shell reads it back. */
void harness_print_word(const char *word, FILE *out);

/* Errors as {"error": {...}, "errors": [...]}. */
cJSON *harness_errors_json(const struct lineage_diagnostics *diagnostics);

/* Is the file a terminal on which colours are wanted (NO_COLOR, TERM=dumb)? */
bool harness_wants_colour(FILE *out);

#endif
