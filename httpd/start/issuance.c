/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/issuance.h"

#include <ap_provider.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <http_core.h>
#include <http_log.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unixd.h>

#include "httpd/conf/issue.h"
#include "httpd/server/hints.h"
#include "httpd/start/statedir.h"
#include "httpd/start/statefolder.h"
#include "httpd/start/user.h"
#include "lib/base/reason.h"
#include "lib/base/tags.h"
#include "lib/issue/consent.h"
#include "lib/issue/request.h"
#include "lib/pair/revoked.h"

APLOG_USE_MODULE(mssl);

/** A million arguments; what is longer is no configuration. */
#define SETTINGS_MAX ((size_t)1024 * 1024)

/** Set-gid: what is made there has the folder's group, httpd's. */
#define HINTS_MODE 02710

static int has_engine(const server_rec *s)
{
    for (; s != NULL; s = s->next) {
        if (mssl_conf_get(s)->engine == MSSL_ON) {
            return 1;
        }
    }
    return 0;
}

/* Why nothing is issued, and what mends it. @return NULL: nothing is in the way, or none is wanted */
static const char *find_fault(const mssl_global_t *global, const server_rec *s, apr_pool_t *pool)
{
    if (!mssl_issue_has_source(&global->issuing)) {
        return "nobody may have a certificate; name whom, for example 'MSSLIssueFor vhosts'";
    }
    if (apr_is_empty_array(global->issuing.issuers)) {
        return "nobody makes certificates; name who, for example 'MSSLIssuer le uacme --contact "
               "ADDRESS'";
    }
    if (!has_engine(s)) {
        return "no virtual host would serve them; write 'MSSLEngine on' where they are to be served";
    }
    if (geteuid() == 0 && global->key_access == MSSL_KEYS_DIRECT) {
        return "with 'MSSLKeyAccess direct' children would have to read the keys, which are the "
               "steward's; use broker, or an httpd that is not started as root";
    }
    return mssl_user_find_steward_fault(mssl_user_find_steward(global, pool), pool);
}

static int is_wanted(const mssl_global_t *global)
{
    return mssl_issue_has_source(&global->issuing)
           || !apr_is_empty_array(global->issuing.issuers);
}

void mssl_issuance_plan(mssl_global_t *global, const server_rec *s, apr_pool_t *pconf)
{
    mssl_store_row_t *row;

    global->issued = NULL;
    if (!is_wanted(global) || find_fault(global, s, pconf) != NULL) {
        return;
    }
    row = apr_palloc(pconf, sizeof(*row));
    row->name = "dir";
    row->arg = apr_pstrcat(pconf, mssl_statedir_get(global, pconf), "/" MSSL_ISSUED_DIR, NULL);
    row->provider = ap_lookup_provider(MSSL_STORE_PROVIDER_GROUP, row->name,
                                       MSSL_STORE_PROVIDER_VERSION);
    global->issued = row->provider != NULL ? row : NULL;
}

/* One folder, and no descriptor left. */
static apr_status_t make(int dir, const char *name, const mssl_user_t *user, mode_t mode,
                         mssl_reason_t *why)
{
    int fd;
    apr_status_t rv = mssl_statefolder_make(&fd, dir, name,
                                            &(mssl_owner_t){ user->uid, user->gid, mode }, why);

    if (fd >= 0) {
        close(fd);
    }
    return rv;
}

/* What msslctl and the steward hand each other: the steward's, its folders too. */
static apr_status_t make_requests(int dir, const mssl_user_t *user, mssl_reason_t *why)
{
    static const char *const names[] = { MSSL_WANTED_DIR, MSSL_TODO_DIR, MSSL_GIVEN_DIR,
                                         MSSL_OWNER_DIR };
    size_t i;
    int fd;
    apr_status_t rv = mssl_statefolder_make(&fd, dir, MSSL_REQUESTS_DIR,
                                            &(mssl_owner_t){ user->uid, user->gid, 0700 }, why);

    for (i = 0; rv == APR_SUCCESS && i < sizeof(names) / sizeof(names[0]); i++) {
        rv = make(fd, names[i], user, 0700, why);
    }
    if (fd >= 0) {
        close(fd);
    }
    return rv;
}

