/* Scores of classes: sets whose images lie in folders of the same names, or have labels that name the same classes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/measure/classes.h"
#include "tools/measure/measure.h"
#include "tools/measure/metric_memory.h"

enum { CLASS_NAME = BF_CLASS_NAME, MAX_SHOWN = 24 };

typedef bf_class_table classes;

static void release(void *ctx)
{
    classes *c = ctx;
    feat_free(c->names);
    feat_free(c->scores);
    feat_free(c);
}

/* Features and statistics have none; of images it was looked for when the sets were opened. */
static feat_status need_classes(const bf_side *side, feat_error *err)
{
    if (side->kind != BF_SET_IMAGES)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: not all its images are in class folders",
                         bf_set_spec(side->set));
    return bf_set_find_classes(side->set, err);
}

static feat_status same_classes(const bf_side *a, char (*names_a)[CLASS_NAME], size_t n_a, const bf_side *b,
                                char (*names_b)[CLASS_NAME], size_t n_b, feat_error *err)
{
    for (size_t i = 0; i < n_a || i < n_b; i++) {
        int order = i >= n_a ? 1 : i >= n_b ? -1 : bf_class_order(names_a[i], names_b[i]);
        if (order != 0)
            return feat_fail(err, FEAT_ERR_UNSUPPORTED, "class '%.100s' of %s is not in %s",
                             order < 0 ? names_a[i] : names_b[i], bf_set_spec(order < 0 ? a->set : b->set),
                             bf_set_spec(order < 0 ? b->set : a->set));
    }
    return FEAT_OK;
}

