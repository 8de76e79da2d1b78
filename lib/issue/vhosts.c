/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/vhosts.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/files/slurp.h"

/** A million virtual hosts. */
#define SIZE_MAX_BYTES ((apr_size_t)256 * 1024 * 1024)

static void take_line(char *line, mssl_vhost_fn take, void *baton)
{
    char *field[MSSL_VHOST_FIELDS];
    int i;

    for (i = 0; i < MSSL_VHOST_FIELDS && line != NULL; i++) {
        field[i] = line;
        line = strchr(line, '\t');
        if (line != NULL) {
            *line++ = '\0';
        }
    }
    if (i == MSSL_VHOST_FIELDS) {
        take(baton, field);
    }
}

apr_status_t mssl_vhosts_read(int dir, mssl_vhost_fn take, void *baton, apr_pool_t *pool,
                              mssl_reason_t *why)
{
    char *line, *state;
    const char *text;
    apr_pool_t *sub;
    apr_size_t len;
    apr_status_t rv;

    apr_pool_create(&sub, pool);
    rv = mssl_file_slurp(&text, &len, dir, MSSL_VHOSTS_FILE, SIZE_MAX_BYTES, sub, why);
    if (rv == APR_SUCCESS) {
        for (line = apr_strtok((char *)text, "\n", &state); line != NULL;
             line = apr_strtok(NULL, "\n", &state)) {
            take_line(line, take, baton);
        }
    }
    apr_pool_destroy(sub);
    return rv;
}

static void add_address(apr_array_header_t *addresses, const char *text)
{
    int i;

    for (i = 0; i < addresses->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(addresses, i, const char *), text) == 0) {
            return;
        }
    }
    if (addresses->nelts < MSSL_VHOSTS_ADDRESSES_MAX) {
        APR_ARRAY_PUSH(addresses, const char *) = apr_pstrdup(addresses->pool, text);
    }
}

static void take_sockets(void *baton, char *const field[MSSL_VHOST_FIELDS])
{
    apr_array_header_t *addresses = baton;
    const char *at = field[MSSL_VHOST_SOCKETS];
    char text[64];

    if (strcmp(field[MSSL_VHOST_GUARD], "guarded") != 0) {
        return;
    }
    for (; *at != '\0'; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");

        if (len > 2 && len < sizeof(text) - 16 && at[len - 1] != '*') {
            int is_any = at[0] == '*' && at[1] == ':';

            apr_snprintf(text, sizeof(text), "%s%.*s", is_any ? "127.0.0.1:" : "",
                         (int)(len - (is_any ? 2 : 0)), at + (is_any ? 2 : 0));
            add_address(addresses, text);
        }
        at += len;
    }
}

const char *const *mssl_vhosts_list_addresses(int dir, apr_pool_t *pool)
{
    apr_array_header_t *addresses = apr_array_make(pool, 4, sizeof(const char *));

    /* Where it cannot be read, nothing is confirmed: whoever reads names from it says so. */
    (void)mssl_vhosts_read(dir, take_sockets, addresses, pool, NULL);
    APR_ARRAY_PUSH(addresses, const char *) = NULL;
    return (const char *const *)addresses->elts;
}
