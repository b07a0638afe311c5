#include "packet.h"

#include <netinet/in.h>

enum {
    IPV4_BYTES = 20,
    IPV6_BYTES = 40,
    UDP_BYTES = 8,
    TCP_BYTES = 20,
    EXTENSIONS_MAX = 16,
    AUTHENTICATION = 51,
    MOBILITY = 135,
};

/* What is left of a packet on the way down through its headers. */
struct packet {
    struct harness_packets *packets;
    struct harness_moment moment;
    struct harness_endpoint ends[2];
    const uint8_t *data;
    size_t bytes, whole_bytes; /* that were captured, and that there were */
    bool is_reassembled;
};

static void note(struct packet *packet, enum harness_oddity oddity, const char *what)
{
    harness_capture_note(packet->packets->capture, oddity, packet->moment.frame, "%s", what);
}

static uint16_t read_16(const uint8_t *data)
{
    return (uint16_t)(data[0] << 8 | data[1]);
}

static uint32_t read_32(const uint8_t *data)
{
    return (uint32_t)read_16(data) << 16 | read_16(data + 2);
}

/* Goes on behind a header, up to its `whole_bytes` that follow. */
static void advance(struct packet *packet, size_t header_bytes, size_t whole_bytes)
{
    packet->data += header_bytes;
    packet->bytes -= header_bytes;
    packet->whole_bytes = whole_bytes;
    if (packet->bytes > whole_bytes) /* the link layer fills up small frames */
        packet->bytes = whole_bytes;
}

/* Is there so much of a header? If not, it was cut or is damaged, which is noted. */
static bool has_header(struct packet *packet, size_t bytes, const char *protocol)
{
    if (packet->bytes >= bytes)
        return true;
    note(packet, packet->whole_bytes > packet->bytes ? HARNESS_ODD_CUT : HARNESS_ODD_HEADER,
         protocol);
    return false;
}

static bool is_cut(struct packet *packet)
{
    if (packet->bytes == packet->whole_bytes)
        return false;
    note(packet, HARNESS_ODD_CUT, "payload");
    return true;
}

static void take_datagram(struct packet *packet)
{
    struct harness_capture *capture = packet->packets->capture;
    struct harness_json_scan scan = {.at = 0};
    const char *text = (const char *)packet->data;
    size_t start, taken = 0;
    bool is_rubbish = packet->bytes > 0;
    while (harness_json_find(&scan, text + taken, packet->bytes - taken, &start)) {
        harness_capture_object(capture, packet->ends, packet->moment, text + taken + start,
                               scan.at - start);
        taken += scan.at;
        scan = (struct harness_json_scan){.at = 0};
        is_rubbish = false;
    }
    if (scan.is_in_object && !is_cut(packet))
        note(packet, HARNESS_ODD_HALF_JSON, "");
    else if (is_rubbish && !scan.is_in_object)
        note(packet, HARNESS_ODD_NO_JSON, "");
}

static void take_udp(struct packet *packet)
{
    if (!has_header(packet, UDP_BYTES, "UDP"))
        return;
    const size_t length = read_16(packet->data + 4);
    packet->ends[0].port = read_16(packet->data);
    packet->ends[1].port = read_16(packet->data + 2);
    if (length < UDP_BYTES || length > packet->whole_bytes) {
        note(packet, HARNESS_ODD_HEADER, "UDP");
        return;
    }
    advance(packet, UDP_BYTES, length - UDP_BYTES);
    take_datagram(packet);
}

static void take_tcp(struct packet *packet)
{
    if (!has_header(packet, TCP_BYTES, "TCP"))
        return;
    const size_t header_bytes = (size_t)(packet->data[12] >> 4) * 4;
    const uint8_t flags = packet->data[13];
    struct harness_segment segment = {
        .number = read_32(packet->data + 4),
        .starts = (flags & 2) != 0,      /* SYN */
        .ends_stream = (flags & 5) != 0, /* FIN, RST */
    };
    packet->ends[0].port = read_16(packet->data);
    packet->ends[1].port = read_16(packet->data + 2);
    memcpy(segment.ends, packet->ends, sizeof segment.ends);
    if (header_bytes < TCP_BYTES || header_bytes > packet->whole_bytes) {
        note(packet, HARNESS_ODD_HEADER, "TCP");
        return;
    }
    if (!has_header(packet, header_bytes, "TCP"))
        return;
    advance(packet, header_bytes, packet->whole_bytes - header_bytes);
    is_cut(packet);
    segment.data = packet->data;
    segment.bytes = packet->bytes;
    if (packet->packets->streams == NULL)
        packet->packets->streams = lineage_memory_clear(sizeof *packet->packets->streams);
    harness_streams_take(packet->packets->streams, packet->packets->capture, &segment,
                         packet->moment);
}

static void take_protocol(struct packet *packet, uint8_t protocol)
{
    if (protocol == IPPROTO_UDP)
        take_udp(packet);
    else if (protocol == IPPROTO_TCP)
        take_tcp(packet);
    else
        harness_capture_note(packet->packets->capture, HARNESS_ODD_PROTOCOL, packet->moment.frame,
                             "IP protocol %u", protocol);
}

static void take_extensions(struct packet *packet, uint8_t protocol);

