/* The hazard formula: lineage, present and absent, as one circuit over fault variables.
 *
 * Lineage-driven fault injection (Alvaro, Rosen, Hellerstein, SIGMOD 2015, section 3) asks which
 * faults cut every known support of the outcome. That is enough to find bugs fast and not enough to
 * certify: an outcome also rests on absences, and it may break through a `pre` fact that the good
 * run never had. So the formula is built over an *envelope* (execution.h): all facts and firings
 * that could exist under any schedule that includes the given one, F. For each fact n that is not
 * certain it has a formula P(n), read "n is derived":
 *
 *     P(n) = some firing of n has all its premises
 *
 * where a premise is P(m) for a fact that must be present, not P(m) for each fact that must be
 * absent, and, if the head rode on a message, that no fault of the schedule loses it. Classical
 * lineage is the part of this in which all is monotone; `not P(m)` under an absence is why-not
 * provenance. The promise is broken if P(pre(x)) and not P(post(x)) for some x.
 *
 * Soundness. Let G include F, stay within the bounds and break the promise. Then the formula has a
 * model in which the fault variables say G. Proof. The envelope has three properties, which the
 * executor must provide (for Dedalus: harness/dedalus, join.c and derive.c):
 *
 *   (a) every firing of the run under G is an instance of a recorded firing, or its head is
 *       certain. An instance may fill in columns that the record left unknown;
 *
 *   (b) of a recorded firing without unknown columns in its premises ("exact"), an instance fires
 *       in G's run as soon as the facts it needs are there, those it excludes are not, and its
 *       message, if any, arrives;
 *
 *   (c) certain facts are in the run under G.
 *
 * Set P(n) true iff the run under G has a firing that is an instance of a recorded firing of n.
 * Where n has no unknown column that is just "n is in the run", by (a); where n is abstract it says
 * "some tuple that n stands for was derived through it". Now compare with the formulas used here.
 *
 *   Upper bound, hi(n): the disjunction over n's firings of their premises, leaving out the absence
 *   of facts that match the pattern only perhaps. If P(n), the instance that fires in G's run has
 *   its premises there; each is represented (a) by a fact m that the recorded firing names, since
 *   the executor joins all facts that fit, and P(m) is true. A fact that matches an absent pattern
 *   for certain is not there, so its P is false. The message arrived, so its fault did not happen.
 *   Hence P(n) implies hi(n).
 *
 *   Lower bound, lo(n): the disjunction over n's exact firings, now with the absence of everything
 *   that could match. If it is true, the facts it names are in the run; and nothing matches the
 *   absent patterns, since a fact that did would be represented by some m that may match, with P(m)
 *   true. By (b) the firing happens: lo(n) implies P(n).
 *
 * If both bounds are the same formula, P(n) is that formula. Otherwise P(n) = lo(n) or (c and
 * hi(n)) with a free variable c for each n, which can take every value between the bounds. Going
 * through the facts in an order in which premises come first, the values above therefore make every
 * P(n) equal to its formula.
 *
 * Within one time step facts may need each other in a circle; there is no such order. A circle
 * without absences supports nothing by itself: P is the least solution, built by unfolding the
 * circle as often as it has members (a derivation of least depth visits none twice). A circle that
 * is too large for that, or that passes through an absence, gets bounds instead: in hi the circle's
 * premises are taken as granted, in lo as refused. Every premise is so taken by itself: "exactly k
 * of these" is "k of them, as far as granted, and not k + 1, as far as refused". If some schedule
 * leaves facts of a circle through an absence undefined, the run ends with an error; the formula
 * then also holds if a firing on the circle that needs such an absence has the premises that it has
 * outside. An aggregate passes through absences whatever its firing names, since contributions that
 * are missing decide its value, too.
 *
 * Inputs may be left to choose (harness/inputs.h). Then G stands for a choice of inputs, too; an
 * input that is not settled is recorded as the firing of a fact without premises, which happens
 * exactly when it is given, so (a) to (c) hold as they stand.
 *
 * Finally, pre(x) in G's run and post(x) not: if pre(x) is represented by a fact without unknown
 * columns its P is true and that of post(x) is false, so the formula holds; if only by an abstract
 * one, m, then P(m), and the formula has P(m) as a case of its own.
 *
 * Nothing here uses that faults only remove messages: `not lost` makes the formula non-monotone in
 * the faults, and the runs that F has already excluded come out as contradictions. That the search
 * ends does not rest on the tightness of the bounds: it blocks each schedule that it has run
 * (harness/search.c). */
#include "classical.h"
#include "provenance.h"

