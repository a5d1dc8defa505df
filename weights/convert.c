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
#include "engine/flat/flat_format.h"
#include "engine/base/not_fetched.h"
#include "weights/readers/source.h"

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

static feat_src_tensor *find_source(const feat_source *s, const char *name)
{
    for (size_t i = 0; i < s->n_tensors; i++) {
        if (strcmp(s->tensors[i].name, name) == 0)
            return &s->tensors[i];
    }
    return NULL;
}

static const uint32_t *find_shape(const void *source, const char *name)
{
    const feat_src_tensor *t = find_source(source, name);
    return t == NULL ? NULL : t->shape;
}

/* The classes of a network as published; 0: it has no classifier. */
static uint32_t classes_of(const feat_net *net)
{
    feat_contents contents;
    feat_net_published(&contents, net);
    return contents.head.size[contents.head.n_layers];
}

/* The one of the map's networks with as many classes as the source; NULL when there is none, or no single layer. */
static const feat_net *net_of_classes(const feat_source *s, uint32_t *classes)
{
    feat_contents contents;
    feat_net_find_contents(&contents, feat_source_net(s), find_shape, s);
    *classes = contents.head.n_layers == 1 ? contents.head.size[1] : 0;
    for (size_t i = 0; contents.head.n_layers == 1 && s->map->nets[i] != NULL; i++)
        if (classes_of(s->map->nets[i]) == *classes)
            return s->map->nets[i];
    return NULL;
}

static feat_status missing(const feat_source *s, const char *ours, feat_error *err)
{
    char theirs[FEAT_NAME_BYTES];
    feat_name_theirs(theirs, s->map, ours);
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s' is missing", s->path, theirs);
}

static feat_status cannot_tell(const feat_source *s, uint32_t classes, feat_error *err)
{
    char name[FEAT_NAME_BYTES], known[256] = "";
    const feat_net *net = feat_source_net(s);
    feat_dense_name(name, feat_net_head(net), 0, 1, net->naming->dense_weight);
    if (classes == 0)
        return missing(s, name, err);
    for (size_t i = 0, used = 0; s->map->nets[i] != NULL && used < sizeof known; i++) {
        int n = snprintf(known + used, sizeof known - used, i == 0 ? "%u classes (%s)" : " or %u (%s)",
                         classes_of(s->map->nets[i]), s->map->nets[i]->variant);
        used += n > 0 ? (size_t)n : 0;
    }
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': %s expected, %u found; give the variant", s->path, name,
                     known, classes);
}

/* What the caller says, else a mark, else the only network of the map, else the number of classes. */
static feat_status decide_net(feat_source *s, const feat_net **net, feat_error *err)
{
    uint32_t classes = 0;
    const feat_net *found = s->told;
    if (found == NULL)
        found = s->map->nets[1] == NULL ? s->map->nets[0] : net_of_classes(s, &classes);
    *net = s->wanted != NULL ? s->wanted : found;
    if (*net == NULL)
        return cannot_tell(s, classes, err);
    if (found != NULL && found != *net)
        feat_source_notice(s, "the source looks like variant %s; converted as %s, as asked", found->variant,
                           (*net)->variant);
    return FEAT_OK;
}

/* What the source has of the network; whether sizes fit together shows in the comparison. */
static feat_status find_contents(const feat_source *s, const feat_net *net, feat_contents *contents, feat_error *err)
{
    const feat_op *head = feat_net_head(net);
    char name[FEAT_NAME_BYTES];
    feat_net_find_contents(contents, net, find_shape, s);
    if (head != NULL && contents->head.n_layers == 0) {
        feat_dense_name(name, head, 0, 1, net->naming->dense_weight);
        return missing(s, name, err);
    }
    if (head != NULL && contents->head.n_layers > net->max_dense)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: variant %s: one dense layer expected, %zu found", s->path,
                         net->variant, contents->head.n_layers);
    return FEAT_OK;
}

static feat_status check_shape(const feat_source *s, const feat_tensor *want, const feat_src_tensor *have,
                               feat_error *err)
{
    bool same = want->rank == have->rank;
    for (uint32_t i = 0; same && i < want->rank; i++)
        same = want->shape[i] == have->shape[i] && want->shape[i] != 0;
    if (same)
        return FEAT_OK;
    char expected[48], found[48];
    feat_shape_text(expected, sizeof expected, want->shape, want->rank);
    feat_shape_text(found, sizeof found, have->shape, have->rank);
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': shape %s expected%s, %s found", s->path,
                     have->label, expected,
                     strcmp(have->label, have->name) == 0 ? "" : " (in PyTorch's order)", found);
}

/* The source of a tensor of the list; one that sources of this kind never have, because it is 1, is made. NULL when it
 * is missing. */
static feat_status source_of(feat_src_tensor **found, feat_source *s, const feat_tensor *t, feat_error *err)
{
    *found = find_source(s, t->name);
    if (*found != NULL || !feat_name_is_ones(s->map, t->name))
        return FEAT_OK;
    feat_status status = feat_source_add(s, found, t->name, t->name, strlen(t->name), err);
    if (status == FEAT_OK)
        feat_source_ones(*found, t->shape[0]);
    return status;
}

/* Pairs every tensor of the canonical list with its source: none missing, none left over. */
static feat_status match(feat_source *s, const feat_net *net, list *l, feat_error *err)
{
    feat_contents contents;
    feat_status status = find_contents(s, net, &contents, err);
    if (status != FEAT_OK)
        return status;
    l->n = feat_net_count_tensors(net, &contents);
    l->tensors = feat_alloc_array(l->n, sizeof *l->tensors);
    l->found = feat_calloc(l->n, sizeof *l->found);
    if (l->tensors == NULL || l->found == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for the list of tensors", s->path);
    feat_net_list_tensors(l->tensors, net, &contents);
    for (size_t i = 0; i < l->n; i++) {
        if ((status = source_of(&l->found[i], s, &l->tensors[i], err)) != FEAT_OK)
            return status;
        if (l->found[i] == NULL)
            return missing(s, l->tensors[i].name, err);
        if (!feat_source_flatten(l->found[i], &l->tensors[i]) &&
            (status = check_shape(s, &l->tensors[i], l->found[i], err)) != FEAT_OK)
            return status;
    }
    for (size_t i = 0; i < s->n_tensors; i++) {
        size_t k = 0;
        while (k < l->n && l->found[k] != &s->tensors[i])
            k++;
        if (k == l->n)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s' does not belong to %s", s->path,
                             s->tensors[i].label, net->name);
    }
    return FEAT_OK;
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
        (status = decide_net(s, &j->net, err)) != FEAT_OK || (status = match(s, j->net, l, err)) != FEAT_OK)
        return status;
    name_source(s, options->in);
    return write_list(s, j->net, l, options, err);
}

feat_status feat_convert_among(const feat_convert_options *options, const feat_name_map *const *maps,
                               feat_convert_report *report, feat_error *err)
{
    if (options->in == NULL || options->out == NULL ||
        (options->dtype != FEAT_FLOAT32 && options->dtype != FEAT_FLOAT16))
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
