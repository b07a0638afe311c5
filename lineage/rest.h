/* What the hazard formula of an envelope leaves to try. */
#ifndef LDFI_LINEAGE_REST_H
#define LDFI_LINEAGE_REST_H

#include "lesson.h"

/* Finds out, and sets the lesson's kind_of_rest, rest, excluded and effort. The study has an
 * envelope; the lesson's other fields are there. */
void lineage_find_rest(struct lineage_lesson *lesson, const struct lineage_study *study);

#endif
