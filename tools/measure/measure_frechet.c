/* Frechet distances: FID and its kin of other layers, less its bias, FID-infinity, MiFID. */
#include "tools/measure/measure_frechet.h"

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/measure/assume.h"
#include "tools/measure/metric_memory.h"
#include "tools/measure/show.h"

/* How many images a covariance is of; 0 if that is not known, as of the statistics in a reference batch. */
static size_t images_behind(const bf_side *side, const bf_layer *layer)
{
    return layer->state == BF_LAYER_STORED && side->kind == BF_SET_IMAGES ? 0 : side->n;
}

/* The divisor of covariances is n less this: the convention of the layer's network. */
static size_t ddof_of(const bf_run *run, feat_tap tap)
{
    size_t index = bf_tap_network(tap);
    return index == 0 ? run->network.how.fid_ddof : run->other[index - 1].how.fid_ddof;
}

/* With divisor n instead of n - 1, as a copy. NULL in *scaled when nothing has to be scaled. */
static feat_status scale_sigma(bf_run *run, const bf_side *side, feat_tap tap, double **scaled, feat_error *err)
{
    const bf_layer *layer = &side->layer[tap];
    size_t n = images_behind(side, layer);
    *scaled = NULL;
    if (ddof_of(run, tap) == 1)
        return FEAT_OK;
    if (n == 0) {
        bf_report_warn(&run->report,
                       "%s does not say how many images it is of: its covariance is taken as it is",
                       bf_set_spec(side->set));
        return FEAT_OK;
    }
    size_t square = layer->d * layer->d;
    double factor = (double)(n - 1) / (double)n;
    *scaled = feat_alloc_array(square, sizeof **scaled);
    if (*scaled == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a covariance of width %zu", layer->d);
    for (size_t i = 0; i < square; i++)
        (*scaled)[i] = layer->sigma[i] * factor;
    return FEAT_OK;
}

static void free_sigma(void *ctx)
{
    bf_layer_free_sigma(ctx);
}

static gmet_fid_side moments_side(const bf_side *side, bf_layer *layer, const double *sigma)
{
    gmet_fid_side s = {.mu = layer->mu, .sigma = sigma != NULL ? sigma : layer->sigma, .ctx = layer};
    if (side->frugal)
        s.sigma_done = free_sigma;
    return s;
}

/* reference: NULL where the geometry of the first side is not wanted. */
static feat_status plain_fid(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap, gmet_fid_result *out,
                             gmet_geometry *reference, feat_error *err)
{
    bf_layer *a = &real->layer[tap], *b = &gen->layer[tap];
    double *sigma_a = NULL, *sigma_b = NULL;
    feat_status status = scale_sigma(run, real, tap, &sigma_a, err);
    if (status == FEAT_OK)
        status = scale_sigma(run, gen, tap, &sigma_b, err);
    if (status == FEAT_OK) {
        gmet_fid_side x = moments_side(real, a, sigma_a), y = moments_side(gen, b, sigma_b);
        x.geometry = reference;
        status = gmet_fid_of_sides(out, &x, &y, a->d, &run->work.context, err);
    }
    feat_free(sigma_a);
    feat_free(sigma_b);
    return status;
}

/* The rows that mu and sigma are of. */
static const float *rows_of(const bf_layer *layer)
{
    return layer->state == BF_LAYER_STORED ? NULL : layer->rows;
}

/* What is known of the distance but for the value. */
static void take_accuracy(bf_fid *fid, const gmet_fid_uncertainty_result *u)
{
    fid->bar = (bf_error_bar){.known = u->has_error != 0, .error = u->standard_error, .why = u->why_no_error};
    fid->corrected_bar =
        (bf_error_bar){.known = u->has_corrected != 0, .error = u->corrected_error, .why = u->why_no_corrected};
    fid->has_corrected = u->has_corrected != 0;
    fid->corrected = u->corrected;
    fid->bias = u->bias_real + u->bias_gen + u->bias_second;
    fid->bias_left = u->bias_left;
    fid->dependent = u->dependent;
    fid->in_order = u->in_order;
}

/* The distance with its error bar and the bias of few rows. */
static feat_status fid_accuracy(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap, bf_fid *fid,
                                double *share, bool *has_share, feat_error *err)
{
    bf_layer *a = &real->layer[tap], *b = &gen->layer[tap];
    gmet_fid_side x = moments_side(real, a, NULL), y = moments_side(gen, b, NULL);
    x.rows = rows_of(a);
    x.n = images_behind(real, a);
    y.rows = rows_of(b);
    y.n = images_behind(gen, b);
    x.geometry = ddof_of(run, tap) == 1 ? &fid->reference : NULL;
    gmet_fid_uncertainty_result u;
    feat_status status =
        gmet_fid_uncertainty(&u, NULL, y.rows != NULL ? share : NULL, &x, &y, a->d, &run->work.context, err);
    if (status != FEAT_OK)
        return status;
    *has_share = share != NULL && y.rows != NULL;
    if (ddof_of(run, tap) == 1)
        fid->raw = u.raw;
    take_accuracy(fid, &u);
    return FEAT_OK;
}

static feat_status both_moments(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap, feat_error *err)
{
    bf_progress_step(&run->report.progress, "covariances");
    feat_status status = bf_side_moments(run, real, tap, err);
    if (status == FEAT_OK)
        status = bf_side_moments(run, gen, tap, err);
    if (status == FEAT_OK && real->layer[tap].d != gen->layer[tap].d)
        status =
            feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s and %s differ in width: %zu and %zu",
                      bf_set_spec(real->set), bf_set_spec(gen->set), real->layer[tap].d, gen->layer[tap].d);
    return status;
}

