/* What people and programs are told of a comparison. */
#include "compare.h"

#include "json.h"
#include "report.h"
#include "status.h"
#include "version.h"

#include <string.h>

enum { SHOWN_MAX = 10 };

cJSON *harness_comparison_json(const struct harness_comparison *comparison, int status)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "tool", "ldfi");
    cJSON_AddStringToObject(object, "version", HARNESS_VERSION);
    cJSON_AddStringToObject(object, "old", comparison->versions[HARNESS_OLD]);
    cJSON_AddStringToObject(object, "new", comparison->versions[HARNESS_NEW]);
    cJSON_AddNumberToObject(object, "status", status);
    cJSON *rows = cJSON_AddArrayToObject(object, "scenarios");
    for (size_t i = 0; i < comparison->pairs.count; i++)
        cJSON_AddItemToArray(rows, cJSON_Duplicate(comparison->pairs.items[i].row, true));
    cJSON_AddNumberToObject(object, "left_out", (double)comparison->left_out);
    cJSON_AddItemToObject(object, "sum", cJSON_Duplicate(comparison->sum, true));
    const double seconds = harness_seconds() - comparison->start_seconds;
    cJSON_AddNumberToObject(object, "seconds", (double)(int64_t)(seconds * 1e6) / 1e6);
    return object;
}

/* ---- counterexamples ---- */

/* "agreement, durability" */
static void print_promises(const cJSON *counterexample, FILE *out)
{
    const cJSON *promises = harness_json_get(harness_json_get(counterexample, "shape"), "promises");
    const cJSON *name;
    const char *before = "";
    cJSON_ArrayForEach(name, promises)
    {
        fprintf(out, "%s%s", before, name->valuestring);
        before = ", ";
    }
    if (cJSON_GetArraySize(promises) == 0)
        fputs("the promise", out);
}

static void print_found(const cJSON *found, FILE *out)
{
    const cJSON *old = harness_json_get(found, "old"), *new = harness_json_get(found, "new");
    const bool is_of_new = cJSON_IsObject(new);
    fprintf(out, "%s %s ", harness_json_text(found, "text"), is_of_new ? "breaks" : "broke");
    print_promises(is_of_new ? new : old, out);
    if (harness_json_is(found, "kind", "old bug"))
        fprintf(out, ", as OLD does under other faults%s",
                harness_json_is_true(found, "same_causes") ? "" : " and for other causes");
    if (harness_json_is(found, "kind", "moved"))
        fputs("; NEW breaks it under other faults", out);
    if (harness_json_is(found, "kind", "new bug") && cJSON_IsObject(old)) {
        fputs("; there OLD breaks ", out);
        print_promises(old, out);
    }
    fputc('\n', out);
}

static void print_kind(const cJSON *row, const char *kind, const char *label, const char *colour,
                       const struct harness_style *style, FILE *out)
{
    size_t count = 0;
    const cJSON *found;
    cJSON_ArrayForEach(found, harness_json_get(row, "counterexamples"))
    {
        const bool is_said = harness_json_is(found, "kind", "open") &&
                             cJSON_IsObject(harness_json_get(found, "new"));
        if (!harness_json_is(found, "kind", kind) || is_said || ++count > SHOWN_MAX)
            continue;
        fprintf(out, "  %s%-10s%s ", harness_paint(style, colour), label,
                harness_paint(style, colour[0] == '\0' ? "" : "\033[0m"));
        print_found(found, out);
    }
    if (count > SHOWN_MAX)
        fprintf(out, "             and %zu more, which --json lists\n", count - SHOWN_MAX);
}

static void print_counterexamples(const cJSON *row, const struct harness_style *style, FILE *out)
{
    print_kind(row, "new bug", "NEW BUG", "\033[31m", style, out);
    print_kind(row, "open", "not known", "\033[33m", style, out);
    print_kind(row, "old bug", "old bug", "", style, out);
    print_kind(row, "both", "both", "", style, out);
    print_kind(row, "moved", "moved", "", style, out);
    print_kind(row, "repaired", "repaired", "\033[32m", style, out);
}

