/* Shapes: what they leave out, what they keep, and which of them are alike. */
#include "testing.h"

#include "shape.h"

/* The shape of what a program breaks under a schedule, as lineage_shape_print has it. */
static void check_shape(const struct testing_program *program, enum lineage_oracle oracle,
                        const struct lineage_schedule *schedule, const char *wanted)
{
    struct checked checked;
    struct lineage_execution run;
    struct lineage_difference difference;
    struct lineage_arena arena = {.newest = NULL};
    struct lineage_shape shape;
    struct lineage_text text;
    lineage_tuples broken = {0};
    checked_open(&checked, program, oracle, 1);
    struct harness_executor *executor = &checked.world.executor;
    assert_int_equal(executor->execute(executor, schedule, true, &run), HARNESS_OK);
    lineage_broken_promises(&run, oracle, &checked.good, &broken);
    lineage_difference_find(&checked.good, &run, &broken, &difference);
    lineage_shape_of(&run, &broken, &difference, &arena, &shape);
    lineage_shape_print(&shape, lineage_text_open(&text));
    char *printed = lineage_text_close(&text);
    assert_string_equal(printed, wanted);
    lineage_memory_free(printed);
    lineage_arena_free(&arena);
    lineage_difference_free(&difference);
    lineage_memory_free(broken.items);
    lineage_execution_free(&run);
    checked_close(&checked);
}

static struct lineage_schedule omit(uint32_t from, uint32_t to, uint32_t time)
{
    struct lineage_schedule schedule = {.omissions = {0}};
    lineage_schedule_add_omission(&schedule, (struct lineage_omission){time, from, to});
    return schedule;
}

static struct lineage_schedule crash(uint32_t node, uint32_t time)
{
    struct lineage_schedule schedule = {.omissions = {0}};
    lineage_schedule_add_crash(&schedule, (struct lineage_crash){time, node});
    return schedule;
}

/* `word` is what a sends; every rule that can derive pre is in `promise`. */
static void check_promise(const char *promise, const char *wanted)
{
    char text[1024];
    snprintf(text, sizeof text,
             "say(\"a\", \"b\", \"word\")@1;\n"
             "kept(B, W)@async :- say(A, B, W);\n"
             "kept(B, W)@next :- kept(B, W);\n"
             "said(A, B, W) :- say(A, B, W);\n"
             "said(A, B, W)@next :- said(A, B, W);\n"
             "%s",
             promise);
    const struct testing_program program = {"promise", "a,b,c", 4, 2, 0, NULL, text};
    struct lineage_schedule schedule = omit(0, 1, 1);
    check_shape(&program, LINEAGE_STRICT, &schedule, wanted);
    check_shape(&program, LINEAGE_MOLLY, &schedule, wanted);
    lineage_schedule_free(&schedule);
}

static void a_promise_has_the_name_that_its_rule_writes(void **state)
{
    (void)state;
    check_promise("pre(\"delivery\", W) :- said(_, _, W);\n"
                  "post(\"delivery\", W) :- kept(_, W);\n",
                  "delivery: kept lost");
    /* In any column, and beside what names nothing: a node, an empty text, a number. */
    check_promise("pre(\"c\", \"\", W, 7, \"delivery\") :- said(_, _, W);\n"
                  "post(\"c\", \"\", W, 7, \"delivery\") :- kept(_, W);\n",
                  "delivery: kept lost");
    /* Twice, in order. */
    check_promise("pre(\"two\", W) :- said(_, _, W);\n"
                  "post(\"two\", W) :- kept(_, W);\n"
                  "pre(\"one\", W) :- said(_, _, W);\n"
                  "post(\"one\", W) :- kept(_, W);\n",
                  "one, two: kept lost");
}

static void a_value_that_the_rule_has_read_names_no_promise(void **state)
{
    (void)state;
    check_promise("pre(W) :- said(_, _, W);\n"
                  "post(W) :- kept(_, W);\n",
                  "pre: kept lost");
    check_promise("pre(A, B) :- said(A, B, _);\n"
                  "post(A, B) :- said(A, B, W), kept(B, W);\n",
                  "pre: kept lost");
}

static void a_promise_that_persists_or_counts_keeps_its_name(void **state)
{
    (void)state;
    check_promise("pre(B, \"delivery\", W)@next :- say(_, B, W);\n"
                  "pre(B, P, W)@next :- pre(B, P, W);\n"
                  "post(B, \"delivery\", W) :- kept(B, W);\n",
                  "delivery: kept lost");
    check_promise("pre(B, W)@next :- say(_, B, W);\n"
                  "pre(B, W)@next :- pre(B, W);\n"
                  "post(B, W) :- kept(B, W);\n",
                  "pre: kept lost");
    check_promise("pre(\"delivery\", count<W>) :- said(_, _, W);\n"
                  "post(\"delivery\", count<W>) :- kept(_, W);\n",
                  "delivery: kept lost");
}

