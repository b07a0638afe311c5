/* The inputs of a scenario, which Dedalus files of plain facts state, for a protocol in C. */
#ifndef LDFI_NATIVE_INPUTS_H
#define LDFI_NATIVE_INPUTS_H

#include "../dedalus/program.h"
#include "run.h"

typedef LINEAGE_ARRAY(struct native_input) native_inputs;

/* Takes `request("C", "c", "w1")@1;` for: node C gets a message of the kind "request" with the
 * fields "c" and "w1" at time 1, from outside. False with errors reported. */
bool native_inputs_take(native_inputs *inputs, struct lineage_universe *universe,
                        const struct ded_program *program, struct lineage_diagnostics *diagnostics);

#endif
