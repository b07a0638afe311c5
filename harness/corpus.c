#include "corpus.h"

#include "digest.h"
#include "folder.h"
#include "json.h"
#include "printable.h"
#include "report.h"

#include "../lineage/path.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 1 << 22, NAME_BYTES_MAX = 80 };

/* ---- reading ---- */

/* Absent, or a number that a bound may be. */
static bool may_bound(const cJSON *json, const char *key)
{
    const cJSON *item = harness_json_get(json, key);
    return item == NULL || (cJSON_IsNumber(item) && item->valuedouble >= 0 &&
                            item->valuedouble <= HARNESS_TIME_MAX);
}

static bool is_plain(const char *text)
{
    while (*text != '\0' && (unsigned char)*text >= ' ' && *text != 0x7f)
        text++;
    return *text == '\0';
}

static bool check(const cJSON *json, struct lineage_place place,
                  struct lineage_diagnostics *diagnostics)
{
    static const char wanted[] = "a counterexample of the corpus has \"kind\": \"counterexample\", "
                                 "\"scenario\", \"faults\" and \"shape\"";
    const char *scenario = harness_json_text(json, "scenario");
    const cJSON *choice = harness_json_get(json, "choice");
    const bool is_right = harness_json_is(json, "kind", "counterexample") && scenario[0] != '\0' &&
                          cJSON_IsObject(harness_json_get(json, "faults")) &&
                          cJSON_IsObject(harness_json_get(json, "shape"));
    if (!is_right)
        lineage_error(diagnostics, place, "%s; see `ldfi regress --help`", wanted);
    else if (!is_plain(scenario))
        lineage_error(diagnostics, place, "\"scenario\" is the path of a file, on one line");
    else if (choice != NULL && !cJSON_IsObject(choice))
        lineage_error(diagnostics, place,
                      "\"choice\" names the inputs chosen: {\"NAME\": VALUE, ...}");
    else if (!may_bound(json, "eot") || !may_bound(json, "eff"))
        lineage_error(diagnostics, place, "\"eot\" and \"eff\" are numbers from 0 to %d",
                      HARNESS_TIME_MAX);
    else
        return true;
    return false;
}

bool harness_corpus_is_entry(const char *path)
{
    struct lineage_arena arena = {.newest = NULL};
    const char *why = NULL;
    const struct lineage_source *source =
        lineage_path_is_endless(path) ? NULL
                                      : lineage_source_read(&arena, path, FILE_BYTES_MAX, &why);
    cJSON *json = source != NULL ? cJSON_Parse(source->text) : NULL;
    const bool is_entry = harness_json_is(json, "kind", "counterexample");
    cJSON_Delete(json);
    lineage_arena_free(&arena);
    return is_entry;
}

bool harness_corpus_read_entry(struct harness_corpus *corpus, const char *path,
                               struct lineage_diagnostics *diagnostics)
{
    const char *why = NULL, *end = NULL;
    struct lineage_source *missing = lineage_arena_allocate(&diagnostics->arena, sizeof *missing);
    missing->path = lineage_arena_text(&diagnostics->arena, path, strlen(path));
    const struct lineage_source *source =
        lineage_path_is_endless(path)
            ? NULL
            : lineage_source_read(&diagnostics->arena, path, FILE_BYTES_MAX, &why);
    if (source == NULL) {
        lineage_error(diagnostics, (struct lineage_place){missing, 1, 1}, "cannot read it: %s",
                      why != NULL ? why : "it is no file");
        return false;
    }
    struct harness_known known = {.json = cJSON_ParseWithOpts(source->text, &end, true)};
    if (known.json == NULL) {
        lineage_error(diagnostics,
                      lineage_place_of(source, end != NULL ? (size_t)(end - source->text) : 0),
                      "this is not JSON: something is wrong here or just before");
        return false;
    }
    known.path = lineage_arena_text(&corpus->arena, path, strlen(path));
    const char *name = harness_base_name(&corpus->arena, path);
    known.name = harness_make_printable(lineage_arena_text(&corpus->arena, name, strlen(name)));
    known.scenario =
        lineage_path_beside(&corpus->arena, known.path, harness_json_text(known.json, "scenario"));
    LINEAGE_PUSH(&corpus->items, known);
    return check(known.json, (struct lineage_place){source, 1, 1}, diagnostics);
}

