/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/conf/issue.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "httpd/conf/args.h"
#include "lib/base/tags.h"
#include "lib/notify/program.h"
#include "lib/providers/namefolder.h"

APLOG_USE_MODULE(mssl);

#define LIST "list:"
#define FOLDERS "folders:"
#define ASK "ask:"
/** Each is listed by a thread of its own. */
#define FOLDERS_MAX 32
#define ISSUER_USE "use NAME PROGRAM [ARG...], for example 'le uacme --directory URL --contact ADDRESS'"
#define NAME_MAX_LEN 32
#define LIMIT_MAX 1000000
#define DAY apr_time_from_sec(86400)

int mssl_issue_has_source(const mssl_issuing_t *issuing)
{
    return issuing->for_vhosts || issuing->for_requests || !apr_is_empty_array(issuing->lists)
           || !apr_is_empty_array(issuing->folders) || issuing->ask != NULL;
}

const char *mssl_issue_find_option(const mssl_issuer_t *issuer, const char *option, int *i)
{
    size_t len = strlen(option);

    for (++*i; issuer->argv[*i] != NULL; ++*i) {
        const char *arg = issuer->argv[*i];

        if (strncmp(arg, option, len) == 0 && arg[len] == '=') {
            return arg + len + 1;
        }
        if (strcmp(arg, option) == 0 && issuer->argv[*i + 1] != NULL) {
            return issuer->argv[++*i];
        }
    }
    return NULL;
}

/* @return NULL: within a virtual host, where those directives are none */
static mssl_issuing_t *issuing_of(const cmd_parms *cmd)
{
    mssl_global_t *global = mssl_conf_get_global(cmd->server);

    return global != NULL ? &global->issuing : NULL;
}

static const char *add_list(cmd_parms *cmd, const char *arg)
{
    const char *path = *arg != '\0' ? ap_server_root_relative(cmd->pool, arg) : NULL;

    if (path == NULL) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not a path", cmd->cmd->name, arg);
    }
    APR_ARRAY_PUSH(issuing_of(cmd)->lists, const char *) = path;
    return NULL;
}

static const char *add_folders(cmd_parms *cmd, const char *pattern)
{
    apr_array_header_t *folders = issuing_of(cmd)->folders;
    const char *folder, *fault = mssl_namefolder_parse(&folder, pattern, cmd->temp_pool);
    int i;

    if (fault != NULL) {
        return apr_psprintf(cmd->pool, "%s: '" FOLDERS "%s' %s", cmd->cmd->name, pattern, fault);
    }
    for (i = 0; i < folders->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(folders, i, const char *), pattern) == 0) {
            return NULL;
        }
    }
    if (folders->nelts == FOLDERS_MAX) {
        return apr_psprintf(cmd->pool, "%s: more than %d times '" FOLDERS "'", cmd->cmd->name,
                            FOLDERS_MAX);
    }
    APR_ARRAY_PUSH(folders, const char *) = apr_pstrdup(cmd->pool, pattern);
    return NULL;
}

static const char *check_program(cmd_parms *cmd, const char *program)
{
    mssl_reason_t why = { "" };

    if (mssl_program_check(program, &why) == APR_SUCCESS) {
        return NULL;
    }
    if (!mssl_conf_is_restarting()) {
        return apr_psprintf(cmd->pool, "%s: %s", cmd->cmd->name, why.text);
    }
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, cmd->server, MSSLNO(0230) "%s: %s; until that is mended "
                 "it is of no use", cmd->cmd->name, why.text);
    return NULL;
}

static const char *set_ask(cmd_parms *cmd, const char *program)
{
    mssl_issuing_t *issuing = issuing_of(cmd);
    const char *err;

    if (issuing->ask != NULL && strcmp(issuing->ask, program) != 0) {
        return apr_psprintf(cmd->pool, "%s: there is '" ASK "%s' already; have one program ask others",
                            cmd->cmd->name, issuing->ask);
    }
    err = check_program(cmd, program);
    if (err == NULL) {
        issuing->ask = apr_pstrdup(cmd->pool, program);
    }
    return err;
}

