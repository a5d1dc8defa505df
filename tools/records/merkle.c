/* The tree is never held: only the complete subtrees to the left of the next leaf. */
#include "tools/records/merkle.h"

#include <string.h>

#include "engine/base/hash.h"

void bf_merkle_init(bf_merkle *tree)
{
    memset(tree, 0, sizeof *tree);
}

static void join(unsigned char out[32], const unsigned char left[32], const unsigned char right[32])
{
    static const unsigned char inner = 1;
    feat_sha256 h;
    feat_sha256_init(&h);
    feat_sha256_update(&h, &inner, 1);
    feat_sha256_update(&h, left, 32);
    feat_sha256_update(&h, right, 32);
    feat_sha256_final(&h, out);
}

static size_t count_subtrees(uint64_t n)
{
    size_t count = 0;
    for (; n != 0; n &= n - 1)
        count++;
    return count;
}

void bf_merkle_add(bf_merkle *tree, const char *name, const unsigned char file[32])
{
    static const unsigned char leaf = 0;
    size_t top = count_subtrees(tree->n);
    feat_sha256 h;
    feat_sha256_init(&h);
    feat_sha256_update(&h, &leaf, 1);
    feat_sha256_update(&h, file, 32);
    feat_sha256_update(&h, name, strlen(name));
    feat_sha256_final(&h, tree->subtree[top]);
    /* As in adding one to a binary number: equal subtrees carry. */
    for (uint64_t n = tree->n++; (n & 1) != 0; n >>= 1, top--)
        join(tree->subtree[top - 1], tree->subtree[top - 1], tree->subtree[top]);
}

void bf_merkle_root(const bf_merkle *tree, unsigned char root[32])
{
    size_t n = count_subtrees(tree->n);
    if (n == 0) {
        feat_sha256 h;
        feat_sha256_init(&h);
        feat_sha256_final(&h, root);
        return;
    }
    memcpy(root, tree->subtree[n - 1], 32);
    for (size_t i = n - 1; i-- > 0;)
        join(root, tree->subtree[i], root);
}
