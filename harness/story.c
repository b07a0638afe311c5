/* The shortest story of how a promise came to be broken: who told whom what, of all that the
 * promise and what stood against it rest on in the bad run, and what kept it in the good one; and
 * which faults came between. */
#include "explain.h"

#include <stdlib.h>
#include <string.h>

enum { CRASHES, SENDS, HINDERS, ENDS };

static void tell(struct harness_explanation *explanation, uint32_t time, unsigned order,
                 const char *text)
{
    const struct harness_event event = {time, order, text};
    for (size_t i = 0; i < explanation->story.count; i++)
        if (explanation->story.items[i].time == time &&
            strcmp(explanation->story.items[i].text, text) == 0)
            return;
    LINEAGE_PUSH(&explanation->story, event);
}

static const char *name_of(const struct harness_explanation *explanation, uint32_t node)
{
    return lineage_node_name(explanation->evidence->universe, node);
}

/* ---- what the bad run rests on ---- */

static void tell_message(struct harness_explanation *explanation,
                         const struct lineage_message *message)
{
    if (message->from == LINEAGE_NONE || message->to == LINEAGE_NONE ||
        message->from == message->to)
        return;
    tell(explanation, message->sent_time, SENDS,
         lineage_arena_format(&explanation->arena, "%s sends %s to %s",
                              name_of(explanation, message->from),
                              harness_explain_tuple(explanation, message->tuple),
                              name_of(explanation, message->to)));
}

/* The messages in the smallest proof of a fact of the bad run. */
static void tell_proof(struct harness_explanation *explanation, uint32_t fact)
{
    const struct lineage_execution *bad = &explanation->evidence->bad;
    lineage_numbers firings = {0};
    lineage_proof_firings(&explanation->bad_proofs, fact, &firings);
    for (size_t i = 0; i < firings.count; i++) {
        const uint32_t message = bad->firings.items[firings.items[i]].message;
        if (message != LINEAGE_NONE)
            tell_message(explanation, &bad->messages.items[message]);
    }
    lineage_memory_free(firings.items);
}

/* ---- what it lacks ---- */

static void tell_delivery(struct harness_explanation *explanation,
                          const struct lineage_delivery *delivery)
{
    static const char *const formats[] = {
        [LINEAGE_ARRIVES] = "%s sends %s to %s",
        [LINEAGE_ARRIVES_LATE] = "%s sends %s to %s, later than without faults",
        [LINEAGE_CUT_BY_OMISSION] = "%s sends %s to %s, and it is lost",
        [LINEAGE_CUT_BY_CRASH] = "%s does not send %s to %s: it has crashed",
        [LINEAGE_TOO_LATE] = "%s sends %s to %s, too late to arrive",
        [LINEAGE_NOT_SENT] = "%s does not send %s to %s, as it would without faults"};
    const bool arrives = delivery->cut == LINEAGE_ARRIVES || delivery->cut == LINEAGE_ARRIVES_LATE;
    const uint32_t time = arrives                             ? delivery->cut_time - 1
                          : delivery->cut == LINEAGE_NOT_SENT ? delivery->first_time
                                                              : delivery->cut_time;
    const char *format = formats[delivery->cut];
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    const char *rest = format;
    const char *const words[] = {name_of(explanation, delivery->from),
                                 harness_explain_tuple(explanation, delivery->tuple),
                                 name_of(explanation, delivery->to)};
    for (size_t i = 0; i < 3; i++) {
        const char *hole = strstr(rest, "%s");
        fprintf(out, "%.*s%s", (int)(hole - rest), rest, words[i]);
        rest = hole + 2;
    }
    fputs(rest, out);
    char *told = lineage_text_close(&text);
    tell(explanation, time, SENDS, lineage_arena_text(&explanation->arena, told, strlen(told)));
    lineage_memory_free(told);
}

