/* What ldfi says of itself, out of the tables of commands and options. */
#ifndef LDFI_HARNESS_HELP_H
#define LDFI_HARNESS_HELP_H

#include "command.h"

/* The commands, by what a user wants of them. */
void harness_help(FILE *out);

/* One command: its synopsis, what it does, its common options and an example; on one screen. With
 * `is_all` every option and the long text, too. */
void harness_help_command(const struct harness_command *command, bool is_all, FILE *out);

/* The command of this name; NULL: there is none. */
const struct harness_command *harness_command_find(const char *name);

/* Reports an unknown command, with the nearest that there is. */
void harness_report_command(const char *name, struct lineage_place place,
                            struct lineage_diagnostics *diagnostics);

/* What an option of the scenario is, in paragraphs. */
extern const char harness_help_of_scenario[];

/* `ldfi help scenario` and `ldfi help status`. */
void harness_help_scenario(FILE *out);
void harness_help_status(FILE *out);

#endif
