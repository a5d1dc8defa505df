/* Plans groups of steps and runs them in bands. No row is computed twice: of each tensor between two steps a window of
 * rows is there, which is moved down the picture and keeps the rows that will be read again. */
#include "engine/net/bands.h"

#include <string.h>

#include "engine/base/checked.h"

enum {
    LARGE_FLOATS = 256 * 1024,  /* a tensor that does not stay in an L2 cache of 1 MiB */
    WEIGHT_FLOATS = 128 * 1024, /* weights that are read again for every band, and do stay there */
    WINDOW_FLOATS = 512 * 1024, /* of a group: more, and bands become as small as they can be */
    BAND_ROWS = 12              /* two tiles of the largest form of minimal filtering: a band pays for its weights */
};

/* Rows of the output of each step of a group: those computed so far, and those that there are after the band. */
typedef struct band_walk {
    const feat_model *model;
    const feat_step *steps;
    size_t n, driver, rows;
    size_t done[FEAT_BANDS_STEPS], end[FEAT_BANDS_STEPS];
} band_walk;

static band_walk begin(const feat_model *model, const feat_step *first)
{
    return (band_walk){.model = model,
                       .steps = first,
                       .n = first->bands.n_steps,
                       .driver = first->bands.driver,
                       .rows = first->bands.rows};
}

static const feat_shape *shape_after(const band_walk *w, size_t k)
{
    return feat_shape_of(w->model, w->steps[k].op->dst);
}

/* Rows of its input, in whole grains of the step before, that step k > 0 needs for its first `rows` rows. */
static size_t rows_needed(const band_walk *w, size_t k, size_t rows)
{
    const feat_op *op = w->steps[k].op;
    size_t padded = (rows - 1) * op->stride + op->kh, grain = w->steps[k - 1].grain;
    size_t needed = padded > op->ph ? padded - op->ph : 1;
    return feat_min_size((needed + grain - 1) / grain * grain, shape_after(w, k - 1)->h);
}

/* Rows of step k > 0 that can be computed of the first `rows` rows of its input. */
static size_t rows_possible(const band_walk *w, size_t k, size_t rows)
{
    const feat_op *op = w->steps[k].op;
    if (rows == shape_after(w, k - 1)->h)
        return shape_after(w, k)->h;
    size_t possible = rows + op->ph < op->kh ? 0 : (rows + op->ph - op->kh) / op->stride + 1;
    return possible / w->steps[k].grain * w->steps[k].grain;
}

/* The first row of the output of step k that is still to be read; k is not the last. */
static size_t first_kept(const band_walk *w, size_t k)
{
    const feat_op *op = w->steps[k + 1].op;
    size_t padded = w->done[k + 1] * op->stride;
    return padded > op->ph ? feat_min_size(padded - op->ph, w->done[k]) : 0;
}

/* Sets how far each step goes in the next band; 0 if the last band was the last. */
static int next_band(band_walk *w)
{
    size_t h = shape_after(w, w->driver)->h;
    if (w->done[w->driver] == h)
        return 0;
    w->end[w->driver] = feat_min_size(w->done[w->driver] + w->rows, h);
    for (size_t k = w->driver; k-- > 0;)
        w->end[k] = feat_max_size(rows_needed(w, k + 1, w->end[k + 1]), w->done[k]);
    for (size_t k = w->driver + 1; k < w->n; k++)
        w->end[k] = rows_possible(w, k, w->end[k - 1]);
    return 1;
}

/* --- running ------------------------------------------------------------------------------------ */

/* Lets the window after step k begin with the first row that is still to be read. */
static void move_window(const band_walk *w, feat_window *window, size_t k)
{
    const feat_shape *s = shape_after(w, k);
    size_t row = (size_t)s->w * FEAT_BLOCK, first = first_kept(w, k), skip = (first - window->first) * row;
    size_t plane = w->model->layout[w->steps[k].op->dst].window_rows * row;
    for (size_t p = 0; skip > 0 && p < s->c / FEAT_BLOCK; p++)
        memmove(window->data + p * plane, window->data + p * plane + skip,
                (w->done[k] - first) * row * sizeof *window->data);
    window->first = first;
}

