/* Partial results: what one shard of a command found of its images, in a file that says what it is of. All
 * shards of a command together give what the command alone gives, to the bit ('bonafide merge'). Layout:
 * tools/records/PART.md. */
#ifndef BONAFIDE_TOOLS_RECORDS_PART_H
#define BONAFIDE_TOOLS_RECORDS_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/feat.h"
#include "tools/base/digest.h"
#include "tools/base/found.h"
#include "tools/features/featurize.h"
#include "tools/formats/json_read.h"
#include "tools/records/report.h"

#define BF_PART_VERSION 2         /* of what follows the head, whose form and magic stay: so that any version is told */
#define BF_PART_MAGIC "BFPART1\n"

/* First bytes of the file. Only little-endian machines are supported, so this is the layout too. */
typedef struct bf_part_head {
    char magic[8];
    uint64_t bytes;                  /* of the whole file */
    uint64_t text_at, text_bytes;    /* the JSON that describes the rest */
    uint64_t text_hash;              /* XXH64 of it */
    uint64_t zero[2];
    uint64_t hash; /* XXH64 of everything above */
} bf_part_head;

/* One image, its digests included. */
typedef struct bf_part_leaf {
    uint32_t marks; /* BF_PART_SKIPPED and which digests are known */
    uint32_t w, h, zero;
    unsigned char file[32], pixels[32], features[32];
} bf_part_leaf;

enum { BF_PART_SKIPPED = 1, BF_PART_FILE = 2, BF_PART_PIXELS = 4, BF_PART_FEATURES = 8 };

/* Bytes of the file with their XXH64. */
typedef struct bf_part_section {
    uint64_t at, bytes, hash;
} bf_part_section;

/* The stored data of one layer for the images at places [first, first + span): either their `n` rows of floats, or the
 * sums (gmet_moments_part) over these rows. Places whose image could not be read have no row. */
typedef struct bf_part_run {
    bool sums;
    size_t first, span, n;
    bf_part_section section;
} bf_part_run;

typedef struct bf_part_layer {
    feat_tap tap; /* of all networks (bf_tap_network); a file has its name, and the network's number if not 0 */
    size_t dim;
    bf_part_run *runs;
    size_t n_runs, room;
} bf_part_layer;

/* A shard's share of a set: places [first, last) of `count`. */
typedef struct bf_part_set {
    const char *role, *path, *kind; /* borrowed */
    unsigned char list[32]; /* SHA-256 of the names, each with its zero; or of the file of rows or statistics */
    size_t count, first, last;
    bool own_stats; /* the images' file holds statistics too */
    bf_set_listing listing; /* of the whole set, as all of the following */
    bool labelled;          /* dataset.json has labels: what it is, and what is to be said of it */
    bf_digest labels_digest;
    char labels_note[320];
    bool labels_broken;      /* they cannot be used: the section is empty */
    bf_part_section labels; /* of the share's images, each with its zero */
    bf_featurize_report found; /* rows, skipped images with their names, and what decoding changed */
    bf_part_section names, leaves;
    bf_part_layer layers[BF_MAX_TAPS];
    size_t n_layers;
} bf_part_set;

typedef struct bf_part_weights {
    bool known;
    feat_weights_info info;
    char source[1024], isa[16];
    size_t dims[FEAT_MAX_TAPS]; /* by tap of info.net; 0: these weights have no such layer */
} bf_part_weights;

enum { BF_PART_MAX_WORDS = 160, BF_PART_MAX_SHARDS = 1000000 };

typedef struct bf_part {
    char *path;         /* of the file; NULL while it is written */
    size_t shard, n_shards; /* shard from 1 on */
    const char *words[BF_PART_MAX_WORDS]; /* the command as it would be typed; borrowed */
    size_t n_words;
    bf_part_section text; /* the words, each with its zero */
    uint64_t numerics;
    const char *mode;
    uint64_t pixels; /* BF_PIXELS_VERSION */
    bf_part_weights weights;
    bf_part_weights others[BF_MAX_NETWORKS - 1]; /* of the networks beside it */
    size_t n_others;
    bf_part_set sets[BF_MAX_INPUTS];
    size_t n_sets;
    /* Of one that was read: */
    bf_jsonread *json;
    const unsigned char *map;
    size_t map_bytes;
} bf_part;

/* The description, as JSON. NULL when there is no memory; released with bf_json_free. */
const char *bf_part_format(const bf_part *part, bf_json *j);

/* Another stretch at the end of `layer`; NULL when there is no memory. */
bf_part_run *bf_part_add_run(bf_part_layer *layer);

/* Maps a file, checks every byte of it but what fills gaps, and reads its description. Errors: IO, FORMAT,
 * VERSION, CHECKSUM, NOMEM. */
feat_status bf_part_open(bf_part **out, const char *path, feat_error *err) FEAT_NODISCARD;
void bf_part_close(bf_part **part);

/* Frees what belongs to a part that was not opened from a file. */
void bf_part_release(bf_part *part);

const void *bf_part_data(const bf_part *part, const bf_part_section *section);

/* The share of shard `index` (from 0 on) of n: [first, last). */
void bf_part_share(size_t count, size_t index, size_t n, size_t *first, size_t *last);

/* What it says of network number `index` (bf_tap_network); NULL: it has not so many. */
const bf_part_weights *bf_part_weights_of(const bf_part *part, size_t index);

/* The network of these weights; without weights, which no layer of images is, the default. */
const feat_net *bf_part_net(const bf_part_weights *weights);

/* The width and the name of a layer of its networks; 0 and "" for none. */
size_t bf_part_dim(const bf_part *part, feat_tap tap);
const char *bf_part_tap_name(const bf_part *part, feat_tap tap);

/* The layer of a tap, or NULL. */
const bf_part_layer *bf_part_find_layer(const bf_part_set *set, feat_tap tap);

#endif
