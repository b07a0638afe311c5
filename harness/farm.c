#include "farm.h"

#include "native/command.h"
#include "report.h"
#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_MILLISECONDS = 100, ANSWER_BYTES = 1 << 16, CANNOT_ANSWER = 1 };

/* A process at work. */
struct worker {
    pid_t process;
    int answers; /* the pipe's end that is read here; -1: there is no process */
    size_t task;
    double start_seconds;
    LINEAGE_ARRAY(char) text;
};

struct state {
    const struct harness_farm *farm;
    struct worker *workers;
    struct pollfd *watched; /* by worker */
    char *folder;           /* for the files that processes make on the way; NULL: there is none */
    size_t next, busy, answered;
    double worked_seconds; /* those answered, all together */
};

/* The process of a task: prints the answer where the parent reads, and ends. */
static _Noreturn void work(const struct state *state, size_t task, int out, pid_t parent)
{
    const struct harness_farm *farm = state->farm;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody would read the answer */
    if (getppid() != parent || dup2(out, STDOUT_FILENO) < 0)
        _exit(CANNOT_ANSWER);
    if (state->folder != NULL)
        setenv("TMPDIR", state->folder, 1);
    harness_print_json(farm->answer(farm->context, task), stdout);
    _exit(fflush(stdout) == 0 ? 0 : CANNOT_ANSWER);
}

/* Starts the next task; false if the machine gives no process. */
static bool start(struct state *state, struct worker *worker)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    fflush(NULL);
    const pid_t parent = getpid();
    worker->process = fork();
    if (worker->process == 0)
        work(state, state->next, ends[1], parent);
    close(ends[1]);
    if (worker->process < 0) {
        close(ends[0]);
        return false;
    }
    worker->answers = ends[0];
    worker->task = state->next++;
    worker->start_seconds = harness_seconds();
    worker->text.count = 0;
    state->busy++;
    return true;
}

cJSON *harness_error_json(const char *message, int status)
{
    cJSON *error = cJSON_CreateObject(), *object = cJSON_CreateObject();
    cJSON_AddNullToObject(error, "file");
    cJSON_AddNumberToObject(error, "line", 0);
    cJSON_AddNumberToObject(error, "column", 0);
    cJSON_AddStringToObject(error, "message", message);
    cJSON *errors = cJSON_AddArrayToObject(object, "errors");
    cJSON_AddItemToArray(errors, cJSON_Duplicate(error, true));
    cJSON_AddItemToObject(object, "error", error);
    cJSON_AddNumberToObject(object, "status", status);
    return object;
}

/* The answer of a process that has ended so. */
static cJSON *read_answer(struct worker *worker, int ended)
{
    char message[128];
    LINEAGE_PUSH(&worker->text, '\0');
    cJSON *answer = cJSON_ParseWithOpts(worker->text.items, NULL, true);
    const bool is_whole = cJSON_IsObject(answer) && WIFEXITED(ended) && WEXITSTATUS(ended) == 0;
    if (is_whole)
        return answer;
    cJSON_Delete(answer);
    if (WIFSIGNALED(ended))
        snprintf(message, sizeof message, "the process of this search was ended by signal %d (%s)",
                 WTERMSIG(ended), strsignal(WTERMSIG(ended)));
    else
        snprintf(message, sizeof message, "%s",
                 WEXITSTATUS(ended) == HARNESS_STATUS_MACHINE ? "the machine is out of memory"
                 : WEXITSTATUS(ended) == CANNOT_ANSWER
                     ? "the process of this search cannot write its answer"
                     : "the process of this search did not answer");
    return harness_error_json(message, HARNESS_STATUS_MACHINE);
}

