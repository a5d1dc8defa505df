/* The Merkle tree of RFC 6962 over a list of named files: one digest for a whole set, which changes with any
 * name, any byte, the order or the number. */
#ifndef BONAFIDE_TOOLS_RECORDS_MERKLE_H
#define BONAFIDE_TOOLS_RECORDS_MERKLE_H

#include <stddef.h>
#include <stdint.h>

/* Plain data; bf_merkle_init before use. */
typedef struct bf_merkle {
    uint64_t n;                    /* leaves so far */
    unsigned char subtree[64][32]; /* complete subtrees, largest first: one for each bit set in n */
} bf_merkle;

void bf_merkle_init(bf_merkle *tree);

/* The next leaf: SHA-256 of 0x00, the file's SHA-256, then the name without its zero byte. */
void bf_merkle_add(bf_merkle *tree, const char *name, const unsigned char file[32]);

/* The root over all leaves so far; more may follow. An inner node is SHA-256 of 0x01, left, right, the left
 * subtree holding the largest power of two of leaves that is smaller than their number; without leaves it is
 * SHA-256 of nothing. */
void bf_merkle_root(const bf_merkle *tree, unsigned char root[32]);

#endif
