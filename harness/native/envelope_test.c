/* The circuit beside a run says of which schedules it knows nothing. What it must say of each is
 * seen by hand, from what the handlers read. */
#include "../testing.h"

#include "sample.h"

enum { A, B, C };

/* ---- what the circuit says under a schedule ---- */

static bool premise_holds(const struct lineage_execution *envelope, const bool *holds,
                          const struct lineage_schedule *schedule, uint32_t premise)
{
    const uint32_t number = lineage_premise_number(premise);
    const struct lineage_universe *universe = envelope->universe;
    if (lineage_premise_kind(premise) == LINEAGE_PRESENT)
        return holds[number];
    assert_int_equal(lineage_premise_kind(premise), LINEAGE_ABSENT_FACT);
    const lineage_tuple tuple = envelope->facts.items[number].tuple;
    if (lineage_tuple_relation(universe, tuple) != envelope->crash)
        return !holds[number];
    const lineage_value *values = lineage_tuple_values(universe, tuple);
    return lineage_schedule_crash_time(schedule, lineage_node_of(universe, values[0])) !=
           (uint32_t)lineage_integer_of(universe, values[2]);
}

static bool arrives(const struct lineage_execution *envelope,
                    const struct lineage_schedule *schedule, uint32_t message)
{
    if (message == LINEAGE_NONE)
        return true;
    const struct lineage_message *sent = &envelope->messages.items[message];
    return !lineage_schedule_loses(schedule, sent->from, sent->to, sent->sent_time);
}

static bool fires(const struct lineage_execution *envelope, const bool *holds,
                  const struct lineage_schedule *schedule, uint32_t firing)
{
    size_t count;
    const uint32_t *premises = lineage_premises_of(envelope, firing, &count);
    bool all_hold = arrives(envelope, schedule, envelope->firings.items[firing].message);
    for (size_t i = 0; i < count; i++)
        all_hold = all_hold && premise_holds(envelope, holds, schedule, premises[i]);
    return all_hold;
}

/* Does the schedule need a run of its own? Errors alone need that a fact does not hold. */
static bool has_error(const struct lineage_execution *envelope,
                      const struct lineage_schedule *schedule)
{
    bool *holds = lineage_memory_clear(envelope->facts.count + 1);
    bool is_error = false;
    for (bool has_changed = true; has_changed;) {
        has_changed = false;
        for (uint32_t i = 0; i < envelope->firings.count; i++) {
            const uint32_t head = envelope->firings.items[i].head;
            if (head != LINEAGE_NONE && !holds[head] && fires(envelope, holds, schedule, i))
                has_changed = holds[head] = true;
        }
    }
    for (size_t i = 0; i < envelope->errors.count; i++)
        is_error = is_error || fires(envelope, holds, schedule, envelope->errors.items[i]);
    lineage_memory_free(holds);
    return is_error;
}

/* Runs the protocol without faults, and asks its circuit about losses, as `from, to, time`, and
 * crashes, as `node, time`; each list ends with 0 for a time. */
static bool asks_for_a_run(const struct ldfi_protocol *protocol,
                           const struct lineage_omission *losses,
                           const struct lineage_crash *crashes)
{
    const struct lineage_bounds bounds = {SAMPLE_EOT, SAMPLE_EOT, 2, LINEAGE_UNBOUNDED,
                                          (bool[3]){0}};
    struct sample *sample = sample_create(protocol);
    struct lineage_schedule schedule = {0};
    struct lineage_execution envelope;
    for (; losses != NULL && losses->time > 0; losses++)
        lineage_schedule_add_omission(&schedule, *losses);
    for (; crashes != NULL && crashes->time > 0; crashes++)
        lineage_schedule_add_crash(&schedule, *crashes);
    sample_run(sample, SAMPLE_EOT, false);
    assert_int_equal(sample_read(sample, sample->trace, sample->words), NATIVE_READ_WHOLE);
    sample_envelope(sample, &bounds, protocol->opaque_state, &envelope);
    const bool is_asked = has_error(&envelope, &schedule);
    lineage_schedule_free(&schedule);
    lineage_execution_free(&envelope);
    sample_free(sample);
    return is_asked;
}

