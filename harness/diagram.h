/* A run as a space-time diagram in text: a column a node, time downwards. */
#ifndef LDFI_HARNESS_DIAGRAM_H
#define LDFI_HARNESS_DIAGRAM_H

#include "../lineage/execution.h"

/* Draws the messages of an execution, its losses and crashes, in ASCII. Messages of a node to
 * itself are left out, and those that only repeat what was sent one step before. `colour` allows
 * escape sequences. */
void harness_diagram(const struct lineage_execution *execution,
                     const struct lineage_schedule *schedule, bool colour, FILE *out);

/* Was the same sent one step before, with the same fate? What an omission loses is always drawn: it
 * is one of the faults. `message` is one of the execution's. */
bool harness_diagram_repeats(const struct lineage_execution *execution,
                             const struct lineage_message *message);

#endif
