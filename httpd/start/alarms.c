/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/alarms.h"

#include <http_log.h>
#include <string.h>
#include <unistd.h>

#include "httpd/start/statedir.h"
#include "httpd/start/statefolder.h"
#include "httpd/start/vitals.h"
#include "lib/base/tags.h"
#include "lib/notify/alarm.h"

APLOG_USE_MODULE(mssl);

#define TEXT_MAX 4096

struct mssl_alarms_t {
    mssl_owner_t owner;
    mssl_alarm_t written[MSSL_ALARMS];
    int is_written, is_told; /* is_told: that it cannot be, and not again */
};

static void look(const mssl_global_t *global, mssl_alarm_t alarm[MSSL_ALARMS])
{
    memset(alarm, 0, MSSL_ALARMS * sizeof(*alarm));
    alarm[MSSL_ALARM_BROKER].is_used = global->broker != NULL;
    alarm[MSSL_ALARM_INVENTORY].is_used = global->inventory_process != NULL;
    mssl_vitals_look(global->vitals, MSSL_ROLE_BROKER, &alarm[MSSL_ALARM_BROKER]);
    mssl_vitals_look(global->vitals, MSSL_ROLE_INVENTORY, &alarm[MSSL_ALARM_INVENTORY]);
}

static apr_status_t write_file(mssl_global_t *global, const mssl_alarm_t alarm[MSSL_ALARMS],
                               server_rec *s, mssl_reason_t *why)
{
    mssl_buffer_t text = { .max = TEXT_MAX };
    int dir;
    apr_status_t rv = mssl_statedir_open(global, &dir, s->process->pconf, why);

    if (rv == APR_SUCCESS) {
        rv = mssl_alarm_write(alarm, mssl_buffer_add, &text);
        rv = mssl_statefolder_write(dir, MSSL_ALARM_FILE, rv, &text, &global->alarms->owner, why);
        close(dir);
    }
    return rv;
}

void mssl_alarms_start(mssl_global_t *global, const mssl_owner_t *owner, server_rec *s,
                       apr_pool_t *pconf)
{
    global->alarms = apr_pcalloc(pconf, sizeof(*global->alarms));
    global->alarms->owner = *owner;
    mssl_alarms_tick(global, s);
}

static int is_same(const mssl_alarm_t *a, const mssl_alarm_t *b)
{
    return a->is_used == b->is_used && a->is_down == b->is_down && a->since == b->since;
}

void mssl_alarms_tick(mssl_global_t *global, server_rec *s)
{
    mssl_alarms_t *alarms = global->alarms;
    mssl_alarm_t alarm[MSSL_ALARMS];
    mssl_reason_t why = { "" };

    if (alarms == NULL) {
        return;
    }
    look(global, alarm);
    if (alarms->is_written && is_same(&alarm[0], &alarms->written[0])
        && is_same(&alarm[1], &alarms->written[1])) {
        return;
    }
    memcpy(alarms->written, alarm, sizeof(alarm));
    alarms->is_written = write_file(global, alarm, s, &why) == APR_SUCCESS;
    if (!alarms->is_written && !alarms->is_told++) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0221) "MSSLStateDir: nobody is told "
                     "when the broker or the inventory is down: %s", why.text);
    }
}
