/* The limits and their one table. */
#include "tools/base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/status.h"
#include "engine/files/archive.h"

static const struct {
    const char *name;
    size_t at;
    uint64_t preset, ceiling;
} table[] = {
    {"pixels", offsetof(bf_limits, pixels), 100000000, BF_MAX_PIXELS},
    {"file", offsetof(bf_limits, file), UINT64_C(1) << 30, 2000000000},
    {"members", offsetof(bf_limits, members), FEAT_ARCHIVE_MEMBERS, UINT32_MAX},
    {"archive", offsetof(bf_limits, archive), FEAT_ARCHIVE_SUM, UINT64_MAX},
    {"ratio", offsetof(bf_limits, ratio), FEAT_ARCHIVE_RATIO, FEAT_ARCHIVE_RATIO},
    {"depth", offsetof(bf_limits, depth), 64, 1000},
    {"name", offsetof(bf_limits, name), FEAT_ARCHIVE_NAME, 65535},
    {"seconds", offsetof(bf_limits, seconds), 60, 86400},
    {"worker", offsetof(bf_limits, worker), 16, 1000000},
};
enum { N_LIMITS = sizeof table / sizeof table[0] };

static bf_limits current = {.pixels = 100000000,
                            .file = UINT64_C(1) << 30,
                            .members = FEAT_ARCHIVE_MEMBERS,
                            .archive = FEAT_ARCHIVE_SUM,
                            .ratio = FEAT_ARCHIVE_RATIO,
                            .depth = 64,
                            .name = FEAT_ARCHIVE_NAME,
                            .seconds = 60,
                            .worker = 16};

const bf_limits *bf_limits_get(void)
{
    return &current;
}

void bf_limits_set_bits(uint64_t bits)
{
    current.bits = bits;
}

uint64_t bf_limits_bits(void)
{
    return current.bits != 0 ? current.bits : 16;
}

feat_status bf_limits_too_long(feat_error *err)
{
    if (err == NULL)
        return FEAT_ERR_UNSUPPORTED;
    feat_error said = *err;
    return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s; --limits file=N raises that", said.message);
}

void bf_limits_replace(const bf_limits *limits)
{
    current = *limits;
}

static uint64_t *field(bf_limits *limits, size_t i)
{
    return (uint64_t *)(void *)((char *)limits + table[i].at);
}

/* "20M" in text[n]; false for anything else. */
static bool parse_number(const char *text, size_t n, uint64_t *value)
{
    static const char suffixes[] = "kMGT";
    uint64_t unit = 1;
    const char *suffix = n > 0 ? memchr(suffixes, text[n - 1], 4) : NULL;
    if (suffix != NULL) {
        for (const char *s = suffixes; s <= suffix; s++)
            unit *= 1000;
        n--;
    }
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9' || *value > (UINT64_MAX - 9) / 10)
            return false;
        *value = *value * 10 + (uint64_t)(text[i] - '0');
    }
    if (*value > UINT64_MAX / unit)
        return false;
    *value *= unit;
    return n > 0;
}

static feat_status take(bf_limits *limits, const char *item, size_t n, feat_error *err)
{
    const char *equals = memchr(item, '=', n);
    size_t length = equals == NULL ? n : (size_t)(equals - item);
    char names[160] = "";
    for (size_t i = 0, used = 0; i < N_LIMITS; i++) {
        int wrote = snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "", table[i].name);
        used += wrote > 0 ? (size_t)wrote : 0;
        if (strlen(table[i].name) != length || memcmp(table[i].name, item, length) != 0)
            continue;
        uint64_t value = 0;
        if (equals == NULL || !parse_number(equals + 1, n - length - 1, &value) || value == 0 ||
            value > table[i].ceiling)
            return feat_fail(err, FEAT_ERR_ARG, "--limits: %s: a whole number from 1 to %llu expected, found '%.*s'",
                             table[i].name, (unsigned long long)table[i].ceiling,
                             equals == NULL ? 0 : (int)(n - length - 1), equals == NULL ? "" : equals + 1);
        *field(limits, i) = value;
        return FEAT_OK;
    }
    return feat_fail(err, FEAT_ERR_ARG, "--limits: NAME=NUMBER expected with NAME one of %s; found '%.*s'", names,
                     (int)(n < 40 ? n : 40), item);
}

feat_status bf_limits_set(const char *list, feat_error *err)
{
    bf_limits limits = {0};
    for (size_t i = 0; i < N_LIMITS; i++)
        *field(&limits, i) = table[i].preset;
    while (list != NULL) {
        const char *comma = strchr(list, ',');
        size_t n = comma == NULL ? strlen(list) : (size_t)(comma - list);
        feat_status status = take(&limits, list, n, err);
        if (status != FEAT_OK)
            return status;
        list = comma == NULL ? NULL : comma + 1;
    }
    current = limits;
    return FEAT_OK;
}
