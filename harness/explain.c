#include "explain.h"

#include <string.h>

const char *harness_explain_tuple(struct harness_explanation *explanation, lineage_tuple tuple)
{
    char *text = lineage_tuple_text(explanation->evidence->universe, tuple);
    const char *kept = lineage_arena_text(&explanation->arena, text, strlen(text));
    lineage_memory_free(text);
    return kept;
}

static void find_supports(struct harness_explanation *explanation)
{
    const struct harness_evidence *evidence = explanation->evidence;
    explanation->supports =
        lineage_arena_allocate(&explanation->arena, (explanation->lacks.missing.count + 1) *
                                                        sizeof *explanation->supports);
    for (size_t i = 0; i < explanation->lacks.missing.count; i++)
        lineage_supports_find(&evidence->good, explanation->lacks.missing.items[i].fact,
                              evidence->bounds.immune, &evidence->bad, &explanation->supports[i]);
}

void harness_explain(struct harness_explanation *explanation,
                     const struct harness_evidence *evidence)
{
    *explanation =
        (struct harness_explanation){.evidence = evidence, .told = evidence->broken.items[0]};
    lineage_lacks_find(&evidence->good, &evidence->bad, &evidence->broken, &explanation->lacks);
    find_supports(explanation);
    lineage_difference_find(&evidence->good, &evidence->bad, &evidence->broken,
                            &explanation->difference);
    lineage_proofs_find(&evidence->good, NULL, &explanation->good_proofs);
    lineage_proofs_find(&evidence->bad, NULL, &explanation->bad_proofs);
    harness_find_obstacles(explanation);
    harness_story_tell(explanation);
    harness_advise(explanation);
}

void harness_explanation_free(struct harness_explanation *explanation)
{
    for (size_t i = 0; i < explanation->lacks.missing.count; i++)
        lineage_supports_free(&explanation->supports[i]);
    for (size_t i = 0; i < explanation->advice.count; i++)
        harness_repair_free(&explanation->advice.items[i].repair);
    lineage_lacks_free(&explanation->lacks);
    lineage_difference_free(&explanation->difference);
    lineage_proofs_free(&explanation->good_proofs);
    lineage_proofs_free(&explanation->bad_proofs);
    lineage_memory_free(explanation->story.items);
    lineage_memory_free(explanation->obstacles.items);
    lineage_memory_free(explanation->advice.items);
    lineage_arena_free(&explanation->arena);
}
