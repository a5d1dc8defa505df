/* Commands get the weights of small_net.c: these calls are put in the place of libfeat's by the linker's --wrap. */
#include <string.h>

#include "engine/base/hash.h"
#include "engine/flat/flat.h"
#include "tests/faults/small_net.h"
#include "tests/weights/weightgen.h"
#include "tools/statistics/known_stats.h"
#include "weights/convert.h"

feat_status __real_feat_weights_synth(feat_weights **out, uint64_t seed, const feat_net *net, feat_error *err);
feat_status __wrap_feat_weights_synth(feat_weights **out, uint64_t seed, const feat_net *net, feat_error *err);
feat_status __wrap_feat_weights_synth(feat_weights **out, uint64_t seed, const feat_net *net, feat_error *err)
{
    for (size_t i = 0; net != NULL && small_nets[i] != NULL; i++)
        if (small_nets[i]->number == net->number)
            return __real_feat_weights_synth(out, seed, small_nets[i], err);
    return __real_feat_weights_synth(out, seed, net, err);
}

feat_status __wrap_feat_weights_open(feat_weights **out, const char *path, feat_error *err);
feat_status __wrap_feat_weights_open(feat_weights **out, const char *path, feat_error *err)
{
    feat_status status = feat_weights_open_among(out, path, small_nets, err);
    if (status == FEAT_ERR_FORMAT) /* one that was converted, and is looked at again */
        status = feat_weights_open_among(out, path, gen_nets, err);
    return status;
}

/* What is converted are the files of weightgen.h, for its own tiny network. A network that the caller wants is the tiny
 * one of its number. */
feat_status __wrap_feat_convert(const feat_convert_options *options, feat_convert_report *report, feat_error *err);
feat_status __wrap_feat_convert(const feat_convert_options *options, feat_convert_report *report, feat_error *err)
{
    feat_convert_options tiny = *options;
    if (tiny.net != NULL)
        tiny.net = gen_nets[tiny.net->number];
    return feat_convert_among(&tiny, gen_maps, report, err);
}

static char published_sha256[65], statistics_sha256[65];

static void take_digest(char hex[65], const void *bytes, size_t n)
{
    feat_sha256 h;
    unsigned char digest[32];
    feat_sha256_init(&h);
    feat_sha256_update(&h, bytes, n);
    feat_sha256_final(&h, digest);
    feat_hex(hex, digest);
}

void small_publish(const void *bytes, size_t n)
{
    take_digest(published_sha256, bytes, n);
}

void small_publish_statistics(const void *bytes, size_t n)
{
    take_digest(statistics_sha256, bytes, n);
}

/* In front of the table of references. */
const bf_known_stats *__real_bf_known_stats_at(size_t i);
const bf_known_stats *__wrap_bf_known_stats_at(size_t i);
const bf_known_stats *__wrap_bf_known_stats_at(size_t i)
{
    static const bf_known_stats small = {.name = "small", .sha256 = statistics_sha256, .file = "small.npz",
                                         .address = "https://example.org/small.npz", .network = "small",
                                         .preset = "tf1"};
    return i == 0 ? &small : __real_bf_known_stats_at(i - 1);
}

const feat_known_file *__wrap_feat_weights_published(const char *network);
const feat_known_file *__wrap_feat_weights_published(const char *network)
{
    static const feat_known_file file = {published_sha256, "small.pth", 0, "MIT", "inception-v3-fid",
                                         "https://example.org/small.pth"};
    return strcmp(network, file.network) == 0 ? &file : NULL;
}

/* Any file that is asked for by its digest alone is a published one. */
const bf_known_stats *__real_bf_known_stats_find(const bf_digest *digest, const char *path);
const bf_known_stats *__wrap_bf_known_stats_find(const bf_digest *digest, const char *path);
const bf_known_stats *__wrap_bf_known_stats_find(const bf_digest *digest, const char *path)
{
    static char sha256[65];
    static const bf_known_stats stats = {.name = "small", .sha256 = sha256, .file = "small.npz", .network = "small",
                                         .preset = "tf1"};
    if (path[0] != 0 || !digest->known)
        return __real_bf_known_stats_find(digest, path);
    feat_hex(sha256, digest->sha256);
    return &stats;
}