feat_status bf_find_raw_fid(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap, gmet_fid_result *out,
                            feat_error *err)
{
    feat_status status = both_moments(run, real, gen, tap, err);
    bf_progress_step(&run->report.progress, "Frechet distance");
    if (status == FEAT_OK)
        status = plain_fid(run, real, gen, tap, out, NULL, err);
    bf_progress_clear(&run->report.progress);
    return status;
}

feat_status bf_find_fid(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap, bf_fid *fid, double *share,
                        bool *has_share, feat_error *err)
{
    bool no_share = false;
    *fid = (bf_fid){.has_corrected = false};
    if (has_share == NULL)
        has_share = &no_share;
    feat_status status = both_moments(run, real, gen, tap, err);
    bool has_rows = rows_of(&real->layer[tap]) != NULL || rows_of(&gen->layer[tap]) != NULL;
    bool wanted = status == FEAT_OK && (has_rows || (images_behind(real, &real->layer[tap]) > 1 &&
                                                     images_behind(gen, &gen->layer[tap]) > 1));
    /* The accuracy comes with the distance, unless its covariances have another divisor. */
    bf_progress_step(&run->report.progress, "Frechet distance");
    if (status == FEAT_OK && !(wanted && ddof_of(run, tap) == 1))
        status = plain_fid(run, real, gen, tap, &fid->raw, &fid->reference, err);
    if (wanted && status == FEAT_OK)
        status = fid_accuracy(run, real, gen, tap, fid, share, has_share, err);
    else
        fid->bar.why = fid->corrected_bar.why = "the statistics do not say of how many images they are";
    bf_progress_clear(&run->report.progress);
    return status;
}

/* The numbers of images behind the covariances. */
static void numbers_behind(const bf_side *real, const bf_side *gen, feat_tap tap, bf_side *a, bf_side *b)
{
    *a = (bf_side){.n = images_behind(real, &real->layer[tap])};
    *b = (bf_side){.n = images_behind(gen, &gen->layer[tap])};
}

/* "9.1 of FID 12.3 (74 %) ...": said where the bias is known and more than the error; else by the width. */
static void warn_bias(bf_run *run, const bf_side *a, const bf_side *b, const bf_fid *fid, size_t d)
{
    if (!fid->has_corrected) {
        bf_warn_width(run, a, b, d, "FID");
        return;
    }
    if (fid->bias > 2.0 * fid->bar.error && fid->bias > 0.02 * fid->raw.value) {
        double share = fid->raw.value > fid->bias ? 100.0 * fid->bias / fid->raw.value : 100.0;
        bf_report_warn(&run->report,
                       "%.0f %% of FID %.4g is bias of few images (%.2g): compare it with values of the same N only, "
                       "or compare FID less its bias",
                       share, fid->raw.value, fid->bias);
    }
}

static void show_corrected(bf_run *run, const bf_fid *fid, const char *note)
{
    const char key[] = "corrected_frechet_inception_distance";
    if (fid->has_corrected) {
        bf_show_value(run, key, fid->corrected, fid->corrected_bar, note);
        bf_report_number(&run->report, "frechet_bias", fid->bias);
        bf_report_number(&run->report, "frechet_bias_left", fid->bias_left);
    } else {
        char why[160];
        snprintf(why, sizeof why, "not known: %.120s", fid->corrected_bar.why);
        bf_report_line(&run->report, "FID less its bias", why, "", "");
        bf_report_text(&run->report, "corrected_frechet_inception_distance_error_unknown", fid->corrected_bar.why);
    }
}

