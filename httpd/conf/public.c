/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/conf/public.h"

#include <apr_strings.h>
#include <arpa/inet.h>

/** @return an address as everybody writes it; NULL: it is none */
static const char *canonize(apr_pool_t *p, const char *text)
{
    char canonical[INET6_ADDRSTRLEN];
    struct in6_addr address;
    int family = ap_strchr_c(text, ':') != NULL ? AF_INET6 : AF_INET;

    if (inet_pton(family, text, &address) != 1
        || inet_ntop(family, &address, canonical, sizeof(canonical)) == NULL) {
        return NULL;
    }
    return apr_pstrdup(p, canonical);
}

const char *mssl_public_add(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    mssl_server_conf_t *sc = mssl_conf_get(cmd->server);
    int i;

    (void)dir;
    if (argc == 0) {
        return apr_psprintf(cmd->pool, "%s: needs at least one address, use ADDR [ADDR...]",
                            cmd->cmd->name);
    }
    if (sc->public_addresses == NULL) {
        sc->public_addresses = apr_array_make(cmd->pool, argc, sizeof(const char *));
    }
    for (i = 0; i < argc; i++) {
        const char *address = canonize(cmd->pool, argv[i]);

        if (address == NULL) {
            return apr_psprintf(cmd->pool, "%s: '%s' is not an IP address, use 192.0.2.1 or "
                                "2001:db8::1", cmd->cmd->name, argv[i]);
        }
        if (!ap_array_str_contains(sc->public_addresses, address)) {
            APR_ARRAY_PUSH(sc->public_addresses, const char *) = address;
        }
    }
    return NULL;
}
