/* Two-sample distances: KID and KD, CMMD, MIND, C_T. */
#include "tools/measure/measure_twosample.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "tools/measure/metric_memory.h"
#include "tools/measure/show.h"

/* --- KID ---------------------------------------------------------------------------------------------- */

gmet_kid_options bf_kid_options(const bf_run *run, const bf_convention *how)
{
    gmet_kid_options o;
    gmet_kid_options_init(&o, sizeof o);
    o.n_subsets = how->kid_subsets;
    o.subset_size = how->kid_size;
    o.shrink = how->kid_shrink;
    o.seed = (uint32_t)bf_metric_seed(run);
    o.kernel = how->kid_kernel;
    if (how->kid_kernel == GMET_KERNEL_RBF)
        o.gamma = 1.0 / (2.0 * (how->kid_sigma * how->kid_sigma));
    return o;
}

/* N of the sets, and of which kernel a value is where that is not the published one. */
static void note_kid(char note[128], const bf_measuring *m)
{
    size_t used;
    bf_note_n(note, m->real, m->gen);
    used = strlen(note);
    if (m->how->kid_kernel == GMET_KERNEL_RBF)
        snprintf(note + used, 128 - used, ", RBF kernel, sigma %.17g", m->how->kid_sigma);
}

/* Subsets that share most of their images are alike. */
const char *bf_kid_no_spread(const gmet_kid_result *kid, size_t n_real, size_t n_gen)
{
    if (kid->n_subsets < 2)
        return "there is one subset";
    if (kid->subset_size >= n_real && kid->subset_size >= n_gen)
        return "each subset is the whole set";
    if (2 * kid->subset_size > n_real || 2 * kid->subset_size > n_gen)
        return "a subset is more than half of a set";
    return NULL;
}

/* KID, or KD of another network's features. */
typedef struct naming {
    const char *name; /* label */
    const char *key;  /* of all pairs; that of the subsets has _mean behind it, and so on */
} naming;

static naming naming_of(const bf_measuring *m)
{
    if (m->metric->network == NULL)
        return (naming){"KID", "kernel_inception_distance"};
    return (naming){"KD", "kernel_distance_dinov2"};
}

static const char *key_of(char key[64], const naming *names, const char *end)
{
    snprintf(key, 64, "%s%s", names->key, end);
    return key;
}

/* known: of no subsets when they have not come with the KID of all pairs. */
static feat_status kid_of_subsets(bf_measuring *m, const naming *names, const gmet_kid_result *known, feat_error *err)
{
    bf_run *run = m->run;
    const bf_side *real = m->real, *gen = m->gen;
    gmet_kid_options options = bf_kid_options(run, m->how);
    gmet_kid_result kid = *known;
    const gmet_set x = bf_side_rows(real), y = bf_side_rows(gen);
    char note[288], n[128], key[64];
    feat_status status = FEAT_OK;
    if (kid.n_subsets == 0)
        status = gmet_kid(&kid, &options, &y, &x, &run->work.context, err);
    if (status != FEAT_OK)
        return status;
    const char *why = bf_kid_no_spread(&kid, real->n, gen->n);
    note_kid(n, m);
    snprintf(note, sizeof note, "%s, %zu x %zu%s%s", n, kid.n_subsets, kid.subset_size,
             why != NULL ? ", no spread: " : "", why != NULL ? why : "");
    bf_show_spread(run, key_of(key, names, "_mean"), kid.mean, why == NULL ? &kid.std : NULL, note);
    bf_report_number(&run->report, key_of(key, names, "_mean"), kid.mean);
    if (why != NULL)
        bf_report_text(&run->report, key_of(key, names, "_std_unknown"), why);
    else
        bf_report_number(&run->report, key_of(key, names, "_std"), kid.std);
    return FEAT_OK;
}

static bf_error_bar mmd_bar(int has_error, double standard_error)
{
    if (!has_error)
        return (bf_error_bar){.why = "4 images of each set needed"};
    if (!(standard_error > 0.0))
        return (bf_error_bar){.why = "its estimate is not above 0"};
    return (bf_error_bar){.known = true, .error = standard_error};
}

