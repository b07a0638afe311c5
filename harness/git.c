#include "git.h"

#include "printable.h"

#include "../lineage/path.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 512, OUTPUT_BYTES_MAX = 1 << 26, COMMITS_MAX = 1000, HASH_BYTES = 12 };

#define WORKTREES "/ldfi-bisect-"

typedef LINEAGE_ARRAY(char) output;

/* What git printed, each with a zero at its end. */
struct said {
    output text, errors;
};

static void forget(struct said *said)
{
    lineage_memory_free(said->text.items);
    lineage_memory_free(said->errors.items);
}

/* Reads what there is; false at the end. */
static bool read_some(int in, output *text)
{
    LINEAGE_RESERVE(text, 4096);
    const ssize_t count = read(in, text->items + text->count, 4096);
    if (count < 0)
        return errno == EINTR;
    text->count += text->count < OUTPUT_BYTES_MAX ? (size_t)count : 0;
    return count > 0;
}

/* Reads both outputs up to their ends. */
static void read_all(int out, int err, struct said *said)
{
    struct pollfd ends[] = {{.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};
    output *texts[] = {&said->text, &said->errors};
    while (ends[0].fd >= 0 || ends[1].fd >= 0) {
        if (poll(ends, 2, -1) < 0 && errno != EINTR)
            break;
        for (int i = 0; i < 2; i++)
            if (ends[i].fd >= 0 && ends[i].revents != 0 && !read_some(ends[i].fd, texts[i]))
                ends[i].fd = -1;
    }
    LINEAGE_PUSH(&said->text, '\0');
    LINEAGE_PUSH(&said->errors, '\0');
}

/* The child: git, in a process group of its own, so that Ctrl-C does not stop it halfway through a
 * checkout; what the user has set for a git that calls us (in a hook) is not meant for ours. */
static _Noreturn void become_git(const char *const *words, const int out[2], const int err[2])
{
    static const char *const theirs[] = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE",
                                         "GIT_PREFIX"};
    const int nothing = open("/dev/null", O_RDONLY);
    setpgid(0, 0);
    dup2(nothing, STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++)
        unsetenv(theirs[i]);
    setenv("LC_ALL", "C", 1);
    execvp("git", (char *const *)(uintptr_t)words);
    _exit(127);
}

/* Runs git in a folder (NULL: the working directory), without the user's hooks. False if it
 * failed. `arguments` ends with NULL and begins behind "git". */
static bool run_git(const char *folder, const char *const *arguments, struct said *said)
{
    const char *words[ARGUMENTS_MAX + 8] = {"git", "-c", "core.hooksPath=/dev/null", "-C",
                                            folder != NULL ? folder : "."};
    int out[2], err[2], ended = 0;
    for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i] != NULL; i++)
        words[5 + i] = arguments[i];
    said->text.count = said->errors.count = 0;
    if (pipe2(out, O_CLOEXEC) != 0)
        return false;
    if (pipe2(err, O_CLOEXEC) != 0) {
        close(out[0]);
        close(out[1]);
        return false;
    }
    fflush(NULL);
    const pid_t process = fork();
    if (process == 0)
        become_git(words, out, err);
    close(out[1]);
    close(err[1]);
    read_all(out[0], err[0], said);
    close(out[0]);
    close(err[0]);
    while (process > 0 && waitpid(process, &ended, 0) < 0 && errno == EINTR)
        ;
    return process > 0 && WIFEXITED(ended) && WEXITSTATUS(ended) == 0;
}

/* The first line of a text. */
static const char *first_line(struct lineage_arena *arena, const output *text)
{
    const char *line = text->items == NULL ? "" : text->items;
    return lineage_arena_text(arena, line, strcspn(line, "\n"));
}

static bool fail(struct lineage_diagnostics *diagnostics, struct lineage_place place,
                 const char *what, const struct said *said)
{
    const char *why = first_line(&diagnostics->arena, &said->errors);
    const bool is_owned =
        said->errors.items != NULL && strstr(said->errors.items, "safe.directory") != NULL;
    lineage_error(diagnostics, place, "cannot %s: git says: %s%s", what,
                  why[0] != '\0' ? why : "nothing (is it installed?)",
                  is_owned ? "; if you trust it: git config --global --add safe.directory FOLDER"
                           : "");
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
                .label = harness_make_printable(
                    lineage_arena_text(&history->arena, line + hash + 1, count - hash - 1))};
            LINEAGE_PUSH(&history->commits, commit);
        }
        line += count + (line[count] == '\n');
    }
}

/* Lists OLD and what lies between it and NEW. */
static bool list_commits(struct harness_history *history, const char *range, const char *old,
                         const char *new, const char *const *files, size_t file_count,
                         struct said *said)
{
    const char *is_behind[] = {"merge-base", "--is-ancestor", old, new, NULL};
    const char *first[] = {"-c",
                           "log.showSignature=false",
                           "log",
                           "-1",
                           "--encoding=UTF-8",
                           "--format=%H %h %s",
                           old,
                           "--",
                           NULL};
    const char *rest[ARGUMENTS_MAX] = {"-c",
                                       "log.showSignature=false",
                                       "-c",
                                       "log.follow=false",
                                       "log",
                                       "--reverse",
                                       "--first-parent",
                                       "--encoding=UTF-8",
                                       "--format=%H %h %s",
                                       range,
                                       "--"};
    for (size_t i = 0; i < file_count; i++)
        rest[11 + i] = files[i];
    if (!run_git(NULL, first, said))
        return false;
    read_commits(history, &said->text);
    if (!run_git(NULL, is_behind, said)) {
        static const char why[] = "the first commit is no ancestor of the second";
        if (said->errors.count <= 1) { /* git says nothing about it */
            said->errors.count = 0;
            for (size_t i = 0; i < sizeof why; i++)
                LINEAGE_PUSH(&said->errors, why[i]);
        }
        return false;
    }
    if (!run_git(NULL, rest, said))
        return false;
    read_commits(history, &said->text);
    return true;
}

