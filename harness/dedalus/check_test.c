#include "testing.h"

#include <sys/stat.h>

/* A program with a mistake: `^` stands before the place where it must be reported, `~` before
 * another place that the message must give. It must also hold `part`. */
struct mistake {
    const char *text, *part;
};

/* Takes a mark out of a text; its column, or 0 where it has none. */
static size_t take_mark(char *text, char mark)
{
    char *at = strchr(text, mark);
    if (at == NULL)
        return 0;
    memmove(at, at + 1, strlen(at));
    return (size_t)(at - text) + 1;
}

static void assert_mistake(struct bench *bench, const struct mistake *mistake)
{
    struct lineage_arena *arena = &bench->arena;
    char *text = lineage_arena_format(arena, "%s", mistake->text);
    const size_t place_first = take_mark(text, '^'), other = take_mark(text, '~');
    const size_t place = place_first - (other != 0 && other < place_first ? 1 : 0);
    const char *prefix = lineage_arena_format(arena, "model.ded:2:%zu: error: ", place);
    const char *part = mistake->part;
    if (other != 0)
        part = lineage_arena_format(arena, "model.ded:2:%zu%s", other, part);
    if (bench_load(bench, lineage_arena_format(arena, "%s%s\n", KEPT, text)))
        fail_msg("accepted: %s", text);
    const char *printed = bench_diagnosed(bench);
    if (bench->diagnostics.error_count != 1 || strncmp(printed, prefix, strlen(prefix)) != 0 ||
        strstr(printed, part) == NULL)
        fail_msg("expected one error at %s with %s, got\n%s", prefix, part, printed);
}

/* Each text, behind a promise of one line, is refused with one error at its place. */
static void assert_mistakes(struct bench *bench, const struct mistake *mistakes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_mistake(bench, &mistakes[i]);
}

#define ASSERT_MISTAKES(state, mistakes)                                                           \
    assert_mistakes(*(state), mistakes, sizeof(mistakes) / sizeof *(mistakes))

/* Each text, behind a promise, is a model. */
static void assert_models(struct bench *bench, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!bench_load(bench, lineage_arena_format(&bench->arena, "%s%s", KEPT, texts[i])))
            fail_msg("refused: %s\n%s", texts[i], bench_diagnosed(bench));
}

#define ASSERT_MODELS(state, texts) assert_models(*(state), texts, sizeof(texts) / sizeof *(texts))

static void a_relation_has_one_number_of_arguments_and_both_places_are_named(void **state)
{
    static const struct mistake mistakes[] = {

        {"~p(\"a\", 1)@1; q(N) :- ^p(N);", ""},
        {"q(N) :- p(N), notin ~r(N, 1), ^r(N);", ""},
        {"~p(\"a\")@1; ^p(\"a\", 1)@2;", ""},
        {"q(N) :- p(N), ^crash(N, N);", "3"},
    };
    ASSERT_MISTAKES(state, mistakes);
}

static void a_type_conflict_names_both_places(void **state)
{
    static const struct mistake mistakes[] = {

        {"p(\"a\", ~1)@1; q(N) :- p(N, ^\"x\");", ""},
        {"p(\"a\", ~1)@1; p(\"a\", ^\"x\")@2;", ""},
        {"p(\"a\", ~1)@1; q(N) :- p(N, X), X == ^\"x\";", ""},
        {"q(N, X) :- p(N, X); p(\"a\", ~1)@1; r(N) :- q(N, X), X < ^\"x\";", ""},
        {"q(N) :- p(N), crash(N, N, ^\"now\");", "crash"},
    };
    ASSERT_MISTAKES(state, mistakes);
}

static void assert_refused_with_places(struct bench *bench, const char *text, const char *one,
                                       const char *other)
{
    bench_assert_refused(bench, text, one);
    bench_assert_contains(bench_diagnosed(bench), other);
    bench_assert_contains(bench_diagnosed(bench), ": error: ");
}

static void arithmetic_and_sums_want_integers(void **state)
{
    const char *stated = "model.ded:1:8", *used = "model.ded:2:";
    assert_refused_with_places(*state, "p(\"a\", \"x\")@1;\nq(N, X+1) :- p(N, X);", stated, used);
    assert_refused_with_places(*state, "p(\"a\", \"x\")@1;\nq(N, sum<X>) :- p(N, X);", stated,
                               used);
    assert_refused_with_places(*state, "p(\"a\", \"x\")@1;\nq(N, avg<X>) :- p(N, X);", stated,
                               used);
    assert_refused_with_places(*state, "r(\"a\", \"x\")@1;\nr(N, count<X>) :- p(N, X);", stated,
                               used);
}

