/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/conf/conf.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>

#include "httpd/conf/args.h"
#include "httpd/conf/certfile.h"
#include "httpd/conf/inventory.h"
#include "httpd/conf/issue.h"
#include "httpd/conf/listen.h"
#include "httpd/conf/notify.h"
#include "httpd/conf/public.h"
#include "httpd/conf/range.h"
#include "httpd/conf/scheme.h"
#include "httpd/conf/status.h"
#include "httpd/conf/storearg.h"
#include "httpd/conf/visitor.h"
#include "lib/base/name.h"

/* What makes a name of the argument of MSSLDummyCertificate. */
#define DUMMY_NAME "name:"

static mssl_server_conf_t *conf_of(const cmd_parms *cmd)
{
    return mssl_conf_get(cmd->server);
}

static const char *set_engine(cmd_parms *cmd, void *dir, int on)
{
    mssl_server_conf_t *sc = conf_of(cmd);

    (void)dir;
    sc->engine = on ? MSSL_ON : MSSL_OFF;
    sc->engine_here = sc->engine;
    return NULL;
}

static const char *add_store(cmd_parms *cmd, void *dir, const char *arg)
{
    mssl_server_conf_t *sc = conf_of(cmd);
    mssl_store_row_t row;
    const char *err = mssl_storearg_parse(cmd, &row, arg);

    (void)dir;
    if (err != NULL) {
        return err;
    }
    if (sc->stores == NULL) {
        sc->stores = apr_array_make(cmd->pool, 2, sizeof(row));
    }
    APR_ARRAY_PUSH(sc->stores, mssl_store_row_t) = row;
    return NULL;
}

static const char *add_certificate(cmd_parms *cmd, void *dir, const char *names,
                                   const char *cert_file, const char *key_file)
{
    mssl_server_conf_t *sc = conf_of(cmd);
    mssl_cert_row_t row = { NULL };
    const char *err;
    char *state = NULL;
    char *name;

    (void)dir;
    row.keys = apr_array_make(cmd->pool, 2, sizeof(const char *));
    for (name = apr_strtok(apr_pstrdup(cmd->temp_pool, names), ",", &state); name != NULL;
         name = apr_strtok(NULL, ",", &state)) {
        char key[MSSL_NAME_SIZE];

        if (!mssl_name_canon_pattern(key, name, strlen(name))) {
            return apr_psprintf(cmd->pool, "%s: '%s' is not a name, use a host name in its ASCII "
                                "form, or '*.parent'", cmd->cmd->name, name);
        }
        APR_ARRAY_PUSH(row.keys, const char *) = apr_pstrdup(cmd->pool, key);
    }
    if (apr_is_empty_array(row.keys)) {
        return apr_psprintf(cmd->pool, "%s: no name given, use NAME[,NAME] CERT-FILE [KEY-FILE]",
                            cmd->cmd->name);
    }
    err = mssl_certfile_name(cmd, &row, cert_file, key_file);
    if (err != NULL) {
        return err;
    }
    if (sc->certificates == NULL) {
        sc->certificates = apr_array_make(cmd->pool, 4, sizeof(row));
    }
    APR_ARRAY_PUSH(sc->certificates, mssl_cert_row_t) = row;
    return NULL;
}

static const char *set_dummy_name(cmd_parms *cmd, mssl_dummy_t *dummy, const char *arg,
                                  const char *more)
{
    char name[MSSL_NAME_SIZE];

    if (!mssl_name_canon(name, arg, strlen(arg))) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not a name, use name: and a host name in its "
                            "ASCII form", cmd->cmd->name, arg);
    }
    if (more != NULL || !apr_is_empty_array(dummy->files)) {
        return apr_psprintf(cmd->pool, "%s: name: stands alone, its pairs of all key types count",
                            cmd->cmd->name);
    }
    dummy->name = apr_pstrdup(cmd->pool, name);
    return NULL;
}

