/* Frechet distances: what is printed of one draw. */
#include "bench/errors.h"

const errors_metric errors_frechet[] = {{.name = NULL}};
