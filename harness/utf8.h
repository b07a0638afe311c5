/* Names may hold any bytes; what JSON and XML hold may not. */
#ifndef LDFI_HARNESS_UTF8_H
#define LDFI_HARNESS_UTF8_H

/* Puts a question mark in place of each byte that belongs to no character of UTF-8 (RFC 3629). */
void harness_make_valid(char *text);

#endif
