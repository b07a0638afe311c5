#include "lexer.h"

#include <string.h>

void ded_lexer_start(struct ded_lexer *lexer, const struct lineage_source *source,
                     struct lineage_diagnostics *diagnostics)
{
    *lexer = (struct ded_lexer){source, source->text, {source, 1, 1}, diagnostics};
}

static void advance(struct ded_lexer *lexer, size_t bytes)
{
    for (; bytes > 0; bytes--, lexer->at++) {
        lexer->place.column++;
        if (*lexer->at == '\n') {
            lexer->place.line++;
            lexer->place.column = 1;
        }
    }
}

/* White space and comments; false at a comment that never ends. */
static bool skip_space(struct ded_lexer *lexer)
{
    for (;;) {
        const size_t blanks = strspn(lexer->at, " \t\r\n\f\v");
        if (blanks > 0) {
            advance(lexer, blanks);
        } else if (strncmp(lexer->at, "//", 2) == 0) {
            advance(lexer, strcspn(lexer->at, "\n"));
        } else if (strncmp(lexer->at, "/*", 2) == 0) {
            const char *end = strstr(lexer->at + 2, "*/");
            if (end == NULL)
                return false;
            advance(lexer, (size_t)(end + 2 - lexer->at));
        } else {
            return true;
        }
    }
}

static size_t name_bytes(const char *text)
{
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._?");
}

static size_t symbol_bytes(const char *text)
{
    static const char *const symbols[] = {":-", "==", "!=", "<=", ">=", "(", ")", ",",
                                          ";",  "@",  "<",  ">",  "+",  "-", "*", "/"};
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
        if (strncmp(text, symbols[i], strlen(symbols[i])) == 0)
            return strlen(symbols[i]);
    return 0;
}

static bool read_integer(const char *text, size_t bytes, int64_t *integer)
{
    *integer = 0;
    for (size_t i = 0; i < bytes; i++)
        if (__builtin_mul_overflow(*integer, 10, integer) ||
            __builtin_add_overflow(*integer, text[i] - '0', integer))
            return false;
    return true;
}

static void read_word(struct ded_lexer *lexer, struct ded_token *token)
{
    token->kind = DED_TOKEN_NAME;
    if (strspn(token->text, "0123456789") < token->bytes)
        return;
    token->kind = DED_TOKEN_INTEGER;
    if (!read_integer(token->text, token->bytes, &token->integer)) {
        lineage_error(lexer->diagnostics, token->place,
                      "this integer does not fit in 64 bits; the largest is 9223372036854775807");
        token->integer = 0;
    }
}

static void read_string(struct ded_lexer *lexer, struct ded_token *token)
{
    const char *end = strchr(token->text + 1, '"');
    if (end == NULL) {
        lineage_error(lexer->diagnostics, token->place,
                      "this string never ends; add a closing quote");
        token->kind = DED_TOKEN_BAD;
        token->bytes = strlen(token->text);
        advance(lexer, token->bytes);
        return;
    }
    advance(lexer, (size_t)(end + 1 - token->text));
    token->kind = DED_TOKEN_STRING;
    token->text++;
    token->bytes = (size_t)(end - token->text);
}

static void read_bad(struct ded_lexer *lexer, struct ded_token *token)
{
    const unsigned char byte = (unsigned char)*token->text;
    if (byte == '=' && token->text[1] == '>')
        lineage_error(lexer->diagnostics, token->place, "'=>' is no operator; did you mean '>='?");
    else if (byte == '\'')
        lineage_error(lexer->diagnostics, token->place, "strings take double quotes");
    else if (byte == '=')
        lineage_error(lexer->diagnostics, token->place, "'=' is no operator; did you mean '=='?");
    else if (byte == '!')
        lineage_error(lexer->diagnostics, token->place,
                      "'!' is no operator; write notin for negation, != for unequal");
    else if (byte == ':')
        lineage_error(lexer->diagnostics, token->place,
                      "':' alone means nothing; did you mean ':-'?");
    else if (byte > ' ' && byte < 0x7f)
        lineage_error(lexer->diagnostics, token->place, "'%c' means nothing here", byte);
    else
        lineage_error(lexer->diagnostics, token->place,
                      "byte 0x%02x means nothing outside strings and comments", byte);
    token->kind = DED_TOKEN_BAD;
    /* All bytes of one UTF-8 character are one mistake. */
    token->bytes = 1;
    while (byte >= 0xc0 && ((unsigned char)token->text[token->bytes] & 0xc0) == 0x80)
        token->bytes++;
    advance(lexer, token->bytes);
}

struct ded_token ded_lexer_next(struct ded_lexer *lexer)
{
    const bool closed = skip_space(lexer);
    struct ded_token token = {.place = lexer->place, .text = lexer->at};
    token.offset = (size_t)(lexer->at - lexer->source->text);
    if (!closed) {
        lineage_error(lexer->diagnostics, token.place, "this comment never ends; close it with */");
        advance(lexer, strlen(lexer->at));
    } else if (*lexer->at == '\0') {
        token.kind = DED_TOKEN_END;
    } else if (*lexer->at == '"') {
        read_string(lexer, &token);
    } else if ((token.bytes = name_bytes(lexer->at)) > 0) {
        read_word(lexer, &token);
        advance(lexer, token.bytes);
    } else if ((token.bytes = symbol_bytes(lexer->at)) > 0) {
        token.kind = DED_TOKEN_SYMBOL;
        advance(lexer, token.bytes);
    } else {
        read_bad(lexer, &token);
    }
    return token;
}

bool ded_token_is(const struct ded_token *token, const char *text)
{
    return (token->kind == DED_TOKEN_SYMBOL || token->kind == DED_TOKEN_NAME) &&
           token->bytes == strlen(text) && memcmp(token->text, text, token->bytes) == 0;
}
