/* Is the new version worse than the old one? What the answers of both come to. */
#include "compare_judge.h"

#include "json.h"
#include "regress.h"
#include "status.h"

#include <string.h>

void harness_judgement_lose(struct harness_judgement *judgement, const char *kind, const char *text)
{
    cJSON *loss = cJSON_CreateObject();
    cJSON_AddStringToObject(loss, "kind", kind);
    cJSON_AddStringToObject(loss, "text", text);
    cJSON_AddItemToArray(judgement->losses, loss);
}

void harness_judgement_say(cJSON *list, const char *text)
{
    cJSON_AddItemToArray(list, cJSON_CreateString(text));
}

/* ---- certificates ---- */

/* Was it shown that nothing within the bounds, or not the one schedule asked for, breaks it? */
static bool is_certified(const cJSON *answer)
{
    return (harness_json_is(answer, "verdict", "certified") ||
            harness_json_is(answer, "verdict", "kept")) &&
           !harness_json_is_true(answer, "vacuous");
}

static bool are_swept(const struct harness_judgement *judgement)
{
    return harness_json_get(judgement->old, "sweep") != NULL &&
           harness_json_get(judgement->new, "sweep") != NULL;
}

/* Was NEW not asked about all that OLD was asked about? How far bounds were swept is another
 * question. */
static bool is_narrower(const struct harness_judgement *judgement)
{
    const cJSON *old = harness_json_get(judgement->old, "bounds");
    const cJSON *new = harness_json_get(judgement->new, "bounds");
    if (harness_judgement_is_replay(judgement->old) || harness_judgement_is_replay(judgement->new))
        return !harness_judgement_is_replay(judgement->old);
    return !harness_compare_includes(new, old) ||
           (!are_swept(judgement) && !harness_compare_covers(new, old));
}

/* "OLD ... within EOT 5, ..., NEW within ..." */
static const char *bounds_text(struct harness_judgement *judgement, const char *what)
{
    const cJSON *old = harness_json_get(judgement->old, "bounds");
    const cJSON *new = harness_json_get(judgement->new, "bounds");
    const bool with_immune = !harness_compare_is_immune_same(old, new);
    return lineage_arena_format(
        &judgement->arena, "OLD %s within %s; NEW within %s", what,
        harness_compare_bounds_text(&judgement->arena, old, with_immune),
        harness_judgement_is_replay(judgement->new)
            ? "the faults that its scenario names"
            : harness_compare_bounds_text(&judgement->arena, new, with_immune));
}

/* Two scenarios may bound faults differently: what NEW was not asked about is no merit of it. True:
 * OLD's certificate is lost for that. */
static bool judge_bounds(struct harness_judgement *judgement)
{
    const cJSON *swept = harness_json_get(harness_json_get(judgement->old, "sweep"), "certified");
    const bool is_lost = are_swept(judgement)
                             ? cJSON_IsObject(swept)
                             : is_certified(judgement->old) && is_certified(judgement->new);
    if (is_narrower(judgement) && is_lost) {
        harness_judgement_lose(judgement, "bounds",
                               lineage_arena_format(&judgement->arena, "not so far: %s",
                                                    bounds_text(judgement, "is certified")));
        return true;
    }
    if (is_narrower(judgement) && !harness_json_is_true(judgement->old, "vacuous"))
        harness_judgement_say(judgement->open,
                              lineage_arena_format(&judgement->arena,
                                                   "%s, and what lies outside is not known",
                                                   bounds_text(judgement, "was searched")));
    else if (judgement->is_outside)
        harness_judgement_say(judgement->open, "OLD breaks where NEW was not searched");
    return false;
}

