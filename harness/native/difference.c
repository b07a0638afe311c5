#include "difference.h"

/* The first place named in what is left of the call at work. */
static uint32_t find_site(const uint64_t *at, const uint64_t *end)
{
    struct native_record record;
    while (native_read(&at, end, &record) && record.operation != NATIVE_CALL) {
        const bool has_site = record.operation >= NATIVE_READ && record.operation <= NATIVE_CLAIM &&
                              record.operation != NATIVE_ASK;
        if (has_site && record.y != 0)
            return record.y;
    }
    return 0;
}

bool native_traces_differ(const uint64_t *left, size_t left_words, const uint64_t *right,
                          size_t right_words, struct native_difference *difference)
{
    const uint64_t *left_end = left + left_words, *right_end = right + right_words;
    *difference = (struct native_difference){.time = 0};
    if (left_words == right_words && memcmp(left, right, left_words * sizeof *left) == 0)
        return false;
    for (;;) {
        const uint64_t *l_at = left, *r_at = right;
        struct native_record l, r;
        if (!native_read(&left, left_end, &l) || !native_read(&right, right_end, &r) ||
            left - l_at != right - r_at ||
            memcmp(l_at, r_at, (size_t)(left - l_at) * sizeof *left) != 0) {
            difference->site = find_site(r_at, right_end);
            if (difference->site == 0) /* what only the left one does */
                difference->site = find_site(l_at, left_end);
            return true;
        }
        if (l.operation == NATIVE_CALL) {
            difference->call = (enum native_call)l.texts;
            difference->time = l.x;
            difference->node = l.y;
        }
    }
}
