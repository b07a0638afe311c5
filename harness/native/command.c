#include "command.h"

#include "../../lineage/memory.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_BYTES_MAX = 1 << 22 };

static char *read_all(int file)
{
    const off_t end = lseek(file, 0, SEEK_END);
    const size_t bytes = end < 0                  ? 0
                         : end < OUTPUT_BYTES_MAX ? (size_t)end
                                                  : (size_t)OUTPUT_BYTES_MAX;
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

/* What it prints goes to a file in memory, so that it never waits for a reader. */
int native_command(const char *const *words, char **output)
{
    posix_spawn_file_actions_t actions;
    pid_t process = 0;
    int ended = 0;
    const int file = memfd_create("output", MFD_CLOEXEC);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
    posix_spawn_file_actions_adddup2(&actions, file, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, file, STDERR_FILENO);
    const int error =
        file < 0 ? errno
                 : posix_spawnp(&process, words[0], &actions, NULL, (char *const *)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    while (error == 0 && waitpid(process, &ended, 0) < 0 && errno == EINTR)
        ;
    *output = file < 0 ? lineage_memory_clear(1) : read_all(file);
    if (file >= 0)
        close(file);
    if (error != 0)
        return 127;
    return WIFSIGNALED(ended) ? 128 + WTERMSIG(ended) : WEXITSTATUS(ended);
}
