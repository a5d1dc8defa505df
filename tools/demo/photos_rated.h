/* Generators that are none: photographs spoilt in several ways, with what people might say of them. For trials of the
 * judge on real pixels where nobody has labelled anything. Integer arithmetic seeded by the caller throughout. */
#ifndef BONAFIDE_TOOLS_DEMO_PHOTOS_RATED_H
#define BONAFIDE_TOOLS_DEMO_PHOTOS_RATED_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"

typedef enum bf_spoil {
    BF_SPOIL_BLUR = 0,
    BF_SPOIL_JPEG = 1,
    BF_SPOIL_COLOUR = 2,  /* hues turned */
    BF_SPOIL_SHUFFLE = 3, /* squares of a 4 x 4 grid change places */
    BF_SPOIL_NOISE = 4,
    BF_N_SPOILS = 5
} bf_spoil;

enum { BF_SPOIL_LEVELS = 8, BF_RATERS = 30, BF_RATINGS = 5 };

const char *bf_spoil_name(bf_spoil kind);

/* Spoils rgb [h][w][3] in place, level 0 (not at all) to BF_SPOIL_LEVELS. scratch holds as many bytes. JPEG does
 * nothing here: its files are written with bf_spoil_quality(level). */
void bf_photo_spoil(uint8_t *rgb, size_t h, size_t w, bf_spoil kind, int level, uint64_t seed, uint8_t *scratch);
int bf_spoil_quality(int level);

/* How many of a thousand times rater 0 .. BF_RATERS-1 calls a picture of this level real: a third of the raters sees a
 * level more than there is, a third a level less. 79 % at level 0, 4 % at level 8 for the rest. */
unsigned bf_rater_believes(int level, unsigned rater);

/* Makes the folder `dir` with n photographs of the set `spec` in real/, n others in each of blur/, jpeg/, colour/,
 * shuffle/ and noise/, spoilt by levels drawn from 0 .. 4, 5, 6, 7 and 8, and labels.csv: BF_RATINGS different raters
 * for each picture. No photograph is used twice. Errors: ARG (no images, or fewer than 6 n), IO, NOMEM, those of the
 * decoders. */
feat_status bf_photos_rated(const char *dir, size_t n, uint64_t seed, const char *spec, feat_error *err) FEAT_NODISCARD;

#endif
