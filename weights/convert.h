/* From the containers other tools publish to a flat weight file. Everything is read as data: no pickle
 * is executed, no JavaScript is run. Part of the tools, not of libfeat.
 *
 *     feat_convert_options options = {"inception.pth", "inception.iv3", FEAT_FLOAT32, NULL};
 *     feat_convert_report report;
 *     if (feat_convert(&options, &report, &err) == FEAT_OK)
 *         printf("%s: %s, %zu classes\n", report.container, report.name, report.n_classes); */
#ifndef BONAFIDE_WEIGHTS_CONVERT_H
#define BONAFIDE_WEIGHTS_CONVERT_H

#include "engine/flat/flat.h"
#include "weights/readers/source.h"

typedef struct feat_convert_options {
    /* What to read, told apart by content, never by name: a PyTorch state dict (legacy or zip container), a
     * TorchScript archive, a safetensors file, a frozen TensorFlow GraphDef, a TensorFlow.js model.json with its
     * shards beside it, or a folder that holds a model.json or the nsfwjs package's model.min.js and
     * group1-shard*.min.js. Must not become shorter while it is read. */
    const char *in;
    const char *out;  /* the .iv3 file; appears only when all went well */
    feat_dtype dtype; /* how to store it; float32 loses nothing of any source */
    const feat_net *net; /* whose weights they are; NULL: told from the source */
} feat_convert_options;

/* Converts. On failure nothing is left at or beside options->out, and a file that was there stays as it
 * was. report may be NULL; it is filled only on FEAT_OK. A large source is mapped, and tensors are written in pieces:
 * memory is needed for the list of tensors and a few megabytes, beside the page cache; a TensorFlow.js model's shards
 * and a graph's values of one field each are put together in memory.
 * Errors: ARG, IO, FORMAT (file, tensor, expected, found), CHECKSUM (a zip member), UNSUPPORTED (a valid
 * container with something in it this build does not read), NUMERIC (a NaN or infinite weight, or a
 * weight too large for float16), NOMEM. */
feat_status feat_convert(const feat_convert_options *options, feat_convert_report *report,
                         feat_error *err) FEAT_NODISCARD;

/* As feat_convert, with name maps (NULL after the last) that need not be those of feat_name_maps. */
feat_status feat_convert_among(const feat_convert_options *options, const feat_name_map *const *maps,
                               feat_convert_report *report, feat_error *err) FEAT_NODISCARD;

typedef struct feat_known_file {
    const char *sha256;  /* all of it, or the digits the publisher put into the file's name */
    const char *name;
    uint64_t bytes;      /* 0: not known */
    const char *licence; /* of the weights; NULL: not known */
    const char *network; /* whose weights it has: a name of feat_net_find */
    const char *address; /* where its publisher has it, of one file of each network; NULL: of the others */
} feat_known_file;

/* The published file with this SHA-256, or NULL; and its name. torchvision's two Inceptions are told by the eight
 * digits that are published in their names. */
const feat_known_file *feat_weights_known_file(const unsigned char source_sha256[32]);
const char *feat_weights_known(const unsigned char source_sha256[32]);

/* What tensors of this content SHA-256 are known to be: a published file's, or "synth:SEED"; NULL. What a flat file
 * says of its source is its maker's word; this is not. */
const char *feat_weights_known_content(const unsigned char content_sha256[32]);

/* All of them, one after another; NULL past the last. */
const feat_known_file *feat_weights_known_at(size_t index);

/* The file with an address that has weights of the network of that name; NULL: there is none. */
const feat_known_file *feat_weights_published(const char *network);

#endif
