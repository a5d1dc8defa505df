/* Which image each picture of a labelling page is: the file that judge sheet writes beside the page. */
#ifndef BONAFIDE_TOOLS_JUDGE_JUDGE_KEY_H
#define BONAFIDE_TOOLS_JUDGE_JUDGE_KEY_H

#include "tools/base/names.h"

enum { BF_KEY_IMAGE, BF_KEY_GROUP, BF_KEY_TRUTH, BF_KEY_FIELDS };

/* Zero-initialise; release with bf_judge_key_free. */
typedef struct bf_judge_key {
    bf_names pictures;
    char *(*of)[BF_KEY_FIELDS]; /* [pictures.n], owned */
    size_t capacity;
} bf_judge_key;

/* A CSV with the columns picture, image, group, truth; keys of several pages may be joined with cat. Errors: IO, FORMAT
 * (a column that is not there, a picture that is two images), NOMEM. */
feat_status bf_judge_key_read(bf_judge_key *key, const char *path, feat_error *err) FEAT_NODISCARD;
void bf_judge_key_free(bf_judge_key *key);

#endif
