/* Sizes in bytes as a command line has them. */
#ifndef BONAFIDE_TOOLS_OPTIONS_BYTE_SIZE_H
#define BONAFIDE_TOOLS_OPTIONS_BYTE_SIZE_H

#include <stdint.h>

#include "engine/base/common.h"

/* "512M", "1.5G", "800000k": powers of 1024, at least 1M. Errors: ARG. */
feat_status bf_memory_parse(uint64_t *bytes, const char *text, feat_error *err) FEAT_NODISCARD;

#endif
