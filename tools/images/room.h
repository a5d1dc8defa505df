/* How much memory images may take at the same time, over all threads: files on their way to the decoder, and pictures
 * from then on until they are released. Threads wait for each other where it is too little for what they would have in
 * memory together; what is decoded to what never depends on it. A thread that waits for a picture may hold a file and
 * nothing else, and one that has a picture waits for nothing, so that every wait ends. */
#ifndef BONAFIDE_TOOLS_IMAGES_ROOM_H
#define BONAFIDE_TOOLS_IMAGES_ROOM_H

#include "tools/images/image.h"

/* What a thread may always take: for a picture with all that its decoder needs, and for a file. */
enum { BF_ROOM_PICTURE = 4 << 20, BF_ROOM_FILE = 1 << 20 };

/* From here on at most this much, a quarter of it for files: what is larger than its part is refused, with the least
 * that would have to be asked for instead of `asked`, of which this is a share. 0: as before the first call, a quarter
 * of the machine's memory but a gigabyte at least, in which what is larger goes alone. Not while images are read. */
void bf_room_limit(uint64_t bytes, uint64_t asked);
bool bf_room_is_limited(void);

/* Waits until there is room for a file of which `bytes` will be in memory, all copies added; the thread's until
 * bf_room_file_done, or until it asks for another. Errors: UNSUPPORTED, "SET: ITEM: ...", when there is a limit that it
 * is beyond. `set` may be NULL. */
feat_status bf_room_for_file(uint64_t bytes, const char *set, const char *item, feat_error *err) FEAT_NODISCARD;
void bf_room_file_done(void);

/* The same of a picture and what its decoder needs beside it; on success they are to be given back. */
feat_status bf_room_for_picture(uint64_t bytes, const char *set, const char *item, feat_error *err) FEAT_NODISCARD;
void bf_room_picture_done(uint64_t bytes);

/* An image of h x w pixels, not set, which has room for them and `beside` bytes more until it is released. Errors:
 * those above, NOMEM. */
feat_status bf_room_make_image(bf_image *image, size_t h, size_t w, uint64_t beside, const char *set, const char *item,
                               feat_error *err) FEAT_NODISCARD;

#endif
