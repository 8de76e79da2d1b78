/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BROKER_CHANNEL_H
#define MSSL_LIB_BROKER_CHANNEL_H

/**
 * @file channel.h
 * The sockets between children and broker. A *dispatcher* is a pair of sockets made before anybody
 * is forked: children hold one end and pass connections into it, the broker takes them out of the
 * other. A *connection* is a stream that a child made; nothing is reachable by a path. Each side
 * learns from the kernel who the other is. Every socket is close-on-exec and does not block. Any
 * thread. Who may wait brings the patience for it, which is used up by that; NULL: none.
 */

#include <apr_time.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/base/patience.h"
#include "lib/broker/message.h"

/** Who is at the other end, as the kernel has it. */
typedef struct mssl_peer_id_t {
    pid_t pid;
    uid_t uid;
} mssl_peer_id_t;

/** @param ends out: [0] the children's, [1] the broker's */
apr_status_t mssl_channel_make_dispatcher(int ends[2]);

/**
 * Child: have a connection: make it, pass its other end, wait for the greeting.
 * @param uid that the greeting must come from: any other end of the dispatcher that got into wrong
 *         hands is no broker
 * @param fd out: the caller's
 */
apr_status_t mssl_channel_connect(int *fd, int dispatcher, uid_t uid,
                                  mssl_patience_t *patience);

/**
 * Broker: take a connection out of the dispatcher.
 * @param fd out: the caller's
 * @param who out: who made the connection
 * @return APR_SUCCESS; APR_EAGAIN: there is none; APR_EOF: nobody holds the children's end any
 *         more; APR_EINVAL: something else than a connection was passed
 */
apr_status_t mssl_channel_accept(int *fd, mssl_peer_id_t *who, int dispatcher);

/** Say a whole message. @return APR_SUCCESS; APR_TIMEUP; other: the connection is done for */
apr_status_t mssl_channel_send(int fd, mssl_message_type_t type, const void *body, size_t len,
                               mssl_patience_t *patience);

/** Hear exactly len bytes. @return APR_SUCCESS; APR_TIMEUP; APR_EOF; other */
apr_status_t mssl_channel_receive(int fd, void *data, size_t len, mssl_patience_t *patience);

#endif /* MSSL_LIB_BROKER_CHANNEL_H */
