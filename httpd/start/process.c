/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/process.h"

#include <ap_listen.h>
#include <ap_mpm.h>
#include <apr_thread_proc.h>
#include <http_log.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unixd.h>

#include "lib/base/tags.h"
#include "lib/broker/channel.h"
#include "lib/process/confine.h"

APLOG_USE_MODULE(mssl);

/** A broker may die so often in so long a time before it is left alone for a while. */
#define DEATHS_MAX 5
#define DEATHS_WINDOW apr_time_from_sec(60)
#define REST apr_time_from_sec(30)
/** Exit code: not confined. */
#define EXIT_UNSAFE 70

/**
 * A process that has to be waited for; lives as long as httpd's parent, as brokers outlive
 * configurations.
 */
typedef struct ward_t {
    struct ward_t *next;
    apr_proc_t proc;
    int is_alive;
} ward_t;

struct mssl_broker_process_t {
    mssl_broker_conf_t conf;
    server_rec *s;
    apr_pool_t *pconf;
    /* of the dispatcher; outlive each broker, so that children reach the next one */
    int ends[2];
    ward_t *ward;
    int is_stopping;      /* httpd stops or restarts: let it die */
    int deaths;
    apr_time_t since;     /* when the window of deaths began */
    apr_time_t retry;     /* when to try again, or 0 */
};

static void begin(mssl_broker_process_t *process);

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
 * Maintenance of a broker whose generation has passed: without it, httpd would wonder whose child
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

void mssl_broker_process_adopt(server_rec *s, apr_pool_t *pconf)
{
    ward_t *ward;

    for (ward = *get_wards(s); ward != NULL; ward = ward->next) {
        if (ward->is_alive) {
            apr_proc_other_child_register(&ward->proc, watch_old, ward, NULL, pconf);
        }
    }
}

static void notice(void *baton, mssl_broker_notice_t what, pid_t pid, uid_t uid)
{
    server_rec *s = baton;

    switch (what) {
    case MSSL_BROKER_STRANGER:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0157) "broker: process %ld of uid %lu "
                     "may not ask for certificates, its connection is ended", (long)pid,
                     (unsigned long)uid);
        break;
    case MSSL_BROKER_CROWDED:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0158) "broker: too many connections "
                     "of process %ld, the new one is ended", (long)pid);
        break;
    case MSSL_BROKER_MALFORMED:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0159) "broker: process %ld said what "
                     "no child of httpd says, its connection is ended; is foreign code running in "
                     "it?", (long)pid);
        break;
    }
}

/* The parent's handlers are not ours; what is sent to the process group is meant for children. */
static void reset_signals(void)
{
    static const int ignored[] = { SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGWINCH, SIGPIPE };
    static const int fatal[] = { SIGTERM, SIGCHLD, SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE };
    sigset_t none;
    size_t i;

    for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
        signal(ignored[i], SIG_IGN);
    }
    for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
        signal(fatal[i], SIG_DFL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void raise_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit); /* with fewer, it has fewer connections */
    }
}

/* In the new process. */
static int be_broker(mssl_broker_process_t *process, pid_t parent)
{
    const mssl_confinement_t how = { .parent = parent, .name = "mssl-broker" };
    mssl_reason_t why = { "" };
    apr_status_t rv;
    int can_read;

    reset_signals();
    ap_close_listeners();
    close(process->ends[0]);
    raise_files();
    rv = mssl_confine(&how, &can_read, &why);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ALERT, 0, process->s, MSSLNO(0156) "broker: cannot give its "
                     "rights up (%s) and ends", why.text);
        return EXIT_UNSAFE;
    }
    if (!can_read) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, process->s, MSSLNO(0155) "broker: this machine "
                     "or container withholds CAP_DAC_READ_SEARCH: stores and files must belong to "
                     "root, others' are not read");
    }
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, process->s, MSSLNO(0151) "broker %ld begins",
                 (long)getpid());
    rv = mssl_broker_serve(&process->conf, process->ends[1]);
    ap_log_error(APLOG_MARK, APLOG_INFO, rv, process->s, MSSLNO(0154) "broker %ld ends, %s",
                 (long)getpid(), rv == APR_SUCCESS ? "its last child has gone" : "it cannot go on");
    return rv == APR_SUCCESS ? 0 : 1;
}

