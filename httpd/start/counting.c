/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/counting.h"

#include <http_log.h>

#include "httpd/start/memory.h"
#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

/* In the parent: a child never takes pconf down. */
static apr_status_t log_totals(void *data)
{
    server_rec *s = data;
    char text[MSSL_COUNTERS_TEXT_SIZE];
    mssl_totals_t totals;

    mssl_counters_read(&mssl_conf_get_global(s)->counters, &totals);
    mssl_counters_text(text, &totals);
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, MSSLNO(0187) "since httpd's start; %s", text);
    return APR_SUCCESS;
}

static apr_status_t log_own(void *data)
{
    server_rec *s = data;
    char text[MSSL_COUNTERS_TEXT_SIZE];
    mssl_totals_t own;

    mssl_counters_read_own(&mssl_conf_get_global(s)->counters, &own);
    mssl_counters_text(text, &own);
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, MSSLNO(0007) "child ends; %s", text);
    return APR_SUCCESS;
}

void mssl_counting_start(mssl_global_t *global, server_rec *s, apr_pool_t *pconf)
{
    void *memory = mssl_memory_get(s, mssl_counters_key(pconf), mssl_counters_size(), NULL);

    if (!mssl_counters_init(&global->counters, memory)) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0188) "no shared memory for what is "
                     "counted: each child counts for itself");
    }
    apr_pool_pre_cleanup_register(pconf, s, log_totals);
}

void mssl_counting_child_init(mssl_global_t *global, server_rec *s, apr_pool_t *pchild)
{
    mssl_counters_begin(&global->counters);
    /*
     * Before the pools go: worker threads may outlive what is in them, the sooner it is over the
     * better.
     */
    apr_pool_pre_cleanup_register(pchild, s, log_own);
}
