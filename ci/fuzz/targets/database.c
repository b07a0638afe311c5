/* Databases from anywhere: opened, read back as far as that goes, turned into a formula, and taken
 * for one more search. The input is the whole file. */
#include "fuzz.h"

#include "../../../harness/evidence.h"
#include "../../../lineage/hazard.h"
#include "../../../lineage/store.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the database lies: in memory, if the machine has a place for that. */
static char folder[64], path[80];

static void remove_files(void)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char name[96];
        snprintf(name, sizeof name, "%s%s", path, endings[i]);
        unlink(name);
    }
}

static void remove_folder(void)
{
    remove_files();
    rmdir(folder);
}

static void make_folder(void)
{
    const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder, sizeof folder, "%s/ldfi-fuzz-XXXXXX", parent);
    if (mkdtemp(folder) == NULL)
        abort();
    snprintf(path, sizeof path, "%s/runs.db", folder);
    atexit(remove_folder);
}

static void write_file(const uint8_t *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0)
        abort();
}

/* What a search does with a good run that it has read back. */
static void use(struct lineage_restored *restored)
{
    struct solver_formulas formulas;
    struct lineage_fault_variables variables;
    const struct lineage_schedule none = {.omissions = {0}};
    const struct lineage_hazard_input input = {.envelope = &restored->envelope,
                                               .schedule = &none,
                                               .bounds = &restored->bounds,
                                               .oracle = restored->oracle,
                                               .good = &restored->good};
    if (!restored->has_envelope || restored->good.facts_by_place == NULL)
        return;
    solver_formulas_create(&formulas, (struct solver_memory){lineage_memory_resize});
    lineage_fault_variables_create(&variables, &formulas, &restored->universe, &restored->bounds);
    lineage_hazard(&variables, &input, NULL);
    for (size_t i = 0; i < variables.omissions.count; i++)
        lineage_fault_variable_print(&variables, variables.omissions.items[i].variable,
                                     fuzz_nowhere());
    lineage_fault_variables_destroy(&variables);
    solver_formulas_destroy(&formulas);
}

/* Adds a search with one run, as `run --db` does to a database that it finds. */
static void append(struct lineage_store *store)
{
    struct lineage_universe universe;
    struct lineage_execution execution;
    bool immune[1] = {false};
    static const char *const model[] = {"m.ded"};
    const struct lineage_bounds bounds = {.eot = 1, .immune = immune};
    const struct lineage_schedule none = {.omissions = {0}};
    lineage_universe_create(&universe);
    lineage_node_add(&universe, "a");
    lineage_relation_add(&universe, (struct lineage_relation){"p", 1, false});
    const lineage_value value = universe.nodes.items[0];
    lineage_execution_create(&execution, &universe, 1);
    lineage_fact_add(&execution, lineage_tuple_intern(&universe, 0, &value), 1, true);
    lineage_execution_index(&execution);
    const struct lineage_store_search search = {.version = "1",
                                                .scenario = "s",
                                                .strategy = "lineage",
                                                .oracle = "strict",
                                                .model = model,
                                                .model_count = 1,
                                                .universe = &universe,
                                                .bounds = &bounds};
    const struct lineage_store_run run = {
        .kind = "good", .schedule = &none, .execution = &execution};
    if (!lineage_store_begin(store, &search) || !lineage_store_run(store, &run) ||
        !lineage_store_end(store, "certified", true, 1))
        fputs(lineage_store_error(store), fuzz_nowhere());
    lineage_execution_free(&execution);
    lineage_universe_destroy(&universe);
}

/* Runs what the database says that its newest run was, as `ldfi explain` does; a model from
 * anywhere may take long, and is given some steps. */
static void run_again(struct lineage_store *store)
{
    struct harness_session session = {.combination = 0};
    struct harness_evidence evidence = {.run = 0};
    struct lineage_schedule faults = {.omissions = {0}};
    struct lineage_stored_run run;
    harness_scenario_create(&session.scenario);
    session.search.budget.seconds_max = 0.5;
    if (lineage_store_find_run(store, 0, &run) && run.is_capture)
        harness_evidence_restore(&evidence, store, &run);
    else if (harness_evidence_open_search(store, 0, &session) &&
             harness_evidence_read_faults(store, 1, &session, &faults))
        harness_evidence_make(&evidence, &session, &faults);
    lineage_schedule_free(&faults);
    harness_evidence_free(&evidence);
    harness_session_free(&session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    struct lineage_store *store;
    if (folder[0] == '\0')
        make_folder();
    write_file(data, size);
    if (lineage_store_open(path, &store, &diagnostics) == LINEAGE_STORE_OK) {
        struct lineage_restored restored;
        if (lineage_store_restore(store, 0, &restored))
            use(&restored);
        else
            fputs(lineage_store_error(store), fuzz_nowhere());
        lineage_restored_free(&restored);
        run_again(store);
        append(store);
    }
    lineage_store_close(store);
    lineage_diagnostics_free(&diagnostics);
    remove_files();
    return 0;
}
