/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/status/out.h"

#include <apr_strings.h>
#include <stdarg.h>
#include <string.h>

apr_status_t mssl_out_init(mssl_out_t *out, mssl_json_sink_fn sink, void *baton, apr_pool_t *pool)
{
    memset(out, 0, sizeof(*out));
    out->sink = sink;
    out->baton = baton;
    out->rv = apr_pool_create(&out->pool, pool);
    return out->rv;
}

void mssl_out_printf(mssl_out_t *out, const char *format, ...)
{
    const char *text;
    va_list args;

    if (out->rv != APR_SUCCESS) {
        return;
    }
    va_start(args, format);
    text = apr_pvsprintf(out->pool, format, args);
    va_end(args);
    out->rv = out->sink(out->baton, text, strlen(text));
    apr_pool_clear(out->pool);
}
