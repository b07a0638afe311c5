/* Fragments of IP datagrams, put together (RFC 791, RFC 8200 section 4.5). */
#ifndef LDFI_HARNESS_REASSEMBLY_H
#define LDFI_HARNESS_REASSEMBLY_H

#include "capture.h"

enum { HARNESS_DATAGRAMS_MAX = 64, HARNESS_DATAGRAM_BYTES_MAX = 65536 };

struct harness_fragment {
    struct harness_endpoint from, to; /* without ports */
    uint32_t id;
    uint8_t protocol;
    size_t offset, bytes;
    bool is_last;
    const uint8_t *data;
};

struct harness_datagram {
    struct harness_fragment first; /* of those that came; its data is not kept */
    uint8_t *data, *is_there;      /* a bit for eight bytes; data NULL: the place is free */
    size_t bytes;                  /* 0: the last fragment has not come */
    bool is_whole;
    uint32_t frame, fragments;
};

/* Zeroed is empty. */
struct harness_reassembly {
    struct harness_datagram datagrams[HARNESS_DATAGRAMS_MAX];
};

/* Takes a fragment. Once a datagram is whole, returns it; it is valid until the next call. What
 * never gets whole is counted. */
const struct harness_datagram *harness_reassembly_take(struct harness_reassembly *reassembly,
                                                       struct harness_capture *capture,
                                                       const struct harness_fragment *fragment,
                                                       uint32_t frame);

/* Counts what is not whole, and frees all. */
void harness_reassembly_free(struct harness_reassembly *reassembly,
                             struct harness_capture *capture);

#endif
