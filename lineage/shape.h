/* The shape of a failure: what is left of a difference (difference.h) without nodes, times and
 * values, to tell whether two failures are one bug that other faults show, perhaps in another
 * version. It is a hint and no proof: one bug may have several shapes, where redundant messages can
 * be lost in several ways; and two bugs may share one, since neither execution says what a repair
 * should have done. */
#ifndef LDFI_LINEAGE_SHAPE_H
#define LDFI_LINEAGE_SHAPE_H

#include "difference.h"

/* Texts, sorted bytewise, none twice. */
struct lineage_names {
    const char **items;
    size_t count;
};

/* The name of the promise that a pre tuple makes, which holds at the end of an execution recorded
 * with its firings: the tuple's first text that the rule which derived it has written itself
 * (pre("agreement", R, W) :- ...) and that names no node; `pre` if there is none. The universe's.
 */
const char *lineage_promise_of(const struct lineage_execution *execution, lineage_tuple tuple);

struct lineage_shape {
    /* What broke: the names of its promises (lineage_promise_of). */
    struct lineage_names promises;
    /* With what it begins: `rep lost` (the relation of a lost message), `fails reads crash` (the
     * relation that a rule derives). Both count, though a crash that is read is there with many
     * bugs: a bug that needs a failover is not one that needs none. Empty: the good execution
     * breaks the same promises. */
    struct lineage_names causes;
};

/* The shape of what `bad` broke, which must be recorded with its firings. All of it lives in the
 * arena. */
void lineage_shape_of(const struct lineage_execution *bad, const lineage_tuples *broken,
                      const struct lineage_difference *difference, struct lineage_arena *arena,
                      struct lineage_shape *shape);

enum lineage_likeness {
    LINEAGE_OTHER_BUG,
    LINEAGE_LIKE_BUG, /* the same promises break, for other causes: a new bug, or a message that has
                         another name in another version */
    LINEAGE_SAME_BUG,
};

/* Compares shapes as sets: names may be in any order, as a file written by hand may have them. */
enum lineage_likeness lineage_shapes_compare(const struct lineage_shape *left,
                                             const struct lineage_shape *right);

/* Prints `agreement, durability: rep lost`, or `agreement: no faults`. */
void lineage_shape_print(const struct lineage_shape *shape, FILE *out);

#endif
