/* One image, one thread: how long it takes, by steps and phases, beside what its arithmetic takes at least.
 *
 * All times are CPU time of the thread: they stand up to other processes on the machine, though not to what those take
 * of caches, memory and clock. A round is the peak, the image as a whole, the image with a clock around every step, the
 * image with clocks inside the steps, and the peak again. */
#include "bench/step_times.h"

#include <stdio.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/phases.h"
#include "bench/step_work.h"
#include "engine/base/alloc.h"
#include "engine/net/exec.h"
#include "engine/conv/conv_wino.h"
#include "engine/ops/dense.h"
#include "engine/ops/op.h"

enum { WHOLE, PEAK, SHARE, N_FIGURES };

/* Figures of rounds lie as [n][rounds]. */
typedef struct times {
    feat_model *model;
    size_t rounds, n_steps;
    double *figures; /* [N_FIGURES]: of the image */
    double *seconds; /* [n_steps]: of a step without clocks in it */
    double *phases;  /* [n_steps][BENCH_N_PHASES] */
    float *arena, *work, *features, *vectors;
    float *out[FEAT_MAX_TAPS];
    feat_frame frame;
    feat_tail tail;
} times;

/* What a line is about: a step, or all of one kind. */
typedef struct line {
    double seconds, phases[BENCH_N_PHASES];
    bench_work work;
} line;

static void close_times(times *t)
{
    feat_free(t->figures);
    feat_free(t->seconds);
    feat_free(t->phases);
    feat_free(t->arena);
    feat_free(t->work);
    feat_free(t->features);
    feat_free(t->vectors);
}

static int open_times(times *t, const feat_model *m, size_t rounds)
{
    feat_tap tap = feat_net_tap(m->net, FEAT_ROLE_FEATURES);
    *t = (times){.rounds = rounds, .n_steps = feat_steps_needed(m, UINT32_C(1) << tap)};
    t->figures = feat_calloc(N_FIGURES * rounds, sizeof *t->figures);
    t->seconds = feat_calloc(t->n_steps * rounds, sizeof *t->seconds);
    t->phases = feat_calloc(t->n_steps * BENCH_N_PHASES * rounds, sizeof *t->phases);
    t->arena = feat_calloc(m->arena_floats, sizeof *t->arena);
    t->work = feat_calloc(feat_model_worker_floats(m), sizeof *t->work);
    t->features = feat_calloc(feat_tap_dim(m, tap), sizeof *t->features);
    t->out[tap] = t->features;
    t->vectors = feat_calloc(m->tail_floats + 1, sizeof *t->vectors);
    t->frame = (feat_frame){.model = m, .arena = t->arena, .work = &t->work, .out = t->out};
    t->tail = (feat_tail){.model = m, .n = 1, .vectors = t->vectors, .work = &t->work, .out = t->out};
    return t->figures != NULL && t->seconds != NULL && t->phases != NULL && t->arena != NULL && t->work != NULL &&
           t->features != NULL && t->vectors != NULL;
}

/* --- measuring ---------------------------------------------------------------------------------- */

static void run_image(times *t, const float *image)
{
    size_t first_tail = t->frame.model->first_tail;
    t->tail.images = image;
    if (first_tail > 0)
        feat_exec_image(&t->frame, image, feat_min_size(t->n_steps, first_tail));
    if (t->n_steps <= first_tail)
        return;
    if (first_tail > 0)
        feat_tail_gather(&t->tail, 0, &t->frame);
    feat_exec_tail(&t->tail, t->n_steps);
}

/* The image, where the steps read it. */
static void begin_image(times *t, const float *image)
{
    t->tail.images = image;
    if (t->frame.model->first_tail > 0)
        feat_exec_image(&t->frame, image, 0);
}

/* What a step reads that is not there yet. */
static void before_step(times *t, size_t s)
{
    if (s > 0 && s == t->frame.model->first_tail)
        feat_tail_gather(&t->tail, 0, &t->frame);
}

static void run_step(times *t, size_t s)
{
    const feat_step *step = &t->frame.model->steps[s];
    if (s >= t->frame.model->first_tail)
        step->kind->run_tail(&t->tail, step);
    else
        step->run(&t->frame, step);
}

