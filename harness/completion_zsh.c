#include "completion.h"

#include <string.h>

static const char shared[] =
#include "completion_zsh.inc"
    ;

/* Prints a text that stands in single quotes, where zsh's _arguments and _describe read brackets
 * and colons. */
static void print_text(const char *text, size_t bytes, FILE *out)
{
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '\'')
            fputs("'\\''", out);
        else if (strchr("[]:\\", text[i]) != NULL)
            fprintf(out, "\\%c", text[i]);
        else
            fputc(text[i], out);
    }
}

/* ":what it is called:what completes it" */
static void print_value(const struct harness_option *option, FILE *out)
{
    const struct harness_value value = harness_value_of(option);
    if (option->value == NULL)
        return;
    fputc(':', out);
    print_text(option->value, strcspn(option->value, ":"), out);
    fputc(':', out);
    if (value.kind == HARNESS_VALUE_WORDS) {
        fputc('(', out);
        for (const char *at = value.words; *at != '\0'; at++)
            fputc(*at == '|' ? ' ' : *at, out);
        fputc(')', out);
    } else if (value.kind == HARNESS_VALUE_FILE && value.ending[0] != '\0') {
        fprintf(out, "_files -g \"*.%s\"", value.ending);
    } else if (value.kind == HARNESS_VALUE_FILE) {
        fputs("_files", out);
    } else if (value.kind == HARNESS_VALUE_FOLDER) {
        fputs("_files -/", out);
    } else if (value.kind == HARNESS_VALUE_NODES) {
        fprintf(out, "{_ldfi_nodes %zu}", value.node_count);
    } else {
        fputc(' ', out);
    }
}

static void print_option(const struct harness_option *option, FILE *out)
{
    if (option->name == NULL)
        return;
    for (int is_long = option->letter == 0; is_long <= 1; is_long++) {
        if (is_long)
            fprintf(out, " \\\n            '*--%s%s[", option->name,
                    option->value != NULL ? "=" : "");
        else
            fprintf(out, " \\\n            '*-%c%s[", option->letter,
                    option->value != NULL ? "+" : "");
        print_text(option->help, strlen(option->help), out);
        fputc(']', out);
        print_value(option, out);
        fputc('\'', out);
    }
}

static void print_operands(const struct harness_command *command, FILE *out)
{
    struct harness_operands operands;
    harness_operands_of(command, &operands);
    fputs(" \\\n            '*: :{_ldfi_operands ", out);
    fprintf(out, "\"%s\" \"%s\" %d}'", operands.words, operands.any_file ? "*" : operands.endings,
            operands.a_command);
    harness_operands_free(&operands);
}

void harness_completion_zsh(FILE *out)
{
    fputs("#compdef ldfi\n# zsh completion for ldfi, written by `ldfi completion zsh`.\n\n"
          "_ldfi_commands=(\n",
          out);
    for (size_t i = 0; harness_commands[i] != NULL; i++) {
        fprintf(out, "    '%s:", harness_commands[i]->name);
        print_text(harness_commands[i]->summary, strlen(harness_commands[i]->summary), out);
        fputs("'\n", out);
    }
    fputs(")\n\n_ldfi_arguments() {\n    case $1 in\n", out);
    for (size_t i = 0; harness_commands[i] != NULL; i++) {
        fprintf(out, "    %s)\n        _arguments -s -S", harness_commands[i]->name);
        for (const struct harness_option *option = harness_commands[i]->options; option->id != 0;
             option++)
            print_option(option, out);
        print_operands(harness_commands[i], out);
        fputs("\n        ;;\n", out);
    }
    fputs("    esac\n}\n\n", out);
    fputs(shared, out);
}
