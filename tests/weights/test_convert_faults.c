/* Every container of every network against every fault: the same tensors from all of them; a bit flipped, a name
 * missing, bytes cut out or put in, a wrong type in each: one line, exit code 3, and no file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/weights/trial.h"
#include "tools/program/program.h"
#include "weights/convert.h"

/* Thousands of files are written here and none has to survive a power failure: this takes libc's place. */
int fsync(int fd)
{
    (void)fd;
    return 0;
}

typedef enum format {
    LEGACY,
    ZIP,
    SCRIPT,
    SAFETENSORS,
    TIMM,
    HUB,    /* a zip archive of the publisher's tensors */
    OPENAI, /* a TorchScript archive of two types */
    HF,     /* transformers' names, in safetensors */
    HF_BIN, /* and in a zip archive */
    VIT_TIMM,
    GRAPH,
    MODEL,
    MODULES
} format;

static const struct {
    const char *name;
    const feat_net *net;
    format format;
    const char *spoilt;        /* our name of the tensor that is spoilt, of one axis */
    const char *missing;       /* what is said when it is not there */
    const char *type;          /* and when it has a wrong type */
} containers[] = {
    {"Inception, legacy", &gen_fid, LEGACY, "Stem_1a.bn.bias", "tensor 'Stem_1a.bn.bias' is missing",
     "LongStorage found"},
    {"Inception, zip", &gen_fid, ZIP, "Stem_1a.bn.bias", "tensor 'Stem_1a.bn.bias' is missing", "LongStorage found"},
    {"Inception, TorchScript", &gen_fid, SCRIPT, "Stem_1a.bn.bias", "tensor 'layers.conv.beta' is missing",
     "tensor 'layers.conv.beta': float32, float16 or bfloat16 expected, LongStorage found"},
    {"Inception, safetensors", &gen_fid, SAFETENSORS, "Stem_1a.bn.bias", "tensor 'Stem_1a.bn.bias' is missing",
     "F32, F16 or BF16 expected, I64 found"},
    {"Inception, GraphDef", &gen_fid, GRAPH, "Stem_1a.bn.bias", "node 'conv/batchnorm/beta' (Const) is missing",
     "node 'conv/batchnorm/beta'"},
    {"Inception, TensorFlow.js", &gen_keras, MODEL, "Stem_1a.bn.bias",
     "weights named batch_normalization_N/beta expected", "float32, or float32 quantised"},
    {"Inception, JavaScript", &gen_keras, MODULES, "Stem_1a.bn.bias",
     "weights named batch_normalization_N/beta expected", "float32, or float32 quantised"},
    {"VGG, legacy", &gen_vgg, LEGACY, "classifier.0.bias", "tensor 'classifier.0.bias' is missing",
     "LongStorage found"},
    {"VGG, zip", &gen_vgg, ZIP, "classifier.0.bias", "tensor 'classifier.0.bias' is missing", "LongStorage found"},
    {"VGG, TorchScript", &gen_vgg, SCRIPT, "classifier.0.bias", "tensor 'layers.fc1.bias' is missing",
     "tensor 'layers.fc1.bias': float32, float16 or bfloat16 expected, LongStorage found"},
    {"VGG, safetensors", &gen_vgg, SAFETENSORS, "classifier.0.bias", "tensor 'classifier.0.bias' is missing",
     "F32, F16 or BF16 expected, I64 found"},
    {"VGG, timm's safetensors", &gen_vgg, TIMM, "classifier.0.bias", "tensor 'pre_logits.fc1.bias' is missing",
     "F32, F16 or BF16 expected, I64 found"},
    {"DINOv2, hub", &gen_dino, HUB, "blocks.0.ls2.gamma", "tensor 'blocks.0.ls2.gamma' is missing",
     "LongStorage found"},
    {"DINOv2, transformers", &gen_dino, HF, "blocks.0.attn.qkv.bias",
     "tensor 'encoder.layer.0.attention.attention.query.bias' is missing", "F32, F16 or BF16 expected, I64 found"},
    {"DINOv2, transformers' zip", &gen_dino, HF_BIN, "blocks.0.norm1.bias",
     "tensor 'encoder.layer.0.norm1.bias' is missing", "LongStorage found"},
    {"DINOv2 with registers, hub", &gen_dino_reg, HUB, "norm.bias", "tensor 'norm.bias' is missing",
     "LongStorage found"},
    {"DINOv2 with registers, transformers", &gen_dino_reg, HF, "norm.bias", "tensor 'layernorm.bias' is missing",
     "F32, F16 or BF16 expected, I64 found"},
    {"CLIP, TorchScript", &gen_clip, OPENAI, "visual.ln_pre.bias", "tensor 'visual.ln_pre.bias' is missing",
     "LongStorage found"},
    {"CLIP, transformers", &gen_clip, HF, "visual.ln_pre.weight",
     "tensor 'vision_model.pre_layrnorm.weight' is missing", "F32, F16 or BF16 expected, I64 found"},
    {"CLIP, transformers' zip", &gen_clip, HF_BIN, "visual.ln_post.bias",
     "tensor 'vision_model.post_layernorm.bias' is missing", "LongStorage found"},
    {"CLIP, timm", &gen_clip, VIT_TIMM, "visual.ln_post.bias", "tensor 'norm.bias' is missing",
     "F32, F16 or BF16 expected, I64 found"},
};
enum { N_CONTAINERS = sizeof containers / sizeof containers[0] };

