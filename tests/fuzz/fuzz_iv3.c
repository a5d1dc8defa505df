/* A flat weight file of a network of three convolutions; header and tensor checksums are made right. */
#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/flat/flat_format.h"
#include "engine/flat/flat_read.h"
#include "tests/fuzz/fuzz.h"
#include "tests/weights/weightgen.h"

static void repair(uint8_t *p, size_t n)
{
    if (n < IV3_HDR_SIZE)
        return;
    size_t tensors = iv3_get32(p + IV3_HDR_N_TENSORS), room = (n - IV3_HDR_SIZE) / IV3_ENT_SIZE;
    if (tensors > room)
        return;
    for (size_t i = 0; i < tensors; i++) {
        uint8_t *entry = p + IV3_HDR_SIZE + i * IV3_ENT_SIZE;
        uint64_t offset = iv3_get64(entry + IV3_ENT_OFFSET), bytes = iv3_get64(entry + IV3_ENT_BYTES);
        if (offset <= n && bytes <= n - offset)
            iv3_put64(entry + IV3_ENT_CHECKSUM, iv3_hash64(p + offset, (size_t)bytes));
    }
    iv3_hash64_state hash;
    iv3_hash64_init(&hash);
    iv3_hash64_update(&hash, p, IV3_HDR_CHECKSUM);
    iv3_hash64_update(&hash, p + IV3_HDR_SIZE, tensors * IV3_ENT_SIZE);
    iv3_put64(p + IV3_HDR_CHECKSUM, iv3_hash64_final(&hash));
}

static void read_all(iv3_weights *w, iv3_error *err)
{
    iv3_weights_info info;
    fuzz_said(iv3_weights_describe(w, &info, err), err);
    for (size_t i = 0; i < iv3_weights_count(w); i++) {
        float *values = iv3_alloc_array((size_t)iv3_weights_at(w, i)->n_elements, sizeof *values);
        if (values != NULL)
            fuzz_said(iv3_weights_read(w, i, values, err), err);
        iv3_free(values);
    }
    fuzz_said(iv3_weights_verify(w, err), err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    iv3_weights *w = NULL;
    iv3_error err = {IV3_OK, ""};
    uint8_t *copy = fuzz_copy(data, n);
    repair(copy, n);
    iv3_status status = iv3_weights_open_layout(&w, fuzz_file(copy, n), &gen_layout, &err);
    fuzz_release(copy);
    fuzz_said(status, &err);
    if (status == IV3_OK)
        read_all(w, &err);
    iv3_weights_close(&w);
    fuzz_end();
    return 0;
}
