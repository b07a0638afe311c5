#include "regress.h"

#include "json.h"
#include "status.h"

#include "../lineage/path.h"

const char *harness_fate_name(enum harness_fate fate)
{
    static const char *const names[] = {"still there",  "same bug, other faults",
                                        "same promise", "another bug",
                                        "gone",         "not there",
                                        "not found",    "not asked"};
    return names[fate];
}

static struct lineage_names read_names(struct lineage_arena *arena, const cJSON *list)
{
    const cJSON *item;
    struct lineage_names names = {
        .items = lineage_arena_allocate(arena, ((size_t)cJSON_GetArraySize(list) + 1) *
                                                   sizeof *names.items)};
    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item))
            names.items[names.count++] = item->valuestring;
    }
    return names;
}

static struct lineage_shape read_shape(struct lineage_arena *arena, const cJSON *object)
{
    const cJSON *shape = harness_json_get(object, "shape");
    return (struct lineage_shape){.promises =
                                      read_names(arena, harness_json_get(shape, "promises")),
                                  .causes = read_names(arena, harness_json_get(shape, "causes"))};
}

static bool has_all(const struct lineage_names *names, const struct lineage_names *wanted)
{
    for (size_t i = 0; i < wanted->count; i++) {
        size_t j = 0;
        while (j < names->count && strcmp(names->items[j], wanted->items[i]) != 0)
            j++;
        if (j == names->count)
            return false;
    }
    return wanted->count > 0;
}

enum lineage_likeness harness_compare_shapes(const cJSON *left, const cJSON *right)
{
    struct lineage_arena arena = {.newest = NULL};
    const struct lineage_shape l = read_shape(&arena, left), r = read_shape(&arena, right);
    const enum lineage_likeness likeness = lineage_shapes_compare(&l, &r);
    lineage_arena_free(&arena);
    return likeness;
}

enum lineage_likeness harness_likeness(const cJSON *bug, const cJSON *found)
{
    struct lineage_arena arena = {.newest = NULL};
    const struct lineage_shape b = read_shape(&arena, bug), f = read_shape(&arena, found);
    enum lineage_likeness likeness = lineage_shapes_compare(&b, &f);
    if (likeness == LINEAGE_OTHER_BUG && has_all(&f.promises, &b.promises))
        likeness = LINEAGE_LIKE_BUG; /* and more breaks beside it */
    lineage_arena_free(&arena);
    return likeness;
}

/* Was nothing promised, so that nothing could be broken? */
static bool is_empty(const cJSON *answer)
{
    return harness_json_is_true(answer, "vacuous") &&
           harness_json_first(answer, "counterexamples") == NULL;
}

bool harness_may_hide(const cJSON *answer)
{
    const cJSON *bounds = harness_json_get(answer, "bounds"), *found;
    const cJSON *most = harness_json_get(bounds, "omissions");
    cJSON_ArrayForEach(found, harness_json_get(answer, "counterexamples"))
    {
        const int crashes = cJSON_GetArraySize(harness_json_get(found, "crashes"));
        const int omissions = cJSON_GetArraySize(harness_json_get(found, "omissions"));
        const bool loses = harness_json_number(bounds, "eff") > 1 &&
                           (!cJSON_IsNumber(most) || omissions < most->valuedouble);
        if (loses || crashes < harness_json_number(bounds, "crashes"))
            return true;
    }
    return false;
}

bool harness_is_searched(const struct harness_sweep *sweep, const struct harness_entry *entry)
{
    bool is_searched = entry->unit_count > 0, promises = false;
    for (size_t i = 0; i < entry->unit_count; i++) {
        const cJSON *answer = sweep->units.items[entry->first_unit + i].answer;
        promises = promises || !is_empty(answer);
        /* "complete" is false, too, where the scenario names its faults: that is no search. */
        is_searched = is_searched && harness_json_is_true(answer, "complete") &&
                      !harness_may_hide(answer) &&
                      !harness_json_is(harness_json_get(answer, "sweep"), "ended", "budget");
    }
    return is_searched && promises;
}

