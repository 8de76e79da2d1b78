/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/spots.h"

#include <apr_network_io.h>
#include <apr_strings.h>
#include <arpa/inet.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/name.h"
#include "lib/base/urlparts.h"

#define HTTPS_PORT 443

int ctl_spots_has_name(const mssl_json_value_t *vhost, const char *name)
{
    const char *server_name = mssl_json_get_text(vhost, "server_name", "");
    const mssl_json_value_t *alias;
    char canonical[MSSL_NAME_SIZE];

    if (mssl_name_canon(canonical, server_name, strlen(server_name))
        && strcmp(canonical, name) == 0) {
        return 1;
    }
    for (alias = mssl_json_get_first(vhost, "aliases"); alias != NULL; alias = alias->next) {
        if (alias->text != NULL && fnmatch(alias->text, name, FNM_CASEFOLD) == 0) {
            return 1;
        }
    }
    return 0;
}

apr_array_header_t *ctl_spots_vhosts(const ctl_server_t *server, apr_pool_t *pool)
{
    apr_array_header_t *vhosts = apr_array_make(pool, 16, sizeof(const mssl_json_value_t *));
    const mssl_json_value_t *value;

    for (value = mssl_json_get_first(server->json, "vhosts"); value != NULL; value = value->next) {
        APR_ARRAY_PUSH(vhosts, const mssl_json_value_t *) = value;
    }
    return vhosts;
}

static void add_spot(apr_array_header_t *spots, const ctl_spot_t *spot)
{
    int i;

    for (i = 0; i < spots->nelts; i++) {
        const ctl_spot_t *other = &APR_ARRAY_IDX(spots, i, ctl_spot_t);

        if (other->port == spot->port && strcmp(other->address, spot->address) == 0) {
            return;
        }
    }
    APR_ARRAY_PUSH(spots, ctl_spot_t) = *spot;
}

/* "*" is what the listeners of that port are: their address, or the loopback where it is any. */
static void add_listeners(apr_array_header_t *spots, const ctl_server_t *server, ctl_spot_t spot,
                          const char *address)
{
    const mssl_json_value_t *value;

    for (value = mssl_json_get_first(server->json, "listeners"); value != NULL;
         value = value->next) {
        const char *bound = mssl_json_get_text(value, "address", "*");
        int port = (int)mssl_json_get_int(value, "port", 0);
        int is_plain = strcmp(mssl_json_get_text(value, "protocol", ""), "https") != 0;

        if (spot.port != 0 ? port != spot.port : is_plain != spot.is_plain) {
            continue;
        }
        if (strcmp(address, "*") == 0 || strcmp(bound, "*") == 0 || strcmp(address, bound) == 0) {
            ctl_spot_t found = spot;

            found.port = port;
            found.address = strcmp(address, "*") != 0 ? address
                            : strcmp(bound, "*") != 0 ? bound : "127.0.0.1";
            add_spot(spots, &found);
        }
    }
}

static void add_address(apr_array_header_t *spots, const ctl_server_t *server,
                        const mssl_json_value_t *address, ctl_spot_t spot)
{
    const mssl_json_value_t *socket = mssl_json_get_first(address, "sockets");

    if (socket == NULL) {
        spot.port = 0;
        add_listeners(spots, server, spot, "*");
    }
    for (; socket != NULL; socket = socket->next) {
        const char *text = mssl_json_get_text(socket, "address", "*");

        spot.port = (int)mssl_json_get_int(socket, "port", 0);
        if (spot.port != 0 && strcmp(text, "*") != 0) {
            spot.address = text;
            add_spot(spots, &spot);
        }
        else {
            add_listeners(spots, server, spot, text);
        }
    }
}

static const mssl_json_value_t *get_vhost(const apr_array_header_t *vhosts,
                                          const mssl_json_value_t *number)
{
    int i = number->text != NULL ? atoi(number->text) : -1;

    return i >= 0 && i < vhosts->nelts ? APR_ARRAY_IDX(vhosts, i, const mssl_json_value_t *) : NULL;
}

static void add_kind(apr_array_header_t *spots, const ctl_server_t *server,
                     const apr_array_header_t *vhosts, const char *name, int is_plain)
{
    const mssl_json_value_t *address, *number;

    for (address = mssl_json_get_first(server->json, "addresses"); address != NULL;
         address = address->next) {
        const mssl_json_value_t *first = NULL;
        int has_tls = 0, has_name = 0;
        ctl_spot_t spot = { 0 };

        for (number = mssl_json_get_first(address, "vhosts"); number != NULL;
             number = number->next) {
            const mssl_json_value_t *vhost = get_vhost(vhosts, number);

            first = first != NULL ? first : vhost;
            has_tls |= mssl_json_get_bool(vhost, "tls", 0);
            has_name |= vhost != NULL && ctl_spots_has_name(vhost, name);
        }
        spot.trusted = mssl_json_get_first(first, "trusted");
        spot.is_plain = !mssl_json_get_bool(address, "guarded", 0);
        if (spot.is_plain == is_plain && (!is_plain || (!has_tls && has_name))) {
            add_address(spots, server, address, spot);
        }
    }
}

