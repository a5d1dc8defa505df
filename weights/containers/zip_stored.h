/* Members of a zip archive that are stored without compression, as torch.save writes them. */
#ifndef IV3_WEIGHTS_ZIPSTORE_H
#define IV3_WEIGHTS_ZIPSTORE_H

#include "engine/base/common.h"

typedef struct iv3_zip_member {
    const unsigned char *name; /* not zero-terminated */
    size_t name_bytes;
    const unsigned char *data; /* inside the archive's bytes */
    size_t bytes;
    uint32_t crc32;
    uint16_t method, flags;
} iv3_zip_member;

typedef struct iv3_zip {
    const char *path;
    iv3_zip_member *members;
    size_t n_members;
} iv3_zip;

/* Reads the central directory (zip64 too) of the archive in bytes[n_bytes], which must outlive *zip, and
 * checks that every member lies inside. Errors: FORMAT, UNSUPPORTED, NOMEM; then nothing to release. */
iv3_status iv3_zip_open(iv3_zip *zip, const char *path, const unsigned char *bytes, size_t n_bytes,
                        iv3_error *err) IV3_NODISCARD;
void iv3_zip_close(iv3_zip *zip);

/* The member of this name, or NULL. */
const iv3_zip_member *iv3_zip_find(const iv3_zip *zip, const void *name, size_t name_bytes);

/* Stored, not encrypted, and its CRC-32 right. Errors: UNSUPPORTED, CHECKSUM; the member is named. */
iv3_status iv3_zip_check(const iv3_zip *zip, const iv3_zip_member *member, iv3_error *err) IV3_NODISCARD;

#endif
