#include "stream.h"

/* Numbers that lie so far before the next are no repetition but another stream. */
enum { WINDOW_BYTES = 1 << 24, WAITING_BYTES_MAX = 1 << 20 };

static uint32_t bucket_of(const struct harness_endpoint ends[2])
{
    uint32_t hash = 0;
    for (int i = 0; i < 2; i++) {
        hash = lineage_hash(hash, (uint32_t)ends[i].port << 8 | ends[i].version);
        for (size_t j = 0; j < sizeof ends[i].address; j++)
            hash = lineage_hash(hash, ends[i].address[j]);
    }
    return hash % HARNESS_STREAM_BUCKETS;
}

static bool is_same(const struct harness_endpoint left[2], const struct harness_endpoint right[2])
{
    for (int i = 0; i < 2; i++)
        if (left[i].version != right[i].version || left[i].port != right[i].port ||
            memcmp(left[i].address, right[i].address, sizeof left[i].address) != 0)
            return false;
    return true;
}

/* Says that between objects there are other things than blanks and commas; once a segment. */
static void note_rubbish(struct harness_capture *capture, const char *text, size_t bytes,
                         struct harness_moment moment, bool *is_noted)
{
    if (!*is_noted && harness_json_is_rubbish(text, bytes)) {
        harness_capture_note(capture, HARNESS_ODD_NO_JSON, moment.frame, "%s", "");
        *is_noted = true;
    }
}

/* Takes all objects that are complete. */
static void take_objects(struct harness_stream *stream, struct harness_capture *capture,
                         struct harness_moment moment)
{
    size_t start, taken = 0;
    bool is_noted = false;
    for (;;) {
        const char *text = stream->text.items + taken;
        const size_t bytes = stream->text.count - taken;
        const bool is_found = harness_json_find(&stream->scan, text, bytes, &start);
        note_rubbish(capture, text, start, moment, &is_noted);
        if (!is_found) {
            taken += start;
            stream->scan.at -= start;
            break;
        }
        harness_capture_object(capture, stream->ends, moment, text + start,
                               stream->scan.at - start);
        taken += stream->scan.at;
        stream->scan = (struct harness_json_scan){.at = 0};
    }
    stream->text.count -= taken;
    if (stream->text.count > 0)
        memmove(stream->text.items, stream->text.items + taken, stream->text.count);
}

/* Takes bytes in their order. */
static void append(struct harness_stream *stream, struct harness_capture *capture,
                   const uint8_t *data, size_t bytes, struct harness_moment moment)
{
    if (bytes == 0)
        return;
    stream->next += (uint32_t)bytes;
    if (stream->is_lost && data[0] != '{') {
        const uint8_t *line = memchr(data, '\n', bytes);
        harness_capture_note(capture, HARNESS_ODD_NO_JSON, moment.frame, "%s", "");
        if (line == NULL)
            return;
        bytes -= (size_t)(line - data);
        data = line;
    }
    stream->is_lost = false;
    LINEAGE_RESERVE(&stream->text, bytes);
    memcpy(stream->text.items + stream->text.count, data, bytes);
    stream->text.count += bytes;
    take_objects(stream, capture, moment);
    if (stream->text.count > HARNESS_STREAM_TEXT_BYTES_MAX) {
        harness_capture_note(capture, HARNESS_ODD_LIMIT, moment.frame, "an object of over 1 MB");
        stream->text.count = 0;
        stream->scan = (struct harness_json_scan){.at = 0};
        stream->is_lost = true;
    }
}

/* Drops the object under construction. */
static void lose(struct harness_stream *stream, struct harness_capture *capture)
{
    if (stream->text.count > 0)
        harness_capture_note(capture, HARNESS_ODD_HALF_JSON, stream->frame, "%s", "");
    stream->text.count = 0;
    stream->scan = (struct harness_json_scan){.at = 0};
    stream->is_lost = true;
}

/* Takes a segment that does not lie beyond the next byte; false if there is nothing new in it. */
static bool take_due(struct harness_stream *stream, struct harness_capture *capture,
                     uint32_t number, const uint8_t *data, size_t bytes,
                     struct harness_moment moment)
{
    const size_t known = (size_t)(stream->next - number);
    if (known >= bytes) {
        if (bytes > 0)
            harness_capture_note(capture, HARNESS_ODD_AGAIN, moment.frame, "%s", "");
        return false;
    }
    append(stream, capture, data + known, bytes - known, moment);
    return true;
}

static void remove_waiting(struct harness_stream *stream, size_t i)
{
    lineage_memory_free(stream->waiting[i].data);
    stream->waiting[i] = stream->waiting[--stream->waiting_count];
}

/* Takes what waited for this: for what came late, or was lost in a gap. */
static void take_waiting(struct harness_stream *stream, struct harness_capture *capture,
                         bool is_gap)
{
    for (size_t i = 0; i < stream->waiting_count;) {
        struct harness_waiting *waiting = &stream->waiting[i];
        if ((int32_t)(waiting->number - stream->next) > 0) {
            i++;
            continue;
        }
        if (take_due(stream, capture, waiting->number, waiting->data, waiting->bytes,
                     waiting->moment) &&
            !is_gap)
            harness_capture_note(capture, HARNESS_ODD_MOVED, waiting->moment.frame, "%s", "");
        remove_waiting(stream, i);
        i = 0;
    }
}

