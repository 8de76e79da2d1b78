/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/scheme/selfloop.h"

#include <apr_strings.h>
#include <http_log.h>
#include <http_protocol.h>

#include "httpd/guard/request.h"
#include "httpd/scheme/scheme.h"
#include "lib/base/apart.h"
#include "lib/base/name.h"
#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

/** Whoever may invent host names below a wildcard gets no more than so many lines an hour. */
#define LINES_AN_HOUR 16

/** The authority of a URL without the port that https has anyway. */
static size_t cut_port(const char *authority, size_t len)
{
    return len > 4 && strncmp(authority + len - 4, ":443", 4) == 0 ? len - 4 : len;
}

/** Whether a Location is the URL of the request as its client sent it. */
static int is_own_url(const request_rec *r, const char *location)
{
    const char *host = apr_table_get(r->headers_in, "Host");
    const char *path = r->unparsed_uri, *own;
    size_t len, host_len;

    if (host == NULL || path == NULL || *path != '/'
        || ap_cstr_casecmpn(location, "https://", 8) != 0) {
        return 0;
    }
    own = location + 8;
    len = strcspn(own, "/?#");
    host_len = cut_port(host, strlen(host));
    return cut_port(own, len) == host_len && ap_cstr_casecmpn(own, host, host_len) == 0
        && strcmp(own + len, path) == 0;
}

static int is_news(mssl_told_t *told, const char *name)
{
    apr_uint32_t hour = (apr_uint32_t)(apr_time_sec(apr_time_now()) / 3600) + 1;
    char line[8];
    int i;

    if (told == NULL || !mssl_told_is_news(told, MSSL_TOLD_NOTE, "self-redirect", name, hour)) {
        return 0;
    }
    for (i = 0; i < LINES_AN_HOUR; i++) {
        apr_snprintf(line, sizeof(line), "%d", i);
        if (mssl_told_is_news(told, MSSL_TOLD_NOTE, "self-redirect line", line, hour)) {
            return 1;
        }
    }
    return 0;
}

/** @param last the request whose redirect it is: r, or where internal redirects have led */
static MSSL_APART void look_at_redirect(const request_rec *r, const request_rec *last)
{
    mssl_global_t *global = mssl_conf_get_global(r->server);
    const char *location;
    char name[MSSL_NAME_SIZE];

    if (!global->has_scheme || r->hostname == NULL
        || mssl_request_get(r)->state == MSSL_REQUEST_REFUSED
        || mssl_scheme_get_visitor(r) != MSSL_SCHEME_HTTPS) {
        return;
    }
    location = apr_table_get(last->headers_out, "Location");
    location = location != NULL ? location : apr_table_get(last->err_headers_out, "Location");
    if (location == NULL || !is_own_url(r, location)
        || !mssl_name_canon(name, r->hostname, strlen(r->hostname))) {
        return;
    }
    mssl_counters_add(&global->counters, MSSL_COUNT_SELF_REDIRECTS);
    if (is_news(global->told, name)) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r, MSSLNO(0203) "'%s' answers over https with a "
                      "redirect to the very URL that was asked for, visitors see 'too many "
                      "redirects': a rule of this website does not see that it is on https; use "
                      "MSSLForceHTTPS in its place, or tell the rule by MSSLSchemeHeader", name);
    }
}

int mssl_selfloop_log_transaction(request_rec *r)
{
    const request_rec *last = r;

    while (last->next != NULL) {
        last = last->next;
    }
    if (ap_is_HTTP_REDIRECT(last->status)) {
        look_at_redirect(r, last);
    }
    return DECLINED;
}
