/* The table of metrics and that of their numbers. Nothing here computes anything. */
#include "tools/options/metric_names.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/feat.h"

#define BOTH_SETS_OF_ROWS (BF_NEEDS_BOTH_SIDES | BF_NEEDS_ROWS)
#define COVARIANCES (BF_NEEDS_BOTH_SIDES | BF_NEEDS_SUMS)

static const bf_metric metrics[] = {
    [BF_METRIC_IS] = {.name = "is",
                      .label = "Inception Score",
                      .needs = BF_NEEDS_LOGITS,
                      .usual = true,
                      .papers = "salimans2016",
                      .library = "gmet_inception_score"},
    [BF_METRIC_FID] = {.name = "fid",
                       .label = "FID",
                       .needs = COVARIANCES,
                       .usual = true,
                       .papers = "heusel2017",
                       .library = "gmet_fid"},
    [BF_METRIC_KID] = {.name = "kid",
                       .label = "KID",
                       .needs = BOTH_SETS_OF_ROWS,
                       .usual = true,
                       .papers = "binkowski2018",
                       .library = "gmet_kid"},
    [BF_METRIC_PR] = {.name = "pr",
                      .label = "precision and recall",
                      .needs = BOTH_SETS_OF_ROWS | BF_NEEDS_RADII,
                      .usual = true,
                      .papers = "kynkaanniemi2019",
                      .library = "gmet_precision_recall"},
    [BF_METRIC_PR_VGG] = {.name = "pr-vgg",
                          .label = "precision and recall of VGG-16's features",
                          .needs = BOTH_SETS_OF_ROWS | BF_NEEDS_RADII,
                          .network = "vgg16",
                          .usual_network = "vgg16",
                          .suffix = "_vgg16",
                          .papers = "kynkaanniemi2019",
                          .library = "gmet_precision_recall"},
    [BF_METRIC_DC] = {.name = "dc",
                      .label = "density and coverage",
                      .needs = BOTH_SETS_OF_ROWS | BF_NEEDS_REAL_RADII,
                      .usual = true,
                      .papers = "naeem2020",
                      .library = "gmet_prdc"},
    [BF_METRIC_CLASSES] = {.name = "per-class",
                           .label = "scores of classes",
                           .needs = BOTH_SETS_OF_ROWS | BF_NEEDS_LOGITS | BF_NEEDS_CLASSES,
                           .papers = "salimans2016,heusel2017,kynkaanniemi2019",
                           .library = "gmet_per_class"},
    [BF_METRIC_SFID] = {.name = "sfid",
                        .label = "sFID",
                        .needs = COVARIANCES | BF_NEEDS_SPATIAL,
                        .papers = "heusel2017,nash2021",
                        .library = "gmet_fid"},
    [BF_METRIC_FID64] = {.name = "fid64",
                         .label = "FID at tap 64",
                         .needs = COVARIANCES,
                         .tap = "64",
                         .papers = "heusel2017",
                         .library = "gmet_fid"},
    [BF_METRIC_FID192] = {.name = "fid192",
                          .label = "FID at tap 192",
                          .needs = COVARIANCES,
                          .tap = "192",
                          .papers = "heusel2017",
                          .library = "gmet_fid"},
    [BF_METRIC_FID768] = {.name = "fid768",
                          .label = "FID at tap 768",
                          .needs = COVARIANCES,
                          .tap = "768",
                          .papers = "heusel2017",
                          .library = "gmet_fid"},
    [BF_METRIC_FID_INF] = {.name = "fid-inf",
                           .label = "FID-infinity",
                           .needs = BOTH_SETS_OF_ROWS | BF_NEEDS_FID,
                           .papers = "heusel2017,chong2020",
                           .library = "gmet_fid_infinity"},
    [BF_METRIC_IS_INF] = {.name = "is-inf",
                          .label = "IS-infinity",
                          .needs = BF_NEEDS_LOGITS,
                          .papers = "salimans2016,chong2020",
                          .library = "gmet_is_infinity"},
    [BF_METRIC_MIFID] = {.name = "mifid",
                         .label = "MiFID",
                         .needs = BOTH_SETS_OF_ROWS | BF_NEEDS_FID,
                         .papers = "heusel2017,bai2021",
                         .library = "gmet_mifid"},
    [BF_METRIC_MIND] =
        {.name = "mind", .label = "MIND", .needs = BOTH_SETS_OF_ROWS, .papers = "berthet2026", .library = "gmet_mind"},
    [BF_METRIC_VENDI] = {.name = "vendi",
                         .label = "Vendi score",
                         .needs = BF_NEEDS_ROWS,
                         .papers = "friedman2023",
                         .library = "gmet_vendi"},
    [BF_METRIC_AUTHPCT] = {.name = "authpct",
                           .label = "AuthPct",
                           .needs = BOTH_SETS_OF_ROWS,
                           .papers = "alaa2022",
                           .library = "gmet_authpct"},
    [BF_METRIC_CT] = {.name = "ct",
                      .label = "C_T",
                      .needs = BOTH_SETS_OF_ROWS | BF_NEEDS_TEST_SET,
                      .papers = "meehan2020",
                      .library = "gmet_ct"},
    [BF_METRIC_PRD] =
        {.name = "prd", .label = "PRD", .needs = BOTH_SETS_OF_ROWS, .papers = "sajjadi2018", .library = "gmet_prd"},
    [BF_METRIC_FD_DINOV2] = {.name = "fd-dinov2",
                             .label = "FD-DINOv2",
                             .needs = COVARIANCES,
                             .network = "dinov2",
                             .usual_network = "dinov2-vitl14",
                             .suffix = "_dinov2",
                             .papers = "heusel2017,stein2023",
                             .library = "gmet_fid"},
    [BF_METRIC_KD] = {.name = "kd",
                      .label = "KD of DINOv2's features",
                      .needs = BOTH_SETS_OF_ROWS,
                      .network = "dinov2",
                      .usual_network = "dinov2-vitl14",
                      .suffix = "_dinov2",
                      .papers = "binkowski2018,stein2023",
                      .library = "gmet_kid"},
    [BF_METRIC_CLIP_FID] = {.name = "clip-fid",
                            .label = "CLIP-FID",
                            .needs = COVARIANCES,
                            .network = "clip",
                            .usual_network = "clip-vit-b-32",
                            .suffix = "_clip",
                            .papers = "heusel2017,kynkaanniemi2023",
                            .library = "gmet_fid"},
    [BF_METRIC_CMMD] = {.name = "cmmd",
                        .label = "CMMD",
                        .needs = BOTH_SETS_OF_ROWS,
                        .network = "clip",
                        .usual_network = "clip-vit-l-14-336",
                        .suffix = "_clip",
                        .papers = "jayasumana2024",
                        .library = "gmet_cmmd"},
};
_Static_assert(sizeof metrics / sizeof metrics[0] == (size_t)BF_N_METRICS, "a row for each metric");

