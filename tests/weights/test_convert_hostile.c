/* The converter on wrong and hostile files: always one clear error and no file left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/weights/trial.h"
#include "weights/convert.h"

/* Converts the list through both torch containers and releases it. */
static void assert_list_error(feat_status status, const char *part)
{
    static const gen_zip_options plain = {0};
    gen_buf b = {NULL, 0, 0};
    gen_legacy(&b, &trial.list);
    trial_error(trial_bytes(b.p, b.n), status, part);
    b.n = 0;
    gen_zip(&b, &trial.list, &plain);
    trial_error(trial_bytes(b.p, b.n), status, part);
    gen_clear(&trial.list);
    gen_free(&b);
}

static gen_tensor *spoil(const char *name)
{
    gen_fill(&trial.list, &gen_fid, 1, 0);
    return gen_find(&trial.list, name);
}

static void test_torch_shapes(void **state)
{
    (void)state;
    gen_tensor *g = spoil("Stem_1a.conv.weight");
    g->shape[0] = 3;
    g->shape[1] = 4;
    g->stride[0] = 4;
    g->stride[1] = 1;
    assert_list_error(FEAT_ERR_FORMAT, "tensor 'Stem_1a.conv.weight': shape 4x3x3x3 expected, 3x4x3x3 found");
    spoil("fc.bias")->shape[0] = 4;
    assert_list_error(FEAT_ERR_FORMAT, "tensor 'fc.bias': shape 5 expected, 4 found");
    g = spoil("fc.weight");
    g->rank = 1;
    g->shape[0] = 30;
    g->stride[0] = 1;
    assert_list_error(FEAT_ERR_FORMAT, "'fc.weight'");
    spoil("Mix_5b.branch_a.bn.bias")->rank = 0;
    assert_list_error(FEAT_ERR_FORMAT, "tensor 'Mix_5b.branch_a.bn.bias': shape 5 expected, scalar found");
    g = spoil("Stem_1a.bn.bias");
    g->rank = 6;
    assert_list_error(FEAT_ERR_FORMAT,
                      "tensor 'Stem_1a.bn.bias': its offset, shape or strides cannot be read");
    spoil("Stem_1a.bn.bias")->shape[0] = 70000;
    assert_list_error(FEAT_ERR_FORMAT, "'Stem_1a.bn.bias'");
    g = spoil("Stem_1a.bn.bias");
    g->shape[0] = 70000;
    g->stride[0] = 0; /* one value, many times over */
    assert_list_error(FEAT_ERR_FORMAT, "'Stem_1a.bn.bias': a dimension is larger than any of a network here");
    spoil("Stem_1a.bn.bias")->shape[0] = 0;
    assert_list_error(FEAT_ERR_FORMAT, "'Stem_1a.bn.bias'");
}

static void test_torch_strides(void **state)
{
    (void)state;
    static const char outside[] = "tensor 'fc.weight': its strides reach outside its storage of 30 elements";
    spoil("fc.weight")->stride[0] = 2;
    assert_list_error(FEAT_ERR_FORMAT, outside);
    spoil("fc.weight")->offset = 1;
    assert_list_error(FEAT_ERR_FORMAT, outside);
    spoil("fc.weight")->offset = INT64_MAX;
    assert_list_error(FEAT_ERR_FORMAT, outside);
    spoil("fc.weight")->stride[1] = INT64_MAX;
    assert_list_error(FEAT_ERR_FORMAT, outside);
    gen_tensor *g = spoil("fc.weight");
    g->shape[0] = INT64_MAX;
    g->stride[0] = INT64_MAX;
    assert_list_error(FEAT_ERR_FORMAT, outside);
    spoil("fc.weight")->stride[0] = -1;
    assert_list_error(FEAT_ERR_FORMAT, "tensor 'fc.weight': its offset, shape or strides cannot be read");
    spoil("fc.weight")->numel = INT64_MAX;
    assert_list_error(FEAT_ERR_FORMAT, "'fc.weight'");
    spoil("fc.weight")->numel = 31; /* the data behind it is one element shorter */
    assert_list_error(FEAT_ERR_FORMAT, "tensor '");
}

