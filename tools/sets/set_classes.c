/* What the classes of a set are: the labels of a dataset.json as StyleGAN's tool writes it, else the folders, unless
 * these only keep folders small. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/formats/json_read.h"
#include "tools/sets/set_source.h"

static const char labels_name[] = "dataset.json";
enum { MAX_LABELS_BYTES = 512 << 20, MAX_LABELS_VALUES = 1 << 25 };

static feat_status no_memory(const bf_set *set, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the classes of %s", set->spec);
}

void bf_classes_release(bf_classes *classes)
{
    feat_free(classes->text);
    feat_free(classes->at);
    *classes = (bf_classes){.from = BF_CLASSES_NONE};
}

/* --- folders ------------------------------------------------------------------------------------------ */

/* Of images in the order of names: those of one folder. */
typedef struct folder_run {
    const char *name;
    size_t length, n;
} folder_run;

static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path);
}

/* A number of up to 18 digits that is all of text[0 .. n). */
static bool parse_digits(const char *text, size_t n, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *number = *number * 10 + (uint64_t)(text[i] - '0');
    }
    return n > 0 && n <= 18;
}

/* The last run of digits in a file's name, its extension aside. */
static bool file_number(const char *path, uint64_t *number)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1, *dot = strrchr(name, '.');
    size_t end = dot == NULL ? strlen(name) : (size_t)(dot - name);
    while (end > 0 && (name[end - 1] < '0' || name[end - 1] > '9'))
        end--;
    size_t begin = end;
    while (begin > 0 && name[begin - 1] >= '0' && name[begin - 1] <= '9')
        begin--;
    return parse_digits(name + begin, end - begin, number);
}

/* Whether the files' numbers go on from folder to folder, as those of classes do not. */
static bool numbers_go_on(const bf_set *set)
{
    uint64_t last = 0, number = 0;
    for (size_t i = 0; i < set->items.n; i++) {
        if (!file_number(set->items.item[i].name, &number) || (i > 0 && number <= last))
            return false;
        last = number;
    }
    return true;
}

/* Folders of consecutive numbers of one width, all but the last of one size, are shards if the numbers of the files
 * go on through them (StyleGAN's tool, FFHQ, img2dataset), or have five digits where four would do. */
static bool are_shards(const bf_set *set)
{
    folder_run first = {NULL, 0, 0}, now = {NULL, 0, 0};
    uint64_t begin = 0, number = 0, last = 0, step = 0;
    size_t n_folders = 0, width = 0;
    for (size_t i = 0; i < set->items.n; i++) {
        const char *path = set->items.item[i].name;
        size_t length = folder_length(path);
        if (now.name != NULL && length == now.length && memcmp(path, now.name, length) == 0) {
            now.n++;
            continue;
        }
        const char *above = path + length;
        while (above > path && above[-1] != '/')
            above--;
        width = length - (size_t)(above - path);
        if (!parse_digits(above, width, &number))
            return false;
        n_folders++;
        if (n_folders == 1) {
            begin = number;
        } else {
            first = n_folders == 2 ? now : first;
            step = n_folders == 2 ? number - last : step;
            if (number <= last || number - last != step || length != first.length || now.n != first.n ||
                memcmp(path, first.name, (size_t)(above - path)) != 0)
                return false;
        }
        last = number;
        now = (folder_run){path, length, 1};
    }
    if (n_folders < 2 || now.n > first.n || begin > last)
        return false;
    bool padded = width >= 5 && last < 10000;
    return padded || numbers_go_on(set);
}

static void look_at_folders(bf_set *set)
{
    bf_classes *c = &set->classes;
    for (size_t i = 0; i < set->items.n; i++)
        if (folder_length(set->items.item[i].name) == 0) {
            snprintf(c->note, sizeof c->note, "not all its images are in class folders");
            return;
        }
    const char *first = set->items.n > 0 ? set->items.item[0].name : "";
    if (are_shards(set))
        snprintf(c->note, sizeof c->note,
                 "its folders ('%.*s' and so on) are numbered shards, no classes; labels in %s would be",
                 (int)(folder_length(first) < 100 ? folder_length(first) : 100), first, labels_name);
    else
        c->from = BF_CLASSES_FOLDERS;
}

/* --- labels ------------------------------------------------------------------------------------------- */

