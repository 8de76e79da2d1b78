/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/process.h"

#include <ap_mpm.h>
#include <apr_thread_proc.h>
#include <errno.h>
#include <fcntl.h>
#include <http_log.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "httpd/start/user.h"
#include "httpd/start/vitals.h"
#include "lib/base/monotonic.h"
#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

/** A process may die so often in so long a time before it is left alone for a while. */
#define DEATHS_MAX 5
#define DEATHS_WINDOW apr_time_from_sec(60)
#define REST apr_time_from_sec(30)
/**
 * Exit codes. Above the numbers of signals: httpd tells us one number, whichever of both it was.
 */
#define EXIT_UNSAFE 70 /**< not confined */
#define EXIT_BROKEN 71 /**< could not go on */
#define SIGNAL_MAX 64
/** A first start waits so long for a process to be confined, milliseconds. */
#define CONFINED_WITHIN 60000

/**
 * A process that has to be waited for; lives as long as httpd's parent, as processes outlive
 * configurations.
 */
typedef struct ward_t {
    struct ward_t *next;
    apr_proc_t proc;
    int is_alive;
} ward_t;

struct mssl_process_t {
    mssl_process_kind_t kind;
    mssl_plan_t plan;
    mssl_kept_t kept;
    server_rec *s;
    apr_pool_t *pconf;
    ward_t *ward;
    int is_stopping;      /* httpd stops or restarts: let it die */
    int deaths;
    apr_time_t since;     /* when the window of deaths began; monotonic, as the next */
    apr_time_t retry;     /* when to try again, or 0 */
};

static void begin(mssl_process_t *process);

/*
 * Under the name that it had when only brokers were there: a graceful restart into a new version
 * adopts what the old one forked.
 */
static ward_t **get_wards(server_rec *s)
{
    static const char key[] = "mssl_brokers";
    apr_pool_t *pool = s->process->pool;
    void *wards = NULL;

    apr_pool_userdata_get(&wards, key, pool);
    if (wards == NULL) {
        wards = apr_pcalloc(pool, sizeof(ward_t *));
        apr_pool_userdata_set(wards, key, apr_pool_cleanup_null, pool);
    }
    return wards;
}

/* A place for one more process; those of the dead are used again. */
static ward_t *make_ward(server_rec *s)
{
    ward_t **wards = get_wards(s), *ward;

    for (ward = *wards; ward != NULL; ward = ward->next) {
        if (!ward->is_alive) {
            return ward;
        }
    }
    ward = apr_pcalloc(s->process->pool, sizeof(*ward));
    ward->next = *wards;
    *wards = ward;
    return ward;
}

/*
 * Maintenance of a process whose generation has passed: without it, httpd would wonder whose child
 * that was.
 */
static void watch_old(int reason, void *data, int status)
{
    ward_t *ward = data;

    (void)status;
    if (reason == APR_OC_REASON_DEATH || reason == APR_OC_REASON_LOST) {
        apr_proc_other_child_unregister(ward);
        ward->is_alive = 0;
    }
}

void mssl_process_adopt(server_rec *s, apr_pool_t *pconf)
{
    ward_t *ward;

    for (ward = *get_wards(s); ward != NULL; ward = ward->next) {
        if (ward->is_alive) {
            apr_proc_other_child_register(&ward->proc, watch_old, ward, NULL, pconf);
        }
    }
}

/* Tell a parent that waits for it. */
static void report_confined(int report)
{
    while (write(report, "", 1) < 0 && errno == EINTR) {
        continue;
    }
    close(report);
}

/* @return the exit code */
static int end(const mssl_process_t *process, apr_status_t rv, const char *why)
{
    ap_log_error(APLOG_MARK, APLOG_INFO, rv, process->s, MSSLNO(0154) "%s %ld ends, %s",
                 process->kind.label, (long)getpid(), why);
    return rv == APR_SUCCESS ? 0 : EXIT_BROKEN;
}