/* A number, and the standard error that stands beside it. */
#define WITH_ERROR(name) .key = name, .error_key = name "_standard_error"
#define FROM_0 .least = 0, .most = HUGE_VAL
#define ANY .least = -HUGE_VAL, .most = HUGE_VAL
#define SHARE .least = 0, .most = 1, .better = BF_HIGHER_IS_BETTER

/* FID-infinity and IS-infinity come with the error of a straight line, MIND with that of its directions, KID of subsets
 * with a spread: none of these is an error of the value, and none decides anything. */
static const bf_metric_value values[] = {
    {BF_METRIC_FID, "fid", "FID", WITH_ERROR("frechet_inception_distance"), FROM_0,
     .reading = "distance of two clouds of features, each taken as a normal distribution",
     .formula = "|&mu;<sub>1</sub> &minus; &mu;<sub>2</sub>|&sup2; + Tr(&Sigma;<sub>1</sub> + &Sigma;<sub>2</sub> "
                "&minus; 2(&Sigma;<sub>1</sub>&Sigma;<sub>2</sub>)<sup>&frac12;</sup>)"},
    {BF_METRIC_KID, "kid", "KID", WITH_ERROR("kernel_inception_distance"), ANY,
     .reading = "the same clouds compared without a shape assumed; may be negative",
     .formula = "unbiased MMD&sup2;, kernel (<i>x</i>&middot;<i>y</i>/<i>d</i> + 1)&sup3;, unless "
                "--kid-kernel says rbf"},
    {BF_METRIC_IS, "is", "Inception Score", .key = "inception_score_mean",
     .error_key = "inception_score_standard_error", .better = BF_HIGHER_IS_BETTER, .least = 1, .most = HUGE_VAL,
     .reading = "varied and sure labels; blind to the real images",
     .formula = "exp mean KL(<i>p</i>(<i>y</i>|<i>x</i>) || <i>p</i>(<i>y</i>))"},
    {BF_METRIC_PR, "precision", "Precision", WITH_ERROR("precision"), SHARE,
     .reading = "share of generated images that look real (fidelity)",
     .formula = "share of <i>g</i> in a ball of a real image"},
    {BF_METRIC_PR, "recall", "Recall", WITH_ERROR("recall"), SHARE,
     .reading = "share of real images that could be generated (variety)",
     .formula = "share of <i>r</i> in a ball of a generated image"},
    {BF_METRIC_PR, "f-score", "F-score", WITH_ERROR("f_score"), SHARE,
     .reading = "both at once",
     .formula = "2 <i>P</i> <i>R</i> / (<i>P</i> + <i>R</i>)"},
    {BF_METRIC_PR_VGG, "precision-vgg", "Precision (VGG-16)", WITH_ERROR("precision_vgg16"), SHARE,
     .reading = "share of generated images that look real, by VGG-16's features, as in the paper",
     .formula = "share of <i>g</i> in a ball of a real image"},
    {BF_METRIC_PR_VGG, "recall-vgg", "Recall (VGG-16)", WITH_ERROR("recall_vgg16"), SHARE,
     .reading = "share of real images that could be generated, by VGG-16's features, as in the paper",
     .formula = "share of <i>r</i> in a ball of a generated image"},
    {BF_METRIC_PR_VGG, "f-score-vgg", "F-score (VGG-16)", WITH_ERROR("f_score_vgg16"), SHARE,
     .reading = "both at once",
     .formula = "2 <i>P</i> <i>R</i> / (<i>P</i> + <i>R</i>)"},
    {BF_METRIC_DC, "density", "Density", WITH_ERROR("density"), FROM_0, .better = BF_HIGHER_IS_BETTER,
     .reading = "how densely real images surround generated ones; may exceed 1",
     .formula = "mean number of real balls around <i>g</i>, over <i>k</i>"},
    {BF_METRIC_DC, "coverage", "Coverage", WITH_ERROR("coverage"), SHARE,
     .reading = "share of real images with a generated one nearby",
     .formula = "share of real balls that hold a <i>g</i>"},
    {BF_METRIC_FID, "fid-corrected", "FID less its bias", WITH_ERROR("corrected_frechet_inception_distance"), ANY,
     .reading = "the same without what few images add on average",
     .formula = "FID &minus; bias to first order in 1/<i>N</i>"},
    {BF_METRIC_KID, "kid-subsets", "KID of subsets", .key = "kernel_inception_distance_mean", ANY,
     .reading = "KID as published; &plusmn; is the spread of the subsets",
     .formula = "mean over random subsets"},
    {BF_METRIC_SFID, "sfid", "sFID", WITH_ERROR("frechet_inception_distance_spatial"), FROM_0,
     .reading = "FID of features that keep their place in the image",
     .formula = "FID of 2023 spatial features"},
    {BF_METRIC_FID64, "fid64", "FID at tap 64", WITH_ERROR("frechet_inception_distance_64"), FROM_0,
     .reading = "FID of early features: colour and edges",
     .formula = "FID of 64 features"},
    {BF_METRIC_FID192, "fid192", "FID at tap 192", WITH_ERROR("frechet_inception_distance_192"), FROM_0,
     .reading = "FID of early features: texture",
     .formula = "FID of 192 features"},
    {BF_METRIC_FID768, "fid768", "FID at tap 768", WITH_ERROR("frechet_inception_distance_768"), FROM_0,
     .reading = "FID of the middle of the network",
     .formula = "FID of 768 features"},
    {BF_METRIC_FID_INF, "fid-inf", "FID-infinity", .key = "frechet_inception_distance_infinity", ANY,
     .reading = "FID as of endlessly many images",
     .formula = "intercept of FID over 1/<i>N</i>"},
    {BF_METRIC_IS_INF, "is-inf", "IS-infinity", .key = "inception_score_infinity", ANY, .better = BF_HIGHER_IS_BETTER,
     .reading = "Inception Score as of endlessly many images",
     .formula = "intercept of IS over 1/<i>N</i>"},
    {BF_METRIC_MIFID, "mifid", "MiFID", .key = "memorization_informed_frechet_inception_distance", FROM_0,
     .reading = "FID made worse by copies of real images",
     .formula = "FID / mean smallest cosine distance"},
    {BF_METRIC_MIND, "mind", "MIND", .key = "monge_inception_distance", FROM_0,
     .reading = "distance along many random directions",
     .formula = "3<i>d</i> mean W<sub>2</sub>&sup2; of projections"},
    {BF_METRIC_VENDI, "vendi", "Vendi score", .key = "vendi_score", .better = BF_HIGHER_IS_BETTER, .least = 1,
     .most = HUGE_VAL,
     .reading = "effective number of different images",
     .formula = "exp entropy of the eigenvalues of <i>K</i>/<i>N</i>"},
    {BF_METRIC_AUTHPCT, "authpct", "AuthPct", WITH_ERROR("authpct"), .better = BF_HIGHER_IS_BETTER, .least = 0,
     .most = 100,
     .reading = "percent that are not just nearer copies of one real image",
     .formula = "share with <i>d</i>(<i>g</i>, <i>r</i>) &gt; <i>d</i>(<i>r</i>, nearest other real)"},
    {BF_METRIC_PRD, "prd-recall", "PRD F8 (recall)", .key = "prd_f_8", SHARE,
     .reading = "recall from the PRD curve",
     .formula = "max F<sub>8</sub>"},
    {BF_METRIC_PRD, "prd-precision", "PRD F1/8 (precision)", .key = "prd_f_one_eighth", SHARE,
     .reading = "precision from the PRD curve",
     .formula = "max F<sub>1/8</sub>"},
    {BF_METRIC_FD_DINOV2, "fd-dinov2", "FD-DINOv2", WITH_ERROR("frechet_distance_dinov2"), FROM_0,
     .reading = "FID of DINOv2's features, which follow what people see more closely than Inception's",
     .formula = "FID of the class token"},
    {BF_METRIC_KD, "kd", "KD (DINOv2)", WITH_ERROR("kernel_distance_dinov2"), ANY,
     .reading = "KID of DINOv2's features; may be negative",
     .formula = "unbiased MMD&sup2;, kernel (<i>x</i>&middot;<i>y</i>/<i>d</i> + 1)&sup3;, unless "
                "--kid-kernel says rbf"},
    {BF_METRIC_KD, "kd-subsets", "KD of subsets (DINOv2)", .key = "kernel_distance_dinov2_mean", ANY,
     .reading = "KD as published; &plusmn; is the spread of the subsets",
     .formula = "mean over random subsets"},
    {BF_METRIC_CLIP_FID, "clip-fid", "CLIP-FID", WITH_ERROR("frechet_distance_clip"), FROM_0,
     .reading = "FID of CLIP's features of images",
     .formula = "FID of the projected features"},
    {BF_METRIC_CMMD, "cmmd", "CMMD", WITH_ERROR("cmmd"), FROM_0,
     .reading = "CLIP's features, each of length 1, compared without a shape assumed",
     .formula = "1000 MMD&sup2; of all pairs, kernel exp(&minus;|<i>x</i> &minus; <i>y</i>|&sup2;/200)"},
    /* From here on none is ranked. */
    {BF_METRIC_CT, NULL, "C_T", .key = "c_t", ANY, .better = BF_BELOW_0_COPIES,
     .reading = "far below 0 means copying of the training set",
     .formula = "Mann-Whitney <i>Z</i> of distances, by cells"},
    {BF_METRIC_CLASSES, NULL, "FID, mean of classes", .key = "per_class_frechet_inception_distance_mean", FROM_0,
     .reading = "FID of each class folder on its own, averaged",
     .formula = "mean over classes"},
    {BF_METRIC_CLASSES, NULL, "IS, mean of classes", .key = "per_class_inception_score_mean", .least = 1,
     .most = HUGE_VAL, .better = BF_HIGHER_IS_BETTER,
     .reading = "Inception Score within a class, averaged",
     .formula = "mean over classes"},
    {BF_METRIC_CLASSES, NULL, "Precision, mean of cl.", .key = "per_class_precision_mean", SHARE,
     .reading = "precision within a class, averaged",
     .formula = "mean over classes"},
    {BF_METRIC_CLASSES, NULL, "Recall, mean of cl.", .key = "per_class_recall_mean", SHARE,
     .reading = "recall within a class, averaged",
     .formula = "mean over classes"},
};
enum { N_VALUES = sizeof values / sizeof values[0] };