static void test_torch_names(void **state)
{
    (void)state;
    spoil("fc.bias");
    gen_drop(&trial.list, "Mix_5b.branch_a.bn.running_mean");
    assert_list_error(FEAT_ERR_FORMAT, "tensor 'Mix_5b.branch_a.bn.running_mean' is missing");
    spoil("fc.bias");
    gen_drop(&trial.list, "fc.weight");
    assert_list_error(FEAT_ERR_FORMAT, "tensor 'fc.weight' is missing");
    spoil("fc.bias");
    gen_add(&trial.list, "Mix_9z.conv.weight", 3);
    assert_list_error(FEAT_ERR_FORMAT,
                      "tensor 'Mix_9z.conv.weight' does not belong to tiny-fid");
    spoil("fc.bias");
    gen_add(&trial.list, "Stem_1a.bn.bias", 4);
    assert_list_error(FEAT_ERR_FORMAT, "tensor 'Stem_1a.bn.bias' is there twice");
    gen_tensor *g = spoil("fc.weight");
    g->shape[0] = 3;
    assert_list_error(FEAT_ERR_FORMAT,
                      "tensor 'fc.weight': 5 classes (fid) or 4 (torchvision) expected, 3 found");
    spoil("fc.bias");
    gen_add(&trial.list, "escape\x1b[31m\n.weight", 4);
    assert_list_error(FEAT_ERR_FORMAT, "tensor 'escape?[31m?.weight' does not belong");
}

static void test_torch_types(void **state)
{
    (void)state;
    gen_tensor *g = spoil("Stem_1a.bn.bias");
    g->storage = "LongStorage";
    g->data_bytes = 32;
    g->data = feat_realloc(g->data, 32);
    memset(g->data, 0, 32);
    assert_list_error(FEAT_ERR_UNSUPPORTED,
                      "tensor 'Stem_1a.bn.bias': float32, float16 or bfloat16 expected, LongStorage found");
    spoil("Stem_1a.bn.bias")->storage = "QuantumStorage";
    assert_list_error(FEAT_ERR_FORMAT, "'Stem_1a.bn.bias': a storage of unknown type");
    g = spoil("Mix_5b.branch_b.conv.weight");
    memcpy(g->data + 8, "\x00\x00\x80\x7f", 4); /* storage element 2 of [1][1][5][2] is weight [0][1] */
    assert_list_error(FEAT_ERR_NUMERIC, "tensor 'Mix_5b.branch_b.conv.weight': element 1 is NaN or infinite");
}

static void test_float16_overflow(void **state)
{
    (void)state;
    gen_buf b = {NULL, 0, 0};
    const float large = 65520.0f; /* the smallest that does not round to a finite half */
    memcpy(spoil("fc.bias")->data + 4, &large, 4);
    gen_legacy(&b, &trial.list);
    assert_int_equal(trial_bytes(b.p, b.n), FEAT_OK);
    assert_int_equal(remove(trial.out), 0);
    feat_status status = trial_path(trial.in, FEAT_FLOAT16);
    trial_error(status, FEAT_ERR_NUMERIC, "tensor 'fc.bias': element 1 is 65520, too large for float16");
    gen_free(&b);
}

/* In place of the header's end: one entry more, or none. */
static void assert_header_error(const char *tail, feat_status status, const char *part)
{
    gen_buf b = {NULL, 0, 0};
    const gen_safetensors_options options = {.tail = tail};
    gen_fill(&trial.list, &gen_fid, 0, 0);
    gen_safetensors(&b, &trial.list, &options);
    trial_error(trial_bytes(b.p, b.n), status, part);
    gen_clear(&trial.list);
    gen_free(&b);
}

