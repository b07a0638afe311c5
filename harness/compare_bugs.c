/* Which counterexamples of two versions are the same bug, and what became of those of the old one.
 */
#include "compare_judge.h"

#include "json.h"
#include "regress.h"

static const cJSON *promises_of(const cJSON *counterexample)
{
    return harness_json_get(harness_json_get(counterexample, "shape"), "promises");
}

/* One whose shape could not be had is like no other. */
static enum lineage_likeness compare_shapes(const cJSON *left, const cJSON *right)
{
    return cJSON_GetArraySize(promises_of(left)) == 0 || cJSON_GetArraySize(promises_of(right)) == 0
               ? LINEAGE_OTHER_BUG
               : harness_compare_shapes(left, right);
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

bool harness_judgement_is_replay(const cJSON *answer)
{
    return harness_json_is(answer, "search", "replay");
}

bool harness_judgement_is_whole(const cJSON *answer)
{
    return harness_json_is_true(answer, "complete") ||
           (harness_judgement_is_replay(answer) &&
            !harness_json_is(answer, "verdict", "incomplete"));
}

/* Is it known what OLD does at the bounds at which NEW was searched? */
static bool is_known(const struct harness_judgement *judgement)
{
    const cJSON *sweep = harness_json_get(judgement->old, "sweep");
    return harness_judgement_is_whole(judgement->old) &&
           (sweep == NULL || harness_json_is(sweep, "ended", "counterexample") ||
            harness_compare_covers(harness_json_get(sweep, "certified"),
                                   harness_json_get(judgement->new, "bounds")));
}

static void add_found(struct harness_judgement *judgement, const char *kind, const cJSON *old,
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

static const char *join_promises(struct harness_judgement *judgement, const cJSON *counterexample)
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

/* Is it known that OLD stands what it lists no counterexample for, where NEW has found one? Where
 * bounds were swept, OLD stands it at the end of time that it was searched at. */
static bool is_stood(const struct harness_judgement *judgement, const cJSON *found)
{
    const cJSON *old = judgement->old;
    return is_known(judgement) && !harness_judgement_is_replay(old) &&
           harness_compare_allows(old, found) &&
           (harness_json_get(old, "sweep") == NULL ||
            harness_compare_covers(harness_json_get(old, "bounds"),
                                   harness_json_get(judgement->new, "bounds")));
}

/* A counterexample of NEW for a bug that OLD has, too: at the same cost? */
static void judge_old_bug(struct harness_judgement *judgement, const cJSON *same,
                          const cJSON *found, enum lineage_likeness likeness)
{
    struct harness_fewer fewer;
    if (!harness_compare_fewer(judgement->old, found, &fewer)) {
        add_found(judgement, "old bug", same, found, likeness);
        return;
    }
    const char *what =
        lineage_arena_format(&judgement->arena, "%s alone breaks %s",
                             harness_json_text(found, "text"), join_promises(judgement, found));
    if (!is_stood(judgement, found)) {
        add_found(judgement, "open", same, found, likeness);
        harness_judgement_say(
            judgement->open,
            lineage_arena_format(&judgement->arena,
                                 "%s in NEW; OLD is known to break with more faults, and was not "
                                 "searched to the end for fewer",
                                 what));
        return;
    }
    add_found(judgement, "fewer faults", same, found, likeness);
    harness_judgement_lose(
        judgement, "fewer faults",
        !fewer.is_smaller
            ? lineage_arena_format(&judgement->arena, "%s; OLD stands it, and needs %s there", what,
                                   harness_json_text(fewer.larger, "text"))
            : lineage_arena_format(&judgement->arena, "%s; OLD %s %zu faults%s", what,
                                   fewer.is_stood ? "stands it and needs" : "needs", fewer.needed,
                                   fewer.is_stood ? "" : " for that"));
}

static void judge_found(struct harness_judgement *judgement, const cJSON *found)
{
    const cJSON *same = harness_compare_find_faults(judgement->old, found);
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
        judge_old_bug(judgement, same, found, likeness);
    } else if (!is_known(judgement) &&
               !(is_worst && harness_json_number(judgement->old, "runs") > 0)) {
        add_found(judgement, "open", same, found, likeness);
        harness_judgement_say(
            judgement->open,
            lineage_arena_format(&judgement->arena,
                                 "%s in NEW; the search of OLD did not end, which may have it, too",
                                 what));
    } else {
        add_found(judgement, "new bug", same, found, likeness);
        harness_judgement_lose(judgement, "new bug", what);
    }
}

/* Would a counterexample of OLD be in NEW's list, were it one of NEW? */
static bool is_asked(const struct harness_judgement *judgement, const cJSON *gone)
{
    return harness_judgement_is_replay(judgement->new)
               ? harness_judgement_is_replay(judgement->old)
               : harness_compare_allows(judgement->new, gone);
}

/* A counterexample of OLD alone. */
static void judge_gone(struct harness_judgement *judgement, const cJSON *gone)
{
    const enum lineage_likeness likeness = find_bug(judgement->new, gone);
    if (harness_compare_find_faults(judgement->new, gone) != NULL)
        return;
    if (likeness != LINEAGE_OTHER_BUG) {
        add_found(judgement, "moved", gone, NULL, likeness);
        return;
    }
    const bool is_outside = !is_asked(judgement, gone);
    judgement->is_outside = judgement->is_outside || is_outside;
    add_found(judgement,
              harness_judgement_is_whole(judgement->new) && !is_outside ? "repaired" : "open", gone,
              NULL, likeness);
}

void harness_judgement_find(struct harness_judgement *judgement)
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
