/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_HEARD_H
#define MSSL_LIB_STEWARD_HEARD_H

/**
 * @file heard.h
 * What a command was told of processes that are down (lib/notify/alarm.h), and what it is to be told
 * now: at once and once each, "down" not more often than MSSLNotifyCommand's every=. Who was told
 * that one is down is told that it is up again (of the inventory by what it finds: there is no event).
 * What could not be told and is not so any more is not told. Pure of clocks and programs. One thread.
 */

#include "lib/notify/alarm.h"
#include "lib/notify/standing.h"

typedef struct mssl_heard_t {
    struct {
        int is_down;     /**< it was told so, and nothing else since */
        apr_time_t told; /**< when it was told so last; 0: never */
    } of[MSSL_ALARMS];
} mssl_heard_t;

/**
 * @param id out: of whom
 * @return the event; MSSL_EVENTS: nothing is due
 */
mssl_event_t mssl_heard_due(const mssl_heard_t *heard, const mssl_alarm_t alarm[MSSL_ALARMS],
                            apr_time_t now, apr_interval_time_t every, mssl_alarm_id_t *id);

/** It was told. */
void mssl_heard_told(mssl_heard_t *heard, mssl_event_t event, mssl_alarm_id_t id, apr_time_t now);

/**
 * What is not told of: what is up, and has no event for that; or is not used any more.
 * @return whether something was forgotten
 */
int mssl_heard_forget(mssl_heard_t *heard, const mssl_alarm_t alarm[MSSL_ALARMS]);

/**
 * As a file that survives reboots, beside the command's other one (memory.h): NAME.heard.
 * @param dir descriptor of the folder
 * @return as mssl_memory_load()
 */
apr_status_t mssl_heard_load(mssl_heard_t *heard, int dir, const char *name, apr_pool_t *pool,
                             mssl_reason_t *why);
apr_status_t mssl_heard_save(const mssl_heard_t *heard, int dir, const char *name,
                             apr_pool_t *pool, mssl_reason_t *why);

#endif /* MSSL_LIB_STEWARD_HEARD_H */
