/* Features as the network computes them. */
#ifndef BONAFIDE_TOOLS_RUN_SOURCE_NETWORK_H
#define BONAFIDE_TOOLS_RUN_SOURCE_NETWORK_H

#include "tools/run/run.h"

/* Of the run's network, which is loaded when weights are first asked for. Sets may be frames on standard input. */
bf_feature_source bf_source_network(bf_run *run);

#endif
