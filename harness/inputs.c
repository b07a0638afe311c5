#include "inputs.h"

#include "choices.h"

#include "../lineage/hazard.h"

enum { COMBINATIONS_MAX = 4096, LINES_MAX = 4096, FIRINGS_FACTOR = 64, FIRINGS_MIN = 20000 };

/* The lines that the combinations state, each once, and which combination states which. */
struct lines {
    struct lineage_arena arena;
    LINEAGE_ARRAY(const char *) texts;
    size_t combinations;
    bool *states;           /* by line * combinations + combination */
    bool *stated, *settled; /* by line: in combination 0; in all of them */
};

static bool holds(const char *line, size_t bytes, const char *word)
{
    return memmem(line, bytes, word, strlen(word)) != NULL;
}

/* Does a line say the same wherever it stands? It ends a fact, no text and no comment goes on
 * behind it, and it brings in no other file. Then lines of different combinations may stand in any
 * order. */
static bool is_whole(const char *line, size_t bytes)
{
    size_t quotes = 0;
    for (size_t i = 0; i < bytes; i++)
        quotes += line[i] == '"';
    while (bytes > 0 && (line[bytes - 1] == ' ' || line[bytes - 1] == '\t'))
        bytes--;
    return bytes > 0 && line[bytes - 1] == ';' && quotes % 2 == 0 && !holds(line, bytes, "/*") &&
           !holds(line, bytes, "*/") && !holds(line, bytes, "//") && !holds(line, bytes, "include");
}

static size_t find_line(struct lines *lines, const char *text, size_t bytes)
{
    size_t number = 0;
    while (number < lines->texts.count && (strlen(lines->texts.items[number]) != bytes ||
                                           strncmp(lines->texts.items[number], text, bytes) != 0))
        number++;
    if (number == lines->texts.count) {
        const char *copy = lineage_arena_text(&lines->arena, text, bytes);
        LINEAGE_PUSH(&lines->texts, copy);
    }
    return number;
}

/* Adds the lines of one combination; false if there are too many or they are not whole. */
static bool add_combination(struct lines *lines, const char *text, size_t combination)
{
    while (*text != '\0') {
        const size_t bytes = strcspn(text, "\n");
        if (bytes > 0 && !is_whole(text, bytes))
            return false;
        const size_t number = bytes > 0 ? find_line(lines, text, bytes) : 0;
        if (number >= LINES_MAX)
            return false;
        if (bytes > 0)
            lines->states[number * lines->combinations + combination] = true;
        text += bytes + (text[bytes] == '\n');
    }
    return true;
}

/* Reads the scenario once for each combination. */
static bool collect(const struct harness_job *job, struct lines *lines)
{
    bool is_right = true;
    for (size_t i = 0; i < lines->combinations && is_right; i++) {
        struct harness_session session = {.combination = 0};
        struct harness_job one = *job;
        one.combination = i;
        is_right = harness_job_read(&one, &session) && session.scenario.given_source != NULL &&
                   add_combination(lines, session.scenario.given_source->text, i);
        harness_session_free(&session);
    }
    lines->stated = lineage_memory_clear(lines->texts.count + 1);
    lines->settled = lineage_memory_clear(lines->texts.count + 1);
    for (size_t line = 0; line < lines->texts.count; line++) {
        const bool *states = lines->states + line * lines->combinations;
        lines->stated[line] = states[0];
        lines->settled[line] = memchr(states, 0, lines->combinations) == NULL;
    }
    return is_right;
}

/* Opens the program that states all lines. */
static bool open_all(const struct harness_job *job, struct lines *lines,
                     struct harness_session *session)
{
    struct harness_scenario *scenario = &session->scenario;
    struct lineage_text text;
    if (!harness_job_read(job, session))
        return false;
    FILE *out = lineage_text_open(&text);
    for (size_t i = 0; i < lines->texts.count; i++)
        fprintf(out, "%s\n", lines->texts.items[i]);
    char *all = lineage_text_close(&text);
    struct lineage_source *source = lineage_arena_allocate(&scenario->arena, sizeof *source);
    *source = (struct lineage_source){scenario->given_source->path,
                                      lineage_arena_text(&scenario->arena, all, strlen(all))};
    lineage_memory_free(all);
    session->keeps_given = true;
    scenario->given_source = source;
    return harness_session_open(session) && session->search.options.strategy == HARNESS_LINEAGE &&
           scenario->oracle == LINEAGE_STRICT &&
           session->executor.leave_open(&session->executor, lines->stated, lines->settled);
}

/* ---- the question ---- */

struct question {
    struct solver_formulas formulas;
    struct lineage_fault_variables variables;
    struct solver *solver;
    solver_formula *chosen; /* by combination */
    solver_formula *given;  /* by line: some combination that is chosen states it */
};

