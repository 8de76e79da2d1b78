/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/process/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/process/calls.h"

/** What the kernel calls the architecture that we are built for; 0: not known here, no filter. */
#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64 /* x32 has numbers of its own, which are in no list */
#elif defined(__i386__)
#define ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__) && defined(__ARM_EABI__) && defined(__ARMEL__)
#define ARCH AUDIT_ARCH_ARM
#elif defined(__s390x__)
#define ARCH AUDIT_ARCH_S390X
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define ARCH AUDIT_ARCH_PPC64LE
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#else
#define ARCH 0
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW 0
#else
#define LOW 4
#endif

/** The kernel takes up to BPF_MAXINSNS. */
#define SIZE 1024

typedef struct program_t {
    struct sock_filter code[SIZE];
    int n;
    int is_full;
} program_t;

static void add(program_t *program, unsigned short code, unsigned k, unsigned char yes,
                unsigned char no)
{
    const struct sock_filter line = { code, yes, no, k };

    if (program->n == SIZE) {
        program->is_full = 1;
        return;
    }
    program->code[program->n++] = line;
}

static void load(program_t *program, size_t offset)
{
    add(program, BPF_LD | BPF_W | BPF_ABS, (unsigned)offset, 0, 0);
}

static void end(program_t *program, unsigned verdict)
{
    add(program, BPF_RET | BPF_K, verdict, 0, 0);
}

/* Allow it in this way, else go on behind. */
static void add_way(program_t *program, const mssl_call_t *call)
{
    size_t at = offsetof(struct seccomp_data, args) + call->argument * sizeof(__u64);

    if (call->test != MSSL_CALL_ANY) {
        load(program, at + LOW);
    }
    switch ((mssl_call_test_t)call->test) {
    case MSSL_CALL_ANY:
        break;
    case MSSL_CALL_EQUALS:
        add(program, BPF_JMP | BPF_JEQ | BPF_K, call->value, 0, 1);
        break;
    case MSSL_CALL_SELF:
        add(program, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)getpid(), 0, 1);
        break;
    case MSSL_CALL_HAS:
        add(program, BPF_JMP | BPF_JSET | BPF_K, call->value, 0, 1);
        break;
    case MSSL_CALL_HAS_NOT:
        add(program, BPF_JMP | BPF_JSET | BPF_K, call->value, 1, 0);
        break;
    case MSSL_CALL_NULL:
        add(program, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3);
        load(program, at + 4 - LOW);
        add(program, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1);
        break;
    }
    end(program, SECCOMP_RET_ALLOW);
}

/**
 * All ways of one call.
 * @return how many rows those are
 */
static int add_call(program_t *program, const mssl_call_t *call, int left, unsigned groups)
{
    int n, test = program->n;

    add(program, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call->nr, 0, 0);
    for (n = 0; n < left && call[n].nr == call->nr; n++) {
        if ((call[n].group & groups) != 0) {
            add_way(program, &call[n]);
        }
    }
    end(program, SECCOMP_RET_ERRNO | EPERM);
    if (program->n - test - 1 > 255 || program->is_full) {
        program->is_full = 1; /* a jump is a byte */
        return n;
    }
    program->code[test].jf = (unsigned char)(program->n - test - 1);
    return n;
}

static void make(program_t *program, unsigned groups)
{
    int i, n;
    const mssl_call_t *calls = mssl_calls_get(&n);

    program->n = 0;
    program->is_full = 0;
    load(program, offsetof(struct seccomp_data, arch));
    add(program, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
    end(program, SECCOMP_RET_KILL_PROCESS);
    load(program, offsetof(struct seccomp_data, nr));
    for (i = 0; i < n;) {
        i += add_call(program, &calls[i], n - i, groups);
    }
    end(program, SECCOMP_RET_ERRNO | ENOSYS);
}

int mssl_seccomp_is_there(void)
{
    /* Without a filter to read: EFAULT where it would have been read, EINVAL or EPERM elsewhere. */
    return ARCH != 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) != 0
           && errno == EFAULT;
}

apr_status_t mssl_seccomp_confine(unsigned groups)
{
    struct sock_fprog filter;
    program_t program;

    make(&program, groups);
    if (program.is_full) {
        return APR_ENOSPC;
    }
    filter.len = (unsigned short)program.n;
    filter.filter = program.code;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0 ? APR_SUCCESS : errno;
}
