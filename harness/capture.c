#include "capture.h"

#include "link_layer.h"
#include "packet.h"

#include <arpa/inet.h>
#include <stdarg.h>

enum { FRAMES_BETWEEN = 256 }; /* signs of progress */

/* Later than that is no time of a capture. */
static const int64_t SECONDS_MAX = 1LL << 33;

const char *harness_odd_name(enum harness_oddity oddity)
{
    static const char *const names[HARNESS_ODDITIES] = {
        [HARNESS_ODD_BROKEN_OFF] = "the file breaks off",
        [HARNESS_ODD_NO_IP] = "frames without IP",
        [HARNESS_ODD_PROTOCOL] = "packets of neither UDP nor TCP",
        [HARNESS_ODD_HEADER] = "packets with headers that cannot be",
        [HARNESS_ODD_CUT] = "frames cut off when they were captured",
        [HARNESS_ODD_FRAGMENT] = "fragments of datagrams that are not whole",
        [HARNESS_ODD_AGAIN] = "TCP segments that were there before",
        [HARNESS_ODD_GAP] = "gaps in TCP streams",
        [HARNESS_ODD_ADDRESS] = "messages from or to an address of no node",
        [HARNESS_ODD_NO_JSON] = "payloads, or parts of them, that are no JSON objects",
        [HARNESS_ODD_HALF_JSON] = "JSON objects without their end",
        [HARNESS_ODD_BAD_JSON] = "JSON objects with mistakes",
        [HARNESS_ODD_NO_NAME] = "JSON objects without the name of a message",
        [HARNESS_ODD_UNKNOWN] = "messages of names that the map does not have",
        [HARNESS_ODD_SHAPE] = "messages whose fields cannot be taken",
        [HARNESS_ODD_NODE] = "messages from or to what is no node",
        [HARNESS_ODD_LATE] = "messages beyond the last step",
        [HARNESS_ODD_LIMIT] = "messages beyond a limit",
        [HARNESS_ODD_ORDER] = "frames with a time before that of an earlier frame, put right",
        [HARNESS_ODD_MOVED] = "TCP segments out of order, put right",
        [HARNESS_ODD_JOINED] = "fragments of datagrams, put together",
    };
    return names[oddity];
}

void harness_capture_note(struct harness_capture *capture, enum harness_oddity oddity,
                          uint32_t frame, const char *example, ...)
{
    struct harness_odd *odd = &capture->odd[oddity];
    if (odd->count++ > 0 && (!harness_odd_is_put_right(oddity) || frame >= odd->frame))
        return;
    va_list arguments;
    va_start(arguments, example);
    vsnprintf(odd->example, sizeof odd->example, example, arguments);
    va_end(arguments);
    odd->frame = frame;
}

const char *harness_endpoint_text(const struct harness_endpoint *endpoint, char *text)
{
    char address[INET6_ADDRSTRLEN] = "";
    inet_ntop(endpoint->version == 6 ? AF_INET6 : AF_INET, endpoint->address, address,
              sizeof address);
    snprintf(text, HARNESS_ENDPOINT_BYTES, endpoint->version == 6 ? "[%s]:%u" : "%s:%u", address,
             endpoint->port);
    return text;
}

bool harness_json_find(struct harness_json_scan *scan, const char *text, size_t bytes,
                       size_t *start)
{
    *start = 0;
    if (!scan->is_in_object) {
        while (scan->at < bytes && text[scan->at] != '{')
            scan->at++;
        *start = scan->at;
        scan->is_in_object = scan->at < bytes;
    }
    for (; scan->at < bytes; scan->at++) {
        const char c = text[scan->at];
        if (scan->in_text) {
            scan->in_text = scan->escaped || c != '"';
            scan->escaped = !scan->escaped && c == '\\';
        } else if (c == '"') {
            scan->in_text = true;
        } else if (c == '{' || c == '[') {
            scan->depth++;
        } else if ((c == '}' || c == ']') && --scan->depth == 0) {
            scan->at++;
            return true;
        }
    }
    return false;
}

bool harness_json_is_rubbish(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (strchr(" \t\r\n,[]", text[i]) == NULL) /* zeros are blank, too */
            return true;
    return false;
}

