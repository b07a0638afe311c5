/* The evaluator: runs a model bottom-up, one time step after the other, under a fault schedule that
 * it asks at each message. It computes an *envelope*: for each fact, whether it holds in every
 * execution whose faults include the schedule's (certain) or only in some (possible). With no
 * further faults allowed everything is certain, and the envelope is the execution itself.
 *
 * Private to this folder; executor.h is what others include. */
#ifndef LDFI_DEDALUS_ENGINE_H
#define LDFI_DEDALUS_ENGINE_H

#include "model.h"
#include "plan.h"
#include "table.h"

/* Why an evaluation ended early. */
enum ded_outcome {
    DED_OK,
    DED_FAILED,      /* the model is at fault; engine->failure says how */
    DED_INTERRUPTED, /* the caller's poll said stop */
    DED_TOO_LARGE,   /* more firings than firings_max */
};

/* What probes of crashes note (probe.c). */
enum ded_probe_kind { DED_FIRST_READ, DED_LAST_READ_OF_TIME };

/* Where a plan's operation looks: resolved when the plan starts. */
struct ded_view {
    const struct ded_table *table; /* NULL: nothing is there */
    const struct ded_index *index; /* NULL: scan */
    uint32_t begin, end;           /* positions in the table */
    bool is_current;               /* the table is of the current time */
};

struct ded_engine {
    struct ded_model *model; /* its universe grows */
    struct lineage_execution *execution;
    const struct lineage_schedule *schedule;
    /* What further faults may happen; NULL: none. */
    const struct lineage_bounds *freedom;
    bool recording;      /* firings, not facts alone */
    bool outcome_only;   /* derive no more than the outcome depends on */
    size_t firings_max;  /* of an envelope; it gives up beyond */
    bool holds_messages; /* messages are noted and not delivered */
    /* Asked now and then; the evaluation stops when it returns true. */
    bool (*poll)(void *context);
    void *poll_context;

    uint32_t time, eot;
    size_t facts_before;               /* facts of the execution when this time began */
    struct ded_table *tables;          /* by relation, at the current time */
    struct ded_table *absolute_tables; /* by number in model->absolutes */
    struct ded_table phantoms;         /* every crash that could be (probe.c) */
    LINEAGE_ARRAY(uint32_t) coming;    /* facts of the next time step */

    /* By tuple, for even and for odd times: the last fact with it. Valid if that fact has the tuple
     * and the time asked for. By tuple: the last absence of it as a pattern, the last message. */
    uint32_t *fact_of[2], *absence_of, *message_of;
    size_t tuple_capacity;
    LINEAGE_ARRAY(uint32_t) earlier_message; /* by message: the one before with its tuple */

    /* In an envelope: the facts of the execution under exactly the schedule, as (tuple, time). */
    const struct lineage_execution *run;
    uint32_t *run_time_of[2];        /* by tuple, for even and odd times: the last time it held */
    struct ded_table *coming_widths; /* by relation: `widened` and `novel_count` of the next step */

    /* Inputs by line of the program's further text (rule.h), where they are not settled: a run
     * takes those stated and those settled, an envelope takes all others for possible. NULL: all
     * are. */
    const bool *stated, *settled;

    /* The rule at work. */
    const struct ded_rule *rule;
    lineage_value *slots;
    struct ded_view *views; /* by operation */
    uint32_t *premises;     /* by literal */
    bool certain;           /* everything matched so far is */
    bool only_certain;      /* a pass that derives only certain facts */
    bool marks_certain;     /* may this pass call what it derives, and its errors, certain? */
    bool keeps_widths;      /* no further columns are given up */
    uint32_t *probed;       /* probe.c is at work, and this is its read_time */
    enum ded_probe_kind probe_kind;
    uint32_t probe_literal; /* the literal that it asks about */
    uint32_t first_phantom; /* the first of the facts that it asks about */
    bool has_uncertain;     /* is anything in this execution uncertain? */
    bool changed;           /* something new was derived */
    bool widened;           /* the fact derived last lost columns, or could have */
    uint32_t steps_to_poll;

