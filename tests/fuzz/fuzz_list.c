/* Sets that have no header: a list of paths; behind an R and two bytes for width and height, frames on a descriptor;
 * behind a B, a binary file of CIFAR-10 or -100, behind an X STL-10's. What a list names is not opened. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tools/sets/set.h"

enum { MOST_IMAGES = 8 };

static void read_images(const bf_set *set, feat_error *err)
{
    size_t n = bf_set_count(set) < MOST_IMAGES ? bf_set_count(set) : MOST_IMAGES;
    for (size_t i = 0; i < n; i++) {
        bf_image image;
        fuzz_said(bf_set_read_image(set, i, &image, err), err);
        bf_image_release(&image);
    }
}

/* The first block of frames; *fd stays open for the others. */
static feat_status open_frames(bf_set **set, int *fd, const uint8_t *data, size_t n, feat_error *err)
{
    size_t got = 0;
    *fd = open(fuzz_file(data + 3, n - 3), O_RDONLY | O_CLOEXEC);
    feat_status status = bf_set_open_raw(set, *fd, data[1], data[2], err);
    return status == FEAT_OK ? bf_frames_next(bf_set_frames(*set), MOST_IMAGES, &got, NULL, err) : status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    bf_set *set = NULL;
    feat_error err = {FEAT_OK, ""};
    feat_status status;
    bool list = false;
    int fd = -1;
    if (n >= 3 && data[0] == 'R') {
        status = open_frames(&set, &fd, data, n, &err);
    } else if (n >= 1 && (data[0] == 'B' || data[0] == 'X')) {
        const char *name = data[0] == 'B' ? "set.bin" : "set_X.bin";
        fuzz_write(name, data + 1, n - 1);
        status = bf_set_open(&set, fuzz_path(name), &err);
    } else {
        char spec[80];
        (void)snprintf(spec, sizeof spec, "@%.78s", fuzz_file(data, n));
        status = bf_set_open(&set, spec, &err);
        list = true;
    }
    fuzz_said(status, &err);
    if (status == FEAT_OK && !list)
        read_images(set, &err);
    for (size_t i = 0; status == FEAT_OK && i < bf_set_count(set) && i < 64; i++) {
        char hint[96];
        volatile size_t length = strlen(bf_set_item_name(set, i)) + strlen(bf_set_decode_hint(set, i, hint));
        (void)length;
    }
    bf_set_close(&set);
    if (fd >= 0)
        close(fd);
    fuzz_end();
    return 0;
}
