/* B4: a new primary does not fill the holes in its log. */
#define REPLACES_FILL_HOLES
#include "../rung5.c"

static void fill_holes(struct ldfi_node *node)
{
    (void)node;
}
