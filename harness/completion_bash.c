#include "completion.h"

#include <string.h>

static const char shared[] =
#include "completion_bash.inc"
    ;

/* Prints the words of a list, each before it what stands for it in front of the next. */
static void print_options(const struct harness_command *command, FILE *out)
{
    const char *before = "";
    for (const struct harness_option *option = command->options; option->id != 0; option++) {
        if (option->name == NULL)
            continue;
        if (option->letter != 0)
            fprintf(out, "%s-%c", before, option->letter);
        fprintf(out, "%s--%s", option->letter != 0 ? " " : before, option->name);
        before = " ";
    }
}

static void print_operands(FILE *out)
{
    fputs(
        "# What a command takes, into `options`, `words` and `endings`; `*`: files of any ending.\n"
        "_ldfi_operands() {\n    case $1 in\n",
        out);
    for (size_t i = 0; harness_commands[i] != NULL; i++) {
        struct harness_operands operands;
        harness_operands_of(harness_commands[i], &operands);
        fprintf(out, "    %s)\n        options='", harness_commands[i]->name);
        print_options(harness_commands[i], out);
        fprintf(out, "'\n        words='%s'%s\n        endings='%s'\n        ;;\n", operands.words,
                operands.a_command ? "\" $_ldfi_commands\"" : "",
                operands.any_file ? "*" : operands.endings);
        harness_operands_free(&operands);
    }
    fputs("    esac\n}\n\n", out);
}

static void print_value(const struct harness_command *command, const struct harness_option *option,
                        FILE *out)
{
    const struct harness_value value = harness_value_of(option);
    if (option->value == NULL)
        return;
    if (option->letter != 0)
        fprintf(out, "    '%s -%c' | ", command->name, option->letter);
    else
        fputs("    ", out);
    fprintf(out, "'%s --%s') ", command->name, option->name);
    if (value.kind == HARNESS_VALUE_WORDS) {
        fputs("_ldfi_words ", out);
        for (const char *at = value.words; *at != '\0'; at++)
            fputc(*at == '|' ? ' ' : *at, out);
    } else if (value.kind == HARNESS_VALUE_FILE) {
        fprintf(out, "_ldfi_files %s", value.ending);
    } else if (value.kind == HARNESS_VALUE_FOLDER) {
        fputs("_ldfi_folders", out);
    } else if (value.kind == HARNESS_VALUE_NODES) {
        fprintf(out, "_ldfi_nodes %zu", value.node_count);
    }
    fputs(" ;;\n", out);
}

void harness_completion_bash(FILE *out)
{
    fputs("# bash completion for ldfi, written by `ldfi completion bash`.\n\n_ldfi_commands='",
          out);
    for (size_t i = 0; harness_commands[i] != NULL; i++)
        fprintf(out, "%s%s", i > 0 ? " " : "", harness_commands[i]->name);
    fputs("'\n\n", out);
    print_operands(out);
    fputs("# Offers what can stand behind an option; false if nothing has to.\n"
          "_ldfi_value() {\n    case \"$1 $2\" in\n",
          out);
    for (size_t i = 0; harness_commands[i] != NULL; i++)
        for (const struct harness_option *option = harness_commands[i]->options; option->id != 0;
             option++)
            print_value(harness_commands[i], option, out);
    fputs("    *) return 1 ;;\n    esac\n    return 0\n}\n\n", out);
    fputs(shared, out);
}
