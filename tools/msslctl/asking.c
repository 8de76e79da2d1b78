/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * msslctl approve, decline, resend, retry, forget, revoke, and what is done with request (wanting.c):
 * what is asked of the steward, as a file in its own folder (lib/issue/request.h), and what came of it.
 */

#include "tools/msslctl/asking.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/monotonic.h"
#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "lib/files/folder.h"
#include "lib/files/slurp.h"
#include "lib/files/write.h"
#include "lib/issue/lock.h"
#include "lib/issue/permit.h"
#include "lib/issue/request.h"
#include "lib/issue/work.h"
#include "lib/steward/asked.h"
#include "tools/msslctl/args.h"
#include "tools/msslctl/small.h"

#define TODO MSSL_REQUESTS_DIR "/" MSSL_TODO_DIR
#define GIVEN MSSL_REQUESTS_DIR "/" MSSL_GIVEN_DIR
/** The steward looks each second; what takes longer than ORDER_WAIT goes on without being watched. */
#define TAKE_WAIT apr_time_from_sec(15)
#define ORDER_WAIT apr_time_from_sec(90)
#define STEP 100000000 /* ns */
#define CSR_MAX 16384

static int open_folder(const ctl_asking_t *asking, const char *name)
{
    return mssl_folder_open(asking->issuing.dir, name);
}

static int refuse_write(const ctl_t *ctl, const char *why)
{
    fprintf(stderr, "msslctl %s: %s\n", ctl->command->name, mssl_text_shown(ctl->pool, why, 300));
    return CTL_NOT_WRITTEN;
}

static apr_status_t write_todo(const ctl_asking_t *asking, int fd, mssl_reason_t *why)
{
    mssl_request_t request = { .verb = asking->request.verb };

    apr_cpystrn(request.name, asking->request.name, sizeof(request.name));
    apr_cpystrn(request.reason, asking->request.reason, sizeof(request.reason));
    return mssl_request_save(&request, fd, why);
}

static apr_status_t write_given(const ctl_asking_t *asking, int fd, mssl_reason_t *why)
{
    const mssl_owner_t own = { (uid_t)-1, (gid_t)-1, 0600 };
    char file[MSSL_NAME_SIZE];

    return mssl_file_write(fd, mssl_job_file(file, asking->request.name), asking->given.data,
                           asking->given.len, &own, why);
}

int ctl_asking_save(const ctl_asking_t *asking, const char *folder, ctl_asking_write_fn write)
{
    int fd = open_folder(asking, folder);
    mssl_reason_t why = { "" };
    apr_status_t rv;

    if (fd < 0) {
        mssl_reason_set(&why, errno, "%s: %s", folder, strerror(errno));
        return refuse_write(asking->issuing.ctl, why.text);
    }
    rv = write(asking, fd, &why);
    close(fd);
    return rv == APR_SUCCESS ? CTL_FINE : refuse_write(asking->issuing.ctl, why.text);
}

static int is_there(const ctl_asking_t *asking, const char *folder)
{
    char file[MSSL_NAME_SIZE];
    int fd = open_folder(asking, folder), there;

    there = fd >= 0 && faccessat(fd, mssl_job_file(file, asking->request.name), F_OK, 0) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return there;
}

/* Whether a process works on the name. */
static int is_locked(const ctl_asking_t *asking)
{
    int lock;
    apr_status_t rv = mssl_lock_take(&lock, asking->issuing.dir, asking->request.name, NULL);

    if (rv == APR_SUCCESS) {
        close(lock);
    }
    return rv == APR_EAGAIN;
}

/* Until it is not so any more. @return 0: the time is over, or Ctrl-C */
static int wait_while(const ctl_asking_t *asking, int (*is_so)(const ctl_asking_t *asking),
                      apr_interval_time_t time, const ctl_stop_t *stop)
{
    const struct timespec step = { 0, STEP };
    apr_int64_t end = mssl_monotonic_now() + time;

    while (is_so(asking)) {
        if (mssl_monotonic_now() >= end || stop->is_wanted) {
            return 0;
        }
        nanosleep(&step, NULL);
    }
    return 1;
}

static int is_not_taken(const ctl_asking_t *asking)
{
    return is_there(asking, TODO);
}

/* What an admin hands to a CA. @param text out @return its length; 0: there is none */
static apr_size_t read_csr(const char **text, const ctl_asking_t *asking)
{
    int fd = open_folder(asking, MSSL_KEYS_DIR);
    char file[MSSL_NAME_SIZE];
    mssl_reason_t why = { "" };
    apr_size_t len = 0;

    if (fd < 0) {
        return 0;
    }
    if (mssl_file_slurp(text, &len, fd, apr_pstrcat(asking->issuing.ctl->pool,
                                                    mssl_job_file(file, asking->request.name),
                                                    ".csr", NULL),
                        CSR_MAX, asking->issuing.ctl->pool, &why) != APR_SUCCESS) {
        len = 0;
    }
    close(fd);
    return len;
}

static int is_order(const ctl_asking_t *asking)
{
    return asking->request.verb == MSSL_VERB_ORDER || asking->request.verb == MSSL_VERB_RENEW;
}

