/* See fuzz.h. */
#define _GNU_SOURCE /* memfd_create */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/crc32.h"
#include "engine/files/inflate.h"
#include "tools/base/limits.h"

/* Thousands of files are written here and none has to survive a power failure: this takes libc's place. */
int fsync(int fd)
{
    (void)fd;
    return 0;
}

static void fail(const char *what)
{
    fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

/* --- files -------------------------------------------------------------------------------------------- */

const char *fuzz_file(const uint8_t *data, size_t n)
{
    static int fd = -1;
    static char path[64];
    if (fd < 0) {
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        if (fd < 0)
            fail("no file in memory");
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (ftruncate(fd, 0) != 0 || (n > 0 && pwrite(fd, data, n, 0) != (ssize_t)n))
        fail("cannot write the file in memory");
    return path;
}

static char folder[256];

static void remove_folder(void)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.')
            unlink(fuzz_path(entry->d_name));
    if (dir != NULL)
        closedir(dir);
    rmdir(folder);
}

const char *fuzz_folder(void)
{
    if (folder[0] == 0) {
        const char *tmp = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/bonafide-fuzz-XXXXXX", tmp != NULL && *tmp != 0 ? tmp : "/tmp");
        if (mkdtemp(folder) == NULL)
            fail("no folder to work in");
        atexit(remove_folder);
    }
    return folder;
}

const char *fuzz_path(const char *name)
{
    static char path[600];
    snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
    return path;
}

void fuzz_write(const char *name, const uint8_t *data, size_t n)
{
    FILE *f = fopen(fuzz_path(name), "wb");
    if (f == NULL || fwrite(data, 1, n, f) != n || fclose(f) != 0)
        fail("cannot write a file");
}

fuzz_part fuzz_cut(fuzz_part *rest)
{
    static const char line[] = "\n=====\n";
    const size_t length = sizeof line - 1;
    fuzz_part part = *rest;
    for (size_t i = 0; i + length <= rest->n; i++)
        if (memcmp(rest->p + i, line, length) == 0) {
            part.n = i;
            rest->p += i + length;
            rest->n -= i + length;
            return part;
        }
    rest->p += rest->n;
    rest->n = 0;
    return part;
}

/* --- checksums ---------------------------------------------------------------------------------------- */

uint8_t *fuzz_copy(const uint8_t *data, size_t n)
{
    uint8_t *copy = malloc(n > 0 ? n : 1); /* not the project's, whose blocks are counted */
    if (copy == NULL)
        fail("no memory");
    if (n > 0)
        memcpy(copy, data, n);
    return copy;
}

void fuzz_release(uint8_t *copy)
{
    free(copy);
}

void fuzz_repair_png(uint8_t *data, size_t n)
{
    if (n < 8 || memcmp(data, "\x89PNG\r\n\x1A\n", 8) != 0)
        return;
    for (size_t at = 8; n - at >= 12;) {
        size_t length = (size_t)data[at] << 24 | (size_t)data[at + 1] << 16 | (size_t)data[at + 2] << 8 | data[at + 3];
        if (length > n - at - 12)
            return;
        uint32_t crc = feat_crc32(0, data + at + 4, length + 4);
        uint8_t *p = data + at + 8 + length;
        for (int i = 0; i < 4; i++)
            p[i] = (uint8_t)(crc >> (24 - 8 * i));
        at += 12 + length;
    }
}

static size_t le(const uint8_t *p, int bytes)
{
    size_t x = 0;
    for (int i = bytes; i-- > 0;)
        x = x << 8 | p[i];
    return x;
}

static void repair_member(uint8_t *data, size_t n, uint8_t *entry)
{
    enum { MOST = 1 << 20 };
    size_t method = le(entry + 10, 2), packed = le(entry + 20, 4), size = le(entry + 24, 4);
    size_t local = le(entry + 42, 4);
    if (local > n || n - local < 30)
        return;
    size_t at = local + 30 + le(data + local + 26, 2) + le(data + local + 28, 2);
    if (at > n || packed > n - at || size > MOST)
        return;
    uint32_t crc = 0;
    if (method == 0) {
        crc = feat_crc32(0, data + at, packed);
    } else {
        uint8_t *out = malloc(size + 1), *in = calloc(1, packed + 1);
        if (out == NULL || in == NULL)
            fail("no memory");
        memcpy(in, data + at, packed);
        if (feat_inflate(out, size, in, packed))
            crc = feat_crc32(0, out, size);
        free(in);
        free(out);
    }
    for (int i = 0; i < 4; i++)
        entry[16 + i] = (uint8_t)(crc >> (8 * i));
}

void fuzz_repair_zip(uint8_t *data, size_t n)
{
    int members = 0;
    for (size_t i = 0; n >= 46 && i <= n - 46 && members < 64; i++)
        if (memcmp(data + i, "PK\1\2", 4) == 0) {
            repair_member(data, n, data + i);
            members++;
        }
}

void fuzz_repair_tar(uint8_t *data, size_t n)
{
    for (size_t at = 0; n >= 512 && at <= n - 512; at += 512) {
        unsigned sum = 0;
        if (memcmp(data + at + 257, "ustar", 5) != 0)
            continue;
        memset(data + at + 148, ' ', 8);
        for (size_t i = 0; i < 512; i++)
            sum += data[at + i];
        snprintf((char *)data + at + 148, 8, "%06o", sum & 0777777);
    }
}

/* --- what must hold ------------------------------------------------------------------------------------- */

void fuzz_said(feat_status status, const feat_error *err)
{
    if (getenv("FUZZ_SAY") != NULL) /* for whoever wants to know how far an input gets */
        fprintf(stderr, "%d %s\n", (int)status, status == FEAT_OK ? "" : err->message);
    if (status == FEAT_OK)
        return;
    if (err->message[0] == 0)
        fail("an error without a message");
    if (memchr(err->message, 0, sizeof err->message) == NULL)
        fail("a message without an end");
}

void fuzz_end(void)
{
    if (feat_alloc_live() != 0)
        fail("memory was left allocated");
}

/* --- images -------------------------------------------------------------------------------------------- */

void fuzz_decode_named(const char *name, const uint8_t *data, size_t n)
{
    bf_image image;
    feat_error err = {FEAT_OK, ""};
    if (bf_limits_set("pixels=300k", &err) != FEAT_OK) /* large ones only cost time */
        fail(err.message);
    uint8_t *copy = fuzz_copy(data, n);
    fuzz_repair_png(copy, n);
    feat_status status = bf_decode(&image, copy, n, "set", name, &err);
    fuzz_said(status, &err);
    if (status == FEAT_OK) {
        volatile unsigned bright = 0;
        for (size_t i = 0; i < image.h * image.w * 3; i++)
            if (image.rgb[i] > 127) /* a branch: MemorySanitizer asks whether the byte is there */
                bright = bright + 1;
        bf_image_release(&image);
    }
    fuzz_release(copy);
    fuzz_end();
}

void fuzz_decode(bf_format format, const uint8_t *data, size_t n)
{
    bool tga = format == BF_FORMAT_TGA;
    if (bf_format_sniff(data, n) == (tga ? BF_FORMAT_UNKNOWN : format))
        fuzz_decode_named(tga ? "x.tga" : "x", data, n);
}
