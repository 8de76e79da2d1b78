/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BROKER_SERVER_H
#define MSSL_LIB_BROKER_SERVER_H

/**
 * @file server.h
 * The broker's loop: takes connections out of the dispatcher and names out of connections, has
 * their files fetched and judged, and answers. One thread hears, a fixed number of threads work, as
 * a file system may block for as long as it likes (NFS): a source gets only a part of them, so that
 * a hung one does not hold up the others. Does not log, reads no configuration: what it needs is
 * handed to it.
 */

#include <sys/types.h>

#include "lib/broker/watch.h"

/** What is worth a log line. */
typedef enum {
    MSSL_BROKER_STRANGER = 1, /**< a connection of somebody who may not ask; it is ended */
    MSSL_BROKER_CROWDED,      /**< a process has too many connections; the new one is ended */
    MSSL_BROKER_MALFORMED     /**< a peer said what it may not say; its connection is ended */
} mssl_broker_notice_t;

typedef struct mssl_broker_conf_t {
    mssl_finder_t finder;
    /**
     * May be NULL. One thread. Of each kind at most one in MSSL_BROKER_NOTICE_EVERY: a child that is
     * taken over is not to fill the log.
     * @param left_out how many of that kind there were since the last, and were not told
     */
    void (*notice)(void *baton, mssl_broker_notice_t notice, pid_t pid, uid_t uid,
                   unsigned int left_out);
    void *notice_baton;
    apr_interval_time_t notice_every; /**< 0: MSSL_BROKER_NOTICE_EVERY */
    mssl_watch_t *watch;  /**< begins and ends with the serving; NULL: none */
    uid_t child_uid;      /**< who may ask, besides root */
    int workers;          /**< threads; 0: MSSL_BROKER_WORKERS */
    /** at most so many of them for one source; 0: MSSL_BROKER_WORKERS_A_SOURCE */
    int workers_a_source;
} mssl_broker_conf_t;

#define MSSL_BROKER_WORKERS 16
#define MSSL_BROKER_WORKERS_A_SOURCE 4
#define MSSL_BROKER_NOTICE_EVERY (10 * APR_USEC_PER_SEC)
/** Connections of one process. A child's client makes fewer (MSSL_BROKER_CONNECTIONS). */
#define MSSL_BROKER_PEERS_A_PROCESS 16
/** ... beside those that it has closed, whose names hang, so that we are not through with them. */
#define MSSL_BROKER_GONE_A_PROCESS 128
/** Connections at all. */
#define MSSL_BROKER_PEERS_MAX 8192

/**
 * Serve until nobody is left: the children's end of the dispatcher is closed everywhere and every
 * connection has ended.
 * @param dispatcher the broker's end
 * @return APR_SUCCESS then; other: it could not even begin, or the dispatcher failed, and the
 *         caller ends the process
 */
apr_status_t mssl_broker_serve(const mssl_broker_conf_t *conf, int dispatcher);

#endif /* MSSL_LIB_BROKER_SERVER_H */
