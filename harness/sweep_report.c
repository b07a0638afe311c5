/* What people, CI servers and programs are told of a sweep. */
#include "json.h"
#include "report.h"
#include "status.h"
#include "sweep.h"
#include "version.h"

/* A text that stays in its line: on a terminal and in a CI job's log others mean something. */
static const char *one_line(struct lineage_arena *arena, const char *text)
{
    char *copy = lineage_arena_text(arena, text, strlen(text));
    for (char *at = copy; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?';
    return copy;
}

/* The inputs chosen, as they are given on a command line: " to=c at=3". */
static const char *choice_text(struct lineage_arena *arena, const cJSON *choice)
{
    const char *text = "";
    const cJSON *item;
    cJSON_ArrayForEach(item, choice)
    {
        if (cJSON_IsString(item))
            text = lineage_arena_format(arena, "%s %s=%s", text, item->string, item->valuestring);
        else
            text = lineage_arena_format(arena, "%s %s=%.0f", text, item->string, item->valuedouble);
    }
    return text;
}

enum { FAULTS_BYTES_MAX = 64 };

/* A schedule, or as much of a long one as fits a line: omit(c,b,2) omit(c,b,3) ... (16 faults). */
static const char *faults_text(struct lineage_arena *arena, const cJSON *found)
{
    const char *text = harness_json_text(found, "text");
    if (strlen(text) <= FAULTS_BYTES_MAX)
        return text;
    int bytes = FAULTS_BYTES_MAX / 2;
    while (bytes > 0 && text[bytes] != ' ')
        bytes--;
    return lineage_arena_format(arena, "%.*s ... (%d faults)", bytes, text,
                                cJSON_GetArraySize(harness_json_get(found, "omissions")) +
                                    cJSON_GetArraySize(harness_json_get(found, "crashes")));
}

/* What a row comes to beside its verdict: the smallest faults, or the bounds that were reached. */
static const char *finding(struct lineage_arena *arena, const cJSON *row)
{
    const cJSON *found = harness_json_get(row, "counterexample");
    const cJSON *error = harness_json_get(row, "error");
    const cJSON *inputs = harness_json_get(row, "inputs");
    const cJSON *reached = harness_json_get(harness_json_get(row, "sweep"), "certified");
    const cJSON *bounds = harness_json_get(row, "bounds");
    const char *text = "";
    if (error != NULL)
        return harness_json_text(error, "message");
    if (found != NULL)
        text = lineage_arena_format(arena, "%s%s%s", faults_text(arena, found),
                                    harness_json_get(row, "choice") != NULL ? " with" : "",
                                    choice_text(arena, harness_json_get(row, "choice")));
    if (found != NULL && harness_json_get(row, "sweep") != NULL)
        text = lineage_arena_format(arena, "%s at <EOT %.0f, EFF %.0f>", text,
                                    harness_json_number(bounds, "eot"),
                                    harness_json_number(bounds, "eff"));
    if (cJSON_IsObject(reached))
        text = lineage_arena_format(
            arena, "%s%scertified up to <EOT %.0f, EFF %.0f>", text, text[0] == '\0' ? "" : "; ",
            harness_json_number(reached, "eot"), harness_json_number(reached, "eff"));
    if (inputs != NULL && found != NULL)
        text = lineage_arena_format(arena, "%s (%.0f of %.0f inputs break)", text,
                                    harness_json_number(inputs, "broken"),
                                    harness_json_number(inputs, "combinations"));
    else if (inputs != NULL)
        text = lineage_arena_format(arena, "%s(%.0f inputs, %.0f of them by one formula)", text,
                                    harness_json_number(inputs, "combinations"),
                                    harness_json_number(inputs, "by_one_formula"));
    return text;
}

/* The verdict, with what a certificate may lack. */
static const char *verdict_text(struct lineage_arena *arena, const cJSON *row)
{
    const char *verdict = harness_json_text(row, "verdict");
    if (harness_json_get(row, "error") != NULL)
        return "error";
    if (verdict[0] == '\0')
        return "not searched";
    return harness_json_is_true(row, "vacuous") && strcmp(verdict, "counterexample") != 0
               ? lineage_arena_format(arena, "%s VACUOUS", verdict)
               : verdict;
}

static const char *or_dash(const char *text)
{
    return text[0] == '\0' ? "-" : text;
}

struct widths {
    int scenario, version, verdict;
};

static void widen(int *width, const char *text)
{
    const int length = (int)strlen(text);
    *width = length > *width ? length : *width;
}

static struct widths measure(const struct harness_sweep *sweep, struct lineage_arena *arena)
{
    struct widths widths = {8, 7, 7};
    for (size_t i = 0; i < sweep->entries.count; i++) {
        const cJSON *row = sweep->entries.items[i].row;
        widen(&widths.scenario, harness_json_text(row, "scenario"));
        widen(&widths.version, harness_json_text(row, "version"));
        widen(&widths.verdict, verdict_text(arena, row));
    }
    return widths;
}

static void print_row(const cJSON *row, const struct widths *widths,
                      const struct harness_style *style, FILE *out)
{
    struct lineage_arena arena = {.newest = NULL};
    const int status = (int)harness_json_number(row, "status");
    const char *colour = status == HARNESS_STATUS_OK          ? "\033[32m"
                         : status == HARNESS_STATUS_NO_ANSWER ? "\033[33m"
                                                              : "\033[31m";
    fprintf(out, "%-*s  %-*s  %s%-*s%s  %-14s %7.0f  %7.2f", widths->scenario,
            one_line(&arena, harness_json_text(row, "scenario")), widths->version,
            one_line(&arena, or_dash(harness_json_text(row, "version"))),
            harness_paint(style, colour), widths->verdict, verdict_text(&arena, row),
            harness_paint(style, "\033[0m"), or_dash(harness_json_text(row, "expect")),
            harness_json_number(row, "runs"), harness_json_number(row, "seconds"));
    const bool is_known = harness_json_is_true(row, "resumed");
    const char *found = one_line(&arena, finding(&arena, row));
    fprintf(out, found[0] != '\0' ? "%s %s\n" : "%s%s\n",
            is_known           ? "*"
            : found[0] != '\0' ? " "
                               : "",
            found);
    lineage_arena_free(&arena);
}

struct counts {
    size_t right, wrong, unanswered, known;
};

static struct counts count(const struct harness_sweep *sweep)
{
    struct counts counts = {0};
    for (size_t i = 0; i < sweep->entries.count; i++) {
        const cJSON *row = sweep->entries.items[i].row;
        const int status = (int)harness_json_number(row, "status");
        counts.right += status == HARNESS_STATUS_OK;
        counts.unanswered +=
            status == HARNESS_STATUS_NO_ANSWER || status == HARNESS_STATUS_INTERRUPTED;
        counts.known += harness_json_is_true(row, "resumed");
    }
    counts.wrong = sweep->entries.count - counts.right - counts.unanswered;
    return counts;
}

/* The complaints, the worst kind first. */
static void print_complaints(const struct harness_sweep *sweep, const struct harness_style *style,
                             FILE *out)
{
    static const int order[] = {HARNESS_STATUS_MACHINE, HARNESS_STATUS_BAD_INPUT,
                                HARNESS_STATUS_FOUND, HARNESS_STATUS_NO_ANSWER};
    struct lineage_arena arena = {.newest = NULL};
    bool is_any = false;
    for (size_t kind = 0; kind < sizeof order / sizeof *order; kind++)
        for (size_t i = 0; i < sweep->entries.count; i++) {
            const cJSON *row = sweep->entries.items[i].row;
            const char *found = finding(&arena, row);
            if ((int)harness_json_number(row, "status") != order[kind])
                continue;
            const bool is_error = harness_json_get(row, "error") != NULL;
            fprintf(out, "%s%s%s: %s%s%s\n",
                    harness_paint(style, order[kind] == HARNESS_STATUS_NO_ANSWER ? "\033[33m"
                                                                                 : "\033[31m"),
                    one_line(&arena, harness_json_text(row, "scenario")),
                    harness_paint(style, "\033[0m"),
                    one_line(&arena, harness_row_complaint(&arena, row)),
                    is_error || found[0] == '\0' ? "" : ": ",
                    is_error ? "" : one_line(&arena, found));
            is_any = true;
        }
    if (is_any)
        fputc('\n', out);
    lineage_arena_free(&arena);
}

static void print_summary(const struct harness_sweep *sweep, FILE *out)
{
    const struct counts counts = count(sweep);
    fprintf(out, "%zu scenario%s", sweep->entries.count, sweep->entries.count == 1 ? "" : "s");
    if (sweep->shard_count > 0)
        fprintf(out, " (shard %zu of %zu)", sweep->shard, sweep->shard_count);
    fprintf(out, ": %zu right, %zu wrong, %zu without an answer; %.2f s\n", counts.right,
            counts.wrong, counts.unanswered, harness_seconds() - sweep->start_seconds);
    if (counts.known > 0)
        fprintf(out, "* %zu known from an earlier sweep and not run again\n", counts.known);
}

void harness_sweep_text(const struct harness_sweep *sweep, const struct harness_style *style,
                        FILE *out)
{
    struct lineage_arena arena = {.newest = NULL};
    const struct widths widths = measure(sweep, &arena);
    lineage_arena_free(&arena);
    print_complaints(sweep, style, out);
    fprintf(out, "%-*s  %-*s  %-*s  %-14s %7s  %7s  %s\n", widths.scenario, "scenario",
            widths.version, "version", widths.verdict, "verdict", "expected", "runs", "seconds",
            "smallest counterexample");
    for (size_t i = 0; i < sweep->entries.count; i++)
        print_row(sweep->entries.items[i].row, &widths, style, out);
    print_summary(sweep, out);
}

/* ---- Markdown ---- */

/* A text in a cell: nothing in it is Markdown, HTML, or the end of the cell. */
static void print_cell(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '>')
            fputs("&gt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else if (*text == '\n' || *text == '\r')
            fputc(' ', out);
        else
            fprintf(out, strchr("\\`*_{}[]()#+!|~", *text) != NULL ? "\\%c" : "%c", *text);
    }
}

