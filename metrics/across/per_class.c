/* FID, Inception Score, precision and recall of one class at a time, on copies of its rows. */
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/mapped.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/across/across.h"
#include "metrics/base/check_set.h"
#include "metrics/diversity/diversity.h"
#include "metrics/frechet/frechet.h"
#include "metrics/manifold/manifold.h"
#include "metrics/moments/moments.h"

void gmet_class_options_init(gmet_class_options *options, size_t size)
{
    static const gmet_class_options defaults = {
        .struct_size = sizeof defaults, .n_splits = 1, .k = 3, .strict = 0, .fid = 1, .is = 1, .pr = 1};
    feat_sized_init(options, size, &defaults, sizeof defaults);
}

/* The rows of one set, sorted by class. */
typedef struct set {
    const char *name;
    const float *x; /* [n][d] */
    size_t n;
    const uint32_t *label;
    size_t *start; /* [n_classes + 1]: where a class begins in order */
    size_t *order; /* [n] rows, within a class ascending */
    float *rows;   /* [largest class][d] */
    size_t largest;
} set;

typedef struct work {
    set real, gen;
    size_t n_classes, d;
    const gmet_set *logits;
    float *class_logits; /* [largest class][c], or NULL */
    gmet_class_options o;
    const gmet_context *context;
} work;

static feat_status sort_by_class(set *s, size_t n_classes, size_t d, feat_error *err)
{
    size_t size;
    s->start = feat_calloc(n_classes + 1, sizeof *s->start);
    s->order = feat_alloc_array(s->n, sizeof *s->order);
    if (s->start == NULL || s->order == NULL)
        goto no_memory;
    for (size_t i = 0; i < s->n; i++)
        s->start[s->label[i] + 1]++;
    for (size_t k = 0; k < n_classes; k++) {
        s->largest = s->start[k + 1] > s->largest ? s->start[k + 1] : s->largest;
        s->start[k + 1] += s->start[k];
    }
    for (size_t i = 0; i < s->n; i++)
        s->order[s->start[s->label[i]]++] = i;
    memmove(s->start + 1, s->start, n_classes * sizeof *s->start);
    s->start[0] = 0;
    if (!feat_mul_size(s->largest, d, &size))
        goto no_memory;
    s->rows = feat_alloc_array(size, sizeof *s->rows);
    if (s->rows != NULL)
        return FEAT_OK;
no_memory:
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the classes of %zu rows", s->n);
}

static void free_set(set *s)
{
    feat_free(s->rows);
    feat_free(s->order);
    feat_free(s->start);
}

/* Copies the rows of a class out of x [..][d]. */
static void gather(float *to, const float *x, const set *s, size_t k, size_t d)
{
    for (size_t i = s->start[k]; i < s->start[k + 1]; i++, to += d) {
        memcpy(to, x + s->order[i] * d, d * sizeof *to);
        feat_mapped_done(x + s->order[i] * d, d * sizeof *x);
    }
}

static feat_status class_fid(gmet_class_score *out, const work *w, feat_error *err)
{
    gmet_moments *real = NULL, *gen = NULL;
    gmet_fid_result fid = {0};
    feat_status status = gmet_moments_create(&real, w->d, w->context, err);
    if (status == FEAT_OK)
        status = gmet_moments_create(&gen, w->d, w->context, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(real, w->real.rows, out->n_real, w->d, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(gen, w->gen.rows, out->n_gen, w->d, err);
    if (status == FEAT_OK)
        status = gmet_fid_from_moments(&fid, real, gen, w->context, err);
    gmet_moments_close(&gen);
    gmet_moments_close(&real);
    out->fid = fid.value;
    out->has_fid = 1;
    return status;
}

static feat_status class_is(gmet_class_score *out, const work *w, size_t k, feat_error *err)
{
    gmet_is_options o;
    gmet_is_result r = {0};
    gmet_is_options_init(&o, sizeof o);
    o.n_splits = w->o.n_splits;
    const gmet_set logits = {.rows = w->class_logits, .n = out->n_gen, .d = w->logits->d};
    gather(w->class_logits, w->logits->rows, &w->gen, k, logits.d);
    feat_status status = gmet_inception_score(&r, &o, &logits, w->context, err);
    out->is_mean = r.mean;
    out->is_std = r.std;
    out->has_is = 1;
    return status;
}

static feat_status class_pr(gmet_class_score *out, const work *w, feat_error *err)
{
    gmet_pr_options o = {.struct_size = sizeof o, .k = w->o.k, .strict = w->o.strict};
    gmet_pr_result r = {0};
    const gmet_set real = {.rows = w->real.rows, .n = out->n_real, .d = w->d};
    const gmet_set gen = {.rows = w->gen.rows, .n = out->n_gen, .d = w->d};
    feat_status status = gmet_precision_recall(&r, &o, &real, &gen, w->context, err);
    out->precision = r.precision;
    out->recall = r.recall;
    out->has_pr = 1;
    return status;
}

static feat_status score_class(gmet_class_score *out, const work *w, size_t k, feat_error *err)
{
    const gmet_class_options *o = &w->o;
    feat_status status = FEAT_OK;
    *out = (gmet_class_score){.n_real = w->real.start[k + 1] - w->real.start[k],
                              .n_gen = w->gen.start[k + 1] - w->gen.start[k]};
    gather(w->real.rows, w->real.x, &w->real, k, w->d);
    gather(w->gen.rows, w->gen.x, &w->gen, k, w->d);
    if (o->fid && out->n_real >= 2 && out->n_gen >= 2)
        status = class_fid(out, w, err);
    if (status == FEAT_OK && w->class_logits != NULL && out->n_gen >= o->n_splits)
        status = class_is(out, w, k, err);
    if (status == FEAT_OK && o->pr && out->n_real > o->k && out->n_gen > o->k)
        status = class_pr(out, w, err);
    return status;
}

static double share(double sum, size_t n)
{
    return n > 0 ? sum / (double)n : 0.0;
}

static void average(gmet_class_mean *mean, const gmet_class_score *classes, size_t n_classes)
{
    gmet_class_mean m = {0};
    for (size_t k = 0; k < n_classes; k++) { /* what is not defined is 0 */
        m.fid += classes[k].fid;
        m.is_mean += classes[k].is_mean;
        m.precision += classes[k].precision;
        m.recall += classes[k].recall;
        m.n_fid += classes[k].has_fid != 0;
        m.n_is += classes[k].has_is != 0;
        m.n_pr += classes[k].has_pr != 0;
    }
    m.fid = share(m.fid, m.n_fid);
    m.is_mean = share(m.is_mean, m.n_is);
    m.precision = share(m.precision, m.n_pr);
    m.recall = share(m.recall, m.n_pr);
    *mean = m;
}

static feat_status check_labels(const set *s, size_t n_classes, feat_error *err)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->label[i] >= n_classes)
            return feat_fail(err, FEAT_ERR_ARG, "per class: %s: row %zu has label %lu, below %zu expected",
                             s->name, i, (unsigned long)s->label[i], n_classes);
    return FEAT_OK;
}

