/* eval --as all: what each tool would print of the same files. Tools that make the same pixels share a pass
 * over the images. */
#include <string.h>

#include "engine/base/status.h"
#include "tools/images/image.h"
#include "tools/measure/assume.h"
#include "tools/measure/measure.h"
#include "tools/run/network.h"

enum { MAX_TOOLS = 16, N_COLUMNS = 9 };

/* Each column begins with a blank, whatever the value. */
static const struct {
    const char *name;
    int width; /* without the blank; of KID: "-0.0002828054" */
    bool share;
} columns[] = {
    {"IS", 10, false},      {"FID", 11, false},   {"sFID", 11, false},
    {"KID", 13, false},     {"precision", 9, true}, {"recall", 7, true},
    {"density", 8, true},   {"coverage", 8, true}, {"MiFID", 11, false},
};
_Static_assert(sizeof columns / sizeof columns[0] == N_COLUMNS, "a head for each column");

typedef struct found {
    bool has_is, has_fid, has_sfid, has_kid, has_pr, has_dc, has_mifid;
    gmet_is_result is, is_shuffled; /* the latter where the order of images shows; of 0 splits elsewhere */
    double fid, sfid, mifid;
    gmet_kid_result kid;
    char kid_why[160]; /* without one */
    gmet_pr_result pr;
    gmet_prdc_result dc;
} found;

typedef struct table {
    bf_run *run;
    bf_side *real, *gen;
    const feat_preset *presets[MAX_TOOLS]; /* in the order they are listed */
    found tools[MAX_TOOLS];
    size_t n_tools, n_passes;
    bool kid_said;
    size_t vgg16; /* number of that network, which some tools take precision and recall of; 0: it is not run */
} table;

/* --- one tool, from filled sides ---------------------------------------------------------------------- */

static feat_status find_is(table *t, found *f, feat_error *err)
{
    feat_tap tap = FEAT_NO_TAP;
    if (t->gen->kind != BF_SET_IMAGES)
        return FEAT_OK;
    feat_status status = bf_run_logits_tap(t->run, &tap, err);
    if (status != FEAT_OK)
        return status;
    const bf_layer *layer = &t->gen->layer[tap];
    const gmet_set logits = {.rows = layer->rows, .n = t->gen->n, .d = layer->d};
    gmet_is_options options = bf_is_options(t->run);
    status = gmet_inception_score(&f->is, &options, &logits, &t->run->work.context, err);
    f->has_is = status == FEAT_OK;
    if (status == FEAT_OK)
        status = bf_assume_order(t->run, t->run->network.how.name, &logits, &options, &f->is, &f->is_shuffled, err);
    return status;
}

static feat_status find_fids(table *t, found *f, unsigned prints, feat_error *err)
{
    bf_fid fid;
    feat_tap spatial = bf_run_tap(t->run, FEAT_ROLE_SPATIAL);
    feat_status status = bf_find_raw_fid(t->run, t->real, t->gen, t->run->network.tap, &fid.raw, err);
    if (status != FEAT_OK)
        return status;
    f->fid = fid.raw.value < 0 ? 0 : fid.raw.value;
    f->has_fid = true;
    if ((prints & BF_TOOL_SFID) == 0 || spatial == FEAT_NO_TAP || t->gen->kind != BF_SET_IMAGES ||
        t->real->kind != BF_SET_IMAGES)
        return FEAT_OK;
    status = bf_find_raw_fid(t->run, t->real, t->gen, spatial, &fid.raw, err);
    f->sfid = fid.raw.value < 0 ? 0 : fid.raw.value;
    f->has_sfid = status == FEAT_OK;
    if (f->has_sfid)
        bf_warn_width(t->run, t->real, t->gen, t->real->layer[spatial].d, "sFID");
    return status;
}

static feat_status find_kid(table *t, found *f, feat_error *err)
{
    gmet_kid_options options = bf_kid_options(t->run, &t->run->network.how);
    const gmet_set x = bf_side_rows(t->real), y = bf_side_rows(t->gen);
    /* Generated images are drawn first. */
    feat_status status = gmet_kid(&f->kid, &options, &y, &x, &t->run->work.context, err);
    if (status == FEAT_ERR_NUMERIC && !t->kid_said) {
        bf_report_warn(&t->run->report, "KID left out where it is of subsets of %zu images: %s",
                       options.subset_size, err->message);
        t->kid_said = true;
    }
    if (status == FEAT_ERR_NUMERIC)
        snprintf(f->kid_why, sizeof f->kid_why, "%.*s", (int)sizeof f->kid_why - 1, err->message);
    f->has_kid = status == FEAT_OK;
    return status;
}

