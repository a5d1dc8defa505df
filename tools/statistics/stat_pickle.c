/* Containers of pickles: a file that is one, an .npy of objects, torch's zip archive, torch's legacy file of four
 * pickles, a list of storages, and these one after the other. */
#include "tools/statistics/stat_pickle.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/status.h"

/* All that numpy, torch and the programs that save statistics put into a pickle of them. */
static const feat_pk_global globals[] = {
    {"numpy.core.multiarray\n_reconstruct", FEAT_PK_FUNCTION},
    {"numpy._core.multiarray\n_reconstruct", FEAT_PK_FUNCTION},
    {"numpy.core.multiarray\nscalar", FEAT_PK_FUNCTION},
    {"numpy._core.multiarray\nscalar", FEAT_PK_FUNCTION},
    {"numpy.core.numeric\n_frombuffer", FEAT_PK_FUNCTION},
    {"numpy._core.numeric\n_frombuffer", FEAT_PK_FUNCTION},
    {"numpy\nndarray", FEAT_PK_FUNCTION},
    {"numpy\ndtype", FEAT_PK_FUNCTION},
    {"_codecs\nencode", FEAT_PK_FUNCTION},
    {"__builtin__\nbytes", FEAT_PK_FUNCTION},
    {"collections\nOrderedDict", FEAT_PK_DICT_CLASS},
    {"dnnlib.util\nEasyDict", FEAT_PK_DICT_CLASS},
    {"dnnlib\nEasyDict", FEAT_PK_DICT_CLASS},
    {"metrics.metric_utils\nFeatureStats", FEAT_PK_OBJECT_CLASS},
    {"torch._utils\n_rebuild_tensor_v2", FEAT_PK_FUNCTION},
    {"torch\nFloatStorage", FEAT_PK_FUNCTION},
    {"torch\nDoubleStorage", FEAT_PK_FUNCTION},
    {"torch\nHalfStorage", FEAT_PK_FUNCTION},
    {"torch\nLongStorage", FEAT_PK_FUNCTION},
    {"torch\nIntStorage", FEAT_PK_FUNCTION},
};

static const feat_pk_rules rules = {
    .globals = globals,
    .n_globals = sizeof globals / sizeof globals[0],
    .refusal = "which no statistics need, and nothing of it was run; save the mean and covariance by numpy.savez(FILE, "
               "mu=mu, sigma=sigma)",
};

/* A mean and a covariance for each part that a file may have. */
enum { MAX_STORAGES = 64 };

