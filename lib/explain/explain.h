/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_EXPLAIN_EXPLAIN_H
#define MSSL_LIB_EXPLAIN_EXPLAIN_H

/**
 * @file explain.h
 * What a visitor of a name gets, why, and the command that mends it (contract, section 13). Facts are
 * gathered by who asks: the status from memory, msslctl by its own look. What is made of them is the
 * guard's own judgement (lib/verdict), so that what is told here is what happens.
 *
 * Names are canonical. Files, reasons, labels and what httpd's configuration says are foreign bytes:
 * who shows them escapes them. No command is ever built from such bytes, unless all of them are
 * harmless to a shell. One thread; everything lives in the caller's pool.
 */

#include <apr_pools.h>

#include "lib/base/hash.h"
#include "lib/inventory/states.h"
#include "lib/verdict/force.h"
#include "lib/verdict/verdict.h"

/** The one word. Worst first within each severity. */
typedef enum {
    MSSL_EXPLAIN_FINE = 0,
    MSSL_EXPLAIN_FINE_WILDCARD,
    MSSL_EXPLAIN_NO_SNI_UNREACHABLE, /**< fine but for clients without SNI: there is no way in */
    MSSL_EXPLAIN_AT_RISK,
    MSSL_EXPLAIN_DEGRADED,
    MSSL_EXPLAIN_SHADOWED,
    MSSL_EXPLAIN_EXPIRING,
    MSSL_EXPLAIN_URGENT,
    MSSL_EXPLAIN_EXPIRED,
    MSSL_EXPLAIN_NOT_YET_VALID,
    MSSL_EXPLAIN_BAD,
    MSSL_EXPLAIN_NO_CERTIFICATE,
    MSSL_EXPLAIN_EXCLUDED,
    MSSL_EXPLAIN_WRONG_SITE,         /**< covered, and no virtual host has the name */
    MSSL_EXPLAIN_NOT_GUARDED,        /**< MSSLEngine is off where the name is */
    MSSL_EXPLAIN_CLIENT_CERTIFICATE, /**< its virtual host asks for client certificates */
    MSSL_EXPLAIN_ELSEWHERE,          /**< fine, but DNS leads to other addresses */
    MSSL_EXPLAIN_STORE_UNREACHABLE,
    MSSL_EXPLAIN_NOT_A_NAME,
    MSSL_EXPLAIN_UNKNOWN,            /**< nobody has looked yet */
    MSSL_EXPLAIN_VERDICTS
} mssl_explain_verdict_t;

typedef enum {
    MSSL_SEVERITY_FINE = 0,
    MSSL_SEVERITY_ATTENTION, /**< visitors are served */
    MSSL_SEVERITY_BROKEN,    /**< they are not, or behind a warning */
    MSSL_SEVERITY_UNKNOWN
} mssl_severity_t;

/** What was found under one key. */
typedef struct mssl_explain_look_t {
    const char *key;         /**< the name, or its pattern */
    int is_found;
    mssl_name_state_t state; /**< of what was found */
    const char *store;       /**< label; NULL: none */
    const char *file, *reason; /**< NULL: not known */
    apr_time_t filed;        /**< of what takes the name out: when it was made; 0: not known */
    long uid;                /**< and whose it is */
    apr_time_t not_after;    /**< 0: nothing is in service */
    unsigned types;          /**< 1 << mssl_key_type_t of what is in service */
    int signs_itself;        /**< that, or one of several: browsers warn of it */
    const unsigned char *sha256[MSSL_KEY_TYPES]; /**< of their certificates; NULL: not known */
    const struct mssl_explain_cert_t *cert[MSSL_KEY_TYPES]; /**< more of them (cert.h); NULL the same */
} mssl_explain_look_t;

/** How httpd comes to a virtual host for the name. */
typedef enum {
    MSSL_SITE_NONE = 0,      /**< no address of httpd's is known to have it */
    MSSL_SITE_BY_NAME,       /**< ServerName or ServerAlias */
    MSSL_SITE_BY_FIRST       /**< nobody has the name: the first of the address gets it */
} mssl_site_by_t;

typedef struct mssl_explain_site_t {
    mssl_site_by_t by;
    const char *server_name, *file, *document_root;
    unsigned line;
    const char *address;     /**< where it is: "*:443"; NULL: not known */
    int has_tls;             /**< SSLEngine is on in it; 0: TLS is the first one's, or there is none */
    int is_guarded;          /**< MSSLEngine is on at its address */
    int is_alone;            /**< the only virtual host there: it is meant for every name */
    int asks_client_cert;
} mssl_explain_site_t;

/** One visit: a connection, a handshake, a request for "/". Foreign bytes. */
typedef struct mssl_explain_visit_t {
    const char *address;     /**< "127.0.0.1:443" */
    const char *sni;         /**< NULL: without */
    int is_plain;            /**< over http: no certificate */
    const char *failure;     /**< why there is no answer; NULL */
    int is_refused;          /**< the handshake was, by an alert */
    int has_certificate;
    unsigned char sha256[MSSL_SHA256_LEN]; /**< of the one that was shown */
    apr_time_t not_after;
    int covers;              /**< it covers the name */
    int is_trusted;          /**< without SNI: MSSLTrustNoSNI knows where we came from */
    int status;              /**< 0: no request was made, or no answer came */
    const char *location;    /**< NULL */
    int ms;                  /**< all of it */
} mssl_explain_visit_t;

