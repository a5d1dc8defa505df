/* eval --as all: what each tool would print of the same files. Tools that make the same pixels of one network share a
 * pass over the images; each network that is run beside the own one has one of its presets in a pass. */
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/images/image.h"
#include "tools/measure/assume.h"
#include "tools/measure/measure.h"
#include "tools/options/weights_find.h"
#include "tools/run/network.h"

enum { MAX_TOOLS = 32, N_COLUMNS = 10, CMMD_COLUMN = 9, TOOL_NAME = 64, MAX_TEXT = 224 };

/* Each column begins with a blank, whatever the value. */
static const struct {
    const char *name;
    int width; /* without the blank; of KID: "-0.0002828054" */
    bool share;
} columns[] = {
    {"IS", 10, false},      {"FID", 11, false},   {"sFID", 11, false},
    {"KID", 13, false},     {"precision", 9, true}, {"recall", 7, true},
    {"density", 8, true},   {"coverage", 8, true}, {"MiFID", 11, false},
    {"CMMD", 11, false}, /* of runs with a tool that has it */
};
_Static_assert(sizeof columns / sizeof columns[0] == N_COLUMNS, "a head for each column");

typedef struct found {
    bool has_is, has_fid, has_sfid, has_kid, has_pr, has_dc, has_mifid, has_cmmd;
    gmet_is_result is, is_shuffled; /* the latter where the order of images shows; of 0 splits elsewhere */
    double fid, sfid, mifid, cmmd;
    gmet_kid_result kid;
    char kid_why[160]; /* without one */
    gmet_pr_result pr;
    gmet_prdc_result dc;
} found;

typedef struct as_tool {
    const feat_preset *preset;
    size_t network;       /* its number (bf_tap_network); 0: the run's own */
    char name[TOOL_NAME]; /* of the preset; of another network "dinov2-vits14:dgm" */
    size_t group;         /* among those of its network, in the order in which they are run: tools of the same pixels */
    found found;
} as_tool;

typedef struct table {
    bf_run *run;
    bf_side *real, *gen;
    const bf_convention *how;         /* of the tool that is measured, */
    bf_side seen_real, seen_gen;      /* and the sides as its network has them */
    as_tool tools[MAX_TOOLS];         /* in the order they are listed */
    size_t n_groups[BF_MAX_NETWORKS]; /* of each network: the groups are numbered from 0 */
    size_t n_tools, n_passes;
    bool kid_said;
    size_t vgg16; /* number of that network, which some tools take precision and recall of; 0: it is not run */
} table;

static const feat_net *net_of(const table *t, const as_tool *of)
{
    return of->network > 0 ? t->run->other[of->network - 1].net : t->run->network.net;
}

/* The tool's own, whatever the options say. */
static const bf_convention *habits_of(const table *t, const as_tool *of)
{
    return bf_convention_find(net_of(t, of), of->preset->name);
}

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
        status = bf_assume_order(t->run, t->how->name, &logits, &options, &f->is, &f->is_shuffled, err);
    return status;
}

