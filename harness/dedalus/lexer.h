/* Splits Dedalus text into tokens. */
#ifndef LDFI_DEDALUS_LEXER_H
#define LDFI_DEDALUS_LEXER_H

#include "../../lineage/diagnostic.h"

enum ded_token_kind {
    DED_TOKEN_END,
    DED_TOKEN_NAME,
    DED_TOKEN_INTEGER,
    DED_TOKEN_STRING,
    DED_TOKEN_SYMBOL, /* ( ) , ; @ :- == != < > <= >= + - * / */
    DED_TOKEN_BAD,    /* reported; its text is to be skipped */
};

struct ded_token {
    enum ded_token_kind kind;
    struct lineage_place place;
    const char *text; /* points into the source; of a string, behind the quote */
    size_t bytes;
    size_t offset; /* of the token's first byte in the source */
    int64_t integer;
};

struct ded_lexer {
    const struct lineage_source *source;
    const char *at;
    struct lineage_place place;
    struct lineage_diagnostics *diagnostics;
};

void ded_lexer_start(struct ded_lexer *lexer, const struct lineage_source *source,
                     struct lineage_diagnostics *diagnostics);

/* The next token. What is no token is reported once and returned as DED_TOKEN_BAD. */
struct ded_token ded_lexer_next(struct ded_lexer *lexer);

/* Is the token this symbol or word? */
bool ded_token_is(const struct ded_token *token, const char *text);

#endif
