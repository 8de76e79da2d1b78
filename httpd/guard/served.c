/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/guard/served.h"

#include <apr_atomic.h>

/* Streams of HTTP/2 come in several threads; one that finds it busy judges for itself. */
static int enter(mssl_served_t *served)
{
    return apr_atomic_cas32(&served->busy, 1, 0) == 0;
}

static void leave(mssl_served_t *served)
{
    apr_atomic_set32(&served->busy, 0);
}

int mssl_served_find(const request_rec *r, mssl_conn_t *cc)
{
    mssl_served_t *served = &cc->served;
    int found;

    /* A target with a host of its own, and CONNECT's is one, is looked at each time. */
    if (r->hostname == NULL || r->parsed_uri.hostname != NULL || !enter(served)) {
        return 0;
    }
    found = served->server == r->server && r->request_time < served->until
        && strcmp(served->host, r->hostname) == 0;
    leave(served);
    return found;
}

void mssl_served_keep(const request_rec *r, mssl_conn_t *cc, const mssl_host_t *host)
{
    mssl_served_t *served = &cc->served;
    size_t size = strlen(r->hostname) + 1;

    if (size > sizeof(served->host) || !enter(served)) {
        return;
    }
    memcpy(served->host, r->hostname, size);
    served->server = r->server;
    served->until = mssl_proof_is_lasting(cc, host)
        ? APR_INT64_MAX : r->request_time + mssl_conf_get_global(r->server)->check_interval;
    leave(served);
}
