/* TCP streams of a capture: segments in their order, each byte once, and the JSON objects in them
 * (RFC 9293, as far as one who only listens needs it). */
#ifndef LDFI_HARNESS_STREAM_H
#define LDFI_HARNESS_STREAM_H

#include "capture.h"

enum {
    HARNESS_STREAMS_MAX = 1024,
    HARNESS_STREAM_BUCKETS = 1024,
    HARNESS_STREAM_WAITING_MAX = 64,         /* segments that came too early, of one stream */
    HARNESS_STREAM_TEXT_BYTES_MAX = 1 << 20, /* of one JSON object */
};

struct harness_segment {
    struct harness_endpoint ends[2]; /* from, to */
    uint32_t number;                 /* of its first byte */
    bool starts, ends_stream;        /* SYN; FIN or RST */
    const uint8_t *data;
    size_t bytes;
};

/* A segment that came before one that should come first. */
struct harness_waiting {
    uint32_t number;
    size_t bytes;
    uint8_t *data;
    struct harness_moment moment;
};

struct harness_stream {
    struct harness_endpoint ends[2];
    bool is_used, is_started, is_lost; /* lost: in the middle of something, up to a new line */
    uint32_t next;                     /* the number of the byte that comes next */
    struct harness_waiting waiting[HARNESS_STREAM_WAITING_MAX];
    size_t waiting_count;
    LINEAGE_ARRAY(char) text; /* what is not taken yet */
    struct harness_json_scan scan;
    uint32_t frame; /* its last one */
    uint32_t next_in_bucket;
};

/* Zeroed is empty; allocated as a whole, for it is large. */
struct harness_streams {
    struct harness_stream streams[HARNESS_STREAMS_MAX];
    uint32_t buckets[HARNESS_STREAM_BUCKETS]; /* the number of a stream, from 1; 0: none */
    size_t count;
};

/* Takes a segment, and hands the objects that are complete now to harness_capture_object. */
void harness_streams_take(struct harness_streams *streams, struct harness_capture *capture,
                          const struct harness_segment *segment, struct harness_moment moment);

/* Takes what is left, gaps counted, and frees all. */
void harness_streams_free(struct harness_streams *streams, struct harness_capture *capture);

#endif
