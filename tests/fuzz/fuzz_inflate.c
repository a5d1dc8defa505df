/* Deflate data, unpacked at once and in pieces: both must say the same. The first three bytes say how much is
 * expected, and in which pieces it comes and goes. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "engine/files/inflate.h"

typedef struct pieces {
    const uint8_t *at, *end;
    size_t size;
} pieces;

static const uint8_t *more(void *context, size_t *bytes)
{
    pieces *p = context;
    size_t left = (size_t)(p->end - p->at);
    const uint8_t *piece = p->at;
    *bytes = left < p->size ? left : p->size;
    p->at += *bytes;
    return *bytes > 0 ? piece : NULL;
}

/* Whether the data are good and of this length, a piece of `band` bytes at a time, into out [n_out + 1]. */
static bool in_pieces(uint8_t *out, size_t n_out, size_t band, pieces *p)
{
    static feat_inflater z;
    memset(&z, 0, sizeof z);
    z.more = more;
    z.context = p;
    z.begin = z.out = z.out_end = out;
    for (;;) {
        size_t room = (size_t)(out + n_out + 1 - z.out_end);
        z.out_end += room < band ? room : band;
        feat_inflate_end end = feat_inflate_run(&z);
        if (end == FEAT_INFLATE_DONE)
            return z.out == out + n_out;
        if (end == FEAT_INFLATE_DAMAGED || z.out == out + n_out + 1)
            return false;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 3)
        return 0;
    size_t n_out = (size_t)data[0] * 256, band = (size_t)data[1] + 1, n_in = n - 3;
    uint8_t *in = fuzz_copy(data + 3, n_in), *once = calloc(1, n_out + 1), *twice = calloc(1, n_out + 1);
    pieces p = {in, in + n_in, (size_t)data[2] + 1};
    if (once == NULL || twice == NULL)
        abort();
    for (size_t exact = n_out; exact + 256 > n_out && exact <= n_out; exact -= 51) { /* some lengths near it */
        pieces again = p;
        bool good = feat_inflate(once, exact, in, n_in);
        if (good != in_pieces(twice, exact, band, &again) || (good && memcmp(once, twice, exact) != 0))
            abort();
    }
    (void)feat_zlib_inflate(once, n_out, in, n_in);
    free(twice);
    free(once);
    fuzz_release(in);
    fuzz_end();
    return 0;
}
