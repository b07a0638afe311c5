/* Why something did not happen, in a run of handlers: what the call had that did it in another run,
 * and this run has not (lineage/attempt.h). */
#ifndef LDFI_NATIVE_ATTEMPTS_H
#define LDFI_NATIVE_ATTEMPTS_H

#include "../../lineage/attempt.h"

/* A firing of another execution as an attempt in this one: what it needed, and of that what is
 * there. */
void native_attempt_like(const struct lineage_execution *execution,
                         const struct lineage_execution *other, uint32_t firing,
                         struct lineage_attempts *attempts);

/* The firings of the run without faults that derive a fact like the pattern by a time. */
void native_find_attempts(const struct lineage_execution *execution,
                          const struct lineage_execution *good, uint32_t stays,
                          lineage_tuple pattern, uint32_t time, struct lineage_attempts *attempts);

#endif