static int has_checksums(size_t c)
{
    return containers[c].format == ZIP || containers[c].format == SCRIPT || containers[c].format == HUB ||
           containers[c].format == OPENAI || containers[c].format == HF_BIN;
}

/* The list of a container's network, in our names; gamma is 1, as archives that have none mean it. */
static void fill(size_t c)
{
    static const unsigned char one[4] = {0, 0, 0x80, 0x3f};
    const feat_net *net = containers[c].net;
    gen_clear(&trial.list);
    gen_fill(&trial.list, net, net == &gen_keras, 0);
    for (size_t i = 0; i < trial.list.n; i++) {
        gen_tensor *g = &trial.list.t[i];
        for (size_t k = 0; strstr(g->name, ".bn.weight") != NULL && k < g->data_bytes; k += 4)
            memcpy(g->data + k, one, 4);
    }
    if (net->half_dense)
        gen_round_half(&trial.list, net, containers[c].format == OPENAI);
}

typedef struct spoilt {
    const char *skip, *whole; /* a weight left out of a model; one of whole numbers in a graph */
    int int8;                 /* weights of a model have a type that is not read */
} spoilt;

/* The names that a transformer's container has, where they are not the publisher's. */
static const feat_name_map *map_of(size_t c)
{
    if (containers[c].format == VIT_TIMM)
        return &feat_names_clip_timm;
    return containers[c].net->half_dense ? &feat_names_clip_transformers : &feat_names_dinov2_transformers;
}

/* The list in this container, into *b; of a TensorFlow.js model its first shard, all files being in the trial's
 * folder. */
static void write_list(gen_buf *b, size_t c, const spoilt *how)
{
    static const gen_zip_options plain = {0};
    static const gen_safetensors_options whole = {0};
    const gen_pb_options graph = {.skip = how->skip, .whole = how->whole};
    const gen_tfjs_options model = {
        .modules = containers[c].format == MODULES, .skip = how->skip, .dtype = how->int8 ? "int8" : NULL};
    gen_buf inner = {NULL, 0, 0};
    gen_zip_options script = {.pickle = &inner};
    char path[340];
    b->n = 0;
    switch (containers[c].format) {
    case LEGACY:
        gen_legacy(b, &trial.list);
        break;
    case ZIP:
        gen_zip(b, &trial.list, &plain);
        break;
    case SCRIPT:
        gen_as_stylegan(&trial.list, containers[c].net);
        gen_modules(&inner, &trial.list);
        gen_zip(b, &trial.list, &script);
        break;
    case TIMM:
        gen_as_timm(&trial.list);
        gen_safetensors(b, &trial.list, &whole);
        break;
    case SAFETENSORS:
        gen_safetensors(b, &trial.list, &whole);
        break;
    case HUB:
        gen_as_published(&trial.list);
        gen_zip(b, &trial.list, &plain);
        break;
    case OPENAI:
        gen_as_published(&trial.list);
        gen_modules(&inner, &trial.list);
        gen_zip(b, &trial.list, &script);
        break;
    case HF:
    case HF_BIN:
    case VIT_TIMM:
        gen_as_vit(&trial.list, map_of(c));
        if (containers[c].format == HF_BIN)
            gen_zip(b, &trial.list, &plain);
        else
            gen_safetensors(b, &trial.list, &whole);
        break;
    case GRAPH:
        gen_pb(b, &trial.list, &graph);
        break;
    case MODEL:
    case MODULES: /* the other's description is found first */
        (void)snprintf(path, sizeof path, "%s/model.json", trial.folder);
        (void)remove(path);
        gen_tfjs(trial.folder, &trial.list, &model, &inner);
        break;
    }
    gen_free(&inner);
}