static feat_status label_rows(const bf_side *side, const classes *c, uint32_t **labels, feat_error *err)
{
    *labels = feat_alloc_array(side->n, sizeof **labels);
    if (*labels == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the classes of %s", bf_set_spec(side->set));
    for (size_t row = 0; row < side->n; row++) {
        char name[CLASS_NAME];
        (void)bf_class_name(side, row, name);
        const char(*at)[CLASS_NAME] = bsearch(name, c->names, c->n, sizeof *c->names, bf_class_order);
        (*labels)[row] = (uint32_t)(at - (const char(*)[CLASS_NAME])c->names);
    }
    return FEAT_OK;
}

size_t bf_class_of_row(const bf_class_table *table, const bf_side *side, size_t row)
{
    char name[CLASS_NAME];
    if (!bf_class_name(side, row, name))
        return table->n;
    const char(*at)[CLASS_NAME] = bsearch(name, table->names, table->n, sizeof *table->names, bf_class_order);
    return at != NULL ? (size_t)(at - (const char(*)[CLASS_NAME])table->names) : table->n;
}

/* --- what is said of them ----------------------------------------------------------------------------- */

static void number_if(bf_json *j, const char *key, int has, double value)
{
    if (has)
        bf_json_number(j, key, value);
    else
        bf_json_string(j, key, NULL);
}

static void write_json(bf_json *j, const void *ctx)
{
    const classes *c = ctx;
    bf_json_open(j, "per_class", '[');
    for (size_t i = 0; i < c->n; i++) {
        const gmet_class_score *s = &c->scores[i];
        bf_json_open(j, NULL, '{');
        bf_json_string(j, "class", c->names[i]);
        bf_json_integer(j, "n_real", s->n_real);
        bf_json_integer(j, "n_generated", s->n_gen);
        number_if(j, "frechet_inception_distance", s->has_fid, s->fid);
        number_if(j, "inception_score_mean", s->has_is, s->is_mean);
        number_if(j, "precision", s->has_pr, s->precision);
        number_if(j, "recall", s->has_pr, s->recall);
        bf_json_close(j, '}');
    }
    bf_json_close(j, ']');
}

static void show_mean(bf_run *run, const char *key, double value, size_t n)
{
    char note[64];
    if (n == 0)
        return;
    snprintf(note, sizeof note, "%zu class%s", n, n == 1 ? "" : "es");
    bf_show_value(run, key, value, (bf_error_bar){.known = false}, note);
}

/* Where the classes are from; and what is to be said of labels. */
static void show_source(bf_run *run, const classes *c, const bf_side *real, const bf_side *gen)
{
    bf_class_source a = bf_set_classes(real->set)->from, b = bf_set_classes(gen->set)->from;
    const bf_side *sides[2] = {real, gen};
    char text[96];
    snprintf(text, sizeof text, "%zu: %s", c->n,
             a != b                     ? "folder names of one side, labels of the other"
             : a == BF_CLASSES_FOLDERS ? "folder names taken as classes"
                                        : "labels of dataset.json");
    bf_report_line(&run->report, "classes", text, "", "");
    for (size_t i = 0; i < 2; i++)
        if (bf_set_classes(sides[i]->set)->note[0] != '\0')
            bf_report_warn(&run->report, "%s: %s", bf_set_spec(sides[i]->set), bf_set_classes(sides[i]->set)->note);
}

/* By the class with the fewest images. */
static void warn_of_few(bf_run *run, const classes *c, const bf_side *real)
{
    bf_side least = {.n = SIZE_MAX};
    for (size_t i = 0; i < c->n; i++) {
        const gmet_class_score *s = &c->scores[i];
        size_t n = s->n_real < s->n_gen ? s->n_real : s->n_gen;
        if (s->has_fid && n < least.n)
            least.n = n;
    }
    if (least.n < SIZE_MAX)
        bf_warn_width(run, &least, &least, real->d, "FID of a class");
}

static void show_classes(bf_run *run, const classes *c, const bf_side *real, const bf_side *gen)
{
    show_source(run, c, real, gen);
    warn_of_few(run, c, real);
    show_mean(run, "per_class_frechet_inception_distance_mean", c->mean.fid, c->mean.n_fid);
    show_mean(run, "per_class_inception_score_mean", c->mean.is_mean, c->mean.n_is);
    show_mean(run, "per_class_precision_mean", c->mean.precision, c->mean.n_pr);
    show_mean(run, "per_class_recall_mean", c->mean.recall, c->mean.n_pr);
    for (size_t i = 0; i < c->n && c->n <= MAX_SHOWN; i++) {
        const gmet_class_score *s = &c->scores[i];
        char text[224];
        size_t used = (size_t)snprintf(text, sizeof text, "N = %zu vs %zu", s->n_real, s->n_gen);
        if (s->has_fid)
            used += (size_t)snprintf(text + used, sizeof text - used, ", FID %.6g", s->fid);
        if (s->has_is)
            used += (size_t)snprintf(text + used, sizeof text - used, ", IS %.6g", s->is_mean);
        if (s->has_pr)
            snprintf(text + used, sizeof text - used, ", precision %.4f, recall %.4f", s->precision,
                     s->recall);
        if (!s->has_fid && !s->has_is && !s->has_pr)
            snprintf(text + used, sizeof text - used, ", too few for a score");
        bf_report_line(&run->report, c->names[i], text, "", "");
    }
}

static feat_status score(bf_run *run, classes *c, const bf_side *real, const bf_side *gen, const float *logits,
                         size_t n_logits, feat_error *err)
{
    uint32_t *of_real = NULL, *of_gen = NULL;
    gmet_class_options options;
    gmet_class_options_init(&options, sizeof options);
    options.k = run->network.how.pr_k;
    options.strict = run->network.how.pr_strict;
    options.is = logits != NULL;
    c->scores = feat_calloc(c->n, sizeof *c->scores);
    feat_status status =
        c->scores != NULL ? FEAT_OK : feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu classes", c->n);
    if (status == FEAT_OK)
        status = label_rows(real, c, &of_real, err);
    if (status == FEAT_OK)
        status = label_rows(gen, c, &of_gen, err);
    const gmet_class_set x = {bf_side_rows(real), of_real}, y = {bf_side_rows(gen), of_gen};
    const gmet_set classified = {.rows = logits, .n = gen->n, .d = n_logits};
    if (status == FEAT_OK)
        status = gmet_per_class(c->scores, &c->mean, c->n, &options, &x, &y, logits != NULL ? &classified : NULL,
                                &run->work.context, err);
    feat_free(of_real);
    feat_free(of_gen);
    return status;
}

feat_status bf_measure_classes(bf_measuring *m, feat_error *err)
{
    bf_run *run = m->run;
    const bf_side *real = m->real, *gen = m->gen;
    const float *logits = m->logits;
    const size_t n_classes = m->n_classes;
    char(*of_gen)[CLASS_NAME] = NULL;
    size_t n_gen = 0;
    feat_status status = bf_need_both(real, gen, err);
    if (status != FEAT_OK)
        return status;
    classes *c = feat_calloc(1, sizeof *c);
    if (c == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the classes");
    bf_progress_step(&run->report.progress, "scores of classes");
    status = need_classes(real, err);
    if (status == FEAT_OK)
        status = need_classes(gen, err);
    if (status == FEAT_OK)
        status = bf_classes_list(real, &c->names, &c->n, err);
    if (status == FEAT_OK)
        status = bf_classes_list(gen, &of_gen, &n_gen, err);
    if (status == FEAT_OK)
        status = same_classes(real, c->names, c->n, gen, of_gen, n_gen, err);
    if (status == FEAT_OK)
        status = score(run, c, real, gen, logits, n_classes, err);
    feat_free(of_gen);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK) {
        release(c);
        return status;
    }
    show_classes(run, c, real, gen);
    real->input->classes_from = bf_set_classes(real->set)->from;
    gen->input->classes_from = bf_set_classes(gen->set)->from;
    bf_report_add_part(&run->report, write_json, release, c);
    if (run->report.n_parts > 0 && run->report.parts[run->report.n_parts - 1].ctx == c)
        m->classes = c;
    return FEAT_OK;
}

double bf_memory_of_classes(const bf_measuring *m)
{
    const double n1 = (double)m->real->n, n2 = (double)m->gen->n, d = (double)m->real->d;
    const double n = n1 > n2 ? n1 : n2;
    return (n1 + n2) * (d * 4.0 + 16.0) + n2 * (double)m->n_classes * 4.0 + bf_memory_of_distance(n, d);
}
