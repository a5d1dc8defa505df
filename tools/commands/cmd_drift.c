/* drift: what split numerics change on these very images, beside what chance changes. */
#include "tools/commands/command_table.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/signals.h"
#include "tools/measure/measure.h"
#include "tools/run/network.h"
#include "tools/run/side.h"
#include "tools/sanity/sanity_run.h"

enum { LEAST_IMAGES = 24 };

/* One computation of the whole set, and the metrics of its halves. */
typedef struct pass {
    float *rows, *logits;                                /* [n][d], [n][n_classes]; logits NULL without a classifier */
    float *real, *real_logits, *changed, *changed_logits; /* the halves */
    double value[BF_SANITY_METRICS];
} pass;

typedef struct job {
    bf_run *run;
    bf_side side;
    feat_tap tap, logits_tap;
    bool has_logits;
    size_t n, n_real, d, n_classes;
    unsigned char *is_real; /* [n] which half an image is in */
    bf_sanity_error error[BF_SANITY_METRICS];
    pass exact, split;
} job;

/* Copies the rows of a layer, which the next computation takes away. */
static feat_status keep(const job *j, float **rows, feat_tap tap, size_t d, feat_error *err)
{
    *rows = feat_alloc_array(j->side.n, d * sizeof **rows);
    if (*rows == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the features of %zu images", j->side.n);
    memcpy(*rows, j->side.layer[tap].rows, j->side.n * d * sizeof **rows);
    return FEAT_OK;
}

/* Runs the network in one way over all images. */
static feat_status compute(job *j, pass *p, feat_numerics numerics, feat_error *err)
{
    bf_run *run = j->run;
    bf_side_forget(&j->side);
    bf_run_close_model(run);
    run->network.numerics = numerics;
    feat_status status = bf_side_prepare(run, &j->side, run->network.tap, err);
    if (status != FEAT_OK)
        return status;
    if (numerics == FEAT_NUMERICS_EXACT) {
        j->tap = run->network.tap;
        j->d = j->side.d;
        /* With another --tap the network need not be run to its end. */
        bool to_the_end = run->network.tap == bf_run_tap(run, FEAT_ROLE_FEATURES);
        if (to_the_end)
            status = bf_run_logits_tap(run, &j->logits_tap, err);
        j->has_logits = to_the_end && status == FEAT_OK;
        if (status == FEAT_ERR_UNSUPPORTED)
            bf_report_warn(&run->report, "Inception Score left out: %s", err->message);
        else if (status != FEAT_OK)
            return status;
        j->n_classes = j->has_logits ? bf_run_dim(run, j->logits_tap) : 0;
    }
    bf_taps taps = BF_TAP_BIT(j->tap) | (j->has_logits ? BF_TAP_BIT(j->logits_tap) : 0);
    status = bf_side_fill(run, &j->side, taps, 0, err);
    if (status == FEAT_OK)
        status = keep(j, &p->rows, j->tap, j->d, err);
    if (status == FEAT_OK && j->has_logits)
        status = keep(j, &p->logits, j->logits_tap, j->n_classes, err);
    if (status == FEAT_OK && numerics == FEAT_NUMERICS_EXACT)
        j->n = j->side.n;
    if (status == FEAT_OK && j->side.n != j->n)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: %zu images were read at first, now %zu", bf_set_spec(j->side.set),
                           j->n, j->side.n);
    return status;
}

