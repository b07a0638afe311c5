/* Explanations of small programs, as people read them; and that each fact that a run lacks or has
 * is explained, under all schedules. */
#include "testing.h"

#include "why.h"

struct told {
    struct testing_world world;
    struct harness_session session;
    struct harness_evidence evidence;
    struct harness_explainer explainer;
};

static void run_both(struct told *told, struct harness_why_limits limits)
{
    struct harness_executor *executor = &told->world.executor;
    const struct lineage_schedule none = {.omissions = {0}};
    told->session = (struct harness_session){.executor = *executor};
    told->evidence.session = &told->session;
    told->evidence.universe = executor->universe;
    assert_int_equal(executor->execute(executor, &none, true, &told->evidence.good), HARNESS_OK);
    assert_int_equal(executor->execute(executor, &told->evidence.faults, true, &told->evidence.bad),
                     HARNESS_OK);
    harness_explainer_open(&told->explainer, &told->evidence, limits);
}

static void forget_run(struct told *told)
{
    harness_explainer_close(&told->explainer);
    lineage_execution_free(&told->evidence.good);
    lineage_execution_free(&told->evidence.bad);
}

/* Nodes are a, b and c. An omission FROM,TO,TIME or a crash NODE,TIME; "": none. */
static void open_told(struct told *told, const char *text, uint32_t eot, const char *fault)
{
    const struct testing_program program = {"told", "a,b,c", eot, eot, 1, NULL, text};
    *told = (struct told){.evidence = {.run = 0}};
    testing_open(&told->world, &program);
    struct lineage_schedule *faults = &told->evidence.faults;
    if (strlen(fault) == 5)
        lineage_schedule_add_omission(faults,
                                      (struct lineage_omission){(uint32_t)(fault[4] - '0'),
                                                                (uint32_t)(fault[0] - 'a'),
                                                                (uint32_t)(fault[2] - 'a')});
    else if (fault[0] != '\0')
        lineage_schedule_add_crash(
            faults, (struct lineage_crash){(uint32_t)(fault[2] - '0'), (uint32_t)(fault[0] - 'a')});
    run_both(told, HARNESS_WHY_LIMITS);
}

static void close_told(struct told *told)
{
    forget_run(told);
    lineage_schedule_free(&told->evidence.faults);
    testing_close(&told->world);
}

/* relation("value"), or with "_" of anything. */
static lineage_tuple tuple_of(struct told *told, const char *relation, const char *value)
{
    struct lineage_universe *universe = told->world.executor.universe;
    const lineage_value values[] = {
        strcmp(value, "_") == 0 ? LINEAGE_ANY : lineage_string(universe, value, strlen(value))};
    const uint32_t number = lineage_relation_find(universe, relation);
    assert_int_equal(universe->relations.items[number].arity, 1);
    return lineage_tuple_intern(universe, number, values);
}

/* The tree as people read it, with M.ded for the model's path. */
static void assert_text(struct told *told, const struct harness_why *why, const char *wanted)
{
    const struct harness_style style = {false, "", ""};
    const char *path = told->world.scenario.model.items[0];
    struct lineage_text text;
    harness_why_text(&told->explainer, why, &style, lineage_text_open(&text));
    char *printed = lineage_text_close(&text), *at;
    while ((at = strstr(printed, path)) != NULL) {
        for (size_t i = 0; i < 5; i++)
            at[i] = "M.ded"[i];
        memmove(at + 5, at + strlen(path), strlen(at + strlen(path)) + 1);
    }
    assert_string_equal(printed, wanted);
    lineage_memory_free(printed);
}

static void assert_why(struct told *told, const char *relation, const char *value, uint32_t time,
                       const char *wanted)
{
    lineage_numbers facts = {0};
    harness_find_facts(&told->evidence.bad, &told->explainer.proofs,
                       tuple_of(told, relation, value), time, &facts);
    assert_true(facts.count > 0);
    assert_text(told, harness_why(&told->explainer, facts.items[0]), wanted);
    lineage_memory_free(facts.items);
}

