/* Names and texts come from anywhere, and control characters in them must not reach a terminal. */
#ifndef LDFI_HARNESS_PRINTABLE_H
#define LDFI_HARNESS_PRINTABLE_H

/* Puts a question mark in place of each control character. Returns the text. */
static inline char *harness_make_printable(char *text)
{
    for (char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?';
    return text;
}

#endif
