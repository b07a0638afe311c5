/* Where differences begin: of executions made by hand, and of small programs under all their
 * schedules. */
#include "testing.h"

#include "difference.h"

#include <stdarg.h>

/* Relations p, q, r, pre, post of one column and crash(Observer, Node, Time); nodes a, b, c; five
 * rules; and two executions up to time 5. Facts with neither firing nor message are inputs. */
struct fixture {
    struct lineage_universe universe;
    struct lineage_execution good, bad;
    uint32_t p, q, r, pre, post, crash;
    lineage_value a, b, c;
    lineage_tuples broken;
    struct lineage_difference difference;
};

static int open_fixture(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct lineage_universe *universe = &f->universe;
    lineage_universe_create(universe);
    f->p = lineage_relation_add(universe, (struct lineage_relation){"p", 1, false});
    f->q = lineage_relation_add(universe, (struct lineage_relation){"q", 1, false});
    f->r = lineage_relation_add(universe, (struct lineage_relation){"r", 1, false});
    f->pre = lineage_relation_add(universe, (struct lineage_relation){"pre", 1, false});
    f->post = lineage_relation_add(universe, (struct lineage_relation){"post", 1, false});
    f->crash = lineage_relation_add(universe, (struct lineage_relation){"crash", 3, false});
    lineage_value *const values[] = {&f->a, &f->b, &f->c};
    for (uint32_t i = 0; i < 3; i++) {
        const char name[] = {(char)('a' + i), '\0'};
        lineage_node_add(universe, i == 0 ? "a" : i == 1 ? "b" : "c");
        *values[i] = lineage_string(universe, name, 1);
    }
    for (uint32_t i = 0; i < 5; i++)
        lineage_rule_add(universe, (struct lineage_rule){"rule", "file", i + 1, false});
    lineage_execution_create(&f->good, universe, 5);
    lineage_execution_create(&f->bad, universe, 5);
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;
    lineage_difference_free(&f->difference);
    lineage_memory_free(f->broken.items);
    lineage_execution_free(&f->good);
    lineage_execution_free(&f->bad);
    lineage_universe_destroy(&f->universe);
    free(f);
    return 0;
}

static lineage_tuple tuple(struct fixture *f, uint32_t relation, lineage_value value)
{
    return lineage_tuple_intern(&f->universe, relation, &value);
}

static uint32_t fact(struct fixture *f, struct lineage_execution *run, uint32_t relation,
                     lineage_value value, uint32_t time)
{
    return lineage_fact_add(run, tuple(f, relation, value), time, true);
}

/* The fact in both executions, which must have as many facts before it. */
static uint32_t shared(struct fixture *f, uint32_t relation, lineage_value value, uint32_t time)
{
    const uint32_t number = fact(f, &f->good, relation, value, time);
    assert_int_equal(fact(f, &f->bad, relation, value, time), number);
    return number;
}

static uint32_t holds(uint32_t number)
{
    return lineage_premise(LINEAGE_PRESENT, number);
}

static uint32_t absent(struct lineage_execution *run, lineage_tuple pattern, uint32_t time)
{
    const struct lineage_absence absence = {pattern, time};
    LINEAGE_PUSH(&run->absences, absence);
    return lineage_premise(LINEAGE_ABSENT, (uint32_t)run->absences.count - 1);
}

enum { NO_MESSAGE = LINEAGE_NONE };

/* A firing with `count` premises; returns its number. */
static uint32_t fire(struct lineage_execution *run, uint32_t rule, uint32_t head, uint32_t message,
                     int count, ...)
{
    const struct lineage_firing firing = {rule, head, message, (uint32_t)run->premises.count,
                                          LINEAGE_NONE};
    va_list premises;
    LINEAGE_PUSH(&run->firings, firing);
    va_start(premises, count);
    for (int i = 0; i < count; i++)
        LINEAGE_PUSH(&run->premises, va_arg(premises, uint32_t));
    va_end(premises);
    return (uint32_t)run->firings.count - 1;
}

