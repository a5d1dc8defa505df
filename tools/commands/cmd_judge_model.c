/* judge train, judge predict. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/formats/csv.h"
#include "tools/judge/judge_job.h"
#include "tools/options/weights_find.h"

/* --- train -------------------------------------------------------------------------------------------- */

static void count_labels(bf_judge_origin *origin, const gmet_judge_set *set)
{
    uint64_t k = 0;
    for (size_t i = 0; i < set->n; i++) {
        origin->labels += set->n_labels[i];
        k += set->k_real[i];
    }
    origin->images = set->n;
    origin->p_real = (double)k / (double)origin->labels;
}

static feat_status fit(bf_run *run, bf_judge_job *job, bf_judge_file *file, feat_error *err)
{
    const gmet_context *context = &run->work.context;
    gmet_judge_samples samples = bf_judge_samples(job);
    gmet_judge_fit_options options;
    bool automatic;
    feat_status status = bf_judge_fit_options(&options, &automatic, run->args, err);
    if (status == FEAT_OK && automatic) {
        gmet_judge_cv_options cv;
        gmet_judge_cv_options_init(&cv, sizeof cv);
        status = gmet_judge_choose_lambda(&options.lambda, &samples, NULL, &options, &cv, context, err);
    }
    bf_progress_step(&run->report.progress, "training");
    if (status == FEAT_OK)
        status = gmet_judge_fit(&file->model, &samples, NULL, &options, context, err);
    bf_progress_clear(&run->report.progress);
    return status;
}

/* What a statistic is, in words; "" for one that is not in the list. */
static const char *meaning_of(const char *statistic)
{
    static const char *const meanings[][2] = {{"ld1", "distance to the nearest real image (ln)"},
                                              {"ld3", "distance to the third nearest (ln)"},
                                              {"ld5", "distance to the fifth nearest (ln)"},
                                              {"lreal", "realism: radii of real images over distances to them (ln)"},
                                              {"knn", "closeness to the five nearest (ln)"},
                                              {"mah", "distance from all real images, Mahalanobis's (ln)"},
                                              {"dmu", "distance from the mean of real images (ln)"},
                                              {"dens", "in how many neighbourhoods of real images it lies (ln)"},
                                              {"out", "1 where it lies in none"},
                                              {"rar", "rarity: the smallest such neighbourhood"},
                                              {"gmm", "likelihood under a mixture fitted to real images (ln)"},
                                              {"res", "distance from the space of the first components (ln)"},
                                              {"norm", "length of the features (ln)"},
                                              {"sparsity", "share of zeros"},
                                              {"cosmu", "cosine with the mean of real images"},
                                              {"kmmd", "mean kernel of KID with real images"},
                                              {"ent", "entropy of its classes"},
                                              {"maxp", "largest probability of a class"},
                                              {"klreal", "divergence of its classes from those of real images"}};
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (strcmp(meanings[i][0], statistic) == 0)
            return meanings[i][1];
    return strncmp(statistic, "raw", 3) == 0 ? "a principal component" : "";
}

/* Coefficients of standardised statistics: what a deviation more of each does to the logit. */
static void show_coefficients(bf_run *run, const bf_judge_file *file)
{
    gmet_judge_model_parts parts;
    char name[24], label[24], text[224];
    gmet_judge_model_view(&parts, file->model);
    bool linear = parts.kind == GMET_JUDGE_LOGISTIC || parts.kind == GMET_JUDGE_RIDGE;
    if (linear)
        bf_report_line(&run->report, "weights",
                       "of each statistic, in its standard deviations; above 0: called real more", "", "");
    for (size_t c = 0; c < parts.p; c++) {
        gmet_judge_feature_name(file->ref, c, name);
        if (parts.scale[c] == 0.0 && parts.kind != GMET_JUDGE_CONST)
            bf_report_warn(&run->report, "statistic %s is the same for all training images and takes no part",
                           name);
        else if (linear && c < 24) {
            snprintf(label, sizeof label, "  %.20s", name);
            snprintf(text, sizeof text, "%+.4f   %s", parts.coef[1 + c], meaning_of(name));
            bf_report_line(&run->report, label, text, "", "");
        }
    }
}

