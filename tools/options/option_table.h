/* The table of options. */
#ifndef BONAFIDE_TOOLS_OPTIONS_OPTION_TABLE_H
#define BONAFIDE_TOOLS_OPTIONS_OPTION_TABLE_H

#include "tools/options/options.h"

/* By number; NULL past the end. */
const bf_option *bf_option_at(size_t index);

/* What may follow an option of this command (NULL: of most), and what the option does. `to` is room for a text that is
 * made of the rows of another table; what is returned may be `to` or a text of the program. */
enum { BF_OPTION_TEXT = 512 };
const char *bf_option_values(char to[BF_OPTION_TEXT], const bf_command *command, const bf_option *option);
const char *bf_option_help(char to[BF_OPTION_TEXT], const bf_option *option);

/* "--name", or "-x" where there is only a letter. */
enum { BF_OPTION_WORD = 32 };
const char *bf_option_word(const bf_option *option, char word[BF_OPTION_WORD]);

#endif