static uint32_t message(struct lineage_execution *run, lineage_tuple sent, uint32_t from,
                        uint32_t to, uint32_t time, enum lineage_fate fate)
{
    const struct lineage_message added = {sent, from, to, time, fate};
    LINEAGE_PUSH(&run->messages, added);
    return (uint32_t)run->messages.count - 1;
}

/* Both runs send relation(b) from node `from` at `time`, by `rule` and a premise that both have;
 * the bad one loses it. Returns the fact of the good one. */
static uint32_t lose(struct fixture *f, uint32_t relation, uint32_t rule, uint32_t from,
                     uint32_t time, uint32_t premise)
{
    const lineage_tuple sent = tuple(f, relation, f->b);
    const uint32_t arrived = fact(f, &f->good, relation, f->b, time + 1);
    fire(&f->good, rule, arrived, message(&f->good, sent, from, 1, time, LINEAGE_DELIVERED), 1,
         holds(premise));
    fire(&f->bad, rule, LINEAGE_NONE,
         message(&f->bad, sent, from, 1, time, LINEAGE_LOST_BY_OMISSION), 1, holds(premise));
    return arrived;
}

/* Indexes both, and looks for what the broken promise pre(b) begins with. */
static const struct lineage_difference *find(struct fixture *f)
{
    lineage_execution_index(&f->good);
    lineage_execution_index(&f->bad);
    lineage_broken_promises(&f->bad, LINEAGE_STRICT, NULL, &f->broken);
    assert_int_equal(f->broken.count, 1);
    lineage_difference_find(&f->good, &f->bad, &f->broken, &f->difference);
    return &f->difference;
}

static void is_lost(const struct fixture *f, size_t item, uint32_t rule, uint32_t relation,
                    uint32_t time)
{
    assert_true(item < f->difference.items.count);
    const struct lineage_difference_item *found = &f->difference.items.items[item];
    assert_int_equal(found->kind, LINEAGE_LOST);
    assert_false(found->is_new);
    assert_int_equal(found->rule, rule);
    assert_int_equal(found->relation, relation);
    assert_int_equal(found->time, time);
    assert_int_equal(lineage_tuple_relation(&f->universe, found->tuple), relation);
    assert_int_equal(f->good.firings.items[found->firing].rule, rule);
}

/* ---- by hand ---- */

static void a_missing_post_begins_with_the_message_that_was_lost(void **state)
{
    struct fixture *f = *state;
    shared(f, f->pre, f->b, 5);
    const uint32_t cause = shared(f, f->q, f->a, 3);
    const uint32_t arrived = lose(f, f->p, 1, 0, 3, cause);
    fire(&f->good, 0, fact(f, &f->good, f->post, f->b, 5), NO_MESSAGE, 1, holds(arrived));
    assert_int_equal(find(f)->items.count, 1);
    assert_int_equal(f->difference.lost_count, 1);
    is_lost(f, 0, 1, f->p, 3);
}

static void messages_that_the_promise_does_not_need_are_no_part_of_it(void **state)
{
    struct fixture *f = *state;
    shared(f, f->pre, f->b, 5);
    const uint32_t cause = shared(f, f->q, f->a, 1);
    const uint32_t needed = lose(f, f->p, 1, 0, 1, cause);
    lose(f, f->r, 2, 0, 1, cause);
    fire(&f->good, 0, fact(f, &f->good, f->post, f->b, 5), NO_MESSAGE, 1, holds(needed));
    assert_int_equal(find(f)->items.count, 1);
    is_lost(f, 0, 1, f->p, 1);
}

