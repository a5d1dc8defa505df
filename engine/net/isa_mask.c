/* The public names of the kernel tables, and masks over them. */
#include <stdio.h>
#include <string.h>

#include "engine/base/status.h"
#include "engine/feat.h"
#include "engine/kernels/kernels.h"

const char *feat_isa_name(size_t index)
{
    const feat_kernels *k = feat_kernels_at(index);
    return k == NULL ? NULL : k->name;
}

int feat_isa_usable(size_t index)
{
    const feat_kernels *k = feat_kernels_at(index);
    return k != NULL && feat_kernels_usable(k);
}

const char *feat_isa_best(uint32_t mask)
{
    const feat_kernels *k = feat_kernels_pick(mask);
    return k == NULL ? NULL : k->name;
}

/* Adds the table called text[0..length) to the mask; false if there is none. */
static int add_name(uint32_t *mask, const char *text, size_t length)
{
    if (length == 3 && memcmp(text, "all", 3) == 0) {
        *mask = UINT32_MAX;
        return 1;
    }
    const char *name;
    for (size_t i = 0; (name = feat_isa_name(i)) != NULL; i++)
        if (strlen(name) == length && memcmp(name, text, length) == 0) {
            *mask |= 1u << i;
            return 1;
        }
    return 0;
}

feat_status feat_isa_mask_parse(uint32_t *mask, const char *text, feat_error *err)
{
    if (mask == NULL || text == NULL)
        return feat_null(err, __func__);
    char known[128] = "all";
    const char *name;
    for (size_t i = 0, used = 3; (name = feat_isa_name(i)) != NULL && used < sizeof known; i++) {
        int n = snprintf(known + used, sizeof known - used, ", %s", name);
        used += n > 0 ? (size_t)n : 0;
    }
    uint32_t result = 0;
    for (const char *p = text;;) {
        size_t length = strcspn(p, ",");
        if (!add_name(&result, p, length))
            return feat_fail(err, FEAT_ERR_ARG, "unknown instruction set '%.*s' (this build has: %s)",
                             (int)length, p, known);
        p += length;
        if (*p == '\0')
            break;
        p++;
    }
    *mask = result;
    return FEAT_OK;
}