static void test_safetensors(void **state)
{
    (void)state;
    assert_header_error("", FEAT_ERR_FORMAT, "malformed JSON");
    assert_header_error(",\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", FEAT_ERR_FORMAT,
                        "it lies over the one before it");
    assert_header_error(",\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", FEAT_ERR_FORMAT,
                        "tensor 'x': truncated: it lies outside the file");
    assert_header_error(",\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,400000]}}", FEAT_ERR_FORMAT,
                        "tensor 'x': truncated: it lies outside the file");
    assert_header_error(",\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", FEAT_ERR_FORMAT,
                        "tensor 'x': its shape and type do not give as many bytes as it has");
    assert_header_error(",\"x\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}",
                        FEAT_ERR_FORMAT, "tensor 'x': its shape cannot be read");
    assert_header_error(",\"x\":{\"dtype\":\"Q7\",\"shape\":[1],\"data_offsets\":[0,4]}}", FEAT_ERR_FORMAT,
                        "tensor 'x': its type is missing or unknown");
    assert_header_error(",\"x\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", FEAT_ERR_FORMAT,
                        "tensor 'x': its shape cannot be read");
    assert_header_error(",\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", FEAT_ERR_FORMAT,
                        "tensor 'x': its place in the file cannot be read");
    assert_header_error(",\"x\":7}", FEAT_ERR_FORMAT, "tensor 'x': its type is missing or unknown");
    assert_header_error(",\"a\\u0062\":{}}", FEAT_ERR_FORMAT, "a name with an escape");
    assert_header_error(",\"x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", FEAT_ERR_FORMAT,
                        "tensor 'x': a dimension is 0");
    assert_header_error(",\"fc.bias\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", FEAT_ERR_FORMAT,
                        "tensor 'fc.bias': it is there twice");
}

/* A hole between two tensors, bytes after the last, a type that no weight can have. */
static void test_safetensors_places(void **state)
{
    (void)state;
    gen_buf b = {NULL, 0, 0};
    const gen_safetensors_options plain = {0};
    gen_fill(&trial.list, &gen_fid, 0, 0);
    gen_safetensors(&b, &trial.list, &plain);
    gen_put(&b, "more", 4);
    trial_error(trial_bytes(b.p, b.n), FEAT_ERR_FORMAT, "tensors end at byte");
    b.n = 0;
    gen_tensor *g = gen_find(&trial.list, "Stem_1a.bn.bias");
    (void)snprintf(g->name, sizeof g->name, "Stem_1a.bn.num_batches_tracked");
    gen_safetensors(&b, &trial.list, &plain);
    trial_error(trial_bytes(b.p, b.n), FEAT_ERR_FORMAT, "is there twice");
    gen_clear(&trial.list);
    gen_fill(&trial.list, &gen_fid, 0, 0);
    g = gen_find(&trial.list, "Stem_1a.bn.bias");
    g->storage = "LongStorage";
    g->data_bytes = 8 * 4;
    g->data = feat_realloc(g->data, g->data_bytes);
    memset(g->data, 0, g->data_bytes);
    b.n = 0;
    gen_safetensors(&b, &trial.list, &plain);
    trial_error(trial_bytes(b.p, b.n), FEAT_ERR_UNSUPPORTED,
                "tensor 'Stem_1a.bn.bias': F32, F16 or BF16 expected, I64 found");
    gen_clear(&trial.list);
    gen_free(&b);
}

static void assert_pickle_error(const char *pickle, size_t n, feat_status status, const char *part)
{
    gen_buf replaced = {NULL, 0, 0}, b = {NULL, 0, 0};
    gen_put(&replaced, pickle, n);
    const gen_zip_options options = {.pickle = &replaced};
    gen_zip(&b, &trial.list, &options);
    trial_error(trial_bytes(b.p, b.n), status, part);
    gen_free(&replaced);
    gen_free(&b);
}

#define PICKLE_ERROR(text, status, part) assert_pickle_error(text, sizeof text - 1, status, part)

