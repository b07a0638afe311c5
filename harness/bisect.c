#include "bisect.h"

#include "json.h"
#include "status.h"
#include "version.h"

size_t harness_bisect_add(struct harness_bisect *bisect, const char *label)
{
    const struct harness_version version = {.label = label};
    LINEAGE_PUSH(&bisect->versions, version);
    return bisect->versions.count - 1;
}

void harness_bisect_add_question(struct harness_bisect *bisect, size_t version,
                                 struct harness_question question)
{
    LINEAGE_PUSH(&bisect->versions.items[version].questions, question);
}

/* What a version is known to do. */
enum standing { HAS_IT, LACKS_IT, UNKNOWN, NOT_ASKED };

/* ---- asking ---- */

/* Takes the answers of an entry of a sweep. */
static void take(struct harness_question *question, const struct harness_sweep *sweep,
                 const struct harness_entry *entry, bool is_replay)
{
    const cJSON *found;
    if (is_replay) {
        question->replay = cJSON_Duplicate(entry->row, true);
        return;
    }
    question->row = cJSON_Duplicate(entry->row, true);
    question->is_answered = harness_is_searched(sweep, entry);
    question->found = cJSON_CreateArray();
    for (size_t i = 0; i < entry->unit_count; i++) {
        const cJSON *unit = sweep->units.items[entry->first_unit + i].answer;
        const cJSON *choice = harness_json_get(unit, "choice");
        cJSON_ArrayForEach(found, harness_json_get(unit, "counterexamples"))
        {
            cJSON *copy = cJSON_Duplicate(found, true);
            if (choice != NULL)
                cJSON_AddItemToObject(copy, "choice", cJSON_Duplicate(choice, true));
            cJSON_AddItemToArray(question->found, copy);
        }
    }
}

/* Is it time for the question? `reserves`: for those of today's inputs. */
static bool is_due(const struct harness_question *question, bool reserves, bool is_replay)
{
    if (is_replay)
        return question->replay == NULL && (!question->in_reserve || question->row != NULL);
    return question->row == NULL && question->in_reserve == reserves;
}

static enum standing stand(const struct harness_bisect *bisect, size_t number);

/* Asks the questions of versions `first` to `last`, unless they were asked: searches, or replays of
 * these faults. Of today's inputs (`reserves`) only versions that do not show the bug by
 * themselves. Returns the
 * status as far as it ends the bisection: interrupted, or the machine. */
static int ask(struct harness_bisect *bisect, size_t first, size_t last, bool reserves,
               const cJSON *faults)
{
    struct harness_sweep sweep = bisect->sweep;
    LINEAGE_ARRAY(struct harness_question *) asked = {0};
    for (size_t i = first; i <= last; i++)
        for (size_t j = 0; j < bisect->versions.items[i].questions.count; j++) {
            struct harness_question *question = &bisect->versions.items[i].questions.items[j];
            if (!is_due(question, reserves, faults != NULL) ||
                (reserves && (stand(bisect, i) == HAS_IT || stand(bisect, i) == NOT_ASKED)))
                continue;
            const size_t number = harness_sweep_add_entry(&sweep, question->scenario);
            struct harness_entry *entry = &sweep.entries.items[number];
            entry->label = lineage_arena_format(&sweep.arena, "%s: %s",
                                                bisect->versions.items[i].label, entry->name);
            entry->model = question->model;
            entry->replaced = question->replaced;
            entry->faults = faults;
            LINEAGE_PUSH(&asked, question);
        }
    sweep.cheapest_first = true;
    sweep.goes_on = true;
    const int status = harness_sweep_run(&sweep);
    for (size_t i = 0; i < asked.count; i++)
        take(asked.items[i], &sweep, &sweep.entries.items[i], faults != NULL);
    bisect->sweep.progress_drawn = sweep.progress_drawn;
    const bool ends = status == HARNESS_STATUS_INTERRUPTED || sweep.store_failed;
    lineage_memory_free(asked.items);
    harness_sweep_free(&sweep);
    return ends ? status : HARNESS_STATUS_OK;
}

/* ---- judging ---- */

