#include "explain.h"

#include "why.h"

#include <string.h>

const char *harness_explain_tuple(struct harness_explanation *explanation, lineage_tuple tuple)
{
    char *text = lineage_tuple_text(explanation->evidence->universe, tuple);
    const char *kept = lineage_arena_text(&explanation->arena, text, strlen(text));
    lineage_memory_free(text);
    return kept;
}

/* The supports of what the promise lacks. Where all ways to it are closed, what closes them is to
 * be explained in its turn, which may show more that is lacking. */
static void find_supports(struct harness_explanation *explanation)
{
    const struct harness_evidence *evidence = explanation->evidence;
    for (size_t i = 0; i < explanation->lacks.missing.count; i++) {
        const struct lineage_lack lack = explanation->lacks.missing.items[i];
        struct lineage_supports supports;
        lineage_supports_find(&evidence->good, lack.fact, evidence->bounds.immune, &evidence->bad,
                              &supports);
        for (size_t j = 0; supports.sets.count == 0 && j < supports.closers.count; j++)
            lineage_lacks_follow(&evidence->good, &evidence->bad, supports.closers.items[j],
                                 lack.broken, &explanation->lacks);
        LINEAGE_PUSH(&explanation->supports, supports);
    }
}

/* The first that the run without faults keeps; else the first of all. */
static void choose_told(struct harness_explanation *explanation)
{
    const struct harness_evidence *evidence = explanation->evidence;
    lineage_tuples before = {0};
    lineage_broken_promises(&evidence->good, evidence->oracle, &evidence->good, &before);
    explanation->told = evidence->broken.items[0];
    explanation->is_without = true;
    for (size_t i = 0; i < evidence->broken.count && explanation->is_without; i++) {
        bool is_old = false;
        for (size_t j = 0; j < before.count; j++)
            is_old = is_old || before.items[j] == evidence->broken.items[i];
        if (is_old)
            continue;
        explanation->told = evidence->broken.items[i];
        explanation->is_without = false;
    }
    lineage_memory_free(before.items);
}

static void find_proofs(struct harness_explanation *explanation)
{
    const struct harness_evidence *evidence = explanation->evidence;
    const struct harness_executor *executor = &evidence->session->executor;
    lineage_inputs inputs = {0};
    executor->inputs(executor, &inputs);
    harness_prove(&evidence->good, &inputs, &explanation->good_proofs);
    harness_prove(&evidence->bad, &inputs, &explanation->bad_proofs);
    lineage_memory_free(inputs.items);
}

void harness_explain(struct harness_explanation *explanation,
                     const struct harness_evidence *evidence)
{
    *explanation = (struct harness_explanation){.evidence = evidence};
    choose_told(explanation);
    lineage_lacks_find(&evidence->good, &evidence->bad, &evidence->broken, &explanation->lacks);
    find_supports(explanation);
    lineage_difference_find(&evidence->good, &evidence->bad, &evidence->broken,
                            &explanation->difference);
    find_proofs(explanation);
    harness_find_obstacles(explanation);
    harness_story_tell(explanation);
    harness_advise(explanation);
}

void harness_explanation_free(struct harness_explanation *explanation)
{
    for (size_t i = 0; i < explanation->supports.count; i++)
        lineage_supports_free(&explanation->supports.items[i]);
    lineage_memory_free(explanation->supports.items);
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

char *harness_explain_cut(const struct harness_evidence *evidence,
                          const struct lineage_delivery *delivery)
{
    const struct lineage_schedule *faults = &evidence->faults;
    struct lineage_schedule cutting = {.omissions = {0}};
    for (size_t i = 0; i < faults->omissions.count; i++) {
        const struct lineage_omission *omission = &faults->omissions.items[i];
        if (omission->from == delivery->from && omission->to == delivery->to &&
            omission->time >= delivery->first_time && omission->time <= delivery->last_time)
            lineage_schedule_add_omission(&cutting, *omission);
    }
    for (size_t i = 0; i < faults->crashes.count; i++)
        if (faults->crashes.items[i].node == delivery->from &&
            faults->crashes.items[i].time <= delivery->last_time)
            lineage_schedule_add_crash(&cutting, faults->crashes.items[i]);
    struct lineage_text text;
    lineage_schedule_print(evidence->universe, &cutting, lineage_text_open(&text));
    lineage_schedule_free(&cutting);
    return lineage_text_close(&text);
}