/* Children, who have httpd's group, may send to the socket that the steward binds there. */
static apr_status_t make_hints(int dir, const mssl_user_t *user, mssl_reason_t *why)
{
    const mssl_owner_t owner = { user->uid, geteuid() == 0 ? ap_unixd_config.group_id : user->gid,
                                 HINTS_MODE };
    int fd;
    apr_status_t rv = mssl_statefolder_make(&fd, dir, MSSL_HINTS_DIR, &owner, why);

    if (fd >= 0) {
        close(fd);
    }
    return rv;
}

static apr_status_t make_folders(mssl_global_t *global, apr_pool_t *pconf, mssl_reason_t *why)
{
    static const struct {
        const char *name;
        mode_t mode;
    } folders[] = {
        { MSSL_JOBS_DIR, 0711 },    { MSSL_KEYS_DIR, 0700 },    { MSSL_ACCOUNTS_DIR, 0700 },
        { MSSL_WORK_DIR, 0700 },    { MSSL_ARCHIVE_DIR, 0700 }, { MSSL_LEDGERS_DIR, 0700 },
        { MSSL_ISSUED_DIR, 0700 },  { MSSL_CONSENTS_DIR, 0700 },
        { MSSL_REVOKED_DIR, 0711 },
    };
    const mssl_user_t *user = mssl_user_find_steward(global, pconf);
    apr_status_t rv;
    size_t i;
    int dir;

    rv = mssl_statedir_open(global, &dir, pconf, why);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; rv == APR_SUCCESS && i < sizeof(folders) / sizeof(folders[0]); i++) {
        rv = make(dir, folders[i].name, user, folders[i].mode, why);
    }
    if (rv == APR_SUCCESS) {
        rv = make_requests(dir, user, why);
    }
    if (rv == APR_SUCCESS && global->is_steward_external) {
        rv = make_hints(dir, user, why);
    }
    if (rv == APR_SUCCESS && global->challenge_dir == NULL) {
        rv = make(dir, MSSL_CHALLENGE_SUBDIR, user, 0711, why);
    }
    close(dir);
    return rv;
}

static apr_status_t close_jobs(void *data)
{
    close(*(int *)data);
    return APR_SUCCESS;
}

/* Children may walk through the folder to a file that they know, and not look around. */
static void open_jobs(mssl_global_t *global, apr_pool_t *pconf)
{
    mssl_reason_t why;
    int dir, *jobs = apr_palloc(pconf, sizeof(*jobs));

    if (mssl_statedir_open(global, &dir, pconf, &why) != APR_SUCCESS) {
        return;
    }
    *jobs = openat(dir, MSSL_JOBS_DIR, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    close(dir);
    if (*jobs >= 0) {
        apr_pool_cleanup_register(pconf, jobs, close_jobs, apr_pool_cleanup_null);
        global->glance = mssl_glance_make(*jobs, mssl_user_find_steward(global, pconf)->uid, pconf);
    }
}

/* An issuer writes as the steward's user, and nobody but root and that one may. */
static void check_challenges(const mssl_global_t *global, server_rec *s, apr_pool_t *pconf)
{
    const mssl_user_t *user = mssl_user_find_steward(global, pconf);
    struct stat st;

    if (global->challenge_dir != NULL && stat(global->challenge_dir, &st) == 0
        && st.st_uid != user->uid) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0238) "MSSLChallengeDir: issuers cannot "
                     "put a challenge into '%s', which belongs to uid %lu; run: chown %s %s",
                     global->challenge_dir, (unsigned long)st.st_uid, user->name,
                     global->challenge_dir);
    }
}

