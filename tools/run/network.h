/* The network of an invocation: its preset, its weights, and what the report says of them. */
#ifndef BONAFIDE_TOOLS_RUN_NETWORK_H
#define BONAFIDE_TOOLS_RUN_NETWORK_H

#include "tools/run/run.h"

/* Finds and loads the weights, if that is not done yet, and notes them in the report. Errors: as
 * bf_weights_find, bf_weights_open and feat_model_create. */
feat_status bf_run_model(bf_run *run, feat_error *err) FEAT_NODISCARD;

/* Makes a network known that a metric asks for by name, beside the run's own: *index is its number (bf_tap_network),
 * run->other[*index - 1].tap the layer of its features, and images go through it from now on. Where only weights of
 * another network of its family are named it is that one. Its preset is the one of --preset-of, or that the run was
 * asked for, where it has one of that name, else its own usual one. The second call for a network finds it again.
 * Errors: UNSUPPORTED (too many), those of the source's `other`: IO when there are no weights of it, or no features. */
feat_status bf_run_other(bf_run *run, const feat_net *net, size_t *index, feat_error *err) FEAT_NODISCARD;

/* Closes the network at hand, and makes `net` the one that bf_run_network is about to set up. Its cache stays open;
 * what the report says of the network that is closed is forgotten. */
void bf_run_turn_to(bf_run *run, const feat_net *net);

/* Has network number `index` of these go on with another of its presets: its conventions at once, its pixels from the
 * next bf_run_preset on. Errors: ARG. */
feat_status bf_run_other_preset(bf_run *run, size_t index, const feat_preset *preset, feat_error *err) FEAT_NODISCARD;

/* Warns of files of --weights that no network of this run is from, once all are open. Errors: those of
 * bf_weights_listed. */
feat_status bf_run_warn_unused(bf_run *run, feat_error *err) FEAT_NODISCARD;

/* Frees the networks, of which no more is needed; an audit keeps them. */
void bf_run_close_model(bf_run *run);

/* Goes on with another preset: its pixels, its conventions changed by the options given. Errors: ARG, NOMEM. */
feat_status bf_run_preset(bf_run *run, const feat_preset *preset, feat_error *err) FEAT_NODISCARD;

/* Takes threads and network over from a run of the same options that is done, which is left without. */
void bf_run_inherit(bf_run *to, bf_run *from);

/* Heap of the networks. */
size_t bf_run_model_bytes(const bf_run *run);

/* Name of a layer of the networks, as "2048" or "vgg16:fc2_relu"; and the layer of a name, FEAT_NO_TAP for none. */
const char *bf_run_tap_name(const bf_run *run, feat_tap tap);
feat_tap bf_run_find_tap(const bf_run *run, const char *name);

/* The layer of the run's own network for a role, FEAT_NO_TAP when it has none. */
feat_tap bf_run_tap(const bf_run *run, feat_role role);

/* The width of a layer of the networks; 0 when these weights have no such layer, or none are loaded. */
size_t bf_run_dim(const bf_run *run, feat_tap tap);

/* The logits of a tool's habit, with bias or without; FEAT_NO_TAP when the network has none. */
feat_tap bf_run_logits_of(const bf_run *run, const bf_convention *how);

/* The tap to take logits from: without bias or with it, as the conventions say; with bias where the head of
 * the network has no other. Needs the model. Errors: UNSUPPORTED. */
feat_status bf_run_logits_tap(bf_run *run, feat_tap *tap, feat_error *err) FEAT_NODISCARD;

/* The layer of the network that has so many features: "64", "192", "768", "2048", "spatial"; "" for any other width,
 * those of logits included, which depend on the classifier. */
const char *bf_tap_of_width(const feat_net *net, size_t d);

/* Warns of weights other than the published ones, whose numbers are easily taken for comparable. */
void bf_warn_weights(bf_run *run);

/* --- for the sources of features ------------------------------------------------------------------------ */

/* bf_run_model where the network itself is what gives features. */
feat_status bf_run_load(bf_run *run, feat_error *err) FEAT_NODISCARD;

/* bf_run_other, likewise. */
feat_status bf_run_load_other(bf_run *run, size_t index, feat_error *err) FEAT_NODISCARD;

/* Enters the weights, found at `spec`, into what is said of a network. */
void bf_note_weights(bf_network *network, bf_provenance *made, const char *spec, const feat_weights_info *info);

#endif