/* Where bounds were swept: how far each is certified. */
static const char *compare_bounds(struct harness_judgement *judgement)
{
    const cJSON *sweep = harness_json_get(judgement->new, "sweep");
    const cJSON *old = harness_json_get(harness_json_get(judgement->old, "sweep"), "certified");
    const cJSON *new = harness_json_get(sweep, "certified");
    if (harness_compare_covers(new, old))
        return cJSON_IsObject(old) ? "kept" : cJSON_IsObject(new) ? "gained" : "none";
    const char *text = lineage_arena_format(
        &judgement->arena,
        "OLD is certified up to <EOT %.0f, EFF %.0f>, NEW up to <EOT %.0f, EFF %.0f>",
        harness_json_number(old, "eot"), harness_json_number(old, "eff"),
        harness_json_number(new, "eot"), harness_json_number(new, "eff"));
    if (harness_json_is(sweep, "ended", "budget")) {
        harness_judgement_say(judgement->open, text);
        return "open";
    }
    harness_judgement_lose(judgement, "bounds", text);
    return "lost";
}

/* Who has a certificate. */
static const char *compare_certificates(struct harness_judgement *judgement)
{
    const bool was = is_certified(judgement->old), is = is_certified(judgement->new);
    if (judge_bounds(judgement))
        return "lost";
    if (are_swept(judgement))
        return compare_bounds(judgement);
    if (was && is)
        return "kept";
    if (!was && !is)
        return harness_json_is(judgement->new, "verdict", "incomplete") ? "open" : "none";
    if (!was)
        return "gained";
    if (harness_json_is(judgement->new, "verdict", "incomplete"))
        return "open";
    if (harness_json_is(judgement->new, "verdict", "counterexample"))
        harness_judgement_lose(judgement, "certificate", "OLD is certified, and NEW is not");
    return "lost"; /* if it is vacuous, that has been said */
}

static void note_good_run(struct harness_judgement *judgement, const cJSON *answer,
                          const char *name)
{
    if (harness_json_is(harness_json_first(answer, "counterexamples"), "text", "no faults"))
        harness_judgement_say(
            judgement->notes,
            lineage_arena_format(&judgement->arena,
                                 "%s breaks its promise without any fault, and was not searched: "
                                 "does the scenario fit it?",
                                 name));
}

static void judge_verdicts(struct harness_judgement *judgement)
{
    if (harness_json_is_true(judgement->new, "vacuous"))
        harness_judgement_lose(
            judgement, "vacuous",
            "NEW promises nothing in the run without faults: whatever its verdict, it says "
            "nothing");
    if (harness_json_is_true(judgement->old, "vacuous"))
        harness_judgement_say(judgement->notes, "OLD promises nothing in the run without faults");
    note_good_run(judgement, judgement->old, "OLD");
    note_good_run(judgement, judgement->new, "NEW");
    if (!harness_judgement_is_whole(judgement->old))
        harness_judgement_say(judgement->notes, "the search of OLD did not end");
    if (!harness_judgement_is_whole(judgement->new))
        harness_judgement_say(judgement->open, "the search of NEW did not end");
    if (harness_may_hide(judgement->new))
        harness_judgement_say(judgement->open,
                              "what else breaks in NEW when more faults are added to those of a "
                              "counterexample was not searched");
}

/* ---- promises ---- */

/* The promise's tuples that NEW lacks, as a list. */
static const char *join_lacking(struct harness_judgement *judgement, const cJSON *promise)
{
    enum { SHOWN_MAX = 3 };
    const cJSON *lacking = harness_json_get(promise, "lacking");
    const int count = cJSON_GetArraySize(lacking);
    const char *text = "";
    for (int i = 0; i < count && i < SHOWN_MAX; i++)
        text = lineage_arena_format(&judgement->arena, "%s%s%s", text, i > 0 ? " " : "",
                                    cJSON_GetArrayItem(lacking, i)->valuestring);
    return count <= SHOWN_MAX
               ? text
               : lineage_arena_format(&judgement->arena, "%s and %d more", text, count - SHOWN_MAX);
}

/* Less is promised: what is said of the rest cannot make up for it. Where both were not asked the
 * same, they may differ in what there was to promise; yet something is. */
