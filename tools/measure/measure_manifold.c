/* What neighbours say of two sets: precision and recall, density and coverage, AuthPct, the PRD curve. */
#include "tools/measure/measure_manifold.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/measure/metric_memory.h"
#include "tools/measure/show.h"
#include "tools/options/weights_find.h"

/* Of a value from 0 to `top`. */
static bf_error_bar bar_of(const gmet_sampling_error *e, double top)
{
    return (bf_error_bar){.known = e->has_error != 0,
                          .error = e->standard_error,
                          .has_interval = e->has_error != 0,
                          .low = e->low,
                          .high = e->high,
                          .top = top,
                          .at_most = e->at_most != 0,
                          .at_least = e->at_least != 0,
                          .limit = e->limit,
                          .why = e->why};
}

static feat_status need_neighbours(const bf_side *side, size_t k, feat_error *err)
{
    feat_status status = bf_need_rows(side, err);
    if (status == FEAT_OK && side->n <= k)
        status = feat_fail(err, FEAT_ERR_NUMERIC, "%s: k = %zu needs more than %zu images, found %zu",
                           bf_set_spec(side->set), k, k, side->n);
    return status;
}

/* The key of a number: of the features of a network of its own with what tells them apart. */
static const char *key_of(char key[64], const bf_measuring *m, const char *name)
{
    snprintf(key, 64, "%s%s", name, m->metric->suffix != NULL ? m->metric->suffix : "");
    return key;
}

