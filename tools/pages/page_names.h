/* How sets and files are called on the page, which is sent around: never by an absolute path. */
#ifndef BONAFIDE_TOOLS_PAGES_PAGE_NAMES_H
#define BONAFIDE_TOOLS_PAGES_PAGE_NAMES_H

#include "tools/base/text.h"
#include "tools/pages/page.h"
#include "weights/class_names.h"

enum { BF_PAGE_NAME_BYTES = 256 };

/* A file's name as it is, but for an absolute path: its last part. Inside the argument. */
const char *bf_page_file_name(const char *name);

/* The name of a set: of an absolute path the last part, and as many before it as tell it from `other` (NULL: none). */
void bf_page_set_name(char name[BF_PAGE_NAME_BYTES], const char *spec, const char *other);

/* The same of both sides of a run. */
void bf_page_side_name(char name[BF_PAGE_NAME_BYTES], const bf_page_input *input, const bf_side *side);

/* The class of the network with this number by its name, where its weights are published ones, else the number. */
void bf_page_class_name(char name[FEAT_CLASS_NAME_BYTES], const bf_page_input *input, size_t class);

/* Adds a text of the run, such as a warning, with the sets by their names and other absolute paths shortened; the
 * result is plain and is not escaped. input may be NULL: no sets. */
void bf_page_plain(bf_text *t, const bf_page_input *input, const char *text);
/* The same as text of HTML. */
void bf_page_text(bf_text *t, const bf_page_input *input, const char *text);

/* Adds the command line that gives the results again, for a shell: what shapes them, without --threads and the like.
 * Plain; files are relative, so it is for a folder that has them. */
void bf_page_command(bf_text *t, const bf_page_input *input);

#endif
