/* check-proof: is this a proof that this formula is unsatisfiable?
 *
 * The formula is DIMACS CNF. The proof is what PicoSAT writes: a line "%RUPD32 VARIABLES CLAUSES",
 * then clauses, each with a 0 behind it, one of which is empty. Each of these steps must follow
 * from the formula and the steps before it by reverse unit propagation (Goldberg and Novikov 2003,
 * Van Gelder 2008): assume that all its literals are false, and assign what clauses with one
 * literal left demand, until a clause has none left. That is sound whoever found the step, so the
 * program that wrote the proof need not be trusted. The clauses that the steps start from are those
 * of the formula's file; the proof's file has none.
 *
 * This file uses nothing of ldfi and nothing of any solver. Clauses are found through two watched
 * literals (Moskewicz and others 2001): while two literals of a clause are not false, the clause
 * demands nothing. What formula and steps force by propagation alone stays assigned, as nothing is
 * ever deleted: clauses are kept without the literals that are false for good, and those that are
 * true for good are not kept at all. */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOLDS = 0, DOES_NOT_HOLD = 1, UNUSABLE = 2 };
enum { VARIABLES_MAX = 1 << 26, CLAUSES_MAX = 1 << 30 };

/* ---- growing arrays ---- */

struct numbers {
    int *items;
    size_t count, capacity;
};

struct places {
    size_t *items;
    size_t count, capacity;
};

static void *resize(void *old, size_t count, size_t size)
{
    void *block = reallocarray(old, count, size);
    if (block == NULL) {
        fputs("check-proof: not enough memory\n", stderr);
        exit(UNUSABLE);
    }
    return block;
}

static void push(struct numbers *numbers, int number)
{
    if (numbers->count == numbers->capacity) {
        numbers->capacity = numbers->capacity * 2 + 16;
        numbers->items = resize(numbers->items, numbers->capacity, sizeof *numbers->items);
    }
    numbers->items[numbers->count++] = number;
}

static void push_place(struct places *places, size_t place)
{
    if (places->count == places->capacity) {
        places->capacity = places->capacity * 2 + 4;
        places->items = resize(places->items, places->capacity, sizeof *places->items);
    }
    places->items[places->count++] = place;
}

/* ---- reading ---- */

struct reader {
    const char *path;
    FILE *in;
    size_t line;
};

struct header {
    int variables, clauses;
};

static _Noreturn void reject(const struct reader *reader, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "%s:%zu: error: ", reader->path, reader->line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(UNUSABLE);
}

static struct reader open_file(const char *path)
{
    const struct reader reader = {path, fopen(path, "r"), 1};
    if (reader.in == NULL) {
        fprintf(stderr, "%s: error: %s\n", path, strerror(errno));
        exit(UNUSABLE);
    }
    return reader;
}

static int next(struct reader *reader)
{
    const int character = getc(reader->in);
    if (character == EOF && ferror(reader->in) != 0)
        reject(reader, "%s", strerror(errno));
    reader->line += character == '\n';
    return character;
}

static void put_back(struct reader *reader, int character)
{
    reader->line -= character == '\n';
    ungetc(character, reader->in);
}

/* The next character that is no space; it is left to be read. */
static int peek(struct reader *reader)
{
    int character = next(reader);
    while (character != EOF && isspace(character))
        character = next(reader);
    if (character != EOF)
        put_back(reader, character);
    return character;
}

/* Reads a whole number from `min` to `max`, which a space or the end of the file follows. */
static int read_number(struct reader *reader, int min, int max)
{
    const bool is_negative = peek(reader) == '-';
    long long number = 0;
    bool has_digits = false;
    if (is_negative)
        next(reader);
    int character = next(reader);
    for (; isdigit(character); character = next(reader)) {
        number = number > INT_MAX ? number : number * 10 + (character - '0');
        has_digits = true;
    }
    if (character != EOF)
        put_back(reader, character);
    if (!has_digits || (is_negative && number == 0) || (character != EOF && !isspace(character)))
        reject(reader, "a whole number is expected here");
    number = is_negative ? -number : number;
    if (number < min || number > max)
        reject(reader, "a number is not from %d to %d", min, max);
    return (int)number;
}

/* Reads "WORD VARIABLES CLAUSES" and the end of the line. */
static struct header read_header(struct reader *reader, const char *word)
{
    const size_t line = reader->line;
    for (const char *letter = word; *letter != '\0'; letter++)
        if (next(reader) != *letter)
            reject(reader, "a line '%s VARIABLES CLAUSES' is expected here", word);
    struct header header = {.variables = read_number(reader, 0, VARIABLES_MAX)};
    header.clauses = read_number(reader, 0, CLAUSES_MAX);
    if (peek(reader) != EOF && reader->line == line)
        reject(reader, "the line should end with the number of clauses");
    return header;
}

