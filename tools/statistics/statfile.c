/* Which statistics are in a file, and their values. */
#include "tools/statistics/statfile.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/moments/stored_stats.h"
#include "tools/base/files.h"
#include "tools/base/limits.h"
#include "tools/statistics/stat_array.h"
#include "tools/statistics/stat_pickle.h"
#include "weights/containers/printable.h"

typedef struct part {
    char name[64];
    const char *mean_name, *cov_name; /* for messages */
    bf_stat_array mean, cov;
    bool raw; /* sums over n images */
    size_t n, d;
} part;

struct bf_statfile {
    char *path;
    uint8_t *bytes;
    bf_stat_pickle pickle;
    size_t n_parts;
    part parts[BF_STATFILE_MAX_PARTS];
};

/* Pairs of keys: pytorch-fid's, StyleGAN2 ports' and BasicSR's, short ones, and the sums of StyleGAN's FeatureStats. */
static const struct pair {
    const char *mean, *cov;
    bool raw;
} pairs[] = {{"mu", "sigma", false}, {"mean", "cov", false}, {"m", "s", false}, {"raw_mean", "raw_cov", true}};

bool bf_statfile_is(const uint8_t *head, size_t n)
{
    return bf_stat_pickle_is(head, n);
}

/* --- finding ---------------------------------------------------------------------------------------------- */

/* The pair of keys that a dictionary has, or NULL. StyleGAN's has raw sums that are None where it kept features. */
static const struct pair *find_pair(const feat_pickle *pk, uint32_t dict)
{
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        uint32_t mean = feat_pickle_get(pk, dict, pairs[i].mean), cov = feat_pickle_get(pk, dict, pairs[i].cov);
        if (mean != FEAT_PK_END && cov != FEAT_PK_END && pk->nodes[mean].kind != FEAT_PK_NONE)
            return &pairs[i];
    }
    return NULL;
}

/* Of how many images. */
static feat_status find_count(bf_statfile *f, part *out, uint32_t dict, feat_error *err)
{
    static const char *const names[] = {"num_items", "n", "num_images"};
    const feat_pickle *pk = &f->pickle.pk;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        uint32_t count = feat_pickle_get(pk, dict, names[i]);
        if (count != FEAT_PK_END && !bf_stat_count(pk, count, &out->n))
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s is not a number of images", f->path, names[i]);
        if (count != FEAT_PK_END)
            break;
    }
    if (out->raw && out->n < 2)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: raw sums of at least 2 images expected, num_items is %zu", f->path,
                         out->n);
    return FEAT_OK;
}

static feat_status check_shapes(const bf_statfile *f, part *out, feat_error *err)
{
    const feat_npy_info *mean = &out->mean.info, *cov = &out->cov.info;
    char found[128];
    size_t d = mean->n_items;
    bool vector = mean->rank == 1 || (mean->rank == 2 && (mean->shape[0] == 1 || mean->shape[1] == 1));
    if (!vector || d == 0 || d > BF_STATFILE_MAX_DIM)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: one row of numbers expected, %s found", f->path, out->mean_name,
                         feat_npy_describe(found, sizeof found, mean));
    if (cov->rank != 2 || cov->shape[0] != d || cov->shape[1] != d)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: [%zu][%zu] expected to go with %s, %s found", f->path,
                         out->cov_name, d, d, out->mean_name, feat_npy_describe(found, sizeof found, cov));
    out->d = d;
    return FEAT_OK;
}

/* dict: FEAT_PK_END where it is a pair and no dictionary. key: of the part, or FEAT_PK_END. */
static feat_status add_part(bf_statfile *f, uint32_t key, uint32_t dict, uint32_t mean, uint32_t cov,
                            const struct pair *names, feat_error *err)
{
    const feat_pickle *pk = &f->pickle.pk;
    if (f->n_parts == BF_STATFILE_MAX_PARTS)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: at most %d parts expected, more found", f->path,
                         (int)BF_STATFILE_MAX_PARTS);
    part *out = &f->parts[f->n_parts];
    *out = (part){.mean_name = names->mean, .cov_name = names->cov, .raw = names->raw};
    if (key != FEAT_PK_END && (pk->nodes[key].kind == FEAT_PK_TEXT || pk->nodes[key].kind == FEAT_PK_BYTES))
        (void)feat_printable(out->name, sizeof out->name, pk->nodes[key].u.text, pk->nodes[key].n);
    feat_status status = bf_stat_array_find(&out->mean, &f->pickle, mean, out->mean_name, err);
    if (status == FEAT_OK)
        status = bf_stat_array_find(&out->cov, &f->pickle, cov, out->cov_name, err);
    if (status == FEAT_OK)
        status = check_shapes(f, out, err);
    if (status == FEAT_OK && dict != FEAT_PK_END)
        status = find_count(f, out, dict, err);
    f->n_parts += status == FEAT_OK;
    return status;
}

