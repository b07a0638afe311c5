/* Supports: of small programs by hand, and of random ones against all sets of messages. */
#include "testing.h"

#include "cut.h"

struct fixture {
    struct testing_world world;
    struct lineage_execution good, bad;
    bool has_bad;
    struct lineage_supports supports;
    char text[8000];
};

static int open_fixture(void **state)
{
    *state = calloc(1, sizeof(struct fixture));
    return 0;
}

/* Opens the program and runs it without faults. */
static void run_good(struct fixture *f, const struct testing_program *program)
{
    const struct lineage_schedule none = {.omissions = {0}};
    testing_open(&f->world, program);
    assert_int_equal(f->world.executor.execute(&f->world.executor, &none, true, &f->good),
                     HARNESS_OK);
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;
    lineage_supports_free(&f->supports);
    lineage_execution_free(&f->good);
    if (f->has_bad)
        lineage_execution_free(&f->bad);
    testing_close(&f->world);
    free(f);
    return 0;
}

static uint32_t node(const struct fixture *f, const char *name)
{
    const struct lineage_universe *universe = f->good.universe;
    for (uint32_t i = 0; i < universe->nodes.count; i++)
        if (strcmp(lineage_node_name(universe, i), name) == 0)
            return i;
    fail_msg("no node %s", name);
    return LINEAGE_NONE;
}

static void omit(struct fixture *f, struct lineage_schedule *schedule, const char *from,
                 const char *to, uint32_t time)
{
    lineage_schedule_add_omission(schedule,
                                  (struct lineage_omission){time, node(f, from), node(f, to)});
}

/* Runs it under the faults, and frees them. */
static void run_bad(struct fixture *f, struct lineage_schedule *schedule)
{
    f->has_bad = true;
    assert_int_equal(f->world.executor.execute(&f->world.executor, schedule, true, &f->bad),
                     HARNESS_OK);
    lineage_schedule_free(schedule);
}

/* The fact of the good run that is printed so. */
static uint32_t fact(const struct fixture *f, const char *wanted, uint32_t time)
{
    for (uint32_t i = 0; i < f->good.facts.count; i++) {
        char *text = lineage_tuple_text(f->good.universe, f->good.facts.items[i].tuple);
        const bool is_it = f->good.facts.items[i].time == time && strcmp(text, wanted) == 0;
        lineage_memory_free(text);
        if (is_it)
            return i;
    }
    fail_msg("no %s at %u", wanted, time);
    return LINEAGE_NONE;
}

static void print_delivery(const struct fixture *f, const struct lineage_delivery *delivery,
                           FILE *out)
{
    static const char *const cuts[] = {"", " late", " lost", " crash", " too late", " unsent"};
    fprintf(out, "%s>%s ", lineage_node_name(f->good.universe, delivery->from),
            lineage_node_name(f->good.universe, delivery->to));
    lineage_tuple_print(f->good.universe, delivery->tuple, out);
    fprintf(out, "@%u", delivery->first_time);
    if (delivery->count > 1)
        fprintf(out, "-%u", delivery->last_time);
    if (f->has_bad)
        fputs(cuts[delivery->cut], out);
}

/* {delivery; delivery} {...}, and at the end `...` if there may be others. */
static const char *supports_of(struct fixture *f, const char *wanted, uint32_t time)
{
    lineage_supports_free(&f->supports);
    lineage_supports_find(&f->good, fact(f, wanted, time), f->world.bounds.immune,
                          f->has_bad ? &f->bad : NULL, &f->supports);
    f->text[0] = '\0';
    FILE *out = fmemopen(f->text, sizeof f->text, "w");
    assert_non_null(out);
    for (size_t i = 0; i < f->supports.sets.count; i++) {
        const struct lineage_support_set *set = &f->supports.sets.items[i];
        fputs(i > 0 ? " {" : "{", out);
        for (size_t j = 0; j < set->count; j++) {
            fputs(j > 0 ? "; " : "", out);
            print_delivery(f, &f->supports.deliveries.items[set->items[j]], out);
        }
        fputc('}', out);
    }
    fputs(f->supports.is_complete ? "" : " ...", out);
    fclose(out);
    return f->text;
}

#define PROMISE "pre(N) :- all(N); post(N) :- all(N); all(\"a\")@1; all(N)@next :- all(N);\n"

/* ---- by hand ---- */

/* a tells b, b tells c and the direct message goes from a to c, too. */
static const struct testing_program relay = {
    "relay",
    "a,b,c",
    4,
    3,
    1,
    NULL,
    PROMISE "say(\"a\", \"b\")@1; say(\"a\", \"c\")@1; link(\"b\", \"c\")@2;\n"
            "log(R)@async :- say(N, R);\n"
            "log(R)@async :- log(N), link(N, R);\n"
            "log(N)@next :- log(N);\n"};