static const char *add_dummy(cmd_parms *cmd, void *dir, const char *cert_file, const char *key_file)
{
    mssl_server_conf_t *sc = conf_of(cmd);
    mssl_cert_row_t row = { NULL };
    const char *err;

    (void)dir;
    if (sc->dummy == NULL) {
        sc->dummy = apr_pcalloc(cmd->pool, sizeof(*sc->dummy));
        sc->dummy->files = apr_array_make(cmd->pool, 2, sizeof(row));
    }
    if (sc->dummy->name != NULL) {
        return apr_psprintf(cmd->pool, "%s: name: stands alone, take the other line out",
                            cmd->cmd->name);
    }
    if (strncmp(cert_file, DUMMY_NAME, strlen(DUMMY_NAME)) == 0) {
        return set_dummy_name(cmd, sc->dummy, cert_file + strlen(DUMMY_NAME), key_file);
    }
    err = mssl_certfile_name(cmd, &row, cert_file, key_file);
    if (err == NULL) {
        APR_ARRAY_PUSH(sc->dummy->files, mssl_cert_row_t) = row;
    }
    return err;
}

static const char *parse_url(cmd_parms *cmd, const mssl_url_t **out, const char *text)
{
    mssl_url_t *url = apr_pcalloc(cmd->pool, sizeof(*url));
    mssl_reason_t why = { "" };

    if (mssl_url_parse(url, text, cmd->pool, &why) != APR_SUCCESS) {
        return apr_psprintf(cmd->pool, "%s: '%s': %s, use https://host[:port]/path or "
                            "http://host[:port]/path", cmd->cmd->name, text, why.text);
    }
    *out = url;
    return NULL;
}

static const char *set_switch_url(cmd_parms *cmd, void *dir, const char *arg)
{
    const mssl_url_t *url = NULL;
    const char *err = parse_url(cmd, &url, arg);

    (void)dir;
    if (err == NULL && url->query != NULL) {
        err = apr_psprintf(cmd->pool, "%s: '%s' has a query, which is where the target goes, use "
                           "https://host[:port]/path", cmd->cmd->name, arg);
    }
    if (err == NULL) {
        conf_of(cmd)->switch_url = url;
    }
    return err;
}

static const char *set_unknown_host(cmd_parms *cmd, void *dir, const char *arg)
{
    mssl_server_conf_t *sc = conf_of(cmd);

    (void)dir;
    if (ap_cstr_casecmp(arg, "page") == 0) {
        sc->unknown = MSSL_UNKNOWN_PAGE;
    }
    else if (ap_cstr_casecmp(arg, "reject") == 0) {
        sc->unknown = MSSL_UNKNOWN_REJECT;
    }
    else if (ap_cstr_casecmpn(arg, "redirect:", 9) == 0) {
        sc->unknown = MSSL_UNKNOWN_REDIRECT;
        return parse_url(cmd, &sc->unknown_url, arg + 9);
    }
    else {
        return apr_psprintf(cmd->pool, "%s: '%s' is not known, use page, reject or redirect:URL",
                            cmd->cmd->name, arg);
    }
    sc->unknown_url = NULL;
    return NULL;
}

static const char *set_nosni(cmd_parms *cmd, void *dir, const char *arg)
{
    mssl_server_conf_t *sc = conf_of(cmd);

    (void)dir;
    if (ap_cstr_casecmp(arg, "switch") == 0) {
        sc->nosni = MSSL_NOSNI_SWITCH;
    }
    else if (ap_cstr_casecmp(arg, "page") == 0) {
        sc->nosni = MSSL_NOSNI_PAGE;
    }
    else if (ap_cstr_casecmp(arg, "reject") == 0) {
        sc->nosni = MSSL_NOSNI_REJECT;
    }
    else {
        return apr_psprintf(cmd->pool, "%s: '%s' is not known, use switch, page or reject",
                            cmd->cmd->name, arg);
    }
    return NULL;
}

static apr_array_header_t *copy_texts(apr_pool_t *p, int n, char *const texts[])
{
    apr_array_header_t *array = apr_array_make(p, n, sizeof(const char *));
    int i;

    for (i = 0; i < n; i++) {
        APR_ARRAY_PUSH(array, const char *) = apr_pstrdup(p, texts[i]);
    }
    return array;
}

