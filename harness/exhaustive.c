/* Exhaustive search: the judge. Every admissible schedule is accounted for, with nothing of the
 * lineage and nothing of the solver; only the executor is shared.
 *
 * It goes from time to time. From each state it takes every admissible choice of faults at that
 * time: which nodes crash now, and which of the pairs of nodes with messages between them lose
 * these. Choices that provably change nothing are left out: an omission where nothing is sent, and,
 * where no rule reads `crash`, a crash of a node that sends nothing to others now (it can as well
 * crash later, or at the end of time not at all). Where rules read `crash`, whose facts show from
 * time 1, the crashes are chosen at the start.
 *
 * Two ways of faults to the same state with the same crashes go on alike, so they are one entry.
 * Entries come in order of the number of faults, so each is reached first by a smallest way, and
 * the first violation found is one of least size: it breaks the promise and nothing smaller does. A
 * state reached with fewer omissions has at least as much of their budget left.
 *
 * To list all minimal schedules (`all`), an entry keeps every way to it that contains no other way
 * to it. That is enough: of a minimal schedule, the part before a time is such a way, for if a
 * proper part of it led to the same state, that part and the rest would break the promise too. */
#include "search.h"

#include <stdlib.h>
#include <string.h>

typedef LINEAGE_ARRAY(struct lineage_schedule) schedules;

/* A state before a time step, with the crashes that go on. */
struct entry {
    const uint32_t *words; /* crash words, then state words: what makes entries equal */
    size_t word_count, crash_word_count;
    size_t size;    /* of the smallest way */
    bool is_done;   /* expanded */
    schedules ways; /* one, or with `all` every minimal one */
};

/* The entries before one time step, with a hash table over their words. */
struct layer {
    LINEAGE_ARRAY(struct entry) entries;
    uint32_t *slots;
    size_t slot_count;
};

/* Messages that one fault can lose together. */
struct channel {
    uint32_t from, to;
};

struct exhaustive {
    struct harness_search *search;
    struct layer *layers; /* by time, 1 to eot + 1 */
    struct lineage_arena arena;
    bool all;    /* keep every minimal way, and go on to the end */
    size_t size; /* of the entries that are expanded now */
    bool going, found;
    schedules violations;

    /* The step at work. */
    struct lineage_execution execution;
    LINEAGE_ARRAY(struct channel) channels;
    bool *lost;
    size_t lost_capacity;
    harness_state state;
    LINEAGE_ARRAY(uint32_t) words;
};

static uint32_t hash_words(const uint32_t *words, size_t count)
{
    uint32_t hash = (uint32_t)count;
    for (size_t i = 0; i < count; i++)
        hash = lineage_hash(hash, words[i]);
    return hash;
}

static void rehash(struct layer *layer)
{
    lineage_memory_free(layer->slots);
    layer->slot_count = layer->slot_count == 0 ? 64 : layer->slot_count * 2;
    layer->slots = lineage_memory_resize(NULL, layer->slot_count * sizeof *layer->slots);
    memset(layer->slots, 0xff, layer->slot_count * sizeof *layer->slots);
    for (uint32_t i = 0; i < layer->entries.count; i++) {
        const struct entry *entry = &layer->entries.items[i];
        size_t slot = hash_words(entry->words, entry->word_count) & (layer->slot_count - 1);
        while (layer->slots[slot] != LINEAGE_NONE)
            slot = (slot + 1) & (layer->slot_count - 1);
        layer->slots[slot] = i;
    }
}

/* The entry with the words under construction; made if there is none. */
static struct entry *find_entry(struct exhaustive *exhaustive, struct layer *layer,
                                size_t crash_word_count)
{
    const size_t count = exhaustive->words.count;
    LINEAGE_RESERVE(&exhaustive->words, 1); /* a state may be empty */
    if (layer->entries.count * 2 >= layer->slot_count)
        rehash(layer);
    size_t slot = hash_words(exhaustive->words.items, count) & (layer->slot_count - 1);
    for (; layer->slots[slot] != LINEAGE_NONE; slot = (slot + 1) & (layer->slot_count - 1)) {
        struct entry *entry = &layer->entries.items[layer->slots[slot]];
        if (entry->word_count == count && entry->crash_word_count == crash_word_count &&
            memcmp(entry->words, exhaustive->words.items, count * sizeof *entry->words) == 0)
            return entry;
    }
    uint32_t *words = lineage_arena_allocate(&exhaustive->arena, (count + 1) * sizeof *words);
    memcpy(words, exhaustive->words.items, count * sizeof *words);
    const struct entry added = {words, count, crash_word_count, SIZE_MAX, false, {NULL, 0, 0}};
    layer->slots[slot] = (uint32_t)layer->entries.count;
    LINEAGE_PUSH(&layer->entries, added);
    exhaustive->search->states++;
    return &layer->entries.items[layer->entries.count - 1];
}

