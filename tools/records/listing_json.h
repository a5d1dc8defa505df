/* What listing a set found, as keys of a JSON object: left_out, left_out_names, by_content, by_content_names,
 * in_subfolders and, of some, array. */
#ifndef BONAFIDE_TOOLS_RECORDS_LISTING_JSON_H
#define BONAFIDE_TOOLS_RECORDS_LISTING_JSON_H

#include "tools/formats/json_read.h"
#include "tools/formats/json_write.h"
#include "tools/sets/set.h"

void bf_json_listing(bf_json *j, const bf_set_listing *listing);

/* From such an object; all is 0 where it has none of the keys. Errors: FORMAT. */
feat_status bf_jsonread_listing(const bf_jsonread *json, size_t object, bf_set_listing *listing,
                                feat_error *err) FEAT_NODISCARD;

#endif