static void a_variable_of_two_absences_is_bound_by_neither(void **state)
{
    bench_assert_refused(*state, KEPT "q(N) :- p(N), notin r(N, X), notin s(N, X);", "variable X");
}

static void types_unite_through_variables_of_several_rules(void **state)
{
    static const struct mistake mistakes[] = {

        {"a(\"n\", ~1)@1; b(\"n\", \"x\")@1; c(N, X) :- a(N, X); d(N, X) :- b(N, X); "
         "e(N) :- c(N, X), d(N, ^X);",
         ""},
    };
    ASSERT_MISTAKES(state, mistakes);
}

static void columns_of_either_type_are_counted_and_ordered(void **state)
{
    static const char *const texts[] = {
        "p(\"a\", \"x\")@1; q(N, count<X>) :- p(N, X);",
        "p(\"a\", \"x\")@1; q(N, min<X>, max<X>) :- p(N, X); r(N, M) :- q(N, M, _), M < \"y\";",
        "p(\"a\", 1)@1; q(N, M+1) :- s(N, M); s(N, min<X>) :- p(N, X);",
    };
    ASSERT_MODELS(state, texts);
}

static void what_nothing_binds_is_named_where_it_is_used(void **state)
{
    static const struct mistake mistakes[] = {

        {"q(N, ^X) :- p(N);", "variable X"},
        {"q(^X) :- p(N);", "variable X"},
        {"q(N) :- p(N), ^X > 1;", "variable X"},
        {"q(N) :- p(N), ^X == 1;", "variable X"},
        {"q(N, ^X) :- p(N), notin r(N, X);", "variable X"},
        {"q(N) :- p(N), notin r(N, X), ^X > 1;", "variable X"},
        {"q(N) :- p(N, ^X+1);", "variable X"},
        {"q(N, max<^X>) :- p(N);", "variable X"},
        {"q(R, ^X)@async :- p(N);", "variable X"},
    };
    ASSERT_MISTAKES(state, mistakes);
}

static void the_three_exceptions_to_safety_are_allowed(void **state)
{
    static const char *const texts[] = {
        "q(N) :- p(N), notin r(N, X);",          /* existential */
        "q(N) :- p(N), notin r(X, X);",          /* twice in one notin */
        "q(N) :- p(N), notin r(N, X), s(N, X);", /* bound behind its use */
        "q(N) :- notin p(N), r(N, _);",          /* the rule's node */
        "q(N) :- notin p(N);",                   /* and nothing else binds it */
        "q(R)@async :- p(N);",                   /* a broadcast */
        "q(N, X+1) :- p(N, X), notin r(N, X*2), X-1 > 0;",
    };
    ASSERT_MODELS(state, texts);
}

static void heads_that_are_not_allowed_are_refused(void **state)
{
    static const struct mistake mistakes[] = {

        {"^crash(N, N, 1) :- p(N);", "crash"},
        {"^crash(\"a\", \"a\", 1)@1;", "crash"},
        {"q(N)^@3 :- p(N);", "time"},
        {"q(N, ^_) :- p(N);", "'_'"},
    };
    ASSERT_MISTAKES(state, mistakes);
}

static void facts_that_are_not_constant_or_have_no_time_are_refused(void **state)
{
    static const struct mistake mistakes[] = {

        {"^p(\"a\");", "@1"},   {"^p(\"a\")@next;", "@1"}, {"p(\"a\")^@0;", "1"},
        {"p(^a)@1;", "quotes"}, {"p(\"a\", ^_)@1;", "_"},  {"p(\"a\", 1^/0)@1;", "zero"},
    };
    ASSERT_MISTAKES(state, mistakes);
}

static void bodies_that_are_not_allowed_are_refused(void **state)
{
    static const struct mistake mistakes[] = {

        {"q(N) :- p(N)^@next;", "@next"},        {"q(N) :- p(N)^@async;", "@async"},
        {"q(N) :- p(N, max<^X>);", "aggregate"}, {"^q(N) :- 1 < 2;", "node"},
        {"q(N) :- p(N), ^_ > 1;", "'_'"},
    };
    ASSERT_MISTAKES(state, mistakes);
}

static void one_load_reports_mistakes_of_parser_and_checker_together(void **state)
{
    struct bench *bench = *state;
    assert_false(bench_load(bench, KEPT "p(\"a\" 1)@1;\n"
                                        "q(N, X) :- r(N);\n"
                                        "s(N)@7 :- r(N);\n"));
    const char *printed = bench_diagnosed(bench);
    assert_int_equal(bench->diagnostics.error_count, 3);
    bench_assert_contains(printed, "model.ded:2:7: error: ");
    bench_assert_contains(printed, "\n     2 | p(\"a\" 1)@1;\n       |       ^\n");
    bench_assert_contains(printed, "model.ded:3:6: error: ");
    bench_assert_contains(printed, "\n     3 | q(N, X) :- r(N);\n       |      ^\n");
    bench_assert_contains(printed, "model.ded:4:5: error: ");
    bench_assert_contains(printed, "\n     4 | s(N)@7 :- r(N);\n       |     ^\n");
}

