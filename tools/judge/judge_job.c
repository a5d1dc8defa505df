/* What the judge's commands share, and those that need no labels or nothing else: features, agree. */
#include "tools/judge/judge_job.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "engine/files/npy_write.h"
#include "tools/base/files.h"
#include "tools/base/text.h"
#include "tools/formats/csv.h"
#include "tools/judge/judge_key.h"

/* --- texts ---------------------------------------------------------------------------------------------- */

const char *bf_judge_row_label(char label[24], const char *name)
{
    enum { ROOM = 21, HEAD = 9 };
    size_t n = strlen(name), head = n <= ROOM ? n : HEAD, tail = n <= ROOM ? n : n - (ROOM - 3 - HEAD);
    while (n > ROOM && head > 0 && ((unsigned char)name[head] & 0xc0) == 0x80)
        head--;
    while (n > ROOM && tail < n && ((unsigned char)name[tail] & 0xc0) == 0x80)
        tail++;
    snprintf(label, 24, "  %.*s%s%s", (int)head, name, n <= ROOM ? "" : "...", name + tail);
    return label;
}

const char *bf_judge_number_text(char text[16], double number)
{
    if (isnan(number))
        snprintf(text, 16, "-");
    else
        snprintf(text, 16, fabs(number) < 1e5 ? "%.4f" : "%.3g", number);
    return text;
}

const char *bf_judge_interval_text(char text[64], const gmet_judge_interval *i)
{
    char value[16], low[16], high[16];
    bf_judge_number_text(value, i->value);
    if (isnan(i->low) || isnan(i->value))
        snprintf(text, 64, "%s", value);
    else
        snprintf(text, 64, "%s (%s to %s)", value, bf_judge_number_text(low, i->low),
                 bf_judge_number_text(high, i->high));
    return text;
}

void bf_judge_ceiling_show(bf_report *r, const char *label, const gmet_judge_ceiling *c)
{
    char text[224], value[64];
    if (c->why != NULL)
        snprintf(text, sizeof text, "unknown: %s", c->why);
    else
        snprintf(text, sizeof text, "%-28s correlation with k/n that a perfect prediction has%s",
                 bf_judge_interval_text(value, &c->r),
                 c->raters ? "" : "; assumes raters drawn anew for each image");
    bf_report_line(r, label, text, "", "");
}

void bf_judge_ceiling_json(bf_json *j, const gmet_judge_ceiling *c)
{
    bf_json_number(j, "ceiling", c->r.value);
    if (c->why != NULL) {
        bf_json_string(j, "ceiling_unknown", c->why);
        return;
    }
    bf_json_string(j, "ceiling_raters", c->raters ? "told apart" : "assumed drawn anew for each image");
    if (!isnan(c->r.low))
        bf_judge_interval_json(j, "ceiling_interval", &c->r);
}

void bf_judge_interval_json(bf_json *j, const char *key, const gmet_judge_interval *i)
{
    bf_json_open(j, key, '{');
    bf_json_number(j, "value", i->value);
    bf_json_number(j, "low", i->low);
    bf_json_number(j, "high", i->high);
    bf_json_close(j, '}');
}

/* --- options
 * -------------------------------------------------------------------------------------------------- */

static feat_status parse_blocks(uint32_t *blocks, const char *list, feat_error *err)
{
    *blocks = 0;
    while (*list != 0) {
        char name[16];
        size_t n = strcspn(list, ",");
        snprintf(name, sizeof name, "%.*s", (int)(n < 15 ? n : 15), list);
        uint32_t bit = gmet_judge_block_find(name);
        if (bit == 0)
            return feat_fail(
                err, FEAT_ERR_ARG,
                "--blocks: unknown block '%s'; there are stats, gmm, res, norm, sparsity, cosmu, kmmd, ent, "
                "maxp, klreal and raw",
                name);
        *blocks |= bit;
        list += n + (list[n] == ',');
    }
    return FEAT_OK;
}

