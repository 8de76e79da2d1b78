/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_PROCESS_H
#define MSSL_HTTPD_START_PROCESS_H

/**
 * @file process.h
 * Processes beside httpd's children: forked by the parent, confined by their row of the table
 * (lib/process/rights.h) before they do anything, begun anew when they die, one of each kind for
 * each generation. A graceful restart begins new ones with the new configuration; what passed
 * generations left is waited for. All die with the parent.
 */

#include "httpd/conf/conf.h"
#include "lib/base/kept.h"
#include "lib/process/confine.h"

/** A kind of process. Texts stand in log lines. */
typedef struct mssl_process_kind_t {
    mssl_role_t role;
    const char *label; /**< "broker" */
    const char *loss;  /**< what its death means until a new one is there */
    const char *end;   /**< why it ends by itself */
    /**
     * In the new process, before it is confined: have what it cannot have later. NULL: nothing.
     * @param kept takes note of it
     */
    void (*prepare)(void *baton, mssl_kept_t *kept);
    /**
     * Its work, in the new process, when it is confined.
     * @return APR_SUCCESS: it ends by itself; other: it could not go on
     */
    apr_status_t (*run)(void *baton);
    void *baton;
    mssl_count_t deaths; /**< what its deaths are counted as; MSSL_COUNTS: they are not */
    int place[MSSL_PLACES_MAX], nplaces; /**< folders that it may write in: see mssl_plan_t */
    /** nothing depends on it: where it cannot be confined, httpd starts without it */
    int can_be_missing;
    const struct mssl_user_t *user; /**< who it becomes; NULL: the first of MSSLUser */
} mssl_process_kind_t;

typedef struct mssl_process_t mssl_process_t;

/**
 * Parent, post_config: say what this machine lacks, and begin. At the first start of httpd it waits
 * until the process is confined; one that cannot be ends the start, as none of it is to be relied
 * on. At a restart that is one error line, and it is tried again.
 * @param kept what it needs of the parent's
 * @return APR_SUCCESS; other: reported
 */
apr_status_t mssl_process_start(mssl_process_t **process, const mssl_process_kind_t *kind,
                                const mssl_kept_t *kept, server_rec *s, apr_pool_t *pconf);

/**
 * Parent, post_config, before that and also without it: wait for the processes of earlier
 * generations when they end.
 */
void mssl_process_adopt(server_rec *s, apr_pool_t *pconf);

/** Parent, monitor hook: begin one that died too often, after a while. */
void mssl_process_tick(mssl_process_t *process);

/** Parent: ask this generation's to end (SIGTERM); without a word where it is not there. */
void mssl_process_end(mssl_process_t *process);

/** Who it is: the same for each that is begun. Any process that was forked since. */
uid_t mssl_process_get_uid(const mssl_process_t *process);

#endif /* MSSL_HTTPD_START_PROCESS_H */