static void what_persists_is_followed_back_to_where_it_came_from(void **state)
{
    struct fixture *f = *state;
    shared(f, f->pre, f->b, 5);
    const uint32_t cause = shared(f, f->q, f->a, 1);
    uint32_t kept = lose(f, f->p, 1, 0, 1, cause);
    for (uint32_t time = 3; time <= 5; time++) {
        const uint32_t next = fact(f, &f->good, f->p, f->b, time);
        fire(&f->good, 2, next, NO_MESSAGE, 1, holds(kept));
        kept = next;
    }
    fire(&f->good, 0, fact(f, &f->good, f->post, f->b, 5), NO_MESSAGE, 1, holds(kept));
    assert_int_equal(find(f)->items.count, 1);
    is_lost(f, 0, 1, f->p, 1);
}

static void every_derivation_of_a_missing_fact_is_missing(void **state)
{
    struct fixture *f = *state;
    shared(f, f->pre, f->b, 5);
    const uint32_t early = shared(f, f->q, f->a, 2), late = shared(f, f->q, f->c, 3);
    const uint32_t second = lose(f, f->p, 2, 2, 3, late), first = lose(f, f->r, 1, 0, 2, early);
    const uint32_t post = fact(f, &f->good, f->post, f->b, 5);
    fire(&f->good, 0, post, NO_MESSAGE, 1, holds(second));
    fire(&f->good, 3, post, NO_MESSAGE, 1, holds(first));
    assert_int_equal(find(f)->items.count, 2);
    assert_int_equal(f->difference.lost_count, 2);
    is_lost(f, 0, 1, f->r, 2); /* by time */
    is_lost(f, 1, 2, f->p, 3);
}

/* q(b) bars the post; what keeps q(b) away, r(b), is lost. */
static void an_absence_is_followed_through_the_facts_that_violate_it(void **state)
{
    struct fixture *f = *state;
    shared(f, f->pre, f->b, 5);
    const uint32_t cause = shared(f, f->p, f->a, 1);
    lose(f, f->r, 1, 0, 1, cause);
    const uint32_t post = fact(f, &f->good, f->post, f->b, 5);
    const uint32_t barred = absent(&f->good, tuple(f, f->q, LINEAGE_ANY), 4);
    fire(&f->good, 0, post, NO_MESSAGE, 2, holds(cause), barred);
    fire(&f->good, 3, post, NO_MESSAGE, 1, barred);
    fire(&f->bad, 2, fact(f, &f->bad, f->q, f->b, 4), NO_MESSAGE, 2, holds(cause),
         absent(&f->bad, tuple(f, f->r, f->b), 2));
    assert_int_equal(find(f)->items.count, 1);
    is_lost(f, 0, 1, f->r, 1);
}

static void add_crash(struct fixture *f)
{
    const lineage_value values[] = {f->b, f->c, lineage_integer(&f->universe, 4)};
    lineage_fact_add(&f->bad, lineage_tuple_intern(&f->universe, f->crash, values), 0, true);
}

static void reads_crash(const struct fixture *f, uint32_t rule, bool is_new, uint32_t relation)
{
    assert_int_equal(f->difference.items.count, 1);
    assert_int_equal(f->difference.lost_count, 0);
    const struct lineage_difference_item *found = &f->difference.items.items[0];
    assert_int_equal(found->kind, LINEAGE_READS_CRASH);
    assert_int_equal(found->is_new, is_new);
    assert_int_equal(found->rule, rule);
    assert_int_equal(found->relation, relation);
    assert_int_equal(lineage_tuple_relation(&f->universe, found->tuple), f->crash);
    assert_true(lineage_difference_leads(&f->difference, found));
}

static void a_new_pre_begins_with_the_crash_that_it_reads(void **state)
{
    struct fixture *f = *state;
    const uint32_t cause = shared(f, f->q, f->a, 2);
    add_crash(f);
    const uint32_t seen = fact(f, &f->bad, f->p, f->b, 4);
    fire(&f->bad, 3, seen, NO_MESSAGE, 2, holds(cause), holds(1));
    fire(&f->bad, 0, fact(f, &f->bad, f->pre, f->b, 5), NO_MESSAGE, 1, holds(seen));
    find(f);
    reads_crash(f, 3, true, f->p);
    assert_int_equal(f->difference.items.items[0].time, 4);
}

