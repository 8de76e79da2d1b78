/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/process/confine.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/reason.h"

/** Sets of capabilities come in two halves of 32. */
#define HALVES _LINUX_CAPABILITY_U32S_3
#define READING CAP_TO_MASK(CAP_DAC_READ_SEARCH)

/*
 * No file that is executed gives anything back: the bounding set is a ceiling for that. Where the
 * right to lower it is withheld (EPERM, containers), no_new_privs alone sees to it.
 */
static int empty_bounding_set(void)
{
    int cap;

    for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0 && errno != EPERM) {
            return 0;
        }
    }
    /* Old kernels have no ambient set: nothing to empty then. */
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 || errno == EINVAL;
}

/*
 * By the system calls themselves: glibc has no wrappers, and libcap would be one more library to
 * trust.
 */
static int keep_reading(int *can_read)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct sets[HALVES], now[HALVES];

    if (syscall(SYS_capget, &header, now) != 0) {
        return 0;
    }
    memset(sets, 0, sizeof(sets));
    sets[CAP_TO_INDEX(CAP_DAC_READ_SEARCH)].permitted
        = now[CAP_TO_INDEX(CAP_DAC_READ_SEARCH)].permitted & READING;
    sets[CAP_TO_INDEX(CAP_DAC_READ_SEARCH)].effective
        = sets[CAP_TO_INDEX(CAP_DAC_READ_SEARCH)].permitted;
    *can_read = sets[CAP_TO_INDEX(CAP_DAC_READ_SEARCH)].effective != 0;
    return syscall(SYS_capset, &header, sets) == 0;
}

static const char *give_up_all(const mssl_confinement_t *how, int *can_read)
{
    const struct rlimit none = { 0, 0 };

    if (chdir("/") != 0) {
        return "chdir";
    }
    if (setrlimit(RLIMIT_CORE, &none) != 0) {
        return "setrlimit";
    }
    if (setgroups(0, NULL) != 0) {
        return "setgroups";
    }
    if (!empty_bounding_set()) {
        return "the bounding set of capabilities";
    }
    if (!keep_reading(can_read)) {
        return "capset";
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return "no_new_privs";
    }
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return "PR_SET_DUMPABLE";
    }
    /* Behind the capabilities: a change of those may take it back (prctl(2)). */
    if (how->parent != 0 && prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0) {
        return "PR_SET_PDEATHSIG";
    }
    return prctl(PR_SET_NAME, how->name, 0, 0, 0) == 0 ? NULL : "PR_SET_NAME";
}

apr_status_t mssl_confine(const mssl_confinement_t *how, int *can_read, mssl_reason_t *why)
{
    const char *failed;

    *can_read = 0;
    failed = give_up_all(how, can_read);
    if (failed != NULL) {
        return mssl_reason_set(why, errno != 0 ? errno : APR_EGENERAL, "%s: %s", failed,
                               strerror(errno));
    }
    if (how->parent != 0 && getppid() != how->parent) {
        return mssl_reason_set(why, APR_EGENERAL, "the parent is gone");
    }
    return APR_SUCCESS;
}