bool harness_history_read(struct harness_history *history, const char *range,
                          const char *const *files, size_t file_count, struct lineage_place place,
                          struct lineage_diagnostics *diagnostics)
{
    const char *dots = strstr(range, "..");
    const char *where[] = {"rev-parse", "--show-toplevel", NULL};
    struct said said = {.text = {0}};
    bool is_read = false;
    if (dots == NULL || dots == range || dots[2] == '\0' || dots[2] == '.' || dots[2] == '-' ||
        range[0] == '-') {
        lineage_error(diagnostics, place, "a range of commits is OLD..NEW, not '%s'", range);
    } else if (file_count > ARGUMENTS_MAX - 16) {
        lineage_error(diagnostics, place, "too many files");
    } else if (!run_git(NULL, where, &said)) {
        fail(diagnostics, place, "find the repository", &said);
    } else {
        history->root = first_line(&history->arena, &said.text);
        const char *old = lineage_arena_text(&history->arena, range, (size_t)(dots - range));
        is_read = list_commits(history, range, old, dots + 2, files, file_count, &said) ||
                  fail(diagnostics, place, "list the commits", &said);
    }
    if (is_read && history->commits.count > COMMITS_MAX) {
        lineage_error(diagnostics, place,
                      "these are %zu commits, and %d may be searched: name the files that matter "
                      "behind --, or a shorter range",
                      history->commits.count, COMMITS_MAX);
        is_read = false;
    }
    forget(&said);
    return is_read;
}

bool harness_history_check_out(struct harness_history *history, size_t commit,
                               struct lineage_place place, struct lineage_diagnostics *diagnostics)
{
    struct harness_commit *taken = &history->commits.items[commit];
    struct said said = {.text = {0}};
    if (history->folder == NULL) {
        const char *temporary = getenv("TMPDIR");
        char *folder =
            lineage_arena_format(&history->arena, "%s" WORKTREES "XXXXXX",
                                 temporary != NULL && temporary[0] != '\0' ? temporary : "/tmp");
        if (mkdtemp(folder) == NULL) {
            lineage_error(diagnostics, place, "cannot make the folder %s: %s", folder,
                          strerror(errno));
            return false;
        }
        history->folder = lineage_path_identity(&history->arena, folder); /* absolute */
    }
    const char *worktree =
        lineage_arena_format(&history->arena, "%s/%.*s", history->folder, HASH_BYTES, taken->hash);
    const char *add[] = {"worktree", "add", "--detach", "--quiet", worktree, taken->hash, NULL};
    const bool is_there = run_git(history->root, add, &said);
    taken->worktree = worktree; /* to be removed, even where git left half of it */
    if (!is_there)
        fail(diagnostics, place,
             lineage_arena_format(&history->arena, "check out %s", taken->label), &said);
    forget(&said);
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

/* Where the path of a worktree's file begins and ends in a text: /tmp/ldfi-bisect-XXXXXX/HASH/;
 * false if there is none. Of this history or, in what was kept of it, of an earlier one. */
static bool find_worktree(const char *text, size_t *start, size_t *end)
{
    const char *folder = strstr(text, WORKTREES);
    if (folder == NULL)
        return false;
    const char *hash = strchr(folder + strlen(WORKTREES), '/');
    if (hash == NULL || strspn(hash + 1, "0123456789abcdef") != HASH_BYTES ||
        hash[1 + HASH_BYTES] != '/')
        return false;
    *end = (size_t)(hash - text) + HASH_BYTES + 2;
    *start = (size_t)(folder - text);
    while (text[0] != '/' && *start > 0 && strchr(" '\"", text[*start - 1]) == NULL)
        --*start;
    *start = text[0] == '/' ? 0 : *start;
    return true;
}

void harness_history_cut_paths(cJSON *json)
{
    size_t start, end;
    for (cJSON *item = json; item != NULL; item = item->next) {
        char *text = item->valuestring;
        while (text != NULL && find_worktree(text, &start, &end)) {
            char *path = text + start, *up;
            memmove(path, text + end, strlen(text + end) + 1);
            /* A model is named beside its scenario: scenarios/../models/m.ded. */
            while ((up = strstr(path, "/../")) != NULL) {
                char *folder = up;
                while (folder > path && folder[-1] != '/')
                    folder--;
                memmove(folder, up + 4, strlen(up + 4) + 1);
            }
        }
        harness_history_cut_paths(item->child);
    }
}

void harness_history_free(struct harness_history *history)
{
    struct said said = {.text = {0}};
    for (size_t i = 0; i < history->commits.count; i++) {
        const char *worktree = history->commits.items[i].worktree;
        const char *remove[] = {"worktree", "remove", "--force", worktree, NULL};
        if (worktree != NULL)
            run_git(history->root, remove, &said);
    }
    if (history->folder != NULL)
        rmdir(history->folder);
    forget(&said);
    lineage_memory_free(history->commits.items);
    lineage_arena_free(&history->arena);
}
