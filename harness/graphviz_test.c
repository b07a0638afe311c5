#include "testing.h"

#include "budget.h"
#include "graphviz.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const volatile sig_atomic_t goes_on = 0, interrupted = 1;

/* Makes `dot` a shell script, the only one in a folder on the path before all others. */
static void make_dot(const char *commands)
{
    static char folder[] = "/tmp/ldfi-graphviz-XXXXXX", path[64], search[128];
    if (folder[strlen(folder) - 1] == 'X')
        assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/dot", folder);
    snprintf(search, sizeof search, "%s:/usr/bin:/bin", folder);
    setenv("PATH", search, 1);
    FILE *file = fopen(path, "w");
    fprintf(file, "#!/bin/sh\n%s\n", commands);
    fclose(file);
    chmod(path, 0755);
}

static void remove_dot(void)
{
    char folder[128];
    snprintf(folder, sizeof folder, "%s", getenv("PATH"));
    folder[strcspn(folder, ":")] = '\0';
    char path[160];
    snprintf(path, sizeof path, "%s/dot", folder);
    unlink(path);
    rmdir(folder);
}

/* The whole graph goes in and the whole picture comes out, larger than any pipe. */
static void pictures_are_whole(void **state)
{
    (void)state;
    enum { BYTES = 1 << 20 };
    struct lineage_arena arena = {.newest = NULL};
    char *svg, *graph = lineage_memory_clear(BYTES + 1);
    memset(graph, 'g', BYTES);
    make_dot("test \"$1\" = -Tsvg && cat");
    assert_null(harness_graphviz("dot", graph, 10, &goes_on, &arena, &svg));
    assert_string_equal(svg, graph);
    lineage_memory_free(svg);
    lineage_memory_free(graph);
    lineage_arena_free(&arena);
}

static void a_program_that_takes_too_long_is_stopped(void **state)
{
    (void)state;
    struct lineage_arena arena = {.newest = NULL};
    char *svg;
    const double start = harness_seconds();
    make_dot("sleep 60; echo picture");
    const char *why = harness_graphviz("dot", "graph", 0.2, &goes_on, &arena, &svg);
    assert_non_null(strstr(why, "was stopped after 0.2 s"));
    assert_null(svg);
    assert_non_null(harness_graphviz("dot", "graph", 60, &interrupted, &arena, &svg));
    assert_true(harness_seconds() - start < 20);
    lineage_arena_free(&arena);
}

static void what_a_program_complains_about_is_told(void **state)
{
    (void)state;
    struct lineage_arena arena = {.newest = NULL};
    char *svg;
    make_dot("echo 'no such font' >&2; echo 'and more' >&2; exit 1");
    assert_string_equal(harness_graphviz("dot", "graph", 10, &goes_on, &arena, &svg),
                        "the program dot (Graphviz) failed: no such font");
    assert_null(svg);
    assert_non_null(strstr(harness_graphviz("ldfi-no-such", "graph", 10, &goes_on, &arena, &svg),
                           "the program ldfi-no-such is not installed"));
    lineage_arena_free(&arena);
    remove_dot();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_whole),
        cmocka_unit_test(a_program_that_takes_too_long_is_stopped),
        cmocka_unit_test(what_a_program_complains_about_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
