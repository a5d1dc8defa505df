/* Writes seeds for the corpus that need the tests' own writers: weight files of a tiny network.
 *
 *   gen_seeds FOLDER */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/flat/flat.h"
#include "tests/weights/weightgen.h"
#include "tools/features/cache.h"

static const char *folder;

static const char *in_folder(const char *name)
{
    static char path[600];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_buf(const char *name, const gen_buf *b)
{
    gen_write_file(in_folder(name), b->p, b->n);
}

static void flat(const char *name, feat_dtype dtype, const feat_net *net)
{
    feat_weights *w = NULL;
    feat_error err = {FEAT_OK, ""};
    if (feat_weights_synth(&w, 1, net, &err) != FEAT_OK ||
        feat_weights_save(w, in_folder(name), dtype, &err) != FEAT_OK)
        fprintf(stderr, "%s\n", err.message);
    feat_weights_close(&w);
}

static void containers(void)
{
    static gen_list list;
    gen_buf b = {NULL, 0, 0};
    const gen_zip_options plain = {0}, wide = {.zip64 = 1};
    const gen_pb_options content = {.values = 0}, packed = {.values = 1}, single = {.values = 2};
    gen_fill(&list, &gen_fid, 1, 0);
    gen_legacy(&b, &list);
    write_buf("torch-legacy", &b);
    b.n = 0;
    gen_zip(&b, &list, &plain);
    write_buf("torch-zip", &b);
    b.n = 0;
    gen_zip(&b, &list, &wide);
    write_buf("torch-zip64", &b);
    gen_clear(&list);
    gen_fill(&list, &gen_torchvision, 0, 1);
    b.n = 0;
    gen_zip(&b, &list, &plain);
    write_buf("torch-half", &b);
    gen_buf modules = {NULL, 0, 0};
    gen_modules(&modules, &list);
    const gen_zip_options script = {.pickle = &modules};
    b.n = 0;
    gen_zip(&b, &list, &script);
    write_buf("torch-script", &b);
    gen_free(&modules);
    gen_clear(&list);
    gen_fill(&list, &gen_fid, 0, 0);
    const gen_safetensors_options whole = {0}, rounded = {.bfloat16 = 1};
    b.n = 0;
    gen_safetensors(&b, &list, &whole);
    write_buf("safetensors-float32", &b);
    b.n = 0;
    gen_safetensors(&b, &list, &rounded);
    write_buf("safetensors-bfloat16", &b);
    const gen_pb_options *options[3] = {&content, &packed, &single};
    for (int i = 0; i < 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "graphdef-%d", i);
        b.n = 0;
        gen_pb(&b, &list, options[i]);
        write_buf(name, &b);
    }
    gen_clear(&list);
    gen_free(&b);
}

/* As the weights of VGG-16 come, and those that StyleGAN's metrics have. */
static void more_containers(void)
{
    static gen_list list;
    gen_buf b = {NULL, 0, 0}, modules = {NULL, 0, 0};
    const gen_zip_options plain = {0}, script = {.pickle = &modules};
    const gen_safetensors_options whole = {0};
    for (int vgg = 0; vgg < 2; vgg++) {
        const feat_net *net = vgg ? &gen_vgg : &gen_fid;
        b.n = modules.n = 0;
        gen_fill(&list, net, 0, 0);
        gen_as_stylegan(&list, net);
        gen_modules(&modules, &list);
        gen_zip(&b, &list, &script);
        write_buf(vgg ? "torch-script-vgg" : "torch-script-stylegan", &b);
        gen_clear(&list);
    }
    gen_fill(&list, &gen_vgg, 0, 1);
    b.n = 0;
    gen_zip(&b, &list, &plain);
    write_buf("torch-zip-vgg", &b);
    b.n = 0;
    gen_safetensors(&b, &list, &whole);
    write_buf("safetensors-vgg", &b);
    gen_as_timm(&list);
    b.n = 0;
    gen_safetensors(&b, &list, &whole);
    write_buf("safetensors-timm", &b);
    gen_clear(&list);
    gen_free(&b);
    gen_free(&modules);
}

