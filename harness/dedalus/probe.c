/* When does a rule first read that a node crashes?
 *
 * `crash` facts show at all times, so that an execution could differ from that without the crash
 * from time 1 on. It does not as long as no rule reads the fact: as long as no body with such a
 * literal has its other positive literals there and the fact fitting that one, in what holds at the
 * time without the crash. By induction over time, what the step begins with is the same with the
 * crash. If no body is like that, the facts of the step without the crash are closed under, and
 * supported by, the same firings with it, negated literals on other relations being asked of the
 * same facts: so they are what the step comes to with the crash as well, stratum by stratum. For a
 * negated literal on `crash` the same condition says that the crash takes no firing away.
 *
 * So each rule that reads `crash` is planned once for each such literal (plan.c): that literal is
 * positive and comes last, the other negated ones are left out, and conditions stay. That asks for
 * less than the rule does, which errs on the side of reading. All crashes of any node at any time
 * are in the table that such plans see, as phantoms: facts that are taken away again. */
#include "engine.h"

/* crash(Observer, Node, Time) for every observer, node and time, in this order. */
static void add_phantoms(struct ded_engine *engine, struct ded_table *phantoms)
{
    struct lineage_universe *universe = &engine->model->universe;
    ded_table_clear(phantoms);
    for (size_t observer = 0; observer < universe->nodes.count; observer++)
        for (size_t node = 0; node < universe->nodes.count; node++)
            for (uint32_t time = 1; time <= engine->eot; time++) {
                const lineage_value values[] = {universe->nodes.items[observer],
                                                universe->nodes.items[node],
                                                lineage_integer(universe, time)};
                const lineage_tuple tuple =
                    lineage_tuple_intern(universe, engine->model->crash, values);
                ded_table_add(phantoms, 0, tuple, false);
            }
}

static void swap(struct ded_table *left, struct ded_table *right)
{
    const struct ded_table between = *left;
    *left = *right;
    *right = between;
}

void ded_probe_crashes(struct ded_engine *engine, enum ded_probe_kind kind, uint32_t *read_time)
{
    const struct ded_model *model = engine->model;
    struct ded_table *phantoms = &engine->phantoms;
    const struct ded_agenda *agenda = engine->time < engine->eot ? &model->between : &model->last;
    if (agenda->probes.count == 0 || engine->outcome != DED_OK)
        return;
    const size_t facts = engine->execution->facts.count;
    if (phantoms->facts.count == 0)
        add_phantoms(engine, phantoms);
    for (uint32_t i = 0; i < phantoms->facts.count; i++)
        phantoms->facts.items[i] =
            lineage_fact_add(engine->execution, phantoms->tuples.items[i], 0, true);
    swap(&engine->tables[model->crash], phantoms);
    engine->probed = read_time;
    engine->probe_kind = kind;
    engine->first_phantom = (uint32_t)facts;
    for (size_t i = 0; i < agenda->probes.count; i++) {
        if (kind == DED_LAST_READ_OF_TIME && !agenda->probes.items[i].asks_time)
            continue;
        engine->probe_literal = agenda->probes.items[i].literal;
        ded_run_plan(engine, agenda->probes.items[i].rule, agenda->probes.items[i].plan);
    }
    engine->probed = NULL;
    swap(&engine->tables[model->crash], phantoms);
    engine->execution->facts.count = facts;
}

static void note(const struct ded_engine *engine, uint32_t *read_time)
{
    if (engine->probe_kind == DED_LAST_READ_OF_TIME || *read_time == LINEAGE_NONE)
        *read_time = engine->time;
}

void ded_note_probe(struct ded_engine *engine)
{
    const size_t places = engine->model->universe.nodes.count * engine->eot;
    const uint32_t premise = engine->premises[engine->probe_literal];
    const size_t phantom = (lineage_premise_number(premise) - engine->first_phantom) % places;
    const size_t node = phantom / engine->eot, time = phantom % engine->eot + 1;
    note(engine, &engine->probed[node * (engine->eot + 1) + time]);
}

void ded_note_all_probes(struct ded_engine *engine)
{
    const size_t places = engine->model->universe.nodes.count * (engine->eot + 1);
    for (size_t i = 0; i < places; i++)
        note(engine, &engine->probed[i]);
}
