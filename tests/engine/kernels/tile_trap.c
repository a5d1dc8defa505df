/* Tile instructions by signal handler. Source: Intel SDM volume 2, LDTILECFG, TILELOADD, TILESTORED,
 * TILEZERO, TILERELEASE and TDPBF16PS; VEX encoding, volume 2 section 2.3. */
#define _GNU_SOURCE /* gregs */
#include "tests/engine/kernels/tile_trap.h"

#include "engine/base/cpu.h"

#if defined(__x86_64__) && defined(__linux__)
#include <float.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

typedef struct tile {
    size_t rows, row_bytes; /* 0: not configured */
    unsigned char data[16][64];
} tile;

static _Thread_local struct {
    int configured;
    tile t[8];
} unit;
static atomic_size_t n_done;

/* What a real unit refuses with #UD or #GP ends the test program. */
static void require(int ok, const char *what)
{
    static const char start[] = "tile instruction: ";
    if (ok)
        return;
    if (write(STDERR_FILENO, start, sizeof start - 1) < 0 || write(STDERR_FILENO, what, strlen(what)) < 0 ||
        write(STDERR_FILENO, "\n", 1) < 0)
        _exit(70);
    _exit(70);
}

static uint64_t reg(const greg_t *g, unsigned number)
{
    static const int at[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                               REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
    return (uint64_t)g[at[number]];
}

typedef struct instruction {
    unsigned prefix, opcode, reg, vvvv, mod, rm; /* prefix: 0 none, 2 F3, 3 F2 */
    uint64_t address, stride;                    /* the memory operand, and its index register times scale */
    size_t length;
} instruction;

/* C4, inverted R X B and map 2, W vvvv L pp, opcode, ModRM, SIB, displacement. Zero length: something else. */
static instruction decode(const unsigned char *p, const greg_t *g)
{
    instruction i = {.length = 0};
    if (p[0] != 0xc4 || (p[1] & 0x1f) != 2 || (p[2] & 0x84) != 0)
        return i;
    unsigned x = ~p[1] >> 6 & 1u, b = ~p[1] >> 5 & 1u;
    i.prefix = p[2] & 3u;
    i.vvvv = ~p[2] >> 3 & 15u;
    i.opcode = p[3];
    i.mod = p[4] >> 6;
    i.reg = p[4] >> 3 & 7u;
    i.rm = p[4] & 7u;
    i.length = 5;
    if (i.mod == 3)
        return i;
    unsigned base = i.rm | b << 3;
    int has_base = 1;
    if (i.rm == 4) {
        unsigned sib = p[i.length++], index = (sib >> 3 & 7u) | x << 3;
        base = (sib & 7u) | b << 3;
        i.stride = index == 4 ? 0 : reg(g, index) << (sib >> 6);
        has_base = i.mod != 0 || (sib & 7u) != 5;
    } else {
        has_base = i.mod != 0 || i.rm != 5;
    }
    if (i.mod == 1) {
        i.address = (uint64_t)(int64_t)(signed char)p[i.length++];
    } else if (i.mod == 2 || !has_base) {
        int32_t displacement;
        memcpy(&displacement, p + i.length, 4);
        i.length += 4;
        i.address = (uint64_t)(int64_t)displacement;
        if (i.rm == 5 && i.mod == 0)
            i.address += (uint64_t)(uintptr_t)p + i.length; /* relative to the next instruction */
    }
    if (has_base)
        i.address += reg(g, base);
    return i;
}

static void load_config(const unsigned char *c)
{
    require(c[0] == 1 && c[1] == 0, "palette 1 and start row 0 expected");
    for (int i = 2; i < 16; i++)
        require(c[i] == 0, "reserved bytes of the configuration must be zero");
    memset(&unit, 0, sizeof unit);
    for (int i = 0; i < 16; i++) {
        uint16_t row_bytes;
        memcpy(&row_bytes, c + 16 + 2 * i, 2);
        size_t rows = c[48 + i];
        require(i < 8 || (rows == 0 && row_bytes == 0), "there are eight tiles");
        require(rows <= 16 && row_bytes <= 64 && (rows == 0) == (row_bytes == 0),
                "a tile is at most 16 x 64 bytes");
        if (i < 8) {
            unit.t[i].rows = rows;
            unit.t[i].row_bytes = row_bytes;
        }
    }
    unit.configured = 1;
}

static tile *configured(unsigned number)
{
    require(unit.configured && number < 8 && unit.t[number].rows > 0, "a tile without configuration");
    return &unit.t[number];
}

static float flushed(float x)
{
    return fabsf(x) < FLT_MIN ? copysignf(0.0f, x) : x;
}

static float widen(const unsigned char *piece)
{
    uint32_t bits = (uint32_t)piece[0] << 16 | (uint32_t)piece[1] << 24;
    float x;
    memcpy(&x, &bits, sizeof x);
    return flushed(x);
}

/* Subnormals are taken for zero and flushed to zero, as the unit does whatever MXCSR says. */
__attribute__((target("avx2,fma"))) static void multiply(tile *c, const tile *a, const tile *b)
{
    require(c != a && c != b && a != b, "three different tiles expected");
    require(c->rows == a->rows && c->row_bytes == b->row_bytes && b->rows == a->row_bytes / 4,
            "sizes of a product do not fit");
    size_t n = b->row_bytes / 4, k_end = b->rows;
    float be[16][16], bo[16][16];
    for (size_t k = 0; k < k_end; k++)
        for (size_t j = 0; j < n; j++) {
            be[k][j] = widen(b->data[k] + 4 * j);
            bo[k][j] = widen(b->data[k] + 4 * j + 2);
        }
    for (size_t m = 0; m < c->rows; m++) {
        float even[16] = {0.0f}, odd[16] = {0.0f}, sum[16];
        for (size_t k = 0; k < k_end; k++) {
            float ae = widen(a->data[m] + 4 * k), ao = widen(a->data[m] + 4 * k + 2);
            for (size_t j = 0; j < n; j++) {
                even[j] = flushed(fmaf(ae, be[k][j], even[j]));
                odd[j] = flushed(fmaf(ao, bo[k][j], odd[j]));
            }
        }
        memcpy(sum, c->data[m], n * sizeof(float));
        for (size_t j = 0; j < n; j++)
            sum[j] = flushed(flushed(sum[j]) + flushed(even[j] + odd[j]));
        memcpy(c->data[m], sum, n * sizeof(float));
    }
}

static void move(const instruction *i, tile *t)
{
    require(i->rm == 4, "a tile is loaded and stored through a SIB byte");
    for (size_t r = 0; r < t->rows; r++) {
        unsigned char *at = (unsigned char *)(uintptr_t)(i->address + i->stride * r);
        if (i->prefix == 3)
            memcpy(t->data[r], at, t->row_bytes);
        else
            memcpy(at, t->data[r], t->row_bytes);
    }
}

static void on_sigill(int signal_number, siginfo_t *info, void *context)
{
    (void)info;
    ucontext_t *u = context;
    greg_t *g = u->uc_mcontext.gregs;
    instruction i = decode((const unsigned char *)(uintptr_t)g[REG_RIP], g);
    if (i.length == 0) {
        signal(signal_number, SIG_DFL); /* not ours: raised again on return */
        return;
    }
    if (i.opcode == 0x49 && i.prefix == 0 && i.mod != 3 && i.reg == 0)
        load_config((const unsigned char *)(uintptr_t)(i.address + i.stride));
    else if (i.opcode == 0x49 && i.prefix == 0 && i.mod == 3 && i.reg == 0 && i.rm == 0)
        memset(&unit, 0, sizeof unit);
    else if (i.opcode == 0x49 && i.prefix == 3 && i.mod == 3 && i.rm == 0)
        memset(configured(i.reg)->data, 0, sizeof unit.t[0].data);
    else if (i.opcode == 0x4b && (i.prefix == 2 || i.prefix == 3) && i.mod != 3)
        move(&i, configured(i.reg));
    else if (i.opcode == 0x5c && i.prefix == 2 && i.mod == 3)
        multiply(configured(i.reg), configured(i.rm), configured(i.vvvv));
    else
        require(0, "one that is not used here");
    g[REG_RIP] += (greg_t)i.length;
    atomic_fetch_add_explicit(&n_done, 1, memory_order_relaxed);
}

int tile_trap_install(void)
{
    uint32_t wanted = FEAT_CPU_AVX512_BF16 | FEAT_CPU_AVX512 | FEAT_CPU_FMA;
    if ((feat_cpu_features() & wanted) != wanted)
        return 0;
    if (feat_cpu_allow_amx())
        return 1;
    struct sigaction action = {.sa_sigaction = on_sigill, .sa_flags = SA_SIGINFO | SA_NODEFER};
    return sigaction(SIGILL, &action, NULL) == 0;
}

size_t tile_trap_count(void)
{
    return n_done;
}

#else

int tile_trap_install(void)
{
    return 0;
}

size_t tile_trap_count(void)
{
    return 0;
}

#endif
