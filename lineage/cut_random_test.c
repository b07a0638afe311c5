/* Supports against all sets of messages: of random programs, and of one with very many. */
#include "cut_testing.h"

enum { DELIVERIES_MAX = 10 };

/* The messages that can be lost, each once, though it may be sent often. */
struct catalogue {
    struct lineage_delivery items[DELIVERIES_MAX];
    size_t count;
};

static bool is_same(const struct lineage_delivery *delivery, const struct lineage_message *message)
{
    return delivery->tuple == message->tuple && delivery->from == message->from &&
           delivery->to == message->to;
}

static size_t find_in(const struct catalogue *catalogue, const struct lineage_message *message)
{
    size_t i = 0;
    while (i < catalogue->count && !is_same(&catalogue->items[i], message))
        i++;
    return i;
}

/* False if they are too many. */
static bool list_deliveries(const struct fixture *f, struct catalogue *catalogue)
{
    catalogue->count = 0;
    for (size_t i = 0; i < f->good.messages.count; i++) {
        const struct lineage_message *message = &f->good.messages.items[i];
        if (message->fate != LINEAGE_DELIVERED || message->from == message->to ||
            find_in(catalogue, message) < catalogue->count)
            continue;
        if (catalogue->count == DELIVERIES_MAX)
            return false;
        catalogue->items[catalogue->count++] = (struct lineage_delivery){
            .tuple = message->tuple, .from = message->from, .to = message->to};
    }
    return true;
}

/* Is the firing there, when of the deliveries those in the mask are made? */
static bool goes(const struct fixture *f, const struct catalogue *catalogue, uint32_t firing,
                 unsigned mask, const bool *holds)
{
    size_t count;
    const uint32_t *premises = lineage_premises_of(&f->good, firing, &count);
    for (size_t i = 0; i < count; i++)
        if (!holds[lineage_premise_number(premises[i])])
            return false;
    const uint32_t number = f->good.firings.items[firing].message;
    if (number == LINEAGE_NONE)
        return true;
    const size_t delivery = find_in(catalogue, &f->good.messages.items[number]);
    return delivery == catalogue->count || (mask >> delivery & 1) != 0;
}

static bool derives(const struct fixture *f, const struct catalogue *catalogue, unsigned mask,
                    uint32_t wanted)
{
    bool *holds = calloc(f->good.facts.count, sizeof *holds), has_changed = true;
    for (uint32_t i = 0; i < f->good.facts.count; i++) {
        size_t count;
        lineage_firings_of(&f->good, i, &count);
        holds[i] = count == 0;
    }
    while (has_changed) {
        has_changed = false;
        for (uint32_t i = 0; i < f->good.firings.count; i++) {
            const uint32_t head = f->good.firings.items[i].head;
            if (head == LINEAGE_NONE || holds[head] || !goes(f, catalogue, i, mask, holds))
                continue;
            holds[head] = has_changed = true;
        }
    }
    const bool result = holds[wanted];
    free(holds);
    return result;
}

static unsigned mask_of(const struct fixture *f, const struct catalogue *catalogue,
                        const struct lineage_support_set *set)
{
    unsigned mask = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct lineage_delivery *d = &f->supports.deliveries.items[set->items[i]];
        const struct lineage_message like = {.tuple = d->tuple, .from = d->from, .to = d->to};
        const size_t number = find_in(catalogue, &like);
        assert_true(number < catalogue->count);
        mask |= 1u << number;
    }
    return mask;
}

static bool is_minimal(const struct fixture *f, const struct catalogue *catalogue, unsigned mask,
                       uint32_t wanted)
{
    if (!derives(f, catalogue, mask, wanted))
        return false;
    for (size_t i = 0; i < catalogue->count; i++)
        if ((mask >> i & 1) != 0 && derives(f, catalogue, mask & ~(1u << i), wanted))
            return false;
    return true;
}

/* Every set is minimal; and, if they are complete, every minimal set is there. Returns how many. */
static size_t check_supports(struct fixture *f, const struct catalogue *catalogue, uint32_t wanted)
{
    size_t minimal_count = 0;
    lineage_supports_free(&f->supports);
    lineage_supports_find(&f->good, wanted, NULL, NULL, &f->supports);
    for (size_t i = 0; i < f->supports.sets.count; i++) {
        const unsigned mask = mask_of(f, catalogue, &f->supports.sets.items[i]);
        assert_true(is_minimal(f, catalogue, mask, wanted));
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(mask, mask_of(f, catalogue, &f->supports.sets.items[j]));
    }
    for (unsigned mask = 0; mask < 1u << catalogue->count; mask++)
        minimal_count += is_minimal(f, catalogue, mask, wanted);
    if (f->supports.is_complete)
        assert_int_equal(f->supports.sets.count, minimal_count);
    else
        assert_in_range(f->supports.sets.count, 1, minimal_count);
    return minimal_count;
}

