#include "repair.h"

#include <string.h>

void harness_repair_free(struct harness_repair *repair)
{
    lineage_arena_free(&repair->arena);
    *repair = (struct harness_repair){.source = NULL};
}

/* The first repair of the source from this byte on, or NULL. */
static const struct harness_repair *next_repair(const struct harness_repair *const *repairs,
                                                size_t count, const struct lineage_source *source,
                                                size_t from)
{
    const struct harness_repair *next = NULL;
    for (size_t i = 0; i < count; i++)
        if (repairs[i]->source == source && repairs[i]->start >= from &&
            (next == NULL || repairs[i]->start < next->start))
            next = repairs[i];
    return next;
}

static const struct lineage_source *apply_to(struct lineage_arena *arena,
                                             const struct lineage_source *source,
                                             const struct harness_repair *const *repairs,
                                             size_t count)
{
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    size_t at = 0;
    const struct harness_repair *repair;
    while ((repair = next_repair(repairs, count, source, at)) != NULL) {
        fwrite(source->text + at, 1, repair->start - at, out);
        fputs(repair->new_rules, out);
        at = repair->end;
    }
    fputs(source->text + at, out);
    char *changed = lineage_text_close(&text);
    struct lineage_source *copy = lineage_arena_allocate(arena, sizeof *copy);
    *copy =
        (struct lineage_source){source->path, lineage_arena_text(arena, changed, strlen(changed))};
    lineage_memory_free(changed);
    return copy;
}

lineage_sources *harness_repair_apply(struct lineage_arena *arena, const lineage_sources *sources,
                                      const struct harness_repair *const *repairs, size_t count)
{
    lineage_sources *changed = lineage_arena_allocate(arena, sizeof *changed);
    *changed = (lineage_sources){
        .items = lineage_arena_allocate(arena, (sources->count + 1) * sizeof *changed->items),
        .count = sources->count};
    for (size_t i = 0; i < sources->count; i++)
        changed->items[i] = apply_to(arena, sources->items[i], repairs, count);
    return changed;
}