static feat_status add_dict(bf_statfile *f, uint32_t key, uint32_t dict, const struct pair *names, feat_error *err)
{
    const feat_pickle *pk = &f->pickle.pk;
    return add_part(f, key, dict, feat_pickle_get(pk, dict, names->mean), feat_pickle_get(pk, dict, names->cov), names,
                    err);
}

/* "'a', 'b', ...": the first keys of a dictionary. */
static void list_keys(char *text, size_t size, const feat_pickle *pk, const feat_pk_node *dict)
{
    size_t used = 0, n = 0;
    text[0] = 0;
    for (uint32_t c = dict->u.chain.first; c != FEAT_PK_END && n < 6; c = pk->cells[c].next, n++) {
        char key[40] = "";
        const feat_pk_node *k = &pk->nodes[pk->cells[c].key];
        if (k->kind == FEAT_PK_TEXT || k->kind == FEAT_PK_BYTES)
            (void)feat_printable(key, sizeof key, k->u.text, k->n);
        int more = snprintf(text + used, size - used, "%s'%s'", n > 0 ? ", " : "", key);
        used = more < 0 || (size_t)more >= size - used ? size - 1 : used + (size_t)more;
    }
    if (dict->n > n)
        snprintf(text + used, size - used, ", ...");
}

#define WANTED "mean and covariance expected ({mu, sigma}, {mean, cov}, {m, s}, or StyleGAN's num_items, raw_mean, " \
               "raw_cov; or parts of these)"
#define IMAGES "; if it holds images, give numpy.save('images.npy', a), of tensors a = torch.load(FILE).numpy()"

static feat_status no_statistics(const bf_statfile *f, uint32_t root, feat_error *err)
{
    const feat_pickle *pk = &f->pickle.pk;
    const feat_pk_node *node = &pk->nodes[root];
    char keys[256];
    if (node->kind != FEAT_PK_DICT && node->kind != FEAT_PK_MODULE)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: a pickle without statistics: " WANTED IMAGES, f->path);
    uint32_t features = feat_pickle_get(pk, root, "all_features");
    if (features != FEAT_PK_END && pk->nodes[features].kind != FEAT_PK_NONE)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: StyleGAN's cache of features, without sums: that of a run with fid50k_full has mean and "
                         "covariance",
                         f->path);
    list_keys(keys, sizeof keys, pk, node);
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: a pickle without statistics: " WANTED ", found %s" IMAGES, f->path,
                     keys[0] != 0 ? keys : "an empty dictionary");
}

static feat_status find_parts(bf_statfile *f, feat_error *err)
{
    const feat_pickle *pk = &f->pickle.pk;
    uint32_t root = bf_stat_unwrap(pk, pk->root);
    const feat_pk_node *node = &pk->nodes[root];
    bool is_dict = node->kind == FEAT_PK_DICT || node->kind == FEAT_PK_MODULE;
    const struct pair *names = find_pair(pk, root);
    if (names != NULL)
        return add_dict(f, FEAT_PK_END, root, names, err);
    uint32_t first = feat_pickle_item(pk, root, 0), second = feat_pickle_item(pk, root, 1);
    if (!is_dict && node->n == 2 && second != FEAT_PK_END && bf_stat_is_array(pk, first) &&
        bf_stat_is_array(pk, second)) /* as the first StyleGAN kept them */
        return add_part(f, FEAT_PK_END, FEAT_PK_END, first, second, &(struct pair){"the mean", "the covariance", false},
                        err);
    feat_status status = FEAT_OK;
    for (uint32_t c = is_dict ? node->u.chain.first : FEAT_PK_END; c != FEAT_PK_END && status == FEAT_OK;
         c = pk->cells[c].next) {
        names = find_pair(pk, pk->cells[c].value);
        if (names != NULL)
            status = add_dict(f, pk->cells[c].key, pk->cells[c].value, names, err);
    }
    return status == FEAT_OK && f->n_parts == 0 ? no_statistics(f, root, err) : status;
}

