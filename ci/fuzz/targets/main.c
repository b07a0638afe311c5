/* Feeds files to a target, once each: so the corpus is tested without libFuzzer, too. */
#include "fuzz.h"

#include <stdlib.h>

static int feed(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    size_t count = 0;
    if (file == NULL) {
        perror(path);
        return 1;
    }
    fseek(file, 0, SEEK_END);
    const long end = ftell(file);
    rewind(file);
    if (end >= 0)
        bytes = malloc((size_t)end + 1);
    if (bytes != NULL)
        count = fread(bytes, 1, (size_t)end, file);
    const int failed = bytes == NULL || ferror(file) != 0;
    fclose(file);
    if (!failed)
        LLVMFuzzerTestOneInput(bytes, count);
    free(bytes);
    return failed;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        printf("%s\n", argv[i]); /* the last one named is the one that crashed */
        fflush(stdout);
        if (feed(argv[i]) != 0)
            return 1;
    }
    printf("%d inputs\n", argc - 1);
    return argc > 1 ? 0 : 1;
}
