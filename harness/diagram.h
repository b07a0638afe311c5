/* A run as a space-time diagram in text: a column a node, time downwards. */
#ifndef LDFI_HARNESS_DIAGRAM_H
#define LDFI_HARNESS_DIAGRAM_H

#include "../lineage/execution.h"

/* Draws the messages of an execution, its losses and crashes, in ASCII. Messages of a node to
 * itself are left out, and those that only repeat what was sent one step before. `colour` allows
 * escape sequences. */
void harness_diagram(const struct lineage_execution *execution,
                     const struct lineage_schedule *schedule, bool colour, FILE *out);

#endif
