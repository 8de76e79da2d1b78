/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/process/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/process/landlock.h"
#include "lib/process/seccomp.h"
#include "lib/process/sever.h"

/** The kernel's numbers: libc has no names for them (ioprio_set(2)). */
#define NICEST 19
#define IOPRIO_OF_PROCESS 1
#define IOPRIO_IDLE (3 << 13)
/** Sets of capabilities come in two halves of 32. */
#define HALVES _LINUX_CAPABILITY_U32S_3

/*
 * By the system calls themselves: glibc has no wrappers, and libcap would be one more library to
 * trust.
 */
static int may_have(int capability)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct now[HALVES];

    return syscall(SYS_capget, &header, now) == 0
           && (now[CAP_TO_INDEX(capability)].permitted & CAP_TO_MASK(capability)) != 0;
}

void mssl_confine_plan(mssl_plan_t *plan, mssl_role_t role, uid_t uid, gid_t gid)
{
    int writes_nothing;

    memset(plan, 0, sizeof(*plan));
    plan->rights = mssl_rights_get(role);
    if (!plan->rights->is_program) {
        plan->has_seccomp = plan->rights->calls != MSSL_CALLS_ALL && mssl_seccomp_is_there();
        plan->landlock = mssl_landlock_get_version();
    }
    writes_nothing = plan->has_seccomp
                     || (plan->landlock > 0 && (plan->rights->denied & MSSL_DENY_WRITE) != 0);
    if (plan->rights->reads_all && may_have(CAP_DAC_READ_SEARCH)) {
        plan->reads = MSSL_READS_ALL;
    }
    else if (plan->rights->reads_all && writes_nothing && may_have(CAP_DAC_OVERRIDE)) {
        plan->reads = MSSL_READS_OVERRIDES;
    }
    if (geteuid() != 0) {
        plan->uid = geteuid();
        plan->gid = getegid();
    }
    else if (plan->rights->has_user
             && (plan->reads != MSSL_READS_OWN || !plan->rights->reads_all)) {
        plan->uid = uid;
        plan->gid = gid;
    }
    plan->writes = (plan->rights->calls & MSSL_CALLS_WRITE) != 0
                   && (plan->landlock > 0
                       || (plan->uid != 0 && plan->reads != MSSL_READS_OVERRIDES));
}

/*
 * No file that is executed gives anything back: the bounding set is a ceiling for that. Where the
 * right to lower it is withheld (EPERM, containers), no_new_privs alone sees to it.
 */
static int empty_sets(const mssl_rights_t *rights)
{
    int cap;

    for (cap = 0; !rights->is_program && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0 && errno != EPERM) {
            return 0;
        }
    }
    /* Old kernels have no ambient set: nothing to empty then. */
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 || errno == EINVAL;
}

/* Nothing, or the one that reads. */
static int keep_capability(mssl_reads_t reads)
{
    int kept = reads == MSSL_READS_OVERRIDES ? CAP_DAC_OVERRIDE : CAP_DAC_READ_SEARCH;
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct sets[HALVES];

    memset(sets, 0, sizeof(sets));
    if (reads != MSSL_READS_OWN) {
        sets[CAP_TO_INDEX(kept)].permitted = CAP_TO_MASK(kept);
        sets[CAP_TO_INDEX(kept)].effective = CAP_TO_MASK(kept);
    }
    return syscall(SYS_capset, &header, sets) == 0;
}

static void set_limits(const mssl_rights_t *rights)
{
    struct rlimit limit;

    /*
     * The soft one: a system may forbid to change the hard one (SELinux: httpd_setrlimit). It is
     * the second lock, the first is PR_SET_DUMPABLE, so what is forbidden is left.
     */
    if (getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = 0;
        setrlimit(RLIMIT_CORE, &limit);
    }
    if (rights->raises_files && getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit); /* with fewer, it has fewer connections */
    }
    if (rights->is_last) {
        /* Where one is refused, it goes on as others do. */
        (void)!setpriority(PRIO_PROCESS, 0, NICEST);
        (void)!syscall(SYS_ioprio_set, IOPRIO_OF_PROCESS, 0, IOPRIO_IDLE);
    }
}