static feat_status find_fids(table *t, found *f, unsigned prints, feat_error *err)
{
    bf_fid fid;
    feat_tap spatial = bf_run_tap(t->run, FEAT_ROLE_SPATIAL);
    feat_status status = bf_find_raw_fid(t->run, &t->seen_real, &t->seen_gen, t->seen_real.main, &fid.raw, err);
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
    gmet_kid_options options = bf_kid_options(t->run, t->how);
    const gmet_set x = bf_side_rows(&t->seen_real), y = bf_side_rows(&t->seen_gen);
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
    const bf_convention *how = t->how;
    const gmet_set x = bf_side_rows(&t->seen_real), y = bf_side_rows(&t->seen_gen);
    gmet_pr_options pr = {.struct_size = sizeof pr,
                          .k = how->pr_k,
                          .strict = how->pr_strict,
                          .adm_fp16 = how->pr_adm_fp16,
                          .stylegan_fp16 = how->pr_stylegan_fp16};
    gmet_prdc_options dc = {.struct_size = sizeof dc, .k = how->dc_k, .strict = how->dc_strict, .recall = 0};
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

static feat_status find_cmmd(table *t, found *f, feat_error *err)
{
    const gmet_set x = bf_side_rows(&t->seen_real), y = bf_side_rows(&t->seen_gen);
    gmet_cmmd_result r;
    feat_status status = gmet_cmmd(&r, NULL, &x, &y, &t->run->work.context, err);
    f->cmmd = r.value;
    f->has_cmmd = status == FEAT_OK;
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
        const bf_convention *how = habits_of(t, &t->tools[i]);
        bool half = strcmp(how->name, "stylegan") == 0 && bf_args_given(t->run->args, BF_OPT_STYLEGAN_FP16);
        gmet_pr_options options = {.struct_size = sizeof options,
                                   .k = network->how.pr_k,
                                   .strict = network->how.pr_strict,
                                   .stylegan_fp16 = half};
        if (!how->pr_of_vgg16)
            continue;
        status = gmet_precision_recall(&t->tools[i].found.pr, &options, &x, &y, &t->run->work.context, err);
        t->tools[i].found.has_pr = status == FEAT_OK;
    }
    return missing(t, "VGG-16", status, err);
}

static feat_status find_mifid(table *t, found *f, feat_error *err)
{
    gmet_mifid_options options;
    gmet_mifid_result r;
    gmet_mifid_options_init(&options, sizeof options);
    options.direction = t->how->mifid;
    const gmet_set real = bf_side_rows(&t->seen_real), gen = bf_side_rows(&t->seen_gen);
    feat_status status = gmet_mifid(&r, f->fid, &options, &real, &gen, &t->run->work.context, err);
    f->mifid = r.value;
    f->has_mifid = status == FEAT_OK;
    return status;
}

/* The sides as a network has them, the own one or another. */
static void look_from(table *t, const bf_network *network)
{
    t->how = &network->how;
    t->seen_real = *t->real;
    t->seen_gen = *t->gen;
    if (network != &t->run->network) {
        t->seen_real.main = t->seen_gen.main = network->tap;
        t->seen_real.d = t->seen_gen.d = bf_run_dim(t->run, network->tap);
    }
}

static feat_status find_tool(table *t, size_t index, feat_error *err)
{
    const as_tool *of = &t->tools[index];
    found *f = &t->tools[index].found;
    feat_status status = FEAT_OK;
    if (of->network > 0)
        status = bf_run_other_preset(t->run, of->network, of->preset, err);
    else
        status = bf_run_preset(t->run, of->preset, err);
    look_from(t, of->network > 0 ? &t->run->other[of->network - 1] : &t->run->network);
    const bf_convention *how = t->how;
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
    if (status == FEAT_OK && (how->prints & BF_TOOL_CMMD) != 0)
        status = missing(t, how->tool, find_cmmd(t, f, err), err);
    bf_progress_clear(&t->run->report.progress);
    return status;
}

/* --- passes ------------------------------------------------------------------------------------------- */

/* Whether two tools of one network are served by one pass. Files have been resized long ago. */
static bool shares(const table *t, const as_tool *a, const as_tool *b)
{
    return t->real->kind != BF_SET_IMAGES || t->gen->kind != BF_SET_IMAGES ||
           feat_preset_same_pixels(a->preset, b->preset);
}

