/* What an outcome rests on: the messages in its lineage, and the time from which on it stands. */
#include "testing.h"

#include "support.h"

/* The line of a rule in its program, with how many messages of it the outcome rests on: "4: 2". */
static char *print_carriers(const struct lineage_universe *universe,
                            const lineage_carriers *carriers)
{
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    for (size_t i = 0; i < carriers->count; i++)
        fprintf(out, "%s%u: %zu", i > 0 ? ", " : "",
                universe->rules.items[carriers->items[i].rule].line, carriers->items[i].messages);
    return lineage_text_close(&text);
}

/* What the post tuples at the end of a program's good run rest on, and since when it stands. */
static void check(const struct testing_program *program, const bool *immune, const char *wanted,
                  uint32_t outcome_time)
{
    struct checked checked;
    lineage_carriers carriers = {0};
    size_t count;
    checked_open(&checked, program, LINEAGE_STRICT, 1);
    const uint32_t *roots =
        lineage_facts_at(&checked.good, checked.good.post, checked.good.eot, &count);
    lineage_support_find(&checked.good, roots, count, immune, &carriers);
    char *printed = print_carriers(checked.good.universe, &carriers);
    assert_string_equal(printed, wanted);
    assert_int_equal(lineage_outcome_time(&checked.good), outcome_time);
    lineage_memory_free(printed);
    lineage_memory_free(carriers.items);
    checked_close(&checked);
}

/* a says it to b and c at 1, 2 and 3, who keep it; what is said at 4 does not arrive. */
static const struct testing_program repeats = {"repeats",
                                               "a,b,c",
                                               4,
                                               0,
                                               0,
                                               NULL,
                                               "say(\"a\", \"b\")@1;  say(\"a\", \"c\")@1;\n"
                                               "say(A, B)@next :- say(A, B);\n"
                                               "said(B)@async :- say(A, B);\n"
                                               "said(B)@next :- said(B);\n"
                                               "pre(B) :- said(B);\n"
                                               "post(B) :- said(B);\n"};

static void every_message_that_could_have_made_the_outcome_counts(void **state)
{
    (void)state;
    check(&repeats, NULL, "3: 6", 2);
}

static void what_no_fault_can_take_away_does_not_count(void **state)
{
    (void)state;
    const bool immune[] = {true, false, false};
    const bool others[] = {false, true, true};
    check(&repeats, immune, "", 2);
    check(&repeats, others, "3: 6", 2);
}

/* The rule does not say at which node it reads, so the message has no sender that could lose it. */
static void what_nobody_sends_does_not_count(void **state)
{
    (void)state;
    const struct testing_program program = {"nobody",
                                            "a,b",
                                            3,
                                            0,
                                            0,
                                            NULL,
                                            "say(\"a\", \"b\")@1;\n"
                                            "said(B)@async :- say(_, B);\n"
                                            "said(B)@next :- said(B);\n"
                                            "pre(B) :- said(B);\n"
                                            "post(B) :- said(B);\n"};
    check(&program, NULL, "", 2);
}

/* Two rules send the same message; b passes it on to itself, which nothing can lose, and to c. */
static void each_rule_has_the_messages_that_it_derives(void **state)
{
    (void)state;
    const struct testing_program program = {"rules",
                                            "a,b,c",
                                            4,
                                            0,
                                            0,
                                            NULL,
                                            "say(\"a\", \"b\")@1;\n"
                                            "again(\"a\", \"b\")@1;\n"
                                            "said(B)@async :- say(A, B);\n"
                                            "said(B)@async :- again(A, B);\n"
                                            "here(B)@async :- said(B);\n"
                                            "there(\"c\", B)@async :- said(B), B == \"b\";\n"
                                            "unused(\"c\", B)@async :- said(B);\n"
                                            "here(B)@next :- here(B);\n"
                                            "there(C, B)@next :- there(C, B);\n"
                                            "pre(B) :- here(B), there(_, B);\n"
                                            "post(B) :- here(B), there(_, B);\n"};
    check(&program, NULL, "3: 1, 4: 1, 6: 1", 3);
}

/* The rule derives one message from two facts. */
static void a_message_derived_in_two_ways_counts_once(void **state)
{
    (void)state;
    const struct testing_program program = {"ways",
                                            "a,b",
                                            3,
                                            0,
                                            0,
                                            NULL,
                                            "say(\"a\", \"b\", 1)@1;  say(\"a\", \"b\", 2)@1;\n"
                                            "said(B)@async :- say(A, B, _);\n"
                                            "said(B)@next :- said(B);\n"
                                            "pre(B) :- said(B);\n"
                                            "post(B) :- said(B);\n"};
    check(&program, NULL, "2: 1", 2);
}

/* What a says ends the waiting, on which the outcome rests; but it rests on that as an absence. */
static void what_must_be_absent_is_not_followed(void **state)
{
    (void)state;
    const struct testing_program program = {"absent",
                                            "a,b,c",
                                            4,
                                            0,
                                            0,
                                            NULL,
                                            "say(\"a\", \"b\")@1;\n"
                                            "said(B)@async :- say(A, B);\n"
                                            "waits(\"b\")@1;\n"
                                            "waits(B)@next :- waits(B), notin said(B);\n"
                                            "idle(B) :- said(B), notin waits(B);\n"
                                            "ready(\"b\")@1;  ready(B)@next :- ready(B);\n"
                                            "pre(B) :- ready(B);\n"
                                            "post(B) :- ready(B), notin waits(B);\n"};
    check(&program, NULL, "", 3);
}

static void an_outcome_that_falls_and_comes_back_stands_from_then_on(void **state)
{
    (void)state;
    const struct testing_program program = {"back",
                                            "a,b",
                                            5,
                                            0,
                                            0,
                                            NULL,
                                            "on(\"a\")@1;  on(\"a\")@2;  on(\"a\")@4;\n"
                                            "on(\"a\")@5;\n"
                                            "pre(A) :- on(A);\n"
                                            "post(A) :- on(A);\n"};
    check(&program, NULL, "", 4);
}

static void what_promises_nothing_or_is_broken_never_stands(void **state)
{
    (void)state;
    const struct testing_program nothing = {"nothing",
                                            "a,b",
                                            3,
                                            0,
                                            0,
                                            NULL,
                                            "on(\"a\")@1;\n"
                                            "pre(A) :- on(A);\n"
                                            "post(A) :- on(A);\n"};
    const struct testing_program broken = {"broken",
                                           "a,b",
                                           3,
                                           0,
                                           0,
                                           NULL,
                                           "on(\"a\", 1)@1;  on(\"a\", 2)@1;\n"
                                           "on(A, N)@next :- on(A, N);\n"
                                           "pre(A, N) :- on(A, N);\n"
                                           "post(A, N) :- on(A, N), N < 2;\n"};
    check(&nothing, NULL, "", LINEAGE_NONE);
    check(&broken, NULL, "", LINEAGE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_that_could_have_made_the_outcome_counts),
        cmocka_unit_test(what_no_fault_can_take_away_does_not_count),
        cmocka_unit_test(what_nobody_sends_does_not_count),
        cmocka_unit_test(each_rule_has_the_messages_that_it_derives),
        cmocka_unit_test(a_message_derived_in_two_ways_counts_once),
        cmocka_unit_test(what_must_be_absent_is_not_followed),
        cmocka_unit_test(an_outcome_that_falls_and_comes_back_stands_from_then_on),
        cmocka_unit_test(what_promises_nothing_or_is_broken_never_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
