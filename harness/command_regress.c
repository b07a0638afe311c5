#include "command.h"

#include "json.h"
#include "regress.h"
#include "version.h"

#include "../lineage/path.h"

#include <stdlib.h>
#include <string.h>

enum regress_option { CORPUS = HARNESS_OWN_OPTIONS, KEEP, NOTE };

static const struct harness_option options[] = {
    {CORPUS, "corpus", 0, "DIR", "the counterexamples (default scenarios/corpus)"},
    {KEEP, "keep", 0, NULL, "add to the corpus what is NEW"},
    {NOTE, "note", 0, "TEXT", "what to remember of what is added"},
    HARNESS_LIMIT_OPTIONS,
    HARNESS_RESUME_OPTION,
    HARNESS_OUTPUT_OPTIONS,
    {0, NULL, 0, NULL, NULL}};

struct command {
    struct harness_regress regress;
    const char *corpus, *note;
    bool keeps, adds;
};

static void handle(struct harness_request *request, int id, const char *value,
                   struct lineage_place place)
{
    struct command *command = request->own;
    (void)place;
    switch (id) {
    case CORPUS:
        command->corpus = value;
        break;
    case KEEP:
        command->keeps = true;
        break;
    case NOTE:
    default:
        command->note = value;
        break;
    }
}

/* The scenarios that the user named, or those that the corpus knows, each once. */
static void add_scenarios(struct harness_request *request, struct command *command)
{
    struct harness_regress *regress = &command->regress;
    for (size_t i = command->adds ? 1 : 0; i < request->line.operands.count; i++)
        harness_regress_add(regress, request->line.operands.items[i], true);
    if (request->line.operands.count > 0)
        return;
    for (size_t i = 0; i < regress->corpus.items.count; i++) {
        const char *scenario = regress->corpus.items.items[i].scenario;
        size_t j = 0;
        while (j < i && !lineage_path_is_same(regress->corpus.items.items[j].scenario, scenario))
            j++;
        if (j == i)
            harness_regress_add(regress, scenario, false);
    }
}

/* Keeps what the searches found: everything (`add`), or what is new (`--keep`). */
static bool keep(struct harness_request *request, struct command *command, cJSON *added)
{
    const struct harness_regress *regress = &command->regress;
    cJSON *json = harness_regress_json(regress);
    bool is_kept = true;
    for (size_t i = 0; i < regress->items.count; i++) {
        const struct harness_entry *entry =
            &regress->sweep.entries.items[regress->items.items[i].search];
        for (size_t j = 0; j < entry->unit_count; j++) {
            const cJSON *answer = regress->sweep.units.items[entry->first_unit + j].answer;
            cJSON *report = cJSON_Duplicate(answer, true);
            if (!command->adds) { /* those of no bug known, as far as they are of these inputs */
                cJSON *fresh = cJSON_CreateArray(), *found;
                const cJSON *new = harness_json_get(cJSON_GetArrayItem(json, (int)i), "new");
                cJSON_ArrayForEach(found, harness_json_get(answer, "counterexamples"))
                {
                    const cJSON *other;
                    cJSON_ArrayForEach(other, new)
                    {
                        if (cJSON_Compare(found, other, true)) {
                            cJSON_AddItemToArray(fresh, cJSON_Duplicate(found, true));
                            break;
                        }
                    }
                }
                cJSON_ReplaceItemInObjectCaseSensitive(report, "counterexamples", fresh);
            }
            is_kept = harness_corpus_keep(command->corpus, entry->path, entry->version, report,
                                          command->note, added, &request->session.diagnostics) &&
                      is_kept;
            cJSON_Delete(report);
        }
    }
    cJSON_Delete(json);
    return is_kept;
}

static void report(const struct harness_request *request, const struct command *command,
                   cJSON *added, int status)
{
    cJSON *list = harness_regress_json(&command->regress);
    const cJSON *path;
    if (request->json) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "tool", "ldfi");
        cJSON_AddStringToObject(object, "version", HARNESS_VERSION);
        cJSON_AddStringToObject(object, "command", "regress");
        cJSON_AddNumberToObject(object, "status", status);
        cJSON_AddItemToObject(object, "scenarios", list);
        cJSON_AddItemToObject(object, "added", cJSON_Duplicate(added, true));
        harness_print_json(object, stdout);
        return;
    }
    if (!request->quiet && (!command->adds || status != HARNESS_STATUS_OK))
        harness_regress_text(list, harness_wants_colour(stdout), stdout);
    cJSON_ArrayForEach(path, added)
    {
        if (!request->quiet)
            printf("added %s\n", path->valuestring);
    }
    if (!request->quiet && command->adds && status == HARNESS_STATUS_OK &&
        cJSON_GetArraySize(added) == 0)
        puts("nothing to add: no counterexample that the corpus does not have");
    cJSON_Delete(list);
}

