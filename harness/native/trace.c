#include "trace.h"

bool native_is_taken(const char *name)
{
    static const char *const taken[] = {"", NATIVE_TIMERS, "pre", "post", "crash", "failed"};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strcmp(name, taken[i]) == 0)
            return true;
    return false;
}

static size_t words_of(size_t bytes)
{
    return (bytes + 7) / 8;
}

bool native_write_string(struct native_words *words, uint32_t number, const char *text,
                         size_t bytes)
{
    const size_t count = words_of(bytes);
    if ((size_t)(words->end - words->at) < 2 + count) {
        words->at = words->end;
        return false;
    }
    native_write(words, NATIVE_STRING, 0, 0, number, (uint32_t)bytes, 0);
    if (count > 0)
        words->at[count - 1] = 0; /* no trace holds what lay there before */
    memcpy(words->at, text, bytes);
    words->at += count;
    return true;
}

bool native_read(const uint64_t **words, const uint64_t *end, struct native_record *record)
{
    const uint64_t *at = *words;
    if (end - at < 2)
        return false;
    *record = (struct native_record){.operation = (enum native_operation)(at[0] & 0xff),
                                     .count = at[0] >> 8 & 0xff,
                                     .texts = at[0] >> 16 & 0xffff,
                                     .x = (uint32_t)(at[0] >> 32),
                                     .y = (uint32_t)at[1],
                                     .z = (uint32_t)(at[1] >> 32),
                                     .values = at + 2};
    size_t count = record->count;
    if (record->operation == NATIVE_STRING) {
        if (count != 0 || record->y > NATIVE_STRING_BYTES_MAX)
            return false;
        count = words_of(record->y);
    } else if (count > LDFI_COLUMNS_MAX) {
        return false;
    }
    if ((size_t)(end - at) < 2 + count)
        return false;
    *words = at + 2 + count;
    return true;
}
