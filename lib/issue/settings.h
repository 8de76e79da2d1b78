/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_SETTINGS_H
#define MSSL_LIB_ISSUE_SETTINGS_H

/**
 * @file settings.h
 * What the steward is told of issuing by httpd's configuration: MSSLStateDir/issue.json, written by
 * httpd's parent at each start where MSSLIssueFor and MSSLIssuer are set, root's and readable by the
 * steward's group. It is the one file with the issuers' arguments in it. One thread.
 */

#include <apr_tables.h>
#include <apr_time.h>

#include "lib/base/json.h"
#include "lib/base/warns.h"
#include "lib/issue/job.h"
#include "lib/pair/key.h"
#include "mod_mssl.h"

#define MSSL_ISSUING_FILE "issue.json"

/** Folders of MSSLStateDir that issuing has. All are the steward's user's. */
#define MSSL_JOBS_DIR MSSL_JOB_FOLDER /**< 0711, jobs/NAME 0644: read by all */
#define MSSL_REQUESTS_DIR "requests"  /**< 0700: what msslctl asks for; see request.h */
#define MSSL_KEYS_DIR "keys"          /**< 0700: keys/NAME.key and .csr of orders under way; and keys/.meanwhile-NAME.* (meanwhile.h) */
#define MSSL_ACCOUNTS_DIR "accounts"  /**< 0700: accounts/ISSUER, for the issuer alone */
#define MSSL_WORK_DIR "work"          /**< 0700: work/NAME, for the issuer alone; and work/NAME.lock */
#define MSSL_ARCHIVE_DIR "archive"    /**< 0700: what served and does not any more */
#define MSSL_LEDGERS_DIR "orders"     /**< 0700: orders/ISSUER, see ledger.h */
#define MSSL_ISSUED_DIR "issued"      /**< 0700: the store; issued/xx/NAME.pem */
#define MSSL_CHALLENGE_SUBDIR "challenge" /**< 0711: default of MSSLChallengeDir */
#define MSSL_HINTS_DIR "hints"        /**< 02710, httpd's group: of MSSLSteward external alone */
#define MSSL_HINTS_SOCKET "socket"    /**< there, 0620: see lib/steward/ear.h */

/** One MSSLIssuer. */
typedef struct mssl_issuer_t {
    const char *name;   /**< [a-z0-9-]{1,32} */
    const char **argv;  /**< absolute path, arguments; NULL behind the last */
    const char *directory; /**< of --directory; NULL: none */
    const char *staging;   /**< of --staging: a CA for trials; NULL: none */
    const char *contact;   /**< of --contact; NULL: none */
    const char *ca_file;   /**< of --ca-file; NULL: the system's roots */
    int has_no_wildcards; /**< it makes none: it cannot write into the DNS */
    int takes_mail;     /**< --mail-approval: its CA takes approval by mail, whatever the date */
    int by_request;     /**< --by-request, manual, reseller: never tried by itself */
} mssl_issuer_t;

/** N in each TIME. */
typedef struct mssl_limit_t {
    int n;
    apr_interval_time_t each;
} mssl_limit_t;

/** What MSSLIssueLimit limits. */
typedef enum {
    MSSL_LIMIT_ORDERS = 0, /**< first orders */
    MSSL_LIMIT_DOMAIN,     /**< first certificates of one registered domain */
    MSSL_LIMIT_NAME,       /**< certificates of one name that were asked for out of turn */
    MSSL_LIMITS
} mssl_limit_id_t;

typedef struct mssl_issuing_t {
    int for_vhosts;              /**< MSSLIssueFor vhosts */
    int for_requests;            /**< MSSLIssueFor requests */
    apr_array_header_t *lists;   /**< const char *: paths of MSSLIssueFor list: */
    apr_array_header_t *folders; /**< const char *: patterns of MSSLIssueFor folders: */
    const char *ask;             /**< absolute path of the program of MSSLIssueFor ask:; NULL: none */
    apr_array_header_t *issuers; /**< mssl_issuer_t, in order */
    mssl_key_type_t key;         /**< MSSLIssueKey */
    int preflight;               /**< MSSLIssuePreflight */
    mssl_limit_t limit[MSSL_LIMITS];
    mssl_warn_t urgent;          /**< of MSSLExpiryWarn: when somebody else's pair gives way */
    int renew_percent;           /**< MSSLRenewWindow; 0: not set, the default rule */
    const char *challenge_dir;   /**< absolute */
    apr_array_header_t *addresses; /**< const char *: of all MSSLPublicAddress */
} mssl_issuing_t;

/** Defaults: nobody may, no issuer, ECDSA, preflight on, 250/3h 40/7d 4/7d. Arrays are made in pool. */
void mssl_issuing_init(mssl_issuing_t *issuing, apr_pool_t *pool);

/** An issuer of that name. @return NULL: there is none */
const mssl_issuer_t *mssl_issuing_find(const mssl_issuing_t *issuing, const char *name);

/**
 * Whether it is another CA's by now: it was tried out with staging.
 * @param directory as a job has it, of what was issued; "": not known
 */
int mssl_issuer_is_another_ca(const mssl_issuer_t *issuer, const char *directory);

/** Whether one of the issuers may have that directory, by what is known of it. */
int mssl_issuing_has_ca(const mssl_issuing_t *issuing, const char *directory);

apr_status_t mssl_issuing_write(const mssl_issuing_t *issuing, mssl_json_sink_fn sink, void *baton);

/**
 * @param dir descriptor of MSSLStateDir
 * @param issuing out, in pool
 * @return APR_SUCCESS; APR_ENOENT: issuing is not set up; APR_EINVAL: it is damaged; other, with why
 */
apr_status_t mssl_issuing_read(mssl_issuing_t **issuing, int dir, apr_pool_t *pool,
                               mssl_reason_t *why);

#endif /* MSSL_LIB_ISSUE_SETTINGS_H */