/* Where the file is that the list's data are in. */
static void data_path(char path[340], size_t c)
{
    const char *name = containers[c].format == MODEL ? "group1-shard1of2" : "group1-shard1of2.min.js";
    if (containers[c].format < MODEL)
        (void)snprintf(path, 340, "%s", trial.in);
    else
        (void)snprintf(path, 340, "%s/%s", trial.folder, name);
}

static feat_status convert(size_t c, unsigned char digest[32])
{
    const feat_convert_options options = {containers[c].format < MODEL ? trial.in : trial.folder, trial.out,
                                          FEAT_AS_IS, NULL};
    feat_convert_report report;
    memset(&trial.err, 0, sizeof trial.err);
    feat_status status = feat_convert_among(&options, gen_all_maps(), &report, &trial.err);
    if (status == FEAT_OK && digest != NULL)
        memcpy(digest, report.content_sha256, 32);
    if (status == FEAT_OK)
        assert_ptr_equal(report.net, containers[c].net);
    return status;
}

static void must_fail(size_t c, feat_status status, const char *part)
{
    if (bf_exit_code(status) != 3)
        fail_msg("%s: %s, exit code %d: %s", containers[c].name, feat_status_name(status), bf_exit_code(status),
                 trial.err.message);
    trial_error(status, trial.err.status, part);
}

/* Writes the container, and its data's file into *b; returns what converting it says. */
static feat_status attempt(gen_buf *b, size_t c, const spoilt *how)
{
    char path[340];
    write_list(b, c, how);
    if (containers[c].format < MODEL)
        gen_write_file(trial.in, b->p, b->n);
    data_path(path, c);
    b->n = 0;
    gen_read_file(path, b);
    return convert(c, NULL);
}

static const spoilt nothing = {NULL, NULL, 0};

static void assert_digest_is_of_synth(const unsigned char digest[32], const feat_net *net)
{
    feat_weights *w = NULL;
    feat_weights_info info;
    assert_int_equal(feat_weights_synth(&w, 1, net, &trial.err), FEAT_OK);
    assert_int_equal(feat_weights_describe(w, &info, &trial.err), FEAT_OK);
    assert_memory_equal(info.content_sha256, digest, 32);
    feat_weights_close(&w);
}

static void test_same_tensors(void **state)
{
    (void)state;
    gen_buf b = {NULL, 0, 0};
    unsigned char digest[N_CONTAINERS][32];
    for (size_t c = 0; c < N_CONTAINERS; c++) {
        fill(c);
        if (attempt(&b, c, &nothing) != FEAT_OK || convert(c, digest[c]) != FEAT_OK)
            fail_msg("%s: %s", containers[c].name, trial.err.message);
        for (size_t other = 0; other < c; other++)
            if (containers[other].net == containers[c].net)
                assert_memory_equal(digest[c], digest[other], 32);
        if (containers[c].net == &gen_vgg || containers[c].net == &gen_dino || containers[c].net == &gen_dino_reg)
            assert_digest_is_of_synth(digest[c], containers[c].net);
        assert_int_equal(remove(trial.out), 0);
    }
    gen_free(&b);
}

static void test_name_missing(void **state)
{
    (void)state;
    gen_buf b = {NULL, 0, 0};
    for (size_t c = 0; c < N_CONTAINERS; c++) {
        const char *left_out = containers[c].format == GRAPH ? "conv/batchnorm/beta" : "batch_normalization/beta";
        const spoilt skip = {.skip = left_out};
        fill(c);
        if (containers[c].format < GRAPH)
            gen_drop(&trial.list, containers[c].spoilt);
        must_fail(c, attempt(&b, c, containers[c].format < GRAPH ? &nothing : &skip), containers[c].missing);
    }
    gen_free(&b);
}

static void test_wrong_type(void **state)
{
    (void)state;
    gen_buf b = {NULL, 0, 0};
    const spoilt whole = {.whole = "conv/batchnorm/beta", .int8 = 1};
    for (size_t c = 0; c < N_CONTAINERS; c++) {
        fill(c);
        gen_tensor *g = gen_find(&trial.list, containers[c].spoilt);
        if (containers[c].format < GRAPH) {
            g->storage = "LongStorage";
            g->data_bytes *= 2;
            g->data = feat_realloc(g->data, g->data_bytes);
            memset(g->data, 0, g->data_bytes);
        }
        must_fail(c, attempt(&b, c, containers[c].format < GRAPH ? &nothing : &whole), containers[c].type);
    }
    gen_free(&b);
}

