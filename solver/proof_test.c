/* The second solving, and the proof that it writes. That each step of a proof follows is for
 * check-proof (ci/proof/check.c) and ci/acceptance/proof.bats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "solver.h"

#include <stdlib.h>
#include <string.h>

enum { VARIABLES = 6, CLAUSES_MAX = 40, PIGEONS_MAX = 9 };

static void *resize(void *old, size_t bytes)
{
    if (bytes == 0) {
        free(old);
        return NULL;
    }
    void *block = realloc(old, bytes);
    assert_non_null(block);
    return block;
}

/* xorshift64* (Vigna 2016): tests draw the same everywhere. */
static uint32_t draw(uint64_t *state, uint32_t end)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * 0x2545f4914f6cdd1d) >> 33) % end;
}

struct problem {
    struct solver_formulas formulas;
    struct solver *solver;
};

static void problem_open(struct problem *problem, bool (*interrupted)(void *), void *context)
{
    solver_formulas_create(&problem->formulas, (struct solver_memory){resize});
    problem->solver =
        solver_create(&problem->formulas, (struct solver_options){interrupted, context, true});
}

static void problem_close(struct problem *problem)
{
    solver_destroy(problem->solver);
    solver_formulas_destroy(&problem->formulas);
}

/* Every pigeon is in a hole, and no two in the same: impossible when pigeons outnumber holes, and
 * hard to find out (Haken 1985). */
static void require_pigeons(struct problem *problem, int pigeons, int holes)
{
    struct solver_formulas *formulas = &problem->formulas;
    solver_formula in[PIGEONS_MAX][PIGEONS_MAX];
    for (int p = 0; p < pigeons; p++) {
        for (int h = 0; h < holes; h++)
            in[p][h] = solver_variable(formulas);
        solver_require(problem->solver, solver_or(formulas, in[p], (size_t)holes));
    }
    for (int h = 0; h < holes; h++)
        for (int p = 0; p < pigeons; p++)
            for (int q = 0; q < p; q++)
                solver_require(problem->solver,
                               solver_not(solver_and2(formulas, in[p][h], in[q][h])));
}

/* Solves once more; the caller frees the text of the proof. */
static enum solver_result prove(const struct problem *problem, char **text)
{
    size_t bytes = 0;
    FILE *out = open_memstream(text, &bytes);
    assert_non_null(out);
    const enum solver_result result = solver_prove(problem->solver, out);
    assert_int_equal(ferror(out), 0);
    assert_int_equal(fclose(out), 0);
    return result;
}

/* Reads a proof strictly: the header, then clauses. Returns the number of clauses, among which must
 * be the empty one. */
static int read_proof(const struct problem *problem, const char *text)
{
    int variables, clauses, steps = 0;
    bool is_complete = false, is_empty = true;
    assert_int_equal(sscanf(text, "%%RUPD32 %d %d", &variables, &clauses), 2);
    assert_int_equal(variables, solver_variable_count(problem->solver));
    assert_int_equal(clauses, solver_clause_count(problem->solver));
    for (const char *at = strchr(text, '\n') + 1; *at != '\0';) {
        char *end;
        const long literal = strtol(at, &end, 10);
        assert_true(end > at && labs(literal) <= variables);
        assert_int_equal(*end, literal == 0 ? '\n' : ' ');
        at = end + 1;
        is_complete = is_complete || (is_empty && literal == 0);
        is_empty = literal == 0;
        steps += literal == 0;
    }
    assert_true(is_complete);
    return steps;
}

/* Is there an assignment under which each clause has a true literal? Bit i of `positive` and of
 * `negative` says that variable i is a literal of the clause. */
static bool has_model(const uint32_t *positive, const uint32_t *negative, size_t count)
{
    for (uint32_t assignment = 0; assignment < 1u << VARIABLES; assignment++) {
        size_t i = 0;
        while (i < count && ((assignment & positive[i]) != 0 || (~assignment & negative[i]) != 0))
            i++;
        if (i == count)
            return true;
    }
    return false;
}

/* Requires clause after clause. Each time the second solving says what brute force says, and what
 * the solver says that has seen the clauses come: it is not disturbed. */
