/* Graphviz as a program beside this one: whatever becomes of it, nothing else fails. */
#include "testing.h"

#include "budget.h"
#include "dot.h"

static const char graphs[] = "digraph { n0 [width=1]; n1 [width=2]; n0 -> n1; }\n"
                             "digraph { n0 [width=3]; }\n";

/* A folder with a dot of ours, and what PATH was before. */
struct pretence {
    struct testing_folder folder;
    char *path;
};

static int begin(void **state)
{
    struct pretence *pretence = malloc(sizeof *pretence);
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

static void graphs_are_laid_out_in_their_order(void **state)
{
    const char *why;
    char *plain = harness_dot(graphs, 30, &why);
    (void)state;
    assert_null(why);
    assert_int_equal(strncmp(plain, "graph ", 6), 0);
    const char *end_of_first = strstr(plain, "stop\n");
    assert_non_null(end_of_first);
    assert_true(strstr(plain, "edge n0 n1 ") < end_of_first);
    assert_int_equal(strncmp(end_of_first + 5, "graph ", 6), 0);
    assert_string_equal(plain + strlen(plain) - 5, "stop\n");
    lineage_memory_free(plain);
}

static void what_is_not_installed_is_said(void **state)
{
    const struct pretence *pretence = *state;
    const char *why;
    setenv("PATH", pretence->folder.path, 1);
    char *plain = harness_dot(graphs, 30, &why);
    assert_string_equal(why, "Graphviz's dot is not installed");
    assert_string_equal(plain, "");
    lineage_memory_free(plain);
}

static void what_takes_too_long_is_killed_and_its_graphs_stay(void **state)
{
    const char *why;
    const double start = harness_seconds();
    pretend(*state, "#!/bin/sh\necho graph\necho stop\nexec /bin/sleep 60\n");
    char *plain = harness_dot(graphs, 0.3, &why);
    assert_string_equal(why, "dot took too long");
    assert_string_equal(plain, "graph\nstop\n");
    assert_true(harness_seconds() - start < 20);
    lineage_memory_free(plain);
}

static void what_fails_is_said_and_its_graphs_stay(void **state)
{
    const char *why;
    pretend(*state, "#!/bin/sh\necho graph\nkill -9 $$\n");
    char *plain = harness_dot(graphs, 30, &why);
    assert_string_equal(why, "dot failed");
    assert_string_equal(plain, "graph\n");
    lineage_memory_free(plain);
}

/* More than a pipe holds in either direction, to one that reads nothing before it has written. */
static void much_is_read_and_written_without_waiting_for_one_another(void **state)
{
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    for (int i = 0; i < 100000; i++)
        fputs("digraph { n0; }\n", out);
    char *many = lineage_text_close(&text);
    const char *why;
    pretend(*state, "#!/bin/sh\n/usr/bin/head -c 500000 /dev/zero | /usr/bin/tr '\\0' x\n");
    char *plain = harness_dot(many, 30, &why);
    assert_null(why);
    assert_int_equal(strlen(plain), 500000);
    lineage_memory_free(plain);
    lineage_memory_free(many);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(graphs_are_laid_out_in_their_order),
        TEST(what_is_not_installed_is_said),
        TEST(what_takes_too_long_is_killed_and_its_graphs_stay),
        TEST(what_fails_is_said_and_its_graphs_stay),
        TEST(much_is_read_and_written_without_waiting_for_one_another),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