static void test_pickles(void **state)
{
    (void)state;
    gen_fill(&trial.list, &gen_fid, 1, 0);
    PICKLE_ERROR("\x80\x02"
                 "cos\nsystem\nX\x02\0\0\0ls\x85R.",
                 FEAT_ERR_UNSUPPORTED, "refused: the pickle wants 'os?system'");
    PICKLE_ERROR("\x80\x02"
                 "c__torch__.Net\nInception\n)R.",
                 FEAT_ERR_FORMAT, "a state dict expected");
    PICKLE_ERROR("\x80\x02"
                 "ctorch._utils\n_rebuild_tensor\n)\x81.",
                 FEAT_ERR_FORMAT, "no TorchScript class");
    PICKLE_ERROR("\x80\x02"
                 "c__torch__.Net\nInception\n)\x81}b.",
                 FEAT_ERR_FORMAT, "tensor 'fc.weight' is missing");
    PICKLE_ERROR("\x80\x02" /* a module that is an attribute of itself */
                 "c__torch__.Net\nInception\n)\x81q\0}X\1\0\0\0mh\0sb.",
                 FEAT_ERR_FORMAT, "its modules lie too deep");
    PICKLE_ERROR("\x80\x02i.", FEAT_ERR_UNSUPPORTED, "opcode 0x69 at byte 2");
    PICKLE_ERROR("\x80\x04}.", FEAT_ERR_UNSUPPORTED, "protocol 2 expected, 4 found");
    PICKLE_ERROR("\x80\x02}", FEAT_ERR_FORMAT, "truncated");
    PICKLE_ERROR("\x80\x02X\xff\xff\xff\xff.", FEAT_ERR_FORMAT, "truncated");
    PICKLE_ERROR("\x80\x02"
                 "ctorch\nFloatStorage",
                 FEAT_ERR_FORMAT, "truncated");
    PICKLE_ERROR("\x80\x02.", FEAT_ERR_FORMAT, "nothing to take from the stack");
    PICKLE_ERROR("\x80\x02(.", FEAT_ERR_FORMAT, "nothing to take from the stack");
    PICKLE_ERROR("\x80\x02}}.", FEAT_ERR_FORMAT, "objects left on the stack");
    PICKLE_ERROR("\x80\x02u.", FEAT_ERR_FORMAT, "no mark");
    PICKLE_ERROR("\x80\x02}(K\1u.", FEAT_ERR_FORMAT, "a key without a value");
    PICKLE_ERROR("\x80\x02](K\1K\2u.", FEAT_ERR_FORMAT, "an object of the wrong kind");
    PICKLE_ERROR("\x80\x02(K\1K\2u.", FEAT_ERR_FORMAT, "nothing on the stack");
    PICKLE_ERROR("\x80\x02K\1\x87.", FEAT_ERR_FORMAT, "nothing to take");
    PICKLE_ERROR("\x80\x02(K\1\x86.", FEAT_ERR_FORMAT, "a mark inside a tuple");
    PICKLE_ERROR("\x80\x02K\1K\2R.", FEAT_ERR_FORMAT, "a call of something that is no function");
    PICKLE_ERROR("\x80\x02h\5.", FEAT_ERR_FORMAT, "a reference to nothing");
    PICKLE_ERROR("\x80\x02r\0\0\0\0.", FEAT_ERR_FORMAT, "nothing to remember");
    PICKLE_ERROR("\x80\x02}r\xff\xff\xff\x7f.", FEAT_ERR_UNSUPPORTED, "at most 1048576 objects");
    PICKLE_ERROR("\x80\x02\x8a\x09"
                 "123456789.",
                 FEAT_ERR_FORMAT, "more than 64 bits");
    PICKLE_ERROR("\x80\x02K\1.", FEAT_ERR_FORMAT, "a state dict expected");
    PICKLE_ERROR("\x80\x02}K\1K\2s.", FEAT_ERR_FORMAT, "a name expected as key");
    PICKLE_ERROR("\x80\x02}X\5\0\0\0epochK\2s.", FEAT_ERR_FORMAT, "entry 'epoch': a tensor expected");
    PICKLE_ERROR("\x80\x02"
                 "ccollections\nOrderedDict\nK\1\x85R.",
                 FEAT_ERR_FORMAT, "no list");
    PICKLE_ERROR("\x80\x02"
                 "ccollections\nOrderedDict\n](K\1e\x85R.",
                 FEAT_ERR_FORMAT, "no pair");
    PICKLE_ERROR("\x80\x02}q\0X\1\0\0\0ah\0s.", FEAT_ERR_FORMAT,
                 "entry 'a': a tensor expected"); /* contains itself */
    PICKLE_ERROR("\x80\x02}X\1\0\0\0ah\0s.", FEAT_ERR_FORMAT, "a reference to nothing");
    PICKLE_ERROR("\x80\x02}X\1\0\0\0actorch._utils\n_rebuild_tensor_v2\n)Rs.", FEAT_ERR_FORMAT,
                 "tensor 'a': a storage expected");
    PICKLE_ERROR("\x80\x02}X\1\0\0\0actorch._utils\n_rebuild_tensor_v2\n)Q\x85Rs.", FEAT_ERR_FORMAT,
                 "tensor 'a': its storage is described in an unknown way");
    PICKLE_ERROR(
        "\x80\x02}X\1\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\n"
        "X\1\0\0\0kX\3\0\0\0cpuK\1K\2tQtRs.",
        FEAT_ERR_FORMAT, "tensor 'a': a storage that is a view of another one is not supported");
    PICKLE_ERROR(
        "\x80\x02}X\1\0\0\0actorch._utils\n_rebuild_parameter\nctorch._utils\n_rebuild_parameter\n)R\x85Rs.",
        FEAT_ERR_FORMAT, "tensor 'a': made in an unknown way");
    PICKLE_ERROR("\x80\x02}X\1\0\0\0actorch._utils\n_rebuild_parameter\n)Rs.", FEAT_ERR_FORMAT,
                 "entry 'a': a tensor expected"); /* of nothing */
}