static feat_status ref_options(gmet_judge_ref_options *o, const bf_args *args, feat_error *err)
{
    gmet_judge_ref_options_init(o, sizeof *o);
    if (bf_args_given(args, BF_OPT_K))
        o->k = (size_t)bf_args_number(args, BF_OPT_K);
    o->pca = (size_t)bf_args_number(args, BF_OPT_PCA);
    o->components = (size_t)bf_args_number(args, BF_OPT_COMPONENTS);
    return parse_blocks(&o->blocks, bf_args_text(args, BF_OPT_BLOCKS), err);
}

feat_status bf_judge_fit_options(gmet_judge_fit_options *o, bool *automatic, const bf_args *args,
                                 feat_error *err)
{
    const char *lambda = bf_args_text(args, BF_OPT_LAMBDA), *kind = bf_args_text(args, BF_OPT_MODEL);
    gmet_judge_fit_options_init(o, sizeof *o);
    for (int i = GMET_JUDGE_LOGISTIC; i <= GMET_JUDGE_GROUP; i++)
        if (strcmp(kind, gmet_judge_kind_name((gmet_judge_kind)i)) == 0)
            o->kind = (gmet_judge_kind)i;
    o->seed = bf_args_number(args, BF_OPT_SEED);
    *automatic = strcmp(lambda, "auto") == 0;
    if (*automatic)
        return FEAT_OK;
    if (!bf_number_read(&o->lambda, lambda, 0) || !(o->lambda >= 0.0))
        return feat_fail(err, FEAT_ERR_ARG, "--lambda: expected a number not below 0, or auto; found '%s'",
                         lambda);
    return FEAT_OK;
}

/* --- loading
 * --------------------------------------------------------------------------------------------------- */

gmet_judge_samples bf_judge_samples(const bf_judge_job *job)
{
    return (gmet_judge_samples){job->x, job->p, &job->table.set};
}

void bf_judge_job_close(bf_judge_job *job)
{
    bf_judge_table_free(&job->table);
    bf_labels_free(&job->labels);
    bf_judge_rows_free(&job->images);
    bf_judge_rows_free(&job->reference);
    gmet_judge_ref_close(&job->ref);
    feat_free(job->x);
    *job = (bf_judge_job){0};
}

static feat_status fit_reference(bf_run *run, bf_judge_job *job, feat_error *err)
{
    const gmet_context *context = &run->work.context;
    gmet_judge_ref_options options;
    feat_status status = ref_options(&options, run->args, err);
    if (status != FEAT_OK)
        return status;
    bf_progress_step(&run->report.progress, "reference");
    feat_error why = {FEAT_OK, ""};
    status =
        gmet_judge_ref_create(&job->ref, &job->reference.x, job->reference.logits.n > 0 ? &job->reference.logits : NULL,
                              &options, context, &why);
    bf_progress_clear(&run->report.progress);
    return status == FEAT_OK ? FEAT_OK
                            : feat_fail(err, status, "--ref %.200s: %.300s", bf_args_text(run->args, BF_OPT_REF),
                                        why.message);
}

