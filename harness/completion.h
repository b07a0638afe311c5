/* Completion for shells, written out of the tables of commands and options. */
#ifndef LDFI_HARNESS_COMPLETION_H
#define LDFI_HARNESS_COMPLETION_H

#include "command.h"

enum harness_value_kind {
    HARNESS_VALUE_OTHER, /* a number, a text: nothing to offer */
    HARNESS_VALUE_WORDS, /* one of some words */
    HARNESS_VALUE_FILE,
    HARNESS_VALUE_FOLDER,
    HARNESS_VALUE_NODES /* nodes of the scenario, joined by commas */
};

/* What can stand for an option's value, read from what help calls it (options.h). Texts live as
 * long as the option. */
struct harness_value {
    enum harness_value_kind kind;
    const char *words;  /* of WORDS: "lineage|exhaustive|random" */
    const char *ending; /* of FILE: "json"; "": any */
    size_t node_count;  /* of NODES: so many at most, then something else */
};
struct harness_value harness_value_of(const struct harness_option *option);

/* What a command takes besides options, read from its synopsis: words separated by one space each.
 * Free with harness_operands_free. */
struct harness_operands {
    char *words;    /* to be typed as they are; owned */
    char *endings;  /* of files; owned */
    bool any_file;  /* whatever they end with */
    bool a_command; /* the name of a command */
};
void harness_operands_of(const struct harness_command *command, struct harness_operands *operands);
void harness_operands_free(struct harness_operands *operands);

/* Print the script that teaches a shell the program. */
void harness_completion_bash(FILE *out);
void harness_completion_zsh(FILE *out);

#endif
