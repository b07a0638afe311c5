#include "testing.h"

/* Loads a model with and without strict locality: without, it must be right. */
static bool is_local(struct bench *bench, const char *text)
{
    const char *const paths[] = {"model.ded"};
    if (!bench_load(bench, lineage_arena_format(&bench->arena, "%s%s", KEPT, text)))
        fail_msg("%s", bench_diagnosed(bench));
    return bench_load_files(bench, paths, 1, (struct ded_options){.strict_locality = true});
}

static void a_protocol_may_read_its_own_node(void **state)
{
    assert_true(is_local(*state, "q(R, X)@async :- p(N, R), r(N, X), notin s(N, X);"));
    assert_true(is_local(*state, "q(\"b\", X)@async :- p(\"a\"), r(\"a\", X);"));
    assert_true(is_local(*state, "q(\"b\")@async :- p(N), notin crash(N, \"b\", _);"));
}

static void a_protocol_may_not_read_another_node(void **state)
{
    static const char *const texts[] = {
        "q(R)@async :- p(N, R), r(R);",      "q(R)@async :- p(N, R), notin r(R);",
        "q(\"b\")@async :- p(N), r(_);",     "q(\"b\")@async :- p(N), r(\"a\");",
        "q(\"b\")@async :- p(\"a\"), r(N);", "q(\"b\")@async :- p(_), r(_);",
        "q(R)@async :- p(N, R), r(R)@1;",    "q(R, count<X>)@async :- p(N, R), r(R, X);",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (is_local(*state, texts[i]))
            fail_msg("accepted: %s", texts[i]);
}

static void the_error_stands_at_the_atom_of_the_other_node(void **state)
{
    assert_false(is_local(*state, "\nq(R)@async :- p(N, R),\n   notin r(R);\n"));
    const char *printed = bench_diagnosed(*state);
    bench_assert_contains(printed, "model.ded:4:");
    bench_assert_contains(printed, "|    notin r(R);\n");
    bench_assert_contains(printed, "@async");
}

static void what_a_message_depends_on_is_part_of_the_protocol(void **state)
{
    assert_false(is_local(*state, "q(R)@async :- s(N, R); s(N, R) :- p(N, R), r(R);"));
    assert_false(is_local(*state, "q(R)@async :- p(N, R), notin s(N); s(N) :- p(N, R), r(R);"));
    assert_false(
        is_local(*state, "q(R)@async :- p(N, R), c(N, 2); c(N, count<R>) :- p(N, R), r(R);"));
    assert_false(is_local(*state, "q(R)@async :- s(N, R); s(N, R)@next :- p(N, R), r(R);"));
}

static void what_only_the_promise_depends_on_may_look_everywhere(void **state)
{
    assert_true(is_local(*state, "q(R)@async :- p(N, R); missing(N) :- q(N), p(M, N), notin q(M);"
                                 "post(N) :- q(N), notin missing(_); pre(N) :- p(N, M), q(M);"));
}

static void each_such_atom_is_an_error_of_its_own(void **state)
{
    assert_false(is_local(*state, "q(R)@async :- p(N, R), r(R), notin s(R), t(N), t(R);"));
    struct bench *bench = *state;
    assert_int_equal(bench->diagnostics.error_count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_protocol_may_read_its_own_node),
        BENCH_TEST(a_protocol_may_not_read_another_node),
        BENCH_TEST(the_error_stands_at_the_atom_of_the_other_node),
        BENCH_TEST(what_a_message_depends_on_is_part_of_the_protocol),
        BENCH_TEST(what_only_the_promise_depends_on_may_look_everywhere),
        BENCH_TEST(each_such_atom_is_an_error_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