/* Adds a way unless one that it contains is there; drops those that contain it. */
static void add_minimal(schedules *ways, const struct lineage_schedule *way)
{
    size_t kept = 0;
    for (size_t i = 0; i < ways->count; i++)
        if (lineage_schedule_is_subset(&ways->items[i], way))
            return;
    for (size_t i = 0; i < ways->count; i++) {
        if (lineage_schedule_is_subset(way, &ways->items[i]))
            lineage_schedule_free(&ways->items[i]);
        else
            ways->items[kept++] = ways->items[i];
    }
    ways->count = kept;
    struct lineage_schedule copy = {.omissions = {0}};
    lineage_schedule_copy(&copy, way);
    LINEAGE_PUSH(ways, copy);
}

static void free_ways(schedules *ways)
{
    for (size_t i = 0; i < ways->count; i++)
        lineage_schedule_free(&ways->items[i]);
    lineage_memory_free(ways->items);
    *ways = (schedules){NULL, 0, 0};
}

/* A way of faults leads to the state under construction before `time`. */
static void reach(struct exhaustive *exhaustive, uint32_t time, const struct lineage_schedule *way)
{
    const size_t size = lineage_schedule_size(way);
    exhaustive->words.count = 0;
    for (size_t i = 0; i < way->crashes.count; i++) {
        /* Once a node has crashed it does not matter when, unless rules read it. */
        if (exhaustive->search->executor->reads_crash)
            LINEAGE_PUSH(&exhaustive->words, way->crashes.items[i].time);
        LINEAGE_PUSH(&exhaustive->words, way->crashes.items[i].node);
    }
    const size_t crash_word_count = exhaustive->words.count;
    if (!exhaustive->search->executor->reads_crash) { /* in order of node */
        for (size_t i = 0; i < crash_word_count; i++)
            for (size_t j = i; j > 0 && exhaustive->words.items[j] < exhaustive->words.items[j - 1];
                 j--) {
                const uint32_t swapped = exhaustive->words.items[j];
                exhaustive->words.items[j] = exhaustive->words.items[j - 1];
                exhaustive->words.items[j - 1] = swapped;
            }
    }
    for (size_t i = 0; i < exhaustive->state.count; i++)
        LINEAGE_PUSH(&exhaustive->words, exhaustive->state.items[i]);
    struct entry *entry = find_entry(exhaustive, &exhaustive->layers[time], crash_word_count);
    if (exhaustive->all) {
        add_minimal(&entry->ways, way);
        entry->size = 0;
    } else if (size < entry->size) {
        entry->size = size;
        free_ways(&entry->ways);
        add_minimal(&entry->ways, way);
    }
}

static bool is_pending(const struct exhaustive *exhaustive, const struct entry *entry)
{
    return !entry->is_done && (exhaustive->all || entry->size == exhaustive->size);
}

static bool fails(struct exhaustive *exhaustive, enum harness_outcome outcome)
{
    struct harness_search *search = exhaustive->search;
    if (outcome == HARNESS_FAILED)
        harness_search_fail(search);
    return outcome != HARNESS_OK;
}

/* Computes the step from an entry, under the crashes of a way to it. */
static bool step(struct exhaustive *exhaustive, const struct entry *entry, uint32_t time,
                 const struct lineage_schedule *way)
{
    struct harness_search *search = exhaustive->search;
    harness_state state = {.items = NULL};
    for (size_t i = entry->crash_word_count; i < entry->word_count; i++)
        LINEAGE_PUSH(&state, entry->words[i]);
    double since = harness_seconds();
    const enum harness_outcome outcome =
        search->executor->step(search->executor, &state, time, way, &exhaustive->execution);
    harness_lap(&since, &search->timing.execute);
    lineage_memory_free(state.items);
    if (search->progress != NULL)
        search->progress(search);
    return !fails(exhaustive, outcome);
}

/* The channels with messages that the bounds allow to be lost and no crash loses. */
static void find_channels(struct exhaustive *exhaustive, uint32_t time)
{
    const struct lineage_execution *execution = &exhaustive->execution;
    exhaustive->channels.count = 0;
    for (size_t i = 0; i < execution->messages.count; i++) {
        const struct lineage_message *message = &execution->messages.items[i];
        if (message->fate != LINEAGE_DELIVERED ||
            !lineage_bounds_allow_omission(&exhaustive->search->bounds, message->from, message->to,
                                           time))
            continue;
        size_t j = 0;
        while (j < exhaustive->channels.count &&
               (exhaustive->channels.items[j].from != message->from ||
                exhaustive->channels.items[j].to != message->to))
            j++;
        const struct channel channel = {message->from, message->to};
        if (j == exhaustive->channels.count)
            LINEAGE_PUSH(&exhaustive->channels, channel);
    }
}

