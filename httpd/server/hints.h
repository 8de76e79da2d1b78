/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SERVER_HINTS_H
#define MSSL_HTTPD_SERVER_HINTS_H

/**
 * @file hints.h
 * Hints for the steward: that somebody asked for a name that has no certificate. One datagram, the
 * name alone, over a pair of sockets whose one end all children inherit; the steward has the other. One
 * that the system begins inherits nothing, and binds a socket of its own instead
 * (lib/steward/ear.h), which httpd's group may send to.
 * A hint is no right: it brings a name's turn forward where the steward knows the name. Sent without
 * waiting, dropped and counted where the queue is full, and by each child once a minute for a name.
 */

#include "httpd/conf/conf.h"

typedef struct mssl_hints_t mssl_hints_t;

/**
 * Parent, post_config: make global->hints. Closed with the configuration.
 * @return APR_SUCCESS; other: there are none
 */
apr_status_t mssl_hints_start(mssl_global_t *global, apr_pool_t *pconf);

/**
 * The same, where the system begins the steward.
 * @param owner the steward's user, who has the socket
 * @return APR_SUCCESS, whether there is a steward by now or not; APR_ENAMETOOLONG: no socket can have
 *         the path; other: there are none
 */
apr_status_t mssl_hints_start_external(mssl_global_t *global, const char *state_dir, uid_t owner,
                                       apr_pool_t *pconf);

/** The steward's end, closed on exec. -1: there is none */
int mssl_hints_get_receiver(const mssl_global_t *global);

/** Child: the steward's end is not its own. */
void mssl_hints_child_init(mssl_global_t *global);

/**
 * Whether this child gave no hint of a name lately, where hints are given at all; from now on it has.
 * Any thread.
 * @param name canonical
 */
int mssl_hints_is_news(const mssl_global_t *global, const char *name, apr_time_t now);

/** Give it. Any thread. */
void mssl_hints_send(mssl_global_t *global, const char *name);

#endif /* MSSL_HTTPD_SERVER_HINTS_H */