/* Takes a fragment; goes on with the datagram if it is whole now. */
static void take_fragment(struct packet *packet, uint8_t protocol, uint32_t id, size_t offset,
                          bool is_last)
{
    const struct harness_fragment fragment = {packet->ends[0], packet->ends[1], id,
                                              protocol,        offset,          packet->bytes,
                                              is_last,         packet->data};
    if (is_cut(packet))
        return;
    if (packet->is_reassembled) { /* a fragment in a fragment */
        note(packet, HARNESS_ODD_HEADER, "fragment");
        return;
    }
    const struct harness_datagram *whole = harness_reassembly_take(
        &packet->packets->reassembly, packet->packets->capture, &fragment, packet->moment.frame);
    if (whole == NULL)
        return;
    packet->data = whole->data;
    packet->bytes = packet->whole_bytes = whole->bytes;
    packet->is_reassembled = true;
    if (packet->ends[0].version == 6)
        take_extensions(packet, whole->first.protocol);
    else
        take_protocol(packet, whole->first.protocol);
}

static void take_ipv4(struct packet *packet)
{
    if (!has_header(packet, IPV4_BYTES, "IPv4"))
        return;
    const uint8_t *header = packet->data;
    const size_t header_bytes = (size_t)(header[0] & 15) * 4;
    /* 0: the network card was to cut it into segments. */
    const size_t length = read_16(header + 2) != 0 ? read_16(header + 2) : packet->whole_bytes;
    const uint16_t place = read_16(header + 6);
    if (header_bytes < IPV4_BYTES || length < header_bytes || length > packet->whole_bytes) {
        note(packet, HARNESS_ODD_HEADER, "IPv4");
        return;
    }
    if (!has_header(packet, header_bytes, "IPv4"))
        return;
    for (int i = 0; i < 2; i++) {
        packet->ends[i].version = 4;
        memcpy(packet->ends[i].address, header + (i == 0 ? 12 : 16), 4);
    }
    advance(packet, header_bytes, length - header_bytes);
    if ((place & 0x3fff) != 0) /* more fragments, or an offset */
        take_fragment(packet, header[9], read_16(header + 4), (size_t)(place & 0x1fff) * 8,
                      (place & 0x2000) == 0);
    else
        take_protocol(packet, header[9]);
}

/* How long an extension header is; 0: it is none. */
static size_t extension_bytes(uint8_t protocol, uint8_t length)
{
    switch (protocol) {
    case IPPROTO_HOPOPTS:
    case IPPROTO_ROUTING:
    case IPPROTO_DSTOPTS:
    case MOBILITY:
        return ((size_t)length + 1) * 8;
    case AUTHENTICATION:
        return ((size_t)length + 2) * 4;
    case IPPROTO_FRAGMENT:
        return 8;
    default:
        return 0;
    }
}

static void take_extensions(struct packet *packet, uint8_t protocol)
{
    for (int i = 0; i < EXTENSIONS_MAX; i++) {
        if (extension_bytes(protocol, 0) == 0) {
            take_protocol(packet, protocol);
            return;
        }
        if (!has_header(packet, 8, "IPv6 extension"))
            return;
        const uint8_t *header = packet->data;
        const size_t bytes = extension_bytes(protocol, header[1]);
        const bool is_fragment = protocol == IPPROTO_FRAGMENT;
        if (bytes > packet->whole_bytes) {
            note(packet, HARNESS_ODD_HEADER, "IPv6 extension");
            return;
        }
        if (!has_header(packet, bytes, "IPv6 extension"))
            return;
        protocol = header[0];
        advance(packet, bytes, packet->whole_bytes - bytes);
        if (is_fragment && (read_16(header + 2) & 0xfff9) != 0) {
            take_fragment(packet, protocol, read_32(header + 4), read_16(header + 2) & 0xfff8u,
                          (header[3] & 1) == 0);
            return;
        }
    }
    note(packet, HARNESS_ODD_HEADER, "IPv6 extension");
}

static void take_ipv6(struct packet *packet)
{
    if (!has_header(packet, IPV6_BYTES, "IPv6"))
        return;
    const uint8_t *header = packet->data;
    const size_t rest = packet->whole_bytes - IPV6_BYTES;
    const size_t length = read_16(header + 4) != 0 ? read_16(header + 4) : rest;
    if (length > rest) {
        note(packet, HARNESS_ODD_HEADER, "IPv6");
        return;
    }
    for (int i = 0; i < 2; i++) {
        packet->ends[i].version = 6;
        memcpy(packet->ends[i].address, header + (i == 0 ? 8 : 24), 16);
    }
    advance(packet, IPV6_BYTES, length);
    take_extensions(packet, header[6]);
}

void harness_packet_take(struct harness_packets *packets, const uint8_t *data, size_t bytes,
                         size_t whole_bytes, struct harness_moment moment)
{
    struct packet packet = {.packets = packets,
                            .moment = moment,
                            .data = data,
                            .bytes = bytes < whole_bytes ? bytes : whole_bytes,
                            .whole_bytes = whole_bytes};
    if (!has_header(&packet, 1, "IP"))
        return;
    if (data[0] >> 4 == 4)
        take_ipv4(&packet);
    else if (data[0] >> 4 == 6)
        take_ipv6(&packet);
    else
        note(&packet, HARNESS_ODD_HEADER, "IP");
}

void harness_packets_free(struct harness_packets *packets)
{
    harness_reassembly_free(&packets->reassembly, packets->capture);
    if (packets->streams != NULL)
        harness_streams_free(packets->streams, packets->capture);
}
