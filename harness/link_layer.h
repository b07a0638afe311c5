/* Where the IP packet begins in a frame, for any link type that libpcap knows: its filter compiler
 * knows all their headers, so it is asked for a filter that looks at a byte of the IP header, and
 * from the filter it is read off where that byte lies. */
#ifndef LDFI_HARNESS_LINK_LAYER_H
#define LDFI_HARNESS_LINK_LAYER_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>

enum { HARNESS_LINK_PROGRAMS_MAX = 16 };

struct harness_link_layer {
    pcap_t *capture; /* not owned */
    struct bpf_program programs[HARNESS_LINK_PROGRAMS_MAX];
    size_t count, tried; /* programs made; kinds of packets for which one was tried */
};

/* Begins with a capture; programs are made as frames need them. False if its link type can carry no
 * IP. Free it in both cases. */
bool harness_link_layer_open(struct harness_link_layer *layer, pcap_t *capture);
void harness_link_layer_free(struct harness_link_layer *layer);

/* How many bytes of the frame lie before its IP packet; SIZE_MAX: it has none. */
size_t harness_link_layer_find(struct harness_link_layer *layer, const struct pcap_pkthdr *header,
                               const unsigned char *frame);

#endif
