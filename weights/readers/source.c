/* Common ground of the container readers: loading, naming, reordering and widening. */
#include "weights/readers/source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/base/alloc.h"
#include "engine/base/half.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "engine/files/file_io.h"

/* The largest known container has 1.7 GB: CLIP ViT-L/14 of transformers, both towers in float32 (known.c). */
#define MAX_FILE_BYTES (UINT64_C(1) << 31)

/* Small files lie on the heap: behind a mapping the rest of its last page could be read, and no sanitizer would see. */
static feat_status read_small(feat_file *file, int fd, const char *path, feat_error *err)
{
    unsigned char *heap = feat_alloc(file->n_bytes);
    if (heap == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for its %zu bytes", path, file->n_bytes);
    file->heap = heap;
    file->bytes = heap;
    return feat_file_read_at(fd, heap, file->n_bytes, 0, path, err);
}

static feat_status map_large(feat_file *file, int fd, const char *path, feat_error *err)
{
    void *map = mmap(NULL, file->n_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED)
        return feat_fail(err, errno == ENOMEM ? FEAT_ERR_NOMEM : FEAT_ERR_IO, "%s: cannot be mapped: %s", path,
                         strerror(errno));
    file->map = map;
    file->bytes = map;
    (void)feat_mapped_add(map, file->n_bytes);
    return FEAT_OK;
}

static feat_status load(feat_file *file, int fd, uint64_t bytes, const char *path, feat_error *err)
{
    enum { SMALL_BYTES = 1 << 20 };
    if (bytes > MAX_FILE_BYTES)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: at most 2 GiB expected, %llu bytes found", path,
                         (unsigned long long)bytes);
    file->n_bytes = (size_t)bytes;
    return file->n_bytes <= SMALL_BYTES ? read_small(file, fd, path, err) : map_large(file, fd, path, err);
}

feat_status feat_load_file(feat_file *file, const char *path, feat_sha256 *sha, feat_error *err)
{
    enum { PIECE_BYTES = 1 << 23 };
    int fd = -1;
    uint64_t bytes = 0;
    *file = (feat_file){.bytes = NULL};
    feat_status status = feat_file_open(&fd, &bytes, path, err);
    if (status == FEAT_OK)
        status = load(file, fd, bytes, path, err);
    feat_file_close(&fd);
    for (size_t at = 0, n = 0; status == FEAT_OK && at < file->n_bytes; at += n) {
        n = file->n_bytes - at < PIECE_BYTES ? file->n_bytes - at : PIECE_BYTES;
        feat_sha256_update(sha, file->bytes + at, n);
        feat_mapped_done(file->bytes + at, n);
    }
    if (status != FEAT_OK)
        feat_release_file(file);
    return status;
}

void feat_release_file(feat_file *file)
{
    if (file->map != NULL) {
        feat_mapped_remove(file->map);
        (void)munmap(file->map, file->n_bytes);
    }
    feat_free(file->heap);
    *file = (feat_file){.bytes = NULL};
}

feat_status feat_source_pick(feat_source *s, feat_origin origin, feat_has_key has, const void *ctx, feat_error *err)
{
    s->map = feat_name_map_pick(s->maps, origin, s->wanted, has, ctx);
    if (s->map == NULL)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: no network here comes in a %s", s->path, s->report.container);
    if (s->wanted == NULL || has(ctx, s->map->probe))
        return FEAT_OK;
    const feat_name_map *other = feat_name_map_pick(s->maps, origin, NULL, has, ctx);
    if (has(ctx, other->probe) && strcmp(other->nets[0]->family, s->wanted->family) != 0)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s was asked for, its tensors have the names of %s", s->path,
                         s->wanted->name, other->nets[0]->family);
    return FEAT_OK;
}

void feat_source_mark(feat_source *s, const void *key, size_t n)
{
    for (size_t i = 0; i < s->map->n_marks; i++)
        if (feat_name_fits(s->map->marks[i].key, key, n))
            s->told = s->map->marks[i].net;
}

const feat_net *feat_source_net(const feat_source *s)
{
    return s->map->nets[0];
}

size_t feat_source_n_convs(const feat_source *s)
{
    return feat_net_n_layers(feat_source_net(s)) - (feat_net_head(feat_source_net(s)) != NULL);
}