static const char *add_trust(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    mssl_server_conf_t *sc = conf_of(cmd);
    mssl_trust_t trust;
    char name[MSSL_NAME_SIZE];
    int i;

    (void)dir;
    if (argc < 2) {
        return apr_psprintf(cmd->pool, "%s: needs a name and at least one address range, use NAME "
                            "CIDR [CIDR...]", cmd->cmd->name);
    }
    if (!mssl_name_canon(name, argv[0], strlen(argv[0]))) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not a name, use a host name in its ASCII form",
                            cmd->cmd->name, argv[0]);
    }
    trust.name = apr_pstrdup(cmd->pool, name);
    trust.ranges = copy_texts(cmd->pool, argc - 1, argv + 1);
    trust.subnets = apr_array_make(cmd->pool, argc - 1, sizeof(apr_ipsubnet_t *));
    for (i = 1; i < argc; i++) {
        const char *err = mssl_range_add(cmd, trust.subnets, argv[i]);

        if (err != NULL) {
            return err;
        }
    }
    if (sc->trusts == NULL) {
        sc->trusts = apr_array_make(cmd->pool, 2, sizeof(trust));
    }
    APR_ARRAY_PUSH(sc->trusts, mssl_trust_t) = trust;
    return NULL;
}

static const char *set_intent_cache(cmd_parms *cmd, void *dir, const char *arg)
{
    mssl_global_t *global = conf_of(cmd)->global;
    const char *err = mssl_args_check_global(cmd);

    (void)dir;
    if (err != NULL) {
        return err;
    }
    err = mssl_intents_make(&global->intents, arg, cmd->pool, cmd->temp_pool);
    return err != NULL ? apr_psprintf(cmd->pool, "%s: %s", cmd->cmd->name, err) : NULL;
}

static const char *set_intent_timeout(cmd_parms *cmd, void *dir, const char *arg)
{
    apr_interval_time_t value;
    const char *err = mssl_args_parse_time(cmd, &value, arg, APR_USEC_PER_SEC);

    (void)dir;
    if (err == NULL) {
        conf_of(cmd)->global->intent_timeout = value;
    }
    return err;
}

static const char *set_check_interval(cmd_parms *cmd, void *dir, const char *arg)
{
    apr_interval_time_t value;
    const char *err = mssl_args_parse_time(cmd, &value, arg, 0);

    (void)dir;
    if (err == NULL) {
        conf_of(cmd)->global->check_interval = value;
    }
    return err;
}

static const char *set_negative_timeout(cmd_parms *cmd, void *dir, const char *arg)
{
    apr_interval_time_t value;
    const char *err = mssl_args_parse_time(cmd, &value, arg, 0);

    (void)dir;
    if (err == NULL) {
        conf_of(cmd)->global->negative_timeout = value;
    }
    return err;
}

static const char *set_cache_size(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *err = mssl_args_check_global(cmd);
    char *end;
    apr_int64_t value;

    (void)dir;
    if (err != NULL) {
        return err;
    }
    value = apr_strtoi64(arg, &end, 10);
    if (end == arg || *end != '\0' || value < 1 || value > 10000000) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not a count, use a number from 1 to 10000000",
                            cmd->cmd->name, arg);
    }
    conf_of(cmd)->global->cache_size = (int)value;
    return NULL;
}

/** A directory, or nothing yet in a directory that exists. */
static int can_be_dir(const char *path, apr_pool_t *ptemp)
{
    apr_finfo_t info;

    if (apr_stat(&info, path, APR_FINFO_TYPE, ptemp) == APR_SUCCESS) {
        return info.filetype == APR_DIR;
    }
    return apr_stat(&info, ap_make_dirstr_parent(ptemp, path), APR_FINFO_TYPE, ptemp) == APR_SUCCESS
        && info.filetype == APR_DIR;
}