static void judge_promises(struct harness_judgement *judgement, const cJSON *promises,
                           bool are_same_inputs)
{
    const cJSON *promise;
    cJSON_ArrayForEach(promise, promises)
    {
        const double old = harness_json_number(promise, "old");
        const double new = harness_json_number(promise, "new");
        const char *text = lineage_arena_format(
            &judgement->arena,
            "%s is promised %.0f time%s in the run without faults, and was %.0f: %s",
            harness_json_text(promise, "name"), new, new == 1 ? "" : "s", old,
            join_lacking(judgement, promise));
        if (new < old && (are_same_inputs || new == 0))
            harness_judgement_lose(judgement, "promise", text);
        else if (new < old)
            harness_judgement_say(judgement->notes, text);
    }
}

/* ---- the row ---- */

static void copy_keys(cJSON *target, const cJSON *source, const char *const *keys)
{
    for (; *keys != NULL; keys++) {
        const cJSON *item = harness_json_get(source, *keys);
        if (item != NULL)
            cJSON_AddItemToObject(target, *keys, cJSON_Duplicate(item, true));
    }
}

/* What came of a version. */
static cJSON *version_json(const struct harness_pair *pair, enum harness_side version)
{
    static const char *const keys[] = {"error",  "errors",  "model",      "nodes",    "bounds",
                                       "oracle", "verdict", "stopped_by", "complete", "vacuous",
                                       "runs",   "sweep",   "good_run",   "warnings", NULL};
    const cJSON *answer = pair->answers[version];
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "scenario", pair->paths[version]);
    copy_keys(object, answer, keys);
    cJSON_AddNumberToObject(object, "counterexamples",
                            cJSON_GetArraySize(harness_json_get(answer, "counterexamples")));
    return object;
}

static void note_differences(struct harness_judgement *judgement, const cJSON *measures)
{
    static const char *const keys[] = {"nodes", "bounds", "oracle"};
    const bool is_swept = harness_json_get(judgement->new, "sweep") != NULL;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!(is_swept && i == 1) &&
            !cJSON_Compare(harness_json_get(judgement->old, keys[i]),
                           harness_json_get(judgement->new, keys[i]), true))
            harness_judgement_say(
                judgement->notes,
                lineage_arena_format(&judgement->arena,
                                     "the two scenarios differ in %s: they are not asked the same",
                                     keys[i]));
    const cJSON *eot = harness_json_get(harness_json_get(measures, "saved"), "eot");
    if (is_swept && eot != NULL)
        harness_judgement_say(
            judgement->notes,
            lineage_arena_format(&judgement->arena,
                                 "bounds were swept: what is promised and what was "
                                 "saved is measured at EOT %.0f",
                                 harness_json_number(eot, "new")));
    if (harness_json_get(measures, "promises") == NULL)
        harness_judgement_say(judgement->open,
                              "what is promised and what was saved could not be measured");
}

/* "RULE (FILE:LINE), and 2 more"; "nothing". */
static const char *rules_text(struct harness_judgement *judgement, const cJSON *rules)
{
    const cJSON *first = cJSON_GetArrayItem(rules, 0);
    const int more = cJSON_GetArraySize(rules) - 1;
    if (first == NULL)
        return "nothing";
    const char *text =
        lineage_arena_format(&judgement->arena, "%s (%s:%.0f)", harness_json_text(first, "rule"),
                             harness_json_text(first, "file"), harness_json_number(first, "line"));
    return more == 0 ? text : lineage_arena_format(&judgement->arena, "%s and %d more", text, more);
}

/* What seems repaired may only be promised less. */
static void note_promise(struct harness_judgement *judgement, const cJSON *rules)
{
    const cJSON *old = harness_json_get(rules, "old"), *new = harness_json_get(rules, "new");
    if (cJSON_GetArraySize(old) + cJSON_GetArraySize(new) > 0)
        harness_judgement_say(
            judgement->notes,
            lineage_arena_format(&judgement->arena,
                                 "the promise itself differs: what looks repaired may only be "
                                 "promised less. OLD alone has %s; NEW alone has %s",
                                 rules_text(judgement, old), rules_text(judgement, new)));
}

