/* Is the new version worse than the old one? What the answers of both come to. */
#include "compare.h"

#include "json.h"
#include "regress.h"
#include "status.h"

#include <string.h>

/* A pair on its way to a row. Texts live in the arena. */
struct judgement {
    struct lineage_arena arena;
    const cJSON *old, *new;
    cJSON *losses, *open, *notes, *found;
};

static void lose(struct judgement *judgement, const char *kind, const char *text)
{
    cJSON *loss = cJSON_CreateObject();
    cJSON_AddStringToObject(loss, "kind", kind);
    cJSON_AddStringToObject(loss, "text", text);
    cJSON_AddItemToArray(judgement->losses, loss);
}

static void say(cJSON *list, const char *text)
{
    cJSON_AddItemToArray(list, cJSON_CreateString(text));
}

/* ---- counterexamples ---- */

static const cJSON *promises_of(const cJSON *counterexample)
{
    return harness_json_get(harness_json_get(counterexample, "shape"), "promises");
}

/* One whose shape could not be had is like no other. */
static enum lineage_likeness compare_shapes(const cJSON *left, const cJSON *right)
{
    return cJSON_GetArraySize(promises_of(left)) == 0 || cJSON_GetArraySize(promises_of(right)) == 0
               ? LINEAGE_OTHER_BUG
               : harness_likeness(left, right);
}

static bool have_common(const cJSON *left, const cJSON *right)
{
    const cJSON *l, *r;
    cJSON_ArrayForEach(l, left)
    {
        cJSON_ArrayForEach(r, right)
        {
            if (cJSON_Compare(l, r, true))
                return true;
        }
    }
    return false;
}

/* Does the crash happen in the other schedule, at a time that makes no difference? */
static bool has_crash(const cJSON *crashes, const cJSON *crash)
{
    const cJSON *other;
    cJSON_ArrayForEach(other, crashes)
    {
        if (harness_json_is(other, "node", harness_json_text(crash, "node")))
            return have_common(harness_json_get(other, "times"), harness_json_get(crash, "times"));
    }
    return false;
}

/* Are the faults of two counterexamples the same, or do they differ in times only that make no
 * difference? */
static bool have_same_faults(const cJSON *left, const cJSON *right)
{
    const cJSON *l = harness_json_get(left, "crashes"), *r = harness_json_get(right, "crashes");
    const cJSON *crash;
    if (cJSON_GetArraySize(l) != cJSON_GetArraySize(r) ||
        !cJSON_Compare(harness_json_get(left, "omissions"), harness_json_get(right, "omissions"),
                       true))
        return false;
    cJSON_ArrayForEach(crash, l)
    {
        if (!has_crash(r, crash))
            return false;
    }
    return true;
}

static const cJSON *find_faults(const cJSON *answer, const cJSON *wanted)
{
    const cJSON *found;
    cJSON_ArrayForEach(found, harness_json_get(answer, "counterexamples"))
    {
        if (have_same_faults(found, wanted))
            return found;
    }
    return NULL;
}

/* What the version's counterexamples have of a bug at best. */
static enum lineage_likeness find_bug(const cJSON *answer, const cJSON *wanted)
{
    enum lineage_likeness best = LINEAGE_OTHER_BUG;
    const cJSON *found;
    cJSON_ArrayForEach(found, harness_json_get(answer, "counterexamples"))
    {
        const enum lineage_likeness likeness = compare_shapes(found, wanted);
        best = likeness > best ? likeness : best;
    }
    return best;
}

/* Is the list of counterexamples the whole list? A scenario that names its faults asks for no more.
 */
static bool is_whole(const cJSON *answer)
{
    return harness_json_is_true(answer, "complete") ||
           (harness_json_is(answer, "search", "replay") &&
            !harness_json_is(answer, "verdict", "incomplete"));
}

/* Do the bounds up to which one was certified hold all of the other's? */
static bool covers(const cJSON *certified, const cJSON *bounds)
{
    return harness_json_number(certified, "eot") >= harness_json_number(bounds, "eot") &&
           harness_json_number(certified, "eff") >= harness_json_number(bounds, "eff");
}

