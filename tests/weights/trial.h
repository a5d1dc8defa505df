/* One attempt to convert a file that should fail, and what must hold afterwards. */
#ifndef BONAFIDE_TESTS_WEIGHTS_TRIAL_H
#define BONAFIDE_TESTS_WEIGHTS_TRIAL_H

#include "tests/weights/weightgen.h"

typedef struct trial_state {
    char folder[256], in[300], out[300];
    gen_list list;  /* released by the teardown */
    feat_error err; /* of the last attempt */
} trial_state;

extern trial_state trial;

/* A fresh folder; its removal, and the check that no memory is left. */
int trial_setup(void **state);
int trial_teardown(void **state);

/* Converts for the tiny network into trial.out. */
feat_status trial_path(const char *in, feat_dtype dtype);
feat_status trial_bytes(const void *p, size_t n);

/* `found` is `status`, the message is one line, names the file and contains `part`, and nothing is left. */
void trial_error(feat_status found, feat_status status, const char *part);
void trial_nothing_left(void);

#endif
