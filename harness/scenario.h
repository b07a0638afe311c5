/* A scenario: what to run, within which bounds, and what is promised (scenarios/schema.json). */
#ifndef LDFI_HARNESS_SCENARIO_H
#define LDFI_HARNESS_SCENARIO_H

#include "../lineage/diagnostic.h"
#include "../lineage/execution.h"

#include <cjson/cJSON.h>

enum { HARNESS_TIME_MAX = 1000 };

enum harness_verdict {
    HARNESS_CERTIFIED,
    HARNESS_COUNTEREXAMPLE,
    HARNESS_INCOMPLETE,
    HARNESS_KEPT,           /* under the one schedule of a scenario that names it */
    HARNESS_NO_EXPECTATION, /* of a scenario that expects nothing */
};

typedef LINEAGE_ARRAY(const char *) harness_texts;

/* Texts live in the arena. */
struct harness_scenario {
    struct lineage_arena arena;
    const struct lineage_source *source; /* NULL: made up of options alone */
    const char *name;                    /* the file's name without its ending, or the model's */
    harness_texts model;                 /* paths as seen from here, inputs included */
    const lineage_sources
        *texts; /* from a database, in place of these files; NULL: none, not owned */
    harness_texts nodes, immune;
    LINEAGE_ARRAY(harness_texts) alike; /* nodes said to be alike, a list each */
    uint32_t eot, eff, crashes, omissions;
    enum lineage_oracle oracle;
    enum harness_verdict expect;
    bool strict_locality;
    bool runs_here; /* a protocol in C runs in this process: for debuggers and benchmarks */
    bool sweeps_eot, sweeps_eff; /* the bound is left to `ldfi sweep` */
    cJSON *faults;               /* the one schedule to be replayed, as written; NULL: search */
    cJSON *choose, *facts;       /* "choose" and "given", as written (choices.h) */
    harness_texts chosen;        /* NAME=VALUE as the command line has it */
    const struct lineage_source *given_source; /* the facts of "given", as chosen; NULL: none */
    /* Where each was given; one without a source was not. */
    struct {
        struct lineage_place nodes, immune, alike, eot, eff, crashes, faults, choose, facts;
    } given;
};

/* An empty scenario: strict oracle, no cap on omissions, no expectation. */
void harness_scenario_create(struct harness_scenario *scenario);
void harness_scenario_destroy(struct harness_scenario *scenario);

/* Reads a scenario file. Paths in it are relative to it. False with errors reported. */
bool harness_scenario_read(struct harness_scenario *scenario, const char *path,
                           struct lineage_diagnostics *diagnostics);

/* Checks that the whole makes sense, once options have had their say. */
bool harness_scenario_check(struct harness_scenario *scenario,
                            struct lineage_diagnostics *diagnostics);

/* The number of the first model file of the scenario that is one of these; SIZE_MAX: none is. */
size_t harness_scenario_find_model(const struct harness_scenario *scenario,
                                   const char *const *models, size_t model_count);

/* The bounds, by number of node in the scenario's order; free `immune` with lineage_memory_free. */
struct lineage_bounds harness_scenario_bounds(const struct harness_scenario *scenario);

/* Splits "a,b,c" into the texts; the parts live in the scenario's arena. */
void harness_split(struct harness_scenario *scenario, const char *list, harness_texts *texts);

/* The texts in one, in the arena. */
const char *harness_join(struct lineage_arena *arena, const harness_texts *texts,
                         const char *between);

/* The name of a file without its folder and ending; in the arena. */
const char *harness_base_name(struct lineage_arena *arena, const char *path);

const char *harness_verdict_name(enum harness_verdict verdict);

#endif
