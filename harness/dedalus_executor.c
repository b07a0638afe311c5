/* The executor for Dedalus models. */
#include "dedalus/attempt.h"
#include "dedalus/fired.h"
#include "dedalus/history.h"
#include "dedalus/repair.h"
#include "dedalus/symmetry.h"
#include "executor.h"
#include "scenario.h"

struct self {
    struct ded_model model;
    struct ded_engine engine;
    struct ded_history history;
    bool is_open;
    bool is_copy; /* of a model: all but the universe is another's */
};

static enum harness_outcome finish(struct harness_executor *executor, enum ded_outcome outcome)
{
    const struct self *self = executor->self;
    if (outcome == DED_INTERRUPTED)
        return HARNESS_INTERRUPTED;
    if (outcome == DED_OK)
        return HARNESS_OK;
    if (outcome == DED_TOO_LARGE)
        return HARNESS_TOO_LARGE;
    executor->failure = self->engine.failure;
    executor->failure_place = self->engine.failure_place;
    return HARNESS_FAILED;
}

static struct ded_engine *engine_of(struct harness_executor *executor)
{
    struct self *self = executor->self;
    self->engine.poll = executor->poll;
    self->engine.poll_context = executor->poll_context;
    return &self->engine;
}

static enum harness_outcome execute(struct harness_executor *executor,
                                    const struct lineage_schedule *schedule, bool recording,
                                    struct lineage_execution *execution)
{
    return finish(executor,
                  ded_execute(engine_of(executor), schedule, executor->eot, recording, execution));
}

static enum harness_outcome find_outcome(struct harness_executor *executor,
                                         const struct lineage_schedule *schedule, bool end_only,
                                         struct lineage_execution *execution)
{
    struct self *self = executor->self;
    return finish(executor,
                  (end_only ? ded_resume_to_end : ded_resume)(engine_of(executor), &self->history,
                                                              schedule, executor->eot, execution));
}

static enum harness_outcome envelope(struct harness_executor *executor,
                                     const struct lineage_schedule *schedule,
                                     const struct lineage_bounds *bounds,
                                     const struct lineage_execution *run, size_t firings_max,
                                     struct lineage_execution *result)
{
    return finish(executor, ded_envelope(engine_of(executor), schedule, bounds, run, true,
                                         firings_max, result));
}

static void initial(struct harness_executor *executor, harness_state *state)
{
    (void)executor;
    state->count = 0;
    LINEAGE_PUSH(state, 0);
}

static enum harness_outcome step(struct harness_executor *executor, const harness_state *state,
                                 uint32_t time, const struct lineage_schedule *schedule,
                                 struct lineage_execution *execution)
{
    return finish(executor, ded_state_step(engine_of(executor), state->items, state->count, time,
                                           executor->eot, schedule, execution));
}

static void after(struct harness_executor *executor, const bool *lost, harness_state *state)
{
    ded_state words = {.items = state->items, .count = 0, .capacity = state->capacity};
    ded_state_after(engine_of(executor), lost, &words);
    state->items = words.items;
    state->count = words.count;
    state->capacity = words.capacity;
}

static char *print_bindings(const struct harness_executor *executor,
                            const struct lineage_execution *execution, uint32_t firing)
{
    struct self *self = executor->self;
    return ded_fired_text(&self->model, execution, firing);
}

static bool *find_promise_relations(const struct harness_executor *executor)
{
    const struct self *self = executor->self;
    bool *relations = ded_protocol_relations(&self->model);
    for (size_t i = 0; i < executor->universe->relations.count; i++)
        relations[i] = !relations[i];
    relations[self->model.pre] = relations[self->model.post] = true; /* whoever reads them */
    return relations;
}

static void repair_wait(const struct harness_executor *executor,
                        const struct lineage_execution *good, uint32_t early, uint32_t late,
                        struct harness_repair *repair)
{
    struct self *self = executor->self;
    ded_repair_wait(&self->model, good, early, late, repair);
}

static void repair_retry(const struct harness_executor *executor,
                         const struct lineage_execution *good, uint32_t once,
                         struct harness_repair *repair)
{
    struct self *self = executor->self;
    ded_repair_retry(&self->model, good, once, repair);
}

static void close_executor(struct harness_executor *executor)
{
    struct self *self = executor->self;
    if (self->is_open)
        ded_engine_destroy(&self->engine);
    ded_history_free(&self->history);
    if (self->is_copy)
        lineage_universe_destroy(&self->model.universe);
    else
        ded_model_destroy(&self->model);
    lineage_memory_free(self);
    executor->close = NULL;
}