/* What a legacy torch.save begins with: the pickled number 0x1950a86a20f9469cfc6c. */
static const uint8_t legacy[] = {0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.'};

static bool starts(const uint8_t *bytes, size_t n, const void *with, size_t n_with)
{
    return n >= n_with && memcmp(bytes, with, n_with) == 0;
}

/* The first member of a zip archive, from its first bytes: torch writes data.pkl there. */
static bool is_torch_zip(const uint8_t *head, size_t n)
{
    static const char end[] = "/data.pkl";
    size_t length = n >= 30 && memcmp(head, "PK\3\4", 4) == 0 ? (size_t)head[26] | (size_t)head[27] << 8 : 0;
    return length >= sizeof end - 1 && length <= n - 30 &&
           memcmp(head + 30 + length - (sizeof end - 1), end, sizeof end - 1) == 0;
}

/* Where the data of an .npy of objects begin; 0: it is none. */
static size_t after_npy_header(const uint8_t *head, size_t n)
{
    static const char objects[] = "'|O'";
    if (n < 12 || memcmp(head, "\x93NUMPY", 6) != 0 || head[6] < 1 || head[6] > 3)
        return 0;
    size_t start = head[6] == 1 ? 10 : 12, length = (size_t)head[8] | (size_t)head[9] << 8;
    if (head[6] > 1)
        length |= (size_t)head[10] << 16 | (size_t)head[11] << 24;
    for (size_t i = start; i + sizeof objects - 1 <= n && i + sizeof objects - 1 <= start + length; i++)
        if (memcmp(head + i, objects, sizeof objects - 1) == 0)
            return start + length;
    return 0;
}

bool bf_stat_pickle_is(const uint8_t *head, size_t n)
{
    bool pickle = n >= 3 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5;
    return pickle || is_torch_zip(head, n) || after_npy_header(head, n) > 0;
}

static feat_status open_zip(bf_stat_pickle *p, feat_error *err)
{
    static const char end[] = "/data.pkl";
    feat_status status = feat_zip_open(&p->zip, p->path, p->bytes, p->n_bytes, err);
    if (status != FEAT_OK)
        return status;
    for (size_t i = 0; i < p->zip.n_members && p->member == NULL; i++) {
        const feat_zip_member *m = &p->zip.members[i];
        if (m->name_bytes >= sizeof end - 1 &&
            memcmp(m->name + m->name_bytes - (sizeof end - 1), end, sizeof end - 1) == 0) {
            p->member = m;
            p->prefix_bytes = m->name_bytes - (sizeof end - 1);
        }
    }
    if (p->member == NULL)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: a zip archive without a data.pkl", p->path);
    status = feat_zip_check(&p->zip, p->member, err);
    return status == FEAT_OK
               ? feat_pickle_parse_by(&p->pk, &rules, p->path, p->member->data, p->member->bytes, 0, err)
               : status;
}

/* Number, protocol, machine, the object, the list of storages. */
static feat_status open_legacy(bf_stat_pickle *p, feat_error *err)
{
    size_t at = sizeof legacy;
    feat_status status = FEAT_OK;
    for (int i = 0; i < 2 && status == FEAT_OK; i++) {
        feat_pickle passed;
        status = feat_pickle_parse_by(&passed, &rules, p->path, p->bytes, p->n_bytes, at, err);
        if (status == FEAT_OK) {
            at = passed.end;
            feat_pickle_free(&passed);
        }
    }
    if (status == FEAT_OK)
        status = feat_pickle_parse_by(&p->pk, &rules, p->path, p->bytes, p->n_bytes, at, err);
    if (status == FEAT_OK)
        status = feat_pickle_parse_by(&p->keys, &rules, p->path, p->bytes, p->n_bytes, p->pk.end, err);
    if (status == FEAT_OK)
        p->storages_at = p->keys.end;
    return status;
}

feat_status bf_stat_pickle_open(bf_stat_pickle *p, const char *path, const uint8_t *bytes, size_t n, feat_error *err)
{
    *p = (bf_stat_pickle){.path = path, .bytes = bytes, .n_bytes = n};
    if (is_torch_zip(bytes, n))
        return open_zip(p, err);
    if (starts(bytes, n, legacy, sizeof legacy))
        return open_legacy(p, err);
    size_t start = after_npy_header(bytes, n);
    if (start > n)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: truncated in its header", path);
    return feat_pickle_parse_by(&p->pk, &rules, path, bytes, n, start, err);
}

void bf_stat_pickle_release(bf_stat_pickle *p)
{
    feat_pickle_free(&p->pk);
    feat_pickle_free(&p->keys);
    if (p->zip.members != NULL)
        feat_zip_close(&p->zip);
    *p = (bf_stat_pickle){.path = NULL};
}

/* --- storages ------------------------------------------------------------------------------------------- */

static feat_status no_storage(const bf_stat_pickle *p, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: the data of a tensor are missing, or of another length", p->path);
}

static feat_status find_in_zip(const bf_stat_pickle *p, const feat_pk_node *key, uint64_t n_bytes, const uint8_t **data,
                               feat_error *err)
{
    char name[1024];
    static const char folder[] = "/data/";
    size_t n = p->prefix_bytes;
    if (n > 512 || key->n > 256)
        return no_storage(p, err);
    memcpy(name, p->member->name, n);
    memcpy(name + n, folder, sizeof folder - 1);
    memcpy(name + n + sizeof folder - 1, key->u.text, key->n);
    const feat_zip_member *m = feat_zip_find(&p->zip, name, n + sizeof folder - 1 + key->n);
    if (m == NULL || m->bytes != n_bytes)
        return no_storage(p, err);
    *data = m->data;
    return feat_zip_check(&p->zip, m, err);
}

/* How many bytes an element of a storage has is said by its type, which the pickle names; of the others that are passed
 * on the way only the number of elements is known. So all must have the type of the one that is looked for: true of a
 * mean and its covariance. */
static feat_status find_in_legacy(const bf_stat_pickle *p, const feat_pk_node *key, uint64_t n_elements, size_t item,
                                  const uint8_t **data, feat_error *err)
{
    size_t at = p->storages_at;
    const feat_pk_node *list = &p->keys.nodes[p->keys.root];
    for (uint32_t i = 0; list->kind == FEAT_PK_LIST && i < list->n && i < MAX_STORAGES; i++) {
        const feat_pk_node *k = &p->keys.nodes[feat_pickle_item(&p->keys, p->keys.root, i)];
        uint64_t n = 0;
        if (p->n_bytes - at < 8)
            return no_storage(p, err);
        memcpy(&n, p->bytes + at, 8); /* little-endian, as the CPU */
        at += 8;
        if (n > (p->n_bytes - at) / item)
            return no_storage(p, err);
        if ((k->kind == FEAT_PK_TEXT || k->kind == FEAT_PK_BYTES) && k->n == key->n &&
            memcmp(k->u.text, key->u.text, k->n) == 0) {
            *data = p->bytes + at;
            return n == n_elements ? FEAT_OK : no_storage(p, err);
        }
        at += (size_t)n * item;
    }
    return no_storage(p, err);
}

feat_status bf_stat_storage(const bf_stat_pickle *p, const feat_pk_node *key, uint64_t n_elements, size_t item,
                            const uint8_t **data, feat_error *err)
{
    if ((key->kind != FEAT_PK_TEXT && key->kind != FEAT_PK_BYTES) || n_elements > p->n_bytes / item)
        return no_storage(p, err);
    if (p->member != NULL)
        return find_in_zip(p, key, n_elements * item, data, err);
    return p->storages_at > 0 ? find_in_legacy(p, key, n_elements, item, data, err) : no_storage(p, err);
}
