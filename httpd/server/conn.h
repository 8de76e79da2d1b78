/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SERVER_CONN_H
#define MSSL_HTTPD_SERVER_CONN_H

/**
 * @file conn.h
 * The truth about one TLS connection, in one record that fails closed. Made by the pre_handshake
 * hook, written by OpenSSL's callbacks of the first handshake (the thread that drives the
 * connection), read by its requests. HTTP/2 requests run in other threads at the same time, on
 * secondary connections: they read only, but for the fields marked so.
 *
 * The record never points to the SSL object: mod_ssl frees that one early when a client speaks
 * plain HTTP.
 */

#include "httpd/server/address.h"
#include "lib/base/bound.h"

typedef enum {
    MSSL_CONN_UNPROVEN = 0, /**< no ClientHello has been judged: nothing is covered */
    MSSL_CONN_HELLO,        /**< ClientHello judged; certificate not chosen yet */
    MSSL_CONN_DECIDED       /**< certificate chosen, or session resumed: final */
} mssl_conn_state_t;

/** Where the certificate of a connection came from: MSSL_BY. */
typedef enum {
    MSSL_BY_NONE = 0, /**< not decided, or left to mod_ssl alone */
    MSSL_BY_SNI,
    MSSL_BY_DUMMY,
    MSSL_BY_TRUSTED,
    MSSL_BY_INTENT,
    MSSL_BY_SESSION
} mssl_by_t;

/** The host that the connection was served for last (httpd/guard/served.h). */
typedef struct mssl_served_t {
    apr_uint32_t busy;         /**< atomic: 1 while a thread reads or writes the rest */
    char host[MSSL_NAME_SIZE]; /**< as the client wrote it */
    const server_rec *server;  /**< the vhost that it selected */
    apr_time_t until;          /**< 0: none yet */
} mssl_served_t;

typedef struct mssl_conn_t {
    conn_rec *c;           /**< the master connection */
    mssl_conn_state_t state;
    mssl_by_t by;
    int resumed;
    const mssl_addr_t *addr;
    const server_rec *ctx_server; /**< whose SSL_CTX did the handshake */
    int is_counted;        /**< its handshake stands in the counters */
    int alone;             /**< mod_ssl answers by itself (MSSLEngine off) */
    int is_acme;           /**< ClientHello offers acme-tls/1 and nothing else: no content at all */
    const char *challenge; /**< the PEM file that it is answered by (httpd/tls/alpn.h); or NULL */
    int had_sni;           /**< as lib/base/hello.h says */
    int changed_sni;       /**< the ClientHello after a HelloRetryRequest has another one */
    char sni[256];         /**< raw bytes of the SNI, NUL-terminated; "" when it holds a NUL */
    char name[MSSL_NAME_SIZE];    /**< the SNI as a name, or "" */
    const mssl_trust_t *trust;    /**< no SNI, from a trusted address, usable pair: or NULL */
    mssl_client_t client;  /**< as the intent table knows it; only without SNI */
    mssl_choice_t choice;  /**< pairs offered in a full handshake; released with the connection */
    /**
     * borrowed from choice, or a vhost's own: the certificate of a full handshake; NULL:
     * covers nothing
     */
    mssl_pair_t *shown;
    /** the dummy was given by MSSLDummyCertificate or made by the module: covers nothing */
    int dummy_is_blank;
    int applied;           /**< the choice is set on the SSL: a renegotiation leaves it */
    /** what the connection has while mod_ssl sees less of it (httpd/tls/vhost.h) */
    struct {
        server_rec *base;
        void *list;        /**< NULL: it sees all */
    } hidden;
    mssl_bound_t bound;    /**< of the session; name "" when there is none */
    /** what requests see whose host is covered, for a while (httpd/server/vars.h) */
    struct {
        apr_table_t *table;    /**< NULL: none; not changed once the handshake is over */
        apr_time_t from, until; /**< request times for which it holds, both included */
    } vars;

    apr_uint32_t counted;  /**< atomic: an arrival without the right certificate was counted */
    apr_uint32_t spoilt;   /**< atomic: its session was noted as spoilt */
    apr_uint32_t renewed;  /**< atomic: the intent's life was renewed by this connection */
    /** atomic: the connection ends with the answer under way (httpd/server/closing.h) */
    apr_uint32_t ending;
    int has_closing;       /**< its filters are in place (httpd/server/closing.h) */
    mssl_served_t served;
} mssl_conn_t;

/** The record of a connection, or of a secondary's master; NULL: not TLS. Any thread. */
static inline mssl_conn_t *mssl_conn_get(const conn_rec *c)
{
    const conn_rec *master = c->master != NULL ? c->master : c;

    return ap_get_module_config(master->conn_config, &mssl_module);
}

/** The same, and NULL on an address that is not guarded: there nothing is decided, only noted. */
static inline mssl_conn_t *mssl_conn_get_guarded(const conn_rec *c)
{
    mssl_conn_t *cc = mssl_conn_get(c);

    return cc != NULL && cc->addr->guarded ? cc : NULL;
}

/** The record of a connection that OpenSSL hands to a callback; NULL: not one of ours. */
mssl_conn_t *mssl_conn_get_of_ssl(const SSL *ssl);

/**
 * The client's address: as the PROXY protocol names it (mod_remoteip), else the connection's; no
 * header is believed. NULL: there is a PROXY line, and it cannot be told what it says.
 */
const apr_sockaddr_t *mssl_conn_get_client_addr(const conn_rec *c);

/** Make the record of a connection; its choice is released with c->pool. */
mssl_conn_t *mssl_conn_make(conn_rec *c, const mssl_addr_t *addr);

/** "sni", "dummy", ... or NULL for MSSL_BY_NONE. */
const char *mssl_by_text(mssl_by_t by);

/**
 * Whether the connection ends with an answer of ours: it had no SNI, or shows the dummy (contract
 * section 4).
 */
static inline int mssl_conn_ends(const mssl_conn_t *cc)
{
    return !cc->had_sni || cc->by == MSSL_BY_DUMMY;
}

#endif /* MSSL_HTTPD_SERVER_CONN_H */