/* c needs five things, and a and b tell each of them: 32 supports. */
static void of_too_many_supports_some_are_found(void **state)
{
    static const struct testing_program many = {
        "many",
        "a,b,c",
        2,
        2,
        1,
        NULL,
        PROMISE "have(\"a\", \"c\", 1)@1; have(\"a\", \"c\", 2)@1; have(\"a\", \"c\", 3)@1;\n"
                "have(\"a\", \"c\", 4)@1; have(\"a\", \"c\", 5)@1; have(\"b\", \"c\", 1)@1;\n"
                "have(\"b\", \"c\", 2)@1; have(\"b\", \"c\", 3)@1; have(\"b\", \"c\", 4)@1;\n"
                "have(\"b\", \"c\", 5)@1;\n"
                "got(R, I)@async :- have(N, R, I);\n"
                "five(N) :- got(N, 1), got(N, 2), got(N, 3), got(N, 4), got(N, 5);\n"};
    struct fixture *f = *state;
    struct catalogue catalogue;
    run_good(f, &many);
    assert_true(list_deliveries(f, &catalogue));
    assert_int_equal(check_supports(f, &catalogue, fact(f, "five(\"c\")", 2)), 32);
    assert_int_equal(f->supports.sets.count, LINEAGE_SUPPORTS_MAX);
    assert_false(f->supports.is_complete);
}

/* Random rules over four relations of a node, without negation. */
static void write_random(uint64_t *draw, char *text, size_t size)
{
    static const char *const shapes[] = {
        "p%u(N) :- p%u(N), p%u(N);\n",
        "p%u(M)@async :- p%u(N), p%u(N), peer(N, M);\n",
        "p%u(M)@async :- p%u(N), peer(N, M);\n",
        "p%u(N) :- p%u(N);\n",
        "p%u(N)@next :- p%u(N);\n",
    };
    size_t at = (size_t)snprintf(
        text, size,
        PROMISE "peer(N, M)@next :- peer(N, M); p0(\"a\")@1; p1(\"b\")@1; p%u(\"c\")@2;\n",
        testing_draw(draw, 4));
    for (unsigned i = 0; i < 3; i++)
        for (unsigned j = 0; j < 3; j++)
            if (i != j && testing_draw(draw, 3) > 0)
                at += (size_t)snprintf(text + at, size - at, "peer(\"%c\", \"%c\")@1;\n",
                                       (int)('a' + i), (int)('a' + j));
    for (unsigned i = 0; i < 7; i++) {
        const char *shape = shapes[testing_draw(draw, 5)];
        const unsigned head = testing_draw(draw, 4), one = testing_draw(draw, 4);
        const unsigned two = testing_draw(draw, 4);
        at += (size_t)snprintf(text + at, size - at, shape, head, one, two);
    }
}

static void supports_of_random_programs_are_the_minimal_sets(void **state)
{
    struct fixture *f = *state;
    uint64_t draw = 20261122;
    size_t checked = 0, most = 0;
    char text[2000];
    for (unsigned round = 0; round < 120; round++) {
        const struct testing_program program = {"random", "a,b,c", 4, 3, 1, NULL, text};
        struct catalogue catalogue;
        if (round > 0) {
            lineage_execution_free(&f->good);
            testing_close(&f->world);
        }
        write_random(&draw, text, sizeof text);
        run_good(f, &program);
        if (!list_deliveries(f, &catalogue) || catalogue.count < 2)
            continue;
        for (uint32_t i = 0; i < f->good.facts.count; i++) {
            if (f->good.facts.items[i].time != f->good.eot)
                continue;
            const size_t count = check_supports(f, &catalogue, i);
            most = count > most ? count : most;
            checked++;
        }
    }
    assert_in_range(checked, 300, SIZE_MAX); /* not vacuous */
    assert_in_range(most, 4, SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CUT_TEST(of_too_many_supports_some_are_found),
        CUT_TEST(supports_of_random_programs_are_the_minimal_sets),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