/* Does the tuple hold before the time, and after it? */
static void find_times(const struct lineage_execution *execution, lineage_tuple tuple,
                       uint32_t time, bool *is_earlier, bool *is_later)
{
    *is_earlier = *is_later = false;
    for (uint32_t other = 1; other <= execution->eot; other++) {
        const bool holds = lineage_fact_find(execution, tuple, other) != LINEAGE_NONE;
        *is_earlier = *is_earlier || (holds && other < time);
        *is_later = *is_later || (holds && other > time);
    }
}

/* What is to be said of a fact that the bad run lacks: does it hold at other times? */
static const char *how_it_lacks(const struct lineage_execution *bad,
                                const struct lineage_fact *lack)
{
    bool is_earlier, is_later;
    find_times(bad, lack->tuple, lack->time, &is_earlier, &is_later);
    return is_earlier ? (is_later ? "does not hold" : "holds no more")
           : is_later ? "does not hold yet"
                      : "never came to hold";
}

static void tell_lack(struct harness_explanation *explanation, size_t number)
{
    const struct harness_evidence *evidence = explanation->evidence;
    const struct lineage_supports *supports = &explanation->supports.items[number];
    const struct lineage_fact *lack =
        &evidence->good.facts.items[explanation->lacks.missing.items[number].fact];
    for (size_t i = 0; supports->sets.count > 0 && i < supports->sets.items[0].count; i++)
        tell_delivery(explanation, &supports->deliveries.items[supports->sets.items[0].items[i]]);
    tell(explanation, lack->time, ENDS,
         lineage_arena_format(&explanation->arena, "%s %s; without faults it does",
                              harness_explain_tuple(explanation, lack->tuple),
                              how_it_lacks(&evidence->bad, lack)));
}

/* What the faults took away first, where nothing else has told of it. */
static void tell_losses(struct harness_explanation *explanation)
{
    const struct harness_evidence *evidence = explanation->evidence;
    for (size_t i = 0; i < explanation->difference.items.count; i++) {
        const struct lineage_difference_item *item = &explanation->difference.items.items[i];
        if (item->kind != LINEAGE_LOST || item->is_new)
            continue;
        const struct lineage_message *message =
            &evidence->good.messages.items[evidence->good.firings.items[item->firing].message];
        struct lineage_delivery delivery = {.tuple = message->tuple,
                                            .from = message->from,
                                            .to = message->to,
                                            .first_time = message->sent_time,
                                            .cut_time = message->sent_time};
        delivery.cut =
            lineage_schedule_crash_time(&evidence->faults, message->from) <= message->sent_time
                ? LINEAGE_CUT_BY_CRASH
                : LINEAGE_CUT_BY_OMISSION;
        tell_delivery(explanation, &delivery);
    }
}

static bool is_internal(const struct harness_evidence *evidence, lineage_tuple tuple)
{
    return evidence->universe->relations.items[lineage_tuple_relation(evidence->universe, tuple)]
        .internal;
}

/* Is the fact of the bad run a message that was received? Then that it was sent has been told. */
static bool has_arrived(const struct harness_explanation *explanation, uint32_t fact)
{
    const uint32_t firing = explanation->bad_proofs.firing_of[fact];
    return firing != LINEAGE_NONE &&
           explanation->evidence->bad.firings.items[firing].message != LINEAGE_NONE;
}

/* What is to be said of a tuple that holds in the bad run from this time on, and some time later
 * not in the good one; the time becomes that at which they part. */
static const char *how_it_is_new(const struct lineage_execution *good, lineage_tuple tuple,
                                 uint32_t *time)
{
    bool is_earlier, is_later;
    const uint32_t since = *time;
    while (lineage_fact_find(good, tuple, *time) != LINEAGE_NONE)
        ++*time;
    if (*time > since)
        return "goes on holding, as it does not";
    find_times(good, tuple, since, &is_earlier, &is_later);
    return is_later     ? "comes to hold earlier than"
           : is_earlier ? "comes to hold again, as it does not"
                        : "comes to hold, as it does not";
}