void feat_bands_run(const feat_frame *frame, const feat_step *first)
{
    feat_window windows[FEAT_BANDS_STEPS];
    feat_frame banded = *frame;
    band_walk w = begin(frame->model, first);
    float *memory = frame->work[0];
    banded.windows = windows;
    for (size_t k = 0; k + 1 < w.n; k++) {
        windows[k] = (feat_window){memory, 0};
        memory += shape_after(&w, k)->c / FEAT_BLOCK * feat_frame_plane(&banded, w.steps[k].op->dst);
    }
    while (!feat_halt_now(frame->halt) && next_band(&w))
        for (size_t k = 0; k < w.n; k++) {
            if (k + 1 < w.n)
                move_window(&w, &windows[k], k);
            if (w.end[k] > w.done[k])
                w.steps[k].run_rows(&banded, &w.steps[k], w.done[k], w.end[k] - w.done[k], memory);
            w.done[k] = w.end[k];
        }
}

/* --- planning ----------------------------------------------------------------------------------- */

static size_t count_readers(const feat_net *net, size_t tensor)
{
    size_t n = 0;
    for (size_t i = 0; i < net->n_ops; i++)
        n += net->ops[i].src == tensor;
    return n;
}

int feat_bands_can_join(const feat_model *m, const feat_step *step)
{
    const feat_step *next = step + 1;
    if (next == m->steps + m->n_steps || m->numerics != FEAT_NUMERICS_EXACT || step->run_rows == NULL ||
        next->run_rows == NULL || step->n_ops > 1 || next->n_ops > 1)
        return 0;
    const feat_op *op = step->op;
    size_t channels = op->oc != 0 ? op->oc : feat_shape_of(m, op->src)->c;
    return next->op->src == op->dst && count_readers(m->net, op->dst) == 1 &&
           channels == feat_shape_of(m, op->dst)->c;
}

/* Floats of weights that a step by minimal filtering reads more than once for each of its chunks, when these end with
 * bands; of other steps weights are few. */
static size_t more_weights(const feat_model *m, const feat_step *step)
{
    size_t band = BAND_ROWS / step->grain, tiles = band * step->tiles_w, h = feat_shape_of(m, step->op->dst)->h;
    if (tiles == 0 || step->chunk == 0)
        return 0;
    size_t chunks = (h + BAND_ROWS - 1) / BAND_ROWS * ((tiles + step->chunk - 1) / step->chunk);
    return chunks > step->n_chunks ? (chunks - step->n_chunks) * step->n_blocks * step->w_block_stride : 0;
}

/* 1 if it pays: what lies between would go through memory, and weights do not instead. */
static int should_join(const feat_model *m, const feat_step *step)
{
    size_t floats = m->layout[step->op->dst].floats;
    return feat_bands_can_join(m, step) && floats >= LARGE_FLOATS &&
           step[1].n_blocks * step[1].w_block_stride <= WEIGHT_FLOATS && more_weights(m, step) <= 2 * floats;
}

/* Rows of each window, by going down the picture once; returns the floats of all. */
static size_t measure_windows(const feat_model *m, const feat_step *first, size_t *rows)
{
    band_walk w = begin(m, first);
    size_t floats = 0;
    memset(rows, 0, w.n * sizeof *rows);
    while (next_band(&w))
        for (size_t k = 0; k < w.n; k++) {
            if (k + 1 < w.n)
                rows[k] = feat_max_size(rows[k], w.end[k] - first_kept(&w, k));
            w.done[k] = w.end[k];
        }
    for (size_t k = 0; k + 1 < w.n; k++)
        floats += (size_t)shape_after(&w, k)->c * rows[k] * shape_after(&w, k)->w;
    return floats;
}

void feat_bands_join(feat_model *m, feat_step *first, size_t n, size_t band_rows)
{
    size_t rows[FEAT_BANDS_STEPS], scratch = 0, driver = n - 1;
    for (size_t k = n; k-- > 0;) { /* of several with the coarsest grain the last */
        scratch = feat_max_size(scratch, first[k].scratch_floats);
        driver = first[k].grain > first[driver].grain ? k : driver;
    }
    size_t grain = first[driver].grain;
    first->bands = (feat_bands){n, driver, (band_rows + grain - 1) / grain * grain};
    size_t floats = measure_windows(m, first, rows);
    if (floats > WINDOW_FLOATS) {
        first->bands.rows = grain;
        floats = measure_windows(m, first, rows);
    }
    for (size_t k = 0; k + 1 < n; k++) {
        m->layout[first[k].op->dst].window = k + 1;
        m->layout[first[k].op->dst].window_rows = rows[k];
    }
    m->scratch_floats = feat_max_size(m->scratch_floats, floats + scratch);
}

void feat_bands_plan(feat_model *m)
{
    for (size_t s = 0, n; s < m->n_steps; s += n) {
        for (n = 1; n < FEAT_BANDS_STEPS && should_join(m, &m->steps[s + n - 1]);)
            n++;
        if (n > 1)
            feat_bands_join(m, &m->steps[s], n, BAND_ROWS);
    }
}