static void test_zip_members(void **state)
{
    (void)state;
    static const struct {
        gen_zip_options options;
        feat_status status;
        const char *part;
    } cases[] = {
        {{.bad_crc = 1}, FEAT_ERR_CHECKSUM, "member 'archive/data/1' is damaged: CRC-32"},
        {{.method = 8}, FEAT_ERR_UNSUPPORTED, "member 'archive/data.pkl' is compressed (method 8)"},
        {{.skip = "data/3"}, FEAT_ERR_FORMAT, "tensor 'Stem_1a.bn.running_mean': its member is missing"},
        {{.skip = "data.pkl"}, FEAT_ERR_FORMAT, "a zip archive without a data.pkl"},
        {{.byteorder = "big"}, FEAT_ERR_UNSUPPORTED, "little-endian data expected"},
    };
    gen_fill(&trial.list, &gen_fid, 0, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gen_buf b = {NULL, 0, 0};
        gen_zip(&b, &trial.list, &cases[i].options);
        trial_error(trial_bytes(b.p, b.n), cases[i].status, cases[i].part);
        gen_free(&b);
    }
}

static void test_graphdef_nodes(void **state)
{
    (void)state;
    static const struct {
        gen_pb_options options;
        feat_status status;
        const char *part;
    } cases[] = {
        {{.skip = "mixed/tower/conv/conv2d_params"},
         FEAT_ERR_FORMAT,
         "node 'mixed/tower/conv/conv2d_params' (Const) is missing"},
        {{.skip = "conv/batchnorm"},
         FEAT_ERR_FORMAT,
         "node 'conv/batchnorm' (BatchNormWithGlobalNormalization) is missing"},
        {{.twice = "softmax/biases"}, FEAT_ERR_FORMAT, "node 'softmax/biases': is there twice"},
        {{.extra = "mixed_9/conv/conv2d_params"},
         FEAT_ERR_FORMAT,
         "node 'mixed_9/conv/conv2d_params': does not belong"},
        {{.epsilon = 1e-5f},
         FEAT_ERR_FORMAT,
         "node 'conv/batchnorm': attribute variance_epsilon: 0.001 expected"},
        {{.no_scale_attr = 1}, FEAT_ERR_FORMAT, "scale_after_normalization is missing"},
    };
    gen_fill(&trial.list, &gen_fid, 0, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gen_buf b = {NULL, 0, 0};
        gen_pb(&b, &trial.list, &cases[i].options);
        trial_error(trial_bytes(b.p, b.n), cases[i].status, cases[i].part);
        gen_free(&b);
    }
    gen_buf b = {NULL, 0, 0};
    const gen_pb_options plain = {0};
    gen_tensor *g = gen_find(&trial.list, "Stem_1a.conv.weight");
    g->shape[2] = 9;
    g->shape[3] = 1;
    gen_pb(&b, &trial.list, &plain);
    trial_error(trial_bytes(b.p, b.n), FEAT_ERR_FORMAT,
                "tensor 'conv/conv2d_params': shape 4x3x3x3 expected (in PyTorch's order), 4x3x9x1 found");
    b.n = 0;
    g->rank = 2;
    gen_pb(&b, &trial.list, &plain);
    trial_error(trial_bytes(b.p, b.n), FEAT_ERR_FORMAT,
                "node 'conv/conv2d_params': rank 4 expected, shape 3x4 found");
    gen_free(&b);
}