static void a_model_without_pre_or_post_is_refused(void **state)
{
    bench_assert_refused(*state, "post(\"a\")@1;", "pre");
    bench_assert_refused(*state, "pre(\"a\")@1;", "post");
    bench_assert_refused(*state, "", "pre");
    /* Reading it does not define it. */
    bench_assert_refused(*state, "pre(\"a\")@1; q(X) :- post(X);", "post");
}

static void pre_and_post_have_the_same_number_of_arguments(void **state)
{
    bench_assert_refused(*state, "pre(\"a\")@1;\npost(\"a\", 1)@1;\n", "model.ded:2:1: error: ");
    bench_assert_contains(bench_diagnosed(*state), "model.ded:1:1");
}

static bool load_paths(struct bench *bench, const char *first, const char *second)
{
    const char *const paths[] = {first, second};
    return bench_load_files(bench, paths, second != NULL ? 2 : 1, (struct ded_options){false});
}

static void includes_are_looked_for_beside_the_including_file_then_beside_the_first(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(mkdir("sub", 0700), 0);
    bench_write("model.ded", "include \"sub/one.ded\";" KEPT);
    bench_write("sub/one.ded", "include \"two.ded\"; include \"far.ded\";");
    bench_write("sub/two.ded", "near(\"a\")@1;");
    bench_write("two.ded", "not a model: the one beside the including file comes first");
    bench_write("far.ded", "far(\"a\")@1;");
    assert_true(load_paths(bench, "model.ded", NULL));
    assert_int_equal(bench->model.program.sources.count, 4);
    assert_int_equal(bench->model.inputs.count, 4);
}

static void a_file_reached_twice_counts_once_whatever_its_path(void **state)
{
    struct bench *bench = *state;
    bench_write("model.ded", KEPT "include \"base.ded\"; include \"./base.ded\";");
    bench_write("base.ded", "q(N) :- p(N);");
    assert_true(load_paths(bench, "model.ded", "base.ded"));
    assert_int_equal(bench->model.rules.count, 1);
    assert_true(load_paths(bench, "model.ded", "model.ded"));
    assert_int_equal(bench->model.rules.count, 1);
}

static void files_given_together_are_one_program(void **state)
{
    struct bench *bench = *state;
    bench_write("one.ded", "pre(\"a\")@1;");
    bench_write("two.ded", "post(\"a\")@1;");
    assert_false(load_paths(bench, "one.ded", NULL));
    assert_true(load_paths(bench, "one.ded", "two.ded"));
}

static void an_include_loop_is_an_error_that_shows_the_way_round(void **state)
{
    struct bench *bench = *state;
    bench_write("model.ded", KEPT "include \"one.ded\";");
    bench_write("one.ded", "\ninclude \"model.ded\";");
    assert_false(load_paths(bench, "model.ded", NULL));
    const char *printed = bench_diagnosed(bench);
    assert_memory_equal(printed, "one.ded:2:9: error: ", 20);
    bench_assert_contains(printed, "model.ded -> one.ded -> model.ded");
    bench_write("self.ded", KEPT "include \"self.ded\";");
    assert_false(load_paths(bench, "self.ded", NULL));
    bench_assert_contains(bench_diagnosed(bench), "self.ded -> self.ded");
}

static void a_file_that_is_not_there_is_named_where_it_was_asked_for(void **state)
{
    struct bench *bench = *state;
    bench_assert_refused(bench, KEPT "include \"gone.ded\";", "model.ded:2:9: error: ");
    bench_assert_contains(bench_diagnosed(bench), "'gone.ded'");
    assert_false(load_paths(bench, "gone.ded", NULL));
    bench_assert_contains(bench_diagnosed(bench), "gone.ded:1:1: error: ");
    bench_assert_contains(bench_diagnosed(bench), "No such file");
}

static void a_mistake_in_an_included_file_is_reported_with_that_file(void **state)
{
    struct bench *bench = *state;
    bench_write("model.ded", KEPT "include \"bad.ded\";");
    bench_write("bad.ded", "\n  p(;");
    assert_false(load_paths(bench, "model.ded", NULL));
    const char *printed = bench_diagnosed(bench);
    assert_memory_equal(printed, "bad.ded:2:5: error: ", 20);
    bench_assert_contains(printed, "\n     2 |   p(;\n       |     ^\n");
}