/* New facts that what stands against the promise was derived from, and since when each is there. */
static void tell_new(struct harness_explanation *explanation, uint32_t intruder)
{
    const struct harness_evidence *evidence = explanation->evidence;
    const uint32_t firing = explanation->bad_proofs.firing_of[intruder];
    lineage_numbers needed = {0};
    if (firing != LINEAGE_NONE)
        lineage_proof_needs(&explanation->bad_proofs, firing, &needed);
    for (size_t i = 0; i < needed.count; i++) {
        const struct lineage_fact *fact = &evidence->bad.facts.items[needed.items[i]];
        const uint32_t since = lineage_proof_since(&explanation->bad_proofs, needed.items[i], NULL);
        uint32_t time = evidence->bad.facts.items[since].time;
        while (time > 1 && lineage_fact_find(&evidence->bad, fact->tuple, time - 1) != LINEAGE_NONE)
            time--;
        if (fact->time == 0 || is_internal(evidence, fact->tuple) ||
            has_arrived(explanation, since) ||
            lineage_fact_find(&evidence->good, fact->tuple, fact->time) != LINEAGE_NONE)
            continue;
        const char *how = how_it_is_new(&evidence->good, fact->tuple, &time);
        tell(explanation, time, SENDS,
             lineage_arena_format(&explanation->arena, "%s %s without faults",
                                  harness_explain_tuple(explanation, fact->tuple), how));
    }
    lineage_memory_free(needed.items);
}

static void tell_bad_run(struct harness_explanation *explanation)
{
    const struct harness_evidence *evidence = explanation->evidence;
    const uint32_t pre = lineage_fact_find(&evidence->bad, explanation->told, evidence->bad.eot);
    if (pre != LINEAGE_NONE)
        tell_proof(explanation, pre);
    for (size_t i = 0; i < explanation->lacks.intruders.count; i++)
        if (explanation->lacks.intruders.items[i].broken == explanation->told) {
            tell_proof(explanation, explanation->lacks.intruders.items[i].fact);
            tell_new(explanation, explanation->lacks.intruders.items[i].fact);
        }
}

static void tell_crashes(struct harness_explanation *explanation)
{
    const struct lineage_schedule *faults = &explanation->evidence->faults;
    for (size_t i = 0; i < faults->crashes.count; i++)
        tell(explanation, faults->crashes.items[i].time, CRASHES,
             lineage_arena_format(&explanation->arena, "%s crashes",
                                  name_of(explanation, faults->crashes.items[i].node)));
}

static int compare_events(const void *left, const void *right)
{
    const struct harness_event *l = left, *r = right;
    if (l->time != r->time)
        return l->time < r->time ? -1 : 1;
    if (l->order != r->order)
        return l->order < r->order ? -1 : 1;
    return strcmp(l->text, r->text);
}

static void tell_obstacles(struct harness_explanation *explanation)
{
    const struct lineage_execution *bad = &explanation->evidence->bad;
    for (size_t i = 0; i < explanation->obstacles.count; i++) {
        const struct harness_obstacle *obstacle = &explanation->obstacles.items[i];
        const lineage_tuple blocker = bad->facts.items[obstacle->blocker].tuple;
        tell_proof(explanation, obstacle->blocker);
        for (size_t j = 0; j < obstacle->met_count; j++)
            tell_proof(explanation, obstacle->met[j]);
        tell(explanation, obstacle->time, HINDERS,
             lineage_arena_format(&explanation->arena, "%s is kept away: there is %s",
                                  harness_explain_tuple(explanation, obstacle->wanted),
                                  harness_explain_tuple(explanation, blocker)));
    }
}

void harness_story_tell(struct harness_explanation *explanation)
{
    tell_obstacles(explanation);
    tell_bad_run(explanation);
    for (size_t i = 0; i < explanation->lacks.missing.count; i++)
        if (explanation->lacks.missing.items[i].broken == explanation->told)
            tell_lack(explanation, i);
    tell_losses(explanation);
    tell_crashes(explanation);
    if (explanation->story.count > 1)
        qsort(explanation->story.items, explanation->story.count, sizeof *explanation->story.items,
              compare_events);
}