/* ---- the verdicts ---- */

static void print_verdict(const cJSON *version, const char *name, FILE *out)
{
    const int count = (int)harness_json_number(version, "counterexamples");
    fprintf(out, "%s %s", name, harness_json_text(version, "verdict"));
    if (count > 0)
        fprintf(out, " (%d minimal schedule%s%s)", count, count == 1 ? "" : "s",
                harness_json_is_true(version, "complete") ? "" : ", perhaps more");
    if (harness_json_is_true(version, "vacuous"))
        fputs(" VACUOUS", out);
}

static void print_verdicts(const cJSON *row, FILE *out)
{
    const cJSON *old = harness_json_get(row, "old"), *new = harness_json_get(row, "new");
    const cJSON *of_old = harness_json_get(old, "bounds"),
                *of_new = harness_json_get(new, "bounds");
    const bool with_immune = !harness_compare_is_immune_same(of_old, of_new);
    struct lineage_arena arena = {0};
    const char *were = harness_compare_bounds_text(&arena, of_old, with_immune);
    const char *are = harness_compare_bounds_text(&arena, of_new, with_immune);
    fprintf(out, "  bounds     %s", are);
    if (strcmp(were, are) != 0)
        fprintf(out, "; OLD: %s", were);
    lineage_arena_free(&arena);
    fputs("\n  verdict    ", out);
    print_verdict(old, "OLD", out);
    fputs(", ", out);
    print_verdict(new, "NEW", out);
    fputc('\n', out);
}

/* New bugs are shown with the other counterexamples; what needs fewer faults, or is open, here. */
static void print_losses(const cJSON *row, const struct harness_style *style, FILE *out)
{
    const cJSON *item;
    size_t count = 0, fewer = 0;
    cJSON_ArrayForEach(item, harness_json_get(row, "losses"))
    {
        fewer += harness_json_is(item, "kind", "fewer faults");
        if (!harness_json_is(item, "kind", "new bug") &&
            !(harness_json_is(item, "kind", "fewer faults") && fewer > SHOWN_MAX))
            fprintf(out, "  %s%-10s%s %s\n", harness_paint(style, "\033[31m"),
                    harness_json_is(item, "kind", "vacuous") ? "VACUOUS" : "LOST",
                    harness_paint(style, "\033[0m"), harness_json_text(item, "text"));
    }
    if (fewer > SHOWN_MAX)
        fprintf(out, "             and %zu more with fewer faults, which --json lists\n",
                fewer - SHOWN_MAX);
    cJSON_ArrayForEach(item, harness_json_get(row, "open"))
    {
        if (++count <= SHOWN_MAX)
            fprintf(out, "  %s%-10s%s %s\n", harness_paint(style, "\033[33m"), "not known",
                    harness_paint(style, "\033[0m"), item->valuestring);
    }
}

static void print_promised(const cJSON *row, FILE *out)
{
    const cJSON *promise;
    const char *before = "  promises   ";
    cJSON_ArrayForEach(promise, harness_json_get(row, "promises"))
    {
        fprintf(out, "%s%s %.0f -> %.0f", before, harness_json_text(promise, "name"),
                harness_json_number(promise, "old"), harness_json_number(promise, "new"));
        before = ", ";
    }
    if (before[0] == ',')
        fputs(" (statements in the run without faults)\n", out);
}

/* ---- what was saved ---- */

/* A number of messages, or of messages a schedule; "-": the version has no such relation. */
static void print_number(const cJSON *number, double divisor, int decimals, FILE *out)
{
    if (cJSON_IsNumber(number))
        fprintf(out, " %9.*f", decimals, number->valuedouble / divisor);
    else
        fprintf(out, " %9s", "-");
}

