/* Private to imageset*.c: what a set is made of. */
#ifndef BONAFIDE_IMAGESET_PARTS_H
#define BONAFIDE_IMAGESET_PARTS_H

#include "tools/formats/npy_read.h"
#include "tools/formats/zip.h"
#include "tools/sets/set.h"

/* A growing list of names in one block of text; a million names cost little more than their letters. */
typedef struct bf_item {
    const char *name; /* set by bf_items_finish */
    size_t name_at;   /* offset in the text */
    size_t member;    /* index in the zip, or in the order of adding */
} bf_item;

typedef struct bf_items {
    char *text;
    size_t text_used, text_room;
    bf_item *item;
    size_t n, room;
} bf_items;

bool bf_items_add(bf_items *items, const char *name, size_t length, size_t member);
/* Sets the name pointers; sorted bytewise by name, then by member, if asked for. */
void bf_items_finish(bf_items *items, bool sorted);
void bf_items_release(bf_items *items);

typedef enum bf_source {
    BF_SOURCE_FILES, /* names relative to `base` */
    BF_SOURCE_ZIP,
    BF_SOURCE_NAMES, /* nothing but names */
    BF_SOURCE_ARRAY
} bf_source;

typedef struct bf_moments {
    double *mu, *sigma; /* [d], [d][d] */
    size_t d;           /* 0: there are none */
} bf_moments;

/* Frames on their way through: the last block that was read, no more. */
typedef struct bf_frames {
    int fd;            /* borrowed */
    size_t bytes;      /* of one frame */
    uint8_t *block;    /* [room] frames; the first n are images [first, first + n) */
    size_t room, first, n;
    bool ended;        /* nothing comes after these */
} bf_frames;

struct bf_set {
    bf_set_kind kind;
    bf_source source;
    char *spec;
    bf_items items;        /* images only */
    bf_set_listing listing;
    bf_classes classes;
    char *base;            /* BF_SOURCE_FILES: folder the names are relative to */
    bf_zip *zip;           /* BF_SOURCE_ZIP, and .npz while it is needed */
    bf_array array;        /* images of BF_SOURCE_ARRAY, or the feature matrix */
    size_t h, w, channels; /* images of BF_SOURCE_ARRAY */
    size_t dim;            /* features */
    bool cifar;            /* the array is a file of CIFAR-10's records */
    bf_frames *frames;     /* BF_SOURCE_ARRAY out of a pipe, or NULL */
    bool prefer_stats;     /* of an .npz that has both, statistics and not images are wanted */
    bf_moments stats, spatial;
    size_t n_stats;
    bf_origin origin; /* of features and statistics */
    char *path;       /* the file, where the spec names one of its arrays; NULL: the spec */
};

/* Each fills the set from what its name says; the set's spec is set. */
iv3_status bf_set_open_folder(bf_set *set, iv3_error *err);
iv3_status bf_set_open_list(bf_set *set, iv3_error *err);
iv3_status bf_set_open_zip(bf_set *set, iv3_error *err); /* .zip of images, or .npz */
iv3_status bf_set_open_npy(bf_set *set, iv3_error *err);
iv3_status bf_set_open_npz(bf_set *set, iv3_error *err); /* with set->zip open */

/* FILE.npz:KEY, the array KEY of it; `colon` is in set->spec. */
iv3_status bf_set_open_key(bf_set *set, const char *colon, iv3_error *err);

/* What an open .npz says of itself; with `n_names` rows also what they are called, if it says that. */
iv3_status bf_set_load_origin(bf_set *set, size_t n_names, iv3_error *err);

/* Names "#0", "#1", ... */
iv3_status bf_set_number_items(bf_set *set, size_t n, iv3_error *err);

/* CIFAR-10's binary files: whether an open file looks like one; the images of set->spec; one of them. */
enum { BF_CIFAR_RECORD = 3073 };
iv3_status bf_set_is_cifar(bool *is, const char *path, int fd, uint64_t bytes, iv3_error *err);
iv3_status bf_set_open_cifar(bf_set *set, iv3_error *err);
iv3_status bf_set_load_cifar(const bf_set *set, size_t index, uint8_t *rgb, iv3_error *err);

/* A frame of the block that was read last. */
iv3_status bf_set_load_frame(const bf_set *set, size_t index, uint8_t *rgb, iv3_error *err);
void bf_frames_close(bf_frames **frames);

/* One image out of set->array: its bytes, and the picture they make. */
iv3_status bf_set_load_array_item(const bf_set *set, size_t index, uint8_t **bytes, size_t *n,
                                  iv3_error *err);
iv3_status bf_set_decode_array_item(const bf_set *set, size_t index, const uint8_t *bytes, size_t n,
                                    bf_image *image, iv3_error *err);

/* Fails with the message for a file that is no set, of which the first bytes are these; for an array of images that
 * are not bytes. */
iv3_status bf_set_fail_file(const char *path, const uint8_t *head, size_t n, iv3_error *err);
iv3_status bf_set_fail_values(const bf_set *set, iv3_error *err);

void bf_classes_release(bf_classes *classes);

/* Fails with the message for a missing path, which looks for what may have been meant. */
iv3_status bf_set_fail_missing(const char *path, iv3_error *err);

/* Fails with the message for a set without images. `n_other` files were passed over, litter among them. */
iv3_status bf_set_fail_empty(const bf_set *set, size_t n_other, iv3_error *err);

/* Whether the first bytes of a file without an image's extension are those of an image, be it one that is not read.
 * Two letters in front of a text are not enough for it. */
enum { BF_HEAD_BYTES = 32 };
bool bf_head_is_image(const uint8_t *head, size_t n);

#endif
