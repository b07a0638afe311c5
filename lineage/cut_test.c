/* Supports of small programs, worked out by hand. */
#include "cut_testing.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        CUT_TEST(a_relay_and_a_direct_message_are_two_supports),
        CUT_TEST(what_is_given_rests_on_nothing),
        CUT_TEST(each_support_says_what_cut_it),
        CUT_TEST(what_was_never_sent_is_said_to_be_so),
        CUT_TEST(messages_of_immune_nodes_and_of_a_node_to_itself_are_no_part_of_it),
        CUT_TEST(a_node_does_not_lose_what_it_tells_itself),
        CUT_TEST(what_is_sent_again_and_again_is_one_delivery),
        CUT_TEST(what_arrives_later_is_late),
        CUT_TEST(what_arrived_before_it_was_wanted_does_not_count),
        CUT_TEST(where_once_is_not_enough_the_loss_counts),
        CUT_TEST(a_way_that_wants_absent_what_the_bad_run_has_is_closed),
        CUT_TEST(a_sum_needs_its_whole_group_and_of_a_maximum_nobody_knows),
        CUT_TEST(facts_that_derive_one_another_have_the_supports_of_what_is_outside),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