static void assert_why_not(struct told *told, const char *relation, const char *value,
                           uint32_t time, const char *wanted)
{
    assert_text(told, harness_why_not(&told->explainer, tuple_of(told, relation, value), time),
                wanted);
}

#define KEPT "pre(\"kept\")@1; post(\"kept\")@1;\n"

/* a tells b and c at 1 and 2; who has heard a keeps it. */
static const char tells[] = "told(\"a\")@1;\n"
                            "told(A)@next :- told(A), notin calm(A);\n"
                            "calm(\"a\")@2;\n"
                            "peer(\"b\")@1; peer(\"c\")@1;\n"
                            "peer(A)@next :- peer(A);\n"
                            "word(B)@async :- told(A), peer(B);\n"
                            "heard(B) :- word(B);\n"
                            "heard(B)@next :- heard(B);\n"
                            "deaf(B) :- peer(B), notin heard(B);\n"
                            "fine(B) :- peer(B), notin deaf(B);\n" KEPT;

static void a_proof_names_rules_messages_and_inputs(void **state)
{
    struct told told;
    (void)state;
    open_told(&told, tells, 5, "");
    assert_why(&told, "heard", "b", 5,
               "heard(\"b\") at 5, since 2\n"
               "|  carried on by heard(B)@next :- heard(B); (M.ded:8)\n"
               "|  by heard(B) :- word(B); (M.ded:7)\n"
               "`- word(\"b\") at 2\n"
               "   |  by word(B)@async :- told(A), peer(B); (M.ded:6), sent by a at 1\n"
               "   |- told(\"a\") at 1\n"
               "   |     an input (M.ded:1)\n"
               "   `- peer(\"b\") at 1\n"
               "         an input (M.ded:4)\n");
    close_told(&told);
}

static void what_was_told_is_not_told_again(void **state)
{
    struct told told;
    (void)state;
    open_told(&told, tells, 5, "");
    assert_why(&told, "word", "b", 2,
               "word(\"b\") at 2\n"
               "|  by word(B)@async :- told(A), peer(B); (M.ded:6), sent by a at 1\n"
               "|- told(\"a\") at 1\n"
               "|     an input (M.ded:1)\n"
               "`- peer(\"b\") at 1\n"
               "      an input (M.ded:4)\n");
    assert_why(&told, "heard", "b", 2,
               "heard(\"b\") at 2\n"
               "|  by heard(B) :- word(B); (M.ded:7)\n"
               "`- word(\"b\") at 2 (told above)\n");
    close_told(&told);
}

static void an_absence_that_the_faults_have_made_is_marked(void **state)
{
    struct told told;
    (void)state;
    open_told(&told, tells, 5, "a,b,1");
    assert_why(&told, "deaf", "b", 2,
               "deaf(\"b\") at 2\n"
               "|  by deaf(B) :- peer(B), notin heard(B); (M.ded:9)\n"
               "|- peer(\"b\") at 2, since 1\n"
               "|     carried on by peer(A)@next :- peer(A); (M.ded:5)\n"
               "|     an input (M.ded:4)\n"
               "`- no heard(\"b\") at 2 (without faults there is one)\n");
    close_told(&told);
}

static void what_is_missing_leads_to_the_lost_message(void **state)
{
    struct told told;
    (void)state;
    open_told(&told, tells, 2, "a,b,1");
    assert_why_not(
        &told, "fine", "b", 2,
        "MISSING fine(\"b\") at 2\n"
        "|  as without faults, by fine(B) :- peer(B), notin deaf(B); (M.ded:10)\n"
        "|- peer(\"b\") at 2\n"
        "`- IN THE WAY deaf(\"b\") at 2\n"
        "   |  by deaf(B) :- peer(B), notin heard(B); (M.ded:9)\n"
        "   |- peer(\"b\") at 2, since 1\n"
        "   `- MISSING heard(\"b\") at 2\n"
        "      |  as without faults, by heard(B) :- word(B); (M.ded:7)\n"
        "      `- MISSING word(\"b\") at 2\n"
        "         |  as without faults, by word(B)@async :- told(A), peer(B); (M.ded:6)\n"
        "         |- told(\"a\") at 1\n"
        "         |- peer(\"b\") at 1\n"
        "         `- LOST word(\"b\") from a to b at 1: omit(a,b,1)\n");
    close_told(&told);
}

