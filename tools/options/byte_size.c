/* Sizes in bytes as a command line has them. */
#include "tools/options/byte_size.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/status.h"

static const double mib = 1048576.0;

feat_status bf_memory_parse(uint64_t *bytes, const char *text, feat_error *err)
{
    static const char units[] = "kMG";
    char *end = NULL;
    double value = text[0] >= '0' && text[0] <= '9' ? strtod(text, &end) : 0.0;
    const char *unit = end != NULL && *end != 0 ? strchr(units, *end) : NULL;
    if (unit == NULL || end[1] != 0 || strpbrk(text, "xXeEpP") != NULL)
        return feat_fail(err, FEAT_ERR_ARG, "--memory: a size as 512M or 1.5G expected, '%s' found", text);
    for (const char *u = units; u <= unit; u++)
        value *= 1024.0;
    if (!(value >= mib && value < 0x1p62))
        return feat_fail(err, FEAT_ERR_ARG, "--memory: at least 1M expected, '%s' found", text);
    *bytes = (uint64_t)value;
    return FEAT_OK;
}
