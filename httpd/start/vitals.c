/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/vitals.h"

#include "httpd/start/memory.h"
#include "lib/base/monotonic.h"
#include "lib/process/health.h"

struct mssl_vitals_t {
    apr_time_t started;
    struct {
        apr_int64_t pid;
        apr_time_t since;
        mssl_health_t health; /* the parent's alone */
        apr_time_t changed;   /* when that went up or down; 0: never */
    } process[MSSL_ROLES];
};

mssl_vitals_t *mssl_vitals_get(server_rec *s)
{
    int is_new;
    mssl_vitals_t *vitals = mssl_memory_get(s, "vitals", sizeof(*vitals), &is_new);

    if (vitals != NULL && is_new) {
        vitals->started = apr_time_now();
    }
    return vitals;
}

void mssl_vitals_begin(mssl_vitals_t *vitals, mssl_role_t role, pid_t pid)
{
    if (vitals != NULL) {
        mssl_health_begin(&vitals->process[role].health, mssl_monotonic_now());
        __atomic_store_n(&vitals->process[role].since, apr_time_now(), __ATOMIC_RELAXED);
        __atomic_store_n(&vitals->process[role].pid, (apr_int64_t)pid, __ATOMIC_RELEASE);
    }
}

void mssl_vitals_end(mssl_vitals_t *vitals, mssl_role_t role, pid_t pid)
{
    if (vitals != NULL && vitals->process[role].pid == (apr_int64_t)pid) {
        __atomic_store_n(&vitals->process[role].pid, 0, __ATOMIC_RELEASE);
    }
}

void mssl_vitals_fail(mssl_vitals_t *vitals, mssl_role_t role)
{
    if (vitals != NULL) {
        mssl_health_end(&vitals->process[role].health, mssl_monotonic_now());
    }
}

void mssl_vitals_look(mssl_vitals_t *vitals, mssl_role_t role, mssl_alarm_t *alarm)
{
    alarm->is_down = 0;
    alarm->since = 0;
    if (vitals == NULL) {
        return;
    }
    if (mssl_health_look(&vitals->process[role].health, mssl_monotonic_now())) {
        vitals->process[role].changed = apr_time_now();
    }
    alarm->is_down = vitals->process[role].health.is_down;
    alarm->since = vitals->process[role].changed;
}

apr_time_t mssl_vitals_get_started(const mssl_vitals_t *vitals)
{
    return vitals != NULL ? vitals->started : 0;
}

long mssl_vitals_get_process(const mssl_vitals_t *vitals, mssl_role_t role, apr_time_t *since)
{
    apr_int64_t pid = vitals != NULL ? __atomic_load_n(&vitals->process[role].pid, __ATOMIC_ACQUIRE)
                                     : 0;

    *since = pid != 0 ? __atomic_load_n(&vitals->process[role].since, __ATOMIC_RELAXED) : 0;
    return (long)pid;
}
