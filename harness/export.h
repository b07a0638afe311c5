/* Exports of one run for other programs: packets, graphs, sequence diagrams, logs and traces. Each
 * prints to a stream; what is no character of UTF-8 becomes a question mark, and so do control
 * characters where the format has no way to write them. */
#ifndef LDFI_HARNESS_EXPORT_H
#define LDFI_HARNESS_EXPORT_H

#include "../lineage/execution.h"
#include "../lineage/store.h"

#include <cjson/cJSON.h>

/* The run. */
struct harness_export {
    const char *name;                          /* of the scenario */
    int64_t run;                               /* its number in a database; 0: it is of none */
    const struct lineage_execution *execution; /* with its firings, indexed */
    const struct lineage_schedule *faults;
    const lineage_tuples *broken; /* the pre tuples whose promise it breaks */
    const uint32_t *numbers; /* by message: what a database calls it; NULL: its place in the run */
    bool repeats;            /* pictures draw messages that repeat those of the step before, too */
};

/* One step of logical time takes so long in captures and traces, and time 0 is 1970-01-01. */
enum { HARNESS_STEP_SECONDS = 1 };

/* A packet capture, written with libpcap (IPv4 without a link layer): a UDP datagram a message, in
 * the order in which they are sent, its payload JSON (payload.h). The node of number n has the
 * address 10.0.0.(n + 1), what is no node 10.255.255.254; a datagram of a node to itself says that
 * it crashes. NULL, or which message is too long for a datagram. */
const char *harness_export_pcap(const struct harness_export *export, struct lineage_arena *arena,
                                FILE *out);

/* The lineage of facts as a graph in the DOT language: facts, the rules that derived them, what
 * they rest on. A fact that holds at several times in a row is drawn once. */
void harness_export_lineage(const struct harness_export *export, const uint32_t *facts,
                            size_t count, FILE *out);

/* Nodes as columns, time downwards, in the DOT language with all positions given (`neato -n`). */
void harness_export_space_time(const struct harness_export *export, FILE *out);

/* A sequence diagram in Mermaid's language. */
void harness_export_mermaid(const struct harness_export *export, FILE *out);

/* A log for ShiViz, with vector clocks (Mattern 1988). Its first line is the regular expression by
 * which ShiViz reads it. A step of a node is its receipts, then what it sends. */
void harness_export_shiviz(const struct harness_export *export, FILE *out);

/* Spans of OpenTelemetry: an ExportTraceServiceRequest, a service a node. The caller deletes it. */
cJSON *harness_export_otlp(const struct harness_export *export);

/* The numbers that a database gives the messages of a run, by their places in the execution, which
 * is that run made again; NULL: it did not record them. The caller frees them. */
uint32_t *harness_export_numbers(const struct lineage_execution *execution,
                                 struct lineage_store *store, int64_t run);

/* ---- what they share ---- */

/* "delivered", "lost by omission", ...: the words of the view `messages`. */
const char *harness_export_fate(enum lineage_fate fate);

static inline bool harness_is_lost(const struct lineage_message *message)
{
    return message->fate == LINEAGE_LOST_BY_OMISSION || message->fate == LINEAGE_LOST_BY_CRASH;
}

/* Has a picture a line for it? Not for what a node sends itself, nor what goes to no node. */
bool harness_export_draws(const struct harness_export *export,
                          const struct lineage_message *message);

/* Messages that a picture leaves out because they repeat those of the step before. */
size_t harness_export_left_out(const struct harness_export *export);

/* A tuple, or the name of a node (LINEAGE_NONE: "no node"), as valid UTF-8 without control
 * characters; in the arena. */
const char *harness_export_tuple(const struct harness_export *export, lineage_tuple tuple,
                                 struct lineage_arena *arena);
const char *harness_export_node(const struct harness_export *export, uint32_t node,
                                struct lineage_arena *arena);

/* Prints a text between quotes, as a string of the DOT language that Graphviz draws as this text;
 * its lines become lines. */
void harness_export_dot_text(const char *text, FILE *out);

#endif