static feat_status report_training(bf_run *run, const bf_judge_job *job, const bf_judge_file *file,
                                   const char *path, feat_error *err)
{
    const gmet_context *context = &run->work.context;
    const gmet_judge_set *set = &job->table.set;
    gmet_judge_samples samples = bf_judge_samples(job);
    gmet_judge_scores s;
    gmet_judge_model_parts parts;
    char text[224];
    double *p = feat_alloc_array(set->n, sizeof *p);
    if (p == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu predictions", set->n);
    feat_status status = gmet_judge_predict(p, file->model, &samples, NULL, context, err);
    if (status == FEAT_OK)
        status = gmet_judge_score(&s, p, NULL, set, NULL, err);
    feat_free(p);
    if (status != FEAT_OK)
        return status;
    gmet_judge_model_view(&parts, file->model);
    snprintf(text, sizeof text, "%.120s: %s, lambda %g, %zu statistics against %zu real images", path,
             gmet_judge_kind_name(parts.kind), parts.lambda, job->p, gmet_judge_ref_rows(file->ref));
    bf_report_line(&run->report, "wrote", text, "", "");
    snprintf(text, sizeof text, "%zu images, %zu labels, %.4f of them real", s.images, s.labels, s.mean_y);
    bf_report_line(&run->report, "trained on", text, "", "");
    snprintf(text, sizeof text, "%.4f   on the images it was trained on; judge eval says what it is worth",
             s.acc_label);
    bf_report_line(&run->report, "accuracy", text, "", "");
    show_coefficients(run, file);
    bf_report_text(&run->report, "output", path);
    bf_report_text(&run->report, "model", gmet_judge_kind_name(parts.kind));
    bf_report_number(&run->report, "lambda", parts.lambda);
    bf_report_integer(&run->report, "images", s.images);
    bf_report_integer(&run->report, "labels", s.labels);
    bf_report_integer(&run->report, "n_ref", gmet_judge_ref_rows(file->ref));
    bf_report_integer(&run->report, "statistics", job->p);
    bf_report_number(&run->report, "training_acc_label", s.acc_label);
    bf_report_integer(&run->report, "in_reference", job->n_copies);
    return FEAT_OK;
}

feat_status bf_cmd_judge_train(bf_run *run, feat_error *err)
{
    bf_judge_job job = {0};
    bf_judge_file file = {0};
    const char *path = bf_args_text(run->args, BF_OPT_OUTPUT), *kind = bf_args_text(run->args, BF_OPT_MODEL);
    run->report.command = "judge train";
    if (strcmp(kind, "truth") == 0 || strcmp(kind, "group") == 0)
        return feat_fail(err, FEAT_ERR_ARG,
                         "--model %s is a baseline of judge eval and cannot be kept in a file", kind);
    feat_status status = bf_check_output(path, err);
    if (status == FEAT_OK)
        status = bf_judge_load(run, &job, 0, err);
    if (status == FEAT_OK)
        status = bf_judge_join(run, &job, err);
    if (status == FEAT_OK)
        status = bf_judge_measure(run, &job, true, err);
    if (status == FEAT_OK)
        status = fit(run, &job, &file, err);
    if (status == FEAT_OK) {
        file.ref = job.ref;
        job.ref = NULL;
        bf_judge_origin_note(&file.origin, &job.images);
        count_labels(&file.origin, &job.table.set);
        status = bf_judge_file_write(path, &file, err);
    }
    if (status == FEAT_OK)
        status = report_training(run, &job, &file, path, err);
    bf_judge_file_close(&file);
    bf_judge_job_close(&job);
    return status;
}

/* --- predict
 * ------------------------------------------------------------------------------------------------ */

typedef struct predicting {
    bf_judge_file file;
    bf_judge_rows images;
    double *x, *p;
    unsigned char *copies;
} predicting;

static feat_status predict(bf_run *run, predicting *d, feat_error *err)
{
    const gmet_context *context = &run->work.context;
    size_t n = d->images.x.n, p = gmet_judge_n_features(d->file.ref), copies = 0;
    d->x = feat_alloc_array(n, p * sizeof *d->x);
    d->p = feat_alloc_array(n, sizeof *d->p);
    d->copies = feat_alloc(n);
    if (d->x == NULL || d->p == NULL || d->copies == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the statistics of %zu images", n);
    gmet_judge_samples samples = {d->x, p, &(gmet_judge_set){.n = n}};
    feat_status status = gmet_judge_features(d->x, d->copies, d->file.ref, &d->images.x,
                                             d->images.logits.n > 0 ? &d->images.logits : NULL, context, err);
    if (status == FEAT_OK)
        status = gmet_judge_predict(d->p, d->file.model, &samples, NULL, context, err);
    for (size_t i = 0; i < n && status == FEAT_OK; i++)
        copies += d->copies[i];
    if (copies > 0)
        bf_report_warn(&run->report,
                       "%zu images are in the model's reference: what is said of them is too good", copies);
    bf_report_integer(&run->report, "in_reference", copies);
    return status;
}

static feat_status write_predictions(const predicting *d, const char *path, bool plain, feat_error *err)
{
    bf_text t = {.csv_plain = plain};
    bf_text_print(&t, "image,p,score_logit\n");
    for (size_t i = 0; i < d->images.x.n; i++) {
        double p = d->p[i], q = p < 1e-12 ? 1e-12 : p > 1.0 - 1e-12 ? 1.0 - 1e-12 : p;
        bf_text_field(&t, d->images.names[i]);
        bf_text_print(&t, ",%.17g,%.17g\n", p, feat_log(q) - feat_log(1.0 - q));
    }
    feat_status status = bf_text_write(&t, path, err);
    bf_text_free(&t);
    return status;
}

/* Means of one set, or of all images (name NULL). */
typedef struct set_mean {
    char *name;
    size_t n, above; /* above 1/2 */
    double sum;
} set_mean;

typedef struct set_means {
    size_t n;
    set_mean *sets;
} set_means;

static void release_means(void *ctx)
{
    set_means *m = ctx;
    for (size_t i = 0; i < m->n; i++)
        feat_free(m->sets[i].name);
    feat_free(m->sets);
    feat_free(m);
}

static void write_mean(bf_json *j, const set_mean *m)
{
    bf_json_integer(j, "n", m->n);
    bf_json_number(j, "mean_p", m->sum / (double)m->n);
    bf_json_number(j, "share_above_half", (double)m->above / (double)m->n);
}

static void write_means(bf_json *j, const void *ctx)
{
    const set_means *m = ctx;
    write_mean(j, &m->sets[m->n - 1]);
    bf_json_open(j, "sets", '[');
    for (size_t i = 0; i + 1 < m->n; i++) {
        bf_json_open(j, NULL, '{');
        bf_json_string(j, "set", m->sets[i].name);
        write_mean(j, &m->sets[i]);
        bf_json_close(j, '}');
    }
    bf_json_close(j, ']');
}

static void show_mean(bf_report *r, const set_mean *m)
{
    char text[128], label[24];
    snprintf(label, sizeof label, "%.23s", m->name != NULL ? m->name : "all images");
    snprintf(text, sizeof text, "%.4f   of %zu images, %.4f above 1/2", m->sum / (double)m->n, m->n,
             (double)m->above / (double)m->n);
    bf_report_line(r, label, text, "", "");
}

static void count_in(set_mean *m, double p)
{
    m->n++;
    m->sum += p;
    m->above += p >= 0.5;
}

/* One entry for each run of images with the same set name, the last for all of them. */
static feat_status add_means(set_means *m, const predicting *d, feat_error *err)
{
    const char *const *names = (const char *const *)d->images.set_names;
    size_t n = d->images.x.n, count = 1;
    for (size_t i = 0; names != NULL && i < n; i++)
        count += i == 0 || names[i] != names[i - 1];
    m->sets = feat_calloc(count, sizeof *m->sets);
    if (m->sets == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the means of %zu sets", count);
    m->n = count;
    for (size_t i = 0, at = 0; i < n; i++) {
        if (names != NULL && i > 0 && names[i] != names[i - 1])
            at++;
        if (names != NULL && m->sets[at].name == NULL && (m->sets[at].name = feat_strdup(names[i])) == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the means of %zu sets", count);
        if (names != NULL)
            count_in(&m->sets[at], d->p[i]);
        count_in(&m->sets[count - 1], d->p[i]);
    }
    return FEAT_OK;
}

static feat_status show_predictions(bf_run *run, const predicting *d, feat_error *err)
{
    set_means *m = feat_calloc(1, sizeof *m);
    if (m == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the result");
    feat_status status = add_means(m, d, err);
    if (status != FEAT_OK) {
        release_means(m);
        return status;
    }
    bf_report_line(&run->report, "said real", "mean probability that a person calls an image real", "", "");
    for (size_t i = 0; i < m->n; i++)
        show_mean(&run->report, &m->sets[i]);
    bf_report_number(&run->report, "p_real_in_training", d->file.origin.p_real);
    bf_report_add_part(&run->report, write_means, release_means, m);
    return FEAT_OK;
}

/* The network of that name, unless it is one of the default's family, whose weights decide between these; NULL. */
static const feat_net *other_family(const char *network)
{
    const feat_net *net = feat_net_find(network);
    return net != NULL && strcmp(feat_net_family(net), feat_net_family(bf_network_default())) != 0 ? net : NULL;
}

feat_status bf_cmd_judge_predict(bf_run *run, feat_error *err)
{
    const bf_args *args = run->args;
    const char *model = args->operands[0], *path = bf_args_text(args, BF_OPT_OUTPUT);
    predicting d = {.x = NULL};
    run->report.command = "judge predict";
    feat_status status = path != NULL ? bf_check_output(path, err) : FEAT_OK;
    if (status == FEAT_OK)
        status = bf_judge_file_read(&d.file, model, err);
    if (status == FEAT_OK) {
        run->network.usual = other_family(d.file.origin.network);
        status = bf_run_network(run, err);
    }
    if (status == FEAT_OK) {
        bf_judge_source source = {.specs = args->operands + 1,
                                  .n_specs = args->n_operands - 1,
                                  .logits = bf_args_text(args, BF_OPT_LOGITS),
                                  .ids = bf_args_text(args, BF_OPT_IDS),
                                  .want_logits = (gmet_judge_ref_blocks(d.file.ref) & GMET_JUDGE_LOGITS) != 0,
                                  .judge = &d.file,
                                  .judge_path = model,
                                  .role = "images"};
        status = bf_judge_rows_load(&d.images, run, &source, err);
    }
    if (status == FEAT_OK && run->network.model == NULL) {
        run->report.is_metric = false;
        run->report.tap[0] = run->report.made.preset[0] = 0;
    }
    if (status == FEAT_OK)
        status = predict(run, &d, err);
    if (status == FEAT_OK && path != NULL)
        status = write_predictions(&d, path, bf_args_given(run->args, BF_OPT_CSV_PLAIN), err);
    if (status == FEAT_OK)
        status = show_predictions(run, &d, err);
    feat_free(d.copies);
    feat_free(d.p);
    feat_free(d.x);
    bf_judge_rows_free(&d.images);
    bf_judge_file_close(&d.file);
    return status;
}