bool feat_source_epsilon_is_right(const feat_source *s, double epsilon)
{
    double right = feat_source_net(s)->norm_epsilon;
    return epsilon > 0.99 * right && epsilon < 1.01 * right;
}

feat_status feat_source_add(feat_source *s, feat_src_tensor **out, const char *name, const void *label,
                            size_t label_bytes, feat_error *err)
{
    return feat_source_add_part(s, out, name, NULL, label, label_bytes, err);
}

feat_status feat_source_add_part(feat_source *s, feat_src_tensor **out, const char *name, const feat_part_name *part,
                                 const void *label, size_t label_bytes, feat_error *err)
{
    char shown[FEAT_LABEL_BYTES];
    uint32_t piece = part != NULL ? part->piece : 0;
    (void)feat_printable(shown, sizeof shown, label, label_bytes);
    if (s->n_tensors == FEAT_MAX_SRC_TENSORS)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: at most %d tensors expected, '%s' is one more", s->path,
                         FEAT_MAX_SRC_TENSORS, shown);
    if (strlen(name) >= FEAT_NAME_BYTES)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s' does not belong to %s", s->path, shown,
                         feat_source_net(s)->name);
    for (size_t i = 0; i < s->n_tensors; i++) {
        if (s->tensors[i].piece == piece && strcmp(s->tensors[i].name, name) == 0)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s' is there twice", s->path, shown);
    }
    feat_src_tensor *t = &s->tensors[s->n_tensors++];
    memset(t, 0, sizeof *t);
    memcpy(t->name, name, strlen(name));
    memcpy(t->label, shown, sizeof shown);
    t->piece = piece;
    t->n_pieces = part != NULL ? part->n_pieces : 0;
    *out = t;
    return FEAT_OK;
}

void feat_source_axes(feat_src_tensor *t, size_t rank, const uint32_t *shape, const unsigned char *order)
{
    uint64_t stride[FEAT_MAX_RANK], step = 1;
    for (size_t i = rank; i-- > 0;) {
        stride[i] = step;
        step *= shape[i];
    }
    t->rank = (uint32_t)rank;
    for (size_t i = 0; i < rank; i++) {
        t->shape[i] = shape[order[i]];
        t->stride[i] = stride[order[i]];
    }
}

void feat_source_ones(feat_src_tensor *t, uint32_t n)
{
    static const unsigned char one[4] = {0, 0, 0x80, 0x3f}; /* 1.0f, little-endian */
    t->elem = FEAT_ELEM_F32;
    t->rank = 1;
    t->shape[0] = n;
    t->stride[0] = 0;
    t->data = one;
}

void feat_source_zeros(feat_src_tensor *t, uint32_t n)
{
    static const unsigned char zero[4];
    feat_source_ones(t, n);
    t->rank = 2;
    t->shape[0] = 1;
    t->shape[1] = n;
    t->stride[1] = 0;
    t->data = zero;
}

/* --- several that are one, and axes that are ours ------------------------------------------------------ */

static feat_src_tensor *find_piece(const feat_source *s, const char *name, uint32_t piece)
{
    for (size_t i = 0; i < s->n_tensors; i++)
        if (s->tensors[i].piece == piece && strcmp(s->tensors[i].name, name) == 0)
            return &s->tensors[i];
    return NULL;
}

static feat_status fail_piece(const feat_source *s, const feat_src_tensor *head, uint32_t piece,
                              const feat_src_tensor *found, feat_error *err)
{
    char theirs[FEAT_NAME_BYTES], expected[48], have[48];
    feat_name_theirs(theirs, s->map, head->name, piece);
    if (found == NULL)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s' is missing", s->path, theirs);
    feat_shape_text(expected, sizeof expected, head->shape, head->rank);
    feat_shape_text(have, sizeof have, found->shape, found->rank);
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': shape %s expected, that of '%s', %s found", s->path,
                     found->label, expected, head->label, have);
}