apr_array_header_t *ctl_spots_find(const ctl_server_t *server, const char *name, apr_pool_t *pool)
{
    apr_array_header_t *spots = apr_array_make(pool, 4, sizeof(ctl_spot_t));
    apr_array_header_t *vhosts = ctl_spots_vhosts(server, pool);

    add_kind(spots, server, vhosts, name, 0);
    add_kind(spots, server, vhosts, name, 1);
    return spots;
}

int ctl_spots_parse(ctl_spot_t *spot, const char *text, apr_pool_t *pool)
{
    struct in6_addr any;
    char *address = apr_pstrdup(pool, text), *end = NULL;
    char *port = strrchr(address, ':');
    long number = HTTPS_PORT;

    memset(spot, 0, sizeof(*spot));
    if (*address == '[') {
        end = strchr(address, ']');
        port = end != NULL && end[1] == ':' ? end + 1 : NULL;
        if (end == NULL || (port == NULL && end[1] != '\0')) {
            return 0;
        }
        *end = '\0';
        address++;
    }
    else if (port != NULL && strchr(address, ':') != port) {
        port = NULL; /* IPv6 without brackets has no port */
    }
    if (port != NULL) {
        *port = '\0';
        number = port[1] >= '0' && port[1] <= '9' ? strtol(port + 1, &end, 10) : 0;
        if (number < 1 || number > 65535 || *end != '\0') {
            return 0;
        }
    }
    spot->address = address;
    spot->port = (int)number;
    return inet_pton(AF_INET, address, &any) == 1 || inet_pton(AF_INET6, address, &any) == 1;
}

/* "192.0.2.0/24", or an address. */
static int is_in(const char *range, apr_sockaddr_t *own, apr_pool_t *pool)
{
    char *address = apr_pstrdup(pool, range), *mask = strchr(address, '/');
    apr_ipsubnet_t *subnet = NULL;

    if (mask != NULL) {
        *mask++ = '\0';
    }
    return apr_ipsubnet_create(&subnet, address, mask, pool) == APR_SUCCESS
           && apr_ipsubnet_test(subnet, own);
}

/* Without a look-up: who asks may not even open a file. */
static int take_literal(apr_sockaddr_t *sa, const char *text)
{
    memset(sa, 0, sizeof(*sa));
    if (inet_pton(AF_INET, text, &sa->sa.sin.sin_addr) == 1) {
        sa->family = AF_INET;
        sa->ipaddr_ptr = &sa->sa.sin.sin_addr;
        return 1;
    }
    sa->family = AF_INET6;
    sa->ipaddr_ptr = &sa->sa.sin6.sin6_addr;
    return inet_pton(AF_INET6, text, &sa->sa.sin6.sin6_addr) == 1;
}

int ctl_spots_trusts(const ctl_spot_t *spot, const char *own, apr_pool_t *pool)
{
    const mssl_json_value_t *trust, *range;
    apr_sockaddr_t sa;

    if (spot->trusted == NULL || !take_literal(&sa, own)) {
        return 0;
    }
    for (trust = spot->trusted; trust != NULL; trust = trust->next) {
        for (range = mssl_json_get_first(trust, "ranges"); range != NULL; range = range->next) {
            if (range->text != NULL && is_in(range->text, &sa, pool)) {
                return 1;
            }
        }
    }
    return 0;
}

mssl_force_t ctl_spots_parse_force(const char *word)
{
    int i;

    for (i = MSSL_FORCE_NONE; word != NULL && i <= MSSL_FORCE_OFF; i++) {
        if (strcmp(mssl_force_get_word((mssl_force_t)i), word) == 0) {
            return (mssl_force_t)i;
        }
    }
    return MSSL_FORCE_UNSET;
}

const char *ctl_spots_get_address(const mssl_json_value_t *address, apr_pool_t *pool)
{
    const mssl_json_value_t *socket = mssl_json_get_first(address, "sockets");
    const char *text = mssl_json_get_text(socket, "address", "*");

    return socket == NULL ? NULL
           : mssl_urlparts_join(pool, text, (int)mssl_json_get_int(socket, "port", 0));
}
