/* Fault schedules in files: one element of `counterexamples` of a report. */
#ifndef LDFI_HARNESS_FAULTS_FILE_H
#define LDFI_HARNESS_FAULTS_FILE_H

#include "../lineage/diagnostic.h"
#include "../lineage/fault.h"

#include <cjson/cJSON.h>

/* Adds the faults in a JSON object, {"omissions": [...], "crashes": [...]}, to the schedule.
 * Mistakes are reported at `place`. */
void harness_faults_take(const cJSON *object, struct lineage_place place,
                         const struct lineage_universe *universe, uint32_t eot,
                         struct lineage_schedule *schedule,
                         struct lineage_diagnostics *diagnostics);

/* Adds those in a file, of the corpus or one element of `counterexamples`, to the schedule.
 * Mistakes are reported; `option` is the place where the file was named, for one that cannot be
 * read. */
void harness_faults_read(const char *path, struct lineage_place option,
                         const struct lineage_universe *universe, uint32_t eot,
                         struct lineage_schedule *schedule, struct lineage_diagnostics *diagnostics,
                         struct lineage_arena *arena);

#endif
