/* --per-image: a line for each generated image, and the images that nearly equal a real one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/base/say.h"
#include "tools/formats/csv.h"
#include "tools/measure/measure.h"

enum { FULL = 1 << 16, MAX_LISTED = 20, MAX_IN_JSON = 1000, NAME_BYTES = 200 };

typedef struct pair {
    char generated[NAME_BYTES], real[NAME_BYTES];
    double distance;
} pair;

typedef struct pairs {
    size_t n, n_kept;
    double limit;
    pair *kept;
} pairs;

typedef struct sheet {
    bf_run *run;
    const bf_side *real, *gen;
    const double *share, *said;
    const float *logits;
    size_t n_classes;
    gmet_image_score *scores; /* [gen->n] */
    size_t *near_rows;        /* [near->n] of gen->n */
    pairs *near;
    bf_new_file file;
    bf_text text; /* not yet in the file */
    uint64_t written;
    feat_status status;
    feat_error *err;
} sheet;

static void release_pairs(void *ctx)
{
    pairs *p = ctx;
    feat_free(p->kept);
    feat_free(p);
}

/* --- text ----------------------------------------------------------------------------------------------- */

static void flush(sheet *s)
{
    if (s->status == FEAT_OK && s->text.failed)
        s->status = feat_fail(s->err, FEAT_ERR_NOMEM, "no memory for the scores of %zu images", s->gen->n);
    if (s->status == FEAT_OK)
        s->status = bf_new_file_write(&s->file, s->text.data, s->text.n, s->written, s->err);
    s->written += s->text.n;
    s->text.n = 0;
}

static void put_number(bf_text *t, bool has, double value)
{
    if (!has)
        bf_text_print(t, ",");
    else if (isinf(value))
        bf_text_print(t, ",inf");
    else
        bf_text_print(t, ",%.17g", value);
}

static const char *row_name(const bf_side *side, size_t row, char text[32])
{
    const char *name = bf_side_row_name(side, row);
    if (name[0] != 0)
        return name;
    snprintf(text, 32, "#%zu", row); /* a file of features that has no names */
    return text;
}

/* --- what is in a line -------------------------------------------------------------------------------- */

/* The class the network thinks likeliest (the first of equals), and the entropy of its opinion in nats. */
static size_t judge_logits(const float *logits, size_t n, double *entropy)
{
    size_t top = 0;
    double total = 0.0, mean = 0.0;
    for (size_t i = 1; i < n; i++)
        if (logits[i] > logits[top])
            top = i;
    for (size_t i = 0; i < n; i++) {
        double x = (double)logits[i] - (double)logits[top], e = feat_exp(x);
        total += e;
        mean = fma(e, x, mean);
    }
    *entropy = feat_log(total) - mean / total;
    return top;
}

static void put_row(sheet *s, size_t row)
{
    const gmet_image_score *score = &s->scores[row];
    char own[32], other[32];
    const char *name = row_name(s->gen, row, own), *real = row_name(s->real, score->nearest, other);
    bool near = score->distance <= s->near->limit;
    double entropy = 0.0;
    bf_text *t = &s->text;
    bf_text_print(t, "%zu,", row);
    bf_text_field(t, name);
    put_number(t, s->share != NULL, s->share != NULL ? s->share[row] : 0.0);
    put_number(t, true, score->realism);
    put_number(t, score->rarity > 0.0, score->rarity);
    bf_text_print(t, ",%zu,", score->nearest);
    bf_text_field(t, real);
    put_number(t, true, score->distance);
    bf_text_print(t, ",%d,%d", score->inside, near ? 1 : 0);
    if (s->logits != NULL)
        bf_text_print(t, ",%zu", judge_logits(s->logits + row * s->n_classes, s->n_classes, &entropy));
    else
        bf_text_print(t, ",");
    put_number(t, s->logits != NULL, entropy);
    if (s->said != NULL)
        put_number(t, true, s->said[row]);
    bf_text_print(t, "\n");
    if (near)
        s->near_rows[s->near->n++] = row;
}

static feat_status write_sheet(sheet *s, const char *path, feat_error *err)
{
    s->status = bf_new_file_open(&s->file, path, err);
    if (s->status != FEAT_OK)
        return s->status;
    bf_text_print(&s->text, "index,name,fid_contribution,realism,rarity,nearest_index,nearest,distance,inside,"
                            "near_duplicate,top_class,entropy");
    bf_text_print(&s->text, s->said != NULL ? ",judged_real\n" : "\n");
    for (size_t row = 0; row < s->gen->n && s->status == FEAT_OK; row++) {
        put_row(s, row);
        if (s->text.n >= FULL)
            flush(s);
    }
    flush(s);
    if (s->status == FEAT_OK)
        return bf_new_file_commit(&s->file, err);
    bf_new_file_abandon(&s->file);
    return s->status;
}