feat_status bf_measure_pr(bf_measuring *m, feat_error *err)
{
    bf_run *run = m->run;
    const bf_side *real = m->real, *gen = m->gen;
    gmet_pr_options options = {.struct_size = sizeof options, .k = m->how->pr_k,
                               .strict = m->how->pr_strict,
                               .adm_fp16 = m->how->pr_adm_fp16,
                               .stylegan_fp16 = m->how->pr_stylegan_fp16};
    gmet_pr_result pr;
    gmet_sampling_error e[3];
    char note[64], key[64];
    feat_status status = need_neighbours(real, options.k, err);
    if (status == FEAT_OK)
        status = need_neighbours(gen, options.k, err);
    if (status != FEAT_OK)
        return status;
    const gmet_set x = bf_side_rows(real), y = bf_side_rows(gen);
    bf_progress_step(&run->report.progress, "precision and recall");
    status = gmet_precision_recall(&pr, &options, &x, &y, &run->work.context, err);
    if (status == FEAT_OK)
        status = gmet_pr_error(e, &pr, &options, &x, &y, &run->work.context, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    bf_note_n(note, real, gen);
    bf_show_value(run, key_of(key, m, "precision"), pr.precision, bar_of(&e[0], 1.0), note);
    bf_show_value(run, key_of(key, m, "recall"), pr.recall, bar_of(&e[1], 1.0), note);
    bf_show_value(run, key_of(key, m, "f_score"), pr.f_score, bar_of(&e[2], 1.0), note);
    return FEAT_OK;
}

static feat_status find_dc(const gmet_prdc_options *o, bf_run *run, const bf_side *real, const bf_side *gen,
                           gmet_prdc_result *r, gmet_sampling_error e[2], feat_error *err)
{
    gmet_prdc_images images = {.n_balls = feat_alloc_array(gen->n, sizeof *images.n_balls)};
    const gmet_set x = bf_side_rows(real), y = bf_side_rows(gen);
    if (images.n_balls == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for density and coverage of %zu images", gen->n);
    feat_status status = gmet_prdc(r, &images, o, &x, &y, &run->work.context, err);
    if (status == FEAT_OK)
        status = gmet_prdc_error(&e[0], &e[1], r, images.n_balls, o, &x, &y, &run->work.context, err);
    feat_free(images.n_balls);
    return status;
}

feat_status bf_measure_dc(bf_measuring *m, feat_error *err)
{
    bf_run *run = m->run;
    const bf_side *real = m->real, *gen = m->gen;
    gmet_prdc_options options;
    gmet_prdc_result r;
    gmet_sampling_error e[2];
    char note[64];
    gmet_prdc_options_init(&options, sizeof options);
    options.k = m->how->dc_k;
    options.strict = m->how->dc_strict;
    options.recall = 0;
    feat_status status = need_neighbours(real, options.k, err);
    if (status == FEAT_OK)
        status = bf_need_rows(gen, err);
    if (status != FEAT_OK)
        return status;
    bf_progress_step(&run->report.progress, "density and coverage");
    status = find_dc(&options, run, real, gen, &r, e, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    bf_note_n(note, real, gen);
    bf_show_value(run, "density", r.density, bar_of(&e[0], 0.0), note);
    bf_show_value(run, "coverage", r.coverage, bar_of(&e[1], 1.0), note);
    return FEAT_OK;
}

feat_status bf_measure_authpct(bf_measuring *m, feat_error *err)
{
    bf_run *run = m->run;
    const bf_side *real = m->real, *gen = m->gen;
    double percent = 0.0;
    gmet_sampling_error e;
    char note[64];
    feat_status status = bf_need_both(real, gen, err);
    if (status != FEAT_OK)
        return status;
    const gmet_set x = bf_side_rows(real), y = bf_side_rows(gen);
    bf_progress_step(&run->report.progress, "AuthPct");
    status = gmet_authpct(&percent, NULL, &x, &y, &run->work.context, err);
    if (status == FEAT_OK)
        status = gmet_authpct_error(&e, percent, &x, &y, &run->work.context, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    bf_note_n(note, real, gen);
    bf_show_value(run, "authpct", percent, bar_of(&e, 100.0), note);
    return FEAT_OK;
}

feat_status bf_measure_prd(bf_measuring *m, feat_error *err)
{
    bf_run *run = m->run;
    const bf_side *real = m->real, *gen = m->gen;
    gmet_prd_options options;
    gmet_prd_result r;
    char note[64];
    feat_status status = bf_need_both(real, gen, err);
    if (status != FEAT_OK)
        return status;
    gmet_prd_options_init(&options, sizeof options);
    options.seed = bf_metric_seed(run);
    options.equal_sizes = 0;
    const gmet_set x = bf_side_rows(real), y = bf_side_rows(gen);
    bf_progress_step(&run->report.progress, "PRD curve");
    status = gmet_prd_curve(&r, NULL, NULL, &options, &x, &y, &run->work.context, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    bf_note_n(note, real, gen);
    bf_show_value(run, "prd_f_8", r.f_8, (bf_error_bar){.known = false}, note);
    bf_show_value(run, "prd_f_one_eighth", r.f_one_eighth, (bf_error_bar){.known = false}, note);
    return FEAT_OK;
}

/* --- settings and memory ------------------------------------------------------------------------------- */

void bf_note_pr(const bf_measuring *m)
{
    bf_report *r = &m->run->report;
    char key[64];
    bf_report_setting(r, key_of(key, m, "k"), m->how->pr_k);
    bf_report_setting_boolean(r, key_of(key, m, "strict"), m->how->pr_strict);
    if (m->how->pr_adm_fp16)
        bf_report_setting_boolean(r, key_of(key, m, "adm_fp16"), true);
    if (m->how->pr_stylegan_fp16)
        bf_report_setting_boolean(r, key_of(key, m, "stylegan_fp16"), true);
    const char *half = NULL;
    if (m->how->pr_adm_fp16)
        half = "in half precision, as guided-diffusion's evaluator computes them";
    else if (m->how->pr_stylegan_fp16)
        half = "in half precision, as StyleGAN computes them: equal to 3 digits";
    if (half != NULL)
        bf_report_line(r, "distances", half, "", "");
}

void bf_note_dc(const bf_measuring *m)
{
    bf_report_setting(&m->run->report, "density_k", m->how->dc_k);
}

void bf_note_features(bf_run *run, const bf_side *a, const bf_side *b)
{
    static const char *const others[][2] = {
        {"vgg16", "VGG-16's, as in the paper, torch-fidelity and (in half precision) StyleGAN"},
        {"dinov2", "DINOv2's, as in dgm-eval; those of Inception and VGG-16 are other numbers"},
        {"clip", "CLIP's; those of Inception and VGG-16, which papers print, are other numbers"},
    };
    bool known = run->report.made.has_weights || a->weights[0] != 0 || b->weights[0] != 0;
    /* Of files, what they say; the run's network is the one that images would go through. */
    const feat_net *net = feat_net_find(bf_network_name(a->variant[0] != 0 ? a->variant : b->variant));
    const char *family = feat_net_family(net != NULL ? net : run->network.net);
    const char *text = "Inception's, as in guided-diffusion, but for the lines that name another network";
    if (run->n_other == 0)
        text = "Inception's, as in guided-diffusion; precision and recall of VGG16's (the paper, StyleGAN, "
               "torch-fidelity) are other numbers: --network vgg16";
    const char *name = "inception";
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(family, others[i][0]) == 0) {
            name = others[i][0];
            text = others[i][1];
        }
    if (!known) {
        name = "as given";
        text = "as given: the files do not say of which network; compare with numbers of the same one only";
    }
    bf_report_text(&run->report, "features", name);
    bf_report_line(&run->report, "features", text, "", "");
}

/* In half precision with a copy of both sets. */
double bf_memory_of_pr(const bf_measuring *m)
{
    const bf_run *run = m->run;
    const double n1 = (double)m->real->n, n2 = (double)m->gen->n, d = (double)m->real->d;
    bool is_half = m->how->pr_adm_fp16 || m->how->pr_stylegan_fp16;
    double half = is_half ? (n1 + n2) * (d * 4.0 + 40.0) + bf_memory_of_products(run, d) : 0.0;
    return bf_memory_of_search(run, n1, n2, d, (double)m->how->pr_k) + half;
}

double bf_memory_of_dc(const bf_measuring *m)
{
    const double n1 = (double)m->real->n, n2 = (double)m->gen->n, d = (double)m->real->d;
    return bf_memory_of_search(m->run, n1, n2, d, (double)m->how->dc_k) + bf_memory_of_pr(m);
}

double bf_memory_of_authpct(const bf_measuring *m)
{
    const double n1 = (double)m->real->n, n2 = (double)m->gen->n, d = (double)m->real->d;
    return bf_memory_of_search(m->run, n1, n2, d, (double)m->how->pr_k) + 24.0 * (n1 + n2);
}

double bf_memory_of_prd(const bf_measuring *m)
{
    const double n1 = (double)m->real->n, n2 = (double)m->gen->n, d = (double)m->real->d;
    /* Ten clusterings at once: labels, distances and bounds of rows, 200 centres three times, and their sums. */
    double search = d * BF_SCAN_COLUMNS * 4.0 + 344.0 * (n1 + n2) + 4032.0 * d;
    double bench = BF_SCAN_ROWS * (BF_SCAN_COLUMNS + 256.0) * 4.0 + 200.0 * 64.0 * 8.0;
    return bf_memory_of_products(m->run, d) + search + bf_memory_threads(m->run) * bench + 65536.0;
}
