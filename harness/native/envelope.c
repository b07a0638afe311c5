/* What could happen beside a run of C handlers, as a circuit that the hazard formula is built from.
 *
 * Nobody can run a handler on values that are not known. So the circuit does not say what would
 * happen under other faults, but whether what happens could be anything but the run itself with
 * some of its calls left out. Let F be the run's schedule, which keeps the promise, and G a
 * schedule that includes F, within the bounds. Of each part p of each call of F's run (a part: from
 * one ldfi_scope to the next; most calls have one) the circuit has
 *
 *     kept(p)  = up(n, t)      the call's node n has not crashed by the call's time t
 *              & event(c)      what the call handles is there
 *              & row(s) of each slot that p read, and up(m, t) for each m that p was told is up
 *
 *     event(c) = kept(q) & m arrives        for a message m that part q sent
 *              = row(s)                     for a timer: the slot that says when it runs out
 *              = true                       for the start, for inputs, and for looks (below)
 *
 *     row(s)   = kept(p1) | ... | kept(pk)  the parts that put what the slot holds when it is read,
 *                                           or deleted what it does not hold, since it last held
 *                                           something else; true, if none ever put anything
 *
 * A part that reads what it has put or deleted itself knows what is there, and row(s) is left out.
 * With .opaque_state, a call reads all earlier calls at its node, too.
 *
 * Claim: if under G each call c of F's run that still has its event at a node that is up has all
 * its parts kept, as the circuit says it, and so have the parts of the promise, then G keeps the
 * promise and no handler does anything that it did not do under F. So the circuit's "errors" are
 * exactly these: up(n, t) & event(c) & not kept(p); and not kept(p) for a part of the promise. If
 * none of them holds under G, G needs no run of its own.
 *
 * Proof. Go through the calls of G's run in the order in which they happen, up to one that is not a
 * call of F's run with the same event, or does not read and do the same. Up to it, G's calls are
 * F's, without those that are left out, and calls left out did nothing. Say that a call c of F's
 * run is left out. Then its node is down, or its event is not there; and the circuit's kept(p) is
 * false for its parts. If c is not left out, up and event are true of it, and as it is no error,
 * kept(p) is, too. So up to there the circuit says of every part whether it happens.
 *
 * - Reading. A slot that part p read in F's run: row(s) says that one of p1 ... pk happens under G;
 *   after it nobody puts anything else into the slot, since all calls there are calls of F's run,
 *   in their order, and after p1 no part of F's run does, up to p. So p reads the same. Where none
 *   ever put anything, none does under G. If p put or deleted it itself, it did so in the same way.
 *   What ldfi_each finds are the slots on the way, all of which it has read; keys that are on no
 *   slot never were in the table. So if kept(p) holds, p reads the same under G, and handlers are
 *   functions of what they read (the determinism check, and the check of the module's memory, see
 *   to it): it does the same. Random numbers come from the event; the clock from the time.
 *
 * - New messages. All that is sent is sent by calls of F's run that happen, so it is F's messages
 *   without some. Those that arrive at a step are handled in an order, of which every pair has been
 *   compared, so the rest are in the same order.
 *
 * - New timers. A timer runs out under G at a time at which it did not under F only if its slot
 *   holds that time when timers are looked at, and did not under F. Then it held it earlier in F's
 *   run, since it was put by a call of F's run, and has been set otherwise since. The simulator
 *   notes such timers: at that time it *looks* at the slot, as a call of its own that reads it.
 *   Looks are parts like the others: if row(s) does not hold, that is an error.
 *
 * - Timers left out. That event(c) is false of a timer says that nobody set it as it was when it
 *   ran out under F. Yet it may hold the same time from earlier, where it was set otherwise in
 *   between and then back. There is a look at it then, too, before the timer's call.
 *
 * So there is no first call that is different, and the claim follows: the promise's parts read the
 * same, so they claim the same. (Under Molly's oracle, what is promised is a part of what pre
 * claims.) A part of post that claims nothing could do no harm by claiming more; but it may crash.
 *
 * Every handler call is in it, effect or none: one that read a row and did nothing might act, were
 * the row gone; its error says so. Whether a run ends with a crash or a loop of a handler is
 * covered, too: that is a call which does not do the same.
 *
 * The circuit's facts are exact (hazard.c), need each other in the order of time, and stand for
 * nothing but themselves, so each P is its formula. */
#include "record.h"

struct circuit {
    const struct native_run *run;
    const struct lineage_schedule *schedule;
    const struct lineage_bounds *bounds;
    struct lineage_execution *envelope;
    uint32_t relation; /* of the circuit's facts: kind, number */
    uint32_t *up;      /* by node and time: a fact, or LINEAGE_NONE: it is up for certain */
    /* By slot: the fact row(s), or LINEAGE_NONE: true; the part that last put or deleted. */
    uint32_t *row, *writer;
    lineage_tuple *holds;
    uint32_t *kept; /* by part: its fact */
    uint32_t *last; /* by node, of an opaque protocol: the fact of the last part there */
    LINEAGE_ARRAY(uint32_t) premises; /* of the part at work */
};

