/* Places in a module, as people know them: function, file and line, from its debug information. */
#ifndef LDFI_NATIVE_SITES_H
#define LDFI_NATIVE_SITES_H

#include "../../lineage/diagnostic.h"
#include "../../lineage/universe.h"
#include "trace.h"

struct native_site {
    uint32_t offset; /* the address behind a call, from where the module begins */
    const char *function, *file;
    uint32_t line;    /* 0: not known */
    uint32_t rule;    /* LINEAGE_NONE: not asked for yet */
    const char *text; /* of the line; NULL: not to be had */
};

struct native_sites {
    const char *module;             /* its path */
    const lineage_sources *sources; /* its files, where they are known */
    struct lineage_arena arena;
    LINEAGE_ARRAY(struct native_site) items; /* by offset, in their order */
};

/* Looks up places that are not known yet, all at once. */
void native_sites_find(struct native_sites *sites, const uint32_t *offsets, size_t count);

/* A place that has been looked up. */
struct native_site *native_site(struct native_sites *sites, uint32_t offset);

/* The rule that a place is: it derives what it puts, sends or claims. */
uint32_t native_site_rule(struct native_sites *sites, struct lineage_universe *universe,
                          uint32_t offset);

/* The place in a source's text, for messages; no place, if it is not known. */
struct lineage_place native_site_place(struct native_sites *sites, uint32_t offset);

/* The variable of the module that lies there, in the arena, or NULL. */
const char *native_site_variable(struct native_sites *sites, uint32_t offset);

void native_sites_free(struct native_sites *sites);

#endif