/* --- near duplicates
 * ----------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static feat_status find_limit(sheet *s, feat_error *err)
{
    const bf_side *real = s->real, *gen = s->gen;
    const gmet_set x = bf_side_rows(real), y = bf_side_rows(gen);
    gmet_prdc_options options = {.struct_size = sizeof options, .k = 1, .strict = 0, .recall = 0};
    gmet_prdc_images images = {.radius = feat_alloc_array(real->n, sizeof *images.radius)};
    gmet_prdc_result r;
    if (images.radius == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the neighbours of %zu images", real->n);
    feat_status status = gmet_prdc(&r, &images, &options, &x, &y, &s->run->work.context, err);
    if (status == FEAT_OK) {
        qsort(images.radius, real->n, sizeof *images.radius, ascending);
        s->near->limit = BF_NEAR_SHARE * images.radius[real->n / 2];
    }
    feat_free(images.radius);
    return status;
}

/* Moves the nearest of the rows from `first` on to the front, the first of equals. */
static void bring_nearest(sheet *s, size_t first)
{
    size_t best = first;
    for (size_t i = first + 1; i < s->near->n; i++) {
        double x = s->scores[s->near_rows[i]].distance, y = s->scores[s->near_rows[best]].distance;
        if (x < y || (x == y && s->near_rows[i] < s->near_rows[best]))
            best = i;
    }
    size_t row = s->near_rows[best];
    s->near_rows[best] = s->near_rows[first];
    s->near_rows[first] = row;
}

/* The pairs to be named, nearest first. */
static void keep_nearest(sheet *s)
{
    char own[32], other[32];
    pairs *p = s->near;
    for (; p->n_kept < p->n && p->n_kept < MAX_IN_JSON; p->n_kept++) {
        pair *at = &p->kept[p->n_kept];
        bring_nearest(s, p->n_kept);
        size_t row = s->near_rows[p->n_kept];
        snprintf(at->generated, NAME_BYTES, "%s", row_name(s->gen, row, own));
        snprintf(at->real, NAME_BYTES, "%s", row_name(s->real, s->scores[row].nearest, other));
        at->distance = s->scores[row].distance;
    }
}

static void write_json(bf_json *j, const void *ctx)
{
    const pairs *p = ctx;
    bf_json_integer(j, "near_duplicates", p->n);
    bf_json_number(j, "near_duplicate_limit", p->limit);
    bf_json_open(j, "near_duplicate_pairs", '[');
    for (size_t i = 0; i < p->n_kept; i++) {
        bf_json_open(j, NULL, '{');
        bf_json_string(j, "generated", p->kept[i].generated);
        bf_json_string(j, "real", p->kept[i].real);
        bf_json_number(j, "distance", p->kept[i].distance);
        bf_json_close(j, '}');
    }
    bf_json_close(j, ']');
}

static void say_near(bf_run *run, const pairs *p)
{
    if (p->n == 0)
        return;
    bf_report_warn(&run->report,
                   "%zu generated image%s nearly equal%s a real one (memorised or leaked?), the nearest: "
                   "%s and %s, distance %.4g",
                   p->n, p->n == 1 ? "" : "s", p->n == 1 ? "s" : "", p->kept[0].generated, p->kept[0].real,
                   p->kept[0].distance);
    for (size_t i = 1; i < p->n_kept && i < MAX_LISTED && !run->report.quiet; i++)
        bf_say("  %s  %s  %.4g\n", p->kept[i].generated, p->kept[i].real, p->kept[i].distance);
    if (p->n > MAX_LISTED && !run->report.quiet)
        bf_say("  ... and %zu more; see near_duplicate in the CSV\n", p->n - MAX_LISTED);
}

static feat_status make_sheet(sheet *s, const char *path, feat_error *err)
{
    gmet_image_options options;
    const gmet_set x = bf_side_rows(s->real), y = bf_side_rows(s->gen);
    gmet_image_options_init(&options, sizeof options);
    options.k = s->run->network.how.pr_k;
    s->scores = feat_alloc_array(s->gen->n, sizeof *s->scores);
    s->near_rows = feat_alloc_array(s->gen->n, sizeof *s->near_rows);
    s->near->kept = feat_calloc(MAX_IN_JSON, sizeof *s->near->kept);
    if (s->scores == NULL || s->near_rows == NULL || s->near->kept == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the scores of %zu images", s->gen->n);
    feat_status status = gmet_image_scores(s->scores, &options, &x, &y, &s->run->work.context, err);
    if (status == FEAT_OK)
        status = find_limit(s, err);
    if (status == FEAT_OK)
        status = write_sheet(s, path, err);
    if (status == FEAT_OK)
        keep_nearest(s);
    return status;
}

feat_status bf_write_per_image(bf_run *run, const bf_side *real, const bf_side *gen, const double *share,
                               const double *said, const float *logits, size_t n_classes, const char *path,
                               feat_error *err)
{
    sheet s = {.run = run,
               .real = real,
               .gen = gen,
               .share = share,
               .said = said,
               .logits = logits,
               .n_classes = n_classes,
               .file = {-1, NULL, NULL},
               .text = {.csv_plain = bf_args_given(run->args, BF_OPT_CSV_PLAIN)},
               .err = err};
    feat_status status = bf_need_both(real, gen, err);
    if (status != FEAT_OK)
        return status;
    s.near = feat_calloc(1, sizeof *s.near);
    if (s.near == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the scores of %zu images", gen->n);
    bf_progress_step(&run->report.progress, "scores of images");
    status = make_sheet(&s, path, err);
    bf_progress_clear(&run->report.progress);
    feat_free(s.scores);
    feat_free(s.near_rows);
    bf_text_free(&s.text);
    if (status != FEAT_OK) {
        release_pairs(s.near);
        return status;
    }
    say_near(run, s.near);
    bf_report_text(&run->report, "per_image", path);
    bf_report_add_part(&run->report, write_json, release_pairs, s.near);
    return FEAT_OK;
}