static void a_missing_post_begins_with_the_crash_that_bars_it(void **state)
{
    struct fixture *f = *state;
    shared(f, f->pre, f->b, 5);
    const lineage_value pattern[] = {f->b, LINEAGE_ANY, LINEAGE_ANY};
    const uint32_t no_crash =
        absent(&f->good, lineage_tuple_intern(&f->universe, f->crash, pattern), 0);
    add_crash(f);
    fire(&f->good, 4, fact(f, &f->good, f->post, f->b, 5), NO_MESSAGE, 2, holds(0), no_crash);
    find(f);
    reads_crash(f, 4, false, f->post);
}

static void what_was_lost_leads_what_reads_a_crash(void **state)
{
    struct fixture *f = *state;
    shared(f, f->pre, f->b, 5);
    const uint32_t cause = shared(f, f->q, f->a, 1);
    add_crash(f);
    const uint32_t arrived = lose(f, f->p, 1, 0, 3, cause);
    const lineage_value pattern[] = {f->b, LINEAGE_ANY, LINEAGE_ANY};
    const uint32_t calm = fact(f, &f->good, f->r, f->a, 1);
    fire(&f->good, 2, calm, NO_MESSAGE, 1,
         absent(&f->good, lineage_tuple_intern(&f->universe, f->crash, pattern), 0));
    fire(&f->good, 0, fact(f, &f->good, f->post, f->b, 5), NO_MESSAGE, 2, holds(calm),
         holds(arrived));
    assert_int_equal(find(f)->items.count, 2);
    assert_int_equal(f->difference.items.items[0].kind, LINEAGE_READS_CRASH);
    assert_false(lineage_difference_leads(&f->difference, &f->difference.items.items[0]));
    assert_true(lineage_difference_leads(&f->difference, &f->difference.items.items[1]));
    is_lost(f, 1, 1, f->p, 3);
}

/* p(a) and p(b) make a group whose result, q(a), the post needs; p(b) is lost. */
static void a_smaller_group_is_followed_through_what_it_lacks(void **state)
{
    struct fixture *f = *state;
    shared(f, f->pre, f->b, 5);
    const uint32_t cause = shared(f, f->r, f->a, 1), stays = shared(f, f->p, f->a, 2);
    const uint32_t lost = lose(f, f->p, 1, 0, 1, cause);
    const uint32_t result = fact(f, &f->good, f->q, f->a, 2);
    const uint32_t firing = fire(&f->good, 2, result, NO_MESSAGE, 2, holds(stays), holds(lost));
    f->good.firings.items[firing].exactly = 2;
    fire(&f->bad, 2, fact(f, &f->bad, f->q, f->c, 2), NO_MESSAGE, 1, holds(stays));
    fire(&f->good, 0, fact(f, &f->good, f->post, f->b, 5), NO_MESSAGE, 1, holds(result));
    assert_int_equal(find(f)->items.count, 1);
    is_lost(f, 0, 1, f->p, 1);
}

/* p(a) alone makes a group whose result, q(a), the post needs. In the bad run p(c) has joined it,
 * as r(b), which kept it away, is lost. With a message: the other result is sent, and q(a) only at
 * another time and by another node. */
