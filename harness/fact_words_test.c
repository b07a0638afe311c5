/* Facts as people write them: what is read, and what is said of slips. */
#include "testing.h"

#include "fact_words.h"

struct fixture {
    struct lineage_universe universe;
    struct lineage_diagnostics diagnostics;
    struct lineage_arena arena;
};

static int open_fixture(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    lineage_universe_create(&f->universe);
    lineage_relation_add(&f->universe, (struct lineage_relation){"acked", 2, false});
    lineage_relation_add(&f->universe, (struct lineage_relation){"post", 1, false});
    lineage_relation_add(&f->universe, (struct lineage_relation){"crash", 3, false});
    lineage_relation_add(&f->universe, (struct lineage_relation){"acked#1", 2, true});
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;
    lineage_diagnostics_free(&f->diagnostics);
    lineage_universe_destroy(&f->universe);
    lineage_arena_free(&f->arena);
    free(f);
    return 0;
}

/* Reads the words as they stand on a command line behind `before`. */
static bool read_behind(struct fixture *f, const char *before, const char *words,
                        struct harness_fact_words *fact)
{
    const char *text = lineage_arena_format(&f->arena, "%s%s and more", before, words);
    struct lineage_source *source = lineage_arena_allocate(&f->arena, sizeof *source);
    *source = (struct lineage_source){"command line", text};
    const struct lineage_place place = {source, 1, (uint32_t)strlen(before) + 1};
    return harness_read_fact(words, place, &f->universe, 9, &f->diagnostics, &f->arena, fact);
}

static void assert_read(struct fixture *f, const char *words, const char *pattern, uint32_t time)
{
    struct harness_fact_words fact;
    assert_true(read_behind(f, "ldfi why x ", words, &fact));
    char *text = lineage_tuple_text(&f->universe, fact.pattern);
    assert_string_equal(text, pattern);
    assert_int_equal(fact.time, time);
    lineage_memory_free(text);
}

/* The error, and the column of the command line at which it is. */
static void assert_refused(struct fixture *f, const char *words, uint32_t column,
                           const char *message)
{
    struct harness_fact_words fact;
    const size_t before = f->diagnostics.items.count;
    assert_false(read_behind(f, "ldfi why x ", words, &fact));
    assert_int_equal(f->diagnostics.items.count, before + 1);
    const struct lineage_diagnostic *error = &f->diagnostics.items.items[before];
    assert_string_equal(error->message, message);
    assert_int_equal(error->place.column, column);
    assert_string_equal(error->place.source->path, "command line");
}

static void facts_are_written_as_in_a_model(void **state)
{
    assert_read(*state, "acked(\"C\", \"w1\")@5", "acked(\"C\", \"w1\")", 5);
    assert_read(*state, "post(7)", "post(7)", 9);
    assert_read(*state, " acked ( \"a b,)\" , _ ) @ 1 ", "acked(\"a b,)\", _)", 1);
}

static void bare_words_are_strings(void **state)
{
    assert_read(*state, "acked(C,w1)@9", "acked(\"C\", \"w1\")", 9);
    assert_read(*state, "acked(1a,-3)", "acked(\"1a\", -3)", 9);
    assert_read(*state, "post(\"12\")", "post(\"12\")", 9);
}

static void crashes_hold_at_every_time(void **state)
{
    assert_read(*state, "crash(_, c, 3)", "crash(_, \"c\", 3)", 0);
    assert_read(*state, "crash(_, c, 3)@4", "crash(_, \"c\", 3)", 0);
}

static void a_mistyped_relation_gets_its_neighbour(void **state)
{
    assert_refused(*state, "akced(C,w1)", 12,
                   "the model has no relation akced; did you mean acked?");
    assert_refused(*state, "zebra", 12, "the model has no relation zebra");
    assert_refused(*state, "acked#1(C,w1)", 17, "'#' means nothing here");
}

static void a_wrong_number_of_arguments_is_told_the_right_one(void **state)
{
    assert_refused(*state, "acked(C)", 12, "acked has 2 arguments, not 1");
    assert_refused(*state, "post()", 12, "post has 1 argument, not 0");
    assert_refused(*state, "post", 12, "post has 1 argument, not 0");
}

static void times_lie_within_the_run(void **state)
{
    assert_refused(*state, "post(a)@10", 19, "time runs from 1 to 9 (EOT)");
    assert_refused(*state, "post(a)@0", 19, "time runs from 1 to 9 (EOT)");
    assert_refused(*state, "post(a)@x", 20,
                   "expected a time; write a fact as in acked(\"C\", \"w1\")@5");
}

static void what_is_no_fact_says_how_to_write_one(void **state)
{
    assert_refused(*state, "", 12,
                   "expected a relation; write a fact as in acked(\"C\", \"w1\")@5");
    assert_refused(*state, "post(a", 18,
                   "expected , or ); write a fact as in acked(\"C\", \"w1\")@5");
    assert_refused(*state, "post(a+1)", 18,
                   "expected , or ); write a fact as in acked(\"C\", \"w1\")@5");
    assert_refused(*state, "post(,)", 17,
                   "expected a string, an integer or _; write a fact as in acked(\"C\", \"w1\")@5");
    assert_refused(*state, "post(a) b", 20,
                   "expected @TIME or nothing more; write a fact as in acked(\"C\", \"w1\")@5");
    assert_refused(*state, "post(\"a)", 17, "this string never ends; add a closing quote");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(facts_are_written_as_in_a_model),
        TEST(bare_words_are_strings),
        TEST(crashes_hold_at_every_time),
        TEST(a_mistyped_relation_gets_its_neighbour),
        TEST(a_wrong_number_of_arguments_is_told_the_right_one),
        TEST(times_lie_within_the_run),
        TEST(what_is_no_fact_says_how_to_write_one),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
