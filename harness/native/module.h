/* A protocol's module: built from C files, and loaded by the process that runs it. */
#ifndef LDFI_NATIVE_MODULE_H
#define LDFI_NATIVE_MODULE_H

#include "simulator.h"

#include "../../lineage/diagnostic.h"

/* Compiles C files into one shared object in a new folder below TMPDIR, with `cc` or what the
 * environment variable CC names, and the words of LDFI_CFLAGS. Texts, in place of the files, are
 * written there first. Returns its path, in the arena, or NULL with errors reported: what the
 * compiler says is passed on. Remove it with native_module_remove. */
const char *native_module_build(struct lineage_arena *arena, const lineage_sources *sources,
                                bool are_texts, struct lineage_diagnostics *diagnostics);
void native_module_remove(const char *path);

/* Frees what loading took; the module stays in the process. */
void native_module_unload(struct native_module *module);

/* Loads a shared object into this process, and notes which of its memory is writable. False, with
 * a reason in `why`, if it is no protocol. */
bool native_module_load(struct native_module *module, const char *path, char *why,
                        size_t why_bytes);

#endif
