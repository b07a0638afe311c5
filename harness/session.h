/* A scenario on its way from a file to a verdict: what it says, what executes it, and its search.
 */
#ifndef LDFI_HARNESS_SESSION_H
#define LDFI_HARNESS_SESSION_H

#include "search.h"

/* Zeroed is empty. Free it with harness_session_free, whatever failed. */
struct harness_session {
    struct harness_scenario scenario;
    struct harness_executor executor;
    struct harness_search search;
    struct lineage_diagnostics diagnostics;
    size_t combination; /* of the inputs that the scenario leaves open (choices.h) */
    bool keeps_given;   /* `scenario.given_source` has been made, and stays as it is */
};

/* Checks the scenario, which has been read and perhaps overridden, opens what executes it and
 * makes ready its search, which `search.options` and `search.budget` describe. Nothing may be left
 * to be swept. False with errors reported. */
bool harness_session_open(struct harness_session *session);
void harness_session_free(struct harness_session *session);

/* The exit status that the search has earned (README.md, "Exit status"). */
int harness_session_status(const struct harness_session *session);

#endif