enum kind { UP, EVENT, ROW, KEPT };

static uint32_t add_fact(struct circuit *circuit, enum kind kind, uint32_t number, uint32_t time)
{
    struct lineage_universe *universe = circuit->envelope->universe;
    const lineage_value values[] = {lineage_integer(universe, kind),
                                    lineage_integer(universe, number)};
    return lineage_fact_add(circuit->envelope,
                            lineage_tuple_intern(universe, circuit->relation, values), time, false);
}

static void begin_firing(struct circuit *circuit, uint32_t head, uint32_t message)
{
    const struct lineage_firing firing = {
        0, head, message, (uint32_t)circuit->envelope->premises.count, LINEAGE_NONE};
    LINEAGE_PUSH(&circuit->envelope->firings, firing);
}

/* A premise of the last firing; a fact that is LINEAGE_NONE holds for certain. */
static void need(struct circuit *circuit, enum lineage_premise_kind kind, uint32_t fact)
{
    if (fact != LINEAGE_NONE)
        LINEAGE_PUSH(&circuit->envelope->premises, lineage_premise(kind, fact));
}

/* ---- nodes that are up ---- */

static void find_up(struct circuit *circuit)
{
    struct lineage_universe *universe = circuit->envelope->universe;
    const uint32_t eot = circuit->envelope->eot;
    for (uint32_t node = 0; node < universe->nodes.count; node++)
        for (uint32_t time = 1; time <= eot; time++) {
            uint32_t *up = &circuit->up[node * (eot + 1) + time];
            *up = circuit->up[node * (eot + 1) + time - 1];
            if (!lineage_bounds_may_crash(circuit->bounds, circuit->schedule, node, time))
                continue;
            const lineage_value values[] = {universe->nodes.items[node],
                                            universe->nodes.items[node],
                                            lineage_integer(universe, time)};
            const uint32_t crash = lineage_fact_add(
                circuit->envelope, lineage_tuple_intern(universe, circuit->envelope->crash, values),
                0, false);
            const uint32_t before = *up;
            *up = add_fact(circuit, UP, node, time);
            begin_firing(circuit, *up, LINEAGE_NONE);
            need(circuit, LINEAGE_ABSENT_FACT, crash);
            need(circuit, LINEAGE_PRESENT, before);
        }
}

static uint32_t up(const struct circuit *circuit, uint32_t node, uint32_t time)
{
    return node == NATIVE_NOBODY ? LINEAGE_NONE
                                 : circuit->up[node * (circuit->envelope->eot + 1) + time];
}

/* ---- calls ---- */

/* Each message by itself, however often it is sent. */
static void add_messages(struct circuit *circuit)
{
    for (size_t i = 0; i < circuit->run->messages.count; i++) {
        const struct native_run_message *message = &circuit->run->messages.items[i];
        const struct lineage_message added = {message->tuple, message->from, message->to,
                                              message->sent_time, LINEAGE_DELIVERED};
        LINEAGE_PUSH(&circuit->envelope->messages, added);
    }
}

static uint32_t event_of(struct circuit *circuit, const struct native_run_call *call)
{
    if (call->call == NATIVE_TIMER)
        return circuit->row[call->why];
    if (call->call != NATIVE_MESSAGE)
        return LINEAGE_NONE;
    const uint32_t event = add_fact(circuit, EVENT, call->why, call->time);
    begin_firing(circuit, event, call->why);
    need(circuit, LINEAGE_PRESENT, circuit->kept[circuit->run->messages.items[call->why].part]);
    return event;
}

/* The slot holds what it does because of this part, too; or because of it alone. */
static void write_slot(struct circuit *circuit, uint32_t slot, uint32_t part, lineage_tuple tuple)
{
    const uint32_t before = circuit->row[slot], kept = circuit->kept[part];
    const bool is_same = circuit->holds[slot] == tuple;
    circuit->holds[slot] = tuple;
    circuit->writer[slot] = part;
    if (!is_same)
        circuit->row[slot] = kept;
    if (!is_same || before == LINEAGE_NONE || before == kept)
        return;
    const uint32_t row =
        add_fact(circuit, ROW, (uint32_t)circuit->envelope->facts.count,
                 circuit->run->calls.items[circuit->run->parts.items[part].call].time);
    circuit->row[slot] = row;
    begin_firing(circuit, row, LINEAGE_NONE);
    need(circuit, LINEAGE_PRESENT, before);
    begin_firing(circuit, row, LINEAGE_NONE);
    need(circuit, LINEAGE_PRESENT, kept);
}

