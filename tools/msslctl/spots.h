/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_SPOTS_H
#define MSSL_TOOLS_MSSLCTL_SPOTS_H

/**
 * @file spots.h
 * Where a name can be visited, by what the server tells of itself: each guarded address, and the
 * plain ones whose virtual hosts have the name. Our own configuration, no foreign bytes. One thread.
 */

#include "lib/verdict/force.h"
#include "tools/msslctl/server.h"

typedef struct ctl_spot_t {
    const char *address;       /**< an IP literal */
    int port;
    int is_plain;              /**< http */
    const mssl_json_value_t *trusted; /**< "trusted" of its first virtual host; NULL: nobody is */
} ctl_spot_t;

/** Whether a virtual host answers for a name, by ServerName or ServerAlias as httpd looks. */
int ctl_spots_has_name(const mssl_json_value_t *vhost, const char *name);

/** Virtual hosts by their number. @return const mssl_json_value_t * */
apr_array_header_t *ctl_spots_vhosts(const ctl_server_t *server, apr_pool_t *pool);

/** @return ctl_spot_t; empty: there are none */
apr_array_header_t *ctl_spots_find(const ctl_server_t *server, const char *name, apr_pool_t *pool);

/**
 * "192.0.2.1:443", "[2001:db8::1]:443"; without a port 443.
 * @return 1; 0: it is none
 */
int ctl_spots_parse(ctl_spot_t *spot, const char *text, apr_pool_t *pool);

/** MSSLForceHTTPS, by its word. @param word NULL: it is unset */
mssl_force_t ctl_spots_parse_force(const char *word);

/** "*:443", "[2001:db8::1]:443", the first of several. @param address of "addresses" @return NULL: it has none */
const char *ctl_spots_get_address(const mssl_json_value_t *address, apr_pool_t *pool);

/** Whether MSSLTrustNoSNI of a place has an address. @param own an IP literal */
int ctl_spots_trusts(const ctl_spot_t *spot, const char *own, apr_pool_t *pool);

#endif /* MSSL_TOOLS_MSSLCTL_SPOTS_H */
