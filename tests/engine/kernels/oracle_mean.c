/* The global mean, one channel after the other. */
#include "tests/engine/kernels/oracle.h"

void oracle_mean(float *y, const float *x, size_t h, size_t w)
{
    for (size_t c = 0; c < FEAT_BLOCK; c++) {
        float total = 0.0f;
        for (size_t iy = 0; iy < h; iy++) {
            float row = x[iy * w * FEAT_BLOCK + c];
            for (size_t ix = 1; ix < w; ix++)
                row += x[(iy * w + ix) * FEAT_BLOCK + c];
            total += row;
        }
        y[c] = total / (float)(h * w);
    }
}