const char *mssl_issue_add_source(cmd_parms *cmd, void *dir, const char *arg)
{
    mssl_issuing_t *issuing = issuing_of(cmd);
    const char *err = mssl_args_check_global(cmd);

    (void)dir;
    if (err != NULL) {
        return err;
    }
    if (ap_cstr_casecmp(arg, "vhosts") == 0) {
        issuing->for_vhosts = 1;
    }
    else if (ap_cstr_casecmp(arg, "requests") == 0) {
        issuing->for_requests = 1;
    }
    else if (ap_cstr_casecmpn(arg, LIST, sizeof(LIST) - 1) == 0) {
        return add_list(cmd, arg + sizeof(LIST) - 1);
    }
    else if (ap_cstr_casecmpn(arg, FOLDERS, sizeof(FOLDERS) - 1) == 0) {
        return add_folders(cmd, arg + sizeof(FOLDERS) - 1);
    }
    else if (ap_cstr_casecmpn(arg, ASK, sizeof(ASK) - 1) == 0) {
        return set_ask(cmd, arg + sizeof(ASK) - 1);
    }
    else {
        return apr_psprintf(cmd->pool, "%s: '%s' is not known, use vhosts, list:FILE, "
                            "folders:PATTERN, ask:PROGRAM or requests",
                            cmd->cmd->name, arg);
    }
    return NULL;
}

const char *mssl_issue_set(cmd_parms *cmd, void *dir, int on)
{
    (void)dir;
    mssl_conf_get(cmd->server)->issue = on ? MSSL_ON : MSSL_OFF;
    return NULL;
}

/* It names files, and stands in lines of lists. */
static int is_name(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return len > 0 && len <= NAME_MAX_LEN && text[len] == '\0' && *text != '-';
}

static int is_shipped(const char *word)
{
    return strcmp(word, "uacme") == 0 || strcmp(word, "lego") == 0 || strcmp(word, "manual") == 0
           || strcmp(word, "reseller") == 0;
}

/* Whether a program is called so, wherever it lies. */
static int is_called(const char *program, const char *name)
{
    const char *slash = strrchr(program, '/');

    return strcmp(slash != NULL ? slash + 1 : program, name) == 0;
}

/* By a person's hands, or for money: never by itself. */
static int is_slow(const char *program)
{
    return is_called(program, "manual") || is_called(program, "reseller");
}

static const char *find_first(const mssl_issuer_t *issuer, const char *option)
{
    int i = 0;

    return mssl_issue_find_option(issuer, option, &i);
}

/* It has no way to prove one (dns-01). Of a program that is not ours that is not known. */
static int has_no_wildcards(const mssl_issuer_t *issuer)
{
    return is_called(issuer->argv[0], "uacme")
           || (is_called(issuer->argv[0], "lego") && find_first(issuer, "--dns") == NULL
               && find_first(issuer, "--dns-hook") == NULL);
}

/* What the command line says to us, too. @return NULL, or what is wrong */
static const char *take_args(cmd_parms *cmd, mssl_issuer_t *issuer, int argc, char *const argv[])
{
    static const char *const options[] = { "--directory", "--staging", "--contact", "--ca-file",
                                           "--env", "--eab", "--dns", "--dns-hook" };
    int i, n = 1;
    size_t k;

    for (i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--by-request") == 0) {
            issuer->by_request = 1;
            continue;
        }
        if (strcmp(argv[i], "--mail-approval") == 0) {
            issuer->takes_mail = 1;
            continue;
        }
        for (k = 0; k < sizeof(options) / sizeof(options[0]); k++) {
            if (strcmp(argv[i], options[k]) == 0 && i + 1 == argc) {
                return apr_psprintf(cmd->pool, "%s: '%s' needs a value behind it", cmd->cmd->name,
                                    argv[i]);
            }
        }
        issuer->argv[n++] = apr_pstrdup(cmd->pool, argv[i]);
    }
    issuer->directory = find_first(issuer, "--directory");
    issuer->staging = find_first(issuer, "--staging");
    issuer->contact = find_first(issuer, "--contact");
    issuer->ca_file = find_first(issuer, "--ca-file");
    issuer->has_no_wildcards = has_no_wildcards(issuer);
    return mssl_args_check_utf8(cmd, issuer->argv);
}

