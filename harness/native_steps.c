#include "native_executor.h"

/* ---- step by step ----
 *
 * A state is its rows and the messages under way. An opaque protocol's is not to be had: there it
 * is the way that leads to it, which is gone again; a search merges none of them. */

void harness_native_initial(struct harness_executor *executor, harness_state *state)
{
    (void)executor;
    state->count = 0;
}

static enum harness_outcome step(struct harness_executor *executor, const harness_state *state,
                                 uint32_t time, const struct lineage_schedule *schedule,
                                 struct lineage_execution *execution)
{
    struct harness_native *self = executor->self;
    struct native_shared *shared = self->worker.shared;
    struct lineage_schedule faults = {.omissions = {0}};
    size_t words;
    lineage_schedule_copy(&faults, schedule);
    if (self->is_opaque)
        for (size_t i = 0; i + 2 < state->count; i += 3)
            lineage_schedule_add_omission(&faults, (struct lineage_omission){state->items[i],
                                                                             state->items[i + 1],
                                                                             state->items[i + 2]});
    native_request_begin(&self->request, &self->names, shared->request, NATIVE_REQUEST_WORDS);
    if (!self->is_opaque && state->count > 0)
        native_request_state(&self->request, state->items, state->count);
    native_request_faults(&self->request, &faults);
    const uint32_t first = self->is_opaque ? 1 : time;
    if (!native_request_end(&self->request, first, time, executor->eot, !self->is_opaque, &words)) {
        lineage_schedule_free(&faults);
        harness_native_create(executor, execution);
        harness_native_fail(executor, 0, "its state takes more memory than a state may take");
        return HARNESS_FAILED;
    }
    shared->request_words = words;
    self->run.first_time = first;
    self->run.last_time = time;
    self->run.eot = executor->eot;
    const enum harness_outcome outcome = harness_native_request(executor, &faults);
    harness_native_create(executor, execution);
    if (outcome == HARNESS_OK) {
        const struct native_rules rules = harness_native_rules(self);
        native_record(&self->run, &self->names, &rules, &faults, NATIVE_OUTCOME, self->is_opaque,
                      harness_native_finding(self), execution);
        size_t before = 0;
        while (before < execution->messages.count &&
               execution->messages.items[before].sent_time != time)
            before++;
        if (before > 0)
            memmove(execution->messages.items, execution->messages.items + before,
                    (execution->messages.count - before) * sizeof *execution->messages.items);
        execution->messages.count -= before;
    }
    lineage_schedule_free(&self->run_schedule);
    self->run_schedule = faults;
    lineage_execution_index(execution);
    return outcome;
}

/* Of a state from which nothing goes on: its failure follows. */
enum { FAILED_STATE = 0xfffffffe };

static bool has_failed(const harness_state *state)
{
    return state->count == 2 && state->items[0] == (uint32_t)FAILED_STATE;
}

enum harness_outcome harness_native_step(struct harness_executor *executor,
                                         const harness_state *state, uint32_t time,
                                         const struct lineage_schedule *schedule,
                                         struct lineage_execution *execution)
{
    struct harness_native *self = executor->self;
    if (!has_failed(state)) {
        const enum harness_outcome outcome = step(executor, state, time, schedule, execution);
        size_t count;
        const uint32_t *failed = lineage_facts_at(execution, self->failed, execution->eot, &count);
        self->failure_tuple = count == 0 ? LINEAGE_NONE : execution->facts.items[failed[0]].tuple;
        return outcome;
    }
    harness_native_create(executor, execution);
    self->failure_tuple = state->items[1];
    lineage_fact_add(execution, state->items[1], executor->eot, true);
    lineage_execution_index(execution);
    return HARNESS_OK;
}

/* Which of the messages that the run has sent in its last step are those marked in its execution,
 * which has each once? */
static bool *find_lost(const struct harness_native *self, const bool *lost)
{
    const struct native_run *run = &self->run;
    bool *is_lost = lineage_memory_clear(run->messages.count + 1);
    size_t first = 0, number = 0;
    while (first < run->messages.count && run->messages.items[first].sent_time != run->last_time)
        first++;
    for (size_t i = first; i < run->messages.count; i++) {
        const struct native_run_message *message = &run->messages.items[i];
        size_t same = first;
        while (run->messages.items[same].from != message->from ||
               run->messages.items[same].tuple != message->tuple)
            same++;
        is_lost[i] = same < i ? is_lost[same] : lost[number++];
    }
    return is_lost;
}

/* The way to an opaque protocol's state: what has been lost. */
static void write_way(const struct harness_native *self, const bool *is_lost, harness_state *state)
{
    const struct native_run *run = &self->run;
    struct lineage_schedule way = {.omissions = {0}};
    lineage_schedule_copy(&way, &self->run_schedule);
    for (size_t i = 0; i < run->messages.count; i++)
        if (is_lost[i])
            lineage_schedule_add_omission(
                &way,
                (struct lineage_omission){run->messages.items[i].sent_time,
                                          run->messages.items[i].from, run->messages.items[i].to});
    for (size_t i = 0; i < way.omissions.count; i++) {
        LINEAGE_PUSH(state, way.omissions.items[i].time);
        LINEAGE_PUSH(state, way.omissions.items[i].from);
        LINEAGE_PUSH(state, way.omissions.items[i].to);
    }
    lineage_schedule_free(&way);
}

void harness_native_after(struct harness_executor *executor, const bool *lost, harness_state *state)
{
    struct harness_native *self = executor->self;
    state->count = 0;
    if (self->failure_tuple != LINEAGE_NONE) {
        LINEAGE_PUSH(state, (uint32_t)FAILED_STATE);
        LINEAGE_PUSH(state, self->failure_tuple);
        return;
    }
    bool *is_lost = find_lost(self, lost);
    if (self->is_opaque) {
        write_way(self, is_lost, state);
    } else {
        self->state.count = 0;
        native_state_write(&self->run, &self->names, is_lost, &self->run_schedule, &self->state);
        for (size_t i = 0; i < self->state.count; i++)
            LINEAGE_PUSH(state, self->state.items[i]);
    }
    lineage_memory_free(is_lost);
}
