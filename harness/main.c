#include "command.h"
#include "formula_file.h"
#include "help.h"
#include "version.h"

#include <picosat/picosat.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

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

static int unknown_command(const char *name)
{
    struct lineage_diagnostics diagnostics = {.error_count = 0};
    struct lineage_arena arena = {.newest = NULL};
    const struct lineage_source source = {"command line",
                                          lineage_arena_format(&arena, "ldfi %s", name)};
    harness_report_command(name, (struct lineage_place){&source, 1, 6}, &diagnostics);
    lineage_diagnostic_print(&diagnostics.items.items[0], stderr);
    lineage_diagnostics_free(&diagnostics);
    lineage_arena_free(&arena);
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
        harness_help(stderr);
        return HARNESS_STATUS_BAD_INPUT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        harness_help(stdout);
        return flushed();
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("ldfi %s (SQLite %s, PicoSAT %s)\n", HARNESS_VERSION, sqlite3_libversion(),
               picosat_version());
        return flushed();
    }
    const struct harness_command *command = harness_command_find(argv[1]);
    return command != NULL ? command->run(command, argc, argv) : unknown_command(argv[1]);
}
