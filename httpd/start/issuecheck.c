/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/issuecheck.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <http_core.h>
#include <http_log.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unixd.h>

#include "httpd/conf/issue.h"
#include "httpd/start/user.h"
#include "lib/base/reason.h"
#include "lib/base/tags.h"
#include "lib/files/slurp.h"
#include "lib/issue/list.h"
#include "lib/notify/program.h"
#include "lib/providers/namefolder.h"

APLOG_USE_MODULE(mssl);

/** A million names. */
#define LIST_MAX ((apr_size_t)64 * 1024 * 1024)

static apr_status_t look(struct stat *st, const char *path, int is_folder, mssl_reason_t *why)
{
    if (stat(path, st) != 0) {
        return mssl_reason_set(why, errno, "'%s': %s", path,
                               errno == ENOENT ? "does not exist" : strerror(errno));
    }
    if (is_folder ? !S_ISDIR(st->st_mode) : !S_ISREG(st->st_mode)) {
        return mssl_reason_set(why, APR_EINVAL, "'%s': is no %s", path,
                               is_folder ? "folder" : "regular file");
    }
    return APR_SUCCESS;
}

/* What is written here decides who gets a certificate: not for scripts of websites. */
static apr_status_t check_writers(const char *path, int is_folder, mssl_reason_t *why)
{
    struct stat st;
    apr_status_t rv = look(&st, path, is_folder, why);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (st.st_uid != 0 && st.st_uid != geteuid() && st.st_uid == ap_unixd_config.user_id) {
        return mssl_reason_set(why, APR_EACCES, "'%s': belongs to httpd's User, whose scripts could "
                               "permit any name; run: chown root %s", path, path);
    }
    if ((st.st_mode & 022) != 0) {
        return mssl_reason_set(why, APR_EACCES, "'%s': is writable by others than its owner, run: "
                               "chmod go-w %s", path, path);
    }
    return APR_SUCCESS;
}

static apr_status_t check_list(const char *path, apr_pool_t *ptemp, mssl_reason_t *why)
{
    apr_status_t rv = check_writers(path, 0, why);

    return rv != APR_SUCCESS ? rv
                             : check_writers(ap_make_dirstr_parent(ptemp, path), 1, why);
}

static apr_status_t check_folders(const char *pattern, apr_pool_t *ptemp, mssl_reason_t *why)
{
    const char *folder, *fault = mssl_namefolder_parse(&folder, pattern, ptemp);
    struct stat st;

    return fault != NULL ? mssl_reason_set(why, APR_EINVAL, "'folders:%s' %s", pattern, fault)
                         : mssl_namefolder_check(folder, mssl_user_get_web(), &st, why);
}

/* The steward reads it, and nobody else but its owner. */
static apr_status_t check_secret(const mssl_global_t *global, const char *path, mssl_reason_t *why)
{
    const char *group = mssl_user_get_steward_name(global);
    int is_root = geteuid() == 0;
    gid_t gid = getegid();
    apr_status_t rv;
    struct stat st;

    if (*path != '/') {
        return mssl_reason_set(why, APR_EINVAL, "'%s' is no absolute path", path);
    }
    rv = look(&st, path, 0, why);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if ((st.st_uid != 0 && st.st_uid != geteuid()) || (st.st_mode & 0037) != 0) {
        return mssl_reason_set(why, APR_EACCES, "'%s': has a secret in it, and is to be root's and "
                               "readable by the group of '%s' alone; run: chown root:%s %s && chmod "
                               "640 %s", path, group, group, path, path);
    }
    /* Without that user nothing is issued, which is told elsewhere. */
    if (is_root && mssl_user_find_steward_group(global, &gid)
        && (st.st_gid != gid || (st.st_mode & 0040) == 0)) {
        return mssl_reason_set(why, APR_EACCES, "'%s': the steward cannot read it, run: chgrp %s %s "
                               "&& chmod 640 %s", path, group, path, path);
    }
    return APR_SUCCESS;
}

/* @return whether the start goes on */
static int fail(server_rec *s, const char *directive, const char *text)
{
    if (mssl_conf_is_restarting()) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, MSSLNO(0231) "%s: %s; until that is mended what "
                     "was known of it stays in force", directive, text);
        return 1;
    }
    ap_log_error(APLOG_MARK, APLOG_EMERG, 0, s, MSSLNO(0232) "%s: %s", directive, text);
    return 0;
}

static void pass_over(void *baton, const mssl_list_line_t *line)
{
    (void)baton;
    (void)line;
}

