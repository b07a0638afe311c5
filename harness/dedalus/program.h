/* Reads Dedalus files, with what they include, into one program. */
#ifndef LDFI_DEDALUS_PROGRAM_H
#define LDFI_DEDALUS_PROGRAM_H

#include "ast.h"

/* Reads the files, each with its includes, in order; a file reached twice counts once, one that
 * includes itself is an error. An include is looked for beside the including file, then beside the
 * first file given. `more`, unless it is NULL, is a text that belongs to the program, too. The
 * program (also one with errors) is freed with ded_program_free. */
void ded_program_read(struct ded_program *program, const char *const *paths, size_t path_count,
                      const struct lineage_source *more, struct lineage_diagnostics *diagnostics);

/* Takes a program from the texts that its reading has once reached: what they include is among
 * them.
 */
void ded_program_take(struct ded_program *program, const lineage_sources *texts,
                      struct lineage_diagnostics *diagnostics);

void ded_program_free(struct ded_program *program);

#endif