feat_status bf_judge_load(bf_run *run, bf_judge_job *job, size_t first, feat_error *err)
{
    const bf_args *args = run->args;
    const char *ref = bf_args_text(args, BF_OPT_REF);
    gmet_judge_ref_options options;
    feat_status status = ref_options(&options, args, err);
    if (status == FEAT_OK)
        status = bf_run_network(run, err);
    if (status != FEAT_OK)
        return status;
    bool logits = (options.blocks & GMET_JUDGE_LOGITS) != 0;
    bf_judge_source reals = {.specs = &ref,
                             .n_specs = 1,
                             .logits = bf_args_text(args, BF_OPT_REF_LOGITS),
                             .want_logits = logits,
                             .role = "reference"};
    bf_judge_source images = {.specs = args->operands + first,
                              .n_specs = args->n_operands - first,
                              .logits = bf_args_text(args, BF_OPT_LOGITS),
                              .ids = bf_args_text(args, BF_OPT_IDS),
                              .want_logits = logits,
                              .role = "images"};
    status = bf_judge_rows_load(&job->reference, run, &reals, err);
    if (status == FEAT_OK)
        status = bf_judge_rows_load(&job->images, run, &images, err);
    if (status == FEAT_OK)
        status = bf_judge_origins_agree(&job->reference.origin, ref, &job->images.origin, images.specs[0], err);
    if (status == FEAT_OK && job->images.x.d != job->reference.x.d)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s has %zu columns, the reference %s has %zu",
                           images.specs[0], job->images.x.d, ref, job->reference.x.d);
    if (run->network.model == NULL) { /* of feature files the origin is not known */
        run->report.tap[0] = run->report.made.preset[0] = 0;
        run->report.is_metric = false;
    }
    return status == FEAT_OK ? fit_reference(run, job, err) : status;
}

feat_status bf_judge_labels(bf_run *run, bf_labels *labels, const char *path, feat_error *err)
{
    const char *key_path = bf_args_text(run->args, BF_OPT_KEY);
    bf_judge_key key = {0};
    feat_status status = key_path != NULL ? bf_judge_key_read(&key, key_path, err) : FEAT_OK;
    if (status == FEAT_OK)
        status = bf_labels_read_keyed(labels, path, bf_args_text(run->args, BF_OPT_DATASET),
                                      key_path != NULL ? &key : NULL, err);
    bf_judge_key_free(&key);
    return status;
}

feat_status bf_judge_join(bf_run *run, bf_judge_job *job, feat_error *err)
{
    const bf_args *args = run->args;
    bf_judge_images images = {.n = job->images.x.n,
                              .names = job->images.names,
                              .set_names = job->images.set_names,
                              .ignore_missing = bf_args_given(args, BF_OPT_IGNORE_MISSING)};
    const bf_labels *labels = &job->labels;
    feat_status status = bf_judge_labels(run, &job->labels, bf_args_text(args, BF_OPT_LABELS), err);
    if (status != FEAT_OK)
        return status;
    if (labels->of_page && !bf_args_given(args, BF_OPT_KEY))
        return feat_fail(err, FEAT_ERR_ARG,
                         "%.200s: is of a page of judge sheet, whose pictures have numbers: --key key.csv, which was "
                         "written beside the page, says which images they are",
                         bf_args_text(args, BF_OPT_LABELS));
    feat_error why = {FEAT_OK, ""};
    status = bf_judge_table_make(&job->table, &job->labels, &images, BF_NO_NAME, &why);
    if (status != FEAT_OK)
        return feat_fail(err, status, "%.200s: %.300s", bf_args_text(args, BF_OPT_LABELS), why.message);
    if (job->table.n_missing > 0)
        bf_report_warn(&run->report, "%zu labelled images are not among the images", job->table.n_missing);
    if (job->table.n_unlabelled > 0)
        bf_report_warn(&run->report, "%zu images have no label and take no part", job->table.n_unlabelled);
    if (labels->n_repeated > 0 && !labels->has_shown)
        bf_report_warn(&run->report, "%zu further labels of an image by one rater do not count", labels->n_repeated);
    if (labels->n_unsure > 0)
        bf_report_warn(&run->report, "%zu answers are \"not sure\": they are no labels and take no part",
                       labels->n_unsure);
    return FEAT_OK;
}

