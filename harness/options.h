/* The command line: tables of options, from which parsing and help both come. */
#ifndef LDFI_HARNESS_OPTIONS_H
#define LDFI_HARNESS_OPTIONS_H

#include "../lineage/diagnostic.h"

/* One option of a command. */
struct harness_option {
    int id;           /* what the command knows it by; > 0 */
    const char *name; /* long name without dashes */
    char letter;      /* short name, or 0 */
    /* What its value is called in help; NULL: it takes none. Completion goes by it: FILE.db is a
     * file of that ending, DIR a folder, HOW:one|other one of the words behind ":", which help
     * leaves out; NODE, FROM, TO and A,B are nodes of the scenario. */
    const char *value;
    const char *help;
};

/* A mark in a table: --help leaves out the options behind it, `--help all` and the manual do not.
 */
enum { HARNESS_RARE = -1 };
#define HARNESS_RARE_OPTIONS                                                                       \
    {                                                                                              \
        HARNESS_RARE, NULL, 0, NULL, NULL                                                          \
    }

/* The arguments of a command, as parsed. Options come first-to-last through `handle`. */
struct harness_command_line {
    const struct lineage_source *source; /* the command line as text, for places */
    struct lineage_arena arena;
    LINEAGE_ARRAY(const char *) operands;
    LINEAGE_ARRAY(struct lineage_place) operand_places;
    struct lineage_diagnostics *diagnostics;
};

/* Parses argv[first...] by a table that ends with id 0. `handle` gets each option with its value
 * (NULL if it takes none) and its place. Mistakes are reported. */
void harness_parse(struct harness_command_line *line, int argc, char **argv, int first,
                   const struct harness_option *options,
                   void (*handle)(void *context, int id, const char *value,
                                  struct lineage_place place),
                   void *context);
void harness_command_line_free(struct harness_command_line *line);

/* Prints one option as a line of help. */
void harness_print_option(const struct harness_option *option, FILE *out);

/* Reads a whole number from 0 to `max`; false, with an error reported, if the text is none. */
bool harness_read_number(const char *text, uint64_t max, uint64_t *number,
                         struct lineage_place place, struct lineage_diagnostics *diagnostics);

/* The same from 1 on; 0, with an error reported, if the text is none. */
uint64_t harness_read_positive(const char *text, uint64_t max, struct lineage_place place,
                               struct lineage_diagnostics *diagnostics);

/* Reads a number of seconds, more than none. */
void harness_read_seconds(const char *text, double *seconds, struct lineage_place place,
                          struct lineage_diagnostics *diagnostics);

#endif