/* One combination is chosen and no other. */
static void choose_one(struct question *question, size_t count)
{
    struct solver_formulas *formulas = &question->formulas;
    solver_formula before = SOLVER_FALSE;
    for (size_t i = 0; i < count; i++) {
        question->chosen[i] = solver_variable(formulas);
        solver_require(question->solver,
                       solver_not(solver_and2(formulas, before, question->chosen[i])));
        before = solver_or2(formulas, before, question->chosen[i]);
    }
    solver_require(question->solver, before);
}

static void find_given(struct question *question, const struct lines *lines)
{
    LINEAGE_ARRAY(solver_formula) some = {0};
    for (size_t line = 0; line < lines->texts.count; line++) {
        some.count = 0;
        for (size_t i = 0; i < lines->combinations; i++)
            if (lines->states[line * lines->combinations + i])
                LINEAGE_PUSH(&some, question->chosen[i]);
        question->given[line] = solver_or(&question->formulas, some.items, some.count);
    }
    lineage_memory_free(some.items);
}

/* Asks for combinations until there is none; false if there was no time. */
static bool ask(struct question *question, size_t count, bool *suspects)
{
    enum solver_result result;
    while ((result = solver_smallest(question->solver)) == SOLVER_MODEL) {
        size_t found = 0;
        while (found < count && !solver_is_true(question->solver, question->chosen[found]))
            found++;
        if (found == count)
            return false; /* one is chosen: the solver contradicts itself */
        suspects[found] = true;
        solver_require(question->solver, solver_not(question->chosen[found]));
    }
    return result == SOLVER_EXHAUSTED;
}

static bool answer(struct harness_session *session, const struct lines *lines,
                   const struct lineage_execution *run, const struct lineage_execution *envelope,
                   bool *suspects)
{
    struct harness_search *search = &session->search;
    const struct lineage_schedule none = {.omissions = {0}};
    struct question question = {.solver = NULL};
    solver_formulas_create(&question.formulas, (struct solver_memory){lineage_memory_resize});
    lineage_fault_variables_create(&question.variables, &question.formulas, envelope->universe,
                                   &search->bounds);
    question.solver = solver_create(
        &question.formulas, (struct solver_options){harness_budget_poll, &search->budget, false});
    question.chosen = lineage_memory_clear((lines->combinations + 1) * sizeof *question.chosen);
    question.given = lineage_memory_clear((lines->texts.count + 1) * sizeof *question.given);
    choose_one(&question, lines->combinations);
    find_given(&question, lines);
    const struct lineage_hazard_input input = {.envelope = envelope,
                                               .schedule = &none,
                                               .bounds = &search->bounds,
                                               .oracle = LINEAGE_STRICT,
                                               .good = run,
                                               .given = question.given};
    solver_require(question.solver, lineage_hazard(&question.variables, &input, NULL));
    solver_require(question.solver, lineage_faults_allowed(&question.variables));
    const bool is_answered = ask(&question, lines->combinations, suspects);
    solver_destroy(question.solver);
    lineage_fault_variables_destroy(&question.variables);
    solver_formulas_destroy(&question.formulas);
    lineage_memory_free(question.chosen);
    lineage_memory_free(question.given);
    return is_answered;
}

/* The run of combination 0 and what could happen beside it, under all inputs and faults. */
static bool explore(struct harness_session *session, const struct lines *lines, bool *suspects)
{
    struct harness_executor *executor = &session->executor;
    const struct lineage_schedule none = {.omissions = {0}};
    struct lineage_execution run, envelope;
    bool is_answered = false;
    if (executor->execute(executor, &none, true, &run) == HARNESS_OK) {
        const size_t limit = FIRINGS_FACTOR * (run.firings.count + run.facts.count) + FIRINGS_MIN;
        if (executor->envelope(executor, &none, &session->search.bounds, &run, limit, &envelope) ==
            HARNESS_OK)
            is_answered = answer(session, lines, &run, &envelope, suspects);
        lineage_execution_free(&envelope);
    }
    lineage_execution_free(&run);
    return is_answered;
}

void harness_inputs_suspect(const struct harness_job *job, size_t count, bool *suspects)
{
    struct harness_session session = {.combination = 0};
    struct lines lines = {.combinations = count};
    bool is_answered = false;
    memset(suspects, false, count);
    if (count <= COMBINATIONS_MAX) {
        lines.states = lineage_memory_clear((size_t)LINES_MAX * count + 1);
        struct harness_budget *budget = &session.search.budget;
        if (collect(job, &lines) && open_all(job, &lines, &session)) {
            budget->interrupted = job->interrupted;
            budget->memory_max = job->memory_max;
            budget->seconds_max = job->seconds_max;
            budget->start_seconds = harness_seconds();
            harness_budget_measure(budget);
            session.executor.poll = harness_budget_poll;
            session.executor.poll_context = budget;
            is_answered = explore(&session, &lines, suspects);
        }
    }
    for (size_t i = 0; i < count && !is_answered; i++)
        suspects[i] = true;
    harness_session_free(&session);
    lineage_memory_free(lines.states);
    lineage_memory_free(lines.stated);
    lineage_memory_free(lines.settled);
    lineage_memory_free(lines.texts.items);
    lineage_arena_free(&lines.arena);
}