void harness_sweep_markdown(const struct harness_sweep *sweep, FILE *out)
{
    struct lineage_arena arena = {.newest = NULL};
    const struct counts counts = count(sweep);
    fprintf(out, "## ldfi sweep: %s\n\n",
            counts.wrong > 0        ? "wrong"
            : counts.unanswered > 0 ? "not all answered"
                                    : "all as expected");
    print_summary(sweep, out);
    fputs(
        "\n| | scenario | version | verdict | expected | runs | seconds | smallest counterexample "
        "|\n| --- | --- | --- | --- | --- | ---: | ---: | --- |\n",
        out);
    for (int is_right = 0; is_right < 2; is_right++) /* what is wrong comes first */
        for (size_t i = 0; i < sweep->entries.count; i++) {
            const cJSON *row = sweep->entries.items[i].row;
            const int status = (int)harness_json_number(row, "status");
            if ((status == HARNESS_STATUS_OK) != (is_right == 1))
                continue;
            fputs(is_right == 1                        ? "| ok | "
                  : status == HARNESS_STATUS_NO_ANSWER ? "| **no answer** | "
                                                       : "| **wrong** | ",
                  out);
            print_cell(harness_json_text(row, "scenario"), out);
            fputs(" | ", out);
            print_cell(harness_json_text(row, "version"), out);
            fputs(" | ", out);
            print_cell(verdict_text(&arena, row), out);
            fprintf(out, " | %s | %.0f | %.2f | ", or_dash(harness_json_text(row, "expect")),
                    harness_json_number(row, "runs"), harness_json_number(row, "seconds"));
            print_cell(finding(&arena, row), out);
            fputs(" |\n", out);
        }
    lineage_arena_free(&arena);
}