static uint32_t now(const struct harness_executor *executor)
{
    const struct self *self = executor->self;
    return self->engine.time;
}

static bool leave_open(struct harness_executor *executor, const bool *stated, const bool *settled)
{
    struct self *self = executor->self;
    const struct ded_program *program = &self->model.program;
    for (size_t i = 0; i < program->clauses.count; i++)
        if (program->clauses.items[i].head.place.source == self->model.more &&
            program->clauses.items[i].term_count > 0)
            return false;
    self->engine.stated = stated;
    self->engine.settled = settled;
    return true;
}

static bool are_alike(const struct harness_executor *executor, uint32_t left, uint32_t right,
                      struct lineage_place *place, const char **why)
{
    const struct self *self = executor->self;
    struct ded_difference difference = {.why = NULL};
    if (ded_are_alike(&self->model, left, right, &difference))
        return true;
    *place = difference.place;
    *why = difference.why;
    return false;
}

static void find_attempts(const struct harness_executor *executor,
                          const struct lineage_execution *execution, lineage_tuple pattern,
                          uint32_t time, struct lineage_attempts *attempts)
{
    struct self *self = executor->self;
    ded_find_attempts(&self->model, execution, pattern, time, attempts);
}

static void find_attempt_like(const struct harness_executor *executor,
                              const struct lineage_execution *execution,
                              const struct lineage_execution *other, uint32_t firing,
                              struct lineage_attempts *attempts)
{
    struct self *self = executor->self;
    ded_attempt_like(&self->model, execution, other, firing, attempts);
}

static void list_inputs(const struct harness_executor *executor, lineage_inputs *inputs)
{
    const struct self *self = executor->self;
    for (size_t i = 0; i < self->model.inputs.count; i++) {
        const struct ded_input *input = &self->model.inputs.items[i];
        const bool is_taken = self->engine.stated == NULL || input->line == LINEAGE_NONE ||
                              self->engine.settled[input->line] || self->engine.stated[input->line];
        const struct lineage_input added = {input->tuple, input->time, input->place.source->path,
                                            input->place.line};
        if (is_taken && input->time <= executor->eot)
            LINEAGE_PUSH(inputs, added);
    }
}

static void copy_executor(const struct harness_executor *executor, struct harness_executor *copy)
{
    const struct self *self = executor->self;
    struct self *other = lineage_memory_clear(sizeof *other);
    other->model = self->model;
    lineage_universe_copy(&other->model.universe, &self->model.universe);
    ded_engine_create(&other->engine, &other->model);
    other->is_open = other->is_copy = true;
    *copy = *executor;
    copy->self = other;
    copy->universe = &other->model.universe;
    copy->poll = NULL;
}

bool harness_dedalus_open(struct harness_executor *executor,
                          const struct harness_scenario *scenario,
                          struct lineage_diagnostics *diagnostics)
{
    struct self *self = lineage_memory_clear(sizeof *self);
    *executor = (struct harness_executor){.self = self,
                                          .universe = &self->model.universe,
                                          .eot = scenario->eot,
                                          .execute = execute,
                                          .outcome = find_outcome,
                                          .envelope = envelope,
                                          .initial = initial,
                                          .step = step,
                                          .after = after,
                                          .now = now,
                                          .leave_open = leave_open,
                                          .alike = are_alike,
                                          .attempts = find_attempts,
                                          .attempt_like = find_attempt_like,
                                          .inputs = list_inputs,
                                          .copy = copy_executor,
                                          .bindings = print_bindings,
                                          .promise_relations = find_promise_relations,
                                          .repair_wait = repair_wait,
                                          .repair_retry = repair_retry,
                                          .close = close_executor};
    const struct ded_options options = {.strict_locality = scenario->strict_locality,
                                        .more = scenario->given_source,
                                        .texts = scenario->texts};
    if (!ded_model_load(&self->model, scenario->model.items, scenario->model.count, options,
                        diagnostics))
        return false;
    ded_model_set_nodes(&self->model, scenario->nodes.items, scenario->nodes.count);
    ded_model_lint(&self->model, scenario->eot, diagnostics);
    ded_engine_create(&self->engine, &self->model);
    self->is_open = true;
    executor->reads_crash = self->model.reads_crash;
    executor->sources = &self->model.program.sources;
    return true;
}
