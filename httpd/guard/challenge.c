/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/guard/challenge.h"

#include <apr_strings.h>
#include <http_log.h>
#include <http_request.h>

#include "httpd/guard/proof.h"
#include "httpd/guard/request.h"
#include "httpd/server/challenges.h"
#include "httpd/server/reply.h"
#include "lib/base/challenge.h"
#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

/**
 * GET and HEAD, by the client itself, of a path: what names a host of its own may be for a forward
 * proxy, and no authority asks so. Nothing but the handshake is answered where the client speaks
 * acme-tls/1.
 */
static int is_asked_for(request_rec *r)
{
    const mssl_conn_t *cc = mssl_conn_get(r->connection);

    return r->method_number == M_GET && ap_is_initial_req(r) && r->parsed_uri.scheme == NULL
        && r->parsed_uri.hostname == NULL && (cc == NULL || !cc->is_acme);
}

/** Where the file lies below the folder. @return NULL: nowhere, as the host is no name */
static const char *build_place(const request_rec *r, const mssl_challenge_t *challenge)
{
    mssl_host_t host;

    if (!challenge->has_host) {
        return apr_pstrcat(r->pool, MSSL_CHALLENGE_PARENT "/", challenge->folder, "/",
                           challenge->file, NULL);
    }
    mssl_host_parse(&host, r->hostname);
    return host.name[0] == '\0' ? NULL
        : apr_pstrcat(r->pool, MSSL_CHALLENGE_PARENT "/", challenge->folder, "/", host.name, "/",
                      challenge->file, NULL);
}

static int answer(request_rec *r, const char *place, const char *data, apr_size_t len)
{
    const mssl_conn_t *cc = mssl_conn_get_guarded(r->connection);
    mssl_reply_t reply = { HTTP_OK };

    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, MSSLNO(0223) "challenge answered: '%s'", place);
    mssl_request_refuse(r);
    reply.text = data;
    reply.text_len = len;
    reply.ends_connection = r->connection->master == NULL || (cc != NULL && mssl_conn_ends(cc));
    return mssl_reply_send(r, &reply);
}

static int answer_if_there(request_rec *r)
{
    const mssl_global_t *global = mssl_conf_get_global(r->server);
    mssl_challenge_t challenge;
    const char *place;
    apr_size_t len;
    char *data;

    if (!mssl_challenge_parse(&challenge, r->parsed_uri.path) || !is_asked_for(r)
        || !mssl_challenges_is_meant(global, global->challenges.dir)) {
        return DECLINED;
    }
    place = build_place(r, &challenge);
    if (place == NULL) {
        return DECLINED;
    }
    data = apr_palloc(r->pool, challenge.max);
    return mssl_challenges_read(r->server, place, data, &len, challenge.max, r->pool)
               ? answer(r, place, data, len)
               : DECLINED;
}

int mssl_challenge_post_read_request(request_rec *r)
{
    const char *path = r->parsed_uri.path;

    /* Most requests are over here: challenges lie in a folder whose name begins with a dot. */
    return path != NULL && path[0] == '/' && path[1] == '.' && mssl_challenge_is_below(path)
        ? answer_if_there(r) : DECLINED;
}
