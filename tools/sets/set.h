/* What a user names as SET: images in a folder, archive, array or list; a feature matrix; or statistics. FILE.npz:KEY
 * is the array KEY of an .npz. */
#ifndef BONAFIDE_TOOLS_SETS_SET_H
#define BONAFIDE_TOOLS_SETS_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"
#include "tools/base/digest.h"
#include "tools/formats/rowstore.h"
#include "tools/images/image.h"
#include "tools/statistics/references.h"

typedef enum bf_set_kind {
    BF_SET_IMAGES,   /* folder, .zip, .npz with arr_0, .npy uint8 [n][h][w][3], CIFAR-10 .bin, frames, @list.txt */
    BF_SET_FEATURES, /* float16, float32 or float64 [n][d]: .npy, or in an .npz feats, features, real_feats,
                        reps */
    BF_SET_STATS     /* .npz with mu and sigma; a pickle that has them (tools/statistics) */
} bf_set_kind;

typedef struct bf_set bf_set;

/* How many there are, and the first of them in bytewise order; long names are cut. */
enum { BF_FIRST_NAMES = 10, BF_FIRST_NAME_BYTES = 256 };
typedef struct bf_first_names {
    size_t n, n_named;
    char name[BF_FIRST_NAMES][BF_FIRST_NAME_BYTES];
} bf_first_names;

/* Counts a name and keeps it if it is among the first. */
void bf_first_names_add(bf_first_names *names, const char *name);

/* How the numbers of an array of images were taken for pictures, where that does not go without saying (uint8, channels
 * last, no alpha): else n_channels is 0. */
typedef struct bf_array_note {
    char type[12];         /* "float32" */
    size_t n_channels;     /* 1, 3, or 4 of which the last is dropped */
    bool channels_first;   /* [n][c][h][w] */
    bool has_range;        /* of floats: black and white are */
    double low, high;
} bf_array_note;

/* What a folder or an archive holds beside the images that their extensions tell, paths relative to it. */
typedef struct bf_set_listing {
    bf_first_names left_out;   /* files that are not looked at; not those that bf_name_is_litter knows. A hidden folder
                                  is one, and ends in '/' */
    bf_first_names by_content; /* images without a known extension, told by their first bytes */
    size_t in_subfolders;      /* images of a folder that lie in folders inside it */
    bf_array_note array;       /* of an array of images, what was taken for granted */
    bool unknown;              /* a file of features or statistics that does not say these of its images: all is 0. One
                                  that does says numbers, and no names */
} bf_set_listing;

/* Opens and lists `spec`; images are not decoded yet. Order is the bytewise order of relative paths (a list
 * file keeps its own order, an array its index order). What has no extension of an image format is an image all the
 * same if its first bytes say so, but for files that bf_name_is_litter knows.
 * Errors: IO, FORMAT, UNSUPPORTED, NOMEM; an empty folder is FORMAT with advice. */
feat_status bf_set_open(bf_set **out, const char *spec, feat_error *err) FEAT_NODISCARD;
void bf_set_close(bf_set **set);

/* What a file that says less than it could is taken for. All zero: as bf_set_open does. */
typedef struct bf_set_how {
    bool prefer_stats; /* an .npz that has images or features and mu and sigma as well is a set of statistics */
    bool has_range;    /* arrays of floats are images, whose black is low and whose white is high */
    double low, high;
    bool channels_first; /* arrays of images are [n][c][h][w], where they can be: 1, 3 or 4 of the second axis */
} bf_set_how;

/* --range LO,HI and --layout nchw or nhwc, each NULL where it is not given; prefer_stats stays. Errors: ARG. */
feat_status bf_set_how_parse(bf_set_how *how, const char *range, const char *layout, feat_error *err) FEAT_NODISCARD;

/* The same. */
feat_status bf_set_open_as(bf_set **out, const char *spec, const bf_set_how *how, feat_error *err) FEAT_NODISCARD;

/* A set of images of which only the names are there: each text holds `n` NUL-terminated names, one after the other. Its
 * images cannot be read. Errors: NOMEM. */
typedef struct bf_set_names {
    const char *text;
    size_t n;
} bf_set_names;
feat_status bf_set_open_names(bf_set **out, const char *spec, const bf_set_names *texts, size_t n_texts,
                              feat_error *err) FEAT_NODISCARD;

/* Raw frames from a descriptor (borrowed) until its end, [h][w][3] bytes each: the same images as an .npy of them.
 * They pass once, block by block, and nothing that grows with their number is kept. Errors: ARG (a size that no
 * image has), NOMEM. */