/* Each step alone, those too that an image takes in bands (engine/net/bands.h): their sum is more than an image's. */
static void time_steps(times *t, const float *image, size_t round)
{
    begin_image(t, image);
    for (size_t s = 0; s < t->n_steps; s++) {
        before_step(t, s);
        double start = bench_cpu_now();
        run_step(t, s);
        t->seconds[s * t->rounds + round] = bench_cpu_now() - start;
    }
}

static int is_other(const feat_step *step)
{
    return step->way == NULL && strcmp(bench_step_algorithm(step), "dense") != 0;
}

static void time_phases(times *t, const float *image, size_t round)
{
    const feat_kernels *plain = t->model->kernels;
    t->model->kernels = bench_phases_hook(plain);
    begin_image(t, image);
    for (size_t s = 0; s < t->n_steps; s++) {
        const feat_step *step = &t->model->steps[s];
        double spent[BENCH_N_PHASES];
        before_step(t, s);
        bench_phases_begin(is_other(step)                 ? BENCH_OTHER
                           : step->way == &feat_conv_wino ? BENCH_DATA
                                                          : BENCH_PRODUCT);
        run_step(t, s);
        bench_phases_end(spent);
        for (size_t p = 0; p < BENCH_N_PHASES; p++)
            t->phases[(s * BENCH_N_PHASES + p) * t->rounds + round] = spent[p];
    }
    t->model->kernels = plain;
}

static void measure(times *t, const float *image, double products, double (*peak_of)(const feat_model *))
{
    for (size_t round = 0; round < t->rounds; round++) {
        double before = peak_of(t->model);
        run_image(t, image); /* caches as an image before leaves them */
        double start = bench_cpu_now();
        run_image(t, image);
        double whole = bench_cpu_now() - start;
        time_steps(t, image, round);
        time_phases(t, image, round);
        double after = peak_of(t->model), peak = before > after ? before : after;
        t->figures[WHOLE * t->rounds + round] = 1e3 * whole;
        t->figures[PEAK * t->rounds + round] = peak;
        t->figures[SHARE * t->rounds + round] = peak > 0.0 ? 100.0 * 2e-9 * products / peak / whole : 0.0;
    }
}

/* --- printing ----------------------------------------------------------------------------------- */

static void add(line *to, const line *from)
{
    to->seconds += from->seconds;
    for (size_t p = 0; p < BENCH_N_PHASES; p++)
        to->phases[p] += from->phases[p];
    to->work.products += from->work.products;
    to->work.wasted += from->work.wasted;
    to->work.direct += from->work.direct;
    to->work.weight_bytes += from->work.weight_bytes;
}

static line line_of(const times *t, size_t s)
{
    line l = {.seconds = bench_median(t->seconds + s * t->rounds, t->rounds),
              .work = bench_step_work(t->model, &t->model->steps[s])};
    for (size_t p = 0; p < BENCH_N_PHASES; p++)
        l.phases[p] = bench_median(t->phases + (s * BENCH_N_PHASES + p) * t->rounds, t->rounds);
    return l;
}

/* peak: GFLOP/s, or 0 for none, then no bound. */
static void print_line(const char *name, const char *algorithm, const feat_step *step, const line *l, double peak)
{
    double bound = peak > 0.0 ? 2e-9 * l->work.products / peak : 0.0;
    printf("%-26s %-16s", name, algorithm);
    if (step != NULL)
        printf(" %5zu %5zu", step->chunk, step->n_chunks);
    else
        printf(" %5s %5s", "", "");
    printf(" %8.3f %7.3f %8.3f %7.3f %7.3f", 1e3 * l->seconds, 1e3 * l->phases[BENCH_DATA],
           1e3 * l->phases[BENCH_PRODUCT], 1e3 * l->phases[BENCH_OUTPUT], 1e3 * l->phases[BENCH_OTHER]);
    if (bound > 0.0)
        printf(" %8.3f %5.1f%% %6.1f%% %5.1f%% %7.2f", 1e3 * bound, 100.0 * bound / l->seconds,
               100.0 * bound / l->phases[BENCH_PRODUCT], 100.0 * l->work.wasted / l->work.products,
               l->work.weight_bytes / (1 << 20));
    printf("\n");
}

