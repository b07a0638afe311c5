/* Errors and warnings: collected in order, limited, and printed as a compiler would. */
#include "diagnostic.h"

#include "../harness/testing.h"

static const struct lineage_source source = {"m.ded", "first\n\tsecond line\r\n\nlast"};

static char *printed(const struct lineage_diagnostic *diagnostic)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    lineage_diagnostic_print(diagnostic, out);
    fclose(out);
    return text;
}

static void assert_printed(struct lineage_place place, const char *expected)
{
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    lineage_error(&diagnostics, place, "no %s", "good");
    char *text = printed(&diagnostics.items.items[0]);
    assert_string_equal(text, expected);
    free(text);
    lineage_diagnostics_free(&diagnostics);
}

static void error_prints_place_line_and_caret(void **state)
{
    (void)state;
    assert_printed((struct lineage_place){&source, 1, 3},
                   "m.ded:1:3: error: no good\n     1 | first\n       |   ^\n");
    /* The caret stands under a tab's column because a tab stands before it, too. */
    assert_printed((struct lineage_place){&source, 2, 2},
                   "m.ded:2:2: error: no good\n     2 | \tsecond line\n       | \t^\n");
    assert_printed((struct lineage_place){&source, 3, 1},
                   "m.ded:3:1: error: no good\n     3 | \n       | ^\n");
    assert_printed((struct lineage_place){&source, 4, 5},
                   "m.ded:4:5: error: no good\n     4 | last\n       |     ^\n");
}

static void error_without_a_place_still_prints(void **state)
{
    static const struct lineage_source no_text = {"gone.ded", NULL};
    (void)state;
    assert_printed((struct lineage_place){NULL, 0, 0}, "ldfi: error: no good\n");
    assert_printed((struct lineage_place){&no_text, 1, 1}, "gone.ded:1:1: error: no good\n");
    assert_printed((struct lineage_place){&no_text, 0, 0}, "gone.ded: error: no good\n");
    assert_printed((struct lineage_place){&source, 9, 1}, "m.ded:9:1: error: no good\n");
}

static void the_first_twenty_errors_are_kept_and_all_counted(void **state)
{
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    (void)state;
    for (int i = 0; i < 30; i++)
        lineage_error(&diagnostics, (struct lineage_place){&source, 1, 1}, "number %d", i);
    assert_int_equal(diagnostics.error_count, 30);
    assert_int_equal(diagnostics.items.count, 20);
    assert_string_equal(diagnostics.items.items[19].message, "number 19");
    lineage_diagnostics_free(&diagnostics);
    assert_int_equal(diagnostics.error_count, 0);
}

static void the_same_warning_at_the_same_place_is_kept_once(void **state)
{
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    (void)state;
    for (int i = 0; i < 3; i++) {
        lineage_warn(&diagnostics, (struct lineage_place){&source, 1, 1}, "odd");
        lineage_warn(&diagnostics, (struct lineage_place){&source, 1, 2}, "odd");
        lineage_warn(&diagnostics, (struct lineage_place){&source, 1, 1}, "even");
    }
    assert_int_equal(diagnostics.warning_count, 3);
    assert_int_equal(diagnostics.items.count, 3);
    assert_int_equal(diagnostics.error_count, 0);
    for (int i = 0; i < 100; i++)
        lineage_warn(&diagnostics, (struct lineage_place){&source, 1, 1}, "number %d", i);
    assert_int_equal(diagnostics.items.count, LINEAGE_WARNINGS_MAX);
    lineage_diagnostics_free(&diagnostics);
}

static void warnings_do_not_crowd_out_errors(void **state)
{
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    (void)state;
    for (int i = 0; i < 100; i++)
        lineage_warn(&diagnostics, (struct lineage_place){&source, 1, 1}, "number %d", i);
    lineage_error(&diagnostics, (struct lineage_place){&source, 1, 1}, "wrong");
    const struct lineage_diagnostic *last = &diagnostics.items.items[diagnostics.items.count - 1];
    assert_string_equal(last->message, "wrong");
    assert_int_equal(last->severity, LINEAGE_ERROR);
    lineage_diagnostics_free(&diagnostics);
}