/* Without faults c has heard since 2; with the crash nothing ever came. */
static void what_never_was_there_is_looked_for_where_it_began(void **state)
{
    struct told told;
    (void)state;
    open_told(&told, tells, 5, "a,1");
    assert_why_not(&told, "heard", "c", 5,
                   "MISSING heard(\"c\") at 5, since 2\n"
                   "|  as without faults, by heard(B) :- word(B); (M.ded:7)\n"
                   "`- MISSING word(\"c\") at 2\n"
                   "   |  as without faults, by word(B)@async :- told(A), peer(B); (M.ded:6)\n"
                   "   |- told(\"a\") at 1\n"
                   "   |- peer(\"c\") at 1\n"
                   "   `- LOST word(\"c\") from a to c at 1: a has crashed\n");
    close_told(&told);
}

/* told ends at 2, faults or not: its rule is stopped by an input. */
static void what_no_run_has_is_explained_by_what_came_closest(void **state)
{
    struct told told;
    (void)state;
    open_told(&told, tells, 5, "");
    assert_why_not(&told, "told", "a", 5,
                   "MISSING told(\"a\") at 5, since 3\n"
                   "|  by told(A)@next :- told(A), notin calm(A); (M.ded:2) with A = \"a\"\n"
                   "|- told(\"a\") at 2\n"
                   "`- IN THE WAY calm(\"a\") at 2\n"
                   "      an input (M.ded:3)\n");
    assert_why_not(&told, "calm", "a", 4,
                   "MISSING calm(\"a\") at 4\n"
                   "|- it is an input at time 2 (M.ded:3)\n"
                   "`- no input then, and no rule derives it from what was there\n");
    assert_why_not(&told, "word", "a", 1,
                   "MISSING word(\"a\") at 1\n"
                   "`- no input then, and before time 1 there is nothing\n");
    close_told(&told);
}

static void counts_lead_to_what_did_not_count(void **state)
{
    struct told told;
    (void)state;
    open_told(&told,
              "vote(\"a\", \"c\")@1; vote(\"b\", \"c\")@1;\n"
              "ballot(C, V)@async :- vote(V, C);\n"
              "votes(C, count<V>) :- ballot(C, V);\n"
              "won(C) :- votes(C, N), N >= 2;\n" KEPT,
              2, "b,c,1");
    assert_why_not(&told, "won", "c", 2,
                   "MISSING won(\"c\") at 2\n"
                   "|  as without faults, by won(C) :- votes(C, N), N >= 2; (M.ded:4)\n"
                   "`- MISSING votes(\"c\", 2) at 2\n"
                   "   |  as without faults, by votes(C, count<V>) :- ballot(C, V); (M.ded:3)\n"
                   "   |- one that counts in votes(\"c\", \"a\") at 2\n"
                   "   `- MISSING one that counts in votes(\"c\", \"b\") at 2\n"
                   "      |  as without faults, by votes(C, count<V>) :- ballot(C, V); (M.ded:3)\n"
                   "      `- MISSING ballot(\"c\", \"b\") at 2\n"
                   "         |  as without faults, by ballot(C, V)@async :- vote(V, C); (M.ded:2)\n"
                   "         |- vote(\"b\", \"c\") at 1\n"
                   "         `- LOST ballot(\"c\", \"b\") from b to c at 1: omit(b,c,1)\n");
    close_told(&told);
}

