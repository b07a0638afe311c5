#include "dot.h"

#include "budget.h"

#include "../lineage/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_BYTES_MAX = 1 << 26, READ_BYTES = 1 << 16, NOT_THERE = 127 };

typedef LINEAGE_ARRAY(char) output;

/* A file in memory that holds the text: a reader that dies early cannot harm its writer. -1: there
 * is none. */
static int file_of(const char *text)
{
    const int file = memfd_create("graphs", MFD_CLOEXEC);
    size_t left = strlen(text);
    while (file >= 0 && left > 0) {
        const ssize_t written = write(file, text, left);
        if (written < 0 && errno != EINTR) {
            close(file);
            return -1;
        }
        if (written > 0) {
            text += written;
            left -= (size_t)written;
        }
    }
    if (file >= 0)
        lseek(file, 0, SEEK_SET);
    return file;
}

static _Noreturn void become_dot(int in, int out)
{
    const int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    execlp("dot", "dot", "-Tplain", (char *)NULL);
    _exit(NOT_THERE);
}

/* Reads up to the end, or the end of time; false if that came first. */
static bool read_all(int in, double end_seconds, output *text)
{
    struct pollfd end = {.fd = in, .events = POLLIN};
    for (;;) {
        const double left = end_seconds - harness_seconds();
        if (left <= 0 || text->count > OUTPUT_BYTES_MAX)
            return false;
        if (poll(&end, 1, (int)(left * 1000) + 1) <= 0)
            continue;
        LINEAGE_RESERVE(text, READ_BYTES);
        const ssize_t count = read(in, text->items + text->count, READ_BYTES);
        if (count == 0 || (count < 0 && errno != EINTR))
            return true;
        text->count += count > 0 ? (size_t)count : 0;
    }
}

/* Waits for the process; says what is wrong with its end. */
static const char *ended(pid_t process, bool is_in_time)
{
    int status = 0;
    if (!is_in_time)
        kill(process, SIGKILL);
    while (waitpid(process, &status, 0) < 0 && errno == EINTR)
        ;
    if (!is_in_time)
        return "dot took too long";
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE)
        return "Graphviz's dot is not installed";
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? NULL : "dot failed";
}

char *harness_dot(const char *graphs, double seconds_max, const char **why)
{
    output text = {.count = 0};
    int out[2];
    *why = "dot could not be started";
    const int in = file_of(graphs);
    if (in >= 0 && pipe2(out, O_CLOEXEC) == 0) {
        fflush(NULL);
        const pid_t process = fork();
        if (process == 0)
            become_dot(in, out[1]);
        close(out[1]);
        if (process > 0)
            *why = ended(process, read_all(out[0], harness_seconds() + seconds_max, &text));
        close(out[0]);
    }
    if (in >= 0)
        close(in);
    LINEAGE_PUSH(&text, '\0');
    return text.items;
}