static size_t size_of(const cJSON *found)
{
    return (size_t)cJSON_GetArraySize(harness_json_get(found, "omissions")) +
           (size_t)cJSON_GetArraySize(harness_json_get(found, "crashes"));
}

/* What a version has to say: the counterexample closest to today's bug, the smallest of these. */
struct finding {
    const cJSON *counterexample; /* NULL: none */
    const char *scenario;
    enum lineage_likeness likeness;
    bool is_asked, is_answered; /* searched; and to the end */
    bool is_replayed;
    bool shows, breaks, keeps; /* a replay shows the bug; breaks the promise; keeps it */
};

static void consider(struct finding *finding, const cJSON *found, const char *scenario,
                     const cJSON *bug)
{
    const enum lineage_likeness likeness =
        bug == NULL ? LINEAGE_OTHER_BUG : harness_likeness(bug, found);
    if (finding->counterexample != NULL &&
        (likeness < finding->likeness ||
         (likeness == finding->likeness && size_of(found) >= size_of(finding->counterexample))))
        return;
    finding->counterexample = found;
    finding->scenario = scenario;
    finding->likeness = likeness;
}

/* Today's inputs may not fit another model: it reads them not at all, or its promise breaks at
 * once, where today's bug needs faults. Then they say nothing of it. */
static bool fits(const struct harness_bisect *bisect, const struct harness_question *question)
{
    const cJSON *found;
    bool breaks_at_once = false;
    cJSON_ArrayForEach(found, question->found)
    {
        breaks_at_once = breaks_at_once || size_of(found) == 0;
    }
    return question->row != NULL && harness_json_get(question->row, "error") == NULL &&
           !(breaks_at_once && bisect->bug != NULL && size_of(bisect->bug) > 0);
}

static struct finding find(const struct harness_bisect *bisect, size_t number)
{
    const struct harness_version *version = &bisect->versions.items[number];
    struct finding finding = {.is_answered = version->missing == NULL};
    for (size_t i = 0; i < version->questions.count; i++) {
        const struct harness_question *question = &version->questions.items[i];
        const cJSON *found, *replayed = harness_json_get(question->replay, "counterexample");
        if (question->in_reserve && !fits(bisect, question))
            continue;
        finding.is_asked = finding.is_asked || question->row != NULL;
        finding.is_answered = finding.is_answered && question->is_answered;
        cJSON_ArrayForEach(found, question->found)
        {
            consider(&finding, found, question->scenario, bisect->bug);
        }
        if (replayed != NULL)
            consider(&finding, replayed, question->scenario, bisect->bug);
        finding.is_replayed = finding.is_replayed || question->replay != NULL;
        finding.breaks = finding.breaks || replayed != NULL;
        finding.shows =
            finding.shows || (replayed != NULL && bisect->bug != NULL &&
                              harness_likeness(bisect->bug, replayed) != LINEAGE_OTHER_BUG);
        finding.keeps = finding.keeps || harness_json_is(question->replay, "verdict", "kept");
    }
    return finding;
}

static enum standing stand(const struct harness_bisect *bisect, size_t number)
{
    const struct finding finding = find(bisect, number);
    if (finding.counterexample != NULL && finding.likeness != LINEAGE_OTHER_BUG)
        return HAS_IT;
    if (!finding.is_asked && bisect->versions.items[number].missing == NULL)
        return NOT_ASKED;
    return finding.is_answered ? LACKS_IT : UNKNOWN;
}

/* Did a search of the version fail, or not come to its end, so that it is not known whether it has
 * the bug? */
static bool is_open(const struct harness_bisect *bisect, size_t number)
{
    return stand(bisect, number) == UNKNOWN && bisect->versions.items[number].missing == NULL;
}

/* Today's bug: what the user's faults break, or the smallest counterexample, in the newest version
 * that has one. */
