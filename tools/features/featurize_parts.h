/* Private to the image loop: what its three files share. featurize.c goes through the set in groups, lanes.c brings a
 * group to the network, image_job.c takes one image through decoder and cache. */
#ifndef BONAFIDE_TOOLS_FEATURES_FEATURIZE_PARTS_H
#define BONAFIDE_TOOLS_FEATURES_FEATURIZE_PARTS_H

#include <stdatomic.h>

#include "tools/features/featurize.h"

enum { BF_SCOPE_BYTES = 640 };

/* What became of one image of the group. */
typedef struct bf_slot {
    feat_status status;
    bool unreadable; /* as opposed to: our own failure */
    unsigned flags;
    unsigned cached; /* a bit for each network whose rows the cache had */
    bf_leaf leaf;
    size_t row[BF_MAX_NETWORKS]; /* where in the rows its features are, when status is OK */
    char reason[BF_NAMED_BYTES];
} bf_slot;

/* A call of a network: what it runs in and what it reads. */
typedef struct bf_call {
    feat_session *session;
    float *input; /* [images][input_floats] */
} bf_call;

typedef struct bf_lane {
    bf_call calls[BF_MAX_NETWORKS];
    void *scratch;
    size_t scratch_bytes;
} bf_lane;

/* A network that the images go through. */
typedef struct bf_branch {
    const feat_model *model;
    const feat_net *net; /* of the model */
    const feat_preset *preset;
    size_t input_floats; /* per image */
} bf_branch;

struct bf_featurizer {
    bf_branch branches[BF_MAX_NETWORKS];
    size_t n_branches;
    feat_pool *pool;
    size_t batch, n_lanes, group;
    bf_lane *lanes; /* one for each thread */
    bf_slot *slots; /* [group] */
    size_t *todo;   /* [group] slots of the images to be run, by one network at least */
    bf_call together[BF_MAX_NETWORKS]; /* on the pool, for small groups: of n_lanes - 1 images */
};

/* One group on its way through the workers. */
typedef struct bf_group_work {
    bf_featurizer *f;
    const bf_featurize_job *job;
    size_t first, n;            /* images of the job */
    size_t n_todo;              /* of these, to be run */
    size_t tile;                /* images per tile */
    unsigned used;              /* a bit for each network that taps are wanted of */
    bool digests;               /* files, pixels and features are hashed */
    bool read_only;             /* a bad image was seen: the rest is only tried for reading */
    float *rows[BF_MAX_TAPS];   /* [group][dim] in the order of todo */
    float *placed[BF_MAX_TAPS]; /* with a cache, [group][dim] in the order of the group */
    size_t dims[BF_MAX_TAPS];
    char (*scopes)[BF_SCOPE_BYTES]; /* with a cache, [n_taps]: of its keys */
    bf_featurize_report *report;
    atomic_size_t done; /* images through, of the whole set */
    atomic_bool stop;
    atomic_bool cache_failed;
} bf_group_work;

/* --- image_job.c -------------------------------------------------------------------------------------- */

/* The image failed, for that reason. */
void bf_slot_fail(bf_slot *s, feat_status status, const feat_error *err);

/* The place in the set of image `index` of the group. */
size_t bf_work_set_index(const bf_group_work *w, size_t index);

/* Decodes image `index` of the group, and prepares it for each network whose input is not NULL; `inputs` NULL: none. */
bool bf_image_job_load(bf_group_work *w, size_t index, bf_lane *l, float *const inputs[BF_MAX_NETWORKS]);

/* Digests the rows of an image that was run, and keeps those that the cache had not. That one cannot be kept is no
 * reason to stop. */
void bf_image_job_finish(bf_group_work *w, size_t index);

/* Looks one image of the group up by the digest of its bytes, for each network by itself. One that cannot be read is a
 * miss: it is tried again, and what is wrong with it said, when its turn comes to be run. */
void bf_image_job_look_up(void *work, size_t index, size_t worker);

/* Whether the work is to end; an image is through. */
bool bf_work_stopped(bf_group_work *w);
void bf_work_count(bf_group_work *w, size_t worker);

/* --- lanes.c ------------------------------------------------------------------------------------------ */

/* Takes the images of the group through cache and network; what became of each is in its slot. Errors:
 * those of feat_session_create. */
feat_status bf_lanes_run(bf_group_work *w, feat_error *err) FEAT_NODISCARD;

void bf_lane_release(bf_lane *l);
void bf_lanes_release_together(bf_featurizer *f);

#endif