/* The last reads it in what it counts, which has no name of its own. */
static void where_nothing_is_lost_the_shape_says_what_reads_the_crash(void **state)
{
    (void)state;
    static const struct testing_program new_pre = {
        "new_pre",
        "a,b",
        3,
        0,
        1,
        NULL,
        "node(\"a\")@1;\n"
        "node(X)@next :- node(X);\n"
        "fails(X) :- node(X), crash(X, \"b\", _);\n"
        "pre(\"alarm\", X) :- fails(X);\n"
        "post(\"alarm\", X) :- fails(X), notin node(X);\n"};
    static const struct testing_program barred = {"barred",
                                                  "a,b",
                                                  3,
                                                  0,
                                                  1,
                                                  NULL,
                                                  "node(\"a\")@1;\n"
                                                  "node(X)@next :- node(X);\n"
                                                  "calm(X) :- node(X), notin crash(X, \"b\", _);\n"
                                                  "pre(\"calm\", X) :- node(X);\n"
                                                  "post(\"calm\", X) :- calm(X);\n"};
    static const struct testing_program counted = {
        "counted",
        "a,b",
        3,
        0,
        1,
        NULL,
        "node(\"a\")@1;\n"
        "node(X)@next :- node(X);\n"
        "crashes(X, count<N>) :- node(X), crash(X, N, _);\n"
        "crashes(X, sum<T>) :- node(X), crash(X, _, T);\n"
        "pre(X) :- node(X);\n"
        "post(X) :- node(X), notin crashes(X, _);\n"};
    struct lineage_schedule schedule = crash(1, 2);
    check_shape(&new_pre, LINEAGE_STRICT, &schedule, "alarm: fails reads crash");
    check_shape(&barred, LINEAGE_STRICT, &schedule, "calm: calm reads crash");
    check_shape(&barred, LINEAGE_MOLLY, &schedule, "calm: calm reads crash");
    check_shape(&counted, LINEAGE_STRICT, &schedule, "pre: crashes reads crash");
    lineage_schedule_free(&schedule);
}

/* a tells b y at 1 and x from 2 on; its crash loses both, and is told of by both promises. */
static void each_cause_is_named_once(void **state)
{
    (void)state;
    static const struct testing_program several = {
        "several",
        "a,b",
        4,
        0,
        1,
        NULL,
        "link(\"a\", \"b\", 1)@1;\n"
        "link(A, B, T + 1)@next :- link(A, B, T);\n"
        "y(B)@async :- link(A, B, 1);\n"
        "x(B)@async :- link(A, B, T), T > 1;\n"
        "y(B)@next :- y(B);\n"
        "x(B)@next :- x(B);\n"
        "calm(B) :- link(A, B, _), notin crash(B, A, _);\n"
        "pre(\"delivery\", B, 0) :- link(_, B, _);\n"
        "pre(\"delivery\", B, 1) :- link(_, B, _);\n"
        "post(\"delivery\", B, 0) :- x(B), y(B), calm(B);\n"
        "post(\"delivery\", B, 1) :- x(B), y(B), calm(B);\n"};
    struct lineage_schedule schedule = crash(0, 1);
    check_shape(&several, LINEAGE_STRICT, &schedule, "delivery: calm reads crash, x lost, y lost");
    lineage_schedule_free(&schedule);
}

static void a_promise_that_breaks_without_faults_has_no_cause(void **state)
{
    (void)state;
    static const struct testing_program wrong = {"wrong",
                                                 "a,b",
                                                 3,
                                                 0,
                                                 0,
                                                 NULL,
                                                 "pre(\"sums\", 1 + 1)@3;\n"
                                                 "post(\"sums\", 3)@3;\n"};
    static const struct testing_program written = {"written",
                                                   "a,b",
                                                   3,
                                                   0,
                                                   0,
                                                   NULL,
                                                   "node(\"a\")@3;\n"
                                                   "pre(\"sums\", X) :- node(X);\n"
                                                   "post(\"tables\", X) :- node(X);\n"};
    const struct lineage_schedule none = {.omissions = {0}};
    check_shape(&wrong, LINEAGE_STRICT, &none, "pre: no faults"); /* an input, of no rule */
    check_shape(&written, LINEAGE_STRICT, &none, "sums: no faults");
}

/* ---- likeness ---- */

#define NAMES(...)                                                                                 \
    {                                                                                              \
        (const char *[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)      \
    }

static void shapes_are_compared_as_sets(void **state)
{
    (void)state;
    const struct lineage_shape one = {NAMES("agreement"), NAMES("rep lost")};
    const struct lineage_shape renamed = {NAMES("agreement"), NAMES("copy lost")};
    const struct lineage_shape more = {NAMES("agreement"), NAMES("copy lost", "rep lost")};
    const struct lineage_shape turned = {NAMES("agreement"), NAMES("rep lost", "copy lost")};
    const struct lineage_shape both = {NAMES("agreement", "durability"), NAMES("rep lost")};
    const struct lineage_shape faultless = {NAMES("agreement"), {NULL, 0}};
    assert_int_equal(lineage_shapes_compare(&one, &one), LINEAGE_SAME_BUG);
    assert_int_equal(lineage_shapes_compare(&more, &turned), LINEAGE_SAME_BUG);
    assert_int_equal(lineage_shapes_compare(&one, &renamed), LINEAGE_LIKE_BUG);
    assert_int_equal(lineage_shapes_compare(&one, &more), LINEAGE_LIKE_BUG);
    assert_int_equal(lineage_shapes_compare(&more, &one), LINEAGE_LIKE_BUG);
    assert_int_equal(lineage_shapes_compare(&one, &faultless), LINEAGE_LIKE_BUG);
    assert_int_equal(lineage_shapes_compare(&one, &both), LINEAGE_OTHER_BUG);
    assert_int_equal(lineage_shapes_compare(&both, &one), LINEAGE_OTHER_BUG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_promise_has_the_name_that_its_rule_writes),
        cmocka_unit_test(a_value_that_the_rule_has_read_names_no_promise),
        cmocka_unit_test(a_promise_that_persists_or_counts_keeps_its_name),
        cmocka_unit_test(where_nothing_is_lost_the_shape_says_what_reads_the_crash),
        cmocka_unit_test(each_cause_is_named_once),
        cmocka_unit_test(a_promise_that_breaks_without_faults_has_no_cause),
        cmocka_unit_test(shapes_are_compared_as_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