static void find_bug(struct harness_bisect *bisect)
{
    for (size_t i = bisect->versions.count; i-- > 0 && bisect->bug == NULL;) {
        const struct harness_version *version = &bisect->versions.items[i];
        const cJSON *bug = bisect->faults == NULL ? find(bisect, i).counterexample : NULL;
        for (size_t j = 0; bisect->faults != NULL && bug == NULL && j < version->questions.count;
             j++)
            bug = harness_json_get(version->questions.items[j].replay, "counterexample");
        bisect->bug = cJSON_Duplicate(bug, true);
        bisect->today = i;
    }
}

/* ---- the answer ---- */

static const char *bug_word(const struct harness_bisect *bisect, size_t number)
{
    const struct finding finding = find(bisect, number);
    switch (stand(bisect, number)) {
    case HAS_IT:
        return finding.likeness == LINEAGE_SAME_BUG ? "same" : "same promise";
    case LACKS_IT:
        return finding.counterexample != NULL ? "another" : "none";
    case NOT_ASKED:
        return "not asked";
    case UNKNOWN:
    default:
        return "unknown";
    }
}

static const cJSON *error_of(const struct harness_version *version)
{
    const cJSON *error = NULL;
    for (size_t i = 0; i < version->questions.count && error == NULL; i++)
        if (!version->questions.items[i].in_reserve)
            error = harness_json_get(version->questions.items[i].row, "error");
    return error;
}

static const char *verdict_of(const struct harness_version *version, const struct finding *finding)
{
    if (version->missing != NULL)
        return "missing";
    if (finding->counterexample != NULL)
        return "counterexample";
    if (!finding->is_asked)
        return "not asked";
    for (size_t i = 0; i < version->questions.count; i++)
        if (harness_json_is(version->questions.items[i].row, "verdict", "kept"))
            return "kept"; /* its scenario names its faults, and nothing else was tried */
    return finding->is_answered ? "certified" : error_of(version) != NULL ? "error" : "incomplete";
}

static cJSON *version_json(const struct harness_bisect *bisect, size_t number)
{
    const struct harness_version *version = &bisect->versions.items[number];
    const struct finding finding = find(bisect, number);
    double runs = 0, seconds = 0;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "version", version->label);
    cJSON_AddStringToObject(object, "verdict", verdict_of(version, &finding));
    cJSON_AddItemToObject(object, "counterexample", cJSON_Duplicate(finding.counterexample, true));
    if (finding.counterexample == NULL)
        cJSON_AddNullToObject(object, "counterexample");
    else
        cJSON_AddStringToObject(object, "scenario", finding.scenario);
    cJSON_AddStringToObject(object, "replay",
                            !finding.is_replayed ? "not asked"
                            : finding.shows      ? "broken"
                            : finding.breaks     ? "another bug"
                            : finding.keeps      ? "kept"
                                                 : "impossible");
    cJSON_AddStringToObject(object, "bug", bug_word(bisect, number));
    for (size_t i = 0; i < version->questions.count; i++) {
        runs += harness_json_number(version->questions.items[i].row, "runs");
        seconds += harness_json_number(version->questions.items[i].row, "seconds");
    }
    if (error_of(version) != NULL)
        cJSON_AddItemToObject(object, "error", cJSON_Duplicate(error_of(version), true));
    if (version->missing != NULL)
        cJSON_AddStringToObject(object, "missing", version->missing);
    cJSON_AddNumberToObject(object, "runs", runs);
    cJSON_AddNumberToObject(object, "seconds", seconds);
    return object;
}

/* The first of the versions that have the bug without a break up to today's. One of which it is not
 * known (its model cannot be read; it was not asked, because the bug is assumed to be handed on) is
 * no break. */
static size_t find_introduction(const struct harness_bisect *bisect)
{
    size_t first = bisect->today;
    for (size_t i = first; i-- > 0 && stand(bisect, i) != LACKS_IT;)
        if (stand(bisect, i) == HAS_IT)
            first = i;
    return first;
}

/* The first version from which on today's faults show the bug, as far as they can be replayed. */
static size_t find_showing(const struct harness_bisect *bisect, size_t introduced)
{
    size_t first = bisect->today;
    for (size_t i = first; i-- > introduced;) {
        const struct finding finding = find(bisect, i);
        if (finding.breaks ? !finding.shows : finding.keeps)
            break;
        first = finding.shows ? i : first;
    }
    return first;
}