static void outnumber(struct fixture *f, bool by_message)
{
    const uint32_t cause = shared(f, f->r, f->a, 1), stays = shared(f, f->p, f->a, 2);
    shared(f, f->pre, f->b, 5);
    lose(f, f->r, 1, 0, 1, cause);
    const uint32_t joins = fact(f, &f->bad, f->p, f->c, 2);
    fire(&f->bad, 3, joins, NO_MESSAGE, 2, holds(cause), absent(&f->bad, tuple(f, f->r, f->b), 2));
    const uint32_t sent = by_message
                              ? message(&f->good, tuple(f, f->q, f->a), 1, 0, 2, LINEAGE_DELIVERED)
                              : NO_MESSAGE;
    const uint32_t other =
        by_message ? message(&f->bad, tuple(f, f->q, f->c), 1, 0, 2, LINEAGE_LOST_BY_CRASH)
                   : NO_MESSAGE;
    message(&f->bad, tuple(f, f->q, f->a), 1, 0, 1, LINEAGE_LOST_BY_CRASH);
    message(&f->bad, tuple(f, f->q, f->a), 2, 0, 2, LINEAGE_LOST_BY_CRASH);
    const uint32_t result = fact(f, &f->good, f->q, f->a, by_message ? 3 : 2);
    fire(&f->good, 2, result, sent, 1, holds(stays));
    fire(&f->bad, 2, by_message ? LINEAGE_NONE : fact(f, &f->bad, f->q, f->c, 2), other, 2,
         holds(stays), holds(joins));
    fire(&f->good, 0, fact(f, &f->good, f->post, f->b, 5), NO_MESSAGE, 1, holds(result));
    assert_int_equal(find(f)->items.count, 1);
    is_lost(f, 0, 1, f->r, 1);
}

static void a_larger_group_is_followed_through_what_has_joined_it(void **state)
{
    outnumber(*state, false);
}

static void a_result_that_nobody_sent_is_not_lost(void **state)
{
    outnumber(*state, true);
}

/* p(b) and q(b) need each other, or the message. */
static void a_circle_within_a_step_is_left_where_it_came_from(void **state)
{
    struct fixture *f = *state;
    shared(f, f->pre, f->b, 5);
    const uint32_t cause = shared(f, f->r, f->a, 1);
    const uint32_t p = lose(f, f->p, 1, 0, 1, cause), q = fact(f, &f->good, f->q, f->b, 2);
    fire(&f->good, 2, q, NO_MESSAGE, 1, holds(p));
    fire(&f->good, 3, p, NO_MESSAGE, 1, holds(q));
    fire(&f->good, 0, fact(f, &f->good, f->post, f->b, 5), NO_MESSAGE, 2, holds(p), holds(q));
    assert_int_equal(find(f)->items.count, 1);
    is_lost(f, 0, 1, f->p, 1);
}

static void a_post_that_is_missing_and_a_pre_that_is_new_are_both_explained(void **state)
{
    struct fixture *f = *state;
    const uint32_t cause = shared(f, f->q, f->a, 1);
    add_crash(f);
    fire(&f->bad, 3, fact(f, &f->bad, f->pre, f->b, 5), NO_MESSAGE, 1, holds(1));
    const uint32_t arrived = lose(f, f->p, 1, 0, 1, cause);
    fire(&f->good, 0, fact(f, &f->good, f->post, f->b, 5), NO_MESSAGE, 1, holds(arrived));
    assert_int_equal(find(f)->items.count, 2);
    is_lost(f, 0, 1, f->p, 1);
    assert_int_equal(f->difference.items.items[1].kind, LINEAGE_READS_CRASH);
    assert_true(f->difference.items.items[1].is_new);
}

static void there_is_no_difference_where_the_good_run_breaks_the_promise_too(void **state)
{
    struct fixture *f = *state;
    shared(f, f->pre, f->b, 5);
    const uint32_t cause = shared(f, f->q, f->a, 1);
    lose(f, f->p, 1, 0, 1, cause);
    assert_int_equal(find(f)->items.count, 0);
}

/* ---- under all schedules ---- */

/* Is the message of that tuple and time lost in the run? */
static bool was_lost(const struct lineage_execution *run,
                     const struct lineage_difference_item *item)
{
    for (size_t i = 0; i < run->messages.count; i++) {
        const struct lineage_message *sent = &run->messages.items[i];
        if (sent->tuple == item->tuple && sent->sent_time == item->time &&
            (sent->fate == LINEAGE_LOST_BY_OMISSION || sent->fate == LINEAGE_LOST_BY_CRASH))
            return true;
    }
    return false;
}

