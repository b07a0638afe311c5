#include "parser.h"

#include "testing.h"

/* What the parser includes, for tests that include nothing. */
static void refuse_include(void *context, const char *name, struct lineage_place place)
{
    (void)context, (void)place;
    fail_msg("%s was included", name);
}

/* Parses a text; its diagnostics are the bench's, its source lives in the bench's arena. */
static void parse(struct bench *bench, const char *text, struct ded_program *program)
{
    struct lineage_source *source = lineage_arena_allocate(&bench->arena, sizeof *source);
    *source = (struct lineage_source){"model.ded", text};
    const struct ded_includer includer = {refuse_include, NULL};
    *program = (struct ded_program){0};
    ded_parse_source(program, source, &bench->diagnostics, &includer);
}

static void free_program(struct ded_program *program)
{
    lineage_memory_free(program->clauses.items);
    lineage_arena_free(&program->arena);
}

/* An expression with all its parentheses. */
static const char *show(struct bench *bench, const struct ded_expression *expression)
{
    if (expression->kind == DED_INTEGER)
        return lineage_arena_format(&bench->arena, "%lld", (long long)expression->integer);
    if (expression->kind == DED_ARITHMETIC)
        return lineage_arena_format(&bench->arena, "(%s%c%s)", show(bench, expression->left),
                                    expression->operator, show(bench, expression->right));
    return expression->text;
}

static const char *shown_argument(struct bench *bench, const char *text)
{
    struct ded_program program;
    parse(bench, text, &program);
    assert_int_equal(program.clauses.count, 1);
    const char *shown = show(bench, program.clauses.items[0].head.arguments[0].expression);
    free_program(&program);
    return shown;
}

static void products_bind_tighter_than_sums(void **state)
{
    assert_string_equal(shown_argument(*state, "p(A+B*C-D/E);"), "((A+(B*C))-(D/E))");
}

static void operators_of_one_precedence_go_from_left_to_right(void **state)
{
    assert_string_equal(shown_argument(*state, "p(9-4-3);"), "((9-4)-3)");
    assert_string_equal(shown_argument(*state, "p(8/4/2*3);"), "(((8/4)/2)*3)");
}

static void a_fact_is_a_clause_without_terms_at_its_time(void **state)
{
    struct ded_program program;
    parse(*state, "p(\"a\", 7)@12;", &program);
    const struct ded_clause *clause = &program.clauses.items[0];
    assert_int_equal(clause->term_count, 0);
    assert_int_equal(clause->head.suffix, DED_AT);
    assert_true(clause->head.at_time == 12);
    assert_int_equal(clause->head.argument_count, 2);
    assert_int_equal(clause->head.arguments[0].expression->kind, DED_STRING);
    assert_int_equal(clause->head.arguments[1].expression->kind, DED_INTEGER);
    free_program(&program);
}

static void a_rule_has_its_terms_in_order(void **state)
{
    struct bench *bench = *state;
    struct ded_program program;
    parse(bench, "p(X, n)@async :- q(X, _)@3, notin r(X), X+1 <= 2*n;", &program);
    const struct ded_clause *clause = &program.clauses.items[0];
    assert_int_equal(clause->head.suffix, DED_ASYNC);
    assert_int_equal(clause->term_count, 3);
    assert_string_equal(clause->terms[0].atom.name, "q");
    assert_int_equal(clause->terms[0].atom.suffix, DED_AT);
    assert_false(clause->terms[0].atom.negated);
    assert_int_equal(clause->terms[0].atom.arguments[1].expression->kind, DED_WILDCARD);
    assert_true(clause->terms[1].atom.negated);
    const struct ded_comparison *comparison = clause->terms[2].comparison;
    assert_non_null(comparison);
    assert_int_equal(comparison->comparator, DED_LE);
    assert_string_equal(show(bench, comparison->left), "(X+1)");
    assert_string_equal(show(bench, comparison->right), "(2*n)");
    free_program(&program);
}

