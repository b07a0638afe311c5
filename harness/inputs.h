/* Inputs and faults searched together: "Some fault tolerance bugs are triggered only by specific
 * interleavings of inputs and fault events" (Growing a protocol, section 5).
 *
 * A scenario may leave its inputs open (choices.h). One envelope is built over all combinations at
 * once: what is stated in some of them is possible. Its hazard formula speaks of faults and of
 * inputs, so one solver is asked: which combination, under which faults, could break the promise?
 * Those that it can give no faults for are certified by that one formula; the others are suspects,
 * and searched one by one. Where the envelope grows too large, all are. */
#ifndef LDFI_HARNESS_INPUTS_H
#define LDFI_HARNESS_INPUTS_H

#include "job.h"

/* Which of `count` combinations of the inputs of the job's scenario could break its promise? Sets
 * `suspects` by combination; all, where the question is too large or of a kind that has no such
 * formula (other searches than by lineage, molly's oracle, facts that are no plain facts). */
void harness_inputs_suspect(const struct harness_job *job, size_t count, bool *suspects);

#endif