static const char *word_of(int status)
{
    return status == HARNESS_STATUS_OK            ? "no worse"
           : status == HARNESS_STATUS_FOUND       ? "worse"
           : status == HARNESS_STATUS_NO_ANSWER   ? "not known"
           : status == HARNESS_STATUS_INTERRUPTED ? "interrupted"
                                                  : "error";
}

static bool has_error(const cJSON *answer)
{
    return harness_json_get(answer, "error") != NULL;
}

static int status_of(const struct harness_judgement *judgement)
{
    int status = cJSON_GetArraySize(judgement->losses) > 0 ? HARNESS_STATUS_FOUND
                 : cJSON_GetArraySize(judgement->open) > 0 ? HARNESS_STATUS_NO_ANSWER
                                                           : HARNESS_STATUS_OK;
    const cJSON *answers[2] = {judgement->old, judgement->new};
    for (int i = 0; i < 2; i++)
        if (answers[i] == NULL)
            status = HARNESS_STATUS_INTERRUPTED;
        else if (has_error(answers[i]))
            status = harness_worst_status(status, (int)harness_json_number(answers[i], "status"));
    return status;
}

static void add_or_null(cJSON *row, const char *key, const cJSON *from)
{
    const cJSON *item = harness_json_get(from, key);
    cJSON_AddItemToObject(row, key,
                          item == NULL ? cJSON_CreateNull() : cJSON_Duplicate(item, true));
}

cJSON *harness_compare_judge(const struct harness_pair *pair)
{
    struct harness_judgement judgement = {.old = pair->answers[HARNESS_OLD],
                                          .new = pair->answers[HARNESS_NEW],
                                          .losses = cJSON_CreateArray(),
                                          .open = cJSON_CreateArray(),
                                          .notes = cJSON_CreateArray(),
                                          .found = cJSON_CreateArray()};
    const bool is_answered = judgement.old != NULL && judgement.new != NULL &&
                             !has_error(judgement.old) && !has_error(judgement.new);
    const bool is_one = strcmp(pair->paths[0], pair->paths[1]) == 0;
    const char *certificate = "open";
    if (is_answered) {
        judge_verdicts(&judgement);
        harness_judgement_find(&judgement);
        certificate = compare_certificates(&judgement);
        judge_promises(&judgement, harness_json_get(pair->measures, "promises"), is_one);
        note_differences(&judgement, pair->measures);
        note_promise(&judgement, harness_json_get(pair->measures, "promise_rules"));
    }
    const int status = status_of(&judgement);
    cJSON *row = cJSON_CreateObject();
    cJSON_AddStringToObject(
        row, "scenario",
        is_one ? pair->paths[0]
               : lineage_arena_format(&judgement.arena, "%s, %s", pair->paths[0], pair->paths[1]));
    add_or_null(row, "choice", judgement.new);
    cJSON_AddNumberToObject(row, "status", status);
    cJSON_AddStringToObject(row, "outcome", word_of(status));
    cJSON_AddItemToObject(row, "old", version_json(pair, HARNESS_OLD));
    cJSON_AddItemToObject(row, "new", version_json(pair, HARNESS_NEW));
    cJSON_AddItemToObject(row, "losses", judgement.losses);
    cJSON_AddItemToObject(row, "open", judgement.open);
    cJSON_AddStringToObject(row, "certificate", certificate);
    cJSON_AddItemToObject(row, "counterexamples", judgement.found);
    add_or_null(row, "promises", pair->measures);
    add_or_null(row, "saved", pair->measures);
    add_or_null(row, "support", pair->measures);
    cJSON_AddItemToObject(row, "notes", judgement.notes);
    lineage_arena_free(&judgement.arena);
    return row;
}
