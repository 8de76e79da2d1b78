/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_REQUEST_H
#define MSSL_LIB_ISSUE_REQUEST_H

/**
 * @file request.h
 * What msslctl asks of the steward, as files in the steward's own folder MSSLStateDir/requests, which
 * root alone may enter beside it: written whole, as the steward's user. There is no socket. What is
 * read there is checked all the same. One thread.
 *
 *     wanted/NAME   the source "requests": its name may have a certificate, with others where it has
 *                   "names:", of which it is the first; what the order is to be; removed by forget
 *     owner/NAME    who is to be named in that certificate (owner.h); removed with the job
 *     todo/NAME     one verb, to be done at once and removed by the steward
 *     given/NAME    a certificate with its chain, PEM, of "approve"; removed when it was looked at
 */

#include <apr_pools.h>

#include "lib/base/mailbox.h"
#include "lib/issue/names.h"
#include "mod_mssl.h"

#define MSSL_WANTED_DIR "wanted"
#define MSSL_TODO_DIR "todo"
#define MSSL_GIVEN_DIR "given"
#define MSSL_OWNER_DIR "owner"
/** Of a file in wanted/ and todo/, and of one in given/. */
#define MSSL_REQUEST_MAX 8192
#define MSSL_GIVEN_MAX 65536

typedef enum {
    MSSL_VERB_NONE = 0,
    MSSL_VERB_ORDER,   /**< a new request: order it now, whatever state it is in */
    MSSL_VERB_RETRY,
    MSSL_VERB_FORGET,
    MSSL_VERB_REVOKE,
    MSSL_VERB_APPROVE, /**< given/NAME is there */
    MSSL_VERB_RENEW,   /**< a new order, also where there is one that is paid for */
    MSSL_VERB_DECLINE, /**< the pending order is not wanted any more */
    MSSL_VERB_RESEND,  /**< the CA is to send its mail again */
    MSSL_VERBS
} mssl_verb_t;

/** A file in wanted/ or todo/: lines "field: value". */
typedef struct mssl_request_t {
    char name[MSSL_NAME_SIZE];
    mssl_verb_t verb;     /**< todo/ */
    char issuer[33];      /**< wanted/; "": the first that takes it */
    char reason[33];      /**< of a revocation; "" */
    /* wanted/; "": not said */
    char names[MSSL_NAMES_SIZE]; /**< of the certificate, its own the first; "": its own alone */
    char approver[MSSL_MAILBOX_MAX + 1]; /**< the address that is to approve it by mail */
    char term[8];         /**< "1y", "6m", "90d" */
    char notify[MSSL_MAILBOX_MAX + 1]; /**< the address that is told what comes of it, besides the admin's */
    char lang[9];                /**< his language (lib/notify/letter.h) */
    int csr_only;         /**< nobody is asked: an admin takes the request to a CA */
} mssl_request_t;

/** "order", "retry", "forget", "revoke", "approve", "renew", "decline", "resend"; and back: MSSL_VERB_NONE: it is none. */
const char *mssl_verb_text(mssl_verb_t verb);
mssl_verb_t mssl_verb_parse(const char *text);

/** "keyCompromise", "superseded", "cessationOfOperation", "affiliationChanged" (RFC 5280 5.3.1). */
int mssl_request_is_reason(const char *text);

/** A number of years, months or days: "1y", "6m", "90d". */
int mssl_request_is_term(const char *text);

/**
 * @param folder descriptor of wanted/ or todo/
 * @return APR_SUCCESS; APR_ENOENT; APR_EINVAL, with why: it is no request
 */
apr_status_t mssl_request_load(mssl_request_t *request, int folder, const char *name,
                               mssl_reason_t *why);
apr_status_t mssl_request_save(const mssl_request_t *request, int folder, mssl_reason_t *why);

#endif /* MSSL_LIB_ISSUE_REQUEST_H */