/* Where the tensor's bytes lie in the file; of modules, which have text, the middle. */
static size_t find_data(const gen_buf *b, size_t c)
{
    fill(c);
    const gen_tensor *g = gen_find(&trial.list, containers[c].spoilt);
    for (size_t at = 0; containers[c].format != MODULES && at + g->data_bytes <= b->n; at++)
        if (memcmp(b->p + at, g->data, g->data_bytes) == 0)
            return at + 4;
    return b->n / 2;
}

/* Four bytes fewer in the data of a tensor, and four more. */
static void test_hole(void **state)
{
    (void)state;
    static const unsigned char more[4];
    gen_buf b = {NULL, 0, 0}, cut = {NULL, 0, 0};
    char path[340];
    for (size_t c = 0; c < N_CONTAINERS; c++) {
        fill(c);
        assert_int_equal(attempt(&b, c, &nothing), FEAT_OK);
        assert_int_equal(remove(trial.out), 0);
        size_t at = find_data(&b, c);
        data_path(path, c);
        for (int k = 0; k < 2; k++) {
            cut.n = 0;
            gen_put(&cut, b.p, at);
            gen_put(&cut, more, k == 0 ? 0 : 4);
            gen_put(&cut, b.p + at + (k == 0 ? 4 : 0), b.n - at - (k == 0 ? 4 : 0));
            gen_write_file(path, cut.p, cut.n);
            must_fail(c, convert(c, NULL), "");
        }
    }
    gen_free(&b);
    gen_free(&cut);
}

/* A bit flipped in a tensor's data. Archives have a checksum; of the other containers only a hash of the whole can
 * tell, which the flat file keeps: its source's, and that of the content. */
static void test_bit_in_data(void **state)
{
    (void)state;
    gen_buf b = {NULL, 0, 0};
    unsigned char good[32], found[32];
    char path[340];
    for (size_t c = 0; c < N_CONTAINERS; c++) {
        fill(c);
        assert_int_equal(attempt(&b, c, &nothing), FEAT_OK);
        assert_int_equal(convert(c, good), FEAT_OK);
        assert_int_equal(remove(trial.out), 0);
        b.p[find_data(&b, c)] ^= 1;
        data_path(path, c);
        gen_write_file(path, b.p, b.n);
        feat_status status = convert(c, found);
        if (has_checksums(c)) {
            must_fail(c, status, "is damaged: CRC-32");
            assert_int_equal(status, FEAT_ERR_CHECKSUM);
        } else if (status == FEAT_OK) {
            assert_memory_not_equal(found, good, 32);
            assert_int_equal(remove(trial.out), 0);
        } else {
            must_fail(c, status, "");
        }
    }
    gen_free(&b);
}

/* One bit of every byte of an archive (of a large one, of every eleventh): other tensors than the right ones never come
 * of it. */
static void test_every_bit_of_archives(void **state)
{
    (void)state;
    gen_buf b = {NULL, 0, 0};
    unsigned char good[32], found[32];
    for (size_t c = 0; c < N_CONTAINERS; c++) {
        if (!has_checksums(c))
            continue;
        fill(c);
        assert_int_equal(attempt(&b, c, &nothing), FEAT_OK);
        assert_int_equal(convert(c, good), FEAT_OK);
        assert_int_equal(remove(trial.out), 0);
        for (size_t i = 0; i < b.n; i += b.n > 8192 ? 11 : 1) {
            b.p[i] ^= (unsigned char)(1 << i % 8);
            gen_write_file(trial.in, b.p, b.n);
            feat_status status = convert(c, found);
            b.p[i] ^= (unsigned char)(1 << i % 8);
            if (status != FEAT_OK) {
                must_fail(c, status, "");
                continue;
            }
            if (memcmp(found, good, 32) != 0)
                fail_msg("%s: byte %zu: a flipped bit was not noticed", containers[c].name, i);
            assert_int_equal(remove(trial.out), 0);
        }
    }
    gen_free(&b);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_same_tensors), CASE(test_name_missing), CASE(test_wrong_type),
        CASE(test_hole),         CASE(test_bit_in_data),  CASE(test_every_bit_of_archives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
