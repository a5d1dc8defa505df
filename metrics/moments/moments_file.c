/* Moments in a file or in memory, as MOMENTS.md describes them: written and read piece by piece, so that neither takes
 * memory beyond that of the moments. Nothing of a file is believed before it agrees with its length; what it holds is
 * handed out only where its checksum is right. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "engine/files/file_io.h"
#include "metrics/moments/moments.h"
#include "metrics/moments/moments_tree.h"

enum {
    VERSION = 1,
    HEAD_BYTES = 64,
    NODE_BYTES = 24,
    SUM_BYTES = 8,
    /* Where in the head. */
    AT_VERSION = 8,
    AT_ZERO = 12,
    AT_BYTES = 16,
    AT_D = 24,
    AT_N = 32,
    AT_NEXT = 40,
    AT_BLOCK = 48,
    AT_BUFFERED = 52,
    AT_NODES = 56,
    AT_ZERO_TOO = 60
};
static const char magic[8] = "GMETMOM";

/* --- writing ---------------------------------------------------------------------------------------------- */

typedef struct output {
    feat_new_file *file;  /* or NULL, and */
    unsigned char *bytes; /* where they go */
    uint64_t at;
    feat_hash64_state hash;
} output;

static feat_status put(output *o, const void *data, size_t n, feat_error *err)
{
    feat_status status = FEAT_OK;
    feat_hash64_update(&o->hash, data, n);
    if (o->file != NULL)
        status = feat_new_file_write(o->file, data, n, o->at, err);
    else if (n > 0)
        memcpy(o->bytes + o->at, data, n);
    o->at += n;
    return status;
}

/* Little-endian, as the machine. */
static void put32(unsigned char *at, size_t value)
{
    const uint32_t v = (uint32_t)value;
    memcpy(at, &v, sizeof v);
}

static void put64(unsigned char *at, size_t value)
{
    const uint64_t v = value;
    memcpy(at, &v, sizeof v);
}

static bool in_block(const gmet_moments *m)
{
    return m->next % GMET_MOMENTS_BLOCK != 0;
}

size_t gmet_moments_saved_bytes(const gmet_moments *m)
{
    if (m == NULL)
        return 0;
    size_t sums = m->n_nodes + (in_block(m) ? 1 : 0);
    return HEAD_BYTES + m->n_nodes * NODE_BYTES + sums * m->n_sums * sizeof(double) +
           m->n_buffered * m->d * sizeof(float) + SUM_BYTES;
}

static feat_status write_all(output *o, const gmet_moments *m, feat_error *err)
{
    unsigned char head[HEAD_BYTES] = {0}, node[NODE_BYTES];
    feat_hash64_init(&o->hash);
    memcpy(head, magic, sizeof magic);
    put32(head + AT_VERSION, VERSION);
    put64(head + AT_BYTES, gmet_moments_saved_bytes(m));
    put64(head + AT_D, m->d);
    put64(head + AT_N, m->n);
    put64(head + AT_NEXT, m->next);
    put32(head + AT_BLOCK, m->n_block);
    put32(head + AT_BUFFERED, m->n_buffered);
    put32(head + AT_NODES, m->n_nodes);
    feat_status status = put(o, head, sizeof head, err);
    for (size_t k = 0; k < m->n_nodes && status == FEAT_OK; k++) {
        put64(node, m->nodes[k].first);
        put64(node + 8, m->nodes[k].span);
        put64(node + 16, m->nodes[k].n);
        status = put(o, node, sizeof node, err);
    }
    for (size_t k = 0; k < m->n_nodes && status == FEAT_OK; k++)
        status = put(o, m->nodes[k].sums, m->n_sums * sizeof(double), err);
    if (status == FEAT_OK && in_block(m))
        status = put(o, m->block, m->n_sums * sizeof(double), err);
    if (status == FEAT_OK)
        status = put(o, m->buffer, m->n_buffered * m->d * sizeof(float), err);
    const uint64_t sum = feat_hash64_final(&o->hash);
    return status == FEAT_OK ? put(o, &sum, sizeof sum, err) : status;
}

feat_status gmet_moments_save_bytes(const gmet_moments *m, void *bytes, size_t n, feat_error *err)
{
    if (m == NULL || bytes == NULL)
        return feat_null(err, __func__);
    output o = {.bytes = bytes};
    size_t needed = gmet_moments_saved_bytes(m);
    if (n < needed)
        return feat_fail(err, FEAT_ERR_ARG, "moments: %zu bytes to save them expected, %zu found", needed, n);
    return write_all(&o, m, err);
}