feat_status bf_set_open_raw(bf_set **out, int fd, size_t w, size_t h, feat_error *err) FEAT_NODISCARD;

/* Leaves `n` of its images or rows in the set, drawn without replacement and in their order, and makes them 0 .. n - 1:
 * Knuth's algorithm S with SplitMix64, seeded with seed + number * 0x9E3779B97F4A7C15, `number` being the place of
 * the set among those of a run. Statistics stay whole. Once, before anything is read. Errors: ARG (frames on standard
 * input; there are fewer), NOMEM. */
feat_status bf_set_take(bf_set *set, uint64_t n, uint64_t seed, size_t number, feat_error *err) FEAT_NODISCARD;

/* Whether the set is of such frames. Its count is BF_COUNT_UNKNOWN until the last has passed. */
bool bf_set_is_stream(const bf_set *set);
#define BF_COUNT_UNKNOWN SIZE_MAX

/* The frames of such a set, to read on; NULL for other sets. The handle is the set's, and closed with it. */
typedef struct bf_frames bf_frames;
bf_frames *bf_set_frames(bf_set *set);
size_t bf_frames_bytes(const bf_frames *frames); /* of one frame */

/* Reads the next `n` frames in the place of those that were read before: they are the only images that can be
 * loaded. *got: how many came, 0 at the end. One thread at a time, while none loads.
 * `interrupted` (may be NULL) is asked while there is nothing to read. Errors: IO (also "interrupted"), FORMAT (no
 * frame at all, or the last one is cut), NOMEM. */
feat_status bf_frames_next(bf_frames *frames, size_t n, size_t *got, bool (*interrupted)(void),
                           feat_error *err) FEAT_NODISCARD;

/* Of a set that is no folder and no archive all is 0. */
const bf_set_listing *bf_set_get_listing(const bf_set *set);
/* For a set of which only names are there: what was found where it was listed. */
void bf_set_replace_listing(bf_set *set, const bf_set_listing *listing);

/* Whether a file or folder of this name (no path) is what lies beside images everywhere, and no image: what systems
 * and version control leave, texts, labels, checksums. */
bool bf_name_is_litter(const char *name);

/* What the classes of images are. */
typedef enum bf_class_source {
    BF_CLASSES_NONE,
    BF_CLASSES_FOLDERS, /* the folders they lie in */
    BF_CLASSES_LABELS   /* dataset.json, as StyleGAN's tool writes it: {"labels": [[name, class], ...]} */
} bf_class_source;

enum { BF_CLASS_NAME = 128 };

typedef struct bf_classes {
    bf_class_source from;
    bool looked;
    bool broken;      /* there is a dataset.json with labels that cannot be used */
    char note[320];   /* why there are no classes, or a remark on those there are; "" for nothing to say */
    bf_digest digest; /* of the dataset.json that holds labels */
    char *text;       /* labels, each with a zero; at [images] is 1 + where that of an image begins */
    size_t *at;
} bf_classes;

/* Looks for the classes of a set, once: dataset.json at the top of a folder or an archive, where it holds labels; else
 * the folders that all images lie in, unless they are shards (consecutive numbers of one width, all but the last of one
 * size, that say nothing of their images). Labels that cannot be read, or are not those of the images, are no error
 * here, but a note. Not while other threads use the set. Errors: IO, NOMEM. */
feat_status bf_set_find_classes(bf_set *set, feat_error *err) FEAT_NODISCARD;
const bf_classes *bf_set_classes(const bf_set *set);
/* "folders", "dataset.json", or NULL. */
const char *bf_class_source_name(bf_class_source from);

/* The class of an image, cut from the left where it is too long; false when the set has none. */
bool bf_set_class_of(const bf_set *set, size_t index, char name[BF_CLASS_NAME]);

/* For a set of which only names are there: what dataset.json said where it was listed, labels in the order of the
 * images, with their zeros; text NULL: they could not be used, for the reason in `note`. Errors: NOMEM. */
typedef struct bf_set_names bf_set_labels;
feat_status bf_set_give_classes(bf_set *set, const bf_set_labels *labels, size_t n_labels, const char *note,
                                const bf_digest *digest, feat_error *err) FEAT_NODISCARD;

bf_set_kind bf_set_get_kind(const bf_set *set);
const char *bf_set_spec(const bf_set *set);

/* Images: their number. Features: rows. Statistics: the stored `n`, or 0 when the file has none. */
size_t bf_set_count(const bf_set *set);

/* Images: relative path, member name, or "#12" in an array; features: what the file calls the row's image, "" where it
 * does not say. Valid until the set is closed; of a frame until the thread has asked for eight more names. */
const char *bf_set_item_name(const bf_set *set, size_t index);

