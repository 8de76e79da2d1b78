/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * By number, not by libseccomp: a list, and 60 lines that make a filter of it (seccomp.c), are less
 * to trust in a process that was root than another library. What an architecture does not have is
 * left out; the names are the kernel's, the same for every libc. Those that are made often stand
 * first.
 *
 * On purpose not there: open_by_handle_at (with CAP_DAC_READ_SEARCH it opens any file of a file
 * system, outside of a container, too), openat2 and clone3 (what they are to do lies in memory,
 * where a filter cannot look; libc falls back to openat and clone), and everything that makes a
 * process. Who makes files does so in folders of its own (confine.h); who makes sockets reads no
 * file.
 */

#include "lib/process/calls.h"

#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/net.h>
#include <linux/prctl.h>
#include <linux/sched.h>

#include "lib/process/rights.h"

/** Flags that write, create or cut off. O_TMPFILE has O_DIRECTORY in it, which only looks. */
#define WRITES ((unsigned int)(O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY)))

/** s390's kernel takes the stack first. */
#if defined(__s390__)
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/** How malloc of newer libcs names its memory. */
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

#define TALK_BY(nr) { __NR_socketcall, MSSL_CALLS_TALK, 0, MSSL_CALL_EQUALS, nr }
#define CONNECT_BY(nr) { __NR_socketcall, MSSL_CALLS_CONNECT, 0, MSSL_CALL_EQUALS, nr }
#define FCNTL(nr, command) { nr, MSSL_CALLS_LIVE, 1, MSSL_CALL_EQUALS, command }

