/* The disturbance test itself: images drawn and dealt out, spoilt, run and measured. */
#include "tools/sanity/sanity_run.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/splitmix64.h"
#include "engine/base/status.h"
#include "tools/base/signals.h"
#include "tools/html/plane.h"
#include "tools/measure/measure.h"
#include "tools/run/network.h"

enum { LEAST_IMAGES = 24, MODES = 8, MAX_MIX_PERCENT = 40 };

/* Modes kept of MODES, and percent of foreign pictures, by level. */
static const size_t modes_kept[] = {8, 7, 6, 4};
_Static_assert(sizeof modes_kept / sizeof modes_kept[0] == BF_SANITY_LEVELS, "a number for each level");
static const size_t mixed[] = {0, 5, 15, MAX_MIX_PERCENT};
_Static_assert(sizeof mixed / sizeof mixed[0] == BF_SANITY_LEVELS, "a number for each level");

/* --- images to rows ------------------------------------------------------------------------------------ */

static feat_status make_block(const bf_sanity_job *j, bf_sanity_block *b, size_t n, feat_error *err)
{
    b->n = n;
    b->rows = feat_alloc_array(n, j->d * sizeof *b->rows);
    b->logits = j->n_taps > 1 ? feat_alloc_array(n, j->n_classes * sizeof *b->logits) : NULL;
    if (b->rows == NULL || (j->n_taps > 1 && b->logits == NULL))
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the features of %zu images", n);
    return FEAT_OK;
}

static void free_block(bf_sanity_block *b)
{
    feat_free(b->rows);
    feat_free(b->logits);
    *b = (bf_sanity_block){0};
}

static void copy_row(const bf_sanity_job *j, bf_sanity_block *to, size_t at, const bf_sanity_block *from, size_t row)
{
    memcpy(to->rows + at * j->d, from->rows + row * j->d, j->d * sizeof *to->rows);
    if (to->logits != NULL)
        memcpy(to->logits + at * j->n_classes, from->logits + row * j->n_classes,
               j->n_classes * sizeof *to->logits);
}

typedef struct filling {
    const bf_sanity_job *j;
    bf_sanity_block *b;
} filling;

static feat_status keep_rows(void *ctx, size_t first, size_t n, const float *const *rows, feat_error *err)
{
    const filling *f = ctx;
    (void)err;
    memcpy(f->b->rows + first * f->j->d, rows[0], n * f->j->d * sizeof(float));
    if (f->j->n_taps > 1)
        memcpy(f->b->logits + first * f->j->n_classes, rows[1], n * f->j->n_classes * sizeof(float));
    return FEAT_OK;
}

typedef struct change {
    bf_disturbance kind;
    int level;
    uint64_t seed;
} change;

static feat_status change_image(void *ctx, bf_image *image, feat_error *err)
{
    const change *c = ctx;
    return bf_disturb(image, c->kind, c->level, c->seed, err);
}

