#include "git.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 512, OUTPUT_BYTES_MAX = 1 << 26 };

typedef LINEAGE_ARRAY(char) output;

/* Reads everything up to the end, with a zero behind it. */
static void read_all(int in, output *text)
{
    ssize_t count = 1;
    while (count > 0 && text->count < OUTPUT_BYTES_MAX) {
        LINEAGE_RESERVE(text, 4096);
        count = read(in, text->items + text->count, 4096);
        if (count < 0 && errno == EINTR)
            count = 0, errno = 0;
        text->count += count > 0 ? (size_t)count : 0;
    }
    LINEAGE_PUSH(text, '\0');
}

/* Runs git in a folder (NULL: the working directory); what it prints, on both outputs, is in
 * `text`. False if it failed. `arguments` ends with NULL and begins behind "git". */
static bool run_git(const char *folder, const char *const *arguments, output *text)
{
    const char *words[ARGUMENTS_MAX + 4] = {"git"};
    size_t count = 1;
    int ends[2], ended = 0;
    if (folder != NULL) {
        words[count++] = "-C";
        words[count++] = folder;
    }
    while (*arguments != NULL && count < ARGUMENTS_MAX + 3)
        words[count++] = *arguments++;
    text->count = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    fflush(NULL);
    const pid_t process = fork();
    if (process == 0) {
        const int nothing = open("/dev/null", O_RDONLY);
        dup2(nothing, STDIN_FILENO);
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        execvp("git", (char *const *)(uintptr_t)words);
        _exit(127);
    }
    close(ends[1]);
    read_all(ends[0], text);
    close(ends[0]);
    while (process > 0 && waitpid(process, &ended, 0) < 0 && errno == EINTR)
        ;
    return process > 0 && WIFEXITED(ended) && WEXITSTATUS(ended) == 0;
}

/* The first line of what git said. */
static const char *first_line(struct lineage_arena *arena, const output *text)
{
    const char *line = text->items == NULL ? "" : text->items;
    return lineage_arena_text(arena, line, strcspn(line, "\n"));
}

static bool fail(struct lineage_diagnostics *diagnostics, struct lineage_place place,
                 const char *what, const output *text)
{
    const char *why = first_line(&diagnostics->arena, text);
    lineage_error(diagnostics, place, "cannot %s: git says: %s", what,
                  why[0] != '\0' ? why : "nothing (is it installed?)");
    return false;
}

/* Takes lines of "HASH SHORT SUBJECT", the oldest first. */
static void read_commits(struct harness_history *history, const output *text)
{
    for (const char *line = text->items; *line != '\0';) {
        const size_t count = strcspn(line, "\n"), hash = strcspn(line, " ");
        if (hash < count) {
            const struct harness_commit commit = {
                .hash = lineage_arena_text(&history->arena, line, hash),
                .label = lineage_arena_text(&history->arena, line + hash + 1, count - hash - 1)};
            LINEAGE_PUSH(&history->commits, commit);
        }
        line += count + (line[count] == '\n');
    }
}

bool harness_history_read(struct harness_history *history, const char *range,
                          const char *const *files, size_t file_count, struct lineage_place place,
                          struct lineage_diagnostics *diagnostics)
{
    const char *dots = strstr(range, "..");
    const char *where[] = {"rev-parse", "--show-toplevel", NULL};
    output text = {0};
    bool is_read = false;
    if (dots == NULL || dots == range || dots[2] == '\0' || dots[2] == '.' || range[0] == '-') {
        lineage_error(diagnostics, place, "a range of commits is OLD..NEW, not '%s'", range);
    } else if (file_count > ARGUMENTS_MAX - 16) {
        lineage_error(diagnostics, place, "too many files");
    } else if (!run_git(NULL, where, &text)) {
        fail(diagnostics, place, "find the repository", &text);
    } else {
        history->root = first_line(&history->arena, &text);
        const char *old = lineage_arena_text(&history->arena, range, (size_t)(dots - range));
        const char *first[] = {"log", "-1", "--format=%H %h %s", old, "--", NULL};
        const char *rest[ARGUMENTS_MAX] = {"log", "--reverse", "--topo-order", "--format=%H %h %s",
                                           range, "--"};
        for (size_t i = 0; i < file_count; i++)
            rest[6 + i] = files[i];
        is_read = run_git(NULL, first, &text);
        if (is_read)
            read_commits(history, &text);
        is_read = is_read && run_git(NULL, rest, &text);
        if (is_read)
            read_commits(history, &text);
        else
            fail(diagnostics, place, "list the commits", &text);
    }
    lineage_memory_free(text.items);
    return is_read;
}

bool harness_history_check_out(struct harness_history *history, size_t commit,
                               struct lineage_place place, struct lineage_diagnostics *diagnostics)
{
    struct harness_commit *taken = &history->commits.items[commit];
    output text = {0};
    if (history->folder == NULL) {
        const char *temporary = getenv("TMPDIR");
        char *folder =
            lineage_arena_format(&history->arena, "%s/ldfi-bisect-XXXXXX",
                                 temporary != NULL && temporary[0] != '\0' ? temporary : "/tmp");
        if (mkdtemp(folder) == NULL) {
            lineage_error(diagnostics, place, "cannot make the folder %s: %s", folder,
                          strerror(errno));
            return false;
        }
        history->folder = folder;
    }
    const char *worktree =
        lineage_arena_format(&history->arena, "%s/%.12s", history->folder, taken->hash);
    const char *add[] = {"worktree", "add", "--detach", "--quiet", worktree, taken->hash, NULL};
    const bool is_there = run_git(history->root, add, &text);
    if (is_there)
        taken->worktree = worktree;
    else
        fail(diagnostics, place,
             lineage_arena_format(&history->arena, "check out %s", taken->label), &text);
    lineage_memory_free(text.items);
    return is_there;
}

const char *harness_history_path(struct harness_history *history, const char *file)
{
    char *real = realpath(file, NULL), *root = realpath(history->root, NULL);
    const size_t bytes = root == NULL ? 0 : strlen(root);
    const char *path = NULL;
    if (real != NULL && root != NULL && strncmp(real, root, bytes) == 0 && real[bytes] == '/')
        path = lineage_arena_text(&history->arena, real + bytes + 1, strlen(real + bytes + 1));
    free(real);
    free(root);
    return path;
}

void harness_history_free(struct harness_history *history)
{
    output text = {0};
    for (size_t i = 0; i < history->commits.count; i++) {
        const char *worktree = history->commits.items[i].worktree;
        const char *remove[] = {"worktree", "remove", "--force", worktree, NULL};
        if (worktree != NULL)
            run_git(history->root, remove, &text);
    }
    if (history->folder != NULL)
        rmdir(history->folder);
    lineage_memory_free(text.items);
    lineage_memory_free(history->commits.items);
    lineage_arena_free(&history->arena);
}
