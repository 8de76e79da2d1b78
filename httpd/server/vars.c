/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/server/vars.h"

#include <apr_strings.h>

#include "lib/base/asn1time.h"

#define DAY apr_time_from_sec(86400)
/** Variables of a request for which there is room, ours among them. */
#define ROOM 16

static int is_valid_at(const mssl_conn_t *cc, apr_time_t now)
{
    return cc->bound.not_after != 0
        && mssl_asn1time_is_within(now, cc->bound.not_before, cc->bound.not_after);
}

static void add(apr_table_t *vars, const mssl_conn_t *cc, int is_ok, apr_time_t now,
                apr_pool_t *pool)
{
    const char *by = mssl_by_text(cc->by);

    if (by != NULL) {
        apr_table_addn(vars, "MSSL_BY", by);
    }
    if (cc->bound.name[0]) {
        apr_table_addn(vars, "MSSL_NAME", cc->bound.name);
    }
    apr_table_addn(vars, "MSSL_CERT_OK", is_ok ? "1" : "0");
    if (cc->bound.not_after != 0) {
        apr_table_addn(vars, "MSSL_DAYS_LEFT", apr_ltoa(pool, (long)((cc->bound.not_after - now)
                                                                     / DAY)));
    }
}

void mssl_vars_prepare(mssl_conn_t *cc)
{
    apr_time_t now = apr_time_now();

    cc->vars.table = NULL;
    if (!cc->addr->guarded || !cc->bound.name[0] || now > cc->bound.not_after
        || !is_valid_at(cc, now)) {
        return;
    }
    cc->vars.table = apr_table_make(cc->c->pool, ROOM);
    add(cc->vars.table, cc, 1, now, cc->c->pool);
    apr_table_addn(cc->vars.table, "HTTPS", "on");
    cc->vars.from = now;
    /* Behind that there is a day less, or the certificate has expired. */
    cc->vars.until = cc->bound.not_after - (cc->bound.not_after - now) / DAY * DAY;
}

int mssl_vars_take(request_rec *r, const mssl_conn_t *cc)
{
    apr_time_t now = r->request_time;

    if (cc->vars.table == NULL || now < cc->vars.from || now > cc->vars.until
        || !apr_is_empty_table(r->subprocess_env)) {
        return 0;
    }
    r->subprocess_env = apr_table_copy(r->pool, cc->vars.table);
    return 1;
}

void mssl_vars_set(request_rec *r, const mssl_conn_t *cc, int covered)
{
    apr_time_t now = r->request_time;

    add(r->subprocess_env, cc, covered && is_valid_at(cc, now), now, r->pool);
}
