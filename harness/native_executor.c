/* The executor for protocols in C (native/). Runs happen in a worker's process; what it says of
 * them is read here. */
#include "executor.h"
#include "native/attempts.h"
#include "native/difference.h"
#include "native/inputs.h"
#include "native/module.h"
#include "native/record.h"
#include "native/request.h"
#include "native/sites.h"
#include "native/sources.h"
#include "native/worker.h"
#include "scenario.h"

#include "../lineage/path.h"

#include <signal.h>
#include <stdlib.h>

enum { FAILURE_BYTES = 2048 };

struct self {
    struct lineage_universe universe;
    struct lineage_arena arena;
    struct ded_program program; /* of the inputs */
    lineage_sources sources;    /* of the protocol and, behind them, of the inputs */
    size_t protocol_sources;
    native_inputs inputs;
    struct native_names names;
    const char *module; /* its path */
    bool is_built;      /* here, from C files: it is removed in the end */
    bool is_copy;       /* what the fields above name is another's, but for the universe */
    bool is_opaque;
    struct native_worker worker;
    struct native_request request;
    struct native_sites sites;
    struct native_run run; /* the last one */
    struct lineage_schedule run_schedule;
    bool has_run;                           /* `run` is whole, and under run_schedule */
    uint32_t failed;                        /* a relation */
    uint32_t stays, fails, runs_out, keeps; /* rules (record.h) */
    char failure[FAILURE_BYTES];
    native_state state;            /* under construction */
    struct lineage_execution good; /* the run without faults, once attempts have needed it */
    bool has_good;
    lineage_tuple failure_tuple; /* of the step at work; LINEAGE_NONE: nothing went wrong */
};

static void create_execution(const struct harness_executor *executor,
                             struct lineage_execution *execution)
{
    const struct self *self = executor->self;
    lineage_execution_create(execution, executor->universe, executor->eot);
    execution->failed = self->failed;
}

/* ---- running ---- */

static bool is_finding(enum native_outcome outcome)
{
    return outcome == NATIVE_KILLED || outcome == NATIVE_LOOPS || outcome == NATIVE_LEAKS ||
           outcome == NATIVE_RUNNING;
}

static void fail(struct harness_executor *executor, uint32_t site, const char *what)
{
    struct self *self = executor->self;
    const struct native_status *status = &self->worker.shared->status;
    const struct lineage_place start = {self->sources.items[0], 0, 0};
    if (strncmp(what, NATIVE_VARIABLE, strlen(NATIVE_VARIABLE)) == 0) {
        const char *variable = native_site_variable(&self->sites, site);
        what = lineage_arena_format(
            &self->sites.arena, "%s%s%s", variable == NULL ? "a variable" : "the variable ",
            variable == NULL ? "" : variable, what + strlen(NATIVE_VARIABLE));
    }
    executor->failure_place = site == 0 ? start : native_site_place(&self->sites, site);
    if (executor->failure_place.source == NULL)
        executor->failure_place = start;
    if (status->event[0] != '\0')
        snprintf(self->failure, sizeof self->failure, "%s (%s at %s at %u)", what, status->event,
                 status->node < self->universe.nodes.count
                     ? lineage_node_name(&self->universe, status->node)
                     : "the end",
                 status->time);
    else
        snprintf(self->failure, sizeof self->failure, "%s", what);
    executor->failure = self->failure;
}

/* Memory is gone after a run. The run is made again, with a look after each call; what only the
 * first run took, such as a buffer of the C library's, is no leak. */
static enum native_reply find_leak(struct harness_executor *executor)
{
    struct self *self = executor->self;
    self->worker.shared->checks_memory = 1;
    const enum native_reply reply =
        native_worker_run(&self->worker, self->module, executor->poll, executor->poll_context);
    self->worker.shared->checks_memory = 0;
    return reply;
}

