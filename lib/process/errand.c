/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/process/errand.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/monotonic.h"
#include "lib/base/reason.h"

/** What comes back: at most PIPE_BUF, so it is whole or not there. */
typedef struct report_t {
    apr_status_t rv;
    mssl_reason_t why;
} report_t;

/* In the new process. */
static void run(const mssl_plan_t *plan, mssl_errand_fn fn, void *baton, pid_t parent, int out)
{
    mssl_kept_t kept = { 0 };
    report_t report;

    memset(&report, 0, sizeof(report));
    mssl_kept_add_fd(&kept, out);
    /* What keeps it from being confined is no verdict of the errand's. */
    report.rv = mssl_confine(plan, parent, &kept, &report.why) == APR_SUCCESS
        ? fn(baton, &report.why) : APR_EGENERAL;
    /* Not exit(): the parent's cleanups are the parent's. */
    _exit(write(out, &report, sizeof(report)) == sizeof(report) ? 0 : 1);
}

/* A byte that was foreign may stand in the sentence, and the one who says it may be taken over. */
static void clean(mssl_reason_t *why)
{
    char *at;

    why->text[sizeof(why->text) - 1] = '\0';
    for (at = why->text; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f) {
            *at = '?';
        }
    }
}

/* @return APR_SUCCESS with a whole report; APR_TIMEUP; APR_EOF: it died */
static apr_status_t hear(int in, report_t *report, apr_time_t deadline)
{
    struct pollfd spot = { .fd = in, .events = POLLIN };
    apr_time_t left;
    int n;

    do {
        left = deadline - mssl_monotonic_now();
        n = left <= 0 ? 0 : poll(&spot, 1, (int)(left / 1000) + 1);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) {
        return n == 0 ? APR_TIMEUP : errno;
    }
    return read(in, report, sizeof(*report)) == sizeof(*report) ? APR_SUCCESS : APR_EOF;
}

apr_status_t mssl_errand_run(const mssl_plan_t *plan, mssl_errand_fn fn, void *baton,
                             apr_interval_time_t timeout, mssl_reason_t *why)
{
    pid_t parent = getpid(), pid;
    apr_status_t rv;
    report_t report;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return mssl_reason_set(why, errno, "no pipe for a process that reads the files");
    }
    pid = fork();
    if (pid == 0) {
        run(plan, fn, baton, parent, ends[1]);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return mssl_reason_set(why, APR_EGENERAL, "cannot fork a process that reads the files");
    }
    rv = hear(ends[0], &report, mssl_monotonic_now() + timeout);
    close(ends[0]);
    kill(pid, SIGKILL); /* it has said what there is to say */
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        continue;
    }
    if (APR_STATUS_IS_TIMEUP(rv)) {
        return mssl_reason_set(why, rv, "not read within %d ms, a file system may hang",
                               (int)apr_time_as_msec(timeout));
    }
    if (rv != APR_SUCCESS) {
        return mssl_reason_set(why, APR_EGENERAL, "the process that reads the files died");
    }
    clean(&report.why);
    if (why != NULL) {
        *why = report.why;
    }
    return report.rv;
}
