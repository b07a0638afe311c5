/* What a broken promise lacks, and what stands against it: of small programs, worked out by hand.
 */
#include "testing.h"

#include "lack.h"

struct fixture {
    struct testing_world world;
    struct lineage_execution good, bad;
    lineage_tuples broken;
    struct lineage_lacks lacks;
    char text[1000];
};

static int open_fixture(void **state)
{
    *state = calloc(1, sizeof(struct fixture));
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;
    lineage_lacks_free(&f->lacks);
    lineage_memory_free(f->broken.items);
    lineage_execution_free(&f->good);
    lineage_execution_free(&f->bad);
    testing_close(&f->world);
    free(f);
    return 0;
}

/* Runs the program, nodes a, b and c, without faults and with a's messages to b at 1 lost; finds
 * what is lacking. */
static void lose_first(struct fixture *f, enum lineage_oracle oracle, const char *text)
{
    const struct testing_program program = {"test", "a,b,c", 4, 4, 1, NULL, text};
    const struct lineage_schedule none = {.omissions = {0}};
    struct lineage_schedule faults = {.omissions = {0}};
    testing_open(&f->world, &program);
    lineage_schedule_add_omission(&faults, (struct lineage_omission){1, 0, 1});
    struct harness_executor *executor = &f->world.executor;
    assert_int_equal(executor->execute(executor, &none, true, &f->good), HARNESS_OK);
    assert_int_equal(executor->execute(executor, &faults, true, &f->bad), HARNESS_OK);
    lineage_broken_promises(&f->bad, oracle, &f->good, &f->broken);
    lineage_lacks_find(&f->good, &f->bad, &f->broken, &f->lacks);
    lineage_schedule_free(&faults);
}

static void print_fact(const struct lineage_execution *run, uint32_t fact, FILE *out)
{
    lineage_tuple_print(run->universe, run->facts.items[fact].tuple, out);
    fprintf(out, "@%u ", run->facts.items[fact].time);
}

/* `fact@time (because@time) ...` */
static const char *missing(struct fixture *f)
{
    FILE *out = fmemopen(f->text, sizeof f->text, "w");
    for (size_t i = 0; i < f->lacks.missing.count; i++) {
        const struct lineage_lack *lack = &f->lacks.missing.items[i];
        print_fact(&f->good, lack->fact, out);
        if (lack->because != LINEAGE_NONE) {
            fputs("for ", out);
            print_fact(&f->bad, lack->because, out);
        }
    }
    fputc('.', out);
    fclose(out);
    return f->text;
}

static const char *intruders(struct fixture *f)
{
    FILE *out = fmemopen(f->text, sizeof f->text, "w");
    for (size_t i = 0; i < f->lacks.intruders.count; i++)
        print_fact(&f->bad, f->lacks.intruders.items[i].fact, out);
    fputc('.', out);
    fclose(out);
    return f->text;
}

#define TELL                                                                                       \
    "say(\"a\", \"b\")@1; log(R)@async :- say(N, R); log(N)@next :- log(N);\n"                     \
    "all(\"b\")@1; all(N)@next :- all(N);\n"

static void a_post_that_is_derived_from_what_was_lost_is_what_is_lacking(void **state)
{
    lose_first(*state, LINEAGE_STRICT, TELL "pre(N) :- all(N); post(N) :- log(N);\n");
    assert_string_equal(missing(*state), "post(\"b\")@4 .");
    assert_string_equal(intruders(*state), ".");
}

static void through_an_absence_it_is_what_would_have_kept_the_other_away(void **state)
{
    lose_first(*state, LINEAGE_STRICT,
               TELL "lacks(N) :- all(N), notin log(N);\n"
                    "pre(N) :- all(N); post(N) :- all(N), notin lacks(N);\n");
    assert_string_equal(missing(*state), "log(\"b\")@4 for lacks(\"b\")@4 .");
    assert_string_equal(intruders(*state), "lacks(\"b\")@4 .");
}

/* Through post and calm one would come to new(b), which log(b) would have kept away. */
static void what_a_fact_behind_it_wants_absent_is_not_followed(void **state)
{
    lose_first(*state, LINEAGE_STRICT,
               TELL "calm(N) :- all(N), notin new(N); new(N) :- all(N), notin log(N);\n"
                    "pre(N) :- all(N); post(N) :- calm(N);\n");
    assert_string_equal(missing(*state), "post(\"b\")@4 .");
}

static void a_pre_that_is_new_stands_against_the_promise(void **state)
{
    lose_first(*state, LINEAGE_STRICT,
               TELL "alarm(N) :- all(N), notin log(N);\n"
                    "pre(\"late\") :- alarm(N)@3; post(\"never\") :- all(N), log(N)@1;\n");
    assert_string_equal(intruders(*state), "pre(\"late\")@4 .");
    assert_string_equal(missing(*state), "log(\"b\")@3 for pre(\"late\")@4 .");
}