feat_status gmet_moments_save(const gmet_moments *m, const char *path, feat_error *err)
{
    if (m == NULL || path == NULL)
        return feat_null(err, __func__);
    feat_new_file file;
    output o = {.file = &file};
    feat_status status = feat_new_file_open(&file, path, err);
    if (status != FEAT_OK)
        return status;
    status = write_all(&o, m, err);
    if (status == FEAT_OK)
        return feat_new_file_commit(&file, err);
    feat_new_file_abandon(&file);
    return status;
}

/* --- reading ---------------------------------------------------------------------------------------------- */

typedef struct input {
    const char *name;
    int fd;                     /* or -1, and */
    const unsigned char *bytes; /* what it says */
    uint64_t n, at;
    feat_hash64_state hash;
} input;

static feat_status damaged(const input *in, const char *what, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: damaged moments: %s", in->name, what);
}

/* Never more than there is: the length was compared with what the head says. */
static feat_status get(input *in, void *data, size_t n, feat_error *err)
{
    feat_status status = FEAT_OK;
    if (in->fd >= 0)
        status = feat_file_read_at(in->fd, data, n, in->at, in->name, err);
    else if (n > 0)
        memcpy(data, in->bytes + in->at, n);
    if (status == FEAT_OK)
        feat_hash64_update(&in->hash, data, n);
    in->at += n;
    return status;
}

static size_t get32(const unsigned char *at)
{
    uint32_t v;
    memcpy(&v, at, sizeof v);
    return v;
}

static uint64_t get64(const unsigned char *at)
{
    uint64_t v;
    memcpy(&v, at, sizeof v);
    return v;
}

/* What the head says, once it can be true. */
typedef struct described {
    size_t d, n, next, n_block, n_buffered, n_nodes;
} described;

static feat_status read_head(described *s, input *in, feat_error *err)
{
    unsigned char head[HEAD_BYTES];
    if (in->n < HEAD_BYTES + SUM_BYTES)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: no saved moments: %llu bytes are too few", in->name,
                         (unsigned long long)in->n);
    feat_status status = get(in, head, sizeof head, err);
    if (status != FEAT_OK)
        return status;
    if (memcmp(head, magic, sizeof magic) != 0)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: no saved moments: they begin otherwise", in->name);
    if (get32(head + AT_VERSION) != VERSION)
        return feat_fail(err, FEAT_ERR_VERSION, "%s: saved moments of version %zu; this library reads %d", in->name,
                         get32(head + AT_VERSION), (int)VERSION);
    if (get64(head + AT_BYTES) != in->n)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: damaged moments: %llu bytes expected, %llu found", in->name,
                         (unsigned long long)get64(head + AT_BYTES), (unsigned long long)in->n);
    uint64_t d = get64(head + AT_D), n = get64(head + AT_N), next = get64(head + AT_NEXT);
    *s = (described){(size_t)d, (size_t)n, (size_t)next, get32(head + AT_BLOCK), get32(head + AT_BUFFERED),
                     get32(head + AT_NODES)};
    size_t in_chunk = s->next % GMET_MOMENTS_CHUNK, sums = gmet_moments_sums(s->d), parts, rows, table, bytes;
    if (s->d != d || s->n != n || s->next != next || get32(head + AT_ZERO) != 0 || get32(head + AT_ZERO_TOO) != 0 ||
        sums == 0 || s->n_nodes > GMET_MAX_NODES || s->n_buffered > in_chunk ||
        s->n_block > s->next % GMET_MOMENTS_BLOCK - in_chunk)
        return damaged(in, "numbers of its head cannot be", err);
    parts = s->n_nodes + (s->next % GMET_MOMENTS_BLOCK != 0 ? 1 : 0);
    table = HEAD_BYTES + s->n_nodes * NODE_BYTES + SUM_BYTES;
    if (!feat_mul_size(parts, sums, &parts) || !feat_mul_size(parts, sizeof(double), &parts) ||
        !feat_mul_size(s->n_buffered * sizeof(float), s->d, &rows) || !feat_add_size(parts, rows, &bytes) ||
        !feat_add_size(bytes, table, &bytes) || bytes != in->n)
        return damaged(in, "its length is not that of what it says it holds", err);
    return FEAT_OK;
}

static feat_status not_moments(const input *in, feat_status status, const feat_error *why, feat_error *err)
{
    if (status == FEAT_ERR_NOMEM)
        return feat_fail(err, status, "%s: %.400s", in->name, why->message);
    return damaged(in, why->message, err);
}

