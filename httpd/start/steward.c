/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/steward.h"

#include <ap_mpm.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <http_log.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <unixd.h>

#include "httpd/server/hints.h"
#include "httpd/start/alarms.h"
#include "httpd/start/issuance.h"
#include "httpd/start/process.h"
#include "httpd/start/statedir.h"
#include "httpd/start/statefolder.h"
#include "httpd/start/user.h"
#include "lib/base/tags.h"
#include "lib/notify/alarm.h"
#include "lib/notify/program.h"
#include "lib/notify/settings.h"
#include "lib/notify/standing.h"

APLOG_USE_MODULE(mssl);

/** A million arguments; what is longer is no configuration. */
#define SETTINGS_MAX ((size_t)1024 * 1024)
/** Of its environment: the number of the descriptor that hints come by, names as datagrams. */
#define HINTS "MSSL_HINTS"

struct mssl_steward_process_t {
    const char *program, *state_dir, *generation;
    const char *hints; /* of its environment; NULL: it is given none */
    int receiver;
    mssl_process_t *process;
    pid_t parent;
};

/* Why there can be none, and what mends it. @return NULL: nothing is in the way */
static const char *find_fault(const mssl_global_t *global, const mssl_user_t *user,
                              const char *program, apr_pool_t *pool)
{
    const char *fault = mssl_user_find_steward_fault(user, pool);
    mssl_reason_t why = { "" };

    if (global->inventory_process == NULL) {
        return "it goes by what the inventory finds, and there is none here: see MSSLInventory and "
               "MSSLKeyAccess";
    }
    if (fault != NULL) {
        return fault;
    }
    if (!global->is_steward_external && mssl_program_check(program, &why) != APR_SUCCESS) {
        return apr_pstrcat(pool, why.text, "; install mssl-steward, or name it: MSSLSteward "
                           "httpd:PROGRAM", NULL);
    }
    return NULL;
}

/* Local mail is handed over by a program that gains a group: not where that is forbidden to all. */
static void check_mail(const mssl_global_t *global, server_rec *s)
{
    int i, has_mail = 0;

    for (i = 0; global->notify != NULL && i < global->notify->nelts; i++) {
        const char *const *argv = APR_ARRAY_IDX(global->notify, i, mssl_order_t).argv;

        has_mail |= mssl_shipped_is(argv, MSSL_SHIPPED_MAIL)
                    || mssl_shipped_is(argv, MSSL_SHIPPED_OWNER);
    }
    if (has_mail && !global->is_steward_external && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0219) "MSSLNotifyCommand mail: httpd "
                     "was started with NoNewPrivileges, under which many mail servers take no local "
                     "mail; let systemd start the steward (MSSLSteward external), or take that "
                     "setting out");
    }
}

static apr_status_t write_settings(const mssl_global_t *global, int dir, const mssl_owner_t *owner,
                                   server_rec *s, mssl_reason_t *why)
{
    const mssl_settings_t settings = { s->server_hostname, global->notify };
    mssl_buffer_t text = { .max = SETTINGS_MAX };
    apr_status_t rv = mssl_settings_write(&settings, mssl_buffer_add, &text);

    return mssl_statefolder_write(dir, MSSL_SETTINGS_FILE, rv, &text, owner, why);
}

/* Of what it may read, and nobody else but the parent. */
static mssl_owner_t make_readable(const mssl_user_t *user)
{
    return (mssl_owner_t){ (uid_t)-1, geteuid() == 0 ? user->gid : (gid_t)-1, 0640 };
}

/* What it finds in MSSLStateDir: what is configured, and folders of its own. */
static apr_status_t lay_out(mssl_global_t *global, const mssl_user_t *user, server_rec *s,
                            apr_pool_t *pconf, mssl_reason_t *why)
{
    const mssl_owner_t readable = make_readable(user);
    const mssl_owner_t own = { user->uid, user->gid, 0700 };
    const mssl_owner_t shown = { user->uid, user->gid, 0711 };
    apr_status_t rv;
    int dir, fd;

    rv = mssl_statedir_open(global, &dir, pconf, why);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = mssl_statefolder_make(&fd, dir, MSSL_NOTIFIED_DIR, &own, why);
    if (rv == APR_SUCCESS) {
        close(fd);
        rv = mssl_statefolder_make(&fd, dir, MSSL_STANDING_FOLDER, &shown, why);
    }
    if (rv == APR_SUCCESS) {
        close(fd);
        /* What is there already stays: it leads there, or somebody wants it otherwise. */
        (void)!symlinkat(MSSL_STANDING_FOLDER "/" MSSL_STANDING_FILE, dir, MSSL_STANDING_FILE);
        rv = global->notify != NULL ? write_settings(global, dir, &readable, s, why) : APR_SUCCESS;
    }
    if (rv == APR_SUCCESS) {
        rv = mssl_issuance_tell(global, s, dir, &readable, pconf, why);
    }
    close(dir);
    if (rv == APR_SUCCESS) {
        global->has_steward = 1;
        global->steward_uid = user->uid;
    }
    return rv;
}

