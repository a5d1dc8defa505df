/* The converter: tells the container by its first bytes, lets its reader find the tensors, compares them
 * with what the network needs, and writes the flat file in canonical order. */
#include "weights/convert.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/alloc.h"
#include "engine/base/half.h"
#include "engine/base/status.h"
#include "engine/files/not_fetched.h"
#include "engine/flat/flat_format.h"
#include "weights/readers/source.h"
#include "weights/telling.h"

enum { PATH_TEXT_BYTES = 4096 };

typedef struct list {
    feat_tensor *tensors;          /* canonical order */
    feat_src_tensor **found; /* the source of each */
    size_t n;
} list;

/* One conversion. Several kilobytes: on the heap, like everything large. */
typedef struct job {
    feat_source source;
    const feat_net *net; /* decided */
    list list;
    char file[PATH_TEXT_BYTES], folder[PATH_TEXT_BYTES]; /* what is read, and where it lies */
} job;

/* --- telling containers apart ------------------------------------------------------------------------ */

static bool begins(const feat_source *s, const char *magic, size_t n)
{
    return s->n_bytes >= n && memcmp(s->bytes, magic, n) == 0;
}

static bool contains(const feat_source *s, const char *word)
{
    size_t n = strlen(word);
    const unsigned char *p = s->bytes, *end = s->bytes + s->n_bytes;
    while ((size_t)(end - p) >= n && (p = memchr(p, word[0], (size_t)(end - p) - n + 1)) != NULL) {
        if (memcmp(p, word, n) == 0)
            return true;
        p++;
    }
    return false;
}

static bool first_is_brace(const feat_source *s)
{
    size_t i = begins(s, "\xef\xbb\xbf", 3) ? 3 : 0;
    while (i < s->n_bytes && strchr(" \t\r\n", s->bytes[i]) != NULL && s->bytes[i] != 0)
        i++;
    return i < s->n_bytes && s->bytes[i] == '{';
}

/* Reads the loaded file; `folder` is where it lies. */
static feat_status read_container(feat_source *s, const char *folder, feat_error *err)
{
    static const char legacy[] = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
    enum { MAX_MODEL_BYTES = 1 << 24 }; /* looking for a word in more would only cost time */
    const char *other = feat_not_fetched(s->bytes, s->n_bytes);
    if (other != NULL)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: no weights but %s", s->path, other);
    if (feat_is_safetensors(s->bytes, s->n_bytes))
        return feat_read_safetensors(s, err);
    bool has_manifest = s->n_bytes <= MAX_MODEL_BYTES && contains(s, "weightsManifest");
    if (has_manifest)
        return feat_read_tfjs(s, folder, !first_is_brace(s), err);
    if (begins(s, legacy, sizeof legacy - 1))
        return feat_read_torch_legacy(s, err);
    if (begins(s, "PK\3\4", 4) || begins(s, "PK\5\6", 4))
        return feat_read_torch_zip(s, err);
    if (begins(s, "\n", 1))
        return feat_read_graphdef(s, err);
    const char *what = "an unknown kind of file";
    feat_status status = FEAT_ERR_FORMAT;
    if (s->n_bytes == 0)
        what = "an empty file";
    else if (begins(s, FEAT_FILE_MAGIC, 8)) {
        what = "a flat weight file already";
        status = FEAT_ERR_UNSUPPORTED;
    } else if (begins(s, "\x89HDF", 4)) {
        what = "a Keras HDF5 file, which is not read; tensorflowjs_converter makes a model.json of it";
        status = FEAT_ERR_UNSUPPORTED;
    } else if (begins(s, "\x1f\x8b", 2)) {
        what = "a gzip archive: unpack it first and give the .pb in it";
        status = FEAT_ERR_UNSUPPORTED;
    } else if (begins(s, "\x80", 1) && s->n_bytes < sizeof legacy - 1 &&
               memcmp(s->bytes, legacy, s->n_bytes) == 0)
        what = "a truncated PyTorch file";
    return feat_fail(
        err, status,
        "%s: a PyTorch state dict, safetensors file, TensorFlow GraphDef or TensorFlow.js model expected; this is %s",
        s->path, what);
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

/* Turns options->in into the file to read and the folder it lies in. */
static feat_status resolve(const char *in, char file[PATH_TEXT_BYTES], char folder[PATH_TEXT_BYTES],
                           feat_error *err)
{
    static const char *const models[] = {"model.json", "model.min.js"};
    if (strlen(in) + 16 > PATH_TEXT_BYTES)
        return feat_fail(err, FEAT_ERR_ARG, "%.200s...: path too long", in);
    memcpy(file, in, strlen(in) + 1);
    memcpy(folder, in, strlen(in) + 1);
    if (!is_folder(in)) {
        char *slash = strrchr(folder, '/');
        if (slash == NULL)
            memcpy(folder, ".", 2);
        else
            slash[slash == folder ? 1 : 0] = '\0';
        return FEAT_OK;
    }
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        (void)snprintf(file, PATH_TEXT_BYTES, "%s/%s", in, models[i]);
        if (exists(file))
            return FEAT_OK;
    }
    return feat_fail(err, FEAT_ERR_FORMAT,
                     "%s: a folder with model.json or model.min.js expected, neither found", in);
}

