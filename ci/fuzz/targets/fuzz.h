/* What the fuzz targets share. A target is one function, LLVMFuzzerTestOneInput: libFuzzer calls it
 * with inputs of its own making (`make fuzz`), main.c with files (`make test`). */
#ifndef LDFI_FUZZ_H
#define LDFI_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- files.c: what an input may open ----
 *
 * An input of some targets is a few small files in one text: a line `//// NAME` starts one, and
 * what stands before the first such line is the file `main`. From fuzz_files_open to
 * fuzz_files_close these are all the files there are: fopen, stat and realpath, which the linker
 * wraps, find nothing else, so that no input can read, wait for or fill anything of this machine.
 */

/* The name of the file that comes first. */
const char *fuzz_files_open(const uint8_t *data, size_t size);
void fuzz_files_close(void);

/* A file that swallows what is printed; opened once. */
FILE *fuzz_nowhere(void);

#endif