static void second_solving_agrees_with_brute_force(void **state)
{
    uint64_t seed = 11;
    int refuted = 0, open = 0;
    (void)state;
    for (int round = 0; round < 20; round++) {
        struct problem problem;
        solver_formula variables[VARIABLES];
        uint32_t positive[CLAUSES_MAX] = {0}, negative[CLAUSES_MAX] = {0};
        problem_open(&problem, NULL, NULL);
        for (int i = 0; i < VARIABLES; i++)
            variables[i] = solver_variable(&problem.formulas);
        solver_count(problem.solver, variables[0]);
        solver_count(problem.solver, variables[1]);
        for (size_t i = 0; i < CLAUSES_MAX; i++) {
            solver_formula clause[3];
            char *text = NULL;
            for (int j = 0; j < 3; j++) {
                const uint32_t variable = draw(&seed, VARIABLES), sign = draw(&seed, 2);
                clause[j] = variables[variable] ^ sign;
                *(sign == 0 ? &positive[i] : &negative[i]) |= 1u << variable;
            }
            solver_require(problem.solver, solver_or(&problem.formulas, clause, 3));
            const bool is_open = has_model(positive, negative, i + 1);
            const enum solver_result result = prove(&problem, &text);
            assert_int_equal(result, is_open ? SOLVER_MODEL : SOLVER_EXHAUSTED);
            if (!is_open)
                assert_true(read_proof(&problem, text) > 0);
            assert_int_equal(solver_smallest(problem.solver), result);
            refuted += !is_open;
            open += is_open;
            free(text);
        }
        problem_close(&problem);
    }
    assert_true(refuted > 50 && open > 50);
}

static void pigeons_have_no_model_where_they_outnumber_the_holes(void **state)
{
    (void)state;
    for (int pigeons = 2; pigeons <= 7; pigeons++) {
        struct problem problem;
        char *text = NULL;
        problem_open(&problem, NULL, NULL);
        require_pigeons(&problem, pigeons, pigeons - 1);
        assert_int_equal(prove(&problem, &text), SOLVER_EXHAUSTED);
        assert_true(read_proof(&problem, text) >= pigeons / 2);
        problem_close(&problem);
        free(text);
        problem_open(&problem, NULL, NULL);
        require_pigeons(&problem, pigeons, pigeons);
        assert_int_equal(prove(&problem, &text), SOLVER_MODEL);
        problem_close(&problem);
        free(text);
    }
}

/* A formula that is false as it stands, and one that says nothing. */
static void constants_are_proved_as_well(void **state)
{
    struct problem problem;
    char *text = NULL;
    (void)state;
    problem_open(&problem, NULL, NULL);
    assert_int_equal(prove(&problem, &text), SOLVER_MODEL);
    free(text);
    solver_require(problem.solver, SOLVER_FALSE);
    assert_int_equal(prove(&problem, &text), SOLVER_EXHAUSTED);
    assert_int_equal(read_proof(&problem, text), 1);
    free(text);
    problem_close(&problem);
}

/* Says yes from a certain question on. */
struct asked {
    int count, patience;
};

static bool is_impatient(void *context)
{
    struct asked *asked = context;
    return ++asked->count > asked->patience;
}

static void interruption_ends_the_second_solving(void **state)
{
    (void)state;
    for (int patience = 0; patience < 3; patience++) {
        struct asked asked = {0, patience};
        struct problem problem;
        char *text = NULL;
        problem_open(&problem, is_impatient, &asked);
        require_pigeons(&problem, 9, 8); /* too hard to end before the third question */
        assert_int_equal(prove(&problem, &text), SOLVER_INTERRUPTED);
        assert_int_equal(asked.count, patience + 1);
        problem_close(&problem);
        free(text);
    }
}

/* What cannot be written is not gone on with: this formula takes long. */
static void full_disk_ends_the_second_solving(void **state)
{
    struct problem problem;
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL)
        skip();
    setvbuf(full, NULL, _IONBF, 0);
    problem_open(&problem, NULL, NULL);
    require_pigeons(&problem, 9, 8);
    assert_int_equal(solver_prove(problem.solver, full), SOLVER_INTERRUPTED);
    assert_true(ferror(full) != 0);
    fclose(full);
    problem_close(&problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(second_solving_agrees_with_brute_force),
        cmocka_unit_test(pigeons_have_no_model_where_they_outnumber_the_holes),
        cmocka_unit_test(constants_are_proved_as_well),
        cmocka_unit_test(interruption_ends_the_second_solving),
        cmocka_unit_test(full_disk_ends_the_second_solving)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
