/* The corpus: counterexamples found once, as small JSON files. Replaying them is what regression
 * tests of inputs do, and not enough: "an input known to trigger a bug in a particular version of
 * the protocol is not guaranteed to trigger the same bug in a different version" (Growing a
 * protocol, section 1). So each carries the shape of its failure, too, by which a search knows the
 * bug again under other faults.
 *
 *     {"kind": "counterexample", "scenario": "../primary_backup/rung2.json", "version": "rung2",
 *      "nodes": ["a", "b", "c", "C", "M"],
 *      "faults": {"omissions": [], "crashes": [{"node": "c", "time": 4}]}, "text": "crash(c,4)",
 *      "broken": [...], "shape": {"promises": [...], "causes": [...], "rules": [...]},
 *      "first_seen": "2026-11-21", "note": "", "choice": {...}, "eot": 14, "eff": 0}
 *
 * `scenario` is relative to the file; `choice`, `eot` and `eff` are there where the scenario leaves
 * them open, or the search was asked for others. */
#ifndef LDFI_HARNESS_CORPUS_H
#define LDFI_HARNESS_CORPUS_H

#include "../lineage/diagnostic.h"

#include <cjson/cJSON.h>

/* Texts and JSON are the corpus's. */
struct harness_known {
    const char *path;     /* of the file */
    const char *name;     /* the file's name without .json */
    const char *scenario; /* as seen from here */
    cJSON *json;          /* the whole file */
};

struct harness_corpus {
    struct lineage_arena arena;
    LINEAGE_ARRAY(struct harness_known) items;
};

/* Reads all .json files of a folder, in the order of their names. A folder that is not there is an
 * empty corpus. False with errors reported. */
bool harness_corpus_read(struct harness_corpus *corpus, const char *folder,
                         struct lineage_diagnostics *diagnostics);

/* Is the file meant for the corpus, and no scenario? Reads one such file. False with errors
 * reported. */
bool harness_corpus_is_entry(const char *path);
bool harness_corpus_read_entry(struct harness_corpus *corpus, const char *path,
                               struct lineage_diagnostics *diagnostics);
void harness_corpus_free(struct harness_corpus *corpus);

/* Keeps the counterexamples of a report (of `ldfi run --json`, perhaps with "choice" and "sweep",
 * and "own_bounds": true where they are not the scenario's) of the scenario at `scenario` in the
 * folder, which is made if it is not there, each in a file of its own; those that are there already
 * stay as they are. Adds the paths of the new files to `added` (strings). False with an error
 * reported. */
bool harness_corpus_keep(const char *folder, const char *scenario, const char *version,
                         const cJSON *report, const char *note, cJSON *added,
                         struct lineage_diagnostics *diagnostics);

#endif
