/* Members of a zip archive that are stored without compression, as torch.save writes them. */
#ifndef BONAFIDE_WEIGHTS_CONTAINERS_ZIP_STORED_H
#define BONAFIDE_WEIGHTS_CONTAINERS_ZIP_STORED_H

#include "engine/base/common.h"

typedef struct feat_zip_member {
    const unsigned char *name; /* not zero-terminated */
    size_t name_bytes;
    const unsigned char *data; /* inside the archive's bytes */
    size_t bytes;
    uint32_t crc32;
    uint16_t method, flags;
} feat_zip_member;

typedef struct feat_zip {
    const char *path;
    feat_zip_member *members;
    size_t n_members;
} feat_zip;

/* Reads the central directory (zip64 too) of the archive in bytes[n_bytes], which must outlive *zip, and
 * checks that every member lies inside. Errors: FORMAT, UNSUPPORTED, NOMEM; then nothing to release. */
feat_status feat_zip_open(feat_zip *zip, const char *path, const unsigned char *bytes, size_t n_bytes,
                          feat_error *err) FEAT_NODISCARD;
void feat_zip_close(feat_zip *zip);

/* The member of this name, or NULL. */
const feat_zip_member *feat_zip_find(const feat_zip *zip, const void *name, size_t name_bytes);

/* Stored, not encrypted, and its CRC-32 right. Errors: UNSUPPORTED, CHECKSUM; the member is named. */
feat_status feat_zip_check(const feat_zip *zip, const feat_zip_member *member, feat_error *err) FEAT_NODISCARD;

#endif