/* Deals rows [n][d] out to two new matrices. */
static feat_status deal(const job *j, float **real, float **changed, const float *rows, size_t d, feat_error *err)
{
    size_t at[2] = {0, 0};
    if (rows == NULL)
        return FEAT_OK;
    *real = feat_alloc_array(j->n_real, d * sizeof **real);
    *changed = feat_alloc_array(j->n - j->n_real, d * sizeof **changed);
    if (*real == NULL || *changed == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the features of %zu images", j->n);
    for (size_t i = 0; i < j->n; i++) {
        int half = j->is_real[i] != 0;
        memcpy((half ? *real : *changed) + at[half]++ * d, rows + i * d, d * sizeof *rows);
    }
    return FEAT_OK;
}

static feat_status measure(job *j, pass *p, bf_sanity_error *error, feat_error *err)
{
    feat_status status = deal(j, &p->real, &p->changed, p->rows, j->d, err);
    if (status == FEAT_OK)
        status = deal(j, &p->real_logits, &p->changed_logits, p->logits, j->n_classes, err);
    if (status != FEAT_OK)
        return status;
    bf_sanity_rows rows = {p->real, p->changed, p->changed_logits, j->n_real, j->n - j->n_real, j->d, j->n_classes};
    bf_progress_step(&j->run->report.progress, error != NULL ? "metrics and their errors" : "metrics");
    status = bf_sanity_measure(j->run, &rows, p->value, error, err);
    bf_progress_clear(&j->run->report.progress);
    if (status == FEAT_OK && bf_interrupted())
        status = feat_fail(err, FEAT_ERR_IO, "interrupted");
    return status;
}

/* Relative rms difference of rows [first, first + n). */
static double difference(const float *exact, const float *split, size_t d, size_t first, size_t n)
{
    double change = 0.0, size = 0.0;
    for (size_t i = first * d; i < (first + n) * d; i++) {
        double x = (double)exact[i], step = (double)split[i] - x;
        change += step * step;
        size += x * x;
    }
    return size > 0.0 ? sqrt(change / size) : 0.0;
}

static void say_rows(const job *j, const char *label, const char *key, const float *exact, const float *split, size_t d)
{
    char text[320], name[96];
    size_t worst = 0;
    double most = -1.0, all = difference(exact, split, d, 0, j->n);
    for (size_t i = 0; i < j->n; i++) {
        double one = difference(exact, split, d, i, 1);
        worst = one > most ? i : worst;
        most = one > most ? one : most;
    }
    snprintf(text, sizeof text, "%.2e relative rms; %.2e at most, in %.200s", all, most,
             bf_side_row_name(&j->side, worst));
    bf_report_line(&j->run->report, label, text, "", "");
    snprintf(name, sizeof name, "%s_relative_rms", key);
    bf_report_number(&j->run->report, name, all);
    snprintf(name, sizeof name, "%s_relative_rms_worst_image", key);
    bf_report_number(&j->run->report, name, most);
}

/* The largest change of all metrics that have an error. */
typedef struct worst_change {
    double in_errors;
    size_t n_judged, n_metrics;
} worst_change;

static void say_metric(const job *j, size_t m, worst_change *worst)
{
    const bf_sanity_metric metric = bf_sanity_metric_at(m);
    const bf_sanity_error *e = &j->error[m];
    double exact = j->exact.value[m], change = fabs(j->split.value[m] - exact);
    char text[224], key[96], share[128] = "; not measured: there is no standard error to compare with";
    bool limited = e->at_most || e->at_least;
    if (e->known) {
        double z = change / e->error;
        if (limited)
            snprintf(share, sizeof share, ", %.2g of an error (at %s %.3g by these images, 95 %%)", z,
                     e->at_most ? "most" : "least", e->limit);
        else
            snprintf(share, sizeof share, ", %.2g of its standard error %.3g", z, e->error);
        worst->in_errors = z > worst->in_errors ? z : worst->in_errors;
    }
    worst->n_judged += e->known;
    worst->n_metrics++;
    snprintf(text, sizeof text, "%.6g exact, changes by %.2g%s", exact, change, share);
    bf_report_line(&j->run->report, metric.label, text, "", "");
    snprintf(key, sizeof key, "%s_exact", metric.key);
    bf_report_number(&j->run->report, key, exact);
    snprintf(key, sizeof key, "%s_split", metric.key);
    bf_report_number(&j->run->report, key, j->split.value[m]);
    snprintf(key, sizeof key, "%s_%s", metric.key,
             e->at_most    ? "at_most"
             : e->at_least ? "at_least"
                           : "standard_error");
    if (e->known)
        bf_report_number(&j->run->report, key, limited ? e->limit : e->error);
}

static void say(const job *j)
{
    worst_change worst = {.in_errors = 0.0};
    char text[128];
    say_rows(j, "features", "features", j->exact.rows, j->split.rows, j->d);
    if (j->has_logits)
        say_rows(j, "logits", "logits", j->exact.logits, j->split.logits, j->n_classes);
    for (size_t m = 0; m < BF_SANITY_METRICS; m++)
        if (j->has_logits || !bf_sanity_metric_at(m).of_logits)
            say_metric(j, m, &worst);
    if (worst.n_judged > 0)
        snprintf(text, sizeof text, "%.2g standard errors at most, in %zu of %zu metrics; N = %zu vs %zu",
                 worst.in_errors, worst.n_judged, worst.n_metrics, j->n_real, j->n - j->n_real);
    else
        snprintf(text, sizeof text, "not measured: none has a standard error; N = %zu vs %zu", j->n_real,
                 j->n - j->n_real);
    bf_report_line(&j->run->report, "metrics", text, "", "");
    if (worst.n_judged > 0)
        bf_report_number(&j->run->report, "largest_change_in_standard_errors", worst.in_errors);
    bf_report_integer(&j->run->report, "metrics_judged", worst.n_judged);
    bf_report_setting(&j->run->report, "seed", bf_args_number(j->run->args, BF_OPT_SEED));
}

static void free_pass(pass *p)
{
    feat_free(p->rows);
    feat_free(p->logits);
    feat_free(p->real);
    feat_free(p->real_logits);
    feat_free(p->changed);
    feat_free(p->changed_logits);
}

static feat_status work(job *j, feat_error *err)
{
    bf_run *run = j->run;
    feat_status status = bf_run_network(run, err);
    if (status == FEAT_OK)
        status = bf_side_open(run, &j->side, "set", run->args->operands[0], err);
    if (status == FEAT_OK && j->side.kind != BF_SET_IMAGES)
        status = feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: expected images, found %s", bf_set_spec(j->side.set),
                           j->side.input->kind);
    if (status == FEAT_OK)
        status = compute(j, &j->exact, FEAT_NUMERICS_EXACT, err);
    if (status == FEAT_OK && j->n < LEAST_IMAGES)
        status = feat_fail(err, FEAT_ERR_NUMERIC, "%s: at least %d images needed, found %zu", bf_set_spec(j->side.set),
                           (int)LEAST_IMAGES, j->n);
    if (status == FEAT_OK)
        status = compute(j, &j->split, FEAT_NUMERICS_SPLIT, err);
    if (status != FEAT_OK)
        return status;
    bf_warn_weights(run);
    j->n_real = (j->n + 1) / 2;
    bf_sanity_warn_few(run, j->n_real, j->n - j->n_real);
    j->is_real = feat_alloc(j->n);
    if (j->is_real == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a list of %zu images", j->n);
    bf_sanity_draw(j->is_real, j->n, j->n_real, bf_args_number(run->args, BF_OPT_SEED));
    status = measure(j, &j->exact, j->error, err);
    if (status == FEAT_OK)
        status = measure(j, &j->split, NULL, err);
    if (status == FEAT_OK)
        say(j);
    return status;
}

feat_status bf_cmd_drift(bf_run *run, feat_error *err)
{
    job j = {.run = run};
    feat_status status = work(&j, err);
    free_pass(&j.exact);
    free_pass(&j.split);
    feat_free(j.is_real);
    bf_side_close(&j.side);
    return status;
}
