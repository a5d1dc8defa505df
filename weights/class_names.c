/* Names of classes. */
#include "weights/class_names.h"

#include <string.h>

#include "weights/class_names_data.h"
#include "weights/convert.h"

/* The name at a place of a list whose names are ended by semicolons. */
static void copy_name(char name[FEAT_CLASS_NAME_BYTES], const char *list, size_t place)
{
    for (; place > 0; place--)
        list = strchr(list, ';') + 1;
    size_t n = strcspn(list, ";");
    n = n < FEAT_CLASS_NAME_BYTES - 1 ? n : FEAT_CLASS_NAME_BYTES - 1;
    memcpy(name, list, n);
    name[n] = 0;
}

static void of_synset(char name[FEAT_CLASS_NAME_BYTES], size_t place)
{
    copy_name(name, feat_imagenet_names[place / 100], place % 100);
}

static bool of_challenge(char name[FEAT_CLASS_NAME_BYTES], size_t class)
{
    for (size_t i = 0; i < FEAT_IMAGENET_CLASSES; i++)
        if (feat_imagenet_2012[i] == class) {
            of_synset(name, i);
            return true;
        }
    return false;
}

bool feat_class_name(char name[FEAT_CLASS_NAME_BYTES], const feat_weights_info *info, size_t class)
{
    const feat_known_file *file = feat_weights_known_file(info->source_sha256);
    name[0] = 0;
    if (file == NULL || class >= info->n_classes)
        return false;
    if (info->n_classes == 1008)
        return of_challenge(name, class);
    if (info->n_classes == FEAT_IMAGENET_CLASSES)
        of_synset(name, class);
    else if (strncmp(file->name, "nsfwjs", 6) == 0)
        copy_name(name, "drawing;hentai;neutral;porn;sexy;", class);
    return name[0] != 0;
}