/* Reads the literals up to the next zero. */
static void read_clause(struct reader *reader, int variables, struct numbers *clause)
{
    clause->count = 0;
    for (;;) {
        if (peek(reader) == EOF)
            reject(reader, "the file ends within a clause: a 0 is missing");
        const int literal = read_number(reader, -variables, variables);
        if (literal == 0)
            return;
        push(clause, literal);
    }
}

/* ---- propagation ---- */

struct checker {
    struct numbers store;   /* clauses of two literals or more, the watched ones first, then 0 */
    struct places *watches; /* by literal: where the clauses that watch it begin in the store */
    signed char *values;    /* by variable: 1 true, -1 false, 0 not assigned */
    signed char *marks;     /* by variable: 0 between uses */
    struct numbers trail;   /* the literals assigned, in order */
    size_t propagated;      /* of the trail: those whose clauses have been looked at */
    bool is_refuted;        /* propagation alone finds formula and steps contradictory */
};

static size_t slot(int literal)
{
    return literal > 0 ? 2 * (size_t)literal : 2 * (size_t)-literal + 1;
}

static int sign_in(const signed char *signs, int literal)
{
    return literal > 0 ? signs[literal] : -signs[-literal];
}

static int value(const struct checker *checker, int literal)
{
    return sign_in(checker->values, literal);
}

static void assign(struct checker *checker, int literal)
{
    checker->values[abs(literal)] = literal > 0 ? 1 : -1;
    push(&checker->trail, literal);
}

/* Makes the second literal of a clause, which is false, one that is not; false if there is none. */
static bool watch_another(struct checker *checker, size_t place)
{
    int *literals = checker->store.items + place;
    for (int *other = literals + 2; *other != 0; other++)
        if (value(checker, *other) >= 0) {
            const int watched = *other;
            *other = literals[1];
            literals[1] = watched;
            push_place(&checker->watches[slot(watched)], place);
            return true;
        }
    return false;
}

/* Looks at the clauses that watch a literal which has become false. False if one of them has no
 * literal left. */
static bool visit(struct checker *checker, int literal)
{
    struct places *watch = &checker->watches[slot(literal)];
    bool is_consistent = true;
    size_t kept = 0;
    assert(checker->store.items != NULL || watch->count == 0);
    for (size_t i = 0; i < watch->count; i++) {
        const size_t place = watch->items[i];
        int *literals = checker->store.items + place;
        if (literals[0] == literal) {
            literals[0] = literals[1];
            literals[1] = literal;
        }
        const int first = value(checker, literals[0]);
        if (is_consistent && first <= 0 && watch_another(checker, place))
            continue; /* it is on another list now */
        watch->items[kept++] = place;
        if (is_consistent && first == 0)
            assign(checker, literals[0]);
        is_consistent = is_consistent && first >= 0;
    }
    watch->count = kept;
    return is_consistent;
}

static bool propagate(struct checker *checker)
{
    while (checker->propagated < checker->trail.count)
        if (!visit(checker, -checker->trail.items[checker->propagated++]))
            return false;
    return true;
}

/* Drops repeated literals and those that are false for good. Returns true if the clause is true for
 * good, or whatever the assignment. */
static bool simplify(const struct checker *checker, struct numbers *clause)
{
    size_t kept = 0;
    bool is_true = false;
    for (size_t i = 0; i < clause->count; i++) {
        const int literal = clause->items[i];
        const int mark = sign_in(checker->marks, literal);
        is_true = is_true || value(checker, literal) > 0 || mark < 0;
        if (value(checker, literal) != 0 || mark != 0)
            continue;
        checker->marks[abs(literal)] = literal > 0 ? 1 : -1;
        clause->items[kept++] = literal;
    }
    clause->count = kept;
    for (size_t i = 0; i < kept; i++)
        checker->marks[abs(clause->items[i])] = 0;
    return is_true;
}

/* Adds a clause for good, and what it forces. */
static void add(struct checker *checker, struct numbers *clause)
{
    if (checker->is_refuted || simplify(checker, clause))
        return;
    if (clause->count > 1) {
        push_place(&checker->watches[slot(clause->items[0])], checker->store.count);
        push_place(&checker->watches[slot(clause->items[1])], checker->store.count);
        for (size_t i = 0; i < clause->count; i++)
            push(&checker->store, clause->items[i]);
        push(&checker->store, 0);
        return;
    }
    if (clause->count == 1)
        assign(checker, clause->items[0]);
    checker->is_refuted = clause->count == 0 || !propagate(checker);
}

/* Does the clause follow by reverse unit propagation? */
static bool follows(struct checker *checker, const struct numbers *clause)
{
    const size_t assigned = checker->trail.count;
    bool is_consistent = !checker->is_refuted;
    for (size_t i = 0; i < clause->count && is_consistent; i++) {
        is_consistent = value(checker, clause->items[i]) <= 0;
        if (value(checker, clause->items[i]) == 0)
            assign(checker, -clause->items[i]);
    }
    is_consistent = is_consistent && propagate(checker);
    while (checker->trail.count > assigned)
        checker->values[abs(checker->trail.items[--checker->trail.count])] = 0;
    checker->propagated = assigned;
    return !is_consistent;
}