static const mssl_call_t calls[] = {
    { __NR_openat, MSSL_CALLS_READ, 2, MSSL_CALL_HAS_NOT, WRITES },
    { __NR_openat, MSSL_CALLS_WRITE },
#ifdef __NR_open
    { __NR_open, MSSL_CALLS_READ, 1, MSSL_CALL_HAS_NOT, WRITES },
    { __NR_open, MSSL_CALLS_WRITE },
#endif

    { __NR_sendmsg, MSSL_CALLS_TALK },
    { __NR_recvmsg, MSSL_CALLS_TALK },
#ifdef __NR_recv
    { __NR_recv, MSSL_CALLS_TALK },
#endif
    { __NR_recvfrom, MSSL_CALLS_TALK },
#ifdef __NR_send
    { __NR_send, MSSL_CALLS_TALK },
#endif
    { __NR_getsockopt, MSSL_CALLS_TALK },
    { __NR_shutdown, MSSL_CALLS_TALK },

    { __NR_epoll_create1, MSSL_CALLS_TALK },
    { __NR_epoll_ctl, MSSL_CALLS_TALK },
#ifdef __NR_epoll_wait
    { __NR_epoll_wait, MSSL_CALLS_TALK },
#endif
    { __NR_epoll_pwait, MSSL_CALLS_TALK },
#ifdef __NR_epoll_pwait2
    { __NR_epoll_pwait2, MSSL_CALLS_TALK },
#endif

    { __NR_read, MSSL_CALLS_LIVE },
    { __NR_readv, MSSL_CALLS_LIVE },
    { __NR_write, MSSL_CALLS_LIVE },
    { __NR_writev, MSSL_CALLS_LIVE },
    { __NR_close, MSSL_CALLS_LIVE },

#ifdef __NR_futex
    { __NR_futex, MSSL_CALLS_LIVE },
#endif
#ifdef __NR_futex_time64
    { __NR_futex_time64, MSSL_CALLS_LIVE },
#endif
    { __NR_set_robust_list, MSSL_CALLS_LIVE },
    { __NR_set_tid_address, MSSL_CALLS_LIVE },
#ifdef __NR_rseq
    { __NR_rseq, MSSL_CALLS_LIVE },
#endif
    { __NR_membarrier, MSSL_CALLS_LIVE },

#ifdef __NR_fstat
    { __NR_fstat, MSSL_CALLS_READ },
#endif
#ifdef __NR_fstat64
    { __NR_fstat64, MSSL_CALLS_READ },
#endif
#ifdef __NR_stat
    { __NR_stat, MSSL_CALLS_READ },
#endif
#ifdef __NR_stat64
    { __NR_stat64, MSSL_CALLS_READ },
#endif
    { __NR_lstat, MSSL_CALLS_READ },
#ifdef __NR_lstat64
    { __NR_lstat64, MSSL_CALLS_READ },
#endif
#ifdef __NR_newfstatat
    { __NR_newfstatat, MSSL_CALLS_READ },
#endif
#ifdef __NR_fstatat64
    { __NR_fstatat64, MSSL_CALLS_READ },
#endif
#ifdef __NR_statx
    { __NR_statx, MSSL_CALLS_READ },
#endif

#ifdef __NR_lseek
    { __NR_lseek, MSSL_CALLS_READ },
#endif
#ifdef __NR__llseek
    { __NR__llseek, MSSL_CALLS_READ },
#endif
    { __NR_pread64, MSSL_CALLS_READ },
    { __NR_preadv, MSSL_CALLS_READ },
#ifdef __NR_fadvise64
    { __NR_fadvise64, MSSL_CALLS_READ },
#endif
#ifdef __NR_fadvise64_64
    { __NR_fadvise64_64, MSSL_CALLS_READ },
#endif

    { __NR_brk, MSSL_CALLS_LIVE },
#ifdef __NR_mmap
    { __NR_mmap, MSSL_CALLS_LIVE },
#endif
#ifdef __NR_mmap2
    { __NR_mmap2, MSSL_CALLS_LIVE },
#endif
    { __NR_munmap, MSSL_CALLS_LIVE },
    { __NR_mremap, MSSL_CALLS_LIVE },
    { __NR_mprotect, MSSL_CALLS_LIVE },
    { __NR_madvise, MSSL_CALLS_LIVE },
#ifdef __NR_fallocate
    { __NR_fallocate, MSSL_CALLS_LIVE },
#endif

#ifdef __NR_clock_gettime
    { __NR_clock_gettime, MSSL_CALLS_LIVE },
#endif
#ifdef __NR_clock_gettime64
    { __NR_clock_gettime64, MSSL_CALLS_LIVE },
#endif
#ifdef __NR_clock_getres
    { __NR_clock_getres, MSSL_CALLS_LIVE },
#endif
#ifdef __NR_clock_getres_time64
    { __NR_clock_getres_time64, MSSL_CALLS_LIVE },
#endif
#ifdef __NR_clock_nanosleep
    { __NR_clock_nanosleep, MSSL_CALLS_LIVE },
#endif
#ifdef __NR_clock_nanosleep_time64
    { __NR_clock_nanosleep_time64, MSSL_CALLS_LIVE },
#endif
    { __NR_nanosleep, MSSL_CALLS_LIVE },
    { __NR_gettimeofday, MSSL_CALLS_LIVE },
#ifdef __NR_time
    { __NR_time, MSSL_CALLS_LIVE },
#endif
    { __NR_times, MSSL_CALLS_LIVE },
    { __NR_getrusage, MSSL_CALLS_LIVE },

#ifdef __NR_poll
    { __NR_poll, MSSL_CALLS_LIVE },
#endif
#ifdef __NR_ppoll
    { __NR_ppoll, MSSL_CALLS_LIVE },
#endif
#ifdef __NR_ppoll_time64
    { __NR_ppoll_time64, MSSL_CALLS_LIVE },
#endif

#ifdef __NR_access
    { __NR_access, MSSL_CALLS_READ },
#endif
    { __NR_faccessat, MSSL_CALLS_READ },
#ifdef __NR_faccessat2
    { __NR_faccessat2, MSSL_CALLS_READ },
#endif
#ifdef __NR_readlink
    { __NR_readlink, MSSL_CALLS_READ },
#endif
    { __NR_readlinkat, MSSL_CALLS_READ },
    { __NR_getcwd, MSSL_CALLS_READ },

#ifdef __NR_statfs
    { __NR_statfs, MSSL_CALLS_READ },
#endif
#ifdef __NR_statfs64
    { __NR_statfs64, MSSL_CALLS_READ },
#endif
#ifdef __NR_fstatfs
    { __NR_fstatfs, MSSL_CALLS_READ },
#endif
#ifdef __NR_fstatfs64
    { __NR_fstatfs64, MSSL_CALLS_READ },
#endif

#ifdef __NR_getdents
    { __NR_getdents, MSSL_CALLS_LIST },
#endif
    { __NR_getdents64, MSSL_CALLS_LIST },

    { __NR_fsync, MSSL_CALLS_WRITE },
    { __NR_fchmod, MSSL_CALLS_WRITE, 1, MSSL_CALL_HAS_NOT, 07000 },
    { __NR_mkdirat, MSSL_CALLS_WRITE },
    { __NR_unlinkat, MSSL_CALLS_WRITE },
    { __NR_linkat, MSSL_CALLS_WRITE, 4, MSSL_CALL_EQUALS, 0 }, /* of names, never of descriptors */
#ifdef __NR_renameat
    { __NR_renameat, MSSL_CALLS_WRITE },
#endif
    { __NR_renameat2, MSSL_CALLS_WRITE, 4, MSSL_CALL_EQUALS, 0 },

#ifdef __NR_socket
    { __NR_socket, MSSL_CALLS_CONNECT },
    { __NR_connect, MSSL_CALLS_CONNECT },
    { __NR_setsockopt, MSSL_CALLS_CONNECT },
    { __NR_getsockname, MSSL_CALLS_CONNECT },
    { __NR_getpeername, MSSL_CALLS_CONNECT },
#endif

    { __NR_getpid, MSSL_CALLS_LIVE },
    { __NR_gettid, MSSL_CALLS_LIVE },
    { __NR_getppid, MSSL_CALLS_LIVE },
    { __NR_getuid, MSSL_CALLS_LIVE },
#ifdef __NR_getuid32
    { __NR_getuid32, MSSL_CALLS_LIVE },
#endif
    { __NR_geteuid, MSSL_CALLS_LIVE },
#ifdef __NR_geteuid32
    { __NR_geteuid32, MSSL_CALLS_LIVE },
#endif
    { __NR_getgid, MSSL_CALLS_LIVE },
#ifdef __NR_getgid32
    { __NR_getgid32, MSSL_CALLS_LIVE },
#endif
    { __NR_getegid, MSSL_CALLS_LIVE },
#ifdef __NR_getegid32
    { __NR_getegid32, MSSL_CALLS_LIVE },
#endif

    { __NR_rt_sigaction, MSSL_CALLS_LIVE },
    { __NR_rt_sigprocmask, MSSL_CALLS_LIVE },
    { __NR_rt_sigreturn, MSSL_CALLS_LIVE },
#ifdef __NR_sigreturn
    { __NR_sigreturn, MSSL_CALLS_LIVE },
#endif
    { __NR_sigaltstack, MSSL_CALLS_LIVE },
    { __NR_restart_syscall, MSSL_CALLS_LIVE },

    { __NR_sched_yield, MSSL_CALLS_LIVE },
    { __NR_sched_getaffinity, MSSL_CALLS_LIVE },
    { __NR_getcpu, MSSL_CALLS_LIVE },
#ifdef __NR_getrlimit
    { __NR_getrlimit, MSSL_CALLS_LIVE },
#endif
#ifdef __NR_ugetrlimit
    { __NR_ugetrlimit, MSSL_CALLS_LIVE },
#endif
    { __NR_sysinfo, MSSL_CALLS_LIVE },
    { __NR_getrandom, MSSL_CALLS_LIVE },

    { __NR_exit, MSSL_CALLS_LIVE },
    { __NR_exit_group, MSSL_CALLS_LIVE },

    /* To the one at the other end, not to an address. */
#ifdef __NR_sendto
    { __NR_sendto, MSSL_CALLS_TALK, 4, MSSL_CALL_NULL, 0 },
#endif
    /* The old form of 32-bit systems and s390: one call for all that sockets do. */
#ifdef __NR_socketcall
    TALK_BY(SYS_SENDMSG), TALK_BY(SYS_RECVMSG), TALK_BY(SYS_SEND), TALK_BY(SYS_RECV),
    TALK_BY(SYS_RECVFROM), TALK_BY(SYS_GETSOCKOPT), TALK_BY(SYS_SHUTDOWN),
    CONNECT_BY(SYS_SOCKET), CONNECT_BY(SYS_CONNECT), CONNECT_BY(SYS_SETSOCKOPT),
    CONNECT_BY(SYS_GETSOCKNAME), CONNECT_BY(SYS_GETPEERNAME),
#endif

    /* No process: only what shares the memory of this one. */
    { __NR_clone, MSSL_CALLS_THREADS, CLONE_FLAGS, MSSL_CALL_HAS, CLONE_THREAD },

    /* No F_SETOWN and F_SETSIG, by which the kernel sends signals for us. */
    FCNTL(__NR_fcntl, F_GETFD), FCNTL(__NR_fcntl, F_SETFD), FCNTL(__NR_fcntl, F_GETFL),
    FCNTL(__NR_fcntl, F_SETFL), FCNTL(__NR_fcntl, F_DUPFD_CLOEXEC),
#ifdef __NR_fcntl64
    FCNTL(__NR_fcntl64, F_GETFD), FCNTL(__NR_fcntl64, F_SETFD), FCNTL(__NR_fcntl64, F_GETFL),
    FCNTL(__NR_fcntl64, F_SETFL), FCNTL(__NR_fcntl64, F_DUPFD_CLOEXEC),
#endif

    { __NR_tgkill, MSSL_CALLS_LIVE, 0, MSSL_CALL_SELF, 0 }, /* abort() */
    { __NR_prlimit64, MSSL_CALLS_LIVE, 2, MSSL_CALL_NULL, 0 },
    { __NR_prctl, MSSL_CALLS_LIVE, 0, MSSL_CALL_EQUALS, PR_SET_NAME },
    { __NR_prctl, MSSL_CALLS_LIVE, 0, MSSL_CALL_EQUALS, PR_GET_NAME },
    { __NR_prctl, MSSL_CALLS_LIVE, 0, MSSL_CALL_EQUALS, PR_SET_VMA },
};

const mssl_call_t *mssl_calls_get(int *n)
{
    *n = (int)(sizeof(calls) / sizeof(calls[0]));
    return calls;
}