/* Numbers the groups of a network's tools in the order in which they are listed, but that of `last` comes last. */
static void group_tools(table *t, size_t network, const feat_preset *last)
{
    enum { LEFT = MAX_TOOLS };
    const as_tool own = {.preset = last};
    size_t n = 0;
    for (size_t i = 0; i < t->n_tools; i++)
        t->tools[i].group = t->tools[i].network == network ? LEFT : t->tools[i].group;
    for (int is_last = 0; is_last < 2; is_last++) {
        for (size_t i = 0; i < t->n_tools; i++) {
            const as_tool *leader = &t->tools[i];
            if (leader->network != network || leader->group != LEFT || shares(t, &own, leader) != (is_last == 1))
                continue;
            for (size_t k = t->n_tools; k-- > i;)
                if (t->tools[k].network == network && shares(t, leader, &t->tools[k]))
                    t->tools[k].group = n;
            n++;
        }
    }
    t->n_groups[network] = n;
}

/* Whether a tool is served by pass number `pass`: the last group of every network is in the last pass. */
static bool is_in(const table *t, const as_tool *of, size_t pass, size_t n_passes)
{
    return of->group + n_passes == pass + t->n_groups[of->network];
}

static bf_taps layers_of(const table *t, size_t pass, size_t n_passes, bool generated)
{
    bf_taps rows = BF_TAP_BIT(t->run->network.tap);
    if (t->vgg16 > 0 && pass + 1 == n_passes)
        rows |= BF_TAP_BIT(t->run->other[t->vgg16 - 1].tap);
    for (size_t i = 0; i < t->n_tools; i++) {
        const as_tool *of = &t->tools[i];
        const bf_convention *how = habits_of(t, of);
        if (!is_in(t, of, pass, n_passes))
            continue;
        if (of->network > 0)
            rows |= BF_TAP_BIT(t->run->other[of->network - 1].tap);
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
        const bf_convention *how = habits_of(t, &t->tools[i]);
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

/* Each network gets the preset of its group in this pass; where it has none, it keeps the one it has. */
static feat_status set_presets(table *t, size_t pass, size_t n_passes, feat_error *err)
{
    const feat_preset *own = t->run->network.preset;
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < t->n_tools && status == FEAT_OK; i++) {
        const as_tool *of = &t->tools[i];
        if (!is_in(t, of, pass, n_passes))
            continue;
        if (of->network > 0)
            status = bf_run_other_preset(t->run, of->network, of->preset, err);
        else
            own = of->preset;
    }
    return status == FEAT_OK ? bf_run_preset(t->run, own, err) : status;
}

static feat_status run_pass(table *t, size_t pass, size_t n_passes, feat_error *err)
{
    bf_taps of_real = layers_of(t, pass, n_passes, false), of_gen = layers_of(t, pass, n_passes, true);
    feat_status status = set_presets(t, pass, n_passes, err);
    bf_side_forget(t->real);
    bf_side_forget(t->gen);
    if (status == FEAT_OK)
        status = bf_side_fill(t->run, t->real, of_real, 0, err);
    if (status == FEAT_OK)
        status = bf_side_fill(t->run, t->gen, of_gen, 0, err);
    if (status == FEAT_OK && pass == 0) /* the same images in every pass */
        status = check_sets(t, err);
    t->n_passes++;
    for (size_t i = 0; i < t->n_tools && status == FEAT_OK; i++)
        if (is_in(t, &t->tools[i], pass, n_passes))
            status = find_tool(t, i, err);
    return status == FEAT_OK && t->vgg16 > 0 && pass + 1 == n_passes ? find_vgg16(t, err) : status;
}

/* The pass of the run's own preset comes last, and so does that of every other network's: what a manifest says of
 * features is of the last pass. */
static feat_status run_passes(table *t, feat_error *err)
{
    bf_run *run = t->run;
    const feat_preset *own = run->network.preset, *others[BF_MAX_NETWORKS - 1] = {NULL};
    size_t n_passes = 0;
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < run->n_other; i++)
        others[i] = run->other[i].preset;
    for (size_t i = 0; i <= run->n_other; i++) {
        group_tools(t, i, i > 0 ? others[i - 1] : own);
        n_passes = t->n_groups[i] > n_passes ? t->n_groups[i] : n_passes;
    }
    for (size_t pass = 0; pass < n_passes && status == FEAT_OK; pass++)
        status = run_pass(t, pass, n_passes, err);
    for (size_t i = 0; i < run->n_other && status == FEAT_OK; i++)
        status = bf_run_other_preset(run, i + 1, others[i], err);
    return status == FEAT_OK ? bf_run_preset(run, own, err) : status;
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

/* Whose features precision and recall are of. */
static const char *neighbours_of(const table *t, const as_tool *of)
{
    const bf_convention *how = habits_of(t, of);
    if (how->pr_of_vgg16)
        return of->found.has_pr ? "vgg16" : "vgg16, not computed";
    if (!t->run->report.made.has_weights)
        return "as given";
    const feat_net *net = net_of(t, of);
    bool usual = strcmp(feat_net_family(net), feat_net_family(bf_network_default())) == 0;
    return usual ? "inception" : feat_net_name(net);
}

/* CMMD's column is there where a tool has it, and the presets' is as wide as the longest name. */
static size_t columns_of(const table *t)
{
    for (size_t i = 0; i < t->n_tools; i++)
        if ((habits_of(t, &t->tools[i])->prints & BF_TOOL_CMMD) != 0)
            return N_COLUMNS;
    return CMMD_COLUMN;
}

static int width_of_names(const table *t)
{
    size_t width = 18;
    for (size_t i = 0; i < t->n_tools; i++)
        width = strlen(t->tools[i].name) > width ? strlen(t->tools[i].name) : width;
    return (int)width;
}

static void list_line(const table *t, const as_tool *of)
{
    char text[MAX_TEXT];
    const found *f = &of->found;
    snprintf(text, sizeof text, " %-*s", width_of_names(t), of->name);
    put(text, sizeof text, 0, f->has_is, f->is.mean);
    put(text, sizeof text, 1, f->has_fid, f->fid);
    put(text, sizeof text, 2, f->has_sfid, f->sfid);
    put(text, sizeof text, 3, f->has_kid, f->kid.mean);
    put(text, sizeof text, 4, f->has_pr, f->pr.precision);
    put(text, sizeof text, 5, f->has_pr, f->pr.recall);
    put(text, sizeof text, 6, f->has_dc, f->dc.density);
    put(text, sizeof text, 7, f->has_dc, f->dc.coverage);
    put(text, sizeof text, 8, f->has_mifid, f->mifid);
    if (columns_of(t) > CMMD_COLUMN)
        put(text, sizeof text, CMMD_COLUMN, f->has_cmmd, f->cmmd);
    bf_report_line(&t->run->report, habits_of(t, of)->tool, text, "", "");
}

static void list_tool(const table *t, const as_tool *of)
{
    bf_run *run = t->run;
    const bf_convention *how = habits_of(t, of);
    const char *name = of->name;
    const found *f = &of->found;
    bool spread = f->has_is && f->is.n_splits > 1;
    list_line(t, of);
    put_text(run, name, "tool", how->tool);
    if (of->network > 0) {
        put_text(run, name, "network", feat_net_name(net_of(t, of)));
        put_text(run, name, "preset", of->preset->name);
    }
    put_number(run, name, "inception_score_mean", f->has_is, f->is.mean);
    put_number(run, name, "inception_score_std", spread, f->is.std);
    put_number(run, name, "inception_score_shuffled_mean", f->is_shuffled.n_splits > 0, f->is_shuffled.mean);
    put_number(run, name, "frechet_inception_distance", f->has_fid, f->fid);
    put_number(run, name, "frechet_inception_distance_spatial", f->has_sfid, f->sfid);
    list_kid(t, name, f);
    if ((how->prints & BF_TOOL_PR) != 0)
        put_text(run, name, "precision_and_recall_of", neighbours_of(t, of));
    put_number(run, name, "precision", f->has_pr, f->pr.precision);
    put_number(run, name, "recall", f->has_pr, f->pr.recall);
    put_number(run, name, "density", f->has_dc, f->dc.density);
    put_number(run, name, "coverage", f->has_dc, f->dc.coverage);
    put_number(run, name, "memorization_informed_frechet_inception_distance", f->has_mifid, f->mifid);
    put_number(run, name, "cmmd", f->has_cmmd, f->cmmd);
}

/* Whether a preset of the same tool, listed before, has said what differs. */
static bool is_said(const table *t, size_t index)
{
    const bf_convention *how = habits_of(t, &t->tools[index]);
    for (size_t i = 0; i < index; i++) {
        const bf_convention *before = habits_of(t, &t->tools[i]);
        if (t->tools[i].network == t->tools[index].network && strcmp(before->tool, how->tool) == 0 &&
            strcmp(before->differs, how->differs) == 0)
            return true;
    }
    return false;
}

static void tell_differences(const table *t)
{
    const bf_args *args = t->run->args;
    char text[MAX_TEXT];
    for (size_t i = 0; i < t->n_tools; i++) {
        const as_tool *of = &t->tools[i];
        const bf_convention *how = habits_of(t, of);
        bool fp16 = (bf_args_given(args, BF_OPT_ADM_FP16) && strcmp(how->name, "adm") == 0) ||
                    (bf_args_given(args, BF_OPT_STYLEGAN_FP16) && strcmp(how->name, "stylegan") == 0 &&
                     (t->vgg16 > 0 || !how->pr_of_vgg16));
        if (how->differs[0] == 0 || is_said(t, i))
            continue;
        /* Some tools have lines of two networks. */
        snprintf(text, sizeof text, " %s%s%s", of->network > 0 ? feat_net_name(net_of(t, of)) : "",
                 of->network > 0 ? ": " : "", fp16 ? "its distances are float16 here too" : how->differs);
        bf_report_line(&t->run->report, how->tool, text, "", "");
    }
}

static void list_tools(const table *t)
{
    bf_run *run = t->run;
    char text[MAX_TEXT];
    size_t used = (size_t)snprintf(text, sizeof text, " %-*s", width_of_names(t), "preset");
    for (size_t i = 0; i < columns_of(t); i++)
        used += (size_t)snprintf(text + used, sizeof text - used, " %*s", columns[i].width, columns[i].name);
    bf_report_line(&run->report, "tool", text, "", "");
    for (size_t i = 0; i < t->n_tools; i++)
        list_tool(t, &t->tools[i]);
    bf_report_integer(&run->report, "passes", t->n_passes);
    snprintf(text, sizeof text, " %zu over the images of each set, one for each way of resizing",
             t->n_passes);
    if (t->real->kind != BF_SET_IMAGES || t->gen->kind != BF_SET_IMAGES)
        snprintf(text, sizeof text, " 1: stored features are taken as they are, whatever the preset");
    bf_report_line(&run->report, "passes", text, "", "");
    tell_differences(t);
}

/* Inception features in the row of a tool that takes VGG16's would be compared with its numbers. */
static void tell_vgg16(const table *t)
{
    if (t->vgg16 > 0)
        return;
    char text[224] = " precision and recall of";
    size_t used = strlen(text), n = 0;
    for (size_t i = 0; i < t->n_tools; i++) {
        const bf_convention *how = habits_of(t, &t->tools[i]);
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
        any = any || habits_of(t, &t->tools[i])->pr_of_vgg16;
    if (!wanted || !any)
        return FEAT_OK;
    feat_status status = bf_run_other(t->run, feat_net_find("vgg16"), &t->vgg16, err);
    if (status != FEAT_ERR_IO)
        return status;
    t->vgg16 = 0;
    bf_report_warn(&t->run->report, "precision and recall of VGG-16's features left out: %s", err->message);
    return FEAT_OK;
}

/* --- the tools ---------------------------------------------------------------------------------------- */

static void add_tool(table *t, const feat_preset *preset, size_t network)
{
    if (t->n_tools == MAX_TOOLS)
        return;
    as_tool *of = &t->tools[t->n_tools++];
    of->preset = preset;
    of->network = network;
    if (network > 0)
        snprintf(of->name, sizeof of->name, "%.31s:%.31s", feat_net_name(net_of(t, of)), preset->name);
    else
        snprintf(of->name, sizeof of->name, "%s", preset->name);
}

/* The network that a tool's numbers are published of, where a metric names one of that family; else NULL. */
static const feat_net *published_of(const bf_convention *how)
{
    for (int id = 0; id < BF_N_METRICS; id++) {
        const bf_metric *metric = bf_metric_at((bf_metric_id)id);
        bool cmmd = (how->prints & BF_TOOL_CMMD) != 0;
        if (metric->network != NULL && strcmp(metric->network, how->network) == 0 && cmmd == (id == BF_METRIC_CMMD))
            return feat_net_find(metric->usual_network);
    }
    return NULL;
}

/* A tool of another family than the run's is listed where a file of its network, or of another of its family, is among
 * the weights. VGG-16 has no lines: its features are in those of the tools that take them. */
static feat_status add_other(table *t, const bf_convention *how, feat_error *err)
{
    bf_run *run = t->run;
    const feat_net *net = published_of(how);
    size_t index;
    if (net == NULL || bf_convention_is_for(how, run->network.net) || strcmp(how->network, "vgg16") == 0)
        return FEAT_OK;
    feat_status status = bf_weights_named(&net, bf_args_text(run->args, BF_OPT_WEIGHTS), net, err);
    if (status != FEAT_OK || net == NULL)
        return status;
    status = bf_run_other(run, net, &index, err);
    if (status == FEAT_ERR_UNSUPPORTED) {
        bf_report_warn(&run->report, "%s left out: %s", how->tool, err->message);
        return FEAT_OK;
    }
    if (status != FEAT_OK)
        return status;
    const bf_network *network = &run->other[index - 1];
    bf_warn_width(run, t->real, t->gen, bf_run_dim(run, network->tap), "FID");
    add_tool(t, feat_preset_find(how->name), index);
    return FEAT_OK;
}

static feat_status choose_tools(table *t, feat_error *err)
{
    for (size_t i = 0; feat_preset_at(i) != NULL; i++)
        if (bf_preset_find(t->run->network.net, feat_preset_at(i)->name) != NULL)
            add_tool(t, feat_preset_at(i), 0);
    bf_warn_n(t->run, t->real, t->gen);
    bf_warn_width(t->run, t->real, t->gen, t->real->d, "FID");
    feat_status status = open_vgg16(t, err);
    bool images = t->real->kind == BF_SET_IMAGES && t->gen->kind == BF_SET_IMAGES;
    for (size_t i = 0; images && bf_convention_at(i) != NULL && status == FEAT_OK; i++)
        status = add_other(t, bf_convention_at(i), err);
    return status == FEAT_OK ? bf_run_warn_unused(t->run, err) : status;
}

feat_status bf_measure_as_all(bf_run *run, bf_side *real, bf_side *gen, feat_error *err)
{
    if (real->kind == BF_SET_STATS || gen->kind == BF_SET_STATS)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: holds statistics; --as all compares images",
                         bf_set_spec(real->kind == BF_SET_STATS ? real->set : gen->set));
    table *t = feat_calloc(1, sizeof *t);
    if (t == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the numbers of %d tools", (int)MAX_TOOLS);
    t->run = run;
    t->real = real;
    t->gen = gen;
    feat_status status = choose_tools(t, err);
    if (status == FEAT_OK)
        status = run_passes(t, err);
    if (status == FEAT_OK) {
        list_tools(t);
        tell_vgg16(t);
        tell_decoders(t);
    }
    feat_free(t);
    return status;
}
