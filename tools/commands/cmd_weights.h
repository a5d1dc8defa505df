/* What the commands of weights share. */
#ifndef BONAFIDE_TOOLS_COMMANDS_CMD_WEIGHTS_H
#define BONAFIDE_TOOLS_COMMANDS_CMD_WEIGHTS_H

#include "tools/run/run.h"

/* A line of the table and a key of the JSON. */
void bf_tell_text(bf_run *run, const char *label, const char *key, const char *text);

/* What the weights of a file are: name, network, tensors, sums, published file. Errors: those of feat_weights_open. */
feat_status bf_tell_weights(bf_run *run, const char *path, feat_error *err) FEAT_NODISCARD;

#endif