const bf_metric *bf_metric_at(bf_metric_id id)
{
    return &metrics[id];
}

feat_tap bf_metric_tap(const bf_metric *metric, const feat_net *net)
{
    if ((metric->needs & BF_NEEDS_SPATIAL) != 0)
        return feat_net_tap(net, FEAT_ROLE_SPATIAL);
    return feat_net_find_tap(net, metric->tap);
}

bool bf_metric_is_of(const bf_metric *metric, const feat_net *net)
{
    return metric->network == NULL || strcmp(metric->network, feat_net_family(net)) == 0;
}

bf_metric_id bf_metric_find(const char *name)
{
    int id = 0;
    while (id < BF_N_METRICS && strcmp(metrics[id].name, name) != 0)
        id++;
    return (bf_metric_id)id;
}

const bf_metric_value *bf_metric_value_at(size_t index)
{
    return index < (size_t)N_VALUES ? &values[index] : NULL;
}

const bf_metric_value *bf_metric_value_of_key(const char *key)
{
    for (size_t i = 0; i < (size_t)N_VALUES; i++)
        if (strcmp(values[i].key, key) == 0)
            return &values[i];
    return NULL;
}

const bf_metric_value *bf_metric_value_of_label(const char *label)
{
    for (size_t i = 0; i < (size_t)N_VALUES; i++)
        if (strcmp(values[i].label, label) == 0)
            return &values[i];
    return NULL;
}