static const char *set_key_access(cmd_parms *cmd, void *dir, const char *arg)
{
    mssl_global_t *global = conf_of(cmd)->global;
    const char *err = mssl_args_check_global(cmd);

    (void)dir;
    if (err != NULL) {
        return err;
    }
    if (ap_cstr_casecmp(arg, "auto") == 0) {
        global->key_access = MSSL_KEYS_AUTO;
    }
    else if (ap_cstr_casecmp(arg, "broker") == 0) {
        global->key_access = MSSL_KEYS_BROKER;
    }
    else if (ap_cstr_casecmp(arg, "direct") == 0) {
        global->key_access = MSSL_KEYS_DIRECT;
    }
    else {
        return apr_psprintf(cmd->pool, "%s: '%s' is not known, use broker, direct or auto",
                            cmd->cmd->name, arg);
    }
    return NULL;
}

/* Whether there are such users is looked at when httpd starts: packages make them. */
static const char *set_user(cmd_parms *cmd, void *dir, const char *user, const char *steward)
{
    mssl_global_t *global = conf_of(cmd)->global;
    const char *err = mssl_args_check_global(cmd);

    (void)dir;
    if (err != NULL) {
        return err;
    }
    if (*user == '\0' || *user == '#' || (steward != NULL && (*steward == '\0' || *steward == '#'))) {
        return apr_psprintf(cmd->pool, "%s: '%s' is no name of a user, use USER [STEWARD-USER], for "
                            "example '_mssl _mssl-steward', or root", cmd->cmd->name,
                            *user == '\0' || *user == '#' ? user : steward);
    }
    if (steward != NULL && (strcmp(steward, "root") == 0 || strcmp(steward, user) == 0)) {
        return apr_psprintf(cmd->pool, "%s: the second is to be a user of its own, not '%s', use for "
                            "example '_mssl _mssl-steward'", cmd->cmd->name, steward);
    }
    global->user = user;
    global->steward_user = steward;
    return NULL;
}

static const char *set_state_dir(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *err = mssl_args_check_global(cmd);
    const char *path;

    (void)dir;
    if (err != NULL) {
        return err;
    }
    path = ap_runtime_dir_relative(cmd->pool, arg);
    if (path == NULL || *arg == '\0' || !can_be_dir(path, cmd->temp_pool)) {
        return apr_psprintf(cmd->pool, "%s: '%s' is no directory and cannot become one, use a "
                            "folder of its own, which is created if its parent exists",
                            cmd->cmd->name, arg);
    }
    conf_of(cmd)->global->state_dir = path;
    return NULL;
}

/* What is wrong with its owner or mode is looked at whenever it is used, and ends no start. */
static const char *set_challenge_dir(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *err = mssl_args_check_global(cmd);
    const char *path = ap_server_root_relative(cmd->pool, arg);
    apr_finfo_t info;
    apr_status_t rv;

    (void)dir;
    if (err != NULL) {
        return err;
    }
    if (path == NULL) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not a path", cmd->cmd->name, arg);
    }
    if (!mssl_conf_is_restarting() && ap_state_query(AP_SQ_RUN_MODE) != AP_SQ_RM_CONFIG_DUMP) {
        rv = apr_stat(&info, path, APR_FINFO_TYPE, cmd->temp_pool);
        if (rv == APR_SUCCESS && info.filetype != APR_DIR) {
            return apr_psprintf(cmd->pool, "%s: '%s' is there and no directory, move it away or name "
                                "another folder", cmd->cmd->name, path);
        }
        if (rv != APR_SUCCESS) {
            return apr_psprintf(cmd->pool, "%s: '%s' is no directory, make it: install -d -m 755 %s",
                                cmd->cmd->name, path, path);
        }
    }
    conf_of(cmd)->global->challenge_dir = path;
    return NULL;
}

