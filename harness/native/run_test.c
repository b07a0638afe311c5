/* A trace is read as what happened; and whatever words stand in place of one, reading them, and
 * recording what was read, ends well. */
#include "../testing.h"

#include "sample.h"

static struct sample *make(uint32_t last, bool wants_state)
{
    struct sample *sample = sample_create(&sample_protocol);
    sample_run(sample, last, wants_state);
    assert_int_equal(sample->status.outcome, NATIVE_DONE);
    return sample;
}

/* ---- tests ---- */

/* 3 starts, 3 messages handled at 2; the timers of b and c, set anew, run out at 4, and are looked
 * at at 3, when that of a runs out; pre and post. */
static void a_trace_is_what_happened(void **state)
{
    struct sample *sample = make(SAMPLE_EOT, false);
    size_t counts[NATIVE_CALL_COUNT] = {0};
    (void)state;
    assert_int_equal(sample_read(sample, sample->trace, sample->words), NATIVE_READ_WHOLE);
    for (size_t i = 0; i < sample->run.calls.count; i++)
        counts[sample->run.calls.items[i].call]++;
    assert_int_equal(counts[NATIVE_START], 3);
    assert_int_equal(counts[NATIVE_MESSAGE], 3);
    assert_int_equal(counts[NATIVE_TIMER], 3);
    assert_int_equal(counts[NATIVE_LOOK], 2);
    assert_int_equal(counts[NATIVE_PRE] + counts[NATIVE_POST], 2);
    assert_int_equal(sample->run.calls.items[0].part_count, 2); /* of a's start, by ldfi_scope */
    assert_int_equal(sample->run.messages.count, 3);
    struct lineage_execution execution;
    sample_record(sample, NATIVE_FIRINGS, &execution);
    size_t count;
    lineage_facts_at(&execution, execution.post, SAMPLE_EOT, &count);
    assert_int_equal(count, 3);
    lineage_facts_at(&execution, lineage_relation_find(&sample->universe, "log"), 1, &count);
    assert_int_equal(count, 1);
    assert_int_equal(execution.messages.count, 2); /* each once, however often it is sent */
    lineage_execution_free(&execution);
    sample_free(sample);
}

/* Reads words, and does with them what would be done with a trace. */
static void use(struct sample *sample, const uint64_t *trace, size_t words)
{
    const struct lineage_bounds bounds = {SAMPLE_EOT, SAMPLE_EOT, 1, LINEAGE_UNBOUNDED,
                                          (bool[3]){0}};
    struct lineage_execution execution;
    native_state state = {0};
    const enum native_reading reading = sample_read(sample, trace, words);
    if (reading == NATIVE_READ_MISUSE)
        return; /* nothing else is done with it */
    sample_record(sample, NATIVE_FIRINGS, &execution);
    lineage_execution_free(&execution);
    if (reading == NATIVE_READ_GARBLED)
        return;
    sample_envelope(sample, &bounds, false, &execution);
    lineage_execution_free(&execution);
    native_state_write(&sample->run, &sample->names, NULL, &sample->schedule, &state);
    lineage_memory_free(state.items);
}

static void every_beginning_of_a_trace_can_be_read(void **state)
{
    (void)state;
    for (int wants_state = 0; wants_state < 2; wants_state++) {
        struct sample *sample = make(wants_state ? 2 : SAMPLE_EOT, wants_state);
        for (size_t words = 0; words <= sample->words; words++) {
            uint64_t *copy = lineage_memory_clear((words + 1) * sizeof *copy);
            memcpy(copy, sample->trace, words * sizeof *copy);
            use(sample, copy, words);
            lineage_memory_free(copy);
        }
        sample_free(sample);
    }
}

/* Each word with each bit turned, and some other words in its place. */
static void no_word_of_a_trace_is_believed(void **state)
{
    static const uint64_t words[] = {0, UINT64_MAX, 0xffffffff, (uint64_t)0xffffffff << 32, 12};
    (void)state;
    for (int wants_state = 0; wants_state < 2; wants_state++) {
        struct sample *sample = make(wants_state ? 2 : SAMPLE_EOT, wants_state);
        uint64_t *copy = lineage_memory_clear((sample->words + 1) * sizeof *copy);
        for (size_t i = 0; i < sample->words; i++)
            for (size_t how = 0; how < 64 + sizeof words / sizeof *words; how++) {
                memcpy(copy, sample->trace, sample->words * sizeof *copy);
                copy[i] = how < 64 ? copy[i] ^ (uint64_t)1 << how : words[how - 64];
                use(sample, copy, sample->words);
            }
        lineage_memory_free(copy);
        sample_free(sample);
    }
}

/* A run in two: from a state on the same happens as without a stop there. */
static void a_run_goes_on_from_a_state(void **state)
{
    (void)state;
    for (uint32_t stop = 1; stop < SAMPLE_EOT; stop++) {
        struct sample *sample = make(stop, true);
        native_state words = {0};
        assert_int_equal(sample_read(sample, sample->trace, sample->words), NATIVE_READ_WHOLE);
        native_state_write(&sample->run, &sample->names, NULL, &sample->schedule, &words);
        size_t asked;
        native_request_begin(&sample->request, &sample->names, sample->asked,
                             sizeof sample->asked / sizeof *sample->asked);
        native_request_state(&sample->request, words.items, words.count);
        assert_true(
            native_request_end(&sample->request, stop + 1, SAMPLE_EOT, SAMPLE_EOT, false, &asked));
        native_simulate(&sample->simulator, sample->asked, sample->asked + asked);
        assert_int_equal(sample->status.outcome, NATIVE_DONE);
        sample->run.first_time = stop + 1;
        sample->run.last_time = SAMPLE_EOT;
        assert_int_equal(sample_read(sample, sample->trace, (size_t)sample->status.words),
                         NATIVE_READ_WHOLE);
        struct lineage_execution execution;
        sample_record(sample, NATIVE_OUTCOME, &execution);
        size_t count;
        lineage_facts_at(&execution, execution.post, SAMPLE_EOT, &count);
        assert_int_equal(count, 3);
        lineage_execution_free(&execution);
        lineage_memory_free(words.items);
        sample_free(sample);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_is_what_happened),
        cmocka_unit_test(every_beginning_of_a_trace_can_be_read),
        cmocka_unit_test(no_word_of_a_trace_is_believed),
        cmocka_unit_test(a_run_goes_on_from_a_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
