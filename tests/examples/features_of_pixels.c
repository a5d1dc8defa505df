/* The features of a picture, with the installed libraries:
 *
 *     cc features_of_pixels.c $(pkg-config --cflags --libs feat) -o features_of_pixels
 *     ./features_of_pixels inception.iv3 picture.ppm > picture.f32
 *
 * Weights "synth:SEED" are synthetic ones; the picture is a binary PPM (P6, 8 bits). Writes floats: 2048 of
 * Inception-v3, 4096 with a file of VGG-16. */
#include <bonafide/feat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t *read_ppm(const char *path, size_t *h, size_t *w)
{
    uint8_t *rgb = NULL;
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        return NULL;
    if (fscanf(in, "P6 %zu %zu 255", w, h) == 2 && fgetc(in) != EOF)
        rgb = malloc(*h * *w * 3);
    if (rgb != NULL && fread(rgb, *w * 3, *h, in) != *h) {
        free(rgb);
        rgb = NULL;
    }
    fclose(in);
    return rgb;
}

static feat_status open_weights(feat_weights **weights, const char *name, feat_error *err)
{
    if (strncmp(name, "synth:", 6) == 0)
        return feat_weights_synth(weights, strtoull(name + 6, NULL, 10), feat_net_at(0), err);
    return feat_weights_open(weights, name, err);
}

int main(int argc, char **argv)
{
    feat_error err = {FEAT_OK, "usage: features_of_pixels WEIGHTS PICTURE.ppm"};
    feat_weights *weights = NULL;
    feat_model *model = NULL;
    feat_session *session = NULL;
    const feat_net *net = NULL;
    float *features = NULL, *input = NULL;
    feat_output out = {0};
    size_t h = 0, w = 0;
    uint8_t *rgb = argc == 3 ? read_ppm(argv[2], &h, &w) : NULL;
    const feat_picture picture = {.data = rgb, .h = h, .w = w, .order = FEAT_ORDER_RGB};
    feat_status status = rgb != NULL ? FEAT_OK : FEAT_ERR_ARG;
    if (status == FEAT_OK)
        status = open_weights(&weights, argv[1], &err);
    if (status == FEAT_OK)
        status = feat_model_create(&model, weights, NULL, &err);
    if (status == FEAT_OK)
        status = feat_session_create(&session, model, NULL, &err);
    if (status == FEAT_OK) {
        net = feat_model_net(model);
        out.tap = feat_net_tap(net, FEAT_ROLE_FEATURES);
        out.stride = feat_tap_dim(model, out.tap);
        out.data = features = malloc(out.stride * sizeof *features);
        input = malloc(feat_net_input_floats(net) * sizeof *input);
        if (features == NULL || input == NULL)
            status = FEAT_ERR_NOMEM;
    }
    if (status == FEAT_OK)
        status = feat_preprocess(input, net, &picture, feat_preset_find("tf1"), NULL, &err);
    if (status == FEAT_OK)
        status = feat_session_run(session, input, 1, &out, 1, NULL, &err);
    feat_session_close(&session);
    feat_model_close(&model);
    feat_weights_close(&weights);
    free(rgb);
    free(input);
    int written = status == FEAT_OK && fwrite(features, sizeof *features, out.stride, stdout) == out.stride;
    free(features);
    if (written)
        return 0;
    fprintf(stderr, "%s: %s\n", feat_status_name(status), err.message);
    return 1;
}