#define LOSSES(...) ((const struct lineage_omission[]){__VA_ARGS__, {0, 0, 0}})
#define CRASHES(...) ((const struct lineage_crash[]){__VA_ARGS__, {0, 0}})

/* ---- protocols ---- */

static bool is(const struct ldfi_node *node, const char *name)
{
    return strcmp(ldfi_name(node), name) == 0;
}

/* What b has noted is promised. */
static void pre_had(struct ldfi_node *observer)
{
    ldfi_claim(observer, ldfi("had"));
}

static void post_had(struct ldfi_node *observer)
{
    if (ldfi_get(ldfi_at(observer, "b"), "had", ldfi()) != NULL)
        ldfi_claim(observer, ldfi("had"));
}

static void note(struct ldfi_node *node, const struct ldfi_message *message)
{
    (void)message;
    ldfi_put(node, "had", ldfi(), ldfi());
}

/* a and c tell b the same. */
static void tell_twice(struct ldfi_node *node)
{
    if (!is(node, "b"))
        ldfi_send(node, "b", "m", ldfi());
}

/* b sends c what it has when its timer runs out, and reads that there is nothing yet at 1. */
static void set_timer(struct ldfi_node *node)
{
    tell_twice(node);
    ldfi_set_timer(node, "t", 2);
}

static void tell_had(struct ldfi_node *node, const char *name)
{
    (void)name;
    if (is(node, "b") && ldfi_get(node, "had", ldfi()) != NULL)
        ldfi_send(node, "c", "n", ldfi());
}

/* ---- tests ---- */

static void a_row_that_two_messages_put_needs_one_of_them(void **state)
{
    const struct ldfi_protocol protocol = {
        .start = tell_twice, .message = note, .pre = pre_had, .post = post_had};
    (void)state;
    assert_false(asks_for_a_run(&protocol, NULL, NULL));
    assert_false(asks_for_a_run(&protocol, LOSSES({1, A, B}), NULL));
    assert_false(asks_for_a_run(&protocol, LOSSES({1, C, B}), NULL));
    assert_true(asks_for_a_run(&protocol, LOSSES({1, A, B}, {1, C, B}), NULL));
    assert_false(asks_for_a_run(&protocol, NULL, CRASHES({1, A})));
    assert_false(asks_for_a_run(&protocol, NULL, CRASHES({2, A}, {2, C})));
    assert_true(asks_for_a_run(&protocol, NULL, CRASHES({1, A}, {1, C})));
    assert_true(asks_for_a_run(&protocol, NULL, CRASHES({2, B})));
    assert_false(asks_for_a_run(&protocol, NULL, CRASHES({3, B}))); /* it has what it has */
    assert_true(asks_for_a_run(&protocol, LOSSES({1, A, B}), CRASHES({1, C})));
    assert_false(asks_for_a_run(&protocol, LOSSES({1, A, B}), CRASHES({2, C})));
}

/* A timer's handler that read a row might do something else without it, unless its node is down. */
static void a_handler_that_read_a_row_needs_it(void **state)
{
    const struct ldfi_protocol protocol = {
        .start = set_timer, .message = note, .timer = tell_had, .pre = pre_had, .post = pre_had};
    (void)state;
    assert_false(asks_for_a_run(&protocol, LOSSES({1, A, B}), NULL));
    assert_true(asks_for_a_run(&protocol, LOSSES({1, A, B}, {1, C, B}), NULL));
    assert_false(asks_for_a_run(&protocol, LOSSES({3, B, C}), NULL)); /* c reads nothing */
    assert_false(asks_for_a_run(&protocol, LOSSES({1, A, B}, {1, C, B}), CRASHES({3, B})));
}

/* The same with state that nobody sees: whatever b does rests on all that it did. */
static void with_opaque_state_a_call_needs_all_earlier_ones(void **state)
{
    const struct ldfi_protocol protocol = {.start = tell_twice,
                                           .message = note,
                                           .pre = pre_had,
                                           .post = post_had,
                                           .opaque_state = true};
    (void)state;
    assert_true(asks_for_a_run(&protocol, LOSSES({1, A, B}), NULL)); /* before c's */
    assert_false(asks_for_a_run(&protocol, NULL, CRASHES({3, B})));
}

