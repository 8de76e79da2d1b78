/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/conf/visitor.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "lib/base/reason.h"
#include "lib/base/tags.h"
#include "lib/files/read.h"

APLOG_USE_MODULE(mssl);

const char *mssl_visitor_set_contact(cmd_parms *cmd, void *dir, const char *args)
{
    mssl_contact_t *contact = apr_pcalloc(cmd->pool, sizeof(*contact));
    mssl_reason_t why = { "" };
    const char *text = args;

    (void)dir;
    if (*args == '"' || *args == '\'') {
        text = ap_getword_conf(cmd->temp_pool, &args);
        if (*args != '\0') {
            return apr_psprintf(cmd->pool, "%s: there is more behind the closing quote, use one "
                                "line of text, with or without quotes", cmd->cmd->name);
        }
    }
    if (mssl_contact_parse(contact, text, cmd->pool, &why) != APR_SUCCESS) {
        return apr_psprintf(cmd->pool, "%s: '%s': %s, use a mail address, a https:// or http:// "
                            "URL, or a line of text", cmd->cmd->name, text, why.text);
    }
    mssl_conf_get(cmd->server)->contact = contact;
    return NULL;
}

static apr_status_t read_template(mssl_template_t **html, const char *path, cmd_parms *cmd,
                                  mssl_reason_t *why)
{
    mssl_reason_t fault = { "" };
    mssl_blob_t blob = { NULL };
    apr_status_t rv = mssl_file_read(&blob, NULL, path, cmd->temp_pool, why);

    *html = NULL;
    if (APR_STATUS_IS_ENOENT(rv)) {
        return mssl_reason_set(why, rv, "%s: does not exist, use a file of HTML", path);
    }
    if (rv == APR_SUCCESS) {
        rv = mssl_template_parse(html, blob.data, blob.len, cmd->pool, &fault);
        mssl_reason_set(why, rv, "%s: %s", path, fault.text);
    }
    return rv;
}

/* httpd reads the configuration twice at a start, and its log is open the second time. */
static void tell_idle(const cmd_parms *cmd, const char *path, const mssl_template_t *html)
{
    const char *idle = mssl_template_get_idle(html);

    if (idle != NULL && (!mssl_conf_is_first_pass()
                         || ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST)) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, cmd->server, MSSLNO(0194) "MSSLPageTemplate "
                     "has something that browsers pass over: %s: %s", path, idle);
    }
}

const char *mssl_visitor_set_template(cmd_parms *cmd, void *dir, const char *file)
{
    const char *path = ap_server_root_relative(cmd->pool, file);
    mssl_reason_t why = { "" };
    mssl_template_t *html;

    (void)dir;
    if (path == NULL) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not a path", cmd->cmd->name, file);
    }
    if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_DUMP) {
        return NULL;
    }
    if (read_template(&html, path, cmd, &why) == APR_SUCCESS) {
        mssl_conf_get(cmd->server)->page_template = html;
        tell_idle(cmd, path, html);
        return NULL;
    }
    if (!mssl_conf_is_restarting()) {
        return apr_psprintf(cmd->pool, "%s: %s", cmd->cmd->name, why.text);
    }
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, cmd->server, MSSLNO(0195) "MSSLPageTemplate is left out "
                 "until the next restart, and our own pages are sent: %s", why.text);
    return NULL;
}
