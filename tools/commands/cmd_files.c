/* features, stats: what the metrics are computed from, written in formats others read. */
#include "tools/commands/command_table.h"

#include <string.h>

#include "engine/base/status.h"
#include "engine/files/npy_write.h"
#include "tools/base/files.h"
#include "tools/base/signals.h"
#include "tools/commands/pair.h"
#include "tools/run/memory_plan.h"
#include "tools/run/network.h"
#include "tools/run/side.h"

/* Rows that are kept, or, with `passing`, written as they come; and covariances with what they are added up in. */
static feat_status plan_memory(bf_run *run, const bf_side *side, bf_taps rows, bool passing, bf_taps sums,
                               feat_error *err)
{
    bf_memory_plan plan = {.rows = 0.0};
    bf_memory_fill(&plan, run, side, rows, sums);
    if (passing) {
        plan.rows = 0.0;
        plan.unknown = false;
    }
    for (feat_tap t = 0; t < feat_net_n_taps(run->network.net); t++) {
        double d = (double)(side->kind == BF_SET_IMAGES ? bf_run_dim(run, t) : side->d);
        if ((sums & BF_TAP_BIT(t)) != 0)
            bf_memory_step(&plan, "covariances", 2.0 * 8.0 * d * d + 4096.0 * d);
    }
    return bf_memory_settle(&plan, run, err);
}

/* With --shard the file is a part. */
static feat_status write_share(bf_run *run, bf_side *side, feat_error *err)
{
    feat_status status = bf_side_prepare(run, side, run->network.tap, err);
    if (status == FEAT_OK)
        status = plan_memory(run, side, BF_TAP_BIT(run->network.tap), true, 0, err);
    if (status == FEAT_OK)
        status = bf_side_fill(run, side, BF_TAP_BIT(run->network.tap), 0, err);
    return status == FEAT_OK ? run->keeper.finish(run->keeper.ctx, err) : status;
}

static void note_written(bf_run *run, const char *path, const char *what, const bf_side *side)
{
    char text[224];
    snprintf(text, sizeof text, "%.120s: %s", path, what);
    bf_report_line(&run->report, "wrote", text, "", "");
    bf_report_text(&run->report, "output", path);
    bf_report_integer(&run->report, "n", side->n);
    bf_report_integer(&run->report, "dim", side->d);
}

/* An .npy has room for numbers only. */
static void note_kept(bf_run *run, const char *path)
{
    char text[224];
    size_t n = strlen(path);
    bool kept = n > 4 && strcmp(path + n - 4, ".npz") == 0;
    bf_report_text(&run->report, "holds", kept ? "features, names and origin" : "features");
    if (kept)
        return;
    snprintf(text, sizeof text, "%.100s holds numbers only; -o FILE.npz keeps names, weights and preset with them",
             path);
    bf_report_line(&run->report, "note", text, "", "");
}

static feat_status write_rows(void *ctx, size_t first, size_t n, const float *const *rows, feat_error *err)
{
    return feat_npy_write_rows(ctx, first, n, rows[0], err);
}

enum { ORIGIN_ARRAYS = 12, ORIGIN_NUMBERS = 7 };

/* Where features are from, as far as that is known; what is not is left out, rather than said to be empty. The
 * numbers and the side must outlive the arrays. */
