/* Private to the reader of pickles: the opcode machine's stack and memory. */
#ifndef BONAFIDE_WEIGHTS_CONTAINERS_PICKLE_PARTS_H
#define BONAFIDE_WEIGHTS_CONTAINERS_PICKLE_PARTS_H

#include "weights/containers/pickle.h"

#define FEAT_PK_MARK (UINT32_MAX - 1)

typedef struct feat_pk_machine {
    const char *path;
    const unsigned char *bytes;
    size_t n_bytes, at;
    size_t op_at; /* of the opcode being executed */
    feat_pickle *pk;
    const feat_pk_rules *rules; /* NULL: those of a state dict */
    uint32_t *stack, *memo;     /* node indices, or FEAT_PK_MARK; an empty memo slot is FEAT_PK_END */
    uint32_t n_stack, stack_capacity, memo_capacity;
    uint32_t n_memo; /* what MEMOIZE has counted */
    feat_error *err;
} feat_pk_machine;

feat_status feat_pk_damaged(feat_pk_machine *m, const char *what);

/* Makes room for one more element of `size` bytes; growth doubles up to a constant, beyond which it is UNSUPPORTED. */
feat_status feat_pk_reserve(feat_pk_machine *m, void **array, uint32_t *capacity, uint32_t n,
                            size_t size) FEAT_NODISCARD;

feat_status feat_pk_push(feat_pk_machine *m, uint32_t index) FEAT_NODISCARD;
/* A new node of this kind on top of the stack; *node may be NULL. */
feat_status feat_pk_push_new(feat_pk_machine *m, feat_pk_kind kind, feat_pk_node **node) FEAT_NODISCARD;
/* Pops an object; a mark there, or nothing, means a damaged pickle. */
feat_status feat_pk_pop(feat_pk_machine *m, uint32_t *index) FEAT_NODISCARD;
/* The object on top, which must be of this kind. */
feat_status feat_pk_top(feat_pk_machine *m, feat_pk_kind kind, uint32_t *index) FEAT_NODISCARD;

feat_status feat_pk_chain_add(feat_pk_machine *m, uint32_t container, uint32_t key, uint32_t value) FEAT_NODISCARD;

/* `n` bytes of the opcode's argument; a little-endian unsigned number of n <= 8 of them. */
feat_status feat_pk_take(feat_pk_machine *m, uint64_t n, const unsigned char **p) FEAT_NODISCARD;
feat_status feat_pk_take_number(feat_pk_machine *m, size_t n, uint64_t *value) FEAT_NODISCARD;

#endif
