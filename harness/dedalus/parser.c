#include "parser.h"

#include "lexer.h"

#include <string.h>

/* A recursive-descent parser with two tokens in view. */
struct parser {
    struct ded_program *program;
    struct lineage_diagnostics *diagnostics;
    struct ded_lexer lexer;
    struct ded_token token, ahead;
    const struct ded_includer *includer;
};

static void step(struct parser *parser)
{
    parser->token = parser->ahead;
    parser->ahead = ded_lexer_next(&parser->lexer);
}

static bool see(const struct parser *parser, const char *text)
{
    return ded_token_is(&parser->token, text);
}

static bool accept(struct parser *parser, const char *text)
{
    if (!see(parser, text))
        return false;
    step(parser);
    return true;
}

/* Reports what stands here instead of what was expected. Always false. */
static bool expected(struct parser *parser, const char *what)
{
    const struct ded_token *token = &parser->token;
    if (token->kind == DED_TOKEN_BAD)
        return false;
    if (token->kind == DED_TOKEN_END)
        lineage_error(parser->diagnostics, token->place, "expected %s, but the file ends here",
                      what);
    else
        lineage_error(parser->diagnostics, token->place, "expected %s before '%.*s'", what,
                      (int)(token->bytes < 40 ? token->bytes : 40), token->text);
    return false;
}

static bool expect(struct parser *parser, const char *text, const char *what)
{
    return accept(parser, text) || expected(parser, what);
}

static const char *token_text(struct parser *parser)
{
    return lineage_arena_text(&parser->program->arena, parser->token.text, parser->token.bytes);
}

static struct ded_expression *new_expression(struct parser *parser, enum ded_expression_kind kind)
{
    struct ded_expression *expression =
        lineage_arena_allocate(&parser->program->arena, sizeof *expression);
    expression->kind = kind;
    expression->place = parser->token.place;
    return expression;
}

/* atom = STRING | INT | NAME | "_" */
static const struct ded_expression *parse_atom(struct parser *parser)
{
    struct ded_expression *atom;
    switch (parser->token.kind) {
    case DED_TOKEN_STRING:
        atom = new_expression(parser, DED_STRING);
        atom->text = token_text(parser);
        break;
    case DED_TOKEN_INTEGER:
        atom = new_expression(parser, DED_INTEGER);
        atom->integer = parser->token.integer;
        break;
    case DED_TOKEN_NAME:
        if (see(parser, "notin")) {
            lineage_error(parser->diagnostics, parser->token.place,
                          "'notin' is a reserved word and cannot be a variable");
            return NULL;
        }
        atom = new_expression(parser, see(parser, "_") ? DED_WILDCARD : DED_VARIABLE);
        atom->text = token_text(parser);
        break;
    case DED_TOKEN_END:
    case DED_TOKEN_SYMBOL:
    case DED_TOKEN_BAD:
    default:
        expected(parser, "a variable, a string or an integer");
        return NULL;
    }
    step(parser);
    return atom;
}

static bool see_operator(const struct parser *parser, const char *operators)
{
    return parser->token.kind == DED_TOKEN_SYMBOL && parser->token.bytes == 1 &&
           strchr(operators, *parser->token.text) != NULL;
}

/* A chain of operators of one precedence, left to right: products, or sums of products. */
static const struct ded_expression *parse_chain(struct parser *parser, bool sums, int *budget)
{
    const struct ded_expression *left =
        sums ? parse_chain(parser, false, budget) : parse_atom(parser);
    while (left != NULL && see_operator(parser, sums ? "+-" : "*/")) {
        struct ded_expression *whole = new_expression(parser, DED_ARITHMETIC);
        whole->operator= * parser->token.text;
        if (--*budget < 0) {
            lineage_error(parser->diagnostics, parser->token.place,
                          "this expression is too long; at most %d operators are allowed",
                          DED_OPERATORS_MAX);
            return NULL;
        }
        step(parser);
        whole->left = left;
        whole->right = sums ? parse_chain(parser, false, budget) : parse_atom(parser);
        left = whole->right != NULL ? whole : NULL;
    }
    return left;
}

static const struct ded_expression *parse_expression(struct parser *parser)
{
    int budget = DED_OPERATORS_MAX;
    return parse_chain(parser, true, &budget);
}