/* In the new process. */
static int live(mssl_process_t *process, pid_t parent, int report)
{
    mssl_reason_t why = { "" };
    apr_status_t rv;

    mssl_kept_add_fd(&process->kept, report);
    if (process->kind.prepare != NULL) {
        process->kind.prepare(process->kind.baton, &process->kept);
    }
    rv = mssl_confine(&process->plan, parent, &process->kept, &why);
    if (rv == APR_EOF) { /* httpd was stopped just now: nothing to be alarmed at */
        return end(process, APR_SUCCESS, why.text);
    }
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ALERT, 0, process->s, MSSLNO(0156) "%s: cannot give its "
                     "rights up (%s) and ends", process->kind.label, why.text);
        return EXIT_UNSAFE;
    }
    report_confined(report);
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, process->s, MSSLNO(0151) "%s %ld begins as uid %lu, "
                 "%s%s", process->kind.label, (long)getpid(), (unsigned long)process->plan.uid,
                 process->plan.has_seccomp ? "seccomp" : "no seccomp",
                 process->plan.landlock > 0 ? ", Landlock" : ", no Landlock");
    rv = process->kind.run(process->kind.baton);
    return end(process, rv, rv == APR_SUCCESS ? process->kind.end : "it cannot go on");
}

static void report_death(const mssl_process_t *process, int status)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, process->s, MSSLNO(0152) "%s %ld died (%s %d): %s, a "
                 "new one %s", process->kind.label, (long)process->ward->proc.pid,
                 status > 0 && status <= SIGNAL_MAX ? "signal" : "exit code", status,
                 process->kind.loss,
                 process->retry != 0 ? "is tried in half a minute, as it died too often"
                                     : "is started");
}

static int is_stopping(const mssl_process_t *process)
{
    int state;

    return process->is_stopping
           || (ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS
               && state == AP_MPMQ_STOPPING);
}

static void count_death(mssl_process_t *process)
{
    apr_time_t now = mssl_monotonic_now();

    if (process->kind.deaths != MSSL_COUNTS) {
        mssl_counters_add(&mssl_conf_get_global(process->s)->counters, process->kind.deaths);
    }
    if (now - process->since > DEATHS_WINDOW) {
        process->since = now;
        process->deaths = 0;
    }
    if (++process->deaths > DEATHS_MAX) {
        process->retry = now + REST;
    }
}

/* Maintenance of this generation's process. */
static void watch(int reason, void *data, int status)
{
    mssl_process_t *process = data;

    switch (reason) {
    case APR_OC_REASON_DEATH:
    case APR_OC_REASON_LOST:
        apr_proc_other_child_unregister(process);
        process->ward->is_alive = 0;
        mssl_vitals_end(mssl_conf_get_global(process->s)->vitals, process->kind.role,
                        process->ward->proc.pid);
        if (!is_stopping(process)) {
            count_death(process);
            mssl_vitals_fail(mssl_conf_get_global(process->s)->vitals, process->kind.role);
            report_death(process, status);
            if (process->retry == 0) {
                begin(process);
            }
        }
        break;
    case APR_OC_REASON_RESTART:
        process->is_stopping = 1; /* children are being ended */
        break;
    }
}

/**
 * @param confined out: becomes readable when the process is confined, and ends when it cannot be;
 *        NULL: nobody waits
 * @return its id, -1: not forked, with errno
 */
static pid_t fork_process(mssl_process_t *process, int *confined)
{
    pid_t parent = getpid(), pid;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    pid = fork();
    if (pid == 0) {
        /* Not exit(): the parent's cleanups are the parent's. */
        _exit(live(process, parent, ends[1]));
    }
    close(ends[1]);
    if (pid < 0 || confined == NULL) {
        close(ends[0]);
    }
    else {
        *confined = ends[0];
    }
    return pid;
}