/* KID of all pairs stands without them. */
static feat_status leave_subsets(bf_measuring *m, const naming *names, const feat_error *err)
{
    size_t fewest = m->real->n < m->gen->n ? m->real->n : m->gen->n;
    char why[BF_WHY_BYTES], key[64];
    if (fewest < m->how->kid_size && !m->how->kid_shrink)
        snprintf(why, sizeof why, "%zu images needed on each side, found %zu; see --kid-size", m->how->kid_size,
                 fewest);
    else
        snprintf(why, sizeof why, "%.*s", (int)sizeof why - 1, err->message);
    bf_report_warn(&m->run->report, "%s of subsets left out: %s", names->name, why);
    bf_report_text(&m->run->report, key_of(key, names, "_mean_unknown"), why);
    return FEAT_OK;
}

static feat_status need_two(const bf_side *real, const bf_side *gen, feat_error *err)
{
    feat_status status = bf_need_both(real, gen, err);
    if (status == FEAT_OK && (real->n < 2 || gen->n < 2))
        status = feat_fail(err, FEAT_ERR_NUMERIC, "%s: at least 2 images needed, found %zu",
                           bf_set_spec(real->n < 2 ? real->set : gen->set), real->n < 2 ? real->n : gen->n);
    return status;
}

feat_status bf_measure_kid(bf_measuring *m, feat_error *err)
{
    bf_run *run = m->run;
    const bf_side *real = m->real, *gen = m->gen;
    const naming names = naming_of(m);
    gmet_kid_options options = bf_kid_options(run, m->how);
    gmet_kid_full_result full;
    gmet_kid_result subsets;
    char note[128];
    feat_status status = need_two(real, gen, err);
    if (status != FEAT_OK)
        return status;
    const gmet_set x = bf_side_rows(real), y = bf_side_rows(gen);
    bf_progress_step(&run->report.progress, "kernel distance");
    status = gmet_kid_both(&full, &subsets, &options, &y, &x, &run->work.context, err);
    if (status == FEAT_OK) {
        note_kid(note, m);
        bf_show_value(run, names.key, full.value, mmd_bar(full.has_error, full.standard_error), note);
        status = kid_of_subsets(m, &names, &subsets, err);
        if (status == FEAT_ERR_NUMERIC)
            status = leave_subsets(m, &names, err);
    }
    bf_progress_clear(&run->report.progress);
    return status;
}

/* --- CMMD ----------------------------------------------------------------------------------------------- */