static void every_comparison_is_told_from_the_others(void **state)
{
    static const enum ded_comparator expected[] = {DED_EQ, DED_NE, DED_LT, DED_GT, DED_LE, DED_GE};
    struct ded_program program;
    parse(*state, "p(X):-X==1,X!=1,X<1,X>1,X<=1,X>=1;", &program);
    assert_int_equal(program.clauses.items[0].term_count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(program.clauses.items[0].terms[i].comparison->comparator, expected[i]);
    free_program(&program);
}

static void every_aggregate_is_told_from_the_others(void **state)
{
    struct ded_program program;
    parse(*state, "p(G, count<A>, min<B>, max<C>, sum<D>, avg<E>) :- q(G, A, B, C, D, E);",
          &program);
    const struct ded_atom *head = &program.clauses.items[0].head;
    assert_int_equal(head->argument_count, 6);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(head->arguments[i].aggregate, DED_PLAIN + i);
    free_program(&program);
}

static void names_of_aggregates_are_ordinary_names_elsewhere(void **state)
{
    struct bench *bench = *state;
    struct ded_program program;
    parse(bench, "count(max, include) :- sum(max), min(next, async), avg(include);", &program);
    assert_int_equal(bench->diagnostics.error_count, 0);
    assert_int_equal(program.clauses.count, 1);
    free_program(&program);
}

static void a_relation_may_have_no_arguments(void **state)
{
    struct ded_program program;
    parse(*state, "p( ) :- q(X);", &program);
    assert_int_equal(program.clauses.items[0].head.argument_count, 0);
    free_program(&program);
}

static void the_text_of_a_clause_is_one_line_without_comments(void **state)
{
    struct ded_program program;
    parse(*state, "// before\np(X) :- // here\n    q(X, \"a // b\"),\n /* and */ X > 1 ;",
          &program);
    assert_string_equal(program.clauses.items[0].text, "p(X) :- q(X, \"a // b\"), X > 1 ;");
    free_program(&program);
}

static void an_error_shows_place_line_and_caret(void **state)
{
    struct bench *bench = *state;
    struct ded_program program;
    parse(bench, "p(\"a\")@1;\n\tp(X) :- q(X) r(X);\n", &program);
    const char *printed = bench_diagnosed(bench);
    assert_memory_equal(printed, "model.ded:2:15: error: ", 23);
    bench_assert_contains(printed, "'r'");
    bench_assert_contains(printed, "\n     2 | \tp(X) :- q(X) r(X);\n       | \t             ^\n");
    free_program(&program);
}

static void parsing_goes_on_behind_the_next_semicolon(void **state)
{
    struct bench *bench = *state;
    struct ded_program program;
    parse(bench, "p(X) q(X);\nr(\"a\")@1;\ns(X :- t(X);\nu(\"a\")@1;", &program);
    assert_int_equal(bench->diagnostics.error_count, 2);
    assert_int_equal(bench->diagnostics.items.items[0].place.line, 1);
    assert_int_equal(bench->diagnostics.items.items[1].place.line, 3);
    assert_int_equal(program.clauses.count, 2);
    assert_string_equal(program.clauses.items[0].head.name, "r");
    assert_string_equal(program.clauses.items[1].head.name, "u");
    free_program(&program);
}

static void twenty_errors_are_shown_and_all_are_counted(void **state)
{
    struct bench *bench = *state;
    struct ded_program program;
    const char *text = "";
    for (int i = 0; i < 25; i++)
        text = lineage_arena_format(&bench->arena, "%sp(;\n", text);
    parse(bench, text, &program);
    assert_int_equal(bench->diagnostics.items.count, 20);
    assert_int_equal(bench->diagnostics.items.items[19].place.line, 20);
    assert_int_equal(bench->diagnostics.error_count, 25);
    free_program(&program);
}

struct mistake {
    const char *text, *place;
};

/* Each text has one mistake, and it is reported at one place only. */
static void mistakes_are_reported_once_where_they_stand(void **state)
{
    static const struct mistake mistakes[] = {
        {"p(\"a\")@1", "1:9:"},       /* no semicolon */
        {"p(\"a\")@later;", "1:8:"},  /* no such suffix */
        {"p(X) :- ;", "1:9:"},        /* no body */
        {"p(X) :- q(X), ;", "1:15:"}, /* no term */
        {"p(X,) :- q(X);", "1:5:"},   /* no argument */
        {"p(X) :- X;", "1:10:"},      /* no comparison */
        {"p(X) :- notin notin q(X);", "1:15:"},
        {"notin p(X) :- q(X);", "1:1:"}, /* a head that is negated */
        {"p(X) :- q(X), X = 1;", "1:17:"},
        {"p(X) :- q(X, -1);", "1:14:"},        /* no unary minus */
        {"p(X, most<Y>) :- q(X, Y);", "1:6:"}, /* no such aggregate */
        {"p(X, max<_>) :- q(X);", "1:10:"},
        {"p(X, max<3>) :- q(X);", "1:10:"},
        {"p(notin) :- q(X);", "1:3:"},
        {"\"p\"(X) :- q(X);", "1:1:"},
        {"p(X) :- q(X);;", "1:14:"},
    };
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct ded_program program;
        parse(bench, mistakes[i].text, &program);
        const char *expected =
            lineage_arena_format(&bench->arena, "model.ded:%s error: ", mistakes[i].place);
        const char *printed = bench_diagnosed(bench);
        if (bench->diagnostics.error_count != 1 ||
            strncmp(printed, expected, strlen(expected)) != 0)
            fail_msg("%s\nexpected one error at %s, got\n%s", mistakes[i].text, expected, printed);
        lineage_diagnostics_free(&bench->diagnostics);
        free_program(&program);
    }
}