/* ---- the two files ---- */

static void checker_create(struct checker *checker, int variable_count)
{
    const size_t variables = (size_t)variable_count + 1;
    *checker = (struct checker){.values = resize(NULL, variables, sizeof *checker->values),
                                .marks = resize(NULL, variables, sizeof *checker->marks),
                                .watches = resize(NULL, 2 * variables, sizeof *checker->watches)};
    memset(checker->values, 0, variables * sizeof *checker->values);
    memset(checker->marks, 0, variables * sizeof *checker->marks);
    memset(checker->watches, 0, 2 * variables * sizeof *checker->watches);
}

static void checker_destroy(struct checker *checker, int variable_count)
{
    for (size_t i = 0; i < 2 * ((size_t)variable_count + 1); i++)
        free(checker->watches[i].items);
    free(checker->watches);
    free(checker->values);
    free(checker->marks);
    free(checker->store.items);
    free(checker->trail.items);
}

static void skip_comments(struct reader *reader)
{
    while (peek(reader) == 'c')
        for (int character = 'c'; character != '\n' && character != EOF;)
            character = next(reader);
}

/* Takes the formula in. Returns its number of variables and of clauses. */
static struct header read_formula(struct checker *checker, const char *path)
{
    struct reader reader = open_file(path);
    struct numbers clause = {NULL, 0, 0};
    skip_comments(&reader);
    const struct header header = read_header(&reader, "p cnf");
    checker_create(checker, header.variables);
    int clauses = 0;
    for (skip_comments(&reader); peek(&reader) != EOF; skip_comments(&reader)) {
        if (clauses++ == header.clauses)
            reject(&reader, "there are more clauses than the %d of the header", header.clauses);
        read_clause(&reader, header.variables, &clause);
        add(checker, &clause);
    }
    if (clauses < header.clauses)
        reject(&reader, "there are only %d of the header's %d clauses", clauses, header.clauses);
    free(clause.items);
    fclose(reader.in);
    return header;
}

/* Checks the steps of a proof, up to the first that does not follow, and says what is wrong. */
static bool holds(struct checker *checker, struct reader *reader, int variables, size_t *steps)
{
    struct numbers step = {NULL, 0, 0};
    bool is_right = true, is_complete = false;
    for (*steps = 0; is_right && peek(reader) != EOF; ++*steps) {
        const size_t line = reader->line;
        read_clause(reader, variables, &step);
        is_complete = is_complete || step.count == 0;
        is_right = follows(checker, &step);
        if (!is_right) {
            fprintf(stderr, "%s:%zu: this step does not follow: ", reader->path, line);
            for (size_t i = 0; i < step.count; i++)
                fprintf(stderr, "%d ", step.items[i]);
            fputs("0\n", stderr);
        }
        add(checker, &step);
    }
    if (is_right && !is_complete)
        fprintf(stderr, "%s:%zu: the proof ends without the empty clause\n", reader->path,
                reader->line);
    free(step.items);
    return is_right && is_complete;
}

static int check(struct checker *checker, struct header formula, const char *path)
{
    struct reader reader = open_file(path);
    const struct header header = read_header(&reader, "%RUPD32");
    size_t steps = 0;
    bool is_proof = header.variables == formula.variables && header.clauses == formula.clauses;
    if (is_proof)
        is_proof = holds(checker, &reader, formula.variables, &steps);
    else
        fprintf(stderr, "%s:1: a proof of another formula, of %d variables and %d clauses\n", path,
                header.variables, header.clauses);
    fclose(reader.in);
    if (is_proof)
        printf("the proof holds\n  %d variables, %d clauses, %zu steps\n", formula.variables,
               formula.clauses, steps);
    return is_proof ? HOLDS : DOES_NOT_HOLD;
}

static const char help[] =
    "usage: check-proof FORMULA.cnf PROOF.rup\n\n"
    "Checks a proof that a formula in DIMACS CNF is unsatisfiable: every step of the proof must\n"
    "follow from the formula and the steps before it by reverse unit propagation, and one must be\n"
    "the empty clause. Both files come from one run of ldfi:\n\n"
    "  ldfi run SCENARIO.json --dimacs FORMULA.cnf --proof PROOF.rup\n\n"
    "Exit status: 0 the proof holds, 1 it does not, 2 a file cannot be read or is malformed.\n";

int main(int argc, char **argv)
{
    struct checker checker;
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(help, stdout);
        return HOLDS;
    }
    if (argc != 3) {
        fputs(help, stderr);
        return UNUSABLE;
    }
    const struct header formula = read_formula(&checker, argv[1]);
    const int status = check(&checker, formula, argv[2]);
    checker_destroy(&checker, formula.variables);
    if (fflush(stdout) != 0) {
        fputs("check-proof: cannot write to standard output\n", stderr);
        return UNUSABLE;
    }
    return status;
}
