/* What turns packets into messages: which address is which node, and which fields of the payload
 * are what. ci/wireshark/map.schema.json describes the file. */
#ifndef LDFI_HARNESS_CAPTURE_MAP_H
#define LDFI_HARNESS_CAPTURE_MAP_H

#include "../lineage/diagnostic.h"
#include "../lineage/universe.h"

#include <cjson/cJSON.h>

/* An address, or an address and a port, of a node. */
struct harness_mapped_address {
    uint8_t bytes[16];
    uint8_t version; /* 4 or 6 */
    bool has_port;
    uint16_t port;
    uint32_t node; /* an index of `nodes` */
};

/* The payload's fields that are the arguments of a message. Fields of fields are named with dots.
 */
struct harness_mapped_message {
    const char *name; /* NULL: of every message */
    LINEAGE_ARRAY(const char *) fields;
};

struct harness_capture_map {
    struct lineage_arena arena;
    bool is_own; /* captures that ldfi exported */
    LINEAGE_ARRAY(const char *) nodes;
    LINEAGE_ARRAY(struct harness_mapped_address) addresses;
    uint32_t others;              /* the node of all other addresses, or LINEAGE_NONE */
    const char *name, *from, *to; /* fields; `from` and `to` may be NULL: by address */
    LINEAGE_ARRAY(struct harness_mapped_message) messages;
    uint64_t step_nanoseconds; /* 0: as many steps as happens-before needs */
};

/* Reads a map into zeroed `map`. Mistakes are reported with their places; false. Free it in both
 * cases. */
bool harness_capture_map_read(struct harness_capture_map *map, const char *path,
                              struct lineage_place option, struct lineage_diagnostics *diagnostics);

/* The same from a text. */
bool harness_capture_map_take(struct harness_capture_map *map, const struct lineage_source *source,
                              struct lineage_diagnostics *diagnostics);
void harness_capture_map_free(struct harness_capture_map *map);

#endif
