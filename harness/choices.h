/* The inputs that a scenario leaves open. "Some fault tolerance bugs are triggered only by specific
 * interleavings of inputs and fault events" (Growing a protocol, section 5), so a scenario may name
 * alternatives, and `ldfi sweep` searches the faults of each combination.
 *
 *     "choose": {"to": ["a", "b"], "at": {"from": 1, "to": 5}, "writes": {"from": 1, "to": 3}},
 *     "given": ["request(\"C\", \"$to\", \"w0\")@$at;",
 *               {"fact": "request(\"C\", \"c\", \"w$i\")@$i;", "each": "i", "to": "$writes"}]
 *
 * `$name` in a fact stands for the value chosen, `$$` for a dollar. A fact with "each" is stated
 * for every number from "from" (1, if it is not there) to "to". */
#ifndef LDFI_HARNESS_CHOICES_H
#define LDFI_HARNESS_CHOICES_H

#include "scenario.h"

enum { HARNESS_COMBINATIONS_MAX = 100000 };

/* In how many ways the scenario's inputs may be chosen: 1 if it leaves nothing open; 0, with errors
 * reported, if it contradicts itself. */
size_t harness_choices_count(const struct harness_scenario *scenario,
                             struct lineage_diagnostics *diagnostics);

/* Makes the `number`-th combination the scenario's own: the facts go into `given_source`. What the
 * user has chosen (`chosen`) is no longer open. False with errors reported. */
bool harness_choices_take(struct harness_scenario *scenario, size_t number,
                          struct lineage_diagnostics *diagnostics);

/* Chooses what an object like that of harness_choices_json says; NULL: nothing. */
void harness_choices_pin(struct harness_scenario *scenario, const cJSON *choice);

/* The combination as {"to": "a", "at": 3}; the caller deletes it. NULL: there is nothing to choose.
 */
cJSON *harness_choices_json(const struct harness_scenario *scenario, size_t number);

#endif