/* In the message for an image that a list names and that is not there. */
#define BF_LISTS_FOLDER "list's own folder"

/* Images only: reads and decodes one. Safe to call from several threads at once. The message names
 * set and item. Errors: IO, FORMAT, UNSUPPORTED, NOMEM. */
feat_status bf_set_read_image(const bf_set *set, size_t index, bf_image *image, feat_error *err) FEAT_NODISCARD;

/* The two halves of bf_set_read_image, for callers that want the bytes as well: those of the image's file, or
 * of the image in an array. *bytes is released with bf_set_free_item. Errors: as above. */
feat_status bf_set_load_item(const bf_set *set, size_t index, uint8_t **bytes, size_t *n,
                             feat_error *err) FEAT_NODISCARD;
feat_status bf_set_decode_item(const bf_set *set, size_t index, const uint8_t *bytes, size_t n,
                               bf_image *image, feat_error *err) FEAT_NODISCARD;

/* What bf_set_load_item gave, once the image is decoded: others may be waiting for the memory. NULL: nothing. */
void bf_set_free_item(uint8_t *bytes);

/* What decoding an image depends on beside its bytes: "" for nothing, "tga", or shape, layout and range of an array. */
enum { BF_HINT_BYTES = 96 };
const char *bf_set_decode_hint(const bf_set *set, size_t index, char text[BF_HINT_BYTES]);

/* Features only: width, and rows [first, first + n) as float32 into out [n][d]. float64 is rounded, and *n_rounded (may
 * be NULL) grows by the numbers that this changed; a NaN or infinity is an error that names row and column. */
size_t bf_set_feature_dim(const bf_set *set);
feat_status bf_set_read_features(const bf_set *set, size_t first, size_t n, float *out, size_t *n_rounded,
                                 feat_error *err) FEAT_NODISCARD;

/* Features only: whether they are float64; all of them as they are, into out [n][d], NaN and infinity too. Errors: IO,
 * NOMEM. */
bool bf_set_has_doubles(const bf_set *set);
feat_status bf_set_read_doubles(const bf_set *set, double *out, feat_error *err) FEAT_NODISCARD;

/* What a file says of where its features or statistics are from; "" and 0 where it says nothing. */
typedef struct bf_origin {
    char preset[64], weights[256]; /* weights: "NAME sha256:HEX" */
    char variant[32], tap[32];
    char mode[16];        /* of the numerics: "exact", "split" */
    int pixels, numerics; /* versions of the contracts */
    size_t skipped;       /* images that could not be read */
} bf_origin;

const bf_origin *bf_set_origin(const bf_set *set);

/* The arrays that say it, in files written here: names of a bf_origin's members, "names" [n], text, and the numbers of
 * a bf_set_listing. */
#define BF_KEY_NAMES "names"

/* Whether there is a file or folder of that name, or the file of FILE.npz:KEY. `spec` is as it was afterwards. */
bool bf_set_is_there(char *spec);

/* The set's own file or folder: the spec without the :KEY of an array. */
const char *bf_set_path(const bf_set *set);

/* What ref:NAME stands for; NULL: the set is named otherwise. */
const bf_reference *bf_set_reference(const bf_set *set);

/* Features only: *store maps them in the set's own file, once all are known to be finite; NULL where they need
 * converting, or lie in memory or at an offset that is not a multiple of 4. The caller closes it. Errors: as above, and
 * those of bf_rowstore_map. */
feat_status bf_set_map_features(const bf_set *set, bf_rowstore **store, feat_error *err) FEAT_NODISCARD;

/* Statistics that a file has of several networks: those of this one (feat_net_name) are the set's from here on; before,
 * it has none. Of all other sets nothing is asked. Not while other threads use the set. Errors: FORMAT (no part is this
 * network's: the message has those that are there), NUMERIC, NOMEM. */
feat_status bf_set_choose(bf_set *set, const char *network, feat_error *err) FEAT_NODISCARD;
const char *bf_set_part(const bf_set *set); /* of them, the part that was chosen; "" for any other set */

/* Statistics, or what a reference batch has of them beside its images: dimension d, 0 if there are none; then
 * mu [d] and sigma [d][d] into the caller's memory; mu_s and sigma_s of the spatial features likewise. */
size_t bf_set_stats_dim(const bf_set *set);
feat_status bf_set_read_stats(const bf_set *set, double *mu, double *sigma, feat_error *err) FEAT_NODISCARD;
size_t bf_set_spatial_dim(const bf_set *set);
feat_status bf_set_read_spatial(const bf_set *set, double *mu, double *sigma, feat_error *err) FEAT_NODISCARD;

#endif
