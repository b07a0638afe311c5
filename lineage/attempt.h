/* Why a fact does not hold: the ways in which it could have come about, and how far each of them
 * got (why-not provenance: Chapman and Jagadish, Why not?, SIGMOD 2009; Huang, Chen, Doan,
 * Naughton, On the provenance of non-answers to queries over extracted data, VLDB 2008, whose
 * *potential* derivations these are). Executors find them, since only they know the rules. */
#ifndef LDFI_LINEAGE_ATTEMPT_H
#define LDFI_LINEAGE_ATTEMPT_H

#include "execution.h"

enum lineage_need {
    LINEAGE_NEEDS_FACT,    /* a fact like the pattern */
    LINEAGE_NEEDS_ANOTHER, /* of an aggregate: one like the pattern, beside those that it has */
    LINEAGE_NEEDS_NO_FACT, /* that no fact is like the pattern */
    LINEAGE_NEEDS_TRUTH,   /* that a comparison is true */
};

enum lineage_standing {
    LINEAGE_IS_MET,
    LINEAGE_IS_NOT_MET,
    /* Nobody can say: it asks for the value of a variable that only what is missing would give. */
    LINEAGE_IS_OPEN,
};

/* One thing that a rule needs, with the values that this attempt gives its variables. */
struct lineage_requirement {
    enum lineage_need need;
    enum lineage_standing standing;
    lineage_tuple pattern; /* with LINEAGE_ANY; LINEAGE_NONE: of a comparison */
    uint32_t time;         /* of the fact; 0: of `crash` */
    /* The fact like the pattern, where there is one: that which is needed, or is in the way. */
    uint32_t fact;
    /* Of a comparison: itself, with its values. Else NULL, or what the fact must be beside being
     * like the pattern. */
    const char *text;
};

/* A rule and values for its variables with which it would derive the fact, were all that it needs
 * met. */
struct lineage_attempt {
    uint32_t rule;
    uint32_t time; /* at which the rule runs */
    const struct lineage_requirement *requirements;
    size_t requirement_count, unmet_count, open_count;
    const char *bindings; /* `A = "a", W = 3`: the variables that have values; "": none has */
    /* Nothing is unmet: the message that was sent and did not arrive. Else LINEAGE_NONE. */
    uint32_t message;
};

/* Did an attempt come closer than another? It has fewer unmet requirements; or as many, and fewer
 * open ones; or as many of both, and it has more of the facts that it needs. */
bool lineage_attempt_is_closer(const struct lineage_attempt *left,
                               const struct lineage_attempt *right);

/* Attempts, the closest first. Zeroed is empty. */
struct lineage_attempts {
    LINEAGE_ARRAY(struct lineage_attempt) items;
    size_t left_out; /* found, and beyond the limit */
    bool is_cut;     /* not all were tried: there may be some that got further */
    /* What the asker says: facts like the pattern may be there, and one more is wanted. A fact that
     * an attempt lacks may then be one more, too. */
    bool wants_another;
    size_t tries_max; /* what the asker allows: facts looked at for a rule; 0: many */
    size_t tries;     /* facts looked at */
    struct lineage_arena arena;
};

void lineage_attempts_free(struct lineage_attempts *attempts);

/* An input: a tuple that the program states at a time, and where. */
struct lineage_input {
    lineage_tuple tuple;
    uint32_t time;
    const char *file;
    uint32_t line;
};
typedef LINEAGE_ARRAY(struct lineage_input) lineage_inputs;

#endif