/* Is it known what OLD does at the bounds at which NEW was searched? */
static bool is_known(const struct judgement *judgement)
{
    const cJSON *sweep = harness_json_get(judgement->old, "sweep");
    return is_whole(judgement->old) &&
           (sweep == NULL || harness_json_is(sweep, "ended", "counterexample") ||
            covers(harness_json_get(sweep, "certified"),
                   harness_json_get(judgement->new, "bounds")));
}

static void add_found(struct judgement *judgement, const char *kind, const cJSON *old,
                      const cJSON *new, enum lineage_likeness likeness)
{
    cJSON *item = cJSON_CreateObject();
    const cJSON *shown = new != NULL ? new : old;
    cJSON_AddStringToObject(item, "kind", kind);
    cJSON_AddStringToObject(item, "text", harness_json_text(shown, "text"));
    cJSON_AddBoolToObject(item, "same_causes", likeness == LINEAGE_SAME_BUG);
    cJSON_AddItemToObject(item, "old",
                          old == NULL ? cJSON_CreateNull() : cJSON_Duplicate(old, true));
    cJSON_AddItemToObject(item, "new",
                          new == NULL ? cJSON_CreateNull() : cJSON_Duplicate(new, true));
    cJSON_AddItemToArray(judgement->found, item);
}

static const char *join_promises(struct judgement *judgement, const cJSON *counterexample)
{
    const cJSON *name;
    const char *text = "";
    cJSON_ArrayForEach(name, promises_of(counterexample))
    {
        text = lineage_arena_format(&judgement->arena, "%s%s%s", text, text[0] == '\0' ? "" : ", ",
                                    name->valuestring);
    }
    return text[0] == '\0' ? "its promise" : text;
}

static void judge_found(struct judgement *judgement, const cJSON *found)
{
    const cJSON *same = find_faults(judgement->old, found);
    /* What needs no fault is no bug that needed one. */
    const bool is_worst = same == NULL && harness_json_is(found, "text", "no faults");
    const enum lineage_likeness likeness =
        is_worst ? LINEAGE_OTHER_BUG : find_bug(judgement->old, found);
    const bool is_same = same != NULL && compare_shapes(same, found) != LINEAGE_OTHER_BUG;
    const char *what =
        lineage_arena_format(&judgement->arena, "%s breaks %s", harness_json_text(found, "text"),
                             join_promises(judgement, found));
    if (is_same) {
        add_found(judgement, "both", same, found, compare_shapes(same, found));
    } else if (likeness != LINEAGE_OTHER_BUG) {
        add_found(judgement, "old bug", same, found, likeness);
    } else if (!is_known(judgement) &&
               !(is_worst && harness_json_number(judgement->old, "runs") > 0)) {
        add_found(judgement, "open", same, found, likeness);
        say(judgement->open,
            lineage_arena_format(&judgement->arena,
                                 "%s in NEW; the search of OLD did not end, which may have it, too",
                                 what));
    } else {
        add_found(judgement, "new bug", same, found, likeness);
        lose(judgement, "new bug", what);
    }
}

/* A counterexample of OLD alone. */
static void judge_gone(struct judgement *judgement, const cJSON *gone)
{
    const enum lineage_likeness likeness = find_bug(judgement->new, gone);
    if (find_faults(judgement->new, gone) != NULL)
        return;
    add_found(judgement,
              likeness != LINEAGE_OTHER_BUG ? "moved"
              : is_whole(judgement->new)    ? "repaired"
                                            : "open",
              gone, NULL, likeness);
}

static void judge_counterexamples(struct judgement *judgement)
{
    const cJSON *found;
    cJSON_ArrayForEach(found, harness_json_get(judgement->new, "counterexamples"))
    {
        judge_found(judgement, found);
    }
    cJSON_ArrayForEach(found, harness_json_get(judgement->old, "counterexamples"))
    {
        judge_gone(judgement, found);
    }
}

/* ---- certificates ---- */

/* Was it shown that nothing within the bounds, or not the one schedule asked for, breaks it? */
static bool is_certified(const cJSON *answer)
{
    return (harness_json_is(answer, "verdict", "certified") ||
            harness_json_is(answer, "verdict", "kept")) &&
           !harness_json_is_true(answer, "vacuous");
}