static size_t add_origin(feat_npz_array *arrays, int64_t numbers[ORIGIN_NUMBERS], const bf_side *side)
{
    static const char *const counts[] = {"left_out", "by_content", "in_subfolders", "skipped"};
    const bf_set_listing *l = bf_set_get_listing(side->set);

    const struct {
        const char *name, *text;
    } texts[] = {{"preset", side->preset}, {"weights", side->weights}, {"variant", side->variant}, {"tap", side->tap},
                 {"mode", side->mode}};
    size_t n = 0;
    numbers[0] = (int64_t)side->n;
    numbers[1] = side->pixels;
    numbers[2] = side->numerics;
    numbers[3] = (int64_t)l->left_out.n;
    numbers[4] = (int64_t)l->by_content.n;
    numbers[5] = (int64_t)l->in_subfolders;
    numbers[6] = (int64_t)side->input->n_skipped;
    arrays[n++] = (feat_npz_array){.name = "n", .kind = 'q', .data = &numbers[0]};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].text[0] != 0)
            arrays[n++] = (feat_npz_array){.name = texts[i].name, .kind = 'U', .data = texts[i].text};
    if (side->pixels != 0)
        arrays[n++] = (feat_npz_array){.name = "pixels", .kind = 'q', .data = &numbers[1]};
    if (side->numerics != 0)
        arrays[n++] = (feat_npz_array){.name = "numerics", .kind = 'q', .data = &numbers[2]};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0] && !l->unknown; i++)
        arrays[n++] = (feat_npz_array){.name = counts[i], .kind = 'q', .data = &numbers[3 + i]};
    return n;
}

static const char *row_name(const void *side, size_t row)
{
    return bf_side_row_name(side, row);
}

static bool ends_in_npz(const char *path)
{
    size_t n = strlen(path);
    return n > 4 && strcmp(path + n - 4, ".npz") == 0;
}

/* As clean-fid keeps features, in feats; beside them what the images are called and where the features are from. */
static feat_status write_npz_features(bf_run *run, bf_side *side, const char *path, feat_error *err)
{
    int64_t numbers[ORIGIN_NUMBERS];
    const feat_npz_texts names = {row_name, side};
    feat_status status = bf_side_fill(run, side, BF_TAP_BIT(run->network.tap), 0, err);
    feat_npz_array arrays[2 + ORIGIN_ARRAYS] = {
        {"feats", 'f', 2, {side->n, side->d}, side->layer[run->network.tap].rows},
        {BF_KEY_NAMES, 'N', 1, {side->n, 0}, &names}};
    size_t n = 2 + add_origin(arrays + 2, numbers, side);
    return status == FEAT_OK ? feat_npz_write(path, arrays, n, err) : status;
}

static feat_status write_features(bf_run *run, bf_side *side, const char *path, feat_error *err)
{
    feat_npy_writer *writer = NULL;
    feat_status status = bf_side_prepare(run, side, run->network.tap, err);
    if (status == FEAT_OK)
        status = plan_memory(run, side, BF_TAP_BIT(run->network.tap), !ends_in_npz(path), 0, err);
    if (status == FEAT_OK && run->auditing)
        return bf_side_featurize(run, side, &run->network.tap, 1, bf_drop_rows, NULL, err);
    if (status == FEAT_OK && ends_in_npz(path))
        return write_npz_features(run, side, path, err);
    if (status == FEAT_OK) /* of frames in a pipe the number is put right at the end */
        status = feat_npy_create(&writer, path, bf_set_is_stream(side->set) ? SIZE_MAX / 16 / side->d : side->n,
                                 side->d, err);
    if (status == FEAT_OK)
        status = bf_side_featurize(run, side, &run->network.tap, 1, write_rows, writer, err);
    if (status == FEAT_OK)
        status = feat_npy_finish(&writer, side->n, err);
    feat_npy_abandon(&writer);
    return status;
}

/* The set that becomes the file `path`. An audit computes and writes nothing. */
static feat_status open_set(bf_run *run, bf_side *side, const char *path, feat_error *err)
{
    feat_status status = bf_run_network(run, err);
    if (status == FEAT_OK && !run->auditing)
        status = bf_check_output(path, err);
    return status == FEAT_OK ? bf_side_open(run, side, "set", run->args->operands[0], err) : status;
}

feat_status bf_cmd_features(bf_run *run, feat_error *err)
{
    bf_side side = {0};
    char what[64];
    const char *path = bf_args_text(run->args, BF_OPT_OUTPUT);
    feat_status status = open_set(run, &side, path, err);
    if (status == FEAT_OK && side.kind != BF_SET_IMAGES)
        status = feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: expected images, found %s", bf_set_spec(side.set),
                           side.input->kind);
    if (status == FEAT_OK)
        status = run->keeper.finish != NULL ? write_share(run, &side, err) : write_features(run, &side, path, err);
    if (status == FEAT_OK && run->keeper.finish == NULL) {
        snprintf(what, sizeof what, "float32 [%zu][%zu]", side.n, side.d);
        note_written(run, path, what, &side);
        note_kept(run, path);
    }
    bf_side_close(&side);
    return status;
}