/* c has the vote of a, and not that of b, who is not ready. */
static void a_count_that_is_too_small_leads_to_what_could_have_counted(void **state)
{
    struct told told;
    (void)state;
    open_told(&told,
              "vote(\"a\", \"c\")@1; voter(\"b\", \"c\")@1;\n"
              "ballot(C, V) :- vote(V, C);\n"
              "ballot(C, V) :- voter(V, C), ready(V);\n"
              "votes(C, count<V>) :- ballot(C, V);\n"
              "won(C) :- votes(C, N), 2 <= N;\n"
              "ready(V)@next :- voter(V, _);\n" KEPT,
              1, "");
    assert_why_not(
        &told, "won", "c", 1,
        "MISSING won(\"c\") at 1\n"
        "|  by won(C) :- votes(C, N), 2 <= N; (M.ded:5) with C = \"c\", N = 1\n"
        "|- votes(\"c\", 1) at 1\n"
        "|- FALSE 2 <= 1 (2 <= N)\n"
        "`- MISSING one that counts in votes(\"c\", _) at 1, beside those that are there\n"
        "   |  by votes(C, count<V>) :- ballot(C, V); (M.ded:4) with C = \"c\"\n"
        "   `- MISSING ballot(\"c\", _) at 1, beside those that are there\n"
        "      |- by ballot(C, V) :- voter(V, C), ready(V); (M.ded:3) with V = \"b\", C = \"c\"\n"
        "      |  |- voter(\"b\", \"c\") at 1\n"
        "      |  `- MISSING ready(\"b\") at 1\n"
        "      |     `- no input then, and before time 1 there is nothing\n"
        "      `- by ballot(C, V) :- vote(V, C); (M.ded:2) with C = \"c\"\n"
        "         `- MISSING vote(_, \"c\") at 1, beside those that are there\n"
        "            `- no input is one more, and no rule could make one\n");
    close_told(&told);
}

static void what_reads_a_crash_ends_at_the_fault(void **state)
{
    struct told told;
    (void)state;
    open_told(&told,
              "node(\"a\")@1; node(A)@next :- node(A);\n"
              "up(A) :- node(A), notin crash(A, A, _);\n" KEPT,
              3, "a,2");
    assert_why_not(&told, "up", "a", 3,
                   "MISSING up(\"a\") at 3\n"
                   "|  as without faults, by up(A) :- node(A), notin crash(A, A, _); (M.ded:2)\n"
                   "|- node(\"a\") at 3\n"
                   "`- IN THE WAY crash(\"a\", \"a\", 2)\n"
                   "      a fault of this run\n");
    close_told(&told);
}

/* held by way of kept, which nothing else makes. */
static void what_is_carried_on_by_way_of_others_is_looked_back_through(void **state)
{
    struct told told;
    (void)state;
    open_told(&told,
              "held(A) :- kept(A);\n"
              "kept(A)@next :- held(A);\n"
              "held(A) :- got(A), notin full(A);\n"
              "got(\"a\")@2; full(\"a\")@2;\n" KEPT,
              5, "");
    assert_why_not(&told, "held", "a", 5,
                   "MISSING held(\"a\") at 5, since 2\n"
                   "|  by held(A) :- got(A), notin full(A); (M.ded:3) with A = \"a\"\n"
                   "|- got(\"a\") at 2\n"
                   "`- IN THE WAY full(\"a\") at 2\n"
                   "      an input (M.ded:4)\n");
    close_told(&told);
}

static void what_needs_itself_comes_to_an_end(void **state)
{
    struct told told;
    (void)state;
    open_told(&told,
              "p(A) :- q(A), r(A);\n"
              "q(A) :- p(A);\n"
              "r(\"a\")@1;\n" KEPT,
              1, "");
    assert_why_not(&told, "p", "a", 1,
                   "MISSING p(\"a\") at 1\n"
                   "|  by p(A) :- q(A), r(A); (M.ded:1) with A = \"a\"\n"
                   "|- r(\"a\") at 1\n"
                   "`- MISSING q(\"a\") at 1\n"
                   "   |  by q(A) :- p(A); (M.ded:2) with A = \"a\"\n"
                   "   `- MISSING p(\"a\") at 1 (told above)\n");
    close_told(&told);
}

