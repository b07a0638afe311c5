/* What the answers for the inputs of one scenario come to: one row. */
#include "sweep.h"

#include "json.h"
#include "report.h"
#include "status.h"

int harness_worst_status(int left, int right)
{
    static const int order[] = {HARNESS_STATUS_INTERRUPTED, HARNESS_STATUS_MACHINE,
                                HARNESS_STATUS_BAD_INPUT, HARNESS_STATUS_FOUND,
                                HARNESS_STATUS_NO_ANSWER};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (left == order[i] || right == order[i])
            return order[i];
    return HARNESS_STATUS_OK;
}

/* The number of faults of an answer's smallest counterexample; SIZE_MAX: it has none. */
static size_t size_of(const cJSON *answer)
{
    const cJSON *first = harness_json_first(answer, "counterexamples");
    return first == NULL ? SIZE_MAX
                         : (size_t)cJSON_GetArraySize(harness_json_get(first, "omissions")) +
                               (size_t)cJSON_GetArraySize(harness_json_get(first, "crashes"));
}

/* Answers in the order in which they decide: what is wrong first, the smallest before others. */
static int weight(const cJSON *answer)
{
    static const char *const verdicts[] = {"counterexample", "incomplete", "kept", "certified"};
    if (harness_json_get(answer, "error") != NULL)
        return 0;
    for (int i = 0; i < 4; i++)
        if (strcmp(harness_json_text(answer, "verdict"), verdicts[i]) == 0)
            return 2 * (i + 1) + cJSON_IsFalse(harness_json_get(answer, "vacuous"));
    return 0;
}

/* The answer that speaks for the scenario; NULL: there is none, or none that could speak for
 * inputs without an answer. */
static const struct harness_unit *find_speaker(const struct harness_sweep *sweep,
                                               const struct harness_entry *entry)
{
    const struct harness_unit *speaker = NULL;
    bool is_whole = true;
    for (size_t i = 0; i < entry->unit_count; i++) {
        const struct harness_unit *unit = &sweep->units.items[entry->first_unit + i];
        is_whole = is_whole && unit->answer != NULL;
        if (unit->answer == NULL)
            continue;
        if (speaker == NULL || weight(unit->answer) < weight(speaker->answer) ||
            (weight(unit->answer) == weight(speaker->answer) &&
             size_of(unit->answer) < size_of(speaker->answer)))
            speaker = unit;
    }
    const bool is_certain =
        speaker != NULL && (harness_json_is(speaker->answer, "verdict", "certified") ||
                            harness_json_is(speaker->answer, "verdict", "kept"));
    return is_whole || !is_certain ? speaker : NULL;
}

/* The exit status that the verdict has earned, as of `ldfi run`. */
static int judge(const struct harness_entry *entry, const cJSON *answer, bool *as_expected)
{
    const char *verdict = harness_json_text(answer, "verdict");
    const bool is_certain = strcmp(verdict, "certified") == 0 || strcmp(verdict, "kept") == 0;
    const bool has_expectation = entry->expect != HARNESS_NO_EXPECTATION;
    *as_expected = false;
    if (harness_json_get(answer, "error") != NULL)
        return (int)harness_json_number(answer, "status");
    *as_expected = has_expectation && strcmp(verdict, harness_verdict_name(entry->expect)) == 0 &&
                   !(is_certain && harness_json_is_true(answer, "vacuous"));
    if (*as_expected)
        return HARNESS_STATUS_OK;
    /* Bounds that a budget kept from growing might have grown to a counterexample. */
    if (strcmp(verdict, "incomplete") == 0 ||
        (entry->expect == HARNESS_COUNTEREXAMPLE &&
         harness_json_is(harness_json_get(answer, "sweep"), "ended", "budget")))
        return HARNESS_STATUS_NO_ANSWER;
    if (has_expectation || !is_certain)
        return HARNESS_STATUS_FOUND;
    /* Nothing was promised: that is no answer. */
    return harness_json_is_true(answer, "vacuous") ? HARNESS_STATUS_NO_ANSWER : HARNESS_STATUS_OK;
}