static feat_status find_neighbours(table *t, found *f, unsigned prints, feat_error *err)
{
    const bf_convention *how = &t->run->network.how;
    const gmet_set x = bf_side_rows(t->real), y = bf_side_rows(t->gen);
    gmet_pr_options pr = {.k = how->pr_k, .strict = how->pr_strict, .adm_fp16 = how->pr_adm_fp16,
                          .stylegan_fp16 = how->pr_stylegan_fp16};
    gmet_prdc_options dc = {.k = how->dc_k, .strict = how->dc_strict, .recall = 0};
    feat_status status = FEAT_OK;
    if ((prints & BF_TOOL_PR) != 0 && !how->pr_of_vgg16) {
        status = gmet_precision_recall(&f->pr, &pr, &x, &y, &t->run->work.context, err);
        f->has_pr = status == FEAT_OK;
    }
    if (status == FEAT_OK && (prints & BF_TOOL_DC) != 0) {
        status = gmet_prdc(&f->dc, NULL, &dc, &x, &y, &t->run->work.context, err);
        f->has_dc = status == FEAT_OK;
    }
    return status;
}

/* A value that cannot be had is a dash, and a warning. */
static feat_status missing(table *t, const char *tool, feat_status status, const feat_error *err)
{
    if (status != FEAT_ERR_NUMERIC && status != FEAT_ERR_UNSUPPORTED)
        return status;
    bf_report_warn(&t->run->report, "%s: %s", tool, err->message);
    return FEAT_OK;
}

/* Precision and recall of VGG-16's features, for the tools that take those. */
static feat_status find_vgg16(table *t, feat_error *err)
{
    const bf_network *network = &t->run->other[t->vgg16 - 1];
    const bf_layer *a = &t->real->layer[network->tap], *b = &t->gen->layer[network->tap];
    const gmet_set x = {.rows = a->rows, .n = t->real->n, .d = a->d}, y = {.rows = b->rows, .n = t->gen->n, .d = b->d};
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < t->n_tools && status == FEAT_OK; i++) {
        const bf_convention *how = bf_convention_find(t->run->network.net, t->presets[i]->name);
        bool half = strcmp(how->name, "stylegan") == 0 && bf_args_given(t->run->args, BF_OPT_STYLEGAN_FP16);
        gmet_pr_options options = {
            .k = network->how.pr_k, .strict = network->how.pr_strict, .stylegan_fp16 = half};
        if (!how->pr_of_vgg16)
            continue;
        status = gmet_precision_recall(&t->tools[i].pr, &options, &x, &y, &t->run->work.context, err);
        t->tools[i].has_pr = status == FEAT_OK;
    }
    return missing(t, "VGG-16", status, err);
}

static feat_status find_mifid(table *t, found *f, feat_error *err)
{
    gmet_mifid_options options;
    gmet_mifid_result r;
    gmet_mifid_options_default(&options);
    options.direction = t->run->network.how.mifid;
    const gmet_set real = bf_side_rows(t->real), gen = bf_side_rows(t->gen);
    feat_status status = gmet_mifid(&r, f->fid, &options, &real, &gen, &t->run->work.context, err);
    f->mifid = r.value;
    f->has_mifid = status == FEAT_OK;
    return status;
}

static feat_status find_tool(table *t, size_t index, feat_error *err)
{
    found *f = &t->tools[index];
    feat_status status = bf_run_preset(t->run, t->presets[index], err);
    const bf_convention *how = &t->run->network.how;
    bf_progress_step(&t->run->report.progress, how->tool);
    if (status == FEAT_OK && (how->prints & BF_TOOL_IS) != 0)
        status = missing(t, how->tool, find_is(t, f, err), err);
    if (status == FEAT_OK && (how->prints & BF_TOOL_FID) != 0)
        status = missing(t, how->tool, find_fids(t, f, how->prints, err), err);
    if (status == FEAT_OK && (how->prints & BF_TOOL_KID) != 0) {
        status = find_kid(t, f, err);
        status = status == FEAT_ERR_NUMERIC ? FEAT_OK : status;
    }
    if (status == FEAT_OK)
        status = missing(t, how->tool, find_neighbours(t, f, how->prints, err), err);
    if (status == FEAT_OK && (how->prints & BF_TOOL_MIFID) != 0 && f->has_fid)
        status = missing(t, how->tool, find_mifid(t, f, err), err);
    bf_progress_clear(&t->run->report.progress);
    return status;
}