/* Are these the nodes of the scenario, in any order? */
static bool has_nodes(const struct harness_scenario *scenario, const cJSON *nodes)
{
    const cJSON *node;
    size_t found = 0;
    cJSON_ArrayForEach(node, nodes)
    {
        for (size_t i = 0; cJSON_IsString(node) && i < scenario->nodes.count; i++)
            found += strcmp(scenario->nodes.items[i], node->valuestring) == 0;
    }
    return nodes == NULL ||
           (found == scenario->nodes.count && (int)found == cJSON_GetArraySize(nodes));
}

void harness_regress_add(struct harness_regress *regress, const char *scenario, bool all)
{
    struct harness_regression item = {.search = harness_sweep_add_entry(&regress->sweep, scenario)};
    struct lineage_diagnostics ignored = {.error_count = 0}; /* they come up when it runs */
    struct harness_scenario read;
    harness_scenario_create(&read);
    harness_scenario_read(&read, scenario, &ignored);
    for (size_t i = 0; i < regress->corpus.items.count; i++) {
        const struct harness_known *known = &regress->corpus.items.items[i];
        const bool is_own = lineage_path_is_same(known->scenario, scenario);
        if (!is_own && !(all && has_nodes(&read, harness_json_get(known->json, "nodes"))))
            continue;
        const size_t number = harness_sweep_add_entry(&regress->sweep, scenario);
        struct harness_entry *entry = &regress->sweep.entries.items[number];
        entry->faults = harness_json_get(known->json, "faults");
        entry->choice = is_own ? harness_json_get(known->json, "choice") : NULL;
        entry->eot = is_own ? (uint32_t)harness_json_number(known->json, "eot") : 0;
        entry->eff = is_own ? (uint32_t)harness_json_number(known->json, "eff") : 0;
        LINEAGE_PUSH(&item.known, i);
        LINEAGE_PUSH(&item.replay, number);
    }
    harness_scenario_destroy(&read);
    lineage_diagnostics_free(&ignored);
    LINEAGE_PUSH(&regress->items, item);
}

/* Calls `see` for each counterexample that the entry's searches found. */
static void each_found(const struct harness_sweep *sweep, size_t number,
                       void (*see)(void *context, const cJSON *found), void *context)
{
    const struct harness_entry *entry = &sweep->entries.items[number];
    for (size_t i = 0; i < entry->unit_count; i++) {
        const cJSON *answer = sweep->units.items[entry->first_unit + i].answer, *found;
        cJSON_ArrayForEach(found, harness_json_get(answer, "counterexamples"))
        {
            see(context, found);
        }
    }
}

/* The schedules among those found that show the bug of `known`. */
struct matching {
    const cJSON *known;
    cJSON *texts; /* NULL: only counted */
    size_t count;
    bool is_alike; /* some other breaks the same promises */
};

static void match(void *context, const cJSON *found)
{
    struct matching *matching = context;
    const enum lineage_likeness likeness = harness_likeness(matching->known, found);
    matching->is_alike = matching->is_alike || likeness == LINEAGE_LIKE_BUG;
    if (likeness != LINEAGE_SAME_BUG)
        return;
    matching->count++;
    if (matching->texts != NULL)
        cJSON_AddItemToArray(matching->texts,
                             cJSON_Duplicate(harness_json_get(found, "text"), true));
}

/* What became of a known bug in a scenario, by its replay and by what a search found. */
static enum harness_fate judge_bug(const struct harness_regress *regress,
                                   const struct harness_regression *item, size_t number,
                                   const struct matching *matching)
{
    const struct harness_sweep *sweep = &regress->sweep;
    const struct harness_entry *search = &sweep->entries.items[item->search];
    const struct harness_known *known = &regress->corpus.items.items[item->known.items[number]];
    const cJSON *replay = sweep->entries.items[item->replay.items[number]].row;
    const cJSON *broken = harness_json_get(replay, "counterexample");
    const bool is_own = lineage_path_is_same(known->scenario, search->path);
    const enum lineage_likeness likeness =
        broken == NULL ? LINEAGE_OTHER_BUG : harness_likeness(known->json, broken);
    if (likeness == LINEAGE_SAME_BUG)
        return HARNESS_STILL_THERE;
    if (matching->count > 0)
        return HARNESS_OTHER_FAULTS;
    if (matching->is_alike || likeness == LINEAGE_LIKE_BUG)
        return HARNESS_SAME_PROMISE;
    if (broken != NULL)
        return HARNESS_OTHER_BUG;
    if (!harness_is_searched(sweep, search))
        return HARNESS_NOT_FOUND;
    if (!is_own)
        return HARNESS_NOT_THERE;
    /* The scenario may have lost the inputs or the nodes that the bug needs. */
    return harness_json_get(replay, "error") != NULL ? HARNESS_NOT_ASKED : HARNESS_GONE;
}