/* An external one, or one that is begun later, is not to go by what was configured once. */
static void forget_settings(mssl_global_t *global, server_rec *s, apr_pool_t *pconf)
{
    mssl_reason_t why;
    pid_t owner;
    int dir;

    if (mssl_statedir_open(global, &dir, pconf, &why) != APR_SUCCESS) {
        return;
    }
    if (global->notify == NULL && global->inventory_process != NULL) {
        unlinkat(dir, MSSL_SETTINGS_FILE, 0);
        unlinkat(dir, MSSL_ALARM_FILE, 0);
    }
    /* Where another httpd has the folder, it is that one's. */
    if (!global->is_issuing && faccessat(dir, MSSL_ISSUING_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0
        && mssl_statefolder_lock(global, s, &owner)) {
        unlinkat(dir, MSSL_ISSUING_FILE, 0);
    }
    close(dir);
}

/* In the new process, with no right any more. */
static apr_status_t run(void *baton)
{
    const mssl_steward_process_t *steward = baton;
    const char *argv[] = { steward->program, "--state-dir", steward->state_dir, "--generation",
                           steward->generation, NULL };
    const char *env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", steward->hints, NULL };

    if (steward->hints != NULL) {
        fcntl(steward->receiver, F_SETFD, 0);
    }
    execve(steward->program, (char *const *)argv, (char *const *)env);
    return errno;
}

/* The parent's configuration ends: so does the steward, when it has done what it is at. */
static apr_status_t end(void *data)
{
    mssl_steward_process_t *steward = data;

    if (getpid() == steward->parent && steward->process != NULL) {
        mssl_process_end(steward->process);
    }
    return APR_SUCCESS;
}

static void begin(mssl_global_t *global, const mssl_user_t *user, const char *program,
                  server_rec *s, apr_pool_t *pconf)
{
    mssl_steward_process_t *steward = apr_pcalloc(pconf, sizeof(*steward));
    const mssl_process_kind_t kind = {
        .role = MSSL_ROLE_STEWARD, .label = "steward",
        .loss = "nobody is told how certificates are, and none is issued",
        .end = "its program is not there", .run = run, .baton = steward, .deaths = MSSL_COUNTS,
        .can_be_missing = 1, .user = user
    };
    mssl_kept_t kept = { 0 };
    int generation = 0;

    steward->program = program;
    steward->state_dir = mssl_statedir_get(global, pconf);
    ap_mpm_query(AP_MPMQ_GENERATION, &generation);
    steward->generation = apr_itoa(pconf, generation);
    steward->parent = getpid();
    steward->receiver = mssl_hints_get_receiver(global);
    if (steward->receiver >= 0) {
        steward->hints = apr_psprintf(pconf, HINTS "=%d", steward->receiver);
        mssl_kept_add_fd(&kept, steward->receiver);
    }
    if (mssl_process_start(&steward->process, &kind, &kept, s, pconf) == APR_SUCCESS) {
        global->steward_process = steward;
        apr_pool_cleanup_register(pconf, steward, end, apr_pool_cleanup_null);
    }
}

static void report_fault(const mssl_global_t *global, server_rec *s, const char *fault)
{
    if (global->notify != NULL) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0215) "MSSLNotifyCommand: nobody is "
                     "told how certificates are: %s", fault);
    }
    if (global->is_issuing) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0235) "MSSLIssueFor: nothing is issued, "
                     "what was issued is served: %s", fault);
    }
}

void mssl_steward_start(mssl_global_t *global, server_rec *s, apr_pool_t *pconf)
{
    const char *program = global->steward_program != NULL ? global->steward_program : MSSL_STEWARD;
    mssl_reason_t why = { "" };
    const mssl_user_t *user;
    const char *fault;
    mssl_owner_t owner;

    forget_settings(global, s, pconf);
    if (global->notify == NULL && !global->is_issuing) {
        return;
    }
    user = mssl_user_find_steward(global, pconf);
    fault = find_fault(global, user, program, pconf);
    if (fault == NULL && lay_out(global, user, s, pconf, &why) != APR_SUCCESS) {
        fault = why.text;
    }
    if (fault != NULL) {
        report_fault(global, s, fault);
        return;
    }
    check_mail(global, s);
    if (global->notify != NULL) {
        owner = make_readable(user);
        mssl_alarms_start(global, &owner, s, pconf);
    }
    if (!global->is_steward_external) {
        begin(global, user, program, s, pconf);
    }
}

void mssl_steward_tick(mssl_steward_process_t *steward)
{
    if (steward != NULL) {
        mssl_process_tick(steward->process);
    }
}
