/* The 2048 features of a picture, with the installed libraries:
 *
 *     cc features_of_pixels.c $(pkg-config --cflags --libs iv3) -o features_of_pixels
 *     ./features_of_pixels inception.iv3 picture.ppm > picture.f32
 *
 * Weights "synth:SEED" are synthetic ones; the picture is a binary PPM (P6, 8 bits). Writes floats, 8 KiB. */
#include <engine/iv3.h>
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

static iv3_status open_weights(iv3_weights **weights, const char *name, iv3_error *err)
{
    if (strncmp(name, "synth:", 6) == 0)
        return iv3_weights_synth(weights, strtoull(name + 6, NULL, 10), IV3_VARIANT_FID, err);
    return iv3_weights_open(weights, name, err);
}

int main(int argc, char **argv)
{
    iv3_error err = {IV3_OK, "usage: features_of_pixels WEIGHTS PICTURE.ppm"};
    iv3_weights *weights = NULL;
    iv3_model *model = NULL;
    iv3_session *session = NULL;
    float features[IV3_FEATURE_DIM], *input = malloc(IV3_INPUT_FLOATS * sizeof *input);
    iv3_output out = {IV3_TAP_2048, features, IV3_FEATURE_DIM};
    size_t h = 0, w = 0;
    uint8_t *rgb = argc == 3 ? read_ppm(argv[2], &h, &w) : NULL;
    iv3_status status = input != NULL && rgb != NULL ? IV3_OK : IV3_ERR_ARG;
    if (status == IV3_OK)
        status = open_weights(&weights, argv[1], &err);
    if (status == IV3_OK)
        status = iv3_model_create(&model, weights, NULL, &err);
    if (status == IV3_OK)
        status = iv3_session_create(&session, model, NULL, &err);
    if (status == IV3_OK)
        status = iv3_preprocess(input, rgb, h, w, iv3_preset_find("tf1"), NULL, &err);
    if (status == IV3_OK)
        status = iv3_session_run(session, input, 1, &out, 1);
    iv3_session_close(&session);
    iv3_model_close(&model);
    iv3_weights_close(&weights);
    free(rgb);
    free(input);
    if (status == IV3_OK && fwrite(features, sizeof features, 1, stdout) == 1)
        return 0;
    fprintf(stderr, "%s: %s\n", iv3_status_name(status), err.message);
    return 1;
}