static void try_tfjs(const gen_tfjs_options *options, feat_status status, const char *part)
{
    gen_buf raw = {NULL, 0, 0};
    gen_tfjs(trial.folder, &trial.list, options, &raw);
    trial_error(trial_path(trial.folder, FEAT_FLOAT32), status, part);
    gen_free(&raw);
    (void)snprintf(trial.in, sizeof trial.in, "%s/%s", trial.folder,
                   options->modules ? "model.min.js" : "model.json");
    assert_int_equal(remove(trial.in), 0);
}

static void test_tfjs_models(void **state)
{
    (void)state;
    static const struct {
        gen_tfjs_options options;
        feat_status status;
        const char *part;
    } cases[] = {
        {{.skip = "conv2d_1/kernel"}, FEAT_ERR_FORMAT, "3 weights named conv2d_N/kernel expected, 2 found"},
        {{.skip = "batch_normalization_2/moving_mean"},
         FEAT_ERR_FORMAT,
         "weight 'batch_normalization_2/moving_mean': is missing"},
        {{.skip = "predictions/bias"}, FEAT_ERR_FORMAT, "weight 'predictions/bias': is missing"},
        {{.extra = "dense_9/kernel"},
         FEAT_ERR_FORMAT,
         "weight 'dense_9/kernel': is there twice or does not belong"},
        {{.extra = "conv2d_2/kernel"}, FEAT_ERR_FORMAT, "weight 'conv2d_2/kernel': is there twice"},
        {{.epsilon = "1e-5"}, FEAT_ERR_FORMAT, "BatchNormalization: epsilon 0.001 expected"},
        {{.dtype = "int8"},
         FEAT_ERR_FORMAT,
         "float32, or float32 quantised to uint8, uint16 or float16, expected"},
        {{.short_by = 1}, FEAT_ERR_FORMAT, "truncated: weight 'predictions/bias': 16 bytes expected at byte"},
        {{.short_by = 2, .modules = 1}, FEAT_ERR_FORMAT, "truncated: weight 'predictions/bias'"},
    };
    gen_fill(&trial.list, &gen_keras, 1, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        try_tfjs(&cases[i].options, cases[i].status, cases[i].part);
    gen_tensor *second = gen_add(&trial.list, "second.weight", 12);
    second->rank = 2;
    second->shape[0] = 3;
    second->shape[1] = 4;
    gen_add(&trial.list, "second.bias", 3);
    const gen_tfjs_options tanh_head = {.two_dense = 1, .activation = "tanh"};
    try_tfjs(&tanh_head, FEAT_ERR_UNSUPPORTED, "dense layer 'dense_7': activation relu expected, tanh found");
    gen_find(&trial.list, "second.weight")->shape[0] = 4;
    gen_find(&trial.list, "second.weight")->shape[1] = 3;
    const gen_tfjs_options broken_chain = {.two_dense = 1};
    try_tfjs(&broken_chain, FEAT_ERR_FORMAT,
             "tensor 'dense_8/kernel': shape 4x4 expected (in PyTorch's order), 4x3 found");
}

static void test_tfjs_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"{\"weightsManifest\":[]}", "no weightsManifest"},
        {"{\"weightsManifest\":3}", "no weightsManifest"},
        {"{\"weightsManifest\":[{\"weights\":[{}]}]}", "a weight without a name"},
        {"{\"weightsManifest\":[{\"weights\":[{\"name\":\"a\"}]}]}", "weight 'a': its shape cannot be read"},
        {"{\"weightsManifest\":[{\"weights\":[{\"name\":\"a\",\"shape\":[1.5]}]}]}",
         "its shape cannot be read"},
        {"{\"weightsManifest\":[{\"weights\":[{\"name\":\"a\",\"shape\":[1e9]}]}]}",
         "its shape cannot be read"},
        {"{\"weightsManifest\":[{\"weights\":[{\"name\":\"a\",\"shape\":[1,1,1,1,1]}]}]}",
         "its shape cannot be read"},
        {"{\"weightsManifest\":[{\"weights\":[{\"name\":\"a\",\"shape\":[65535,65535,65535,65535],\"dtype\":"
         "\"float32\"}]}]}",
         "would exceed 2 GiB"},
        {"{\"weightsManifest\":[{\"weights\":[{\"name\":\"a\",\"shape\":[1],\"dtype\":\"string\"}]}]}",
         "float32"},
        {"{\"weightsManifest\":[{\"paths\":[\"../etc/x\"],\"weights\":[]}]}",
         "a shard's plain file name expected"},
        {"{\"weightsManifest\":[{\"paths\":[\"nosuch\"],\"weights\":[]}]}", "nosuch: cannot open"},
        {"{\"weightsManifest\":[", "JSON"},
        {"{\"weightsManifest\"]", "malformed JSON"},
        {"{\"weightsManifest\":[],\"format\":\"graph-model\"}", "layers-model expected"},
        {"exports='weightsManifest'", "no 'exports = {' found"},
        {"exports={weightsManifest:[", "truncated: the exported object has no end"},
        {"exports\t = \n{name:'it\\'s {[',weightsManifest:[", "truncated: the exported object has no end"},
        {"\xef\xbb\xbf \t\r\n{\"weightsManifest\":3}", "no weightsManifest"}, /* a byte order mark */
        {"{\"weightsManifest\":[{\"weights\":[{\"name\":\"a\",\"shape\":[1],\"dtype\":\"float32\","
         "\"quantization\":{\"dtype\":\"uint8\",\"scale\":\"x\",\"min\":0}}]}]}",
         "quantization needs numbers as scale and min"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        feat_status status = trial_bytes(cases[i].text, strlen(cases[i].text));
        trial_error(status, trial.err.status, cases[i].part);
        assert_int_not_equal(status, FEAT_OK);
    }
}