/* Who it is. @return what failed, with errno; NULL */
static const char *change_user(const mssl_plan_t *plan)
{
    if (geteuid() == 0 && setgroups(0, NULL) != 0) {
        return "setgroups";
    }
    if (!empty_sets(plan->rights)) {
        return "the bounding set of capabilities";
    }
    if (setresgid(plan->gid, plan->gid, plan->gid) != 0) {
        return "setresgid";
    }
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) {
        return "PR_SET_KEEPCAPS";
    }
    if (setresuid(plan->uid, plan->uid, plan->uid) != 0) {
        return "setresuid";
    }
    if (!keep_capability(plan->reads)) {
        return "capset";
    }
    return prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) == 0 ? NULL : "PR_SET_KEEPCAPS";
}

/* What it is for others. Behind the change of user, which takes both back (prctl(2)). */
static const char *hide(const mssl_plan_t *plan)
{
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return "PR_SET_DUMPABLE";
    }
    if (plan->rights->has_parent && prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0) {
        return "PR_SET_PDEATHSIG";
    }
    return prctl(PR_SET_NAME, plan->rights->name, 0, 0, 0) == 0 ? NULL : "PR_SET_NAME";
}

/* Places to write in are read, too. What is opened here is closed by the program that is executed. */
static apr_status_t close_files(const mssl_plan_t *plan)
{
    mssl_landlock_rule_t rule[MSSL_PLACES_MAX + MSSL_SOURCES_MAX];
    int i, n = 0;

    for (i = 0; plan->writes && i < plan->nplaces; i++) {
        rule[n].fd = plan->place[i];
        rule[n++].allowed = MSSL_DENY_WRITE | MSSL_DENY_READ;
    }
    for (i = 0; i < plan->nsources; i++) {
        rule[n].fd = open(plan->source[i], O_PATH | O_CLOEXEC);
        if (rule[n].fd >= 0) {
            rule[n++].allowed = MSSL_DENY_READ | MSSL_DENY_EXEC;
        }
    }
    return mssl_landlock_confine(plan->landlock, plan->rights->denied, rule, n);
}

/* What it may ask the kernel for. Last: it takes away what the others need. */
static const char *close_kernel(const mssl_plan_t *plan)
{
    apr_status_t rv;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return "no_new_privs";
    }
    if (plan->landlock > 0) {
        rv = close_files(plan);
        if (rv != APR_SUCCESS) {
            errno = rv;
            return "Landlock";
        }
    }
    if (plan->has_seccomp) {
        rv = mssl_seccomp_confine(plan->writes ? plan->rights->calls
                                               : plan->rights->calls & ~MSSL_CALLS_WRITE);
        if (rv != APR_SUCCESS) {
            errno = rv;
            return "seccomp";
        }
    }
    return NULL;
}

/* The parent's handlers are not ours; what is sent to the process group is meant for children. */
static void reset_signals(void)
{
    static const int ignored[] = { SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGWINCH, SIGPIPE };
    static const int fatal[] = { SIGTERM, SIGCHLD, SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE };
    sigset_t none;
    size_t i;

    for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
        signal(ignored[i], SIG_IGN);
    }
    for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
        signal(fatal[i], SIG_DFL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

apr_status_t mssl_confine(const mssl_plan_t *plan, pid_t parent, const mssl_kept_t *kept,
                          mssl_reason_t *why)
{
    const char *failed = NULL;
    apr_status_t rv;

    reset_signals();
    rv = mssl_sever_descriptors(kept);
    if (rv != APR_SUCCESS) {
        return mssl_reason_set(why, rv, "closing descriptors: %s", strerror(rv));
    }
    rv = mssl_sever_mappings(kept);
    if (rv != APR_SUCCESS && rv != ENOENT) { /* no /proc: nothing to go by */
        return mssl_reason_set(why, rv, "unmapping shared memory: %s", strerror(rv));
    }
    if (chdir("/") != 0) {
        failed = "chdir";
    }
    set_limits(plan->rights);
    if (failed == NULL) {
        failed = change_user(plan);
    }
    if (failed == NULL) {
        failed = hide(plan);
    }
    if (failed == NULL && plan->rights->has_parent && getppid() != parent) {
        return mssl_reason_set(why, APR_EOF, "the parent is gone");
    }
    if (failed == NULL && !plan->rights->is_program) {
        failed = close_kernel(plan);
    }
    if (failed != NULL) {
        return mssl_reason_set(why, errno != 0 ? errno : APR_EGENERAL, "%s: %s", failed,
                               strerror(errno));
    }
    return APR_SUCCESS;
}