static void print_numbers(const cJSON *numbers, const cJSON *schedules, FILE *out)
{
    const bool is_mean = schedules != NULL;
    const double divisors[2] = {is_mean ? harness_json_number(schedules, "old") : 1,
                                is_mean ? harness_json_number(schedules, "new") : 1};
    const double old = harness_json_number(numbers, "old") / divisors[0];
    const double new = harness_json_number(numbers, "new") / divisors[1];
    const double change = new - old;
    print_number(harness_json_get(numbers, "old"), divisors[0], is_mean ? 2 : 0, out);
    print_number(harness_json_get(numbers, "new"), divisors[1], is_mean ? 2 : 0, out);
    /* What rounds to nothing has no sign. */
    if (change > -0.005 && change < 0.005)
        fprintf(out, " %9s", "=");
    else
        fprintf(out, " %+9.*f", is_mean ? 2 : 0, change);
}

static void print_relation(const cJSON *item, const char *name, const cJSON *schedules, FILE *out)
{
    fprintf(out, "    %-20s", name);
    print_numbers(harness_json_get(item, "good_run"), NULL, out);
    if (cJSON_IsObject(schedules)) {
        fputs("    ", out);
        print_numbers(harness_json_get(item, "one_crash"), schedules, out);
    }
    fputc('\n', out);
}

static void print_messages(const cJSON *saved, FILE *out)
{
    const cJSON *item;
    const cJSON *schedules = harness_json_get(harness_json_get(saved, "one_crash"), "schedules");
    fprintf(out, "  %-22s%30s", "messages", "good run");
    if (cJSON_IsObject(schedules)) {
        char title[64];
        snprintf(title, sizeof title, "one crash, mean of %.0f",
                 harness_json_number(schedules, "new"));
        fprintf(out, "    %30s", title);
    }
    fprintf(out, "\n%24s %9s %9s %9s", "", "OLD", "NEW", "change");
    if (cJSON_IsObject(schedules))
        fprintf(out, "     %9s %9s %9s", "OLD", "NEW", "change");
    fputc('\n', out);
    cJSON_ArrayForEach(item, harness_json_get(saved, "messages"))
    {
        print_relation(item, harness_json_text(item, "relation"), schedules, out);
    }
    print_relation(harness_json_get(saved, "all"), "all", schedules, out);
}

static void print_time(const cJSON *times, const char *key, FILE *out)
{
    const cJSON *time = harness_json_get(times, key);
    if (cJSON_IsNumber(time))
        fprintf(out, "%.0f", time->valuedouble);
    else
        fputs("never", out);
}

static void print_saved(const cJSON *row, FILE *out)
{
    const cJSON *saved = harness_json_get(row, "saved");
    const cJSON *times = harness_json_get(saved, "outcome_from");
    const cJSON *facts = harness_json_get(saved, "facts");
    if (!cJSON_IsObject(saved))
        return;
    fputs("  outcome    stands from time ", out);
    print_time(times, "old", out);
    fputs(" -> ", out);
    print_time(times, "new", out);
    fprintf(out, " on; facts %.0f -> %.0f\n", harness_json_number(facts, "old"),
            harness_json_number(facts, "new"));
    print_messages(saved, out);
}

/* ---- what the outcome rests on ---- */

static void print_rule(const cJSON *rule, FILE *out)
{
    const cJSON *old = harness_json_get(rule, "old"), *new = harness_json_get(rule, "new");
    const double before = harness_json_number(old, "messages");
    const double after = harness_json_number(new, "messages");
    const cJSON *place = cJSON_IsObject(old) ? old : new;
    if (before == after)
        return;
    fprintf(out, "    %-6s %4.0f -> ",
            !cJSON_IsObject(new)   ? "gone"
            : !cJSON_IsObject(old) ? "new"
            : after < before       ? "fewer"
                                   : "more",
            before);
    fprintf(out, "%-4.0f  %s:%.0f: %s\n", after, harness_json_text(place, "file"),
            harness_json_number(place, "line"), harness_json_text(rule, "rule"));
}