static enum ded_aggregate aggregate_of(const struct parser *parser)
{
    static const char *const names[] = {"", "count", "min", "max", "sum", "avg"};
    for (enum ded_aggregate a = DED_COUNT; a <= DED_AVG; a++)
        if (see(parser, names[a]))
            return a;
    return DED_PLAIN;
}

/* AGGREGATE "<" NAME ">" */
static bool parse_aggregate(struct parser *parser, struct ded_argument *argument)
{
    argument->aggregate = aggregate_of(parser);
    if (argument->aggregate == DED_PLAIN) {
        lineage_error(parser->diagnostics, parser->token.place,
                      "'%.*s' is no aggregate; the aggregates are count, min, max, sum and avg",
                      (int)(parser->token.bytes < 40 ? parser->token.bytes : 40),
                      parser->token.text);
        return false;
    }
    step(parser);
    step(parser);
    if (parser->token.kind != DED_TOKEN_NAME || see(parser, "_"))
        return expected(parser, "the variable to aggregate");
    argument->expression = parse_atom(parser);
    return argument->expression != NULL &&
           expect(parser, ">", "'>' behind the aggregated variable");
}

static bool parse_argument(struct parser *parser, struct ded_argument *argument)
{
    *argument = (struct ded_argument){.aggregate = DED_PLAIN};
    if (parser->token.kind == DED_TOKEN_NAME && ded_token_is(&parser->ahead, "<"))
        return parse_aggregate(parser, argument);
    argument->expression = parse_expression(parser);
    return argument->expression != NULL;
}

static bool parse_arguments(struct parser *parser, struct ded_atom *atom)
{
    struct ded_argument arguments[DED_COLUMNS_MAX];
    if (!see(parser, ")")) {
        do {
            if (atom->argument_count == DED_COLUMNS_MAX) {
                lineage_error(parser->diagnostics, parser->token.place,
                              "'%s' has too many arguments; at most %d are allowed", atom->name,
                              DED_COLUMNS_MAX);
                return false;
            }
            if (!parse_argument(parser, &arguments[atom->argument_count]))
                return false;
            atom->argument_count++;
        } while (accept(parser, ","));
    }
    const size_t bytes = atom->argument_count * sizeof *arguments;
    struct ded_argument *kept = lineage_arena_allocate(&parser->program->arena, bytes + 1);
    if (bytes > 0)
        memcpy(kept, arguments, bytes);
    atom->arguments = kept;
    return expect(parser, ")", "',' or ')' behind the argument");
}

/* "@next" | "@async" | "@" INT */
static bool parse_suffix(struct parser *parser, struct ded_atom *atom)
{
    atom->suffix_place = parser->token.place;
    if (!accept(parser, "@"))
        return true;
    if (see(parser, "next"))
        atom->suffix = DED_NEXT;
    else if (see(parser, "async"))
        atom->suffix = DED_ASYNC;
    else if (parser->token.kind == DED_TOKEN_INTEGER)
        atom->suffix = DED_AT;
    else
        return expected(parser, "next, async or a time behind '@'");
    atom->at_time = parser->token.integer;
    step(parser);
    return true;
}

/* NAME "(" [ arg { "," arg } ] ")" [ suffix ] */
static bool parse_predicate(struct parser *parser, struct ded_atom *atom)
{
    *atom = (struct ded_atom){.place = parser->token.place};
    if (see(parser, "notin"))
        return expected(parser, "a relation that is not negated");
    if (parser->token.kind != DED_TOKEN_NAME)
        return expected(parser, "the name of a relation");
    atom->name = token_text(parser);
    step(parser);
    return expect(parser, "(", "'(' behind the name of the relation") &&
           parse_arguments(parser, atom) && parse_suffix(parser, atom);
}

static bool is_not(const struct ded_expression *expression)
{
    return expression->kind == DED_VARIABLE && strcmp(expression->text, "not") == 0;
}

/* expression ( "==" | "!=" | "<" | ">" | "<=" | ">=" ) expression */
static bool parse_comparison(struct parser *parser, const struct ded_comparison **result)
{
    static const char *const symbols[] = {"==", "!=", "<", ">", "<=", ">="};
    struct ded_comparison *comparison =
        lineage_arena_allocate(&parser->program->arena, sizeof *comparison);
    comparison->place = parser->token.place;
    comparison->left = parse_expression(parser);
    if (comparison->left == NULL)
        return false;
    size_t i = 0;
    while (i < sizeof symbols / sizeof *symbols && !see(parser, symbols[i]))
        i++;
    if (i == sizeof symbols / sizeof *symbols)
        return expected(parser, is_not(comparison->left)
                                    ? "a comparison (== != < > <= >=; negation is written notin)"
                                    : "a comparison (== != < > <= >=)");
    step(parser);
    comparison->comparator = (enum ded_comparator)i;
    comparison->right = parse_expression(parser);
    *result = comparison;
    return comparison->right != NULL;
}