/* spatial: the layer of guided-diffusion's mu_s and sigma_s, FEAT_NO_TAP without. */
static feat_status write_stats(const bf_side *side, feat_tap spatial, const char *path, feat_error *err)
{
    int64_t numbers[ORIGIN_NUMBERS];
    const bf_layer *main = &side->layer[side->main];
    feat_npz_array arrays[4 + ORIGIN_ARRAYS] = {{"mu", 'd', 1, {main->d, 0}, main->mu},
                                                {"sigma", 'd', 2, {main->d, main->d}, main->sigma}};
    size_t n_arrays = 2;
    if (spatial != FEAT_NO_TAP && spatial != side->main) {
        const bf_layer *s = &side->layer[spatial];
        arrays[n_arrays++] = (feat_npz_array){"mu_s", 'd', 1, {s->d, 0}, s->mu};
        arrays[n_arrays++] = (feat_npz_array){"sigma_s", 'd', 2, {s->d, s->d}, s->sigma};
    }
    n_arrays += add_origin(arrays + n_arrays, numbers, side);
    return feat_npz_write(path, arrays, n_arrays, err);
}

static feat_status find_stats(bf_run *run, bf_side *side, feat_tap *spatial, feat_error *err)
{
    bool adm = bf_args_given(run->args, BF_OPT_ADM);
    *spatial = adm ? bf_run_tap(run, FEAT_ROLE_SPATIAL) : FEAT_NO_TAP;
    if (adm && side->kind != BF_SET_IMAGES)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: mu_s and sigma_s are of images; found %s",
                         bf_set_spec(side->set), side->input->kind);
    if (side->n < 2)
        return feat_fail(err, FEAT_ERR_NUMERIC, "%s: a covariance needs at least 2 images, found %zu",
                         bf_set_spec(side->set), side->n);
    feat_status status = bf_side_prepare(run, side, run->network.tap, err);
    bf_taps taps = BF_TAP_BIT(run->network.tap) | BF_TAP_BIT(*spatial);
    if (status == FEAT_OK)
        status = plan_memory(run, side, 0, false, taps, err);
    if (status == FEAT_OK)
        status = bf_side_fill(run, side, 0, taps, err);
    if (status == FEAT_OK && run->keeper.finish != NULL)
        return run->keeper.finish(run->keeper.ctx, err);
    if (status == FEAT_OK)
        status = bf_side_moments(run, side, run->network.tap, err);
    if (status == FEAT_OK && adm)
        status = bf_side_moments(run, side, *spatial, err);
    return status;
}

feat_status bf_cmd_stats(bf_run *run, feat_error *err)
{
    bf_side side = {0};
    feat_tap spatial = FEAT_NO_TAP;
    char what[96];
    const char *path = bf_args_text(run->args, BF_OPT_OUTPUT);
    feat_status status = open_set(run, &side, path, err);
    if (status == FEAT_OK && side.kind == BF_SET_STATS)
        status = feat_fail(err, FEAT_ERR_UNSUPPORTED,
                           "%s: holds statistics already; expected images or features", bf_set_spec(side.set));
    if (status == FEAT_OK)
        status = find_stats(run, &side, &spatial, err);
    if (run->keeper.finish != NULL) {
        bf_side_close(&side);
        return status;
    }
    if (status == FEAT_OK && bf_interrupted())
        status = feat_fail(err, FEAT_ERR_IO, "interrupted");
    if (status == FEAT_OK && !run->auditing)
        status = write_stats(&side, spatial, path, err);
    if (status == FEAT_OK) {
        bf_note_origin(run, &side, &side);
        snprintf(what, sizeof what, "mu [%zu], sigma [%zu][%zu]", side.d, side.d, side.d);
        note_written(run, path, what, &side);
    }
    bf_side_close(&side);
    return status;
}