static void print_support(const cJSON *row, FILE *out)
{
    const cJSON *support = harness_json_get(row, "support"), *rule;
    const cJSON *posts = harness_json_get(support, "posts");
    double before = 0, after = 0;
    bool is_equal = true;
    if (!cJSON_IsObject(support))
        return;
    if (harness_json_number(posts, "both") == 0) {
        fputs("  rests on   no post tuple is in both good runs: nothing to compare\n", out);
        return;
    }
    cJSON_ArrayForEach(rule, harness_json_get(support, "rules"))
    {
        const double old = harness_json_number(harness_json_get(rule, "old"), "messages");
        const double new = harness_json_number(harness_json_get(rule, "new"), "messages");
        before += old;
        after += new;
        is_equal = is_equal && old == new;
    }
    fprintf(out, "  rests on   %.0f -> %.0f messages that can be lost", before, after);
    fprintf(out, ", for the %.0f post tuples of both good runs%s\n",
            harness_json_number(posts, "both"), is_equal ? ": the same" : ":");
    cJSON_ArrayForEach(rule, harness_json_get(support, "rules"))
    {
        print_rule(rule, out);
    }
}

/* ---- the whole ---- */

static void print_choice(const cJSON *choice, FILE *out)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, choice)
    {
        if (cJSON_IsString(item))
            fprintf(out, " %s=%s", item->string, item->valuestring);
        else
            fprintf(out, " %s=%.0f", item->string, item->valuedouble);
    }
}

static const char *colour_of(int status)
{
    return status == HARNESS_STATUS_OK          ? "\033[32m"
           : status == HARNESS_STATUS_NO_ANSWER ? "\033[33m"
                                                : "\033[31m";
}

static void print_row(const cJSON *row, const struct harness_style *style, FILE *out)
{
    const int status = (int)harness_json_number(row, "status");
    const cJSON *note, *choice = harness_json_get(row, "choice");
    const bool is_answered = harness_json_get(harness_json_get(row, "old"), "verdict") != NULL &&
                             harness_json_get(harness_json_get(row, "new"), "verdict") != NULL;
    fprintf(out, "\n%s%s", harness_json_text(row, "scenario"),
            cJSON_IsObject(choice) ? " with" : "");
    print_choice(choice, out);
    fprintf(out, ": %s%s%s\n", harness_paint(style, colour_of(status)),
            status == HARNESS_STATUS_FOUND ? "WORSE" : harness_json_text(row, "outcome"),
            harness_paint(style, "\033[0m"));
    if (!is_answered)
        return;
    print_verdicts(row, out);
    print_losses(row, style, out);
    print_counterexamples(row, style, out);
    print_promised(row, out);
    print_saved(row, out);
    print_support(row, out);
    cJSON_ArrayForEach(note, harness_json_get(row, "notes"))
    {
        fprintf(out, "  note       %s\n", note->valuestring);
    }
}

static void print_sum(const struct harness_comparison *comparison, FILE *out)
{
    const cJSON *sum = comparison->sum, *saved = harness_json_get(sum, "saved");
    const double count = harness_json_number(sum, "scenarios");
    fprintf(out,
            "\n%.0f scenario%s: NEW is worse in %.0f, no worse in %.0f, not known in %.0f, with "
            "errors in %.0f; %.2f s\n",
            count, count == 1 ? "" : "s", harness_json_number(sum, "worse"),
            harness_json_number(sum, "no_worse"),
            harness_json_number(sum, "not_known") + harness_json_number(sum, "interrupted"),
            harness_json_number(sum, "errors"), harness_seconds() - comparison->start_seconds);
    if (comparison->left_out > 0)
        fprintf(out, "%zu scenario%s of the folders name neither version and are left out\n",
                comparison->left_out, comparison->left_out == 1 ? "" : "s");
    if (count > 1 && cJSON_IsObject(saved))
        print_messages(saved, out);
}

void harness_comparison_text(const struct harness_comparison *comparison,
                             const struct harness_style *style, FILE *out)
{
    fprintf(out, "OLD  %s\nNEW  %s\n", comparison->versions[HARNESS_OLD],
            comparison->versions[HARNESS_NEW]);
    for (size_t i = 0; i < comparison->pairs.count; i++)
        print_row(comparison->pairs.items[i].row, style, out);
    print_sum(comparison, out);
}
