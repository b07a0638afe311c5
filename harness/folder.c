#include "folder.h"

#include <string.h>

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int compare(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

int harness_folder_list(const char *path, struct dirent ***entries)
{
    *entries = NULL;
    return scandir(path, entries, is_visible, compare);
}
