/* From the words of a command line to what they ask for. */
#ifndef BONAFIDE_TOOLS_OPTIONS_PARSE_ARGS_H
#define BONAFIDE_TOOLS_OPTIONS_PARSE_ARGS_H

#include "tools/options/options.h"

/* Fails with ARG and says what is wrong with a name that bf_command_find did not find, and what was probably
 * meant. */
feat_status bf_command_unknown(const char *name, const char *verb, feat_error *err) FEAT_NODISCARD;

/* The command that the name of another tool stands for ("pytorch-fid": fid), or NULL. */
const bf_command *bf_command_of_tool(const char *word);

/* Reads the words after the program's name. Texts point into argv. Errors: ARG with one line that says what
 * is wrong and, where a word looks misspelt, what was probably meant; args->command is then set as far as
 * known. */
feat_status bf_args_parse(bf_args *args, int argc, char *const *argv, feat_error *err) FEAT_NODISCARD;

/* Whether the words given for a LIST have this one among them. */
bool bf_args_lists(const bf_args *args, bf_option_id id, const char *word);

/* The one of n words nearest to `word`, or NULL when none is near enough to be what was meant. */
const char *bf_nearest(const char *word, const char *const *words, size_t n);

#endif
