/* Rung 5, and what it promises of its checkpoints. */
#include "c/checkpoint_promise.h"
#include "rung5.c"
