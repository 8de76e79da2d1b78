/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/conf/range.h"

#include <apr_strings.h>

const char *mssl_range_add(cmd_parms *cmd, apr_array_header_t *ranges, const char *arg)
{
    char *addr = apr_pstrdup(cmd->temp_pool, arg);
    char *mask = ap_strchr(addr, '/');
    apr_ipsubnet_t *subnet;

    if (mask != NULL) {
        *mask++ = '\0';
    }
    if (apr_ipsubnet_create(&subnet, addr, mask, cmd->pool) != APR_SUCCESS) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not an address range, use 192.0.2.0/24, "
                            "2001:db8::/32 or a single address", cmd->cmd->name, arg);
    }
    APR_ARRAY_PUSH(ranges, apr_ipsubnet_t *) = subnet;
    return NULL;
}

int mssl_range_has(const apr_array_header_t *ranges, apr_sockaddr_t *addr)
{
    int i;

    for (i = 0; ranges != NULL && i < ranges->nelts; i++) {
        if (apr_ipsubnet_test(APR_ARRAY_IDX(ranges, i, apr_ipsubnet_t *), addr)) {
            return 1;
        }
    }
    return 0;
}