/* Has the request run, and reads the trace. */
static enum harness_outcome run_request(struct harness_executor *executor,
                                        const struct lineage_schedule *schedule)
{
    struct self *self = executor->self;
    struct native_shared *shared = self->worker.shared;
    char why[NATIVE_WHY_BYTES] = "";
    self->has_run = false;
    enum native_reply reply =
        native_worker_run(&self->worker, self->module, executor->poll, executor->poll_context);
    if (reply == NATIVE_REPLIED && shared->status.outcome == NATIVE_LEAKS)
        reply = find_leak(executor);
    executor->calls += reply == NATIVE_REPLIED ? shared->status.calls : 0;
    if (reply == NATIVE_INTERRUPTED)
        return HARNESS_INTERRUPTED;
    shared->status.text[NATIVE_TEXT_BYTES - 1] = '\0';
    shared->status.event[sizeof shared->status.event - 1] = '\0';
    if (reply == NATIVE_BROKEN || shared->status.outcome == NATIVE_WRONG ||
        shared->status.outcome == NATIVE_LARGE) {
        fail(executor, shared->status.site,
             shared->status.outcome == NATIVE_LARGE
                 ? "the run takes more memory than a run may take"
                 : shared->status.text);
        return HARNESS_FAILED;
    }
    const bool is_whole = !is_finding((enum native_outcome)shared->status.outcome);
    const size_t words = shared->status.words < NATIVE_TRACE_WORDS ? (size_t)shared->status.words
                                                                   : NATIVE_TRACE_WORDS;
    const enum native_reading reading =
        native_run_read(&self->run, &self->names, shared->trace, words, schedule, why);
    if (reading == NATIVE_READ_MISUSE) {
        shared->status.event[0] = '\0'; /* it is of the last call, not of this one */
        fail(executor, self->run.misuse_site, why);
        return HARNESS_FAILED;
    }
    if (is_whole && reading == NATIVE_READ_GARBLED)
        shared->status.outcome = NATIVE_RUNNING;
    return HARNESS_OK;
}

static enum harness_outcome run_schedule(struct harness_executor *executor,
                                         const struct lineage_schedule *schedule)
{
    struct self *self = executor->self;
    struct native_shared *shared = self->worker.shared;
    size_t words;
    native_request_begin(&self->request, &self->names, shared->request, NATIVE_REQUEST_WORDS);
    native_request_faults(&self->request, schedule);
    if (!native_request_end(&self->request, 1, executor->eot, executor->eot, false, &words)) {
        shared->status.event[0] = '\0';
        fail(executor, 0, "its inputs take more memory than they may take");
        return HARNESS_FAILED;
    }
    shared->request_words = words;
    self->run.first_time = 1;
    self->run.last_time = self->run.eot = executor->eot;
    const enum harness_outcome outcome = run_request(executor, schedule);
    if (outcome == HARNESS_OK) {
        lineage_schedule_free(&self->run_schedule);
        lineage_schedule_copy(&self->run_schedule, schedule);
        self->has_run = true;
    }
    return outcome;
}

/* ---- findings ---- */

/* That the run ended with a handler that crashed, did not end or leaks: a tuple that breaks the
 * promise by itself. LINEAGE_NONE: it ended well. */
static lineage_tuple finding_of(struct self *self)
{
    const struct native_status *status = &self->worker.shared->status;
    struct lineage_universe *universe = &self->universe;
    char what[128] = "has written over the memory of others";
    if (!is_finding((enum native_outcome)status->outcome))
        return LINEAGE_NONE;
    const char *signal_name = status->outcome == NATIVE_KILLED && status->site != 0
                                  ? sigabbrev_np((int)status->site)
                                  : NULL;
    if (status->outcome == NATIVE_LOOPS)
        snprintf(what, sizeof what, "does not end");
    else if (status->outcome == NATIVE_LEAKS)
        snprintf(what, sizeof what, "leaks memory");
    else if (signal_name != NULL)
        snprintf(what, sizeof what, "crashes: SIG%s", signal_name);
    else if (status->outcome == NATIVE_KILLED)
        snprintf(what, sizeof what, "ends the process");
    const lineage_value values[] = {status->node < universe->nodes.count
                                        ? universe->nodes.items[status->node]
                                        : lineage_string(universe, "", 0),
                                    lineage_string(universe, status->event, strlen(status->event)),
                                    lineage_string(universe, what, strlen(what))};
    return lineage_tuple_intern(universe, self->failed, values);
}

