/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_ALARMS_H
#define MSSL_HTTPD_START_ALARMS_H

/**
 * @file alarms.h
 * What the steward learns of broker and inventory: a file of root's (lib/notify/alarm.h) that httpd's
 * parent writes at each start, and then only when one of them goes down or up. Parent, one thread.
 */

#include "httpd/conf/conf.h"
#include "lib/files/write.h"

typedef struct mssl_alarms_t mssl_alarms_t;

/**
 * post_config, when the processes are begun and the steward's places are laid out.
 * @param owner of the file
 */
void mssl_alarms_start(mssl_global_t *global, const mssl_owner_t *owner, server_rec *s,
                       apr_pool_t *pconf);

/** Monitor hook. */
void mssl_alarms_tick(mssl_global_t *global, server_rec *s);

#endif /* MSSL_HTTPD_START_ALARMS_H */
