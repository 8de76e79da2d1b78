/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SERVER_ADDRESS_H
#define MSSL_HTTPD_SERVER_ADDRESS_H

/**
 * @file address.h
 * The guarded addresses (contract 1): which vhosts share an address:port, in httpd's own order,
 * and what is known there.
 *
 * Which address a connection is on is never computed again by us: httpd's own look-up
 * (ap_update_vhost_given_ip) is asked at start for every address of every vhost, and what it finds
 * (the connection's vhost_lookup_data, or its base_server where there is none) is the key.
 */

#include "httpd/conf/conf.h"

/** A vhost in its place. */
typedef struct mssl_site_t {
    server_rec *s;
    int order; /**< in httpd's order of the address's vhosts, from 0 */
} mssl_site_t;

struct mssl_addr_t {
    server_rec *first;            /**< httpd's default vhost there */
    apr_array_header_t *sockets;  /**< const server_addr_rec *: what vhosts call it; of the rest: none */
    int guarded;                  /**< some vhost there has MSSLEngine on */
    /**
     * all vhosts there are the switch and nothing else: which site a client wants to see is no reason
     * to show it that site's certificate here
     */
    int is_switch;
    /** some vhost there asks for client certificates at vhost level */
    int asks_client_cert;
    apr_array_header_t *servers;  /**< server_rec *, in httpd's order */
    /** canonical ServerName or ServerAlias -> const mssl_site_t *, the first that has it */
    apr_hash_t *names;
    apr_array_header_t *wild;     /**< mssl_site_t with ServerAlias globs */
    mssl_source_t *own;           /**< certificates of the MSSLEngine vhosts there */
    const mssl_view_t *view;      /**< of vhosts without stores of their own */
    apr_hash_t *views;            /**< server_rec * -> const mssl_view_t *: vhosts with their own */
    apr_array_header_t *all;      /**< const mssl_view_t *: every view once, in vhost order */
};

/** Find all addresses and their vhosts. In post_config, each pass. */
void mssl_addr_init(mssl_global_t *global, server_rec *main_server, apr_pool_t *p);

/** Make the sources and views of all addresses; second pass only. Errors are logged. */
void mssl_addr_init_views(mssl_global_t *global, server_rec *main_server, apr_pool_t *p);

/**
 * The address of a connection (a secondary's master is looked at); NULL: none with a vhost of ours.
 * Any thread.
 */
const mssl_addr_t *mssl_addr_get(const mssl_global_t *global, const conn_rec *c);

/**
 * The address that a connection to this local address and port would have, by httpd's own look-up;
 * NULL: none with a vhost of ours. Any thread.
 */
const mssl_addr_t *mssl_addr_get_at(const mssl_global_t *global, const apr_sockaddr_t *local,
                                    apr_port_t port, apr_pool_t *pool);

/**
 * The vhost that a canonical name selects on the address: the first in httpd's order with such a
 * ServerName or ServerAlias, as httpd itself has it; NULL: none. Any thread.
 */
server_rec *mssl_addr_get_server(const mssl_addr_t *addr, const char *name);

/**
 * The pairs of a name on this address: what the vhost of that name has comes first, then the
 * other vhosts' stores in order.
 * @return as mssl_store_lookup()
 */
apr_status_t mssl_addr_lookup(const mssl_addr_t *addr, const char *name, mssl_choice_t *choice);

/**
 * The views that are asked for a name on this address, in their order: the first that has a pair
 * answers. One may come twice.
 * @param i 0, 1, ... @return NULL: that was all
 */
const mssl_view_t *mssl_addr_get_view(const mssl_addr_t *addr, const char *name, int i);

/** Whether a name is known on this address (contract section 1). */
int mssl_addr_has_name(const mssl_addr_t *addr, const char *name);

/** "192.0.2.1", "2001:db8::1"; "*": all of them. @return in pool */
const char *mssl_addr_say_ip(const apr_sockaddr_t *sa, apr_pool_t *pool);

/** The same with its port: "*:443", "[2001:db8::1]:443"; port "*" for any. */
const char *mssl_addr_say_socket(const server_addr_rec *sar, apr_pool_t *pool);

#endif /* MSSL_HTTPD_SERVER_ADDRESS_H */
