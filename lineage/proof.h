/* Why a fact holds, in the fewest steps: of all the ways in which an execution derives it, one
 * minimal proof (why-provenance: Alvaro et al., SIGMOD 2015, section 3; where lineage is all of
 * them).
 *
 * A proof of a fact is nothing, if the fact is given; else a firing that derives it, with a proof
 * of each fact that the firing needs. No fact rests on itself. Its *weight* is the number of
 * firings in it that are steps, then the number of all, with a proof that is needed n times counted
 * n times. A step is a firing that does more than carry a tuple on from one time to the next, as in
 * p(X)@next :- p(X). *Minimal* is a proof of the least weight; of two, the one whose last firing
 * carries on; then the one whose last firing was recorded first. (To count what is shared once is
 * NP-hard: Ausiello, Italiano, Nanni, Hypergraph traversal revisited, MFCS 1998.)
 *
 * The weights are a superior function, so the algorithm is Knuth's (A generalization of Dijkstra's
 * algorithm, Information Processing Letters 6, 1977). */
#ifndef LDFI_LINEAGE_PROOF_H
#define LDFI_LINEAGE_PROOF_H

#include "execution.h"

/* Both count up to UINT64_MAX, and no further: proofs of more than that are equals. */
struct lineage_weight {
    uint64_t steps, firings;
};

/* A minimal proof of every fact of an execution. */
struct lineage_proofs {
    const struct lineage_execution *execution; /* not owned */
    uint32_t *firing_of;            /* by fact: the last firing; LINEAGE_NONE: it is given */
    struct lineage_weight *weights; /* by fact */
    uint32_t *ranks; /* by fact: 0, 1, ..., such that it rests on facts of lower rank alone */
};

typedef LINEAGE_ARRAY(uint32_t) lineage_numbers;

/* Finds them for a plain execution, recorded with its firings and indexed. `given`, by fact: it is
 * an input, or the environment's, and needs no firing; NULL: nobody knows, so that what no firing
 * derives is given, and where facts have no firings but those in a circle, the fact of it that is
 * recorded first. Takes time n log n in the number of premises. Free with lineage_proofs_free. */
void lineage_proofs_find(const struct lineage_execution *execution, const bool *given,
                         struct lineage_proofs *proofs);
void lineage_proofs_free(struct lineage_proofs *proofs);

static inline bool lineage_is_given(const struct lineage_proofs *proofs, uint32_t fact)
{
    return proofs->firing_of[fact] == LINEAGE_NONE;
}

/* The facts that a firing needs in a proof, each once, in the order of its premises, into `needed`,
 * which is emptied first. Of a firing that needs exactly n of its facts, the n of least weight. */
void lineage_proof_needs(const struct lineage_proofs *proofs, uint32_t firing,
                         lineage_numbers *needed);

/* The firings of a fact's minimal proof, each once and behind those that it rests on, into
 * `firings`, which is emptied first. */
void lineage_proof_firings(const struct lineage_proofs *proofs, uint32_t fact,
                           lineage_numbers *firings);

/* The fact that a firing does nothing but carry on by a time step (and without a message);
 * LINEAGE_NONE: it does more. */
uint32_t lineage_carried(const struct lineage_execution *execution, uint32_t firing);

/* The fact of the same tuple one time step earlier, if a fact's proof rests on it: directly, or by
 * way of facts of these two times, of which the first LINEAGE_BEFORE_LOOKS_MAX are looked at. Then
 * `*rule` is that which leads from the one time to the other. Else LINEAGE_NONE. */
enum { LINEAGE_BEFORE_LOOKS_MAX = 200 };
uint32_t lineage_proof_before(const struct lineage_proofs *proofs, uint32_t fact, uint32_t *rule);

/* The earliest fact from which a fact's proof carries its tuple on so, without a break; itself, if
 * its proof does not. `*rule` (which may be NULL) is the last rule that does; LINEAGE_NONE: none.
 */
uint32_t lineage_proof_since(const struct lineage_proofs *proofs, uint32_t fact, uint32_t *rule);

#endif
