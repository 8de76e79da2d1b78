/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/heard.h"

#include <apr_strings.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/reason.h"
#include "lib/files/write.h"
#include "lib/steward/memory.h"

#define HEAD "mssl-heard 1"
#define SUFFIX ".heard"
#define SIZE_MAX_BYTES 512

mssl_event_t mssl_heard_due(const mssl_heard_t *heard, const mssl_alarm_t alarm[MSSL_ALARMS],
                            apr_time_t now, apr_interval_time_t every, mssl_alarm_id_t *id)
{
    int i;

    for (i = 0; i < MSSL_ALARMS; i++) {
        apr_time_t told = heard->of[i].told;

        *id = (mssl_alarm_id_t)i;
        if (!alarm[i].is_used || alarm[i].is_down == heard->of[i].is_down) {
            continue;
        }
        if (!alarm[i].is_down && i == MSSL_ALARM_BROKER) {
            return MSSL_EVENT_BROKER_UP;
        }
        /* A clock that was set back: it is told once too often and not too late. */
        if (alarm[i].is_down && (told == 0 || now < told || now - told >= every)) {
            return i == MSSL_ALARM_BROKER ? MSSL_EVENT_BROKER_DOWN : MSSL_EVENT_INVENTORY_DOWN;
        }
    }
    return MSSL_EVENTS;
}

void mssl_heard_told(mssl_heard_t *heard, mssl_event_t event, mssl_alarm_id_t id, apr_time_t now)
{
    heard->of[id].is_down = event != MSSL_EVENT_BROKER_UP;
    if (heard->of[id].is_down) {
        heard->of[id].told = now;
    }
}

int mssl_heard_forget(mssl_heard_t *heard, const mssl_alarm_t alarm[MSSL_ALARMS])
{
    int i, forgotten = 0;

    for (i = 0; i < MSSL_ALARMS; i++) {
        if (heard->of[i].is_down
            && (!alarm[i].is_used || (i == MSSL_ALARM_INVENTORY && !alarm[i].is_down))) {
            heard->of[i].is_down = 0;
            forgotten = 1;
        }
    }
    return forgotten;
}

static int parse(mssl_heard_t *heard, const char *text)
{
    long long told[MSSL_ALARMS];
    char down[MSSL_ALARMS], end[2] = "";
    int i;

    if (sscanf(text, HEAD "\nbroker %c %lld\ninventory %c %lld\nend%1[\n]", &down[0], &told[0],
               &down[1], &told[1], end) != 5) {
        return 0;
    }
    for (i = 0; i < MSSL_ALARMS; i++) {
        if ((down[i] != '0' && down[i] != '1') || told[i] < 0 || told[i] > 253402300800) {
            return 0;
        }
        heard->of[i].is_down = down[i] == '1';
        heard->of[i].told = apr_time_from_sec(told[i]);
    }
    return 1;
}

static apr_status_t take(void *baton, const char *text, mssl_reason_t *fault)
{
    if (!parse(baton, text)) {
        memset(baton, 0, sizeof(mssl_heard_t));
        return mssl_reason_set(fault, APR_EINVAL, MSSL_MEMORY_FAULT);
    }
    return APR_SUCCESS;
}

apr_status_t mssl_heard_load(mssl_heard_t *heard, int dir, const char *name, apr_pool_t *pool,
                             mssl_reason_t *why)
{
    memset(heard, 0, sizeof(*heard));
    return mssl_memory_read(dir, apr_pstrcat(pool, name, SUFFIX, NULL), SIZE_MAX_BYTES, take, heard,
                            pool, why);
}

apr_status_t mssl_heard_save(const mssl_heard_t *heard, int dir, const char *name,
                             apr_pool_t *pool, mssl_reason_t *why)
{
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0600 };
    const char *text = apr_psprintf(pool, HEAD "\nbroker %d %" APR_TIME_T_FMT "\ninventory %d %"
                                    APR_TIME_T_FMT "\nend\n", heard->of[0].is_down,
                                    apr_time_sec(heard->of[0].told), heard->of[1].is_down,
                                    apr_time_sec(heard->of[1].told));

    return mssl_file_write(dir, apr_pstrcat(pool, name, SUFFIX, NULL), text, strlen(text), &owner,
                           why);
}
