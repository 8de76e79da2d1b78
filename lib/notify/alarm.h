/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_NOTIFY_ALARM_H
#define MSSL_LIB_NOTIFY_ALARM_H

/**
 * @file alarm.h
 * Which of the processes beside httpd's children are down: MSSLStateDir/health.json, which httpd's
 * parent writes at each start and when that changes (lib/process/health.h says when it does), readable
 * by the steward's group (docs/server-json.md has the schema, "mssl-health/1"). The parent tells the
 * steward nothing by any other way; and the steward goes by it and asks nobody. One thread.
 */

#include <apr_time.h>

#include "lib/base/json.h"
#include "mod_mssl.h"

#define MSSL_ALARM_FILE "health.json"

/** Who is told of. */
typedef enum { MSSL_ALARM_BROKER = 0, MSSL_ALARM_INVENTORY, MSSL_ALARMS } mssl_alarm_id_t;

typedef struct mssl_alarm_t {
    int is_used;      /**< there is to be one */
    int is_down;
    apr_time_t since; /**< 0: it never was another one */
} mssl_alarm_t;

/** "broker", "inventory". */
const char *mssl_alarm_get_word(mssl_alarm_id_t id);

apr_status_t mssl_alarm_write(const mssl_alarm_t alarm[MSSL_ALARMS], mssl_json_sink_fn sink,
                              void *baton);

/**
 * @param dir descriptor of MSSLStateDir
 * @param alarm out: none is used, where it fails
 * @return APR_SUCCESS; APR_ENOENT: nothing is known; APR_EINVAL: it is damaged; other
 */
apr_status_t mssl_alarm_read(mssl_alarm_t alarm[MSSL_ALARMS], int dir, apr_pool_t *pool,
                             mssl_reason_t *why);

#endif /* MSSL_LIB_NOTIFY_ALARM_H */
