/* Ways to spoil a picture, at rising levels: what a metric of image quality has to notice. Integer arithmetic
 * and correctly rounded operations only, so a machine's spoilt pictures are every machine's. */
#ifndef BONAFIDE_TOOLS_SANITY_DISTURB_H
#define BONAFIDE_TOOLS_SANITY_DISTURB_H

#include "tools/sets/set.h"

typedef enum bf_disturbance {
    BF_DISTURB_NOISE,  /* mixed with normal noise */
    BF_DISTURB_BLUR,   /* three passes of an extended box, as good as Gaussian */
    BF_DISTURB_HOLES,  /* five black rectangles */
    BF_DISTURB_SWIRL,  /* turned around the middle, most there */
    BF_DISTURB_SALT,   /* pixels made white or black */
    BF_DISTURB_JPEG,   /* blocks of 8 x 8 quantised as JPEG does */
    BF_DISTURB_FOREIGN /* replaced by a painted picture; one level only */
} bf_disturbance;
enum { BF_N_DISTURB = 6, BF_DISTURB_LEVELS = 3 };

/* "noise", ... and what a level is, "10 % noise". kind < BF_N_DISTURB, level 1 .. BF_DISTURB_LEVELS. */
const char *bf_disturb_name(bf_disturbance kind);
const char *bf_disturb_level(bf_disturbance kind, int level);

/* Spoils the picture in place. What is drawn depends on the pixels and on seed, not on the level: the same
 * picture gets the same noise, more of it. Level 0 changes nothing. Errors: NOMEM. */
feat_status bf_disturb(bf_image *image, bf_disturbance kind, int level, uint64_t seed,
                       feat_error *err) FEAT_NODISCARD;

#endif
