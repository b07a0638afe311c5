/* From the IP packet of a frame to what UDP and TCP carry. Everything is checked against what was
 * captured; what does not fit is counted. */
#ifndef LDFI_HARNESS_PACKET_H
#define LDFI_HARNESS_PACKET_H

#include "reassembly.h"
#include "stream.h"

struct harness_packets {
    struct harness_capture *capture;
    struct harness_reassembly reassembly;
    struct harness_streams *streams; /* NULL: there was no TCP yet */
};

/* Takes an IP packet, of which `bytes` were captured of `whole_bytes`. */
void harness_packet_take(struct harness_packets *packets, const uint8_t *data, size_t bytes,
                         size_t whole_bytes, struct harness_moment moment);

/* Takes what is left when the capture has ended, and frees all. */
void harness_packets_free(struct harness_packets *packets);

#endif