static void a_relay_and_a_direct_message_are_two_supports(void **state)
{
    run_good(*state, &relay);
    assert_string_equal(supports_of(*state, "log(\"c\")", 4),
                        "{a>c log(\"c\")@1} {a>b log(\"b\")@1; b>c log(\"c\")@2}");
}

static void what_is_given_rests_on_nothing(void **state)
{
    run_good(*state, &relay);
    assert_string_equal(supports_of(*state, "say(\"a\", \"b\")", 1), "{}");
}

static void each_support_says_what_cut_it(void **state)
{
    struct fixture *f = *state;
    struct lineage_schedule faults = {.omissions = {0}};
    run_good(f, &relay);
    omit(f, &faults, "a", "c", 1);
    lineage_schedule_add_crash(&faults, (struct lineage_crash){2, node(f, "b")});
    run_bad(f, &faults);
    assert_string_equal(supports_of(f, "log(\"c\")", 4),
                        "{a>c log(\"c\")@1 lost} {a>b log(\"b\")@1; b>c log(\"c\")@2 crash}");
}

static void what_was_never_sent_is_said_to_be_so(void **state)
{
    struct fixture *f = *state;
    struct lineage_schedule faults = {.omissions = {0}};
    run_good(f, &relay);
    omit(f, &faults, "a", "b", 1);
    run_bad(f, &faults);
    assert_string_equal(supports_of(f, "log(\"c\")", 4),
                        "{a>c log(\"c\")@1} {a>b log(\"b\")@1 lost; b>c log(\"c\")@2 unsent}");
}

static void messages_of_immune_nodes_and_of_a_node_to_itself_are_no_part_of_it(void **state)
{
    struct fixture *f = *state;
    run_good(f, &relay);
    f->world.bounds.immune[node(f, "a")] = true;
    assert_string_equal(supports_of(f, "log(\"c\")", 4), "{}");
    f->world.bounds.immune[node(f, "a")] = false;
    f->world.bounds.immune[node(f, "b")] = true;
    assert_string_equal(supports_of(f, "log(\"c\")", 4), "{a>b log(\"b\")@1} {a>c log(\"c\")@1}");
}

static void a_node_does_not_lose_what_it_tells_itself(void **state)
{
    static const struct testing_program own = {
        "own", "a,b", 3, 3, 1, NULL, PROMISE "say(\"a\", \"a\")@1; log(R)@async :- say(N, R);\n"};
    run_good(*state, &own);
    assert_string_equal(supports_of(*state, "log(\"a\")", 2), "{}");
}

/* Sent at 1 to 4; the last is in flight when time ends. */
static const struct testing_program again = {"again",
                                             "a,b",
                                             4,
                                             4,
                                             1,
                                             NULL,
                                             PROMISE
                                             "say(\"a\", \"b\")@1; say(N, R)@next :- say(N, R);\n"
                                             "log(R)@async :- say(N, R);\n"
                                             "log(N)@next :- log(N);\n"};

static void what_is_sent_again_and_again_is_one_delivery(void **state)
{
    run_good(*state, &again);
    assert_string_equal(supports_of(*state, "log(\"b\")", 4), "{a>b log(\"b\")@1-3}");
    assert_string_equal(supports_of(*state, "log(\"b\")", 3), "{a>b log(\"b\")@1-2}");
}

static void what_arrives_later_is_late(void **state)
{
    struct fixture *f = *state;
    struct lineage_schedule faults = {.omissions = {0}};
    run_good(f, &again);
    omit(f, &faults, "a", "b", 1);
    run_bad(f, &faults);
    assert_string_equal(supports_of(f, "log(\"b\")", 4), "{a>b log(\"b\")@1-3 late}");
    assert_int_equal(f->supports.deliveries.items[0].cut_time, 3);
    /* What arrives when the outcome is past its time has been lost. */
    assert_string_equal(supports_of(f, "log(\"b\")", 2), "{a>b log(\"b\")@1 lost}");
}

/* Sent at 1 and at 3; only what is sent at 3 is there at 4. */
static void what_arrived_before_it_was_wanted_does_not_count(void **state)
{
    static const struct testing_program twice = {
        "twice",
        "a,b",
        4,
        4,
        1,
        NULL,
        PROMISE "say(\"a\", \"b\")@1; say(\"a\", \"b\")@3; log(R)@async :- say(N, R);\n"};
    struct fixture *f = *state;
    struct lineage_schedule faults = {.omissions = {0}};
    run_good(f, &twice);
    omit(f, &faults, "a", "b", 3);
    run_bad(f, &faults);
    assert_string_equal(supports_of(f, "log(\"b\")", 4), "{a>b log(\"b\")@3 lost}");
}

