/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_MESSAGE_H
#define MSSL_LIB_STEWARD_MESSAGE_H

/**
 * @file message.h
 * What a command is told: one JSON object on its standard input, and a few words in its environment
 * (docs/notify.md has both). Any thread.
 */

#include "lib/base/json.h"
#include "lib/notify/alarm.h"
#include "lib/notify/standing.h"
#include "lib/steward/notice.h"
#include "lib/steward/scene.h"
#include "lib/steward/tidings.h"

/** More are counted and not told one by one. */
#define MSSL_MESSAGE_ITEMS_MAX 200

/** Something to be told. */
typedef struct mssl_message_t {
    const char *server;
    apr_time_t now;
    const mssl_scene_t *scene;
    const mssl_notice_t *notice;
    int n;
    int is_test; /**< of the way alone: nothing is wrong, n is 0 */
    /** of a process beside httpd's children alone; NULL: it is not, and event and process are none */
    const mssl_alarm_t *alarm;
    mssl_event_t event;
    const char *process; /**< "broker" */
    /** of certificates that are made alone: event, and the first ntidings of n; NULL: it is not */
    const mssl_tiding_t *tiding;
    int ntidings;
    /** for a command that attaches certificates: descriptor of MSSLStateDir, where they are; 0: none is */
    int certificates;
    const char *reader, *lang; /**< for one owner alone: address; language, or NULL */
} mssl_message_t;

/** Of a process, of certificates that are made, of stores alone, or of anything else as well. */
mssl_event_t mssl_message_get_event(const mssl_message_t *message);

/** The worst state as a word, or the event where all are alike; "valid": there is nothing worse. */
const char *mssl_message_get_worst(const mssl_message_t *message);

/** @param pool of what is looked up on the way */
apr_status_t mssl_message_write(const mssl_message_t *message, mssl_json_sink_fn sink, void *baton,
                                apr_pool_t *pool);

/** @return envp: PATH, LANG, and what the message says of itself; in pool */
const char **mssl_message_make_env(const mssl_message_t *message, apr_pool_t *pool);

#endif /* MSSL_LIB_STEWARD_MESSAGE_H */