/* Offsets: f0 i1 r2 s3 t4 \n5 \t6 s7 ... */
static void place_of_a_byte_counts_lines_and_columns_from_one(void **state)
{
    (void)state;
    const struct {
        size_t offset;
        uint32_t line, column;
    } cases[] = {{0, 1, 1}, {4, 1, 5}, {5, 1, 6}, {6, 2, 1}, {7, 2, 2}, {20, 3, 1}, {21, 4, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct lineage_place place = lineage_place_of(&source, cases[i].offset);
        assert_int_equal(place.line, cases[i].line);
        assert_int_equal(place.column, cases[i].column);
    }
    /* Past the end: the place behind the last byte. */
    assert_int_equal(lineage_place_of(&source, 1000).line, 4);
    assert_int_equal(lineage_place_of(&source, 1000).column, 5);
}

static void place_prints_as_path_line_column(void **state)
{
    struct lineage_arena arena = {NULL};
    (void)state;
    assert_string_equal(lineage_place_text(&arena, (struct lineage_place){&source, 4, 2}),
                        "m.ded:4:2");
    assert_string_equal(lineage_place_text(&arena, (struct lineage_place){&source, 0, 0}), "m.ded");
    lineage_arena_free(&arena);
}

/* ---- reading files ---- */

static void assert_unread(const char *path, size_t bytes_max, const char *expected)
{
    struct lineage_arena arena = {NULL};
    const char *why = NULL;
    assert_null(lineage_source_read(&arena, path, bytes_max, &why));
    assert_string_equal(why, expected);
    lineage_arena_free(&arena);
}

static void file_is_read_to_its_last_byte(void **state)
{
    enum { BYTES = 100000 };
    struct testing_folder folder;
    struct lineage_arena arena = {NULL};
    const char *why = NULL;
    char path[128], *text = malloc(BYTES);
    (void)state;
    testing_folder_make(&folder);
    for (size_t i = 0; i < BYTES; i++)
        text[i] = (char)('a' + i % 26);
    testing_write(testing_path(&folder, "long", path), text, BYTES);
    const struct lineage_source *read = lineage_source_read(&arena, path, BYTES, &why);
    assert_non_null(read);
    assert_string_equal(read->path, path);
    assert_int_equal(strlen(read->text), BYTES);
    assert_memory_equal(read->text, text, BYTES);
    assert_unread(path, BYTES - 1, "the file is too large");
    testing_write(path, "", 0);
    read = lineage_source_read(&arena, path, BYTES, &why);
    assert_string_equal(read->text, "");
    lineage_arena_free(&arena);
    free(text);
    testing_folder_remove(&folder);
}

static void file_that_cannot_be_read_says_why(void **state)
{
    struct testing_folder folder;
    char path[128];
    (void)state;
    testing_folder_make(&folder);
    assert_unread(testing_path(&folder, "none", path), 100, "No such file or directory");
    assert_unread(folder.path, 100, "Is a directory");
    assert_unread("", 100, "No such file or directory");
    testing_write(path, "a\0b", 3);
    assert_unread(path, 100, "the file holds a zero byte: it is not a text");
    testing_folder_remove(&folder);
}

/* ---- what was meant ---- */

static void nearest_name_is_close_or_none(void **state)
{
    static const char *const names[] = {"model", "nodes", "eot", "eff", "crashes", "omissions"};
    enum { COUNT = sizeof names / sizeof *names };
    (void)state;
    assert_string_equal(lineage_nearest("modle", names, COUNT), "model");
    assert_string_equal(lineage_nearest("node", names, COUNT), "nodes");
    assert_string_equal(lineage_nearest("crash", names, COUNT), "crashes");
    assert_string_equal(lineage_nearest("omisions", names, COUNT), "omissions");
    assert_string_equal(lineage_nearest("eft", names, COUNT - 2), "eot");
    assert_null(lineage_nearest("frobnicate", names, COUNT));
    assert_null(lineage_nearest("model", names, 0));
    char longest[400];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_null(lineage_nearest(longest, names, COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_prints_place_line_and_caret),
        cmocka_unit_test(error_without_a_place_still_prints),
        cmocka_unit_test(the_first_twenty_errors_are_kept_and_all_counted),
        cmocka_unit_test(the_same_warning_at_the_same_place_is_kept_once),
        cmocka_unit_test(warnings_do_not_crowd_out_errors),
        cmocka_unit_test(place_of_a_byte_counts_lines_and_columns_from_one),
        cmocka_unit_test(place_prints_as_path_line_column),
        cmocka_unit_test(file_is_read_to_its_last_byte),
        cmocka_unit_test(file_that_cannot_be_read_says_why),
        cmocka_unit_test(nearest_name_is_close_or_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
