/* What memory promises: texts that lose nothing, and that somebody is asked and told in time. */
#include "memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void text_is_what_was_printed_however_long(void **state)
{
    (void)state;
    for (size_t lines = 0; lines < 3000; lines += 750) {
        struct lineage_text text;
        FILE *out = lineage_text_open(&text);
        for (size_t i = 0; i < lines; i++)
            fprintf(out, "%09zu\n", i);
        char *printed = lineage_text_close(&text);
        assert_int_equal(strlen(printed), lines * 10);
        for (size_t i = 0; i < lines; i++)
            assert_int_equal(strtoul(printed + i * 10, NULL, 10), i);
        lineage_memory_free(printed);
    }
}

/* Notes how often it was asked and for how much at most; says no from the third time on. */
struct guard {
    size_t asked, most_bytes;
};

static bool guard(void *context, size_t bytes)
{
    struct guard *guard = context;
    guard->most_bytes = bytes > guard->most_bytes ? bytes : guard->most_bytes;
    return ++guard->asked < 3;
}

static jmp_buf escape;

static void leave(void *context)
{
    (void)context;
    longjmp(escape, 1);
}

static void watch_is_asked_when_much_is_taken_and_may_say_no(void **state)
{
    static struct guard asked;
    static void *blocks[3];
    static volatile size_t taken;
    (void)state;
    lineage_memory_watch(guard, &asked);
    lineage_memory_on_exhaustion(leave, NULL);
    void *small = lineage_memory_clear(16);
    assert_int_equal(asked.asked, 0);
    lineage_memory_free(small);
    if (setjmp(escape) == 0)
        for (; taken < 3; taken++)
            blocks[taken] = lineage_memory_clear(LINEAGE_WATCHED_BYTES);
    assert_int_equal(taken, 2); /* the third was refused */
    assert_int_equal(asked.asked, 3);
    assert_int_equal(asked.most_bytes, LINEAGE_WATCHED_BYTES);
    for (size_t i = 0; i < taken; i++)
        lineage_memory_free(blocks[i]);
    lineage_memory_watch(NULL, NULL);
}

static void many_small_blocks_are_much(void **state)
{
    struct guard asked = {0};
    struct lineage_arena arena = {.newest = NULL};
    (void)state;
    lineage_memory_watch(guard, &asked);
    for (int i = 0; i < 2 * LINEAGE_WATCHED_BYTES / 4096; i++)
        lineage_arena_allocate(&arena, 4096);
    assert_in_range(asked.asked, 1, 2);
    lineage_memory_watch(NULL, NULL);
    lineage_arena_free(&arena);
}

/* ASan would rather end the program. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void more_than_there_can_be_exhausts_memory(void **state)
{
    static volatile int escapes;
    (void)state;
    lineage_memory_on_exhaustion(leave, NULL);
    if (setjmp(escape) == 0)
        lineage_memory_resize(NULL, SIZE_MAX / 4);
    else
        escapes++;
    assert_int_equal(escapes, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_what_was_printed_however_long),
        cmocka_unit_test(watch_is_asked_when_much_is_taken_and_may_say_no),
        cmocka_unit_test(many_small_blocks_are_much),
        cmocka_unit_test(more_than_there_can_be_exhausts_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
