#include "payload.h"

#include "utf8.h"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <pcap/pcap.h>

enum {
    HEADER_BYTES = sizeof(struct iphdr) + sizeof(struct udphdr),
    DATAGRAM_BYTES_MAX = 65535,
    SNAP_BYTES = 1 << 18,
    HOPS = 64,
};

struct writer {
    const struct harness_export *export;
    struct lineage_arena *arena;
    pcap_dumper_t *dumper;
    uint32_t time, count; /* of the datagrams at a time */
    uint16_t number;
    size_t *order; /* of the messages: as their database numbers them */
    uint8_t datagram[DATAGRAM_BYTES_MAX];
    const char *why; /* it failed; NULL: it did not */
};

/* Ones' complement sum of 16-bit words (RFC 1071), not folded. */
static uint32_t sum(uint32_t start, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        start += (uint32_t)bytes[i] << (i % 2 == 0 ? 8 : 0);
    return start;
}

static uint16_t folded(uint32_t total)
{
    while (total >> 16 != 0)
        total = (total & 0xffff) + (total >> 16);
    return (uint16_t)~total;
}

/* Fills in the headers before a payload that is in its place. */
static void write_headers(struct writer *writer, uint32_t from, uint32_t to, size_t payload_bytes)
{
    const uint16_t udp_bytes = (uint16_t)(sizeof(struct udphdr) + payload_bytes);
    struct iphdr ip = {.version = 4,
                       .ihl = sizeof ip / 4,
                       .tot_len = htons((uint16_t)(sizeof ip + udp_bytes)),
                       .id = htons(writer->number++),
                       .ttl = HOPS,
                       .protocol = IPPROTO_UDP,
                       .saddr = htonl(harness_payload_address(from)),
                       .daddr = htonl(harness_payload_address(to))};
    struct udphdr udp = {.source = htons(HARNESS_PAYLOAD_PORT),
                         .dest = htons(HARNESS_PAYLOAD_PORT),
                         .len = htons(udp_bytes)};
    memcpy(writer->datagram, &ip, sizeof ip);
    ip.check = htons(folded(sum(0, writer->datagram, sizeof ip)));
    memcpy(writer->datagram, &ip, sizeof ip);
    memcpy(writer->datagram + sizeof ip, &udp, sizeof udp);
    /* The pseudo header: both addresses, the protocol, the length (RFC 768). */
    const uint32_t pseudo =
        sum((uint32_t)IPPROTO_UDP + udp_bytes, writer->datagram + offsetof(struct iphdr, saddr),
            2 * sizeof ip.saddr);
    const uint16_t check = folded(sum(pseudo, writer->datagram + sizeof ip, udp_bytes));
    udp.check = htons(check != 0 ? check : 0xffff);
    memcpy(writer->datagram + sizeof ip, &udp, sizeof udp);
}

/* Writes one datagram at a time; takes the payload. */
static void write_datagram(struct writer *writer, uint32_t time, uint32_t from, uint32_t to,
                           cJSON *payload)
{
    char *text = cJSON_PrintUnformatted(payload);
    cJSON_Delete(payload);
    harness_make_valid(text);
    const size_t bytes = strlen(text);
    writer->count = time == writer->time ? writer->count + 1 : 0;
    writer->time = time;
    if (bytes > DATAGRAM_BYTES_MAX - HEADER_BYTES) {
        writer->why = lineage_arena_format(
            writer->arena, "a message of time %u takes %zu bytes, and a datagram holds %d", time,
            bytes, (int)(DATAGRAM_BYTES_MAX - HEADER_BYTES));
    } else {
        memcpy(writer->datagram + HEADER_BYTES, text, bytes);
        write_headers(writer, from, to, bytes);
        struct pcap_pkthdr header = {.caplen = (uint32_t)(HEADER_BYTES + bytes),
                                     .len = (uint32_t)(HEADER_BYTES + bytes)};
        header.ts.tv_sec = (time_t)time * HARNESS_STEP_SECONDS;
        header.ts.tv_usec = writer->count < 999999 ? (suseconds_t)writer->count : 999999;
        pcap_dump((u_char *)writer->dumper, &header, writer->datagram);
    }
    cJSON_free(text);
}

/* What happens at a time: crashes, then what is sent. `*next` is the first in `order` that
 * is not written yet. */
static void write_time(struct writer *writer, uint32_t time, size_t *next)
{
    const struct harness_export *export = writer->export;
    const struct lineage_execution *execution = export->execution;
    for (size_t i = 0; i < export->faults->crashes.count; i++) {
        const struct lineage_crash *crash = &export->faults->crashes.items[i];
        if (crash->time == time)
            write_datagram(writer, time, crash->node, crash->node,
                           harness_payload_crash(export, crash));
    }
    for (; *next < execution->messages.count && writer->why == NULL; ++*next) {
        const size_t number = writer->order[*next];
        const struct lineage_message *message = &execution->messages.items[number];
        if (message->sent_time > time)
            break;
        write_datagram(writer, message->sent_time, message->from, message->to,
                       harness_payload_message(export, number));
    }
}

static void order_messages(struct writer *writer)
{
    const struct harness_export *export = writer->export;
    const size_t count = export->execution->messages.count;
    writer->order = lineage_memory_clear((count + 1) * sizeof *writer->order);
    for (size_t i = 0; i < count; i++)
        writer->order[export->numbers != NULL ? export->numbers[i] : i] = i;
}

const char *harness_export_pcap(const struct harness_export *export, struct lineage_arena *arena,
                                FILE *out)
{
    pcap_t *capture = pcap_open_dead(DLT_RAW, SNAP_BYTES);
    struct writer *writer = lineage_memory_clear(sizeof *writer);
    size_t next = 0;
    writer->export = export;
    writer->arena = arena;
    writer->time = LINEAGE_NONE;
    order_messages(writer);
    writer->dumper = capture == NULL ? NULL : pcap_dump_fopen(capture, out);
    if (writer->dumper == NULL)
        lineage_memory_exhausted();
    write_datagram(writer, 0, LINEAGE_NONE, LINEAGE_NONE, harness_payload_run(export));
    for (uint32_t time = 1; time <= export->execution->eot && writer->why == NULL; time++)
        write_time(writer, time, &next);
    pcap_dump_flush(writer->dumper);
    pcap_close(capture);
    const char *why = writer->why;
    lineage_memory_free(writer->order);
    lineage_memory_free(writer);
    return why;
}
