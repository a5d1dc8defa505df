/* The maps there are, and looking names up in one. */
#include "weights/names/name_map.h"

#include <string.h>

const feat_name_map *const feat_name_maps[] = {
    &feat_names_inception_v3_torch, &feat_names_inception_v3_stylegan, &feat_names_inception_v3_graphdef,
    &feat_names_inception_v3_tfjs,  &feat_names_vgg16_torch,           &feat_names_vgg16_timm,
    &feat_names_vgg16_stylegan,     NULL};

static bool begins(const char *key, size_t n, const char *with)
{
    return n >= strlen(with) && memcmp(key, with, strlen(with)) == 0;
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

/* first[0..n), then second, into ours. */
static bool join(char ours[FEAT_NAME_BYTES], const char *first, size_t n, const char *second)
{
    size_t m = strlen(second);
    if (n + m >= FEAT_NAME_BYTES)
        return false;
    memset(ours, 0, FEAT_NAME_BYTES);
    memcpy(ours, first, n);
    memcpy(ours + n, second, m);
    return true;
}

bool feat_name_ours(char ours[FEAT_NAME_BYTES], const feat_part_name **part, const feat_name_map *map, const void *key,
                    size_t n)
{
    const char *text = key;
    *part = find_part(map->fixed, map->n_fixed, text, n);
    if (*part != NULL)
        return join(ours, (*part)->ours, strlen((*part)->ours), "");
    for (size_t i = 0; i < map->n_layers; i++) {
        size_t length = strlen(map->layers[i].theirs);
        if (!begins(text, n, map->layers[i].theirs))
            continue;
        if ((*part = find_part(map->parts, map->n_parts, text + length, n - length)) != NULL)
            return join(ours, map->layers[i].ours, strlen(map->layers[i].ours), (*part)->ours);
    }
    return join(ours, text, n, "");
}

void feat_name_theirs(char theirs[FEAT_NAME_BYTES], const feat_name_map *map, const char *ours)
{
    size_t n = strlen(ours);
    for (size_t i = 0; i < map->n_fixed; i++) {
        const char *fixed = map->fixed[i].theirs;
        if (strcmp(map->fixed[i].ours, ours) == 0 && join(theirs, fixed, strlen(fixed), ""))
            return;
    }
    for (size_t k = 0; k < map->n_layers * map->n_parts; k++) {
        const feat_layer_name *layer = &map->layers[k / map->n_parts];
        const feat_part_name *part = &map->parts[k % map->n_parts];
        size_t first = strlen(layer->ours);
        if (begins(ours, n, layer->ours) && strcmp(ours + first, part->ours) == 0 &&
            join(theirs, layer->theirs, strlen(layer->theirs), part->theirs))
            return;
    }
    (void)join(theirs, ours, n < FEAT_NAME_BYTES ? n : FEAT_NAME_BYTES - 1, "");
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