static cJSON *bug_json(const struct harness_regress *regress, const struct harness_regression *item,
                       size_t number)
{
    const struct harness_sweep *sweep = &regress->sweep;
    const struct harness_known *known = &regress->corpus.items.items[item->known.items[number]];
    const cJSON *replay = sweep->entries.items[item->replay.items[number]].row;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "bug", known->name);
    cJSON_AddItemToObject(object, "faults",
                          cJSON_Duplicate(harness_json_get(known->json, "text"), true));
    cJSON_AddStringToObject(object, "replay",
                            harness_json_get(replay, "error") != NULL            ? "impossible"
                            : harness_json_get(replay, "counterexample") != NULL ? "broken"
                                                                                 : "kept");
    cJSON_AddItemToObject(object, "replay_error",
                          cJSON_Duplicate(harness_json_get(replay, "error"), true));
    struct matching matching = {.known = known->json,
                                .texts = cJSON_AddArrayToObject(object, "found")};
    each_found(sweep, item->search, match, &matching);
    cJSON_AddStringToObject(object, "fate",
                            harness_fate_name(judge_bug(regress, item, number, &matching)));
    return object;
}

/* Collects counterexamples that show no bug of the corpus. */
struct novelties {
    const struct harness_regress *regress;
    const struct harness_regression *item;
    cJSON *list;
};

static void collect(void *context, const cJSON *found)
{
    struct novelties *novelties = context;
    for (size_t i = 0; i < novelties->item->known.count; i++) {
        const size_t known = novelties->item->known.items[i];
        if (harness_likeness(novelties->regress->corpus.items.items[known].json, found) ==
            LINEAGE_SAME_BUG)
            return;
    }
    cJSON_AddItemToArray(novelties->list, cJSON_Duplicate(found, true));
}

cJSON *harness_regress_json(const struct harness_regress *regress)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < regress->items.count; i++) {
        const struct harness_regression *item = &regress->items.items[i];
        cJSON *object = cJSON_Duplicate(regress->sweep.entries.items[item->search].row, true);
        cJSON *bugs = cJSON_AddArrayToObject(object, "bugs");
        for (size_t j = 0; j < item->known.count; j++)
            cJSON_AddItemToArray(bugs, bug_json(regress, item, j));
        struct novelties novelties = {regress, item, cJSON_AddArrayToObject(object, "new")};
        each_found(&regress->sweep, item->search, collect, &novelties);
        cJSON_AddItemToArray(list, object);
    }
    return list;
}

/* The exit status that a scenario has earned: that of its search; and where that found nothing, a
 * bug of the corpus that is there all the same counts. */
static int judge(const struct harness_regress *regress, const struct harness_regression *item)
{
    const struct harness_entry *entries = regress->sweep.entries.items;
    int status = (int)harness_json_number(entries[item->search].row, "status");
    for (size_t i = 0; i < item->replay.count; i++) {
        const struct harness_entry *replay = &entries[item->replay.items[i]];
        if (harness_json_get(replay->row, "counterexample") != NULL &&
            replay->expect != HARNESS_COUNTEREXAMPLE)
            status = harness_worst_status(status, HARNESS_STATUS_FOUND);
        struct matching matching = {.known =
                                        regress->corpus.items.items[item->known.items[i]].json};
        each_found(&regress->sweep, item->search, match, &matching);
        if (judge_bug(regress, item, i, &matching) == HARNESS_NOT_ASKED)
            status = harness_worst_status(status, HARNESS_STATUS_NO_ANSWER);
    }
    return status;
}

