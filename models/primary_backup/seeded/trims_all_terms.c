/* B9: what lies behind the new primary's tail is deleted whatever its term, also what that primary
 * has written in the meantime. */
#define REPLACES_IS_LEFT_OVER
#include "../rung5.c"

static bool is_left_over(const struct ldfi_row *entry, int64_t tail, int64_t term)
{
    (void)term;
    return ldfi_key_integer(entry, 0) > tail;
}
