/* A Python pickle (protocol 2, as torch.save and TorchScript write it) read as plain data. Nothing is ever imported or
 * called: the few functions a state dict names are recorded, a TorchScript module is the dict of its attributes, and
 * every other function is refused. Pickles of other data (protocols 2 to 5) say by rules which names they may have. */
#ifndef BONAFIDE_WEIGHTS_CONTAINERS_PICKLE_H
#define BONAFIDE_WEIGHTS_CONTAINERS_PICKLE_H

#include "engine/base/common.h"

typedef enum feat_pk_kind {
    FEAT_PK_NONE,
    FEAT_PK_BOOL,      /* integer */
    FEAT_PK_INT,       /* integer */
    FEAT_PK_FLOAT,     /* real */
    FEAT_PK_TEXT,      /* text, n */
    FEAT_PK_GLOBAL,    /* text, n: "module name" */
    FEAT_PK_TUPLE,     /* first, n */
    FEAT_PK_LIST,      /* first, n */
    FEAT_PK_DICT,      /* first, n */
    FEAT_PK_MODULE,    /* first, n: as a dict; an object of a TorchScript class */
    FEAT_PK_BYTES,     /* text, n; by rules only, where Python 2's texts are such */
    FEAT_PK_CALL,      /* function, argument: what REDUCE would have called; state: what its result was given */
    FEAT_PK_PERSISTENT /* argument: the tuple that names a storage */
} feat_pk_kind;

/* Indices are into feat_pickle.nodes and .cells. */
typedef struct feat_pk_node {
    feat_pk_kind kind;
    uint32_t n;
    union {
        int64_t integer;
        double real;
        const unsigned char *text; /* into the file's bytes; not zero-terminated */
        struct {
            uint32_t first, last; /* chain of cells, in order */
        } chain;
        struct {
            uint32_t function, argument, state; /* FEAT_PK_END: none; by rules only */
        } call;
    } u;
} feat_pk_node;

typedef struct feat_pk_cell {
    uint32_t key; /* dict only */
    uint32_t value;
    uint32_t next; /* FEAT_PK_END after the last */
} feat_pk_cell;

#define FEAT_PK_END UINT32_MAX

typedef struct feat_pickle {
    feat_pk_node *nodes;
    feat_pk_cell *cells;
    uint32_t n_nodes, n_cells, nodes_capacity, cells_capacity;
    uint32_t root;
    size_t end; /* of the pickle, in the file's bytes */
} feat_pickle;

/* Parses the pickle that starts at `start` of bytes[n_bytes]. The bytes must outlive *out. On failure
 * nothing needs to be released. Errors: FORMAT ("truncated" when the bytes end too early), UNSUPPORTED
 * (an opcode or function no state dict needs), NOMEM. */
feat_status feat_pickle_parse(feat_pickle *out, const char *path, const unsigned char *bytes, size_t n_bytes,
                              size_t start, feat_error *err) FEAT_NODISCARD;

/* What a name in a pickle is taken for. */
typedef enum feat_pk_role {
    FEAT_PK_FUNCTION,    /* or a class whose objects a function makes */
    FEAT_PK_DICT_CLASS,  /* a dict of its own name */
    FEAT_PK_OBJECT_CLASS /* its objects become modules: dicts of their attributes */
} feat_pk_role;

typedef struct feat_pk_global {
    const char *name; /* "module\nname" */
    feat_pk_role role;
} feat_pk_global;

typedef struct feat_pk_rules {
    const feat_pk_global *globals; /* no other name passes */
    size_t n_globals;
    const char *refusal; /* ends the message "the pickle wants 'NAME', " */
} feat_pk_rules;

/* The same with these rules, which must outlive *out, in place of a state dict's; protocols 2 to 5. */
feat_status feat_pickle_parse_by(feat_pickle *out, const feat_pk_rules *rules, const char *path,
                                 const unsigned char *bytes, size_t n_bytes, size_t start,
                                 feat_error *err) FEAT_NODISCARD;

/* A zeroed *pickle is allowed. */
void feat_pickle_free(feat_pickle *pickle);

/* 1 if node `index` is a text, bytes or a global with exactly this content. */
int feat_pickle_is(const feat_pickle *pickle, uint32_t index, const char *text);

/* The item at `position` of a tuple or list, or FEAT_PK_END. Linear in position. */
uint32_t feat_pickle_item(const feat_pickle *pickle, uint32_t index, uint32_t position);

/* The value of a text key of a dict or module, or FEAT_PK_END. */
uint32_t feat_pickle_get(const feat_pickle *pickle, uint32_t index, const char *key);

#endif