/* As CLIP comes from OpenAI and from transformers, and DINOv2 with registers from timm. */
static void transformers(void)
{
    static gen_list list;
    gen_buf b = {NULL, 0, 0}, modules = {NULL, 0, 0};
    const gen_zip_options script = {.pickle = &modules};
    const gen_safetensors_options whole = {0};
    gen_fill(&list, &gen_clip, 0, 0);
    gen_round_half(&list, &gen_clip, 1);
    gen_as_published(&list);
    gen_modules(&modules, &list);
    gen_zip(&b, &list, &script);
    write_buf("torch-script-clip", &b);
    gen_clear(&list);
    gen_fill(&list, &gen_clip, 0, 0);
    gen_round_half(&list, &gen_clip, 0);
    gen_as_vit(&list, &feat_names_clip_transformers);
    b.n = 0;
    gen_safetensors(&b, &list, &whole);
    write_buf("safetensors-clip", &b);
    gen_clear(&list);
    gen_fill(&list, &gen_dino_reg, 0, 0);
    gen_as_vit(&list, &feat_names_dinov2_timm_reg);
    b.n = 0;
    gen_safetensors(&b, &list, &whole);
    write_buf("safetensors-dino-reg", &b);
    gen_clear(&list);
    gen_free(&b);
    gen_free(&modules);
}

static void tfjs(const char *name, int modules, const char *dtype)
{
    static const char line[] = "\n=====\n";
    static const char *const files[2][3] = {{"model.json", "group1-shard1of2", "group1-shard2of2"},
                                            {"model.min.js", "group1-shard1of2.min.js", "group1-shard2of2.min.js"}};
    static gen_list list;
    gen_buf raw = {NULL, 0, 0}, all = {NULL, 0, 0}, one = {NULL, 0, 0};
    const gen_tfjs_options options = {.modules = modules, .dtype = dtype};
    gen_fill(&list, &gen_keras, 1, 0);
    gen_tfjs(folder, &list, &options, &raw);
    gen_put(&all, modules ? "M" : "J", 1);
    for (int i = 0; i < 3; i++) {
        one.n = 0;
        gen_read_file(in_folder(files[modules][i]), &one);
        gen_put(&all, one.p, one.n);
        if (i < 2)
            gen_put(&all, line, sizeof line - 1);
        (void)remove(in_folder(files[modules][i]));
    }
    write_buf(name, &all);
    gen_clear(&list);
    gen_free(&raw);
    gen_free(&all);
    gen_free(&one);
}

static void cache(void)
{
    bf_cache *c = NULL;
    feat_error err = {FEAT_OK, ""};
    const float row[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const bf_cache_image image = {.w = 3, .h = 4};
    unsigned char key[32];
    if (bf_cache_open(&c, in_folder("cache"), NULL, &err) != FEAT_OK)
        return;
    for (unsigned char i = 0; i < 3; i++) {
        memset(key, i + 1, sizeof key);
        if (bf_cache_add(c, key, 4u + i, row, &image, &err) != FEAT_OK)
            fprintf(stderr, "%s\n", err.message);
    }
    bf_cache_close(&c);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    folder = argv[1];
    flat("flat-float32", FEAT_FLOAT32, &gen_fid);
    flat("flat-float16", FEAT_FLOAT16, &gen_torchvision);
    flat("flat-keras", FEAT_FLOAT32, &gen_keras);
    flat("flat-vgg", FEAT_FLOAT32, &gen_vgg);
    flat("flat-vgg-float16", FEAT_FLOAT16, &gen_vgg);
    containers();
    more_containers();
    transformers();
    tfjs("tfjs-json", 0, NULL);
    tfjs("tfjs-uint8", 0, "uint8");
    tfjs("tfjs-module", 1, "float16");
    cache();
    return feat_alloc_live() != 0;
}
