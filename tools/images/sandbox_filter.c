/* What a worker gives up: its capabilities, being looked into, and by a seccomp filter all but a list of system
 * calls for the kernel to check. What is not on it fails with EPERM, so that a C library that tries something new
 * and optional goes on without it. Of what is left nothing sleeps but reading and writing the socket: a worker that
 * takes no CPU time waits for the program, and a time limit on both is one on all that it can do. */
#define _GNU_SOURCE
#include "tools/images/sandbox_parts.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__) || (defined(__riscv) && __riscv_xlen == 64))

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#define ARCH AUDIT_ARCH_RISCV64
#endif

#ifndef SECCOMP_RET_KILL_PROCESS
#define SECCOMP_RET_KILL_PROCESS SECCOMP_RET_KILL
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define GIVE(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define REFUSE GIVE(SECCOMP_RET_ERRNO | EPERM)
#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), GIVE(SECCOMP_RET_ALLOW)
/* The low half of argument `i` must be exactly `value`, or must not have the bits of `mask`. All three machines are
 * little-endian; a descriptor or a protection has no high half. */
#define ALLOW_EQUAL(number, i, value)                                                                                  \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 4), LOAD(args[i]),                                                \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1), GIVE(SECCOMP_RET_ALLOW), REFUSE
#define ALLOW_AMONG(number, i, a, b, c, d)                                                                             \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 7), LOAD(args[i]),                                                \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (a), 3, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (b), 2, 0),                \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (c), 1, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (d), 0, 1),                \
        GIVE(SECCOMP_RET_ALLOW), REFUSE
#define ALLOW_WITHOUT(number, i, mask)                                                                                 \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 4), LOAD(args[i]),                                                \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (mask), 1, 0), GIVE(SECCOMP_RET_ALLOW), REFUSE

/* Root's worker is still root's: it could, for example, take pages of the whole machine out of use. What the system
 * refuses here was not there to be given up. */
void bf_box_drop_capabilities(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];
    for (unsigned long i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
        (void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
#if defined(PR_CAP_AMBIENT)
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
#endif
    memset(none, 0, sizeof none);
    (void)syscall(SYS_capset, &head, none);
}

bool bf_box_confine(int fd)
{
    struct sock_filter program[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
        GIVE(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
#if defined(__x86_64__)
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), /* the x32 calls */
        GIVE(SECCOMP_RET_KILL_PROCESS),
#endif
        ALLOW_EQUAL(__NR_read, 0, (unsigned)fd),
        ALLOW_EQUAL(__NR_write, 0, (unsigned)fd),
        ALLOW_WITHOUT(__NR_mmap, 2, PROT_EXEC),
        ALLOW_WITHOUT(__NR_mprotect, 2, PROT_EXEC),
        ALLOW(__NR_munmap),
        ALLOW(__NR_mremap),
        ALLOW_AMONG(__NR_madvise, 2, MADV_DONTNEED, MADV_FREE, MADV_HUGEPAGE, MADV_NOHUGEPAGE),
        ALLOW(__NR_brk),
        ALLOW_AMONG(__NR_futex, 1, FUTEX_WAKE, FUTEX_WAKE_PRIVATE, FUTEX_WAKE, FUTEX_WAKE), /* waiting has a time */
        ALLOW(__NR_clock_gettime),
        ALLOW(__NR_sched_yield),
        ALLOW(__NR_restart_syscall),
        ALLOW(__NR_rt_sigreturn),
        ALLOW(__NR_exit),
        ALLOW(__NR_exit_group),
        REFUSE,
    };
    const struct sock_fprog filter = {.len = sizeof program / sizeof program[0], .filter = program};
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
}

#else

void bf_box_drop_capabilities(void)
{
}

bool bf_box_confine(int fd)
{
    (void)fd;
    return false;
}

#endif
