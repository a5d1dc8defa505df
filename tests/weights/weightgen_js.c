/* The TensorFlow.js half of weightgen: a model description and two shards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/half.h"
#include "tests/weights/weightgen.h"

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

typedef struct js_state {
    const gen_list *list;
    const gen_tfjs_options *o;
    gen_buf *raw;
    gen_buf topology, manifest;
} js_state;

static void put_format(gen_buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put_format(gen_buf *b, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < sizeof text);
    gen_put(b, text, (size_t)n);
}

static void put_value(js_state *s, float value, size_t index)
{
    const char *dtype = s->o->dtype;
    uint16_t half = feat_half_round(value), q = (uint16_t)(index * 97);
    if (dtype == NULL)
        gen_put(s->raw, &value, 4);
    else if (strcmp(dtype, "float16") == 0)
        gen_put(s->raw, &half, 2);
    else /* quantised: any bytes will do, the test does the sum itself */
        gen_put(s->raw, &q, strcmp(dtype, "uint8") == 0 ? 1 : 2);
}

/* Values of g in TensorFlow's order: the list is strided, so that is the order of its storage. */
static void js_weight(js_state *s, const char *name, const gen_tensor *g)
{
    static const size_t conv[4] = {2, 3, 1, 0}, dense[4] = {1, 0}, plain[4] = {0};
    const size_t *order = g->rank == 4 ? conv : g->rank == 2 ? dense : plain;
    if (s->o->skip != NULL && strcmp(s->o->skip, name) == 0)
        return;
    put_format(&s->manifest, "%s{\"name\":\"%s\",\"shape\":[", s->manifest.n == 0 ? "" : ",", name);
    for (size_t i = 0; i < g->rank; i++)
        put_format(&s->manifest, "%s%d", i == 0 ? "" : ",", (int)g->shape[order[i]]);
    put_format(&s->manifest, "],\"dtype\":\"float32\"");
    if (s->o->dtype != NULL)
        put_format(&s->manifest, ",\"quantization\":{\"min\":%s,\"scale\":%s,\"dtype\":\"%s\"}",
                   TEXT(GEN_MIN), TEXT(GEN_SCALE), s->o->dtype);
    put_format(&s->manifest, "}");
    for (size_t i = 0; i < (size_t)g->numel; i++) {
        float value;
        memcpy(&value, g->data + 4 * i, 4);
        put_value(s, value, i);
    }
}

static void layer_name(char text[64], const char *stem, int number)
{
    if (number == 0)
        (void)snprintf(text, 64, "%s", stem);
    else
        (void)snprintf(text, 64, "%s_%d", stem, number);
}

static const gen_tensor *find(const gen_list *list, const char *prefix, const char *suffix)
{
    char name[96];
    (void)snprintf(name, sizeof name, "%s.%s", prefix, suffix);
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->t[i].name, name) == 0)
            return &list->t[i];
    }
    fail_msg("no tensor %s", name);
    return NULL;
}

static void js_conv(js_state *s, size_t index)
{
    static const char *const parts[][2] = {{"bn.weight", "gamma"},
                                           {"bn.bias", "beta"},
                                           {"bn.running_mean", "moving_mean"},
                                           {"bn.running_var", "moving_variance"}};
    const char *torch = gen_layers[index].ours;
    char layer[64], name[96];
    layer_name(layer, "conv2d", s->o->first + (int)index);
    put_format(&s->topology, "{\"class_name\":\"Conv2D\",\"config\":{\"name\":\"%s\",\"use_bias\":false}},",
               layer);
    (void)snprintf(name, sizeof name, "%s/kernel", layer);
    js_weight(s, name, find(s->list, torch, "conv.weight"));
    layer_name(layer, "batch_normalization", s->o->first + (int)index);
    put_format(&s->topology,
               "{\"class_name\":\"BatchNormalization\",\"config\":{\"name\":\"%s\",\"epsilon\":%s}},", layer,
               s->o->epsilon != NULL ? s->o->epsilon : "0.001");
    for (size_t k = s->o->no_gamma ? 1 : 0; k < 4; k++) {
        (void)snprintf(name, sizeof name, "%s/%s", layer, parts[k][1]);
        js_weight(s, name, find(s->list, torch, parts[k][0]));
    }
}

static void js_dense(js_state *s, const char *layer, const char *activation, const gen_tensor *weight,
                     const gen_tensor *bias)
{
    char name[96];
    put_format(
        &s->topology,
        "{\"class_name\":\"Dense\",\"config\":{\"name\":\"%s\",\"activation\":\"%s\",\"use_bias\":true}},",
        layer, activation);
    (void)snprintf(name, sizeof name, "%s/kernel", layer);
    js_weight(s, name, weight);
    (void)snprintf(name, sizeof name, "%s/bias", layer);
    js_weight(s, name, bias);
}

