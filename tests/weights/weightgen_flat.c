/* Flat files that say what is not so: every sum that anyone can compute is right. */
#include "engine/base/hash.h"
#include "engine/flat/flat_format.h"
#include "tests/weights/weightgen.h"

static void seal_header(gen_buf *file)
{
    feat_hash64_state hash;
    feat_hash64_init(&hash);
    feat_hash64_update(&hash, file->p, FEAT_HDR_CHECKSUM);
    feat_hash64_update(&hash, file->p + FEAT_HDR_SIZE, feat_get64(file->p + FEAT_HDR_TABLE_BYTES));
    feat_put64(file->p + FEAT_HDR_CHECKSUM, feat_hash64_final(&hash));
}

void gen_flat_sums(gen_buf *file)
{
    for (uint32_t i = 0; i < feat_get32(file->p + FEAT_HDR_N_TENSORS); i++) {
        unsigned char *entry = file->p + FEAT_HDR_SIZE + (size_t)i * FEAT_ENT_SIZE;
        feat_put64(entry + FEAT_ENT_CHECKSUM,
                   feat_hash64(file->p + feat_get64(entry + FEAT_ENT_OFFSET), feat_get64(entry + FEAT_ENT_BYTES)));
    }
    seal_header(file);
}

void gen_flat_claim(gen_buf *file, const unsigned char content[32])
{
    memcpy(file->p + FEAT_HDR_CONTENT_SHA, content, 32);
    seal_header(file);
}

const unsigned char *gen_flat_claimed(const gen_buf *file)
{
    return file->p + FEAT_HDR_CONTENT_SHA;
}