/* Reads what a worker has to say; at its end, hands on its answer. False: take no more. */
static bool listen_to(struct state *state, struct worker *worker)
{
    LINEAGE_RESERVE(&worker->text, ANSWER_BYTES);
    const ssize_t count =
        read(worker->answers, worker->text.items + worker->text.count, ANSWER_BYTES);
    if (count > 0)
        worker->text.count += (size_t)count;
    if (count > 0 || (count < 0 && errno == EINTR))
        return true;
    int ended = 0;
    close(worker->answers);
    worker->answers = -1;
    state->busy--;
    state->answered++;
    state->worked_seconds += harness_seconds() - worker->start_seconds;
    while (waitpid(worker->process, &ended, 0) < 0 && errno == EINTR)
        ;
    if (state->farm->interrupted != NULL && *state->farm->interrupted)
        return false; /* what it says is no answer any more */
    return state->farm->take(state->farm->context, worker->task, read_answer(worker, ended));
}

static struct harness_tally tally_of(const struct state *state)
{
    struct harness_tally tally = {.answered = state->answered,
                                  .running = state->busy,
                                  .worked_seconds = state->worked_seconds};
    for (size_t i = 0; i < state->farm->jobs; i++) {
        const struct worker *worker = &state->workers[i];
        const double seconds = harness_seconds() - worker->start_seconds;
        if (worker->answers >= 0 && seconds >= tally.oldest_seconds) {
            tally.oldest = worker->task;
            tally.oldest_seconds = seconds;
        }
    }
    return tally;
}

/* Waits for any worker, or a moment. */
static bool wait_for_workers(struct state *state)
{
    bool going = true;
    for (size_t i = 0; i < state->farm->jobs; i++)
        state->watched[i] = (struct pollfd){.fd = state->workers[i].answers, .events = POLLIN};
    const int ready = poll(state->watched, state->farm->jobs, TICK_MILLISECONDS);
    for (size_t i = 0; ready > 0 && going && i < state->farm->jobs; i++)
        if (state->workers[i].answers >= 0 && state->watched[i].revents != 0)
            going = listen_to(state, &state->workers[i]);
    if (state->farm->tick != NULL) {
        const struct harness_tally tally = tally_of(state);
        state->farm->tick(state->farm->context, &tally);
    }
    return going;
}

static void end_worker(struct worker *worker)
{
    if (worker->answers >= 0) {
        kill(worker->process, SIGKILL);
        close(worker->answers);
        while (waitpid(worker->process, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    lineage_memory_free(worker->text.items);
}

/* Processes that are killed leave files behind; so all are in one folder. */
static char *make_folder(void)
{
    const char *parent = getenv("TMPDIR");
    char path[4096];
    snprintf(path, sizeof path, "%s/ldfi-XXXXXX",
             parent == NULL || *parent == '\0' ? "/tmp" : parent);
    return mkdtemp(path) == NULL ? NULL : strdup(path);
}

static void remove_folder(char *folder)
{
    if (folder != NULL && rmdir(folder) != 0) {
        const char *const words[] = {"rm", "-rf", "--", folder, NULL};
        char *output;
        native_command(words, &output);
        lineage_memory_free(output);
    }
    free(folder);
}

bool harness_farm_run(const struct harness_farm *farm)
{
    struct state state = {.farm = farm, .folder = make_folder()};
    bool going = true;
    state.workers = lineage_memory_clear(farm->jobs * sizeof *state.workers);
    state.watched = lineage_memory_clear(farm->jobs * sizeof *state.watched);
    for (size_t i = 0; i < farm->jobs; i++)
        state.workers[i].answers = -1;
    while (going && (state.next < farm->count || state.busy > 0)) {
        for (size_t i = 0; i < farm->jobs && state.next < farm->count; i++)
            if (state.workers[i].answers < 0 && !start(&state, &state.workers[i]))
                break;
        if (state.busy == 0) /* not even one */
            going = farm->take(farm->context, state.next++,
                               harness_error_json("the machine gives no process for this search",
                                                  HARNESS_STATUS_MACHINE));
        else
            going = wait_for_workers(&state);
        going = going && (farm->interrupted == NULL || !*farm->interrupted);
    }
    for (size_t i = 0; i < farm->jobs; i++)
        end_worker(&state.workers[i]);
    remove_folder(state.folder);
    lineage_memory_free(state.workers);
    lineage_memory_free(state.watched);
    return going;
}
