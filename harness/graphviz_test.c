/* Graphviz as a program beside this one: whatever becomes of it, nothing else fails. */
#include "testing.h"

#include "budget.h"
#include "graphviz.h"

static const char graphs[] = "digraph { n0 [width=1]; n1 [width=2]; n0 -> n1; }\n"
                             "digraph { n0 [width=3]; }\n";
static const char *const plain[] = {"dot", "-Tplain", NULL};
static const volatile sig_atomic_t goes_on = 0, interrupted = 1;

/* A folder with a dot of ours, what PATH was before, and what came of a run. */
struct pretence {
    struct testing_folder folder;
    struct lineage_arena arena;
    char *path, *drawn;
};

static int begin(void **state)
{
    struct pretence *pretence = calloc(1, sizeof *pretence);
    const char *path = getenv("PATH");
    testing_folder_make(&pretence->folder);
    pretence->path = strdup(path != NULL ? path : "");
    *state = pretence;
    return 0;
}

static int end(void **state)
{
    struct pretence *pretence = *state;
    setenv("PATH", pretence->path, 1);
    testing_folder_remove(&pretence->folder);
    lineage_memory_free(pretence->drawn);
    lineage_arena_free(&pretence->arena);
    free(pretence->path);
    free(pretence);
    return 0;
}

static void pretend(const struct pretence *pretence, const char *script)
{
    char path[128];
    testing_write(testing_path(&pretence->folder, "dot", path), script, strlen(script));
    assert_int_equal(chmod(path, 0700), 0);
    setenv("PATH", pretence->folder.path, 1);
}

static const char *draw(struct pretence *pretence, const char *text, double seconds)
{
    return harness_graphviz(plain, text, seconds, &goes_on, &pretence->arena, &pretence->drawn);
}

static void graphs_are_laid_out_in_their_order(void **state)
{
    struct pretence *pretence = *state;
    assert_null(draw(pretence, graphs, 30));
    const char *drawn = pretence->drawn, *end_of_first = strstr(drawn, "stop\n");
    assert_int_equal(strncmp(drawn, "graph ", 6), 0);
    assert_non_null(end_of_first);
    assert_true(strstr(drawn, "edge n0 n1 ") < end_of_first);
    assert_int_equal(strncmp(end_of_first + 5, "graph ", 6), 0);
    assert_string_equal(drawn + strlen(drawn) - 5, "stop\n");
}

static void what_is_not_installed_is_said(void **state)
{
    struct pretence *pretence = *state;
    setenv("PATH", pretence->folder.path, 1);
    assert_string_equal(draw(pretence, graphs, 30),
                        "the program dot is not installed; on Debian: apt-get install graphviz");
    assert_string_equal(pretence->drawn, "");
}

static void what_takes_too_long_is_stopped_and_its_graphs_stay(void **state)
{
    struct pretence *pretence = *state;
    const double start = harness_seconds();
    pretend(pretence, "#!/bin/sh\necho graph\necho stop\nexec /bin/sleep 60\n");
    assert_string_equal(draw(pretence, graphs, 0.3),
                        "the program dot (Graphviz) was stopped after 0.3 s");
    assert_string_equal(pretence->drawn, "graph\nstop\n");
    assert_true(harness_seconds() - start < 20);
}

static void who_interrupts_waits_for_nothing(void **state)
{
    struct pretence *pretence = *state;
    const double start = harness_seconds();
    pretend(pretence, "#!/bin/sh\nexec /bin/sleep 60\n");
    assert_non_null(
        harness_graphviz(plain, graphs, 60, &interrupted, &pretence->arena, &pretence->drawn));
    assert_true(harness_seconds() - start < 20);
}

static void what_fails_is_said_with_its_complaint_and_its_graphs_stay(void **state)
{
    struct pretence *pretence = *state;
    pretend(pretence, "#!/bin/sh\necho graph\necho 'no such font' >&2\necho more >&2\nexit 1\n");
    assert_string_equal(draw(pretence, graphs, 30),
                        "the program dot (Graphviz) failed: no such font");
    assert_string_equal(pretence->drawn, "graph\n");
}

/* More than a pipe holds in either direction, to one that reads nothing before it has written. */
static void much_is_read_and_written_without_waiting_for_one_another(void **state)
{
    struct pretence *pretence = *state;
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    for (int i = 0; i < 100000; i++)
        fputs("digraph { n0; }\n", out);
    char *many = lineage_text_close(&text);
    pretend(pretence, "#!/bin/sh\n/usr/bin/head -c 500000 /dev/zero | /usr/bin/tr '\\0' x\n"
                      "exec /bin/cat\n");
    assert_null(draw(pretence, many, 30));
    assert_int_equal(strlen(pretence->drawn), 500000 + strlen(many));
    assert_string_equal(pretence->drawn + 500000, many);
    lineage_memory_free(many);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(graphs_are_laid_out_in_their_order),
        TEST(what_is_not_installed_is_said),
        TEST(what_takes_too_long_is_stopped_and_its_graphs_stay),
        TEST(who_interrupts_waits_for_nothing),
        TEST(what_fails_is_said_with_its_complaint_and_its_graphs_stay),
        TEST(much_is_read_and_written_without_waiting_for_one_another),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
