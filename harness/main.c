#include "command.h"
#include "formula_file.h"
#include "version.h"

#include <picosat/picosat.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

const struct harness_command harness_commands[] = {
    {"run", "look for the smallest faults that break a promise", harness_command_run},
    {"replay", "run one fault schedule and show what happens", harness_command_replay},
    {"sweep", "search many scenarios, every night or on every commit", harness_command_sweep},
    {"regress", "replay known counterexamples, and search for the same bugs",
     harness_command_regress},
    {"bisect", "since which version has a bug been there?", harness_command_bisect},
    {"compare", "is a new version as safe as the old, and what did it save?",
     harness_command_compare},
    {"merge", "join the databases of sweeps and searches", harness_command_merge},
    {"export", "write a run as packets, graphs, diagrams, logs or traces", harness_command_export},
    {"import", "store a packet capture as a run", harness_command_import},
    {"check", "read a scenario and its model, and run nothing", harness_command_check},
    {NULL, NULL, NULL}};

static void say(int file, const char *text)
{
    const ssize_t written = write(file, text, strlen(text));
    (void)written;
}

/* What is committed in a store is safe, and the search is marked as ended there. No half of another
 * file is left. What was not printed yet never will be. `context` says whether programs listen
 * (--json). */
static _Noreturn void out_of_memory(void *context)
{
    if (harness_store_in_use != NULL)
        lineage_store_abandon(harness_store_in_use);
    harness_remove_old(harness_file_in_use);
    say(STDERR_FILENO, "ldfi: error: the machine is out of memory\n");
    if (*(const bool *)context)
        say(STDOUT_FILENO, "{\"error\":{\"file\":null,\"line\":0,\"column\":0,\"message\":"
                           "\"the machine is out of memory\"},\"errors\":[{\"file\":null,"
                           "\"line\":0,\"column\":0,\"message\":"
                           "\"the machine is out of memory\"}]}\n");
    _exit(HARNESS_STATUS_MACHINE);
}

static void print_help(FILE *out)
{
    fputs("ldfi: lineage-driven fault injection for replication protocols\n\n"
          "usage: ldfi COMMAND [ARGUMENT...]\n\n",
          out);
    for (const struct harness_command *command = harness_commands; command->name != NULL; command++)
        fprintf(out, "  %-8s %s\n", command->name, command->summary);
    fputs("\n  ldfi COMMAND --help   what a command takes\n"
          "  ldfi --version        versions of ldfi and of what it is built on\n\n"
          "  ldfi run scenarios/primary_backup/rung3.json\n",
          out);
}

static int unknown_command(const char *name)
{
    const char *names[sizeof harness_commands / sizeof *harness_commands];
    size_t count = 0;
    for (; harness_commands[count].name != NULL; count++)
        names[count] = harness_commands[count].name;
    const char *nearest = lineage_nearest(name, names, count);
    fprintf(stderr, "command line:1:6: error: unknown command '%s'%s%s%s\n", name,
            nearest != NULL ? "; did you mean " : "; see ldfi --help",
            nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
    return HARNESS_STATUS_BAD_INPUT;
}

/* The status with which printing ends. */
static int flushed(void)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return HARNESS_STATUS_OK;
    fputs("ldfi: error: cannot write to standard output\n", stderr);
    return HARNESS_STATUS_MACHINE;
}

int main(int argc, char **argv)
{
    cJSON_Hooks hooks = {lineage_memory_clear, lineage_memory_free};
    bool json = false;
    for (int i = 1; i < argc; i++)
        json = json || strcmp(argv[i], "--json") == 0;
    lineage_memory_on_exhaustion(out_of_memory, &json);
    cJSON_InitHooks(&hooks);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk */
    if (argc < 2) {
        print_help(stderr);
        return HARNESS_STATUS_BAD_INPUT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return flushed();
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("ldfi %s (SQLite %s, PicoSAT %s)\n", HARNESS_VERSION, sqlite3_libversion(),
               picosat_version());
        return flushed();
    }
    for (const struct harness_command *command = harness_commands; command->name != NULL; command++)
        if (strcmp(argv[1], command->name) == 0)
            return command->run(command, argc, argv);
    return unknown_command(argv[1]);
}
