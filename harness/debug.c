#include "debug.h"

#include "../lineage/difference.h"

#include "native/command.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct harness_breakpoint nowhere = {LINEAGE_NONE, 0, NULL, 0};

/* The call that a firing belongs to. */
static struct harness_breakpoint call_of(const struct harness_executor *executor,
                                         const struct lineage_execution *execution, uint32_t number)
{
    const struct lineage_universe *universe = execution->universe;
    const struct lineage_firing *firing = &execution->firings.items[number];
    const struct lineage_rule *rule = &universe->rules.items[firing->rule];
    const char *file = rule->line == 0 ? NULL : rule->file;
    if (firing->message != LINEAGE_NONE) {
        const struct lineage_message *message = &execution->messages.items[firing->message];
        return (struct harness_breakpoint){message->from, message->sent_time, file, rule->line};
    }
    const struct lineage_fact *head = &execution->facts.items[firing->head];
    const uint32_t relation = lineage_tuple_relation(universe, head->tuple);
    if (relation == execution->pre || relation == execution->post)
        return nowhere; /* of the promise, which is no node's */
    const uint32_t node = lineage_node_of(universe, lineage_tuple_values(universe, head->tuple)[0]);
    return (struct harness_breakpoint){
        node, relation == execution->failed ? executor->now(executor) : head->time, file,
        rule->line};
}

enum harness_outcome harness_find_stop(struct harness_executor *executor,
                                       const struct lineage_schedule *schedule,
                                       enum lineage_oracle oracle, struct harness_breakpoint *stop)
{
    const struct lineage_schedule none = {.omissions = {0}};
    struct lineage_execution good, bad;
    struct lineage_difference difference;
    lineage_tuples broken = {0};
    *stop = nowhere;
    enum harness_outcome outcome = executor->execute(executor, &none, true, &good);
    if (outcome == HARNESS_OK) {
        outcome = executor->execute(executor, schedule, true, &bad);
        if (outcome == HARNESS_OK) {
            lineage_broken_promises(&bad, oracle, &good, &broken);
            lineage_difference_find(&good, &bad, &broken, &difference);
            for (size_t i = 0; i < difference.items.count && stop->node == LINEAGE_NONE; i++)
                if (lineage_difference_leads(&difference, &difference.items.items[i]))
                    *stop = call_of(executor, difference.items.items[i].is_new ? &bad : &good,
                                    difference.items.items[i].firing);
            for (size_t i = 0; i < broken.count && stop->node == LINEAGE_NONE; i++)
                if (lineage_tuple_relation(bad.universe, broken.items[i]) == bad.failed)
                    *stop = (struct harness_breakpoint){
                        lineage_node_of(bad.universe,
                                        lineage_tuple_values(bad.universe, broken.items[i])[0]),
                        executor->now(executor), NULL, 0};
            lineage_difference_free(&difference);
        }
        lineage_execution_free(&bad);
    }
    lineage_execution_free(&good);
    lineage_memory_free(broken.items);
    return outcome;
}

/* What gdb is told before its user is asked. */
static const char *const settings[] = {"-q", "-ex", "set confirm off", "-ex",
                                       "handle SIGVTALRM nostop noprint"};

/* Runs a program, and waits for it; false if it cannot be run. */
static bool run(char *const *words)
{
    int ended = 0;
    void (*const before)(int) = signal(SIGINT, SIG_IGN); /* it is the debugger's */
    const pid_t process = fork();
    if (process == 0) {
        signal(SIGINT, SIG_DFL);
        execvp(words[0], words);
        _exit(127);
    }
    while (process > 0 && waitpid(process, &ended, 0) < 0 && errno == EINTR)
        ;
    signal(SIGINT, before);
    return process > 0 && !(WIFEXITED(ended) && WEXITSTATUS(ended) == 127);
}

bool harness_debug(char **argv, const bool *left_out, const char *function,
                   struct harness_breakpoint stop)
{
    struct lineage_arena arena = {.newest = NULL};
    LINEAGE_ARRAY(const char *) words = {0};
    const char *debugger = getenv("GDB");
    char self[4096] = "", folder[] = "/tmp/ldfi-gdb-XXXXXX", *output;
    const ssize_t bytes = readlink("/proc/self/exe", self, sizeof self - 1);
    LINEAGE_PUSH(&words, debugger == NULL || *debugger == '\0' ? "gdb" : debugger);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        LINEAGE_PUSH(&words, settings[i]);
    if (stop.node != LINEAGE_NONE) {
        const char *const commands[] = {
            lineage_arena_format(&arena, "break %s if node == %u && time == %u", function,
                                 stop.node, stop.time),
            "run",
            stop.file == NULL ? "tbreak *handler"
                              : lineage_arena_format(&arena, "tbreak %s:%u", stop.file, stop.line),
            "disable 1", "continue"};
        for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
            LINEAGE_PUSH(&words, "-ex");
            LINEAGE_PUSH(&words, commands[i]);
        }
    }
    LINEAGE_PUSH(&words, "--args");
    self[bytes > 0 ? bytes : 0] = '\0';
    LINEAGE_PUSH(&words, self);
    for (size_t i = 1; argv[i] != NULL; i++)
        if (!left_out[i])
            LINEAGE_PUSH(&words, argv[i]);
    LINEAGE_PUSH(&words, NULL);
    /* Whoever is killed under gdb leaves what it has built: here. */
    const bool has_folder = mkdtemp(folder) != NULL;
    if (has_folder)
        setenv("TMPDIR", folder, 1);
    setenv("LDFI_IN_PROCESS", "1", 1);
    const bool is_run = run((char *const *)words.items);
    const char *const clear[] = {"rm", "-rf", "--", folder, NULL};
    if (has_folder) {
        native_command(clear, &output);
        lineage_memory_free(output);
    }
    lineage_memory_free(words.items);
    lineage_arena_free(&arena);
    return is_run;
}