const char *mssl_issue_add_issuer(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    mssl_issuing_t *issuing = issuing_of(cmd);
    mssl_issuer_t issuer = { NULL };
    const char *err = mssl_args_check_global(cmd);

    (void)dir;
    if (err != NULL) {
        return err;
    }
    if (argc < 2 || *argv[1] == '\0') {
        return apr_psprintf(cmd->pool, "%s: no program is named, " ISSUER_USE, cmd->cmd->name);
    }
    if (!is_name(argv[0])) {
        return apr_psprintf(cmd->pool, "%s: '%s' is no name, use 1 to %d of a-z, 0-9 and inner "
                            "hyphens; " ISSUER_USE, cmd->cmd->name, argv[0], NAME_MAX_LEN);
    }
    if (mssl_issuing_find(issuing, argv[0]) != NULL) {
        return apr_psprintf(cmd->pool, "%s: there is a '%s' already, give each a name of its own",
                            cmd->cmd->name, argv[0]);
    }
    if (strchr(argv[1], '/') == NULL && !is_shipped(argv[1])) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not shipped, use the path of a program, uacme, "
                            "lego, manual or reseller", cmd->cmd->name, argv[1]);
    }
    issuer.name = apr_pstrdup(cmd->pool, argv[0]);
    issuer.by_request = is_slow(argv[1]);
    issuer.argv = apr_pcalloc(cmd->pool, (size_t)argc * sizeof(*issuer.argv));
    issuer.argv[0] = strchr(argv[1], '/') != NULL
                         ? apr_pstrdup(cmd->pool, argv[1])
                         : apr_pstrcat(cmd->pool, MSSL_ISSUERS "/", argv[1], NULL);
    err = take_args(cmd, &issuer, argc - 2, argv + 2);
    if (err == NULL) {
        err = check_program(cmd, issuer.argv[0]);
    }
    if (err == NULL) {
        APR_ARRAY_PUSH(issuing->issuers, mssl_issuer_t) = issuer;
    }
    return err;
}

const char *mssl_issue_set_key(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *err = mssl_args_check_global(cmd);
    int is_rsa = ap_cstr_casecmp(arg, "rsa") == 0;

    (void)dir;
    if (err == NULL && !is_rsa && ap_cstr_casecmp(arg, "ecdsa") != 0) {
        err = apr_psprintf(cmd->pool, "%s: '%s' is not known, use ecdsa or rsa", cmd->cmd->name, arg);
    }
    if (err == NULL) {
        issuing_of(cmd)->key = is_rsa ? MSSL_KEY_RSA : MSSL_KEY_ECDSA;
    }
    return err;
}

const char *mssl_issue_set_preflight(cmd_parms *cmd, void *dir, int on)
{
    const char *err = mssl_args_check_global(cmd);

    (void)dir;
    if (err == NULL) {
        issuing_of(cmd)->preflight = on;
    }
    return err;
}

/* As other directives take it, and days: what CAs count in. */
static const char *parse_each(cmd_parms *cmd, apr_interval_time_t *each, const char *arg)
{
    char *end;
    apr_int64_t days = apr_strtoi64(arg, &end, 10);

    if (apr_isdigit(*arg) && strcmp(end, "d") == 0 && days >= 1 && days <= 366) {
        *each = days * DAY;
        return NULL;
    }
    return mssl_args_parse_time(cmd, each, arg, APR_USEC_PER_SEC);
}

const char *mssl_issue_set_limit(cmd_parms *cmd, void *dir, const char *what, const char *limit)
{
    static const char *const words[MSSL_LIMITS] = {
        [MSSL_LIMIT_ORDERS] = "orders", [MSSL_LIMIT_DOMAIN] = "domain", [MSSL_LIMIT_NAME] = "name",
    };
    const char *err = mssl_args_check_global(cmd);
    mssl_limit_t value = { 0, 0 };
    int which = 0;
    char *end;
    apr_int64_t n = apr_strtoi64(limit, &end, 10);

    (void)dir;
    while (which < MSSL_LIMITS && ap_cstr_casecmp(what, words[which]) != 0) {
        which++;
    }
    if (err == NULL && which == MSSL_LIMITS) {
        err = apr_psprintf(cmd->pool, "%s: '%s' is not known, use orders, domain or name, and N/TIME",
                           cmd->cmd->name, what);
    }
    if (err == NULL && (!apr_isdigit(*limit) || *end != '/' || n < 1 || n > LIMIT_MAX)) {
        err = apr_psprintf(cmd->pool, "%s: '%s' is not of the form N/TIME, use for example 250/3h or "
                           "40/7d", cmd->cmd->name, limit);
    }
    if (err == NULL) {
        err = parse_each(cmd, &value.each, end + 1);
    }
    if (err == NULL) {
        value.n = (int)n;
        issuing_of(cmd)->limit[which] = value;
    }
    return err;
}

const char *mssl_issue_set_window(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *err = mssl_args_check_global(cmd);
    char *end;
    apr_int64_t percent = apr_strtoi64(arg, &end, 10);

    (void)dir;
    if (err == NULL
        && (!apr_isdigit(*arg) || strcmp(end, "%") != 0 || percent < 1 || percent > 90)) {
        err = apr_psprintf(cmd->pool, "%s: '%s' is no part of a lifetime, use 1%% to 90%%",
                           cmd->cmd->name, arg);
    }
    if (err == NULL) {
        issuing_of(cmd)->renew_percent = (int)percent;
    }
    return err;
}
