/* Which nodes of a model are alike. */
#ifndef LDFI_DEDALUS_SYMMETRY_H
#define LDFI_DEDALUS_SYMMETRY_H

#include "model.h"

/* What tells two nodes apart, and where. */
struct ded_difference {
    struct lineage_place place;
    const char *why;
};

/* Does exchanging the names of two nodes change nothing? If it might, `*difference` says why. */
bool ded_are_alike(const struct ded_model *model, uint32_t left, uint32_t right,
                   struct ded_difference *difference);

#endif