/* Adds what every execution has, and the nodes of the map. */
static void prepare(struct harness_capture *capture, const struct harness_capture_map *map)
{
    struct lineage_universe *universe = &capture->universe;
    capture->map = map;
    lineage_universe_create(universe);
    lineage_relation_add(universe, (struct lineage_relation){"pre", 1, false});
    lineage_relation_add(universe, (struct lineage_relation){"post", 1, false});
    lineage_relation_add(universe, (struct lineage_relation){"crash", 3, false});
    for (size_t i = 0; i < map->nodes.count; i++)
        lineage_node_add(universe, map->nodes.items[i]);
}

static void take_frame(struct harness_packets *packets, struct harness_link_layer *layer,
                       const struct pcap_pkthdr *header, const uint8_t *frame, int64_t *latest)
{
    struct harness_capture *capture = packets->capture;
    const size_t place = harness_link_layer_find(layer, header, frame);
    int64_t seconds = header->ts.tv_sec;
    if (seconds < 0 || seconds > SECONDS_MAX)
        seconds = seconds < 0 ? 0 : SECONDS_MAX;
    const struct harness_moment moment = {seconds * 1000000000 + (int64_t)header->ts.tv_usec,
                                          capture->frames};
    if (moment.time < *latest)
        harness_capture_note(capture, HARNESS_ODD_ORDER, moment.frame, "%s", "");
    else
        *latest = moment.time;
    if (place >= header->caplen || place >= header->len)
        harness_capture_note(capture, HARNESS_ODD_NO_IP, moment.frame, "%s", "");
    else
        harness_packet_take(packets, frame + place, header->caplen - place, header->len - place,
                            moment);
}

static void show_progress(const struct harness_capture *capture, pcap_t *file)
{
    if (capture->progress != NULL && capture->frames % FRAMES_BETWEEN == 0)
        capture->progress(capture->progress_context, capture->frames, ftell(pcap_file(file)));
}

static void take_frames(struct harness_capture *capture, pcap_t *file,
                        struct harness_link_layer *layer)
{
    struct harness_packets *packets = lineage_memory_clear(sizeof *packets);
    struct pcap_pkthdr *header;
    const u_char *frame;
    int64_t latest = 0;
    int result;
    packets->capture = capture;
    while ((result = pcap_next_ex(file, &header, &frame)) == 1 && capture->frames < UINT32_MAX) {
        if (++capture->frames >= capture->first_frame &&
            (capture->last_frame == 0 || capture->frames <= capture->last_frame))
            take_frame(packets, layer, header, frame, &latest);
        show_progress(capture, file);
    }
    if (result == PCAP_ERROR)
        harness_capture_note(capture, HARNESS_ODD_BROKEN_OFF, capture->frames, "%s",
                             pcap_geterr(file));
    harness_packets_free(packets);
    lineage_memory_free(packets);
}

const char *harness_capture_read(struct harness_capture *capture, FILE *file,
                                 const struct harness_capture_map *map)
{
    char why[PCAP_ERRBUF_SIZE] = "";
    struct harness_link_layer layer;
    prepare(capture, map);
    pcap_t *opened =
        pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why);
    if (opened == NULL) {
        fclose(file);
        return lineage_arena_format(&capture->arena, "this is no packet capture: %s", why);
    }
    const char *name = pcap_datalink_val_to_description(pcap_datalink(opened));
    capture->link_type =
        name == NULL ? lineage_arena_format(&capture->arena, "link type %d", pcap_datalink(opened))
                     : lineage_arena_text(&capture->arena, name, strlen(name));
    const bool has_ip = harness_link_layer_open(&layer, opened);
    if (has_ip)
        take_frames(capture, opened, &layer);
    harness_link_layer_free(&layer);
    pcap_close(opened);
    return has_ip ? NULL
                  : lineage_arena_format(&capture->arena,
                                         "the capture is of %s, in which libpcap finds no IP",
                                         capture->link_type);
}

void harness_capture_free(struct harness_capture *capture)
{
    lineage_memory_free(capture->messages.items);
    lineage_schedule_free(&capture->faults);
    lineage_universe_destroy(&capture->universe);
    lineage_arena_free(&capture->arena);
}