/* --- passes ------------------------------------------------------------------------------------------- */

/* Whether tool `i` is served by the pass of tool `leader`. Files have been resized long ago. */
static bool shares(const table *t, size_t leader, size_t i)
{
    return t->real->kind != BF_SET_IMAGES || t->gen->kind != BF_SET_IMAGES ||
           feat_preset_same_pixels(t->presets[leader], t->presets[i]);
}

static bf_taps layers_of(const table *t, size_t leader, bool generated)
{
    bf_taps rows = BF_TAP_BIT(t->run->network.tap);
    for (size_t i = leader; i < t->n_tools; i++) {
        const bf_convention *how = bf_convention_find(t->run->network.net, t->presets[i]->name);
        if (!shares(t, leader, i))
            continue;
        if ((how->prints & BF_TOOL_SFID) != 0)
            rows |= BF_TAP_BIT(bf_run_tap(t->run, FEAT_ROLE_SPATIAL));
        if (generated && (how->prints & BF_TOOL_IS) != 0)
            rows |= BF_TAP_BIT(bf_run_logits_of(t->run, how));
    }
    return rows;
}

static feat_status check_sets(table *t, feat_error *err)
{
    size_t pr_k = SIZE_MAX, dc_k = SIZE_MAX;
    for (size_t i = 0; i < t->n_tools; i++) {
        const bf_convention *how = bf_convention_find(t->run->network.net, t->presets[i]->name);
        bool given = bf_args_given(t->run->args, BF_OPT_K);
        size_t k = given ? t->run->network.how.pr_k : how->pr_k;
        if ((how->prints & BF_TOOL_PR) != 0 && k < pr_k)
            pr_k = k;
        k = bf_args_given(t->run->args, BF_OPT_DENSITY_K) ? t->run->network.how.dc_k : how->dc_k;
        if ((how->prints & BF_TOOL_DC) != 0 && k < dc_k)
            dc_k = k;
    }
    return bf_assume_pair(t->run, t->real, t->gen, pr_k == SIZE_MAX ? 0 : pr_k, dc_k == SIZE_MAX ? 0 : dc_k, err);
}

static feat_status run_pass(table *t, size_t leader, bool last, feat_error *err)
{
    bf_taps vgg16 = last && t->vgg16 > 0 ? BF_TAP_BIT(t->run->other[t->vgg16 - 1].tap) : 0;
    bf_taps of_real = layers_of(t, leader, false) | vgg16, of_gen = layers_of(t, leader, true) | vgg16;
    feat_status status = bf_run_preset(t->run, t->presets[leader], err);
    bf_side_forget(t->real);
    bf_side_forget(t->gen);
    if (status == FEAT_OK)
        status = bf_side_fill(t->run, t->real, of_real, 0, err);
    if (status == FEAT_OK)
        status = bf_side_fill(t->run, t->gen, of_gen, 0, err);
    if (status == FEAT_OK && t->n_passes == 0) /* the same images in every pass */
        status = check_sets(t, err);
    t->n_passes++;
    for (size_t i = leader; i < t->n_tools && status == FEAT_OK; i++)
        if (shares(t, leader, i))
            status = find_tool(t, i, err);
    return status == FEAT_OK && vgg16 != 0 ? find_vgg16(t, err) : status;
}

/* The pass of the run's own preset comes last: what a manifest says of features is of the last pass. */
static feat_status run_passes(table *t, feat_error *err)
{
    bool done[MAX_TOOLS] = {false};
    const feat_preset *own = t->run->network.preset;
    feat_status status = FEAT_OK;
    for (int last = 0; last < 2; last++) {
        for (size_t i = 0; i < t->n_tools && status == FEAT_OK; i++) {
            bool is_last = feat_preset_same_pixels(own, t->presets[i]) || shares(t, 0, t->n_tools - 1);
            if (done[i] || is_last != (last == 1))
                continue;
            status = run_pass(t, i, last == 1, err);
            for (size_t k = i; k < t->n_tools; k++)
                done[k] = done[k] || shares(t, i, k);
        }
    }
    return status == FEAT_OK ? bf_run_preset(t->run, own, err) : status;
}

/* --- the table ---------------------------------------------------------------------------------------- */

