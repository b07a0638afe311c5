/* Where two traces of the same request part: what a protocol that is not deterministic did. */
#ifndef LDFI_NATIVE_DIFFERENCE_H
#define LDFI_NATIVE_DIFFERENCE_H

#include "trace.h"

struct native_difference {
    enum native_call call; /* the handler call in which they do */
    uint32_t time, node;   /* its own; time 0: they part before the first one */
    uint32_t site;         /* where in the module, or 0 */
};

/* False: they are the same. */
bool native_traces_differ(const uint64_t *left, size_t left_words, const uint64_t *right,
                          size_t right_words, struct native_difference *difference);

#endif
