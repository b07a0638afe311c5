/* The executor for protocols in C (native/): opening one, and what explanations ask of it. */
#include "native_executor.h"

/* ---- what explanations ask ---- */

static uint32_t now(const struct harness_executor *executor)
{
    const struct harness_native *self = executor->self;
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
    const struct harness_native *self = executor->self;
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
    struct harness_native *self = executor->self;
    if (!self->has_good) {
        const struct lineage_schedule none = {.omissions = {0}};
        struct harness_executor another = *executor;
        self->has_good = harness_native_execute(&another, &none, true, &self->good) == HARNESS_OK;
        if (!self->has_good)
            lineage_execution_free(&self->good);
    }
    if (self->has_good)
        native_find_attempts(execution, &self->good, self->stays, pattern, time, attempts);
}

static void list_inputs(const struct harness_executor *executor, lineage_inputs *inputs)
{
    const struct harness_native *self = executor->self;
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
    const struct harness_native *self = executor->self;
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
    struct harness_native *self = executor->self;
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
    const struct harness_native *self = executor->self;
    struct harness_native *other = lineage_memory_clear(sizeof *other);
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
static bool read_files(struct harness_native *self, const struct harness_scenario *scenario,
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
static bool find_object(struct harness_native *self, const struct lineage_source *source,
                        bool is_text, struct lineage_diagnostics *diagnostics)
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

static bool find_module(struct harness_native *self, const struct harness_scenario *scenario,
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

static uint32_t add_rule(struct harness_native *self, const char *text)
{
    return lineage_rule_add(
        &self->universe, (struct lineage_rule){.text = text, .file = self->sources.items[0]->path});
}

static void add_relations(struct harness_native *self)
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
    struct harness_native *self = executor->self;
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
    struct harness_native *self = executor->self;
    const struct native_shared *shared = self->worker.shared;
    const struct lineage_schedule none = {.omissions = {0}};
    struct native_difference difference;
    bool is_same = true;
    if (harness_native_run(executor, &none) == HARNESS_FAILED) {
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
        if (harness_native_run(executor, &none) == HARNESS_OK)
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
    struct harness_native *self = lineage_memory_clear(sizeof *self);
    *executor = (struct harness_executor){.self = self,
                                          .poll = executor->poll,
                                          .poll_context = executor->poll_context,
                                          .universe = &self->universe,
                                          .eot = scenario->eot,
                                          .reads_crash = true,
                                          .sources = &self->sources,
                                          .execute = harness_native_execute,
                                          .outcome = harness_native_outcome,
                                          .envelope = harness_native_envelope,
                                          .initial = harness_native_initial,
                                          .step = harness_native_step,
                                          .after = harness_native_after,
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
    for (size_t i = 0; i < self->inputs.count; i++)
        if (self->inputs.items[i].time > scenario->eot)
            lineage_warn(diagnostics, self->inputs.items[i].place,
                         "this input comes at %u, behind the end of time at %u: it never happens",
                         self->inputs.items[i].time, scenario->eot);
    self->names = (struct native_names){&self->universe, self->inputs.items, self->inputs.count};
    self->sites = (struct native_sites){.module = self->module, .sources = &self->sources};
    if (!native_worker_open(&self->worker))
        lineage_memory_exhausted();
    const bool runs_here = scenario->runs_here || getenv("LDFI_IN_PROCESS") != NULL;
    if (runs_here && !native_worker_settle_here(&self->worker, self->module)) {
        harness_native_fail(executor, 0, self->worker.shared->status.text);
        lineage_error(diagnostics, executor->failure_place, "%s", executor->failure);
        return false;
    }
    /* Who debugs one run is not to go through others first. */
    return runs_here || is_deterministic(executor, diagnostics);
}