/** What DNS says; addresses as inet_ntop() writes them. Names are foreign bytes. */
typedef struct mssl_explain_dns_t {
    int has_a, has_aaaa;     /**< DNS has answered, and be it that there is none */
    int naddresses;
    const char *const *address; /**< of A, then of AAAA */
    int na;                  /**< of A */
    const char *cname;       /**< NULL */
    const char *error;       /**< why something is not known; NULL */
    int nexpected;
    const char *const *expected; /**< MSSLPublicAddress of its virtual host */
} mssl_explain_dns_t;

/** The start page over https, as it was read; all of it foreign. */
typedef struct mssl_explain_page_t {
    const char *url;
    const char *error;       /**< why there is none; NULL */
    int status;              /**< 0: none came */
    const char *location;    /**< where it redirects to; NULL */
    int is_html;
    apr_int64_t bytes;       /**< that were read */
    int is_cut;              /**< it is longer */
    int has_csp, is_upgraded;/**< by its Content-Security-Policy */
    int nloads;
    const struct mssl_mixed_t *load; /**< over http (mixed.h) */
} mssl_explain_page_t;

typedef struct mssl_explain_facts_t {
    const char *given;       /**< as it was asked; hostile bytes */
    const char *name;        /**< canonical; NULL: it is no name */
    apr_time_t now;
    int is_known;            /**< the stores were looked through */
    const char *away;        /**< a store that cannot be read, its label; NULL */
    int nlooks;              /**< own name first, then its pattern */
    mssl_explain_look_t look[2];
    const char *near;        /**< a name of the stores that is nearly the same; NULL */
    const struct mssl_explain_newer_t *newer; /**< beside the stores (why.h); NULL: nothing, or not looked */
    mssl_explain_site_t site;
    const char *switch_url;  /**< MSSLSwitchURL; NULL */
    apr_interval_time_t remembered; /**< who comes from there: MSSLIntentTimeout; 0: not known */
    int redirects_nosni;     /**< MSSLNoSNI switch */
    int rejects_nosni, rejects_unknown; /**< ... reject: alert 112 */
    mssl_force_t force;      /**< of the plain virtual host; UNSET where it is not known */
    int lacks_plain;         /**< no virtual host at all answers http:// for it */
    long within;             /**< seconds until what is filed counts */
    int is_issuing;          /**< certificates are issued here */
    int may_request;         /**< msslctl request has a certificate made */
    int nkept;               /**< pairs of the name in the history */
    const struct mssl_job_t *job;  /**< of its certificate to be (lib/issue/job.h); NULL: none */
    const struct mssl_explain_preflight_t *preflight; /**< where it leads now (preflight.h); NULL: nobody looked */
    const mssl_explain_dns_t *dns; /**< NULL: nobody has asked */
    const mssl_explain_page_t *page; /**< NULL: nobody has read it */
    int nvisits;
    const mssl_explain_visit_t *visit; /**< NULL: nobody has visited it */
} mssl_explain_facts_t;

/** What one kind of client gets. */
typedef struct mssl_explain_way_t {
    const char *certificate; /**< "its own", "stand-in", "none" */
    const char *answer;      /**< "site", "page", "redirect", "alert"; http: "none" as well */
    int status;              /**< 0: the website's */
    const char *location;    /**< NULL */
    const char *page;        /**< code of the page, "MSSL-P03"; NULL: none of ours is shown */
    const char *needs;       /**< what has to be configured that there is a way; NULL: nothing */
    const char *text;        /**< all in words */
} mssl_explain_way_t;

/** A way to mend it. */
typedef struct mssl_explain_fix_t {
    const char *text;        /**< what to do */
    const char *command;     /**< to be typed; NULL */
} mssl_explain_fix_t;

#define MSSL_EXPLAIN_FIXES_MAX 4

/** What is not as it should be, beside the verdict. */
typedef struct mssl_explain_problem_t {
    const char *id;          /**< "old_certificate"; static text */
    mssl_severity_t severity;
    const char *text;        /**< a sentence; foreign bytes may be in it */
    const char *tag;         /**< of the error log; NULL */
} mssl_explain_problem_t;

#define MSSL_EXPLAIN_PROBLEMS_MAX 16

typedef struct mssl_explained_t {
    mssl_explain_verdict_t verdict;
    mssl_severity_t severity;
    const char *sentence;    /**< behind "NAME: "; foreign bytes may be in it */
    const mssl_explain_look_t *serving; /**< what clients of the name are shown; NULL: nothing */
    mssl_explain_way_t with_sni, without_sni, http;
    int nfixes;
    mssl_explain_fix_t fix[MSSL_EXPLAIN_FIXES_MAX];
    int nproblems;
    mssl_explain_problem_t problem[MSSL_EXPLAIN_PROBLEMS_MAX];
} mssl_explained_t;

/** Judge. */
void mssl_explain(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                  apr_pool_t *pool);

/** Add a way to mend it. @param command NULL, or harmless */
void mssl_explain_add_fix(mssl_explained_t *explained, const char *text, const char *command);

/** The same, before what was proposed so far: it is likelier to help. The last of too many is left out. */
void mssl_explain_put_fix(mssl_explained_t *explained, const char *text, const char *command);

/** Add a problem; what is more than there is room for is left out. Raises the severity. */
void mssl_explain_add_problem(mssl_explained_t *explained, const char *id,
                              mssl_severity_t severity, const char *text, const char *tag);

/** "no_certificate". Static text. */
const char *mssl_explain_word(mssl_explain_verdict_t verdict);

/** "fine", "attention", "broken", "unknown". Static text. */
const char *mssl_explain_severity_word(mssl_severity_t severity);

/** Whether bytes can stand in a command line as they are: A-Za-z0-9/._@+=:- and no leading "-". */
int mssl_explain_is_harmless(const char *text);

#endif /* MSSL_LIB_EXPLAIN_EXPLAIN_H */
