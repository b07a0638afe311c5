/* What is in a folder. */
#ifndef LDFI_HARNESS_FOLDER_H
#define LDFI_HARNESS_FOLDER_H

#include <dirent.h>

/* Lists what a folder holds and does not hide, in the order of the names' bytes, whatever the
 * locale. Returns how many there are; -1: errno says why. The caller frees each and the list
 * (scandir). */
int harness_folder_list(const char *path, struct dirent ***entries);

#endif