static void mark_lost(struct exhaustive *exhaustive, const struct lineage_schedule *way,
                      uint32_t time)
{
    const struct lineage_execution *execution = &exhaustive->execution;
    exhaustive->lost = lineage_memory_reserve(exhaustive->lost, &exhaustive->lost_capacity,
                                              execution->messages.count + 1, sizeof(bool));
    for (size_t i = 0; i < execution->messages.count; i++) {
        const struct lineage_message *message = &execution->messages.items[i];
        exhaustive->lost[i] = lineage_schedule_loses(way, message->from, message->to, time);
    }
}

/* Goes on to the next time from the step at work with every set of channels from `channel` on. */
static void choose_omissions(struct exhaustive *exhaustive, uint32_t time, size_t channel,
                             const struct lineage_schedule *way)
{
    struct harness_search *search = exhaustive->search;
    if (harness_budget_poll(&search->budget)) {
        exhaustive->going = false;
        return;
    }
    if (channel == exhaustive->channels.count) {
        mark_lost(exhaustive, way, time);
        search->executor->after(search->executor, exhaustive->lost, &exhaustive->state);
        reach(exhaustive, time + 1, way);
        return;
    }
    choose_omissions(exhaustive, time, channel + 1, way);
    const struct channel *c = &exhaustive->channels.items[channel];
    if (way->omissions.count >= search->bounds.omissions ||
        lineage_schedule_loses(way, c->from, c->to, time))
        return;
    struct lineage_schedule longer = {.omissions = {0}};
    lineage_schedule_copy(&longer, way);
    lineage_schedule_add_omission(&longer, (struct lineage_omission){time, c->from, c->to});
    choose_omissions(exhaustive, time, channel + 1, &longer);
    lineage_schedule_free(&longer);
}

/* Does the node send another something now? */
static bool sends(const struct exhaustive *exhaustive, uint32_t node)
{
    for (size_t i = 0; i < exhaustive->execution.messages.count; i++) {
        const struct lineage_message *message = &exhaustive->execution.messages.items[i];
        if (message->from == node && message->to != node && message->to != LINEAGE_NONE)
            return true;
    }
    return false;
}

/* Lets every set of nodes from `node` on crash now, then chooses omissions. */
static void choose_crashes(struct exhaustive *exhaustive, uint32_t time, uint32_t node,
                           const struct lineage_schedule *way)
{
    const struct harness_search *search = exhaustive->search;
    const bool at_start = search->executor->reads_crash;
    while (node < search->executor->universe->nodes.count &&
           (at_start || !lineage_bounds_may_crash(&search->bounds, way, node, time) ||
            !sends(exhaustive, node)))
        node++;
    if (node == search->executor->universe->nodes.count) {
        choose_omissions(exhaustive, time, 0, way);
        return;
    }
    choose_crashes(exhaustive, time, node + 1, way);
    struct lineage_schedule longer = {.omissions = {0}};
    lineage_schedule_copy(&longer, way);
    lineage_schedule_add_crash(&longer, (struct lineage_crash){time, node});
    choose_crashes(exhaustive, time, node + 1, &longer);
    lineage_schedule_free(&longer);
}

/* At the end of time: does what holds break the promise? */
static void judge(struct exhaustive *exhaustive, const struct entry *entry)
{
    struct harness_search *search = exhaustive->search;
    lineage_tuples broken = {0};
    search->runs++;
    lineage_broken_promises(&exhaustive->execution, search->scenario->oracle, &search->good,
                            &broken);
    for (size_t i = 0; broken.count > 0 && i < entry->ways.count; i++)
        add_minimal(&exhaustive->violations, &entry->ways.items[i]);
    exhaustive->found = exhaustive->found || broken.count > 0;
    lineage_memory_free(broken.items);
}