static void report_death(const mssl_broker_process_t *process, int status)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, process->s, MSSLNO(0152) "broker %ld died (%s %d): "
                 "cached certificates go on serving, a new one %s",
                 (long)process->ward->proc.pid, WIFSIGNALED(status) ? "signal" : "exit code",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
                 process->retry != 0 ? "is tried in half a minute, as it died too often"
                                     : "is started");
}

static int is_stopping(const mssl_broker_process_t *process)
{
    int state;

    return process->is_stopping
           || (ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS
               && state == AP_MPMQ_STOPPING);
}

static void count_death(mssl_broker_process_t *process)
{
    apr_time_t now = apr_time_now();

    if (now - process->since > DEATHS_WINDOW) {
        process->since = now;
        process->deaths = 0;
    }
    if (++process->deaths > DEATHS_MAX) {
        process->retry = now + REST;
    }
}

/* Maintenance of this generation's broker. */
static void watch(int reason, void *data, int status)
{
    mssl_broker_process_t *process = data;

    switch (reason) {
    case APR_OC_REASON_DEATH:
    case APR_OC_REASON_LOST:
        apr_proc_other_child_unregister(process);
        process->ward->is_alive = 0;
        if (!is_stopping(process)) {
            count_death(process);
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

static void begin(mssl_broker_process_t *process)
{
    pid_t parent = getpid(), pid = fork();

    if (pid == 0) {
        /* Not exit(): the parent's cleanups are the parent's. */
        _exit(be_broker(process, parent));
    }
    if (pid < 0) {
        ap_log_error(APLOG_MARK, APLOG_ALERT, errno, process->s, MSSLNO(0153) "cannot fork the "
                     "broker, it is tried again in half a minute: until then only cached "
                     "certificates serve");
        process->retry = apr_time_now() + REST;
        return;
    }
    process->ward = make_ward(process->s);
    process->ward->is_alive = 1;
    process->ward->proc.pid = pid;
    apr_proc_other_child_register(&process->ward->proc, watch, process, NULL, process->pconf);
}

/* From here on the old children hold the only way to the old broker. */
static apr_status_t close_ends(void *data)
{
    mssl_broker_process_t *process = data;

    close(process->ends[0]);
    if (process->ends[1] >= 0) {
        close(process->ends[1]);
    }
    return APR_SUCCESS;
}

apr_status_t mssl_broker_process_start(mssl_broker_process_t **out, const mssl_broker_conf_t *conf,
                                       apr_interval_time_t interval, server_rec *s,
                                       apr_pool_t *pconf)
{
    mssl_broker_process_t *process = apr_pcalloc(pconf, sizeof(*process));
    apr_status_t rv;

    *out = NULL;
    process->conf = *conf;
    process->conf.notice = notice;
    process->conf.notice_baton = s;
    process->conf.child_uid = ap_unixd_config.user_id;
    process->s = s;
    process->pconf = pconf;
    rv = mssl_watch_make(&process->conf.watch, interval, pconf);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s, MSSLNO(0164) "no shared memory for what the "
                     "broker sees: each child asks it about each name in use");
    }
    rv = mssl_channel_make_dispatcher(process->ends);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, rv, s, MSSLNO(0160) "cannot make the broker's "
                     "sockets");
        return rv;
    }
    apr_pool_cleanup_register(pconf, process, close_ends, apr_pool_cleanup_null);
    begin(process);
    *out = process;
    return APR_SUCCESS;
}

void mssl_broker_process_tick(mssl_broker_process_t *process)
{
    if (process->retry != 0 && apr_time_now() >= process->retry) {
        process->retry = 0;
        process->deaths = 0;
        process->since = apr_time_now();
        begin(process);
    }
}

apr_status_t mssl_broker_process_child_init(mssl_broker_client_t **client,
                                            mssl_broker_process_t *process, apr_pool_t *pchild)
{
    apr_status_t rv;

    /* The broker's end is not for children: whoever has it could pose as the broker for a while. */
    close(process->ends[1]);
    process->ends[1] = -1;
    if (process->conf.watch != NULL) {
        mssl_watch_close(process->conf.watch);
    }
    rv = mssl_broker_client_make(client, process->ends[0], 0, process->conf.watch,
                                 MSSL_BROKER_TIMEOUT, pchild);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, process->s, MSSLNO(0163) "this child cannot ask "
                     "the broker: it serves inherited certificates and the dummy only");
    }
    return rv;
}