static uint32_t find_rule(void *context, uint32_t site, enum native_operation operation)
{
    struct self *self = context;
    (void)operation;
    return native_site_rule(&self->sites, &self->universe, site);
}

static void find_sites(struct self *self)
{
    uint32_t *offsets = lineage_memory_clear((self->run.operations.count + 1) * sizeof *offsets);
    size_t count = 0;
    for (size_t i = 0; i < self->run.operations.count; i++) {
        const struct native_run_operation *operation = &self->run.operations.items[i];
        if (operation->operation == NATIVE_PUT || operation->operation == NATIVE_SEND ||
            operation->operation == NATIVE_CLAIM)
            offsets[count++] = operation->site;
    }
    native_sites_find(&self->sites, offsets, count);
    lineage_memory_free(offsets);
}

static enum harness_outcome run_and_record(struct harness_executor *executor,
                                           const struct lineage_schedule *schedule,
                                           enum native_extent extent,
                                           struct lineage_execution *execution)
{
    struct self *self = executor->self;
    const struct native_rules rules = {find_rule,   self,        self->runs_out,
                                       self->keeps, self->stays, self->fails};
    const enum harness_outcome outcome = run_schedule(executor, schedule);
    create_execution(executor, execution);
    if (outcome == HARNESS_OK) {
        if (extent == NATIVE_FIRINGS)
            find_sites(self);
        native_record(&self->run, &self->names, &rules, schedule, extent, self->is_opaque,
                      finding_of(self), execution);
    }
    lineage_execution_index(execution);
    return outcome;
}

static enum harness_outcome execute(struct harness_executor *executor,
                                    const struct lineage_schedule *schedule, bool recording,
                                    struct lineage_execution *execution)
{
    return run_and_record(executor, schedule, recording ? NATIVE_FIRINGS : NATIVE_FACTS, execution);
}

static enum harness_outcome find_outcome(struct harness_executor *executor,
                                         const struct lineage_schedule *schedule, bool end_only,
                                         struct lineage_execution *execution)
{
    (void)end_only;
    return run_and_record(executor, schedule, NATIVE_OUTCOME, execution);
}

static enum harness_outcome envelope(struct harness_executor *executor,
                                     const struct lineage_schedule *schedule,
                                     const struct lineage_bounds *bounds,
                                     const struct lineage_execution *run, size_t firings_max,
                                     struct lineage_execution *result)
{
    struct self *self = executor->self;
    (void)run;
    if (!self->has_run || !lineage_schedule_equal(&self->run_schedule, schedule)) {
        const enum harness_outcome outcome = run_schedule(executor, schedule);
        if (outcome != HARNESS_OK) {
            create_execution(executor, result);
            return outcome;
        }
    }
    create_execution(executor, result);
    const bool is_whole =
        native_envelope(&self->run, schedule, bounds, self->is_opaque, firings_max, result);
    lineage_execution_index(result);
    return is_whole ? HARNESS_OK : HARNESS_TOO_LARGE;
}

/* ---- step by step ----
 *
 * A state is its rows and the messages under way. An opaque protocol's is not to be had: there it
 * is the way that leads to it, which is gone again; a search merges none of them. */

static void initial(struct harness_executor *executor, harness_state *state)
{
    (void)executor;
    state->count = 0;
}