/* bad is derived at 2, 3 and 4, and carried on. */
static void what_is_carried_on_is_followed_to_where_it_came_from(void **state)
{
    lose_first(*state, LINEAGE_STRICT,
               TELL "bad(N) :- all(N), notin log(N), old(N); bad(N)@next :- bad(N);\n"
                    "old(\"b\")@2; old(N)@next :- old(N);\n"
                    "ugly(N) :- bad(N);\n"
                    "pre(N) :- all(N); post(N) :- all(N), notin ugly(N);\n");
    struct fixture *f = *state;
    assert_string_equal(intruders(f), "ugly(\"b\")@4 .");
    assert_int_equal(f->lacks.missing.count, 1);
    const struct lineage_lack *lack = &f->lacks.missing.items[0];
    assert_int_equal(lack->because, f->lacks.intruders.items[0].fact);
    assert_in_range(f->good.facts.items[lack->fact].time, 2, 4);
    assert_non_null(strstr(missing(f), "log(\"b\")"));
}

static void under_molly_it_is_the_post_of_the_good_run(void **state)
{
    lose_first(*state, LINEAGE_MOLLY, TELL "pre(N) :- all(N); post(N) :- log(N);\n");
    assert_string_equal(missing(*state), "post(\"b\")@4 .");
}

static void what_the_good_run_breaks_too_lacks_nothing(void **state)
{
    lose_first(*state, LINEAGE_STRICT, TELL "pre(N) :- all(N); post(N) :- log(N), notin all(N);\n");
    assert_string_equal(missing(*state), ".");
    assert_string_equal(intruders(*state), ".");
}

static void a_crash_is_no_intruder(void **state)
{
    struct fixture *f = *state;
    static const struct testing_program program = {
        "test",
        "a,b",
        3,
        0,
        1,
        NULL,
        "all(\"b\")@1; all(N)@next :- all(N);\n"
        "pre(N) :- all(N); post(N) :- all(N), notin crash(N, N, _);\n"};
    const struct lineage_schedule none = {.omissions = {0}};
    struct lineage_schedule faults = {.omissions = {0}};
    testing_open(&f->world, &program);
    lineage_schedule_add_crash(&faults, (struct lineage_crash){2, 1});
    struct harness_executor *executor = &f->world.executor;
    assert_int_equal(executor->execute(executor, &none, true, &f->good), HARNESS_OK);
    assert_int_equal(executor->execute(executor, &faults, true, &f->bad), HARNESS_OK);
    lineage_broken_promises(&f->bad, LINEAGE_STRICT, NULL, &f->broken);
    assert_int_equal(f->broken.count, 1);
    lineage_lacks_find(&f->good, &f->bad, &f->broken, &f->lacks);
    assert_string_equal(intruders(f), ".");
    assert_string_equal(missing(f), ".");
    lineage_schedule_free(&faults);
}

/* What closes the ways to the post is explained in its turn: alarm is there for lack of log. */
static void what_closes_a_way_can_be_followed(void **state)
{
    struct fixture *f = *state;
    lose_first(f, LINEAGE_STRICT,
               TELL "alarm(N) :- all(N), notin log(N);\n"
                    "calm(N)@next :- all(N), notin alarm(N);\n"
                    "pre(N) :- all(N); post(N) :- calm(N);\n");
    assert_string_equal(missing(f), "post(\"b\")@4 .");
    size_t count;
    const uint32_t relation = lineage_relation_find(f->bad.universe, "alarm");
    const uint32_t *alarms = lineage_facts_at(&f->bad, relation, 3, &count);
    assert_int_equal(count, 1);
    for (int i = 0; i < 2; i++) /* the second time there is nothing new */
        lineage_lacks_follow(&f->good, &f->bad, alarms[0], f->broken.items[0], &f->lacks);
    assert_string_equal(missing(f), "post(\"b\")@4 log(\"b\")@3 for alarm(\"b\")@3 .");
    assert_string_equal(intruders(f), "alarm(\"b\")@3 .");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_post_that_is_derived_from_what_was_lost_is_what_is_lacking),
        TEST(through_an_absence_it_is_what_would_have_kept_the_other_away),
        TEST(what_a_fact_behind_it_wants_absent_is_not_followed),
        TEST(a_pre_that_is_new_stands_against_the_promise),
        TEST(what_is_carried_on_is_followed_to_where_it_came_from),
        TEST(under_molly_it_is_the_post_of_the_good_run),
        TEST(what_the_good_run_breaks_too_lacks_nothing),
        TEST(a_crash_is_no_intruder),
        TEST(what_closes_a_way_can_be_followed),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