/* What is missing will not come: goes on behind it. */
static void skip_gap(struct harness_stream *stream, struct harness_capture *capture)
{
    uint32_t nearest = UINT32_MAX;
    for (size_t i = 0; i < stream->waiting_count; i++)
        if (stream->waiting[i].number - stream->next < nearest)
            nearest = stream->waiting[i].number - stream->next;
    if (stream->waiting_count == 0)
        return;
    harness_capture_note(capture, HARNESS_ODD_GAP, stream->waiting[0].moment.frame, "%u bytes",
                         nearest);
    lose(stream, capture);
    stream->next += nearest;
    take_waiting(stream, capture, true);
}

static void wait(struct harness_stream *stream, struct harness_capture *capture,
                 const struct harness_segment *segment, struct harness_moment moment)
{
    size_t bytes = segment->bytes;
    for (size_t i = 0; i < stream->waiting_count; i++)
        bytes += stream->waiting[i].bytes;
    if (stream->waiting_count == HARNESS_STREAM_WAITING_MAX || bytes > WAITING_BYTES_MAX)
        skip_gap(stream, capture);
    if ((int32_t)(segment->number - stream->next) <= 0) {
        take_due(stream, capture, segment->number, segment->data, segment->bytes, moment);
        return;
    }
    uint8_t *copy = lineage_memory_resize(NULL, segment->bytes);
    memcpy(copy, segment->data, segment->bytes);
    stream->waiting[stream->waiting_count++] =
        (struct harness_waiting){segment->number, segment->bytes, copy, moment};
}

/* Takes all that is there, and is empty and not started again. */
static void finish(struct harness_stream *stream, struct harness_capture *capture)
{
    while (stream->waiting_count > 0)
        skip_gap(stream, capture);
    lose(stream, capture);
    stream->is_started = false;
}

static void unlink_stream(struct harness_streams *streams, uint32_t number)
{
    struct harness_stream *stream = &streams->streams[number - 1];
    uint32_t *link = &streams->buckets[bucket_of(stream->ends)];
    while (*link != number)
        link = &streams->streams[*link - 1].next_in_bucket;
    *link = stream->next_in_bucket;
}

/* The stream with these ends; a new one takes the place of that which was silent longest. */
static struct harness_stream *find(struct harness_streams *streams, struct harness_capture *capture,
                                   const struct harness_endpoint ends[2])
{
    uint32_t *bucket = &streams->buckets[bucket_of(ends)], number = *bucket;
    for (; number != 0; number = streams->streams[number - 1].next_in_bucket)
        if (is_same(streams->streams[number - 1].ends, ends))
            return &streams->streams[number - 1];
    if (streams->count < HARNESS_STREAMS_MAX) {
        number = (uint32_t)++streams->count;
    } else {
        number = 1;
        for (uint32_t i = 2; i <= streams->count; i++)
            if (streams->streams[i - 1].frame < streams->streams[number - 1].frame)
                number = i;
        finish(&streams->streams[number - 1], capture);
        unlink_stream(streams, number);
    }
    struct harness_stream *stream = &streams->streams[number - 1];
    stream->is_used = true;
    memcpy(stream->ends, ends, sizeof stream->ends);
    stream->next_in_bucket = *bucket;
    *bucket = number;
    return stream;
}

void harness_streams_take(struct harness_streams *streams, struct harness_capture *capture,
                          const struct harness_segment *segment, struct harness_moment moment)
{
    struct harness_stream *stream = find(streams, capture, segment->ends);
    struct harness_segment taken = *segment;
    if (stream->is_started && taken.starts && taken.number + 1 != stream->next)
        finish(stream, capture);
    taken.number += taken.starts; /* SYN counts as a byte */
    const int32_t ahead = (int32_t)(taken.number - stream->next);
    if (stream->is_started && ahead < -WINDOW_BYTES)
        finish(stream, capture);
    if (!stream->is_started) {
        stream->is_started = true;
        stream->next = taken.number;
        stream->is_lost = !taken.starts;
    }
    stream->frame = moment.frame;
    if ((int32_t)(taken.number - stream->next) <= 0) {
        take_due(stream, capture, taken.number, taken.data, taken.bytes, moment);
        take_waiting(stream, capture, false);
    } else if (taken.bytes > 0) {
        wait(stream, capture, &taken, moment);
    }
    if (taken.ends_stream && stream->waiting_count == 0)
        finish(stream, capture);
}

void harness_streams_free(struct harness_streams *streams, struct harness_capture *capture)
{
    for (size_t i = 0; i < streams->count; i++) {
        finish(&streams->streams[i], capture);
        lineage_memory_free(streams->streams[i].text.items);
    }
    lineage_memory_free(streams);
}
