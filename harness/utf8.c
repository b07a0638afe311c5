#include "utf8.h"

#include <stdbool.h>
#include <stddef.h>

/* How many bytes the UTF-8 character at `text` has; 0 if there is none (RFC 3629). */
static size_t character_bytes(const unsigned char *text)
{
    if (text[0] < 0x80)
        return 1;
    const size_t bytes = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    if (text[0] < 0xc2 || text[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < bytes; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    const bool is_overlong =
        (text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90);
    const bool is_none = (text[0] == 0xed && text[1] > 0x9f) || (text[0] == 0xf4 && text[1] > 0x8f);
    return is_overlong || is_none ? 0 : bytes;
}

void harness_make_valid(char *text)
{
    while (*text != '\0') {
        const size_t bytes = character_bytes((const unsigned char *)text);
        if (bytes == 0)
            *text = '?';
        text += bytes == 0 ? 1 : bytes;
    }
}