static void js_head(js_state *s)
{
    if (!s->o->two_dense) {
        js_dense(s, "predictions", "softmax", find(s->list, "fc", "weight"), find(s->list, "fc", "bias"));
        return;
    }
    const gen_tensor *first = find(s->list, "fc", "weight"), *second = find(s->list, "second", "weight");
    const char *activation = s->o->activation != NULL ? s->o->activation : "relu";
    js_dense(s, "dense_7", activation, first, find(s->list, "fc", "bias"));
    js_dense(s, "dense_8", "softmax", second, find(s->list, "second", "bias"));
}

static void base64(gen_buf *b, const unsigned char *p, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        uint32_t bits = (uint32_t)p[i] << 16;
        bits |= i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0;
        bits |= i + 2 < n ? p[i + 2] : 0;
        put_format(b, "%c%c%c%c", digits[bits >> 18], digits[bits >> 12 & 63],
                   i + 1 < n ? digits[bits >> 6 & 63] : '=', i + 2 < n ? digits[bits & 63] : '=');
    }
}

static void js_shard(const char *folder, const char *name, int module, const unsigned char *p, size_t n)
{
    char path[400];
    gen_buf text = {NULL, 0, 0};
    (void)snprintf(path, sizeof path, "%s/%s%s", folder, name, module ? ".min.js" : "");
    if (!module) {
        gen_write_file(path, p, n);
        return;
    }
    put_format(
        &text,
        "!function(d){if(\"object\"==typeof exports)module.exports=d()}({1:[function(d,h,Z){h.exports=\"");
    base64(&text, p, n);
    put_format(&text, "\"},{}]},{},[1])(1)});");
    gen_write_file(path, text.p, text.n);
    gen_free(&text);
}

/* Keys without quotes and booleans as minifiers write them. */
static void minify(gen_buf *to, const gen_buf *from)
{
    for (size_t i = 0; i < from->n; i++) {
        size_t end = i + 1;
        while (from->p[i] == '"' && end < from->n && from->p[end] != '"')
            end++;
        if (from->p[i] == '"') {
            int is_key = end + 1 < from->n && from->p[end + 1] == ':';
            gen_put(to, from->p + i + is_key, end - i + 1 - 2 * (size_t)is_key);
            i = end;
        } else if (from->n - i > 5 && memcmp(from->p + i, "false", 5) == 0) {
            gen_put(to, "!1", 2);
            i += 4;
        } else if (from->n - i > 4 && memcmp(from->p + i, "true", 4) == 0) {
            gen_put(to, "!0", 2);
            i += 3;
        } else {
            gen_put(to, from->p + i, 1);
        }
    }
}

static void js_model(const char *folder, const js_state *s)
{
    char path[400];
    gen_buf text = {NULL, 0, 0}, module = {NULL, 0, 0};
    put_format(&text, "{\"modelTopology\":{\"keras_version\":\"2.2.4\",\"model_config\":{\"class_name\":"
                      "\"Model\",\"config\":{"
                      "\"layers\":[");
    gen_put(&text, s->topology.p, s->topology.n - 1); /* without the last comma */
    put_format(
        &text,
        "]}}},\"weightsManifest\":[{\"paths\":[\"group1-shard1of2\",\"group1-shard2of2\"],\"weights\":[");
    gen_put(&text, s->manifest.p, s->manifest.n);
    put_format(&text, "]}]}");
    (void)snprintf(path, sizeof path, "%s/%s", folder, s->o->modules ? "model.min.js" : "model.json");
    if (!s->o->modules) {
        gen_write_file(path, text.p, text.n);
    } else {
        put_format(
            &module,
            "!function(a){module.exports=a()}(function(){throw new Error(\"no '{\")},{1:[function(a,n,i)"
            "{n.exports=");
        minify(&module, &text);
        put_format(&module, "},{}]},{},[1])(1)});");
        gen_write_file(path, module.p, module.n);
    }
    gen_free(&text);
    gen_free(&module);
}

void gen_tfjs(const char *folder, const gen_list *list, const gen_tfjs_options *o, gen_buf *raw)
{
    js_state s = {list, o, raw, {NULL, 0, 0}, {NULL, 0, 0}};
    raw->n = 0;
    for (size_t i = GEN_CONVS; i-- > 0;)
        js_conv(&s, i);
    js_head(&s);
    if (o->extra != NULL) {
        static unsigned char zero[4];
        gen_tensor one = {.rank = 1, .shape = {1}, .numel = 1, .data = zero, .data_bytes = 4};
        js_weight(&s, o->extra, &one);
    }
    size_t half = raw->n / 2 + 1, end = raw->n - (size_t)o->short_by;
    js_shard(folder, "group1-shard1of2", o->modules, raw->p, half);
    js_shard(folder, "group1-shard2of2", o->modules, raw->p + half, end - half);
    js_model(folder, &s);
    gen_free(&s.topology);
    gen_free(&s.manifest);
}
