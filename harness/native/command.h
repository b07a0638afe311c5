/* Other programs, run for what they say: the compiler, addr2line. */
#ifndef LDFI_NATIVE_COMMAND_H
#define LDFI_NATIVE_COMMAND_H

#include <stddef.h>

/* Runs a program, found on the PATH, with its words (the last NULL), and waits for it. `*output` is
 * what it printed, to either of its outputs, which the caller frees with lineage_memory_free.
 * Returns its exit status; 127: it could not be run; 128 and more: a signal ended it. */
int native_command(const char *const *words, char **output);

#endif
