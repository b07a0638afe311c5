/* The payload of an exported datagram: one JSON object (ci/wireshark/README.md has the fields). */
#ifndef LDFI_HARNESS_PAYLOAD_H
#define LDFI_HARNESS_PAYLOAD_H

#include "export.h"

enum {
    HARNESS_PAYLOAD_VERSION = 1, /* of these fields */
    HARNESS_PAYLOAD_PORT = 5334, /* `ldfi` on a telephone; free at IANA */
};

/* What the capture is of: the scenario, the run, the end of time, and the nodes with their
 * addresses. The caller deletes it, as that of the others. */
cJSON *harness_payload_run(const struct harness_export *export);

/* One message, by its place in the run. */
cJSON *harness_payload_message(const struct harness_export *export, size_t number);

/* That a node crashes. */
cJSON *harness_payload_crash(const struct harness_export *export,
                             const struct lineage_crash *crash);

/* The IPv4 address of a node, or of what is none (LINEAGE_NONE), in host byte order. */
uint32_t harness_payload_address(uint32_t node);

/* A value read back from its JSON, where an integer that no double holds is {"integer":
 * "9007199254740993"}. LINEAGE_NONE: the JSON is no value. */
lineage_value harness_payload_read_value(struct lineage_universe *universe, const cJSON *json);

#endif
