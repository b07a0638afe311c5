#include "digest.h"

#include "dedalus/program.h"
#include "native/sources.h"
#include "version.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Of the files that ldfi is made of: what another ldfi has answered is not this one's answer. */
static const char sources[] =
#include "sources.inc"
    ;

/* Adds a text with its length, so that no two lists of texts run together. */
static void add_text(XXH3_state_t *state, const char *text)
{
    const uint64_t bytes = strlen(text);
    uint64_t canonical = 0;
    for (int i = 0; i < 8; i++) /* the same on machines of either byte order */
        ((unsigned char *)&canonical)[i] = (unsigned char)(bytes >> (8 * i));
    XXH3_128bits_update(state, &canonical, sizeof canonical);
    XXH3_128bits_update(state, text, strlen(text));
}

static void add_texts(XXH3_state_t *state, const harness_texts *texts)
{
    add_text(state, "list");
    for (size_t i = 0; i < texts->count; i++)
        add_text(state, texts->items[i]);
    add_text(state, "");
}

static void add_json(XXH3_state_t *state, const cJSON *json)
{
    char *text = json == NULL ? NULL : cJSON_PrintUnformatted(json);
    add_text(state, text == NULL ? "none" : text);
    cJSON_free(text);
}

static void add_sources(XXH3_state_t *state, const lineage_sources *added)
{
    for (size_t i = 0; i < added->count; i++)
        add_text(state, added->items[i]->text);
}

/* The texts of all files that are run: those in C first, then those of Dedalus. */
static bool add_program(XXH3_state_t *state, const struct harness_scenario *scenario)
{
    static const char *const building[] = {"CC", "LDFI_CFLAGS"};
    struct lineage_diagnostics ignored = {.error_count = 0}; /* they come up when it runs */
    struct lineage_arena arena = {.newest = NULL};
    struct ded_program program;
    harness_texts modules = {0}, rules = {0};
    lineage_sources protocol = {0};
    for (size_t i = 0; i < scenario->model.count; i++) {
        if (native_is_module(scenario->model.items[i]))
            LINEAGE_PUSH(&modules, scenario->model.items[i]);
        else
            LINEAGE_PUSH(&rules, scenario->model.items[i]);
    }
    native_sources_read(&protocol, &arena, modules.items, modules.count, &ignored);
    ded_program_read(&program, rules.items, rules.count, scenario->given_source, &ignored);
    add_sources(state, &protocol);
    for (size_t i = 0; i < sizeof building / sizeof *building && modules.count > 0; i++)
        add_text(state, getenv(building[i]) == NULL ? "" : getenv(building[i]));
    add_sources(state, &program.sources);
    const bool is_right = ignored.error_count == 0;
    ded_program_free(&program);
    lineage_memory_free(modules.items);
    lineage_memory_free(rules.items);
    lineage_memory_free(protocol.items);
    lineage_arena_free(&arena);
    lineage_diagnostics_free(&ignored);
    return is_right;
}

static void write_digest(XXH3_state_t *state, char digest[HARNESS_DIGEST_BYTES])
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
    for (size_t i = 0; i < sizeof canonical.digest; i++)
        snprintf(digest + 2 * i, 3, "%02x", (unsigned)canonical.digest[i]);
}

bool harness_digest(const struct harness_session *session, char digest[HARNESS_DIGEST_BYTES])
{
    const struct harness_scenario *scenario = &session->scenario;
    const struct harness_options *options = &session->search.options;
    char numbers[256];
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_128bits_reset(&state);
    add_text(&state, HARNESS_VERSION);
    add_text(&state, sources);
    const bool is_right = add_program(&state, scenario);
    add_texts(&state, &scenario->nodes);
    add_texts(&state, &scenario->immune);
    for (size_t i = 0; i < scenario->alike.count; i++) /* where it is false there is no answer */
        add_texts(&state, &scenario->alike.items[i]);
    add_json(&state, scenario->faults);
    const bool is_random = options->strategy == HARNESS_RANDOM;
    snprintf(numbers, sizeof numbers, "%u%s %u%s %u %u %d %d %d %d %llu %llu", scenario->eot,
             scenario->sweeps_eot ? "+" : "", scenario->eff, scenario->sweeps_eff ? "+" : "",
             scenario->crashes, scenario->omissions, (int)scenario->oracle,
             (int)scenario->strict_locality, (int)options->strategy, (int)options->all,
             is_random ? (unsigned long long)options->seed : 0,
             is_random ? (unsigned long long)options->random_runs : 0);
    add_text(&state, numbers);
    write_digest(&state, digest);
    if (!is_right)
        digest[0] = '\0';
    return is_right;
}

size_t harness_shard_of(const char *name, size_t count)
{
    return (size_t)(XXH3_64bits(name, strlen(name)) % count);
}

void harness_digest_names(const harness_texts *names, char digest[HARNESS_DIGEST_BYTES])
{
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_128bits_reset(&state);
    add_texts(&state, names);
    write_digest(&state, digest);
}