/* The last part of a path, without trailing slashes. */
static void base_name(char *text, size_t text_bytes, const char *path)
{
    size_t end = strlen(path), start;
    while (end > 1 && path[end - 1] == '/')
        end--;
    for (start = end; start > 0 && path[start - 1] != '/'; start--)
        ;
    (void)feat_printable(text, text_bytes, path + start, end - start);
}

/* --- comparing with the network ---------------------------------------------------------------------- */

/* What the source has of the network; whether sizes fit together shows in the comparison. */
static feat_status find_contents(const feat_source *s, const feat_net *net, feat_contents *contents, feat_error *err)
{
    const feat_op *head = feat_net_head(net);
    char name[FEAT_NAME_BYTES];
    feat_net_find_contents(contents, net, feat_source_shape, s);
    if (head != NULL && contents->head.n_layers == 0) {
        feat_dense_name(name, head, 0, 1, net->naming->dense_weight);
        return feat_source_missing(s, name, err);
    }
    if (head != NULL && contents->head.n_layers > net->max_dense)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: variant %s: one dense layer expected, %zu found", s->path,
                         net->variant, contents->head.n_layers);
    return FEAT_OK;
}

static feat_status check_shape(const feat_source *s, const feat_tensor *want, const feat_src_tensor *have,
                               feat_error *err)
{
    uint32_t shape[FEAT_MAX_RANK];
    memcpy(shape, have->shape, sizeof shape);
    shape[0] = have->next != NULL ? feat_source_rows(have) : shape[0];
    bool same = want->rank == have->rank;
    for (uint32_t i = 0; same && i < want->rank; i++)
        same = want->shape[i] == shape[i] && want->shape[i] != 0;
    if (same)
        return FEAT_OK;
    char expected[48], found[48];
    feat_shape_text(expected, sizeof expected, want->shape, want->rank);
    feat_shape_text(found, sizeof found, shape, have->rank);
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': shape %s expected%s, %s found", s->path,
                     have->label, expected,
                     strcmp(have->label, have->name) == 0 ? "" : " (in PyTorch's order)", found);
}

/* The source of a tensor of the list; one that sources of this kind never have, because it is 1, is made. NULL when it
 * is missing. */
static feat_status source_of(feat_src_tensor **found, feat_source *s, const feat_tensor *t, feat_error *err)
{
    *found = feat_source_find(s, t->name);
    if (*found != NULL || !feat_name_is_ones(s->map, t->name))
        return FEAT_OK;
    feat_status status = feat_source_add(s, found, t->name, t->name, strlen(t->name), err);
    if (status == FEAT_OK)
        feat_source_ones(*found, t->shape[0]);
    return status;
}

