/* One execution of a scenario, whatever ran it: the facts at each time, the firings that derived
 * them, and the messages that were sent (Alvaro et al., SIGMOD 2015, section 3: lineage).
 *
 * The same struct holds an *envelope*: what happens in every, and what could happen in some,
 * execution whose faults include those of a given schedule. An execution is the special case in
 * which everything that could happen does. */
#ifndef LDFI_LINEAGE_EXECUTION_H
#define LDFI_LINEAGE_EXECUTION_H

#include "fault.h"

/* A tuple that holds at a time. Facts of the `crash` relation hold at every time: theirs is 0. */
struct lineage_fact {
    lineage_tuple tuple;
    uint32_t time;
    /* Holds in every execution of the envelope; in a plain execution, always true. */
    bool certain;
};

enum lineage_fate {
    LINEAGE_DELIVERED,
    LINEAGE_LOST_BY_OMISSION,
    LINEAGE_LOST_BY_CRASH,
    LINEAGE_IN_FLIGHT, /* sent at the end of time */
    LINEAGE_TO_NOBODY, /* the receiver is no node */
    /* No message at all: in an envelope over inputs that are not settled, that the one whose number
     * is `to` is given. */
    LINEAGE_GIVEN,
};

/* One tuple that a node sends another at a time. It is received, if at all, one step later. */
struct lineage_message {
    lineage_tuple tuple;
    uint32_t from, to; /* node numbers; LINEAGE_NONE: no sender, or no such receiver */
    uint32_t sent_time;
    enum lineage_fate fate;
};

/* One application of a rule. */
struct lineage_firing {
    uint32_t rule;
    uint32_t head;          /* the fact derived; LINEAGE_NONE: its message did not arrive */
    uint32_t message;       /* the message that the head rode on, or LINEAGE_NONE */
    uint32_t first_premise; /* premises reach to the next firing's first */
    /* LINEAGE_NONE: all premises are needed. Else exactly so many of the positive ones (with all
     * the absences): how a `count` comes about. */
    uint32_t exactly;
};

/* A premise is a word: its kind, and the number of a fact or an absence. */
enum lineage_premise_kind {
    LINEAGE_PRESENT,     /* the fact holds */
    LINEAGE_ABSENT,      /* no fact matches the absence's pattern at its time */
    LINEAGE_ABSENT_FACT, /* this fact, which could have held, does not */
};

static inline uint32_t lineage_premise(enum lineage_premise_kind kind, uint32_t number)
{
    return (uint32_t)kind << 30 | number;
}

static inline enum lineage_premise_kind lineage_premise_kind(uint32_t premise)
{
    return (enum lineage_premise_kind)(premise >> 30);
}

static inline uint32_t lineage_premise_number(uint32_t premise)
{
    return premise & 0x3fffffff;
}

/* That no fact matches a pattern: a tuple in which LINEAGE_ANY stands for every value. */
struct lineage_absence {
    lineage_tuple pattern;
    uint32_t time; /* 0: of the `crash` relation, at every time */
};

struct lineage_execution {
    struct lineage_universe *universe; /* shared, not owned */
    uint32_t eot;
    uint32_t pre, post, crash; /* the relations of these names */
    /* A relation whose facts at the end of time break the promise by themselves: something went
     * wrong beyond it. LINEAGE_NONE, unless the executor sets it. */
    uint32_t failed;

    LINEAGE_ARRAY(struct lineage_fact) facts;
    LINEAGE_ARRAY(struct lineage_message) messages;
    LINEAGE_ARRAY(struct lineage_firing) firings;
    LINEAGE_ARRAY(uint32_t) premises;
    LINEAGE_ARRAY(struct lineage_absence) absences;

    /* In an envelope: firings at whose happening the run would end with an error; and facts that
     * depend on one another through absences, so that some run may leave them undefined. */
    LINEAGE_ARRAY(uint32_t) errors;
    LINEAGE_ARRAY(uint32_t) undecided;

    /* So many of the facts were not derived again but taken over from an earlier execution. */
    size_t facts_taken;

    uint32_t indexed_from; /* 0, or only facts from this time on are indexed */
    /* So many relations had the universe then; of those that came later it has no facts. */
    uint32_t indexed_relations;
    /* Private: facts by time and relation, firings by head; made by lineage_execution_index. */
    uint32_t *facts_by_place, *place_starts, *firings_by_head, *head_starts;
};

/* An empty execution over a universe. */
void lineage_execution_create(struct lineage_execution *execution,
                              struct lineage_universe *universe, uint32_t eot);
void lineage_execution_free(struct lineage_execution *execution);

static inline uint32_t lineage_fact_add(struct lineage_execution *execution, lineage_tuple tuple,
                                        uint32_t time, bool certain)
{
    const struct lineage_fact fact = {tuple, time, certain};
    LINEAGE_PUSH(&execution->facts, fact);
    return (uint32_t)execution->facts.count - 1;
}

/* The premises of a firing: `*count` words. */
const uint32_t *lineage_premises_of(const struct lineage_execution *execution, uint32_t firing,
                                    size_t *count);

/* Call it when nothing will be added any more and before the functions below. The second indexes no
 * facts but those at the end of time and no firings, for who asks no more; the first may follow. */
void lineage_execution_index(struct lineage_execution *execution);
void lineage_execution_index_end(struct lineage_execution *execution);

/* The facts of a relation at a time (0 for `crash`), in the order in which they were derived; of a
 * time that is indexed. */
const uint32_t *lineage_facts_at(const struct lineage_execution *execution, uint32_t relation,
                                 uint32_t time, size_t *count);

/* The firings that derive a fact. */
const uint32_t *lineage_firings_of(const struct lineage_execution *execution, uint32_t fact,
                                   size_t *count);

/* The fact that holds this tuple at this time, or LINEAGE_NONE. */
uint32_t lineage_fact_find(const struct lineage_execution *execution, lineage_tuple tuple,
                           uint32_t time);

enum lineage_match { LINEAGE_NO_MATCH, LINEAGE_MAY_MATCH, LINEAGE_MATCH };

/* Does a tuple match a pattern of the same relation? It *may*, where one of them holds
 * LINEAGE_UNKNOWN. */
enum lineage_match lineage_tuple_match(const struct lineage_universe *universe,
                                       lineage_tuple pattern, lineage_tuple tuple);

/* A fact of the execution `there` that a premise of a firing of `here` wants absent, from the
 * `*next`-th on, which is moved behind it; LINEAGE_NONE: there is no other. Both are plain, indexed
 * and of one universe. */
uint32_t lineage_next_violation(const struct lineage_execution *here, uint32_t premise,
                                const struct lineage_execution *there, size_t *next);

/* What the promise watches (`--oracle`). */
enum lineage_oracle {
    LINEAGE_STRICT, /* every pre tuple must be a post tuple */
    LINEAGE_MOLLY,  /* post tuples of the good run whose pre tuple holds must hold */
};

/* The post tuple that keeps a pre tuple's promise, if anybody made it yet; else, and of a tuple of
 * another relation, LINEAGE_NONE. */
lineage_tuple lineage_promised(const struct lineage_execution *execution, lineage_tuple pre);

/* The pre tuples whose promise an execution breaks, into `broken` (tuples of `pre`), and behind
 * them those of `failed`. `good` is the failure-free execution; under LINEAGE_STRICT it may be
 * NULL. */
typedef LINEAGE_ARRAY(lineage_tuple) lineage_tuples;
void lineage_broken_promises(const struct lineage_execution *execution, enum lineage_oracle oracle,
                             const struct lineage_execution *good, lineage_tuples *broken);

#endif
