#include "manual.h"

#include "help.h"
#include "version.h"

#include <ctype.h>
#include <string.h>

const struct harness_status_text harness_status_texts[] = {
    {HARNESS_STATUS_OK,
     "ended as expected (a vacuous `certified` is not what `expect` means); without an "
     "expectation: certified or kept. `replay`: promise kept. `bisect`: answered"},
    {HARNESS_STATUS_FOUND,
     "a counterexample, or a verdict that was not expected. `replay`: promise broken. `regress`: a "
     "bug is there that the scenario does not expect. `merge`: conflicts"},
    {HARNESS_STATUS_BAD_INPUT,
     "bad input: every error starts `file:line:column: error: `; nothing is written"},
    {HARNESS_STATUS_NO_ANSWER,
     "no answer within the budget, or a random search that found nothing; with `--db` what was "
     "learned is kept. `merge`: shards are missing"},
    {HARNESS_STATUS_MACHINE,
     "the machine failed: disk full, database locked, out of memory; or the solver contradicts "
     "itself (`--proof`)"},
    {HARNESS_STATUS_INTERRUPTED, "interrupted; with `--db` what was learned is kept"},
    {0, NULL}};

/* Prints text that roff shall leave as it is. */
static void print_plain(const char *text, size_t bytes, FILE *out)
{
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '\\')
            fputs("\\e", out);
        else if (text[i] == '-')
            fputs("\\-", out);
        else if (text[i] == '\'')
            fputs("\\(aq", out);
        else if (text[i] == '`')
            fputs("\\(ga", out);
        else
            fputc(text[i], out);
    }
}

/* Prints a line in which `backquotes` mark what is bold. Hyphens outside of these are those of
 * words. */
static void print_line(const char *line, size_t bytes, FILE *out)
{
    bool is_bold = false;
    for (size_t i = 0; i < bytes; i++) {
        if (line[i] == '`') {
            is_bold = !is_bold;
            fputs(is_bold ? "\\fB" : "\\fR", out);
        } else if (line[i] == '-' && !is_bold && i > 0 && isalpha((unsigned char)line[i - 1])) {
            fputc('-', out);
        } else {
            print_plain(line + i, 1, out);
        }
    }
    fputc('\n', out);
}

/* Prints paragraphs as a command has them (command.h). A dot that began a line would be a macro. */
static void print_text(const char *text, FILE *out)
{
    bool is_literal = false;
    const char *gap = "";
    while (*text != '\0') {
        const size_t bytes = strcspn(text, "\n");
        const bool stays = strncmp(text, "  ", 2) == 0;
        if (stays != is_literal && bytes > 0) {
            fputs(stays ? ".PP\n.EX\n" : ".EE\n.PP\n", out);
            is_literal = stays;
            gap = "";
        }
        if (bytes == 0) {
            gap = is_literal ? "" : ".PP\n";
        } else {
            fprintf(out, "%s%s", gap, text[0] == '.' ? "\\&" : "");
            if (is_literal)
                print_plain(text, bytes, out), fputc('\n', out);
            else
                print_line(text, bytes, out);
            gap = "";
        }
        text += bytes + (text[bytes] == '\n');
    }
    if (is_literal)
        fputs(".EE\n", out);
}

/* Prints a word of a synopsis: one that the user chooses is in capitals. */
static void print_word(const char *word, size_t bytes, FILE *out)
{
    size_t name = bytes;
    while (name > 3 && strncmp(word + name - 3, "...", 3) == 0)
        name -= 3;
    fputs(isupper((unsigned char)word[0]) ? "\\fI" : "\\fB", out);
    print_plain(word, name, out);
    fprintf(out, "\\fR%.*s", (int)(bytes - name), word + name);
}

static void print_synopsis(const struct harness_command *command, FILE *out)
{
    fprintf(out, ".nf\n\\fBldfi %s\\fR ", command->name);
    for (const char *at = command->synopsis; at[0] != '\0' && at[1] != '\0';) {
        const size_t bytes = strcspn(at, " []|\n");
        if (bytes > 0) {
            print_word(at, bytes, out);
            at += bytes;
            continue;
        }
        fputc(*at, out);
        if (*at == '\n')
            fprintf(out, "\\fBldfi %s\\fR ", command->name);
        at++;
    }
    fputs("\n.fi\n", out);
}

static void print_option(const struct harness_option *option, FILE *out)
{
    fputs(".TP\n", out);
    if (option->letter != 0)
        fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
    fputs("\\fB\\-\\-", out);
    print_plain(option->name, strlen(option->name), out);
    fputs("\\fR", out);
    if (option->value != NULL) {
        fputc(' ', out);
        print_word(option->value, strcspn(option->value, ":"), out);
    }
    fputc('\n', out);
    print_line(option->help, strlen(option->help), out);
}

