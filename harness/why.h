/* Explanations of one run, as trees: why a fact holds, and why one does not. Whoever explains one
 * fact after the other gets what was explained before named and not told again. */
#ifndef LDFI_HARNESS_WHY_H
#define LDFI_HARNESS_WHY_H

#include "../lineage/attempt.h"
#include "../lineage/proof.h"
#include "evidence.h"
#include "report.h"

enum harness_why_kind {
    HARNESS_WHY_HOLDS,   /* a fact: its proof is below it */
    HARNESS_WHY_ABSENT,  /* nothing is like the pattern, as it must be */
    HARNESS_WHY_MISSING, /* nothing is like the pattern, and should be: attempts are below it */
    HARNESS_WHY_ATTEMPT, /* a rule that could have derived it: what that needs is below it */
    HARNESS_WHY_FALSE,   /* a comparison that is not true */
    HARNESS_WHY_OPEN,    /* something that is needed and cannot be asked for */
    HARNESS_WHY_LOST,    /* a message that did not arrive */
    HARNESS_WHY_REMARK,  /* a sentence about what it is below */
};
enum { HARNESS_WHY_KIND_COUNT = 8 };

/* A node of the tree; it lives in the explainer. */
struct harness_why {
    enum harness_why_kind kind;
    lineage_tuple tuple; /* or pattern; LINEAGE_NONE: none */
    uint32_t time;       /* of the tuple; 0: of `crash`, at every time */
    /* Of what is missing: the tuple like the pattern that the run without faults has; the pattern,
     * if it has none. Elsewhere the same as `tuple`. */
    lineage_tuple instance;
    /* A fact that is carried on, from this time up to `time`, by the rule `carrier`. Of what is
     * missing: so since then, as far as it matters. Else the time itself, and LINEAGE_NONE. */
    uint32_t since, carrier;
    uint32_t rule; /* of a fact that is derived, and of attempts; else LINEAGE_NONE */
    const struct lineage_message *message; /* that the fact rode on, or that was lost */
    const struct lineage_input *input;     /* that the fact is */
    const char *text;     /* of a comparison, a remark; what a pattern does not say; or NULL */
    const char *bindings; /* of attempts */
    bool is_in_the_way;   /* the rule above needs that it does not hold */
    bool is_like_good;    /* of attempts: how the run without faults did it */
    bool differs;         /* of absences: the run without faults has such a fact */
    bool is_brief;        /* nothing is below it, since nothing is asked about it */
    bool is_again;        /* explained above */
    bool is_cut;          /* the explanation goes on, beyond the limits */
    LINEAGE_ARRAY(struct harness_why *) below;
};

struct harness_why_limits {
    size_t depth; /* facts above one another */
    size_t ways;  /* attempts at what is asked for; at what is below it, one */
    size_t nodes; /* of a tree */
};
#define HARNESS_WHY_LIMITS ((struct harness_why_limits){20, 3, 2000})

struct harness_explainer {
    const struct harness_evidence *evidence; /* not owned */
    struct harness_why_limits limits;
    struct lineage_proofs proofs;      /* of `evidence->bad` */
    struct lineage_proofs good_proofs; /* of `evidence->good`, unless it is a capture */
    lineage_inputs inputs;             /* of both */

    /* Private. */
    struct lineage_arena arena;
    bool *is_told;                           /* facts of `bad` */
    LINEAGE_ARRAY(struct harness_why *) all; /* nodes */
    size_t node_count;                       /* of this tree */
    size_t tries_left;                       /* facts that attempts may look at for this tree */
    bool follows_absences;
};

/* Finds the proofs of both runs. `evidence` stays. */
void harness_explainer_open(struct harness_explainer *explainer,
                            const struct harness_evidence *evidence,
                            struct harness_why_limits limits);
void harness_explainer_close(struct harness_explainer *explainer);

/* Minimal proofs of all facts of an execution from the inputs and from what crashes say. The caller
 * frees them. */
void harness_prove(const struct lineage_execution *execution, const lineage_inputs *inputs,
                   struct lineage_proofs *proofs);

/* Why a fact of the run (its number in `evidence->bad`) holds: its minimal proof. */
const struct harness_why *harness_why(struct harness_explainer *explainer, uint32_t fact);

/* Why nothing like the pattern, which may be a tuple, holds at a time of the run (0: of `crash`),
 * where that is so. Not for captures, which have no rules. */
const struct harness_why *harness_why_not(struct harness_explainer *explainer,
                                          lineage_tuple pattern, uint32_t time);

/* The facts of an execution like the pattern at a time, those with the lightest proofs first, into
 * `facts`, which is emptied. */
void harness_find_facts(const struct lineage_execution *execution,
                        const struct lineage_proofs *proofs, lineage_tuple pattern, uint32_t time,
                        lineage_numbers *facts);

/* Prints a tree for people; as JSON, which the caller deletes (README.md, "JSON"). */
void harness_why_text(const struct harness_explainer *explainer, const struct harness_why *why,
                      const struct harness_style *style, FILE *out);
cJSON *harness_why_json(const struct harness_explainer *explainer, const struct harness_why *why);

#endif
