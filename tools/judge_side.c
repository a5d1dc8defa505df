/* eval --judge: what a trained judge expects people to say of each side. */
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "tools/judge_file.h"
#include "tools/measure.h"

static iv3_status check_side(const bf_judge_file *file, const char *path, const bf_run *run,
                             const bf_side *side, iv3_error *err)
{
    const bf_judge_origin *o = &file->origin;
    if (side->d != gmet_judge_ref_dim(file->ref))
        return iv3_fail(err, IV3_ERR_FORMAT, "%s was trained on %zu columns, %s has %zu", path,
                        gmet_judge_ref_dim(file->ref), bf_set_spec(side->set), side->d);
    if (side->kind != BF_SET_IMAGES || o->weights[0] == 0)
        return IV3_OK;
    const char *mine = strstr(run->weights, " sha256:"), *its = strstr(o->weights, " sha256:");
    if (strcmp(run->preset->name, o->preset) != 0 || strcmp(iv3_tap_name(run->tap), o->tap) != 0 ||
        (mine != NULL && its != NULL && strcmp(mine, its) != 0))
        return iv3_fail(err, IV3_ERR_FORMAT, "%s was trained with --preset %s --tap %s and weights %.100s",
                        path, o->preset, o->tap, o->weights);
    return IV3_OK;
}

/* *out [side->n] is the caller's to free. */
static iv3_status predict(double **out, const bf_judge_file *file, const char *path, bf_run *run,
                          const bf_side *side, iv3_error *err)
{
    gmet_judge_rows x = {.f = side->layer[side->main].rows, .n = side->n, .d = side->d};
    size_t p = gmet_judge_n_features(file->ref), count;
    double *statistics = NULL;
    iv3_status status = check_side(file, path, run, side, err);
    *out = NULL;
    if (status != IV3_OK)
        return status;
    *out = iv3_alloc_array(side->n, sizeof **out);
    if (iv3_mul_size(side->n, p, &count))
        statistics = iv3_alloc_array(count, sizeof *statistics);
    if (*out == NULL || statistics == NULL)
        status = iv3_fail(err, IV3_ERR_NOMEM, "no memory to judge %zu images", side->n);
    if (status == IV3_OK)
        status = gmet_judge_features(statistics, NULL, file->ref, &x, NULL, run->pool, err);
    if (status == IV3_OK)
        status = gmet_judge_predict(*out, file->model, statistics, NULL, NULL, NULL, side->n, run->pool, err);
    iv3_free(statistics);
    if (status != IV3_OK) {
        iv3_free(*out);
        *out = NULL;
    }
    return status;
}

static void show(bf_run *run, const char *label, const char *key, const double *p, size_t n,
                 const char *direction)
{
    bf_error_bar none = {.known = false};
    char note[64];
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += p[i];
    snprintf(note, sizeof note, "N = %zu", n);
    bf_show(run, label, key, sum / (double)n, none, direction, note);
}

iv3_status bf_measure_judge(bf_run *run, const bf_side *real, const bf_side *gen, const char *path,
                            double **said, iv3_error *err)
{
    bf_judge_file file;
    double *of_real = NULL;
    *said = NULL;
    iv3_status status = bf_need_rows(gen, err);
    if (status == IV3_OK)
        status = bf_judge_file_read(&file, path, err);
    if (status != IV3_OK)
        return status;
    if ((gmet_judge_ref_blocks(file.ref) & GMET_JUDGE_LOGITS) != 0)
        status = iv3_fail(err, IV3_ERR_UNSUPPORTED, "%s needs logits; judge predict can use it", path);
    if (status == IV3_OK)
        status = predict(said, &file, path, run, gen, err);
    if (status == IV3_OK && real->kind != BF_SET_STATS)
        status = predict(&of_real, &file, path, run, real, err);
    if (status == IV3_OK)
        show(run, "Judged real", "judged_real", *said, gen->n, bf_better_high);
    if (status == IV3_OK && of_real != NULL)
        show(run, "  of real images", "judged_real_of_real", of_real, real->n, "for comparison");
    if (status != IV3_OK) {
        iv3_free(*said);
        *said = NULL;
    }
    iv3_free(of_real);
    bf_judge_file_close(&file);
    return status;
}
