/* A Dedalus model, ready to run: read, checked and planned (see dialect.md beside this file). */
#ifndef LDFI_DEDALUS_MODEL_H
#define LDFI_DEDALUS_MODEL_H

#include "program.h"
#include "rule.h"

struct ded_options {
    bool strict_locality;              /* reject rules that join facts of several nodes */
    const struct lineage_source *more; /* belongs to the program beside its files; may be NULL */
    /* The program itself, all includes among it, in place of files; may be NULL. */
    const lineage_sources *texts;
};

/* Reads, checks and plans the files. Returns false, with errors reported, if they are no model. In
 * both cases the model is freed with ded_model_destroy. */
bool ded_model_load(struct ded_model *model, const char *const *paths, size_t path_count,
                    struct ded_options options, struct lineage_diagnostics *diagnostics);

/* Names the nodes, in the scenario's order; once, before the model runs. */
void ded_model_set_nodes(struct ded_model *model, const char *const *names, size_t count);

/* By relation: can what happens to it reach a message? The others serve the promise alone. The
 * caller frees it. */
bool *ded_protocol_relations(const struct ded_model *model);

/* Warns of what is legal and most likely a mistake at these nodes and this end of time. */
void ded_model_lint(const struct ded_model *model, uint32_t eot,
                    struct lineage_diagnostics *diagnostics);

void ded_model_destroy(struct ded_model *model);

/* left operator right in 64 bits; false on overflow and on division by zero. */
bool ded_arithmetic(char operator, int64_t left, int64_t right, int64_t *result);

/* The passes of ded_model_load. Each reports its errors and goes on where it can. */
void ded_check_types(struct ded_model *model, struct lineage_diagnostics *diagnostics);
void ded_check_clauses(struct ded_model *model, struct lineage_diagnostics *diagnostics);
void ded_check_locality(const struct ded_model *model, bool strict,
                        struct lineage_diagnostics *diagnostics);
void ded_stratify(struct ded_model *model);
void ded_find_relevance(struct ded_model *model);
void ded_plan_rules(struct ded_model *model);

#endif
