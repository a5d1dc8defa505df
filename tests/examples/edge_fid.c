/* What a device with a camera does, with the installed libraries: weights that lie in memory, frames as a driver hands
 * them out (BGR, rows with gaps), moments that are kept in a file from one run to the next, and their FID.
 *
 *     cc edge_fid.c $(pkg-config --cflags --libs gmet) -o edge_fid
 *     ./edge_fid add inception.iv3 64 48 256 good.bgr good.moments      adds frames to the moments in the file
 *     ./edge_fid fid inception.iv3 64 48 256 today.bgr good.moments     prints the FID of other frames against them
 *
 * A frame of 64 x 48 pixels has 48 rows of 256 bytes here, of which the first 192 are its pixels. A last word names
 * another tap, such as 64. What it will take is said before it starts; Ctrl-C ends it between two steps of the network,
 * and the file is as it was. */
#include <bonafide/feat.h>
#include <bonafide/gmet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t interrupted; /* an int, as feat_stop_flag wants it */

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

/* Everything that lives as long as the program. */
typedef struct device {
    void *flash; /* the weight file's bytes: here read from a file, elsewhere mapped or linked in */
    size_t flash_bytes;
    feat_weights *weights;
    feat_model *model;
    feat_session *session;
    feat_tap tap;
    size_t dim;
    float *input, *features;
    feat_picture frame;
    uint8_t *rows;
} device;

static feat_status refuse(feat_error *err, const char *what, const char *path)
{
    err->status = FEAT_ERR_IO;
    snprintf(err->message, sizeof err->message, "%s: %s", path, what);
    return FEAT_ERR_IO;
}

/* 64-byte aligned, as flash and pages are: then nothing of the weights is copied that need not be. */
static feat_status read_flash(device *d, const char *path, feat_error *err)
{
    FILE *in = fopen(path, "rb");
    long n = -1;
    if (in != NULL && fseek(in, 0, SEEK_END) == 0)
        n = ftell(in);
    if (n > 0) {
        d->flash_bytes = (size_t)n;
        d->flash = aligned_alloc(64, (d->flash_bytes + 63) / 64 * 64);
        rewind(in);
    }
    if (d->flash == NULL || fread(d->flash, 1, d->flash_bytes, in) != d->flash_bytes) {
        if (in != NULL)
            fclose(in);
        return refuse(err, "cannot be read", path);
    }
    fclose(in);
    return FEAT_OK;
}

static feat_status say_memory(device *d, feat_error *err)
{
    feat_model_memory memory;
    feat_status status = feat_model_bytes(&memory, d->weights, NULL, err);
    if (status == FEAT_OK)
        fprintf(stderr, "the network takes %zu KiB, and %zu KiB of the weights where they lie\n", memory.peak >> 10,
                memory.in_place >> 10);
    return status;
}

static feat_status start(device *d, char **argv, const char *tap, feat_error *err)
{
    feat_status status = read_flash(d, argv[2], err);
    if (status == FEAT_OK)
        status = feat_weights_from_memory(&d->weights, d->flash, d->flash_bytes, "the weights in flash", err);
    if (status == FEAT_OK)
        status = say_memory(d, err);
    if (status == FEAT_OK)
        status = feat_model_create(&d->model, d->weights, NULL, err);
    if (status == FEAT_OK)
        status = feat_session_create(&d->session, d->model, NULL, err);
    if (status != FEAT_OK)
        return status;
    const feat_net *net = feat_model_net(d->model);
    d->tap = tap != NULL ? feat_net_find_tap(net, tap) : feat_net_tap(net, FEAT_ROLE_FEATURES);
    d->dim = feat_tap_dim(d->model, d->tap);
    d->frame.w = strtoul(argv[3], NULL, 10);
    d->frame.h = strtoul(argv[4], NULL, 10);
    d->frame.stride = (ptrdiff_t)strtoul(argv[5], NULL, 10);
    d->frame.order = FEAT_ORDER_BGR;
    if (d->dim == 0 || d->frame.h == 0 || d->frame.h > 4096 || d->frame.stride < 1 || d->frame.stride > 65536)
        return refuse(err, "no such tap or size of a frame", argv[2]);
    d->rows = malloc(d->frame.h * (size_t)d->frame.stride);
    d->frame.data = d->rows;
    d->input = malloc(feat_net_input_floats(net) * sizeof *d->input);
    d->features = malloc(d->dim * sizeof *d->features);
    return d->rows != NULL && d->input != NULL && d->features != NULL ? FEAT_OK : refuse(err, "no memory", argv[2]);
}

