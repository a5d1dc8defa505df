/* One side of a comparison: images, features or statistics; opened, run, and compared with the other in
 * origin. */
#include "tools/run/side.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/limits.h"
#include "tools/base/signals.h"
#include "tools/bring/bring_reference.h"
#include "tools/images/image.h"
#include "tools/options/parse_args.h"
#include "tools/options/weights_find.h"
#include "tools/run/network.h"

static const char *kind_name(bf_set_kind kind)
{
    return kind == BF_SET_IMAGES ? "images" : kind == BF_SET_FEATURES ? "features" : "statistics";
}

/* What a file says of itself; of images nothing is known before the network is. */
static void take_origin(bf_side *side)
{
    const bf_origin *o = bf_set_origin(side->set);
    side->preset = o->preset;
    side->weights = o->weights;
    side->tap = o->tap;
    side->input->origin = *o; /* the report outlives the set */
    side->input->n_skipped = o->skipped;
    side->variant = o->variant;
    side->mode = o->mode;
    side->pixels = o->pixels;
    side->numerics = o->numerics;
}

/* What stands behind ref:NAME. */
static void take_name(bf_side *side)
{
    const bf_reference *named = bf_set_reference(side->set);
    if (named == NULL)
        return;
    side->input->named = named->digest;
    side->input->named_own = named->known == NULL;
    side->input->known = named->known;
}

/* --- what listing found beside the images that their names tell ----------------------------------------- */

void bf_warn_listing(bf_report *report, const bf_set *set)
{
    const bf_set_listing *l = bf_set_get_listing(set);
    const char *spec = bf_set_spec(set);
    size_t n = l->left_out.n, by_content = l->by_content.n;
    if (n > 0 && l->left_out.n_named == 0)
        bf_report_warn(report, "%s: made without looking at %zu file%s of the set", spec, n, n == 1 ? "" : "s");
    else if (n > 0)
        bf_report_warn(report, "%s: %zu file%s not looked at, the first: %s", spec, n, n == 1 ? "" : "s",
                       l->left_out.name[0]);
    if (by_content > 0 && l->by_content.n_named == 0)
        bf_report_warn(report, "%s: counts %zu file%s without a known extension, images by their content", spec,
                       by_content, by_content == 1 ? "" : "s");
    else if (by_content == 1)
        bf_report_warn(report, "%s: 1 file without a known extension is an image by its content and is counted: %s",
                       spec, l->by_content.name[0]);
    else if (by_content > 1)
        bf_report_warn(report,
                       "%s: %zu files without a known extension are images by their content and are counted, the "
                       "first: %s",
                       spec, by_content, l->by_content.name[0]);
}

/* The default preset is nobody's wish to get a tool's number; a preset that is named, and --as, are. */
static void warn_of_subfolders(bf_run *run, const bf_side *side)
{
    char tools[128] = "";
    size_t n = bf_set_get_listing(side->set)->in_subfolders, used = 0, n_tools = 0;
    bool all = bf_args_given(run->args, BF_OPT_AS);
    if (n == 0 || !(all || bf_args_given(run->args, BF_OPT_PRESET)))
        return;
    for (size_t i = 0; bf_convention_at(i) != NULL; i++) {
        const bf_convention *c = bf_convention_at(i);
        if (c->one_level == NULL || !bf_convention_is_for(c, run->network.net) || used >= sizeof tools ||
            !(all || (run->network.preset != NULL && strcmp(run->network.preset->name, c->name) == 0)))
            continue;
        used += (size_t)snprintf(tools + used, sizeof tools - used, "%s%s", n_tools++ > 0 ? " and " : "", c->one_level);
    }
    if (n_tools > 0)
        bf_report_warn(&run->report, "%s: images in subfolders are counted: %zu; %s leave%s them out",
                       bf_set_spec(side->set), n, tools, n_tools == 1 ? "s" : "");
}

/* Warns of what listing a set found beside images told by their names, and of what a preset's tool would not have
 * counted; and enters it into the report. */
