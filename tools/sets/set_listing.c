/* What lies beside the images of a folder or an archive: told from images by its first bytes, counted, and its first
 * names kept. */
#include <stdio.h>
#include <string.h>

#include "engine/base/status.h"
#include "tools/sets/set_source.h"

void bf_first_names_add(bf_first_names *names, const char *name)
{
    char cut[BF_FIRST_NAME_BYTES];
    size_t at = names->n_named;
    names->n++;
    snprintf(cut, sizeof cut, "%s", name);
    while (at > 0 && strcmp(names->name[at - 1], cut) > 0)
        at--;
    if (at == BF_FIRST_NAMES)
        return;
    names->n_named += names->n_named < BF_FIRST_NAMES;
    memmove(names->name[at + 1], names->name[at], (names->n_named - at - 1) * sizeof cut);
    memcpy(names->name[at], cut, sizeof cut);
}

/* Lower case of `from`, cut where it does not fit. */
static void lower_case(char *to, size_t room, const char *from)
{
    size_t n = 0;
    for (; from[n] != '\0' && n + 1 < room; n++)
        to[n] = from[n] >= 'A' && from[n] <= 'Z' ? (char)(from[n] + ('a' - 'A')) : from[n];
    to[n] = '\0';
}

/* Whether `word` is one of `list`, which has a space in front of and behind each. */
static bool is_among(const char *list, const char *word)
{
    char spaced[32];
    if (word[0] == '\0' || strchr(word, ' ') != NULL || strlen(word) > sizeof spaced - 3)
        return false;
    snprintf(spaced, sizeof spaced, " %s ", word);
    return strstr(list, spaced) != NULL;
}

bool bf_name_is_litter(const char *name)
{
    static const char files[] = " thumbs.db ehthumbs.db desktop.ini folder.ini icon\r readme license licence copying "
                                "notice authors changelog makefile md5sums sha1sums sha256sums sha512sums __macosx "
                                "__pycache__ .ds_store .localized .ipynb_checkpoints .svn .hg .cache .thumbnails "
                                ".fseventsd .spotlight-v100 .temporaryitems .appledouble .directory .idea .vscode ";
    static const char extensions[] = " txt text md rst json jsonl ndjson csv tsv xml yaml yml toml ini cfg conf log "
                                     "html htm css js py pyc sh sha sha1 sha256 sha512 md5 crc sfv sum asc sig ";
    static const char *const beginnings[] = {"._", ".git", ".trash", ".nfs", ".fuse_hidden"};
    char lower[BF_FIRST_NAME_BYTES];
    lower_case(lower, sizeof lower, name);
    const char *dot = strrchr(lower, '.');
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
        if (strncmp(lower, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return is_among(files, lower) || (dot != NULL && dot != lower && is_among(extensions, dot + 1));
}

bf_told bf_path_tells(const char *path)
{
    bool hidden = false;
    const char *name = path;
    for (const char *slash = strchr(path, '/'); slash != NULL; name = slash + 1, slash = strchr(name, '/')) {
        char folder[BF_FIRST_NAME_BYTES];
        size_t n = (size_t)(slash - name);
        snprintf(folder, sizeof folder, "%.*s", n < sizeof folder ? (int)n : 0, name);
        if (strcmp(folder, "__MACOSX") == 0 || (folder[0] == '.' && bf_name_is_litter(folder)))
            return BF_TOLD_LITTER;
        hidden = hidden || folder[0] == '.';
    }
    bool image = bf_image_extension(name) != 0;
    hidden = hidden || name[0] == '.';
    if ((name[0] == '.' || !image) && bf_name_is_litter(name))
        return BF_TOLD_LITTER;
    return hidden ? (image ? BF_TOLD_HIDDEN : BF_TOLD_LITTER) : image ? BF_TOLD_IMAGE : BF_TOLD_NOTHING;
}

/* What to do with files that are no images, but hold some; "" when that is not known. */
static const char *advice(const char *name)
{
    static const struct {
        const char *end, *advice;
    } known[] = {
        {".bin", "; such files are sets by themselves: give their own folder, or 'DIR/data_batch_*.bin' (in quotes)"},
        {".npy", "; arrays are sets by themselves: numpy.save('set.npy', numpy.stack([numpy.load(f) for f in files]))"},
        {".npz", "; an .npz is a set by itself: give the file"},
        {".zip", "; a .zip is a set by itself: give the file"},
        {".tar", "; a .tar is a set by itself: give the file, or 'DIR/*.tar' (in quotes)"},
        {".tfrecord", "; write its images to files, and give their folder"},
        {".parquet", "; write its images to files, and give their folder"},
        {".arrow", "; write its images to files, and give their folder"},
        {".mdb", "; an LMDB: write its images to files, and give their folder"},
        {".h5", "; write its images to files, and give their folder"},
        {".hdf5", "; write its images to files, and give their folder"},
        {".mat", "; save its array of images by numpy.save, and give the file"},
    };
    size_t n = strlen(name);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (n > strlen(known[i].end) && strcmp(name + n - strlen(known[i].end), known[i].end) == 0)
            return known[i].advice;
    return "";
}

feat_status bf_set_fail_empty(const bf_set *set, size_t n_other, feat_error *err)
{
    const bf_first_names *left = &set->listing.left_out;
    const char *first = left->n > 0 ? left->name[0] : "";
    return feat_fail(err, FEAT_ERR_FORMAT,
                     "%s: no images in it (looked for jpg, jpeg, png, webp, bmp, ppm, pgm, pbm, tga, gif, and at first "
                     "bytes; %zu other file%s%s%s)%s",
                     set->spec, n_other, n_other == 1 ? "" : "s", left->n > 0 ? ", the first: " : "", first,
                     advice(first));
}

feat_status bf_set_add_member(bf_set *set, const char *name, size_t member, bool by_content, feat_error *err)
{
    if (!bf_items_add(&set->items, name, strlen(name), member))
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to list the archive", set->spec);
    if (by_content)
        bf_first_names_add(&set->listing.by_content, name);
    return FEAT_OK;
}

feat_status bf_set_end_members(bf_set *set, size_t n_other, bool sorted, feat_error *err)
{
    if (set->items.n == 0)
        return bf_set_fail_empty(set, n_other, err);
    bf_items_finish(&set->items, sorted);
    set->kind = BF_SET_IMAGES;
    return FEAT_OK;
}
