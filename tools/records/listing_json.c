/* What listing a set found, in results, manifests and parts. */
#include "tools/records/listing_json.h"

#include <stdio.h>
#include <string.h>

/* Null for what is not known: all of it, or only the names. */
static void write_number(bf_json *j, const char *key, size_t n, bool unknown)
{
    if (unknown)
        bf_json_string(j, key, NULL);
    else
        bf_json_integer(j, key, n);
}

static void write_names(bf_json *j, const char *key, const char *key_names, const bf_first_names *names, bool unknown)
{
    write_number(j, key, names->n, unknown);
    if (unknown || (names->n > 0 && names->n_named == 0)) {
        bf_json_string(j, key_names, NULL);
        return;
    }
    bf_json_open(j, key_names, '[');
    for (size_t i = 0; i < names->n_named; i++)
        bf_json_string(j, NULL, names->name[i]);
    bf_json_close(j, ']');
}

/* How an array was taken for images, where that does not go without saying. */
static void write_array(bf_json *j, const bf_array_note *note)
{
    if (note->n_channels == 0)
        return;
    bf_json_open(j, "array", '{');
    bf_json_string(j, "type", note->type);
    bf_json_string(j, "layout", note->channels_first ? "nchw" : "nhwc");
    bf_json_integer(j, "channels", note->n_channels);
    if (note->has_range) {
        bf_json_number(j, "low", note->low);
        bf_json_number(j, "high", note->high);
    }
    bf_json_close(j, '}');
}

void bf_json_listing(bf_json *j, const bf_set_listing *listing)
{
    write_names(j, "left_out", "left_out_names", &listing->left_out, listing->unknown);
    write_names(j, "by_content", "by_content_names", &listing->by_content, listing->unknown);
    write_number(j, "in_subfolders", listing->in_subfolders, listing->unknown);
    write_array(j, &listing->array);
}

static feat_status read_names(const bf_jsonread *json, size_t object, const char *key, const char *key_names,
                              bf_first_names *names, feat_error *err)
{
    uint64_t n = 0;
    size_t list = bf_jsonread_find(json, object, key_names);
    feat_status status = bf_jsonread_integer(json, object, key, &n, err);
    if (status == FEAT_OK && list != BF_JSON_NONE && bf_jsonread_is_null(json, list)) {
        names->n = n < SIZE_MAX / 2 ? (size_t)n : SIZE_MAX / 2;
        return FEAT_OK;
    }
    if (status == FEAT_OK)
        status = bf_jsonread_array(json, object, key_names, &list, err);
    for (size_t item = status == FEAT_OK ? bf_jsonread_first(json, list) : BF_JSON_NONE;
         item != BF_JSON_NONE && status == FEAT_OK; item = bf_jsonread_next(json, list, item)) {
        const char *text = NULL;
        size_t length = 0;
        status = bf_jsonread_word(json, item, &text, &length, err);
        if (status == FEAT_OK && text[length] == '\0')
            bf_first_names_add(names, text);
    }
    if (status == FEAT_OK && (n > SIZE_MAX / 2 || n < names->n || (n > 0) != (names->n > 0)))
        status = bf_jsonread_fail(json, list, err, "names and their number do not agree");
    names->n = (size_t)n;
    return status;
}

static feat_status read_array(const bf_jsonread *json, size_t object, bf_array_note *note, feat_error *err)
{
    size_t node;
    uint64_t channels = 0;
    const char *type = NULL, *layout = NULL;
    if (bf_jsonread_find(json, object, "array") == BF_JSON_NONE)
        return FEAT_OK;
    feat_status status = bf_jsonread_object(json, object, "array", &node, err);
    if (status == FEAT_OK)
        status = bf_jsonread_string(json, node, "type", &type, err);
    if (status == FEAT_OK)
        status = bf_jsonread_string(json, node, "layout", &layout, err);
    if (status == FEAT_OK)
        status = bf_jsonread_integer(json, node, "channels", &channels, err);
    if (status != FEAT_OK)
        return status;
    if (channels != 1 && channels != 3 && channels != 4)
        return bf_jsonread_fail(json, node, err, "1, 3 or 4 channels expected");
    snprintf(note->type, sizeof note->type, "%s", type);
    note->channels_first = strcmp(layout, "nchw") == 0;
    note->n_channels = (size_t)channels;
    note->has_range = bf_jsonread_find(json, node, "low") != BF_JSON_NONE;
    if (note->has_range)
        status = bf_jsonread_number(json, node, "low", &note->low, err);
    return status == FEAT_OK && note->has_range ? bf_jsonread_number(json, node, "high", &note->high, err) : status;
}

feat_status bf_jsonread_listing(const bf_jsonread *json, size_t object, bf_set_listing *listing, feat_error *err)
{
    uint64_t below = 0;
    *listing = (bf_set_listing){.in_subfolders = 0};
    size_t first = bf_jsonread_find(json, object, "left_out");
    listing->unknown = first != BF_JSON_NONE && bf_jsonread_is_null(json, first);
    if (first == BF_JSON_NONE || listing->unknown)
        return FEAT_OK;
    feat_status status = read_names(json, object, "left_out", "left_out_names", &listing->left_out, err);
    if (status == FEAT_OK)
        status = read_names(json, object, "by_content", "by_content_names", &listing->by_content, err);
    if (status == FEAT_OK)
        status = bf_jsonread_integer(json, object, "in_subfolders", &below, err);
    listing->in_subfolders = below < SIZE_MAX / 2 ? (size_t)below : SIZE_MAX / 2;
    return status == FEAT_OK ? read_array(json, object, &listing->array, err) : status;
}