/* `n` times `what` between a beginning and an end, which is refused with `part`. */
static void try_repeated(const char *start, const char *what, size_t n, const char *end, const char *part)
{
    gen_buf text = {NULL, 0, 0};
    gen_put(&text, start, strlen(start));
    for (size_t i = 0; i < n; i++)
        gen_put(&text, what, strlen(what));
    gen_put(&text, end, strlen(end));
    clock_t begun = clock();
    feat_status status = trial_bytes(text.p, text.n);
    trial_error(status, FEAT_ERR_FORMAT, part);
    /* A part of a second; minutes where each of n is looked for among n. */
    assert_true(clock() - begun < 20 * CLOCKS_PER_SEC);
    gen_free(&text);
}

/* What hostile text says again and again costs time once for each. */
static void test_tfjs_repeated(void **state)
{
    (void)state;
    static const char weight[] = "\"weights\":[{\"name\":\"conv2d/kernel\",\"shape\":[1,1,1,1],"
                                 "\"dtype\":\"float32\"}]}]}";
    char end[256], shard[400];
    (void)snprintf(end, sizeof end, "\"config\":{\"epsilon\":0.001}},\"weightsManifest\":[{%s", weight);
    try_repeated("{\"modelTopology\":{", "\"class_name\":\"BatchNormalization\",", 300000, end,
                 "truncated: weight 'conv2d/kernel'");
    (void)snprintf(end, sizeof end, "\"s\"],%s", weight);
    (void)snprintf(shard, sizeof shard, "%s/s", trial.folder);
    gen_write_file(shard, "12345", 5);
    try_repeated("{\"weightsManifest\":[{\"paths\":[", "\"s\",", 100000, end, "shards of 4 bytes expected, 5 found");
    assert_int_equal(remove(shard), 0);
    try_repeated("{\"weightsManifest\":[],a\"b:", "[", 100000, "", "more than 64 brackets inside each other");
    try_repeated("{\"weightsManifest\":[],\"a{[{[\\\"[[\":[", "[],{},", 1000, "1]}", "no weightsManifest");
}