feat_status feat_source_join(feat_source *s, feat_error *err)
{
    for (size_t i = 0; i < s->n_tensors; i++) {
        feat_src_tensor *t = &s->tensors[i];
        if (t->n_pieces == 0)
            continue;
        feat_src_tensor *head = find_piece(s, t->name, 0);
        if (head == NULL)
            return fail_piece(s, t, 0, NULL, err);
        feat_src_tensor *before = t->piece > 0 ? find_piece(s, t->name, t->piece - 1) : NULL;
        if (t->piece > 0 && before == NULL)
            return fail_piece(s, head, t->piece - 1, NULL, err);
        if (t->piece + 1 < t->n_pieces && find_piece(s, t->name, t->piece + 1) == NULL)
            return fail_piece(s, head, t->piece + 1, NULL, err);
        if (t->rank != head->rank || memcmp(t->shape, head->shape, sizeof t->shape) != 0)
            return fail_piece(s, head, t->piece, t, err);
        if (before != NULL)
            before->next = t;
    }
    return FEAT_OK;
}

void feat_source_squeeze(feat_src_tensor *t, const feat_tensor *as)
{
    while (t->rank > as->rank && t->shape[0] == 1) {
        t->rank--;
        for (uint32_t i = 0; i < t->rank; i++) {
            t->shape[i] = t->shape[i + 1];
            t->stride[i] = t->stride[i + 1];
        }
        t->shape[t->rank] = 0;
    }
}

uint32_t feat_source_rows(const feat_src_tensor *t)
{
    uint64_t rows = 0;
    for (; t != NULL; t = t->next)
        rows += t->shape[0];
    return rows > FEAT_MAX_SIZE ? 0 : (uint32_t)rows;
}

static float element(const feat_src_tensor *t, uint64_t index)
{
    uint16_t u16;
    uint32_t bits;
    float value;
    double product;
    switch (t->elem) {
    case FEAT_ELEM_F32:
        memcpy(&value, t->data + 4 * index, sizeof value);
        return value;
    case FEAT_ELEM_F16:
        memcpy(&u16, t->data + 2 * index, sizeof u16);
        return feat_half_widen(u16);
    case FEAT_ELEM_BF16:
        memcpy(&u16, t->data + 2 * index, sizeof u16);
        bits = (uint32_t)u16 << 16;
        memcpy(&value, &bits, sizeof value);
        return value;
    case FEAT_ELEM_U8:
        product = t->data[index] * t->scale; /* two roundings in double, as JavaScript computes it */
        return (float)(product + t->min);
    case FEAT_ELEM_U16:
        memcpy(&u16, t->data + 2 * index, sizeof u16);
        product = u16 * t->scale;
        return (float)(product + t->min);
    }
    return 0.0f;
}

/* The one of a tensor's pieces with this row, which becomes that in it. */
static const feat_src_tensor *piece_of(const feat_src_tensor *t, uint64_t *row)
{
    for (; t->next != NULL && *row >= t->shape[0]; t = t->next)
        *row -= t->shape[0];
    return t;
}

/* The place is counted as feat_panel_index has it: [out / 16][channel / 16][pixel][channel mod 16][out mod 16]. */
static void gather_panels(const feat_src_tensor *t, const feat_tensor *as, size_t first, size_t n, float *dst)
{
    uint64_t planes = as->shape[1] / 16, pixels = as->pixels;
    for (size_t j = 0; j < n; j++) {
        uint64_t plane = (first + j) / 256, lane = (first + j) % 256;
        uint64_t channel = plane % planes / pixels * 16 + lane / 16, pixel = plane % planes % pixels;
        uint64_t o = plane / planes * 16 + lane % 16, i = channel * pixels + pixel;
        const feat_src_tensor *p = piece_of(t, &o);
        dst[j] = element(p, o * p->stride[0] + i * p->stride[1]);
    }
}

bool feat_source_flatten(feat_src_tensor *t, const feat_tensor *as)
{
    if (as->rank != 2 || t->rank != 4 || t->next != NULL || t->stride[3] != 1 || t->stride[2] != t->shape[3] ||
        t->stride[1] != (uint64_t)t->shape[2] * t->shape[3] || t->shape[0] != as->shape[0] ||
        (uint64_t)t->shape[1] * t->stride[1] != as->shape[1])
        return false;
    t->rank = 2;
    t->shape[1] = as->shape[1];
    t->stride[1] = 1;
    return true;
}