/* b keeps nothing, and needs to be told at 1 and at 2. */
static void where_once_is_not_enough_the_loss_counts(void **state)
{
    static const struct testing_program both = {
        "both",
        "a,b",
        3,
        3,
        1,
        NULL,
        PROMISE "say(\"a\", \"b\")@1; say(\"a\", \"b\")@2; hear(R)@async :- say(N, R);\n"
                "heard(N)@next :- hear(N); twice(N) :- heard(N), hear(N);\n"};
    struct fixture *f = *state;
    struct lineage_schedule faults = {.omissions = {0}};
    run_good(f, &both);
    omit(f, &faults, "a", "b", 2);
    run_bad(f, &faults);
    assert_string_equal(supports_of(f, "twice(\"b\")", 3), "{a>b hear(\"b\")@1-2 lost}");
    assert_int_equal(f->supports.deliveries.items[0].cut_time, 2);
}

/* b logs only if it has not heard `stop`. */
static const struct testing_program closed = {
    "closed",
    "a,b",
    3,
    3,
    1,
    NULL,
    PROMISE "say(\"a\", \"b\")@1; calm(\"a\", \"b\")@1; told(\"b\")@1;\n"
            "got(R)@async :- say(N, R);\n"
            "calm_at(R)@async :- calm(N, R);\n"
            "told(N)@next :- told(N);\n"
            "stop(N) :- told(N), notin calm_at(N);\n"
            "log(N) :- got(N), notin stop(N);\n"};

static void a_way_that_wants_absent_what_the_bad_run_has_is_closed(void **state)
{
    struct fixture *f = *state;
    run_good(f, &closed);
    assert_string_equal(supports_of(f, "log(\"b\")", 2), "{a>b got(\"b\")@1}");
    assert_int_equal(f->supports.closed_count, 0);
    struct lineage_schedule faults = {.omissions = {0}};
    omit(f, &faults, "a", "b", 1); /* loses both, and so lets stop(b) be */
    run_bad(f, &faults);
    assert_string_equal(supports_of(f, "log(\"b\")", 2), "");
    assert_int_equal(f->supports.closed_count, 1);
    assert_int_equal(f->supports.closers.count, 1);
    const struct lineage_fact *closer = &f->bad.facts.items[f->supports.closers.items[0]];
    char *text = lineage_tuple_text(f->bad.universe, closer->tuple);
    assert_string_equal(text, "stop(\"b\")");
    assert_int_equal(closer->time, 2);
    lineage_memory_free(text);
}

static void a_sum_needs_its_whole_group_and_of_a_maximum_nobody_knows(void **state)
{
    static const struct testing_program groups = {
        "groups",
        "a,b,c",
        3,
        3,
        1,
        NULL,
        PROMISE "bid(\"a\", \"c\", 5)@1; bid(\"b\", \"c\", 7)@1;\n"
                "got(R, V)@async :- bid(N, R, V);\n"
                "total(N, sum<V>) :- got(N, V);\n"
                "highest(N, max<V>) :- got(N, V);\n"};
    run_good(*state, &groups);
    assert_string_equal(supports_of(*state, "total(\"c\", 12)", 2),
                        "{a>c got(\"c\", 5)@1; b>c got(\"c\", 7)@1}");
    supports_of(*state, "highest(\"c\", 7)", 2);
    assert_false(((struct fixture *)*state)->supports.is_complete);
}

static void facts_that_derive_one_another_have_the_supports_of_what_is_outside(void **state)
{
    static const struct testing_program circle = {
        "circle",
        "a,b",
        3,
        3,
        1,
        NULL,
        PROMISE "say(\"a\", \"b\")@1; in(R)@async :- say(N, R);\n"
                "left(N) :- in(N); left(N) :- right(N); right(N) :- left(N);\n"};
    run_good(*state, &circle);
    assert_string_equal(supports_of(*state, "right(\"b\")", 2), "{a>b in(\"b\")@1}");
    assert_string_equal(supports_of(*state, "left(\"b\")", 2), "{a>b in(\"b\")@1}");
}

/* ---- against all sets ---- */

enum { DELIVERIES_MAX = 10 };

/* The messages that can be lost, each once, though it may be sent often. */
struct catalogue {
    struct lineage_delivery items[DELIVERIES_MAX];
    size_t count;
};