struct hazards {
    struct lineage_provenance provenance;
    LINEAGE_ARRAY(solver_formula) items;
};

static lineage_tuple tuple_of(const struct hazards *hazards, uint32_t fact)
{
    return hazards->provenance.envelope->facts.items[fact].tuple;
}

/* The fact of `relation` with the columns of `tuple` at the end of time, or LINEAGE_NONE. */
static uint32_t counterpart(const struct lineage_execution *envelope, lineage_tuple tuple,
                            uint32_t relation)
{
    const lineage_value *values = lineage_tuple_values(envelope->universe, tuple);
    return lineage_fact_find(envelope, lineage_tuple_find(envelope->universe, relation, values),
                             envelope->eot);
}

/* pre holds and post, which has the same columns, does not. */
static void break_promise(struct hazards *hazards, uint32_t pre, uint32_t post)
{
    const solver_formula promised = lineage_derived(&hazards->provenance, pre);
    const solver_formula kept =
        post == LINEAGE_NONE ? SOLVER_FALSE : lineage_derived(&hazards->provenance, post);
    LINEAGE_PUSH(&hazards->items,
                 solver_and2(hazards->provenance.formulas, promised, solver_not(kept)));
}

/* Every pre tuple must be a post tuple. */
static void break_strict(struct hazards *hazards, const struct lineage_execution *good)
{
    const struct lineage_execution *envelope = hazards->provenance.envelope;
    size_t count;
    const uint32_t *promised = lineage_facts_at(envelope, envelope->pre, envelope->eot, &count);
    for (size_t i = 0; i < count; i++) {
        if (!lineage_is_watched(good, tuple_of(hazards, promised[i])))
            continue;
        const bool is_abstract = lineage_is_abstract(&hazards->provenance, promised[i]);
        break_promise(hazards, promised[i],
                      is_abstract
                          ? LINEAGE_NONE
                          : counterpart(envelope, tuple_of(hazards, promised[i]), envelope->post));
    }
}

/* Every post tuple of the good run must hold if its pre tuple does. */
static void break_molly(struct hazards *hazards, const struct lineage_execution *good)
{
    const struct lineage_execution *envelope = hazards->provenance.envelope;
    struct lineage_universe *universe = envelope->universe;
    const uint32_t arity = universe->relations.items[good->post].arity;
    size_t count, promised_count;
    const uint32_t *kept = lineage_facts_at(good, good->post, good->eot, &count);
    const uint32_t *promised =
        lineage_facts_at(envelope, envelope->pre, envelope->eot, &promised_count);
    lineage_value *values = lineage_memory_clear((arity + 1) * sizeof *values);
    for (size_t i = 0; i < count; i++) {
        const lineage_tuple post = good->facts.items[kept[i]].tuple;
        for (uint32_t j = 0; j < arity; j++)
            values[j] = lineage_tuple_values(universe, post)[j];
        const lineage_tuple pre = lineage_tuple_intern(universe, envelope->pre, values);
        const uint32_t post_fact = lineage_fact_find(envelope, post, envelope->eot);
        for (size_t j = 0; j < promised_count; j++)
            if (lineage_tuple_match(universe, pre, tuple_of(hazards, promised[j])) !=
                LINEAGE_NO_MATCH)
                break_promise(hazards, promised[j], post_fact);
    }
    lineage_memory_free(values);
}

solver_formula lineage_hazard(struct lineage_fault_variables *variables,
                              const struct lineage_hazard_input *input, lineage_labels *labels)
{
    const struct lineage_execution *envelope = input->envelope;
    struct hazards hazards = {.items = {0}};
    lineage_provenance_create(&hazards.provenance, variables, input, labels);
    for (size_t i = 0; i < envelope->undecided.count; i++)
        lineage_derived(&hazards.provenance, envelope->undecided.items[i]);
    for (size_t i = 0; i < envelope->errors.count; i++)
        LINEAGE_PUSH(&hazards.items, lineage_fired(&hazards.provenance, envelope->errors.items[i]));
    if (input->oracle == LINEAGE_STRICT)
        break_strict(&hazards, input->good);
    else
        break_molly(&hazards, input->good);
    for (size_t i = 0; i < hazards.provenance.undefined.count; i++)
        LINEAGE_PUSH(&hazards.items, hazards.provenance.undefined.items[i]);
    const solver_formula hazard =
        solver_or(variables->formulas, hazards.items.items, hazards.items.count);
    lineage_provenance_destroy(&hazards.provenance);
    lineage_memory_free(hazards.items.items);
    return hazard;
}