/* What the versions before the first that has the bug say of it. */
static void say_origin(const struct harness_bisect *bisect, size_t introduced, FILE *out)
{
    const struct harness_version *versions = bisect->versions.items;
    const char *first = versions[introduced].label;
    size_t lacking = introduced; /* the last before it of which we know, plus one */
    while (lacking > 0 && stand(bisect, lacking - 1) != LACKS_IT)
        lacking--;
    if (introduced == 0) {
        fprintf(out, "The bug is as old as the oldest version asked, %s.", first);
        return;
    }
    const struct harness_version *before = &versions[introduced - 1];
    const char *why = before->missing != NULL                      ? before->missing
                      : stand(bisect, introduced - 1) == NOT_ASKED ? "it was not asked"
                                                                   : "it gave no answer";
    if (lacking == introduced)
        fprintf(out, "The bug came with %s: %s does not have it.", first, before->label);
    else if (lacking > 0)
        fprintf(out,
                "The bug came after %s, which does not have it, and %s has it; nothing is known of "
                "%s: %s.",
                versions[lacking - 1].label, first, before->label, why);
    else
        fprintf(out, "The bug is there since %s, or before; nothing is known of %s: %s.", first,
                before->label, why);
}

/* What became of the bug after the version in which today's faults were seen. */
static void say_end(const struct harness_bisect *bisect, FILE *out)
{
    const struct harness_version *versions = bisect->versions.items;
    size_t last = bisect->today, next;
    for (size_t i = last + 1; i < bisect->versions.count; i++)
        if (stand(bisect, i) == HAS_IT)
            last = i;
    if (last > bisect->today) {
        const struct finding finding = find(bisect, last);
        fprintf(out, " %s still has it, and needs %s.", versions[last].label,
                harness_json_text(finding.counterexample, "text"));
    }
    for (next = last + 1; next < bisect->versions.count && stand(bisect, next) != LACKS_IT; next++)
        ;
    if (next < bisect->versions.count)
        fprintf(out, " %s does not have it any more.", versions[next].label);
    else if (last + 1 < bisect->versions.count)
        fprintf(out, " Nothing is known of %s.", versions[last + 1].label);
}

/* The answer in a sentence or two. */
static char *say(const struct harness_bisect *bisect, size_t introduced, size_t shown)
{
    const struct harness_version *versions = bisect->versions.items;
    const struct finding first = find(bisect, introduced);
    const char *today = harness_json_text(bisect->bug, "text");
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    say_origin(bisect, introduced, out);
    if (shown > introduced)
        fprintf(out,
                " It lay dormant until %s: in %s it needs %s, so replaying today's %s there %s.",
                versions[shown].label, versions[introduced].label,
                harness_json_text(first.counterexample, "text"), today,
                first.breaks  ? "shows another bug"
                : first.keeps ? "keeps the promise"
                              : "is impossible");
    else if (introduced < bisect->today)
        fprintf(out, " Replaying today's %s shows it from there on.", today);
    if (introduced < bisect->today && first.likeness == LINEAGE_LIKE_BUG)
        fprintf(out, " In %s the same promise breaks for other causes: it may be another bug.",
                versions[introduced].label);
    say_end(bisect, out);
    for (size_t i = introduced; i-- > 0;)
        if (stand(bisect, i) == HAS_IT) {
            fprintf(out, " It was there before, in %s, and went.", versions[i].label);
            break;
        }
    return lineage_text_close(&text);
}

static void answer(struct harness_bisect *bisect)
{
    const size_t introduced = find_introduction(bisect);
    const size_t shown = find_showing(bisect, introduced);
    char *sentence = say(bisect, introduced, shown);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "tool", "ldfi");
    cJSON_AddStringToObject(object, "version", HARNESS_VERSION);
    cJSON_AddStringToObject(object, "command", "bisect");
    cJSON_AddItemToObject(object, "bug", cJSON_Duplicate(bisect->bug, true));
    cJSON *list = cJSON_AddArrayToObject(object, "versions");
    for (size_t i = 0; i < bisect->versions.count; i++)
        cJSON_AddItemToArray(list, version_json(bisect, i));
    cJSON_AddStringToObject(object, "introduced", bisect->versions.items[introduced].label);
    cJSON_AddStringToObject(object, "shown_from", bisect->versions.items[shown].label);
    cJSON_AddStringToObject(object, "sentence", sentence);
    lineage_memory_free(sentence);
    bisect->json = object;
}

