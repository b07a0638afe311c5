#include "fuzz.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_MAX = 64, NAME_BYTES_MAX = 96 };

struct file {
    char name[NAME_BYTES_MAX];
    char *text;
    size_t bytes;
};

static struct {
    bool is_open;
    char *text;
    struct file items[FILES_MAX];
    size_t count;
} files;

/* The wrapped functions have names that the linker prescribes. */
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__real_fopen(const char *path, const char *mode);
char *__wrap_realpath(const char *path, char *resolved);
char *__real_realpath(const char *path, char *resolved);
int __wrap_stat(const char *path, struct stat *status);
int __real_stat(const char *path, struct stat *status);

static const struct file *find(const char *path)
{
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    for (size_t i = 0; i < files.count; i++)
        if (strcmp(files.items[i].name, path) == 0)
            return &files.items[i];
    errno = ENOENT;
    return NULL;
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
    if (!files.is_open)
        return __real_fopen(path, mode);
    const struct file *file = find(path);
    if (file == NULL)
        return NULL;
    /* fmemopen takes no empty buffer. */
    return file->bytes > 0 ? fmemopen(file->text, file->bytes, "r")
                           : __real_fopen("/dev/null", "r");
}

char *__wrap_realpath(const char *path, char *resolved)
{
    if (!files.is_open)
        return __real_realpath(path, resolved);
    const struct file *file = find(path);
    return file != NULL ? strdup(file->name) : NULL;
}

int __wrap_stat(const char *path, struct stat *status)
{
    if (!files.is_open)
        return __real_stat(path, status);
    *status = (struct stat){.st_mode = S_IFREG | 0444};
    return find(path) != NULL ? 0 : -1;
}

static struct file *add_file(const char *name, size_t bytes)
{
    struct file *file = &files.items[files.count++];
    *file = (struct file){.text = NULL};
    memcpy(file->name, name, bytes < NAME_BYTES_MAX ? bytes : NAME_BYTES_MAX - 1);
    return file;
}

const char *fuzz_files_open(const uint8_t *data, size_t size)
{
    files.text = malloc(size + 1);
    if (size > 0)
        memcpy(files.text, data, size);
    files.text[size] = '\0';
    files.count = 0;
    struct file *file = add_file("main", strlen("main"));
    file->text = files.text;
    for (char *line = files.text; line < files.text + size;) {
        char *end = memchr(line, '\n', size - (size_t)(line - files.text));
        char *next = end != NULL ? end + 1 : files.text + size;
        const bool starts = strncmp(line, "//// ", 5) == 0 && files.count < FILES_MAX;
        if (starts) {
            file->bytes = (size_t)(line - file->text);
            file = add_file(line + 5, (size_t)((end != NULL ? end : next) - line - 5));
            file->text = next;
        }
        line = next;
    }
    file->bytes = size - (size_t)(file->text - files.text);
    files.is_open = true;
    return files.items[0].name;
}

void fuzz_files_close(void)
{
    files.is_open = false;
    free(files.text);
    files.text = NULL;
}

FILE *fuzz_nowhere(void)
{
    static FILE *nowhere;
    if (nowhere == NULL)
        nowhere = __real_fopen("/dev/null", "w");
    return nowhere;
}
