/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/notify/alarm.h"

#include <string.h>
#include <unistd.h>

#include "lib/base/jsonread.h"
#include "lib/base/reason.h"
#include "lib/files/slurp.h"

#define SCHEMA "mssl-health/1"
#define SIZE_MAX_BYTES 4096

const char *mssl_alarm_get_word(mssl_alarm_id_t id)
{
    return id == MSSL_ALARM_BROKER ? "broker" : "inventory";
}

apr_status_t mssl_alarm_write(const mssl_alarm_t alarm[MSSL_ALARMS], mssl_json_sink_fn sink,
                              void *baton)
{
    mssl_json_t json;
    int i;

    mssl_json_init(&json, sink, baton, 1);
    mssl_json_open(&json, NULL, '{');
    mssl_json_text(&json, "schema", SCHEMA);
    for (i = 0; i < MSSL_ALARMS; i++) {
        const char *word = mssl_alarm_get_word((mssl_alarm_id_t)i);

        if (!alarm[i].is_used) {
            mssl_json_null(&json, word);
            continue;
        }
        mssl_json_open(&json, word, '{');
        mssl_json_bool(&json, "down", alarm[i].is_down);
        mssl_json_time(&json, "since", alarm[i].since);
        mssl_json_close(&json);
    }
    mssl_json_close(&json);
    return mssl_json_end(&json);
}

static int take(mssl_alarm_t *alarm, const mssl_json_value_t *value)
{
    int is_down = mssl_json_get_bool(value, "down", -1);

    if (value == NULL || value->kind == MSSL_JSON_NULL) {
        return 1;
    }
    if (is_down < 0 || mssl_json_get_time(&alarm->since, value, "since") != APR_SUCCESS) {
        return 0;
    }
    alarm->is_used = 1;
    alarm->is_down = is_down;
    return 1;
}

apr_status_t mssl_alarm_read(mssl_alarm_t alarm[MSSL_ALARMS], int dir, apr_pool_t *pool,
                             mssl_reason_t *why)
{
    mssl_alarm_t read[MSSL_ALARMS] = { { 0, 0, 0 } };
    const mssl_json_value_t *root;
    apr_status_t rv;
    int i;

    memset(alarm, 0, MSSL_ALARMS * sizeof(*alarm));
    rv = mssl_file_slurp_json(&root, dir, MSSL_ALARM_FILE, SIZE_MAX_BYTES, SCHEMA, geteuid(), pool,
                              why);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; i < MSSL_ALARMS; i++) {
        if (!take(&read[i], mssl_json_get(root, mssl_alarm_get_word((mssl_alarm_id_t)i)))) {
            return mssl_reason_set(why, APR_EINVAL, MSSL_ALARM_FILE ": a process is none");
        }
    }
    memcpy(alarm, read, sizeof(read));
    return APR_SUCCESS;
}
