/* Telling networks apart: by marks, by the number of classes, and by the shapes of what makes tokens of an image, from
 * which width, patch, positions and registers follow. */
#include "weights/telling.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"

feat_src_tensor *feat_source_find(const feat_source *s, const char *name)
{
    for (size_t i = 0; i < s->n_tensors; i++)
        if (s->tensors[i].piece == 0 && strcmp(s->tensors[i].name, name) == 0)
            return &s->tensors[i];
    return NULL;
}

const uint32_t *feat_source_shape(const void *source, const char *name)
{
    const feat_src_tensor *t = feat_source_find(source, name);
    return t == NULL ? NULL : t->shape;
}

feat_status feat_source_missing(const feat_source *s, const char *ours, feat_error *err)
{
    char theirs[FEAT_NAME_BYTES];
    feat_name_theirs(theirs, s->map, ours, 0);
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s' is missing", s->path, theirs);
}

/* Appends to a text that is cut where it is full. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
static void append(char *text, size_t bytes, size_t *used, const char *format, ...)
{
    va_list args;
    if (*used + 1 >= bytes)
        return;
    va_start(args, format);
    int n = vsnprintf(text + *used, bytes - *used, format, args);
    va_end(args);
    *used += n > 0 ? (size_t)n : 0;
}

/* --- by classes ----------------------------------------------------------------------------------------- */

/* The classes of a network as published; 0: it has no classifier. */
static uint32_t classes_of(const feat_net *net)
{
    feat_contents contents;
    feat_net_published(&contents, net);
    return contents.head.size[contents.head.n_layers];
}

/* The one of the map's networks with as many classes as the source; NULL when there is none, or no single layer. */
static const feat_net *net_of_classes(const feat_source *s, uint32_t *classes)
{
    feat_contents contents;
    feat_net_find_contents(&contents, feat_source_net(s), feat_source_shape, s);
    *classes = contents.head.n_layers == 1 ? contents.head.size[1] : 0;
    for (size_t i = 0; contents.head.n_layers == 1 && s->map->nets[i] != NULL; i++)
        if (classes_of(s->map->nets[i]) == *classes)
            return s->map->nets[i];
    return NULL;
}

static feat_status cannot_tell_classes(const feat_source *s, uint32_t classes, feat_error *err)
{
    char name[FEAT_NAME_BYTES], known[256] = "";
    const feat_net *net = feat_source_net(s);
    size_t used = 0;
    feat_dense_name(name, feat_net_head(net), 0, 1, net->naming->dense_weight);
    if (classes == 0)
        return feat_source_missing(s, name, err);
    for (size_t i = 0; s->map->nets[i] != NULL; i++)
        append(known, sizeof known, &used, i == 0 ? "%u classes (%s)" : " or %u (%s)", classes_of(s->map->nets[i]),
               s->map->nets[i]->variant);
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': %s expected, %u found; give the variant", s->path, name,
                     known, classes);
}

static feat_status tell_by_classes(feat_source *s, const feat_net **net, feat_error *err)
{
    uint32_t classes = 0;
    const feat_net *found = s->told;
    if (found == NULL)
        found = s->map->nets[1] == NULL ? s->map->nets[0] : net_of_classes(s, &classes);
    *net = s->wanted != NULL ? s->wanted : found;
    if (*net == NULL)
        return cannot_tell_classes(s, classes, err);
    if (found != NULL && found != *net)
        feat_source_notice(s, "the source looks like variant %s; converted as %s, as asked", found->variant,
                           (*net)->variant);
    return FEAT_OK;
}

/* --- by tokens ------------------------------------------------------------------------------------------ */

/* What makes tokens comes first in a network's list. */
static bool has_tokens(const feat_net *net)
{
    const feat_op *first = feat_net_layer(net, 0);
    return first != NULL && first->kind == FEAT_OP_EMBED;
}

enum { MAX_OF_TOKENS = 5 }; /* class token, positions, registers, patches and their bias */

/* A network's list as far as it is about tokens; in the lists of all networks the names are the same. */
static size_t list_tokens(feat_tensor list[MAX_OF_TOKENS], feat_tensor *all, const feat_net *net)
{
    feat_contents contents;
    const feat_op *second = feat_net_layer(net, 1);
    size_t n = 0;
    feat_net_published(&contents, net);
    feat_net_list_tensors(all, net, &contents);
    while (n < MAX_OF_TOKENS && strncmp(all[n].name, second->name, strlen(second->name)) != 0) {
        list[n] = all[n];
        n++;
    }
    return n;
}