    enum ded_outcome outcome;
    char *failure; /* owned; what went wrong, with rule, node and time */
    struct lineage_place failure_place;
};

/* ---- join.c: runs a plan ---- */

/* Derives all that the rule derives by this plan from what its windows show. */
void ded_run_plan(struct ded_engine *engine, const struct ded_rule *rule,
                  const struct ded_plan *plan);

/* The value of an operand; false when it overflows or divides by zero. */
bool ded_evaluate(struct ded_engine *engine, const struct ded_operand *operand,
                  lineage_value *value);

/* ---- derive.c: what a firing derives ---- */

/* The body of the current rule holds: derives its head. */
void ded_emit(struct ded_engine *engine);

/* A fact at the current time or the next; found or made. Sets engine->changed when it is new or
 * became certain. */
uint32_t ded_derive_fact(struct ded_engine *engine, uint32_t relation, const lineage_value *values,
                         uint32_t time, bool certain);

/* A certain fact at the current time or the next; found or made. */
uint32_t ded_add_certain(struct ded_engine *engine, lineage_tuple tuple, uint32_t time);

/* A fact of exactly this tuple at the current time that need not be certain; found or made. */
uint32_t ded_add_possible(struct ded_engine *engine, lineage_tuple tuple);

/* Derives a head that need not be of the current time, and the message that it rides on. `premises`
 * are lineage premises. `sender` is a value, or LINEAGE_UNKNOWN for none. */
struct ded_head {
    uint32_t rule, relation;
    struct lineage_place place; /* of the rule */
    bool may_count;             /* deriving it may never end */
    enum ded_suffix suffix;
    const lineage_value *values;
    lineage_value sender;
    bool certain;
    uint32_t exactly;
    const uint32_t *premises;
    size_t premise_count;
};
void ded_derive(struct ded_engine *engine, const struct ded_head *head);

/* The fact with this tuple at this time, or LINEAGE_NONE. */
uint32_t ded_find_fact(const struct ded_engine *engine, lineage_tuple tuple, uint32_t time);

/* The number of the absence of a pattern at a time. */
uint32_t ded_absence(struct ded_engine *engine, lineage_tuple pattern, uint32_t time);

/* Does the run in view have the tuple at the current or the next time? */
bool ded_happened(const struct ded_engine *engine, lineage_tuple tuple, uint32_t time);

/* An arithmetic error in the current rule: ends an execution, is remembered in an envelope. */
void ded_arithmetic_failure(struct ded_engine *engine);

/* Ends the evaluation because of the model. */
__attribute__((format(printf, 3, 4))) void
ded_fail(struct ded_engine *engine, struct lineage_place place, const char *format, ...);

/* Keeps the arrays by tuple as long as there are tuples. */
void ded_follow_tuples(struct ded_engine *engine);

/* ---- aggregate.c ---- */

/* Sums up the groups of an aggregate's contributions. */
void ded_summarise(struct ded_engine *engine, const struct ded_grouping *grouping);

/* ---- fixpoint.c ---- */

/* Derives all facts of the current time, then what they send to the next. */
void ded_settle(struct ded_engine *engine);

/* ---- probe.c ---- */

/* Finds out which crashes the rules would read at the current time, which has settled, if they
 * happened beside the schedule's. Notes the time in `read_time` (by node * (eot + 1) + time of the
 * crash): where it is LINEAGE_NONE; or always, but of literals alone that ask for the crash's time.
 */
void ded_probe_crashes(struct ded_engine *engine, enum ded_probe_kind kind, uint32_t *read_time);

/* While it is at work: the plan found a body that reads a crash; or it cannot tell which. */
void ded_note_probe(struct ded_engine *engine);
void ded_note_all_probes(struct ded_engine *engine);

/* ---- engine.c ---- */

void ded_engine_create(struct ded_engine *engine, struct ded_model *model);
void ded_engine_destroy(struct ded_engine *engine);

/* Starts an execution at time 0: crash facts are there, nothing else. The engine's inputs above
 * (execution to bounds) must be set. */
void ded_start(struct ded_engine *engine);

/* Goes to the next time: what was coming is there, and the inputs of that time. */
void ded_advance(struct ded_engine *engine);

#endif
