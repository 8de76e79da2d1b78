/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/user.h"

#include <apr_strings.h>
#include <http_log.h>
#include <pwd.h>
#include <unistd.h>
#include <unixd.h>

#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

#define DEFAULT_USER_NAME "_mssl"
#define DEFAULT_STEWARD_NAME "_mssl-steward"
/** Makes a user, wherever there is the shadow suite. */
#define MAKE "useradd --system --user-group --no-create-home --home-dir /nonexistent --shell " \
             "/usr/sbin/nologin "

const char *mssl_user_get_name(const mssl_global_t *global)
{
    return global->user != NULL ? global->user : DEFAULT_USER_NAME;
}

const char *mssl_user_get_steward_name(const mssl_global_t *global)
{
    return global->steward_user != NULL ? global->steward_user : DEFAULT_STEWARD_NAME;
}

int mssl_user_find_steward_group(const mssl_global_t *global, gid_t *gid)
{
    const struct passwd *user = getpwnam(mssl_user_get_steward_name(global));

    if (user != NULL) {
        *gid = user->pw_gid;
    }
    return user != NULL;
}

/* One thread: the parent's, at start. */
static int is_same(const struct passwd *user, uid_t uid)
{
    return user != NULL && user->pw_uid != 0 && user->pw_uid == uid;
}

uid_t mssl_user_get_web(void)
{
    return geteuid() == 0 ? ap_unixd_config.user_id : (uid_t)-1;
}

int mssl_user_check(const mssl_global_t *global, server_rec *s)
{
    const struct passwd *user = getpwnam(mssl_user_get_name(global));
    const char *other = NULL;
    uid_t first = user != NULL ? user->pw_uid : 0;

    if (is_same(user, ap_unixd_config.user_id)) {
        other = mssl_user_get_name(global);
    }
    user = getpwnam(mssl_user_get_steward_name(global));
    if (other == NULL && is_same(user, ap_unixd_config.user_id)) {
        other = mssl_user_get_steward_name(global);
    }
    if (other != NULL) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, 0, s, MSSLNO(0167) "MSSLUser: '%s' is httpd's own "
                     "User, whose scripts could reach what it is to protect; use a user that "
                     "nothing else runs as, for example %s", other, DEFAULT_USER_NAME);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (is_same(user, first)) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, 0, s, MSSLNO(0170) "MSSLUser: '%s' and '%s' are one "
                     "user, who could reach the keys from the programs that the second runs; use "
                     "two users", mssl_user_get_name(global), mssl_user_get_steward_name(global));
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return OK;
}

static const mssl_user_t *find(const char *name, apr_pool_t *p)
{
    mssl_user_t *user = apr_pcalloc(p, sizeof(*user));
    const struct passwd *entry = getpwnam(name);

    user->name = name;
    user->is_missing = entry == NULL;
    if (entry != NULL) {
        user->uid = entry->pw_uid;
        user->gid = entry->pw_gid;
    }
    return user;
}

const mssl_user_t *mssl_user_find(const mssl_global_t *global, apr_pool_t *p)
{
    return find(mssl_user_get_name(global), p);
}

const mssl_user_t *mssl_user_find_steward(const mssl_global_t *global, apr_pool_t *p)
{
    mssl_user_t *user;

    if (geteuid() == 0) {
        return find(mssl_user_get_steward_name(global), p);
    }
    user = apr_pcalloc(p, sizeof(*user));
    user->name = mssl_user_get_steward_name(global);
    user->uid = geteuid();
    user->gid = getegid();
    return user;
}

const char *mssl_user_find_steward_fault(const mssl_user_t *user, apr_pool_t *pool)
{
    if (user->is_missing) {
        return apr_psprintf(pool, "there is no user '%s' to run commands as; make it and restart "
                            "httpd: '" MAKE "%s'", user->name, user->name);
    }
    if (geteuid() == 0 && (user->uid == 0 || user->uid == ap_unixd_config.user_id)) {
        return "the second user of MSSLUser is root or httpd's own User, who are to run no commands; "
               "name another one";
    }
    return NULL;
}

/* What still holds a process that has root's uid. */
static const char *describe_locks(const mssl_plan_t *plan)
{
    return plan->has_seccomp && plan->landlock > 0 ? "seccomp and Landlock"
           : plan->has_seccomp                     ? "seccomp"
           : plan->landlock > 0                    ? "Landlock"
                                                   : "nothing that keeps it from root's files";
}

void mssl_user_report(const mssl_user_t *user, const mssl_plan_t *plan, const char *label,
                      server_rec *s)
{
    if (user->is_missing) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0165) "MSSLUser: there is no user "
                     "'%s', so the %s stays uid 0, with %s and no right but reading; make the "
                     "users and restart httpd: '" MAKE "%s' and '" MAKE DEFAULT_STEWARD_NAME "'; "
                     "or write 'MSSLUser root'", user->name, label, describe_locks(plan),
                     user->name);
    }
    if (plan->reads == MSSL_READS_OVERRIDES) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, MSSLNO(0155) "%s: this machine or container "
                     "withholds CAP_DAC_READ_SEARCH: it reads by CAP_DAC_OVERRIDE, and %s let it "
                     "write nothing; better, add the capability (Docker: --cap-add "
                     "DAC_READ_SEARCH, in compose 'cap_add: [DAC_READ_SEARCH]'; systemd: "
                     "CapabilityBoundingSet=)", label, describe_locks(plan));
    }
    if (plan->reads == MSSL_READS_OWN) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0171) "%s: this machine or container "
                     "withholds CAP_DAC_READ_SEARCH: it stays uid 0, with %s, and reads only what "
                     "belongs to root or is open to all; add the capability (Docker: --cap-add "
                     "DAC_READ_SEARCH, in compose 'cap_add: [DAC_READ_SEARCH]'; systemd: "
                     "CapabilityBoundingSet=), or give the stores to root", label,
                     describe_locks(plan));
    }
}