static void report_line(void *baton, const char *text)
{
    server_rec *s = baton;

    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0233) "MSSLIssueFor: %s", text);
}

/* Lines that do not count cost themselves: said to who asks, and by the steward in its time. */
static void check_lines(server_rec *s, const char *path, apr_pool_t *ptemp)
{
    mssl_reason_t why = { "" };
    const char *text;
    apr_size_t len;

    if (mssl_file_slurp(&text, &len, AT_FDCWD, path, LIST_MAX, ptemp, &why) == APR_SUCCESS) {
        mssl_list_read(text, len, path, pass_over, report_line, s);
    }
    else {
        report_line(s, why.text);
    }
}

/* An option of those that are shipped, and which of them do not know it. */
static const struct {
    const char *program, *option, *value; /* value NULL: any */
    const char *effect;
} unknown[] = {
    { "uacme", "--profile", NULL, "lego does profiles, from 4.22 on" },
    { "uacme", "--dns", NULL, "lego proves names by the DNS" },
    { "uacme", "--dns-hook", NULL, "lego proves names by the DNS" },
    { "uacme", "--dns-resolver", NULL, "lego proves names by the DNS" },
    { "uacme", "--challenge", "dns-01", "lego proves names by the DNS" },
    { "lego", "--challenge", "tls-alpn-01", "uacme does that challenge" },
};

/* What a client cannot do would fail with each order, and stop its issuer: said before. */
static void check_options(server_rec *s, const mssl_issuer_t *issuer)
{
    const char *program = ap_strrchr_c(issuer->argv[0], '/') + 1;
    size_t k;

    for (k = 0; k < sizeof(unknown) / sizeof(unknown[0]); k++) {
        int i = 0;
        const char *value = strcmp(unknown[k].program, program) == 0
                                ? mssl_issue_find_option(issuer, unknown[k].option, &i) : NULL;

        if (value != NULL && (unknown[k].value == NULL || strcmp(unknown[k].value, value) == 0)) {
            ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0262) "MSSLIssuer %s: %s cannot do '%s "
                         "%s', and orders nothing with it; %s", issuer->name, program, unknown[k].option,
                         value, unknown[k].effect);
        }
    }
}

static int check_issuer(const mssl_global_t *global, server_rec *s, const mssl_issuer_t *issuer)
{
    static const char *const options[] = { "--env", "--eab" };
    mssl_reason_t why = { "" };
    struct stat st;
    const char *path;
    int i, ok = 1;
    size_t k;

    for (k = 0; k < sizeof(options) / sizeof(options[0]); k++) {
        i = 0;
        while ((path = mssl_issue_find_option(issuer, options[k], &i)) != NULL) {
            if (check_secret(global, path, &why) != APR_SUCCESS) {
                ok &= fail(s, "MSSLIssuer", why.text);
            }
        }
    }
    check_options(s, issuer);
    for (i = 0; (path = mssl_issue_find_option(issuer, "--dns-hook", &i)) != NULL;) {
        if (mssl_program_check(path, &why) != APR_SUCCESS) {
            ok &= fail(s, "MSSLIssuer", why.text);
        }
    }
    if (issuer->ca_file != NULL && look(&st, issuer->ca_file, 0, &why) != APR_SUCCESS) {
        ok &= fail(s, "MSSLIssuer", why.text);
    }
    return ok;
}

int mssl_issuecheck_run(const mssl_global_t *global, server_rec *s, apr_pool_t *ptemp)
{
    const mssl_issuing_t *issuing = &global->issuing;
    mssl_reason_t why = { "" };
    int i, ok = 1;

    if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_DUMP) {
        return OK;
    }
    for (i = 0; i < issuing->lists->nelts; i++) {
        const char *path = APR_ARRAY_IDX(issuing->lists, i, const char *);

        if (check_list(path, ptemp, &why) != APR_SUCCESS) {
            ok &= fail(s, "MSSLIssueFor", why.text);
        }
        else if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST) {
            check_lines(s, path, ptemp);
        }
    }
    for (i = 0; i < issuing->folders->nelts; i++) {
        if (check_folders(APR_ARRAY_IDX(issuing->folders, i, const char *), ptemp, &why)
            != APR_SUCCESS) {
            ok &= fail(s, "MSSLIssueFor", why.text);
        }
    }
    for (i = 0; i < issuing->issuers->nelts; i++) {
        ok &= check_issuer(global, s, &APR_ARRAY_IDX(issuing->issuers, i, mssl_issuer_t));
    }
    return ok ? OK : HTTP_INTERNAL_SERVER_ERROR;
}
