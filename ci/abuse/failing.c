/* A machine that fails, or is small: preloaded into a program (LD_PRELOAD), it counts the program's
 * calls for memory, or its calls that write, and lets one of them fail.
 *
 *   LDFI_FAIL=memory        malloc, calloc, realloc
 *   LDFI_FAIL=write         write, pwrite, fsync, fdatasync, ftruncate, open for making a file
 *   LDFI_FAIL_AT=N          the N-th such call fails, counted from 1
 *   LDFI_FAIL_HOW=once      ... that one alone (memory)
 *                 onwards   ... and all that follow (memory)
 *                 enospc, eio    ... with this error (write)
 *                 short     ... writes half of what it should; the call that follows works (write)
 *                 full      ... writes half of what it should, and all that follow fail (write)
 *   LDFI_FAIL_COUNT=FILE    writes the number of calls there when the program ends
 *   LDFI_MACHINE=N          /proc/meminfo tells of N megabytes of memory, less what the program
 * holds
 *
 * What a program prints through stdio is written inside the C library, which no preloaded function
 * sees. So standard output, and files that are opened to be written, become streams whose writing
 * is done here. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum what { NOTHING, MEMORY, WRITE };
enum how { ONCE, ONWARDS, NO_SPACE, BROKEN, SHORT, FULL };

static struct {
    enum what what;
    enum how how;
    long at;
    const char *count_path;
    long megabytes;
} plan;

static atomic_long calls;

/* How this call is to end. */
enum fate { WORKS, FAILS, HALF };

static enum fate count(enum what what)
{
    if (plan.what != what)
        return WORKS;
    const long call = atomic_fetch_add(&calls, 1) + 1;
    if (plan.at == 0 || call < plan.at)
        return WORKS;
    if (plan.how == ONWARDS || (plan.how == FULL && call > plan.at))
        return FAILS;
    if (call > plan.at)
        return WORKS;
    return plan.how == SHORT || plan.how == FULL ? HALF : FAILS;
}

/* The C library has its own names for what its functions are given.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

/* ---- memory ---- */

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *block, size_t bytes);

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

void *malloc(size_t bytes)
{
    return count(MEMORY) == WORKS ? __libc_malloc(bytes) : no_memory();
}

void *calloc(size_t items, size_t bytes)
{
    return count(MEMORY) == WORKS ? __libc_calloc(items, bytes) : no_memory();
}

void *realloc(void *block, size_t bytes)
{
    return count(MEMORY) == WORKS ? __libc_realloc(block, bytes) : no_memory();
}

/* ---- writing ---- */

static int no_room(void)
{
    errno = plan.how == BROKEN ? EIO : ENOSPC;
    return -1;
}

ssize_t write(int file, const void *bytes, size_t size)
{
    const enum fate fate = file == STDERR_FILENO ? WORKS : count(WRITE);
    if (fate == FAILS || (fate == HALF && size < 2))
        return no_room();
    return syscall(SYS_write, file, bytes, fate == HALF ? size / 2 : size);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset)
{
    const enum fate fate = count(WRITE);
    if (fate == FAILS || (fate == HALF && size < 2))
        return no_room();
    return syscall(SYS_pwrite64, file, bytes, fate == HALF ? size / 2 : size, offset);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset)
{
    return pwrite64(file, bytes, size, offset);
}

int fsync(int file)
{
    return count(WRITE) == WORKS ? (int)syscall(SYS_fsync, file) : no_room();
}

int fdatasync(int file)
{
    return count(WRITE) == WORKS ? (int)syscall(SYS_fdatasync, file) : no_room();
}

int ftruncate64(int file, off64_t size)
{
    return count(WRITE) == WORKS ? (int)syscall(SYS_ftruncate, file, size) : no_room();
}

int ftruncate(int file, off_t size)
{
    return ftruncate64(file, size);
}

static int open_file(const char *path, int flags, mode_t mode)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

/* Pages that the program holds. */
static long pages_held(void)
{
    char text[64] = "";
    const int file = open_file("/proc/self/statm", O_RDONLY, 0);
    const ssize_t bytes = read(file, text, sizeof text - 1);
    close(file);
    const char *resident = bytes > 0 ? strchr(text, ' ') : NULL;
    return resident != NULL ? atol(resident) : 0;
}

/* /proc/meminfo of a small machine. */
static int open_meminfo(void)
{
    char text[64];
    const long held = pages_held() * (sysconf(_SC_PAGESIZE) / 1024);
    const long left = plan.megabytes * 1024 > held ? plan.megabytes * 1024 - held : 0;
    const int bytes = snprintf(text, sizeof text, "MemAvailable: %ld kB\n", left);
    const int file = memfd_create("meminfo", MFD_CLOEXEC);
    syscall(SYS_write, file, text, bytes);
    lseek(file, 0, SEEK_SET);
    return file;
}

int open64(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    if (plan.megabytes > 0 && strcmp(path, "/proc/meminfo") == 0)
        return open_meminfo();
    if ((flags & O_CREAT) != 0 && count(WRITE) != WORKS)
        return no_room();
    return open_file(path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open64(path, flags, mode);
}

/* ---- streams whose writing is seen ---- */

/* As the C library does it: what a short write leaves is written next. */
static ssize_t write_all(void *cookie, const char *bytes, size_t size)
{
    const int file = (int)(intptr_t)cookie;
    for (size_t done = 0; done < size;) {
        const ssize_t written = write(file, bytes + done, size - done);
        if (written <= 0)
            return 0;
        done += (size_t)written;
    }
    return (ssize_t)size;
}

static int close_file(void *cookie)
{
    return close((int)(intptr_t)cookie);
}

static FILE *stream_of(int file)
{
    const cookie_io_functions_t functions = {.write = write_all, .close = close_file};
    return fopencookie((void *)(intptr_t)file, "w", functions);
}

FILE *fopen64(const char *path, const char *mode)
{
    FILE *(*real)(const char *, const char *) =
        (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen64");
    if (plan.what != WRITE || strchr(mode, 'w') == NULL)
        return real(path, mode);
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return file < 0 ? NULL : stream_of(file);
}

FILE *fopen(const char *path, const char *mode)
{
    return fopen64(path, mode);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

/* ---- beginning and end ---- */

static long read_word(const char *word, const char *const *words)
{
    long i = 0;
    while (words[i] != NULL && (word == NULL || strcmp(word, words[i]) != 0))
        i++;
    return words[i] != NULL ? i : 0;
}

__attribute__((constructor)) static void begin(void)
{
    static const char *const whats[] = {"", "memory", "write", NULL};
    static const char *const hows[] = {"once", "onwards", "enospc", "eio", "short", "full", NULL};
    const char *at = getenv("LDFI_FAIL_AT"), *megabytes = getenv("LDFI_MACHINE");
    plan.megabytes = megabytes != NULL ? atol(megabytes) : 0;
    plan.count_path = getenv("LDFI_FAIL_COUNT");
    plan.how = (enum how)read_word(getenv("LDFI_FAIL_HOW"), hows);
    const enum what what = (enum what)read_word(getenv("LDFI_FAIL"), whats);
    if (what == WRITE)
        stdout = stream_of(STDOUT_FILENO);
    plan.at = at != NULL ? atol(at) : 0;
    plan.what = what;
}

__attribute__((destructor)) static void end(void)
{
    char text[32];
    if (plan.count_path == NULL)
        return;
    plan.what = NOTHING;
    const int bytes = snprintf(text, sizeof text, "%ld\n", atomic_load(&calls));
    const int file = open(plan.count_path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file >= 0 && write(file, text, (size_t)bytes) != bytes)
        _exit(127);
}
