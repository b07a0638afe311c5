/* Threads that test hypotheses side by side. */
#ifndef LDFI_HARNESS_POOL_H
#define LDFI_HARNESS_POOL_H

#include "hypothesis.h"

struct harness_pool;

/* A pool of `threads` threads beside the caller's, each with a copy of the tester's executor. The
 * tester is shared, not owned, and belongs to the caller's thread. NULL if no thread can be had. */
struct harness_pool *harness_pool_create(const struct harness_tester *tester, size_t threads);
void harness_pool_destroy(struct harness_pool *pool);

/* Tests hypotheses, in order as far as there are threads. With `all`, all of them; else those up to
 * the first that breaks the promise or fails, and perhaps some behind it (is_tested says which).
 * When the tester's poll says stop, those that are not yet tested stay so, or are
 * HARNESS_INTERRUPTED. */
void harness_pool_test(struct harness_pool *pool, struct harness_hypothesis *hypotheses,
                       size_t count, bool all);

#endif
