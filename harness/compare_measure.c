/* What two versions cost, and what their outcomes rest on. */
#include "compare.h"

#include "json.h"

#include "../lineage/shape.h"
#include "../lineage/support.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef LINEAGE_ARRAY(uint64_t) counts;
typedef LINEAGE_ARRAY(char *) texts; /* each to be freed */

/* A version while it is measured. */
struct version {
    struct harness_session session;
    struct lineage_execution good;
    bool has_good;
    counts good_run, one_crash; /* messages by relation */
    uint64_t schedules, facts;
    lineage_carriers carriers;
};

static const struct lineage_universe *universe_of(const struct version *version)
{
    return version->session.executor.universe;
}

static cJSON *pair_json(double old, double new)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "old", old);
    cJSON_AddNumberToObject(object, "new", new);
    return object;
}

/* ---- running ---- */

/* Adds what was sent, by relation. */
static void count_messages(const struct lineage_execution *run, counts *sent)
{
    const size_t relations = run->universe->relations.count;
    while (sent->count < relations)
        LINEAGE_PUSH(sent, 0);
    for (size_t i = 0; i < run->messages.count; i++) {
        const struct lineage_message *message = &run->messages.items[i];
        if (message->fate != LINEAGE_LOST_BY_CRASH)
            sent->items[lineage_tuple_relation(run->universe, message->tuple)]++;
    }
}

static bool run_good(struct version *version)
{
    const struct lineage_schedule none = {.omissions = {0}};
    struct harness_executor *executor = &version->session.executor;
    struct lineage_execution *good = &version->good;
    version->has_good = true;
    if (executor->execute(executor, &none, true, good) != HARNESS_OK)
        return false;
    count_messages(good, &version->good_run);
    for (size_t i = 0; i < good->facts.count; i++) {
        const uint32_t relation =
            lineage_tuple_relation(good->universe, good->facts.items[i].tuple);
        version->facts +=
            !good->universe->relations.items[relation].internal && relation != good->crash;
    }
    return true;
}

static bool run_crash(struct version *version, uint32_t node, uint32_t time)
{
    struct harness_executor *executor = &version->session.executor;
    struct lineage_schedule schedule = {.omissions = {0}};
    struct lineage_execution run;
    lineage_schedule_add_crash(&schedule, (struct lineage_crash){time, node});
    const bool is_run = executor->execute(executor, &schedule, false, &run) == HARNESS_OK;
    if (is_run)
        count_messages(&run, &version->one_crash);
    version->schedules += is_run;
    lineage_execution_free(&run);
    lineage_schedule_free(&schedule);
    return is_run;
}

/* Every schedule of one crash; false if one could not be run to its end. */
static bool run_crashes(struct version *version)
{
    const struct lineage_bounds *bounds = &version->session.search.bounds;
    const uint32_t nodes = (uint32_t)universe_of(version)->nodes.count;
    bool is_run = true;
    for (uint32_t node = 0; is_run && node < nodes; node++)
        for (uint32_t time = 1; is_run && time <= bounds->eot; time++)
            is_run =
                !lineage_bounds_allow_crash(bounds, node, time) || run_crash(version, node, time);
    return is_run && version->schedules > 0;
}

static bool open_version(const struct harness_job *job, struct version *version)
{
    struct harness_session *session = &version->session;
    struct harness_budget *budget = &session->search.budget;
    if (!harness_job_read(job, session) || session->scenario.sweeps_eot ||
        session->scenario.sweeps_eff || !harness_session_open(session))
        return false;
    budget->start_seconds = harness_seconds();
    budget->seconds_max = job->seconds_max;
    budget->memory_max = job->memory_max;
    budget->interrupted = job->interrupted;
    harness_budget_measure(budget);
    lineage_memory_watch(harness_budget_watch, budget);
    session->executor.poll = harness_budget_poll;
    session->executor.poll_context = budget;
    return run_good(version);
}

static void close_version(struct version *version)
{
    lineage_memory_free(version->good_run.items);
    lineage_memory_free(version->one_crash.items);
    lineage_memory_free(version->carriers.items);
    if (version->has_good)
        lineage_execution_free(&version->good);
    harness_session_free(&version->session);
}

/* ---- messages ---- */

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void add_count(cJSON *object, const char *key, const struct version *version,
                      const counts *sent, const char *relation)
{
    const uint32_t number = lineage_relation_find(universe_of(version), relation);
    if (number == LINEAGE_NONE)
        cJSON_AddNullToObject(object, key);
    else
        cJSON_AddNumberToObject(object, key,
                                number < sent->count ? (double)sent->items[number] : 0);
}