static bool fits(const feat_source *s, const feat_src_tensor *found, const feat_tensor *t)
{
    feat_src_tensor have = *found;
    feat_source_squeeze(&have, t);
    if (s->map->zero_row != NULL && strcmp(s->map->zero_row, t->name) == 0)
        have.shape[0]++;
    return have.rank == t->rank && memcmp(have.shape, t->shape, have.rank * sizeof have.shape[0]) == 0;
}

/* How many of the tensors that make tokens are missing; SIZE_MAX where a shape is another, or registers are there that
 * the network has not. `registers`: our name of them. */
static size_t faults_of(const feat_source *s, const feat_tensor *list, size_t n, const char *registers)
{
    size_t faults = 0;
    bool has_registers = false;
    for (size_t i = 0; i < n; i++) {
        const feat_src_tensor *found = feat_source_find(s, list[i].name);
        has_registers = has_registers || (registers != NULL && strcmp(list[i].name, registers) == 0);
        if (found != NULL && !fits(s, found, &list[i]))
            return SIZE_MAX;
        faults += found == NULL;
    }
    return !has_registers && registers != NULL && feat_source_find(s, registers) != NULL ? SIZE_MAX : faults;
}

/* The network with the fewest faults, the first of several: what is missing, is missing in all of them. NULL: shapes
 * are those of none. */
static feat_status find_by_tokens(const feat_source *s, const feat_net **net, feat_error *err)
{
    feat_tensor list[MAX_OF_TOKENS];
    size_t least = SIZE_MAX, room = 0;
    feat_contents contents;
    *net = NULL;
    for (size_t i = 0; s->map->nets[i] != NULL; i++) {
        feat_net_published(&contents, s->map->nets[i]);
        size_t n = feat_net_count_tensors(s->map->nets[i], &contents);
        room = n > room ? n : room;
    }
    feat_tensor *all = feat_alloc_array(room, sizeof *all);
    if (all == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for the list of tensors", s->path);
    for (size_t i = 0; s->map->nets[i] != NULL; i++) {
        size_t n = list_tokens(list, all, s->map->nets[i]);
        size_t faults = faults_of(s, list, n, s->map->nets[i]->naming->registers);
        if (faults < least) {
            least = faults;
            *net = s->map->nets[i];
        }
    }
    feat_free(all);
    return FEAT_OK;
}

/* The shapes of the source's tensors that are about tokens. */
static void describe_tokens(char *text, size_t bytes, const feat_source *s)
{
    const feat_net *net = feat_source_net(s);
    const feat_naming *naming = net->naming;
    const char *const parts[] = {naming->class_token, naming->positions, naming->registers, naming->patch_weight};
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char ours[FEAT_NAME_BYTES], shape[48];
        (void)snprintf(ours, sizeof ours, "%s%s", feat_net_layer(net, 0)->name, parts[i] != NULL ? parts[i] : "");
        const feat_src_tensor *t = parts[i] != NULL ? feat_source_find(s, ours) : NULL;
        if (t == NULL)
            continue;
        feat_shape_text(shape, sizeof shape, t->shape, t->rank);
        append(text, bytes, &used, used == 0 ? "%s %s" : ", %s %s", t->label, shape);
    }
}

static feat_status tell_by_tokens(feat_source *s, const feat_net **net, feat_error *err)
{
    char shapes[256], known[160] = "";
    size_t used = 0;
    const feat_net *found;
    feat_status status = find_by_tokens(s, &found, err);
    if (status != FEAT_OK)
        return status;
    *net = s->wanted != NULL ? s->wanted : found;
    if (found == *net && found != NULL)
        return FEAT_OK;
    describe_tokens(shapes, sizeof shapes, s);
    if (found != NULL)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s was asked for, its tensors are those of %s (%s)", s->path,
                         s->wanted->name, found->name, shapes);
    for (size_t i = 0; s->map->nets[i] != NULL; i++)
        append(known, sizeof known, &used, i == 0 ? "%s" : ", %s", s->map->nets[i]->name);
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: its shapes (%s) are not those of %s", s->path, shapes,
                     s->wanted != NULL ? s->wanted->name : known);
}

feat_status feat_source_tell(feat_source *s, const feat_net **net, feat_error *err)
{
    return has_tokens(feat_source_net(s)) ? tell_by_tokens(s, net, err) : tell_by_classes(s, net, err);
}
