/* Tar archives in memory, for tests: members one after the other, whose headers may then be changed. */
#ifndef BONAFIDE_TESTS_TOOLS_TAR_MAKER_H
#define BONAFIDE_TESTS_TOOLS_TAR_MAKER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct tar_maker {
    uint8_t bytes[1 << 16];
    size_t n, last; /* where the header of the last member is */
} tar_maker;

/* Makes the sum of the header at `at` right. */
static inline void tar_sum_at(tar_maker *t, size_t at)
{
    unsigned sum = 0;
    memset(t->bytes + at + 148, ' ', 8);
    for (size_t i = 0; i < 512; i++)
        sum += t->bytes[at + i];
    (void)snprintf((char *)t->bytes + at + 148, 8, "%06o", sum & 0777777);
}

static inline void tar_sum(tar_maker *t)
{
    tar_sum_at(t, t->last);
}

/* Those of all blocks that could be headers. */
static inline void tar_sum_all(tar_maker *t)
{
    for (size_t at = 0; at + 512 <= t->n; at += 512)
        if (t->bytes[at] != 0)
            tar_sum_at(t, at);
}

static inline void tar_begin(tar_maker *t)
{
    memset(t, 0, sizeof *t);
}

static inline void tar_add(tar_maker *t, const char *name, char type, const void *data, size_t n)
{
    uint8_t *header = t->bytes + t->n;
    size_t length = strlen(name);
    t->last = t->n;
    memcpy(header, name, length < 100 ? length : 100);
    memcpy(header + 100, "0000644", 8);
    (void)snprintf((char *)header + 124, 12, "%011o", (unsigned)n & 0xFFFFFFu);
    header[156] = (uint8_t)type;
    memcpy(header + 257, "ustar\00000", 8);
    memcpy(header + 512, data, n);
    tar_sum(t);
    t->n += 512 + (n + 511) / 512 * 512;
}

static inline void tar_end(tar_maker *t)
{
    t->n += 1024;
}

#endif