static void limits_are_said(void **state)
{
    struct told told;
    (void)state;
    open_told(&told, tells, 2, "a,b,1");
    forget_run(&told);
    run_both(&told, (struct harness_why_limits){1, 3, 2000});
    assert_why_not(&told, "fine", "b", 2,
                   "MISSING fine(\"b\") at 2\n"
                   "|  as without faults, by fine(B) :- peer(B), notin deaf(B); (M.ded:10)\n"
                   "|- peer(\"b\") at 2\n"
                   "`- IN THE WAY deaf(\"b\") at 2 (goes on: --depth)\n"
                   "      by deaf(B) :- peer(B), notin heard(B); (M.ded:9)\n");
    assert_why(&told, "deaf", "b", 2,
               "deaf(\"b\") at 2\n"
               "|  by deaf(B) :- peer(B), notin heard(B); (M.ded:9)\n"
               "|- peer(\"b\") at 2, since 1\n"
               "|     carried on by peer(A)@next :- peer(A); (M.ded:5)\n"
               "|     an input (M.ded:4)\n"
               "`- no heard(\"b\") at 2 (without faults there is one)\n");
    close_told(&told);
}

/* ---- all schedules ---- */

/* Does every branch end at something? Counts what ends them. */
static void check_ends(const struct harness_why *why, size_t ends[HARNESS_WHY_KIND_COUNT])
{
    if (why->below.count == 0) {
        ends[why->kind]++;
        assert_true(why->kind != HARNESS_WHY_MISSING || why->is_again || why->is_brief);
        assert_int_not_equal(why->kind, HARNESS_WHY_ATTEMPT);
        assert_false(why->is_cut);
    }
    for (size_t i = 0; i < why->below.count; i++)
        check_ends(why->below.items[i], ends);
}

/* Every fact that the run without faults has and the run has not leads to a message lost, a crash
 * that is read, or something told before. */
static void check_schedule(struct told *told, size_t *asked, size_t ends[HARNESS_WHY_KIND_COUNT])
{
    run_both(told, HARNESS_WHY_LIMITS);
    const struct lineage_execution *good = &told->evidence.good;
    for (size_t i = 0; i < good->facts.count; i++) {
        const struct lineage_fact *fact = &good->facts.items[i];
        if (lineage_fact_find(&told->evidence.bad, fact->tuple, fact->time) != LINEAGE_NONE)
            continue;
        check_ends(harness_why_not(&told->explainer, fact->tuple, fact->time), ends);
        ++*asked;
    }
    forget_run(told);
}

static void in_every_trap_every_difference_is_explained(void **state)
{
    size_t asked = 0, ends[HARNESS_WHY_KIND_COUNT] = {0};
    (void)state;
    for (size_t trap = 0; testing_trap(trap) != NULL; trap++) {
        struct told told = {.evidence = {.run = 0}};
        testing_schedules all = {0};
        testing_open(&told.world, testing_trap(trap));
        told.world.bounds.omissions = 2;
        testing_all_schedules(&told.world.bounds,
                              (uint32_t)told.world.executor.universe->nodes.count, &all);
        for (size_t i = 0; i < all.count; i++) {
            lineage_schedule_copy(&told.evidence.faults, &all.items[i]);
            check_schedule(&told, &asked, ends);
        }
        testing_schedules_free(&all);
        lineage_schedule_free(&told.evidence.faults);
        testing_close(&told.world);
    }
    assert_true(asked > 500 && ends[HARNESS_WHY_LOST] > 300);
    assert_int_equal(ends[HARNESS_WHY_OPEN] + ends[HARNESS_WHY_FALSE], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proof_names_rules_messages_and_inputs),
        cmocka_unit_test(what_was_told_is_not_told_again),
        cmocka_unit_test(an_absence_that_the_faults_have_made_is_marked),
        cmocka_unit_test(what_is_missing_leads_to_the_lost_message),
        cmocka_unit_test(what_never_was_there_is_looked_for_where_it_began),
        cmocka_unit_test(what_no_run_has_is_explained_by_what_came_closest),
        cmocka_unit_test(counts_lead_to_what_did_not_count),
        cmocka_unit_test(a_count_that_is_too_small_leads_to_what_could_have_counted),
        cmocka_unit_test(what_reads_a_crash_ends_at_the_fault),
        cmocka_unit_test(what_is_carried_on_by_way_of_others_is_looked_back_through),
        cmocka_unit_test(what_needs_itself_comes_to_an_end),
        cmocka_unit_test(limits_are_said),
        cmocka_unit_test(in_every_trap_every_difference_is_explained),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
