/* What the labelling page says to its raters: in English, or in the words of a file. */
#ifndef BONAFIDE_TOOLS_JUDGE_JUDGE_WORDS_H
#define BONAFIDE_TOOLS_JUDGE_JUDGE_WORDS_H

#include "tools/base/text.h"

enum { BF_JUDGE_MAX_WORDS = 24 };

/* Zero-initialise; release with bf_judge_words_free. */
typedef struct bf_judge_words {
    const char *of[BF_JUDGE_MAX_WORDS]; /* by the place of the key; of the file, or literals */
    const char *instructions;           /* paragraphs with empty lines between them */
    char *file;
} bf_judge_words;

/* The key at place i; NULL past the last. */
const char *bf_judge_words_key(size_t i);

/* path NULL: the English ones. A file is UTF-8. Where its first lines are "key: text" with a key of the list above,
 * they replace words, up to an empty line; the rest are the instructions, which are the English ones where there is no
 * rest. Errors: IO, FORMAT (a key that is none, bytes that are not UTF-8), UNSUPPORTED (above 1 MiB), NOMEM. */
feat_status bf_judge_words_read(bf_judge_words *words, const char *path, feat_error *err) FEAT_NODISCARD;
void bf_judge_words_free(bf_judge_words *words);

/* Adds lines of the page with words for their {{keys}}, escaped. */
void bf_judge_words_fill(bf_text *t, const bf_judge_words *words, const char *const *lines);
/* Adds the instructions as <p>; line breaks stay. */
void bf_judge_words_instructions(bf_text *t, const bf_judge_words *words);
/* Adds all words as an object of JavaScript. */
void bf_judge_words_object(bf_text *t, const bf_judge_words *words);

#endif