const bf_metric_value *bf_ranked_value_at(size_t index)
{
    const bf_metric_value *value = index < (size_t)BF_MAX_RANKED ? bf_metric_value_at(index) : NULL;
    return value != NULL && value->by != NULL ? value : NULL;
}

const char *bf_ranked_label(char text[BF_METRIC_LABEL], const bf_metric_value *value)
{
    snprintf(text, BF_METRIC_LABEL, "%s", value->label);
    char *bracket = strstr(text, " (");
    if (bracket != NULL)
        *bracket = 0;
    return text;
}

const char *bf_better_text(bf_better better)
{
    static const char *const texts[] = {[BF_LOWER_IS_BETTER] = "lower is better",
                                        [BF_HIGHER_IS_BETTER] = "higher is better",
                                        [BF_BELOW_0_COPIES] = "below 0: copying"};
    _Static_assert(sizeof texts / sizeof texts[0] == (size_t)BF_BELOW_0_COPIES + 1, "a text for each direction");
    return texts[better];
}

/* --- lists --------------------------------------------------------------------------------------------- */

static void add_word(char *text, size_t room, const char *separator, const char *word)
{
    size_t used = strlen(text);
    snprintf(text + used, room - used, "%s%s", used > 0 ? separator : "", word);
}

void bf_metric_list(char *text, size_t room, bool usual, const char *separator)
{
    text[0] = 0;
    for (size_t i = 0; i < (size_t)BF_N_METRICS; i++)
        if (!usual || metrics[i].usual)
            add_word(text, room, separator, metrics[i].name);
}

void bf_ranked_list(char *text, size_t room, const char *separator)
{
    text[0] = 0;
    for (size_t i = 0; bf_ranked_value_at(i) != NULL; i++)
        add_word(text, room, separator, bf_ranked_value_at(i)->by);
}
