#include "graphviz.h"

#include "budget.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PICTURE_BYTES_MAX = 1 << 28, ERROR_BYTES_MAX = 200, POLL_NANOSECONDS = 5000000 };

/* The program's standard files: all lie in memory, so that nobody waits for anybody. */
struct files {
    int in, out, errors;
};

static bool open_files(struct files *files, const char *graph)
{
    files->in = memfd_create("graph", MFD_CLOEXEC);
    files->out = memfd_create("picture", MFD_CLOEXEC);
    files->errors = memfd_create("errors", MFD_CLOEXEC);
    if (files->in < 0 || files->out < 0 || files->errors < 0)
        return false;
    for (size_t left = strlen(graph); left > 0;) {
        const ssize_t written = write(files->in, graph, left);
        if (written < 0 && errno != EINTR)
            return false;
        graph += written > 0 ? written : 0;
        left -= written > 0 ? (size_t)written : 0;
    }
    return lseek(files->in, 0, SEEK_SET) == 0;
}

static void close_files(const struct files *files)
{
    const int all[] = {files->in, files->out, files->errors};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] >= 0)
            close(all[i]);
}

/* Reads a file from its start, with a zero behind it; at most `bytes_max`. */
static char *read_all(int file, size_t bytes_max)
{
    const off_t end = lseek(file, 0, SEEK_END);
    const size_t bytes = end < 0 ? 0 : (size_t)end < bytes_max ? (size_t)end : bytes_max;
    char *text = lineage_memory_resize(NULL, bytes + 1);
    size_t count = 0;
    while (count < bytes) {
        const ssize_t got = pread(file, text + count, bytes - count, (off_t)count);
        if (got <= 0)
            break;
        count += (size_t)got;
    }
    text[count] = '\0';
    return text;
}

/* The child: Graphviz, in a process group of its own. */
static _Noreturn void become(const char *layout, const struct files *files)
{
    const struct rlimit size = {PICTURE_BYTES_MAX, PICTURE_BYTES_MAX};
    setpgid(0, 0);
    setrlimit(RLIMIT_FSIZE, &size);
    dup2(files->in, STDIN_FILENO);
    dup2(files->out, STDOUT_FILENO);
    dup2(files->errors, STDERR_FILENO);
    setenv("LC_ALL", "C.UTF-8", 1);
    if (strcmp(layout, "neato") == 0) /* all positions are given */
        execlp(layout, layout, "-n", "-Tsvg", (char *)NULL);
    else
        execlp(layout, layout, "-Tsvg", (char *)NULL);
    _exit(127);
}

/* Waits until the process ends, kills it when the time is over; its status, -1: it was killed. */
static int wait_for(pid_t process, double seconds, const volatile sig_atomic_t *interrupted)
{
    const double end = harness_seconds() + seconds;
    const struct timespec pause = {.tv_nsec = POLL_NANOSECONDS};
    int status = -1;
    bool kills = false;
    for (;;) {
        const pid_t ended = waitpid(process, &status, kills ? 0 : WNOHANG);
        if (ended == process || (ended < 0 && errno != EINTR))
            return kills || ended < 0 ? -1 : status;
        if (!kills && (*interrupted || harness_seconds() > end)) {
            kills = true;
            kill(-process, SIGKILL);
            kill(process, SIGKILL);
        } else if (!kills) {
            nanosleep(&pause, NULL);
        }
    }
}

/* What the program's end means; NULL: it drew. */
static const char *why_not(const char *layout, int status, const struct files *files,
                           double seconds, struct lineage_arena *arena)
{
    if (status == -1)
        return lineage_arena_format(arena,
                                    "the program %s (Graphviz) was stopped after %g s; export the "
                                    "graph with --dot, or the lineage of one FACT",
                                    layout, seconds);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return lineage_arena_format(arena,
                                    "the program %s is not installed; on Debian: apt-get install "
                                    "graphviz",
                                    layout);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return NULL;
    char *errors = read_all(files->errors, ERROR_BYTES_MAX);
    const char *why = lineage_arena_format(arena, "the program %s (Graphviz) failed: %.*s", layout,
                                           (int)strcspn(errors, "\n"), errors);
    lineage_memory_free(errors);
    return why;
}

const char *harness_graphviz(const char *layout, const char *graph, double seconds,
                             const volatile sig_atomic_t *interrupted, struct lineage_arena *arena,
                             char **svg)
{
    struct files files;
    const char *why = "the machine has no room for a picture";
    *svg = NULL;
    if (open_files(&files, graph)) {
        fflush(NULL);
        const pid_t process = fork();
        if (process == 0)
            become(layout, &files);
        if (process > 0)
            why = why_not(layout, wait_for(process, seconds, interrupted), &files, seconds, arena);
        if (why == NULL)
            *svg = read_all(files.out, PICTURE_BYTES_MAX);
    }
    close_files(&files);
    return why;
}
