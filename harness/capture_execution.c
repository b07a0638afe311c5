#include "capture.h"

#include "scenario.h"

#include <stdlib.h>

/* A message that a node has received. */
struct receipt {
    uint32_t fact, time, frame;
};

/* What a node has received and sent. */
struct receiver {
    uint32_t seen, seen_count; /* the newest fact that says what was received, or LINEAGE_NONE */
    LINEAGE_ARRAY(struct receipt) since; /* what was received and no such fact says */
    uint32_t received_time, sent_time;   /* of the last; 0: there was none */
};

struct builder {
    struct harness_capture *capture;
    struct lineage_execution *execution;
    const char *path;
    uint32_t seen;                    /* the relation that counts what a node has received */
    struct receiver *receivers;       /* by node */
    LINEAGE_ARRAY(uint32_t) newest;   /* by tuple: the newest fact of a message, or LINEAGE_NONE */
    LINEAGE_ARRAY(uint32_t) previous; /* by fact: the one before of its tuple */
};

static int compare(const void *left, const void *right)
{
    const struct harness_captured *a = left, *b = right;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* A name that no message has. */
static uint32_t add_seen(struct harness_capture *capture)
{
    const char *name = "seen";
    while (lineage_relation_find(&capture->universe, name) != LINEAGE_NONE)
        name = lineage_arena_format(&capture->arena, "%s_", name);
    return lineage_relation_add(&capture->universe, (struct lineage_relation){name, 2, false});
}

/* The time at which a message is sent: not before what its sender sent or received before; such
 * that it arrives after what its receiver sent, for a step is what arrives and then what is sent,
 * and not before what arrived there; nor before its step by the clock. */
static uint32_t send_time(const struct builder *builder, const struct harness_captured *message,
                          int64_t start)
{
    const struct harness_capture_map *map = builder->capture->map;
    uint64_t time = 1;
    if (map->is_own)
        return (uint32_t)message->time;
    const struct receiver *from = &builder->receivers[message->from];
    const struct receiver *to = &builder->receivers[message->to];
    const uint64_t least[] = {from->sent_time, from->received_time, to->sent_time,
                              to->received_time > 0 ? to->received_time - 1 : 0,
                              map->step_nanoseconds == 0
                                  ? 0
                                  : (uint64_t)(message->time - start) / map->step_nanoseconds + 1};
    for (size_t i = 0; i < sizeof least / sizeof *least; i++)
        time = least[i] > time ? least[i] : time;
    return time > HARNESS_TIME_MAX ? HARNESS_TIME_MAX : (uint32_t)time;
}

/* The fact of a message that was received, made if it is the first of its tuple at its time. */
static uint32_t take_fact(struct builder *builder, lineage_tuple tuple, uint32_t time)
{
    struct lineage_execution *execution = builder->execution;
    while (builder->newest.count <= tuple)
        LINEAGE_PUSH(&builder->newest, LINEAGE_NONE);
    for (uint32_t fact = builder->newest.items[tuple]; fact != LINEAGE_NONE;
         fact = builder->previous.items[fact])
        if (execution->facts.items[fact].time == time)
            return fact;
    const uint32_t fact = lineage_fact_add(execution, tuple, time, true);
    while (builder->previous.count <= fact)
        LINEAGE_PUSH(&builder->previous, LINEAGE_NONE);
    builder->previous.items[fact] = builder->newest.items[tuple];
    builder->newest.items[tuple] = fact;
    return fact;
}

/* Adds a firing of a rule of its own: its line is the frame. */
static void fire(struct builder *builder, const char *text, uint32_t frame, uint32_t head,
                 uint32_t message)
{
    struct lineage_execution *execution = builder->execution;
    const struct lineage_firing firing = {
        .rule = lineage_rule_add(
            &builder->capture->universe,
            (struct lineage_rule){.text = text, .file = builder->path, .line = frame}),
        .head = head,
        .message = message,
        .first_premise = (uint32_t)execution->premises.count,
        .exactly = LINEAGE_NONE};
    LINEAGE_PUSH(&execution->firings, firing);
}

static void rest_on(struct builder *builder, uint32_t fact)
{
    if (fact != LINEAGE_NONE)
        LINEAGE_PUSH(&builder->execution->premises, lineage_premise(LINEAGE_PRESENT, fact));
}

/* The fact that says what a node has received up to a time, made when it is first needed;
 * LINEAGE_NONE: nothing. (In ldfi's own captures there may be later messages before this one.) */
static uint32_t take_seen(struct builder *builder, uint32_t node, uint32_t time)
{
    struct lineage_universe *universe = &builder->capture->universe;
    struct receiver *receiver = &builder->receivers[node];
    size_t count = 0;
    while (count < receiver->since.count && receiver->since.items[count].time <= time)
        count++;
    if (count == 0)
        return receiver->seen;
    const struct receipt last = receiver->since.items[count - 1];
    receiver->seen_count += (uint32_t)count;
    const lineage_value values[] = {universe->nodes.items[node],
                                    lineage_integer(universe, receiver->seen_count)};
    const uint32_t seen = lineage_fact_add(
        builder->execution, lineage_tuple_intern(universe, builder->seen, values), last.time, true);
    fire(builder,
         lineage_arena_format(&builder->capture->arena,
                              "%s(Node, Count) :- all that Node has received;",
                              universe->relations.items[builder->seen].name),
         last.frame, seen, LINEAGE_NONE);
    for (size_t i = 0; i < count; i++)
        rest_on(builder, receiver->since.items[i].fact);
    rest_on(builder, receiver->seen);
    receiver->since.count -= count;
    memmove(receiver->since.items, receiver->since.items + count,
            receiver->since.count * sizeof *receiver->since.items);
    receiver->seen = seen;
    return seen;
}

static void receive(struct builder *builder, const struct harness_captured *message, uint32_t fact,
                    uint32_t time)
{
    struct receiver *receiver = &builder->receivers[message->to];
    const struct receipt receipt = {fact, time, message->frame};
    receiver->received_time = time;
    LINEAGE_PUSH(&receiver->since, receipt);
}

static void add_message(struct builder *builder, const struct harness_captured *message,
                        uint32_t time)
{
    struct lineage_execution *execution = builder->execution;
    struct lineage_universe *universe = &builder->capture->universe;
    const struct lineage_message sent = {message->tuple, message->from, message->to, time,
                                         message->fate};
    const bool arrives = message->fate == LINEAGE_DELIVERED;
    const uint32_t relation = lineage_tuple_relation(universe, message->tuple);
    const uint32_t number = (uint32_t)execution->messages.count;
    const uint32_t seen = message->from == LINEAGE_NONE ? (uint32_t)LINEAGE_NONE
                                                        : take_seen(builder, message->from, time);
    LINEAGE_PUSH(&execution->messages, sent);
    const uint32_t fact =
        arrives ? take_fact(builder, message->tuple, time + 1) : (uint32_t)LINEAGE_NONE;
    fire(builder,
         lineage_arena_format(&builder->capture->arena, "%s(Receiver, ...)@async :- %s(Sender, _);",
                              universe->relations.items[relation].name,
                              universe->relations.items[builder->seen].name),
         message->frame, fact, number);
    rest_on(builder, seen);
    if (message->from != LINEAGE_NONE)
        builder->receivers[message->from].sent_time = time;
    if (arrives)
        receive(builder, message, fact, time + 1);
}

/* Frames with times before earlier ones come in the order of their times. After the first message
 * that does not fit, none is taken: what is there rests on nothing that is not. */
static void add_messages(struct builder *builder)
{
    struct harness_capture *capture = builder->capture;
    uint32_t *eot = &builder->execution->eot;
    bool is_full = false;
    if (capture->messages.count > 0)
        qsort(capture->messages.items, capture->messages.count, sizeof *capture->messages.items,
              compare);
    for (size_t i = 0; i < capture->messages.count; i++) {
        const struct harness_captured *message = &capture->messages.items[i];
        const uint32_t time = send_time(builder, message, capture->messages.items[0].time);
        const uint32_t last = time + (message->fate == LINEAGE_DELIVERED);
        is_full = is_full || last > HARNESS_TIME_MAX;
        if (is_full) {
            harness_capture_note(capture, HARNESS_ODD_LATE, message->frame, "from step %u on",
                                 last);
            continue;
        }
        if (last > *eot)
            *eot = last;
        add_message(builder, message, time);
    }
}

void harness_capture_execution(struct harness_capture *capture, const char *path,
                               struct lineage_execution *execution)
{
    const size_t nodes = capture->universe.nodes.count + 1;
    struct builder builder = {.capture = capture,
                              .execution = execution,
                              .path = path,
                              .seen = add_seen(capture),
                              .receivers = lineage_memory_clear(nodes * sizeof(struct receiver))};
    for (size_t i = 0; i < nodes; i++)
        builder.receivers[i].seen = LINEAGE_NONE;
    lineage_execution_create(execution, &capture->universe, capture->eot > 0 ? capture->eot : 1);
    add_messages(&builder);
    lineage_execution_index(execution);
    for (size_t i = 0; i < nodes; i++)
        lineage_memory_free(builder.receivers[i].since.items);
    lineage_memory_free(builder.receivers);
    lineage_memory_free(builder.newest.items);
    lineage_memory_free(builder.previous.items);
}
