/* A name for a question, the same on every machine: what was asked once need not be asked again. */
#ifndef LDFI_HARNESS_DIGEST_H
#define LDFI_HARNESS_DIGEST_H

#include "session.h"

enum { HARNESS_DIGEST_BYTES = 33 };

/* The digest (XXH128, 32 hexadecimal digits) of everything that a search's result depends on:
 * ldfi's version and sources, the texts of the model and of its inputs, nodes, what is said to be
 * alike, bounds, faults, oracle and kind of search; not of paths, expectations and budgets.
 * `session` has been read, not opened. False, and "", if a file cannot be read or is no program:
 * that has no result. */
bool harness_digest(const struct harness_session *session, char digest[HARNESS_DIGEST_BYTES]);

/* Which of `count` shards, from 0, a name falls into. */
size_t harness_shard_of(const char *name, size_t count);

/* The digest of a list of names. */
void harness_digest_names(const harness_texts *names, char digest[HARNESS_DIGEST_BYTES]);

#endif
