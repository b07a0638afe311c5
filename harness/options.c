#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* The words of the command line, and where each begins in its text. */
struct words {
    const struct lineage_source *source;
    uint32_t *columns; /* by word */
};

static struct words join(struct lineage_arena *arena, int argc, char **argv)
{
    struct words words = {.columns =
                              lineage_arena_allocate(arena, (size_t)argc * sizeof *words.columns)};
    size_t bytes = 1;
    for (int i = 0; i < argc; i++)
        bytes += strlen(argv[i]) + 1;
    char *text = lineage_arena_allocate(arena, bytes);
    char *end = text;
    for (int i = 0; i < argc; i++) {
        words.columns[i] = (uint32_t)(end - text) + 1;
        const char *word = argv[i];
        if (i == 0 && strrchr(word, '/') != NULL)
            word = strrchr(word, '/') + 1;
        end = stpcpy(end, word);
        if (i + 1 < argc)
            *end++ = ' ';
    }
    struct lineage_source *source = lineage_arena_allocate(arena, sizeof *source);
    *source = (struct lineage_source){"command line", text};
    words.source = source;
    return words;
}

static size_t count_options(const struct harness_option *options)
{
    size_t count = 0;
    while (options[count].id != 0)
        count++;
    return count;
}

static void report_unknown(struct harness_command_line *line, struct lineage_place place,
                           const struct harness_option *options, const char *word)
{
    const size_t count = count_options(options);
    const char **names = lineage_memory_clear((count + 1) * sizeof *names);
    size_t named = 0;
    for (size_t i = 0; i < count; i++)
        if (options[i].name != NULL)
            names[named++] = options[i].name;
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    const char *bare = name + strspn(name, "-");
    const char *nearest = strncmp(word, "--", 2) == 0 ? lineage_nearest(bare, names, named) : NULL;
    lineage_error(line->diagnostics, place, "unknown option %s%s%s%s", name,
                  nearest != NULL ? "; did you mean --" : "", nearest != NULL ? nearest : "",
                  nearest != NULL ? "?" : "; see --help");
    lineage_memory_free(names);
}

/* getopt takes --cr for --crashes; with that, a slip would become another option. */
static bool is_abbreviated(const char *word, const struct harness_option *option)
{
    return strncmp(word, "--", 2) == 0 && option->name != NULL &&
           (strncmp(word + 2, option->name, strcspn(word + 2, "=")) != 0 ||
            strlen(option->name) != strcspn(word + 2, "="));
}

void harness_parse(struct harness_command_line *line, int argc, char **argv, int first,
                   const struct harness_option *options,
                   void (*handle)(void *context, int id, const char *value,
                                  struct lineage_place place),
                   void *context)
{
    const size_t count = count_options(options);
    struct option *long_options = lineage_memory_clear((count + 1) * sizeof *long_options);
    char *letters = lineage_memory_clear(count * 2 + 3);
    char *end = stpcpy(letters, "-:"); /* operands in order; a missing value is ':' */
    struct words words = join(&line->arena, argc, argv);
    line->source = words.source;
    for (size_t i = 0, named = 0; i < count; i++) {
        if (options[i].name == NULL)
            continue;
        long_options[named++] =
            (struct option){options[i].name, options[i].value != NULL, NULL, 1000 + (int)i};
        if (options[i].letter != 0)
            *end++ = options[i].letter;
        if (options[i].letter != 0 && options[i].value != NULL)
            *end++ = ':';
    }
    opterr = 0;
    optind = first;
    for (;;) {
        const int word = optind;
        const int found = getopt_long(argc, argv, letters, long_options, NULL);
        if (found == -1)
            break;
        const int at = word < argc ? word : argc - 1;
        const struct lineage_place place = {words.source, 1, words.columns[at]};
        size_t i = 0;
        while (i < count && found != 1000 + (int)i &&
               (options[i].letter == 0 || found != options[i].letter))
            i++;
        if (found == 1) {
            LINEAGE_PUSH(&line->operands, optarg);
            LINEAGE_PUSH(&line->operand_places, place);
        } else if (found == ':') {
            lineage_error(line->diagnostics, place, "%s needs a value; see --help", argv[at]);
        } else if (found == '?' || i == count || is_abbreviated(argv[at], &options[i])) {
            report_unknown(line, place, options, argv[at]);
        } else {
            handle(context, options[i].id, optarg, place);
        }
    }
    for (int i = optind; i < argc; i++) { /* behind "--" */
        const struct lineage_place place = {words.source, 1, words.columns[i]};
        LINEAGE_PUSH(&line->operands, argv[i]);
        LINEAGE_PUSH(&line->operand_places, place);
    }
    lineage_memory_free(long_options);
    lineage_memory_free(letters);
}

void harness_command_line_free(struct harness_command_line *line)
{
    lineage_memory_free(line->operands.items);
    lineage_memory_free(line->operand_places.items);
    lineage_arena_free(&line->arena);
}

void harness_print_option(const struct harness_option *option, FILE *out)
{
    char left[64];
    const char *value = option->value != NULL ? option->value : "";
    snprintf(left, sizeof left, "%s%c%s--%s%s%.*s", option->letter != 0 ? "-" : "  ",
             option->letter != 0 ? option->letter : ' ', option->letter != 0 ? ", " : " ",
             option->name, option->value != NULL ? " " : "", (int)strcspn(value, ":"), value);
    fprintf(out, "  %-24s %s\n", left, option->help);
}

bool harness_read_number(const char *text, uint64_t max, uint64_t *number,
                         struct lineage_place place, struct lineage_diagnostics *diagnostics)
{
    char *end = NULL;
    errno = 0; /* what is too large for strtoull is the largest that there is */
    const unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > max) {
        lineage_error(diagnostics, place, "'%s' is no whole number from 0 to %llu", text,
                      (unsigned long long)max);
        return false;
    }
    *number = value;
    return true;
}

uint64_t harness_read_positive(const char *text, uint64_t max, struct lineage_place place,
                               struct lineage_diagnostics *diagnostics)
{
    uint64_t number = 0;
    if (harness_read_number(text, max, &number, place, diagnostics) && number == 0)
        lineage_error(diagnostics, place, "this is at least 1; without it there is no limit");
    return number;
}

void harness_read_seconds(const char *text, double *seconds, struct lineage_place place,
                          struct lineage_diagnostics *diagnostics)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || !(value > 0 && value < 1e9))
        lineage_error(diagnostics, place, "'%s' is no number of seconds", text);
    else
        *seconds = value;
}