static int run(struct harness_request *request, struct command *command)
{
    struct harness_sweep *sweep = &command->regress.sweep;
    cJSON *added = cJSON_CreateArray();
    int status = harness_regress_run(&command->regress);
    harness_progress_end(&sweep->progress_drawn);
    if ((command->adds || command->keeps) && !keep(request, command, added))
        status = HARNESS_STATUS_MACHINE;
    /* To add is to know: a counterexample is what was asked for. */
    if (command->adds && status == HARNESS_STATUS_FOUND)
        status = HARNESS_STATUS_OK;
    if (request->session.diagnostics.error_count == 0)
        report(request, command, added, status);
    cJSON_Delete(added);
    return status;
}

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    struct command own = {.corpus = "scenarios/corpus", .note = ""};
    struct harness_request request = {.handle = handle, .own = &own};
    struct harness_regress *regress = &own.regress;
    int status = harness_request_parse(&request, command, argc, argv);
    if (status >= 0)
        return status;
    harness_request_sweep(&request, &regress->sweep);
    regress->sweep.options.all = true;
    own.adds =
        request.line.operands.count > 0 && strcmp(request.line.operands.items[0], "add") == 0;
    if (!own.adds && /* what is added need not be replayed */
        !harness_corpus_read(&regress->corpus, own.corpus, &request.session.diagnostics))
        status = HARNESS_STATUS_BAD_INPUT;
    add_scenarios(&request, &own);
    if (request.session.diagnostics.error_count == 0 && regress->items.count == 0) {
        lineage_error(&request.session.diagnostics,
                      (struct lineage_place){request.line.source, 1, 1},
                      "there is no counterexample in %s: name a scenario, or keep some with `ldfi "
                      "regress add SCENARIO.json`",
                      own.corpus);
        status = HARNESS_STATUS_BAD_INPUT;
    }
    if (status < 0)
        status = harness_request_open_store(&request, &regress->sweep.store);
    if (status == HARNESS_STATUS_OK)
        status = run(&request, &own);
    lineage_store_close(regress->sweep.store);
    harness_regress_free(regress);
    return request.session.diagnostics.error_count > 0 ? harness_request_fail(&request, status)
                                                       : harness_request_finish(&request, status);
}

const struct harness_command harness_command_regress = {
    .name = "regress",
    .summary = "replay known counterexamples, and search for the same bugs",
    .purpose = HARNESS_GUARDS,
    .synopsis = "[SCENARIO.json...] [OPTION...]\n"
                "add SCENARIO.json... [--note TEXT]\n",
    .about = "Replays the counterexamples of the corpus, searches again, and says which of the\n"
             "two found what. Without scenarios: those in which the counterexamples were\n"
             "found. `add` searches and keeps every counterexample. Exit status 1: a bug is\n"
             "there that its scenario does not expect, or the other way round; 3: a search did\n"
             "not come to its end.\n",
    .more = "Without scenarios, each counterexample is replayed in its own; with scenarios,\n"
            "each of these with all counterexamples of the same nodes. `add` keeps each in a\n"
            "file of its own; a file that is there is never written again.\n"
            "\n"
            "What became of a bug:\n"
            "\n"
            "  still there              its faults show it, as they did\n"
            "  same bug, other faults   its faults do not, the search finds it\n"
            "  another bug              its faults break the promise in another way\n"
            "  gone                     neither breaks it, and the search has seen all\n"
            "  not found                neither breaks it, but the search did not end\n"
            "  NEW                      found, and of no bug that the corpus knows\n"
            "\n"
            "Two failures count as one bug if the same promises break for the same causes.\n"
            "That is a good hint, and no proof.\n"
            "\n"
            "A file of the corpus, as `add` writes it (one written by hand needs `kind`,\n"
            "`scenario`, `faults` and `shape`; `scenario` is relative to the file):\n"
            "\n"
            "  {\"kind\": \"counterexample\", \"scenario\": \"../primary_backup/rung1.json\",\n"
            "   \"faults\": {\"omissions\": [], \"crashes\": [{\"node\": \"c\", \"time\": 3}]},\n"
            "   \"shape\": {\"promises\": [\"agreement\"], \"causes\": [\"rep lost\"]}, \"note\": "
            "\"\"}\n",
    .examples = "ldfi regress add scenarios/primary_backup/rung1.json\n"
                "ldfi regress scenarios/primary_backup/rung2.json\n",
    .options = options,
    .run = run_command};
