/* Traces from anywhere: what a protocol in C may have left in the memory that it shares with ldfi.
 * An input is words, or (if its first byte is odd) changes to the trace of a real run: each a
 * place, of two bytes, and a word that is added there. It is read, recorded and made a circuit. */
#include "fuzz.h"

#include "../../../harness/native/sample.h"

#include <string.h>

enum { WORDS_MAX = 4096, CHANGE_BYTES = 10 };

/* The trace that an input stands for; its number of words. */
static size_t make_trace(const struct sample *sample, const uint8_t *data, size_t size,
                         uint64_t *trace)
{
    size_t words = size / sizeof *trace < WORDS_MAX ? size / sizeof *trace : WORDS_MAX;
    if ((data[0] & 1) == 0) {
        memcpy(trace, data + 1,
               size - 1 < words * sizeof *trace ? size - 1 : words * sizeof *trace);
        return words;
    }
    words = sample->words < WORDS_MAX ? sample->words : WORDS_MAX;
    memcpy(trace, sample->trace, words * sizeof *trace);
    for (size_t at = 1; at + CHANGE_BYTES <= size && words > 0; at += CHANGE_BYTES) {
        uint64_t word;
        memcpy(&word, data + at + 2, sizeof word);
        trace[(data[at] | (size_t)data[at + 1] << 8) % words] += word;
    }
    return words;
}

static void use(struct sample *sample, const uint64_t *trace, size_t words)
{
    const struct lineage_bounds bounds = {SAMPLE_EOT, SAMPLE_EOT, 1, LINEAGE_UNBOUNDED,
                                          (bool[3]){false}};
    struct lineage_execution execution;
    native_state state = {0};
    const enum native_reading reading = sample_read(sample, trace, words);
    if (reading == NATIVE_READ_MISUSE)
        return;
    sample_record(sample, NATIVE_FIRINGS, &execution);
    lineage_execution_free(&execution);
    if (reading == NATIVE_READ_GARBLED)
        return;
    sample_envelope(sample, &bounds, false, &execution);
    lineage_execution_free(&execution);
    native_state_write(&sample->run, &sample->names, NULL, &sample->schedule, &state);
    lineage_memory_free(state.items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct sample *sample = sample_create(&sample_protocol);
    uint64_t *trace = lineage_memory_clear((WORDS_MAX + 1) * sizeof *trace);
    const bool wants_state = (data[0] & 2) != 0;
    sample_run(sample, wants_state ? 2 : SAMPLE_EOT, wants_state);
    use(sample, trace, make_trace(sample, data, size, trace));
    lineage_memory_free(trace);
    sample_free(sample);
    return 0;
}
