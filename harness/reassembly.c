#include "reassembly.h"

enum { UNIT_BYTES = 8, UNITS_MAX = HARNESS_DATAGRAM_BYTES_MAX / UNIT_BYTES };

static bool is_same(const struct harness_endpoint *left, const struct harness_endpoint *right)
{
    return left->version == right->version &&
           memcmp(left->address, right->address, sizeof left->address) == 0;
}

static void free_datagram(struct harness_datagram *datagram)
{
    lineage_memory_free(datagram->data);
    lineage_memory_free(datagram->is_there);
    *datagram = (struct harness_datagram){.data = NULL};
}

static void note_fragments(struct harness_capture *capture, enum harness_oddity oddity,
                           const struct harness_datagram *datagram)
{
    for (uint32_t i = 0; i < datagram->fragments; i++)
        harness_capture_note(capture, oddity, datagram->frame, "datagram %u", datagram->first.id);
}

static void give_up(struct harness_capture *capture, struct harness_datagram *datagram)
{
    note_fragments(capture, HARNESS_ODD_FRAGMENT, datagram);
    free_datagram(datagram);
}

/* The datagram to which the fragment belongs, or a place for it: a free one, or that of the oldest.
 */
static struct harness_datagram *find(struct harness_reassembly *reassembly,
                                     struct harness_capture *capture,
                                     const struct harness_fragment *fragment)
{
    struct harness_datagram *place = &reassembly->datagrams[0];
    for (size_t i = 0; i < HARNESS_DATAGRAMS_MAX; i++) {
        struct harness_datagram *datagram = &reassembly->datagrams[i];
        if (datagram->data != NULL && !datagram->is_whole && datagram->first.id == fragment->id &&
            datagram->first.protocol == fragment->protocol &&
            is_same(&datagram->first.from, &fragment->from) &&
            is_same(&datagram->first.to, &fragment->to))
            return datagram;
        if (place->data != NULL && (datagram->data == NULL || datagram->frame < place->frame))
            place = datagram;
    }
    if (place->data != NULL && !place->is_whole)
        give_up(capture, place);
    free_datagram(place);
    return place;
}

/* Copies what is not there yet: where fragments overlap, the first wins. */
static void copy(struct harness_datagram *datagram, const struct harness_fragment *fragment)
{
    for (size_t at = 0; at < fragment->bytes; at += UNIT_BYTES) {
        const size_t unit = (fragment->offset + at) / UNIT_BYTES;
        const size_t left = fragment->bytes - at;
        const size_t bytes = left < UNIT_BYTES ? left : UNIT_BYTES;
        if ((datagram->is_there[unit / 8] >> unit % 8 & 1) != 0)
            continue;
        datagram->is_there[unit / 8] |= (uint8_t)(1 << unit % 8);
        memcpy(datagram->data + fragment->offset + at, fragment->data + at, bytes);
    }
}

static bool has_all(const struct harness_datagram *datagram)
{
    for (size_t unit = 0; unit * UNIT_BYTES < datagram->bytes; unit++)
        if ((datagram->is_there[unit / 8] >> unit % 8 & 1) == 0)
            return false;
    return datagram->bytes > 0;
}

const struct harness_datagram *harness_reassembly_take(struct harness_reassembly *reassembly,
                                                       struct harness_capture *capture,
                                                       const struct harness_fragment *fragment,
                                                       uint32_t frame)
{
    const size_t end = fragment->offset + fragment->bytes;
    if (end > HARNESS_DATAGRAM_BYTES_MAX || fragment->bytes == 0 ||
        (!fragment->is_last && fragment->bytes % UNIT_BYTES != 0)) {
        harness_capture_note(capture, HARNESS_ODD_FRAGMENT, frame, "datagram %u", fragment->id);
        return NULL;
    }
    struct harness_datagram *datagram = find(reassembly, capture, fragment);
    if (datagram->data == NULL) {
        datagram->data = lineage_memory_clear(HARNESS_DATAGRAM_BYTES_MAX);
        datagram->is_there = lineage_memory_clear(UNITS_MAX / 8);
        datagram->first = *fragment;
        datagram->first.data = NULL;
        datagram->frame = frame;
    }
    datagram->fragments++;
    if (fragment->is_last && datagram->bytes == 0)
        datagram->bytes = end;
    copy(datagram, fragment);
    datagram->is_whole = has_all(datagram);
    if (datagram->is_whole)
        note_fragments(capture, HARNESS_ODD_JOINED, datagram);
    return datagram->is_whole ? datagram : NULL;
}

void harness_reassembly_free(struct harness_reassembly *reassembly, struct harness_capture *capture)
{
    for (size_t i = 0; i < HARNESS_DATAGRAMS_MAX; i++)
        if (reassembly->datagrams[i].data != NULL) {
            if (!reassembly->datagrams[i].is_whole)
                give_up(capture, &reassembly->datagrams[i]);
            else
                free_datagram(&reassembly->datagrams[i]);
        }
}
