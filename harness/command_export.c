#include "command.h"

#include "evidence.h"
#include "export.h"
#include "fact_words.h"
#include "formula_file.h"
#include "graphviz.h"

#include <errno.h>

enum export_option {
    PCAP = HARNESS_OWN_OPTIONS,
    DOT,
    SVG,
    MERMAID,
    SHIVIZ,
    OTLP,
    OF,
    FACT,
    REPEATS,
};

enum { DRAWING_SECONDS = 60 };

static const struct harness_option options[] = {
    HARNESS_SCENARIO_OPTIONS,
    HARNESS_FAULT_OPTIONS,
    HARNESS_RUN_CHOICE,
    {PCAP, "pcap", 0, "FILE.pcap", "packets: a UDP datagram a message"},
    {DOT, "dot", 0, "FILE.dot", "a graph for Graphviz"},
    {SVG, "svg", 0, "FILE.svg", "the same as a picture, drawn by Graphviz"},
    {OF, "of", 0, "WHAT:lineage|space-time", "what --dot and --svg draw (default lineage)"},
    {FACT, "fact", 0, "FACT", "whose lineage (default: all of pre and post)"},
    {MERMAID, "mermaid", 0, "FILE.mmd", "a sequence diagram"},
    {SHIVIZ, "shiviz", 0, "FILE.log", "a log for ShiViz, with vector clocks"},
    {OTLP, "otlp", 0, "FILE.json", "spans of OpenTelemetry, as JSON"},
    {REPEATS, "repeats", 0, NULL, "draw messages that repeat the step before, too"},
    {21, "quiet", 'q', NULL, "print nothing but errors"},
    {22, "help", 'h', NULL, "print this"},
    {0, NULL, 0, NULL, NULL}};

/* One file to write. */
struct product {
    int id;
    const char *path;
    struct lineage_place place;
    bool is_space_time;
};

struct fact_words {
    const char *words;
    struct lineage_place place;
};

struct job {
    LINEAGE_ARRAY(struct product) products;
    LINEAGE_ARRAY(struct fact_words) words;
    LINEAGE_ARRAY(uint32_t) facts; /* whose lineage is drawn */
    bool is_space_time;            /* the graphs to come */
    size_t of_first, of_last;      /* how many products stood before the last two --of */
    bool repeats;
};

/* Takes what the graphs behind are of; see settle_of for the others. */
static void set_of(struct harness_request *request, struct job *job, const char *value,
                   struct lineage_place place)
{
    job->is_space_time = strcmp(value, "space-time") == 0;
    if (!job->is_space_time && strcmp(value, "lineage") != 0)
        lineage_error(&request->session.diagnostics, place,
                      "the graphs are of lineage and of space-time, not '%s'", value);
    job->of_first = job->of_last;
    job->of_last = job->products.count;
}

/* Where no graph stands behind the last --of, it counts for those before it, as far as the --of
 * before that. */
static void settle_of(struct job *job)
{
    if (job->of_last == job->products.count)
        for (size_t i = job->of_first; i < job->of_last; i++)
            job->products.items[i].is_space_time = job->is_space_time;
}

static void handle(struct harness_request *request, int id, const char *value,
                   struct lineage_place place)
{
    struct job *job = request->own;
    if (id == OF) {
        set_of(request, job, value, place);
    } else if (id == FACT) {
        const struct fact_words words = {value, place};
        LINEAGE_PUSH(&job->words, words);
    } else if (id == REPEATS) {
        job->repeats = true;
    } else {
        const struct product product = {id, value, place, job->is_space_time};
        LINEAGE_PUSH(&job->products, product);
    }
}

/* Is what was asked for possible, before anything runs? */
static bool check(struct harness_request *request, const struct job *job)
{
    struct lineage_diagnostics *diagnostics = &request->session.diagnostics;
    bool is_standard_output_taken = false;
    if (job->products.count == 0)
        lineage_error(
            diagnostics, (struct lineage_place){request->line.source, 1, 1},
            "say what to write: --pcap, --dot, --svg, --mermaid, --shiviz or --otlp FILE");
    for (size_t i = 0; i < job->products.count; i++) {
        const struct product *product = &job->products.items[i];
        const bool is_standard_output = strcmp(product->path, "-") == 0;
        if (is_standard_output && is_standard_output_taken)
            lineage_error(diagnostics, product->place, "standard output takes one of them");
        else if (!is_standard_output && !harness_is_writable(product->path))
            lineage_error(diagnostics, product->place, "cannot write %s: %s", product->path,
                          strerror(errno));
        is_standard_output_taken = is_standard_output_taken || is_standard_output;
    }
    return diagnostics->error_count == 0;
}