/* Finds the first version that has the bug, if each hands it on to the next. Where the one in the
 * middle does not tell, those beside it are asked. */
static int halve(struct harness_bisect *bisect)
{
    size_t low = 0, high = bisect->versions.count - 1;
    int status = HARNESS_STATUS_OK;
    while (low < high && status == HARNESS_STATUS_OK) {
        const size_t middle = low + (high - low) / 2;
        size_t i = 0, asked = middle;
        for (; i < high - low && status == HARNESS_STATUS_OK; i++) {
            asked = middle + i < high ? middle + i : high - 1 - i;
            status = ask(bisect, asked, asked, false, NULL);
            if (status == HARNESS_STATUS_OK)
                status = ask(bisect, asked, asked, true, NULL);
            if (stand(bisect, asked) == HAS_IT || stand(bisect, asked) == LACKS_IT)
                break;
        }
        if (i == high - low)
            break;
        if (stand(bisect, asked) == HAS_IT)
            high = asked;
        else
            low = asked + 1;
    }
    return status;
}

/* There is no bug to trace back. */
static int judge_nothing(const struct harness_bisect *bisect)
{
    const struct harness_version *last = &bisect->versions.items[bisect->versions.count - 1];
    bool is_any_open = false;
    for (size_t i = 0; i < bisect->versions.count; i++)
        is_any_open = is_any_open || is_open(bisect, i);
    return is_any_open && bisect->faults == NULL && error_of(last) == NULL
               ? HARNESS_STATUS_NO_ANSWER
               : HARNESS_STATUS_BAD_INPUT;
}

/* Is it known where the bug came from, and whether it is there today? */
static int judge(const struct harness_bisect *bisect, size_t introduced)
{
    bool is_known = introduced == 0 || !is_open(bisect, introduced - 1);
    for (size_t i = bisect->today + 1; i < bisect->versions.count; i++)
        is_known = is_known && !is_open(bisect, i);
    return is_known ? HARNESS_STATUS_OK : HARNESS_STATUS_NO_ANSWER;
}

int harness_bisect_run(struct harness_bisect *bisect)
{
    const size_t last = bisect->versions.count - 1, first = bisect->assumes_monotone ? last : 0;
    int status = ask(bisect, first, last, false, NULL);
    if (status == HARNESS_STATUS_OK && bisect->faults != NULL)
        status = ask(bisect, first, last, false, bisect->faults);
    if (status != HARNESS_STATUS_OK)
        return status;
    find_bug(bisect);
    if (bisect->bug == NULL)
        return judge_nothing(bisect);
    if (bisect->assumes_monotone)
        status = halve(bisect);
    else
        status = ask(bisect, 0, last, true, NULL);
    if (status == HARNESS_STATUS_OK)
        status = ask(bisect, 0, last, false, bisect->faults != NULL ? bisect->faults : bisect->bug);
    if (status != HARNESS_STATUS_OK)
        return status;
    answer(bisect);
    return judge(bisect, find_introduction(bisect));
}

void harness_bisect_free(struct harness_bisect *bisect)
{
    for (size_t i = 0; i < bisect->versions.count; i++) {
        struct harness_version *version = &bisect->versions.items[i];
        for (size_t j = 0; j < version->questions.count; j++) {
            cJSON_Delete(version->questions.items[j].row);
            cJSON_Delete(version->questions.items[j].found);
            cJSON_Delete(version->questions.items[j].replay);
        }
        lineage_memory_free(version->questions.items);
    }
    lineage_memory_free(bisect->versions.items);
    cJSON_Delete(bisect->bug);
    cJSON_Delete(bisect->json);
}
