/* The 2048 features of a picture, with the installed libraries:
 *
 *     cc features_of_pixels.c $(pkg-config --cflags --libs feat) -o features_of_pixels
 *     ./features_of_pixels inception.iv3 picture.ppm > picture.f32
 *
 * Weights "synth:SEED" are synthetic ones; the picture is a binary PPM (P6, 8 bits). Writes floats, 8 KiB. */
#include <engine/feat.h>
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
    float features[FEAT_FEATURE_DIM], *input = malloc(FEAT_INPUT_FLOATS * sizeof *input);
    feat_output out = {FEAT_TAP_2048, features, FEAT_FEATURE_DIM};
    size_t h = 0, w = 0;
    uint8_t *rgb = argc == 3 ? read_ppm(argv[2], &h, &w) : NULL;
    feat_status status = input != NULL && rgb != NULL ? FEAT_OK : FEAT_ERR_ARG;
    if (status == FEAT_OK)
        status = open_weights(&weights, argv[1], &err);
    if (status == FEAT_OK)
        status = feat_model_create(&model, weights, NULL, &err);
    if (status == FEAT_OK)
        status = feat_session_create(&session, model, NULL, &err);
    if (status == FEAT_OK)
        status = feat_preprocess(input, feat_weights_net(weights), rgb, h, w, feat_preset_find("tf1"), NULL, &err);
    if (status == FEAT_OK)
        status = feat_session_run(session, input, 1, &out, 1);
    feat_session_close(&session);
    feat_model_close(&model);
    feat_weights_close(&weights);
    free(rgb);
    free(input);
    if (status == FEAT_OK && fwrite(features, sizeof features, 1, stdout) == 1)
        return 0;
    fprintf(stderr, "%s: %s\n", feat_status_name(status), err.message);
    return 1;
}
