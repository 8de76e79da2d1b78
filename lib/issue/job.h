/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_JOB_H
#define MSSL_LIB_ISSUE_JOB_H

/**
 * @file job.h
 * A job: all that is known of one name's certificate to be. One file that a person can read,
 * MSSLStateDir/jobs/NAME, of lines "field: value", times as RFC 3339 in UTC; 0644, without a secret
 * and without a person's data. The steward's workers write it, each under the lock of the name
 * (work.h); the steward, httpd's children and msslctl read it. What is read is taken for foreign
 * bytes: bounded, checked, a line that is not known is passed over. Any thread.
 */

#include <apr_pools.h>
#include <apr_time.h>
#include <sys/types.h>

#include "lib/issue/names.h"
#include "mod_mssl.h"

/** The folder of MSSLStateDir. */
#define MSSL_JOB_FOLDER "jobs"
/** A file is no larger. */
#define MSSL_JOB_MAX 16384
/** Of one value, with its NUL; longer ones are cut when they are set. */
#define MSSL_JOB_TEXT_SIZE 1024
#define MSSL_JOB_DIRECTORY_SIZE 256

typedef enum {
    MSSL_JOB_WANTED = 0, /**< a turn is waited for */
    MSSL_JOB_ORDERED,    /**< key, CSR and request on disk; the issuer may have been asked */
    MSSL_JOB_PENDING,    /**< somebody else must do something: waits_for, until */
    MSSL_JOB_INSTALLED,  /**< in issued/, wanted again at next */
    MSSL_JOB_FAILED,     /**< tried again at next */
    MSSL_JOB_DECLINED,   /**< only by retry or a new request */
    MSSL_JOB_GONE,       /**< nobody vouches any more; out of service at next */
    MSSL_JOB_STATES
} mssl_job_state_t;

/** Whose fault a failure is, and so when it is tried again. */
typedef enum {
    MSSL_CLASS_NONE = 0,
    MSSL_CLASS_DNS,          /**< no address */
    MSSL_CLASS_ELSEWHERE,    /**< preflight: another server answers */
    MSSL_CLASS_CONNECTION,   /**< the CA could not fetch */
    MSSL_CLASS_UNAUTHORIZED, /**< the CA fetched something else */
    MSSL_CLASS_CAA,
    MSSL_CLASS_POLICY,       /**< the CA does not make one for this name */
    MSSL_CLASS_CHAIN,        /**< what was issued is no good, see work/NAME */
    MSSL_CLASS_LIMIT,        /**< the CA's, or ours */
    MSSL_CLASS_CA,           /**< the CA's fault, or the issuer program's */
    MSSL_CLASS_ACCOUNT,      /**< the issuer stops until an admin acts */
    MSSL_CLASS_FUNDS,        /**< the same: there is no money left */
    MSSL_CLASS_HERE,         /**< this machine's: disk, key, rights */
    MSSL_CLASSES
} mssl_class_t;

/** What preflight found, and so whether the name may be ordered. */
typedef enum {
    MSSL_FOUND_NOTHING = 0, /**< it was not looked at, or not since it failed */
    MSSL_FOUND_OURS,        /**< the token came back from each address that answers */
    MSSL_FOUND_UNKNOWN,     /**< nobody answered: no reason not to order, but not many so */
    MSSL_FOUND_ELSEWHERE,   /**< another server answered */
    MSSL_FOUND_NO_ADDRESS,
    MSSL_FOUND_SERVED,      /**< somebody else's pair is in service, valid and not urgent */
    MSSL_FOUNDS
} mssl_job_found_t;

/** How the last one was made. */
typedef enum {
    MSSL_WHY_FIRST = 0, /**< the name has none of ours */
    MSSL_WHY_RENEWAL,   /**< at its time: counts in no limit */
    MSSL_WHY_ASKED,     /**< out of turn: retry, request, lost, revoked */
    MSSL_JOB_WHYS
} mssl_job_why_t;

