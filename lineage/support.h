/* What an outcome rests on, and since when it stands: the messages in its lineage (Alvaro et al.,
 * SIGMOD 2015, section 3.1: each is part of some *support* of it). A version of a protocol whose
 * outcome rests on fewer messages of a kind has less redundancy there. */
#ifndef LDFI_LINEAGE_SUPPORT_H
#define LDFI_LINEAGE_SUPPORT_H

#include "execution.h"

/* What a rule has sent that an outcome rests on. */
struct lineage_carrier {
    uint32_t rule;
    size_t messages; /* each tuple a time step once */
};
typedef LINEAGE_ARRAY(struct lineage_carrier) lineage_carriers;

/* The rules whose messages are in the lineage of the facts `roots` of a plain execution, recorded
 * with its firings and indexed; in the order of their numbers, into `carriers`, which is emptied
 * first. Lineage is everything from which a fact is derived, in any of the ways in which it is;
 * what it needs *absent* is not followed, so that what is only waited for (notin missing_ack(...))
 * does not count. Neither do messages that no fault can take away: those of a node to itself, and
 * of nodes in `immune` (by node; NULL: of none). */
void lineage_support_find(const struct lineage_execution *execution, const uint32_t *roots,
                          size_t root_count, const bool *immune, lineage_carriers *carriers);

/* The time from which on, up to the end, every pre tuple of the end is a post tuple. LINEAGE_NONE:
 * there is no pre tuple, or one is broken. The execution is indexed whole. */
uint32_t lineage_outcome_time(const struct lineage_execution *execution);

#endif
