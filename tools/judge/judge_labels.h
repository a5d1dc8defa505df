/* Human labels from a CSV file, and their union with images: what metrics/judge/gjudge.h works on. */
#ifndef BONAFIDE_TOOLS_JUDGE_JUDGE_LABELS_H
#define BONAFIDE_TOOLS_JUDGE_JUDGE_LABELS_H

#include "metrics/judge/gjudge.h"
#include "tools/base/names.h"

struct bf_judge_key;

/* What the file says of one image. */
typedef struct bf_label {
    uint32_t n, k;
    uint32_t group, block, dataset; /* BF_NO_NAME where nothing is said */
    signed char truth;              /* -1 where nothing is said */
    size_t line;                    /* where the image came first */
} bf_label;

/* What one rater said. Answers "not sure" are no labels. */
typedef struct bf_rater {
    size_t labels, unsure;
    size_t again, same; /* labels of images that have one by this rater already; those that say the same */
} bf_rater;

/* Long form: image,rater,label[,group][,truth][,block][,dataset], label one of 0, 1, real, fake and unsure, which is
 * counted and is no label. A page's file has picture in place of image, and shown, whose number says that an image was
 * shown again on purpose. Count form: image,n,k[,..], one line per image. image_id, n_labels, n_judged_real,
 * truth_real and path are other names for image, n, k, truth and block; a path is a block for real images only. A line
 * that repeats the header is passed over: cat joins the files of several raters. */
typedef struct bf_labels {
    bf_names images, raters, groups, blocks, datasets;
    bf_label *of; /* [images.n] */
    size_t capacity;
    bool long_form, has_group, has_truth;
    bool of_page;           /* images are pictures of a page: what they are its key says */
    bool has_shown;         /* repeated labels are meant */
    gmet_judge_vote *votes; /* long form: image and rater numbers */
    size_t n_votes, votes_capacity;
    size_t n_repeated; /* long form: a rater's further labels of one image, which do not count */
    size_t n_unsure;
    bf_rater *by; /* [raters.n] */
    size_t by_capacity;
} bf_labels;

/* dataset NULL for all lines, or the one whose lines are read. Errors: IO, FORMAT (file and line), NOMEM. */
feat_status bf_labels_read(bf_labels *labels, const char *path, const char *dataset, feat_error *err) FEAT_NODISCARD;
/* The same of pictures whose image, group and truth are in a key (judge_key.h; NULL for none). Errors also: FORMAT (a
 * file that names no pictures, a picture that is not in the key). */
feat_status bf_labels_read_keyed(bf_labels *labels, const char *path, const char *dataset,
                                 const struct bf_judge_key *key, feat_error *err) FEAT_NODISCARD;
void bf_labels_free(bf_labels *labels);

/* The images whose features are known. */
typedef struct bf_judge_images {
    size_t n;
    const char *const *names;     /* [n], all different */
    const char *const *set_names; /* [n] group where the labels have no groups, or NULL */
    bool ignore_missing;          /* labels of images that are not here are counted, not an error */
} bf_judge_images;

/* Images in the natural order of their names, with what is known of them: the same whatever the order of rows
 * and lines was. */
typedef struct bf_judge_table {
    gmet_judge_set set; /* its arrays are the table's */
    uint32_t *numbers;
    signed char *truth;
    const char **names;  /* [n] of the images or labels it was made of */
    size_t *rows;        /* [n] row of features, SIZE_MAX without */
    const char **groups; /* [n_groups], in natural order */
    bf_names group_names;
    gmet_judge_vote *vote;  /* long form: the array of votes, by image, then rater; image numbers of the table */
    gmet_judge_votes votes; /* of NULL in count form */
    bool truth_known;       /* of every image */
    size_t n_missing;       /* labelled images left out because they are not among the images */
    size_t n_unlabelled;    /* images without labels: not in the table unless asked for */
} bf_judge_table;

/* images NULL: what the labels are about (of one dataset, unless that is BF_NO_NAME). labels and images must
 * outlive the table. Errors: FORMAT (a label of an unknown image, no labelled image), NOMEM. */
feat_status bf_judge_table_make(bf_judge_table *table, const bf_labels *labels, const bf_judge_images *images,
                                uint32_t dataset, feat_error *err) FEAT_NODISCARD;
void bf_judge_table_free(bf_judge_table *table);

#endif