/* ---- GitHub's workflow commands ---- */

/* Escapes a message, or (`more`) the value of a property. */
static void print_escaped(const char *text, const char *more, FILE *out)
{
    for (; *text != '\0'; text++)
        if (strchr("%\r\n", *text) != NULL || strchr(more, *text) != NULL)
            fprintf(out, "%%%02X", (unsigned)(unsigned char)*text);
        else
            fputc(*text, out);
}

/* Does a text that is no file stand in this one ('s.json, "given"')? */
static bool is_within(const char *text, const char *path)
{
    return strncmp(text, path, strlen(path)) == 0 && text[strlen(path)] == ',';
}

void harness_sweep_annotate(const struct harness_sweep *sweep, FILE *out)
{
    struct lineage_arena arena = {.newest = NULL};
    for (size_t i = 0; i < sweep->entries.count; i++) {
        const cJSON *row = sweep->entries.items[i].row;
        const cJSON *error = harness_json_get(row, "error");
        const char *complaint = harness_row_complaint(&arena, row);
        const char *found = error == NULL ? finding(&arena, row) : "";
        const char *path = harness_json_text(row, "scenario");
        const char *file = harness_json_text(error, "file");
        double line = harness_json_number(error, "line");
        if (complaint[0] == '\0')
            continue;
        if (file[0] == '\0' || is_within(file, path)) {
            file = path;
            line = 1;
        }
        const bool is_warning = (int)harness_json_number(row, "status") == HARNESS_STATUS_NO_ANSWER;
        fputs(is_warning ? "::warning file=" : "::error file=", out);
        print_escaped(file, ":,", out);
        fprintf(out, ",line=%.0f,title=", line > 0 ? line : 1);
        print_escaped(lineage_arena_format(&arena, "ldfi: %s", harness_json_text(row, "name")),
                      ":,", out);
        fputs("::", out);
        print_escaped(complaint, "", out);
        if (found[0] != '\0')
            print_escaped(lineage_arena_format(&arena, ": %s", found), "", out);
        fputc('\n', out);
    }
    lineage_arena_free(&arena);
}

/* ---- JSON ---- */

cJSON *harness_sweep_json(const struct harness_sweep *sweep, int status)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "tool", "ldfi");
    cJSON_AddStringToObject(object, "version", HARNESS_VERSION);
    cJSON_AddStringToObject(object, "command", "sweep");
    cJSON_AddNumberToObject(object, "status", status);
    cJSON_AddStringToObject(object, "plan", sweep->plan);
    cJSON *shard = cJSON_AddObjectToObject(object, "shard");
    cJSON_AddNumberToObject(shard, "number", sweep->shard_count == 0 ? 1 : (double)sweep->shard);
    cJSON_AddNumberToObject(shard, "count",
                            sweep->shard_count == 0 ? 1 : (double)sweep->shard_count);
    cJSON *rows = cJSON_AddArrayToObject(object, "results");
    for (size_t i = 0; i < sweep->entries.count; i++)
        cJSON_AddItemToArray(rows, cJSON_Duplicate(sweep->entries.items[i].row, true));
    cJSON *seconds = cJSON_AddObjectToObject(object, "seconds");
    cJSON_AddNumberToObject(seconds, "total", harness_seconds() - sweep->start_seconds);
    return object;
}
