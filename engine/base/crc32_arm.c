/* CRC-32 with AArch64's own instruction, which nearly every such CPU has. In assembly, because gcc and clang
 * do not agree on how a function for more than the target's base is declared. */
#include "engine/base/crc32.h"

#if defined(__aarch64__) && defined(__linux__) && defined(__BYTE_ORDER__) &&                                 \
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

#include <string.h>
#include <sys/auxv.h>

enum { HAS_CRC32 = 1 << 7 }; /* of AT_HWCAP, as in Linux' asm/hwcap.h */

static uint32_t by_instruction(uint32_t state, const unsigned char *data, size_t bytes)
{
    for (; bytes >= 8; data += 8, bytes -= 8) {
        uint64_t word;
        memcpy(&word, data, sizeof word);
        __asm__(".arch_extension crc\n\tcrc32x %w0, %w0, %x1" : "+r"(state) : "r"(word));
    }
    for (; bytes > 0; data++, bytes--)
        __asm__(".arch_extension crc\n\tcrc32b %w0, %w0, %w1" : "+r"(state) : "r"((uint32_t)*data));
    return state;
}

iv3_crc32_fn iv3_crc32_arm(void)
{
    return (getauxval(AT_HWCAP) & HAS_CRC32) != 0 ? by_instruction : NULL;
}

#else

iv3_crc32_fn iv3_crc32_arm(void)
{
    return NULL;
}

#endif