/* Adds the facts that are like those that the words name. */
static void find_named(struct harness_request *request, struct job *job,
                       const struct lineage_execution *execution, const struct fact_words *words)
{
    struct lineage_diagnostics *diagnostics = &request->session.diagnostics;
    const size_t before = job->facts.count;
    struct harness_fact_words named;
    if (!harness_read_fact(words->words, words->place, execution->universe, execution->eot,
                           diagnostics, &request->line.arena, &named))
        return;
    for (uint32_t i = 0; i < execution->facts.count; i++) {
        const struct lineage_fact *fact = &execution->facts.items[i];
        if (fact->time == named.time &&
            lineage_tuple_relation(execution->universe, fact->tuple) ==
                lineage_tuple_relation(execution->universe, named.pattern) &&
            lineage_tuple_match(execution->universe, named.pattern, fact->tuple) == LINEAGE_MATCH)
            LINEAGE_PUSH(&job->facts, i);
    }
    if (job->facts.count == before)
        lineage_error(diagnostics, words->place, "%s does not hold in the run at time %u",
                      words->words, named.time);
}

/* The facts that are named, or else all that is promised and kept at the end of time; of a capture,
 * which has no promises, all that was received last. */
static bool find_facts(struct harness_request *request, struct job *job,
                       const struct harness_evidence *evidence)
{
    const struct lineage_execution *execution = &evidence->bad;
    for (size_t i = 0; i < job->words.count; i++)
        find_named(request, job, execution, &job->words.items[i]);
    for (uint32_t i = 0; i < execution->facts.count && job->words.count == 0; i++) {
        const struct lineage_fact *fact = &execution->facts.items[i];
        const uint32_t relation = lineage_tuple_relation(execution->universe, fact->tuple);
        if (fact->time == execution->eot &&
            (evidence->is_capture || relation == execution->pre || relation == execution->post))
            LINEAGE_PUSH(&job->facts, i);
    }
    return request->session.diagnostics.error_count == 0;
}

/* Has Graphviz draw a graph. */
static const char *draw(struct harness_request *request, const struct product *product, char **text)
{
    /* In space-time all positions are given. */
    static const char *const lineage[] = {"dot", "-Tsvg", NULL};
    static const char *const space_time[] = {"neato", "-n", "-Tsvg", NULL};
    struct lineage_arena *arena = &request->line.arena;
    char *svg;
    const char *why = harness_graphviz(product->is_space_time ? space_time : lineage, *text,
                                       DRAWING_SECONDS, &harness_interrupted, arena, &svg);
    lineage_memory_free(*text);
    *text = svg;
    return why == NULL ? NULL
                       : lineage_arena_format(arena, "%s; --dot FILE writes the graph itself", why);
}

static void write_otlp(const struct harness_export *export, FILE *out)
{
    harness_print_json(harness_export_otlp(export), out);
}

/* Makes the product as text; NULL, or why it cannot be. */
static const char *make(struct harness_request *request, const struct job *job,
                        const struct harness_export *export, const struct product *product,
                        char **bytes, size_t *count)
{
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    const char *why = NULL;
    switch (product->id) {
    case PCAP:
        why = harness_export_pcap(export, &request->line.arena, out);
        break;
    case MERMAID:
        harness_export_mermaid(export, out);
        break;
    case SHIVIZ:
        harness_export_shiviz(export, out);
        break;
    case OTLP:
        write_otlp(export, out);
        break;
    default:
        if (product->is_space_time)
            harness_export_space_time(export, out);
        else
            harness_export_lineage(export, job->facts.items, job->facts.count, out);
        break;
    }
    *bytes = lineage_text_close(&text);
    *count = text.count;
    if (product->id == SVG) {
        why = draw(request, product, bytes);
        *count = *bytes == NULL ? 0 : strlen(*bytes);
    }
    return why;
}