static cJSON *relation_json(const struct version *versions, const char *name, bool has_crashes)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "relation", name);
    cJSON *good = cJSON_AddObjectToObject(item, "good_run");
    add_count(good, "old", &versions[HARNESS_OLD], &versions[HARNESS_OLD].good_run, name);
    add_count(good, "new", &versions[HARNESS_NEW], &versions[HARNESS_NEW].good_run, name);
    if (!has_crashes) {
        cJSON_AddNullToObject(item, "one_crash");
        return item;
    }
    cJSON *crash = cJSON_AddObjectToObject(item, "one_crash");
    add_count(crash, "old", &versions[HARNESS_OLD], &versions[HARNESS_OLD].one_crash, name);
    add_count(crash, "new", &versions[HARNESS_NEW], &versions[HARNESS_NEW].one_crash, name);
    return item;
}

/* The relations of which either version sends anything, in the order of their names. */
static void find_relations(const struct version *versions, harness_texts *names)
{
    for (int v = 0; v < 2; v++)
        for (size_t i = 0; i < versions[v].good_run.count; i++)
            if (versions[v].good_run.items[i] > 0 ||
                (i < versions[v].one_crash.count && versions[v].one_crash.items[i] > 0))
                LINEAGE_PUSH(names, universe_of(&versions[v])->relations.items[i].name);
    if (names->count > 1)
        qsort(names->items, names->count, sizeof *names->items, compare_texts);
    size_t kept = 0;
    for (size_t i = 0; i < names->count; i++)
        if (i == 0 || strcmp(names->items[i], names->items[kept - 1]) != 0)
            names->items[kept++] = names->items[i];
    names->count = kept;
}

static double sum(const counts *sent)
{
    double all = 0;
    for (size_t i = 0; i < sent->count; i++)
        all += (double)sent->items[i];
    return all;
}

static cJSON *messages_json(const struct version *versions, bool has_crashes)
{
    harness_texts names = {0};
    cJSON *array = cJSON_CreateArray();
    find_relations(versions, &names);
    for (size_t i = 0; i < names.count; i++)
        cJSON_AddItemToArray(array, relation_json(versions, names.items[i], has_crashes));
    lineage_memory_free(names.items);
    return array;
}

static void add_outcome_time(cJSON *object, const char *key, const struct version *version)
{
    const uint32_t time = lineage_outcome_time(&version->good);
    if (time == LINEAGE_NONE)
        cJSON_AddNullToObject(object, key);
    else
        cJSON_AddNumberToObject(object, key, time);
}

static cJSON *saved_json(const struct version *versions, bool has_crashes)
{
    const struct version *old = &versions[HARNESS_OLD], *new = &versions[HARNESS_NEW];
    cJSON *object = cJSON_CreateObject();
    cJSON *outcome = cJSON_AddObjectToObject(object, "outcome_from");
    add_outcome_time(outcome, "old", old);
    add_outcome_time(outcome, "new", new);
    cJSON_AddItemToObject(object, "eot", pair_json(old->good.eot, new->good.eot));
    cJSON_AddItemToObject(object, "facts", pair_json((double)old->facts, (double)new->facts));
    cJSON *crashes = has_crashes ? cJSON_CreateObject() : cJSON_CreateNull();
    if (has_crashes)
        cJSON_AddItemToObject(crashes, "schedules",
                              pair_json((double)old->schedules, (double)new->schedules));
    cJSON_AddItemToObject(object, "one_crash", crashes);
    cJSON_AddItemToObject(object, "messages", messages_json(versions, has_crashes));
    cJSON *all = cJSON_AddObjectToObject(object, "all");
    cJSON_AddItemToObject(all, "good_run", pair_json(sum(&old->good_run), sum(&new->good_run)));
    cJSON_AddItemToObject(all, "one_crash",
                          has_crashes ? pair_json(sum(&old->one_crash), sum(&new->one_crash))
                                      : cJSON_CreateNull());
    return object;
}

/* ---- promises ---- */

/* The tuples of a relation at the end of a good run, as texts in their order there. */
static void print_end(const struct lineage_execution *good, uint32_t relation, texts *printed)
{
    size_t count;
    const uint32_t *facts = lineage_facts_at(good, relation, good->eot, &count);
    for (size_t i = 0; i < count; i++)
        LINEAGE_PUSH(printed,
                     lineage_tuple_text(good->universe, good->facts.items[facts[i]].tuple));
}

