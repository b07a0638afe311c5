/* Starting points for protocols of a user's own: a small protocol with a bug, its inputs and its
 * scenario, in each language. Their texts are the files of harness/new, in which NAME stands for
 * what the user calls it. */
#ifndef LDFI_HARNESS_STARTING_POINT_H
#define LDFI_HARNESS_STARTING_POINT_H

#include "../lineage/memory.h"

enum { HARNESS_STARTING_FILES = 3, HARNESS_STARTING_NAME_MAX = 64 };

struct harness_starting_file {
    const char *behind; /* what its name has behind the user's: ".c" */
    const char *text;
    const char *what; /* in a few words, for people */
};

struct harness_starting_point {
    const char *language; /* as the command line has it */
    const char *title;    /* as people do */
    struct harness_starting_file files[HARNESS_STARTING_FILES];
};

extern const struct harness_starting_point harness_starting_points[]; /* ends with language NULL */

/* Why the word cannot be a starting point's name (it begins a file's name, and stands in texts);
 * NULL: it can. */
const char *harness_starting_name_flaw(const char *name);

/* Why nothing can be written to the folder: it is not there and cannot be made, or it holds
 * something. NULL: it seems that it can. The text lives in the arena. */
const char *harness_starting_folder_flaw(const char *folder, struct lineage_arena *arena);

/* The path of one of the files. */
const char *harness_starting_path(const struct harness_starting_file *file, const char *folder,
                                  const char *name, struct lineage_arena *arena);

/* Writes all files and the folder, unless that is there and empty; or nothing: then it returns the
 * path that could not be written, and errno says why. No file that exists is written over. */
const char *harness_starting_write(const struct harness_starting_point *point, const char *folder,
                                   const char *name, struct lineage_arena *arena);

#endif
