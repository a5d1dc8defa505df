/* The maps there are, and looking names up in one. */
#include "weights/names/name_map.h"

#include <string.h>

const feat_name_map *const feat_name_maps[] = {
    &feat_names_inception_v3_torch, &feat_names_inception_v3_stylegan, &feat_names_inception_v3_graphdef,
    &feat_names_inception_v3_tfjs,  &feat_names_vgg16_torch,           &feat_names_vgg16_timm,
    &feat_names_vgg16_stylegan,     &feat_names_dinov2_timm_reg,       &feat_names_dinov2_torch,
    &feat_names_dinov2_transformers, &feat_names_clip_torch,           &feat_names_clip_timm,
    &feat_names_clip_transformers,  NULL};

/* The beginning of a name that a layer's name stands for, and the number in it. */
typedef struct layer_match {
    size_t length;
    const char *number;
    size_t n_digits;
} layer_match;

static bool begins(layer_match *m, const char *key, size_t n, const char *layer)
{
    *m = (layer_match){.number = key};
    for (; *layer != '\0'; layer++) {
        if (*layer != '*') {
            if (m->length == n || key[m->length++] != *layer)
                return false;
            continue;
        }
        m->number = key + m->length;
        for (m->n_digits = 0; m->length < n && key[m->length] >= '0' && key[m->length] <= '9'; m->n_digits++)
            m->length++;
        if (m->n_digits == 0 || (m->n_digits > 1 && m->number[0] == '0'))
            return false;
    }
    return true;
}

bool feat_name_fits(const char *pattern, const void *key, size_t n)
{
    const char *text = key;
    size_t length = strlen(pattern);
    if (length > 0 && pattern[0] == '*')
        return n >= length - 1 && memcmp(text + n - (length - 1), pattern + 1, length - 1) == 0;
    if (length > 0 && pattern[length - 1] == '*')
        return n >= length - 1 && memcmp(text, pattern, length - 1) == 0;
    return n == length && memcmp(text, pattern, n) == 0;
}

bool feat_name_is_dropped(const feat_name_map *map, const void *key, size_t n)
{
    for (size_t i = 0; map->dropped != NULL && map->dropped[i] != NULL; i++)
        if (feat_name_fits(map->dropped[i], key, n))
            return true;
    return false;
}

bool feat_name_is_ones(const feat_name_map *map, const char *ours)
{
    size_t n = map->ones != NULL ? strlen(map->ones) : 0, length = strlen(ours);
    return n > 0 && length >= n && strcmp(ours + (length - n), map->ones) == 0;
}

/* The part whose name is all of text[0..n). */
static const feat_part_name *find_part(const feat_part_name *parts, size_t n_parts, const char *text, size_t n)
{
    for (size_t i = 0; i < n_parts; i++)
        if (strlen(parts[i].theirs) == n && memcmp(parts[i].theirs, text, n) == 0)
            return &parts[i];
    return NULL;
}

static bool copy(char to[FEAT_NAME_BYTES], const char *text, size_t n)
{
    if (n >= FEAT_NAME_BYTES)
        return false;
    memset(to, 0, FEAT_NAME_BYTES);
    memcpy(to, text, n);
    return true;
}

/* The layer's name with the number in place of its '*', then the part's, into `to`. */
static bool join(char to[FEAT_NAME_BYTES], const char *layer, const layer_match *m, const char *part)
{
    const char *star = strchr(layer, '*');
    size_t before = star != NULL ? (size_t)(star - layer) : strlen(layer), n_digits = star != NULL ? m->n_digits : 0;
    const char *behind = star != NULL ? star + 1 : layer + before;
    if (before + n_digits + strlen(behind) + strlen(part) >= FEAT_NAME_BYTES)
        return false;
    memset(to, 0, FEAT_NAME_BYTES);
    memcpy(to, layer, before);
    memcpy(to + before, m->number, n_digits);
    memcpy(to + before + n_digits, behind, strlen(behind));
    memcpy(to + before + n_digits + strlen(behind), part, strlen(part));
    return true;
}

bool feat_name_ours(char ours[FEAT_NAME_BYTES], const feat_part_name **part, const feat_name_map *map, const void *key,
                    size_t n)
{
    const char *text = key;
    layer_match m;
    *part = find_part(map->fixed, map->n_fixed, text, n);
    if (*part != NULL)
        return copy(ours, (*part)->ours, strlen((*part)->ours));
    for (size_t i = 0; i < map->n_layers; i++) {
        if (!begins(&m, text, n, map->layers[i].theirs))
            continue;
        if ((*part = find_part(map->parts, map->n_parts, text + m.length, n - m.length)) != NULL)
            return join(ours, map->layers[i].ours, &m, (*part)->ours);
    }
    return copy(ours, text, n);
}

void feat_name_theirs(char theirs[FEAT_NAME_BYTES], const feat_name_map *map, const char *ours, uint32_t piece)
{
    size_t n = strlen(ours);
    layer_match m;
    for (size_t i = 0; i < map->n_fixed; i++) {
        const feat_part_name *fixed = &map->fixed[i];
        if (strcmp(fixed->ours, ours) == 0 && fixed->piece == piece &&
            copy(theirs, fixed->theirs, strlen(fixed->theirs)))
            return;
    }
    for (size_t k = 0; k < map->n_layers * map->n_parts; k++) {
        const feat_layer_name *layer = &map->layers[k / map->n_parts];
        const feat_part_name *part = &map->parts[k % map->n_parts];
        if (begins(&m, ours, n, layer->ours) && strcmp(ours + m.length, part->ours) == 0 && part->piece == piece &&
            join(theirs, layer->theirs, &m, part->theirs))
            return;
    }
    (void)copy(theirs, ours, n < FEAT_NAME_BYTES ? n : FEAT_NAME_BYTES - 1);
}

static bool is_for(const feat_name_map *map, const feat_net *wanted)
{
    for (size_t i = 0; map->nets[i] != NULL; i++)
        if (wanted == NULL || strcmp(map->nets[i]->family, wanted->family) == 0)
            return true;
    return false;
}

const feat_name_map *feat_name_map_pick(const feat_name_map *const *maps, feat_origin origin, const feat_net *wanted,
                                        feat_has_key has, const void *ctx)
{
    const feat_name_map *first = NULL;
    for (size_t i = 0; maps[i] != NULL; i++) {
        if (maps[i]->origin != origin)
            continue;
        if (is_for(maps[i], wanted) && has(ctx, maps[i]->probe))
            return maps[i];
        if (first == NULL || (!is_for(first, wanted) && is_for(maps[i], wanted)))
            first = maps[i];
    }
    return first;
}
