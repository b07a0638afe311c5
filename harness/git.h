/* What `ldfi bisect` needs of a git history: the commits of a range, and the files as they were, in
 * worktrees of their own. The user's checkout is not touched. Runs the program `git`. */
#ifndef LDFI_HARNESS_GIT_H
#define LDFI_HARNESS_GIT_H

#include "../lineage/diagnostic.h"

#include <cjson/cJSON.h>

/* One commit. Texts live in the history's arena. */
struct harness_commit {
    const char *hash;     /* whole */
    const char *label;    /* the short hash and the subject: "1a2b3c4 Promote by term" */
    const char *worktree; /* the folder that holds its files; NULL: not checked out */
};

struct harness_history {
    struct lineage_arena arena;
    const char *root;   /* of the repository, absolute */
    const char *folder; /* that holds the worktrees; NULL: there is none */
    LINEAGE_ARRAY(struct harness_commit) commits; /* the oldest first */
};

/* Lists the commits of `range` (OLD..NEW: OLD itself, and those behind it up to NEW) that change
 * one of the files (none named: all commits). Where branches were merged it follows the first, so
 * that each commit comes from the one before it. False with an error reported at `place`: there are
 * too many, too. */
bool harness_history_read(struct harness_history *history, const char *range,
                          const char *const *files, size_t file_count, struct lineage_place place,
                          struct lineage_diagnostics *diagnostics);

/* Checks the commit out; false with an error reported. */
bool harness_history_check_out(struct harness_history *history, size_t commit,
                               struct lineage_place place, struct lineage_diagnostics *diagnostics);

/* The path below the repository's root of a file in the user's checkout; NULL: it is not there. In
 * the arena. */
const char *harness_history_path(struct harness_history *history, const char *file);

/* Names files in all texts of a report as the repository does, not by their worktrees, which are
 * gone when it is read. */
void harness_history_cut_paths(cJSON *json);

/* Removes the worktrees and frees the rest. */
void harness_history_free(struct harness_history *history);

#endif