/* Puts the row in front that sources of this kind do not have, because it is 0. */
static feat_status add_zero_row(feat_src_tensor **found, feat_source *s, const feat_tensor *t, feat_error *err)
{
    static const feat_part_name second = {.piece = 1, .n_pieces = 2};
    feat_src_tensor *rows = *found, *zero;
    if (s->map->zero_row == NULL || strcmp(s->map->zero_row, t->name) != 0 || t->rank != 2 || rows->rank != 2)
        return FEAT_OK;
    feat_status status = feat_source_add_part(s, &zero, t->name, &second, rows->label, strlen(rows->label), err);
    if (status != FEAT_OK)
        return status;
    feat_source_zeros(zero, rows->shape[1]);
    zero->next = rows;
    *found = zero;
    feat_source_notice(s,
                       "the first row of %s is stored as 0, for this source has added it to another tensor: features "
                       "are those of the file that has it, the content SHA-256 is not",
                       t->name);
    return FEAT_OK;
}

static feat_status take_source(feat_src_tensor **found, feat_source *s, const feat_tensor *t, feat_error *err)
{
    feat_status status = source_of(found, s, t, err);
    if (status != FEAT_OK)
        return status;
    if (*found == NULL)
        return feat_source_missing(s, t->name, err);
    feat_source_squeeze(*found, t);
    if ((status = add_zero_row(found, s, t, err)) != FEAT_OK)
        return status;
    for (feat_src_tensor *one = *found; one != NULL; one = one->next)
        one->taken = true;
    return feat_source_flatten(*found, t) ? FEAT_OK : check_shape(s, t, *found, err);
}

/* A source left over does not belong here, unless it is one of zeros that would only be added. */
static feat_status check_left_over(const feat_source *s, const feat_net *net, feat_error *err)
{
    for (size_t i = 0; i < s->n_tensors; i++) {
        const feat_src_tensor *t = &s->tensors[i];
        bool added = s->map->zeros != NULL && strcmp(t->name, s->map->zeros) == 0;
        if (t->taken || (added && feat_source_is_zero(t)))
            continue;
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s'%s %s", s->path, t->label,
                         added ? ": only zeros expected, which nothing adds to the features of" : " does not belong to",
                         net->name);
    }
    return FEAT_OK;
}

/* Pairs every tensor of the canonical list with its source: none missing, none left over. */
static feat_status match(feat_source *s, const feat_net *net, list *l, feat_error *err)
{
    feat_contents contents;
    feat_status status = feat_source_join(s, err);
    if (status == FEAT_OK)
        status = find_contents(s, net, &contents, err);
    if (status != FEAT_OK)
        return status;
    l->n = feat_net_count_tensors(net, &contents);
    l->tensors = feat_alloc_array(l->n, sizeof *l->tensors);
    l->found = feat_calloc(l->n, sizeof *l->found);
    if (l->tensors == NULL || l->found == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for the list of tensors", s->path);
    feat_net_list_tensors(l->tensors, net, &contents);
    for (size_t i = 0; i < l->n; i++)
        if ((status = take_source(&l->found[i], s, &l->tensors[i], err)) != FEAT_OK)
            return status;
    return check_left_over(s, net, err);
}

/* What was published as float16 stays so, in whatever container it comes, as long as that loses nothing. */
static void decide_types(list *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->tensors[i].dtype == FEAT_FLOAT16 && !feat_source_is_half(l->found[i]))
            l->tensors[i].dtype = FEAT_FLOAT32;
}

/* --- the whole ---------------------------------------------------------------------------------------- */

typedef struct gather_context {
    const feat_source *s;
    const list *l;
} gather_context;

static feat_status gather(void *ctx, size_t index, const feat_tensor *t, size_t first, size_t n, float *dst,
                          feat_error *err)
{
    const gather_context *g = ctx;
    feat_source_gather(g->l->found[index], t, first, n, dst);
    size_t bad = feat_first_not_finite(dst, n);
    if (bad < n)
        return feat_fail(err, FEAT_ERR_NUMERIC, "%s: tensor '%s': element %zu is NaN or infinite", g->s->path,
                         g->l->found[index]->label, first + bad);
    feat_source_done(g->l->found[index], t, first + n);
    return FEAT_OK;
}