/* Of one piece, row by row. */
static void gather_rows(const feat_src_tensor *t, uint64_t first, size_t n, float *dst)
{
    uint64_t at[FEAT_MAX_RANK] = {0}, rest = first, index = 0;
    for (uint32_t i = t->rank; i-- > 0;) {
        at[i] = rest % t->shape[i];
        rest /= t->shape[i];
        index += at[i] * t->stride[i];
    }
    for (size_t j = 0; j < n; j++) {
        dst[j] = element(t, index);
        for (uint32_t i = t->rank; i-- > 0;) {
            index += t->stride[i];
            if (++at[i] < t->shape[i])
                break;
            index -= at[i] * t->stride[i];
            at[i] = 0;
        }
    }
}

static uint64_t count_of(const feat_src_tensor *t)
{
    uint64_t n = 1;
    for (uint32_t i = 0; i < t->rank; i++)
        n *= t->shape[i];
    return n;
}

void feat_source_gather(const feat_src_tensor *t, const feat_tensor *as, size_t first, size_t n, float *dst)
{
    if (as->pixels > 0) {
        gather_panels(t, as, first, n, dst);
        return;
    }
    uint64_t at = first;
    for (; n > 0 && t != NULL; t = t->next) {
        uint64_t all = count_of(t), some = at < all ? all - at : 0;
        some = some < n ? some : n;
        if (some > 0)
            gather_rows(t, at, (size_t)some, dst);
        at = at > all ? at - all : 0;
        dst += some;
        n -= (size_t)some;
    }
}

static size_t elem_bytes(feat_elem elem)
{
    return elem == FEAT_ELEM_F32 ? 4 : elem == FEAT_ELEM_U8 ? 1 : 2;
}

/* The whole of a piece. */
static void done_piece(const feat_src_tensor *t)
{
    uint64_t last = 0;
    for (uint32_t i = 0; i < t->rank; i++)
        last += (uint64_t)(t->shape[i] - 1) * t->stride[i];
    feat_mapped_done(t->data, (size_t)(last + 1) * elem_bytes(t->elem));
}

void feat_source_done(const feat_src_tensor *t, const feat_tensor *as, size_t n)
{
    bool all = n == (size_t)as->n_elements;
    uint64_t rows = as->pixels > 0 ? n / (16 * (uint64_t)as->shape[1]) * 16 : 0;
    for (; t != NULL; t = t->next) {
        if (all || (as->pixels > 0 && rows >= t->shape[0]))
            done_piece(t);
        else if (rows > 0 && t->stride[1] == 1) /* other parts are of all of the tensor, or of a small one */
            feat_mapped_done(t->data, (size_t)(rows * t->stride[0]) * elem_bytes(t->elem));
        rows = rows > t->shape[0] ? rows - t->shape[0] : 0;
    }
}

/* Whether `right` says so of all values of a tensor and of those that follow it. */
static bool all_are(const feat_src_tensor *t, bool (*right)(float))
{
    enum { VALUES = 1024 };
    float values[VALUES];
    for (; t != NULL; t = t->next) {
        uint64_t all = count_of(t);
        for (uint64_t first = 0, n; first < all; first += n) {
            n = all - first < VALUES ? all - first : VALUES;
            gather_rows(t, first, (size_t)n, values);
            for (size_t i = 0; i < n; i++)
                if (!right(values[i]))
                    return false;
        }
        done_piece(t);
    }
    return true;
}

static bool is_half(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x1fff) == 0 && (bits >> 23 & 255) - 113 < 30) /* ten digits, exponent from -14 to 15 */
        return true;
    float same = feat_half_widen(feat_half_round(value));
    return memcmp(&same, &value, sizeof same) == 0;
}

static bool is_zero(float value)
{
    return value == 0.0f;
}

bool feat_source_is_half(const feat_src_tensor *t)
{
    const feat_src_tensor *wide = t;
    while (wide != NULL && wide->elem == FEAT_ELEM_F16)
        wide = wide->next;
    return wide == NULL || all_are(t, is_half);
}

bool feat_source_is_zero(const feat_src_tensor *t)
{
    return all_are(t, is_zero);
}

void feat_source_notice(feat_source *s, const char *format, ...)
{
    if (s->report.n_notices == FEAT_MAX_NOTICES)
        return;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(s->report.notices[s->report.n_notices++], FEAT_NOTICE_BYTES, format, args);
    va_end(args);
}