static void put(char *text, size_t bytes, size_t column, bool has, double value)
{
    char cell[32] = "-";
    size_t used = strlen(text);
    if (has)
        snprintf(cell, sizeof cell, columns[column].share ? "%.4f" : "%.7g", value);
    snprintf(text + used, bytes - used, " %*s", columns[column].width, cell);
}

static void put_number(bf_run *run, const char *preset, const char *name, bool has, double value)
{
    char key[96];
    snprintf(key, sizeof key, "as/%s/%s", preset, name);
    if (has)
        bf_report_number(&run->report, key, value);
}

static void put_text(bf_run *run, const char *preset, const char *name, const char *value)
{
    char key[96];
    snprintf(key, sizeof key, "as/%s/%s", preset, name);
    bf_report_text(&run->report, key, value);
}

static void list_kid(const table *t, const char *preset, const found *f)
{
    const char *why = f->has_kid ? bf_kid_no_spread(&f->kid, t->real->n, t->gen->n) : NULL;
    put_number(t->run, preset, "kernel_inception_distance_mean", f->has_kid, f->kid.mean);
    put_number(t->run, preset, "kernel_inception_distance_std", f->has_kid && why == NULL, f->kid.std);
    if (why != NULL)
        put_text(t->run, preset, "kernel_inception_distance_std_unknown", why);
    if (f->kid_why[0] != 0)
        put_text(t->run, preset, "kernel_inception_distance_mean_unknown", f->kid_why);
}

static void list_tool(const table *t, const char *preset, const found *f)
{
    bf_run *run = t->run;
    const bf_convention *how = bf_convention_find(run->network.net, preset);
    char text[224] = "";
    bool spread = f->has_is && f->is.n_splits > 1;
    snprintf(text, sizeof text, " %-18s", preset);
    put(text, sizeof text, 0, f->has_is, f->is.mean);
    put(text, sizeof text, 1, f->has_fid, f->fid);
    put(text, sizeof text, 2, f->has_sfid, f->sfid);
    put(text, sizeof text, 3, f->has_kid, f->kid.mean);
    put(text, sizeof text, 4, f->has_pr, f->pr.precision);
    put(text, sizeof text, 5, f->has_pr, f->pr.recall);
    put(text, sizeof text, 6, f->has_dc, f->dc.density);
    put(text, sizeof text, 7, f->has_dc, f->dc.coverage);
    put(text, sizeof text, 8, f->has_mifid, f->mifid);
    bf_report_line(&run->report, how->tool, text, "", "");
    put_text(run, preset, "tool", how->tool);
    put_number(run, preset, "inception_score_mean", f->has_is, f->is.mean);
    put_number(run, preset, "inception_score_std", spread, f->is.std);
    put_number(run, preset, "inception_score_shuffled_mean", f->is_shuffled.n_splits > 0, f->is_shuffled.mean);
    put_number(run, preset, "frechet_inception_distance", f->has_fid, f->fid);
    put_number(run, preset, "frechet_inception_distance_spatial", f->has_sfid, f->sfid);
    list_kid(t, preset, f);
    if ((how->prints & BF_TOOL_PR) != 0)
        put_text(run, preset, "precision_and_recall_of", how->pr_of_vgg16 && f->has_pr ? "vgg16"
                                                         : how->pr_of_vgg16 ? "vgg16, not computed"
                                                         : run->report.made.has_weights ? "inception"
                                                                            : "as given");
    put_number(run, preset, "precision", f->has_pr, f->pr.precision);
    put_number(run, preset, "recall", f->has_pr, f->pr.recall);
    put_number(run, preset, "density", f->has_dc, f->dc.density);
    put_number(run, preset, "coverage", f->has_dc, f->dc.coverage);
    put_number(run, preset, "memorization_informed_frechet_inception_distance", f->has_mifid, f->mifid);
}

