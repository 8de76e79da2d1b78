/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/server/tested.h"

#include <httpd.h>
#include <http_config.h>

/*
 * httpd 2.4's module interface, up to the minor number of the last one (2.4.71) that the tests ran
 * with. Whoever raises it looks at ssl_callback_ClientHello() and ssl_find_vhost() of mod_ssl.
 */
#define SERIES 20120211
#define LAST 142

static int is_mod_ssl;

void mssl_tested_init(void)
{
    const module *mod_ssl = ap_find_linked_module("mod_ssl.c");

    is_mod_ssl = mod_ssl != NULL && mod_ssl->version == SERIES && mod_ssl->minor_version <= LAST;
}

int mssl_tested_is_mod_ssl(void)
{
    return is_mod_ssl;
}
