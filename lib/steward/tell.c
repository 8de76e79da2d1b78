/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/tell.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/reason.h"
#include "lib/notify/program.h"

/** 200 items with long paths and reasons take less. */
#define MESSAGE_MAX ((size_t)16 * 1024 * 1024)

/* A shipped program is this one, in another mode. */
static const char *const *make_argv(const mssl_teller_t *teller, const mssl_order_t *order,
                                    const char **path, apr_pool_t *pool)
{
    int n = 0;
    const char **argv;

    *path = order->argv[0];
    if (strchr(order->argv[0], '/') != NULL) {
        return order->argv;
    }
    while (order->argv[n] != NULL) {
        n++;
    }
    argv = apr_palloc(pool, ((size_t)n + 2) * sizeof(*argv));
    argv[0] = *path = teller->self;
    argv[1] = apr_pstrcat(pool, "--", order->argv[0], NULL);
    memcpy(argv + 2, order->argv + 1, (size_t)n * sizeof(*argv));
    return argv;
}

apr_status_t mssl_tell(const mssl_teller_t *teller, const mssl_order_t *order,
                       const mssl_message_t *message, apr_pool_t *pool, mssl_reason_t *why)
{
    mssl_buffer_t text = { .max = MESSAGE_MAX };
    mssl_program_t program = { .patience = teller->patience, .mercy = teller->mercy,
                               .tick = teller->tick, .baton = teller->baton,
                               .code = teller->code };
    apr_status_t rv = strchr(order->argv[0], '/') == NULL
                          ? mssl_shipped_check(order->argv, why) : APR_SUCCESS;

    if (teller->code != NULL) {
        *teller->code = -1;
    }
    program.argv = make_argv(teller, order, &program.path, pool);
    program.env = mssl_message_make_env(message, pool);
    if (rv == APR_SUCCESS && program.path != teller->self) {
        rv = mssl_program_check(program.path, why);
    }
    if (rv == APR_SUCCESS) {
        rv = mssl_message_write(message, mssl_buffer_add, &text, pool);
        mssl_reason_set(why, rv, "no memory for the message");
    }
    if (rv == APR_SUCCESS) {
        program.input = text.data;
        program.len = text.len;
        rv = mssl_program_run(&program, why);
    }
    mssl_buffer_free(&text);
    return rv;
}