static bool parse_term(struct parser *parser, struct ded_term *term)
{
    *term = (struct ded_term){.comparison = NULL};
    if (see(parser, "notin")) {
        step(parser);
        const bool parsed = parse_predicate(parser, &term->atom);
        term->atom.negated = true;
        return parsed;
    }
    if (parser->token.kind == DED_TOKEN_NAME && ded_token_is(&parser->ahead, "("))
        return parse_predicate(parser, &term->atom);
    return parse_comparison(parser, &term->comparison);
}

static bool parse_body(struct parser *parser, struct ded_clause *clause)
{
    struct ded_term terms[DED_TERMS_MAX];
    do {
        if (clause->term_count == DED_TERMS_MAX) {
            lineage_error(parser->diagnostics, parser->token.place,
                          "this rule has too many terms; at most %d are allowed", DED_TERMS_MAX);
            return false;
        }
        if (!parse_term(parser, &terms[clause->term_count]))
            return false;
        clause->term_count++;
    } while (accept(parser, ","));
    struct ded_term *kept =
        lineage_arena_allocate(&parser->program->arena, clause->term_count * sizeof *kept);
    memcpy(kept, terms, clause->term_count * sizeof *kept);
    clause->terms = kept;
    return true;
}

/* A stretch of source on one line, without comments. */
static const char *one_line(struct parser *parser, size_t start, size_t end)
{
    const char *source = parser->lexer.source->text;
    char *line = lineage_arena_allocate(&parser->program->arena, end - start + 1);
    size_t bytes = 0;
    for (size_t i = start; i < end;) {
        size_t blanks = strspn(source + i, " \t\r\n\f\v");
        if (strncmp(source + i, "//", 2) == 0)
            blanks = strcspn(source + i, "\n");
        else if (strncmp(source + i, "/*", 2) == 0)
            blanks = (size_t)(strstr(source + i + 2, "*/") + 2 - (source + i));
        if (blanks == 0) {
            const size_t string = source[i] == '"' ? strcspn(source + i + 1, "\"") + 2 : 1;
            memcpy(line + bytes, source + i, string);
            bytes += string;
            i += string;
        } else {
            if (bytes > 0 && line[bytes - 1] != ' ')
                line[bytes++] = ' ';
            i += blanks;
        }
    }
    return line;
}

static bool parse_clause(struct parser *parser)
{
    struct ded_clause clause = {0};
    const size_t start = parser->token.offset;
    if (!parse_predicate(parser, &clause.head))
        return false;
    const bool is_rule = accept(parser, ":-");
    if (is_rule && !parse_body(parser, &clause))
        return false;
    const size_t end = parser->token.offset + 1;
    if (!expect(parser, ";",
                is_rule ? "',' or ';' behind the term" : "':-' or ';' behind the head"))
        return false;
    clause.text = one_line(parser, start, end);
    LINEAGE_PUSH(&parser->program->clauses, clause);
    return true;
}

static bool parse_include(struct parser *parser)
{
    step(parser);
    const char *name = token_text(parser);
    const struct lineage_place place = parser->token.place;
    step(parser);
    if (!expect(parser, ";", "';' behind the name of the included file"))
        return false;
    parser->includer->include(parser->includer->context, name, place);
    return true;
}

/* Goes on behind the next semicolon. */
static void recover(struct parser *parser)
{
    while (parser->token.kind != DED_TOKEN_END && !see(parser, ";"))
        step(parser);
    accept(parser, ";");
}

void ded_parse_source(struct ded_program *program, const struct lineage_source *source,
                      struct lineage_diagnostics *diagnostics, const struct ded_includer *includer)
{
    struct parser parser = {program, diagnostics, .includer = includer};
    ded_lexer_start(&parser.lexer, source, diagnostics);
    step(&parser);
    step(&parser);
    while (parser.token.kind != DED_TOKEN_END) {
        const bool is_include = see(&parser, "include") && parser.ahead.kind == DED_TOKEN_STRING;
        if (is_include ? !parse_include(&parser) : !parse_clause(&parser))
            recover(&parser);
    }
}