static void free_texts(texts *printed)
{
    for (size_t i = 0; i < printed->count; i++)
        lineage_memory_free(printed->items[i]);
    lineage_memory_free(printed->items);
}

/* Marks those of `left` that are in `right`, which is sorted for that; the marks are the caller's.
 */
static bool *mark_common(const texts *left, texts *right)
{
    bool *is_common = lineage_memory_clear(left->count + 1);
    if (right->count > 1)
        qsort(right->items, right->count, sizeof *right->items, compare_texts);
    for (size_t i = 0; i < left->count; i++)
        is_common[i] = right->count > 0 && bsearch(&left->items[i], right->items, right->count,
                                                   sizeof *right->items, compare_texts) != NULL;
    return is_common;
}

/* The promise of that name, counted by version, made if there is none yet. */
static cJSON *promise_named(cJSON *promises, const char *name)
{
    cJSON *promise;
    cJSON_ArrayForEach(promise, promises)
    {
        if (harness_json_is(promise, "name", name))
            return promise;
    }
    promise = cJSON_CreateObject();
    cJSON_AddStringToObject(promise, "name", name);
    cJSON_AddNumberToObject(promise, "old", 0);
    cJSON_AddNumberToObject(promise, "new", 0);
    cJSON_AddArrayToObject(promise, "lacking");
    cJSON_AddItemToArray(promises, promise);
    return promise;
}

/* Counts what a version promises, by name. The texts of those tuples that are not `is_common` are
 * lacking, unless that is NULL. */
static void count_promises(cJSON *promises, const struct version *version, const char *key,
                           const texts *printed, const bool *is_common)
{
    const struct lineage_execution *good = &version->good;
    size_t count;
    const uint32_t *promised = lineage_facts_at(good, good->pre, good->eot, &count);
    for (size_t i = 0; i < count && i < printed->count; i++) {
        const lineage_tuple tuple = good->facts.items[promised[i]].tuple;
        cJSON *promise = promise_named(promises, lineage_promise_of(good, tuple));
        cJSON *total = cJSON_GetObjectItemCaseSensitive(promise, key);
        assert(total != NULL);
        cJSON_SetNumberValue(total, total->valuedouble + 1);
        if (is_common != NULL && !is_common[i])
            cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(promise, "lacking"),
                                 cJSON_CreateString(printed->items[i]));
    }
}

static cJSON *promises_json(const struct version *versions)
{
    const struct version *old = &versions[HARNESS_OLD], *new = &versions[HARNESS_NEW];
    texts of_old = {0}, of_new = {0};
    cJSON *promises = cJSON_CreateArray();
    print_end(&old->good, old->good.pre, &of_old);
    print_end(&new->good, new->good.pre, &of_new);
    bool *is_common = mark_common(&of_old, &of_new);
    count_promises(promises, old, "old", &of_old, is_common);
    count_promises(promises, new, "new", &of_new, NULL);
    lineage_memory_free(is_common);
    free_texts(&of_old);
    free_texts(&of_new);
    return promises;
}

/* ---- support ---- */

/* Finds what a version's outcome rests on, as far as the other's is the same; returns how many post
 * tuples that are. */
static size_t find_carriers(struct version *version, const struct version *other)
{
    const struct lineage_execution *good = &version->good;
    texts own = {0}, others = {0};
    size_t posts, count = 0;
    const uint32_t *facts = lineage_facts_at(good, good->post, good->eot, &posts);
    uint32_t *roots = lineage_memory_clear((posts + 1) * sizeof *roots);
    print_end(good, good->post, &own);
    print_end(&other->good, other->good.post, &others);
    bool *is_common = mark_common(&own, &others);
    for (size_t i = 0; i < posts; i++)
        if (is_common[i])
            roots[count++] = facts[i];
    lineage_support_find(good, roots, count, version->session.search.bounds.immune,
                         &version->carriers);
    lineage_memory_free(is_common);
    lineage_memory_free(roots);
    free_texts(&own);
    free_texts(&others);
    return count;
}

static double count_posts(const struct version *version)
{
    size_t count;
    lineage_facts_at(&version->good, version->good.post, version->good.eot, &count);
    return (double)count;
}

/* A rule with how many messages of it the outcome rests on. A text may stand in several places: the
 * first is shown. */