feat_status bf_measure_cmmd(bf_measuring *m, feat_error *err)
{
    bf_run *run = m->run;
    gmet_cmmd_result r;
    char note[64];
    feat_status status = need_two(m->real, m->gen, err);
    if (status != FEAT_OK)
        return status;
    const gmet_set x = bf_side_rows(m->real), y = bf_side_rows(m->gen);
    bf_progress_step(&run->report.progress, "CMMD");
    status = gmet_cmmd(&r, NULL, &x, &y, &run->work.context, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    if (m->real->n != m->gen->n)
        bf_report_warn(&run->report,
                       "N differs (%zu vs %zu): the bias of CMMD depends on both, so compare it only with values of "
                       "the same two",
                       m->real->n, m->gen->n);
    bf_note_n(note, m->real, m->gen);
    bf_show_value(run, "cmmd", r.value, mmd_bar(r.has_error, r.standard_error), note);
    bf_report_number(&run->report, "cmmd_unbiased", r.unbiased);
    return FEAT_OK;
}

/* --- MIND and C_T ---------------------------------------------------------------------------------------- */

feat_status bf_measure_mind(bf_measuring *m, feat_error *err)
{
    bf_run *run = m->run;
    const bf_side *real = m->real, *gen = m->gen;
    gmet_mind_options options;
    gmet_mind_result r;
    char note[64];
    feat_status status = bf_need_both(real, gen, err);
    if (status != FEAT_OK)
        return status;
    gmet_mind_options_init(&options, sizeof options);
    options.seed = bf_metric_seed(run);
    const gmet_set x = bf_side_rows(real), y = bf_side_rows(gen);
    bf_progress_step(&run->report.progress, "MIND");
    status = gmet_mind(&r, &options, &x, &y, &run->work.context, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    bf_note_n(note, real, gen);
    bf_show_value(run, "monge_inception_distance", r.value,
                  (bf_error_bar){.why = "what another draw of the images would change is not measured"}, note);
    bf_report_number(&run->report, "monge_inception_distance_directions_error", r.directions_error);
    return FEAT_OK;
}

feat_status bf_measure_ct(bf_measuring *m, feat_error *err)
{
    bf_run *run = m->run;
    const bf_side *train = m->real, *test = m->test, *gen = m->gen;
    gmet_ct_options options;
    char note[64];
    if (test == NULL)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "it needs real images that were not trained on: --test SET");
    feat_status status = bf_need_both(train, gen, err);
    if (status == FEAT_OK)
        status = bf_need_rows(test, err);
    if (status != FEAT_OK)
        return status;
    gmet_ct_result *r = feat_calloc(1, sizeof *r);
    if (r == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for C_T");
    gmet_ct_options_init(&options, sizeof options);
    options.seed = bf_metric_seed(run);
    const gmet_set of_train = bf_side_rows(train), of_test = bf_side_rows(test), of_gen = bf_side_rows(gen);
    bf_progress_step(&run->report.progress, "C_T");
    status = gmet_ct(r, &options, &of_train, &of_test, &of_gen, &run->work.context, err);
    bf_progress_clear(&run->report.progress);
    if (status == FEAT_OK) {
        snprintf(note, sizeof note, "N = %zu vs %zu, test %zu", train->n, gen->n, test->n);
        /* A Z score of one test: its own standard error is 1 by construction. */
        bf_show_value(run, "c_t", r->value, (bf_error_bar){.known = false}, note);
    }
    feat_free(r);
    return status;
}

/* --- settings and memory ------------------------------------------------------------------------------- */

void bf_note_kid(const bf_measuring *m)
{
    bf_report *r = &m->run->report;
    const char *suffix = m->metric->suffix != NULL ? m->metric->suffix : "";
    const struct {
        const char *name;
        uint64_t value;
    } settings[] = {{"kid_subsets", m->how->kid_subsets},
                    {"kid_subset_size", m->how->kid_size},
                    {"kid_seed", bf_metric_seed(m->run)}};
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        char key[64];
        snprintf(key, sizeof key, "%s%s", settings[i].name, suffix);
        bf_report_setting(r, key, settings[i].value);
    }
    char key[64];
    bool rbf = m->how->kid_kernel == GMET_KERNEL_RBF;
    snprintf(key, sizeof key, "kid_kernel%s", suffix);
    bf_report_setting_text(r, key, rbf ? "rbf" : "polynomial");
    snprintf(key, sizeof key, "kid_sigma%s", suffix);
    if (rbf)
        bf_report_setting_number(r, key, m->how->kid_sigma);
}

double bf_memory_of_cmmd(const bf_measuring *m)
{
    const double n1 = (double)m->real->n, n2 = (double)m->gen->n, n = n1 > n2 ? n1 : n2;
    return bf_memory_of_products(m->run, (double)m->real->d) + (n / 96.0 + 1.0) * 480.0 * 8.0 +
           8.0 * (2.0 * (n1 + n2) + 3.0 * n);
}

double bf_memory_of_kid(const bf_measuring *m)
{
    const bf_run *run = m->run;
    const double n1 = (double)m->real->n, n2 = (double)m->gen->n, d = (double)m->real->d;
    const bf_convention *how = m->how;
    double n = n1 > n2 ? n1 : n2, subsets = (double)how->kid_subsets, size = (double)how->kid_size;
    double slots = (n / 96.0 + 1.0) * (480.0 > subsets ? 480.0 : subsets) * 8.0;
    size = size < n ? size : n;
    return bf_memory_of_products(run, d) + slots * 2.0 + 64.0 * (n1 + n2) + 16.0 * subsets * (size + 2.0) +
           2.0 * size * d * 4.0;
}

/* MIND draws rows of the larger set: a tile of them may lie all over its file, and as many grains be resident. */
static double scattered(const bf_run *run, double n1, double n2, double d)
{
    double grains = n1 != n2 ? 96.0 * FEAT_MAPPED_GRAIN * bf_memory_threads(run) : 0.0;
    double rows = (n1 > n2 ? n1 : n2) * d * 4.0;
    return grains < rows ? grains : rows;
}

double bf_memory_of_mind(const bf_measuring *m)
{
    const double n1 = (double)m->real->n, n2 = (double)m->gen->n, d = (double)m->real->d;
    const double n = n1 > n2 ? n1 : n2;
    return bf_memory_of_products(m->run, d) + 96.0 * 8.0 * (n1 + n2 + d) +
           8.0 * n * (1.0 + bf_memory_threads(m->run)) + scattered(m->run, n1, n2, d);
}

double bf_memory_of_ct(const bf_measuring *m)
{
    const double n1 = (double)m->real->n, n2 = (double)m->gen->n, d = (double)m->real->d;
    const double n3 = m->test != NULL ? (double)m->test->n : 0.0;
    return bf_memory_of_distance(n1 > n2 ? n1 : n2, d) + (n1 + n2 + n3) * (64.0 * 8.0 + 64.0);
}
