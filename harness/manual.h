/* The manual's page ldfi(1), out of the tables of commands and options. */
#ifndef LDFI_HARNESS_MANUAL_H
#define LDFI_HARNESS_MANUAL_H

#include <stdio.h>

/* An exit status and what it means. */
struct harness_status_text {
    int status;
    const char *meaning;
};
extern const struct harness_status_text harness_status_texts[]; /* ends with a NULL meaning */

/* Prints the page as roff with the macros of man(7). */
void harness_manual(FILE *out);

#endif
