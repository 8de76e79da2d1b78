/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROCESS_CONFINE_H
#define MSSL_LIB_PROCESS_CONFINE_H

/**
 * @file confine.h
 * What a process that root forked gives up before it hears or reads its first foreign byte: made
 * from its row of the table (rights.h), with what this machine has. First a plan, by the parent, so
 * that it knows who its process is going to be and can say so; then the process does what the plan
 * says, all of it, or ends.
 */

#include <sys/types.h>

#include "lib/base/kept.h"
#include "lib/process/rights.h"
#include "mod_mssl.h"

/** How the process reads files that are not its user's. */
typedef enum {
    MSSL_READS_OWN = 0,  /**< it does not: what its user owns, or all may read */
    MSSL_READS_ALL,      /**< CAP_DAC_READ_SEARCH */
    MSSL_READS_OVERRIDES /**< CAP_DAC_OVERRIDE, where only that is to be had; it writes nothing */
} mssl_reads_t;

/** Folders that a process may write in, and files and folders that it may read. */
#define MSSL_PLACES_MAX 4
#define MSSL_SOURCES_MAX 400

/** Who a process is going to be. */
typedef struct mssl_plan_t {
    const mssl_rights_t *rights;
    uid_t uid;
    gid_t gid;
    mssl_reads_t reads;
    int has_seccomp;
    int landlock; /**< version; 0: none */
    /**
     * whether it may write at all: where its row says so, and where the kernel or its user keeps it
     * from what is not its own
     */
    int writes;
    /**
     * descriptors of the folders that it may write in, below which it may do anything; put in by
     * the parent, who keeps them for it. Landlock sees to it, where there is any; else whose files
     * those are
     */
    int nplaces, place[MSSL_PLACES_MAX];
    /**
     * where its row denies reading: absolute paths of what it may read and execute, with all below;
     * what is not there is passed over
     */
    int nsources;
    const char *source[MSSL_SOURCES_MAX];
} mssl_plan_t;

/**
 * Parent, before it forks; changes nothing. Where no capability to read is to be had, the process
 * stays uid 0: what is root's own can be read then, as root's files must.
 * Where the parent itself is not root, the process is the same user, with no more rights.
 * @param uid MSSLUser's; 0: there is none, or root is wanted
 */
void mssl_confine_plan(mssl_plan_t *plan, mssl_role_t role, uid_t uid, gid_t gid);

/**
 * In the new process, with one thread. There is no way back. The parent's signal handlers go, too.
 * @param parent ends with it, where the table says so
 * @param kept descriptors and mappings; all others go
 * @return APR_SUCCESS; other: confined to nothing one can rely on, so the caller ends; APR_EOF: for
 *         no other reason than that its parent has ended
 */
apr_status_t mssl_confine(const mssl_plan_t *plan, pid_t parent, const mssl_kept_t *kept,
                          mssl_reason_t *why);

#endif /* MSSL_LIB_PROCESS_CONFINE_H */
