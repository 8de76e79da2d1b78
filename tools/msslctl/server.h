/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_SERVER_H
#define MSSL_TOOLS_MSSLCTL_SERVER_H

/**
 * @file server.h
 * What is configured in the server, as its parent told (docs/server-json.md): by server.json below
 * --state-dir or the default folder, else by "apachectl -t -D DUMP_MSSL". Both are root's own words,
 * no foreign bytes. There is no way to ask the running server: what is in service is learnt by
 * handshakes.
 */

#include <apr_tables.h>

#include "lib/base/buffer.h"
#include "lib/base/jsonread.h"
#include "tools/msslctl/ctl.h"

/** One MSSLCertStore. */
typedef struct ctl_store_t {
    const char *label, *provider, *argument;
    const char *path;     /**< NULL: the argument is none */
    int is_issued;        /**< what the server itself makes: nobody else files anything there */
} ctl_store_t;

/** One MSSLCertificate. */
typedef struct ctl_row_t {
    apr_array_header_t *names;  /**< const char * */
    const char *cert, *key;
} ctl_row_t;

/** An address and port on which handshakes are answered by names. */
typedef struct ctl_socket_t {
    const char *address;  /**< literal; that of the loopback where the server listens on all */
    int port;
    apr_array_header_t *stores; /**< int: places among stores, of all virtual hosts there */
} ctl_socket_t;

typedef struct ctl_server_t {
    const char *origin;   /**< the file, or the command, that it was learnt from */
    const char *version, *hostname, *state_dir, *pid_file;
    const char *user, *steward; /**< of MSSLUser */
    const char *httpd;    /**< httpd's own User; NULL: not told */
    int proxy_protocol;
    apr_interval_time_t check_interval, negative_timeout;
    int keep;             /**< versions of a name in history, the one in service counted */
    int history_serves;   /**< the last of them, while the files of the name are bad */
    const char *warn, *urgent; /**< MSSLExpiryWarn; NULL: not told */
    apr_array_header_t *stores;  /**< ctl_store_t */
    apr_array_header_t *rows;    /**< ctl_row_t */
    apr_array_header_t *sockets; /**< ctl_socket_t: guarded */
    const mssl_json_value_t *json; /**< all of it */
} ctl_server_t;

/**
 * @return the server; NULL: nothing is known of one, said on standard error
 */
const ctl_server_t *ctl_server_find(ctl_t *ctl);

/**
 * Read a file that root, or whoever runs us, wrote and nobody else could: no foreign byte is in it.
 */
apr_status_t ctl_server_read_file(const char *path, mssl_buffer_t *text, mssl_reason_t *why);

/** Whether its httpd runs now, by the file of its process id. */
int ctl_server_runs(const ctl_server_t *server);

/** A store by its label or path. NULL: there is none, said with those that there are. */
const ctl_store_t *ctl_server_find_store(const ctl_t *ctl, const ctl_server_t *server,
                                         const char *name);

#endif /* MSSL_TOOLS_MSSLCTL_SERVER_H */
