/* eval --judge: what a trained judge expects people to say of each side. */
#include <math.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "tools/judge/judge_job.h"
#include "tools/measure/measure.h"

/* What is said of one side. */
typedef struct verdicts {
    double *p;     /* [side->n], the caller's to free */
    size_t copies; /* images that are in the model's reference */
} verdicts;

static feat_status check_side(const bf_judge_file *file, const char *path, const bf_side *side, feat_error *err)
{
    bf_judge_given given = {side->variant, side->preset, side->tap, side->weights, bf_set_spec(side->set), side->d};
    return bf_judge_file_check(file, &given, path, err);
}

static feat_status predict(verdicts *out, const bf_judge_file *file, bf_run *run, const bf_side *side,
                           feat_error *err)
{
    const gmet_context *context = &run->work.context;
    gmet_judge_rows x = {.f = bf_side_rows(side).rows, .n = side->n, .d = side->d};
    size_t p = gmet_judge_n_features(file->ref), count;
    double *statistics = NULL;
    unsigned char *copies = feat_alloc(side->n);
    out->p = feat_alloc_array(side->n, sizeof *out->p);
    if (feat_mul_size(side->n, p, &count))
        statistics = feat_alloc_array(count, sizeof *statistics);
    gmet_judge_samples samples = {statistics, p, &(gmet_judge_set){.n = side->n}};
    feat_status status = out->p == NULL || statistics == NULL || copies == NULL
                             ? feat_fail(err, FEAT_ERR_NOMEM, "no memory to judge %zu images", side->n)
                             : gmet_judge_features(statistics, copies, file->ref, &x, NULL, context, err);
    for (size_t i = 0; i < side->n && status == FEAT_OK; i++)
        out->copies += copies[i];
    if (status == FEAT_OK)
        status = gmet_judge_predict(out->p, file->model, &samples, NULL, context, err);
    feat_free(copies);
    feat_free(statistics);
    return status;
}

static void show(bf_run *run, const char *label, const char *key, const verdicts *v, const bf_side *side,
                 const char *direction)
{
    double n = (double)side->n, sum = 0.0, square = 0.0;
    char note[64];
    for (size_t i = 0; i < side->n; i++)
        sum += v->p[i];
    for (size_t i = 0; i < side->n; i++)
        square = fma(v->p[i] - sum / n, v->p[i] - sum / n, square);
    bf_error_bar bar = {.known = side->n > 1, .error = side->n > 1 ? sqrt(square / n / (n - 1.0)) : 0.0};
    snprintf(note, sizeof note, "N = %zu; error of the images drawn only", side->n);
    bf_show(run, label, key, sum / n, bar, direction, note);
    if (v->copies > 0)
        bf_report_warn(&run->report,
                       "%s: %zu images are in the reference that the judge was trained with: what is said of them "
                       "is too good",
                       bf_set_spec(side->set), v->copies);
}

feat_status bf_judge_open(bf_judge_file *file, const bf_side *real, const bf_side *gen,
                          const char *path, feat_error *err)
{
    feat_status status = FEAT_OK;
    if (gen->kind == BF_SET_STATS)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: holds statistics; --judge needs images or features",
                         bf_set_spec(gen->set));
    status = bf_judge_file_read(file, path, err);
    if (status == FEAT_OK && (gmet_judge_ref_blocks(file->ref) & GMET_JUDGE_LOGITS) != 0)
        status = feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s needs logits, which eval does not keep: use judge predict",
                           path);
    if (status == FEAT_OK)
        status = check_side(file, path, gen, err);
    if (status == FEAT_OK && real->kind != BF_SET_STATS)
        status = check_side(file, path, real, err);
    return status;
}

feat_status bf_measure_judge(bf_run *run, const bf_side *real, const bf_side *gen, const bf_judge_file *file,
                             double **said, feat_error *err)
{
    verdicts of_real = {.p = NULL}, of_gen = {.p = NULL};
    bool both = real->kind != BF_SET_STATS;
    feat_status status = predict(&of_gen, file, run, gen, err);
    if (status == FEAT_OK && both)
        status = predict(&of_real, file, run, real, err);
    if (status == FEAT_OK)
        show(run, "Judged real", "judged_real", &of_gen, gen, bf_better_text(BF_HIGHER_IS_BETTER));
    if (status == FEAT_OK && both)
        show(run, "  of real images", "judged_real_of_real", &of_real, real, "for comparison");
    *said = of_gen.p; /* also after an error: the caller frees it */
    feat_free(of_real.p);
    return status;
}
