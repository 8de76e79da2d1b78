/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_NOTIFY_SETTINGS_H
#define MSSL_LIB_NOTIFY_SETTINGS_H

/**
 * @file settings.h
 * What the steward is told by httpd's configuration: MSSLStateDir/notify.json, written by httpd's
 * parent at each start, readable by its owner and the steward's group. JSON:
 *
 *     {"schema": "mssl-notify/1", "server": NAME,
 *      "notify": [{"every": SECONDS, "command": [PROGRAM, ARG...]}]}
 *
 * A PROGRAM without a slash is one of those shipped (mssl_shipped_check()). One thread.
 */

#include <apr_tables.h>
#include <apr_time.h>

#include "lib/base/json.h"
#include "mod_mssl.h"

#define MSSL_SETTINGS_FILE "notify.json"
/** The folder of what was told, beside it: the steward's own. */
#define MSSL_NOTIFIED_DIR "notified"
/** The programs that are shipped: the admin's mail, and the owners'. */
#define MSSL_SHIPPED_MAIL "mail"
#define MSSL_SHIPPED_OWNER "owner"
/** What both take first. */
#define MSSL_SHIPPED_SENDMAIL "--sendmail"

/** One MSSLNotifyCommand. */
typedef struct mssl_order_t {
    apr_interval_time_t every; /**< so long between two tellings, at least */
    const char **argv;         /**< NULL behind the last */
} mssl_order_t;

typedef struct mssl_settings_t {
    const char *server;        /**< how the server calls itself */
    apr_array_header_t *orders;/**< mssl_order_t */
} mssl_settings_t;

apr_status_t mssl_settings_write(const mssl_settings_t *settings, mssl_json_sink_fn sink,
                                 void *baton);

/**
 * @param dir descriptor of MSSLStateDir
 * @param settings out, in pool
 * @return APR_SUCCESS; APR_ENOENT: nothing is configured; APR_EINVAL: it is damaged; other
 */
apr_status_t mssl_settings_read(mssl_settings_t **settings, int dir, apr_pool_t *pool,
                                mssl_reason_t *why);

/** Whether a command is a shipped one of that name. */
int mssl_shipped_is(const char *const *argv, const char *name);

/**
 * Whether a command without a slash is one of those shipped, with arguments that it takes:
 * "mail [--sendmail PROGRAM] ADDRESS...", "owner [--sendmail PROGRAM] [LANGUAGE]".
 * @return APR_SUCCESS; APR_EINVAL, with why
 */
apr_status_t mssl_shipped_check(const char *const *argv, mssl_reason_t *why);

#endif /* MSSL_LIB_NOTIFY_SETTINGS_H */
