/* How each tool measures, beside how it resizes: which logits, divisors, splits, seeds, neighbours and
 * comparisons. A preset (engine/feat.h) fixes the pixels; the entry of the same name here fixes the rest.
 * Facts are from the tools' sources; where a tool draws from an unseeded generator the entry draws from the
 * legacy NumPy generator with a fixed seed, so that a run can be repeated. */
#ifndef BONAFIDE_TOOLS_OPTIONS_CONVENTIONS_H
#define BONAFIDE_TOOLS_OPTIONS_CONVENTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/feat.h"
#include "metrics/gmet.h"

/* Which metrics the tool itself prints; the others follow the values here all the same when asked for. */
enum {
    BF_TOOL_IS = 1u << 0,
    BF_TOOL_FID = 1u << 1,
    BF_TOOL_SFID = 1u << 2,
    BF_TOOL_KID = 1u << 3,
    BF_TOOL_PR = 1u << 4,
    BF_TOOL_DC = 1u << 5, /* density and coverage */
    BF_TOOL_MIFID = 1u << 6,
    BF_TOOL_CMMD = 1u << 7
};

typedef struct bf_convention {
    const char *name; /* of the preset */
    const char *network; /* family of the networks that the tool runs: a preset is for them and no others */
    const char *tool; /* whose habits these are */
    unsigned prints;  /* BF_TOOL_* */
    /* Inception Score */
    bool logits_with_bias;
    gmet_split split;
    size_t n_splits; /* GMET_SPLIT_EVEN, GMET_SPLIT_CHUNK */
    bool shuffle;
    size_t is_ddof;
    /* FID: divisor of the covariance is n - fid_ddof */
    size_t fid_ddof;
    /* KID over subsets */
    size_t kid_subsets, kid_size;
    bool kid_shrink; /* fewer images make the subsets smaller; else they are an error */
    gmet_kernel kid_kernel; /* no tool's habit is another than the polynomial; the other only when asked for */
    double kid_sigma;       /* of the RBF kernel */
    /* Precision and recall; density and coverage */
    size_t pr_k;
    bool pr_strict;   /* inside means distance < radius; else <= */
    bool pr_adm_fp16, pr_stylegan_fp16; /* distances in half precision; only when asked for */
    bool pr_of_vgg16; /* the tool's are of VGG16 features: another network's row */
    size_t dc_k;
    bool dc_strict;
    gmet_direction mifid;
    const char *one_level; /* how to name the tool where it does not look into subfolders; NULL: it does, or takes no
                              folders */
    const char *differs; /* what the tool does in another way than is done here; "" for nothing */
} bf_convention;

/* NULL past the end. Those for Inception-v3 are first, in the order of feat_preset_at; a preset may have none among
 * them, and one for each of several networks. */
const bf_convention *bf_convention_at(size_t index);

/* Those for a network: whether these are, and the one of that name, NULL for an unknown one. */
bool bf_convention_is_for(const bf_convention *convention, const feat_net *net);
const bf_convention *bf_convention_find(const feat_net *net, const char *name);

/* The preset of that name for a network; NULL for an unknown one. */
const feat_preset *bf_preset_find(const feat_net *net, const char *name);

/* Names of the presets for a network, "tf1|stylegan". */
enum { BF_PRESETS_TEXT = 160 };
const char *bf_presets_of(char to[BF_PRESETS_TEXT], const feat_net *net);

/* Whether features and covariances of two presets of a network can be compared: the same pixels, the same divisor. A
 * name that is not known equals only itself. */
bool bf_presets_agree(const feat_net *net, const char *a, const char *b);

/* --- what papers print ----------------------------------------------------------------------------------- */

/* The numbers that papers of a family print side by side, which come from the tool that they share: --preset-of. */
typedef struct bf_published {
    const char *name;
    const char *tool;
    const char *metrics; /* as --metrics takes them; those without a network of their own are of the first */
    struct {
        const char *network, *preset; /* the network by its name, and the tool's preset for its family */
    } runs[2];           /* the run's own network, and one beside it or NULL */
} bf_published;

/* NULL past the end; by name, NULL for an unknown one or none. */
const bf_published *bf_published_at(size_t index);
const bf_published *bf_published_find(const char *name);

/* The preset for a network: that of its family's row. NULL: without a row of what is published, or without the
 * family in it. */
const char *bf_published_preset(const bf_published *published, const feat_net *net);

/* "fid,fd-dinov2; inception-v3-fid with preset tf1, dinov2-vitl14 with preset edm2". */
enum { BF_PUBLISHED_TEXT = 160 };
const char *bf_published_text(char to[BF_PUBLISHED_TEXT], const bf_published *published);

#endif