feat_status bf_statfile_open(bf_statfile **out, const char *path, feat_error *err)
{
    size_t n = 0;
    *out = NULL;
    bf_statfile *f = feat_calloc(1, sizeof *f);
    if (f == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the statistics", path);
    f->path = feat_strdup(path);
    feat_status status = f->path == NULL
                             ? feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the statistics", path)
                             : bf_file_read(&f->bytes, &n, path, (size_t)bf_limits_get()->file, err);
    if (status == FEAT_ERR_UNSUPPORTED)
        status = bf_limits_too_long(err);
    if (status == FEAT_OK)
        status = bf_stat_pickle_open(&f->pickle, f->path, f->bytes, n, err);
    if (status == FEAT_OK)
        status = find_parts(f, err);
    if (status != FEAT_OK)
        bf_statfile_close(&f);
    *out = f;
    return status;
}

void bf_statfile_close(bf_statfile **f)
{
    if (f == NULL || *f == NULL)
        return;
    bf_stat_pickle_release(&(*f)->pickle);
    feat_free((*f)->bytes);
    feat_free((*f)->path);
    feat_free(*f);
    *f = NULL;
}

/* --- asking ----------------------------------------------------------------------------------------------- */

size_t bf_statfile_parts(const bf_statfile *f)
{
    return f->n_parts;
}

const char *bf_statfile_name(const bf_statfile *f, size_t i)
{
    return f->parts[i].name;
}

size_t bf_statfile_dim(const bf_statfile *f, size_t i)
{
    return f->parts[i].d;
}

size_t bf_statfile_n(const bf_statfile *f, size_t i)
{
    return f->parts[i].n;
}

/* Whose part it is, where a program has a name of its own for it: a network of that name, or all that begin so. */
static bool belongs(const char *name, const char *network)
{
    static const struct {
        const char *name, *network;
    } known[] = {{"fid", "inception-v3-fid"}, {"fd_dinov2", "dinov2"}};
    if (name[0] == 0 || strcmp(name, network) == 0)
        return true;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i].name) == 0)
            return strncmp(network, known[i].network, strlen(known[i].network)) == 0;
    return false;
}

feat_status bf_statfile_choose(const bf_statfile *f, const char *network, size_t *chosen, feat_error *err)
{
    char found[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < f->n_parts; i++) {
        if (belongs(f->parts[i].name, network)) {
            *chosen = i;
            return FEAT_OK;
        }
        int more = snprintf(found + used, sizeof found - used, "%s'%s'", i > 0 ? ", " : "", f->parts[i].name);
        used = more < 0 || (size_t)more >= sizeof found - used ? sizeof found - 1 : used + (size_t)more;
    }
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: no part of it is statistics of %s: found %s", f->path, network, found);
}

/* --- values ----------------------------------------------------------------------------------------------- */

/* Sums of x and x x^T over n rows become mean and covariance: with divisor n as StyleGAN has it, the result times
 * n / (n - 1), which is what all other statistics here are. */
static void from_sums(double *mu, double *sigma, size_t d, size_t n)
{
    double count = (double)n, unbiased = count / (count - 1.0);
    for (size_t i = 0; i < d; i++)
        mu[i] /= count;
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++)
            sigma[i * d + j] = fma(-mu[i], mu[j], sigma[i * d + j] / count) * unbiased;
}

feat_status bf_statfile_read(const bf_statfile *f, size_t i, double *mu, double *sigma, feat_error *err)
{
    const part *p = &f->parts[i];
    size_t d = p->d;
    feat_status status = bf_stat_array_doubles(&p->mean, &f->pickle, p->mean_name, mu, err);
    if (status == FEAT_OK)
        status = bf_stat_array_doubles(&p->cov, &f->pickle, p->cov_name, sigma, err);
    if (status == FEAT_OK)
        status = gmet_stats_check_finite(f->path, p->mean_name, mu, d, d, err);
    if (status == FEAT_OK)
        status = gmet_stats_check_finite(f->path, p->cov_name, sigma, d * d, d, err);
    if (status == FEAT_OK)
        status = gmet_stats_check_symmetric(f->path, p->cov_name, sigma, d, err);
    if (status == FEAT_OK && p->raw) {
        from_sums(mu, sigma, d, p->n);
        status = gmet_stats_check_finite(f->path, p->cov_name, sigma, d * d, d, err);
    }
    return status;
}