/* Where the request for a CA is the result, "> FILE" takes it alone: the job is talk then. */
static int print_job(ctl_t *ctl, const ctl_asking_t *asking, const mssl_job_t *job, FILE *out)
{
    int has_csr = is_order(asking) && job->state == MSSL_JOB_PENDING && job->order[0] == '\0'
                  && !CTL_HAS(ctl, CTL_OPT_JSON);
    const char *csr = NULL;
    apr_size_t len = has_csr ? read_csr(&csr, asking) : 0;
    int rc = CTL_FINE;

    if (len == 0 || ctl->is_tty) {
        rc = ctl_issuing_print_job(ctl, job, out);
    }
    else if (!CTL_HAS(ctl, CTL_OPT_QUIET)) {
        rc = ctl_issuing_print_job(ctl, job, stderr);
    }
    if (len > 0) {
        fwrite(csr, 1, len, out);
    }
    return rc;
}

/*
 * By any name of a certificate of several, all of it is meant.
 * @return CTL_FINE; other, said: there is nothing that could be done
 */
static int find_job(ctl_asking_t *asking)
{
    const ctl_t *ctl = asking->issuing.ctl;
    mssl_verb_t verb = asking->request.verb;
    mssl_job_t job;

    if (mssl_job_load(&job, asking->issuing.jobs, asking->request.name, geteuid(), NULL)
        != APR_SUCCESS) {
        return CTL_FINE; /* the steward says so */
    }
    if (job.of[0] != '\0') {
        fprintf(stderr, "msslctl %s: %s is in the certificate of %s, and so it is done for that and all "
                "its names\n", ctl->command->name, job.name, job.of);
        apr_cpystrn(asking->request.name, job.of, sizeof(asking->request.name));
    }
    if ((verb == MSSL_VERB_DECLINE || verb == MSSL_VERB_RESEND) && job.state != MSSL_JOB_PENDING) {
        fprintf(stderr, "msslctl %s: %s is not pending, but %s\n", ctl->command->name,
                asking->request.name, mssl_job_state_text(job.state));
        return CTL_UNKNOWN;
    }
    return CTL_FINE;
}

/* What came of it. */
static int tell(ctl_t *ctl, const ctl_asking_t *asking, FILE *out)
{
    mssl_reason_t why = { "" };
    mssl_job_t job;
    apr_status_t rv = mssl_job_load(&job, asking->issuing.jobs, asking->request.name, geteuid(), &why);
    int rc;

    if (APR_STATUS_IS_ENOENT(rv)) {
        fprintf(stderr, "msslctl %s: there is no job of %s%s\n", ctl->command->name,
                asking->request.name, asking->request.verb == MSSL_VERB_FORGET ? " any more" : "");
        return asking->request.verb == MSSL_VERB_FORGET ? CTL_FINE : CTL_UNKNOWN;
    }
    if (rv != APR_SUCCESS) {
        fprintf(stderr, "msslctl %s: %s\n", ctl->command->name,
                mssl_text_shown(ctl->pool, why.text, 300));
        return CTL_UNKNOWN;
    }
    rc = print_job(ctl, asking, &job, out);
    if (is_order(asking) && job.state == MSSL_JOB_PENDING) {
        return CTL_FINE; /* it is what was asked for */
    }
    return asking->request.verb == MSSL_VERB_DECLINE && job.state == MSSL_JOB_DECLINED ? CTL_FINE : rc;
}

/* In a process that is the steward's user. */
static int work(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    ctl_asking_t *asking = baton;
    int rc = ctl_issuing_open(&asking->issuing, ctl, asking->issuing.server);

    if (rc != CTL_FINE) {
        return rc;
    }
    rc = asking->prepare != NULL ? asking->prepare(asking) : find_job(asking);
    if (rc == CTL_FINE && asking->request.verb == MSSL_VERB_APPROVE) {
        rc = ctl_asking_save(asking, GIVEN, write_given);
    }
    if (rc == CTL_FINE) {
        rc = ctl_asking_save(asking, TODO, write_todo);
    }
    if (rc != CTL_FINE) {
        ctl_issuing_close(&asking->issuing);
        return rc;
    }
    if (!wait_while(asking, is_not_taken, TAKE_WAIT, stop)) {
        fprintf(stderr, "msslctl %s: asked, but the steward has not taken it up; 'msslctl state' says "
                "whether it runs, 'msslctl doctor %s' what is in the way\n", ctl->command->name,
                asking->request.name);
        rc = CTL_TRY_AGAIN;
    }
    else if (!wait_while(asking, is_locked, ORDER_WAIT, stop)) {
        fprintf(stderr, "msslctl %s: under way; 'msslctl job %s' says how it goes on\n",
                ctl->command->name, asking->request.name);
        rc = CTL_TRY_AGAIN;
    }
    else {
        rc = tell(ctl, asking, out);
    }
    ctl_issuing_close(&asking->issuing);
    return rc;
}

