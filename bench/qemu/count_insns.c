/* A plugin of qemu-user: when the program writes to its standard output, a line on the log with how many instructions
 * it has executed until then, and how many of them were vector fmla (AArch64).
 *
 *   cc -shared -fPIC bench/qemu/count_insns.c -o count_insns.so
 *   qemu-aarch64 -plugin ./count_insns.so -d plugin PROGRAM
 *
 * qemu's header is in no package of Debian's, so what is used of its interface, version 1, is declared here. Blocks
 * count when they are entered; counts are exact for one thread only. */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SEEN_BY_QEMU __attribute__((visibility("default")))

typedef uint64_t plugin_id;
struct qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

typedef void (*tb_translated)(plugin_id id, struct qemu_plugin_tb *tb);
typedef void (*syscall_entered)(plugin_id id, unsigned vcpu, int64_t number, uint64_t a1, uint64_t a2, uint64_t a3,
                                uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8);

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, tb_translated callback);
void qemu_plugin_register_vcpu_syscall_cb(plugin_id id, syscall_entered callback);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op, void *counter, uint64_t add);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
void qemu_plugin_outs(const char *text);

SEEN_BY_QEMU int qemu_plugin_version = 1;
SEEN_BY_QEMU int qemu_plugin_install(plugin_id id, const struct qemu_info_t *info, int argc, char **argv);

enum { INLINE_ADD = 0, AARCH64_WRITE = 64, STDOUT = 1 };

static uint64_t n_insns, n_fmla;

/* fmla Vd.T, Vn.T, Vm.T and fmla Vd.T, Vn.T, Vm.T[index] (Arm ARM, C7.2, "FMLA (vector)", "FMLA (by element)"). */
static int is_fmla(uint32_t word)
{
    return (word & 0xbfa0fc00u) == 0x0e20cc00u || (word & 0xbf80f400u) == 0x0f801000u;
}

static void on_translated(plugin_id id, struct qemu_plugin_tb *tb)
{
    size_t n = qemu_plugin_tb_n_insns(tb), fmla = 0;
    (void)id;
    for (size_t i = 0; i < n; i++) {
        uint32_t word;
        memcpy(&word, qemu_plugin_insn_data(qemu_plugin_tb_get_insn(tb, i)), sizeof word);
        fmla += (size_t)is_fmla(word);
    }
    qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD, &n_insns, n);
    if (fmla > 0)
        qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD, &n_fmla, fmla);
}

static void on_syscall(plugin_id id, unsigned vcpu, int64_t number, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                       uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8)
{
    char line[96];
    (void)id, (void)vcpu, (void)a2, (void)a3, (void)a4, (void)a5, (void)a6, (void)a7, (void)a8;
    if (number != AARCH64_WRITE || a1 != STDOUT)
        return;
    snprintf(line, sizeof line, "counted %" PRIu64 " %" PRIu64 "\n", n_insns, n_fmla);
    qemu_plugin_outs(line);
}

int qemu_plugin_install(plugin_id id, const struct qemu_info_t *info, int argc, char **argv)
{
    (void)info, (void)argc, (void)argv;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated);
    qemu_plugin_register_vcpu_syscall_cb(id, on_syscall);
    return 0;
}
