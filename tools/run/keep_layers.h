/* Features of images become rows or sums in the layers of their side. */
#ifndef BONAFIDE_TOOLS_RUN_KEEP_LAYERS_H
#define BONAFIDE_TOOLS_RUN_KEEP_LAYERS_H

#include "tools/run/run.h"

bf_keeper bf_keep_layers(bf_run *run);

#endif