static void say_listing(bf_run *run, bf_side *side)
{
    side->input->listing = *bf_set_get_listing(side->set);
    bf_warn_listing(&run->report, side->set);
    warn_of_subfolders(run, side);
}

/* --- opened, and ready for the network ----------------------------------------------------------------- */

/* Whether a file of statistics is a published one. Reading it takes no longer than its statistics do. */
static feat_status look_up(bf_side *side, feat_error *err)
{
    struct stat info;
    bf_digest digest = {.known = false};
    const char *path = bf_set_path(side->set);
    const bf_reference *named = bf_set_reference(side->set);
    feat_status status = FEAT_OK;
    if (named != NULL)
        digest = named->digest;
    else if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && bf_known_stats_may_be((uint64_t)info.st_size))
        status = bf_digest_file(&digest, path, err);
    if (status == FEAT_OK && side->input->known == NULL && side->preset[0] == 0) /* one made here says so itself */
        side->input->known = bf_known_stats_find(&digest, path);
    return status;
}

feat_status bf_side_open(bf_run *run, bf_side *side, const char *role, const char *spec, feat_error *err)
{
    bf_set_how how;
    feat_status status = bf_run_set_how(&how, run->args, err);
    if (status == FEAT_OK && run->source.computes)
        status = bf_offer_reference(spec, &run->report, err);
    if (status == FEAT_OK)
        status = run->source.open_set(run->source.ctx, &side->set, run->report.n_inputs, spec, &how, err);
    if (status != FEAT_OK)
        return status;
    side->layer = feat_calloc(BF_MAX_TAPS, sizeof *side->layer);
    if (side->layer == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for its layers", spec);
    side->kind = bf_set_get_kind(side->set);
    side->n = bf_set_count(side->set);
    side->input = &run->report.inputs[run->report.n_inputs++];
    side->input->role = role;
    side->input->path = spec;
    side->input->kind = kind_name(side->kind);
    side->input->n = side->n;
    take_name(side);
    say_listing(run, side);
    take_origin(side);
    if (side->kind == BF_SET_STATS && bf_args_given(run->args, BF_OPT_TAKE))
        bf_report_warn(&run->report, "%s holds statistics, which stay whole: --take draws from images and rows", spec);
    if (side->kind == BF_SET_STATS)
        status = look_up(side, err);
    if (status != FEAT_OK)
        return status;
    if (run->manifest == NULL)
        return FEAT_OK;
    side->record = bf_manifest_add_set(run->manifest, role, spec, side->input->kind);
    if (side->record == NULL)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: more sets than a manifest holds", spec);
    side->record->n = side->n;
    side->record->listing = side->input->listing;
    return bf_record_file(run->manifest, side->record, side->set, err);
}

void bf_side_close(bf_side *side)
{
    bf_side_forget(side);
    feat_free(side->layer);
    bf_set_close(&side->set);
    memset(side, 0, sizeof *side);
}

feat_status bf_side_prepare(bf_run *run, bf_side *side, feat_tap tap, feat_error *err)
{
    if (tap >= BF_MAX_TAPS)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: this network has no such layer", bf_set_spec(side->set));
    side->main = tap;
    if (side->kind == BF_SET_FEATURES) {
        side->d = bf_set_feature_dim(side->set);
        return FEAT_OK;
    }
    if (side->kind == BF_SET_STATS) {
        feat_status chosen = bf_set_choose(side->set, feat_net_name(run->network.net), err);
        if (chosen != FEAT_OK)
            return chosen;
        side->n = side->input->n = bf_set_count(side->set);
        if (side->record != NULL)
            side->record->n = side->n;
        snprintf(side->input->part, sizeof side->input->part, "%s", bf_set_part(side->set));
        side->d = bf_set_stats_dim(side->set);
        if (side->n == 0)
            bf_report_warn(&run->report, "%s does not say how many images it is of: N unknown", bf_set_spec(side->set));
        return FEAT_OK;
    }
    feat_status status = bf_run_model(run, err);
    if (status != FEAT_OK)
        return status;
    side->d = bf_run_dim(run, tap);
    side->preset = run->network.preset->name;
    side->weights = run->report.made.weights;
    side->tap = bf_run_tap_name(run, tap);
    side->variant = run->report.made.variant;
    side->mode = run->report.made.mode;
    side->pixels = BF_PIXELS_VERSION;
    side->numerics = FEAT_NUMERICS_VERSION;
    if (side->d == 0)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: this network has no tap '%s'",
                         run->report.made.weights_path, bf_run_tap_name(run, tap));
    return FEAT_OK;
}