/* Where bounds were swept: how far each is certified. */
static const char *compare_bounds(struct judgement *judgement)
{
    const cJSON *sweep = harness_json_get(judgement->new, "sweep");
    const cJSON *old = harness_json_get(harness_json_get(judgement->old, "sweep"), "certified");
    const cJSON *new = harness_json_get(sweep, "certified");
    if (covers(new, old))
        return cJSON_IsObject(old) ? "kept" : cJSON_IsObject(new) ? "gained" : "none";
    const char *text = lineage_arena_format(
        &judgement->arena,
        "OLD is certified up to <EOT %.0f, EFF %.0f>, NEW up to <EOT %.0f, EFF %.0f>",
        harness_json_number(old, "eot"), harness_json_number(old, "eff"),
        harness_json_number(new, "eot"), harness_json_number(new, "eff"));
    if (harness_json_is(sweep, "ended", "budget")) {
        say(judgement->open, text);
        return "open";
    }
    lose(judgement, "bounds", text);
    return "lost";
}

/* Who has a certificate. */
static const char *compare_certificates(struct judgement *judgement)
{
    const bool was = is_certified(judgement->old), is = is_certified(judgement->new);
    if (harness_json_get(judgement->old, "sweep") != NULL &&
        harness_json_get(judgement->new, "sweep") != NULL)
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
        lose(judgement, "certificate", "OLD is certified, and NEW is not");
    return "lost"; /* if it is vacuous, that has been said */
}

static void note_good_run(struct judgement *judgement, const cJSON *answer, const char *name)
{
    if (harness_json_is(harness_json_first(answer, "counterexamples"), "text", "no faults"))
        say(judgement->notes,
            lineage_arena_format(&judgement->arena,
                                 "%s breaks its promise without any fault, and was not searched: "
                                 "does the scenario fit it?",
                                 name));
}

static void judge_verdicts(struct judgement *judgement)
{
    if (harness_json_is_true(judgement->new, "vacuous"))
        lose(judgement, "vacuous",
             "NEW promises nothing in the run without faults: whatever its verdict, it says "
             "nothing");
    if (harness_json_is_true(judgement->old, "vacuous"))
        say(judgement->notes, "OLD promises nothing in the run without faults");
    note_good_run(judgement, judgement->old, "OLD");
    note_good_run(judgement, judgement->new, "NEW");
    if (!is_whole(judgement->old))
        say(judgement->notes, "the search of OLD did not end");
    if (!is_whole(judgement->new))
        say(judgement->open, "the search of NEW did not end");
}

/* ---- promises ---- */

/* The promise's tuples that NEW lacks, as a list. */
static const char *join_lacking(struct judgement *judgement, const cJSON *promise)
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
static void judge_promises(struct judgement *judgement, const cJSON *promises, bool are_same_inputs)
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
            lose(judgement, "promise", text);
        else if (new < old)
            say(judgement->notes, text);
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

static void note_differences(struct judgement *judgement, const cJSON *measures)
{
    static const char *const keys[] = {"nodes", "bounds", "oracle"};
    const bool is_swept = harness_json_get(judgement->new, "sweep") != NULL;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!(is_swept && i == 1) &&
            !cJSON_Compare(harness_json_get(judgement->old, keys[i]),
                           harness_json_get(judgement->new, keys[i]), true))
            say(judgement->notes,
                lineage_arena_format(&judgement->arena,
                                     "the two scenarios differ in %s: they are not asked the same",
                                     keys[i]));
    const cJSON *eot = harness_json_get(harness_json_get(measures, "saved"), "eot");
    if (is_swept && eot != NULL)
        say(judgement->notes,
            lineage_arena_format(&judgement->arena,
                                 "bounds were swept: what is promised and what was "
                                 "saved is measured at EOT %.0f",
                                 harness_json_number(eot, "new")));
    if (harness_json_get(measures, "promises") == NULL)
        say(judgement->open, "what is promised and what was saved could not be measured");
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

static int status_of(const struct judgement *judgement)
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
    struct judgement judgement = {.old = pair->answers[HARNESS_OLD],
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
        judge_counterexamples(&judgement);
        certificate = compare_certificates(&judgement);
        judge_promises(&judgement, harness_json_get(pair->measures, "promises"), is_one);
        note_differences(&judgement, pair->measures);
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
