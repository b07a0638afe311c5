#include "lexer.h"

#include "testing.h"

/* All tokens of a text, as "kind:text" with a blank between them. */
static const char *tokens_of(struct bench *bench, const char *text)
{
    static const char *const kinds[] = {"end", "name", "integer", "string", "symbol", "bad"};
    const struct lineage_source source = {"model.ded", text};
    struct ded_lexer lexer;
    struct ded_token token;
    const char *all = "";
    ded_lexer_start(&lexer, &source, &bench->diagnostics);
    while ((token = ded_lexer_next(&lexer)).kind != DED_TOKEN_END)
        all = lineage_arena_format(&bench->arena, "%s%s%s:%.*s", all, *all != '\0' ? " " : "",
                                   kinds[token.kind], (int)token.bytes, token.text);
    return all;
}

/* The diagnostics, printed; a source must outlive them, so they are forgotten behind this. */
static const char *complaint_of(struct bench *bench, const char *text)
{
    const struct lineage_source source = {"model.ded", text};
    struct ded_lexer lexer;
    ded_lexer_start(&lexer, &source, &bench->diagnostics);
    while (ded_lexer_next(&lexer).kind != DED_TOKEN_END)
        continue;
    const char *complaint = bench_diagnosed(bench);
    lineage_diagnostics_free(&bench->diagnostics);
    return complaint;
}

static void names_hold_letters_digits_dots_underscores_and_question_marks(void **state)
{
    assert_string_equal(tokens_of(*state, "aZ_9 is.up? 3rd _ 7a"),
                        "name:aZ_9 name:is.up? name:3rd name:_ name:7a");
}

static void digits_alone_are_an_integer(void **state)
{
    assert_string_equal(tokens_of(*state, "0 007 42"), "integer:0 integer:007 integer:42");
}

static void strings_reach_from_quote_to_quote_without_escapes(void **state)
{
    assert_string_equal(tokens_of(*state, "\"\" \"a // b\" \"c\\\""),
                        "string: string:a // b string:c\\");
}

static void symbols_are_as_long_as_they_can_be(void **state)
{
    assert_string_equal(tokens_of(*state, ":-<=>=!===<@>,;()+-*/"),
                        "symbol::- symbol:<= symbol:>= symbol:!= symbol:== symbol:< symbol:@ "
                        "symbol:> symbol:, symbol:; symbol:( symbol:) symbol:+ symbol:- symbol:* "
                        "symbol:/");
}

static void comments_and_space_separate_and_mean_nothing(void **state)
{
    assert_string_equal(tokens_of(*state, "a// b \n c/* d\n * e **/f\t\r\n/**/g//"),
                        "name:a name:c name:f name:g");
}

static void an_empty_text_has_no_tokens(void **state)
{
    assert_string_equal(tokens_of(*state, ""), "");
}

static void places_count_lines_and_columns_from_one(void **state)
{
    struct bench *bench = *state;
    const struct lineage_source source = {"model.ded", "a\n  /* x\n */ b \"c\nd\" e"};
    struct ded_lexer lexer;
    ded_lexer_start(&lexer, &source, &bench->diagnostics);
    static const uint32_t places[][2] = {{1, 1}, {3, 5}, {3, 7}, {4, 4}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const struct ded_token token = ded_lexer_next(&lexer);
        assert_int_equal(token.place.line, places[i][0]);
        assert_int_equal(token.place.column, places[i][1]);
    }
}

static void the_largest_integer_fits_and_the_next_is_an_error(void **state)
{
    struct bench *bench = *state;
    const struct lineage_source source = {"model.ded", "9223372036854775807"};
    struct ded_lexer lexer;
    ded_lexer_start(&lexer, &source, &bench->diagnostics);
    assert_true(ded_lexer_next(&lexer).integer == INT64_MAX);
    assert_int_equal(bench->diagnostics.error_count, 0);
    bench_assert_contains(complaint_of(bench, "9223372036854775808"), "model.ded:1:1: error: ");
}

static void an_open_string_is_one_error_at_its_quote(void **state)
{
    const char *complaint = complaint_of(*state, "a \"b, c;\nd");
    assert_memory_equal(complaint, "model.ded:1:3: error: ", 22);
    bench_assert_contains(complaint, "\n     1 | a \"b, c;\n       |   ^\n");
}

static void an_open_comment_is_one_error_where_it_begins(void **state)
{
    const char *complaint = complaint_of(*state, "a\n /* b\nc");
    assert_memory_equal(complaint, "model.ded:2:2: error: ", 22);
    assert_null(strstr(complaint + 1, "model.ded"));
}

static void a_lone_equals_sign_names_the_operator_that_was_meant(void **state)
{
    bench_assert_contains(complaint_of(*state, "X = Y"), "'=='");
    bench_assert_contains(complaint_of(*state, "X : Y"), "':-'");
    bench_assert_contains(complaint_of(*state, "! Y"), "notin");
}

static void a_character_of_several_bytes_is_one_error(void **state)
{
    struct bench *bench = *state;
    assert_string_equal(tokens_of(bench, "a \xc3\xa9 b"), "name:a bad:\xc3\xa9 name:b");
    assert_int_equal(bench->diagnostics.error_count, 1);
}

static void bytes_that_are_no_text_are_errors_and_end(void **state)
{
    struct bench *bench = *state;
    assert_string_equal(tokens_of(bench, "\x01 \xff"), "bad:\x01 bad:\xff");
    assert_int_equal(bench->diagnostics.error_count, 2);
}

static void a_token_is_compared_whole(void **state)
{
    struct bench *bench = *state;
    const struct lineage_source source = {"model.ded", "next \"next\" nex"};
    struct ded_lexer lexer;
    ded_lexer_start(&lexer, &source, &bench->diagnostics);
    struct ded_token token = ded_lexer_next(&lexer);
    assert_true(ded_token_is(&token, "next"));
    assert_false(ded_token_is(&token, "nex"));
    token = ded_lexer_next(&lexer);
    assert_false(ded_token_is(&token, "next")); /* a string is no word */
    token = ded_lexer_next(&lexer);
    assert_false(ded_token_is(&token, "next"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(names_hold_letters_digits_dots_underscores_and_question_marks),
        BENCH_TEST(digits_alone_are_an_integer),
        BENCH_TEST(strings_reach_from_quote_to_quote_without_escapes),
        BENCH_TEST(symbols_are_as_long_as_they_can_be),
        BENCH_TEST(comments_and_space_separate_and_mean_nothing),
        BENCH_TEST(an_empty_text_has_no_tokens),
        BENCH_TEST(places_count_lines_and_columns_from_one),
        BENCH_TEST(the_largest_integer_fits_and_the_next_is_an_error),
        BENCH_TEST(an_open_string_is_one_error_at_its_quote),
        BENCH_TEST(an_open_comment_is_one_error_where_it_begins),
        BENCH_TEST(a_lone_equals_sign_names_the_operator_that_was_meant),
        BENCH_TEST(a_character_of_several_bytes_is_one_error),
        BENCH_TEST(bytes_that_are_no_text_are_errors_and_end),
        BENCH_TEST(a_token_is_compared_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