static void print_layers(const times *t, double peak)
{
    static const char *const kinds[] = {"filtered", "direct", "split", "dense", "pools and taps"};
    enum { FILTERED, DIRECT, SPLIT, DENSE, OTHER, KINDS };
    line sums[KINDS] = {{0}};
    printf("\n%-26s %-16s %5s %5s %8s %7s %8s %7s %7s %8s %6s %7s %6s %7s\n", "step", "algorithm", "chunk", "parts",
           "ms", "data", "product", "output", "other", "bound", "share", "product", "waste", "MiB");
    for (size_t s = 0; s < t->n_steps; s++) {
        const feat_step *step = &t->model->steps[s];
        line l = line_of(t, s);
        print_line(step->op->name, bench_step_algorithm(step), step, &l, peak);
        add(&sums[is_other(step)                 ? OTHER
                  : step->way == NULL            ? DENSE
                  : step->way == &feat_conv_wino ? FILTERED
                  : step->n_inputs > 0           ? SPLIT
                                                 : DIRECT],
            &l);
    }
    for (size_t k = 0; k < KINDS; k++)
        if (sums[k].seconds > 0.0)
            print_line("all", kinds[k], NULL, &sums[k], peak);
    if (sums[DENSE].seconds > 0.0)
        printf("weights of dense layers: %.1f GB/s\n", 1e-9 * sums[DENSE].work.weight_bytes / sums[DENSE].seconds);
    printf("ms: median of CPU times; bound: its multiplications at the peak; share: bound of ms, then of product "
           "alone; MiB: packed weights\n");
}

static void print_spread(const char *what, double *values, size_t n, const char *unit)
{
    bench_spread s = bench_spread_of(values, n);
    printf("%s %.2f [%.2f..%.2f] %s", what, s.median, s.min, s.max, unit);
}

static void print_summary(times *t)
{
    size_t n = t->rounds;
    double peak = bench_median(t->figures + PEAK * n, n);
    line all = {0};
    for (size_t s = 0; s < t->n_steps; s++) {
        line l = line_of(t, s);
        add(&all, &l);
    }
    if (peak > 0.0) {
        print_spread("share of the arithmetic bound:", t->figures + SHARE * n, n, "%\n");
    } else {
        printf("share of the arithmetic bound: unknown, as there is no FMA loop for this table\n");
    }
    print_spread("one image, one thread:", t->figures + WHOLE * n, n, "ms of CPU time");
    printf(" = %.2f images/s\n", 1e3 / bench_median(t->figures + WHOLE * n, n));
    printf("multiplications of the algorithms used: %.4f G, of which beyond borders %.4f G (%.1f %%); direct: %.4f G\n",
           1e-9 * all.work.products, 1e-9 * all.work.wasted, 100.0 * all.work.wasted / all.work.products,
           1e-9 * all.work.direct);
    if (peak > 0.0) {
        print_spread("FMA peak around the runs:", t->figures + PEAK * n, n, "GFLOP/s");
        printf(": bound %.2f ms, of which beyond borders %.2f ms\n", 2e-6 * all.work.products / peak,
               2e-6 * all.work.wasted / peak);
    }
    printf("data transform %.2f ms, product %.2f ms, output transform %.2f ms, other %.2f ms; weights %.1f MiB\n",
           1e3 * all.phases[BENCH_DATA], 1e3 * all.phases[BENCH_PRODUCT], 1e3 * all.phases[BENCH_OUTPUT],
           1e3 * all.phases[BENCH_OTHER], all.work.weight_bytes / (1 << 20));
}

int bench_step_times(feat_model *model, const float *image, size_t rounds, int layers,
                     double (*peak_of)(const feat_model *model))
{
    times t;
    int ok = open_times(&t, model, rounds);
    t.model = model;
    double products = 0.0;
    for (size_t s = 0; s < t.n_steps; s++)
        products += bench_step_work(model, &model->steps[s]).products;
    if (ok) {
        measure(&t, image, products, peak_of);
        print_summary(&t);
        if (layers)
            print_layers(&t, bench_median(t.figures + PEAK * rounds, rounds));
    }
    close_times(&t);
    return ok;
}

int bench_step_counted(const feat_model *model, const float *image, size_t n)
{
    times t;
    int ok = open_times(&t, model, 1);
    for (size_t i = 0; ok && i <= n; i++) {
        printf("image %zu\n", i);
        fflush(stdout);
        if (i < n)
            run_image(&t, image);
    }
    close_times(&t);
    return ok;
}
