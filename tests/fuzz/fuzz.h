/* What the fuzz targets share. A target is one program: linked with libFuzzer it invents inputs, linked with
 * plain_driver.c it runs those of tests/fuzz/corpus. Every input must end in success or an feat_error that says
 * something, and leave no memory behind: fuzz_end aborts otherwise. */
#ifndef BONAFIDE_TESTS_FUZZ_FUZZ_H
#define BONAFIDE_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"
#include "tools/images/image.h"

/* libFuzzer's door. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The path of a file in memory that holds data[n]; the same file, rewritten, on every call. */
const char *fuzz_file(const uint8_t *data, size_t n);

/* A folder of this process, made on the first call and removed with what is in it at exit; and files in it,
 * whose path is valid until the next call. */
const char *fuzz_folder(void);
const char *fuzz_path(const char *name);
void fuzz_write(const char *name, const uint8_t *data, size_t n);

/* Cuts `from` off the front of data[n]: up to the next line that is "=====", which is dropped. */
typedef struct fuzz_part {
    const uint8_t *p;
    size_t n;
} fuzz_part;
fuzz_part fuzz_cut(fuzz_part *rest);

/* Copies data[n] into memory of the harness and makes checksums right, so that they are no wall to mutations:
 * CRC-32 of PNG chunks; of members in zip archives; sums of headers in tar archives. Release with fuzz_release. */
uint8_t *fuzz_copy(const uint8_t *data, size_t n);
void fuzz_release(uint8_t *copy);
void fuzz_repair_png(uint8_t *data, size_t n);
void fuzz_repair_zip(uint8_t *data, size_t n);
void fuzz_repair_tar(uint8_t *data, size_t n);

/* One image file of any format, under that name: decoded, every byte of the picture looked at. */
void fuzz_decode_named(const char *name, const uint8_t *data, size_t n);

/* One image file of a format: decoded where its bytes say so (TGA: where they say nothing), every byte of the picture
 * looked at. */
void fuzz_decode(bf_format format, const uint8_t *data, size_t n);

/* A failed call must have said why in one line; nothing may be left allocated. */
void fuzz_said(feat_status status, const feat_error *err);
void fuzz_end(void);

#endif