/* Does the manual say it once for all commands? */
static bool is_shared(const struct harness_option *option)
{
    return option->id > 0 && option->id <= HARNESS_OUTPUT_OPTION_MAX;
}

static void print_examples(const char *examples, FILE *out)
{
    fputs(".PP\nExample:\n.PP\n.RS 2\n.EX\n", out);
    print_plain(examples, strlen(examples), out);
    fputs(".EE\n.RE\n", out);
}

static void print_command(const struct harness_command *command, FILE *out)
{
    bool takes_scenario = false;
    fprintf(out, ".SS ldfi %s\n", command->name);
    print_synopsis(command, out);
    fputs(".PP\n", out);
    print_text(command->about, out);
    if (command->more != NULL) {
        fputs(".PP\n", out);
        print_text(command->more, out);
    }
    for (const struct harness_option *option = command->options; option->id != 0; option++) {
        takes_scenario = takes_scenario || option->id == 1;
        if (option->name != NULL && !is_shared(option))
            print_option(option, out);
    }
    if (takes_scenario)
        fputs(".PP\nOptions of the scenario: see below.\n", out);
    print_examples(command->examples, out);
}

static void print_shared_options(FILE *out)
{
    static const struct harness_option scenario[] = {HARNESS_SCENARIO_OPTIONS,
                                                     {0, NULL, 0, NULL, NULL}};
    static const struct harness_option output[] = {HARNESS_OUTPUT_OPTIONS,
                                                   {0, NULL, 0, NULL, NULL}};
    fputs(".SH OPTIONS OF MOST COMMANDS\n", out);
    for (const struct harness_option *option = output; option->id != 0; option++)
        print_option(option, out);
    fputs(".SH OPTIONS OF THE SCENARIO\n", out);
    print_text(harness_help_of_scenario, out);
    for (const struct harness_option *option = scenario; option->id != 0; option++)
        print_option(option, out);
}

static void print_statuses(FILE *out)
{
    fputs(".SH EXIT STATUS\n", out);
    for (const struct harness_status_text *text = harness_status_texts; text->meaning != NULL;
         text++) {
        fprintf(out, ".TP\n\\fB%d\\fR\n", text->status);
        print_line(text->meaning, strlen(text->meaning), out);
    }
    fputs(".PP\nOf several scenarios the status is the first of 130, 4, 2, 1, 3, 0 that occurs.\n",
          out);
}

void harness_manual(FILE *out)
{
    fprintf(out,
            ".TH LDFI 1 \"\" \"ldfi %s\" \"User Commands\"\n"
            ".SH NAME\nldfi \\- which faults break a replication protocol?\n"
            ".SH SYNOPSIS\n\\fBldfi\\fR \\fICOMMAND\\fR [\\fIARGUMENT\\fR...]\n"
            ".SH DESCRIPTION\n",
            HARNESS_VERSION);
    print_text("Tests whether a protocol keeps its promises under message losses and crashes. A\n"
               "protocol is a set of rules, as ldfi-dedalus(5) describes; a scenario, as\n"
               "ldfi-scenario(5) describes, says which nodes run it, with which inputs, and how\n"
               "many faults there may be. ldfi runs it once without faults, records why the\n"
               "outcome came about, and asks a SAT solver for the smallest set of faults that\n"
               "could have prevented it; that set is run, and either breaks the promise or\n"
               "teaches one more reason why it holds. When no set is left, the protocol is\n"
               "certified within the bounds. This is lineage-driven fault injection (Alvaro,\n"
               "Rosen, Hellerstein, SIGMOD 2015).\n",
               out);
    fputs(".SH COMMANDS\n", out);
    for (enum harness_purpose purpose = 0; purpose < HARNESS_PURPOSE_COUNT; purpose++)
        for (size_t i = 0; harness_commands[i] != NULL; i++)
            if (harness_commands[i]->purpose == purpose)
                print_command(harness_commands[i], out);
    print_shared_options(out);
    print_statuses(out);
    fputs(".SH ENVIRONMENT\n"
          ".TP\n\\fBNO_COLOR\\fR\nIf it is set and not empty, nothing is printed in colour, nor "
          "where\n"
          "\\fBTERM\\fR is \\fBdumb\\fR. Colours and progress appear on a terminal only.\n"
          ".TP\n\\fBTMPDIR\\fR\nWhere \\fBldfi bisect\\fR checks commits out (default: /tmp).\n"
          ".SH FILES\n"
          ".TP\n\\fIscenarios/corpus\\fR\nThe counterexamples that \\fBldfi regress\\fR replays.\n"
          ".SH SEE ALSO\n\\fBldfi\\-dedalus\\fR(5), \\fBldfi\\-scenario\\fR(5)\n",
          out);
}
