/* Reading zip archives (PKWARE APPNOTE 6.3): stored and deflated members, zip64, data descriptors. Members
 * are read by position, so any number of threads may read one archive at once. */
#ifndef BONAFIDE_ENGINE_FILES_ARCHIVE_H
#define BONAFIDE_ENGINE_FILES_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"

typedef struct feat_archive feat_archive;

/* Deflate data of a member, into exactly out_bytes bytes. Errors: FORMAT where they are damaged. */
typedef feat_status (*feat_archive_unpacker)(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes,
                                             const char *archive, const char *member, feat_error *err);

/* The most of each that an archive may have where nobody says otherwise. */
enum {
    FEAT_ARCHIVE_MEMBERS = 10000000, /* folders included */
    FEAT_ARCHIVE_NAME = 4096,        /* bytes of a member's name */
    FEAT_ARCHIVE_RATIO = 1032,       /* unpacked bytes for a packed one: deflate's most, 258 bytes for 2 bits */
    FEAT_ARCHIVE_FILE = 0x7FFFFFFF   /* bytes of an array that is unpacked into memory */
};
/* Unpacked bytes of all members together: above any set of images that is kept in one zip. */
#define FEAT_ARCHIVE_SUM UINT64_C(10000000000000)

/* What somebody says: the most, from 1 on; the option that raises the most of NAME by "OPTION NAME=N", for the end of a
 * message ("" where it cannot be raised); and who unpacks a member, and the first bytes of one that goes on. */
typedef struct feat_archive_rules {
    uint64_t members, name, ratio, file, archive;
    const char *option;
    feat_archive_unpacker unpack, unpack_head;
} feat_archive_rules;

/* Reads the directory and verifies it. Names that are absolute or contain "..", and members whose data overlap, make it
 * an error. `rules` is copied, its text is not; NULL: the most above, unpacked by feat_inflate in this process. Errors:
 * IO, FORMAT, UNSUPPORTED (several disks, more than the rules allow), NOMEM. */
feat_status feat_archive_open(feat_archive **out, const char *path, const feat_archive_rules *rules,
                              feat_error *err) FEAT_NODISCARD;
void feat_archive_close(feat_archive **zip);

const char *feat_archive_path(const feat_archive *zip);
int feat_archive_fd(const feat_archive *zip);
size_t feat_archive_count(const feat_archive *zip);

/* In the order of the directory; a folder's name ends in '/'. */
const char *feat_archive_name(const feat_archive *zip, size_t index);

/* Bytes of a member when unpacked, and as it is. */
uint64_t feat_archive_size(const feat_archive *zip, size_t index);
uint64_t feat_archive_packed(const feat_archive *zip, size_t index);

/* The rules' most for an array that is unpacked, and their option. */
uint64_t feat_archive_most(const feat_archive *zip);
const char *feat_archive_option(const feat_archive *zip);

/* SIZE_MAX when there is no such member. */
size_t feat_archive_find(const feat_archive *zip, const char *name);

/* "a.npy, b.npy": the names of all members, for a message; cut where there is no more room. Returns `text`. */
const char *feat_archive_list(const feat_archive *zip, char *text, size_t size);

/* Whether the member is kept as it is, and can be read in place. */
bool feat_archive_is_stored(const feat_archive *zip, size_t index);

/* Unpacks a member into memory from feat_alloc, released by feat_free, and verifies its CRC-32. Above `limit` bytes,
 * packed or unpacked, it is refused. Errors: IO, FORMAT, CHECKSUM, UNSUPPORTED (encryption, other methods, the limit),
 * NOMEM. */
feat_status feat_archive_read(const feat_archive *zip, size_t index, uint8_t **out, size_t *n, size_t limit,
                              feat_error *err) FEAT_NODISCARD;

/* The first bytes of a member, `room` of them if it has so many, else all: for telling what it is, as no checksum is
 * looked at. *n is 0 for what cannot be unpacked. Errors: IO, NOMEM. */
feat_status feat_archive_peek(const feat_archive *zip, size_t index, uint8_t *head, size_t room, size_t *n,
                              feat_error *err) FEAT_NODISCARD;

/* Where in the file a stored member's bytes begin. Errors: IO, FORMAT, UNSUPPORTED. */
feat_status feat_archive_data_offset(const feat_archive *zip, size_t index, uint64_t *offset,
                                     feat_error *err) FEAT_NODISCARD;

#endif