static bool is_same(const struct lineage_delivery *delivery, const struct lineage_message *message)
{
    return delivery->tuple == message->tuple && delivery->from == message->from &&
           delivery->to == message->to;
}

static size_t find_in(const struct catalogue *catalogue, const struct lineage_message *message)
{
    size_t i = 0;
    while (i < catalogue->count && !is_same(&catalogue->items[i], message))
        i++;
    return i;
}

/* False if they are too many. */
static bool list_deliveries(const struct fixture *f, struct catalogue *catalogue)
{
    catalogue->count = 0;
    for (size_t i = 0; i < f->good.messages.count; i++) {
        const struct lineage_message *message = &f->good.messages.items[i];
        if (message->fate != LINEAGE_DELIVERED || message->from == message->to ||
            find_in(catalogue, message) < catalogue->count)
            continue;
        if (catalogue->count == DELIVERIES_MAX)
            return false;
        catalogue->items[catalogue->count++] = (struct lineage_delivery){
            .tuple = message->tuple, .from = message->from, .to = message->to};
    }
    return true;
}

/* Is the firing there, when of the deliveries those in the mask are made? */
static bool goes(const struct fixture *f, const struct catalogue *catalogue, uint32_t firing,
                 unsigned mask, const bool *holds)
{
    size_t count;
    const uint32_t *premises = lineage_premises_of(&f->good, firing, &count);
    for (size_t i = 0; i < count; i++)
        if (!holds[lineage_premise_number(premises[i])])
            return false;
    const uint32_t number = f->good.firings.items[firing].message;
    if (number == LINEAGE_NONE)
        return true;
    const size_t delivery = find_in(catalogue, &f->good.messages.items[number]);
    return delivery == catalogue->count || (mask >> delivery & 1) != 0;
}

static bool derives(const struct fixture *f, const struct catalogue *catalogue, unsigned mask,
                    uint32_t wanted)
{
    bool *holds = calloc(f->good.facts.count, sizeof *holds), has_changed = true;
    for (uint32_t i = 0; i < f->good.facts.count; i++) {
        size_t count;
        lineage_firings_of(&f->good, i, &count);
        holds[i] = count == 0;
    }
    while (has_changed) {
        has_changed = false;
        for (uint32_t i = 0; i < f->good.firings.count; i++) {
            const uint32_t head = f->good.firings.items[i].head;
            if (head == LINEAGE_NONE || holds[head] || !goes(f, catalogue, i, mask, holds))
                continue;
            holds[head] = has_changed = true;
        }
    }
    const bool result = holds[wanted];
    free(holds);
    return result;
}

static unsigned mask_of(const struct fixture *f, const struct catalogue *catalogue,
                        const struct lineage_support_set *set)
{
    unsigned mask = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct lineage_delivery *d = &f->supports.deliveries.items[set->items[i]];
        const struct lineage_message like = {.tuple = d->tuple, .from = d->from, .to = d->to};
        const size_t number = find_in(catalogue, &like);
        assert_true(number < catalogue->count);
        mask |= 1u << number;
    }
    return mask;
}

static bool is_minimal(const struct fixture *f, const struct catalogue *catalogue, unsigned mask,
                       uint32_t wanted)
{
    if (!derives(f, catalogue, mask, wanted))
        return false;
    for (size_t i = 0; i < catalogue->count; i++)
        if ((mask >> i & 1) != 0 && derives(f, catalogue, mask & ~(1u << i), wanted))
            return false;
    return true;
}

/* Every set is minimal; and, if they are complete, every minimal set is there. Returns how many. */
static size_t check_supports(struct fixture *f, const struct catalogue *catalogue, uint32_t wanted)
{
    size_t minimal_count = 0;
    lineage_supports_free(&f->supports);
    lineage_supports_find(&f->good, wanted, NULL, NULL, &f->supports);
    for (size_t i = 0; i < f->supports.sets.count; i++) {
        const unsigned mask = mask_of(f, catalogue, &f->supports.sets.items[i]);
        assert_true(is_minimal(f, catalogue, mask, wanted));
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(mask, mask_of(f, catalogue, &f->supports.sets.items[j]));
    }
    for (unsigned mask = 0; mask < 1u << catalogue->count; mask++)
        minimal_count += is_minimal(f, catalogue, mask, wanted);
    if (f->supports.is_complete)
        assert_int_equal(f->supports.sets.count, minimal_count);
    else
        assert_in_range(f->supports.sets.count, 1, minimal_count);
    return minimal_count;
}

