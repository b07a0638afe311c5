/* Rung 4 without the tail: new primaries overwrite, and nothing is ever deleted. It repairs figure
 * 3
 * ("Growing a protocol", section 4.3.1), and the bug of rung 1 is back. */
#define TRIMS false
#include "rung4.c"