static void note_premise(struct circuit *circuit, uint32_t fact)
{
    for (size_t i = 0; i < circuit->premises.count; i++)
        if (circuit->premises.items[i] == fact)
            return;
    if (fact != LINEAGE_NONE)
        LINEAGE_PUSH(&circuit->premises, fact);
}

/* Goes through what a part does; its premises are what it reads. */
static void walk(struct circuit *circuit, uint32_t number, uint32_t time)
{
    const struct native_run_part *part = &circuit->run->parts.items[number];
    for (uint32_t i = 0; i < part->operation_count; i++) {
        const struct native_run_operation *operation =
            &circuit->run->operations.items[part->first_operation + i];
        if (operation->operation == NATIVE_READ && circuit->writer[operation->number] != number)
            note_premise(circuit, circuit->row[operation->number]);
        else if (operation->operation == NATIVE_ASK && !operation->has_crashed)
            note_premise(circuit, up(circuit, operation->number, time));
        else if (operation->operation == NATIVE_PUT)
            write_slot(circuit, operation->number, number, operation->tuple);
        else if (operation->operation == NATIVE_DELETE)
            write_slot(circuit, operation->number, number, LINEAGE_NONE);
    }
}

static void add_part(struct circuit *circuit, const struct native_run_call *call, uint32_t number,
                     uint32_t event, uint32_t before)
{
    struct lineage_execution *envelope = circuit->envelope;
    const uint32_t is_up = up(circuit, call->node, call->time);
    const uint32_t kept = circuit->kept[number] = add_fact(circuit, KEPT, number, call->time);
    circuit->premises.count = 0;
    note_premise(circuit, before);
    walk(circuit, number, call->time);
    const bool reads = circuit->premises.count > 0;
    begin_firing(circuit, kept, LINEAGE_NONE);
    need(circuit, LINEAGE_PRESENT, is_up);
    need(circuit, LINEAGE_PRESENT, event);
    for (size_t i = 0; i < circuit->premises.count; i++)
        need(circuit, LINEAGE_PRESENT, circuit->premises.items[i]);
    if (!reads)
        return;
    LINEAGE_PUSH(&envelope->errors, (uint32_t)envelope->firings.count);
    begin_firing(circuit, LINEAGE_NONE, LINEAGE_NONE);
    need(circuit, LINEAGE_PRESENT, is_up);
    need(circuit, LINEAGE_PRESENT, event);
    need(circuit, LINEAGE_ABSENT_FACT, kept);
}

static void add_call(struct circuit *circuit, const struct native_run_call *call, bool is_opaque)
{
    const uint32_t event = event_of(circuit, call);
    const bool is_after = is_opaque && call->node != NATIVE_NOBODY;
    const uint32_t before = is_after ? circuit->last[call->node] : LINEAGE_NONE;
    for (uint32_t i = 0; i < call->part_count; i++)
        add_part(circuit, call, call->first_part + i, event, before);
    if (is_after)
        circuit->last[call->node] = circuit->kept[call->first_part];
}

static uint32_t *numbers(size_t count)
{
    uint32_t *all = lineage_memory_resize(NULL, (count + 1) * sizeof *all);
    memset(all, 0xff, (count + 1) * sizeof *all);
    return all;
}

static uint32_t find_circuit_relation(struct lineage_universe *universe)
{
    for (size_t i = universe->relations.count; i-- > 0;)
        if (universe->relations.items[i].internal &&
            strcmp(universe->relations.items[i].name, "circuit") == 0)
            return (uint32_t)i;
    return lineage_relation_add(universe, (struct lineage_relation){"circuit", 2, true});
}

bool native_envelope(const struct native_run *run, const struct lineage_schedule *schedule,
                     const struct lineage_bounds *bounds, bool is_opaque, size_t firings_max,
                     struct lineage_execution *envelope)
{
    const size_t nodes = envelope->universe->nodes.count;
    struct circuit circuit = {.run = run,
                              .schedule = schedule,
                              .bounds = bounds,
                              .envelope = envelope,
                              .relation = find_circuit_relation(envelope->universe),
                              .up = numbers(nodes * (envelope->eot + 1)),
                              .row = numbers(run->slots.count),
                              .writer = numbers(run->slots.count),
                              .holds = numbers(run->slots.count),
                              .kept = numbers(run->parts.count),
                              .last = numbers(nodes)};
    find_up(&circuit);
    add_messages(&circuit);
    for (size_t i = 0; i < run->calls.count && envelope->firings.count <= firings_max; i++)
        add_call(&circuit, &run->calls.items[i], is_opaque);
    lineage_memory_free(circuit.up);
    lineage_memory_free(circuit.row);
    lineage_memory_free(circuit.writer);
    lineage_memory_free(circuit.holds);
    lineage_memory_free(circuit.kept);
    lineage_memory_free(circuit.last);
    lineage_memory_free(circuit.premises.items);
    return envelope->firings.count <= firings_max;
}