static enum harness_outcome step(struct harness_executor *executor, const harness_state *state,
                                 uint32_t time, const struct lineage_schedule *schedule,
                                 struct lineage_execution *execution)
{
    struct self *self = executor->self;
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
        create_execution(executor, execution);
        fail(executor, 0, "its state takes more memory than a state may take");
        return HARNESS_FAILED;
    }
    shared->request_words = words;
    self->run.first_time = first;
    self->run.last_time = time;
    self->run.eot = executor->eot;
    const enum harness_outcome outcome = run_request(executor, &faults);
    create_execution(executor, execution);
    if (outcome == HARNESS_OK) {
        const struct native_rules rules = {find_rule,   self,        self->runs_out,
                                           self->keeps, self->stays, self->fails};
        native_record(&self->run, &self->names, &rules, &faults, NATIVE_OUTCOME, self->is_opaque,
                      finding_of(self), execution);
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

static enum harness_outcome step_or_stay(struct harness_executor *executor,
                                         const harness_state *state, uint32_t time,
                                         const struct lineage_schedule *schedule,
                                         struct lineage_execution *execution)
{
    struct self *self = executor->self;
    if (!has_failed(state)) {
        const enum harness_outcome outcome = step(executor, state, time, schedule, execution);
        size_t count;
        const uint32_t *failed = lineage_facts_at(execution, self->failed, execution->eot, &count);
        self->failure_tuple = count == 0 ? LINEAGE_NONE : execution->facts.items[failed[0]].tuple;
        return outcome;
    }
    create_execution(executor, execution);
    self->failure_tuple = state->items[1];
    lineage_fact_add(execution, state->items[1], executor->eot, true);
    lineage_execution_index(execution);
    return HARNESS_OK;
}

/* Which of the messages that the run has sent in its last step are those marked in its execution,
 * which has each once? */
static bool *find_lost(const struct self *self, const bool *lost)
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
static void write_way(const struct self *self, const bool *is_lost, harness_state *state)
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

static void after(struct harness_executor *executor, const bool *lost, harness_state *state)
{
    struct self *self = executor->self;
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

/* ---- what explanations ask ---- */

static uint32_t now(const struct harness_executor *executor)
{
    const struct self *self = executor->self;
    return self->worker.shared->status.time;
}

static bool leave_open(struct harness_executor *executor, const bool *stated, const bool *settled)
{
    (void)executor;
    (void)stated;
    (void)settled;
    return false; /* handlers cannot be run on inputs that are not known */
}

static bool are_alike(const struct harness_executor *executor, uint32_t left, uint32_t right,
                      struct lineage_place *place, const char **why)
{
    const struct self *self = executor->self;
    (void)left;
    (void)right;
    *place = (struct lineage_place){self->sources.items[0], 0, 0};
    *why = "nobody can see in C code that it treats nodes alike";
    return false;
}

static void attempt_like(const struct harness_executor *executor,
                         const struct lineage_execution *execution,
                         const struct lineage_execution *other, uint32_t firing,
                         struct lineage_attempts *attempts)
{
    (void)executor;
    native_attempt_like(execution, other, firing, attempts);
}

static void find_attempts(const struct harness_executor *executor,
                          const struct lineage_execution *execution, lineage_tuple pattern,
                          uint32_t time, struct lineage_attempts *attempts)
{
    struct self *self = executor->self;
    if (!self->has_good) {
        const struct lineage_schedule none = {.omissions = {0}};
        struct harness_executor another = *executor;
        self->has_good = execute(&another, &none, true, &self->good) == HARNESS_OK;
        if (!self->has_good)
            lineage_execution_free(&self->good);
    }
    if (self->has_good)
        native_find_attempts(execution, &self->good, self->stays, pattern, time, attempts);
}

static void list_inputs(const struct harness_executor *executor, lineage_inputs *inputs)
{
    const struct self *self = executor->self;
    for (size_t i = 0; i < self->names.input_count; i++) {
        const struct native_input *input = &self->names.inputs[i];
        const struct lineage_input added = {input->tuple, input->time, input->place.source->path,
                                            input->place.line};
        if (input->time <= executor->eot)
            LINEAGE_PUSH(inputs, added);
    }
}

/* What the call was about. */
static char *print_bindings(const struct harness_executor *executor,
                            const struct lineage_execution *execution, uint32_t firing)
{
    size_t count;
    const uint32_t *premises = lineage_premises_of(execution, firing, &count);
    if (count == 0 || lineage_premise_kind(premises[0]) != LINEAGE_PRESENT)
        return lineage_memory_clear(1);
    return lineage_tuple_text(executor->universe,
                              execution->facts.items[lineage_premise_number(premises[0])].tuple);
}

static bool *find_promise_relations(const struct harness_executor *executor)
{
    const struct self *self = executor->self;
    bool *relations = lineage_memory_clear(executor->universe->relations.count + 1);
    relations[lineage_relation_find(executor->universe, "pre")] = true;
    relations[lineage_relation_find(executor->universe, "post")] = true;
    relations[self->failed] = true;
    return relations;
}

static void repair_nothing(struct harness_repair *repair)
{
    repair->obstacle = "a protocol in C is not changed by ldfi";
}

static void repair_wait(const struct harness_executor *executor,
                        const struct lineage_execution *good, uint32_t early, uint32_t late,
                        struct harness_repair *repair)
{
    (void)executor;
    (void)good;
    (void)early;
    (void)late;
    repair_nothing(repair);
}

static void repair_retry(const struct harness_executor *executor,
                         const struct lineage_execution *good, uint32_t once,
                         struct harness_repair *repair)
{
    (void)executor;
    (void)good;
    (void)once;
    repair_nothing(repair);
}

/* ---- opening ---- */

static void close_executor(struct harness_executor *executor)
{
    struct self *self = executor->self;
    native_worker_close(&self->worker);
    native_request_free(&self->request);
    native_sites_free(&self->sites);
    native_run_free(&self->run);
    lineage_schedule_free(&self->run_schedule);
    lineage_execution_free(&self->good);
    lineage_memory_free(self->state.items);
    if (!self->is_copy) {
        if (self->is_built)
            native_module_remove(self->module);
        ded_program_free(&self->program);
        lineage_memory_free(self->sources.items);
        lineage_memory_free(self->inputs.items);
        lineage_arena_free(&self->arena);
    }
    lineage_universe_destroy(&self->universe);
    lineage_memory_free(self);
    executor->close = NULL;
}

static void copy_executor(const struct harness_executor *executor, struct harness_executor *copy)
{
    const struct self *self = executor->self;
    struct self *other = lineage_memory_clear(sizeof *other);
    *copy = *executor;
    copy->self = other;
    copy->universe = &other->universe;
    copy->poll = NULL;
    other->sources = self->sources;
    other->names = self->names;
    other->names.universe = &other->universe;
    other->module = self->module;
    other->is_copy = true;
    other->is_opaque = self->is_opaque;
    other->failed = self->failed;
    other->stays = self->stays;
    other->fails = self->fails;
    other->runs_out = self->runs_out;
    other->keeps = self->keeps;
    other->sites = (struct native_sites){.module = self->module, .sources = &other->sources};
    lineage_universe_copy(&other->universe, &self->universe);
    if (!native_worker_open(&other->worker))
        lineage_memory_exhausted();
}

/* Sorts the files of the scenario: those of the protocol, and those of the inputs. */
static bool read_files(struct self *self, const struct harness_scenario *scenario,
                       struct lineage_diagnostics *diagnostics)
{
    harness_texts modules = {0}, inputs = {0};
    lineage_sources facts = {0};
    const size_t errors = diagnostics->error_count;
    for (size_t i = 0; scenario->texts != NULL && i < scenario->texts->count; i++) {
        const struct lineage_source *source = scenario->texts->items[i];
        if (lineage_path_has_ending(source->path, ".ded"))
            LINEAGE_PUSH(&facts, source);
        else
            LINEAGE_PUSH(&self->sources, source);
    }
    for (size_t i = 0; scenario->texts == NULL && i < scenario->model.count; i++) {
        if (native_is_module(scenario->model.items[i]))
            LINEAGE_PUSH(&modules, scenario->model.items[i]);
        else
            LINEAGE_PUSH(&inputs, scenario->model.items[i]);
    }
    if (scenario->texts == NULL) {
        native_sources_read(&self->sources, &self->arena, modules.items, modules.count,
                            diagnostics);
        ded_program_read(&self->program, inputs.items, inputs.count, scenario->given_source,
                         diagnostics);
    } else {
        ded_program_take(&self->program, &facts, diagnostics);
    }
    self->protocol_sources = self->sources.count;
    for (size_t i = 0; i < self->program.sources.count; i++)
        LINEAGE_PUSH(&self->sources, self->program.sources.items[i]);
    lineage_memory_free(modules.items);
    lineage_memory_free(inputs.items);
    lineage_memory_free(facts.items);
    return diagnostics->error_count == errors;
}

/* A shared object that stands beside the database it is named in must be what it was. */
static bool find_object(struct self *self, const struct lineage_source *source, bool is_text,
                        struct lineage_diagnostics *diagnostics)
{
    lineage_sources now_there = {0};
    const bool is_there =
        !is_text || native_sources_read(&now_there, &self->arena, &source->path, 1, diagnostics);
    const bool is_same =
        !is_text || (is_there && strcmp(now_there.items[0]->text, source->text) == 0);
    lineage_memory_free(now_there.items);
    if (is_there && !is_same)
        lineage_error(diagnostics, (struct lineage_place){source, 0, 0},
                      "this is not the shared object that was run");
    self->module = strchr(source->path, '/') != NULL
                       ? source->path
                       : lineage_arena_format(&self->arena, "./%s", source->path);
    return is_same;
}

static bool find_module(struct self *self, const struct harness_scenario *scenario,
                        struct lineage_diagnostics *diagnostics)
{
    const lineage_sources protocol = {self->sources.items, self->protocol_sources, 0};
    const bool are_texts = scenario->texts != NULL;
    for (size_t i = 0; i < protocol.count; i++)
        if (native_is_object(protocol.items[i]->path)) {
            if (protocol.count == 1)
                return find_object(self, protocol.items[i], are_texts, diagnostics);
            lineage_error(diagnostics, (struct lineage_place){protocol.items[i], 0, 0},
                          "a shared object is a model by itself, without other files in C");
            return false;
        }
    self->module = native_module_build(&self->arena, &protocol, are_texts, diagnostics);
    self->is_built = self->module != NULL;
    return self->is_built;
}

static uint32_t add_rule(struct self *self, const char *text)
{
    return lineage_rule_add(
        &self->universe, (struct lineage_rule){.text = text, .file = self->sources.items[0]->path});
}

static void add_relations(struct self *self)
{
    struct lineage_universe *universe = &self->universe;
    lineage_relation_add(universe, (struct lineage_relation){"pre", 0, false});
    lineage_relation_add(universe, (struct lineage_relation){"post", 0, false});
    lineage_relation_add(universe, (struct lineage_relation){"crash", 3, false});
    self->failed = lineage_relation_add(universe, (struct lineage_relation){"failed", 3, false});
    self->stays = add_rule(self, "its table");
    self->fails = add_rule(self, "a handler fails");
    self->runs_out = add_rule(self, "a timer runs out");
    self->keeps = add_rule(self, "what a node keeps to itself");
}

static void report_difference(struct harness_executor *executor,
                              const struct native_difference *difference,
                              struct lineage_diagnostics *diagnostics)
{
    static const char *const kinds[NATIVE_CALL_COUNT] = {
        "start", "a message", "an input", "a timer", "a timer", "pre", "post"};
    struct self *self = executor->self;
    struct lineage_place place = native_site_place(&self->sites, difference->site);
    char where[200] = "";
    if (place.source == NULL)
        place = (struct lineage_place){self->sources.items[0], 0, 0};
    if (difference->time > 0)
        snprintf(where, sizeof where, " in its call for %s at %s at %u", kinds[difference->call],
                 difference->node < self->universe.nodes.count
                     ? lineage_node_name(&self->universe, difference->node)
                     : "the end",
                 difference->time);
    lineage_error(
        diagnostics, place,
        "it is not deterministic: run again without faults, it does something else%s. Time, "
        "random numbers and addresses must not matter: take them from ldfi_now and "
        "ldfi_random",
        where);
}

/* Runs the scenario without faults again: the same must happen, in the same process, where what has
 * been kept from the run before would be seen, and in another one that is not like it. */
static bool is_deterministic(struct harness_executor *executor,
                             struct lineage_diagnostics *diagnostics)
{
    struct self *self = executor->self;
    const struct native_shared *shared = self->worker.shared;
    const struct lineage_schedule none = {.omissions = {0}};
    struct native_difference difference;
    bool is_same = true;
    if (run_schedule(executor, &none) == HARNESS_FAILED) {
        lineage_error(diagnostics, executor->failure_place, "%s", executor->failure);
        return false;
    }
    self->is_opaque = shared->is_opaque != 0;
    const size_t words = (size_t)shared->status.words;
    if (!self->has_run || shared->status.outcome != NATIVE_DONE || words > NATIVE_TRACE_WORDS)
        return true; /* the search will find it */
    uint64_t *trace = lineage_memory_resize(NULL, (words + 1) * sizeof *trace);
    memcpy(trace, shared->trace, words * sizeof *trace);
    for (int i = 0; i < 2 && is_same; i++) {
        if (i == 1)
            native_worker_renew(&self->worker, true);
        if (run_schedule(executor, &none) == HARNESS_OK)
            is_same = !native_traces_differ(trace, words, shared->trace,
                                            (size_t)shared->status.words < NATIVE_TRACE_WORDS
                                                ? (size_t)shared->status.words
                                                : NATIVE_TRACE_WORDS,
                                            &difference);
    }
    if (!is_same)
        report_difference(executor, &difference, diagnostics);
    native_worker_renew(&self->worker, false);
    lineage_memory_free(trace);
    return is_same;
}

bool harness_native_open(struct harness_executor *executor, const struct harness_scenario *scenario,
                         struct lineage_diagnostics *diagnostics)
{
    struct self *self = lineage_memory_clear(sizeof *self);
    *executor = (struct harness_executor){.self = self,
                                          .poll = executor->poll,
                                          .poll_context = executor->poll_context,
                                          .universe = &self->universe,
                                          .eot = scenario->eot,
                                          .reads_crash = true,
                                          .sources = &self->sources,
                                          .execute = execute,
                                          .outcome = find_outcome,
                                          .envelope = envelope,
                                          .initial = initial,
                                          .step = step_or_stay,
                                          .after = after,
                                          .now = now,
                                          .leave_open = leave_open,
                                          .alike = are_alike,
                                          .attempts = find_attempts,
                                          .attempt_like = attempt_like,
                                          .inputs = list_inputs,
                                          .copy = copy_executor,
                                          .bindings = print_bindings,
                                          .promise_relations = find_promise_relations,
                                          .repair_wait = repair_wait,
                                          .repair_retry = repair_retry,
                                          .close = close_executor};
    lineage_universe_create(&self->universe);
    self->worker = (struct native_worker){.socket = -1};
    self->failure_tuple = LINEAGE_NONE;
    if (!read_files(self, scenario, diagnostics))
        return false;
    for (size_t i = 0; i < scenario->nodes.count; i++)
        lineage_node_add(&self->universe, scenario->nodes.items[i]);
    add_relations(self);
    if (!native_inputs_take(&self->inputs, &self->universe, &self->program, diagnostics) ||
        !find_module(self, scenario, diagnostics))
        return false;
    self->names = (struct native_names){&self->universe, self->inputs.items, self->inputs.count};
    self->sites = (struct native_sites){.module = self->module, .sources = &self->sources};
    if (!native_worker_open(&self->worker))
        lineage_memory_exhausted();
    const bool runs_here = scenario->runs_here || getenv("LDFI_IN_PROCESS") != NULL;
    if (runs_here && !native_worker_settle_here(&self->worker, self->module)) {
        fail(executor, 0, self->worker.shared->status.text);
        lineage_error(diagnostics, executor->failure_place, "%s", executor->failure);
        return false;
    }
    /* Who debugs one run is not to go through others first. */
    return runs_here || is_deterministic(executor, diagnostics);
}