static void list_tools(const table *t)
{
    bf_run *run = t->run;
    char text[224];
    size_t used = (size_t)snprintf(text, sizeof text, " %-18s", "preset");
    for (size_t i = 0; i < N_COLUMNS; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, " %*s", columns[i].width, columns[i].name);
    bf_report_line(&run->report, "tool", text, "", "");
    for (size_t i = 0; i < t->n_tools; i++)
        list_tool(t, t->presets[i]->name, &t->tools[i]);
    bf_report_integer(&run->report, "passes", t->n_passes);
    snprintf(text, sizeof text, " %zu over the images of each set, one for each way of resizing",
             t->n_passes);
    if (t->real->kind != BF_SET_IMAGES || t->gen->kind != BF_SET_IMAGES)
        snprintf(text, sizeof text, " 1: stored features are taken as they are, whatever the preset");
    bf_report_line(&run->report, "passes", text, "", "");
    for (size_t i = 0; i < t->n_tools; i++) {
        const bf_convention *how = bf_convention_find(t->run->network.net, t->presets[i]->name);
        bool fp16 = (bf_args_given(run->args, BF_OPT_ADM_FP16) && strcmp(how->name, "adm") == 0) ||
                    (bf_args_given(run->args, BF_OPT_STYLEGAN_FP16) && strcmp(how->name, "stylegan") == 0 &&
                     (t->vgg16 > 0 || !how->pr_of_vgg16));
        if (how->differs[0] != 0) {
            snprintf(text, sizeof text, " %s", fp16 ? "its distances are float16 here too" : how->differs);
            bf_report_line(&run->report, how->tool, text, "", "");
        }
    }
}

/* Inception features in the row of a tool that takes VGG16's would be compared with its numbers. */
static void tell_vgg16(const table *t)
{
    if (t->vgg16 > 0)
        return;
    char text[224] = " precision and recall of";
    size_t used = strlen(text), n = 0;
    for (size_t i = 0; i < t->n_tools; i++) {
        const bf_convention *how = bf_convention_find(t->run->network.net, t->presets[i]->name);
        if (how->pr_of_vgg16)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s %s", n++ > 0 ? " and" : "", how->tool);
    }
    if (n == 0)
        return;
    snprintf(text + used, sizeof text - used, " are of VGG16 features: --network vgg16");
    bf_report_line(&t->run->report, "-", text, "", "");
}

/* What no preset can follow: programs that make other pixels of the same JPEG. Figures: tools/images/PIXELS.md. */
static void tell_decoders(const table *t)
{
    static const char note[] =
        "TensorFlow's tf.io.decode_jpeg by default (features move by 3.3e-2, FID by -2.2 %) and tools with libjpeg 9, "
        "as Pillow's own packages before 9.0 and conda's (8.5e-2, -14 %), make other pixels of JPEG";
    if (!t->real->lossy && !t->gen->lossy)
        return;
    bf_report *r = &t->run->report;
    bf_report_line(r, "JPEG", " pixels are " BF_PIXELS_AS "; others are made by TensorFlow's", "", "");
    bf_report_line(r, "", " decode_jpeg (FID moved by -2.2 %) and libjpeg 9 (-14 %): tools/images/PIXELS.md", "", "");
    bf_report_text(r, "decoded_otherwise", note);
}

/* Has the images go through VGG-16 too, where a tool takes precision and recall of it and its weights are there. */
static feat_status open_vgg16(table *t, feat_error *err)
{
    bool wanted = t->real->kind == BF_SET_IMAGES && t->gen->kind == BF_SET_IMAGES, any = false;
    for (size_t i = 0; i < t->n_tools; i++)
        any = any || bf_convention_find(t->run->network.net, t->presets[i]->name)->pr_of_vgg16;
    if (!wanted || !any)
        return FEAT_OK;
    feat_status status = bf_run_other(t->run, feat_net_find("vgg16"), &t->vgg16, err);
    if (status != FEAT_ERR_IO)
        return status;
    t->vgg16 = 0;
    bf_report_warn(&t->run->report, "precision and recall of VGG-16's features left out: %s", err->message);
    return FEAT_OK;
}

feat_status bf_measure_as_all(bf_run *run, bf_side *real, bf_side *gen, feat_error *err)
{
    table t = {.run = run, .real = real, .gen = gen};
    feat_status status = FEAT_OK;
    if (real->kind == BF_SET_STATS || gen->kind == BF_SET_STATS)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: holds statistics; --as all compares images",
                         bf_set_spec(real->kind == BF_SET_STATS ? real->set : gen->set));
    for (size_t i = 0; feat_preset_at(i) != NULL && t.n_tools < MAX_TOOLS; i++)
        if (bf_preset_find(run->network.net, feat_preset_at(i)->name) != NULL)
            t.presets[t.n_tools++] = feat_preset_at(i);
    bf_warn_n(run, real, gen);
    bf_warn_width(run, real, gen, real->d, "FID");
    status = open_vgg16(&t, err);
    if (status == FEAT_OK)
        status = run_passes(&t, err);
    if (status == FEAT_OK) {
        list_tools(&t);
        tell_vgg16(&t);
    }
    if (status == FEAT_OK)
        tell_decoders(&t);
    return status;
}
