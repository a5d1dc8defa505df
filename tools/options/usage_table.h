/* The table of commands. */
#ifndef BONAFIDE_TOOLS_OPTIONS_USAGE_TABLE_H
#define BONAFIDE_TOOLS_OPTIONS_USAGE_TABLE_H

#include "tools/options/options.h"

/* NULL past the end. */
const bf_command *bf_command_at(size_t index);

/* Whether a command takes an option; every command takes --help. */
bool bf_command_takes(const bf_command *command, const bf_option *option);

/* Whether it takes any other than --help. */
bool bf_command_takes_any(const bf_command *command);

/* The command called `name` (and `verb`, NULL for none), or NULL. */
const bf_command *bf_command_find(const char *name, const char *verb);

/* Whether a name is the first word of several commands and of none alone. */
bool bf_command_is_group(const char *name);

#endif
