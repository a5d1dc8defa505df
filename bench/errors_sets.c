/* Sets of known distributions, from a generator of their own, so that a seed means the same everywhere. */
#include <math.h>

#include "bench/errors.h"
#include "engine/base/fpmath.h"
#include "metrics/base/splitmix.h"

enum { N_CLASSES = 10 };

const char *const errors_set_names[ERRORS_N_SETS] = {
    [ERRORS_FLAT] = "flat",       [ERRORS_ROOT] = "root",
    [ERRORS_DECAY] = "decay",     [ERRORS_STUDENT] = "student5",
    [ERRORS_RELU] = "relu",       [ERRORS_STUDENT_ROWS] = "student5-rows",
    [ERRORS_CLASSES] = "classes", [ERRORS_SHUFFLED] = "classes-shuffled",
};
const char *const errors_gap_names[ERRORS_N_GAPS] = {
    [ERRORS_EQUAL] = "equal", [ERRORS_NEAR] = "near", [ERRORS_APART] = "apart"};

#define RELU_MEAN (-0.5)
#define CLASS_SPREAD 1.0 /* of the clusters' centres, in deviations of a column */
#define SQRT_2PI 2.5066282746310002

static bool has_classes(const errors_cell *cell)
{
    return cell->set == ERRORS_CLASSES || cell->set == ERRORS_SHUFFLED;
}

typedef struct normal {
    gmet_splitmix bits;
    bool has_spare;
    double spare;
} normal;

/* Marsaglia's polar method. */
static double next_normal(normal *g)
{
    double u, v, s;
    if (g->has_spare) {
        g->has_spare = false;
        return g->spare;
    }
    do {
        u = 2.0 * gmet_splitmix_unit(&g->bits) - 1.0;
        v = 2.0 * gmet_splitmix_unit(&g->bits) - 1.0;
        s = u * u + v * v;
    } while (s >= 1.0 || s == 0.0);
    double scale = sqrt(-2.0 * feat_log(s) / s);
    g->spare = v * scale;
    g->has_spare = true;
    return u * scale;
}

static normal start(uint64_t seed, uint64_t a, uint64_t b)
{
    gmet_splitmix mix = {seed};
    mix.state = gmet_splitmix_u64(&mix) ^ a;
    mix.state = gmet_splitmix_u64(&mix) ^ b;
    return (normal){.bits = {gmet_splitmix_u64(&mix)}};
}

static double deviation(const errors_cell *cell, size_t j)
{
    if (cell->set == ERRORS_DECAY)
        return 1.0 / (double)(j + 1);
    if (cell->set == ERRORS_ROOT || cell->set == ERRORS_RELU || has_classes(cell))
        return 1.0 / sqrt((double)(j + 1));
    return 1.0;
}

static double student_scale(normal *g)
{
    double chi = 0.0;
    for (int i = 0; i < 5; i++) {
        double z = next_normal(g);
        chi += z * z;
    }
    return sqrt(5.0 / chi);
}

/* Mean and deviation of max(0, z + RELU_MEAN). */
static void relu_moments(double *mean, double *variance)
{
    double m = RELU_MEAN, density = feat_exp(-0.5 * m * m) / SQRT_2PI;
    double below = 0.5 * erfc(-m / sqrt(2.0)); /* P(z > -m) */
    *mean = m * below + density;
    *variance = (m * m + 1.0) * below + m * density - *mean * *mean;
}

/* Of a column of deviation 1 without gap. */
static void column_moments(const errors_cell *cell, double *mean, double *variance)
{
    *mean = 0.0;
    *variance = cell->set == ERRORS_STUDENT || cell->set == ERRORS_STUDENT_ROWS ? 5.0 / 3.0 : 1.0;
    if (cell->set == ERRORS_RELU)
        relu_moments(mean, variance);
}

static double gap_shift(const errors_cell *cell, size_t which)
{
    static const double off[ERRORS_N_GAPS] = {0.0, 0.3, 1.5};
    return which == 0 ? 0.0 : off[cell->gap] / sqrt((double)cell->d);
}

static double gap_scale(const errors_cell *cell, size_t which)
{
    static const double times[ERRORS_N_GAPS] = {1.0, 1.02, 0.9};
    return which == 0 ? 1.0 : times[cell->gap];
}

static double centre(size_t class, size_t j)
{
    normal g = start(17, class, j);
    return CLASS_SPREAD * next_normal(&g);
}

/* The class of the row before which `left` rows of each class and n in all are to come: the next in order, or any. */
static size_t draw_class(normal *g, size_t left[N_CLASSES], size_t n, bool shuffled)
{
    size_t class = 0, at = shuffled ? (size_t)(gmet_splitmix_unit(&g->bits) * (double)n) : 0;
    while (class + 1 < N_CLASSES && at >= left[class])
        at -= left[class++];
    left[class]--;
    return class;
}

void errors_draw(float *rows, const errors_cell *cell, size_t which, size_t n, uint64_t seed, uint64_t draw)
{
    normal g = start(seed, draw, which);
    double shift = gap_shift(cell, which), times = gap_scale(cell, which);
    size_t left[N_CLASSES];
    for (size_t c = 0; c < N_CLASSES; c++)
        left[c] = (c + 1) * n / N_CLASSES - c * n / N_CLASSES;
    for (size_t i = 0; i < n; i++) {
        double row_scale = cell->set == ERRORS_STUDENT_ROWS ? student_scale(&g) : 1.0;
        size_t class = has_classes(cell) ? draw_class(&g, left, n - i, cell->set == ERRORS_SHUFFLED) : 0;
        for (size_t j = 0; j < cell->d; j++) {
            double x = next_normal(&g) * row_scale;
            if (cell->set == ERRORS_STUDENT)
                x *= student_scale(&g);
            if (cell->set == ERRORS_RELU)
                x = x + RELU_MEAN > 0.0 ? x + RELU_MEAN : 0.0;
            x *= times;
            if (has_classes(cell))
                x += centre(class, j);
            rows[i * cell->d + j] = (float)(deviation(cell, j) * (x + shift));
        }
    }
}

void errors_population(double *mu, double *sigma, const errors_cell *cell, size_t which)
{
    double mean, variance, shift = gap_shift(cell, which), times = gap_scale(cell, which);
    size_t d = cell->d;
    column_moments(cell, &mean, &variance);
    for (size_t j = 0; j < d; j++) {
        mu[j] = deviation(cell, j) * (times * mean + shift);
        for (size_t k = 0; k < d; k++)
            sigma[j * d + k] = j == k ? deviation(cell, j) * deviation(cell, j) * times * times * variance : 0.0;
    }
    if (!has_classes(cell))
        return;
    /* Classes as large as each other: means of centres, and their covariance on top. */
    for (size_t j = 0; j < d; j++) {
        double sum = 0.0;
        for (size_t c = 0; c < N_CLASSES; c++)
            sum += centre(c, j);
        mu[j] += deviation(cell, j) * sum / N_CLASSES;
    }
    for (size_t c = 0; c < N_CLASSES; c++)
        for (size_t j = 0; j < d; j++)
            for (size_t k = 0; k < d; k++)
                sigma[j * d + k] += (deviation(cell, j) * (centre(c, j) + shift) - mu[j]) *
                                    (deviation(cell, k) * (centre(c, k) + shift) - mu[k]) / N_CLASSES;
}