static void what_is_no_text_file_is_refused(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(mkdir("folder.ded", 0700), 0);
    assert_false(load_paths(bench, "folder.ded", NULL));
    bench_assert_contains(bench_diagnosed(bench), "Is a directory");
    FILE *file = fopen("zero.ded", "wb");
    assert_int_equal(fwrite("p(\0);", 1, 5, file), 5);
    fclose(file);
    assert_false(load_paths(bench, "zero.ded", NULL));
    bench_assert_contains(bench_diagnosed(bench), "zero byte");
}

/* The warnings about a model at node a, to time 3. */
static const char *warnings_of(struct bench *bench, const char *text)
{
    const char *const nodes[] = {"a"};
    assert_true(bench_load(bench, text));
    ded_model_set_nodes(&bench->model, nodes, 1);
    ded_model_lint(&bench->model, 3, &bench->diagnostics);
    return bench_diagnosed(bench);
}

static void a_mistyped_relation_gets_the_nearest_name_suggested(void **state)
{
    const char *printed =
        warnings_of(*state, KEPT "member(\"a\", \"a\")@1;\nq(N) :- membr(N, _);\n");
    assert_memory_equal(printed, "model.ded:3:9: warning: ", 24);
    bench_assert_contains(printed, "membr");
    bench_assert_contains(printed, "did you mean member?");
}

static void a_relation_that_nothing_is_near_to_is_an_input_left_out(void **state)
{
    assert_string_equal(warnings_of(*state, KEPT "p(\"a\")@1; q(N) :- p(N), overload(N);"), "");
}

static void a_node_that_no_fact_names_and_a_fact_behind_the_end_are_warned_of(void **state)
{
    bench_assert_contains(warnings_of(*state, KEPT "q(N) :- p(N);"), "node a");
    bench_assert_contains(warnings_of(*state, KEPT "p(\"a\")@1;\np(\"a\")@4;"),
                          "model.ded:3:1: warning: ");
    assert_string_equal(warnings_of(*state, KEPT "p(\"a\")@3;"), "");
}

static void a_message_from_no_node_in_particular_is_warned_of(void **state)
{
    bench_assert_contains(warnings_of(*state, KEPT "p(\"a\", \"a\")@1;\nq(R)@async :- p(_, R);"),
                          "model.ded:3:1: warning: ");
    assert_string_equal(warnings_of(*state, KEPT "p(\"a\", \"a\")@1; q(R)@async :- p(N, R);"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_relation_has_one_number_of_arguments_and_both_places_are_named),
        BENCH_TEST(a_type_conflict_names_both_places),
        BENCH_TEST(arithmetic_and_sums_want_integers),
        BENCH_TEST(a_variable_of_two_absences_is_bound_by_neither),
        BENCH_TEST(types_unite_through_variables_of_several_rules),
        BENCH_TEST(columns_of_either_type_are_counted_and_ordered),
        BENCH_TEST(what_nothing_binds_is_named_where_it_is_used),
        BENCH_TEST(the_three_exceptions_to_safety_are_allowed),
        BENCH_TEST(heads_that_are_not_allowed_are_refused),
        BENCH_TEST(facts_that_are_not_constant_or_have_no_time_are_refused),
        BENCH_TEST(bodies_that_are_not_allowed_are_refused),
        BENCH_TEST(one_load_reports_mistakes_of_parser_and_checker_together),
        BENCH_TEST(a_model_without_pre_or_post_is_refused),
        BENCH_TEST(pre_and_post_have_the_same_number_of_arguments),
        BENCH_TEST(includes_are_looked_for_beside_the_including_file_then_beside_the_first),
        BENCH_TEST(a_file_reached_twice_counts_once_whatever_its_path),
        BENCH_TEST(files_given_together_are_one_program),
        BENCH_TEST(an_include_loop_is_an_error_that_shows_the_way_round),
        BENCH_TEST(a_file_that_is_not_there_is_named_where_it_was_asked_for),
        BENCH_TEST(a_mistake_in_an_included_file_is_reported_with_that_file),
        BENCH_TEST(what_is_no_text_file_is_refused),
        BENCH_TEST(a_mistyped_relation_gets_the_nearest_name_suggested),
        BENCH_TEST(a_relation_that_nothing_is_near_to_is_an_input_left_out),
        BENCH_TEST(a_node_that_no_fact_names_and_a_fact_behind_the_end_are_warned_of),
        BENCH_TEST(a_message_from_no_node_in_particular_is_warned_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