static bool is_scheduled(const struct lineage_universe *universe,
                         const struct lineage_schedule *schedule, lineage_tuple crash)
{
    const lineage_value *values = lineage_tuple_values(universe, crash);
    return lineage_schedule_crash_time(schedule, lineage_node_of(universe, values[1])) ==
           lineage_integer_of(universe, values[2]);
}

/* Every breaking schedule's difference begins somewhere, and where it begins is a fault of the
 * schedule. */
static void check_schedule(struct checked *checked, const struct lineage_schedule *schedule)
{
    struct harness_executor *executor = &checked->world.executor;
    struct lineage_execution run;
    struct lineage_difference difference;
    lineage_tuples broken = {0};
    assert_int_equal(executor->execute(executor, schedule, true, &run), HARNESS_OK);
    lineage_broken_promises(&run, checked->world.scenario.oracle, &checked->good, &broken);
    lineage_difference_find(&checked->good, &run, &broken, &difference);
    assert_true(difference.items.count > 0);
    size_t lost = 0;
    for (size_t i = 0; i < difference.items.count; i++) {
        const struct lineage_difference_item *item = &difference.items.items[i];
        lost += item->kind == LINEAGE_LOST;
        if (item->kind == LINEAGE_LOST)
            assert_true(was_lost(&run, item));
        else
            assert_true(item->kind == LINEAGE_READS_CRASH &&
                        is_scheduled(executor->universe, schedule, item->tuple));
    }
    assert_int_equal(lost, difference.lost_count);
    lineage_difference_free(&difference);
    lineage_memory_free(broken.items);
    lineage_execution_free(&run);
}

static void check_program(const struct testing_program *program, enum lineage_oracle oracle)
{
    struct checked checked;
    checked_open(&checked, program, oracle, 2);
    for (size_t i = 0; i < checked.all.count; i++)
        if (checked.breaks[i])
            check_schedule(&checked, &checked.all.items[i]);
    assert_true(checked.breaking > 0 || oracle == LINEAGE_MOLLY);
    checked_close(&checked);
}

static void differences_begin_with_faults_of_the_schedule(void **state)
{
    (void)state;
    for (size_t i = 0; i < TESTING_TRAP_COUNT; i++) {
        check_program(testing_trap(i), LINEAGE_STRICT);
        check_program(testing_trap(i), LINEAGE_MOLLY);
    }
    check_program(testing_awkward_values(), LINEAGE_STRICT);
}

#define BY_HAND(test) cmocka_unit_test_setup_teardown(test, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BY_HAND(a_missing_post_begins_with_the_message_that_was_lost),
        BY_HAND(messages_that_the_promise_does_not_need_are_no_part_of_it),
        BY_HAND(what_persists_is_followed_back_to_where_it_came_from),
        BY_HAND(every_derivation_of_a_missing_fact_is_missing),
        BY_HAND(an_absence_is_followed_through_the_facts_that_violate_it),
        BY_HAND(a_new_pre_begins_with_the_crash_that_it_reads),
        BY_HAND(a_missing_post_begins_with_the_crash_that_bars_it),
        BY_HAND(what_was_lost_leads_what_reads_a_crash),
        BY_HAND(a_smaller_group_is_followed_through_what_it_lacks),
        BY_HAND(a_larger_group_is_followed_through_what_has_joined_it),
        BY_HAND(a_result_that_nobody_sent_is_not_lost),
        BY_HAND(a_circle_within_a_step_is_left_where_it_came_from),
        BY_HAND(a_post_that_is_missing_and_a_pre_that_is_new_are_both_explained),
        BY_HAND(there_is_no_difference_where_the_good_run_breaks_the_promise_too),
        cmocka_unit_test(differences_begin_with_faults_of_the_schedule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