int harness_regress_run(struct harness_regress *regress)
{
    const int whole = harness_sweep_run(&regress->sweep);
    int status = whole == HARNESS_STATUS_INTERRUPTED || regress->sweep.store_failed
                     ? whole
                     : HARNESS_STATUS_OK;
    for (size_t i = 0; i < regress->items.count; i++)
        status = harness_worst_status(status, judge(regress, &regress->items.items[i]));
    return status;
}

void harness_regress_free(struct harness_regress *regress)
{
    for (size_t i = 0; i < regress->items.count; i++) {
        lineage_memory_free(regress->items.items[i].known.items);
        lineage_memory_free(regress->items.items[i].replay.items);
    }
    lineage_memory_free(regress->items.items);
    harness_sweep_free(&regress->sweep);
    harness_corpus_free(&regress->corpus);
}

/* ---- for people ---- */

/* The texts of a list, the first behind `before`. */
static void print_texts(const char *before, const cJSON *list, FILE *out)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item))
            fprintf(out, "%s%s", item == list->child ? before : ", ", item->valuestring);
    }
}

static void print_bug(const cJSON *bug, int width, FILE *out)
{
    const bool is_there = harness_json_is(bug, "fate", harness_fate_name(HARNESS_STILL_THERE));
    const bool by_replay =
        is_there || harness_json_is(bug, "fate", harness_fate_name(HARNESS_OTHER_BUG));
    const bool by_search = harness_json_first(bug, "found") != NULL;
    fprintf(out, "  %-*s  %-17s  %s", width, harness_json_text(bug, "bug"),
            by_replay && by_search ? "replay and search"
            : by_replay            ? "replay"
            : by_search            ? "search"
                                   : "neither",
            harness_json_text(bug, "fate"));
    if (harness_json_is(bug, "fate", harness_fate_name(HARNESS_OTHER_FAULTS))) {
        print_texts(": ", harness_json_get(bug, "found"), out);
        if (harness_json_is(bug, "replay", "broken"))
            fputs(" (its own faults show another)", out);
    }
    if (harness_json_is(bug, "replay", "impossible"))
        fprintf(out, " (its faults cannot be replayed here: %s)",
                harness_json_text(harness_json_get(bug, "replay_error"), "message"));
    fputc('\n', out);
}

void harness_regress_text(const cJSON *json, bool colour, FILE *out)
{
    const cJSON *scenario, *bug, *found;
    cJSON_ArrayForEach(scenario, json)
    {
        struct lineage_arena arena = {.newest = NULL};
        const char *complaint = harness_row_complaint(&arena, scenario);
        int width = 3;
        cJSON_ArrayForEach(bug, harness_json_get(scenario, "bugs"))
        {
            const int bytes = (int)strlen(harness_json_text(bug, "bug"));
            width = bytes > width ? bytes : width;
        }
        fprintf(out, "%s: %s%s%s\n", harness_json_text(scenario, "scenario"),
                !colour                ? ""
                : complaint[0] == '\0' ? "\033[32m"
                                       : "\033[31m",
                complaint[0] == '\0'
                    ? lineage_arena_format(
                          &arena, "%s%s", harness_json_text(scenario, "verdict"),
                          harness_json_is_true(scenario, "as_expected") ? ", as expected" : "")
                    : complaint,
                colour ? "\033[0m" : "");
        if (harness_json_first(scenario, "bugs") != NULL)
            fprintf(out, "  %-*s  %-17s  %s\n", width, "bug", "found by", "now");
        cJSON_ArrayForEach(bug, harness_json_get(scenario, "bugs"))
        {
            print_bug(bug, width, out);
        }
        cJSON_ArrayForEach(found, harness_json_get(scenario, "new"))
        {
            fprintf(out, "  NEW: %s breaks ", harness_json_text(found, "text"));
            print_texts("", harness_json_get(harness_json_get(found, "shape"), "promises"), out);
            fputs(" (", out);
            print_texts("", harness_json_get(harness_json_get(found, "shape"), "causes"), out);
            fputs(")\n", out);
        }
        lineage_arena_free(&arena);
    }
}
