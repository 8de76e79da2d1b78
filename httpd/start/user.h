/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_USER_H
#define MSSL_HTTPD_START_USER_H

/**
 * @file user.h
 * MSSLUser: who the processes beside httpd's children are, and what to do about a machine that does
 * not let them be it.
 */

#include "httpd/conf/conf.h"
#include "lib/process/confine.h"

typedef struct mssl_user_t {
    const char *name;
    uid_t uid; /**< 0: root, by choice or as there is no such user */
    gid_t gid;
    int is_missing;
} mssl_user_t;

/** The names of both, there or not. */
const char *mssl_user_get_name(const mssl_global_t *global);
const char *mssl_user_get_steward_name(const mssl_global_t *global);

/** The second of MSSLUser. Parent; pool-owned. Where httpd does not start as root: who it is. */
const mssl_user_t *mssl_user_find_steward(const mssl_global_t *global, apr_pool_t *p);

/** Why the steward cannot be that user, and what mends it, in pool. @return NULL: it can */
const char *mssl_user_find_steward_fault(const mssl_user_t *user, apr_pool_t *pool);

/** The group of the second. Parent. @return 0: there is no such user */
int mssl_user_find_steward_group(const mssl_global_t *global, gid_t *gid);

/** httpd's User, whom scripts run as; (uid_t)-1: httpd is nobody apart from that, not started as root. */
uid_t mssl_user_get_web(void);

/** check_config: none of them is another, or httpd's own. @return OK or an HTTP error, reported */
int mssl_user_check(const mssl_global_t *global, server_rec *s);

/** The first of MSSLUser. Parent; pool-owned. */
const mssl_user_t *mssl_user_find(const mssl_global_t *global, apr_pool_t *p);

/** post_config: say what a process lacks on this machine, and the lines that mend it. */
void mssl_user_report(const mssl_user_t *user, const mssl_plan_t *plan, const char *label,
                      server_rec *s);

#endif /* MSSL_HTTPD_START_USER_H */
