/* Reads Dedalus text into the syntax tree of a program. */
#ifndef LDFI_DEDALUS_PARSER_H
#define LDFI_DEDALUS_PARSER_H

#include "ast.h"

/* What to do at an `include`: called with the name as written and its place. */
struct ded_includer {
    void (*include)(void *context, const char *name, struct lineage_place place);
    void *context;
};

/* Appends the clauses of one source to the program. Mistakes are reported and parsing goes on
 * behind the next semicolon, so that one call reports many. The source must outlive the program. */
void ded_parse_source(struct ded_program *program, const struct lineage_source *source,
                      struct lineage_diagnostics *diagnostics, const struct ded_includer *includer);

#endif