static void an_unknown_aggregate_lists_the_known_ones(void **state)
{
    struct bench *bench = *state;
    struct ded_program program;
    parse(bench, "p(X, most<Y>) :- q(X, Y);", &program);
    static const char *const names[] = {"most", "count", "min", "max", "sum", "avg"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        bench_assert_contains(bench->diagnostics.items.items[0].message, names[i]);
    free_program(&program);
}

/* `count` times `item`, between `head` and `tail`, the commas between items included. */
static const char *repeat(struct bench *bench, const char *head, const char *item, size_t count,
                          const char *comma, const char *tail)
{
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    fputs(head, out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s%s", i > 0 ? comma : "", item);
    fputs(tail, out);
    fclose(out);
    const char *copy = lineage_arena_text(&bench->arena, text, bytes);
    free(text);
    return copy;
}

static size_t errors_in(struct bench *bench, const char *text)
{
    struct ded_program program;
    parse(bench, text, &program);
    const size_t count = bench->diagnostics.error_count;
    lineage_diagnostics_free(&bench->diagnostics);
    free_program(&program);
    return count;
}

static void what_is_too_long_is_refused_and_what_just_fits_is_not(void **state)
{
    struct bench *bench = *state;
    const size_t columns = DED_COLUMNS_MAX, terms = DED_TERMS_MAX, operands = DED_OPERATORS_MAX + 1;
    assert_int_equal(errors_in(bench, repeat(bench, "p(", "1", columns, ",", ")@1;")), 0);
    assert_int_equal(errors_in(bench, repeat(bench, "p(", "1", columns + 1, ",", ")@1;")), 1);
    assert_int_equal(errors_in(bench, repeat(bench, "p(X) :- ", "q(X)", terms, ",", ";")), 0);
    assert_int_equal(errors_in(bench, repeat(bench, "p(X) :- ", "q(X)", terms + 1, ",", ";")), 1);
    assert_int_equal(errors_in(bench, repeat(bench, "p(", "1", operands, "+", ")@1;")), 0);
    assert_int_equal(errors_in(bench, repeat(bench, "p(", "1", operands + 1, "+", ")@1;")), 1);
}

static void an_empty_source_and_one_of_comments_have_no_clauses(void **state)
{
    assert_int_equal(errors_in(*state, ""), 0);
    assert_int_equal(errors_in(*state, "// nothing\n/* at all */"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(products_bind_tighter_than_sums),
        BENCH_TEST(operators_of_one_precedence_go_from_left_to_right),
        BENCH_TEST(a_fact_is_a_clause_without_terms_at_its_time),
        BENCH_TEST(a_rule_has_its_terms_in_order),
        BENCH_TEST(every_comparison_is_told_from_the_others),
        BENCH_TEST(every_aggregate_is_told_from_the_others),
        BENCH_TEST(names_of_aggregates_are_ordinary_names_elsewhere),
        BENCH_TEST(a_relation_may_have_no_arguments),
        BENCH_TEST(the_text_of_a_clause_is_one_line_without_comments),
        BENCH_TEST(an_error_shows_place_line_and_caret),
        BENCH_TEST(parsing_goes_on_behind_the_next_semicolon),
        BENCH_TEST(twenty_errors_are_shown_and_all_are_counted),
        BENCH_TEST(mistakes_are_reported_once_where_they_stand),
        BENCH_TEST(an_unknown_aggregate_lists_the_known_ones),
        BENCH_TEST(what_is_too_long_is_refused_and_what_just_fits_is_not),
        BENCH_TEST(an_empty_source_and_one_of_comments_have_no_clauses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