static void take_on(mssl_process_t *process, pid_t pid)
{
    process->ward = make_ward(process->s);
    process->ward->is_alive = 1;
    process->ward->proc.pid = pid;
    mssl_vitals_begin(mssl_conf_get_global(process->s)->vitals, process->kind.role, pid);
    apr_proc_other_child_register(&process->ward->proc, watch, process, NULL, process->pconf);
}

static void begin(mssl_process_t *process)
{
    pid_t pid = fork_process(process, NULL);

    if (pid < 0) {
        ap_log_error(APLOG_MARK, APLOG_ALERT, errno, process->s, MSSLNO(0153) "cannot fork the "
                     "%s, it is tried again in half a minute: until then %s", process->kind.label,
                     process->kind.loss);
        process->retry = mssl_monotonic_now() + REST;
        mssl_vitals_fail(mssl_conf_get_global(process->s)->vitals, process->kind.role);
        return;
    }
    take_on(process, pid);
}

/* Whether the process said that it is confined; it has ended where it has not. */
static int is_confined(int confined)
{
    struct pollfd spot = { .fd = confined, .events = POLLIN };
    char byte;
    int n;

    do {
        n = poll(&spot, 1, CONFINED_WITHIN);
    } while (n < 0 && errno == EINTR);
    return n == 1 && read(confined, &byte, 1) == 1;
}

/* At the first start: with it, or not at all. */
static apr_status_t begin_safely(mssl_process_t *process)
{
    int confined = -1, is_safe;
    pid_t pid = fork_process(process, &confined);

    if (pid < 0) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, errno, process->s, MSSLNO(0169) "cannot fork the %s",
                     process->kind.label);
        return APR_EGENERAL;
    }
    is_safe = is_confined(confined);
    close(confined);
    if (!is_safe) {
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
            continue;
        }
        ap_log_error(APLOG_MARK, APLOG_EMERG, 0, process->s, MSSLNO(0168) "httpd does not start, "
                     "as the %s cannot give its rights up on this machine (MSSL0156 says what "
                     "failed): allow it, use another MSSLUser, or MSSLKeyAccess direct",
                     process->kind.label);
        return APR_EGENERAL;
    }
    take_on(process, pid);
    return APR_SUCCESS;
}

apr_status_t mssl_process_start(mssl_process_t **out, const mssl_process_kind_t *kind,
                                const mssl_kept_t *kept, server_rec *s, apr_pool_t *pconf)
{
    mssl_process_t *process = apr_pcalloc(pconf, sizeof(*process));
    const mssl_user_t *user = kind->user != NULL
                                  ? kind->user : mssl_user_find(mssl_conf_get_global(s), pconf);
    int i;

    *out = NULL;
    process->kind = *kind;
    process->kept = *kept;
    process->s = s;
    process->pconf = pconf;
    mssl_confine_plan(&process->plan, kind->role, user->uid, user->gid);
    for (i = 0; i < kind->nplaces; i++) {
        process->plan.place[process->plan.nplaces++] = kind->place[i];
        mssl_kept_add_fd(&process->kept, kind->place[i]);
    }
    if (!kind->can_be_missing) {
        mssl_user_report(user, &process->plan, kind->label, s); /* once for all of them */
    }
    if (mssl_conf_is_restarting() || kind->can_be_missing) {
        begin(process);
    }
    else if (begin_safely(process) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *out = process;
    return APR_SUCCESS;
}

void mssl_process_tick(mssl_process_t *process)
{
    if (process->retry != 0 && mssl_monotonic_now() >= process->retry) {
        process->retry = 0;
        process->deaths = 0;
        process->since = mssl_monotonic_now();
        begin(process);
    }
}

void mssl_process_end(mssl_process_t *process)
{
    /* One that has died and was not heard of yet is not reaped: its number is nobody else's. */
    if (process->ward != NULL && process->ward->is_alive) {
        kill(process->ward->proc.pid, SIGTERM);
    }
}

uid_t mssl_process_get_uid(const mssl_process_t *process)
{
    return process->plan.uid;
}