/* The finished parts, ascending, through the checks of gmet_moments_add_part. */
static feat_status read_nodes(gmet_moments *m, const described *s, input *in, feat_error *err)
{
    unsigned char table[GMET_MAX_NODES * NODE_BYTES];
    feat_error why = {FEAT_OK, ""};
    feat_status status = get(in, table, s->n_nodes * NODE_BYTES, err);
    size_t start = s->n_nodes > 0 ? (size_t)get64(table) : s->next - s->next % GMET_MOMENTS_BLOCK;
    if (status == FEAT_OK && gmet_moments_start(m, start, &why) != FEAT_OK)
        return damaged(in, why.message, err);
    for (size_t k = 0; k < s->n_nodes && status == FEAT_OK; k++) {
        const unsigned char *node = table + k * NODE_BYTES;
        double *sums = feat_alloc_array(m->n_sums, sizeof *sums);
        gmet_moments_part part = {(size_t)get64(node), (size_t)get64(node + 8), (size_t)get64(node + 16), sums};
        if (sums == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for the covariance of %zu columns", in->name, m->d);
        status = get(in, sums, m->n_sums * sizeof *sums, err);
        feat_status sound = gmet_tree_check_part(m, &part, &why);
        if (status == FEAT_OK && sound == FEAT_OK)
            sound = gmet_tree_check_sums(m, &part, &why);
        if (status == FEAT_OK && sound != FEAT_OK)
            status = not_moments(in, sound, &why, err);
        if (status == FEAT_OK)
            gmet_tree_take(m, &part, sums);
        else
            feat_free(sums);
    }
    return status;
}

static feat_status read_rest(gmet_moments *m, const described *s, input *in, feat_error *err)
{
    feat_status status = FEAT_OK;
    size_t in_block = s->next % GMET_MOMENTS_BLOCK, n = s->n_buffered * m->d;
    if (m->next != s->next - in_block)
        return damaged(in, "its parts do not reach to its last block", err);
    if (in_block > 0)
        status = get(in, m->block, m->n_sums * sizeof *m->block, err);
    if (status == FEAT_OK)
        status = get(in, m->buffer, n * sizeof *m->buffer, err);
    for (size_t i = 0; i < m->n_sums && status == FEAT_OK; i++)
        if (!isfinite(m->block[i]))
            status = damaged(in, "a sum of its last block is NaN or infinite", err);
    for (size_t i = 0; i < n && status == FEAT_OK; i++)
        if (!isfinite(m->buffer[i]))
            status = damaged(in, "a row of its last block has NaN or infinity", err);
    m->n_block = s->n_block;
    m->n_buffered = s->n_buffered;
    m->next += in_block;
    m->n += s->n_block + s->n_buffered;
    if (status == FEAT_OK && m->n != s->n)
        status = damaged(in, "its rows are not as many as it says", err);
    return status;
}

static feat_status check_sum(input *in, feat_error *err)
{
    uint64_t expected = feat_hash64_final(&in->hash), found = 0;
    feat_status status = get(in, &found, sizeof found, err);
    if (status == FEAT_OK && found != expected)
        status = feat_fail(err, FEAT_ERR_CHECKSUM,
                           "%s: damaged moments: checksum %016llx expected, their data have %016llx", in->name,
                           (unsigned long long)found, (unsigned long long)expected);
    return status;
}

/* Of moments without rows the length says nothing of their width, for which memory is taken: their sum is looked at
 * first. */
static feat_status load(gmet_moments **out, input *in, const gmet_context *context, feat_error *err)
{
    described s = {0};
    gmet_moments *m = NULL;
    feat_error why = {FEAT_OK, ""};
    feat_hash64_init(&in->hash);
    feat_status status = read_head(&s, in, err);
    input empty = *in;
    if (status == FEAT_OK && in->n == HEAD_BYTES + SUM_BYTES)
        status = check_sum(&empty, err);
    if (status == FEAT_OK && (status = gmet_moments_create(&m, s.d, context, &why)) != FEAT_OK)
        status = not_moments(in, status, &why, err);
    if (status == FEAT_OK)
        status = read_nodes(m, &s, in, err);
    if (status == FEAT_OK)
        status = read_rest(m, &s, in, err);
    if (status == FEAT_OK)
        status = check_sum(in, err);
    if (status != FEAT_OK)
        gmet_moments_close(&m);
    *out = m;
    return status;
}

feat_status gmet_moments_load_bytes(gmet_moments **out, const void *bytes, size_t n, const gmet_context *context,
                                    feat_error *err)
{
    if (out == NULL || bytes == NULL)
        return feat_null(err, __func__);
    input in = {.name = "moments in memory", .fd = -1, .bytes = bytes, .n = n};
    return load(out, &in, context, err);
}

feat_status gmet_moments_load(gmet_moments **out, const char *path, const gmet_context *context, feat_error *err)
{
    if (out == NULL || path == NULL)
        return feat_null(err, __func__);
    input in = {.name = path, .fd = -1};
    *out = NULL;
    feat_status status = feat_file_open(&in.fd, &in.n, path, err);
    if (status == FEAT_OK)
        status = load(out, &in, context, err);
    feat_file_close(&in.fd);
    return status;
}
