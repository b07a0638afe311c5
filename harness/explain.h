/* Why a run broke its promise, for people: what the promise lacked, which messages that rested on
 * and which fault cut each (Alvaro et al., SIGMOD 2015, section 3.1), where the runs with and
 * without faults part (differential provenance, lineage/difference.h), what happened instead, all
 * that told in the order of time, and what would help (repair.h, Nemo). */
#ifndef LDFI_HARNESS_EXPLAIN_H
#define LDFI_HARNESS_EXPLAIN_H

#include "../lineage/cut.h"
#include "../lineage/difference.h"
#include "../lineage/lack.h"
#include "../lineage/proof.h"
#include "evidence.h"
#include "report.h"

/* One sentence of the story. */
struct harness_event {
    uint32_t time;
    unsigned order;   /* among those of one time */
    const char *text; /* without the time and a full stop: `c sends rep("a", 1) to a` */
};

/* A rule that had all it needed, but for a fact that was in its way. */
struct harness_obstacle {
    uint32_t rule, time;
    const char *bindings;
    uint32_t blocker; /* a fact of the bad run */
    uint32_t *met;    /* those that it needed and had, in the arena */
    size_t met_count;
    lineage_tuple wanted; /* what it would have derived, as a pattern */
};

enum harness_advice_kind {
    HARNESS_WAIT,      /* a rule should wait for acknowledgements of what another sends */
    HARNESS_RETRY,     /* a message is sent once, and its loss alone breaks the promise */
    HARNESS_REDUNDANT, /* an outcome has one support only */
    HARNESS_HELD_UP,   /* a rule that had all it needed, but for a fact in its way */
    HARNESS_ONLY_HERE, /* rules that fired only in the bad run */
};

struct harness_advice {
    enum harness_advice_kind kind;
    uint32_t rule, other; /* rules: what should wait or be sent again; what it should wait for */
    const char *text;     /* the advice in a sentence */
    bool is_mechanical;   /* `repair` can be tried */
    struct harness_repair repair;
    uint32_t *rules; /* of HARNESS_ONLY_HERE, in the arena */
    size_t rule_count;
};

struct harness_explanation {
    const struct harness_evidence *evidence;
    struct lineage_arena arena;
    struct lineage_lacks lacks;
    LINEAGE_ARRAY(struct lineage_supports) supports; /* by lack */
    struct lineage_difference difference;
    struct lineage_proofs good_proofs, bad_proofs;
    lineage_tuple told; /* the broken promise that the story and the advice are about */
    bool is_without;    /* the run without faults breaks it, too */
    LINEAGE_ARRAY(struct harness_event) story; /* in the order of time */
    LINEAGE_ARRAY(struct harness_obstacle) obstacles;
    LINEAGE_ARRAY(struct harness_advice) advice;
};

/* Explains the evidence, which breaks its promise and is no capture. Runs a few schedules to see
 * what single losses do. Free it with harness_explanation_free, before the evidence. */
void harness_explain(struct harness_explanation *explanation,
                     const struct harness_evidence *evidence);
void harness_explanation_free(struct harness_explanation *explanation);

/* The parts of it (obstacle.c, story.c, advice.c). */
void harness_find_obstacles(struct harness_explanation *explanation);
void harness_story_tell(struct harness_explanation *explanation);
void harness_advise(struct harness_explanation *explanation);

/* For people, and as JSON, which the caller deletes (README.md, "JSON"). */
void harness_explanation_text(const struct harness_explanation *explanation,
                              const struct harness_style *style, FILE *out);
void harness_explain_head(const struct harness_evidence *evidence, cJSON *object); /* the faults */
cJSON *harness_explanation_json(const struct harness_explanation *explanation);

/* The faults of the run that take the delivery away, as `omit(a,b,1) crash(c,3)`; the caller frees
 * it. */
char *harness_explain_cut(const struct harness_evidence *evidence,
                          const struct lineage_delivery *delivery);

/* A tuple as text, in the explanation's arena. */
const char *harness_explain_tuple(struct harness_explanation *explanation, lineage_tuple tuple);

#endif
