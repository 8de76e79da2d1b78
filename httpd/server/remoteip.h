/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SERVER_REMOTEIP_H
#define MSSL_HTTPD_SERVER_REMOTEIP_H

/**
 * @file remoteip.h
 * The client's address behind a PROXY line. mod_remoteip keeps it in a private record of the
 * connection and offers no other way to ask before a request; the record has been what we take it
 * for since httpd 2.4.31. Should another one keep something else in its place, that is found out
 * before the first use in a process: clients are then unknown, said once for the server.
 */

#include "httpd/conf/conf.h"

/** post_config: whether mod_remoteip is there. */
void mssl_remoteip_init(void);

/**
 * Any thread.
 * @param c the master connection
 * @param addr out: the client's; NULL: not known
 * @return 0: there is no PROXY line on this connection, and addr says nothing
 */
int mssl_remoteip_get(conn_rec *c, const apr_sockaddr_t **addr);

#endif /* MSSL_HTTPD_SERVER_REMOTEIP_H */
