#include "machine.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_BYTES = 1 << 13 };

/* The beginning of a file, as a text; false if there is none. Nothing is allocated: this is called
 * when there may be no memory. */
static bool read_text(const char *path, char text[TEXT_BYTES])
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    size_t bytes = 0;
    ssize_t got = file < 0 ? -1 : 1;
    while (got > 0 && bytes < TEXT_BYTES - 1) {
        got = read(file, text + bytes, TEXT_BYTES - 1 - bytes);
        bytes += got > 0 ? (size_t)got : 0;
    }
    if (file >= 0)
        close(file);
    text[bytes] = '\0';
    return got >= 0;
}

/* The number behind a word that starts a line, or in the first line for the word "". */
static size_t number_behind(const char *text, const char *word, size_t otherwise)
{
    const size_t bytes = strlen(word);
    while (text != NULL && strncmp(text, word, bytes) != 0) {
        text = strchr(text, '\n');
        text += text != NULL;
    }
    if (text == NULL)
        return otherwise;
    text += bytes + strspn(text + bytes, ": \t");
    return text[0] >= '0' && text[0] <= '9' ? (size_t)strtoull(text, NULL, 10) : otherwise;
}

static size_t number_in(const char *folder, const char *name, const char *word, size_t otherwise)
{
    char path[PATH_MAX], text[TEXT_BYTES];
    const int bytes = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (bytes < 0 || (size_t)bytes >= sizeof path || !read_text(path, text))
        return otherwise;
    return number_behind(text, word, otherwise);
}

size_t harness_memory_in_use(void)
{
    char text[TEXT_BYTES];
    if (!read_text("/proc/self/statm", text))
        return 0;
    const char *resident = strchr(text, ' '); /* behind the size of all that is mapped */
    return resident == NULL ? 0
                            : (size_t)strtoull(resident, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

/* What the files of a control group are called. */
struct names {
    const char *mount, *limit, *usage, *reclaimable;
};
static const struct names version_1 = {"/sys/fs/cgroup/memory", "memory.limit_in_bytes",
                                       "memory.usage_in_bytes", "total_inactive_file"};
static const struct names version_2 = {"/sys/fs/cgroup", "memory.max", "memory.current",
                                       "inactive_file"};

/* What one group leaves: files that were read and can be read again do not count. */
static size_t left_in_group(const char *folder, const struct names *names)
{
    const size_t limit = number_in(folder, names->limit, "", SIZE_MAX);
    if (limit == SIZE_MAX)
        return SIZE_MAX;
    const size_t usage = number_in(folder, names->usage, "", 0);
    const size_t reclaimable = number_in(folder, "memory.stat", names->reclaimable, 0);
    const size_t held = usage > reclaimable ? usage - reclaimable : 0;
    return limit > held ? limit - held : 0;
}

/* The least that a group and those above it leave. In a container the path may be one of outside;
 * what is mounted is the container's own group then. */
static size_t left_in_groups(const char *root, const char *group, const struct names *names)
{
    char path[PATH_MAX];
    size_t least = SIZE_MAX;
    const int mount_bytes = snprintf(path, sizeof path, "%s%s", root, names->mount);
    const int bytes = snprintf(path, sizeof path, "%s%s%s", root, names->mount, group);
    if (mount_bytes < 0 || bytes < 0 || (size_t)bytes >= sizeof path)
        return SIZE_MAX;
    for (;;) {
        const size_t left = left_in_group(path, names);
        least = left < least ? left : least;
        char *slash = strrchr(path, '/');
        if (slash == NULL || slash - path < mount_bytes)
            return least;
        *slash = '\0';
    }
}

size_t harness_memory_available(const char *root)
{
    char text[TEXT_BYTES], path[PATH_MAX];
    snprintf(path, sizeof path, "%s/proc", root);
    size_t least = SIZE_MAX;
    const size_t kilobytes = number_in(path, "meminfo", "MemAvailable", SIZE_MAX);
    if (kilobytes < SIZE_MAX / 1024)
        least = kilobytes * 1024;
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    if (!read_text(path, text))
        return least;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        const char *controllers = strchr(line, ':');
        char *group = controllers == NULL ? NULL : strchr(controllers + 1, ':');
        if (group == NULL)
            continue;
        *group++ = '\0'; /* number:controllers:path */
        const bool is_second = controllers[1] == '\0';
        if (!is_second && strcmp(controllers + 1, "memory") != 0)
            continue;
        const size_t left = left_in_groups(root, group, is_second ? &version_2 : &version_1);
        least = left < least ? left : least;
    }
    return least;
}

size_t harness_count_cores(void)
{
    cpu_set_t cores;
    return sched_getaffinity(0, sizeof cores, &cores) == 0 ? (size_t)CPU_COUNT(&cores) : 1;
}

struct harness_share harness_share_machine(size_t jobs, size_t tasks)
{
    const size_t available = harness_memory_available("");
    struct harness_share share = {.processes = jobs > 0 ? jobs : 1, .threads = 1};
    if (tasks > 0 && tasks < share.processes) {
        /* Processes that would have nothing to do are threads of the others. */
        share.threads = share.processes / tasks;
        share.processes = tasks;
    }
    share.memory_max = available == SIZE_MAX ? 0 : available / 4 * 3 / share.processes;
    return share;
}