/* One that the system begins inherits nothing of ours, and has a socket. */
static void start_hints(mssl_global_t *global, server_rec *s, apr_pool_t *pconf)
{
    apr_status_t rv = !global->is_steward_external
                          ? mssl_hints_start(global, pconf)
                          : mssl_hints_start_external(global, mssl_statedir_get(global, pconf),
                                                      mssl_user_find_steward(global, pconf)->uid,
                                                      pconf);

    if (rv == APR_ENAMETOOLONG) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0239) "MSSLStateDir: '%s' is too long for "
                     "the socket " MSSL_HINTS_DIR "/" MSSL_HINTS_SOCKET " in it (107 bytes with that): "
                     "names that somebody asks for have no turn before others",
                     mssl_statedir_get(global, pconf));
    }
    else if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s, MSSLNO(0237) "no descriptors for hints: names "
                     "that somebody asks for have no turn before others");
    }
}

static void say_fault(server_rec *s, const char *fault)
{
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0234) "MSSLIssueFor, MSSLIssuer: nothing is "
                 "issued: %s", fault);
}

void mssl_issuance_check(const mssl_global_t *global, server_rec *s, apr_pool_t *ptemp)
{
    const char *fault;

    if (is_wanted(global) && ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST) {
        fault = find_fault(global, s, ptemp);
        if (fault != NULL) {
            say_fault(s, fault);
        }
    }
}

void mssl_issuance_start(mssl_global_t *global, server_rec *s, apr_pool_t *pconf)
{
    mssl_reason_t why = { "" };
    const char *fault;

    if (!is_wanted(global)) {
        return;
    }
    fault = find_fault(global, s, pconf);
    mssl_issuance_plan(global, s, pconf);
    if (fault == NULL && make_folders(global, pconf, &why) != APR_SUCCESS) {
        /* What was issued before is served on where it is there. */
        if (access(global->issued->arg, F_OK) != 0) {
            global->issued = NULL;
        }
        fault = why.text;
    }
    if (fault == NULL) {
        global->is_issuing = 1;
        check_challenges(global, s, pconf);
        open_jobs(global, pconf);
        start_hints(global, s, pconf);
    }
    else {
        say_fault(s, fault);
    }
}

static void collect_addresses(mssl_issuing_t *issuing, const server_rec *s)
{
    const apr_array_header_t *done = NULL;

    for (; s != NULL; s = s->next) {
        const apr_array_header_t *addresses = mssl_conf_get(s)->public_addresses;

        if (addresses != NULL && addresses != done) {
            apr_array_cat(issuing->addresses, addresses);
        }
        done = addresses;
    }
}

apr_status_t mssl_issuance_tell(mssl_global_t *global, const server_rec *s, int dir,
                                const mssl_owner_t *owner, apr_pool_t *pconf, mssl_reason_t *why)
{
    mssl_buffer_t text = { .max = SETTINGS_MAX };
    mssl_issuing_t issuing = global->issuing;
    apr_status_t rv;

    if (!global->is_issuing) {
        return unlinkat(dir, MSSL_ISSUING_FILE, 0) == 0 || errno == ENOENT
                   ? APR_SUCCESS
                   : mssl_reason_set(why, errno, MSSL_ISSUING_FILE " cannot be removed (%s)",
                                     strerror(errno));
    }
    issuing.challenge_dir = global->challenges.dir;
    issuing.urgent = global->inventory.warns.urgent;
    issuing.addresses = apr_array_make(pconf, 2, sizeof(const char *));
    collect_addresses(&issuing, s);
    rv = mssl_issuing_write(&issuing, mssl_buffer_add, &text);
    return mssl_statefolder_write(dir, MSSL_ISSUING_FILE, rv, &text, owner, why);
}

int mssl_issuance_has_store(const mssl_global_t *global, const server_rec *s)
{
    const mssl_server_conf_t *sc = mssl_conf_get(s);

    return global->issued != NULL
           && (sc->engine == MSSL_ON || sc->stores != NULL || sc->certificates != NULL);
}
