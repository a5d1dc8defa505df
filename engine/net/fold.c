/* Batch-norm folding and weight packing. The formulas are part of the numerics contract (engine/ARITHMETIC.md). */
#include "engine/net/fold.h"

#include <math.h>

static const double BN_EPSILON = 0.001;

enum { BLOCK = 16 };

void iv3_fold_batch_norm(double *scale, float *bias, const iv3_batch_norm *bn, size_t oc)
{
    for (size_t o = 0; o < oc; o++) {
        double gamma = bn->gamma == NULL ? 1.0 : (double)bn->gamma[o];
        scale[o] = gamma / sqrt((double)bn->var[o] + BN_EPSILON);
        bias[o] = (float)fma(-(double)bn->mean[o], scale[o], (double)bn->beta[o]);
    }
}

void iv3_pack_conv(float *packed, const float *w, const double *scale, size_t oc, size_t ic, size_t kh, size_t kw,
                   size_t c_in)
{
    size_t taps = kh * kw;
    for (size_t ob = 0; ob < oc; ob += BLOCK)
        for (size_t cb = 0; cb < ic; cb += c_in)
            for (size_t t = 0; t < taps; t++)
                for (size_t c = 0; c < c_in; c++)
                    for (size_t o = 0; o < BLOCK; o++) {
                        float value = 0.0f;
                        if (ob + o < oc && cb + c < ic) {
                            value = w[((ob + o) * ic + cb + c) * taps + t];
                            if (scale != NULL)
                                value = (float)((double)value * scale[ob + o]);
                        }
                        *packed++ = value;
                    }
}
