/* Which weights a command uses: --weights, else $BONAFIDE_WEIGHTS, else an installed file. */
#ifndef BONAFIDE_TOOLS_OPTIONS_WEIGHTS_FIND_H
#define BONAFIDE_TOOLS_OPTIONS_WEIGHTS_FIND_H

#include "engine/feat.h"
#include "tools/options/options.h"

/* The network of commands that are not told otherwise, and of files that do not say theirs: what every published FID
 * uses. */
const feat_net *bf_network_default(void);

/* The name of the network that files and results call by this variant; NULL: of none, or variant is NULL. */
const char *bf_network_name(const char *variant);

/* What files and results call a network: Inception-v3 by its variant, any other by its name. */
const char *bf_network_variant(const feat_net *net);

/* The network of that name, or the default's variant: "vgg16"; "fid", which is the default itself, "torchvision" or
 * "keras". Errors: ARG. */
feat_status bf_network_parse(const feat_net **net, const char *name, feat_error *err) FEAT_NODISCARD;

/* How many networks --network names; 1 where it is not given. */
size_t bf_networks_asked(const bf_args *args);

/* The index-th network that --network names, which has so many. Errors: ARG. */
feat_status bf_network_asked(const feat_net **net, const bf_args *args, size_t index, feat_error *err) FEAT_NODISCARD;

/* What --network, the first of several, or its synonym --variant, asks for; NULL: neither is given. Errors: ARG (they
 * differ). */
feat_status bf_network_wanted(const feat_net **net, const bf_args *args, feat_error *err) FEAT_NODISCARD;

/* What the installed weights of a network are called: of every Inception-v3 "inception.iv3", else "vgg16.iv3". */
enum { BF_INSTALLED_NAME = 64 };
void bf_weights_installed_name(char name[BF_INSTALLED_NAME], const feat_net *net);

/* The installed file of that name (data_folder.h), of whatever network it is; *path, released with feat_free, is NULL
 * where there is none. Errors: NOMEM. */
feat_status bf_weights_find_installed(char **path, const feat_net *net, feat_error *err) FEAT_NODISCARD;

/* "553 MB", "1.2 GB". Returns `text`. */
enum { BF_SIZE_TEXT = 24 };
const char *bf_weights_size_text(char text[BF_SIZE_TEXT], uint64_t bytes);

/* Whether --weights (NULL: not given) and the environment name none, so that installed ones are meant. "get" names
 * none: it asks to download published weights that are not installed, which *get tells. */
bool bf_weights_installed_meant(const char *option, bool *get);

/* Finds the name of weights of `net`: a path or "synth:SEED". `option` is the value of --weights or NULL: one name, or
 * several with commas between them, of which the first file with weights of the network is taken, or else of another of
 * its family, or else synthetic ones. *spec is released with feat_free. Errors: IO when there is none (says in three
 * lines what is missing, where it comes from and how it is had), or one of several cannot be read; what else keeps one
 * of several from being opened; NOMEM. */
feat_status bf_weights_find(char **spec, const char *option, const feat_net *net, feat_error *err) FEAT_NODISCARD;

/* The same for a network beside the one that a single name is of: where none of the names stands for weights of it, an
 * installed file is taken. */
feat_status bf_weights_find_other(char **spec, const char *option, const feat_net *net, feat_error *err) FEAT_NODISCARD;

/* Which network the weights that bf_weights_find_other finds are of: `net` itself, or another of its family where only
 * that is named. Errors: those of several files that cannot be read, NOMEM. */
feat_status bf_weights_network(const feat_net **out, const char *option, const feat_net *net,
                               feat_error *err) FEAT_NODISCARD;

/* Whether there are weights of each of the networks that --network names, before any of them is run. Errors: IO: a file
 * that --weights names is not there, or no weights of a network are; NOMEM. */
feat_status bf_weights_check(const bf_args *args, feat_error *err) FEAT_NODISCARD;

/* The same where a file of them is named, be it alone or among others: *out is NULL where there is none, and a seed is
 * no file. */
feat_status bf_weights_named(const feat_net **out, const char *option, const feat_net *net,
                             feat_error *err) FEAT_NODISCARD;

/* Name number `index` of several in the value of --weights, and of which network it is; of a seed *net is NULL. *name,
 * released with feat_free, is NULL past the end and where `option` is not several. Errors: those of feat_weights_open,
 * NOMEM. */
feat_status bf_weights_listed(char **name, const feat_net **net, const char *option, size_t index,
                              feat_error *err) FEAT_NODISCARD;

/* Opens a path or "synth:SEED". `wanted`: which network synthetic weights are for (NULL: the default); a file must hold
 * it (NULL: any). Errors: ARG (a bad seed), UNSUPPORTED (another network in the file), those of feat_weights_open and
 * feat_weights_synth. */
feat_status bf_weights_open(feat_weights **out, const char *spec, const feat_net *wanted,
                            feat_error *err) FEAT_NODISCARD;

/* The number in a decimal seed. Errors: ARG. */
feat_status bf_seed_parse(uint64_t *seed, const char *text, feat_error *err) FEAT_NODISCARD;

#endif