/** Times in microseconds since 1970, 0: none. Texts "": none; printable, without line ends. */
typedef struct mssl_job_t {
    char name[MSSL_NAME_SIZE];  /**< canonical, or "*.parent" */
    char of[MSSL_NAME_SIZE];    /**< a copy, for who asks by a name that is not the first of its
                                     certificate: whose it is (shadow.h); "": it is the job itself */
    mssl_job_state_t state;
    apr_time_t since;           /**< in this state */
    apr_time_t next;            /**< when something is to be done; 0: not by itself */
    char source[32];            /**< who vouches: "vhosts", "list", "folders", "ask", "request" */
    char issuer[33];            /**< that has, or had, the order */
    mssl_job_why_t why;         /**< of the order under way or the last */
    mssl_job_found_t found;     /**< by the last preflight */
    apr_time_t checked;         /**< when that was */
    int failures;               /**< in a row */
    int refusals;               /**< the last of them that were the CA's, or a limit of its */
    apr_time_t failing;         /**< since the first of them */
    mssl_class_t class;         /**< of the last failure */
    char text[MSSL_JOB_TEXT_SIZE];  /**< what went wrong, or what is waited for, in our words */
    char said[MSSL_JOB_TEXT_SIZE];  /**< in the CA's own */
    char names[MSSL_NAMES_SIZE];/**< of the order under way or the last; "": its own alone */
    char request[33];           /**< MSSL_REQUEST: ours, of the order under way */
    char order[256];            /**< MSSL_ORDER: the issuer's; kept while paid_until is set */
    char waits_for[MSSL_JOB_TEXT_SIZE]; /**< pending, or installed and paid no more: who must do
                                     what */
    apr_time_t until;           /**< pending: then declined */
    int is_doubtful;            /**< pending: whether a paid order was made is not known */
    apr_time_t ordered;         /**< when the order under way or the last was begun */
    /* what is in issued/ */
    char filed[MSSL_NAMES_SIZE];/**< the names under which it lies there; "": its own alone */
    char serial[65];            /**< hexadecimal; "": nothing is */
    char sha256[65];            /**< of the certificate */
    char directory[MSSL_JOB_DIRECTORY_SIZE]; /**< of the issuer that made it */
    apr_time_t not_before, not_after;
    apr_time_t installed;
    apr_time_t renew;           /**< when it is wanted again */
    apr_time_t advised;         /**< when the CA said last that it should be */
    apr_time_t paid_until;      /**< so long it is renewed within its order */
    char confirmed[256];        /**< by handshakes: "192.0.2.1:443 yes, [2001:db8::1]:443 no answer" */
    int is_bought;              /**< whether that was paid for */
    apr_time_t gone;            /**< since when nobody vouches; 0: somebody does */
    /* of what is in service while a paid order is under way (meanwhile.h); nothing of the order's */
    apr_time_t meanwhile;       /**< when it is renewed beside that; 0: never */
    char meanwhile_issuer[33];  /**< by which, the last time */
    int meanwhile_failures;     /**< of that in a row, as failures */
    int meanwhile_refusals;     /**< as refusals */
    apr_time_t meanwhile_failing;
    mssl_class_t meanwhile_class;
    char meanwhile_text[MSSL_JOB_TEXT_SIZE];
} mssl_job_t;

/** The names of its order, one at least. @return a part of job */
const char *mssl_job_get_names(const mssl_job_t *job);

/** Those under which what is in service is filed. @return a part of job */
const char *mssl_job_get_filed(const mssl_job_t *job);

/** All zero, WANTED. @param name canonical, or a pattern */
void mssl_job_init(mssl_job_t *job, const char *name, apr_time_t now);

/** As the file has them: "wanted", "ordered". */
const char *mssl_job_state_text(mssl_job_state_t state);
const char *mssl_class_text(mssl_class_t class);
/** The same of what was found: "elsewhere". */
const char *mssl_found_text(mssl_job_found_t found);
/** @return MSSL_JOB_STATES, MSSL_CLASSES: it is none */
mssl_job_state_t mssl_job_state_parse(const char *text);
mssl_class_t mssl_class_parse(const char *text);

/** Set one of its texts: printable, cut to its size; other bytes become '?'. */
void mssl_job_set(char *field, size_t size, const char *text);
#define MSSL_JOB_SET(field, text) mssl_job_set(field, sizeof(field), text)

/**
 * The file name of a name's job, as of each file that is called after a name here
 * (lib/base/filename.h).
 * @return out
 */
const char *mssl_job_file(char out[MSSL_NAME_SIZE], const char *name);

/**
 * The name that a job or a request is of: by its file name, and a long one by what stands in it.
 * @param folder descriptor of where it lies
 * @return 0: it is something else's file
 */
int mssl_job_parse_file(char name[MSSL_NAME_SIZE], int folder, const char *file);

/**
 * @param jobs descriptor of the folder
 * @param name canonical, or a pattern; a file that says another name is damaged
 * @param owner who may have written it, besides root: the steward's user
 * @return APR_SUCCESS; APR_ENOENT: there is none; APR_EINVAL, with why: it is damaged; other
 */
apr_status_t mssl_job_load(mssl_job_t *job, int jobs, const char *name, uid_t owner,
                           mssl_reason_t *why);

/** The same; of a name that has no job that of the wildcard that covers it, if there is one. */
apr_status_t mssl_job_load_covering(mssl_job_t *job, int jobs, const char *name, uid_t owner,
                                    mssl_reason_t *why);

/** Write it whole, on the disk when it returns. Under the lock of the name. */
apr_status_t mssl_job_save(const mssl_job_t *job, int jobs, mssl_reason_t *why);

/** The text of its file, in pool. */
const char *mssl_job_format(const mssl_job_t *job, apr_pool_t *pool);

#endif /* MSSL_LIB_ISSUE_JOB_H */
