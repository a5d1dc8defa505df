/* Normal deviates. */
#include "metrics/base/splitmix.h"

#include <math.h>

#include "engine/base/fpmath.h"

double gmet_splitmix_normals(gmet_splitmix *rng, double *x, size_t n)
{
    double norm2 = 0.0;
    for (size_t i = 0; i < n; i += 2) {
        double u, v, s;
        do {
            u = fma(2.0, gmet_splitmix_unit(rng), -1.0);
            v = fma(2.0, gmet_splitmix_unit(rng), -1.0);
            s = fma(u, u, v * v);
        } while (s >= 1.0 || s == 0.0);
        double factor = sqrt(-2.0 * feat_log(s) / s);
        x[i] = u * factor;
        if (i + 1 < n)
            x[i + 1] = v * factor;
    }
    for (size_t i = 0; i < n; i++)
        norm2 = fma(x[i], x[i], norm2);
    return norm2;
}