static void expand(struct exhaustive *exhaustive, uint32_t time, size_t number)
{
    struct harness_search *search = exhaustive->search;
    struct entry *entry = &exhaustive->layers[time].entries.items[number];
    entry->is_done = true;
    if (harness_budget_poll(&search->budget) ||
        (time == search->bounds.eot && !harness_budget_allows_run(&search->budget, search->runs)) ||
        !step(exhaustive, entry, time, &entry->ways.items[0])) {
        exhaustive->going = false;
        lineage_execution_free(&exhaustive->execution);
        return;
    }
    if (time == search->bounds.eot) {
        judge(exhaustive, entry);
    } else {
        find_channels(exhaustive, time);
        for (size_t i = 0; i < entry->ways.count && exhaustive->going; i++)
            choose_crashes(exhaustive, time, 0, &entry->ways.items[i]);
    }
    lineage_execution_free(&exhaustive->execution);
}

/* The entries before time 1: one, or one for each set of crashes that rules can read. */
static void start(struct exhaustive *exhaustive, uint32_t node, const struct lineage_schedule *way)
{
    const struct harness_search *search = exhaustive->search;
    if (node == search->executor->universe->nodes.count) {
        search->executor->initial(search->executor, &exhaustive->state);
        reach(exhaustive, 1, way);
        return;
    }
    start(exhaustive, node + 1, way);
    for (uint32_t time = 1; time <= search->bounds.eot; time++) {
        if (!search->executor->reads_crash ||
            !lineage_bounds_may_crash(&search->bounds, way, node, time))
            continue;
        struct lineage_schedule longer = {.omissions = {0}};
        lineage_schedule_copy(&longer, way);
        lineage_schedule_add_crash(&longer, (struct lineage_crash){time, node});
        start(exhaustive, node + 1, &longer);
        lineage_schedule_free(&longer);
    }
}

/* Expands, time after time, the entries of the current size. Returns whether any larger are left.
 */
static bool sweep(struct exhaustive *exhaustive)
{
    bool left = false;
    for (uint32_t time = 1; time <= exhaustive->search->bounds.eot && exhaustive->going; time++) {
        struct layer *layer = &exhaustive->layers[time];
        for (size_t i = 0; i < layer->entries.count && exhaustive->going; i++) {
            if (is_pending(exhaustive, &layer->entries.items[i]))
                expand(exhaustive, time, i);
            left = left || !layer->entries.items[i].is_done;
        }
    }
    return left;
}

static void free_layers(struct exhaustive *exhaustive)
{
    for (uint32_t time = 0; time <= exhaustive->search->bounds.eot + 1; time++) {
        struct layer *layer = &exhaustive->layers[time];
        for (size_t i = 0; i < layer->entries.count; i++)
            free_ways(&layer->entries.items[i].ways);
        lineage_memory_free(layer->entries.items);
        lineage_memory_free(layer->slots);
    }
    lineage_memory_free(exhaustive->layers);
}

static int compare_schedules(const void *left, const void *right)
{
    return lineage_schedule_compare(left, right);
}

/* Looks for a violation of least size, or with `all` for all minimal ones, and accepts what it is
 * sure of. Returns whether it came to the end. */
static bool explore(struct harness_search *search, bool all, bool *found)
{
    const struct lineage_schedule none = {.omissions = {0}};
    struct exhaustive exhaustive = {.search = search, .all = all, .going = true};
    exhaustive.layers = lineage_memory_clear((search->bounds.eot + 2) * sizeof *exhaustive.layers);
    start(&exhaustive, 0, &none);
    bool left = true;
    while (left && exhaustive.going && (all || !exhaustive.found)) {
        search->size = exhaustive.size;
        left = sweep(&exhaustive);
        exhaustive.size++;
    }
    schedules *violations = &exhaustive.violations;
    if (violations->count > 1)
        qsort(violations->items, violations->count, sizeof *violations->items, compare_schedules);
    for (size_t i = 0; i < violations->count && (all ? exhaustive.going : i == 0); i++)
        harness_search_accept(search, &violations->items[i], true);
    *found = exhaustive.found;
    free_ways(violations);
    free_layers(&exhaustive);
    lineage_arena_free(&exhaustive.arena);
    lineage_memory_free(exhaustive.channels.items);
    lineage_memory_free(exhaustive.lost);
    lineage_memory_free(exhaustive.state.items);
    lineage_memory_free(exhaustive.words.items);
    return exhaustive.going;
}

void harness_search_exhaustive(struct harness_search *search)
{
    bool found;
    search->runs = 0; /* the good run is one of those that come */
    const bool finished = explore(search, false, &found);
    search->verdict = found      ? HARNESS_COUNTEREXAMPLE
                      : finished ? HARNESS_CERTIFIED
                                 : HARNESS_INCOMPLETE;
    search->complete = found || finished;
    /* A least one is known, whatever becomes of the walk over all. */
    if (found && search->options.all)
        search->complete = explore(search, true, &found);
}