/* The first image of that name; names are sorted. */
static size_t find_image(const bf_set *set, const char *name)
{
    size_t low = 0, high = set->items.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(set->items.item[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < set->items.n && strcmp(set->items.item[low].name, name) == 0 ? low : SIZE_MAX;
}

/* Labels on their way into the set. `at` counts from 1 on, 0 is an image without. */
typedef struct labelling {
    bf_set *set;
    const bf_jsonread *json;
    size_t used, room, last; /* bytes of text; where the label before begins */
    size_t n_strangers;
    char stranger[100];
    feat_error *err;
} labelling;

static feat_status keep_text(labelling *l, const char *label, size_t length)
{
    bf_classes *c = &l->set->classes;
    if (l->used > 0 && strlen(c->text + l->last) == length && memcmp(c->text + l->last, label, length) == 0)
        return FEAT_OK;
    if (l->used + length + 1 > l->room) {
        size_t room = 2 * l->room + length + 4096;
        char *more = feat_realloc(c->text, room);
        if (more == NULL)
            return no_memory(l->set, l->err);
        c->text = more;
        l->room = room;
    }
    l->last = l->used;
    memcpy(c->text + l->used, label, length);
    c->text[l->used + length] = '\0';
    l->used += length + 1;
    return FEAT_OK;
}

/* ["00000/img00000000.png", 7] */
static feat_status take_label(labelling *l, size_t item)
{
    bf_classes *c = &l->set->classes;
    const char *name = NULL, *label = NULL;
    size_t n_name = 0, length = 0;
    if (bf_jsonread_size(l->json, item) != 2 || bf_jsonread_first(l->json, item) == BF_JSON_NONE)
        return bf_jsonread_fail(l->json, item, l->err, "expected [name, class]");
    size_t first = bf_jsonread_first(l->json, item), second = bf_jsonread_next(l->json, item, first);
    feat_status status = bf_jsonread_word(l->json, first, &name, &n_name, l->err);
    if (status == FEAT_OK && name[n_name] != '\0')
        status = bf_jsonread_fail(l->json, first, l->err, "expected a string, found a number");
    if (status == FEAT_OK)
        status = bf_jsonread_word(l->json, second, &label, &length, l->err);
    if (status != FEAT_OK)
        return status;
    if (length == 0 || length >= BF_CLASS_NAME)
        return bf_jsonread_fail(l->json, second, l->err, "a class of 1 to %d letters expected", BF_CLASS_NAME - 1);
    size_t image = find_image(l->set, name);
    if (image == SIZE_MAX) {
        if (l->n_strangers++ == 0)
            snprintf(l->stranger, sizeof l->stranger, "%s", name);
        return FEAT_OK;
    }
    if (c->at[image] != 0)
        return bf_jsonread_fail(l->json, item, l->err, "'%.60s' is labelled twice", name);
    status = keep_text(l, label, length);
    for (size_t i = image; status == FEAT_OK && i < l->set->items.n; i++) {
        if (strcmp(l->set->items.item[i].name, name) != 0)
            break;
        c->at[i] = l->last + 1;
    }
    return status;
}

static feat_status take_labels(labelling *l, size_t list)
{
    bf_classes *c = &l->set->classes;
    size_t n_without = 0, first = 0;
    feat_status status = FEAT_OK;
    c->at = feat_calloc(l->set->items.n + 1, sizeof *c->at);
    if (c->at == NULL)
        return no_memory(l->set, l->err);
    for (size_t item = bf_jsonread_first(l->json, list); item != BF_JSON_NONE && status == FEAT_OK;
         item = bf_jsonread_next(l->json, list, item))
        status = take_label(l, item);
    for (size_t i = l->set->items.n; i-- > 0;) {
        n_without += c->at[i] == 0;
        first = c->at[i] == 0 ? i : first;
    }
    if (status == FEAT_OK && n_without > 0)
        status = feat_fail(l->err, FEAT_ERR_FORMAT, "%s: no label for %zu of %zu images, the first: %.200s",
                           labels_name, n_without, l->set->items.n, l->set->items.item[first].name);
    if (status == FEAT_OK && l->n_strangers > 0)
        snprintf(c->note, sizeof c->note, "%s: labels for %zu names that are not in the set, the first: %s",
                 labels_name, l->n_strangers, l->stranger);
    c->from = status == FEAT_OK ? BF_CLASSES_LABELS : BF_CLASSES_NONE;
    return status;
}

/* Takes `text` over. Without labels in it, *none. */
static feat_status parse_labels(bf_set *set, char *text, size_t n, bool *none, feat_error *err)
{
    bf_jsonread *json = NULL;
    size_t list = BF_JSON_NONE;
    feat_status status = bf_jsonread_take(&json, labels_name, text, n, MAX_LABELS_VALUES, err);
    if (status == FEAT_OK)
        list = bf_jsonread_find(json, 0, "labels");
    *none = status == FEAT_OK && (list == BF_JSON_NONE || bf_jsonread_is_null(json, list));
    labelling l = {.set = set, .json = json, .err = err};
    if (status == FEAT_OK && !*none)
        status = bf_jsonread_array(json, 0, "labels", &list, err);
    if (status == FEAT_OK && !*none)
        status = take_labels(&l, list);
    bf_jsonread_close(&json);
    return status;
}

/* --- both --------------------------------------------------------------------------------------------- */

feat_status bf_set_find_classes(bf_set *set, feat_error *err)
{
    bf_classes *c = &set->classes;
    uint8_t *text = NULL;
    size_t n = 0;
    bool none = true;
    feat_error said = {FEAT_OK, ""};
    if (c->looked)
        return FEAT_OK;
    if (set->ops == &bf_source_joined) {
        snprintf(c->note, sizeof c->note, "of several files as one set no classes are taken");
        c->looked = true;
        return FEAT_OK;
    }
    if (set->kind != BF_SET_IMAGES || bf_set_is_stream(set)) {
        snprintf(c->note, sizeof c->note, "not all its images are in class folders");
        c->looked = true;
        return FEAT_OK;
    }
    feat_status status = FEAT_OK;
    if (set->ops->read_beside != NULL)
        status = set->ops->read_beside(set, labels_name, MAX_LABELS_BYTES, &text, &n, &said);
    if (status == FEAT_OK && text != NULL) {
        bf_digest_bytes(&c->digest, text, n);
        status = parse_labels(set, (char *)text, n, &none, &said);
        c->digest.known = !none || status != FEAT_OK;
    }
    if (status == FEAT_ERR_NOMEM || status == FEAT_ERR_IO) {
        bf_classes_release(c);
        return feat_fail(err, status, "%s", said.message);
    }
    if (status != FEAT_OK) {
        bf_digest digest = c->digest;
        bf_classes_release(c);
        c->digest = digest;
        c->broken = true;
        snprintf(c->note, sizeof c->note, "%.*s", (int)sizeof c->note - 1, said.message);
    } else if (none) {
        look_at_folders(set);
    }
    c->looked = true;
    return FEAT_OK;
}

feat_status bf_set_give_classes(bf_set *set, const bf_set_labels *labels, size_t n_labels, const char *note,
                                const bf_digest *digest, feat_error *err)
{
    bf_classes *c = &set->classes;
    labelling l = {.set = set, .err = err};
    feat_status status = FEAT_OK;
    bool broken = false;
    size_t image = 0;
    c->at = feat_calloc(set->items.n + 1, sizeof *c->at);
    if (c->at == NULL)
        return no_memory(set, err);
    for (size_t t = 0; t < n_labels; t++) {
        const char *label = labels[t].text;
        broken = broken || label == NULL;
        for (size_t i = 0; i < labels[t].n && !broken && status == FEAT_OK; i++, label += strlen(label) + 1) {
            status = keep_text(&l, label, strlen(label));
            c->at[image++] = l.last + 1;
        }
    }
    if (status != FEAT_OK || broken)
        bf_classes_release(c);
    if (status != FEAT_OK)
        return status;
    c->from = broken ? BF_CLASSES_NONE : BF_CLASSES_LABELS;
    c->broken = broken;
    c->digest = *digest;
    c->looked = true;
    snprintf(c->note, sizeof c->note, "%s", note);
    return FEAT_OK;
}

const bf_classes *bf_set_classes(const bf_set *set)
{
    return &set->classes;
}

const char *bf_class_source_name(bf_class_source from)
{
    return from == BF_CLASSES_LABELS ? labels_name : from == BF_CLASSES_FOLDERS ? "folders" : NULL;
}

bool bf_set_class_of(const bf_set *set, size_t index, char name[BF_CLASS_NAME])
{
    const bf_classes *c = &set->classes;
    index = bf_set_place(set, index);
    if (index >= set->items.n || c->from == BF_CLASSES_NONE)
        return false;
    const char *text = set->items.item[index].name;
    size_t n = folder_length(text);
    if (c->from == BF_CLASSES_LABELS) {
        text = c->text + (c->at[index] - 1);
        n = strlen(text);
    }
    if (n >= BF_CLASS_NAME) { /* cut from the left: names of deep folders agree there */
        text += n - (BF_CLASS_NAME - 1);
        n = BF_CLASS_NAME - 1;
    }
    memcpy(name, text, n);
    memset(name + n, 0, BF_CLASS_NAME - n);
    return true;
}