/* b asks whether a is up: that it was is what its answer rests on. */
static void ask(struct ldfi_node *node)
{
    if (is(node, "b"))
        ldfi_set_timer(node, "t", 2);
}

static void note_up(struct ldfi_node *node, const char *name)
{
    (void)name;
    if (!ldfi_crashed(node, "a"))
        ldfi_put(node, "had", ldfi(), ldfi());
}

static void who_asks_whether_a_node_is_up_needs_it_to_be(void **state)
{
    const struct ldfi_protocol protocol = {
        .start = ask, .timer = note_up, .pre = pre_had, .post = post_had};
    (void)state;
    assert_true(asks_for_a_run(&protocol, NULL, CRASHES({3, A})));
    assert_true(asks_for_a_run(&protocol, NULL, CRASHES({1, A})));
    assert_false(asks_for_a_run(&protocol, NULL, CRASHES({4, A}))); /* after it was asked, at 3 */
    assert_false(asks_for_a_run(&protocol, NULL, CRASHES({1, C})));
}

/* b's timer, set to 3 at 1, is set anew by a's message at 2. Without that it would run out at 3,
 * which the run has no call for. */
static void alarm_at_start(struct ldfi_node *node)
{
    if (is(node, "b"))
        ldfi_set_timer(node, "alarm", 2);
    if (is(node, "a"))
        ldfi_send(node, "b", "quiet", ldfi());
}

static void be_quiet(struct ldfi_node *node, const struct ldfi_message *message)
{
    (void)message;
    ldfi_cancel_timer(node, "alarm");
}

static void cry(struct ldfi_node *node, const char *name)
{
    ldfi_send(node, "c", name, ldfi());
}

static void a_timer_that_was_cancelled_needs_what_did_it(void **state)
{
    const struct ldfi_protocol protocol = {.start = alarm_at_start,
                                           .message = be_quiet,
                                           .timer = cry,
                                           .pre = pre_had,
                                           .post = pre_had};
    (void)state;
    assert_false(asks_for_a_run(&protocol, NULL, NULL));
    assert_true(asks_for_a_run(&protocol, LOSSES({1, A, B}), NULL));
    assert_true(asks_for_a_run(&protocol, NULL, CRASHES({1, A})));
    assert_false(asks_for_a_run(&protocol, LOSSES({1, A, B}), CRASHES({3, B})));
    assert_true(asks_for_a_run(&protocol, LOSSES({1, A, B}), CRASHES({4, B})));
}

/* What stands behind ldfi_scope needs nothing of what stands before it. */
static void scoped(struct ldfi_node *node, const char *name)
{
    tell_had(node, name);
    ldfi_scope(node);
    if (is(node, "b"))
        ldfi_put(node, "other", ldfi(), ldfi());
}

static void post_other(struct ldfi_node *observer)
{
    if (ldfi_get(ldfi_at(observer, "b"), "other", ldfi()) != NULL)
        ldfi_claim(observer, ldfi("had"));
}

/* The first part asks for a run if its row is gone; of the row of the second part, which is there
 * all the same, the circuit knows. With the first part's read at a node that is down, none does. */
static void a_scope_is_a_part_of_its_own(void **state)
{
    const struct ldfi_protocol protocol = {
        .start = set_timer, .message = note, .timer = scoped, .pre = pre_had, .post = post_other};
    (void)state;
    assert_true(asks_for_a_run(&protocol, LOSSES({1, A, B}, {1, C, B}), NULL));
    assert_false(asks_for_a_run(&protocol, LOSSES({1, A, B}), NULL));
    assert_true(asks_for_a_run(&protocol, NULL, CRASHES({3, B})));
    assert_false(asks_for_a_run(&protocol, NULL, CRASHES({4, B})));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_that_two_messages_put_needs_one_of_them),
        cmocka_unit_test(a_handler_that_read_a_row_needs_it),
        cmocka_unit_test(with_opaque_state_a_call_needs_all_earlier_ones),
        cmocka_unit_test(who_asks_whether_a_node_is_up_needs_it_to_be),
        cmocka_unit_test(a_timer_that_was_cancelled_needs_what_did_it),
        cmocka_unit_test(a_scope_is_a_part_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
