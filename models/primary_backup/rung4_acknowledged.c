/* Rung 4, and that writes are acknowledged: give it where nothing is lost. */
#include "c/acknowledgement_promise.h"
#include "rung4.c"
