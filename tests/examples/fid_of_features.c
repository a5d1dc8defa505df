/* FID of the features of two folders, with the installed libraries:
 *
 *     bonafide features photos/ -o photos.npy
 *     bonafide features samples/ -o samples.npy
 *     cc fid_of_features.c $(pkg-config --cflags --libs gmet) -o fid_of_features
 *     ./fid_of_features photos.npy samples.npy */
#include <bonafide/gmet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The rows of a version 1 .npy file of little-endian floats; the caller frees them. NULL if it is something else. */
static float *read_npy(const char *path, size_t *n, size_t *d)
{
    unsigned char start[10];
    char header[65536];
    float *rows = NULL;
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        return NULL;
    if (fread(start, 1, 10, in) == 10 && memcmp(start, "\x93NUMPY\x01", 7) == 0) {
        size_t length = start[8] + 256u * start[9];
        const char *shape = NULL;
        int end = 0;
        if (length > 0 && fread(header, 1, length, in) == length) {
            header[length - 1] = 0;
            if (strstr(header, "'<f4'") != NULL && strstr(header, "'fortran_order': False") != NULL)
                shape = strstr(header, "'shape': (");
        }
        if (shape != NULL && sscanf(shape, "'shape': (%zu, %zu)%n", n, d, &end) == 2 && end > 0 && *n > 0 && *d > 0 &&
            *n <= SIZE_MAX / sizeof *rows / *d)
            rows = malloc(*n * *d * sizeof *rows);
        if (rows != NULL && fread(rows, *d * sizeof *rows, *n, in) != *n) {
            free(rows);
            rows = NULL;
        }
    }
    fclose(in);
    return rows;
}

int main(int argc, char **argv)
{
    gmet_moments *side[2] = {NULL, NULL};
    gmet_fid_result fid;
    feat_error err = {FEAT_OK, "usage: fid_of_features A.npy B.npy"};
    feat_status status = argc == 3 ? FEAT_OK : FEAT_ERR_ARG;
    for (int i = 0; i < 2 && status == FEAT_OK; i++) {
        size_t n, d;
        float *rows = read_npy(argv[i + 1], &n, &d);
        if (rows == NULL) {
            fprintf(stderr, "%s: expected an .npy file of float32 [n][d]\n", argv[i + 1]);
            gmet_moments_close(&side[0]);
            return 1;
        }
        status = gmet_moments_create(&side[i], d, NULL, &err);
        if (status == FEAT_OK)
            status = gmet_moments_add(side[i], rows, n, d, &err);
        free(rows);
    }
    if (status == FEAT_OK)
        status = gmet_fid_from_moments(&fid, side[0], side[1], NULL, &err);
    if (status == FEAT_OK)
        printf("%.17g\n", fid.value);
    else
        fprintf(stderr, "%s\n", err.message);
    gmet_moments_close(&side[0]);
    gmet_moments_close(&side[1]);
    return status == FEAT_OK ? 0 : 1;
}
