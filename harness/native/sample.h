/* For tests: runs of a protocol that is part of the test program, without a process of their own,
 * and what they are read into. */
#ifndef LDFI_NATIVE_SAMPLE_H
#define LDFI_NATIVE_SAMPLE_H

#include "record.h"
#include "request.h"
#include "simulator.h"

enum { SAMPLE_EOT = 4, SAMPLE_TRACE_WORDS = 1 << 16, SAMPLE_REGION_BYTES = 1 << 20 };

struct sample {
    struct lineage_universe universe;
    struct native_names names;
    struct native_module module;
    struct native_status status;
    struct native_simulator simulator;
    struct native_request request;
    struct native_run run;
    struct lineage_schedule schedule;
    uint32_t failed, stays;
    uint64_t asked[1 << 12], trace[SAMPLE_TRACE_WORDS];
    size_t words; /* of the trace */
};

/* Nodes a, b and c, and no faults yet; free it with sample_free. */
static inline struct sample *sample_create(const struct ldfi_protocol *protocol)
{
    struct sample *sample = lineage_memory_clear(sizeof *sample);
    struct lineage_universe *universe = &sample->universe;
    char *region = lineage_memory_clear(SAMPLE_REGION_BYTES);
    lineage_universe_create(universe);
    lineage_node_add(universe, "a");
    lineage_node_add(universe, "b");
    lineage_node_add(universe, "c");
    lineage_relation_add(universe, (struct lineage_relation){"pre", 0, false});
    lineage_relation_add(universe, (struct lineage_relation){"post", 0, false});
    lineage_relation_add(universe, (struct lineage_relation){"crash", 3, false});
    sample->failed = lineage_relation_add(universe, (struct lineage_relation){"failed", 3, false});
    sample->stays = lineage_rule_add(universe, (struct lineage_rule){.text = "stays", .file = ""});
    sample->names = (struct native_names){universe, NULL, 0};
    sample->module = (struct native_module){.protocol = protocol, .base = (const char *)protocol};
    sample->simulator = (struct native_simulator){
        .module = &sample->module,
        .status = &sample->status,
        .region = {region, region, region + SAMPLE_REGION_BYTES},
        .trace = {sample->trace, sample->trace, sample->trace + SAMPLE_TRACE_WORDS}};
    return sample;
}

static inline void sample_free(struct sample *sample)
{
    lineage_memory_free(sample->simulator.region.start);
    native_request_free(&sample->request);
    native_run_free(&sample->run);
    lineage_schedule_free(&sample->schedule);
    lineage_universe_destroy(&sample->universe);
    lineage_memory_free(sample);
}

/* Runs it from time 1 to `last`; with the state at its end, if it is wanted. */
static inline void sample_run(struct sample *sample, uint32_t last, bool wants_state)
{
    size_t words;
    native_request_begin(&sample->request, &sample->names, sample->asked,
                         sizeof sample->asked / sizeof *sample->asked);
    native_request_faults(&sample->request, &sample->schedule);
    native_request_end(&sample->request, 1, last, SAMPLE_EOT, wants_state, &words);
    native_is_for(&sample->simulator);
    native_simulate(&sample->simulator, sample->asked, sample->asked + words);
    sample->words = (size_t)sample->status.words;
    sample->run.first_time = 1;
    sample->run.last_time = last;
    sample->run.eot = SAMPLE_EOT;
}

/* Reads words as the trace of that run. */
static inline enum native_reading sample_read(struct sample *sample, const uint64_t *trace,
                                              size_t words)
{
    char why[NATIVE_WHY_BYTES];
    return native_run_read(&sample->run, &sample->names, trace, words, &sample->schedule, why);
}

static inline uint32_t sample_rule_of(void *context, uint32_t site, enum native_operation operation)
{
    const struct sample *sample = context;
    (void)site;
    (void)operation;
    return sample->stays;
}

/* The execution and the circuit of the run that was read; the caller frees them. */
static inline void sample_record(struct sample *sample, enum native_extent extent,
                                 struct lineage_execution *execution)
{
    const struct native_rules rules = {.rule_of = sample_rule_of,
                                       .context = sample,
                                       .stays = sample->stays,
                                       .fails = sample->stays};
    lineage_execution_create(execution, &sample->universe, SAMPLE_EOT);
    execution->failed = sample->failed;
    native_record(&sample->run, &sample->names, &rules, &sample->schedule, extent, false,
                  LINEAGE_NONE, execution);
    lineage_execution_index(execution);
}

static inline void sample_envelope(struct sample *sample, const struct lineage_bounds *bounds,
                                   bool is_opaque, struct lineage_execution *envelope)
{
    enum { FIRINGS_MAX = 1 << 20 };
    lineage_execution_create(envelope, &sample->universe, SAMPLE_EOT);
    native_envelope(&sample->run, &sample->schedule, bounds, is_opaque, FIRINGS_MAX, envelope);
    lineage_execution_index(envelope);
}

/* ---- a protocol that does a bit of everything ---- */

static inline void sample_start(struct ldfi_node *node)
{
    ldfi_set_timer(node, "late", 2);
    if (strcmp(ldfi_name(node), "a") != 0)
        return;
    ldfi_put(node, "log", ldfi("w", 1), ldfi(-7));
    ldfi_scope(node);
    ldfi_send(node, "b", "copy", ldfi("w", 1));
    ldfi_send(node, "c", "copy", ldfi("w", 1));
    ldfi_send(node, "c", "copy", ldfi("w", 1));
}

static inline void sample_message(struct ldfi_node *node, const struct ldfi_message *message)
{
    if (ldfi_get(node, "log", message->fields) == NULL)
        ldfi_put(node, "log", message->fields, ldfi(7));
    ldfi_set_timer(node, "late", 2);
}

static inline void sample_timer(struct ldfi_node *node, const char *name)
{
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(node, "log", ldfi(name), row)) != NULL;)
        ldfi_delete(node, "log", row->key);
    if (!ldfi_crashed(node, "a"))
        ldfi_delete(node, "log", ldfi("w", 2));
}

static inline void sample_claim(struct ldfi_node *observer)
{
    for (size_t i = 0; i < ldfi_node_count(observer); i++) {
        struct ldfi_node *node = ldfi_at(observer, ldfi_node_name(observer, i));
        if (ldfi_get(node, "log", ldfi("w", 1)) != NULL)
            ldfi_claim(observer, ldfi(ldfi_name(node), 1));
    }
}

static const struct ldfi_protocol sample_protocol = {.start = sample_start,
                                                     .message = sample_message,
                                                     .timer = sample_timer,
                                                     .pre = sample_claim,
                                                     .post = sample_claim};

#endif