bool harness_corpus_read(struct harness_corpus *corpus, const char *folder,
                         struct lineage_diagnostics *diagnostics)
{
    struct dirent **names = NULL;
    const int count = harness_folder_list(folder, &names);
    bool is_right = count >= 0 || errno == ENOENT;
    if (!is_right)
        lineage_error(diagnostics, (struct lineage_place){0}, "cannot read the folder %s: %s",
                      folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        const char *path = lineage_arena_format(&corpus->arena, "%s/%s", folder, names[i]->d_name);
        if (lineage_path_has_ending(path, ".json"))
            is_right = harness_corpus_read_entry(corpus, path, diagnostics) && is_right;
        free(names[i]);
    }
    free(names);
    return is_right;
}

void harness_corpus_free(struct harness_corpus *corpus)
{
    for (size_t i = 0; i < corpus->items.count; i++)
        cJSON_Delete(corpus->items.items[i].json);
    lineage_memory_free(corpus->items.items);
    lineage_arena_free(&corpus->arena);
}

/* ---- keeping ---- */

/* The path of a file as seen from a folder that exists: up to where they part, then down. */
static const char *relative(struct lineage_arena *arena, const char *folder, const char *path)
{
    char *real_folder = realpath(folder, NULL), *real_path = realpath(path, NULL);
    const char *result = path;
    if (real_folder != NULL && real_path != NULL) {
        size_t common = 0;
        for (size_t i = 0; real_folder[i] == real_path[i] && real_path[i] != '\0'; i++)
            common = real_path[i] == '/' ? i + 1 : common;
        const size_t bytes = strlen(real_folder);
        if (strncmp(real_folder, real_path, bytes) == 0 && real_path[bytes] == '/')
            common = bytes + 1;
        result = lineage_arena_text(arena, real_path + common, strlen(real_path + common));
        for (size_t i = common; i < bytes; i++) /* one up for each part of the folder's own way */
            if (i == common || real_folder[i] == '/')
                result = lineage_arena_format(arena, "../%s", result);
    }
    free(real_folder);
    free(real_path);
    return result;
}

/* A name that says what is in the file: rung2-crash_c_4. Long ones end in a digest. */
static const char *name_of(struct lineage_arena *arena, const char *scenario, const cJSON *json,
                           const char *digest)
{
    const cJSON *choice = harness_json_get(json, "choice");
    char *chosen = choice == NULL ? NULL : cJSON_PrintUnformatted(choice);
    char *name = lineage_arena_format(arena, "%s-%s%s%s", harness_base_name(arena, scenario),
                                      harness_json_text(json, "text"), chosen != NULL ? "-" : "",
                                      chosen != NULL ? chosen : "");
    size_t end = 0;
    cJSON_free(chosen);
    for (const char *at = name; *at != '\0'; at++) {
        const bool is_kept = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                             (*at >= '0' && *at <= '9') || *at == '-';
        if (is_kept)
            name[end++] = *at;
        else if (end > 0 && name[end - 1] != '_')
            name[end++] = '_';
    }
    while (end > 0 && name[end - 1] == '_')
        end--;
    name[end] = '\0';
    return end <= NAME_BYTES_MAX
               ? name
               : lineage_arena_format(arena, "%.*s-%.8s", NAME_BYTES_MAX, name, digest);
}

/* Of what makes two counterexamples one: the scenario, its inputs, the faults. */
static void digest_of(const cJSON *json, char digest[HARNESS_DIGEST_BYTES])
{
    char *chosen = cJSON_PrintUnformatted(harness_json_get(json, "choice"));
    const char *parts[] = {harness_json_text(json, "scenario"), harness_json_text(json, "text"),
                           chosen != NULL ? chosen : ""};
    const harness_texts texts = {parts, 3, 3};
    harness_digest_names(&texts, digest);
    cJSON_free(chosen);
}