static feat_status check(const work *w, feat_error *err)
{
    if (w->n_classes == 0 || w->o.n_splits == 0 || w->o.k == 0)
        return feat_fail(err, FEAT_ERR_ARG,
                         "per class: at least 1 class, 1 split and k = 1 expected, %zu, %zu and %zu found",
                         w->n_classes, w->o.n_splits, w->o.k);
    const set *sets[2] = {&w->real, &w->gen};
    for (int i = 0; i < 2; i++) {
        feat_status status = gmet_check_set("per class", sets[i]->name, sets[i]->x, sets[i]->n, w->d, 1, err);
        if (status == FEAT_OK)
            status = check_labels(sets[i], w->n_classes, err);
        if (status != FEAT_OK)
            return status;
    }
    if (w->logits == NULL || !w->o.is)
        return FEAT_OK;
    if (w->logits->n != w->gen.n)
        return feat_fail(err, FEAT_ERR_ARG, "per class: logits of %zu generated rows expected, %zu rows found",
                         w->gen.n, w->logits->n);
    return gmet_check_set("per class", "logits", w->logits->rows, w->logits->n, w->logits->d, 1, err);
}

feat_status gmet_per_class(gmet_class_score *classes, gmet_class_mean *mean, size_t n_classes,
                           const gmet_class_options *options, const gmet_class_set *real, const gmet_class_set *gen,
                           const gmet_set *logits, const gmet_context *context, feat_error *err)
{
    if (classes == NULL || mean == NULL || real == NULL || gen == NULL)
        return feat_null(err, __func__);
    size_t d = real->set.d;
    work w = {.real = {.name = "real", .x = real->set.rows, .n = real->set.n, .label = real->label},
              .gen = {.name = "generated", .x = gen->set.rows, .n = gen->set.n, .label = gen->label},
              .n_classes = n_classes,
              .d = d,
              .logits = logits,
              .context = context};
    gmet_class_options_init(&w.o, sizeof w.o);
    feat_status status = feat_sized_read(&w.o, sizeof w.o, options, "gmet_class_options", err);
    if (status == FEAT_OK)
        status = gmet_check_widths("per class", &real->set, &gen->set, err);
    if (status == FEAT_OK)
        status = check(&w, err);
    if (status != FEAT_OK)
        return status;
    status = sort_by_class(&w.real, n_classes, d, err);
    if (status == FEAT_OK)
        status = sort_by_class(&w.gen, n_classes, d, err);
    if (status == FEAT_OK && logits != NULL && w.o.is) {
        w.class_logits = feat_alloc_array(w.gen.largest, logits->d * sizeof *w.class_logits);
        if (w.class_logits == NULL)
            status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu rows of logits", w.gen.largest);
    }
    for (size_t k = 0; k < n_classes && status == FEAT_OK; k++)
        status = score_class(&classes[k], &w, k, err);
    if (status == FEAT_OK)
        average(mean, classes, n_classes);
    feat_free(w.class_logits);
    free_set(&w.gen);
    free_set(&w.real);
    return status;
}
