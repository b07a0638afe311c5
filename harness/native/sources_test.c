/* The files that a protocol in C is made of: those named and what they include in quotes, each
 * once.
 */
#include "../testing.h"

#include "sources.h"

struct fixture {
    struct testing_folder folder;
    struct lineage_arena arena;
    struct lineage_diagnostics diagnostics;
    lineage_sources sources;
};

static int make(void **state)
{
    struct fixture *f = lineage_memory_clear(sizeof *f);
    testing_folder_make(&f->folder);
    *state = f;
    return 0;
}

static int unmake(void **state)
{
    struct fixture *f = *state;
    testing_folder_remove(&f->folder);
    lineage_memory_free(f->sources.items);
    lineage_arena_free(&f->arena);
    lineage_diagnostics_free(&f->diagnostics);
    lineage_memory_free(f);
    return 0;
}

static const char *path_of(struct fixture *f, const char *name)
{
    return lineage_arena_format(&f->arena, "%s/%s", f->folder.path, name);
}

static void write_file(struct fixture *f, const char *name, const char *text)
{
    testing_write(path_of(f, name), text, strlen(text));
}

static bool reads(struct fixture *f, const char *first, const char *second)
{
    const char *const paths[] = {path_of(f, first), second == NULL ? NULL : path_of(f, second)};
    return native_sources_read(&f->sources, &f->arena, paths, second == NULL ? 1 : 2,
                               &f->diagnostics);
}

/* The names of the sources, each followed by a blank; those that are compiled have a star. */
static const char *names(struct fixture *f)
{
    const char *all = "";
    for (size_t i = 0; i < f->sources.count; i++) {
        const struct lineage_source *source = f->sources.items[i];
        all = lineage_arena_format(&f->arena, "%s%s%s ", all, strrchr(source->path, '/') + 1,
                                   native_is_included(&f->sources, source) ? "" : "*");
    }
    return all;
}

static void what_is_included_is_read_once_and_not_compiled(void **state)
{
    struct fixture *f = *state;
    write_file(f, "a.c",
               "#include \"b.c\"\n  #\tinclude   \"h.h\" /* \"x.h\" */\n#include <stdio.h>\n");
    write_file(f, "b.c", "#include \"h.h\"\n#include \"a.c\"\n#include \"b.c\"");
    write_file(f, "h.h", "#include \"nowhere.h\"\n#include \"\n#include\n#includes \"a.c\"\n#");
    write_file(f, "c.c", "int x;\n#include \"h.h\"");
    assert_true(reads(f, "a.c", "c.c"));
    /* a.c and b.c include each other, so that nobody could compile them. */
    assert_string_equal(names(f), "a.c c.c* b.c h.h ");
}

static void files_named_twice_count_once(void **state)
{
    struct fixture *f = *state;
    write_file(f, "a.c", "#include \"b.c\"");
    write_file(f, "b.c", "int x;");
    assert_true(reads(f, "a.c", "b.c"));
    assert_string_equal(names(f), "a.c* b.c ");
    assert_true(reads(f, "./a.c", NULL));
    assert_string_equal(names(f), "a.c* b.c ");
}

static void of_a_shared_object_there_is_a_digest(void **state)
{
    struct fixture *f = *state;
    write_file(f, "a.so", "bytes");
    assert_true(reads(f, "a.so", NULL));
    const char *first = f->sources.items[0]->text;
    f->sources.count = 0;
    assert_true(reads(f, "a.so", NULL));
    assert_string_equal(f->sources.items[0]->text, first);
    write_file(f, "a.so", "Bytes");
    f->sources.count = 0;
    assert_true(reads(f, "a.so", NULL));
    assert_string_not_equal(f->sources.items[0]->text, first);
    assert_true(native_is_object("a.so") && native_is_module("a.so") && native_is_module("x/a.c"));
    assert_false(native_is_module("a.ded") || native_is_object("a.c"));
}

static void what_cannot_be_read_is_an_error(void **state)
{
    struct fixture *f = *state;
    write_file(f, "empty.so", "");
    write_file(f, "a.c", "");
    assert_false(reads(f, "nowhere.c", NULL));
    assert_false(reads(f, "nowhere.so", "a.c"));
    assert_false(reads(f, "empty.so", NULL));
    assert_int_equal(f->diagnostics.error_count, 3);
    assert_string_equal(names(f), "a.c* ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_included_is_read_once_and_not_compiled, make,
                                        unmake),
        cmocka_unit_test_setup_teardown(files_named_twice_count_once, make, unmake),
        cmocka_unit_test_setup_teardown(of_a_shared_object_there_is_a_digest, make, unmake),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_an_error, make, unmake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