static void name_source(feat_source *s, const char *in)
{
    feat_convert_report *report = &s->report;
    feat_sha256_final(&s->sha, report->source_sha256);
    const char *known = feat_weights_known(report->source_sha256);
    report->known = known != NULL;
    if (known != NULL) {
        (void)snprintf(report->name, sizeof report->name, "%s", known);
        return;
    }
    base_name(report->name, sizeof report->name, in);
    feat_source_notice(s, "not a file known by its SHA-256: nothing vouches for where the weights come from");
    if (s->map->unknown != NULL)
        feat_source_notice(s, "%s", s->map->unknown);
    if (!s->has_checksums)
        feat_source_notice(s,
                           "a %s has no checksums: only its SHA-256, beside its publisher's, tells of damage",
                           report->container);
}

static feat_status write_list(feat_source *s, const feat_net *net, const list *l, const feat_convert_options *options,
                              feat_error *err)
{
    feat_convert_report *report = &s->report;
    const feat_weights_spec spec = {net, report->name, report->source_sha256, options->dtype, l->tensors, l->n};
    gather_context ctx = {s, l};
    report->net = net;
    report->n_tensors = l->n;
    report->n_classes = feat_net_head(net) != NULL ? l->tensors[l->n - 1].shape[0] : 0; /* of the last bias */
    for (size_t i = 0; i < l->n; i++)
        report->n_parameters += (size_t)l->tensors[i].n_elements;
    return feat_weights_write(options->out, &spec, gather, &ctx, report->content_sha256, err);
}

static feat_status convert(job *j, const feat_convert_options *options, feat_error *err)
{
    feat_source *s = &j->source;
    list *l = &j->list;
    feat_status status = resolve(options->in, j->file, j->folder, err);
    if (status != FEAT_OK)
        return status;
    s->path = j->file;
    s->tensors = feat_alloc_array(FEAT_MAX_SRC_TENSORS, sizeof *s->tensors);
    if (s->tensors == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for the list of tensors", j->file);
    feat_sha256_init(&s->sha);
    if ((status = feat_load_file(&s->file, j->file, &s->sha, err)) != FEAT_OK)
        return status;
    s->bytes = s->file.bytes;
    s->n_bytes = s->file.n_bytes;
    if ((status = read_container(s, j->folder, err)) != FEAT_OK ||
        (status = feat_source_tell(s, &j->net, err)) != FEAT_OK || (status = match(s, j->net, l, err)) != FEAT_OK)
        return status;
    if (options->dtype == FEAT_AS_IS)
        decide_types(l);
    name_source(s, options->in);
    return write_list(s, j->net, l, options, err);
}

feat_status feat_convert_among(const feat_convert_options *options, const feat_name_map *const *maps,
                               feat_convert_report *report, feat_error *err)
{
    if (options->in == NULL || options->out == NULL ||
        (options->dtype != FEAT_AS_IS && options->dtype != FEAT_FLOAT32 && options->dtype != FEAT_FLOAT16))
        return feat_fail(err, FEAT_ERR_ARG, "convert: a path is missing, or the type is unknown");
    job *j = feat_calloc(1, sizeof *j);
    if (j == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to convert it", options->in);
    j->source.maps = maps;
    j->source.wanted = options->net;
    feat_status status = convert(j, options, err);
    if (status == FEAT_OK && report != NULL)
        *report = j->source.report;
    feat_free(j->list.found);
    feat_free(j->list.tensors);
    feat_free(j->source.tensors);
    feat_free(j->source.extra);
    feat_release_file(&j->source.file);
    feat_free(j);
    return status;
}

feat_status feat_convert(const feat_convert_options *options, feat_convert_report *report, feat_error *err)
{
    return feat_convert_among(options, feat_name_maps, report, err);
}
