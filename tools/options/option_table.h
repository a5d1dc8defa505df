/* The table of options. */
#ifndef BONAFIDE_OPTION_TABLE_H
#define BONAFIDE_OPTION_TABLE_H

#include "tools/options/options.h"

/* By number; NULL past the end. */
const bf_option *bf_option_at(size_t index);

/* What may follow an option of this command: option->values, but for the few commands where it is something else. */
const char *bf_option_values(const bf_command *command, const bf_option *option);

/* Whether the value of an option can change a result; else it only says where from, where to, or how fast. */
bool bf_option_shapes_result(bf_option_id id);

#endif
