/* Packet captures as executions. A capture is read with libpcap; what its packets carry over UDP or
 * TCP is JSON, and a map says which address is which node and which fields make a message. What is
 * no message is counted and named, whatever it is: captures come from anywhere. */
#ifndef LDFI_HARNESS_CAPTURE_H
#define LDFI_HARNESS_CAPTURE_H

#include "capture_map.h"

#include "../lineage/execution.h"

/* What was found beside messages. */
enum harness_oddity {
    HARNESS_ODD_BROKEN_OFF, /* the file ends in the middle, or is damaged from there on */
    HARNESS_ODD_NO_IP,      /* frames */
    HARNESS_ODD_PROTOCOL,   /* IP packets of neither UDP nor TCP */
    HARNESS_ODD_HEADER,     /* headers whose lengths cannot be */
    HARNESS_ODD_CUT,        /* frames of which not everything was captured */
    HARNESS_ODD_FRAGMENT,   /* fragments of datagrams that are not whole */
    HARNESS_ODD_AGAIN,      /* TCP segments that were there before */
    HARNESS_ODD_GAP,        /* in TCP streams */
    HARNESS_ODD_ADDRESS,    /* from or to an address of no node */
    HARNESS_ODD_NO_JSON,    /* payloads, and parts of them, that are no JSON objects */
    HARNESS_ODD_HALF_JSON,  /* objects without their end */
    HARNESS_ODD_BAD_JSON,   /* what looks like an object and is none */
    HARNESS_ODD_NO_NAME,    /* objects without a name for a message */
    HARNESS_ODD_UNKNOWN,    /* messages of a name that the map does not have */
    HARNESS_ODD_SHAPE,      /* messages whose fields cannot be taken */
    HARNESS_ODD_NODE,       /* messages from or to what is no node */
    HARNESS_ODD_LATE,       /* messages beyond the last step that an execution can have */
    HARNESS_ODD_LIMIT,      /* too long, or too many */
    HARNESS_ODD_ORDER,      /* put right, like all from here: frames not in the order of time */
    HARNESS_ODD_MOVED,      /* TCP segments that came before an earlier part of their stream */
    HARNESS_ODD_JOINED,     /* fragments of datagrams that got whole */
    HARNESS_ODDITIES
};

struct harness_odd {
    uint64_t count;
    uint32_t frame;   /* the first of them; 0: of the file as a whole */
    char example[96]; /* what it was; may be empty */
};

/* A message as it was captured. */
struct harness_captured {
    lineage_tuple tuple;
    uint32_t from, to; /* nodes; LINEAGE_NONE in ldfi's own captures alone */
    int64_t time;      /* nanoseconds since 1970, or (in ldfi's own) a step */
    uint32_t frame, order;
    enum lineage_fate fate;
};

struct harness_capture {
    const struct harness_capture_map *map;
    uint32_t first_frame, last_frame; /* only these are looked at; last 0: up to the end */
    /* NULL, or called now and then with how many bytes of the file are read; negative: unknown */
    void (*progress)(void *context, uint32_t frames, long bytes);
    void *progress_context;
    struct lineage_arena arena;
    struct lineage_universe universe; /* pre, post, crash, and a relation a message name */
    LINEAGE_ARRAY(struct harness_captured) messages;
    struct lineage_schedule faults; /* ldfi's own captures tell */
    struct harness_odd odd[HARNESS_ODDITIES];
    const char *link_type;
    uint32_t frames;
    uint32_t eot; /* ldfi's own captures tell; else 0 */
};

/* What an oddity is called. */
const char *harness_odd_name(enum harness_oddity oddity);

/* Was nothing lost by it? */
static inline bool harness_odd_is_put_right(enum harness_oddity oddity)
{
    return oddity >= HARNESS_ODD_ORDER;
}

/* Counts one; `example` (NULL: none) is kept of the first. Of what was put right, the first is that
 * of the lowest frame: it is noted only when it is put right. */
__attribute__((format(printf, 4, 5))) void harness_capture_note(struct harness_capture *capture,
                                                                enum harness_oddity oddity,
                                                                uint32_t frame, const char *example,
                                                                ...);

/* Reads a capture in any format and of any link type that libpcap knows, into a `capture` that is
 * zeroed but for the frames wanted and the progress. Takes the file over. NULL, or why nothing of
 * it can be read, in the capture's arena. Free the capture in both cases. */
const char *harness_capture_read(struct harness_capture *capture, FILE *file,
                                 const struct harness_capture_map *map);
void harness_capture_free(struct harness_capture *capture);

/* Makes an execution of what was read; `path` names the capture in its rules, whose lines are
 * frames. Logical times respect happens-before (Lamport 1978): a node sends at the time of its last
 * event or later, and what it sends arrives one step later and after what its receiver sent before;
 * with a `step` in the map, events that lie further apart get further apart. A received message is
 * a fact at its receiver; it rests on the fact seen(Node, Count), that its sender had received so
 * many messages, which rests on those and on the earlier ones of its kind. Free the execution
 * before the capture. */
void harness_capture_execution(struct harness_capture *capture, const char *path,
                               struct lineage_execution *execution);

/* ---- private: from frames to messages ---- */

/* One end of a conversation. */
struct harness_endpoint {
    uint8_t address[16]; /* an IPv4 address in the first four bytes */
    uint8_t version;     /* 4 or 6 */
    uint16_t port;
};

/* When and where bytes were captured. */
struct harness_moment {
    int64_t time; /* nanoseconds */
    uint32_t frame;
};

/* "10.0.0.1:7000" or "[::1]:7000" into a buffer of HARNESS_ENDPOINT_BYTES; returns it. */
enum { HARNESS_ENDPOINT_BYTES = 64 };
const char *harness_endpoint_text(const struct harness_endpoint *endpoint, char *text);

/* Takes one JSON object for a message. */
void harness_capture_object(struct harness_capture *capture, const struct harness_endpoint ends[2],
                            struct harness_moment moment, const char *text, size_t bytes);

/* Finds JSON objects in bytes that come bit by bit. Zeroed is at the start of a text. */
struct harness_json_scan {
    size_t at; /* bytes looked at */
    size_t depth;
    bool in_text, escaped, is_in_object;
};

/* Looks on in the text, of which more may have come. True: there is an object, from `*start` to
 * `scan->at`. False: it is not there yet, and all before `*start` is none of it. */
bool harness_json_find(struct harness_json_scan *scan, const char *text, size_t bytes,
                       size_t *start);

/* Is there anything but what may stand between objects: blanks, commas, brackets? */
bool harness_json_is_rubbish(const char *text, size_t bytes);

#endif