/* Runs n images into b. how NULL: as they are, and row_items tells which of them could be read. */
static feat_status run_images(bf_sanity_job *j, bf_sanity_block *b, const size_t *items, size_t n, const change *how,
                              size_t *row_items, feat_error *err)
{
    char scope[560], label[48] = "images";
    change copy = how != NULL ? *how : (change){.level = 0};
    filling ctx = {j, b};
    bf_run *run = j->run;
    bf_featurize_job work = {.set = j->side.set,
                             .items = items,
                             .n_items = n,
                             .n_taps = j->n_taps,
                             .skip_bad = bf_args_given(run->args, BF_OPT_SKIP_BAD),
                             .sink = keep_rows,
                             .ctx = &ctx,
                             .change = how != NULL ? change_image : NULL,
                             .change_ctx = &copy,
                             .row_items = row_items,
                             .cache = run->network.cache,
                             .cache_scope = scope,
                             .progress = &run->report.progress,
                             .interrupted = bf_interrupted};
    bf_featurize_report *found = feat_calloc(1, sizeof *found);
    if (found == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to run %s", bf_set_spec(j->side.set));
    memcpy(work.taps, j->taps, sizeof j->taps);
    snprintf(scope, sizeof scope, "%s", run->network.cache_scope);
    if (how != NULL) {
        snprintf(scope, sizeof scope, "%s disturbed %d level %d seed %llu", run->network.cache_scope, (int)how->kind,
                 how->level, (unsigned long long)how->seed);
        snprintf(label, sizeof label, "%s, level %d",
                 how->kind != BF_DISTURB_FOREIGN ? bf_disturb_name(how->kind) : bf_sanity_kind(BF_SANITY_MIX),
                 how->level);
    }
    bf_progress_start(&run->report.progress, label, n);
    feat_status status = bf_featurize(run->network.featurizer, &work, found, err);
    bf_progress_clear(&run->report.progress);
    b->n = found->n_rows;
    if (how == NULL) {
        j->side.n = j->side.input->n = found->n_rows;
        j->side.input->n_skipped = found->n_bad;
        j->side.input->n_named = found->n_named;
        memcpy(j->side.input->skipped, found->names, sizeof found->names);
    }
    if (status == FEAT_OK && found->n_bad > 0 && how == NULL)
        bf_report_warn(&run->report, "%s: %zu images skipped", bf_set_spec(j->side.set), found->n_bad);
    if (status == FEAT_OK && how != NULL && found->n_rows != n)
        status =
            feat_fail(err, FEAT_ERR_FORMAT, "%s: %zu images that were read before cannot be read now; the first: %s",
                      bf_set_spec(j->side.set), n - found->n_rows, found->n_named > 0 ? found->reasons[0] : "");
    else if (status == FEAT_ERR_FORMAT && found->n_named > 0) {
        const feat_error said = *err;
        status = feat_fail(err, status, "%.200s; the first: %s; --skip-bad goes on without them", said.message,
                           found->reasons[0]);
    }
    feat_free(found);
    return status;
}

/* Knuth's algorithm S with SplitMix64. Sets are often in the order of classes, or repeat their sources in turn: a rule
 * such as every second image would part them unequally. */
void bf_sanity_draw(unsigned char *marks, size_t n, size_t k, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) {
        marks[i] = feat_splitmix64(&seed) % (n - i) < k;
        k -= marks[i];
    }
}