/* A line beside FID: where the reference reaches farther the same distance is another quality. d: of its features. */
static void show_reference(bf_run *run, const gmet_geometry *g, size_t d)
{
    char text[96];
    if (!g->known)
        return;
    snprintf(text, sizeof text, "effective rank %.4g of %zu, trace %.4g", g->effective_rank, d, g->trace);
    bf_report_line(&run->report, "Reference", text, "", "");
    bf_report_number(&run->report, "reference_effective_rank", g->effective_rank);
    bf_report_number(&run->report, "reference_covariance_effective_rank", g->covariance_effective_rank);
    bf_report_number(&run->report, "reference_covariance_trace", g->trace);
    bf_report_integer(&run->report, "reference_covariance_rank", g->rank);
}

/* Of another layer than FID's, `key`: in the JSON. */
static void keep_reference(bf_run *run, const char *key, const gmet_geometry *g)
{
    char name[96];
    if (!g->known)
        return;
    snprintf(name, sizeof name, "%.60s_reference_effective_rank", key);
    bf_report_number(&run->report, name, g->effective_rank);
    snprintf(name, sizeof name, "%.60s_reference_covariance_trace", key);
    bf_report_number(&run->report, name, g->trace);
}

feat_status bf_measure_fid(bf_measuring *m, feat_error *err)
{
    bf_run *run = m->run;
    bf_side *real = m->real, *gen = m->gen;
    bf_fid *fid = &m->fid;
    char note[64];
    bf_side a, b;
    if (m->wants_share && gen->kind != BF_SET_STATS) {
        m->share = feat_alloc_array(gen->n, sizeof *m->share);
        if (m->share == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the contributions of %zu images", gen->n);
    }
    feat_status status = bf_side_moments(run, real, real->main, err);
    if (status == FEAT_OK)
        status = bf_side_moments(run, gen, gen->main, err);
    if (status != FEAT_OK)
        return status;
    numbers_behind(real, gen, real->main, &a, &b);
    bf_warn_n(run, &a, &b);
    status = bf_find_fid(run, real, gen, real->main, fid, m->share, &m->has_share, err);
    if (status == FEAT_OK)
        status = bf_assume_corrected(run, real, gen, fid, err);
    if (status != FEAT_OK)
        return status;
    m->has_fid = true;
    warn_bias(run, &a, &b, fid, real->layer[real->main].d);
    bf_note_n(note, &a, &b);
    bf_show_value(run, "frechet_inception_distance", fid->raw.value, fid->bar, note);
    show_corrected(run, fid, note);
    show_reference(run, &fid->reference, real->layer[real->main].d);
    bf_report_number(&run->report, "frechet_mean_term", fid->raw.mean_term);
    bf_report_number(&run->report, "frechet_trace_term", fid->raw.trace_term);
    return FEAT_OK;
}

feat_status bf_measure_fid_of_layer(bf_measuring *m, feat_error *err)
{
    bf_run *run = m->run;
    bf_side *real = m->real, *gen = m->gen;
    const bf_metric *metric = m->metric;
    feat_tap tap = metric->network != NULL ? real->main : bf_metric_tap(metric, run->network.net);
    char note[64];
    bf_fid fid;
    bf_side a, b;
    if (tap == FEAT_NO_TAP)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s has no layer for it", feat_net_name(run->network.net));
    feat_status status = bf_find_fid(run, real, gen, tap, &fid, NULL, NULL, err);
    if (status != FEAT_OK)
        return status;
    numbers_behind(real, gen, tap, &a, &b);
    bf_warn_n(run, &a, &b);
    bf_warn_width(run, &a, &b, real->layer[tap].d, metric->label);
    bf_note_n(note, &a, &b);
    for (size_t i = 0; bf_metric_value_at(i) != NULL; i++)
        if (bf_metric_at(bf_metric_value_at(i)->metric) == metric) {
            bf_show_value(run, bf_metric_value_at(i)->key, fid.raw.value, fid.bar, note);
            keep_reference(run, bf_metric_value_at(i)->key, &fid.reference);
        }
    return FEAT_OK;
}

feat_status bf_find_draws(bf_run *run, bf_side *real, bf_side *gen, bf_fid *fid, bool *has_fid, feat_error *err)
{
    if (bf_side_rows(real).rows == NULL || bf_side_rows(gen).rows == NULL)
        return FEAT_OK;
    feat_status status = bf_find_fid(run, real, gen, real->main, fid, NULL, NULL, err);
    *has_fid = status == FEAT_OK;
    if (status == FEAT_OK)
        bf_assume_dispersion(run, fid);
    return status == FEAT_ERR_NUMERIC || status == FEAT_ERR_UNSUPPORTED ? FEAT_OK : status;
}

/* --- FID-infinity and MiFID ---------------------------------------------------------------------------- */

feat_status bf_measure_fid_infinity(bf_measuring *m, feat_error *err)
{
    bf_run *run = m->run;
    const bf_side *real = m->real, *gen = m->gen;
    gmet_infinity_options options;
    char note[64];
    feat_status status = bf_need_both(real, gen, err);
    if (status == FEAT_OK)
        status = bf_assume_independent(run, err);
    if (status != FEAT_OK)
        return status;
    gmet_infinity_options_init(&options, sizeof options);
    options.n_points = BF_INFINITY_POINTS;
    options.seed = (uint32_t)bf_metric_seed(run);
    bf_progress_step(&run->report.progress, "FID-infinity");
    const gmet_fid_side x = bf_side_frechet(real);
    const gmet_set y = bf_side_rows(gen);
    status = gmet_fid_infinity(&m->infinity.fit, m->infinity.points, &options, &x, &y, &run->work.context, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    const gmet_infinity_result r = m->infinity.fit;
    m->has_infinity = true;
    bf_warn_n(run, real, gen);
    bf_warn_width(run, real, gen, real->d, "FID-infinity");
    bf_note_slope(note, real, gen, r.slope);
    bf_show_value(run, "frechet_inception_distance_infinity", r.value,
                  (bf_error_bar){.why = "the bias of the first set stays in it"}, note);
    bf_report_number(&run->report, "frechet_inception_distance_infinity_slope", r.slope);
    bf_report_number(&run->report, "frechet_inception_distance_infinity_fit_residual", r.fit_residual);
    if (r.value < -2.0 * r.fit_residual)
        bf_report_warn(&run->report,
                       "FID-infinity is below 0, where no distance is: the line through the subsets overshoots, "
                       "as with few images for the width, or sets that are no independent draws");
    return FEAT_OK;
}

static feat_status mifid_of(bf_run *run, const bf_side *real, const bf_side *gen, double fid,
                            gmet_direction direction, gmet_mifid_result *r, feat_error *err)
{
    gmet_mifid_options options;
    gmet_mifid_options_init(&options, sizeof options);
    options.direction = direction;
    const gmet_set x = bf_side_rows(real), y = bf_side_rows(gen);
    return gmet_mifid(r, fid, &options, &x, &y, &run->work.context, err);
}

feat_status bf_measure_mifid(bf_measuring *m, feat_error *err)
{
    bf_run *run = m->run;
    const bf_side *real = m->real, *gen = m->gen;
    gmet_mifid_result r, other;
    char note[64];
    feat_status status = FEAT_OK;
    if (!m->has_fid)
        status = bf_find_fid(run, m->real, m->gen, run->network.tap, &m->fid, NULL, NULL, err);
    if (status == FEAT_OK)
        status = bf_need_both(real, gen, err);
    if (status != FEAT_OK)
        return status;
    const double fid = m->fid.raw.value;
    bf_progress_step(&run->report.progress, "MiFID");
    status = mifid_of(run, real, gen, fid, run->network.how.mifid, &r, err);
    if (status == FEAT_OK)
        status =
            mifid_of(run, real, gen, fid,
                     run->network.how.mifid == GMET_GEN_TO_REAL ? GMET_REAL_TO_GEN : GMET_GEN_TO_REAL, &other, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    const gmet_mifid_result *to_real = run->network.how.mifid == GMET_GEN_TO_REAL ? &r : &other;
    const gmet_mifid_result *to_gen = to_real == &r ? &other : &r;
    bf_warn_n(run, real, gen);
    bf_warn_width(run, real, gen, real->d, "MiFID");
    bf_note_n(note, real, gen);
    bf_show_value(run, "memorization_informed_frechet_inception_distance", r.value,
                  (bf_error_bar){.known = false}, note);
    bf_report_number(&run->report, "mifid_generated_to_real", to_real->value);
    bf_report_number(&run->report, "mifid_real_to_generated", to_gen->value);
    bf_report_number(&run->report, "mifid_distance", r.distance);
    return FEAT_OK;
}

/* --- memory ------------------------------------------------------------------------------------------- */

double bf_memory_of_fid(const bf_measuring *m)
{
    const double n1 = (double)m->real->n, n2 = (double)m->gen->n, d = (double)m->real->d, matrix = 8.0 * d * d;
    return bf_memory_of_distance(n1 > n2 ? n1 : n2, d) - 2.0 * matrix + 8.0 * n2;
}

double bf_memory_of_fid_infinity(const bf_measuring *m)
{
    const double n1 = (double)m->real->n, n2 = (double)m->gen->n, d = (double)m->real->d;
    const double n = n1 > n2 ? n1 : n2;
    return 2.0 * bf_memory_of_sums(n, d) + bf_memory_of_distance(n, d);
}

double bf_memory_of_mifid(const bf_measuring *m)
{
    const double n1 = (double)m->real->n, n2 = (double)m->gen->n, d = (double)m->real->d;
    return bf_memory_of_products(m->run, d) + 24.0 * (n1 + n2);
}