static void add_sums(const struct harness_sweep *sweep, const struct harness_entry *entry,
                     cJSON *row)
{
    double runs = 0, seconds = 0, broken = 0, certified = 0, together = 0;
    bool is_old = entry->unit_count > 0;
    for (size_t i = 0; i < entry->unit_count; i++) {
        const struct harness_unit *unit = &sweep->units.items[entry->first_unit + i];
        const char *verdict = harness_json_text(unit->answer, "verdict");
        runs += harness_json_number(unit->answer, "runs");
        seconds += harness_json_number(harness_json_get(unit->answer, "seconds"), "total");
        broken += strcmp(verdict, "counterexample") == 0;
        certified += strcmp(verdict, "certified") == 0 || strcmp(verdict, "kept") == 0;
        together += harness_json_is_true(unit->answer, "by_one_formula");
        is_old = is_old && unit->is_old;
    }
    cJSON_AddNumberToObject(row, "runs", runs);
    cJSON_AddNumberToObject(row, "seconds", seconds);
    cJSON_AddBoolToObject(row, "resumed", is_old);
    if (entry->unit_count < 2)
        return;
    cJSON *inputs = cJSON_AddObjectToObject(row, "inputs");
    cJSON_AddNumberToObject(inputs, "combinations", (double)entry->unit_count);
    cJSON_AddNumberToObject(inputs, "broken", broken);
    cJSON_AddNumberToObject(inputs, "certified", certified);
    cJSON_AddNumberToObject(inputs, "by_one_formula", together);
}

cJSON *harness_sweep_row(const struct harness_sweep *sweep, const struct harness_entry *entry)
{
    const struct harness_unit *speaker = find_speaker(sweep, entry);
    const cJSON *answer = speaker == NULL ? NULL : speaker->answer;
    cJSON *row = cJSON_CreateObject();
    bool as_expected = false;
    const int status = answer != NULL        ? judge(entry, answer, &as_expected)
                       : sweep->reports_only ? HARNESS_STATUS_NO_ANSWER
                                             : HARNESS_STATUS_INTERRUPTED;
    cJSON_AddStringToObject(row, "scenario", entry->label);
    cJSON_AddStringToObject(row, "name", entry->name);
    cJSON_AddStringToObject(row, "version", entry->version);
    harness_json_copy(row, answer, "verdict");
    harness_json_copy(row, answer, "vacuous");
    cJSON_AddItemToObject(row, "expect",
                          entry->expect == HARNESS_NO_EXPECTATION
                              ? cJSON_CreateNull()
                              : cJSON_CreateString(harness_verdict_name(entry->expect)));
    cJSON_AddBoolToObject(row, "as_expected", as_expected);
    cJSON_AddNumberToObject(row, "status", status);
    harness_json_copy(row, answer, "bounds");
    harness_json_copy(row, answer, "sweep");
    harness_json_copy(row, answer, "stopped_by");
    add_sums(sweep, entry, row);
    const cJSON *first = harness_json_first(answer, "counterexamples");
    if (first != NULL)
        cJSON_AddItemToObject(row, "counterexample", cJSON_Duplicate(first, true));
    if (first != NULL || harness_json_get(answer, "error") != NULL)
        harness_json_copy(row, answer, "choice");
    harness_json_copy(row, answer, "error");
    harness_json_copy(row, answer, "warnings");
    return row;
}

const char *harness_row_complaint(struct lineage_arena *arena, const cJSON *row)
{
    const cJSON *error = harness_json_get(row, "error");
    const char *verdict = harness_json_text(row, "verdict"),
               *expect = harness_json_text(row, "expect");
    if (error != NULL)
        return lineage_arena_format(arena, "error: %s", harness_json_text(error, "message"));
    if (verdict[0] == '\0')
        return "not searched";
    if (harness_json_number(row, "status") == HARNESS_STATUS_OK)
        return "";
    const bool is_vacuous =
        harness_json_is_true(row, "vacuous") && strcmp(verdict, "incomplete") != 0;
    if (!is_vacuous && expect[0] != '\0' && strcmp(expect, verdict) != 0)
        return lineage_arena_format(arena, "%s, but %s was expected", verdict, expect);
    return is_vacuous ? lineage_arena_format(arena, "%s, but VACUOUS: nothing is promised", verdict)
                      : lineage_arena_format(arena, "%s", verdict);
}
