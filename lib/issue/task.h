/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_TASK_H
#define MSSL_LIB_ISSUE_TASK_H

/**
 * @file task.h
 * What may be to be done for one name (work.h does it), and with what. Any thread.
 */

#include "lib/issue/job.h"
#include "lib/issue/request.h"
#include "lib/issue/settings.h"

/** What is to be done. */
typedef enum {
    /**
     * Look where the name leads, and whose certificate it shows (at the addresses of confirm),
     * before a first order: found and checked are set, and nothing is ordered. Ours or unknown: the
     * state is WANTED, next is now; but what failed before stays as it is, found too, until its time
     * for an unknown. Elsewhere, no address: mssl_plan_fail() with class ELSEWHERE or DNS; where it
     * had failed before, and it was not its time, next and failures stay. Served: WANTED, next is
     * when that certificate has a sixth of its lifetime left, at most a day from now. Installed: one
     * was made meanwhile, and nothing changes; nor by an order whose cause is a first one
     */
    MSSL_TASK_PREFLIGHT = 0,
    /**
     * Make one: go on with an order that is there, or begin one. Before a first one that nobody asked
     * for, and that is not begun, whose certificate the name shows is looked at again, where checked is
     * more than a minute ago: somebody may have filed one while it waited. Then it is as PREFLIGHT has
     * it, and nothing is ordered
     */
    MSSL_TASK_ORDER,
    MSSL_TASK_POLL,      /**< ask after one that is pending */
    MSSL_TASK_APPROVE,   /**< take the certificate that an admin gave: requests/given/NAME */
    MSSL_TASK_DECLINE,   /**< the time of a pending one is over, or an admin does not want it */
    MSSL_TASK_LEAVE,     /**< nobody vouches any more: GONE, served on until next, for MSSL_GONE_SPAN */
    MSSL_TASK_RETURN,    /**< somebody does again: INSTALLED as it was */
    MSSL_TASK_RETIRE,    /**< out of service, into archive/; GONE with no serial, next is 0 */
    MSSL_TASK_FORGET,    /**< the same at once, and all of it is removed: key, work folder, job */
    MSSL_TASK_REVOKE,    /**< at the CA, then out of service at once */
    MSSL_TASK_ADVISE,    /**< ask the issuer when one in service is to be renewed (RFC 9773): renew, next */
    MSSL_TASK_RESEND,    /**< of a pending one: the CA is to send its mail again */
    MSSL_TASK_MEANWHILE, /**< renew what is in service beside a paid order that waits (meanwhile.h) */
    MSSL_TASKS
} mssl_task_t;

/** A name that nobody vouches for any more is served on for so long: a move within the house. */
#define MSSL_GONE_SPAN apr_time_from_sec(7 * 86400)

/** The working folder of an order by way of trial, in MSSL_WORK_DIR: no name begins with a dot. */
#define MSSL_TRIAL_FOLDER ".trial"

/** Where it works and for how long. */
typedef struct mssl_work_conf_t {
    int dir;                       /**< descriptor of MSSLStateDir */
    const char *state_dir;         /**< its path, for the issuer's environment */
    const mssl_issuing_t *issuing;
    apr_interval_time_t patience;  /**< an issuer may take so long: 10 min */
    apr_interval_time_t mercy;     /**< and so long to end when it was told to */
    const mssl_issuer_t *issuer;   /**< of the order; NULL: of the job */
    mssl_job_why_t why;            /**< of a new order */
    int is_asked;                  /**< an admin asked for it */
    int is_stopped;                /**< the issuer waits for an admin, or is there no more: not asked */
    int renews;                    /**< a new order is wanted, also where one is paid for */
    const char *names;             /**< of a new order (names.h); NULL: its own alone */
    int is_vouched;                /**< by another source than a request, too: a free one will do */
    const mssl_request_t *request; /**< what a new order is to be; NULL: nobody said */
    int key;                       /**< mssl_key_type_t of a new order; -1: MSSLIssueKey */
    int http_port;                 /**< where preflight fetches; 0: 80 */
    int skips_preflight;           /**< only whose certificate is shown is looked at: found is "ours" */
    const char *reason;            /**< of a revocation: "keyCompromise"; NULL */
    int is_staging;                /**< the CA for trials is asked: another account, MSSL_TRIAL_FOLDER */
    int is_meanwhile;              /**< beside the job's order: mssl_shelf_meanwhile(), without its owner */
    /** Addresses that handshakes confirm it at: "127.0.0.1:443", NULL behind the last; may be NULL. */
    const char *const *confirm;
} mssl_work_conf_t;

/** The type of the key of a new order. */
mssl_key_type_t mssl_task_get_key(const mssl_work_conf_t *conf);

#endif /* MSSL_LIB_ISSUE_TASK_H */