/* Makes and writes one product; an exit status. */
static int produce(struct harness_request *request, const struct job *job,
                   const struct harness_export *export, const struct product *product)
{
    char *bytes = NULL;
    size_t count = 0;
    int status = HARNESS_STATUS_OK;
    const char *why = make(request, job, export, product, &bytes, &count);
    if (harness_interrupted) {
        status = HARNESS_STATUS_INTERRUPTED;
    } else if (why != NULL) {
        lineage_error(&request->session.diagnostics, product->place, "%s", why);
        status = product->id == SVG ? HARNESS_STATUS_MACHINE : HARNESS_STATUS_BAD_INPUT;
    } else if (!harness_request_write(request, product->place, product->path, bytes, count)) {
        status = HARNESS_STATUS_MACHINE;
    }
    lineage_memory_free(bytes);
    return status;
}

/* Asks the database, if the run is of one, how it numbers the messages. */
static uint32_t *find_numbers(struct harness_request *request,
                              const struct harness_evidence *evidence)
{
    struct lineage_store *store;
    uint32_t *numbers = NULL;
    if (request->database == NULL || evidence->run == 0 || evidence->is_capture ||
        lineage_store_open_existing(request->database, &store, &request->session.diagnostics) !=
            LINEAGE_STORE_OK)
        return NULL;
    numbers = harness_export_numbers(&evidence->bad, store, evidence->run);
    lineage_store_close(store);
    return numbers;
}

static int produce_all(struct harness_request *request, struct job *job)
{
    struct harness_evidence evidence;
    if (!check(request, job))
        return HARNESS_STATUS_BAD_INPUT;
    int status = harness_request_evidence(request, &evidence);
    if (status < 0) {
        uint32_t *numbers = find_numbers(request, &evidence);
        const struct harness_export export = {.name = evidence.name,
                                              .run = evidence.run,
                                              .execution = &evidence.bad,
                                              .faults = &evidence.faults,
                                              .broken = &evidence.broken,
                                              .numbers = numbers,
                                              .repeats = job->repeats};
        harness_request_warn(request);
        status = find_facts(request, job, &evidence) ? HARNESS_STATUS_OK : HARNESS_STATUS_BAD_INPUT;
        for (size_t i = 0; i < job->products.count && status == HARNESS_STATUS_OK; i++)
            status = produce(request, job, &export, &job->products.items[i]);
        lineage_memory_free(numbers);
    }
    harness_evidence_free(&evidence);
    return status;
}

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    struct job job = {.repeats = false};
    struct harness_request request = {.handle = handle, .own = &job, .takes_runs = true};
    int status = harness_request_open(&request, command, argc, argv);
    if (status < 0) {
        settle_of(&job);
        status = produce_all(&request, &job);
        status = request.session.diagnostics.error_count > 0
                     ? harness_request_fail(&request, status)
                     : harness_request_finish(&request, status);
    }
    lineage_memory_free(job.products.items);
    lineage_memory_free(job.words.items);
    lineage_memory_free(job.facts.items);
    return status;
}

const struct harness_command harness_command_export = {
    .name = "export",
    .summary = "write a run as packets, graphs, diagrams, logs or traces",
    .purpose = HARNESS_EXCHANGES,
    .synopsis = "SCENARIO.json [--omit FROM,TO,TIME] [--crash NODE,TIME]...\n"
                "ENTRY.json | FILE.db [--run N]\n",
    .about = "Writes one run for other programs. A file named - is standard output.\n",
    .more = "`--pcap` is for Wireshark (`ci/wireshark`), `--mermaid` for code reviews.\n"
            "`dot` draws what `--dot` writes of lineage, `neato -n` what it writes of\n"
            "space-time.\n\n"
            "`--of` counts for the graphs behind it; where none stands behind the last\n"
            "one, for those before it. Lineage is that of `pre` and `post` at the end of\n"
            "time, or of the facts that `--fact` names, written as for `ldfi why`. What\n"
            "holds at several times in a row is drawn once.\n\n"
            "A step of logical time takes a second in packets and traces, from 1970 on.\n",
    .examples = "ldfi export scenarios/primary_backup/rung3.json --crash c,3 --pcap run.pcap\n",
    .options = options,
    .run = run_command};