/* Takes rows out of the reference that are among the images, and fits it again. */
static feat_status exclude(bf_run *run, bf_judge_job *job, const gmet_judge_rows *x, feat_error *err)
{
    const gmet_context *context = &run->work.context;
    unsigned char *copies = feat_alloc(job->reference.x.n);
    size_t n = 0;
    if (copies == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to compare images and reference");
    feat_status status = gmet_judge_ref_copies(copies, job->ref, x, context, err);
    for (size_t i = 0; i < job->reference.x.n && status == FEAT_OK; i++)
        n += copies[i];
    if (status == FEAT_OK && n > 0) {
        bf_report_warn(&run->report, "%zu images taken out of the reference because they are judged", n);
        bf_judge_rows_drop(&job->reference, copies);
        gmet_judge_ref_close(&job->ref);
        status = fit_reference(run, job, err);
    }
    feat_free(copies);
    return status;
}

feat_status bf_judge_measure(bf_run *run, bf_judge_job *job, bool labelled, feat_error *err)
{
    const gmet_context *context = &run->work.context;
    gmet_judge_rows x = job->images.x, logits = job->images.logits;
    float *f = NULL, *logits_f = NULL;
    double *g = NULL, *logits_g = NULL;
    unsigned char *copies = NULL;
    size_t count;
    feat_status status = FEAT_OK;
    if (labelled)
        status = bf_judge_rows_pick(&x, &f, &g, &job->images.x, job->table.rows, job->table.set.n, err);
    if (status == FEAT_OK && labelled && logits.n > 0)
        status = bf_judge_rows_pick(&logits, &logits_f, &logits_g, &job->images.logits, job->table.rows,
                                    job->table.set.n, err);
    if (status == FEAT_OK && bf_args_given(run->args, BF_OPT_EXCLUDE_SELF))
        status = exclude(run, job, &x, err);
    if (status != FEAT_OK)
        goto done;
    job->p = gmet_judge_n_features(job->ref);
    copies = feat_alloc(x.n);
    job->x = feat_mul_size(x.n, job->p, &count) ? feat_alloc_array(count, sizeof *job->x) : NULL;
    if (copies == NULL || job->x == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the statistics of %zu images", x.n);
        goto done;
    }
    bf_progress_step(&run->report.progress, "statistics");
    status = gmet_judge_features(job->x, copies, job->ref, &x, logits.n > 0 ? &logits : NULL, context, err);
    bf_progress_clear(&run->report.progress);
    for (size_t i = 0; i < x.n && status == FEAT_OK; i++)
        job->n_copies += copies[i];
    if (status == FEAT_OK && job->n_copies > 0)
        bf_report_warn(
            &run->report,
            "%zu images are in the reference: their statistics say who they are, not how they look%s",
            job->n_copies,
            bf_command_has(run->args->command, BF_OPT_EXCLUDE_SELF)
                ? "; --exclude-self takes them out of it"
                : "");
done:
    feat_free(copies);
    feat_free(f);
    feat_free(g);
    feat_free(logits_f);
    feat_free(logits_g);
    return status;
}

void bf_judge_origin_note(bf_judge_origin *origin, const bf_judge_rows *rows)
{
    snprintf(origin->network, sizeof origin->network, "%.31s", bf_judge_network_of(rows->origin.variant));
    snprintf(origin->preset, sizeof origin->preset, "%.31s", rows->origin.preset);
    snprintf(origin->tap, sizeof origin->tap, "%.23s", rows->origin.tap);
    snprintf(origin->weights, sizeof origin->weights, "%.191s", rows->origin.weights);
}

feat_status bf_judge_origins_agree(const bf_origin *a, const char *name_a, const bf_origin *b, const char *name_b,
                                   feat_error *err)
{
    const struct {
        const char *what, *a, *b;
    } pairs[] = {{"network", bf_judge_network_of(a->variant), bf_judge_network_of(b->variant)},
                 {"preset", a->preset, b->preset},
                 {"layer", a->tap, b->tap},
                 {"weights", a->weights, b->weights}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const char *x = strstr(pairs[i].a, " sha256:"), *y = strstr(pairs[i].b, " sha256:");
        bool both = pairs[i].a[0] != 0 && pairs[i].b[0] != 0;
        if (both && strcmp(x != NULL ? x : pairs[i].a, y != NULL ? y : pairs[i].b) != 0)
            return feat_fail(err, FEAT_ERR_FORMAT, "other %s: %s has %.110s, %s has %.110s", pairs[i].what, name_a,
                             pairs[i].a, name_b, pairs[i].b);
    }
    return FEAT_OK;
}

/* --- features
 * ------------------------------------------------------------------------------------------------- */

static feat_status write_csv(const bf_judge_job *job, const char *path, bool plain, feat_error *err)
{
    bf_text t = {.csv_plain = plain};
    char name[24];
    bf_text_print(&t, "image");
    for (size_t c = 0; c < job->p; c++)
        bf_text_print(&t, ",%s", gmet_judge_feature_name(job->ref, c, name));
    bf_text_print(&t, "\n");
    for (size_t i = 0; i < job->images.x.n; i++) {
        bf_text_field(&t, job->images.names[i]);
        for (size_t c = 0; c < job->p; c++)
            bf_text_print(&t, ",%.17g", job->x[i * job->p + c]);
        bf_text_print(&t, "\n");
    }
    feat_status status = bf_text_write(&t, path, err);
    bf_text_free(&t);
    return status;
}

static feat_status write_npz(const bf_judge_job *job, const char *path, feat_error *err)
{
    bf_text columns = {0}, names = {0};
    char name[24];
    for (size_t c = 0; c < job->p; c++)
        bf_text_print(&columns, "%s%s", c > 0 ? "," : "", gmet_judge_feature_name(job->ref, c, name));
    for (size_t i = 0; i < job->images.x.n; i++) {
        bf_text_add(&names, job->images.names[i], strlen(job->images.names[i]));
        bf_text_add(&names, "\n", 1);
    }
    feat_status status = columns.failed || names.failed
                            ? feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to write it", path)
                            : FEAT_OK;
    feat_npz_array arrays[] = {{"features", 'd', 2, {job->images.x.n, job->p}, job->x},
                               {"columns", 'U', 0, {0, 0}, columns.data},
                               {"images", 'U', 0, {0, 0}, names.data}};
    if (status == FEAT_OK)
        status = feat_npz_write(path, arrays, sizeof arrays / sizeof arrays[0], err);
    bf_text_free(&columns);
    bf_text_free(&names);
    return status;
}

feat_status bf_cmd_judge_features(bf_run *run, feat_error *err)
{
    bf_judge_job job = {0};
    char text[200];
    const char *path = bf_args_text(run->args, BF_OPT_OUTPUT);
    size_t n = strlen(path);
    bool csv = n > 4 && strcmp(path + n - 4, ".csv") == 0;
    run->report.command = "judge features";
    if (!csv && !(n > 4 && strcmp(path + n - 4, ".npz") == 0))
        return feat_fail(err, FEAT_ERR_ARG, "-o: expected FILE.csv or FILE.npz, found '%s'", path);
    feat_status status = bf_check_output(path, err);
    if (status == FEAT_OK)
        status = bf_judge_load(run, &job, 0, err);
    if (status == FEAT_OK)
        status = bf_judge_measure(run, &job, false, err);
    if (status == FEAT_OK)
        status =
            csv ? write_csv(&job, path, bf_args_given(run->args, BF_OPT_CSV_PLAIN), err) : write_npz(&job, path, err);
    if (status == FEAT_OK) {
        snprintf(text, sizeof text, "%.120s: %zu images, %zu statistics", path, job.images.x.n, job.p);
        bf_report_line(&run->report, "wrote", text, "", "");
        bf_report_text(&run->report, "output", path);
        bf_report_integer(&run->report, "n", job.images.x.n);
        bf_report_integer(&run->report, "n_ref", gmet_judge_ref_rows(job.ref));
        bf_report_integer(&run->report, "dim", job.p);
        bf_report_integer(&run->report, "in_reference", job.n_copies);
    }
    bf_judge_job_close(&job);
    return status;
}