/* One frame after the other: nothing grows with their number. */
static feat_status add_frames(device *d, gmet_moments *moments, const char *path, feat_error *err)
{
    FILE *in = fopen(path, "rb");
    feat_status status = in != NULL ? FEAT_OK : refuse(err, "cannot be read", path);
    const feat_preset *preset = feat_preset_find("tf1");
    const feat_output out = {d->tap, d->features, d->dim};
    feat_run_options options;
    feat_run_options_init(&options, sizeof options);
    options.stop = feat_stop_flag;
    options.stop_ctx = (void *)&interrupted;
    while (status == FEAT_OK && fread(d->rows, (size_t)d->frame.stride, d->frame.h, in) == d->frame.h) {
        status = feat_preprocess(d->input, feat_model_net(d->model), &d->frame, preset, NULL, err);
        if (status == FEAT_OK)
            status = feat_session_run(d->session, d->input, 1, &out, 1, &options, err);
        if (status == FEAT_OK)
            status = gmet_moments_add(moments, d->features, 1, d->dim, err);
    }
    if (in != NULL)
        fclose(in);
    return status;
}

static void stop(device *d)
{
    feat_session_close(&d->session);
    feat_model_close(&d->model);
    feat_weights_close(&d->weights);
    free(d->flash); /* after the weights and the model: it may be read in place */
    free(d->features);
    free(d->input);
    free(d->rows);
}

static feat_status add(device *d, const char *frames, const char *path, feat_error *err)
{
    gmet_moments *kept = NULL;
    FILE *there = fopen(path, "rb");
    feat_status status;
    if (there != NULL) {
        fclose(there);
        status = gmet_moments_load(&kept, path, NULL, err);
    } else
        status = gmet_moments_create(&kept, d->dim, NULL, err);
    if (status == FEAT_OK)
        status = add_frames(d, kept, frames, err);
    if (status == FEAT_OK)
        status = gmet_moments_save(kept, path, err);
    gmet_moments_close(&kept);
    return status;
}

static feat_status compare(device *d, const char *frames, const char *path, feat_error *err)
{
    gmet_moments *kept = NULL, *seen = NULL;
    gmet_fid_result fid;
    feat_status status = gmet_moments_load(&kept, path, NULL, err);
    if (status == FEAT_OK)
        status = gmet_moments_create(&seen, d->dim, NULL, err);
    if (status == FEAT_OK)
        status = add_frames(d, seen, frames, err);
    if (status == FEAT_OK)
        status = gmet_fid_from_moments(&fid, kept, seen, NULL, err);
    if (status == FEAT_OK)
        printf("%.17g\n", fid.value);
    gmet_moments_close(&seen);
    gmet_moments_close(&kept);
    return status;
}

int main(int argc, char **argv)
{
    device d = {0};
    feat_error err = {FEAT_OK, ""};
    if (argc < 8 || argc > 9 || (strcmp(argv[1], "add") != 0 && strcmp(argv[1], "fid") != 0)) {
        fprintf(stderr, "usage: edge_fid add|fid WEIGHTS.iv3 WIDTH HEIGHT STRIDE FRAMES.bgr MOMENTS [TAP]\n");
        return 2;
    }
    signal(SIGINT, on_signal);
    feat_status status = start(&d, argv, argc == 9 ? argv[8] : NULL, &err);
    if (status == FEAT_OK)
        status = strcmp(argv[1], "add") == 0 ? add(&d, argv[6], argv[7], &err) : compare(&d, argv[6], argv[7], &err);
    stop(&d);
    if (status != FEAT_OK)
        fprintf(stderr, "%s: %s\n", feat_status_name(status), err.message);
    return status == FEAT_OK ? 0 : 1;
}