static void add_carriers(cJSON *rules, const struct version *version, const char *key)
{
    for (size_t i = 0; i < version->carriers.count; i++) {
        const struct lineage_carrier *carrier = &version->carriers.items[i];
        const struct lineage_rule *rule = &universe_of(version)->rules.items[carrier->rule];
        cJSON *sides = cJSON_GetObjectItemCaseSensitive(rules, rule->text);
        if (sides == NULL)
            sides = cJSON_AddObjectToObject(rules, rule->text);
        cJSON *side = cJSON_GetObjectItemCaseSensitive(sides, key);
        double messages = (double)carrier->messages;
        if (side == NULL) {
            side = cJSON_AddObjectToObject(sides, key);
            cJSON_AddStringToObject(side, "file", rule->file);
            cJSON_AddNumberToObject(side, "line", rule->line);
        } else {
            messages += cJSON_GetObjectItemCaseSensitive(side, "messages")->valuedouble;
            cJSON_DeleteItemFromObjectCaseSensitive(side, "messages");
        }
        cJSON_AddNumberToObject(side, "messages", messages);
    }
}

/* A rule that a version has, though its outcome does not rest on it. */
static void add_idle_rules(cJSON *rules, const struct version *version, const char *key)
{
    const struct lineage_universe *universe = universe_of(version);
    for (size_t i = 0; i < universe->rules.count; i++) {
        const struct lineage_rule *rule = &universe->rules.items[i];
        cJSON *sides = cJSON_GetObjectItemCaseSensitive(rules, rule->text);
        if (sides == NULL || harness_json_get(sides, key) != NULL)
            continue;
        cJSON *side = cJSON_AddObjectToObject(sides, key);
        cJSON_AddStringToObject(side, "file", rule->file);
        cJSON_AddNumberToObject(side, "line", rule->line);
        cJSON_AddNumberToObject(side, "messages", 0);
    }
}

static cJSON *side_json(const cJSON *sides, const char *key)
{
    const cJSON *side = cJSON_GetObjectItemCaseSensitive(sides, key);
    return side == NULL ? cJSON_CreateNull() : cJSON_Duplicate(side, true);
}

static cJSON *support_json(struct version *versions)
{
    struct version *old = &versions[HARNESS_OLD], *new = &versions[HARNESS_NEW];
    cJSON *object = cJSON_CreateObject(), *by_text = cJSON_CreateObject();
    cJSON *posts = pair_json(count_posts(old), count_posts(new));
    cJSON_AddNumberToObject(posts, "both", (double)find_carriers(old, new));
    find_carriers(new, old);
    add_carriers(by_text, old, "old");
    add_carriers(by_text, new, "new");
    add_idle_rules(by_text, old, "old");
    add_idle_rules(by_text, new, "new");
    cJSON_AddItemToObject(object, "posts", posts);
    cJSON *rules = cJSON_AddArrayToObject(object, "rules");
    const cJSON *sides;
    cJSON_ArrayForEach(sides, by_text)
    {
        cJSON *rule = cJSON_CreateObject();
        cJSON_AddStringToObject(rule, "rule", sides->string);
        cJSON_AddItemToObject(rule, "old", side_json(sides, "old"));
        cJSON_AddItemToObject(rule, "new", side_json(sides, "new"));
        cJSON_AddItemToArray(rules, rule);
    }
    cJSON_Delete(by_text);
    return object;
}

/* ---- all ---- */

cJSON *harness_compare_measure(const struct harness_job jobs[2])
{
    struct version versions[2] = {{.has_good = false}, {.has_good = false}};
    cJSON *object = cJSON_CreateObject();
    if (open_version(&jobs[HARNESS_OLD], &versions[HARNESS_OLD]) &&
        open_version(&jobs[HARNESS_NEW], &versions[HARNESS_NEW])) {
        const bool has_crashes =
            run_crashes(&versions[HARNESS_OLD]) && run_crashes(&versions[HARNESS_NEW]);
        cJSON_AddItemToObject(object, "promises", promises_json(versions));
        cJSON_AddItemToObject(object, "saved", saved_json(versions, has_crashes));
        cJSON_AddItemToObject(object, "support", support_json(versions));
        cJSON_AddItemToObject(object, "promise_rules",
                              harness_compare_promise_rules(universe_of(&versions[HARNESS_OLD]),
                                                            universe_of(&versions[HARNESS_NEW])));
    }
    lineage_memory_watch(NULL, NULL);
    close_version(&versions[HARNESS_OLD]);
    close_version(&versions[HARNESS_NEW]);
    return object;
}