int ctl_asking_run(ctl_t *ctl, const char *name, mssl_verb_t verb, ctl_asking_t *asking)
{
    int rc = ctl_issuing_take_name(ctl, asking->request.name, name);

    asking->request.verb = verb;
    return rc != CTL_FINE ? rc : ctl_issuing_run(ctl, work, asking);
}

/* Worst of several. */
static int ask_all(ctl_t *ctl, mssl_verb_t verb)
{
    int i, rc, worst = CTL_FINE;

    for (i = 0; i < ctl->argc; i++) {
        ctl_asking_t asking = { .given = { .max = 1 } };

        rc = ctl_asking_run(ctl, ctl->argv[i], verb, &asking);
        worst = rc > worst ? rc : worst;
    }
    return worst;
}

/** What retry --all-failed goes by. */
typedef struct retry_t {
    ctl_asking_t asking; /* first */
    int n, rc;
} retry_t;

static void retry_if_failed(void *baton, const char *name)
{
    retry_t *retry = baton;
    mssl_reason_t why;
    mssl_job_t job;

    if (retry->rc == CTL_FINE
        && mssl_job_load(&job, retry->asking.issuing.jobs, name, geteuid(), &why) == APR_SUCCESS
        && job.state == MSSL_JOB_FAILED && job.of[0] == '\0') {
        apr_cpystrn(retry->asking.request.name, name, sizeof(retry->asking.request.name));
        retry->rc = ctl_asking_save(&retry->asking, TODO, write_todo);
        retry->n++;
    }
}

/* In a process that is the steward's user. */
static int work_all_failed(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    retry_t *retry = baton;
    int rc = ctl_issuing_open(&retry->asking.issuing, ctl, retry->asking.issuing.server);

    (void)stop;
    if (rc != CTL_FINE) {
        return rc;
    }
    mssl_asked_list(retry->asking.issuing.jobs, retry_if_failed, retry);
    ctl_issuing_close(&retry->asking.issuing);
    if (retry->rc == CTL_FINE) {
        fprintf(out, "%d are tried again, four at once; 'msslctl jobs' says how that goes\n",
                retry->n);
    }
    return retry->rc;
}

int ctl_retry_run(ctl_t *ctl)
{
    retry_t retry = { .asking.request.verb = MSSL_VERB_RETRY };

    if (CTL_HAS(ctl, CTL_OPT_ALL_FAILED) == (ctl->argc > 0)) {
        return ctl_args_refuse(ctl, "name what to try again, or use --all-failed");
    }
    return ctl->argc > 0 ? ask_all(ctl, MSSL_VERB_RETRY)
                         : ctl_issuing_run(ctl, work_all_failed, &retry);
}

int ctl_forget_run(ctl_t *ctl)
{
    return ask_all(ctl, MSSL_VERB_FORGET);
}

int ctl_revoke_run(ctl_t *ctl)
{
    ctl_asking_t asking = { .given = { .max = 1 } };
    const char *reason = ctl->value[CTL_OPT_REASON];

    if (reason != NULL && !mssl_request_is_reason(reason)) {
        return ctl_args_refuse(ctl, "--reason: use keyCompromise, superseded, cessationOfOperation or "
                               "affiliationChanged");
    }
    MSSL_JOB_SET(asking.request.reason, reason != NULL ? reason : "");
    return ctl_asking_run(ctl, ctl->argv[0], MSSL_VERB_REVOKE, &asking);
}

int ctl_decline_run(ctl_t *ctl)
{
    return ask_all(ctl, MSSL_VERB_DECLINE);
}

int ctl_resend_run(ctl_t *ctl)
{
    return ask_all(ctl, MSSL_VERB_RESEND);
}

/* The files are handed on as bytes: whoever judges them is not root. */
static int read_given(ctl_t *ctl, mssl_buffer_t *given)
{
    int i;

    for (i = 1; i < ctl->argc; i++) {
        mssl_buffer_t text = { .max = MSSL_GIVEN_MAX };

        ctl_small_read(&text, ctl->argv[i], MSSL_GIVEN_MAX);
        if (text.len == 0) {
            return ctl_args_refuse(ctl, "%s: there is no such file, or nothing in it",
                                   mssl_text_shown(ctl->pool, ctl->argv[i], 200));
        }
        if (mssl_buffer_add(given, text.data, text.len) != APR_SUCCESS
            || mssl_buffer_add(given, "\n", 1) != APR_SUCCESS) {
            mssl_buffer_free(&text);
            return ctl_args_refuse(ctl, "a certificate with its chain has at most %d KB",
                                   MSSL_GIVEN_MAX / 1024);
        }
        mssl_buffer_free(&text);
    }
    return CTL_FINE;
}

int ctl_approve_run(ctl_t *ctl)
{
    ctl_asking_t asking = { .given = { .max = MSSL_GIVEN_MAX } };
    int rc = read_given(ctl, &asking.given);

    if (rc == CTL_FINE) {
        rc = ctl_asking_run(ctl, ctl->argv[0], MSSL_VERB_APPROVE, &asking);
    }
    mssl_buffer_free(&asking.given);
    return rc;
}
