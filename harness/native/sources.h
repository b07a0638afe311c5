/* The files that a protocol in C is made of. */
#ifndef LDFI_NATIVE_SOURCES_H
#define LDFI_NATIVE_SOURCES_H

#include "../../lineage/diagnostic.h"

/* Is it a protocol's source, or a shared object? (Other models are Dedalus files.) */
bool native_is_module(const char *path);
bool native_is_object(const char *path);

/* Reads C files and, behind them, what they include in quotes and can be read, each once. Of a
 * shared object the text is a digest. Texts live in the arena. False with errors reported. */
bool native_sources_read(lineage_sources *sources, struct lineage_arena *arena,
                         const char *const *paths, size_t count,
                         struct lineage_diagnostics *diagnostics);

/* Is it included by another of the files? Those that are not are compiled. */
bool native_is_included(const lineage_sources *sources, const struct lineage_source *source);

#endif