/* c needs five things, and a and b tell each of them: 32 supports. */
static void of_too_many_supports_some_are_found(void **state)
{
    static const struct testing_program many = {
        "many",
        "a,b,c",
        2,
        2,
        1,
        NULL,
        PROMISE "have(\"a\", \"c\", 1)@1; have(\"a\", \"c\", 2)@1; have(\"a\", \"c\", 3)@1;\n"
                "have(\"a\", \"c\", 4)@1; have(\"a\", \"c\", 5)@1; have(\"b\", \"c\", 1)@1;\n"
                "have(\"b\", \"c\", 2)@1; have(\"b\", \"c\", 3)@1; have(\"b\", \"c\", 4)@1;\n"
                "have(\"b\", \"c\", 5)@1;\n"
                "got(R, I)@async :- have(N, R, I);\n"
                "five(N) :- got(N, 1), got(N, 2), got(N, 3), got(N, 4), got(N, 5);\n"};
    struct fixture *f = *state;
    struct catalogue catalogue;
    run_good(f, &many);
    assert_true(list_deliveries(f, &catalogue));
    assert_int_equal(check_supports(f, &catalogue, fact(f, "five(\"c\")", 2)), 32);
    assert_int_equal(f->supports.sets.count, LINEAGE_SUPPORTS_MAX);
    assert_false(f->supports.is_complete);
}

/* Random rules over four relations of a node, without negation. */
static void write_random(uint64_t *draw, char *text, size_t size)
{
    static const char *const shapes[] = {
        "p%u(N) :- p%u(N), p%u(N);\n",
        "p%u(M)@async :- p%u(N), p%u(N), peer(N, M);\n",
        "p%u(M)@async :- p%u(N), peer(N, M);\n",
        "p%u(N) :- p%u(N);\n",
        "p%u(N)@next :- p%u(N);\n",
    };
    size_t at = (size_t)snprintf(
        text, size,
        PROMISE "peer(N, M)@next :- peer(N, M); p0(\"a\")@1; p1(\"b\")@1; p%u(\"c\")@2;\n",
        testing_draw(draw, 4));
    for (unsigned i = 0; i < 3; i++)
        for (unsigned j = 0; j < 3; j++)
            if (i != j && testing_draw(draw, 3) > 0)
                at += (size_t)snprintf(text + at, size - at, "peer(\"%c\", \"%c\")@1;\n",
                                       (int)('a' + i), (int)('a' + j));
    for (unsigned i = 0; i < 7; i++) {
        const char *shape = shapes[testing_draw(draw, 5)];
        const unsigned head = testing_draw(draw, 4), one = testing_draw(draw, 4);
        const unsigned two = testing_draw(draw, 4);
        at += (size_t)snprintf(text + at, size - at, shape, head, one, two);
    }
}

static void supports_of_random_programs_are_the_minimal_sets(void **state)
{
    struct fixture *f = *state;
    uint64_t draw = 20261122;
    size_t checked = 0, most = 0;
    char text[2000];
    for (unsigned round = 0; round < 120; round++) {
        const struct testing_program program = {"random", "a,b,c", 4, 3, 1, NULL, text};
        struct catalogue catalogue;
        if (round > 0) {
            lineage_execution_free(&f->good);
            testing_close(&f->world);
        }
        write_random(&draw, text, sizeof text);
        run_good(f, &program);
        if (!list_deliveries(f, &catalogue) || catalogue.count < 2)
            continue;
        for (uint32_t i = 0; i < f->good.facts.count; i++) {
            if (f->good.facts.items[i].time != f->good.eot)
                continue;
            const size_t count = check_supports(f, &catalogue, i);
            most = count > most ? count : most;
            checked++;
        }
    }
    assert_in_range(checked, 300, SIZE_MAX); /* not vacuous */
    assert_in_range(most, 4, SIZE_MAX);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_relay_and_a_direct_message_are_two_supports),
        TEST(what_is_given_rests_on_nothing),
        TEST(each_support_says_what_cut_it),
        TEST(what_was_never_sent_is_said_to_be_so),
        TEST(messages_of_immune_nodes_and_of_a_node_to_itself_are_no_part_of_it),
        TEST(a_node_does_not_lose_what_it_tells_itself),
        TEST(what_is_sent_again_and_again_is_one_delivery),
        TEST(what_arrives_later_is_late),
        TEST(what_arrived_before_it_was_wanted_does_not_count),
        TEST(where_once_is_not_enough_the_loss_counts),
        TEST(a_way_that_wants_absent_what_the_bad_run_has_is_closed),
        TEST(a_sum_needs_its_whole_group_and_of_a_maximum_nobody_knows),
        TEST(facts_that_derive_one_another_have_the_supports_of_what_is_outside),
        TEST(of_too_many_supports_some_are_found),
        TEST(supports_of_random_programs_are_the_minimal_sets),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