/* Does the file hold another counterexample? */
static bool is_other(const char *path, const char *digest)
{
    struct lineage_arena arena = {.newest = NULL};
    const char *why = NULL;
    char theirs[HARNESS_DIGEST_BYTES] = "";
    const struct lineage_source *source =
        lineage_path_is_endless(path) ? NULL
                                      : lineage_source_read(&arena, path, FILE_BYTES_MAX, &why);
    cJSON *json = source == NULL ? NULL : cJSON_Parse(source->text);
    if (json != NULL)
        digest_of(json, theirs);
    cJSON_Delete(json);
    lineage_arena_free(&arena);
    return source != NULL && strcmp(digest, theirs) != 0;
}

/* Where the counterexample belongs. Names leave out what files cannot be called, and the folder of
 * the scenario: where another has the name already, the digest is added. */
static const char *path_of(struct lineage_arena *arena, const char *folder, const char *scenario,
                           const cJSON *json)
{
    char digest[HARNESS_DIGEST_BYTES];
    digest_of(json, digest);
    const char *name = name_of(arena, scenario, json, digest);
    const char *path = lineage_arena_format(arena, "%s/%s.json", folder, name);
    return is_other(path, digest)
               ? lineage_arena_format(arena, "%s/%s-%.8s.json", folder, name, digest)
               : path;
}

static cJSON *make_json(const char *scenario, const char *version, const cJSON *report,
                        const cJSON *found, const char *note)
{
    char today[16];
    const time_t now = time(NULL);
    struct tm date;
    strftime(today, sizeof today, "%Y-%m-%d", gmtime_r(&now, &date));
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "kind", "counterexample");
    cJSON_AddStringToObject(json, "scenario", scenario);
    cJSON_AddStringToObject(json, "version", version);
    harness_json_copy(json, report, "nodes");
    harness_json_copy(json, report, "choice");
    if (harness_json_get(report, "sweep") != NULL || harness_json_is_true(report, "own_bounds")) {
        harness_json_copy(json, harness_json_get(report, "bounds"), "eot");
        harness_json_copy(json, harness_json_get(report, "bounds"), "eff");
    }
    cJSON *faults = cJSON_AddObjectToObject(json, "faults");
    harness_json_copy(faults, found, "omissions");
    harness_json_copy(faults, found, "crashes");
    harness_json_copy(json, found, "text");
    harness_json_copy(json, found, "broken");
    harness_json_copy(json, found, "shape");
    cJSON_AddStringToObject(json, "first_seen", today);
    cJSON_AddStringToObject(json, "note", note);
    return json;
}

/* Writes it whole or not at all; what is there stays. */
static bool write_new(const char *path, cJSON *json, cJSON *added,
                      struct lineage_diagnostics *diagnostics)
{
    char *temporary = lineage_arena_format(&diagnostics->arena, "%s.new", path);
    FILE *file = access(path, F_OK) == 0 ? NULL : fopen(temporary, "w");
    if (file == NULL) {
        cJSON_Delete(json);
        if (access(path, F_OK) == 0)
            return true;
    } else {
        harness_print_json(json, file);
        const bool is_written = !ferror(file);
        if (fclose(file) == 0 && is_written && rename(temporary, path) == 0) {
            cJSON_AddItemToArray(added, cJSON_CreateString(path));
            return true;
        }
        unlink(temporary);
    }
    lineage_error(diagnostics, (struct lineage_place){0}, "cannot write %s: %s", path,
                  strerror(errno));
    return false;
}

bool harness_corpus_keep(const char *folder, const char *scenario, const char *version,
                         const cJSON *report, const char *note, cJSON *added,
                         struct lineage_diagnostics *diagnostics)
{
    struct lineage_arena *arena = &diagnostics->arena;
    const cJSON *found;
    if (harness_json_first(report, "counterexamples") == NULL)
        return true;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        lineage_error(diagnostics, (struct lineage_place){0}, "cannot make the folder %s: %s",
                      folder, strerror(errno));
        return false;
    }
    const char *seen = relative(arena, folder, scenario);
    bool is_kept = true;
    cJSON_ArrayForEach(found, harness_json_get(report, "counterexamples"))
    {
        cJSON *json = make_json(seen, version, report, found, note);
        const char *path = path_of(arena, folder, scenario, json);
        is_kept = write_new(path, json, added, diagnostics) && is_kept;
    }
    return is_kept;
}