const command_rec mssl_directives[] = {
    AP_INIT_FLAG("MSSLEngine", set_engine, NULL, RSRC_CONF,
                 "Answer TLS handshakes of this virtual host from the certificate stores, and "
                 "guard its address ('on', 'off')"),
    AP_INIT_TAKE1("MSSLCertStore", add_store, NULL, RSRC_CONF,
                  "A store of certificates, provider:argument ('dir:/path', 'map:/file'); may "
                  "repeat"),
    AP_INIT_TAKE23("MSSLCertificate", add_certificate, NULL, RSRC_CONF,
                   "One certificate: NAME[,NAME] CERT-FILE [KEY-FILE]; '*.parent' is allowed; may "
                   "repeat"),
    AP_INIT_TAKE12("MSSLDummyCertificate", add_dummy, NULL, RSRC_CONF,
                   "The certificate shown where there is none for the name: CERT-FILE [KEY-FILE], "
                   "or name:NAME"),
    AP_INIT_TAKE1("MSSLSwitchURL", set_switch_url, NULL, RSRC_CONF,
                  "Where clients without SNI are sent: the URL of the location with 'SetHandler "
                  "mssl-switch'"),
    AP_INIT_TAKE1("MSSLUnknownHost", set_unknown_host, NULL, RSRC_CONF,
                  "What names without a certificate get ('page', 'reject', 'redirect:URL')"),
    AP_INIT_TAKE1("MSSLNoSNI", set_nosni, NULL, RSRC_CONF,
                  "What clients without SNI and without an intent get ('switch', 'page', "
                  "'reject')"),
    AP_INIT_TAKE_ARGV("MSSLTrustNoSNI", add_trust, NULL, RSRC_CONF,
                      "Proxies and health checks that send no SNI: NAME CIDR [CIDR...]; may "
                      "repeat"),
    AP_INIT_TAKE_ARGV("MSSLPublicAddress", mssl_public_add, NULL, RSRC_CONF,
                      "What DNS should say of the names here: ADDR [ADDR...]"),
    AP_INIT_RAW_ARGS("MSSLContact", mssl_visitor_set_contact, NULL, RSRC_CONF,
                     "Whom visitors may ask, on the pages that they meet: a mail address, a URL, or "
                     "a text"),
    AP_INIT_TAKE1("MSSLPageTemplate", mssl_visitor_set_template, NULL, RSRC_CONF,
                  "The HTML around what visitors' pages say: a file with {{title}}, {{text}}, "
                  "{{host}}, {{link}}, {{contact}}, {{code}}, {{lang}}"),
    AP_INIT_TAKE1("MSSLIntentCache", set_intent_cache, NULL, RSRC_CONF,
                  "Where intents are kept: a socache provider, provider[:args]"),
    AP_INIT_TAKE1("MSSLIntentTimeout", set_intent_timeout, NULL, RSRC_CONF,
                  "How long an unused intent lives ('300s')"),
    AP_INIT_TAKE1("MSSLStateDir", set_state_dir, NULL, RSRC_CONF,
                  "The folder for what the module makes itself"),
    AP_INIT_TAKE1("MSSLChallengeDir", set_challenge_dir, NULL, RSRC_CONF,
                  "The folder of the files that certificate authorities ask for, answered for every "
                  "host"),
    AP_INIT_TAKE1("MSSLCacheSize", set_cache_size, NULL, RSRC_CONF,
                  "How many names' certificates each child keeps ('4096')"),
    AP_INIT_TAKE1("MSSLCheckInterval", set_check_interval, NULL, RSRC_CONF,
                  "How old a cached answer may grow before its files are looked at again ('1s')"),
    AP_INIT_TAKE1("MSSLNegativeTimeout", set_negative_timeout, NULL, RSRC_CONF,
                  "How long it is believed that a name has no certificate ('5s')"),
    AP_INIT_TAKE1("MSSLKeyAccess", set_key_access, NULL, RSRC_CONF,
                  "Who opens certificate and key files: the root broker, or each child "
                  "('broker', 'direct', 'auto')"),
    AP_INIT_TAKE12("MSSLUser", set_user, NULL, RSRC_CONF,
                   "Who the broker is, and who the steward: USER [STEWARD-USER] ('_mssl "
                   "_mssl-steward')"),
    MSSL_INVENTORY_DIRECTIVES
    MSSL_NOTIFY_DIRECTIVES
    MSSL_ISSUE_DIRECTIVES
    MSSL_SCHEME_DIRECTIVES
    MSSL_STATUS_DIRECTIVES
    MSSL_LISTEN_DIRECTIVES
    { NULL }
};