static void test_other_files(void **state)
{
    (void)state;
    trial_error(trial_bytes("", 0), FEAT_ERR_FORMAT, "this is an empty file");
    trial_error(trial_bytes("hello", 5), FEAT_ERR_FORMAT, "this is an unknown kind of file");
    trial_error(trial_bytes("\n<!DOCTYPE html><html>", 22), FEAT_ERR_FORMAT, "no weights but an HTML page: ");
    trial_error(trial_bytes("version https://git-lfs.github.com/spec/v1\n", 43), FEAT_ERR_FORMAT, "git lfs pull");
    trial_error(trial_bytes("\x89HDF\r\n\x1a\n", 8), FEAT_ERR_UNSUPPORTED, "a Keras HDF5 file");
    trial_error(trial_bytes("\x1f\x8b\x08", 3), FEAT_ERR_UNSUPPORTED, "a gzip archive");
    trial_error(trial_bytes("\x89IV3\r\n\x1a\n", 8), FEAT_ERR_UNSUPPORTED, "a flat weight file already");
    trial_error(trial_bytes("\x80\x02\x8a\x0a\x6c", 5), FEAT_ERR_FORMAT, "a truncated PyTorch file");
    assert_int_equal(remove(trial.in), 0);
    trial_error(trial_path(trial.in, FEAT_FLOAT32), FEAT_ERR_IO, "cannot open");
    trial_error(trial_path(trial.folder, FEAT_FLOAT32), FEAT_ERR_FORMAT,
                "model.json or model.min.js expected, neither found");
    const feat_convert_options no_type = {trial.in, trial.out, (feat_dtype)7, NULL};
    assert_int_equal(feat_convert(&no_type, NULL, NULL), FEAT_ERR_ARG);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_torch_shapes), CASE(test_torch_strides),    CASE(test_torch_names),
        CASE(test_torch_types),  CASE(test_float16_overflow), CASE(test_pickles),
        CASE(test_safetensors),  CASE(test_safetensors_places),
        CASE(test_zip_members),  CASE(test_graphdef_nodes),   CASE(test_tfjs_models),
        CASE(test_tfjs_texts), CASE(test_tfjs_repeated),   CASE(test_other_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