/* --- images ---------------------------------------------------------------------------------------- */

/* What is said of an unreadable image: the message of the reader, which usually names the image; where the name is
 * missing it is put in front. */
static void describe_bad(char text[2 * BF_NAMED_BYTES + 4], const bf_featurize_report *found, size_t i)
{
    char name[BF_NAMED_BYTES];
    snprintf(name, sizeof name, "%s", found->names[i]);
    feat_clean(name, false); /* as it stands in the message */
    bool named = strstr(found->reasons[i], name) != NULL;
    snprintf(text, 2 * BF_NAMED_BYTES + 4, "%s%s%s", named ? "" : name, named ? "" : ": ", found->reasons[i]);
}

static void list_bad(bf_run *run, const bf_featurize_report *found)
{
    char text[2 * BF_NAMED_BYTES + 4];
    bf_progress_clear(&run->report.progress);
    for (size_t i = 0; i < found->n_named; i++) {
        describe_bad(text, found, i);
        bf_print_error(text);
    }
    if (found->n_bad > found->n_named) {
        snprintf(text, sizeof text, "... and %zu more", found->n_bad - found->n_named);
        bf_print_error(text);
    }
}

/* How to go on where images could not be read. A name that is wrong in a list is nothing to go on without. */
static const char *way_on(const bf_featurize_report *found)
{
    size_t n_missing = 0, n_limits = 0;
    for (size_t i = 0; i < found->n_named; i++) {
        n_missing += strstr(found->reasons[i], BF_LISTS_FOLDER) != NULL;
        n_limits += strstr(found->reasons[i], "--limits") != NULL;
    }
    return n_missing > 0               ? "correct the list"
           : n_limits == 0             ? "--skip-bad goes on without them"
           : n_limits == found->n_bad ? "raise the limit as said, or go on without them by --skip-bad"
                                       : "raise limits where that is said; --skip-bad goes on without the others";
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void warn_about(bf_run *run, const bf_side *side, const bf_featurize_report *found, bool is_share)
{
    bf_report *r = &run->report;
    const char *spec = bf_set_spec(side->set);
    char depth[BF_BITDEPTH_BYTES], doubt[2 * BF_NAMED_BYTES];
    if (found->n_bad > 0) {
        char text[2 * BF_NAMED_BYTES + 4];
        describe_bad(text, found, 0);
        bf_report_warn(r, "%s: %zu of %zu images skipped, the first: %s", spec, found->n_bad,
                       bf_set_count(side->set), text);
    }
    if (found->cache_problem[0] != 0)
        bf_report_warn(r, "%s", found->cache_problem);
    while (run->network.cache != NULL && bf_cache_doubts(run->network.cache, doubt, sizeof doubt))
        bf_report_warn(r, "%s", doubt);
    if (found->n_alpha > 0)
        bf_report_warn(r, "%s: alpha dropped: %zu image%s", spec, found->n_alpha, plural(found->n_alpha));
    if (found->bitdepth.n > 0 && bf_limits_bits() == 16)
        bf_report_warn(r, "%s: 16-bit reduced to 8 (high byte): %zu image%s", spec, found->bitdepth.n,
                       plural(found->bitdepth.n));
    else if (found->bitdepth.n > 0)
        bf_report_warn(r, "%s: 16-bit reduced to 8 (upper 8 of the lower %d bits; largest sample %zu): %zu image%s",
                       spec, (int)bf_limits_bits(), found->bitdepth.largest, found->bitdepth.n,
                       plural(found->bitdepth.n));
    if (bf_bitdepth_warning(depth, side->set, &found->bitdepth, is_share))
        bf_report_warn(r, "%s", depth);
    if (found->n_animated > 0)
        bf_report_warn(r, "%s: animated, first frame only: %zu image%s", spec, found->n_animated,
                       plural(found->n_animated));
    if (found->n_stray > 0)
        bf_report_warn(r, "%s: JPEG with bytes between its segments that belong to none, passed over: %zu image%s",
                       spec, found->n_stray, plural(found->n_stray));
    if (found->n_resync > 0)
        bf_report_warn(r, "%s: JPEG with restart markers out of order, parts of it may be grey: %zu image%s", spec,
                       found->n_resync, plural(found->n_resync));
    if (found->n_flat > 1 && found->n_flat == found->n_rows)
        bf_report_warn(r, "%s: every image is of one colour (all %zu): is this what was meant?", spec, found->n_rows);
}

typedef struct recorder {
    bf_manifest *manifest;
    bf_side *side;
} recorder;

static void record_image(void *ctx, size_t index, const bf_leaf *leaf)
{
    const recorder *r = ctx;
    bf_manifest_add_leaf(r->manifest, r->side->record, bf_set_item_name(r->side->set, index), leaf);
}

/* Which layers' rows a set's features are: "2048+logits". */
static void record_taps(bf_run *run, bf_side *side, const feat_tap *taps, size_t n_taps)
{
    char text[BF_MAX_TAPS * 24] = "";
    size_t used = 0;
    for (size_t t = 0; t < n_taps; t++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", t > 0 ? "+" : "",
                                 bf_run_tap_name(run, taps[t]));
    bf_manifest_text(run->manifest, &side->record->taps, text);
}

static void take_share(bf_featurize_job *job, const bf_side_share *share)
{
    job->items = share->items;
    job->n_items = share->n_items;
    job->is_share = true;
    job->trace = share->trace;
    job->trace_ctx = share->trace_ctx;
}

feat_status bf_side_featurize_share(bf_run *run, bf_side *side, const bf_side_share *share, const feat_tap *taps,
                                    size_t n_taps, bf_sink sink, void *ctx, feat_error *err)
{
    recorder trace_ctx = {run->manifest, side};
    bf_featurize_job job = {.set = side->set,
                            .frames = bf_set_frames(side->set),
                            .n_taps = n_taps,
                            .skip_bad = bf_args_given(run->args, BF_OPT_SKIP_BAD),
                            .sink = sink,
                            .ctx = ctx,
                            .row_items = side->items,
                            .trace = side->record != NULL ? record_image : NULL,
                            .trace_ctx = &trace_ctx,
                            .cache = run->network.cache,
                            .cache_scope = run->network.cache_scope,
                            .more_scopes = {run->other[0].cache_scope, run->other[1].cache_scope,
                                            run->other[2].cache_scope},
                            .progress = &run->report.progress,
                            .interrupted = bf_interrupted};
    _Static_assert(BF_MAX_NETWORKS == 4, "a scope for each network beside the first");
    bf_featurize_report *found = feat_calloc(1, sizeof *found);
    if (found == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to run %s", bf_set_spec(side->set));
    memcpy(job.taps, taps, n_taps * sizeof *taps);
    if (side->record != NULL) {
        side->record->n_leaves = side->record->names_used = 0; /* a set may pass more than once */
        record_taps(run, side, taps, n_taps);
    }
    if (share != NULL)
        take_share(&job, share);
    bf_progress_start(&run->report.progress, bf_side_name(side->input->role),
                      job.items != NULL ? job.n_items : bf_set_count(side->set));
    feat_status status = run->source.featurize(run->source.ctx, side, &job, found, err);
    if (status == FEAT_OK && run->report.progress.total != BF_COUNT_UNKNOWN) /* the last image is any thread's */
        bf_progress_update(&run->report.progress, run->report.progress.total);
    bf_progress_clear(&run->report.progress);
    if (found->n_bad > 0 && (status == FEAT_ERR_FORMAT)) {
        feat_error said = *err;
        list_bad(run, found);
        if (!job.skip_bad)
            status = feat_fail(err, status, "%.400s; %s", said.message, way_on(found));
    }
    if (status == FEAT_OK) {
        side->n = side->input->n = found->n_rows;
        side->input->n_skipped = found->n_bad;
        side->input->n_named = found->n_named;
        side->lossy = side->lossy || found->n_lossy > 0;
        memcpy(side->input->skipped, found->names, sizeof found->names);
        if (side->record != NULL) {
            side->record->n = found->n_rows;
            run->manifest->n_cached += found->n_cached;
        }
        if (share != NULL)
            *share->found = *found;
        warn_about(run, side, found, share != NULL);
    }
    feat_free(found);
    return status;
}

feat_status bf_side_featurize(bf_run *run, bf_side *side, const feat_tap *taps, size_t n_taps, bf_sink sink,
                              void *ctx, feat_error *err)
{
    return bf_side_featurize_share(run, side, NULL, taps, n_taps, sink, ctx, err);
}

/* --- two sides ------------------------------------------------------------------------------------- */

/* Takes "NAME sha256:HEX" apart into the digest (NULL when there is none) and "NAME (HEX's first 12)". */
static const char *digest_of(const char *weights, char label[128])
{
    const char *mark = strstr(weights, " sha256:");
    if (mark == NULL)
        return NULL;
    const char *hex = mark + strlen(" sha256:");
    snprintf(label, 128, "%.*s (%.12s)", mark - weights < 96 ? (int)(mark - weights) : 96, weights, hex);
    return hex;
}

/* `what`: the word of --allow that waives this check and no other; remedy: what would make the sides alike, or "". */
static feat_status differ(bf_run *run, const char *what, const char *message, const char *remedy, feat_error *err)
{
    if (!bf_args_lists(run->args, BF_OPT_ALLOW, what))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s;%s --allow %s compares all the same", message, remedy, what);
    bf_report_warn(&run->report, "%s", message);
    return FEAT_OK;
}

/* With what width alone says, where the file says nothing. */
static const char *layer_of(const bf_run *run, const bf_side *side)
{
    return side->tap[0] != 0 ? side->tap : bf_tap_of_width(run->network.net, side->d);
}

static feat_status width_differs(const bf_run *run, const bf_side *a, const bf_side *b, feat_error *err)
{
    char advice[160] = "";
    const bf_side *images = a->kind == BF_SET_IMAGES ? a : b, *file = images == a ? b : a;
    const char *of_a = layer_of(run, a), *of_b = layer_of(run, b), *of_file = layer_of(run, file);
    bool scores = bf_command_has(run->args->command, BF_OPT_METRICS) && b->kind == BF_SET_FEATURES &&
                  b->tap[0] == 0 && (b->d == 1000 || b->d == 1001 || b->d == 1008);
    bool has_tap = bf_command_has(run->args->command, BF_OPT_TAP);
    const feat_net *of = feat_net_find(bf_network_name(file->variant));
    if (images->kind == BF_SET_IMAGES && of != NULL && of != run->network.net)
        snprintf(advice, sizeof advice, "; --network %.40s takes the network that the file is of", feat_net_name(of));
    else if (images->kind == BF_SET_IMAGES && of_file[0] != 0 && has_tap)
        snprintf(advice, sizeof advice, "; --tap %.24s takes that layer of the images", of_file);
    else if (scores)
        snprintf(advice, sizeof advice, "; if these are logits, 'bonafide is' or --metrics is takes them");
    else if (of_a[0] != 0 && of_b[0] != 0)
        snprintf(advice, sizeof advice, ": layers %.24s and %.24s; make both with one --tap", of_a, of_b);
    return feat_fail(err, FEAT_ERR_FORMAT, "width differs: %s has %zu features, %s has %zu%s", bf_set_spec(a->set),
                     a->d, bf_set_spec(b->set), b->d, advice);
}

/* What does not make features incomparable, but not the same bits either. */
static void warn_versions(bf_run *run, const bf_side *a, const bf_side *b)
{
    bool numerics = a->numerics != b->numerics || strcmp(a->mode, b->mode) != 0;
    if (a->pixels != b->pixels && a->pixels != 0 && b->pixels != 0)
        bf_report_warn(&run->report, "pixels differ: %.150s is of decoders of version %d, %.150s of %d",
                       bf_set_spec(a->set), a->pixels, bf_set_spec(b->set), b->pixels);
    if (numerics && a->numerics != 0 && b->numerics != 0)
        bf_report_warn(&run->report, "numerics differ: %.150s has %d %.15s, %.150s has %d %.15s", bf_set_spec(a->set),
                       a->numerics, a->mode, bf_set_spec(b->set), b->numerics, b->mode);
}

/* A published file of statistics against images. What is known of it is no proof, so it is not refused. */
static void warn_protocol(bf_run *run, const bf_side *images, const bf_side *file, const bf_known_stats *known)
{
    const char *spec = bf_set_spec(file->set), *network = feat_net_name(run->network.net);
    if (!bf_presets_agree(run->network.net, images->preset, known->preset))
        bf_report_warn(&run->report,
                       "%.150s is %s, made with preset %s, and the images are measured with %.40s: --preset %s makes "
                       "them alike",
                       spec, known->by, known->preset, images->preset, known->preset);
    if (strcmp(network, "inception-v3-fid") != 0)
        bf_report_warn(&run->report,
                       "%.150s is %s, of the Inception-v3 of the published FID, and the images are measured with %.40s",
                       spec, known->by, network);
}

feat_status bf_sides_match(bf_run *run, const bf_side *a, const bf_side *b, feat_error *err)
{
    char text[BF_WARNING_BYTES], label_a[128], label_b[128], remedy[80] = "";
    const bf_side *images = a->kind == BF_SET_IMAGES ? a : b, *other = images == a ? b : a;
    feat_status status = FEAT_OK;
    if (a->d != b->d)
        return width_differs(run, a, b, err);
    if (a->tap[0] != 0 && b->tap[0] != 0 && strcmp(a->tap, b->tap) != 0) {
        snprintf(text, sizeof text, "tap differs: %.150s has layer %.30s, %.150s has %.30s", bf_set_spec(a->set),
                 a->tap, bf_set_spec(b->set), b->tap);
        status = differ(run, "preset", text, "", err);
    }
    if (status == FEAT_OK && a->preset[0] != 0 && b->preset[0] != 0 &&
        !bf_presets_agree(run->network.net, a->preset, b->preset)) {
        snprintf(text, sizeof text, "preset differs: %.150s has %.40s, %.150s has %.40s", bf_set_spec(a->set),
                 a->preset, bf_set_spec(b->set), b->preset);
        if (images->kind == BF_SET_IMAGES)
            snprintf(remedy, sizeof remedy, " --preset %.40s makes them alike,", other->preset);
        status = differ(run, "preset", text, remedy, err);
    }
    const char *hex_a = digest_of(a->weights, label_a), *hex_b = digest_of(b->weights, label_b);
    if (status == FEAT_OK && hex_a != NULL && hex_b != NULL && strcmp(hex_a, hex_b) != 0) {
        snprintf(text, sizeof text, "weights differ: %.110s has %s, %.110s has %s", bf_set_spec(a->set),
                 label_a, bf_set_spec(b->set), label_b);
        status = differ(run, "weights", text, "", err);
    }
    const bf_known_stats *known = other->input != NULL ? other->input->known : NULL;
    if (status == FEAT_OK && images->kind == BF_SET_IMAGES && known != NULL && known->preset != NULL)
        warn_protocol(run, images, other, known);
    else if (status == FEAT_OK && images->kind == BF_SET_IMAGES && (other->preset[0] == 0 || other->weights[0] == 0))
        bf_report_warn(&run->report, "%s does not say which preset and weights it was made with",
                       bf_set_spec(other->set));
    if (status == FEAT_OK)
        warn_versions(run, a, b);
    return status;
}
