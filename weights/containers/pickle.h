/* A Python pickle (protocol 2, as torch.save writes it) read as plain data. Nothing is ever imported or
 * called: the few functions a state dict names are recorded, every other one is refused. */
#ifndef IV3_WEIGHTS_PICKLE_H
#define IV3_WEIGHTS_PICKLE_H

#include "engine/base/common.h"

typedef enum iv3_pk_kind {
    IV3_PK_NONE,
    IV3_PK_BOOL,      /* integer */
    IV3_PK_INT,       /* integer */
    IV3_PK_FLOAT,     /* value not kept */
    IV3_PK_TEXT,      /* text, n */
    IV3_PK_GLOBAL,    /* text, n: "module name" */
    IV3_PK_TUPLE,     /* first, n */
    IV3_PK_LIST,      /* first, n */
    IV3_PK_DICT,      /* first, n */
    IV3_PK_CALL,      /* function, argument: what REDUCE would have called */
    IV3_PK_PERSISTENT /* argument: the tuple that names a storage */
} iv3_pk_kind;

/* Indices are into iv3_pickle.nodes and .cells. */
typedef struct iv3_pk_node {
    iv3_pk_kind kind;
    uint32_t n;
    union {
        int64_t integer;
        const unsigned char *text; /* into the file's bytes; not zero-terminated */
        struct {
            uint32_t first, last; /* chain of cells, in order */
        } chain;
        struct {
            uint32_t function, argument;
        } call;
    } u;
} iv3_pk_node;

typedef struct iv3_pk_cell {
    uint32_t key; /* dict only */
    uint32_t value;
    uint32_t next; /* IV3_PK_END after the last */
} iv3_pk_cell;

#define IV3_PK_END UINT32_MAX

typedef struct iv3_pickle {
    iv3_pk_node *nodes;
    iv3_pk_cell *cells;
    uint32_t n_nodes, n_cells, nodes_capacity, cells_capacity;
    uint32_t root;
    size_t end; /* of the pickle, in the file's bytes */
} iv3_pickle;

/* Parses the pickle that starts at `start` of bytes[n_bytes]. The bytes must outlive *out. On failure
 * nothing needs to be released. Errors: FORMAT ("truncated" when the bytes end too early), UNSUPPORTED
 * (an opcode or function no state dict needs), NOMEM. */
iv3_status iv3_pickle_parse(iv3_pickle *out, const char *path, const unsigned char *bytes, size_t n_bytes,
                            size_t start, iv3_error *err) IV3_NODISCARD;

/* A zeroed *pickle is allowed. */
void iv3_pickle_free(iv3_pickle *pickle);

/* 1 if node `index` is a text or global with exactly this content. */
int iv3_pickle_is(const iv3_pickle *pickle, uint32_t index, const char *text);

/* The item at `position` of a tuple or list, or IV3_PK_END. Linear in position. */
uint32_t iv3_pickle_item(const iv3_pickle *pickle, uint32_t index, uint32_t position);

/* The value of a text key of a dict, or IV3_PK_END. */
uint32_t iv3_pickle_get(const iv3_pickle *pickle, uint32_t index, const char *key);

#endif