static feat_status choose_items(bf_sanity_job *j, size_t *n, feat_error *err)
{
    size_t count = bf_set_count(j->side.set), wanted = bf_args_number(j->run->args, BF_OPT_COUNT);
    *n = wanted < count ? wanted : count;
    j->items = feat_alloc_array(2 * *n, sizeof *j->items);
    j->is_real = feat_alloc(count);
    if (j->items == NULL || j->is_real == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a list of %zu images", count);
    bf_sanity_draw(j->is_real, count, *n, bf_args_number(j->run->args, BF_OPT_SEED));
    for (size_t i = 0, at = 0; i < count; i++)
        if (j->is_real[i])
            j->items[at++] = i;
    return FEAT_OK;
}

/* Chooses the images, runs them undisturbed, and deals them out. */
static feat_status run_clean(bf_sanity_job *j, feat_error *err)
{
    size_t n = 0, n_real = 0;
    feat_status status = choose_items(j, &n, err);
    if (status == FEAT_OK)
        status = make_block(j, &j->all, n, err);
    if (status != FEAT_OK)
        return status;
    size_t *good = j->items + n;
    status = run_images(j, &j->all, j->items, n, NULL, good, err);
    if (status != FEAT_OK)
        return status;
    n = j->all.n;
    if (n < LEAST_IMAGES)
        return feat_fail(err, FEAT_ERR_NUMERIC, "%s: at least %d images needed, found %zu",
                         bf_set_spec(j->side.set), (int)LEAST_IMAGES, n);
    memmove(j->items, good, n * sizeof *good);
    j->n_items = n;
    bf_sanity_draw(j->is_real, n, (n + 1) / 2, bf_args_number(j->run->args, BF_OPT_SEED) + 1);
    status = make_block(j, &j->real, (n + 1) / 2, err);
    if (status == FEAT_OK)
        status = make_block(j, &j->clean, n / 2, err);
    if (status == FEAT_OK)
        status = make_block(j, &j->spoilt, n / 2, err);
    for (size_t i = 0; i < n && status == FEAT_OK; i++) {
        copy_row(j, j->is_real[i] ? &j->real : &j->clean, j->is_real[i] ? n_real : i - n_real, &j->all, i);
        n_real += j->is_real[i];
    }
    free_block(&j->all);
    return status;
}

/* --- the disturbances ---------------------------------------------------------------------------------- */

static feat_status measure(bf_sanity_job *j, const bf_sanity_block *changed, size_t n, double *value,
                           bf_sanity_error *error, feat_error *err)
{
    bf_sanity_rows rows = {j->real.rows, changed->rows, changed->logits, j->real.n, n, j->d, j->n_classes};
    bf_progress_step(&j->run->report.progress, error != NULL ? "metrics and their errors" : "metrics");
    feat_status status = bf_sanity_measure(j->run, &rows, value, error, err);
    bf_progress_clear(&j->run->report.progress);
    if (status == FEAT_OK && bf_interrupted())
        status = feat_fail(err, FEAT_ERR_IO, "interrupted");
    return status;
}

static void enter(bf_sanity_job *j, size_t kind, int level, const double value[BF_SANITY_METRICS])
{
    for (size_t m = 0; m < BF_SANITY_METRICS; m++)
        j->sanity->curves[kind][m].value[level] = value[m];
}

static void enter_base(bf_sanity_job *j, size_t kind, const double value[BF_SANITY_METRICS],
                       const bf_sanity_error error[BF_SANITY_METRICS])
{
    enter(j, kind, 0, value);
    for (size_t m = 0; m < BF_SANITY_METRICS; m++) {
        j->sanity->curves[kind][m].error = error[m];
        j->sanity->curves[kind][m].known = j->n_taps > 1 || !bf_sanity_metric_at(m).of_logits;
    }
}

/* The images that are spoilt, in their order. */
static void changed_items(const bf_sanity_job *j, size_t *items)
{
    for (size_t i = 0, at = 0; i < j->n_items; i++)
        if (!j->is_real[i])
            items[at++] = j->items[i];
}

static feat_status spoil_pixels(bf_sanity_job *j, size_t kind, feat_error *err)
{
    double value[BF_SANITY_METRICS];
    size_t n = j->clean.n, *items = feat_alloc_array(n, sizeof *items);
    feat_status status =
        items != NULL ? FEAT_OK : feat_fail(err, FEAT_ERR_NOMEM, "no memory for a list of %zu images", n);
    if (status == FEAT_OK)
        changed_items(j, items);
    for (int level = 1; level < BF_SANITY_LEVELS && status == FEAT_OK; level++) {
        change how = {(bf_disturbance)kind, level, bf_args_number(j->run->args, BF_OPT_SEED)};
        status = run_images(j, &j->spoilt, items, n, &how, NULL, err);
        if (status == FEAT_OK)
            status = measure(j, &j->spoilt, n, value, NULL, err);
        if (status == FEAT_OK)
            enter(j, kind, level, value);
    }
    feat_free(items);
    return status;
}

/* Contamination: painted pictures in the places of evenly spread images, the same ones and more at each
 * level. */
static feat_status mix(bf_sanity_job *j, feat_error *err)
{
    double value[BF_SANITY_METRICS];
    bf_sanity_block painted = {0};
    size_t n = j->clean.n, most = (n * MAX_MIX_PERCENT + 50) / 100;
    size_t *items = feat_alloc_array(n, sizeof *items), *chosen = feat_alloc_array(n, sizeof *chosen);
    feat_status status = items != NULL && chosen != NULL
                            ? make_block(j, &painted, most, err)
                            : feat_fail(err, FEAT_ERR_NOMEM, "no memory for a list of %zu images", n);
    if (status == FEAT_OK) {
        change how = {BF_DISTURB_FOREIGN, 1, bf_args_number(j->run->args, BF_OPT_SEED)};
        changed_items(j, items);
        for (size_t i = 0; i < most; i++)
            chosen[i] = items[i * n / most];
        status = run_images(j, &painted, chosen, most, &how, NULL, err);
    }
    for (int level = 1; level < BF_SANITY_LEVELS && status == FEAT_OK; level++) {
        size_t share = (n * mixed[level] + 50) / 100;
        memcpy(j->spoilt.rows, j->clean.rows, n * j->d * sizeof(float));
        if (j->n_taps > 1)
            memcpy(j->spoilt.logits, j->clean.logits, n * j->n_classes * sizeof(float));
        for (size_t i = 0; i < share && i < most; i++)
            copy_row(j, &j->spoilt, i * n / most, &painted, i);
        status = measure(j, &j->spoilt, n, value, NULL, err);
        if (status == FEAT_OK)
            enter(j, BF_SANITY_MIX, level, value);
    }
    free_block(&painted);
    feat_free(items);
    feat_free(chosen);
    return status;
}

typedef struct place {
    double x;
    size_t row;
} place;

static int by_place(const void *a, const void *b)
{
    const place *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return (p->row > q->row) - (p->row < q->row);
}

/* The clean rows in the order of their first principal coordinate. */
static feat_status sort_by_axis(bf_sanity_job *j, place *places, feat_error *err)
{
    size_t n = j->clean.n;
    double variance[2], *x = feat_alloc_array(2 * n, sizeof *x);
    const float **rows = feat_alloc_array(n, sizeof *rows);
    feat_status status = FEAT_OK;
    if (x == NULL || rows == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to find the modes of %zu images", n);
    } else {
        for (size_t i = 0; i < n; i++)
            rows[i] = j->clean.rows + i * j->d;
        status = bf_page_project(x, x + n, NULL, NULL, variance, rows, n, NULL, 0, j->d, err);
        for (size_t i = 0; i < n && status == FEAT_OK; i++)
            places[i] = (place){x[i], i};
        if (status == FEAT_OK)
            qsort(places, n, sizeof *places, by_place);
    }
    feat_free(x);
    feat_free(rows);
    return status;
}

/* Mode dropping: modes are eighths of the set along the first principal axis of its features. Always half as
 * many images as there are, so that the number does not change when modes go. */
static feat_status drop_modes(bf_sanity_job *j, feat_error *err)
{
    double value[BF_SANITY_METRICS];
    bf_sanity_error error[BF_SANITY_METRICS] = {{.known = false}};
    size_t n = j->clean.n, half = n / 2;
    place *places = feat_alloc_array(n, sizeof *places);
    feat_status status = places != NULL
                            ? sort_by_axis(j, places, err)
                            : feat_fail(err, FEAT_ERR_NOMEM, "no memory to find the modes of %zu images", n);
    j->sanity->n_drop = half;
    for (int level = 0; level < BF_SANITY_LEVELS && status == FEAT_OK; level++) {
        size_t kept = n * modes_kept[level] / MODES;
        for (size_t i = 0; i < half; i++)
            copy_row(j, &j->spoilt, i, &j->clean, places[i * kept / half].row);
        status = measure(j, &j->spoilt, half, value, level == 0 ? error : NULL, err);
        if (status == FEAT_OK && level == 0)
            enter_base(j, BF_SANITY_DROP, value, error);
        else if (status == FEAT_OK)
            enter(j, BF_SANITY_DROP, level, value);
    }
    feat_free(places);
    return status;
}

static feat_status disturb_all(bf_sanity_job *j, feat_error *err)
{
    double value[BF_SANITY_METRICS];
    bf_sanity_error error[BF_SANITY_METRICS] = {{.known = false}};
    bool whole = false; /* a disturbance of all images is wanted */
    feat_status status = FEAT_OK;
    for (size_t k = 0; k < BF_SANITY_KINDS; k++)
        whole = whole || (k != BF_SANITY_DROP && j->sanity->wanted[k]);
    if (whole)
        status = measure(j, &j->clean, j->clean.n, value, error, err);
    for (size_t k = 0; k < BF_SANITY_KINDS && status == FEAT_OK; k++) {
        if (!j->sanity->wanted[k])
            continue;
        if (k != BF_SANITY_DROP)
            enter_base(j, k, value, error);
        status = k == BF_SANITY_DROP  ? drop_modes(j, err)
                 : k == BF_SANITY_MIX ? mix(j, err)
                                      : spoil_pixels(j, k, err);
    }
    return status;
}

/* --- all of it ----------------------------------------------------------------------------------------- */

feat_status bf_sanity_run(bf_sanity_job *j, feat_error *err)
{
    feat_status status = run_clean(j, err);
    if (status != FEAT_OK)
        return status;
    j->sanity->n_real = j->real.n;
    j->sanity->n_changed = j->clean.n;
    bf_warn_weights(j->run);
    bf_sanity_warn_few(j->run, j->real.n, j->clean.n);
    return disturb_all(j, err);
}

void bf_sanity_release(bf_sanity_job *j)
{
    free_block(&j->all);
    free_block(&j->real);
    free_block(&j->clean);
    free_block(&j->spoilt);
    feat_free(j->items);
    feat_free(j->is_real);
    feat_free(j->sanity);
    bf_side_close(&j->side);
}
